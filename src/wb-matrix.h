/* wb-matrix.h: a confusion matrix, drawn: rows are the truth, columns what the network said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_MATRIX (wb_matrix_get_type ())
G_DECLARE_FINAL_TYPE (WbMatrix, wb_matrix, WB, MATRIX, GtkWidget)

/* Signals: "selected" (guint truth, guint said): a cell was chosen with pointer or keys; "pointed": the pointer came
 * to another cell, or left. */

GtkWidget *wb_matrix_new (void);
/* Copies what it needs and selects the commonest mistake. NULL metrics: an empty matrix. */
void wb_matrix_set (WbMatrix *self, const LatheMetrics *metrics, const char *const *labels);
void wb_matrix_select (WbMatrix *self, guint truth, guint said);
gboolean wb_matrix_get_selected (WbMatrix *self, guint *truth, guint *said);
/* The cell under the pointer, or else the selected one, in words; NULL for an empty matrix. */
char *wb_matrix_describe (WbMatrix *self);

G_END_DECLS
