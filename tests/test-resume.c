/* test-resume.c: a run that is left at any step and taken up again comes out as if it had never been left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "few.h"

#define N_OF_A_CLASS 80
#define BATCH 51 /* eleven steps an epoch, the last one smaller */
#define EPOCHS 3
#define SECONDS 60 /* longer than anything here takes */

/* Convolution, batch norm and dropout: weights, states and chance. */
static const char text[] =
    "{\"nodes\":["
    "{\"name\":\"input\",\"kind\":\"input\",\"inputs\":[],\"height\":28,\"width\":28,\"channels\":1},"
    "{\"name\":\"conv\",\"kind\":\"conv2d\",\"inputs\":[\"input\"],\"filters\":4,\"stride-height\":2,\"stride-width\":"
    "2},"
    "{\"name\":\"norm\",\"kind\":\"batch-norm\",\"inputs\":[\"conv\"]},"
    "{\"name\":\"relu\",\"kind\":\"relu\",\"inputs\":[\"norm\"]},"
    "{\"name\":\"flatten\",\"kind\":\"flatten\",\"inputs\":[\"relu\"]},"
    "{\"name\":\"dropout\",\"kind\":\"dropout\",\"inputs\":[\"flatten\"],\"rate\":0.3},"
    "{\"name\":\"dense\",\"kind\":\"dense\",\"inputs\":[\"dropout\"],\"units\":10,\"max-norm\":1,\"l2\":0.001,"
    "\"activation\":\"softmax\"}]}";

static LatheDataset *samples;
static LatheGraph *graph;
static LathePreprocess preprocess;
static char *folder, *path;

/* Each keeps something else of its past. */
static const LatheHyperparameters recipes[] = {
    {.optimizer = LATHE_OPTIMIZER_ADAM},
    {.optimizer = LATHE_OPTIMIZER_MOMENTUM,
     .schedule = LATHE_SCHEDULE_COSINE,
     .warm_up = 0.5,
     .average = 0.9,
     .clip_norm = 1,
     .precision = LATHE_PRECISION_BF16},
    {.optimizer = LATHE_OPTIMIZER_NESTEROV, .learning_rate = 0.02, .lower_rate = 0.4, .lookahead = 3},
    {.optimizer = LATHE_OPTIMIZER_LION,
     .learning_rate = 1e-4,
     .schedule = LATHE_SCHEDULE_PLATEAU,
     .patience = 1,
     .decay = 0.3,
     .best_by = LATHE_BEST_BY_LOSS},
    {.optimizer = LATHE_OPTIMIZER_RMSPROP, .schedule = LATHE_SCHEDULE_ONE_CYCLE, .best_by = LATHE_BEST_BY_MACRO_F1},
    {.optimizer = LATHE_OPTIMIZER_ADAGRAD, .early_stopping = 1, .learning_rate = 0.3, .loss = LATHE_LOSS_FOCAL},
};

static LatheHyperparameters
recipe (guint i, guint threads)
{
  const LatheHyperparameters *r = &recipes[i];
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.epochs = EPOCHS;
  h.batch = BATCH;
  h.threads = threads;
  h.optimizer = r->optimizer;
  h.schedule = r->schedule;
  h.warm_up = r->warm_up;
  h.average = r->average;
  h.lookahead = r->lookahead;
  h.clip_norm = r->clip_norm;
  h.best_by = r->best_by;
  h.loss = r->loss;
  h.precision = r->precision;
  h.early_stopping = r->early_stopping;
  h.learning_rate = r->learning_rate > 0 ? r->learning_rate : h.learning_rate;
  h.lower_rate = r->lower_rate > 0 ? r->lower_rate : h.lower_rate;
  h.patience = r->patience > 0 ? r->patience : h.patience;
  h.decay = r->decay > 0 ? r->decay : h.decay;
  return h;
}

/* The steps that the observer saw end, one by one, as the run goes in single steps. */
typedef struct
{
  GMutex lock;
  GCond changed;
  guint epoch, step;
  gboolean paused, over;
} Seen;

static void
see (LatheSnapshot *snapshot, gpointer data)
{
  Seen *seen = data;

  g_mutex_lock (&seen->lock);
  seen->epoch = snapshot->epoch;
  seen->step = snapshot->step;
  seen->paused = snapshot->state == LATHE_TRAINER_PAUSED;
  seen->over = snapshot->state >= LATHE_TRAINER_FINISHED;
  g_cond_broadcast (&seen->changed);
  g_mutex_unlock (&seen->lock);
}

static LatheTrainer *
make_trainer (const LatheHyperparameters *h, LatheObserver observer, gpointer data)
{
  g_autoptr (GError) error = NULL;
  LatheTrainer *trainer = lathe_trainer_new (samples, graph, &preprocess, h, observer, data, &error);

  g_assert_no_error (error);
  return trainer;
}

static char *
finish (LatheTrainer *trainer)
{
  g_autoptr (LatheSnapshot) end = NULL;

  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FINISHED);
  g_assert_null (end->warning);
  return lathe_model_weights_sha256 (end->best);
}

/* Goes `steps` single steps, and stops there. */
static void
leave_after (LatheTrainer *trainer, Seen *seen, guint steps)
{
  gint64 end = g_get_monotonic_time () + SECONDS * G_USEC_PER_SEC;
  g_autoptr (LatheSnapshot) last = NULL;
  guint epoch = 0, step = 0;

  lathe_trainer_pause (trainer);
  lathe_trainer_start (trainer);
  for (guint i = 0; i <= steps; i++)
    {
      g_mutex_lock (&seen->lock);
      while (!seen->over && (!seen->paused || (i > 0 && seen->epoch == epoch && seen->step == step)))
        g_assert_true (g_cond_wait_until (&seen->changed, &seen->lock, end));
      epoch = seen->epoch;
      step = seen->step;
      g_mutex_unlock (&seen->lock);
      if (i < steps)
        lathe_trainer_step (trainer);
    }
  lathe_trainer_stop (trainer);
  last = lathe_trainer_wait (trainer);
  g_assert_null (last->warning);
}

static LatheUnfinished *
read_unfinished (void)
{
  g_autoptr (GError) error = NULL;
  LatheUnfinished *unfinished = lathe_unfinished_read (path, &error);

  g_assert_no_error (error);
  return unfinished;
}

static LatheTrainer *
take_up (guint threads, LatheObserver observer, gpointer data)
{
  LatheUnfinished *unfinished = read_unfinished ();
  LatheHyperparameters h = unfinished->hyperparameters;
  g_autoptr (GError) error = NULL;
  LatheTrainer *trainer;

  g_assert_true (lathe_graph_equal (unfinished->graph, graph));
  h.threads = threads;
  trainer = make_trainer (&h, observer, data);
  lathe_trainer_set_checkpoint (trainer, path);
  g_assert_true (lathe_trainer_take_up (trainer, unfinished, &error));
  g_assert_no_error (error);
  return trainer;
}

/* Left at two random steps, and each time taken up on another number of threads. */
static void
test_left_and_taken_up (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  LatheHyperparameters h = recipe (i, 2);
  g_autoptr (LatheTrainer) whole = make_trainer (&h, NULL, NULL);
  g_autofree char *expected = finish (whole);
  LatheRng rng = lathe_rng (i, LATHE_RNG_AUGMENT, 0, 0);

  for (guint round = 0; round < 3; round++)
    {
      g_autofree char *sha256 = NULL;
      g_autoptr (LatheTrainer) last = NULL;

      for (guint leg = 0; leg < 2; leg++)
        {
          Seen seen = {.epoch = 0};
          g_autoptr (LatheTrainer) trainer = NULL;

          h.threads = 1 + leg;
          trainer = leg == 0 ? make_trainer (&h, see, &seen) : take_up (3, see, &seen);
          lathe_trainer_set_checkpoint (trainer, path);
          leave_after (trainer, &seen, lathe_rng_below (&rng, 2 * round + leg, 24));
        }
      last = take_up (1 + round, NULL, NULL);
      sha256 = finish (last);
      g_assert_cmpstr (sha256, ==, expected);
      lathe_checkpoint_remove (path);
    }
}

/* What was measured at the start is kept, and not measured anew. */
static void
test_measured_numbers_are_kept (void)
{
  LatheHyperparameters h = recipe (0, 2);
  LathePreprocess given = preprocess;
  Seen seen = {.epoch = 0};
  g_autofree char *expected = NULL, *sha256 = NULL;
  g_autoptr (GError) error = NULL;

  preprocess.measured = TRUE;
  g_autoptr (LatheTrainer) whole = make_trainer (&h, NULL, NULL);
  expected = finish (whole);
  g_autoptr (LatheTrainer) first = make_trainer (&h, see, &seen);
  lathe_trainer_set_checkpoint (first, path);
  leave_after (first, &seen, 5);

  g_autoptr (LatheUnfinished) unfinished = read_unfinished ();
  g_autoptr (LatheSnapshot) end = lathe_trainer_wait (whole);
  preprocess = unfinished->preprocess;
  g_assert_cmpmem (&preprocess, sizeof preprocess, &end->best->preprocess, sizeof preprocess);
  g_autoptr (LatheTrainer) last = take_up (1, NULL, NULL);
  sha256 = finish (last);
  g_assert_cmpstr (sha256, ==, expected);
  g_autoptr (LatheSnapshot) taken_up = lathe_trainer_wait (last);
  g_assert_cmpuint (taken_up->to_measure, ==, 0);
  lathe_checkpoint_remove (path);
  preprocess = given;
}

/* Writes the checkpoint again, with another text for how images are prepared. */
static void
put_preprocess (const char *preprocessing)
{
  g_autoptr (LatheCheckpoint) checkpoint = lathe_checkpoint_read (path, NULL);
  g_autoptr (LatheCheckpointWriter) writer = lathe_checkpoint_writer_new (path);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (LatheWeight));
  const char *const names[] = {"lathe.folder",  "lathe.split",           "lathe.dataset_sha256",
                               "lathe.network", "lathe.hyperparameters", "lathe.progress"};
  g_autoptr (GPtrArray) facts = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_ptr_array_add (facts, (gpointer) names[i]);
      g_ptr_array_add (facts, (gpointer) lathe_checkpoint_get (checkpoint, names[i]));
    }
  g_ptr_array_add (facts, (gpointer) "lathe.preprocess");
  g_ptr_array_add (facts, (gpointer) preprocessing);
  g_ptr_array_add (facts, NULL);
  lathe_checkpoint_writer_write (writer, (const char *const *) facts->pdata, tensors, pool, &error);
  g_assert_no_error (error);
  lathe_checkpoint_writer_wait (writer, &error);
  g_assert_no_error (error);
}

static void
test_fit_is_kept_and_one_that_is_unknown_is_refused (void)
{
  LatheHyperparameters h = recipe (0, 2);
  LathePreprocess usual = preprocess;
  Seen seen = {.epoch = 0};
  g_autoptr (LatheUnfinished) kept = NULL, refused = NULL;
  g_autoptr (GError) error = NULL;

  preprocess.fit = LATHE_FIT_STRETCH;
  g_autoptr (LatheTrainer) trainer = make_trainer (&h, see, &seen);
  lathe_trainer_set_checkpoint (trainer, path);
  leave_after (trainer, &seen, 2);
  preprocess = usual;
  kept = read_unfinished ();
  g_assert_cmpint (kept->preprocess.fit, ==, LATHE_FIT_STRETCH);

  put_preprocess ("{\"width\":28,\"height\":28,\"channels\":1,\"mean\":[0],\"deviation\":[1],\"fit\":\"bend\"}");
  refused = lathe_unfinished_read (path, &error);
  g_assert_null (refused);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, "does not know its fit “bend”"));
  lathe_checkpoint_remove (path);
}

static void
test_other_images_are_refused (void)
{
  LatheHyperparameters h = recipe (0, 2);
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  Seen seen = {.epoch = 0};
  g_autoptr (LatheTrainer) trainer = make_trainer (&h, see, &seen);
  g_autoptr (LatheUnfinished) unfinished = NULL;
  g_autoptr (LatheDataset) other = NULL;
  g_autoptr (GError) error = NULL;

  lathe_trainer_set_checkpoint (trainer, path);
  leave_after (trainer, &seen, 2);
  unfinished = read_unfinished ();
  g_assert_cmpuint (unfinished->step, ==, 2);
  g_assert_cmpstr (unfinished->folder, ==, lathe_dataset_get_folder (samples));
  options.seed = 2;
  other = lathe_dataset_scan (lathe_dataset_get_folder (samples), &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (lathe_unfinished_check (unfinished, samples, NULL));
  g_assert_false (lathe_unfinished_check (unfinished, other, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_DATA);
  lathe_checkpoint_remove (path);
}

/* As someone has them who has gone through a large dataset by hand: over 12 MB as JSON. */
static void
test_many_edits_are_remembered (void)
{
  LatheHyperparameters h = recipe (0, 2);
  Seen seen = {.epoch = 0};
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = NULL;
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheUnfinished) unfinished = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 100000; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);
      g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, number, -1);
      g_autofree char *name = g_strdup_printf ("photographs of the last summer/animals/%s.jpg", digest);

      lathe_edits_set_label (edits, name, "animals of the night");
    }
  edited = lathe_dataset_edit (samples, edits, NULL, &error);
  g_assert_no_error (error);
  trainer = lathe_trainer_new (edited, graph, &preprocess, &h, see, &seen, &error);
  g_assert_no_error (error);
  lathe_trainer_set_checkpoint (trainer, path);
  leave_after (trainer, &seen, 2);
  unfinished = read_unfinished ();
  g_assert_nonnull (unfinished->edits);
  g_assert_true (lathe_edits_equal (unfinished->edits, edits));
  lathe_checkpoint_remove (path);
}

/* Training goes on where no checkpoint can be written, and says so. */
static void
test_a_checkpoint_that_cannot_be_written_is_a_warning (void)
{
  LatheHyperparameters h = recipe (0, 2);
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;

  h.epochs = 1;
  trainer = make_trainer (&h, NULL, NULL);
  lathe_trainer_set_checkpoint (trainer, "/nowhere/run.checkpoint");
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FINISHED);
  g_assert_nonnull (strstr (end->warning, "/nowhere/run.checkpoint"));
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  samples = few_new (N_OF_A_CLASS);
  graph = lathe_graph_from_json (text, -1, &error);
  g_assert_no_error (error);
  lathe_dataset_suggest (samples, 28, 28, &preprocess);
  folder = g_dir_make_tmp ("lathe-resume-XXXXXX", NULL);
  path = g_build_filename (folder, "run.checkpoint", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (recipes); i++)
    {
      g_autofree char *name = g_strdup_printf ("/resume/recipe-%u", i);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_left_and_taken_up);
    }
  g_test_add_func ("/resume/measured", test_measured_numbers_are_kept);
  g_test_add_func ("/resume/fit", test_fit_is_kept_and_one_that_is_unknown_is_refused);
  g_test_add_func ("/resume/other-images", test_other_images_are_refused);
  g_test_add_func ("/resume/many-edits", test_many_edits_are_remembered);
  g_test_add_func ("/resume/warning", test_a_checkpoint_that_cannot_be_written_is_a_warning);
  result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  g_free (path);
  lathe_graph_free (graph);
  few_free (samples);
  return result;
}
