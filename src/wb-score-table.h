/* wb-score-table.h: precision, recall, F1 and support of each class, to sort by any of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_SCORE_TABLE (wb_score_table_get_type ())
G_DECLARE_FINAL_TYPE (WbScoreTable, wb_score_table, WB, SCORE_TABLE, AdwBin)

/* Signal: "class-chosen" (guint label): the user wants to see more of a class. */

/* Copies what it needs. NULL: an empty table. */
void wb_score_table_set (WbScoreTable *self, const LatheScoreSheet *sheet, const char *const *labels);

G_END_DECLS
