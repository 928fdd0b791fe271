/* wb-saved-row.h: where something was saved, and a button that shows it there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WB_TYPE_SAVED_ROW (wb_saved_row_get_type ())
G_DECLARE_FINAL_TYPE (WbSavedRow, wb_saved_row, WB, SAVED_ROW, AdwActionRow)

GtkWidget *wb_saved_row_new (const char *path);
void wb_saved_row_set_path (WbSavedRow *row, const char *path); /* NULL: nowhere, and the row is not seen */

G_END_DECLS
