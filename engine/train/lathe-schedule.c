/* lathe-schedule.c: how the learning rate changes while a training goes on, and when it is enough.
 *
 *   rate │     ╱‾‾‾‾╲
 *        │    ╱      ╲__        the warm-up rises to the learning rate in a straight line,
 *        │   ╱          ╲___    and what schedule follows it takes the steps that are left
 *        └──┴───────────────
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-schedule.h"

#include "base/lathe-math.h"

/* Where the one cycle starts, as a share of its peak, and how much of it the rise takes if no one says: PyTorch's. */
#define CYCLE_START (1.0 / 25)
#define CYCLE_RISE 0.3

/* Half a wave from one to the other, `at` going from 0 to 1. */
static double
anneal (double from, double to, double at)
{
  return to + (from - to) * (1 + lathe_cos_pi (CLAMP (at, 0, 1))) / 2;
}

/* The share of the learning rate that one cycle of n steps has. Peak and end each fall on a step of their own. */
static double
one_cycle (const LatheHyperparameters *h, double step, double n, double warm_up)
{
  double peak = MIN (warm_up > 0 ? warm_up : CYCLE_RISE * n, n) - 1;

  if (step < peak)
    return anneal (CYCLE_START, 1, step / peak);
  return anneal (1, h->final_rate, (step - peak) / MAX (1, n - 1 - peak));
}

/* How often `patience` epochs in a row were no better; each time the count starts anew. */
static guint
count_plateaus (guint patience, const gboolean *better, guint n_finished)
{
  guint n = 0, waited = 0;

  for (guint i = 0; i < n_finished; i++)
    {
      waited = better[i] ? 0 : waited + 1;
      if (waited == patience)
        {
          n++;
          waited = 0;
        }
    }
  return n;
}

/**
 * lathe_schedule_rate:
 * @step: from 0, over all epochs
 * @steps_per_epoch: at least 1
 * @better: (nullable): of n_finished epochs; NULL with none
 *
 * Returns: the learning rate of this step
 */
double
lathe_schedule_rate (const LatheHyperparameters *hyperparameters, guint64 step, guint64 steps_per_epoch,
                     const gboolean *better, guint n_finished)
{
  const LatheHyperparameters *h = hyperparameters;
  double n = (double) h->epochs * steps_per_epoch, warm_up = h->warm_up * steps_per_epoch;
  double after = MAX (0, step - warm_up), epoch = floor (after / steps_per_epoch), share = 1;

  switch ((LatheSchedule) h->schedule)
    {
    case LATHE_SCHEDULE_STEP:
      share = lathe_pow (h->decay, floor (epoch / h->decay_epochs));
      break;
    case LATHE_SCHEDULE_EXPONENTIAL:
      share = lathe_pow (h->decay, epoch);
      break;
    case LATHE_SCHEDULE_COSINE:
      share = anneal (1, h->final_rate, after / MAX (1, n - 1 - warm_up));
      break;
    case LATHE_SCHEDULE_ONE_CYCLE:
      return h->learning_rate * one_cycle (h, step, n, warm_up);
    case LATHE_SCHEDULE_PLATEAU:
      share = lathe_pow (h->decay, count_plateaus (h->patience, better, n_finished));
      break;
    default:
      break;
    }
  return h->learning_rate * share * (step < warm_up ? MIN (1, (step + 1) / warm_up) : 1);
}

/**
 * lathe_schedule_is_enough:
 * @better: (nullable): of n_finished epochs; NULL with none
 *
 * Returns: whether so many epochs in a row were no better that training ends early
 */
gboolean
lathe_schedule_is_enough (const LatheHyperparameters *hyperparameters, const gboolean *better, guint n_finished)
{
  guint waited = 0;

  while (waited < n_finished && !better[n_finished - 1 - waited])
    waited++;
  return hyperparameters->early_stopping > 0 && waited >= hyperparameters->early_stopping;
}
