/* lathe-program-keras-windows.c: the layers in Keras that move a window over an image.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program-keras.h"

#include <glib/gi18n-lib.h>

static void
add_same (LatheProgramCall *call)
{
  lathe_program_add (call, "padding=\"same\"");
}

/* A layer that puts zeros around the input, for which the name of the padded one is returned. */
static const char *
pad (LatheKeras *keras, const LatheProgramNode *node, const LatheAxis *y, const LatheAxis *x)
{
  LatheProgramCall *call = lathe_program_call ("layers.ZeroPadding2D");

  lathe_program_add (call, "((%u, %u), (%u, %u))", y->before, lathe_axis_overhang (y), x->before,
                     lathe_axis_overhang (x));
  lathe_program_add (call, "name=\"%s_padding\"", node->name);
  lathe_keras_assign_from (keras, node, call, node->from[0]);
  return node->variable;
}

gboolean
lathe_keras_has_padding (const LatheAxis *axis)
{
  return lathe_axis_full (axis) > axis->in;
}

/* --- Convolutions --- */

/* TensorFlow knows no stride of a dilated window: such a one is taken at every pixel, and of its results those that
 * count. */
gboolean
lathe_keras_strides_afterwards (const LatheAxis *y, const LatheAxis *x)
{
  return (y->stride > 1 || x->stride > 1) && (y->dilation > 1 || x->dilation > 1);
}

/* Nor has it depthwise windows whose strides differ; as groups it takes them. */
gboolean
lathe_keras_is_depthwise (const LatheProgramNode *node, const LatheAxis *y, const LatheAxis *x)
{
  return lathe_program_is_depthwise (node) && (y->stride == x->stride || lathe_keras_strides_afterwards (y, x));
}

static LatheProgramCall *
call_conv2d (const LatheProgramNode *node, gboolean depthwise)
{
  LatheProgramCall *call = lathe_program_call (depthwise ? "layers.DepthwiseConv2D" : "layers.Conv2D");
  guint filters = lathe_program_count (node, "filters"), groups = lathe_program_count (node, "groups");
  g_autofree char *kernel =
      lathe_program_pair (lathe_program_count (node, "kernel-height"), lathe_program_count (node, "kernel-width"));

  if (!depthwise)
    lathe_program_add (call, "%u", filters);
  lathe_program_add (call, "%s", kernel);
  if (depthwise && filters > groups)
    lathe_program_add (call, "depth_multiplier=%u", filters / groups);
  if (!depthwise && groups > 1)
    lathe_program_add (call, "groups=%u", groups);
  return call;
}

void
lathe_keras_add_conv2d (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "kernel"), x = lathe_program_axis (node, FALSE, "kernel");
  gboolean later = lathe_keras_strides_afterwards (&y, &x), depthwise = lathe_keras_is_depthwise (node, &y, &x);
  gboolean same = lathe_program_value (node, "padding") == LATHE_PADDING_SAME && !later;
  gboolean padded = !same && (lathe_keras_has_padding (&y) || lathe_keras_has_padding (&x));
  const char *from = padded ? pad (keras, node, &y, &x) : node->from[0];
  LatheProgramCall *call = call_conv2d (node, depthwise);

  if (!later)
    lathe_program_add_pair (call, "strides", y.stride, x.stride, 1);
  if (same)
    add_same (call);
  lathe_program_add_pair (call, "dilation_rate", y.dilation, x.dilation, 1);
  lathe_keras_add_activation (keras, node, call);
  lathe_keras_add_bias (call, node);
  lathe_keras_add_weights (keras, node, call, depthwise ? "depthwise" : "kernel");
  lathe_keras_add_name (call, node);
  lathe_keras_assign_from (keras, node, call, from);
  if (later)
    {
      g_autofree char *rest = g_strdup_printf ("%s[:, ::%u, ::%u]", node->variable, y.stride, x.stride);

      lathe_keras_assign_text (keras, node, rest);
    }
}

guint
lathe_keras_cut_behind (const LatheProgramCut *cut)
{
  return cut->covered - MIN (cut->covered, cut->before + cut->kept);
}

guint
lathe_keras_cut_more (const LatheProgramCut *cut)
{
  return cut->before + cut->kept - MIN (cut->covered, cut->before + cut->kept);
}

static void
add_cut (LatheKeras *keras, const LatheProgramNode *node, const LatheProgramCut *y, const LatheProgramCut *x)
{
  LatheProgramCall *call;

  if (y->before + lathe_keras_cut_behind (y) + x->before + lathe_keras_cut_behind (x) == 0)
    return;
  call = lathe_program_call ("layers.Cropping2D");
  lathe_program_add (call, "((%u, %u), (%u, %u))", y->before, lathe_keras_cut_behind (y), x->before,
                     lathe_keras_cut_behind (x));
  lathe_program_add (call, "name=\"%s_cropping\"", node->name);
  lathe_keras_assign_from (keras, node, call, node->variable);
}

void
lathe_keras_add_transposed_conv2d (LatheKeras *keras, const LatheProgramNode *node)
{
  gboolean same = lathe_program_value (node, "padding") == LATHE_PADDING_SAME;
  LatheProgramCut y = lathe_program_cut (node, TRUE), x = lathe_program_cut (node, FALSE);
  LatheProgramCall *call = lathe_program_call ("layers.Conv2DTranspose");
  g_autofree char *kernel =
      lathe_program_pair (lathe_program_count (node, "kernel-height"), lathe_program_count (node, "kernel-width"));

  lathe_program_add (call, "%u", lathe_program_count (node, "filters"));
  lathe_program_add (call, "%s", kernel);
  lathe_program_add_pair (call, "strides", lathe_program_count (node, "stride-height"),
                          lathe_program_count (node, "stride-width"), 1);
  if (same)
    add_same (call);
  else
    lathe_program_add (call, "output_padding=(%u, %u)", lathe_keras_cut_more (&y), lathe_keras_cut_more (&x));
  lathe_keras_add_activation (keras, node, call);
  lathe_keras_add_bias (call, node);
  lathe_keras_add_weights (keras, node, call, "kernel");
  lathe_keras_assign (keras, node, call);
  if (!same)
    add_cut (keras, node, &y, &x);
}

const char *
lathe_keras_transposed_obstacle (const LatheProgramNode *node)
{
  if (lathe_program_count (node, "groups") > 1)
    return N_ ("has groups, which Keras does not have in a transposed convolution");
  if (lathe_program_count (node, "dilation-height") > 1 || lathe_program_count (node, "dilation-width") > 1)
    return N_ ("is dilated, which TensorFlow does not do in a transposed convolution");
  return NULL;
}

/* --- Pooling --- */

static LatheProgramCall *
call_pooling (const LatheProgramNode *node, const char *head, const LatheAxis *y, const LatheAxis *x)
{
  LatheProgramCall *call = lathe_program_call (head);
  g_autofree char *pool = lathe_program_pair (y->kernel, x->kernel);

  lathe_program_add (call, "%s", pool);
  if (y->stride != y->kernel || x->stride != x->kernel)
    lathe_program_add_pair (call, "strides", y->stride, x->stride, 0);
  if (lathe_program_value (node, "padding") == LATHE_PADDING_SAME)
    add_same (call);
  return call;
}

static gboolean
pads_explicitly (const LatheProgramNode *node, const LatheAxis *y, const LatheAxis *x)
{
  return lathe_program_value (node, "padding") == LATHE_PADDING_EXPLICIT &&
         (lathe_keras_has_padding (y) || lathe_keras_has_padding (x));
}

/* What is put around the image is less than any number, and never the largest. */
void
lathe_keras_add_max_pool (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "pool"), x = lathe_program_axis (node, FALSE, "pool");
  LatheProgramCall *call = call_pooling (node, "layers.MaxPooling2D", &y, &x);
  g_autofree char *padded = NULL;

  lathe_keras_add_name (call, node);
  if (!pads_explicitly (node, &y, &x))
    {
      lathe_keras_assign_from (keras, node, call, node->from[0]);
      return;
    }
  keras->needs |= LATHE_KERAS_OPS;
  padded = g_strdup_printf ("ops.pad(%s, ((0, 0), (%u, %u), (%u, %u), (0, 0)), constant_values=-3.4e38)", node->from[0],
                            y.before, lathe_axis_overhang (&y), x.before, lathe_axis_overhang (&x));
  lathe_keras_assign_text (keras, node, padded);
  lathe_keras_assign_from (keras, node, call, node->variable);
}

/* The mean over a window with zeros in it, divided by the share of it that is pixels. */
void
lathe_keras_add_average_pool (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "pool"), x = lathe_program_axis (node, FALSE, "pool");
  gboolean padded = pads_explicitly (node, &y, &x);
  const char *from = padded ? pad (keras, node, &y, &x) : node->from[0];
  LatheProgramCall *call = call_pooling (node, "layers.AveragePooling2D", &y, &x);
  g_autofree char *divided = NULL;

  lathe_keras_add_name (call, node);
  lathe_keras_assign_from (keras, node, call, from);
  if (!padded)
    return;
  keras->needs |= LATHE_KERAS_WINDOW_SHARES;
  divided = g_strdup_printf ("%s / window_shares((%u, %u, %u, %u, %u), (%u, %u, %u, %u, %u))", node->variable, y.in,
                             y.kernel, y.stride, y.before, y.out, x.in, x.kernel, x.stride, x.before, x.out);
  lathe_keras_assign_text (keras, node, divided);
}
