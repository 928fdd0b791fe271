/* lathe-model-halves.c: what a model file holds of a model in bfloat16.
 *
 *   conv2d-1.weight         BF16  kernel height × kernel width × in × out
 *   conv2d-1.bias           F32   out
 *
 * A number of 16 bits is the upper half of a float whose lower half is 0. What there is once a channel, biases and what
 * norms know, stays in 32 bits: it is little, and the means and variances of norms span many powers of ten.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-model-halves.h"

#include <string.h>

#define HALF 16 /* bits */

static void
clear_tensor (gpointer data)
{
  LatheWeight *tensor = data;

  g_free (tensor->halves);
}

static guint16
upper_half (float number)
{
  guint32 bits;

  memcpy (&bits, &number, sizeof bits);
  return (guint16) (bits >> HALF);
}

static float
from_upper_half (guint16 half)
{
  guint32 bits = (guint32) half << HALF;
  float number;

  memcpy (&number, &bits, sizeof number);
  return number;
}

GArray *
lathe_model_halves_tensors (const LatheModel *model)
{
  GArray *tensors = g_array_new (FALSE, FALSE, sizeof (LatheWeight));

  g_array_set_clear_func (tensors, clear_tensor);
  for (guint i = 0; i < model->weights->len; i++)
    {
      LatheWeight tensor = g_array_index (model->weights, LatheWeight, i);
      gsize size = lathe_shape_size (&tensor.shape);

      if (lathe_weight_multiplies (&tensor))
        {
          tensor.halves = g_new (guint16, size);
          for (gsize k = 0; k < size; k++)
            tensor.halves[k] = upper_half (tensor.data[k]);
        }
      g_array_append_val (tensors, tensor);
    }
  return tensors;
}

gboolean
lathe_model_halves_read (const LatheSafetensors *file, LatheModel *model, GError **error)
{
  g_autoptr (GArray) tensors = lathe_model_halves_tensors (model);

  if (!lathe_safetensors_read (file, tensors, error))
    return FALSE;
  for (guint i = 0; i < tensors->len; i++)
    {
      const LatheWeight *tensor = &g_array_index (tensors, LatheWeight, i);

      for (gsize k = 0; tensor->halves != NULL && k < lathe_shape_size (&tensor->shape); k++)
        tensor->data[k] = from_upper_half (tensor->halves[k]);
    }
  model->in_bf16 = TRUE;
  return TRUE;
}
