/* test-trial-list.c: a model is asked about all files of a folder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "few.h"
#include "wb-trial-list.h"

#define PATIENCE (60 * G_USEC_PER_SEC)

static LatheDataset *samples;
static LatheModel *model;

static guint
count_answered (WbTrialList *list)
{
  guint n_answered;

  wb_trial_list_get_n (list, &n_answered);
  return n_answered;
}

static void
wait_for_answers (WbTrialList *list)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (count_answered (list) < lathe_dataset_get_n_images (samples) || wb_trial_list_get_busy (list))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_cmpuint (wb_trial_list_get_n_trials (list), ==, lathe_dataset_get_n_images (samples));
}

static WbTrialList *
new_list (void)
{
  WbTrialList *list = wb_trial_list_new ();

  wb_trial_list_set_active (list, TRUE);
  wb_trial_list_set_model (list, model);
  return list;
}

static void
test_another_model_is_asked_about_a_folder_that_is_being_looked_into (void)
{
  g_autoptr (WbTrialList) list = new_list ();

  wb_trial_list_add (list, lathe_dataset_get_folder (samples));
  g_assert_true (wb_trial_list_get_busy (list));
  wb_trial_list_set_model (list, model);
  g_assert_true (wb_trial_list_get_busy (list));
  wait_for_answers (list);
}

static void
test_another_model_is_asked_about_all_that_was_answered (void)
{
  g_autoptr (WbTrialList) list = new_list ();

  wb_trial_list_add (list, lathe_dataset_get_folder (samples));
  wait_for_answers (list);
  wb_trial_list_set_model (list, model);
  g_assert_cmpuint (wb_trial_list_get_n_trials (list), ==, 0);
  wait_for_answers (list);
}

static void
test_a_folder_is_forgotten_where_that_is_cancelled (void)
{
  g_autoptr (WbTrialList) list = new_list ();

  wb_trial_list_add (list, lathe_dataset_get_folder (samples));
  wb_trial_list_cancel (list);
  g_assert_false (wb_trial_list_get_busy (list));
  wb_trial_list_set_model (list, model);
  g_assert_true (wb_trial_list_is_empty (list));
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  samples = few_new (10);
  model = few_model (samples, "lenet");
  g_test_add_func ("/trial-list/searching", test_another_model_is_asked_about_a_folder_that_is_being_looked_into);
  g_test_add_func ("/trial-list/again", test_another_model_is_asked_about_all_that_was_answered);
  g_test_add_func ("/trial-list/cancelled", test_a_folder_is_forgotten_where_that_is_cancelled);
  result = g_test_run ();
  lathe_model_unref (model);
  few_free (samples);
  return result;
}
