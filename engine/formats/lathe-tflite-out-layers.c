/* lathe-tflite-out-layers.c: what each layer is as operators of TensorFlow Lite.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-tflite-out.h"

/* --- Pooling of the whole image, and dense layers --- */

static void
add_global_pool (LatheTfliteOut *out, const LatheProgramNode *node, LatheTfliteOp op)
{
  static const gint32 pixels[] = {1, 2};
  gint32 x = lathe_tflite_input (out, node, 0), y = lathe_tflite_tensor_of (out, &node->output);

  lathe_tflite_give (out, node, lathe_tflite_mean (out, op, x, y, G_N_ELEMENTS (pixels), pixels, FALSE));
}

static void
add_global_average_pool (LatheTfliteOut *out, const LatheProgramNode *node)
{
  add_global_pool (out, node, LATHE_TFLITE_MEAN);
}

static void
add_global_max_pool (LatheTfliteOut *out, const LatheProgramNode *node)
{
  add_global_pool (out, node, LATHE_TFLITE_REDUCE_MAX);
}

/* From inputs × units to units × inputs. */
static void
add_dense (LatheTfliteOut *out, const LatheProgramNode *node)
{
  const LatheWeight *weight = lathe_model_find_weight (out->program->export->model, node->node->name, "weight");
  gsize inputs = weight->shape.dim[0], units = weight->shape.dim[1];
  float *turned = lathe_tflite_keep (out, g_new (float, inputs *units));
  LatheActivation activation = lathe_program_activation (node);
  LatheTfliteFused fused = lathe_tflite_fuse (&activation);
  gint32 rows, bias, y = lathe_tflite_tensor_of (out, &node->output);

  for (gsize i = 0; i < inputs; i++)
    for (gsize u = 0; u < units; u++)
      turned[u * inputs + i] = weight->data[i * units + u];
  rows = lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 2, (const gint32[]){(gint32) units, (gint32) inputs}, turned);
  bias = node->n_parameters > 1 ? lathe_tflite_vector (out, node, "bias") : LATHE_TFLITE_NONE;
  lathe_tflite_whole (lathe_tflite_operator (out, LATHE_TFLITE_FULLY_CONNECTED, y, lathe_tflite_input (out, node, 0),
                                             rows, bias, G_MININT32),
                      LATHE_FLAT_BYTE, 0, (gint32) fused);
  lathe_tflite_give (out, node, lathe_tflite_activate (out, activation, lathe_program_usual_parameter (activation), y));
}

/* Words are cut to whole numbers, and into the vocabulary. */
static void
add_embedding (LatheTfliteOut *out, const LatheProgramNode *node)
{
  const LatheWeight *weight = lathe_model_find_weight (out->program->export->model, node->node->name, "weight");
  const gint32 dim[] = {(gint32) weight->shape.dim[0], (gint32) weight->shape.dim[1]};
  gint32 x = lathe_tflite_by (out, LATHE_TFLITE_MAXIMUM, lathe_tflite_input (out, node, 0), 0), words;
  gint32 y = lathe_tflite_tensor_of (out, &node->output);
  LatheTfliteTensor like;

  x = lathe_tflite_by (out, LATHE_TFLITE_MINIMUM, x, (float) (dim[0] - 1));
  like = g_array_index (out->tensors, LatheTfliteTensor, x);
  words = lathe_tflite_tensor (out, NULL, LATHE_TFLITE_INT32, like.rank, like.dim);
  lathe_tflite_operator (out, LATHE_TFLITE_CAST, words, x, G_MININT32);
  lathe_tflite_operator (out, LATHE_TFLITE_GATHER, y,
                         lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 2, dim, weight->data), words, G_MININT32);
  lathe_tflite_give (out, node, y);
}

/* --- Activations --- */

static void
add_activation (LatheTfliteOut *out, const LatheProgramNode *node)
{
  LatheActivation activation = lathe_program_kind_activation (node->node->kind);
  double parameter = node->node->kind->n_properties > 0 ? node->node->properties.value[0] : 0;

  lathe_tflite_give (out, node, lathe_tflite_activate (out, activation, parameter, lathe_tflite_input (out, node, 0)));
}

/* Its slopes have as many dimensions as a sample has. */
static void
add_prelu (LatheTfliteOut *out, const LatheProgramNode *node)
{
  const LatheWeight *weight = lathe_model_find_weight (out->program->export->model, node->node->name, "slope");
  gint32 dim[LATHE_TFLITE_MAX_RANK] = {1, 1, 1, 1, 1};
  gint32 x = lathe_tflite_input (out, node, 0), slope;

  dim[node->output.rank - 1] = (gint32) lathe_shape_size (&weight->shape);
  slope = lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, node->output.rank, dim, weight->data);
  lathe_tflite_give (out, node, lathe_tflite_binary (out, LATHE_TFLITE_PRELU, x, slope));
}

/* --- Norms --- */

/* One that no layer in front could take in: x · scale + offset. */
static void
add_batch_norm (LatheTfliteOut *out, const LatheProgramNode *node)
{
  const LatheModel *model = out->program->export->model;
  const char *name = node->node->name;
  const float *gamma = lathe_model_find_weight (model, name, "gamma")->data;
  const float *beta = lathe_model_find_weight (model, name, "beta")->data;
  const float *mean = lathe_model_find_weight (model, name, "running-mean")->data;
  const float *variance = lathe_model_find_weight (model, name, "running-variance")->data;
  gint32 channels = (gint32) node->output.dim[node->output.rank - 1];
  float *scale = lathe_tflite_keep (out, g_new (float, channels));
  float *offset = lathe_tflite_keep (out, g_new (float, channels));
  gint32 x = lathe_tflite_input (out, node, 0);

  for (gint32 c = 0; c < channels; c++)
    {
      double by = (double) gamma[c] / sqrt ((double) variance[c] + lathe_program_value (node, "epsilon"));

      scale[c] = (float) by;
      offset[c] = (float) ((double) beta[c] - (double) mean[c] * by);
    }
  x = lathe_tflite_binary (out, LATHE_TFLITE_MUL, x,
                           lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 1, &channels, scale));
  x = lathe_tflite_binary (out, LATHE_TFLITE_ADD, x,
                           lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 1, &channels, offset));
  lathe_tflite_give (out, node, x);
}

/* (x - mean) / √(variance + epsilon), both along some dimensions. */
static gint32
normalise (LatheTfliteOut *out, gint32 x, guint n, const gint32 *axes, double epsilon)
{
  LatheTfliteTensor like = g_array_index (out->tensors, LatheTfliteTensor, x);
  gint32 mean, variance, squares;

  for (guint i = 0; i < n; i++)
    like.dim[axes[i]] = 1;
  mean = lathe_tflite_tensor (out, NULL, LATHE_TFLITE_FLOAT, like.rank, like.dim);
  variance = lathe_tflite_like (out, mean);
  lathe_tflite_mean (out, LATHE_TFLITE_MEAN, x, mean, n, axes, TRUE);
  squares = lathe_tflite_binary (out, LATHE_TFLITE_SQUARED_DIFFERENCE, x, mean);
  lathe_tflite_mean (out, LATHE_TFLITE_MEAN, squares, variance, n, axes, TRUE);
  variance = lathe_tflite_by (out, LATHE_TFLITE_ADD, variance, (float) epsilon);
  x = lathe_tflite_binary (out, LATHE_TFLITE_SUB, x, mean);
  return lathe_tflite_binary (out, LATHE_TFLITE_MUL, x, lathe_tflite_unary (out, LATHE_TFLITE_RSQRT, variance));
}

static void
give_scaled (LatheTfliteOut *out, const LatheProgramNode *node, gint32 x)
{
  x = lathe_tflite_binary (out, LATHE_TFLITE_MUL, x, lathe_tflite_vector (out, node, "gamma"));
  x = lathe_tflite_binary (out, LATHE_TFLITE_ADD, x, lathe_tflite_vector (out, node, "beta"));
  lathe_tflite_give (out, node, x);
}

static void
add_layer_norm (LatheTfliteOut *out, const LatheProgramNode *node)
{
  const gint32 last = (gint32) node->output.rank;

  give_scaled (out, node,
               normalise (out, lathe_tflite_input (out, node, 0), 1, &last, lathe_program_value (node, "epsilon")));
}

static void
add_group_norm (LatheTfliteOut *out, const LatheProgramNode *node)
{
  static const gint32 axes[] = {1, 3};
  const LatheTfliteTensor whole = g_array_index (out->tensors, LatheTfliteTensor, lathe_tflite_input (out, node, 0));
  guint groups = lathe_program_count (node, "groups"), channels = node->output.dim[node->output.rank - 1];
  const gint32 apart[] = {LATHE_TFLITE_BATCH, (gint32) (lathe_shape_size (&node->output) / channels), (gint32) groups,
                          (gint32) (channels / groups)};
  gint32 x = lathe_tflite_reshape (out, lathe_tflite_input (out, node, 0), G_N_ELEMENTS (apart), apart);

  x = normalise (out, x, G_N_ELEMENTS (axes), axes, lathe_program_value (node, "epsilon"));
  give_scaled (out, node, lathe_tflite_reshape (out, x, whole.rank, whole.dim));
}

/* Where nothing is trained, nothing is dropped. */
static void
pass (LatheTfliteOut *out, const LatheProgramNode *node)
{
  lathe_tflite_give (out, node, lathe_tflite_input (out, node, 0));
}

/* --- Shapes --- */

static void
add_reshape (LatheTfliteOut *out, const LatheProgramNode *node)
{
  gint32 dim[LATHE_TFLITE_MAX_RANK] = {LATHE_TFLITE_BATCH};

  for (guint i = 0; i < node->output.rank; i++)
    dim[i + 1] = (gint32) node->output.dim[i];
  lathe_tflite_give (out, node,
                     lathe_tflite_reshape (out, lathe_tflite_input (out, node, 0), node->output.rank + 1, dim));
}

static void
add_permute (LatheTfliteOut *out, const LatheProgramNode *node)
{
  gint32 order[4] = {0}, y = lathe_tflite_tensor_of (out, &node->output);
  guint sides[3];

  lathe_program_order (node, sides);
  for (guint i = 0; i < 3; i++)
    order[i + 1] = (gint32) sides[i] + 1;
  lathe_tflite_operator (out, LATHE_TFLITE_TRANSPOSE, y, lathe_tflite_input (out, node, 0),
                         lathe_tflite_ints (out, 4, order), G_MININT32);
  lathe_tflite_give (out, node, y);
}

static void
add_rescale (LatheTfliteOut *out, const LatheProgramNode *node)
{
  gint32 x = lathe_tflite_by (out, LATHE_TFLITE_MUL, lathe_tflite_input (out, node, 0),
                              (float) lathe_program_value (node, "scale"));

  lathe_tflite_give (out, node,
                     lathe_tflite_by (out, LATHE_TFLITE_ADD, x, (float) lathe_program_value (node, "offset")));
}

/* --- Branches --- */

static void
add_add (LatheTfliteOut *out, const LatheProgramNode *node)
{
  gint32 sum = lathe_tflite_input (out, node, 0);

  for (guint i = 1; i < node->n_inputs; i++)
    sum = lathe_tflite_binary (out, LATHE_TFLITE_ADD, sum, lathe_tflite_input (out, node, i));
  lathe_tflite_give (out, node, sum);
}

/* One number a channel comes as a vector, or as an image of one pixel. */
static void
add_multiply (LatheTfliteOut *out, const LatheProgramNode *node)
{
  gint32 gate = lathe_tflite_input (out, node, 1);
  const LatheShape *from = &node->input[1];
  gint32 dim[LATHE_TFLITE_MAX_RANK] = {LATHE_TFLITE_BATCH, 1, 1, 1, 1};

  if (from->rank < node->output.rank)
    {
      dim[node->output.rank] = (gint32) from->dim[from->rank - 1];
      gate = lathe_tflite_reshape (out, gate, node->output.rank + 1, dim);
    }
  lathe_tflite_give (out, node, lathe_tflite_binary (out, LATHE_TFLITE_MUL, lathe_tflite_input (out, node, 0), gate));
}

static void
add_concatenate (LatheTfliteOut *out, const LatheProgramNode *node)
{
  gint32 y = lathe_tflite_tensor_of (out, &node->output);
  LatheTfliteOperator *step = lathe_tflite_operator (out, LATHE_TFLITE_CONCATENATION, y, G_MININT32);

  for (guint i = 0; i < node->n_inputs; i++)
    step->inputs[step->n_inputs++] = lathe_tflite_input (out, node, i);
  lathe_tflite_whole (step, LATHE_FLAT_INT, 0, (gint32) node->output.rank);
  lathe_tflite_give (out, node, y);
}

/* --- Which it is --- */

typedef struct
{
  const char *kind;
  void (*add) (LatheTfliteOut *out, const LatheProgramNode *node);
} Row;

static const Row rows[] = {
    {"conv2d", lathe_tflite_add_conv2d},
    {"transposed-conv2d", lathe_tflite_add_transposed_conv2d},
    {"max-pool", lathe_tflite_add_max_pool},
    {"average-pool", lathe_tflite_add_average_pool},
    {"global-average-pool", add_global_average_pool},
    {"global-max-pool", add_global_max_pool},
    {"up-sampling", lathe_tflite_add_up_sampling},
    {"dense", add_dense},
    {"embedding", add_embedding},
    {"prelu", add_prelu},
    {"batch-norm", add_batch_norm},
    {"layer-norm", add_layer_norm},
    {"group-norm", add_group_norm},
    {"dropout", pass},
    {"spatial-dropout", pass},
    {"flatten", add_reshape},
    {"reshape", add_reshape},
    {"permute", add_permute},
    {"rescale", add_rescale},
    {"add", add_add},
    {"multiply", add_multiply},
    {"concatenate", add_concatenate},
    {NULL, add_activation},
};

const char *
lathe_tflite_obstacle (const LatheProgramNode *node)
{
  if (node->node->inputs->len == 0)
    return NULL;
  return LATHE_PROGRAM_ROW (rows, node) != NULL ? lathe_tflite_window_obstacle (node)
                                                : N_ ("is of a kind that has no counterpart in TensorFlow Lite");
}

/**
 * lathe_tflite_add:
 *
 * Adds a layer that has no obstacle, and is not the input. What its operators give is called as it is.
 */
void
lathe_tflite_add (LatheTfliteOut *out, const LatheProgramNode *node)
{
  guint first = out->operators->len;

  if (node->left_out)
    pass (out, node);
  else
    LATHE_PROGRAM_ROW (rows, node)->add (out, node);
  for (guint i = first; i < out->operators->len; i++)
    lathe_tflite_call (out, g_array_index (out->operators, LatheTfliteOperator, i).output, node->node->name);
}
