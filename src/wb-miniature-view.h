/* wb-miniature-view.h: shows the small drawing of a network, in the theme's colours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "wb-miniature.h"

G_BEGIN_DECLS

#define WB_TYPE_MINIATURE_VIEW (wb_miniature_view_get_type ())
G_DECLARE_FINAL_TYPE (WbMiniatureView, wb_miniature_view, WB, MINIATURE_VIEW, GtkWidget)

/* Nothing is drawn before there is a miniature. */
void wb_miniature_view_show (WbMiniatureView *view, WbMiniature *miniature);

G_END_DECLS
