/* wb-search-window.h: where other networks are looked for, and chosen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_SEARCH_WINDOW (wb_search_window_get_type ())
G_DECLARE_FINAL_TYPE (WbSearchWindow, wb_search_window, WB, SEARCH_WINDOW, AdwWindow)

/* A search goes on when the window is closed, and another window shows it. */
GtkWidget *wb_search_window_new (GtkWindow *parent, WbProject *project);

G_END_DECLS
