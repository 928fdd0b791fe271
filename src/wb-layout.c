/* wb-layout.c: where the cards of a network stand on the canvas, and which way its edges go round them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-layout.h"

#include <math.h>

#include "wb-layout-private.h"

/* Canvas units between parts that nothing joins. */
#define BETWEEN_PARTS 48

/* --- Boxes ------------------------------------------------------------------------------------------------------ */

static WbPoint
middle_of (WbBox box)
{
  return (WbPoint){box.x + box.width / 2, box.y + box.height / 2};
}

WbBox
wb_extent_of (const WbBox *boxes, guint n_boxes, const WbPoint *points, guint n_points)
{
  WbBox extent = n_boxes > 0 ? boxes[0] : (WbBox){0};

  for (guint i = 1; i < n_boxes; i++)
    extent = wb_box_united (extent, boxes[i]);
  for (guint i = 0; i < n_points; i++)
    extent = wb_box_united (extent, (WbBox){points[i].x, points[i].y, 0, 0});
  return extent;
}

/* From a flow to the right to one down, and back. */
static void
transpose (WbBox *boxes, guint n_boxes, WbPoint *points, guint n_points)
{
  for (guint i = 0; i < n_boxes; i++)
    boxes[i] = (WbBox){boxes[i].y, boxes[i].x, boxes[i].height, boxes[i].width};
  for (guint i = 0; i < n_points; i++)
    points[i] = (WbPoint){points[i].y, points[i].x};
}

/* --- Layers ----------------------------------------------------------------------------------------------------- */

static void
move_part (WbPart *part, double dx, double dy)
{
  for (guint i = 0; i < part->n_nodes; i++)
    {
      part->boxes[i].x += dx;
      part->boxes[i].y += dy;
    }
  for (guint i = 0; i < part->points->len; i++)
    {
      g_array_index (part->points, WbPoint, i).x += dx;
      g_array_index (part->points, WbPoint, i).y += dy;
    }
  part->extent.x += dx;
  part->extent.y += dy;
}

static void
lay_out_part (WbPart *part)
{
  g_autoptr (WbSketch) sketch = wb_sketch_new (part);
  guint first = 0;

  wb_sketch_order (sketch);
  wb_sketch_align (sketch);
  wb_sketch_route (sketch);
  part->extent = wb_extent_of (part->boxes, part->n_nodes, (const WbPoint *) part->points->data, part->points->len);

  while (sketch->vertices[first].layer > 0)
    first++;
  move_part (part, -sketch->vertices[first].x, 0);
}

/* Puts parts side by side, in order: short ones under one another, as far down as the longest goes, or as makes the
 * whole about as high as it is wide. */
static void
put_side_by_side (WbFlow *flow)
{
  double longest = 0, area = 0, left = 0, width = 0, bottom = 0;

  for (guint i = 0; i < flow->n_parts; i++)
    {
      WbBox extent = flow->parts[i].extent;

      longest = MAX (longest, extent.height);
      area += (extent.width + BETWEEN_PARTS) * (extent.height + BETWEEN_PARTS);
    }
  longest = MAX (longest, sqrt (area) - BETWEEN_PARTS);

  for (guint i = 0; i < flow->n_parts; i++)
    {
      WbPart *part = &flow->parts[i];

      if (i == 0)
        left = part->extent.x;
      else if (bottom + part->extent.height > longest)
        {
          left += width + BETWEEN_PARTS;
          width = bottom = 0;
        }
      move_part (part, left - part->extent.x, bottom - part->extent.y);
      width = MAX (width, part->extent.width);
      bottom += part->extent.height + BETWEEN_PARTS;
    }
}

static void
append_route (WbLayout *layout, const WbFlow *flow, const WbPart *part, guint link, gboolean backwards)
{
  const WbPoint *points = (const WbPoint *) part->points->data;
  guint start = part->routes[link], end = part->routes[link + 1];

  for (guint i = start; i < end; i++)
    g_array_append_val (layout->points, points[backwards ? end - 1 - (i - start) : i]);
}

/* Where nodes and edges go when nobody placed any. layout->boxes: sizes on entry; all with the flow down. */
static void
lay_out_in_layers (WbLayout *layout)
{
  g_autoptr (WbFlow) flow = wb_flow_new (layout->boxes, layout->n_nodes, layout->edges, layout->n_edges);
  g_autofree WbPart **part_of_link = g_new (WbPart *, flow->n_links);
  g_autofree guint *index_of_link = g_new (guint, flow->n_links);

  for (guint i = 0; i < flow->n_parts; i++)
    lay_out_part (&flow->parts[i]);
  put_side_by_side (flow);

  for (guint i = 0; i < flow->n_parts; i++)
    {
      WbPart *part = &flow->parts[i];

      for (guint j = 0; j < part->n_nodes; j++)
        layout->boxes[part->nodes[j]] = part->boxes[j];
      for (guint j = 0; j < part->n_links; j++)
        {
          part_of_link[part->link_ids[j]] = part;
          index_of_link[part->link_ids[j]] = j;
        }
    }
  for (guint i = 0; i < layout->n_edges; i++)
    {
      guint link = flow->link_of[i];

      layout->routes[i] = layout->points->len;
      if (link != WB_NONE)
        append_route (layout, flow, part_of_link[link], index_of_link[link], flow->backwards[i]);
    }
  layout->routes[layout->n_edges] = layout->points->len;
}

/* What a person placed goes there. nodes: with the flow down. */
static void
move_to_places (WbLayout *layout, const WbLayoutNode *nodes)
{
  g_autofree WbBox *in_layers = g_memdup2 (layout->boxes, layout->n_nodes * sizeof *in_layers);
  g_autofree gboolean *moved = g_new (gboolean, layout->n_nodes);

  wb_settle (layout->boxes, nodes, layout->n_nodes, layout->edges, layout->n_edges);
  for (guint i = 0; i < layout->n_nodes; i++)
    moved[i] = layout->boxes[i].x != in_layers[i].x || layout->boxes[i].y != in_layers[i].y;
  wb_route_around (layout->boxes, moved, layout->n_nodes, layout->edges, layout->n_edges, &layout->points,
                   layout->routes);
}

WbLayout *
wb_layout_new_empty (guint n_nodes, const WbLayoutEdge *edges, guint n_edges, WbLayoutDirection direction)
{
  WbLayout *layout = g_new0 (WbLayout, 1);

  layout->direction = direction;
  layout->n_nodes = n_nodes;
  layout->n_edges = n_edges;
  layout->edges = g_memdup2 (edges, n_edges * sizeof *edges);
  layout->boxes = g_new (WbBox, n_nodes);
  layout->routes = g_new (guint, n_edges + 1);
  layout->points = g_array_new (FALSE, FALSE, sizeof (WbPoint));
  return layout;
}

WbLayout *
wb_layout_new (const WbLayoutNode *nodes, guint n_nodes, const WbLayoutEdge *edges, guint n_edges,
               WbLayoutDirection direction)
{
  WbLayout *layout;
  g_autofree WbLayoutNode *turned = g_memdup2 (nodes, n_nodes * sizeof *nodes);
  gboolean is_placed = FALSE;

  for (guint i = 0; i < n_edges; i++)
    g_return_val_if_fail (edges[i].from < n_nodes && edges[i].to < n_nodes, NULL);

  layout = wb_layout_new_empty (n_nodes, edges, n_edges, direction);
  for (guint i = 0; i < n_nodes; i++)
    {
      if (direction == WB_LAYOUT_RIGHT)
        turned[i] = (WbLayoutNode){nodes[i].height, nodes[i].width, nodes[i].placed, nodes[i].y, nodes[i].x};
      layout->boxes[i] = (WbBox){0, 0, turned[i].width, turned[i].height};
      is_placed = is_placed || nodes[i].placed;
    }
  lay_out_in_layers (layout);
  if (is_placed)
    move_to_places (layout, turned);
  if (direction == WB_LAYOUT_RIGHT)
    transpose (layout->boxes, n_nodes, (WbPoint *) layout->points->data, layout->points->len);
  layout->extent = wb_extent_of (layout->boxes, n_nodes, (const WbPoint *) layout->points->data, layout->points->len);
  return layout;
}

void
wb_layout_free (WbLayout *layout)
{
  if (layout == NULL)
    return;
  g_free (layout->boxes);
  g_free (layout->edges);
  g_free (layout->routes);
  g_array_unref (layout->points);
  g_free (layout);
}

/* --- What is where ---------------------------------------------------------------------------------------------- */

guint
wb_layout_get_n_nodes (const WbLayout *layout)
{
  return layout->n_nodes;
}

guint
wb_layout_get_n_edges (const WbLayout *layout)
{
  return layout->n_edges;
}

WbBox
wb_layout_get_box (const WbLayout *layout, guint node)
{
  g_return_val_if_fail (node < layout->n_nodes, (WbBox){0});

  return layout->boxes[node];
}

WbRoute
wb_layout_get_route (const WbLayout *layout, guint edge)
{
  guint n;

  g_return_val_if_fail (edge < layout->n_edges, (WbRoute){0});

  n = layout->routes[edge + 1] - layout->routes[edge];
  return (WbRoute){n, n == 0 ? NULL : &g_array_index (layout->points, WbPoint, layout->routes[edge])};
}

WbBox
wb_layout_get_extent (const WbLayout *layout)
{
  return layout->extent;
}

WbPoint
wb_layout_get_output_port (const WbLayout *layout, guint node)
{
  WbBox box = wb_layout_get_box (layout, node);
  WbPoint middle = middle_of (box);

  if (layout->direction == WB_LAYOUT_RIGHT)
    return (WbPoint){box.x + box.width, middle.y};
  return (WbPoint){middle.x, box.y + box.height};
}

WbPoint
wb_layout_get_input_port (const WbLayout *layout, guint node)
{
  WbBox box = wb_layout_get_box (layout, node);
  WbPoint middle = middle_of (box);

  if (layout->direction == WB_LAYOUT_RIGHT)
    return (WbPoint){box.x, middle.y};
  return (WbPoint){middle.x, box.y};
}

static gboolean
intersects (WbBox a, WbBox b)
{
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

int
wb_layout_node_at (const WbLayout *layout, WbPoint point)
{
  for (guint i = layout->n_nodes; i-- > 0;)
    if (intersects (layout->boxes[i], (WbBox){point.x, point.y, 0, 0}))
      return (int) i;
  return -1;
}

/* The distance of a point from a part of a route, which is level or upright. */
static double
distance_from (WbPoint point, WbPoint a, WbPoint b)
{
  double x = CLAMP (point.x, MIN (a.x, b.x), MAX (a.x, b.x));
  double y = CLAMP (point.y, MIN (a.y, b.y), MAX (a.y, b.y));

  return hypot (point.x - x, point.y - y);
}

int
wb_layout_edge_at (const WbLayout *layout, WbPoint point, double reach)
{
  double nearest = reach;
  int found = -1;

  for (guint i = 0; i < layout->n_edges; i++)
    {
      WbRoute route = wb_layout_get_route (layout, i);

      for (guint j = 1; j < route.n; j++)
        {
          double distance = distance_from (point, route.points[j - 1], route.points[j]);

          if (distance < nearest || (distance == nearest && found == -1))
            {
              nearest = distance;
              found = (int) i;
            }
        }
    }
  return found;
}

guint *
wb_layout_nodes_in (const WbLayout *layout, WbBox band, guint *n)
{
  g_autofree guint *found = g_new (guint, layout->n_nodes);

  *n = 0;
  for (guint i = 0; i < layout->n_nodes; i++)
    if (intersects (layout->boxes[i], band))
      found[(*n)++] = i;
  return *n > 0 ? g_steal_pointer (&found) : NULL;
}

/* --- Arrow keys ------------------------------------------------------------------------------------------------- */

/* Turned so that the key leads down: how far down, and how far off to the side, a node is from another. */
static WbPoint
towards (const WbLayout *layout, guint from, guint to, WbLayoutKey key)
{
  WbPoint a = middle_of (layout->boxes[from]), b = middle_of (layout->boxes[to]);
  double dx = b.x - a.x, dy = b.y - a.y;

  switch (key)
    {
    case WB_LAYOUT_KEY_UP:
      return (WbPoint){fabs (dx), -dy};
    case WB_LAYOUT_KEY_LEFT:
      return (WbPoint){fabs (dy), -dx};
    case WB_LAYOUT_KEY_RIGHT:
      return (WbPoint){fabs (dy), dx};
    case WB_LAYOUT_KEY_DOWN:
    default:
      return (WbPoint){fabs (dx), dy};
    }
}

/* Of the nodes that a node feeds (or is fed by), the one that is least off to the side. */
static int
neighbour_along (const WbLayout *layout, guint node, WbLayoutKey key, gboolean onwards)
{
  double least = G_MAXDOUBLE;
  int found = -1;

  for (guint i = 0; i < layout->n_edges; i++)
    {
      guint here = onwards ? layout->edges[i].from : layout->edges[i].to;
      guint there = onwards ? layout->edges[i].to : layout->edges[i].from;
      double aside = towards (layout, node, there, key).x;

      if (here != node || there == node || aside >= least)
        continue;
      least = aside;
      found = (int) there;
    }
  return found;
}

/* The nearest node on that side, where to be off to the side counts double. */
static int
neighbour_beyond (const WbLayout *layout, guint node, WbLayoutKey key)
{
  double least = G_MAXDOUBLE;
  int found = -1;

  for (guint i = 0; i < layout->n_nodes; i++)
    {
      WbPoint way = towards (layout, node, i, key);

      if (i == node || way.y <= 0 || way.y + 2 * way.x >= least)
        continue;
      least = way.y + 2 * way.x;
      found = (int) i;
    }
  return found;
}

int
wb_layout_neighbour (const WbLayout *layout, guint node, WbLayoutKey key)
{
  gboolean down = layout->direction == WB_LAYOUT_DOWN;
  WbLayoutKey onwards = down ? WB_LAYOUT_KEY_DOWN : WB_LAYOUT_KEY_RIGHT;
  WbLayoutKey backwards = down ? WB_LAYOUT_KEY_UP : WB_LAYOUT_KEY_LEFT;
  int found = -1;

  g_return_val_if_fail (node < layout->n_nodes, -1);

  if (key == onwards || key == backwards)
    found = neighbour_along (layout, node, key, key == onwards);
  return found != -1 ? found : neighbour_beyond (layout, node, key);
}
