/* lathe-multiply.c: the product of two branches, number by number. Of an image h×w×c the second may have one number a
 * channel, which then weighs every pixel: the gate of a squeeze-and-excitation block (Hu et al. 2018).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-kinds.h"
#include "lathe-step.h"

/* One number a channel: c, or 1×1×c. */
static gboolean
is_gate (const LatheShape *gate, const LatheShape *image)
{
  return image->rank == 3 && gate->dim[gate->rank - 1] == image->dim[2] && lathe_shape_size (gate) == image->dim[2];
}

static gboolean
multiply_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                GError **error)
{
  g_autofree char *first = NULL, *second = NULL;

  *output = inputs[0];
  if (lathe_shape_equal (&inputs[0], &inputs[1]) || is_gate (&inputs[1], &inputs[0]))
    return TRUE;
  first = lathe_shape_to_string (&inputs[0]);
  second = lathe_shape_to_string (&inputs[1]);
  if (is_gate (&inputs[0], &inputs[1]))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                 _ ("needs the image as its first input and one number a channel as its second, gets %s and %s: "
                    "swap them"),
                 first, second);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                 _ ("needs two inputs of one shape, or an image and one number a channel, gets %s and %s"), first,
                 second);
  return FALSE;
}

static guint64
multiply_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return lathe_shape_size (output);
}

/* A tile is a sample, both ways. Rows of `columns` numbers meet the second input's: one row, used again and again, or
 * as many. */
static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), columns = lathe_shape_size (&step->input[1]);
  const LatheReal *restrict x = step->x[0] + sample * size, *restrict gate = step->x[1] + sample * columns;
  LatheReal *restrict y = step->y + sample * size;

  for (gsize at = 0; at < size; at += columns)
    for (gsize i = 0; i < columns; i++)
      y[at + i] = x[at + i] * gate[i];
}

static void
backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), columns = lathe_shape_size (&step->input[1]);
  const LatheReal *x = step->x[0] + sample * size, *gate = step->x[1] + sample * columns;
  const LatheReal *restrict dy = step->dy + sample * size;

  if (step->dx[0] != NULL)
    {
      LatheReal *restrict dx = step->dx[0] + sample * size;

      for (gsize at = 0; at < size; at += columns)
        for (gsize i = 0; i < columns; i++)
          dx[at + i] = dy[at + i] * gate[i];
    }
  if (step->dx[1] != NULL)
    {
      LatheReal *restrict dgate = step->dx[1] + sample * columns;

      memset (dgate, 0, columns * sizeof (LatheReal));
      for (gsize at = 0; at < size; at += columns)
        for (gsize i = 0; i < columns; i++)
          dgate[i] += dy[at + i] * x[at + i];
    }
}

static void
multiply_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
multiply_backward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, backward_tile, step);
}

const LatheLayerKind lathe_layer_multiply = {
    .name = "multiply",
    .title = N_ ("Multiply"),
    .help = N_ ("Multiplies two branches number by number, or each channel of an image by one number."),
    .formula = N_ ("y = x₁·x₂"),
    .gradient = N_ ("∂L/∂x₁ = δ·x₂, ∂L/∂x₂ = Σ δ·x₁"),
    .group = LATHE_LAYER_GROUP_MERGE,
    .min_inputs = 2,
    .max_inputs = 2,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = multiply_shape,
    .cost = multiply_cost,
    .forward = multiply_forward,
    .backward = multiply_backward,
};
