/* test-layout.c: what the layout of a network promises: nothing overlaps, and edges go round nodes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "drawings.h"
#include "graphs.h"

static void
test_nothing_and_one (void)
{
  g_autoptr (WbLayout) nothing = wb_layout_new (NULL, 0, NULL, 0, WB_LAYOUT_DOWN);
  g_autoptr (Drawing) drawing = drawing_new (1);
  g_autoptr (WbLayout) one = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  WbBox extent = wb_layout_get_extent (nothing), box = wb_layout_get_box (one, 0);
  guint n = 7;

  g_assert_cmpfloat (extent.width, ==, 0);
  g_assert_cmpfloat (extent.height, ==, 0);
  g_assert_cmpint (wb_layout_node_at (nothing, (WbPoint){0, 0}), ==, -1);
  g_assert_cmpint (wb_layout_edge_at (nothing, (WbPoint){0, 0}, 10), ==, -1);
  g_assert_null (wb_layout_nodes_in (nothing, (WbBox){-9, -9, 99, 99}, &n));
  g_assert_cmpuint (n, ==, 0);

  g_assert_cmpfloat (box.x, ==, -CARD_WIDTH / 2.0);
  g_assert_cmpfloat (box.y, ==, 0);
  g_assert_cmpint (wb_layout_neighbour (one, 0, WB_LAYOUT_KEY_DOWN), ==, -1);
  wb_layout_free (NULL);
}

static void
test_presets_are_drawn_without_a_crossing (void)
{
  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    for (guint i = 0; i < G_N_ELEMENTS (drawing_directions); i++)
      {
        g_autoptr (Drawing) drawing = drawing_of_preset (*name);
        g_autoptr (WbLayout) layout = drawing_lay_out (drawing, drawing_directions[i]);

        drawing_assert_sound (layout, drawing);
        g_assert_cmpuint (drawing_meetings (layout, drawing, FALSE), ==, 0);
      }
}

static void
test_a_chain_is_straight (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("vgg16");
  g_autoptr (WbLayout) layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);

  for (guint i = 0; i < drawing->nodes->len; i++)
    g_assert_cmpfloat (drawing_middle_x (layout, i), ==, 0);
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbPoint from = wb_layout_get_output_port (layout, drawing_edge (drawing, i).from);
      WbPoint to = wb_layout_get_input_port (layout, drawing_edge (drawing, i).to);
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
  g_autoptr (LatheGraph) graph = graphs_preset ("resnet20");
  g_autoptr (Drawing) drawing = drawing_of_graph (graph);
  g_autoptr (WbLayout) layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  guint n_shortcuts = 0;

  for (guint i = 0; i < drawing->nodes->len; i++)
    {
      if (g_strrstr (lathe_graph_get_node (graph, i)->name, "projection") == NULL)
        g_assert_cmpfloat (drawing_middle_x (layout, i), ==, 0);
      else
        g_assert_cmpfloat (wb_layout_get_box (layout, i).x, >, CARD_WIDTH / 2);
    }
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbRoute route = wb_layout_get_route (layout, i);

      n_shortcuts += route.n == 6;
      for (guint j = 0; route.n > 2 && j < route.n; j++)
        g_assert_cmpfloat (route.points[j].x, >=, 0);
      if (route.n == 6)
        g_assert_cmpfloat (route.points[2].x, >, CARD_WIDTH / 2);
    }
  g_assert_cmpuint (n_shortcuts, ==, 7);
}

static void
test_nested_skips_do_not_cross (void)
{
  g_autoptr (Drawing) drawing = drawing_of_nested_skips (5);
  g_autoptr (WbLayout) layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);

  drawing_assert_sound (layout, drawing);
  g_assert_cmpuint (drawing_meetings (layout, drawing, FALSE), ==, 0);
  for (guint i = 0; i < drawing->nodes->len; i++)
    g_assert_cmpfloat (drawing_middle_x (layout, i), ==, 0);
}

/* The longest in the middle, straight, and the others on both sides, as near as they can be. */
static void
test_branches_stand_beside_the_main_path (void)
{
  static const guint n_branches[] = {5, 3};
  g_autoptr (Drawing) drawing = drawing_of_branches (n_branches, G_N_ELEMENTS (n_branches));
  g_autoptr (WbLayout) layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  double nearest = drawing_middle_x (layout, 4);

  drawing_assert_sound (layout, drawing);
  g_assert_cmpuint (drawing_meetings (layout, drawing, FALSE), ==, 0);
  g_assert_cmpfloat (drawing_middle_x (layout, 1), ==, 0);
  g_assert_cmpfloat (drawing_middle_x (layout, 7), ==, 0);
  g_assert_cmpfloat (nearest, >, 0);
  g_assert_cmpfloat (drawing_middle_x (layout, 3), ==, -nearest);
  g_assert_cmpfloat (drawing_middle_x (layout, 9), ==, -nearest);
  g_assert_cmpfloat (drawing_middle_x (layout, 10), ==, nearest);
}

/* Lanes on both sides cross less than on one. */
static void
test_a_dense_block_crosses_little (void)
{
  g_autoptr (Drawing) drawing = drawing_of_dense_block (7);
  g_autoptr (WbLayout) layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);

  drawing_assert_sound (layout, drawing);
  g_assert_cmpuint (drawing_meetings (layout, drawing, TRUE), ==, 0);
  g_assert_cmpuint (drawing_meetings (layout, drawing, FALSE), <=, 11);
}

/* A second input need not stand at the top when what it feeds is at the bottom. */
static void
test_an_input_stands_near_what_it_feeds (void)
{
  g_autoptr (Drawing) drawing = drawing_new (6);
  g_autoptr (WbLayout) layout = NULL;

  for (guint i = 0; i < 4; i++)
    drawing_join (drawing, i, i + 1);
  drawing_join (drawing, 5, 4);
  layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  g_assert_cmpfloat (wb_layout_get_box (layout, 5).y, ==, wb_layout_get_box (layout, 3).y);
}

/* However wide the neighbours are, what runs to the right is what runs down, turned. */
static void
test_the_flow_turns (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("resnet18");
  g_autoptr (WbLayout) down = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  g_autoptr (WbLayout) right = NULL;

  for (guint i = 0; i < drawing->nodes->len; i++)
    g_array_index (drawing->nodes, WbLayoutNode, i) = (WbLayoutNode){.width = CARD_HEIGHT, .height = CARD_WIDTH};
  right = drawing_lay_out (drawing, WB_LAYOUT_RIGHT);
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
  g_autoptr (WbLayout) old = drawing_lay_out (before, WB_LAYOUT_DOWN);
  guint n = before->nodes->len, n_tried = 0;

  for (guint i = 0; i < before->edges->len; i++)
    {
      WbLayoutEdge cut = drawing_edge (before, i);
      g_autoptr (Drawing) after = NULL;
      g_autoptr (WbLayout) new = NULL;
      double shift = 0;

      if (wb_layout_get_route (old, i).n != 2 || drawing_middle_x (old, cut.from) != 0)
        continue;
      after = drawing_new (n + 1);
      g_array_append_vals (after->edges, before->edges->data, before->edges->len);
      g_array_index (after->edges, WbLayoutEdge, i) = (WbLayoutEdge){cut.from, n};
      drawing_join (after, n, cut.to);
      new = drawing_lay_out (after, WB_LAYOUT_DOWN);
      n_tried++;

      g_assert_cmpfloat (drawing_middle_x (new, n), ==, 0);
      for (guint j = 0; j < n; j++)
        {
          double down = wb_layout_get_box (new, j).y - wb_layout_get_box (old, j).y;

          g_assert_cmpfloat (drawing_middle_x (new, j), ==, drawing_middle_x (old, j));
          if (drawing_middle_x (old, j) != 0)
            continue;
          if (wb_layout_get_box (old, j).y < wb_layout_get_box (old, cut.to).y)
            g_assert_cmpfloat (down, ==, 0);
          else
            g_assert_true (shift == 0 || shift == down);
          shift = down != 0 ? down : shift;
        }
      g_assert_cmpfloat (shift, >=, CARD_HEIGHT);
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
      WbLayoutDirection direction = is_narrow ? WB_LAYOUT_DOWN : drawing_directions[seed / 4 % 2];
      g_autoptr (Drawing) drawing = drawing_at_random (rand, n_nodes, n_edges, seed % 2 ? 6 : 60, is_tangled);
      g_autoptr (WbLayout) layout = NULL, again = NULL;

      for (guint i = 0; is_narrow && i < n_nodes; i++)
        g_array_index (drawing->nodes, WbLayoutNode, i).width = 40;
      layout = drawing_lay_out (drawing, direction);
      again = drawing_lay_out (drawing, direction);

      g_test_message ("seed %u", seed);
      drawing_assert_sound (layout, drawing);
      drawing_assert_same (layout, again);
      if (!is_tangled)
        g_assert_cmpuint (drawing_meetings (layout, drawing, TRUE), ==, 0);
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
    drawing_join (drawing, i, i + 1);
  for (guint i = 0; i + 2 < n; i++)
    drawing_join (drawing, i, i % 2 ? n - 1 : (i + n) / 2);
  layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  drawing_assert_sound (layout, drawing);
}

static void
test_cycles_and_duplicates (void)
{
  g_autoptr (Drawing) drawing = drawing_new (3);
  g_autoptr (WbLayout) layout = NULL;
  WbRoute first, second;

  drawing_join (drawing, 0, 1);
  drawing_join (drawing, 1, 2);
  drawing_join (drawing, 2, 0);
  drawing_join (drawing, 1, 2);
  drawing_join (drawing, 2, 2);
  layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  drawing_assert_sound (layout, drawing);
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
    drawing_join (drawing, i, i + 1);
  for (guint i = 6; i < 11; i++)
    drawing_join (drawing, i, i + 1);
  layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  drawing_assert_sound (layout, drawing);
  for (guint i = 0; i < 6; i++)
    {
      g_assert_cmpfloat (drawing_middle_x (layout, i), ==, 0);
      g_assert_cmpfloat (wb_layout_get_box (layout, i + 6).x, >, CARD_WIDTH / 2);
      g_assert_cmpfloat (wb_layout_get_box (layout, i + 6).y, ==, wb_layout_get_box (layout, i).y);
    }
  g_assert_cmpfloat (wb_layout_get_box (layout, 12).x, >, wb_layout_get_box (layout, 6).x);
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
  return g_test_run ();
}
