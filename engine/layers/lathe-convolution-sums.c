/* lathe-convolution-sums.c: the gradient of a convolution's weights and bias, summed by shards of the batch.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe-convolution-private.h"

#define SUM_NUMBERS 4096 /* of weights in a tile of the second pass */
#define SUM_KERNELS 256  /* the same of Winograd's, with their points; a multiple of 16 */

/* Sums of one shard, weights and then bias, in its part of the scratch. */
static LatheReal *
shard_sums (const LatheConvolutionPass *pass, guint shard)
{
  return pass->step->scratch + shard * lathe_convolution_shard_size (pass->step, pass->g);
}

/* The wide image with its margins. */
static const LatheReal *
pad_wide (const LatheConvolutionPass *pass, const LatheReal *image, guint thread)
{
  const LatheConvolutionGeometry *g = pass->g;
  LatheReal *scratch = lathe_step_thread_scratch (pass->step, thread);
  LatheSpread s = lathe_convolution_spread_wide (g, image);

  if (!g->padded)
    return image;
  lathe_spread (&s, 0, lathe_axis_full (&g->y), scratch);
  return scratch;
}

/* Band by band of the output, whose gradient is then in cache. Only a whole one will do in the transposed layer, where
 * it is the wide image. */
static void
sum_sample (const LatheConvolutionPass *pass, guint sample, guint thread, LatheReal *sums, gboolean accumulate)
{
  LatheStep *step = pass->step;
  const LatheConvolutionGeometry *g = pass->g;
  LatheConvolution c = lathe_convolution_of (step, g);
  LatheReal *bias = sums + lathe_convolution_shard_weights (step, g);
  const LatheReal *x = step->x[0] + sample * lathe_shape_size (&step->input[0]), *wide = NULL;
  guint height = step->output.dim[0], band = g->transposed ? height : lathe_convolution_gather_band (step, g);

  for (guint first = 0; first < height; first += band)
    {
      guint n = MIN (band, height - first);
      const LatheReal *dy;

      lathe_convolution_begin_gradient (step, sample, first, n);
      if (step->dw[0] == NULL && step->dw[1] == NULL)
        continue;
      dy = lathe_convolution_gradient_band (step, sample, first, n, thread);
      if (step->dw[1] != NULL)
        step->kernels->column_sums (bias, dy, (gsize) n * step->output.dim[1], step->output.dim[2]);
      if (step->dw[0] == NULL || lathe_convolution_suits_winograd (g))
        continue;
      if (first == 0)
        wide = pad_wide (pass, g->transposed ? dy : x, thread);
      lathe_convolution_weights (&c, wide + (gsize) first * g->y.stride * c.row_size, g->y.stride,
                                 g->transposed ? x : dy, g->transposed ? g->y.out : n, g->x.out, sums,
                                 accumulate || first > 0);
    }
}

/* Winograd's points of the whole batch, where they are kept. */
static LatheReal *
kept_points (const LatheConvolutionPass *pass)
{
  return shard_sums (pass, LATHE_SHARDS);
}

static void
sum_by_winograd (const LatheConvolutionPass *pass, guint first, guint n, guint thread, LatheReal *sums)
{
  LatheStep *step = pass->step;
  LatheWinograd c = lathe_convolution_winograd (step, pass->g);
  LatheReal *scratch = lathe_step_thread_scratch (step, thread);

  if (lathe_convolution_keeps_points (step, pass->g))
    lathe_winograd_keep_points (&c, step->x[0], step->dy, step->batch, first, n, kept_points (pass), scratch);
  else
    lathe_winograd_sum (&c, step->x[0] + first * lathe_convolution_wide_size (pass->g),
                        step->dy + first * lathe_convolution_narrow_size (pass->g), n, sums, FALSE, scratch);
}

/* Takes the layers that follow and the activation back, too: what comes next needs that of the whole batch. */
static void
sum_tile (gpointer data, guint shard, guint thread)
{
  const LatheConvolutionPass *pass = data;
  const LatheConvolutionGeometry *g = pass->g;
  LatheStep *step = pass->step;
  guint first, n = lathe_step_shard (step, shard, &first);
  LatheReal *sums = shard_sums (pass, shard);

  if (step->dw[1] != NULL)
    memset (sums + lathe_convolution_shard_weights (step, g), 0, step->output.dim[2] * sizeof (LatheReal));
  for (guint sample = first; sample < first + n; sample++)
    sum_sample (pass, sample, thread, sums, sample > first);
  if (step->dw[0] != NULL && lathe_convolution_suits_winograd (g))
    sum_by_winograd (pass, first, n, thread, sums);
}

/* sum += the same numbers of all other shards, in order */
static void
add_shards (const LatheConvolutionPass *pass, gsize first, gsize n)
{
  for (guint shard = 1; shard < lathe_step_n_shards (pass->step); shard++)
    pass->step->kernels->add (shard_sums (pass, 0) + first, shard_sums (pass, shard) + first, n);
}

/* The transposed layer's sums are not in their place yet. */
static void
weights_tile (gpointer data, guint tile, guint thread)
{
  const LatheConvolutionPass *pass = data;
  LatheStep *step = pass->step;
  gsize first = (gsize) tile * SUM_NUMBERS,
        n = MIN (SUM_NUMBERS, lathe_convolution_shard_weights (step, pass->g) - first);

  add_shards (pass, first, n);
  if (!pass->g->transposed)
    memcpy (step->dw[0] + first, shard_sums (pass, 0) + first, n * sizeof (LatheReal));
}

static void
points_tile (gpointer data, guint tile, guint thread)
{
  const LatheConvolutionPass *pass = data;
  LatheWinograd c = lathe_convolution_winograd (pass->step, pass->g);
  gsize kernels = (gsize) c.in * c.out, first = (gsize) tile * SUM_KERNELS, n = MIN (SUM_KERNELS, kernels - first);

  for (guint point = 0; point < LATHE_WINOGRAD_POINTS; point++)
    add_shards (pass, point * lathe_winograd_weights_step (&c) + first, n);
  lathe_winograd_weights_gradient (&c, shard_sums (pass, 0), first, n, pass->step->dw[0]);
}

static void
part_tile (gpointer data, guint part, guint thread)
{
  const LatheConvolutionPass *pass = data;
  LatheStep *step = pass->step;
  LatheWinograd c = lathe_convolution_winograd (step, pass->g);

  lathe_winograd_multiply_points (&c, kept_points (pass), step->batch, part, step->dw[0],
                                  lathe_step_thread_scratch (step, thread));
}

static void
add_up_weights (LatheConvolutionPass *pass)
{
  LatheStep *step = pass->step;
  const LatheConvolutionGeometry *g = pass->g;
  gsize weights = lathe_convolution_shard_weights (step, g);

  if (lathe_convolution_keeps_points (step, g))
    {
      LatheWinograd c = lathe_convolution_winograd (step, g);

      lathe_pool_run (step->pool, lathe_winograd_n_parts (&c), part_tile, pass);
    }
  else if (lathe_convolution_suits_winograd (g))
    lathe_pool_run (step->pool, (guint) lathe_ceil_div ((gsize) g->in * g->out, SUM_KERNELS), points_tile, pass);
  else
    lathe_pool_run (step->pool, (guint) lathe_ceil_div (weights, SUM_NUMBERS), weights_tile, pass);
  if (g->transposed)
    {
      LatheConvolution c = lathe_convolution_of (step, g);

      lathe_convolution_swap (&c, step->pool, step->scratch, FALSE, step->dw[0]);
    }
}

void
lathe_convolution_find_weights (LatheConvolutionPass *pass)
{
  LatheStep *step = pass->step;

  lathe_pool_run (step->pool, lathe_step_n_shards (step), sum_tile, pass);
  if (step->dw[0] != NULL)
    add_up_weights (pass);
  if (step->dw[1] != NULL)
    {
      gsize weights = lathe_convolution_shard_weights (step, pass->g);

      add_shards (pass, weights, step->output.dim[2]);
      memcpy (step->dw[1], step->scratch + weights, step->output.dim[2] * sizeof (LatheReal));
    }
}
