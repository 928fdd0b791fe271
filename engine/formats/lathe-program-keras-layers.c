/* lathe-program-keras-layers.c: each kind of layer in Keras.
 *
 * Keras has its channels last, as Lathe has them, so that nearly everything is one layer there, too. What is not, is a
 * layer between others of its own, called after the one that it helps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program-keras.h"

#include <glib/gi18n-lib.h>

#define IMAGE 3 /* the rank of an image */

/* --- Statements --- */

/* “variable = call(from)”: the layer as a whole, or its last part. */
void
lathe_keras_assign_from (LatheKeras *keras, const LatheProgramNode *node, LatheProgramCall *call, const char *from)
{
  g_autofree char *before = g_strdup_printf ("%s = ", node->variable), *after = g_strdup_printf ("(%s)", from);

  lathe_program_call_write (keras->body, LATHE_KERAS_BODY, before, call, after);
}

void
lathe_keras_assign_text (LatheKeras *keras, const LatheProgramNode *node, const char *expression)
{
  g_string_append_printf (keras->body, "%*s%s = %s\n", LATHE_KERAS_BODY, "", node->variable, expression);
}

void
lathe_keras_add_name (LatheProgramCall *call, const LatheProgramNode *node)
{
  lathe_program_add (call, "name=\"%s\"", node->name);
}

/* The call of a layer that is all there is to it. */
void
lathe_keras_assign (LatheKeras *keras, const LatheProgramNode *node, LatheProgramCall *call)
{
  lathe_keras_add_name (call, node);
  lathe_keras_assign_from (keras, node, call, node->from[0]);
}

/* --- Activations --- */

static const struct
{
  const char *word, *function;   /* what Keras calls it, or a function of the program */
  const char *layer, *parameter; /* the layer that it is by itself, where that has a parameter */
  LatheKerasNeeds needs;         /* as a property */
} activations[LATHE_N_ACTIVATIONS] = {
    [LATHE_ACTIVATION_RELU] = {"relu"},
    [LATHE_ACTIVATION_SIGMOID] = {"sigmoid"},
    [LATHE_ACTIVATION_SOFTMAX] = {"softmax"},
    [LATHE_ACTIVATION_RELU6] = {"relu6"},
    [LATHE_ACTIVATION_LEAKY_RELU] = {NULL, "leaky_relu", "layers.LeakyReLU", "negative_slope", LATHE_KERAS_LEAKY_RELU},
    [LATHE_ACTIVATION_ELU] = {"elu", NULL, "layers.ELU", "alpha"},
    [LATHE_ACTIVATION_SELU] = {"selu"},
    [LATHE_ACTIVATION_GELU] = {"gelu"},
    [LATHE_ACTIVATION_GELU_TANH] = {NULL, "gelu_tanh", NULL, NULL, LATHE_KERAS_GELU_TANH},
    [LATHE_ACTIVATION_SILU] = {"silu"},
    [LATHE_ACTIVATION_HARD_SWISH] = {"hard_silu"},
    [LATHE_ACTIVATION_HARD_SIGMOID] = {"hard_sigmoid"},
    [LATHE_ACTIVATION_TANH] = {"tanh"},
    [LATHE_ACTIVATION_SOFTPLUS] = {"softplus"},
};

/**
 * lathe_keras_activation_word:
 *
 * Returns: (nullable): what Keras 3 calls an activation with its usual parameter; NULL: it has none
 */
const char *
lathe_keras_activation_word (LatheActivation activation)
{
  return activations[activation].word;
}

/* (transfer full) */
static char *
spell_activation (LatheKeras *keras, LatheActivation activation)
{
  keras->needs |= activations[activation].needs;
  return activations[activation].word != NULL ? g_strdup_printf ("\"%s\"", activations[activation].word)
                                              : g_strdup (activations[activation].function);
}

void
lathe_keras_add_activation (LatheKeras *keras, const LatheProgramNode *node, LatheProgramCall *call)
{
  LatheActivation activation = lathe_program_activation (node);

  if (activation != LATHE_ACTIVATION_NONE)
    {
      g_autofree char *text = spell_activation (keras, activation);

      lathe_program_add (call, "activation=%s", text);
    }
}

static void
add_activation (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheActivation activation = lathe_program_kind_activation (node->node->kind);
  LatheProgramCall *call;

  if (activations[activation].layer != NULL)
    {
      g_autofree char *number = lathe_program_number (node->node->properties.value[0]);

      call = lathe_program_call (activations[activation].layer);
      lathe_program_add (call, "%s=%s", activations[activation].parameter, number);
    }
  else
    {
      g_autofree char *text = spell_activation (keras, activation);

      call = lathe_program_call ("layers.Activation");
      lathe_program_add (call, "%s", text);
    }
  lathe_keras_assign (keras, node, call);
}

void
lathe_keras_add_bias (LatheProgramCall *call, const LatheProgramNode *node)
{
  if (node->n_parameters == 1)
    lathe_program_add (call, "use_bias=False");
}

/* A slope is shared by all pixels, and perhaps by all channels. */
static void
add_prelu (LatheKeras *keras, const LatheProgramNode *node)
{
  static const char *const axes[] = {"", "1", "1, 2", "1, 2, 3"};
  guint n = node->output.rank - (lathe_program_value (node, "shared") == 0);
  LatheProgramCall *call = lathe_program_call ("layers.PReLU");

  lathe_program_add (call, "alpha_initializer=keras.initializers.Constant(0.25)");
  if (n > 0)
    lathe_program_add (call, "shared_axes=[%s]", axes[n]);
  lathe_keras_assign (keras, node, call);
}

/* --- Pooling a whole image, and making it larger --- */

static void
add_global_average_pool (LatheKeras *keras, const LatheProgramNode *node)
{
  lathe_keras_assign (keras, node, lathe_program_call ("layers.GlobalAveragePooling2D"));
}

static void
add_global_max_pool (LatheKeras *keras, const LatheProgramNode *node)
{
  lathe_keras_assign (keras, node, lathe_program_call ("layers.GlobalMaxPooling2D"));
}

static void
add_up_sampling (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("layers.UpSampling2D");
  g_autofree char *scale =
      lathe_program_pair (lathe_program_count (node, "scale-height"), lathe_program_count (node, "scale-width"));

  lathe_program_add (call, "%s", scale);
  if (lathe_program_value (node, "method") != 0)
    lathe_program_add (call, "interpolation=\"bilinear\"");
  lathe_keras_assign (keras, node, call);
}

/* --- Dense --- */

static void
add_dense (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("layers.Dense");

  lathe_program_add (call, "%u", node->output.dim[0]);
  lathe_keras_add_activation (keras, node, call);
  lathe_keras_add_bias (call, node);
  lathe_keras_add_weights (keras, node, call, "kernel");
  lathe_keras_assign (keras, node, call);
}

/* What is no number is word 0, and what is beyond the vocabulary its last one. */
static void
add_embedding (LatheKeras *keras, const LatheProgramNode *node)
{
  guint vocabulary = lathe_program_count (node, "vocabulary");
  LatheProgramCall *call = lathe_program_call ("layers.Embedding");
  g_autofree char *inside = g_strdup_printf ("ops.clip(ops.nan_to_num(%s), 0, %u)", node->from[0], vocabulary - 1);
  g_autofree char *words = g_strdup_printf ("ops.cast(%s, \"int32\")", node->variable);

  keras->needs |= LATHE_KERAS_OPS;
  lathe_keras_assign_text (keras, node, inside);
  lathe_program_add (call, "%u", vocabulary);
  lathe_program_add (call, "%u", lathe_program_count (node, "dimension"));
  lathe_keras_add_weights (keras, node, call, "embeddings");
  lathe_keras_add_name (call, node);
  lathe_keras_assign_from (keras, node, call, words);
}

/* --- Norms and dropout --- */

static void
add_number (LatheProgramCall *call, const char *name, double value, double usual)
{
  if (value != usual)
    lathe_program_add_number (call, name, value);
}

static void
add_batch_norm (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("layers.BatchNormalization");

  add_number (call, "momentum", lathe_program_value (node, "momentum"), 0.99);
  add_number (call, "epsilon", lathe_program_value (node, "epsilon"), 1e-3);
  lathe_keras_add_weights (keras, node, call, NULL);
  lathe_keras_assign (keras, node, call);
}

static void
add_layer_norm (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("layers.LayerNormalization");

  add_number (call, "epsilon", lathe_program_value (node, "epsilon"), 1e-3);
  lathe_keras_assign (keras, node, call);
}

static void
add_group_norm (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("layers.GroupNormalization");

  lathe_program_add (call, "%u", lathe_program_count (node, "groups"));
  add_number (call, "epsilon", lathe_program_value (node, "epsilon"), 1e-3);
  lathe_keras_assign (keras, node, call);
}

static void
add_dropout_of (LatheKeras *keras, const LatheProgramNode *node, const char *layer)
{
  LatheProgramCall *call = lathe_program_call (layer);
  g_autofree char *rate = lathe_program_number (lathe_program_value (node, "rate"));

  lathe_program_add (call, "%s", rate);
  lathe_keras_assign (keras, node, call);
}

static void
add_dropout (LatheKeras *keras, const LatheProgramNode *node)
{
  add_dropout_of (keras, node, "layers.Dropout");
}

static void
add_spatial_dropout (LatheKeras *keras, const LatheProgramNode *node)
{
  add_dropout_of (keras, node, "layers.SpatialDropout2D");
}

/* --- Shapes --- */

static void
add_input (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("keras.Input");
  g_autofree char *before = g_strdup_printf ("%s = ", node->variable);

  lathe_program_add (call, "(%u, %u, %u)", node->output.dim[0], node->output.dim[1], node->output.dim[2]);
  lathe_keras_add_name (call, node);
  lathe_program_call_write (keras->body, LATHE_KERAS_BODY, before, call, "");
}

static void
add_flatten (LatheKeras *keras, const LatheProgramNode *node)
{
  lathe_keras_assign (keras, node, lathe_program_call ("layers.Flatten"));
}

static void
add_reshape (LatheKeras *keras, const LatheProgramNode *node)
{
  const guint *dim = node->output.dim;
  LatheProgramCall *call = lathe_program_call ("layers.Reshape");

  lathe_program_add (call, "(%u, %u, %u)", dim[0], dim[1], dim[2]);
  lathe_keras_assign (keras, node, call);
}

static void
add_permute (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("layers.Permute");
  guint order[3];

  lathe_program_order (node, order);
  lathe_program_add (call, "(%u, %u, %u)", order[0] + 1, order[1] + 1, order[2] + 1);
  lathe_keras_assign (keras, node, call);
}

static void
add_rescale (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("layers.Rescaling");
  g_autofree char *scale = lathe_program_number (lathe_program_value (node, "scale"));

  lathe_program_add (call, "%s", scale);
  add_number (call, "offset", lathe_program_value (node, "offset"), 0);
  lathe_keras_assign (keras, node, call);
}

/* --- Branches --- */

static void
add_merge (LatheKeras *keras, const LatheProgramNode *node, const char *layer)
{
  LatheProgramCall *call = lathe_program_call (layer);
  GString *list = g_string_new ("[");

  for (guint i = 0; i < node->n_inputs; i++)
    g_string_append_printf (list, i > 0 ? ", %s" : "%s", node->from[i]);
  g_string_append_c (list, ']');
  lathe_keras_add_name (call, node);
  lathe_keras_assign_from (keras, node, call, list->str);
  g_string_free (list, TRUE);
}

static void
add_add (LatheKeras *keras, const LatheProgramNode *node)
{
  add_merge (keras, node, "layers.Add");
}

static void
add_concatenate (LatheKeras *keras, const LatheProgramNode *node)
{
  add_merge (keras, node, "layers.Concatenate");
}

/* One number a channel comes as a vector, or as an image of one pixel. */
static void
add_multiply (LatheKeras *keras, const LatheProgramNode *node)
{
  LatheProgramCall *reshape, *call;
  g_autofree char *gate = NULL, *before = NULL, *after = NULL, *both = NULL;

  if (node->input[0].rank != IMAGE || node->input[1].rank == IMAGE)
    {
      add_merge (keras, node, "layers.Multiply");
      return;
    }
  gate = g_strdup_printf ("%s_gate", node->name);
  before = g_strdup_printf ("%s = ", gate);
  after = g_strdup_printf ("(%s)", node->from[1]);
  both = g_strdup_printf ("[%s, %s]", node->from[0], gate);
  reshape = lathe_program_call ("layers.Reshape");
  lathe_program_add (reshape, "(1, 1, %u)", node->output.dim[2]);
  lathe_program_add (reshape, "name=\"%s\"", gate);
  lathe_program_call_write (keras->body, LATHE_KERAS_BODY, before, reshape, after);
  call = lathe_program_call ("layers.Multiply");
  lathe_keras_add_name (call, node);
  lathe_keras_assign_from (keras, node, call, both);
}

/* --- Which it is --- */

typedef struct
{
  const char *kind;
  void (*add) (LatheKeras *keras, const LatheProgramNode *node);
  const char *(*obstacle) (const LatheProgramNode *node);
} Row;

static const Row rows[] = {
    {"input", add_input},
    {"conv2d", lathe_keras_add_conv2d},
    {"transposed-conv2d", lathe_keras_add_transposed_conv2d, lathe_keras_transposed_obstacle},
    {"max-pool", lathe_keras_add_max_pool},
    {"average-pool", lathe_keras_add_average_pool},
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
    {"spatial-dropout", add_spatial_dropout},
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
lathe_keras_obstacle (const LatheProgramNode *node)
{
  const Row *row = LATHE_PROGRAM_ROW (rows, node);

  if (row == NULL)
    return N_ ("is of a kind that has no counterpart in Keras");
  return row->obstacle != NULL ? row->obstacle (node) : NULL;
}

void
lathe_keras_add (LatheKeras *keras, const LatheProgramNode *node)
{
  if (node->left_out)
    return;
  LATHE_PROGRAM_ROW (rows, node)->add (keras, node);
  lathe_keras_freeze (keras, node);
}
