/* images.c: a folder that a test fills with images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "images.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;
  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_tree (child);
    }
  g_remove (path);
}

/* GLib asks the environment once, so that all tests of a program have one folder, empty at each one's beginning. */
static const char *
own_cache (void)
{
  static char *folder;

  if (folder == NULL)
    {
      folder = g_dir_make_tmp ("lathe-cache-XXXXXX", NULL);
      g_assert_nonnull (folder);
      g_setenv ("XDG_CACHE_HOME", folder, TRUE);
    }
  return folder;
}

void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *cache = own_cache ();

  g_assert_cmpstr (g_get_user_cache_dir (), ==, cache);
  fixture->folder = g_dir_make_tmp ("lathe-dataset-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->folder);
  remove_tree (own_cache ());
  g_free (fixture->folder);
}

char *
place (Fixture *fixture, const char *name)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  return path;
}

void
put_bytes (Fixture *fixture, const char *name, const void *bytes, gsize n)
{
  g_autofree char *path = place (fixture, name);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
}

void
put_text (Fixture *fixture, const char *name, const char *text)
{
  put_bytes (fixture, name, text, strlen (text));
}

char *
sample_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "fixtures", "images", name, NULL);
}

void
put_sample (Fixture *fixture, const char *name, const char *sample, gsize n)
{
  g_autofree char *path = sample_path (sample);
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_cmpuint (n, <, length);
  put_bytes (fixture, name, bytes, n > 0 ? n : length);
}

void
put_image (Fixture *fixture, const char *name, guint width, guint height, guint32 colour, const char *type)
{
  g_autofree char *path = place (fixture, name);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, (int) width, (int) height);
  gdk_pixbuf_fill (pixbuf, colour << 8 | 0xff);
  g_assert_true (gdk_pixbuf_save (pixbuf, path, type, NULL, NULL));
}

void
put_images (Fixture *fixture, const char *folder, guint n, guint32 first_colour)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%04u.png", folder, i);
      put_image (fixture, name, 8, 8, first_colour + i, "png");
    }
}

void
put_giant (Fixture *fixture, const char *name)
{
  g_autofree char *path = sample_path ("grey.png");
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  memcpy (bytes + 16, "\0\0\x75\x30\0\0\x75\x30", 8);
  put_bytes (fixture, name, bytes, length);
}

LatheDataset *
scan_seeded (Fixture *fixture, guint64 seed)
{
  g_autoptr (GError) error = NULL;
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  options.seed = seed;
  LatheDataset *dataset = lathe_dataset_scan (fixture->folder, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

LatheDataset *
scan (Fixture *fixture)
{
  return scan_seeded (fixture, 1);
}

void
assert_share (LatheDataset *dataset, int label, LatheSplit side, double share)
{
  double n = lathe_dataset_count (dataset, label, -1), n_side = lathe_dataset_count (dataset, label, (int) side);

  g_assert_cmpfloat (fabs (n_side - n * share), <=, 5 * sqrt (n * share * (1 - share)));
}

LathePreprocess
plain (guint width, guint height, guint channels)
{
  return (LathePreprocess){.width = width, .height = height, .channels = channels, .deviation = {1, 1, 1}};
}
