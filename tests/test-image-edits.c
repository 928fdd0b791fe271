/* test-image-edits.c: what is promised about files that are dropped on a class.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "images.h"
#include "wb-image-edits.h"

static LatheDataset *
edit (LatheDataset *dataset, const LatheEdits *edits)
{
  g_autoptr (GError) error = NULL;
  LatheDataset *edited = lathe_dataset_edit (dataset, edits, NULL, &error);

  g_assert_no_error (error);
  return edited;
}

/* The files of these names, below the fixture's folder, to a class. */
static void
drop (Fixture *fixture, LatheEdits *edits, LatheDataset *dataset, const char *const *names, const char *class_name)
{
  g_autoptr (GListStore) files = g_list_store_new (G_TYPE_FILE);
  g_autofree char *said = NULL;

  for (; *names; names++)
    {
      g_autoptr (GFile) file = g_file_new_build_filename (fixture->folder, *names, NULL);

      g_list_store_append (files, file);
    }
  said = wb_image_edits_add (edits, dataset, G_LIST_MODEL (files), class_name);
  g_assert_nonnull (said);
}

static void
assert_class (LatheDataset *dataset, const char *name, const char *class_name)
{
  guint n = 0;

  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, i);

      if (g_strcmp0 (lathe_image_get_name (dataset, image), name) != 0)
        continue;
      g_assert_cmpstr (lathe_dataset_get_classes (dataset)[image->label], ==, class_name);
      n++;
    }
  g_assert_cmpuint (n, ==, 1);
}

static LatheDataset *
scan_pets (Fixture *fixture)
{
  put_images (fixture, "cats", 10, 0x100000);
  put_images (fixture, "dogs", 10, 0x200000);
  put_image (fixture, "loose.png", 8, 8, 0x300000, "png");
  return scan (fixture);
}

static void
test_file_in_the_source_joins_whether_it_was_scanned_or_not (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {"cats/0001.png", "cats/new.png", "loose.png", NULL};
  g_autoptr (LatheDataset) dataset = scan_pets (fixture), edited = NULL, again = NULL, edited_again = NULL;
  g_autoptr (LatheEdits) edits = lathe_edits_new ();

  g_assert_cmpuint (lathe_dataset_get_n_images (dataset), ==, 20);
  put_image (fixture, "cats/new.png", 8, 8, 0x400000, "png");
  drop (fixture, edits, dataset, names, "dogs");
  edited = edit (dataset, edits);
  g_assert_cmpuint (lathe_dataset_get_n_images (edited), ==, 22);
  g_assert_cmpuint (lathe_dataset_get_n_problems (edited), ==, lathe_dataset_get_n_problems (dataset));
  for (guint i = 0; names[i]; i++)
    assert_class (edited, names[i], "dogs");

  again = scan (fixture);
  edited_again = edit (again, edits);
  g_assert_cmpuint (lathe_dataset_get_n_images (edited_again), ==, 22);
  for (guint i = 0; names[i]; i++)
    assert_class (edited_again, names[i], "dogs");
}

static void
test_file_that_is_dropped_at_home_is_as_the_source_says (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {"cats/0001.png", "cats/0002.png", NULL};
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();

  drop (fixture, edits, dataset, names, "dogs");
  g_assert_cmpstr (lathe_edits_get_label (edits, names[0]), ==, "dogs");
  drop (fixture, edits, dataset, names, "cats");
  g_assert_true (lathe_edits_is_empty (edits));
}

static void
test_file_from_elsewhere_is_of_the_class_that_it_was_dropped_on_last (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {"../elsewhere.png", NULL};
  g_autofree char *path = g_canonicalize_filename (names[0], fixture->folder);
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();

  drop (fixture, edits, dataset, names, "cats");
  lathe_edits_set_label (edits, path, "dogs"); /* as who drags it from there to here */
  drop (fixture, edits, dataset, names, "cats");
  g_assert_null (lathe_edits_get_label (edits, path));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/image-edits/file-in-the-source-joins-whether-it-was-scanned-or-not",
       test_file_in_the_source_joins_whether_it_was_scanned_or_not);
  ADD ("/image-edits/file-that-is-dropped-at-home-is-as-the-source-says",
       test_file_that_is_dropped_at_home_is_as_the_source_says);
  ADD ("/image-edits/file-from-elsewhere-is-of-the-class-that-it-was-dropped-on-last",
       test_file_from_elsewhere_is_of_the_class_that_it_was_dropped_on_last);
  return g_test_run ();
}
