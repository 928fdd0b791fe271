/* lathe-metrics.c: how good a network is, from its confusion matrix.
 *
 * Every number is that of scikit-learn's function of the same name, also where classes are empty; without samples all
 * are NAN. But for the matrix itself they follow from its margins, which are kept with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-metrics.h"

#include <math.h>
#include <string.h>

#include "base/lathe-sum.h"

LatheMetrics *
lathe_metrics_new (guint n_classes)
{
  LatheMetrics *metrics = g_new0 (LatheMetrics, 1);

  metrics->n_classes = n_classes;
  metrics->confusion = g_new0 (guint, (gsize) n_classes * n_classes);
  metrics->support = g_new0 (guint, n_classes);
  metrics->said = g_new0 (guint, n_classes);
  metrics->right = g_new0 (guint, n_classes);
  return metrics;
}

void
lathe_metrics_free (LatheMetrics *metrics)
{
  g_free (metrics->confusion);
  g_free (metrics->support);
  g_free (metrics->said);
  g_free (metrics->right);
  g_free (metrics);
}

/**
 * lathe_metrics_clear:
 *
 * As they were when they were new.
 */
void
lathe_metrics_clear (LatheMetrics *metrics)
{
  gsize row = metrics->n_classes * sizeof (guint);

  memset (metrics->confusion, 0, metrics->n_classes * row);
  memset (metrics->support, 0, row);
  memset (metrics->said, 0, row);
  memset (metrics->right, 0, row);
  metrics->loss_sum = 0;
  metrics->n = 0;
}

void
lathe_metrics_add (LatheMetrics *metrics, guint truth, guint said, double loss)
{
  lathe_metrics_add_many (metrics, truth, said, loss, 1);
}

/**
 * lathe_metrics_add_many:
 * @loss: of each
 * @times: how many samples there are of this kind
 */
void
lathe_metrics_add_many (LatheMetrics *metrics, guint truth, guint said, double loss, guint times)
{
  g_assert (truth < metrics->n_classes && said < metrics->n_classes);

  metrics->confusion[(gsize) truth * metrics->n_classes + said] += times;
  metrics->support[truth] += times;
  metrics->said[said] += times;
  if (truth == said)
    metrics->right[truth] += times;
  metrics->loss_sum += loss * times;
  metrics->n += times;
}

/**
 * lathe_metrics_count_right:
 *
 * Returns: the samples that the network was right about
 */
guint
lathe_metrics_count_right (const LatheMetrics *metrics)
{
  guint right = 0;

  for (guint i = 0; i < metrics->n_classes; i++)
    right += metrics->right[i];
  return right;
}

double
lathe_metrics_accuracy (const LatheMetrics *metrics)
{
  return metrics->n > 0 ? (double) lathe_metrics_count_right (metrics) / metrics->n : NAN;
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
  return lathe_metrics_average (metrics, LATHE_AVERAGE_MACRO).f1;
}

/**
 * lathe_metrics_balanced_accuracy:
 *
 * Returns: the mean recall of the classes that have samples (Brodersen et al. 2010): what a network gets that always
 * says the same is 1 / their number, however unequal they are
 */
double
lathe_metrics_balanced_accuracy (const LatheMetrics *metrics)
{
  LatheSum sum = {0};
  guint n = 0;

  for (guint i = 0; i < metrics->n_classes; i++)
    if (metrics->support[i] > 0)
      {
        lathe_sum_add (&sum, (double) metrics->right[i] / metrics->support[i]);
        n++;
      }
  return n > 0 ? lathe_sum_get (&sum) / n : NAN;
}

/**
 * lathe_metrics_kappa:
 *
 * Cohen 1960: 1 - o / e, where o counts what is wrong, and e what would be if the network said every class as often as
 * it does, but by chance: Σ_{i ≠ j} support_i · said_j / n.
 *
 * Returns: 1 where all is right, 0 where chance would do as well; NAN where there is but one class, in truth and in
 * what was said
 */
double
lathe_metrics_kappa (const LatheMetrics *metrics)
{
  double n = metrics->n, by_chance = n * n;

  for (guint i = 0; i < metrics->n_classes; i++)
    by_chance -= (double) metrics->support[i] * metrics->said[i];
  return by_chance > 0 ? 1 - (n - lathe_metrics_count_right (metrics)) * n / by_chance : NAN;
}

/**
 * lathe_metrics_matthews:
 *
 * The correlation of truth and answer, of any number of classes: Gorodkin 2004, "Comparing two K-category assignments
 * by a K-category correlation coefficient", equation 8. All terms are whole numbers.
 *
 * Returns: -1 … 1; 0 where only one class is there, or only one is said; NAN without samples
 */
double
lathe_metrics_matthews (const LatheMetrics *metrics)
{
  double n = metrics->n, both = n * lathe_metrics_count_right (metrics), said = n * n, truth = n * n;

  for (guint i = 0; i < metrics->n_classes; i++)
    {
      both -= (double) metrics->support[i] * metrics->said[i];
      said -= (double) metrics->said[i] * metrics->said[i];
      truth -= (double) metrics->support[i] * metrics->support[i];
    }
  if (metrics->n == 0)
    return NAN;
  return said > 0 && truth > 0 ? both / (sqrt (said) * sqrt (truth)) : 0;
}

LatheClassScore
lathe_metrics_class (const LatheMetrics *metrics, guint label)
{
  LatheClassScore score = {0};
  guint right, said;

  g_return_val_if_fail (label < metrics->n_classes, score);

  right = metrics->right[label];
  said = metrics->said[label];
  score.support = metrics->support[label];
  score.precision = said > 0 ? (double) right / said : 0;
  score.recall = score.support > 0 ? (double) right / score.support : 0;
  if (right > 0)
    score.f1 = 2.0 * right / ((double) score.support + said);
  return score;
}

static LatheClassScore
micro_average (const LatheMetrics *metrics)
{
  double accuracy = lathe_metrics_accuracy (metrics);

  return (LatheClassScore){accuracy, accuracy, accuracy, metrics->n};
}

/**
 * lathe_metrics_average:
 *
 * Returns: precision, recall and F1 of all classes together, each averaged by itself; `support` is the number of
 * samples. NAN without any.
 */
LatheClassScore
lathe_metrics_average (const LatheMetrics *metrics, LatheAverage average)
{
  LatheSum precision = {0}, recall = {0}, f1 = {0};
  double total = 0;

  if (average == LATHE_AVERAGE_MICRO || metrics->n == 0)
    return micro_average (metrics);
  for (guint i = 0; i < metrics->n_classes; i++)
    {
      LatheClassScore score = lathe_metrics_class (metrics, i);
      double weight = average == LATHE_AVERAGE_WEIGHTED ? score.support : score.support > 0 || metrics->said[i] > 0;

      lathe_sum_add (&precision, weight * score.precision);
      lathe_sum_add (&recall, weight * score.recall);
      lathe_sum_add (&f1, weight * score.f1);
      total += weight;
    }
  return (LatheClassScore){lathe_sum_get (&precision) / total, lathe_sum_get (&recall) / total,
                           lathe_sum_get (&f1) / total, metrics->n};
}
