/* lathe-trainer-report.c: how a training stands, as snapshots say it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe-trainer-private.h"

#define SNAPSHOT_INTERVAL (G_USEC_PER_SEC / 30)
#define FORWARD_SHARE 0.35 /* of a training step, until the first validation has been timed */
#define RATE_WINDOW 1.0    /* seconds over which “of late” is meant */

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

static double
seconds_left (const LatheTrainer *trainer)
{
  const LatheProgress *at = &trainer->at;
  double train = at->train_seconds / (double) at->trained;
  double score = at->scored > 0 ? at->score_seconds / (double) at->scored : FORWARD_SHARE * train;
  guint epochs = trainer->hyperparameters.epochs;
  guint epochs_left = epochs - MIN (trainer->finished->len, epochs);
  double done = MIN ((double) at->step * trainer->hyperparameters.batch, trainer->images[LATHE_SPLIT_TRAIN]->len);

  if (at->trained == 0)
    return NAN;
  return train * (epochs_left * (double) trainer->images[LATHE_SPLIT_TRAIN]->len - (epochs_left > 0 ? done : 0)) +
         score * (epochs_left * (double) trainer->images[LATHE_SPLIT_VALIDATION]->len +
                  trainer->images[LATHE_SPLIT_TEST]->len);
}

static void
end_point (LatheTrainer *trainer)
{
  LathePoint point = {
      .epoch = (double) trainer->at.epoch - 1 + (double) trainer->at.step / MAX (1, trainer->steps),
      .loss = lathe_tally_loss (&trainer->point_tally),
      .accuracy = lathe_tally_accuracy (&trainer->point_tally),
  };

  if (trainer->point_tally.n > 0)
    g_array_append_val (trainer->points, point);
  trainer->point_tally = (LatheTally){0};
}

/* Hands a snapshot to the observer. */
void
lathe_trainer_observe (LatheTrainer *trainer)
{
  LatheSnapshot *snapshot = g_new0 (LatheSnapshot, 1);

  end_point (trainer);
  g_atomic_ref_count_init (&snapshot->references);
  snapshot->state = trainer->state;
  snapshot->measured = trainer->measured;
  snapshot->to_measure = trainer->to_measure;
  snapshot->epochs = trainer->hyperparameters.epochs;
  snapshot->epoch = (guint) MIN (trainer->at.epoch, snapshot->epochs);
  snapshot->step = (guint) trainer->at.step;
  snapshot->steps = trainer->steps;
  snapshot->learning_rate = trainer->rate;
  snapshot->images_per_second = trainer->images_per_second;
  snapshot->seconds_left = seconds_left (trainer);
  snapshot->elapsed = trainer->at.elapsed;
  snapshot->points = g_steal_pointer (&trainer->points);
  snapshot->finished = g_array_copy (trainer->finished);
  snapshot->best = trainer->best != NULL ? lathe_model_ref (trainer->best) : NULL;
  snapshot->unreadable = trainer->store != NULL ? lathe_store_get_problems (trainer->store) : g_ptr_array_new ();
  snapshot->n_unreadable = snapshot->unreadable->len;
  snapshot->warning = g_strdup (trainer->warning);
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

void
lathe_trainer_observe_when_due (LatheTrainer *trainer)
{
  if (g_get_monotonic_time () - trainer->last_snapshot >= SNAPSHOT_INTERVAL)
    lathe_trainer_observe (trainer);
}
