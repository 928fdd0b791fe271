/* lathe-inherit.c: what a network can go on with of what another one learned.
 *
 * A layer goes on when the model has one of its name and kind whose tensors have the same shapes, all of them. The last
 * one with weights does so only for the same labels in the same order: its numbers are about those.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-inherit.h"

static guint
list_parameters (const LatheNode *node, const LatheNodeReport *report, LatheParameter parameters[LATHE_MAX_PARAMETERS])
{
  return node->kind->parameters == NULL || report->output.rank == 0
             ? 0
             : node->kind->parameters (&node->properties, &report->input, parameters);
}

static gboolean
matches (const LatheModel *model, const LatheNode *node, const LatheNodeReport *report)
{
  const LatheNode *before = lathe_graph_find (model->graph, node->name);
  LatheParameter parameters[LATHE_MAX_PARAMETERS];
  guint n = list_parameters (node, report, parameters);

  if (before == NULL || before->kind != node->kind)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      const LatheWeight *weight = lathe_model_find_weight (model, node->name, parameters[i].name);

      if (weight == NULL || !lathe_shape_equal (&weight->shape, &parameters[i].shape))
        return FALSE;
    }
  return n > 0;
}

/* Of those that have weights, the one that nothing with weights comes after. */
static const char *
find_last (const LatheGraph *graph, const LatheGraphReport *report, guint *n_layers)
{
  LatheParameter parameters[LATHE_MAX_PARAMETERS];
  const char *last = NULL;

  *n_layers = 0;
  for (guint i = 0; report->works && i < report->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, report->order[i]);

      if (list_parameters (node, &report->nodes[report->order[i]], parameters) == 0)
        continue;
      last = node->name;
      (*n_layers)++;
    }
  return last;
}

/**
 * lathe_inheritance_new:
 * @model: a reference is taken
 * @graph: the network that is to be trained
 * @labels: what it is to tell apart, NULL-terminated
 * @fresh: (nullable): layers that begin anew all the same, NULL-terminated
 *
 * Returns: (transfer full): never NULL; no layer where the graph does not work
 */
LatheInheritance *
lathe_inheritance_new (LatheModel *model, const LatheGraph *graph, const char *const *labels, const char *const *fresh)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (GPtrArray) layers = g_ptr_array_new_with_free_func (g_free);
  gboolean same_labels = g_strv_equal ((const char *const *) model->labels, labels);
  LatheInheritance *inheritance = g_new0 (LatheInheritance, 1);
  const char *last = find_last (graph, report, &inheritance->n_layers);

  for (guint i = 0; report->works && i < report->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, i);
      gboolean begins_anew =
          (fresh != NULL && g_strv_contains (fresh, node->name)) || (!same_labels && g_strcmp0 (node->name, last) == 0);

      if (!begins_anew && matches (model, node, &report->nodes[i]))
        g_ptr_array_add (layers, g_strdup (node->name));
    }
  g_ptr_array_add (layers, NULL);
  inheritance->model = lathe_model_ref (model);
  inheritance->layers = (char **) g_ptr_array_free (g_steal_pointer (&layers), FALSE);
  return inheritance;
}

LatheInheritance *
lathe_inheritance_copy (const LatheInheritance *inheritance)
{
  LatheInheritance *copy = g_new (LatheInheritance, 1);

  *copy = *inheritance;
  lathe_model_ref (copy->model);
  copy->layers = g_strdupv (inheritance->layers);
  return copy;
}

void
lathe_inheritance_free (LatheInheritance *inheritance)
{
  lathe_model_unref (inheritance->model);
  g_strfreev (inheritance->layers);
  g_free (inheritance);
}

guint
lathe_inheritance_count (const LatheInheritance *inheritance)
{
  return g_strv_length (inheritance->layers);
}

gboolean
lathe_inheritance_has (const LatheInheritance *inheritance, const char *layer)
{
  return g_strv_contains ((const char *const *) inheritance->layers, layer);
}

/**
 * lathe_inheritance_find:
 *
 * Returns: (transfer none) (nullable): the numbers that this tensor begins with; NULL: it begins anew
 */
const float *
lathe_inheritance_find (const LatheInheritance *inheritance, const char *layer, const char *parameter)
{
  return lathe_inheritance_has (inheritance, layer)
             ? lathe_model_find_weight (inheritance->model, layer, parameter)->data
             : NULL;
}
