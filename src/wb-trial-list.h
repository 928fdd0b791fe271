/* wb-trial-list.h: many files that a model is asked about, one after another, as a list.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "wb-attempt.h"
#include "wb-trial.h"

G_BEGIN_DECLS

#define WB_TYPE_TRIAL_LIST (wb_trial_list_get_type ())
G_DECLARE_FINAL_TYPE (WbTrialList, wb_trial_list, WB, TRIAL_LIST, GObject)

/* Signals: "answered": there are more trials, at the end, or none; "progress": more of it was answered, or it begins or
 * ends; "failed" (const char *message). */

WbTrialList *wb_trial_list_new (void);
guint wb_trial_list_get_n_trials (WbTrialList *list); /* of those answered */
const WbTrial *wb_trial_list_get_trial (WbTrialList *list, guint number);

/* Asks about all anew. NULL: nobody. */
void wb_trial_list_set_model (WbTrialList *list, LatheModel *model);
void wb_trial_list_set_threshold (WbTrialList *list, double threshold);
/* Files that are there already are not asked about again. A folder stands for the images in it. */
void wb_trial_list_add (WbTrialList *list, const char *path);
/* Whether it asks at all. Not so at first: nobody looks, and what is asked elsewhere comes first. */
void wb_trial_list_set_active (WbTrialList *list, gboolean active);
void wb_trial_list_cancel (WbTrialList *list); /* what was not answered by now is forgotten */

gboolean wb_trial_list_is_empty (WbTrialList *list); /* nothing was asked about, or waits for it */
gboolean wb_trial_list_get_busy (WbTrialList *list);
guint wb_trial_list_get_n (WbTrialList *list, guint *n_answered);
/* Writes a table of the trials with these numbers, in the background; "failed" says when it cannot be. */
void wb_trial_list_save (WbTrialList *list, const guint *numbers, guint n, const char *path);

G_END_DECLS
