/* subjects.c: small graphs around each layer, with random shapes and properties.
 *
 * Max-pooling and ReLU have corners, where there is no slope; inputs are drawn so that none lies within the nudge.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "subjects.h"

#include "layers/lathe-activation.h"
#include "layers/lathe-weights.h"

/* Any beginning, any penalty; now and then frozen. */
static void
set_weights (LatheGraph *graph, LatheNode *node, Draws *draws)
{
  int frozen;

  set (graph, node, "initialiser", draw (draws, 0, LATHE_N_INITIALISER_CHOICES - 1));
  set (graph, node, "initialiser-scale", draw (draws, 0, 10) / 10.0 - 0.3);
  frozen = (int) draw (draws, 0, 4) - 2;
  set (graph, node, "frozen", MAX (frozen, LATHE_FROZEN_NO));
  set (graph, node, "l1", draw (draws, 0, 3) == 0 ? 0.01 : 0);
  set (graph, node, "l2", draw (draws, 0, 3) == 0 ? 0.03 : 0);
  set (graph, node, "max-norm", draw (draws, 0, 1));
}

static LatheNode *
add_convolution (LatheGraph *graph, LatheNode *from, guint filters)
{
  LatheNode *conv = add_after (graph, from, "conv2d");

  set (graph, conv, "filters", filters);
  set (graph, conv, "kernel-height", 1);
  set (graph, conv, "kernel-width", 1);
  return conv;
}

/* --- What has weights --- */

static LatheNode *
make_conv2d (LatheGraph *graph, Draws *draws, const char *kind)
{
  guint kernel_height = draw (draws, 1, 5), kernel_width = draw (draws, 1, 4);
  LatheNode *tail = add_tail (graph, draws, kernel_height + draw (draws, 0, 6), kernel_width + draw (draws, 0, 6),
                              draw (draws, 1, 5));
  LatheNode *conv = add_after (graph, tail, kind);

  set (graph, conv, "filters", draw (draws, 1, 37));
  set (graph, conv, "kernel-height", kernel_height);
  set (graph, conv, "kernel-width", kernel_width);
  set (graph, conv, "stride-height", draw (draws, 1, 3));
  set (graph, conv, "stride-width", draw (draws, 1, 6));
  set (graph, conv, "padding", draw (draws, 0, 1));
  set (graph, conv, "activation", draw (draws, 0, LATHE_N_ACTIVATIONS - 1));
  set (graph, conv, "bias", draw (draws, 0, 2) > 0);
  set_weights (graph, conv, draws);
  return conv;
}

/* 3×3 with channels enough for Winograd's algorithm; sides that tiles of 4×4 cover and others that they hang over. Of
 * so many outputs a nudge would take one or another over the bend of a ReLU. */
static LatheNode *
make_winograd (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *conv = add_after (
      graph, add_tail (graph, draws, draw (draws, 5, 11), draw (draws, 5, 11), 16 * draw (draws, 1, 2)), kind);

  set (graph, conv, "filters", 16 * draw (draws, 1, 2));
  set (graph, conv, "padding", draw (draws, 0, 2));
  set (graph, conv, "padding-top", draw (draws, 0, 2));
  set (graph, conv, "padding-bottom", draw (draws, 0, 2));
  set (graph, conv, "padding-left", draw (draws, 0, 2));
  set (graph, conv, "padding-right", draw (draws, 0, 2));
  set (graph, conv, "activation", draw (draws, 0, 1) == 0 ? LATHE_ACTIVATION_NONE : LATHE_ACTIVATION_TANH);
  return conv;
}

/* Groups, dilation and sides of their own, together; now and then depthwise. */
static LatheNode *
make_general_conv2d (LatheGraph *graph, Draws *draws, const char *kind)
{
  static const char *const sides[2][2] = {{"padding-top", "padding-bottom"}, {"padding-left", "padding-right"}};
  guint groups = draw (draws, 1, 5), depthwise = draw (draws, 0, 2) == 0;
  guint in = groups * (depthwise ? 1 : draw (draws, 1, 3)), out = depthwise ? in : groups * draw (draws, 1, 20);
  guint kernel[2] = {draw (draws, 1, 4), draw (draws, 1, 4)}, dilation[2] = {draw (draws, 1, 3), draw (draws, 1, 3)};
  guint window[2], padding = draw (draws, 0, 2);
  LatheNode *conv;

  for (int i = 0; i < 2; i++)
    window[i] = (kernel[i] - 1) * dilation[i] + 1;
  conv = add_after (graph, add_tail (graph, draws, window[0] + draw (draws, 0, 4), window[1] + draw (draws, 0, 4), in),
                    kind);
  set (graph, conv, "filters", out);
  set (graph, conv, "groups", groups);
  set (graph, conv, "kernel-height", kernel[0]);
  set (graph, conv, "kernel-width", kernel[1]);
  set (graph, conv, "dilation-height", dilation[0]);
  set (graph, conv, "dilation-width", dilation[1]);
  set (graph, conv, "stride-height", draw (draws, 1, 3));
  set (graph, conv, "stride-width", draw (draws, 1, 4));
  set (graph, conv, "padding", padding);
  set (graph, conv, "bias", draw (draws, 0, 1));
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++)
      set (graph, conv, sides[i][j], draw (draws, 0, window[i] - 1));
  return conv;
}

/* From small images on: size 1, windows that do not touch, sides that cut much off. */
static LatheNode *
make_transposed (LatheGraph *graph, Draws *draws, const char *kind)
{
  static const char *const sides[2][2] = {{"padding-top", "padding-bottom"}, {"padding-left", "padding-right"}};
  static const char *const axes[2] = {"height", "width"};
  guint groups = draw (draws, 0, 1) ? 1 : draw (draws, 2, 4), depthwise = draw (draws, 0, 3) == 0;
  guint in = groups * (depthwise ? 1 : draw (draws, 1, 4)), out = depthwise ? in : groups * draw (draws, 1, 9);
  guint size[2] = {draw (draws, 1, 5), draw (draws, 1, 5)};
  LatheNode *conv = add_after (graph, add_tail (graph, draws, size[0], size[1], in), kind);

  set (graph, conv, "filters", out);
  set (graph, conv, "groups", groups);
  set (graph, conv, "padding", draw (draws, 0, 2));
  set (graph, conv, "activation", draw (draws, 0, LATHE_N_ACTIVATIONS - 1));
  set (graph, conv, "bias", draw (draws, 0, 2) > 0);
  for (int i = 0; i < 2; i++)
    {
      g_autofree char *kernel_name = g_strconcat ("kernel-", axes[i], NULL);
      g_autofree char *stride_name = g_strconcat ("stride-", axes[i], NULL);
      g_autofree char *dilation_name = g_strconcat ("dilation-", axes[i], NULL);
      g_autofree char *more_name = g_strconcat ("output-padding-", axes[i], NULL);
      guint kernel = draw (draws, 1, 4), stride = draw (draws, 1, 5), dilation = draw (draws, 0, 1) ? 1 : 2;
      guint window = (kernel - 1) * dilation + 1, covered = (size[i] - 1) * stride + window;
      guint before = draw (draws, 0, MIN (window, covered) - 1);

      set (graph, conv, kernel_name, kernel);
      set (graph, conv, stride_name, stride);
      set (graph, conv, dilation_name, dilation);
      set (graph, conv, more_name, draw (draws, 0, stride - 1));
      set (graph, conv, sides[i][0], before);
      set (graph, conv, sides[i][1], draw (draws, 0, MIN (window, covered - before) - 1));
    }
  set_weights (graph, conv, draws);
  return conv;
}

static LatheNode *
make_dense (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 12), draw (draws, 1, 12), draw (draws, 1, 20));
  LatheNode *dense = add_after (graph, add_after (graph, tail, "flatten"), kind);

  set (graph, dense, "units", draw (draws, 2, 9));
  set (graph, dense, "activation", draw (draws, 0, LATHE_N_ACTIVATIONS - 1));
  set (graph, dense, "bias", draw (draws, 0, 2) > 0);
  set_weights (graph, dense, draws);
  return dense;
}

/* Words from the whole vocabulary and from beyond it, some of them twice; now and then behind what learns. */
static LatheNode *
make_embedding (LatheGraph *graph, Draws *draws, const char *kind)
{
  guint vocabulary = draw (draws, 1, 9), height = draw (draws, 1, 4), width = draw (draws, 1, 4);
  LatheNode *from = draw (draws, 0, 2) == 0 ? add_tail (graph, draws, height, width, draw (draws, 1, 2))
                                            : add_input (graph, height, width, draw (draws, 1, 2));
  LatheNode *rescale = add_after (graph, add_after (graph, from, "flatten"), "rescale");
  LatheNode *embedding = add_after (graph, rescale, kind);

  set (graph, rescale, "scale", vocabulary / 2.0 + 1);
  set (graph, rescale, "offset", vocabulary / 2.0);
  set (graph, embedding, "vocabulary", vocabulary);
  set (graph, embedding, "dimension", draw (draws, 1, 9));
  set_weights (graph, embedding, draws);
  return embedding;
}

/* Behind a convolution with few channels, or in a network of vectors. */
static LatheNode *
make_norm_of (LatheGraph *graph, Draws *draws, const char *kind, guint channels)
{
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 6), draw (draws, 1, 6), channels);
  LatheNode *norm;

  if (draw (draws, 0, 3) == 0)
    {
      LatheNode *dense = add_after (graph, add_after (graph, tail, "flatten"), "dense");

      set (graph, dense, "units", channels);
      tail = dense;
    }
  norm = add_after (graph, tail, kind);
  set (graph, norm, "epsilon", draw (draws, 1, 10) / 100.0);
  set (graph, norm, "frozen", draw (draws, 0, 2) == 0);
  if (g_str_equal (kind, "batch-norm"))
    set (graph, norm, "l2", draw (draws, 0, 2) == 0 ? 0.03 : 0);
  return norm;
}

static LatheNode *
make_norm (LatheGraph *graph, Draws *draws, const char *kind)
{
  return make_norm_of (graph, draws, kind, draw (draws, 1, 20));
}

static LatheNode *
make_batch_norm (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *norm = make_norm (graph, draws, kind);

  set (graph, norm, "momentum", draw (draws, 0, 10) / 10.0);
  set (graph, norm, "scale", draw (draws, 0, 2) > 0);
  return norm;
}

static LatheNode *
make_group_norm (LatheGraph *graph, Draws *draws, const char *kind)
{
  guint groups = draw (draws, 1, 4);
  LatheNode *norm = make_norm_of (graph, draws, kind, groups * draw (draws, 1, 5));

  set (graph, norm, "groups", groups);
  return norm;
}

/* Frozen layers between those that learn, and in front of them; one that feeds a frozen one and another. */
static LatheNode *
make_frozen (LatheGraph *graph, Draws *draws, const char *kind)
{
  guint channels = draw (draws, 1, 5);
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 6), draw (draws, 1, 6), channels);
  LatheNode *norm = add_after (graph, tail, "batch-norm");
  LatheNode *left = add_convolution (graph, norm, channels), *right = add_convolution (graph, norm, channels);
  LatheNode *add = add_after (graph, left, kind);

  set (graph, tail, "frozen", draw (draws, 0, 1));
  set (graph, norm, "frozen", draw (draws, 0, 1));
  set (graph, left, "frozen", draw (draws, 0, 1));
  set (graph, right, "frozen", draw (draws, 0, 1));
  lathe_graph_connect (graph, right, add);
  lathe_graph_connect (graph, tail, add);
  return add;
}

/* --- What treats every number alike --- */

/* Wide enough that all pieces of a function in pieces are met. */
static LatheNode *
make_wide (LatheGraph *graph, Draws *draws)
{
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 5), draw (draws, 1, 5), draw (draws, 2, 6));
  LatheNode *rescale = add_after (graph, tail, "rescale");

  set (graph, rescale, "scale", 5);
  set (graph, rescale, "offset", 1);
  return rescale;
}

static LatheNode *
make_rescale (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *rescale = add_after (graph, make_wide (graph, draws), kind);

  set (graph, rescale, "scale", draw (draws, 0, 20) / 10.0 - 1);
  set (graph, rescale, "offset", draw (draws, 0, 20) / 10.0 - 1);
  return rescale;
}

/* As a layer, and not as the property of one, for which see conv2d and dense. */
static LatheNode *
make_activation (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *node = add_after (graph, make_wide (graph, draws), kind);

  for (guint i = 0; i < node->kind->n_properties; i++)
    set (graph, node, node->kind->properties[i].name, draw (draws, 1, 10) / 10.0);
  return node;
}

static LatheNode *
make_prelu (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *prelu = add_after (graph, make_wide (graph, draws), kind);

  set (graph, prelu, "shared", draw (draws, 0, 1));
  set (graph, prelu, "frozen", draw (draws, 0, 3) == 0);
  return prelu;
}

static LatheNode *
make_dropout (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 5), draw (draws, 1, 5), draw (draws, 1, 9));
  LatheNode *dropout = add_after (graph, tail, kind);

  set (graph, dropout, "rate", draw (draws, 0, 9) / 10.0);
  return dropout;
}

/* --- What makes one number of many pixels, or many of one --- */

/* Windows larger than the image are there too, where padding allows it. */
static LatheNode *
make_pooling (LatheGraph *graph, Draws *draws, const char *kind)
{
  guint height = draw (draws, 1, 4), width = draw (draws, 1, 4), padding = draw (draws, VALID, EXPLICIT);
  guint least_height = padding == SAME ? 1 : height, least_width = padding == SAME ? 1 : width;
  LatheNode *tail = add_tail (graph, draws, least_height + draw (draws, 0, 6), least_width + draw (draws, 0, 6),
                              draw (draws, 1, 2) == 1 ? draw (draws, 1, 5) : draw (draws, 1, 70));
  LatheNode *pool = add_after (graph, tail, kind);

  set (graph, pool, "pool-height", height);
  set (graph, pool, "pool-width", width);
  set (graph, pool, "stride-height", draw (draws, 1, 5));
  set (graph, pool, "stride-width", draw (draws, 1, 5));
  set (graph, pool, "padding", padding);
  set (graph, pool, "padding-top", draw (draws, 0, height - 1));
  set (graph, pool, "padding-bottom", draw (draws, 0, height - 1));
  set (graph, pool, "padding-left", draw (draws, 0, width - 1));
  set (graph, pool, "padding-right", draw (draws, 0, width - 1));
  return pool;
}

static LatheNode *
make_global_pool (LatheGraph *graph, Draws *draws, const char *kind)
{
  return add_after (graph, add_tail (graph, draws, draw (draws, 1, 7), draw (draws, 1, 7), draw (draws, 1, 70)), kind);
}

static LatheNode *
make_up_sampling (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 5), draw (draws, 1, 5), draw (draws, 1, 9));
  LatheNode *up = add_after (graph, tail, kind);

  set (graph, up, "scale-height", draw (draws, 1, 4));
  set (graph, up, "scale-width", draw (draws, 1, 4));
  set (graph, up, "method", draw (draws, 0, 1));
  return up;
}

/* --- What moves numbers about --- */

static LatheNode *
make_flatten (LatheGraph *graph, Draws *draws, const char *kind)
{
  return add_after (graph, add_tail (graph, draws, draw (draws, 1, 5), draw (draws, 1, 5), draw (draws, 1, 5)), kind);
}

static LatheNode *
make_reshape (LatheGraph *graph, Draws *draws, const char *kind)
{
  guint channels = draw (draws, 1, 5), height = draw (draws, 1, 4);
  LatheNode *reshape = add_after (graph, add_tail (graph, draws, height, 6, channels), kind);

  set (graph, reshape, "height", draw (draws, 0, 1) ? 3 : 1);
  if (draw (draws, 0, 1))
    set (graph, reshape, "width", draw (draws, 1, 2));
  else
    {
      set (graph, reshape, "width", 0);
      set (graph, reshape, "channels", channels);
    }
  return add_convolution (graph, reshape, draw (draws, 1, 3));
}

static LatheNode *
make_permute (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 5), draw (draws, 1, 5), draw (draws, 1, 5));
  LatheNode *permute = add_after (graph, tail, kind);

  set (graph, permute, "order", draw (draws, 0, 5));
  return add_convolution (graph, permute, draw (draws, 1, 3));
}

/* --- What brings branches together --- */

/* A residual block, one branch of which is flattened and all of which starts at one node with three consumers. */
static LatheNode *
make_branches (LatheGraph *graph, Draws *draws, const char *kind)
{
  guint channels = draw (draws, 1, 5);
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 6), draw (draws, 1, 6), channels);
  LatheNode *conv = add_after (graph, tail, "conv2d");
  LatheNode *add = add_after (graph, tail, kind);
  LatheNode *left = add_after (graph, add, "flatten");
  LatheNode *right = add_after (graph, add_after (graph, add, "sigmoid"), "flatten");
  LatheNode *last = add_after (graph, left, kind);

  set (graph, conv, "filters", channels);
  set (graph, conv, "padding", 1);
  lathe_graph_connect (graph, conv, add);
  lathe_graph_connect (graph, tail, add);
  lathe_graph_connect (graph, right, last);
  return last;
}

/* Up to four branches from one node, one of them that node itself; images, or vectors. */
static LatheNode *
make_concatenate (LatheGraph *graph, Draws *draws, const char *kind)
{
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 5), draw (draws, 1, 5), draw (draws, 1, 5));
  gboolean flat = draw (draws, 0, 1);
  LatheNode *concatenate = add_after (graph, flat ? add_after (graph, tail, "flatten") : tail, kind);

  for (guint i = draw (draws, 1, 3); i > 0; i--)
    {
      LatheNode *branch = add_convolution (graph, tail, draw (draws, 1, 5));

      lathe_graph_connect (graph, flat ? add_after (graph, branch, "flatten") : branch, concatenate);
    }
  return concatenate;
}

static LatheNode *
make_multiply (LatheGraph *graph, Draws *draws, const char *kind)
{
  guint channels = draw (draws, 1, 7);
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 5), draw (draws, 1, 5), channels);
  LatheNode *multiply = add_after (graph, tail, kind);

  lathe_graph_connect (graph, add_convolution (graph, tail, channels), multiply);
  return multiply;
}

/* Squeeze and excitation, the gate as a vector or as an image of one pixel. */
static LatheNode *
make_gate (LatheGraph *graph, Draws *draws, const char *kind)
{
  guint channels = draw (draws, 1, 7);
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 5), draw (draws, 1, 5), channels);
  LatheNode *multiply = add_after (graph, tail, kind);
  LatheNode *gate = add_after (graph, add_after (graph, tail, "global-average-pool"), "dense");

  set (graph, gate, "units", channels);
  set (graph, gate, "activation", LATHE_ACTIVATION_HARD_SIGMOID);
  lathe_graph_connect (graph, draw (draws, 0, 1) ? add_after (graph, gate, "reshape") : gate, multiply);
  return multiply;
}

const Subject subjects[] = {
    {"conv2d", "conv2d", make_conv2d},
    {"conv2d-general", "conv2d", make_general_conv2d},
    {"conv2d-winograd", "conv2d", make_winograd},
    {"transposed-conv2d", "transposed-conv2d", make_transposed},
    {"dense", "dense", make_dense},
    {"embedding", "embedding", make_embedding},
    {"batch-norm", "batch-norm", make_batch_norm},
    {"layer-norm", "layer-norm", make_norm},
    {"group-norm", "group-norm", make_group_norm},
    {"frozen", "add", make_frozen},
    {"rescale", "rescale", make_rescale},
    {"relu", "relu", make_activation},
    {"relu6", "relu6", make_activation},
    {"leaky-relu", "leaky-relu", make_activation},
    {"prelu", "prelu", make_prelu},
    {"elu", "elu", make_activation},
    {"selu", "selu", make_activation},
    {"gelu", "gelu", make_activation},
    {"gelu-tanh", "gelu-tanh", make_activation},
    {"silu", "silu", make_activation},
    {"hard-swish", "hard-swish", make_activation},
    {"hard-sigmoid", "hard-sigmoid", make_activation},
    {"sigmoid", "sigmoid", make_activation},
    {"tanh", "tanh", make_activation},
    {"softplus", "softplus", make_activation},
    {"softmax", "softmax", make_activation},
    {"dropout", "dropout", make_dropout},
    {"spatial-dropout", "spatial-dropout", make_dropout},
    {"max-pool", "max-pool", make_pooling},
    {"average-pool", "average-pool", make_pooling},
    {"global-average-pool", "global-average-pool", make_global_pool},
    {"global-max-pool", "global-max-pool", make_global_pool},
    {"up-sampling", "up-sampling", make_up_sampling},
    {"flatten", "flatten", make_flatten},
    {"reshape", "reshape", make_reshape},
    {"permute", "permute", make_permute},
    {"branches", "add", make_branches},
    {"concatenate", "concatenate", make_concatenate},
    {"multiply", "multiply", make_multiply},
    {"gate", "multiply", make_gate},
};

const guint n_subjects = G_N_ELEMENTS (subjects);

const Subject *
find_subject (const char *name)
{
  for (guint i = 0; i < n_subjects; i++)
    if (g_str_equal (subjects[i].name, name))
      return &subjects[i];
  g_assert_not_reached ();
}
