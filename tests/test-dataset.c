/* test-dataset.c: folders, images good and bad, the split, the one preprocessing path, and the store.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lathe.h"

/* --- folders that a test fills ----------------------------------------------------------------------------------- */

typedef struct
{
  char *folder;
} Fixture;

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

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("lathe-dataset-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

/* The path of a file whose folder is there. */
static char *
place (Fixture *fixture, const char *name)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  return path;
}

static void
put_bytes (Fixture *fixture, const char *name, const void *bytes, gsize n)
{
  g_autofree char *path = place (fixture, name);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
}

static void
put_text (Fixture *fixture, const char *name, const char *text)
{
  put_bytes (fixture, name, text, strlen (text));
}

static char *
sample_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "fixtures", "images", name, NULL);
}

/* A copy of the first `n` bytes (0: all) of an image in tests/fixtures/images. */
static void
put_sample (Fixture *fixture, const char *name, const char *sample, gsize n)
{
  g_autofree char *path = sample_path (sample);
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_cmpuint (n, <, length);
  put_bytes (fixture, name, bytes, n > 0 ? n : length);
}

/* An image of one colour, 0xrrggbb; each colour gives other bytes. */
static void
put_image (Fixture *fixture, const char *name, guint width, guint height, guint32 colour, const char *type)
{
  g_autofree char *path = place (fixture, name);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, (int) width, (int) height);
  gdk_pixbuf_fill (pixbuf, colour << 8 | 0xff);
  g_assert_true (gdk_pixbuf_save (pixbuf, path, type, NULL, NULL));
}

static void
put_images (Fixture *fixture, const char *folder, guint n, guint32 first_colour)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%04u.png", folder, i);
      put_image (fixture, name, 8, 8, first_colour + i, "png");
    }
}

static LatheDataset *
scan_seeded (Fixture *fixture, guint64 seed)
{
  g_autoptr (GError) error = NULL;
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  options.seed = seed;
  LatheDataset *dataset = lathe_dataset_scan (fixture->folder, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

static LatheDataset *
scan (Fixture *fixture)
{
  return scan_seeded (fixture, 1);
}

static void
assert_scan_fails (const char *folder, int code, const char *part)
{
  g_autoptr (GError) error = NULL;
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_assert_null (lathe_dataset_scan (folder, &options, NULL, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (strchr (error->message, '\n'));
}

/* Why a file is left out, or NULL. */
static const char *
problem_of (LatheDataset *dataset, const char *name)
{
  g_autofree char *path = g_build_filename (lathe_dataset_get_folder (dataset), name, NULL);
  for (guint i = 0; i < lathe_dataset_get_n_problems (dataset); i++)
    if (strcmp (lathe_dataset_get_problem (dataset, i)->path, path) == 0)
      return lathe_dataset_get_problem (dataset, i)->reason;
  return NULL;
}

static void
assert_problem (LatheDataset *dataset, const char *name, const char *part)
{
  const char *reason = problem_of (dataset, name);
  g_assert_nonnull (reason);
  g_test_message ("%s: %s", name, reason);
  g_assert_nonnull (strstr (reason, part));
}

static void
put_two_classes (Fixture *fixture)
{
  put_images (fixture, "cats", 10, 0x100000);
  put_images (fixture, "dogs", 10, 0x200000);
}

/* --- the scan ---------------------------------------------------------------------------------------------------- */

static void
test_classes (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "zebra", 3, 0x100000);
  put_images (fixture, "ape/young/wild", 4, 0x200000);
  put_images (fixture, "猫 and “more”", 2, 0x300000);
  put_images (fixture, "bad\xff", 2, 0x400000);
  put_image (fixture, "zebra/wide.jpg", 40, 10, 0x112233, "jpeg");

  g_autoptr (LatheDataset) dataset = scan (fixture);
  const char *const *classes = lathe_dataset_get_classes (dataset);
  g_assert_cmpuint (lathe_dataset_get_n_classes (dataset), ==, 4);
  g_assert_cmpstr (classes[0], ==, "ape");
  g_assert_cmpstr (classes[1], ==, "bad\\377");
  g_assert_cmpstr (classes[2], ==, "zebra");
  g_assert_cmpstr (classes[3], ==, "猫 and “more”");
  g_assert_null (classes[4]);
  g_assert_cmpuint (lathe_dataset_count (dataset, 0, -1), ==, 4);
  g_assert_cmpuint (lathe_dataset_count (dataset, 2, -1), ==, 4);
  g_assert_cmpuint (lathe_dataset_get_n_images (dataset), ==, 12);
  g_assert_cmpuint (lathe_dataset_get_n_problems (dataset), ==, 0);

  const LatheImage *wide = lathe_dataset_get_image (dataset, 9);
  g_assert_true (g_str_has_suffix (wide->path, "/zebra/wide.jpg"));
  g_assert_true (g_path_is_absolute (wide->path));
  g_assert_cmpuint (wide->width, ==, 40);
  g_assert_cmpuint (wide->height, ==, 10);
}

/* A PNG that claims to be enormous, to its last chunk. */
static void
put_giant (Fixture *fixture, const char *name)
{
  g_autofree char *path = sample_path ("grey.png");
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  memcpy (bytes + 16, "\0\0\x75\x30\0\0\x75\x30", 8);
  put_bytes (fixture, name, bytes, length);
}

static void
test_problems (Fixture *fixture, gconstpointer data)
{
  put_two_classes (fixture);
  put_sample (fixture, "cats/cut.png", "grey.png", 100);
  put_sample (fixture, "cats/cut.jpg", "turned.jpg", 600);
  put_sample (fixture, "cats/stub.jpg", "turned.jpg", 30);
  put_text (fixture, "cats/page.png", "\n <!DOCTYPE html><html><body>404</body></html>");
  put_text (fixture, "cats/notes.txt", "remember the milk");
  put_text (fixture, "cats/nothing.jpg", "");
  put_giant (fixture, "cats/giant.png");
  put_text (fixture, "cats/.hidden.png", "no image");
  put_text (fixture, "cats/Thumbs.db", "no image");
  put_text (fixture, "cats/__MACOSX/1.png", "no image");
  put_text (fixture, "void/notes.txt", "no image here");
  put_text (fixture, "README.md", "about the images");
  g_autofree char *fifo = place (fixture, "cats/pipe.png");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_autofree char *loop = place (fixture, "cats/loop");
  g_assert_cmpint (symlink ("..", loop), ==, 0);
  g_assert_cmpint (g_unlink (loop), ==, 0);
  g_assert_cmpint (symlink (".", loop), ==, 0);

  alarm (5);
  g_autoptr (LatheDataset) dataset = scan (fixture);
  alarm (0);
  assert_problem (dataset, "cats/cut.png", "truncated");
  assert_problem (dataset, "cats/cut.jpg", "truncated");
  assert_problem (dataset, "cats/stub.jpg", "truncated");
  assert_problem (dataset, "cats/page.png", "HTML");
  assert_problem (dataset, "cats/notes.txt", "not an image");
  assert_problem (dataset, "cats/nothing.jpg", "empty");
  assert_problem (dataset, "cats/giant.png", "30000×30000");
  assert_problem (dataset, "cats/pipe.png", "not a regular file");
  assert_problem (dataset, "void", "no usable images");
  assert_problem (dataset, "void/notes.txt", "not an image");
  assert_problem (dataset, "README.md", "not in the folder of a class");
  g_assert_cmpuint (lathe_dataset_get_n_problems (dataset), ==, 11);
  g_assert_cmpuint (lathe_dataset_get_n_classes (dataset), ==, 2);
  g_assert_cmpuint (lathe_dataset_get_n_images (dataset), ==, 20);
}

static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  if (geteuid () == 0)
    {
      g_test_skip ("root may read everything");
      return;
    }
  put_two_classes (fixture);
  put_images (fixture, "cats", 11, 0x100000);
  g_autofree char *path = place (fixture, "cats/0010.png");
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  g_autoptr (LatheDataset) dataset = scan (fixture);
  assert_problem (dataset, "cats/0010.png", "cannot be opened");
}

/* Phones append films to their photographs, and some programs a few zeros. */
static void
test_appended_bytes (Fixture *fixture, gconstpointer data)
{
  put_two_classes (fixture);
  const char *const samples[] = {"turned.jpg", "grey.png"};
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autofree char *name = g_strdup_printf ("cats/appended-%s", samples[i]);
      g_autofree char *path = place (fixture, name);
      put_sample (fixture, name, samples[i], 0);
      FILE *file = fopen (path, "ab");
      for (guint k = 0; k < 100000; k++)
        fputc (0, file);
      fclose (file);
    }
  g_autoptr (LatheDataset) dataset = scan (fixture);
  g_assert_cmpuint (lathe_dataset_get_n_problems (dataset), ==, 0);
  g_assert_cmpuint (lathe_dataset_count (dataset, 0, -1), ==, 12);
}

static void
test_refused_folders (Fixture *fixture, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (fixture->folder, "missing", NULL);
  assert_scan_fails (missing, LATHE_ERROR_IO, "missing");
  assert_scan_fails (fixture->folder, LATHE_ERROR_DATA, "is empty");

  put_image (fixture, "loose.png", 8, 8, 1, "png");
  g_autofree char *image = g_build_filename (fixture->folder, "loose.png", NULL);
  assert_scan_fails (image, LATHE_ERROR_IO, "not a folder");
  assert_scan_fails (fixture->folder, LATHE_ERROR_DATA, "no sub-folders");

  put_text (fixture, "cats/notes.txt", "no image");
  assert_scan_fails (fixture->folder, LATHE_ERROR_DATA, "no image that can be read");
  put_images (fixture, "cats", 3, 0x100000);
  assert_scan_fails (fixture->folder, LATHE_ERROR_DATA, "“cats”");
}

static void
test_refused_shares (Fixture *fixture, gconstpointer data)
{
  const double shares[][LATHE_N_SPLITS] = {{0.7, 0.2, 0.2}, {1.2, -0.1, -0.1}, {0, 0.5, 0.5}, {NAN, 0.5, 0.5}};
  put_two_classes (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++)
    {
      g_autoptr (GError) error = NULL;
      LatheDatasetOptions options = {.seed = 1};
      memcpy (options.share, shares[i], sizeof options.share);
      g_assert_null (lathe_dataset_scan (fixture->folder, &options, NULL, NULL, NULL, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
    }
}

static void
count_report (guint done, guint total, gpointer data)
{
  guint *last = data;
  g_assert_cmpuint (done, >=, *last);
  g_assert_cmpuint (done, <=, total);
  *last = done;
}

static void
test_progress_and_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  guint last = 0;

  put_two_classes (fixture);
  g_autoptr (LatheDataset) dataset =
      lathe_dataset_scan (fixture->folder, &options, count_report, &last, cancellable, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (last, ==, 20);
  g_cancellable_cancel (cancellable);
  g_assert_null (lathe_dataset_scan (fixture->folder, &options, NULL, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_duplicates (Fixture *fixture, gconstpointer data)
{
  put_two_classes (fixture);
  put_image (fixture, "cats/copy.png", 8, 8, 0x100003, "png");
  put_image (fixture, "dogs/copy.png", 8, 8, 0x100003, "png");

  g_autoptr (LatheDataset) dataset = scan (fixture);
  g_autoptr (GPtrArray) duplicates = lathe_dataset_get_duplicates (dataset);
  g_assert_cmpuint (duplicates->len, ==, 1);
  GArray *group = g_ptr_array_index (duplicates, 0);
  g_assert_cmpuint (group->len, ==, 3);
  g_assert_true (
      g_str_has_suffix (lathe_dataset_get_image (dataset, g_array_index (group, guint, 2))->path, "dogs/copy.png"));
}

static void
test_suggestion (Fixture *fixture, gconstpointer data)
{
  LathePreprocess preprocess;
  put_sample (fixture, "a/1.png", "grey.png", 0);
  put_sample (fixture, "b/1.png", "grey-16-bit.png", 0);
  put_sample (fixture, "b/2.jpg", "grey.jpg", 0);
  g_autoptr (LatheDataset) grey = scan (fixture);
  lathe_dataset_suggest (grey, 0, 64, &preprocess);
  g_assert_cmpuint (preprocess.channels, ==, 1);
  g_assert_cmpuint (preprocess.width, ==, 28);
  g_assert_cmpuint (preprocess.height, ==, 64);
  g_assert_cmpfloat (preprocess.mean[0], ==, 0);
  g_assert_cmpfloat (preprocess.deviation[0], ==, 1);

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("b/large-%u.png", i);
      put_image (fixture, name, 300, 10, i, "png");
    }
  g_autoptr (LatheDataset) colour = scan (fixture);
  lathe_dataset_suggest (colour, 0, 0, &preprocess);
  g_assert_cmpuint (preprocess.channels, ==, 3);
  g_assert_cmpuint (preprocess.width, ==, 128);
  g_assert_cmpuint (preprocess.height, ==, 16);
}

/* --- the split --------------------------------------------------------------------------------------------------- */

static void
test_split_is_stratified (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "large", 100, 0x100000);
  put_images (fixture, "small", 10, 0x200000);
  put_images (fixture, "tiny", 3, 0x300000);
  g_autoptr (LatheDataset) dataset = scan (fixture);

  const guint expected[3][LATHE_N_SPLITS] = {{70, 20, 10}, {7, 2, 1}, {1, 1, 1}};
  g_autofree guint8 *seen = g_new0 (guint8, 113);
  for (int side = 0; side < LATHE_N_SPLITS; side++)
    {
      for (int label = 0; label < 3; label++)
        g_assert_cmpuint (lathe_dataset_count (dataset, label, side), ==, expected[label][side]);
      g_autoptr (GArray) indices = lathe_dataset_get_split (dataset, (LatheSplit) side);
      for (guint i = 0; i < indices->len; i++)
        seen[g_array_index (indices, guint32, i)]++;
    }
  for (guint i = 0; i < 113; i++)
    g_assert_cmpuint (seen[i], ==, 1);
}

static guint
count_differences (LatheDataset *a, LatheDataset *b)
{
  guint n = 0;
  for (guint i = 0; i < lathe_dataset_get_n_images (a); i++)
    n += lathe_dataset_get_image (a, i)->split != lathe_dataset_get_image (b, i)->split;
  return n;
}

static void
test_split_follows_the_seed (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "a", 50, 0x100000);
  put_images (fixture, "b", 50, 0x200000);
  g_autoptr (LatheDataset) first = scan_seeded (fixture, 7);
  g_autoptr (LatheDataset) again = scan_seeded (fixture, 7);
  g_autoptr (LatheDataset) other = scan_seeded (fixture, 8);
  g_assert_cmpuint (count_differences (first, again), ==, 0);
  g_assert_cmpuint (count_differences (first, other), >, 10);
}

static void
test_split_keeps_copies_together (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "b", 20, 0x200000);
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *name = g_strdup_printf ("a/%02u.png", i);
      put_image (fixture, name, 8, 8, i % 20, "png");
    }
  for (guint64 seed = 0; seed < 5; seed++)
    {
      g_autoptr (LatheDataset) dataset = scan_seeded (fixture, seed);
      for (guint i = 0; i < 60; i++)
        g_assert_cmpint (lathe_dataset_get_image (dataset, i)->split, ==,
                         lathe_dataset_get_image (dataset, i % 20)->split);
      g_assert_cmpuint (lathe_dataset_count (dataset, 0, LATHE_SPLIT_TRAIN), ==, 42);
      g_assert_cmpuint (lathe_dataset_count (dataset, 0, LATHE_SPLIT_VALIDATION), ==, 12);
    }
}

static void
test_split_folders_are_honoured (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "Train/cats", 10, 0x100000);
  put_images (fixture, "Train/dogs", 10, 0x200000);
  put_images (fixture, "val/cats", 4, 0x300000);
  put_images (fixture, "test/dogs", 5, 0x400000);
  g_autoptr (LatheDataset) dataset = scan (fixture);
  g_assert_cmpuint (lathe_dataset_get_n_classes (dataset), ==, 2);
  g_assert_cmpuint (lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN), ==, 20);
  g_assert_cmpuint (lathe_dataset_count (dataset, 0, LATHE_SPLIT_VALIDATION), ==, 4);
  g_assert_cmpuint (lathe_dataset_count (dataset, 1, LATHE_SPLIT_TEST), ==, 5);

  put_images (fixture, "test/birds", 1, 0x500000);
  assert_scan_fails (fixture->folder, LATHE_ERROR_DATA, "“birds”");
}

/* Unlabelled test images, as competitions hand them out, are no test set. */
static void
test_split_takes_a_missing_side_from_training (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "train/cats", 20, 0x100000);
  put_images (fixture, "train/dogs", 20, 0x200000);
  put_images (fixture, "validation/cats", 5, 0x300000);
  put_images (fixture, "test", 3, 0x400000);
  g_autoptr (LatheDataset) dataset = scan (fixture);
  g_assert_cmpuint (lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN), ==, 36);
  g_assert_cmpuint (lathe_dataset_count (dataset, -1, LATHE_SPLIT_VALIDATION), ==, 5);
  g_assert_cmpuint (lathe_dataset_count (dataset, -1, LATHE_SPLIT_TEST), ==, 4);
  assert_problem (dataset, "test/0000.png", "not in the folder of a class");
}

static void
test_train_can_be_a_class (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "train", 10, 0x100000);
  put_images (fixture, "plane", 10, 0x200000);
  g_autoptr (LatheDataset) dataset = scan (fixture);
  g_assert_cmpstr (lathe_dataset_get_classes (dataset)[1], ==, "train");
  g_assert_cmpuint (lathe_dataset_count (dataset, 1, -1), ==, 10);
}

/* --- preprocessing ----------------------------------------------------------------------------------------------- */

static LathePreprocess
plain (guint width, guint height, guint channels)
{
  return (LathePreprocess){.width = width, .height = height, .channels = channels, .deviation = {1, 1, 1}};
}

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

/* --- the store --------------------------------------------------------------------------------------------------- */

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
#define ADD(name, function) g_test_add ("/dataset/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("scan/classes", test_classes);
  ADD ("scan/problems", test_problems);
  ADD ("scan/unreadable", test_unreadable);
  ADD ("scan/appended-bytes", test_appended_bytes);
  ADD ("scan/refused-folders", test_refused_folders);
  ADD ("scan/refused-shares", test_refused_shares);
  ADD ("scan/progress-and-cancel", test_progress_and_cancel);
  ADD ("scan/duplicates", test_duplicates);
  ADD ("scan/suggestion", test_suggestion);
  ADD ("split/is-stratified", test_split_is_stratified);
  ADD ("split/follows-the-seed", test_split_follows_the_seed);
  ADD ("split/keeps-copies-together", test_split_keeps_copies_together);
  ADD ("split/folders-are-honoured", test_split_folders_are_honoured);
  ADD ("split/missing-side-comes-from-training", test_split_takes_a_missing_side_from_training);
  ADD ("split/train-can-be-a-class", test_train_can_be_a_class);
  g_test_add_func ("/dataset/decode/same-size-is-exact", test_same_size_is_exact);
  g_test_add_func ("/dataset/decode/kinds-of-pixels", test_kinds_of_pixels);
  ADD ("decode/orientation", test_orientation);
  ADD ("decode/cover-and-centre", test_cover_and_centre);
  g_test_add_func ("/dataset/decode/jpeg-is-decoded-as-elsewhere", test_jpeg_is_decoded_as_elsewhere);
  g_test_add_func ("/dataset/decode/scaled-as-elsewhere", test_scaled_as_elsewhere);
  ADD ("decode/reduced-jpeg-is-faithful", test_reduced_jpeg_is_faithful);
  ADD ("decode/damaged-jpeg-is-never-fatal", test_damaged_jpeg_is_never_fatal);
  g_test_add_func ("/dataset/decode/extreme-shapes", test_extreme_shapes);
  ADD ("decode/refused-files", test_refused_files);
  g_test_add_func ("/dataset/decode/normalisation", test_normalisation);
  ADD ("store/gives-the-same-numbers", test_store_gives_the_same_numbers);
  ADD ("store/can-change-its-mind", test_store_can_change_its_mind);
  ADD ("store/outlives-bad-files", test_store_outlives_bad_files);
  ADD ("store/ends-at-any-time", test_store_ends_at_any_time);
  return g_test_run ();
}
