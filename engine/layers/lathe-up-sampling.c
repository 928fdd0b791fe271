/* lathe-up-sampling.c: a larger image, each side by a whole factor.
 *
 * Pixels are squares and not points: the middle of output pixel o lies at (o + ½) / scale - ½ of the input, as ONNX
 * (half_pixel) and PyTorch (align_corners=False) have it, and what lies beyond the edge is the edge.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "lathe-kinds.h"
#include "lathe-step.h"

enum
{
  SCALE_HEIGHT,
  SCALE_WIDTH,
  METHOD,
  N_PROPERTIES
};

enum
{
  METHOD_NEAREST,
  METHOD_BILINEAR
};

static const char *const methods[] = {N_ ("nearest"), N_ ("bilinear"), NULL};

static const LatheProperty properties[N_PROPERTIES] = {
    [SCALE_HEIGHT] = {.name = "scale-height",
                      .title = N_ ("Height factor"),
                      .help = N_ ("How many times as high the image becomes."),
                      .minimum = 1,
                      .maximum = 64,
                      .fallback = 2,
                      .part = LATHE_PART_STRIDE_HEIGHT},
    [SCALE_WIDTH] = {.name = "scale-width",
                     .title = N_ ("Width factor"),
                     .help = N_ ("How many times as wide the image becomes."),
                     .minimum = 1,
                     .maximum = 64,
                     .fallback = 2,
                     .part = LATHE_PART_STRIDE_WIDTH},
    [METHOD] = {.name = "method",
                .title = N_ ("Method"),
                .help = N_ ("nearest: pixels are repeated; bilinear: they pass smoothly into one another."),
                .type = LATHE_PROPERTY_CHOICE,
                .minimum = 0,
                .maximum = 1,
                .fallback = METHOD_NEAREST,
                .choices = methods},
};

static gboolean
up_sampling_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                   GError **error)
{
  guint scale_height = (guint) values->value[SCALE_HEIGHT], scale_width = (guint) values->value[SCALE_WIDTH];

  if (!lathe_layer_needs_image (&inputs[0], error))
    return FALSE;
  *output = LATHE_SHAPE_IMAGE (inputs[0].dim[0] * scale_height, inputs[0].dim[1] * scale_width, inputs[0].dim[2]);
  return TRUE;
}

/* Over which outputs a pixel has a share: its own square; or, if pixels pass into one another, as far as the middles of
 * its neighbours. */
static LatheAxis
axis (guint n, double factor, gboolean bilinear)
{
  guint scale = (guint) factor, before = bilinear ? scale / 2 : 0;
  guint window = bilinear ? 2 * scale - scale % 2 : scale;

  return (LatheAxis){
      .in = n * scale, .kernel = window, .stride = scale, .dilation = 1, .out = n, .before = before, .after = before};
}

static void
up_sampling_windows (const LatheProperties *values, const LatheShape *input, LatheWindows *windows)
{
  gboolean bilinear = values->value[METHOD] == METHOD_BILINEAR;

  *windows = (LatheWindows){
      .y = axis (input->dim[0], values->value[SCALE_HEIGHT], bilinear),
      .x = axis (input->dim[1], values->value[SCALE_WIDTH], bilinear),
      .transposed = TRUE,
  };
}

static guint64
up_sampling_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return values->value[METHOD] == METHOD_BILINEAR ? 4 * (guint64) lathe_shape_size (output) : 0;
}

static char *
up_sampling_summary (const LatheProperties *values)
{
  return g_strdup_printf ("%g×%g · %s", values->value[SCALE_HEIGHT], values->value[SCALE_WIDTH],
                          _ (methods[(int) values->value[METHOD]]));
}

/* The two input rows (or columns) that output row o lies between, and the share of the second. */
typedef struct
{
  guint first, second;
  LatheReal share;
} Between;

static Between
between (guint o, guint scale, guint in, gboolean bilinear)
{
  double at = (o + 0.5) / scale - 0.5;
  Between b = {.first = o / scale, .second = o / scale};

  if (!bilinear)
    return b;
  at = CLAMP (at, 0, in - 1);
  b.first = (guint) at;
  b.second = MIN (b.first + 1, in - 1);
  b.share = (LatheReal) (at - b.first);
  return b;
}

/* An input pixel that an output pixel is made of. */
typedef struct
{
  gsize at;
  LatheReal weight;
} Tap;

static guint
find_taps (const LatheStep *step, guint row, guint column, Tap taps[4])
{
  guint height = step->input[0].dim[0], width = step->input[0].dim[1];
  gsize channels = step->input[0].dim[2];
  gboolean bilinear = lathe_step_value (step, METHOD) == METHOD_BILINEAR;
  Between y = between (row, (guint) lathe_step_value (step, SCALE_HEIGHT), height, bilinear);
  Between x = between (column, (guint) lathe_step_value (step, SCALE_WIDTH), width, bilinear);

  taps[0] = (Tap){((gsize) y.first * width + x.first) * channels, (1 - y.share) * (1 - x.share)};
  taps[1] = (Tap){((gsize) y.first * width + x.second) * channels, (1 - y.share) * x.share};
  taps[2] = (Tap){((gsize) y.second * width + x.first) * channels, y.share * (1 - x.share)};
  taps[3] = (Tap){((gsize) y.second * width + x.second) * channels, y.share * x.share};
  return bilinear ? 4 : 1;
}

/* A tile is a sample, both ways. */
static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize channels = step->output.dim[2];
  const LatheReal *x = step->x[0] + sample * lathe_shape_size (&step->input[0]);
  LatheReal *restrict y = step->y + sample * lathe_shape_size (&step->output);

  for (guint row = 0; row < step->output.dim[0]; row++)
    for (guint column = 0; column < step->output.dim[1]; column++, y += channels)
      {
        Tap taps[4];
        guint n_taps = find_taps (step, row, column, taps);

        memset (y, 0, channels * sizeof (LatheReal));
        for (guint tap = 0; tap < n_taps; tap++)
          for (gsize c = 0; c < channels; c++)
            y[c] += taps[tap].weight * x[taps[tap].at + c];
      }
}

static void
backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize channels = step->output.dim[2], in_size = lathe_shape_size (&step->input[0]);
  const LatheReal *restrict dy = step->dy + sample * lathe_shape_size (&step->output);
  LatheReal *restrict dx = step->dx[0] + sample * in_size;

  memset (dx, 0, in_size * sizeof (LatheReal));
  for (guint row = 0; row < step->output.dim[0]; row++)
    for (guint column = 0; column < step->output.dim[1]; column++, dy += channels)
      {
        Tap taps[4];
        guint n_taps = find_taps (step, row, column, taps);

        for (guint tap = 0; tap < n_taps; tap++)
          for (gsize c = 0; c < channels; c++)
            dx[taps[tap].at + c] += taps[tap].weight * dy[c];
      }
}

static void
up_sampling_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
up_sampling_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, backward_tile, step);
}

const LatheLayerKind lathe_layer_up_sampling = {
    .name = "up-sampling",
    .title = N_ ("Up-sampling 2D"),
    .help = N_ ("Makes the image larger without learning anything, as the second half of a U-shaped network does."),
    .formula = N_ ("y = Σ s·x over the nearest pixels, of shares s"),
    .gradient = N_ ("∂L/∂x = Σ s·δ"),
    .group = LATHE_LAYER_GROUP_POOLING,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = up_sampling_shape,
    .cost = up_sampling_cost,
    .summary = up_sampling_summary,
    .windows = up_sampling_windows,
    .forward = up_sampling_forward,
    .backward = up_sampling_backward,
};
