/* lathe-trainer.c: training, on a thread of its own.
 *
 * A run reads as one sequence, trainer_main(): prepare, epochs, test, end. Between any two steps it looks at
 * `wish`, the only field that others write; `lock` guards it, `woken` says that it changed. Everything else belongs
 * to the trainer's thread from start to join, and leaves it only inside immutable snapshots.
 *
 * The one thing besides is what is to be changed while it goes on: lathe-trainer-change.c.
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
#include <glib/gi18n-lib.h>
#include <math.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "base/lathe-thread.h"
#include "lathe-memory.h"
#include "lathe-schedule.h"
#include "lathe-trainer-private.h"

#define NICE 10

static void
enter (LatheTrainer *trainer, LatheTrainerState state)
{
  if (trainer->state == state)
    return;
  trainer->state = state;
  lathe_trainer_observe (trainer);
}

/* --- Obeying --- */

static void
set_wish (LatheTrainer *trainer, LatheWish wish)
{
  if (wish == LATHE_WISH_STOP)
    g_cancellable_cancel (trainer->growing);
  g_mutex_lock (&trainer->lock);
  if (trainer->wish != LATHE_WISH_STOP)
    trainer->wish = wish;
  g_cond_signal (&trainer->woken);
  g_mutex_unlock (&trainer->lock);
}

static gboolean
is_paused (LatheTrainer *trainer)
{
  gboolean paused;

  g_mutex_lock (&trainer->lock);
  paused = trainer->wish == LATHE_WISH_PAUSE;
  g_mutex_unlock (&trainer->lock);
  return paused;
}

/* Waits out a pause, or until something is to be changed. FALSE: stop now. A single step is taken by turning it back
 * into a pause. */
gboolean
lathe_trainer_may_go_on (LatheTrainer *trainer)
{
  LatheWish wish;

  if (is_paused (trainer))
    enter (trainer, LATHE_TRAINER_PAUSED);
  g_mutex_lock (&trainer->lock);
  while (trainer->wish == LATHE_WISH_PAUSE && trainer->wanted.length == 0)
    g_cond_wait (&trainer->woken, &trainer->lock);
  wish = trainer->wish;
  if (wish == LATHE_WISH_STEP && trainer->wanted.length == 0)
    trainer->wish = LATHE_WISH_PAUSE;
  g_mutex_unlock (&trainer->lock);
  if (wish == LATHE_WISH_RUN)
    enter (trainer, LATHE_TRAINER_RUNNING);
  return wish != LATHE_WISH_STOP;
}

/* While a set is scored only a stop counts: it is one act, that ends within its batch. */
gboolean
lathe_trainer_is_wanted (guint done, gpointer data)
{
  LatheTrainer *trainer = data;
  gboolean stopped;

  g_mutex_lock (&trainer->lock);
  stopped = trainer->wish == LATHE_WISH_STOP;
  g_mutex_unlock (&trainer->lock);
  return !stopped;
}

/* --- Working --- */

/* The loss that was asked for, with the weights of the classes. */
void
lathe_trainer_set_loss (LatheTrainer *trainer)
{
  const LatheHyperparameters *h = &trainer->hyperparameters;
  guint n_classes = lathe_dataset_get_n_classes (trainer->dataset);
  g_autofree LatheReal *weights = g_new (LatheReal, n_classes);
  LatheLoss loss = {
      .kind = h->loss,
      .smoothing = h->label_smoothing,
      .gamma = h->focal_gamma,
      .delta = h->huber_delta,
      .class_weight = h->balance == LATHE_BALANCE_WEIGHTS ? weights : NULL,
  };

  lathe_balance_weights (trainer->dataset, trainer->images[LATHE_SPLIT_TRAIN], weights);
  lathe_network_set_loss (trainer->network, &loss);
  lathe_network_set_precision (trainer->network, h->precision);
}

/* Draws the weights, and makes those that want images of the first batch. */
static void
draw_weights (LatheTrainer *trainer)
{
  g_autoptr (LatheOrder) order = lathe_trainer_shuffle (trainer);
  guint n = MIN (order->images->len, trainer->batch.capacity);

  lathe_network_initialise (trainer->network, trainer->hyperparameters.seed);
  if (trainer->unfinished != NULL || !lathe_network_wants_images (trainer->network))
    return;
  lathe_store_expect (trainer->store, (const guint32 *) order->images->data, n);
  lathe_batch_fill (&trainer->batch, trainer->dataset, trainer->store, trainer->network,
                    (const guint32 *) order->images->data, NULL, n);
  if (trainer->batch.n > 0)
    lathe_network_whiten (trainer->network, trainer->batch.n);
}

/* What was learned before counts for more than what was drawn. */
static void
initialise (LatheTrainer *trainer)
{
  draw_weights (trainer);
  if (trainer->inheritance != NULL)
    lathe_network_inherit (trainer->network, trainer->inheritance);
  if (trainer->keeps_zeros)
    lathe_network_keep_zeros (trainer->network);
}

static gboolean
go_on_measuring (guint done, gpointer data)
{
  LatheTrainer *trainer = data;

  trainer->measured = done;
  lathe_trainer_observe_when_due (trainer);
  return lathe_trainer_is_wanted (done, trainer);
}

/* What the training images are normalised by, where that is up to them. A run that is taken up again goes on with what
 * it had. FALSE: stop now. */
static gboolean
measure (LatheTrainer *trainer)
{
  const GArray *images = trainer->images[LATHE_SPLIT_TRAIN];

  if (!trainer->preprocess.measured || trainer->unfinished != NULL)
    return TRUE;
  trainer->to_measure = images->len;
  return lathe_store_measure (trainer->store, (const guint32 *) images->data, images->len, &trainer->preprocess,
                              go_on_measuring, trainer);
}

static void
take_hold (LatheTrainer *trainer)
{
  guint n_threads = trainer->hyperparameters.threads > 0 ? trainer->hyperparameters.threads : lathe_default_threads ();

  if (trainer->lent)
    return;
  trainer->pool = lathe_pool_new (n_threads);
  trainer->store = lathe_store_new (trainer->dataset, &trainer->preprocess, n_threads, 0);
}

static void
let_go (LatheTrainer *trainer)
{
  g_clear_pointer (&trainer->optimizer, lathe_optimizer_free);
  g_clear_pointer (&trainer->network, lathe_network_free);
  g_clear_pointer (&trainer->teacher_network, lathe_network_free);
  g_clear_pointer (&trainer->observation, lathe_observation_free);
  lathe_batch_clear (&trainer->batch);
  if (!trainer->lent)
    {
      g_clear_pointer (&trainer->store, lathe_store_free);
      g_clear_pointer (&trainer->pool, lathe_pool_free);
    }
  trainer->store = NULL;
  trainer->pool = NULL;
}

/* Returns: (transfer full): of the trainer's graph, or one that is to take its place */
LatheNetwork *
lathe_trainer_make_network (LatheTrainer *trainer, const LatheGraph *graph, guint batch, GError **error)
{
  return trainer->rounding != NULL ? lathe_network_new_rounded (graph, trainer->rounding, batch, trainer->pool, error)
                                   : lathe_network_new (graph, batch, TRUE, trainer->pool, error);
}

/* Returns: (transfer full): for this network of the trainer's */
LatheOptimizerState *
lathe_trainer_make_optimizer (LatheTrainer *trainer, LatheNetwork *network, GError **error)
{
  g_autoptr (GArray) ranges = lathe_network_list_ranges (network);
  gsize n_weights;
  LatheReal *weights = lathe_network_get_weights (network, &n_weights);
  LatheOptimizerState *optimizer =
      lathe_optimizer_new (&trainer->hyperparameters, weights, n_weights, trainer->pool, error);

  if (optimizer == NULL)
    return NULL;
  lathe_optimizer_set_ranges (optimizer, ranges);
  lathe_optimizer_set_end (optimizer, (guint64) trainer->hyperparameters.epochs * trainer->steps);
  return optimizer;
}

/* Lays out all that a step needs. FALSE without an error: stop now. */
gboolean
lathe_trainer_prepare (LatheTrainer *trainer, GError **error)
{
  guint batch = MIN (trainer->hyperparameters.batch, trainer->images[LATHE_SPLIT_TRAIN]->len);
  const LatheHyperparameters *h = &trainer->hyperparameters;

  take_hold (trainer);
  trainer->network = lathe_trainer_make_network (trainer, trainer->graph, batch, error);
  if (trainer->network == NULL)
    return FALSE;
  lathe_trainer_set_loss (trainer);
  if (!measure (trainer))
    return FALSE;
  lathe_batch_init (&trainer->batch, batch);
  if (!lathe_trainer_call_teacher (trainer, error))
    return FALSE;
  trainer->observation = lathe_observation_new (lathe_dataset_get_n_images (trainer->dataset));
  lathe_views_init (&trainer->batch.views, trainer->network, batch, &trainer->preprocess,
                    lathe_augmentation_is_wanted (&h->augmentation));
  trainer->at.epoch = 1;
  trainer->steps = (trainer->images[LATHE_SPLIT_TRAIN]->len + batch - 1) / batch;
  initialise (trainer);
  trainer->optimizer = lathe_trainer_make_optimizer (trainer, trainer->network, error);
  if (trainer->optimizer == NULL)
    return FALSE;
  lathe_pace_init (&trainer->pace, trainer->images[LATHE_SPLIT_TRAIN]->len);
  if (trainer->unfinished != NULL && !lathe_trainer_restore (trainer, error))
    return FALSE;
  lathe_trainer_begin_checkpoints (trainer);
  return TRUE;
}

/* Not within an epoch. */
static gboolean
is_over (const LatheTrainer *trainer)
{
  if (trainer->at.step > 0)
    return FALSE;
  return trainer->at.epoch > trainer->hyperparameters.epochs ||
         lathe_schedule_is_enough (&trainer->hyperparameters, (const gboolean *) trainer->better->data,
                                   trainer->better->len);
}

static gboolean
run (LatheTrainer *trainer, GError **error)
{
  if (lathe_trainer_grows (trainer) && !lathe_trainer_grow (trainer, error))
    return FALSE;
  if (lathe_trainer_grows (trainer) && trainer->growth.n_learning == 0)
    return TRUE;
  if (!lathe_trainer_prepare (trainer, error))
    return FALSE;
  lathe_trainer_make_room (trainer);
  while (lathe_trainer_make_changes (trainer), !is_over (trainer))
    if (!lathe_trainer_run_epoch (trainer, error))
      {
        if (*error == NULL)
          lathe_trainer_save_checkpoint (trainer);
        /* Stopped before its first epoch was whole: better half a model than none. */
        if (*error == NULL && trainer->best == NULL && trainer->transfer == NULL && trainer->at.tally.n > 0)
          lathe_trainer_keep (trainer, &(LatheScores){0, NAN, NAN, NAN, NAN}, error);
        lathe_trainer_falls_back (trainer);
        return FALSE;
      }
  lathe_trainer_save_last_checkpoint (trainer);
  return lathe_trainer_falls_back (trainer) ||
         (lathe_trainer_test (trainer, error) && lathe_trainer_keep_known (trainer, error));
}

static void
begin_record (LatheTrainer *trainer)
{
  g_autoptr (GError) error = NULL;

  if (trainer->record.path != NULL)
    trainer->recorder = lathe_recorder_new (trainer, &error);
  if (error != NULL)
    trainer->warning = g_strdup (error->message);
}

static gpointer
trainer_main (gpointer data)
{
  LatheTrainer *trainer = data;
  gboolean finished;

  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), NICE);
  begin_record (trainer);
  lathe_trainer_observe (trainer);
  finished = run (trainer, &trainer->error);
  lathe_trainer_end_checkpoints (trainer);
  enter (trainer, trainer->error != NULL ? LATHE_TRAINER_FAILED
                  : finished             ? LATHE_TRAINER_FINISHED
                                         : LATHE_TRAINER_STOPPED);
  g_clear_pointer (&trainer->recorder, lathe_recorder_free);
  let_go (trainer);
  return NULL;
}

/* --- What others call --- */

static gboolean
check_dataset (LatheDataset *dataset, GError **error)
{
  g_autofree char *name = g_filename_display_name (lathe_dataset_get_folder (dataset));

  if (lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN) == 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("%s has no images to train on"), name);
  else if (lathe_dataset_get_n_classes (dataset) < 2)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                 _ ("“%s” holds the class “%s” alone, and training takes two at least, for the network to tell apart. "
                    "Add a class of other images."),
                 name, lathe_dataset_get_classes (dataset)[0]);
  else
    return TRUE;
  return FALSE;
}

gboolean
lathe_trainer_check_learns (const LatheGraph *graph, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  if (!report->works || report->parameters > report->states)
    return TRUE;
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                       _ ("There is nothing to train: every layer of the network is frozen or has no weights"));
  return FALSE;
}

static gboolean
check_fit (LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess,
           const LatheHyperparameters *hyperparameters, GError **error)
{
  LatheShape made = LATHE_SHAPE_IMAGE (preprocess->height, preprocess->width, preprocess->channels), taken;
  guint n_images = lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN);
  LatheHyperparameters effective = *hyperparameters;
  g_autoptr (LatheModel) model = NULL;

  if (!check_dataset (dataset, error))
    return FALSE;
  if (lathe_graph_get_input (graph, &taken) && !lathe_shape_equal (&made, &taken))
    {
      g_autofree char *made_text = lathe_shape_to_string (&made);
      g_autofree char *taken_text = lathe_shape_to_string (&taken);

      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("Images are prepared as %s, but the network takes %s: set the same size for both"), made_text,
                   taken_text);
      return FALSE;
    }
  if (!lathe_trainer_check_learns (graph, error))
    return FALSE;
  effective.batch = MIN (hyperparameters->batch, n_images);
  if (!lathe_memory_check_training (graph, &effective, error))
    return FALSE;
  model = lathe_model_new (graph, lathe_dataset_get_classes (dataset), preprocess, error);
  return model != NULL;
}

LatheTrainer *
lathe_trainer_new (LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess,
                   const LatheHyperparameters *hyperparameters, LatheObserver observer, gpointer observer_data,
                   GError **error)
{
  LatheTrainer *trainer;

  if (!lathe_hyperparameters_check (hyperparameters, error) ||
      !check_fit (dataset, graph, preprocess, hyperparameters, error))
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
  trainer->growing = g_cancellable_new ();
  trainer->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  trainer->layers = lathe_layer_looks_list (NULL);
  trainer->better = g_array_new (FALSE, FALSE, sizeof (gboolean));
  lathe_trainer_init_changes (trainer);
  trainer->answers = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_answers_unref);
  trainer->watch = lathe_watch_new ();
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
  let_go (trainer);
  lathe_dataset_unref (trainer->dataset);
  lathe_graph_free (trainer->graph);
  g_mutex_clear (&trainer->lock);
  g_cond_clear (&trainer->woken);
  g_array_unref (trainer->points);
  lathe_epochs_clear (&trainer->finished);
  g_clear_pointer (&trainer->recorded, g_array_unref);
  g_ptr_array_unref (trainer->layers);
  g_clear_pointer (&trainer->look, lathe_layer_looks_unref);
  g_array_unref (trainer->better);
  lathe_trainer_clear_changes (trainer);
  g_ptr_array_unref (trainer->answers);
  lathe_watch_free (trainer->watch);
  g_clear_pointer (&trainer->inheritance, lathe_inheritance_free);
  lathe_trainer_clear_growth (trainer);
  g_clear_pointer (&trainer->rounding, lathe_quantisation_free);
  g_clear_pointer (&trainer->teacher, lathe_model_unref);
  g_clear_pointer (&trainer->unfinished, lathe_unfinished_free);
  g_free (trainer->checkpoint_path);
  g_free ((char *) trainer->record.path);
  g_free ((char *) trainer->record.name);
  g_free ((char *) trainer->record.group);
  g_free ((char *) trainer->record.network);
  g_free ((char *) trainer->record.model);
  g_free (trainer->warning);
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

  trainer->thread = lathe_thread_new ("lathe-trainer", trainer_main, trainer);
}

void
lathe_trainer_pause (LatheTrainer *trainer)
{
  set_wish (trainer, LATHE_WISH_PAUSE);
}

void
lathe_trainer_resume (LatheTrainer *trainer)
{
  set_wish (trainer, LATHE_WISH_RUN);
}

void
lathe_trainer_step (LatheTrainer *trainer)
{
  set_wish (trainer, LATHE_WISH_STEP);
}

void
lathe_trainer_stop (LatheTrainer *trainer)
{
  set_wish (trainer, LATHE_WISH_STOP);
}

/**
 * lathe_trainer_watch:
 * @paths: as lathe_watch_set()
 *
 * At any time, before the start and while it trains: at the end of each epoch it is asked about these images, and
 * snapshots have what it said. The training is the same with them and without.
 */
void
lathe_trainer_watch (LatheTrainer *trainer, const char *const *paths)
{
  lathe_watch_set (trainer->watch, paths);
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
