/* lathe-score-sheet.c: every score of an evaluation, with its interval.
 *
 * One function works all scores out, of images each of which counts a number of times. Counted once they give the
 * scores. A resample draws as many images as there are, with replacement, and counts each as often as it was drawn; of
 * a thousand of them the intervals are made (Efron & Tibshirani 1993). The draws are a function of the seed and the
 * resample's number, so that it does not matter which thread makes which.
 *
 * Resampled is what no formula gives an interval for: means over classes, whose F1 share images, correlations, areas,
 * and sums of absolute differences. Accuracy, precision and recall are plain shares: they have Wilson's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-score-sheet.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "base/lathe-pool.h"
#include "base/lathe-rng.h"
#include "base/lathe-sum.h"
#include "lathe-calibration.h"
#include "lathe-curves.h"

#define USUAL_TOP 5
#define N_BINNINGS 2 /* as in LatheBinning */

const LatheScoreInfo lathe_score_infos[LATHE_N_SCORES] = {
    [LATHE_SCORE_ACCURACY] = {"accuracy", N_ ("Accuracy"), TRUE, FALSE},
    [LATHE_SCORE_BALANCED_ACCURACY] = {"balanced_accuracy", N_ ("Balanced accuracy"), TRUE, FALSE},
    [LATHE_SCORE_MACRO_PRECISION] = {"macro_precision", N_ ("Macro precision"), FALSE, FALSE},
    [LATHE_SCORE_MACRO_RECALL] = {"macro_recall", N_ ("Macro recall"), FALSE, FALSE},
    [LATHE_SCORE_MACRO_F1] = {"macro_f1", N_ ("Macro F1"), FALSE, FALSE},
    [LATHE_SCORE_MICRO_F1] = {"micro_f1", N_ ("Micro F1"), FALSE, FALSE},
    [LATHE_SCORE_WEIGHTED_PRECISION] = {"weighted_precision", N_ ("Weighted precision"), FALSE, FALSE},
    [LATHE_SCORE_WEIGHTED_RECALL] = {"weighted_recall", N_ ("Weighted recall"), FALSE, FALSE},
    [LATHE_SCORE_WEIGHTED_F1] = {"weighted_f1", N_ ("Weighted F1"), FALSE, FALSE},
    [LATHE_SCORE_KAPPA] = {"kappa", N_ ("Cohen’s kappa"), FALSE, FALSE},
    [LATHE_SCORE_MATTHEWS] = {"matthews", N_ ("Matthews’ correlation"), FALSE, FALSE},
    [LATHE_SCORE_ROC_AUC] = {"roc_auc", N_ ("Area under the ROC curve"), FALSE, FALSE},
    [LATHE_SCORE_WEIGHTED_ROC_AUC] = {"weighted_roc_auc", N_ ("Area under the ROC curve, weighted"), FALSE, FALSE},
    [LATHE_SCORE_AVERAGE_PRECISION] = {"average_precision", N_ ("Average precision"), FALSE, FALSE},
    [LATHE_SCORE_WEIGHTED_AVERAGE_PRECISION] = {"weighted_average_precision", N_ ("Average precision, weighted"), FALSE,
                                                FALSE},
    [LATHE_SCORE_LOG_LOSS] = {"log_loss", N_ ("Log loss"), FALSE, TRUE},
    [LATHE_SCORE_BRIER] = {"brier", N_ ("Brier score"), FALSE, TRUE},
    [LATHE_SCORE_ECE] = {"ece", N_ ("Calibration error"), TRUE, TRUE},
    [LATHE_SCORE_ECE_EQUAL_MASS] = {"ece_equal_mass", N_ ("Calibration error, bins of equal mass"), TRUE, TRUE},
};

/* What a class has a resampled interval of. */
enum
{
  CLASS_F1,
  CLASS_ROC_AUC,
  CLASS_AVERAGE_PRECISION,
  N_CLASS_SCORES
};

typedef struct
{
  const LatheEvaluation *evaluation;
  double *log_loss, *brier;    /* n: of each image */
  guint16 *places[N_BINNINGS]; /* n: of each image its bin */
  LatheRanking **rankings;     /* n_classes */
  guint n_values;              /* LATHE_N_SCORES, then N_CLASS_SCORES of each class */
  double *values;              /* n_resamples × n_values */
  LatheMetrics **metrics;      /* n_threads: scratch */
  guint16 **times;             /* n_threads × n: scratch */
  guint n, n_threads;
  guint64 seed;
  GCancellable *cancellable;
} Work;

static void
work_clear (Work *work)
{
  for (guint i = 0; i < N_BINNINGS; i++)
    g_free (work->places[i]);
  for (guint i = 0; work->rankings != NULL && i < work->evaluation->n_classes; i++)
    g_clear_pointer (&work->rankings[i], lathe_ranking_free);
  for (guint i = 0; work->metrics != NULL && i < work->n_threads; i++)
    {
      lathe_metrics_free (work->metrics[i]);
      g_free (work->times[i]);
    }
  g_free (work->log_loss);
  g_free (work->brier);
  g_free (work->rankings);
  g_free (work->values);
  g_free (work->metrics);
  g_free (work->times);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* --- The scores of images that count so many times --- */

static void
score_matrix (const LatheMetrics *metrics, double *values)
{
  LatheClassScore macro = lathe_metrics_average (metrics, LATHE_AVERAGE_MACRO);
  LatheClassScore micro = lathe_metrics_average (metrics, LATHE_AVERAGE_MICRO);
  LatheClassScore weighted = lathe_metrics_average (metrics, LATHE_AVERAGE_WEIGHTED);

  values[LATHE_SCORE_ACCURACY] = lathe_metrics_accuracy (metrics);
  values[LATHE_SCORE_BALANCED_ACCURACY] = lathe_metrics_balanced_accuracy (metrics);
  values[LATHE_SCORE_MACRO_PRECISION] = macro.precision;
  values[LATHE_SCORE_MACRO_RECALL] = macro.recall;
  values[LATHE_SCORE_MACRO_F1] = macro.f1;
  values[LATHE_SCORE_MICRO_F1] = micro.f1;
  values[LATHE_SCORE_WEIGHTED_PRECISION] = weighted.precision;
  values[LATHE_SCORE_WEIGHTED_RECALL] = weighted.recall;
  values[LATHE_SCORE_WEIGHTED_F1] = weighted.f1;
  values[LATHE_SCORE_KAPPA] = lathe_metrics_kappa (metrics);
  values[LATHE_SCORE_MATTHEWS] = lathe_metrics_matthews (metrics);
}

/* The mean of what exists of one score of the classes, plain and weighted by their images. */
static void
average_classes (const LatheMetrics *metrics, const double *classes, double *macro, double *weighted)
{
  LatheSum sum = {0}, weighted_sum = {0};
  guint n = 0, total = 0;

  for (guint i = 0; i < metrics->n_classes; i++)
    {
      double value = classes[i * N_CLASS_SCORES];

      if (isnan (value))
        continue;
      lathe_sum_add (&sum, value);
      lathe_sum_add (&weighted_sum, metrics->support[i] * value);
      n++;
      total += metrics->support[i];
    }
  *macro = n > 0 ? lathe_sum_get (&sum) / n : NAN;
  *weighted = total > 0 ? lathe_sum_get (&weighted_sum) / total : NAN;
}

static void
score_classes (const Work *work, const LatheMetrics *metrics, const guint16 *times, double *values)
{
  double *classes = values + LATHE_N_SCORES;

  for (guint i = 0; i < metrics->n_classes; i++)
    {
      double *class = classes + i * N_CLASS_SCORES;

      class[CLASS_F1] = lathe_metrics_class (metrics, i).f1;
      lathe_ranking_areas (work->rankings[i], times, &class[CLASS_ROC_AUC], &class[CLASS_AVERAGE_PRECISION]);
    }
  average_classes (metrics, classes + CLASS_ROC_AUC, &values[LATHE_SCORE_ROC_AUC],
                   &values[LATHE_SCORE_WEIGHTED_ROC_AUC]);
  average_classes (metrics, classes + CLASS_AVERAGE_PRECISION, &values[LATHE_SCORE_AVERAGE_PRECISION],
                   &values[LATHE_SCORE_WEIGHTED_AVERAGE_PRECISION]);
}

static double
mean_of (const double *each, const guint16 *times, guint n)
{
  LatheSum sum = {0};

  for (guint i = 0; i < n; i++)
    lathe_sum_add (&sum, times != NULL ? times[i] * each[i] : each[i]);
  return n > 0 ? lathe_sum_get (&sum) / n : NAN;
}

static void
score_probabilities (const Work *work, const guint16 *times, double *values)
{
  LatheBin bins[LATHE_CALIBRATION_BINS] = {0};

  values[LATHE_SCORE_LOG_LOSS] = mean_of (work->log_loss, times, work->n);
  values[LATHE_SCORE_BRIER] = mean_of (work->brier, times, work->n);
  for (guint binning = 0; binning < N_BINNINGS; binning++)
    {
      lathe_calibration_gather (work->evaluation, work->places[binning], times, bins, LATHE_CALIBRATION_BINS);
      values[LATHE_SCORE_ECE + binning] = lathe_calibration_error (bins, LATHE_CALIBRATION_BINS);
    }
}

/* @times: (nullable): n; NULL: once. @metrics: scratch */
static void
score (const Work *work, const guint16 *times, LatheMetrics *metrics, double *values)
{
  lathe_metrics_clear (metrics);
  for (guint i = 0; i < work->n; i++)
    {
      const LatheOutcome *outcome = lathe_evaluation_get (work->evaluation, i);

      if (times == NULL || times[i] > 0)
        lathe_metrics_add_many (metrics, outcome->truth, outcome->said, (double) outcome->loss,
                                times != NULL ? times[i] : 1);
    }
  score_matrix (metrics, values);
  score_classes (work, metrics, times, values);
  score_probabilities (work, times, values);
}

/* --- Resampling --- */

static void
draw (const Work *work, guint resample, guint16 *times)
{
  LatheRng rng = lathe_rng (work->seed, LATHE_RNG_BOOTSTRAP, resample, 0);
  guint32 draws[4];

  memset (times, 0, work->n * sizeof *times);
  for (guint i = 0; i < work->n; i++)
    {
      guint at;

      if (i % 4 == 0)
        lathe_rng_block (&rng, i / 4, draws);
      at = (guint) ((guint64) draws[i % 4] * work->n >> 32);
      if (times[at] < G_MAXUINT16)
        times[at]++;
    }
}

static void
resample (gpointer data, guint tile, guint thread)
{
  Work *work = data;

  if (g_cancellable_is_cancelled (work->cancellable))
    return;
  draw (work, tile, work->times[thread]);
  score (work, work->times[thread], work->metrics[thread], work->values + (gsize) tile * work->n_values);
}

static void
rank (gpointer data, guint tile, guint thread)
{
  Work *work = data;

  work->rankings[tile] = lathe_ranking_new (work->evaluation, tile);
}

/* --- The sheet --- */

/* What every resample gave for one score. */
static double *
read_column (const Work *work, guint value, guint n_resamples, double *column)
{
  for (guint i = 0; i < n_resamples; i++)
    column[i] = work->values[(gsize) i * work->n_values + value];
  return column;
}

static void
fill_classes (LatheScoreSheet *sheet, const Work *work, const double *values, guint n_resamples, double *column)
{
  const LatheMetrics *metrics = work->evaluation->metrics;

  for (guint i = 0; i < sheet->n_classes; i++)
    {
      LatheClassScores *class = &sheet->classes[i];
      LatheClassScore score = lathe_metrics_class (metrics, i);
      LatheScore *resampled[N_CLASS_SCORES] = {&class->f1, &class->roc_auc, &class->average_precision};

      class->support = score.support;
      class->precision = (LatheScore){score.precision, lathe_interval_wilson (metrics->right[i], metrics->said[i])};
      class->recall = (LatheScore){score.recall, lathe_interval_wilson (metrics->right[i], metrics->support[i])};
      for (guint j = 0; j < N_CLASS_SCORES; j++)
        {
          guint at = LATHE_N_SCORES + i * N_CLASS_SCORES + j;

          read_column (work, at, n_resamples, column);
          *resampled[j] = (LatheScore){values[at], lathe_interval_percentile (column, n_resamples)};
        }
    }
}

static LatheInterval
interval_of (const Work *work, guint kind, double value, guint n_resamples, double *column)
{
  read_column (work, kind, n_resamples, column);
  switch (kind)
    {
    case LATHE_SCORE_ACCURACY:
    case LATHE_SCORE_MICRO_F1:
      return lathe_interval_wilson (lathe_metrics_count_right (work->evaluation->metrics), work->n);
    case LATHE_SCORE_ECE:
    case LATHE_SCORE_ECE_EQUAL_MASS:
      return lathe_interval_reflected (value, column, n_resamples, 0, 1);
    default:
      return lathe_interval_percentile (column, n_resamples);
    }
}

static void
fill (LatheScoreSheet *sheet, const Work *work, const double *values, guint n_resamples)
{
  g_autofree double *column = g_new (double, MAX (n_resamples, 1));

  for (guint kind = 0; kind < LATHE_N_SCORES; kind++)
    sheet->scores[kind] = (LatheScore){values[kind], interval_of (work, kind, values[kind], n_resamples, column)};
  fill_classes (sheet, work, values, n_resamples, column);
}

static gboolean
prepare (Work *work, const LatheEvaluation *evaluation, const LatheScoreOptions *options, GError **error)
{
  guint n = work->n, n_classes = evaluation->n_classes;
  double bytes = 4.0 * n * n_classes + 8.0 * work->n_values * options->n_resamples;

  if (bytes > (double) lathe_memory_available ())
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                   _ ("the scores of %u images and %u classes take more memory than this machine has free; evaluate "
                      "fewer images at once"),
                   n, n_classes);
      return FALSE;
    }
  work->rankings = g_new0 (LatheRanking *, n_classes);
  work->values = g_new0 (double, (gsize) work->n_values * options->n_resamples);
  work->log_loss = g_new (double, n);
  work->brier = g_new (double, n);
  for (guint i = 0; i < n; i++)
    {
      work->log_loss[i] = lathe_evaluation_log_loss (evaluation, i);
      work->brier[i] = lathe_evaluation_brier (evaluation, i);
    }
  for (guint i = 0; i < N_BINNINGS; i++)
    work->places[i] = lathe_calibration_places (evaluation, i, LATHE_CALIBRATION_BINS);
  work->metrics = g_new (LatheMetrics *, work->n_threads);
  work->times = g_new (guint16 *, work->n_threads);
  for (guint i = 0; i < work->n_threads; i++)
    {
      work->metrics[i] = lathe_metrics_new (n_classes);
      work->times[i] = g_new (guint16, n);
    }
  return TRUE;
}

/**
 * lathe_score_sheet_new:
 *
 * Without images every score is NAN, and so is each that the images there are do not define: see the functions that
 * work them out. Intervals are of 95 %.
 * Errors: LATHE_ERROR_MEMORY (it takes 4 bytes an image and class), G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the same, bit for bit, on any number of threads
 */
LatheScoreSheet *
lathe_score_sheet_new (const LatheEvaluation *evaluation, const LatheScoreOptions *options, GCancellable *cancellable,
                       GError **error)
{
  g_autoptr (LathePool) pool = lathe_pool_new (options->n_threads > 0 ? options->n_threads : lathe_default_threads ());
  g_auto (Work) work = {
      .evaluation = evaluation,
      .n = lathe_evaluation_get_n (evaluation),
      .n_values = LATHE_N_SCORES + N_CLASS_SCORES * evaluation->n_classes,
      .seed = options->seed,
      .cancellable = cancellable,
  };
  guint n_resamples = work.n > 0 ? options->n_resamples : 0;
  g_autofree double *values = g_new (double, work.n_values);
  LatheScoreSheet *sheet;

  work.n_threads = lathe_pool_get_n_threads (pool);
  if (!prepare (&work, evaluation, options, error))
    return NULL;
  lathe_pool_run (pool, evaluation->n_classes, rank, &work);
  score (&work, NULL, work.metrics[0], values);
  lathe_pool_run (pool, n_resamples, resample, &work);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  sheet = g_new0 (LatheScoreSheet, 1);
  sheet->n = work.n;
  sheet->n_classes = evaluation->n_classes;
  sheet->classes = g_new0 (LatheClassScores, sheet->n_classes);
  fill (sheet, &work, values, n_resamples);
  return sheet;
}

void
lathe_score_sheet_free (LatheScoreSheet *sheet)
{
  g_free (sheet->classes);
  g_free (sheet);
}

/**
 * lathe_score_usual_top:
 *
 * Returns: which k is asked for where nobody says another: 5, or less where that would say nothing
 */
guint
lathe_score_usual_top (guint n_classes)
{
  return CLAMP (n_classes - 1, 1, USUAL_TOP);
}

/**
 * lathe_score_top:
 * @k: at least 1; as many as there are classes, or more, give 1
 *
 * Returns: the share of the images whose true class is among the k likeliest, with Wilson's interval
 */
LatheScore
lathe_score_top (const LatheEvaluation *evaluation, guint k)
{
  guint n = lathe_evaluation_get_n (evaluation), right = lathe_evaluation_count_top (evaluation, k);

  return (LatheScore){n > 0 ? (double) right / n : NAN, lathe_interval_wilson (right, n)};
}
