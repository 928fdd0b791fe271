/* lathe-report.h: an evaluation as one file to keep, to print and to pass on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-calibration.h"
#include "lathe-runs.h"
#include "lathe-score-sheet.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

/* What it is about, all of it someone else's. */
typedef struct
{
  const char *name; /* of the model, to be shown */
  LatheModel *model;
  LatheDataset *dataset;
  int split; /* that was evaluated; -1: all */
  const LatheEvaluation *evaluation;
  const LatheScoreSheet *sheet;
  guint k;
  LatheScore top; /* of lathe_score_top (), for k */
  LatheMended mended;
  const GArray *suspects; /* (element-type LatheSuspect) */
  const LatheRun *run;    /* (nullable): that trained the model … */
  const GArray *epochs;   /* (element-type LatheEpoch) (nullable): … and its epochs */
} LatheReport;

gboolean lathe_report_find_run (const LatheModel *model, const char *path, LatheRun **run, GArray **epochs,
                                GError **error);
GBytes *lathe_report_write (const LatheReport *report, GCancellable *cancellable, GError **error);
gboolean lathe_report_save (const LatheReport *report, const char *path, GCancellable *cancellable, GError **error);

G_END_DECLS
