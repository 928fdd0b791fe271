/* wb-image-edits.c: what is decided about many images at once, and the sentence that says so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-image-edits.h"

#include <glib/gi18n.h>
#include <string.h>

#include "wb-recent.h"
#include "wb-text.h"

/* Name → class, as the source says. All names are looked for in one go, for there may be as many as images. */
static GHashTable *
find_source_classes (LatheDataset *dataset, const char *const *names)
{
  LatheDataset *scanned = lathe_dataset_get_scanned (dataset);
  const char *const *classes = lathe_dataset_get_classes (scanned);
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTable *found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; names[i]; i++)
    g_hash_table_add (wanted, (gpointer) names[i]);
  for (guint i = 0; i < lathe_dataset_get_n_images (scanned); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (scanned, i);
      const char *name = lathe_image_get_name (scanned, image);

      if (g_hash_table_contains (wanted, name))
        g_hash_table_insert (found, g_strdup (name), g_strdup (classes[image->label]));
    }
  return found;
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
  g_autoptr (GHashTable) sources = find_source_classes (dataset, (const char *const *) names);
  guint n = g_strv_length (names);
  g_autofree char *count = wb_text_count (n);

  for (guint i = 0; i < n; i++)
    {
      const char *source = g_hash_table_lookup (sources, names[i]);

      lathe_edits_set_label (edits, names[i], g_strcmp0 (source, class_name) == 0 ? NULL : class_name);
    }
  return g_strdup_printf (ngettext ("%s image moved to “%s”.", "%s images moved to “%s”.", n), count, class_name);
}

/* A file of the source is in the dataset already. */
static void
add_path (LatheEdits *edits, LatheDataset *dataset, const char *path, const char *class_name)
{
  const char *folder = lathe_dataset_get_folder (dataset);
  gsize length = strlen (folder);
  gboolean is_inside = strncmp (path, folder, length) == 0 && path[length] == G_DIR_SEPARATOR;

  if (is_inside && g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      char *names[] = {(char *) path + length + 1, NULL};
      g_autofree char *text = wb_image_edits_move (edits, dataset, names, class_name);
    }
  else
    {
      lathe_edits_add (edits, path, class_name);
    }
}

char *
wb_image_edits_add (LatheEdits *edits, LatheDataset *dataset, GListModel *files, const char *class_name)
{
  g_autofree char *first = NULL;
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      const char *path = g_file_peek_path (file);

      if (!path)
        continue;
      add_path (edits, dataset, path, class_name);
      if (n++ == 0)
        {
          g_autofree char *base = g_file_get_basename (file);

          first = g_filename_display_name (base);
        }
    }
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
  const char *const names[] = {lathe_image_get_name (dataset, image), NULL};
  g_autoptr (GHashTable) sources = NULL;
  const char *source;

  if (!edits)
    return NULL;
  if (g_path_is_absolute (names[0]))
    {
      g_autofree char *path = wb_path_for_people (names[0]);

      return g_strdup_printf (_ ("Added from %s"), path);
    }
  if (!lathe_edits_get_label (edits, names[0]))
    return NULL;
  sources = find_source_classes (dataset, names);
  source = g_hash_table_lookup (sources, names[0]);
  return source ? g_strdup_printf (_ ("Was in “%s”"), source) : NULL;
}
