/* kernel-bytes.c: the kernels in 8 bits, which give the generic row's answers to the bit: whole numbers do not round,
 * and what does round at the end is one product.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "kernel-checks.h"

static guint8 *
draw_bytes (Draws *draws, gsize n)
{
  guint8 *bytes = g_new (guint8, n + GUARD);

  for (gsize i = 0; i < n + GUARD; i++)
    bytes[i] = (guint8) draw (draws, 0, 255);
  return bytes;
}

/* With those that kernels may read behind them. */
static guint8 *
draw_input (Draws *draws, gsize n)
{
  return draw_bytes (draws, n + LATHE_BYTE_SLACK);
}

/* The extremes more often than others. */
static gint8 *
draw_weights (Draws *draws, gsize n)
{
  gint8 *weights = g_new (gint8, n);

  for (gsize i = 0; i < n; i++)
    weights[i] =
        (gint8) (draw (draws, 0, 3) == 0 ? (draw (draws, 0, 1) == 0 ? -127 : 127) : (gint) draw (draws, 0, 254) - 127);
  return weights;
}

static void
assert_same_bytes (Draws *draws, const guint8 *a, const guint8 *b, gsize n)
{
  g_assert_cmpmem (a, n + GUARD, b, n + GUARD);
  for (gsize i = 0; i < n; i++)
    draws->alive += a[i] != 0;
  draws->n += n;
}

/* Biases, factors and limits for so many places, that leave most sums between the limits. */
typedef struct
{
  gint32 *bias;
  float *factor;
  LatheByteOutput output;
} Output;

static void
output_clear (Output *o)
{
  g_free (o->bias);
  g_free (o->factor);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Output, output_clear)

static void
draw_output (Draws *draws, gsize places, guint products, Output *o)
{
  o->bias = g_new (gint32, places);
  o->factor = g_new (float, places);
  for (gsize i = 0; i < places; i++)
    {
      o->bias[i] = (gint32) draw (draws, 0, 20000) - 10000;
      o->factor[i] = (float) draw (draws, 1, 1000) / (1000 * 60 * sqrtf ((float) products));
    }
  o->output = (LatheByteOutput){.bias = o->bias, .factor = o->factor, .zero = (gint32) draw (draws, 0, 255)};
  o->output.least = (gint32) draw (draws, 0, 20);
  o->output.most = (gint32) draw (draws, 200, 255);
}

/* Calls a kernel and the generic one, for bytes or for real numbers, and compares what they wrote. */
#define COMPARE(kernels, kernel, argument, draws, n)                                                                   \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (draw (draws, 0, 3) > 0)                                                                                        \
      {                                                                                                                \
        g_autofree guint8 *y = draw_bytes (draws, n), *expected = g_memdup2 (y, n + GUARD);                            \
                                                                                                                       \
        (argument).y = expected;                                                                                       \
        lathe_kernels_generic.bytes.kernel (&(argument));                                                              \
        (argument).y = y;                                                                                              \
        (kernels)->bytes.kernel (&(argument));                                                                         \
        assert_same_bytes (draws, y, expected, n);                                                                     \
      }                                                                                                                \
    else                                                                                                               \
      {                                                                                                                \
        g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);                            \
                                                                                                                       \
        (argument).real = expected;                                                                                    \
        lathe_kernels_generic.bytes.kernel (&(argument));                                                              \
        (argument).real = y;                                                                                           \
        (kernels)->bytes.kernel (&(argument));                                                                         \
        assert_same (draws, y, expected, n);                                                                           \
      }                                                                                                                \
  }                                                                                                                    \
  G_STMT_END

void
check_byte_panel (const LatheKernels *kernels, Draws *draws)
{
  LatheBytePanel p = {
      .lines = draw (draws, 1, 3),
      .rows = draw (draws, 1, 30),
      .columns = draw (draws, 1, 140),
      .segments = draw (draws, 1, 3),
      .depth = draw (draws, 1, 40),
  };
  gsize columns = lathe_byte_slabs (p.columns) * LATHE_BYTE_SLAB, at[3], n;
  g_autofree guint8 *a = NULL;
  g_autofree gint8 *b = NULL;
  g_auto (Output) output = {0};

  p.a_line = draw (draws, 1, 500);
  p.a_row = draw (draws, 1, 60);
  for (guint i = 0; i < p.segments; i++)
    at[i] = draw (draws, 0, 100);
  p.a_at = at;
  p.a = a = draw_input (draws, p.lines * p.a_line + p.rows * p.a_row + 100 + p.depth);
  p.b = b = draw_weights (draws, columns * p.segments * lathe_byte_groups (p.depth) * LATHE_BYTE_GROUP);
  draw_output (draws, columns, p.segments * p.depth, &output);
  p.output = output.output;
  p.y_row = p.columns + draw (draws, 0, 3);
  n = p.lines * p.rows * p.y_row;
  COMPARE (kernels, panel, p, draws, n);
}

/* The largest sum that there may be, in whole numbers of 32 bits. */
void
check_byte_extremes (const LatheKernels *kernels, gint weight)
{
  gsize at = 0, depth = 32768;
  g_autofree guint8 *a = g_malloc (depth);
  g_autofree gint8 *b = g_malloc (depth * LATHE_BYTE_SLAB);
  gint32 bias[LATHE_BYTE_SLAB];
  float factor[LATHE_BYTE_SLAB], sums[LATHE_BYTE_SLAB];
  LatheBytePanel p = {.lines = 1, .rows = 1, .columns = LATHE_BYTE_SLAB, .segments = 1, .a = a, .a_at = &at, .b = b};

  memset (a, 255, depth);
  memset (b, weight, depth * LATHE_BYTE_SLAB);
  for (guint i = 0; i < LATHE_BYTE_SLAB; i++)
    {
      bias[i] = (gint32) i;
      factor[i] = 1;
    }
  p.depth = (guint) depth;
  p.output = (LatheByteOutput){.bias = bias, .factor = factor};
  p.real = sums;
  kernels->bytes.panel (&p);
  for (guint i = 0; i < LATHE_BYTE_SLAB; i++)
    g_assert_cmpfloat (sums[i], ==, (float) (255 * 32768 * weight + (gint) i));
}

void
check_byte_depthwise (const LatheKernels *kernels, Draws *draws)
{
  LatheByteDepthwise d = {
      .width = draw (draws, 1, 10),
      .channels = draw (draws, 1, 140),
      .groups = draw (draws, 1, 9),
      .step = draw (draws, 1, 100),
      .slides = draw (draws, 0, 2) == 0,
  };
  gsize channels, tap[9 * LATHE_BYTE_GROUP], n;
  g_autofree guint8 *x = NULL;
  g_autofree gint8 *w = NULL;
  g_auto (Output) output = {0};

  if (d.slides)
    d.groups = draw (draws, 2, 4);
  for (guint i = 0; i < d.groups * LATHE_BYTE_GROUP; i++)
    tap[i] = d.slides && i >= LATHE_BYTE_GROUP ? tap[i - LATHE_BYTE_GROUP] + d.step : draw (draws, 0, 200);
  d.tap = tap;
  channels = (d.channels + LATHE_BYTE_CHANNELS - 1) / LATHE_BYTE_CHANNELS * LATHE_BYTE_CHANNELS;
  d.x = x = draw_input (draws, (d.width + d.groups) * d.step + 200 + d.channels);
  d.w = w = draw_weights (draws, channels * d.groups * LATHE_BYTE_GROUP);
  draw_output (draws, channels, d.groups * LATHE_BYTE_GROUP, &output);
  d.output = output.output;
  d.y_step = d.channels + draw (draws, 0, 5);
  n = d.width * d.y_step;
  COMPARE (kernels, depthwise, d, draws, n);
}

/* --- Winograd's algorithm --- */

#define MOST_PIXEL 17340 /* at a point; and … */
#define MOST_KERNEL 6223 /* … of a kernel */

static gint16 *
draw_shorts (Draws *draws, gsize n, gint most)
{
  gint16 *shorts = g_new (gint16, n);

  for (gsize i = 0; i < n; i++)
    shorts[i] = (gint16) ((gint) draw (draws, 0, 2 * (guint) most) - most);
  return shorts;
}

/* Of any size, as products wrap; or of those that sums may have. */
static gint32 *
draw_sums (Draws *draws, gsize n, gboolean any)
{
  gint32 *sums = g_new (gint32, n);

  for (gsize i = 0; i < n; i++)
    sums[i] = (gint32) (draw (draws, 0, G_MAXUINT16) << 16 | draw (draws, 0, G_MAXUINT16)) / (any ? 1 : 4);
  return sums;
}

static void
assert_same_words (Draws *draws, gconstpointer a, gconstpointer b, gsize size)
{
  g_assert_cmpmem (a, size, b, size);
  draws->alive += size;
  draws->n += size;
}

void
check_byte_points (const LatheKernels *kernels, Draws *draws)
{
  guint channels = LATHE_BYTE_SLAB * draw (draws, 1, 5);
  gsize pixel = channels + draw (draws, 0, 20), row = 6 * pixel + draw (draws, 0, 20);
  gsize step = channels + draw (draws, 0, 40), n = step * LATHE_BYTE_POINTS, size = n * sizeof (gint16);
  g_autofree guint8 *x = draw_bytes (draws, 6 * row);
  g_autofree gint16 *v = draw_shorts (draws, n, MOST_PIXEL), *expected = g_memdup2 (v, size);

  lathe_kernels_generic.bytes.points (expected, step, x, row, pixel, channels);
  kernels->bytes.points (v, step, x, row, pixel, channels);
  assert_same_words (draws, v, expected, size);
}

void
check_byte_products (const LatheKernels *kernels, Draws *draws)
{
  LatheByteProducts p = {
      .rows = draw (draws, 1, 20), .columns = LATHE_BYTE_SLAB * draw (draws, 1, 9), .depth = 2 * draw (draws, 1, 56)};
  g_autofree gint16 *v = NULL, *u = draw_shorts (draws, (gsize) p.columns * p.depth, MOST_KERNEL);
  g_autofree gint32 *m = NULL, *expected = NULL;
  gsize n;

  p.v_row = p.depth + draw (draws, 0, 30);
  p.m_row = p.columns + draw (draws, 0, 30);
  n = p.rows * p.m_row;
  p.v = v = draw_shorts (draws, p.rows * p.v_row, MOST_PIXEL);
  p.u = u;
  m = draw_sums (draws, n, TRUE);
  p.m = expected = g_memdup2 (m, n * sizeof *m);
  lathe_kernels_generic.bytes.products (&p);
  p.m = m;
  kernels->bytes.products (&p);
  assert_same_words (draws, m, expected, n * sizeof *m);
}

void
check_byte_result (const LatheKernels *kernels, Draws *draws)
{
  LatheByteResult r = {.rows = draw (draws, 1, LATHE_BYTE_TILE),
                       .columns = draw (draws, 1, LATHE_BYTE_TILE),
                       .channels = LATHE_BYTE_SLAB * draw (draws, 1, 5),
                       .begun = draw (draws, 0, 1) == 0};
  gsize n_sums = (gsize) LATHE_BYTE_TILE * LATHE_BYTE_TILE * r.channels, n;
  g_autofree gint32 *sums = draw_sums (draws, n_sums, FALSE), *expected_sums = g_memdup2 (sums, n_sums * sizeof *sums);
  g_autofree gint32 *m = NULL;
  g_autofree guint8 *y = NULL, *expected = NULL;
  g_auto (Output) output = {0};

  r.step = r.channels + draw (draws, 0, 40);
  r.m = m = draw_sums (draws, r.step * LATHE_BYTE_POINTS, TRUE);
  r.y_pixel = r.channels + draw (draws, 0, 20);
  r.y_row = LATHE_BYTE_TILE * r.y_pixel + draw (draws, 0, 20);
  draw_output (draws, r.channels, 1u << 27, &output);
  r.output = output.output;
  n = LATHE_BYTE_TILE * r.y_row;
  y = draw_bytes (draws, n);
  expected = g_memdup2 (y, n + GUARD);

  for (guint ends = 0; ends < 2; ends++)
    {
      r.sums = expected_sums;
      r.y = ends ? expected : NULL;
      lathe_kernels_generic.bytes.result (&r);
      r.sums = sums;
      r.y = ends ? y : NULL;
      kernels->bytes.result (&r);
      assert_same_words (draws, sums, expected_sums, n_sums * sizeof *sums);
    }
  assert_same_bytes (draws, y, expected, n);
}

void
check_byte_add (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 100);
  g_autofree guint8 *a = draw_bytes (draws, n), *b = draw_bytes (draws, n), *y = draw_bytes (draws, n);
  g_autofree guint8 *expected = g_memdup2 (y, n + GUARD);
  LatheByteSum sum = {
      .factor_a = (gint16) draw (draws, 1, 16384),
      .factor_b = (gint16) draw (draws, 1, 16384),
      .offset = (gint32) draw (draws, 0, 4000000) - 2000000,
      .least = (gint32) draw (draws, 0, 30),
      .most = (gint32) draw (draws, 200, 255),
      .shift = draw (draws, 0, 22),
  };

  lathe_kernels_generic.bytes.add (expected, a, b, n, &sum);
  kernels->bytes.add (y, a, b, n, &sum);
  assert_same_bytes (draws, y, expected, n);
}

void
check_byte_largest (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 100);
  g_autofree guint8 *x = draw_bytes (draws, n), *y = draw_bytes (draws, n), *expected = g_memdup2 (y, n + GUARD);

  lathe_kernels_generic.bytes.largest (expected, x, n);
  kernels->bytes.largest (y, x, n);
  assert_same_bytes (draws, y, expected, n);
}

void
check_byte_sums (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 9), columns = draw (draws, 1, 50), size = (columns + GUARD) * sizeof (gint32);
  g_autofree guint8 *x = draw_bytes (draws, rows * columns);
  g_autofree gint32 *sums = g_malloc0 (size), *expected = g_malloc0 (size);

  lathe_kernels_generic.bytes.sums (expected, x, rows, columns);
  kernels->bytes.sums (sums, x, rows, columns);
  g_assert_cmpmem (sums, size, expected, size);
  draws->alive += columns;
  draws->n += columns;
}

void
check_byte_quantise (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 100);
  g_autofree LatheReal *x = draw_numbers (draws, n);
  g_autofree guint8 *y = draw_bytes (draws, n), *expected = g_memdup2 (y, n + GUARD);
  /* Of whole numbers, some halves come out, which are rounded to even. */
  float scale = draw (draws, 0, 1) == 0 ? (float) (1u << draw (draws, 0, 3)) : 1 / (float) draw (draws, 1, 100);
  gint32 zero = (gint32) draw (draws, 0, 255);

  x[draw (draws, 0, (guint) n - 1)] = draw (draws, 0, 1) == 0 ? NAN : INFINITY;
  lathe_kernels_generic.bytes.quantise (expected, x, n, scale, zero);
  kernels->bytes.quantise (y, x, n, scale, zero);
  assert_same_bytes (draws, y, expected, n);
}

void
check_byte_dequantise (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 100);
  g_autofree guint8 *x = draw_bytes (draws, n);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);
  float scale = (float) draw (draws, 1, 1000) / 777;
  gint32 zero = (gint32) draw (draws, 0, 255);

  lathe_kernels_generic.bytes.dequantise (expected, x, n, scale, zero);
  kernels->bytes.dequantise (y, x, n, scale, zero);
  assert_same (draws, y, expected, n);
}
