/* lathe-bench.c: how fast this machine trains and answers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-bench.h"

#include <math.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-rng.h"
#include "kernels/lathe-kernels.h"
#include "lathe-optimizer.h"

#define ANSWERS 8
#define ANSWERS_ALONE 30
#define ROUNDS_ALONE 10                 /* of which the best counts, where only these answers are measured */
#define MODEL_TIME (G_USEC_PER_SEC / 5) /* that rounds go on for at least, where variants are compared by them */

/* --- The peak --- */

/* A product that stays in the first-level cache: A, B and C take 46 KiB together, and B, which is read most, 16. */
#define PEAK_ROWS 48
#define PEAK_COLUMNS 32
#define PEAK_DEPTH 128
#define PEAK_NUMBERS (PEAK_ROWS * PEAK_DEPTH + PEAK_DEPTH * PEAK_COLUMNS + PEAK_ROWS * PEAK_COLUMNS)
#define PEAK_PRODUCTS 400               /* a thread, in a round: about a millisecond on AVX-512 */
#define PEAK_TIME (G_USEC_PER_SEC / 10) /* for the rounds, of which the best counts; before the passes and after */

static void
multiply (gpointer data, guint tile, guint thread)
{
  LatheReal *a = (LatheReal *) data + (gsize) tile * PEAK_NUMBERS;
  LatheReal *b = a + PEAK_ROWS * PEAK_DEPTH;
  LathePanel panel = {
      .rows = PEAK_ROWS,
      .columns = PEAK_COLUMNS,
      .segments = 1,
      .depth = PEAK_DEPTH,
      .a = a,
      .a_row = PEAK_DEPTH,
      .a_depth = 1,
      .b = b,
      .b_depth = PEAK_COLUMNS,
      .c = b + PEAK_DEPTH * PEAK_COLUMNS,
      .c_row = PEAK_COLUMNS,
  };

  for (guint i = 0; i < PEAK_PRODUCTS; i++)
    lathe_kernels ()->panel (&panel);
}

/* Floating-point operations a second of the panel kernel, on all threads at once. */
static double
measure_peak (LathePool *pool)
{
  guint n_threads = lathe_pool_get_n_threads (pool);
  LatheReal *numbers = lathe_memory_new (n_threads * PEAK_NUMBERS * sizeof (LatheReal));
  double operations = 2.0 * PEAK_ROWS * PEAK_COLUMNS * PEAK_DEPTH * PEAK_PRODUCTS * n_threads, best = 0;
  gint64 begin = g_get_monotonic_time (), now = begin;

  while (now < begin + PEAK_TIME)
    {
      gint64 round = now;

      lathe_pool_run (pool, n_threads, multiply, numbers);
      now = g_get_monotonic_time ();
      best = MAX (best, operations * G_USEC_PER_SEC / (double) (now - round));
    }
  lathe_memory_free (numbers);
  return best;
}

/* --- The passes --- */

typedef struct
{
  const LatheGraph *graph;
  const LatheModel *model; /* that answers, in 8 bits if it is one in those; NULL: weights at random do */
  LathePool *pool;
  guint rounds; /* at least */
  gint64 time;  /* microseconds: the same */
  LathePrecision precision;
  GCancellable *cancellable;
  LatheProgressFunc progress;
  gpointer progress_data;
  guint done, total; /* passes */

  LatheNetwork *network;
  LatheOptimizerState *optimizer; /* NULL: only answers */
  double rate;
  guint32 *labels;
  LatheReal *losses;
} Bench;

static void
pass (Bench *bench, guint batch)
{
  lathe_network_forward (bench->network, batch, bench->optimizer != NULL, 1, 0);
  if (bench->optimizer != NULL)
    {
      lathe_network_loss (bench->network, batch, bench->labels, NULL, bench->losses);
      lathe_network_backward (bench->network, batch);
      lathe_optimizer_step (bench->optimizer, lathe_network_get_weights (bench->network, NULL),
                            lathe_network_get_gradient (bench->network), bench->rate);
    }
  if (bench->progress != NULL)
    bench->progress (++bench->done, bench->total, bench->progress_data);
}

static void
fill_at_random (Bench *bench, guint batch)
{
  LatheReal *x = lathe_network_get_input (bench->network);
  gsize n = batch * lathe_network_get_input_size (bench->network);
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  guint n_classes = lathe_loss_n_classes (lathe_network_get_n_units (bench->network));

  if (bench->model == NULL || bench->optimizer != NULL)
    lathe_network_initialise (bench->network, 1);
  for (gsize i = 0; i < n; i++)
    x[i] = (LatheReal) lathe_rng_uniform (&rng, (guint32) i);
  for (guint i = 0; i < batch; i++)
    bench->labels[i] = lathe_rng_below (&rng, i, n_classes);
}

/* The best round's mean; a pass before the first brings everything into memory. */
static void
time_passes (Bench *bench, guint passes, LatheBenchPass *result)
{
  guint n_nodes = lathe_graph_get_n_nodes (bench->graph);
  g_autofree LatheLayerTime *times = g_new (LatheLayerTime, n_nodes);
  gint64 end;

  result->seconds = G_MAXDOUBLE;
  pass (bench, result->batch);
  end = g_get_monotonic_time () + bench->time;
  for (guint round = 0;
       (round < bench->rounds || g_get_monotonic_time () < end) && !g_cancellable_is_cancelled (bench->cancellable);
       round++)
    {
      gint64 begin = g_get_monotonic_time ();
      double seconds;

      memset (times, 0, n_nodes * sizeof *times);
      lathe_network_time (bench->network, times);
      for (guint i = 0; i < passes && !g_cancellable_is_cancelled (bench->cancellable); i++)
        pass (bench, result->batch);
      lathe_network_time (bench->network, NULL);
      seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC / passes;
      if (seconds >= result->seconds)
        continue;
      result->seconds = seconds;
      for (guint i = 0; i < n_nodes; i++)
        result->layers[i].time = (LatheLayerTime){times[i].forward / passes, times[i].backward / passes};
    }
}

static void
count_operations (Bench *bench, LatheBenchPass *result)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (bench->graph);

  for (guint i = 0; i < report->n_nodes; i++)
    lathe_network_get_layer_plan (bench->network, i, &result->layers[i].plan);
  for (guint i = 0; i < report->n_nodes; i++)
    {
      const LatheLayerPlan *plan = &result->layers[i].plan;
      LatheBenchLayer *runner = &result->layers[plan->runs_with >= 0 ? (guint) plan->runs_with : i];
      double forward = 2.0 * (double) report->nodes[i].multiply_adds * result->batch;

      runner->forward_operations += forward;
      runner->backward_operations += plan->gradients * forward;
      result->operations += (1 + plan->gradients) * forward;
    }
}

static gboolean
run (Bench *bench, guint batch, gboolean training, guint passes, LatheBenchPass *result, GError **error)
{
  LatheHyperparameters hyperparameters;
  LatheReal *weights;
  gsize n_weights;

  lathe_hyperparameters_defaults (&hyperparameters);
  bench->rate = hyperparameters.learning_rate;
  bench->network = bench->model != NULL && !training
                       ? lathe_network_new_for (bench->model, batch, bench->pool, error)
                       : lathe_network_new (bench->graph, batch, training, bench->pool, error);
  if (bench->network == NULL)
    return FALSE;
  lathe_network_set_precision (bench->network, bench->precision);
  weights = lathe_network_get_weights (bench->network, &n_weights);
  if (training)
    bench->optimizer = lathe_optimizer_new (&hyperparameters, weights, n_weights, bench->pool, error);
  if (!training || bench->optimizer != NULL)
    {
      *result = (LatheBenchPass){
          .batch = batch,
          .bytes = lathe_network_get_memory (bench->network),
          .layers = g_new0 (LatheBenchLayer, lathe_graph_get_n_nodes (bench->graph)),
      };
      fill_at_random (bench, batch);
      time_passes (bench, passes, result);
      count_operations (bench, result);
    }
  g_clear_pointer (&bench->network, lathe_network_free);
  g_clear_pointer (&bench->optimizer, lathe_optimizer_free);
  return result->layers != NULL && !g_cancellable_set_error_if_cancelled (bench->cancellable, error);
}

/**
 * lathe_bench:
 * @progress: (nullable): counts passes
 * @result: (out): for lathe_bench_clear()
 *
 * Trains with Adam on random numbers that are in memory already, then answers a batch, and an image alone. The weights
 * that train are its own: nothing that anyone has learned is touched.
 * Errors: the graph's own; LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED, within a pass.
 */
gboolean
lathe_bench (const LatheGraph *graph, const LatheBenchOptions *options, LatheProgressFunc progress,
             gpointer progress_data, GCancellable *cancellable, LatheBench *result, GError **error)
{
  g_autoptr (LathePool) pool = lathe_pool_new (options->n_threads > 0 ? options->n_threads : lathe_default_threads ());
  g_autofree guint32 *labels = g_new0 (guint32, options->batch);
  g_autofree LatheReal *losses = g_new0 (LatheReal, options->batch);
  guint answers = options->brief ? 0 : ANSWERS;
  Bench bench = {
      .graph = graph,
      .model = options->model,
      .pool = pool,
      .rounds = options->rounds,
      .precision = options->precision,
      .cancellable = cancellable,
      .progress = progress,
      .progress_data = progress_data,
      .total = options->rounds * (options->steps + answers + ANSWERS_ALONE) + (options->brief ? 2 : 3),
      .labels = labels,
      .losses = losses,
  };

  *result = (LatheBench){
      .n_threads = lathe_pool_get_n_threads (pool),
      .kernels = lathe_kernels_for (options->precision)->name,
      .peak = measure_peak (pool),
  };
  if (!run (&bench, options->batch, TRUE, options->steps, &result->training, error) ||
      (!options->brief && !run (&bench, options->batch, FALSE, answers, &result->answering, error)) ||
      !run (&bench, 1, FALSE, ANSWERS_ALONE, &result->alone, error))
    {
      lathe_bench_clear (result);
      return FALSE;
    }
  result->peak = MAX (result->peak, measure_peak (pool));
  return TRUE;
}

static gboolean
time_answer (const LatheGraph *graph, const LatheModel *model, gint64 time, LathePool *pool, GCancellable *cancellable,
             double *seconds, GError **error)
{
  guint32 label = 0;
  LatheReal loss = 0;
  Bench bench = {
      .graph = graph,
      .model = model,
      .pool = pool,
      .rounds = ROUNDS_ALONE,
      .time = time,
      .cancellable = cancellable,
      .labels = &label,
      .losses = &loss,
  };
  LatheBenchPass alone = {0};
  gboolean done = run (&bench, 1, FALSE, ANSWERS_ALONE / ROUNDS_ALONE, &alone, error);

  *seconds = alone.seconds;
  g_free (alone.layers);
  return done;
}

/**
 * lathe_bench_answer:
 * @seconds: (out): that the answer to an image alone takes
 *
 * As lathe_bench(), without its other passes: for whoever compares many networks.
 * Errors: the graph's own; LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED, within a pass.
 */
gboolean
lathe_bench_answer (const LatheGraph *graph, LathePool *pool, GCancellable *cancellable, double *seconds,
                    GError **error)
{
  return time_answer (graph, NULL, 0, pool, cancellable, seconds, error);
}

/**
 * lathe_bench_model:
 *
 * The same of a model as it answers: one in 8 bits does in those, and zeros are zeros.
 */
gboolean
lathe_bench_model (const LatheModel *model, LathePool *pool, GCancellable *cancellable, double *seconds, GError **error)
{
  return time_answer (model->graph, model, MODEL_TIME, pool, cancellable, seconds, error);
}

void
lathe_bench_clear (LatheBench *result)
{
  g_clear_pointer (&result->training.layers, g_free);
  g_clear_pointer (&result->answering.layers, g_free);
  g_clear_pointer (&result->alone.layers, g_free);
}

/**
 * lathe_bench_share_of_peak:
 *
 * Returns: 0 … 1; more where an algorithm needs fewer operations than the layer's definition; NAN where there is
 * nothing to count or to time
 */
double
lathe_bench_share_of_peak (const LatheBench *bench, double operations, double seconds)
{
  return operations > 0 && seconds > 0 ? operations / seconds / bench->peak : (double) NAN;
}
