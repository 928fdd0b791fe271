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

/* From -most to most, and the extremes more often than others. */
static gint16 *
draw_words (Draws *draws, gsize n, gint least, gint most)
{
  gint16 *words = g_new (gint16, n + GUARD);

  for (gsize i = 0; i < n + GUARD; i++)
    words[i] = (gint16) (draw (draws, 0, 3) == 0 ? (draw (draws, 0, 1) == 0 ? least : most)
                                                 : least + (gint) draw (draws, 0, (guint) (most - least)));
  return words;
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

void
check_byte_panel (const LatheKernels *kernels, Draws *draws)
{
  LatheBytePanel p = {
      .rows = draw (draws, 1, 20),
      .columns = draw (draws, 1, 50),
      .segments = draw (draws, 1, 3),
      .depth = draw (draws, 1, 40),
  };
  gsize places = lathe_byte_slabs (p.columns) * LATHE_BYTE_SLAB, at[3], n, pairs = (p.depth + 1) / 2;
  g_autofree gint16 *a = NULL, *b = NULL;
  g_auto (Output) output = {0};

  p.a_row = draw (draws, 1, 60);
  for (guint i = 0; i < p.segments; i++)
    at[i] = draw (draws, 0, 100);
  p.a_at = at;
  p.a = a = draw_words (draws, p.rows * p.a_row + 100 + p.depth, 0, 255);
  p.b = b = draw_words (draws, places * p.segments * pairs * 2, -127, 127);
  draw_output (draws, places, p.segments * p.depth, &output);
  p.output = output.output;
  p.y_row = p.columns + draw (draws, 0, 3);
  n = p.rows * p.y_row;
  if (draw (draws, 0, 3) > 0)
    {
      g_autofree guint8 *y = draw_bytes (draws, n), *expected = g_memdup2 (y, n + GUARD);

      p.y = expected;
      lathe_kernels_generic.bytes.panel (&p);
      p.y = y;
      kernels->bytes.panel (&p);
      assert_same_bytes (draws, y, expected, n);
    }
  else
    {
      g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);

      p.real = expected;
      lathe_kernels_generic.bytes.panel (&p);
      p.real = y;
      kernels->bytes.panel (&p);
      assert_same (draws, y, expected, n);
    }
}

void
check_byte_depthwise (const LatheKernels *kernels, Draws *draws)
{
  LatheByteDepthwise d = {
      .width = draw (draws, 1, 10),
      .channels = draw (draws, 1, 50),
      .taps = draw (draws, 0, 1) == 0 ? 9 : draw (draws, 1, 30),
  };
  gsize places = lathe_byte_slabs (d.channels) * LATHE_BYTE_SLAB, tap[32], n;
  g_autofree gint16 *x = NULL, *w = NULL;
  g_auto (Output) output = {0};

  for (guint i = 0; i <= d.taps; i++)
    tap[i] = i < d.taps ? draw (draws, 0, 200) : tap[i - 1];
  d.tap = tap;
  d.step = draw (draws, 1, 100);
  d.x = x = draw_words (draws, d.width * d.step + 200 + d.channels, 0, 255);
  d.w = w = draw_words (draws, places * (d.taps + 1), -127, 127);
  draw_output (draws, places, d.taps, &output);
  d.output = output.output;
  d.y_step = d.channels + draw (draws, 0, 5);
  n = d.width * d.y_step;
  if (draw (draws, 0, 3) > 0)
    {
      g_autofree guint8 *y = draw_bytes (draws, n), *expected = g_memdup2 (y, n + GUARD);

      d.y = expected;
      lathe_kernels_generic.bytes.depthwise (&d);
      d.y = y;
      kernels->bytes.depthwise (&d);
      assert_same_bytes (draws, y, expected, n);
    }
  else
    {
      g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);

      d.real = expected;
      lathe_kernels_generic.bytes.depthwise (&d);
      d.real = y;
      kernels->bytes.depthwise (&d);
      assert_same (draws, y, expected, n);
    }
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
check_byte_widen (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 100), size = (n + GUARD) * sizeof (gint16);
  g_autofree guint8 *x = draw_bytes (draws, n);
  g_autofree gint16 *y = g_malloc0 (size), *expected = g_malloc0 (size);

  lathe_kernels_generic.bytes.widen (expected, x, n);
  kernels->bytes.widen (y, x, n);
  g_assert_cmpmem (y, size, expected, size);
  draws->alive += n;
  draws->n += n;
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
