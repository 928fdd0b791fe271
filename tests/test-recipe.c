/* test-recipe.c: what views and recipes make of an image and of a run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "few.h"
#include "lathe.h"
#include "model/lathe-network.h"
#include "run.h"
#include "train/lathe-views.h"

#define HEIGHT 3
#define WIDTH 4
#define N (HEIGHT * WIDTH)
#define OF_A_CLASS 60 /* images */

static const LatheImageSize size = {HEIGHT, WIDTH, 1};
static const LatheReal image[N] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

/* --- Views --- */

/* One dense layer of random weights, so that any view gives logits of its own. */
static LatheNetwork *
network_of_views (LathePool *pool)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  LatheNode *input = lathe_graph_add (graph, lathe_layer_kind_find ("input"), NULL);
  LatheNode *flat = lathe_graph_add (graph, lathe_layer_kind_find ("flatten"), NULL);
  LatheNode *dense = lathe_graph_add (graph, lathe_layer_kind_find ("dense"), NULL);
  LatheNetwork *network;

  g_assert_true (lathe_graph_set (graph, input, "height", HEIGHT, NULL));
  g_assert_true (lathe_graph_set (graph, input, "width", WIDTH, NULL));
  g_assert_true (lathe_graph_set (graph, input, "channels", 1, NULL));
  g_assert_true (lathe_graph_set (graph, dense, "units", 3, NULL));
  lathe_graph_connect (graph, input, flat);
  lathe_graph_connect (graph, flat, dense);
  network = lathe_network_new (graph, 2, FALSE, pool, NULL);
  lathe_network_initialise (network, 1);
  return network;
}

/* The logits are linear in the image, so the mean of the answers is the answer to the mean of the views. */
static void
test_views_are_averaged (void)
{
  static const struct
  {
    guint n, down;
    gboolean mirror;
    double share;
  } looks[] = {{1, 0, FALSE, 1}, {2, 0, FALSE, 0.5}, {2, 0, TRUE, 0.5}};
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = network_of_views (pool);

  for (guint n = 1; n <= 2; n++)
    {
      LathePreprocess preprocess = {.width = WIDTH, .height = HEIGHT, .channels = 1, .views = n};
      LatheReal mean[N] = {0}, y[N], expected[3];
      LatheViews views;

      for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
        if (looks[i].n == n)
          {
            lathe_image_move (&size, looks[i].mirror, 0, 0, image, y);
            for (guint k = 0; k < N; k++)
              mean[k] += (LatheReal) looks[i].share * y[k];
          }
      memcpy (lathe_network_get_input (network) + N, mean, sizeof mean);
      lathe_network_forward (network, 2, FALSE, 0, 0);
      memcpy (expected, lathe_network_get_logits (network) + 3, sizeof expected);

      lathe_views_init (&views, network, 2, &preprocess, FALSE);
      memcpy (lathe_network_get_input (network), image, sizeof image);
      memcpy (lathe_network_get_input (network) + N, image, sizeof image);
      lathe_views_forward (&views, network, 2);
      for (guint i = 0; i < 6; i++)
        g_assert_cmpfloat_with_epsilon (lathe_network_get_logits (network)[i], expected[i % 3], 1e-5);
      lathe_views_clear (&views);
    }
}

/* Half of the answer is the image's own and its mirror image's; an image that no move changes keeps its answer. */
static void
test_moved_views_weigh_less (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = network_of_views (pool);
  LathePreprocess preprocess = {.width = WIDTH, .height = HEIGHT, .channels = 1, .views = LATHE_MOVED_VIEWS};
  LatheReal *input = lathe_network_get_input (network), mean[N] = {0}, expected[6];
  LatheViews views;

  for (int look = 0; look < 6; look++)
    {
      int by = look < 2 ? 0 : look < 4 ? -1 : 1;
      LatheReal y[N];

      lathe_image_move (&size, look % 2 != 0, by, by, image, y);
      for (guint k = 0; k < N; k++)
        mean[k] += y[k] * (look < 2 ? 0.25f : 0.125f);
    }
  for (guint k = 0; k < N; k++)
    input[k] = 3;
  memcpy (input + N, mean, sizeof mean);
  lathe_network_forward (network, 2, FALSE, 0, 0);
  memcpy (expected, lathe_network_get_logits (network), sizeof expected);

  lathe_views_init (&views, network, 2, &preprocess, FALSE);
  memcpy (input + N, image, sizeof image);
  lathe_views_forward (&views, network, 2);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpfloat_with_epsilon (lathe_network_get_logits (network)[i], expected[i], 1e-5);
  lathe_views_clear (&views);
}

/* --- Recipes --- */

static void
test_each_recipe_works (void)
{
  guint n;
  const LatheRecipe *recipes = lathe_recipes (&n);

  for (guint i = 0; i < n; i++)
    for (guint channels = 1; channels <= 3; channels += 2)
      {
        LatheHyperparameters h, defaults;
        g_autoptr (GError) error = NULL;
        g_autoptr (LatheGraph) graph = lathe_preset_load (lathe_recipe_network (&recipes[i], channels), &error);
        double share[LATHE_N_SPLITS], sum = 0;
        guint views;

        g_assert_no_error (error);
        g_assert_true (lathe_recipe_find (recipes[i].name, NULL) == &recipes[i]);
        lathe_hyperparameters_defaults (&h);
        defaults = h;
        h.seed = 17;
        h.threads = 3;
        lathe_recipe_apply (&recipes[i], &h, &views, share);
        g_assert_true (lathe_hyperparameters_check (&h, &error));
        g_assert_cmpuint (h.seed, ==, 17);
        g_assert_cmpuint (h.threads, ==, 3);
        h.seed = defaults.seed;
        h.threads = defaults.threads;
        g_assert_false (lathe_hyperparameters_equal (&h, &defaults));
        for (guint side = 0; side < LATHE_N_SPLITS; side++)
          sum += share[side];
        g_assert_cmpfloat_with_epsilon (sum, 1, 1e-12);
      }
}

/* What follows a recipe, but for one thing. */
static void
depart (guint from, LatheHyperparameters *h, LathePreprocess *preprocess, LatheDatasetOptions *options,
        LatheGraph *graph)
{
  switch (from)
    {
    case 1:
      h->epochs++;
      break;
    case 2:
      preprocess->views = 1;
      break;
    case 3:
      options->share[LATHE_SPLIT_TRAIN] = 1;
      options->share[LATHE_SPLIT_TEST] = 0;
      break;
    case 4:
      lathe_graph_remove (graph, 1);
      break;
    case 5: /* chance, the machine and the size are no part of it */
      h->seed++;
      h->threads++;
      break;
    }
}

static void
test_what_follows_a_recipe_is_recognised (void)
{
  const LatheRecipe *recipe = lathe_recipe_find ("fast", NULL);
  LatheDatasetOptions usual = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autoptr (LatheDataset) scanned = lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &usual, NULL, NULL, NULL, NULL);

  for (guint pixels = 28; pixels <= 32; pixels += 4)
    for (guint from = 0; from <= 5; from++)
      {
        LatheHyperparameters h;
        LathePreprocess preprocess;
        LatheDatasetOptions options = usual;
        g_autoptr (LatheGraph) graph = NULL;
        g_autoptr (LatheDataset) dataset = NULL;

        lathe_hyperparameters_defaults (&h);
        lathe_dataset_suggest (scanned, pixels, pixels, &preprocess);
        lathe_recipe_apply (recipe, &h, &preprocess.views, options.share);
        graph = lathe_recipe_graph (recipe, &preprocess, lathe_dataset_get_n_classes (scanned));
        depart (from, &h, &preprocess, &options, graph);
        dataset = lathe_dataset_resplit (scanned, &options, NULL);
        g_assert_true (lathe_recipe_recognise (&h, &preprocess, dataset, graph) ==
                       (from >= 1 && from <= 4 ? NULL : recipe));
      }
}

static void
test_unknown_recipes_are_refused (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_recipe_find ("slow", &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "fast"));
}

/* --- A run --- */

/* What it comes to matters here, not how well it learns; and the test side, of which each image is seen six times,
 * takes the longest. */
static LatheDataset *
split_few (LatheDataset *few)
{
  const LatheDatasetOptions options = {.seed = 1, .share = {0.8, 0, 0.2}};
  g_autoptr (GError) error = NULL;
  LatheDataset *dataset = lathe_dataset_resplit (few, &options, &error);

  g_assert_no_error (error);
  return dataset;
}

static LatheModel *
run (LatheDataset *dataset, guint n_threads, guint epochs)
{
  const LatheRecipe *recipe = lathe_recipe_find ("fast", NULL);
  g_autoptr (LatheGraph) graph = NULL;
  LathePreprocess preprocess;
  LatheHyperparameters h;
  double share[LATHE_N_SPLITS];

  lathe_dataset_suggest (dataset, 0, 0, &preprocess);
  lathe_hyperparameters_defaults (&h);
  lathe_recipe_apply (recipe, &h, &preprocess.views, share);
  graph = lathe_recipe_graph (recipe, &preprocess, lathe_dataset_get_n_classes (dataset));
  h.epochs = epochs;
  h.batch = 50;
  h.learning_rate = 0.1;
  h.threads = n_threads;
  return run_to_end (dataset, graph, &preprocess, &h);
}

static void
test_same_seed_same_bits (void)
{
  LatheDataset *few = few_new (OF_A_CLASS);
  g_autoptr (LatheDataset) dataset = split_few (few);
  g_autoptr (LatheModel) one = run (dataset, 1, 2), three = run (dataset, 3, 2);
  g_autofree char *a = lathe_model_weights_sha256 (one), *b = lathe_model_weights_sha256 (three);

  g_assert_cmpstr (a, ==, b);
  g_assert_cmpfloat (one->scores.test_accuracy, ==, three->scores.test_accuracy);
  few_free (few);
}

/* What one image is told agrees with what the whole set was told, over the same views. */
static void
test_predictions_are_over_the_same_views (void)
{
  LatheDataset *few = few_new (OF_A_CLASS);
  g_autoptr (LatheDataset) dataset = split_few (few);
  g_autoptr (LatheModel) model = run (dataset, 2, 1);
  g_autoptr (LathePredictor) predictor = lathe_predictor_new (model, 1, NULL);
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluate (model, dataset, LATHE_SPLIT_TEST, 2, NULL, NULL, NULL, NULL);

  g_assert_cmpuint (model->preprocess.views, ==, LATHE_MOVED_VIEWS);
  g_assert_cmpfloat (lathe_metrics_accuracy (evaluation->metrics), ==, model->scores.test_accuracy);
  for (guint i = 0; i < 20; i++)
    {
      const LatheOutcome *outcome = lathe_evaluation_get (evaluation, i);
      const char *path = lathe_dataset_get_image (dataset, outcome->image)->path;
      g_autoptr (LathePrediction) prediction = lathe_predictor_file (predictor, path, NULL);

      g_assert_cmpuint (prediction->label, ==, outcome->said);
      g_assert_cmpfloat_with_epsilon (prediction->probability[prediction->label], outcome->confidence, 1e-4);
    }
  few_free (few);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/views/averaged", test_views_are_averaged);
  g_test_add_func ("/views/moved", test_moved_views_weigh_less);
  g_test_add_func ("/recipes/each", test_each_recipe_works);
  g_test_add_func ("/recipes/recognised", test_what_follows_a_recipe_is_recognised);
  g_test_add_func ("/recipes/unknown", test_unknown_recipes_are_refused);
  g_test_add_func ("/recipes/same-bits", test_same_seed_same_bits);
  g_test_add_func ("/recipes/prediction", test_predictions_are_over_the_same_views);
  return g_test_run ();
}
