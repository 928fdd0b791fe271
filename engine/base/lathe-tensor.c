/* lathe-tensor.c: shapes, and arrays of numbers that have one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-tensor.h"

#include "lathe-arena.h"

/**
 * lathe_shape_size:
 *
 * Returns: how many numbers a tensor of this shape holds; 0 for rank 0 (no shape known)
 */
gsize
lathe_shape_size (const LatheShape *shape)
{
  gsize size = shape->rank > 0 ? 1 : 0;

  for (guint i = 0; i < shape->rank; i++)
    size *= shape->dim[i];
  return size;
}

gboolean
lathe_shape_equal (const LatheShape *a, const LatheShape *b)
{
  if (a->rank != b->rank)
    return FALSE;
  for (guint i = 0; i < a->rank; i++)
    if (a->dim[i] != b->dim[i])
      return FALSE;
  return TRUE;
}

/**
 * lathe_shape_to_string:
 *
 * Returns: (transfer full): "126×126×32"; "?" for rank 0
 */
char *
lathe_shape_to_string (const LatheShape *shape)
{
  GString *text = g_string_new (shape->rank == 0 ? "?" : NULL);

  for (guint i = 0; i < shape->rank; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? "×" : "", shape->dim[i]);
  return g_string_free (text, FALSE);
}

/**
 * lathe_tensor_new:
 *
 * Returns: (transfer full): a tensor of zeros
 */
LatheTensor *
lathe_tensor_new (const LatheShape *shape)
{
  LatheTensor *tensor = g_new (LatheTensor, 1);

  tensor->shape = *shape;
  tensor->data = lathe_memory_new (MAX (1, lathe_shape_size (shape)) * sizeof (LatheReal));
  return tensor;
}

void
lathe_tensor_free (LatheTensor *tensor)
{
  lathe_memory_free (tensor->data);
  g_free (tensor);
}
