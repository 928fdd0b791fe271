/* lathe-bench.c: how fast this machine trains and answers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-bench.h"

#include <string.h>

#include "base/lathe-rng.h"
#include "lathe-optimizer.h"
#include "model/lathe-network.h"

#define INFER_PASSES 8
#define ONE_PASSES 30

typedef struct
{
  LatheNetwork *network;
  LatheOptimizerState *optimizer; /* NULL: only answers */
  double rate;
  guint batch;
  guint32 *labels;
  LatheReal *losses;
} Bench;

static void
pass (Bench *bench, guint n)
{
  lathe_network_forward (bench->network, n, bench->optimizer != NULL, 1, 0);
  if (bench->optimizer == NULL)
    return;
  lathe_network_loss (bench->network, n, bench->labels, bench->losses);
  lathe_network_backward (bench->network, n);
  lathe_optimizer_step (bench->optimizer, lathe_network_get_weights (bench->network, NULL),
                        lathe_network_get_gradient (bench->network), bench->rate);
}

/* Milliseconds of one pass: the best round's mean. */
static double
time_passes (Bench *bench, guint n, guint passes, guint rounds)
{
  double best = G_MAXDOUBLE;

  pass (bench, n);
  for (guint round = 0; round < rounds; round++)
    {
      gint64 begin = g_get_monotonic_time ();

      for (guint i = 0; i < passes; i++)
        pass (bench, n);
      best = MIN (best, (double) (g_get_monotonic_time () - begin) / 1000 / passes);
    }
  return best;
}

static void
fill_at_random (Bench *bench)
{
  LatheReal *x = lathe_network_get_input (bench->network);
  gsize n = bench->batch * lathe_network_get_input_size (bench->network);
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  guint n_classes = lathe_loss_n_classes (lathe_network_get_n_units (bench->network));

  lathe_network_initialise (bench->network, 1);
  for (gsize i = 0; i < n; i++)
    x[i] = (LatheReal) lathe_rng_uniform (&rng, (guint32) i);
  for (guint i = 0; i < bench->batch; i++)
    bench->labels[i] = lathe_rng_below (&rng, i, n_classes);
}

/**
 * lathe_bench:
 * @steps: of training, in each round
 * @n_threads: 0 for as many as the machine has cores
 * @result: (out)
 *
 * Trains with Adam on random numbers that are in memory already, then answers.
 * Errors: the graph's own; LATHE_ERROR_MEMORY.
 */
gboolean
lathe_bench (const LatheGraph *graph, guint batch, guint steps, guint rounds, guint n_threads, LatheBench *result,
             GError **error)
{
  LatheHyperparameters hyperparameters;
  g_autoptr (LathePool) pool = lathe_pool_new (n_threads > 0 ? n_threads : lathe_default_threads ());
  g_autofree guint32 *labels = g_new0 (guint32, batch);
  g_autofree LatheReal *losses = g_new0 (LatheReal, batch);
  Bench bench = {.batch = batch, .labels = labels, .losses = losses};
  LatheReal *weights;
  gsize n_weights;

  lathe_hyperparameters_defaults (&hyperparameters);
  bench.network = lathe_network_new (graph, batch, TRUE, pool, error);
  if (bench.network == NULL)
    return FALSE;
  result->train_bytes = lathe_network_get_memory (bench.network);
  weights = lathe_network_get_weights (bench.network, &n_weights);
  bench.optimizer = lathe_optimizer_new (&hyperparameters, weights, n_weights, pool, error);
  if (bench.optimizer != NULL)
    {
      bench.rate = hyperparameters.learning_rate;
      fill_at_random (&bench);
      result->train_ms_per_sample = time_passes (&bench, batch, steps, rounds) / batch;
    }
  g_clear_pointer (&bench.network, lathe_network_free);
  if (bench.optimizer == NULL)
    return FALSE;
  g_clear_pointer (&bench.optimizer, lathe_optimizer_free);

  bench.network = lathe_network_new (graph, batch, FALSE, pool, error);
  if (bench.network == NULL)
    return FALSE;
  result->infer_bytes = lathe_network_get_memory (bench.network);
  fill_at_random (&bench);
  result->infer_ms_per_sample = time_passes (&bench, batch, INFER_PASSES, rounds) / batch;
  result->infer_b1_ms = time_passes (&bench, 1, ONE_PASSES, rounds);
  lathe_network_free (bench.network);
  return TRUE;
}
