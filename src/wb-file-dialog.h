/* wb-file-dialog.h: asks a person for a file or a folder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef void (*WbFileChosen) (GtkWidget *widget, GFile *file);

/* `name`: NULL, or what a file that is saved may be called. `pattern`: NULL, or which files are shown, such as
 * “*.lathe” or “*.png;*.jpg”, with what they are. `chosen` is not called where nothing is, or the widget is gone. */
void wb_file_dialog_show (GtkWidget *widget, const char *title, GtkFileChooserAction action, const char *name,
                          const char *pattern, const char *pattern_title, WbFileChosen chosen);

/* Some images, which may be many at once. `chosen` is not called where none are chosen, or the widget is gone. */
typedef void (*WbFilesChosen) (GtkWidget *widget, GListModel *files);

void wb_file_dialog_choose_images (GtkWidget *widget, WbFilesChosen chosen);

G_END_DECLS
