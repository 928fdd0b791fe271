/* lathe-onnx-out-layers.c: what each layer is as nodes of ONNX.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <glib/gi18n-lib.h>

#include "lathe-onnx-out.h"

#define IMAGE 3 /* the rank */
#define WORDS 2

static const char *
named (LatheOnnxOut *out, const LatheProgramNode *node)
{
  return lathe_onnx_out_name (out, node->node->name, NULL);
}

static const char *
channels_first (LatheOnnxOut *out, const LatheProgramNode *node)
{
  return lathe_onnx_out_in (out, lathe_onnx_out_input (out, node, 0), LATHE_ONNX_CHANNELS_FIRST);
}

/* Where the channels are. */
static gint64
channel_axis (const LatheShape *shape, LatheOnnxLayout layout)
{
  return shape->rank == IMAGE && layout == LATHE_ONNX_CHANNELS_FIRST ? 1 : shape->rank;
}

/* What is done to each number by itself: the output is as the input was. */
static void
give_alike (LatheOnnxOut *out, const LatheProgramNode *node, LatheOnnxLayout layout, const char *name)
{
  LatheOnnxOutput *input = lathe_onnx_out_input (out, node, 0), *output;
  LatheShape flattened = input->flattened;

  lathe_onnx_out_give (out, node, layout, name);
  output = g_hash_table_lookup (out->outputs, node->node);
  output->flattened = flattened;
}

/* The input as it is, whichever way it lies. */
static const char *
any_way (LatheOnnxOut *out, const LatheProgramNode *node, LatheOnnxLayout *layout)
{
  LatheOnnxOutput *input = lathe_onnx_out_input (out, node, 0);

  *layout = lathe_onnx_out_layout (input);
  return input->name[*layout];
}

/* --- Pooling of the whole image, and dense layers --- */

static void
add_global_pool (LatheOnnxOut *out, const LatheProgramNode *node, const char *op)
{
  const char *x = channels_first (out, node), *name = named (out, node);

  x = lathe_onnx_out_result (lathe_onnx_out_node (out, op, name, x, NULL));
  x = lathe_onnx_out_result (lathe_onnx_out_node (out, "Flatten", lathe_onnx_out_name (out, name, "flatten"), x, NULL));
  lathe_onnx_out_give (out, node, LATHE_ONNX_CHANNELS_FIRST, x);
}

static void
add_global_average_pool (LatheOnnxOut *out, const LatheProgramNode *node)
{
  add_global_pool (out, node, "GlobalAveragePool");
}

static void
add_global_max_pool (LatheOnnxOut *out, const LatheProgramNode *node)
{
  add_global_pool (out, node, "GlobalMaxPool");
}

/* Inputs × units; the rows of an image that was flattened with its channels first lie as it does. */
static const char *
add_rows (LatheOnnxOut *out, const LatheProgramNode *node, const LatheShape *flattened)
{
  const LatheWeight *weight = lathe_onnx_out_weight (out, node, "weight");
  const gint64 dims[] = {weight->shape.dim[0], weight->shape.dim[1]};
  const char *name = lathe_onnx_out_name (out, node->node->name, "weight");
  gsize units = weight->shape.dim[1], channels = flattened->dim[2], n = lathe_shape_size (&weight->shape);
  gsize pixels = (gsize) flattened->dim[0] * flattened->dim[1];
  float *rows;

  if (flattened->rank != IMAGE)
    return lathe_onnx_out_weights (out, node, name, 2, dims, 1, weight->data, n);
  rows = lathe_onnx_out_keep (out, g_new (float, n));
  for (gsize pixel = 0; pixel < pixels; pixel++)
    for (gsize c = 0; c < channels; c++)
      memcpy (rows + (c * pixels + pixel) * units, weight->data + (pixel * channels + c) * units, units * sizeof *rows);
  return lathe_onnx_out_weights (out, node, name, 2, dims, 1, rows, n);
}

static void
add_dense (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheOnnxOutput *input = lathe_onnx_out_input (out, node, 0);
  LatheActivation activation = lathe_program_activation (node);
  const char *name = named (out, node), *x = lathe_onnx_out_in (out, input, LATHE_ONNX_CHANNELS_FIRST);
  const char *weight = add_rows (out, node, &input->flattened), *bias = NULL;

  if (node->n_parameters > 1)
    bias = lathe_onnx_out_bias (out, node, &(LatheOnnxOutput){0});
  x = lathe_onnx_out_result (lathe_onnx_out_node (out, "Gemm", name, x, weight, bias, NULL));
  if (activation != LATHE_ACTIVATION_NONE)
    x = lathe_onnx_out_activate (out, activation, lathe_program_usual_parameter (activation), x,
                                 lathe_onnx_out_name (out, name, lathe_activation_names[activation]), 1);
  lathe_onnx_out_give (out, node, LATHE_ONNX_CHANNELS_FIRST, x);
}

/* Words are cut to whole numbers, and into the vocabulary. */
static void
add_embedding (LatheOnnxOut *out, const LatheProgramNode *node)
{
  const LatheWeight *weight = lathe_onnx_out_weight (out, node, "weight");
  const gint64 dims[] = {weight->shape.dim[0], weight->shape.dim[1]};
  const char *name = named (out, node), *x = lathe_onnx_out_in_order (out, lathe_onnx_out_input (out, node, 0));
  const char *low = lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, name, "first"), 0);
  const char *high = lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, name, "last"), (float) (dims[0] - 1));
  const char *table = lathe_onnx_out_floats (out, lathe_onnx_out_name (out, name, "weight"), 2, dims, weight->data,
                                             lathe_shape_size (&weight->shape));
  Onnx__NodeProto *cast;

  x = lathe_onnx_out_result (
      lathe_onnx_out_node (out, "Clip", lathe_onnx_out_name (out, name, "vocabulary"), x, low, high, NULL));
  cast = lathe_onnx_out_node (out, "Cast", lathe_onnx_out_name (out, name, "words"), x, NULL);
  lathe_onnx_out_int (out, cast, "to", LATHE_ONNX_INT64);
  lathe_onnx_out_node (out, "Gather", name, table, lathe_onnx_out_result (cast), NULL);
  lathe_onnx_out_give (out, node, LATHE_ONNX_CHANNELS_FIRST, name);
}

/* --- Activations --- */

static void
add_activation (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheActivation activation = lathe_program_kind_activation (node->node->kind);
  double parameter = node->node->kind->n_properties > 0 ? node->node->properties.value[0] : 0;
  LatheOnnxLayout layout;
  const char *x;

  if (activation == LATHE_ACTIVATION_SOFTMAX)
    lathe_onnx_out_in_order (out, lathe_onnx_out_input (out, node, 0));
  x = any_way (out, node, &layout);
  x = lathe_onnx_out_activate (out, activation, parameter, x, named (out, node), channel_axis (&node->output, layout));
  give_alike (out, node, layout, x);
}

static void
add_prelu (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheOnnxLayout layout;
  const char *name = named (out, node), *x = any_way (out, node, &layout);
  gboolean behind = node->output.rank == IMAGE && layout == LATHE_ONNX_CHANNELS_FIRST;
  const char *slope = lathe_onnx_out_vector (out, node, "slope", lathe_onnx_out_input (out, node, 0), behind ? 2 : 0);

  lathe_onnx_out_node (out, "PRelu", name, x, slope, NULL);
  give_alike (out, node, layout, name);
}

/* --- Norms --- */

static const char *
swap_words (LatheOnnxOut *out, const char *x, const char *name)
{
  const gint64 swapped[] = {0, 2, 1};
  Onnx__NodeProto *node = lathe_onnx_out_node (out, "Transpose", name, x, NULL);

  lathe_onnx_out_ints (out, node, "perm", 3, swapped);
  return name;
}

/* The input with its channels as the second dimension, which for a list of vectors takes a step that undo () undoes. */
static const char *
channels_second (LatheOnnxOut *out, const LatheProgramNode *node)
{
  const char *x = channels_first (out, node);

  return node->output.rank == WORDS ? swap_words (out, x, lathe_onnx_out_name (out, node->node->name, "channels")) : x;
}

static void
give_channels_second (LatheOnnxOut *out, const LatheProgramNode *node, const char *name)
{
  if (node->output.rank == WORDS)
    name = swap_words (out, name, lathe_onnx_out_name (out, name, "words"));
  give_alike (out, node, LATHE_ONNX_CHANNELS_FIRST, name);
}

static void
add_batch_norm (LatheOnnxOut *out, const LatheProgramNode *node)
{
  static const char *const parameters[] = {"gamma", "beta", "running-mean", "running-variance"};
  LatheOnnxOutput *input = lathe_onnx_out_input (out, node, 0);
  const char *name = named (out, node), *inputs[1 + G_N_ELEMENTS (parameters)] = {channels_second (out, node)};
  Onnx__NodeProto *norm;

  for (guint i = 0; i < G_N_ELEMENTS (parameters); i++)
    inputs[1 + i] = lathe_onnx_out_vector (out, node, parameters[i], input, 0);
  norm = lathe_onnx_out_node_of (out, "BatchNormalization", name, inputs, G_N_ELEMENTS (inputs));
  lathe_onnx_out_float (out, norm, "epsilon", lathe_program_value (node, "epsilon"));
  lathe_onnx_out_float (out, norm, "momentum", lathe_program_value (node, "momentum"));
  give_channels_second (out, node, name);
}

static void
add_layer_norm (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheOnnxOutput *input = lathe_onnx_out_input (out, node, 0);
  const char *name = named (out, node), *x;
  const char *gamma, *beta;
  Onnx__NodeProto *norm;

  lathe_onnx_out_in_order (out, input);
  x = lathe_onnx_out_in (out, input, LATHE_ONNX_CHANNELS_LAST);
  gamma = lathe_onnx_out_vector (out, node, "gamma", input, 0);
  beta = lathe_onnx_out_vector (out, node, "beta", input, 0);
  norm = lathe_onnx_out_node (out, "LayerNormalization", name, x, gamma, beta, NULL);
  out->opset = MAX (out->opset, 17);
  lathe_onnx_out_float (out, norm, "epsilon", lathe_program_value (node, "epsilon"));
  lathe_onnx_out_give (out, node, LATHE_ONNX_CHANNELS_LAST, name);
}

static void
add_group_norm (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheOnnxOutput *input = lathe_onnx_out_input (out, node, 0);
  const char *name = named (out, node), *x, *gamma, *beta;
  Onnx__NodeProto *norm;

  lathe_onnx_out_in_order (out, input);
  x = channels_second (out, node);
  gamma = lathe_onnx_out_vector (out, node, "gamma", input, 0);
  beta = lathe_onnx_out_vector (out, node, "beta", input, 0);
  norm = lathe_onnx_out_node (out, "GroupNormalization", name, x, gamma, beta, NULL);
  out->opset = MAX (out->opset, 21);
  lathe_onnx_out_float (out, norm, "epsilon", lathe_program_value (node, "epsilon"));
  lathe_onnx_out_int (out, norm, "num_groups", lathe_program_count (node, "groups"));
  give_channels_second (out, node, name);
}

static void
add_dropout (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheOnnxLayout layout;
  const char *name = named (out, node), *x = any_way (out, node, &layout);
  const char *rate =
      lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, name, "ratio"), (float) lathe_program_value (node, "rate"));

  lathe_onnx_out_node (out, "Dropout", name, x, rate, NULL);
  give_alike (out, node, layout, name);
}

/* ONNX has none that drops whole channels; where nothing is trained, none is needed. */
static void
pass (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheOnnxLayout layout;
  const char *x = any_way (out, node, &layout);

  give_alike (out, node, layout, x);
}

/* --- Shapes --- */

static gboolean reads_dense (const LatheOnnxOut *out, const LatheProgramNode *node);

/* Whether the layer takes its numbers in any order, or hands them to one that does. */
static gboolean
takes_any_order (const LatheOnnxOut *out, const LatheProgramNode *node)
{
  const LatheLayerKind *kind = node->node->kind;
  LatheActivation activation = lathe_program_kind_activation (kind);

  if (g_str_equal (kind->name, "dense"))
    return TRUE;
  if (activation == LATHE_ACTIVATION_SOFTMAX ||
      (activation == LATHE_ACTIVATION_NONE && !g_str_equal (kind->name, "dropout") &&
       !g_str_equal (kind->name, "rescale") && !g_str_equal (kind->name, "batch-norm") &&
       !g_str_equal (kind->name, "prelu")))
    return FALSE;
  return reads_dense (out, node);
}

/* Whether a dense layer reads what the layer gives, and nothing that minds the order. */
static gboolean
reads_dense (const LatheOnnxOut *out, const LatheProgramNode *node)
{
  gboolean reads = FALSE;

  for (guint i = 0; i < out->program->n_nodes; i++)
    for (guint j = 0; j < out->program->nodes[i].node->inputs->len; j++)
      if (out->program->nodes[i].node->inputs->pdata[j] == node->node)
        {
          if (!takes_any_order (out, &out->program->nodes[i]))
            return FALSE;
          reads = TRUE;
        }
  return reads;
}

static void
add_flatten (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheOnnxOutput *input = lathe_onnx_out_input (out, node, 0), *output;
  const LatheShape *from = &node->input[0];
  gboolean line = from->rank == IMAGE && (from->dim[2] == 1 || from->dim[0] * from->dim[1] == 1);
  gboolean as_it_is =
      from->rank == IMAGE && !line && input->name[LATHE_ONNX_CHANNELS_LAST] == NULL && reads_dense (out, node);
  LatheOnnxLayout layout = line       ? lathe_onnx_out_layout (input)
                           : as_it_is ? LATHE_ONNX_CHANNELS_FIRST
                                      : LATHE_ONNX_CHANNELS_LAST;
  const char *name, *x;

  if (from->rank == 1)
    {
      pass (out, node);
      return;
    }
  name = named (out, node);
  x = lathe_onnx_out_in (out, input, layout);
  lathe_onnx_out_node (out, "Flatten", name, x, NULL);
  lathe_onnx_out_give (out, node, LATHE_ONNX_CHANNELS_FIRST, name);
  output = g_hash_table_lookup (out->outputs, node->node);
  if (as_it_is)
    output->flattened = *from;
}

/* What is one pixel lies alike either way. */
static void
add_reshape (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheOnnxOutput *input = lathe_onnx_out_input (out, node, 0);
  const guint *dim = node->output.dim;
  gboolean pixel = dim[0] * dim[1] == 1;
  LatheOnnxLayout layout = pixel ? LATHE_ONNX_CHANNELS_FIRST : LATHE_ONNX_CHANNELS_LAST;
  const gint64 last[] = {0, dim[0], dim[1], dim[2]}, first[] = {0, dim[2], dim[0], dim[1]};
  const char *name = named (out, node), *x = lathe_onnx_out_in_order (out, input);
  const char *shape = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, name, "shape"), 4, pixel ? first : last);

  lathe_onnx_out_node (out, "Reshape", name, x, shape, NULL);
  lathe_onnx_out_give (out, node, layout, name);
}

static void
add_permute (LatheOnnxOut *out, const LatheProgramNode *node)
{
  static const gint64 at[LATHE_ONNX_N_LAYOUTS][3] = {{1, 2, 3}, {2, 3, 1}}; /* height, width, channels */
  LatheOnnxLayout layout;
  const char *name = named (out, node), *x = any_way (out, node, &layout);
  Onnx__NodeProto *transpose = lathe_onnx_out_node (out, "Transpose", name, x, NULL);
  gint64 perm[4] = {0};
  guint order[3];

  lathe_program_order (node, order);
  for (guint i = 0; i < 3; i++)
    perm[at[layout][i]] = at[layout][order[i]];
  lathe_onnx_out_ints (out, transpose, "perm", 4, perm);
  lathe_onnx_out_give (out, node, layout, name);
}

static void
add_rescale (LatheOnnxOut *out, const LatheProgramNode *node)
{
  LatheOnnxLayout layout;
  const char *name = named (out, node), *x = any_way (out, node, &layout);
  const char *scale = lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, name, "scale"),
                                             (float) lathe_program_value (node, "scale"));
  const char *offset = lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, name, "offset"),
                                              (float) lathe_program_value (node, "offset"));

  lathe_onnx_out_node (out, "Mul", name, x, scale, NULL);
  x = lathe_onnx_out_result (
      lathe_onnx_out_node (out, "Add", lathe_onnx_out_name (out, name, "moved"), name, offset, NULL));
  give_alike (out, node, layout, x);
}

/* --- Branches --- */

/* All inputs of a layer in one layout: as they are, where they are alike. */
static LatheOnnxLayout
gather (LatheOnnxOut *out, const LatheProgramNode *node, const char *names[LATHE_MAX_INPUTS])
{
  LatheOnnxLayout layout = LATHE_ONNX_CHANNELS_LAST;

  for (guint i = 0; i < node->n_inputs; i++)
    {
      lathe_onnx_out_in_order (out, lathe_onnx_out_input (out, node, i));
      if (lathe_onnx_out_layout (lathe_onnx_out_input (out, node, i)) == LATHE_ONNX_CHANNELS_FIRST)
        layout = LATHE_ONNX_CHANNELS_FIRST;
    }
  for (guint i = 0; i < node->n_inputs; i++)
    names[i] = lathe_onnx_out_in (out, lathe_onnx_out_input (out, node, i), layout);
  return layout;
}

static void
add_add (LatheOnnxOut *out, const LatheProgramNode *node)
{
  const char *names[LATHE_MAX_INPUTS], *name = named (out, node);
  LatheOnnxLayout layout = gather (out, node, names);

  lathe_onnx_out_node_of (out, node->n_inputs == 2 ? "Add" : "Sum", name, names, node->n_inputs);
  lathe_onnx_out_give (out, node, layout, name);
}

static void
add_concatenate (LatheOnnxOut *out, const LatheProgramNode *node)
{
  const char *names[LATHE_MAX_INPUTS], *name = named (out, node);
  LatheOnnxLayout layout = gather (out, node, names);
  Onnx__NodeProto *concat = lathe_onnx_out_node_of (out, "Concat", name, names, node->n_inputs);

  lathe_onnx_out_int (out, concat, "axis", channel_axis (&node->output, layout));
  lathe_onnx_out_give (out, node, layout, name);
}

/* One number a channel comes as a vector, or as an image of one pixel. */
static void
add_multiply (LatheOnnxOut *out, const LatheProgramNode *node)
{
  const char *names[LATHE_MAX_INPUTS], *name = named (out, node), *shape;
  LatheOnnxLayout layout = gather (out, node, names);
  const guint *dim = node->input[1].dim;
  guint rank = node->input[1].rank;
  gint64 channels = dim[rank - 1];
  const gint64 last[] = {0, 1, 1, channels}, first[] = {0, channels, 1, 1};

  if (node->input[0].rank == IMAGE && rank != IMAGE)
    {
      shape = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, name, "shape"), 4,
                                    layout == LATHE_ONNX_CHANNELS_FIRST ? first : last);
      names[1] = lathe_onnx_out_result (
          lathe_onnx_out_node (out, "Reshape", lathe_onnx_out_name (out, name, "gate"), names[1], shape, NULL));
    }
  lathe_onnx_out_node (out, "Mul", name, names[0], names[1], NULL);
  lathe_onnx_out_give (out, node, layout, name);
}

/* --- Which it is --- */

typedef struct
{
  const char *kind;
  void (*add) (LatheOnnxOut *out, const LatheProgramNode *node);
} Row;

static const Row rows[] = {
    {"conv2d", lathe_onnx_out_add_conv2d},
    {"transposed-conv2d", lathe_onnx_out_add_transposed_conv2d},
    {"max-pool", lathe_onnx_out_add_max_pool},
    {"average-pool", lathe_onnx_out_add_average_pool},
    {"global-average-pool", add_global_average_pool},
    {"global-max-pool", add_global_max_pool},
    {"up-sampling", lathe_onnx_out_add_up_sampling},
    {"dense", add_dense},
    {"embedding", add_embedding},
    {"prelu", add_prelu},
    {"batch-norm", add_batch_norm},
    {"layer-norm", add_layer_norm},
    {"group-norm", add_group_norm},
    {"dropout", add_dropout},
    {"spatial-dropout", pass},
    {"flatten", add_flatten},
    {"reshape", add_reshape},
    {"permute", add_permute},
    {"rescale", add_rescale},
    {"add", add_add},
    {"multiply", add_multiply},
    {"concatenate", add_concatenate},
    {NULL, add_activation},
};

const char *
lathe_onnx_out_obstacle (const LatheProgramNode *node)
{
  gboolean is_input = node->node->inputs->len == 0;

  return is_input || LATHE_PROGRAM_ROW (rows, node) != NULL ? NULL
                                                            : N_ ("is of a kind that has no counterpart in ONNX");
}

/**
 * lathe_onnx_out_add:
 *
 * Adds a layer that has no obstacle, and is not the input.
 */
void
lathe_onnx_out_add (LatheOnnxOut *out, const LatheProgramNode *node)
{
  if (node->left_out)
    pass (out, node);
  else
    LATHE_PROGRAM_ROW (rows, node)->add (out, node);
}
