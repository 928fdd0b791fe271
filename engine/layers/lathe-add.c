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

static void
add_forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), at = sample * size;

  memcpy (step->y + at, step->x[0] + at, size * sizeof (LatheReal));
  for (guint i = 1; i < step->n_inputs; i++)
    step->kernels->add (step->y + at, step->x[i] + at, size);
}

static void
add_backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), at = sample * size;

  for (guint i = 0; i < step->n_inputs; i++)
    if (step->dx[i] != NULL)
      memcpy (step->dx[i] + at, step->dy + at, size * sizeof (LatheReal));
}

static void
add_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, add_forward_tile, step);
}

static void
add_backward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, add_backward_tile, step);
}

const LatheLayerKind lathe_layer_add = {
    .name = "add",
    .title = N_ ("Add"),
    .help = N_ ("Adds up several branches of the same shape."),
    .group = LATHE_LAYER_GROUP_MERGE,
    .min_inputs = 2,
    .max_inputs = LATHE_MAX_INPUTS,
    .shape = add_shape,
    .forward = add_forward,
    .backward = add_backward,
};
