/* wb-page-try-input.c: what is dropped on the Try page, pasted into it and chosen for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-drop-target.h"
#include "wb-file-dialog.h"
#include "wb-model-file.h"
#include "wb-page-try-private.h"

#define STRIP_MOST 12 /* files at once: more are looked at together first */

/* Models are for the window to open, and so is a folder while there is nothing to try it on. */
static gboolean
is_for_window (WbPageTry *self, const char *path)
{
  return wb_model_file_is (path) || (self->oracle == NULL && g_file_test (path, G_FILE_TEST_IS_DIR));
}

static void
take_file (WbPageTry *self, GFile *file, gboolean together)
{
  const char *path = g_file_peek_path (file);

  if (path != NULL && is_for_window (self, path))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.open-recent", "^ay", path);
  else if (path != NULL && (together || g_file_test (path, G_FILE_TEST_IS_DIR)))
    wb_trial_list_add (wb_trials_get_list (self->trials), path);
  else
    wb_page_try_add_file (self, file);
}

static gboolean
has_folder (GListModel *files)
{
  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      const char *path = g_file_peek_path (file);

      if (path != NULL && g_file_test (path, G_FILE_TEST_IS_DIR))
        return TRUE;
    }
  return FALSE;
}

static void
take_files (WbPageTry *self, GListModel *files)
{
  gboolean folder = has_folder (files), together = folder || g_list_model_get_n_items (files) > STRIP_MOST;

  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      take_file (self, file, together);
    }
  if (!together || self->oracle == NULL)
    return;
  wb_trials_show_table (self->trials, folder);
  wb_page_try_show_many (self);
}

static void
on_drop (WbPageTry *self, GListModel *files, GdkTexture *texture)
{
  if (texture != NULL)
    wb_page_try_add (self, wb_attempt_new (NULL, texture));
  if (files != NULL)
    take_files (self, files);
}

static void
on_pasted (GObject *clipboard, GAsyncResult *result, gpointer data)
{
  g_autoptr (WbPageTry) self = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (clipboard), result, &error);

  if (value == NULL)
    wb_page_toast (WB_PAGE (self), error->message);
  else if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    wb_page_try_add (self, wb_attempt_new (NULL, g_value_get_object (value)));
  else
    {
      g_autoptr (GListStore) files = g_list_store_new (G_TYPE_FILE);

      for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
        g_list_store_append (files, l->data);
      take_files (self, G_LIST_MODEL (files));
    }
}

static gboolean
paste (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (widget);
  g_autoptr (GdkContentFormats) formats = NULL;
  GType types[] = {GDK_TYPE_FILE_LIST, GDK_TYPE_TEXTURE};

  if (!gtk_widget_get_mapped (widget))
    return FALSE;
  /* GDK knows which of these it can make of what was copied: text/uri-list, image/png, image/jpeg and so on. */
  formats =
      gdk_content_formats_union_deserialize_gtypes (gdk_content_formats_ref (gdk_clipboard_get_formats (clipboard)));
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (gdk_content_formats_contain_gtype (formats, types[i]))
      {
        gdk_clipboard_read_value_async (clipboard, types[i], G_PRIORITY_DEFAULT, NULL, on_pasted,
                                        g_object_ref (widget));
        return TRUE;
      }
  wb_page_toast (WB_PAGE (widget), _ ("There is no image on the clipboard. Copy one first."));
  return TRUE;
}

static void
on_images_chosen (GtkWidget *widget, GListModel *files)
{
  on_drop (WB_PAGE_TRY (widget), files, NULL);
}

static void
choose_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_file_dialog_choose_images (widget, on_images_chosen);
}

static void
on_folder_chosen (GtkWidget *widget, GFile *folder)
{
  g_autoptr (GListStore) files = g_list_store_new (G_TYPE_FILE);

  g_list_store_append (files, folder);
  on_drop (WB_PAGE_TRY (widget), G_LIST_MODEL (files), NULL);
}

static void
choose_folder_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_file_dialog_show (widget, _ ("Choose Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL, NULL,
                       on_folder_chosen);
}

/* --- What the page says --- */

void
wb_page_try_install_input (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "try.choose", NULL, choose_action);
  gtk_widget_class_install_action (klass, "try.choose-folder", NULL, choose_folder_action);
}

void
wb_page_try_connect_input (WbPageTry *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  g_signal_connect_object (wb_drop_target_attach (GTK_WIDGET (self)), "drop", G_CALLBACK (on_drop), self,
                           G_CONNECT_SWAPPED);
  /* Wherever the focus is: on this page there is nothing else to paste into. */
  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (keys), GTK_SHORTCUT_SCOPE_GLOBAL);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_v, GDK_CONTROL_MASK),
                                                          gtk_callback_action_new (paste, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}
