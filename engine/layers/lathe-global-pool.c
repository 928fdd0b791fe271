/* lathe-global-pool.c: one number for each channel of an image, its mean or its largest: what ends most networks.
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

      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("needs height×width×channels, gets %s: put it before the image is flattened"), came);
      return FALSE;
    }
  *output = LATHE_SHAPE_VECTOR (inputs[0].dim[2]);
  return TRUE;
}

/* One window, as large as the image. */
static void
global_pool_windows (const LatheProperties *values, const LatheShape *input, LatheWindows *windows)
{
  LatheAxis y = {.in = input->dim[0], .kernel = input->dim[0], .stride = input->dim[0], .dilation = 1, .out = 1};
  LatheAxis x = {.in = input->dim[1], .kernel = input->dim[1], .stride = input->dim[1], .dilation = 1, .out = 1};

  *windows = (LatheWindows){.y = y, .x = x};
}

/* --- The mean: a tile is a sample, both ways --- */

static void
average_plan (LatheStep *step)
{
  step->thread_scratch_size = step->input[0].dim[2];
}

/* Rows are summed by themselves first: of a large image, one long sum would lose digits. */
static void
average_forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  guint height = step->input[0].dim[0], width = step->input[0].dim[1], channels = step->input[0].dim[2];
  const LatheReal *x = step->x[0] + sample * lathe_shape_size (&step->input[0]);
  LatheReal *y = step->y + (gsize) sample * channels, *sums = lathe_step_thread_scratch (step, thread);

  memset (y, 0, channels * sizeof (LatheReal));
  for (guint row = 0; row < height; row++)
    {
      memset (sums, 0, channels * sizeof (LatheReal));
      step->kernels->column_sums (sums, x + (gsize) row * width * channels, width, channels);
      step->kernels->add (y, sums, channels);
    }
  for (guint c = 0; c < channels; c++)
    y[c] /= (LatheReal) height * width;
}

static void
average_backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize channels = step->input[0].dim[2], pixels = (gsize) step->input[0].dim[0] * step->input[0].dim[1];
  const LatheReal *restrict dy = step->dy + sample * channels;
  LatheReal *restrict dx = step->dx[0] + sample * pixels * channels;
  LatheReal share = 1 / (LatheReal) pixels;

  for (gsize pixel = 0; pixel < pixels; pixel++, dx += channels)
    for (gsize c = 0; c < channels; c++)
      dx[c] = share * dy[c];
}

static void
average_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, average_forward_tile, step);
}

static void
average_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, average_backward_tile, step);
}

/* --- The largest: max-pooling with one window --- */

static LathePoolGeometry
whole_image (const LatheStep *step)
{
  return (LathePoolGeometry){
      .input_width = step->input[0].dim[1],
      .channels = step->input[0].dim[2],
      .output_width = 1,
      .pool_height = step->input[0].dim[0],
      .pool_width = step->input[0].dim[1],
      .stride_height = 1,
      .stride_width = 1,
  };
}

static void
max_forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  LathePoolGeometry g = whole_image (step);

  step->kernels->max_pool (step->y + (gsize) sample * g.channels,
                           step->x[0] + sample * lathe_shape_size (&step->input[0]), &g);
}

static void
max_backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  LathePoolGeometry g = whole_image (step);
  gsize size = lathe_shape_size (&step->input[0]), out = (gsize) sample * g.channels;

  memset (step->dx[0] + sample * size, 0, size * sizeof (LatheReal));
  step->kernels->max_pool_backward (step->dx[0] + sample * size, step->x[0] + sample * size, step->y + out,
                                    step->dy + out, &g);
}

static void
max_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, max_forward_tile, step);
}

static void
max_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, max_backward_tile, step);
}

const LatheLayerKind lathe_layer_global_average_pool = {
    .name = "global-average-pool",
    .title = N_ ("Global average-pooling"),
    .help = N_ ("Keeps the mean of each channel: a vector, however large the image."),
    .formula = N_ ("y = Σ x / n over all n pixels"),
    .gradient = N_ ("∂L/∂x = δ / n"),
    .group = LATHE_LAYER_GROUP_POOLING,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = global_pool_shape,
    .windows = global_pool_windows,
    .plan = average_plan,
    .forward = average_forward,
    .backward = average_backward,
};

const LatheLayerKind lathe_layer_global_max_pool = {
    .name = "global-max-pool",
    .title = N_ ("Global max-pooling"),
    .help = N_ ("Keeps the largest number of each channel: a vector, however large the image."),
    .formula = N_ ("y = max over all pixels of x"),
    .gradient = N_ ("∂L/∂x = δ at the largest number, elsewhere 0"),
    .group = LATHE_LAYER_GROUP_POOLING,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = global_pool_shape,
    .windows = global_pool_windows,
    .forward = max_forward,
    .backward = max_backward,
};
