/* wb-score-list.h: the scores of an evaluation: some as large numbers, all of them as a list.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-assessment.h"

G_BEGIN_DECLS

#define WB_TYPE_SCORE_LIST (wb_score_list_get_type ())
G_DECLARE_FINAL_TYPE (WbScoreList, wb_score_list, WB, SCORE_LIST, AdwBin)

/* Signal: "mistakes-wanted": the images that were named wrongly are to be shown. */

void wb_score_list_set (WbScoreList *list, const WbAssessment *assessment);

G_END_DECLS
