/* lathe-tflite-in-nodes.c: the nodes that operators of TensorFlow Lite are said in: see lathe-tflite-in.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdarg.h>
#include <string.h>

#include "lathe-tflite-in.h"

#define MOST_ATTRIBUTES 8    /* of a node */
#define MOST_ZEROS (1 << 20) /* of all tensors */
#define LONGEST_FRESH 16     /* bytes of a name that is made up */

/* --- Memory and names --- */

/**
 * lathe_tflite_in_fresh:
 *
 * Returns: (transfer none): a name that no value has yet
 */
const char *
lathe_tflite_in_fresh (LatheTfliteIn *in)
{
  char *name = lathe_tflite_in_take (in, LONGEST_FRESH);

  g_snprintf (name, LONGEST_FRESH, "#%u", in->n_fresh++);
  return name;
}

/* A tensor's name, which others may have too, and its number. */
static const char *
value_name (LatheTfliteIn *in, gint32 index)
{
  const char *name = in->tensors[index].name != NULL ? in->tensors[index].name : "";
  gsize n = strlen (name) + LONGEST_FRESH;
  char *unique = lathe_tflite_in_take (in, n);

  g_snprintf (unique, n, "%s (%d)", name, index);
  return unique;
}

/**
 * lathe_tflite_in_name:
 *
 * The layer that the node makes is called as TensorFlow called it: a name of its own is “MODEL/LAYER/OPERATOR”, with
 * those of what was put into it behind a semicolon.
 */
void
lathe_tflite_in_name (LatheTfliteIn *in, Onnx__NodeProto *node)
{
  const char *given = lathe_tflite_in_result (in)->name, *end, *begin;
  gsize n = given != NULL ? strcspn (given, ";") : 0;
  char *name;

  if (n == 0 || g_str_has_prefix (given, "StatefulPartitionedCall")) /* that of the graph's end */
    return;
  name = lathe_tflite_in_take (in, n + 1);
  memcpy (name, given, n);
  end = strrchr (name, '/');
  if (end != NULL)
    name[end - name] = '\0';
  begin = strrchr (name, '/');
  node->name = begin != NULL ? name + (begin - name) + 1 : name;
}

/* --- Nodes --- */

/**
 * lathe_tflite_in_node:
 * @op: an operator of ONNX
 * @output: the name of what it gives
 * @...: those of what it reads, then NULL
 *
 * Returns: (transfer none): the node, which comes next
 */
Onnx__NodeProto *
lathe_tflite_in_node (LatheTfliteIn *in, const char *op, const char *output, ...)
{
  Onnx__NodeProto *node = lathe_tflite_in_take (in, sizeof *node);
  const char *title = lathe_tflite_in_title (in->step);
  va_list arguments;

  onnx__node_proto__init (node);
  node->op_type = (char *) op;
  node->output = lathe_tflite_in_take (in, sizeof *node->output);
  node->output[0] = (char *) output;
  node->n_output = 1;
  va_start (arguments, output);
  while (va_arg (arguments, const char *) != NULL)
    node->n_input++;
  va_end (arguments);
  node->input = lathe_tflite_in_take (in, node->n_input * sizeof *node->input);
  va_start (arguments, output);
  for (gsize i = 0; i < node->n_input; i++)
    node->input[i] = (char *) va_arg (arguments, const char *);
  va_end (arguments);
  g_ptr_array_add (in->nodes, node);
  g_hash_table_insert (in->called, node, (gpointer) (title != NULL ? title : op));
  return node;
}

static Onnx__AttributeProto *
add_attribute (LatheTfliteIn *in, Onnx__NodeProto *node, const char *name)
{
  Onnx__AttributeProto *attribute = lathe_tflite_in_take (in, sizeof *attribute);

  g_assert (node->n_attribute < MOST_ATTRIBUTES);
  onnx__attribute_proto__init (attribute);
  attribute->name = (char *) name;
  if (node->attribute == NULL)
    node->attribute = lathe_tflite_in_take (in, MOST_ATTRIBUTES * sizeof (gpointer));
  return node->attribute[node->n_attribute++] = attribute;
}

void
lathe_tflite_in_int (LatheTfliteIn *in, Onnx__NodeProto *node, const char *name, gint64 value)
{
  Onnx__AttributeProto *attribute = add_attribute (in, node, name);

  attribute->has_i = TRUE;
  attribute->i = value;
}

void
lathe_tflite_in_float (LatheTfliteIn *in, Onnx__NodeProto *node, const char *name, float value)
{
  Onnx__AttributeProto *attribute = add_attribute (in, node, name);

  attribute->has_f = TRUE;
  attribute->f = value;
}

void
lathe_tflite_in_text (LatheTfliteIn *in, Onnx__NodeProto *node, const char *name, const char *value)
{
  Onnx__AttributeProto *attribute = add_attribute (in, node, name);

  attribute->has_s = TRUE;
  attribute->s.len = strlen (value);
  attribute->s.data = (guint8 *) value;
}

void
lathe_tflite_in_ints (LatheTfliteIn *in, Onnx__NodeProto *node, const char *name, guint n, const gint64 *values)
{
  Onnx__AttributeProto *attribute = add_attribute (in, node, name);

  attribute->n_ints = n;
  attribute->ints = lathe_tflite_in_take (in, n * sizeof *values);
  memcpy (attribute->ints, values, n * sizeof *values);
}

/* --- Constants --- */

/* @data: little-endian; must outlive the graph */
static const char *
add_constant (LatheTfliteIn *in, gint32 type, guint rank, const gint32 *dim, const void *data, gsize size)
{
  Onnx__TensorProto *tensor = lathe_tflite_in_take (in, sizeof *tensor);

  onnx__tensor_proto__init (tensor);
  tensor->name = (char *) lathe_tflite_in_fresh (in);
  tensor->data_type = type;
  tensor->n_dims = rank;
  tensor->dims = lathe_tflite_in_take (in, rank * sizeof *tensor->dims);
  for (guint i = 0; i < MIN (rank, LATHE_TFLITE_IN_RANK); i++)
    tensor->dims[i] = dim[i];
  tensor->has_raw_data = TRUE;
  tensor->raw_data.data = (guint8 *) data;
  tensor->raw_data.len = size;
  g_ptr_array_add (in->constants, tensor);
  return tensor->name;
}

/**
 * lathe_tflite_in_constant:
 * @type: of ONNX
 * @data: n numbers, little-endian, which are copied
 *
 * Returns: (transfer none): the name of a list of them
 */
const char *
lathe_tflite_in_constant (LatheTfliteIn *in, gint32 type, guint n, const void *data)
{
  gsize size = n * (type == LATHE_ONNX_INT64 ? 8 : type == LATHE_ONNX_INT8 || type == LATHE_ONNX_UINT8 ? 1 : 4);
  const gint32 dim = (gint32) n;

  return add_constant (in, type, 1, &dim, memcpy (lathe_tflite_in_take (in, size), data, size), size);
}

/* A list of one number n times. */
const char *
lathe_tflite_in_fill (LatheTfliteIn *in, guint n, float value)
{
  float *values = lathe_tflite_in_take (in, n * sizeof *values);
  const gint32 dim = (gint32) n;

  for (guint i = 0; i < n; i++)
    values[i] = value;
  return add_constant (in, LATHE_ONNX_FLOAT, 1, &dim, values, n * sizeof *values);
}

/* 0: Lathe has none such */
static gint32
type_of (const LatheTfliteInTensor *tensor)
{
  static const gint32 types[] = {
      [LATHE_TFLITE_FLOAT] = LATHE_ONNX_FLOAT, [LATHE_TFLITE_HALF] = LATHE_ONNX_FLOAT16,
      [LATHE_TFLITE_INT32] = LATHE_ONNX_INT32, [LATHE_TFLITE_UINT8] = LATHE_ONNX_UINT8,
      [LATHE_TFLITE_INT64] = LATHE_ONNX_INT64, [LATHE_TFLITE_BOOL] = LATHE_ONNX_BOOL,
      [LATHE_TFLITE_INT8] = LATHE_ONNX_INT8,   [LATHE_TFLITE_DOUBLE] = LATHE_ONNX_DOUBLE,
  };

  return (guint) tensor->type < G_N_ELEMENTS (types) && !tensor->sparse ? types[tensor->type] : 0;
}

/* --- What whole numbers stand for --- */

/* The zero of all, or of the first two that have different ones; it has the type of the numbers. */
static const char *
add_zeros (LatheTfliteIn *in, const LatheTfliteInTensor *tensor)
{
  gint64 first = tensor->zeros.n > 0 ? lathe_flat_long_at (&tensor->zeros, 0) : 0, other = first;
  gint32 type = type_of (tensor), least = type == LATHE_ONNX_INT8 ? -128 : 0;
  guint8 bytes[2];

  in->n_zeros += tensor->zeros.n;
  if (in->n_zeros > MOST_ZEROS) /* no network has so many: as if they were not all alike */
    other = first == G_MAXINT64 ? 0 : first + 1;
  for (gsize i = 1; i < tensor->zeros.n && other == first; i++)
    other = lathe_flat_long_at (&tensor->zeros, i);
  if ((type != LATHE_ONNX_INT8 && type != LATHE_ONNX_UINT8) || first < least || first > least + 255)
    return lathe_tflite_in_constant (in, LATHE_ONNX_INT32, 1, &(gint32){0}); /* which is refused: it is no byte */
  bytes[0] = (guint8) first;
  bytes[1] = (guint8) (bytes[0] + 1);
  return lathe_tflite_in_constant (in, type, other == first ? 1 : 2, bytes);
}

static const char *
add_scales (LatheTfliteIn *in, const LatheTfliteInTensor *tensor)
{
  const gint32 dim = (gint32) tensor->scales.n;

  return add_constant (in, LATHE_ONNX_FLOAT, 1, &dim, tensor->scales.data, tensor->scales.n * sizeof (float));
}

/**
 * lathe_tflite_in_round:
 * @name: a value in real numbers
 *
 * Returns: (transfer none): those that the tensor's bytes can stand for
 */
const char *
lathe_tflite_in_round (LatheTfliteIn *in, const LatheTfliteInTensor *tensor, const char *name)
{
  const char *scale = add_scales (in, tensor), *zero = add_zeros (in, tensor);
  const char *bytes = lathe_tflite_in_fresh (in), *real;

  lathe_tflite_in_node (in, "QuantizeLinear", bytes, name, scale, zero, NULL);
  real = lathe_tflite_in_fresh (in);
  lathe_tflite_in_node (in, "DequantizeLinear", real, bytes, scale, zero, NULL);
  return real;
}

/* Whether an operator that gives the tensor gives bytes, or other numbers that stand for real ones. */
static gboolean
is_rounded (const LatheTfliteInTensor *tensor)
{
  return tensor->scales.n > 0 && tensor->type != LATHE_TFLITE_FLOAT && tensor->type != LATHE_TFLITE_INT32;
}

/* What is rounded once more, and otherwise, by all that reads it, is rounded so at once, as Lathe does. */
static gboolean
is_rounded_again (LatheTfliteIn *in, const LatheTfliteInTensor *tensor)
{
  const LatheTfliteInOperator *reader = tensor->n_readers == 1 ? &in->operators[tensor->reader] : NULL;

  return reader != NULL && tensor != &in->tensors[in->output] && reader->op == LATHE_TFLITE_QUANTISE &&
         is_rounded (&in->tensors[lathe_flat_int_at (&reader->outputs, 0)]);
}

/* --- Tensors --- */

gint32
lathe_tflite_in_input (const LatheTfliteInOperator *step, guint index)
{
  return index < step->inputs.n ? lathe_flat_int_at (&step->inputs, index) : LATHE_TFLITE_NONE;
}

/* (nullable) */
LatheTfliteInTensor *
lathe_tflite_in_tensor (LatheTfliteIn *in, gint32 index)
{
  return index != LATHE_TFLITE_NONE ? &in->tensors[index] : NULL;
}

/* An input of the operator that is said just now. (nullable) */
LatheTfliteInTensor *
lathe_tflite_in_of (LatheTfliteIn *in, guint index)
{
  return lathe_tflite_in_tensor (in, lathe_tflite_in_input (in->step, index));
}

/* What it gives. */
LatheTfliteInTensor *
lathe_tflite_in_result (LatheTfliteIn *in)
{
  return &in->tensors[lathe_flat_int_at (&in->step->outputs, 0)];
}

static const char *
turn (LatheTfliteIn *in, guint rank, const char *name, gboolean to_front)
{
  const char *turned = lathe_tflite_in_fresh (in);
  Onnx__NodeProto *node = lathe_tflite_in_node (in, "Transpose", turned, name, NULL);
  gint64 order[LATHE_TFLITE_IN_RANK] = {0};

  for (guint i = 1; i < rank; i++)
    order[i] = to_front ? (i == 1 ? rank - 1 : i - 1) : (i == rank - 1 ? 1 : i + 1);
  lathe_tflite_in_ints (in, node, "perm", rank, order);
  return turned;
}

/* A constant's name; whole numbers that stand for real ones are such. */
static const char *
say_constant (LatheTfliteIn *in, const LatheTfliteInTensor *tensor)
{
  const char *name = add_constant (in, type_of (tensor), tensor->rank, tensor->dim, tensor->data, tensor->size);
  const char *scale, *real;
  Onnx__NodeProto *node;

  if (tensor->scales.n == 0 || tensor->type == LATHE_TFLITE_FLOAT)
    return name;
  scale = add_scales (in, tensor);
  real = lathe_tflite_in_fresh (in);
  node = lathe_tflite_in_node (in, "DequantizeLinear", real, name, scale,
                               tensor->type == LATHE_TFLITE_INT32 ? NULL : add_zeros (in, tensor), NULL);
  lathe_tflite_in_int (in, node, "axis", tensor->axis);
  return real;
}

static gboolean
can_turn (const LatheTfliteInTensor *tensor)
{
  return tensor->rank > 2 && tensor->rank <= LATHE_TFLITE_IN_RANK;
}

/**
 * lathe_tflite_in_behind:
 *
 * Returns: (transfer none): the name of the tensor as it is; of none the empty one
 */
const char *
lathe_tflite_in_behind (LatheTfliteIn *in, gint32 index)
{
  LatheTfliteInTensor *tensor = lathe_tflite_in_tensor (in, index);

  if (tensor == NULL)
    return "";
  if (tensor->behind == NULL && tensor->front != NULL)
    tensor->behind = can_turn (tensor) ? turn (in, tensor->rank, tensor->front, FALSE) : tensor->front;
  else if (tensor->behind == NULL && tensor->data != NULL)
    tensor->behind = say_constant (in, tensor);
  else if (tensor->behind == NULL)
    tensor->behind = value_name (in, index);
  return tensor->behind;
}

/* With its channels in front. */
const char *
lathe_tflite_in_front (LatheTfliteIn *in, gint32 index)
{
  LatheTfliteInTensor *tensor = lathe_tflite_in_tensor (in, index);
  const char *behind;

  if (tensor == NULL)
    return "";
  if (tensor->front != NULL)
    return tensor->front;
  behind = lathe_tflite_in_behind (in, index);
  return tensor->front = can_turn (tensor) ? turn (in, tensor->rank, behind, TRUE) : behind;
}

/* --- What operators give --- */

static const char *
clip (LatheTfliteIn *in, const char *name, float low, float high)
{
  const char *clipped = lathe_tflite_in_fresh (in);
  Onnx__NodeProto *node = lathe_tflite_in_node (in, "Clip", clipped, name, NULL);

  lathe_tflite_in_float (in, node, "min", low);
  lathe_tflite_in_float (in, node, "max", high);
  return clipped;
}

static const char *
activate (LatheTfliteIn *in, const char *name, LatheTfliteFused fused)
{
  const char *active;

  switch (fused)
    {
    case LATHE_TFLITE_AS_IT_IS:
      return name;
    case LATHE_TFLITE_FUSED_RELU_N1_TO_1:
      return clip (in, name, -1, 1);
    case LATHE_TFLITE_FUSED_RELU6:
      return clip (in, name, 0, 6);
    default:
      active = lathe_tflite_in_fresh (in);
      lathe_tflite_in_node (in,
                            fused == LATHE_TFLITE_FUSED_RELU   ? "Relu"
                            : fused == LATHE_TFLITE_FUSED_TANH ? "Tanh"
                                                               : "SIGN_BIT",
                            active, name, NULL);
      return active;
    }
}

static const char *
complete (LatheTfliteIn *in, const char *name, LatheTfliteFused fused)
{
  const LatheTfliteInTensor *result = lathe_tflite_in_result (in);

  name = activate (in, name, fused);
  return is_rounded (result) && !is_rounded_again (in, result) ? lathe_tflite_in_round (in, result, name) : name;
}

/**
 * lathe_tflite_in_give_behind:
 *
 * The operator gives this, and what its fused activation makes of it.
 */
void
lathe_tflite_in_give_behind (LatheTfliteIn *in, const char *name, LatheTfliteFused fused)
{
  LatheTfliteInTensor *result = lathe_tflite_in_result (in);

  result->behind = complete (in, name, fused);
  result->front = NULL;
}

/* The same with the channels in front. */
void
lathe_tflite_in_give_front (LatheTfliteIn *in, const char *name, LatheTfliteFused fused)
{
  LatheTfliteInTensor *result = lathe_tflite_in_result (in);

  result->front = complete (in, name, fused);
  result->behind = NULL;
}

/* It gives what it gets; rounded, where its own bytes say so. */
void
lathe_tflite_in_give_as (LatheTfliteIn *in, gint32 index)
{
  const LatheTfliteInTensor *tensor = lathe_tflite_in_tensor (in, index);

  if (tensor != NULL && tensor->behind == NULL && tensor->front != NULL)
    lathe_tflite_in_give_front (in, tensor->front, LATHE_TFLITE_AS_IT_IS);
  else
    lathe_tflite_in_give_behind (in, lathe_tflite_in_behind (in, index), LATHE_TFLITE_AS_IT_IS);
}

/**
 * lathe_tflite_in_refuse:
 *
 * Says the operator by a node that Lathe has no layer for.
 */
void
lathe_tflite_in_refuse (LatheTfliteIn *in)
{
  const LatheTfliteInOperator *step = in->step;
  Onnx__NodeProto *node = lathe_tflite_in_node (in, "?", lathe_tflite_in_fresh (in), NULL);

  lathe_tflite_in_name (in, node);
  node->n_input = step->inputs.n;
  node->n_output = step->outputs.n;
  node->input = lathe_tflite_in_take (in, node->n_input * sizeof *node->input);
  node->output = lathe_tflite_in_take (in, node->n_output * sizeof *node->output);
  for (guint i = 0; i < node->n_input; i++)
    node->input[i] = (char *) lathe_tflite_in_behind (in, lathe_tflite_in_input (step, i));
  for (guint i = 0; i < node->n_output; i++)
    {
      LatheTfliteInTensor *tensor = &in->tensors[lathe_flat_int_at (&step->outputs, i)];

      tensor->behind = node->output[i] = (char *) value_name (in, lathe_flat_int_at (&step->outputs, i));
      tensor->front = NULL;
    }
}
