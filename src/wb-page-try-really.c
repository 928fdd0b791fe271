/* wb-page-try-really.c: what an image really shows, so that the next training learns it.
 *
 * A file is added where it lies. An image without one, pasted or taken with the camera, is written into the user's data
 * folder first, where it stays with what else belongs to the dataset.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-belongings.h"
#include "wb-image-edits.h"
#include "wb-page-try-private.h"
#include "wb-thread.h"

static LatheDataset *
get_dataset (WbPageTry *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));

  return project != NULL ? wb_project_get_dataset (project) : NULL;
}

void
wb_page_try_decide (WbPageTry *self, GListModel *files, const char *class_name)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  g_autoptr (LatheEdits) edits = NULL;
  g_autofree char *done = NULL;

  if (get_dataset (self) == NULL)
    return;
  edits = lathe_edits_copy (wb_project_get_edits (project));
  done = wb_image_edits_add (edits, get_dataset (self), files, class_name);
  if (done == NULL)
    {
      wb_page_toast (WB_PAGE (self), _ ("That is not on this computer. Copy it here first, then add the copy."));
      return;
    }
  if (lathe_edits_equal (edits, wb_project_get_edits (project)))
    {
      wb_page_toast (WB_PAGE (self), _ ("It is of that class already."));
      return;
    }
  g_free (self->done);
  self->done = g_steal_pointer (&done);
  wb_project_set_edits (project, edits);
}

static void
decide_one (WbPageTry *self, GFile *file, const char *class_name)
{
  g_autoptr (GListStore) files = g_list_store_new (G_TYPE_FILE);

  g_list_store_append (files, file);
  wb_page_try_decide (self, G_LIST_MODEL (files), class_name);
}

/* --- An image that is no file yet --- */

typedef struct
{
  GdkTexture *texture;
  char *path, *class_name;
} Keeping;

static void
keeping_free (gpointer data)
{
  Keeping *keeping = data;

  g_object_unref (keeping->texture);
  g_free (keeping->path);
  g_free (keeping->class_name);
  g_free (keeping);
}

static gpointer
keep_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Keeping *keeping = data;
  g_autofree char *folder = g_path_get_dirname (keeping->path);
  g_autoptr (GBytes) png = gdk_texture_save_to_png_bytes (keeping->texture);
  gsize size;
  const char *bytes = g_bytes_get_data (png, &size);

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (keeping->path, bytes, (gssize) size, error);
  return NULL;
}

static void
on_kept (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbPageTry *self = WB_PAGE_TRY (owner);
  g_autoptr (GFile) file = NULL;
  Keeping *keeping = data;

  if (error != NULL)
    {
      g_autofree char *message = g_strdup_printf (
          _ ("The image could not be kept: %s. Make room on the disk, then try again."), error->message);

      wb_page_toast (WB_PAGE (self), message);
    }
  else if (wb_page_get_project (WB_PAGE (self)) != NULL)
    {
      file = g_file_new_for_path (keeping->path);
      decide_one (self, file, keeping->class_name);
    }
  keeping_free (keeping);
}

static void
keep (WbPageTry *self, GdkTexture *texture, const char *class_name)
{
  g_autofree char *folder = wb_belonging (get_dataset (self), "tried", "");
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "%Y-%m-%d-%H%M%S-%f.png");
  Keeping *keeping = g_new (Keeping, 1);

  *keeping = (Keeping){g_object_ref (texture), g_build_filename (folder, name, NULL), g_strdup (class_name)};
  wb_thread_call (G_OBJECT (self), keep_work, keeping, NULL, NULL, NULL, on_kept, keeping);
}

/* --- What the user does --- */

static void
on_class (WbPageTry *self, const char *class_name)
{
  WbAttempt *attempt = wb_page_try_get_shown (self);

  if (attempt == NULL || get_dataset (self) == NULL)
    return;
  if (wb_attempt_get_file (attempt) != NULL)
    decide_one (self, wb_attempt_get_file (attempt), class_name);
  else
    keep (self, wb_attempt_get_texture (attempt), class_name);
}

static void
on_images_changed (WbPageTry *self)
{
  g_autofree char *done = g_steal_pointer (&self->done);

  if (done != NULL)
    wb_page_toast_undo (WB_PAGE (self), done);
}

static void
on_failed (WbPageTry *self)
{
  g_clear_pointer (&self->done, g_free);
}

void
wb_page_try_update_really (WbPageTry *self)
{
  LatheDataset *dataset = get_dataset (self);

  gtk_widget_set_sensitive (GTK_WIDGET (self->really), dataset != NULL);
  if (dataset != NULL)
    wb_class_chooser_set_classes (self->chooser, lathe_dataset_get_classes (dataset));
  wb_trials_set_classes (self->trials, dataset != NULL ? lathe_dataset_get_classes (dataset) : NULL);
}

void
wb_page_try_connect_really (WbPageTry *self)
{
  g_signal_connect_object (self->chooser, "chosen", G_CALLBACK (on_class), self, G_CONNECT_SWAPPED);
}

void
wb_page_try_attach_really (WbPageTry *self, WbProject *project)
{
  g_signal_connect_object (project, "images-changed", G_CALLBACK (on_images_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
}
