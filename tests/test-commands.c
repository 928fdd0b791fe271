/* test-commands.c: whatever a trainer is told, by whichever thread and at whatever moment: it obeys, and it ends.
 *
 * LATHE_SOAK makes it go on for that many seconds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>

#include "few.h"

#define SECONDS 4
#define N_COMMANDERS 3
#define EPOCHS 20
#define BATCH 16
#define N_OF_A_CLASS 20
#define PATIENCE (60 * G_USEC_PER_SEC)

static const char text[] =
    "{\"nodes\":["
    "{\"name\":\"input\",\"kind\":\"input\",\"inputs\":[],\"height\":8,\"width\":8,\"channels\":1},"
    "{\"name\":\"flatten\",\"kind\":\"flatten\",\"inputs\":[\"input\"]},"
    "{\"name\":\"dropout\",\"kind\":\"dropout\",\"inputs\":[\"flatten\"],\"rate\":0.2},"
    "{\"name\":\"dense\",\"kind\":\"dense\",\"inputs\":[\"dropout\"],\"units\":10,\"activation\":\"softmax\"}]}";

static LatheDataset *samples;
static LatheGraph *graph;
static LathePreprocess preprocess;
static char *path;

/* What the trainer's thread has shown, and the commanders look at meanwhile. */
typedef struct
{
  GMutex lock;
  GCond changed;
  LatheSnapshot *newest;
  guint n;
} Seen;

static void
see (LatheSnapshot *snapshot, gpointer data)
{
  Seen *seen = data;

  g_mutex_lock (&seen->lock);
  g_clear_pointer (&seen->newest, lathe_snapshot_unref);
  seen->newest = lathe_snapshot_ref (snapshot);
  seen->n++;
  g_cond_broadcast (&seen->changed);
  g_mutex_unlock (&seen->lock);
}

static LatheSnapshot *
look (Seen *seen)
{
  LatheSnapshot *snapshot;

  g_mutex_lock (&seen->lock);
  snapshot = seen->newest != NULL ? lathe_snapshot_ref (seen->newest) : NULL;
  g_mutex_unlock (&seen->lock);
  return snapshot;
}

typedef struct
{
  LatheTrainer *trainer;
  Seen *seen;
  LatheRng rng;
} Commander;

/* Some commands at random moments, and a look at what comes of them. */
static gpointer
command (gpointer data)
{
  static void (*const commands[]) (LatheTrainer *) = {lathe_trainer_pause, lathe_trainer_step, lathe_trainer_resume};
  Commander *commander = data;
  guint n = lathe_rng_below (&commander->rng, 0, 30);

  for (guint i = 1; i <= n; i++)
    {
      g_autoptr (LatheSnapshot) snapshot = look (commander->seen);

      commands[lathe_rng_below (&commander->rng, 2 * i, G_N_ELEMENTS (commands))](commander->trainer);
      if (snapshot != NULL)
        {
          g_assert_cmpuint (snapshot->step, <=, snapshot->steps);
          g_assert_cmpuint (snapshot->finished->len, <=, EPOCHS);
          g_assert_true (snapshot->best == NULL || snapshot->best->block != NULL);
        }
      g_usleep (lathe_rng_below (&commander->rng, 2 * i + 1, 3000));
    }
  return NULL;
}

static LatheTrainer *
make_trainer (const LatheHyperparameters *h, Seen *seen)
{
  g_autoptr (GError) error = NULL;
  LatheTrainer *trainer = lathe_trainer_new (samples, graph, &preprocess, h, seen != NULL ? see : NULL, seen, &error);

  g_assert_no_error (error);
  if (seen != NULL)
    lathe_trainer_set_checkpoint (trainer, path);
  return trainer;
}

/* Takes up what an earlier trainer has left, if there is anything. */
static void
take_up (LatheTrainer *trainer)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  LatheUnfinished *unfinished = lathe_unfinished_read (path, &error);
  g_assert_no_error (error);
  lathe_trainer_take_up (trainer, unfinished, &error);
  g_assert_no_error (error);
}

/* One life of a run: it is commanded from all sides, and then either left where it is or brought to its end. */
static LatheSnapshot *
live (const LatheHyperparameters *h, LatheRng *rng, guint life)
{
  Seen seen = {.n = 0};
  g_autoptr (LatheTrainer) trainer = make_trainer (h, &seen);
  Commander commanders[N_COMMANDERS];
  GThread *threads[N_COMMANDERS];
  LatheSnapshot *end;

  take_up (trainer);
  for (guint i = 0; i < N_COMMANDERS; i++)
    {
      commanders[i] = (Commander){trainer, &seen, lathe_rng (h->seed, LATHE_RNG_AUGMENT, life, i)};
      threads[i] = g_thread_new ("commander", command, &commanders[i]);
    }
  lathe_trainer_start (trainer);
  for (guint i = 0; i < N_COMMANDERS; i++)
    g_thread_join (threads[i]);
  if (lathe_rng_below (rng, life, 3) > 0)
    lathe_trainer_stop (trainer);
  lathe_trainer_resume (trainer); /* which a stopped one must not listen to */
  g_mutex_lock (&seen.lock);
  while (seen.newest == NULL || seen.newest->state < LATHE_TRAINER_FINISHED)
    g_assert_true (g_cond_wait_until (&seen.changed, &seen.lock, g_get_monotonic_time () + PATIENCE));
  g_mutex_unlock (&seen.lock);
  end = lathe_trainer_wait (trainer);
  g_assert_true (end == seen.newest);
  g_assert_no_error (end->error);
  g_assert_null (end->warning);
  g_clear_pointer (&seen.newest, lathe_snapshot_unref);
  return end;
}

/* However a run was commanded, left and taken up: it ends with the weights of one that was left alone. */
static void
test_random_commands (void)
{
  double seconds = g_getenv ("LATHE_SOAK") != NULL ? g_ascii_strtod (g_getenv ("LATHE_SOAK"), NULL) : SECONDS;
  gint64 end = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  guint n_runs = 0, n_left = 0;
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.epochs = EPOCHS;
  h.batch = BATCH;
  h.checkpoint_minutes = 0.01;
  for (h.seed = 1; n_runs == 0 || g_get_monotonic_time () < end;
       h.seed++, n_runs++, h.balance = n_runs % LATHE_N_BALANCES)
    {
      LatheRng rng = lathe_rng (h.seed, LATHE_RNG_SPLIT, 0, 0);
      g_autoptr (LatheTrainer) alone = make_trainer (&h, NULL);
      g_autoptr (LatheSnapshot) expected = NULL;
      g_autofree char *expected_sha256 = NULL;
      LatheTrainerState state = LATHE_TRAINER_STOPPED;

      lathe_trainer_start (alone);
      expected = lathe_trainer_wait (alone);
      expected_sha256 = lathe_model_weights_sha256 (expected->best);
      for (guint life = 0; state == LATHE_TRAINER_STOPPED; life++, n_left++)
        {
          g_autoptr (LatheSnapshot) last = live (&h, &rng, life);
          g_autofree char *sha256 = last->best != NULL ? lathe_model_weights_sha256 (last->best) : NULL;

          state = last->state;
          if (state == LATHE_TRAINER_FINISHED)
            g_assert_cmpstr (sha256, ==, expected_sha256);
        }
      n_left--;
      g_assert_cmpint (state, ==, LATHE_TRAINER_FINISHED);
      lathe_checkpoint_remove (path);
    }
  g_test_message ("%u runs, left and taken up %u times", n_runs, n_left);
}

/* A trainer may be freed in any state: before its start, while it prepares, and while it trains. */
static void
test_freed_at_any_moment (void)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.batch = BATCH;
  h.epochs = 10000; /* more than there is time for */
  for (guint i = 0; i < 12; i++)
    {
      Seen seen = {.n = 0};
      LatheTrainer *trainer = make_trainer (&h, &seen);

      if (i > 0)
        lathe_trainer_start (trainer);
      if (i % 3 == 2)
        lathe_trainer_pause (trainer);
      g_usleep (i * 3000);
      lathe_trainer_free (trainer);
      if (i == 0)
        g_assert_cmpuint (seen.n, ==, 0);
      else
        g_assert_cmpint (seen.newest->state, ==, LATHE_TRAINER_STOPPED);
      g_clear_pointer (&seen.newest, lathe_snapshot_unref);
      lathe_checkpoint_remove (path);
    }
}

int
main (int argc, char *argv[])
{
  g_autofree char *folder = NULL;
  g_autoptr (GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  graph = lathe_graph_from_json (text, -1, &error);
  g_assert_no_error (error);
  folder = g_dir_make_tmp ("lathe-commands-XXXXXX", NULL);
  path = g_build_filename (folder, "run.checkpoint", NULL);
  samples = few_new (N_OF_A_CLASS);
  lathe_dataset_suggest (samples, 8, 8, &preprocess);
  g_test_add_func ("/commands/random", test_random_commands);
  g_test_add_func ("/commands/freed-at-any-moment", test_freed_at_any_moment);
  result = g_test_run ();
  g_rmdir (folder);
  g_free (path);
  lathe_graph_free (graph);
  few_free (samples);
  return result;
}
