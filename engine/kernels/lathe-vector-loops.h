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
 * see it, in the same order of sums. With `hangs`, of the pixels from the first window on only those from `first` on
 * and before `end` are on the row: some of the first window's may be missing, and some of the last one's. */
LATHE_VECTOR_INLINE void
depthwise_sliding (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g, const int outputs,
                   const int taps, const gboolean hangs, int first, int end)
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
        if (!hangs || ((i >= taps - 1 || i >= first) && (i < outputs || i < end)))
          {
            LatheVector pixel = lathe_vector_load (x + (i - first) * (gssize) g->channels);

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

/* A block of outputs is compiled for each number of them. */
#define EACH_OUTPUTS(BLOCK)                                                                                            \
  BLOCK (8);                                                                                                           \
  BLOCK (7);                                                                                                           \
  BLOCK (6);                                                                                                           \
  BLOCK (5);                                                                                                           \
  BLOCK (4);                                                                                                           \
  BLOCK (3);                                                                                                           \
  BLOCK (2);                                                                                                           \
  BLOCK (1);

#define SLIDE(n)                                                                                                       \
  case n:                                                                                                              \
    depthwise_sliding (y + channel, x + channel, w + channel, g, n, taps, hangs, first, end);                          \
    break

/* Channels run innermost, so that memory is read as it lies. Those that do not fill the last vector are worked out
 * together with some of those before them, again. */
LATHE_VECTOR_INLINE void
depthwise_slide_some (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g, guint outputs,
                      const int taps, const gboolean hangs, int first, int end)
{
  for (gsize c = 0; c < g->channels; c += LATHE_VECTOR_LANES)
    {
      gsize channel = MIN (c, g->channels - LATHE_VECTOR_LANES);

      switch (outputs)
        {
          EACH_OUTPUTS (SLIDE)
        }
    }
}

/* Outputs are shared out evenly: one alone would wait for its own sums. */
LATHE_VECTOR_INLINE void
depthwise_slide (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g, const int taps)
{
  guint blocks = (g->width + MAX_OUTPUTS - 1) / MAX_OUTPUTS;

  for (guint o = 0, n; o < g->width; o += n, blocks--)
    {
      int at = (int) o - (int) g->before, first = MAX (0, -at), end = (int) g->pixels - at;
      LatheReal *to = y + (gsize) o * g->channels;
      const LatheReal *from = x + (gsize) (at + first) * g->channels;

      n = (g->width - o + blocks - 1) / blocks;
      if (g->pixels == 0 || (first == 0 && end >= (int) n + taps - 1))
        depthwise_slide_some (to, from, w, g, n, taps, FALSE, 0, 0);
      else
        depthwise_slide_some (to, from, w, g, n, taps, TRUE, first, end);
    }
}

#define JUMP(n)                                                                                                        \
  case n:                                                                                                              \
    depthwise_outputs (y + channel, x + channel, w + channel, g, n);                                                   \
    break

/* Of windows that all have but the columns from `first` on and before `end`. */
static void
depthwise_jump_some (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *whole, guint o,
                     guint outputs, guint first, guint end)
{
  LatheDepthwise part = *whole, *g = &part;

  part.kernel_width = end > first ? end - first : 0;
  y += (gsize) o * g->channels;
  if (part.kernel_width > 0)
    x += o * g->step + first * g->column - (gsize) g->before * g->channels;
  w += (gsize) first * g->channels;
  for (gsize c = 0; c < g->channels; c += LATHE_VECTOR_LANES)
    {
      gsize channel = MIN (c, g->channels - LATHE_VECTOR_LANES);

      switch (outputs)
        {
          EACH_OUTPUTS (JUMP)
        }
    }
}

static void
depthwise_jump (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g)
{
  gsize stride = g->step / g->channels, window = (g->kernel_width - 1) * (g->column / g->channels) + 1;
  gsize reach = g->before + g->pixels, whole = (g->before + stride - 1) / stride;
  gsize whole_end = g->pixels == 0 ? g->width : reach < window ? 0 : (reach - window) / stride + 1;

  for (guint o = 0, n; o < g->width; o += n)
    {
      guint end, first = depthwise_taps (g, o, &end);

      n = o >= whole && o < whole_end ? (guint) MIN (MAX_OUTPUTS, MIN (whole_end, g->width) - o) : 1;
      depthwise_jump_some (y, x, w, g, o, n, first, end);
    }
}

static void
vector_depthwise (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g)
{
  if (g->channels < LATHE_VECTOR_LANES)
    loop_depthwise (y, x, w, g);
  else if (g->step == g->channels && g->column == g->channels && g->kernel_width == 3)
    depthwise_slide (y, x, w, g, 3);
  else if (g->step == g->channels && g->column == g->channels && g->kernel_width == 5)
    depthwise_slide (y, x, w, g, 5);
  else
    depthwise_jump (y, x, w, g);
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
