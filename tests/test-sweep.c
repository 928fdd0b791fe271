/* test-sweep.c: settings vary as they are told to, and every run of a sweep is one that could have been trained alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
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
  GPtrArray *axes;
  LatheSweepJob job;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("lathe-sweep-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "runs.db", NULL);
  f->samples = few_new (N_OF_A_CLASS);
  lathe_dataset_suggest (f->samples, 0, 0, &f->preprocess);
  f->graph = lathe_preset_load ("mlp", &error);
  g_assert_no_error (error);
  lathe_graph_adapt (f->graph, &LATHE_SHAPE_IMAGE (f->preprocess.height, f->preprocess.width, f->preprocess.channels),
                     lathe_dataset_get_n_classes (f->samples));
  lathe_hyperparameters_defaults (&f->hyperparameters);
  f->hyperparameters.epochs = 2;
  f->hyperparameters.threads = 1;
  f->axes = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_sweep_axis_free);
  f->job = (LatheSweepJob){.dataset = f->samples,
                           .graph = f->graph,
                           .preprocess = &f->preprocess,
                           .hyperparameters = &f->hyperparameters,
                           .axes = f->axes,
                           .list = f->path,
                           .network = "mlp"};
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
  g_ptr_array_unref (f->axes);
  lathe_graph_free (f->graph);
  few_free (f->samples);
}

static void
vary (Fixture *f, const char *text)
{
  g_autoptr (GError) error = NULL;
  LatheSweepAxis *axis = lathe_sweep_axis_parse (text, &error);

  g_assert_no_error (error);
  g_ptr_array_add (f->axes, axis);
}

static LatheSweepReport *
sweep (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  LatheSweepReport *report = lathe_sweep (&f->job, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return report;
}

static const LatheSwept *
get (const LatheSweepReport *report, guint i)
{
  g_assert_cmpuint (i, <, report->swept->len);
  return report->swept->pdata[i];
}

static LatheRun *
find_run (Fixture *f, gint64 id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheRuns) runs = lathe_runs_open (f->path, &error);
  LatheRun *run;

  g_assert_no_error (error);
  run = lathe_runs_find (runs, id, &error);
  g_assert_no_error (error);
  return run;
}

/* --- Axes --- */

static void
assert_list (const char *text, guint n, const double *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheSweepAxis) axis = lathe_sweep_axis_parse (text, &error);
  g_autoptr (GArray) list = NULL;

  g_assert_no_error (error);
  list = lathe_sweep_axis_list (axis);
  g_assert_cmpmem (list->data, list->len * sizeof (double), expected, n * sizeof (double));
}

static void
test_a_grid_has_the_values_that_were_typed (void)
{
  assert_list ("batch=16,32,64", 3, (double[]){16, 32, 64});
  assert_list ("lr=1e-4..1e-1:4", 4, (double[]){1e-4, 1e-3, 1e-2, 1e-1});
  assert_list ("momentum=0.5..0.9", 5, (double[]){0.5, 0.6, 0.7, 0.8, 0.9});
  assert_list ("rate=0.1..0.4:linear:4", 4, (double[]){0.1, 0.2, 0.3, 0.4});
  assert_list ("cutout=0..2", 3, (double[]){0, 1, 2}); /* no more whole numbers than there are */
  assert_list ("optimizer=sgd,adam", 2, (double[]){LATHE_OPTIMIZER_SGD, LATHE_OPTIMIZER_ADAM});
  assert_list ("seed=1,2", 2, (double[]){1, 2});
}

static void
test_what_makes_no_sense_is_refused_with_a_reason (void)
{
  static const char *const texts[] = {
      "batch",           "speed=1,2", "batch=0,1", "batch=sixteen", "lr=0.1..0.01", "optimizer=a..b", "lr=1e-3..1:fast",
      "cutout=0..8:log", "seed=-1",   "lr=",       "lr=..",         "lr=1e-3..1:1", "optimizer=adam,"};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lathe_sweep_axis_parse (texts[i], &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
      g_assert_cmpuint (strlen (error->message), >, 10);
    }
}

/* --- Which runs there are --- */

static void
assert_refused (Fixture *f, const char *about)
{
  g_autoptr (GError) error = NULL;
  guint n_runs;
  guint64 n_epochs;

  g_assert_false (lathe_sweep_count (&f->job, &n_runs, &n_epochs, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  if (strstr (error->message, about) == NULL)
    g_error ("“%s” says nothing of “%s”", error->message, about);
}

static void
test_a_sweep_that_makes_no_sense_is_refused (Fixture *f, gconstpointer data)
{
  assert_refused (f, "No setting varies");
  vary (f, "momentum=0.5,0.9");
  assert_refused (f, "Momentum"); /* Adam has none */
  vary (f, "optimizer=momentum,nesterov");
  f->job.runs = 3;
  assert_refused (f, "4 combinations");
  vary (f, "optimizer=adam");
  assert_refused (f, "twice");
  g_ptr_array_set_size (f->axes, 0);
  vary (f, "epochs=1,2");
  f->job.method = LATHE_SWEEP_HALVING;
  assert_refused (f, "Halving");
  f->job.method = LATHE_SWEEP_RANDOM;
  f->job.runs = 0;
  assert_refused (f, "from 1 to");
}

static void
assert_count (Fixture *f, LatheSweepMethod method, guint runs, guint n_runs, guint n_epochs)
{
  g_autoptr (GError) error = NULL;
  guint n;
  guint64 epochs;

  f->job.method = method;
  f->job.runs = runs;
  g_assert_true (lathe_sweep_count (&f->job, &n, &epochs, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, n_runs);
  g_assert_cmpuint (epochs, ==, n_epochs);
}

static void
test_runs_and_epochs_are_counted_beforehand (Fixture *f, gconstpointer data)
{
  vary (f, "optimizer=momentum,adam");
  vary (f, "momentum=0.5,0.9");
  f->hyperparameters.epochs = 9;
  assert_count (f, LATHE_SWEEP_GRID, 0, 3, 27);    /* Adam has no momentum: two of four are the same */
  assert_count (f, LATHE_SWEEP_RANDOM, 50, 3, 27); /* nor are there more to be drawn */
  vary (f, "lr=1e-4..1e-1");
  assert_count (f, LATHE_SWEEP_RANDOM, 50, 50, 450);
  assert_count (f, LATHE_SWEEP_HALVING, 9, 9, 9 * 1 + 3 * 2 + 1 * 6);
  f->hyperparameters.epochs = 2;
  assert_count (f, LATHE_SWEEP_HALVING, 9, 9, 18); /* too few to be divided */
}

/* --- What becomes of them --- */

static void
test_a_grid_trains_every_combination_as_it_would_be_trained_alone (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSweepReport) report = NULL;

  vary (f, "lr=0.001,0.01");
  vary (f, "batch=16,64");
  report = sweep (f);
  g_assert_cmpint (report->state, ==, LATHE_SWEEP_FINISHED);
  g_assert_cmpuint (report->n_over, ==, 4);
  g_assert_cmpstr (report->group, ==, "sweep-1");
  g_assert_cmpstr (get (report, 1)->settings, ==, "Learning rate 0.001, Batch 64");
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (LatheTrainer) alone =
          lathe_trainer_new (f->samples, f->graph, &f->preprocess, &get (report, i)->hyperparameters, NULL, NULL, NULL);
      g_autoptr (LatheSnapshot) end = NULL;
      g_autoptr (LatheRun) run = find_run (f, get (report, i)->run);
      g_autofree char *weights = NULL;

      g_assert_cmpint (get (report, i)->state, ==, LATHE_SWEPT_FINISHED);
      g_assert_cmpstr (run->group, ==, report->group);
      lathe_trainer_start (alone);
      end = lathe_trainer_wait (alone);
      weights = lathe_model_weights_sha256 (end->best);
      g_assert_cmpstr (run->weights, ==, weights);
      g_assert_true (g_file_test (run->model, G_FILE_TEST_EXISTS));
      g_assert_false (g_file_test (run->checkpoint, G_FILE_TEST_EXISTS));
    }
}

static void
test_draws_are_the_same_for_the_same_seed_on_any_number_of_threads (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSweepReport) one = NULL, two = NULL, other = NULL;

  vary (f, "lr=1e-4..1e-1");
  vary (f, "batch=16..64");
  f->job.method = LATHE_SWEEP_RANDOM;
  f->job.runs = 3;
  one = sweep (f);
  f->hyperparameters.threads = 3;
  two = sweep (f);
  f->hyperparameters.seed = 2;
  other = sweep (f);
  g_assert_cmpstr (one->group, !=, two->group);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (LatheRun) a = find_run (f, get (one, i)->run), b = find_run (f, get (two, i)->run);

      g_assert_cmpstr (get (one, i)->settings, ==, get (two, i)->settings);
      g_assert_cmpstr (get (one, i)->settings, !=, get (other, i)->settings);
      g_assert_cmpstr (a->weights, ==, b->weights);
      g_assert_cmpfloat (get (one, i)->hyperparameters.learning_rate, >=, 1e-4);
      g_assert_cmpfloat (get (one, i)->hyperparameters.learning_rate, <=, 1e-1);
    }
}

/* The one that is left has been stopped twice, and taken up again. */
static void
test_halving_ends_with_the_run_that_would_have_been_trained_alone (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSweepReport) report = NULL;
  g_autoptr (LatheTrainer) alone = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (LatheRun) run = NULL;
  g_autofree char *weights = NULL;
  guint n_of_epochs[10] = {0};

  vary (f, "lr=1e-5..1e-1");
  f->job.method = LATHE_SWEEP_HALVING;
  f->job.runs = 9;
  f->hyperparameters.epochs = 9;
  f->hyperparameters.schedule = LATHE_SCHEDULE_COSINE;
  report = sweep (f);
  for (guint i = 0; i < 9; i++)
    n_of_epochs[get (report, i)->epoch]++;
  g_assert_cmpuint (n_of_epochs[1], ==, 6);
  g_assert_cmpuint (n_of_epochs[3], ==, 2);
  g_assert_cmpuint (n_of_epochs[9], ==, 1);
  g_assert_cmpuint (get (report, (guint) report->best)->epoch, ==, 9);
  run = find_run (f, get (report, (guint) report->best)->run);
  g_assert_cmpint (run->state, ==, LATHE_RUN_FINISHED);
  g_assert_cmpuint (run->epoch, ==, 9);
  alone = lathe_trainer_new (f->samples, f->graph, &f->preprocess, &get (report, (guint) report->best)->hyperparameters,
                             NULL, NULL, NULL);
  lathe_trainer_start (alone);
  end = lathe_trainer_wait (alone);
  weights = lathe_model_weights_sha256 (end->best);
  g_assert_cmpstr (run->weights, ==, weights);
}

static void
test_a_run_that_fails_does_not_end_the_sweep (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSweepReport) report = NULL;
  g_autoptr (LatheRun) failed = NULL;

  vary (f, "lr=1e30,0.01");
  f->hyperparameters.optimizer = LATHE_OPTIMIZER_SGD;
  report = sweep (f);
  g_assert_cmpint (get (report, 0)->state, ==, LATHE_SWEPT_FAILED);
  g_assert_nonnull (get (report, 0)->reason);
  g_assert_cmpint (get (report, 1)->state, ==, LATHE_SWEPT_FINISHED);
  g_assert_cmpint (report->best, ==, 1);
  failed = find_run (f, get (report, 0)->run);
  g_assert_cmpint (failed->state, ==, LATHE_RUN_FAILED);
  g_assert_cmpstr (failed->error, ==, get (report, 0)->reason);
}

static void
test_a_sweep_of_which_every_run_fails_says_why (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  vary (f, "lr=1e29,1e30");
  f->hyperparameters.optimizer = LATHE_OPTIMIZER_SGD;
  g_assert_null (lathe_sweep (&f->job, NULL, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_DATA);
}

static void
cancel_in_the_second (LatheSweepReport *report, gpointer cancellable)
{
  if (report->n_over == 1 && get (report, 1)->state == LATHE_SWEPT_TRAINING)
    g_cancellable_cancel (cancellable);
}

static void
test_a_sweep_that_is_cancelled_keeps_what_there_is (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheSweepReport) report = NULL;

  vary (f, "lr=0.001,0.01,0.1");
  report = lathe_sweep (&f->job, cancel_in_the_second, cancellable, cancellable, &error);
  g_assert_no_error (error);
  g_assert_cmpint (report->state, ==, LATHE_SWEEP_STOPPED);
  g_assert_cmpint (get (report, 0)->state, ==, LATHE_SWEPT_FINISHED);
  g_assert_cmpint (get (report, 1)->state, ==, LATHE_SWEPT_CUT_OFF);
  g_assert_cmpint (get (report, 2)->state, ==, LATHE_SWEPT_CUT_OFF);
  g_assert_cmpint (get (report, 2)->run, ==, 0);
}

static void
look_at_fraction (LatheSweepReport *report, gpointer data)
{
  double *last = data;

  g_assert_cmpfloat (report->fraction, >=, *last);
  g_assert_cmpfloat (report->fraction, <=, 1);
  *last = report->fraction;
}

static void
test_progress_goes_one_way_and_ends_at_all (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheSweepReport) report = NULL;
  double last = 0;

  vary (f, "lr=1e-4..1e-2");
  f->job.method = LATHE_SWEEP_HALVING;
  f->job.runs = 4;
  f->hyperparameters.epochs = 3;
  report = lathe_sweep (&f->job, look_at_fraction, &last, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (last, ==, 1);
  g_assert_cmpuint (report->n_over, ==, 4);
}

#define ADD(name) g_test_add ("/sweep/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sweep/a_grid_has_the_values_that_were_typed", test_a_grid_has_the_values_that_were_typed);
  g_test_add_func ("/sweep/what_makes_no_sense_is_refused_with_a_reason",
                   test_what_makes_no_sense_is_refused_with_a_reason);
  ADD (a_sweep_that_makes_no_sense_is_refused);
  ADD (runs_and_epochs_are_counted_beforehand);
  ADD (a_grid_trains_every_combination_as_it_would_be_trained_alone);
  ADD (draws_are_the_same_for_the_same_seed_on_any_number_of_threads);
  ADD (halving_ends_with_the_run_that_would_have_been_trained_alone);
  ADD (a_run_that_fails_does_not_end_the_sweep);
  ADD (a_sweep_of_which_every_run_fails_says_why);
  ADD (a_sweep_that_is_cancelled_keeps_what_there_is);
  ADD (progress_goes_one_way_and_ends_at_all);
  return g_test_run ();
}
