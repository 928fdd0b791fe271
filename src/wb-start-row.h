/* wb-start-row.h: a network to begin with: its name, a sentence, a drawing, and what it costs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "wb-miniature.h"

G_BEGIN_DECLS

#define WB_TYPE_START_ROW (wb_start_row_get_type ())
G_DECLARE_FINAL_TYPE (WbStartRow, wb_start_row, WB, START_ROW, GtkListBoxRow)

/* A network that is known already; its drawing needs no other thread any more. Any thread makes and frees it. */
typedef struct
{
  LatheGraph *graph;
  guint64 parameters, multiply_adds;
  char *problem; /* a sentence: why it does not work with these images; NULL: it does */
  WbMiniature *miniature;
} WbCandidate;

WbCandidate *wb_candidate_new (LatheGraph *graph /* (transfer full) */);
void wb_candidate_free (WbCandidate *candidate);

GtkWidget *wb_start_row_new (const char *group, const char *title, const char *text);
const char *wb_start_row_get_group (WbStartRow *row); /* under whose heading it stands */
void wb_start_row_set_title (WbStartRow *row, const char *title);
void wb_start_row_set_text (WbStartRow *row, const char *text);
void wb_start_row_set_paper (WbStartRow *row, const LathePaper *paper); /* (nullable), which stays */
void wb_start_row_show (WbStartRow *row, const WbCandidate *candidate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbCandidate, wb_candidate_free)

G_END_DECLS
