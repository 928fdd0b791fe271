/* test-kernels.c: every instruction set gives the generic row's answers, to the bit.
 *
 * Small whole numbers and their sums are exact in single precision, whatever the order; so a difference is a mistake
 * and never rounding. Optimisers are given factors that are powers of two: then only Adam's square root and quotient
 * round, which IEEE 754 does in one way. With the factors that people use, where a fused multiply-add rounds once
 * instead of twice, optimisers are compared within a few units in the last place; so are the activation functions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "kernel-checks.h"

#define N_SHAPES 2000

/* Some are so deep and so wide that a kernel does them in several pieces. */
static void
check_panel (const LatheKernels *kernels, Draws *draws)
{
  guint most = draw (draws, 0, 7) == 0 ? 10 : 1;
  LathePanel p = {
      .rows = draw (draws, 1, 40),
      .columns = draw (draws, 1, 70 * most),
      .segments = draw (draws, 1, 4),
      .depth = draw (draws, 1, 30 * most),
      .accumulate = draw (draws, 0, 1) == 1,
  };
  g_autofree LatheReal *a = NULL, *b = NULL, *c = NULL, *expected = NULL;
  gsize n_c;

  p.a_row = draw (draws, 1, 30);
  p.a_depth = draw (draws, 1, 5);
  p.a_segment = draw (draws, 1, 50);
  p.b_depth = p.columns + draw (draws, 0, 3);
  p.b_segment = draw (draws, 0, 1) == 1 ? p.depth * p.b_depth : 0;
  p.c_row = p.columns + draw (draws, 0, 3);
  n_c = p.rows * p.c_row;
  p.a = a = draw_numbers (draws, p.rows * p.a_row + p.segments * p.a_segment + p.depth * p.a_depth);
  p.b = b = draw_numbers (draws, p.segments * p.b_segment + p.depth * p.b_depth);
  c = draw_numbers (draws, n_c);
  expected = copy_numbers (c, n_c);
  p.c = expected;
  lathe_kernels_generic.panel (&p);
  p.c = c;
  kernels->panel (&p);
  assert_same (draws, c, expected, n_c);
}

/* --- Winograd's transforms: of whole numbers they are exact, but for those of the weights, which divide by 3 --- */

#define WINOGRAD_CHANNELS(draws) (16 * draw (draws, 1, 5))

/* A tile of side × side pixels to its points. */
static void
check_to_points (void (*kernel) (LatheReal *, gsize, const LatheReal *, gsize, gsize, guint),
                 void (*oracle) (LatheReal *, gsize, const LatheReal *, gsize, gsize, guint), guint side, Draws *draws)
{
  guint channels = WINOGRAD_CHANNELS (draws);
  gsize pixel = channels + draw (draws, 0, 3), row = side * pixel + draw (draws, 0, 9);
  gsize step = channels + draw (draws, 0, 9), n = 36 * step;
  g_autofree LatheReal *x = draw_numbers (draws, side * row);
  g_autofree LatheReal *points = draw_numbers (draws, n), *expected = copy_numbers (points, n);

  kernel (points, step, x, row, pixel, channels);
  oracle (expected, step, x, row, pixel, channels);
  assert_same (draws, points, expected, n);
}

static void
check_winograd_input (const LatheKernels *kernels, Draws *draws)
{
  check_to_points (kernels->winograd.input, lathe_kernels_generic.winograd.input, 6, draws);
}

static void
check_winograd_gradient (const LatheKernels *kernels, Draws *draws)
{
  check_to_points (kernels->winograd.gradient, lathe_kernels_generic.winograd.gradient, 4, draws);
}

static void
check_winograd_output (const LatheKernels *kernels, Draws *draws)
{
  guint channels = WINOGRAD_CHANNELS (draws), rows = draw (draws, 1, 4), columns = draw (draws, 1, 4);
  gsize pixel = channels + draw (draws, 0, 3), row = 4 * pixel + draw (draws, 0, 9), n = 4 * row;
  gsize step = channels + draw (draws, 0, 9);
  g_autofree LatheReal *m = draw_numbers (draws, 36 * step);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);

  kernels->winograd.output (y, row, pixel, rows, columns, m, step, channels);
  lathe_kernels_generic.winograd.output (expected, row, pixel, rows, columns, m, step, channels);
  assert_same (draws, y, expected, n);
}

/* Kernels side by side from one form to the other, of so many numbers each. */
static void
check_weights (void (*kernel) (LatheReal *, gsize, const LatheReal *, gsize, gsize),
               void (*oracle) (LatheReal *, gsize, const LatheReal *, gsize, gsize), guint from_numbers,
               guint to_numbers, Draws *draws)
{
  gsize n = WINOGRAD_CHANNELS (draws), from_step = n + draw (draws, 0, 9), to_step = n + draw (draws, 0, 9);
  g_autofree LatheReal *from = draw_numbers (draws, from_numbers * from_step);
  g_autofree LatheReal *to = draw_numbers (draws, to_numbers * to_step);
  g_autofree LatheReal *expected = copy_numbers (to, to_numbers * to_step);

  kernel (to, to_step, from, from_step, n);
  oracle (expected, to_step, from, from_step, n);
  assert_near (to, expected, to_numbers * to_step + GUARD);
  count_alive (draws, to, to_numbers * to_step);
}

static void
check_winograd_weights (const LatheKernels *kernels, Draws *draws)
{
  check_weights (kernels->winograd.weights, lathe_kernels_generic.winograd.weights, 9, 36, draws);
}

static void
check_winograd_weights_gradient (const LatheKernels *kernels, Draws *draws)
{
  check_weights (kernels->winograd.weights_gradient, lathe_kernels_generic.winograd.weights_gradient, 36, 9, draws);
}

/* At the edges windows hang over the ends of a row, which may be shorter than they are. */
static LatheDepthwise
draw_depthwise (Draws *draws, gboolean at_edges, gsize *n_x, gsize *n_w)
{
  guint apart = draw (draws, 1, 3), stride = draw (draws, 1, 3);
  LatheDepthwise g = {
      .width = draw (draws, 1, 20),
      .channels = draw (draws, 1, 150),
      .kernel_height = draw (draws, 0, 4),
      .kernel_width = draw (draws, 1, 5),
  };

  g.step = stride * g.channels;
  g.column = apart * g.channels;
  g.row = g.width * g.step + g.kernel_width * g.column;
  if (at_edges)
    {
      g.before = draw (draws, 0, (g.kernel_width - 1) * apart);
      g.pixels = draw (draws, 1, 24);
      g.width = MIN (g.width, (g.before + g.pixels - 1) / stride + 1);
      g.row = (gsize) g.pixels * g.channels;
    }
  g.w_row = (g.kernel_width + draw (draws, 0, 2)) * g.channels;
  *n_x = g.kernel_height * g.row;
  *n_w = g.kernel_height * g.w_row;
  return g;
}

static void
check_depthwise (const LatheKernels *kernels, Draws *draws)
{
  gsize n_x, n_w;
  LatheDepthwise g = draw_depthwise (draws, draw (draws, 0, 1), &n_x, &n_w);
  gsize n_y = (gsize) g.width * g.channels;
  g_autofree LatheReal *x = draw_numbers (draws, n_x), *w = draw_numbers (draws, n_w);
  g_autofree LatheReal *y = draw_numbers (draws, n_y), *expected = copy_numbers (y, n_y);

  lathe_kernels_generic.depthwise (expected, x, w, &g);
  kernels->depthwise (y, x, w, &g);
  assert_same (draws, y, expected, n_y);
}

static void
check_depthwise_weights (const LatheKernels *kernels, Draws *draws)
{
  gsize n_x, n_w;
  LatheDepthwise g = draw_depthwise (draws, FALSE, &n_x, &n_w);
  g_autofree LatheReal *x = draw_numbers (draws, n_x), *dy = draw_numbers (draws, (gsize) g.width * g.channels);
  g_autofree LatheReal *dw = draw_numbers (draws, n_w), *expected = copy_numbers (dw, n_w);

  lathe_kernels_generic.depthwise_weights (expected, x, dy, &g);
  kernels->depthwise_weights (dw, x, dy, &g);
  assert_same (draws, dw, expected, n_w);
}

static void
check_transpose (const LatheKernels *kernels, Draws *draws)
{
  guint rows = draw (draws, 1, 50), columns = draw (draws, 1, 50);
  gsize x_row = columns + draw (draws, 0, 3), y_row = rows + draw (draws, 0, 3), n = columns * y_row;
  g_autofree LatheReal *x = draw_numbers (draws, rows * x_row);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);

  lathe_kernels_generic.transpose (expected, y_row, x, x_row, rows, columns);
  kernels->transpose (y, y_row, x, x_row, rows, columns);
  assert_same (draws, y, expected, n);
}

static void
check_bias (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 20), columns = draw (draws, 1, 70), n = rows * columns;
  g_autofree LatheReal *bias = draw_numbers (draws, columns);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);
  gboolean relu = draw (draws, 0, 1) == 1;

  lathe_kernels_generic.bias (expected, bias, rows, columns, relu);
  kernels->bias (y, bias, rows, columns, relu);
  assert_same (draws, y, expected, n);
}

static void
check_column_sums (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 20), columns = draw (draws, 1, 70);
  g_autofree LatheReal *dy = draw_numbers (draws, rows * columns);
  g_autofree LatheReal *y = draw_numbers (draws, columns), *expected = copy_numbers (y, columns);

  lathe_kernels_generic.column_sums (expected, dy, rows, columns);
  kernels->column_sums (y, dy, rows, columns);
  assert_same (draws, y, expected, columns);
}

static void
check_column_squares (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 20), columns = draw (draws, 1, 70);
  g_autofree LatheReal *x = draw_numbers (draws, rows * columns);
  g_autofree LatheReal *mean = draw_numbers (draws, columns);
  g_autofree LatheReal *y = draw_numbers (draws, columns), *expected = copy_numbers (y, columns);

  lathe_kernels_generic.column_squares (expected, x, mean, rows, columns);
  kernels->column_squares (y, x, mean, rows, columns);
  assert_same (draws, y, expected, columns);
}

static void
check_column_products (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 20), columns = draw (draws, 1, 70);
  g_autofree LatheReal *dy = draw_numbers (draws, rows * columns);
  g_autofree LatheReal *x = draw_numbers (draws, rows * columns);
  g_autofree LatheReal *mean = draw_numbers (draws, columns);
  g_autofree LatheReal *y = draw_numbers (draws, columns), *expected = copy_numbers (y, columns);

  lathe_kernels_generic.column_products (expected, dy, x, mean, rows, columns);
  kernels->column_products (y, dy, x, mean, rows, columns);
  assert_same (draws, y, expected, columns);
}

static void
check_affine (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 20), columns = draw (draws, 1, 70), n = rows * columns;
  LatheReal limit = (LatheReal[]){0, 6, INFINITY}[draw (draws, 0, 2)];
  g_autofree LatheReal *x = draw_numbers (draws, n);
  g_autofree LatheReal *scale = draw_numbers (draws, columns);
  g_autofree LatheReal *shift = draw_numbers (draws, columns);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);

  lathe_kernels_generic.affine (expected, x, scale, shift, rows, columns, limit);
  kernels->affine (y, x, scale, shift, rows, columns, limit);
  assert_same (draws, y, expected, n);
  memcpy (y, x, n * sizeof *y);
  kernels->affine (y, y, scale, shift, rows, columns, limit);
  assert_same (draws, y, expected, n);
}

static void
check_affine_backward (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 20), columns = draw (draws, 1, 70), n = rows * columns;
  g_autofree LatheReal *dy = draw_numbers (draws, n);
  g_autofree LatheReal *x = draw_numbers (draws, n);
  g_autofree LatheReal *scale = draw_numbers (draws, columns);
  g_autofree LatheReal *slope = draw_numbers (draws, columns);
  g_autofree LatheReal *shift = draw_numbers (draws, columns);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);

  lathe_kernels_generic.affine_backward (expected, dy, x, scale, slope, shift, rows, columns);
  kernels->affine_backward (y, dy, x, scale, slope, shift, rows, columns);
  assert_same (draws, y, expected, n);
}

/* What takes no exponential is the same to the bit. */
static void
check_activation (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 20), columns = draw (draws, 1, 20), n = rows * columns;
  g_autofree LatheReal *x = draw_numbers (draws, n);
  g_autofree LatheReal *dy = draw_numbers (draws, n);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);

  for (guint i = LATHE_ACTIVATION_NONE + 1; i < LATHE_N_ACTIVATIONS; i++)
    for (guint way = 0; way < 2; way++)
      {
        const LatheFunction *oracle = &lathe_kernels_generic.activation[i], *ours = &kernels->activation[i];

        if (way == 0)
          {
            oracle->forward (expected, x, rows, columns, 0.25);
            ours->forward (y, x, rows, columns, 0.25);
          }
        else
          {
            oracle->backward (expected, x, dy, rows, columns, 0.25);
            ours->backward (y, x, dy, rows, columns, 0.25);
          }
        if (i == LATHE_ACTIVATION_RELU || i == LATHE_ACTIVATION_RELU6 || i == LATHE_ACTIVATION_LEAKY_RELU)
          assert_same (draws, y, expected, n);
        else
          assert_near (y, expected, n);
        g_assert_cmpmem (y + n, GUARD * sizeof *y, expected + n, GUARD * sizeof *y);
      }
}

static void
check_add (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 300);
  g_autofree LatheReal *x = draw_numbers (draws, n);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = copy_numbers (y, n);

  lathe_kernels_generic.add (expected, x, n);
  kernels->add (y, x, n);
  assert_same (draws, y, expected, n);
}

static LathePoolGeometry
draw_pool (Draws *draws, gsize *n_in, gsize *n_out)
{
  LathePoolGeometry g = {
      .channels = draw (draws, 1, 80),
      .output_width = draw (draws, 1, 9),
      .pool_height = draw (draws, 1, 3),
      .pool_width = draw (draws, 1, 3),
      .stride_width = draw (draws, 1, 4),
  };

  g.input_width = (g.output_width - 1) * g.stride_width + g.pool_width + draw (draws, 0, 2);
  *n_in = (gsize) g.pool_height * g.input_width * g.channels;
  *n_out = (gsize) g.output_width * g.channels;
  return g;
}

static void
check_max_pool (const LatheKernels *kernels, Draws *draws)
{
  gsize n_in, n_out;
  LathePoolGeometry g = draw_pool (draws, &n_in, &n_out);
  g_autofree LatheReal *x = draw_numbers (draws, n_in);
  g_autofree LatheReal *y = draw_numbers (draws, n_out), *expected = copy_numbers (y, n_out);

  lathe_kernels_generic.max_pool (expected, x, &g);
  kernels->max_pool (y, x, &g);
  assert_same (draws, y, expected, n_out);
}

static void
check_max_pool_backward (const LatheKernels *kernels, Draws *draws)
{
  gsize n_in, n_out;
  LathePoolGeometry g = draw_pool (draws, &n_in, &n_out);
  g_autofree LatheReal *x = draw_numbers (draws, n_in), *y = draw_numbers (draws, n_out);
  g_autofree LatheReal *dy = draw_numbers (draws, n_out);
  g_autofree LatheReal *dx = draw_numbers (draws, n_in), *expected = copy_numbers (dx, n_in);

  lathe_kernels_generic.max_pool (y, x, &g);
  lathe_kernels_generic.max_pool_backward (expected, x, y, dy, &g);
  kernels->max_pool_backward (dx, x, y, dy, &g);
  assert_same (draws, dx, expected, n_in);
}

static void
check_max_pool_places (const LatheKernels *kernels, Draws *draws)
{
  gsize n_in, n_out;
  LathePoolGeometry g = draw_pool (draws, &n_in, &n_out);
  g_autofree LatheReal *x = draw_numbers (draws, n_in), *largest = draw_numbers (draws, n_out);
  g_autofree LatheReal *y = draw_numbers (draws, n_out), *expected = copy_numbers (y, n_out);
  g_autofree guint8 *place = g_new0 (guint8, n_out + GUARD), *expected_place = g_new0 (guint8, n_out + GUARD);
  gboolean relu = draw (draws, 0, 1) == 1;

  lathe_kernels_generic.max_pool_places (expected, expected_place, x, &g, relu);
  kernels->max_pool_places (y, place, x, &g, relu);
  assert_same (draws, y, expected, n_out);
  g_assert_cmpmem (place, n_out + GUARD, expected_place, n_out + GUARD);
  lathe_kernels_generic.max_pool (largest, x, &g);
  g_assert_cmpmem (largest, n_out * sizeof *largest, expected, n_out * sizeof *expected);
}

/* Row by row it is the gradient that the other way finds, and what no window covers stays as it was. */
static void
check_max_pool_from_places (const LatheKernels *kernels, Draws *draws)
{
  gsize n_in, n_out;
  LathePoolGeometry g = draw_pool (draws, &n_in, &n_out);
  g_autofree LatheReal *x = NULL, *y = NULL, *dy = NULL, *dx = NULL, *expected = NULL;
  g_autofree guint8 *place = NULL;

  g.stride_width = MAX (g.stride_width, g.pool_width);
  g.input_width = g.output_width * g.stride_width;
  n_in = (gsize) g.pool_height * g.input_width * g.channels;
  x = draw_numbers (draws, n_in);
  y = draw_numbers (draws, n_out);
  dy = draw_numbers (draws, n_out);
  place = g_new0 (guint8, n_out);
  dx = g_new0 (LatheReal, n_in + GUARD);
  expected = g_new0 (LatheReal, n_in + GUARD);
  lathe_kernels_generic.max_pool_places (y, place, x, &g, FALSE);
  lathe_kernels_generic.max_pool_backward (expected, x, y, dy, &g);
  for (guint row = 0; row < g.pool_height; row++)
    kernels->max_pool_from_places (dx + (gsize) row * g.input_width * g.channels, dy, place, &g, row);
  for (gsize i = 0; i < n_in; i++)
    g_assert_cmpfloat (dx[i], ==, expected[i]);
  for (gsize i = 0; i < GUARD; i++)
    g_assert_cmpfloat (dx[n_in + i], ==, 0);
  for (gsize i = 0; i < n_out; i++)
    draws->alive += place[i] != 0;
  draws->n += n_out;
}

/* --- All of them --- */

#define CHECK_WINOGRAD(kernel)                                                                                         \
  {                                                                                                                    \
    "/kernels/winograd-" #kernel, G_STRUCT_OFFSET (LatheKernels, winograd.kernel), check_winograd_##kernel             \
  }

#define CHECK_BYTES(kernel)                                                                                            \
  {                                                                                                                    \
    "/kernels/bytes-" #kernel, G_STRUCT_OFFSET (LatheKernels, bytes.kernel), check_byte_##kernel                       \
  }

#define CHECK(kernel)                                                                                                  \
  {                                                                                                                    \
    "/kernels/" #kernel, G_STRUCT_OFFSET (LatheKernels, kernel), check_##kernel                                        \
  }

static const struct
{
  const char *path;
  gsize offset; /* of the function in the table */
  void (*check) (const LatheKernels *kernels, Draws *draws);
} checks[] = {
    CHECK (panel),
    CHECK_WINOGRAD (input),
    CHECK_WINOGRAD (output),
    CHECK_WINOGRAD (gradient),
    CHECK_WINOGRAD (weights),
    CHECK_WINOGRAD (weights_gradient),
    CHECK_BYTES (panel),
    CHECK_BYTES (depthwise),
    CHECK_BYTES (points),
    CHECK_BYTES (products),
    CHECK_BYTES (result),
    CHECK_BYTES (add),
    CHECK_BYTES (largest),
    CHECK_BYTES (sums),
    CHECK_BYTES (quantise),
    CHECK_BYTES (dequantise),
    CHECK (depthwise),
    CHECK (depthwise_weights),
    CHECK (transpose),
    CHECK (bias),
    CHECK (column_sums),
    CHECK (column_squares),
    CHECK (column_products),
    CHECK (affine),
    CHECK (affine_backward),
    CHECK (activation),
    CHECK (add),
    CHECK (max_pool),
    CHECK (max_pool_backward),
    CHECK (max_pool_places),
    CHECK (max_pool_from_places),
    CHECK (sgd),
    CHECK (momentum),
    CHECK (adam),
    CHECK (nesterov),
    CHECK (adagrad),
    CHECK (rmsprop),
    CHECK (lion),
    CHECK (square_sum),
    CHECK (clip),
    CHECK (scale),
    CHECK (average),
};

static void
test_check (gconstpointer data)
{
  guint n_available;
  const LatheKernels *const *available = lathe_kernels_available (&n_available);

  for (guint i = 1; i < n_available; i++)
    {
      gsize alive = 0, n = 0;

      for (guint shape = 0; shape < N_SHAPES; shape++)
        {
          Draws draws = {.rng = lathe_rng (shape, LATHE_RNG_AUGMENT, 1, 0)};

          checks[GPOINTER_TO_UINT (data)].check (available[i], &draws);
          alive += draws.alive;
          n += draws.n;
        }
      g_assert_cmpuint (10 * alive, >=, 3 * n);
    }
}

static void
test_the_largest_sums_of_bytes_fit (void)
{
  guint n_available;
  const LatheKernels *const *available = lathe_kernels_available (&n_available);

  for (guint i = 0; i < n_available; i++)
    {
      check_byte_extremes (available[i], 127);
      check_byte_extremes (available[i], -127);
    }
}

static void
test_each_kernel_is_checked (void)
{
  for (gsize offset = G_STRUCT_OFFSET (LatheKernels, panel); offset < sizeof (LatheKernels); offset += sizeof (void *))
    {
      guint n = 0;

      if (offset == G_STRUCT_OFFSET (LatheKernels, bytes.winograd_channels)) /* which is no kernel */
        continue;
      for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
        n += checks[i].offset == offset;
      g_assert_cmpuint (n, ==, 1);
    }
}

/* The oracle itself, against the definition. */
static void
test_generic_panel_is_the_sum (void)
{
  LatheReal a[] = {1, 2, 3, 4, 5, 6}, b[] = {1, 10, 2, 20, 3, 30, 4, 40}, c[4] = {100, 100, 100, 100};
  LathePanel p = {.rows = 2,
                  .columns = 2,
                  .segments = 2,
                  .depth = 2,
                  .a = a,
                  .a_row = 1,
                  .a_segment = 3,
                  .a_depth = 1,
                  .b = b,
                  .b_segment = 4,
                  .b_depth = 2,
                  .c = c,
                  .c_row = 2,
                  .accumulate = TRUE};

  lathe_kernels_generic.panel (&p);
  g_assert_cmpfloat (c[0], ==, 100 + 1 * 1 + 2 * 2 + 4 * 3 + 5 * 4);
  g_assert_cmpfloat (c[1], ==, 100 + 1 * 10 + 2 * 20 + 4 * 30 + 5 * 40);
  g_assert_cmpfloat (c[2], ==, 100 + 2 * 1 + 3 * 2 + 5 * 3 + 6 * 4);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/each", test_each_kernel_is_checked);
  g_test_add_func ("/kernels/byte-extremes", test_the_largest_sums_of_bytes_fit);
  g_test_add_func ("/kernels/generic-panel", test_generic_panel_is_the_sum);
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    g_test_add_data_func (checks[i].path, GUINT_TO_POINTER (i), test_check);
  return g_test_run ();
}
