/* wb-outcome-list.h: images, each with what the model said and what is true.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-outcomes.h"

G_BEGIN_DECLS

#define WB_TYPE_OUTCOME_LIST (wb_outcome_list_get_type ())
G_DECLARE_FINAL_TYPE (WbOutcomeList, wb_outcome_list, WB, OUTCOME_LIST, AdwBin)

/* Looks for the images in the background; what was asked before is let go. title: what they are. */
void wb_outcome_list_show (WbOutcomeList *list, WbAssessment *assessment, const WbOutcomesQuery *query,
                           const char *title);
void wb_outcome_list_clear (WbOutcomeList *list);
/* (nullable): what another model said about the same images is shown as well. Keeps a reference. */
void wb_outcome_list_set_other (WbOutcomeList *list, WbAssessment *other);

G_END_DECLS
