/* lathe-tflite-out-windows.c: the layers that move a window over an image, as operators of TensorFlow Lite.
 *
 * Those know two ways of padding, none and TensorFlow's SAME. Where a layer pads otherwise, an operator of its own
 * does that first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <float.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "lathe-tflite-out.h"

/* --- Padding --- */

static gboolean
is_same (const LatheAxis *axis)
{
  guint reach = lathe_axis_reach (axis);

  return axis->out == (axis->in + axis->stride - 1) / axis->stride &&
         axis->before == (reach > axis->in ? (reach - axis->in) / 2 : 0);
}

static gboolean
is_valid (const LatheAxis *axis)
{
  return axis->before == 0 && lathe_axis_overhang (axis) == 0;
}

static gboolean
both (gboolean (*is) (const LatheAxis *axis), const LatheAxis *y, const LatheAxis *x)
{
  return is (y) && is (x);
}

/* Pads an image with a number; `padding` says how what follows is to pad it. */
static gint32
pad (LatheTfliteOut *out, gint32 image, const LatheAxis *y, const LatheAxis *x, float with, gint32 *padding)
{
  const gint32 sides[] = {
      0, 0, (gint32) y->before, (gint32) lathe_axis_overhang (y), (gint32) x->before, (gint32) lathe_axis_overhang (x),
      0, 0};
  LatheTfliteTensor padded = g_array_index (out->tensors, LatheTfliteTensor, image);
  gint32 pads, result;

  *padding = both (is_valid, y, x) ? LATHE_TFLITE_VALID : LATHE_TFLITE_SAME;
  if (*padding == LATHE_TFLITE_VALID || both (is_same, y, x))
    return image;
  *padding = LATHE_TFLITE_VALID;
  pads = lathe_tflite_constant (out, LATHE_TFLITE_INT32, 2, (const gint32[]){4, 2},
                                lathe_tflite_keep (out, g_memdup2 (sides, sizeof sides)));
  padded.dim[1] = (gint32) lathe_axis_full (y);
  padded.dim[2] = (gint32) lathe_axis_full (x);
  result = lathe_tflite_tensor (out, NULL, padded.type, padded.rank, padded.dim);
  if (with == 0)
    lathe_tflite_operator (out, LATHE_TFLITE_PAD, result, image, pads, G_MININT32);
  else
    lathe_tflite_operator (out, LATHE_TFLITE_PAD_WITH, result, image, pads, lathe_tflite_scalar (out, with),
                           G_MININT32);
  return result;
}

static void
set_windows (LatheTfliteOperator *step, gint32 padding, const LatheAxis *y, const LatheAxis *x)
{
  lathe_tflite_whole (step, LATHE_FLAT_BYTE, LATHE_TFLITE_PADDING, padding);
  lathe_tflite_whole (step, LATHE_FLAT_INT, LATHE_TFLITE_STRIDE_WIDTH, (gint32) x->stride);
  lathe_tflite_whole (step, LATHE_FLAT_INT, LATHE_TFLITE_STRIDE_HEIGHT, (gint32) y->stride);
}

/* --- Convolutions --- */

/* From window × inputs × filters to filters × window × inputs. */
static gint32
add_filters (LatheTfliteOut *out, const LatheWeight *weight)
{
  const guint *from = weight->shape.dim;
  gsize rows = (gsize) from[0] * from[1] * from[2], filters = from[3];
  float *turned = lathe_tflite_keep (out, g_new (float, rows *filters));

  for (gsize row = 0; row < rows; row++)
    for (gsize f = 0; f < filters; f++)
      turned[f * rows + row] = weight->data[row * filters + f];
  return lathe_tflite_constant (
      out, LATHE_TFLITE_FLOAT, 4,
      (const gint32[]){(gint32) from[3], (gint32) from[0], (gint32) from[1], (gint32) from[2]}, turned);
}

/* The operators want one. */
static gint32
add_bias (LatheTfliteOut *out, const LatheProgramNode *node, guint filters)
{
  gint32 n = (gint32) filters;

  if (node->n_parameters > 1)
    return lathe_tflite_vector (out, node, "bias");
  return lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 1, &n, lathe_tflite_keep (out, g_new0 (float, filters)));
}

static const LatheWeight *
weight_of (const LatheTfliteOut *out, const LatheProgramNode *node)
{
  return lathe_model_find_weight (out->program->export->model, node->node->name, "weight");
}

static void
set_dilation (LatheTfliteOperator *step, guint slot, const LatheAxis *y, const LatheAxis *x)
{
  lathe_tflite_whole (step, LATHE_FLAT_INT, slot, (gint32) x->dilation);
  lathe_tflite_whole (step, LATHE_FLAT_INT, slot + 1, (gint32) y->dilation);
}

static void
add_depthwise (LatheTfliteOut *out, const LatheProgramNode *node, gint32 image, gint32 output, gint32 padding,
               LatheTfliteFused fused)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "kernel"), x = lathe_program_axis (node, FALSE, "kernel");
  const LatheWeight *weight = weight_of (out, node);
  const guint *dim = weight->shape.dim;
  const gint32 as_it_lies[] = {1, (gint32) dim[0], (gint32) dim[1], (gint32) dim[3]};
  gint32 filters = lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 4, as_it_lies, weight->data);
  gint32 bias = add_bias (out, node, dim[3]);
  LatheTfliteOperator *step =
      lathe_tflite_operator (out, LATHE_TFLITE_DEPTHWISE_CONV, output, image, filters, bias, G_MININT32);

  set_windows (step, padding, &y, &x);
  lathe_tflite_whole (step, LATHE_FLAT_INT, LATHE_TFLITE_DEPTHWISE_MULTIPLIER,
                      (gint32) (dim[3] / node->input[0].dim[2]));
  lathe_tflite_whole (step, LATHE_FLAT_BYTE, LATHE_TFLITE_DEPTHWISE_FUSED, (gint32) fused);
  set_dilation (step, LATHE_TFLITE_DEPTHWISE_DILATION_WIDTH, &y, &x);
}

static void
add_convolution (LatheTfliteOut *out, const LatheProgramNode *node, gint32 image, gint32 output, gint32 padding,
                 LatheTfliteFused fused)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "kernel"), x = lathe_program_axis (node, FALSE, "kernel");
  const LatheWeight *weight = weight_of (out, node);
  gint32 filters = add_filters (out, weight), bias = add_bias (out, node, weight->shape.dim[3]);
  LatheTfliteOperator *step = lathe_tflite_operator (out, LATHE_TFLITE_CONV, output, image, filters, bias, G_MININT32);

  set_windows (step, padding, &y, &x);
  lathe_tflite_whole (step, LATHE_FLAT_BYTE, LATHE_TFLITE_CONV_FUSED, (gint32) fused);
  set_dilation (step, LATHE_TFLITE_CONV_DILATION_WIDTH, &y, &x);
}

void
lathe_tflite_add_conv2d (LatheTfliteOut *out, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "kernel"), x = lathe_program_axis (node, FALSE, "kernel");
  LatheActivation activation = lathe_program_activation (node);
  LatheTfliteFused fused = lathe_tflite_fuse (&activation);
  gint32 padding, image = pad (out, lathe_tflite_input (out, node, 0), &y, &x, 0, &padding);
  gint32 output = lathe_tflite_tensor_of (out, &node->output);

  if (lathe_program_is_depthwise (node))
    add_depthwise (out, node, image, output, padding, fused);
  else
    add_convolution (out, node, image, output, padding, fused);
  output = lathe_tflite_activate (out, activation, lathe_program_usual_parameter (activation), output);
  lathe_tflite_give (out, node, output);
}

/* How large the result is has to be said, with the number of samples, which only the input knows. */
static gint32
add_size (LatheTfliteOut *out, gint32 image, const gint32 dim[4])
{
  static const gint32 zero = 0, one = 1, four = 4;
  gint32 shape = lathe_tflite_tensor (out, NULL, LATHE_TFLITE_INT32, 1, &four);
  gint32 samples = lathe_tflite_tensor (out, NULL, LATHE_TFLITE_INT32, 1, &one);
  gint32 size = lathe_tflite_tensor (out, NULL, LATHE_TFLITE_INT32, 1, &four);
  gint32 from = lathe_tflite_ints (out, 1, &zero), to = lathe_tflite_ints (out, 1, &one);
  gint32 rest = lathe_tflite_ints (out, 3, dim + 1);

  lathe_tflite_whole (lathe_tflite_operator (out, LATHE_TFLITE_SHAPE, shape, image, G_MININT32), LATHE_FLAT_BYTE, 0,
                      LATHE_TFLITE_INT32);
  lathe_tflite_operator (out, LATHE_TFLITE_STRIDED_SLICE, samples, shape, from, to, to, G_MININT32);
  lathe_tflite_operator (out, LATHE_TFLITE_CONCATENATION, size, samples, rest, G_MININT32);
  return size;
}

/* Rows and columns that are cut off in front, and those that windows do not reach, which are zeros, behind. */
static gint32
cut (LatheTfliteOut *out, const LatheProgramNode *node, gint32 image, const LatheProgramCut *down,
     const LatheProgramCut *across)
{
  guint bottom = down->before + down->kept, right = across->before + across->kept;
  LatheTfliteTensor padded = g_array_index (out->tensors, LatheTfliteTensor, image);
  const gint32 begin[] = {0, (gint32) down->before, (gint32) across->before, 0};
  const gint32 size[] = {-1, (gint32) down->kept, (gint32) across->kept, -1};
  const gint32 sides[] = {0, 0,
                          0, (gint32) (MAX (bottom, down->covered) - down->covered),
                          0, (gint32) (MAX (right, across->covered) - across->covered),
                          0, 0};
  gint32 pads, result;

  if (sides[3] > 0 || sides[5] > 0)
    {
      padded.dim[1] += sides[3];
      padded.dim[2] += sides[5];
      pads = lathe_tflite_constant (out, LATHE_TFLITE_INT32, 2, (const gint32[]){4, 2},
                                    lathe_tflite_keep (out, g_memdup2 (sides, sizeof sides)));
      result = lathe_tflite_tensor (out, NULL, padded.type, padded.rank, padded.dim);
      lathe_tflite_operator (out, LATHE_TFLITE_PAD, result, image, pads, G_MININT32);
      image = result;
    }
  if (padded.dim[1] == size[1] && padded.dim[2] == size[2])
    return image;
  result = lathe_tflite_tensor_of (out, &node->output);
  lathe_tflite_operator (out, LATHE_TFLITE_SLICE, result, image, lathe_tflite_ints (out, 4, begin),
                         lathe_tflite_ints (out, 4, size), G_MININT32);
  return result;
}

void
lathe_tflite_add_transposed_conv2d (LatheTfliteOut *out, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "kernel"), x = lathe_program_axis (node, FALSE, "kernel");
  LatheProgramCut down = lathe_program_cut (node, TRUE), across = lathe_program_cut (node, FALSE);
  LatheActivation activation = lathe_program_activation (node);
  gint32 image = lathe_tflite_input (out, node, 0);
  const gint32 covered[] = {LATHE_TFLITE_BATCH, (gint32) down.covered, (gint32) across.covered,
                            (gint32) node->output.dim[2]};
  gint32 size = add_size (out, image, covered), filters = add_filters (out, weight_of (out, node));
  gint32 result = lathe_tflite_tensor (out, NULL, LATHE_TFLITE_FLOAT, 4, covered);

  set_windows (lathe_tflite_operator (out, LATHE_TFLITE_TRANSPOSED_CONV, result, size, filters, image, G_MININT32),
               LATHE_TFLITE_VALID, &y, &x);
  result = cut (out, node, result, &down, &across);
  if (node->n_parameters > 1)
    result = lathe_tflite_binary (out, LATHE_TFLITE_ADD, result, lathe_tflite_vector (out, node, "bias"));
  result = lathe_tflite_activate (out, activation, lathe_program_usual_parameter (activation), result);
  lathe_tflite_give (out, node, result);
}

/* --- Pooling --- */

static void
add_pool (LatheTfliteOut *out, const LatheProgramNode *node, LatheTfliteOp op)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "pool"), x = lathe_program_axis (node, FALSE, "pool");
  gint32 padding, image = pad (out, lathe_tflite_input (out, node, 0), &y, &x, -FLT_MAX, &padding);
  gint32 output = lathe_tflite_tensor_of (out, &node->output);
  LatheTfliteOperator *step = lathe_tflite_operator (out, op, output, image, G_MININT32);

  set_windows (step, padding, &y, &x);
  lathe_tflite_whole (step, LATHE_FLAT_INT, LATHE_TFLITE_POOL_WIDTH, (gint32) x.kernel);
  lathe_tflite_whole (step, LATHE_FLAT_INT, LATHE_TFLITE_POOL_HEIGHT, (gint32) y.kernel);
  lathe_tflite_give (out, node, output);
}

void
lathe_tflite_add_max_pool (LatheTfliteOut *out, const LatheProgramNode *node)
{
  add_pool (out, node, LATHE_TFLITE_MAX_POOL);
}

void
lathe_tflite_add_average_pool (LatheTfliteOut *out, const LatheProgramNode *node)
{
  add_pool (out, node, LATHE_TFLITE_AVERAGE_POOL);
}

void
lathe_tflite_add_up_sampling (LatheTfliteOut *out, const LatheProgramNode *node)
{
  gboolean bilinear = lathe_program_count (node, "method") != 0;
  const gint32 sides[] = {(gint32) node->output.dim[0], (gint32) node->output.dim[1]};
  gint32 image = lathe_tflite_input (out, node, 0), size = lathe_tflite_ints (out, 2, sides);
  gint32 output = lathe_tflite_tensor_of (out, &node->output);
  LatheTfliteOperator *step = lathe_tflite_operator (
      out, bilinear ? LATHE_TFLITE_RESIZE_BILINEAR : LATHE_TFLITE_RESIZE_NEAREST, output, image, size, G_MININT32);

  if (bilinear)
    lathe_tflite_whole (step, LATHE_FLAT_BYTE, 3, TRUE); /* centres of pixels are laid on each other */
  lathe_tflite_give (out, node, output);
}

/* --- What cannot be --- */

/**
 * lathe_tflite_window_obstacle:
 *
 * Returns: (nullable): what a layer with windows does that no operator can
 */
const char *
lathe_tflite_window_obstacle (const LatheProgramNode *node)
{
  const char *kind = node->node->kind->name;
  LatheAxis y, x;

  if (g_str_equal (kind, "average-pool"))
    {
      y = lathe_program_axis (node, TRUE, "pool");
      x = lathe_program_axis (node, FALSE, "pool");
      if (!both (is_valid, &y, &x) && !both (is_same, &y, &x))
        return N_ ("pads what it takes the mean of in a way of its own, which TensorFlow Lite cannot");
    }
  if (!g_str_equal (kind, "transposed-conv2d"))
    return NULL;
  y = lathe_program_axis (node, TRUE, "kernel");
  x = lathe_program_axis (node, FALSE, "kernel");
  if (y.dilation != 1 || x.dilation != 1)
    return N_ ("is dilated, which a transposed convolution of TensorFlow Lite cannot be");
  if (lathe_program_count (node, "groups") != 1)
    return N_ ("has groups, which a transposed convolution of TensorFlow Lite cannot have");
  return NULL;
}
