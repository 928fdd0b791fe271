/* wb-assessment.h: what an evaluation came to: all that the Evaluate page shows, worked out once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "wb-curve-set.h"
#include "wb-thread.h"

G_BEGIN_DECLS

/* What is evaluated on what. */
typedef struct
{
  LatheModel *model;
  LatheDataset *dataset;
  LatheEdits *edits; /* (nullable): what was decided about the dataset since */
  int split;         /* -1: all */
  char *runs;        /* (nullable): the list of runs that tells how the model was trained; no part of what is asked */
  guint n_threads;   /* that may be taken for it: no part of what is asked */
} WbQuestion;

WbQuestion *wb_question_new (LatheModel *model, LatheDataset *dataset, const LatheEdits *edits, int split,
                             const char *runs, guint n_threads);
WbQuestion *wb_question_copy (const WbQuestion *question);
void wb_question_free (WbQuestion *question);
gboolean wb_question_equal (const WbQuestion *a, const WbQuestion *b);

/* Immutable, but for the sheet, which the main loop replaces once by one that has all intervals. */
typedef struct
{
  WbQuestion *question;
  LatheDataset *dataset; /* as it is edited */
  LatheEvaluation *evaluation;
  LatheScoreSheet *sheet;
  guint k;
  LatheScore top;
  LatheMended mended;
  LatheBin bins[LATHE_CALIBRATION_BINS]; /* of equal width */
  guint16 *places;                       /* of each image its bin */
  WbCurveSet *curves;
  GArray *suspects; /* (element-type LatheSuspect) */
  LatheSuspicion suspected_by;
  char **unknown; /* classes of the dataset that the model does not know */
  gatomicrefcount references;
} WbAssessment;

/**
 * wb_assessment_new: (on any thread)
 * @progress: (nullable)
 *
 * Errors: those of lathe_evaluate_known().
 *
 * Returns: (transfer full): with a sheet that has no intervals but those of shares
 */
WbAssessment *wb_assessment_new (const WbQuestion *question, WbProgressRelay *progress, GCancellable *cancellable,
                                 GError **error);
WbAssessment *wb_assessment_ref (WbAssessment *assessment);
void wb_assessment_unref (WbAssessment *assessment);

const char *const *wb_assessment_get_labels (const WbAssessment *assessment);
guint wb_assessment_count_mistakes (const WbAssessment *assessment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbQuestion, wb_question_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbAssessment, wb_assessment_unref)

G_END_DECLS
