/* lathe-curves.h: one class against the rest, at every threshold.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-evaluation.h"

G_BEGIN_DECLS

/* What comes of saying the class where its probability is the threshold or more. */
typedef struct
{
  double threshold; /* INFINITY: never */
  guint true_positives, false_positives, false_negatives, true_negatives;
} LatheThreshold;

typedef struct
{
  double threshold, x, y;
} LatheCurvePoint;

/* --- Thresholds --- */

GArray *lathe_thresholds (const LatheEvaluation *evaluation, guint positive);
LatheThreshold lathe_threshold_at (const LatheEvaluation *evaluation, guint positive, double threshold);
LatheClassScore lathe_threshold_score (const LatheThreshold *at);
double lathe_threshold_accuracy (const LatheThreshold *at);
double lathe_threshold_false_positive_rate (const LatheThreshold *at);
double lathe_threshold_cost (const LatheThreshold *at, double false_positive, double false_negative);
const LatheThreshold *lathe_thresholds_cheapest (const GArray *thresholds, double false_positive,
                                                 double false_negative);

/* --- Curves --- */

GArray *lathe_roc_curve (const GArray *thresholds, gboolean drop_intermediate);
GArray *lathe_precision_recall_curve (const GArray *thresholds);

/* --- Areas --- */

/* The images in the order of one class's probability. Immutable. */
typedef struct _LatheRanking LatheRanking;

LatheRanking *lathe_ranking_new (const LatheEvaluation *evaluation, guint positive);
void lathe_ranking_free (LatheRanking *ranking);
void lathe_ranking_areas (const LatheRanking *ranking, const guint16 *times, double *roc, double *average_precision);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheRanking, lathe_ranking_free)

G_END_DECLS
