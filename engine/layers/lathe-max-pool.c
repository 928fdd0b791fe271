/* lathe-max-pool.c: max-pooling. The way back finds each largest number again instead of keeping where it stood.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-kinds.h"
#include "lathe-step.h"

enum
{
  POOL_HEIGHT,
  POOL_WIDTH,
  STRIDE_HEIGHT,
  STRIDE_WIDTH,
  N_PROPERTIES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [POOL_HEIGHT] = {.name = "pool-height",
                     .title = N_ ("Window height"),
                     .help = N_ ("The height of the window of which the largest number is kept."),
                     .unit = N_ ("pixels"),
                     .minimum = 1,
                     .maximum = 63,
                     .fallback = 2},
    [POOL_WIDTH] = {.name = "pool-width",
                    .title = N_ ("Window width"),
                    .help = N_ ("The width of the window of which the largest number is kept."),
                    .unit = N_ ("pixels"),
                    .minimum = 1,
                    .maximum = 63,
                    .fallback = 2},
    [STRIDE_HEIGHT] = {.name = "stride-height",
                       .title = N_ ("Stride down"),
                       .help = N_ ("How far the window moves down from one output row to the next."),
                       .unit = N_ ("pixels"),
                       .minimum = 1,
                       .maximum = 63,
                       .fallback = 2},
    [STRIDE_WIDTH] = {.name = "stride-width",
                      .title = N_ ("Stride across"),
                      .help = N_ ("How far the window moves across from one output to the next."),
                      .unit = N_ ("pixels"),
                      .minimum = 1,
                      .maximum = 63,
                      .fallback = 2},
};

static gboolean
max_pool_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                GError **error)
{
  g_autofree char *came = lathe_shape_to_string (&inputs[0]);
  guint height = (guint) values->value[POOL_HEIGHT], width = (guint) values->value[POOL_WIDTH];

  if (inputs[0].rank != 3)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("needs height×width×channels, gets %s"), came);
      return FALSE;
    }
  if (height > inputs[0].dim[0] || width > inputs[0].dim[1])
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("a %u×%u window needs at least %u×%u pixels, gets %s: make it smaller, or pool less before"),
                   height, width, height, width, came);
      return FALSE;
    }
  *output = LATHE_SHAPE_IMAGE ((inputs[0].dim[0] - height) / (guint) values->value[STRIDE_HEIGHT] + 1,
                               (inputs[0].dim[1] - width) / (guint) values->value[STRIDE_WIDTH] + 1, inputs[0].dim[2]);
  return TRUE;
}

static char *
max_pool_summary (const LatheProperties *values)
{
  return g_strdup_printf ("%g×%g", values->value[POOL_HEIGHT], values->value[POOL_WIDTH]);
}

static LathePoolGeometry
geometry (const LatheStep *step)
{
  return (LathePoolGeometry){
      .input_width = step->input[0].dim[1],
      .channels = step->input[0].dim[2],
      .output_width = step->output.dim[1],
      .pool_height = (guint) lathe_step_value (step, POOL_HEIGHT),
      .pool_width = (guint) lathe_step_value (step, POOL_WIDTH),
      .stride_height = (guint) lathe_step_value (step, STRIDE_HEIGHT),
      .stride_width = (guint) lathe_step_value (step, STRIDE_WIDTH),
  };
}

/* A tile is a sample, both ways. */
static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  LathePoolGeometry g = geometry (step);
  const LatheReal *x = step->x[0] + sample * lathe_shape_size (&step->input[0]);
  LatheReal *y = step->y + sample * lathe_shape_size (&step->output);
  gsize in_row = (gsize) g.stride_height * g.input_width * g.channels, out_row = (gsize) g.output_width * g.channels;

  for (guint row = 0; row < step->output.dim[0]; row++)
    step->kernels->max_pool (y + row * out_row, x + row * in_row, &g);
}

static void
backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  LathePoolGeometry g = geometry (step);
  gsize in_size = lathe_shape_size (&step->input[0]), out_at = sample * lathe_shape_size (&step->output);
  gsize in_row = (gsize) g.stride_height * g.input_width * g.channels, out_row = (gsize) g.output_width * g.channels;
  const LatheReal *x = step->x[0] + sample * in_size;
  LatheReal *dx = step->dx[0] + sample * in_size;

  memset (dx, 0, in_size * sizeof (LatheReal));
  for (guint row = 0; row < step->output.dim[0]; row++)
    step->kernels->max_pool_backward (dx + row * in_row, x + row * in_row, step->y + out_at + row * out_row,
                                      step->dy + out_at + row * out_row, &g);
}

static void
max_pool_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
max_pool_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, backward_tile, step);
}

const LatheLayerKind lathe_layer_max_pool = {
    .name = "max-pool",
    .title = N_ ("Max-pooling 2D"),
    .help = N_ ("Keeps the largest number of each window: a smaller image of what matters."),
    .group = LATHE_LAYER_GROUP_POOLING,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = max_pool_shape,
    .summary = max_pool_summary,
    .forward = max_pool_forward,
    .backward = max_pool_backward,
};
