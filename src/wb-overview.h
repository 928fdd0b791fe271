/* wb-overview.h: a map of a canvas that is larger than what is seen of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-canvas.h"

G_BEGIN_DECLS

#define WB_TYPE_OVERVIEW (wb_overview_get_type ())
G_DECLARE_FINAL_TYPE (WbOverview, wb_overview, WB, OVERVIEW, GtkWidget)

/* Property: "canvas" (WbCanvas). Where all of it is seen, there is no map. */

G_END_DECLS
