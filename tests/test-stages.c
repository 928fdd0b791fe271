/* test-stages.c: of each weight of a network it is known how far below the end it lies.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe.h"

/* Images of 16×16 and of 8×8, a dense layer beside these, two behind them; norms in front of and behind a convolution,
 * and an activation that learns. */
static const char text[] =
    "{\"nodes\":["
    "{\"name\":\"input\",\"kind\":\"input\",\"inputs\":[],\"height\":16,\"width\":16,\"channels\":3},"
    "{\"name\":\"first\",\"kind\":\"batch-norm\",\"inputs\":[\"input\"]},"
    "{\"name\":\"a\",\"kind\":\"conv2d\",\"inputs\":[\"first\"],\"filters\":4,\"padding\":\"same\",\"bias\":\"no\"},"
    "{\"name\":\"a-norm\",\"kind\":\"batch-norm\",\"inputs\":[\"a\"]},"
    "{\"name\":\"b\",\"kind\":\"conv2d\",\"inputs\":[\"a-norm\"],\"filters\":4,\"padding\":\"same\",\"stride-height\":"
    "2,"
    "\"stride-width\":2,\"bias\":\"no\"},"
    "{\"name\":\"pool\",\"kind\":\"global-average-pool\",\"inputs\":[\"b\"]},"
    "{\"name\":\"beside\",\"kind\":\"dense\",\"inputs\":[\"pool\"],\"units\":4,\"bias\":\"no\"},"
    "{\"name\":\"product\",\"kind\":\"multiply\",\"inputs\":[\"b\",\"beside\"]},"
    "{\"name\":\"c\",\"kind\":\"conv2d\",\"inputs\":[\"product\"],\"filters\":4,\"padding\":\"same\",\"bias\":\"no\"},"
    "{\"name\":\"sum\",\"kind\":\"add\",\"inputs\":[\"c\",\"b\"]},"
    "{\"name\":\"flatten\",\"kind\":\"flatten\",\"inputs\":[\"sum\"]},"
    "{\"name\":\"d\",\"kind\":\"dense\",\"inputs\":[\"flatten\"],\"units\":5,\"bias\":\"no\"},"
    "{\"name\":\"learned\",\"kind\":\"prelu\",\"inputs\":[\"d\"]},"
    "{\"name\":\"e\",\"kind\":\"dense\",\"inputs\":[\"learned\"],\"units\":3,\"bias\":\"no\",\"activation\":"
    "\"softmax\"}]}";

/* "2 1 1 0", of the tensors that are trained, in their order. (transfer full) */
static char *
list_stages (const LatheGraph *graph)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, 2, TRUE, pool, &error);
  g_autoptr (GArray) ranges = NULL;
  GString *stages = g_string_new (NULL);
  gsize end = 0, n_weights;

  g_assert_no_error (error);
  ranges = lathe_network_list_ranges (network);
  lathe_network_get_weights (network, &n_weights);
  for (guint i = 0; i < ranges->len; i++)
    {
      const LatheWeightRange *range = &g_array_index (ranges, LatheWeightRange, i);

      g_assert_cmpuint (range->first, >=, end);
      end = range->first + range->n;
      g_string_append_printf (stages, "%s%u%s", i > 0 ? " " : "", range->stage, range->shift ? "s" : "");
    }
  g_assert_cmpuint (end, <=, n_weights);
  return g_string_free (stages, FALSE);
}

static void
test_a_stage_is_what_makes_images_of_one_size (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_from_json (text, -1, NULL);
  g_autofree char *stages = NULL;

  g_assert_nonnull (graph);
  stages = list_stages (graph);
  /* the first norm; a and its norm; b, the dense layer beside it, and c; d and what its activation learns; e */
  g_assert_cmpstr (stages, ==, "3 3s 3 3 3s 2 2 2 1 1 0");
}

static void
test_a_dense_layer_is_a_stage (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_load ("lenet", NULL);
  g_autofree char *stages = NULL;

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (28, 28, 1), 10);
  stages = list_stages (graph);
  g_assert_cmpstr (stages, ==, "4 4 3 3 2 2 1 1 0 0");
}

/* However many layers there are, a rate that falls by stages does not come to nothing. */
static void
test_a_deep_network_has_few_stages (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_load ("efficientnet-lite0", NULL);
  g_autofree char *stages = NULL;

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (224, 224, 3), 10);
  stages = list_stages (graph);
  g_assert_true (g_str_has_prefix (stages, "5 5 5s "));
  g_assert_true (g_str_has_suffix (stages, " 1 1 1s 0 0"));
}

static void
test_what_is_frozen_has_no_rate (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_from_json (text, -1, NULL);
  g_autofree char *stages = NULL;

  g_assert_nonnull (graph);
  lathe_graph_set (graph, lathe_graph_find (graph, "b"), "frozen", 1, NULL);
  stages = list_stages (graph);
  g_assert_cmpstr (stages, ==, "3 3s 3 3 3s 2 2 1 1 0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stages/a-stage-is-what-makes-images-of-one-size", test_a_stage_is_what_makes_images_of_one_size);
  g_test_add_func ("/stages/a-dense-layer-is-a-stage", test_a_dense_layer_is_a_stage);
  g_test_add_func ("/stages/a-deep-network-has-few-stages", test_a_deep_network_has_few_stages);
  g_test_add_func ("/stages/what-is-frozen-has-no-rate", test_what_is_frozen_has_no_rate);
  return g_test_run ();
}
