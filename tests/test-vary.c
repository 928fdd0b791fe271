/* test-vary.c: networks next to a network.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "graphs.h"

#define DRAWS 40

static LatheGraph *
vary (const LatheGraph *graph, guint64 seed, guint draw, char **change)
{
  LatheRng rng = lathe_rng (seed, LATHE_RNG_SEARCH, 1, draw);

  return lathe_graph_vary (graph, &rng, change);
}

static void
assert_answers_alike (const LatheGraph *graph, const LatheGraph *other)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph), other_report = lathe_graph_check (other);
  LatheShape input, other_input;

  g_assert_true (report->works);
  g_assert_true (other_report->works);
  g_assert_true (lathe_graph_get_input (graph, &input));
  g_assert_true (lathe_graph_get_input (other, &other_input));
  g_assert_true (lathe_shape_equal (&input, &other_input));
  g_assert_true (
      lathe_shape_equal (&report->nodes[report->output].output, &other_report->nodes[other_report->output].output));
  g_assert_cmpuint (other_report->parameters, >, other_report->states);
}

/* A walk away from every preset, of which each step is a network that can be written and read. */
static void
test_every_change_is_a_network_that_works (void)
{
  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    {
      g_autoptr (LatheGraph) graph = graphs_preset (*name);
      guint n_found = 0;

      for (guint i = 0; i < DRAWS; i++)
        {
          g_autofree char *change = NULL, *text = NULL;
          g_autoptr (LatheGraph) other = vary (graph, 1, i, &change), read = NULL;
          g_autoptr (GError) error = NULL;

          if (other == NULL)
            continue;
          n_found++;
          g_assert_cmpstr (change, !=, NULL);
          g_assert_false (lathe_graph_same_network (graph, other));
          assert_answers_alike (graph, other);
          graphs_assert_sound (other);
          text = lathe_graph_to_json (other);
          read = lathe_graph_from_json (text, -1, &error);
          g_assert_no_error (error);
          g_assert_true (lathe_graph_same_network (read, other));
          if (i % 4 == 3)
            {
              lathe_graph_free (graph);
              graph = g_steal_pointer (&other);
            }
        }
      g_test_message ("%s: %u of %u", *name, n_found, DRAWS);
      g_assert_cmpuint (n_found, >, DRAWS * 9 / 10);
    }
}

static void
test_the_same_draws_make_the_same_network (void)
{
  g_autoptr (LatheGraph) graph = graphs_preset ("resnet20");

  for (guint i = 0; i < DRAWS; i++)
    {
      g_autofree char *change = NULL, *same_change = NULL;
      g_autoptr (LatheGraph) other = vary (graph, 7, i, &change), same = vary (graph, 7, i, &same_change);

      g_assert_cmpstr (change, ==, same_change);
      g_assert_true (other != NULL && lathe_graph_equal (other, same));
    }
}

/* A network that comes of this change alone, or NULL. */
static LatheGraph *
find (const LatheGraph *graph, const char *words)
{
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *change = NULL;
      LatheGraph *other = vary (graph, 3, i, &change);

      if (g_strcmp0 (change, words) == 0)
        return other;
      g_clear_pointer (&other, lathe_graph_free);
    }
  return NULL;
}

/* In a residual network the widths of a stage hang together. */
static void
test_layers_that_are_added_up_change_their_widths_together (void)
{
  g_autoptr (LatheGraph) graph = graphs_preset ("resnet20"), wider = find (graph, "stem and 3 more: 16 → 24 filters");
  static const char *const tied[] = {"stem", "block-1a-conv-2", "block-1b-conv-2", "block-1c-conv-2"};

  g_assert_nonnull (wider);
  for (guint i = 0; i < G_N_ELEMENTS (tied); i++)
    g_assert_cmpfloat (graphs_node (wider, tied[i])->properties.value[0], ==, 24);
  g_assert_cmpfloat (graphs_node (wider, "block-1a-conv-1")->properties.value[0], ==, 16);
}

static void
test_every_kind_of_change_is_found (void)
{
  static const struct
  {
    const char *preset, *words, *outline; /* of the nodes, as far as they are told; NULL: it does not matter */
  } changes[] = {
      {"lenet", "conv2d-2: 16 → 24 filters", NULL},
      {"lenet", "dense-1: 120 → 80 units", NULL},
      {"lenet", "all layers 2 times as wide", NULL},
      {"lenet", "conv2d-1: 5×5 → 3×3 kernel", NULL},
      {"lenet", "conv2d-2 repeated, as conv2d-3",
       "input conv2d-1(input) max-pool-1(conv2d-1) conv2d-2(max-pool-1) conv2d-3(conv2d-2) max-pool-2(conv2d-3) "
       "flatten-1(max-pool-2) dense-1(flatten-1) dense-2(dense-1) dense-3(dense-2)"},
      {"lenet", "without dense-2",
       "input conv2d-1(input) max-pool-1(conv2d-1) conv2d-2(max-pool-1) max-pool-2(conv2d-2) flatten-1(max-pool-2) "
       "dense-1(flatten-1) dense-3(dense-1)"},
      {"lenet", "conv2d-2 separated, with conv2d-3 in front of it",
       "input conv2d-1(input) max-pool-1(conv2d-1) conv2d-3(max-pool-1) conv2d-2(conv2d-3) max-pool-2(conv2d-2) "
       "flatten-1(max-pool-2) dense-1(flatten-1) dense-2(dense-1) dense-3(dense-2)"},
      {"lenet", "batch norm behind conv2d-1",
       "input conv2d-1(input) batch-norm-1(conv2d-1) relu-1(batch-norm-1) max-pool-1(relu-1) conv2d-2(max-pool-1) "
       "max-pool-2(conv2d-2) flatten-1(max-pool-2) dense-1(flatten-1) dense-2(dense-1) dense-3(dense-2)"},
      {"lenet", "batch norm behind 2 convolutions", NULL},
      {"lenet", "max-pool-1 → Average-pooling 2D", NULL},
      {"lenet", "flatten-1 → Global average-pooling", NULL},
      {"lenet", "ReLU → GELU everywhere", NULL},
      {"lenet", "dropout of 0.5 in front of dense-3", NULL},
      {"vgg", "dropout-1: 0.5 → 0.3", NULL},
      {"vgg", "without dropout-1", NULL},
      {"resnet20", "the block that ends in block-1b-add repeated", NULL},
      {"resnet20", "without the block that ends in block-1b-add", NULL},
      {"resnet20", "without 21 norms", NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (LatheGraph) graph = graphs_preset (changes[i].preset), other = find (graph, changes[i].words);

      g_test_message ("%s: %s", changes[i].preset, changes[i].words);
      g_assert_nonnull (other);
      if (changes[i].outline != NULL)
        graphs_assert_outline (other, changes[i].outline);
    }
}

/* Seven layers come and go, and the network is deeper by a block that feeds on the one that was there. */
static void
test_a_block_is_repeated_whole (void)
{
  g_autoptr (LatheGraph) graph = graphs_preset ("resnet20");
  g_autoptr (LatheGraph) more = find (graph, "the block that ends in block-1b-add repeated");
  g_autoptr (LatheGraph) fewer = find (graph, "without the block that ends in block-1b-add");

  g_assert_cmpuint (lathe_graph_get_n_nodes (more), ==, lathe_graph_get_n_nodes (graph) + 7);
  g_assert_cmpuint (lathe_graph_get_n_nodes (fewer), ==, lathe_graph_get_n_nodes (graph) - 7);
  g_assert_null (lathe_graph_find (fewer, "block-1b-add"));
  for (guint i = 0; i < lathe_graph_get_n_nodes (more); i++)
    g_assert_null (lathe_graph_get_node (more, i)->group);
}

static void
test_a_group_is_repeated (void)
{
  g_autoptr (LatheGraph) graph = graphs_preset ("vgg"), other = NULL;
  LatheNode *nodes[] = {lathe_graph_find (graph, "conv2d-2")};

  lathe_graph_set_group (graph, nodes, 1, "twin");
  other = find (graph, "group twin repeated");
  g_assert_nonnull (other);
  g_assert_cmpuint (lathe_graph_get_n_nodes (other), ==, lathe_graph_get_n_nodes (graph) + 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vary/works", test_every_change_is_a_network_that_works);
  g_test_add_func ("/vary/same", test_the_same_draws_make_the_same_network);
  g_test_add_func ("/vary/tied", test_layers_that_are_added_up_change_their_widths_together);
  g_test_add_func ("/vary/kinds", test_every_kind_of_change_is_found);
  g_test_add_func ("/vary/block", test_a_block_is_repeated_whole);
  g_test_add_func ("/vary/group", test_a_group_is_repeated);
  return g_test_run ();
}
