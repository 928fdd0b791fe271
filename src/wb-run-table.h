/* wb-run-table.h: the trainings of the open folder, to sort, to search, to compare.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-runs.h"

G_BEGIN_DECLS

#define WB_TYPE_RUN_TABLE (wb_run_table_get_type ())
G_DECLARE_FINAL_TYPE (WbRunTable, wb_run_table, WB, RUN_TABLE, AdwBin)

/* Signals: "chosen" (gint64 id): this one is selected, alone; 0: none is; "deleted" (gint64 id): it can be brought back
 * by wb_runs_set_deleted(); "network-wanted" (gint64 id); "continue-wanted" (gint64 id, const char *checkpoint). */

WbRuns *wb_run_table_get_runs (WbRunTable *table); /* (transfer none) (nullable) */
void wb_run_table_set_runs (WbRunTable *table, WbRuns *runs);

G_END_DECLS
