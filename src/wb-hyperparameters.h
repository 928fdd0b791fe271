/* wb-hyperparameters.h: the form in which a training is set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_HYPERPARAMETERS (wb_hyperparameters_get_type ())
G_DECLARE_FINAL_TYPE (WbHyperparameters, wb_hyperparameters, WB, HYPERPARAMETERS, AdwBin)

/* Signal: "changed": the user chose another value. */

void wb_hyperparameters_show (WbHyperparameters *self, const LatheHyperparameters *values); /* without a signal */
const LatheHyperparameters *wb_hyperparameters_get_values (WbHyperparameters *self);

G_END_DECLS
