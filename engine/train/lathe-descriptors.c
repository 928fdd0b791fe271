/* lathe-descriptors.c: images as points on a sphere, by what a trunk sees in them: which of them lie close together.
 *
 * Each is compared with each, a tile of rows at a time with a block of columns, as a layer makes products: a tile needs
 * the block alone, turned, whatever the number of images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-descriptors.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "kernels/lathe-kernels.h"
#include "model/lathe-known.h"

#define ROWS_A_TILE 128
#define BLOCK 256 /* columns */

/* --- The rows --- */

/**
 * lathe_descriptors_new:
 *
 * Errors: LATHE_ERROR_DATA where no image has features; LATHE_ERROR_MEMORY.
 *
 * Returns: (transfer full)
 */
LatheDescriptors *
lathe_descriptors_new (const LatheKeptFeatures *features, GError **error)
{
  g_autoptr (LatheDescriptors) descriptors = g_new0 (LatheDescriptors, 1);
  gsize size = (gsize) features->n_images * features->n_features * sizeof (LatheReal);

  if (size > lathe_memory_available ())
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                   _ ("To compare %u images takes more memory than this machine has free; choose fewer images"),
                   features->n_images);
      return NULL;
    }
  descriptors->n_features = features->n_features;
  descriptors->n_images = features->n_images;
  descriptors->images = g_new (guint32, features->n_images);
  descriptors->rows = g_new (int, features->n_images);
  descriptors->values = g_malloc (size);
  for (guint32 i = 0; i < features->n_images; i++)
    {
      descriptors->rows[i] = features->ok[i] ? (int) descriptors->n : -1;
      if (!features->ok[i])
        continue;
      descriptors->images[descriptors->n] = i;
      lathe_features_to_row (features->values + (gsize) i * features->n_features, features->n_features,
                             descriptors->values + (gsize) descriptors->n * features->n_features);
      descriptors->n++;
    }
  if (descriptors->n > 0)
    return g_steal_pointer (&descriptors);
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_DATA,
                       _ ("None of the images can be read; “lathe-cli dataset” says why"));
  return NULL;
}

void
lathe_descriptors_free (LatheDescriptors *descriptors)
{
  g_free (descriptors->images);
  g_free (descriptors->rows);
  g_free (descriptors->values);
  g_free (descriptors);
}

/* --- Near one --- */

static double
multiply (const LatheReal *a, const LatheReal *b, guint n)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += (double) a[i] * (double) b[i];
  return sum;
}

static int
compare_neighbours (gconstpointer a, gconstpointer b)
{
  const LatheNeighbour *x = a, *y = b;

  if (x->similarity != y->similarity)
    return x->similarity > y->similarity ? -1 : 1;
  return (x->image > y->image) - (x->image < y->image);
}

/**
 * lathe_descriptors_find_nearest:
 * @row: n_features, of length 1
 * @but: an image of the dataset that is not asked about; G_MAXUINT32: all are
 * @n: how many at most
 *
 * Returns: (transfer full) (element-type LatheNeighbour): the nearest first; of those that are as near the one that the
 * dataset has first
 */
GArray *
lathe_descriptors_find_nearest (const LatheDescriptors *descriptors, const LatheReal *row, guint32 but, guint n)
{
  GArray *found = g_array_sized_new (FALSE, FALSE, sizeof (LatheNeighbour), descriptors->n);

  for (guint i = 0; i < descriptors->n; i++)
    {
      const LatheReal *other = descriptors->values + (gsize) i * descriptors->n_features;
      LatheNeighbour neighbour = {descriptors->images[i], multiply (row, other, descriptors->n_features)};

      if (neighbour.image != but)
        g_array_append_val (found, neighbour);
    }
  g_array_sort (found, compare_neighbours);
  g_array_set_size (found, MIN (n, found->len));
  return found;
}

/* --- Each with each --- */

typedef struct
{
  const LatheDescriptors *descriptors;
  LatheNeighbour *nearest; /* n × k */
  guint k;
  LatheReal **turned, **product; /* of each thread: n_features × BLOCK, ROWS_A_TILE × BLOCK */
  guint n_threads;
  GCancellable *cancellable;
} Comparison;

static void
comparison_clear (Comparison *comparison)
{
  for (guint i = 0; i < comparison->n_threads; i++)
    {
      g_free (comparison->turned[i]);
      g_free (comparison->product[i]);
    }
  g_free (comparison->nearest);
  g_free (comparison->turned);
  g_free (comparison->product);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Comparison, comparison_clear)

static void
comparison_init (Comparison *comparison, LathePool *pool)
{
  const LatheDescriptors *descriptors = comparison->descriptors;

  comparison->n_threads = lathe_pool_get_n_threads (pool);
  comparison->nearest = g_new (LatheNeighbour, (gsize) descriptors->n * comparison->k);
  comparison->turned = g_new (LatheReal *, comparison->n_threads);
  comparison->product = g_new (LatheReal *, comparison->n_threads);
  for (guint i = 0; i < comparison->n_threads; i++)
    {
      comparison->turned[i] = g_new (LatheReal, (gsize) descriptors->n_features * BLOCK);
      comparison->product[i] = g_new (LatheReal, ROWS_A_TILE * BLOCK);
    }
}

/* Into the k nearest so far. Images come in their order: of those that are as near the first one stays in front. */
static void
remember (LatheNeighbour *nearest, guint k, LatheNeighbour neighbour)
{
  guint at = k - 1;

  if (neighbour.similarity <= nearest[at].similarity)
    return;
  for (; at > 0 && nearest[at - 1].similarity < neighbour.similarity; at--)
    nearest[at] = nearest[at - 1];
  nearest[at] = neighbour;
}

static void
multiply_block (const Comparison *comparison, guint first_row, guint rows, guint first, guint columns, guint thread)
{
  const LatheDescriptors *descriptors = comparison->descriptors;
  guint n_features = descriptors->n_features;

  lathe_kernels ()->transpose (comparison->turned[thread], BLOCK, descriptors->values + (gsize) first * n_features,
                               n_features, columns, n_features);
  lathe_kernels ()->panel (&(LathePanel){
      .rows = rows,
      .columns = columns,
      .segments = 1,
      .depth = n_features,
      .a = descriptors->values + (gsize) first_row * n_features,
      .a_row = n_features,
      .a_depth = 1,
      .b = comparison->turned[thread],
      .b_depth = BLOCK,
      .c = comparison->product[thread],
      .c_row = BLOCK,
  });
}

/* A LatheTileFunc. */
static void
compare_tile (gpointer data, guint tile, guint thread)
{
  const Comparison *comparison = data;
  const LatheDescriptors *descriptors = comparison->descriptors;
  guint n = descriptors->n, k = comparison->k, first_row = tile * ROWS_A_TILE, rows = MIN (ROWS_A_TILE, n - first_row);
  LatheNeighbour *nearest = comparison->nearest + (gsize) first_row * k;

  for (guint i = 0; i < rows * k; i++)
    nearest[i] = (LatheNeighbour){LATHE_NO_IMAGE, -INFINITY};
  for (guint first = 0; first < n && !g_cancellable_is_cancelled (comparison->cancellable); first += BLOCK)
    {
      guint columns = MIN (BLOCK, n - first);

      multiply_block (comparison, first_row, rows, first, columns, thread);
      for (guint i = 0; i < rows; i++)
        for (guint j = 0; j < columns; j++)
          if (first + j != first_row + i)
            remember (nearest + (gsize) i * k, k,
                      (LatheNeighbour){descriptors->images[first + j],
                                       (double) comparison->product[thread][(gsize) i * BLOCK + j]});
    }
}

/**
 * lathe_descriptors_find_neighbours:
 * @k: from 1
 *
 * n² · n_features multiply-adds, and memory for a block of them. The same bits on any number of threads.
 * Errors: G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): n × k: of each row the nearest other images, the nearest first; where there are fewer than
 * k, LATHE_NO_IMAGE at a similarity of -∞
 */
LatheNeighbour *
lathe_descriptors_find_neighbours (const LatheDescriptors *descriptors, guint k, LathePool *pool,
                                   GCancellable *cancellable, GError **error)
{
  g_auto (Comparison) comparison = {descriptors, .k = k, .cancellable = cancellable};

  comparison_init (&comparison, pool);
  lathe_pool_run (pool, (descriptors->n + ROWS_A_TILE - 1) / ROWS_A_TILE, compare_tile, &comparison);
  return g_cancellable_set_error_if_cancelled (cancellable, error) ? NULL : g_steal_pointer (&comparison.nearest);
}
