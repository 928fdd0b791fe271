/* lathe-graph.c: a network as it is drawn: nodes, and who feeds whom.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"

static void
node_free (gpointer data)
{
  LatheNode *node = data;

  g_free (node->name);
  g_free (node->group);
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

  g_atomic_ref_count_init (&graph->references);
  graph->nodes = g_ptr_array_new_with_free_func (node_free);
  graph->names = g_hash_table_new (g_str_hash, g_str_equal);
  graph->passed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return graph;
}

/**
 * lathe_graph_ref:
 *
 * Returns: (transfer full): the graph itself, for who only looks at it. From here on nobody may change it: for that
 * there is lathe_graph_copy()
 */
LatheGraph *
lathe_graph_ref (const LatheGraph *graph)
{
  LatheGraph *same = (LatheGraph *) graph;

  g_atomic_ref_count_inc (&same->references);
  return same;
}

/* Lets go of it. */
void
lathe_graph_free (LatheGraph *graph)
{
  if (!g_atomic_ref_count_dec (&graph->references))
    return;
  g_hash_table_unref (graph->passed);
  g_hash_table_unref (graph->names);
  g_ptr_array_unref (graph->nodes);
  g_free (graph);
}

/* All that is a node's own: not its name, its kind, and what feeds it. */
void
lathe_node_copy_settings (LatheNode *node, const LatheNode *from)
{
  node->properties = from->properties;
  g_free (node->group);
  node->group = g_strdup (from->group);
  node->placed = from->placed;
  node->x = from->x;
  node->y = from->y;
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

      lathe_node_copy_settings (lathe_graph_add (copy, node->kind, node->name), node);
    }
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LatheNode *node = graph->nodes->pdata[i];

      for (guint j = 0; j < node->inputs->len; j++)
        lathe_graph_connect (copy, copy->nodes->pdata[((LatheNode *) node->inputs->pdata[j])->index],
                             copy->nodes->pdata[i]);
    }
  return copy;
}

static gboolean
same_layer (const LatheNode *a, const LatheNode *b)
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

static gboolean
same_card (const LatheNode *a, const LatheNode *b)
{
  return g_strcmp0 (a->group, b->group) == 0 && a->placed == b->placed && a->x == b->x && a->y == b->y;
}

/**
 * lathe_graph_same_network:
 *
 * Returns: whether both are the same layers, that feed each other alike; wherever their cards lie, and however they are
 * grouped
 */
gboolean
lathe_graph_same_network (const LatheGraph *a, const LatheGraph *b)
{
  if (a == b)
    return TRUE;
  if (a->nodes->len != b->nodes->len)
    return FALSE;
  for (guint i = 0; i < a->nodes->len; i++)
    if (!same_layer (a->nodes->pdata[i], b->nodes->pdata[i]))
      return FALSE;
  return TRUE;
}

/**
 * lathe_graph_equal:
 *
 * Returns: whether nothing tells them apart
 */
gboolean
lathe_graph_equal (const LatheGraph *a, const LatheGraph *b)
{
  if (a == b)
    return TRUE;
  if (!lathe_graph_same_network (a, b))
    return FALSE;
  for (guint i = 0; i < a->nodes->len; i++)
    if (!same_card (a->nodes->pdata[i], b->nodes->pdata[i]))
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

/* --- Names --- */

/**
 * lathe_graph_find:
 *
 * Returns: (transfer none) (nullable): the node of this name
 */
LatheNode *
lathe_graph_find (const LatheGraph *graph, const char *name)
{
  return g_hash_table_lookup (graph->names, name);
}

/* "conv2d" of "conv2d-12"; a name without a number is its own stem. */
char *
lathe_name_stem (const char *name)
{
  const char *dash = strrchr (name, '-');

  if (dash == NULL || dash == name || dash[1] == '\0' || dash[1 + strspn (dash + 1, "0123456789")] != '\0')
    return g_strdup (name);
  return g_strndup (name, dash - name);
}

/* The stem with the first number from 1 on that is not taken. Numbers that were found taken are not tried again, as
 * long as none comes free. */
char *
lathe_graph_free_name (LatheGraph *graph, const char *stem)
{
  for (guint i = GPOINTER_TO_UINT (g_hash_table_lookup (graph->passed, stem)) + 1;; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%u", stem, i);

      if (lathe_graph_find (graph, name) == NULL)
        return g_steal_pointer (&name);
      g_hash_table_insert (graph->passed, g_strdup (stem), GUINT_TO_POINTER (i));
    }
}

/* Gives a node its name, or another; nobody may have it. */
void
lathe_graph_name (LatheGraph *graph, LatheNode *node, const char *name)
{
  if (node->name != NULL)
    {
      g_hash_table_remove (graph->names, node->name);
      g_hash_table_remove_all (graph->passed);
      g_free (node->name);
    }
  node->name = g_strdup (name);
  g_hash_table_insert (graph->names, node->name, node);
}

/* --- Nodes and edges --- */

static void
count_from (LatheGraph *graph, guint first)
{
  for (guint i = first; i < graph->nodes->len; i++)
    ((LatheNode *) graph->nodes->pdata[i])->index = i;
}

LatheNode *
lathe_graph_add (LatheGraph *graph, const LatheLayerKind *kind, const char *name)
{
  g_autofree char *made = NULL;
  LatheNode *node;

  g_return_val_if_fail (name == NULL || lathe_graph_find (graph, name) == NULL, NULL);

  if (name == NULL)
    name = made = lathe_graph_free_name (graph, kind->name);
  node = g_new0 (LatheNode, 1);
  node->kind = kind;
  node->inputs = g_ptr_array_new ();
  node->index = graph->nodes->len;
  lathe_layer_kind_defaults (kind, &node->properties);
  lathe_graph_name (graph, node, name);
  g_ptr_array_add (graph->nodes, node);
  return node;
}

/* Brings a node to another place in the order. */
void
lathe_graph_place (LatheGraph *graph, LatheNode *node, guint index)
{
  guint from = node->index;

  g_ptr_array_insert (graph->nodes, (int) index, g_ptr_array_steal_index (graph->nodes, from));
  count_from (graph, MIN (from, index));
}

/* Takes nodes out that nobody reads any more; their names come free. */
void
lathe_graph_drop (LatheGraph *graph, const gboolean *dropped)
{
  guint kept = 0;

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      LatheNode *node = graph->nodes->pdata[i];

      if (!dropped[i])
        {
          graph->nodes->pdata[kept++] = node;
          continue;
        }
      g_hash_table_remove (graph->names, node->name);
      node_free (node);
    }
  g_hash_table_remove_all (graph->passed);
  g_ptr_array_set_free_func (graph->nodes, NULL);
  g_ptr_array_set_size (graph->nodes, (int) kept);
  g_ptr_array_set_free_func (graph->nodes, node_free);
  count_from (graph, 0);
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
  lathe_graph_place (graph, node, index);
  join_chain (graph);
  return node;
}

void
lathe_graph_remove (LatheGraph *graph, guint index)
{
  g_autofree gboolean *dropped = NULL;

  g_return_if_fail (lathe_graph_is_chain (graph));
  g_return_if_fail (index < graph->nodes->len);

  dropped = g_new0 (gboolean, graph->nodes->len);
  dropped[index] = TRUE;
  lathe_graph_drop (graph, dropped);
  join_chain (graph);
}

void
lathe_graph_move (LatheGraph *graph, guint from, guint to)
{
  g_return_if_fail (lathe_graph_is_chain (graph));
  g_return_if_fail (from < graph->nodes->len && to < graph->nodes->len);

  lathe_graph_place (graph, graph->nodes->pdata[from], to);
  join_chain (graph);
}

/* --- Fitting it to data --- */

/* The first that no layer feeds. */
LatheNode *
lathe_graph_find_input (const LatheGraph *graph)
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

/* As lathe_graph_adapt() says of the last dense layer. */
void
lathe_node_set_classes (LatheNode *node, guint n_classes)
{
  set_if_there (node, "units", n_classes <= 2 ? 1 : n_classes);
  set_if_there (node, "activation", choice_index (node, "activation", n_classes <= 2 ? "sigmoid" : "softmax"));
}

void
lathe_graph_adapt (LatheGraph *graph, const LatheShape *input, guint n_classes)
{
  LatheNode *first = lathe_graph_find_input (graph), *last = NULL;

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
  lathe_node_set_classes (last, n_classes);
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
  LatheNode *node = lathe_graph_find_input (graph);

  return node != NULL && node->kind->shape (&node->properties, NULL, 0, input, NULL);
}
