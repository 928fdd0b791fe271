/* lathe-conv2d.c: two-dimensional convolution: what it looks like from outside. See lathe-convolution-layer.c for how
 * it is done.
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
  GROUPS = LATHE_CONVOLUTION_GROUPS,
};

static const LatheProperty properties[LATHE_CONVOLUTION_N_PROPERTIES] = {
    [FILTERS] = {.name = "filters",
                 .title = N_ ("Filters"),
                 .help = N_ ("How many patterns the layer looks for."),
                 .minimum = 1,
                 .maximum = 65536,
                 .fallback = 32},
    [KERNEL_HEIGHT] = LATHE_WINDOW_PROPERTY (LATHE_PART_KERNEL_HEIGHT, "kernel-height", N_ ("Kernel height"),
                                             N_ ("The height of the window that each filter looks through."), 1, 63, 3),
    [KERNEL_WIDTH] = LATHE_WINDOW_PROPERTY (LATHE_PART_KERNEL_WIDTH, "kernel-width", N_ ("Kernel width"),
                                            N_ ("The width of the window that each filter looks through."), 1, 63, 3),
    [LATHE_CONVOLUTION_STRIDE_HEIGHT] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_STRIDE_HEIGHT, "stride-height", N_ ("Stride down"),
                               N_ ("How far the window moves down from one output row to the next."), 1, 63, 1),
    [LATHE_CONVOLUTION_STRIDE_WIDTH] =
        LATHE_WINDOW_PROPERTY (LATHE_PART_STRIDE_WIDTH, "stride-width", N_ ("Stride across"),
                               N_ ("How far the window moves across from one output to the next."), 1, 63, 1),
    [LATHE_CONVOLUTION_PADDING] = LATHE_PADDING_PROPERTY (
        N_ ("valid: the window stays inside the image; same: zeros around it keep its size; explicit: as many "
            "zeros on each side as you say."),
        LATHE_PADDING_VALID),
    [LATHE_CONVOLUTION_ACTIVATION] = LATHE_ACTIVATION_PROPERTY,
    [LATHE_CONVOLUTION_BIAS] = LATHE_BIAS_PROPERTY,
    [LATHE_CONVOLUTION_DILATION_HEIGHT] = LATHE_CONVOLUTION_DILATION_HEIGHT_PROPERTY,
    [LATHE_CONVOLUTION_DILATION_WIDTH] = LATHE_CONVOLUTION_DILATION_WIDTH_PROPERTY,
    [GROUPS] = LATHE_CONVOLUTION_GROUPS_PROPERTY,
    [LATHE_CONVOLUTION_PADDING_TOP] = LATHE_SIDE_PROPERTIES,
    LATHE_WEIGHT_PROPERTIES (LATHE_CONVOLUTION_WEIGHTS),
};

static LatheConvolutionGeometry
geometry (const LatheProperties *values, const LatheShape *input)
{
  LatheConvolutionGeometry g = {
      .y = lathe_convolution_axis (values, TRUE, input->dim[0]),
      .x = lathe_convolution_axis (values, FALSE, input->dim[1]),
      .in = input->dim[2],
      .out = (guint) values->value[FILTERS],
      .groups = (guint) values->value[GROUPS],
  };

  g.padded = lathe_axis_full (&g.y) > g.y.in || lathe_axis_full (&g.x) > g.x.in;
  return g;
}

static gboolean
conv2d_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
              GError **error)
{
  g_autofree char *came = lathe_shape_to_string (&inputs[0]);
  LatheConvolutionGeometry g;

  if (!lathe_layer_needs_image (&inputs[0], error))
    return FALSE;
  g = geometry (values, &inputs[0]);
  if (!lathe_convolution_fits (values, &g, error))
    return FALSE;
  if (g.y.out == 0 || g.x.out == 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("a %u×%u kernel needs at least %u×%u pixels, gets %s: make it smaller, or pad with “same”"),
                   g.y.kernel, g.x.kernel, lathe_axis_window (&g.y), lathe_axis_window (&g.x), came);
      return FALSE;
    }
  *output = LATHE_SHAPE_IMAGE (g.y.out, g.x.out, g.out);
  return TRUE;
}

static void
conv2d_windows (const LatheProperties *values, const LatheShape *input, LatheWindows *windows)
{
  LatheConvolutionGeometry g = geometry (values, input);

  *windows = (LatheWindows){.y = g.y, .x = g.x};
}

static guint
conv2d_parameters (const LatheProperties *values, const LatheShape *input, LatheParameter *parameters)
{
  LatheConvolutionGeometry g = geometry (values, input);

  return lathe_convolution_parameters (values, &g, parameters);
}

static guint64
conv2d_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return (guint64) lathe_shape_size (output) * (guint) values->value[KERNEL_HEIGHT] *
         (guint) values->value[KERNEL_WIDTH] * (input->dim[2] / (guint) values->value[GROUPS]);
}

static void
conv2d_plan (LatheStep *step)
{
  LatheConvolutionGeometry g = geometry (step->properties, &step->input[0]);

  lathe_convolution_plan (step, &g);
}

static gboolean
conv2d_leads_by_bands (const LatheStep *step)
{
  LatheConvolutionGeometry g = geometry (step->properties, &step->input[0]);

  return lathe_convolution_leads_by_bands (&g);
}

static gboolean
conv2d_pulls (const LatheStep *step, const LatheStep *source)
{
  LatheConvolutionGeometry g = geometry (step->properties, &step->input[0]), of_source;

  if (source->kind != step->kind)
    return FALSE;
  of_source = geometry (source->properties, &source->input[0]);
  return lathe_convolution_pulls (step, &g, &of_source);
}

static void
conv2d_prepare (LatheStep *step)
{
  LatheConvolutionGeometry g = geometry (step->properties, &step->input[0]);

  lathe_convolution_prepare (step, &g);
}

static void
conv2d_forward (LatheStep *step)
{
  LatheConvolutionGeometry g = geometry (step->properties, &step->input[0]);

  lathe_convolution_forward (step, &g);
}

static void
conv2d_backward (LatheStep *step)
{
  LatheConvolutionGeometry g = geometry (step->properties, &step->input[0]);

  lathe_convolution_backward (step, &g);
}

const LatheLayerKind lathe_layer_conv2d = {
    .name = "conv2d",
    .title = N_ ("Convolution 2D"),
    .help = N_ ("Slides small windows over the image and looks for a pattern with each of its filters."),
    .formula = N_ ("z = x ∗ W[ + b]"),
    .gradient = N_ ("∂L/∂W = x ∗ δ[, ∂L/∂b = Σ δ], ∂L/∂x = δ ∗ᵀ W"),
    .group = LATHE_LAYER_GROUP_CONVOLUTION,
    .properties = properties,
    .n_properties = LATHE_CONVOLUTION_N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_MADE,
    .shape = conv2d_shape,
    .parameters = conv2d_parameters,
    .cost = conv2d_cost,
    .summary = lathe_convolution_summary,
    .windows = conv2d_windows,
    .plan = conv2d_plan,
    .prepare = conv2d_prepare,
    .forward = conv2d_forward,
    .backward = conv2d_backward,
    .leads = TRUE,
    .leads_by_bands = conv2d_leads_by_bands,
    .pulls = conv2d_pulls,
};
