/* wb-trial-cells.h: what views of trials are made of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "wb-trial-order.h"

G_BEGIN_DECLS

#define WB_TYPE_TRIAL_CELLS (wb_trial_cells_get_type ())
G_DECLARE_FINAL_TYPE (WbTrialCells, wb_trial_cells, WB, TRIAL_CELLS, GObject)

typedef enum
{
  WB_TRIAL_PICTURE, /* with what is said of it */
  WB_TRIAL_FILE,
  WB_TRIAL_LABEL,
  WB_TRIAL_PROBABILITY
} WbTrialCell;

/* What its cells show follows the order, in the background where it is not in sight. */
WbTrialCells *wb_trial_cells_new (WbTrialOrder *order);
void wb_trial_cells_set_model (WbTrialCells *cells, LatheModel *model); /* that has the labels; NULL: none */
GtkListItemFactory *wb_trial_cells_new_factory (WbTrialCells *cells, WbTrialCell what);

G_END_DECLS
