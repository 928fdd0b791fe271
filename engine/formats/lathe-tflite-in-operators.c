/* lathe-tflite-in-operators.c: operators of TensorFlow Lite that move no window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-tflite-in.h"

#define MOST_AXES 8

static const char *
input (LatheTfliteIn *in, guint index)
{
  return lathe_tflite_in_behind (in, lathe_tflite_in_input (in->step, index));
}

static LatheTfliteFused
fused_at (LatheTfliteIn *in, guint slot)
{
  return (LatheTfliteFused) lathe_flat_get_byte (&in->step->options, slot, LATHE_TFLITE_AS_IT_IS);
}

/* A node of the operator's first input, and of a second one where @second is not NULL. */
static Onnx__NodeProto *
start (LatheTfliteIn *in, const char *op, const char *second, const char **y)
{
  const char *first = input (in, 0);
  Onnx__NodeProto *node;

  *y = lathe_tflite_in_fresh (in);
  node = lathe_tflite_in_node (in, op, *y, first, second, NULL);
  lathe_tflite_in_name (in, node);
  return node;
}

static void
give (LatheTfliteIn *in, const char *y)
{
  lathe_tflite_in_give_behind (in, y, LATHE_TFLITE_AS_IT_IS);
}

/* --- Activations --- */

/* Those that have no options. */
static void
say_simple (LatheTfliteIn *in)
{
  static const struct
  {
    LatheTfliteOp op;
    const char *name;
  } simple[] = {
      {LATHE_TFLITE_RELU, "Relu"},        {LATHE_TFLITE_TANH, "Tanh"},
      {LATHE_TFLITE_LOGISTIC, "Sigmoid"}, {LATHE_TFLITE_HARD_SWISH, "HardSwish"},
      {LATHE_TFLITE_ELU, "Elu"},
  };
  const char *y;

  for (guint i = 0; i < G_N_ELEMENTS (simple); i++)
    if (in->step->op == simple[i].op)
      {
        start (in, simple[i].name, NULL, &y);
        give (in, y);
      }
}

static void
say_clip (LatheTfliteIn *in)
{
  const char *y;
  Onnx__NodeProto *node = start (in, "Clip", NULL, &y);

  lathe_tflite_in_float (in, node, "min", in->step->op == LATHE_TFLITE_RELU_N1_TO_1 ? -1 : 0);
  lathe_tflite_in_float (in, node, "max", in->step->op == LATHE_TFLITE_RELU6 ? 6 : 1);
  give (in, y);
}

static void
say_leaky_relu (LatheTfliteIn *in)
{
  const char *y;
  Onnx__NodeProto *node = start (in, "LeakyRelu", NULL, &y);

  lathe_tflite_in_float (in, node, "alpha", lathe_flat_get_float (&in->step->options, 0, 0));
  give (in, y);
}

static void
say_prelu (LatheTfliteIn *in)
{
  const char *y, *slope = input (in, 1);

  start (in, "PRelu", slope, &y);
  give (in, y);
}

static void
say_gelu (LatheTfliteIn *in)
{
  const char *y;
  Onnx__NodeProto *node = start (in, "Gelu", NULL, &y);

  lathe_tflite_in_text (in, node, "approximate", lathe_flat_get_byte (&in->step->options, 0, FALSE) ? "tanh" : "none");
  give (in, y);
}

/* Of numbers that are multiplied first. */
static void
say_softmax (LatheTfliteIn *in)
{
  float beta = lathe_flat_get_float (&in->step->options, 0, in->step->op == LATHE_TFLITE_SOFTMAX ? 0 : 1);
  const char *y, *by, *hot;

  if (beta == 1)
    start (in, in->step->op == LATHE_TFLITE_SOFTMAX ? "Softmax" : "LogSoftmax", NULL, &y);
  else
    {
      by = lathe_tflite_in_constant (in, LATHE_ONNX_FLOAT, 1, &beta);
      start (in, "Mul", by, &hot);
      lathe_tflite_in_node (in, "Softmax", y = lathe_tflite_in_fresh (in), hot, NULL);
    }
  give (in, y);
}

/* With one number, the larger or the smaller. */
static void
say_bound (LatheTfliteIn *in)
{
  const char *y, *from;
  Onnx__NodeProto *node;
  double value;
  gint32 x;

  if (lathe_tflite_in_find_activation (in))
    return;
  if (!lathe_tflite_in_with_number (in, in->step, &x, &value))
    {
      lathe_tflite_in_refuse (in);
      return;
    }
  from = lathe_tflite_in_behind (in, x);
  y = lathe_tflite_in_fresh (in);
  node = lathe_tflite_in_node (in, "Clip", y, from, NULL);
  lathe_tflite_in_name (in, node);
  lathe_tflite_in_float (in, node, in->step->op == LATHE_TFLITE_MAXIMUM ? "min" : "max", (float) value);
  give (in, y);
}

/* --- Arithmetic --- */

static void
say_arithmetic (LatheTfliteIn *in)
{
  const char *y, *second;

  if (lathe_tflite_in_find_activation (in) || (in->step->op == LATHE_TFLITE_ADD && lathe_tflite_in_find_norm (in)))
    return;
  second = input (in, 1);
  start (in,
         in->step->op == LATHE_TFLITE_ADD   ? "Add"
         : in->step->op == LATHE_TFLITE_SUB ? "Sub"
         : in->step->op == LATHE_TFLITE_MUL ? "Mul"
                                            : "Div",
         second, &y);
  lathe_tflite_in_give_behind (in, y, fused_at (in, 0));
}

static void
say_neg (LatheTfliteIn *in)
{
  const char *y, *minus = lathe_tflite_in_fill (in, 1, -1);

  start (in, "Mul", minus, &y);
  give (in, y);
}

static void
say_concatenation (LatheTfliteIn *in)
{
  const char *y, *second = in->step->inputs.n > 1 ? input (in, 1) : NULL;
  Onnx__NodeProto *node;
  gsize n = in->step->inputs.n;

  for (guint i = 2; i < n; i++)
    input (in, i);
  node = start (in, "Concat", second, &y);
  node->input = lathe_tflite_in_take (in, n * sizeof *node->input);
  node->n_input = n;
  for (guint i = 0; i < n; i++)
    node->input[i] = (char *) input (in, i);
  lathe_tflite_in_int (in, node, "axis", lathe_flat_get_int (&in->step->options, 0, 0));
  lathe_tflite_in_give_behind (in, y, fused_at (in, 1));
}

/* --- Dense layers, and means --- */

static void
say_fully_connected (LatheTfliteIn *in)
{
  const LatheTfliteInTensor *x = lathe_tflite_in_of (in, 0), *weight = lathe_tflite_in_of (in, 1);
  gint32 biased = lathe_tflite_in_input (in->step, 2);
  const char *from, *rows, *bias, *y, *line, *flat;
  Onnx__NodeProto *node;

  if (x == NULL || weight == NULL || weight->rank != 2 || lathe_flat_get_byte (&in->step->options, 1, 0) != 0 ||
      (lathe_flat_get_byte (&in->step->options, 2, FALSE) && x->rank != 2))
    {
      lathe_tflite_in_refuse (in);
      return;
    }
  from = input (in, 0);
  rows = input (in, 1);
  bias = biased != LATHE_TFLITE_NONE ? lathe_tflite_in_behind (in, biased) : NULL;
  if (x->rank != 2) /* all that is of one sample is one line */
    {
      line = lathe_tflite_in_constant (in, LATHE_ONNX_INT64, 2, (const gint64[]){-1, weight->dim[1]});
      lathe_tflite_in_node (in, "Reshape", flat = lathe_tflite_in_fresh (in), from, line, NULL);
      from = flat;
    }
  y = lathe_tflite_in_fresh (in);
  node = lathe_tflite_in_node (in, "Gemm", y, from, rows, bias, NULL);
  lathe_tflite_in_name (in, node);
  lathe_tflite_in_int (in, node, "transB", TRUE);
  lathe_tflite_in_give_behind (in, y, fused_at (in, 0));
}

static void
say_reduce (LatheTfliteIn *in)
{
  const char *y;
  Onnx__NodeProto *node;
  gint64 axes[MOST_AXES];
  guint n;

  if (!lathe_tflite_in_list (in, lathe_tflite_in_input (in->step, 1), MOST_AXES, axes, &n))
    {
      lathe_tflite_in_refuse (in);
      return;
    }
  node = start (in, in->step->op == LATHE_TFLITE_MEAN ? "ReduceMean" : "ReduceMax", NULL, &y);
  lathe_tflite_in_ints (in, node, "axes", n, axes);
  lathe_tflite_in_int (in, node, "keepdims", lathe_flat_get_byte (&in->step->options, 0, FALSE));
  give (in, y);
}

/* Rows of a table, found by whole numbers. */
static void
say_gather (LatheTfliteIn *in)
{
  gboolean lookup = in->step->op == LATHE_TFLITE_EMBEDDING_LOOKUP;
  const char *table = input (in, lookup ? 1 : 0), *words = input (in, lookup ? 0 : 1);
  const char *y = lathe_tflite_in_fresh (in);
  Onnx__NodeProto *node = lathe_tflite_in_node (in, "Gather", y, table, words, NULL);

  lathe_tflite_in_name (in, node);
  lathe_tflite_in_int (in, node, "axis", lookup ? 0 : lathe_flat_get_int (&in->step->options, 0, 0));
  give (in, y);
}

/* --- Shapes and types --- */

/* As the operator says, or else as its result has it: of the samples there are as many as there are. */
static void
say_reshape (LatheTfliteIn *in)
{
  const LatheTfliteInTensor *result = lathe_tflite_in_result (in);
  gint64 dim[LATHE_TFLITE_IN_RANK];
  const char *shape, *y;
  guint n;

  if (in->step->op != LATHE_TFLITE_RESHAPE ||
      !lathe_tflite_in_list (in, lathe_tflite_in_input (in->step, 1), LATHE_TFLITE_IN_RANK, dim, &n) || n == 0)
    {
      n = MIN (result->rank, LATHE_TFLITE_IN_RANK);
      for (guint i = 0; i < n; i++)
        dim[i] = i == 0 ? -1 : result->dim[i];
    }
  if (n == 0)
    {
      lathe_tflite_in_refuse (in);
      return;
    }
  shape = lathe_tflite_in_constant (in, LATHE_ONNX_INT64, n, dim);
  start (in, "Reshape", shape, &y);
  give (in, y);
}

static void
say_transpose (LatheTfliteIn *in)
{
  const char *y;
  gint64 order[LATHE_TFLITE_IN_RANK];
  guint n;

  if (!lathe_tflite_in_list (in, lathe_tflite_in_input (in->step, 1), LATHE_TFLITE_IN_RANK, order, &n))
    {
      lathe_tflite_in_refuse (in);
      return;
    }
  lathe_tflite_in_ints (in, start (in, "Transpose", NULL, &y), "perm", n, order);
  give (in, y);
}

static void
say_cast (LatheTfliteIn *in)
{
  LatheTfliteType to = lathe_tflite_in_result (in)->type;
  const char *y;
  Onnx__NodeProto *node = start (in, "Cast", NULL, &y);

  lathe_tflite_in_int (in, node, "to",
                       to == LATHE_TFLITE_FLOAT                               ? LATHE_ONNX_FLOAT
                       : to == LATHE_TFLITE_INT32 || to == LATHE_TFLITE_INT64 ? LATHE_ONNX_INT64
                                                                              : LATHE_ONNX_BOOL);
  give (in, y);
}

/* What bytes stand for is seen at once, and what they are made of is rounded: see lathe_tflite_in_give_behind(). */
static void
say_same (LatheTfliteIn *in)
{
  lathe_tflite_in_give_as (in, lathe_tflite_in_input (in->step, 0));
}

const LatheTfliteInRow lathe_tflite_in_operators[] = {
    {LATHE_TFLITE_RELU, say_simple},
    {LATHE_TFLITE_TANH, say_simple},
    {LATHE_TFLITE_LOGISTIC, say_simple},
    {LATHE_TFLITE_HARD_SWISH, say_simple},
    {LATHE_TFLITE_ELU, say_simple},
    {LATHE_TFLITE_RELU6, say_clip},
    {LATHE_TFLITE_RELU_N1_TO_1, say_clip},
    {LATHE_TFLITE_RELU_0_TO_1, say_clip},
    {LATHE_TFLITE_LEAKY_RELU, say_leaky_relu},
    {LATHE_TFLITE_PRELU, say_prelu},
    {LATHE_TFLITE_GELU, say_gelu},
    {LATHE_TFLITE_SOFTMAX, say_softmax},
    {LATHE_TFLITE_LOG_SOFTMAX, say_softmax},
    {LATHE_TFLITE_MAXIMUM, say_bound},
    {LATHE_TFLITE_MINIMUM, say_bound},
    {LATHE_TFLITE_ADD, say_arithmetic},
    {LATHE_TFLITE_SUB, say_arithmetic},
    {LATHE_TFLITE_MUL, say_arithmetic},
    {LATHE_TFLITE_DIV, say_arithmetic},
    {LATHE_TFLITE_NEG, say_neg},
    {LATHE_TFLITE_CONCATENATION, say_concatenation},
    {LATHE_TFLITE_FULLY_CONNECTED, say_fully_connected},
    {LATHE_TFLITE_MEAN, say_reduce},
    {LATHE_TFLITE_REDUCE_MAX, say_reduce},
    {LATHE_TFLITE_GATHER, say_gather},
    {LATHE_TFLITE_EMBEDDING_LOOKUP, say_gather},
    {LATHE_TFLITE_RESHAPE, say_reshape},
    {LATHE_TFLITE_SQUEEZE, say_reshape},
    {LATHE_TFLITE_EXPAND_DIMS, say_reshape},
    {LATHE_TFLITE_TRANSPOSE, say_transpose},
    {LATHE_TFLITE_CAST, say_cast},
    {LATHE_TFLITE_DEQUANTISE, say_same},
    {LATHE_TFLITE_QUANTISE, say_same},
    {0},
};
