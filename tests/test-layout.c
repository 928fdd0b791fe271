/* test-layout.c: what the layout of a network promises: nothing overlaps, and edges go round nodes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe.h"

#include "wb-layout.h"

#define EPSILON 1e-6
#define WIDTH 240
#define HEIGHT 48

static const WbLayoutDirection directions[] = {WB_LAYOUT_DOWN, WB_LAYOUT_RIGHT};

/* --- Drawings to lay out ---------------------------------------------------------------------------------------- */

typedef struct
{
  GArray *nodes; /* (element-type WbLayoutNode) */
  GArray *edges; /* (element-type WbLayoutEdge) */
} Drawing;

static Drawing *
drawing_new (guint n_nodes)
{
  Drawing *drawing = g_new (Drawing, 1);

  drawing->nodes = g_array_new (FALSE, FALSE, sizeof (WbLayoutNode));
  drawing->edges = g_array_new (FALSE, FALSE, sizeof (WbLayoutEdge));
  for (guint i = 0; i < n_nodes; i++)
    g_array_append_vals (drawing->nodes, &(WbLayoutNode){.width = WIDTH, .height = HEIGHT}, 1);
  return drawing;
}

static void
drawing_free (Drawing *drawing)
{
  g_array_unref (drawing->nodes);
  g_array_unref (drawing->edges);
  g_free (drawing);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Drawing, drawing_free)

static void
join (Drawing *drawing, guint from, guint to)
{
  g_array_append_vals (drawing->edges, &(WbLayoutEdge){from, to}, 1);
}

static void
place (Drawing *drawing, guint node, double x, double y)
{
  WbLayoutNode *self = &g_array_index (drawing->nodes, WbLayoutNode, node);

  self->placed = TRUE;
  self->x = x;
  self->y = y;
}

static WbLayoutEdge
edge_of (const Drawing *drawing, guint edge)
{
  return g_array_index (drawing->edges, WbLayoutEdge, edge);
}

static WbLayout *
lay_out (const Drawing *drawing, WbLayoutDirection direction)
{
  return wb_layout_new ((const WbLayoutNode *) drawing->nodes->data, drawing->nodes->len,
                        (const WbLayoutEdge *) drawing->edges->data, drawing->edges->len, direction);
}

static Drawing *
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
        join (drawing, GPOINTER_TO_UINT (g_hash_table_lookup (indices, inputs->pdata[j])), i);
    }
  return drawing;
}

static LatheGraph *
load (const char *preset)
{
  g_autoptr (GError) error = NULL;
  LatheGraph *graph = lathe_preset_load (preset, &error);

  g_assert_no_error (error);
  return graph;
}

static Drawing *
drawing_of_preset (const char *preset)
{
  g_autoptr (LatheGraph) graph = load (preset);

  return drawing_of_graph (graph);
}

/* A chain with a skip over its middle from each of `depth` places to the one opposite, one inside another, as of U-Net
 * (Ronneberger et al. 2015). */
static Drawing *
drawing_of_nested_skips (guint depth)
{
  guint n = 4 * depth + 1;
  Drawing *drawing = drawing_new (n);

  for (guint i = 0; i + 1 < n; i++)
    join (drawing, i, i + 1);
  for (guint i = 0; i < depth; i++)
    join (drawing, 2 * i, n - 1 - 2 * i);
  return drawing;
}

/* Modules in series, each with so many branches of one node; of each, the middle one has two. */
static Drawing *
drawing_of_branches (const guint *n_branches, guint n_modules)
{
  Drawing *drawing = drawing_new (1);
  guint split = 0;

  for (guint i = 0; i < n_modules; i++)
    {
      guint first = drawing->nodes->len, end = first + n_branches[i] + 1;

      for (guint j = first; j <= end; j++)
        g_array_append_vals (drawing->nodes, &(WbLayoutNode){.width = WIDTH, .height = HEIGHT}, 1);
      for (guint j = first; j + 1 < end; j++)
        join (drawing, split, j);
      for (guint j = first + 1; j + 1 < end; j++)
        join (drawing, j, end);
      join (drawing, first, end - 1);
      join (drawing, end - 1, end);
      split = end;
    }
  return drawing;
}

/* Each node reads all of those before it, as in DenseNet (Huang et al. 2017). */
static Drawing *
drawing_of_dense_block (guint n)
{
  Drawing *drawing = drawing_new (n);

  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < i; j++)
      join (drawing, j, i);
  return drawing;
}

/* Edges between nodes that are at most `span` apart; with `tangled`, the other way round, double, and to themselves
 * too. */
static Drawing *
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
        join (drawing, to, from);
      else if (tangled || from != to)
        join (drawing, from, to);
      if (tangled && g_rand_int_range (rand, 0, 8) == 0)
        join (drawing, from, to);
    }
  return drawing;
}

/* --- What must hold --------------------------------------------------------------------------------------------- */

static gboolean
overlap (WbBox a, WbBox b)
{
  return a.x + EPSILON < b.x + b.width && b.x + EPSILON < a.x + a.width && a.y + EPSILON < b.y + b.height &&
         b.y + EPSILON < a.y + a.height;
}

static WbBox
part_of_route (WbRoute route, guint i)
{
  WbPoint a = route.points[i], b = route.points[i + 1];

  return (WbBox){MIN (a.x, b.x), MIN (a.y, b.y), fabs (a.x - b.x), fabs (a.y - b.y)};
}

static void
assert_nothing_overlaps (const WbLayout *layout)
{
  for (guint i = 0; i < wb_layout_get_n_nodes (layout); i++)
    for (guint j = 0; j < i; j++)
      g_assert_false (overlap (wb_layout_get_box (layout, i), wb_layout_get_box (layout, j)));
}

static gboolean
is_on_border (WbBox box, WbPoint point)
{
  gboolean upright = fabs (point.x - box.x) < EPSILON || fabs (point.x - box.x - box.width) < EPSILON;
  gboolean level = fabs (point.y - box.y) < EPSILON || fabs (point.y - box.y - box.height) < EPSILON;

  return (upright || level) && point.x > box.x - EPSILON && point.x < box.x + box.width + EPSILON &&
         point.y > box.y - EPSILON && point.y < box.y + box.height + EPSILON;
}

/* Each route runs level and upright in turn, from the border of its one node to that of the other, and meets no node.
 */
static void
assert_routes_are_sound (const WbLayout *layout, const Drawing *drawing)
{
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbLayoutEdge edge = edge_of (drawing, i);
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
          WbBox part = part_of_route (route, j);

          g_assert_true (part.width == 0 || part.height == 0);
          for (guint k = 0; k < drawing->nodes->len; k++)
            g_assert_false (overlap (part, wb_layout_get_box (layout, k)));
        }
    }
}

static void
assert_extent_holds_all (const WbLayout *layout)
{
  WbBox extent = wb_layout_get_extent (layout);

  for (guint i = 0; i < wb_layout_get_n_nodes (layout); i++)
    {
      WbBox box = wb_layout_get_box (layout, i);

      g_assert_cmpfloat (box.x, >=, extent.x);
      g_assert_cmpfloat (box.y, >=, extent.y);
      g_assert_cmpfloat (box.x + box.width, <=, extent.x + extent.width + EPSILON);
      g_assert_cmpfloat (box.y + box.height, <=, extent.y + extent.height + EPSILON);
    }
  for (guint i = 0; i < wb_layout_get_n_edges (layout); i++)
    for (guint j = 0; j + 1 < wb_layout_get_route (layout, i).n; j++)
      {
        WbBox part = part_of_route (wb_layout_get_route (layout, i), j);

        g_assert_cmpfloat (part.x, >=, extent.x);
        g_assert_cmpfloat (part.y, >=, extent.y);
        g_assert_cmpfloat (part.x + part.width, <=, extent.x + extent.width + EPSILON);
        g_assert_cmpfloat (part.y + part.height, <=, extent.y + extent.height + EPSILON);
      }
}

static void
assert_sound (const WbLayout *layout, const Drawing *drawing)
{
  assert_nothing_overlaps (layout);
  assert_routes_are_sound (layout, drawing);
  assert_extent_holds_all (layout);
}

/* Whether two parts of routes meet anywhere but, both upright or both level, end to end. */
static gboolean
meet (WbBox a, WbBox b)
{
  gboolean parallel = (a.width == 0) == (b.width == 0);
  double x = MIN (a.x + a.width, b.x + b.width) - MAX (a.x, b.x);
  double y = MIN (a.y + a.height, b.y + b.height) - MAX (a.y, b.y);

  return x >= -EPSILON && y >= -EPSILON && (!parallel || x > EPSILON || y > EPSILON);
}

/* Places where routes of what leaves different nodes cross, touch or run on top of one another; with `overlays`, only
 * the last. */
static guint
count_meetings (const WbLayout *layout, const Drawing *drawing, gboolean overlays)
{
  guint meetings = 0;

  for (guint i = 0; i < drawing->edges->len; i++)
    for (guint j = 0; j < i; j++)
      {
        WbRoute a = wb_layout_get_route (layout, i), b = wb_layout_get_route (layout, j);

        if (edge_of (drawing, i).from == edge_of (drawing, j).from)
          continue;
        for (guint k = 0; k + 1 < a.n; k++)
          for (guint l = 0; l + 1 < b.n; l++)
            {
              WbBox one = part_of_route (a, k), other = part_of_route (b, l);

              meetings += meet (one, other) && (!overlays || (one.width == 0) == (other.width == 0));
            }
      }
  return meetings;
}

static void
assert_same (const WbLayout *a, const WbLayout *b)
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

static double
middle_x (const WbLayout *layout, guint node)
{
  WbBox box = wb_layout_get_box (layout, node);

  return box.x + box.width / 2;
}

/* --- In layers -------------------------------------------------------------------------------------------------- */

static void
test_nothing_and_one (void)
{
  g_autoptr (WbLayout) nothing = wb_layout_new (NULL, 0, NULL, 0, WB_LAYOUT_DOWN);
  g_autoptr (Drawing) drawing = drawing_new (1);
  g_autoptr (WbLayout) one = lay_out (drawing, WB_LAYOUT_DOWN);
  WbBox extent = wb_layout_get_extent (nothing), box = wb_layout_get_box (one, 0);
  guint n = 7;

  g_assert_cmpfloat (extent.width, ==, 0);
  g_assert_cmpfloat (extent.height, ==, 0);
  g_assert_cmpint (wb_layout_node_at (nothing, (WbPoint){0, 0}), ==, -1);
  g_assert_cmpint (wb_layout_edge_at (nothing, (WbPoint){0, 0}, 10), ==, -1);
  g_assert_null (wb_layout_nodes_in (nothing, (WbBox){-9, -9, 99, 99}, &n));
  g_assert_cmpuint (n, ==, 0);

  g_assert_cmpfloat (box.x, ==, -WIDTH / 2.0);
  g_assert_cmpfloat (box.y, ==, 0);
  g_assert_cmpint (wb_layout_neighbour (one, 0, WB_LAYOUT_KEY_DOWN), ==, -1);
  wb_layout_free (NULL);
}

static void
test_presets_are_drawn_without_a_crossing (void)
{
  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
      {
        g_autoptr (Drawing) drawing = drawing_of_preset (*name);
        g_autoptr (WbLayout) layout = lay_out (drawing, directions[i]);

        assert_sound (layout, drawing);
        g_assert_cmpuint (count_meetings (layout, drawing, FALSE), ==, 0);
      }
}

static void
test_a_chain_is_straight (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("vgg16");
  g_autoptr (WbLayout) layout = lay_out (drawing, WB_LAYOUT_DOWN);

  for (guint i = 0; i < drawing->nodes->len; i++)
    g_assert_cmpfloat (middle_x (layout, i), ==, 0);
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbPoint from = wb_layout_get_output_port (layout, edge_of (drawing, i).from);
      WbPoint to = wb_layout_get_input_port (layout, edge_of (drawing, i).to);
      WbRoute route = wb_layout_get_route (layout, i);

      g_assert_cmpuint (route.n, ==, 2);
      g_assert_cmpmem (&route.points[0], sizeof from, &from, sizeof from);
      g_assert_cmpmem (&route.points[1], sizeof to, &to, sizeof to);
    }
}

/* All but the projections stand in line, and shortcuts pass to their right. */
static void
test_the_main_path_is_straight (void)
{
  g_autoptr (LatheGraph) graph = load ("resnet20");
  g_autoptr (Drawing) drawing = drawing_of_graph (graph);
  g_autoptr (WbLayout) layout = lay_out (drawing, WB_LAYOUT_DOWN);
  guint n_shortcuts = 0;

  for (guint i = 0; i < drawing->nodes->len; i++)
    {
      if (g_strrstr (lathe_graph_get_node (graph, i)->name, "projection") == NULL)
        g_assert_cmpfloat (middle_x (layout, i), ==, 0);
      else
        g_assert_cmpfloat (wb_layout_get_box (layout, i).x, >, WIDTH / 2);
    }
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbRoute route = wb_layout_get_route (layout, i);

      n_shortcuts += route.n == 6;
      for (guint j = 0; route.n > 2 && j < route.n; j++)
        g_assert_cmpfloat (route.points[j].x, >=, 0);
      if (route.n == 6)
        g_assert_cmpfloat (route.points[2].x, >, WIDTH / 2);
    }
  g_assert_cmpuint (n_shortcuts, ==, 7);
}

static void
test_nested_skips_do_not_cross (void)
{
  g_autoptr (Drawing) drawing = drawing_of_nested_skips (5);
  g_autoptr (WbLayout) layout = lay_out (drawing, WB_LAYOUT_DOWN);

  assert_sound (layout, drawing);
  g_assert_cmpuint (count_meetings (layout, drawing, FALSE), ==, 0);
  for (guint i = 0; i < drawing->nodes->len; i++)
    g_assert_cmpfloat (middle_x (layout, i), ==, 0);
}

/* The longest in the middle, straight, and the others on both sides, as near as they can be. */
static void
test_branches_stand_beside_the_main_path (void)
{
  static const guint n_branches[] = {5, 3};
  g_autoptr (Drawing) drawing = drawing_of_branches (n_branches, G_N_ELEMENTS (n_branches));
  g_autoptr (WbLayout) layout = lay_out (drawing, WB_LAYOUT_DOWN);
  double nearest = middle_x (layout, 4);

  assert_sound (layout, drawing);
  g_assert_cmpuint (count_meetings (layout, drawing, FALSE), ==, 0);
  g_assert_cmpfloat (middle_x (layout, 1), ==, 0);
  g_assert_cmpfloat (middle_x (layout, 7), ==, 0);
  g_assert_cmpfloat (nearest, >, 0);
  g_assert_cmpfloat (middle_x (layout, 3), ==, -nearest);
  g_assert_cmpfloat (middle_x (layout, 9), ==, -nearest);
  g_assert_cmpfloat (middle_x (layout, 10), ==, nearest);
}

/* Lanes on both sides cross less than on one. */
static void
test_a_dense_block_crosses_little (void)
{
  g_autoptr (Drawing) drawing = drawing_of_dense_block (7);
  g_autoptr (WbLayout) layout = lay_out (drawing, WB_LAYOUT_DOWN);

  assert_sound (layout, drawing);
  g_assert_cmpuint (count_meetings (layout, drawing, TRUE), ==, 0);
  g_assert_cmpuint (count_meetings (layout, drawing, FALSE), <=, 11);
}

/* A second input need not stand at the top when what it feeds is at the bottom. */
static void
test_an_input_stands_near_what_it_feeds (void)
{
  g_autoptr (Drawing) drawing = drawing_new (6);
  g_autoptr (WbLayout) layout = NULL;

  for (guint i = 0; i < 4; i++)
    join (drawing, i, i + 1);
  join (drawing, 5, 4);
  layout = lay_out (drawing, WB_LAYOUT_DOWN);
  g_assert_cmpfloat (wb_layout_get_box (layout, 5).y, ==, wb_layout_get_box (layout, 3).y);
}

/* However wide the neighbours are, what runs to the right is what runs down, turned. */
static void
test_the_flow_turns (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("resnet18");
  g_autoptr (WbLayout) down = lay_out (drawing, WB_LAYOUT_DOWN);
  g_autoptr (WbLayout) right = NULL;

  for (guint i = 0; i < drawing->nodes->len; i++)
    g_array_index (drawing->nodes, WbLayoutNode, i) = (WbLayoutNode){.width = HEIGHT, .height = WIDTH};
  right = lay_out (drawing, WB_LAYOUT_RIGHT);
  for (guint i = 0; i < drawing->nodes->len; i++)
    {
      g_assert_cmpfloat (wb_layout_get_box (down, i).x, ==, wb_layout_get_box (right, i).y);
      g_assert_cmpfloat (wb_layout_get_box (down, i).y, ==, wb_layout_get_box (right, i).x);
    }
  for (guint i = 0; i < drawing->edges->len; i++)
    for (guint j = 0; j < wb_layout_get_route (down, i).n; j++)
      {
        g_assert_cmpfloat (wb_layout_get_route (down, i).points[j].x, ==, wb_layout_get_route (right, i).points[j].y);
        g_assert_cmpfloat (wb_layout_get_route (down, i).points[j].y, ==, wb_layout_get_route (right, i).points[j].x);
      }
}

/* A layer put on the main path of a network, wherever: the others stay in their columns, and move along the flow alone,
 * those behind it all by as much. */
static void
test_an_edit_moves_others_along_the_flow_alone (void)
{
  g_autoptr (Drawing) before = drawing_of_preset ("resnet20");
  g_autoptr (WbLayout) old = lay_out (before, WB_LAYOUT_DOWN);
  guint n = before->nodes->len, n_tried = 0;

  for (guint i = 0; i < before->edges->len; i++)
    {
      WbLayoutEdge cut = edge_of (before, i);
      g_autoptr (Drawing) after = NULL;
      g_autoptr (WbLayout) new = NULL;
      double shift = 0;

      if (wb_layout_get_route (old, i).n != 2 || middle_x (old, cut.from) != 0)
        continue;
      after = drawing_new (n + 1);
      g_array_append_vals (after->edges, before->edges->data, before->edges->len);
      g_array_index (after->edges, WbLayoutEdge, i) = (WbLayoutEdge){cut.from, n};
      join (after, n, cut.to);
      new = lay_out (after, WB_LAYOUT_DOWN);
      n_tried++;

      g_assert_cmpfloat (middle_x (new, n), ==, 0);
      for (guint j = 0; j < n; j++)
        {
          double down = wb_layout_get_box (new, j).y - wb_layout_get_box (old, j).y;

          g_assert_cmpfloat (middle_x (new, j), ==, middle_x (old, j));
          if (middle_x (old, j) != 0)
            continue;
          if (wb_layout_get_box (old, j).y < wb_layout_get_box (old, cut.to).y)
            g_assert_cmpfloat (down, ==, 0);
          else
            g_assert_true (shift == 0 || shift == down);
          shift = down != 0 ? down : shift;
        }
      g_assert_cmpfloat (shift, >=, HEIGHT);
    }
  g_assert_cmpuint (n_tried, >, 60);
}

/* With cards that have room for their entrances, edges of different nodes never share a line; with any sizes, and
 * cycles, duplicates and edges from a node to itself, all else holds. */
static void
test_random_graphs_are_sound (void)
{
  for (guint seed = 0; seed < 400; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      guint n_nodes = g_rand_int_range (rand, 1, 60);
      guint n_edges = g_rand_int_range (rand, 0, 3 * n_nodes);
      gboolean is_tangled = seed % 4 == 0, is_narrow = seed % 4 == 1;
      WbLayoutDirection direction = is_narrow ? WB_LAYOUT_DOWN : directions[seed / 4 % 2];
      g_autoptr (Drawing) drawing = drawing_at_random (rand, n_nodes, n_edges, seed % 2 ? 6 : 60, is_tangled);
      g_autoptr (WbLayout) layout = NULL, again = NULL;

      for (guint i = 0; is_narrow && i < n_nodes; i++)
        g_array_index (drawing->nodes, WbLayoutNode, i).width = 40;
      layout = lay_out (drawing, direction);
      again = lay_out (drawing, direction);

      g_test_message ("seed %u", seed);
      assert_sound (layout, drawing);
      assert_same (layout, again);
      if (!is_tangled)
        g_assert_cmpuint (count_meetings (layout, drawing, TRUE), ==, 0);
    }
}

/* Too many layers times too many skipping links: those go round the outside. */
static void
test_links_too_long_for_bends_go_round (void)
{
  const guint n = 600;
  g_autoptr (Drawing) drawing = drawing_new (n);
  g_autoptr (WbLayout) layout = NULL;

  for (guint i = 0; i + 1 < n; i++)
    join (drawing, i, i + 1);
  for (guint i = 0; i + 2 < n; i++)
    join (drawing, i, i % 2 ? n - 1 : (i + n) / 2);
  layout = lay_out (drawing, WB_LAYOUT_DOWN);
  assert_sound (layout, drawing);
}

static void
test_cycles_and_duplicates (void)
{
  g_autoptr (Drawing) drawing = drawing_new (3);
  g_autoptr (WbLayout) layout = NULL;
  WbRoute first, second;

  join (drawing, 0, 1);
  join (drawing, 1, 2);
  join (drawing, 2, 0);
  join (drawing, 1, 2);
  join (drawing, 2, 2);
  layout = lay_out (drawing, WB_LAYOUT_DOWN);
  assert_sound (layout, drawing);
  first = wb_layout_get_route (layout, 1);
  second = wb_layout_get_route (layout, 3);
  g_assert_cmpmem (first.points, first.n * sizeof (WbPoint), second.points, second.n * sizeof (WbPoint));
  g_assert_cmpfloat (wb_layout_get_box (layout, 0).y, <, wb_layout_get_box (layout, 1).y);
  g_assert_cmpfloat (wb_layout_get_box (layout, 1).y, <, wb_layout_get_box (layout, 2).y);
}

static void
test_parts_stand_side_by_side (void)
{
  g_autoptr (Drawing) drawing = drawing_new (13);
  g_autoptr (WbLayout) layout = NULL;

  for (guint i = 0; i < 5; i++)
    join (drawing, i, i + 1);
  for (guint i = 6; i < 11; i++)
    join (drawing, i, i + 1);
  layout = lay_out (drawing, WB_LAYOUT_DOWN);
  assert_sound (layout, drawing);
  for (guint i = 0; i < 6; i++)
    {
      g_assert_cmpfloat (middle_x (layout, i), ==, 0);
      g_assert_cmpfloat (wb_layout_get_box (layout, i + 6).x, >, WIDTH / 2);
      g_assert_cmpfloat (wb_layout_get_box (layout, i + 6).y, ==, wb_layout_get_box (layout, i).y);
    }
  g_assert_cmpfloat (wb_layout_get_box (layout, 12).x, >, wb_layout_get_box (layout, 6).x);
}

/* --- Placed by a person ----------------------------------------------------------------------------------------- */

/* Some nodes anywhere, on top of one another too: they stay there, and the others come near to none. */
static void
test_placed_nodes_stay_and_others_make_room (void)
{
  for (guint seed = 0; seed < 200; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      guint n = g_rand_int_range (rand, 2, 40);
      g_autoptr (Drawing) drawing = drawing_at_random (rand, n, 2 * n, 8, seed % 3 == 0);
      g_autoptr (WbLayout) layout = NULL;

      for (guint i = 0; i < n; i++)
        if (g_rand_int_range (rand, 0, 4) < (int) (seed % 4))
          place (drawing, i, g_rand_int_range (rand, -600, 600), g_rand_int_range (rand, 0, 1500));
      layout = lay_out (drawing, directions[seed % 2]);
      g_test_message ("seed %u", seed);

      for (guint i = 0; i < n; i++)
        {
          WbLayoutNode node = g_array_index (drawing->nodes, WbLayoutNode, i);
          WbBox box = wb_layout_get_box (layout, i);

          if (node.placed)
            {
              g_assert_cmpfloat_with_epsilon (box.x + box.width / 2, node.x, EPSILON);
              g_assert_cmpfloat_with_epsilon (box.y + box.height / 2, node.y, EPSILON);
              continue;
            }
          for (guint j = 0; j < n; j++)
            g_assert_false (i != j && overlap (box, wb_layout_get_box (layout, j)));
        }
      assert_extent_holds_all (layout);
    }
}

/* Wherever nodes are put, as long as there is a little room between them, there is a way round, and it is taken. */
static void
test_edges_go_round_placed_nodes (void)
{
  for (guint seed = 0; seed < 200; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      guint n = g_rand_int_range (rand, 2, 50);
      g_autoptr (Drawing) drawing = drawing_new (n);
      g_autoptr (WbLayout) layout = NULL, again = NULL;

      for (guint i = 0; i < n; i++)
        place (drawing, i, i % 7 * (WIDTH + 60) + g_rand_int_range (rand, -22, 22),
               i / 7 * (HEIGHT + 60) + g_rand_int_range (rand, -22, 22));
      for (guint i = 0; i < 2 * n; i++)
        join (drawing, g_rand_int_range (rand, 0, n), g_rand_int_range (rand, 0, n));
      layout = lay_out (drawing, WB_LAYOUT_DOWN);
      again = lay_out (drawing, WB_LAYOUT_DOWN);
      g_test_message ("seed %u", seed);
      assert_sound (layout, drawing);
      assert_same (layout, again);
    }
}

/* A network every card of which was taken elsewhere, and some not quite as far as others. */
static void
test_a_network_placed_by_hand_is_readable (void)
{
  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    for (guint seed = 0; seed < 6; seed++)
      {
        g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
        g_autoptr (Drawing) drawing = drawing_of_preset (*name);
        g_autoptr (WbLayout) old = lay_out (drawing, directions[seed % 2]), new = NULL;
        double reach = seed < 2 ? 0 : 12;

        for (guint i = 0; i < drawing->nodes->len; i++)
          {
            WbBox box = wb_layout_get_box (old, i);

            place (drawing, i, box.x + box.width / 2 + 1000 + reach * g_rand_double_range (rand, -1, 1),
                   box.y + box.height / 2 + reach * g_rand_double_range (rand, -1, 1));
          }
        new = lay_out (drawing, directions[seed % 2]);
        g_test_message ("%s, seed %u", *name, seed);
        assert_sound (new, drawing);
        if (reach == 0)
          g_assert_cmpuint (count_meetings (new, drawing, FALSE), ==, 0);
      }
}

/* Skips that were in channels of their own still are, once every card was taken elsewhere. */
static void
test_routes_of_placed_nodes_keep_apart (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
    {
      g_autoptr (Drawing) drawing = drawing_of_nested_skips (4);
      g_autoptr (WbLayout) old = lay_out (drawing, directions[i]), new = NULL;

      for (guint j = 0; j < drawing->nodes->len; j++)
        {
          WbBox box = wb_layout_get_box (old, j);

          place (drawing, j, box.x + box.width / 2 + 1000, box.y + box.height / 2);
        }
      new = lay_out (drawing, directions[i]);
      assert_sound (new, drawing);
      g_assert_cmpuint (count_meetings (new, drawing, TRUE), ==, 0);
    }
}

/* They carry the same. */
static void
test_what_leaves_a_placed_node_turns_at_once (void)
{
  g_autoptr (Drawing) drawing = drawing_new (3);
  g_autoptr (WbLayout) layout = NULL;

  join (drawing, 0, 1);
  join (drawing, 0, 2);
  place (drawing, 0, 0, 0);
  place (drawing, 1, -200, 150);
  place (drawing, 2, 300, 250);
  layout = lay_out (drawing, WB_LAYOUT_DOWN);
  assert_sound (layout, drawing);
  g_assert_cmpfloat (wb_layout_get_route (layout, 0).points[1].y, ==, wb_layout_get_route (layout, 1).points[1].y);
}

static void
test_a_card_a_little_off_bends_no_edge (void)
{
  g_autoptr (Drawing) drawing = drawing_new (3);
  g_autoptr (WbLayout) layout = NULL;

  join (drawing, 0, 1);
  join (drawing, 1, 2);
  for (guint i = 0; i < 3; i++)
    place (drawing, i, i == 1 ? 5 : 0, 100.0 * i);
  layout = lay_out (drawing, WB_LAYOUT_DOWN);
  assert_sound (layout, drawing);
  g_assert_cmpuint (wb_layout_get_route (layout, 0).n, ==, 2);
  g_assert_cmpuint (wb_layout_get_route (layout, 1).n, ==, 2);
}

/* Cards in a pile, with hardly room for a line between them. */
static void
test_edges_pass_narrow_gaps (void)
{
  g_autoptr (Drawing) drawing = drawing_new (3);
  g_autoptr (WbLayout) layout = NULL;

  join (drawing, 0, 2);
  for (guint i = 0; i < 3; i++)
    place (drawing, i, 0, (HEIGHT + 7.0) * i);
  layout = lay_out (drawing, WB_LAYOUT_DOWN);
  assert_sound (layout, drawing);
}

/* Of a network whose layers are where the layout has them, one is dragged aside. */
static void
test_what_has_nothing_to_do_with_a_placed_node_stays (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("resnet20");
  g_autoptr (WbLayout) old = lay_out (drawing, WB_LAYOUT_DOWN), new = NULL;
  const guint dragged = 17;
  WbBox box = wb_layout_get_box (old, dragged);

  place (drawing, dragged, box.x + box.width / 2 + 400, box.y + box.height / 2 + 100);
  new = lay_out (drawing, WB_LAYOUT_DOWN);
  assert_sound (new, drawing);
  for (guint i = 0; i < drawing->nodes->len; i++)
    {
      WbBox a = wb_layout_get_box (old, i), b = wb_layout_get_box (new, i);

      g_assert_true ((i == dragged) != (memcmp (&a, &b, sizeof a) == 0));
    }
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbRoute a = wb_layout_get_route (old, i), b = wb_layout_get_route (new, i);

      if (edge_of (drawing, i).from != dragged && edge_of (drawing, i).to != dragged)
        g_assert_cmpmem (a.points, a.n * sizeof (WbPoint), b.points, b.n * sizeof (WbPoint));
    }
}

/* A node is put where a shortcut runs. */
static void
test_a_shortcut_goes_round_what_is_put_in_its_way (void)
{
  g_autoptr (Drawing) drawing = drawing_new (6);
  g_autoptr (WbLayout) old = NULL, new = NULL;
  WbPoint lane;

  for (guint i = 0; i < 4; i++)
    join (drawing, i, i + 1);
  join (drawing, 0, 4);
  old = lay_out (drawing, WB_LAYOUT_DOWN);
  lane = wb_layout_get_route (old, 4).points[2];
  place (drawing, 5, lane.x + WIDTH / 2.0 - 20, lane.y + 120);
  new = lay_out (drawing, WB_LAYOUT_DOWN);
  assert_routes_are_sound (new, drawing);
  g_assert_cmpfloat (wb_layout_get_route (new, 4).points[2].x, !=, lane.x);
}

/* When all others are placed, far from where the layers would have them. */
static void
test_a_new_node_comes_near_its_neighbours (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
    {
      g_autoptr (Drawing) drawing = drawing_new (5);
      g_autoptr (WbLayout) layout = NULL;
      WbBox box;

      for (guint j = 0; j < 4; j++)
        {
          join (drawing, j, j + 1);
          place (drawing, j, 5000 - 400.0 * j, 7000 + 300.0 * j);
        }
      layout = lay_out (drawing, directions[i]);
      box = wb_layout_get_box (layout, 4);
      assert_sound (layout, drawing);
      g_assert_cmpfloat (hypot (box.x + box.width / 2 - 3800, box.y + box.height / 2 - 7900), <, 300);
    }
}

/* --- What is where ---------------------------------------------------------------------------------------------- */

static void
test_nodes_are_found (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("resnet20");
  g_autoptr (WbLayout) layout = lay_out (drawing, WB_LAYOUT_DOWN);
  WbBox extent = wb_layout_get_extent (layout);
  g_autofree guint *found = NULL;
  guint n;

  for (guint i = 0; i < drawing->nodes->len; i++)
    {
      WbBox box = wb_layout_get_box (layout, i);
      g_autofree guint *in = wb_layout_nodes_in (layout, (WbBox){box.x + 5, box.y + 5, 1, 1}, &n);

      g_assert_cmpuint (n, ==, 1);
      g_assert_cmpuint (in[0], ==, i);
      g_assert_cmpint (wb_layout_node_at (layout, (WbPoint){box.x + 1, box.y + 1}), ==, i);
      g_assert_cmpint (wb_layout_node_at (layout, (WbPoint){box.x - 1, box.y + 1}), ==, -1);
    }
  found = wb_layout_nodes_in (layout, extent, &n);
  g_assert_cmpuint (n, ==, drawing->nodes->len);
}

static void
test_edges_are_found (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("resnet20");
  g_autoptr (WbLayout) layout = lay_out (drawing, WB_LAYOUT_DOWN);

  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbRoute route = wb_layout_get_route (layout, i);
      WbPoint end = route.points[route.n - 1];

      g_assert_cmpint (wb_layout_edge_at (layout, (WbPoint){end.x + 3, end.y - 4}, 4), ==, i);
      g_assert_cmpint (wb_layout_edge_at (layout, (WbPoint){end.x - 3, end.y - 4}, 2), ==, -1);
    }
}

/* Along the flow where there is one; and everything can be come to from the first node. */
static void
test_arrow_keys_lead_everywhere (void)
{
  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
      {
        g_autoptr (Drawing) drawing = drawing_of_preset (*name);
        g_autoptr (WbLayout) layout = lay_out (drawing, directions[i]);
        g_autofree gboolean *met = g_new0 (gboolean, drawing->nodes->len);
        g_autofree guint *queue = g_new (guint, drawing->nodes->len);
        guint n = 0;

        queue[n++] = 0;
        met[0] = TRUE;
        for (guint done = 0; done < n; done++)
          for (WbLayoutKey key = WB_LAYOUT_KEY_UP; key <= WB_LAYOUT_KEY_RIGHT; key++)
            {
              int next = wb_layout_neighbour (layout, queue[done], key);

              if (next == -1 || met[next])
                continue;
              met[next] = TRUE;
              queue[n++] = next;
            }
        g_assert_cmpuint (n, ==, drawing->nodes->len);
      }
}

static void
test_arrow_keys_go_along_the_flow (void)
{
  g_autoptr (Drawing) drawing = drawing_new (4);
  g_autoptr (WbLayout) down = NULL, right = NULL;

  join (drawing, 0, 1);
  join (drawing, 1, 3);
  join (drawing, 0, 2);
  join (drawing, 2, 3);
  down = lay_out (drawing, WB_LAYOUT_DOWN);
  right = lay_out (drawing, WB_LAYOUT_RIGHT);

  g_assert_cmpint (wb_layout_neighbour (down, 0, WB_LAYOUT_KEY_DOWN), ==, 1);
  g_assert_cmpint (wb_layout_neighbour (down, 1, WB_LAYOUT_KEY_RIGHT), ==, 2);
  g_assert_cmpint (wb_layout_neighbour (down, 2, WB_LAYOUT_KEY_LEFT), ==, 1);
  g_assert_cmpint (wb_layout_neighbour (down, 2, WB_LAYOUT_KEY_DOWN), ==, 3);
  g_assert_cmpint (wb_layout_neighbour (down, 3, WB_LAYOUT_KEY_UP), ==, 1);
  g_assert_cmpint (wb_layout_neighbour (down, 3, WB_LAYOUT_KEY_DOWN), ==, -1);
  g_assert_cmpint (wb_layout_neighbour (right, 0, WB_LAYOUT_KEY_RIGHT), ==, 1);
  g_assert_cmpint (wb_layout_neighbour (right, 1, WB_LAYOUT_KEY_DOWN), ==, 2);
  g_assert_cmpint (wb_layout_neighbour (right, 2, WB_LAYOUT_KEY_LEFT), ==, 0);
}

/* Along an edge, however near something else is; else to what is least off to the side. */
static void
test_arrow_keys_prefer_edges_and_what_is_straight_on (void)
{
  g_autoptr (Drawing) drawing = drawing_new (5);
  g_autoptr (WbLayout) layout = NULL;

  join (drawing, 0, 1);
  place (drawing, 0, 0, 0);
  place (drawing, 1, 30, 300);
  place (drawing, 2, 0, 150);
  place (drawing, 3, 320, 0);
  place (drawing, 4, 280, 200);
  layout = lay_out (drawing, WB_LAYOUT_DOWN);
  g_assert_cmpint (wb_layout_neighbour (layout, 0, WB_LAYOUT_KEY_DOWN), ==, 1);
  g_assert_cmpint (wb_layout_neighbour (layout, 1, WB_LAYOUT_KEY_UP), ==, 0);
  g_assert_cmpint (wb_layout_neighbour (layout, 0, WB_LAYOUT_KEY_RIGHT), ==, 3);
  g_assert_cmpint (wb_layout_neighbour (layout, 0, WB_LAYOUT_KEY_LEFT), ==, -1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layout/nothing-and-one", test_nothing_and_one);
  g_test_add_func ("/layout/presets-are-drawn-without-a-crossing", test_presets_are_drawn_without_a_crossing);
  g_test_add_func ("/layout/a-chain-is-straight", test_a_chain_is_straight);
  g_test_add_func ("/layout/the-main-path-is-straight", test_the_main_path_is_straight);
  g_test_add_func ("/layout/nested-skips-do-not-cross", test_nested_skips_do_not_cross);
  g_test_add_func ("/layout/branches-stand-beside-the-main-path", test_branches_stand_beside_the_main_path);
  g_test_add_func ("/layout/a-dense-block-crosses-little", test_a_dense_block_crosses_little);
  g_test_add_func ("/layout/an-input-stands-near-what-it-feeds", test_an_input_stands_near_what_it_feeds);
  g_test_add_func ("/layout/the-flow-turns", test_the_flow_turns);
  g_test_add_func ("/layout/an-edit-moves-others-along-the-flow-alone", test_an_edit_moves_others_along_the_flow_alone);
  g_test_add_func ("/layout/random-graphs-are-sound", test_random_graphs_are_sound);
  g_test_add_func ("/layout/links-too-long-for-bends-go-round", test_links_too_long_for_bends_go_round);
  g_test_add_func ("/layout/cycles-and-duplicates", test_cycles_and_duplicates);
  g_test_add_func ("/layout/parts-stand-side-by-side", test_parts_stand_side_by_side);
  g_test_add_func ("/layout/placed/stay-and-others-make-room", test_placed_nodes_stay_and_others_make_room);
  g_test_add_func ("/layout/placed/edges-go-round-them", test_edges_go_round_placed_nodes);
  g_test_add_func ("/layout/placed/their-routes-keep-apart", test_routes_of_placed_nodes_keep_apart);
  g_test_add_func ("/layout/placed/what-leaves-one-turns-at-once", test_what_leaves_a_placed_node_turns_at_once);
  g_test_add_func ("/layout/placed/a-card-a-little-off-bends-no-edge", test_a_card_a_little_off_bends_no_edge);
  g_test_add_func ("/layout/placed/edges-pass-narrow-gaps", test_edges_pass_narrow_gaps);
  g_test_add_func ("/layout/placed/what-has-nothing-to-do-with-them-stays",
                   test_what_has_nothing_to_do_with_a_placed_node_stays);
  g_test_add_func ("/layout/placed/a-shortcut-goes-round-what-is-put-in-its-way",
                   test_a_shortcut_goes_round_what_is_put_in_its_way);
  g_test_add_func ("/layout/placed/a-new-node-comes-near-its-neighbours", test_a_new_node_comes_near_its_neighbours);
  g_test_add_func ("/layout/placed/a-network-placed-by-hand-is-readable", test_a_network_placed_by_hand_is_readable);
  g_test_add_func ("/layout/nodes-are-found", test_nodes_are_found);
  g_test_add_func ("/layout/edges-are-found", test_edges_are_found);
  g_test_add_func ("/layout/arrow-keys/lead-everywhere", test_arrow_keys_lead_everywhere);
  g_test_add_func ("/layout/arrow-keys/go-along-the-flow", test_arrow_keys_go_along_the_flow);
  g_test_add_func ("/layout/arrow-keys/prefer-edges-and-what-is-straight-on",
                   test_arrow_keys_prefer_edges_and_what_is_straight_on);
  return g_test_run ();
}
