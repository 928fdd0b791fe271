/* wb-class-list.h: the classes of a dataset, to choose one of them, and to drop images and files on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_CLASS_LIST (wb_class_list_get_type ())
G_DECLARE_FINAL_TYPE (WbClassList, wb_class_list, WB, CLASS_LIST, AdwBin)

/* Signals: "chosen" (the user took another class), "names-dropped" (const char *class_name, GStrv names: images of the
 * dataset), "files-dropped" (const char *class_name, GListModel *files: GFile items). Whoever drops on “New Class” is
 * asked for its name first, unless a folder has one. */

/* Another dataset, or the same one edited or divided anew: the class that was chosen stays chosen where there is one of
 * its name. Emits nothing. */
void wb_class_list_set_dataset (WbClassList *list, LatheDataset *dataset);
int wb_class_list_get_chosen (WbClassList *list); /* -1: all of them */
void wb_class_list_choose (WbClassList *list, int label);
void wb_class_list_add_button (WbClassList *list, GtkWidget *button); /* below the classes, after those there are */

G_END_DECLS
