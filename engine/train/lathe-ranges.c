/* lathe-ranges.c: between which numbers the outputs of a network's layers lie, as images show.
 *
 * The images are looked at twice: for the largest and the smallest number, and for how many there are of each size. A
 * layer is looked at by one thread: the same bits on any number of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-ranges.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-math.h"
#include "lathe-scorer.h"

#define BATCH 16
#define PERCENTILE 0.9999
#define KL_STEP 8 /* bins between the ranges that are tried */

const char *const lathe_calibrate_names[] = {"minmax", "percentile", "kl", NULL};
const char *const lathe_calibrate_titles[] = {
    N_ ("Whole range"),
    N_ ("All but the largest 0.01 %"),
    /* Translators: the numbers of a layer are distributed as they were; Kullback and Leibler's divergence */
    N_ ("Nearest distribution (KL)"),
    NULL,
};

/* --- Measuring --- */

typedef struct
{
  LatheNetwork *network;
  guint n_nodes, n; /* samples in the network */
  gboolean counting;
  LatheRange *ranges;
} Measuring;

static float
largest (const LatheRange *range)
{
  return MAX (-range->least, range->most);
}

static void
stretch (LatheRange *range, const LatheReal *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      range->least = x[i] < range->least ? (float) x[i] : range->least;
      range->most = x[i] > range->most ? (float) x[i] : range->most;
    }
}

static void
count (LatheRange *range, const LatheReal *x, gsize n)
{
  float scale = LATHE_RANGE_BINS / MAX (largest (range), 1e-30f);

  for (gsize i = 0; i < n; i++)
    if (x[i] != 0 && isfinite (x[i]))
      range->bins[MIN ((guint) (fabsf ((float) x[i]) * scale), LATHE_RANGE_BINS - 1)]++;
}

static void
measure_node (gpointer data, guint node, guint thread)
{
  const Measuring *m = data;
  gsize size;
  const LatheReal *x = lathe_network_get_output (m->network, node, &size);

  if (m->counting)
    count (&m->ranges[node], x, m->n * size);
  else
    stretch (&m->ranges[node], x, m->n * size);
}

/* What measuring takes besides. */
typedef struct
{
  LathePool *pool;
  LatheStore *store;
  LatheBatch batch;
} Tools;

static void
tools_clear (Tools *tools)
{
  g_clear_pointer (&tools->store, lathe_store_free);
  lathe_batch_clear (&tools->batch);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tools, tools_clear)

static gboolean
look (Measuring *m, Tools *tools, LatheDataset *dataset, const GArray *images, LatheProgressFunc progress,
      gpointer progress_data, GCancellable *cancellable, GError **error)
{
  lathe_store_expect (tools->store, (const guint32 *) images->data, images->len);
  for (guint first = 0; first < images->len; first += BATCH)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (progress != NULL)
        progress (first + (m->counting ? images->len : 0), 2 * images->len, progress_data);
      lathe_batch_fill (&tools->batch, dataset, tools->store, m->network, &g_array_index (images, guint32, first), NULL,
                        MIN (BATCH, images->len - first));
      m->n = tools->batch.n;
      if (m->n == 0)
        continue;
      lathe_network_forward (m->network, m->n, FALSE, 0, 0);
      lathe_pool_run (tools->pool, m->n_nodes, measure_node, m);
    }
  return TRUE;
}

/**
 * lathe_ranges_measure:
 * @images: (element-type guint32): of the dataset; those that cannot be decoded do not count
 * @n_threads: 0 for as many as the machine has cores
 *
 * Errors: LATHE_ERROR_MEMORY, G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): one of each layer, in the order of the model's graph; of a last layer that is an
 * activation, what it reads
 */
LatheRange *
lathe_ranges_measure (LatheModel *model, LatheDataset *dataset, const GArray *images, guint n_threads,
                      LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  guint threads = n_threads > 0 ? n_threads : lathe_default_threads (), n = lathe_graph_get_n_nodes (model->graph);
  g_autoptr (LathePool) pool = lathe_pool_new (threads);
  g_autoptr (LatheNetwork) network = lathe_network_new_open (model->graph, BATCH, FALSE, pool, error);
  g_autofree LatheRange *ranges = g_new0 (LatheRange, n);
  Measuring m = {.network = network, .n_nodes = n, .ranges = ranges};
  g_auto (Tools) tools = {.pool = pool};

  if (network == NULL)
    return NULL;
  lathe_network_load (network, model);
  tools.store = lathe_store_new (dataset, &model->preprocess, threads, 0);
  lathe_batch_init (&tools.batch, BATCH);
  for (guint pass = 0; pass < 2; pass++)
    {
      m.counting = pass == 1;
      if (!look (&m, &tools, dataset, images, progress, progress_data, cancellable, error))
        return NULL;
    }
  return g_steal_pointer (&ranges);
}

/* --- Choosing --- */

/* How many bins of sizes are kept. */
static guint
percentile_bins (const LatheRange *range)
{
  guint64 all = 0, below = 0;
  guint n = 0;

  for (guint i = 0; i < LATHE_RANGE_BINS; i++)
    all += range->bins[i];
  while (n < LATHE_RANGE_BINS && (double) below < PERCENTILE * (double) all)
    below += range->bins[n++];
  return n;
}

/* Σ p·ln (p / q) of the first n bins, where p has what lies beyond in the last one, and q is what so many levels can
 * tell apart of them, spread evenly over the bins that are not empty. */
static double
divergence (const guint64 *bins, guint n, guint levels)
{
  double p[LATHE_RANGE_BINS], beyond = 0, all = 0, kept = 0, sum = 0;

  for (guint i = 0; i < LATHE_RANGE_BINS; i++)
    {
      all += (double) bins[i];
      if (i < n)
        p[i] = (double) bins[i];
      else
        beyond += (double) bins[i];
    }
  kept = all - beyond;
  p[n - 1] += beyond;
  if (kept <= 0)
    return INFINITY;
  for (guint level = 0; level < levels; level++)
    {
      guint first = (guint) ((guint64) level * n / levels), end = (guint) ((guint64) (level + 1) * n / levels);
      guint filled = 0;
      double mass = 0;

      for (guint i = first; i < end; i++)
        {
          mass += (double) bins[i];
          filled += bins[i] > 0;
        }
      for (guint i = first; i < end; i++)
        if (p[i] > 0)
          {
            double q = bins[i] > 0 ? mass / filled / kept : 1e-9;

            sum += p[i] / all * lathe_log (p[i] / all / q);
          }
    }
  return sum;
}

/* As TensorRT chooses it: Migacz 2017, “8-bit inference with TensorRT”. */
static guint
kl_bins (const LatheRange *range)
{
  guint levels = range->least < 0 ? 128 : 256, best = LATHE_RANGE_BINS;
  double least = INFINITY;

  for (guint n = levels; n <= LATHE_RANGE_BINS; n += KL_STEP)
    {
      double d = divergence (range->bins, n, levels);

      if (d < least)
        {
          least = d;
          best = n;
        }
    }
  return best;
}

/**
 * lathe_range_calibrate:
 * @least: (out)
 * @most: (out)
 *
 * Which part of the range the bytes are to stand for; 0 is in it.
 */
void
lathe_range_calibrate (const LatheRange *range, LatheCalibrate method, float *least, float *most)
{
  guint bins = method == LATHE_CALIBRATE_PERCENTILE ? percentile_bins (range)
               : method == LATHE_CALIBRATE_KL       ? kl_bins (range)
                                                    : LATHE_RANGE_BINS;
  float limit = largest (range) * (float) bins / LATHE_RANGE_BINS;

  *least = MAX (range->least, -limit);
  *most = MIN (range->most, limit);
}
