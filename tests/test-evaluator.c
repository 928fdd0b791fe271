/* test-evaluator.c: what is shown of a model answers the question that was asked last.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "few.h"
#include "wb-evaluator.h"

#define PATIENCE (60 * G_USEC_PER_SEC)

static LatheDataset *samples;
static LatheModel *model;

static void
on_assessed (WbEvaluator *evaluator, WbAssessment *assessment, GArray *splits)
{
  g_array_append_val (splits, assessment->question->split);
}

static void
wait_for_the_end (WbEvaluator *evaluator)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (wb_evaluator_get_busy (evaluator))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

static void
follow (WbEvaluator *evaluator, LatheSplit split, gboolean answered)
{
  WbQuestion *question = wb_question_new (model, samples, NULL, (int) split, NULL, 1);

  wb_evaluator_follow (evaluator, question, answered);
  wb_question_free (question);
}

/* Of the answers that came, in their order. */
static void
assert_answers (const GArray *splits, const int *expected, guint n)
{
  g_assert_cmpmem (splits->data, splits->len * sizeof (int), expected, n * sizeof (int));
}

static void
test_who_goes_back_to_what_is_answered_gets_no_other_answer (void)
{
  g_autoptr (WbEvaluator) evaluator = wb_evaluator_new ();
  g_autoptr (GArray) splits = g_array_new (FALSE, FALSE, sizeof (int));
  const int expected[] = {LATHE_SPLIT_TEST, LATHE_SPLIT_TEST};

  g_signal_connect (evaluator, "assessed", G_CALLBACK (on_assessed), splits);
  follow (evaluator, LATHE_SPLIT_TEST, FALSE);
  wait_for_the_end (evaluator);
  assert_answers (splits, expected, 1);
  follow (evaluator, LATHE_SPLIT_TEST, TRUE);
  g_assert_false (wb_evaluator_get_busy (evaluator));
  follow (evaluator, LATHE_SPLIT_VALIDATION, FALSE);
  g_assert_true (wb_evaluator_get_busy (evaluator));
  follow (evaluator, LATHE_SPLIT_TEST, TRUE);
  wait_for_the_end (evaluator);
  assert_answers (splits, expected, 2);
  g_signal_handlers_disconnect_by_data (evaluator, splits);
}

static void
count (guint *n)
{
  ++*n;
}

/* It tells of each time that it begins. */
static void
test_what_is_being_answered_is_not_begun_again (void)
{
  g_autoptr (WbEvaluator) evaluator = wb_evaluator_new ();
  guint n_told = 0;

  g_signal_connect_swapped (evaluator, "changed", G_CALLBACK (count), &n_told);
  follow (evaluator, LATHE_SPLIT_TEST, FALSE);
  g_assert_cmpuint (n_told, ==, 1);
  follow (evaluator, LATHE_SPLIT_TEST, FALSE);
  follow (evaluator, LATHE_SPLIT_TEST, TRUE);
  g_assert_cmpuint (n_told, ==, 1);
  follow (evaluator, LATHE_SPLIT_VALIDATION, TRUE);
  g_assert_cmpuint (n_told, ==, 2);
  wb_evaluator_stop (evaluator);
  g_signal_handlers_disconnect_by_data (evaluator, &n_told);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  samples = few_new (20);
  model = few_model (samples, "mlp");
  g_test_add_func ("/evaluator/back", test_who_goes_back_to_what_is_answered_gets_no_other_answer);
  g_test_add_func ("/evaluator/same", test_what_is_being_answered_is_not_begun_again);
  result = g_test_run ();
  lathe_model_unref (model);
  few_free (samples);
  return result;
}
