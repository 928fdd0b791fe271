/* drawings.c: drawings to lay out, and what holds of each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "drawings.h"

#include <math.h>

#include "graphs.h"

const WbLayoutDirection drawing_directions[2] = {WB_LAYOUT_DOWN, WB_LAYOUT_RIGHT};

/* --- Drawings to lay out ---------------------------------------------------------------------------------------- */

Drawing *
drawing_new (guint n_nodes)
{
  Drawing *drawing = g_new (Drawing, 1);

  drawing->nodes = g_array_new (FALSE, FALSE, sizeof (WbLayoutNode));
  drawing->edges = g_array_new (FALSE, FALSE, sizeof (WbLayoutEdge));
  for (guint i = 0; i < n_nodes; i++)
    g_array_append_vals (drawing->nodes, &(WbLayoutNode){.width = CARD_WIDTH, .height = CARD_HEIGHT}, 1);
  return drawing;
}

void
drawing_free (Drawing *drawing)
{
  g_array_unref (drawing->nodes);
  g_array_unref (drawing->edges);
  g_free (drawing);
}

void
drawing_join (Drawing *drawing, guint from, guint to)
{
  g_array_append_vals (drawing->edges, &(WbLayoutEdge){from, to}, 1);
}

void
drawing_place (Drawing *drawing, guint node, double x, double y)
{
  WbLayoutNode *self = &g_array_index (drawing->nodes, WbLayoutNode, node);

  self->placed = TRUE;
  self->x = x;
  self->y = y;
}

WbLayoutEdge
drawing_edge (const Drawing *drawing, guint edge)
{
  return g_array_index (drawing->edges, WbLayoutEdge, edge);
}

WbLayout *
drawing_lay_out (const Drawing *drawing, WbLayoutDirection direction)
{
  return wb_layout_new ((const WbLayoutNode *) drawing->nodes->data, drawing->nodes->len,
                        (const WbLayoutEdge *) drawing->edges->data, drawing->edges->len, direction);
}

Drawing *
drawing_of_graph (const LatheGraph *graph)
{
  Drawing *drawing = drawing_new (lathe_graph_get_n_nodes (graph));
  g_autoptr (GHashTable) indices = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < drawing->nodes->len; i++)
    g_hash_table_insert (indices, lathe_graph_get_node (graph, i), GUINT_TO_POINTER (i));
  for (guint i = 0; i < drawing->nodes->len; i++)
    {
      const GPtrArray *inputs = lathe_graph_get_node (graph, i)->inputs;

      for (guint j = 0; j < inputs->len; j++)
        drawing_join (drawing, GPOINTER_TO_UINT (g_hash_table_lookup (indices, inputs->pdata[j])), i);
    }
  return drawing;
}

Drawing *
drawing_of_preset (const char *preset)
{
  g_autoptr (LatheGraph) graph = graphs_preset (preset);

  return drawing_of_graph (graph);
}

Drawing *
drawing_of_nested_skips (guint depth)
{
  guint n = 4 * depth + 1;
  Drawing *drawing = drawing_new (n);

  for (guint i = 0; i + 1 < n; i++)
    drawing_join (drawing, i, i + 1);
  for (guint i = 0; i < depth; i++)
    drawing_join (drawing, 2 * i, n - 1 - 2 * i);
  return drawing;
}

Drawing *
drawing_of_branches (const guint *n_branches, guint n_modules)
{
  Drawing *drawing = drawing_new (1);
  guint split = 0;

  for (guint i = 0; i < n_modules; i++)
    {
      guint first = drawing->nodes->len, end = first + n_branches[i] + 1;

      for (guint j = first; j <= end; j++)
        g_array_append_vals (drawing->nodes, &(WbLayoutNode){.width = CARD_WIDTH, .height = CARD_HEIGHT}, 1);
      for (guint j = first; j + 1 < end; j++)
        drawing_join (drawing, split, j);
      for (guint j = first + 1; j + 1 < end; j++)
        drawing_join (drawing, j, end);
      drawing_join (drawing, first, end - 1);
      drawing_join (drawing, end - 1, end);
      split = end;
    }
  return drawing;
}

Drawing *
drawing_of_dense_block (guint n)
{
  Drawing *drawing = drawing_new (n);

  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < i; j++)
      drawing_join (drawing, j, i);
  return drawing;
}

Drawing *
drawing_at_random (GRand *rand, guint n_nodes, guint n_edges, guint span, gboolean tangled)
{
  Drawing *drawing = drawing_new (n_nodes);

  for (guint i = 0; i < n_nodes; i++)
    {
      g_array_index (drawing->nodes, WbLayoutNode, i).width = g_rand_int_range (rand, tangled ? 1 : 120, 300);
      g_array_index (drawing->nodes, WbLayoutNode, i).height = g_rand_int_range (rand, tangled ? 1 : 90, 120);
    }
  for (guint i = 0; i < n_edges; i++)
    {
      guint to = g_rand_int_range (rand, 0, n_nodes), nearest = to > span ? to - span : 0;
      guint from = g_rand_int_range (rand, nearest, to + 1);

      if (tangled && g_rand_int_range (rand, 0, 8) == 0)
        drawing_join (drawing, to, from);
      else if (tangled || from != to)
        drawing_join (drawing, from, to);
      if (tangled && g_rand_int_range (rand, 0, 8) == 0)
        drawing_join (drawing, from, to);
    }
  return drawing;
}

/* --- What must hold --------------------------------------------------------------------------------------------- */

gboolean
drawing_overlap (WbBox a, WbBox b)
{
  return a.x + DRAWING_EPSILON < b.x + b.width && b.x + DRAWING_EPSILON < a.x + a.width &&
         a.y + DRAWING_EPSILON < b.y + b.height && b.y + DRAWING_EPSILON < a.y + a.height;
}

static WbBox
drawing_part (WbRoute route, guint i)
{
  WbPoint a = route.points[i], b = route.points[i + 1];

  return (WbBox){MIN (a.x, b.x), MIN (a.y, b.y), fabs (a.x - b.x), fabs (a.y - b.y)};
}

static void
assert_nothing_overlaps (const WbLayout *layout)
{
  for (guint i = 0; i < wb_layout_get_n_nodes (layout); i++)
    for (guint j = 0; j < i; j++)
      g_assert_false (drawing_overlap (wb_layout_get_box (layout, i), wb_layout_get_box (layout, j)));
}

static gboolean
is_on_border (WbBox box, WbPoint point)
{
  gboolean upright = fabs (point.x - box.x) < DRAWING_EPSILON || fabs (point.x - box.x - box.width) < DRAWING_EPSILON;
  gboolean level = fabs (point.y - box.y) < DRAWING_EPSILON || fabs (point.y - box.y - box.height) < DRAWING_EPSILON;

  return (upright || level) && point.x > box.x - DRAWING_EPSILON && point.x < box.x + box.width + DRAWING_EPSILON &&
         point.y > box.y - DRAWING_EPSILON && point.y < box.y + box.height + DRAWING_EPSILON;
}

void
drawing_assert_routes (const WbLayout *layout, const Drawing *drawing)
{
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbLayoutEdge edge = drawing_edge (drawing, i);
      WbRoute route = wb_layout_get_route (layout, i);

      if (edge.from == edge.to)
        {
          g_assert_cmpuint (route.n, ==, 0);
          continue;
        }
      g_assert_cmpuint (route.n, >=, 2);
      g_assert_true (is_on_border (wb_layout_get_box (layout, edge.from), route.points[0]));
      g_assert_true (is_on_border (wb_layout_get_box (layout, edge.to), route.points[route.n - 1]));
      for (guint j = 0; j + 1 < route.n; j++)
        {
          WbBox part = drawing_part (route, j);

          g_assert_true (part.width == 0 || part.height == 0);
          for (guint k = 0; k < drawing->nodes->len; k++)
            g_assert_false (drawing_overlap (part, wb_layout_get_box (layout, k)));
        }
    }
}

void
drawing_assert_extent (const WbLayout *layout)
{
  WbBox extent = wb_layout_get_extent (layout);

  for (guint i = 0; i < wb_layout_get_n_nodes (layout); i++)
    {
      WbBox box = wb_layout_get_box (layout, i);

      g_assert_cmpfloat (box.x, >=, extent.x);
      g_assert_cmpfloat (box.y, >=, extent.y);
      g_assert_cmpfloat (box.x + box.width, <=, extent.x + extent.width + DRAWING_EPSILON);
      g_assert_cmpfloat (box.y + box.height, <=, extent.y + extent.height + DRAWING_EPSILON);
    }
  for (guint i = 0; i < wb_layout_get_n_edges (layout); i++)
    for (guint j = 0; j + 1 < wb_layout_get_route (layout, i).n; j++)
      {
        WbBox part = drawing_part (wb_layout_get_route (layout, i), j);

        g_assert_cmpfloat (part.x, >=, extent.x);
        g_assert_cmpfloat (part.y, >=, extent.y);
        g_assert_cmpfloat (part.x + part.width, <=, extent.x + extent.width + DRAWING_EPSILON);
        g_assert_cmpfloat (part.y + part.height, <=, extent.y + extent.height + DRAWING_EPSILON);
      }
}

void
drawing_assert_sound (const WbLayout *layout, const Drawing *drawing)
{
  assert_nothing_overlaps (layout);
  drawing_assert_routes (layout, drawing);
  drawing_assert_extent (layout);
}

/* Whether two parts of routes meet anywhere but, both upright or both level, end to end. */
static gboolean
meet (WbBox a, WbBox b)
{
  gboolean parallel = (a.width == 0) == (b.width == 0);
  double x = MIN (a.x + a.width, b.x + b.width) - MAX (a.x, b.x);
  double y = MIN (a.y + a.height, b.y + b.height) - MAX (a.y, b.y);

  return x >= -DRAWING_EPSILON && y >= -DRAWING_EPSILON && (!parallel || x > DRAWING_EPSILON || y > DRAWING_EPSILON);
}

guint
drawing_meetings (const WbLayout *layout, const Drawing *drawing, gboolean overlays)
{
  guint meetings = 0;

  for (guint i = 0; i < drawing->edges->len; i++)
    for (guint j = 0; j < i; j++)
      {
        WbRoute a = wb_layout_get_route (layout, i), b = wb_layout_get_route (layout, j);

        if (drawing_edge (drawing, i).from == drawing_edge (drawing, j).from)
          continue;
        for (guint k = 0; k + 1 < a.n; k++)
          for (guint l = 0; l + 1 < b.n; l++)
            {
              WbBox one = drawing_part (a, k), other = drawing_part (b, l);

              meetings += meet (one, other) && (!overlays || (one.width == 0) == (other.width == 0));
            }
      }
  return meetings;
}

void
drawing_assert_same (const WbLayout *a, const WbLayout *b)
{
  for (guint i = 0; i < wb_layout_get_n_nodes (a); i++)
    {
      WbBox box = wb_layout_get_box (a, i), other = wb_layout_get_box (b, i);

      g_assert_cmpmem (&box, sizeof box, &other, sizeof other);
    }
  for (guint i = 0; i < wb_layout_get_n_edges (a); i++)
    {
      WbRoute route = wb_layout_get_route (a, i), other = wb_layout_get_route (b, i);

      g_assert_cmpmem (route.points, route.n * sizeof *route.points, other.points, other.n * sizeof *other.points);
    }
}

double
drawing_middle_x (const WbLayout *layout, guint node)
{
  WbBox box = wb_layout_get_box (layout, node);

  return box.x + box.width / 2;
}
