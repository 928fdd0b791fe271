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

/* Numbers of 16 bits. */
gsize
lathe_byte_group_weights (const LatheByteLayout *layout)
{
  return lathe_byte_slabs (layout->columns) * layout->segments * ((layout->depth + 1) / 2) * 2 * LATHE_BYTE_SLAB;
}

gsize
lathe_byte_group_places (const LatheByteLayout *layout)
{
  return lathe_byte_slabs (layout->columns) * LATHE_BYTE_SLAB;
}

/**
 * lathe_byte_weights_plan:
 * @n_at: places that the layer keeps besides
 */
void
lathe_byte_weights_plan (LatheByteStep *bytes, const LatheByteLayout *layout, gsize n_at)
{
  gsize places = lathe_byte_group_places (layout) * layout->groups;
  gsize size = lathe_byte_group_weights (layout) * layout->groups * sizeof (gint16) +
               places * (sizeof (gint32) + sizeof (float)) + n_at * sizeof (gsize);

  bytes->step->prepared_size = lathe_ceil_div (size, sizeof (LatheReal));
}

LatheByteWeights
lathe_byte_weights (const LatheByteStep *bytes, const LatheByteLayout *layout)
{
  gsize places = lathe_byte_group_places (layout) * layout->groups;
  gint16 *w = (gint16 *) bytes->step->prepared;
  gint32 *bias = (gint32 *) (w + lathe_byte_group_weights (layout) * layout->groups);
  float *factor = (float *) (bias + places);

  return (LatheByteWeights){w, bias, factor, (gsize *) (factor + places)};
}

/* One output channel. Returns the sum of its weights. */
static gint32
lay_column (const LatheByteStep *bytes, const LatheByteLayout *layout, gint16 *w, guint group, guint column)
{
  guint out = layout->groups * layout->columns, channel = group * layout->columns + column;
  gsize pairs = (layout->depth + 1) / 2, place = lathe_byte_place (column);
  gint16 *slab = w + group * lathe_byte_group_weights (layout) +
                 place / LATHE_BYTE_SLAB * layout->segments * pairs * 2 * LATHE_BYTE_SLAB + place % LATHE_BYTE_SLAB * 2;
  gint32 sum = 0;

  for (guint segment = 0; segment < layout->segments; segment++)
    for (guint k = 0; k < layout->depth; k++)
      {
        float weight = (float) bytes->step->w[0][((gsize) segment * layout->depth + k) * out + channel];
        float rounded = rintf (weight / bytes->weight_scale[channel]);
        gint16 q = (gint16) CLAMP (rounded, -LATHE_BYTE_MOST_WEIGHT, LATHE_BYTE_MOST_WEIGHT);

        slab[(segment * pairs + k / 2) * 2 * LATHE_BYTE_SLAB + k % 2] = q;
        sum += q;
      }
  return sum;
}

/**
 * lathe_byte_weights_prepare:
 *
 * Of weights that lie as segments × depth × all output channels. What is missing in the last slab and the last pair is
 * zero, as the arena is.
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
        gsize place = group * lathe_byte_group_places (layout) + lathe_byte_place (column);
        double scale = (double) bytes->from[0].scale * (double) bytes->weight_scale[channel];
        double bias = step->n_parameters > 1 ? (double) step->w[1][channel] : 0;
        gint32 sum = lay_column (bytes, layout, weights.w, group, column);

        weights.bias[place] = lathe_byte_bias (bias, scale) - bytes->from[0].zero * sum;
        weights.factor[place] = (float) (bytes->real ? scale : scale / (double) bytes->to.scale);
      }
}

/* From a place on. */
LatheByteOutput
lathe_byte_output (const LatheByteStep *bytes, const LatheByteWeights *weights, gsize place)
{
  return (LatheByteOutput){weights->bias + place, weights->factor + place, bytes->to.zero, bytes->least, bytes->most};
}
