/* wb-image-edits.h: what is decided about many images at once, and the sentence that says so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "lathe.h"

G_BEGIN_DECLS

/* Each changes the edits, and returns a sentence about it. `names` are those of images in the dataset. (transfer full)
 */
char *wb_image_edits_exclude (LatheEdits *edits, char **names, gboolean excluded);
char *wb_image_edits_move (LatheEdits *edits, LatheDataset *dataset, char **names, const char *class_name);
/* `files`: GFile items, images and folders of them, from anywhere. NULL: none of them is on this computer. */
char *wb_image_edits_add (LatheEdits *edits, LatheDataset *dataset, GListModel *files, const char *class_name);

/* How an image came to its class, or NULL when the source says so. (transfer full) */
char *wb_image_edits_describe (LatheDataset *dataset, const LatheImage *image);

G_END_DECLS
