/* lathe-metrics.h: how good a network is, from its confusion matrix.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint n_classes;
  guint *confusion;              /* n_classes × n_classes, row: the truth, column: what the network said */
  guint *support, *said, *right; /* n_classes each: sums of the rows and of the columns, the diagonal */
  double loss_sum;
  guint n; /* samples */
} LatheMetrics;

/* Precision, recall and F1 of one class: 0 where the denominator is 0, as scikit-learn has it. */
typedef struct
{
  double precision, recall, f1;
  guint support;
} LatheClassScore;

/* How the scores of the classes become one. */
typedef enum
{
  LATHE_AVERAGE_MACRO,    /* their plain mean, of the classes that occur, in truth or in what was said */
  LATHE_AVERAGE_MICRO,    /* of all decisions together: as each image has one class and is given one, the accuracy */
  LATHE_AVERAGE_WEIGHTED, /* their mean, each as often as it has images */
} LatheAverage;

LatheMetrics *lathe_metrics_new (guint n_classes);
void lathe_metrics_free (LatheMetrics *metrics);
void lathe_metrics_clear (LatheMetrics *metrics);
void lathe_metrics_add (LatheMetrics *metrics, guint truth, guint said, double loss);
void lathe_metrics_add_many (LatheMetrics *metrics, guint truth, guint said, double loss, guint times);

guint lathe_metrics_count_right (const LatheMetrics *metrics);
double lathe_metrics_accuracy (const LatheMetrics *metrics); /* NAN without samples */
double lathe_metrics_loss (const LatheMetrics *metrics);     /* mean; NAN without samples */
double lathe_metrics_macro_f1 (const LatheMetrics *metrics);
double lathe_metrics_balanced_accuracy (const LatheMetrics *metrics);
double lathe_metrics_kappa (const LatheMetrics *metrics);
double lathe_metrics_matthews (const LatheMetrics *metrics);
LatheClassScore lathe_metrics_class (const LatheMetrics *metrics, guint label);
LatheClassScore lathe_metrics_average (const LatheMetrics *metrics, LatheAverage average);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheMetrics, lathe_metrics_free)

G_END_DECLS
