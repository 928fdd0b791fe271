/* test-runs.c: what was trained stays known, whoever looks meanwhile and whatever happens to who trains.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "few.h"

#define N_OF_A_CLASS 40
#define SECONDS 60 /* longer than anything here takes */

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

  f->folder = g_dir_make_tmp ("lathe-runs-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "deeper", "runs.db", NULL);
  f->samples = few_new (N_OF_A_CLASS);
  lathe_dataset_suggest (f->samples, 0, 0, &f->preprocess);
  f->graph = lathe_preset_load ("mlp", &error);
  g_assert_no_error (error);
  lathe_graph_adapt (f->graph, &LATHE_SHAPE_IMAGE (f->preprocess.height, f->preprocess.width, f->preprocess.channels),
                     lathe_dataset_get_n_classes (f->samples));
  lathe_hyperparameters_defaults (&f->hyperparameters);
  f->hyperparameters.epochs = 3;
  f->hyperparameters.threads = 1;
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

static LatheTrainer *
new_trainer (Fixture *f, LatheObserver observer, gpointer data)
{
  g_autoptr (GError) error = NULL;
  LatheTrainer *trainer =
      lathe_trainer_new (f->samples, f->graph, &f->preprocess, &f->hyperparameters, observer, data, &error);

  g_assert_no_error (error);
  return trainer;
}

static void
record (Fixture *f, LatheTrainer *trainer)
{
  lathe_trainer_record (trainer, &(LatheRecord){.path = f->path, .name = "first try", .network = "mlp"});
}

static LatheRuns *
open_list (const char *path)
{
  g_autoptr (GError) error = NULL;
  LatheRuns *runs = lathe_runs_open (path, &error);

  g_assert_no_error (error);
  return runs;
}

static LatheRun *
find (LatheRuns *runs, gint64 id)
{
  g_autoptr (GError) error = NULL;
  LatheRun *run = lathe_runs_find (runs, id, &error);

  g_assert_no_error (error);
  return run;
}

/* Trains to the end. (transfer full): the last snapshot. */
static LatheSnapshot *
train (Fixture *f, LatheObserver observer, gpointer data)
{
  g_autoptr (LatheTrainer) trainer = new_trainer (f, observer, data);

  record (f, trainer);
  lathe_trainer_start (trainer);
  return lathe_trainer_wait (trainer);
}

static void
assert_same_epochs (const GArray *a, const GArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const LatheEpoch *x = &g_array_index (a, LatheEpoch, i), *y = &g_array_index (b, LatheEpoch, i);

      g_assert_cmpuint (x->epoch, ==, y->epoch);
      g_assert_true (x->loss == y->loss && x->accuracy == y->accuracy && x->validation_loss == y->validation_loss &&
                     x->validation_accuracy == y->validation_accuracy &&
                     x->validation_macro_f1 == y->validation_macro_f1 && x->learning_rate == y->learning_rate &&
                     x->seconds == y->seconds && x->images_per_second == y->images_per_second && x->best == y->best &&
                     x->step == y->step && x->elapsed == y->elapsed);
      g_assert_cmpmem (x->phases, sizeof x->phases, y->phases, sizeof y->phases);
    }
}

static void
collect_points (LatheSnapshot *snapshot, gpointer points)
{
  g_array_append_vals (points, snapshot->points->data, snapshot->points->len);
}

static void
test_all_of_a_run_is_written_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  g_autoptr (LatheSnapshot) end = train (f, collect_points, seen);
  g_autoptr (LatheRuns) runs = open_list (f->path);
  g_autoptr (GArray) epochs = lathe_runs_epochs (runs, 1, NULL), points = lathe_runs_points (runs, 1, NULL);
  g_autoptr (LatheRun) run = find (runs, 1);
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *weights = lathe_model_weights_sha256 (end->best);
  LatheHyperparameters hyperparameters;
  LathePreprocess preprocess;

  assert_same_epochs (epochs, end->finished);
  g_assert_cmpmem (points->data, points->len * sizeof (LathePoint), seen->data, seen->len * sizeof (LathePoint));
  g_assert_cmpuint (points->len, >, 0);
  g_assert_cmpint (run->state, ==, LATHE_RUN_FINISHED);
  g_assert_cmpuint (run->epoch, ==, 3);
  g_assert_cmpuint (run->scores.best_epoch, ==, end->best->scores.best_epoch);
  g_assert_true (run->scores.validation_accuracy == end->best->scores.validation_accuracy);
  g_assert_true (run->scores.test_accuracy == end->test_accuracy);
  g_assert_cmpstr (run->weights, ==, weights);
  g_assert_cmpint (run->ended, >=, run->began);
  model = lathe_model_load (run->model, &error);
  g_assert_no_error (error);
  g_assert_true (lathe_runs_settings (runs, 1, &graph, &preprocess, &error));
  g_assert_true (lathe_graph_equal (graph, f->graph));
  g_assert_true (lathe_hyperparameters_from_json (run->hyperparameters, &hyperparameters, &error));
  hyperparameters.threads = f->hyperparameters.threads;
  g_assert_true (lathe_hyperparameters_equal (&hyperparameters, &f->hyperparameters));
}

/* The list, as whoever is shown an epoch finds it at that very moment. */
static void
look_at_each_epoch (LatheSnapshot *snapshot, gpointer path)
{
  g_autoptr (LatheRuns) runs = open_list (path);
  g_autoptr (GArray) epochs = lathe_runs_epochs (runs, 1, NULL);

  assert_same_epochs (epochs, snapshot->finished);
}

static void
test_an_epoch_is_in_the_list_before_it_is_shown (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, look_at_each_epoch, f->path);

  g_assert_cmpuint (end->finished->len, ==, 3);
}

static void
test_what_a_person_writes_stays_and_deleting_is_undone (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, NULL, NULL);
  g_autoptr (LatheRuns) runs = open_list (f->path), others = open_list (f->path);
  guint64 version = lathe_runs_version (others);
  g_autoptr (GPtrArray) none = NULL, again = NULL;
  g_autoptr (LatheRun) run = NULL, gone = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (lathe_runs_set_name (runs, 1, "a “name”, with 'all'; --", &error));
  g_assert_true (lathe_runs_set_note (runs, 1, "说明", &error));
  g_assert_true (lathe_runs_set_tags (runs, 1, "a,b", &error));
  g_assert_true (lathe_runs_set_deleted (runs, 1, TRUE, &error));
  g_assert_cmpuint (lathe_runs_version (others), !=, version);
  none = lathe_runs_list (others, &error);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (lathe_runs_purge (runs, G_TIME_SPAN_HOUR, &error));
  g_assert_true (lathe_runs_set_deleted (others, 1, FALSE, &error));
  again = lathe_runs_list (runs, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->len, ==, 1);
  run = find (runs, 1);
  g_assert_cmpstr (run->name, ==, "a “name”, with 'all'; --");
  g_assert_cmpstr (run->note, ==, "说明");
  g_assert_cmpstr (run->tags, ==, "a,b");
  g_assert_true (g_file_test (run->model, G_FILE_TEST_EXISTS));

  g_assert_true (lathe_runs_set_deleted (runs, 1, TRUE, &error));
  g_assert_true (lathe_runs_purge (runs, 0, &error));
  gone = lathe_runs_find (runs, 1, &error);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_assert_null (gone);
  g_assert_false (g_file_test (run->model, G_FILE_TEST_EXISTS));
}

/* Waits until another connection sees the run, and in this state. */
static void
wait_for (LatheRuns *runs, gint64 id, LatheRunState state)
{
  for (guint i = 0; i < SECONDS * 50; i++)
    {
      g_autoptr (LatheRun) run = lathe_runs_find (runs, id, NULL);

      if (run != NULL && run->state == state)
        return;
      g_usleep (G_USEC_PER_SEC / 50);
    }
  g_assert_not_reached ();
}

static void
test_another_program_pauses_resumes_and_stops_it (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GError) error = NULL;

  f->hyperparameters.epochs = 100000;
  trainer = new_trainer (f, NULL, NULL);
  record (f, trainer);
  lathe_trainer_start (trainer);
  runs = open_list (f->path);
  wait_for (runs, 1, LATHE_RUN_UNDER_WAY);
  g_assert_true (lathe_runs_ask (runs, 1, LATHE_RUN_ASKED_TO_PAUSE, &error));
  wait_for (runs, 1, LATHE_RUN_PAUSED);
  g_assert_true (lathe_runs_ask (runs, 1, LATHE_RUN_ASKED_TO_RESUME, &error));
  wait_for (runs, 1, LATHE_RUN_UNDER_WAY);
  g_assert_true (lathe_runs_ask (runs, 1, LATHE_RUN_ASKED_TO_STOP, &error));
  end = lathe_trainer_wait (trainer);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_STOPPED);
  wait_for (runs, 1, LATHE_RUN_STOPPED);
  g_assert_false (lathe_runs_ask (runs, 1, LATHE_RUN_ASKED_TO_STOP, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
}

/* On the trainer's thread. */
static void
stop_in_the_first_epoch (LatheSnapshot *snapshot, gpointer trainer)
{
  lathe_trainer_stop (*(LatheTrainer **) trainer);
}

static void
stop_after_two_epochs (LatheSnapshot *snapshot, gpointer trainer)
{
  if (snapshot->finished->len == 2)
    lathe_trainer_stop (*(LatheTrainer **) trainer);
}

/* Begins, or goes on where the checkpoint is. (transfer full): the last snapshot. */
static LatheSnapshot *
go_on (Fixture *f, const char *checkpoint, LatheObserver observer)
{
  LatheUnfinished *unfinished = lathe_unfinished_read (checkpoint, NULL);
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;

  trainer = new_trainer (f, observer, &trainer);
  if (unfinished != NULL)
    g_assert_true (lathe_trainer_take_up (trainer, unfinished, &error));
  lathe_trainer_set_checkpoint (trainer, checkpoint);
  record (f, trainer);
  lathe_trainer_start (trainer);
  return lathe_trainer_wait (trainer);
}

/* Two epochs are lost when it goes on from where it was left first, and made anew. */
static void
test_a_run_that_goes_on_is_one_run (Fixture *f, gconstpointer data)
{
  g_autofree char *checkpoint = g_build_filename (f->folder, "checkpoint", NULL);
  g_autofree char *previous = lathe_checkpoint_previous (checkpoint), *early = NULL;
  g_autoptr (LatheSnapshot) left = NULL, left_again = NULL, end = NULL;
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GArray) points = NULL, epochs = NULL;
  gsize length;

  f->hyperparameters.epochs = 4;
  left = go_on (f, checkpoint, stop_in_the_first_epoch);
  g_assert_true (g_file_get_contents (checkpoint, &early, &length, NULL));
  left_again = go_on (f, checkpoint, stop_after_two_epochs);
  g_assert_cmpuint (left_again->finished->len, ==, 2);
  g_assert_true (g_file_set_contents (checkpoint, early, (gssize) length, NULL));
  g_remove (previous);
  end = go_on (f, checkpoint, NULL);

  runs = open_list (f->path);
  list = lathe_runs_list (runs, NULL);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpint (((LatheRun *) list->pdata[0])->state, ==, LATHE_RUN_FINISHED);
  epochs = lathe_runs_epochs (runs, 1, NULL);
  assert_same_epochs (epochs, end->finished);
  points = lathe_runs_points (runs, 1, NULL);
  for (guint i = 1; i < points->len; i++)
    g_assert_cmpfloat (g_array_index (points, LathePoint, i - 1).epoch, <, g_array_index (points, LathePoint, i).epoch);
}

/* Of another network than the checkpoint is of, it cannot go on; with its own it can, from where it was left. */
static void
test_a_run_that_cannot_go_on_keeps_what_was_written (Fixture *f, gconstpointer data)
{
  g_autofree char *checkpoint = g_build_filename (f->folder, "checkpoint", NULL);
  g_autoptr (LatheGraph) own = f->graph, other = lathe_preset_load ("lenet", NULL);
  g_autoptr (LatheSnapshot) left = NULL, failed = NULL, end = NULL;
  g_autoptr (LatheRuns) runs = open_list (f->path);
  g_autoptr (GArray) points = NULL, same_points = NULL, epochs = NULL, all = NULL;
  g_autoptr (LatheRun) before = NULL, after = NULL, last = NULL;

  lathe_graph_adapt (other, &LATHE_SHAPE_IMAGE (f->preprocess.height, f->preprocess.width, f->preprocess.channels),
                     lathe_dataset_get_n_classes (f->samples));
  f->hyperparameters.epochs = 4;
  left = go_on (f, checkpoint, stop_after_two_epochs);
  before = find (runs, 1);
  points = lathe_runs_points (runs, 1, NULL);
  g_assert_cmpuint (points->len, >, 0);

  f->graph = other;
  failed = go_on (f, checkpoint, NULL);
  f->graph = lathe_graph_copy (own);
  g_assert_cmpint (failed->state, ==, LATHE_TRAINER_FAILED);
  after = find (runs, 1);
  g_assert_cmpint (after->state, ==, LATHE_RUN_FAILED);
  g_assert_cmpstr (after->error, ==, failed->error->message);
  g_assert_cmpint (after->ended, >=, before->ended);
  g_assert_cmpuint (after->epoch, ==, 2);
  g_assert_cmpuint (after->scores.best_epoch, ==, before->scores.best_epoch);
  g_assert_true (after->scores.validation_accuracy == before->scores.validation_accuracy);
  g_assert_cmpstr (after->weights, ==, before->weights);
  epochs = lathe_runs_epochs (runs, 1, NULL);
  assert_same_epochs (epochs, left->finished);
  same_points = lathe_runs_points (runs, 1, NULL);
  g_assert_cmpmem (same_points->data, same_points->len * sizeof (LathePoint), points->data,
                   points->len * sizeof (LathePoint));

  end = go_on (f, checkpoint, NULL);
  last = find (runs, 1);
  g_assert_cmpint (last->state, ==, LATHE_RUN_FINISHED);
  g_assert_cmpstr (last->error, ==, "");
  all = lathe_runs_epochs (runs, 1, NULL);
  g_assert_cmpuint (all->len, ==, 4);
  assert_same_epochs (all, end->finished);
}

/* In a process of its own: trains until it is killed, and tells of each epoch by a byte. */
typedef struct
{
  guint told;
  int pipe;
} Teller;

static void
tell_epochs (LatheSnapshot *snapshot, gpointer data)
{
  Teller *teller = data;

  for (; teller->told < snapshot->finished->len; teller->told++)
    if (write (teller->pipe, "e", 1) != 1)
      _exit (1);
}

static void
train_until_killed (Fixture *f, int out)
{
  Teller teller = {.pipe = out};
  g_autoptr (LatheSnapshot) end = NULL;

  f->hyperparameters.epochs = 100000;
  end = train (f, tell_epochs, &teller);
  _exit (1);
}

static gboolean
is_sound (const char *path)
{
  const char *argv[] = {"sqlite3", path, "PRAGMA integrity_check", NULL};
  g_autofree char *out = NULL;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL, NULL));
  return g_str_equal (g_strstrip (out), "ok");
}

static void
test_nothing_shown_is_lost_when_it_is_killed (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 5; i++)
    {
      guint shown = 0;
      int ends[2];
      pid_t child;
      char byte;

      g_assert_cmpint (pipe (ends), ==, 0);
      child = fork ();
      if (child == 0)
        train_until_killed (f, ends[1]);
      close (ends[1]);
      while (shown < 3 + i && read (ends[0], &byte, 1) == 1)
        shown++;
      g_usleep (7000 * i);
      kill (child, SIGKILL);
      while (read (ends[0], &byte, 1) == 1)
        shown++;
      close (ends[0]);
      waitpid (child, NULL, 0);
      {
        g_autoptr (LatheRuns) runs = open_list (f->path);
        g_autoptr (GArray) epochs = lathe_runs_epochs (runs, i + 1, NULL);
        g_autoptr (LatheRun) run = find (runs, i + 1);

        g_assert_cmpuint (epochs->len, >=, shown);
        g_assert_cmpuint (shown, >=, 3);
        g_assert_cmpint (run->state, ==, LATHE_RUN_BROKEN_OFF);
      }
      g_assert_true (is_sound (f->path));
    }
}

static void
assert_same_looks (const LatheLayerLooks *a, const LatheLayerLooks *b)
{
  g_assert_cmpuint (a->epoch, ==, b->epoch);
  g_assert_cmpuint (a->layers->len, ==, b->layers->len);
  g_assert_cmpuint (a->layers->len, >, 0);
  for (guint i = 0; i < a->layers->len; i++)
    {
      const LatheLayerLook *x = &g_array_index (a->layers, LatheLayerLook, i);
      const LatheLayerLook *y = &g_array_index (b->layers, LatheLayerLook, i);

      g_assert_cmpstr (x->name, ==, y->name);
      g_assert_cmpmem (&x->weights, sizeof x->weights, &y->weights, sizeof y->weights);
      g_assert_cmpmem (&x->activations, sizeof x->activations, &y->activations, sizeof y->activations);
      g_assert_true (x->units == y->units && x->dead == y->dead);
    }
}

/* The trainer does not hold all of a long training; the list has each epoch's. */
static void
test_layers_are_written_down (Fixture *f, gconstpointer data)
{
  const guint n = f->hyperparameters.epochs = LATHE_MOST_LOOKS + 20;
  g_autoptr (LatheSnapshot) end = train (f, NULL, NULL);
  g_autoptr (LatheRuns) runs = open_list (f->path);
  g_autoptr (GPtrArray) layers = lathe_runs_layers (runs, 1, FALSE, NULL),
                        thinned = lathe_runs_layers (runs, 1, TRUE, NULL);

  g_assert_cmpuint (layers->len, ==, n);
  g_assert_cmpuint (thinned->len, ==, n / 2 + 1); /* 1, 3, 5… and the last */
  g_assert_cmpuint (end->layers->len, ==, thinned->len);
  for (guint e = 0; e < n; e++)
    g_assert_cmpuint (((const LatheLayerLooks *) layers->pdata[e])->epoch, ==, e + 1);
  for (guint e = 0; e < thinned->len; e++)
    {
      const LatheLayerLooks *a = end->layers->pdata[e];

      g_assert_cmpuint (a->epoch, ==, MIN (2 * e + 1, n));
      assert_same_looks (a, layers->pdata[a->epoch - 1]);
      assert_same_looks (a, thinned->pdata[e]);
    }
}

static void
run_sql (const char *path, const char *sql)
{
  const char *argv[] = {"sqlite3", path, sql, NULL};
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
}

/* As it is left by whoever asks in the last moment, when nobody listens any more. */
static void
test_what_was_asked_before_a_run_ended_is_not_asked_of_its_going_on (Fixture *f, gconstpointer data)
{
  g_autofree char *checkpoint = g_build_filename (f->folder, "checkpoint", NULL);
  g_autofree char *sql = g_strdup_printf ("INSERT INTO wish (run, wish) VALUES (1, %d)", LATHE_RUN_ASKED_TO_STOP);
  g_autoptr (LatheSnapshot) left = NULL, end = NULL;

  f->hyperparameters.epochs = 20;
  left = go_on (f, checkpoint, stop_after_two_epochs);
  g_assert_cmpint (left->state, ==, LATHE_TRAINER_STOPPED);
  run_sql (f->path, sql);
  end = go_on (f, checkpoint, NULL);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FINISHED);
  g_assert_cmpuint (end->finished->len, ==, 20);
}

/* As the first version made it. */
static void
test_list_of_an_earlier_version_is_read_and_goes_on (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, NULL, NULL);
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GArray) points = NULL, epochs = NULL, newer = NULL;
  g_autoptr (LatheSnapshot) second = NULL;

  run_sql (f->path, "ALTER TABLE points DROP COLUMN more; DROP TABLE epoch_course; DROP TABLE layer;");
  runs = open_list (f->path);
  points = lathe_runs_points (runs, 1, NULL);
  epochs = lathe_runs_epochs (runs, 1, NULL);
  g_assert_cmpuint (points->len, >, 0);
  g_assert_cmpuint (epochs->len, ==, 3);
  g_assert_cmpfloat (g_array_index (points, LathePoint, 0).loss, >, 0);
  g_assert_true (isnan (g_array_index (points, LathePoint, 0).gradient_norm));
  g_assert_true (isnan (g_array_index (epochs, LatheEpoch, 2).phases[LATHE_PHASE_FORWARD]));
  g_assert_cmpfloat (g_array_index (epochs, LatheEpoch, 2).loss, ==, g_array_index (end->finished, LatheEpoch, 2).loss);

  second = train (f, NULL, NULL);
  newer = lathe_runs_epochs (runs, 2, NULL);
  assert_same_epochs (newer, second->finished);
}

static void
test_other_files_are_refused_by_name (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_build_filename (f->folder, "text.db", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheRuns) runs = NULL;
  g_autofree char *bytes = g_strnfill (5000, 'x');

  g_assert_true (g_file_set_contents (text, bytes, 5000, NULL));
  runs = lathe_runs_open (text, &error);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "text.db"));
  g_assert_null (runs);
  g_clear_error (&error);
  runs = lathe_runs_open ("/proc/none/runs.db", &error);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
  g_assert_null (runs);
}

static void
test_a_list_is_taken_along_and_none_is_written_over (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, NULL, NULL);
  g_autofree char *beside = lathe_runs_beside ("/somewhere/cats.lathe");
  g_autofree char *other = g_build_filename (f->folder, "other.runs", "runs.db", NULL);
  g_autoptr (LatheRuns) copy = NULL;
  g_autoptr (LatheRun) run = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (beside, ==, "/somewhere/cats.runs");
  g_assert_true (lathe_runs_copy (f->path, other, &error));
  copy = open_list (other);
  run = find (copy, 1);
  g_assert_cmpuint (run->epoch, ==, end->finished->len);
  g_assert_true (g_file_test (run->model, G_FILE_TEST_EXISTS));
  g_assert_true (lathe_runs_set_name (copy, 1, "there", &error));
  g_assert_true (lathe_runs_copy (f->path, other, &error));
  lathe_run_free (run);
  run = find (copy, 1);
  g_assert_cmpstr (run->name, ==, "there");
}

/* A link that leads nowhere stands for a list that another thread has made while this one was copied: it is seen only
 * when the copy is to take its place. */
static void
test_a_list_that_is_made_during_the_copying_stays (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, NULL, NULL);
  g_autofree char *folder = g_build_filename (f->folder, "new.runs", NULL);
  g_autofree char *other = g_build_filename (folder, "runs.db", NULL), *part = g_strconcat (other, ".part", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (symlink ("nowhere", other), ==, 0);
  g_assert_true (lathe_runs_copy (f->path, other, &error));
  g_assert_true (g_file_test (other, G_FILE_TEST_IS_SYMLINK));
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
}

/* Of this process, whatever else the machine does. */
static double
processor_seconds (void)
{
  return (double) clock () / CLOCKS_PER_SEC;
}

static void
test_ten_thousand_runs_are_listed_within_a_second (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheSnapshot) end = train (f, NULL, NULL);
  g_autofree char *sql =
      g_strdup ("WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
                "INSERT INTO run SELECT i, name || i, note, tags, 'sweep-' || (i / 100), state, process, began, ended, "
                "source, split, "
                "network, graph, preprocess, replace (hyperparameters, '\"seed\":\"1\"', '\"seed\":\"' || i || '\"'), "
                "parameters, epochs, epoch, seconds, best_epoch, "
                "validation_loss, validation_accuracy, test_loss, test_accuracy, machine, program, weights, model, "
                "checkpoint, error, deleted FROM run, n WHERE id = 1");
  const char *argv[] = {"sqlite3", f->path, sql, NULL};
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_auto (GStrv) apart = NULL;
  double begin, listed;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  begin = processor_seconds ();
  runs = open_list (f->path);
  list = lathe_runs_list (runs, NULL);
  listed = processor_seconds ();
  g_assert_cmpfloat (listed - begin, <, 1);
  g_assert_cmpuint (list->len, ==, 10000);
  apart = lathe_runs_tell_apart (list);
  g_assert_cmpstr (apart[0], ==, "Seed 10000");
  g_test_message ("%.3f s, and %.3f s to tell them apart", listed - begin, processor_seconds () - listed);
}

static void
test_runs_are_told_apart_by_what_differs (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_auto (GStrv) apart = NULL;

  f->hyperparameters.epochs = 1;
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (LatheSnapshot) end = NULL;

      f->hyperparameters.learning_rate = i == 1 ? 0.004 : 0.001;
      f->hyperparameters.seed = i;
      end = train (f, NULL, NULL);
    }
  runs = open_list (f->path);
  list = lathe_runs_list (runs, NULL);
  apart = lathe_runs_tell_apart (list);
  g_assert_cmpstr (apart[0], ==, "Learning rate 0.001, Seed 2");
  g_assert_cmpstr (apart[1], ==, "Learning rate 0.004, Seed 1");
  g_assert_cmpstr (apart[2], ==, "Learning rate 0.001, Seed 0");
  g_ptr_array_set_size (list, 1);
  g_strfreev (apart);
  apart = lathe_runs_tell_apart (list);
  g_assert_cmpstr (apart[0], ==, "");
}

static gpointer
open_and_close (gpointer path)
{
  lathe_runs_close (open_list (path));
  return NULL;
}

static void
test_a_new_list_is_found_by_many_at_once (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 25; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s.%u", f->path, i);
      GThread *threads[4];

      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new ("opens", open_and_close, path);
      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        g_thread_join (threads[j]);
    }
}

#define ADD(TEST) g_test_add ("/runs/" #TEST, Fixture, NULL, set_up, test_##TEST, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (all_of_a_run_is_written_down);
  ADD (an_epoch_is_in_the_list_before_it_is_shown);
  ADD (what_a_person_writes_stays_and_deleting_is_undone);
  ADD (another_program_pauses_resumes_and_stops_it);
  ADD (a_run_that_goes_on_is_one_run);
  ADD (a_run_that_cannot_go_on_keeps_what_was_written);
  ADD (what_was_asked_before_a_run_ended_is_not_asked_of_its_going_on);
  ADD (nothing_shown_is_lost_when_it_is_killed);
  ADD (layers_are_written_down);
  ADD (list_of_an_earlier_version_is_read_and_goes_on);
  ADD (a_new_list_is_found_by_many_at_once);
  ADD (other_files_are_refused_by_name);
  ADD (a_list_is_taken_along_and_none_is_written_over);
  ADD (a_list_that_is_made_during_the_copying_stays);
  ADD (runs_are_told_apart_by_what_differs);
  ADD (ten_thousand_runs_are_listed_within_a_second);
  return g_test_run ();
}
