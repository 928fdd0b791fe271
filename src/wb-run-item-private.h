/* wb-run-item-private.h: what the list of trainings does with its rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-run-item.h"

G_BEGIN_DECLS

/* What is known of a run. Nobody changes it: threads and the main loop read it at once. */
typedef struct
{
  LatheRun *run;
  char *settings; /* those that are not the same in all runs */
  char *words;    /* all that a search finds it by, folded */
} WbRunRecord;

WbRunRecord *wb_run_record_new (LatheRun *run, const char *settings); /* run: (transfer full) */
void wb_run_record_unref (gpointer record);
/* Whether no row would say anything else of the run as it is now. */
gboolean wb_run_record_says (const WbRunRecord *record, const LatheRun *run, const char *settings);

struct _WbRunItem
{
  GObject parent_instance;
  WbRunRecord *record;
  GArray *epochs;
  gboolean shown;
};

/* Main loop, but for one that is new: what it says from now on. */
void wb_run_item_take (WbRunItem *item, WbRunRecord *record);

G_END_DECLS
