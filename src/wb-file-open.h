/* wb-file-open.h: files handed to other programs of the desktop, or to its trash.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void wb_file_open (GtkWidget *widget, const char *path);           /* in the program that shows such files */
void wb_file_show_in_folder (GtkWidget *widget, const char *path); /* in the file manager */

/* In the background. `done` is told the paths (element-type filename) that are in the trash now, and the error of the
 * first that is not. */
typedef void (*WbTrashed) (GtkWidget *widget, GPtrArray *paths, const GError *error);
void wb_file_trash (GtkWidget *widget, GPtrArray *paths, WbTrashed done);

G_END_DECLS
