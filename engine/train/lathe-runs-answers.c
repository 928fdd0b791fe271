/* lathe-runs-answers.c: what trainings said of the images that were watched, as the list of runs keeps it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/lathe-json.h"
#include "lathe-runs-private.h"

#define MOST_LABELS 1000000 /* of a network */

static gboolean
write_answer (LatheRuns *runs, LatheStatement *statement, gint64 id, const LatheAnswers *answers, guint i,
              GError **error)
{
  g_autofree char *path = lathe_json_escape (answers->paths[i]);

  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_int (statement, ":epoch", answers->epoch);
  lathe_statement_bind_int (statement, ":place", i);
  lathe_statement_bind_text (statement, ":path", path);
  lathe_statement_bind_text (statement, ":problem", answers->problems[i]);
  sqlite3_bind_blob (statement, sqlite3_bind_parameter_index (statement, ":probability"),
                     answers->probability + (gsize) i * answers->n_labels,
                     (int) (answers->n_labels * sizeof *answers->probability), SQLITE_STATIC);
  return lathe_runs_do (runs, statement, error);
}

/* Of a run that is taken up, what was said in epochs that are trained anew is written over. */
static gboolean
drop_epoch (LatheRuns *runs, gint64 id, guint epoch, GError **error)
{
  g_autoptr (LatheStatement) statement =
      lathe_runs_prepare (runs, "DELETE FROM answer WHERE run = :id AND epoch >= :epoch", error);

  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_int (statement, ":epoch", epoch);
  return lathe_runs_do (runs, statement, error);
}

/**
 * lathe_runs_write_answers:
 * @answers: (element-type LatheAnswers): oldest first
 * @first: the place of the first one that is not written yet
 *
 * Within a change.
 */
gboolean
lathe_runs_write_answers (LatheRuns *runs, gint64 id, const GPtrArray *answers, guint first, GError **error)
{
  g_autoptr (LatheStatement) statement = NULL;

  if (first >= answers->len)
    return TRUE;
  if (!drop_epoch (runs, id, ((LatheAnswers *) answers->pdata[first])->epoch, error))
    return FALSE;
  statement = lathe_runs_prepare (
      runs, "INSERT INTO answer VALUES (:id, :epoch, :place, :path, :problem, :probability)", error);
  for (guint k = first; statement != NULL && k < answers->len; k++)
    {
      const LatheAnswers *one = answers->pdata[k];

      for (guint i = 0; i < one->n_images; i++)
        if (!write_answer (runs, statement, id, one, i, error))
          return FALSE;
    }
  return statement != NULL;
}

/* --- Reading --- */

/* One epoch, while its rows come. */
typedef struct
{
  guint epoch, n_labels;
  GPtrArray *paths, *problems;
  GArray *probability;
} Epoch;

static void
epoch_begin (Epoch *epoch, guint number, guint n_labels)
{
  *epoch = (Epoch){number, n_labels, g_ptr_array_new_with_free_func (g_free), g_ptr_array_new_with_free_func (g_free),
                   g_array_new (FALSE, FALSE, sizeof (float))};
}

/* Adds what came, if anything did. */
static void
epoch_end (Epoch *epoch, GPtrArray *answers)
{
  guint n = epoch->paths != NULL ? epoch->paths->len : 0;
  LatheAnswers *one;

  if (n > 0)
    {
      g_ptr_array_add (epoch->paths, NULL);
      one = lathe_answers_new (epoch->epoch, epoch->n_labels, (const char *const *) epoch->paths->pdata);
      for (guint i = 0; i < n; i++)
        one->problems[i] = g_steal_pointer (&epoch->problems->pdata[i]);
      memcpy (one->probability, epoch->probability->data, epoch->probability->len * sizeof (float));
      g_ptr_array_add (answers, one);
    }
  g_clear_pointer (&epoch->paths, g_ptr_array_unref);
  g_clear_pointer (&epoch->problems, g_ptr_array_unref);
  g_clear_pointer (&epoch->probability, g_array_unref);
}

/* What is no probability, as a damaged list may have it, is none. */
static void
append_probabilities (GArray *probability, const void *values, guint n)
{
  guint first = probability->len;

  g_array_append_vals (probability, values, n);
  for (guint i = first; i < probability->len; i++)
    {
      float *value = &g_array_index (probability, float, i);

      *value = isfinite (*value) ? CLAMP (*value, 0, 1) : 0;
    }
}

static void
read_row (LatheStatement *statement, Epoch *epoch, GPtrArray *answers)
{
  gint64 number = sqlite3_column_int64 (statement, 0);
  const char *path = (const char *) sqlite3_column_text (statement, 1);
  const char *problem = (const char *) sqlite3_column_text (statement, 2);
  const void *values = sqlite3_column_blob (statement, 3);
  guint n_labels = (guint) sqlite3_column_bytes (statement, 3) / sizeof (float);
  char *unescaped = path != NULL ? lathe_json_unescape (path) : NULL;

  if (epoch->paths == NULL || number != epoch->epoch)
    {
      epoch_end (epoch, answers);
      epoch_begin (epoch, (guint) CLAMP (number, 0, G_MAXUINT), n_labels);
    }
  if (unescaped == NULL || n_labels != epoch->n_labels || n_labels == 0 || n_labels > MOST_LABELS ||
      epoch->paths->len >= LATHE_MOST_WATCHED)
    {
      g_free (unescaped);
      return;
    }
  g_ptr_array_add (epoch->paths, unescaped);
  g_ptr_array_add (epoch->problems, problem != NULL && *problem != '\0' ? g_strdup (problem) : NULL);
  append_probabilities (epoch->probability, values, n_labels);
}

/**
 * lathe_runs_answers:
 *
 * Returns: (transfer full) (element-type LatheAnswers): what was said of the images that were watched, by epoch
 */
GPtrArray *
lathe_runs_answers (LatheRuns *runs, gint64 id, GError **error)
{
  g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_answers_unref);
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      runs, "SELECT epoch, path, problem, probability FROM answer WHERE run = :id ORDER BY epoch, place", error);
  Epoch epoch = {0};
  int status;

  if (statement == NULL)
    return NULL;
  lathe_statement_bind_int (statement, ":id", id);
  while ((status = sqlite3_step (statement)) == SQLITE_ROW)
    read_row (statement, &epoch, answers);
  epoch_end (&epoch, answers);
  if (status == SQLITE_DONE)
    return g_steal_pointer (&answers);
  lathe_runs_fail (runs, error);
  return NULL;
}
