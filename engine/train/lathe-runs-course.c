/* lathe-runs-course.c: how a training goes, written into the list of runs: its epochs, its layers and its changes.
 *
 * All within a change of the list. Errors: as lathe_runs_open()
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-runs-private.h"

/* --- Epochs --- */

/**
 * lathe_runs_drop_epochs_after:
 *
 * Forgets all that was written of the epochs behind the first @n of them.
 */
gboolean
lathe_runs_drop_epochs_after (LatheRuns *runs, gint64 id, guint n, GError **error)
{
  static const char *const sql[] = {
      "DELETE FROM epoch WHERE run = :id AND epoch > :n", "DELETE FROM epoch_course WHERE run = :id AND epoch > :n",
      "DELETE FROM layer WHERE run = :id AND epoch > :n", "DELETE FROM answer WHERE run = :id AND epoch > :n"};

  for (guint i = 0; i < G_N_ELEMENTS (sql); i++)
    {
      g_autoptr (LatheStatement) statement = lathe_runs_prepare (runs, sql[i], error);

      if (statement == NULL)
        return FALSE;
      lathe_statement_bind_int (statement, ":id", id);
      lathe_statement_bind_int (statement, ":n", n);
      if (!lathe_runs_do (runs, statement, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_epoch (LatheRuns *runs, LatheStatement *statement, gint64 id, const LatheEpoch *epoch, GError **error)
{
  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_int (statement, ":epoch", epoch->epoch);
  lathe_statement_bind_real (statement, ":loss", epoch->loss);
  lathe_statement_bind_real (statement, ":accuracy", epoch->accuracy);
  lathe_statement_bind_real (statement, ":validation_loss", epoch->validation_loss);
  lathe_statement_bind_real (statement, ":validation_accuracy", epoch->validation_accuracy);
  lathe_statement_bind_real (statement, ":macro_f1", epoch->validation_macro_f1);
  lathe_statement_bind_real (statement, ":rate", epoch->learning_rate);
  lathe_statement_bind_real (statement, ":seconds", epoch->seconds);
  lathe_statement_bind_real (statement, ":images_per_second", epoch->images_per_second);
  lathe_statement_bind_int (statement, ":best", epoch->best);
  return lathe_runs_do (runs, statement, error);
}

static gboolean
write_course (LatheRuns *runs, LatheStatement *statement, gint64 id, const LatheEpoch *epoch, GError **error)
{
  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_int (statement, ":epoch", epoch->epoch);
  lathe_statement_bind_real (statement, ":step", epoch->step);
  lathe_statement_bind_real (statement, ":elapsed", epoch->elapsed);
  for (guint i = 0; i < LATHE_N_PHASES; i++)
    {
      g_autofree char *parameter = g_strconcat (":", lathe_phase_names[i], NULL);

      lathe_statement_bind_real (statement, parameter, epoch->phases[i]);
    }
  return lathe_runs_do (runs, statement, error);
}

/**
 * lathe_runs_write_epochs:
 * @finished: (element-type LatheEpoch): from the first one on; those of which nothing is known are left out
 * @first: the place of the first one that is not written yet
 */
gboolean
lathe_runs_write_epochs (LatheRuns *runs, gint64 id, const GArray *finished, guint first, GError **error)
{
  g_autoptr (LatheStatement) statement = NULL, course = NULL;

  if (first >= finished->len)
    return TRUE;
  statement = lathe_runs_prepare (
      runs,
      "INSERT OR REPLACE INTO epoch VALUES (:id, :epoch, :loss, :accuracy, :validation_loss, :validation_accuracy,"
      " :macro_f1, :rate, :seconds, :images_per_second, :best)",
      error);
  course =
      statement != NULL
          ? lathe_runs_prepare (runs,
                                "INSERT OR REPLACE INTO epoch_course VALUES (:id, :epoch, :step, :elapsed, :reading,"
                                " :forward, :backward, :optimizer, :validation)",
                                error)
          : NULL;
  for (guint i = first; course != NULL && i < finished->len; i++)
    {
      const LatheEpoch *epoch = &g_array_index (finished, LatheEpoch, i);

      if (lathe_epoch_is_known (epoch) &&
          (!write_epoch (runs, statement, id, epoch, error) || !write_course (runs, course, id, epoch, error)))
        return FALSE;
    }
  return course != NULL;
}

/* --- Layers --- */

static void
bind_distribution (LatheStatement *statement, const char *parameter, const LatheDistribution *distribution)
{
  sqlite3_bind_blob (statement, sqlite3_bind_parameter_index (statement, parameter), distribution, sizeof *distribution,
                     SQLITE_STATIC);
}

static gboolean
write_layers_of (LatheRuns *runs, LatheStatement *statement, gint64 id, const LatheLayerLooks *looks, GError **error)
{
  for (guint i = 0; i < looks->layers->len; i++)
    {
      const LatheLayerLook *look = &g_array_index (looks->layers, LatheLayerLook, i);

      lathe_statement_bind_int (statement, ":id", id);
      lathe_statement_bind_int (statement, ":epoch", looks->epoch);
      lathe_statement_bind_int (statement, ":place", i);
      lathe_statement_bind_text (statement, ":name", look->name);
      bind_distribution (statement, ":weights", &look->weights);
      bind_distribution (statement, ":activations", &look->activations);
      lathe_statement_bind_int (statement, ":units", look->units);
      lathe_statement_bind_int (statement, ":dead", look->dead);
      if (!lathe_runs_do (runs, statement, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * lathe_runs_write_layers:
 * @layers: (element-type LatheLayerLooks): oldest first
 * @first: the place of the first one that is not written yet
 */
gboolean
lathe_runs_write_layers (LatheRuns *runs, gint64 id, const GPtrArray *layers, guint first, GError **error)
{
  g_autoptr (LatheStatement) statement = NULL;

  if (first >= layers->len)
    return TRUE;
  statement = lathe_runs_prepare (runs,
                                  "INSERT OR REPLACE INTO layer VALUES (:id, :epoch, :place, :name, :weights,"
                                  " :activations, :units, :dead)",
                                  error);
  for (guint i = first; statement != NULL && i < layers->len; i++)
    if (!write_layers_of (runs, statement, id, layers->pdata[i], error))
      return FALSE;
  return statement != NULL;
}

/* --- Changes --- */

static gboolean
write_change (LatheRuns *runs, LatheStatement *statement, gint64 id, guint number, const LatheChange *change,
              GError **error)
{
  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_int (statement, ":number", number);
  lathe_statement_bind_int (statement, ":step", (gint64) change->step);
  lathe_statement_bind_real (statement, ":epoch", change->epoch);
  lathe_statement_bind_text (statement, ":name", change->name);
  lathe_statement_bind_text (statement, ":layer", change->layer);
  lathe_statement_bind_real (statement, ":before", change->from);
  lathe_statement_bind_real (statement, ":after", change->to);
  return lathe_runs_do (runs, statement, error);
}

/**
 * lathe_runs_write_changes:
 * @changes: (element-type LatheChange): oldest first; they take the place of those that were written
 */
gboolean
lathe_runs_write_changes (LatheRuns *runs, gint64 id, const GArray *changes, GError **error)
{
  g_autoptr (LatheStatement) old = lathe_runs_prepare (runs, "DELETE FROM change WHERE run = :id", error);
  g_autoptr (LatheStatement) insertion = NULL;

  if (old == NULL)
    return FALSE;
  lathe_statement_bind_int (old, ":id", id);
  if (!lathe_runs_do (runs, old, error))
    return FALSE;
  insertion = lathe_runs_prepare (
      runs, "INSERT INTO change VALUES (:id, :number, :step, :epoch, :name, :layer, :before, :after)", error);
  for (guint i = 0; insertion != NULL && i < changes->len; i++)
    if (!write_change (runs, insertion, id, i, &g_array_index (changes, LatheChange, i), error))
      return FALSE;
  return insertion != NULL;
}
