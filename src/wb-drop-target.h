/* wb-drop-target.h: images and folders dropped on a widget, as one object.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_TYPE_DROP_TARGET (wb_drop_target_get_type ())
G_DECLARE_FINAL_TYPE (WbDropTarget, wb_drop_target, WB, DROP_TARGET, GObject)

/* Property: "active" (gboolean, read-only: something that could be dropped is held over the widget).
 * Signal: "drop" (GListModel *files, GdkTexture *texture): what was let go: GFile items, or, when there are no
 * files (an image dragged out of a browser), the image itself; the other one is NULL. Signal: "drop-names" (GStrv):
 * images of the dataset were let go, which are told by their names. */

/**
 * wb_drop_target_attach:
 *
 * Makes `widget` take drops, and gives it the style class "drop-active" while one is held over it. The widget keeps the
 * target alive.
 *
 * Returns: (transfer none): the target, to connect to
 */
WbDropTarget *wb_drop_target_attach (GtkWidget *widget);
/* The same for what stands for a class: it takes images of the dataset, and files. */
WbDropTarget *wb_drop_target_attach_class (GtkWidget *widget);
void wb_drop_target_set_enabled (WbDropTarget *self, gboolean enabled);
gboolean wb_drop_target_get_active (WbDropTarget *self);

G_END_DECLS
