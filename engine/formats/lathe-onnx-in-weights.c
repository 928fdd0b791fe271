/* lathe-onnx-in-weights.c: weights on their way from the file to the model.
 *
 * What a layer is to have is written down while the graph is read, and copied when the model is there. Where a number
 * of a weight is found is checked at once, so that copying can fail for nothing but a file that changes meanwhile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

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
  if (g_str_equal (parameter, "weight"))
    lathe_onnx_in_quantise_weights (in, node, constant, dim, stride, n);
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

/* A dimension of a weight: how far apart its numbers are in the constant, in its tensor, and in the weight. */
typedef struct
{
  gsize n, from, apart, to;
} Dimension;

static int
compare_dimensions (gconstpointer a, gconstpointer b)
{
  const Dimension *x = a, *y = b;

  return x->apart != y->apart ? (x->apart < y->apart ? 1 : -1) : (x->to < y->to) - (x->to > y->to);
}

/* From the one whose numbers are furthest apart in the file to the nearest: so they are read as they lie there. */
static void
sort_dimensions (const LatheOnnxLoad *load, Dimension *dimensions)
{
  gsize to = 1;

  for (guint i = LATHE_ONNX_LOAD_RANK; i-- > 0; to *= load->dim[i])
    dimensions[i] = (Dimension){
        .n = load->dim[i],
        .from = load->stride[i],
        .apart = load->dim[i] > 1 ? lathe_onnx_constant_index (&load->constant, load->stride[i]) : 0,
        .to = to,
    };
  qsort (dimensions, LATHE_ONNX_LOAD_RANK, sizeof *dimensions, compare_dimensions);
}

/**
 * lathe_onnx_load_run:
 *
 * Copies the numbers into the weight of that name.
 */
void
lathe_onnx_load_run (const LatheOnnxLoad *load, LatheWeight *weight)
{
  Dimension d[LATHE_ONNX_LOAD_RANK];
  gsize size = lathe_shape_size (&weight->shape);

  if (load->constant.tensor == NULL)
    {
      for (gsize i = 0; i < size; i++)
        weight->data[i] = (float) load->factor;
      return;
    }
  sort_dimensions (load, d);
  g_assert (size == d[0].n * d[1].n * d[2].n * d[3].n * d[4].n);
  for (gsize i = 0; i < d[0].n; i++)
    for (gsize j = 0; j < d[1].n; j++)
      for (gsize k = 0; k < d[2].n; k++)
        for (gsize l = 0; l < d[3].n; l++)
          for (gsize m = 0; m < d[4].n; m++)
            {
              gsize from = i * d[0].from + j * d[1].from + k * d[2].from + l * d[3].from + m * d[4].from;
              gsize to = i * d[0].to + j * d[1].to + k * d[2].to + l * d[3].to + m * d[4].to;

              weight->data[to] = (float) (load->factor * lathe_onnx_constant_real (&load->constant, from));
            }
}
