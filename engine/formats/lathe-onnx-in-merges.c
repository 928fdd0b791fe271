/* lathe-onnx-in-merges.c: operators of two tensors or more, each of them a layer's or constant.
 *
 * What is added or multiplied number by number with a constant is a bias, a rescale layer, or, where every channel has
 * a number of its own, a frozen norm whose mean is 0 and whose variance is 1.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "layers/lathe-activation.h"

#define LEAST_EPSILON 1e-9 /* of a norm: what it divides by is 1 to all digits */

static char
operator_of (LatheOnnxIn *in)
{
  return in->node->op_type[0]; /* Add, Sub, Mul, Div, Sum */
}

static gboolean
is_sum (LatheOnnxIn *in)
{
  return operator_of (in) == 'A' || operator_of (in) == 'S';
}

/* --- With a constant --- */

/**
 * lathe_onnx_in_is_by_channel:
 *
 * Returns: whether the constant, laid against the last dimensions of the tensor, has a number for each channel
 */
gboolean
lathe_onnx_in_is_by_channel (const LatheOnnxConstant *constant, const LatheOnnxValue *value)
{
  guint channels = value->shape.dim[value->shape.rank - 1];

  if (constant->n != channels || constant->rank > value->rank || constant->swapped)
    return FALSE;
  for (guint i = 0; i < constant->rank; i++)
    if (constant->dim[i] != 1)
      {
        guint axis = value->rank - constant->rank + i;

        return axis > 0 && lathe_onnx_in_is_channels (value, axis);
      }
  return channels == 1;
}

/* The images as bytes take it as a part of how they are prepared. */
static void
prepare (LatheOnnxIn *in, LatheOnnxValue *value, const LatheOnnxConstant *constant)
{
  for (guint c = 0; c < 3; c++)
    {
      double number = lathe_onnx_constant_real (constant, constant->n == 1 ? 0 : c % constant->n);
      double factor = operator_of (in) == 'M' ? number : operator_of (in) == 'D' ? 1 / number : 1;
      double offset = operator_of (in) == 'A' ? number : operator_of (in) == 'S' ? -number : 0;

      value->scale[c] *= factor;
      value->offset[c] = value->offset[c] * factor + offset;
    }
  lathe_onnx_in_give (in, value);
}

/* Logits that are divided by a number, and then become probabilities: they do so in the model, too. */
static gboolean
cools (LatheOnnxIn *in, double divisor)
{
  const Onnx__NodeProto *reader = lathe_onnx_in_reader (in, in->node->output[0]), *last;
  const char *given;

  if (reader == NULL || !(divisor > 0) || in->temperature != 1 ||
      (!lathe_onnx_in_is_operator (reader, "Softmax") && !lathe_onnx_in_is_operator (reader, "Sigmoid")))
    return FALSE;
  given = lathe_onnx_in_name (in, reader->output[0]);
  last = g_hash_table_lookup (in->makers, in->result);
  if (!g_str_equal (given, in->result) &&
      !(last != NULL && lathe_onnx_in_is_operator (last, "Concat") && lathe_onnx_in_is_operator (reader, "Sigmoid") &&
        last->n_input == 2 && g_str_equal (lathe_onnx_in_name (in, last->input[1]), given)))
    return FALSE;
  in->temperature = divisor;
  return TRUE;
}

/* One number for all. */
static void
take_scalar (LatheOnnxIn *in, LatheOnnxValue *value, double number, gboolean constant_first)
{
  double scale = 1, offset = 0;
  LatheNode *node = value->node;
  int own = lathe_layer_kind_property (node->kind, "offset");

  if (operator_of (in) == 'M' || operator_of (in) == 'D')
    scale = operator_of (in) == 'M' ? number : 1 / number;
  else
    offset = operator_of (in) == 'S' && !constant_first ? -number : number;
  if (operator_of (in) == 'S' && constant_first)
    scale = -1;
  if (offset == 0 && cools (in, 1 / scale))
    ;
  else if (value->sole && own >= 0 && scale == 1 && node->properties.value[own] == 0)
    {
      if (!lathe_onnx_in_set (in, node, "offset", offset))
        return;
    }
  else
    {
      node = lathe_onnx_in_add_alike (in, "rescale", value, "scale", scale);
      if (node == NULL || !lathe_onnx_in_set (in, node, "offset", offset))
        return;
    }
  lathe_onnx_in_give (in, value);
}

/* The layer gets a bias, where it has none yet. */
static gboolean
take_bias (LatheOnnxIn *in, LatheOnnxValue *value, const LatheOnnxConstant *constant, double sign)
{
  int bias = lathe_layer_kind_property (value->node->kind, "bias");
  int activation = lathe_layer_kind_property (value->node->kind, "activation");
  gsize channels = value->shape.dim[value->shape.rank - 1];

  if (!value->sole || bias < 0 || activation < 0 || value->node->properties.value[bias] != 0 ||
      value->node->properties.value[activation] != LATHE_ACTIVATION_NONE)
    return FALSE;
  if (lathe_onnx_in_set (in, value->node, "bias", 1) &&
      lathe_onnx_in_load_vector (in, value->node, "bias", constant, channels, sign))
    lathe_onnx_in_give (in, value);
  return TRUE;
}

/* A number for each channel. */
static void
take_by_channel (LatheOnnxIn *in, LatheOnnxValue *value, const LatheOnnxConstant *constant)
{
  gsize channels = value->shape.dim[value->shape.rank - 1];
  double sign = operator_of (in) == 'S' ? -1 : 1;
  LatheNode *node;

  if (is_sum (in) && take_bias (in, value, constant, sign))
    return;
  node = lathe_onnx_in_add_alike (in, "batch-norm", value, "epsilon", LEAST_EPSILON);
  if (node == NULL || !lathe_onnx_in_set (in, node, "frozen", 1))
    return;
  lathe_onnx_in_fill (in, node, "running-mean", 0);
  lathe_onnx_in_fill (in, node, "running-variance", 1);
  lathe_onnx_in_fill (in, node, is_sum (in) ? "gamma" : "beta", is_sum (in) ? 1 : 0);
  if (lathe_onnx_in_load_vector (in, node, is_sum (in) ? "beta" : "gamma", constant, channels, sign))
    lathe_onnx_in_give (in, value);
}

static gboolean
divides (LatheOnnxIn *in, const LatheOnnxConstant *constant)
{
  for (gsize i = 0; i < constant->n; i++)
    if (lathe_onnx_constant_real (constant, i) == 0)
      {
        lathe_onnx_in_refuse (in, _ ("it divides by 0"));
        return FALSE;
      }
  return TRUE;
}

static void
take_with_constant (LatheOnnxIn *in, LatheOnnxValue *value, const LatheOnnxConstant *given, gboolean constant_first)
{
  const LatheOnnxConstant laid =
      lathe_onnx_in_lay_constant (in, given, value->rank, lathe_onnx_in_int (in, "axis", -1));
  const LatheOnnxConstant *constant = &laid;
  gboolean scalar = constant->n == 1 && constant->rank <= value->rank, by_channel;

  if (!scalar && value->rank == 2 && !lathe_onnx_in_to_vector (in, value))
    return;
  by_channel = !scalar && lathe_onnx_in_is_by_channel (constant, value);
  if ((operator_of (in) == 'D' && constant_first) || (operator_of (in) == 'S' && constant_first && !scalar) ||
      (!scalar && !by_channel) || (by_channel && operator_of (in) == 'D' && !value->bytes))
    lathe_onnx_in_refuse (in, _ ("its constant is neither one number nor one for each channel"));
  else if (operator_of (in) == 'D' && !divides (in, constant))
    return;
  else if (value->bytes && !constant_first)
    prepare (in, value, constant);
  else if (scalar)
    take_scalar (in, value, lathe_onnx_constant_real (constant, 0), constant_first);
  else
    take_by_channel (in, value, constant);
}

/* What is left to 1, to be put beside it at the end. */
static gboolean
take_complement (LatheOnnxIn *in, LatheOnnxValue *value, const LatheOnnxConstant *constant)
{
  const Onnx__NodeProto *reader = lathe_onnx_in_reader (in, in->node->output[0]);

  if (operator_of (in) != 'S' || constant->n != 1 || lathe_onnx_constant_real (constant, 0) != 1 || reader == NULL ||
      !lathe_onnx_in_is_operator (reader, "Concat") ||
      !g_str_equal (lathe_onnx_in_name (in, reader->output[0]), in->result))
    return FALSE;
  value->half = LATHE_ONNX_COMPLEMENT;
  lathe_onnx_in_give (in, value);
  return TRUE;
}

/* --- Of layers --- */

/* Brings tensors of one shape to layers' outputs that are alike, too. */
static gboolean
align (LatheOnnxIn *in, LatheOnnxValue **values, guint n)
{
  gboolean alike = TRUE;

  for (guint i = 1; i < n; i++)
    alike &= lathe_onnx_in_is_alike (values[0], values[i]);
  for (guint i = 0; i < n && !alike; i++)
    if (values[i]->rank == 4   ? !lathe_onnx_in_to_image (in, values[i])
        : values[i]->rank == 2 ? !lathe_onnx_in_to_vector (in, values[i])
                               : TRUE)
      {
        lathe_onnx_in_refuse (in, _ ("what it puts together lies in different ways"));
        return FALSE;
      }
  return TRUE;
}

static gboolean
same_shape (const LatheOnnxValue *a, const LatheOnnxValue *b)
{
  for (guint i = 1; i < a->rank; i++)
    if (a->rank != b->rank || lathe_onnx_in_dim (a, i) != lathe_onnx_in_dim (b, i))
      return FALSE;
  return a->rank == b->rank;
}

/* A layer of up to eight inputs; of more, the first ones are put together first. The result is in the first. */
static gboolean
chain (LatheOnnxIn *in, const char *kind, LatheOnnxValue **values, guint n)
{
  LatheOnnxValue result = *values[0];

  for (guint i = 1; i < n; i += LATHE_MAX_INPUTS - 1)
    {
      guint now = MIN (n - i, LATHE_MAX_INPUTS - 1);
      LatheNode *node = lathe_onnx_in_layer (in, kind, i + now == n);
      LatheOnnxValue *inputs[LATHE_MAX_INPUTS] = {&result};

      memcpy (inputs + 1, values + i, now * sizeof *inputs);
      if (node == NULL || !lathe_onnx_in_connect (in, node, inputs, now + 1, &result))
        return FALSE;
    }
  *values[0] = result;
  return TRUE;
}

/* All inputs, which must be of layers. (transfer container) */
static LatheOnnxValue **
all_values (LatheOnnxIn *in)
{
  guint n = (guint) in->node->n_input;
  LatheOnnxValue **values = g_new (LatheOnnxValue *, n + 1);

  for (guint i = 0; i < n; i++)
    if ((values[i] = lathe_onnx_in_value (in, i)) == NULL)
      {
        lathe_onnx_in_refuse (in, _ ("it puts constants and layers together"));
        g_free (values);
        return NULL;
      }
  return values;
}

static void
take_sum (LatheOnnxIn *in, LatheOnnxValue **values, guint n)
{
  for (guint i = 1; i < n; i++)
    if (!same_shape (values[0], values[i]))
      {
        lathe_onnx_in_refuse (in, _ ("it adds tensors of different shapes"));
        return;
      }
  if (n == 1 || (align (in, values, n) && chain (in, "add", values, n)))
    lathe_onnx_in_give (in, values[0]);
}

/* One number a channel, for every pixel of an image. */
static gboolean
is_gate_of (const LatheOnnxValue *gate, const LatheOnnxValue *image)
{
  if (image->shape.rank != 3 || gate->rank != image->rank || lathe_shape_size (&gate->shape) != image->shape.dim[2] ||
      gate->shape.dim[gate->shape.rank - 1] != image->shape.dim[2])
    return FALSE;
  for (guint i = 1; i < image->rank; i++)
    if (gate->axis[i].n > 0 && !lathe_onnx_in_is_channels (image, i))
      return FALSE;
  return TRUE;
}

static void
take_product (LatheOnnxIn *in, LatheOnnxValue *a, LatheOnnxValue *b)
{
  LatheOnnxValue *inputs[] = {a, b};
  LatheNode *node;

  if (!same_shape (a, b))
    {
      inputs[0] = is_gate_of (b, a) ? a : b;
      inputs[1] = is_gate_of (b, a) ? b : a;
      if (!is_gate_of (inputs[1], inputs[0]))
        {
          lathe_onnx_in_refuse (in, _ ("it multiplies tensors of different shapes"));
          return;
        }
    }
  else if (!align (in, inputs, 2))
    return;
  node = lathe_onnx_in_layer (in, "multiply", TRUE);
  if (node != NULL && lathe_onnx_in_connect (in, node, inputs, 2, inputs[0]))
    lathe_onnx_in_give (in, inputs[0]);
}

/* A gate meets what it is a gate of. */
static void
take_gated (LatheOnnxIn *in, LatheOnnxValue *gate)
{
  const char *kind = gate->half == LATHE_ONNX_GATE ? "silu" : "hard-swish";

  gate->half = LATHE_ONNX_WHOLE;
  if (lathe_onnx_in_add_alike (in, kind, gate, NULL, 0) != NULL)
    lathe_onnx_in_give (in, gate);
}

static void
take_arithmetic (LatheOnnxIn *in)
{
  LatheOnnxValue *a = lathe_onnx_in_value (in, 0), *b = lathe_onnx_in_value (in, 1);
  const LatheOnnxConstant *first = lathe_onnx_in_constant (in, 0), *second = lathe_onnx_in_constant (in, 1);

  if (a != NULL && second != NULL)
    take_with_constant (in, a, second, FALSE);
  else if (b != NULL && first != NULL)
    {
      if (!take_complement (in, b, first))
        take_with_constant (in, b, first, TRUE);
    }
  else if (a == NULL || b == NULL)
    lathe_onnx_in_refuse (in, _ ("it takes two tensors"));
  else if (operator_of (in) == 'M' && (a->half != LATHE_ONNX_WHOLE || b->half != LATHE_ONNX_WHOLE))
    take_gated (in, a->half != LATHE_ONNX_WHOLE ? a : b);
  else if (operator_of (in) == 'M')
    take_product (in, a, b);
  else if (operator_of (in) == 'D')
    lathe_onnx_in_refuse (in, _ ("Lathe has no layer that divides one by another"));
  else if (operator_of (in) != 'S' || lathe_onnx_in_add_alike (in, "rescale", b, "scale", -1) != NULL)
    take_sum (in, (LatheOnnxValue *[]){a, b}, 2);
}

static void
take_sums (LatheOnnxIn *in)
{
  g_autofree LatheOnnxValue **values = all_values (in);

  if (values != NULL && in->node->n_input > 0)
    take_sum (in, values, (guint) in->node->n_input);
}

/* --- Concatenation --- */

/* The two classes of one sigmoid, whose layer Lathe has alone. */
static gboolean
take_both_classes (LatheOnnxIn *in, LatheOnnxValue **values)
{
  if (in->node->n_input != 2 || values[0]->half != LATHE_ONNX_COMPLEMENT || values[1]->node != values[0]->node ||
      lathe_shape_size (&values[1]->shape) != 1)
    return FALSE;
  lathe_onnx_in_give (in, values[1]);
  return TRUE;
}

static gboolean
bring_channels (LatheOnnxIn *in, LatheOnnxValue **values, guint n, guint axis)
{
  gboolean lie = TRUE;

  for (guint i = 0; i < n; i++)
    lie &= lathe_onnx_in_lies (values[i], axis);
  for (guint i = 0; i < n && !lie; i++)
    if (axis != 1 || (values[i]->rank == 4   ? !lathe_onnx_in_to_image (in, values[i])
                      : values[i]->rank == 2 ? !lathe_onnx_in_to_vector (in, values[i])
                                             : TRUE))
      {
        lathe_onnx_in_refuse (in, _ ("it puts together another dimension than the channels"));
        return FALSE;
      }
  return TRUE;
}

static void
take_concat (LatheOnnxIn *in)
{
  g_autofree LatheOnnxValue **values = all_values (in);
  guint n = (guint) in->node->n_input, axis, rank;

  if (values == NULL || n == 0 || take_both_classes (in, values) ||
      !lathe_onnx_in_axis (in, lathe_onnx_in_int (in, "axis", 1), values[0]->rank, &axis))
    return;
  rank = values[0]->rank;
  for (guint i = 0; i < n; i++)
    if (values[i]->half != LATHE_ONNX_WHOLE || values[i]->rank != rank)
      {
        lathe_onnx_in_refuse (in, _ ("it puts together tensors of different shapes"));
        return;
      }
  if (n == 1)
    lathe_onnx_in_give (in, values[0]);
  else if (bring_channels (in, values, n, axis) && chain (in, "concatenate", values, n))
    {
      lathe_onnx_in_lay (values[0], rank, axis);
      lathe_onnx_in_give (in, values[0]);
    }
}

const LatheOnnxOperator lathe_onnx_merges[] = {
    {"Add", take_arithmetic},
    {"Sub", take_arithmetic},
    {"Mul", take_arithmetic},
    {"Div", take_arithmetic},
    {"Sum", take_sums},
    {"Concat", take_concat},
    {NULL},
};
