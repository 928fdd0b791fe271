/* wb-outcomes.h: the images behind a number: of a cell, a bar, a point.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "wb-assessment.h"

G_BEGIN_DECLS

typedef enum
{
  WB_OUTCOMES_MISTAKES,        /* all that were named wrongly */
  WB_OUTCOMES_CELL,            /* of the class `truth`, taken for `said` */
  WB_OUTCOMES_BIN,             /* of which the model was as sure as the bin `bin` is */
  WB_OUTCOMES_TRUE_POSITIVES,  /* of the class `truth`, … */
  WB_OUTCOMES_FALSE_POSITIVES, /* of others, … */
  WB_OUTCOMES_FALSE_NEGATIVES, /* of it, … */
  WB_OUTCOMES_TRUE_NEGATIVES,  /* of others, with a probability for it that does, or does not, reach the threshold */
  WB_OUTCOMES_MISJUDGED,       /* false positives and false negatives */
  WB_OUTCOMES_IMAGES,          /* those whose places in the dataset are in `images` */
} WbOutcomesKind;

typedef struct
{
  WbOutcomesKind kind;
  guint truth, said, bin;
  double threshold;
  GArray *images; /* (element-type guint32) (nullable) */
} WbOutcomesQuery;

/* (on any thread) (transfer full) (element-type guint32): their places in the evaluation, the worst first */
GArray *wb_outcomes_find (const WbAssessment *assessment, const WbOutcomesQuery *query);

/* One image. */
#define WB_TYPE_OUTCOME (wb_outcome_get_type ())
G_DECLARE_FINAL_TYPE (WbOutcome, wb_outcome, WB, OUTCOME, GObject)

const LatheImage *wb_outcome_get_image (WbOutcome *outcome);
const LatheOutcome *wb_outcome_get (WbOutcome *outcome);
double wb_outcome_get_probability (WbOutcome *outcome, guint label);
WbAssessment *wb_outcome_get_assessment (WbOutcome *outcome); /* (transfer none) */

/* (transfer full) (element-type WbOutcome): takes over the places */
GListModel *wb_outcomes_new (WbAssessment *assessment, GArray *places);

G_END_DECLS
