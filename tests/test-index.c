/* test-index.c: what has not changed since the last scan is not opened again; what has changed is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "images.h"
#include "sources.h"

#define SETTLED_SECONDS 2.2 /* a file is not known before it is as old as that */

/* Scans, and counts how many times a file in `folder` is opened meanwhile. */
static LatheDataset *
scan_watched (const char *source, const char *folder, guint *n_opened)
{
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;
  char events[65536] __attribute__ ((aligned (__alignof__(struct inotify_event))));
  int fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  gssize n;

  g_assert_cmpint (inotify_add_watch (fd, folder, IN_OPEN), >=, 0);
  LatheDataset *dataset = lathe_dataset_scan (source, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  *n_opened = 0;
  while ((n = read (fd, events, sizeof events)) > 0)
    for (char *at = events; at < events + n; at += sizeof (struct inotify_event) + ((struct inotify_event *) at)->len)
      if ((((struct inotify_event *) at)->mask & IN_ISDIR) == 0)
        *n_opened += 1;
  close (fd);
  return dataset;
}

/* The same files, with the same sizes and bytes. */
static void
assert_sees (LatheDataset *dataset, LatheDataset *expected)
{
  g_autofree char *here = lathe_dataset_fingerprint (dataset), *there = lathe_dataset_fingerprint (expected);

  g_assert_cmpstr (here, ==, there);
  for (guint i = 0; i < lathe_dataset_get_n_images (expected); i++)
    {
      const LatheImage *a = lathe_dataset_get_image (dataset, i), *b = lathe_dataset_get_image (expected, i);
      g_assert_cmpstr (a->path, ==, b->path);
      g_assert_cmpuint (a->width, ==, b->width);
      g_assert_cmpuint (a->height, ==, b->height);
      g_assert_cmpint (a->grey, ==, b->grey);
    }
}

static guint
count_opened (Fixture *fixture)
{
  g_autofree char *folder = place (fixture, "a");
  guint n_opened;
  g_autoptr (LatheDataset) dataset = scan_watched (fixture->folder, folder, &n_opened);

  g_assert_cmpuint (lathe_dataset_get_n_images (dataset), ==, 20);
  return n_opened;
}

static void
settle (void)
{
  g_usleep ((gulong) (SETTLED_SECONDS * G_USEC_PER_SEC));
}

static void
put_two_classes (Fixture *fixture)
{
  put_images (fixture, "a", 10, 0x100000);
  put_images (fixture, "b", 10, 0x905030);
}

static void
test_unchanged_is_not_opened (Fixture *fixture, gconstpointer data)
{
  put_two_classes (fixture);
  settle ();
  g_autoptr (LatheDataset) looked = scan (fixture);
  g_assert_cmpuint (count_opened (fixture), ==, 0);
  g_autoptr (LatheDataset) known = scan (fixture);
  assert_sees (looked, known);
}

/* It could change once more without a change of its times. */
static void
test_young_is_opened_again (Fixture *fixture, gconstpointer data)
{
  put_two_classes (fixture);
  g_assert_cmpuint (count_opened (fixture), ==, 10);
  g_assert_cmpuint (count_opened (fixture), ==, 10);
}

/* Of the same size and with its old time of modification, as “cp -p” and “touch -r” leave it. */
static void
test_changed_is_opened (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = place (fixture, "a/0003.png"), *other = place (fixture, "b/0003.png");
  g_autofree char *bytes = NULL, *moved = place (fixture, "a/moved.png");
  gsize length;
  struct stat before, after;

  put_two_classes (fixture);
  settle ();
  g_assert_cmpuint (count_opened (fixture), ==, 10);

  g_assert_cmpint (g_stat (path, &before), ==, 0);
  g_assert_true (g_file_get_contents (other, &bytes, &length, NULL));
  int fd = g_open (path, O_WRONLY);
  g_assert_cmpint (write (fd, bytes, length), ==, (gssize) length);
  close (fd);
  const struct timespec times[] = {before.st_atim, before.st_mtim};
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
  g_assert_cmpint (g_stat (path, &after), ==, 0);
  g_assert_cmpint (after.st_size, ==, before.st_size);
  g_assert_cmpint (after.st_mtim.tv_nsec, ==, before.st_mtim.tv_nsec);
  settle ();

  g_autofree char *folder = place (fixture, "a");
  guint n_opened;
  g_autoptr (LatheDataset) dataset = scan_watched (fixture->folder, folder, &n_opened);
  g_autoptr (GPtrArray) duplicates = lathe_dataset_get_duplicates (dataset);
  g_assert_cmpuint (n_opened, ==, 1);
  g_assert_cmpuint (duplicates->len, ==, 1);

  g_assert_cmpint (g_rename (path, moved), ==, 0);
  settle ();
  g_assert_cmpuint (count_opened (fixture), ==, 1);
  g_assert_cmpuint (count_opened (fixture), ==, 0);
}

/* What is wrong with a file is said in today's language, and may be mended by other means. */
static void
test_problems_are_looked_at_again (Fixture *fixture, gconstpointer data)
{
  put_two_classes (fixture);
  put_text (fixture, "a/page.png", "<!DOCTYPE html>");
  settle ();
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (LatheDataset) dataset = scan (fixture);
      g_assert_cmpuint (lathe_dataset_get_n_problems (dataset), ==, 1);
    }
  g_assert_cmpuint (count_opened (fixture), ==, 1);
}

/* The one file below the folder of indices. (transfer full) */
static char *
index_path (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "lathe", "scans", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  const char *name = g_dir_read_name (dir);
  g_assert_nonnull (name);
  char *path = g_build_filename (folder, name, NULL);
  g_assert_null (g_dir_read_name (dir));
  return path;
}

/* Each byte in turn is another, each length shorter, and there is rubbish: the scan sees what is there. */
static void
test_damaged_index_is_ignored (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize length;

  put_two_classes (fixture);
  settle ();
  g_autoptr (LatheDataset) expected = scan (fixture);
  g_autofree char *path = index_path ();
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_cmpuint (length, >=, 20 * 32);
  for (gsize i = 0; i < length; i++)
    {
      bytes[i] ^= (char) (1 << i % 8);
      g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
      bytes[i] ^= (char) (1 << i % 8);
      g_autoptr (LatheDataset) dataset = scan (fixture);
      assert_sees (dataset, expected);
    }
  for (gsize n = 0; n < length; n += 13)
    {
      g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
      g_autoptr (LatheDataset) dataset = scan (fixture);
      assert_sees (dataset, expected);
    }
  g_assert_cmpuint (count_opened (fixture), ==, 0);
}

/* With a checksum that is right, and sizes that no image has. */
static void
test_impossible_index_is_ignored (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize length, head = 3 * sizeof (guint64), width = head + 24;

  put_two_classes (fixture);
  settle ();
  g_autoptr (LatheDataset) expected = scan (fixture);
  g_autofree char *path = index_path ();
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_cmpint (bytes[width], ==, 8);
  for (guint i = 0; i < 2; i++)
    {
      memset (bytes + width, i == 0 ? 0 : 0x7f, 4);
      guint64 checksum = XXH3_64bits (bytes + head, length - head);
      memcpy (bytes + 2 * sizeof checksum, &checksum, sizeof checksum);
      g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
      g_autoptr (LatheDataset) dataset = scan (fixture);
      assert_sees (dataset, expected);
    }
}

static void
test_index_needs_no_place (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lathe = g_build_filename (g_get_user_cache_dir (), "lathe", NULL);

  put_two_classes (fixture);
  g_assert_cmpint (g_mkdir_with_parents (g_get_user_cache_dir (), 0700), ==, 0);
  g_assert_true (g_file_set_contents (lathe, "a file where the folder would be", -1, NULL));
  g_assert_cmpuint (count_opened (fixture), ==, 10);
}

/* One archive's images, known by the archive's times. */
static void
test_archive_is_known (Fixture *fixture, gconstpointer data)
{
  struct stat before, after;

  put_images (fixture, "set/a", 10, 0x100000);
  put_images (fixture, "set/b", 10, 0x905030);
  put_archive_of (fixture, "set.tar", "set");
  settle ();
  g_autoptr (LatheDataset) looked = scan_source (fixture, "set.tar");
  g_autofree char *path = index_path ();
  g_assert_cmpint (g_stat (path, &before), ==, 0);
  g_assert_cmpint (before.st_size, >=, 20 * 32);
  g_autoptr (LatheDataset) known = scan_source (fixture, "set.tar");
  assert_sees (known, looked);
  g_assert_cmpint (g_stat (path, &after), ==, 0);
  g_assert_cmpuint (after.st_ino, ==, before.st_ino); /* all were found, or it would have been written anew */

  put_images (fixture, "set/a", 10, 0x200000);
  put_archive_of (fixture, "set.tar", "set");
  g_autoptr (LatheDataset) changed = scan_source (fixture, "set.tar");
  g_autoptr (LatheDataset) folder = scan_source (fixture, "set");
  g_autofree char *here = lathe_dataset_fingerprint (changed), *there = lathe_dataset_fingerprint (folder);
  g_assert_cmpstr (here, ==, there);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/index/unchanged-is-not-opened", test_unchanged_is_not_opened);
  ADD ("/index/young-is-opened-again", test_young_is_opened_again);
  ADD ("/index/changed-is-opened", test_changed_is_opened);
  ADD ("/index/problems-are-looked-at-again", test_problems_are_looked_at_again);
  ADD ("/index/damaged-index-is-ignored", test_damaged_index_is_ignored);
  ADD ("/index/impossible-index-is-ignored", test_impossible_index_is_ignored);
  ADD ("/index/needs-no-place", test_index_needs_no_place);
  ADD ("/index/archive-is-known", test_archive_is_known);
  return g_test_run ();
}
