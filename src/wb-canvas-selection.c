/* wb-canvas-selection.c: which layers are selected. They are kept by name, so that edits and undoing leave them alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

static void
add_node (WbCanvas *self, const LatheNode *node)
{
  g_hash_table_add (self->selected, g_strdup (node->name));
}

static void
set_name (char **name, const LatheNode *node)
{
  g_free (*name);
  *name = node != NULL ? g_strdup (node->name) : NULL;
}

static void
clear (WbCanvas *self)
{
  g_hash_table_remove_all (self->selected);
  set_name (&self->cursor, NULL);
  self->edge = -1;
}

static void
add_card (WbCanvas *self, guint card)
{
  for (guint i = 0; i < lathe_graph_get_n_nodes (self->graph); i++)
    if (wb_canvas_has (self, card, i))
      add_node (self, lathe_graph_get_node (self->graph, i));
}

gboolean
wb_canvas_card_selected (WbCanvas *self, guint card)
{
  return g_hash_table_contains (self->selected, wb_canvas_node_of (self, card)->name);
}

int
wb_canvas_cursor_card (WbCanvas *self)
{
  return self->cards != NULL ? wb_canvas_find_card (self, self->cursor) : -1;
}

void
wb_canvas_selection_changed (WbCanvas *self)
{
  int card = wb_canvas_cursor_card (self);
  g_autofree char *text = card >= 0 ? wb_canvas_describe (self, (guint) card) : NULL;

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text != NULL ? text : "",
                                  -1);
  wb_canvas_update_actions (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit_by_name (self, "selection-changed");
}

void
wb_canvas_select_card (WbCanvas *self, guint card, gboolean add)
{
  if (!add)
    clear (self);
  add_card (self, card);
  self->edge = -1;
  set_name (&self->cursor, wb_canvas_node_of (self, card));
  wb_canvas_selection_changed (self);
}

/* What is taken out leaves the cursor to another that is selected. */
void
wb_canvas_toggle_card (WbCanvas *self, guint card)
{
  if (!wb_canvas_card_selected (self, card))
    {
      wb_canvas_select_card (self, card, TRUE);
      return;
    }
  for (guint i = 0; i < lathe_graph_get_n_nodes (self->graph); i++)
    if (wb_canvas_has (self, card, i))
      g_hash_table_remove (self->selected, lathe_graph_get_node (self->graph, i)->name);
  wb_canvas_prune_selection (self);
  wb_canvas_selection_changed (self);
}

void
wb_canvas_select_none (WbCanvas *self)
{
  if (g_hash_table_size (self->selected) == 0 && self->edge < 0)
    return;
  clear (self);
  wb_canvas_selection_changed (self);
}

void
wb_canvas_select_all (WbCanvas *self)
{
  self->edge = -1;
  for (guint i = 0; i < lathe_graph_get_n_nodes (self->graph); i++)
    add_node (self, lathe_graph_get_node (self->graph, i));
  wb_canvas_prune_selection (self);
  wb_canvas_selection_changed (self);
}

void
wb_canvas_select_edge (WbCanvas *self, guint edge)
{
  clear (self);
  self->edge = (int) edge;
  wb_canvas_selection_changed (self);
}

void
wb_canvas_select_band (WbCanvas *self, WbBox band, gboolean add)
{
  guint n = 0;
  g_autofree guint *cards = wb_layout_nodes_in (self->layout, band, &n);

  if (!add)
    clear (self);
  for (guint i = 0; i < n; i++)
    add_card (self, cards[i]);
  wb_canvas_prune_selection (self);
  wb_canvas_selection_changed (self);
}

void
wb_canvas_select_names (WbCanvas *self, GPtrArray *nodes)
{
  clear (self);
  for (guint i = 0; i < nodes->len; i++)
    add_node (self, nodes->pdata[i]);
  if (nodes->len > 0)
    set_name (&self->cursor, nodes->pdata[nodes->len - 1]);
}

/* The cursor is always on one of those that are selected, as long as there are any. */
void
wb_canvas_prune_selection (WbCanvas *self)
{
  GHashTableIter iterator;
  gpointer name;

  g_hash_table_iter_init (&iterator, self->selected);
  while (g_hash_table_iter_next (&iterator, &name, NULL))
    if (lathe_graph_find (self->graph, name) == NULL)
      g_hash_table_iter_remove (&iterator);
  if (self->cursor != NULL && g_hash_table_contains (self->selected, self->cursor))
    return;
  set_name (&self->cursor, NULL);
  for (guint i = 0; i < lathe_graph_get_n_nodes (self->graph) && self->cursor == NULL; i++)
    if (wb_canvas_is_selected (self, i))
      set_name (&self->cursor, lathe_graph_get_node (self->graph, i));
}

GPtrArray *
wb_canvas_selected_in (WbCanvas *self, LatheGraph *graph)
{
  GPtrArray *nodes = g_ptr_array_new ();

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    if (g_hash_table_contains (self->selected, lathe_graph_get_node (graph, i)->name))
      g_ptr_array_add (nodes, lathe_graph_get_node (graph, i));
  return nodes;
}

/* --- For who shows the same selection --- */

int
wb_canvas_get_cursor (WbCanvas *self)
{
  const LatheNode *node;

  g_return_val_if_fail (WB_IS_CANVAS (self), -1);

  node = self->cursor != NULL && self->graph != NULL ? lathe_graph_find (self->graph, self->cursor) : NULL;
  return node != NULL ? (int) node->index : -1;
}

gboolean
wb_canvas_is_selected (WbCanvas *self, guint node)
{
  g_return_val_if_fail (WB_IS_CANVAS (self), FALSE);

  return g_hash_table_contains (self->selected, lathe_graph_get_node (self->graph, node)->name);
}

void
wb_canvas_select (WbCanvas *self, const guint *nodes, guint n)
{
  g_return_if_fail (WB_IS_CANVAS (self));
  g_return_if_fail (self->graph != NULL);

  clear (self);
  for (guint i = 0; i < n; i++)
    add_node (self, lathe_graph_get_node (self->graph, nodes[i]));
  if (n > 0)
    {
      set_name (&self->cursor, lathe_graph_get_node (self->graph, nodes[0]));
      wb_canvas_reveal (self, self->card_of[nodes[0]]);
    }
  wb_canvas_selection_changed (self);
}
