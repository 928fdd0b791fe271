/* test-dataset.c: folders, images good and bad, and the split.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images.h"

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
  put_text (fixture, "pets.lathe", "{}");
  put_text (fixture, "pets.lathe.mine", "{}");
  put_text (fixture, "pets.runs/runs.db", "");
  put_text (fixture, "pets.runs/1/model.safetensors", "");
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

  put_text (fixture, "cats/notes.txt", "no image");
  assert_scan_fails (fixture->folder, LATHE_ERROR_DATA, "no image that can be read");
}

/* They are one class, that is called as the folder is, until somebody divides them. */
static void
test_images_alone_are_one_class (Fixture *fixture, gconstpointer data)
{
  const LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autofree char *folder = g_build_filename (fixture->folder, "holiday", NULL);
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (GError) error = NULL;

  put_images (fixture, "holiday", 12, 1);
  put_text (fixture, "holiday/about.txt", "no image");
  dataset = lathe_dataset_scan (folder, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lathe_dataset_get_n_classes (dataset), ==, 1);
  g_assert_cmpstr (lathe_dataset_get_classes (dataset)[0], ==, "holiday");
  g_assert_cmpuint (lathe_dataset_get_n_images (dataset), ==, 12);
  g_assert_cmpuint (lathe_dataset_get_n_problems (dataset), ==, 1);
}

/* To look at, and to add to. */
static void
test_one_class_alone (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "cats", 30, 0x100000);
  g_autoptr (LatheDataset) dataset = scan (fixture);
  g_assert_cmpuint (lathe_dataset_get_n_classes (dataset), ==, 1);
  g_assert_cmpstr (lathe_dataset_get_classes (dataset)[0], ==, "cats");
  g_assert_cmpuint (lathe_dataset_get_n_images (dataset), ==, 30);
  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    g_assert_cmpuint (lathe_dataset_count (dataset, 0, (int) side), >, 0);
}

static void
test_refused_shares (Fixture *fixture, gconstpointer data)
{
  const double shares[][LATHE_N_SPLITS] = {{0.7, 0.2, 0.2}, {1.2, -0.1, -0.1}, {0, 0.5, 0.5}, {NAN, 0.5, 0.5}};
  put_two_classes (fixture);
  g_autoptr (LatheDataset) dataset = scan (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++)
    {
      g_autoptr (GError) error = NULL;
      LatheDatasetOptions options = {.seed = 1};
      memcpy (options.share, shares[i], sizeof options.share);
      g_assert_null (lathe_dataset_scan (fixture->folder, &options, NULL, NULL, NULL, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
      g_clear_error (&error);
      g_assert_null (lathe_dataset_resplit (dataset, &options, &error));
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
test_split_is_nearly_in_proportion (Fixture *fixture, gconstpointer data)
{
  static const double shares[][LATHE_N_SPLITS] = {{0.7, 0.2, 0.1}, {0.5, 0, 0.5}, {0.1, 0.8, 0.1}, {1, 0, 0}};
  put_images (fixture, "large", 300, 0x100000);
  put_images (fixture, "small", 60, 0x200000);
  g_autoptr (LatheDataset) scanned = scan (fixture);

  for (guint i = 0; i < 20; i++)
    {
      LatheDatasetOptions options = {.seed = 100 + i};
      memcpy (options.share, shares[i % G_N_ELEMENTS (shares)], sizeof options.share);
      g_autoptr (LatheDataset) dataset = lathe_dataset_resplit (scanned, &options, NULL);
      for (LatheSplit side = 0; side < LATHE_N_SPLITS; side++)
        for (int label = 0; label < 2; label++)
          assert_share (dataset, label, side, options.share[side]);
    }
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

/* The images' sides by their paths. */
static GHashTable *
note_sides (LatheDataset *dataset)
{
  GHashTable *sides = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, i);
      g_hash_table_insert (sides, g_strdup (image->path), GUINT_TO_POINTER (image->split));
    }
  return sides;
}

/* How many of the images that both have changed sides; between any two but these. */
static guint
count_moves (LatheDataset *before, LatheDataset *after, LatheSplit a, LatheSplit b)
{
  g_autoptr (GHashTable) sides = note_sides (before);
  guint n = 0;

  for (guint i = 0; i < lathe_dataset_get_n_images (after); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (after, i);
      gpointer value;
      if (!g_hash_table_lookup_extended (sides, image->path, NULL, &value))
        continue;
      LatheSplit was = GPOINTER_TO_UINT (value), is = image->split;
      n += was != is && !(was == a && is == b) && !(was == b && is == a);
    }
  return n;
}

#define N_MOVES(before, after) count_moves (before, after, LATHE_N_SPLITS, LATHE_N_SPLITS)

static void
take_away (Fixture *fixture, const char *folder, guint first, guint end)
{
  for (guint i = first; i < end; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%04u.png", folder, i), *path = place (fixture, name);
      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

/* Whatever comes and goes: images of a class, copies, a class that is sorted before the others. */
static void
test_split_stays_when_others_come_and_go (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "b", 100, 0x100000);
  put_images (fixture, "c", 100, 0x200000);
  g_autoptr (LatheDataset) first = scan (fixture);

  put_images (fixture, "b/more", 150, 0x300000);
  put_image (fixture, "c/copy.png", 8, 8, 0x200003, "png");
  put_images (fixture, "a", 60, 0x400000);
  g_autoptr (LatheDataset) grown = scan (fixture);
  g_assert_cmpuint (lathe_dataset_get_n_images (grown), ==, 411);
  g_assert_cmpuint (N_MOVES (first, grown), ==, 0);

  take_away (fixture, "b", 0, 40);
  take_away (fixture, "c", 3, 60);
  g_autoptr (LatheDataset) shrunk = scan (fixture);
  g_assert_cmpuint (lathe_dataset_get_n_images (shrunk), ==, 314);
  g_assert_cmpuint (N_MOVES (first, shrunk), ==, 0);
  g_assert_cmpuint (N_MOVES (grown, shrunk), ==, 0);
}

static void
test_split_moves_least_for_other_shares (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    double share[LATHE_N_SPLITS];
    LatheSplit grows;
  } others[] = {{{0.6, 0.3, 0.1}, LATHE_SPLIT_VALIDATION}, {{0.4, 0.2, 0.4}, LATHE_SPLIT_TEST}};

  put_images (fixture, "a", 200, 0x100000);
  put_images (fixture, "b", 200, 0x200000);
  g_autoptr (LatheDataset) first = scan (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      LatheDatasetOptions options = {.seed = 1};
      memcpy (options.share, others[i].share, sizeof options.share);
      g_autoptr (LatheDataset) other = lathe_dataset_resplit (first, &options, NULL);
      int side = (int) others[i].grows, third = LATHE_SPLIT_VALIDATION + LATHE_SPLIT_TEST - side;
      guint moved = lathe_dataset_count (other, -1, side) - lathe_dataset_count (first, -1, side);
      g_assert_cmpuint (count_moves (first, other, LATHE_SPLIT_TRAIN, others[i].grows), ==, 0);
      g_assert_cmpuint (N_MOVES (first, other), ==, moved);
      g_assert_cmpuint (moved, >, 0);
      g_assert_cmpuint (lathe_dataset_count (other, -1, third), ==, lathe_dataset_count (first, -1, third));
    }
}

/* No class is without a side while it has two on another; and what has but one image is trained on. */
static void
assert_sides_are_filled (LatheDataset *dataset)
{
  for (int label = 0; label < (int) lathe_dataset_get_n_classes (dataset); label++)
    {
      guint least = G_MAXUINT, most = 0;
      for (int side = 0; side < LATHE_N_SPLITS; side++)
        {
          guint n = lathe_dataset_count (dataset, label, side);
          least = MIN (least, n);
          most = MAX (most, n);
        }
      g_assert_true (least > 0 || most < 2);
      g_assert_cmpuint (lathe_dataset_count (dataset, label, LATHE_SPLIT_TRAIN), >, 0);
    }
}

static void
test_split_fills_the_sides_of_small_classes (Fixture *fixture, gconstpointer data)
{
  put_images (fixture, "five", 5, 0x100000);
  put_images (fixture, "one", 1, 0x200000);
  put_images (fixture, "three", 3, 0x300000);
  put_images (fixture, "two", 2, 0x400000);
  g_autoptr (LatheDataset) first = scan (fixture);
  put_image (fixture, "five/more.png", 8, 8, 0x500000, "png");
  g_autoptr (LatheDataset) grown = scan (fixture);

  for (LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT; options.seed < 300; options.seed++)
    {
      g_autoptr (LatheDataset) before = lathe_dataset_resplit (first, &options, NULL);
      g_autoptr (LatheDataset) after = lathe_dataset_resplit (grown, &options, NULL);
      assert_sides_are_filled (before);
      assert_sides_are_filled (after);
      /* Of each of two sides the one that only fills it may go back. */
      g_assert_cmpuint (N_MOVES (before, after), <=, 2);
    }
}

/* In one class, and in two: what is labelled twice is not tested on either. */
static void
test_split_keeps_copies_together (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *name = g_strdup_printf ("a/%02u.png", i);
      put_image (fixture, name, 8, 8, i % 20, "png");
    }
  put_images (fixture, "b", 30, 10);
  g_autoptr (LatheDataset) scanned = scan (fixture);
  for (LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT; options.seed < 20; options.seed++)
    {
      g_autoptr (LatheDataset) dataset = lathe_dataset_resplit (scanned, &options, NULL);
      for (guint i = 0; i < 70; i++)
        g_assert_cmpint (lathe_dataset_get_image (dataset, i)->split, ==,
                         lathe_dataset_get_image (dataset, i < 60 ? i % 20 : i - 50)->split);
      for (int side = 0; side < LATHE_N_SPLITS; side++)
        g_assert_cmpuint (lathe_dataset_count (dataset, 0, side), >, 0);
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
  g_assert_cmpuint (lathe_dataset_count (dataset, -1, LATHE_SPLIT_VALIDATION), ==, 5);
  for (int label = 0; label < 2; label++)
    g_assert_cmpuint (lathe_dataset_count (dataset, label, LATHE_SPLIT_TEST), >=, 1);
  g_assert_cmpuint (lathe_dataset_count (dataset, -1, LATHE_SPLIT_TEST), <=, 40 * 0.1 + 5 * sqrt (40 * 0.1 * 0.9));
  assert_problem (dataset, "test/0000.png", "not in the folder of a class");
}

/* Whatever the folders decide, and wherever it came from. */
static void
test_resplit_is_as_scanned (Fixture *fixture, gconstpointer data)
{
  static const char *const folders[][3] = {{"a", "b", NULL},
                                           {"train/a", "train/b", NULL},
                                           {"train/a", "train/b", "test/a"},
                                           {"train/a", "train/b", "val/b"}};
  static const LatheDatasetOptions others[] = {{1, {0.9, 0, 0.1}}, {1, {1, 0, 0}}, {3, {0.7, 0.2, 0.1}}};

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i), *folder = g_build_filename (fixture->folder, number, NULL);
      Fixture part = {folder};
      for (guint k = 0; k < 3 && folders[i][k] != NULL; k++)
        put_images (&part, folders[i][k], 20, k << 16);
      put_text (&part, "README.md", "about the images");
      g_autoptr (LatheDataset) first = scan (&part), before = lathe_dataset_ref (first);
      g_autofree char *untouched = lathe_dataset_fingerprint (first);
      for (guint k = 0; k < G_N_ELEMENTS (others); k++)
        {
          g_autoptr (LatheDataset) scanned = lathe_dataset_scan (part.folder, &others[k], NULL, NULL, NULL, NULL);
          g_autoptr (LatheDataset) again = lathe_dataset_resplit (before, &others[k], NULL);
          g_autofree char *expected = lathe_dataset_fingerprint (scanned), *ours = lathe_dataset_fingerprint (again);
          g_assert_cmpstr (ours, ==, expected);
          g_assert_true (again != before);
          g_assert_cmpuint (lathe_dataset_get_n_problems (again), ==, 1);
          g_assert_cmpmem (lathe_dataset_get_options (again), sizeof *others, &others[k], sizeof *others);
          lathe_dataset_unref (before);
          before = g_steal_pointer (&again);
        }
      g_autoptr (LatheDataset) same = lathe_dataset_resplit (before, lathe_dataset_get_options (before), NULL);
      g_assert_true (same == before);
      g_autofree char *after = lathe_dataset_fingerprint (first);
      g_assert_cmpstr (after, ==, untouched);
    }
}

/* An image that changes behind its back, as none does, shows whether it is looked at again. */
static void
test_fingerprint_is_worked_out_once (Fixture *fixture, gconstpointer data)
{
  put_two_classes (fixture);
  g_autoptr (LatheDataset) dataset = scan (fixture), other = scan (fixture);
  g_autofree char *first = lathe_dataset_fingerprint (dataset), *again = NULL, *of_other = NULL;

  ((LatheImage *) lathe_dataset_get_image (dataset, 0))->hash ^= 1;
  ((LatheImage *) lathe_dataset_get_image (other, 0))->hash ^= 1;
  again = lathe_dataset_fingerprint (dataset);
  of_other = lathe_dataset_fingerprint (other);
  g_assert_cmpstr (again, ==, first);
  g_assert_cmpstr (of_other, !=, first);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/dataset/scan/classes", test_classes);
  ADD ("/dataset/scan/problems", test_problems);
  ADD ("/dataset/scan/unreadable", test_unreadable);
  ADD ("/dataset/scan/appended-bytes", test_appended_bytes);
  ADD ("/dataset/scan/refused-folders", test_refused_folders);
  ADD ("/dataset/images-alone-are-one-class", test_images_alone_are_one_class);
  ADD ("/dataset/scan/one-class-alone", test_one_class_alone);
  ADD ("/dataset/scan/refused-shares", test_refused_shares);
  ADD ("/dataset/scan/progress-and-cancel", test_progress_and_cancel);
  ADD ("/dataset/scan/duplicates", test_duplicates);
  ADD ("/dataset/scan/suggestion", test_suggestion);
  ADD ("/dataset/split/is-nearly-in-proportion", test_split_is_nearly_in_proportion);
  ADD ("/dataset/split/follows-the-seed", test_split_follows_the_seed);
  ADD ("/dataset/split/stays-when-others-come-and-go", test_split_stays_when_others_come_and_go);
  ADD ("/dataset/split/moves-least-for-other-shares", test_split_moves_least_for_other_shares);
  ADD ("/dataset/split/fills-the-sides-of-small-classes", test_split_fills_the_sides_of_small_classes);
  ADD ("/dataset/split/keeps-copies-together", test_split_keeps_copies_together);
  ADD ("/dataset/split/folders-are-honoured", test_split_folders_are_honoured);
  ADD ("/dataset/split/missing-side-comes-from-training", test_split_takes_a_missing_side_from_training);
  ADD ("/dataset/split/resplit-is-as-scanned", test_resplit_is_as_scanned);
  ADD ("/dataset/fingerprint-is-worked-out-once", test_fingerprint_is_worked_out_once);
  ADD ("/dataset/split/train-can-be-a-class", test_train_can_be_a_class);
  return g_test_run ();
}
