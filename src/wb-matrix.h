/* wb-matrix.h: a confusion matrix, drawn: rows are the truth, columns what the model said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_MATRIX (wb_matrix_get_type ())
G_DECLARE_FINAL_TYPE (WbMatrix, wb_matrix, WB, MATRIX, WbFigure)

/* Signals: "selected" (guint truth, guint said): a cell was chosen with pointer or keys; "activated": its images are
 * wanted; "pointed": the pointer came to another cell, or left. */

/* Copies what it needs. No cell is selected. NULL metrics: an empty matrix. */
void wb_matrix_set (WbMatrix *self, const LatheMetrics *metrics, const char *const *labels);
/* Whether cells show their share of the row, instead of how many images they are. */
void wb_matrix_set_shares (WbMatrix *self, gboolean shares);
void wb_matrix_select (WbMatrix *self, guint truth, guint said);
/* The cell under the pointer, or else the selected one, in words; NULL where there is none. */
char *wb_matrix_describe (WbMatrix *self);

G_END_DECLS
