/* wb-property-row.h: one property of a layer or of the training, as a row that edits it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_PROPERTY_ROW (wb_property_row_get_type ())
G_DECLARE_FINAL_TYPE (WbPropertyRow, wb_property_row, WB, PROPERTY_ROW, AdwPreferencesRow)

/* Signal: "changed" (double value): the user chose another value. */

GtkWidget *wb_property_row_new (const LatheProperty *property);
const LatheProperty *wb_property_row_get_described (WbPropertyRow *self);
/* Untranslated and static, one for each choice: they stand below the choices, and the help is that of the choice. */
void wb_property_row_explain_choices (WbPropertyRow *self, const char *const *helps);
void wb_property_row_set_value (WbPropertyRow *self, double value); /* without a signal */
/* Below the row: what is wrong with its value, and a button that sets another. NULL: nothing; NAN: there is none. */
void wb_property_row_advise (WbPropertyRow *self, const char *text, double remedy);
gboolean wb_property_row_get_changed (WbPropertyRow *self);
char *wb_property_row_format (WbPropertyRow *self); /* (transfer full) the value, as people read it */

G_END_DECLS
