/* test-change.c: what is changed of a training while it goes on counts from its step on, is written down, and can be
 * taken back to the bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "few.h"
#include "train/lathe-schedule.h"

#define N_OF_A_CLASS 40
#define BATCH 51 /* six steps an epoch, the last one smaller */
#define STEPS 6
#define SECONDS 60 /* longer than anything here takes */

static const char text[] =
    "{\"nodes\":["
    "{\"name\":\"input\",\"kind\":\"input\",\"inputs\":[],\"height\":28,\"width\":28,\"channels\":1},"
    "{\"name\":\"conv\",\"kind\":\"conv2d\",\"inputs\":[\"input\"],\"filters\":4,\"stride-height\":2,\"stride-width\":"
    "2},"
    "{\"name\":\"norm\",\"kind\":\"batch-norm\",\"inputs\":[\"conv\"]},"
    "{\"name\":\"relu\",\"kind\":\"relu\",\"inputs\":[\"norm\"]},"
    "{\"name\":\"flatten\",\"kind\":\"flatten\",\"inputs\":[\"relu\"]},"
    "{\"name\":\"dropout\",\"kind\":\"dropout\",\"inputs\":[\"flatten\"],\"rate\":0.3},"
    "{\"name\":\"dense\",\"kind\":\"dense\",\"inputs\":[\"dropout\"],\"units\":10,\"activation\":\"softmax\"}]}";

static LatheDataset *samples;
static LatheGraph *graph;
static LathePreprocess preprocess;
static char *folder, *path, *list;

static LatheHyperparameters
settings (guint epochs, guint threads)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.epochs = epochs;
  h.batch = BATCH;
  h.threads = threads;
  h.average = 0.9;
  return h;
}

/* What the observer saw last, and all points as a window keeps them. */
typedef struct
{
  GMutex lock;
  GCond changed;
  LatheSnapshot *newest;
  GArray *points;
} Seen;

static void
see (LatheSnapshot *snapshot, gpointer data)
{
  Seen *seen = data;

  g_mutex_lock (&seen->lock);
  if (seen->points == NULL)
    seen->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  lathe_points_follow (seen->points, snapshot->points, snapshot->position);
  g_clear_pointer (&seen->newest, lathe_snapshot_unref);
  seen->newest = lathe_snapshot_ref (snapshot);
  g_cond_broadcast (&seen->changed);
  g_mutex_unlock (&seen->lock);
}

static void
seen_clear (Seen *seen)
{
  g_clear_pointer (&seen->newest, lathe_snapshot_unref);
  g_clear_pointer (&seen->points, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Seen, seen_clear)

typedef gboolean (*Condition) (const LatheSnapshot *snapshot, double value);

static void
wait_until (Seen *seen, Condition condition, double value)
{
  gint64 end = g_get_monotonic_time () + SECONDS * G_USEC_PER_SEC;

  g_mutex_lock (&seen->lock);
  while (seen->newest == NULL || !condition (seen->newest, value))
    g_assert_true (g_cond_wait_until (&seen->changed, &seen->lock, end));
  g_mutex_unlock (&seen->lock);
}

static gboolean
is_at (const LatheSnapshot *snapshot, double position)
{
  return snapshot->state == LATHE_TRAINER_PAUSED && fabs (snapshot->position - position) < 1e-9;
}

static gboolean
has_changes (const LatheSnapshot *snapshot, double n)
{
  return snapshot->changes->len == n;
}

static gboolean
has_finished (const LatheSnapshot *snapshot, double n)
{
  return snapshot->finished->len == n;
}

static gboolean
has_warned (const LatheSnapshot *snapshot, double unused)
{
  return snapshot->warning != NULL;
}

static LatheTrainer *
make_trainer (const LatheGraph *network, const LatheHyperparameters *h, Seen *seen)
{
  g_autoptr (GError) error = NULL;
  LatheTrainer *trainer = lathe_trainer_new (samples, network, &preprocess, h, seen != NULL ? see : NULL, seen, &error);

  g_assert_no_error (error);
  return trainer;
}

static void
go_on_to (LatheTrainer *trainer, Seen *seen, guint from, guint to)
{
  for (guint step = from; step < to; step++)
    {
      lathe_trainer_step (trainer);
      wait_until (seen, is_at, (step + 1) / (double) STEPS);
    }
}

/* Begins in single steps. */
static LatheTrainer *
begin (const LatheHyperparameters *h, Seen *seen, guint steps)
{
  LatheTrainer *trainer = make_trainer (graph, h, seen);

  lathe_trainer_pause (trainer);
  lathe_trainer_start (trainer);
  wait_until (seen, is_at, 0);
  go_on_to (trainer, seen, 0, steps);
  return trainer;
}

static char *
end (LatheTrainer *trainer)
{
  g_autoptr (LatheSnapshot) last = lathe_trainer_wait (trainer);

  g_assert_no_error (last->error);
  g_assert_cmpint (last->state, ==, LATHE_TRAINER_FINISHED);
  g_assert_null (last->warning);
  return lathe_model_weights_sha256 (last->best);
}

static char *
finish (LatheTrainer *trainer)
{
  lathe_trainer_resume (trainer);
  return end (trainer);
}

static void
set (LatheTrainer *trainer, const char *name, double value)
{
  g_autoptr (GError) error = NULL;

  lathe_trainer_set (trainer, name, value, &error);
  g_assert_no_error (error);
}

static char *
train_plainly (const LatheHyperparameters *h)
{
  g_autoptr (LatheTrainer) trainer = make_trainer (graph, h, NULL);

  lathe_trainer_start (trainer);
  return end (trainer);
}

/* Several at once, as a person makes them, and all of what they are about. */
static char *
train_with_changes (guint threads, GArray **changes)
{
  LatheHyperparameters h = settings (3, threads);
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheTrainer) trainer = begin (&h, &seen, 4);
  char *sha256;

  set (trainer, "learning-rate", 0.003);
  wait_until (&seen, has_changes, 1);
  go_on_to (trainer, &seen, 4, 7);
  lathe_trainer_freeze (trainer, "norm", 1);
  lathe_trainer_freeze (trainer, "conv", 1);
  set (trainer, "schedule", LATHE_SCHEDULE_COSINE);
  wait_until (&seen, has_changes, 4);
  go_on_to (trainer, &seen, 7, 12);
  lathe_trainer_freeze (trainer, "conv", 0);
  set (trainer, "epochs", 4);
  wait_until (&seen, has_changes, 6);
  sha256 = finish (trainer);
  g_assert_cmpuint (seen.newest->finished->len, ==, 4);
  if (changes != NULL)
    *changes = g_array_copy (seen.newest->changes);
  return sha256;
}

static char *
replay (const GArray *changes, guint threads)
{
  LatheHyperparameters h = settings (3, threads);
  g_autoptr (LatheTrainer) trainer = make_trainer (graph, &h, NULL);

  lathe_trainer_replay (trainer, changes);
  lathe_trainer_start (trainer);
  return end (trainer);
}

static void
test_same_changes_give_the_same_bits (void)
{
  LatheHyperparameters h = settings (4, 2);
  g_autoptr (GArray) changes = NULL;
  g_autofree char *expected = train_with_changes (1, &changes), *again = train_with_changes (2, NULL);
  g_autofree char *replayed = replay (changes, 2), *replayed_on_one = replay (changes, 1);
  g_autofree char *without = train_plainly (&h);

  g_assert_cmpstr (again, ==, expected);
  g_assert_cmpstr (replayed, ==, expected);
  g_assert_cmpstr (replayed_on_one, ==, expected);
  g_assert_cmpstr (without, !=, expected);
}

static void
test_rate_is_the_one_that_was_set_from_the_next_step_on (void)
{
  LatheHyperparameters h = settings (2, 1);
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheTrainer) trainer = begin (&h, &seen, 2);
  const LatheChange *change;
  g_autofree char *described = NULL;

  g_assert_cmpfloat (seen.newest->learning_rate, ==, h.learning_rate);
  set (trainer, "learning-rate", 0.25);
  wait_until (&seen, has_changes, 1);
  go_on_to (trainer, &seen, 2, 3);
  g_assert_cmpfloat (seen.newest->learning_rate, ==, 0.25);
  g_assert_cmpfloat (seen.newest->hyperparameters.learning_rate, ==, 0.25);
  change = &g_array_index (seen.newest->changes, LatheChange, 0);
  g_assert_cmpuint (change->step, ==, 2);
  g_assert_cmpfloat (change->epoch, ==, 2.0 / STEPS);
  g_assert_cmpfloat (change->from, ==, h.learning_rate);
  described = lathe_change_describe (change);
  g_assert_cmpstr (described, ==, "Learning rate 0.001 → 0.25");
}

/* A frozen layer keeps its weights to the bit, and what is not frozen does not. */
static void
test_frozen_layer_stays_as_it_is (void)
{
  LatheHyperparameters h = settings (3, 2);
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheModel) before = NULL, after = NULL;
  g_autofree char *sha256 = NULL;

  h.average = 0;
  h.best_by = LATHE_BEST_BY_LOSS;
  trainer = begin (&h, &seen, STEPS);
  wait_until (&seen, has_finished, 1);
  before = lathe_model_ref (seen.newest->best);
  lathe_trainer_freeze (trainer, "conv", 1);
  wait_until (&seen, has_changes, 1);
  sha256 = finish (trainer);
  after = lathe_model_ref (seen.newest->best);
  g_assert_cmpuint (after->scores.best_epoch, >, before->scores.best_epoch);
  for (guint i = 0; i < before->weights->len; i++)
    {
      const LatheWeight *a = &g_array_index (before->weights, LatheWeight, i);
      const LatheWeight *b = &g_array_index (after->weights, LatheWeight, i);
      gboolean same = memcmp (a->data, b->data, lathe_shape_size (&a->shape) * sizeof (float)) == 0;

      g_assert_cmpint (same, ==, g_str_has_prefix (a->name, "conv."));
    }
}

static void
check_points (const GArray *points, double end_at)
{
  for (guint i = 1; i < points->len; i++)
    g_assert_cmpfloat (g_array_index (points, LathePoint, i - 1).epoch, <, g_array_index (points, LathePoint, i).epoch);
  g_assert_cmpfloat (points->len > 0 ? g_array_index (points, LathePoint, points->len - 1).epoch : 0, <=, end_at);
}

/* Over the end of an epoch, with a layer frozen in between, and no trace is left. */
static void
test_change_is_taken_back_to_its_step (void)
{
  LatheHyperparameters h = settings (3, 2);
  g_autofree char *expected = train_plainly (&h), *sha256 = NULL;
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheTrainer) trainer = begin (&h, &seen, 4);

  set (trainer, "learning-rate", 0.5);
  wait_until (&seen, has_changes, 1);
  go_on_to (trainer, &seen, 4, 8);
  lathe_trainer_freeze (trainer, "conv", 1);
  wait_until (&seen, has_changes, 2);
  go_on_to (trainer, &seen, 8, 14);
  g_assert_cmpuint (seen.newest->n_undoable, ==, 2);
  g_assert_cmpuint (seen.newest->finished->len, ==, 2);

  lathe_trainer_take_back (trainer);
  wait_until (&seen, is_at, 8.0 / STEPS);
  g_assert_cmpuint (seen.newest->finished->len, ==, 1);
  check_points (seen.points, 8.0 / STEPS);
  lathe_trainer_take_back (trainer);
  wait_until (&seen, is_at, 4.0 / STEPS);
  g_assert_cmpuint (seen.newest->changes->len, ==, 0);
  g_assert_cmpuint (seen.newest->n_undoable, ==, 0);
  g_assert_cmpuint (seen.newest->finished->len, ==, 0);
  g_assert_cmpfloat (seen.newest->hyperparameters.learning_rate, ==, h.learning_rate);
  check_points (seen.points, 4.0 / STEPS);

  sha256 = finish (trainer);
  g_assert_cmpstr (sha256, ==, expected);
  check_points (seen.points, 3);
}

static void
test_change_of_a_change_before_a_step_is_one (void)
{
  LatheHyperparameters h = settings (2, 1);
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheTrainer) trainer = begin (&h, &seen, 1);

  set (trainer, "learning-rate", 0.002);
  wait_until (&seen, has_changes, 1);
  set (trainer, "learning-rate", 0.004);
  set (trainer, "momentum", 0.5);
  wait_until (&seen, has_changes, 2);
  g_assert_cmpfloat (g_array_index (seen.newest->changes, LatheChange, 0).from, ==, h.learning_rate);
  g_assert_cmpfloat (g_array_index (seen.newest->changes, LatheChange, 0).to, ==, 0.004);
  set (trainer, "momentum", h.momentum);
  wait_until (&seen, has_changes, 1);
  g_assert_cmpuint (seen.newest->n_undoable, ==, 1);
}

static void
test_what_decides_the_batches_is_refused (void)
{
  LatheHyperparameters h = settings (1, 1);
  g_autoptr (LatheTrainer) trainer = make_trainer (graph, &h, NULL);
  const char *const fixed[] = {"batch", "optimizer", "flip", "loss", "nothing"};

  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lathe_trainer_set (trainer, fixed[i], 1, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
    }
  g_assert_false (lathe_trainer_set (trainer, "learning-rate", -1, NULL));
}

/* What cannot be made says why, and the training goes on as it was. */
static void
test_impossible_change_is_a_warning (void)
{
  LatheHyperparameters h = settings (2, 2);
  g_autofree char *expected = train_plainly (&h), *sha256 = NULL;
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheTrainer) trainer = begin (&h, &seen, 2);
  g_autoptr (LatheSnapshot) last = NULL;

  lathe_trainer_freeze (trainer, "relu", 1);
  wait_until (&seen, has_warned, 0);
  g_assert_nonnull (strstr (seen.newest->warning, "“relu”"));
  lathe_trainer_take_back (trainer);
  lathe_trainer_resume (trainer);
  last = lathe_trainer_wait (trainer);
  g_assert_nonnull (strstr (last->warning, "cannot be taken back"));
  sha256 = lathe_model_weights_sha256 (last->best);
  g_assert_cmpstr (sha256, ==, expected);
}

static LatheTrainer *
take_up (guint threads, Seen *seen)
{
  g_autoptr (GError) error = NULL;
  LatheUnfinished *unfinished = lathe_unfinished_read (path, &error);
  LatheHyperparameters h;
  LatheTrainer *trainer;

  g_assert_no_error (error);
  h = unfinished->hyperparameters;
  h.threads = threads;
  trainer = make_trainer (unfinished->graph, &h, seen);
  lathe_trainer_set_checkpoint (trainer, path);
  g_assert_true (lathe_trainer_take_up (trainer, unfinished, &error));
  g_assert_no_error (error);
  return trainer;
}

static void
assert_verifies (LatheRuns *runs, gint64 id, const char *sha256)
{
  g_auto (LatheVerdict) verdict = {0};
  g_autoptr (GError) error = NULL;

  lathe_runs_verify (runs, id, NULL, 1, NULL, NULL, NULL, &verdict, &error);
  g_assert_no_error (error);
  g_assert_true (verdict.same);
  g_assert_cmpstr (verdict.weights, ==, sha256);
}

/* Left after two changes, taken up, changed once more: as if it had never been left; and the list has all three. */
static void
test_changes_are_known_after_a_resume (void)
{
  LatheHyperparameters h = settings (3, 2);
  g_autoptr (GArray) changes = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *sha256 = NULL, *replayed = NULL;

  {
    g_auto (Seen) seen = {.newest = NULL};
    g_autoptr (LatheTrainer) trainer = make_trainer (graph, &h, &seen);

    lathe_trainer_set_checkpoint (trainer, path);
    lathe_trainer_record (trainer, &(LatheRecord){.path = list});
    lathe_trainer_pause (trainer);
    lathe_trainer_start (trainer);
    wait_until (&seen, is_at, 0);
    go_on_to (trainer, &seen, 0, 3);
    set (trainer, "learning-rate", 0.003);
    wait_until (&seen, has_changes, 1);
    go_on_to (trainer, &seen, 3, 5);
    lathe_trainer_freeze (trainer, "conv", 1);
    wait_until (&seen, has_changes, 2);
    go_on_to (trainer, &seen, 5, 8);
    lathe_trainer_stop (trainer);
    g_clear_pointer (&trainer, lathe_trainer_free);
  }
  {
    g_auto (Seen) seen = {.newest = NULL};
    g_autoptr (LatheTrainer) trainer = take_up (1, &seen);

    lathe_trainer_record (trainer, &(LatheRecord){.path = list});
    lathe_trainer_pause (trainer);
    lathe_trainer_start (trainer);
    wait_until (&seen, is_at, 8.0 / STEPS);
    g_assert_cmpuint (seen.newest->changes->len, ==, 2);
    g_assert_cmpuint (seen.newest->n_undoable, ==, 0);
    go_on_to (trainer, &seen, 8, 9);
    set (trainer, "learning-rate", 0.0001);
    wait_until (&seen, has_changes, 3);
    sha256 = finish (trainer);
  }
  g_autoptr (LatheRuns) runs = lathe_runs_open (list, &error);
  g_assert_no_error (error);
  changes = lathe_runs_changes (runs, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (changes->len, ==, 3);
  replayed = replay (changes, 2);
  g_assert_cmpstr (replayed, ==, sha256);
  assert_verifies (runs, 1, sha256);
  lathe_checkpoint_remove (path);
}

static void
assert_same_epochs (const GArray *a, const GArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      g_assert_cmpfloat (g_array_index (a, LatheEpoch, i).loss, ==, g_array_index (b, LatheEpoch, i).loss);
      g_assert_cmpfloat (g_array_index (a, LatheEpoch, i).validation_loss, ==,
                         g_array_index (b, LatheEpoch, i).validation_loss);
    }
}

static void
assert_same_layers (const GPtrArray *a, const GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const LatheLayerLooks *x = a->pdata[i], *y = b->pdata[i];

      g_assert_cmpuint (x->epoch, ==, y->epoch);
      g_assert_cmpuint (x->layers->len, ==, y->layers->len);
      for (guint l = 0; l < x->layers->len; l++)
        g_assert_cmpfloat (g_array_index (x->layers, LatheLayerLook, l).weights.mean, ==,
                           g_array_index (y->layers, LatheLayerLook, l).weights.mean);
    }
}

static void
assert_same_answers (const GPtrArray *a, const GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const LatheAnswers *x = a->pdata[i], *y = b->pdata[i];

      g_assert_cmpuint (x->epoch, ==, y->epoch);
      g_assert_cmpmem (x->probability, x->n_labels * sizeof (float), y->probability, y->n_labels * sizeof (float));
    }
}

/* All that the list has of two runs, which differ in their times alone. */
static void
assert_same_rows (LatheRuns *runs, gint64 one, gint64 other)
{
  g_autoptr (GArray) epochs = lathe_runs_epochs (runs, one, NULL), epochs_too = lathe_runs_epochs (runs, other, NULL);
  g_autoptr (GPtrArray) layers = lathe_runs_layers (runs, one, FALSE, NULL),
                        layers_too = lathe_runs_layers (runs, other, FALSE, NULL);
  g_autoptr (GPtrArray) answers = lathe_runs_answers (runs, one, NULL);
  g_autoptr (GPtrArray) answers_too = lathe_runs_answers (runs, other, NULL);
  g_autoptr (LatheRun) run = lathe_runs_find (runs, one, NULL), too = lathe_runs_find (runs, other, NULL);

  g_assert_cmpuint (layers->len, ==, 2);
  g_assert_cmpuint (answers->len, ==, 2);
  assert_same_epochs (epochs, epochs_too);
  assert_same_layers (layers, layers_too);
  assert_same_answers (answers, answers_too);
  g_assert_cmpuint (run->changes->len, ==, 0);
  g_assert_cmpuint (run->epochs, ==, too->epochs);
  g_assert_cmpstr (run->weights, ==, too->weights);
}

static LatheTrainer *
make_listed (const char *other, Seen *seen)
{
  LatheHyperparameters h = settings (2, 2);
  LatheTrainer *trainer = make_trainer (graph, &h, seen);

  lathe_trainer_watch (trainer, (const char *[]){lathe_dataset_get_image (samples, 0)->path, NULL});
  lathe_trainer_record (trainer, &(LatheRecord){.path = other});
  return trainer;
}

/* As if the change had never been: in what is shown, and in the list. */
static void
test_list_goes_back_too (void)
{
  g_auto (Seen) seen = {.newest = NULL};
  g_autofree char *other = g_strconcat (list, "-back", NULL), *sha256 = NULL, *expected = NULL;
  g_autoptr (LatheTrainer) trainer = make_listed (other, &seen), plain = make_listed (other, NULL);
  g_autoptr (GError) error = NULL;

  lathe_trainer_pause (trainer);
  lathe_trainer_start (trainer);
  wait_until (&seen, is_at, 0);
  go_on_to (trainer, &seen, 0, 2);
  set (trainer, "epochs", 5);
  wait_until (&seen, has_changes, 1);
  go_on_to (trainer, &seen, 2, 10);
  g_assert_cmpuint (seen.newest->layers->len, ==, 1);
  g_assert_cmpuint (seen.newest->answers->len, ==, 1);
  lathe_trainer_take_back (trainer);
  wait_until (&seen, is_at, 2.0 / STEPS);
  g_assert_cmpuint (seen.newest->layers->len, ==, 0);
  g_assert_cmpuint (seen.newest->answers->len, ==, 0);

  g_autoptr (LatheRuns) runs = lathe_runs_open (other, &error);
  g_assert_no_error (error);
  g_autoptr (GArray) epochs = lathe_runs_epochs (runs, 1, NULL), points = lathe_runs_points (runs, 1, NULL);
  g_autoptr (GPtrArray) layers = lathe_runs_layers (runs, 1, FALSE, NULL), answers = lathe_runs_answers (runs, 1, NULL);
  g_assert_cmpuint (epochs->len + layers->len + answers->len, ==, 0);
  g_assert_cmpuint (points->len, ==, 2);
  check_points (points, 2.0 / STEPS);

  sha256 = finish (trainer);
  g_autoptr (GArray) all = lathe_runs_points (runs, 1, NULL);
  check_points (all, 2);
  g_assert_cmpuint (all->len, ==, seen.points->len);
  lathe_trainer_start (plain);
  expected = end (plain);
  g_assert_cmpstr (sha256, ==, expected);
  assert_same_rows (runs, 1, 2);
  g_unlink (other);
}

/* Adam with a constant rate: two epochs and three more are five at once, in weights, curves and numbers. */
static void
test_more_epochs_are_as_if_all_had_been_asked_for (void)
{
  LatheHyperparameters h = settings (5, 2);
  g_auto (Seen) at_once = {.newest = NULL}, more = {.newest = NULL};
  g_autoptr (LatheTrainer) whole = make_trainer (graph, &h, &at_once), first = NULL, second = NULL;
  g_autofree char *expected = NULL, *sha256 = NULL, *half = NULL;

  lathe_trainer_start (whole);
  expected = end (whole);
  h.epochs = 2;
  first = make_trainer (graph, &h, NULL);
  lathe_trainer_set_checkpoint (first, path);
  lathe_trainer_start (first);
  half = end (first);
  second = take_up (1, &more);
  lathe_trainer_add_epochs (second, 3);
  lathe_trainer_start (second);
  sha256 = end (second);
  g_assert_cmpstr (sha256, ==, expected);
  g_assert_cmpstr (half, !=, expected);
  assert_same_epochs (more.newest->finished, at_once.newest->finished);
  g_assert_cmpuint (more.newest->changes->len, ==, 1);
  g_assert_cmpfloat (g_array_index (more.newest->changes, LatheChange, 0).epoch, ==, 2);
  lathe_checkpoint_remove (path);
}

/* Early stopping found it enough; who asks for more gets more. */
static void
test_more_epochs_come_after_early_stopping_too (void)
{
  LatheHyperparameters h = settings (20, 2);
  g_autoptr (LatheTrainer) first = NULL, second = NULL;
  g_auto (Seen) seen = {.newest = NULL}, more = {.newest = NULL};
  g_autofree char *stopped = NULL, *sha256 = NULL;
  guint n;

  h.early_stopping = 1;
  h.learning_rate = 0.3;
  first = make_trainer (graph, &h, &seen);
  lathe_trainer_set_checkpoint (first, path);
  lathe_trainer_start (first);
  stopped = end (first);
  n = seen.newest->finished->len;
  g_assert_cmpuint (n, <, 20);
  second = take_up (2, &more);
  lathe_trainer_add_epochs (second, 3);
  lathe_trainer_start (second);
  sha256 = end (second);
  g_assert_cmpuint (more.newest->finished->len, ==, n + 3);
  lathe_checkpoint_remove (path);
}

static void
test_schedules_that_know_their_end_restart (void)
{
  LatheHyperparameters h = settings (15, 1), fresh = settings (10, 1);

  h.schedule = fresh.schedule = LATHE_SCHEDULE_COSINE;
  h.warm_up = 1;
  for (guint step = 0; step < 10 * STEPS; step++)
    g_assert_cmpfloat (lathe_schedule_rate_since (&h, 5 * STEPS, 5 * STEPS + step, STEPS, NULL, 0), ==,
                       lathe_schedule_rate (&fresh, step, STEPS, NULL, 0));
  h.schedule = LATHE_SCHEDULE_EXPONENTIAL;
  for (guint step = 0; step < 15 * STEPS; step++)
    g_assert_cmpfloat (lathe_schedule_rate_since (&h, 5 * STEPS, step, STEPS, NULL, 0), ==,
                       lathe_schedule_rate (&h, step, STEPS, NULL, 0));
}

static void
test_changes_of_a_file_are_checked (void)
{
  static const char *const bad[] = {
      "{}",
      "[1]",
      "[{\"step\":-1,\"epoch\":1,\"name\":\"learning-rate\",\"from\":1,\"to\":1}]",
      "[{\"step\":1,\"epoch\":1,\"name\":\"batch\",\"from\":1,\"to\":1}]",
      "[{\"step\":1,\"epoch\":1,\"name\":\"learning-rate\",\"from\":1,\"to\":-1}]",
      "[{\"step\":1,\"epoch\":1,\"name\":\"frozen\",\"from\":0,\"to\":1}]",
      "[{\"step\":1,\"epoch\":1,\"name\":\"frozen\",\"layer\":\"a\",\"from\":0,\"to\":7}]",
      "[{\"step\":1,\"name\":\"learning-rate\",\"from\":1,\"to\":1}]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (bad[i], NULL);
      g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (LatheChange));

      g_assert_false (lathe_changes_read (node, changes));
    }
}

static void
make_place (void)
{
  folder = g_dir_make_tmp ("lathe-change-XXXXXX", NULL);
  path = g_build_filename (folder, "run.checkpoint", NULL);
  list = g_build_filename (folder, "runs.db", NULL);
}

static void
remove_place (void)
{
  g_unlink (list);
  g_rmdir (folder);
  g_free (list);
  g_free (path);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  samples = few_new (N_OF_A_CLASS);
  graph = lathe_graph_from_json (text, -1, &error);
  g_assert_no_error (error);
  lathe_dataset_suggest (samples, 28, 28, &preprocess);
  make_place ();
  g_test_add_func ("/change/same-changes-give-the-same-bits", test_same_changes_give_the_same_bits);
  g_test_add_func ("/change/rate-from-the-next-step-on", test_rate_is_the_one_that_was_set_from_the_next_step_on);
  g_test_add_func ("/change/frozen-layer-stays-as-it-is", test_frozen_layer_stays_as_it_is);
  g_test_add_func ("/change/taken-back-to-its-step", test_change_is_taken_back_to_its_step);
  g_test_add_func ("/change/change-of-a-change-is-one", test_change_of_a_change_before_a_step_is_one);
  g_test_add_func ("/change/what-decides-the-batches-is-refused", test_what_decides_the_batches_is_refused);
  g_test_add_func ("/change/impossible-change-is-a-warning", test_impossible_change_is_a_warning);
  g_test_add_func ("/change/known-after-a-resume", test_changes_are_known_after_a_resume);
  g_test_add_func ("/change/list-goes-back-too", test_list_goes_back_too);
  g_test_add_func ("/change/more-epochs", test_more_epochs_are_as_if_all_had_been_asked_for);
  g_test_add_func ("/change/more-after-early-stopping", test_more_epochs_come_after_early_stopping_too);
  g_test_add_func ("/change/schedules-restart", test_schedules_that_know_their_end_restart);
  g_test_add_func ("/change/changes-of-a-file", test_changes_of_a_file_are_checked);
  status = g_test_run ();
  remove_place ();
  few_free (samples);
  lathe_graph_free (graph);
  return status;
}
