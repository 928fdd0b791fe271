/* test-outcomes.c: the images behind a number are as many as the number says, and curves have the area that is said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "wb-curve-set.h"
#include "wb-outcomes.h"

#define N 900
#define CLASSES 4

/* Answers that are often right, with ties. */
static LatheEvaluation *
make_evaluation (void)
{
  LatheEvaluation *evaluation = lathe_evaluation_new (N, CLASSES, NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < N; i++)
    {
      float logits[CLASSES], probabilities[CLASSES], sum = 0;
      guint truth = (guint) g_rand_int_range (rand, 0, CLASSES);

      for (guint k = 0; k < CLASSES; k++)
        {
          logits[k] = (float) g_rand_int_range (rand, -8, 8) / 4 + (k == truth ? 1.5f : 0);
          sum += probabilities[k] = expf (logits[k]);
        }
      for (guint k = 0; k < CLASSES; k++)
        probabilities[k] /= sum;
      lathe_evaluation_add (evaluation, i, truth, -logf (probabilities[truth]), probabilities, logits);
    }
  return evaluation;
}

static guint
count (const WbAssessment *assessment, WbOutcomesQuery query)
{
  g_autoptr (GArray) places = wb_outcomes_find (assessment, &query);

  return places->len;
}

static void
test_images_are_as_many_as_the_number (void)
{
  g_autoptr (LatheEvaluation) evaluation = make_evaluation ();
  g_autofree guint16 *places = lathe_calibration_places (evaluation, LATHE_BINS_EQUAL_WIDTH, LATHE_CALIBRATION_BINS);
  g_autofree LatheBin *bins = lathe_calibration_bins (evaluation, LATHE_BINS_EQUAL_WIDTH, LATHE_CALIBRATION_BINS);
  const WbAssessment assessment = {.evaluation = evaluation, .places = places};
  const LatheMetrics *metrics = evaluation->metrics;

  g_assert_cmpuint (count (&assessment, (WbOutcomesQuery){.kind = WB_OUTCOMES_MISTAKES}), ==,
                    N - lathe_metrics_count_right (metrics));
  for (guint i = 0; i < CLASSES * CLASSES; i++)
    g_assert_cmpuint (
        count (&assessment, (WbOutcomesQuery){.kind = WB_OUTCOMES_CELL, .truth = i / CLASSES, .said = i % CLASSES}), ==,
        metrics->confusion[i]);
  for (guint i = 0; i < LATHE_CALIBRATION_BINS; i++)
    g_assert_cmpuint (count (&assessment, (WbOutcomesQuery){.kind = WB_OUTCOMES_BIN, .bin = i}), ==, bins[i].n);
}

static void
test_thresholds_judge_as_many_as_they_count (void)
{
  g_autoptr (LatheEvaluation) evaluation = make_evaluation ();
  const WbAssessment assessment = {.evaluation = evaluation};
  g_autoptr (GArray) thresholds = lathe_thresholds (evaluation, 2);

  for (guint i = 0; i < thresholds->len; i += 7)
    {
      const LatheThreshold *at = &g_array_index (thresholds, LatheThreshold, i);
      WbOutcomesQuery query = {.truth = 2, .threshold = at->threshold};
      const guint counts[] = {at->true_positives, at->false_positives, at->false_negatives, at->true_negatives,
                              at->false_positives + at->false_negatives};
      static const WbOutcomesKind kinds[] = {WB_OUTCOMES_TRUE_POSITIVES, WB_OUTCOMES_FALSE_POSITIVES,
                                             WB_OUTCOMES_FALSE_NEGATIVES, WB_OUTCOMES_TRUE_NEGATIVES,
                                             WB_OUTCOMES_MISJUDGED};

      for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
        {
          query.kind = kinds[k];
          g_assert_cmpuint (count (&assessment, query), ==, counts[k]);
        }
    }
}

static void
test_worst_come_first (void)
{
  g_autoptr (LatheEvaluation) evaluation = make_evaluation ();
  const WbAssessment assessment = {.evaluation = evaluation};
  const WbOutcomesQuery query = {.kind = WB_OUTCOMES_MISTAKES};
  g_autoptr (GArray) places = wb_outcomes_find (&assessment, &query);

  for (guint i = 1; i < places->len; i++)
    g_assert_cmpfloat (lathe_evaluation_get (evaluation, g_array_index (places, guint32, i - 1))->loss, >=,
                       lathe_evaluation_get (evaluation, g_array_index (places, guint32, i))->loss);
}

static void
test_chosen_images_are_found_by_their_place_in_the_dataset (void)
{
  g_autoptr (LatheEvaluation) evaluation = make_evaluation ();
  const WbAssessment assessment = {.evaluation = evaluation};
  g_autoptr (GArray) images = g_array_new (FALSE, FALSE, sizeof (guint32));
  const guint32 chosen[] = {5, 17, N + 3};

  g_array_append_vals (images, chosen, G_N_ELEMENTS (chosen));
  g_assert_cmpuint (count (&assessment, (WbOutcomesQuery){.kind = WB_OUTCOMES_IMAGES, .images = images}), ==, 2);
}

/* By trapezes, as between two points of a ROC curve; precision holds until the recall that it is said of. */
static double
area_under (const GArray *points, WbCurveKind kind)
{
  double area = 0;

  for (guint i = 1; i < points->len; i++)
    {
      const LatheCurvePoint *a = &g_array_index (points, LatheCurvePoint, i - 1), *b = a + 1;

      area += (b->x - a->x) * (kind == WB_CURVE_ROC ? (a->y + b->y) / 2 : b->y);
    }
  return area;
}

static void
test_curves_have_the_area_that_is_said (void)
{
  g_autoptr (LatheEvaluation) evaluation = make_evaluation ();
  const LatheScoreOptions options = {.n_threads = 1};
  g_autoptr (LatheScoreSheet) sheet = lathe_score_sheet_new (evaluation, &options, NULL, NULL);
  WbCurveSet *set = wb_curve_set_new (evaluation);

  g_assert_cmpfloat_with_epsilon (area_under (set->mean[WB_CURVE_ROC], WB_CURVE_ROC),
                                  sheet->scores[LATHE_SCORE_ROC_AUC].value, 1e-3);
  g_assert_cmpfloat_with_epsilon (area_under (set->mean[WB_CURVE_PRECISION_RECALL], WB_CURVE_PRECISION_RECALL),
                                  sheet->scores[LATHE_SCORE_AVERAGE_PRECISION].value, 5e-3);
  for (guint i = 0; i < CLASSES; i++)
    g_assert_cmpfloat_with_epsilon (area_under (set->classes[WB_CURVE_ROC]->pdata[i], WB_CURVE_ROC),
                                    sheet->classes[i].roc_auc.value, 2e-3);
  wb_curve_set_free (set);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outcomes/as-many", test_images_are_as_many_as_the_number);
  g_test_add_func ("/outcomes/thresholds", test_thresholds_judge_as_many_as_they_count);
  g_test_add_func ("/outcomes/worst-first", test_worst_come_first);
  g_test_add_func ("/outcomes/chosen", test_chosen_images_are_found_by_their_place_in_the_dataset);
  g_test_add_func ("/outcomes/areas", test_curves_have_the_area_that_is_said);
  return g_test_run ();
}
