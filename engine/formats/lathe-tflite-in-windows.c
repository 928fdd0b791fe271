/* lathe-tflite-in-windows.c: operators of TensorFlow Lite that move a window over an image.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"
#include "lathe-tflite-in.h"

/* --- What they have in common --- */

static gint32
option (LatheTfliteIn *in, guint slot, gint32 usual)
{
  return lathe_flat_get_int (&in->step->options, slot, usual);
}

static LatheTfliteFused
fused_at (LatheTfliteIn *in, guint slot)
{
  return (LatheTfliteFused) lathe_flat_get_byte (&in->step->options, slot, LATHE_TFLITE_AS_IT_IS);
}

static gboolean
is_valid (LatheTfliteIn *in)
{
  return lathe_flat_get_byte (&in->step->options, LATHE_TFLITE_PADDING, LATHE_TFLITE_SAME) == LATHE_TFLITE_VALID;
}

static gboolean
is_image (const LatheTfliteInTensor *tensor)
{
  return tensor != NULL && tensor->rank == 4;
}

static void
set_strides (LatheTfliteIn *in, Onnx__NodeProto *node)
{
  const gint64 strides[] = {option (in, LATHE_TFLITE_STRIDE_HEIGHT, 0), option (in, LATHE_TFLITE_STRIDE_WIDTH, 0)};

  lathe_tflite_in_ints (in, node, "strides", 2, strides);
}

static void
set_padding (LatheTfliteIn *in, Onnx__NodeProto *node)
{
  lathe_tflite_in_text (in, node, "auto_pad", is_valid (in) ? "VALID" : "SAME_UPPER");
}

/* --- Convolutions --- */

/* @dilation: the slot of that across, behind which is that down */
static void
say_convolution (LatheTfliteIn *in, LatheOnnxFilters filters, gint64 groups, guint dilation, LatheTfliteFused fused)
{
  const gint64 dilations[] = {option (in, dilation + 1, 1), option (in, dilation, 1)};
  gint32 biased = lathe_tflite_in_input (in->step, 2);
  const char *image = lathe_tflite_in_front (in, lathe_tflite_in_input (in->step, 0));
  const char *weight = lathe_tflite_in_behind (in, lathe_tflite_in_input (in->step, 1));
  const char *bias = biased != LATHE_TFLITE_NONE ? lathe_tflite_in_behind (in, biased) : NULL;
  const char *y = lathe_tflite_in_fresh (in);
  Onnx__NodeProto *node = lathe_tflite_in_node (in, "Conv", y, image, weight, bias, NULL);

  lathe_tflite_in_name (in, node);
  set_strides (in, node);
  set_padding (in, node);
  lathe_tflite_in_ints (in, node, "dilations", 2, dilations);
  lathe_tflite_in_int (in, node, "group", groups);
  lathe_tflite_in_int (in, node, LATHE_ONNX_FILTERS, filters);
  lathe_tflite_in_give_front (in, y, fused);
}

static void
say_conv (LatheTfliteIn *in)
{
  const LatheTfliteInTensor *image = lathe_tflite_in_of (in, 0), *weight = lathe_tflite_in_of (in, 1);

  if (!is_image (image) || !is_image (weight) || weight->dim[3] < 1)
    lathe_tflite_in_refuse (in);
  else
    say_convolution (in, LATHE_ONNX_FILTERS_CHANNELS_LAST, image->dim[3] / weight->dim[3],
                     LATHE_TFLITE_CONV_DILATION_WIDTH, fused_at (in, LATHE_TFLITE_CONV_FUSED));
}

static void
say_depthwise_conv (LatheTfliteIn *in)
{
  const LatheTfliteInTensor *image = lathe_tflite_in_of (in, 0), *weight = lathe_tflite_in_of (in, 1);

  if (!is_image (image) || !is_image (weight))
    lathe_tflite_in_refuse (in);
  else
    say_convolution (in, LATHE_ONNX_FILTERS_DEPTHWISE, image->dim[3], LATHE_TFLITE_DEPTHWISE_DILATION_WIDTH,
                     fused_at (in, LATHE_TFLITE_DEPTHWISE_FUSED));
}

/* --- Transposed convolutions --- */

/* Down and across: how many rows or columns are cut off in front of what the windows cover, and how many are kept. */
typedef struct
{
  gint64 before[2], kept[2];
} Cut;

/* @from: the operator, whose result is cut so */
static void
say_transposed (LatheTfliteIn *in, const LatheTfliteInOperator *from, const Cut *cut)
{
  const LatheTfliteInOperator *last = in->step;
  const LatheTfliteInTensor *image = lathe_tflite_in_tensor (in, lathe_tflite_in_input (from, 2));
  const LatheTfliteInTensor *weight = lathe_tflite_in_tensor (in, lathe_tflite_in_input (from, 1));
  gint32 biased = lathe_tflite_in_input (from, 3);
  const char *front = lathe_tflite_in_front (in, lathe_tflite_in_input (from, 2));
  const char *filters = lathe_tflite_in_behind (in, lathe_tflite_in_input (from, 1));
  const char *bias = biased != LATHE_TFLITE_NONE ? lathe_tflite_in_behind (in, biased) : NULL;
  const char *y = lathe_tflite_in_fresh (in);
  gint64 pads[4], more[2];
  Onnx__NodeProto *node;
  LatheTfliteFused fused;

  node = lathe_tflite_in_node (in, "ConvTranspose", y, front, filters, bias, NULL);
  lathe_tflite_in_name (in, node);
  in->step = from;
  set_strides (in, node);
  fused = fused_at (in, LATHE_TFLITE_CONV_FUSED);
  for (guint i = 0; i < 2; i++)
    {
      gint64 stride = option (in, i == 0 ? LATHE_TFLITE_STRIDE_HEIGHT : LATHE_TFLITE_STRIDE_WIDTH, 0);
      gint64 covered = ((gint64) image->dim[1 + i] - 1) * stride + weight->dim[1 + i];

      pads[i] = cut->before[i];
      pads[2 + i] = MAX (0, covered - cut->before[i] - cut->kept[i]);
      more[i] = MAX (0, cut->before[i] + cut->kept[i] - covered);
    }
  in->step = last;
  lathe_tflite_in_ints (in, node, "pads", 4, pads);
  lathe_tflite_in_ints (in, node, "output_padding", 2, more);
  lathe_tflite_in_int (in, node, LATHE_ONNX_FILTERS, LATHE_ONNX_FILTERS_CHANNELS_LAST);
  lathe_tflite_in_give_front (in, y, fused);
}

/* What the operator itself gives: of what is the same as an image it was made of, the odd row goes behind. */
static gboolean
find_cut (LatheTfliteIn *in, const LatheTfliteInOperator *step, Cut *cut)
{
  const LatheTfliteInTensor *image = lathe_tflite_in_tensor (in, lathe_tflite_in_input (step, 2));
  const LatheTfliteInTensor *weight = lathe_tflite_in_tensor (in, lathe_tflite_in_input (step, 1));
  const LatheTfliteInTensor *result = &in->tensors[lathe_flat_int_at (&step->outputs, 0)];
  guint8 padding = lathe_flat_get_byte (&step->options, LATHE_TFLITE_PADDING, LATHE_TFLITE_SAME);

  if (!is_image (image) || !is_image (weight) || !is_image (result))
    return FALSE;
  for (guint i = 0; i < 2; i++)
    {
      gint64 stride =
          lathe_flat_get_int (&step->options, i == 0 ? LATHE_TFLITE_STRIDE_HEIGHT : LATHE_TFLITE_STRIDE_WIDTH, 0);
      gint64 covered = ((gint64) image->dim[1 + i] - 1) * stride + weight->dim[1 + i];

      cut->kept[i] = result->dim[1 + i];
      cut->before[i] = padding == LATHE_TFLITE_SAME ? MAX (0, covered - cut->kept[i]) / 2 : 0;
    }
  return TRUE;
}

static void
say_transposed_conv (LatheTfliteIn *in)
{
  Cut cut;

  if (find_cut (in, in->step, &cut))
    say_transposed (in, in->step, &cut);
  else
    lathe_tflite_in_refuse (in);
}

/* Rows and columns of zeros behind what windows cover. */
static gboolean
add_more (LatheTfliteIn *in, const LatheTfliteInOperator *pad, Cut *cut)
{
  gint64 sides[8];
  guint n;

  if (!lathe_tflite_in_list (in, lathe_tflite_in_input (pad, 1), 8, sides, &n) || n != 8)
    return FALSE;
  for (guint i = 0; i < 8; i++)
    if (sides[i] < 0 || sides[i] > (i == 3 || i == 5 ? G_MAXUINT16 : 0))
      return FALSE;
  cut->kept[0] += sides[3];
  cut->kept[1] += sides[5];
  return TRUE;
}

/* A transposed convolution whose result is cut, and may have been padded before. */
static gboolean
find_transposed (LatheTfliteIn *in, gint32 tensor, const LatheTfliteInOperator **from, Cut *cut)
{
  const LatheTfliteInOperator *pad = lathe_tflite_in_maker (in, tensor, LATHE_TFLITE_PAD);

  *from =
      lathe_tflite_in_maker (in, pad != NULL ? lathe_tflite_in_input (pad, 0) : tensor, LATHE_TFLITE_TRANSPOSED_CONV);
  return *from != NULL &&
         lathe_flat_get_byte (&(*from)->options, LATHE_TFLITE_CONV_FUSED, 0) == LATHE_TFLITE_AS_IT_IS &&
         find_cut (in, *from, cut) && (pad == NULL || add_more (in, pad, cut));
}

static void
say_slice (LatheTfliteIn *in)
{
  const LatheTfliteInOperator *from;
  gint64 begin[4], size[4];
  guint n_begin, n_size;
  Cut cut;

  if (!lathe_tflite_in_list (in, lathe_tflite_in_input (in->step, 1), 4, begin, &n_begin) || n_begin != 4 ||
      !lathe_tflite_in_list (in, lathe_tflite_in_input (in->step, 2), 4, size, &n_size) || n_size != 4 ||
      begin[0] != 0 || begin[3] != 0 || begin[1] != CLAMP (begin[1], 0, G_MAXUINT16) ||
      begin[2] != CLAMP (begin[2], 0, G_MAXUINT16) || size[0] > 0 || size[3] > 0 ||
      !find_transposed (in, lathe_tflite_in_input (in->step, 0), &from, &cut))
    {
      lathe_tflite_in_refuse (in);
      return;
    }
  for (guint i = 0; i < 2; i++)
    {
      cut.kept[i] = size[1 + i] < 0 ? cut.kept[i] - begin[1 + i] : MIN (size[1 + i], cut.kept[i] - begin[1 + i]);
      cut.before[i] += begin[1 + i];
    }
  say_transposed (in, from, &cut);
}

/* --- Padding --- */

static void
say_pad (LatheTfliteIn *in)
{
  const LatheTfliteInOperator *from;
  const char *image, *y;
  Onnx__NodeProto *node;
  gint64 sides[8], pads[8];
  double number = 0;
  gint32 with = lathe_tflite_in_input (in->step, 2);
  guint n;
  Cut cut;

  if (!is_image (lathe_tflite_in_of (in, 0)) ||
      !lathe_tflite_in_list (in, lathe_tflite_in_input (in->step, 1), 8, sides, &n) || n != 8 ||
      (with != LATHE_TFLITE_NONE && !lathe_tflite_in_number (in, with, &number)))
    {
      lathe_tflite_in_refuse (in);
      return;
    }
  if (with == LATHE_TFLITE_NONE && find_transposed (in, lathe_tflite_in_input (in->step, 0), &from, &cut) &&
      add_more (in, in->step, &cut))
    {
      say_transposed (in, from, &cut);
      return;
    }
  for (guint end = 0; end < 2; end++)
    {
      pads[4 * end] = sides[end];
      pads[4 * end + 1] = sides[6 + end];
      pads[4 * end + 2] = sides[2 + end];
      pads[4 * end + 3] = sides[4 + end];
    }
  image = lathe_tflite_in_front (in, lathe_tflite_in_input (in->step, 0));
  y = lathe_tflite_in_fresh (in);
  node = lathe_tflite_in_node (in, "Pad", y, image, NULL);
  lathe_tflite_in_name (in, node);
  lathe_tflite_in_ints (in, node, "pads", 8, pads);
  lathe_tflite_in_float (in, node, "value", (float) number);
  lathe_tflite_in_give_front (in, y, LATHE_TFLITE_AS_IT_IS);
}

/* --- Pooling --- */

static void
say_pool (LatheTfliteIn *in)
{
  const gint64 kernel[] = {option (in, LATHE_TFLITE_POOL_HEIGHT, 0), option (in, LATHE_TFLITE_POOL_WIDTH, 0)};
  const char *image = lathe_tflite_in_front (in, lathe_tflite_in_input (in->step, 0)), *y = lathe_tflite_in_fresh (in);
  Onnx__NodeProto *node =
      lathe_tflite_in_node (in, in->step->op == LATHE_TFLITE_MAX_POOL ? "MaxPool" : "AveragePool", y, image, NULL);

  lathe_tflite_in_name (in, node);
  lathe_tflite_in_ints (in, node, "kernel_shape", 2, kernel);
  set_strides (in, node);
  set_padding (in, node);
  lathe_tflite_in_give_front (in, y, fused_at (in, LATHE_TFLITE_POOL_FUSED));
}

/* --- Resizing --- */

static void
say_resize (LatheTfliteIn *in)
{
  gboolean bilinear = in->step->op == LATHE_TFLITE_RESIZE_BILINEAR;
  guint first = bilinear ? 2 : 0; /* of the options are for bilinear the sides, which are an input by now */
  gboolean corners = lathe_flat_get_byte (&in->step->options, first, FALSE);
  gboolean half = lathe_flat_get_byte (&in->step->options, first + 1, FALSE);
  const LatheTfliteInTensor *from = lathe_tflite_in_of (in, 0);
  const char *image, *sizes, *y;
  Onnx__NodeProto *node;
  gint64 sides[2];
  guint n;

  if (!is_image (from) || !lathe_tflite_in_list (in, lathe_tflite_in_input (in->step, 1), 2, sides, &n) || n != 2)
    {
      lathe_tflite_in_refuse (in);
      return;
    }
  image = lathe_tflite_in_front (in, lathe_tflite_in_input (in->step, 0));
  sizes = lathe_tflite_in_constant (in, LATHE_ONNX_INT64, 4, (const gint64[]){1, from->dim[3], sides[0], sides[1]});
  y = lathe_tflite_in_fresh (in);
  node = lathe_tflite_in_node (in, "Resize", y, image, "", "", sizes, NULL);
  lathe_tflite_in_name (in, node);
  lathe_tflite_in_text (in, node, "mode", bilinear ? "linear" : "nearest");
  lathe_tflite_in_text (in, node, "coordinate_transformation_mode",
                        corners ? "align_corners"
                        : half  ? "half_pixel"
                                : "asymmetric");
  lathe_tflite_in_text (in, node, "nearest_mode", half ? "round_prefer_floor" : "floor");
  lathe_tflite_in_give_front (in, y, LATHE_TFLITE_AS_IT_IS);
}

const LatheTfliteInRow lathe_tflite_in_windows[] = {
    {LATHE_TFLITE_CONV, say_conv},
    {LATHE_TFLITE_DEPTHWISE_CONV, say_depthwise_conv},
    {LATHE_TFLITE_TRANSPOSED_CONV, say_transposed_conv},
    {LATHE_TFLITE_SLICE, say_slice},
    {LATHE_TFLITE_PAD, say_pad},
    {LATHE_TFLITE_PAD_WITH, say_pad},
    {LATHE_TFLITE_MAX_POOL, say_pool},
    {LATHE_TFLITE_AVERAGE_POOL, say_pool},
    {LATHE_TFLITE_RESIZE_BILINEAR, say_resize},
    {LATHE_TFLITE_RESIZE_NEAREST, say_resize},
    {0},
};
