/* wb-found-list.h: the networks that a search has tried, as a list that a view shows: the most accurate first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_FOUND (wb_found_get_type ())
G_DECLARE_FINAL_TYPE (WbFound, wb_found, WB, FOUND, GObject)

/* As it stood when the list was told; when it changes, another takes its place. */
LatheCandidate *wb_found_get (WbFound *found); /* (transfer none) */

/* A model of WbFound. */
GListModel *wb_found_list_new (void);
/* `report` may be NULL: there are none. */
void wb_found_list_take (GListModel *list, const LatheSearchReport *report);

G_END_DECLS
