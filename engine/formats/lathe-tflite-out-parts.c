/* lathe-tflite-out-parts.c: what a TensorFlow Lite graph is put together from: tensors, constants and operators.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe-tflite-out.h"

/* --- Tensors --- */

void
lathe_tflite_tensor_clear (gpointer tensor)
{
  g_free (((LatheTfliteTensor *) tensor)->name);
}

/**
 * lathe_tflite_keep:
 *
 * Returns: (transfer none): memory of g_malloc(), which is freed with the graph
 */
gpointer
lathe_tflite_keep (LatheTfliteOut *out, gpointer memory)
{
  g_ptr_array_add (out->memory, memory);
  return memory;
}

/* From now on a tensor is called so. */
void
lathe_tflite_call (LatheTfliteOut *out, gint32 tensor, const char *name)
{
  char **called = &g_array_index (out->tensors, LatheTfliteTensor, tensor).name;

  g_free (*called);
  *called = g_strdup (name);
}

static gint32
add_tensor (LatheTfliteOut *out, LatheTfliteTensor *tensor, const gint32 *dim)
{
  memcpy (tensor->dim, dim, tensor->rank * sizeof *dim);
  g_array_append_vals (out->tensors, tensor, 1);
  return (gint32) out->tensors->len - 1;
}

/**
 * lathe_tflite_constant:
 * @data: the numbers of a tensor of that shape, little-endian, which must outlive the graph
 *
 * Returns: the tensor
 */
gint32
lathe_tflite_constant (LatheTfliteOut *out, LatheTfliteType type, guint rank, const gint32 *dim, const void *data)
{
  LatheTfliteTensor tensor = {.type = type,
                              .rank = rank,
                              .data = data,
                              .size = type == LATHE_TFLITE_UINT8 || type == LATHE_TFLITE_INT8 ? 1 : 4};

  for (guint i = 0; i < rank; i++)
    tensor.size *= (gsize) dim[i];
  return add_tensor (out, &tensor, dim);
}

gint32
lathe_tflite_ints (LatheTfliteOut *out, guint n, const gint32 *values)
{
  gint32 dim = (gint32) n;

  return lathe_tflite_constant (out, LATHE_TFLITE_INT32, 1, &dim,
                                lathe_tflite_keep (out, g_memdup2 (values, n * sizeof *values)));
}

gint32
lathe_tflite_scalar (LatheTfliteOut *out, float value)
{
  return lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 0, (const gint32[]){0},
                                lathe_tflite_keep (out, g_memdup2 (&value, sizeof value)));
}

/**
 * lathe_tflite_vector:
 *
 * Returns: a layer's weights, as one row of them
 */
gint32
lathe_tflite_vector (LatheTfliteOut *out, const LatheProgramNode *node, const char *parameter)
{
  const LatheWeight *weight = lathe_model_find_weight (out->program->export->model, node->node->name, parameter);
  gint32 n = (gint32) lathe_shape_size (&weight->shape);

  return lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 1, &n, weight->data);
}

/**
 * lathe_tflite_tensor:
 * @name: (nullable): what those who use the graph call it
 *
 * Returns: a tensor that an operator fills
 */
gint32
lathe_tflite_tensor (LatheTfliteOut *out, const char *name, LatheTfliteType type, guint rank, const gint32 *dim)
{
  LatheTfliteTensor tensor = {.name = g_strdup (name), .type = type, .rank = rank};

  return add_tensor (out, &tensor, dim);
}

/**
 * lathe_tflite_tensor_of:
 *
 * Returns: one for any number of samples of that shape
 */
gint32
lathe_tflite_tensor_of (LatheTfliteOut *out, const LatheShape *shape)
{
  gint32 dim[LATHE_TFLITE_MAX_RANK] = {LATHE_TFLITE_BATCH};

  for (guint i = 0; i < shape->rank; i++)
    dim[i + 1] = (gint32) shape->dim[i];
  return lathe_tflite_tensor (out, NULL, LATHE_TFLITE_FLOAT, shape->rank + 1, dim);
}

gint32
lathe_tflite_like (LatheTfliteOut *out, gint32 tensor)
{
  const LatheTfliteTensor like = g_array_index (out->tensors, LatheTfliteTensor, tensor);

  return lathe_tflite_tensor (out, NULL, like.type, like.rank, like.dim);
}

/* --- Operators --- */

/**
 * lathe_tflite_operator:
 * @...: its inputs, ended by G_MININT32
 *
 * Returns: (transfer none): the operator, until the next one is added
 */
LatheTfliteOperator *
lathe_tflite_operator (LatheTfliteOut *out, LatheTfliteOp op, gint32 output, ...)
{
  LatheTfliteOperator step = {.op = op, .output = output};
  va_list arguments;

  va_start (arguments, output);
  for (gint32 input; (input = va_arg (arguments, gint32)) != G_MININT32;)
    step.inputs[step.n_inputs++] = input;
  va_end (arguments);
  g_array_append_val (out->operators, step);
  return &g_array_index (out->operators, LatheTfliteOperator, out->operators->len - 1);
}

/**
 * lathe_tflite_whole:
 * @slot: of the table of the operator's options
 */
void
lathe_tflite_whole (LatheTfliteOperator *step, LatheFlatType type, guint slot, gint32 value)
{
  g_assert (step->n_options < LATHE_TFLITE_MAX_OPTIONS);
  step->options[step->n_options++] = (LatheFlatField){.slot = slot, .type = type, .whole = value};
}

void
lathe_tflite_real (LatheTfliteOperator *step, guint slot, float value)
{
  g_assert (step->n_options < LATHE_TFLITE_MAX_OPTIONS);
  step->options[step->n_options++] = (LatheFlatField){.slot = slot, .type = LATHE_FLAT_FLOAT, .real = value};
}

/* Number by number. */
gint32
lathe_tflite_unary (LatheTfliteOut *out, LatheTfliteOp op, gint32 x)
{
  gint32 y = lathe_tflite_like (out, x);

  lathe_tflite_operator (out, op, y, x, G_MININT32);
  return y;
}

/**
 * lathe_tflite_binary:
 * @y: as large as x, or smaller, and laid along its last dimensions
 */
gint32
lathe_tflite_binary (LatheTfliteOut *out, LatheTfliteOp op, gint32 x, gint32 y)
{
  gint32 z = lathe_tflite_like (out, x);

  lathe_tflite_operator (out, op, z, x, y, G_MININT32);
  return z;
}

gint32
lathe_tflite_by (LatheTfliteOut *out, LatheTfliteOp op, gint32 x, float value)
{
  return lathe_tflite_binary (out, op, x, lathe_tflite_scalar (out, value));
}

/**
 * lathe_tflite_mean:
 * @op: MEAN or REDUCE_MAX
 * @output: the tensor for it
 * @keep: the dimensions stay, of size 1
 */
gint32
lathe_tflite_mean (LatheTfliteOut *out, LatheTfliteOp op, gint32 x, gint32 output, guint n, const gint32 *axes,
                   gboolean keep)
{
  gint32 along = lathe_tflite_ints (out, n, axes);
  LatheTfliteOperator *step = lathe_tflite_operator (out, op, output, x, along, G_MININT32);

  lathe_tflite_whole (step, LATHE_FLAT_BYTE, 0, keep);
  return output;
}

/**
 * lathe_tflite_reshape:
 * @dim: the first is LATHE_TFLITE_BATCH
 */
gint32
lathe_tflite_reshape (LatheTfliteOut *out, gint32 x, guint rank, const gint32 *dim)
{
  gint32 shape = lathe_tflite_ints (out, rank, dim);
  gint32 y = lathe_tflite_tensor (out, NULL, LATHE_TFLITE_FLOAT, rank, dim);

  lathe_tflite_operator (out, LATHE_TFLITE_RESHAPE, y, x, shape, G_MININT32);
  return y;
}

/* --- Activations --- */

/* scale · (max (x, 0) + alpha (exp (min (x, 0)) - 1)) */
static gint32
add_elu (LatheTfliteOut *out, gint32 x, float alpha, float scale)
{
  gint32 below = lathe_tflite_by (out, LATHE_TFLITE_MINIMUM, x, 0),
         above = lathe_tflite_unary (out, LATHE_TFLITE_RELU, x);
  gint32 bent = lathe_tflite_by (out, LATHE_TFLITE_SUB, lathe_tflite_unary (out, LATHE_TFLITE_EXP, below), 1);
  gint32 y = lathe_tflite_binary (out, LATHE_TFLITE_ADD, above, lathe_tflite_by (out, LATHE_TFLITE_MUL, bent, alpha));

  return scale == 1 ? y : lathe_tflite_by (out, LATHE_TFLITE_MUL, y, scale);
}

/* max (x, 0) + log (1 + exp (-|x|)): no exponential overflows. */
static gint32
add_softplus (LatheTfliteOut *out, gint32 x)
{
  gint32 above = lathe_tflite_unary (out, LATHE_TFLITE_RELU, x);
  gint32 mirrored = lathe_tflite_by (out, LATHE_TFLITE_MUL, x, -1);
  gint32 power =
      lathe_tflite_unary (out, LATHE_TFLITE_EXP, lathe_tflite_binary (out, LATHE_TFLITE_MINIMUM, x, mirrored));
  gint32 rest = lathe_tflite_unary (out, LATHE_TFLITE_LOG, lathe_tflite_by (out, LATHE_TFLITE_ADD, power, 1));

  return lathe_tflite_binary (out, LATHE_TFLITE_ADD, above, rest);
}

static gint32
add_hard_sigmoid (LatheTfliteOut *out, gint32 x)
{
  gint32 line = lathe_tflite_by (out, LATHE_TFLITE_ADD, lathe_tflite_by (out, LATHE_TFLITE_MUL, x, 1.0f / 6), 0.5f);

  return lathe_tflite_by (out, LATHE_TFLITE_MINIMUM, lathe_tflite_by (out, LATHE_TFLITE_MAXIMUM, line, 0), 1);
}

static gint32
add_with_option (LatheTfliteOut *out, LatheTfliteOp op, gint32 x, float value)
{
  gint32 y = lathe_tflite_unary (out, op, x);

  lathe_tflite_real (&g_array_index (out->operators, LatheTfliteOperator, out->operators->len - 1), 0, value);
  return y;
}

static gint32
add_gelu (LatheTfliteOut *out, gint32 x, gboolean by_tanh)
{
  gint32 y = lathe_tflite_unary (out, LATHE_TFLITE_GELU, x);

  lathe_tflite_whole (&g_array_index (out->operators, LatheTfliteOperator, out->operators->len - 1), LATHE_FLAT_BYTE, 0,
                      by_tanh);
  return y;
}

/**
 * lathe_tflite_activate:
 * @parameter: of a leaky ReLU or an ELU
 *
 * Returns: what becomes of x
 */
gint32
lathe_tflite_activate (LatheTfliteOut *out, LatheActivation activation, double parameter, gint32 x)
{
  static const double selu_alpha = 1.6732632423543772, selu_scale = 1.0507009873554805;

  switch (activation)
    {
    case LATHE_ACTIVATION_SOFTMAX:
      return add_with_option (out, LATHE_TFLITE_SOFTMAX, x, 1);
    case LATHE_ACTIVATION_LEAKY_RELU:
      return add_with_option (out, LATHE_TFLITE_LEAKY_RELU, x, (float) parameter);
    case LATHE_ACTIVATION_ELU:
      return add_elu (out, x, (float) parameter, 1);
    case LATHE_ACTIVATION_SELU:
      return add_elu (out, x, (float) selu_alpha, (float) selu_scale);
    case LATHE_ACTIVATION_GELU:
    case LATHE_ACTIVATION_GELU_TANH:
      return add_gelu (out, x, activation == LATHE_ACTIVATION_GELU_TANH);
    case LATHE_ACTIVATION_SILU:
      return lathe_tflite_binary (out, LATHE_TFLITE_MUL, x, lathe_tflite_unary (out, LATHE_TFLITE_LOGISTIC, x));
    case LATHE_ACTIVATION_HARD_SIGMOID:
      return add_hard_sigmoid (out, x);
    case LATHE_ACTIVATION_SOFTPLUS:
      return add_softplus (out, x);
    case LATHE_ACTIVATION_HARD_SWISH:
      return lathe_tflite_unary (out, LATHE_TFLITE_HARD_SWISH, x);
    case LATHE_ACTIVATION_RELU:
      return lathe_tflite_unary (out, LATHE_TFLITE_RELU, x);
    case LATHE_ACTIVATION_RELU6:
      return lathe_tflite_unary (out, LATHE_TFLITE_RELU6, x);
    case LATHE_ACTIVATION_SIGMOID:
      return lathe_tflite_unary (out, LATHE_TFLITE_LOGISTIC, x);
    case LATHE_ACTIVATION_TANH:
      return lathe_tflite_unary (out, LATHE_TFLITE_TANH, x);
    case LATHE_ACTIVATION_NONE:
    default:
      return x;
    }
}

/**
 * lathe_tflite_fuse:
 * @activation: (inout): what an operator's result goes through; none afterwards where the operator does it itself
 */
LatheTfliteFused
lathe_tflite_fuse (LatheActivation *activation)
{
  LatheTfliteFused fused = *activation == LATHE_ACTIVATION_RELU    ? LATHE_TFLITE_FUSED_RELU
                           : *activation == LATHE_ACTIVATION_RELU6 ? LATHE_TFLITE_FUSED_RELU6
                                                                   : LATHE_TFLITE_AS_IT_IS;

  if (fused != LATHE_TFLITE_AS_IT_IS)
    *activation = LATHE_ACTIVATION_NONE;
  return fused;
}

/* --- What layers give --- */

gint32
lathe_tflite_output (const LatheTfliteOut *out, const LatheNode *node)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (out->outputs, node)) - 1;
}

gint32
lathe_tflite_input (const LatheTfliteOut *out, const LatheProgramNode *node, guint index)
{
  return lathe_tflite_output (out, node->node->inputs->pdata[index]);
}

void
lathe_tflite_give (LatheTfliteOut *out, const LatheProgramNode *node, gint32 tensor)
{
  g_hash_table_insert (out->outputs, (gpointer) node->node, GINT_TO_POINTER (tensor + 1));
}
