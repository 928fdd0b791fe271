/* wb-fact-row.h: a fact in a list: what it is, and what it is worth, which can be copied.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WB_TYPE_FACT_ROW (wb_fact_row_get_type ())
G_DECLARE_FINAL_TYPE (WbFactRow, wb_fact_row, WB, FACT_ROW, AdwPreferencesRow)

/* What it is, is the row's "title". */
void wb_fact_row_set_value (WbFactRow *self, const char *value);

G_END_DECLS
