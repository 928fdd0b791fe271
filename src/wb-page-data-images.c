/* wb-page-data-images.c: what is done to the images that are selected, or dropped on a class.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-image-edits.h"
#include "wb-file-open.h"
#include "wb-page-data-private.h"

static WbProject *
get_project (WbPageData *self)
{
  return wb_page_get_project (WB_PAGE (self));
}

void
wb_page_data_decide (WbPageData *self, LatheEdits *edits, char *done)
{
  if (!lathe_edits_equal (edits, wb_project_get_edits (get_project (self))))
    {
      g_free (self->done);
      self->done = g_strdup (done);
      wb_project_set_edits (get_project (self), edits);
    }
  lathe_edits_free (edits);
  g_free (done);
}

LatheEdits *
wb_page_data_copy_edits (WbPageData *self)
{
  return lathe_edits_copy (wb_project_get_edits (get_project (self)));
}

void
wb_page_data_tell_done (WbPageData *self)
{
  g_autofree char *done = g_steal_pointer (&self->done);

  if (done)
    wb_page_toast_undo (WB_PAGE (self), done);
}

void
wb_page_data_tell_nothing (WbPageData *self)
{
  g_clear_pointer (&self->done, g_free);
}

/* --- Edits --- */

static void
exclude_selected (WbPageData *self, gboolean excluded)
{
  g_auto (GStrv) names = wb_image_grid_get_names (self->grid);
  LatheEdits *edits = wb_page_data_copy_edits (self);

  wb_page_data_decide (self, edits, wb_image_edits_exclude (edits, names, excluded));
}

static void
exclude_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  exclude_selected (WB_PAGE_DATA (widget), TRUE);
}

static void
include_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  exclude_selected (WB_PAGE_DATA (widget), FALSE);
}

static void
on_names_dropped (WbPageData *self, const char *class_name, char **names)
{
  LatheEdits *edits = wb_page_data_copy_edits (self);

  wb_page_data_decide (self, edits,
                       wb_image_edits_move (edits, wb_project_get_dataset (get_project (self)), names, class_name));
}

static void
on_files_dropped (WbPageData *self, const char *class_name, GListModel *files)
{
  LatheEdits *edits = wb_page_data_copy_edits (self);
  char *done = wb_image_edits_add (edits, wb_project_get_dataset (get_project (self)), files, class_name);

  if (!done)
    wb_page_toast (WB_PAGE (self), _ ("That is not on this computer. Copy it here first, then add the copy."));
  wb_page_data_decide (self, edits, done);
}

static void
on_class_chosen (WbPageData *self, const char *class_name)
{
  g_auto (GStrv) names = wb_image_grid_get_names (self->grid);

  on_names_dropped (self, class_name, names);
}

static void
choose_class_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_menu_button_popup (WB_PAGE_DATA (widget)->move);
}

/* --- Files --- */

/* (element-type filename) of the selected images that are files of their own. */
static GPtrArray *
selected_paths (WbPageData *self)
{
  WbImageList *list = wb_image_grid_get_list (self->grid);
  g_autoptr (GtkBitset) selected = wb_image_grid_get_selected (self->grid);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  GtkBitsetIter iterator;
  guint position;

  for (gboolean there = gtk_bitset_iter_init_first (&iterator, selected, &position); there;
       there = gtk_bitset_iter_next (&iterator, &position))
    {
      const LatheImage *image = wb_image_list_get_image (list, position);

      if (image->piece.kind == LATHE_PIECE_FILE)
        g_ptr_array_add (paths, g_strdup (image->path));
    }
  return paths;
}

/* Whether the first of them is a file of its own. */
static gboolean
is_file (WbPageData *self)
{
  WbImageList *list = wb_image_grid_get_list (self->grid);
  g_autoptr (GtkBitset) selected = wb_image_grid_get_selected (self->grid);
  const LatheImage *image = wb_image_list_get_image (list, gtk_bitset_get_minimum (selected));

  return image && image->piece.kind == LATHE_PIECE_FILE;
}

static void
open_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GPtrArray) paths = selected_paths (WB_PAGE_DATA (widget));

  wb_file_open (widget, paths->pdata[0]);
}

static void
show_in_folder_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GPtrArray) paths = selected_paths (WB_PAGE_DATA (widget));

  wb_file_show_in_folder (widget, paths->pdata[0]);
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_auto (GStrv) names = wb_image_grid_get_names (WB_PAGE_DATA (widget)->grid);
  g_autofree char *text = g_strjoinv ("\n", names);
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), valid);
}

static void
on_trashed (GtkWidget *widget, GPtrArray *paths, const GError *error)
{
  WbPageData *self = WB_PAGE_DATA (widget);

  if (!get_project (self)) /* the window was closed meanwhile */
    return;
  wb_image_list_hide (wb_image_grid_get_list (self->grid), paths);
  wb_page_data_show_images (self);
  if (error)
    wb_page_toast (WB_PAGE (self), error->message);
}

static void
on_trash_response (AdwMessageDialog *dialog, const char *response, WbPageData *self)
{
  if (g_strcmp0 (response, "trash") == 0)
    wb_file_trash (GTK_WIDGET (self), g_object_get_data (G_OBJECT (dialog), "paths"), on_trashed);
}

static void
trash_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbPageData *self = WB_PAGE_DATA (widget);
  GPtrArray *paths = selected_paths (self);
  g_autofree char *title =
      g_strdup_printf (ngettext ("Move %u File to the Trash?", "Move %u Files to the Trash?", paths->len), paths->len);
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (gtk_widget_get_root (widget)), title,
      _ ("The dataset does not use them any more. They can be brought back from the trash, not by Undo."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "trash", _ ("_Move to Trash"),
                                    NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "trash", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "paths", paths, (GDestroyNotify) g_ptr_array_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_trash_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- */

void
wb_page_data_update_actions (WbPageData *self)
{
  guint n = wb_image_grid_get_n_selected (self->grid);
  gboolean excluded = wb_page_data_shows_excluded (self), file = n > 0 && is_file (self);
  const struct
  {
    const char *name;
    gboolean enabled;
  } states[] = {
      {"images.exclude", n > 0 && !excluded}, {"images.include", n > 0 && excluded},     {"images.choose-class", n > 0},
      {"images.open", n == 1 && file},        {"images.show-in-folder", n == 1 && file}, {"images.copy", n > 0},
      {"images.trash", excluded && file},     {"images.like", n == 1 && !excluded},
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), states[i].name, states[i].enabled);
  gtk_widget_set_visible (self->exclude, !excluded);
  gtk_widget_set_visible (self->include, excluded);
  gtk_widget_set_sensitive (GTK_WIDGET (self->move), n > 0);
}

void
wb_page_data_connect_images (WbPageData *self)
{
  g_signal_connect_object (self->classes, "names-dropped", G_CALLBACK (on_names_dropped), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->classes, "files-dropped", G_CALLBACK (on_files_dropped), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->chooser, "chosen", G_CALLBACK (on_class_chosen), self, G_CONNECT_SWAPPED);
#ifdef LATHE_WEBCAM
  wb_page_data_add_camera (self);
#endif
}

void
wb_page_data_install_actions (GtkWidgetClass *klass)
{
  static const struct
  {
    const char *name;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
      {"images.exclude", exclude_action},
      {"images.include", include_action},
      {"images.choose-class", choose_class_action},
      {"images.open", open_action},
      {"images.show-in-folder", show_in_folder_action},
      {"images.copy", copy_action},
      {"images.trash", trash_action},
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (klass, actions[i].name, NULL, actions[i].activate);
}
