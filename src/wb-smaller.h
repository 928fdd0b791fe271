/* wb-smaller.h: how a smaller variant of the model is to be made: a row that opens.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_SMALLER (wb_smaller_get_type ())
G_DECLARE_FINAL_TYPE (WbSmaller, wb_smaller, WB, SMALLER, AdwExpanderRow)

/* Signal: "make": one is to be made. */

/* What is chosen. `training`: the hyperparameters that it is trained with, where it is. */
void wb_smaller_get_recipe (WbSmaller *smaller, const LatheHyperparameters *training, LatheVariantRecipe *recipe);

void wb_smaller_suggest_time (WbSmaller *smaller, double milliseconds); /* that an image may take */

G_END_DECLS
