/* wb-points-window.h: the models that one can begin with: those that are there, and how to get the others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_POINTS_WINDOW (wb_points_window_get_type ())
G_DECLARE_FINAL_TYPE (WbPointsWindow, wb_points_window, WB, POINTS_WINDOW, AdwWindow)

GtkWidget *wb_points_window_new (GtkWindow *parent, WbProject *project);
gboolean wb_points_window_can_take (const char *path); /* by its name: weights of a known model */
void wb_points_window_take (WbPointsWindow *window, const char *path);

G_END_DECLS
