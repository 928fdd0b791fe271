/* lathe-onnx-out-parts.c: what an ONNX graph is put together from: nodes, their attributes, and constants.
 *
 * A node has one output, which is called as the node is. Messages point to memory that lives as long as the graph is
 * being written; the weights that need no other order stay where the model has them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-out.h"

#include <string.h>

/**
 * lathe_onnx_out_keep:
 *
 * Returns: (transfer none): memory of g_malloc(), which is freed with the graph
 */
gpointer
lathe_onnx_out_keep (LatheOnnxOut *out, gpointer memory)
{
  g_ptr_array_add (out->memory, memory);
  return memory;
}

/**
 * lathe_onnx_out_name:
 * @second: (nullable): behind a dot
 *
 * Returns: (transfer none): a name that nothing else has
 */
const char *
lathe_onnx_out_name (LatheOnnxOut *out, const char *first, const char *second)
{
  char *name = second != NULL ? g_strconcat (first, ".", second, NULL) : g_strdup (first);

  for (guint i = 2; g_hash_table_contains (out->names, name); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s%s%s_%u", first, second != NULL ? "." : "", second != NULL ? second : "", i);
    }
  g_hash_table_add (out->names, lathe_onnx_out_keep (out, name));
  return name;
}

/* --- Nodes --- */

/**
 * lathe_onnx_out_node_of:
 * @name: of lathe_onnx_out_name()
 *
 * Adds a node. Returns: (transfer none)
 */
Onnx__NodeProto *
lathe_onnx_out_node_of (LatheOnnxOut *out, const char *op, const char *name, const char *const *inputs, guint n_inputs)
{
  Onnx__NodeProto *node = lathe_onnx_out_keep (out, g_new (Onnx__NodeProto, 1));

  onnx__node_proto__init (node);
  node->n_input = n_inputs;
  node->input = lathe_onnx_out_keep (out, g_memdup2 (inputs, n_inputs * sizeof *inputs));
  node->n_output = 1;
  node->output = lathe_onnx_out_keep (out, g_new (char *, 1));
  node->output[0] = node->name = (char *) name;
  node->op_type = (char *) op;
  g_ptr_array_add (out->nodes, node);
  return node;
}

/**
 * lathe_onnx_out_node:
 * @...: the names of its inputs, and NULL
 */
Onnx__NodeProto *
lathe_onnx_out_node (LatheOnnxOut *out, const char *op, const char *name, ...)
{
  const char *inputs[LATHE_MAX_INPUTS];
  guint n = 0;
  va_list arguments;

  va_start (arguments, name);
  for (const char *input; (input = va_arg (arguments, const char *)) != NULL;)
    inputs[n++] = input;
  va_end (arguments);
  return lathe_onnx_out_node_of (out, op, name, inputs, n);
}

const char *
lathe_onnx_out_result (const Onnx__NodeProto *node)
{
  return node->output[0];
}

/* --- Attributes --- */

static Onnx__AttributeProto *
add_attribute (LatheOnnxOut *out, Onnx__NodeProto *node, const char *name, gint32 type)
{
  Onnx__AttributeProto *attribute = lathe_onnx_out_keep (out, g_new (Onnx__AttributeProto, 1));
  Onnx__AttributeProto **all = g_new (Onnx__AttributeProto *, node->n_attribute + 1);

  onnx__attribute_proto__init (attribute);
  attribute->name = (char *) name;
  attribute->has_type = TRUE;
  attribute->type = type;
  if (node->n_attribute > 0)
    memcpy (all, node->attribute, node->n_attribute * sizeof *all);
  all[node->n_attribute++] = attribute;
  node->attribute = lathe_onnx_out_keep (out, all);
  return attribute;
}

void
lathe_onnx_out_int (LatheOnnxOut *out, Onnx__NodeProto *node, const char *name, gint64 value)
{
  Onnx__AttributeProto *attribute = add_attribute (out, node, name, LATHE_ONNX_ATTRIBUTE_INT);

  attribute->has_i = TRUE;
  attribute->i = value;
}

void
lathe_onnx_out_float (LatheOnnxOut *out, Onnx__NodeProto *node, const char *name, double value)
{
  Onnx__AttributeProto *attribute = add_attribute (out, node, name, LATHE_ONNX_ATTRIBUTE_FLOAT);

  attribute->has_f = TRUE;
  attribute->f = (float) value;
}

/**
 * lathe_onnx_out_string:
 * @value: must outlive the graph
 */
void
lathe_onnx_out_string (LatheOnnxOut *out, Onnx__NodeProto *node, const char *name, const char *value)
{
  Onnx__AttributeProto *attribute = add_attribute (out, node, name, LATHE_ONNX_ATTRIBUTE_STRING);

  attribute->has_s = TRUE;
  attribute->s.data = (guint8 *) value;
  attribute->s.len = strlen (value);
}

void
lathe_onnx_out_ints (LatheOnnxOut *out, Onnx__NodeProto *node, const char *name, guint n, const gint64 *values)
{
  Onnx__AttributeProto *attribute = add_attribute (out, node, name, LATHE_ONNX_ATTRIBUTE_INTS);

  attribute->n_ints = n;
  attribute->ints = lathe_onnx_out_keep (out, g_memdup2 (values, n * sizeof *values));
}

/* --- Constants --- */

/**
 * lathe_onnx_out_constant:
 * @name: of lathe_onnx_out_name()
 * @type: of its numbers: LATHE_ONNX_FLOAT, …
 * @data: so many bytes, which must outlive the graph
 *
 * Returns: the name
 */
const char *
lathe_onnx_out_constant (LatheOnnxOut *out, const char *name, gint32 type, guint rank, const gint64 *dims,
                         const void *data, gsize bytes)
{
  Onnx__TensorProto *tensor = lathe_onnx_out_keep (out, g_new (Onnx__TensorProto, 1));

  onnx__tensor_proto__init (tensor);
  tensor->name = (char *) name;
  tensor->has_data_type = TRUE;
  tensor->data_type = type;
  tensor->n_dims = rank;
  tensor->dims = rank > 0 ? lathe_onnx_out_keep (out, g_memdup2 (dims, rank * sizeof *dims)) : NULL;
  tensor->has_raw_data = TRUE;
  tensor->raw_data.data = (guint8 *) data;
  tensor->raw_data.len = bytes;
  g_ptr_array_add (out->constants, tensor);
  return name;
}

/**
 * lathe_onnx_out_floats:
 * @name: of lathe_onnx_out_name()
 * @values: n of them, which must outlive the graph
 *
 * Returns: the name
 */
const char *
lathe_onnx_out_floats (LatheOnnxOut *out, const char *name, guint rank, const gint64 *dims, const float *values,
                       gsize n)
{
  return lathe_onnx_out_constant (out, name, LATHE_ONNX_FLOAT, rank, dims, values, n * sizeof *values);
}

const char *
lathe_onnx_out_scalar (LatheOnnxOut *out, const char *name, float value)
{
  float *copy = lathe_onnx_out_keep (out, g_memdup2 (&value, sizeof value));

  return lathe_onnx_out_floats (out, name, 0, NULL, copy, 1);
}

/**
 * lathe_onnx_out_shape:
 *
 * Adds a list of whole numbers, as operators take shapes and axes. Returns: the name
 */
const char *
lathe_onnx_out_shape (LatheOnnxOut *out, const char *name, guint n, const gint64 *values)
{
  gint64 *copy = lathe_onnx_out_keep (out, g_memdup2 (values, n * sizeof *values)), dim = n;

  return lathe_onnx_out_constant (out, name, LATHE_ONNX_INT64, 1, &dim, copy, n * sizeof *copy);
}

/* --- Activations --- */

static const char *
plain (LatheOnnxOut *out, const char *op, const char *x, const char *name)
{
  return lathe_onnx_out_result (lathe_onnx_out_node (out, op, name, x, NULL));
}

static const char *
with_float (LatheOnnxOut *out, const char *op, const char *x, const char *name, const char *attribute, double value)
{
  Onnx__NodeProto *node = lathe_onnx_out_node (out, op, name, x, NULL);

  lathe_onnx_out_float (out, node, attribute, value);
  return lathe_onnx_out_result (node);
}

static const char *
add_relu6 (LatheOnnxOut *out, const char *x, const char *name)
{
  const char *low = lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, name, "min"), 0);
  const char *high = lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, name, "max"), 6);

  return lathe_onnx_out_result (lathe_onnx_out_node (out, "Clip", name, x, low, high, NULL));
}

static const char *
add_gelu (LatheOnnxOut *out, const char *x, const char *name, gboolean by_tanh)
{
  Onnx__NodeProto *node = lathe_onnx_out_node (out, "Gelu", name, x, NULL);

  out->opset = MAX (out->opset, 20);
  if (by_tanh)
    lathe_onnx_out_string (out, node, "approximate", "tanh");
  return lathe_onnx_out_result (node);
}

static const char *
add_silu (LatheOnnxOut *out, const char *x, const char *name)
{
  const char *gate = plain (out, "Sigmoid", x, lathe_onnx_out_name (out, name, "sigmoid"));

  return lathe_onnx_out_result (lathe_onnx_out_node (out, "Mul", name, x, gate, NULL));
}

static const char *
add_softmax (LatheOnnxOut *out, const char *x, const char *name, gint64 channels)
{
  Onnx__NodeProto *node = lathe_onnx_out_node (out, "Softmax", name, x, NULL);

  lathe_onnx_out_int (out, node, "axis", channels);
  return lathe_onnx_out_result (node);
}

static const char *
add_hard_sigmoid (LatheOnnxOut *out, const char *x, const char *name)
{
  Onnx__NodeProto *node = lathe_onnx_out_node (out, "HardSigmoid", name, x, NULL);

  lathe_onnx_out_float (out, node, "alpha", 1.0 / 6);
  lathe_onnx_out_float (out, node, "beta", 0.5);
  return lathe_onnx_out_result (node);
}

/**
 * lathe_onnx_out_activate:
 * @parameter: of a leaky ReLU or an ELU
 * @name: of lathe_onnx_out_name(): what the result is called
 * @channels: the dimension that a softmax goes along
 *
 * Returns: the name
 */
const char *
lathe_onnx_out_activate (LatheOnnxOut *out, LatheActivation activation, double parameter, const char *x,
                         const char *name, gint64 channels)
{
  switch (activation)
    {
    case LATHE_ACTIVATION_SOFTMAX:
      return add_softmax (out, x, name, channels);
    case LATHE_ACTIVATION_RELU6:
      return add_relu6 (out, x, name);
    case LATHE_ACTIVATION_LEAKY_RELU:
      return with_float (out, "LeakyRelu", x, name, "alpha", parameter);
    case LATHE_ACTIVATION_ELU:
      return with_float (out, "Elu", x, name, "alpha", parameter);
    case LATHE_ACTIVATION_GELU:
    case LATHE_ACTIVATION_GELU_TANH:
      return add_gelu (out, x, name, activation == LATHE_ACTIVATION_GELU_TANH);
    case LATHE_ACTIVATION_SILU:
      return add_silu (out, x, name);
    case LATHE_ACTIVATION_HARD_SWISH:
      out->opset = MAX (out->opset, 14);
      return plain (out, "HardSwish", x, name);
    case LATHE_ACTIVATION_HARD_SIGMOID:
      return add_hard_sigmoid (out, x, name);
    case LATHE_ACTIVATION_RELU:
      return plain (out, "Relu", x, name);
    case LATHE_ACTIVATION_SIGMOID:
      return plain (out, "Sigmoid", x, name);
    case LATHE_ACTIVATION_SELU:
      return plain (out, "Selu", x, name);
    case LATHE_ACTIVATION_TANH:
      return plain (out, "Tanh", x, name);
    case LATHE_ACTIVATION_SOFTPLUS:
      return plain (out, "Softplus", x, name);
    case LATHE_ACTIVATION_NONE:
    default:
      return x;
    }
}
