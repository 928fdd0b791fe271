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

#include <glib/gi18n-lib.h>

#include "base/lathe-math.h"

/* Where the one cycle starts, as a share of its peak, and how much of it the rise takes if no one says: PyTorch's. */
#define CYCLE_START (1.0 / 25)
#define CYCLE_RISE 0.3

#define TRACED 1001 /* steps at which the rate is looked at to describe it */

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
 * lathe_schedule_rate_since:
 * @restart: a whole number of epochs, in steps: where a training that had ended was given more epochs; 0: nowhere
 *
 * As lathe_schedule_rate(), but cosine and one-cycle, which know their end, begin anew at the restart and take the
 * epochs from there on: at their end the rate has come so low that to hold it would teach nothing (Loshchilov & Hutter
 * 2017, section 3, “warm restart”). What was warmed up once is warm: a cosine restarts at its full rate. All others go
 * on as if there had been no end.
 */
double
lathe_schedule_rate_since (const LatheHyperparameters *hyperparameters, guint64 restart, guint64 step,
                           guint64 steps_per_epoch, const gboolean *better, guint n_finished)
{
  LatheHyperparameters h = *hyperparameters;
  guint before = (guint) (restart / steps_per_epoch);

  if (before == 0 || before >= h.epochs ||
      (h.schedule != LATHE_SCHEDULE_COSINE && h.schedule != LATHE_SCHEDULE_ONE_CYCLE))
    return lathe_schedule_rate (hyperparameters, step, steps_per_epoch, better, n_finished);
  h.epochs -= before;
  if (h.schedule == LATHE_SCHEDULE_COSINE)
    h.warm_up = 0;
  return lathe_schedule_rate (&h, step - before * steps_per_epoch, steps_per_epoch, NULL, 0);
}

/**
 * lathe_schedule_trace:
 * @better: (nullable): of n_finished epochs; NULL with none
 * @n: at least 2
 * @epochs: (out caller-allocates): n of them, at equal distances from 0 to the last step
 * @rates: (out caller-allocates): the learning rate at each
 *
 * What a training of these settings goes through: at a plateau, as far as it has been.
 */
void
lathe_schedule_trace (const LatheHyperparameters *hyperparameters, guint64 steps_per_epoch, const gboolean *better,
                      guint n_finished, guint n, double *epochs, double *rates)
{
  guint64 last = (guint64) hyperparameters->epochs * steps_per_epoch - 1;

  for (guint i = 0; i < n; i++)
    {
      guint64 step = (guint64) ((double) last * i / (n - 1) + 0.5);
      guint n_until = (guint) MIN (step / steps_per_epoch, n_finished);

      epochs[i] = (double) step / (double) steps_per_epoch;
      rates[i] = lathe_schedule_rate (hyperparameters, step, steps_per_epoch, better, n_until);
    }
}

/* Of every schedule but the plateau: where it begins, how high it rises, and where it ends. */
static char *
describe_ends (const LatheHyperparameters *h, guint64 steps_per_epoch)
{
  double epochs[TRACED], rates[TRACED], first, last, after;
  guint peak = 0;

  lathe_schedule_trace (h, steps_per_epoch, NULL, 0, TRACED, epochs, rates);
  for (guint i = 0; i < TRACED; i++)
    if (rates[i] > rates[peak])
      peak = i;
  first = rates[0];
  last = rates[TRACED - 1];
  after = epochs[peak] + 1 / (double) steps_per_epoch; /* with that step done */
  if (rates[peak] > first && rates[peak] > last)
    /* Translators: learning rates, and when the second is reached */
    return g_strdup_printf (_ ("From %.3g up to %.3g after %.3g epochs, and down to %.3g"), first, rates[peak], after,
                            last);
  if (rates[peak] > first)
    /* Translators: learning rates, and when the second is reached */
    return g_strdup_printf (_ ("From %.3g up to %.3g after %.3g epochs"), first, rates[peak], after);
  if (first > last)
    /* Translators: learning rates */
    return g_strdup_printf (_ ("From %.3g down to %.3g"), first, last);
  /* Translators: a learning rate */
  return g_strdup_printf (_ ("%.3g from the first step to the last"), first);
}

/**
 * lathe_schedule_describe:
 * @steps_per_epoch: at least 1
 *
 * Returns: (transfer full): the learning rate over all of a training, in a few words without a full stop
 */
char *
lathe_schedule_describe (const LatheHyperparameters *hyperparameters, guint64 steps_per_epoch)
{
  const LatheHyperparameters *h = hyperparameters;

  if (h->schedule != LATHE_SCHEDULE_PLATEAU)
    return describe_ends (h, steps_per_epoch);
  /* Translators: a learning rate, a number of epochs, and what the rate is multiplied by */
  return g_strdup_printf (ngettext ("%.3g, and each time %u epoch was no better %.3g times that",
                                    "%.3g, and each time %u epochs were no better %.3g times that", h->patience),
                          h->learning_rate, h->patience, h->decay);
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
