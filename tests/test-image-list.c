/* test-image-list.c: what is promised about the images that are asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "images.h"
#include "wb-image-list.h"

static LatheDataset *
edit (LatheDataset *dataset, const LatheEdits *edits)
{
  g_autoptr (GError) error = NULL;
  LatheDataset *edited = lathe_dataset_edit (dataset, edits, NULL, &error);

  g_assert_no_error (error);
  return edited;
}

static void
on_shown (gboolean *shown)
{
  *shown = TRUE;
}

/* How many the list has when it has answered. */
static guint
count (WbImageList *list, LatheDataset *dataset, WbImageFilter filter)
{
  gboolean shown = FALSE;
  gulong handler = g_signal_connect_swapped (list, "shown", G_CALLBACK (on_shown), &shown);

  wb_image_list_show (list, dataset, -1, filter, NULL, NULL);
  while (!shown)
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (list, handler);
  return wb_image_list_get_n_images (list);
}

static void
test_file_that_is_gone_is_hidden_while_it_is_excluded (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WbImageList) list = wb_image_list_new ();
  g_autoptr (LatheDataset) scanned = NULL, without = NULL;
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (GPtrArray) gone = g_ptr_array_new ();

  put_images (fixture, "cats", 10, 0x100000);
  put_images (fixture, "dogs", 10, 0x200000);
  scanned = scan (fixture);
  for (guint i = 0; i < 3; i++)
    lathe_edits_set_excluded (edits, lathe_image_get_name (scanned, lathe_dataset_get_image (scanned, i)), TRUE);
  without = edit (scanned, edits);
  g_assert_cmpuint (count (list, without, WB_IMAGES_EXCLUDED), ==, 3);

  for (guint i = 0; i < 2; i++)
    g_ptr_array_add (gone, lathe_dataset_get_image (scanned, i)->path);
  wb_image_list_hide (list, gone);
  g_assert_cmpuint (count (list, without, WB_IMAGES_EXCLUDED), ==, 1);
  g_assert_cmpuint (count (list, without, WB_IMAGES_ALL), ==, 17);
  g_assert_cmpuint (count (list, scanned, WB_IMAGES_ALL), ==, 20);

  wb_image_list_unhide (list);
  g_assert_cmpuint (count (list, without, WB_IMAGES_EXCLUDED), ==, 3);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/image-list/file-that-is-gone-is-hidden-while-it-is-excluded",
       test_file_that_is_gone_is_hidden_while_it_is_excluded);
  return g_test_run ();
}
