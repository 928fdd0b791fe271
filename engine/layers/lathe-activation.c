/* lathe-activation.c: activation functions, as layers of their own and as a property of others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-activation.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-kinds.h"

const char *const lathe_activation_names[] = {N_ ("none"), N_ ("relu"), N_ ("sigmoid"), N_ ("softmax"), NULL};

/**
 * lathe_activation_title:
 *
 * Returns: what people call it: "ReLU"; NULL for none
 */
const char *
lathe_activation_title (LatheActivation activation)
{
  static const char *const titles[] = {NULL, N_ ("ReLU"), N_ ("Sigmoid"), N_ ("Softmax")};

  return titles[activation] != NULL ? _ (titles[activation]) : NULL;
}

/**
 * lathe_activation_initialiser:
 *
 * Returns: the initialiser that keeps the variance of what flows through a layer with this activation
 */
LatheInitialiser
lathe_activation_initialiser (LatheActivation activation)
{
  return activation == LATHE_ACTIVATION_RELU ? LATHE_INITIALISER_HE_UNIFORM : LATHE_INITIALISER_GLOROT_UNIFORM;
}

/* Written so that the exponential never overflows. */
static void
sigmoid (LatheReal *y, const LatheReal *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      LatheReal e = (LatheReal) exp (-fabs ((double) x[i]));

      y[i] = x[i] >= 0 ? 1 / (1 + e) : e / (1 + e);
    }
}

static void
sigmoid_backward (LatheReal *dx, const LatheReal *y, const LatheReal *dy, gsize n)
{
  for (gsize i = 0; i < n; i++)
    dx[i] = dy[i] * y[i] * (1 - y[i]);
}

static void
softmax (LatheReal *y, const LatheReal *x, gsize columns)
{
  LatheReal largest = x[0];
  double sum = 0;

  for (gsize i = 1; i < columns; i++)
    largest = MAX (largest, x[i]);
  for (gsize i = 0; i < columns; i++)
    sum += y[i] = (LatheReal) exp ((double) (x[i] - largest));
  for (gsize i = 0; i < columns; i++)
    y[i] = (LatheReal) (y[i] / sum);
}

/* dx = y ∘ (dy - ⟨dy, y⟩) */
static void
softmax_backward (LatheReal *dx, const LatheReal *y, const LatheReal *dy, gsize columns)
{
  double dot = 0;

  for (gsize i = 0; i < columns; i++)
    dot += (double) dy[i] * y[i];
  for (gsize i = 0; i < columns; i++)
    dx[i] = (LatheReal) (y[i] * (dy[i] - dot));
}

void
lathe_activation_forward (LatheActivation activation, const LatheKernels *kernels, LatheReal *y, const LatheReal *x,
                          gsize rows, gsize columns)
{
  switch (activation)
    {
    case LATHE_ACTIVATION_NONE:
      break;
    case LATHE_ACTIVATION_RELU:
      kernels->relu (y, x, rows * columns);
      break;
    case LATHE_ACTIVATION_SIGMOID:
      sigmoid (y, x, rows * columns);
      break;
    case LATHE_ACTIVATION_SOFTMAX:
      for (gsize row = 0; row < rows; row++)
        softmax (y + row * columns, x + row * columns, columns);
      break;
    }
}

void
lathe_activation_backward (LatheActivation activation, const LatheKernels *kernels, LatheReal *dx, const LatheReal *y,
                           const LatheReal *dy, gsize rows, gsize columns)
{
  switch (activation)
    {
    case LATHE_ACTIVATION_NONE:
      break;
    case LATHE_ACTIVATION_RELU:
      kernels->relu_backward (dx, y, dy, rows * columns);
      break;
    case LATHE_ACTIVATION_SIGMOID:
      sigmoid_backward (dx, y, dy, rows * columns);
      break;
    case LATHE_ACTIVATION_SOFTMAX:
      for (gsize row = 0; row < rows; row++)
        softmax_backward (dx + row * columns, y + row * columns, dy + row * columns, columns);
      break;
    }
}

/* --- As layers: one tile a sample --- */

/* The layer is called like the activation. */
static LatheActivation
activation_of (const LatheStep *step)
{
  LatheActivation activation = LATHE_ACTIVATION_SOFTMAX;

  while (activation != LATHE_ACTIVATION_NONE && !g_str_equal (lathe_activation_names[activation], step->kind->name))
    activation--;
  return activation;
}

static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), at = sample * size;
  gsize columns = step->output.dim[step->output.rank - 1];

  lathe_activation_forward (activation_of (step), step->kernels, step->y + at, step->x[0] + at, size / columns,
                            columns);
}

static void
backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), at = sample * size;
  gsize columns = step->output.dim[step->output.rank - 1];

  lathe_activation_backward (activation_of (step), step->kernels, step->dx[0] + at, step->y + at, step->dy + at,
                             size / columns, columns);
}

static void
forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, backward_tile, step);
}

static gboolean
same_shape (const LatheProperties *properties, const LatheShape *inputs, guint n_inputs, LatheShape *output,
            GError **error)
{
  *output = inputs[0];
  return TRUE;
}

const LatheLayerKind lathe_layer_relu = {
    .name = "relu",
    .title = N_ ("ReLU"),
    .help = N_ ("Lets what is positive pass and turns the rest to zero."),
    .group = LATHE_LAYER_GROUP_ACTIVATION,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = same_shape,
    .forward = forward,
    .backward = backward,
};

const LatheLayerKind lathe_layer_sigmoid = {
    .name = "sigmoid",
    .title = N_ ("Sigmoid"),
    .help = N_ ("Squeezes each number into the range from 0 to 1: the probability of a yes."),
    .group = LATHE_LAYER_GROUP_ACTIVATION,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = same_shape,
    .forward = forward,
    .backward = backward,
};

const LatheLayerKind lathe_layer_softmax = {
    .name = "softmax",
    .title = N_ ("Softmax"),
    .help = N_ ("Turns the last dimension into probabilities that add up to 1: one for each class."),
    .group = LATHE_LAYER_GROUP_ACTIVATION,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = same_shape,
    .forward = forward,
    .backward = backward,
};
