/* wb-layout-meanwhile.c: what is shown until a layout is there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "wb-layout-private.h"

#define BEHIND 30 /* canvas units between a node that was not there and what it reads */

/* Along the flow a node keeps its near border, across it its middle. */
static WbBox
put_at (const WbLayout *layout, WbBox size, WbBox where)
{
  if (layout->direction == WB_LAYOUT_RIGHT)
    return (WbBox){where.x, where.y + (where.height - size.height) / 2, size.width, size.height};
  return (WbBox){where.x + (where.width - size.width) / 2, where.y, size.width, size.height};
}

static WbBox
put_behind (const WbLayout *layout, WbBox size, WbBox what)
{
  if (layout->direction == WB_LAYOUT_RIGHT)
    what.x += what.width + BEHIND;
  else
    what.y += what.height + BEHIND;
  return put_at (layout, size, what);
}

static void
put_nodes (WbLayout *layout, const WbLayout *before, const guint *was, const WbLayoutNode *nodes)
{
  g_autofree guint *reads = g_new (guint, layout->n_nodes);

  for (guint i = 0; i < layout->n_nodes; i++)
    reads[i] = i > 0 ? i - 1 : WB_NONE;
  for (guint i = layout->n_edges; i-- > 0;)
    if (layout->edges[i].from < layout->edges[i].to) /* it has its place before */
      reads[layout->edges[i].to] = layout->edges[i].from;
  for (guint i = 0; i < layout->n_nodes; i++)
    {
      WbBox size = {0, 0, nodes[i].width, nodes[i].height};

      if (nodes[i].placed)
        layout->boxes[i] = (WbBox){nodes[i].x - size.width / 2, nodes[i].y - size.height / 2, size.width, size.height};
      else if (before != NULL && was[i] != WB_NONE)
        layout->boxes[i] = put_at (layout, size, before->boxes[was[i]]);
      else if (reads[i] != WB_NONE)
        layout->boxes[i] = put_behind (layout, size, layout->boxes[reads[i]]);
      else
        layout->boxes[i] = put_at (layout, size, (WbBox){0, 0, 0, 0});
    }
}

/* The edge that there was between the same two, if neither has moved; WB_NONE: there was none. */
static guint
find_before (const WbLayout *layout, const WbLayout *before, const guint *was, const WbFan *leaving, WbLayoutEdge edge)
{
  guint from = was[edge.from], to = was[edge.to];

  if (from == WB_NONE || to == WB_NONE ||
      memcmp (&layout->boxes[edge.from], &before->boxes[from], sizeof (WbBox)) != 0 ||
      memcmp (&layout->boxes[edge.to], &before->boxes[to], sizeof (WbBox)) != 0)
    return WB_NONE;
  for (guint i = leaving->start[from]; i < leaving->start[from + 1]; i++)
    if (before->edges[leaving->edges[i]].to == to)
      return leaving->edges[i];
  return WB_NONE;
}

static void
bend (WbLayout *layout, WbLayoutEdge edge)
{
  WbPoint from = wb_layout_get_output_port (layout, edge.from), to = wb_layout_get_input_port (layout, edge.to);
  WbPoint half = {(from.x + to.x) / 2, (from.y + to.y) / 2};
  gboolean right = layout->direction == WB_LAYOUT_RIGHT, straight = right ? from.y == to.y : from.x == to.x;
  WbPoint bends[] = {right ? (WbPoint){half.x, from.y} : (WbPoint){from.x, half.y},
                     right ? (WbPoint){half.x, to.y} : (WbPoint){to.x, half.y}};

  g_array_append_val (layout->points, from);
  if (!straight)
    g_array_append_vals (layout->points, bends, G_N_ELEMENTS (bends));
  g_array_append_val (layout->points, to);
}

static void
put_edges (WbLayout *layout, const WbLayout *before, const guint *was)
{
  g_auto (WbFan) leaving = {NULL};

  if (before != NULL)
    leaving = wb_fan_leaving (before->edges, before->n_edges, before->n_nodes);
  for (guint i = 0; i < layout->n_edges; i++)
    {
      WbLayoutEdge edge = layout->edges[i];
      guint same = before != NULL ? find_before (layout, before, was, &leaving, edge) : WB_NONE;

      layout->routes[i] = layout->points->len;
      if (same != WB_NONE)
        {
          WbRoute route = wb_layout_get_route (before, same);

          g_array_append_vals (layout->points, route.points, route.n);
        }
      else if (edge.from != edge.to)
        bend (layout, edge);
    }
  layout->routes[layout->n_edges] = layout->points->len;
}

WbLayout *
wb_layout_new_meanwhile (const WbLayout *before, const guint *was, const WbLayoutNode *nodes, guint n_nodes,
                         const WbLayoutEdge *edges, guint n_edges, WbLayoutDirection direction)
{
  WbLayout *layout = wb_layout_new_empty (n_nodes, edges, n_edges, direction);

  if (before != NULL && before->direction != direction)
    before = NULL;
  put_nodes (layout, before, was, nodes);
  put_edges (layout, before, was);
  layout->extent = wb_extent_of (layout->boxes, n_nodes, (const WbPoint *) layout->points->data, layout->points->len);
  return layout;
}
