/* lathe-pretrained-weights.c: the weights of a published model, brought into its network here.
 *
 * A state dictionary lists tensors in the order in which the network is built, which is the order of computation, a
 * layer's own as Lathe has them. What differs is how they lie: PyTorch has outputs first, Lathe last.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-pretrained-weights.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-weights.h"

/* Whether the file's tensor is ours with its last dimension first: out × in × height × width for height × width × in ×
 * out, out × in for in × out, and n for n. */
static gboolean
is_counterpart (const LatheWeight *weight, const LatheWeightsTensor *tensor)
{
  const LatheShape *shape = &weight->shape;
  guint rank = shape->rank;

  if (tensor->rank != rank)
    return FALSE;
  if (rank == 4)
    return tensor->dim[0] == shape->dim[3] && tensor->dim[1] == shape->dim[2] && tensor->dim[2] == shape->dim[0] &&
           tensor->dim[3] == shape->dim[1];
  if (rank == 2)
    return tensor->dim[0] == shape->dim[1] && tensor->dim[1] == shape->dim[0];
  return rank == 1 && tensor->dim[0] == shape->dim[0];
}

/* An image's side, times channels, times outputs. */
static void
lay (LatheWeight *weight, const float *numbers)
{
  const LatheShape *shape = &weight->shape;
  guint rank = shape->rank;
  gsize out = rank > 1 ? shape->dim[rank - 1] : 1, in = rank > 1 ? shape->dim[rank - 2] : 1;
  gsize window = lathe_shape_size (shape) / (in * out);

  for (gsize o = 0; o < out; o++)
    for (gsize i = 0; i < in; i++)
      for (gsize at = 0; at < window; at++)
        weight->data[(at * in + i) * out + o] = numbers[(o * in + i) * window + at];
}

/* What PyTorch keeps for itself: how many batches a norm has seen. */
static gboolean
is_of_torch (const LatheWeightsTensor *tensor)
{
  return g_str_has_suffix (tensor->name, ".num_batches_tracked");
}

static gboolean
refuse (const LatheWeight *weight, GError **error)
{
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
               _ ("they are of another network: nothing in their place is like “%s”"), weight->name);
  return FALSE;
}

/* Errors are a reason. */
static gboolean
read_all (const LatheWeights *weights, LatheModel *model, GError **error)
{
  guint next = 0;

  for (guint i = 0; i < model->weights->len; i++)
    {
      LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      const LatheWeightsTensor *tensor = NULL;
      g_autofree float *numbers = g_new (float, lathe_shape_size (&weight->shape));

      while (next < weights->tensors->len &&
             is_of_torch (tensor = &g_array_index (weights->tensors, LatheWeightsTensor, next)))
        next++;
      if (next++ >= weights->tensors->len || !is_counterpart (weight, tensor))
        return refuse (weight, error);
      if (!lathe_weights_read (weights, tensor, numbers, error))
        return FALSE;
      lay (weight, numbers);
    }
  return TRUE;
}

/**
 * lathe_pretrained_read:
 * @model: which no one else may have seen yet: gets its weights
 *
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; each names the file.
 */
gboolean
lathe_pretrained_read (LatheModel *model, const char *path, GError **error)
{
  g_autoptr (LatheWeights) weights = lathe_weights_open (path, error);
  g_autoptr (GError) reason = NULL;

  if (weights == NULL || read_all (weights, model, &reason))
    return weights != NULL;
  lathe_error_explain (error, reason, LATHE_PRETRAINED_REFUSAL, path);
  return FALSE;
}
