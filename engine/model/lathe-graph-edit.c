/* lathe-graph-edit.c: edges and nodes of a graph, edited as a person means it. See lathe-graph-edit.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-edit.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-graph-private.h"

#define MAX_NAME 100 /* characters */

static gboolean
is_full (const LatheGraph *graph)
{
  return graph->nodes->len >= LATHE_GRAPH_MAX_NODES;
}

/* --- Edges --- */

/* Whether one node leads to the other, over any number of edges. */
gboolean
lathe_graph_leads_to (const LatheGraph *graph, const LatheNode *from, const LatheNode *to)
{
  g_autofree gboolean *seen = g_new0 (gboolean, graph->nodes->len);
  g_autofree const LatheNode **stack = g_new (const LatheNode *, graph->nodes->len);
  guint depth = 0;

  stack[depth++] = to;
  seen[to->index] = TRUE;
  while (depth > 0)
    {
      const LatheNode *node = stack[--depth];

      if (node == from)
        return TRUE;
      for (guint i = 0; i < node->inputs->len; i++)
        {
          const LatheNode *before = node->inputs->pdata[i];

          if (!seen[before->index])
            stack[depth++] = before;
          seen[before->index] = TRUE;
        }
    }
  return FALSE;
}

/**
 * lathe_graph_can_connect:
 *
 * Whether lathe_graph_link() would do it. A layer that takes one input can always be given another in its place. Takes
 * time by the nodes in front of @from.
 *
 * Errors: LATHE_ERROR_INVALID, with a sentence that says why not.
 */
gboolean
lathe_graph_can_connect (const LatheGraph *graph, const LatheNode *from, const LatheNode *to, GError **error)
{
  if (from == to)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("“%s” cannot feed itself"), to->name);
  else if (to->kind->max_inputs == 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("“%s” is where images enter: no layer can feed it"),
                 to->name);
  else if (g_ptr_array_find (to->inputs, from, NULL))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("“%s” feeds “%s” already"), from->name, to->name);
  else if (to->kind->max_inputs > 1 && to->inputs->len >= to->kind->max_inputs)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("“%s” takes at most %u inputs, and has them: disconnect one first"), to->name,
                 to->kind->max_inputs);
  else if (lathe_graph_leads_to (graph, to, from))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("“%s” leads to “%s” already: the other way round the layers would run in a circle"), to->name,
                 from->name);
  else
    return TRUE;
  return FALSE;
}

/**
 * lathe_graph_link:
 *
 * Lets @to read @from: in the place of what it read, when it takes one input, and otherwise as its last input.
 *
 * Errors: those of lathe_graph_can_connect().
 */
gboolean
lathe_graph_link (LatheGraph *graph, LatheNode *from, LatheNode *to, GError **error)
{
  if (!lathe_graph_can_connect (graph, from, to, error))
    return FALSE;
  if (to->kind->max_inputs == 1)
    g_ptr_array_set_size (to->inputs, 0);
  lathe_graph_connect (graph, from, to);
  lathe_graph_settle (graph);
  return TRUE;
}

/**
 * lathe_graph_unlink:
 *
 * Returns: FALSE when @to did not read @from
 */
gboolean
lathe_graph_unlink (LatheGraph *graph, LatheNode *from, LatheNode *to)
{
  gboolean found = FALSE;

  while (g_ptr_array_remove (to->inputs, from))
    found = TRUE;
  return found;
}

/* Lets whoever reads one node read the other. */
void
lathe_graph_redirect (LatheGraph *graph, LatheNode *from, LatheNode *to)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      LatheNode *node = graph->nodes->pdata[i];

      for (guint j = 0; j < node->inputs->len; j++)
        if (node->inputs->pdata[j] == from)
          node->inputs->pdata[j] = to;
    }
}

/* --- Nodes --- */

/**
 * lathe_graph_add_between:
 *
 * Puts a layer of this kind on the edge from one node to another. One that takes several inputs has @from as its first;
 * it is in their group when they are in one.
 *
 * Returns: (transfer none) (nullable): the new node; NULL when there is no such edge, no layer feeds this kind, or the
 * graph has LATHE_GRAPH_MAX_NODES
 */
LatheNode *
lathe_graph_add_between (LatheGraph *graph, const LatheLayerKind *kind, LatheNode *from, LatheNode *to)
{
  LatheNode *node;

  if (kind->max_inputs == 0 || !g_ptr_array_find (to->inputs, from, NULL) || is_full (graph))
    return NULL;
  node = lathe_graph_add (graph, kind, NULL);
  for (guint i = 0; i < to->inputs->len; i++)
    if (to->inputs->pdata[i] == from)
      to->inputs->pdata[i] = node;
  lathe_graph_connect (graph, from, node);
  if (g_strcmp0 (from->group, to->group) == 0)
    node->group = g_strdup (from->group);
  lathe_graph_place (graph, node, to->index);
  lathe_graph_settle (graph);
  return node;
}

/* Whether one of its own group reads it. */
gboolean
lathe_node_is_read_in_group (const LatheGraph *graph, const LatheNode *node)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LatheNode *reader = graph->nodes->pdata[i];

      if (g_strcmp0 (reader->group, node->group) == 0 && g_ptr_array_find (reader->inputs, node, NULL))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_read (const LatheGraph *graph, const LatheNode *node)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    if (g_ptr_array_find (((LatheNode *) graph->nodes->pdata[i])->inputs, node, NULL))
      return TRUE;
  return FALSE;
}

/**
 * lathe_graph_add_after:
 *
 * Puts a layer of this kind behind a node: it reads @after, and what read @after reads the new node. It is in the group
 * of @after, unless that is the group's end, behind which one is outside of it.
 *
 * Returns: (transfer none) (nullable): the new node; NULL when no layer feeds this kind, or the graph has
 * LATHE_GRAPH_MAX_NODES
 */
LatheNode *
lathe_graph_add_after (LatheGraph *graph, const LatheLayerKind *kind, LatheNode *after)
{
  gboolean inside = lathe_node_is_read_in_group (graph, after) || !is_read (graph, after);
  LatheNode *node;

  if (kind->max_inputs == 0 || is_full (graph))
    return NULL;
  node = lathe_graph_add (graph, kind, NULL);
  lathe_graph_redirect (graph, after, node);
  lathe_graph_connect (graph, after, node);
  node->group = inside ? g_strdup (after->group) : NULL;
  lathe_graph_place (graph, node, after->index + 1);
  lathe_graph_settle (graph);
  return node;
}

/* For each node, what is read in its place: itself, when it stays; the first that stays of what fed it; or NULL. Each
 * comes after its inputs in the order; what has none is in a circle, and not followed. */
static LatheNode **
find_heirs (const LatheGraph *graph, const gboolean *removed)
{
  guint n = graph->nodes->len, n_ordered;
  LatheNode **heirs = g_new (LatheNode *, n);
  g_autofree guint *order = g_new (guint, n);
  g_auto (LatheReaders) readers;

  lathe_readers_init (&readers, graph);
  n_ordered = lathe_graph_find_order (graph, &readers, order);
  for (guint i = 0; i < n; i++)
    heirs[i] = removed[i] ? NULL : graph->nodes->pdata[i];
  for (guint i = 0; i < n_ordered; i++)
    {
      const LatheNode *node = graph->nodes->pdata[order[i]];

      for (guint j = 0; j < node->inputs->len && heirs[order[i]] == NULL; j++)
        heirs[order[i]] = heirs[((LatheNode *) node->inputs->pdata[j])->index];
    }
  return heirs;
}

static gboolean
reads_any (const LatheNode *node, const gboolean *removed)
{
  for (guint i = 0; i < node->inputs->len; i++)
    if (removed[((LatheNode *) node->inputs->pdata[i])->index])
      return TRUE;
  return FALSE;
}

/* Whether an input's heir is also that of another node among the inputs before it. */
static gboolean
is_shared (const GPtrArray *inputs, guint at, LatheNode *const *heirs)
{
  const LatheNode *from = inputs->pdata[at];

  for (guint i = 0; i < at; i++)
    {
      const LatheNode *before = inputs->pdata[i];

      if (before != from && heirs[before->index] == heirs[from->index])
        return TRUE;
    }
  return FALSE;
}

/* Lets a node read the heirs of what it read: where two have the same, that once; what it read twice, twice. */
static void
inherit (LatheNode *node, LatheNode *const *heirs)
{
  g_autoptr (GPtrArray) inputs = g_steal_pointer (&node->inputs);

  node->inputs = g_ptr_array_new ();
  for (guint i = 0; i < inputs->len; i++)
    {
      LatheNode *heir = heirs[((LatheNode *) inputs->pdata[i])->index];

      if (heir != NULL && !is_shared (inputs, i, heirs))
        g_ptr_array_add (node->inputs, heir);
    }
}

/**
 * lathe_graph_remove_nodes:
 * @nodes: any of the graph's; its first input layer is never removed
 *
 * Whoever read a removed node reads what that one read: of several, the first that stays.
 */
void
lathe_graph_remove_nodes (LatheGraph *graph, LatheNode *const *nodes, guint n)
{
  const LatheNode *input = lathe_graph_find_input (graph);
  g_autofree gboolean *removed = g_new0 (gboolean, graph->nodes->len);
  g_autofree LatheNode **heirs = NULL;

  for (guint i = 0; i < n; i++)
    removed[nodes[i]->index] = nodes[i] != input;
  heirs = find_heirs (graph, removed);
  for (guint i = 0; i < graph->nodes->len; i++)
    if (!removed[i] && reads_any (graph->nodes->pdata[i], removed))
      inherit (graph->nodes->pdata[i], heirs);
  lathe_graph_drop (graph, removed);
  lathe_graph_settle (graph);
}

/* What two kinds both know by a name: a number within the range, or a choice of the same name. */
static void
take_over (LatheProperties *properties, const LatheLayerKind *kind, const LatheProperties *from,
           const LatheLayerKind *from_kind)
{
  for (guint i = 0; i < kind->n_properties; i++)
    {
      const LatheProperty *property = &kind->properties[i];
      int index = lathe_layer_kind_property (from_kind, property->name);
      g_autofree char *text = NULL;
      double value;

      if (index < 0 || from_kind->properties[index].type != property->type)
        continue;
      if (property->type != LATHE_PROPERTY_CHOICE)
        {
          if (lathe_property_check (property, from->value[index], NULL))
            properties->value[i] = from->value[index];
          continue;
        }
      text = lathe_property_format (&from_kind->properties[index], from->value[index]);
      if (lathe_property_parse (property, text, &value, NULL))
        properties->value[i] = value;
    }
}

/* Whether the name was made from the kind, and not given by a person. */
static gboolean
has_made_name (const LatheNode *node)
{
  g_autofree char *stem = lathe_name_stem (node->name);

  return g_str_equal (stem, node->kind->name) && !g_str_equal (stem, node->name);
}

/**
 * lathe_graph_replace_kind:
 *
 * Makes a layer one of another kind. Properties of the same name keep their values, where the new kind allows them; a
 * name that was made from the kind follows it; inputs that are too many for the new kind are cut off.
 *
 * Returns: FALSE when either is an input layer
 */
gboolean
lathe_graph_replace_kind (LatheGraph *graph, LatheNode *node, const LatheLayerKind *kind)
{
  LatheProperties properties;

  if (node->kind->max_inputs == 0 || kind->max_inputs == 0)
    return FALSE;
  if (kind == node->kind)
    return TRUE;
  lathe_layer_kind_defaults (kind, &properties);
  take_over (&properties, kind, &node->properties, node->kind);
  if (has_made_name (node))
    {
      g_autofree char *name = lathe_graph_free_name (graph, kind->name);

      lathe_graph_name (graph, node, name);
    }
  node->kind = kind;
  node->properties = properties;
  if (node->inputs->len > kind->max_inputs)
    g_ptr_array_set_size (node->inputs, (int) kind->max_inputs);
  return TRUE;
}

static gboolean
is_name (const char *name)
{
  if (!g_utf8_validate (name, -1, NULL) || *name == '\0' || g_utf8_strlen (name, -1) > MAX_NAME)
    return FALSE;
  for (const char *c = name; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return FALSE;
  return TRUE;
}

/**
 * lathe_graph_rename:
 *
 * Errors: LATHE_ERROR_INVALID when the name is taken, empty, longer than 100 characters, or none that can be shown.
 */
gboolean
lathe_graph_rename (LatheGraph *graph, LatheNode *node, const char *name, GError **error)
{

  if (g_str_equal (name, node->name))
    return TRUE;
  if (lathe_graph_find (graph, name) != NULL)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("Another layer is called “%s”: choose another name"),
                 name);
  else if (!is_name (name))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("A layer’s name is 1 to %d characters on one line"),
                 MAX_NAME);
  else
    {
      lathe_graph_name (graph, node, name);
      return TRUE;
    }
  return FALSE;
}
