/* lathe-concatenate.c: branches side by side: the channels of one behind those of the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-kinds.h"
#include "lathe-step.h"

static gboolean
concatenate_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                   GError **error)
{
  guint last = inputs[0].rank - 1;

  *output = inputs[0];
  for (guint i = 1; i < n_inputs; i++)
    {
      LatheShape same = inputs[i];

      same.dim[last] = inputs[0].dim[last];
      if (!lathe_shape_equal (&same, &inputs[0]))
        {
          g_autofree char *first = lathe_shape_to_string (&inputs[0]);
          g_autofree char *other = lathe_shape_to_string (&inputs[i]);

          g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                       _ ("needs inputs that differ in the last dimension alone, gets %s and %s"), first, other);
          return FALSE;
        }
      output->dim[last] += inputs[i].dim[last];
    }
  return TRUE;
}

/* A tile is a sample, both ways; a row is a pixel, or the whole vector. */
static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  guint last = step->output.rank - 1;
  gsize size = lathe_shape_size (&step->output), columns = step->output.dim[last], rows = size / columns;
  LatheReal *y = step->y + sample * size;

  for (guint i = 0; i < step->n_inputs; i++)
    {
      gsize n = step->input[i].dim[last];
      const LatheReal *x = step->x[i] + sample * rows * n;

      for (gsize row = 0; row < rows; row++)
        memcpy (y + row * columns, x + row * n, n * sizeof (LatheReal));
      y += n;
    }
}

static void
backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  guint last = step->output.rank - 1;
  gsize size = lathe_shape_size (&step->output), columns = step->output.dim[last], rows = size / columns;
  const LatheReal *dy = step->dy + sample * size;

  for (guint i = 0; i < step->n_inputs; i++)
    {
      gsize n = step->input[i].dim[last];

      if (step->dx[i] != NULL)
        for (gsize row = 0; row < rows; row++)
          memcpy (step->dx[i] + (sample * rows + row) * n, dy + row * columns, n * sizeof (LatheReal));
      dy += n;
    }
}

static void
concatenate_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
concatenate_backward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, backward_tile, step);
}

const LatheLayerKind lathe_layer_concatenate = {
    .name = "concatenate",
    .title = N_ ("Concatenate"),
    .help = N_ ("Puts the channels of several branches behind one another."),
    .formula = N_ ("y = x₁, x₂, … behind one another"),
    .gradient = N_ ("∂L/∂xᵢ = the part of δ that is xᵢ’s"),
    .group = LATHE_LAYER_GROUP_MERGE,
    .min_inputs = 2,
    .max_inputs = LATHE_MAX_INPUTS,
    .channels = LATHE_CHANNELS_BEHIND,
    .shape = concatenate_shape,
    .forward = concatenate_forward,
    .backward = concatenate_backward,
};
