/* lathe-onnx-in-constants.c: attributes and constants.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "lathe-model-file.h"
#include "lathe-numbers.h"

/* --- Attributes --- */

static const Onnx__AttributeProto *
attribute (LatheOnnxIn *in, const char *name)
{
  for (gsize i = 0; i < in->node->n_attribute; i++)
    if (g_strcmp0 (in->node->attribute[i]->name, name) == 0)
      return in->node->attribute[i];
  return NULL;
}

gboolean
lathe_onnx_in_has (LatheOnnxIn *in, const char *name)
{
  return attribute (in, name) != NULL;
}

gint64
lathe_onnx_in_int (LatheOnnxIn *in, const char *name, gint64 usual)
{
  const Onnx__AttributeProto *found = attribute (in, name);

  return found != NULL && found->has_i ? found->i : usual;
}

double
lathe_onnx_in_float (LatheOnnxIn *in, const char *name, double usual)
{
  const Onnx__AttributeProto *found = attribute (in, name);

  return found != NULL && found->has_f ? lathe_shorten (found->f) : usual;
}

gboolean
lathe_onnx_in_string_is (LatheOnnxIn *in, const char *name, const char *value, const char *usual)
{
  const Onnx__AttributeProto *found = attribute (in, name);

  if (found == NULL || !found->has_s)
    return g_str_equal (value, usual);
  return found->s.len == strlen (value) && memcmp (found->s.data, value, found->s.len) == 0;
}

/**
 * lathe_onnx_in_ints:
 *
 * An attribute of n whole numbers from `least` to 65535, which are `usual` where it is missing.
 *
 * Returns: FALSE after refusing the node
 */
gboolean
lathe_onnx_in_ints (LatheOnnxIn *in, const char *name, guint n, gint64 usual, gint64 least, gint64 *values)
{
  const Onnx__AttributeProto *found = attribute (in, name);

  for (guint i = 0; i < n; i++)
    values[i] = usual;
  if (found == NULL || found->n_ints == 0)
    return TRUE;
  for (guint i = 0; i < n && found->n_ints == n; i++)
    {
      values[i] = found->ints[i];
      if (values[i] < least || values[i] > G_MAXUINT16)
        {
          lathe_onnx_in_refuse (in, _ ("its “%s” is out of range"), name);
          return FALSE;
        }
    }
  if (found->n_ints != n)
    lathe_onnx_in_refuse (in, _ ("its “%s” is not for images of two dimensions"), name);
  return found->n_ints == n;
}

/**
 * lathe_onnx_in_list:
 * @index: of the input that has the list in later versions, when there is no attribute
 * @n: (out): how many there are, at most LATHE_ONNX_MAX_RANK
 *
 * Returns: whether there is a list
 */
gboolean
lathe_onnx_in_list (LatheOnnxIn *in, const char *name, guint index, gint64 *values, guint *n)
{
  const Onnx__AttributeProto *found = attribute (in, name);
  const LatheOnnxConstant *constant = found == NULL ? lathe_onnx_in_constant (in, index) : NULL;
  gsize count = found != NULL ? found->n_ints : constant != NULL ? constant->n : 0;

  *n = 0;
  if ((found == NULL && constant == NULL) || count > LATHE_ONNX_MAX_RANK)
    return FALSE;
  for (*n = 0; *n < count; (*n)++)
    values[*n] = found != NULL ? found->ints[*n] : lathe_onnx_constant_int (constant, *n);
  return TRUE;
}

/* --- Constants --- */

static gsize
size_of (gint32 type)
{
  switch (type)
    {
    case LATHE_ONNX_FLOAT:
    case LATHE_ONNX_INT32:
      return 4;
    case LATHE_ONNX_INT64:
    case LATHE_ONNX_DOUBLE:
      return 8;
    case LATHE_ONNX_FLOAT16:
    case LATHE_ONNX_BFLOAT16:
      return 2;
    case LATHE_ONNX_BOOL:
    case LATHE_ONNX_INT8:
    case LATHE_ONNX_UINT8:
      return 1;
    default:
      return 0;
    }
}

/* How many numbers the field has that numbers of this type are in when they are not raw. */
static gsize
n_written (const Onnx__TensorProto *tensor)
{
  switch (tensor->data_type)
    {
    case LATHE_ONNX_FLOAT:
      return tensor->n_float_data;
    case LATHE_ONNX_DOUBLE:
      return tensor->n_double_data;
    case LATHE_ONNX_INT64:
      return tensor->n_int64_data;
    default:
      return tensor->n_int32_data;
    }
}

static void
find_numbers (LatheOnnxIn *in, LatheOnnxConstant *constant)
{
  const Onnx__TensorProto *tensor = constant->tensor;
  gsize size = size_of (tensor->data_type), n = constant->n;

  if (size == 0)
    constant->flaw = _ ("its numbers are of a type that Lathe does not have");
  else if (lathe_onnx_is_placed (tensor))
    constant->flaw = lathe_onnx_numbers_find (&in->numbers, tensor, n * size, &constant->place);
  else if (tensor->has_raw_data ? tensor->raw_data.len / size != n || tensor->raw_data.len % size != 0
                                : n_written (tensor) != n)
    constant->flaw = _ ("it has more or fewer numbers than its shape says");
  else if (tensor->has_raw_data)
    constant->raw = tensor->raw_data.data;
}

/**
 * lathe_onnx_constant_init:
 *
 * Checks all that is believed of it later on.
 */
void
lathe_onnx_constant_init (LatheOnnxIn *in, LatheOnnxConstant *constant, const Onnx__TensorProto *tensor)
{
  guint64 n = 1;

  *constant = (LatheOnnxConstant){.tensor = tensor};
  if (tensor->n_dims > LATHE_ONNX_MAX_RANK)
    {
      constant->flaw = _ ("it has too many dimensions");
      return;
    }
  constant->rank = (guint) tensor->n_dims;
  for (guint i = 0; i < constant->rank; i++)
    {
      constant->dim[i] = tensor->dims[i];
      if (tensor->dims[i] < 0 || !g_uint64_checked_mul (&n, n, (guint64) tensor->dims[i]) || n > G_MAXUINT32)
        {
          constant->flaw = _ ("its shape makes no sense");
          return;
        }
    }
  constant->n = n;
  find_numbers (in, constant);
}

/**
 * lathe_onnx_constant_index:
 *
 * Returns: which number of the tensor it is, before its dimensions were swapped
 */
gsize
lathe_onnx_constant_index (const LatheOnnxConstant *constant, gsize index)
{
  gsize columns = constant->swapped ? (gsize) constant->dim[1] : 1;

  return constant->swapped ? index % columns * (gsize) constant->dim[0] + index / columns : index;
}

static gboolean
is_whole (gint32 type)
{
  return type == LATHE_ONNX_INT8 || type == LATHE_ONNX_UINT8 || type == LATHE_ONNX_INT32 || type == LATHE_ONNX_INT64 ||
         type == LATHE_ONNX_BOOL;
}

gboolean
lathe_onnx_constant_is_real (const LatheOnnxConstant *constant)
{
  return constant->rounding != NULL || !is_whole (constant->tensor->data_type);
}

/* The bytes of a number; NULL: it is in one of the tensor's lists. */
static const guint8 *
look_at (const LatheOnnxConstant *constant, gsize at)
{
  gsize size = size_of (constant->tensor->data_type);

  if (constant->place.in != NULL)
    return lathe_onnx_place_look (&constant->place, at * size, size);
  return constant->raw != NULL ? constant->raw + at * size : NULL;
}

/* One of a tensor of whole numbers. */
static gint64
read_int (const LatheOnnxConstant *constant, gsize at)
{
  const Onnx__TensorProto *tensor = constant->tensor;
  const guint8 *bytes = look_at (constant, at);
  gint64 wide;
  gint32 narrow;

  if (bytes == NULL)
    return tensor->data_type == LATHE_ONNX_INT64 ? tensor->int64_data[at] : tensor->int32_data[at];
  switch (tensor->data_type)
    {
    case LATHE_ONNX_INT64:
      memcpy (&wide, bytes, sizeof wide);
      return wide;
    case LATHE_ONNX_INT32:
      memcpy (&narrow, bytes, sizeof narrow);
      return narrow;
    case LATHE_ONNX_INT8:
      return (gint8) *bytes;
    default:
      return *bytes;
    }
}

/* A number of a constant without a flaw. */
gint64
lathe_onnx_constant_int (const LatheOnnxConstant *constant, gsize index)
{
  return lathe_onnx_constant_is_real (constant)
             ? (gint64) CLAMP (lathe_onnx_constant_real (constant, index), -1e18, 1e18)
             : read_int (constant, lathe_onnx_constant_index (constant, index));
}

static double
read_raw (const guint8 *bytes, gint32 type)
{
  float single;
  double real;
  guint16 bits;

  switch (type)
    {
    case LATHE_ONNX_FLOAT:
      memcpy (&single, bytes, sizeof single);
      return (double) single;
    case LATHE_ONNX_DOUBLE:
      memcpy (&real, bytes, sizeof real);
      return real;
    default:
      memcpy (&bits, bytes, sizeof bits);
      return type == LATHE_ONNX_FLOAT16 ? lathe_numbers_half (bits) : lathe_numbers_brain (bits);
    }
}

/* One of a tensor, as a real number. */
static double
read_real (const LatheOnnxConstant *constant, gsize at)
{
  const Onnx__TensorProto *tensor = constant->tensor;
  const guint8 *bytes;

  if (is_whole (tensor->data_type))
    return (double) read_int (constant, at);
  bytes = look_at (constant, at);
  if (bytes != NULL)
    return read_raw (bytes, tensor->data_type);
  switch (tensor->data_type)
    {
    case LATHE_ONNX_FLOAT:
      return (double) tensor->float_data[at];
    case LATHE_ONNX_DOUBLE:
      return tensor->double_data[at];
    case LATHE_ONNX_FLOAT16:
      return lathe_numbers_half ((guint16) tensor->int32_data[at]);
    default:
      return lathe_numbers_brain ((guint16) tensor->int32_data[at]);
    }
}

double
lathe_onnx_constant_real (const LatheOnnxConstant *constant, gsize index)
{
  const LatheOnnxRounding *rounding = constant->rounding;
  gsize at = lathe_onnx_constant_index (constant, index);
  double value = read_real (constant, at);
  float scale;

  if (rounding == NULL)
    return value;
  scale = rounding->scale[at / rounding->run % rounding->n];
  if (rounding->rounds)
    {
      value = (double) rintf ((float) value / scale) + rounding->zero;
      value = value >= rounding->least ? MIN (value, rounding->most) : rounding->least; /* what is no number, too */
    }
  return (value - rounding->zero) * (double) scale;
}

/* --- Constants that are made here --- */

static Onnx__TensorProto *
make_tensor (LatheOnnxIn *in, gint32 type)
{
  Onnx__TensorProto *tensor = g_new (Onnx__TensorProto, 1);

  onnx__tensor_proto__init (tensor);
  tensor->data_type = type;
  g_ptr_array_add (in->memory, tensor);
  return tensor;
}

void
lathe_onnx_in_give_constant (LatheOnnxIn *in, const LatheOnnxConstant *constant)
{
  lathe_onnx_in_give (in, &(LatheOnnxValue){.kind = LATHE_ONNX_CONSTANT, .constant = *constant});
}

/**
 * lathe_onnx_in_lay_constant:
 * @rank: of the tensor that the constant is laid against
 * @axis: of that, from which on; below 0: the last ones
 *
 * Before version 7 the first dimension is named, or is that of the channels; from then on all are the last ones.
 *
 * Returns: the constant, as it is from version 7 on
 */
LatheOnnxConstant
lathe_onnx_in_lay_constant (LatheOnnxIn *in, const LatheOnnxConstant *constant, guint rank, gint64 axis)
{
  LatheOnnxConstant laid = *constant;

  if (in->opset < 7 && axis >= 0 && constant->n > 1 && !constant->swapped)
    while (laid.rank + axis < rank)
      laid.dim[laid.rank++] = 1;
  return laid;
}

/**
 * lathe_onnx_in_give_ints:
 * @dims: may be NULL for one number of rank 0
 *
 * The node gives whole numbers of this shape.
 */
void
lathe_onnx_in_give_ints (LatheOnnxIn *in, guint rank, const gint64 *dims, const gint64 *values)
{
  Onnx__TensorProto *tensor = make_tensor (in, LATHE_ONNX_INT64);
  LatheOnnxConstant constant = {.tensor = tensor, .rank = rank, .n = 1};

  for (guint i = 0; i < rank; i++)
    {
      constant.dim[i] = dims[i];
      constant.n *= (gsize) dims[i];
    }
  tensor->n_int64_data = constant.n;
  tensor->int64_data = g_memdup2 (values, constant.n * sizeof *values);
  if (tensor->int64_data != NULL)
    g_ptr_array_add (in->memory, tensor->int64_data);
  lathe_onnx_in_give_constant (in, &constant);
}

static void
give_reals (LatheOnnxIn *in, guint rank, gsize n, float *values)
{
  Onnx__TensorProto *tensor = make_tensor (in, LATHE_ONNX_FLOAT);
  LatheOnnxConstant constant = {.tensor = tensor, .rank = rank, .dim = {(gint64) n}, .n = n};

  tensor->n_float_data = n;
  tensor->float_data = values; /* of the file's message */
  lathe_onnx_in_give_constant (in, &constant);
}

static void
take_constant (LatheOnnxIn *in)
{
  const Onnx__AttributeProto *only = in->node->n_attribute == 1 ? in->node->attribute[0] : NULL;
  LatheOnnxConstant constant;

  if (only != NULL && g_strcmp0 (only->name, "value") == 0 && only->t != NULL)
    {
      lathe_onnx_constant_init (in, &constant, only->t);
      in->n_numbers += constant.flaw == NULL ? constant.n : 0;
      lathe_onnx_in_give_constant (in, &constant);
    }
  else if (only != NULL && g_strcmp0 (only->name, "value_float") == 0 && only->has_f)
    give_reals (in, 0, 1, (float *) &only->f);
  else if (only != NULL && g_strcmp0 (only->name, "value_floats") == 0)
    give_reals (in, 1, only->n_floats, only->floats);
  else if (only != NULL && g_strcmp0 (only->name, "value_int") == 0 && only->has_i)
    lathe_onnx_in_give_ints (in, 0, NULL, &only->i);
  else if (only != NULL && g_strcmp0 (only->name, "value_ints") == 0 && only->n_ints <= LATHE_ONNX_MOST_FOLDED)
    lathe_onnx_in_give_ints (in, 1, &(gint64){(gint64) only->n_ints}, only->ints);
  else
    lathe_onnx_in_refuse (in, _ ("it holds no numbers"));
}

/* A place among the dimensions: one below 0 counts from the end. */
static gint64
place_of (gint64 given, guint rank)
{
  return given < 0 ? given + rank : given;
}

/* The shape of a layer's output, or of a constant. */
static void
take_shape (LatheOnnxIn *in)
{
  const LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  gint64 dims[LATHE_ONNX_MAX_RANK] = {LATHE_ONNX_BATCH}, from, to;
  guint rank, first, end;

  if (value == NULL || (value->kind == LATHE_ONNX_LAYER && value->half != LATHE_ONNX_WHOLE))
    {
      lathe_onnx_in_refuse (in, _ ("there is no shape to be told"));
      return;
    }
  rank = value->kind == LATHE_ONNX_LAYER ? value->rank : value->constant.rank;
  for (guint i = value->kind == LATHE_ONNX_LAYER ? 1 : 0; i < rank; i++)
    dims[i] = value->kind == LATHE_ONNX_LAYER ? (gint64) lathe_onnx_in_dim (value, i) : value->constant.dim[i];
  from = place_of (lathe_onnx_in_int (in, "start", 0), rank);
  to = place_of (lathe_onnx_in_int (in, "end", rank), rank);
  first = (guint) CLAMP (from, 0, (gint64) rank);
  end = (guint) CLAMP (to, (gint64) first, (gint64) rank);
  lathe_onnx_in_give_ints (in, 1, &(gint64){end - first}, dims + first);
}

const LatheOnnxOperator lathe_onnx_constants[] = {
    {"Constant", take_constant},
    {"Shape", take_shape},
    {NULL},
};
