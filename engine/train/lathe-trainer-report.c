/* lathe-trainer-report.c: how a training stands, as snapshots say it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "lathe-trainer-private.h"

#define SNAPSHOT_INTERVAL (G_USEC_PER_SEC / 30)
#define RATE_WINDOW 1.0 /* seconds over which “of late” is meant */

const char *const lathe_phase_names[LATHE_N_PHASES] = {"reading", "forward", "backward", "optimizer", "validation"};
const char *const lathe_phase_titles[LATHE_N_PHASES] = {N_ ("reading"), N_ ("forward"), N_ ("backward"),
                                                        N_ ("optimiser"), N_ ("validation")};

double
lathe_tally_loss (const LatheTally *tally)
{
  return tally->n > 0 ? tally->loss / (double) tally->n : NAN;
}

double
lathe_tally_accuracy (const LatheTally *tally)
{
  return tally->n > 0 ? (double) tally->right / (double) tally->n : NAN;
}

/* The time since `since` (monotonic microseconds) went to `phase`; the next one begins now. */
void
lathe_trainer_spend (LatheTrainer *trainer, LatheTrainingPhase phase, gint64 *since)
{
  gint64 now = g_get_monotonic_time ();

  trainer->phases[phase] += (double) (now - *since) / G_USEC_PER_SEC;
  *since = now;
}

/* Images a second, of late. */
void
lathe_trainer_count_rate (LatheTrainer *trainer, guint n, double seconds)
{
  trainer->window_images += n;
  trainer->window_seconds += seconds;
  if (trainer->images_per_second == 0 || trainer->window_seconds >= RATE_WINDOW)
    {
      trainer->images_per_second = trainer->window_images / MAX (trainer->window_seconds, 1e-9);
      trainer->window_images = 0;
      trainer->window_seconds = 0;
    }
}

/* What the sets that are not learned from take: as long as the last one did, and before that as the forward pass. */
static double
seconds_to_score (const LatheTrainer *trainer, double images)
{
  double forward = trainer->phases[LATHE_PHASE_FORWARD] / MAX (1, trainer->trained_here);

  return images * (trainer->score_pace > 0 ? trainer->score_pace : forward);
}

static double
seconds_left (const LatheTrainer *trainer)
{
  const LatheProgress *at = &trainer->at;
  double images = trainer->images[LATHE_SPLIT_TRAIN]->len, epochs = trainer->hyperparameters.epochs;
  double done = MIN ((double) at->step * trainer->batch.capacity, images);
  gboolean over = at->epoch > epochs;

  if (trainer->growing_since > 0)
    return trainer->measured > 0 ? (double) (g_get_monotonic_time () - trainer->growing_since) / G_USEC_PER_SEC *
                                       (trainer->to_measure - trainer->measured) / trainer->measured
                                 : NAN;
  return lathe_pace_left (&trainer->pace, over ? 0 : images - done, over ? 0 : (epochs - at->epoch) * images) +
         seconds_to_score (trainer,
                           MAX (0, epochs - trainer->finished.list.len) * trainer->images[LATHE_SPLIT_VALIDATION]->len +
                               trainer->images[LATHE_SPLIT_TEST]->len);
}

/* In epochs: 1.25 is a quarter into the second. */
double
lathe_trainer_position (const LatheTrainer *trainer)
{
  return MAX ((double) trainer->at.epoch - 1, 0) + (double) trainer->at.step / MAX (1, trainer->steps);
}

static void
end_point (LatheTrainer *trainer)
{
  LathePoint point = {
      .epoch = lathe_trainer_position (trainer),
      .loss = lathe_tally_loss (&trainer->point_tally),
      .accuracy = lathe_tally_accuracy (&trainer->point_tally),
      .step = (double) trainer->at.total_steps,
      .seconds = trainer->at.elapsed,
      .learning_rate = trainer->rate,
      .gradient_norm = trainer->point_tally.steps > 0 ? trainer->point_tally.norm / trainer->point_tally.steps : NAN,
  };

  if (trainer->point_tally.n > 0)
    g_array_append_val (trainer->points, point);
  trainer->point_tally = (LatheTally){0};
}

static void
record (LatheTrainer *trainer, LatheSnapshot *snapshot)
{
  g_autoptr (GError) error = NULL;

  if (trainer->recorder == NULL || lathe_recorder_write (trainer->recorder, snapshot, &error))
    return;
  g_free (trainer->warning);
  trainer->warning = g_strdup (error->message);
  g_free (snapshot->warning);
  snapshot->warning = g_strdup (error->message);
}

/* Hands a snapshot to the observer, once it is written down. */
void
lathe_trainer_observe (LatheTrainer *trainer)
{
  LatheSnapshot *snapshot = g_new0 (LatheSnapshot, 1);

  end_point (trainer);
  g_atomic_ref_count_init (&snapshot->references);
  snapshot->made = g_get_monotonic_time ();
  snapshot->state = trainer->state;
  snapshot->measured = trainer->measured;
  snapshot->to_measure = trainer->to_measure;
  snapshot->growing = trainer->growing_since > 0;
  snapshot->transfer = trainer->transfer != NULL ? lathe_transfer_ref (trainer->transfer) : NULL;
  snapshot->epochs = trainer->hyperparameters.epochs;
  snapshot->epoch = (guint) MIN (trainer->at.epoch, snapshot->epochs);
  snapshot->step = (guint) trainer->at.step;
  snapshot->steps = trainer->steps;
  snapshot->position = lathe_trainer_position (trainer);
  snapshot->learning_rate = trainer->rate;
  snapshot->images_per_second = trainer->images_per_second;
  snapshot->seconds_left = seconds_left (trainer);
  snapshot->elapsed = trainer->at.elapsed;
  memcpy (snapshot->phases, trainer->phases, sizeof snapshot->phases);
  snapshot->gradient_norm = trainer->optimizer != NULL ? lathe_optimizer_get_norm (trainer->optimizer) : 0;
  snapshot->points = g_steal_pointer (&trainer->points);
  lathe_epochs_share (&snapshot->epochs_until, &trainer->finished);
  snapshot->finished = &snapshot->epochs_until.list;
  snapshot->changes = g_array_copy (trainer->changes);
  snapshot->n_undoable = trainer->states.length;
  snapshot->hyperparameters = trainer->hyperparameters;
  snapshot->layers = lathe_layer_looks_list (trainer->layers);
  snapshot->best = trainer->best != NULL ? lathe_model_ref (trainer->best) : NULL;
  snapshot->answers = g_ptr_array_ref (trainer->answers);
  snapshot->unreadable = trainer->store != NULL      ? lathe_store_get_problems (trainer->store)
                         : trainer->transfer != NULL ? g_ptr_array_ref (trainer->transfer->unreadable)
                                                     : g_ptr_array_new ();
  snapshot->n_unreadable = snapshot->unreadable->len;
  snapshot->warning = g_strdup (trainer->warning);
  snapshot->error = trainer->error != NULL ? g_error_copy (trainer->error) : NULL;
  snapshot->run = trainer->recorder != NULL ? lathe_recorder_get_id (trainer->recorder) : 0;
  snapshot->test_loss = trainer->test_loss;
  snapshot->test_accuracy = trainer->test_accuracy;
  trainer->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  trainer->last_snapshot = g_get_monotonic_time ();

  g_clear_pointer (&trainer->last, lathe_snapshot_unref);
  trainer->last = snapshot;
  record (trainer, snapshot);
  if (trainer->observer != NULL)
    trainer->observer (snapshot, trainer->observer_data);
}

void
lathe_trainer_observe_when_due (LatheTrainer *trainer)
{
  if (g_get_monotonic_time () - trainer->last_snapshot >= SNAPSHOT_INTERVAL)
    lathe_trainer_observe (trainer);
}

/* What went wrong without ending the training; told once. */
void
lathe_trainer_warn (LatheTrainer *trainer, const GError *error)
{
  if (g_strcmp0 (trainer->warning, error->message) == 0)
    return;
  g_free (trainer->warning);
  trainer->warning = g_strdup (error->message);
  lathe_trainer_observe (trainer);
}
