/* wb-file-dialog.c: asks a person for a file or a folder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-file-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

/* One of the two is called. */
typedef struct
{
  GtkWidget *widget;
  WbFileChosen one;
  WbFilesChosen many;
} Wish;

static void
wish_free (gpointer data, GClosure *closure)
{
  Wish *wish = data;

  g_clear_weak_pointer (&wish->widget);
  g_free (wish);
}

static void
on_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  const Wish *wish = data;
  gboolean chosen = response == GTK_RESPONSE_ACCEPT && wish->widget;
  g_autoptr (GFile) file = chosen && wish->one ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  g_autoptr (GListModel) files = chosen && wish->many ? gtk_file_chooser_get_files (GTK_FILE_CHOOSER (dialog)) : NULL;

  if (file)
    wish->one (wish->widget, file);
  if (files)
    wish->many (wish->widget, files);
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

/* `one` or `many` is NULL. */
static GtkFileChooser *
new_dialog (GtkWidget *widget, const char *title, GtkFileChooserAction action, WbFileChosen one, WbFilesChosen many)
{
  const char *accept = action == GTK_FILE_CHOOSER_ACTION_SAVE ? _ ("_Save") : _ ("_Open");
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_root (widget)), action, accept, _ ("_Cancel"));
  Wish *wish = g_new0 (Wish, 1);

  g_set_weak_pointer (&wish->widget, widget);
  wish->one = one;
  wish->many = many;
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), wish, wish_free, 0);
  return GTK_FILE_CHOOSER (dialog);
}

static void
add_filter (GtkFileChooser *chooser, const char *pattern, const char *title)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  g_auto (GStrv) patterns = g_strsplit (pattern, ";", -1);

  gtk_file_filter_set_name (filter, title);
  for (guint i = 0; patterns[i]; i++)
    gtk_file_filter_add_suffix (filter, patterns[i] + strlen ("*.")); /* in capitals, too */
  gtk_file_chooser_add_filter (chooser, filter);
}

void
wb_file_dialog_show (GtkWidget *widget, const char *title, GtkFileChooserAction action, const char *name,
                     const char *pattern, const char *pattern_title, WbFileChosen chosen)
{
  GtkFileChooser *dialog = new_dialog (widget, title, action, chosen, NULL);

  if (name)
    gtk_file_chooser_set_current_name (dialog, name);
  if (pattern)
    add_filter (dialog, pattern, pattern_title);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
wb_file_dialog_choose_images (GtkWidget *widget, WbFilesChosen chosen)
{
  GtkFileChooser *dialog = new_dialog (widget, _ ("Choose Images"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, chosen);
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Images"));
  gtk_file_filter_add_pixbuf_formats (filter);
  gtk_file_chooser_add_filter (dialog, filter);
  gtk_file_chooser_set_select_multiple (dialog, TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
