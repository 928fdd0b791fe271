/* lathe-graph-vary-depth.c: deeper and shallower networks: a layer with what goes with it, a residual block, a group.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-graph-edit.h"
#include "lathe-mending.h"
#include "lathe-variation.h"

#define LARGEST_KERNEL 5 /* of a convolution that is added; larger ones are for the first layer */

/* --- A layer --- */

/* With weights, and not what the network ends in: that has as many units as there are classes. */
static gboolean
is_inner (const LatheVariation *variation, const LatheNode *node)
{
  LathePart part = lathe_variation_part (variation, (LatheNode *) node);

  return (lathe_node_is_plain_convolution (node) || lathe_node_is (node, "dense")) &&
         (int) part.nodes[part.n - 1]->index != variation->report->output;
}

/* One that keeps its image's size, and looks at more than a point as far as its pattern did. */
static void
make_size_keeping (LatheNode *node, const LatheShape *shape)
{
  static const char *const sides[] = {"height", "width"};

  if (!lathe_node_is (node, "conv2d"))
    return;
  lathe_node_set_choice (node, "padding", "same");
  lathe_node_set_number (node, "filters", shape->dim[2]);
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      g_autofree char *kernel = g_strconcat ("kernel-", sides[i], NULL),
                      *stride = g_strconcat ("stride-", sides[i], NULL);
      g_autofree char *dilation = g_strconcat ("dilation-", sides[i], NULL);
      double size = lathe_node_get (node, kernel);

      lathe_node_set_number (node, kernel, size > LARGEST_KERNEL || (guint) size % 2 == 0 ? 3 : size);
      lathe_node_set_number (node, stride, 1);
      lathe_node_set_number (node, dilation, 1);
    }
}

/* What bends elsewhere in the network. */
static const LatheLayerKind *
find_activation (const LatheGraph *graph)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LatheNode *node = graph->nodes->pdata[i];

      if (node->kind->group == LATHE_LAYER_GROUP_ACTIVATION && !lathe_node_is (node, "softmax") &&
          !lathe_node_is (node, "sigmoid"))
        return node->kind;
    }
  return lathe_layer_kind_find ("relu");
}

/* Two linear layers in a row are no more than one. */
static LatheNode *
add_bend (LatheVariation *variation, const LathePart *part, LatheNode *end)
{
  for (guint i = 0; i < part->n; i++)
    if (lathe_node_bends (part->nodes[i]))
      return end;
  return lathe_graph_add_after (variation->graph, find_activation (variation->graph), end);
}

gboolean
lathe_vary_deeper (LatheVariation *variation)
{
  LatheNode *node = lathe_variation_pick (variation, is_inner), *end, *copy = NULL;
  LatheShape shape;
  LathePart part;

  if (node == NULL)
    return FALSE;
  part = lathe_variation_part (variation, node);
  shape = variation->report->nodes[node->index].output;
  end = add_bend (variation, &part, part.nodes[part.n - 1]);
  for (guint i = 0; i < part.n && end != NULL; i++)
    {
      end = lathe_graph_add_after (variation->graph, part.nodes[i]->kind, end);
      if (end == NULL)
        return FALSE;
      end->properties = part.nodes[i]->properties;
      copy = copy != NULL ? copy : end;
    }
  if (copy == NULL)
    return FALSE;
  make_size_keeping (copy, &shape);
  return lathe_variation_say (variation, _ ("%s repeated, as %s"), node->name, copy->name);
}

gboolean
lathe_vary_shallower (LatheVariation *variation)
{
  LatheNode *node = lathe_variation_pick (variation, is_inner);
  LathePart part;

  if (node == NULL)
    return FALSE;
  part = lathe_variation_part (variation, node);
  lathe_variation_say (variation, _ ("without %s"), node->name);
  lathe_graph_remove_nodes (variation->graph, part.nodes, part.n);
  return TRUE;
}

/* --- A residual block --- */

/* All that leads to a sum from behind a layer that the sum reads, too. FALSE: something comes from elsewhere. */
static gboolean
walk_back (const LatheVariation *variation, LatheNode *sum, const LatheNode *source, GPtrArray *block)
{
  g_autofree gboolean *seen = g_new0 (gboolean, variation->graph->nodes->len);

  g_ptr_array_set_size (block, 0);
  g_ptr_array_add (block, sum);
  seen[source->index] = TRUE;
  for (guint i = 0; i < block->len; i++)
    {
      const LatheNode *node = block->pdata[i];

      if (node->inputs->len == 0 || node->group != NULL)
        return FALSE;
      for (guint j = 0; j < node->inputs->len; j++)
        {
          LatheNode *before = node->inputs->pdata[j];

          if (!seen[before->index])
            g_ptr_array_add (block, before);
          seen[before->index] = TRUE;
        }
    }
  return block->len > 1;
}

/* What lies between the layer that feeds both branches and their sum, the sum with it, and the activation behind it.
 * Empty: it is no such sum, or a group that a person made has a part in it. */
static GPtrArray *
list_block (const LatheVariation *variation, LatheNode *sum)
{
  GPtrArray *block = g_ptr_array_new ();
  LatheNode *next = lathe_variation_reader (variation, sum);

  for (guint i = 0; i < sum->inputs->len; i++)
    if (walk_back (variation, sum, sum->inputs->pdata[i], block))
      {
        if (next != NULL && next->kind->group == LATHE_LAYER_GROUP_ACTIVATION && next->group == NULL)
          g_ptr_array_add (block, next);
        return block;
      }
  g_ptr_array_set_size (block, 0);
  return block;
}

static gboolean
closes_block (const LatheVariation *variation, const LatheNode *node)
{
  g_autoptr (GPtrArray) block = NULL;

  if (!lathe_node_is (node, "add"))
    return FALSE;
  block = list_block (variation, (LatheNode *) node);
  return block->len > 0;
}

/* One of the groups that a person made, as likely as a block that nobody did; NULL: a block. */
static const char *
pick_group (LatheVariation *variation)
{
  LatheNode *node = variation->graph->nodes->pdata[lathe_variation_below (variation, variation->graph->nodes->len)];

  return node->group;
}

static GPtrArray *
list_group (const LatheVariation *variation, const char *group)
{
  GPtrArray *part = g_ptr_array_new ();

  for (guint i = 0; i < variation->graph->nodes->len; i++)
    if (g_strcmp0 (((LatheNode *) variation->graph->nodes->pdata[i])->group, group) == 0)
      g_ptr_array_add (part, variation->graph->nodes->pdata[i]);
  return part;
}

/* Repeated as a group, which is none any more when that is done: nobody asked for one. */
static gboolean
repeat_block (LatheVariation *variation, GPtrArray *block)
{
  LatheGraph *graph = variation->graph;
  g_autoptr (GPtrArray) ungrouped = g_ptr_array_new (), before = g_ptr_array_new ();
  g_autofree char *group = g_strdup (lathe_graph_set_group (graph, (LatheNode *const *) block->pdata, block->len, ""));
  gboolean repeated;

  g_ptr_array_extend (before, graph->nodes, NULL, NULL);
  repeated = lathe_graph_repeat (graph, group, 2, NULL);
  g_ptr_array_extend (ungrouped, block, NULL, NULL);
  for (guint i = 0; i < graph->nodes->len; i++)
    if (!g_ptr_array_find (before, graph->nodes->pdata[i], NULL))
      g_ptr_array_add (ungrouped, graph->nodes->pdata[i]);
  lathe_graph_set_group (graph, (LatheNode *const *) ungrouped->pdata, ungrouped->len, NULL);
  return repeated;
}

gboolean
lathe_vary_more_blocks (LatheVariation *variation)
{
  g_autofree char *group = g_strdup (pick_group (variation));
  g_autoptr (GPtrArray) block = NULL;
  LatheNode *sum;

  if (group != NULL)
    return lathe_graph_repeat (variation->graph, group, 2, NULL) &&
           lathe_variation_say (variation, _ ("group %s repeated"), group);
  sum = lathe_variation_pick (variation, closes_block);
  if (sum == NULL)
    return FALSE;
  block = list_block (variation, sum);
  return repeat_block (variation, block) &&
         lathe_variation_say (variation, _ ("the block that ends in %s repeated"), sum->name);
}

gboolean
lathe_vary_fewer_blocks (LatheVariation *variation)
{
  g_autofree char *group = g_strdup (pick_group (variation));
  g_autoptr (GPtrArray) block = NULL;
  LatheNode *sum = group == NULL ? lathe_variation_pick (variation, closes_block) : NULL;

  if (group == NULL && sum == NULL)
    return FALSE;
  if (group != NULL)
    lathe_variation_say (variation, _ ("without group %s"), group);
  else
    lathe_variation_say (variation, _ ("without the block that ends in %s"), sum->name);
  block = group != NULL ? list_group (variation, group) : list_block (variation, sum);
  lathe_graph_remove_nodes (variation->graph, (LatheNode *const *) block->pdata, block->len);
  return TRUE;
}
