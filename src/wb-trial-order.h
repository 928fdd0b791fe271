/* wb-trial-order.h: which of many trials are shown, and in which order.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-places.h"
#include "wb-trial-list.h"

G_BEGIN_DECLS

/* At a position is a trial, or none yet. Trials that are answered come in by themselves. Signals: "leaving": at each
 * place there will be another trial; "shown": there is; "changed": there are more or fewer. */
#define WB_TYPE_TRIAL_ORDER (wb_trial_order_get_type ())
G_DECLARE_FINAL_TYPE (WbTrialOrder, wb_trial_order, WB, TRIAL_ORDER, WbPlaces)

/* Besides those of one class, which is known of. */
#define WB_TRIALS_ALL (-2)
#define WB_TRIALS_UNKNOWN (-1)

typedef enum
{
  WB_TRIALS_AS_THEY_CAME,
  WB_TRIALS_LEAST_SURE, /* what cannot be read is what is known least of */
  WB_TRIALS_SUREST,
  WB_TRIALS_BY_CLASS
} WbTrialsOrder;

WbTrialOrder *wb_trial_order_new (WbTrialList *list);

void wb_trial_order_set_wanted (WbTrialOrder *order, int wanted); /* a label, or one of those above */
void wb_trial_order_set_order (WbTrialOrder *order, WbTrialsOrder how);
void wb_trial_order_refresh (WbTrialOrder *order); /* what is said of the trials is something else */
/* While it is not in sight it has no places. "settled" says when the last have gone. */
void wb_trial_order_set_in_sight (WbTrialOrder *order, gboolean in_sight);

guint wb_trial_order_get_n (WbTrialOrder *order);
const WbTrial *wb_trial_order_get (WbTrialOrder *order, guint position); /* (nullable) (transfer none) */
guint wb_trial_order_get_number (WbTrialOrder *order, guint position);   /* in the list; G_MAXUINT: none is there */
void wb_trial_order_save (WbTrialOrder *order, const char *path);        /* as wb_trial_list_save () */

G_END_DECLS
