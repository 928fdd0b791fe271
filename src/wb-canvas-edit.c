/* wb-canvas-edit.c: edits. Each makes a changed copy of the graph, selects what is new in it, and says so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

#include <glib/gi18n.h>

#define PASTE_STEP 24 /* canvas units between what is copied and its copy */

static LatheNode *
cursor_in (WbCanvas *self, LatheGraph *graph)
{
  return self->cursor != NULL ? lathe_graph_find (graph, self->cursor) : NULL;
}

/* --- Layers --- */

static void
place (LatheNode *node, WbPoint at)
{
  node->placed = TRUE;
  node->x = CLAMP (at.x, -LATHE_GRAPH_MAX_PLACE, LATHE_GRAPH_MAX_PLACE);
  node->y = CLAMP (at.y, -LATHE_GRAPH_MAX_PLACE, LATHE_GRAPH_MAX_PLACE);
}

static void
give_new (WbCanvas *self, LatheGraph *graph, LatheNode *node)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();

  if (node == NULL)
    {
      wb_canvas_refuse (self, _ ("The network has as many layers as there may be."));
      return;
    }
  g_ptr_array_add (nodes, node);
  wb_canvas_select_names (self, nodes);
  wb_canvas_edited (self, graph);
}

/* On an edge it comes between the two; elsewhere it stands alone. */
static void
insert_layer (WbCanvas *self, const LatheLayerKind *kind, WbPoint at, int edge)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);
  LatheNode *node;

  if (edge >= 0)
    {
      const WbEdge *on = wb_canvas_edge (self, (guint) edge);

      node = lathe_graph_add_between (graph, kind, lathe_graph_get_node (graph, on->from),
                                      lathe_graph_get_node (graph, on->to));
    }
  else if (lathe_graph_get_n_nodes (graph) < LATHE_GRAPH_MAX_NODES)
    {
      node = lathe_graph_add (graph, kind, NULL);
      place (node, at);
    }
  else
    node = NULL;
  give_new (self, graph, node);
}

void
wb_canvas_insert (WbCanvas *self, const WbPart *part, WbPoint at, int edge)
{
  if (part->kind != NULL)
    insert_layer (self, part->kind, at, edge);
  else
    wb_canvas_insert_block (self, part, at, edge);
}

static void
add_behind_cursor (WbCanvas *self, const LatheLayerKind *kind)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);
  guint n = lathe_graph_get_n_nodes (graph);
  LatheNode *after = cursor_in (self, graph);

  if (after == NULL)
    after = lathe_graph_get_node (graph, self->report->output >= 0 ? (guint) self->report->output : n - 1);
  give_new (self, graph, lathe_graph_add_after (graph, kind, after));
}

void
wb_canvas_add (WbCanvas *self, const WbPart *part)
{
  g_return_if_fail (WB_IS_CANVAS (self));
  g_return_if_fail (self->graph != NULL && lathe_graph_get_n_nodes (self->graph) > 0);

  if (self->has_place)
    wb_canvas_insert (self, part, self->place, self->place_edge);
  else if (part->kind != NULL)
    add_behind_cursor (self, part->kind);
  else
    wb_canvas_add_block (self, part);
  wb_canvas_forget_place (self);
}

/* What a node read first is called, if it read anything. (transfer full) */
static char *
name_before (const LatheNode *node)
{
  return node->inputs->len > 0 ? g_strdup (((LatheNode *) node->inputs->pdata[0])->name) : NULL;
}

/* What the first of them read is selected next. That may be one of them, where a file lists it behind its reader: then
 * the first of what is left is. */
void
wb_canvas_remove_selected (WbCanvas *self)
{
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (GPtrArray) nodes = NULL, next = g_ptr_array_new ();
  g_autofree char *before = NULL;
  LatheNode *chosen;

  if (self->edge >= 0)
    {
      wb_canvas_disconnect_edge (self, (guint) self->edge);
      return;
    }
  graph = lathe_graph_copy (self->graph);
  nodes = wb_canvas_selected_in (self, graph);
  for (guint i = nodes->len; i-- > 0;)
    if (((LatheNode *) nodes->pdata[i])->kind->max_inputs == 0)
      g_ptr_array_remove_index (nodes, i);
  if (nodes->len == 0)
    return;
  before = name_before (nodes->pdata[0]);
  lathe_graph_remove_nodes (graph, (LatheNode *const *) nodes->pdata, nodes->len);
  chosen = before != NULL ? lathe_graph_find (graph, before) : NULL;
  if (chosen == NULL && lathe_graph_get_n_nodes (graph) > 0)
    chosen = lathe_graph_get_node (graph, 0);
  if (chosen != NULL)
    g_ptr_array_add (next, chosen);
  wb_canvas_select_names (self, next);
  wb_canvas_edited (self, graph);
}

gboolean
wb_canvas_move_in_chain (WbCanvas *self, int step)
{
  g_autoptr (LatheGraph) graph = NULL;
  int from, to;

  g_return_val_if_fail (WB_IS_CANVAS (self), FALSE);

  from = wb_canvas_get_cursor (self);
  to = from + step;
  if (from <= 0 || to <= 0 || to >= (int) lathe_graph_get_n_nodes (self->graph) || !lathe_graph_is_chain (self->graph))
    return FALSE;
  graph = lathe_graph_copy (self->graph);
  lathe_graph_move (graph, (guint) from, (guint) to);
  wb_canvas_edited (self, graph);
  return TRUE;
}

/* --- The clipboard --- */

void
wb_canvas_copy_selected (WbCanvas *self)
{
  g_autoptr (GPtrArray) nodes = wb_canvas_selected_in (self, self->graph);
  g_autofree char *text = NULL;

  if (nodes->len == 0)
    return;
  text = lathe_graph_extract (self->graph, (LatheNode *const *) nodes->pdata, nodes->len);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

/* What a person placed comes beside what it was copied from. */
static gboolean
paste_text (WbCanvas *self, const char *text, LatheGraph *graph, LatheNode *after, GError **error)
{
  g_autoptr (GPtrArray) nodes = lathe_graph_paste (graph, text, after, error);

  if (nodes == NULL)
    return FALSE;
  for (guint i = 0; i < nodes->len; i++)
    {
      LatheNode *node = nodes->pdata[i];

      if (node->placed)
        place (node, (WbPoint){node->x + PASTE_STEP, node->y + PASTE_STEP});
    }
  wb_canvas_select_names (self, nodes);
  wb_canvas_edited (self, graph);
  return TRUE;
}

static void
on_text_read (GObject *clipboard, GAsyncResult *result, gpointer data)
{
  g_autoptr (WbCanvas) self = data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *reason = NULL;

  if (self->graph == NULL)
    return;
  if (text == NULL)
    {
      wb_canvas_refuse (self, _ ("The clipboard holds no text, and so no layers."));
      return;
    }
  graph = lathe_graph_copy (self->graph);
  if (paste_text (self, text, graph, cursor_in (self, graph), &error))
    return;
  /* Translators: the reason, a sentence without its end */
  reason = g_strdup_printf (_ ("What is in the clipboard cannot be pasted. %s"), error->message);
  wb_canvas_refuse (self, reason);
}

void
wb_canvas_paste (WbCanvas *self)
{
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (self)), NULL, on_text_read, g_object_ref (self));
}

/* Behind the last of them. */
void
wb_canvas_duplicate_selected (WbCanvas *self)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);
  g_autoptr (GPtrArray) nodes = wb_canvas_selected_in (self, graph);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (nodes->len == 0)
    return;
  text = lathe_graph_extract (graph, (LatheNode *const *) nodes->pdata, nodes->len);
  if (!paste_text (self, text, graph, nodes->pdata[nodes->len - 1], &error))
    wb_canvas_refuse (self, error->message);
}

/* --- Groups --- */

static void
set_group (WbCanvas *self, const char *name)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);
  g_autoptr (GPtrArray) nodes = wb_canvas_selected_in (self, graph);

  if (nodes->len == 0)
    return;
  lathe_graph_set_group (graph, (LatheNode *const *) nodes->pdata, nodes->len, name);
  wb_canvas_edited (self, graph);
}

void
wb_canvas_group_selected (WbCanvas *self)
{
  set_group (self, "");
}

void
wb_canvas_ungroup_selected (WbCanvas *self)
{
  set_group (self, NULL);
}

void
wb_canvas_toggle_group (WbCanvas *self, const char *name)
{
  if (!g_hash_table_remove (self->open_groups, name))
    g_hash_table_add (self->open_groups, g_strdup (name));
  wb_canvas_show (self, self->graph, self->report);
}

/* --- Places --- */

void
wb_canvas_arrange (WbCanvas *self)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    lathe_graph_get_node (graph, i)->placed = FALSE;
  wb_canvas_edited (self, graph);
}

/* A closed group lies where its first layer is placed. What else of it is placed keeps its distance. */
static void
move_card (WbCanvas *self, LatheGraph *graph, guint card, WbPoint by)
{
  WbBox box = wb_layout_get_box (self->layout, card);

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      LatheNode *node = lathe_graph_get_node (graph, i);

      if (!wb_canvas_has (self, card, i))
        continue;
      if (i == wb_canvas_card (self, card)->first)
        place (node, (WbPoint){box.x + box.width / 2 + by.x, box.y + box.height / 2 + by.y});
      else if (node->placed)
        place (node, (WbPoint){node->x + by.x, node->y + by.y});
    }
}

void
wb_canvas_move_selected (WbCanvas *self, WbPoint by)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);

  for (guint i = 0; i < self->cards->len; i++)
    if (wb_canvas_card_selected (self, i))
      move_card (self, graph, i, by);
  wb_canvas_edited (self, graph);
}

/* --- Edges --- */

void
wb_canvas_disconnect_edge (WbCanvas *self, guint index)
{
  const WbEdge *edge = wb_canvas_edge (self, index);
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);

  lathe_graph_unlink (graph, lathe_graph_get_node (graph, edge->from), lathe_graph_get_node (graph, edge->to));
  self->edge = -1;
  wb_canvas_edited (self, graph);
}

/* Data enters a group at its first layer, and leaves it at its last. */
static gboolean
connect_in (WbCanvas *self, LatheGraph *graph, guint from, guint to, int cut, GError **error)
{
  LatheNode *source = lathe_graph_get_node (graph, wb_canvas_card (self, from)->node);
  LatheNode *reader = lathe_graph_get_node (graph, wb_canvas_card (self, to)->first);

  if (cut >= 0)
    {
      const WbEdge *edge = wb_canvas_edge (self, (guint) cut);

      lathe_graph_unlink (graph, lathe_graph_get_node (graph, edge->from), lathe_graph_get_node (graph, edge->to));
      if (self->card_of[edge->from] == from)
        source = lathe_graph_get_node (graph, edge->from);
    }
  return lathe_graph_link (graph, source, reader, error);
}

gboolean
wb_canvas_can_connect (WbCanvas *self, guint from, guint to, int cut, GError **error)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);

  return connect_in (self, graph, from, to, cut, error);
}

void
wb_canvas_connect_cards (WbCanvas *self, guint from, guint to, int cut)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);
  g_autoptr (GError) error = NULL;

  if (connect_in (self, graph, from, to, cut, &error))
    wb_canvas_edited (self, graph);
  else
    wb_canvas_refuse (self, error->message);
}
