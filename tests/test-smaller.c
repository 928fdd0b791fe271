/* test-smaller.c: a pruned model learns to be right again, and a small network learns from what a large one says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "run.h"

static LatheDataset *samples;
static LathePreprocess preprocess;
static LatheGraph *lenet, *small;
static LatheModel *learned; /* lenet, after two epochs */

static LatheHyperparameters
epochs (guint n, guint n_threads)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.epochs = n;
  h.threads = n_threads;
  return h;
}

static LatheModel *
prune (LathePruneWay way, double share)
{
  g_autoptr (GError) error = NULL;
  LatheModel *pruned = lathe_prune (learned, &(LathePruning){.way = way, .share = share}, &error);

  g_assert_no_error (error);
  return pruned;
}

static double
accuracy (LatheModel *model)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheEvaluation) evaluation =
      lathe_evaluate (model, samples, LATHE_SPLIT_VALIDATION, 2, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return lathe_metrics_accuracy (evaluation->metrics);
}

static LatheModel *
tune (LatheModel *model, guint n_epochs, guint n_threads)
{
  LatheHyperparameters h = epochs (n_epochs, n_threads);
  g_autoptr (GError) error = NULL;
  LatheModel *tuned = lathe_fine_tune (model, samples, &h, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return tuned;
}

static char *
take_sha256 (LatheModel *model)
{
  char *sha256 = lathe_model_weights_sha256 (model);

  lathe_model_unref (model);
  return sha256;
}

/* --- Fine-tuning --- */

static void
test_an_epoch_brings_back_what_pruning_cost (void)
{
  g_autoptr (LatheModel) pruned = prune (LATHE_PRUNE_CHANNELS, 0.7), tuned = tune (pruned, 1, 2);
  double before = accuracy (learned), between = accuracy (pruned), after = accuracy (tuned);

  g_test_message ("accuracy %.4f, pruned %.4f, tuned %.4f", before, between, after);
  g_assert_cmpfloat (between, <, before - 0.05);
  g_assert_cmpfloat (after, >, before - 0.03);
  g_assert_cmpfloat (after, ==, tuned->scores.validation_accuracy);
  g_assert_true (lathe_graph_equal (tuned->graph, pruned->graph));
}

static void
test_weights_that_were_pruned_stay_zero (void)
{
  g_autoptr (LatheModel) pruned = prune (LATHE_PRUNE_WEIGHTS, 0.8), tuned = tune (pruned, 1, 2);
  guint n_moved = 0;

  for (guint i = 0; i < pruned->weights->len; i++)
    {
      const LatheWeight *was = &g_array_index (pruned->weights, LatheWeight, i);
      const LatheWeight *is = &g_array_index (tuned->weights, LatheWeight, i);

      for (gsize k = 0; k < lathe_shape_size (&was->shape); k++)
        if (was->data[k] == 0 && lathe_parameter_may_be_zero (&was->shape))
          g_assert_cmpfloat (is->data[k], ==, 0);
        else
          n_moved += is->data[k] != was->data[k];
    }
  g_assert_cmpuint (n_moved, >, 1000);
}

static void
test_tuning_gives_the_same_bits_on_any_number_of_threads (void)
{
  g_autoptr (LatheModel) pruned = prune (LATHE_PRUNE_CHANNELS, 0.7);
  g_autofree char *one = take_sha256 (tune (pruned, 1, 1)), *two = take_sha256 (tune (pruned, 1, 2));

  g_assert_cmpstr (one, ==, two);
}

static void
count_images (guint done, guint total, gpointer last)
{
  g_assert_cmpuint (done, <=, total);
  *(guint *) last = done;
}

static void
test_progress_is_told_to_the_end (void)
{
  LatheHyperparameters h = epochs (2, 2);
  g_autoptr (GError) error = NULL;
  guint last = 0;
  g_autoptr (LatheModel) tuned = lathe_fine_tune (learned, samples, &h, count_images, &last, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (last, ==, 2 * lathe_dataset_count (samples, -1, LATHE_SPLIT_TRAIN));
}

static void
test_tuning_can_be_cancelled (void)
{
  LatheHyperparameters h = epochs (1, 2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (lathe_fine_tune (learned, samples, &h, NULL, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* (transfer full): the same network, that tells other classes apart */
static LatheModel *
make_stranger (void)
{
  g_auto (GStrv) labels = g_strdupv (learned->labels);
  g_autoptr (GError) error = NULL;
  LatheModel *stranger;

  g_free (labels[0]);
  labels[0] = g_strdup ("something else");
  stranger = lathe_model_new (lenet, (const char *const *) labels, &preprocess, &error);
  g_assert_no_error (error);
  return stranger;
}

static void
test_images_of_other_classes_are_refused (void)
{
  LatheHyperparameters h = epochs (1, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) stranger = make_stranger ();

  g_assert_null (lathe_fine_tune (stranger, samples, &h, NULL, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_DATA);
}

/* --- A teacher --- */

static LatheTrainer *
make_pupil (guint n_threads, LatheObserver observer, gpointer data)
{
  LatheHyperparameters h = epochs (2, n_threads);
  g_autoptr (GError) error = NULL;
  LatheTrainer *trainer;

  h.augmentation.mixup = 0.4;
  h.augmentation.flip = 1;
  trainer = lathe_trainer_new (samples, small, &preprocess, &h, observer, data, &error);
  g_assert_no_error (error);
  return trainer;
}

static void
teach (LatheTrainer *trainer, double weight)
{
  g_autoptr (GError) error = NULL;

  lathe_trainer_learn_from (trainer, learned, &(LatheTeaching){4, weight}, &error);
  g_assert_no_error (error);
}

static LatheModel *
finish (LatheTrainer *trainer)
{
  g_autoptr (LatheSnapshot) end = NULL;

  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FINISHED);
  return lathe_model_ref (end->best);
}

static char *
learn (guint n_threads, double weight)
{
  g_autoptr (LatheTrainer) trainer = make_pupil (n_threads, NULL, NULL);

  if (weight > 0)
    teach (trainer, weight);
  return take_sha256 (finish (trainer));
}

static void
test_a_taught_network_has_the_same_bits_on_any_number_of_threads (void)
{
  g_autofree char *one = learn (1, 0.9), *two = learn (2, 0.9), *less = learn (2, 0.1), *untaught = learn (2, 0);

  g_assert_cmpstr (one, ==, two);
  g_assert_cmpstr (one, !=, less);
  g_assert_cmpstr (one, !=, untaught);
}

/* The mean divergence of a model's answers from the teacher's. */
static double
doubt (LatheModel *model)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheEvaluation) a =
      lathe_evaluate (learned, samples, LATHE_SPLIT_VALIDATION, 2, NULL, NULL, NULL, &error);
  g_autoptr (LatheEvaluation) b = lathe_evaluate (model, samples, LATHE_SPLIT_VALIDATION, 2, NULL, NULL, NULL, &error);
  double sum = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < lathe_evaluation_get_n (a); i++)
    for (guint k = 0; k < a->n_classes; k++)
      {
        double q = (double) lathe_evaluation_get_probabilities (a, i)[k];

        sum += q * log (fmax (q, 1e-9) / fmax ((double) lathe_evaluation_get_probabilities (b, i)[k], 1e-9));
      }
  return sum / lathe_evaluation_get_n (a);
}

static void
test_a_taught_network_answers_more_as_its_teacher_does (void)
{
  g_autoptr (LatheTrainer) taught = make_pupil (2, NULL, NULL), untaught = make_pupil (2, NULL, NULL);
  g_autoptr (LatheModel) a = NULL, b = NULL;

  teach (taught, 0.9);
  a = finish (taught);
  b = finish (untaught);
  g_test_message ("from the teacher: taught %.4f, untaught %.4f", doubt (a), doubt (b));
  g_assert_cmpfloat (doubt (a), <, 0.8 * doubt (b));
}

static void
assert_refused (LatheModel *teacher, const LatheTeaching *teaching)
{
  g_autoptr (LatheTrainer) trainer = make_pupil (2, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (lathe_trainer_learn_from (trainer, teacher, teaching, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
}

static void
test_a_teacher_that_does_not_fit_is_refused (void)
{
  static const LatheTeaching usual = {4, 0.9}, wrong[] = {{0, 0.5}, {-1, 0.5}, {NAN, 0.5}, {4, 0}, {4, 1.1}, {4, NAN}};
  g_autoptr (LatheModel) stranger = make_stranger (), sees_otherwise = NULL;
  LathePreprocess other = preprocess;

  other.mean[0] = 0.5f;
  sees_otherwise = lathe_model_new (lenet, (const char *const *) learned->labels, &other, NULL);
  assert_refused (stranger, &usual);
  assert_refused (sees_otherwise, &usual);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (learned, &wrong[i]);
}

static void
stop_after_an_epoch (LatheSnapshot *snapshot, gpointer trainer)
{
  if (snapshot->finished->len > 0 && snapshot->step > 2)
    lathe_trainer_stop (*(LatheTrainer **) trainer);
}

/* What was left goes on as if it never had been, with its teacher; and not without. */
static void
test_a_taught_run_goes_on_with_its_teacher_alone (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lathe-smaller-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "run.checkpoint", NULL),
                  *previous = lathe_checkpoint_previous (path);
  g_autofree char *whole = learn (2, 0.9), *resumed = NULL;
  g_autoptr (LatheTrainer) left = NULL, alone = make_pupil (2, NULL, NULL), taught = make_pupil (2, NULL, NULL);
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (GError) error = NULL;

  left = make_pupil (2, stop_after_an_epoch, &left);
  teach (left, 0.9);
  lathe_trainer_set_checkpoint (left, path);
  lathe_trainer_start (left);
  lathe_snapshot_unref (lathe_trainer_wait (left));

  g_assert_true (lathe_trainer_take_up (alone, lathe_unfinished_read (path, &error), &error));
  lathe_trainer_start (alone);
  end = lathe_trainer_wait (alone);
  g_assert_error (end->error, LATHE_ERROR, LATHE_ERROR_INVALID);

  teach (taught, 0.9);
  g_assert_true (lathe_trainer_take_up (taught, lathe_unfinished_read (path, &error), &error));
  resumed = take_sha256 (finish (taught));
  g_assert_cmpstr (resumed, ==, whole);
  g_unlink (path);
  g_unlink (previous);
  g_rmdir (folder);
}

static void
prepare (void)
{
  const LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  LatheHyperparameters h = epochs (2, 2);
  g_autoptr (GError) error = NULL;
  LatheShape shape;

  samples = lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  lathe_dataset_suggest (samples, 0, 0, &preprocess);
  shape = LATHE_SHAPE_IMAGE (preprocess.height, preprocess.width, preprocess.channels);
  lenet = lathe_preset_load ("lenet", NULL);
  small = lathe_preset_load ("mlp", NULL);
  lathe_graph_adapt (lenet, &shape, lathe_dataset_get_n_classes (samples));
  lathe_graph_adapt (small, &shape, lathe_dataset_get_n_classes (samples));
  learned = run_to_end (samples, lenet, &preprocess, &h);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  prepare ();
  g_test_add_func ("/smaller/back", test_an_epoch_brings_back_what_pruning_cost);
  g_test_add_func ("/smaller/zeros", test_weights_that_were_pruned_stay_zero);
  g_test_add_func ("/smaller/threads", test_tuning_gives_the_same_bits_on_any_number_of_threads);
  g_test_add_func ("/smaller/progress", test_progress_is_told_to_the_end);
  g_test_add_func ("/smaller/cancelled", test_tuning_can_be_cancelled);
  g_test_add_func ("/smaller/classes", test_images_of_other_classes_are_refused);
  g_test_add_func ("/smaller/taught/threads", test_a_taught_network_has_the_same_bits_on_any_number_of_threads);
  g_test_add_func ("/smaller/taught/answers", test_a_taught_network_answers_more_as_its_teacher_does);
  g_test_add_func ("/smaller/taught/fits", test_a_teacher_that_does_not_fit_is_refused);
  g_test_add_func ("/smaller/taught/resumed", test_a_taught_run_goes_on_with_its_teacher_alone);
  result = g_test_run ();
  lathe_model_unref (learned);
  lathe_graph_free (lenet);
  lathe_graph_free (small);
  lathe_dataset_unref (samples);
  return result;
}
