/* lathe-layer.c: the table of layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-layer.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-activation.h"
#include "lathe-kinds.h"

static const LatheLayerKind *const kinds[] = {
    &lathe_layer_input,
    &lathe_layer_conv2d,
    &lathe_layer_transposed_conv2d,
    &lathe_layer_max_pool,
    &lathe_layer_average_pool,
    &lathe_layer_global_average_pool,
    &lathe_layer_global_max_pool,
    &lathe_layer_up_sampling,
    &lathe_layer_dense,
    &lathe_layer_embedding,
    &lathe_activations[LATHE_ACTIVATION_RELU].kind,
    &lathe_activations[LATHE_ACTIVATION_RELU6].kind,
    &lathe_activations[LATHE_ACTIVATION_LEAKY_RELU].kind,
    &lathe_layer_prelu,
    &lathe_activations[LATHE_ACTIVATION_ELU].kind,
    &lathe_activations[LATHE_ACTIVATION_SELU].kind,
    &lathe_activations[LATHE_ACTIVATION_GELU].kind,
    &lathe_activations[LATHE_ACTIVATION_GELU_TANH].kind,
    &lathe_activations[LATHE_ACTIVATION_SILU].kind,
    &lathe_activations[LATHE_ACTIVATION_HARD_SWISH].kind,
    &lathe_activations[LATHE_ACTIVATION_HARD_SIGMOID].kind,
    &lathe_activations[LATHE_ACTIVATION_SIGMOID].kind,
    &lathe_activations[LATHE_ACTIVATION_TANH].kind,
    &lathe_activations[LATHE_ACTIVATION_SOFTPLUS].kind,
    &lathe_activations[LATHE_ACTIVATION_SOFTMAX].kind,
    &lathe_layer_batch_norm,
    &lathe_layer_layer_norm,
    &lathe_layer_group_norm,
    &lathe_layer_dropout,
    &lathe_layer_spatial_dropout,
    &lathe_layer_flatten,
    &lathe_layer_reshape,
    &lathe_layer_permute,
    &lathe_layer_rescale,
    &lathe_layer_add,
    &lathe_layer_multiply,
    &lathe_layer_concatenate,
};

/**
 * lathe_layer_kinds:
 * @n_kinds: (out): how many
 *
 * Returns: every kind of layer, in the order in which a palette shows them
 */
const LatheLayerKind *const *
lathe_layer_kinds (guint *n_kinds)
{
  *n_kinds = G_N_ELEMENTS (kinds);
  return kinds;
}

/**
 * lathe_layer_kind_find:
 *
 * Returns: (nullable): the kind of this name
 */
const LatheLayerKind *
lathe_layer_kind_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kinds[i]->name, name) == 0)
      return kinds[i];
  return NULL;
}

/**
 * lathe_layer_kind_property:
 *
 * Returns: the index of the property of this name, or -1
 */
int
lathe_layer_kind_property (const LatheLayerKind *kind, const char *name)
{
  for (guint i = 0; i < kind->n_properties; i++)
    if (g_strcmp0 (kind->properties[i].name, name) == 0)
      return (int) i;
  return -1;
}

/**
 * lathe_layer_kind_defaults:
 * @properties: (out caller-allocates): every property at its default
 */
void
lathe_layer_kind_defaults (const LatheLayerKind *kind, LatheProperties *properties)
{
  *properties = (LatheProperties){0};
  for (guint i = 0; i < kind->n_properties; i++)
    properties->value[i] = kind->properties[i].fallback;
}

/**
 * lathe_layer_needs_image:
 *
 * Errors: LATHE_ERROR_SHAPE when the input is no height × width × channels.
 */
gboolean
lathe_layer_needs_image (const LatheShape *input, GError **error)
{
  g_autofree char *came = lathe_shape_to_string (input);

  if (input->rank == 3)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("needs height×width×channels, gets %s"), came);
  return FALSE;
}
