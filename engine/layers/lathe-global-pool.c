/* lathe-global-pool.c: the mean of each channel over the whole image (Lin et al. 2013): what ends most networks of
 * today.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-kinds.h"
#include "lathe-step.h"

static gboolean
global_pool_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                   GError **error)
{
  if (inputs[0].rank != 3)
    {
      g_autofree char *came = lathe_shape_to_string (&inputs[0]);

      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("needs height×width×channels, gets %s"), came);
      return FALSE;
    }
  *output = LATHE_SHAPE_VECTOR (inputs[0].dim[2]);
  return TRUE;
}

static gsize
pixels (const LatheStep *step)
{
  return (gsize) step->input[0].dim[0] * step->input[0].dim[1];
}

static void
global_average_pool_forward (LatheStep *step)
{
  gsize channels = step->output.dim[0];
  LatheReal share = 1 / (LatheReal) pixels (step);

  memset (step->y, 0, step->batch * channels * sizeof (LatheReal));
  for (guint sample = 0; sample < step->batch; sample++)
    step->kernels->column_sums (step->y + sample * channels, step->x[0] + sample * pixels (step) * channels,
                                pixels (step), channels);
  for (gsize i = 0; i < step->batch * channels; i++)
    step->y[i] *= share;
}

static void
global_average_pool_backward (LatheStep *step)
{
  gsize channels = step->output.dim[0];
  LatheReal share = 1 / (LatheReal) pixels (step);
  LatheReal *dx = step->dx[0];

  if (dx == NULL)
    return;
  for (gsize i = 0; i < step->batch * channels; i++)
    step->dy[i] *= share;
  for (guint sample = 0; sample < step->batch; sample++)
    for (gsize pixel = 0; pixel < pixels (step); pixel++, dx += channels)
      memcpy (dx, step->dy + sample * channels, channels * sizeof (LatheReal));
}

const LatheLayerKind lathe_layer_global_average_pool = {
    .name = "global-average-pool",
    .title = N_ ("Global average pooling"),
    .help = N_ ("Takes the mean of each channel over the whole image."),
    .group = LATHE_LAYER_GROUP_POOLING,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = global_pool_shape,
    .forward = global_average_pool_forward,
    .backward = global_average_pool_backward,
};
