/* lathe-graph-vary-regular.c: batch norms and dropout, put in and taken out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-graph-edit.h"
#include "lathe-mending.h"
#include "lathe-variation.h"

/* --- Batch norms --- */

static gboolean
is_norm (const LatheNode *node)
{
  return lathe_node_is (node, "batch-norm") || lathe_node_is (node, "layer-norm") || lathe_node_is (node, "group-norm");
}

/* A convolution that no norm comes right behind. */
static gboolean
lacks_norm (const LatheVariation *variation, const LatheNode *node)
{
  const LatheNode *reader = lathe_variation_reader (variation, node);

  return lathe_node_is_plain_convolution (node) && (reader == NULL || !is_norm (reader)) &&
         !is_norm (node->inputs->pdata[0]);
}

/* Between a convolution and its activation, which becomes a layer of its own (Ioffe & Szegedy 2015, section 3.2). */
static gboolean
put_norm_in (LatheVariation *variation, LatheNode *node)
{
  g_autofree char *activation = g_strdup (lathe_node_get_choice (node, "activation"));
  LatheNode *norm = lathe_graph_add_after (variation->graph, lathe_layer_kind_find ("batch-norm"), node);

  if (norm == NULL)
    return FALSE;
  lathe_node_set_choice (node, "bias", "no");
  if (g_str_equal (activation, "none"))
    return TRUE;
  lathe_node_set_choice (node, "activation", "none");
  return lathe_graph_add_after (variation->graph, lathe_layer_kind_find (activation), norm) != NULL;
}

static gboolean
put_norms_in (LatheVariation *variation, GPtrArray *nodes)
{
  g_autofree char *first = g_strdup (((LatheNode *) nodes->pdata[0])->name);

  for (guint i = 0; i < nodes->len; i++)
    if (!put_norm_in (variation, nodes->pdata[i]))
      return FALSE;
  if (nodes->len == 1)
    return lathe_variation_say (variation, _ ("batch norm behind %s"), first);
  return lathe_variation_say (
      variation, ngettext ("batch norm behind %u convolution", "batch norm behind %u convolutions", nodes->len),
      nodes->len);
}

/* What fed the norm needs a bias of its own again. */
static gboolean
take_norms_out (LatheVariation *variation, GPtrArray *nodes)
{
  g_autofree char *first = g_strdup (((LatheNode *) nodes->pdata[0])->name);

  for (guint i = 0; i < nodes->len; i++)
    lathe_node_set_choice (((LatheNode *) nodes->pdata[i])->inputs->pdata[0], "bias", "yes");
  lathe_graph_remove_nodes (variation->graph, (LatheNode *const *) nodes->pdata, nodes->len);
  if (nodes->len == 1)
    return lathe_variation_say (variation, _ ("without %s"), first);
  return lathe_variation_say (variation, ngettext ("without %u norm", "without %u norms", nodes->len), nodes->len);
}

/* One of them, or all: norms go together more often than not. */
static void
keep_some (LatheVariation *variation, GPtrArray *nodes)
{
  guint picked = lathe_variation_below (variation, nodes->len);

  if (lathe_variation_below (variation, 2) == 0)
    return;
  nodes->pdata[0] = nodes->pdata[picked];
  g_ptr_array_set_size (nodes, 1);
}

gboolean
lathe_vary_norms (LatheVariation *variation)
{
  gboolean in = lathe_variation_below (variation, 2) == 0;
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();

  for (guint i = 0; i < variation->graph->nodes->len; i++)
    {
      LatheNode *node = variation->graph->nodes->pdata[i];

      if (in ? lacks_norm (variation, node) : lathe_node_is (node, "batch-norm"))
        g_ptr_array_add (nodes, node);
    }
  if (nodes->len == 0)
    return FALSE;
  keep_some (variation, nodes);
  return in ? put_norms_in (variation, nodes) : take_norms_out (variation, nodes);
}

/* --- Dropout --- */

static gboolean
drops_out (const LatheVariation *variation, const LatheNode *node)
{
  return lathe_node_is (node, "dropout");
}

/* A dense layer that does not read what was dropped out already. */
static gboolean
could_read_dropout (const LatheVariation *variation, const LatheNode *node)
{
  return lathe_node_is (node, "dense") && !lathe_node_is (node->inputs->pdata[0], "dropout");
}

static gboolean
put_dropout_in (LatheVariation *variation, double rate)
{
  LatheNode *node = lathe_variation_pick (variation, could_read_dropout), *dropout;

  if (node == NULL)
    return FALSE;
  dropout = lathe_graph_add_between (variation->graph, lathe_layer_kind_find ("dropout"), node->inputs->pdata[0], node);
  return dropout != NULL && lathe_node_set_number (dropout, "rate", rate) &&
         lathe_variation_say (variation, _ ("dropout of %g in front of %s"), rate, node->name);
}

/* Srivastava et al. 2014. */
gboolean
lathe_vary_dropout (LatheVariation *variation)
{
  static const double rates[] = {0, 0.2, 0.3, 0.5};
  double rate = rates[lathe_variation_below (variation, G_N_ELEMENTS (rates))], before;
  LatheNode *node = lathe_variation_pick (variation, drops_out);

  if (node == NULL || lathe_variation_below (variation, 2) == 0)
    return rate > 0 && put_dropout_in (variation, rate);
  before = lathe_node_get (node, "rate");
  if (rate > 0)
    return rate != before && lathe_node_set_number (node, "rate", rate) &&
           lathe_variation_say (variation, _ ("%s: %g → %g"), node->name, before, rate);
  lathe_variation_say (variation, _ ("without %s"), node->name);
  lathe_graph_remove_nodes (variation->graph, &node, 1);
  return TRUE;
}
