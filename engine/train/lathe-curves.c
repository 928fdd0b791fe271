/* lathe-curves.c: one class against the rest, at every threshold.
 *
 * All of it is one walk down the images, from the likeliest to show the class to the unlikeliest, that counts those
 * which do and those which do not. Images of equal probability fall together, so that no order among them counts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/lathe-sum.h"

/* An entry of a ranking: which image, whether it shows the class, and whether the next one's probability is another. */
#define LAST 1u
#define POSITIVE 2u
#define INDEX_SHIFT 2

struct _LatheRanking
{
  guint n;
  gboolean sound; /* every probability is a number */
  guint32 *entries;
};

/* --- The walk --- */

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

/* Bits of numbers that are not negative are in their order. The largest comes first, of equals the first image. */
static guint64
make_key (float probability, guint32 image)
{
  guint32 bits;

  memcpy (&bits, &probability, sizeof bits);
  return (guint64) ~bits << 32 | image;
}

/**
 * lathe_ranking_new:
 * @positive: the class
 *
 * Returns: (transfer full): the images in the order of the class's probability, the largest first
 */
LatheRanking *
lathe_ranking_new (const LatheEvaluation *evaluation, guint positive)
{
  LatheRanking *ranking = g_new0 (LatheRanking, 1);
  guint n = lathe_evaluation_get_n (evaluation);
  g_autofree guint64 *keys = g_new (guint64, n);

  g_assert (positive < evaluation->n_classes && n < G_MAXUINT32 >> INDEX_SHIFT);

  ranking->n = n;
  ranking->sound = TRUE;
  ranking->entries = g_new (guint32, n);
  for (guint i = 0; i < n; i++)
    {
      float p = lathe_evaluation_get_probabilities (evaluation, i)[positive];

      ranking->sound = ranking->sound && p >= 0;
      keys[i] = make_key (p, i);
    }
  if (n > 0)
    qsort (keys, n, sizeof *keys, compare_keys);
  for (guint i = 0; i < n; i++)
    {
      guint32 image = (guint32) keys[i];
      gboolean last = i + 1 == n || keys[i] >> 32 != keys[i + 1] >> 32;

      ranking->entries[i] = image << INDEX_SHIFT | (last ? LAST : 0) |
                            (lathe_evaluation_get (evaluation, image)->truth == positive ? POSITIVE : 0);
    }
  return ranking;
}

void
lathe_ranking_free (LatheRanking *ranking)
{
  g_free (ranking->entries);
  g_free (ranking);
}

/**
 * lathe_ranking_areas:
 * @times: (nullable): how often each image counts, n numbers; NULL: once
 * @roc: (out): the area under the ROC curve, by trapezoids: the chance that an image of the class is given a larger
 *   probability for it than one that is not, ties counting half (Hanley & McNeil 1982)
 * @average_precision: (out): Σ (recall_i - recall_{i-1}) · precision_i over the thresholds, without interpolation, as
 *   scikit-learn's average_precision_score()
 *
 * Both are NAN where there is nothing to tell apart: no image of the class, or for the ROC no other one. (There
 * scikit-learn's average precision is 0, with a warning.)
 */
void
lathe_ranking_areas (const LatheRanking *ranking, const guint16 *times, double *roc, double *average_precision)
{
  guint positives = 0, negatives = 0, before = 0, negatives_before = 0;
  LatheSum precision = {0};
  double pairs = 0; /* twice those in the right order; whole numbers */

  for (guint i = 0; i < ranking->n; i++)
    {
      guint32 entry = ranking->entries[i];
      guint n = times != NULL ? times[entry >> INDEX_SHIFT] : 1;

      *(entry & POSITIVE ? &positives : &negatives) += n;
      if (!(entry & LAST))
        continue;
      pairs += (double) (negatives - negatives_before) * ((double) positives + before);
      if (positives > before)
        lathe_sum_add (&precision, (double) (positives - before) * positives / ((double) positives + negatives));
      before = positives;
      negatives_before = negatives;
    }
  *roc = ranking->sound && positives > 0 && negatives > 0 ? pairs / (2.0 * positives * negatives) : NAN;
  *average_precision = ranking->sound && positives > 0 ? lathe_sum_get (&precision) / positives : NAN;
}

/* --- Thresholds --- */

/**
 * lathe_thresholds:
 *
 * Returns: (transfer full) (element-type LatheThreshold): what comes of each threshold that makes a difference, the
 * highest first: infinity, which no image reaches, and then every probability that the class was given, once
 */
GArray *
lathe_thresholds (const LatheEvaluation *evaluation, guint positive)
{
  g_autoptr (LatheRanking) ranking = lathe_ranking_new (evaluation, positive);
  GArray *thresholds = g_array_new (FALSE, FALSE, sizeof (LatheThreshold));
  guint support = evaluation->metrics->support[positive];
  LatheThreshold at = {INFINITY, 0, 0, support, lathe_evaluation_get_n (evaluation) - support};

  g_array_append_val (thresholds, at);
  for (guint i = 0; i < ranking->n && ranking->sound; i++)
    {
      guint32 entry = ranking->entries[i];
      gboolean shows = (entry & POSITIVE) != 0;

      at.threshold = (double) lathe_evaluation_get_probabilities (evaluation, entry >> INDEX_SHIFT)[positive];
      at.true_positives += shows;
      at.false_negatives -= shows;
      at.false_positives += !shows;
      at.true_negatives -= !shows;
      if (entry & LAST)
        g_array_append_val (thresholds, at);
    }
  return thresholds;
}

/**
 * lathe_threshold_at:
 *
 * Returns: what comes of any threshold
 */
LatheThreshold
lathe_threshold_at (const LatheEvaluation *evaluation, guint positive, double threshold)
{
  LatheThreshold at = {.threshold = threshold};

  g_assert (positive < evaluation->n_classes);

  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    {
      gboolean shows = lathe_evaluation_get (evaluation, i)->truth == positive;
      gboolean said = (double) lathe_evaluation_get_probabilities (evaluation, i)[positive] >= threshold;

      at.true_positives += said && shows;
      at.false_positives += said && !shows;
      at.false_negatives += !said && shows;
      at.true_negatives += !said && !shows;
    }
  return at;
}

/**
 * lathe_threshold_score:
 *
 * Returns: precision, recall and F1 of the class; 0 where the denominator is 0
 */
LatheClassScore
lathe_threshold_score (const LatheThreshold *at)
{
  guint said = at->true_positives + at->false_positives, support = at->true_positives + at->false_negatives;
  double right = at->true_positives;

  return (LatheClassScore){
      .precision = said > 0 ? right / said : 0,
      .recall = support > 0 ? right / support : 0,
      .f1 = right > 0 ? 2 * right / ((double) said + support) : 0,
      .support = support,
  };
}

static double
count_all (const LatheThreshold *at)
{
  return (double) at->true_positives + at->false_positives + at->false_negatives + at->true_negatives;
}

double
lathe_threshold_accuracy (const LatheThreshold *at)
{
  return count_all (at) > 0 ? ((double) at->true_positives + at->true_negatives) / count_all (at) : NAN;
}

/* NAN without an image of another class. */
double
lathe_threshold_false_positive_rate (const LatheThreshold *at)
{
  double negatives = (double) at->false_positives + at->true_negatives;

  return negatives > 0 ? at->false_positives / negatives : NAN;
}

/**
 * lathe_threshold_cost:
 * @false_positive: what it costs to say the class of an image that does not show it
 * @false_negative: what it costs to miss it
 *
 * Returns: the mean cost of an image, in their unit; NAN without images
 */
double
lathe_threshold_cost (const LatheThreshold *at, double false_positive, double false_negative)
{
  double cost = at->false_positives * false_positive + at->false_negatives * false_negative;

  return count_all (at) > 0 ? cost / count_all (at) : NAN;
}

/**
 * lathe_thresholds_cheapest:
 * @thresholds: from lathe_thresholds()
 *
 * Returns: (transfer none): that of the least cost, the highest of several
 */
const LatheThreshold *
lathe_thresholds_cheapest (const GArray *thresholds, double false_positive, double false_negative)
{
  const LatheThreshold *all = (const LatheThreshold *) thresholds->data, *best = all;

  for (guint i = 1; i < thresholds->len; i++)
    if (lathe_threshold_cost (all + i, false_positive, false_negative) <
        lathe_threshold_cost (best, false_positive, false_negative))
      best = all + i;
  return best;
}

/* --- Curves --- */

/* Whether a point lies on the straight line between its neighbours, in steps of as many images. */
static gboolean
is_intermediate (const GArray *thresholds, guint i)
{
  const LatheThreshold *at = &g_array_index (thresholds, LatheThreshold, i);

  return i > 1 && i + 1 < thresholds->len &&
         at[1].true_positives - at[0].true_positives == at[0].true_positives - at[-1].true_positives &&
         at[1].false_positives - at[0].false_positives == at[0].false_positives - at[-1].false_positives;
}

/**
 * lathe_roc_curve:
 * @thresholds: from lathe_thresholds()
 * @drop_intermediate: leave out points in the middle of a straight line, which change neither curve nor area; exactly
 *   those that scikit-learn's roc_curve() leaves out
 *
 * Returns: (transfer full) (element-type LatheCurvePoint): x: false positive rate, y: recall, from (0, 0) at the
 * threshold infinity to (1, 1); NAN where no image is of the class, or all are
 */
GArray *
lathe_roc_curve (const GArray *thresholds, gboolean drop_intermediate)
{
  GArray *curve = g_array_new (FALSE, FALSE, sizeof (LatheCurvePoint));

  for (guint i = 0; i < thresholds->len; i++)
    {
      const LatheThreshold *at = &g_array_index (thresholds, LatheThreshold, i);
      LatheClassScore score = lathe_threshold_score (at);
      LatheCurvePoint point = {at->threshold, lathe_threshold_false_positive_rate (at),
                               score.support > 0 ? score.recall : NAN};

      if (!drop_intermediate || !is_intermediate (thresholds, i))
        g_array_append_val (curve, point);
    }
  return curve;
}

/**
 * lathe_precision_recall_curve:
 * @thresholds: from lathe_thresholds()
 *
 * Returns: (transfer full) (element-type LatheCurvePoint): x: recall, y: precision, from (0, 1) at the threshold
 * infinity on, as scikit-learn's precision_recall_curve() backwards; recall is NAN where no image is of the class
 */
GArray *
lathe_precision_recall_curve (const GArray *thresholds)
{
  GArray *curve = g_array_new (FALSE, FALSE, sizeof (LatheCurvePoint));

  for (guint i = 0; i < thresholds->len; i++)
    {
      const LatheThreshold *at = &g_array_index (thresholds, LatheThreshold, i);
      LatheClassScore score = lathe_threshold_score (at);
      LatheCurvePoint point = {at->threshold, score.support > 0 ? score.recall : NAN, i == 0 ? 1 : score.precision};

      g_array_append_val (curve, point);
    }
  return curve;
}
