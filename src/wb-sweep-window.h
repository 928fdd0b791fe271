/* wb-sweep-window.h: where a person says which settings vary, and sees what comes of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_SWEEP_WINDOW (wb_sweep_window_get_type ())
G_DECLARE_FINAL_TYPE (WbSweepWindow, wb_sweep_window, WB, SWEEP_WINDOW, AdwWindow)

/* A sweep goes on when the window is closed, and another window shows it. */
GtkWidget *wb_sweep_window_new (GtkWindow *parent, WbProject *project);

G_END_DECLS
