/* lathe-onnx-in-layers.c: dense layers, norms, and pooling of the whole image.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- Dense --- */

/* The tensor's rows of weights, in the order of the layer's numbers: an image is flattened with its channels behind. */
static gboolean
load_rows (LatheOnnxIn *in, const LatheNode *node, const LatheOnnxValue *value, const LatheOnnxConstant *weight,
           gboolean swapped, double factor)
{
  gsize rows = (gsize) weight->dim[swapped ? 1 : 0], units = (gsize) weight->dim[swapped ? 0 : 1];
  gsize between = swapped ? 1 : units, across = swapped ? rows : 1, next = between;
  gsize dim[LATHE_ONNX_LOAD_RANK], stride[LATHE_ONNX_LOAD_RANK] = {0};
  const LatheOnnxAxis *axis = &value->axis[1];
  guint rank = value->shape.rank;

  for (guint i = 0; i < rank; i++)
    dim[i] = value->shape.dim[i];
  for (guint i = axis->n; i-- > 0;)
    {
      stride[axis->factor[i]] = next;
      next *= value->shape.dim[axis->factor[i]];
    }
  dim[rank] = units;
  stride[rank] = across;
  return lathe_onnx_in_load (in, node, "weight", weight, dim, stride, rank + 1, factor);
}

static LatheOnnxValue *
take_dense (LatheOnnxIn *in, gboolean swapped, double factor, gboolean bias, LatheNode **dense)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0), flat = *value, *flat_value = &flat;
  const LatheOnnxConstant *weight = lathe_onnx_in_constant (in, 1);
  LatheNode *flatten, *node;
  gint64 units;

  if (weight == NULL || weight->rank != 2 || weight->n == 0 || value->rank != 2 ||
      weight->dim[swapped ? 1 : 0] != (gint64) lathe_onnx_in_dim (value, 1))
    {
      lathe_onnx_in_refuse (in, weight == NULL || weight->rank != 2 || value->rank != 2
                                    ? _ ("it is no vector times a matrix of weights")
                                    : _ ("its weights are not of the shape that it needs"));
      return NULL;
    }
  units = weight->dim[swapped ? 0 : 1];
  if (value->shape.rank > 1)
    {
      flatten = lathe_onnx_in_layer (in, "flatten", FALSE);
      if (flatten == NULL || !lathe_onnx_in_connect (in, flatten, &flat_value, 1, &flat))
        return NULL;
    }
  node = *dense = lathe_onnx_in_layer (in, "dense", TRUE);
  if (node == NULL || !lathe_onnx_in_set (in, node, "units", (double) units) ||
      !lathe_onnx_in_set (in, node, "bias", bias) || !load_rows (in, node, value, weight, swapped, factor) ||
      !lathe_onnx_in_connect (in, node, &flat_value, 1, value))
    return NULL;
  lathe_onnx_in_lay (value, 2, 1);
  return value;
}

static void
take_gemm (LatheOnnxIn *in)
{
  const LatheOnnxConstant *bias = lathe_onnx_in_constant (in, 2);
  gboolean turned = lathe_onnx_in_int (in, "transB", 0) != 0;
  LatheOnnxValue *value;
  LatheNode *node;

  if (lathe_onnx_in_int (in, "transA", 0) != 0 || (bias == NULL && in->node->n_input > 2))
    {
      lathe_onnx_in_refuse (in, _ ("it is no vector times a matrix of weights"));
      return;
    }
  value = take_dense (in, turned, lathe_onnx_in_float (in, "alpha", 1), bias != NULL, &node);
  if (value != NULL && (bias == NULL || lathe_onnx_in_load_vector (in, node, "bias", bias, value->shape.dim[0],
                                                                   lathe_onnx_in_float (in, "beta", 1))))
    lathe_onnx_in_give (in, value);
}

static void
take_matmul (LatheOnnxIn *in)
{
  LatheNode *node;
  LatheOnnxValue *value = take_dense (in, FALSE, 1, FALSE, &node);

  if (value != NULL)
    lathe_onnx_in_give (in, value);
}

/* --- Norms --- */

/* The channels must be where ONNX has them; a vector that was an image is one of its numbers then. */
static gboolean
bring_channels (LatheOnnxIn *in, LatheOnnxValue *value, guint axis)
{
  if (lathe_onnx_in_lies (value, axis))
    return TRUE;
  if (axis == 1 && value->rank == 4)
    return lathe_onnx_in_to_image (in, value);
  if (axis == 1 && value->rank == 2)
    return lathe_onnx_in_to_vector (in, value);
  lathe_onnx_in_refuse (in, _ ("it goes along another dimension than the channels"));
  return FALSE;
}

static void
take_norm (LatheOnnxIn *in, const char *kind, guint axis, guint n, const char *const *parameters)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  double epsilon = lathe_onnx_in_float (in, "epsilon", 1e-5);
  gsize channels;
  LatheNode *node;

  if (!bring_channels (in, value, axis))
    return;
  channels = value->shape.dim[value->shape.rank - 1];
  node = lathe_onnx_in_layer (in, kind, TRUE);
  if (node == NULL || !lathe_onnx_in_set (in, node, "epsilon", epsilon))
    return;
  if (lathe_layer_kind_property (node->kind, "momentum") >= 0 &&
      !lathe_onnx_in_set (in, node, "momentum", lathe_onnx_in_float (in, "momentum", 0.9)))
    return;
  if (lathe_layer_kind_property (node->kind, "groups") >= 0 &&
      !lathe_onnx_in_set (in, node, "groups", (double) lathe_onnx_in_int (in, "num_groups", (gint64) channels)))
    return;
  for (guint i = 0; i < n; i++)
    {
      const LatheOnnxConstant *constant = lathe_onnx_in_constant (in, 1 + i);

      if (constant == NULL && i == 1 && g_str_equal (kind, "layer-norm"))
        continue;
      if (constant == NULL || constant->n != channels)
        {
          lathe_onnx_in_refuse (in, _ ("it does not have the numbers that it needs for each channel"));
          return;
        }
      if (!lathe_onnx_in_load_vector (in, node, parameters[i], constant, channels, 1))
        return;
    }
  if (!lathe_onnx_in_connect (in, node, &value, 1, value))
    return;
  lathe_onnx_in_give (in, value);
}

static const char *const parameters[] = {"gamma", "beta", "running-mean", "running-variance"};

static void
take_batch_norm (LatheOnnxIn *in)
{
  if (lathe_onnx_in_int (in, "training_mode", 0) != 0)
    lathe_onnx_in_refuse (in, _ ("it measures the batch while it answers"));
  else
    take_norm (in, "batch-norm", 1, 4, parameters);
}

static void
take_group_norm (LatheOnnxIn *in)
{
  take_norm (in, "group-norm", 1, 2, parameters);
}

static void
take_layer_norm (LatheOnnxIn *in)
{
  guint rank = lathe_onnx_in_value (in, 0)->rank, axis;

  if (!lathe_onnx_in_axis (in, lathe_onnx_in_int (in, "axis", -1), rank, &axis))
    return;
  if (axis == rank - 1)
    take_norm (in, "layer-norm", axis, 2, parameters);
  else
    lathe_onnx_in_refuse (in, _ ("it goes along more than the last dimension"));
}

/* --- Pooling of the whole image --- */

/* A vector of the channels, which are one axis still. */
static void
pool (LatheOnnxIn *in, const char *kind, LatheOnnxValue *value, guint rank, guint channels)
{
  LatheNode *node = lathe_onnx_in_layer (in, kind, TRUE);

  if (node == NULL || !lathe_onnx_in_connect (in, node, &value, 1, value))
    return;
  value->rank = rank;
  memset (value->axis, 0, sizeof value->axis);
  value->axis[channels] = (LatheOnnxAxis){value->shape.dim[0] > 1, {0}};
  lathe_onnx_in_give (in, value);
}

static void
take_global_pool (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);

  if (lathe_onnx_in_to_image (in, value))
    pool (in, lathe_onnx_in_is_operator (in->node, "GlobalMaxPool") ? "global-max-pool" : "global-average-pool", value,
          4, 1);
}

/* Over all pixels, and nothing else. */
static void
take_reduce (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  gboolean kept = lathe_onnx_in_int (in, "keepdims", 1) != 0, reduced[LATHE_ONNX_MAX_RANK] = {FALSE};
  gint64 axes[LATHE_ONNX_MAX_RANK];
  guint n, axis, channels = 1;

  if (!lathe_onnx_in_list (in, "axes", 1, axes, &n) || n != 2 || value->rank != 4)
    {
      lathe_onnx_in_refuse (in, _ ("it goes over other dimensions than height and width"));
      return;
    }
  for (guint i = 0; i < n; i++)
    {
      if (!lathe_onnx_in_axis (in, axes[i], value->rank, &axis))
        return;
      reduced[axis] = TRUE;
    }
  while (channels < 4 && reduced[channels])
    channels++;
  if (reduced[0] || channels == 4 || (channels == 1 && !lathe_onnx_in_to_image (in, value)) ||
      (channels > 1 && !lathe_onnx_in_lies (value, channels)))
    {
      lathe_onnx_in_refuse (in, _ ("it goes over other dimensions than height and width"));
      return;
    }
  pool (in, lathe_onnx_in_is_operator (in->node, "ReduceMax") ? "global-max-pool" : "global-average-pool", value,
        kept ? 4 : 2, kept ? channels : 1);
}

const LatheOnnxOperator lathe_onnx_layers[] = {
    {"Gemm", take_gemm},
    {"MatMul", take_matmul},
    {"BatchNormalization", take_batch_norm},
    {"LayerNormalization", take_layer_norm},
    {"GroupNormalization", take_group_norm},
    {"InstanceNormalization", take_group_norm},
    {"GlobalAveragePool", take_global_pool},
    {"GlobalMaxPool", take_global_pool},
    {"ReduceMean", take_reduce},
    {"ReduceMax", take_reduce},
    {NULL},
};
