/* wb-image-edits.c: what is decided about many images at once, and the sentence that says so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-image-edits.h"

#include <glib/gi18n.h>
#include <string.h>

#include "wb-recent.h"
#include "wb-text.h"

/* Those names that are of this class anyway, as the source says. (element-type filename) */
static GHashTable *
find_at_home (LatheDataset *dataset, char **names, const char *class_name)
{
  LatheDataset *scanned = lathe_dataset_get_scanned (dataset);
  const char *const *classes = lathe_dataset_get_classes (scanned);
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTable *found = g_hash_table_new (g_str_hash, g_str_equal);
  guint label = 0;

  while (classes[label] && strcmp (classes[label], class_name) != 0)
    label++;
  for (guint i = 0; names[i]; i++)
    g_hash_table_add (wanted, names[i]);
  for (guint i = 0; classes[label] && i < lathe_dataset_get_n_images (scanned); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (scanned, i);
      gpointer name;

      if (image->label == label &&
          g_hash_table_lookup_extended (wanted, lathe_image_get_name (scanned, image), &name, NULL))
        g_hash_table_add (found, name);
    }
  return found;
}

/* (nullable): what the source says of an image that is in it. */
static const char *
find_source_class (LatheDataset *dataset, const char *path)
{
  LatheDataset *scanned = lathe_dataset_get_scanned (dataset);

  for (guint i = 0; i < lathe_dataset_get_n_images (scanned); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (scanned, i);

      if (strcmp (image->path, path) == 0)
        return lathe_dataset_get_classes (scanned)[image->label];
    }
  return NULL;
}

char *
wb_image_edits_exclude (LatheEdits *edits, char **names, gboolean excluded)
{
  guint n = g_strv_length (names);
  g_autofree char *count = wb_text_count (n);

  for (guint i = 0; i < n; i++)
    lathe_edits_set_excluded (edits, names[i], excluded);
  return g_strdup_printf (excluded ? ngettext ("%s image excluded. Its file stays where it is.",
                                               "%s images excluded. Their files stay where they are.", n)
                                   : ngettext ("%s image included again.", "%s images included again.", n),
                          count);
}

char *
wb_image_edits_move (LatheEdits *edits, LatheDataset *dataset, char **names, const char *class_name)
{
  g_autoptr (GHashTable) at_home = find_at_home (dataset, names, class_name);
  guint n = g_strv_length (names);
  g_autofree char *count = wb_text_count (n);

  for (guint i = 0; i < n; i++)
    lathe_edits_set_label (edits, names[i], g_hash_table_contains (at_home, names[i]) ? NULL : class_name);
  return g_strdup_printf (ngettext ("%s image moved to “%s”.", "%s images moved to “%s”.", n), count, class_name);
}

/* The name that an image of this path has, or would have. */
static const char *
name_of (LatheDataset *dataset, const char *path)
{
  return lathe_image_get_name (dataset, &(LatheImage){.path = (char *) path});
}

/* Those of the paths that were found in the source are in the dataset already: they are moved, and leave the paths. */
static void
move_scanned (LatheEdits *edits, LatheDataset *dataset, GHashTable *paths, const char *class_name)
{
  LatheDataset *scanned = lathe_dataset_get_scanned (dataset);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *text = NULL;

  for (guint i = 0; i < lathe_dataset_get_n_images (scanned); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (scanned, i);

      if (g_hash_table_remove (paths, image->path))
        g_ptr_array_add (names, (gpointer) lathe_image_get_name (scanned, image));
    }
  g_ptr_array_add (names, NULL);
  text = wb_image_edits_move (edits, dataset, (char **) names->pdata, class_name);
}

/* What lies in the source, but was not found there, will be when it is scanned again: then its class is still this one.
 * Elsewhere the class that it was moved to before does not count any more. */
static void
add_path (LatheEdits *edits, LatheDataset *dataset, const char *path, const char *class_name)
{
  const char *name = name_of (dataset, path);
  gboolean will_be_found = name != path && g_file_test (path, G_FILE_TEST_IS_REGULAR);

  lathe_edits_add (edits, path, class_name);
  lathe_edits_set_label (edits, name, will_be_found ? class_name : NULL);
}

/* (element-type filename) */
static void
add_paths (LatheEdits *edits, LatheDataset *dataset, GHashTable *paths, const char *class_name)
{
  GHashTableIter iterator;
  gpointer path;
  gboolean any_inside = FALSE;

  g_hash_table_iter_init (&iterator, paths);
  while (g_hash_table_iter_next (&iterator, &path, NULL))
    any_inside = any_inside || name_of (dataset, path) != path;
  if (any_inside)
    move_scanned (edits, dataset, paths, class_name);
  g_hash_table_iter_init (&iterator, paths);
  while (g_hash_table_iter_next (&iterator, &path, NULL))
    add_path (edits, dataset, path, class_name);
}

char *
wb_image_edits_add (LatheEdits *edits, LatheDataset *dataset, GListModel *files, const char *class_name)
{
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *first = NULL;
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      const char *path = g_file_peek_path (file);

      if (!path)
        continue;
      g_hash_table_add (paths, g_strdup (path));
      if (n++ == 0)
        {
          g_autofree char *base = g_file_get_basename (file);

          first = g_filename_display_name (base);
        }
    }
  add_paths (edits, dataset, paths, class_name);
  if (n == 0)
    return NULL;
  if (n == 1)
    return g_strdup_printf (_ ("“%s” added to “%s”."), first, class_name);
  return g_strdup_printf (ngettext ("%u file added to “%s”.", "%u files added to “%s”.", n), n, class_name);
}

char *
wb_image_edits_describe (LatheDataset *dataset, const LatheImage *image)
{
  const LatheEdits *edits = lathe_dataset_get_edits (dataset);
  const char *name = lathe_image_get_name (dataset, image), *source;

  if (!edits)
    return NULL;
  if (g_path_is_absolute (name))
    {
      g_autofree char *path = wb_path_for_people (name);

      return g_strdup_printf (_ ("Added from %s"), path);
    }
  source = lathe_edits_get_label (edits, name) ? find_source_class (dataset, image->path) : NULL;
  return source ? g_strdup_printf (_ ("Was in “%s”"), source) : NULL;
}
