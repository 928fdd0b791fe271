/* test-watch.c: a training is asked about some images after each epoch, and is none the worse for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "few.h"

static LatheDataset *few;

static LatheTrainer *
make_trainer (LatheObserver observer, gpointer data)
{
  g_autoptr (LatheGraph) graph = lathe_preset_load ("mlp", NULL);
  g_autoptr (GError) error = NULL;
  LatheHyperparameters h;
  LathePreprocess p;
  LatheTrainer *trainer;

  lathe_hyperparameters_defaults (&h);
  h.epochs = 4;
  h.average = 0.5;
  h.threads = 2;
  lathe_dataset_suggest (few, 0, 0, &p);
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (p.height, p.width, p.channels), lathe_dataset_get_n_classes (few));
  trainer = lathe_trainer_new (few, graph, &p, &h, observer, data, &error);
  g_assert_no_error (error);
  return trainer;
}

static const char *
image (guint i)
{
  return lathe_dataset_get_image (few, i)->path;
}

static const LatheAnswers *
answers_of (const LatheSnapshot *snapshot, guint i)
{
  return snapshot->answers->pdata[i];
}

/* The best epoch's model says of an image what was said of it after that epoch, when the mean of the weights, which is
 * what it keeps, was asked. */
static void
assert_said_by_best (const LatheSnapshot *end, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LathePredictor) predictor = lathe_predictor_new (end->best, 1, &error);
  g_autoptr (LathePrediction) prediction = lathe_predictor_file (predictor, path, &error);
  const float *said = lathe_answers_get (answers_of (end, end->best->scores.best_epoch - 1), path);

  g_assert_no_error (error);
  g_assert_nonnull (said);
  for (guint k = 0; k < prediction->n_labels; k++)
    g_assert_cmpfloat_with_epsilon (said[k], prediction->probability[k], 1e-5);
}

static void
test_every_epoch_is_asked (void)
{
  g_autoptr (LatheTrainer) trainer = make_trainer (NULL, NULL);
  const char *const paths[] = {image (0), image (7), NULL};
  g_autoptr (LatheSnapshot) end = NULL;

  lathe_trainer_watch (trainer, paths);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_cmpuint (end->answers->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (answers_of (end, i)->epoch, ==, i + 1);
      g_assert_cmpuint (answers_of (end, i)->n_images, ==, 2);
      g_assert_cmpuint (answers_of (end, i)->n_labels, ==, lathe_dataset_get_n_classes (few));
    }
  assert_said_by_best (end, image (0));
  assert_said_by_best (end, image (7));
}

static char *
weights_of (const char *const *paths)
{
  g_autoptr (LatheTrainer) trainer = make_trainer (NULL, NULL);
  g_autoptr (LatheSnapshot) end = NULL;

  lathe_trainer_watch (trainer, paths);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  return lathe_model_weights_sha256 (end->best);
}

static void
test_weights_are_the_same_with_and_without (void)
{
  const char *const none[] = {NULL}, *const some[] = {image (3), image (4), image (5), NULL};
  g_autofree char *without = weights_of (none), *with = weights_of (some);

  g_assert_cmpstr (without, ==, with);
}

/* A trainer that gets another image after its second epoch. */
static void
watch_later (LatheSnapshot *snapshot, gpointer data)
{
  const char *const paths[] = {image (0), image (1), NULL};

  if (snapshot->finished->len == 2)
    lathe_trainer_watch (*(LatheTrainer **) data, paths);
}

static void
test_image_comes_while_it_trains (void)
{
  LatheTrainer *handle = NULL;
  g_autoptr (LatheTrainer) trainer = handle = make_trainer (watch_later, &handle);
  const char *const paths[] = {image (0), NULL};
  g_autoptr (LatheSnapshot) end = NULL;

  lathe_trainer_watch (trainer, paths);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_cmpuint (end->answers->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_nonnull (lathe_answers_get (answers_of (end, i), image (0)));
      g_assert_cmpint (lathe_answers_find (answers_of (end, i), image (1)) >= 0, ==, i >= 2);
    }
}

static void
test_file_that_cannot_be_read_says_why (void)
{
  g_autoptr (LatheTrainer) trainer = make_trainer (NULL, NULL);
  const char *const paths[] = {"/nowhere/to/be/found.png", image (0), NULL};
  g_autoptr (LatheSnapshot) end = NULL;

  lathe_trainer_watch (trainer, paths);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FINISHED);
  g_assert_null (lathe_answers_get (answers_of (end, 0), paths[0]));
  g_assert_nonnull (answers_of (end, 0)->problems[0]);
  g_assert_nonnull (lathe_answers_get (answers_of (end, 0), image (0)));
}

static void
test_no_more_than_some_are_asked_about (void)
{
  g_autoptr (LatheTrainer) trainer = make_trainer (NULL, NULL);
  const char *paths[LATHE_MOST_WATCHED + 6] = {NULL};
  g_autoptr (LatheSnapshot) end = NULL;

  for (guint i = 0; i < LATHE_MOST_WATCHED + 5; i++)
    paths[i] = image (i);
  lathe_trainer_watch (trainer, paths);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_cmpuint (answers_of (end, 3)->n_images, ==, LATHE_MOST_WATCHED);
}

/* --- The list of runs --- */

static void
assert_same_answers (const GPtrArray *a, const GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const LatheAnswers *one = a->pdata[i], *other = b->pdata[i];

      g_assert_cmpuint (one->epoch, ==, other->epoch);
      g_assert_true (g_strv_equal ((const char *const *) one->paths, (const char *const *) other->paths));
      g_assert_cmpmem (one->probability, one->n_images * one->n_labels * sizeof (float), other->probability,
                       other->n_images * other->n_labels * sizeof (float));
      for (guint k = 0; k < one->n_images; k++)
        g_assert_cmpstr (one->problems[k], ==, other->problems[k]);
    }
}

static void
stop_after_two (LatheSnapshot *snapshot, gpointer data)
{
  if (snapshot->finished->len == 2)
    lathe_trainer_stop (*(LatheTrainer **) data);
}

/* Trains to the end of the second epoch, and at the second call from there to the last. (transfer full) */
static LatheSnapshot *
train_in (const char *folder, gboolean go_on)
{
  g_autofree char *list = lathe_runs_path (folder), *checkpoint = g_build_filename (folder, "c", NULL);
  LatheTrainer *handle = NULL;
  g_autoptr (LatheTrainer) trainer = handle = make_trainer (go_on ? NULL : stop_after_two, &handle);
  const char *const paths[] = {"/nowhere/to be/found 100%.png", image (0), NULL};
  g_autoptr (GError) error = NULL;

  lathe_trainer_set_checkpoint (trainer, checkpoint);
  lathe_trainer_record (trainer, &(LatheRecord){.path = list});
  if (go_on)
    lathe_trainer_take_up (trainer, lathe_unfinished_read (checkpoint, &error), &error);
  g_assert_no_error (error);
  lathe_trainer_watch (trainer, paths);
  lathe_trainer_start (trainer);
  return lathe_trainer_wait (trainer);
}

static void
assert_kept (const char *folder, const LatheSnapshot *end)
{
  g_autofree char *list = lathe_runs_path (folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheRuns) runs = lathe_runs_open (list, &error);
  g_autoptr (GPtrArray) kept = lathe_runs_answers (runs, end->run, &error);

  g_assert_no_error (error);
  g_assert_null (end->warning);
  assert_same_answers (kept, end->answers);
}

static void
remove_folder (const char *folder)
{
  g_autofree char *command = g_strdup_printf ("rm -r %s", folder);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

static void
test_answers_are_kept_and_taken_up_again (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lathe-watch-XXXXXX", NULL);
  g_autoptr (LatheSnapshot) half = train_in (folder, FALSE), whole = NULL;

  g_assert_cmpuint (half->answers->len, ==, 2);
  assert_kept (folder, half);
  whole = train_in (folder, TRUE);
  g_assert_cmpint (whole->run, ==, half->run);
  g_assert_cmpuint (whole->answers->len, ==, 4);
  assert_kept (folder, whole);
  remove_folder (folder);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  few = few_new (12);
  g_test_add_func ("/watch/epochs", test_every_epoch_is_asked);
  g_test_add_func ("/watch/same-weights", test_weights_are_the_same_with_and_without);
  g_test_add_func ("/watch/later", test_image_comes_while_it_trains);
  g_test_add_func ("/watch/unreadable", test_file_that_cannot_be_read_says_why);
  g_test_add_func ("/watch/most", test_no_more_than_some_are_asked_about);
  g_test_add_func ("/watch/kept", test_answers_are_kept_and_taken_up_again);
  result = g_test_run ();
  few_free (few);
  return result;
}
