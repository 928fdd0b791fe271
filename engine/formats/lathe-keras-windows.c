/* lathe-keras-windows.c: the layers that move a window over an image, as layers of Keras.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-keras.h"
#include "lathe-program-keras.h"

static const LatheKerasLayer *
get_input (LatheKerasModel *model, const LatheProgramNode *node)
{
  return g_hash_table_lookup (model->last, node->node->inputs->pdata[0]);
}

/* What comes out of the node: its layer's output, with the activation that the layer has no word for. */
static const char *
finish (LatheKerasModel *model, const LatheProgramNode *node, const LatheKerasLayer *layer)
{
  g_hash_table_insert (model->last, (gpointer) node->node, (gpointer) layer);
  return NULL;
}

static void
set_sides (LatheKerasLayer *layer, const char *name, guint top, guint bottom, guint left, guint right)
{
  const guint sides[] = {top, bottom, left, right};
  JsonArray *all = json_array_new ();

  for (guint i = 0; i < 4; i += 2)
    {
      JsonArray *pair = json_array_new ();

      json_array_add_int_element (pair, sides[i]);
      json_array_add_int_element (pair, sides[i + 1]);
      json_array_add_array_element (all, pair);
    }
  json_object_set_array_member (layer->config, name, all);
}

/* Zeros around the input, as far as windows look. */
static const LatheKerasLayer *
pad (LatheKerasModel *model, const LatheProgramNode *node, const LatheAxis *y, const LatheAxis *x)
{
  LatheShape padded = LATHE_SHAPE_IMAGE (lathe_axis_full (y), lathe_axis_full (x), node->input[0].dim[2]);
  LatheKerasLayer *layer =
      lathe_keras_layer (model, node, "padding", "ZeroPadding2D", get_input (model, node), &padded);

  set_sides (layer, "padding", y->before, lathe_axis_overhang (y), x->before, lathe_axis_overhang (x));
  return layer;
}

/* --- Convolutions --- */

static void
describe_conv2d (LatheKerasModel *model, LatheKerasLayer *layer, const LatheProgramNode *node, gboolean depthwise)
{
  guint filters = lathe_program_count (node, "filters"), groups = lathe_program_count (node, "groups");

  lathe_keras_set_pair (layer, "kernel_size", lathe_program_count (node, "kernel-height"),
                        lathe_program_count (node, "kernel-width"));
  if (depthwise)
    json_object_set_int_member (layer->config, "depth_multiplier", filters / groups);
  else
    {
      json_object_set_int_member (layer->config, "filters", filters);
      json_object_set_int_member (layer->config, "groups", groups);
    }
  lathe_keras_set_weights (model, layer, node, depthwise ? "depthwise" : "kernel",
                           depthwise && model->legacy ? "depthwise_kernel" : "kernel");
  if (depthwise)
    {
      layer->variable[0].dim[2] = groups;
      layer->variable[0].dim[3] = filters / groups;
    }
}

/* Sets the activation of a layer that has one. Returns: the last of the layers that it takes */
static const LatheKerasLayer *
activate (LatheKerasModel *model, const LatheProgramNode *node, LatheKerasLayer *layer)
{
  LatheActivation activation = lathe_program_activation (node);
  const char *word = lathe_keras_property_word (model, activation);

  json_object_set_string_member (layer->config, "activation", word != NULL ? word : "linear");
  if (word != NULL)
    return layer;
  return lathe_keras_activate (model, node, activation, lathe_program_usual_parameter (activation), layer);
}

/* Every so many pixels: pooling of one pixel, that takes steps. */
static const LatheKerasLayer *
stride (LatheKerasModel *model, const LatheProgramNode *node, const LatheKerasLayer *from, const LatheAxis *y,
        const LatheAxis *x)
{
  LatheKerasLayer *layer = lathe_keras_layer (model, node, "stride", "MaxPooling2D", from, &node->output);

  lathe_keras_set_pair (layer, "pool_size", 1, 1);
  lathe_keras_set_pair (layer, "strides", y->stride, x->stride);
  json_object_set_string_member (layer->config, "padding", "valid");
  return layer;
}

/* See lathe-program-keras-windows.c for what TensorFlow cannot do at once. */
const char *
lathe_keras_make_conv2d (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "kernel"), x = lathe_program_axis (node, FALSE, "kernel");
  gboolean later = lathe_keras_strides_afterwards (&y, &x), depthwise = lathe_keras_is_depthwise (node, &y, &x);
  gboolean same = lathe_program_value (node, "padding") == LATHE_PADDING_SAME && !later;
  gboolean padded = !same && (lathe_keras_has_padding (&y) || lathe_keras_has_padding (&x));
  const LatheKerasLayer *from = padded ? pad (model, node, &y, &x) : get_input (model, node), *last;
  LatheShape output = node->output;
  LatheKerasLayer *layer;

  if (later)
    {
      output.dim[0] = from->output.dim[0] - lathe_axis_window (&y) + 1;
      output.dim[1] = from->output.dim[1] - lathe_axis_window (&x) + 1;
    }
  layer = lathe_keras_layer (model, node, NULL, depthwise ? "DepthwiseConv2D" : "Conv2D", from, &output);
  describe_conv2d (model, layer, node, depthwise);
  lathe_keras_set_pair (layer, "strides", later ? 1 : y.stride, later ? 1 : x.stride);
  lathe_keras_set_pair (layer, "dilation_rate", y.dilation, x.dilation);
  json_object_set_string_member (layer->config, "padding", same ? "same" : "valid");
  last = activate (model, node, layer);
  return finish (model, node, later ? stride (model, node, last, &y, &x) : last);
}

/* Keras has the filters of a transposed convolution in front of its channels. */
static void
swap (LatheKerasVariable *variable)
{
  gsize window = (gsize) variable->dim[0] * variable->dim[1], in = variable->dim[2], out = variable->dim[3];

  variable->own = g_new (float, window *in *out);
  for (gsize w = 0; w < window; w++)
    for (gsize i = 0; i < in; i++)
      for (gsize o = 0; o < out; o++)
        variable->own[(w * out + o) * in + i] = variable->data[(w * in + i) * out + o];
  variable->data = variable->own;
  variable->dim[2] = (guint) out;
  variable->dim[3] = (guint) in;
}

static const LatheKerasLayer *
cut (LatheKerasModel *model, const LatheProgramNode *node, const LatheKerasLayer *from, const LatheProgramCut *y,
     const LatheProgramCut *x)
{
  LatheKerasLayer *layer;

  if (y->before + lathe_keras_cut_behind (y) + x->before + lathe_keras_cut_behind (x) == 0)
    return from;
  layer = lathe_keras_layer (model, node, "cropping", "Cropping2D", from, &node->output);
  set_sides (layer, "cropping", y->before, lathe_keras_cut_behind (y), x->before, lathe_keras_cut_behind (x));
  return layer;
}

const char *
lathe_keras_make_transposed_conv2d (LatheKerasModel *model, const LatheProgramNode *node)
{
  gboolean same = lathe_program_value (node, "padding") == LATHE_PADDING_SAME;
  LatheProgramCut y = lathe_program_cut (node, TRUE), x = lathe_program_cut (node, FALSE);
  LatheShape output = node->output;
  const LatheKerasLayer *last;
  LatheKerasLayer *layer;

  if (!same)
    {
      output.dim[0] = y.covered + lathe_keras_cut_more (&y);
      output.dim[1] = x.covered + lathe_keras_cut_more (&x);
    }
  layer = lathe_keras_layer (model, node, NULL, "Conv2DTranspose", NULL, &output);
  json_object_set_int_member (layer->config, "filters", lathe_program_count (node, "filters"));
  lathe_keras_set_pair (layer, "kernel_size", lathe_program_count (node, "kernel-height"),
                        lathe_program_count (node, "kernel-width"));
  lathe_keras_set_pair (layer, "strides", lathe_program_count (node, "stride-height"),
                        lathe_program_count (node, "stride-width"));
  json_object_set_string_member (layer->config, "padding", same ? "same" : "valid");
  if (!same)
    lathe_keras_set_pair (layer, "output_padding", lathe_keras_cut_more (&y), lathe_keras_cut_more (&x));
  lathe_keras_set_weights (model, layer, node, "kernel", "kernel");
  swap (&layer->variable[0]);
  last = activate (model, node, layer);
  return finish (model, node, same ? last : cut (model, node, last, &y, &x));
}

/* --- Pooling --- */

/* Whether explicit padding lies as Keras would have it with “same”. */
static gboolean
is_same (const LatheAxis *axis)
{
  LatheAxis same = lathe_axis_pad (*axis, LATHE_PADDING_SAME, 0, 0);

  return same.out == axis->out && same.before == axis->before;
}

/* Whether no number that comes out of a layer is below zero. */
static gboolean
is_never_negative (const LatheNode *node)
{
  static const char *const limits[] = {"relu", "relu6", "sigmoid", "softmax", "hard-sigmoid", "softplus", NULL};
  static const char *const keeps[] = {"dropout", "spatial-dropout", "max-pool", "average-pool", NULL};
  int activation = lathe_layer_kind_property (node->kind, "activation");

  while (g_strv_contains (keeps, node->kind->name))
    {
      node = node->inputs->pdata[0];
      activation = lathe_layer_kind_property (node->kind, "activation");
    }
  return g_strv_contains (limits, activation >= 0 ? lathe_activation_names[(int) node->properties.value[activation]]
                                                  : node->kind->name);
}

static LatheKerasLayer *
pooling (LatheKerasModel *model, const LatheProgramNode *node, const char *class, const LatheKerasLayer *from,
         const LatheAxis *y, const LatheAxis *x, gboolean same)
{
  LatheKerasLayer *layer = lathe_keras_layer (model, node, NULL, class, from, &node->output);

  lathe_keras_set_pair (layer, "pool_size", y->kernel, x->kernel);
  lathe_keras_set_pair (layer, "strides", y->stride, x->stride);
  json_object_set_string_member (layer->config, "padding", same ? "same" : "valid");
  return layer;
}

/* What a layer of Keras's puts around an image is zeros, which are never above a number that is not negative. */
const char *
lathe_keras_make_max_pool (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "pool"), x = lathe_program_axis (node, FALSE, "pool");
  gboolean padded = lathe_keras_has_padding (&y) || lathe_keras_has_padding (&x);
  gboolean same = lathe_program_value (node, "padding") == LATHE_PADDING_SAME || (is_same (&y) && is_same (&x));

  if (same || !padded)
    return finish (model, node, pooling (model, node, "MaxPooling2D", NULL, &y, &x, same));
  if (!is_never_negative (node->node->inputs->pdata[0]))
    return N_ ("has a padding that Keras only has in front of a max-pool whose input is never negative");
  return finish (model, node, pooling (model, node, "MaxPooling2D", pad (model, node, &y, &x), &y, &x, FALSE));
}

/* A mean is over the pixels alone; zeros that a layer puts around an image are counted. */
const char *
lathe_keras_make_average_pool (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "pool"), x = lathe_program_axis (node, FALSE, "pool");
  gboolean padded = lathe_keras_has_padding (&y) || lathe_keras_has_padding (&x);
  gboolean same = lathe_program_value (node, "padding") == LATHE_PADDING_SAME || (is_same (&y) && is_same (&x));

  if (padded && !same)
    return N_ ("has a padding that Keras does not have in an average-pool");
  return finish (model, node, pooling (model, node, "AveragePooling2D", NULL, &y, &x, same));
}
