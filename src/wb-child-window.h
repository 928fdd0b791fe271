/* wb-child-window.h: a window that belongs to another, and goes with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* `child` lies over `parent`, and is closed with it. It may be kept by others after that, as by work on a thread. */
void wb_child_window_attach (GtkWindow *child, GtkWindow *parent);

G_END_DECLS
