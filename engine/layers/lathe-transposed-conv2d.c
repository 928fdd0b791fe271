/* lathe-transposed-conv2d.c: the transpose of a two-dimensional convolution: what turns a small image into a larger one
 * and learns how (Zeiler et al. 2010; Dumoulin & Visin 2016, chapter 4). Each input pixel lays its window, weighed,
 * over the output, where windows add up. See lathe-convolution-layer.c for how it is done.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-convolution-layer.h"
#include "lathe-kinds.h"

enum
{
  FILTERS = LATHE_CONVOLUTION_FILTERS,
  KERNEL_HEIGHT = LATHE_CONVOLUTION_KERNEL_HEIGHT,
  KERNEL_WIDTH = LATHE_CONVOLUTION_KERNEL_WIDTH,
  PADDING = LATHE_CONVOLUTION_PADDING,
  GROUPS = LATHE_CONVOLUTION_GROUPS,
  OUTPUT_PADDING_HEIGHT = LATHE_CONVOLUTION_N_PROPERTIES,
  OUTPUT_PADDING_WIDTH,
  N_PROPERTIES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [FILTERS] = {.name = "filters",
                 .title = N_ ("Filters"),
                 .help = N_ ("How many channels come out."),
                 .minimum = 1,
                 .maximum = 65536,
                 .fallback = 32},
    [KERNEL_HEIGHT] = LATHE_WINDOW_PROPERTY (LATHE_PART_KERNEL_HEIGHT, "kernel-height", N_ ("Kernel height"),
                                             N_ ("The height of the window that each pixel lays down."), 1, 63, 3),
    [KERNEL_WIDTH] = LATHE_WINDOW_PROPERTY (LATHE_PART_KERNEL_WIDTH, "kernel-width", N_ ("Kernel width"),
                                            N_ ("The width of the window that each pixel lays down."), 1, 63, 3),
    [LATHE_CONVOLUTION_STRIDE_HEIGHT] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_STRIDE_HEIGHT, "stride-height", N_ ("Stride down"),
                               N_ ("How far apart the windows of two rows lie: how many times as high the "
                                   "image becomes."),
                               1, 63, 2),
    [LATHE_CONVOLUTION_STRIDE_WIDTH] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_STRIDE_WIDTH, "stride-width", N_ ("Stride across"),
                               N_ ("How far apart the windows of two columns lie: how many times as wide "
                                   "the image becomes."),
                               1, 63, 2),
    [PADDING] = LATHE_PADDING_PROPERTY (
        N_ ("valid: all that the windows cover is kept; same: the stride times the input's size is kept; "
            "explicit: as much is cut off on each side as you say."),
        LATHE_PADDING_SAME),
    [LATHE_CONVOLUTION_ACTIVATION] = LATHE_ACTIVATION_PROPERTY,
    [LATHE_CONVOLUTION_BIAS] = LATHE_BIAS_PROPERTY,
    [LATHE_CONVOLUTION_DILATION_HEIGHT] = LATHE_CONVOLUTION_DILATION_HEIGHT_PROPERTY,
    [LATHE_CONVOLUTION_DILATION_WIDTH] = LATHE_CONVOLUTION_DILATION_WIDTH_PROPERTY,
    [GROUPS] = LATHE_CONVOLUTION_GROUPS_PROPERTY,
    [LATHE_CONVOLUTION_PADDING_TOP] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_PADDING_TOP, "padding-top", N_ ("Cut above"),
                               N_ ("Rows that are cut off at the top of the output."), 0, 1023, 0),
    [LATHE_CONVOLUTION_PADDING_BOTTOM] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_PADDING_BOTTOM, "padding-bottom", N_ ("Cut below"),
                               N_ ("Rows that are cut off at the bottom of the output."), 0, 1023, 0),
    [LATHE_CONVOLUTION_PADDING_LEFT] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_PADDING_LEFT, "padding-left", N_ ("Cut left"),
                               N_ ("Columns that are cut off at the left of the output."), 0, 1023, 0),
    [LATHE_CONVOLUTION_PADDING_RIGHT] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_PADDING_RIGHT, "padding-right", N_ ("Cut right"),
                               N_ ("Columns that are cut off at the right of the output."), 0, 1023, 0),
    LATHE_WEIGHT_PROPERTIES (LATHE_CONVOLUTION_WEIGHTS),
    [OUTPUT_PADDING_HEIGHT] = LATHE_PIXELS_PROPERTY (
        "output-padding-height", N_ ("More below"),
        N_ ("Rows that the output has more at the bottom, fewer than the stride; with “same” padding, none."), 0, 62,
        0),
    [OUTPUT_PADDING_WIDTH] = LATHE_PIXELS_PROPERTY (
        "output-padding-width", N_ ("More right"),
        N_ ("Columns that the output has more at the right, fewer than the stride; with “same” padding, none."), 0, 62,
        0),
};

/* One side, seen from the output: `in` is its size, 0 when all is cut off, and `out` the input's. */
static LatheAxis
axis (const LatheProperties *values, gboolean vertical, guint n)
{
  LatheAxis a = lathe_convolution_axis (values, vertical, 1);
  const double *sides = values->value + (vertical ? LATHE_CONVOLUTION_PADDING_TOP : LATHE_CONVOLUTION_PADDING_LEFT);
  guint more = (guint) values->value[vertical ? OUTPUT_PADDING_HEIGHT : OUTPUT_PADDING_WIDTH];
  guint covered, cut = 0;

  a.out = n;
  a.before = 0;
  covered = lathe_axis_reach (&a);
  if (values->value[PADDING] == LATHE_PADDING_SAME)
    {
      a.in = n * a.stride;
      a.before = covered > a.in ? (covered - a.in) / 2 : 0;
      a.after = lathe_axis_overhang (&a);
      return a;
    }
  if (values->value[PADDING] == LATHE_PADDING_EXPLICIT)
    {
      a.before = (guint) sides[0];
      cut = (guint) (sides[0] + sides[1]);
    }
  a.in = covered + more > cut ? covered + more - cut : 0;
  a.after = lathe_axis_overhang (&a);
  return a;
}

static LatheConvolutionGeometry
geometry (const LatheProperties *values, const LatheShape *input)
{
  LatheConvolutionGeometry g = {
      .transposed = TRUE,
      .y = axis (values, TRUE, input->dim[0]),
      .x = axis (values, FALSE, input->dim[1]),
      .in = (guint) values->value[FILTERS],
      .out = input->dim[2],
      .groups = (guint) values->value[GROUPS],
  };

  g.padded = lathe_axis_full (&g.y) > g.y.in || lathe_axis_full (&g.x) > g.x.in;
  return g;
}

static gboolean
transposed_conv2d_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                         GError **error)
{
  g_autofree char *came = lathe_shape_to_string (&inputs[0]);
  const double *v = values->value;
  LatheConvolutionGeometry g;

  if (!lathe_layer_needs_image (&inputs[0], error))
    return FALSE;
  g = geometry (values, &inputs[0]);
  if (!lathe_convolution_fits (values, &g, error))
    return FALSE;
  if (v[PADDING] != LATHE_PADDING_SAME &&
      (v[OUTPUT_PADDING_HEIGHT] >= g.y.stride || v[OUTPUT_PADDING_WIDTH] >= g.x.stride))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("makes its output %g×%g pixels larger, but its stride is only %u×%u: it must be less"),
                   v[OUTPUT_PADDING_HEIGHT], v[OUTPUT_PADDING_WIDTH], g.y.stride, g.x.stride);
      return FALSE;
    }
  if (g.y.in == 0 || g.x.in == 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("cuts off all that it makes of %s: make the padding smaller"), came);
      return FALSE;
    }
  *output = LATHE_SHAPE_IMAGE (g.y.in, g.x.in, g.in);
  return TRUE;
}

static void
transposed_conv2d_windows (const LatheProperties *values, const LatheShape *input, LatheWindows *windows)
{
  LatheConvolutionGeometry g = geometry (values, input);

  *windows = (LatheWindows){.y = g.y, .x = g.x, .transposed = TRUE};
}

static guint
transposed_conv2d_parameters (const LatheProperties *values, const LatheShape *input, LatheParameter *parameters)
{
  LatheConvolutionGeometry g = geometry (values, input);

  return lathe_convolution_parameters (values, &g, parameters);
}

/* Of the windows as they are laid down, before anything is cut off. */
static guint64
transposed_conv2d_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return (guint64) lathe_shape_size (input) * (guint) values->value[KERNEL_HEIGHT] *
         (guint) values->value[KERNEL_WIDTH] * (output->dim[2] / (guint) values->value[GROUPS]);
}

static void
transposed_conv2d_plan (LatheStep *step)
{
  LatheConvolutionGeometry g = geometry (step->properties, &step->input[0]);

  lathe_convolution_plan (step, &g);
}

static void
transposed_conv2d_forward (LatheStep *step)
{
  LatheConvolutionGeometry g = geometry (step->properties, &step->input[0]);

  lathe_convolution_forward (step, &g);
}

static void
transposed_conv2d_backward (LatheStep *step)
{
  LatheConvolutionGeometry g = geometry (step->properties, &step->input[0]);

  lathe_convolution_backward (step, &g);
}

const LatheLayerKind lathe_layer_transposed_conv2d = {
    .name = "transposed-conv2d",
    .title = N_ ("Transposed convolution 2D"),
    .help = N_ ("Makes the image larger: each pixel lays a small window over the output, and learns what is in it."),
    .formula = N_ ("z = x ∗ᵀ W[ + b]"),
    .gradient = N_ ("∂L/∂W = δ ∗ x[, ∂L/∂b = Σ δ], ∂L/∂x = δ ∗ W"),
    .group = LATHE_LAYER_GROUP_CONVOLUTION,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_MADE,
    .shape = transposed_conv2d_shape,
    .parameters = transposed_conv2d_parameters,
    .cost = transposed_conv2d_cost,
    .summary = lathe_convolution_summary,
    .windows = transposed_conv2d_windows,
    .plan = transposed_conv2d_plan,
    .forward = transposed_conv2d_forward,
    .backward = transposed_conv2d_backward,
    .leads = TRUE,
};
