/* test-cache.c: decoded samples on the disk: the same numbers, whatever happens to the file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataset/lathe-cache.h"
#include "dataset/lathe-decoder.h"
#include "dataset/lathe-kept.h"
#include "images.h"

#define N 20
#define SIDE 12
#define SAMPLE (SIDE * SIDE * 3)
#define SLOT (SAMPLE + 8)
#define HEAD(n) (32 + 2 * 8 * (n))

static LatheDataset *
scan_few (Fixture *fixture)
{
  put_images (fixture, "a", N / 2, 0x100000);
  put_images (fixture, "b", N / 2, 0x905030);
  return scan (fixture);
}

static LatheCache *
open_cache (LatheDataset *dataset, guint64 limit)
{
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  return lathe_cache_open (dataset, &preprocess, limit);
}

static void
decode_one (LatheDataset *dataset, guint i, guint8 *bytes)
{
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  g_autoptr (GError) error = NULL;

  lathe_decode_image (lathe_dataset_get_image (dataset, i), &preprocess, bytes, &error);
  g_assert_no_error (error);
}

/* Decodes and writes what is not there. */
static guint
complete (LatheCache *cache, LatheDataset *dataset)
{
  guint8 bytes[SAMPLE];
  guint n_written = 0;

  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, i);
      if (lathe_cache_read (cache, image, bytes))
        continue;
      decode_one (dataset, i, bytes);
      lathe_cache_write (cache, image, bytes);
      n_written++;
    }
  return n_written;
}

/* How many samples are there; each of them must be right. */
static guint
count_right (LatheCache *cache, LatheDataset *dataset)
{
  guint8 bytes[SAMPLE], expected[SAMPLE];
  guint n = 0;

  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    if (lathe_cache_read (cache, lathe_dataset_get_image (dataset, i), bytes))
      {
        decode_one (dataset, i, expected);
        g_assert_cmpmem (bytes, SAMPLE, expected, SAMPLE);
        n++;
      }
  return n;
}

static guint
count_right_anew (LatheDataset *dataset)
{
  g_autoptr (LatheCache) cache = open_cache (dataset, 0);
  g_assert_nonnull (cache);
  return count_right (cache, dataset);
}

static void
fill (LatheDataset *dataset)
{
  g_autoptr (LatheCache) cache = open_cache (dataset, 0);
  g_assert_nonnull (cache);
  complete (cache, dataset);
}

/* The one file below the folder of samples. (transfer full) */
static char *
cache_path (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "lathe", "samples", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  const char *name = g_dir_read_name (dir);
  g_assert_nonnull (name);
  return g_build_filename (folder, name, NULL);
}

static void
test_is_read_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  g_autoptr (LatheCache) cache = open_cache (dataset, 0);

  g_assert_cmpuint (count_right (cache, dataset), ==, 0);
  g_assert_cmpuint (complete (cache, dataset), ==, N);
  g_assert_cmpuint (count_right (cache, dataset), ==, N);
  g_clear_pointer (&cache, lathe_cache_close);
  g_assert_cmpuint (count_right_anew (dataset), ==, N);
}

/* What was cut out is not taken for what has a rim, nor the other way round, though all have the same size. */
static void
test_each_fit_has_its_own (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = NULL;
  guint8 bytes[3][SAMPLE], read[SAMPLE];

  put_sample (fixture, "a/photo.jpg", "photo.jpg", 0);
  put_images (fixture, "b", 1, 0x905030);
  dataset = scan (fixture);
  const LatheImage *image = lathe_dataset_get_image (dataset, 0);
  for (guint pass = 0; pass < 2; pass++)
    for (guint fit = 0; fit < 3; fit++)
      {
        LathePreprocess preprocess = plain (SIDE, SIDE, 3);

        preprocess.fit = (LatheFit) fit;
        g_autoptr (LatheCache) cache = lathe_cache_open (dataset, &preprocess, 0);
        g_assert_cmpint (lathe_cache_read (cache, image, read), ==, pass == 1);
        if (pass == 1)
          g_assert_cmpmem (read, SAMPLE, bytes[fit], SAMPLE);
        g_assert_true (lathe_decode_image (image, &preprocess, bytes[fit], NULL));
        lathe_cache_write (cache, image, bytes[fit]);
      }
  for (guint fit = 0; fit < 3; fit++)
    g_assert_true (memcmp (bytes[fit], bytes[(fit + 1) % 3], SAMPLE) != 0);
}

/* With a limit that keeps the samples out of memory: what is read is what is decoded, in the first epoch and the next,
 * and in the next training nothing is decoded at all. */
static void
test_store_gives_the_same_numbers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  guint32 order[N];
  gboolean ok[N];
  LatheReal expected[N * SAMPLE], x[N * SAMPLE];

  for (guint32 i = 0; i < N; i++)
    order[i] = i * 7 % N;
  g_autoptr (LatheStore) all = lathe_store_new (dataset, &preprocess, 2, 0);
  lathe_store_fill (all, order, N, expected, ok);
  for (guint training = 0; training < 2; training++)
    {
      g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 2, 5 * SAMPLE);
      for (guint epoch = 0; epoch < 3; epoch++)
        {
          lathe_store_expect (store, order, N);
          lathe_store_fill (store, order, N, x, ok);
          g_assert_cmpmem (x, sizeof x, expected, sizeof expected);
        }
      for (guint i = 0; i < N && training == 0; i++)
        g_assert_cmpint (g_unlink (lathe_dataset_get_image (dataset, i)->path), ==, 0);
      g_autoptr (GPtrArray) problems = lathe_store_get_problems (store);
      g_assert_cmpuint (problems->len, ==, 0);
    }
}

static void
test_changed_image_is_decoded_anew (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) before = scan_few (fixture);

  fill (before);
  put_image (fixture, "a/0004.png", 8, 8, 0x00ff00, "png");
  put_image (fixture, "b/more.png", 8, 8, 0x00ff80, "png");
  g_autoptr (LatheDataset) after = scan (fixture);
  g_assert_cmpuint (count_right_anew (after), ==, N - 1);
  g_autoptr (LatheCache) cache = open_cache (after, 0);
  g_assert_cmpuint (complete (cache, after), ==, 2);
  g_assert_cmpuint (count_right (cache, after), ==, N + 1);

  /* The slot of the image that is gone was given to another. */
  g_autofree char *path = cache_path ();
  struct stat status;
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_size, ==, HEAD (N) + (N + 1) * SLOT);
}

/* What changes between scan and decoding is not kept under the name of what was scanned. */
static void
test_change_behind_the_scan_is_not_kept (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = place (fixture, "a/0004.png");
  g_autofree char *bytes = NULL;
  gsize length;
  g_autoptr (LatheDataset) dataset = scan_few (fixture);

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  put_image (fixture, "a/0004.png", 8, 8, 0x00ff00, "png");
  fill (dataset);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
  g_assert_cmpuint (count_right_anew (dataset), ==, N - 1);
}

/* A bit turned over anywhere loses the sample that it is in, or all of them where it is in the head: no sample is
 * wrong. */
static void
test_flipped_bits_are_seen (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);

  fill (dataset);
  g_autofree char *path = cache_path ();
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_cmpuint (length, ==, HEAD (N) + N * SLOT);
  for (gsize i = 0; i < length; i += i < HEAD (N) ? 1 : 29)
    {
      bytes[i] ^= (char) (1 << i % 8);
      g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
      bytes[i] ^= (char) (1 << i % 8);
      guint n = count_right_anew (dataset);
      if (i >= HEAD (N))
        g_assert_cmpuint (n, ==, N - 1);
      else
        g_assert_cmpuint (n, ==, i < 32 ? 0 : (i - 32) / 8 < N ? N - 1 : N);
    }
}

/* Cut off anywhere, and with a page of zeros anywhere, as a power cut leaves it; afterwards it is completed. */
static void
test_torn_file_is_completed (Fixture *fixture, gconstpointer data)
{
  const char zeros[512] = "";
  g_autoptr (LatheDataset) dataset = scan_few (fixture);

  fill (dataset);
  g_autofree char *path = cache_path ();
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize at = 0; at < length; at += 97)
    for (gboolean hole = FALSE; hole <= TRUE; hole++)
      {
        g_assert_true (g_file_set_contents (path, bytes, (gssize) (hole ? length : at), NULL));
        int fd = g_open (path, O_WRONLY);
        if (hole)
          g_assert_cmpint (pwrite (fd, zeros, MIN (sizeof zeros, length - at), (off_t) at), >, 0);
        close (fd);
        g_autoptr (LatheCache) cache = open_cache (dataset, 0);
        g_assert_cmpuint (count_right (cache, dataset), <, N);
        complete (cache, dataset);
        g_assert_cmpuint (count_right (cache, dataset), ==, N);
      }
}

/* --- Several programs -------------------------------------------------------------------------------------------- */

static pid_t
spawn (LatheDataset *dataset)
{
  pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child > 0)
    return child;
  LathePreprocess preprocess = plain (300, 300, 3);
  g_autofree guint8 *bytes = g_malloc (300 * 300 * 3);
  for (;;)
    {
      g_autoptr (LatheCache) cache = lathe_cache_open (dataset, &preprocess, 0);
      for (guint i = 0; i < N; i++)
        {
          const LatheImage *image = lathe_dataset_get_image (dataset, i);
          if (!lathe_decode_image (image, &preprocess, bytes, NULL))
            _exit (1);
          lathe_cache_write (cache, image, bytes);
        }
    }
}

static void
kill_and_wait (pid_t child)
{
  int status;

  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
}

static guint
count_right_large (LatheDataset *dataset)
{
  LathePreprocess preprocess = plain (300, 300, 3);
  g_autofree guint8 *bytes = g_malloc (300 * 300 * 3), *expected = g_malloc (300 * 300 * 3);
  g_autoptr (LatheCache) cache = lathe_cache_open (dataset, &preprocess, 0);
  guint n = 0;

  for (guint i = 0; i < N; i++)
    if (lathe_cache_read (cache, lathe_dataset_get_image (dataset, i), bytes))
      {
        lathe_decode_image (lathe_dataset_get_image (dataset, i), &preprocess, expected, NULL);
        g_assert_cmpmem (bytes, 300 * 300 * 3, expected, 300 * 300 * 3);
        n++;
      }
  return n;
}

static void
test_killed_at_any_moment (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  guint n = 0;

  /* On a busy machine the first ones do not come to write anything. */
  for (guint i = 0; i < 40 || (n == 0 && i < 400); i++)
    {
      pid_t child = spawn (dataset);
      g_usleep (1000 + 700 * i);
      kill_and_wait (child);
      n = count_right_large (dataset);
    }
  g_assert_cmpuint (n, >, 0);
}

/* One writes, the others read what is there, and after it is gone another one writes. */
static void
test_two_programs_at_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  g_autoptr (LatheCache) first = open_cache (dataset, 0);
  g_autoptr (LatheCache) early = open_cache (dataset, 0);

  g_assert_nonnull (early);
  g_assert_cmpuint (complete (early, dataset), ==, N);
  g_assert_cmpuint (count_right (early, dataset), ==, 0);
  g_assert_cmpuint (count_right (first, dataset), ==, 0);
  complete (first, dataset);
  g_autoptr (LatheCache) late = open_cache (dataset, 0);
  g_assert_cmpuint (count_right (late, dataset), ==, N);
  g_clear_pointer (&first, lathe_cache_close);

  pid_t child = spawn (dataset);
  for (guint i = 0; i < 20; i++)
    {
      g_usleep (2000);
      count_right_large (dataset);
    }
  kill_and_wait (child);
}

/* --- Room -------------------------------------------------------------------------------------------------------- */

static void
test_disk_full_is_no_error (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  const struct rlimit few = {HEAD (N) + 7 * SLOT + SLOT / 2, RLIM_INFINITY};
  struct rlimit before;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, SIG_IGN);
  g_autoptr (LatheCache) cache = open_cache (dataset, 0);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &few), ==, 0);
  complete (cache, dataset);
  g_assert_cmpuint (count_right (cache, dataset), ==, 7);
  g_assert_cmpuint (complete (cache, dataset), ==, N - 7);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, SIG_DFL);
  g_clear_pointer (&cache, lathe_cache_close);
  fill (dataset);
  g_assert_cmpuint (count_right_anew (dataset), ==, N);
}

/* The limit holds for what is written, and for what an earlier, higher one has left. */
static void
test_limit_holds (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_few (fixture);
  const guint fitting[] = {0, 3, 11, N, 5};

  for (guint i = 0; i < G_N_ELEMENTS (fitting); i++)
    {
      guint64 limit = HEAD (N) + fitting[i] * SLOT + SLOT - 1;
      g_autoptr (LatheCache) cache = open_cache (dataset, limit);
      g_autofree char *path = cache_path ();
      struct stat status;

      complete (cache, dataset);
      g_assert_cmpuint (count_right (cache, dataset), ==, fitting[i]);
      g_assert_cmpint (g_stat (path, &status), ==, 0);
      g_assert_cmpuint ((guint64) status.st_size, <=, limit);
    }
}

/* The one that was of use longest ago goes first; one that is in use stays. */
static void
test_oldest_goes_first (Fixture *fixture, gconstpointer data)
{
  const char zeros[8192] = "";
  g_autofree char *paths[4] = {NULL};
  struct stat status;

  for (guint i = 0; i < 4; i++)
    {
      const char name[] = {(char) ('a' + i), '\0'};
      const struct timespec times[2] = {{1000 + i, 0}, {1000 + i, 0}};
      paths[i] = lathe_kept_path ("room", name);
      lathe_kept_write (paths[i], zeros, sizeof zeros);
      g_assert_cmpint (utimensat (AT_FDCWD, paths[i], times, 0), ==, 0);
    }
  g_assert_cmpint (g_stat (paths[0], &status), ==, 0);
  guint64 each = (guint64) status.st_blocks * 512;
  lathe_kept_touch (paths[0]);
  int fd = g_open (paths[1], O_RDONLY);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);

  g_autofree char *path = lathe_kept_path ("room", "new");
  g_assert_cmpuint (lathe_kept_make_room (path, 4 * each, each), ==, each);
  g_assert_true (g_file_test (paths[0], G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (paths[1], G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (paths[2], G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (paths[3], G_FILE_TEST_EXISTS));
  close (fd);
  g_assert_cmpuint (lathe_kept_make_room (path, 4 * each, 4 * each), ==, 4 * each);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_false (g_file_test (paths[i], G_FILE_TEST_EXISTS));
      g_free (g_steal_pointer (&paths[i]));
    }
}

static void
test_needs_no_place (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lathe = g_build_filename (g_get_user_cache_dir (), "lathe", NULL);
  g_autoptr (LatheDataset) dataset = NULL;

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_cache_dir (), 0700), ==, 0);
  g_assert_true (g_file_set_contents (lathe, "a file where the folder would be", -1, NULL));
  dataset = scan_few (fixture);
  g_assert_null (open_cache (dataset, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Processes that are forked here would share a helper, and read one another's answers. */
  lathe_decoder_use (NULL, 1);
  ADD ("/cache/is-read-again", test_is_read_again);
  ADD ("/cache/each-fit-has-its-own", test_each_fit_has_its_own);
  ADD ("/cache/store-gives-the-same-numbers", test_store_gives_the_same_numbers);
  ADD ("/cache/changed-image-is-decoded-anew", test_changed_image_is_decoded_anew);
  ADD ("/cache/change-behind-the-scan-is-not-kept", test_change_behind_the_scan_is_not_kept);
  ADD ("/cache/flipped-bits-are-seen", test_flipped_bits_are_seen);
  ADD ("/cache/torn-file-is-completed", test_torn_file_is_completed);
  ADD ("/cache/killed-at-any-moment", test_killed_at_any_moment);
  ADD ("/cache/two-programs-at-once", test_two_programs_at_once);
  ADD ("/cache/disk-full-is-no-error", test_disk_full_is_no_error);
  ADD ("/cache/limit-holds", test_limit_holds);
  ADD ("/cache/oldest-goes-first", test_oldest_goes_first);
  ADD ("/cache/needs-no-place", test_needs_no_place);
  return g_test_run ();
}
