/* lathe-byte-weights.c: the weights of layers in 8 bits, laid out for the kernels.
 *
 * What the input's zero adds to a sum is known beforehand: it goes to the bias.
 *
 *   Σ (q - zero)·w + b = Σ q·w + (b - zero·Σ w)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe-byte-step.h"

#define MOST_BIAS (1 << 29)

/**
 * lathe_byte_bias:
 * @scale: of the sums that it is added to: that of the input times that of the weights
 *
 * Returns: the bias as a whole number
 */
gint32
lathe_byte_bias (double bias, double scale)
{
  return (gint32) CLAMP (rint (bias / scale), -MOST_BIAS, MOST_BIAS);
}

/* Columns that lie together. */
guint
lathe_byte_unit (const LatheByteLayout *layout)
{
  return layout->depthwise ? LATHE_BYTE_CHANNELS : LATHE_BYTE_SLAB;
}

/* Of all their segments: so many weights has each column, with those that fill up the last group. */
static gsize
column_weights (const LatheByteLayout *layout)
{
  return layout->segments * lathe_byte_groups (layout->depth) * LATHE_BYTE_GROUP;
}

/* Columns of a group, filled up. */
gsize
lathe_byte_group_columns (const LatheByteLayout *layout)
{
  return lathe_ceil_div (layout->columns, lathe_byte_unit (layout)) * lathe_byte_unit (layout);
}

/* Weights of a group before a column that begins a unit. */
gsize
lathe_byte_weights_before (const LatheByteLayout *layout, gsize column)
{
  return column * column_weights (layout);
}

gsize
lathe_byte_group_weights (const LatheByteLayout *layout)
{
  return lathe_byte_weights_before (layout, lathe_byte_group_columns (layout));
}

/**
 * lathe_byte_weights_plan:
 * @n_at: places that the layer keeps besides
 */
void
lathe_byte_weights_plan (LatheByteStep *bytes, const LatheByteLayout *layout, gsize n_at)
{
  gsize columns = lathe_byte_group_columns (layout) * layout->groups;
  gsize size = lathe_byte_group_weights (layout) * layout->groups + columns * (sizeof (gint32) + sizeof (float)) +
               n_at * sizeof (gsize);

  bytes->step->prepared_size = lathe_ceil_div (size, sizeof (LatheReal));
}

LatheByteWeights
lathe_byte_weights (const LatheByteStep *bytes, const LatheByteLayout *layout)
{
  gsize columns = lathe_byte_group_columns (layout) * layout->groups;
  gint8 *w = (gint8 *) bytes->step->prepared;
  gint32 *bias = (gint32 *) (w + lathe_byte_group_weights (layout) * layout->groups);
  float *factor = (float *) (bias + columns);

  return (LatheByteWeights){w, bias, factor, (gsize *) (factor + columns)};
}

static gsize
place_of (const LatheByteLayout *layout, guint column)
{
  return layout->depthwise ? lathe_byte_place (column) : column;
}

/* Which of an output channel's weights it is; -1: none, but a zero. */
static gint64
tap_of (const LatheByteLayout *layout, guint segment, guint k)
{
  if (!layout->depthwise)
    return (gint64) segment * layout->depth + k;
  return k % layout->down < layout->height
             ? (gint64) (k % layout->down) * (layout->depth / layout->down) + k / layout->down
             : -1;
}

/* One output channel. Returns the sum of its weights. */
static gint32
lay_column (const LatheByteStep *bytes, const LatheByteLayout *layout, gint8 *w, guint group, guint column)
{
  guint out = layout->groups * layout->columns, channel = group * layout->columns + column;
  gsize unit = lathe_byte_unit (layout), groups = lathe_byte_groups (layout->depth), place = place_of (layout, column);
  gint32 sum = 0;

  w += group * lathe_byte_group_weights (layout) + lathe_byte_weights_before (layout, place / unit * unit) +
       place % unit * LATHE_BYTE_GROUP;
  for (guint segment = 0; segment < layout->segments; segment++)
    for (guint k = 0; k < layout->depth; k++)
      {
        gint64 tap = tap_of (layout, segment, k);
        float weight = tap >= 0 ? (float) bytes->step->w[0][(gsize) tap * out + channel] : 0;
        float rounded = rintf (weight / bytes->weight_scale[channel]);
        gint8 q = (gint8) CLAMP (rounded, -LATHE_BYTE_MOST_WEIGHT, LATHE_BYTE_MOST_WEIGHT);

        w[(segment * groups + k / LATHE_BYTE_GROUP) * unit * LATHE_BYTE_GROUP + k % LATHE_BYTE_GROUP] = q;
        sum += q;
      }
  return sum;
}

/**
 * lathe_byte_weights_prepare:
 *
 * Of weights that lie as segments × depth × all output channels; of a depthwise convolution, as kernel height ×
 * kernel width × channels. What is missing in the last slab and the last group is zero, as the arena is.
 */
void
lathe_byte_weights_prepare (LatheByteStep *bytes, const LatheByteLayout *layout)
{
  const LatheStep *step = bytes->step;
  LatheByteWeights weights = lathe_byte_weights (bytes, layout);

  for (guint group = 0; group < layout->groups; group++)
    for (guint column = 0; column < layout->columns; column++)
      {
        guint channel = group * layout->columns + column;
        gsize place = group * lathe_byte_group_columns (layout) + place_of (layout, column);
        double scale = (double) bytes->from[0].scale * (double) bytes->weight_scale[channel];
        double bias = step->n_parameters > 1 ? (double) step->w[1][channel] : 0;
        gint32 sum = lay_column (bytes, layout, weights.w, group, column);

        weights.bias[place] = lathe_byte_bias (bias, scale) - bytes->from[0].zero * sum;
        weights.factor[place] = (float) MIN (bytes->real ? scale : scale / (double) bytes->to.scale, G_MAXFLOAT);
      }
}

/* From a column on that begins a unit. */
LatheByteOutput
lathe_byte_output (const LatheByteStep *bytes, const LatheByteWeights *weights, gsize column)
{
  return (LatheByteOutput){weights->bias + column, weights->factor + column, bytes->to.zero, bytes->least, bytes->most};
}
