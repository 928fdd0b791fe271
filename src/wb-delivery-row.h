/* wb-delivery-row.h: a format that a model is taken away in: a button that does it, and then the proof.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_DELIVERY_ROW (wb_delivery_row_get_type ())
G_DECLARE_FINAL_TYPE (WbDeliveryRow, wb_delivery_row, WB, DELIVERY_ROW, AdwExpanderRow)

/* Signal "told" (const char *message): what became of an export, for a toast. */

GtkWidget *wb_delivery_row_new (const LatheExportFormat *format);

/* What is taken away, and the images that it is proved on: both nullable. What was shown of another is gone. @name:
 * what a file may be called. */
void wb_delivery_row_set_model (WbDeliveryRow *self, LatheModel *model, LatheDataset *dataset, const char *name);

/* Whether the export comes in a folder, with what it takes to use it. */
void wb_delivery_row_set_bundle (WbDeliveryRow *self, gboolean bundle);

G_END_DECLS
