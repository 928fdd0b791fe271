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
  guint *confusion; /* n_classes × n_classes, row: the truth, column: what the network said */
  double loss_sum;
  guint n; /* samples */
} LatheMetrics;

/* Precision, recall and F1 of one class: 0 where the denominator is 0, as scikit-learn has it. */
typedef struct
{
  double precision, recall, f1;
  guint support;
} LatheClassScore;

LatheMetrics *lathe_metrics_new (guint n_classes);
void lathe_metrics_free (LatheMetrics *metrics);
void lathe_metrics_add (LatheMetrics *metrics, guint truth, guint said, double loss);
double lathe_metrics_accuracy (const LatheMetrics *metrics); /* NAN without samples */
double lathe_metrics_loss (const LatheMetrics *metrics);     /* mean; NAN without samples */
double lathe_metrics_macro_f1 (const LatheMetrics *metrics);
LatheClassScore lathe_metrics_class (const LatheMetrics *metrics, guint label);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheMetrics, lathe_metrics_free)

G_END_DECLS
