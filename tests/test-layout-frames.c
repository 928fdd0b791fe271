/* test-layout-frames.c: frames hold their groups, and nothing else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "drawings.h"

#define MARGIN 14
#define HEAD 24

static gboolean
holds (WbBox frame, WbBox box)
{
  return frame.x <= box.x - MARGIN && frame.y <= box.y - HEAD && frame.x + frame.width >= box.x + box.width + MARGIN &&
         frame.y + frame.height >= box.y + box.height + MARGIN;
}

static gboolean
touches_others (const WbLayout *layout, const guint *group_of, guint group, WbBox frame)
{
  for (guint i = 0; i < wb_layout_get_n_nodes (layout); i++)
    if (group_of[i] != group && drawing_overlap (wb_layout_get_box (layout, i), frame))
      return TRUE;
  return FALSE;
}

/* Each node is in a frame of its group, no frame is over a node of another, and none could be one with another. */
static void
assert_framed (const WbLayout *layout, const guint *group_of, GArray *frames)
{
  for (guint i = 0; i < wb_layout_get_n_nodes (layout); i++)
    {
      gboolean held = group_of[i] == G_MAXUINT;

      for (guint j = 0; j < frames->len; j++)
        {
          WbLayoutFrame frame = g_array_index (frames, WbLayoutFrame, j);

          held |= frame.group == group_of[i] && holds (frame.box, wb_layout_get_box (layout, i));
        }
      g_assert_true (held);
    }
  for (guint i = 0; i < frames->len; i++)
    {
      WbLayoutFrame frame = g_array_index (frames, WbLayoutFrame, i);

      g_assert_false (touches_others (layout, group_of, frame.group, frame.box));
      for (guint j = 0; j < i; j++)
        {
          WbLayoutFrame other = g_array_index (frames, WbLayoutFrame, j);

          g_assert_true (other.group != frame.group ||
                         touches_others (layout, group_of, frame.group, wb_box_united (frame.box, other.box)));
        }
    }
}

static GArray *
frame (const WbLayout *layout, const guint *group_of, guint n_groups)
{
  return wb_layout_frame_groups (layout, group_of, n_groups, MARGIN, HEAD);
}

static Drawing *
drawing_of_chain (guint n)
{
  Drawing *drawing = drawing_new (n);

  for (guint i = 0; i + 1 < n; i++)
    drawing_join (drawing, i, i + 1);
  return drawing;
}

static void
test_a_group_is_framed_as_one (void)
{
  static const guint group_of[] = {G_MAXUINT, 0, 0, 0, G_MAXUINT, 1};
  g_autoptr (Drawing) drawing = drawing_of_chain (G_N_ELEMENTS (group_of));

  for (guint i = 0; i < G_N_ELEMENTS (drawing_directions); i++)
    {
      g_autoptr (WbLayout) layout = drawing_lay_out (drawing, drawing_directions[i]);
      g_autoptr (GArray) frames = frame (layout, group_of, 2);

      g_assert_cmpuint (frames->len, ==, 2);
      assert_framed (layout, group_of, frames);
    }
}

/* Layers 2 and 3 lie between those of the group. */
static void
test_what_lies_between_is_left_out (void)
{
  static const guint group_of[] = {0, 0, G_MAXUINT, 1, 0, 0, 0, G_MAXUINT};
  g_autoptr (Drawing) drawing = drawing_of_chain (G_N_ELEMENTS (group_of));
  g_autoptr (WbLayout) layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  g_autoptr (GArray) frames = frame (layout, group_of, 2);

  g_assert_cmpuint (frames->len, ==, 3);
  g_assert_true (holds (g_array_index (frames, WbLayoutFrame, 0).box, wb_layout_get_box (layout, 1)));
  g_assert_true (holds (g_array_index (frames, WbLayoutFrame, 1).box, wb_layout_get_box (layout, 6)));
  assert_framed (layout, group_of, frames);
}

static void
test_nothing_is_framed_without_groups (void)
{
  static const guint group_of[] = {G_MAXUINT, G_MAXUINT};
  g_autoptr (Drawing) drawing = drawing_of_chain (G_N_ELEMENTS (group_of));
  g_autoptr (WbLayout) layout = drawing_lay_out (drawing, WB_LAYOUT_DOWN);
  g_autoptr (GArray) frames = frame (layout, group_of, 0);
  g_autoptr (WbLayout) nothing = wb_layout_new (NULL, 0, NULL, 0, WB_LAYOUT_DOWN);
  g_autoptr (GArray) none = frame (nothing, NULL, 0);

  g_assert_cmpuint (frames->len, ==, 0);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_groups_at_random_keep_to_themselves (void)
{
  for (guint seed = 0; seed < 200; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (Drawing) drawing =
          seed % 2 ? drawing_of_preset ("resnet18") : drawing_at_random (rand, 60, 90, 8, FALSE);
      g_autoptr (WbLayout) layout = drawing_lay_out (drawing, drawing_directions[seed / 2 % 2]);
      g_autofree guint *group_of = g_new (guint, drawing->nodes->len);
      g_autoptr (GArray) frames = NULL;
      guint n_groups = g_rand_int_range (rand, 1, 6), group = 0;

      for (guint i = 0; i < drawing->nodes->len; i++)
        {
          if (g_rand_int_range (rand, 0, 4) == 0)
            group = g_rand_int_range (rand, 0, n_groups + 1);
          group_of[i] = group < n_groups ? group : G_MAXUINT;
        }
      frames = frame (layout, group_of, n_groups);
      g_test_message ("seed %u", seed);
      assert_framed (layout, group_of, frames);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layout/frames/a-group-is-framed-as-one", test_a_group_is_framed_as_one);
  g_test_add_func ("/layout/frames/what-lies-between-is-left-out", test_what_lies_between_is_left_out);
  g_test_add_func ("/layout/frames/nothing-is-framed-without-groups", test_nothing_is_framed_without_groups);
  g_test_add_func ("/layout/frames/groups-at-random-keep-to-themselves", test_groups_at_random_keep_to_themselves);
  return g_test_run ();
}
