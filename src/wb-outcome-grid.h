/* wb-outcome-grid.h: the images of one cell of a confusion matrix, worst first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_OUTCOME_GRID (wb_outcome_grid_get_type ())
G_DECLARE_FINAL_TYPE (WbOutcomeGrid, wb_outcome_grid, WB, OUTCOME_GRID, AdwBin)

/**
 * wb_outcome_grid_show:
 * @outcomes: (element-type LatheOutcome)
 *
 * Shows the images of class `truth` of which the network said `said`: of mistakes the surest first, of what was right
 * the least sure.
 *
 * Returns: how many there are; of very many, the first are shown
 */
guint wb_outcome_grid_show (WbOutcomeGrid *self, LatheDataset *dataset, GArray *outcomes, guint truth, guint said);

G_END_DECLS
