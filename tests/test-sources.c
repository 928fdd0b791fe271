/* test-sources.c: datasets from tables of labels, from names, and from IDX and CIFAR files; and damaged ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <locale.h>
#include <string.h>
#include <zlib.h>

#include "sources.h"

/* --- tables and names -------------------------------------------------------------------------------------------- */

static void
put_flat (Fixture *fixture, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("flat/%s_%02u.png", i % 2 ? "dog" : "cat", i);
      put_image (fixture, name, 8, 8, 0x100000 + i, "png");
    }
}

static void
test_table_of_labels (Fixture *fixture, gconstpointer data)
{
  put_flat (fixture, 16);
  put_image (fixture, "flat/deep/with \"quotes\", and\nmore.png", 8, 8, 0x77, "png");
  put_text (fixture, "flat/README", "about");
  put_text (fixture, "flat/labels.csv",
            "\xef\xbb\xbf"
            "Label,note,FILE,split\r\n"
            "cat,,cat_00.png,train\r\n"
            "\"dog, large\",\"a \"\"note\"\"\r\nin two lines\",dog_01.png,Training\r\n"
            "\r\n"
            "cat,,./cat_02.png,val\r\n"
            "\"dog, large\",,dog_03.png,validation\r\n"
            " cat ,,cat_04.png,test\r\n"
            "\"dog, large\",,\"dog_05.png\",test\r\n"
            "cat,,\"deep/with \"\"quotes\"\", and\nmore.png\",train\r\n"
            "cat,,missing.png,train\r\n"
            "cat,,../../../etc/passwd,train\r\n"
            ",,cat_06.png,train\r\n"
            "dog\r\n"
            "cat,,cat_00.png,test\r\n"
            "cat,,cat_08.png,holdout\r\n"
            "\"dog, large\",,dog_09.png");
  g_autoptr (LatheDataset) dataset = scan_source (fixture, "flat");
  assert_image (fixture, dataset, "flat/cat_00.png", "cat", LATHE_SPLIT_TRAIN);
  assert_image (fixture, dataset, "flat/dog_01.png", "dog, large", LATHE_SPLIT_TRAIN);
  assert_image (fixture, dataset, "flat/cat_02.png", "cat", LATHE_SPLIT_VALIDATION);
  assert_image (fixture, dataset, "flat/dog_03.png", "dog, large", LATHE_SPLIT_VALIDATION);
  assert_image (fixture, dataset, "flat/cat_04.png", "cat", LATHE_SPLIT_TEST);
  assert_image (fixture, dataset, "flat/dog_05.png", "dog, large", LATHE_SPLIT_TEST);
  assert_image (fixture, dataset, "flat/dog_09.png", "dog, large", LATHE_SPLIT_TRAIN);
  assert_image (fixture, dataset, "flat/deep/with \"quotes\", and\nmore.png", "cat", LATHE_SPLIT_TRAIN);
  assert_problem (fixture, dataset, "flat/missing.png", "but not there");
  assert_problem (fixture, dataset, "flat/../../../etc/passwd", "but not there");
  assert_problem (fixture, dataset, "flat/cat_06.png", "has no label");
  assert_problem (fixture, dataset, "flat/labels.csv", "line 15 names no file");
  assert_problem (fixture, dataset, "flat/cat_00.png", "again, in line 16");
  assert_problem (fixture, dataset, "flat/cat_08.png", "“holdout” is not a side");
  assert_problem (fixture, dataset, "flat/dog_07.png", "not in the list");
  assert_problem (fixture, dataset, "flat/README", "not in the list");
  assert_counts (dataset, 2, 8, 7 + 1 + 7 - 1); /* cat_10 to dog_15 and the eight above, and dog_07 is one of seven */
}

/* As .zip, .tar and .tar.gz. */
static void
assert_packed_is_the_same (Fixture *fixture, const char *folder, LatheDataset *dataset)
{
  for (guint i = 0; i < 3; i++)
    {
      put_archive_of (fixture, archives[i], folder);
      g_autoptr (LatheDataset) packed = scan_source (fixture, archives[i]);
      assert_same (packed, dataset);
    }
}

static void
test_table_without_a_header (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  put_flat (fixture, 40);
  for (guint i = 0; i < 40; i++)
    g_string_append_printf (text, "%s_%02u.png;%s\n", i % 2 ? "dog" : "cat", i, i % 2 ? "dog" : "cat");
  put_text (fixture, "elsewhere.csv", text->str);
  g_autofree char *path = g_build_filename (fixture->folder, "elsewhere.csv", NULL);
  g_autoptr (LatheDataset) dataset = scan_with (fixture, "flat", path, NULL, NULL);
  assert_counts (dataset, 2, 40, 0);
  assert_share (dataset, -1, LATHE_SPLIT_TRAIN, 0.7);
  g_assert_cmpstr (lathe_dataset_get_options (dataset)->labels, ==, path);

  put_text (fixture, "flat/labels.csv", text->str);
  g_autoptr (LatheDataset) beside = scan_source (fixture, "flat");
  assert_same (beside, dataset);
  assert_packed_is_the_same (fixture, "flat", dataset);
}

static void
test_refused_tables (Fixture *fixture, gconstpointer data)
{
  const struct
  {
    const char *text, *part;
  } tables[] = {
      {"file,label\ncat_00.png,\"cat\ndog_01.png,dog\n", "a quote in line 2 is not closed"},
      {"1,cat\n2,dog\n", "no image"},
      {"", "empty"},
      {"file,label\n\xff\xfe,cat\n", "UTF-8"},
  };
  put_flat (fixture, 8);
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      put_text (fixture, "flat/labels.csv", tables[i].text);
      assert_refused (fixture, "flat", LATHE_ERROR_DATA, tables[i].part);
    }
}

/* A table of so many images, six of a person, in which only some are; the copy is of the first and the last person. */
static LatheDataset *
scan_persons (Fixture *fixture, guint first, guint n, guint step)
{
  g_autoptr (GString) text = g_string_new ("file,label,group\n");
  for (guint i = first; i < n; i += step)
    g_string_append_printf (text, "%s_%02u.png,%s,person %u\n", i % 2 ? "dog" : "cat", i, i % 2 ? "dog" : "cat", i / 6);
  g_string_append (text, "copy.png,cat,person 19\n");
  put_text (fixture, "flat/labels.csv", text->str);
  return scan_source (fixture, "flat");
}

static guint
person_of (const LatheImage *image)
{
  guint number;

  if (g_str_has_suffix (image->path, "copy.png"))
    return 19;
  g_assert_cmpint (sscanf (strrchr (image->path, '_'), "_%u.png", &number), ==, 1);
  return number / 6;
}

static void
test_groups_share_a_side (Fixture *fixture, gconstpointer data)
{
  int sides[20];

  put_flat (fixture, 120);
  put_image (fixture, "flat/copy.png", 8, 8, 0x100000, "png"); /* of cat_00, of person 0 */
  g_autoptr (LatheDataset) scanned = scan_persons (fixture, 0, 120, 1);
  for (LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT; options.seed < 20; options.seed++)
    {
      g_autoptr (LatheDataset) dataset = lathe_dataset_resplit (scanned, &options, NULL);
      memset (sides, -1, sizeof sides);
      for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
        {
          const LatheImage *image = lathe_dataset_get_image (dataset, i);
          guint person = person_of (image);
          g_assert_true (sides[person] == -1 || sides[person] == (int) image->split);
          sides[person] = image->split;
        }
      g_assert_cmpint (sides[0], ==, sides[19]);
      for (int label = 0; label < 2; label++)
        for (int side = 0; side < LATHE_N_SPLITS; side++)
          g_assert_cmpuint (lathe_dataset_count (dataset, label, side), >=, 1);
    }
}

/* Whichever of its images are there, in whatever order the groups are named. */
static void
test_groups_keep_their_sides (Fixture *fixture, gconstpointer data)
{
  int sides[20];

  put_flat (fixture, 120);
  put_image (fixture, "flat/copy.png", 8, 8, 0x100000, "png");
  g_autoptr (LatheDataset) whole = scan_persons (fixture, 0, 120, 1);
  for (guint i = 0; i < lathe_dataset_get_n_images (whole); i++)
    sides[person_of (lathe_dataset_get_image (whole, i))] = lathe_dataset_get_image (whole, i)->split;
  for (guint first = 0; first < 5; first++)
    {
      g_autoptr (LatheDataset) part = scan_persons (fixture, first * 5, 120, 5);
      for (guint i = 0; i < lathe_dataset_get_n_images (part); i++)
        {
          const LatheImage *image = lathe_dataset_get_image (part, i);
          if (person_of (image) != 0 && person_of (image) != 19) /* which no copy unites where one of them is missing */
            g_assert_cmpint (image->split, ==, sides[person_of (image)]);
        }
    }
}

static void
test_pattern (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  put_flat (fixture, 20);
  put_image (fixture, "flat/42.png", 8, 8, 0x42, "png");
  g_autoptr (LatheDataset) dataset = scan_with (fixture, "flat", NULL, "^([a-z]+)_", &error);
  g_assert_no_error (error);
  assert_image (fixture, dataset, "flat/dog_03.png", "dog", -1);
  assert_problem (fixture, dataset, "flat/42.png", "by the pattern");
  assert_counts (dataset, 2, 20, 1);

  const struct
  {
    const char *pattern;
    int code;
    const char *part;
  } refused[] = {
      {"^([a-z]+_", LATHE_ERROR_INVALID, "cannot be used"},
      {"^[a-z]+_", LATHE_ERROR_INVALID, "no parentheses"},
      {"^([A-Z]+)_", LATHE_ERROR_DATA, "by the pattern"},
      {"^(horse)_", LATHE_ERROR_DATA, "by the pattern"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) reason = NULL;
      g_assert_null (scan_with (fixture, "flat", NULL, refused[i].pattern, &reason));
      g_assert_error (reason, LATHE_ERROR, refused[i].code);
      g_assert_nonnull (strstr (reason->message, refused[i].part));
    }
}

/* --- IDX --------------------------------------------------------------------------------------------------------- */

enum
{
  IDX_WIDTH = 3,
  IDX_HEIGHT = 4,
};

static guint8
idx_pixel (guint image, guint at)
{
  return (guint8) (image * 31 + at * 7);
}

/* says: how many it says that it holds */
static GBytes *
idx_file (gboolean images, guint n, guint says, guint classes)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const guint dimensions[] = {says, IDX_HEIGHT, IDX_WIDTH};
  put_number (out, 0, 2);
  put_number (out, 8, 1);
  put_number (out, images ? 3 : 1, 1);
  for (guint i = 0; i < (images ? 3 : 1); i++)
    put_number (out, GUINT32_SWAP_LE_BE (dimensions[i]), 4);
  for (guint i = 0; i < n; i++)
    if (!images)
      put_number (out, i % classes, 1);
    else
      for (guint k = 0; k < IDX_WIDTH * IDX_HEIGHT; k++)
        put_number (out, idx_pixel (i, k), 1);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

static void
put_idx (Fixture *fixture, const char *name, gboolean images, guint n, guint says, guint classes)
{
  g_autoptr (GBytes) bytes = idx_file (images, n, says, classes);
  g_autofree char *path = place (fixture, name);
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  if (!g_str_has_suffix (name, ".gz"))
    {
      put_bytes (fixture, name, data, size);
      return;
    }
  gzFile file = gzopen (path, "wb");
  g_assert_cmpint (gzwrite (file, data, (unsigned) size), ==, (int) size);
  gzclose (file);
}

static void
put_idx_set (Fixture *fixture, const char *folder, const char *end)
{
  const struct
  {
    const char *name;
    gboolean images;
    guint n;
  } files[] = {
      {"train-images-idx3-ubyte", TRUE, 60},
      {"train-labels-idx1-ubyte", FALSE, 60},
      {"t10k-images-idx3-ubyte", TRUE, 20},
      {"t10k-labels-idx1-ubyte", FALSE, 20},
  };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *name = g_strconcat (folder, "/", files[i].name, end, NULL);
      put_idx (fixture, name, files[i].images, files[i].n, files[i].n, 10);
    }
}

static void
test_idx (Fixture *fixture, gconstpointer data)
{
  const LathePreprocess preprocess = {.width = IDX_WIDTH, .height = IDX_HEIGHT, .channels = 1, .deviation = {1}};
  guint8 pixels[IDX_WIDTH * IDX_HEIGHT];

  put_idx_set (fixture, "raw", "");
  g_autoptr (LatheDataset) dataset = scan_source (fixture, "raw");
  assert_counts (dataset, 10, 80, 0);
  g_assert_cmpuint (lathe_dataset_count (dataset, 3, LATHE_SPLIT_TEST), ==, 2);
  g_assert_cmpuint (lathe_dataset_count (dataset, 3, -1), ==, 8);
  g_assert_cmpuint (lathe_dataset_count (dataset, 3, LATHE_SPLIT_TRAIN), >=, 1);
  g_assert_cmpuint (lathe_dataset_count (dataset, 3, LATHE_SPLIT_VALIDATION), >=, 1);
  assert_image (fixture, dataset, "raw/train-images-idx3-ubyte/000042", "2", -1);
  assert_image (fixture, dataset, "raw/t10k-images-idx3-ubyte/000019", "9", LATHE_SPLIT_TEST);

  const LatheImage *image = find_image (fixture, dataset, "raw/train-images-idx3-ubyte/000042");
  g_assert_true (image->grey);
  g_assert_cmpuint (image->width, ==, IDX_WIDTH);
  g_assert_cmpuint (image->height, ==, IDX_HEIGHT);
  g_assert_true (lathe_decode_image (image, &preprocess, pixels, NULL));
  for (guint k = 0; k < sizeof pixels; k++)
    g_assert_cmpuint (pixels[k], ==, idx_pixel (42, k));
  g_autoptr (GdkPixbuf) preview = lathe_decode_image_preview (image, 0, NULL);
  g_assert_cmpint (gdk_pixbuf_get_width (preview), ==, IDX_WIDTH);

  /* One file stands for its set; compressed, and packed once more, it is the same. */
  g_autoptr (LatheDataset) chosen = scan_source (fixture, "raw/t10k-labels-idx1-ubyte");
  assert_same (chosen, dataset);
  put_idx_set (fixture, "zipped", ".gz");
  g_autoptr (LatheDataset) zipped = scan_source (fixture, "zipped");
  g_autofree char *x = lathe_dataset_fingerprint (zipped), *y = lathe_dataset_fingerprint (dataset);
  g_assert_cmpstr (x, ==, y);
  for (guint i = 0; i < 3; i++)
    {
      put_archive_of (fixture, archives[i], i == 1 ? "zipped" : "raw");
      g_autoptr (LatheDataset) packed = scan_source (fixture, archives[i]);
      assert_same (packed, dataset);
    }
}

static void
test_idx_names (Fixture *fixture, gconstpointer data)
{
  put_idx_set (fixture, "m", "");
  put_text (fixture, "m/labels.txt", "nil\r\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n\n");
  g_autoptr (LatheDataset) named = scan_source (fixture, "m");
  assert_image (fixture, named, "m/train-images-idx3-ubyte/000040", "nil", -1);

  put_text (fixture, "m/labels.txt", "nil\none\n");
  g_autoptr (LatheDataset) few = scan_source (fixture, "m");
  assert_image (fixture, few, "m/train-images-idx3-ubyte/000040", "0", -1);
  assert_problem (fixture, few, "m/labels.txt", "names 2 classes, and there are 10");

  put_text (fixture, "m/labels.txt", "nil\nnil\n");
  g_autoptr (LatheDataset) twice = scan_source (fixture, "m");
  assert_problem (fixture, twice, "m/labels.txt", "not a list of names");
}

static void
test_refused_idx (Fixture *fixture, gconstpointer data)
{
  const char *const images = "m/train-images-idx3-ubyte", *const labels = "m/train-labels-idx1-ubyte";
  const guint counts[] = {41, 39, 0x7fffffff, 0xffffffff};

  put_idx (fixture, images, TRUE, 40, 40, 2);
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "labels are missing");
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      put_idx (fixture, labels, FALSE, 40, 40, 2);
      put_idx (fixture, images, TRUE, 40, counts[i], 2);
      assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "it says that");
      put_idx (fixture, images, TRUE, 40, 40, 2);
      put_idx (fixture, labels, FALSE, 40, counts[i], 2);
      assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "it says that");
    }
  put_idx (fixture, labels, FALSE, 39, 39, 2);
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "it holds 40 images, and there are 39 labels");

  put_text (fixture, images, "not an IDX file at all");
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "does not begin");
  put_text (fixture, images, "");
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "truncated");
  put_bytes (fixture, images, "\0\0\x08\x03\0\0\0\1\0\1\0\0\0\1\0\0", 16);
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "past all bounds");
  put_bytes (fixture, images, "\0\0\x08\x03\0\0\0\1\0\0\0\0\0\0\0\1", 16);
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "no size");

  put_idx_set (fixture, "gz", ".gz");
  put_cut (fixture, "gz/train-images-idx3-ubyte.gz", "gz/train-images-idx3-ubyte.gz", 0.5);
  assert_refused (fixture, "gz", LATHE_ERROR_FORMAT, "truncated");

  put_idx_set (fixture, "two", "");
  put_idx (fixture, "two/letters-train-images-idx3-ubyte", TRUE, 40, 40, 2);
  put_idx (fixture, "two/letters-train-labels-idx1-ubyte", FALSE, 40, 40, 2);
  assert_refused (fixture, "two", LATHE_ERROR_DATA, "several sets");
  g_autoptr (LatheDataset) letters = scan_source (fixture, "two/letters-train-images-idx3-ubyte");
  assert_counts (letters, 2, 40, 0);
}

/* The set that Debian has, where it is installed. */
static void
test_idx_of_debian (void)
{
  const char *folder = "/usr/share/datasets/fashion-mnist";
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_test_skip ("dataset-fashion-mnist is not installed");
      return;
    }
  g_autoptr (LatheDataset) dataset = lathe_dataset_scan (folder, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_counts (dataset, 10, 70000, 0);
  for (int label = 0; label < 10; label++)
    g_assert_cmpuint (lathe_dataset_count (dataset, label, LATHE_SPLIT_TEST), ==, 1000);
}

/* --- CIFAR ------------------------------------------------------------------------------------------------------- */

static guint8
cifar_pixel (guint image, guint at)
{
  return (guint8) (image * 17 + at * 5 + at / 1024);
}

static void
put_cifar (Fixture *fixture, const char *name, guint n_labels, guint n, guint classes, gsize cut)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  for (guint i = 0; i < n; i++)
    {
      if (n_labels == 2)
        put_number (out, 19, 1);
      put_number (out, i % classes, 1);
      for (guint k = 0; k < 3072; k++)
        put_number (out, cifar_pixel (i, k), 1);
    }
  put_bytes (fixture, name, out->data, out->len - cut);
}

static void
test_cifar (Fixture *fixture, gconstpointer data)
{
  const LathePreprocess preprocess = {.width = 32, .height = 32, .channels = 3, .deviation = {1, 1, 1}};
  guint8 pixels[3072];

  put_cifar (fixture, "c/data_batch_1.bin", 1, 30, 10, 0);
  put_cifar (fixture, "c/data_batch_2.bin", 1, 30, 10, 0);
  put_cifar (fixture, "c/test_batch.bin", 1, 20, 10, 0);
  put_text (fixture, "c/batches.meta.txt", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
  put_text (fixture, "c/readme.html", "<html>");
  g_autoptr (LatheDataset) dataset = scan_source (fixture, "c");
  assert_counts (dataset, 10, 80, 0);
  assert_image (fixture, dataset, "c/data_batch_2.bin/00013", "cat", -1);
  assert_image (fixture, dataset, "c/test_batch.bin/00019", "truck", LATHE_SPLIT_TEST);
  const LatheImage *image = find_image (fixture, dataset, "c/data_batch_2.bin/00013");
  g_assert_false (image->grey);
  g_assert_true (lathe_decode_image (image, &preprocess, pixels, NULL));
  for (guint k = 0; k < 1024; k++)
    for (guint c = 0; c < 3; c++)
      g_assert_cmpuint (pixels[k * 3 + c], ==, cifar_pixel (13, c * 1024 + k));

  g_autoptr (LatheDataset) chosen = scan_source (fixture, "c/test_batch.bin");
  assert_same (chosen, dataset);
  assert_packed_is_the_same (fixture, "c", dataset);
}

static void
test_cifar_100 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < 100; i++)
    g_string_append_printf (names, "thing %u\n", i);
  put_cifar (fixture, "c/train.bin", 2, 200, 100, 0);
  put_cifar (fixture, "c/test.bin", 2, 100, 100, 0);
  put_text (fixture, "c/fine_label_names.txt", names->str);
  g_autoptr (LatheDataset) dataset = scan_source (fixture, "c");
  assert_counts (dataset, 100, 300, 0);
  assert_image (fixture, dataset, "c/train.bin/00150", "thing 50", -1);
  assert_image (fixture, dataset, "c/test.bin/00099", "thing 99", LATHE_SPLIT_TEST);
}

static void
test_damaged_cifar (Fixture *fixture, gconstpointer data)
{
  put_cifar (fixture, "c/data_batch_1.bin", 1, 30, 10, 1);
  put_cifar (fixture, "c/test_batch.bin", 1, 24, 12, 0);
  g_autoptr (LatheDataset) dataset = scan_source (fixture, "c");
  assert_problem (fixture, dataset, "c/data_batch_1.bin", "truncated");
  assert_problem (fixture, dataset, "c/test_batch.bin/00010", "past the last class");
  assert_problem (fixture, dataset, "c/test_batch.bin/00023", "past the last class");
  assert_counts (dataset, 10, 29 + 20, 1 + 4);

  put_cifar (fixture, "c/data_batch_1.bin", 1, 1, 10, 3000);
  assert_refused (fixture, "c", LATHE_ERROR_FORMAT, "truncated");
}

/* --- mutations --------------------------------------------------------------------------------------------------- */

/* Bytes flipped, set, cut, moved; each `seed` another way. */
static GByteArray *
mutate (const guint8 *bytes, gsize n, guint32 seed)
{
  static const guint8 odd[] = {0, 1, 0x7f, 0x80, 0xff};
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, bytes, (guint) n);
  for (gint32 i = g_rand_int_range (random, 1, 6); i > 0 && out->len > 8; i--)
    {
      guint at = (guint) g_rand_int_range (random, 0, (gint32) out->len);
      guint to = (guint) g_rand_int_range (random, 0, (gint32) out->len);
      guint length = (guint) g_rand_int_range (random, 1, 64), room = out->len - MAX (at, to);
      switch (g_rand_int_range (random, 0, 5))
        {
        case 0:
          out->data[at] ^= (guint8) (1 << g_rand_int_range (random, 0, 8));
          break;
        case 1:
          out->data[at] = odd[g_rand_int_range (random, 0, G_N_ELEMENTS (odd))];
          break;
        case 2:
          memset (out->data + at, odd[g_rand_int_range (random, 0, G_N_ELEMENTS (odd))], MIN (4, out->len - at));
          break;
        case 3:
          memmove (out->data + to, out->data + at, MIN (length, room));
          break;
        default:
          if (g_rand_boolean (random))
            g_byte_array_set_size (out, at);
          break;
        }
    }
  return out;
}

/* Without the care that g_file_set_contents () takes, which is slow. */
static void
put_over (const char *path, GByteArray *bytes)
{
  FILE *file = fopen (path, "wb");
  g_assert_cmpuint (fwrite (bytes->data, 1, bytes->len, file), ==, bytes->len);
  fclose (file);
}

/* Whatever it holds, each of its images that the scan believes is decoded or refused with a reason. */
static void
try_source (Fixture *fixture, const char *name)
{
  const LathePreprocess preprocess = {.width = 4, .height = 4, .channels = 3, .deviation = {1, 1, 1}};
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheDataset) dataset = scan_with (fixture, name, NULL, NULL, &error);
  guint8 bytes[4 * 4 * 3];

  if (dataset == NULL)
    {
      g_assert_cmpuint (error->domain, ==, LATHE_ERROR);
      return;
    }
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      g_autoptr (GError) reason = NULL;
      if (!lathe_decode_image (lathe_dataset_get_image (dataset, i), &preprocess, bytes, &reason))
        g_assert_cmpuint (reason->domain, ==, LATHE_ERROR);
    }
}

static void
test_mutated_sources (Fixture *fixture, gconstpointer data)
{
  const char *const files[] = {"s.zip",
                               "s.tar",
                               "s.tar.gz",
                               "f/labels.csv",
                               "m/train-images-idx3-ubyte",
                               "m/train-labels-idx1-ubyte",
                               "g/train-images-idx3-ubyte.gz",
                               "c/data_batch_1.bin",
                               "c/batches.meta.txt"};
  const char *const sources[] = {"s.zip", "s.tar", "s.tar.gz", "f", "m", "m", "g", "c", "c"};
  guint n = g_test_slow () ? 5000 : 300;

  put_images (fixture, "s/cats", 3, 0x100000);
  put_images (fixture, "s/dogs", 3, 0x200000);
  put_images (fixture, "f", 4, 0x300000);
  put_text (fixture, "f/labels.csv",
            "file,label,split,group\n0000.png,\"a\",train,1\n0001.png,b,test,\"2\n\"\n"
            "0002.png,b,,\n0003.png,a,,1\n");
  for (guint i = 0; i < 3; i++)
    put_archive_of (fixture, files[i], "s");
  put_idx (fixture, "m/train-images-idx3-ubyte", TRUE, 20, 20, 4);
  put_idx (fixture, "m/train-labels-idx1-ubyte", FALSE, 20, 20, 4);
  put_idx (fixture, "g/train-images-idx3-ubyte.gz", TRUE, 20, 20, 4);
  put_idx (fixture, "g/train-labels-idx1-ubyte", FALSE, 20, 20, 4);
  put_cifar (fixture, "c/data_batch_1.bin", 1, 12, 10, 0);
  put_text (fixture, "c/batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, files[i], NULL);
      g_autofree char *bytes = NULL;
      gsize size;
      g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
      for (guint32 seed = 0; seed < n; seed++)
        {
          g_autoptr (GByteArray) mutant = mutate ((const guint8 *) bytes, size, seed);
          put_over (path, mutant);
          try_source (fixture, sources[i]);
        }
      put_bytes (fixture, files[i], bytes, size);
      g_autoptr (LatheDataset) whole = scan_source (fixture, sources[i]);
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_CTYPE, "C.UTF-8"); /* libarchive writes names in the encoding of the locale */
  g_test_init (&argc, &argv, NULL);
  ADD ("/sources/labels/table", test_table_of_labels);
  ADD ("/sources/labels/table-without-a-header", test_table_without_a_header);
  ADD ("/sources/labels/refused-tables", test_refused_tables);
  ADD ("/sources/labels/groups-share-a-side", test_groups_share_a_side);
  ADD ("/sources/labels/groups-keep-their-sides", test_groups_keep_their_sides);
  ADD ("/sources/labels/pattern", test_pattern);
  ADD ("/sources/idx/set", test_idx);
  ADD ("/sources/idx/names", test_idx_names);
  ADD ("/sources/idx/refused", test_refused_idx);
  g_test_add_func ("/sources/idx/of-debian", test_idx_of_debian);
  ADD ("/sources/cifar/10", test_cifar);
  ADD ("/sources/cifar/100", test_cifar_100);
  ADD ("/sources/cifar/damaged", test_damaged_cifar);
  ADD ("/sources/mutated", test_mutated_sources);
  return g_test_run ();
}
