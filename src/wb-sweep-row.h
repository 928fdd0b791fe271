/* wb-sweep-row.h: one setting that varies, and the values that it may have.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_SWEEP_ROW (wb_sweep_row_get_type ())
G_DECLARE_FINAL_TYPE (WbSweepRow, wb_sweep_row, WB, SWEEP_ROW, AdwEntryRow)

/* Signals: "changed" (of GtkEditable), "removed". */

/* `setting` NULL: the seed. It begins with values around the one that is set. */
GtkWidget *wb_sweep_row_new (const LatheHyperparameter *setting, const LatheHyperparameters *now);
const LatheHyperparameter *wb_sweep_row_get_setting (WbSweepRow *row);
/* (transfer full): what is typed; NULL with the reason, which the row shows too */
LatheSweepAxis *wb_sweep_row_get_axis (WbSweepRow *row, GError **error);

G_END_DECLS
