/* lathe-rescale.c: y = scale · x + offset, with numbers that are set and not learned: what turns the range of a data
 * set into the one that a network was trained for. To normalise by a mean and a deviation, scale is 1 / deviation and
 * offset -mean / deviation.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-kinds.h"
#include "lathe-step.h"

enum
{
  SCALE,
  OFFSET,
  N_PROPERTIES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [SCALE] = {.name = "scale",
               .title = N_ ("Scale"),
               .help = N_ ("What each number is multiplied by: 1 / deviation, to normalise."),
               .type = LATHE_PROPERTY_REAL,
               .minimum = -1e6,
               .maximum = 1e6,
               .fallback = 1},
    [OFFSET] = {.name = "offset",
                .title = N_ ("Offset"),
                .help = N_ ("What is added then: -mean / deviation, to normalise."),
                .type = LATHE_PROPERTY_REAL,
                .minimum = -1e6,
                .maximum = 1e6,
                .fallback = 0},
};

static gboolean
rescale_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
               GError **error)
{
  *output = inputs[0];
  return TRUE;
}

static char *
rescale_summary (const LatheProperties *values)
{
  return g_strdup_printf ("× %g %c %g", values->value[SCALE], values->value[OFFSET] < 0 ? '-' : '+',
                          ABS (values->value[OFFSET]));
}

static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  LatheReal scale = (LatheReal) lathe_step_value (step, SCALE), offset = (LatheReal) lathe_step_value (step, OFFSET);
  gsize size = lathe_shape_size (&step->output);
  const LatheReal *restrict x = step->x[0] + sample * size;
  LatheReal *restrict y = step->y + sample * size;

  for (gsize i = 0; i < size; i++)
    y[i] = scale * x[i] + offset;
}

static void
backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  LatheReal scale = (LatheReal) lathe_step_value (step, SCALE);
  gsize size = lathe_shape_size (&step->output);
  const LatheReal *restrict dy = step->dy + sample * size;
  LatheReal *restrict dx = step->dx[0] + sample * size;

  for (gsize i = 0; i < size; i++)
    dx[i] = scale * dy[i];
}

static void
rescale_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
rescale_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, backward_tile, step);
}

const LatheLayerKind lathe_layer_rescale = {
    .name = "rescale",
    .title = N_ ("Rescale"),
    .help = N_ ("Multiplies all numbers by one and adds another, to bring them into a range."),
    .formula = N_ ("y = s·x + t"),
    .gradient = N_ ("∂L/∂x = s·δ"),
    .group = LATHE_LAYER_GROUP_SHAPE,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = rescale_shape,
    .summary = rescale_summary,
    .forward = rescale_forward,
    .backward = rescale_backward,
};
