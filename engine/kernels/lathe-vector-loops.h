/* lathe-vector-loops.h: loops by hand, in vectors as wide as the instruction set has them; included once by each that
 * has registers enough.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-loops.h"

#define MAX_OUTPUTS 8
#define MAX_TAPS 5

/* Which lane each takes. */
typedef gint32 LatheLanes __attribute__ ((vector_size (LATHE_VECTOR_BYTES)));

/* --- Depthwise convolution --- */

/* One vector of channels of some outputs side by side is kept in registers through the whole window: each step loads a
 * vector of weights for all of them, and one of x for each. */
LATHE_VECTOR_INLINE void
depthwise_outputs (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g, const int outputs)
{
  LatheVector sum[MAX_OUTPUTS];

#pragma GCC unroll 8
  for (int i = 0; i < outputs; i++)
    sum[i] = (LatheVector){0};
  for (guint row = 0; row < g->kernel_height; row++)
    for (guint column = 0; column < g->kernel_width; column++)
      {
        const LatheReal *from = x + row * g->row + column * g->column;
        LatheVector weights = lathe_vector_load (w + row * g->w_row + column * g->channels);

#pragma GCC unroll 8
        for (int i = 0; i < outputs; i++)
          sum[i] += weights * lathe_vector_load (from + i * g->step);
      }
#pragma GCC unroll 8
  for (int i = 0; i < outputs; i++)
    lathe_vector_store (y + i * g->channels, sum[i]);
}

/* The same where windows are one pixel apart, and so wide as is known: each x is loaded once for all the outputs that
 * see it, in the same order of sums. */
LATHE_VECTOR_INLINE void
depthwise_sliding (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g, const int outputs,
                   const int taps)
{
  LatheVector sum[MAX_OUTPUTS], weights[MAX_TAPS];

#pragma GCC unroll 8
  for (int i = 0; i < outputs; i++)
    sum[i] = (LatheVector){0};
  for (guint row = 0; row < g->kernel_height; row++, x += g->row, w += g->w_row)
    {
#pragma GCC unroll 5
      for (int tap = 0; tap < taps; tap++)
        weights[tap] = lathe_vector_load (w + tap * g->channels);
#pragma GCC unroll 12
      for (int i = 0; i < outputs + taps - 1; i++)
        {
          LatheVector pixel = lathe_vector_load (x + i * g->step);

#pragma GCC unroll 5
          for (int tap = 0; tap < taps; tap++)
            if (i >= tap && i - tap < outputs)
              sum[i - tap] += weights[tap] * pixel;
        }
    }
#pragma GCC unroll 8
  for (int i = 0; i < outputs; i++)
    lathe_vector_store (y + i * g->channels, sum[i]);
}

LATHE_VECTOR_INLINE void
depthwise_some (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g, const int outputs)
{
  if (g->step == g->column && g->kernel_width == 3)
    depthwise_sliding (y, x, w, g, outputs, 3);
  else if (g->step == g->column && g->kernel_width == 5)
    depthwise_sliding (y, x, w, g, outputs, 5);
  else
    depthwise_outputs (y, x, w, g, outputs);
}

#define OUTPUTS(n)                                                                                                     \
  case n:                                                                                                              \
    depthwise_some (y + channel, x + channel, w + channel, g, n);                                                      \
    break

/* Channels run innermost, so that memory is read as it lies. Those that do not fill the last vector are worked out
 * together with some of those before them, again. */
static void
vector_depthwise (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g)
{
  if (g->channels < LATHE_VECTOR_LANES)
    {
      loop_depthwise (y, x, w, g);
      return;
    }
  for (guint left = g->width, n; left > 0; left -= n, x += n * g->step, y += (gsize) n * g->channels)
    {
      n = MIN (left, MAX_OUTPUTS);
      for (gsize c = 0; c < g->channels; c += LATHE_VECTOR_LANES)
        {
          gsize channel = MIN (c, g->channels - LATHE_VECTOR_LANES);

          switch (n)
            {
              OUTPUTS (8);
              OUTPUTS (7);
              OUTPUTS (6);
              OUTPUTS (5);
              OUTPUTS (4);
              OUTPUTS (3);
              OUTPUTS (2);
              OUTPUTS (1);
            }
        }
    }
}

/* --- Transposing --- */

/* A square of as many rows as a vector has lanes: single numbers change places across the diagonal of each 2×2, then
 * pairs across that of each 4×4, and so on. */
LATHE_VECTOR_INLINE void
transpose_square (LatheReal *y, gsize y_row, const LatheReal *x, gsize x_row)
{
  enum
  {
    N = LATHE_VECTOR_LANES
  };
  LatheVector v[N];

#pragma GCC unroll 16
  for (int i = 0; i < N; i++)
    v[i] = lathe_vector_load (x + i * x_row);
#pragma GCC unroll 4
  for (int s = 1; s < N; s *= 2)
    {
      LatheLanes upper, lower;

#pragma GCC unroll 16
      for (int lane = 0; lane < N; lane++)
        {
          upper[lane] = lane & s ? N + lane - s : lane;
          lower[lane] = lane & s ? N + lane : lane + s;
        }
#pragma GCC unroll 16
      for (int i = 0; i < N; i++)
        if ((i & s) == 0)
          {
            LatheVector a = v[i], b = v[i + s];

            v[i] = __builtin_shuffle (a, b, upper);
            v[i + s] = __builtin_shuffle (a, b, lower);
          }
    }
#pragma GCC unroll 16
  for (int i = 0; i < N; i++)
    lathe_vector_store (y + i * y_row, v[i]);
}

static void
vector_transpose (LatheReal *restrict y, gsize y_row, const LatheReal *restrict x, gsize x_row, guint rows,
                  guint columns)
{
  guint whole_rows = rows - rows % LATHE_VECTOR_LANES, whole_columns = columns - columns % LATHE_VECTOR_LANES;

  for (guint row = 0; row < whole_rows; row += LATHE_VECTOR_LANES)
    for (guint column = 0; column < whole_columns; column += LATHE_VECTOR_LANES)
      transpose_square (y + column * y_row + row, y_row, x + row * x_row + column, x_row);
  loop_transpose (y + whole_rows, y_row, x + whole_rows * x_row, x_row, rows - whole_rows, columns);
  loop_transpose (y + whole_columns * y_row, y_row, x + whole_columns, x_row, whole_rows, columns - whole_columns);
}
