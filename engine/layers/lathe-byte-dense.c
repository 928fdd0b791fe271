/* lathe-byte-dense.c: the dense layer in 8 bits. A tile is some slabs of units, of all samples.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-byte-step.h"
#include "lathe-kinds.h"

#define TILE_WEIGHTS 65536 /* of a tile, at least */

static LatheByteLayout
layout (const LatheStep *step)
{
  return (LatheByteLayout){.groups = 1, .columns = step->output.dim[0], .segments = 1, .depth = step->input[0].dim[0]};
}

static gboolean
dense_can (const LatheProperties *values, const LatheShape *input, guint n_inputs)
{
  return input->dim[0] <= LATHE_BYTE_MOST_PRODUCTS;
}

static void
dense_plan (LatheByteStep *bytes)
{
  LatheByteLayout l = layout (bytes->step);

  lathe_byte_weights_plan (bytes, &l, 1);
}

static void
dense_prepare (LatheByteStep *bytes)
{
  LatheByteLayout l = layout (bytes->step);

  lathe_byte_weights_prepare (bytes, &l);
  lathe_byte_weights (bytes, &l).at[0] = 0;
}

static guint
tile_slabs (const LatheByteLayout *l)
{
  return (guint) lathe_ceil_div (TILE_WEIGHTS, (gsize) l->depth * LATHE_BYTE_SLAB);
}

static void
dense_tile (gpointer data, guint tile, guint thread)
{
  LatheByteStep *bytes = data;
  LatheStep *step = bytes->step;
  LatheByteLayout l = layout (step);
  LatheByteWeights weights = lathe_byte_weights (bytes, &l);
  gsize column = (gsize) tile * tile_slabs (&l) * LATHE_BYTE_SLAB;
  LatheBytePanel p = {
      .lines = 1,
      .rows = step->batch,
      .columns = (guint) MIN ((gsize) tile_slabs (&l) * LATHE_BYTE_SLAB, l.columns - column),
      .segments = 1,
      .depth = l.depth,
      .a = bytes->x[0],
      .a_row = l.depth,
      .a_at = weights.at,
      .b = weights.w + lathe_byte_weights_before (&l, column),
      .output = lathe_byte_output (bytes, &weights, column),
      .y = bytes->real ? NULL : bytes->y + column,
      .real = bytes->real ? step->y + column : NULL,
      .y_row = l.columns,
  };

  step->kernels->bytes.panel (&p);
}

static void
dense_forward (LatheByteStep *bytes)
{
  LatheStep *step = bytes->step;
  LatheByteLayout l = layout (step);
  guint n_tiles = (guint) lathe_ceil_div (lathe_byte_slabs (l.columns), tile_slabs (&l));

  lathe_pool_run (step->pool, n_tiles, dense_tile, bytes);
  if (bytes->real)
    lathe_activation_forward (lathe_byte_activation (step), step->kernels, step->y, step->y, step->batch, l.columns);
}

const LatheByteKind lathe_byte_dense = {
    .kind = &lathe_layer_dense,
    .weighs = TRUE,
    .can = dense_can,
    .plan = dense_plan,
    .prepare = dense_prepare,
    .forward = dense_forward,
};
