/* test-metrics.c: every score is what scikit-learn makes of the same answers, and every interval what SciPy and the
 * same draws do.
 *
 * fixtures/metrics.json is the other side, made by reference/make-metrics.py, which says what the answers are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "lathe.h"

#define TOLERANCE 1e-12 /* absolute; all scores are of the size of 1 */

static JsonObject *fixture;

/* --- The fixture --- */

static double
number (JsonNode *node)
{
  if (JSON_NODE_HOLDS_NULL (node))
    return NAN;
  return json_node_get_value_type (node) == G_TYPE_STRING ? INFINITY : json_node_get_double (node);
}

static double
member (JsonObject *object, const char *name)
{
  return number (json_object_get_member (object, name));
}

static double
element (JsonArray *array, guint i)
{
  return number (json_array_get_element (array, i));
}

static void
assert_near (const char *who, const char *what, double value, double expected)
{
  if (isnan (expected) ? isnan (value) : value == expected || fabs (value - expected) <= TOLERANCE)
    return;
  g_test_message ("%s: %s is %.17g and should be %.17g", who, what, value, expected);
  g_test_fail ();
}

static JsonObject *
get_case (JsonArray *cases, guint i, const char **name)
{
  JsonObject *found = json_array_get_object_element (cases, i);

  *name = json_object_get_string_member (found, "name");
  return found;
}

/* The logits are what `rows` holds, over `unit`; without a unit the probabilities are that over 64. */
static LatheEvaluation *
read_answers (JsonObject *from, const char *rows, double unit)
{
  JsonArray *answers = json_object_get_array_member (from, rows);
  JsonArray *truths = json_object_get_array_member (from, "truths");
  guint n = json_array_get_length (answers), n_classes = (guint) json_object_get_int_member (from, "classes");
  LatheEvaluation *evaluation = lathe_evaluation_new (n, n_classes, NULL);
  g_autofree float *p = g_new (float, n_classes), *z = g_new (float, n_classes);

  for (guint i = 0; i < n; i++)
    {
      JsonArray *row = json_array_get_array_element (answers, i);

      for (guint k = 0; k < n_classes; k++)
        {
          z[k] = (float) (json_array_get_double_element (row, k) / unit);
          p[k] = (float) (json_array_get_double_element (row, k) / 64);
        }
      lathe_evaluation_add (evaluation, i, (guint) json_array_get_int_element (truths, i), 0, p, z);
    }
  return evaluation;
}

static LatheScoreSheet *
make_sheet (const LatheEvaluation *evaluation, guint n_resamples, guint n_threads)
{
  const LatheScoreOptions options = {
      .n_resamples = n_resamples,
      .seed = (guint64) json_object_get_int_member (fixture, "seed"),
      .n_threads = n_threads,
  };
  g_autoptr (GError) error = NULL;
  LatheScoreSheet *sheet = lathe_score_sheet_new (evaluation, &options, NULL, &error);

  g_assert_no_error (error);
  return sheet;
}

/* Calls `check` with each case that has the member. */
static void
each_case (const char *with, void (*check) (const char *name, JsonObject *expected, const LatheEvaluation *evaluation))
{
  JsonArray *cases = json_object_get_array_member (fixture, "cases");
  guint n = 0;

  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      const char *name;
      JsonObject *expected = get_case (cases, i, &name);
      g_autoptr (LatheEvaluation) evaluation = NULL;

      if (!json_object_has_member (expected, with))
        continue;
      evaluation = read_answers (expected, "counts", 1);
      check (name, expected, evaluation);
      n++;
    }
  g_assert_cmpuint (n, >=, 3);
}

/* --- Scores --- */

static void
check_scores (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  g_autoptr (LatheScoreSheet) sheet = make_sheet (evaluation, 0, 1);
  JsonObject *scores = json_object_get_object_member (expected, "scores");

  for (guint i = 0; i < LATHE_N_SCORES; i++)
    assert_near (name, lathe_score_infos[i].name, sheet->scores[i].value, member (scores, lathe_score_infos[i].name));
}

static void
test_scores_are_those_of_scikit_learn (void)
{
  each_case ("scores", check_scores);
}

static void
check_averages (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  static const char *const names[] = {"macro", "micro", "weighted"};
  JsonObject *scores = json_object_get_object_member (expected, "scores");

  for (LatheAverage average = 0; average < G_N_ELEMENTS (names); average++)
    {
      LatheClassScore score = lathe_metrics_average (evaluation->metrics, average);
      g_autofree char *precision = g_strconcat (names[average], "_precision", NULL);
      g_autofree char *recall = g_strconcat (names[average], "_recall", NULL);
      g_autofree char *f1 = g_strconcat (names[average], "_f1", NULL);

      assert_near (name, precision, score.precision, member (scores, precision));
      assert_near (name, recall, score.recall, member (scores, recall));
      assert_near (name, f1, score.f1, member (scores, f1));
      g_assert_cmpuint (score.support, ==, lathe_evaluation_get_n (evaluation));
    }
}

static void
test_averages_are_those_of_scikit_learn (void)
{
  each_case ("scores", check_averages);
}

static void
check_classes (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  g_autoptr (LatheScoreSheet) sheet = make_sheet (evaluation, 0, 1);
  JsonObject *each = json_object_get_object_member (expected, "each");

  for (guint i = 0; i < sheet->n_classes; i++)
    {
      const LatheClassScores *class = &sheet->classes[i];
      const LatheScore *scores[] = {&class->precision, &class->recall, &class->f1, &class->roc_auc,
                                    &class->average_precision};
      static const char *const names[] = {"precision", "recall", "f1", "roc_auc", "average_precision"};

      for (guint j = 0; j < G_N_ELEMENTS (scores); j++)
        assert_near (name, names[j], scores[j]->value, element (json_object_get_array_member (each, names[j]), i));
      g_assert_cmpfloat (class->support, ==, element (json_object_get_array_member (each, "support"), i));
    }
}

static void
test_scores_of_each_class_are_those_of_scikit_learn (void)
{
  each_case ("each", check_classes);
}

static void
check_top (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  JsonArray *shares = json_object_get_array_member (expected, "top_k");

  for (guint k = 1; k <= evaluation->n_classes; k++)
    assert_near (name, "top k", lathe_score_top (evaluation, k).value, element (shares, k - 1));
  g_assert_cmpfloat (lathe_score_top (evaluation, 1).value, ==, lathe_metrics_accuracy (evaluation->metrics));
}

static void
test_top_k_is_that_of_scikit_learn (void)
{
  each_case ("top_k", check_top);
}

/* --- Curves --- */

static void
assert_curve (const char *name, const char *what, const GArray *curve, JsonObject *curves)
{
  JsonObject *expected = json_object_get_object_member (curves, what);
  JsonArray *x = json_object_get_array_member (expected, "x"), *y = json_object_get_array_member (expected, "y");
  JsonArray *thresholds = json_object_get_array_member (expected, "threshold");

  g_assert_cmpuint (curve->len, ==, json_array_get_length (x));
  for (guint i = 0; i < curve->len; i++)
    {
      const LatheCurvePoint *point = &g_array_index (curve, LatheCurvePoint, i);

      assert_near (name, what, point->x, element (x, i));
      assert_near (name, what, point->y, element (y, i));
      assert_near (name, what, point->threshold, element (thresholds, i));
    }
}

static void
check_curves (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  JsonArray *curves = json_object_get_array_member (expected, "curves");

  for (guint i = 0; i < json_array_get_length (curves); i++)
    {
      JsonObject *class = json_array_get_object_element (curves, i);
      g_autoptr (GArray) thresholds = lathe_thresholds (evaluation, i);
      g_autoptr (GArray) roc = lathe_roc_curve (thresholds, FALSE);
      g_autoptr (GArray) dropped = lathe_roc_curve (thresholds, TRUE);
      g_autoptr (GArray) precision_recall = lathe_precision_recall_curve (thresholds);

      assert_curve (name, "roc", roc, class);
      assert_curve (name, "roc_dropped", dropped, class);
      assert_curve (name, "precision_recall", precision_recall, class);
    }
}

static void
test_curves_are_those_of_scikit_learn (void)
{
  each_case ("curves", check_curves);
}

static void
check_thresholds (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  g_autoptr (GArray) thresholds = lathe_thresholds (evaluation, 1);
  const LatheThreshold *cheapest = lathe_thresholds_cheapest (thresholds, 1, 5);
  double least = INFINITY;

  for (guint i = 0; i < thresholds->len; i++)
    {
      const LatheThreshold *at = &g_array_index (thresholds, LatheThreshold, i);
      LatheThreshold again = lathe_threshold_at (evaluation, 1, at->threshold);

      g_assert_cmpuint (again.true_positives, ==, at->true_positives);
      g_assert_cmpuint (again.false_positives, ==, at->false_positives);
      g_assert_cmpuint (again.false_negatives, ==, at->false_negatives);
      g_assert_cmpuint (again.true_negatives, ==, at->true_negatives);
      least = MIN (least, at->false_positives + 5.0 * at->false_negatives);
    }
  assert_near (name, "cost", lathe_threshold_cost (cheapest, 1, 5), least / lathe_evaluation_get_n (evaluation));
  assert_near (name, "cost", cheapest->false_positives + 5.0 * cheapest->false_negatives, least);
}

static void
test_each_threshold_is_its_counts_and_the_cheapest_the_least (void)
{
  each_case ("curves", check_thresholds);
}

/* Of two classes, and no probability just one half, to say the likelier is to say what is above one half. */
static void
test_a_threshold_of_one_half_is_what_is_said (void)
{
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluation_new (4, 2, NULL);
  static const float yes[] = {0.9f, 0.4f, 0.6f, 0.2f};
  static const guint truths[] = {1, 1, 0, 0};
  LatheThreshold at;
  LatheClassScore score;

  for (guint i = 0; i < 4; i++)
    lathe_evaluation_add (evaluation, i, truths[i], 0, (float[]){1 - yes[i], yes[i]}, (float[]){1 - yes[i], yes[i]});
  at = lathe_threshold_at (evaluation, 1, 0.5);
  score = lathe_threshold_score (&at);
  g_assert_cmpfloat (lathe_threshold_accuracy (&at), ==, lathe_metrics_accuracy (evaluation->metrics));
  g_assert_cmpfloat (score.precision, ==, lathe_metrics_class (evaluation->metrics, 1).precision);
  g_assert_cmpfloat (score.recall, ==, lathe_metrics_class (evaluation->metrics, 1).recall);
  g_assert_cmpfloat (score.f1, ==, lathe_metrics_class (evaluation->metrics, 1).f1);
  g_assert_cmpfloat (lathe_threshold_false_positive_rate (&at), ==, 0.5);
}

/* --- Calibration --- */

static void
check_bins (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  static const char *const names[] = {"ece", "ece_equal_mass"};
  JsonObject *scores = json_object_get_object_member (expected, "scores");

  for (LatheBinning binning = 0; binning < G_N_ELEMENTS (names); binning++)
    {
      g_autofree LatheBin *bins = lathe_calibration_bins (evaluation, binning, LATHE_CALIBRATION_BINS);
      guint n = 0;

      for (guint i = 0; i < LATHE_CALIBRATION_BINS; i++)
        {
          n += bins[i].n;
          if (bins[i].n == 0)
            continue;
          g_assert_cmpfloat (bins[i].low, <=, bins[i].confidence);
          g_assert_cmpfloat (bins[i].confidence, <=, bins[i].high);
          g_assert_cmpfloat (bins[i].accuracy, <=, 1);
        }
      g_assert_cmpuint (n, ==, lathe_evaluation_get_n (evaluation));
      assert_near (name, names[binning], lathe_calibration_error (bins, LATHE_CALIBRATION_BINS),
                   member (scores, names[binning]));
    }
}

static void
test_bins_hold_every_image_once (void)
{
  each_case ("scores", check_bins);
}

static void
test_an_edge_belongs_to_the_bin_below (void)
{
  static const float sure[] = {0.5f, 0.625f, 0.75f, 0.875f, 1};
  static const guint edges[] = {1, 2, 2, 3, 3};
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluation_new (5, 2, NULL);
  g_autofree guint16 *places = NULL;

  for (guint i = 0; i < 5; i++)
    lathe_evaluation_add (evaluation, i, 0, 0, (float[]){sure[i], 1 - sure[i]}, (float[]){1, 0});
  places = lathe_calibration_places (evaluation, LATHE_BINS_EQUAL_WIDTH, 4);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (places[i], ==, edges[i]);
}

static void
test_temperature_has_the_least_log_loss (void)
{
  JsonArray *cases = json_object_get_array_member (fixture, "temperatures");

  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      const char *name;
      JsonObject *expected = get_case (cases, i, &name);
      g_autoptr (LatheEvaluation) evaluation = read_answers (expected, "sixteenths", 16), cooled = NULL;
      g_autofree LatheBin *bins = NULL;
      double temperature = lathe_temperature_fit (evaluation);

      assert_near (name, "temperature", temperature, member (expected, "temperature"));
      if (isnan (temperature))
        continue;
      cooled = lathe_evaluation_at_temperature (evaluation, temperature, NULL);
      bins = lathe_calibration_bins (cooled, LATHE_BINS_EQUAL_WIDTH, LATHE_CALIBRATION_BINS);
      assert_near (name, "calibration error", lathe_calibration_error (bins, LATHE_CALIBRATION_BINS),
                   member (expected, "ece"));
      g_assert_cmpfloat (lathe_metrics_accuracy (cooled->metrics), ==, lathe_metrics_accuracy (evaluation->metrics));
      g_assert_cmpfloat_with_epsilon (lathe_temperature_fit (cooled), 1, 1e-6);
    }
}

/* --- Intervals --- */

static void
test_shares_have_wilsons_interval (void)
{
  JsonArray *table = json_object_get_array_member (fixture, "wilson");

  for (guint i = 0; i < json_array_get_length (table); i++)
    {
      JsonObject *row = json_array_get_object_element (table, i);
      LatheInterval interval = lathe_interval_wilson ((guint) member (row, "k"), (guint) member (row, "n"));

      assert_near ("wilson", "low", interval.low, member (row, "low"));
      assert_near ("wilson", "high", interval.high, member (row, "high"));
    }
  g_assert_true (isnan (lathe_interval_wilson (0, 0).low));
}

static void
assert_interval (const char *name, const char *what, LatheInterval interval, JsonArray *expected)
{
  assert_near (name, what, interval.low, element (expected, 0));
  assert_near (name, what, interval.high, element (expected, 1));
}

static void
check_intervals (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  g_autoptr (LatheScoreSheet) sheet =
      make_sheet (evaluation, (guint) json_object_get_int_member (fixture, "resamples"), 3);
  JsonObject *intervals = json_object_get_object_member (expected, "intervals");
  JsonObject *scores = json_object_get_object_member (intervals, "scores");
  JsonObject *classes = json_object_get_object_member (intervals, "classes");

  for (guint i = 0; i < LATHE_N_SCORES; i++)
    assert_interval (name, lathe_score_infos[i].name, sheet->scores[i].interval,
                     json_object_get_array_member (scores, lathe_score_infos[i].name));
  for (guint i = 0; i < sheet->n_classes; i++)
    {
      const LatheClassScores *class = &sheet->classes[i];
      const LatheScore *found[] = {&class->f1, &class->roc_auc, &class->average_precision};
      static const char *const names[] = {"f1", "roc_auc", "average_precision"};

      for (guint j = 0; j < G_N_ELEMENTS (found); j++)
        assert_interval (name, names[j], found[j]->interval,
                         json_array_get_array_element (json_object_get_array_member (classes, names[j]), i));
    }
}

static void
test_intervals_are_those_of_the_same_draws (void)
{
  each_case ("intervals", check_intervals);
}

static void
check_threads (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  g_autoptr (LatheScoreSheet) one = make_sheet (evaluation, 100, 1), three = make_sheet (evaluation, 100, 3);

  g_assert_cmpmem (one->scores, sizeof one->scores, three->scores, sizeof three->scores);
  g_assert_cmpmem (one->classes, one->n_classes * sizeof *one->classes, three->classes,
                   three->n_classes * sizeof *three->classes);
}

static void
test_same_bits_on_any_number_of_threads (void)
{
  each_case ("intervals", check_threads);
}

static void
test_a_score_that_no_resample_changes_has_no_interval (void)
{
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluation_new (30, 2, NULL);
  g_autoptr (LatheScoreSheet) sheet = NULL;

  for (guint i = 0; i < 30; i++)
    lathe_evaluation_add (evaluation, i, i % 2, 0, (float[]){i % 2 == 0, i % 2}, (float[]){i % 2 == 0, i % 2});
  sheet = make_sheet (evaluation, 100, 2);
  g_assert_cmpfloat (sheet->scores[LATHE_SCORE_MACRO_F1].value, ==, 1);
  g_assert_true (isnan (sheet->scores[LATHE_SCORE_MACRO_F1].interval.low));
  g_assert_cmpfloat_with_epsilon (sheet->scores[LATHE_SCORE_ACCURACY].interval.low, 0.886, 1e-3);
  g_assert_cmpfloat (sheet->scores[LATHE_SCORE_ACCURACY].interval.high, ==, 1);
}

/* --- Suspects --- */

static void
check_suspects (const char *name, JsonObject *expected, const LatheEvaluation *evaluation)
{
  g_autoptr (GArray) suspects = lathe_suspects (evaluation, NULL, NULL);
  JsonArray *wanted = json_object_get_array_member (expected, "suspects");

  g_assert_cmpuint (suspects->len, ==, json_array_get_length (wanted));
  for (guint i = 0; i < suspects->len; i++)
    {
      const LatheSuspect *suspect = &g_array_index (suspects, LatheSuspect, i);
      JsonObject *one = json_array_get_object_element (wanted, i);

      g_assert_cmpfloat (suspect->place, ==, member (one, "place"));
      g_assert_cmpfloat (suspect->likelier, ==, member (one, "likelier"));
      assert_near (name, "margin", suspect->margin, member (one, "margin"));
    }
}

static void
test_suspects_are_those_off_the_confident_joint (void)
{
  each_case ("suspects", check_suspects);
}

/* --- The edges --- */

static void
test_no_images_have_no_scores (void)
{
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluation_new (0, 3, NULL);
  g_autoptr (LatheScoreSheet) sheet = make_sheet (evaluation, 10, 2);
  g_autoptr (GArray) thresholds = lathe_thresholds (evaluation, 0);

  for (guint i = 0; i < LATHE_N_SCORES; i++)
    {
      g_assert_true (isnan (sheet->scores[i].value));
      g_assert_true (isnan (sheet->scores[i].interval.low) && isnan (sheet->scores[i].interval.high));
    }
  g_assert_true (isnan (lathe_temperature_fit (evaluation)));
  g_assert_true (isnan (lathe_score_top (evaluation, 1).value));
  g_assert_cmpuint (thresholds->len, ==, 1);
}

/* A network that diverged answers with what is no number. */
static void
test_answers_that_are_no_numbers_have_no_areas (void)
{
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluation_new (6, 2, NULL);
  g_autoptr (LatheScoreSheet) sheet = NULL;
  g_autoptr (GArray) thresholds = NULL;

  for (guint i = 0; i < 6; i++)
    lathe_evaluation_add (evaluation, i, i % 2, NAN, (float[]){NAN, NAN}, (float[]){NAN, NAN});
  sheet = make_sheet (evaluation, 10, 2);
  thresholds = lathe_thresholds (evaluation, 1);
  g_assert_cmpfloat (sheet->scores[LATHE_SCORE_ACCURACY].value, ==, 0.5);
  g_assert_true (isnan (sheet->scores[LATHE_SCORE_ROC_AUC].value));
  g_assert_true (isnan (sheet->scores[LATHE_SCORE_LOG_LOSS].value));
  g_assert_true (isnan (sheet->scores[LATHE_SCORE_ECE].value));
  g_assert_true (isnan (lathe_temperature_fit (evaluation)));
  g_assert_cmpuint (thresholds->len, ==, 1);
}

static void
test_scores_can_be_cancelled (void)
{
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluation_new (1, 2, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  const LatheScoreOptions options = LATHE_SCORE_OPTIONS_DEFAULT;

  lathe_evaluation_add (evaluation, 0, 0, 0, (float[]){1, 0}, (float[]){1, 0});
  g_cancellable_cancel (cancellable);
  g_assert_null (lathe_score_sheet_new (evaluation, &options, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_too_many_answers_are_refused (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_evaluation_new (G_MAXUINT32, 1 << 20, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY);
}

/* --- Two models --- */

static void
test_mcnemars_test_is_that_of_scipy (void)
{
  JsonArray *table = json_object_get_array_member (fixture, "mcnemar");

  for (guint i = 0; i < json_array_get_length (table); i++)
    {
      JsonObject *row = json_array_get_object_element (table, i);
      guint b = (guint) member (row, "b"), c = (guint) member (row, "c");

      assert_near ("mcnemar", "exact", lathe_mcnemar_exact (b, c), member (row, "exact"));
      assert_near ("mcnemar", "corrected", lathe_mcnemar_corrected (b, c), member (row, "corrected"));
    }
}

/* One model's answers: right where the bit of `right` is set. */
static LatheEvaluation *
answer (const guint32 *images, guint n, guint right)
{
  LatheEvaluation *evaluation = lathe_evaluation_new (n, 2, NULL);

  for (guint i = 0; i < n; i++)
    {
      gboolean is_right = right >> i & 1;

      lathe_evaluation_add (evaluation, images[i], 1, 0, (float[]){!is_right, is_right},
                            (float[]){!is_right, is_right});
    }
  return evaluation;
}

static void
test_models_are_compared_on_the_images_that_both_saw (void)
{
  static const guint32 first_images[] = {10, 11, 12, 13, 14}, second_images[] = {14, 12, 11, 10, 99};
  g_autoptr (LatheEvaluation) first = answer (first_images, 5, 0x3);   /* 10, 11 */
  g_autoptr (LatheEvaluation) second = answer (second_images, 5, 0x7); /* 14, 12, 11 */
  g_autoptr (LatheComparison) comparison = lathe_compare (first, second);
  const LatheDisagreement *disagreement = (const LatheDisagreement *) comparison->disagreements->data;

  g_assert_cmpuint (comparison->n, ==, 4);
  g_assert_cmpuint (comparison->both_right, ==, 1);
  g_assert_cmpuint (comparison->only_first, ==, 1);
  g_assert_cmpuint (comparison->only_second, ==, 2);
  g_assert_cmpuint (comparison->both_wrong, ==, 0);
  g_assert_cmpfloat (comparison->difference, ==, 0.25);
  g_assert_cmpfloat (comparison->interval.low, <, 0);
  g_assert_cmpfloat (comparison->interval.high, >, 0.25);
  g_assert_cmpfloat (comparison->p_value, ==, 1);
  g_assert_true (comparison->exact);
  g_assert_cmpuint (comparison->disagreements->len, ==, 3);
  g_assert_cmpuint (disagreement[0].image, ==, 10);
  g_assert_true (disagreement[0].first_is_right);
  g_assert_cmpuint (disagreement[2].image, ==, 14);
  g_assert_cmpuint (disagreement[2].second, ==, 0);
  g_assert_false (disagreement[2].first_is_right);
}

/* --- Tables --- */

static void
test_a_table_is_written_whole_or_not_at_all (void)
{
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluation_new (2, 2, NULL);
  g_autofree char *folder = g_dir_make_tmp ("lathe-metrics-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "curves.csv", NULL), *text = NULL;
  g_autoptr (GError) error = NULL;
  static const char *const labels[] = {"no, never", "yes \"!\""};

  lathe_evaluation_add (evaluation, 0, 1, 0, (float[]){0.25f, 0.75f}, (float[]){0, 1});
  lathe_evaluation_add (evaluation, 1, 0, 0, (float[]){0.5f, 0.5f}, (float[]){0, 0});
  g_assert_true (lathe_evaluation_save_curves (evaluation, labels, path, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==,
                   "class,threshold,true_positives,false_positives,false_positive_rate,recall,precision\n"
                   "\"no, never\",inf,0,0,0,0,1\n"
                   "\"no, never\",0.5,1,0,0,1,1\n"
                   "\"no, never\",0.25,1,1,1,1,0.5\n"
                   "\"yes \"\"!\"\"\",inf,0,0,0,0,1\n"
                   "\"yes \"\"!\"\"\",0.75,1,0,0,1,1\n"
                   "\"yes \"\"!\"\"\",0.5,1,1,1,1,0.5\n");
  g_assert_false (lathe_evaluation_save_curves (evaluation, labels, "/dev/full/curves.csv", &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "curves.csv"));
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* --- Speed --- */

static void
test_a_thousand_resamples_of_ten_thousand_images (void)
{
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluation_new (10000, 10, NULL);
  g_autoptr (LatheScoreSheet) sheet = NULL;
  LatheRng rng = lathe_rng (1, LATHE_RNG_NOISE, 0, 0);
  const LatheScoreOptions options = LATHE_SCORE_OPTIONS_DEFAULT;
  double seconds;

  for (guint i = 0; i < 10000; i++)
    {
      float p[10], sum = 0;

      for (guint k = 0; k < 10; k++)
        sum += p[k] = (float) lathe_rng_uniform (&rng, 10 * i + k) + (k == i % 10 ? 0.5f : 0);
      for (guint k = 0; k < 10; k++)
        p[k] /= sum;
      lathe_evaluation_add (evaluation, i, i % 10, 0, p, p);
    }
  g_test_timer_start ();
  sheet = lathe_score_sheet_new (evaluation, &options, NULL, NULL);
  seconds = g_test_timer_elapsed ();
  g_test_minimized_result (seconds, "%.3f s for all scores and intervals", seconds);
  g_assert_cmpfloat (sheet->scores[LATHE_SCORE_ROC_AUC].interval.low, <, sheet->scores[LATHE_SCORE_ROC_AUC].value);
  g_assert_cmpfloat (sheet->scores[LATHE_SCORE_ROC_AUC].interval.high, >, sheet->scores[LATHE_SCORE_ROC_AUC].value);
}

int
main (int argc, char **argv)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  path = g_test_build_filename (G_TEST_DIST, "fixtures", "metrics.json", NULL);
  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  fixture = json_node_get_object (json_parser_get_root (parser));
  g_test_add_func ("/metrics/scores", test_scores_are_those_of_scikit_learn);
  g_test_add_func ("/metrics/averages", test_averages_are_those_of_scikit_learn);
  g_test_add_func ("/metrics/scores-of-each-class", test_scores_of_each_class_are_those_of_scikit_learn);
  g_test_add_func ("/metrics/top-k", test_top_k_is_that_of_scikit_learn);
  g_test_add_func ("/metrics/curves", test_curves_are_those_of_scikit_learn);
  g_test_add_func ("/metrics/thresholds", test_each_threshold_is_its_counts_and_the_cheapest_the_least);
  g_test_add_func ("/metrics/threshold-of-one-half", test_a_threshold_of_one_half_is_what_is_said);
  g_test_add_func ("/metrics/bins", test_bins_hold_every_image_once);
  g_test_add_func ("/metrics/edges", test_an_edge_belongs_to_the_bin_below);
  g_test_add_func ("/metrics/temperature", test_temperature_has_the_least_log_loss);
  g_test_add_func ("/metrics/wilson", test_shares_have_wilsons_interval);
  g_test_add_func ("/metrics/intervals", test_intervals_are_those_of_the_same_draws);
  g_test_add_func ("/metrics/threads", test_same_bits_on_any_number_of_threads);
  g_test_add_func ("/metrics/no-interval", test_a_score_that_no_resample_changes_has_no_interval);
  g_test_add_func ("/metrics/suspects", test_suspects_are_those_off_the_confident_joint);
  g_test_add_func ("/metrics/no-images", test_no_images_have_no_scores);
  g_test_add_func ("/metrics/no-numbers", test_answers_that_are_no_numbers_have_no_areas);
  g_test_add_func ("/metrics/cancelled", test_scores_can_be_cancelled);
  g_test_add_func ("/metrics/too-many", test_too_many_answers_are_refused);
  g_test_add_func ("/metrics/mcnemar", test_mcnemars_test_is_that_of_scipy);
  g_test_add_func ("/metrics/two-models", test_models_are_compared_on_the_images_that_both_saw);
  g_test_add_func ("/metrics/tables", test_a_table_is_written_whole_or_not_at_all);
  g_test_add_func ("/metrics/speed", test_a_thousand_resamples_of_ten_thousand_images);
  return g_test_run ();
}
