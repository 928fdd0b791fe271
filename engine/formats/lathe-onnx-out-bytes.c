/* lathe-onnx-out-bytes.c: numbers in 8 bits, as ONNX has them: what is quantised is dequantised at once (“QDQ”), and
 * who runs the graph may do what lies between two such pairs in whole numbers.
 *
 *     Conv ─ Relu ─ QuantizeLinear ─ DequantizeLinear ─ Conv
 *                     weight (INT8) ─ DequantizeLinear ─┘
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe-onnx-out.h"
#include "model/lathe-graph-readers.h"

static const LatheQuantisedNode *
find (const LatheOnnxOut *out, const LatheProgramNode *node)
{
  const LatheQuantisation *quantisation = out->program->export->model->quantisation;

  return quantisation != NULL ? &quantisation->nodes[node->node->index] : NULL;
}

static const char *
dequantise (LatheOnnxOut *out, const char *x, const char *scale, const char *zero, const char *name, gint64 axis)
{
  Onnx__NodeProto *node =
      lathe_onnx_out_node (out, "DequantizeLinear", lathe_onnx_out_name (out, name, "real"), x, scale, zero, NULL);

  if (axis >= 0)
    lathe_onnx_out_int (out, node, "axis", axis);
  return lathe_onnx_out_result (node);
}

/* --- Weights --- */

/**
 * lathe_onnx_out_weights:
 * @name: of lathe_onnx_out_name()
 * @axis: of the output channels: the first, or the last
 * @values: n of them, which must outlive the graph
 *
 * Adds a layer's weights, as whole numbers where the layer has such. Returns: (transfer none): the name of the real
 * ones
 */
const char *
lathe_onnx_out_weights (LatheOnnxOut *out, const LatheProgramNode *node, const char *name, guint rank,
                        const gint64 *dims, guint axis, const float *values, gsize n)
{
  const LatheQuantisedNode *quantised = find (out, node);
  gint64 channels = dims[axis];
  gsize run = axis == 0 ? n / (gsize) channels : 1;
  gint8 *bytes, *zeros;
  const char *scale, *zero;

  if (quantised == NULL || quantised->weight_scale == NULL)
    return lathe_onnx_out_floats (out, name, rank, dims, values, n);
  bytes = lathe_onnx_out_keep (out, g_new (gint8, n));
  zeros = lathe_onnx_out_keep (out, g_new0 (gint8, channels));
  for (gsize i = 0; i < n; i++)
    bytes[i] = (gint8) rintf (values[i] / quantised->weight_scale[i / run % (gsize) channels]);
  lathe_onnx_out_constant (out, name, LATHE_ONNX_INT8, rank, dims, bytes, n);
  scale = lathe_onnx_out_floats (out, lathe_onnx_out_name (out, name, "scale"), 1, &channels, quantised->weight_scale,
                                 (gsize) channels);
  zero = lathe_onnx_out_constant (out, lathe_onnx_out_name (out, name, "zero"), LATHE_ONNX_INT8, 1, &channels, zeros,
                                  (gsize) channels);
  return dequantise (out, name, scale, zero, name, axis);
}

/**
 * lathe_onnx_out_bias:
 * @along: as of lathe_onnx_out_vector()
 *
 * The same of its bias, whose scale is that of the sums that it is added to. Where what the layer reads stays in real
 * numbers, so do the sums, and its bias with them.
 */
const char *
lathe_onnx_out_bias (LatheOnnxOut *out, const LatheProgramNode *node, const LatheOnnxOutput *along)
{
  const LatheQuantisedNode *quantised = find (out, node);
  const LatheNode *from = node->node->inputs->pdata[0];
  float from_scale = quantised != NULL ? out->program->export->model->quantisation->nodes[from->index].output.scale : 0;
  const LatheWeight *bias = lathe_onnx_out_weight (out, node, "bias");
  gint64 channels = bias->shape.dim[0];
  gint32 *words, *zeros;
  float *scales;
  const char *name, *scale, *zero;

  if (quantised == NULL || quantised->weight_scale == NULL || from_scale == 0)
    return lathe_onnx_out_vector (out, node, "bias", along, 0);
  words = lathe_onnx_out_keep (out, g_new (gint32, channels));
  zeros = lathe_onnx_out_keep (out, g_new0 (gint32, channels));
  scales = lathe_onnx_out_keep (out, g_new (float, channels));
  for (gint64 c = 0; c < channels; c++)
    {
      double product = (double) from_scale * (double) quantised->weight_scale[c];

      words[c] = lathe_byte_bias ((double) bias->data[c], product);
      scales[c] = (float) product;
    }
  name = lathe_onnx_out_constant (out, lathe_onnx_out_name (out, node->node->name, "bias"), LATHE_ONNX_INT32, 1,
                                  &channels, words, (gsize) channels * sizeof *words);
  scale = lathe_onnx_out_floats (out, lathe_onnx_out_name (out, name, "scale"), 1, &channels, scales, (gsize) channels);
  zero = lathe_onnx_out_constant (out, lathe_onnx_out_name (out, name, "zero"), LATHE_ONNX_INT32, 1, &channels, zeros,
                                  (gsize) channels * sizeof *zeros);
  return dequantise (out, name, scale, zero, name, 0);
}

/* --- Outputs --- */

/* Of what only a ReLU reads, the ReLU is quantised in its place: it has the same bytes. */
static gboolean
is_cut_off_next (const LatheOnnxOut *out, const LatheProgramNode *node)
{
  const LatheQuantisation *quantisation = out->program->export->model->quantisation;
  const LatheNode *reader = lathe_graph_only_reader (out->program->export->graph, node->node);

  return reader != NULL && reader->kind->limit > 0 && quantisation->nodes[reader->index].output.scale > 0 &&
         quantisation->nodes[reader->index].output.zero == 0;
}

/**
 * lathe_onnx_out_round:
 *
 * After a layer was added: rounds its output to what bytes stand for, where the model has it in bytes.
 */
void
lathe_onnx_out_round (LatheOnnxOut *out, const LatheProgramNode *node)
{
  const LatheQuantisedNode *quantised = find (out, node);
  LatheOnnxOutput *output = g_hash_table_lookup (out->outputs, node->node);
  LatheOnnxLayout layout = lathe_onnx_out_layout (output);
  const char *x = output->name[layout], *scale, *zero, *real;
  guint8 *value;

  if (quantised == NULL || quantised->output.scale == 0 || node->left_out || is_cut_off_next (out, node))
    return;
  value = lathe_onnx_out_keep (out, g_new (guint8, 1));
  *value = (guint8) quantised->output.zero;
  scale = lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, x, "scale"), quantised->output.scale);
  zero = lathe_onnx_out_constant (out, lathe_onnx_out_name (out, x, "zero"), LATHE_ONNX_UINT8, 0, NULL, value, 1);
  real = lathe_onnx_out_result (
      lathe_onnx_out_node (out, "QuantizeLinear", lathe_onnx_out_name (out, x, "bytes"), x, scale, zero, NULL));
  real = dequantise (out, real, scale, zero, x, -1);
  for (guint i = 0; i < LATHE_ONNX_N_LAYOUTS; i++)
    output->name[i] = node->output.rank == 3 && i != layout ? NULL : real;
}
