/* lathe-add.c: the sum of branches: what closes a residual block.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-kinds.h"
#include "lathe-step.h"

static gboolean
add_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output, GError **error)
{
  for (guint i = 1; i < n_inputs; i++)
    if (!lathe_shape_equal (&inputs[0], &inputs[i]))
      {
        g_autofree char *first = lathe_shape_to_string (&inputs[0]);
        g_autofree char *other = lathe_shape_to_string (&inputs[i]);

        g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("needs inputs of one shape, gets %s and %s"), first,
                     other);
        return FALSE;
      }
  *output = inputs[0];
  return TRUE;
}

/* x: the rows of the input that is led, or of the first. */
static void
add_forward_rows (LatheStep *step, LatheReal *y, const LatheReal *x, gsize first, gsize n)
{
  gsize columns = lathe_step_columns (step), at = first * columns;

  if (y != x)
    memcpy (y, x, n * columns * sizeof (LatheReal));
  for (guint i = 0; i < step->n_inputs; i++)
    if (i != step->led)
      step->kernels->add (y, step->x[i] + at, n * columns);
}

/* An input may share the gradient's memory. */
static void
add_backward_rows (LatheStep *step, gsize first, gsize n)
{
  gsize columns = lathe_step_columns (step), at = first * columns;

  for (guint i = 0; i < step->n_inputs; i++)
    if (step->dx[i] != NULL && step->dx[i] != step->dy)
      memcpy (step->dx[i] + at, step->dy + at, n * columns * sizeof (LatheReal));
}

const LatheLayerKind lathe_layer_add = {
    .name = "add",
    .title = N_ ("Add"),
    .help = N_ ("Adds up several branches of the same shape."),
    .formula = N_ ("y = Σ xᵢ"),
    .gradient = N_ ("∂L/∂xᵢ = δ"),
    .group = LATHE_LAYER_GROUP_MERGE,
    .min_inputs = 2,
    .max_inputs = LATHE_MAX_INPUTS,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = add_shape,
    .forward_rows = add_forward_rows,
    .backward_rows = add_backward_rows,
    .leads = TRUE,
};
