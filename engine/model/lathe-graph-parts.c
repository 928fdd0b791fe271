/* lathe-graph-parts.c: several nodes of a graph at once: copied and pasted, grouped, repeated. See lathe-graph-edit.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-edit.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-graph-private.h"

static gboolean
check_room (const LatheGraph *graph, guint64 n_more, GError **error)
{
  if (graph->nodes->len + n_more <= LATHE_GRAPH_MAX_NODES)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("A network has at most %d layers; this would make %.0f"),
               LATHE_GRAPH_MAX_NODES, (double) (graph->nodes->len + n_more));
  return FALSE;
}

/* --- What a part reads, and who reads it --- */

/* The one node outside of a part that its nodes read; NULL: there is none, or there are several. */
static LatheNode *
find_source (GPtrArray *part, const gboolean *inside, guint *n_sources)
{
  g_autoptr (GPtrArray) sources = g_ptr_array_new ();

  for (guint i = 0; i < part->len; i++)
    {
      const LatheNode *node = part->pdata[i];

      for (guint j = 0; j < node->inputs->len; j++)
        {
          LatheNode *from = node->inputs->pdata[j];

          if (!inside[from->index] && !g_ptr_array_find (sources, from, NULL))
            g_ptr_array_add (sources, from);
        }
    }
  *n_sources = sources->len;
  return sources->len == 1 ? sources->pdata[0] : NULL;
}

/* The one node of a part that is read from outside of it, or by nobody; NULL: there are several. */
static LatheNode *
find_exit (const LatheGraph *graph, GPtrArray *part, const gboolean *inside)
{
  g_auto (LatheReaders) readers;
  LatheNode *found = NULL;

  lathe_readers_init (&readers, graph);
  for (guint i = 0; i < part->len; i++)
    {
      LatheNode *node = part->pdata[i];
      guint first = readers.first[node->index], after = readers.first[node->index + 1];
      gboolean leaves = first == after;

      for (guint j = first; j < after; j++)
        leaves |= !inside[readers.to[j]];
      if (leaves && found != NULL)
        return NULL;
      if (leaves)
        found = node;
    }
  return found;
}

static gboolean *
mark (const LatheGraph *graph, LatheNode *const *nodes, guint n)
{
  gboolean *inside = g_new0 (gboolean, graph->nodes->len);

  for (guint i = 0; i < n; i++)
    inside[nodes[i]->index] = TRUE;
  return inside;
}

/* The marked nodes, in the graph's order. */
static GPtrArray *
list_marked (const LatheGraph *graph, const gboolean *inside)
{
  GPtrArray *part = g_ptr_array_new ();

  for (guint i = 0; i < graph->nodes->len; i++)
    if (inside[i])
      g_ptr_array_add (part, graph->nodes->pdata[i]);
  return part;
}

/* --- Copying --- */

static gboolean
has_input (GPtrArray *part)
{
  for (guint i = 0; i < part->len; i++)
    if (((LatheNode *) part->pdata[i])->kind->max_inputs == 0)
      return TRUE;
  return FALSE;
}

/**
 * lathe_graph_extract:
 *
 * The part of a network that these nodes are, as text for lathe_graph_paste(). It does not read what is outside of it;
 * but where that is one layer alone, as in front of a residual block, an input layer of its name stands for it.
 *
 * Returns: (transfer full): a network as text
 */
char *
lathe_graph_extract (const LatheGraph *graph, LatheNode *const *nodes, guint n)
{
  g_autofree gboolean *inside = mark (graph, nodes, n);
  g_autoptr (GPtrArray) part = list_marked (graph, inside);
  g_autoptr (LatheGraph) text = lathe_graph_new ();
  guint n_sources;
  LatheNode *source = find_source (part, inside, &n_sources);

  if (source != NULL && !has_input (part))
    lathe_graph_add (text, lathe_layer_kind_find ("input"), source->name);
  for (guint i = 0; i < part->len; i++)
    {
      const LatheNode *node = part->pdata[i];

      lathe_node_copy_settings (lathe_graph_add (text, node->kind, node->name), node);
    }
  for (guint i = 0; i < part->len; i++)
    {
      const LatheNode *node = part->pdata[i];

      for (guint j = 0; j < node->inputs->len; j++)
        {
          LatheNode *from = lathe_graph_find (text, ((LatheNode *) node->inputs->pdata[j])->name);

          if (from != NULL)
            lathe_graph_connect (text, from, lathe_graph_find (text, node->name));
        }
    }
  return lathe_graph_to_json (text);
}

/* --- Pasting --- */

/* The names of a part's groups, each with the one that it gets in the graph. */
static const char *
rename_group (GHashTable *renamed, GHashTable *taken, const char *group)
{
  const char *own = g_hash_table_lookup (renamed, group);
  g_autofree char *stem = lathe_name_stem (group), *name = g_strdup (group);

  if (own != NULL)
    return own;
  for (guint i = 1; g_hash_table_contains (taken, name); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s-%u", stem, i);
    }
  g_hash_table_insert (renamed, g_strdup (group), name);
  g_hash_table_add (taken, g_strdup (name));
  return g_steal_pointer (&name);
}

static GHashTable *
list_groups (const LatheGraph *graph)
{
  GHashTable *taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LatheNode *node = graph->nodes->pdata[i];

      if (node->group != NULL)
        g_hash_table_add (taken, g_strdup (node->group));
    }
  return taken;
}

/* A copy under the same name, if that is free. */
static LatheNode *
add_copy (LatheGraph *graph, const LatheNode *node)
{
  g_autofree char *stem = lathe_name_stem (node->name), *name = NULL;
  LatheNode *copy;

  if (lathe_graph_find (graph, node->name) != NULL)
    name = lathe_graph_free_name (graph, stem);
  copy = lathe_graph_add (graph, node->kind, name != NULL ? name : node->name);
  lathe_node_copy_settings (copy, node);
  return copy;
}

/* Whether what stands for an input also does so for another node among the inputs before it. */
static gboolean
is_shared (const GPtrArray *inputs, guint at, GHashTable *copies)
{
  const LatheNode *copy = g_hash_table_lookup (copies, inputs->pdata[at]);

  for (guint i = 0; i < at; i++)
    if (inputs->pdata[i] != inputs->pdata[at] && g_hash_table_lookup (copies, inputs->pdata[i]) == copy)
      return TRUE;
  return FALSE;
}

/* A copy reads what stands for what was read: where two have the same, that once; what was read twice, twice. */
static void
join_copy (LatheGraph *graph, const LatheNode *node, LatheNode *copy, GHashTable *copies)
{
  for (guint i = 0; i < node->inputs->len; i++)
    {
      LatheNode *from = g_hash_table_lookup (copies, node->inputs->pdata[i]);

      if (from != NULL && !is_shared (node->inputs, i, copies))
        lathe_graph_connect (graph, from, copy);
    }
}

/* Adds copies of nodes, and joins them as those are. What @copies maps a node to is read in its place. */
static GPtrArray *
add_copies (LatheGraph *graph, GPtrArray *part, GHashTable *copies)
{
  g_autoptr (GHashTable) renamed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) taken = list_groups (graph);
  GPtrArray *added = g_ptr_array_new ();

  for (guint i = 0; i < part->len; i++)
    {
      LatheNode *copy = add_copy (graph, part->pdata[i]);

      if (copy->group != NULL)
        {
          const char *group = rename_group (renamed, taken, copy->group);

          g_free (copy->group);
          copy->group = g_strdup (group);
        }
      g_hash_table_insert (copies, part->pdata[i], copy);
      g_ptr_array_add (added, copy);
    }
  for (guint i = 0; i < part->len; i++)
    join_copy (graph, part->pdata[i], added->pdata[i], copies);
  return added;
}

/* The nodes that are pasted; an input layer only where there is none, as @after stands in its place. */
static GPtrArray *
choose_pasted (const LatheGraph *graph, const LatheGraph *fragment, LatheNode *after, GHashTable *copies)
{
  gboolean has_one = lathe_graph_find_input (graph) != NULL;
  GPtrArray *part = g_ptr_array_new ();

  for (guint i = 0; i < fragment->nodes->len; i++)
    {
      LatheNode *node = fragment->nodes->pdata[i];

      if (!has_one || node->kind->max_inputs > 0)
        g_ptr_array_add (part, node);
      else if (after != NULL)
        g_hash_table_insert (copies, node, after);
    }
  return part;
}

/* The last of a part that no other of it reads. */
static LatheNode *
find_last (const LatheGraph *graph, GPtrArray *part)
{
  g_auto (LatheReaders) readers;
  LatheNode *last = NULL;

  lathe_readers_init (&readers, graph);
  for (guint i = 0; i < part->len; i++)
    {
      LatheNode *node = part->pdata[i];

      if (readers.first[node->index] == readers.first[node->index + 1])
        last = node;
    }
  return last;
}

static void
replace_input (LatheNode *reader, const LatheNode *from, LatheNode *to)
{
  for (guint i = 0; i < reader->inputs->len; i++)
    if (reader->inputs->pdata[i] == from)
      reader->inputs->pdata[i] = to;
}

/* Between a node and one that reads it, or all that do, when that is NULL; none of the added ones has a reader of the
 * old. */
static void
join_behind (LatheGraph *graph, LatheNode *after, LatheNode *reader, GPtrArray *added)
{
  LatheNode *last = find_last (graph, added);
  guint n_before = graph->nodes->len - added->len;

  for (guint i = 0; i < n_before && last != NULL; i++)
    if (reader == NULL || reader == graph->nodes->pdata[i])
      replace_input (graph->nodes->pdata[i], after, last);
  for (guint i = 0; i < added->len; i++)
    {
      LatheNode *node = added->pdata[i];

      if (node->inputs->len == 0 && node->kind->max_inputs > 0)
        lathe_graph_connect (graph, after, node);
    }
}

/* In front of the one that reads them, or else at once behind what they read. */
static void
place_behind (LatheGraph *graph, LatheNode *after, LatheNode *reader, GPtrArray *added)
{
  guint index = reader != NULL ? reader->index : after->index + 1;

  for (guint i = added->len; i-- > 0;)
    lathe_graph_place (graph, added->pdata[i], index);
  lathe_graph_settle (graph);
}

static gboolean
check_circles (const LatheGraph *fragment, GError **error)
{
  g_autofree guint *order = g_new (guint, fragment->nodes->len);
  g_auto (LatheReaders) readers;

  lathe_readers_init (&readers, fragment);
  if (lathe_graph_find_order (fragment, &readers, order) == fragment->nodes->len)
    return TRUE;
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("The layers in it run in a circle"));
  return FALSE;
}

/* @reader: who reads it in the place of @after; NULL: all that read @after. */
static GPtrArray *
paste (LatheGraph *graph, const char *text, LatheNode *after, LatheNode *reader, GError **error)
{
  g_autoptr (LatheGraph) fragment = lathe_graph_from_json (text, -1, error);
  g_autoptr (GHashTable) copies = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) part = NULL;
  GPtrArray *added;

  if (fragment == NULL)
    return NULL;
  if (!check_circles (fragment, error))
    return NULL;
  part = choose_pasted (graph, fragment, after, copies);
  if (part->len == 0)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("There is no layer in it that could be pasted"));
      return NULL;
    }
  if (!check_room (graph, part->len, error))
    return NULL;
  added = add_copies (graph, part, copies);
  if (after != NULL)
    {
      join_behind (graph, after, reader, added);
      place_behind (graph, after, reader, added);
    }
  return added;
}

/**
 * lathe_graph_paste:
 * @text: of lathe_graph_extract(), or any network; its input layer is left out where the graph has one
 * @after: (nullable): the layers of the text that read nothing, or its input, read this node, and what read it reads
 *   the text's last layer; NULL: they stay unconnected
 *
 * Layers and groups whose names are taken get fresh ones; cards keep the places that the text gives them.
 *
 * Returns: (transfer container) (element-type LatheNode): the new nodes
 * Errors: those of lathe_graph_from_json(); LATHE_ERROR_INVALID when there is nothing to paste, it runs in a
 * circle, or there is no room.
 */
GPtrArray *
lathe_graph_paste (LatheGraph *graph, const char *text, LatheNode *after, GError **error)
{
  return paste (graph, text, after, NULL, error);
}

/* The group that surrounds what is put there; behind the end of one there is none. */
static const char *
group_between (const LatheGraph *graph, const LatheNode *from, const LatheNode *to)
{
  gboolean inside = to != NULL ? g_strcmp0 (from->group, to->group) == 0 : lathe_node_is_read_in_group (graph, from);

  return inside ? from->group : NULL;
}

/**
 * lathe_graph_paste_between:
 * @from: what the layers of the text read that read nothing, or its input
 * @to: (nullable): who reads the text's last layer in the place of @from; NULL: all that read @from
 *
 * As lathe_graph_paste(), in the midst of a network: inside of a group the new layers are in that group.
 *
 * Returns: (transfer container) (element-type LatheNode): the new nodes
 * Errors: those of lathe_graph_paste()
 */
GPtrArray *
lathe_graph_paste_between (LatheGraph *graph, const char *text, LatheNode *from, LatheNode *to, GError **error)
{
  g_autofree char *group = g_strdup (group_between (graph, from, to));
  GPtrArray *added = paste (graph, text, from, to, error);

  if (added != NULL && group != NULL)
    lathe_graph_set_group (graph, (LatheNode *const *) added->pdata, added->len, group);
  return added;
}

/* --- Groups --- */

static char *
free_group (const LatheGraph *graph)
{
  g_autoptr (GHashTable) taken = list_groups (graph);

  for (guint i = 1;; i++)
    {
      g_autofree char *name = g_strdup_printf (LATHE_GROUP_STEM "-%u", i);

      if (!g_hash_table_contains (taken, name))
        return g_steal_pointer (&name);
    }
}

/**
 * lathe_graph_set_group:
 * @name: (nullable): of the group that the nodes are to be in; NULL: of none; "": of a new one
 *
 * Returns: (transfer none) (nullable): the group's name
 */
const char *
lathe_graph_set_group (LatheGraph *graph, LatheNode *const *nodes, guint n, const char *name)
{
  g_autofree char *group = name != NULL && *name == '\0' ? free_group (graph) : g_strdup (name);

  for (guint i = 0; i < n; i++)
    {
      g_free (nodes[i]->group);
      nodes[i]->group = g_strdup (group);
    }
  return n > 0 ? nodes[0]->group : NULL;
}

static GPtrArray *
list_group (const LatheGraph *graph, const char *group)
{
  GPtrArray *part = g_ptr_array_new ();

  for (guint i = 0; i < graph->nodes->len; i++)
    if (g_strcmp0 (((LatheNode *) graph->nodes->pdata[i])->group, group) == 0)
      g_ptr_array_add (part, graph->nodes->pdata[i]);
  return part;
}

static gboolean
find_ends (const LatheGraph *graph, GPtrArray *part, const char *group, LatheNode **source, LatheNode **exit,
           GError **error)
{
  g_autofree gboolean *inside = mark (graph, (LatheNode *const *) part->pdata, part->len);
  guint n_sources;

  *source = find_source (part, inside, &n_sources);
  *exit = find_exit (graph, part, inside);
  if (part->len == 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("There is no group “%s”"), group);
  else if (has_input (part))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("Group “%s” has an input layer in it: images enter a network in one place"), group);
  else if (*source == NULL)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("Group “%s” reads %u layers outside of it: only one that reads a single layer can be repeated"),
                 group, n_sources);
  else if (*exit == NULL)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("Group “%s” ends in several layers: only one with a single end can be repeated"), group);
  else
    return TRUE;
  return FALSE;
}

/* One copy behind the end of what is there. Nobody has put its cards anywhere. */
static LatheNode *
repeat_once (LatheGraph *graph, GPtrArray *part, LatheNode *source, LatheNode *exit, LatheNode *end)
{
  g_autoptr (GHashTable) copies = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) added = NULL;

  g_hash_table_insert (copies, source, end);
  added = add_copies (graph, part, copies);
  for (guint i = 0; i < added->len; i++)
    {
      LatheNode *node = added->pdata[i];

      node->placed = FALSE;
      node->x = node->y = 0;
    }
  join_behind (graph, end, NULL, added);
  place_behind (graph, end, NULL, added);
  return g_hash_table_lookup (copies, exit);
}

/**
 * lathe_graph_repeat:
 * @times: how often the group will stand in the network, one behind the other; each copy is a group of its own
 *
 * Errors: LATHE_ERROR_INVALID when there is no such group, it has not one layer in front of it and one end, or there is
 * no room for so many.
 */
gboolean
lathe_graph_repeat (LatheGraph *graph, const char *group, guint times, GError **error)
{
  g_autoptr (GPtrArray) part = list_group (graph, group);
  LatheNode *source, *exit, *end;

  g_return_val_if_fail (times > 0, FALSE);

  if (!find_ends (graph, part, group, &source, &exit, error) ||
      !check_room (graph, (guint64) part->len * (times - 1), error))
    return FALSE;
  end = exit;
  for (guint i = 1; i < times; i++)
    end = repeat_once (graph, part, source, exit, end);
  return TRUE;
}
