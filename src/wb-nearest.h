/* wb-nearest.h: the training images that are most like one to a model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-attempt.h"

G_BEGIN_DECLS

#define WB_TYPE_NEAREST (wb_nearest_get_type ())
G_DECLARE_FINAL_TYPE (WbNearest, wb_nearest, WB, NEAREST, AdwBin)

/* What it knows, and where it looks; NULL: nothing. */
void wb_nearest_set_model (WbNearest *nearest, LatheModel *model, LatheDataset *dataset);
/* One that the model has answered, or NULL. It is looked for while the widget can be seen. */
void wb_nearest_show (WbNearest *nearest, WbAttempt *attempt);

G_END_DECLS
