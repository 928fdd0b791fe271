/* lathe-trainer-epoch.c: one epoch: its steps, its scores, and the best one's weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-schedule.h"
#include "lathe-trainer-private.h"

/* What the epoch that goes on learns from. */
LatheOrder *
lathe_trainer_shuffle (LatheTrainer *trainer)
{
  const LatheHyperparameters *h = &trainer->hyperparameters;

  return lathe_order_new (trainer->dataset, trainer->images[LATHE_SPLIT_TRAIN], h->balance == LATHE_BALANCE_RESAMPLE,
                          h->seed, (guint32) trainer->at.epoch);
}

/* Loss and right answers of the batch. */
static void
tally_batch (LatheTrainer *trainer)
{
  const LatheBatch *batch = &trainer->batch;
  LatheTally *const tallies[] = {&trainer->at.tally, &trainer->point_tally};
  LatheTally tally = {.n = batch->n};

  for (guint i = 0; i < batch->n; i++)
    {
      tally.loss += batch->losses[i];
      tally.right += batch->said[i] == batch->labels[i];
    }
  for (guint i = 0; i < G_N_ELEMENTS (tallies); i++)
    {
      tallies[i]->loss += tally.loss;
      tallies[i]->right += tally.right;
      tallies[i]->n += tally.n;
    }
}

/* Training has left the numbers: in which layer first, on which way, and what helps. */
static gboolean
say_diverged (LatheTrainer *trainer, gboolean backward, GError **error)
{
  const char *layer = lathe_network_find_overflow (trainer->network, trainer->batch.n, backward);
  g_autofree char *where = layer == NULL
                               ? g_strdup (backward ? _ ("in the backward pass") : _ ("in the loss"))
                               : g_strdup_printf (backward ? _ ("first at the layer “%s”, in the backward pass")
                                                           : _ ("first at the layer “%s”, in the forward pass"),
                                                  layer);

  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DIVERGED,
               _ ("Training has run away in epoch %u, step %u: numbers became infinite, %s. A learning rate below %g "
                  "usually helps, and so does limiting the gradient (clip-norm 1)"),
               (guint) trainer->at.epoch, (guint) trainer->at.step + 1, where, trainer->rate);
  return FALSE;
}

/* FALSE: the numbers are no longer finite, and the weights are of no more use. */
static gboolean
learn (LatheTrainer *trainer, gint64 *since, GError **error)
{
  LatheNetwork *network = trainer->network;
  guint n = trainer->batch.n;

  trainer->rate = lathe_schedule_rate_since (
      &trainer->hyperparameters, lathe_changes_find_restart (trainer->changes, trainer->steps), trainer->at.total_steps,
      trainer->steps, (const gboolean *) trainer->better->data, trainer->better->len);
  lathe_trainer_ask_teacher (trainer);
  lathe_network_forward (network, n, TRUE, trainer->hyperparameters.seed, (guint32) trainer->at.total_steps);
  lathe_batch_judge (&trainer->batch, network);
  tally_batch (trainer);
  if (!isfinite (trainer->at.tally.loss))
    return say_diverged (trainer, FALSE, error);
  lathe_trainer_heed_teacher (trainer);
  lathe_observation_note (trainer->observation, &trainer->batch, network);
  lathe_trainer_spend (trainer, LATHE_PHASE_FORWARD, since);
  lathe_network_backward (network, n);
  lathe_trainer_spend (trainer, LATHE_PHASE_BACKWARD, since);
  if (!lathe_optimizer_step (trainer->optimizer, lathe_network_get_weights (network, NULL),
                             lathe_network_get_gradient (network), trainer->rate))
    return say_diverged (trainer, TRUE, error);
  lathe_network_constrain (network);
  trainer->point_tally.norm += lathe_optimizer_get_norm (trainer->optimizer);
  trainer->point_tally.steps++;
  lathe_trainer_spend (trainer, LATHE_PHASE_OPTIMIZER, since);
  return TRUE;
}

static gboolean
train_step (LatheTrainer *trainer, const LatheOrder *order, guint first, guint n, GError **error)
{
  gint64 begin = g_get_monotonic_time (), since = begin;
  double seconds, waiting;

  lathe_batch_fill (&trainer->batch, trainer->dataset, trainer->store, trainer->network,
                    &g_array_index (order->images, guint32, first), &g_array_index (order->turns, guint32, first), n);
  waiting = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  lathe_batch_augment (&trainer->batch, trainer->network, trainer->pool, &trainer->hyperparameters.augmentation,
                       trainer->hyperparameters.seed);
  lathe_trainer_spend (trainer, LATHE_PHASE_READING, &since);
  if (trainer->batch.n > 0 && !learn (trainer, &since, error))
    return FALSE;
  trainer->at.step++;
  trainer->at.total_steps++;
  seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  trainer->at.elapsed += seconds;
  trainer->at.train_seconds += seconds;
  trainer->at.trained += n;
  trainer->trained_here += n;
  lathe_pace_note (&trainer->pace, n, seconds - waiting, waiting);
  lathe_trainer_count_rate (trainer, n, seconds);
  return TRUE;
}

/* From the step at which the epoch stands. TRUE when the epoch is whole, or something is to be changed first; FALSE
 * when stopped, or with an error. */
static gboolean
train_epoch (LatheTrainer *trainer, gboolean *whole, GError **error)
{
  g_autoptr (LatheOrder) order = lathe_trainer_shuffle (trainer);
  guint first = (guint) trainer->at.step * trainer->batch.capacity, end = order->images->len;

  lathe_store_expect (trainer->store, (guint32 *) order->images->data + MIN (first, end), end - MIN (first, end));
  for (; first < end; first += trainer->batch.capacity)
    {
      guint n = MIN (trainer->batch.capacity, end - first);

      if (!lathe_trainer_may_go_on (trainer))
        return FALSE;
      if (lathe_trainer_has_changes (trainer))
        return TRUE;
      if (!train_step (trainer, order, first, n, error))
        return FALSE;
      /* The first step is a point by itself: how it was before anything was learned. */
      if (trainer->state != LATHE_TRAINER_RUNNING || trainer->at.total_steps == 1)
        lathe_trainer_observe (trainer);
      else
        lathe_trainer_observe_when_due (trainer);
      lathe_trainer_save_checkpoint_when_due (trainer);
    }
  *whole = trainer->at.tally.n > 0;
  if (*whole)
    return TRUE;
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("None of the training images can be read"));
  return FALSE;
}

/**
 * lathe_trainer_swap_average:
 *
 * Where a moving average of the weights is kept, it is what is scored and kept as a model; another call brings back
 * what is trained.
 */
void
lathe_trainer_swap_average (LatheTrainer *trainer)
{
  LatheReal *average = lathe_optimizer_get_moment (trainer->optimizer, LATHE_MOMENT_AVERAGE);
  gsize n;
  LatheReal *weights = lathe_network_get_weights (trainer->network, &n);

  for (gsize i = 0; average != NULL && i < n; i++)
    {
      LatheReal weight = weights[i];

      weights[i] = average[i];
      average[i] = weight;
    }
}

/* The layers are looked at while the network holds the outputs of the first batch, which is the same in every epoch. */
static void
look_at_batch (const LatheBatch *batch, gpointer data)
{
  LatheTrainer *trainer = data;

  lathe_observation_note_aside (trainer->observation, batch, trainer->network);
  if (trainer->look == NULL)
    trainer->look = lathe_network_look (trainer->network, batch->n, (guint) trainer->at.epoch);
}

static gboolean
score (LatheTrainer *trainer, LatheSplit split, LatheMetrics *metrics)
{
  gint64 begin = g_get_monotonic_time (), since = begin;
  double seconds;

  if (!lathe_score (trainer->network, trainer->dataset, trainer->store, &trainer->batch, trainer->images[split],
                    metrics, lathe_trainer_is_wanted, split == LATHE_SPLIT_VALIDATION ? look_at_batch : NULL, trainer))
    return FALSE;
  seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  trainer->at.elapsed += seconds;
  lathe_trainer_spend (trainer, LATHE_PHASE_VALIDATION, &since);
  trainer->score_pace = seconds / MAX (1, trainer->images[split]->len);
  return TRUE;
}

gboolean
lathe_trainer_keep (LatheTrainer *trainer, const LatheScores *scores, GError **error)
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

/* What the user picked, the higher the better; the loss decides between equals. Without a validation set the training
 * scores decide, by their accuracy where it would have been F1. */
static gboolean
is_better_than (const LatheTrainer *trainer, const LatheEpoch *epoch, const LatheEpoch *other)
{
  gboolean validated = !isnan (epoch->validation_accuracy);
  double loss = validated ? epoch->validation_loss : epoch->loss;
  double other_loss = validated ? other->validation_loss : other->loss;
  double value = validated ? epoch->validation_accuracy : epoch->accuracy;
  double other_value = validated ? other->validation_accuracy : other->accuracy;

  if (trainer->hyperparameters.best_by == LATHE_BEST_BY_MACRO_F1 && validated)
    {
      value = epoch->validation_macro_f1;
      other_value = other->validation_macro_f1;
    }
  if (trainer->hyperparameters.best_by == LATHE_BEST_BY_LOSS || value == other_value)
    return loss < other_loss;
  return value > other_value;
}

/* What is better than the best of all before is better than each of them. */
static gboolean
is_best (const LatheTrainer *trainer, const LatheEpoch *epoch)
{
  guint best = trainer->best != NULL ? trainer->best->scores.best_epoch : 0;

  return best == 0 || is_better_than (trainer, epoch, &g_array_index (&trainer->finished.list, LatheEpoch, best - 1));
}

static gboolean
validate (LatheTrainer *trainer, LatheEpoch *epoch, GError **error)
{
  g_autoptr (LatheMetrics) metrics = lathe_metrics_new (lathe_dataset_get_n_classes (trainer->dataset));
  gboolean whole;

  g_clear_pointer (&trainer->look, lathe_layer_looks_unref);
  whole = score (trainer, LATHE_SPLIT_VALIDATION, metrics);
  lathe_observation_settle (trainer->observation, whole);
  if (!whole)
    return FALSE;
  epoch->validation_loss = lathe_metrics_loss (metrics);
  epoch->validation_accuracy = lathe_metrics_accuracy (metrics);
  epoch->validation_macro_f1 = metrics->n > 0 ? lathe_metrics_macro_f1 (metrics) : NAN;
  epoch->best = is_best (trainer, epoch);
  return !epoch->best ||
         lathe_trainer_keep (trainer,
                             &(LatheScores){epoch->epoch, epoch->validation_loss, epoch->validation_accuracy, NAN, NAN},
                             error);
}

/* What was said up to an epoch, and then `more` (transfer full) (nullable), in a list that no snapshot shares yet. */
static void
set_answers (LatheTrainer *trainer, guint until, LatheAnswers *more)
{
  GPtrArray *answers = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_answers_unref);

  for (guint i = 0; i < trainer->answers->len; i++)
    if (((const LatheAnswers *) trainer->answers->pdata[i])->epoch <= until)
      g_ptr_array_add (answers, lathe_answers_ref (trainer->answers->pdata[i]));
  if (more != NULL)
    g_ptr_array_add (answers, more);
  lathe_answers_thin (answers);
  g_ptr_array_unref (trainer->answers);
  trainer->answers = answers;
}

/* What the network says of the images that are watched. */
static void
ask_watched (LatheTrainer *trainer)
{
  guint epoch = (guint) trainer->at.epoch;
  LatheAnswers *answers = lathe_watch_ask (trainer->watch, trainer->network, &trainer->batch.views, epoch);

  if (answers != NULL)
    set_answers (trainer, epoch - 1, answers);
}

/* All that was said after an epoch, in those that are trained anew. */
void
lathe_trainer_forget_answers (LatheTrainer *trainer, guint until)
{
  set_answers (trainer, until, NULL);
}

/**
 * lathe_trainer_run_epoch:
 *
 * From the step at which the epoch stands to its end, or to where something is to be changed.
 *
 * Returns: FALSE when stopped, or with an error
 */
gboolean
lathe_trainer_run_epoch (LatheTrainer *trainer, GError **error)
{
  LatheEpoch epoch = {.epoch = (guint) trainer->at.epoch};
  gboolean validated, whole = FALSE;

  if (trainer->at.step == 0 || trainer->began.epoch != trainer->at.epoch)
    {
      trainer->began = trainer->at;
      memcpy (trainer->phases_before, trainer->phases, sizeof trainer->phases);
    }
  if (!train_epoch (trainer, &whole, error))
    return FALSE;
  if (!whole)
    return TRUE;
  lathe_pace_end_epoch (&trainer->pace);
  epoch.loss = lathe_tally_loss (&trainer->at.tally);
  epoch.accuracy = lathe_tally_accuracy (&trainer->at.tally);
  lathe_trainer_swap_average (trainer);
  validated = validate (trainer, &epoch, error);
  if (validated)
    ask_watched (trainer);
  lathe_trainer_swap_average (trainer);
  if (!validated)
    return FALSE;
  epoch.learning_rate = trainer->rate;
  epoch.seconds = trainer->at.elapsed - trainer->began.elapsed;
  epoch.images_per_second = (double) (trainer->at.trained - trainer->began.trained) /
                            MAX (trainer->at.train_seconds - trainer->began.train_seconds, 1e-9);
  epoch.step = (double) trainer->at.total_steps;
  epoch.elapsed = trainer->at.elapsed;
  for (guint i = 0; i < LATHE_N_PHASES; i++)
    epoch.phases[i] = trainer->phases[i] - trainer->phases_before[i];
  lathe_epochs_append (&trainer->finished, &epoch);
  g_array_append_val (trainer->better, epoch.best);
  if (trainer->look != NULL)
    {
      g_ptr_array_add (trainer->layers, g_steal_pointer (&trainer->look));
      lathe_layer_looks_thin (trainer->layers);
    }
  lathe_trainer_observe (trainer);
  trainer->at.epoch++;
  trainer->at.step = 0;
  trainer->at.tally = (LatheTally){0};
  lathe_trainer_save_checkpoint_of_epoch (trainer);
  return TRUE;
}

/* The best epoch's weights face the images that no decision has seen. */
gboolean
lathe_trainer_test (LatheTrainer *trainer, GError **error)
{
  g_autoptr (LatheMetrics) metrics = lathe_metrics_new (lathe_dataset_get_n_classes (trainer->dataset));
  LatheScores scores = trainer->best->scores;

  lathe_network_load (trainer->network, trainer->best);
  if (!score (trainer, LATHE_SPLIT_TEST, metrics))
    return FALSE;
  scores.test_loss = trainer->test_loss = lathe_metrics_loss (metrics);
  scores.test_accuracy = trainer->test_accuracy = lathe_metrics_accuracy (metrics);
  return lathe_trainer_keep (trainer, &scores, error);
}
