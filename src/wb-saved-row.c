/* wb-saved-row.c: where something was saved, and a button that shows it there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-saved-row.h"

#include <glib/gi18n.h>

#include "wb-file-open.h"

struct _WbSavedRow
{
  AdwActionRow parent_instance;
  char *path; /* or NULL */
};

G_DEFINE_FINAL_TYPE (WbSavedRow, wb_saved_row, ADW_TYPE_ACTION_ROW)

static void
on_clicked (WbSavedRow *self)
{
  wb_file_show_in_folder (GTK_WIDGET (self), self->path);
}

void
wb_saved_row_set_path (WbSavedRow *self, const char *path)
{
  g_autofree char *shown = path ? g_filename_display_name (path) : NULL;

  g_return_if_fail (WB_IS_SAVED_ROW (self));

  g_free (self->path);
  self->path = g_strdup (path);
  gtk_widget_set_visible (GTK_WIDGET (self), path != NULL);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), shown ? shown : "");
}

static void
wb_saved_row_finalize (GObject *object)
{
  g_free (WB_SAVED_ROW (object)->path);
  G_OBJECT_CLASS (wb_saved_row_parent_class)->finalize (object);
}

static void
wb_saved_row_class_init (WbSavedRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_saved_row_finalize;
}

static void
wb_saved_row_init (WbSavedRow *self)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Show in Folder"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  g_object_set (self, "use-markup", FALSE, "title", _ ("Saved"), "subtitle-lines", 0, NULL);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), button);
  wb_saved_row_set_path (self, NULL);
}

GtkWidget *
wb_saved_row_new (const char *path)
{
  GtkWidget *row = g_object_new (WB_TYPE_SAVED_ROW, NULL);

  wb_saved_row_set_path (WB_SAVED_ROW (row), path);
  return row;
}
