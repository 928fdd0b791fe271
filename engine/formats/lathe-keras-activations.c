/* lathe-keras-activations.c: activations as layers of Keras, and as a property of others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-keras.h"
#include "lathe-program-keras.h"

static const LatheKerasLayer *
add_times (LatheKerasModel *model, const LatheProgramNode *node, const char *suffix, const LatheKerasLayer *a,
           const LatheKerasLayer *b)
{
  LatheKerasLayer *layer = lathe_keras_layer (model, node, suffix, "Multiply", a, &a->output);

  layer->inputs[layer->n_inputs++] = b;
  return layer;
}

const LatheKerasLayer *
lathe_keras_line (LatheKerasModel *model, const LatheProgramNode *node, const char *suffix, const LatheKerasLayer *from,
                  double scale, double offset)
{
  LatheKerasLayer *layer = lathe_keras_layer (model, node, suffix, "Rescaling", from, &from->output);

  json_object_set_double_member (layer->config, "scale", scale);
  json_object_set_double_member (layer->config, "offset", offset);
  return layer;
}

static const LatheKerasLayer *
add_with (LatheKerasModel *model, const LatheProgramNode *node, const char *suffix, const char *class,
          const LatheKerasLayer *from, const char *name, double value)
{
  LatheKerasLayer *layer = lathe_keras_layer (model, node, suffix, class, from, &from->output);

  json_object_set_double_member (layer->config, name, value);
  return layer;
}

static const LatheKerasLayer *
add_word (LatheKerasModel *model, const LatheProgramNode *node, const char *suffix, const LatheKerasLayer *from,
          const char *word)
{
  LatheKerasLayer *layer = lathe_keras_layer (model, node, suffix, "Activation", from, &from->output);

  json_object_set_string_member (layer->config, "activation", word);
  return layer;
}

/* min (max (0, x + 3), 6) / 6: what Keras 2 calls a hard sigmoid is another. */
static const LatheKerasLayer *
add_hard_sigmoid (LatheKerasModel *model, const LatheProgramNode *node, const LatheKerasLayer *from)
{
  const LatheKerasLayer *x = lathe_keras_line (model, node, "shifted", from, 1, 3);

  x = add_with (model, node, "relu6", "ReLU", x, "max_value", 6);
  return lathe_keras_line (model, node, "share", x, 1.0 / 6, 0);
}

/* x / 2 · (1 + tanh u) is x · sigmoid (2u), and 2u = x · (0.044715 a·x² + a), a = √(8/π). */
static const LatheKerasLayer *
add_gelu_tanh (LatheKerasModel *model, const LatheProgramNode *node, const LatheKerasLayer *from)
{
  double a = sqrt (8 / G_PI);
  const LatheKerasLayer *x = add_times (model, node, "square", from, from);

  x = lathe_keras_line (model, node, "steep", x, 0.044715 * a, a);
  x = add_times (model, node, "power", from, x);
  x = add_word (model, node, "sigmoid", x, "sigmoid");
  return add_times (model, node, "gelu", from, x);
}

/**
 * lathe_keras_property_word:
 *
 * Returns: (nullable): what an activation is called as a property of a layer; NULL: it has no name that all know
 */
const char *
lathe_keras_property_word (const LatheKerasModel *model, LatheActivation activation)
{
  if (activation == LATHE_ACTIVATION_NONE)
    return "linear";
  if (!model->legacy)
    return lathe_keras_activation_word (activation);
  switch (activation)
    {
    case LATHE_ACTIVATION_RELU6:
    case LATHE_ACTIVATION_HARD_SWISH:
    case LATHE_ACTIVATION_HARD_SIGMOID:
      return NULL;
    case LATHE_ACTIVATION_SILU:
      return "swish";
    default:
      return lathe_keras_activation_word (activation);
    }
}

/**
 * lathe_keras_activate:
 * @parameter: of those activations that have one
 *
 * Returns: (transfer none): the last of the layers that an activation is
 */
const LatheKerasLayer *
lathe_keras_activate (LatheKerasModel *model, const LatheProgramNode *node, LatheActivation activation,
                      double parameter, const LatheKerasLayer *from)
{
  gboolean itself = lathe_program_kind_activation (node->node->kind) == activation;
  const char *suffix = itself ? NULL : lathe_activation_names[activation];
  const char *word = lathe_keras_property_word (model, activation);

  if (activation == LATHE_ACTIVATION_LEAKY_RELU)
    return add_with (model, node, suffix, "LeakyReLU", from, model->legacy ? "alpha" : "negative_slope", parameter);
  if (activation == LATHE_ACTIVATION_ELU)
    return add_with (model, node, suffix, "ELU", from, "alpha", parameter);
  if (activation == LATHE_ACTIVATION_RELU6)
    return add_with (model, node, suffix, "ReLU", from, "max_value", 6);
  if (word != NULL)
    return add_word (model, node, suffix, from, word);
  if (activation == LATHE_ACTIVATION_GELU_TANH)
    return add_gelu_tanh (model, node, from);
  if (activation == LATHE_ACTIVATION_HARD_SIGMOID)
    return add_hard_sigmoid (model, node, from);
  return add_times (model, node, "swish", from, add_hard_sigmoid (model, node, from));
}
