/* wb-layer-list.h: the layers of a network as a list, beside the canvas that draws them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-canvas.h"

G_BEGIN_DECLS

#define WB_TYPE_LAYER_LIST (wb_layer_list_get_type ())
G_DECLARE_FINAL_TYPE (WbLayerList, wb_layer_list, WB, LAYER_LIST, AdwBin)

/* Property: "canvas" (WbCanvas): what is selected there is selected here, and what is done here is done there.
 * Signals: "activated": as the canvas's; "mended" (LatheGraph *graph): a way out of an error was taken. */

/* What is shown from the canvas's next "selection-changed" on, which comes when that is given the same. Both stay the
 * caller's, who keeps them until the next call. */
void wb_layer_list_show (WbLayerList *self, const LatheGraph *graph, const LatheGraphReport *report);

G_END_DECLS
