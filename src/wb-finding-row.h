/* wb-finding-row.h: one line of what is wrong with images: a kind, a file, or images side by side.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-finding-list.h"

G_BEGIN_DECLS

#define WB_TYPE_FINDING_ROW (wb_finding_row_get_type ())
G_DECLARE_FINAL_TYPE (WbFindingRow, wb_finding_row, WB, FINDING_ROW, AdwBin)

/* Its buttons activate findings.cure (flaw, u), findings.join (flaw, u), findings.keep (key, t), findings.move
 * (key, t), findings.exclude (the image's name, ay) and findings.copy. */

GtkWidget *wb_finding_row_new (void);
/* NULL: empty. Only keeps the room; wb_finding_row_fill() makes what is seen. */
void wb_finding_row_set_finding (WbFindingRow *row, WbFinding *finding);
void wb_finding_row_fill (WbFindingRow *row);

G_END_DECLS
