/* test-thumbnails.c: what is promised about small pictures that are kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

#include "dataset/lathe-decoder.h"
#include "images.h"
#include "wb-thumbnail-file.h"

static LatheImage
image_of (const char *path, guint width, guint height)
{
  return (LatheImage){.path = (char *) path, .width = width, .height = height};
}

static char *
kept_path (const char *path, const char *size)
{
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_MD5, uri, -1);
  g_autofree char *name = g_strconcat (digest, ".png", NULL);

  return g_build_filename (g_get_user_cache_dir (), "thumbnails", size, name, NULL);
}

static GdkPixbuf *
load (const LatheImage *image, WbThumbnailSize size)
{
  g_autoptr (GError) error = NULL;
  GdkPixbuf *pixbuf = wb_thumbnail_file_load (image, size, &error);

  g_assert_no_error (error);
  return pixbuf;
}

/* Red, of 0 … 255, of the first pixel. */
static guint8
red_of (GdkPixbuf *pixbuf)
{
  return gdk_pixbuf_read_pixels (pixbuf)[0];
}

static void
test_kept_as_the_desktop_keeps_them (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = place (fixture, "a b.png"), *kept = kept_path (path, "normal"), *folder = NULL, *mtime = NULL;
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  LatheImage image = image_of (path, 300, 200);
  g_autoptr (GdkPixbuf) first = NULL, read = NULL;
  GStatBuf facts;

  put_image (fixture, "a b.png", 300, 200, 0xc00000, "png");
  first = load (&image, WB_THUMBNAIL_NORMAL);
  g_assert_cmpint (gdk_pixbuf_get_width (first), ==, 128);
  g_assert_cmpint (gdk_pixbuf_get_height (first), ==, 85);

  read = gdk_pixbuf_new_from_file (kept, NULL);
  g_assert_nonnull (read);
  g_assert_cmpstr (gdk_pixbuf_get_option (read, "tEXt::Thumb::URI"), ==, uri);
  g_assert_cmpint (g_stat (path, &facts), ==, 0);
  mtime = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) facts.st_mtime);
  g_assert_cmpstr (gdk_pixbuf_get_option (read, "tEXt::Thumb::MTIME"), ==, mtime);

  g_assert_cmpint (g_stat (kept, &facts), ==, 0);
  g_assert_cmpuint (facts.st_mode & 0777, ==, 0600);
  folder = g_path_get_dirname (kept);
  g_assert_cmpint (g_stat (folder, &facts), ==, 0);
  g_assert_cmpuint (facts.st_mode & 0777, ==, 0700);
}

/* Puts another picture where the thumbnail is kept, with what is written in that. */
static void
forge (const char *kept)
{
  g_autoptr (GdkPixbuf) read = gdk_pixbuf_new_from_file (kept, NULL);
  g_autoptr (GdkPixbuf) forged = gdk_pixbuf_copy (read);

  gdk_pixbuf_fill (forged, 0x01020300);
  g_assert_true (gdk_pixbuf_save (forged, kept, "png", NULL, "tEXt::Thumb::URI",
                                  gdk_pixbuf_get_option (read, "tEXt::Thumb::URI"), "tEXt::Thumb::MTIME",
                                  gdk_pixbuf_get_option (read, "tEXt::Thumb::MTIME"), NULL));
}

static void
test_served_until_the_image_changes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = place (fixture, "a.png"), *kept = kept_path (path, "large");
  LatheImage image = image_of (path, 300, 200);
  g_autoptr (GdkPixbuf) first = NULL, again = NULL, changed = NULL;
  struct utimbuf earlier = {1000000000, 1000000000};

  put_image (fixture, "a.png", 300, 200, 0xc00000, "png");
  first = load (&image, WB_THUMBNAIL_LARGE);
  g_assert_cmpuint (red_of (first), ==, 0xc0);
  forge (kept);
  again = load (&image, WB_THUMBNAIL_LARGE);
  g_assert_cmpuint (red_of (again), ==, 0x01);

  g_assert_cmpint (utime (path, &earlier), ==, 0);
  changed = load (&image, WB_THUMBNAIL_LARGE);
  g_assert_cmpuint (red_of (changed), ==, 0xc0);
}

/* By a helper that decodes nothing: what is seen is what it gives. */
static void
test_decoded_by_helpers_alone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "stand-in-decoder", NULL);
  g_autofree char *path = place (fixture, "a.png");
  LatheImage image = image_of (path, 300, 200);
  g_autoptr (GdkPixbuf) first = NULL, again = NULL;

  put_image (fixture, "a.png", 300, 200, 0xc00000, "png");
  first = load (&image, WB_THUMBNAIL_NORMAL);
  g_assert_cmpuint (red_of (first), ==, 0xc0);
  lathe_decoder_use (program, 60);
  again = load (&image, WB_THUMBNAIL_NORMAL);
  lathe_decoder_use (LATHE_DECODER_BUILD, 60);
  g_assert_cmpuint (red_of (again), ==, 0x77);
}

/* A thumbnail cut anywhere, with any byte turned, larger than the standard has it, or no file: the image is decoded. */
static void
test_damaged_ones_are_made_again (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = place (fixture, "a.png"), *kept = kept_path (path, "normal"), *png = NULL;
  LatheImage image = image_of (path, 300, 200);
  g_autoptr (GdkPixbuf) first = NULL, past = NULL;
  gsize n;

  put_image (fixture, "a.png", 300, 200, 0xc00000, "png");
  first = load (&image, WB_THUMBNAIL_NORMAL);
  g_assert_true (g_file_get_contents (kept, &png, &n, NULL));
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *damaged = g_memdup2 (png, n);
      g_autoptr (GdkPixbuf) cut = NULL, turned = NULL;

      g_assert_true (g_file_set_contents_full (kept, png, (gssize) i, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      cut = load (&image, WB_THUMBNAIL_NORMAL);
      g_assert_cmpuint (red_of (cut), ==, 0xc0);
      damaged[i] ^= (char) 0xff;
      g_assert_true (g_file_set_contents_full (kept, damaged, (gssize) n, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      turned = load (&image, WB_THUMBNAIL_NORMAL);
      g_assert_cmpuint (red_of (turned), ==, 0xc0);
    }
  g_assert_cmpint (g_unlink (kept), ==, 0);
  g_assert_cmpint (mkfifo (kept, 0600), ==, 0);
  past = load (&image, WB_THUMBNAIL_NORMAL);
  g_assert_cmpuint (red_of (past), ==, 0xc0);
}

static void
test_not_kept (Fixture *fixture, gconstpointer data)
{
  g_autofree char *small = place (fixture, "small.png"), *small_kept = kept_path (small, "normal");
  g_autofree char *inside = g_build_filename (g_get_user_cache_dir (), "thumbnails", "inside.png", NULL);
  g_autofree char *inside_kept = kept_path (inside, "normal"), *png = NULL;
  LatheImage small_image = image_of (small, 128, 100), inside_image = image_of (inside, 300, 200);
  g_autofree char *folder = g_path_get_dirname (inside), *outside = place (fixture, "outside.png");
  g_autoptr (GdkPixbuf) a = NULL, b = NULL;
  gsize length;

  put_image (fixture, "small.png", 128, 100, 0x00c000, "png");
  a = load (&small_image, WB_THUMBNAIL_NORMAL);
  g_assert_false (g_file_test (small_kept, G_FILE_TEST_EXISTS));

  put_image (fixture, "outside.png", 300, 200, 0x0000c0, "png");
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_get_contents (outside, &png, &length, NULL));
  g_assert_true (g_file_set_contents (inside, png, (gssize) length, NULL));
  b = load (&inside_image, WB_THUMBNAIL_NORMAL);
  g_assert_false (g_file_test (inside_kept, G_FILE_TEST_EXISTS));
}

static void
test_size_is_no_less_than_what_is_drawn (void)
{
  g_assert_cmpuint (wb_thumbnail_size_for (64), ==, WB_THUMBNAIL_NORMAL);
  g_assert_cmpuint (wb_thumbnail_size_for (128), ==, WB_THUMBNAIL_NORMAL);
  g_assert_cmpuint (wb_thumbnail_size_for (129), ==, WB_THUMBNAIL_LARGE);
  g_assert_cmpuint (wb_thumbnail_size_for (257), ==, WB_THUMBNAIL_X_LARGE);
  g_assert_cmpuint (wb_thumbnail_size_for (5000), ==, WB_THUMBNAIL_X_LARGE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/thumbnails/kept-as-the-desktop-keeps-them", test_kept_as_the_desktop_keeps_them);
  ADD ("/thumbnails/served-until-the-image-changes", test_served_until_the_image_changes);
  ADD ("/thumbnails/decoded-by-helpers-alone", test_decoded_by_helpers_alone);
  ADD ("/thumbnails/damaged-ones-are-made-again", test_damaged_ones_are_made_again);
  ADD ("/thumbnails/small-ones-and-thumbnails-are-not-kept", test_not_kept);
  g_test_add_func ("/thumbnails/size-is-no-less-than-what-is-drawn", test_size_is_no_less_than_what_is_drawn);
  return g_test_run ();
}
