/* wb-drop-down.h: lists to choose from whose names may be longer than there is room for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Shows what is chosen shortened, where it has to be; the list that opens has the names as they are. */
void wb_drop_down_shorten (GtkDropDown *drop_down);

G_END_DECLS
