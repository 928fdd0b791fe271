/* lathe-bytes.h: the inner loops of a network in 8 bits.
 *
 * A byte q stands for scale · (q - zero). Weights are whole numbers from -127 to 127, with a scale for each output
 * channel. What is summed up is widened to 16 bits first: two such products and their sum fit into 32, so that every
 * sum is exact, and the same on every CPU.
 *
 * Columns lie in slabs of 16. In a slab the second and the third four have changed places: that is how two vectors of
 * eight sums become one of sixteen bytes in order. Weights lie slab by slab, as pairs of what is multiplied by
 * neighbouring numbers; the columns of the last slab that are missing, and the second of an odd last pair, are zeros.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/lathe-real.h"

G_BEGIN_DECLS

#define LATHE_BYTE_SLAB 16
#define LATHE_BYTE_MOST_WEIGHT 127

static inline gsize
lathe_byte_slabs (gsize columns)
{
  return (columns + LATHE_BYTE_SLAB - 1) / LATHE_BYTE_SLAB;
}

/* Where a column lies in its slab and those before it. */
static inline gsize
lathe_byte_place (gsize column)
{
  gsize four = column / 4 % 4;

  return four == 1 ? column + 4 : four == 2 ? column - 4 : column;
}

/* What becomes of sums: y = zero + round ((sum + bias) · factor), half to even, from least to most. Both arrays are by
 * place. */
typedef struct
{
  const gint32 *bias;
  const float *factor;
  gint32 zero, least, most;
} LatheByteOutput;

/**
 * LatheBytePanel:
 *
 * sum[row][column] = Σ over segment, k of A[row·a_row + a_at[segment] + k] · B[segment][k][column]
 *
 * The last pair of an odd depth reads one number of A more than there is.
 */
typedef struct
{
  guint rows, columns, segments, depth;
  const gint16 *a;
  gsize a_row;
  const gsize *a_at;
  const gint16 *b; /* slabs × segments × pairs × 16 places × 2 */
  LatheByteOutput output;
  guint8 *y; /* NULL: the sums are wanted as real numbers, (sum + bias) · factor: */
  LatheReal *real;
  gsize y_row; /* of either */
} LatheBytePanel;

/* One output row of a convolution in which each channel sees itself alone. */
typedef struct
{
  guint width, channels, taps;
  const gint16 *x;
  const gsize *tap; /* where the numbers of each tap lie, from those of the window's first on; even an odd last one has
                       a second, which counts for nothing */
  gsize step;       /* from one window to the next */
  const gint16 *w;  /* slabs × pairs of taps × 16 places × 2 */
  LatheByteOutput output;
  guint8 *y; /* as of the panel */
  LatheReal *real;
  gsize y_step; /* from one pixel to the next */
} LatheByteDepthwise;

/* y = (a · factor_a + b · factor_b + offset) / 2^shift, rounded down, from least to most. */
typedef struct
{
  gint16 factor_a, factor_b;
  gint32 offset, least, most;
  guint shift;
} LatheByteSum;

typedef struct
{
  void (*panel) (const LatheBytePanel *panel);
  void (*depthwise) (const LatheByteDepthwise *depthwise);
  void (*add) (guint8 *y, const guint8 *a, const guint8 *b, gsize n, const LatheByteSum *sum);
  void (*largest) (guint8 *y, const guint8 *x, gsize n);                   /* y = max (y, x) */
  void (*sums) (gint32 *sums, const guint8 *x, gsize rows, gsize columns); /* of each column, added to sums */
  void (*widen) (gint16 *y, const guint8 *x, gsize n);
  /* y = zero + round (x / scale), half to even, from 0 to 255; and y = (x - zero) · scale. */
  void (*quantise) (guint8 *y, const LatheReal *x, gsize n, float scale, gint32 zero);
  void (*dequantise) (LatheReal *y, const guint8 *x, gsize n, float scale, gint32 zero);
} LatheByteKernels;

G_END_DECLS
