/* wb-preview.h: what the network sees of a few images: as they are, and as training may draw them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_PREVIEW (wb_preview_get_type ())
G_DECLARE_FINAL_TYPE (WbPreview, wb_preview, WB, PREVIEW, AdwBin)

/* Draws in the background; what was being drawn is let go. */
void wb_preview_show (WbPreview *preview, LatheDataset *dataset, const LathePreprocess *preprocess,
                      const LatheHyperparameters *hyperparameters);

G_END_DECLS
