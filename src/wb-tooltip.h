/* wb-tooltip.h: tooltips of widgets that are made or changed many at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* As gtk_widget_set_tooltip_text(), which asks the X server where the pointer is, and waits for the answer, each time
 * that it is called for a widget that may be seen: a row of twelve images took longer for that than for all the rest.
 */
void wb_tooltip_set (GtkWidget *widget, const char *text);

G_END_DECLS
