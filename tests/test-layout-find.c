/* test-layout-find.c: what is where in a layout, and where arrow keys lead.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "drawings.h"

static void
test_nodes_are_found (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("resnet20");
  g_autoptr (WbLayout) layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
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
  g_autoptr (WbLayout) layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);

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
    for (guint i = 0; i < G_N_ELEMENTS (drawing_directions); i++)
      {
        g_autoptr (Drawing) drawing = drawing_of_preset (*name);
        g_autoptr (WbLayout) layout = drawing_lay_out (drawing, drawing_directions[i]);
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

  drawing_join (drawing, 0, 1);
  drawing_join (drawing, 1, 3);
  drawing_join (drawing, 0, 2);
  drawing_join (drawing, 2, 3);
  down = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  right = drawing_lay_out (drawing, WB_LAYOUT_RIGHT);

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

  drawing_join (drawing, 0, 1);
  drawing_place (drawing, 0, 0, 0);
  drawing_place (drawing, 1, 30, 300);
  drawing_place (drawing, 2, 0, 150);
  drawing_place (drawing, 3, 320, 0);
  drawing_place (drawing, 4, 280, 200);
  layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  g_assert_cmpint (wb_layout_neighbour (layout, 0, WB_LAYOUT_KEY_DOWN), ==, 1);
  g_assert_cmpint (wb_layout_neighbour (layout, 1, WB_LAYOUT_KEY_UP), ==, 0);
  g_assert_cmpint (wb_layout_neighbour (layout, 0, WB_LAYOUT_KEY_RIGHT), ==, 3);
  g_assert_cmpint (wb_layout_neighbour (layout, 0, WB_LAYOUT_KEY_LEFT), ==, -1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layout/nodes-are-found", test_nodes_are_found);
  g_test_add_func ("/layout/edges-are-found", test_edges_are_found);
  g_test_add_func ("/layout/arrow-keys/lead-everywhere", test_arrow_keys_lead_everywhere);
  g_test_add_func ("/layout/arrow-keys/go-along-the-flow", test_arrow_keys_go_along_the_flow);
  g_test_add_func ("/layout/arrow-keys/prefer-edges-and-what-is-straight-on",
                   test_arrow_keys_prefer_edges_and_what_is_straight_on);
  return g_test_run ();
}
