/* test-decode.c: from a file to the numbers that a network gets: the one preprocessing path.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images.h"

static guint8 *
decode_sample (const char *name, guint width, guint height, guint channels)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sample_path (name);
  LathePreprocess preprocess = plain (width, height, channels);
  guint8 *bytes = g_malloc ((gsize) width * height * channels);
  lathe_decode_file (path, &preprocess, bytes, &error);
  g_assert_no_error (error);
  return bytes;
}

static void
assert_grey_pattern (const guint8 *bytes, guint channels)
{
  for (guint y = 0; y < 28; y++)
    for (guint x = 0; x < 28; x++)
      for (guint c = 0; c < channels; c++)
        g_assert_cmpuint (bytes[(y * 28 + x) * channels + c], ==, (x * 7 + y * 13) % 256);
}

static void
test_same_size_is_exact (void)
{
  const char *const samples[] = {"grey.png", "grey-16-bit.png"};
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autofree guint8 *grey = decode_sample (samples[i], 28, 28, 1);
      g_autofree guint8 *rgb = decode_sample (samples[i], 28, 28, 3);
      assert_grey_pattern (grey, 1);
      assert_grey_pattern (rgb, 3);
    }
}

static void
assert_pixel (const guint8 *bytes, guint pixel, int r, int g, int b)
{
  const int expected[3] = {r, g, b};
  for (guint c = 0; c < 3; c++)
    if (ABS (bytes[pixel * 3 + c] - expected[c]) > 3)
      g_error ("pixel %u is %u %u %u, not %d %d %d", pixel, bytes[pixel * 3], bytes[pixel * 3 + 1],
               bytes[pixel * 3 + 2], r, g, b);
}

static void
test_kinds_of_pixels (void)
{
  g_autofree guint8 *palette = decode_sample ("palette.png", 16, 16, 3);
  assert_pixel (palette, 0, 255, 0, 0);
  assert_pixel (palette, 15, 0, 0, 255);
  g_autofree guint8 *transparent = decode_sample ("transparent.png", 16, 16, 3);
  assert_pixel (transparent, 0, 255, 255, 255);
  assert_pixel (transparent, 15, 255, 0, 0);
  g_autofree guint8 *cmyk = decode_sample ("cmyk.jpg", 16, 16, 3);
  assert_pixel (cmyk, 100, 255, 0, 0);
  g_autofree guint8 *grey = decode_sample ("grey.jpg", 16, 16, 3);
  assert_pixel (grey, 100, 99, 99, 99);
  g_autofree guint8 *gif = decode_sample ("animated.gif", 16, 16, 3);
  assert_pixel (gif, 100, 255, 0, 0);
  g_autofree guint8 *bmp = decode_sample ("red.bmp", 16, 16, 3);
  assert_pixel (bmp, 100, 255, 0, 0);
  g_autofree guint8 *progressive = decode_sample ("progressive.jpg", 32, 16, 3);
  assert_pixel (progressive, 0, 255, 0, 0);

  g_autofree guint8 *half = decode_sample ("grey-alpha.png", 28, 28, 1);
  for (guint x = 0; x < 28; x++)
    g_assert_cmpuint (half[x], ==, (x * 7 * 128 + 255 * 127 + 127) / 255);
  g_autofree guint8 *luma = decode_sample ("red.bmp", 16, 16, 1);
  g_assert_cmpuint (luma[0], ==, (77 * 255 + 128) >> 8);
}

/* Stored lying on its side: red left, blue right. Upright: red above, blue below. */
static void
test_orientation (Fixture *fixture, gconstpointer data)
{
  const char *const samples[] = {"turned.jpg", "turned.tif"};
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autofree guint8 *bytes = decode_sample (samples[i], 16, 32, 3);
      assert_pixel (bytes, 0, 255, 0, 0);
      assert_pixel (bytes, 15, 255, 0, 0);
      assert_pixel (bytes, 16 * 31, 0, 0, 255);

      g_autofree char *name = g_strdup_printf ("cats/%s", samples[i]);
      put_sample (fixture, name, samples[i], 0);
    }
  put_images (fixture, "dogs", 3, 0x100000);
  g_autoptr (LatheDataset) dataset = scan (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_assert_cmpuint (lathe_dataset_get_image (dataset, i)->width, ==, 16);
      g_assert_cmpuint (lathe_dataset_get_image (dataset, i)->height, ==, 32);
    }
  g_autofree char *path = sample_path ("turned.jpg");
  g_autoptr (GdkPixbuf) preview = lathe_decode_preview (path, 8, NULL);
  g_assert_cmpint (gdk_pixbuf_get_width (preview), ==, 4);
  g_assert_cmpint (gdk_pixbuf_get_height (preview), ==, 8);
  assert_pixel (gdk_pixbuf_read_pixels (preview), 0, 255, 0, 0);
}

/* Three vertical stripes, red, green, blue, 60×20: the square in the middle is green, whatever the scale. */
static void
test_cover_and_centre (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 60, 20);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GdkPixbuf) stripe = gdk_pixbuf_new_subpixbuf (pixbuf, i * 20, 0, 20, 20);
      gdk_pixbuf_fill (stripe, 0xff000000u >> (8 * i) | 0xff);
    }
  for (guint size = 4; size <= 80; size += 19)
    {
      LathePreprocess preprocess = plain (size, size, 3);
      g_autofree guint8 *bytes = g_malloc (size * size * 3);
      lathe_decode_pixbuf (pixbuf, &preprocess, bytes);
      for (guint y = 0; y < size; y++)
        for (guint x = size / 8 + 2; x + size / 8 + 2 < size; x++)
          assert_pixel (bytes, y * size + x, 0, 255, 0);
    }
}

/* The same stripes with the whole image seen: each a third of the width, in its own place and in no other. */
static void
test_whole_image_is_seen (Fixture *fixture, gconstpointer data)
{
  const guint32 colours[3] = {0xff0000, 0x00ff00, 0x0000ff};
  g_autofree char *path = place (fixture, "bands.png");
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 60, 20);
  guint8 bytes[30 * 30 * 3];

  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GdkPixbuf) stripe = gdk_pixbuf_new_subpixbuf (pixbuf, i * 20, 0, 20, 20);
      gdk_pixbuf_fill (stripe, colours[i] << 8 | 0xff);
    }
  g_assert_true (gdk_pixbuf_save (pixbuf, path, "png", NULL, NULL));
  for (LatheFit fit = LATHE_FIT_PAD; fit <= LATHE_FIT_STRETCH; fit++)
    for (gboolean in_file = FALSE; in_file <= TRUE; in_file++)
      {
        LathePreprocess preprocess = plain (30, 30, 3);
        preprocess.fit = fit;
        if (in_file)
          g_assert_true (lathe_decode_file (path, &preprocess, bytes, NULL));
        else
          lathe_decode_pixbuf (pixbuf, &preprocess, bytes);
        for (guint y = 0; y < 30; y++)
          for (guint x = 0; x < 30; x++)
            if (fit == LATHE_FIT_PAD && (y < 10 || y >= 20))
              assert_pixel (bytes, y * 30 + x, 85, 85, 85);
            else if (x % 10 >= 1 && x % 10 < 9)
              assert_pixel (bytes, y * 30 + x, x < 10 ? 255 : 0, x / 10 == 1 ? 255 : 0, x >= 20 ? 255 : 0);
      }
}

static GdkPixbuf *
load_sample (const char *name)
{
  g_autofree char *path = sample_path (name);
  GdkPixbuf *pixbuf = gdk_pixbuf_new_from_file (path, NULL);
  g_assert_nonnull (pixbuf);
  return pixbuf;
}

/* n bytes of the pixels of an image, row by row, differ by no more than `most`. */
static void
assert_near (const guint8 *bytes, GdkPixbuf *expected, int most)
{
  guint line = 3 * (guint) gdk_pixbuf_get_width (expected);
  for (int y = 0; y < gdk_pixbuf_get_height (expected); y++)
    for (guint i = 0; i < line; i++)
      g_assert_cmpint (ABS (bytes[(guint) y * line + i] -
                            gdk_pixbuf_read_pixels (expected)[y * gdk_pixbuf_get_rowstride (expected) + i]),
                       <=, most);
}

/* photo.jpg and what Pillow made of it: see tests/reference/make-images.py. */
static void
test_jpeg_is_decoded_as_elsewhere (void)
{
  g_autoptr (GdkPixbuf) whole = load_sample ("photo-whole.png");
  g_autofree guint8 *bytes = decode_sample ("photo.jpg", 64, 48, 3);
  assert_near (bytes, whole, 0);

  g_autofree char *path = sample_path ("photo.jpg");
  g_autoptr (GdkPixbuf) expected = load_sample ("photo-half.png");
  g_autoptr (GdkPixbuf) half = lathe_decode_preview (path, 32, NULL);
  g_assert_cmpint (gdk_pixbuf_get_rowstride (half), ==, 32 * 3);
  assert_near (gdk_pixbuf_read_pixels (half), expected, 0);
}

/* Pillow rounds between the two directions, so that the last step may differ. */
static void
test_scaled_as_elsewhere (void)
{
  const guint widths[] = {20, 100};
  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      g_autofree char *name = g_strdup_printf ("photo-%u.png", widths[i]);
      g_autoptr (GdkPixbuf) expected = load_sample (name);
      g_autofree guint8 *bytes = decode_sample ("photo-whole.png", widths[i], widths[i] * 3 / 4, 3);
      assert_near (bytes, expected, 1);
    }
}

/* The bytes of a JPEG with a tag that says how it lies, right behind its first marker. */
static void
put_lying_jpeg (Fixture *fixture, const char *name, const char *jpeg, gsize n, guint orientation)
{
  guint8 tag[] = "\xff\xe1\0\x22"
                 "Exif\0\0"
                 "MM\0*\0\0\0\x8"
                 "\0\1"
                 "\1\x12\0\3\0\0\0\1\0\0\0\0"
                 "\0\0\0";
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  tag[29] = (guint8) orientation;
  g_byte_array_append (bytes, (const guint8 *) jpeg, 2);
  g_byte_array_append (bytes, tag, sizeof tag);
  g_byte_array_append (bytes, (const guint8 *) jpeg + 2, (guint) n - 2);
  put_bytes (fixture, name, bytes->data, bytes->len);
}

/* A large JPEG is decoded reduced; what comes out differs little from decoding it whole, and lies in the same place,
 * though an eighth divides neither side. */
static void
test_reduced_jpeg_is_faithful (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = place (fixture, "large.jpg");
  g_autofree char *jpeg = NULL;
  gsize n;
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 601, 403);
  for (int y = 0; y < 403; y++)
    for (int x = 0; x < 601; x++)
      memset (gdk_pixbuf_get_pixels (pixbuf) + y * gdk_pixbuf_get_rowstride (pixbuf) + 3 * x,
              (int) (127 + 100 * sin (x / 40.0) * cos (y / 30.0)), 3);
  g_assert_true (gdk_pixbuf_save_to_buffer (pixbuf, &jpeg, &n, "jpeg", NULL, "quality", "95", NULL));

  LathePreprocess preprocess = plain (32, 32, 1);
  guint8 reduced[32 * 32], whole[32 * 32];
  for (guint orientation = 1; orientation <= 8; orientation++)
    {
      g_autofree char *tag = g_strdup_printf ("%u", orientation);
      gdk_pixbuf_remove_option (pixbuf, "orientation");
      gdk_pixbuf_set_option (pixbuf, "orientation", tag);
      lathe_decode_pixbuf (pixbuf, &preprocess, whole);
      put_lying_jpeg (fixture, "large.jpg", jpeg, n, orientation);
      g_assert_true (lathe_decode_file (path, &preprocess, reduced, NULL));
      for (guint i = 0; i < sizeof whole; i++)
        g_assert_cmpint (ABS (reduced[i] - whole[i]), <=, 3);
    }
}

/* Any byte may be wrong, and the file may end anywhere: it is decoded, or refused with a reason. */
static void
test_damaged_jpeg_is_never_fatal (Fixture *fixture, gconstpointer data)
{
  const char *const samples[] = {"photo.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"};
  g_autofree char *path = place (fixture, "damaged.jpg");
  LathePreprocess preprocess = plain (16, 16, 3);
  guint8 bytes[16 * 16 * 3];
  guint n_refused = 0;

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autofree char *sound_path = sample_path (samples[i]);
      g_autofree char *sound = NULL;
      gsize length;
      g_assert_true (g_file_get_contents (sound_path, &sound, &length, NULL));
      for (gsize at = 2; at < length - 2; at++)
        for (gboolean cut = FALSE; cut <= TRUE; cut++)
          {
            g_autoptr (GError) error = NULL;
            g_autofree char *damaged = g_memdup2 (sound, length);
            damaged[at] ^= (char) (cut ? 0 : 1 << at % 8);
            if (cut)
              memcpy (damaged + at, "\xff\xd9", 2);
            put_bytes (fixture, "damaged.jpg", damaged, cut ? at + 2 : length);
            gboolean ok = lathe_decode_file (path, &preprocess, bytes, &error);
            g_assert_true (ok == (error == NULL));
            g_assert_true (ok || (error->domain == LATHE_ERROR && strlen (error->message) > 0));
            n_refused += !ok;
          }
    }
  g_assert_cmpuint (n_refused, >, 100);
}

static void
test_extreme_shapes (void)
{
  const guint shapes[][2] = {{1, 1}, {5000, 1}, {1, 5000}};
  LathePreprocess preprocess = plain (16, 16, 3);
  guint8 bytes[16 * 16 * 3];
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autoptr (GdkPixbuf) pixbuf =
          gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, (int) shapes[i][0], (int) shapes[i][1]);
      gdk_pixbuf_fill (pixbuf, 0x123456ff);
      lathe_decode_pixbuf (pixbuf, &preprocess, bytes);
      for (guint p = 0; p < 16 * 16; p++)
        {
          g_assert_cmpuint (bytes[p * 3], ==, 0x12);
          g_assert_cmpuint (bytes[p * 3 + 2], ==, 0x56);
        }
    }
}

static void
test_refused_files (Fixture *fixture, gconstpointer data)
{
  LathePreprocess preprocess = plain (16, 16, 3);
  guint8 bytes[16 * 16 * 3];
  g_autofree char *fifo = place (fixture, "pipe.png");
  g_autofree char *giant = place (fixture, "giant.png");
  g_autofree char *missing = place (fixture, "missing.png");
  g_autofree char *huge = place (fixture, "huge.png");
  const char *const paths[] = {fifo, giant, missing, huge, fixture->folder};
  const int codes[] = {LATHE_ERROR_IO, LATHE_ERROR_UNSUPPORTED, LATHE_ERROR_IO, LATHE_ERROR_UNSUPPORTED,
                       LATHE_ERROR_IO};

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  put_giant (fixture, "giant.png");
  put_text (fixture, "huge.png", "\x89PNG");
  g_assert_cmpint (truncate (huge, (off_t) LATHE_MAX_IMAGE_BYTES + 1), ==, 0);
  alarm (5);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (lathe_decode_file (paths[i], &preprocess, bytes, &error));
      g_assert_error (error, LATHE_ERROR, codes[i]);
      g_assert_null (lathe_decode_preview (paths[i], 32, NULL));
    }
  alarm (0);
}

static void
test_normalisation (void)
{
  LathePreprocess preprocess = {
      .width = 1, .height = 2, .channels = 3, .mean = {0.5f, 0, 0.25f}, .deviation = {0.5f, 1, 2}};
  const guint8 bytes[] = {0, 255, 51, 255, 0, 51};
  const double expected[] = {-1, 1, -0.025, 1, 0, -0.025};
  LatheReal x[6];
  LatheByteTable table;
  lathe_preprocess_tabulate (&preprocess, table);
  lathe_preprocess_apply (&preprocess, table, bytes, 1, x);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpfloat_with_epsilon (x[i], expected[i], 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decode/same-size-is-exact", test_same_size_is_exact);
  g_test_add_func ("/decode/kinds-of-pixels", test_kinds_of_pixels);
  ADD ("/decode/orientation", test_orientation);
  ADD ("/decode/cover-and-centre", test_cover_and_centre);
  ADD ("/decode/whole-image-is-seen", test_whole_image_is_seen);
  g_test_add_func ("/decode/jpeg-is-decoded-as-elsewhere", test_jpeg_is_decoded_as_elsewhere);
  g_test_add_func ("/decode/scaled-as-elsewhere", test_scaled_as_elsewhere);
  ADD ("/decode/reduced-jpeg-is-faithful", test_reduced_jpeg_is_faithful);
  ADD ("/decode/damaged-jpeg-is-never-fatal", test_damaged_jpeg_is_never_fatal);
  g_test_add_func ("/decode/extreme-shapes", test_extreme_shapes);
  ADD ("/decode/refused-files", test_refused_files);
  g_test_add_func ("/decode/normalisation", test_normalisation);
  return g_test_run ();
}
