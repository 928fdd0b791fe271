/* lathe-keras-layers.c: each kind of layer as layers of Keras, for its files.
 *
 * What a program of lathe-program-keras-layers.c says in an expression between layers is layers here: a file that both
 * Keras 2 and Keras 3 load has nothing else. What only Keras 3 has a word for is put together of what both have.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-keras.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "lathe-program-keras.h"

#define IMAGE 3 /* the rank of an image */

/* --- Layers --- */

/* Keras 2 takes a name for part of a scope of TensorFlow's, which has its rules; a name that does not keep them becomes
 * the identifier that it is in a program. */
static gboolean
is_scope (const char *name)
{
  if (!g_ascii_isalnum (*name))
    return FALSE;
  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("_.-", *c) == NULL)
      return FALSE;
  return TRUE;
}

static char *
choose_name (LatheKerasModel *model, const LatheProgramNode *node, const char *suffix)
{
  g_autofree char *own = g_strdup (is_scope (node->node->name) ? node->node->name : node->name);
  char *name = suffix != NULL ? g_strdup_printf ("%s_%s", own, suffix) : g_strdup (own);

  for (guint i = 2; g_hash_table_contains (model->taken, name); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s_%s%u", own, suffix != NULL ? suffix : "", i);
    }
  g_hash_table_add (model->taken, name);
  return name;
}

/**
 * lathe_keras_layer:
 * @suffix: (nullable): what is behind the name of the layer that it stands for; NULL: it is that one itself
 * @from: (nullable): what it takes; NULL: what the node takes first
 *
 * Returns: (transfer none): a new layer of the model
 */
LatheKerasLayer *
lathe_keras_layer (LatheKerasModel *model, const LatheProgramNode *node, const char *suffix, const char *class,
                   const LatheKerasLayer *from, const LatheShape *output)
{
  LatheKerasLayer *layer = g_new0 (LatheKerasLayer, 1);

  layer->name = choose_name (model, node, suffix);
  layer->class = class;
  layer->config = json_object_new ();
  layer->output = *output;
  if (from == NULL && node->n_inputs > 0)
    from = g_hash_table_lookup (model->last, node->node->inputs->pdata[0]);
  if (from != NULL)
    layer->inputs[layer->n_inputs++] = from;
  g_ptr_array_add (model->layers, layer);
  return layer;
}

/* The layer that a node is, all by itself. */
static LatheKerasLayer *
layer_of (LatheKerasModel *model, const LatheProgramNode *node, const char *class)
{
  return lathe_keras_layer (model, node, NULL, class, NULL, &node->output);
}

/* What comes out of a node in the end. */
static const char *
finish (LatheKerasModel *model, const LatheProgramNode *node, const LatheKerasLayer *layer)
{
  g_hash_table_insert (model->last, (gpointer) node->node, (gpointer) layer);
  return NULL;
}

void
lathe_keras_set_pair (LatheKerasLayer *layer, const char *name, guint height, guint width)
{
  JsonArray *pair = json_array_new ();

  json_array_add_int_element (pair, height);
  json_array_add_int_element (pair, width);
  json_object_set_array_member (layer->config, name, pair);
}

/* --- Weights --- */

/**
 * lathe_keras_set_variable:
 * @i: which of the node's parameters it is
 *
 * The layer gets it in Lathe's shape.
 */
void
lathe_keras_set_variable (LatheKerasModel *model, LatheKerasLayer *layer, const LatheProgramNode *node, guint i,
                          const char *name)
{
  const GArray *weights = model->program->export->model->weights;
  g_autofree char *tensor = g_strdup_printf ("%s.%s", node->node->name, node->parameter[i].name);
  LatheKerasVariable *variable = &layer->variable[layer->n_variables++];

  variable->name = name;
  variable->rank = node->parameter[i].shape.rank;
  memcpy (variable->dim, node->parameter[i].shape.dim, sizeof variable->dim);
  for (guint j = 0; j < weights->len && variable->data == NULL; j++)
    if (g_str_equal (g_array_index (weights, LatheWeight, j).name, tensor))
      variable->data = g_array_index (weights, LatheWeight, j).data;
  g_assert (variable->data != NULL);
}

static void
set_object (LatheKerasModel *model, LatheKerasLayer *layer, const char *name, const char *class, JsonObject *config)
{
  JsonObject *object = json_object_new ();

  if (!model->legacy)
    {
      json_object_set_string_member (object, "module",
                                     g_str_equal (class, "MaxNorm") ? "keras.constraints" : "keras.regularizers");
      json_object_set_null_member (object, "registered_name");
    }
  json_object_set_string_member (object, "class_name", class);
  json_object_set_object_member (object, "config", config);
  json_object_set_object_member (layer->config, name, object);
}

static void
set_regulariser (LatheKerasModel *model, LatheKerasLayer *layer, const LatheParameter *parameter, const char *what)
{
  g_autofree char *name = g_strconcat (what, "_regularizer", NULL);
  JsonObject *config;

  if (!lathe_parameter_is_trained (parameter) || (parameter->l1 == 0 && parameter->l2 == 0))
    return;
  config = json_object_new ();
  json_object_set_double_member (config, "l1", parameter->l1);
  json_object_set_double_member (config, "l2", parameter->l2);
  set_object (model, layer, name, "L1L2", config);
}

/* Over all dimensions but the one that counts the outputs. */
static void
set_bound (LatheKerasModel *model, LatheKerasLayer *layer, const LatheParameter *parameter, const char *prefix)
{
  g_autofree char *name = g_strconcat (prefix, "_constraint", NULL);
  guint output = g_str_equal (layer->class, "Conv2DTranspose") ? 2 : parameter->shape.rank - 1;
  JsonObject *config;
  JsonArray *axes;

  if (parameter->max_norm == 0 || !lathe_parameter_is_trained (parameter))
    return;
  config = json_object_new ();
  axes = json_array_new ();
  for (guint i = 0; i < parameter->shape.rank; i++)
    if (i != output && (i != 2 || !g_str_equal (prefix, "depthwise")))
      json_array_add_int_element (axes, i);
  json_object_set_double_member (config, "max_value", parameter->max_norm);
  json_object_set_array_member (config, "axis", axes);
  set_object (model, layer, name, "MaxNorm", config);
}

/**
 * lathe_keras_set_weights:
 * @prefix: what Keras calls the weights in what keeps them small: “kernel”, “depthwise”, “embeddings”
 * @name: what it calls them as a variable
 */
void
lathe_keras_set_weights (LatheKerasModel *model, LatheKerasLayer *layer, const LatheProgramNode *node,
                         const char *prefix, const char *name)
{
  gboolean bias = node->n_parameters == 2;

  lathe_keras_set_variable (model, layer, node, 0, name);
  set_regulariser (model, layer, &node->parameter[0], prefix);
  set_bound (model, layer, &node->parameter[0], prefix);
  layer->frozen = node->parameter[0].frozen && (!bias || node->parameter[1].frozen);
  if (g_str_equal (prefix, "embeddings"))
    return;
  json_object_set_boolean_member (layer->config, "use_bias", bias);
  if (bias)
    lathe_keras_set_variable (model, layer, node, 1, "bias");
}

/* --- Layers that are one in Keras --- */

static const char *
add_activation (LatheKerasModel *model, const LatheProgramNode *node)
{
  const LatheKerasLayer *from = g_hash_table_lookup (model->last, node->node->inputs->pdata[0]);

  return finish (model, node,
                 lathe_keras_activate (model, node, lathe_program_kind_activation (node->node->kind),
                                       node->node->properties.value[0], from));
}

static const char *
add_plain (LatheKerasModel *model, const LatheProgramNode *node, const char *class)
{
  return finish (model, node, layer_of (model, node, class));
}

/* Bytes go in: (byte - 255 m) / √((255 d)²) is (byte / 255 - m) / d. */
static const LatheKerasLayer *
add_normalisation (LatheKerasModel *model, const LatheProgramNode *node, const LatheKerasLayer *from)
{
  const LathePreprocess *preprocess = &model->program->export->model->preprocess;
  LatheKerasLayer *layer = lathe_keras_layer (model, node, "normalization", "Normalization", from, &from->output);
  JsonArray *mean = json_array_new (), *variance = json_array_new ();

  for (guint c = 0; c < preprocess->channels; c++)
    {
      double deviation = 255 * (double) preprocess->deviation[c];

      json_array_add_double_element (mean, 255 * (double) preprocess->mean[c]);
      json_array_add_double_element (variance, deviation * deviation);
    }
  json_object_set_int_member (layer->config, "axis", -1);
  json_object_set_array_member (layer->config, "mean", mean);
  json_object_set_array_member (layer->config, "variance", variance);
  return layer;
}

static const char *
add_input (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheKerasLayer *layer = layer_of (model, node, "InputLayer");
  JsonArray *shape = json_array_new ();

  json_array_add_null_element (shape);
  for (guint i = 0; i < node->output.rank; i++)
    json_array_add_int_element (shape, node->output.dim[i]);
  json_object_set_array_member (layer->config, model->legacy ? "batch_input_shape" : "batch_shape", shape);
  json_object_set_boolean_member (layer->config, "sparse", FALSE);
  json_object_set_boolean_member (layer->config, "ragged", FALSE);
  return finish (model, node, model->program->export->preprocesses ? add_normalisation (model, node, layer) : layer);
}

static const char *
add_dense (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheActivation activation = lathe_program_activation (node);
  const char *word = lathe_keras_property_word (model, activation);
  LatheKerasLayer *layer = layer_of (model, node, "Dense");

  json_object_set_int_member (layer->config, "units", node->output.dim[0]);
  json_object_set_string_member (layer->config, "activation", word != NULL ? word : "linear");
  lathe_keras_set_weights (model, layer, node, "kernel", "kernel");
  if (word != NULL)
    return finish (model, node, layer);
  return finish (model, node,
                 lathe_keras_activate (model, node, activation, lathe_program_usual_parameter (activation), layer));
}

/* What is beyond the vocabulary is its last word; what is no whole number is cut to one by Keras itself. */
static const char *
add_embedding (LatheKerasModel *model, const LatheProgramNode *node)
{
  guint vocabulary = lathe_program_count (node, "vocabulary");
  LatheKerasLayer *words = lathe_keras_layer (model, node, "words", "ReLU", NULL, &node->input[0]), *layer;

  json_object_set_double_member (words->config, "max_value", vocabulary - 1);
  layer = lathe_keras_layer (model, node, NULL, "Embedding", words, &node->output);
  json_object_set_int_member (layer->config, "input_dim", vocabulary);
  json_object_set_int_member (layer->config, "output_dim", node->output.dim[1]);
  lathe_keras_set_weights (model, layer, node, "embeddings", "embeddings");
  return finish (model, node, layer);
}

static LatheKerasLayer *
norm_of (LatheKerasModel *model, const LatheProgramNode *node, const char *class)
{
  LatheKerasLayer *layer = layer_of (model, node, class);

  json_object_set_int_member (layer->config, "axis", -1);
  json_object_set_double_member (layer->config, "epsilon", lathe_program_value (node, "epsilon"));
  json_object_set_boolean_member (layer->config, "center", TRUE);
  json_object_set_boolean_member (layer->config, "scale", TRUE);
  lathe_keras_set_variable (model, layer, node, 0, "gamma");
  lathe_keras_set_variable (model, layer, node, 1, "beta");
  layer->frozen = node->parameter[0].frozen && node->parameter[1].frozen;
  return layer;
}

static const char *
add_batch_norm (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheKerasLayer *layer = norm_of (model, node, "BatchNormalization");

  json_object_set_double_member (layer->config, "momentum", lathe_program_value (node, "momentum"));
  set_regulariser (model, layer, &node->parameter[0], "gamma");
  set_regulariser (model, layer, &node->parameter[1], "beta");
  lathe_keras_set_variable (model, layer, node, 2, "moving_mean");
  lathe_keras_set_variable (model, layer, node, 3, "moving_variance");
  return finish (model, node, layer);
}

static const char *
add_layer_norm (LatheKerasModel *model, const LatheProgramNode *node)
{
  return finish (model, node, norm_of (model, node, "LayerNormalization"));
}

static const char *
add_group_norm (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheKerasLayer *layer = norm_of (model, node, "GroupNormalization");

  json_object_set_int_member (layer->config, "groups", lathe_program_count (node, "groups"));
  return finish (model, node, layer);
}

/* A slope is shared by all pixels, and perhaps by all channels. */
static const char *
add_prelu (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheKerasLayer *layer = layer_of (model, node, "PReLU");
  gboolean shared = lathe_program_value (node, "shared") != 0;
  JsonArray *axes = json_array_new ();
  LatheKerasVariable *alpha;

  lathe_keras_set_variable (model, layer, node, 0, "alpha");
  alpha = &layer->variable[0];
  alpha->rank = node->output.rank;
  for (guint i = 0; i < alpha->rank; i++)
    {
      gboolean channels = i == alpha->rank - 1 && !shared;

      alpha->dim[i] = channels ? node->output.dim[i] : 1;
      if (!channels)
        json_array_add_int_element (axes, i + 1);
    }
  json_object_set_array_member (layer->config, "shared_axes", axes);
  layer->frozen = node->parameter[0].frozen;
  return finish (model, node, layer);
}

static const char *
add_dropout (LatheKerasModel *model, const LatheProgramNode *node)
{
  gboolean channels = g_str_equal (node->node->kind->name, "spatial-dropout");
  LatheKerasLayer *layer = layer_of (model, node, channels ? "SpatialDropout2D" : "Dropout");

  json_object_set_double_member (layer->config, "rate", lathe_program_value (node, "rate"));
  return finish (model, node, layer);
}

static const char *
add_up_sampling (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheKerasLayer *layer = layer_of (model, node, "UpSampling2D");

  lathe_keras_set_pair (layer, "size", lathe_program_count (node, "scale-height"),
                        lathe_program_count (node, "scale-width"));
  json_object_set_string_member (layer->config, "interpolation",
                                 lathe_program_value (node, "method") != 0 ? "bilinear" : "nearest");
  return finish (model, node, layer);
}

static const char *
add_global_average_pool (LatheKerasModel *model, const LatheProgramNode *node)
{
  return add_plain (model, node, "GlobalAveragePooling2D");
}

static const char *
add_global_max_pool (LatheKerasModel *model, const LatheProgramNode *node)
{
  return add_plain (model, node, "GlobalMaxPooling2D");
}

static const char *
add_flatten (LatheKerasModel *model, const LatheProgramNode *node)
{
  return add_plain (model, node, "Flatten");
}

static const char *
add_rescale (LatheKerasModel *model, const LatheProgramNode *node)
{
  const LatheKerasLayer *from = g_hash_table_lookup (model->last, node->node->inputs->pdata[0]);

  return finish (model, node,
                 lathe_keras_line (model, node, NULL, from, lathe_program_value (node, "scale"),
                                   lathe_program_value (node, "offset")));
}

/* --- Shapes and branches --- */

static void
set_dims (LatheKerasLayer *layer, const char *name, const guint *dim, guint n, guint more)
{
  JsonArray *dims = json_array_new ();

  for (guint i = 0; i < n; i++)
    json_array_add_int_element (dims, dim[i] + more);
  json_object_set_array_member (layer->config, name, dims);
}

static const char *
add_reshape (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheKerasLayer *layer = layer_of (model, node, "Reshape");

  set_dims (layer, "target_shape", node->output.dim, node->output.rank, 0);
  return finish (model, node, layer);
}

static const char *
add_permute (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheKerasLayer *layer = layer_of (model, node, "Permute");
  guint order[3];

  lathe_program_order (node, order);
  set_dims (layer, "dims", order, 3, 1);
  return finish (model, node, layer);
}

static LatheKerasLayer *
merge_of (LatheKerasModel *model, const LatheProgramNode *node, const char *class)
{
  LatheKerasLayer *layer = layer_of (model, node, class);

  for (; layer->n_inputs < node->n_inputs; layer->n_inputs++)
    layer->inputs[layer->n_inputs] = g_hash_table_lookup (model->last, node->node->inputs->pdata[layer->n_inputs]);
  return layer;
}

static const char *
add_add (LatheKerasModel *model, const LatheProgramNode *node)
{
  return finish (model, node, merge_of (model, node, "Add"));
}

static const char *
add_concatenate (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheKerasLayer *layer = merge_of (model, node, "Concatenate");

  json_object_set_int_member (layer->config, "axis", -1);
  return finish (model, node, layer);
}

/* One number a channel, where it comes as a vector, is made an image of one pixel. */
static const char *
add_multiply (LatheKerasModel *model, const LatheProgramNode *node)
{
  LatheShape pixel = LATHE_SHAPE_IMAGE (1, 1, node->output.dim[node->output.rank - 1]);
  LatheKerasLayer *gate, *layer;

  if (node->input[0].rank != IMAGE || node->input[1].rank == IMAGE)
    return finish (model, node, merge_of (model, node, "Multiply"));
  gate = lathe_keras_layer (model, node, "gate", "Reshape",
                            g_hash_table_lookup (model->last, node->node->inputs->pdata[1]), &pixel);
  set_dims (gate, "target_shape", pixel.dim, pixel.rank, 0);
  layer = layer_of (model, node, "Multiply");
  layer->inputs[layer->n_inputs++] = gate;
  return finish (model, node, layer);
}

/* --- Which it is --- */

typedef struct
{
  const char *kind;
  const char *(*add) (LatheKerasModel *model, const LatheProgramNode *node);
} Row;

static const Row rows[] = {
    {"input", add_input},
    {"conv2d", lathe_keras_make_conv2d},
    {"transposed-conv2d", lathe_keras_make_transposed_conv2d},
    {"max-pool", lathe_keras_make_max_pool},
    {"average-pool", lathe_keras_make_average_pool},
    {"global-average-pool", add_global_average_pool},
    {"global-max-pool", add_global_max_pool},
    {"up-sampling", add_up_sampling},
    {"dense", add_dense},
    {"embedding", add_embedding},
    {"prelu", add_prelu},
    {"batch-norm", add_batch_norm},
    {"layer-norm", add_layer_norm},
    {"group-norm", add_group_norm},
    {"dropout", add_dropout},
    {"spatial-dropout", add_dropout},
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
lathe_keras_model_add (LatheKerasModel *model, const LatheProgramNode *node)
{
  const char *obstacle = lathe_keras_obstacle (node);
  const Row *row = LATHE_PROGRAM_ROW (rows, node);

  if (obstacle != NULL)
    return obstacle;
  if (node->left_out)
    return finish (model, node, g_hash_table_lookup (model->last, node->node->inputs->pdata[0]));
  return row->add (model, node);
}
