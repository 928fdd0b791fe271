/* test-balance.c: classes of unequal size, and how each comes to count the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "images.h"
#include "run.h"
#include "train/lathe-balance.h"
#include "train/lathe-scorer.h"

#define N_LARGE 40
#define N_MIDDLE 13
#define N_SMALL 3
#define N_ALL (N_LARGE + N_MIDDLE + N_SMALL)
#define N_CLASSES 3
#define N_EPOCHS 50

static const guint sizes[N_CLASSES] = {N_LARGE, N_MIDDLE, N_SMALL};

/* All of them to train on. */
static LatheDataset *
scan_unequal (Fixture *fixture)
{
  const LatheDatasetOptions options = {.seed = 1, .share = {1, 0, 0}};

  put_images (fixture, "large", N_LARGE, 0x100000);
  put_images (fixture, "middle", N_MIDDLE, 0x200080);
  put_images (fixture, "small", N_SMALL, 0x3000f0);
  return lathe_dataset_scan (fixture->folder, &options, NULL, NULL, NULL, NULL);
}

static guint
image_at (const LatheOrder *order, guint place)
{
  return g_array_index (order->images, guint32, place);
}

static guint
turn_at (const LatheOrder *order, guint place)
{
  return g_array_index (order->turns, guint32, place);
}

static void
test_weights_make_classes_equal (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_unequal (fixture);
  g_autoptr (GArray) images = lathe_dataset_get_split (dataset, LATHE_SPLIT_TRAIN);
  LatheReal weights[N_CLASSES];
  double sum = 0;

  lathe_balance_weights (dataset, images, weights);
  for (guint i = 0; i < N_CLASSES; i++)
    {
      g_assert_cmpfloat_with_epsilon (weights[i] * sizes[i], N_ALL / (double) N_CLASSES, 1e-4);
      sum += weights[i] * sizes[i];
    }
  g_assert_cmpfloat_with_epsilon (sum / N_ALL, 1, 1e-6);

  /* What has no images does not count at all, and the rest as if it were not there. */
  g_array_set_size (images, N_LARGE + N_MIDDLE);
  lathe_balance_weights (dataset, images, weights);
  g_assert_cmpfloat (weights[2], ==, 0);
  g_assert_cmpfloat_with_epsilon (weights[0] * N_LARGE, (N_LARGE + N_MIDDLE) / 2.0, 1e-4);
}

static void
test_each_image_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_unequal (fixture);
  g_autoptr (GArray) images = lathe_dataset_get_split (dataset, LATHE_SPLIT_TRAIN);

  for (guint epoch = 1; epoch < 4; epoch++)
    {
      g_autoptr (LatheOrder) order = lathe_order_new (dataset, images, FALSE, 1, epoch);
      guint seen[N_ALL] = {0};

      g_assert_cmpuint (order->images->len, ==, N_ALL);
      for (guint i = 0; i < N_ALL; i++)
        {
          g_assert_cmpuint (seen[image_at (order, i)]++, ==, 0);
          g_assert_cmpuint (turn_at (order, i), ==, epoch);
        }
    }
}

static void
test_resampled_classes_are_equal (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_unequal (fixture);
  g_autoptr (GArray) images = lathe_dataset_get_split (dataset, LATHE_SPLIT_TRAIN);
  guint turns[N_ALL] = {0};

  for (guint epoch = 1; epoch <= N_EPOCHS; epoch++)
    {
      g_autoptr (LatheOrder) order = lathe_order_new (dataset, images, TRUE, 1, epoch);
      guint of_class[N_CLASSES] = {0};

      g_assert_cmpuint (order->images->len, ==, N_ALL);
      g_assert_cmpuint (order->turns->len, ==, N_ALL);
      for (guint i = 0; i < N_ALL; i++)
        of_class[lathe_dataset_get_image (dataset, image_at (order, i))->label]++;
      for (guint i = 0; i < N_CLASSES; i++)
        {
          g_assert_cmpuint (of_class[i], >=, N_ALL / N_CLASSES);
          g_assert_cmpuint (of_class[i], <=, N_ALL / N_CLASSES + 1);
        }
      for (guint i = 0; i < N_ALL; i++)
        turns[image_at (order, i)]++;
    }
  for (guint class = 0, first = 0; class < N_CLASSES; first += sizes[class ++])
    for (guint i = 1; i < sizes[class]; i++)
      g_assert_cmpint (ABS ((int) turns[first + i] - (int) turns[first]), <=, 1);
}

/* An image is drawn for by its turn, and so must never have the same one twice. */
static void
test_resampled_images_have_turns_of_their_own (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_unequal (fixture);
  g_autoptr (GArray) images = lathe_dataset_get_split (dataset, LATHE_SPLIT_TRAIN);
  g_autoptr (GHashTable) met = g_hash_table_new (NULL, NULL);
  guint highest = 0;

  for (guint epoch = 1; epoch <= N_EPOCHS; epoch++)
    {
      g_autoptr (LatheOrder) order = lathe_order_new (dataset, images, TRUE, 1, epoch);

      for (guint i = 0; i < N_ALL; i++)
        {
          g_assert_cmpuint (turn_at (order, i), >=, 1);
          g_assert_true (g_hash_table_add (met, GUINT_TO_POINTER (turn_at (order, i) * N_ALL + image_at (order, i))));
          highest = MAX (highest, turn_at (order, i));
        }
    }
  g_assert_cmpuint (highest, >=, N_EPOCHS * (N_ALL / N_CLASSES) / N_SMALL);
}

static void
test_order_follows_seed_and_epoch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_unequal (fixture);
  g_autoptr (GArray) images = lathe_dataset_get_split (dataset, LATHE_SPLIT_TRAIN);

  for (guint equal = 0; equal < 2; equal++)
    {
      g_autoptr (LatheOrder) order = lathe_order_new (dataset, images, equal, 1, 3);
      g_autoptr (LatheOrder) again = lathe_order_new (dataset, images, equal, 1, 3);
      g_autoptr (LatheOrder) later = lathe_order_new (dataset, images, equal, 1, 4);
      g_autoptr (LatheOrder) other = lathe_order_new (dataset, images, equal, 2, 3);
      gsize size = N_ALL * sizeof (guint32);

      g_assert_cmpmem (order->images->data, size, again->images->data, size);
      g_assert_cmpmem (order->turns->data, size, again->turns->data, size);
      g_assert_cmpint (memcmp (order->images->data, later->images->data, size), !=, 0);
      g_assert_cmpint (memcmp (order->images->data, other->images->data, size), !=, 0);
    }
}

static LatheGraph *
small_network (guint n_classes)
{
  LatheGraph *graph = lathe_preset_load ("mlp", NULL);
  LatheShape shape = LATHE_SHAPE_IMAGE (8, 8, 3);

  lathe_graph_adapt (graph, &shape, n_classes);
  return graph;
}

/* One image three times in a batch, twice in the same turn. */
static void
test_images_come_again_in_another_look (Fixture *fixture, gconstpointer data)
{
  const guint32 images[] = {50, 50, 50}, turns[] = {1, 2, 1};
  const LatheAugmentation augmentation = {.brightness = 0.5, .noise = 0.1};
  LathePreprocess preprocess = plain (8, 8, 3);
  g_autoptr (LatheDataset) dataset = scan_unequal (fixture);
  g_autoptr (LatheGraph) graph = small_network (N_CLASSES);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, 3, TRUE, pool, NULL);
  g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 1, 0);
  const LatheReal *x = lathe_network_get_input (network);
  gsize n = lathe_network_get_input_size (network), size = n * sizeof *x;
  LatheBatch batch;

  lathe_batch_init (&batch, 3);
  lathe_views_init (&batch.views, network, 3, &preprocess, TRUE);
  lathe_batch_fill (&batch, dataset, store, network, images, turns, 3);
  g_assert_cmpuint (batch.n, ==, 3);
  g_assert_cmpmem (x, size, x + n, size);
  lathe_batch_augment (&batch, network, pool, &augmentation, 1);
  g_assert_cmpmem (x, size, x + 2 * n, size);
  g_assert_cmpint (memcmp (x, x + n, size), !=, 0);
  lathe_batch_clear (&batch);
}

static char *
weights_after (LatheDataset *dataset, LatheBalance balance, guint n_threads)
{
  LathePreprocess preprocess = plain (8, 8, 3);
  LatheHyperparameters h;
  g_autoptr (LatheGraph) graph = small_network (N_CLASSES);
  g_autoptr (LatheModel) model = NULL;

  lathe_hyperparameters_defaults (&h);
  h.epochs = 3;
  h.batch = 8;
  h.balance = balance;
  h.threads = n_threads;
  h.augmentation.mixup = 0.2;
  h.augmentation.brightness = 0.2;
  model = run_to_end (dataset, graph, &preprocess, &h);
  return lathe_model_weights_sha256 (model);
}

static void
test_same_bits_on_any_number_of_threads (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_unequal (fixture);
  g_autoptr (GHashTable) met = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (LatheBalance balance = 0; balance < LATHE_N_BALANCES; balance++)
    {
      g_autofree char *one = weights_after (dataset, balance, 1), *three = weights_after (dataset, balance, 3);

      g_assert_cmpstr (one, ==, three);
      g_assert_true (g_hash_table_add (met, g_steal_pointer (&one)));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/balance/weights-make-classes-equal", test_weights_make_classes_equal);
  ADD ("/balance/each-image-once", test_each_image_once);
  ADD ("/balance/resampled-classes-are-equal", test_resampled_classes_are_equal);
  ADD ("/balance/resampled-images-have-turns-of-their-own", test_resampled_images_have_turns_of_their_own);
  ADD ("/balance/order-follows-seed-and-epoch", test_order_follows_seed_and_epoch);
  ADD ("/balance/images-come-again-in-another-look", test_images_come_again_in_another_look);
  ADD ("/balance/same-bits-on-any-number-of-threads", test_same_bits_on_any_number_of_threads);
  return g_test_run ();
}
