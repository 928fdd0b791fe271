/* lathe-recorder.c: writes down a training while it goes on, and lets other programs pause it.
 *
 * It writes on the trainer's thread, before anyone else sees the snapshot: an epoch that was shown is in the list,
 * whatever happens to the program then. Between epochs it writes once a second.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "formats/lathe-model-file.h"
#include "lathe-origin.h"
#include "lathe-runs-private.h"
#include "lathe-split-json.h"
#include "lathe-trainer-private.h"

#define INTERVAL G_USEC_PER_SEC /* between two writes within an epoch */
#define LISTEN (G_USEC_PER_SEC / 10)
#define KEEP_DELETED (30 * G_TIME_SPAN_DAY)

struct _LatheRecorder
{
  LatheTrainer *trainer;
  LatheRuns *runs;
  gint64 id;
  gboolean gone_back; /* what was written behind where it is now is not so any longer */
  double position;    /* in epochs, of the newest snapshot */

  LatheTrainerState state; /* that was written last */
  guint n_epochs;          /* that were written */
  guint layers_until;      /* the newest epoch whose layers were written; 0: none */
  guint answers_until;     /* the newest epoch whose answers were written; 0: none */
  GArray *points;          /* (element-type LathePoint): not written yet */
  GArray *changes;         /* (element-type LatheChange): that were written */
  gint64 written;          /* monotonic microseconds */

  GThread *listener; /* or NULL */
  GMutex lock;
  GCond woken;
  gboolean ended;
};

/* --- What others ask --- */

static void
obey (LatheRecorder *self, LatheRunWish wish)
{
  switch (wish)
    {
    case LATHE_RUN_ASKED_TO_PAUSE:
      lathe_trainer_pause (self->trainer);
      break;
    case LATHE_RUN_ASKED_TO_RESUME:
      lathe_trainer_resume (self->trainer);
      break;
    case LATHE_RUN_ASKED_TO_STOP:
      lathe_trainer_stop (self->trainer);
      break;
    case LATHE_RUN_ASKED_NOTHING:
    default:
      break;
    }
}

/* With a connection of its own. The list is looked into only when it has changed. */
static gpointer
listen (gpointer data)
{
  LatheRecorder *self = data;
  g_autoptr (LatheRuns) runs = lathe_runs_open (lathe_runs_get_path (self->runs), NULL);
  guint64 version = 0;
  LatheRunWish wish;

  g_mutex_lock (&self->lock);
  while (runs != NULL && !self->ended)
    {
      guint64 now = lathe_runs_version (runs);

      while (now != version && (wish = lathe_runs_take_wish (runs, self->id)) != LATHE_RUN_ASKED_NOTHING)
        obey (self, wish);
      version = now;
      g_cond_wait_until (&self->woken, &self->lock, g_get_monotonic_time () + LISTEN);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* --- The beginning --- */

static void
bind_beginning (LatheStatement *statement, const LatheTrainer *trainer)
{
  g_autofree char *graph = lathe_graph_to_json (trainer->graph);
  g_autofree char *preprocess = lathe_preprocess_to_json (&trainer->preprocess);
  g_autofree char *hyperparameters = lathe_hyperparameters_to_json (&trainer->hyperparameters);
  g_autofree char *split = lathe_split_to_json (lathe_dataset_get_options (trainer->dataset));
  g_autofree char *machine = lathe_runs_machine (), *process = lathe_runs_process ();
  g_autoptr (LatheGraphReport) report = lathe_graph_check (trainer->graph);

  lathe_statement_bind_text (statement, ":name", trainer->record.name);
  lathe_statement_bind_text (statement, ":sweep", trainer->record.group);
  lathe_statement_bind_text (statement, ":process", process);
  lathe_statement_bind_int (statement, ":began", g_get_real_time ());
  lathe_statement_bind_text (statement, ":source", lathe_dataset_get_folder (trainer->dataset));
  lathe_statement_bind_text (statement, ":split", split);
  lathe_statement_bind_text (statement, ":network", trainer->record.network);
  lathe_statement_bind_text (statement, ":graph", graph);
  lathe_statement_bind_text (statement, ":preprocess", preprocess);
  lathe_statement_bind_text (statement, ":hyperparameters", hyperparameters);
  lathe_statement_bind_int (statement, ":parameters", (gint64) MIN (report->parameters, G_MAXINT64));
  lathe_statement_bind_int (statement, ":epochs", trainer->hyperparameters.epochs);
  lathe_statement_bind_text (statement, ":machine", machine);
  lathe_statement_bind_text (statement, ":program", LATHE_VERSION);
}

static char *
checkpoint_of (const LatheTrainer *trainer)
{
  return trainer->checkpoint_path != NULL ? g_canonicalize_filename (trainer->checkpoint_path, NULL) : g_strdup ("");
}

static gboolean
add_run (LatheRecorder *self, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      self->runs,
      "INSERT INTO run (name, sweep, state, process, began, source, split, network, graph, preprocess, hyperparameters,"
      " parameters, epochs, machine, program, checkpoint) VALUES (:name, :sweep, 0, :process, :began, :source, :split,"
      " :network, :graph, :preprocess, :hyperparameters, :parameters, :epochs, :machine, :program, :checkpoint)",
      error);
  g_autofree char *checkpoint = checkpoint_of (self->trainer);

  if (statement == NULL)
    return FALSE;
  bind_beginning (statement, self->trainer);
  lathe_statement_bind_text (statement, ":checkpoint", checkpoint);
  if (!lathe_runs_do (self->runs, statement, error))
    return FALSE;
  self->id = sqlite3_last_insert_rowid (self->runs->database);
  if (!lathe_origin_write (self->runs, self->id, self->trainer, error))
    return FALSE;
  return self->trainer->growth.from == NULL ||
         lathe_runs_write_growth (self->runs, self->id, &self->trainer->growth, error);
}

/* The run that the checkpoint says, or the newest with this checkpoint that has not come to its end. Its process is
 * this one now. */
static gboolean
find_run (LatheRecorder *self, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      self->runs,
      "UPDATE run SET state = 0, process = :process, error = '', ended = 0, epochs = :epochs WHERE id = "
      "(SELECT max(id) FROM run WHERE checkpoint = :checkpoint AND checkpoint != '' AND deleted = 0 AND "
      " (id = :run OR (:run = 0 AND state != 2))) "
      "RETURNING id",
      error);
  g_autofree char *process = lathe_runs_process (), *checkpoint = checkpoint_of (self->trainer);
  int status;

  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_text (statement, ":process", process);
  lathe_statement_bind_int (statement, ":epochs", self->trainer->hyperparameters.epochs);
  lathe_statement_bind_text (statement, ":checkpoint", checkpoint);
  lathe_statement_bind_int (statement, ":run", self->trainer->unfinished->run);
  status = sqlite3_step (statement);
  if (status == SQLITE_ROW)
    self->id = sqlite3_column_int64 (statement, 0);
  return status == SQLITE_ROW || status == SQLITE_DONE || lathe_runs_fail (self->runs, error);
}

/* What was asked of the run just before it ended, and never taken, is not asked of its going on. */
static gboolean
drop_wishes (LatheRecorder *self, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (self->runs, "DELETE FROM wish WHERE run = :id", error);

  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", self->id);
  return lathe_runs_do (self->runs, statement, error);
}

/* Of a list, which is thinned further down; 0: there are none. */
static guint
newest_answers (const GPtrArray *answers)
{
  return answers->len > 0 ? ((const LatheAnswers *) answers->pdata[answers->len - 1])->epoch : 0;
}

/* What was said in the epochs before the one at which the run goes on. */
static gboolean
take_answers (LatheRecorder *self, GError **error)
{
  g_autoptr (GPtrArray) answers = lathe_runs_answers (self->runs, self->id, error);

  if (answers == NULL)
    return FALSE;
  while (newest_answers (answers) >= self->trainer->unfinished->epoch)
    g_ptr_array_set_size (answers, (int) answers->len - 1);
  lathe_answers_thin (answers);
  self->answers_until = newest_answers (answers);
  g_ptr_array_unref (self->trainer->answers);
  self->trainer->answers = g_steal_pointer (&answers);
  return TRUE;
}

/* A checkpoint does not tell of all epochs, but the list of runs does. */
static gboolean
take_epochs (LatheRecorder *self, GError **error)
{
  g_clear_pointer (&self->trainer->recorded, g_array_unref);
  self->trainer->recorded = lathe_runs_epochs (self->runs, self->id, error);
  return self->trainer->recorded != NULL;
}

/**
 * lathe_recorder_new:
 * @trainer: outlives it
 *
 * Adds a run to the list that the trainer is to be written down in, or finds the one that it goes on with. From now on
 * what others ask of the run, by lathe_runs_ask(), is done. Errors: as lathe_runs_open()
 */
LatheRecorder *
lathe_recorder_new (LatheTrainer *trainer, GError **error)
{
  g_autoptr (LatheRecorder) self = g_new0 (LatheRecorder, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->woken);
  self->trainer = trainer;
  self->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  self->changes = g_array_new (FALSE, FALSE, sizeof (LatheChange));
  self->runs = lathe_runs_open (trainer->record.path, error);
  if (self->runs == NULL || !lathe_runs_purge (self->runs, KEEP_DELETED, error) ||
      (trainer->unfinished != NULL && !find_run (self, error)))
    return NULL;
  self->gone_back = self->id > 0;
  if (!(self->gone_back ? drop_wishes (self, error) && take_answers (self, error) && take_epochs (self, error) &&
                              lathe_origin_take_up (self->runs, self->id, trainer, error)
                        : add_run (self, error)))
    return NULL;
  self->listener = g_thread_new ("lathe-recorder", listen, self);
  return g_steal_pointer (&self);
}

void
lathe_recorder_free (LatheRecorder *self)
{
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_cond_signal (&self->woken);
  g_mutex_unlock (&self->lock);
  if (self->listener != NULL)
    g_thread_join (self->listener);
  g_clear_pointer (&self->runs, lathe_runs_close);
  g_array_unref (self->points);
  g_array_unref (self->changes);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->woken);
  g_free (self);
}

gint64
lathe_recorder_get_id (const LatheRecorder *self)
{
  return self->id;
}

/* --- What happens --- */

/* Of a run that is taken up, or has gone back, the points behind the place where it goes on are of steps that are made
 * anew. */
static gboolean
drop_points (LatheRecorder *self, GError **error)
{
  g_autoptr (GArray) points = lathe_runs_points (self->runs, self->id, error);
  g_autoptr (LatheStatement) statement =
      points != NULL ? lathe_runs_prepare (self->runs, "DELETE FROM points WHERE run = :id", error) : NULL;

  if (statement == NULL)
    return FALSE;
  lathe_points_follow (points, self->points, self->position);
  g_array_set_size (self->points, 0);
  g_array_append_vals (self->points, points->data, points->len);
  lathe_statement_bind_int (statement, ":id", self->id);
  return lathe_runs_do (self->runs, statement, error);
}

static gboolean
write_points (LatheRecorder *self, GError **error)
{
  g_autoptr (LatheStatement) statement = NULL;

  if (self->gone_back && !drop_points (self, error))
    return FALSE;
  if (self->points->len == 0)
    return TRUE;
  statement =
      lathe_runs_prepare (self->runs, "INSERT INTO points (run, points, more) VALUES (:id, :points, :more)", error);
  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", self->id);
  lathe_statement_bind_points (statement, self->points);
  return lathe_runs_do (self->runs, statement, error);
}

static gboolean
same_changes (const GArray *a, const GArray *b)
{
  return a->len == b->len && (a->len == 0 || memcmp (a->data, b->data, a->len * sizeof (LatheChange)) == 0);
}

static gboolean
write_changes (LatheRecorder *self, const GArray *changes, GError **error)
{
  return (!self->gone_back && same_changes (changes, self->changes)) ||
         lathe_runs_write_changes (self->runs, self->id, changes, error);
}

/* Of a run that has gone back, the epochs that it had finished there are finished no longer. */
static gboolean
write_epochs (LatheRecorder *self, const GArray *finished, GError **error)
{
  if (self->gone_back && !lathe_runs_drop_epochs_after (self->runs, self->id, finished->len, error))
    return FALSE;
  return lathe_runs_write_epochs (self->runs, self->id, finished, self->n_epochs, error);
}

static guint
newest_look (const GPtrArray *layers)
{
  return layers->len > 0 ? ((const LatheLayerLooks *) layers->pdata[layers->len - 1])->epoch : 0;
}

/* The newest ones are always in the list, which is thinned further down. */
static gboolean
write_layers (LatheRecorder *self, const GPtrArray *layers, GError **error)
{
  guint first = layers->len;

  while (first > 0 && ((const LatheLayerLooks *) layers->pdata[first - 1])->epoch > self->layers_until)
    first--;
  return lathe_runs_write_layers (self->runs, self->id, layers, first, error);
}

static LatheRunState
state_of (LatheTrainerState state)
{
  switch (state)
    {
    case LATHE_TRAINER_PAUSED:
      return LATHE_RUN_PAUSED;
    case LATHE_TRAINER_FINISHED:
      return LATHE_RUN_FINISHED;
    case LATHE_TRAINER_STOPPED:
      return LATHE_RUN_STOPPED;
    case LATHE_TRAINER_FAILED:
      return LATHE_RUN_FAILED;
    case LATHE_TRAINER_PREPARING:
    case LATHE_TRAINER_RUNNING:
    default:
      return LATHE_RUN_UNDER_WAY;
    }
}

/* What the model is of: epoch 0 where none is, or where the run fell back on what it had grown before the first. */
static LatheEpoch
best_epoch (const LatheRecorder *self, const LatheSnapshot *snapshot)
{
  const GArray *finished = snapshot->finished;
  const LatheGrowth *growth = &self->trainer->growth;
  gboolean alone = growth->from != NULL && growth->n_learning == 0; /* what it had grown is its first epoch then */
  const LatheTransfer *grown = alone ? NULL : snapshot->transfer;

  for (guint i = grown == NULL || grown->model != snapshot->best ? finished->len : 0; i > 0; i--)
    if (g_array_index (finished, LatheEpoch, i - 1).best)
      return g_array_index (finished, LatheEpoch, i - 1);
  return (LatheEpoch){.validation_loss = grown != NULL ? grown->validation.loss : NAN,
                      .validation_accuracy = grown != NULL ? grown->validation.accuracy : NAN};
}

static void
bind_state (LatheStatement *statement, gint64 id, const LatheSnapshot *snapshot)
{
  LatheRunState state = state_of (snapshot->state);

  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_int (statement, ":state", state);
  lathe_statement_bind_int (statement, ":ended", state >= LATHE_RUN_FINISHED ? g_get_real_time () : 0);
  lathe_statement_bind_text (statement, ":error", snapshot->error != NULL ? snapshot->error->message : NULL);
}

static gboolean
write_run (LatheRecorder *self, const LatheSnapshot *snapshot, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      self->runs,
      "UPDATE run SET state = :state, ended = :ended, epochs = :epochs, epoch = :epoch, seconds = :seconds, best_epoch "
      "= :best_epoch,"
      " validation_loss = :validation_loss, validation_accuracy = :validation_accuracy, test_loss = :test_loss,"
      " test_accuracy = :test_accuracy, error = :error WHERE id = :id",
      error);
  const LatheEpoch best = best_epoch (self, snapshot);

  if (statement == NULL)
    return FALSE;
  bind_state (statement, self->id, snapshot);
  lathe_statement_bind_int (statement, ":epochs", snapshot->epochs);
  lathe_statement_bind_int (statement, ":epoch", snapshot->finished->len);
  lathe_statement_bind_real (statement, ":seconds", snapshot->elapsed);
  lathe_statement_bind_int (statement, ":best_epoch", best.epoch);
  lathe_statement_bind_real (statement, ":validation_loss", best.validation_loss);
  lathe_statement_bind_real (statement, ":validation_accuracy", best.validation_accuracy);
  lathe_statement_bind_real (statement, ":test_loss", snapshot->test_loss);
  lathe_statement_bind_real (statement, ":test_accuracy", snapshot->test_accuracy);
  return lathe_runs_do (self->runs, statement, error);
}

/* Of a run that was to be taken up and could not be: nothing of what it had come to is here, and all that was written
 * of that stays. */
static gboolean
write_state (LatheRecorder *self, const LatheSnapshot *snapshot, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      self->runs, "UPDATE run SET state = :state, ended = :ended, error = :error WHERE id = :id", error);

  if (statement == NULL)
    return FALSE;
  bind_state (statement, self->id, snapshot);
  return lathe_runs_do (self->runs, statement, error);
}

static gboolean
write_answers (LatheRecorder *self, const GPtrArray *answers, GError **error)
{
  guint first = answers->len;

  while (first > 0 && ((const LatheAnswers *) answers->pdata[first - 1])->epoch > self->answers_until)
    first--;
  return lathe_runs_write_answers (self->runs, self->id, answers, first, error);
}

/* Of points that could not be written none are lost: they are written with the next ones. */
static gboolean
write_all (LatheRecorder *self, const LatheSnapshot *snapshot, GError **error)
{
  g_autoptr (GArray) points = g_array_copy (self->points);

  if (!lathe_runs_begin_change (self->runs, error))
    return FALSE;
  if (lathe_runs_end_change (self->runs,
                             write_epochs (self, snapshot->finished, error) &&
                                 write_layers (self, snapshot->layers, error) && write_points (self, error) &&
                                 write_changes (self, snapshot->changes, error) &&
                                 write_answers (self, snapshot->answers, error) && write_run (self, snapshot, error),
                             error))
    {
      g_array_set_size (self->points, 0);
      g_array_set_size (self->changes, 0);
      g_array_append_vals (self->changes, snapshot->changes->data, snapshot->changes->len);
      self->n_epochs = snapshot->finished->len;
      self->layers_until = newest_look (snapshot->layers);
      self->answers_until = newest_answers (snapshot->answers);
      self->gone_back = FALSE;
      return TRUE;
    }
  g_array_unref (self->points);
  self->points = g_steal_pointer (&points);
  return FALSE;
}

/* Where the new last layer alone learned, what is said of an image does not change from epoch to epoch. */
static gboolean
write_dynamics (LatheRecorder *self, GError **error)
{
  const LatheTrainer *trainer = self->trainer;
  g_autoptr (GArray) dynamics = NULL;

  if (trainer->observation == NULL)
    return TRUE;
  dynamics = lathe_observation_sum_up (trainer->observation, trainer->dataset);
  return lathe_runs_write_dynamics (self->runs, self->id, dynamics, error);
}

/* The best epoch's, in the run's folder unless the program saves it elsewhere. */
static gboolean
write_model (LatheRecorder *self, const LatheModel *model, GError **error)
{
  g_autofree char *folder = lathe_runs_folder (self->runs, self->id), *weights = lathe_model_weights_sha256 (model);
  g_autofree char *own = g_build_filename (folder, "model.safetensors", NULL);
  const char *elsewhere = self->trainer->record.model;
  g_autoptr (LatheStatement) statement =
      lathe_runs_prepare (self->runs, "UPDATE run SET model = :model, weights = :weights WHERE id = :id", error);

  if (statement == NULL)
    return FALSE;
  if (elsewhere == NULL)
    {
      g_mkdir_with_parents (folder, 0700);
      if (!lathe_model_save (model, own, error))
        return FALSE;
    }
  lathe_statement_bind_int (statement, ":id", self->id);
  lathe_statement_bind_text (statement, ":model", elsewhere != NULL ? elsewhere : own);
  lathe_statement_bind_text (statement, ":weights", weights);
  return lathe_runs_do (self->runs, statement, error);
}

/**
 * lathe_recorder_write:
 *
 * To be called with every snapshot, before anyone shows it. Takes a millisecond an epoch and a second, and at the end
 * what it takes to save the model. Errors: as lathe_runs_open() and lathe_model_save(); the next call tries again.
 */
gboolean
lathe_recorder_write (LatheRecorder *self, const LatheSnapshot *snapshot, GError **error)
{
  gint64 now = g_get_monotonic_time ();

  if (self->gone_back && snapshot->state == LATHE_TRAINER_PREPARING)
    return TRUE; /* where it goes on is not known yet */
  if (self->gone_back && self->trainer->taking_up)
    return write_state (self, snapshot, error);
  lathe_points_follow (self->points, snapshot->points, snapshot->position);
  self->gone_back |= snapshot->position < self->position;
  self->position = snapshot->position;
  self->n_epochs = MIN (self->n_epochs, snapshot->finished->len);
  self->layers_until = MIN (self->layers_until, newest_look (snapshot->layers));
  self->answers_until = MIN (self->answers_until, newest_answers (snapshot->answers));
  if (!self->gone_back && snapshot->state == self->state && snapshot->finished->len == self->n_epochs &&
      same_changes (snapshot->changes, self->changes) && now - self->written < INTERVAL)
    return TRUE;
  self->written = now;
  self->state = snapshot->state;
  if (!write_all (self, snapshot, error))
    return FALSE;
  if (snapshot->best == NULL || (snapshot->state != LATHE_TRAINER_FINISHED && snapshot->state != LATHE_TRAINER_STOPPED))
    return TRUE;
  return write_model (self, snapshot->best, error) && write_dynamics (self, error) &&
         (snapshot->transfer == NULL || lathe_runs_write_transfer (self->runs, self->id, snapshot->transfer, error));
}
