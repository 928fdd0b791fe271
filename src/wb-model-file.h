/* wb-model-file.h: files of models, Lathe's own and those of other programs: chosen, opened, and refused in words. Main
 * loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-file-dialog.h"
#include "wb-project.h"

G_BEGIN_DECLS

/* By its name. */
gboolean wb_model_file_is (const char *path);

/**
 * wb_model_file_choose:
 * @what: what can be chosen, as “Models”
 * @suffix: (nullable): a further kind of file that can be, as “.json”
 * @chosen: not called where none is, or the widget is gone
 */
void wb_model_file_choose (GtkWidget *widget, const char *title, const char *what, const char *suffix,
                           WbFileChosen chosen);

/* `model`: (transfer none); NULL where it could not be opened, or is not to be, which the person knows. */
typedef void (*WbModelOpened) (GtkWidget *widget, LatheModel *model, gpointer data);

/**
 * wb_model_file_open:
 * @project: (nullable): whose classes it may tell apart
 * @opened: always called, once
 *
 * Reads the file on a thread, and asks the person about what the file leaves open.
 */
void wb_model_file_open (GtkWidget *widget, WbProject *project, const char *path, WbModelOpened opened, gpointer data);

/* Of a file that is no model itself, but may lead to one: `find` gives the model's path, on that thread. */
typedef char *(*WbModelFind) (const char *path, GError **error);

void wb_model_file_open_found (GtkWidget *widget, WbProject *project, const char *path, WbModelFind find,
                               WbModelOpened opened, gpointer data);

G_END_DECLS
