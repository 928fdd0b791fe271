/* wb-variant-view.h: the variants of the model: a chart and a list of them, and where another one is made.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_VARIANT_VIEW (wb_variant_view_get_type ())
G_DECLARE_FINAL_TYPE (WbVariantView, wb_variant_view, WB, VARIANT_VIEW, AdwBin)

/* Signals: "chosen" (another variant was), "told" (const char *message). */

void wb_variant_view_attach (WbVariantView *view, WbProject *project); /* once */
LatheVariant *wb_variant_view_get_chosen (WbVariantView *view);        /* (transfer none) (nullable) */
/* (transfer none) (nullable): of the variant that was chosen, or of the project until there are some */
LatheModel *wb_variant_view_get_model (WbVariantView *view);

G_END_DECLS
