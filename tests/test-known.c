/* test-known.c: an image that is unlike all that a model has learned from is told from those that are like it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "few.h"
#include "lathe.h"

#define N_FEATURES 64
#define N 200

/* Of images whose features are large at the same places, or (kind 1) at others. (transfer full): n × N_FEATURES */
static float *
draw (guint n, guint kind, guint64 seed)
{
  LatheRng rng = lathe_rng (seed, LATHE_RNG_NOISE, 0, 0);
  float *features = g_new (float, n *N_FEATURES);

  for (guint i = 0; i < n * N_FEATURES; i++)
    features[i] = (float) ((i % N_FEATURES / (N_FEATURES / 2) == kind ? 4 : 0.5) * lathe_rng_uniform (&rng, i));
  return features;
}

static LatheKnown *
know (guint n)
{
  g_autofree float *features = draw (MAX (n, 1), 0, 1);
  g_autofree guint32 *images = g_new (guint32, MAX (n, 1));

  for (guint i = 0; i < n; i++)
    images[i] = i;
  return lathe_known_new (features, images, n, N_FEATURES);
}

static double
share_unlike (const LatheKnown *known, guint kind, guint64 seed)
{
  g_autofree float *features = draw (N, kind, seed);
  guint n = 0;

  for (guint i = 0; i < N; i++)
    n += lathe_known_find_nearness (known, features + (gsize) i * N_FEATURES) < known->least;
  return (double) n / N;
}

static void
test_planted_strangers_are_unlike (void)
{
  g_autoptr (LatheKnown) known = know (N);

  g_assert_cmpfloat (share_unlike (known, 1, 2), ==, 1);
  g_assert_cmpfloat (share_unlike (known, 0, 3), <, 0.12); /* one in twenty is to be expected */
  g_assert_cmpfloat (share_unlike (known, 0, 3), >, 0);
}

static void
test_few_images_tell_nothing (void)
{
  g_assert_null (know (0));
  g_assert_null (know (LATHE_FEWEST_TO_KNOW - 1));
}

static void
test_no_more_than_some_are_kept (void)
{
  g_autoptr (LatheKnown) known = know (2 * LATHE_MOST_KNOWN + 1);

  g_assert_cmpuint (known->n, <=, LATHE_MOST_KNOWN);
  g_assert_cmpuint (known->n, >, LATHE_MOST_KNOWN / 2);
  g_assert_cmpfloat (share_unlike (known, 1, 2), ==, 1);
}

static void
test_the_text_says_the_same (void)
{
  g_autoptr (LatheKnown) known = know (N), read = NULL;
  g_autofree char *text = lathe_known_to_json (known);

  read = lathe_known_from_json (text);
  g_assert_nonnull (read);
  g_assert_cmpuint (read->n, ==, known->n);
  g_assert_cmpfloat (read->least, ==, known->least);
  g_assert_cmpmem (read->rows, read->n * N_FEATURES, known->rows, known->n * N_FEATURES);
  g_assert_cmpmem (read->sizes, read->n * sizeof (double), known->sizes, known->n * sizeof (double));
}

static void
test_what_makes_no_sense_is_left_out (void)
{
  g_autoptr (LatheKnown) known = know (N);
  g_autofree char *text = lathe_known_to_json (known);
  static const char *const wrong[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"features\":0,\"least\":0.5,\"rows\":\"\",\"sha256\":\"\"}",
                                      "{\"features\":99999999999,\"least\":0.5,\"rows\":\"AAAA\",\"sha256\":\"\"}",
                                      "{\"features\":3,\"least\":2,\"rows\":\"AAAA\",\"sha256\":\"\"}",
                                      "{\"features\":3,\"least\":0.5,\"rows\":7,\"sha256\":[]}"};
  char *damaged = strstr (text, "\"rows\"") + 60;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_null (lathe_known_from_json (wrong[i]));
  *damaged = *damaged == 'A' ? 'B' : 'A';
  g_assert_null (lathe_known_from_json (text));
}

/* --- With a model --- */

static LatheModel *
random_model (void)
{
  const char *const labels[] = {"a", "b", "c", NULL};
  const LathePreprocess preprocess = {28, 28, 1, .mean = {0.3f}, .deviation = {0.3f}, .fit = LATHE_FIT_CROP};
  g_autoptr (LatheGraph) graph = lathe_graph_load ("lenet", NULL);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = NULL;
  LatheModel *model;

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (28, 28, 1), 3);
  model = lathe_model_new (graph, labels, &preprocess, NULL);
  network = lathe_network_new (graph, 1, FALSE, pool, NULL);
  lathe_network_initialise (network, 5);
  lathe_network_store (network, model);
  return model;
}

static LatheModel *
grow (LatheModel *from, LatheDataset *samples, guint n_learning, guint n_threads)
{
  const LatheGrowth growth = {.from = from, .name = "from", .n_learning = n_learning};
  g_autoptr (LatheGraph) graph = lathe_growth_graph (&growth, lathe_dataset_get_n_classes (samples), NULL);
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (GError) error = NULL;
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  lathe_growth_choose (&h, n_learning > 0);
  h.epochs = 1;
  h.learning_rate = 0.001;
  h.best_by = LATHE_BEST_BY_LOSS;
  h.threads = n_threads;
  trainer = lathe_trainer_new (samples, graph, &from->preprocess, &h, NULL, NULL, &error);
  g_assert_no_error (error);
  lathe_trainer_grow_on (trainer, &growth);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FINISHED);
  return lathe_model_ref (end->best);
}

/* Of its own images a model calls few unlike all of them, and a black one it does. */
static void
assert_tells (LatheModel *model, LatheDataset *samples)
{
  g_autoptr (LathePredictor) predictor = lathe_predictor_new (model, 2, NULL);
  g_autofree guint8 *nothing = g_malloc0 (28 * 28);
  g_autoptr (LathePrediction) stranger = NULL;
  guint n_unlike = 0, n = lathe_dataset_get_n_images (samples);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (LathePrediction) prediction =
          lathe_predictor_file (predictor, lathe_dataset_get_image (samples, i)->path, NULL);

      g_assert_true (isfinite (prediction->nearness));
      n_unlike += prediction->unlike;
    }
  g_assert_cmpuint (n_unlike, <, n / 8);
  stranger = lathe_predictor_bytes (predictor, nothing);
  g_assert_true (stranger->unlike);
}

static void
test_a_model_that_was_grown_knows_its_images (void)
{
  LatheDataset *samples = few_new (20);
  g_autoptr (LatheModel) from = random_model ();

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (LatheModel) one = grow (from, samples, i == 0 ? 0 : LATHE_ALL_LAYERS, 1);
      g_autoptr (LatheModel) two = grow (from, samples, i == 0 ? 0 : LATHE_ALL_LAYERS, 2);
      g_autofree char *a = lathe_known_to_json (one->known), *b = lathe_known_to_json (two->known);

      g_assert_cmpstr (a, ==, b);
      assert_tells (one, samples);
    }
  few_free (samples);
}

static void
test_it_goes_with_the_model_file (void)
{
  LatheDataset *samples = few_new (12);
  g_autoptr (LatheModel) from = random_model (), grown = grow (from, samples, 0, 2), read = NULL, bare = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lathe-known-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "grown.safetensors", NULL);
  g_autofree char *before = lathe_known_to_json (grown->known), *after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (lathe_model_save (grown, path, &error));
  read = lathe_model_load (path, &error);
  g_assert_no_error (error);
  after = lathe_known_to_json (read->known);
  g_assert_cmpstr (before, ==, after);
  g_assert_true (lathe_model_save (from, path, &error));
  bare = lathe_model_load (path, &error);
  g_assert_no_error (error);
  g_assert_null (bare->known);
  g_unlink (path);
  g_rmdir (folder);
  few_free (samples);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/known/planted-strangers-are-unlike", test_planted_strangers_are_unlike);
  g_test_add_func ("/known/few-images-tell-nothing", test_few_images_tell_nothing);
  g_test_add_func ("/known/no-more-than-some-are-kept", test_no_more_than_some_are_kept);
  g_test_add_func ("/known/the-text-says-the-same", test_the_text_says_the_same);
  g_test_add_func ("/known/what-makes-no-sense-is-left-out", test_what_makes_no_sense_is_left_out);
  g_test_add_func ("/known/a-model-that-was-grown-knows-its-images", test_a_model_that_was_grown_knows_its_images);
  g_test_add_func ("/known/it-goes-with-the-model-file", test_it_goes_with_the_model_file);
  return g_test_run ();
}
