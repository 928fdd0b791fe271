/* lathe-tflite-in-patterns.c: what several operators of TensorFlow Lite are together.
 *
 * It has no operator for some of what a network does, and converters put it together from simpler ones, of which Lathe
 * knows but the whole: an exponential is no layer, an ELU is. So the last of them looks back along what it comes of.
 * Those in front of it stay nodes that nobody reads, unless somebody does.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe-numbers.h"
#include "lathe-tflite-in.h"

/* --- Constants --- */

/* (nullable): the tensor's numbers, which may have been written in fewer bits */
static const LatheTfliteInTensor *
constant_of (LatheTfliteIn *in, gint32 index)
{
  const LatheTfliteInOperator *half = lathe_tflite_in_maker (in, index, LATHE_TFLITE_DEQUANTISE);
  const LatheTfliteInTensor *tensor =
      lathe_tflite_in_tensor (in, half != NULL ? lathe_tflite_in_input (half, 0) : index);

  return tensor != NULL && tensor->data != NULL && !tensor->sparse ? tensor : NULL;
}

/**
 * lathe_tflite_in_list:
 * @most: how many there may be
 * @values: (out): so many
 *
 * Returns: whether the tensor is a constant of whole numbers, and not of more
 */
gboolean
lathe_tflite_in_list (LatheTfliteIn *in, gint32 index, guint most, gint64 *values, guint *n)
{
  const LatheTfliteInTensor *tensor = lathe_tflite_in_tensor (in, index);
  gsize size = tensor != NULL && tensor->type == LATHE_TFLITE_INT64 ? 8 : 4;

  if (tensor == NULL || tensor->data == NULL || tensor->sparse || tensor->size % size != 0 ||
      tensor->size / size > most || (tensor->type != LATHE_TFLITE_INT32 && tensor->type != LATHE_TFLITE_INT64))
    return FALSE;
  *n = (guint) (tensor->size / size);
  for (guint i = 0; i < *n; i++)
    {
      const LatheFlatVector numbers = {.data = tensor->data, .n = *n};

      values[i] = size == 8 ? lathe_flat_long_at (&numbers, i) : lathe_flat_int_at (&numbers, i);
    }
  return TRUE;
}

/* Whether it is one real number that is known. */
gboolean
lathe_tflite_in_number (LatheTfliteIn *in, gint32 index, double *value)
{
  const LatheTfliteInTensor *tensor = constant_of (in, index);
  guint16 half;

  if (tensor != NULL && tensor->type == LATHE_TFLITE_FLOAT && tensor->size == sizeof (float))
    {
      *value = (double) lathe_flat_float_at (&(LatheFlatVector){.data = tensor->data}, 0);
      return TRUE;
    }
  if (tensor == NULL || tensor->type != LATHE_TFLITE_HALF || tensor->size != sizeof half)
    return FALSE;
  memcpy (&half, tensor->data, sizeof half);
  *value = lathe_numbers_half (GUINT16_FROM_LE (half));
  return TRUE;
}

/* A number for each of so many channels. */
static gboolean
is_vector (LatheTfliteIn *in, gint32 index, gint32 channels)
{
  const LatheTfliteInTensor *tensor = constant_of (in, index);
  gsize size = tensor != NULL && tensor->type == LATHE_TFLITE_HALF ? 2 : sizeof (float);

  return tensor != NULL && channels > 0 && tensor->size == (gsize) channels * size && tensor->rank >= 1 &&
         tensor->rank <= LATHE_TFLITE_IN_RANK && tensor->dim[tensor->rank - 1] == channels &&
         (tensor->type == LATHE_TFLITE_FLOAT || tensor->type == LATHE_TFLITE_HALF);
}

static gint32
channels_of (const LatheTfliteInTensor *tensor)
{
  return tensor->rank >= 1 && tensor->rank <= LATHE_TFLITE_IN_RANK ? tensor->dim[tensor->rank - 1] : 0;
}

/* --- Looking back --- */

/* Whether what the operator works out goes through nothing else. */
static gboolean
is_plain (const LatheTfliteInOperator *step)
{
  return (step->op != LATHE_TFLITE_ADD && step->op != LATHE_TFLITE_SUB && step->op != LATHE_TFLITE_MUL &&
          step->op != LATHE_TFLITE_DIV) ||
         lathe_flat_get_byte (&step->options, 0, 0) == LATHE_TFLITE_AS_IT_IS;
}

/**
 * lathe_tflite_in_maker:
 *
 * Returns: (transfer none) (nullable): the operator that gives the tensor, if it is this one
 */
const LatheTfliteInOperator *
lathe_tflite_in_maker (LatheTfliteIn *in, gint32 index, LatheTfliteOp op)
{
  const LatheTfliteInTensor *tensor = lathe_tflite_in_tensor (in, index);
  const LatheTfliteInOperator *maker = tensor != NULL && tensor->maker >= 0 ? &in->operators[tensor->maker] : NULL;

  return maker != NULL && maker->op == op && is_plain (maker) ? maker : NULL;
}

/* Whether one of its two inputs is a number; then the other one is @x. */
gboolean
lathe_tflite_in_with_number (LatheTfliteIn *in, const LatheTfliteInOperator *step, gint32 *x, double *value)
{
  for (guint i = 0; step != NULL && i < 2; i++)
    if (lathe_tflite_in_number (in, lathe_tflite_in_input (step, i), value))
      {
        *x = lathe_tflite_in_input (step, 1 - i);
        return *x != LATHE_TFLITE_NONE;
      }
  return FALSE;
}

/* The input of an operator with a number, which must be this one. */
static gboolean
back_by (LatheTfliteIn *in, LatheTfliteOp op, double number, gint32 *x)
{
  double found;

  return lathe_tflite_in_with_number (in, lathe_tflite_in_maker (in, *x, op), x, &found) &&
         fabs (found - number) <= 1e-6 * (1 + fabs (number));
}

/* The input of an operator that has but one. */
static gboolean
back (LatheTfliteIn *in, LatheTfliteOp op, gint32 *x)
{
  const LatheTfliteInOperator *step = lathe_tflite_in_maker (in, *x, op);

  if (step != NULL)
    *x = lathe_tflite_in_input (step, 0);
  return step != NULL && *x != LATHE_TFLITE_NONE;
}

/* --- Activations --- */

/* alpha (exp (min (x, 0)) - 1) */
static gboolean
is_bent (LatheTfliteIn *in, gint32 *x, double *alpha)
{
  const LatheTfliteInOperator *product = lathe_tflite_in_maker (in, *x, LATHE_TFLITE_MUL), *less;
  double one;

  if (!lathe_tflite_in_with_number (in, product, x, alpha))
    return FALSE;
  less = lathe_tflite_in_maker (in, *x, LATHE_TFLITE_SUB);
  return less != NULL && lathe_tflite_in_number (in, lathe_tflite_in_input (less, 1), &one) && one == 1 &&
         back (in, LATHE_TFLITE_SUB, x) && back (in, LATHE_TFLITE_EXP, x) && back_by (in, LATHE_TFLITE_MINIMUM, 0, x);
}

/* max (x, 0) + that, either first */
static gboolean
is_elu (LatheTfliteIn *in, const LatheTfliteInOperator *sum, gint32 *x, double *alpha)
{
  for (guint i = 0; sum != NULL && i < 2; i++)
    {
      gint32 above = lathe_tflite_in_input (sum, i), below = lathe_tflite_in_input (sum, 1 - i);

      if (back (in, LATHE_TFLITE_RELU, &above) && is_bent (in, &below, alpha) && above == below)
        {
          *x = above;
          return TRUE;
        }
    }
  return FALSE;
}

/* log (1 + exp (-|x|)), whose |x| is the larger of x and -x */
static gboolean
is_soft_rest (LatheTfliteIn *in, gint32 *x)
{
  const LatheTfliteInOperator *least;
  gint32 a, b, mirrored;

  if (!back (in, LATHE_TFLITE_LOG, x) || !back_by (in, LATHE_TFLITE_ADD, 1, x) || !back (in, LATHE_TFLITE_EXP, x) ||
      (least = lathe_tflite_in_maker (in, *x, LATHE_TFLITE_MINIMUM)) == NULL)
    return FALSE;
  mirrored = b = lathe_tflite_in_input (least, 1);
  a = lathe_tflite_in_input (least, 0);
  *x = a;
  return (back_by (in, LATHE_TFLITE_MUL, -1, &mirrored) || (mirrored = b, back (in, LATHE_TFLITE_NEG, &mirrored))) &&
         mirrored == a && a != LATHE_TFLITE_NONE;
}

/* max (x, 0) + that */
static gboolean
is_softplus (LatheTfliteIn *in, const LatheTfliteInOperator *sum, gint32 *x)
{
  gint32 above = lathe_tflite_in_input (sum, 0), below = lathe_tflite_in_input (sum, 1);

  *x = above;
  return back (in, LATHE_TFLITE_RELU, x) && is_soft_rest (in, &below) && *x == below;
}

/* min (max (x / 6 + 1/2, 0), 1) */
static gboolean
is_hard_sigmoid (LatheTfliteIn *in, gint32 *x)
{
  return back_by (in, LATHE_TFLITE_MAXIMUM, 0, x) && back_by (in, LATHE_TFLITE_ADD, 0.5, x) &&
         back_by (in, LATHE_TFLITE_MUL, 1.0 / 6, x);
}

static LatheTfliteFused
own_activation (LatheTfliteIn *in)
{
  return (LatheTfliteFused) lathe_flat_get_byte (&in->step->options, 0, 0);
}

static Onnx__NodeProto *
give (LatheTfliteIn *in, const char *op, gint32 x, LatheTfliteFused fused)
{
  const char *y = lathe_tflite_in_fresh (in), *from = lathe_tflite_in_behind (in, x);
  Onnx__NodeProto *node = lathe_tflite_in_node (in, op, y, from, NULL);

  lathe_tflite_in_name (in, node);
  lathe_tflite_in_give_behind (in, y, fused);
  return node;
}

/* ADD, or MUL around it */
static gboolean
find_elu (LatheTfliteIn *in)
{
  static const double selu_alpha = 1.6732632423543772, selu_scale = 1.0507009873554805;
  double alpha, scale;
  gint32 x;

  if (in->step->op == LATHE_TFLITE_ADD && is_elu (in, in->step, &x, &alpha))
    {
      lathe_tflite_in_float (in, give (in, "Elu", x, own_activation (in)), "alpha", (float) alpha);
      return TRUE;
    }
  if (in->step->op != LATHE_TFLITE_MUL || !lathe_tflite_in_with_number (in, in->step, &x, &scale) ||
      !is_elu (in, lathe_tflite_in_maker (in, x, LATHE_TFLITE_ADD), &x, &alpha) || fabs (alpha - selu_alpha) > 1e-4 ||
      fabs (scale - selu_scale) > 1e-4)
    return FALSE;
  give (in, "Selu", x, own_activation (in));
  return TRUE;
}

/* MINIMUM of a MAXIMUM: of a line, or of words and the last of them. */
static gboolean
find_clip (LatheTfliteIn *in)
{
  gint32 x, line;
  double low, high;
  Onnx__NodeProto *node;

  if (!lathe_tflite_in_with_number (in, in->step, &x, &high))
    return FALSE;
  line = x;
  if (high == 1 && is_hard_sigmoid (in, &line))
    {
      lathe_tflite_in_float (in, node = give (in, "HardSigmoid", line, LATHE_TFLITE_AS_IT_IS), "alpha", 1.0f / 6);
      lathe_tflite_in_float (in, node, "beta", 0.5f);
      return TRUE;
    }
  if (!lathe_tflite_in_with_number (in, lathe_tflite_in_maker (in, x, LATHE_TFLITE_MAXIMUM), &x, &low))
    return FALSE;
  lathe_tflite_in_float (in, node = give (in, "Clip", x, LATHE_TFLITE_AS_IT_IS), "min", (float) low);
  lathe_tflite_in_float (in, node, "max", (float) high);
  return TRUE;
}

/* 1 - x, as the first class of two has it. */
static gboolean
find_complement (LatheTfliteIn *in)
{
  const char *y, *one, *from;
  double number;
  gint32 x;

  if (!lathe_tflite_in_with_number (in, in->step, &x, &number) || number != 1 ||
      !back_by (in, LATHE_TFLITE_MUL, -1, &x))
    return FALSE;
  one = lathe_tflite_in_fill (in, 1, 1);
  from = lathe_tflite_in_behind (in, x);
  y = lathe_tflite_in_fresh (in);
  lathe_tflite_in_node (in, "Sub", y, one, from, NULL);
  lathe_tflite_in_give_behind (in, y, own_activation (in));
  return TRUE;
}

/**
 * lathe_tflite_in_find_activation:
 *
 * Returns: whether the operator is the last one of an activation, which it is said as then
 */
gboolean
lathe_tflite_in_find_activation (LatheTfliteIn *in)
{
  gint32 x;

  switch ((gint32) in->step->op)
    {
    case LATHE_TFLITE_MINIMUM:
      return find_clip (in);
    case LATHE_TFLITE_ADD:
      if (find_elu (in) || find_complement (in))
        return TRUE;
      if (!is_softplus (in, in->step, &x))
        return FALSE;
      give (in, "Softplus", x, own_activation (in));
      return TRUE;
    case LATHE_TFLITE_MUL:
      return find_elu (in);
    default:
      return FALSE;
    }
}

/* --- Norms --- */

#define MOST_AXES 4

/* The mean of x, or of another, along some dimensions, that stays as long. */
static gboolean
is_mean (LatheTfliteIn *in, gint32 mean, gint32 *x, gint64 axes[MOST_AXES], guint *n)
{
  const LatheTfliteInOperator *step = lathe_tflite_in_maker (in, mean, LATHE_TFLITE_MEAN);

  if (step == NULL || !lathe_flat_get_byte (&step->options, 0, 0) ||
      !lathe_tflite_in_list (in, lathe_tflite_in_input (step, 1), MOST_AXES, axes, n))
    return FALSE;
  *x = lathe_tflite_in_input (step, 0);
  return *x != LATHE_TFLITE_NONE;
}

static gboolean
has_inputs (const LatheTfliteInOperator *step, gint32 first, gint32 second)
{
  return step != NULL && lathe_tflite_in_input (step, 0) == first && lathe_tflite_in_input (step, 1) == second;
}

/* (x - mean) · 1 / √(variance + epsilon) */
static gboolean
is_normalised (LatheTfliteIn *in, gint32 *x, gint64 axes[MOST_AXES], guint *n, double *epsilon)
{
  const LatheTfliteInOperator *product = lathe_tflite_in_maker (in, *x, LATHE_TFLITE_MUL), *apart;
  gint64 same[MOST_AXES] = {0};
  gint32 by, mean, of, squares;
  guint n_same;

  if (product == NULL)
    return FALSE;
  apart = lathe_tflite_in_maker (in, lathe_tflite_in_input (product, 0), LATHE_TFLITE_SUB);
  by = lathe_tflite_in_input (product, 1);
  if (apart == NULL || !back (in, LATHE_TFLITE_RSQRT, &by) ||
      !lathe_tflite_in_with_number (in, lathe_tflite_in_maker (in, by, LATHE_TFLITE_ADD), &by, epsilon))
    return FALSE;
  *x = lathe_tflite_in_input (apart, 0);
  mean = lathe_tflite_in_input (apart, 1);
  return is_mean (in, mean, &of, axes, n) && of == *x && is_mean (in, by, &squares, same, &n_same) && n_same == *n &&
         memcmp (axes, same, *n * sizeof *axes) == 0 &&
         has_inputs (lathe_tflite_in_maker (in, squares, LATHE_TFLITE_SQUARED_DIFFERENCE), *x, mean);
}

/* One of its inputs is a number for each channel, and the other one is not constant. */
static gboolean
with_vector (LatheTfliteIn *in, const LatheTfliteInOperator *step, gint32 channels, gint32 *x, gint32 *vector)
{
  for (guint i = 0; step != NULL && i < 2; i++)
    if (is_vector (in, lathe_tflite_in_input (step, i), channels))
      {
        *vector = lathe_tflite_in_input (step, i);
        *x = lathe_tflite_in_input (step, 1 - i);
        return *x != LATHE_TFLITE_NONE && constant_of (in, *x) == NULL;
      }
  return FALSE;
}

static void
give_layer_norm (LatheTfliteIn *in, gint32 x, gint32 gamma, gint32 beta, double epsilon)
{
  const char *from = lathe_tflite_in_behind (in, x), *scale = lathe_tflite_in_behind (in, gamma);
  const char *offset = lathe_tflite_in_behind (in, beta), *y = lathe_tflite_in_fresh (in);
  Onnx__NodeProto *node = lathe_tflite_in_node (in, "LayerNormalization", y, from, scale, offset, NULL);

  lathe_tflite_in_name (in, node);
  lathe_tflite_in_int (in, node, "axis", -1);
  lathe_tflite_in_float (in, node, "epsilon", (float) epsilon);
  lathe_tflite_in_give_behind (in, y, own_activation (in));
}

/* Groups of channels lie apart while they are normalised. */
static gboolean
find_group_norm (LatheTfliteIn *in, gint32 x, gint32 gamma, gint32 beta)
{
  const char *y, *from, *scale, *offset;
  Onnx__NodeProto *node;
  gint64 axes[MOST_AXES];
  double epsilon;
  gint32 groups;
  guint n;

  if (!back (in, LATHE_TFLITE_RESHAPE, &x) || in->tensors[x].rank != 4 || !is_normalised (in, &x, axes, &n, &epsilon) ||
      n != 2 || axes[0] != 1 || axes[1] != 3)
    return FALSE;
  groups = in->tensors[x].dim[2];
  if (!back (in, LATHE_TFLITE_RESHAPE, &x) || in->tensors[x].rank != lathe_tflite_in_result (in)->rank)
    return FALSE;
  from = lathe_tflite_in_front (in, x);
  scale = lathe_tflite_in_behind (in, gamma);
  offset = lathe_tflite_in_behind (in, beta);
  y = lathe_tflite_in_fresh (in);
  node = lathe_tflite_in_node (in, "GroupNormalization", y, from, scale, offset, NULL);
  lathe_tflite_in_name (in, node);
  lathe_tflite_in_int (in, node, "num_groups", groups);
  lathe_tflite_in_float (in, node, "epsilon", (float) epsilon);
  lathe_tflite_in_give_front (in, y, own_activation (in));
  return TRUE;
}

/* x · scale + offset, as a norm is when nothing is trained: that with mean 0 and variance 1 is the same. */
static void
give_batch_norm (LatheTfliteIn *in, gint32 x, gint32 gamma, gint32 beta, gint32 channels)
{
  const char *from = lathe_tflite_in_front (in, x), *scale = lathe_tflite_in_behind (in, gamma);
  const char *offset = lathe_tflite_in_behind (in, beta), *mean = lathe_tflite_in_fill (in, (guint) channels, 0);
  const char *variance = lathe_tflite_in_fill (in, (guint) channels, 1), *y = lathe_tflite_in_fresh (in);
  Onnx__NodeProto *node = lathe_tflite_in_node (in, "BatchNormalization", y, from, scale, offset, mean, variance, NULL);

  lathe_tflite_in_name (in, node);
  lathe_tflite_in_float (in, node, "epsilon", 1e-9f);
  lathe_tflite_in_give_front (in, y, own_activation (in));
}

/* Whether the images come to the norm as bytes, which it is the preparation of. */
static gboolean
is_prepared (LatheTfliteIn *in, gint32 x)
{
  while (x != LATHE_TFLITE_NONE && in->tensors[x].maker >= 0)
    {
      const LatheTfliteInOperator *step = &in->operators[in->tensors[x].maker];
      double number;
      gint32 from;

      if (step->op == LATHE_TFLITE_CAST)
        return TRUE;
      if ((step->op != LATHE_TFLITE_DIV && step->op != LATHE_TFLITE_MUL) ||
          !lathe_tflite_in_with_number (in, step, &from, &number) || from >= x)
        return FALSE;
      x = from;
    }
  return FALSE;
}

/**
 * lathe_tflite_in_find_norm:
 *
 * Returns: whether the operator, an ADD, adds the offsets of a norm, which it is said as then
 */
gboolean
lathe_tflite_in_find_norm (LatheTfliteIn *in)
{
  gint32 channels = channels_of (lathe_tflite_in_result (in)), x, y, gamma, beta;
  gint64 axes[MOST_AXES];
  double epsilon;
  guint n;

  if (!with_vector (in, in->step, channels, &x, &beta) ||
      !with_vector (in, lathe_tflite_in_maker (in, x, LATHE_TFLITE_MUL), channels, &x, &gamma))
    return FALSE;
  y = x;
  if (is_normalised (in, &y, axes, &n, &epsilon) && n == 1 &&
      (axes[0] == -1 || axes[0] == (gint64) in->tensors[y].rank - 1))
    give_layer_norm (in, y, gamma, beta, epsilon);
  else if (find_group_norm (in, x, gamma, beta))
    return TRUE;
  else if (is_prepared (in, x))
    return FALSE;
  else
    give_batch_norm (in, x, gamma, beta, channels);
  return TRUE;
}
