/* lathe-prelu.c: a ReLU that learns the slope of its negative side (He et al. 2015, section 2.1).
 *
 *   y = x > 0 ? x : a·x,  da = Σ x·dy where x ≤ 0,  dx = x > 0 ? dy : a·dy
 *
 * with a slope a for each channel, or one for all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "lathe-kinds.h"
#include "lathe-step.h"
#include "lathe-weights.h"

#define FIRST_SLOPE 0.25 /* as in the paper */

enum
{
  SHARED,
  FROZEN,
  N_PROPERTIES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [SHARED] = {.name = "shared",
                .title = N_ ("Shared slope"),
                .help = N_ ("Whether all channels learn one slope together, rather than one each."),
                .type = LATHE_PROPERTY_CHOICE,
                .minimum = 0,
                .maximum = 1,
                .fallback = 0,
                .choices = lathe_no_yes},
    [FROZEN] = LATHE_FROZEN_PROPERTY,
};

static guint
n_channels (const LatheShape *shape)
{
  return shape->dim[shape->rank - 1];
}

static gboolean
prelu_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
             GError **error)
{
  *output = inputs[0];
  return TRUE;
}

static guint
prelu_parameters (const LatheProperties *values, const LatheShape *input, LatheParameter *parameters)
{
  parameters[0] = (LatheParameter){
      .name = "slope",
      .shape = LATHE_SHAPE_VECTOR (values->value[SHARED] != 0 ? 1 : n_channels (input)),
      .initialiser = LATHE_INITIALISER_CONSTANT,
      .scale = FIRST_SLOPE,
  };
  lathe_weights_freeze (parameters, 1, values->value[FROZEN]);
  return 1;
}

static guint64
prelu_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return lathe_shape_size (output);
}

static void
prelu_curve (const LatheLayerKind *kind, const LatheProperties *values, LatheReal *y, const LatheReal *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i] > 0 ? x[i] : (LatheReal) FIRST_SLOPE * x[i];
}

static void
prelu_plan (LatheStep *step)
{
  step->thread_scratch_size = n_channels (&step->output);
  step->scratch_size = step->training ? LATHE_SHARDS * (gsize) n_channels (&step->output) : 0;
}

/* A slope for each channel, shared or not, in the thread's scratch. */
static const LatheReal *
slopes (const LatheStep *step, guint thread)
{
  LatheReal *each = lathe_step_thread_scratch (step, thread);
  gsize apart = lathe_step_value (step, SHARED) != 0 ? 0 : 1;

  for (guint c = 0; c < n_channels (&step->output); c++)
    each[c] = step->w[0][c * apart];
  return each;
}

static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), channels = n_channels (&step->output);
  const LatheReal *restrict a = slopes (step, thread), *restrict x = step->x[0] + sample * size;
  LatheReal *restrict y = step->y + sample * size;

  for (gsize at = 0; at < size; at += channels)
    for (gsize c = 0; c < channels; c++)
      y[at + c] = x[at + c] > 0 ? x[at + c] : a[c] * x[at + c];
}

/* A tile is a shard: its part of da, and its samples' dx. */
static void
backward_tile (gpointer data, guint shard, guint thread)
{
  LatheStep *step = data;
  gsize channels = n_channels (&step->output), sample_size = lathe_shape_size (&step->output);
  guint first, n = lathe_step_shard (step, shard, &first);
  gsize begin = first * sample_size, end = begin + n * sample_size;
  const LatheReal *restrict a = slopes (step, thread), *restrict x = step->x[0], *restrict dy = step->dy;
  LatheReal *restrict da = step->scratch + shard * channels, *restrict dx = step->dx[0];

  if (step->dw[0] != NULL)
    {
      memset (da, 0, channels * sizeof (LatheReal));
      for (gsize at = begin; at < end; at += channels)
        for (gsize c = 0; c < channels; c++)
          da[c] += x[at + c] > 0 ? 0 : x[at + c] * dy[at + c];
    }
  if (dx != NULL)
    for (gsize at = begin; at < end; at += channels)
      for (gsize c = 0; c < channels; c++)
        dx[at + c] = x[at + c] > 0 ? dy[at + c] : a[c] * dy[at + c];
}

static void
prelu_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
prelu_backward (LatheStep *step)
{
  gsize channels = n_channels (&step->output), apart = lathe_step_value (step, SHARED) != 0 ? 0 : 1;

  lathe_pool_run (step->pool, lathe_step_n_shards (step), backward_tile, step);
  if (step->dw[0] == NULL)
    return;
  memset (step->dw[0], 0, lathe_shape_size (&step->parameter[0].shape) * sizeof (LatheReal));
  for (guint shard = 0; shard < lathe_step_n_shards (step); shard++)
    for (gsize c = 0; c < channels; c++)
      step->dw[0][c * apart] += step->scratch[shard * channels + c];
}

const LatheLayerKind lathe_layer_prelu = {
    .name = "prelu",
    .title = N_ ("PReLU"),
    .help = N_ ("ReLU that learns how much of what is negative passes."),
    .formula = N_ ("y = max(0, x) + a·min(0, x)"),
    .gradient = N_ ("∂L/∂a = Σ δ·min(0, x), ∂L/∂x = δ where x > 0, else a·δ"),
    .group = LATHE_LAYER_GROUP_ACTIVATION,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = prelu_shape,
    .parameters = prelu_parameters,
    .cost = prelu_cost,
    .curve = prelu_curve,
    .plan = prelu_plan,
    .forward = prelu_forward,
    .backward = prelu_backward,
};
