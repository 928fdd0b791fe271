/* wb-serve-row.h: a switch by which the model answers programs and browsers over HTTP.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_SERVE_ROW (wb_serve_row_get_type ())
G_DECLARE_FINAL_TYPE (WbServeRow, wb_serve_row, WB, SERVE_ROW, AdwActionRow)

/* Signals: "told" (const char *message): a sentence for a toast; "url-changed" (const char *url): where it answers, or
 * NULL. */

/* While it answers, another model takes over from the one before; with none, it ends. @name: of the model. */
void wb_serve_row_set_model (WbServeRow *self, LatheModel *model, const char *name);

G_END_DECLS
