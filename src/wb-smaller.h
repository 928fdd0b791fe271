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

/* (element-type LatheVariant): of which one can be made. What one in fewer bits is made of is the one that is chosen
 * among them, and stays what it was where that is in fewer bits itself. */
void wb_smaller_set_variants (WbSmaller *smaller, const GPtrArray *variants, guint chosen);

/* What is chosen. `training`: the hyperparameters that it is trained with, where it is.
 * Returns: (transfer none) (nullable): what it is to be made of; NULL: there are no variants. */
LatheVariant *wb_smaller_get_recipe (WbSmaller *smaller, const LatheHyperparameters *training,
                                     LatheVariantRecipe *recipe);

void wb_smaller_suggest_time (WbSmaller *smaller, double milliseconds); /* that an image may take */

G_END_DECLS
