/* lathe-bytes.h: the inner loops of a network in 8 bits.
 *
 * A byte q stands for scale · (q - zero). Weights are whole numbers from -127 to 127, with a scale for each output
 * channel. Their products with bytes are summed up in 32 bits, so that every sum is exact, and the same on every CPU.
 *
 * Some CPUs have an instruction (VNNI's vpdpbusd) that adds four such products to each of its sums. So weights lie in
 * groups of four that are multiplied by neighbouring bytes; what is missing in the last group is zero, and bytes that
 * meet it count for nothing. Columns lie in slabs of 16, whose last one is filled up with zeros.
 *
 * A depthwise convolution lays four pixels of its window, its taps, side by side instead, of 64 channels at once. What
 * instructions make of those, sixteen bytes by sixteen, is four vectors of 16 channels each, whose order is that of
 * places: channel 16·i + 4·j + k of the 64 has place 16·j + 4·i + k.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/lathe-real.h"

G_BEGIN_DECLS

#define LATHE_BYTE_GROUP 4
#define LATHE_BYTE_SLAB 16
#define LATHE_BYTE_CHANNELS 64
#define LATHE_BYTE_MOST_WEIGHT 127
#define LATHE_BYTE_TILE 4                    /* pixels along a side of what Winograd's algorithm makes at once, … */
#define LATHE_BYTE_POINTS 36                 /* … and points at which it multiplies for that */
#define LATHE_BYTE_MOST_DEPTH 112            /* channels whose sums it finds again: see lathe-byte-winograd-loops.h */
#define LATHE_BYTE_SLACK LATHE_BYTE_CHANNELS /* bytes that must be there behind all that are read */

static inline gsize
lathe_byte_slabs (gsize columns)
{
  return (columns + LATHE_BYTE_SLAB - 1) / LATHE_BYTE_SLAB;
}

static inline gsize
lathe_byte_groups (gsize depth)
{
  return (depth + LATHE_BYTE_GROUP - 1) / LATHE_BYTE_GROUP;
}

/* Of a channel of a depthwise convolution. It is its own inverse. */
static inline gsize
lathe_byte_place (gsize channel)
{
  gsize i = channel / 16 % 4, j = channel / 4 % 4;

  return channel - 16 * i - 4 * j + 16 * j + 4 * i;
}

/* What becomes of sums: y = zero + round ((sum + bias) · factor), half to even, from least to most. Both arrays are by
 * column, or by place, and fill the last slab. Factors are finite. */
typedef struct
{
  const gint32 *bias;
  const float *factor;
  gint32 zero, least, most;
} LatheByteOutput;

/**
 * LatheBytePanel:
 *
 * sum[line, row][column] = Σ over segment, k of A[line·a_line + row·a_row + a_at[segment] + k] · B[segment][k][column]
 *
 * Of A, whole groups are read. The rows of all lines lie one behind the other in y.
 */
typedef struct
{
  guint lines, rows, columns, segments, depth;
  const guint8 *a;
  gsize a_line, a_row;
  const gsize *a_at;
  const gint8 *b; /* slabs × segments × groups of the depth × 16 × 4 */
  LatheByteOutput output;
  guint8 *y; /* NULL: the sums are wanted as real numbers, (sum + bias) · factor: */
  LatheReal *real;
  gsize y_row; /* of either, from one row to the next */
} LatheBytePanel;

/**
 * LatheByteDepthwise:
 *
 * One output row of a convolution in which each channel sees itself alone:
 *
 * sum[pixel][channel] = Σ over group, k of x[pixel·step + tap[group][k] + channel] · W[group][channel][k]
 *
 * Of x, whole 64 channels are read.
 */
typedef struct
{
  guint width, channels, groups;
  const guint8 *x;
  const gsize *tap; /* groups × 4: where taps lie, from the window's first byte on; also those whose weights are zero */
  gsize step;       /* from one window to the next */
  gboolean slides;  /* each group is a column of the window, `step` behind the one before it */
  const gint8 *w;   /* 64s of channels × groups × 64 places × 4 */
  LatheByteOutput output;
  guint8 *y; /* as of the panel */
  LatheReal *real;
  gsize y_step; /* from one pixel to the next */
} LatheByteDepthwise;

/**
 * LatheByteProducts:
 *
 * At one point, modulo 2³²: m[row][column] = Σ over k of v[row·v_row + k] · U[k][column]
 *
 * Rows are tiles; columns are whole slabs; the depth is even, and its numbers lie in pairs.
 */
typedef struct
{
  guint rows, columns, depth;
  const gint16 *v;
  gsize v_row;
  const gint16 *u; /* slabs × pairs of the depth × 16 × 2 */
  gint32 *m;
  gsize m_row;
} LatheByteProducts;

/**
 * LatheByteResult:
 *
 * Of one tile: y[i·y_row + j·y_pixel + channel] = what becomes of sum[i, j][channel], which is Aᵀ m A, for so many rows
 * and columns of its 4×4 pixels, and whole slabs of channels.
 */
typedef struct
{
  guint rows, columns, channels;
  const gint32 *m;
  gsize step;     /* from one point to the next */
  gint32 *sums;   /* 4×4 pixels × channels, of parts of the depth; not looked at where there is one part alone */
  gboolean begun; /* there are sums of other parts already */
  LatheByteOutput output;
  guint8 *y; /* NULL: more parts come */
  gsize y_row, y_pixel;
} LatheByteResult;

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
  /* Winograd's algorithm, which is faster than panels where there are so many channels on both sides: Bᵀ x B of 6×6
   * pixels and whole slabs of channels, as points that lie `step` apart; products at each; the result of all. */
  guint winograd_channels;
  void (*points) (gint16 *v, gsize step, const guint8 *x, gsize row, gsize pixel, guint channels);
  void (*products) (const LatheByteProducts *products);
  void (*result) (const LatheByteResult *result);
  void (*add) (guint8 *y, const guint8 *a, const guint8 *b, gsize n, const LatheByteSum *sum);
  void (*largest) (guint8 *y, const guint8 *x, gsize n);                   /* y = max (y, x) */
  void (*sums) (gint32 *sums, const guint8 *x, gsize rows, gsize columns); /* of each column, added to sums */
  /* y = zero + round (x / scale), half to even, from 0 to 255; and y = (x - zero) · scale. */
  void (*quantise) (guint8 *y, const LatheReal *x, gsize n, float scale, gint32 zero);
  void (*dequantise) (LatheReal *y, const guint8 *x, gsize n, float scale, gint32 zero);
} LatheByteKernels;

G_END_DECLS
