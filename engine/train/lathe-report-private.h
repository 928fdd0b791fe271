/* lathe-report-private.h: what the parts of a report share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-markup.h"
#include "lathe-report.h"

G_BEGIN_DECLS

/* lathe-report-words.c: numbers carry their exact value with them, as <data value> */
void lathe_report_add_share (GString *html, double value);
void lathe_report_add_value (GString *html, double value, guint decimals);
void lathe_report_add_count (GString *html, guint64 count);
void lathe_report_add_score (GString *html, const LatheScore *score, gboolean is_share);
void lathe_report_add_heading (GString *html, const char *title);
/* A row of a table of two columns. The value is any text. */
void lathe_report_add_fact (GString *html, const char *name, const char *value);
const char *lathe_report_class (const LatheReport *report, guint label);

/* lathe-report-charts.c */
void lathe_report_add_training_curves (GString *html, const LatheReport *report);
void lathe_report_add_class_curves (GString *html, const LatheReport *report);
void lathe_report_add_calibration (GString *html, const LatheReport *report);

/* lathe-report-network.c: nothing where a network does not work, or is too large to be looked at */
void lathe_report_add_drawing (GString *html, const LatheGraph *graph, const LatheGraphReport *check);

/* lathe-report-tables.c */
void lathe_report_add_dataset (GString *html, const LatheReport *report);
void lathe_report_add_network (GString *html, const LatheReport *report);
void lathe_report_add_training (GString *html, const LatheReport *report);
void lathe_report_add_scores (GString *html, const LatheReport *report);
void lathe_report_add_classes (GString *html, const LatheReport *report);
void lathe_report_add_matrix (GString *html, const LatheReport *report);
void lathe_report_add_reproduction (GString *html, const LatheReport *report);

/* lathe-report-images.c: FALSE when it was cancelled */
gboolean lathe_report_add_mistakes (GString *html, const LatheReport *report, GCancellable *cancellable,
                                    GError **error);
gboolean lathe_report_add_suspects (GString *html, const LatheReport *report, GCancellable *cancellable,
                                    GError **error);

G_END_DECLS
