/* wb-layer-row.h: a layer in the list of the network page.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_LAYER_ROW (wb_layer_row_get_type ())
G_DECLARE_FINAL_TYPE (WbLayerRow, wb_layer_row, WB, LAYER_ROW, AdwBin)

/* Signal: "mend": the user wants what wb_layer_row_offer offered. */

GtkWidget *wb_layer_row_new (void);
/* Its parent, which is the row of a list, is told what to say. `share`: the layer's part of all multiply-adds, 0 … 1;
 * `neighbours`: a sentence about what it reads, and what reads it.
 */
void wb_layer_row_show (WbLayerRow *self, const LatheNode *node, const LatheNodeReport *report, double share,
                        const char *neighbours);
/* A button beside the error that mends it; NULL takes it away. */
void wb_layer_row_offer (WbLayerRow *self, const char *remedy);

G_END_DECLS
