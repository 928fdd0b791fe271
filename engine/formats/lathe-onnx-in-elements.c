/* lathe-onnx-in-elements.c: operators that look at each number by itself, or at a constant besides.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "lathe-model-file.h"
#include "layers/lathe-activation.h"

/* --- Layers that give what they get its shape --- */

/**
 * lathe_onnx_in_add_alike:
 *
 * Returns: the layer, behind that of the value, which is its output from now on; NULL after refusing the node
 */
LatheNode *
lathe_onnx_in_add_alike (LatheOnnxIn *in, const char *kind, LatheOnnxValue *value, const char *property, double number)
{
  LatheNode *node = lathe_onnx_in_layer (in, kind, TRUE);

  if (node == NULL || (property != NULL && !lathe_onnx_in_set (in, node, property, number)) ||
      !lathe_onnx_in_connect (in, node, &value, 1, value))
    return NULL;
  return node;
}

static void
give_alike (LatheOnnxIn *in, const char *kind, LatheOnnxValue *value, const char *property, double number)
{
  if (lathe_onnx_in_add_alike (in, kind, value, property, number) != NULL)
    lathe_onnx_in_give (in, value);
}

static gboolean
rescale (LatheOnnxIn *in, LatheOnnxValue *value, double scale, double offset)
{
  LatheNode *node = lathe_onnx_in_add_alike (in, "rescale", value, "scale", scale);

  return node != NULL && lathe_onnx_in_set (in, node, "offset", offset);
}

/* --- Activations --- */

/* Whether the layer that gives the value can have an activation as its property. */
static gboolean
has_room (const LatheOnnxValue *value, const char *activation, double parameter)
{
  const LatheLayerKind *kind = lathe_layer_kind_find (activation);
  int own = lathe_layer_kind_property (value->node->kind, "activation");

  return value->sole && own >= 0 && value->node->properties.value[own] == LATHE_ACTIVATION_NONE &&
         (kind->n_properties == 0 || kind->properties[0].fallback == parameter);
}

static void
activate (LatheOnnxIn *in, LatheOnnxValue *value, const char *activation, double parameter)
{
  const LatheLayerKind *kind = lathe_layer_kind_find (activation);
  guint which = 0;

  if (!has_room (value, activation, parameter))
    {
      give_alike (in, activation, value, kind->n_properties > 0 ? kind->properties[0].name : NULL, parameter);
      return;
    }
  while (!g_str_equal (lathe_activation_names[which], activation))
    which++;
  if (lathe_onnx_in_set (in, value->node, "activation", which))
    lathe_onnx_in_give (in, value);
}

/* Whether all that reads the output multiplies it by the input: “Mul” of a gate and what it is a gate of. */
static gboolean
is_gate (LatheOnnxIn *in)
{
  const Onnx__NodeProto *reader = lathe_onnx_in_reader (in, in->node->output[0]);
  const char *self = lathe_onnx_in_name (in, in->node->input[0]);

  return reader != NULL && lathe_onnx_in_is_operator (reader, "Mul") && reader->n_input == 2 &&
         (g_str_equal (lathe_onnx_in_name (in, reader->input[0]), self) ||
          g_str_equal (lathe_onnx_in_name (in, reader->input[1]), self));
}

static void
give_half (LatheOnnxIn *in, LatheOnnxValue *value, LatheOnnxHalf half)
{
  value->half = half;
  lathe_onnx_in_give (in, value);
}

static void
take_sigmoid (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);

  if (is_gate (in))
    give_half (in, value, LATHE_ONNX_GATE);
  else
    activate (in, value, "sigmoid", 0);
}

/* ONNX has α·x + β between 0 and 1, Lathe x / 6 + 1/2. */
static void
take_hard_sigmoid (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  double alpha = lathe_onnx_in_float (in, "alpha", 0.2), beta = lathe_onnx_in_float (in, "beta", 0.5);
  gboolean usual = ABS (alpha - 1.0 / 6) < 1e-6 && beta == 0.5;

  if (usual && is_gate (in))
    give_half (in, value, LATHE_ONNX_HARD_GATE);
  else if (usual)
    activate (in, value, "hard-sigmoid", 0);
  else if (rescale (in, value, 6 * alpha, 6 * beta - 3))
    give_alike (in, "hard-sigmoid", value, NULL, 0);
}

static void
take_gelu (LatheOnnxIn *in)
{
  gboolean by_tanh = lathe_onnx_in_string_is (in, "approximate", "tanh", "none");

  activate (in, lathe_onnx_in_value (in, 0), by_tanh ? "gelu-tanh" : "gelu", 0);
}

static void
take_elu (LatheOnnxIn *in)
{
  activate (in, lathe_onnx_in_value (in, 0), "elu", lathe_onnx_in_float (in, "alpha", 1));
}

/* The paper's constants are a layer; others are an ELU and a factor. */
static void
take_selu (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  double alpha = lathe_onnx_in_float (in, "alpha", 1.67326319), gamma = lathe_onnx_in_float (in, "gamma", 1.05070102);

  if (ABS (alpha - 1.67326324) < 1e-4 && ABS (gamma - 1.05070099) < 1e-4)
    activate (in, value, "selu", 0);
  else if (lathe_onnx_in_add_alike (in, "elu", value, "alpha", alpha) != NULL && rescale (in, value, gamma, 0))
    lathe_onnx_in_give (in, value);
}

static void
take_leaky_relu (LatheOnnxIn *in)
{
  activate (in, lathe_onnx_in_value (in, 0), "leaky-relu", lathe_onnx_in_float (in, "alpha", 0.01));
}

static void
take_simple (LatheOnnxIn *in)
{
  static const struct
  {
    const char *name, *kind;
  } simple[] = {{"Relu", "relu"}, {"Tanh", "tanh"}, {"Softplus", "softplus"}, {"HardSwish", "hard-swish"}};

  for (guint i = 0; i < G_N_ELEMENTS (simple); i++)
    if (lathe_onnx_in_is_operator (in->node, simple[i].name))
      activate (in, lathe_onnx_in_value (in, 0), simple[i].kind, 0);
}

/* A bound of a Clip, which is an attribute in old versions. */
static double
bound (LatheOnnxIn *in, const char *name, guint index, double usual)
{
  const LatheOnnxConstant *constant = lathe_onnx_in_constant (in, index);

  return constant != NULL && constant->n == 1 ? lathe_onnx_constant_real (constant, 0)
                                              : lathe_onnx_in_float (in, name, usual);
}

/* Whether the output is words of a vocabulary, which an embedding cuts by itself. */
static gboolean
cuts_words (LatheOnnxIn *in)
{
  const Onnx__NodeProto *reader = lathe_onnx_in_reader (in, in->node->output[0]);

  return reader != NULL && lathe_onnx_in_is_operator (reader, "Cast") && reader->n_attribute == 1 &&
         reader->attribute[0]->i == LATHE_ONNX_INT64;
}

/* Of two bounds, ReLU6 between two changes of range; of one, ReLU. */
static void
take_clip (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  double low = bound (in, "min", 1, -INFINITY), high = bound (in, "max", 2, INFINITY), factor = 6 / (high - low);
  gboolean has_low = low > -1e30, has_high = high < 1e30;

  if (low == 0 && has_high && cuts_words (in))
    {
      value->last_word = high;
      lathe_onnx_in_give (in, value);
    }
  else if (low == 0 && (high == 6 || !has_high))
    activate (in, value, has_high ? "relu6" : "relu", 0);
  else if (!has_low && !has_high)
    lathe_onnx_in_give (in, value);
  else if (has_low && has_high && !(low < high))
    lathe_onnx_in_refuse (in, _ ("it clips to an empty range"));
  else if (!has_high ? rescale (in, value, 1, -low) && lathe_onnx_in_add_alike (in, "relu", value, NULL, 0) != NULL &&
                           rescale (in, value, 1, low)
           : !has_low ? rescale (in, value, -1, high) && lathe_onnx_in_add_alike (in, "relu", value, NULL, 0) != NULL &&
                            rescale (in, value, -1, high)
                      : rescale (in, value, factor, -low * factor) &&
                            lathe_onnx_in_add_alike (in, "relu6", value, NULL, 0) != NULL &&
                            rescale (in, value, 1 / factor, low))
    lathe_onnx_in_give (in, value);
}

/* Old versions take all dimensions from the axis on together. */
static gboolean
is_along_channels (LatheOnnxIn *in, const LatheOnnxValue *value, guint axis)
{
  guint end = in->opset < 13 ? value->rank : axis + 1, n = 0;

  for (guint i = axis; i < end; i++)
    n += value->axis[i].n;
  for (guint i = axis; i < end && n == 1; i++)
    if (value->axis[i].n == 1)
      return lathe_onnx_in_is_channels (value, i);
  return FALSE;
}

static void
take_softmax (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  guint axis;

  if (!lathe_onnx_in_axis (in, lathe_onnx_in_int (in, "axis", in->opset < 13 ? 1 : -1), value->rank, &axis))
    return;
  if (lathe_onnx_in_is_operator (in->node, "LogSoftmax") &&
      !g_str_equal (lathe_onnx_in_name (in, in->node->output[0]), in->result))
    {
      lathe_onnx_in_refuse (in, _ ("a logarithm of probabilities can but end a network"));
      return;
    }
  if (value->rank == 2 && value->axis[1].n > 1 && !lathe_onnx_in_to_vector (in, value))
    return;
  if (is_along_channels (in, value, axis))
    activate (in, value, "softmax", 0);
  else
    lathe_onnx_in_refuse (in, _ ("it goes along another dimension than the channels"));
}

static void
take_prelu (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  const LatheOnnxConstant *slope = lathe_onnx_in_constant (in, 1);
  LatheOnnxConstant laid;
  LatheNode *node;
  gsize channels;

  if (slope != NULL)
    {
      laid = lathe_onnx_in_lay_constant (in, slope, value->rank, 1);
      slope = &laid;
    }
  if (value->rank == 2 && !lathe_onnx_in_to_vector (in, value))
    return;
  channels = value->shape.dim[value->shape.rank - 1];
  if (slope == NULL || slope->n == 0 || (slope->n != 1 && !lathe_onnx_in_is_by_channel (slope, value)))
    {
      lathe_onnx_in_refuse (in, _ ("its slopes are neither one for all nor one for each channel"));
      return;
    }
  node = lathe_onnx_in_add_alike (in, "prelu", value, "shared", slope->n == 1 && channels > 1);
  if (node != NULL && lathe_onnx_in_load_vector (in, node, "slope", slope, slope->n, 1))
    lathe_onnx_in_give (in, value);
}

static void
take_dropout (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  const LatheOnnxConstant *ratio = lathe_onnx_in_constant (in, 1), *training = lathe_onnx_in_constant (in, 2);
  double rate = ratio != NULL && ratio->n == 1 ? lathe_shorten ((float) lathe_onnx_constant_real (ratio, 0))
                                               : lathe_onnx_in_float (in, "ratio", 0.5);

  if (training != NULL && lathe_onnx_constant_int (training, 0) != 0)
    lathe_onnx_in_refuse (in, _ ("it drops numbers while it answers"));
  else
    give_alike (in, "dropout", value, "rate", rate);
}

const LatheOnnxOperator lathe_onnx_elements[] = {
    {"Relu", take_simple},        {"Tanh", take_simple},
    {"Softplus", take_simple},    {"HardSwish", take_simple},
    {"Sigmoid", take_sigmoid},    {"HardSigmoid", take_hard_sigmoid},
    {"Gelu", take_gelu},          {"Elu", take_elu},
    {"Selu", take_selu},          {"LeakyRelu", take_leaky_relu},
    {"Clip", take_clip},          {"Softmax", take_softmax},
    {"LogSoftmax", take_softmax}, {"PRelu", take_prelu},
    {"Dropout", take_dropout},    {NULL},
};
