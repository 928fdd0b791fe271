/* lathe-onnx-out-windows.c: the layers that move a window over an image, as nodes of ONNX.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-out.h"

static void
add_windows (LatheOnnxOut *out, Onnx__NodeProto *node, const LatheAxis *y, const LatheAxis *x, const gint64 pads[4])
{
  const gint64 kernel[] = {y->kernel, x->kernel}, strides[] = {y->stride, x->stride};
  const gint64 dilations[] = {y->dilation, x->dilation};

  lathe_onnx_out_ints (out, node, "kernel_shape", 2, kernel);
  if (y->stride != 1 || x->stride != 1)
    lathe_onnx_out_ints (out, node, "strides", 2, strides);
  if (y->dilation != 1 || x->dilation != 1)
    lathe_onnx_out_ints (out, node, "dilations", 2, dilations);
  if (pads[0] != 0 || pads[1] != 0 || pads[2] != 0 || pads[3] != 0)
    lathe_onnx_out_ints (out, node, "pads", 4, pads);
}

/* As far as windows look beyond the last pixel, and no further, so that there are as many of them. */
static void
add_padded_windows (LatheOnnxOut *out, Onnx__NodeProto *node, const LatheAxis *y, const LatheAxis *x)
{
  const gint64 pads[] = {y->before, x->before, lathe_axis_overhang (y), lathe_axis_overhang (x)};

  add_windows (out, node, y, x, pads);
}

/* From window × inputs × filters, the inputs of one group and the filters of all, to what `place` says. */
static const char *
add_weight (LatheOnnxOut *out, const LatheProgramNode *node, gboolean transposed, guint groups)
{
  const LatheWeight *weight = lathe_onnx_out_weight (out, node, "weight");
  const guint *dim = weight->shape.dim;
  gsize window = (gsize) dim[0] * dim[1], in = dim[2], out_of_group = dim[3] / groups, n = window * in * dim[3];
  float *values = lathe_onnx_out_keep (out, g_new (float, n));
  const float *from = weight->data;
  const gint64 conv[] = {dim[3], dim[2], dim[0], dim[1]};
  const gint64 transpose[] = {(gint64) dim[2] * groups, dim[3] / groups, dim[0], dim[1]};

  for (gsize w = 0; w < window; w++)
    for (gsize i = 0; i < in; i++)
      for (gsize o = 0; o < dim[3]; o++, from++)
        {
          gsize group = o / out_of_group, at = o * in + i;

          if (transposed)
            at = (group * in + i) * out_of_group + o % out_of_group;
          values[at * window + w] = *from;
        }
  return lathe_onnx_out_weights (out, node, lathe_onnx_out_name (out, node->node->name, "weight"), 4,
                                 transposed ? transpose : conv, 0, values, n);
}

static Onnx__NodeProto *
add_convolution (LatheOnnxOut *out, const LatheProgramNode *node, const char *op)
{
  guint groups = lathe_program_count (node, "groups");
  gboolean transposed = g_str_equal (op, "ConvTranspose");
  LatheOnnxOutput *input = lathe_onnx_out_input (out, node, 0);
  const char *name = lathe_onnx_out_name (out, node->node->name, NULL);
  const char *x = lathe_onnx_out_in (out, input, LATHE_ONNX_CHANNELS_FIRST);
  const char *weight = add_weight (out, node, transposed, groups);
  const char *bias = node->n_parameters > 1 ? lathe_onnx_out_bias (out, node, input) : NULL;
  Onnx__NodeProto *convolution = lathe_onnx_out_node (out, op, name, x, weight, bias, NULL);

  if (groups > 1)
    lathe_onnx_out_int (out, convolution, "group", groups);
  return convolution;
}

static void
give_activated (LatheOnnxOut *out, const LatheProgramNode *node, const Onnx__NodeProto *convolution)
{
  LatheActivation activation = lathe_program_activation (node);
  const char *name = lathe_onnx_out_result (convolution);

  if (activation != LATHE_ACTIVATION_NONE)
    name = lathe_onnx_out_activate (out, activation, lathe_program_usual_parameter (activation), name,
                                    lathe_onnx_out_name (out, name, lathe_activation_names[activation]), 1);
  lathe_onnx_out_give (out, node, LATHE_ONNX_CHANNELS_FIRST, name);
}

void
lathe_onnx_out_add_conv2d (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "kernel"), x = lathe_program_axis (node, FALSE, "kernel");
  Onnx__NodeProto *convolution = add_convolution (out, node, "Conv");

  add_padded_windows (out, convolution, &y, &x);
  give_activated (out, node, convolution);
}

/* ONNX cuts off at both ends, and adds behind first what is asked for. */
void
lathe_onnx_out_add_transposed_conv2d (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "kernel"), x = lathe_program_axis (node, FALSE, "kernel");
  LatheProgramCut down = lathe_program_cut (node, TRUE), across = lathe_program_cut (node, FALSE);
  guint bottom = down.before + down.kept, right = across.before + across.kept;
  const gint64 more[] = {bottom > down.covered ? bottom - down.covered : 0,
                         right > across.covered ? right - across.covered : 0};
  const gint64 pads[] = {down.before, across.before, bottom < down.covered ? down.covered - bottom : 0,
                         right < across.covered ? across.covered - right : 0};
  Onnx__NodeProto *convolution = add_convolution (out, node, "ConvTranspose");

  add_windows (out, convolution, &y, &x, pads);
  if (more[0] > 0 || more[1] > 0)
    lathe_onnx_out_ints (out, convolution, "output_padding", 2, more);
  give_activated (out, node, convolution);
}

static void
add_pool (LatheOnnxOut *out, const LatheProgramNode *node, const char *op)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "pool"), x = lathe_program_axis (node, FALSE, "pool");
  const char *from = lathe_onnx_out_in (out, lathe_onnx_out_input (out, node, 0), LATHE_ONNX_CHANNELS_FIRST);
  const char *name = lathe_onnx_out_name (out, node->node->name, NULL);
  Onnx__NodeProto *pool = lathe_onnx_out_node (out, op, name, from, NULL);

  add_padded_windows (out, pool, &y, &x);
  lathe_onnx_out_give (out, node, LATHE_ONNX_CHANNELS_FIRST, name);
}

void
lathe_onnx_out_add_max_pool (LatheOnnxOut *out, const LatheProgramNode *node)
{
  add_pool (out, node, "MaxPool");
}

void
lathe_onnx_out_add_average_pool (LatheOnnxOut *out, const LatheProgramNode *node)
{
  add_pool (out, node, "AveragePool");
}

void
lathe_onnx_out_add_up_sampling (LatheOnnxOut *out, const LatheProgramNode *node)
{
  gboolean bilinear = lathe_program_count (node, "method") != 0;
  float *scales = lathe_onnx_out_keep (out, g_new (float, 4));
  const char *name = lathe_onnx_out_name (out, node->node->name, NULL);
  const char *x = lathe_onnx_out_in (out, lathe_onnx_out_input (out, node, 0), LATHE_ONNX_CHANNELS_FIRST);
  const char *scale =
      lathe_onnx_out_floats (out, lathe_onnx_out_name (out, name, "scales"), 1, &(gint64){4}, scales, 4);
  Onnx__NodeProto *resize = lathe_onnx_out_node (out, "Resize", name, x, "", scale, NULL);

  scales[0] = scales[1] = 1;
  scales[2] = (float) lathe_program_count (node, "scale-height");
  scales[3] = (float) lathe_program_count (node, "scale-width");
  lathe_onnx_out_string (out, resize, "mode", bilinear ? "linear" : "nearest");
  lathe_onnx_out_string (out, resize, "coordinate_transformation_mode", bilinear ? "half_pixel" : "asymmetric");
  if (!bilinear)
    lathe_onnx_out_string (out, resize, "nearest_mode", "floor");
  lathe_onnx_out_give (out, node, LATHE_ONNX_CHANNELS_FIRST, name);
}
