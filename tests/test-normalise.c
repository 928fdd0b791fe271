/* test-normalise.c: images are normalised by what was measured on those that are trained on, and on no others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "images.h"

#define N_OF_A_CLASS 30
#define SIDE 8
#define SAMPLE (SIDE * SIDE * 3)

/* Red and green differ from image to image, and blue is the same in all of them. */
static LatheDataset *
scan_few (Fixture *fixture)
{
  for (guint i = 0; i < 2 * N_OF_A_CLASS; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%04u.png", i < N_OF_A_CLASS ? "a" : "b", i);
      put_image (fixture, name, SIDE, SIDE, (i * i * 7 % 256) << 16 | (i * 37 % 256) << 8 | 0x5a, "png");
    }
  return scan (fixture);
}

static gboolean
go_on (guint done, gpointer data)
{
  return TRUE;
}

/* Without the engine's sums: the mean first, and then what is left of each pixel. */
static void
expect (LatheDataset *dataset, const GArray *images, LathePreprocess *expected)
{
  double n = images->len * SIDE * SIDE, sum[3] = {0}, squares[3] = {0};

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < images->len; i++)
      {
        const LatheImage *image = lathe_dataset_get_image (dataset, g_array_index (images, guint32, i));
        guint8 bytes[SAMPLE];

        g_assert_true (lathe_decode_image (image, expected, bytes, NULL));
        for (guint k = 0; k < SAMPLE; k++)
          if (pass == 0)
            sum[k % 3] += bytes[k] / 255.0;
          else
            squares[k % 3] += pow (bytes[k] / 255.0 - sum[k % 3] / n, 2);
      }
  for (guint c = 0; c < 3; c++)
    {
      expected->mean[c] = (float) (sum[c] / n);
      expected->deviation[c] = (float) sqrt (squares[c] / n);
    }
}

static void
assert_about_equal (const LathePreprocess *a, const LathePreprocess *b)
{
  for (guint c = 0; c < 3; c++)
    {
      g_assert_cmpfloat_with_epsilon (a->mean[c], b->mean[c], 1e-6f);
      g_assert_cmpfloat_with_epsilon (a->deviation[c], b->deviation[c], 1e-6f);
    }
}

static LatheTrainer *
make_trainer (LatheDataset *dataset, guint threads, LatheObserver observer, gpointer data)
{
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  LatheHyperparameters h;
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_preset_load ("mlp", &error);

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (SIDE, SIDE, 3), 2);
  lathe_hyperparameters_defaults (&h);
  h.epochs = 1;
  h.threads = threads;
  preprocess.measured = TRUE;
  LatheTrainer *trainer = lathe_trainer_new (dataset, graph, &preprocess, &h, observer, data, &error);
  g_assert_no_error (error);
  return trainer;
}

static LatheModel *
train (LatheDataset *dataset, guint threads)
{
  g_autoptr (LatheTrainer) trainer = make_trainer (dataset, threads, NULL, NULL);

  lathe_trainer_start (trainer);
  g_autoptr (LatheSnapshot) end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  g_assert_cmpuint (end->to_measure, ==, lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN));
  return lathe_model_ref (end->best);
}

static void
test_training_images_alone_are_measured (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  g_autoptr (GArray) images = lathe_dataset_get_split (dataset, LATHE_SPLIT_TRAIN);
  LathePreprocess expected = plain (SIDE, SIDE, 3);

  g_assert_cmpuint (images->len, <, lathe_dataset_get_n_images (dataset));
  expect (dataset, images, &expected);
  expected.deviation[2] = 1; /* as there is none */
  g_autoptr (LatheModel) model = train (dataset, 2);
  g_assert_true (model->preprocess.measured);
  assert_about_equal (&model->preprocess, &expected);
}

static void
test_threads_make_no_difference (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  g_autoptr (LatheModel) expected = train (dataset, 1);
  g_autofree char *sha256 = lathe_model_weights_sha256 (expected);

  for (guint threads = 2; threads <= 4; threads++)
    {
      g_autoptr (LatheModel) model = train (dataset, threads);
      g_autofree char *other = lathe_model_weights_sha256 (model);

      g_assert_cmpmem (&model->preprocess, sizeof model->preprocess, &expected->preprocess,
                       sizeof expected->preprocess);
      g_assert_cmpstr (other, ==, sha256);
    }
}

/* Whether all samples are kept or none is, and in whichever order they come: the same bits; and the store then gives
 * numbers whose mean is 0 and whose deviation is 1. */
static void
test_store_normalises_by_what_it_measured (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  guint n = lathe_dataset_get_n_images (dataset);
  LathePreprocess measured[2] = {plain (SIDE, SIDE, 3), plain (SIDE, SIDE, 3)};

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (LatheStore) store = lathe_store_new (dataset, &measured[i], 3, i == 0 ? 0 : 5 * SAMPLE);
      g_autofree guint32 *order = g_new (guint32, n);
      g_autofree LatheReal *x = g_new (LatheReal, n * SAMPLE);
      g_autofree gboolean *ok = g_new (gboolean, n);
      double sum[3] = {0}, squares[3] = {0}, n_pixels = n * SIDE * SIDE;

      for (guint32 k = 0; k < n; k++)
        order[k] = i == 0 ? k : k * 7 % n;
      g_assert_true (lathe_store_measure (store, order, n, &measured[i], go_on, NULL));
      lathe_store_expect (store, order, n);
      lathe_store_fill (store, order, n, x, ok);
      for (guint k = 0; k < n * SAMPLE; k++)
        {
          sum[k % 3] += x[k];
          squares[k % 3] += x[k] * x[k];
        }
      for (guint c = 0; c < 3; c++)
        {
          g_assert_cmpfloat_with_epsilon (sum[c] / n_pixels, 0, 1e-5);
          g_assert_cmpfloat_with_epsilon (squares[c] / n_pixels, c < 2 ? 1 : 0, 1e-5);
        }
    }
  g_assert_cmpmem (&measured[0], sizeof measured[0], &measured[1], sizeof measured[1]);
}

/* Of an image that is gone neither its pixels count nor its place. */
static void
test_what_cannot_be_read_does_not_count (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  g_autoptr (GArray) images = g_array_new (FALSE, FALSE, sizeof (guint32));
  LathePreprocess expected = plain (SIDE, SIDE, 3), measured = expected, nothing = expected;
  const guint32 all[] = {0, 1, 2, 3, 4}, gone[] = {2};

  g_assert_cmpint (g_unlink (lathe_dataset_get_image (dataset, 2)->path), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] != gone[0])
      g_array_append_val (images, all[i]);
  expect (dataset, images, &expected);
  expected.deviation[2] = 1;
  g_autoptr (LatheStore) store = lathe_store_new (dataset, &measured, 2, 0);
  g_assert_true (lathe_store_measure (store, all, G_N_ELEMENTS (all), &measured, go_on, NULL));
  assert_about_equal (&measured, &expected);
  g_assert_true (lathe_store_measure (store, gone, G_N_ELEMENTS (gone), &nothing, go_on, NULL));
  for (guint c = 0; c < 3; c++)
    {
      g_assert_cmpfloat (nothing.mean[c], ==, 0);
      g_assert_cmpfloat (nothing.deviation[c], ==, 1);
    }
}

static gboolean
go_on_until_the_third (guint done, gpointer data)
{
  return done < 2;
}

static void
stop_at_once (LatheSnapshot *snapshot, gpointer trainer)
{
  if (snapshot->state == LATHE_TRAINER_PREPARING)
    lathe_trainer_stop (*(LatheTrainer **) trainer);
}

static void
test_measuring_can_be_stopped (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  g_autofree char *checkpoint = place (fixture, "run.checkpoint");
  LathePreprocess before = plain (SIDE, SIDE, 3), after = before;
  const guint32 indices[] = {0, 1, 2, 3};

  g_autoptr (LatheStore) store = lathe_store_new (dataset, &before, 2, 0);
  g_assert_false (lathe_store_measure (store, indices, 4, &after, go_on_until_the_third, NULL));
  g_assert_cmpmem (&after, sizeof after, &before, sizeof before);

  g_autoptr (LatheTrainer) trainer = NULL;
  trainer = make_trainer (dataset, 2, stop_at_once, &trainer);
  lathe_trainer_set_checkpoint (trainer, checkpoint);
  lathe_trainer_start (trainer);
  g_autoptr (LatheSnapshot) end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_STOPPED);
  g_assert_cmpuint (end->to_measure, >, 0);
  g_assert_null (end->best);
  g_assert_false (g_file_test (checkpoint, G_FILE_TEST_EXISTS));
}

static void
test_channels_are_read_as_they_are_written (void)
{
  const char *const wrong[] = {"",    ",",   "0.1,0.2", "0.1,0.2,0.3,0.4", "0.1,,0.3", "x", "0.5x", "-0.001", "1.001",
                               "nan", "inf", "127.5"};
  const float three[3] = {0.485f, 0.456f, 0.406f};
  float values[3] = {7, 7, 7};

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_cmpuint (lathe_channels_read (wrong[i], 0, values), ==, 0);
  g_assert_cmpuint (lathe_channels_read ("0.0009", LATHE_LEAST_DEVIATION, values), ==, 0);
  g_assert_cmpfloat (values[0], ==, 7);
  g_assert_cmpuint (lathe_channels_read (" 0.25 ", 0, values), ==, 1);
  for (guint c = 0; c < 3; c++)
    g_assert_cmpfloat (values[c], ==, 0.25f);
  g_autofree char *one = lathe_channels_write (values, 3);
  g_assert_cmpstr (one, ==, "0.25");
  g_autofree char *text = lathe_channels_write (three, 3);
  g_assert_cmpstr (text, ==, "0.485, 0.456, 0.406");
  g_assert_cmpuint (lathe_channels_read (text, 0, values), ==, 3);
  g_assert_cmpmem (values, sizeof values, three, sizeof three);
}

static void
test_normalisation_is_told_from_its_numbers (void)
{
  LathePreprocess grey = plain (SIDE, SIDE, 1), other = grey;

  g_assert_cmpint (lathe_preprocess_get_normalisation (&grey), ==, LATHE_NORMALISATION_NONE);
  other.mean[1] = 0.5f; /* of a channel that is not there */
  g_assert_cmpint (lathe_preprocess_get_normalisation (&other), ==, LATHE_NORMALISATION_NONE);
  g_assert_true (lathe_preprocess_same_normalisation (&grey, &other));
  other.mean[0] = 0.5f;
  g_assert_cmpint (lathe_preprocess_get_normalisation (&other), ==, LATHE_NORMALISATION_GIVEN);
  g_assert_false (lathe_preprocess_same_normalisation (&grey, &other));
  other.measured = TRUE;
  g_assert_cmpint (lathe_preprocess_get_normalisation (&other), ==, LATHE_NORMALISATION_DATA);
  g_assert_false (lathe_preprocess_same_normalisation (&grey, &other));
  grey.measured = TRUE;
  g_assert_true (lathe_preprocess_same_normalisation (&grey, &other));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/normalise/training-images-alone-are-measured", test_training_images_alone_are_measured);
  ADD ("/normalise/threads-make-no-difference", test_threads_make_no_difference);
  ADD ("/normalise/store-normalises-by-what-it-measured", test_store_normalises_by_what_it_measured);
  ADD ("/normalise/what-cannot-be-read-does-not-count", test_what_cannot_be_read_does_not_count);
  ADD ("/normalise/measuring-can-be-stopped", test_measuring_can_be_stopped);
  g_test_add_func ("/normalise/channels-are-read-as-they-are-written", test_channels_are_read_as_they_are_written);
  g_test_add_func ("/normalise/normalisation-is-told-from-its-numbers", test_normalisation_is_told_from_its_numbers);
  return g_test_run ();
}
