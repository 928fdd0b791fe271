/* lathe-pooling.c: one number for each window of an image, its largest or its mean.
 *
 * Padding is never seen: a window that hangs over the edge is cut there, so that the mean is one of pixels alone
 * (ONNX: count_include_pad = 0). The way back of max-pooling finds each largest number again instead of keeping where
 * it stood; but when it follows a layer whose output is gone by then, where no two windows overlap, it keeps a byte a
 * window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-axis.h"
#include "lathe-kinds.h"
#include "lathe-step.h"

enum
{
  POOL_HEIGHT,
  POOL_WIDTH,
  STRIDE_HEIGHT,
  STRIDE_WIDTH,
  PADDING,
  SIDES,
  N_PROPERTIES = SIDES + LATHE_N_SIDES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [POOL_HEIGHT] = LATHE_WINDOW_PROPERTY (LATHE_PART_KERNEL_HEIGHT, "pool-height", N_ ("Window height"),
                                           N_ ("The height of the window that gives one number."), 1, 63, 2),
    [POOL_WIDTH] = LATHE_WINDOW_PROPERTY (LATHE_PART_KERNEL_WIDTH, "pool-width", N_ ("Window width"),
                                          N_ ("The width of the window that gives one number."), 1, 63, 2),
    [STRIDE_HEIGHT] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_STRIDE_HEIGHT, "stride-height", N_ ("Stride down"),
                               N_ ("How far the window moves down from one output row to the next."), 1, 63, 2),
    [STRIDE_WIDTH] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_STRIDE_WIDTH, "stride-width", N_ ("Stride across"),
                               N_ ("How far the window moves across from one output to the next."), 1, 63, 2),
    [PADDING] = LATHE_PADDING_PROPERTY (
        N_ ("valid: windows stay inside the image; same: they may hang over its edges; explicit: as "
            "far over each edge as you say."),
        LATHE_PADDING_VALID),
    [SIDES] = LATHE_SIDE_PROPERTIES,
};

typedef struct
{
  LatheAxis y, x;
  guint channels;
} Geometry;

static LatheAxis
axis (guint in, double window, double stride, double padding, const double *sides)
{
  LatheAxis a = {.in = in, .kernel = (guint) window, .stride = (guint) stride, .dilation = 1};

  return lathe_axis_pad (a, (LathePadding) padding, (guint) sides[0], (guint) sides[1]);
}

static Geometry
geometry (const LatheProperties *values, const LatheShape *input)
{
  const double *v = values->value;

  return (Geometry){
      .y = axis (input->dim[0], v[POOL_HEIGHT], v[STRIDE_HEIGHT], v[PADDING], &v[SIDES + LATHE_SIDE_TOP]),
      .x = axis (input->dim[1], v[POOL_WIDTH], v[STRIDE_WIDTH], v[PADDING], &v[SIDES + LATHE_SIDE_LEFT]),
      .channels = input->dim[2],
  };
}

static gboolean
pooling_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
               GError **error)
{
  g_autofree char *came = lathe_shape_to_string (&inputs[0]);
  Geometry g;

  if (!lathe_layer_needs_image (&inputs[0], error))
    return FALSE;
  g = geometry (values, &inputs[0]);
  if (values->value[PADDING] == LATHE_PADDING_EXPLICIT &&
      !lathe_axis_sides_fit (&values->value[SIDES], &g.y, &g.x, error))
    return FALSE;
  if (g.y.out == 0 || g.x.out == 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("a %u×%u window needs at least %u×%u pixels, gets %s: make it smaller, or pool less before"),
                   g.y.kernel, g.x.kernel, g.y.kernel, g.x.kernel, came);
      return FALSE;
    }
  *output = LATHE_SHAPE_IMAGE (g.y.out, g.x.out, g.channels);
  return TRUE;
}

static void
pooling_windows (const LatheProperties *values, const LatheShape *input, LatheWindows *windows)
{
  Geometry g = geometry (values, input);

  *windows = (LatheWindows){.y = g.y, .x = g.x};
}

static char *
pooling_summary (const LatheProperties *values)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%g×%g", values->value[POOL_HEIGHT], values->value[POOL_WIDTH]);
  if (values->value[PADDING] == LATHE_PADDING_SAME)
    g_string_append_printf (text, " · %s", _ ("same"));
  return g_string_free (text, FALSE);
}

/* --- The windows of a sample --- */

/* A run of windows of one output row that are all cut alike: arrays of their sample, and where in them it begins. */
typedef struct
{
  gsize in_at, out_at;
  LathePoolGeometry shape;
} Run;

typedef void (*RunFunc) (const LatheStep *step, guint sample, const Run *run);

/* n windows side by side, of height × width pixels. */
static LathePoolGeometry
windows_of (const Geometry *g, guint n, guint height, guint width)
{
  return (LathePoolGeometry){
      .input_width = g->x.in,
      .channels = g->channels,
      .output_width = n,
      .pool_height = height,
      .pool_width = width,
      .stride_height = g->y.stride,
      .stride_width = g->x.stride,
  };
}

/* Most windows of a row lie inside the image and make up one run; each that is cut is a run of its own. */
static void
for_each_run (const LatheStep *step, guint sample, RunFunc func)
{
  Geometry g = geometry (step->properties, &step->input[0]);

  for (guint row = 0; row < g.y.out; row++)
    for (guint column = 0, n = 1; column < g.x.out; column += n)
      {
        guint height, width, next_width;
        guint top = lathe_axis_clip (&g.y, row, &height), left = lathe_axis_clip (&g.x, column, &width);

        for (n = 1; width == g.x.kernel && column + n < g.x.out; n++)
          {
            lathe_axis_clip (&g.x, column + n, &next_width);
            if (next_width != width)
              break;
          }
        func (step, sample,
              &(Run){
                  .in_at = ((gsize) top * g.x.in + left) * g.channels,
                  .out_at = ((gsize) row * g.x.out + column) * g.channels,
                  .shape = windows_of (&g, n, height, width),
              });
      }
}

static const LatheReal *
x_of (const LatheStep *step, guint sample, const Run *run)
{
  return step->x[0] + sample * lathe_shape_size (&step->input[0]) + run->in_at;
}

static LatheReal *
dx_of (const LatheStep *step, guint sample, const Run *run)
{
  return step->dx[0] + sample * lathe_shape_size (&step->input[0]) + run->in_at;
}

static gsize
out_of (const LatheStep *step, guint sample, const Run *run)
{
  return sample * lathe_shape_size (&step->output) + run->out_at;
}

static void
clear_dx (const LatheStep *step, guint sample)
{
  gsize size = lathe_shape_size (&step->input[0]);

  memset (step->dx[0] + sample * size, 0, size * sizeof (LatheReal));
}

/* --- The largest: a tile is a sample, both ways --- */

static void
max_run (const LatheStep *step, guint sample, const Run *run)
{
  step->kernels->max_pool (step->y + out_of (step, sample, run), x_of (step, sample, run), &run->shape);
}

static void
max_run_backward (const LatheStep *step, guint sample, const Run *run)
{
  gsize out = out_of (step, sample, run);

  step->kernels->max_pool_backward (dx_of (step, sample, run), x_of (step, sample, run), step->y + out, step->dy + out,
                                    &run->shape);
}

static void
max_forward_tile (gpointer data, guint sample, guint thread)
{
  for_each_run (data, sample, max_run);
}

static void
max_backward_tile (gpointer data, guint sample, guint thread)
{
  clear_dx (data, sample);
  for_each_run (data, sample, max_run_backward);
}

static void
max_pool_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, max_forward_tile, step);
}

static void
max_pool_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, max_backward_tile, step);
}

/* --- The largest, as the follower of the layer that makes the image --- */

/* All windows must lie inside the image, side by side, and their pixels be counted in a byte. */
static guint
max_pool_piece (const LatheStep *step)
{
  Geometry g = geometry (step->properties, &step->input[0]);
  gboolean inside = g.y.before == 0 && g.x.before == 0 && (g.y.out - 1) * g.y.stride + g.y.kernel <= g.y.in &&
                    (g.x.out - 1) * g.x.stride + g.x.kernel <= g.x.in;
  gboolean apart = g.y.stride >= g.y.kernel && g.x.stride >= g.x.kernel;

  return inside && apart && g.y.kernel * g.x.kernel <= G_MAXUINT8 ? g.y.stride : 0;
}

static void
max_pool_plan (LatheStep *step)
{
  if (step->follows && step->training)
    step->kept_size = lathe_ceil_div (step->batch * lathe_shape_size (&step->output), sizeof (LatheReal));
}

/* Where in the output, of all samples, a row of windows begins. */
static gsize
window_row (const Geometry *g, gsize sample, guint row)
{
  return (sample * g->y.out + row) * g->x.out * g->channels;
}

static void
max_forward_rows (LatheStep *step, LatheReal *y, const LatheReal *x, gsize first, gsize n)
{
  Geometry g = geometry (step->properties, &step->input[0]);
  LathePoolGeometry shape = windows_of (&g, g.x.out, g.y.kernel, g.x.kernel);
  gsize sample = first / g.x.in / g.y.in;
  guint top = (guint) (first / g.x.in % g.y.in), end = top + (guint) (n / g.x.in);
  guint8 *places = (guint8 *) step->kept;

  for (guint row = top / g.y.stride; row < g.y.out && row * g.y.stride + g.y.kernel <= end; row++)
    {
      const LatheReal *from = x + (gsize) (row * g.y.stride - top) * g.x.in * g.channels;
      gsize at = window_row (&g, sample, row);

      if (places != NULL)
        step->kernels->max_pool_places (step->y + at, places + at, from, &shape, step->positive);
      else
        step->kernels->max_pool (step->y + at, from, &shape);
    }
}

static void
max_backward_piece (LatheStep *step, LatheReal *dx, gsize first, gsize n)
{
  Geometry g = geometry (step->properties, &step->input[0]);
  LathePoolGeometry shape = windows_of (&g, g.x.out, g.y.kernel, g.x.kernel);
  gsize sample = first / g.x.in / g.y.in, row_size = (gsize) g.x.in * g.channels;
  guint top = (guint) (first / g.x.in % g.y.in), end = top + (guint) (n / g.x.in);
  gboolean covered = g.x.stride == g.x.kernel && g.x.out * g.x.stride == g.x.in;

  for (guint row = top; row < end; row++, dx += row_size)
    {
      guint window = row / g.y.stride, inside = row % g.y.stride;
      gboolean under = window < g.y.out && inside < g.y.kernel;
      gsize at = window_row (&g, sample, window);

      if (!covered || !under)
        memset (dx, 0, row_size * sizeof (LatheReal));
      if (under)
        step->kernels->max_pool_from_places (dx, step->dy + at, (const guint8 *) step->kept + at, &shape, inside);
    }
}

/* --- The mean --- */

static void
average_run (const LatheStep *step, guint sample, const Run *run)
{
  const LathePoolGeometry *g = &run->shape;
  const LatheReal *x = x_of (step, sample, run);
  LatheReal *restrict y = step->y + out_of (step, sample, run);
  LatheReal share = 1 / (LatheReal) (g->pool_height * g->pool_width);

  for (guint column = 0; column < g->output_width; column++, y += g->channels)
    {
      memset (y, 0, g->channels * sizeof (LatheReal));
      for (guint i = 0; i < g->pool_height; i++)
        for (guint j = 0; j < g->pool_width; j++)
          {
            const LatheReal *restrict from =
                x + ((gsize) i * g->input_width + (gsize) column * g->stride_width + j) * g->channels;

            for (guint c = 0; c < g->channels; c++)
              y[c] += from[c];
          }
      for (guint c = 0; c < g->channels; c++)
        y[c] *= share;
    }
}

static void
average_run_backward (const LatheStep *step, guint sample, const Run *run)
{
  const LathePoolGeometry *g = &run->shape;
  LatheReal *dx = dx_of (step, sample, run);
  const LatheReal *restrict dy = step->dy + out_of (step, sample, run);
  LatheReal share = 1 / (LatheReal) (g->pool_height * g->pool_width);

  for (guint column = 0; column < g->output_width; column++, dy += g->channels)
    for (guint i = 0; i < g->pool_height; i++)
      for (guint j = 0; j < g->pool_width; j++)
        {
          LatheReal *restrict to =
              dx + ((gsize) i * g->input_width + (gsize) column * g->stride_width + j) * g->channels;

          for (guint c = 0; c < g->channels; c++)
            to[c] += share * dy[c];
        }
}

static void
average_forward_tile (gpointer data, guint sample, guint thread)
{
  for_each_run (data, sample, average_run);
}

static void
average_backward_tile (gpointer data, guint sample, guint thread)
{
  clear_dx (data, sample);
  for_each_run (data, sample, average_run_backward);
}

static void
average_pool_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, average_forward_tile, step);
}

static void
average_pool_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, average_backward_tile, step);
}

const LatheLayerKind lathe_layer_max_pool = {
    .name = "max-pool",
    .title = N_ ("Max-pooling 2D"),
    .help = N_ ("Keeps the largest number of each window: a smaller image of what matters."),
    .formula = N_ ("y = max over each window of x"),
    .gradient = N_ ("∂L/∂x = δ at each window’s largest number, elsewhere 0"),
    .group = LATHE_LAYER_GROUP_POOLING,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = pooling_shape,
    .summary = pooling_summary,
    .windows = pooling_windows,
    .plan = max_pool_plan,
    .forward = max_pool_forward,
    .backward = max_pool_backward,
    .forward_rows = max_forward_rows,
    .piece = max_pool_piece,
    .backward_piece = max_backward_piece,
};

const LatheLayerKind lathe_layer_average_pool = {
    .name = "average-pool",
    .title = N_ ("Average-pooling 2D"),
    .help = N_ ("Keeps the mean of each window: a smaller, smoother image."),
    .formula = N_ ("y = mean over each window of x"),
    .gradient = N_ ("∂L/∂x = Σ δ / n over the windows that hold x, of n pixels"),
    .group = LATHE_LAYER_GROUP_POOLING,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = pooling_shape,
    .summary = pooling_summary,
    .windows = pooling_windows,
    .forward = average_pool_forward,
    .backward = average_pool_backward,
};
