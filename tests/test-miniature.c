/* test-miniature.c: the small drawing of a network shows what matters of it, within its frame.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-miniature.h"

static WbMiniature *
draw (const LatheGraph *graph)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  return wb_miniature_new (graph, report);
}

static WbMiniature *
draw_preset (const char *name)
{
  g_autoptr (LatheGraph) graph = lathe_preset_load (name, NULL);

  return draw (graph);
}

static const WbMiniatureBox *
get (const WbMiniature *miniature, guint index)
{
  return &g_array_index (miniature->boxes, WbMiniatureBox, index);
}

static void
assert_inside (WbBox box)
{
  g_assert_cmpfloat (box.x, >=, -1e-9);
  g_assert_cmpfloat (box.y, >=, -1e-9);
  g_assert_cmpfloat (box.x + box.width, <=, 1 + 1e-9);
  g_assert_cmpfloat (box.y + box.height, <=, 1 + 1e-9);
}

/* Convolutions, poolings and dense layers, one behind the other; flattening is passed over. */
static void
test_a_chain_is_drawn_from_left_to_right (void)
{
  static const WbMiniatureKind kinds[] = {
      WB_MINIATURE_INPUT, WB_MINIATURE_CONVOLUTION, WB_MINIATURE_OTHER, WB_MINIATURE_CONVOLUTION,
      WB_MINIATURE_OTHER, WB_MINIATURE_DENSE,       WB_MINIATURE_DENSE, WB_MINIATURE_DENSE,
  };
  g_autoptr (WbMiniature) lenet = draw_preset ("lenet");

  g_assert_cmpuint (lenet->boxes->len, ==, G_N_ELEMENTS (kinds));
  g_assert_cmpuint (lenet->lines->len, >=, G_N_ELEMENTS (kinds) - 1);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_assert_cmpuint (get (lenet, i)->kind, ==, kinds[i]);
      if (i > 0)
        g_assert_cmpfloat (get (lenet, i)->box.x, >, get (lenet, i - 1)->box.x);
    }
}

/* 28×28 is higher than 14×14, and sixteen channels are wider than six. */
static void
test_boxes_are_as_high_as_images_and_as_wide_as_channels (void)
{
  g_autoptr (WbMiniature) lenet = draw_preset ("lenet");

  g_assert_cmpfloat (get (lenet, 1)->box.height, >, get (lenet, 2)->box.height);
  g_assert_cmpfloat (get (lenet, 3)->box.width, >, get (lenet, 1)->box.width);
}

static void
test_all_presets_fit_their_frames (void)
{
  guint n_presets;
  const LathePreset *presets = lathe_presets (&n_presets);

  for (guint i = 0; i < n_presets; i++)
    {
      g_autoptr (WbMiniature) miniature = draw_preset (presets[i].name);

      g_assert_cmpuint (miniature->boxes->len, >, 2);
      for (guint k = 0; k < miniature->boxes->len; k++)
        assert_inside (get (miniature, k)->box);
      for (guint k = 0; k < miniature->lines->len; k++)
        assert_inside (g_array_index (miniature->lines, WbBox, k));
    }
}

/* Layers that are passed over and feed one another, with a convolution behind them; and a network of no layers. */
static void
test_what_is_broken_is_drawn_too (void)
{
  g_autoptr (LatheGraph) circle = lathe_graph_new (), empty = lathe_graph_new ();
  LatheNode *one = lathe_graph_add (circle, lathe_layer_kind_find ("relu"), NULL);
  LatheNode *two = lathe_graph_add (circle, lathe_layer_kind_find ("relu"), NULL);
  LatheNode *behind = lathe_graph_add (circle, lathe_layer_kind_find ("conv2d"), NULL);
  g_autoptr (WbMiniature) of_circle = NULL, of_empty = draw (empty);

  lathe_graph_connect (circle, one, two);
  lathe_graph_connect (circle, two, one);
  lathe_graph_connect (circle, two, behind);
  of_circle = draw (circle);
  g_assert_cmpuint (of_circle->boxes->len, ==, 1);
  g_assert_cmpuint (of_circle->lines->len, ==, 0);
  g_assert_cmpuint (of_empty->boxes->len, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/miniature/chain", test_a_chain_is_drawn_from_left_to_right);
  g_test_add_func ("/miniature/sizes", test_boxes_are_as_high_as_images_and_as_wide_as_channels);
  g_test_add_func ("/miniature/presets", test_all_presets_fit_their_frames);
  g_test_add_func ("/miniature/broken", test_what_is_broken_is_drawn_too);
  return g_test_run ();
}
