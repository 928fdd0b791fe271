/* wb-ring.h: an icon with a ring of progress around it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_TYPE_RING (wb_ring_get_type ())
G_DECLARE_FINAL_TYPE (WbRing, wb_ring, WB, RING, GtkWidget)

/* Properties: "icon-name" (string), "fraction" (double: 0 … 1, or -1 for no ring). */

GtkWidget *wb_ring_new (void);
void wb_ring_set_icon_name (WbRing *ring, const char *icon_name);
void wb_ring_set_fraction (WbRing *ring, double fraction);

G_END_DECLS
