/* lathe-loops.h: the inner loops in plain C, included once by each instruction set's file.
 *
 * Written so that the compiler turns them into vectors of the width it is allowed to use: channels run innermost, and
 * every choice is a select.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <float.h>
#include <math.h>

#include "lathe-functions.h"
#include "lathe-kernels.h"
#include "lathe-winograd-loops.h"

#ifdef LATHE_PROOF
#define LATHE_SQRT sqrt
#define LATHE_LEAST DBL_TRUE_MIN /* above 0 */
#else
#define LATHE_SQRT sqrtf
#define LATHE_LEAST FLT_TRUE_MIN
#endif

/* Channels in a block whose sums stay in registers or the first-level cache. */
#define LATHE_BLOCK 64

/* Sums of squares that grow side by side: four vectors of the widest registers. */
#define LATHE_LANES 32

/* The columns of output o's window that lie on the row: from the one that is returned, before `end`. */
static inline guint
depthwise_taps (const LatheDepthwise *g, guint o, guint *end)
{
  gsize begin = o * (g->step / g->channels), apart = g->column / g->channels, after = g->before + g->pixels;

  *end = g->kernel_width;
  if (g->pixels == 0)
    return 0;
  *end = begin < after ? (guint) MIN (g->kernel_width, (after - begin + apart - 1) / apart) : 0;
  return begin < g->before ? (guint) ((g->before - begin + apart - 1) / apart) : 0;
}

static void
loop_depthwise (LatheReal *restrict y, const LatheReal *restrict x, const LatheReal *restrict w,
                const LatheDepthwise *geometry)
{
  gsize channels = geometry->channels;

  for (guint column = 0; column < geometry->width; column++, y += channels)
    for (gsize c0 = 0; c0 < channels; c0 += LATHE_BLOCK)
      {
        gsize n = MIN (LATHE_BLOCK, channels - c0), at = column * geometry->step + c0;
        guint end, first = depthwise_taps (geometry, column, &end);
        LatheReal sums[LATHE_BLOCK] = {0};

        for (guint i = 0; i < geometry->kernel_height; i++)
          for (guint j = first; j < end; j++)
            {
              const LatheReal *weights = w + i * geometry->w_row + j * channels + c0;
              const LatheReal *window =
                  x + i * geometry->row + (at + j * geometry->column - geometry->before * channels);

              for (gsize c = 0; c < n; c++)
                sums[c] += window[c] * weights[c];
            }
        for (gsize c = 0; c < n; c++)
          y[c0 + c] = sums[c];
      }
}

static void
loop_depthwise_weights (LatheReal *restrict dw, const LatheReal *restrict x, const LatheReal *restrict dy,
                        const LatheDepthwise *geometry)
{
  gsize channels = geometry->channels;

  for (guint i = 0; i < geometry->kernel_height; i++)
    for (guint j = 0; j < geometry->kernel_width; j++)
      for (gsize c0 = 0; c0 < channels; c0 += LATHE_BLOCK)
        {
          gsize n = MIN (LATHE_BLOCK, channels - c0);
          const LatheReal *from = x + i * geometry->row + j * geometry->column + c0;
          LatheReal *to = dw + i * geometry->w_row + j * channels + c0;
          LatheReal sums[LATHE_BLOCK] = {0};

          for (guint column = 0; column < geometry->width; column++, from += geometry->step)
            for (gsize c = 0; c < n; c++)
              sums[c] += from[c] * dy[column * channels + c0 + c];
          for (gsize c = 0; c < n; c++)
            to[c] += sums[c];
        }
}

static void
loop_transpose (LatheReal *restrict y, gsize y_row, const LatheReal *restrict x, gsize x_row, guint rows, guint columns)
{
  for (guint row = 0; row < rows; row++)
    for (guint column = 0; column < columns; column++)
      y[column * y_row + row] = x[row * x_row + column];
}

static void
loop_bias (LatheReal *y, const LatheReal *restrict bias, gsize rows, gsize columns, gboolean relu)
{
  for (gsize row = 0; row < rows; row++, y += columns)
    if (relu)
      for (gsize i = 0; i < columns; i++)
        {
          LatheReal sum = y[i] + bias[i];

          y[i] = sum > 0 ? sum : 0;
        }
    else
      for (gsize i = 0; i < columns; i++)
        y[i] += bias[i];
}

/* Rows whose sums grow side by side, as one sum alone would wait for itself, and columns of them that fit in registers.
 */
#define LATHE_SUM_ROWS 4
#define LATHE_SUM_COLUMNS 16

/* name (sums, a, b, mean, rows, columns): sums (columns) += the sum over all rows of `term`, an expression in i that is
 * where a number stands in a and b, and c, its column. */
#define COLUMN_SUMS(name, term)                                                                                        \
  static inline __attribute__ ((always_inline)) void name##_block (                                                    \
      LatheReal *restrict sums, const LatheReal *restrict a, const LatheReal *restrict b,                              \
      const LatheReal *restrict mean, gsize rows, gsize columns, const gsize n)                                        \
  {                                                                                                                    \
    LatheReal lanes[LATHE_SUM_ROWS][LATHE_SUM_COLUMNS] = {0};                                                          \
    gsize row = 0, i;                                                                                                  \
                                                                                                                       \
    for (; row + LATHE_SUM_ROWS <= rows; row += LATHE_SUM_ROWS)                                                        \
      for (gsize lane = 0; lane < LATHE_SUM_ROWS; lane++)                                                              \
        for (gsize c = 0; c < n; c++)                                                                                  \
          {                                                                                                            \
            i = (row + lane) * columns + c;                                                                            \
            lanes[lane][c] += term;                                                                                    \
          }                                                                                                            \
    for (; row < rows; row++)                                                                                          \
      for (gsize c = 0; c < n; c++)                                                                                    \
        {                                                                                                              \
          i = row * columns + c;                                                                                       \
          lanes[0][c] += term;                                                                                         \
        }                                                                                                              \
    for (gsize c = 0; c < n; c++)                                                                                      \
      sums[c] += (lanes[0][c] + lanes[1][c]) + (lanes[2][c] + lanes[3][c]);                                            \
  }                                                                                                                    \
                                                                                                                       \
  static inline void name (LatheReal *sums, const LatheReal *a, const LatheReal *b, const LatheReal *mean, gsize rows, \
                           gsize columns)                                                                              \
  {                                                                                                                    \
    gsize c = 0;                                                                                                       \
                                                                                                                       \
    for (; c + LATHE_SUM_COLUMNS <= columns; c += LATHE_SUM_COLUMNS)                                                   \
      name##_block (sums + c, a + c, b + c, mean + c, rows, columns, LATHE_SUM_COLUMNS);                               \
    if (c < columns)                                                                                                   \
      name##_block (sums + c, a + c, b + c, mean + c, rows, columns, columns - c);                                     \
  }

COLUMN_SUMS (sum_numbers, a[i])
COLUMN_SUMS (sum_squares, (a[i] - mean[c]) * (a[i] - mean[c]))
COLUMN_SUMS (sum_products, a[i] * (b[i] - mean[c]))

static void
loop_column_sums (LatheReal *sums, const LatheReal *dy, gsize rows, gsize columns)
{
  sum_numbers (sums, dy, dy, dy, rows, columns);
}

static void
loop_column_squares (LatheReal *sums, const LatheReal *x, const LatheReal *mean, gsize rows, gsize columns)
{
  sum_squares (sums, x, x, mean, rows, columns);
}

static void
loop_column_products (LatheReal *sums, const LatheReal *dy, const LatheReal *x, const LatheReal *mean, gsize rows,
                      gsize columns)
{
  sum_products (sums, dy, x, mean, rows, columns);
}

static void
loop_affine (LatheReal *y, const LatheReal *x, const LatheReal *restrict scale, const LatheReal *restrict shift,
             gsize rows, gsize columns, LatheReal limit)
{
  for (gsize row = 0; row < rows; row++, y += columns, x += columns)
    if (limit > 0)
      {
        LATHE_IN_PLACE
        for (gsize i = 0; i < columns; i++)
          {
            LatheReal sum = x[i] * scale[i] + shift[i], positive = sum > 0 ? sum : 0;

            y[i] = positive < limit ? positive : limit;
          }
      }
    else
      {
        LATHE_IN_PLACE
        for (gsize i = 0; i < columns; i++)
          y[i] = x[i] * scale[i] + shift[i];
      }
}

static void
loop_affine_backward (LatheReal *restrict dx, const LatheReal *restrict dy, const LatheReal *restrict x,
                      const LatheReal *restrict scale, const LatheReal *restrict slope, const LatheReal *restrict shift,
                      gsize rows, gsize columns)
{
  for (gsize row = 0; row < rows; row++, dx += columns, dy += columns, x += columns)
    for (gsize i = 0; i < columns; i++)
      dx[i] = dy[i] * scale[i] + x[i] * slope[i] + shift[i];
}

static void
loop_add (LatheReal *restrict y, const LatheReal *restrict x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] += x[i];
}

static void
loop_max_pool (LatheReal *restrict y, const LatheReal *restrict x, const LathePoolGeometry *geometry)
{
  gsize channels = geometry->channels;

  for (guint column = 0; column < geometry->output_width; column++, y += channels)
    for (guint i = 0; i < geometry->pool_height; i++)
      for (guint j = 0; j < geometry->pool_width; j++)
        {
          const LatheReal *window =
              x + ((gsize) i * geometry->input_width + (gsize) column * geometry->stride_width + j) * channels;

          if (i == 0 && j == 0)
            for (gsize c = 0; c < channels; c++)
              y[c] = window[c];
          else
            for (gsize c = 0; c < channels; c++)
              y[c] = window[c] > y[c] ? window[c] : y[c];
        }
}

static void
loop_max_pool_backward (LatheReal *restrict dx, const LatheReal *restrict x, const LatheReal *restrict y,
                        const LatheReal *restrict dy, const LathePoolGeometry *geometry)
{
  gsize channels = geometry->channels;

  for (guint column = 0; column < geometry->output_width; column++, y += channels, dy += channels)
    for (gsize c0 = 0; c0 < channels; c0 += LATHE_BLOCK)
      {
        gsize n = MIN (LATHE_BLOCK, channels - c0);
        LatheReal left[LATHE_BLOCK]; /* what has not found its place yet */

        for (gsize c = 0; c < n; c++)
          left[c] = dy[c0 + c];
        for (guint i = 0; i < geometry->pool_height; i++)
          for (guint j = 0; j < geometry->pool_width; j++)
            {
              gsize at =
                  ((gsize) i * geometry->input_width + (gsize) column * geometry->stride_width + j) * channels + c0;

              for (gsize c = 0; c < n; c++)
                {
                  LatheReal here = x[at + c] == y[c0 + c] ? left[c] : 0;

                  dx[at + c] += here;
                  left[c] -= here;
                }
            }
      }
}

/* Places are as wide as numbers until they are known: vectors are fond of one width. They are found from the last to
 * the first, so that the first stays. */
static void
loop_max_pool_places (LatheReal *restrict y, guint8 *restrict place, const LatheReal *restrict x,
                      const LathePoolGeometry *geometry, gboolean relu)
{
  gsize channels = geometry->channels;
  LatheReal least = relu ? LATHE_LEAST : (LatheReal) -INFINITY;

  loop_max_pool (y, x, geometry);
  for (guint column = 0; column < geometry->output_width; column++, y += channels, place += channels)
    for (gsize c0 = 0; c0 < channels; c0 += LATHE_BLOCK)
      {
        gsize n = MIN (LATHE_BLOCK, channels - c0);
        gint32 where[LATHE_BLOCK] = {0};

        for (guint i = geometry->pool_height; i-- > 0;)
          for (guint j = geometry->pool_width; j-- > 0;)
            {
              const LatheReal *from =
                  x + ((gsize) i * geometry->input_width + (gsize) column * geometry->stride_width + j) * channels + c0;
              gint32 here = (gint32) (i * geometry->pool_width + j + 1);

              for (gsize c = 0; c < n; c++)
                where[c] = from[c] == y[c0 + c] ? here : where[c];
            }
        for (gsize c = 0; c < n; c++)
          where[c] = y[c0 + c] >= least ? where[c] : 0;
        for (gsize c = 0; c < n; c++)
          place[c0 + c] = (guint8) where[c];
      }
}

static void
loop_max_pool_from_places (LatheReal *restrict dx, const LatheReal *restrict dy, const guint8 *restrict place,
                           const LathePoolGeometry *geometry, guint row)
{
  gsize channels = geometry->channels;

  for (guint column = 0; column < geometry->output_width; column++, dy += channels, place += channels)
    for (guint j = 0; j < geometry->pool_width; j++)
      {
        LatheReal *to = dx + ((gsize) column * geometry->stride_width + j) * channels;
        guint8 here = (guint8) (row * geometry->pool_width + j + 1);

        for (gsize c = 0; c < channels; c++)
          {
            LatheReal d = dy[c];

            to[c] = place[c] == here ? d : 0;
          }
      }
}

static void
loop_sgd (LatheReal *restrict w, const LatheReal *restrict g, gsize n, double rate)
{
  LatheReal r = (LatheReal) rate;

  for (gsize i = 0; i < n; i++)
    w[i] -= r * g[i];
}

/* m = μ·m + g; w -= rate·m: the form of Sutskever et al. 2013 that PyTorch uses. */
static void
loop_momentum (LatheReal *restrict w, const LatheReal *restrict g, LatheReal *restrict m, gsize n, double rate,
               double momentum)
{
  LatheReal r = (LatheReal) rate, mu = (LatheReal) momentum;

  for (gsize i = 0; i < n; i++)
    {
      m[i] = mu * m[i] + g[i];
      w[i] -= r * m[i];
    }
}

/* The same, looking one step ahead: w -= rate·(g + μ·m), as PyTorch writes Nesterov 1983. */
static void
loop_nesterov (LatheReal *restrict w, const LatheReal *restrict g, LatheReal *restrict m, gsize n, double rate,
               double momentum)
{
  LatheReal r = (LatheReal) rate, mu = (LatheReal) momentum;

  for (gsize i = 0; i < n; i++)
    {
      m[i] = mu * m[i] + g[i];
      w[i] -= r * (g[i] + mu * m[i]);
    }
}

/* v += g²; w -= rate·g / (√v + ε): Duchi et al. 2011. */
static void
loop_adagrad (LatheReal *restrict w, const LatheReal *restrict g, LatheReal *restrict v, gsize n, double rate,
              double epsilon)
{
  LatheReal r = (LatheReal) rate, e = (LatheReal) epsilon;

  for (gsize i = 0; i < n; i++)
    {
      v[i] += g[i] * g[i];
      w[i] -= r * g[i] / (LATHE_SQRT (v[i]) + e);
    }
}

/* v = α·v + (1 - α)·g²; w -= rate·g / (√v + ε): Tieleman & Hinton 2012, with PyTorch's place of ε. */
static void
loop_rmsprop (LatheReal *restrict w, const LatheReal *restrict g, LatheReal *restrict v, gsize n, double rate,
              double alpha, double epsilon)
{
  LatheReal r = (LatheReal) rate, e = (LatheReal) epsilon;
  LatheReal a = (LatheReal) alpha, rest = (LatheReal) (1 - alpha); /* in single precision 1 - a has few digits left */

  for (gsize i = 0; i < n; i++)
    {
      v[i] = a * v[i] + rest * g[i] * g[i];
      w[i] -= r * g[i] / (LATHE_SQRT (v[i]) + e);
    }
}

static void
loop_adam (LatheReal *restrict w, const LatheReal *restrict g, LatheReal *restrict m, LatheReal *restrict v, gsize n,
           const LatheAdamStep *step)
{
  LatheReal b1 = (LatheReal) step->beta1, b2 = (LatheReal) step->beta2, epsilon = (LatheReal) step->epsilon;
  LatheReal rate = (LatheReal) step->rate, correction = (LatheReal) step->correction;
  LatheReal keep = (LatheReal) (1 - step->decay);

  for (gsize i = 0; i < n; i++)
    {
      LatheReal mi = b1 * m[i] + (1 - b1) * g[i];
      LatheReal vi = b2 * v[i] + (1 - b2) * g[i] * g[i];

      m[i] = mi;
      v[i] = vi;
      w[i] = keep * w[i] - rate * mi / (LATHE_SQRT (vi) * correction + epsilon);
    }
}

static void
loop_lion (LatheReal *restrict w, const LatheReal *restrict g, LatheReal *restrict m, gsize n,
           const LatheLionStep *step)
{
  LatheReal b1 = (LatheReal) step->beta1, rest1 = (LatheReal) (1 - step->beta1);
  LatheReal b2 = (LatheReal) step->beta2, rest2 = (LatheReal) (1 - step->beta2);
  LatheReal rate = (LatheReal) step->rate, keep = (LatheReal) (1 - step->decay);

  for (gsize i = 0; i < n; i++)
    {
      LatheReal direction = b1 * m[i] + rest1 * g[i];
      LatheReal by = direction > 0 ? rate : direction < 0 ? -rate : 0;

      w[i] = keep * w[i] - by;
      m[i] = b2 * m[i] + rest2 * g[i];
    }
}

/* A square is exact in double precision, and the lanes are fixed: every instruction set gives the same bits. */
static double
loop_square_sum (const LatheReal *x, gsize n)
{
  double sums[LATHE_LANES] = {0}, sum = 0;
  gsize i = 0;

  for (; i + LATHE_LANES <= n; i += LATHE_LANES)
    for (gsize j = 0; j < LATHE_LANES; j++)
      sums[j] += (double) x[i + j] * x[i + j];
  for (gsize j = 0; i + j < n; j++)
    sums[j] += (double) x[i + j] * x[i + j];
  for (gsize j = 0; j < LATHE_LANES; j++)
    sum += sums[j];
  return sum;
}

static void
loop_clip (LatheReal *x, gsize n, double limit)
{
  LatheReal most = (LatheReal) limit;

  for (gsize i = 0; i < n; i++)
    {
      LatheReal below = x[i] < most ? x[i] : most;

      x[i] = below > -most ? below : -most;
    }
}

static void
loop_scale (LatheReal *x, gsize n, double factor)
{
  LatheReal f = (LatheReal) factor;

  for (gsize i = 0; i < n; i++)
    x[i] *= f;
}

static void
loop_average (LatheReal *restrict a, const LatheReal *restrict w, gsize n, double share)
{
  LatheReal s = (LatheReal) share;

  for (gsize i = 0; i < n; i++)
    a[i] += s * (w[i] - a[i]);
}

#define LATHE_LOOPS                                                                                                    \
  .winograd = LATHE_WINOGRAD, .depthwise_weights = loop_depthwise_weights, .bias = loop_bias,                          \
  .column_sums = loop_column_sums, .column_squares = loop_column_squares, .column_products = loop_column_products,     \
  .affine_backward = loop_affine_backward, .activation = lathe_functions, .add = loop_add,                             \
  .max_pool_backward = loop_max_pool_backward, .max_pool_from_places = loop_max_pool_from_places, .sgd = loop_sgd,     \
  .momentum = loop_momentum, .nesterov = loop_nesterov, .adagrad = loop_adagrad, .rmsprop = loop_rmsprop,              \
  .adam = loop_adam, .lion = loop_lion, .square_sum = loop_square_sum, .clip = loop_clip, .scale = loop_scale,         \
  .average = loop_average

/* What the rows of a set may have by hand, too. */
#define LATHE_ROW_LOOPS .affine = loop_affine, .max_pool = loop_max_pool, .max_pool_places = loop_max_pool_places
