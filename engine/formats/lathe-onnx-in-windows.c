/* lathe-onnx-in-windows.c: operators that move a window over an image, as layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "layers/lathe-activation.h"

/* Down and across. */
typedef struct
{
  guint kernel[2], stride[2], dilation[2], before[2], after[2];
  gboolean same;   /* as Lathe's “same” is */
  gboolean padded; /* anything is, but for what a last window needs that is cut */
} Windows;

static guint
reach (const Windows *w, guint i)
{
  return (w->kernel[i] - 1) * w->dilation[i] + 1;
}

/* What “same” needs, of which the odd one goes in front or behind. */
static void
pad_same (Windows *w, const guint in[2], gboolean lower)
{
  for (guint i = 0; i < 2; i++)
    {
      guint out = (in[i] + w->stride[i] - 1) / w->stride[i], full = (out - 1) * w->stride[i] + reach (w, i);
      guint missing = full > in[i] ? full - in[i] : 0;

      w->before[i] = lower ? missing - missing / 2 : missing / 2;
      w->after[i] = missing - w->before[i];
    }
}

/* A last window that hangs over the edge counts, unless it lies behind all pixels. */
static void
pad_ceil (Windows *w, const guint in[2])
{
  for (guint i = 0; i < 2; i++)
    {
      guint full = in[i] + w->before[i] + w->after[i], room, last;

      if (full < reach (w, i))
        continue;
      room = full - reach (w, i);
      last = (room + w->stride[i] - 1) / w->stride[i];
      if (last * w->stride[i] >= in[i] + w->before[i])
        last--;
      if (last * w->stride[i] > room)
        w->after[i] += last * w->stride[i] - room;
    }
}

/* @size: of the image, without a rim that a Pad in front has put around it, which “same” counts as well */
static gboolean
read_windows (LatheOnnxIn *in, const LatheOnnxValue *value, const guint size[2], const gint64 *kernel, Windows *w)
{
  gboolean rimmed = value->half == LATHE_ONNX_PADDED;
  const guint whole[] = {size[0] + (rimmed ? value->rim[0] + value->rim[2] : 0),
                         size[1] + (rimmed ? value->rim[1] + value->rim[3] : 0)};
  gint64 strides[2], dilations[2], pads[4];

  *w = (Windows){0};
  if (!lathe_onnx_in_ints (in, "strides", 2, 1, 1, strides) ||
      !lathe_onnx_in_ints (in, "dilations", 2, 1, 1, dilations) || !lathe_onnx_in_ints (in, "pads", 4, 0, 0, pads))
    return FALSE;
  for (guint i = 0; i < 2; i++)
    {
      w->kernel[i] = (guint) kernel[i];
      w->stride[i] = (guint) strides[i];
      w->dilation[i] = (guint) dilations[i];
      w->before[i] = (guint) pads[i];
      w->after[i] = (guint) pads[2 + i];
      if (kernel[i] < 1 || kernel[i] > 1024 || (guint64) kernel[i] * (guint64) dilations[i] > G_MAXUINT16)
        {
          lathe_onnx_in_refuse (in, _ ("its window is larger than any that Lathe has"));
          return FALSE;
        }
    }
  if (lathe_onnx_in_string_is (in, "auto_pad", "SAME_UPPER", "NOTSET"))
    pad_same (w, whole, FALSE);
  else if (lathe_onnx_in_string_is (in, "auto_pad", "SAME_LOWER", "NOTSET"))
    pad_same (w, whole, TRUE);
  else if (lathe_onnx_in_string_is (in, "auto_pad", "VALID", "NOTSET"))
    memset (w->before, 0, sizeof w->before + sizeof w->after);
  w->padded = w->before[0] + w->before[1] + w->after[0] + w->after[1] > 0;
  return TRUE;
}

/* A rim that a Pad in front has put around the image. */
static void
take_rim (Windows *w, LatheOnnxValue *value)
{
  if (value->half != LATHE_ONNX_PADDED)
    return;
  for (guint i = 0; i < 2; i++)
    {
      w->before[i] += value->rim[i];
      w->after[i] += value->rim[2 + i];
    }
  w->padded = TRUE;
  value->half = LATHE_ONNX_WHOLE;
}

/* Whether “same” would give the same windows. */
static gboolean
is_same (const Windows *w, const guint in[2])
{
  for (guint i = 0; i < 2; i++)
    {
      LatheAxis axis = {.in = in[i], .kernel = w->kernel[i], .stride = w->stride[i], .dilation = w->dilation[i]};
      LatheAxis same = lathe_axis_pad (axis, LATHE_PADDING_SAME, 0, 0);
      LatheAxis given = lathe_axis_pad (axis, LATHE_PADDING_EXPLICIT, w->before[i], w->after[i]);

      if (same.out != given.out || same.before != w->before[i])
        return FALSE;
    }
  return TRUE;
}

static gboolean
set_pair (LatheOnnxIn *in, LatheNode *node, const char *name, const guint values[2])
{
  g_autofree char *height = g_strconcat (name, "-height", NULL), *width = g_strconcat (name, "-width", NULL);

  return lathe_onnx_in_set (in, node, height, values[0]) && lathe_onnx_in_set (in, node, width, values[1]);
}

static gboolean
set_padding (LatheOnnxIn *in, LatheNode *node, const Windows *w, const guint size[2])
{
  gboolean none = w->before[0] + w->before[1] + w->after[0] + w->after[1] == 0;

  if (none || (size != NULL && is_same (w, size)))
    return lathe_onnx_in_set (in, node, "padding", none ? LATHE_PADDING_VALID : LATHE_PADDING_SAME);
  return lathe_onnx_in_set (in, node, "padding", LATHE_PADDING_EXPLICIT) &&
         lathe_onnx_in_set (in, node, "padding-top", w->before[0]) &&
         lathe_onnx_in_set (in, node, "padding-bottom", w->after[0]) &&
         lathe_onnx_in_set (in, node, "padding-left", w->before[1]) &&
         lathe_onnx_in_set (in, node, "padding-right", w->after[1]);
}

static gboolean
set_windows (LatheOnnxIn *in, LatheNode *node, const char *window, const Windows *w, const guint size[2])
{
  return set_pair (in, node, window, w->kernel) && set_pair (in, node, "stride", w->stride) &&
         (lathe_layer_kind_property (node->kind, "dilation-height") < 0 ||
          set_pair (in, node, "dilation", w->dilation)) &&
         set_padding (in, node, w, size);
}

/* --- Convolutions --- */

/* Channels first: so many of them, and their image's sides. */
static gboolean
take_image (LatheOnnxIn *in, LatheOnnxValue *value, guint size[2])
{
  if (!lathe_onnx_in_to_image (in, value))
    return FALSE;
  size[0] = value->shape.dim[0];
  size[1] = value->shape.dim[1];
  return TRUE;
}

/* Its weights: how many there are along each dimension, and how far apart they lie. */
typedef struct
{
  const LatheOnnxConstant *constant;
  gint64 groups, filters, channels, kernel[2]; /* filters of all groups, channels of one; transposed, of all as well */
  gsize by_filter, by_channel, by_row, by_column;
} Filters;

/* As ONNX has them, filters × channels of a group × window; transposed, channels × filters of a group × window. */
static void
lay_usual (Filters *f, gboolean transposed)
{
  const gint64 *dim = f->constant->dim;
  gsize window = (gsize) dim[2] * (gsize) dim[3], row = (gsize) dim[1] * window;

  f->kernel[0] = dim[2];
  f->kernel[1] = dim[3];
  f->by_row = (gsize) dim[3];
  f->by_column = 1;
  f->filters = transposed ? dim[1] : dim[0];
  f->channels = transposed ? dim[0] : dim[1];
  f->by_filter = transposed ? window : row;
  f->by_channel = transposed ? row : window;
}

/* As another format has them: see LatheOnnxFilters. */
static void
lay_foreign (Filters *f, gboolean depthwise)
{
  const gint64 *dim = f->constant->dim;

  f->kernel[0] = dim[1];
  f->kernel[1] = dim[2];
  f->by_column = (gsize) dim[3];
  f->by_row = (gsize) dim[2] * f->by_column;
  f->filters = depthwise ? dim[3] : dim[0];
  f->channels = depthwise ? dim[0] : dim[3];
  f->by_filter = depthwise ? 1 : (gsize) dim[1] * f->by_row;
  f->by_channel = 1;
}

/* The weights, once it is sure that they are for as many channels as there are. */
static gboolean
take_filters (LatheOnnxIn *in, const LatheOnnxValue *value, gboolean transposed, Filters *f)
{
  gint64 channels = value->shape.dim[2], lie = in->foreign != NULL ? lathe_onnx_in_int (in, LATHE_ONNX_FILTERS, 0) : 0;

  *f = (Filters){.constant = lathe_onnx_in_constant (in, 1), .groups = lathe_onnx_in_int (in, "group", 1)};
  if (f->constant == NULL || f->constant->rank != 4 || f->constant->n == 0 || f->groups < 1 || f->groups > channels ||
      channels % f->groups != 0)
    {
      lathe_onnx_in_refuse (in, f->constant == NULL ? _ ("its weights are worked out while it runs")
                                                    : _ ("its weights are not of the shape that it needs"));
      return FALSE;
    }
  if (lie == LATHE_ONNX_FILTERS_USUAL)
    lay_usual (f, transposed);
  else
    lay_foreign (f, lie == LATHE_ONNX_FILTERS_DEPTHWISE);
  f->filters *= transposed ? f->groups : 1;
  if (!f->constant->swapped && f->channels == (transposed ? channels : channels / f->groups) &&
      f->filters % f->groups == 0 && f->filters <= G_MAXUINT16 + 1)
    return TRUE;
  lathe_onnx_in_refuse (in, _ ("its weights are not for the %d channels that come"), (int) channels);
  return FALSE;
}

static gboolean
load_weight (LatheOnnxIn *in, const LatheNode *node, const Filters *f, gboolean transposed)
{
  gsize height = (gsize) f->kernel[0], width = (gsize) f->kernel[1], groups = (gsize) f->groups;
  gsize channels = (gsize) f->channels, of_a_group = channels / groups;
  const gsize conv[] = {height, width, channels, (gsize) f->filters};
  const gsize by_conv[] = {f->by_row, f->by_column, f->by_channel, f->by_filter};
  const gsize back[] = {height, width, of_a_group, groups, (gsize) f->filters / groups};
  const gsize by_back[] = {f->by_row, f->by_column, f->by_channel, of_a_group * f->by_channel, f->by_filter};

  return transposed ? lathe_onnx_in_load (in, node, "weight", f->constant, back, by_back, 5, 1)
                    : lathe_onnx_in_load (in, node, "weight", f->constant, conv, by_conv, 4, 1);
}

static gboolean
set_convolution (LatheOnnxIn *in, LatheNode *node, const Filters *f)
{
  const LatheOnnxConstant *bias = lathe_onnx_in_constant (in, 2);

  if (!lathe_onnx_in_set (in, node, "filters", (double) f->filters) ||
      !lathe_onnx_in_set (in, node, "groups", (double) f->groups) ||
      !lathe_onnx_in_set (in, node, "bias", bias != NULL ? 1 : 0))
    return FALSE;
  return bias == NULL || lathe_onnx_in_load_vector (in, node, "bias", bias, (gsize) f->filters, 1);
}

static void
give_image (LatheOnnxIn *in, LatheNode *node, LatheOnnxValue *value)
{
  if (!lathe_onnx_in_connect (in, node, &value, 1, value))
    return;
  lathe_onnx_in_lay (value, 4, 1);
  lathe_onnx_in_give (in, value);
}

static void
take_conv (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  LatheNode *node;
  guint size[2];
  Filters f;
  Windows w;

  if (!take_image (in, value, size) || !take_filters (in, value, FALSE, &f) ||
      !read_windows (in, value, size, f.kernel, &w))
    return;
  if (value->half == LATHE_ONNX_PADDED && value->rim_value != 0)
    {
      lathe_onnx_in_refuse (in, _ ("it comes behind a padding with other numbers than 0"));
      return;
    }
  take_rim (&w, value);
  node = lathe_onnx_in_layer (in, "conv2d", TRUE);
  if (node != NULL && set_convolution (in, node, &f) && set_windows (in, node, "kernel", &w, size) &&
      load_weight (in, node, &f, FALSE))
    give_image (in, node, value);
}

/* How much of what the windows cover is cut off, where the size that is wanted says so: the odd one goes behind, or in
 * front where what is to be the same is counted from there. */
static gboolean
cut_to_shape (LatheOnnxIn *in, const guint size[2], Windows *w, gint64 more[2])
{
  gboolean upper = lathe_onnx_in_string_is (in, "auto_pad", "SAME_UPPER", "NOTSET");
  gboolean lower = lathe_onnx_in_string_is (in, "auto_pad", "SAME_LOWER", "NOTSET");
  gint64 wanted[2];

  if (!lathe_onnx_in_ints (in, "output_padding", 2, 0, 0, more) ||
      !lathe_onnx_in_ints (in, "output_shape", 2, 0, 1, wanted))
    return FALSE;
  for (guint i = 0; i < 2; i++)
    {
      gint64 covered = ((gint64) size[i] - 1) * w->stride[i] + reach (w, i) + more[i], cut;

      if (wanted[i] == 0 && (upper || lower))
        wanted[i] = (gint64) size[i] * w->stride[i];
      if (wanted[i] == 0)
        continue;
      cut = CLAMP (covered - wanted[i], 0, G_MAXUINT16);
      more[i] += MAX (0, wanted[i] - covered);
      w->before[i] = (guint) (upper ? cut / 2 : cut - cut / 2);
      w->after[i] = (guint) cut - w->before[i];
    }
  return TRUE;
}

static void
take_conv_transpose (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  LatheNode *node;
  gint64 more[2];
  guint size[2];
  Filters f;
  Windows w;

  if (!take_image (in, value, size) || !take_filters (in, value, TRUE, &f) ||
      !read_windows (in, value, size, f.kernel, &w) || !cut_to_shape (in, size, &w, more))
    return;
  node = lathe_onnx_in_layer (in, "transposed-conv2d", TRUE);
  if (node != NULL && set_convolution (in, node, &f) && set_windows (in, node, "kernel", &w, NULL) &&
      lathe_onnx_in_set (in, node, "output-padding-height", (double) more[0]) &&
      lathe_onnx_in_set (in, node, "output-padding-width", (double) more[1]) && load_weight (in, node, &f, TRUE))
    give_image (in, node, value);
}

/* --- Pooling --- */

static gboolean
read_pool (LatheOnnxIn *in, LatheOnnxValue *value, guint size[2], Windows *w)
{
  gint64 kernel[2];

  if (!take_image (in, value, size) || !lathe_onnx_in_ints (in, "kernel_shape", 2, 1, 1, kernel) ||
      !read_windows (in, value, size, kernel, w))
    return FALSE;
  if (w->dilation[0] == 1 && w->dilation[1] == 1)
    return TRUE;
  lathe_onnx_in_refuse (in, _ ("its windows are dilated, which those of pooling cannot be"));
  return FALSE;
}

static void
give_pool (LatheOnnxIn *in, const char *kind, LatheOnnxValue *value, const Windows *w, const guint size[2])
{
  LatheNode *node = lathe_onnx_in_layer (in, kind, TRUE);

  if (node != NULL && set_windows (in, node, "pool", w, size))
    give_image (in, node, value);
}

/* Whether no number can be below 0, so that zeros around them change no largest one. */
static gboolean
is_positive (const LatheNode *node)
{
  static const char *const positive[] = {"relu", "relu6", "sigmoid", "softmax", "hard-sigmoid", "softplus", NULL};
  int own = lathe_layer_kind_property (node->kind, "activation");
  const char *activation = own >= 0 ? lathe_activation_names[(int) node->properties.value[own]] : node->kind->name;

  return g_strv_contains (positive, activation);
}

static void
take_max_pool (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  guint size[2];
  Windows w;

  if (!read_pool (in, value, size, &w))
    return;
  if (value->half == LATHE_ONNX_PADDED && value->rim_value > -1e30 &&
      (value->rim_value != 0 || !is_positive (value->node)))
    {
      lathe_onnx_in_refuse (in, _ ("it comes behind a padding whose numbers may be the largest"));
      return;
    }
  take_rim (&w, value);
  if (lathe_onnx_in_int (in, "ceil_mode", 0) != 0)
    pad_ceil (&w, size);
  give_pool (in, "max-pool", value, &w, size);
}

/* A mean that counts the padding is a convolution whose weights are all alike. */
static void
take_full_mean (LatheOnnxIn *in, LatheOnnxValue *value, const Windows *w, const guint size[2])
{
  guint channels = value->shape.dim[2];
  LatheNode *node = lathe_onnx_in_layer (in, "conv2d", TRUE);

  if (node == NULL || !lathe_onnx_in_set (in, node, "filters", channels) ||
      !lathe_onnx_in_set (in, node, "groups", channels) || !lathe_onnx_in_set (in, node, "bias", 0) ||
      !lathe_onnx_in_set (in, node, "frozen", 1) || !set_windows (in, node, "kernel", w, size))
    return;
  lathe_onnx_in_fill (in, node, "weight", 1.0 / (w->kernel[0] * w->kernel[1]));
  give_image (in, node, value);
}

static void
take_average_pool (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  gboolean counts = lathe_onnx_in_int (in, "count_include_pad", 0) != 0, rim, ceil;
  guint size[2];
  Windows w, padded;

  if (!read_pool (in, value, size, &w))
    return;
  rim = value->half == LATHE_ONNX_PADDED;
  if (rim && (value->rim_value != 0 || (w.padded && !counts)))
    {
      lathe_onnx_in_refuse (in, _ ("it comes behind a padding that it would count otherwise"));
      return;
    }
  take_rim (&w, value);
  padded = w;
  ceil = lathe_onnx_in_int (in, "ceil_mode", 0) != 0;
  if (ceil)
    pad_ceil (&w, size);
  if (!w.padded || !(counts || rim))
    give_pool (in, "average-pool", value, &w, size);
  else if (memcmp (&padded, &w, sizeof w) == 0)
    take_full_mean (in, value, &w, size);
  else
    lathe_onnx_in_refuse (in, _ ("it counts some of the padding, and some not"));
}

/* --- Resizing --- */

/* How many times as large each side becomes. */
static gboolean
find_factors (LatheOnnxIn *in, const LatheOnnxValue *value, guint size[2])
{
  guint last = (guint) in->node->n_input - 1;
  const LatheOnnxConstant *scales = lathe_onnx_in_constant (in, last == 1 ? 1 : 2);
  const LatheOnnxConstant *sizes = lathe_onnx_in_constant (in, 3);
  double factor[2];

  if ((scales == NULL || scales->n != 4) && (sizes == NULL || sizes->n != 4))
    return FALSE;
  for (guint i = 0; i < 2; i++)
    {
      factor[i] = scales != NULL && scales->n == 4
                      ? lathe_onnx_constant_real (scales, 2 + i)
                      : (double) lathe_onnx_constant_int (sizes, 2 + i) / value->shape.dim[i];
      if (!(factor[i] >= 1 && factor[i] <= 64) || factor[i] != floor (factor[i]))
        return FALSE;
      size[i] = (guint) factor[i];
    }
  if (scales != NULL && scales->n == 4)
    return lathe_onnx_constant_real (scales, 0) == 1 && lathe_onnx_constant_real (scales, 1) == 1;
  return lathe_onnx_constant_int (sizes, 1) == value->shape.dim[2];
}

/* Whether the way of finding pixels is Lathe's: see lathe-up-sampling.c. */
static gboolean
finds_alike (LatheOnnxIn *in, gboolean bilinear)
{
  gboolean older = lathe_onnx_in_is_operator (in->node, "Upsample") || in->opset < 11;
  const char *way = "coordinate_transformation_mode", *usual = older ? "asymmetric" : "half_pixel";
  gboolean half = lathe_onnx_in_string_is (in, way, "half_pixel", usual) ||
                  lathe_onnx_in_string_is (in, way, "pytorch_half_pixel", usual);
  const char *rounding = older ? "floor" : "round_prefer_floor";

  if (bilinear)
    return half;
  if (half)
    return lathe_onnx_in_string_is (in, "nearest_mode", "round_prefer_floor", rounding) ||
           lathe_onnx_in_string_is (in, "nearest_mode", "round_prefer_ceil", rounding);
  return lathe_onnx_in_string_is (in, way, "asymmetric", usual) &&
         lathe_onnx_in_string_is (in, "nearest_mode", "floor", rounding);
}

static void
take_resize (LatheOnnxIn *in)
{
  LatheOnnxValue *value = lathe_onnx_in_value (in, 0);
  gboolean bilinear = lathe_onnx_in_string_is (in, "mode", "linear", "nearest") ||
                      lathe_onnx_in_string_is (in, "mode", "bilinear", "nearest");
  guint factor[2];
  LatheNode *node;

  if (!lathe_onnx_in_to_image (in, value))
    return;
  if ((!bilinear && !lathe_onnx_in_string_is (in, "mode", "nearest", "nearest")) || !finds_alike (in, bilinear) ||
      lathe_onnx_in_int (in, "antialias", 0) != 0)
    {
      lathe_onnx_in_refuse (in, _ ("it finds its pixels in another way than Lathe’s up-sampling"));
      return;
    }
  if (!find_factors (in, value, factor))
    {
      lathe_onnx_in_refuse (in, _ ("it makes the image larger by other than whole factors"));
      return;
    }
  node = lathe_onnx_in_layer (in, "up-sampling", TRUE);
  if (node != NULL && set_pair (in, node, "scale", factor) && lathe_onnx_in_set (in, node, "method", bilinear))
    give_image (in, node, value);
}

const LatheOnnxOperator lathe_onnx_windows[] = {
    {"Conv", take_conv},
    {"ConvTranspose", take_conv_transpose},
    {"MaxPool", take_max_pool},
    {"AveragePool", take_average_pool},
    {"Resize", take_resize},
    {"Upsample", take_resize},
    {NULL},
};
