/* lathe-sweep-plan.c: which settings a sweep tries, and for how long.
 *
 * A draw is a function of the seed, its number and the axis: the same seed draws the same settings, and ten more runs
 * begin with those that were drawn before. At random most of what matters is found in fewer runs than by a grid, as
 * each of them has another value of every setting (Bergstra & Bengio 2012).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "base/lathe-error.h"
#include "base/lathe-rng.h"
#include "lathe-bench.h"
#include "lathe-sweep-private.h"

#define TRIES 100     /* draws for each run, until what is drawn is another one */
#define BENCH_STEPS 2 /* by which an epoch is estimated */

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID, reason);
  return FALSE;
}

static const LatheSweepAxis *
get_axis (const LatheSweepJob *job, guint i)
{
  return job->axes->pdata[i];
}

static gboolean
varies (const LatheSweepJob *job, gsize offset)
{
  for (guint i = 0; i < job->axes->len; i++)
    if (get_axis (job, i)->row != NULL && get_axis (job, i)->row->offset == offset)
      return TRUE;
  return FALSE;
}

/* --- Whether it makes sense --- */

/* A momentum without an optimizer that has one would be tried for nothing. */
static gboolean
check_axis (const LatheSweepJob *job, guint i, GError **error)
{
  const LatheSweepAxis *axis = get_axis (job, i);

  for (guint j = 0; j < i; j++)
    if (get_axis (job, j)->row == axis->row)
      {
        g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("“%s” is to vary twice: put all its values into one"),
                     lathe_sweep_axis_get_title (axis));
        return FALSE;
      }
  if (axis->row == NULL || lathe_hyperparameter_counts (axis->row, job->hyperparameters) || varies (job, axis->row->of))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
               _ ("“%s” decides nothing with the other settings as they are: leave it as it is, or choose an optimiser "
                  "or a schedule that it is for"),
               lathe_sweep_axis_get_title (axis));
  return FALSE;
}

static gboolean
check (const LatheSweepJob *job, GError **error)
{
  gboolean drawn = job->method != LATHE_SWEEP_GRID;

  if (job->axes->len == 0)
    return refuse (error, _ ("No setting varies: choose one at least, and the values that it may have"));
  if (job->runs > LATHE_SWEEP_MAX_RUNS || (drawn && job->runs == 0))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("A sweep has from 1 to %d runs"), LATHE_SWEEP_MAX_RUNS);
      return FALSE;
    }
  for (guint i = 0; i < job->axes->len; i++)
    if (!check_axis (job, i, error))
      return FALSE;
  if (job->method != LATHE_SWEEP_HALVING)
    return TRUE;
  if (varies (job, G_STRUCT_OFFSET (LatheHyperparameters, epochs)))
    return refuse (error, _ ("Halving decides for how many epochs each run is trained: let another setting vary, or "
                             "choose a grid or random runs"));
  return lathe_dataset_count (job->dataset, -1, LATHE_SPLIT_VALIDATION) > 0 ||
         refuse (error, _ ("Halving compares runs by images that they did not learn from, and there are none: give the "
                           "validation side a share of the images"));
}

/* --- Settings --- */

/* What does not count is as it was: so the same training is known as such. */
static void
settle (const LatheSweepJob *job, LatheHyperparameters *values)
{
  for (guint i = 0; i < job->axes->len; i++)
    {
      const LatheSweepAxis *axis = get_axis (job, i);

      if (axis->row != NULL && !lathe_hyperparameter_counts (axis->row, values))
        lathe_hyperparameter_set (axis->row, values, lathe_hyperparameter_get (axis->row, job->hyperparameters));
    }
}

static char *
describe (const LatheSweepJob *job, const LatheHyperparameters *values)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < job->axes->len; i++)
    {
      const LatheSweepAxis *axis = get_axis (job, i);
      g_autofree char *value = lathe_sweep_axis_format (axis, lathe_sweep_axis_get (axis, values));

      if (axis->row == NULL || lathe_hyperparameter_counts (axis->row, values))
        g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", lathe_sweep_axis_get_title (axis), value);
    }
  return g_string_free (text, FALSE);
}

/* FALSE: they are there already. */
static gboolean
add (const LatheSweepJob *job, LatheHyperparameters *values, GHashTable *known, GPtrArray *swept)
{
  char *key;
  LatheSwept *one;

  settle (job, values);
  key = lathe_hyperparameters_to_json (values);
  if (!g_hash_table_add (known, key))
    return FALSE;
  one = g_new0 (LatheSwept, 1);
  one->hyperparameters = *values;
  one->settings = describe (job, values);
  one->score = NAN;
  g_ptr_array_add (swept, one);
  return TRUE;
}

/* --- Methods --- */

static gboolean
plan_grid (const LatheSweepJob *job, GHashTable *known, GPtrArray *swept, GError **error)
{
  guint limit = job->runs > 0 ? job->runs : LATHE_SWEEP_MAX_RUNS;
  g_autoptr (GPtrArray) lists = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  guint64 n = 1;

  for (guint i = 0; i < job->axes->len; i++)
    {
      g_ptr_array_add (lists, lathe_sweep_axis_list (get_axis (job, i)));
      n = MIN (n * ((GArray *) lists->pdata[i])->len, G_MAXUINT32);
    }
  if (n > limit)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                   _ ("The grid has %" PRIu64 " combinations, and at most %u runs are wanted: give fewer "
                      "values, allow more runs, or draw some at random"),
                   n, limit);
      return FALSE;
    }
  for (guint64 k = 0; k < n; k++)
    {
      LatheHyperparameters values = *job->hyperparameters;
      guint64 rest = k;

      for (guint i = job->axes->len; i > 0; i--)
        {
          const GArray *list = lists->pdata[i - 1];

          lathe_sweep_axis_set (get_axis (job, i - 1), &values, g_array_index (list, double, rest % list->len));
          rest /= list->len;
        }
      add (job, &values, known, swept);
    }
  return TRUE;
}

/* Fewer than are wanted where there are no more that differ. */
static void
plan_draws (const LatheSweepJob *job, GHashTable *known, GPtrArray *swept)
{
  for (guint draw = 0; swept->len < job->runs && draw < job->runs * TRIES; draw++)
    {
      LatheHyperparameters values = *job->hyperparameters;

      for (guint i = 0; i < job->axes->len; i++)
        {
          LatheRng rng = lathe_rng (job->hyperparameters->seed, LATHE_RNG_SWEEP, draw, i);

          lathe_sweep_axis_set (get_axis (job, i), &values,
                                lathe_sweep_axis_at (get_axis (job, i), lathe_rng_uniform (&rng, 0)));
        }
      add (job, &values, known, swept);
    }
}

/* (transfer full) (element-type LatheSwept): in the order of trying; NULL with LATHE_ERROR_INVALID */
GPtrArray *
lathe_sweep_plan (const LatheSweepJob *job, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) swept = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_swept_free);

  if (!check (job, error))
    return NULL;
  if (job->method == LATHE_SWEEP_GRID)
    return plan_grid (job, known, swept, error) ? g_steal_pointer (&swept) : NULL;
  plan_draws (job, known, swept);
  return g_steal_pointer (&swept);
}

/* How many of n go on. */
guint
lathe_sweep_left (guint n)
{
  return (n + LATHE_SWEEP_ETA - 1) / LATHE_SWEEP_ETA;
}

/**
 * lathe_sweep_set_rungs:
 * @n: runs to begin with
 *
 * Successive halving (Jamieson & Talwalkar 2016): as many rungs as it takes until one run is left, the last one after
 * all epochs, and each of the others after a third of the next one's.
 */
void
lathe_sweep_set_rungs (const LatheSweepJob *job, guint n, LatheSweepRungs *rungs)
{
  guint n_rungs = 1, step = 1;

  *rungs = (LatheSweepRungs){.n = 0};
  for (; job->method == LATHE_SWEEP_HALVING && n > 1 && n_rungs < LATHE_SWEEP_MAX_RUNGS &&
         step * LATHE_SWEEP_ETA <= job->hyperparameters->epochs;
       n = lathe_sweep_left (n), n_rungs++)
    step *= LATHE_SWEEP_ETA;
  for (; step > 0; step /= LATHE_SWEEP_ETA)
    rungs->epochs[rungs->n++] = (job->hyperparameters->epochs + step - 1) / step;
}

/**
 * lathe_sweep_count:
 * @n_runs: (out): that there will be
 * @n_epochs: (out): that these take in all; early stopping may make it fewer
 *
 * Errors: LATHE_ERROR_INVALID, when the job makes no sense: the message says why.
 */
gboolean
lathe_sweep_count (const LatheSweepJob *job, guint *n_runs, guint64 *n_epochs, GError **error)
{
  g_autoptr (GPtrArray) swept = lathe_sweep_plan (job, error);
  LatheSweepRungs rungs;
  guint n;

  if (swept == NULL)
    return FALSE;
  *n_runs = n = swept->len;
  *n_epochs = 0;
  lathe_sweep_set_rungs (job, n, &rungs);
  for (guint i = 0; job->method != LATHE_SWEEP_HALVING && i < n; i++)
    *n_epochs += ((const LatheSwept *) swept->pdata[i])->hyperparameters.epochs;
  for (guint i = 0; job->method == LATHE_SWEEP_HALVING && i < rungs.n; i++, n = lathe_sweep_left (n))
    *n_epochs += (guint64) n * (rungs.epochs[i] - (i > 0 ? rungs.epochs[i - 1] : 0));
  return TRUE;
}

/**
 * lathe_sweep_estimate:
 * @seconds: (out): that an epoch takes on this machine with the settings that do not vary, as two steps tell
 *
 * Errors: those of lathe_bench().
 */
gboolean
lathe_sweep_estimate (const LatheSweepJob *job, GCancellable *cancellable, double *seconds, GError **error)
{
  const LatheHyperparameters *h = job->hyperparameters;
  guint n = lathe_dataset_count (job->dataset, -1, LATHE_SPLIT_TRAIN);
  LatheBenchOptions options = {.batch = MIN (h->batch, n),
                               .steps = BENCH_STEPS,
                               .rounds = 1,
                               .n_threads = h->threads,
                               .brief = TRUE,
                               .precision = h->precision};
  g_auto (LatheBench) bench = {0};

  if (!lathe_bench (job->graph, &options, NULL, NULL, cancellable, &bench, error))
    return FALSE;
  *seconds = bench.training.seconds / options.batch * n;
  return TRUE;
}
