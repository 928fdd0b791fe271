/* lathe-onnx-in-weights.c: weights on their way from the file to the model.
 *
 * What a layer is to have is written down while the graph is read, and copied when the model is there. Where a number
 * of a weight is found is checked at once, so that copying cannot fail.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>

static void
add (LatheOnnxIn *in, const LatheNode *node, const char *parameter, LatheOnnxLoad load)
{
  load.name = g_strconcat (node->name, ".", parameter, NULL);
  g_array_append_val (in->loads, load);
}

/**
 * lathe_onnx_in_load:
 * @dim, @stride: n of each, at most LATHE_ONNX_LOAD_RANK; the product of dim is the number of the weight's
 *
 * Returns: FALSE after refusing the node
 */
gboolean
lathe_onnx_in_load (LatheOnnxIn *in, const LatheNode *node, const char *parameter, const LatheOnnxConstant *constant,
                    const gsize *dim, const gsize *stride, guint n, double factor)
{
  LatheOnnxLoad load = {.constant = *constant, .factor = factor};
  guint64 last = 0, size = 1;

  for (guint i = 0; i < LATHE_ONNX_LOAD_RANK; i++)
    {
      load.dim[i] = i < n ? dim[i] : 1;
      load.stride[i] = i < n ? stride[i] : 0;
      last += (guint64) (load.dim[i] - 1) * load.stride[i];
      size *= load.dim[i];
    }
  if (size == 0 || last >= constant->n)
    {
      lathe_onnx_in_refuse (in, _ ("its weights are not of the shape that it needs"));
      return FALSE;
    }
  add (in, node, parameter, load);
  return TRUE;
}

/* A number for each of n, or one for all. */
gboolean
lathe_onnx_in_load_vector (LatheOnnxIn *in, const LatheNode *node, const char *parameter,
                           const LatheOnnxConstant *constant, gsize n, double factor)
{
  gsize stride = constant->n == 1 ? 0 : 1;

  if (constant->n == 1 || constant->n == n)
    return lathe_onnx_in_load (in, node, parameter, constant, &n, &stride, 1, factor);
  lathe_onnx_in_refuse (in, _ ("it has %zu numbers where there are %zu channels"), constant->n, n);
  return FALSE;
}

void
lathe_onnx_in_fill (LatheOnnxIn *in, const LatheNode *node, const char *parameter, double value)
{
  add (in, node, parameter, (LatheOnnxLoad){.factor = value});
}

void
lathe_onnx_load_clear (gpointer load)
{
  g_free (((LatheOnnxLoad *) load)->name);
}

/**
 * lathe_onnx_load_run:
 *
 * Copies the numbers into the weight of that name.
 */
void
lathe_onnx_load_run (const LatheOnnxLoad *load, LatheWeight *weight)
{
  const gsize *n = load->dim, *by = load->stride;
  float *to = weight->data;

  if (load->constant.tensor == NULL)
    {
      for (gsize i = 0; i < lathe_shape_size (&weight->shape); i++)
        to[i] = (float) load->factor;
      return;
    }
  g_assert (lathe_shape_size (&weight->shape) == n[0] * n[1] * n[2] * n[3] * n[4]);
  for (gsize i = 0; i < n[0]; i++)
    for (gsize j = 0; j < n[1]; j++)
      for (gsize k = 0; k < n[2]; k++)
        for (gsize l = 0; l < n[3]; l++)
          for (gsize m = 0; m < n[4]; m++)
            {
              gsize at = i * by[0] + j * by[1] + k * by[2] + l * by[3] + m * by[4];

              *to++ = (float) (load->factor * lathe_onnx_constant_real (&load->constant, at));
            }
}
