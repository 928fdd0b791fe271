/* lathe-metrics.c: how good a network is, from its confusion matrix.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-metrics.h"

#include <math.h>

LatheMetrics *
lathe_metrics_new (guint n_classes)
{
  LatheMetrics *metrics = g_new0 (LatheMetrics, 1);

  metrics->n_classes = n_classes;
  metrics->confusion = g_new0 (guint, (gsize) n_classes * n_classes);
  return metrics;
}

void
lathe_metrics_free (LatheMetrics *metrics)
{
  g_free (metrics->confusion);
  g_free (metrics);
}

void
lathe_metrics_add (LatheMetrics *metrics, guint truth, guint said, double loss)
{
  g_assert (truth < metrics->n_classes && said < metrics->n_classes);

  metrics->confusion[truth * metrics->n_classes + said]++;
  metrics->loss_sum += loss;
  metrics->n++;
}

double
lathe_metrics_accuracy (const LatheMetrics *metrics)
{
  guint right = 0;

  for (guint i = 0; i < metrics->n_classes; i++)
    right += metrics->confusion[i * metrics->n_classes + i];
  return metrics->n > 0 ? (double) right / metrics->n : NAN;
}

double
lathe_metrics_loss (const LatheMetrics *metrics)
{
  return metrics->n > 0 ? metrics->loss_sum / metrics->n : NAN;
}

/**
 * lathe_metrics_macro_f1:
 *
 * Returns: the plain mean of the F1 of all classes that occur, in truth or in what was said
 */
double
lathe_metrics_macro_f1 (const LatheMetrics *metrics)
{
  double sum = 0;
  guint n = 0;

  for (guint label = 0; label < metrics->n_classes; label++)
    {
      gboolean occurs = FALSE;

      for (guint i = 0; i < metrics->n_classes && !occurs; i++)
        occurs = metrics->confusion[label * metrics->n_classes + i] > 0 ||
                 metrics->confusion[i * metrics->n_classes + label] > 0;
      if (!occurs)
        continue;
      sum += lathe_metrics_class (metrics, label).f1;
      n++;
    }
  return n > 0 ? sum / n : NAN;
}

LatheClassScore
lathe_metrics_class (const LatheMetrics *metrics, guint label)
{
  guint right = metrics->confusion[label * metrics->n_classes + label], said = 0;
  LatheClassScore score = {0};

  g_return_val_if_fail (label < metrics->n_classes, score);

  for (guint i = 0; i < metrics->n_classes; i++)
    {
      score.support += metrics->confusion[label * metrics->n_classes + i];
      said += metrics->confusion[i * metrics->n_classes + label];
    }
  score.precision = said > 0 ? (double) right / said : 0;
  score.recall = score.support > 0 ? (double) right / score.support : 0;
  if (right > 0)
    score.f1 = 2 * score.precision * score.recall / (score.precision + score.recall);
  return score;
}
