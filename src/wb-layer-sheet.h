/* wb-layer-sheet.h: what a layer makes of an image: a tile for each of its channels.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-attempt.h"
#include "wb-explainer.h"

G_BEGIN_DECLS

#define WB_TYPE_LAYER_SHEET (wb_layer_sheet_get_type ())
G_DECLARE_FINAL_TYPE (WbLayerSheet, wb_layer_sheet, WB, LAYER_SHEET, AdwBin)

/* NULL: there is no model. */
void wb_layer_sheet_set_explainer (WbLayerSheet *sheet, WbExplainer *explainer);
/* One that the explainer's model has answered, or NULL. It is looked at while the sheet can be seen. */
void wb_layer_sheet_show (WbLayerSheet *sheet, WbAttempt *attempt);

G_END_DECLS
