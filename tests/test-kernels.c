/* test-kernels.c: every instruction set gives the generic row's answers, to the bit, on whole numbers.
 *
 * Small whole numbers and their sums are exact in single precision, whatever the order; so a difference is a mistake
 * and never rounding. Only the optimisers divide; they are compared within a few units in the last place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "kernels/lathe-kernels.h"
#include "lathe.h"

#define N_SHAPES 400
#define GUARD 64 /* numbers behind each output that must not change */

/* Draws of one case, in order. */
typedef struct
{
  LatheRng rng;
  guint32 index;
} Draws;

static guint
draw (Draws *draws, guint least, guint most)
{
  return least + lathe_rng_below (&draws->rng, draws->index++, most - least + 1);
}

static LatheReal *
draw_numbers (Draws *draws, gsize n)
{
  LatheReal *numbers = g_new (LatheReal, n + GUARD);

  for (gsize i = 0; i < n + GUARD; i++)
    numbers[i] = (LatheReal) draw (draws, 0, 8) - 4;
  return numbers;
}

/* Most of an answer that is all zeros would be right by luck. */
static void
assert_alive (const LatheReal *numbers, gsize n)
{
  gsize alive = 0;

  for (gsize i = 0; i < n; i++)
    alive += numbers[i] != 0;
  g_assert_cmpuint (10 * alive, >=, 3 * n);
}

static void
assert_same (const LatheReal *a, const LatheReal *b, gsize n)
{
  g_assert_cmpmem (a, (n + GUARD) * sizeof *a, b, (n + GUARD) * sizeof *b);
}

static void
check_panel (const LatheKernels *kernels, Draws *draws)
{
  LathePanel p = {
      .rows = draw (draws, 1, 40),
      .columns = draw (draws, 1, 70),
      .segments = draw (draws, 1, 4),
      .depth = draw (draws, 1, 20),
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
  expected = g_memdup2 (c, (n_c + GUARD) * sizeof *c);
  p.c = expected;
  lathe_kernels_generic.panel (&p);
  p.c = c;
  kernels->panel (&p);
  assert_same (c, expected, n_c);
  assert_alive (c, n_c);
}

static void
check_depthwise (const LatheKernels *kernels, Draws *draws)
{
  LatheDepthwise g = {
      .width = draw (draws, 1, 9),
      .channels = draw (draws, 1, 150),
      .kernel_height = draw (draws, 1, 4),
      .kernel_width = draw (draws, 1, 4),
  };
  gsize n_y = (gsize) g.width * g.channels, n_w = (gsize) g.kernel_height * g.kernel_width * g.channels, n_x;
  g_autofree LatheReal *x = NULL, *w = draw_numbers (draws, n_w), *y = draw_numbers (draws, n_y);
  g_autofree LatheReal *expected = g_memdup2 (y, (n_y + GUARD) * sizeof *y), *dw = draw_numbers (draws, n_w);
  g_autofree LatheReal *expected_dw = g_memdup2 (dw, (n_w + GUARD) * sizeof *dw);

  g.step = draw (draws, 1, 3) * g.channels;
  g.column = draw (draws, 1, 3) * g.channels;
  g.row = g.width * g.step + g.kernel_width * g.column;
  n_x = g.kernel_height * g.row;
  x = draw_numbers (draws, n_x);
  lathe_kernels_generic.depthwise (expected, x, w, &g);
  kernels->depthwise (y, x, w, &g);
  assert_same (y, expected, n_y);
  assert_alive (y, n_y);
  lathe_kernels_generic.depthwise_weights (expected_dw, x, y, &g);
  kernels->depthwise_weights (dw, x, y, &g);
  assert_same (dw, expected_dw, n_w);
}

static void
check_rows (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 20), columns = draw (draws, 1, 70), n = rows * columns;
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = g_memdup2 (y, (n + GUARD) * sizeof *y);
  g_autofree LatheReal *bias = draw_numbers (draws, columns),
                       *sums = g_memdup2 (bias, (columns + GUARD) * sizeof *bias);
  gboolean relu = draw (draws, 0, 1) == 1;

  lathe_kernels_generic.bias (expected, bias, rows, columns, relu);
  kernels->bias (y, bias, rows, columns, relu);
  assert_same (y, expected, n);
  lathe_kernels_generic.column_sums (bias, y, rows, columns);
  kernels->column_sums (sums, y, rows, columns);
  assert_same (sums, bias, columns);
}

static void
check_columns (const LatheKernels *kernels, Draws *draws)
{
  gsize rows = draw (draws, 1, 20), columns = draw (draws, 1, 70), n = rows * columns;
  g_autofree LatheReal *x = draw_numbers (draws, n), *dy = draw_numbers (draws, n);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = g_memdup2 (y, (n + GUARD) * sizeof *y);
  g_autofree LatheReal *mean = draw_numbers (draws, columns), *scale = draw_numbers (draws, columns);
  g_autofree LatheReal *slope = draw_numbers (draws, columns), *shift = draw_numbers (draws, columns);
  g_autofree LatheReal *sums = draw_numbers (draws, columns);
  g_autofree LatheReal *expected_sums = g_memdup2 (sums, (columns + GUARD) * sizeof *sums);

  lathe_kernels_generic.column_squares (expected_sums, x, mean, rows, columns);
  kernels->column_squares (sums, x, mean, rows, columns);
  assert_same (sums, expected_sums, columns);
  lathe_kernels_generic.column_products (expected_sums, dy, x, mean, rows, columns);
  kernels->column_products (sums, dy, x, mean, rows, columns);
  assert_same (sums, expected_sums, columns);
  lathe_kernels_generic.affine (expected, x, scale, shift, rows, columns);
  kernels->affine (y, x, scale, shift, rows, columns);
  assert_same (y, expected, n);
  lathe_kernels_generic.affine_backward (expected, dy, x, scale, slope, shift, rows, columns);
  kernels->affine_backward (y, dy, x, scale, slope, shift, rows, columns);
  assert_same (y, expected, n);
}

static void
check_elements (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 300);
  g_autofree LatheReal *x = draw_numbers (draws, n), *dy = draw_numbers (draws, n);
  g_autofree LatheReal *y = draw_numbers (draws, n), *expected = g_memdup2 (y, (n + GUARD) * sizeof *y);

  lathe_kernels_generic.relu (expected, x, n);
  kernels->relu (y, x, n);
  assert_same (y, expected, n);
  lathe_kernels_generic.relu_backward (expected, x, dy, n);
  kernels->relu_backward (y, x, dy, n);
  assert_same (y, expected, n);
  lathe_kernels_generic.add (expected, dy, n);
  kernels->add (y, dy, n);
  assert_same (y, expected, n);
  lathe_kernels_generic.sgd (expected, x, n, 2);
  kernels->sgd (y, x, n, 2);
  assert_same (y, expected, n);
}

static void
check_max_pool (const LatheKernels *kernels, Draws *draws)
{
  LathePoolGeometry g = {
      .channels = draw (draws, 1, 80),
      .output_width = draw (draws, 1, 9),
      .pool_height = draw (draws, 1, 3),
      .pool_width = draw (draws, 1, 3),
      .stride_width = draw (draws, 1, 4),
  };
  gsize n_in, n_out = (gsize) g.output_width * g.channels;
  g_autofree LatheReal *x = NULL, *y = NULL, *expected = NULL, *dx = NULL, *expected_dx = NULL, *dy = NULL;

  g.input_width = (g.output_width - 1) * g.stride_width + g.pool_width + draw (draws, 0, 2);
  n_in = (gsize) g.pool_height * g.input_width * g.channels;
  x = draw_numbers (draws, n_in);
  dy = draw_numbers (draws, n_out);
  dx = draw_numbers (draws, n_in);
  expected_dx = g_memdup2 (dx, (n_in + GUARD) * sizeof *dx);
  y = draw_numbers (draws, n_out);
  expected = g_memdup2 (y, (n_out + GUARD) * sizeof *y);
  lathe_kernels_generic.max_pool (expected, x, &g);
  kernels->max_pool (y, x, &g);
  assert_same (y, expected, n_out);
  lathe_kernels_generic.max_pool_backward (expected_dx, x, y, dy, &g);
  kernels->max_pool_backward (dx, x, y, dy, &g);
  assert_same (dx, expected_dx, n_in);
}

static void
assert_near (const LatheReal *a, const LatheReal *b, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (a[i], b[i], 1e-6 * fmax (1, fabs ((double) b[i])));
}

static void
check_optimizers (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 300), bytes = (n + GUARD) * sizeof (LatheReal);
  g_autofree LatheReal *w = draw_numbers (draws, n), *m = draw_numbers (draws, n), *v = draw_numbers (draws, n);
  g_autofree LatheReal *g = draw_numbers (draws, n);
  g_autofree LatheReal *w2 = NULL, *m2 = NULL, *v2 = NULL;
  LatheAdamStep step = {0.9, 0.999, 1e-8, 0.01, 1.5};

  for (gsize i = 0; i < n; i++)
    v[i] = v[i] * v[i];
  w2 = g_memdup2 (w, bytes);
  m2 = g_memdup2 (m, bytes);
  v2 = g_memdup2 (v, bytes);
  lathe_kernels_generic.adam (w, g, m, v, n, &step);
  kernels->adam (w2, g, m2, v2, n, &step);
  assert_near (w2, w, n);
  assert_near (m2, m, n);
  assert_near (v2, v, n);
  lathe_kernels_generic.momentum (w, g, m, n, 0.01, 0.9);
  kernels->momentum (w2, g, m2, n, 0.01, 0.9);
  assert_near (w2, w, n);
  assert_near (m2, m, n);
}

static void
check_new_optimizers (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 300), bytes = (n + GUARD) * sizeof (LatheReal);
  g_autofree LatheReal *w = draw_numbers (draws, n), *m = draw_numbers (draws, n), *v = draw_numbers (draws, n);
  g_autofree LatheReal *g = draw_numbers (draws, n);
  g_autofree LatheReal *w2 = g_memdup2 (w, bytes), *m2 = g_memdup2 (m, bytes), *v2 = NULL;
  LatheAdamStep adamw = {0.9, 0.999, 1e-8, 0.01, 1.5, .decay = 0.125};
  LatheLionStep lion = {0.5, 0.75, 0.25, .decay = 0.125}; /* the sign of a direction is exact */

  for (gsize i = 0; i < n; i++)
    v[i] = v[i] * v[i] + 1;
  v2 = g_memdup2 (v, bytes);
  lathe_kernels_generic.lion (w, g, m, n, &lion);
  kernels->lion (w2, g, m2, n, &lion);
  assert_same (w2, w, n);
  assert_same (m2, m, n);
  lathe_kernels_generic.nesterov (w, g, m, n, 0.01, 0.9);
  kernels->nesterov (w2, g, m2, n, 0.01, 0.9);
  lathe_kernels_generic.adagrad (w, g, v, n, 0.01, 1e-8);
  kernels->adagrad (w2, g, v2, n, 0.01, 1e-8);
  lathe_kernels_generic.rmsprop (w, g, v, n, 0.01, 0.99, 1e-8);
  kernels->rmsprop (w2, g, v2, n, 0.01, 0.99, 1e-8);
  lathe_kernels_generic.adam (w, g, m, v, n, &adamw);
  kernels->adam (w2, g, m2, v2, n, &adamw);
  assert_near (w2, w, n);
  assert_near (m2, m, n);
  assert_near (v2, v, n);
  g_assert_cmpmem (w + n, GUARD * sizeof *w, w2 + n, GUARD * sizeof *w2);
}

static void
check_gradient (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 300);
  g_autofree LatheReal *x = draw_numbers (draws, n), *a = draw_numbers (draws, n);
  g_autofree LatheReal *x2 = g_memdup2 (x, (n + GUARD) * sizeof *x), *a2 = g_memdup2 (a, (n + GUARD) * sizeof *a);
  guint place = draw (draws, 0, (guint) n - 1);
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) x[i] * x[i];
  g_assert_cmpfloat (kernels->square_sum (x, n), ==, sum);
  g_assert_cmpfloat (lathe_kernels_generic.square_sum (x, n), ==, sum);
  lathe_kernels_generic.clip (x, n, 2);
  kernels->clip (x2, n, 2);
  assert_same (x2, x, n);
  lathe_kernels_generic.average (a, x, n, 0.25);
  kernels->average (a2, x, n, 0.25);
  assert_same (a2, a, n);
  lathe_kernels_generic.scale (x, n, -0.5);
  kernels->scale (x2, n, -0.5);
  assert_same (x2, x, n);
  for (gsize i = 0; i < n; i++)
    x[i] = (LatheReal) (1 + draw (draws, 0, 1000000) * 1e-7);
  g_assert_cmpfloat (kernels->square_sum (x, n), ==, lathe_kernels_generic.square_sum (x, n)); /* to the bit */
  x[place] = draw (draws, 0, 1) == 1 ? NAN : -INFINITY;
  g_assert_false (isfinite (kernels->square_sum (x, n)));
}

typedef void (*Check) (const LatheKernels *kernels, Draws *draws);

static void
test_check (gconstpointer data)
{
  guint n_available;
  const LatheKernels *const *available = lathe_kernels_available (&n_available);

  for (guint i = 1; i < n_available; i++)
    for (guint shape = 0; shape < N_SHAPES; shape++)
      {
        Draws draws = {.rng = lathe_rng (shape, LATHE_RNG_AUGMENT, i, 0)};

        (*(const Check *) data) (available[i], &draws);
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
  static const struct
  {
    const char *path;
    Check check;
  } checks[] = {
      {"/kernels/panel", check_panel},           {"/kernels/rows", check_rows},
      {"/kernels/elements", check_elements},     {"/kernels/max-pool", check_max_pool},
      {"/kernels/columns", check_columns},       {"/kernels/depthwise", check_depthwise},
      {"/kernels/optimizers", check_optimizers}, {"/kernels/new-optimizers", check_new_optimizers},
      {"/kernels/gradient", check_gradient},
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/generic-panel", test_generic_panel_is_the_sum);
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    g_test_add_data_func (checks[i].path, &checks[i].check, test_check);
  return g_test_run ();
}
