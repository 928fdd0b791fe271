/* lathe-onnx-in-fold.c: the arithmetic of shapes that graphs do.
 *
 * What a graph says of a shape may be worked out while it runs: the number of samples is read off a tensor, and put in
 * front of other numbers. That is done here once, with a mark for the number of samples. Only short lists of whole
 * numbers are worked out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>

#define LARGEST_FOLDED ((gint64) 1 << 30) /* of the numbers, whose product with another is a number yet */

/* A short list of whole numbers among the inputs; NULL where it is none. */
static const LatheOnnxConstant *
list (LatheOnnxIn *in, guint index)
{
  const LatheOnnxConstant *constant = lathe_onnx_in_constant (in, index);
  gboolean is_list = constant != NULL && constant->rank <= 1 && constant->n <= LATHE_ONNX_MOST_FOLDED &&
                     !lathe_onnx_constant_is_real (constant);

  return is_list ? constant : NULL;
}

static gboolean
fold_gather (LatheOnnxIn *in)
{
  const LatheOnnxConstant *from = list (in, 0), *places = list (in, 1);
  gint64 values[LATHE_ONNX_MOST_FOLDED];

  if (from == NULL || places == NULL || from->rank != 1)
    return FALSE;
  for (gsize i = 0; i < places->n; i++)
    {
      gint64 at = lathe_onnx_constant_int (places, i);

      at += at < 0 ? (gint64) from->n : 0;
      if (at < 0 || at >= (gint64) from->n)
        return FALSE;
      values[i] = lathe_onnx_constant_int (from, (gsize) at);
    }
  lathe_onnx_in_give_ints (in, places->rank, places->dim, values);
  return TRUE;
}

static gboolean
fold_concat (LatheOnnxIn *in)
{
  gint64 values[LATHE_ONNX_MOST_FOLDED];
  guint n = 0;

  for (guint i = 0; i < in->node->n_input; i++)
    {
      const LatheOnnxConstant *part = list (in, i);

      if (part == NULL || n + part->n > LATHE_ONNX_MOST_FOLDED)
        return FALSE;
      for (gsize j = 0; j < part->n; j++)
        values[n++] = lathe_onnx_constant_int (part, j);
    }
  lathe_onnx_in_give_ints (in, 1, &(gint64){n}, values);
  return TRUE;
}

/* A small table of whole numbers, or a list; NULL where it is none. */
static const LatheOnnxConstant *
table (LatheOnnxIn *in, guint index)
{
  const LatheOnnxConstant *constant = lathe_onnx_in_constant (in, index);
  gboolean is_table = constant != NULL && constant->rank >= 1 && constant->rank <= 2 && constant->n > 0 &&
                      constant->n <= LATHE_ONNX_MOST_FOLDED && !lathe_onnx_constant_is_real (constant);

  return is_table ? constant : NULL;
}

/* Of a list that has one number, or is missing. */
static gboolean
only (LatheOnnxIn *in, const char *name, guint index, gint64 usual, gint64 *value)
{
  gint64 values[LATHE_ONNX_MAX_RANK];
  guint n;

  *value = usual;
  if (!lathe_onnx_in_list (in, name, index, values, &n))
    return TRUE;
  *value = values[0];
  return n == 1;
}

/* Where a slice begins or ends along a side, which it may run backwards. */
static gint64
clamp_place (gint64 place, gint64 n, gint64 step)
{
  gint64 at = place < 0 ? MAX (place, -n - 1) + n : MIN (place, n);

  return step > 0 ? CLAMP (at, 0, n) : CLAMP (at, -1, n - 1);
}

static gboolean
fold_slice (LatheOnnxIn *in)
{
  const LatheOnnxConstant *from = table (in, 0);
  gint64 values[LATHE_ONNX_MOST_FOLDED], start, end, axis, step, dims[2];
  guint n = 0, columns;

  if (from == NULL || !only (in, "starts", 1, 0, &start) || !only (in, "ends", 2, G_MAXINT64, &end) ||
      !only (in, "axes", 3, 0, &axis) || !only (in, "steps", 4, 1, &step) || (step != 1 && step != -1) || axis < 0 ||
      axis >= (gint64) from->rank)
    return FALSE;
  dims[0] = from->dim[0];
  dims[1] = columns = from->rank == 2 ? (guint) from->dim[1] : 1;
  start = clamp_place (start, from->dim[axis], step);
  end = clamp_place (end, from->dim[axis], step);
  dims[axis] = MAX (0, (end - start) * step);
  for (gint64 i = 0; i < dims[0]; i++)
    for (gint64 j = 0; j < dims[1]; j++)
      {
        gint64 row = axis == 0 ? start + i * step : i, column = axis == 1 ? start + j * step : j;

        values[n++] = lathe_onnx_constant_int (from, (gsize) (row * columns + column));
      }
  lathe_onnx_in_give_ints (in, from->rank, dims, values);
  return TRUE;
}

/* As many of one number as a shape has. */
static gboolean
fold_constant_of_shape (LatheOnnxIn *in)
{
  const LatheOnnxConstant *shape = list (in, 0);
  gint64 values[LATHE_ONNX_MOST_FOLDED] = {0}, n;

  if (shape == NULL || shape->rank != 1 || shape->n != 1 ||
      lathe_onnx_in_has (in, "value") != (in->node->n_attribute > 0))
    return FALSE;
  n = lathe_onnx_constant_int (shape, 0);
  if (n < 0 || n > LATHE_ONNX_MOST_FOLDED)
    return FALSE;
  if (in->node->n_attribute > 0)
    {
      LatheOnnxConstant value;

      if (in->node->attribute[0]->t == NULL)
        return FALSE;
      lathe_onnx_constant_init (in, &value, in->node->attribute[0]->t);
      if (value.flaw != NULL || value.n != 1)
        return FALSE;
      for (gint64 i = 0; i < n; i++)
        values[i] = lathe_onnx_constant_int (&value, 0);
    }
  lathe_onnx_in_give_ints (in, 1, &n, values);
  return TRUE;
}

/* The same numbers under another shape. */
static gboolean
fold_view (LatheOnnxIn *in, guint rank, const gint64 *dims)
{
  LatheOnnxConstant seen = *lathe_onnx_in_constant (in, 0);

  if (seen.swapped)
    return FALSE;
  seen.rank = rank;
  for (guint i = 0; i < rank; i++)
    seen.dim[i] = dims[i];
  lathe_onnx_in_give_constant (in, &seen);
  return TRUE;
}

static gboolean
fold_squeeze (LatheOnnxIn *in)
{
  const LatheOnnxConstant *from = lathe_onnx_in_constant (in, 0);
  gint64 axes[LATHE_ONNX_MAX_RANK], dims[LATHE_ONNX_MAX_RANK];
  guint n, rank = 0;
  gboolean all = !lathe_onnx_in_list (in, "axes", 1, axes, &n);

  for (guint i = 0; i < from->rank; i++)
    {
      gboolean gone = all && from->dim[i] == 1;

      for (guint j = 0; j < n; j++)
        gone |= axes[j] == i || axes[j] == (gint64) i - from->rank;
      if (gone && from->dim[i] != 1)
        return FALSE;
      if (!gone)
        dims[rank++] = from->dim[i];
    }
  return fold_view (in, rank, dims);
}

static gboolean
fold_unsqueeze (LatheOnnxIn *in)
{
  const LatheOnnxConstant *from = lathe_onnx_in_constant (in, 0);
  gint64 axes[LATHE_ONNX_MAX_RANK], dims[LATHE_ONNX_MAX_RANK];
  guint n, rank, next = 0;

  if (!lathe_onnx_in_list (in, "axes", 1, axes, &n) || n + from->rank > LATHE_ONNX_MAX_RANK)
    return FALSE;
  rank = n + from->rank;
  for (guint i = 0; i < rank; i++)
    {
      gboolean fresh = FALSE;

      for (guint j = 0; j < n; j++)
        fresh |= axes[j] == i || axes[j] == (gint64) i - rank;
      if (!fresh && next == from->rank)
        return FALSE;
      dims[i] = fresh ? 1 : from->dim[next++];
    }
  return next == from->rank && fold_view (in, rank, dims);
}

static gboolean
fold_reshape (LatheOnnxIn *in)
{
  const LatheOnnxConstant *from = lathe_onnx_in_constant (in, 0), *shape = list (in, 1);
  gint64 dims[LATHE_ONNX_MAX_RANK];
  guint64 known = 1;
  int open = -1;

  if (shape == NULL || shape->n > LATHE_ONNX_MAX_RANK)
    return FALSE;
  for (guint i = 0; i < shape->n; i++)
    {
      dims[i] = lathe_onnx_constant_int (shape, i);
      if (dims[i] == 0 && i < from->rank)
        dims[i] = from->dim[i];
      if (dims[i] == -1 && open < 0)
        open = (int) i;
      else if (dims[i] <= 0 || !g_uint64_checked_mul (&known, known, (guint64) dims[i]))
        return FALSE;
    }
  if (open >= 0)
    dims[open] = (gint64) (from->n / known);
  if (open >= 0 ? from->n % known != 0 : from->n != known)
    return FALSE;
  return fold_view (in, (guint) shape->n, dims);
}

static void
give_turned (LatheOnnxIn *in, const LatheOnnxConstant *from)
{
  const gint64 dims[] = {from->dim[1], from->dim[0]};
  gint64 values[LATHE_ONNX_MOST_FOLDED];
  guint n = 0;

  for (gint64 i = 0; i < dims[0]; i++)
    for (gint64 j = 0; j < dims[1]; j++)
      values[n++] = lathe_onnx_constant_int (from, (gsize) (j * dims[0] + i));
  lathe_onnx_in_give_ints (in, 2, dims, values);
}

/* Small tables are written anew; large ones are seen the other way round. */
static gboolean
fold_transpose (LatheOnnxIn *in)
{
  LatheOnnxConstant seen = *lathe_onnx_in_constant (in, 0);
  gint64 perm[LATHE_ONNX_MAX_RANK] = {1, 0};
  guint n;

  if (seen.rank != 2 || (lathe_onnx_in_list (in, "perm", G_MAXUINT, perm, &n) && n != 2))
    return FALSE;
  if (perm[0] == 1 && table (in, 0) != NULL)
    {
      give_turned (in, &seen);
      return TRUE;
    }
  if (perm[0] == 1)
    {
      gint64 first = seen.dim[0];

      seen.dim[0] = seen.dim[1];
      seen.dim[1] = first;
      seen.swapped = !seen.swapped;
    }
  lathe_onnx_in_give_constant (in, &seen);
  return TRUE;
}

/* Whole numbers, each with each or all with one; what is mixed with the number of samples is not known. */
static gboolean
fold_arithmetic (LatheOnnxIn *in)
{
  const LatheOnnxConstant *a = list (in, 0), *b = list (in, 1);
  gint64 values[LATHE_ONNX_MOST_FOLDED], result;
  char what = in->node->op_type[0];
  guint n;

  if (a == NULL || b == NULL || (a->n != b->n && a->n != 1 && b->n != 1))
    return FALSE;
  n = (guint) MAX (a->n, b->n);
  for (guint i = 0; i < n; i++)
    {
      gint64 x = lathe_onnx_constant_int (a, a->n == 1 ? 0 : i), y = lathe_onnx_constant_int (b, b->n == 1 ? 0 : i);

      if (x != CLAMP (x, -LARGEST_FOLDED, LARGEST_FOLDED) || y != CLAMP (y, -LARGEST_FOLDED, LARGEST_FOLDED) ||
          (what == 'D' && y == 0))
        return FALSE;
      result = what == 'A' ? x + y : what == 'S' ? x - y : what == 'M' ? x * y : x / y;
      values[i] = result;
    }
  lathe_onnx_in_give_ints (in, MAX (a->rank, b->rank), &(gint64){n}, values);
  return TRUE;
}

static gboolean
fold_same (LatheOnnxIn *in)
{
  lathe_onnx_in_give_constant (in, lathe_onnx_in_constant (in, 0));
  return TRUE;
}

static const struct
{
  const char *name;
  gboolean (*fold) (LatheOnnxIn *in);
} folds[] = {
    {"Identity", fold_same},       {"Cast", fold_same},
    {"Gather", fold_gather},       {"Concat", fold_concat},
    {"Slice", fold_slice},         {"Squeeze", fold_squeeze},
    {"Unsqueeze", fold_unsqueeze}, {"Reshape", fold_reshape},
    {"Transpose", fold_transpose}, {"Add", fold_arithmetic},
    {"Sub", fold_arithmetic},      {"Mul", fold_arithmetic},
    {"Div", fold_arithmetic},      {"ConstantOfShape", fold_constant_of_shape},
};

/**
 * lathe_onnx_in_fold:
 *
 * Works out a node that has constants alone.
 */
void
lathe_onnx_in_fold (LatheOnnxIn *in)
{
  for (guint i = 0; i < G_N_ELEMENTS (folds) && lathe_onnx_in_constant (in, 0) != NULL; i++)
    if (lathe_onnx_in_is_operator (in->node, folds[i].name) && folds[i].fold (in))
      return;
  lathe_onnx_in_refuse (in, _ ("it works out constants in a way that Lathe does not know"));
}

/* What is done to constants alone. */
static void
refuse_layer (LatheOnnxIn *in)
{
  lathe_onnx_in_refuse (in, _ ("Lathe has no layer that does this"));
}

const LatheOnnxOperator lathe_onnx_folds[] = {
    {"Slice", refuse_layer},
    {"ConstantOfShape", refuse_layer},
    {NULL},
};
