/* lathe-graph-vary-kinds.c: other layers in the same places: kernels, poolings, activations, what the image ends in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-graph-edit.h"
#include "lathe-mending.h"
#include "lathe-variation.h"

/* --- Convolutions --- */

static gboolean
has_square_kernel (const LatheVariation *variation, const LatheNode *node)
{
  return lathe_node_is (node, "conv2d") && lathe_node_has_choice (node, "frozen", "no") &&
         lathe_node_get (node, "kernel-height") == lathe_node_get (node, "kernel-width");
}

/* Padding that was given pixel by pixel goes with the kernel, so that the image's size stays. */
static void
pad_as_before (LatheNode *node, double before, double after)
{
  static const char *const sides[] = {"padding-top", "padding-bottom", "padding-left", "padding-right"};

  for (guint i = 0; i < G_N_ELEMENTS (sides) && lathe_node_has_choice (node, "padding", "explicit"); i++)
    lathe_node_set_number (node, sides[i], MAX (0, lathe_node_get (node, sides[i]) + (after - before) / 2));
}

gboolean
lathe_vary_kernel (LatheVariation *variation)
{
  static const double sizes[] = {1, 3, 5, 7};
  double after = sizes[lathe_variation_below (variation, G_N_ELEMENTS (sizes))], before;
  LatheNode *node = lathe_variation_pick (variation, has_square_kernel);

  if (node == NULL)
    return FALSE;
  before = lathe_node_get (node, "kernel-height");
  if (after == before || (guint) before % 2 == 0)
    return FALSE;
  lathe_node_set_number (node, "kernel-height", after);
  lathe_node_set_number (node, "kernel-width", after);
  pad_as_before (node, before, after);
  return lathe_variation_say (variation, _ ("%s: %.0f×%.0f → %.0f×%.0f kernel"), node->name, before, before, after,
                              after);
}

static gboolean
can_be_separated (const LatheVariation *variation, const LatheNode *node)
{
  return lathe_node_is_plain_convolution (node) && lathe_node_get (node, "kernel-height") > 1 &&
         lathe_variation_input (variation, node)->dim[2] > 1;
}

/* A filter for each channel, and then a product at each point: Chollet 2017, “Xception”. */
gboolean
lathe_vary_separable (LatheVariation *variation)
{
  static const char *const window[] = {"kernel-height", "kernel-width",    "stride-height",
                                       "stride-width",  "dilation-height", "dilation-width"};
  LatheNode *node = lathe_variation_pick (variation, can_be_separated), *depthwise;
  guint channels;

  if (node == NULL)
    return FALSE;
  channels = lathe_variation_input (variation, node)->dim[2];
  depthwise = lathe_graph_add_between (variation->graph, node->kind, node->inputs->pdata[0], node);
  if (depthwise == NULL)
    return FALSE;
  depthwise->properties = node->properties;
  lathe_node_set_number (depthwise, "filters", channels);
  lathe_node_set_number (depthwise, "groups", channels);
  lathe_node_set_choice (depthwise, "activation", "none");
  lathe_node_set_choice (depthwise, "bias", "no");
  for (guint i = 0; i < G_N_ELEMENTS (window); i++)
    lathe_node_set_number (node, window[i], 1);
  lathe_node_set_choice (node, "padding", "valid");
  return lathe_variation_say (variation, _ ("%s separated, with %s in front of it"), node->name, depthwise->name);
}

/* --- Poolings, and what the image ends in --- */

/* Puts a layer of another kind in the place of one. */
static gboolean
replace (LatheVariation *variation, LatheNode *node, const char *kind)
{
  const LatheLayerKind *other = lathe_layer_kind_find (kind);
  g_autofree char *before = g_strdup (node->name);

  if (!lathe_graph_replace_kind (variation->graph, node, other))
    return FALSE;
  /* Translators: the name of a layer, and the title of the kind that takes its place */
  return lathe_variation_say (variation, _ ("%s → %s"), before, _ (other->title));
}

static const char *
other_pooling (const LatheNode *node)
{
  static const char *const pairs[][2] = {{"max-pool", "average-pool"}, {"global-average-pool", "global-max-pool"}};

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    for (guint j = 0; j < 2; j++)
      if (lathe_node_is (node, pairs[i][j]))
        return pairs[i][1 - j];
  return NULL;
}

static gboolean
pools (const LatheVariation *variation, const LatheNode *node)
{
  return other_pooling (node) != NULL;
}

gboolean
lathe_vary_pooling (LatheVariation *variation)
{
  LatheNode *node = lathe_variation_pick (variation, pools);

  return node != NULL && replace (variation, node, other_pooling (node));
}

static const char *
other_ending (const LatheNode *node)
{
  return lathe_node_is (node, "flatten")               ? "global-average-pool"
         : lathe_node_is (node, "global-average-pool") ? "flatten"
                                                       : NULL;
}

/* One number a channel, or all that the image has: no choice where it is a single pixel. */
static gboolean
ends_image (const LatheVariation *variation, const LatheNode *node)
{
  const LatheShape *input = lathe_variation_input (variation, node);

  return other_ending (node) != NULL && input->rank == 3 && input->dim[0] * input->dim[1] > 1 && input->dim[2] > 3;
}

gboolean
lathe_vary_ending (LatheVariation *variation)
{
  LatheNode *node = lathe_variation_pick (variation, ends_image);

  return node != NULL && replace (variation, node, other_ending (node));
}

/* --- Activations --- */

static const char *const activations[] = {"relu", "leaky-relu", "elu", "gelu", "silu"};

static gboolean
has_activation (const LatheNode *node, const char *name)
{
  return lathe_node_is (node, name) || lathe_node_has_choice (node, "activation", name);
}

/* All that bend so, from now on in another way. */
gboolean
lathe_vary_activation (LatheVariation *variation)
{
  const char *before = activations[lathe_variation_below (variation, G_N_ELEMENTS (activations))];
  const char *after = activations[lathe_variation_below (variation, G_N_ELEMENTS (activations))];
  const LatheLayerKind *kind = lathe_layer_kind_find (after);
  guint n_changed = 0;

  for (guint i = 0; i < variation->graph->nodes->len; i++)
    {
      LatheNode *node = variation->graph->nodes->pdata[i];

      if (!has_activation (node, before))
        continue;
      n_changed++;
      if (lathe_node_is (node, before))
        lathe_graph_replace_kind (variation->graph, node, kind);
      else
        lathe_node_set_choice (node, "activation", after);
    }
  return n_changed > 0 && kind != lathe_layer_kind_find (before) &&
         lathe_variation_say (variation, _ ("%s → %s everywhere"), _ (lathe_layer_kind_find (before)->title),
                              _ (kind->title));
}
