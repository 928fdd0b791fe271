/* wb-canvas-blocks.c: edits that put blocks of layers into the network.
 *
 * A block is made for what flows where it is put, and may read that in several places: so it is always put between
 * layers, never alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

#include <math.h>

static gboolean
has_group (const LatheGraph *graph, const char *name)
{
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    if (g_strcmp0 (lathe_graph_get_node (graph, i)->group, name) == 0)
      return TRUE;
  return FALSE;
}

/* So that one sees what was put there, and can set it; from afar, where layers cannot be read, it is one card. */
static void
open_new_groups (WbCanvas *self, GPtrArray *added)
{
  for (guint i = 0; i < added->len; i++)
    {
      const char *group = ((LatheNode *) added->pdata[i])->group;

      if (group == NULL || has_group (self->graph, group))
        continue;
      if (wb_canvas_get_detail (self) == WB_DETAIL_FULL)
        g_hash_table_add (self->open_groups, g_strdup (group));
      else
        g_hash_table_remove (self->open_groups, group);
    }
}

/* Between one node and another, or all that read it, when that is -1. */
static void
put (WbCanvas *self, const WbPart *part, guint from, int to)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (self->graph);
  LatheNode *source = lathe_graph_get_node (graph, from);
  LatheNode *reader = to >= 0 ? lathe_graph_get_node (graph, (guint) to) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) added = NULL;

  if (part->block != NULL)
    added = lathe_graph_add_block (graph, part->block, source, reader, &error);
  else
    added = lathe_graph_paste_between (graph, part->text, source, reader, &error);
  if (added == NULL)
    {
      wb_canvas_refuse (self, error->message);
      return;
    }
  open_new_groups (self, added);
  wb_canvas_select_names (self, added);
  wb_canvas_edited (self, graph);
}

/* A person's own block may be for anything; the others are for images. */
static gboolean
suits (WbCanvas *self, const WbPart *part, guint from)
{
  return part->block == NULL || self->report->nodes[from].output.rank == 3;
}

static int
nearest_edge (WbCanvas *self, const WbPart *part, WbPoint at)
{
  double nearest = G_MAXDOUBLE;
  int found = -1;

  for (guint i = 0; i < self->edges->len; i++)
    {
      WbRoute route = wb_layout_get_route (self->layout, i);

      for (guint j = 1; j < route.n && suits (self, part, wb_canvas_edge (self, i)->from); j++)
        {
          WbPoint a = route.points[j - 1], b = route.points[j];
          double distance = hypot ((a.x + b.x) / 2 - at.x, (a.y + b.y) / 2 - at.y);

          if (distance < nearest)
            {
              nearest = distance;
              found = (int) i;
            }
        }
    }
  return found;
}

/* The edge into a closed group stands for all that run there: what reads on both branches of it, reads the block on
 * both. Returns the node that reads it, or -1: all that read the other. */
static int
reader_on (WbCanvas *self, const WbEdge *edge)
{
  const LatheNode *from = lathe_graph_get_node (self->graph, edge->from);
  guint card = self->card_of[edge->to];

  if (wb_canvas_card (self, card)->group == NULL)
    return (int) edge->to;
  for (guint i = 0; i < lathe_graph_get_n_nodes (self->graph); i++)
    if (!wb_canvas_has (self, card, i) && g_ptr_array_find (lathe_graph_get_node (self->graph, i)->inputs, from, NULL))
      return (int) edge->to;
  return -1;
}

/* At an empty place it is the edge beside it that is meant. */
void
wb_canvas_insert_block (WbCanvas *self, const WbPart *part, WbPoint at, int edge)
{
  if (edge < 0)
    edge = nearest_edge (self, part, at);
  if (edge >= 0)
    put (self, part, wb_canvas_edge (self, (guint) edge)->from, reader_on (self, wb_canvas_edge (self, (guint) edge)));
  else
    wb_canvas_add_block (self, part);
}

/* Where nothing is selected, the last layer that it can follow. */
void
wb_canvas_add_block (WbCanvas *self, const WbPart *part)
{
  int cursor = wb_canvas_get_cursor (self);
  guint last = lathe_graph_get_n_nodes (self->graph) - 1;

  while (last > 0 && !suits (self, part, last))
    last--;
  put (self, part, cursor >= 0 ? (guint) cursor : last, -1);
}
