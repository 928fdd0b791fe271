/* test-verify.c: a run that is trained anew comes out the same, and one that cannot be says why.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "few.h"

#define N_OF_A_CLASS 30

typedef struct
{
  char *folder, *path;
  LatheDataset *samples;
  LatheGraph *graph;
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("lathe-verify-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "runs.db", NULL);
  f->samples = few_new (N_OF_A_CLASS);
  lathe_dataset_suggest (f->samples, 0, 0, &f->preprocess);
  f->preprocess.measured = TRUE;
  f->graph = lathe_preset_load ("mlp", &error);
  g_assert_no_error (error);
  lathe_graph_adapt (f->graph, &LATHE_SHAPE_IMAGE (f->preprocess.height, f->preprocess.width, f->preprocess.channels),
                     lathe_dataset_get_n_classes (f->samples));
  lathe_hyperparameters_defaults (&f->hyperparameters);
  f->hyperparameters.epochs = 3;
  f->hyperparameters.threads = 2;
  f->hyperparameters.augmentation.shift = 2;
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_all (inner);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  remove_all (f->folder);
  g_free (f->folder);
  g_free (f->path);
  lathe_graph_free (f->graph);
  few_free (f->samples);
}

static LatheRuns *
open_list (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  LatheRuns *runs = lathe_runs_open (f->path, &error);

  g_assert_no_error (error);
  return runs;
}

/* Trains to the end, or until the observer stops it, and writes it down. (transfer full): the last snapshot. */
static LatheSnapshot *
train (Fixture *f, LatheDataset *dataset, const LatheInheritance *inheritance)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheTrainer) trainer =
      lathe_trainer_new (dataset, f->graph, &f->preprocess, &f->hyperparameters, NULL, NULL, &error);

  g_assert_no_error (error);
  if (inheritance != NULL)
    lathe_trainer_begin_with (trainer, inheritance);
  lathe_trainer_record (trainer, &(LatheRecord){.path = f->path});
  lathe_trainer_start (trainer);
  return lathe_trainer_wait (trainer);
}

static void
assert_same (Fixture *f, gint64 id, guint n_threads)
{
  g_autoptr (LatheRuns) runs = open_list (f);
  g_autoptr (GError) error = NULL;
  g_auto (LatheVerdict) verdict = {0};

  g_assert_true (lathe_runs_verify (runs, id, NULL, n_threads, NULL, NULL, NULL, &verdict, &error));
  g_assert_no_error (error);
  g_assert_true (verdict.same);
  g_assert_null (verdict.why);
}

static void
assert_refused (Fixture *f, gint64 id, int code, const char *about)
{
  g_autoptr (LatheRuns) runs = open_list (f);
  g_autoptr (GError) error = NULL;
  g_auto (LatheVerdict) verdict = {0};

  g_assert_false (lathe_runs_verify (runs, id, NULL, 0, NULL, NULL, NULL, &verdict, &error));
  g_assert_error (error, LATHE_ERROR, code);
  if (strstr (error->message, about) == NULL)
    g_error ("“%s” says nothing of “%s”", error->message, about);
}

static void
change_list (Fixture *f, const char *sql)
{
  const char *argv[] = {"sqlite3", f->path, sql, NULL};

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void
test_the_same_weights_come_of_it_on_any_number_of_threads (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, f->samples, NULL);

  assert_same (f, 1, 1);
  assert_same (f, 1, 3);
}

static void
test_other_weights_are_told_with_their_cause (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, f->samples, NULL);
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (LatheVerdict) verdict = {0};

  change_list (f, "UPDATE run SET hyperparameters = replace (hyperparameters, '\"seed\":\"1\"', '\"seed\":\"2\"');"
                  "UPDATE origin SET kernels = 'abacus'");
  runs = open_list (f);
  g_assert_true (lathe_runs_verify (runs, 1, NULL, 0, NULL, NULL, NULL, &verdict, &error));
  g_assert_false (verdict.same);
  g_assert_nonnull (strstr (verdict.why, "abacus"));
}

/* The kernels that are written down are those that multiplied: where the run says another precision, they are others.
 */
static void
test_precision_is_part_of_the_run (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (LatheVerdict) verdict = {0};

  f->hyperparameters.precision = LATHE_PRECISION_BF16;
  end = train (f, f->samples, NULL);
  assert_same (f, 1, 3);
  change_list (f, "UPDATE run SET hyperparameters = replace (hyperparameters, '\"bf16\"', '\"fp32\"')");
  runs = open_list (f);
  g_assert_true (lathe_runs_verify (runs, 1, NULL, 0, NULL, NULL, NULL, &verdict, &error));
  g_assert_false (verdict.same);
  g_assert_nonnull (strstr (verdict.why, "bf16"));
}

static void
test_what_was_decided_about_the_images_is_replayed_too (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheDataset) edited = NULL;
  g_autoptr (LatheSnapshot) end = NULL;

  for (guint i = 0; i < 5; i++)
    lathe_edits_set_excluded (edits, lathe_image_get_name (f->samples, lathe_dataset_get_image (f->samples, 10 * i)),
                              TRUE);
  edited = lathe_dataset_edit (f->samples, edits, NULL, &error);
  g_assert_no_error (error);
  end = train (f, edited, NULL);
  assert_same (f, 1, 0);
  change_list (f, "DELETE FROM edits");
  assert_refused (f, 1, LATHE_ERROR_DATA, "too long");
}

/* (transfer full): with one image of so many relabelled, and divided otherwise */
static LatheDataset *
change_images (Fixture *f, guint every, guint64 seed)
{
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheDataset) edited = NULL;
  LatheDatasetOptions options = *lathe_dataset_get_options (f->samples);
  LatheDataset *divided;

  for (guint i = 0; i < lathe_dataset_get_n_images (f->samples); i += every)
    {
      const LatheImage *image = lathe_dataset_get_image (f->samples, i);
      guint other = (image->label + 1) % lathe_dataset_get_n_classes (f->samples);

      lathe_edits_set_label (edits, lathe_image_get_name (f->samples, image),
                             lathe_dataset_get_classes (f->samples)[other]);
    }
  edited = lathe_dataset_edit (f->samples, edits, NULL, &error);
  g_assert_no_error (error);
  options.seed = seed;
  options.share[LATHE_SPLIT_TRAIN] = 0.6;
  options.share[LATHE_SPLIT_VALIDATION] = 0.3;
  divided = lathe_dataset_resplit (edited, &options, &error);
  g_assert_no_error (error);
  return divided;
}

static void
assert_images_found (LatheRuns *runs, gint64 id, LatheDataset *in, LatheDataset *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheDataset) found = lathe_origin_find_images (runs, id, in, NULL, &error);
  g_autofree char *is = NULL, *was = lathe_dataset_fingerprint (expected);

  g_assert_no_error (error);
  is = lathe_dataset_fingerprint (found);
  g_assert_cmpstr (is, ==, was);
  g_assert_true ((found == in) == (in == expected));
}

static void
test_images_of_a_run_are_found_however_they_are_labelled_and_divided_now (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheDataset) one = change_images (f, 7, 2), two = change_images (f, 5, 3);
  g_autoptr (LatheSnapshot) first = train (f, f->samples, NULL), second = train (f, one, NULL);
  g_autoptr (LatheRuns) runs = open_list (f);
  g_autoptr (LatheDataset) found = NULL;
  g_autoptr (GError) error = NULL;

  assert_images_found (runs, 1, f->samples, f->samples);
  assert_images_found (runs, 1, two, f->samples);
  assert_images_found (runs, 2, two, one);
  assert_images_found (runs, 2, one, one);
  change_list (f, "UPDATE run SET split = ''");
  found = lathe_origin_find_images (runs, 2, two, NULL, &error);
  g_assert_null (found);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
}

static void
assert_model_found (LatheRuns *runs, gint64 expected)
{
  g_autoptr (GError) error = NULL;
  gint64 id = 0;
  g_autoptr (LatheModel) model = lathe_runs_load_model (runs, &id, &error);

  g_assert_no_error (error);
  g_assert_cmpint (id, ==, expected);
  g_assert_true ((model != NULL) == (expected > 0));
  if (model != NULL)
    g_assert_cmpint (lathe_runs_find_weights (runs, model, NULL), ==, expected);
}

static void
test_a_model_that_was_written_over_is_not_the_runs_any_longer (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) first = train (f, f->samples, NULL), second = NULL;
  g_autoptr (LatheRuns) runs = open_list (f);
  g_autoptr (LatheRun) run = NULL;
  g_autoptr (LatheModel) cooled = lathe_model_at_temperature (first->best, 2, NULL);
  g_autoptr (GError) error = NULL;

  f->hyperparameters.seed = 7;
  second = train (f, f->samples, NULL);
  assert_model_found (runs, 2);
  g_assert_cmpint (lathe_runs_find_weights (runs, cooled, NULL), ==, 1);
  run = lathe_runs_find (runs, 2, NULL);
  g_assert_true (lathe_model_save (first->best, run->model, &error));
  assert_model_found (runs, 1);
  g_assert_cmpint (g_unlink (run->model), ==, 0);
  assert_model_found (runs, 1);
  change_list (f, "UPDATE run SET model = ''");
  assert_model_found (runs, 0);
}

static void
test_what_it_began_with_is_found_among_the_runs (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) first = train (f, f->samples, NULL), end = NULL;
  g_autoptr (LatheInheritance) inheritance = NULL;
  g_autoptr (LatheRuns) runs = open_list (f);
  g_autoptr (LatheRun) run = lathe_runs_find (runs, 1, NULL);
  g_auto (LatheVerdict) verdict = {0};
  g_autoptr (GError) error = NULL;

  inheritance = lathe_inheritance_new (first->best, f->graph, lathe_dataset_get_classes (f->samples), NULL);
  f->hyperparameters.seed = 7;
  end = train (f, f->samples, inheritance);
  assert_same (f, 2, 0);
  g_assert_cmpint (g_unlink (run->model), ==, 0);
  assert_refused (f, 2, LATHE_ERROR_DATA, run->weights);
  g_assert_true (lathe_runs_verify (runs, 2, first->best, 0, NULL, NULL, NULL, &verdict, &error));
  g_assert_true (verdict.same);
}

static void
test_what_has_changed_in_the_images_is_told (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, f->samples, NULL);
  const char *path = lathe_dataset_get_image (f->samples, 0)->path;
  g_autofree char *bytes = NULL, *other = NULL;
  gsize n, n_other;

  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_assert_true (g_file_get_contents (lathe_dataset_get_image (f->samples, 1)->path, &other, &n_other, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_refused (f, 1, LATHE_ERROR_DATA, lathe_dataset_get_classes (f->samples)[0]);
  g_assert_true (g_file_set_contents (path, other, (gssize) n_other, NULL));
  assert_refused (f, 1, LATHE_ERROR_DATA, lathe_dataset_get_folder (f->samples));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
  assert_same (f, 1, 0);
}

static void
stop_after_an_epoch (LatheSnapshot *snapshot, gpointer trainer)
{
  if (snapshot->finished->len == 1)
    lathe_trainer_stop (*(LatheTrainer **) trainer);
}

static void
go_on (Fixture *f, const char *checkpoint, LatheObserver observer)
{
  g_autoptr (LatheUnfinished) unfinished = lathe_unfinished_read (checkpoint, NULL);
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (GError) error = NULL;

  trainer = lathe_trainer_new (f->samples, f->graph, unfinished != NULL ? &unfinished->preprocess : &f->preprocess,
                               &f->hyperparameters, observer, &trainer, &error);
  g_assert_no_error (error);
  if (unfinished != NULL)
    g_assert_true (lathe_trainer_take_up (trainer, g_steal_pointer (&unfinished), &error));
  lathe_trainer_set_checkpoint (trainer, checkpoint);
  lathe_trainer_record (trainer, &(LatheRecord){.path = f->path});
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
}

static void
test_a_run_that_was_taken_up_again_is_the_same_unless_it_was_changed (Fixture *f, gconstpointer data)
{
  g_autofree char *one = g_build_filename (f->folder, "one", NULL), *two = g_build_filename (f->folder, "two", NULL);

  go_on (f, one, stop_after_an_epoch);
  assert_same (f, 1, 0);
  go_on (f, one, NULL);
  assert_same (f, 1, 0);
  f->hyperparameters.seed = 2;
  go_on (f, two, stop_after_an_epoch);
  f->hyperparameters.learning_rate /= 2;
  go_on (f, two, NULL);
  assert_refused (f, 2, LATHE_ERROR_INVALID, "other settings");
}

static void
test_a_run_that_has_nothing_to_compare_with_is_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = NULL;

  f->hyperparameters.optimizer = LATHE_OPTIMIZER_SGD;
  f->hyperparameters.learning_rate = 1e30;
  end = train (f, f->samples, NULL);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FAILED);
  assert_refused (f, 1, LATHE_ERROR_INVALID, "without a model");
  assert_refused (f, 2, LATHE_ERROR_INVALID, "no run number 2");
}

static void
test_a_run_of_an_older_version_is_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, f->samples, NULL);

  change_list (f, "DROP TABLE origin; DROP TABLE edits"); /* as it was before */
  assert_refused (f, 1, LATHE_ERROR_UNSUPPORTED, "older version");
}

static void
cancel (guint done, guint total, gpointer cancellable)
{
  g_assert_cmpuint (done, <=, total);
  g_cancellable_cancel (cancellable);
}

static void
test_a_replay_can_be_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, f->samples, NULL);
  g_autoptr (LatheRuns) runs = open_list (f);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_auto (LatheVerdict) verdict = {0};

  g_assert_false (lathe_runs_verify (runs, 1, NULL, 0, cancel, cancellable, cancellable, &verdict, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD(name) g_test_add ("/verify/" #name, Fixture, NULL, set_up, test_##name, tear_down)

/* --- What was grown on a model --- */

/* (transfer full): the last snapshot of a run that grows on the model of the list's first one */
static LatheSnapshot *
grow (Fixture *f, LatheModel *from, guint n_learning)
{
  g_autofree char *path = g_build_filename (f->folder, "from.safetensors", NULL);
  const LatheGrowth growth = {.from = from, .name = path, .n_learning = n_learning, .curve = TRUE};
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_growth_graph (&growth, lathe_dataset_get_n_classes (f->samples), &error);
  g_autoptr (LatheTrainer) trainer = NULL;

  g_assert_no_error (error);
  f->hyperparameters.lower_rate = n_learning > 0 ? 0.4 : 1;
  g_assert_true (lathe_model_save (from, path, &error));
  trainer = lathe_trainer_new (f->samples, graph, &from->preprocess, &f->hyperparameters, NULL, NULL, &error);
  g_assert_no_error (error);
  lathe_trainer_grow_on (trainer, &growth);
  lathe_trainer_record (trainer, &(LatheRecord){.path = f->path});
  lathe_trainer_start (trainer);
  return lathe_trainer_wait (trainer);
}

/* A model that no run of the list has. */
static LatheModel *
strange_model (Fixture *f)
{
  g_autoptr (LatheModel) model = lathe_model_new (f->graph, lathe_dataset_get_classes (f->samples),
                                                  &(LathePreprocess){28, 28, 1, .deviation = {1}}, NULL);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = lathe_network_new (f->graph, 1, FALSE, pool, NULL);

  lathe_network_initialise (network, 7);
  lathe_network_store (network, model);
  return g_steal_pointer (&model);
}

static void
test_a_last_layer_alone_is_a_run_that_comes_out_the_same (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheModel) model = strange_model (f);
  g_autoptr (LatheSnapshot) end = grow (f, model, 0);
  g_autoptr (LatheRuns) runs = open_list (f);
  g_autoptr (LatheRun) run = lathe_runs_find (runs, 1, NULL);
  g_autoptr (LatheTransfer) read = lathe_runs_transfer (runs, 1, NULL);

  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FINISHED);
  g_assert_cmpint (run->state, ==, LATHE_RUN_FINISHED);
  g_assert_true (g_str_has_suffix (run->from, "from.safetensors"));
  g_assert_cmpuint (run->learning, ==, 0);
  g_assert_cmpfloat (run->scores.validation_accuracy, ==, end->transfer->validation.accuracy);
  g_assert_cmpfloat (run->scores.test_accuracy, ==, end->transfer->test.accuracy);
  g_assert_cmpuint (read->n_folds, ==, end->transfer->n_folds);
  g_assert_cmpuint (read->validation.n, ==, end->transfer->validation.n);
  g_assert_cmpfloat (read->validation.interval.low, ==, end->transfer->validation.interval.low);
  g_assert_cmpuint (read->curve->len, ==, end->transfer->curve->len);
  g_assert_cmpmem (read->curve->data, read->curve->len * sizeof (LatheTransferPoint), end->transfer->curve->data,
                   end->transfer->curve->len * sizeof (LatheTransferPoint));
  assert_same (f, 1, 3);
}

static void
test_layers_that_learned_on_come_out_the_same (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheModel) model = strange_model (f);
  g_autoptr (LatheSnapshot) end = grow (f, model, LATHE_ALL_LAYERS);

  g_assert_cmpuint (end->finished->len, ==, 3);
  assert_same (f, 1, 1);
}

/* Steps as large as these make everything worse. */
static void
test_what_nothing_beat_comes_out_the_same (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheModel) model = strange_model (f);
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (LatheRun) run = NULL;

  f->hyperparameters.learning_rate = 3;
  end = grow (f, model, LATHE_ALL_LAYERS);
  g_assert_true (end->best == end->transfer->model);
  runs = open_list (f);
  run = lathe_runs_find (runs, 1, NULL);
  g_assert_cmpuint (run->scores.best_epoch, ==, 0);
  g_assert_cmpfloat (run->scores.validation_accuracy, ==, end->transfer->validation.accuracy);
  g_assert_cmpfloat (run->scores.test_accuracy, ==, end->transfer->test.accuracy);
  assert_same (f, 1, 3);
}

static void
test_a_model_that_was_grown_on_and_is_gone_is_asked_for (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheModel) model = strange_model (f);
  g_autoptr (LatheSnapshot) end = grow (f, model, 0);
  g_autofree char *path = g_build_filename (f->folder, "from.safetensors", NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_refused (f, 1, LATHE_ERROR_DATA, "--weights");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (the_same_weights_come_of_it_on_any_number_of_threads);
  ADD (other_weights_are_told_with_their_cause);
  ADD (precision_is_part_of_the_run);
  ADD (what_was_decided_about_the_images_is_replayed_too);
  ADD (images_of_a_run_are_found_however_they_are_labelled_and_divided_now);
  ADD (a_model_that_was_written_over_is_not_the_runs_any_longer);
  ADD (what_it_began_with_is_found_among_the_runs);
  ADD (what_has_changed_in_the_images_is_told);
  ADD (a_run_that_was_taken_up_again_is_the_same_unless_it_was_changed);
  ADD (a_run_that_has_nothing_to_compare_with_is_refused);
  ADD (a_run_of_an_older_version_is_refused);
  ADD (a_replay_can_be_cancelled);
  ADD (a_last_layer_alone_is_a_run_that_comes_out_the_same);
  ADD (layers_that_learned_on_come_out_the_same);
  ADD (what_nothing_beat_comes_out_the_same);
  ADD (a_model_that_was_grown_on_and_is_gone_is_asked_for);
  return g_test_run ();
}
