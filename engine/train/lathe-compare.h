/* lathe-compare.h: two models on the same images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-evaluation.h"
#include "lathe-intervals.h"

G_BEGIN_DECLS

/* An image that one of the two gets right. */
typedef struct
{
  guint32 image;       /* index into the dataset */
  guint first, second; /* places in the evaluations, for lathe_evaluation_get() */
  gboolean first_is_right;
} LatheDisagreement;

typedef struct
{
  guint n; /* images that both were asked about */
  guint both_right, only_first, only_second, both_wrong;
  double difference;      /* accuracy of the second less that of the first; NAN without images */
  LatheInterval interval; /* of the difference */
  double p_value;         /* of two models that are equally often right, how often one gets this far ahead */
  gboolean exact;
  GArray *disagreements; /* (element-type LatheDisagreement), in the order of the images */
} LatheComparison;

LatheComparison *lathe_compare (const LatheEvaluation *first, const LatheEvaluation *second);
void lathe_comparison_free (LatheComparison *comparison);
double lathe_mcnemar_exact (guint only_first, guint only_second);
double lathe_mcnemar_corrected (guint only_first, guint only_second);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheComparison, lathe_comparison_free)

G_END_DECLS
