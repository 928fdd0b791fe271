/* wb-fold.h: side by side where there is room, one below the other where there is not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_TYPE_FOLD (wb_fold_get_type ())
G_DECLARE_FINAL_TYPE (WbFold, wb_fold, WB, FOLD, GtkWidget)

/* Properties: "threshold" (int, pixels: narrower than this, the children are stacked, each at its natural height),
 * "spacing" (int, pixels), "folded" (gboolean, read-only: they are stacked). Side by side, children that expand share
 * what is left over. */

G_END_DECLS
