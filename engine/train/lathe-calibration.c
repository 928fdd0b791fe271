/* lathe-calibration.c: whether what a model says with 80 % is right 80 times in 100, and what mends it.
 *
 * Guo, Pleiss, Sun, Weinberger 2017, "On calibration of modern neural networks", ICML.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-calibration.h"

#include <math.h>
#include <stdlib.h>

#include "base/lathe-math.h"
#include "base/lathe-sum.h"

/* --- Bins --- */

/* The product of a single-precision number and a small one is exact, so that an edge belongs to the bin below it. */
static guint16
place_of_width (float confidence, guint n_bins)
{
  return isnan (confidence) ? 0 : (guint16) CLAMP (ceil ((double) confidence * n_bins) - 1, 0, n_bins - 1);
}

typedef struct
{
  float confidence;
  guint32 i;
} Sure;

static int
compare_sure (gconstpointer a, gconstpointer b)
{
  const Sure *x = a, *y = b;

  return x->confidence != y->confidence ? (x->confidence > y->confidence ? 1 : -1) : (x->i > y->i) - (x->i < y->i);
}

/* Those of one confidence lie where the first of them does, so that the order of the images does not count. */
static void
place_by_mass (const LatheEvaluation *evaluation, guint n_bins, guint16 *places)
{
  guint n = lathe_evaluation_get_n (evaluation);
  g_autofree Sure *sure = g_new (Sure, n);

  for (guint i = 0; i < n; i++)
    sure[i] = (Sure){lathe_evaluation_get (evaluation, i)->confidence, i};
  if (n > 0)
    qsort (sure, n, sizeof *sure, compare_sure);
  for (guint rank = 0, first = 0; rank < n; rank++)
    {
      if (sure[rank].confidence > sure[first].confidence)
        first = rank;
      places[sure[rank].i] = (guint16) ((guint64) first * n_bins / n);
    }
}

/**
 * lathe_calibration_places:
 * @n_bins: at most 65,535
 *
 * Returns: (transfer full): of each image its bin, by the confidence in what was said; what is no number is in the
 * first
 */
guint16 *
lathe_calibration_places (const LatheEvaluation *evaluation, LatheBinning binning, guint n_bins)
{
  guint16 *places = g_new0 (guint16, lathe_evaluation_get_n (evaluation));

  if (binning == LATHE_BINS_EQUAL_MASS)
    place_by_mass (evaluation, n_bins, places);
  else
    for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
      places[i] = place_of_width (lathe_evaluation_get (evaluation, i)->confidence, n_bins);
  return places;
}

/**
 * lathe_calibration_gather:
 * @places: from lathe_calibration_places()
 * @times: (nullable): how often each image counts; NULL: once
 * @bins: (out caller-allocates): n_bins, of which the edges are left as they are
 */
void
lathe_calibration_gather (const LatheEvaluation *evaluation, const guint16 *places, const guint16 *times,
                          LatheBin *bins, guint n_bins)
{
  g_autofree LatheSum *confidence = g_new0 (LatheSum, n_bins);
  g_autofree guint *right = g_new0 (guint, n_bins);

  for (guint b = 0; b < n_bins; b++)
    bins[b].n = 0;
  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    {
      const LatheOutcome *outcome = lathe_evaluation_get (evaluation, i);
      guint n = times != NULL ? times[i] : 1, b = places[i];

      bins[b].n += n;
      right[b] += outcome->said == outcome->truth ? n : 0;
      lathe_sum_add (&confidence[b], n * (double) outcome->confidence);
    }
  for (guint b = 0; b < n_bins; b++)
    {
      bins[b].confidence = bins[b].n > 0 ? lathe_sum_get (&confidence[b]) / bins[b].n : NAN;
      bins[b].accuracy = bins[b].n > 0 ? (double) right[b] / bins[b].n : NAN;
    }
}

static void
find_edges (const LatheEvaluation *evaluation, LatheBinning binning, const guint16 *places, LatheBin *bins,
            guint n_bins)
{
  gboolean mass = binning == LATHE_BINS_EQUAL_MASS;

  for (guint b = 0; b < n_bins; b++)
    {
      bins[b].low = mass ? NAN : (double) b / n_bins;
      bins[b].high = mass ? NAN : (double) (b + 1) / n_bins;
    }
  for (guint i = 0; i < lathe_evaluation_get_n (evaluation) && mass; i++)
    {
      LatheBin *bin = &bins[places[i]];
      double confidence = (double) lathe_evaluation_get (evaluation, i)->confidence;

      bin->low = fmin (bin->low, confidence);
      bin->high = fmax (bin->high, confidence);
    }
}

/**
 * lathe_calibration_bins:
 *
 * Returns: (transfer full): n_bins: the reliability diagram, section 2
 */
LatheBin *
lathe_calibration_bins (const LatheEvaluation *evaluation, LatheBinning binning, guint n_bins)
{
  g_autofree guint16 *places = lathe_calibration_places (evaluation, binning, n_bins);
  LatheBin *bins = g_new0 (LatheBin, n_bins);

  find_edges (evaluation, binning, places, bins, n_bins);
  lathe_calibration_gather (evaluation, places, NULL, bins, n_bins);
  return bins;
}

/**
 * lathe_calibration_error:
 *
 * Returns: the expected calibration error: Σ n_b / n · |accuracy_b - confidence_b| over the bins, equation 3; NAN
 * without images
 */
double
lathe_calibration_error (const LatheBin *bins, guint n_bins)
{
  LatheSum sum = {0};
  guint n = 0;

  for (guint b = 0; b < n_bins; b++)
    if (bins[b].n > 0)
      {
        lathe_sum_add (&sum, bins[b].n * fabs (bins[b].accuracy - bins[b].confidence));
        n += bins[b].n;
      }
  return n > 0 ? lathe_sum_get (&sum) / n : NAN;
}

/* --- Temperature --- */

#define LEAST_COLDNESS 0x1p-20
#define MOST_COLDNESS 0x1p20
#define MAX_STEPS 200

/* Of the mean loss at softmax (coldness · logits), by the coldness: mean (E[z] - z of the truth) and mean Var[z]. */
typedef struct
{
  double first, second;
} Slopes;

static void
add_slopes (const float *z, guint n, guint truth, double coldness, LatheSum *first, LatheSum *second)
{
  double largest = (double) z[0], sum = 0, mean = 0, squares = 0;

  for (guint k = 1; k < n; k++)
    largest = (double) z[k] > largest ? (double) z[k] : largest;
  for (guint k = 0; k < n; k++)
    {
      double below = (double) z[k] - largest, e = lathe_exp (coldness * below);

      sum += e;
      mean += e * below;
      squares += e * below * below;
    }
  mean /= sum;
  lathe_sum_add (first, mean - ((double) z[truth] - largest));
  lathe_sum_add (second, squares / sum - mean * mean);
}

static Slopes
slopes_at (const LatheEvaluation *evaluation, double coldness)
{
  guint n = lathe_evaluation_get_n (evaluation);
  LatheSum first = {0}, second = {0};

  for (guint i = 0; i < n; i++)
    add_slopes (lathe_evaluation_get_logits (evaluation, i), evaluation->n_classes,
                lathe_evaluation_get (evaluation, i)->truth, coldness, &first, &second);
  return (Slopes){lathe_sum_get (&first) / n, lathe_sum_get (&second) / n};
}

/**
 * lathe_temperature_fit:
 * @evaluation: of images that were not learned from, best of the validation side
 *
 * Section 4.2: the T for which softmax (logits / T) has the least log loss. In 1 / T that is convex (the second
 * derivative is a variance), so Newton's steps, halved into a bracket wherever they leave it, find the one minimum.
 * Above 1 the model was too sure of itself, below 1 not sure enough. What it says stays the same.
 *
 * Returns: T; NAN where there is no best: no images, each of them right (the colder the better), logits that tell
 * nothing or mislead (the warmer the better), or logits that are no numbers
 */
double
lathe_temperature_fit (const LatheEvaluation *evaluation)
{
  double low = LEAST_COLDNESS, high = MOST_COLDNESS, coldness = 1;

  if (lathe_evaluation_get_n (evaluation) == 0 || !(slopes_at (evaluation, low).first < 0) ||
      !(slopes_at (evaluation, high).first > 0))
    return NAN;
  for (guint step = 0; step < MAX_STEPS; step++)
    {
      Slopes slopes = slopes_at (evaluation, coldness);
      double next = coldness - slopes.first / slopes.second;

      if (slopes.first < 0)
        low = coldness;
      else
        high = coldness;
      if (!(next > low && next < high))
        next = sqrt (low * high);
      if (slopes.first == 0 || fabs (next - coldness) <= 0x1p-50 * coldness)
        break;
      coldness = next;
    }
  return 1 / coldness;
}

/* One image's answer, warmer. */
static float
cool (const float *z, guint n, guint truth, double temperature, float *logits, float *probabilities)
{
  double largest = (double) z[0], sum = 0;

  for (guint k = 1; k < n; k++)
    largest = (double) z[k] > largest ? (double) z[k] : largest;
  for (guint k = 0; k < n; k++)
    sum += lathe_exp (((double) z[k] - largest) / temperature);
  for (guint k = 0; k < n; k++)
    {
      logits[k] = (float) ((double) z[k] / temperature);
      probabilities[k] = (float) (lathe_exp (((double) z[k] - largest) / temperature) / sum);
    }
  return (float) (lathe_log (sum) + (largest - (double) z[truth]) / temperature);
}

/**
 * lathe_evaluation_at_temperature:
 * @temperature: above 0
 *
 * Errors: LATHE_ERROR_MEMORY.
 *
 * Returns: (transfer full): what a model would have said whose logits are divided by the temperature
 */
LatheEvaluation *
lathe_evaluation_at_temperature (const LatheEvaluation *evaluation, double temperature, GError **error)
{
  guint n = evaluation->n_classes;
  g_autoptr (LatheEvaluation) other = lathe_evaluation_new (lathe_evaluation_get_n (evaluation), n, error);
  g_autofree float *logits = g_new (float, n), *probabilities = g_new (float, n);

  g_assert (temperature > 0);

  for (guint i = 0; i < lathe_evaluation_get_n (evaluation) && other != NULL; i++)
    {
      const LatheOutcome *outcome = lathe_evaluation_get (evaluation, i);
      float loss =
          cool (lathe_evaluation_get_logits (evaluation, i), n, outcome->truth, temperature, logits, probabilities);

      lathe_evaluation_add (other, outcome->image, outcome->truth, loss, probabilities, logits);
    }
  return g_steal_pointer (&other);
}

/**
 * lathe_temperature_try:
 *
 * Finds the temperature as lathe_temperature_fit() does, and judges it.
 * Errors: LATHE_ERROR_MEMORY.
 */
gboolean
lathe_temperature_try (const LatheEvaluation *evaluation, LatheMended *mended, GError **error)
{
  g_autoptr (LatheEvaluation) cooled = NULL;
  g_autofree LatheBin *bins = NULL;

  *mended = (LatheMended){lathe_temperature_fit (evaluation), NAN, NAN};
  if (isnan (mended->temperature))
    return TRUE;
  cooled = lathe_evaluation_at_temperature (evaluation, mended->temperature, error);
  if (cooled == NULL)
    return FALSE;
  mended->log_loss = lathe_metrics_loss (cooled->metrics);
  bins = lathe_calibration_bins (cooled, LATHE_BINS_EQUAL_WIDTH, LATHE_CALIBRATION_BINS);
  mended->ece = lathe_calibration_error (bins, LATHE_CALIBRATION_BINS);
  return TRUE;
}
