/* lathe-graph.c: a network as it is drawn: nodes, edges, and the check of shapes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph.h"

#include <inttypes.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"

#define MAX_SAMPLE_NUMBERS ((guint64) 1 << 28) /* of one layer's output for one sample: 1 GiB */
#define MAX_WEIGHTS ((guint64) 1 << 32)        /* of one network: 16 GiB */

struct _LatheGraph
{
  GPtrArray *nodes; /* (element-type LatheNode), owned */
};

static void
node_free (gpointer data)
{
  LatheNode *node = data;

  g_free (node->name);
  g_ptr_array_unref (node->inputs);
  g_free (node);
}

/**
 * lathe_graph_new:
 *
 * Returns: (transfer full): a graph without nodes
 */
LatheGraph *
lathe_graph_new (void)
{
  LatheGraph *graph = g_new0 (LatheGraph, 1);

  graph->nodes = g_ptr_array_new_with_free_func (node_free);
  return graph;
}

void
lathe_graph_free (LatheGraph *graph)
{
  g_ptr_array_unref (graph->nodes);
  g_free (graph);
}

/**
 * lathe_graph_copy:
 *
 * Returns: (transfer full): a graph of its own with the same nodes
 */
LatheGraph *
lathe_graph_copy (const LatheGraph *graph)
{
  LatheGraph *copy = lathe_graph_new ();

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LatheNode *node = graph->nodes->pdata[i];

      lathe_graph_add (copy, node->kind, node->name)->properties = node->properties;
    }
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LatheNode *node = graph->nodes->pdata[i];

      for (guint j = 0; j < node->inputs->len; j++)
        lathe_graph_connect (copy, lathe_graph_find (copy, ((LatheNode *) node->inputs->pdata[j])->name),
                             copy->nodes->pdata[i]);
    }
  return copy;
}

static gboolean
node_equal (const LatheNode *a, const LatheNode *b)
{
  if (a->kind != b->kind || !g_str_equal (a->name, b->name) || a->inputs->len != b->inputs->len)
    return FALSE;
  for (guint i = 0; i < a->kind->n_properties; i++)
    if (a->properties.value[i] != b->properties.value[i])
      return FALSE;
  for (guint i = 0; i < a->inputs->len; i++)
    if (!g_str_equal (((LatheNode *) a->inputs->pdata[i])->name, ((LatheNode *) b->inputs->pdata[i])->name))
      return FALSE;
  return TRUE;
}

gboolean
lathe_graph_equal (const LatheGraph *a, const LatheGraph *b)
{
  if (a->nodes->len != b->nodes->len)
    return FALSE;
  for (guint i = 0; i < a->nodes->len; i++)
    if (!node_equal (a->nodes->pdata[i], b->nodes->pdata[i]))
      return FALSE;
  return TRUE;
}

guint
lathe_graph_get_n_nodes (const LatheGraph *graph)
{
  return graph->nodes->len;
}

LatheNode *
lathe_graph_get_node (const LatheGraph *graph, guint index)
{
  g_return_val_if_fail (index < graph->nodes->len, NULL);

  return graph->nodes->pdata[index];
}

/**
 * lathe_graph_find:
 *
 * Returns: (transfer none) (nullable): the node of this name
 */
LatheNode *
lathe_graph_find (const LatheGraph *graph, const char *name)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    if (g_str_equal (((LatheNode *) graph->nodes->pdata[i])->name, name))
      return graph->nodes->pdata[i];
  return NULL;
}

static char *
free_name (const LatheGraph *graph, const LatheLayerKind *kind)
{
  for (guint i = 1;; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%u", kind->name, i);

      if (lathe_graph_find (graph, name) == NULL)
        return g_steal_pointer (&name);
    }
}

LatheNode *
lathe_graph_add (LatheGraph *graph, const LatheLayerKind *kind, const char *name)
{
  LatheNode *node;

  g_return_val_if_fail (name == NULL || lathe_graph_find (graph, name) == NULL, NULL);

  node = g_new0 (LatheNode, 1);
  node->name = name != NULL ? g_strdup (name) : free_name (graph, kind);
  node->kind = kind;
  node->inputs = g_ptr_array_new ();
  lathe_layer_kind_defaults (kind, &node->properties);
  g_ptr_array_add (graph->nodes, node);
  return node;
}

void
lathe_graph_connect (LatheGraph *graph, LatheNode *from, LatheNode *to)
{
  g_ptr_array_add (to->inputs, from);
}

/**
 * lathe_graph_set:
 *
 * Errors: LATHE_ERROR_INVALID when the layer has no such property, or not with this value.
 */
gboolean
lathe_graph_set (LatheGraph *graph, LatheNode *node, const char *property, double value, GError **error)
{
  int index = lathe_layer_kind_property (node->kind, property);

  if (index < 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("A %s layer has no property “%s”"), node->kind->name,
                   property);
      return FALSE;
    }
  if (!lathe_property_check (&node->kind->properties[index], value, error))
    return FALSE;
  node->properties.value[index] = value;
  return TRUE;
}

/* --- Editing a chain --- */

static void
join_chain (LatheGraph *graph)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      LatheNode *node = graph->nodes->pdata[i];

      g_ptr_array_set_size (node->inputs, 0);
      if (i > 0)
        g_ptr_array_add (node->inputs, graph->nodes->pdata[i - 1]);
    }
}

/**
 * lathe_graph_is_chain:
 *
 * Returns: whether each node feeds the next and nothing else
 */
gboolean
lathe_graph_is_chain (const LatheGraph *graph)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LatheNode *node = graph->nodes->pdata[i];

      if (node->inputs->len != (i > 0) || (i > 0 && node->inputs->pdata[0] != graph->nodes->pdata[i - 1]))
        return FALSE;
    }
  return TRUE;
}

/**
 * lathe_graph_insert:
 * @index: where the new node will stand, after the input
 *
 * Returns: (transfer none): the new node of a chain
 */
LatheNode *
lathe_graph_insert (LatheGraph *graph, guint index, const LatheLayerKind *kind)
{
  LatheNode *node;

  g_return_val_if_fail (lathe_graph_is_chain (graph), NULL);
  g_return_val_if_fail (index > 0 && index <= graph->nodes->len, NULL);

  node = lathe_graph_add (graph, kind, NULL);
  g_ptr_array_steal_index (graph->nodes, graph->nodes->len - 1);
  g_ptr_array_insert (graph->nodes, (int) index, node);
  join_chain (graph);
  return node;
}

void
lathe_graph_remove (LatheGraph *graph, guint index)
{
  g_return_if_fail (lathe_graph_is_chain (graph));
  g_return_if_fail (index < graph->nodes->len);

  g_ptr_array_remove_index (graph->nodes, index);
  join_chain (graph);
}

void
lathe_graph_move (LatheGraph *graph, guint from, guint to)
{
  g_return_if_fail (lathe_graph_is_chain (graph));
  g_return_if_fail (from < graph->nodes->len && to < graph->nodes->len);

  g_ptr_array_insert (graph->nodes, (int) to, g_ptr_array_steal_index (graph->nodes, from));
  join_chain (graph);
}

/* --- The check --- */

static guint
index_of (const LatheGraph *graph, gpointer node)
{
  guint index = 0;

  return g_ptr_array_find (graph->nodes, node, &index) ? index : G_MAXUINT;
}

/* Kahn's order: a node is ready once all that feeds it is placed; among the ready, the first drawn comes first. */
static gboolean
find_order (const LatheGraph *graph, guint *order)
{
  guint n = graph->nodes->len, placed = 0;
  g_autofree gboolean *done = g_new0 (gboolean, n);

  while (placed < n)
    {
      guint before = placed;

      for (guint i = 0; i < n && placed == before; i++)
        {
          const LatheNode *node = graph->nodes->pdata[i];
          gboolean ready = !done[i];

          for (guint j = 0; j < node->inputs->len && ready; j++)
            ready = done[index_of (graph, node->inputs->pdata[j])];
          if (ready)
            {
              done[i] = TRUE;
              order[placed++] = i;
            }
        }
      if (placed == before)
        return FALSE;
    }
  return TRUE;
}

/* One input, and one output that every other node leads to. */
static gboolean
check_ends (const LatheGraph *graph, GError **error)
{
  guint n_inputs = 0, n_outputs = 0;
  g_autoptr (GString) ends = g_string_new (NULL);

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LatheNode *node = graph->nodes->pdata[i];
      gboolean feeds = FALSE;

      n_inputs += node->kind->max_inputs == 0;
      for (guint j = 0; j < graph->nodes->len && !feeds; j++)
        feeds = g_ptr_array_find (((LatheNode *) graph->nodes->pdata[j])->inputs, node, NULL);
      if (!feeds)
        g_string_append_printf (ends, n_outputs++ > 0 ? ", %s" : "%s", node->name);
    }
  if (n_inputs != 1)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("A network needs one input layer; this one has %u"),
                 n_inputs);
  else if (n_outputs != 1)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("A network needs one output; these layers lead nowhere: %s"),
                 ends->str);
  else if (graph->nodes->len < 2)
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("A network needs a layer after its input"));
  else
    return TRUE;
  return FALSE;
}

/* Sizes are multiplied as real numbers first, where nothing wraps round. */
static gboolean
check_size (const LatheShape *shape, double limit, GError **error)
{
  double size = 1;

  for (guint i = 0; i < shape->rank; i++)
    size *= shape->dim[i];
  if (size <= limit)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("makes %.0f numbers, more than the limit of %.0f"), size,
               limit);
  return FALSE;
}

static gboolean
check_node (const LatheGraph *graph, LatheGraphReport *report, guint index, GError **error)
{
  const LatheNode *node = graph->nodes->pdata[index];
  LatheNodeReport *own = &report->nodes[index];
  LatheShape inputs[LATHE_MAX_INPUTS], output;
  LatheParameter parameters[LATHE_MAX_PARAMETERS];
  guint n_parameters;

  if (node->inputs->len < node->kind->min_inputs || node->inputs->len > node->kind->max_inputs)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   node->kind->max_inputs == 1 ? _ ("needs one input, has %u")
                                               : _ ("needs more than one input, has %u"),
                   node->inputs->len);
      return FALSE;
    }
  for (guint i = 0; i < node->inputs->len; i++)
    {
      inputs[i] = report->nodes[index_of (graph, node->inputs->pdata[i])].output;
      if (inputs[i].rank == 0)
        return TRUE; /* what feeds it is broken, and says so itself */
    }
  if (node->inputs->len > 0)
    own->input = inputs[0];
  if (!node->kind->shape (&node->properties, inputs, node->inputs->len, &output, error) ||
      !check_size (&output, MAX_SAMPLE_NUMBERS, error))
    return FALSE;
  n_parameters =
      node->kind->parameters != NULL ? node->kind->parameters (&node->properties, &own->input, parameters) : 0;
  for (guint i = 0; i < n_parameters; i++)
    if (!check_size (&parameters[i].shape, MAX_WEIGHTS, error))
      return FALSE;
  for (guint i = 0; i < n_parameters; i++)
    {
      own->parameters += lathe_shape_size (&parameters[i].shape);
      own->states += lathe_parameter_is_trained (&parameters[i]) ? 0 : lathe_shape_size (&parameters[i].shape);
    }
  own->output = output;
  own->multiply_adds = node->kind->cost != NULL ? node->kind->cost (&node->properties, &own->input, &output) : 0;
  return TRUE;
}

LatheGraphReport *
lathe_graph_check (const LatheGraph *graph)
{
  LatheGraphReport *report = g_new0 (LatheGraphReport, 1);

  report->n_nodes = graph->nodes->len;
  report->nodes = g_new0 (LatheNodeReport, report->n_nodes);
  report->order = g_new0 (guint, report->n_nodes);
  if (!find_order (graph, report->order))
    {
      g_set_error_literal (&report->error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                           _ ("The layers run in a circle: no layer may feed one before it"));
      return report;
    }
  report->works = check_ends (graph, &report->error);
  for (guint i = 0; i < report->n_nodes; i++)
    {
      LatheNodeReport *node = &report->nodes[report->order[i]];

      if (!check_node (graph, report, report->order[i], &node->error))
        report->works = FALSE;
      report->parameters += node->parameters;
      report->states += node->states;
      report->multiply_adds += node->multiply_adds;
    }
  if (report->works && report->parameters > MAX_WEIGHTS)
    {
      report->works = FALSE;
      g_set_error (&report->error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("The network has %" PRIu64 " parameters, more than the limit of %" PRIu64), report->parameters,
                   (guint64) MAX_WEIGHTS);
    }
  return report;
}

void
lathe_graph_report_free (LatheGraphReport *report)
{
  for (guint i = 0; i < report->n_nodes; i++)
    g_clear_error (&report->nodes[i].error);
  g_clear_error (&report->error);
  g_free (report->nodes);
  g_free (report->order);
  g_free (report);
}

gboolean
lathe_graph_report_propagate (const LatheGraphReport *report, const LatheGraph *graph, GError **error)
{
  for (guint i = 0; i < report->n_nodes; i++)
    if (report->nodes[i].error != NULL)
      {
        g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("Layer “%s” %s"),
                     ((LatheNode *) graph->nodes->pdata[i])->name, report->nodes[i].error->message);
        return FALSE;
      }
  if (report->error != NULL)
    g_propagate_error (error, g_error_copy (report->error));
  return report->works;
}

/* --- Fitting it to data --- */

static LatheNode *
find_input (const LatheGraph *graph)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    if (((LatheNode *) graph->nodes->pdata[i])->kind->max_inputs == 0)
      return graph->nodes->pdata[i];
  return NULL;
}

static void
set_if_there (LatheNode *node, const char *property, double value)
{
  int index = lathe_layer_kind_property (node->kind, property);

  if (index >= 0)
    node->properties.value[index] = value;
}

static double
choice_index (const LatheNode *node, const char *property, const char *choice)
{
  int index = lathe_layer_kind_property (node->kind, property);
  double value = 0;

  if (index >= 0)
    lathe_property_parse (&node->kind->properties[index], choice, &value, NULL);
  return value;
}

void
lathe_graph_adapt (LatheGraph *graph, const LatheShape *input, guint n_classes)
{
  LatheNode *first = find_input (graph), *last = NULL;

  if (first != NULL)
    {
      set_if_there (first, "height", input->dim[0]);
      set_if_there (first, "width", input->dim[1]);
      set_if_there (first, "channels", input->dim[2]);
    }
  for (guint i = 0; i < graph->nodes->len; i++)
    if (lathe_layer_kind_property (((LatheNode *) graph->nodes->pdata[i])->kind, "units") >= 0)
      last = graph->nodes->pdata[i];
  if (last == NULL)
    return;
  set_if_there (last, "units", n_classes == 2 ? 1 : n_classes);
  set_if_there (last, "activation", choice_index (last, "activation", n_classes == 2 ? "sigmoid" : "softmax"));
}

/**
 * lathe_graph_get_input:
 * @input: (out): height × width × channels of what the network takes
 *
 * Returns: FALSE when the graph has no input
 */
gboolean
lathe_graph_get_input (const LatheGraph *graph, LatheShape *input)
{
  LatheNode *node = find_input (graph);

  return node != NULL && node->kind->shape (&node->properties, NULL, 0, input, NULL);
}
