/* lathe-runs-list.c: what the list of trainings says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "formats/lathe-model-file.h"
#include "lathe-runs-private.h"

/* --- Whose run it is --- */

/* From /proc/PID/stat, behind the name, which may hold anything: when the process began, in ticks since the start of
 * the machine. (transfer full) (nullable): it is gone */
static char *
began_at (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid), *text = NULL;
  g_auto (GStrv) words = NULL;
  const char *after;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  after = strrchr (text, ')');
  words = after != NULL ? g_strsplit (after + 1, " ", 22) : NULL;
  return words != NULL && g_strv_length (words) > 20 ? g_strdup (words[20]) : NULL;
}

static char *
boot (void)
{
  g_autofree char *id = NULL;

  return g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL) ? g_strdup (g_strstrip (id))
                                                                                  : g_strdup ("");
}

static char *
name_process (int pid)
{
  g_autofree char *since = began_at (pid), *start = boot ();

  return since != NULL ? g_strdup_printf ("%s %d %s", start, pid, since) : NULL;
}

/* (transfer full): a name of this process that no other has had or will have on this machine. */
char *
lathe_runs_process (void)
{
  char *name = name_process ((int) getpid ());

  return name != NULL ? name : g_strdup ("");
}

/* Whether the process of that name still lives. */
static gboolean
lives (const char *name)
{
  g_auto (GStrv) words = g_strsplit (name, " ", 3);
  g_autofree char *now = NULL;

  if (g_strv_length (words) != 3)
    return FALSE;
  now = name_process ((int) g_ascii_strtoll (words[1], NULL, 10));
  return g_strcmp0 (now, name) == 0;
}

/* --- Reading --- */

#define COLUMNS                                                                                                        \
  "id, name, note, tags, sweep, state, process, began, ended, source, split, network, hyperparameters, parameters, "   \
  "epochs, epoch, seconds, best_epoch, validation_loss, validation_accuracy, test_loss, test_accuracy, machine, "      \
  "program, weights, model, checkpoint, error, EXISTS (SELECT 1 FROM change WHERE change.run = run.id), "              \
  "(SELECT model FROM growth WHERE growth.run = run.id), (SELECT learning FROM growth WHERE growth.run = run.id)"

void
lathe_run_free (LatheRun *run)
{
  g_free (run->name);
  g_free (run->note);
  g_free (run->tags);
  g_free (run->group);
  g_free (run->source);
  g_free (run->split);
  g_free (run->network);
  g_free (run->from);
  g_free (run->hyperparameters);
  g_free (run->machine);
  g_free (run->program);
  g_free (run->weights);
  g_free (run->model);
  g_free (run->checkpoint);
  g_free (run->error);
  g_clear_pointer (&run->changes, g_array_unref);
  g_free (run);
}

/**
 * lathe_run_format_time:
 * @microseconds: since 1970
 * @zone: the local one, which takes longer to find than a time to write
 *
 * Returns: (transfer full): “2026-03-01 17:05”
 */
char *
lathe_run_format_time (gint64 microseconds, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);
  g_autoptr (GDateTime) time = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M") : g_strdup ("");
}

static char *
get_text (LatheStatement *row, int *column)
{
  const unsigned char *text = sqlite3_column_text (row, (*column)++);

  return g_strdup (text != NULL ? (const char *) text : "");
}

static double
get_real (LatheStatement *row, int *column)
{
  int at = (*column)++;

  return sqlite3_column_type (row, at) == SQLITE_NULL ? NAN : sqlite3_column_double (row, at);
}

static guint
get_count (LatheStatement *row, int *column)
{
  gint64 value = sqlite3_column_int64 (row, (*column)++);

  return (guint) CLAMP (value, 0, G_MAXUINT);
}

/* A run whose process is gone says that it is under way until someone looks. */
static LatheRunState
get_state (LatheStatement *row, int *column)
{
  guint state = get_count (row, column);
  g_autofree char *process = get_text (row, column);

  state = MIN (state, LATHE_N_RUN_STATES - 1);
  return state <= LATHE_RUN_PAUSED && !lives (process) ? LATHE_RUN_BROKEN_OFF : state;
}

static LatheRun *
read_run (LatheRuns *runs, LatheStatement *row, GError **error)
{
  g_autoptr (LatheRun) run = g_new0 (LatheRun, 1);
  int at = 0;

  run->id = sqlite3_column_int64 (row, at++);
  run->name = get_text (row, &at);
  run->note = get_text (row, &at);
  run->tags = get_text (row, &at);
  run->group = get_text (row, &at);
  run->state = get_state (row, &at);
  run->began = sqlite3_column_int64 (row, at++);
  run->ended = sqlite3_column_int64 (row, at++);
  run->source = get_text (row, &at);
  run->split = get_text (row, &at);
  run->network = get_text (row, &at);
  run->hyperparameters = get_text (row, &at);
  run->parameters = (guint64) sqlite3_column_int64 (row, at++);
  run->epochs = get_count (row, &at);
  run->epoch = get_count (row, &at);
  run->seconds = get_real (row, &at);
  run->scores.best_epoch = get_count (row, &at);
  run->scores.validation_loss = get_real (row, &at);
  run->scores.validation_accuracy = get_real (row, &at);
  run->scores.test_loss = get_real (row, &at);
  run->scores.test_accuracy = get_real (row, &at);
  run->machine = get_text (row, &at);
  run->program = get_text (row, &at);
  run->weights = get_text (row, &at);
  run->model = get_text (row, &at);
  run->checkpoint = get_text (row, &at);
  run->error = get_text (row, &at);
  run->changes = get_count (row, &at) > 0 ? lathe_runs_changes (runs, run->id, error)
                                          : g_array_new (FALSE, FALSE, sizeof (LatheChange));
  run->from = get_text (row, &at);
  run->learning = get_count (row, &at);
  return run->changes != NULL ? g_steal_pointer (&run) : NULL;
}

/**
 * lathe_runs_list:
 *
 * Returns: (transfer full) (element-type LatheRun): those that were not deleted, the newest first
 */
GPtrArray *
lathe_runs_list (LatheRuns *runs, GError **error)
{
  g_autoptr (LatheStatement) statement =
      lathe_runs_prepare (runs, "SELECT " COLUMNS " FROM run WHERE deleted = 0 ORDER BY id DESC", error);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_run_free);
  int status;

  if (statement == NULL)
    return NULL;
  while ((status = sqlite3_step (statement)) == SQLITE_ROW)
    {
      LatheRun *run = read_run (runs, statement, error);

      if (run == NULL)
        return NULL;
      g_ptr_array_add (list, run);
    }
  if (status == SQLITE_DONE)
    return g_steal_pointer (&list);
  lathe_runs_fail (runs, error);
  return NULL;
}

/**
 * lathe_runs_find_model:
 *
 * Returns: (transfer full) (nullable): the file of the newest run's model that is still there; NULL where there is
 * none, or with an error
 */
char *
lathe_runs_find_model (LatheRuns *runs, GError **error)
{
  g_autoptr (LatheStatement) statement =
      lathe_runs_prepare (runs, "SELECT model FROM run WHERE deleted = 0 AND model != '' ORDER BY id DESC", error);
  int status = SQLITE_DONE;

  while (statement != NULL && (status = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *model = (const char *) sqlite3_column_text (statement, 0);

      if (g_file_test (model, G_FILE_TEST_IS_REGULAR))
        return g_strdup (model);
    }
  if (status != SQLITE_DONE)
    lathe_runs_fail (runs, error);
  return NULL;
}

/* What an older version wrote down may say nothing of the weights. */
static gboolean
has_weights (const LatheModel *model, const char *sha256)
{
  g_autofree char *its = *sha256 != '\0' ? lathe_model_weights_sha256 (model) : NULL;

  return its == NULL || g_str_equal (its, sha256);
}

/**
 * lathe_runs_load_model:
 * @id: (out): of the run
 *
 * A file that was written over since is not the run's any longer. Errors: as lathe_runs_open() and lathe_model_load().
 *
 * Returns: (transfer full) (nullable): the model of the newest run that still has its own; NULL where there is none, or
 * with an error
 */
LatheModel *
lathe_runs_load_model (LatheRuns *runs, gint64 *id, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      runs, "SELECT id, model, weights FROM run WHERE deleted = 0 AND model != '' ORDER BY id DESC", error);
  int status = SQLITE_DONE;

  while (statement != NULL && (status = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *path = (const char *) sqlite3_column_text (statement, 1);
      g_autoptr (LatheModel) model = NULL;

      if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
        continue;
      model = lathe_model_load (path, error);
      if (model == NULL)
        return NULL;
      if (!has_weights (model, (const char *) sqlite3_column_text (statement, 2)))
        continue;
      *id = sqlite3_column_int64 (statement, 0);
      return g_steal_pointer (&model);
    }
  if (status != SQLITE_DONE)
    lathe_runs_fail (runs, error);
  return NULL;
}

/**
 * lathe_runs_find_weights:
 *
 * Errors: as lathe_runs_open()
 *
 * Returns: the newest run whose best epoch came to the model's weights; 0 where there is none, or with an error
 */
gint64
lathe_runs_find_weights (LatheRuns *runs, const LatheModel *model, GError **error)
{
  g_autoptr (LatheStatement) statement =
      lathe_runs_prepare (runs, "SELECT id FROM run WHERE weights = :weights ORDER BY id DESC LIMIT 1", error);
  g_autofree char *weights = lathe_model_weights_sha256 (model);
  int status;

  if (statement == NULL)
    return 0;
  lathe_statement_bind_text (statement, ":weights", weights);
  status = sqlite3_step (statement);
  if (status == SQLITE_ROW)
    return sqlite3_column_int64 (statement, 0);
  if (status != SQLITE_DONE)
    lathe_runs_fail (runs, error);
  return 0;
}

/* A statement about one run, with its row; NULL with an error when there is none. */
static LatheStatement *
find_row (LatheRuns *runs, const char *sql, gint64 id, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (runs, sql, error);
  g_autofree char *name = g_filename_display_name (runs->path);
  int status;

  if (statement == NULL)
    return NULL;
  lathe_statement_bind_int (statement, ":id", id);
  status = sqlite3_step (statement);
  if (status == SQLITE_ROW)
    return g_steal_pointer (&statement);
  if (status == SQLITE_DONE)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("“%s” has no run number %" PRId64), name, id);
  else
    lathe_runs_fail (runs, error);
  return NULL;
}

/**
 * lathe_runs_find:
 *
 * A deleted one, too. Returns: (transfer full): NULL with LATHE_ERROR_INVALID when there is none of this number
 */
LatheRun *
lathe_runs_find (LatheRuns *runs, gint64 id, GError **error)
{
  g_autoptr (LatheStatement) row = find_row (runs, "SELECT " COLUMNS " FROM run WHERE id = :id", id, error);

  return row != NULL ? read_run (runs, row, error) : NULL;
}

/**
 * lathe_runs_settings:
 * @graph: (out) (transfer full): the network that was trained
 * @preprocess: (out caller-allocates): as the training was given it
 *
 * Errors: as lathe_runs_find(), lathe_graph_from_json() and lathe_preprocess_from_json()
 */
gboolean
lathe_runs_settings (LatheRuns *runs, gint64 id, LatheGraph **graph, LathePreprocess *preprocess, GError **error)
{
  g_autoptr (LatheStatement) row = find_row (runs, "SELECT graph, preprocess FROM run WHERE id = :id", id, error);
  g_autofree char *graph_text = NULL, *preprocess_text = NULL;
  g_autoptr (LatheGraph) found = NULL;
  int at = 0;

  if (row == NULL)
    return FALSE;
  graph_text = get_text (row, &at);
  preprocess_text = get_text (row, &at);
  found = lathe_graph_from_json (graph_text, -1, error);
  if (found == NULL || !lathe_preprocess_from_json (preprocess_text, found, preprocess, error))
    return FALSE;
  *graph = g_steal_pointer (&found);
  return TRUE;
}

/**
 * lathe_runs_epochs:
 *
 * Returns: (transfer full) (element-type LatheEpoch): the finished ones, in order
 */
GArray *
lathe_runs_epochs (LatheRuns *runs, gint64 id, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      runs,
      "SELECT epoch, loss, accuracy, validation_loss, validation_accuracy, validation_macro_f1, learning_rate, seconds,"
      " images_per_second, best, step, elapsed, reading, forward, backward, optimizer, validation"
      " FROM epoch LEFT JOIN epoch_course USING (run, epoch) WHERE run = :id ORDER BY epoch",
      error);
  g_autoptr (GArray) epochs = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));
  int status;

  if (statement == NULL)
    return NULL;
  lathe_statement_bind_int (statement, ":id", id);
  while ((status = sqlite3_step (statement)) == SQLITE_ROW)
    {
      int at = 0;
      LatheEpoch epoch;

      epoch.epoch = get_count (statement, &at);
      epoch.loss = get_real (statement, &at);
      epoch.accuracy = get_real (statement, &at);
      epoch.validation_loss = get_real (statement, &at);
      epoch.validation_accuracy = get_real (statement, &at);
      epoch.validation_macro_f1 = get_real (statement, &at);
      epoch.learning_rate = get_real (statement, &at);
      epoch.seconds = get_real (statement, &at);
      epoch.images_per_second = get_real (statement, &at);
      epoch.best = get_count (statement, &at) != 0;
      epoch.step = get_real (statement, &at);
      epoch.elapsed = get_real (statement, &at);
      for (guint i = 0; i < LATHE_N_PHASES; i++)
        epoch.phases[i] = get_real (statement, &at);
      g_array_append_val (epochs, epoch);
    }
  if (status == SQLITE_DONE)
    return g_steal_pointer (&epochs);
  lathe_runs_fail (runs, error);
  return NULL;
}

/* One that makes no sense is none. */
static void
get_distribution (LatheStatement *row, int column, LatheDistribution *distribution)
{
  LatheDistribution found;

  if (sqlite3_column_bytes (row, column) != sizeof found)
    return;
  memcpy (&found, sqlite3_column_blob (row, column), sizeof found);
  if (found.n >= 0 && isfinite (found.n) && isfinite (found.minimum) && isfinite (found.maximum) &&
      isfinite (found.mean) && isfinite (found.deviation) && found.minimum <= found.maximum)
    *distribution = found;
}

/**
 * lathe_runs_layers:
 * @thinned: as lathe_layer_looks_thin() leaves them, for whoever has no use for all; no more than those are held
 * meanwhile
 *
 * Returns: (transfer full) (element-type LatheLayerLooks): of the finished epochs, in order; none of a run that an
 * earlier version of Lathe wrote down
 */
GPtrArray *
lathe_runs_layers (LatheRuns *runs, gint64 id, gboolean thinned, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      runs, "SELECT epoch, name, weights, activations, units, dead FROM layer WHERE run = :id ORDER BY epoch, place",
      error);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_layer_looks_unref);
  LatheLayerLooks *last = NULL;
  int status;

  if (statement == NULL)
    return NULL;
  lathe_statement_bind_int (statement, ":id", id);
  while ((status = sqlite3_step (statement)) == SQLITE_ROW)
    {
      LatheLayerLook look = {0};
      int at = 0;
      guint epoch = get_count (statement, &at);

      look.name = get_text (statement, &at);
      get_distribution (statement, at++, &look.weights);
      get_distribution (statement, at++, &look.activations);
      look.units = get_count (statement, &at);
      look.dead = get_count (statement, &at);
      if (last == NULL || last->epoch != epoch)
        {
          if (thinned)
            lathe_layer_looks_thin (list);
          g_ptr_array_add (list, last = lathe_layer_looks_new (epoch));
        }
      g_array_append_val (last->layers, look);
    }
  if (thinned)
    lathe_layer_looks_thin (list);
  if (status == SQLITE_DONE)
    return g_steal_pointer (&list);
  lathe_runs_fail (runs, error);
  return NULL;
}

/* --- Points: the first three numbers of each in one blob, as ever; the others in a second one. --- */

#define N_FIRST 3
#define N_MORE 4
G_STATIC_ASSERT (sizeof (LathePoint) == (N_FIRST + N_MORE) * sizeof (double));

static void
bind_numbers (LatheStatement *statement, const char *parameter, const GArray *points, guint first, guint n)
{
  gsize size = (gsize) points->len * n * sizeof (double);
  double *numbers = g_malloc (size);

  for (guint i = 0; i < points->len; i++)
    memcpy (numbers + (gsize) i * n, (const double *) &g_array_index (points, LathePoint, i) + first,
            n * sizeof (double));
  sqlite3_bind_blob64 (statement, sqlite3_bind_parameter_index (statement, parameter), numbers, size, g_free);
}

void
lathe_statement_bind_points (LatheStatement *statement, const GArray *points)
{
  bind_numbers (statement, ":points", points, 0, N_FIRST);
  bind_numbers (statement, ":more", points, N_FIRST, N_MORE);
}

/* What an earlier version wrote down has the first blob alone. */
static void
append_points (LatheStatement *row, GArray *points)
{
  gsize n = (gsize) sqlite3_column_bytes (row, 0) / (N_FIRST * sizeof (double));
  gsize n_more = (gsize) sqlite3_column_bytes (row, 1) / (N_MORE * sizeof (double));
  const guint8 *first = sqlite3_column_blob (row, 0), *more = sqlite3_column_blob (row, 1);

  for (gsize i = 0; i < n; i++)
    {
      double numbers[N_FIRST + N_MORE] = {0, 0, 0, NAN, NAN, NAN, NAN};

      memcpy (numbers, first + i * N_FIRST * sizeof (double), N_FIRST * sizeof (double));
      if (i < n_more)
        memcpy (numbers + N_FIRST, more + i * N_MORE * sizeof (double), N_MORE * sizeof (double));
      g_array_append_vals (points, numbers, 1);
    }
}

/**
 * lathe_runs_points:
 *
 * Returns: (transfer full) (element-type LathePoint): within the epochs, oldest first
 */
GArray *
lathe_runs_points (LatheRuns *runs, gint64 id, GError **error)
{
  g_autoptr (LatheStatement) statement =
      lathe_runs_prepare (runs, "SELECT points, more FROM points WHERE run = :id ORDER BY id", error);
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  int status;

  if (statement == NULL)
    return NULL;
  lathe_statement_bind_int (statement, ":id", id);
  while ((status = sqlite3_step (statement)) == SQLITE_ROW)
    append_points (statement, points);
  if (status == SQLITE_DONE)
    return g_steal_pointer (&points);
  lathe_runs_fail (runs, error);
  return NULL;
}

/**
 * lathe_runs_changes:
 *
 * What was changed of the run while it went on, for lathe_trainer_replay(): with the hyperparameters and the network
 * that it began with they give its weights again.
 *
 * Returns: (transfer full) (element-type LatheChange): oldest first
 */
GArray *
lathe_runs_changes (LatheRuns *runs, gint64 id, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      runs, "SELECT step, epoch, before, after, name, layer FROM change WHERE run = :id ORDER BY number", error);
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (LatheChange));
  int status;

  if (statement == NULL)
    return NULL;
  lathe_statement_bind_int (statement, ":id", id);
  while ((status = sqlite3_step (statement)) == SQLITE_ROW)
    {
      int at = 0;
      LatheChange change = {.step = (guint64) sqlite3_column_int64 (statement, at++)};
      g_autofree char *name = NULL, *layer = NULL;

      change.epoch = get_real (statement, &at);
      change.from = get_real (statement, &at);
      change.to = get_real (statement, &at);
      name = get_text (statement, &at);
      layer = get_text (statement, &at);
      if (lathe_change_make (&change, name, layer))
        g_array_append_val (changes, change);
    }
  if (status == SQLITE_DONE)
    return g_steal_pointer (&changes);
  lathe_runs_fail (runs, error);
  return NULL;
}
