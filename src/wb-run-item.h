/* wb-run-item.h: one training of the list, as a row has it. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_RUN_ITEM (wb_run_item_get_type ())
G_DECLARE_FINAL_TYPE (WbRunItem, wb_run_item, WB, RUN_ITEM, GObject)

/* Signal: "changed": something else is known of it. */

const LatheRun *wb_run_item_get_run (WbRunItem *item);
const char *wb_run_item_get_settings (WbRunItem *item); /* those that are not the same in all runs */
gboolean wb_run_item_get_shown (WbRunItem *item);       /* whether it is drawn in the charts */
const GArray *wb_run_item_get_epochs (WbRunItem *item); /* (element-type LatheEpoch) (nullable) of one that is shown */
gboolean wb_run_item_holds (WbRunItem *item, const char *const *words); /* each, casefolded, in what is said of it */
char *wb_run_item_get_title (WbRunItem *item);                          /* (transfer full) its name, or “Run 7” */

G_END_DECLS
