/* wb-trials.h: many files and what a model says of each: as a grid of pictures, or as a table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-trial-list.h"

G_BEGIN_DECLS

#define WB_TYPE_TRIALS (wb_trials_get_type ())
G_DECLARE_FINAL_TYPE (WbTrials, wb_trials, WB, TRIALS, AdwBin)

/* Signals: "opened" (GFile *file): one is to be looked at; "really" (GListModel *files, const char *class_name): what
 * the selected ones really show; "failed" (const char *message). */

WbTrialList *wb_trials_get_list (WbTrials *trials); /* (transfer none) */
void wb_trials_set_model (WbTrials *trials, LatheModel *model);
void wb_trials_set_threshold (WbTrials *trials, double threshold);
void wb_trials_set_classes (WbTrials *trials, const char *const *classes); /* of the dataset; NULL: there is none */
void wb_trials_show_table (WbTrials *trials, gboolean table);

G_END_DECLS
