/* test-winograd.c: what Winograd's algorithm loses of single precision, all three ways of a convolution.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe.h"
#include "layers/lathe-winograd.h"

/* Of the result's root mean square. A plain sum of 576 products has 1.3e-7 to 2e-7; single precision's step is 1.2e-7.
 */
#define MOST_ERROR 1e-6

#define BATCH 3
#define HEIGHT 14
#define WIDTH 11
#define IN 64
#define OUT 48

/* A value for each pixel of an image with channels, and 0 outside it. */
static double
at (const float *images, guint sample, int y, int x, guint channels, guint channel)
{
  return y < 0 || x < 0 || y >= HEIGHT || x >= WIDTH
             ? 0
             : images[((sample * HEIGHT + (guint) y) * WIDTH + (guint) x) * channels + channel];
}

/* Between -1 and 1; with `relu` half of them are 0, as behind an activation. */
static float *
draw_numbers (gsize n, guint purpose, gboolean relu)
{
  float *numbers = g_new (float, n);
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, purpose, 0);

  for (gsize i = 0; i < n; i++)
    {
      float x = 2 * (float) lathe_rng_uniform (&rng, (guint32) i) - 1;

      numbers[i] = relu && x < 0 ? 0 : x;
    }
  return numbers;
}

typedef double (*Definition) (const float *a, const float *b, gsize i);

static void
assert_close (const float *result, gsize n, Definition definition, const float *a, const float *b)
{
  double error = 0, all = 0;

  for (gsize i = 0; i < n; i++)
    {
      double expected = definition (a, b, i);

      error += (result[i] - expected) * (result[i] - expected);
      all += expected * expected;
    }
  g_test_message ("error %.3g", sqrt (error / all));
  g_assert_cmpfloat (sqrt (error / all), <, MOST_ERROR);
}

static const LatheWinograd convolution = {
    .from_height = HEIGHT,
    .from_width = WIDTH,
    .before_y = 1,
    .before_x = 1,
    .in = IN,
    .height = HEIGHT,
    .width = WIDTH,
    .out = OUT,
    .tiles_y = (HEIGHT + 3) / 4,
    .tiles_x = (WIDTH + 3) / 4,
};

/* Of image x and weights w, "same" padding. */
static double
pixel (const float *x, const float *w, gsize i)
{
  guint out = i % OUT, column = i / OUT % WIDTH, row = i / OUT / WIDTH % HEIGHT, sample = i / OUT / WIDTH / HEIGHT;
  double sum = 0;

  for (guint k = 0; k < 9; k++)
    for (guint c = 0; c < IN; c++)
      sum += at (x, sample, (int) (row + k / 3) - 1, (int) (column + k % 3) - 1, IN, c) * w[(k * IN + c) * OUT + out];
  return sum;
}

/* Of image x and gradient dy. */
static double
weight (const float *x, const float *dy, gsize i)
{
  guint out = i % OUT, c = i / OUT % IN, k = i / OUT / IN;
  double sum = 0;

  for (guint sample = 0; sample < BATCH; sample++)
    for (int row = 0; row < HEIGHT; row++)
      for (int column = 0; column < WIDTH; column++)
        sum += at (x, sample, row + (int) (k / 3) - 1, column + (int) (k % 3) - 1, IN, c) *
               at (dy, sample, row, column, OUT, out);
  return sum;
}

static void
test_images (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  LatheWinograd c = convolution;
  g_autofree float *x = draw_numbers (BATCH * HEIGHT * WIDTH * IN, 1, TRUE);
  g_autofree float *w = draw_numbers (9 * IN * OUT, 2, FALSE);
  g_autofree float *y = g_new0 (float, BATCH *HEIGHT *WIDTH *OUT);
  g_autofree float *u = g_new0 (float, lathe_winograd_points (&c));
  g_autofree float *scratch = g_new0 (float, lathe_winograd_scratch (&c, BATCH));

  c.kernels = lathe_kernels ();
  lathe_winograd_weights (&c, pool, w, u);
  for (guint row = 0; row < BATCH * c.tiles_y; row += lathe_winograd_block (&c, BATCH))
    lathe_winograd_run (&c, x, u, row, MIN (lathe_winograd_block (&c, BATCH), BATCH * c.tiles_y - row), 0, OUT, y,
                        scratch);
  assert_close (y, BATCH * HEIGHT * WIDTH * OUT, pixel, x, w);
}

static void
test_weights (void)
{
  LatheWinograd c = convolution;
  g_autofree float *x = draw_numbers (BATCH * HEIGHT * WIDTH * IN, 1, TRUE);
  g_autofree float *dy = draw_numbers (BATCH * HEIGHT * WIDTH * OUT, 3, TRUE);
  g_autofree float *du = g_new0 (float, lathe_winograd_points (&c)), *dw = g_new0 (float, 9 * IN * OUT);
  g_autofree float *scratch = g_new0 (float, lathe_winograd_sum_scratch (&c));

  c.kernels = lathe_kernels ();
  lathe_winograd_sum (&c, x, dy, BATCH, du, FALSE, scratch);
  lathe_winograd_weights_gradient (&c, du, 0, IN * OUT, dw);
  assert_close (dw, 9 * IN * OUT, weight, x, dy);
}

/* Points of all samples first, some of these at a time, and then one part of the weights after the other. */
static void
test_weights_at_once (void)
{
  LatheWinograd c = convolution;
  g_autofree float *x = draw_numbers (BATCH * HEIGHT * WIDTH * IN, 1, TRUE);
  g_autofree float *dy = draw_numbers (BATCH * HEIGHT * WIDTH * OUT, 3, TRUE);
  g_autofree float *points = g_new0 (float, lathe_winograd_batch_points (&c, BATCH));
  g_autofree float *dw = g_new0 (float, 9 * IN * OUT);
  g_autofree float *pad = g_new0 (float, lathe_winograd_sum_scratch (&c));
  g_autofree float *scratch = g_new0 (float, lathe_winograd_part_scratch (&c));

  c.kernels = lathe_kernels ();
  lathe_winograd_keep_points (&c, x, dy, BATCH, 2, BATCH - 2, points, pad);
  lathe_winograd_keep_points (&c, x, dy, BATCH, 0, 2, points, pad);
  for (guint part = 0; part < lathe_winograd_n_parts (&c); part++)
    lathe_winograd_multiply_points (&c, points, BATCH, part, dw, scratch);
  assert_close (dw, 9 * IN * OUT, weight, x, dy);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/winograd/error/images", test_images);
  g_test_add_func ("/winograd/error/weights", test_weights);
  g_test_add_func ("/winograd/error/weights-at-once", test_weights_at_once);
  return g_test_run ();
}
