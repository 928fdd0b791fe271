/* test-layout-meanwhile.c: until a layout is there, what was stays as it was.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "drawings.h"

static WbLayout *
lay_out_meanwhile (const Drawing *drawing, const WbLayout *before, const guint *was, WbLayoutDirection direction)
{
  return wb_layout_new_meanwhile (before, was, (const WbLayoutNode *) drawing->nodes->data, drawing->nodes->len,
                                  (const WbLayoutEdge *) drawing->edges->data, drawing->edges->len, direction);
}

/* resnet20 with one more layer at its end, and the numbers of all that were there. */
static Drawing *
make_longer (const Drawing *before, guint **was)
{
  guint n = before->nodes->len;
  Drawing *after = drawing_new (n + 1);

  g_array_append_vals (after->edges, before->edges->data, before->edges->len);
  drawing_join (after, n - 1, n);
  *was = g_new (guint, n + 1);
  for (guint i = 0; i <= n; i++)
    (*was)[i] = i < n ? i : G_MAXUINT;
  return after;
}

static void
assert_ends_meet (const WbLayout *layout, const Drawing *drawing)
{
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbPoint from = wb_layout_get_output_port (layout, drawing_edge (drawing, i).from);
      WbPoint to = wb_layout_get_input_port (layout, drawing_edge (drawing, i).to);
      WbRoute route = wb_layout_get_route (layout, i);

      g_assert_cmpuint (route.n, >=, 2);
      g_assert_cmpmem (&from, sizeof from, &route.points[0], sizeof from);
      g_assert_cmpmem (&to, sizeof to, &route.points[route.n - 1], sizeof to);
      for (guint j = 0; j + 1 < route.n; j++)
        g_assert_true (route.points[j].x == route.points[j + 1].x || route.points[j].y == route.points[j + 1].y);
    }
}

static void
test_what_was_there_stays (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (drawing_directions); i++)
    {
      g_autoptr (Drawing) before = drawing_of_preset ("resnet20"), after = NULL;
      g_autoptr (WbLayout) old = drawing_lay_out (before, drawing_directions[i]), new = NULL;
      g_autofree guint *was = NULL;
      guint n = before->nodes->len;
      gboolean down = drawing_directions[i] == WB_LAYOUT_DOWN;
      WbBox last, added;

      after = make_longer (before, &was);
      new = lay_out_meanwhile (after, old, was, drawing_directions[i]);
      for (guint j = 0; j < n; j++)
        {
          WbBox a = wb_layout_get_box (old, j), b = wb_layout_get_box (new, j);

          g_assert_cmpmem (&a, sizeof a, &b, sizeof b);
        }
      for (guint j = 0; j < before->edges->len; j++)
        {
          WbRoute a = wb_layout_get_route (old, j), b = wb_layout_get_route (new, j);

          g_assert_cmpmem (a.points, a.n * sizeof (WbPoint), b.points, b.n * sizeof (WbPoint));
        }
      last = wb_layout_get_box (new, n - 1);
      added = wb_layout_get_box (new, n);
      g_assert_false (drawing_overlap (last, added));
      g_assert_cmpfloat (down ? added.y : added.x, >, down ? last.y : last.x);
      drawing_assert_extent (new);
    }
}

/* At once, with all its edges; others keep theirs. */
static void
test_what_is_dragged_goes_there (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("resnet20");
  g_autoptr (WbLayout) old = drawing_lay_out (drawing, WB_LAYOUT_DOWN), new = NULL;
  g_autofree guint *was = g_new (guint, drawing->nodes->len);
  const guint dragged = 17;

  for (guint i = 0; i < drawing->nodes->len; i++)
    was[i] = i;
  drawing_place (drawing, dragged, 900, 700);
  new = lay_out_meanwhile (drawing, old, was, WB_LAYOUT_DOWN);
  g_assert_cmpfloat (drawing_middle_x (new, dragged), ==, 900);
  for (guint i = 0; i < drawing->edges->len; i++)
    {
      WbLayoutEdge edge = drawing_edge (drawing, i);
      WbRoute a = wb_layout_get_route (old, i), b = wb_layout_get_route (new, i);
      WbPoint end = wb_layout_get_input_port (new, edge.to);

      if (edge.from != dragged && edge.to != dragged)
        g_assert_cmpmem (a.points, a.n * sizeof (WbPoint), b.points, b.n * sizeof (WbPoint));
      else
        g_assert_cmpmem (&b.points[b.n - 1], sizeof end, &end, sizeof end);
    }
}

/* One that grew keeps the place of its upper border, as its neighbours are told apart by that. */
static void
test_what_grows_does_so_along_the_flow (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("vgg16");
  g_autoptr (WbLayout) old = drawing_lay_out (drawing, WB_LAYOUT_DOWN), new = NULL;
  g_autofree guint *was = g_new (guint, drawing->nodes->len);

  for (guint i = 0; i < drawing->nodes->len; i++)
    was[i] = i;
  g_array_index (drawing->nodes, WbLayoutNode, 3).height += 60;
  g_array_index (drawing->nodes, WbLayoutNode, 4).width += 60;
  new = lay_out_meanwhile (drawing, old, was, WB_LAYOUT_DOWN);
  g_assert_cmpfloat (wb_layout_get_box (new, 3).y, ==, wb_layout_get_box (old, 3).y);
  g_assert_cmpfloat (drawing_middle_x (new, 4), ==, drawing_middle_x (old, 4));
  assert_ends_meet (new, drawing);
}

/* With nothing before, of another direction, and with cycles. */
static void
test_nothing_need_have_been_there (void)
{
  g_autoptr (Drawing) drawing = drawing_of_preset ("resnet20"), circle = drawing_new (2);
  g_autoptr (WbLayout) down = drawing_lay_out (drawing, WB_LAYOUT_DOWN), turned = NULL, new = NULL, round = NULL;
  g_autoptr (WbLayout) nothing = wb_layout_new_meanwhile (NULL, NULL, NULL, 0, NULL, 0, WB_LAYOUT_DOWN);
  g_autofree guint *was = g_new0 (guint, drawing->nodes->len);

  new = lay_out_meanwhile (drawing, NULL, NULL, WB_LAYOUT_RIGHT);
  turned = lay_out_meanwhile (drawing, down, was, WB_LAYOUT_RIGHT);
  assert_ends_meet (new, drawing);
  drawing_assert_same (new, turned);
  drawing_join (circle, 0, 1);
  drawing_join (circle, 1, 0);
  round = lay_out_meanwhile (circle, NULL, NULL, WB_LAYOUT_DOWN);
  assert_ends_meet (round, circle);
  g_assert_cmpuint (wb_layout_get_n_nodes (nothing), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layout/meanwhile/what-was-there-stays", test_what_was_there_stays);
  g_test_add_func ("/layout/meanwhile/what-is-dragged-goes-there", test_what_is_dragged_goes_there);
  g_test_add_func ("/layout/meanwhile/what-grows-does-so-along-the-flow", test_what_grows_does_so_along_the_flow);
  g_test_add_func ("/layout/meanwhile/nothing-need-have-been-there", test_nothing_need_have_been_there);
  return g_test_run ();
}
