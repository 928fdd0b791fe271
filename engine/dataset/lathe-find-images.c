/* lathe-find-images.c: the image files of a folder, whatever they show.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-find-images.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-dataset-private.h"

typedef struct
{
  const LatheTree *tree;
  GPtrArray *paths;
  GHashTable *visited;
  GCancellable *cancellable;
} Walk;

static gboolean
may_be_image (const char *path)
{
  gboolean uncertain;
  g_autofree char *type = g_content_type_guess (path, NULL, 0, &uncertain);
  g_autofree char *mime = g_content_type_get_mime_type (type);

  return uncertain || (mime != NULL && g_str_has_prefix (mime, "image/"));
}

/* Returns: FALSE, with errno, where the folder cannot be opened */
static gboolean
walk (Walk *self, const char *folder, guint depth)
{
  g_auto (LatheListing) listing = {0};

  if (depth > LATHE_MAX_DEPTH || g_cancellable_is_cancelled (self->cancellable) ||
      !lathe_walk_is_new (self->visited, folder))
    return TRUE;
  if (!lathe_tree_list (self->tree, folder, &listing))
    return FALSE;
  for (guint i = 0; i < listing.files->len; i++)
    if (may_be_image (listing.files->pdata[i]))
      g_ptr_array_add (self->paths, g_strdup (listing.files->pdata[i]));
  for (guint i = 0; i < listing.folders->len; i++)
    walk (self, listing.folders->pdata[i], depth + 1);
  return TRUE;
}

GPtrArray *
lathe_find_images (const char *folder, GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheTree) tree = NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Walk self = {NULL, paths, visited, cancellable};

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      lathe_walk_refuse (LATHE_ERROR_IO, _ ("The folder “%s” cannot be opened: %s."), folder,
                         _ ("there is none of this name"), error);
      return NULL;
    }
  self.tree = tree = lathe_tree_open (folder, cancellable, error);
  if (tree == NULL)
    return NULL;
  if (!walk (&self, tree->top, 0))
    {
      lathe_walk_refuse (LATHE_ERROR_IO, _ ("The folder “%s” cannot be opened: %s."), folder, g_strerror (errno),
                         error);
      return NULL;
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  if (paths->len == 0)
    {
      lathe_walk_refuse (LATHE_ERROR_DATA, _ ("The folder “%s” cannot be tried: %s."), folder,
                         _ ("there is no image in it; choose another one"), error);
      return NULL;
    }
  return g_steal_pointer (&paths);
}
