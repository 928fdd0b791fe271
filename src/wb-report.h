/* wb-report.h: an assessment as one file to keep, to print and to pass on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "wb-assessment.h"

G_BEGIN_DECLS

/* message: what came of it, in a sentence */
typedef void (*WbReportDone) (GtkWidget *widget, const char *message);

/* Asks where to, and writes the report on a thread. runs: (nullable): the list of the runs of which one may have
 * trained the model. done: comes once, or, when nothing is chosen or the widget has gone, never. */
void wb_report_ask (GtkWidget *widget, WbAssessment *assessment, const char *runs, WbReportDone done);

G_END_DECLS
