/* wb-capture.h: a window that takes pictures for classes with the camera.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_CAPTURE (wb_capture_get_type ())
G_DECLARE_FINAL_TYPE (WbCapture, wb_capture, WB, CAPTURE, AdwWindow)

/* Signal: "taken", once, when the user is done and every picture is on the disk. */

/* Pictures for that class at first; -1: for the first of the dataset. */
GtkWindow *wb_capture_new (GtkWindow *parent, LatheDataset *dataset, int label);
/* Adds what was taken, and returns a sentence about it, or NULL when that is nothing. (transfer full) */
char *wb_capture_add_to (WbCapture *capture, LatheEdits *edits);

G_END_DECLS
