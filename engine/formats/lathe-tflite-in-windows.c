/* lathe-tflite-in-windows.c: operators of TensorFlow Lite that move a window over an image.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe-onnx-in.h"
#include "lathe-tflite-in.h"

/* --- What they have in common --- */

static gint32
option (const LatheTfliteInOperator *step, guint slot, gint32 usual)
{
  return lathe_flat_get_int (&step->options, slot, usual);
}

static LatheTfliteFused
fused_at (const LatheTfliteInOperator *step, guint slot)
{
  return (LatheTfliteFused) lathe_flat_get_byte (&step->options, slot, LATHE_TFLITE_AS_IT_IS);
}

static gboolean
is_valid (const LatheTfliteInOperator *step)
{
  return lathe_flat_get_byte (&step->options, LATHE_TFLITE_PADDING, LATHE_TFLITE_SAME) == LATHE_TFLITE_VALID;
}

static gboolean
is_image (const LatheTfliteInTensor *tensor)
{
  return tensor != NULL && tensor->rank == 4;
}

/* Down, or across. */
static gint32
stride_of (const LatheTfliteInOperator *step, guint i)
{
  return option (step, i == 0 ? LATHE_TFLITE_STRIDE_HEIGHT : LATHE_TFLITE_STRIDE_WIDTH, 0);
}

static void
set_strides (LatheTfliteIn *in, Onnx__NodeProto *node, const LatheTfliteInOperator *step)
{
  const gint64 strides[] = {stride_of (step, 0), stride_of (step, 1)};

  lathe_tflite_in_ints (in, node, "strides", 2, strides);
}

static void
set_padding (LatheTfliteIn *in, Onnx__NodeProto *node, const LatheTfliteInOperator *step)
{
  lathe_tflite_in_text (in, node, "auto_pad", is_valid (step) ? "VALID" : "SAME_UPPER");
}

/* --- Convolutions --- */

/* How one is dilated by operators around it, as converters do: of every so many pixels an image of its own is made. */
typedef struct
{
  gint32 image;                 /* the tensor in front of them all */
  gint64 pads[4], dilations[2]; /* top, left, bottom and right; down and across */
} Spread;

/* @from: the convolution, whose images and weights have four dimensions
 * @spread: (nullable) */
static void
say_convolution (LatheTfliteIn *in, const LatheTfliteInOperator *from, const Spread *spread)
{
  gboolean depthwise = from->op == LATHE_TFLITE_DEPTHWISE_CONV;
  guint dilation = depthwise ? LATHE_TFLITE_DEPTHWISE_DILATION_WIDTH : LATHE_TFLITE_CONV_DILATION_WIDTH;
  const gint64 dilations[] = {option (from, dilation + 1, 1), option (from, dilation, 1)};
  gint32 channels = in->tensors[lathe_tflite_in_input (from, 0)].dim[3];
  gint32 of_a_group = depthwise ? 1 : in->tensors[lathe_tflite_in_input (from, 1)].dim[3];
  gint32 biased = lathe_tflite_in_input (from, 2);
  const char *image = lathe_tflite_in_front (in, spread != NULL ? spread->image : lathe_tflite_in_input (from, 0));
  const char *weight = lathe_tflite_in_behind (in, lathe_tflite_in_input (from, 1));
  const char *bias = biased != LATHE_TFLITE_NONE ? lathe_tflite_in_behind (in, biased) : NULL;
  const char *y = lathe_tflite_in_fresh (in);
  Onnx__NodeProto *node = lathe_tflite_in_node (in, "Conv", y, image, weight, bias, NULL);

  lathe_tflite_in_name (in, node);
  set_strides (in, node, from);
  if (spread != NULL)
    lathe_tflite_in_ints (in, node, "pads", 4, spread->pads);
  else
    set_padding (in, node, from);
  lathe_tflite_in_ints (in, node, "dilations", 2, spread != NULL ? spread->dilations : dilations);
  lathe_tflite_in_int (in, node, "group", channels / of_a_group);
  lathe_tflite_in_int (in, node, LATHE_ONNX_FILTERS,
                       depthwise ? LATHE_ONNX_FILTERS_DEPTHWISE : LATHE_ONNX_FILTERS_CHANNELS_LAST);
  lathe_tflite_in_give_front (in, y,
                              fused_at (from, depthwise ? LATHE_TFLITE_DEPTHWISE_FUSED : LATHE_TFLITE_CONV_FUSED));
}

static gboolean
is_convolution (LatheTfliteIn *in, const LatheTfliteInOperator *step)
{
  const LatheTfliteInTensor *weight = lathe_tflite_in_tensor (in, lathe_tflite_in_input (step, 1));

  return is_image (lathe_tflite_in_tensor (in, lathe_tflite_in_input (step, 0))) && is_image (weight) &&
         weight->dim[3] > 0;
}

static void
say_conv (LatheTfliteIn *in)
{
  if (is_convolution (in, in->step))
    say_convolution (in, in->step, NULL);
  else
    lathe_tflite_in_refuse (in);
}

/* What was taken apart is put together again, and a rim of it cut off, which is so much less of padding. */
static gboolean
find_spread (LatheTfliteIn *in, const LatheTfliteInOperator **conv, Spread *spread)
{
  gint32 inner = lathe_tflite_in_input (in->step, 0);
  const LatheTfliteInOperator *apart;
  gint64 blocks[2], pads[4], crops[4];
  guint n_blocks, n_dilations, n_pads, n_crops;

  *conv = lathe_tflite_in_maker (in, inner, LATHE_TFLITE_CONV);
  if (*conv == NULL)
    *conv = lathe_tflite_in_maker (in, inner, LATHE_TFLITE_DEPTHWISE_CONV);
  if (*conv == NULL || !is_convolution (in, *conv) || !is_valid (*conv) || stride_of (*conv, 0) != 1 ||
      stride_of (*conv, 1) != 1)
    return FALSE;
  apart = lathe_tflite_in_maker (in, lathe_tflite_in_input (*conv, 0), LATHE_TFLITE_SPACE_TO_BATCH);
  if (apart == NULL ||
      !lathe_tflite_in_list (in, lathe_tflite_in_input (apart, 1), 2, spread->dilations, &n_dilations) ||
      !lathe_tflite_in_list (in, lathe_tflite_in_input (apart, 2), 4, pads, &n_pads) ||
      !lathe_tflite_in_list (in, lathe_tflite_in_input (in->step, 1), 2, blocks, &n_blocks) ||
      !lathe_tflite_in_list (in, lathe_tflite_in_input (in->step, 2), 4, crops, &n_crops) || n_dilations != 2 ||
      n_pads != 4 || n_blocks != 2 || n_crops != 4 || memcmp (blocks, spread->dilations, sizeof blocks) != 0)
    return FALSE;
  for (guint side = 0; side < 4; side++)
    {
      if (pads[side] < 0 || pads[side] > G_MAXUINT16 || crops[side] < 0 || crops[side] > pads[side])
        return FALSE;
      spread->pads[side % 2 * 2 + side / 2] = pads[side] - crops[side];
    }
  spread->image = lathe_tflite_in_input (apart, 0);
  return spread->image != LATHE_TFLITE_NONE;
}

static void
say_dilated (LatheTfliteIn *in)
{
  const LatheTfliteInOperator *conv;
  Spread spread;

  if (find_spread (in, &conv, &spread))
    say_convolution (in, conv, &spread);
  else
    lathe_tflite_in_refuse (in);
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
  const LatheTfliteInTensor *image = lathe_tflite_in_tensor (in, lathe_tflite_in_input (from, 2));
  const LatheTfliteInTensor *weight = lathe_tflite_in_tensor (in, lathe_tflite_in_input (from, 1));
  gint32 biased = lathe_tflite_in_input (from, 3);
  const char *front = lathe_tflite_in_front (in, lathe_tflite_in_input (from, 2));
  const char *filters = lathe_tflite_in_behind (in, lathe_tflite_in_input (from, 1));
  const char *bias = biased != LATHE_TFLITE_NONE ? lathe_tflite_in_behind (in, biased) : NULL;
  const char *y = lathe_tflite_in_fresh (in);
  gint64 pads[4], more[2];
  Onnx__NodeProto *node = lathe_tflite_in_node (in, "ConvTranspose", y, front, filters, bias, NULL);

  lathe_tflite_in_name (in, node);
  set_strides (in, node, from);
  for (guint i = 0; i < 2; i++)
    {
      gint64 covered = ((gint64) image->dim[1 + i] - 1) * stride_of (from, i) + weight->dim[1 + i];

      pads[i] = cut->before[i];
      pads[2 + i] = MAX (0, covered - cut->before[i] - cut->kept[i]);
      more[i] = MAX (0, cut->before[i] + cut->kept[i] - covered);
    }
  lathe_tflite_in_ints (in, node, "pads", 4, pads);
  lathe_tflite_in_ints (in, node, "output_padding", 2, more);
  lathe_tflite_in_int (in, node, LATHE_ONNX_FILTERS, LATHE_ONNX_FILTERS_CHANNELS_LAST);
  lathe_tflite_in_give_front (in, y, fused_at (from, LATHE_TFLITE_CONV_FUSED));
}

/* What the operator itself gives: of what is the same as an image it was made of, the odd row goes behind. */
static gboolean
find_cut (LatheTfliteIn *in, const LatheTfliteInOperator *step, Cut *cut)
{
  const LatheTfliteInTensor *image = lathe_tflite_in_tensor (in, lathe_tflite_in_input (step, 2));
  const LatheTfliteInTensor *weight = lathe_tflite_in_tensor (in, lathe_tflite_in_input (step, 1));
  const LatheTfliteInTensor *result = &in->tensors[lathe_flat_int_at (&step->outputs, 0)];

  if (!is_image (image) || !is_image (weight) || !is_image (result))
    return FALSE;
  for (guint i = 0; i < 2; i++)
    {
      gint64 stride =
          lathe_flat_get_int (&step->options, i == 0 ? LATHE_TFLITE_STRIDE_HEIGHT : LATHE_TFLITE_STRIDE_WIDTH, 0);
      gint64 covered = ((gint64) image->dim[1 + i] - 1) * stride + weight->dim[1 + i];

      cut->kept[i] = result->dim[1 + i];
      cut->before[i] = is_valid (step) ? 0 : MAX (0, covered - cut->kept[i]) / 2;
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
  return *from != NULL && fused_at (*from, LATHE_TFLITE_CONV_FUSED) == LATHE_TFLITE_AS_IT_IS &&
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
  const gint64 kernel[] = {option (in->step, LATHE_TFLITE_POOL_HEIGHT, 0),
                           option (in->step, LATHE_TFLITE_POOL_WIDTH, 0)};
  const char *image = lathe_tflite_in_front (in, lathe_tflite_in_input (in->step, 0)), *y = lathe_tflite_in_fresh (in);
  Onnx__NodeProto *node =
      lathe_tflite_in_node (in, in->step->op == LATHE_TFLITE_MAX_POOL ? "MaxPool" : "AveragePool", y, image, NULL);

  lathe_tflite_in_name (in, node);
  lathe_tflite_in_ints (in, node, "kernel_shape", 2, kernel);
  set_strides (in, node, in->step);
  set_padding (in, node, in->step);
  lathe_tflite_in_give_front (in, y, fused_at (in->step, LATHE_TFLITE_POOL_FUSED));
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
    {LATHE_TFLITE_DEPTHWISE_CONV, say_conv},
    {LATHE_TFLITE_BATCH_TO_SPACE, say_dilated},
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
