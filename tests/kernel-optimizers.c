/* kernel-optimizers.c: the steps of the optimisers, row against row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "kernel-checks.h"

/* Whose step it is: weights, gradient, and the state behind each weight. */
typedef struct
{
  gsize n;
  LatheReal *w, *g, *m, *v;
} Weights;

static Weights
draw_weights (Draws *draws)
{
  gsize n = draw (draws, 1, 300);
  Weights weights = {n, draw_numbers (draws, n), draw_numbers (draws, n), draw_numbers (draws, n),
                     draw_numbers (draws, n)};

  for (gsize i = 0; i < n; i++)
    weights.v[i] *= weights.v[i];
  return weights;
}

static Weights
copy_weights (const Weights *from)
{
  return (Weights){from->n, copy_numbers (from->w, from->n), copy_numbers (from->g, from->n),
                   copy_numbers (from->m, from->n), copy_numbers (from->v, from->n)};
}

static void
clear_weights (Weights *weights)
{
  g_free (weights->w);
  g_free (weights->g);
  g_free (weights->m);
  g_free (weights->v);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Weights, clear_weights)

/* One step of each row, with factors that are exact or not. */
typedef void (*Step) (const LatheKernels *kernels, const Weights *weights, gboolean exact);

static void
check_step (const LatheKernels *kernels, Draws *draws, Step step)
{
  for (guint exact = 0; exact < 2; exact++)
    {
      g_auto (Weights) ours = draw_weights (draws), expected = copy_weights (&ours);
      LatheReal *pairs[][2] = {{ours.w, expected.w}, {ours.m, expected.m}, {ours.v, expected.v}};

      step (&lathe_kernels_generic, &expected, exact);
      step (kernels, &ours, exact);
      for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
        if (exact)
          assert_same (draws, pairs[i][0], pairs[i][1], ours.n);
        else
          assert_near (pairs[i][0], pairs[i][1], ours.n);
    }
}

static void
step_sgd (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  kernels->sgd (weights->w, weights->g, weights->n, exact ? 2 : 0.01);
}

static void
step_momentum (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  kernels->momentum (weights->w, weights->g, weights->m, weights->n, exact ? 0.25 : 0.01, exact ? 0.5 : 0.9);
}

static void
step_adam (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  static const LatheAdamStep usual = {0.9, 0.999, 1e-8, 0.01, 1.5, .decay = 0.01};
  static const LatheAdamStep powers = {0.5, 0.75, 0x1p-10, 0.25, 2, .decay = 0.125};

  kernels->adam (weights->w, weights->g, weights->m, weights->v, weights->n, exact ? &powers : &usual);
}

static void
step_nesterov (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  kernels->nesterov (weights->w, weights->g, weights->m, weights->n, exact ? 0.25 : 0.01, exact ? 0.5 : 0.9);
}

static void
step_adagrad (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  kernels->adagrad (weights->w, weights->g, weights->v, weights->n, exact ? 0.25 : 0.01, exact ? 0x1p-10 : 1e-8);
}

static void
step_rmsprop (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  kernels->rmsprop (weights->w, weights->g, weights->v, weights->n, exact ? 0.25 : 0.01, exact ? 0.75 : 0.99,
                    exact ? 0x1p-10 : 1e-8);
}

/* The sign of a direction is right only where the direction is exact. */
static void
step_lion (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  static const LatheLionStep powers = {0.5, 0.75, 0.25, .decay = 0.125};

  kernels->lion (weights->w, weights->g, weights->m, weights->n, &powers);
}

static void
step_clip (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  kernels->clip (weights->w, weights->n, exact ? 2 : 0.3);
}

static void
step_scale (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  kernels->scale (weights->w, weights->n, exact ? -0.5 : 0.3);
}

static void
step_average (const LatheKernels *kernels, const Weights *weights, gboolean exact)
{
  kernels->average (weights->w, weights->g, weights->n, exact ? 0.25 : 0.01);
}

void
check_sgd (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_sgd);
}

void
check_momentum (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_momentum);
}

void
check_adam (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_adam);
}

void
check_nesterov (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_nesterov);
}

void
check_adagrad (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_adagrad);
}

void
check_rmsprop (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_rmsprop);
}

void
check_lion (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_lion);
}

void
check_clip (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_clip);
}

void
check_scale (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_scale);
}

void
check_average (const LatheKernels *kernels, Draws *draws)
{
  check_step (kernels, draws, step_average);
}

/* A sum that is no small whole number is the same to the bit all the same, as its order is laid down; and what is not
 * finite shows, wherever it stands. */
void
check_square_sum (const LatheKernels *kernels, Draws *draws)
{
  gsize n = draw (draws, 1, 300);
  g_autofree LatheReal *x = draw_numbers (draws, n);
  guint place = draw (draws, 0, (guint) n - 1);
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) x[i] * x[i];
  g_assert_cmpfloat (kernels->square_sum (x, n), ==, sum);
  g_assert_cmpfloat (lathe_kernels_generic.square_sum (x, n), ==, sum);
  draws->alive += sum != 0;
  draws->n++;
  for (gsize i = 0; i < n; i++)
    x[i] = (LatheReal) (1 + draw (draws, 0, 1000000) * 1e-7);
  g_assert_cmpfloat (kernels->square_sum (x, n), ==, lathe_kernels_generic.square_sum (x, n));
  x[place] = draw (draws, 0, 1) == 1 ? NAN : -INFINITY;
  g_assert_false (isfinite (kernels->square_sum (x, n)));
}
