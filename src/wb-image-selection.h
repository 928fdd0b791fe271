/* wb-image-selection.h: which places of a list of images are selected.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A GtkSelectionModel of many places, as GtkMultiSelection is. But that asks for every item that comes, to see whether
 * it was selected elsewhere before; items that say nothing are not looked at here, and a hundred thousand come at no
 * cost. What goes is selected no more. */
#define WB_TYPE_IMAGE_SELECTION (wb_image_selection_get_type ())
G_DECLARE_FINAL_TYPE (WbImageSelection, wb_image_selection, WB, IMAGE_SELECTION, GObject)

GtkSelectionModel *wb_image_selection_new (GListModel *list); /* (transfer none) of the list */

G_END_DECLS
