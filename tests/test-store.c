/* test-store.c: images that are decoded ahead, and kept where there is room.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images.h"

#define STORE_IMAGES 60
#define STORE_SAMPLE (12 * 12 * 3)

/* Reads all images twice in an order of its own, in batches of seven. (transfer full) */
static LatheReal *
read_through (LatheDataset *dataset, guint n_threads, guint64 limit, gboolean announce, GPtrArray **problems)
{
  LathePreprocess preprocess = plain (12, 12, 3);
  g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, n_threads, limit);
  guint n = lathe_dataset_get_n_images (dataset);
  LatheReal *x = g_new (LatheReal, 2 * n * STORE_SAMPLE);
  g_autofree guint32 *order = g_new (guint32, n);
  gboolean ok[7];

  for (guint pass = 0; pass < 2; pass++)
    {
      for (guint32 i = 0; i < n; i++)
        order[i] = (i * 17 + 5 * pass) % n;
      if (announce)
        lathe_store_expect (store, order, n);
      for (guint i = 0; i < n; i += 7)
        {
          guint m = MIN (7, n - i);
          lathe_store_fill (store, order + i, m, x + (pass * n + i) * STORE_SAMPLE, ok);
        }
    }
  if (problems != NULL)
    *problems = lathe_store_get_problems (store);
  return x;
}

static LatheDataset *
scan_store_images (Fixture *fixture)
{
  put_images (fixture, "a", STORE_IMAGES / 2, 0x100000);
  put_images (fixture, "b", STORE_IMAGES / 2, 0x905030);
  return scan (fixture);
}

static void
test_store_gives_the_same_numbers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_store_images (fixture);
  g_autofree LatheReal *expected = read_through (dataset, 1, 0, TRUE, NULL);
  const guint64 limits[] = {0, 1, 20 * STORE_SAMPLE};
  LathePreprocess preprocess = plain (12, 12, 3);
  guint8 bytes[STORE_SAMPLE];

  g_assert_true (lathe_decode_file (lathe_dataset_get_image (dataset, 17)->path, &preprocess, bytes, NULL));
  for (guint i = 0; i < STORE_SAMPLE; i++)
    g_assert_cmpfloat (expected[STORE_SAMPLE + i], ==, (LatheReal) bytes[i] / 255);
  for (guint l = 0; l < G_N_ELEMENTS (limits); l++)
    for (guint n_threads = 1; n_threads <= 4; n_threads += 3)
      for (gboolean announce = FALSE; announce <= TRUE; announce++)
        {
          g_autofree LatheReal *x = read_through (dataset, n_threads, limits[l], announce, NULL);
          g_assert_cmpmem (x, 2 * STORE_IMAGES * STORE_SAMPLE * sizeof *x, expected,
                           2 * STORE_IMAGES * STORE_SAMPLE * sizeof *x);
        }
}

/* What was read ahead for one order is not taken for another. */
static void
test_store_can_change_its_mind (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_store_images (fixture);
  LathePreprocess preprocess = plain (12, 12, 3);
  g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 4, 8 * STORE_SAMPLE);
  g_autofree LatheReal *expected = read_through (dataset, 1, 0, TRUE, NULL);
  g_autofree LatheReal *x = g_new (LatheReal, STORE_IMAGES * STORE_SAMPLE);
  guint32 there[STORE_IMAGES], back[STORE_IMAGES];
  gboolean ok[STORE_IMAGES];

  for (guint32 i = 0; i < STORE_IMAGES; i++)
    {
      there[i] = i * 17 % STORE_IMAGES;
      back[STORE_IMAGES - 1 - i] = there[i];
    }
  lathe_store_expect (store, back, STORE_IMAGES);
  lathe_store_fill (store, back, 5, x, ok);
  g_usleep (20000);
  lathe_store_expect (store, there, STORE_IMAGES);
  lathe_store_fill (store, there, STORE_IMAGES, x, ok);
  g_assert_cmpmem (x, STORE_IMAGES * STORE_SAMPLE * sizeof *x, expected, STORE_IMAGES * STORE_SAMPLE * sizeof *x);
}

/* Between scan and decoding one file vanishes, one is swapped for a FIFO, one for rubbish inside. */
static void
test_store_outlives_bad_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *gone = place (fixture, "a/0000.png");
  g_autofree char *fifo = place (fixture, "a/0001.png");
  g_autofree char *rotten = place (fixture, "a/0002.png");
  g_autofree char *contents = NULL;
  gsize length;
  g_autoptr (LatheDataset) dataset = scan_store_images (fixture);

  g_assert_true (g_file_get_contents (rotten, &contents, &length, NULL));
  memset (contents + 50, 0x55, 10);
  g_assert_true (g_file_set_contents (rotten, contents, (gssize) length, NULL));
  g_assert_cmpint (g_unlink (gone), ==, 0);
  g_assert_cmpint (g_unlink (fifo), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);

  alarm (20);
  for (guint64 limit = 0; limit < 2; limit++)
    {
      g_autoptr (GPtrArray) problems = NULL;
      g_autofree LatheReal *x = read_through (dataset, 2, limit, TRUE, &problems);
      for (guint i = 0; i < STORE_SAMPLE; i++)
        g_assert_cmpfloat (x[i], ==, 0);
      g_assert_cmpuint (problems->len, ==, 3);
    }
  alarm (0);

  LathePreprocess preprocess = plain (12, 12, 3);
  g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 2, 0);
  const guint32 indices[] = {2, 3};
  g_autofree LatheReal *x = g_new (LatheReal, 2 * STORE_SAMPLE);
  gboolean ok[2];
  lathe_store_fill (store, indices, 2, x, ok);
  g_assert_false (ok[0]);
  g_assert_true (ok[1]);
}

static void
test_store_ends_at_any_time (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_store_images (fixture);
  LathePreprocess preprocess = plain (12, 12, 3);
  guint32 order[STORE_IMAGES];
  g_autofree LatheReal *x = g_new (LatheReal, 5 * STORE_SAMPLE);
  gboolean ok[5];
  for (guint32 i = 0; i < STORE_IMAGES; i++)
    order[i] = i;

  alarm (30);
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 1 + i % 4, i % 2);
      if (i % 5 == 0)
        continue;
      lathe_store_expect (store, order, STORE_IMAGES);
      if (i % 3 == 0)
        lathe_store_fill (store, order + i % 7, 5, x, ok);
      if (i % 4 == 0)
        lathe_store_expect (store, order + 10, 5);
    }
  alarm (0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/store/gives-the-same-numbers", test_store_gives_the_same_numbers);
  ADD ("/store/can-change-its-mind", test_store_can_change_its_mind);
  ADD ("/store/outlives-bad-files", test_store_outlives_bad_files);
  ADD ("/store/ends-at-any-time", test_store_ends_at_any_time);
  return g_test_run ();
}
