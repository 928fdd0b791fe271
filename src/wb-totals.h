/* wb-totals.h: what a network comes to, counted, planned and measured. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_TOTALS (wb_totals_get_type ())
G_DECLARE_FINAL_TYPE (WbTotals, wb_totals, WB, TOTALS, AdwBin)

/* `report` is of `graph`; neither is kept. What was measured of another network, or in another batch, is forgotten.
 * `n_training`: images an epoch goes through; 0: not known. */
void wb_totals_show (WbTotals *totals, const LatheGraph *graph, const LatheGraphReport *report,
                     const LatheHyperparameters *hyperparameters, guint n_training);
/* While a training takes the machine, nothing is measured. */
void wb_totals_set_training (WbTotals *totals, gboolean training);

G_END_DECLS
