/* lathe-score-sheet.h: every score of an evaluation, with its interval: the one place that the window, the command line
 * and a report have them from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "lathe-evaluation.h"
#include "lathe-intervals.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_SCORE_ACCURACY,
  LATHE_SCORE_BALANCED_ACCURACY,
  LATHE_SCORE_MACRO_PRECISION,
  LATHE_SCORE_MACRO_RECALL,
  LATHE_SCORE_MACRO_F1,
  LATHE_SCORE_MICRO_F1,
  LATHE_SCORE_WEIGHTED_PRECISION,
  LATHE_SCORE_WEIGHTED_RECALL,
  LATHE_SCORE_WEIGHTED_F1,
  LATHE_SCORE_KAPPA,
  LATHE_SCORE_MATTHEWS,
  LATHE_SCORE_ROC_AUC, /* the mean over the classes for which it exists, and so are the three that follow */
  LATHE_SCORE_WEIGHTED_ROC_AUC,
  LATHE_SCORE_AVERAGE_PRECISION,
  LATHE_SCORE_WEIGHTED_AVERAGE_PRECISION,
  LATHE_SCORE_LOG_LOSS,
  LATHE_SCORE_BRIER,
  LATHE_SCORE_ECE,            /* expected calibration error, of 15 bins of equal width */
  LATHE_SCORE_ECE_EQUAL_MASS, /* of 15 bins of as many images */
  LATHE_N_SCORES
} LatheScoreKind;

typedef struct
{
  const char *name;  /* in files */
  const char *title; /* for people, to be translated */
  gboolean is_share; /* to be shown in percent */
  gboolean less_is_better;
} LatheScoreInfo;

extern const LatheScoreInfo lathe_score_infos[LATHE_N_SCORES];

typedef struct
{
  double value; /* NAN where it does not exist */
  LatheInterval interval;
} LatheScore;

/* One class against the rest. */
typedef struct
{
  LatheScore precision, recall, f1, roc_auc, average_precision;
  guint support;
} LatheClassScores;

typedef struct
{
  guint n, n_classes;
  LatheScore scores[LATHE_N_SCORES];
  LatheClassScores *classes; /* n_classes */
} LatheScoreSheet;

typedef struct
{
  guint n_resamples; /* 0: no intervals but those of shares */
  guint64 seed;
  guint n_threads; /* 0 for as many as the machine has cores; changes no bit */
} LatheScoreOptions;
#define LATHE_SCORE_OPTIONS_DEFAULT ((LatheScoreOptions){.n_resamples = 1000, .seed = 1})

LatheScoreSheet *lathe_score_sheet_new (const LatheEvaluation *evaluation, const LatheScoreOptions *options,
                                        GCancellable *cancellable, GError **error);
void lathe_score_sheet_free (LatheScoreSheet *sheet);
guint lathe_score_usual_top (guint n_classes);
LatheScore lathe_score_top (const LatheEvaluation *evaluation, guint k);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheScoreSheet, lathe_score_sheet_free)

G_END_DECLS
