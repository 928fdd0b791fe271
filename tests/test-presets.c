/* test-presets.c: the preset networks are those of their papers, and fit any dataset.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "model/lathe-network.h"

/* Trained parameters, running statistics, and millions of multiply-adds as published, with what of them may differ: a
 * few count batch norm and activations otherwise. The first five need no paper: their sums are worked out in the table.
 *
 *   lenet               LeNet-5 (LeCun et al. 1998) with full connections between its convolutions, as it is built
 * today resnet20            He et al. 2015, table 6: 0.27 million; with projections alexnet             torchvision's,
 * the single tower of Krizhevsky 2014: 61,100,840 and 0.71 G vgg11, vgg16        Simonyan & Zisserman 2014, table 2, A
 * and D; torchvision: 7.61 G and 15.47 G resnet18, resnet50  He et al. 2015, table 1; torchvision (with its strides in
 * the 3×3 convolutions): 1.81 G, 4.09 G mobilenet           Sandler et al. 2018, table 4: 3.4 million, 300 M;
 * torchvision: 3,504,872 efficientnet-lite0  Google's TPU models: 4.7 million and 407 M, which count activations too;
 * timm: 4,652,008
 */
static const struct
{
  const char *name;
  guint64 parameters, states;
  double multiply_adds; /* millions */
  double tolerance;
  guint least; /* pixels each way that the network needs */
} presets[] = {
    {"seed", 896 + 8128576 + 65, 0, 21.845, 1e-4, 4},
    {"lenet", 156 + 2416 + 48120 + 10164 + 850, 0, 0.41652, 1e-4, 12},
    {"vgg", 896 + 9248 + 18496 + 36928 + 73856 + 147584 + 2097408 + 2570, 0, 156.634, 1e-4, 8},
    {"resnet20", 432 + 13824 + 51200 + 204800 + 2 * 784 + 650, 2 * 784, 41.0, 0.03, 1},
    {"mlp", 200960 + 32896 + 1290, 0, 0.234752, 1e-4, 1},
    {"alexnet", 61100840, 0, 714.2, 0.01, 63},
    {"vgg11", 132863336, 0, 7609, 0.01, 32},
    {"vgg16", 138357544, 0, 15470, 0.01, 32},
    {"resnet18", 11689512, 2 * 4800, 1814, 0.01, 1},
    {"resnet50", 25557032, 2 * 26560, 4089, 0.01, 1},
    {"mobilenet", 3504872, 2 * 17056, 300, 0.03, 1},
    {"efficientnet-lite0", 4652008, 2 * 21008, 407, 0.04, 1},
    {"airbench", 1967616 + 24 + 1152 + 2560, 288 + 3 * 1152, 118.2, 1e-3, 9},
    {"airbench-small", 131328 + 8 + 304 + 640, 32 + 3 * 304, 7.496, 1e-3, 9},
};

static LatheGraph *
load (const char *preset)
{
  g_autoptr (GError) error = NULL;
  LatheGraph *graph = lathe_preset_load (preset, &error);

  g_assert_no_error (error);
  return graph;
}

static const LatheShape *
output_of (const LatheGraphReport *report)
{
  return &report->nodes[report->order[report->n_nodes - 1]].output;
}

/* Each file of data/presets has a row that says what it is, and the other way round. */
static void
test_each_has_a_row_and_is_tested (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "data", "presets", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (path, 0, &error);
  guint n_files = 0, n_rows;

  g_assert_no_error (error);
  for (const char *name = g_dir_read_name (folder); name != NULL; name = g_dir_read_name (folder))
    if (g_str_has_suffix (name, ".json"))
      {
        g_autofree char *stem = g_strndup (name, strlen (name) - strlen (".json"));

        g_assert_nonnull (lathe_preset_find (stem));
        n_files++;
      }
  lathe_presets (&n_rows);
  g_assert_cmpuint (n_rows, ==, n_files);
  g_assert_cmpuint (n_rows, ==, G_N_ELEMENTS (presets));
  g_assert_cmpuint (g_strv_length ((char **) lathe_preset_names ()), ==, n_rows);
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    g_assert_nonnull (lathe_preset_find (presets[i].name));
}

/* The network that is nobody's has no paper; every other one has all of its paper, with an address to read it at. */
static void
test_each_says_what_it_is_and_where_from (void)
{
  guint n_rows;
  const LathePreset *rows = lathe_presets (&n_rows);

  for (guint i = 0; i < n_rows; i++)
    {
      const LathePaper *paper = rows[i].paper;

      g_assert_cmpuint (strlen (rows[i].title), >, 0);
      g_assert_cmpuint (strlen (rows[i].summary), >, 0);
      g_assert_cmpint (paper == NULL, ==, g_str_equal (rows[i].name, "seed"));
      if (paper == NULL)
        continue;
      g_assert_cmpuint (strlen (paper->authors), >, 0);
      g_assert_cmpuint (strlen (paper->title), >, 0);
      g_assert_cmpuint (paper->year, >=, 1900);
      g_assert_true (g_str_has_prefix (paper->url, "https://arxiv.org/abs/") ||
                     g_str_has_prefix (paper->url, "https://doi.org/10."));
    }
}

static void
test_they_have_the_size_of_their_papers (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    {
      g_autoptr (LatheGraph) graph = load (presets[i].name);
      g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
      double millions = (double) report->multiply_adds / 1e6;

      g_assert_true (report->works);
      g_assert_cmpuint (report->parameters - report->states, ==, presets[i].parameters);
      g_assert_cmpuint (report->states, ==, presets[i].states);
      g_test_message ("%s: %.4g million multiply-adds", presets[i].name, millions);
      g_assert_cmpfloat_with_epsilon (millions / presets[i].multiply_adds, 1, presets[i].tolerance);
    }
}

/* The size of what leaves the last convolution or pooling, where padding that is wrong by a pixel shows. */
static void
test_their_images_shrink_as_they_should (void)
{
  static const struct
  {
    const char *preset, *node;
    guint side, channels;
  } cases[] = {
      {"alexnet", "conv2d-1", 55, 64},         {"alexnet", "max-pool-3", 6, 256},
      {"vgg11", "max-pool-5", 7, 512},         {"vgg16", "max-pool-5", 7, 512},
      {"resnet18", "stem-pool", 56, 64},       {"resnet18", "block-4b-relu-2", 7, 512},
      {"resnet50", "stem-pool", 56, 64},       {"resnet50", "block-4c-relu-3", 7, 2048},
      {"mobilenet", "stem", 112, 32},          {"mobilenet", "head", 7, 1280},
      {"efficientnet-lite0", "stem", 112, 32}, {"efficientnet-lite0", "head", 7, 1280},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LatheGraph) graph = load (cases[i].preset);
      g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
      guint n = 0;

      while (lathe_graph_get_node (graph, n) != lathe_graph_find (graph, cases[i].node))
        n++;
      g_assert_true (lathe_shape_equal (&report->nodes[n].output,
                                        &LATHE_SHAPE_IMAGE (cases[i].side, cases[i].side, cases[i].channels)));
      g_assert_true (lathe_shape_equal (output_of (report), &LATHE_SHAPE_VECTOR (1000)));
    }
}

static void
test_they_adapt_to_a_dataset (void)
{
  static const guint n_classes[] = {2, 3, 10}, n_units[] = {1, 3, 10};

  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    for (guint j = 0; j < G_N_ELEMENTS (n_classes); j++)
      for (guint channels = 1; channels <= 3; channels += 2)
        {
          g_autoptr (LatheGraph) graph = load (presets[i].name);
          g_autoptr (LatheGraphReport) report = NULL;

          lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (64, 72, channels), n_classes[j]);
          report = lathe_graph_check (graph);
          g_assert_true (report->works);
          g_assert_true (lathe_shape_equal (output_of (report), &LATHE_SHAPE_VECTOR (n_units[j])));
        }
}

/* Where windows do not fit any more, the error says which layer needs how many pixels. */
static void
test_images_that_are_too_small_are_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    for (guint side = presets[i].least; side + 1 >= presets[i].least && side > 0; side--)
      {
        g_autoptr (LatheGraph) graph = load (presets[i].name);
        g_autoptr (LatheGraphReport) report = NULL;
        g_autoptr (GError) error = NULL;

        lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (side, side, 3), 10);
        report = lathe_graph_check (graph);
        if (side == presets[i].least)
          {
            g_assert_true (report->works);
            continue;
          }
        g_assert_false (lathe_graph_report_propagate (report, graph, &error));
        g_assert_nonnull (strstr (error->message, "needs at least"));
        g_assert_nonnull (strstr (error->message, "pixels, gets"));
      }
}

static void
test_one_step_trains (gconstpointer preset)
{
  g_autoptr (LatheGraph) graph = load (preset);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) network = NULL;
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  guint32 labels[2] = {3, 7};
  LatheReal losses[2], *x;
  const LatheReal *gradient;
  gsize n_weights, alive = 0;

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (64, 64, 3), 10);
  network = lathe_network_new (graph, 2, TRUE, pool, NULL);
  g_assert_nonnull (network);
  lathe_network_initialise (network, 1);
  x = lathe_network_get_input (network);
  for (guint i = 0; i < 2 * lathe_network_get_input_size (network); i++)
    x[i] = (LatheReal) lathe_rng_uniform (&rng, i);
  lathe_network_forward (network, 2, TRUE, 1, 0);
  lathe_network_loss (network, 2, labels, NULL, losses);
  lathe_network_backward (network, 2);
  g_assert_true (isfinite (losses[0]) && isfinite (losses[1]));
  lathe_network_get_weights (network, &n_weights);
  gradient = lathe_network_get_gradient (network);
  for (gsize i = 0; i < n_weights; i++)
    {
      g_assert_true (isfinite (gradient[i]));
      alive += gradient[i] != 0;
    }
  g_assert_cmpuint (10 * alive, >, 3 * n_weights);
}

int
main (int argc, char *argv[])
{
  static const char *const small[] = {"resnet18", "mobilenet", "efficientnet-lite0"};

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/presets/each", test_each_has_a_row_and_is_tested);
  g_test_add_func ("/presets/rows", test_each_says_what_it_is_and_where_from);
  g_test_add_func ("/presets/papers", test_they_have_the_size_of_their_papers);
  g_test_add_func ("/presets/shapes", test_their_images_shrink_as_they_should);
  g_test_add_func ("/presets/adapt", test_they_adapt_to_a_dataset);
  g_test_add_func ("/presets/too-small", test_images_that_are_too_small_are_refused);
  for (guint i = 0; i < G_N_ELEMENTS (small); i++)
    {
      g_autofree char *path = g_strconcat ("/presets/step/", small[i], NULL);

      g_test_add_data_func (path, small[i], test_one_step_trains);
    }
  return g_test_run ();
}
