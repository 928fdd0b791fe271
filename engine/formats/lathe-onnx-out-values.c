/* lathe-onnx-out-values.c: what layers give and have, in the order that ONNX wants it in.
 *
 * An image stays in the layout in which it came for as long as nothing asks for the other one; a layer that does not
 * care takes what is there. So a graph of convolutions has one Transpose, at its beginning.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe-onnx-out.h"

static const gint64 to_last[] = {0, 2, 3, 1}, to_first[] = {0, 3, 1, 2};

/**
 * lathe_onnx_out_input:
 *
 * Returns: (transfer none): what comes to a layer
 */
LatheOnnxOutput *
lathe_onnx_out_input (LatheOnnxOut *out, const LatheProgramNode *node, guint index)
{
  return g_hash_table_lookup (out->outputs, node->node->inputs->pdata[index]);
}

static const char *
transpose (LatheOnnxOut *out, const char *x, LatheOnnxLayout layout)
{
  gboolean last = layout == LATHE_ONNX_CHANNELS_LAST;
  Onnx__NodeProto *node =
      lathe_onnx_out_node (out, "Transpose", lathe_onnx_out_name (out, x, last ? "nhwc" : "nchw"), x, NULL);

  lathe_onnx_out_ints (out, node, "perm", 4, last ? to_last : to_first);
  return lathe_onnx_out_result (node);
}

/**
 * lathe_onnx_out_in:
 *
 * Returns: (transfer none): the name of the output in this layout, as which it is brought at most once
 */
const char *
lathe_onnx_out_in (LatheOnnxOut *out, LatheOnnxOutput *output, LatheOnnxLayout layout)
{
  if (output->name[layout] == NULL)
    output->name[layout] = transpose (out, output->name[1 - layout], layout);
  return output->name[layout];
}

/**
 * lathe_onnx_out_layout:
 *
 * Returns: one that the output is there in; channels first where it has both
 */
LatheOnnxLayout
lathe_onnx_out_layout (const LatheOnnxOutput *output)
{
  return output->name[LATHE_ONNX_CHANNELS_FIRST] != NULL ? LATHE_ONNX_CHANNELS_FIRST : LATHE_ONNX_CHANNELS_LAST;
}

/**
 * lathe_onnx_out_in_order:
 *
 * Returns: (transfer none): the name of the output whose numbers lie as Lathe has them
 */
const char *
lathe_onnx_out_in_order (LatheOnnxOut *out, LatheOnnxOutput *output)
{
  const guint *dim = output->flattened.dim;
  const gint64 image[] = {0, dim[2], dim[0], dim[1]};
  const char *x = lathe_onnx_out_in (out, output, LATHE_ONNX_CHANNELS_LAST), *shape;

  if (output->flattened.rank != 3)
    return x;
  shape = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, x, "image.shape"), 4, image);
  x = lathe_onnx_out_result (
      lathe_onnx_out_node (out, "Reshape", lathe_onnx_out_name (out, x, "image"), x, shape, NULL));
  x = transpose (out, x, LATHE_ONNX_CHANNELS_LAST);
  x = lathe_onnx_out_result (lathe_onnx_out_node (out, "Flatten", lathe_onnx_out_name (out, x, "flatten"), x, NULL));
  output->name[LATHE_ONNX_CHANNELS_LAST] = output->name[LATHE_ONNX_CHANNELS_FIRST] = x;
  output->flattened.rank = 0;
  return x;
}

/**
 * lathe_onnx_out_give:
 *
 * Says under which name a layer's output is to be had.
 */
void
lathe_onnx_out_give (LatheOnnxOut *out, const LatheProgramNode *node, LatheOnnxLayout layout, const char *name)
{
  LatheOnnxOutput *output = g_new0 (LatheOnnxOutput, 1);

  output->name[layout] = name;
  if (node->output.rank != 3)
    output->name[1 - layout] = name;
  g_hash_table_insert (out->outputs, (gpointer) node->node, output);
}

const LatheWeight *
lathe_onnx_out_weight (LatheOnnxOut *out, const LatheProgramNode *node, const char *parameter)
{
  g_autofree char *name = g_strconcat (node->node->name, ".", parameter, NULL);

  return g_hash_table_lookup (out->weights, name);
}

/* From height × width × channels to channels × height × width. */
static float *
channels_first (LatheOnnxOut *out, const LatheShape *image, const float *values)
{
  gsize pixels = (gsize) image->dim[0] * image->dim[1], channels = image->dim[2];
  float *turned = lathe_onnx_out_keep (out, g_new (float, pixels *channels));

  for (gsize pixel = 0; pixel < pixels; pixel++)
    for (gsize c = 0; c < channels; c++)
      turned[c * pixels + pixel] = values[pixel * channels + c];
  return turned;
}

/**
 * lathe_onnx_out_vector:
 * @along: the output whose channels the numbers belong to
 * @n_behind: how many dimensions follow that of the channels
 *
 * Returns: (transfer none): the constant's name
 */
const char *
lathe_onnx_out_vector (LatheOnnxOut *out, const LatheProgramNode *node, const char *parameter,
                       const LatheOnnxOutput *along, guint n_behind)
{
  const LatheWeight *weight = lathe_onnx_out_weight (out, node, parameter);
  gsize n = lathe_shape_size (&weight->shape);
  const gint64 dims[] = {(gint64) n, 1, 1};
  const char *name = lathe_onnx_out_name (out, node->node->name, parameter);
  const float *values = weight->data;

  if (along->flattened.rank == 3 && n > 1)
    values = channels_first (out, &along->flattened, values);
  return lathe_onnx_out_floats (out, name, 1 + n_behind, dims, values, n);
}
