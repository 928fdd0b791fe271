/* lathe-convolution-layer.c: what a convolution and its transpose have in common as layers.
 *
 * One convolution leads from a wide image to a narrow one. Its three passes make up both layers, both ways:
 *
 *              gather                 scatter                sum
 *              wide → narrow          narrow → wide          both → weights
 *   conv2d     forward                dX                     dW
 *   transpose  dX                     forward                dW
 *
 * In gather a tile is a band of narrow rows of one sample. Padding is real: the rows that a tile needs are copied, with
 * their margins of zeros, into the thread's scratch, where they stay in cache.
 *
 * In scatter a tile is a band of wide rows of one sample: the convolution of the narrow image, spread apart by the
 * stride and padded, with the kernel turned by 180°.
 *
 * In sum a tile is a shard of the batch with sums of its own, which a second pass adds up in order.
 *
 * A 3×3 convolution of enough channels goes by Winograd's algorithm instead, all three ways (see lathe-winograd.c). Its
 * sums are 36 numbers for each pair of channels. Where the pixels of the whole batch have fewer, a shard but takes its
 * samples to their points, and the second pass multiplies those of all, one part of the weights after the other.
 *
 * Weights lie as kernel height × kernel width × the layer's input channels / groups × its filters, so that a kernel row
 * of conv2d is one run of the panel kernel's depth (see LathePanel): no im2col matrix is ever made. The transposed
 * layer has its channels the other way round than the convolution that it undoes, and swaps them where that matters.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-convolution-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"

#define PULLED_NUMBERS (256 * 1024) /* of an image that is too large to stay in the second-level cache: 1 MiB */

/**
 * lathe_convolution_axis:
 * @in: pixels of the wide image
 */
LatheAxis
lathe_convolution_axis (const LatheProperties *values, gboolean vertical, guint in)
{
  const double *v = values->value;
  guint other = vertical ? 0 : 1;
  LatheAxis axis = {
      .in = in,
      .kernel = (guint) v[LATHE_CONVOLUTION_KERNEL_HEIGHT + other],
      .stride = (guint) v[LATHE_CONVOLUTION_STRIDE_HEIGHT + other],
      .dilation = (guint) v[LATHE_CONVOLUTION_DILATION_HEIGHT + other],
  };

  return lathe_axis_pad (axis, (LathePadding) v[LATHE_CONVOLUTION_PADDING],
                         (guint) v[LATHE_CONVOLUTION_PADDING_TOP + 2 * other],
                         (guint) v[LATHE_CONVOLUTION_PADDING_BOTTOM + 2 * other]);
}

/**
 * lathe_convolution_fits:
 *
 * Errors: LATHE_ERROR_SHAPE when the groups or the padding cannot be.
 */
gboolean
lathe_convolution_fits (const LatheProperties *values, const LatheConvolutionGeometry *g, GError **error)
{
  if (g->in % g->groups != 0 || g->out % g->groups != 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("cannot cut %u channels and %u filters into %u groups: the number of groups must divide both"),
                   g->transposed ? g->out : g->in, g->transposed ? g->in : g->out, g->groups);
      return FALSE;
    }
  return values->value[LATHE_CONVOLUTION_PADDING] != LATHE_PADDING_EXPLICIT ||
         lathe_axis_sides_fit (&values->value[LATHE_CONVOLUTION_PADDING_TOP], &g->y, &g->x, error);
}

/**
 * lathe_convolution_parameters:
 *
 * Weights, and a bias where there is one. An output pixel of a transposed layer lies under so many windows on average
 * as a window has pixels for each of its stride's.
 *
 * Returns: how many tensors
 */
guint
lathe_convolution_parameters (const LatheProperties *values, const LatheConvolutionGeometry *g,
                              LatheParameter parameters[LATHE_MAX_PARAMETERS])
{
  guint in = g->transposed ? g->out : g->in, out = g->transposed ? g->in : g->out;
  gsize window = (gsize) g->y.kernel * g->x.kernel, apart = g->transposed ? (gsize) g->y.stride * g->x.stride : 1;
  guint n = values->value[LATHE_CONVOLUTION_BIAS] != 0 ? 2 : 1;

  parameters[0] = (LatheParameter){
      .name = "weight",
      .shape = {4, {g->y.kernel, g->x.kernel, in / g->groups, out}},
      .initialiser = lathe_activation_initialiser ((LatheActivation) values->value[LATHE_CONVOLUTION_ACTIVATION]),
      .fan_in = MAX (1, window * (in / g->groups) / apart),
      .fan_out = window * (out / g->groups),
  };
  parameters[1] = (LatheParameter){.name = "bias", .shape = LATHE_SHAPE_VECTOR (out)};
  lathe_weights_describe (values, LATHE_CONVOLUTION_WEIGHTS, parameters, n);
  return n;
}

char *
lathe_convolution_summary (const LatheProperties *values)
{
  const double *v = values->value;
  const char *title = lathe_activation_title ((LatheActivation) v[LATHE_CONVOLUTION_ACTIVATION]);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%g · %g×%g", v[LATHE_CONVOLUTION_FILTERS], v[LATHE_CONVOLUTION_KERNEL_HEIGHT],
                          v[LATHE_CONVOLUTION_KERNEL_WIDTH]);
  if (v[LATHE_CONVOLUTION_STRIDE_HEIGHT] > 1 || v[LATHE_CONVOLUTION_STRIDE_WIDTH] > 1)
    g_string_append_printf (text, " / %g×%g", v[LATHE_CONVOLUTION_STRIDE_HEIGHT], v[LATHE_CONVOLUTION_STRIDE_WIDTH]);
  if (v[LATHE_CONVOLUTION_PADDING] == LATHE_PADDING_SAME)
    g_string_append_printf (text, " · %s", _ ("same"));
  if (v[LATHE_CONVOLUTION_DILATION_HEIGHT] > 1 || v[LATHE_CONVOLUTION_DILATION_WIDTH] > 1)
    g_string_append_printf (text, _ (" · dilation %g×%g"), v[LATHE_CONVOLUTION_DILATION_HEIGHT],
                            v[LATHE_CONVOLUTION_DILATION_WIDTH]);
  if (v[LATHE_CONVOLUTION_GROUPS] > 1)
    g_string_append_printf (text, _ (" · groups %g"), v[LATHE_CONVOLUTION_GROUPS]);
  if (title != NULL)
    g_string_append_printf (text, " · %s", title);
  return g_string_free (text, FALSE);
}

LatheActivation
lathe_convolution_activation (const LatheStep *step)
{
  return step->linear ? LATHE_ACTIVATION_NONE : (LatheActivation) lathe_step_value (step, LATHE_CONVOLUTION_ACTIVATION);
}

/* --- Scratch memory --- */

static void
plan_winograd (LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheWinograd c = lathe_convolution_winograd (step, g), back = lathe_convolution_winograd_back (step, g);

  step->algorithm = N_ ("Winograd F(4×4, 3×3)");
  step->thread_scratch_size = MAX (step->thread_scratch_size, lathe_winograd_scratch (&c, step->batch));
  if (!step->training)
    {
      step->prepared_size = lathe_winograd_points (&c);
      return;
    }
  step->scratch_size =
      MAX (step->scratch_size, lathe_shape_size (&step->parameter[0].shape) + lathe_winograd_points (&c));
  step->thread_scratch_size = MAX (step->thread_scratch_size, lathe_winograd_scratch (&back, step->batch));
  step->thread_scratch_size = MAX (step->thread_scratch_size, lathe_winograd_sum_scratch (&c));
  step->thread_scratch_size = MAX (step->thread_scratch_size, lathe_winograd_part_scratch (&c));
}

/* Room for rows of an output that is not in memory, or of its gradient: behind all else in the thread's scratch. */
static void
plan_band (LatheStep *step, guint rows)
{
  if (step->piece == 0)
    return;
  step->band_at = lathe_ceil_div (step->thread_scratch_size, LATHE_ALIGNMENT) * LATHE_ALIGNMENT;
  step->thread_scratch_size = step->band_at + rows * lathe_convolution_output_row (step);
}

/**
 * lathe_convolution_leads_by_bands:
 *
 * Returns: whether the output is worked out in bands that another layer may take at once: not by Winograd's algorithm
 */
gboolean
lathe_convolution_leads_by_bands (const LatheConvolutionGeometry *g)
{
  return !lathe_convolution_suits_winograd (g);
}

/**
 * lathe_convolution_pulls:
 *
 * A depthwise convolution reads so much for so little work that a large input had better never leave the cache. Rows
 * that two bands see are made twice, which costs little where each pixel is made of its own place.
 *
 * Returns: whether the convolution should make its input itself, band by band
 */
gboolean
lathe_convolution_pulls (const LatheStep *step, const LatheConvolutionGeometry *g,
                         const LatheConvolutionGeometry *source)
{
  LatheConvolution c = lathe_convolution_of (step, g);

  return lathe_convolution_is_depthwise (&c) && !g->transposed && lathe_convolution_is_pointwise (source) &&
         source->groups == 1 && lathe_convolution_wide_size (g) >= PULLED_NUMBERS;
}

void
lathe_convolution_plan (LatheStep *step, const LatheConvolutionGeometry *g)
{
  gsize weights = lathe_shape_size (&step->parameter[0].shape);
  gsize wide_row = (gsize) lathe_axis_full (&g->x) * g->in;
  gsize gather =
      ((gsize) (lathe_convolution_gather_band (step, g) - 1) * g->y.stride + lathe_axis_window (&g->y)) * wide_row;
  gsize scatter =
      (gsize) (lathe_convolution_scatter_band (g) + lathe_axis_window (&g->y) - 1) * lathe_convolution_spread_row (g);
  gsize shard = lathe_axis_full (&g->y) * wide_row;

  step->scratch_size = g->transposed ? weights : 0;
  step->thread_scratch_size = g->transposed ? scatter : g->padded || step->source != NULL ? gather : 0;
  if (step->training)
    {
      lathe_activation_plan (lathe_convolution_activation (step), step);
      step->thread_scratch_size = MAX (g->padded ? MAX (shard, gather) : 0, scatter);
      step->scratch_size = lathe_convolution_sums_size (step, g);
    }
  if (lathe_convolution_suits_winograd (g))
    plan_winograd (step, g);
  else if (lathe_convolution_suits_slabs (step, g))
    step->prepared_size = weights;
  plan_band (step, step->training
                       ? MAX (lathe_convolution_gather_band (step, g),
                              MIN (g->y.out, lathe_convolution_scatter_band (g) + lathe_axis_window (&g->y) - 1))
                       : lathe_convolution_gather_band (step, g));
}

/* --- Both ways --- */

/**
 * lathe_convolution_prepare:
 *
 * In a network that only answers, Winograd's weights are made once, and those of large pointwise ones are laid anew.
 */
void
lathe_convolution_prepare (LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheConvolution c = lathe_convolution_of (step, g);
  LatheWinograd winograd = lathe_convolution_winograd (step, g);

  if (lathe_convolution_suits_winograd (g))
    lathe_winograd_weights (&winograd, step->pool, step->w[0], step->prepared);
  else if (lathe_convolution_suits_slabs (step, g))
    lathe_convolution_lay_slabs (&c, step->w[0], step->prepared);
}

void
lathe_convolution_forward (LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheConvolutionPass pass = {.step = step, .g = g, .from = step->x[0], .w = step->w[0]};
  LatheConvolution back = lathe_convolution_back (step, g);

  if (lathe_convolution_suits_winograd (g))
    {
      LatheWinograd c = lathe_convolution_winograd (step, g);

      if (step->prepared == NULL)
        lathe_winograd_weights (&c, step->pool, step->w[0], step->scratch);
      lathe_convolution_run_winograd (&pass, &c, step->prepared != NULL ? step->prepared : step->scratch);
      return;
    }
  if (!g->transposed)
    {
      lathe_convolution_gather (&pass);
      return;
    }
  lathe_convolution_turn (&back, step->w[0], step->scratch);
  pass.w = step->scratch;
  lathe_convolution_scatter (&pass);
}

void
lathe_convolution_backward (LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheConvolutionPass pass = {.step = step, .g = g, .w = step->scratch, .to = step->dx[0]};
  LatheConvolution c = lathe_convolution_of (step, g), back = lathe_convolution_back (step, g);

  lathe_convolution_find_weights (&pass);
  if (step->dx[0] == NULL)
    return;
  if (g->transposed)
    {
      lathe_convolution_swap (&back, step->pool, step->w[0], FALSE, step->scratch);
      lathe_convolution_gather (&pass);
    }
  else
    {
      lathe_convolution_swap (&c, step->pool, step->w[0], TRUE, step->scratch);
      if (lathe_convolution_suits_winograd (g))
        {
          LatheWinograd turned = lathe_convolution_winograd_back (step, g);
          LatheReal *points = step->scratch + lathe_shape_size (&step->parameter[0].shape);

          lathe_winograd_weights (&turned, step->pool, step->scratch, points);
          lathe_convolution_run_winograd (&pass, &turned, points);
        }
      else
        lathe_convolution_scatter (&pass);
    }
}
