/* wb-compare-window.h: many runs side by side, by what was set and what came of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-runs.h"

G_BEGIN_DECLS

#define WB_TYPE_COMPARE_WINDOW (wb_compare_window_get_type ())
G_DECLARE_FINAL_TYPE (WbCompareWindow, wb_compare_window, WB, COMPARE_WINDOW, AdwWindow)

GtkWidget *wb_compare_window_new (GtkWindow *parent, WbRuns *runs);

G_END_DECLS
