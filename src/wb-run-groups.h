/* wb-run-groups.h: the trainings of the open folder, those of one sweep under one row. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-runs.h"

G_BEGIN_DECLS

/* The runs of one sweep. */
#define WB_TYPE_RUN_GROUP (wb_run_group_get_type ())
G_DECLARE_FINAL_TYPE (WbRunGroup, wb_run_group, WB, RUN_GROUP, GObject)

/* Signal: "changed": something else is known of its runs. */

const char *wb_run_group_get_name (WbRunGroup *group);
GListModel *wb_run_group_get_runs (WbRunGroup *group); /* (transfer none) (element-type WbRunItem) the newest first */
/* (transfer none): never NULL; the one that did best on the validation images, or the newest */
WbRunItem *wb_run_group_get_best (WbRunGroup *group);
guint wb_run_group_count (WbRunGroup *group, LatheRunState state); /* how many are in this state */
double wb_run_group_get_seconds (WbRunGroup *group);               /* of training, of all together */

/* All of them, the newest first: a WbRunItem, or a WbRunGroup in the place of its newest run. A row that is there still
 * stays the same object at its place, so that what a view has unfolded stays so. */
#define WB_TYPE_RUN_GROUPS (wb_run_groups_get_type ())
G_DECLARE_FINAL_TYPE (WbRunGroups, wb_run_groups, WB, RUN_GROUPS, GObject)

WbRunGroups *wb_run_groups_new (WbRuns *runs);
GListModel *wb_run_groups_get_model (WbRunGroups *groups); /* (transfer none) */

G_END_DECLS
