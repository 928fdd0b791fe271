/* test-layout-placed.c: nodes that a person placed stay, and edges go round them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "drawings.h"

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
          drawing_place (drawing, i, g_rand_int_range (rand, -600, 600), g_rand_int_range (rand, 0, 1500));
      layout = drawing_lay_out (drawing, drawing_directions[seed % 2]);
      g_test_message ("seed %u", seed);

      for (guint i = 0; i < n; i++)
        {
          WbLayoutNode node = g_array_index (drawing->nodes, WbLayoutNode, i);
          WbBox box = wb_layout_get_box (layout, i);

          if (node.placed)
            {
              g_assert_cmpfloat_with_epsilon (box.x + box.width / 2, node.x, DRAWING_EPSILON);
              g_assert_cmpfloat_with_epsilon (box.y + box.height / 2, node.y, DRAWING_EPSILON);
              continue;
            }
          for (guint j = 0; j < n; j++)
            g_assert_false (i != j && drawing_overlap (box, wb_layout_get_box (layout, j)));
        }
      drawing_assert_extent (layout);
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
        drawing_place (drawing, i, i % 7 * (CARD_WIDTH + 60) + g_rand_int_range (rand, -22, 22),
                       i / 7 * (CARD_HEIGHT + 60) + g_rand_int_range (rand, -22, 22));
      for (guint i = 0; i < 2 * n; i++)
        drawing_join (drawing, g_rand_int_range (rand, 0, n), g_rand_int_range (rand, 0, n));
      layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
      again = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
      g_test_message ("seed %u", seed);
      drawing_assert_sound (layout, drawing);
      drawing_assert_same (layout, again);
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
        g_autoptr (WbLayout) old = drawing_lay_out (drawing, drawing_directions[seed % 2]), new = NULL;
        double reach = seed < 2 ? 0 : 12;

        for (guint i = 0; i < drawing->nodes->len; i++)
          {
            WbBox box = wb_layout_get_box (old, i);

            drawing_place (drawing, i, box.x + box.width / 2 + 1000 + reach * g_rand_double_range (rand, -1, 1),
                           box.y + box.height / 2 + reach * g_rand_double_range (rand, -1, 1));
          }
        new = drawing_lay_out (drawing, drawing_directions[seed % 2]);
        g_test_message ("%s, seed %u", *name, seed);
        drawing_assert_sound (new, drawing);
        if (reach == 0)
          g_assert_cmpuint (drawing_meetings (new, drawing, FALSE), ==, 0);
      }
}

/* Skips that were in channels of their own still are, once every card was taken elsewhere. */
static void
test_routes_of_placed_nodes_keep_apart (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (drawing_directions); i++)
    {
      g_autoptr (Drawing) drawing = drawing_of_nested_skips (4);
      g_autoptr (WbLayout) old = drawing_lay_out (drawing, drawing_directions[i]), new = NULL;

      for (guint j = 0; j < drawing->nodes->len; j++)
        {
          WbBox box = wb_layout_get_box (old, j);

          drawing_place (drawing, j, box.x + box.width / 2 + 1000, box.y + box.height / 2);
        }
      new = drawing_lay_out (drawing, drawing_directions[i]);
      drawing_assert_sound (new, drawing);
      g_assert_cmpuint (drawing_meetings (new, drawing, TRUE), ==, 0);
    }
}

/* They carry the same. */
static void
test_what_leaves_a_placed_node_turns_at_once (void)
{
  g_autoptr (Drawing) drawing = drawing_new (3);
  g_autoptr (WbLayout) layout = NULL;

  drawing_join (drawing, 0, 1);
  drawing_join (drawing, 0, 2);
  drawing_place (drawing, 0, 0, 0);
  drawing_place (drawing, 1, -200, 150);
  drawing_place (drawing, 2, 300, 250);
  layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  drawing_assert_sound (layout, drawing);
  g_assert_cmpfloat (wb_layout_get_route (layout, 0).points[1].y, ==, wb_layout_get_route (layout, 1).points[1].y);
}

static void
test_a_card_a_little_off_bends_no_edge (void)
{
  g_autoptr (Drawing) drawing = drawing_new (3);
  g_autoptr (WbLayout) layout = NULL;

  drawing_join (drawing, 0, 1);
  drawing_join (drawing, 1, 2);
  for (guint i = 0; i < 3; i++)
    drawing_place (drawing, i, i == 1 ? 5 : 0, 100.0 * i);
  layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  drawing_assert_sound (layout, drawing);
  g_assert_cmpuint (wb_layout_get_route (layout, 0).n, ==, 2);
  g_assert_cmpuint (wb_layout_get_route (layout, 1).n, ==, 2);
}

/* Cards in a pile, with hardly room for a line between them. */
static void
test_edges_pass_narrow_gaps (void)
{
  g_autoptr (Drawing) drawing = drawing_new (3);
  g_autoptr (WbLayout) layout = NULL;

  drawing_join (drawing, 0, 2);
  for (guint i = 0; i < 3; i++)
    drawing_place (drawing, i, 0, (CARD_HEIGHT + 7.0) * i);
  layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  drawing_assert_sound (layout, drawing);
}

/* Of a network whose layers are where the layout has them, one is dragged aside. */
static void
test_what_has_nothing_to_do_with_a_placed_node_stays (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("resnet20");
  g_autoptr (WbLayout) old = drawing_lay_out (drawing, WB_LAYOUT_DOWN), new = NULL;
  const guint dragged = 17;
  WbBox box = wb_layout_get_box (old, dragged);

  drawing_place (drawing, dragged, box.x + box.width / 2 + 400, box.y + box.height / 2 + 100);
  new = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  drawing_assert_sound (new, drawing);
  for (guint i = 0; i < drawing->nodes->len; i++)
    {
      WbBox a = wb_layout_get_box (old, i), b = wb_layout_get_box (new, i);

      g_assert_true ((i == dragged) != (memcmp (&a, &b, sizeof a) == 0));
    }
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbRoute a = wb_layout_get_route (old, i), b = wb_layout_get_route (new, i);

      if (drawing_edge (drawing, i).from != dragged && drawing_edge (drawing, i).to != dragged)
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
    drawing_join (drawing, i, i + 1);
  drawing_join (drawing, 0, 4);
  old = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  lane = wb_layout_get_route (old, 4).points[2];
  drawing_place (drawing, 5, lane.x + CARD_WIDTH / 2.0 - 20, lane.y + 120);
  new = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  drawing_assert_routes (new, drawing);
  g_assert_cmpfloat (wb_layout_get_route (new, 4).points[2].x, !=, lane.x);
}

/* When all others are placed, far from where the layers would have them. */
static void
test_a_new_node_comes_near_its_neighbours (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (drawing_directions); i++)
    {
      g_autoptr (Drawing) drawing = drawing_new (5);
      g_autoptr (WbLayout) layout = NULL;
      WbBox box;

      for (guint j = 0; j < 4; j++)
        {
          drawing_join (drawing, j, j + 1);
          drawing_place (drawing, j, 5000 - 400.0 * j, 7000 + 300.0 * j);
        }
      layout = drawing_lay_out (drawing, drawing_directions[i]);
      box = wb_layout_get_box (layout, 4);
      drawing_assert_sound (layout, drawing);
      g_assert_cmpfloat (hypot (box.x + box.width / 2 - 3800, box.y + box.height / 2 - 7900), <, 300);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
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
  return g_test_run ();
}
