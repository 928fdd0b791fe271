/* lathe-affinities.c: how much each point is a neighbour of each other one.
 *
 * Of each point its nearest ones, three times the perplexity of them, are found by looking at all (blocks of products,
 * as a layer makes them); the width of its Gaussian is what gives the perplexity that is asked for; and the two
 * directions are averaged: van der Maaten & Hinton 2008, section 2 and equation 1, as van der Maaten 2014, section 4.1,
 * has it for many points.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-affinities.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "base/lathe-math.h"
#include "kernels/lathe-kernels.h"

#define POINTS_A_TILE 64
#define BLOCK 512      /* points that a tile is compared with at once */
#define BISECTIONS 200 /* as many as halve any width to nothing */
#define ENTROPY_ERROR 1e-7
#define NEIGHBOURS_OF_PERPLEXITY 3

typedef struct
{
  double distance; /* squared */
  guint32 point;
} Neighbour;

typedef struct
{
  const float *points;  /* n × n_dimensions */
  LatheReal *numbers;   /* the same */
  LatheReal *turned;    /* n_dimensions × n */
  double *squares;      /* n: of each point's length */
  Neighbour *nearest;   /* n × k: as a heap, the furthest first; then in the order of their points */
  float *share;         /* n × k: of each of them, by the point itself */
  LatheReal **products; /* n_threads: POINTS_A_TILE × BLOCK */
  guint n, n_dimensions, k, n_threads;
  double entropy;
  GCancellable *cancellable;
} Work;

static void
work_clear (Work *work)
{
  for (guint i = 0; work->products != NULL && i < work->n_threads; i++)
    g_free (work->products[i]);
  g_free (work->products);
  g_free (work->numbers);
  g_free (work->turned);
  g_free (work->squares);
  g_free (work->nearest);
  g_free (work->share);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* --- The nearest ones --- */

/* Of equally far ones the later is the further: so it does not matter in which order they come. */
static gboolean
is_further (const Neighbour *a, const Neighbour *b)
{
  return a->distance > b->distance || (a->distance == b->distance && a->point > b->point);
}

static void
sink (Neighbour *heap, guint n, guint at)
{
  for (guint child = 2 * at + 1; child < n; child = 2 * at + 1)
    {
      Neighbour moved = heap[at];

      if (child + 1 < n && is_further (&heap[child + 1], &heap[child]))
        child++;
      if (!is_further (&heap[child], &moved))
        return;
      heap[at] = heap[child];
      heap[child] = moved;
      at = child;
    }
}

static void
consider (Neighbour *heap, guint k, guint *n, Neighbour neighbour)
{
  if (*n == k)
    {
      if (!is_further (&heap[0], &neighbour))
        return;
      heap[0] = neighbour;
      sink (heap, k, 0);
      return;
    }
  heap[(*n)++] = neighbour;
  for (guint at = *n / 2; *n == k && at-- > 0;)
    sink (heap, k, at);
}

/* Its distances to the `columns` points from `first` on. */
static void
consider_block (Work *work, guint i, guint first, guint columns, const LatheReal *products, guint *n)
{
  for (guint j = 0; j < columns; j++)
    {
      guint other = first + j;
      double distance = work->squares[i] + work->squares[other] - 2 * (double) products[j];

      if (other != i)
        consider (work->nearest + (gsize) i * work->k, work->k, n, (Neighbour){distance, other});
    }
}

static int
compare_points (gconstpointer a, gconstpointer b)
{
  const Neighbour *x = a, *y = b;

  return (x->point > y->point) - (x->point < y->point);
}

/* What is nearly nothing is lost in a difference of products. */
static void
measure_again (Work *work, guint i)
{
  Neighbour *nearest = work->nearest + (gsize) i * work->k;
  const float *a = work->points + (gsize) i * work->n_dimensions;

  for (guint j = 0; j < work->k; j++)
    {
      const float *b = work->points + (gsize) nearest[j].point * work->n_dimensions;
      double sum = 0;

      for (guint d = 0; d < work->n_dimensions; d++)
        sum += ((double) a[d] - (double) b[d]) * ((double) a[d] - (double) b[d]);
      nearest[j].distance = sum;
    }
}

/* --- The width of each point's Gaussian --- */

/* Returns: the entropy of the shares, in nats. least: of the distances */
static double
find_shares (const Neighbour *nearest, guint k, double least, double precision, float *share)
{
  double sum = 0, distances = 0;

  for (guint j = 0; j < k; j++)
    {
      double far = nearest[j].distance - least, p = lathe_exp (-far * precision);

      share[j] = (float) p;
      sum += p;
      distances += far * p;
    }
  for (guint j = 0; j < k; j++)
    share[j] = (float) ((double) share[j] / sum);
  return lathe_log (sum) + precision * distances / sum;
}

static void
find_precision (Work *work, guint i)
{
  const Neighbour *nearest = work->nearest + (gsize) i * work->k;
  float *share = work->share + (gsize) i * work->k;
  double least = INFINITY, mean = 0, low = 0, high = INFINITY, precision;

  for (guint j = 0; j < work->k; j++)
    {
      least = fmin (least, nearest[j].distance);
      mean += nearest[j].distance / work->k;
    }
  precision = mean > 0 ? 1 / mean : 1;
  for (guint round = 0; round < BISECTIONS; round++)
    {
      double off = find_shares (nearest, work->k, least, precision, share) - work->entropy;

      if (fabs (off) <= ENTROPY_ERROR)
        return;
      if (off > 0)
        low = precision;
      else
        high = precision;
      if (isinf (high) && precision > G_MAXFLOAT)
        return;
      precision = isinf (high) ? 2 * precision : (low + high) / 2;
    }
}

static void
look_tile (gpointer data, guint tile, guint thread)
{
  Work *work = data;
  guint first = tile * POINTS_A_TILE, rows = MIN (POINTS_A_TILE, work->n - first);
  guint found[POINTS_A_TILE] = {0};
  LatheReal *products = work->products[thread];

  if (g_cancellable_is_cancelled (work->cancellable))
    return;
  for (guint at = 0; at < work->n; at += BLOCK)
    {
      guint columns = MIN (BLOCK, work->n - at);

      lathe_kernels ()->panel (&(LathePanel){
          .rows = rows,
          .columns = columns,
          .segments = 1,
          .depth = work->n_dimensions,
          .a = work->numbers + (gsize) first * work->n_dimensions,
          .a_row = work->n_dimensions,
          .a_depth = 1,
          .b = work->turned + at,
          .b_depth = work->n,
          .c = products,
          .c_row = BLOCK,
      });
      for (guint r = 0; r < rows; r++)
        consider_block (work, first + r, at, columns, products + (gsize) r * BLOCK, &found[r]);
    }
  for (guint i = first; i < first + rows; i++)
    {
      qsort (work->nearest + (gsize) i * work->k, work->k, sizeof (Neighbour), compare_points);
      measure_again (work, i);
      find_precision (work, i);
    }
}

/* --- Both directions --- */

/* Where the rows of a matrix would begin that has each neighbour twice, as (i, j) and as (j, i). */
static gsize *
count_rows (const Work *work)
{
  gsize *first = g_new0 (gsize, work->n + 1);

  for (gsize at = 0; at < (gsize) work->n * work->k; at++)
    {
      first[at / work->k + 1]++;
      first[work->nearest[at].point + 1]++;
    }
  for (guint i = 0; i < work->n; i++)
    first[i + 1] += first[i];
  return first;
}

typedef struct
{
  guint32 column;
  float share;
} Entry;

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;

  /* Of one column there are two at most, and they are added: their order does not matter. */
  return (x->column > y->column) - (x->column < y->column);
}

static Entry *
spread (const Work *work, const gsize *first)
{
  Entry *entries = g_new (Entry, first[work->n]);
  g_autofree gsize *next = g_memdup2 (first, work->n * sizeof (gsize));

  for (guint i = 0; i < work->n; i++)
    for (guint j = 0; j < work->k; j++)
      {
        gsize at = (gsize) i * work->k + j;
        guint32 other = work->nearest[at].point;
        float share = work->share[at] / (2 * (float) work->n);

        entries[next[i]++] = (Entry){other, share};
        entries[next[other]++] = (Entry){i, share};
      }
  return entries;
}

static LatheAffinities *
merge (const Work *work)
{
  LatheAffinities *affinities = g_new0 (LatheAffinities, 1);
  g_autofree gsize *first = count_rows (work);
  g_autofree Entry *entries = spread (work, first);
  gsize n = 0;

  affinities->n = work->n;
  affinities->first = g_new (gsize, work->n + 1);
  affinities->column = g_new (guint32, first[work->n]);
  affinities->share = g_new (float, first[work->n]);
  for (guint i = 0; i < work->n; i++)
    {
      affinities->first[i] = n;
      qsort (entries + first[i], first[i + 1] - first[i], sizeof (Entry), compare_entries);
      for (gsize at = first[i]; at < first[i + 1]; at++)
        if (n > affinities->first[i] && affinities->column[n - 1] == entries[at].column)
          affinities->share[n - 1] += entries[at].share;
        else
          {
            affinities->column[n] = entries[at].column;
            affinities->share[n++] = entries[at].share;
          }
    }
  affinities->first[work->n] = n;
  return affinities;
}

/* --- Use --- */

static gboolean
prepare (Work *work, LathePool *pool, GError **error)
{
  gsize size = (gsize) work->n * work->n_dimensions, neighbours = (gsize) work->n * work->k;
  /* The neighbours, each twice as an entry, and once more where they are merged. */
  double bytes = 2.0 * (double) size * sizeof (LatheReal) +
                 (double) neighbours * (sizeof (Neighbour) + sizeof (float) + 2 * sizeof (Entry) + 2 * sizeof (Entry));

  if (bytes > (double) lathe_memory_available ())
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                   _ ("the neighbours of %u images take more memory than this machine has free; choose a smaller side "
                      "of the split, or a lower perplexity"),
                   work->n);
      return FALSE;
    }
  work->numbers = g_new (LatheReal, size);
  work->turned = g_new (LatheReal, size);
  work->squares = g_new0 (double, work->n);
  for (guint i = 0; i < work->n; i++)
    for (guint d = 0; d < work->n_dimensions; d++)
      {
        float x = work->points[(gsize) i * work->n_dimensions + d];

        work->numbers[(gsize) i * work->n_dimensions + d] = work->turned[(gsize) d * work->n + i] = x;
        work->squares[i] += (double) x * (double) x;
      }
  work->nearest = g_new (Neighbour, neighbours);
  work->share = g_new (float, neighbours);
  work->n_threads = lathe_pool_get_n_threads (pool);
  work->products = g_new (LatheReal *, work->n_threads);
  for (guint i = 0; i < work->n_threads; i++)
    work->products[i] = g_new (LatheReal, POINTS_A_TILE * BLOCK);
  return TRUE;
}

/**
 * lathe_affinities_new:
 * @points: n × n_dimensions, best with their mean near 0
 * @n: at least 2
 * @perplexity: above 1: of how many neighbours a point has about; less where there are not three times as many others
 *
 * Errors: LATHE_ERROR_MEMORY, G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the same, bit for bit, on any number of threads
 */
LatheAffinities *
lathe_affinities_new (const float *points, guint n, guint n_dimensions, double perplexity, LathePool *pool,
                      GCancellable *cancellable, GError **error)
{
  g_auto (Work) work = {.points = points, .n = n, .n_dimensions = n_dimensions, .cancellable = cancellable};

  perplexity = fmin (perplexity, (double) (n - 1) / NEIGHBOURS_OF_PERPLEXITY);
  work.k = MIN ((guint) ceil (NEIGHBOURS_OF_PERPLEXITY * perplexity), n - 1);
  work.entropy = lathe_log (fmax (perplexity, 1));
  if (!prepare (&work, pool, error))
    return NULL;
  lathe_pool_run (pool, (n + POINTS_A_TILE - 1) / POINTS_A_TILE, look_tile, &work);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return merge (&work);
}

void
lathe_affinities_free (LatheAffinities *affinities)
{
  g_free (affinities->first);
  g_free (affinities->column);
  g_free (affinities->share);
  g_free (affinities);
}
