/* lathe-trunk.c: a model without its last answer: what another one can be grown on.
 *
 *   input ──► … ──► pool ──► dropout │ ──► dense ──► softmax
 *             the trunk              │     the head, and what is left out with it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-trunk.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-graph-edit.h"
#include "lathe-graph-private.h"

static gboolean
has_weights (const LatheNode *node, const LatheNodeReport *report)
{
  LatheParameter parameters[LATHE_MAX_PARAMETERS];

  return node->kind->parameters != NULL && node->kind->parameters (&node->properties, &report->input, parameters) > 0;
}

/* The last layer with weights; what comes after it is put into `tail`, and it itself too. */
static LatheNode *
find_head (const LatheGraph *graph, const LatheGraphReport *report, GPtrArray *tail)
{
  LatheNode *node = lathe_graph_get_node (graph, (guint) report->output);

  for (;; node = node->inputs->pdata[0])
    {
      g_ptr_array_add (tail, node);
      if (node->inputs->len != 1)
        return NULL;
      if (has_weights (node, &report->nodes[node->index]))
        return g_str_equal (node->kind->name, "dense") ? node : NULL;
    }
}

/* The graph without its tail. A view ends it, so that no activation stands last, where the loss would undo it. */
static LatheGraph *
cut (const LatheGraph *graph, const GPtrArray *tail)
{
  LatheGraph *trunk = lathe_graph_copy (graph);
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  const LatheNode *head = tail->pdata[tail->len - 1], *last = head->inputs->pdata[0];
  LatheNode *end;

  for (guint i = 0; i < tail->len; i++)
    g_ptr_array_add (nodes, lathe_graph_find (trunk, ((const LatheNode *) tail->pdata[i])->name));
  lathe_graph_remove_nodes (trunk, (LatheNode *const *) nodes->pdata, nodes->len);
  end = lathe_graph_add (trunk, lathe_layer_kind_find ("flatten"), NULL);
  lathe_graph_connect (trunk, lathe_graph_find (trunk, last->name), end);
  return trunk;
}

/**
 * lathe_trunk_new:
 * @model: a reference is taken
 *
 * Errors: LATHE_ERROR_UNSUPPORTED where the network does not end in a dense layer that alone decides.
 *
 * Returns: (transfer full)
 */
LatheTrunk *
lathe_trunk_new (LatheModel *model, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (model->graph);
  g_autoptr (GPtrArray) tail = g_ptr_array_new ();
  const LatheNode *head;
  LatheTrunk *trunk;

  if (!lathe_graph_report_propagate (report, model->graph, error))
    return NULL;
  head = find_head (model->graph, report, tail);
  if (head == NULL)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                           _ ("The last layer of its network that has weights is not one dense layer, in whose place "
                              "another could learn: choose a model that ends in one"));
      return NULL;
    }
  trunk = g_new0 (LatheTrunk, 1);
  trunk->model = lathe_model_ref (model);
  trunk->graph = cut (model->graph, tail);
  trunk->inheritance = lathe_inheritance_new (model, trunk->graph, (const char *const *) model->labels, NULL);
  trunk->head = g_strdup (head->name);
  trunk->n_features = report->nodes[head->index].input.dim[0];
  return trunk;
}

void
lathe_trunk_free (LatheTrunk *trunk)
{
  lathe_model_unref (trunk->model);
  lathe_graph_free (trunk->graph);
  lathe_inheritance_free (trunk->inheritance);
  g_free (trunk->head);
  g_free (trunk);
}

/* The layer that a tensor belongs to: what stands before the last dot. (transfer full) */
static char *
layer_of (const LatheWeight *weight)
{
  return g_strndup (weight->name, (gsize) (strrchr (weight->name, '.') - weight->name));
}

/**
 * lathe_trunk_digest:
 *
 * Returns: (transfer full): SHA-256 of the trunk's network and weights, as 64 hexadecimal digits: what its features
 * depend on, besides the images
 */
char *
lathe_trunk_digest (const LatheTrunk *trunk)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *network = lathe_graph_to_json (trunk->graph);

  g_checksum_update (checksum, (const guchar *) network, -1);
  for (guint i = 0; i < trunk->model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (trunk->model->weights, LatheWeight, i);
      g_autofree char *layer = layer_of (weight);

      if (lathe_inheritance_has (trunk->inheritance, layer))
        g_checksum_update (checksum, (const guchar *) weight->data,
                           (gssize) (lathe_shape_size (&weight->shape) * sizeof *weight->data));
    }
  return g_strdup (g_checksum_get_string (checksum));
}

/**
 * lathe_trunk_compile:
 * @pool: must outlive the network
 *
 * Errors: LATHE_ERROR_MEMORY.
 *
 * Returns: (transfer full): a network that answers: its logits are the features, batch × n_features
 */
LatheNetwork *
lathe_trunk_compile (const LatheTrunk *trunk, guint batch, LathePool *pool, GError **error)
{
  LatheNetwork *network = lathe_network_new (trunk->graph, batch, FALSE, pool, error);

  if (network != NULL)
    lathe_network_inherit (network, trunk->inheritance);
  return network;
}

/**
 * lathe_trunk_grow:
 * @n_classes: two or more
 *
 * Returns: (transfer full): the whole network, with another head for so many classes and nothing behind it
 */
LatheGraph *
lathe_trunk_grow (const LatheTrunk *trunk, guint n_classes)
{
  LatheGraph *graph = lathe_graph_copy (trunk->model->graph);
  LatheNode *head = lathe_graph_find (graph, trunk->head);
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (GPtrArray) behind = g_ptr_array_new ();

  for (LatheNode *node = lathe_graph_get_node (graph, (guint) report->output); node != head;
       node = node->inputs->pdata[0])
    g_ptr_array_add (behind, node);
  lathe_graph_remove_nodes (graph, (LatheNode *const *) behind->pdata, behind->len);
  lathe_graph_set (graph, head, "bias", 1, NULL);
  lathe_node_set_classes (head, n_classes);
  return graph;
}

/**
 * lathe_trunk_join:
 * @labels: of the new model, NULL-terminated; two or more
 * @weight: n_features × units: one unit for two labels, else one a label
 * @bias: one a unit
 *
 * Errors: LATHE_ERROR_MEMORY.
 *
 * Returns: (transfer full): the trunk with this head, an ordinary model, prepared as the trunk's images are
 */
LatheModel *
lathe_trunk_join (const LatheTrunk *trunk, const char *const *labels, const float *weight, const float *bias,
                  GError **error)
{
  g_autoptr (LatheGraph) graph = lathe_trunk_grow (trunk, g_strv_length ((char **) labels));
  LatheModel *model = lathe_model_new (graph, labels, &trunk->model->preprocess, error);

  for (guint i = 0; model != NULL && i < model->weights->len; i++)
    {
      LatheWeight *to = &g_array_index (model->weights, LatheWeight, i);
      g_autofree char *layer = layer_of (to);
      const char *parameter = to->name + strlen (layer) + 1;
      const float *from = lathe_inheritance_find (trunk->inheritance, layer, parameter);

      if (g_str_equal (layer, trunk->head))
        from = g_str_equal (parameter, "weight") ? weight : bias;
      memcpy (to->data, from, lathe_shape_size (&to->shape) * sizeof *from);
    }
  return model;
}

/**
 * lathe_trunk_freeze:
 * @graph: of a model that lathe_trunk_join() made
 * @n_learning: so many of the trunk's layers that have weights, the last ones, learn, or LATHE_ALL_LAYERS; norms are
 * not counted
 * @norms_learn: those between them, too; else every norm is frozen: what it knows of the images that the trunk has seen
 *   is more than a few of these tell
 *
 * All others are frozen. The head learns.
 */
void
lathe_trunk_freeze (const LatheTrunk *trunk, LatheGraph *graph, guint n_learning, gboolean norms_learn)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  for (guint i = report->n_nodes; i-- > 0;)
    {
      LatheNode *node = lathe_graph_get_node (graph, report->order[i]);
      int frozen = lathe_layer_kind_property (node->kind, "frozen");
      gboolean is_norm = node->kind->norm != NULL;

      if (frozen < 0 || g_str_equal (node->name, trunk->head))
        continue;
      node->properties.value[frozen] = n_learning == 0 || (is_norm && !norms_learn);
      if (!is_norm && n_learning > 0)
        n_learning--;
    }
}
