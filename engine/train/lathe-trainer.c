/* lathe-trainer.c: training, on a thread of its own.
 *
 * A run reads as one sequence, trainer_main(): prepare, epochs, test, end. Between any two steps it looks at
 * `wish`, the only field that others write; `lock` guards it, `woken` says that it changed. Everything else belongs
 * to the trainer's thread from start to join, and leaves it only inside immutable snapshots.
 *
 *   start ──► PREPARING ──► RUNNING ◄──► PAUSED        wish: RUN, PAUSE, STEP (one, then PAUSE), STOP
 *                              │            │
 *                              ▼            ▼
 *                   FINISHED · STOPPED · FAILED
 *
 * The thread runs at a lower priority than the programs that a person works with meanwhile, and so do the threads
 * that it makes: the window draws and answers though every core trains.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-trainer.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "lathe-optimizer.h"
#include "lathe-schedule.h"
#include "lathe-scorer.h"

#define NICE 10
#define SNAPSHOT_INTERVAL (G_USEC_PER_SEC / 30)
#define FORWARD_SHARE 0.35 /* of a training step, until the first validation has been timed */
#define RATE_WINDOW 1.0    /* seconds over which “of late” is meant */

typedef enum
{
  WISH_RUN,
  WISH_PAUSE,
  WISH_STEP,
  WISH_STOP
} Wish;

/* Sums over some steps. */
typedef struct
{
  double loss;
  guint right, n;
} Tally;

struct _LatheTrainer
{
  LatheDataset *dataset;
  LatheGraph *graph;
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
  LatheObserver observer;
  gpointer observer_data;
  GThread *thread;

  GMutex lock;
  GCond woken;
  Wish wish;

  /* The trainer's thread alone. */
  LathePool *pool;
  LatheNetwork *network;
  LatheOptimizerState *optimizer;
  LatheStore *store;
  LatheBatch batch;
  GArray *images[LATHE_N_SPLITS];

  LatheTrainerState state;
  guint epoch, step, steps;
  guint64 total_steps;
  Tally epoch_tally, point_tally;
  GArray *points;
  GArray *finished;
  LatheModel *best;
  GError *error;
  double test_loss, test_accuracy;

  gint64 last_snapshot; /* monotonic microseconds */
  double elapsed;       /* seconds of work, waiting for commands left out */
  double train_seconds, score_seconds;
  guint64 trained, scored; /* images, in those seconds */
  double rate, window_seconds;
  guint window_images;

  LatheSnapshot *last;
};

/* --- Saying how it stands --- */

static double
tally_loss (const Tally *tally)
{
  return tally->n > 0 ? tally->loss / tally->n : NAN;
}

static double
tally_accuracy (const Tally *tally)
{
  return tally->n > 0 ? (double) tally->right / tally->n : NAN;
}

static double
seconds_left (const LatheTrainer *trainer)
{
  double train = trainer->train_seconds / (double) trainer->trained;
  double score = trainer->scored > 0 ? trainer->score_seconds / (double) trainer->scored : FORWARD_SHARE * train;
  guint epochs = trainer->hyperparameters.epochs;
  guint epochs_left = epochs - MIN (trainer->finished->len, epochs);
  double done = MIN ((double) trainer->step * trainer->hyperparameters.batch, trainer->images[LATHE_SPLIT_TRAIN]->len);

  if (trainer->trained == 0)
    return NAN;
  return train * (epochs_left * (double) trainer->images[LATHE_SPLIT_TRAIN]->len - (epochs_left > 0 ? done : 0)) +
         score * (epochs_left * (double) trainer->images[LATHE_SPLIT_VALIDATION]->len +
                  trainer->images[LATHE_SPLIT_TEST]->len);
}

static void
end_point (LatheTrainer *trainer)
{
  LathePoint point = {
      .epoch = trainer->epoch - 1 + (double) trainer->step / MAX (1, trainer->steps),
      .loss = tally_loss (&trainer->point_tally),
      .accuracy = tally_accuracy (&trainer->point_tally),
  };

  if (trainer->point_tally.n > 0)
    g_array_append_val (trainer->points, point);
  trainer->point_tally = (Tally){0};
}

static guint
count_unreadable (LatheTrainer *trainer)
{
  g_autoptr (GPtrArray) problems = trainer->store != NULL ? lathe_store_get_problems (trainer->store) : NULL;

  return problems != NULL ? problems->len : 0;
}

static void
observe (LatheTrainer *trainer)
{
  LatheSnapshot *snapshot = g_new0 (LatheSnapshot, 1);

  end_point (trainer);
  g_atomic_ref_count_init (&snapshot->references);
  snapshot->state = trainer->state;
  snapshot->epoch = trainer->epoch;
  snapshot->epochs = trainer->hyperparameters.epochs;
  snapshot->step = trainer->step;
  snapshot->steps = trainer->steps;
  snapshot->images_per_second = trainer->rate;
  snapshot->seconds_left = seconds_left (trainer);
  snapshot->elapsed = trainer->elapsed;
  snapshot->points = g_steal_pointer (&trainer->points);
  snapshot->finished = g_array_copy (trainer->finished);
  snapshot->best = trainer->best != NULL ? lathe_model_ref (trainer->best) : NULL;
  snapshot->n_unreadable = count_unreadable (trainer);
  snapshot->error = trainer->error != NULL ? g_error_copy (trainer->error) : NULL;
  snapshot->test_loss = trainer->test_loss;
  snapshot->test_accuracy = trainer->test_accuracy;
  trainer->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  trainer->last_snapshot = g_get_monotonic_time ();

  g_clear_pointer (&trainer->last, lathe_snapshot_unref);
  trainer->last = snapshot;
  if (trainer->observer != NULL)
    trainer->observer (snapshot, trainer->observer_data);
}

static void
enter (LatheTrainer *trainer, LatheTrainerState state)
{
  if (trainer->state == state)
    return;
  trainer->state = state;
  observe (trainer);
}

/* --- Obeying --- */

static void
set_wish (LatheTrainer *trainer, Wish wish)
{
  g_mutex_lock (&trainer->lock);
  if (trainer->wish != WISH_STOP)
    trainer->wish = wish;
  g_cond_signal (&trainer->woken);
  g_mutex_unlock (&trainer->lock);
}

static gboolean
is_paused (LatheTrainer *trainer)
{
  gboolean paused;

  g_mutex_lock (&trainer->lock);
  paused = trainer->wish == WISH_PAUSE;
  g_mutex_unlock (&trainer->lock);
  return paused;
}

/* Waits out a pause. FALSE: stop now. A single step is taken by turning it back into a pause. */
static gboolean
may_go_on (LatheTrainer *trainer)
{
  Wish wish;

  if (is_paused (trainer))
    enter (trainer, LATHE_TRAINER_PAUSED);
  g_mutex_lock (&trainer->lock);
  while (trainer->wish == WISH_PAUSE)
    g_cond_wait (&trainer->woken, &trainer->lock);
  wish = trainer->wish;
  if (wish == WISH_STEP)
    trainer->wish = WISH_PAUSE;
  g_mutex_unlock (&trainer->lock);
  if (wish == WISH_RUN)
    enter (trainer, LATHE_TRAINER_RUNNING);
  return wish != WISH_STOP;
}

/* While a set is scored only a stop counts: it is one act, that ends within its batch. */
static gboolean
not_stopped (gpointer data)
{
  LatheTrainer *trainer = data;
  gboolean stopped;

  g_mutex_lock (&trainer->lock);
  stopped = trainer->wish == WISH_STOP;
  g_mutex_unlock (&trainer->lock);
  return !stopped;
}

/* --- Working --- */

static gboolean
prepare (LatheTrainer *trainer, GError **error)
{
  guint n_threads = trainer->hyperparameters.threads > 0 ? trainer->hyperparameters.threads : lathe_default_threads ();
  guint batch = MIN (trainer->hyperparameters.batch, trainer->images[LATHE_SPLIT_TRAIN]->len);
  LatheReal *weights;
  gsize n_weights;

  trainer->pool = lathe_pool_new (n_threads);
  trainer->network = lathe_network_new (trainer->graph, batch, TRUE, trainer->pool, error);
  if (trainer->network == NULL)
    return FALSE;
  lathe_network_initialise (trainer->network, trainer->hyperparameters.seed);
  weights = lathe_network_get_weights (trainer->network, &n_weights);
  trainer->optimizer = lathe_optimizer_new (&trainer->hyperparameters, weights, n_weights, trainer->pool, error);
  if (trainer->optimizer == NULL)
    return FALSE;
  trainer->store = lathe_store_new (trainer->dataset, &trainer->preprocess, n_threads, 0);
  lathe_batch_init (&trainer->batch, batch);
  trainer->steps = (trainer->images[LATHE_SPLIT_TRAIN]->len + batch - 1) / batch;
  return TRUE;
}

static void
count_rate (LatheTrainer *trainer, guint n, double seconds)
{
  trainer->window_images += n;
  trainer->window_seconds += seconds;
  if (trainer->rate == 0 || trainer->window_seconds >= RATE_WINDOW)
    {
      trainer->rate = trainer->window_images / MAX (trainer->window_seconds, 1e-9);
      trainer->window_images = 0;
      trainer->window_seconds = 0;
    }
}

/* Loss and right answers of the batch. FALSE: the loss has left the numbers. */
static gboolean
tally_batch (LatheTrainer *trainer, GError **error)
{
  const LatheBatch *batch = &trainer->batch;
  Tally tally = {.n = batch->n};

  for (guint i = 0; i < batch->n; i++)
    {
      tally.loss += batch->losses[i];
      tally.right += batch->said[i] == batch->labels[i];
    }
  for (int i = 0; i < 2; i++)
    {
      Tally *sum = i == 0 ? &trainer->epoch_tally : &trainer->point_tally;

      sum->loss += tally.loss;
      sum->right += tally.right;
      sum->n += tally.n;
    }
  if (isfinite (tally.loss))
    return TRUE;
  g_set_error (
      error, LATHE_ERROR, LATHE_ERROR_DIVERGED,
      _ ("The loss is no longer a number in epoch %u, step %u: training has run away. A learning rate below %g "
         "usually helps"),
      trainer->epoch, trainer->step + 1, trainer->hyperparameters.learning_rate);
  return FALSE;
}

static gboolean
move_weights (LatheTrainer *trainer, GError **error)
{
  double rate = lathe_schedule_rate (&trainer->hyperparameters, trainer->total_steps, trainer->steps, NULL, 0);

  if (lathe_optimizer_step (trainer->optimizer, lathe_network_get_weights (trainer->network, NULL),
                            lathe_network_get_gradient (trainer->network), rate))
    return TRUE;
  g_set_error (
      error, LATHE_ERROR, LATHE_ERROR_DIVERGED,
      _ ("The gradient is no longer a number in epoch %u, step %u: training has run away. A learning rate below %g "
         "usually helps"),
      trainer->epoch, trainer->step + 1, trainer->hyperparameters.learning_rate);
  return FALSE;
}

static gboolean
train_step (LatheTrainer *trainer, const guint32 *images, guint n, GError **error)
{
  gint64 begin = g_get_monotonic_time ();
  double seconds;

  lathe_batch_fill (&trainer->batch, trainer->dataset, trainer->store, trainer->network, images, n);
  if (trainer->batch.n > 0)
    {
      lathe_network_forward (trainer->network, trainer->batch.n, TRUE, trainer->hyperparameters.seed,
                             (guint32) trainer->total_steps);
      lathe_batch_judge (&trainer->batch, trainer->network);
      if (!tally_batch (trainer, error))
        return FALSE;
      lathe_network_backward (trainer->network, trainer->batch.n);
      if (!move_weights (trainer, error))
        return FALSE;
    }
  trainer->step++;
  trainer->total_steps++;
  seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  trainer->elapsed += seconds;
  trainer->train_seconds += seconds;
  trainer->trained += n;
  count_rate (trainer, n, seconds);
  return TRUE;
}

/* The images of one epoch in its own order. */
static GArray *
shuffled (LatheTrainer *trainer)
{
  GArray *order = g_array_copy (trainer->images[LATHE_SPLIT_TRAIN]);
  LatheRng rng = lathe_rng (trainer->hyperparameters.seed, LATHE_RNG_SHUFFLE, trainer->epoch, 0);

  lathe_rng_shuffle (&rng, (guint32 *) order->data, order->len);
  return order;
}

/* TRUE when the epoch is whole; FALSE when stopped, or with an error. */
static gboolean
train_epoch (LatheTrainer *trainer, GError **error)
{
  g_autoptr (GArray) order = shuffled (trainer);

  trainer->step = 0;
  trainer->epoch_tally = (Tally){0};
  lathe_store_expect (trainer->store, (guint32 *) order->data, order->len);
  for (guint first = 0; first < order->len; first += trainer->batch.capacity)
    {
      guint n = MIN (trainer->batch.capacity, order->len - first);

      if (!may_go_on (trainer) || !train_step (trainer, &g_array_index (order, guint32, first), n, error))
        return FALSE;
      if (trainer->state != LATHE_TRAINER_RUNNING ||
          g_get_monotonic_time () - trainer->last_snapshot >= SNAPSHOT_INTERVAL)
        observe (trainer);
    }
  if (trainer->epoch_tally.n > 0)
    return TRUE;
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("None of the training images can be read"));
  return FALSE;
}

static gboolean
score (LatheTrainer *trainer, LatheSplit split, double *loss, double *accuracy)
{
  g_autoptr (LatheMetrics) metrics = lathe_metrics_new (lathe_dataset_get_n_classes (trainer->dataset));
  gint64 begin = g_get_monotonic_time ();
  double seconds;

  *loss = *accuracy = NAN;
  if (!lathe_score (trainer->network, trainer->dataset, trainer->store, &trainer->batch, trainer->images[split],
                    metrics, not_stopped, trainer))
    return FALSE;
  *loss = lathe_metrics_loss (metrics);
  *accuracy = lathe_metrics_accuracy (metrics);
  seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  trainer->elapsed += seconds;
  trainer->score_seconds += seconds;
  trainer->scored += trainer->images[split]->len;
  return TRUE;
}

static gboolean
keep (LatheTrainer *trainer, const LatheScores *scores, GError **error)
{
  LatheModel *model =
      lathe_model_new (trainer->graph, lathe_dataset_get_classes (trainer->dataset), &trainer->preprocess, error);

  if (model == NULL)
    return FALSE;
  lathe_network_store (trainer->network, model);
  model->scores = *scores;
  g_clear_pointer (&trainer->best, lathe_model_unref);
  trainer->best = model;
  return TRUE;
}

/* Higher accuracy, or the same with a lower loss. Without a validation set the training scores decide. */
static gboolean
is_better (const LatheEpoch *epoch, const GArray *before)
{
  for (guint i = 0; i < before->len; i++)
    {
      const LatheEpoch *other = &g_array_index (before, LatheEpoch, i);
      gboolean validated = !isnan (epoch->validation_accuracy);
      double accuracy = validated ? epoch->validation_accuracy : epoch->accuracy;
      double other_accuracy = validated ? other->validation_accuracy : other->accuracy;
      double loss = validated ? epoch->validation_loss : epoch->loss;
      double other_loss = validated ? other->validation_loss : other->loss;

      if (accuracy < other_accuracy || (accuracy == other_accuracy && loss >= other_loss))
        return FALSE;
    }
  return TRUE;
}

static gboolean
run_epoch (LatheTrainer *trainer, GError **error)
{
  double elapsed = trainer->elapsed, train_seconds = trainer->train_seconds;
  LatheEpoch epoch = {.epoch = trainer->epoch};

  if (!train_epoch (trainer, error) ||
      !score (trainer, LATHE_SPLIT_VALIDATION, &epoch.validation_loss, &epoch.validation_accuracy))
    return FALSE;
  epoch.loss = tally_loss (&trainer->epoch_tally);
  epoch.accuracy = tally_accuracy (&trainer->epoch_tally);
  epoch.seconds = trainer->elapsed - elapsed;
  epoch.images_per_second = trainer->epoch_tally.n / MAX (trainer->train_seconds - train_seconds, 1e-9);
  epoch.best = is_better (&epoch, trainer->finished);
  if (epoch.best &&
      !keep (trainer, &(LatheScores){trainer->epoch, epoch.validation_loss, epoch.validation_accuracy, NAN, NAN},
             error))
    return FALSE;
  g_array_append_val (trainer->finished, epoch);
  observe (trainer);
  return TRUE;
}

/* The best epoch's weights face the images that no decision has seen. */
static gboolean
test (LatheTrainer *trainer, GError **error)
{
  LatheScores scores = trainer->best->scores;

  lathe_network_load (trainer->network, trainer->best);
  if (!score (trainer, LATHE_SPLIT_TEST, &scores.test_loss, &scores.test_accuracy))
    return FALSE;
  trainer->test_loss = scores.test_loss;
  trainer->test_accuracy = scores.test_accuracy;
  return keep (trainer, &scores, error);
}

static gboolean
run (LatheTrainer *trainer, GError **error)
{
  if (!prepare (trainer, error))
    return FALSE;
  for (trainer->epoch = 1; trainer->epoch <= trainer->hyperparameters.epochs; trainer->epoch++)
    if (!run_epoch (trainer, error))
      {
        /* Stopped before its first epoch was whole: better half a model than none. */
        if (*error == NULL && trainer->best == NULL && trainer->epoch_tally.n > 0)
          keep (trainer, &(LatheScores){0, NAN, NAN, NAN, NAN}, error);
        return FALSE;
      }
  trainer->epoch = trainer->hyperparameters.epochs;
  return test (trainer, error);
}

static gpointer
trainer_main (gpointer data)
{
  LatheTrainer *trainer = data;
  gboolean finished;

  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), NICE);
  observe (trainer);
  finished = run (trainer, &trainer->error);
  enter (trainer, trainer->error != NULL ? LATHE_TRAINER_FAILED
                  : finished             ? LATHE_TRAINER_FINISHED
                                         : LATHE_TRAINER_STOPPED);

  g_clear_pointer (&trainer->store, lathe_store_free);
  g_clear_pointer (&trainer->optimizer, lathe_optimizer_free);
  g_clear_pointer (&trainer->network, lathe_network_free);
  g_clear_pointer (&trainer->pool, lathe_pool_free);
  lathe_batch_clear (&trainer->batch);
  return NULL;
}

/* --- What others call --- */

static gboolean
check_fit (LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess, GError **error)
{
  LatheShape made = LATHE_SHAPE_IMAGE (preprocess->height, preprocess->width, preprocess->channels), taken;
  g_autoptr (LatheModel) model = NULL;

  if (lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN) == 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("%s has no images to train on"),
                   lathe_dataset_get_folder (dataset));
      return FALSE;
    }
  if (lathe_graph_get_input (graph, &taken) && !lathe_shape_equal (&made, &taken))
    {
      g_autofree char *made_text = lathe_shape_to_string (&made);
      g_autofree char *taken_text = lathe_shape_to_string (&taken);

      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("Images are prepared as %s, but the network takes %s: set the same size for both"), made_text,
                   taken_text);
      return FALSE;
    }
  model = lathe_model_new (graph, lathe_dataset_get_classes (dataset), preprocess, error);
  return model != NULL;
}

LatheTrainer *
lathe_trainer_new (LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess,
                   const LatheHyperparameters *hyperparameters, LatheObserver observer, gpointer observer_data,
                   GError **error)
{
  LatheTrainer *trainer;

  if (!lathe_hyperparameters_check (hyperparameters, error) || !check_fit (dataset, graph, preprocess, error))
    return NULL;

  trainer = g_new0 (LatheTrainer, 1);
  trainer->dataset = lathe_dataset_ref (dataset);
  trainer->graph = lathe_graph_copy (graph);
  trainer->preprocess = *preprocess;
  trainer->hyperparameters = *hyperparameters;
  trainer->observer = observer;
  trainer->observer_data = observer_data;
  g_mutex_init (&trainer->lock);
  g_cond_init (&trainer->woken);
  trainer->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  trainer->finished = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));
  trainer->test_loss = trainer->test_accuracy = NAN;
  for (int split = 0; split < LATHE_N_SPLITS; split++)
    trainer->images[split] = lathe_dataset_get_split (dataset, split);
  return trainer;
}

void
lathe_trainer_free (LatheTrainer *trainer)
{
  lathe_trainer_stop (trainer);
  if (trainer->thread != NULL)
    g_thread_join (trainer->thread);
  lathe_dataset_unref (trainer->dataset);
  lathe_graph_free (trainer->graph);
  g_mutex_clear (&trainer->lock);
  g_cond_clear (&trainer->woken);
  g_array_unref (trainer->points);
  g_array_unref (trainer->finished);
  g_clear_pointer (&trainer->best, lathe_model_unref);
  g_clear_pointer (&trainer->last, lathe_snapshot_unref);
  g_clear_error (&trainer->error);
  for (int split = 0; split < LATHE_N_SPLITS; split++)
    g_array_unref (trainer->images[split]);
  g_free (trainer);
}

void
lathe_trainer_start (LatheTrainer *trainer)
{
  g_return_if_fail (trainer->thread == NULL);

  trainer->thread = g_thread_new ("lathe-trainer", trainer_main, trainer);
}

void
lathe_trainer_pause (LatheTrainer *trainer)
{
  set_wish (trainer, WISH_PAUSE);
}

void
lathe_trainer_resume (LatheTrainer *trainer)
{
  set_wish (trainer, WISH_RUN);
}

void
lathe_trainer_step (LatheTrainer *trainer)
{
  set_wish (trainer, WISH_STEP);
}

void
lathe_trainer_stop (LatheTrainer *trainer)
{
  set_wish (trainer, WISH_STOP);
}

/**
 * lathe_trainer_wait:
 *
 * Returns: (transfer full) (nullable): the last snapshot; NULL when it was never started
 */
LatheSnapshot *
lathe_trainer_wait (LatheTrainer *trainer)
{
  if (trainer->thread != NULL)
    g_thread_join (g_steal_pointer (&trainer->thread));
  return trainer->last != NULL ? lathe_snapshot_ref (trainer->last) : NULL;
}
