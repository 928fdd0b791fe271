/* lathe-onnx-in-shapes.c: operators that see the same numbers under another shape.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
take_same (LatheOnnxIn *in)
{
  lathe_onnx_in_give (in, lathe_onnx_in_value (in, 0));
}

static void
take_transpose (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0), seen = *value;
  gint64 perm[LATHE_ONNX_MAX_RANK];
  gboolean used[LATHE_ONNX_MAX_RANK] = {FALSE}, sound;
  guint n;

  sound = lathe_onnx_in_list (in, "perm", G_MAXUINT, perm, &n) && n == value->rank && perm[0] == 0;
  for (guint i = 0; i < n && sound; i++)
    {
      sound = perm[i] >= 0 && perm[i] < (gint64) value->rank && !used[perm[i]];
      if (!sound)
        break;
      used[perm[i]] = TRUE;
      seen.axis[i] = value->axis[perm[i]];
    }
  if (sound)
    lathe_onnx_in_give (in, &seen);
  else
    lathe_onnx_in_refuse (in, _ ("it moves the samples, which Lathe has in front"));
}

/* --- Flatten and Reshape --- */

/* Dimensions as they are wanted, without that of the samples; all are above 0. */
typedef struct
{
  guint n;
  guint64 dim[LATHE_ONNX_MAX_RANK];
} Wanted;

static gboolean
refuse_shape (LatheOnnxIn *in)
{
  lathe_onnx_in_refuse (in, _ ("it makes a shape that Lathe cannot follow"));
  return FALSE;
}

static guint64
n_numbers (const LatheOnnxValue *value)
{
  return lathe_shape_size (&value->shape);
}

/* Whether each of the dimensions is a run of the layer's; then it is seen as such. */
static gboolean
regroup (LatheOnnxValue *value, const Wanted *wanted)
{
  LatheOnnxAxis all = {0}, axis[LATHE_ONNX_MAX_RANK] = {{0}};
  guint next = 0;

  for (guint i = 1; i < value->rank; i++)
    for (guint j = 0; j < value->axis[i].n; j++)
      all.factor[all.n++] = value->axis[i].factor[j];
  for (guint i = 0; i < wanted->n; i++)
    for (guint64 size = 1; size < wanted->dim[i];)
      {
        if (next == all.n)
          return FALSE;
        axis[i].factor[axis[i].n++] = all.factor[next];
        size *= value->shape.dim[all.factor[next++]];
        if (wanted->dim[i] % size != 0)
          return FALSE;
      }
  value->rank = 1 + wanted->n;
  memcpy (&value->axis[1], axis, wanted->n * sizeof *axis);
  return TRUE;
}

/* A layer that gives the numbers the wanted shape, in the tensor's order. */
static gboolean
lay_out (LatheOnnxIn *in, LatheOnnxValue *value, const Wanted *wanted)
{
  guint64 dim[3] = {1, 1, 1};
  guint8 at[LATHE_ONNX_MAX_RANK] = {0};
  guint n = 0, first;
  LatheNode *node;

  for (guint i = 0; i < wanted->n; i++)
    n += wanted->dim[i] > 1;
  if (n > 3)
    return refuse_shape (in);
  first = 3 - n;
  for (guint i = 0; i < MIN (wanted->n, G_N_ELEMENTS (at)); i++)
    if (wanted->dim[i] > 1)
      {
        at[i] = (guint8) first;
        dim[first++] = wanted->dim[i];
      }
  if (!lathe_onnx_in_in_order (in, value) || (node = lathe_onnx_in_layer (in, "reshape", TRUE)) == NULL ||
      !lathe_onnx_in_set (in, node, "height", (double) dim[0]) ||
      !lathe_onnx_in_set (in, node, "width", (double) dim[1]) ||
      !lathe_onnx_in_set (in, node, "channels", (double) dim[2]) || !lathe_onnx_in_connect (in, node, &value, 1, value))
    return FALSE;
  value->rank = 1 + wanted->n;
  for (guint i = 0; i < wanted->n; i++)
    value->axis[1 + i] = (LatheOnnxAxis){wanted->dim[i] > 1, {at[i]}};
  return TRUE;
}

static void
give_reshaped (LatheOnnxIn *in, LatheOnnxValue *value, const Wanted *wanted)
{
  if (regroup (value, wanted) || lay_out (in, value, wanted))
    lathe_onnx_in_give (in, value);
}

static void
take_flatten (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  Wanted line = {1, {n_numbers (value)}};
  guint axis;

  if (!lathe_onnx_in_axis (in, lathe_onnx_in_int (in, "axis", 1), value->rank, &axis))
    return;
  if (axis != 1)
    refuse_shape (in);
  else
    give_reshaped (in, value, &line);
}

/* Whether a number of a shape stands for the samples. */
static gboolean
is_batch (LatheOnnxIn *in, gint64 dim, gboolean zero_copies)
{
  return dim == LATHE_ONNX_BATCH || dim == -1 || (dim == 0 && zero_copies) || (in->batch > 0 && dim == in->batch);
}

/* What the numbers of a shape mean: 0 is what there was, -1 what is left. */
static gboolean
read_shape (LatheOnnxIn *in, const LatheOnnxValue *value, const LatheOnnxConstant *shape, Wanted *wanted)
{
  gboolean zero_copies = lathe_onnx_in_int (in, "allowzero", 0) == 0;
  guint64 known = 1, n = n_numbers (value);
  int open = -1;

  *wanted = (Wanted){0};
  if (shape->n < 1 || shape->n > LATHE_ONNX_MAX_RANK || !is_batch (in, lathe_onnx_constant_int (shape, 0), zero_copies))
    return FALSE;
  for (guint i = 1; i < shape->n; i++)
    {
      gint64 dim = lathe_onnx_constant_int (shape, i);

      if (dim == 0 && zero_copies && i < value->rank)
        dim = (gint64) lathe_onnx_in_dim (value, i);
      if (dim == -1 && open < 0)
        {
          open = (int) i - 1;
          dim = 1;
        }
      if (dim < 1 || !g_uint64_checked_mul (&known, known, (guint64) dim) || known > n)
        return FALSE;
      wanted->dim[wanted->n++] = (guint64) dim;
    }
  if (open >= 0 && n % known == 0)
    wanted->dim[open] = n / known;
  return open >= 0 ? n % known == 0 : n == known;
}

/* Whether a shape is that of a row, samples and all: then one sample is all that there is. */
static gboolean
is_row (LatheOnnxIn *in, const LatheOnnxValue *value, const LatheOnnxConstant *shape)
{
  gint64 dim = shape->n == 1 ? lathe_onnx_constant_int (shape, 0) : 0;

  return in->batch == 1 && (dim == -1 || (dim > 0 && (guint64) dim == n_numbers (value)));
}

static void
take_reshape (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  const LatheOnnxConstant *shape = lathe_onnx_in_constant (in, 1);
  Wanted wanted;

  value->half = LATHE_ONNX_WHOLE;
  if (shape == NULL)
    lathe_onnx_in_refuse (in, _ ("its shape is worked out while it runs"));
  else if (is_row (in, value, shape))
    {
      value->half = LATHE_ONNX_ROW;
      lathe_onnx_in_give (in, value);
    }
  else if (read_shape (in, value, shape, &wanted))
    give_reshaped (in, value, &wanted);
  else
    refuse_shape (in);
}

/* --- Dimensions of length 1 --- */

static void
take_squeeze (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0), seen = *value;
  gint64 axes[LATHE_ONNX_MAX_RANK];
  gboolean gone[LATHE_ONNX_MAX_RANK] = {FALSE};
  guint n, axis;

  if (!lathe_onnx_in_list (in, "axes", 1, axes, &n))
    for (guint i = 1; i < value->rank; i++)
      gone[i] = value->axis[i].n == 0;
  for (guint i = 0; i < n; i++)
    {
      if (!lathe_onnx_in_axis (in, axes[i], value->rank, &axis))
        return;
      gone[axis] = TRUE;
    }
  seen.rank = 0;
  for (guint i = 0; i < value->rank; i++)
    if (!gone[i])
      seen.axis[seen.rank++] = value->axis[i];
    else if (i == 0 || value->axis[i].n > 0)
      {
        refuse_shape (in);
        return;
      }
  lathe_onnx_in_give (in, &seen);
}

static void
take_unsqueeze (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0), seen = *value;
  gint64 axes[LATHE_ONNX_MAX_RANK];
  gboolean fresh[LATHE_ONNX_MAX_RANK] = {FALSE};
  guint n, axis, next = 0;

  if (!lathe_onnx_in_list (in, "axes", 1, axes, &n) || value->rank + n > LATHE_ONNX_MAX_RANK)
    {
      refuse_shape (in);
      return;
    }
  seen.rank = value->rank + n;
  for (guint i = 0; i < n; i++)
    {
      if (!lathe_onnx_in_axis (in, axes[i], seen.rank, &axis))
        return;
      if (axis == 0 || fresh[axis])
        {
          refuse_shape (in);
          return;
        }
      fresh[axis] = TRUE;
    }
  for (guint i = 0; i < seen.rank; i++)
    seen.axis[i] = fresh[i] ? (LatheOnnxAxis){0} : value->axis[next++];
  lathe_onnx_in_give (in, &seen);
}

/* --- Padding, which the next layer takes --- */

static void
take_pad (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  const LatheOnnxConstant *number = lathe_onnx_in_constant (in, 2);
  gint64 pads[LATHE_ONNX_MAX_RANK] = {0};
  guint n;
  gboolean sound = lathe_onnx_in_string_is (in, "mode", "constant", "constant") && value->rank == 4 &&
                   lathe_onnx_in_list (in, "pads", 1, pads, &n) && n == 8 && !lathe_onnx_in_has (in, "axes") &&
                   in->node->n_input < 4;

  for (guint i = 0; i < 8 && sound; i++)
    sound = i % 4 < 2 ? pads[i] == 0 : pads[i] >= 0 && pads[i] <= 1023;
  if (!sound)
    {
      lathe_onnx_in_refuse (in, _ ("it pads in another way than with numbers around an image"));
      return;
    }
  value->rim_value =
      number != NULL && number->n == 1 ? lathe_onnx_constant_real (number, 0) : lathe_onnx_in_float (in, "value", 0);
  value->rim[0] = (guint) pads[2];
  value->rim[1] = (guint) pads[3];
  value->rim[2] = (guint) pads[6];
  value->rim[3] = (guint) pads[7];
  if (pads[2] + pads[3] + pads[6] + pads[7] > 0)
    value->half = LATHE_ONNX_PADDED;
  lathe_onnx_in_give (in, value);
}

/* --- Types --- */

static void
take_cast (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  gint64 to = lathe_onnx_in_int (in, "to", 0);

  if ((to == LATHE_ONNX_INT64 || to == LATHE_ONNX_INT32) && !value->bytes)
    value->half = LATHE_ONNX_WORDS;
  else if (to != LATHE_ONNX_FLOAT || value->half == LATHE_ONNX_WORDS)
    {
      lathe_onnx_in_refuse (in, _ ("it makes numbers of a type that Lathe does not have"));
      return;
    }
  lathe_onnx_in_give (in, value);
}

/* A row's numbers, each once and as they come, in the shape of the indices: what PyTorch's exporter makes of
 * as_strided, to which it breaks down the mean of an image. */
static void
take_row (LatheOnnxIn *in, LatheOnnxValue *row, const LatheOnnxConstant *indices)
{
  Wanted wanted = {0};
  gboolean sound = indices != NULL && indices->rank >= 1 && indices->dim[0] == 1 && indices->n == n_numbers (row);

  for (gsize i = 0; sound && i < indices->n; i++)
    sound = lathe_onnx_constant_int (indices, i) == (gint64) i;
  if (!sound)
    {
      lathe_onnx_in_refuse (in, _ ("it takes an image’s numbers in another order, or some of them alone"));
      return;
    }
  for (guint i = 1; i < indices->rank; i++)
    wanted.dim[wanted.n++] = (guint64) indices->dim[i];
  row->half = LATHE_ONNX_WHOLE;
  give_reshaped (in, row, &wanted);
}

/* Rows of a table, found by whole numbers. */
static void
take_gather (LatheOnnxIn *in)
{
  const LatheOnnxConstant *table = lathe_onnx_in_constant (in, 0);
  LatheOnnxValue *first = lathe_onnx_in_value (in, 0), *words = lathe_onnx_in_value (in, 1);
  gsize dim[2], stride[2];
  LatheNode *node;

  if (first != NULL && first->half == LATHE_ONNX_ROW)
    {
      take_row (in, first, lathe_onnx_in_constant (in, 1));
      return;
    }
  if (table == NULL || words == NULL || words->half != LATHE_ONNX_WORDS || table->rank != 2 || table->n == 0 ||
      words->rank != 2 || lathe_onnx_in_int (in, "axis", 0) != 0)
    {
      lathe_onnx_in_refuse (in, _ ("it is not the rows of a table, found by words"));
      return;
    }
  if (words->last_word > 0 && words->last_word != (double) (table->dim[0] - 1))
    {
      lathe_onnx_in_refuse (in, _ ("its words are cut to another vocabulary than that of its table"));
      return;
    }
  words->half = LATHE_ONNX_WHOLE;
  dim[0] = (gsize) table->dim[0];
  dim[1] = (gsize) table->dim[1];
  stride[0] = table->swapped ? 1 : dim[1];
  stride[1] = table->swapped ? dim[0] : 1;
  if (!lathe_onnx_in_to_vector (in, words) || (node = lathe_onnx_in_layer (in, "embedding", TRUE)) == NULL ||
      !lathe_onnx_in_set (in, node, "vocabulary", (double) dim[0]) ||
      !lathe_onnx_in_set (in, node, "dimension", (double) dim[1]) ||
      !lathe_onnx_in_load (in, node, "weight", table, dim, stride, 2, 1) ||
      !lathe_onnx_in_connect (in, node, &words, 1, words))
    return;
  lathe_onnx_in_lay (words, 3, 2);
  lathe_onnx_in_give (in, words);
}

const LatheOnnxOperator lathe_onnx_shapes[] = {
    {"Identity", take_same},   {"Transpose", take_transpose}, {"Flatten", take_flatten},
    {"Reshape", take_reshape}, {"Squeeze", take_squeeze},     {"Unsqueeze", take_unsqueeze},
    {"Pad", take_pad},         {"Cast", take_cast},           {NULL},
};

const LatheOnnxOperator lathe_onnx_tables[] = {
    {"Gather", take_gather},
    {NULL},
};
