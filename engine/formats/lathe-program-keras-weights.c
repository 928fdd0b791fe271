/* lathe-program-keras-weights.c: how the weights of a layer begin in Keras, whether they learn, and what keeps them
 * small.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program-keras.h"

static gboolean
is_transposed (const LatheProgramNode *node)
{
  return g_str_equal (node->node->kind->name, "transposed-conv2d");
}

/* --- How they begin --- */

/* Keras counts inputs and outputs by the last two dimensions of a weight. A depthwise one lies with its filters by
 * channel. */
static gboolean
fans_agree (const LatheProgramNode *node, gboolean depthwise)
{
  const LatheParameter *weight = &node->parameter[0];
  gsize window = 1, in, out = weight->shape.dim[weight->shape.rank - 1];

  for (guint i = 0; i + 2 < weight->shape.rank; i++)
    window *= weight->shape.dim[i];
  in = weight->shape.dim[weight->shape.rank - 2];
  if (depthwise)
    {
      in = node->input[0].dim[2];
      out /= in;
    }
  if (is_transposed (node))
    return lathe_program_fans_agree (weight, window * out, window * in);
  return lathe_program_fans_agree (weight, window * in, window * out);
}

/* (transfer full) (nullable): by the name that Keras has for it; NULL: it has none, or draws another way by it */
static char *
name_initialiser (const LatheProgramNode *node, gboolean depthwise)
{
  static const char *const names[LATHE_N_INITIALISERS] = {
      [LATHE_INITIALISER_GLOROT_UNIFORM] = "glorot_uniform", [LATHE_INITIALISER_GLOROT_NORMAL] = "glorot_normal",
      [LATHE_INITIALISER_HE_UNIFORM] = "he_uniform",         [LATHE_INITIALISER_HE_NORMAL] = "he_normal",
      [LATHE_INITIALISER_LECUN_UNIFORM] = "lecun_uniform",   [LATHE_INITIALISER_LECUN_NORMAL] = "lecun_normal",
  };
  const char *name = names[node->parameter[0].initialiser];

  return name != NULL && fans_agree (node, depthwise) ? g_strdup_printf ("\"%s\"", name) : NULL;
}

static char *
spell_identity (const LatheProgramNode *node)
{
  gboolean grouped = lathe_layer_kind_property (node->node->kind, "groups") >= 0;
  guint groups = grouped ? lathe_program_count (node, "groups") : 1;

  if (is_transposed (node))
    return g_strdup_printf ("Identity(%zu, transposed=True)", node->parameter[0].fan_in);
  return groups > 1 ? g_strdup_printf ("Identity(%zu, groups=%u)", node->parameter[0].fan_in, groups)
                    : g_strdup_printf ("Identity(%zu)", node->parameter[0].fan_in);
}

/* The initialiser with its numbers. (transfer full) */
static char *
spell_initialiser (LatheKeras *keras, const LatheProgramNode *node)
{
  const LatheParameter *weight = &node->parameter[0];
  g_autofree char *spread = lathe_program_float ((float) lathe_program_spread (weight));

  switch (weight->initialiser)
    {
    case LATHE_INITIALISER_UNIFORM:
    case LATHE_INITIALISER_GLOROT_UNIFORM:
    case LATHE_INITIALISER_HE_UNIFORM:
    case LATHE_INITIALISER_LECUN_UNIFORM:
      return g_strdup_printf ("keras.initializers.RandomUniform(-%s, %s)", spread, spread);
    case LATHE_INITIALISER_CONSTANT:
      return g_strdup_printf ("keras.initializers.Constant(%s)", spread);
    case LATHE_INITIALISER_IDENTITY:
      keras->needs |= LATHE_KERAS_IDENTITY;
      return spell_identity (node);
    case LATHE_INITIALISER_WHITENING:
      keras->needs |= LATHE_KERAS_WHITENING;
      G_GNUC_FALLTHROUGH;
    case LATHE_INITIALISER_ORTHOGONAL:
      return weight->scale != 1 ? g_strdup_printf ("keras.initializers.Orthogonal(%s)", spread)
                                : g_strdup ("keras.initializers.Orthogonal()");
    default:
      return g_strdup_printf ("keras.initializers.TruncatedNormal(stddev=%s)", spread);
    }
}

/* --- What keeps them small --- */

static void
add_regulariser (LatheProgramCall *call, const LatheParameter *parameter, const char *what)
{
  g_autofree char *l1 = lathe_program_number (parameter->l1), *l2 = lathe_program_number (parameter->l2);

  if (!lathe_parameter_is_trained (parameter))
    return;
  if (parameter->l1 > 0 && parameter->l2 > 0)
    lathe_program_add (call, "%s_regularizer=keras.regularizers.L1L2(%s, %s)", what, l1, l2);
  else if (parameter->l1 > 0)
    lathe_program_add (call, "%s_regularizer=keras.regularizers.L1(%s)", what, l1);
  else if (parameter->l2 > 0)
    lathe_program_add (call, "%s_regularizer=keras.regularizers.L2(%s)", what, l2);
}

/* Over all dimensions but the one that counts the outputs. */
static void
add_bound (LatheProgramCall *call, const LatheProgramNode *node, const char *prefix)
{
  const LatheParameter *parameter = &node->parameter[0];
  g_autofree char *most = lathe_program_number (parameter->max_norm);
  const char *axes = is_transposed (node)                ? "[0, 1, 3]"
                     : g_str_equal (prefix, "depthwise") ? "[0, 1]"
                     : parameter->shape.rank == 4        ? "[0, 1, 2]"
                                                         : "0";

  if (parameter->max_norm > 0 && lathe_parameter_is_trained (parameter))
    lathe_program_add (call, "%s_constraint=keras.constraints.MaxNorm(%s, axis=%s)", prefix, most, axes);
}

/**
 * lathe_keras_add_weights:
 * @prefix: what Keras calls the layer's weights in their arguments: “kernel”, “depthwise”, “embeddings”; NULL for a
 * norm
 */
void
lathe_keras_add_weights (LatheKeras *keras, const LatheProgramNode *node, LatheProgramCall *call, const char *prefix)
{
  g_autofree char *initialiser = NULL;

  if (prefix == NULL)
    {
      add_regulariser (call, &node->parameter[0], "gamma");
      add_regulariser (call, &node->parameter[1], "beta");
      return;
    }
  initialiser = name_initialiser (node, g_str_equal (prefix, "depthwise"));
  if (initialiser == NULL)
    initialiser = spell_initialiser (keras, node);
  if (!g_str_equal (initialiser, "\"glorot_uniform\"") || g_str_equal (prefix, "embeddings"))
    lathe_program_add (call, "%s_initializer=%s", prefix, initialiser);
  add_regulariser (call, &node->parameter[0], prefix);
  add_bound (call, node, prefix);
}

/* --- Whether they learn --- */

/**
 * lathe_keras_freeze:
 *
 * A frozen norm answers while the others learn: that is what Keras makes of it by itself.
 */
void
lathe_keras_freeze (LatheKeras *keras, const LatheProgramNode *node)
{
  gboolean frozen = lathe_layer_kind_property (node->node->kind, "frozen") >= 0 &&
                    lathe_program_value (node, "frozen") == 1; /* yes, of all choices of that name */
  g_autofree char *name = g_strdup_printf ("\"%s\"", node->name);

  if (frozen)
    lathe_program_loops_add (keras->frozen, "model.get_layer(", name, ").trainable = False");
  else if (node->n_parameters > 0 && node->parameter[0].frozen)
    lathe_program_loops_add (keras->frozen, "model.get_layer(", name,
                             g_str_equal (node->parameter[0].name, "gamma") ? ").gamma.trainable = False"
                                                                            : ").kernel.trainable = False");
}
