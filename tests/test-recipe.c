/* test-recipe.c: what augmentation, views and recipes make of an image and of a run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "dataset/lathe-augment.h"
#include "lathe.h"
#include "model/lathe-network.h"
#include "train/lathe-views.h"

#define HEIGHT 3
#define WIDTH 4
#define N (HEIGHT * WIDTH)

static const LatheImageSize size = {HEIGHT, WIDTH, 1};
static const LatheReal image[N] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

/* --- Augmentation --- */

static void
test_images_move_exactly (void)
{
  static const struct
  {
    gboolean mirror;
    int down, right;
    LatheReal y[N];
  } cases[] = {
      {FALSE, 0, 0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},  {TRUE, 0, 0, {4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9}},
      {FALSE, 1, 0, {5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8}},     {FALSE, -2, 0, {9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4}},
      {FALSE, 0, 2, {3, 2, 1, 2, 7, 6, 5, 6, 11, 10, 9, 10}},  {TRUE, 0, -1, {3, 2, 1, 2, 7, 6, 5, 6, 11, 10, 9, 10}},
      {FALSE, 4, -6, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, /* reflected twice */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LatheReal y[N];

      lathe_image_move (&size, cases[i].mirror, cases[i].down, cases[i].right, image, y);
      g_assert_cmpmem (y, sizeof y, cases[i].y, sizeof y);
    }
}

static void
test_channels_stay_together (void)
{
  const LatheImageSize coloured = {2, 2, 3};
  const LatheReal x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  LatheReal y[12];

  lathe_image_move (&coloured, TRUE, 1, 0, x, y);
  g_assert_cmpmem (y, sizeof y, ((LatheReal[]){10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3}), sizeof y);
}

static void
augmented (guint flip, guint shift, guint64 seed, guint32 epoch, guint32 index, LatheReal *x)
{
  LatheReal scratch[N];

  memcpy (x, image, sizeof image);
  lathe_augment (&(LatheAugmentation){flip, shift}, seed, epoch, index, &size, x, scratch);
}

static gboolean
is_mirrored (guint flip, guint32 epoch, guint32 index)
{
  LatheReal x[N];

  augmented (flip, 0, 1, epoch, index, x);
  return x[0] != image[0];
}

static void
test_nothing_is_changed_unasked (void)
{
  LatheReal x[N];

  g_assert_false (lathe_augmentation_is_wanted (&(LatheAugmentation){0}));
  augmented (LATHE_FLIP_NONE, 0, 1, 1, 7, x);
  g_assert_cmpmem (x, sizeof x, image, sizeof image);
}

/* A function of the seed, the epoch and the image alone, and not the same for all of them. */
static void
test_draws_are_of_their_place (void)
{
  LatheReal x[N], again[N], other[N];
  guint n_other[3] = {0};

  for (guint32 i = 0; i < 100; i++)
    {
      augmented (LATHE_FLIP_RANDOM, 2, 1, 5, i, x);
      augmented (LATHE_FLIP_RANDOM, 2, 1, 5, i, again);
      g_assert_cmpmem (x, sizeof x, again, sizeof again);
      augmented (LATHE_FLIP_RANDOM, 2, 2, 5, i, other);
      n_other[0] += memcmp (x, other, sizeof x) != 0;
      augmented (LATHE_FLIP_RANDOM, 2, 1, 6, i, other);
      n_other[1] += memcmp (x, other, sizeof x) != 0;
      augmented (LATHE_FLIP_RANDOM, 2, 1, 5, i + 100, other);
      n_other[2] += memcmp (x, other, sizeof x) != 0;
    }
  for (guint i = 0; i < G_N_ELEMENTS (n_other); i++)
    g_assert_cmpuint (n_other[i], >, 80);
}

static void
test_half_are_flipped (void)
{
  guint n_random = 0, n_first = 0, n_turned = 0;

  for (guint32 i = 0; i < 2000; i++)
    {
      gboolean first = is_mirrored (LATHE_FLIP_ALTERNATE, 1, i);

      n_random += is_mirrored (LATHE_FLIP_RANDOM, 3, i);
      n_turned += is_mirrored (LATHE_FLIP_RANDOM, 3, i) != is_mirrored (LATHE_FLIP_RANDOM, 4, i);
      n_first += first;
      for (guint32 epoch = 2; epoch < 6; epoch++)
        g_assert_cmpint (is_mirrored (LATHE_FLIP_ALTERNATE, epoch, i), ==, epoch % 2 == 0 ? !first : first);
    }
  g_assert_cmpuint (n_random, >, 900);
  g_assert_cmpuint (n_random, <, 1100);
  g_assert_cmpuint (n_first, >, 900);
  g_assert_cmpuint (n_first, <, 1100);
  g_assert_cmpuint (n_turned, >, 900);
  g_assert_cmpuint (n_turned, <, 1100);
}

/* Every place that is allowed comes up, as often as any other, and no other does. */
static void
test_shifts_are_even (void)
{
  guint n[5][5] = {{0}};

  for (guint32 i = 0; i < 5000; i++)
    {
      LatheReal x[N];
      int down = -2, right = -2;

      augmented (LATHE_FLIP_NONE, 2, 1, 1, i, x);
      for (gboolean found = FALSE; !found;)
        {
          LatheReal y[N];

          lathe_image_move (&size, FALSE, down, right, image, y);
          found = memcmp (x, y, sizeof x) == 0;
          if (found)
            n[down + 2][right + 2]++;
          else if (++right > 2)
            {
              right = -2;
              g_assert_cmpint (++down, <=, 2);
            }
        }
    }
  /* A shift of three rows by two is the same up and down: those count together. */
  for (guint j = 0; j < 5; j++)
    for (guint i = 0; i < 4; i++)
      {
        g_assert_cmpuint (n[i][j], >, i == 0 ? 330 : 150);
        g_assert_cmpuint (n[i][j], <, i == 0 ? 470 : 260);
      }
}

/* Turning one on leaves the draws of the other as they were. */
static void
test_augmentations_do_not_disturb_each_other (void)
{
  for (guint32 i = 0; i < 50; i++)
    {
      LatheReal both[N], flipped[N], scratch[N];

      augmented (LATHE_FLIP_RANDOM, 2, 1, 4, i, both);
      augmented (LATHE_FLIP_RANDOM, 0, 1, 4, i, flipped);
      lathe_augment (&(LatheAugmentation){LATHE_FLIP_NONE, 2}, 1, 4, i, &size, flipped, scratch);
      g_assert_cmpmem (both, sizeof both, flipped, sizeof flipped);
    }
}

static void
test_each_augmentation_is_a_hyperparameter (void)
{
  guint n;
  const LatheAugmentationRow *rows = lathe_augmentations (&n);

  for (guint i = 0; i < n; i++)
    {
      const LatheHyperparameter *row = lathe_hyperparameter_find (rows[i].name);
      LatheHyperparameters h;
      double value;

      g_assert_nonnull (row);
      g_assert_true (lathe_property_parse (&row->property, rows[i].usual, &value, NULL));
      lathe_hyperparameters_defaults (&h);
      g_assert_false (rows[i].wanted (&h.augmentation));
      lathe_hyperparameter_set (row, &h, value);
      g_assert_true (rows[i].wanted (&h.augmentation));
    }
}

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

static LatheModel *
run (guint n_threads, guint epochs)
{
  LatheDatasetOptions options = {.seed = 1, .share = {0.2, 0, 0.8}};
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheDataset) dataset =
      lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &options, NULL, NULL, NULL, &error);
  const LatheRecipe *recipe = lathe_recipe_find ("fast", NULL);
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  LathePreprocess preprocess;
  LatheHyperparameters h;

  g_assert_no_error (error);
  lathe_dataset_suggest (dataset, 0, 0, &preprocess);
  lathe_hyperparameters_defaults (&h);
  lathe_recipe_apply (recipe, &h, &preprocess.views, options.share);
  graph = lathe_recipe_graph (recipe, &preprocess, lathe_dataset_get_n_classes (dataset));
  h.epochs = epochs;
  h.batch = 50;
  h.learning_rate = 0.1;
  h.threads = n_threads;
  trainer = lathe_trainer_new (dataset, graph, &preprocess, &h, NULL, NULL, &error);
  g_assert_no_error (error);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  return lathe_model_ref (end->best);
}

static void
test_same_seed_same_bits (void)
{
  g_autoptr (LatheModel) one = run (1, 2), three = run (3, 2);
  g_autofree char *a = lathe_model_weights_sha256 (one), *b = lathe_model_weights_sha256 (three);

  g_assert_cmpstr (a, ==, b);
  g_assert_cmpfloat (one->scores.test_accuracy, ==, three->scores.test_accuracy);
}

/* What one image is told agrees with what the whole set was told, over the same views. */
static void
test_predictions_are_over_the_same_views (void)
{
  LatheDatasetOptions options = {.seed = 1, .share = {0.2, 0, 0.8}};
  g_autoptr (LatheDataset) dataset = lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &options, NULL, NULL, NULL, NULL);
  g_autoptr (LatheModel) model = run (2, 1);
  g_autoptr (LathePredictor) predictor = lathe_predictor_new (model, 1, NULL);
  g_autoptr (GArray) outcomes = NULL;
  g_autoptr (LatheMetrics) metrics =
      lathe_evaluate (model, dataset, LATHE_SPLIT_TEST, 2, NULL, NULL, &outcomes, NULL, NULL);

  g_assert_cmpuint (model->preprocess.views, ==, LATHE_MOVED_VIEWS);
  g_assert_cmpfloat (lathe_metrics_accuracy (metrics), ==, model->scores.test_accuracy);
  for (guint i = 0; i < 20; i++)
    {
      const LatheOutcome *outcome = &g_array_index (outcomes, LatheOutcome, i);
      const char *path = lathe_dataset_get_image (dataset, outcome->image)->path;
      g_autoptr (LathePrediction) prediction = lathe_predictor_file (predictor, path, NULL);

      g_assert_cmpuint (prediction->label, ==, outcome->said);
      g_assert_cmpfloat_with_epsilon (prediction->probability[prediction->label], outcome->confidence, 1e-4);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/augment/move", test_images_move_exactly);
  g_test_add_func ("/augment/channels", test_channels_stay_together);
  g_test_add_func ("/augment/nothing", test_nothing_is_changed_unasked);
  g_test_add_func ("/augment/draws", test_draws_are_of_their_place);
  g_test_add_func ("/augment/flip", test_half_are_flipped);
  g_test_add_func ("/augment/shift", test_shifts_are_even);
  g_test_add_func ("/augment/together", test_augmentations_do_not_disturb_each_other);
  g_test_add_func ("/augment/hyperparameters", test_each_augmentation_is_a_hyperparameter);
  g_test_add_func ("/views/averaged", test_views_are_averaged);
  g_test_add_func ("/views/moved", test_moved_views_weigh_less);
  g_test_add_func ("/recipes/each", test_each_recipe_works);
  g_test_add_func ("/recipes/recognised", test_what_follows_a_recipe_is_recognised);
  g_test_add_func ("/recipes/unknown", test_unknown_recipes_are_refused);
  g_test_add_func ("/recipes/same-bits", test_same_seed_same_bits);
  g_test_add_func ("/recipes/prediction", test_predictions_are_over_the_same_views);
  return g_test_run ();
}
