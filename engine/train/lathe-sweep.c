/* lathe-sweep.c: one training after another, with settings that vary.
 *
 *   grid, random   a run ── all epochs ──► the next one …
 *   halving        9 runs ── 1 epoch ──► 3 of them ── 3 epochs ──► 1 ── 9 epochs ──► finished
 *
 * Halving (Jamieson & Talwalkar 2016; the most eager bracket of Hyperband, Li et al. 2018) trains all a little, and the
 * best third three times as long. Whoever goes on is taken up again from its checkpoint, bit for bit: the run that is
 * left is the one that would have been had it been trained alone. Its schedule is laid out for all epochs from the
 * start.
 *
 * Every run is one as any other: it is in the list while it is trained, with its points, its checkpoint and, in the
 * end, its model; whoever pauses it there pauses the sweep, and whoever stops it there goes on to the next. Images are
 * decoded once for all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "base/lathe-thread.h"
#include "lathe-runs-private.h"
#include "lathe-sweep-private.h"

#define NICE 10 /* as a training */

static gboolean
is_cancelled (const LatheSweep *sweep)
{
  return g_cancellable_is_cancelled (sweep->cancellable);
}

static LatheSwept *
get_swept (const LatheSweep *sweep, guint i)
{
  return sweep->swept->pdata[i];
}

/* --- One run --- */

static double
find_score (const LatheSwept *swept, const GArray *finished)
{
  double best = NAN;

  for (guint i = 0; i < finished->len; i++)
    {
      const LatheEpoch *epoch = &g_array_index (finished, LatheEpoch, i);

      best = fmax (best, swept->hyperparameters.best_by == LATHE_BEST_BY_MACRO_F1 ? epoch->validation_macro_f1
                                                                                  : epoch->validation_accuracy);
    }
  return best;
}

/* On the trainer's thread, which this one waits for. An epoch that is whole is the place to stop at: nothing of the
 * next one has begun. */
static void
on_snapshot (LatheSnapshot *snapshot, gpointer data)
{
  LatheSweep *sweep = data;
  LatheSwept *now = sweep->now;
  guint first = now->epoch;

  now->run = snapshot->run;
  sweep->begun =
      snapshot->finished->len - (double) first +
      (snapshot->finished->len < snapshot->epoch && snapshot->steps > 0 ? (double) snapshot->step / snapshot->steps
                                                                        : 0);
  if (snapshot->finished->len >= sweep->goal && sweep->goal < now->hyperparameters.epochs)
    lathe_trainer_stop (sweep->running);
  lathe_sweep_say_when_due (sweep);
}

static void
set_running (LatheSweep *sweep, LatheTrainer *trainer)
{
  g_mutex_lock (&sweep->lock);
  sweep->running = trainer;
  if (trainer != NULL && is_cancelled (sweep))
    lathe_trainer_stop (trainer);
  g_mutex_unlock (&sweep->lock);
}

/* Beside the list, under the sweep's name. (transfer full) */
static char *
checkpoint_of (const LatheSweep *sweep, const LatheSwept *swept)
{
  g_autofree char *beside = g_path_get_dirname (sweep->job->list);
  guint index = 0;

  g_ptr_array_find (sweep->swept, swept, &index);
  return g_strdup_printf ("%s/%s/%u.checkpoint", beside, sweep->group, index + 1);
}

static LatheTrainer *
make_trainer (LatheSweep *sweep, const LatheSwept *swept, const char *checkpoint, GError **error)
{
  const LatheSweepJob *job = sweep->job;
  LatheHyperparameters h = swept->hyperparameters;
  g_autoptr (LatheUnfinished) unfinished = swept->epoch > 0 ? lathe_unfinished_read (checkpoint, error) : NULL;
  g_autoptr (LatheTrainer) trainer = NULL;

  if (swept->epoch > 0 && unfinished == NULL)
    return NULL;
  trainer = lathe_trainer_new (job->dataset, job->graph, unfinished != NULL ? &unfinished->preprocess : job->preprocess,
                               &h, on_snapshot, sweep, error);
  if (trainer == NULL || (unfinished != NULL && !lathe_trainer_take_up (trainer, g_steal_pointer (&unfinished), error)))
    return NULL;
  if (job->inheritance != NULL && swept->epoch == 0)
    lathe_trainer_begin_with (trainer, job->inheritance);
  lathe_trainer_set_checkpoint (trainer, checkpoint);
  lathe_trainer_record (trainer, &(LatheRecord){.path = job->list, .group = sweep->group, .network = job->network});
  lathe_trainer_lend (trainer, sweep->store, sweep->pool);
  return g_steal_pointer (&trainer);
}

static void
fail (LatheSwept *swept, const char *reason)
{
  swept->state = LATHE_SWEPT_FAILED;
  swept->reason = g_strdup (reason);
}

/* A checkpoint is kept as long as someone might go on with it. */
static void
settle (LatheSweep *sweep, LatheSwept *swept, const LatheSnapshot *end, const char *checkpoint)
{
  gboolean reached = end->finished->len >= sweep->goal;

  swept->epoch = end->finished->len;
  swept->score = find_score (swept, end->finished);
  if (end->state == LATHE_TRAINER_FAILED)
    fail (swept, end->error->message);
  else if (end->state == LATHE_TRAINER_FINISHED)
    swept->state = LATHE_SWEPT_FINISHED;
  else
    swept->state = reached ? LATHE_SWEPT_WAITING : LATHE_SWEPT_CUT_OFF;
  if (end->state == LATHE_TRAINER_FINISHED || swept->epoch == 0)
    lathe_checkpoint_remove (checkpoint);
}

/* Trains it until it has had so many epochs. It waits then; or has finished, or failed, or was cut off. */
static void
train (LatheSweep *sweep, LatheSwept *swept, guint goal)
{
  g_autofree char *checkpoint = checkpoint_of (sweep, swept);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheTrainer) trainer = make_trainer (sweep, swept, checkpoint, &error);
  g_autoptr (LatheSnapshot) end = NULL;
  double before = swept->epoch;

  sweep->now = swept;
  sweep->goal = goal;
  if (trainer == NULL)
    fail (swept, error->message);
  else
    {
      swept->state = LATHE_SWEPT_TRAINING;
      lathe_sweep_say (sweep);
      set_running (sweep, trainer);
      lathe_trainer_start (trainer);
      end = lathe_trainer_wait (trainer);
      set_running (sweep, NULL);
      settle (sweep, swept, end, checkpoint);
    }
  sweep->begun = 0;
  sweep->done += goal - before; /* those that it had not, it will not have */
  lathe_sweep_say (sweep);
}

/* --- All of them --- */

static void
run_one_by_one (LatheSweep *sweep)
{
  for (guint i = 0; i < sweep->swept->len && !is_cancelled (sweep); i++)
    train (sweep, get_swept (sweep, i), get_swept (sweep, i)->hyperparameters.epochs);
}

static int
compare_scores (gconstpointer a, gconstpointer b)
{
  const LatheSwept *first = *(LatheSwept *const *) a, *other = *(LatheSwept *const *) b;

  if (first->score != other->score)
    return first->score > other->score || isnan (other->score) ? -1 : 1;
  return (first->run > other->run) - (first->run < other->run);
}

/* Those that did best stay, and the others are stopped. What early stopping has ended competes, but trains no more. */
static void
halve (GPtrArray *bracket)
{
  guint n_left = lathe_sweep_left (bracket->len);

  g_ptr_array_sort (bracket, compare_scores);
  for (guint i = n_left; i < bracket->len; i++)
    {
      LatheSwept *swept = bracket->pdata[i];

      if (swept->state == LATHE_SWEPT_WAITING)
        swept->state = LATHE_SWEPT_STOPPED;
    }
  g_ptr_array_set_size (bracket, (int) n_left);
}

static void
keep_in_the_running (GPtrArray *bracket)
{
  for (guint i = bracket->len; i > 0; i--)
    {
      const LatheSwept *swept = bracket->pdata[i - 1];

      if (swept->state != LATHE_SWEPT_WAITING && swept->state != LATHE_SWEPT_FINISHED)
        g_ptr_array_remove_index (bracket, i - 1);
    }
}

static void
run_bracket (LatheSweep *sweep)
{
  g_autoptr (GPtrArray) bracket = g_ptr_array_copy (sweep->swept, NULL, NULL);

  g_ptr_array_set_free_func (bracket, NULL);
  for (guint rung = 0; rung < sweep->rungs.n && bracket->len > 0; rung++)
    {
      for (guint i = 0; i < bracket->len && !is_cancelled (sweep); i++)
        if (((LatheSwept *) bracket->pdata[i])->state == LATHE_SWEPT_WAITING)
          train (sweep, bracket->pdata[i], sweep->rungs.epochs[rung]);
      if (is_cancelled (sweep))
        return;
      keep_in_the_running (bracket);
      if (rung + 1 < sweep->rungs.n)
        halve (bracket);
    }
}

static void
cut_off (LatheSweep *sweep)
{
  for (guint i = 0; i < sweep->swept->len; i++)
    if (get_swept (sweep, i)->state <= LATHE_SWEPT_TRAINING)
      get_swept (sweep, i)->state = LATHE_SWEPT_CUT_OFF;
}

/* After the number that its first run is about to have, which no other ever has. */
static gboolean
name_group (LatheSweep *sweep, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      sweep->runs, "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'run'", error);
  g_autofree char *beside = g_path_get_dirname (sweep->job->list), *folder = NULL;

  if (statement == NULL)
    return FALSE;
  if (sqlite3_step (statement) != SQLITE_ROW)
    return lathe_runs_fail (sweep->runs, error);
  sweep->group = g_strdup_printf ("sweep-%" G_GINT64_FORMAT, (gint64) sqlite3_column_int64 (statement, 0));
  folder = g_build_filename (beside, sweep->group, NULL);
  if (g_mkdir_with_parents (folder, 0700) == 0)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
               _ ("The checkpoints of the sweep cannot be kept in “%s”: the folder cannot be made. Free some space, or "
                  "move the project to where you may write"),
               folder);
  return FALSE;
}

static gboolean
prepare (LatheSweep *sweep, GError **error)
{
  const LatheSweepJob *job = sweep->job;
  guint n_threads = job->hyperparameters->threads > 0 ? job->hyperparameters->threads : lathe_default_threads ();
  guint n_runs;
  guint64 n_epochs;

  sweep->swept = lathe_sweep_plan (job, error);
  if (sweep->swept == NULL || !lathe_sweep_count (job, &n_runs, &n_epochs, error))
    return FALSE;
  sweep->all = (double) n_epochs;
  lathe_sweep_set_rungs (job, n_runs, &sweep->rungs);
  sweep->runs = lathe_runs_open (job->list, error);
  if (sweep->runs == NULL || !name_group (sweep, error))
    return FALSE;
  sweep->pool = lathe_pool_new (n_threads);
  sweep->store = lathe_store_new (job->dataset, job->preprocess, n_threads, 0);
  return TRUE;
}

/* What keeps every run from being trained is an error of the sweep. */
static gboolean
check_end (const LatheSweep *sweep, GError **error)
{
  const LatheSwept *first = get_swept (sweep, 0);

  for (guint i = 0; i < sweep->swept->len; i++)
    if (get_swept (sweep, i)->state != LATHE_SWEPT_FAILED)
      return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("All runs of the sweep failed. The first one: %s"),
               first->reason);
  return FALSE;
}

static gboolean
run (LatheSweep *sweep, GError **error)
{
  g_autofree char *beside = g_path_get_dirname (sweep->job->list), *folder = NULL;

  if (!prepare (sweep, error))
    return FALSE;
  if (sweep->job->method == LATHE_SWEEP_HALVING)
    run_bracket (sweep);
  else
    run_one_by_one (sweep);
  cut_off (sweep);
  folder = g_build_filename (beside, sweep->group, NULL);
  g_rmdir (folder); /* unless it holds something */
  sweep->state = is_cancelled (sweep) ? LATHE_SWEEP_STOPPED : LATHE_SWEEP_FINISHED;
  lathe_sweep_say (sweep);
  return check_end (sweep, error);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  LatheSweep *sweep = data;

  g_mutex_lock (&sweep->lock);
  if (sweep->running != NULL)
    lathe_trainer_stop (sweep->running);
  g_mutex_unlock (&sweep->lock);
}

static void
sweep_clear (LatheSweep *sweep)
{
  g_clear_pointer (&sweep->swept, g_ptr_array_unref);
  g_clear_pointer (&sweep->store, lathe_store_free);
  g_clear_pointer (&sweep->pool, lathe_pool_free);
  g_clear_pointer (&sweep->runs, lathe_runs_close);
  g_free (sweep->group);
  g_mutex_clear (&sweep->lock);
}

typedef struct
{
  LatheSweep sweep;
  gboolean well;
  GError *error;
} Run;

/* At a lower priority, which a thread that was lent to us would never be rid of again, and which the pool's inherit. */
static gpointer
sweep_main (gpointer data)
{
  Run *whole = data;

  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), NICE);
  whole->well = run (&whole->sweep, &whole->error);
  return NULL;
}

/**
 * lathe_sweep:
 * @job: the graph's input must be what `preprocess` makes and its outputs must fit the dataset's classes
 * @observer: (nullable)
 *
 * Trains one run after another until all are trained, or someone cancels: then the one that is going on is stopped, and
 * it ends with what there is. Does not return before that. A run that fails is passed over. The same job gives the same
 * runs with the same weights, on any number of threads.
 *
 * Returns: (transfer full): how it ended
 * Errors: LATHE_ERROR_INVALID (the job makes no sense), LATHE_ERROR_DATA (every run failed), those of
 * lathe_runs_open().
 */
LatheSweepReport *
lathe_sweep (const LatheSweepJob *job, LatheSweepObserver observer, gpointer observer_data, GCancellable *cancellable,
             GError **error)
{
  Run whole = {.sweep = {
                   .job = job,
                   .observer = observer,
                   .observer_data = observer_data,
                   .cancellable = cancellable,
                   .begin = g_get_monotonic_time (),
               }};
  LatheSweep *sweep = &whole.sweep;
  LatheSweepReport *report = NULL;
  gulong handler = 0;

  g_mutex_init (&sweep->lock);
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), sweep, NULL);
  g_thread_join (lathe_thread_new ("lathe-sweep", sweep_main, &whole));
  g_cancellable_disconnect (cancellable, handler);
  if (whole.well)
    report = lathe_sweep_last_report (sweep);
  else
    g_propagate_error (error, whole.error);
  sweep_clear (sweep);
  return report;
}
