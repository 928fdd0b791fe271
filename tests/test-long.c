/* test-long.c: a training costs at its 20,000th epoch what it costs at its first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "few.h"
#include "train/lathe-kept-epochs.h"

#define MANY 20000
#define LEFT 300 /* epochs after which a training is left */
#define WHOLE 320
#define MOST_BYTES 600 /* of the text of an epoch */

/* --- What a checkpoint tells of epochs --- */

/* A third of them better than all before. */
static LatheEpoch
make_epoch (guint number)
{
  LatheEpoch epoch = {
      .epoch = number,
      .loss = 1.0 / 3 + 1.0 / number,
      .accuracy = 0.1 + number / 1e6,
      .validation_loss = NAN,
      .validation_accuracy = 2.0 / 3 - 1.0 / number,
      .validation_macro_f1 = 0.3,
      .learning_rate = 1e-3 / number,
      .seconds = 1.0 / 7,
      .images_per_second = 1e4 / 7,
      .step = number,
      .elapsed = number / 7.0,
      .phases = {1e-3, 1.0 / 9, 2.0 / 9, 1e-5, 0.01},
      .best = number % 3 == 1,
  };

  return epoch;
}

static GArray *
make_epochs (guint n)
{
  GArray *epochs = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));

  for (guint i = 1; i <= n; i++)
    {
      LatheEpoch epoch = make_epoch (i);

      g_array_append_val (epochs, epoch);
    }
  return epochs;
}

static char *
to_text (const GArray *epochs)
{
  GString *json = g_string_new ("{");

  lathe_kept_epochs_write (json, epochs);
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

static gboolean
from_text (const char *text, guint64 n, const GArray *recorded, GArray *epochs)
{
  g_autoptr (JsonNode) root = json_from_string (text, NULL);

  g_assert_nonnull (root);
  return lathe_kept_epochs_read (json_node_get_object (root), n, recorded, epochs);
}

static gboolean
same_number (double a, double b)
{
  return a == b || (isnan (a) && isnan (b));
}

static void
assert_same (const LatheEpoch *a, const LatheEpoch *b)
{
  g_assert_cmpuint (a->epoch, ==, b->epoch);
  g_assert_cmpint (a->best, ==, b->best);
  g_assert_true (same_number (a->loss, b->loss));
  g_assert_true (same_number (a->accuracy, b->accuracy));
  g_assert_true (same_number (a->validation_loss, b->validation_loss));
  g_assert_true (same_number (a->validation_accuracy, b->validation_accuracy));
  g_assert_true (same_number (a->validation_macro_f1, b->validation_macro_f1));
  g_assert_true (same_number (a->learning_rate, b->learning_rate));
  g_assert_true (same_number (a->step, b->step));
}

/* Returns: how many are known, all of which are as they were */
static guint
check_read (const GArray *written, const GArray *read)
{
  guint n_known = 0;

  g_assert_cmpuint (read->len, ==, written->len);
  for (guint i = 0; i < read->len; i++)
    {
      const LatheEpoch *was = &g_array_index (written, LatheEpoch, i), *is = &g_array_index (read, LatheEpoch, i);

      g_assert_cmpuint (is->epoch, ==, i + 1);
      g_assert_cmpint (is->best, ==, was->best);
      if (!lathe_epoch_is_known (is))
        continue;
      assert_same (is, was);
      n_known++;
    }
  return n_known;
}

static void
test_a_checkpoint_tells_of_so_many (void)
{
  for (guint n = 0; n <= MANY; n += n < 300 ? 1 : 1499)
    {
      g_autoptr (GArray) epochs = make_epochs (n), read = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));
      g_autofree char *text = to_text (epochs);
      guint n_known;

      g_assert_cmpuint (strlen (text), <=, (LATHE_MOST_KEPT_EPOCHS + 1) * MOST_BYTES + n / 6 + 100);
      g_assert_true (from_text (text, n, NULL, read));
      n_known = check_read (epochs, read);
      g_assert_cmpuint (n_known, <=, LATHE_MOST_KEPT_EPOCHS + 1);
      g_assert_cmpuint (n_known, >=, MIN (n, LATHE_MOST_KEPT_EPOCHS / 2));
      if (n <= LATHE_MOST_KEPT_EPOCHS)
        g_assert_cmpuint (n_known, ==, n);
    }
}

/* However long ago it was. */
static void
test_the_best_is_told_of (void)
{
  g_autoptr (GArray) epochs = make_epochs (1000), read = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));
  g_autofree char *text = NULL;

  for (guint i = 0; i < epochs->len; i++)
    g_array_index (epochs, LatheEpoch, i).best = i == 0 || i == 346;
  text = to_text (epochs);
  g_assert_true (from_text (text, epochs->len, NULL, read));
  check_read (epochs, read);
  g_assert_true (lathe_epoch_is_known (&g_array_index (read, LatheEpoch, 346)));
  g_assert_false (lathe_epoch_is_known (&g_array_index (read, LatheEpoch, 345)));
}

/* A list of runs that lacks some, and one of which goes further. */
static void
test_the_list_of_runs_has_the_others (void)
{
  g_autoptr (GArray) epochs = make_epochs (1000), read = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));
  g_autoptr (GArray) recorded = make_epochs (1003);
  g_autofree char *text = to_text (epochs);

  g_assert_true (from_text (text, epochs->len, recorded, read));
  g_assert_cmpuint (check_read (epochs, read), ==, epochs->len);
  g_array_remove_index (recorded, 501);
  g_array_set_size (read, 0);
  g_assert_true (from_text (text, epochs->len, recorded, read));
  g_assert_cmpuint (check_read (epochs, read), ==, epochs->len - 1);
}

static void
test_what_an_earlier_version_wrote (void)
{
  g_autoptr (GArray) read = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));
  const char *text =
      "{\"finished\":[{\"loss\":2,\"seconds\":1,\"best\":true},{\"loss\":1.5,\"seconds\":1,\"best\":true},"
      "{\"loss\":1.75,\"seconds\":1,\"best\":false}]}";

  g_assert_true (from_text (text, 3, NULL, read));
  g_assert_cmpuint (read->len, ==, 3);
  g_assert_cmpuint (g_array_index (read, LatheEpoch, 1).epoch, ==, 2);
  g_assert_cmpfloat (g_array_index (read, LatheEpoch, 1).loss, ==, 1.5);
  g_assert_true (g_array_index (read, LatheEpoch, 1).best);
  g_assert_false (g_array_index (read, LatheEpoch, 2).best);
  g_array_set_size (read, 0);
  g_assert_false (from_text (text, 4, NULL, read));
}

static void
test_nonsense_is_refused (void)
{
  static const struct
  {
    const char *text;
    guint64 n;
  } cases[] = {
      {"{}", 0},
      {"{\"finished\":7}", 0},
      {"{\"finished\":[],\"better\":\"\"}", G_MAXUINT64},
      {"{\"finished\":[],\"better\":\"\"}", 1},
      {"{\"finished\":[],\"better\":\"AQ==\"}", 1},                            /* the best is not told of */
      {"{\"finished\":[{\"epoch\":1,\"seconds\":1}],\"better\":\"AA==\"}", 1}, /* none is the best */
      {"{\"finished\":[{\"epoch\":1,\"seconds\":1}],\"better\":\"AQE=\"}", 1},
      {"{\"finished\":[{\"epoch\":1}],\"better\":\"AQ==\"}", 1},
      {"{\"finished\":[{\"epoch\":2,\"seconds\":1}],\"better\":\"AQ==\"}", 1},
      {"{\"finished\":[{\"epoch\":0,\"seconds\":1}],\"better\":\"AQ==\"}", 1},
      {"{\"finished\":[{\"epoch\":-1,\"seconds\":1}],\"better\":\"AQ==\"}", 1},
      {"{\"finished\":[{\"epoch\":2,\"seconds\":1},{\"epoch\":1,\"seconds\":1}],\"better\":\"Aw==\"}", 2},
      {"{\"finished\":[{\"epoch\":1,\"seconds\":\"1\"}],\"better\":\"AQ==\"}", 1},
      {"{\"finished\":[[1]],\"better\":\"AQ==\"}", 1},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GArray) read = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));

      g_assert_false (from_text (cases[i].text, cases[i].n, NULL, read));
    }
}

/* --- What snapshots share --- */

static void
test_what_is_shared_stays (void)
{
  LatheEpochs epochs = {0}, shared[MANY / 1000], before_back, after_back;

  for (guint i = 0; i < MANY; i++)
    {
      LatheEpoch epoch = make_epoch (i + 1);

      if (i % 1000 == 0)
        lathe_epochs_share (&shared[i / 1000], &epochs);
      lathe_epochs_append (&epochs, &epoch);
    }
  lathe_epochs_share (&before_back, &epochs);
  g_assert_true (before_back.list.data == epochs.list.data); /* and not a copy */
  lathe_epochs_truncate (&epochs, 10);
  for (guint i = 10; i < 20; i++)
    {
      LatheEpoch epoch = make_epoch (i + 1);

      epoch.loss = 99;
      lathe_epochs_append (&epochs, &epoch);
    }
  lathe_epochs_share (&after_back, &epochs);
  lathe_epochs_clear (&epochs);

  g_assert_cmpuint (before_back.list.len, ==, MANY);
  for (guint i = 0; i < MANY; i++)
    {
      LatheEpoch epoch = make_epoch (i + 1);

      assert_same (&g_array_index (&before_back.list, LatheEpoch, i), &epoch);
    }
  g_assert_cmpuint (after_back.list.len, ==, 20);
  for (guint i = 0; i < 20; i++)
    g_assert_cmpfloat (g_array_index (&after_back.list, LatheEpoch, i).loss, ==, i < 10 ? make_epoch (i + 1).loss : 99);
  for (guint k = 0; k < G_N_ELEMENTS (shared); k++)
    {
      g_assert_cmpuint (shared[k].list.len, ==, 1000 * k);
      lathe_epochs_clear (&shared[k]);
    }
  lathe_epochs_clear (&before_back);
  lathe_epochs_clear (&after_back);
}

/* --- A training --- */

static const char network[] =
    "{\"nodes\":["
    "{\"name\":\"input\",\"kind\":\"input\",\"inputs\":[],\"height\":4,\"width\":4,\"channels\":1},"
    "{\"name\":\"flatten\",\"kind\":\"flatten\",\"inputs\":[\"input\"]},"
    "{\"name\":\"dense\",\"kind\":\"dense\",\"inputs\":[\"flatten\"],\"units\":10,\"activation\":\"softmax\"}]}";

typedef struct
{
  LatheDataset *images;
  LatheGraph *graph;
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
  char *folder, *list, *checkpoint;
  LatheTrainer *trainer; /* to be stopped after LEFT epochs; or NULL */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->images = few_new (4);
  f->graph = lathe_graph_from_json (network, -1, &error);
  g_assert_no_error (error);
  lathe_dataset_suggest (f->images, 4, 4, &f->preprocess);
  lathe_hyperparameters_defaults (&f->hyperparameters);
  f->hyperparameters.epochs = WHOLE;
  f->hyperparameters.threads = 1;
  f->hyperparameters.learning_rate = 0.01;
  f->hyperparameters.schedule = LATHE_SCHEDULE_PLATEAU; /* which goes by all epochs */
  f->hyperparameters.decay = 0.9;
  f->folder = g_dir_make_tmp ("lathe-long-XXXXXX", NULL);
  f->list = g_build_filename (f->folder, "runs.db", NULL);
  f->checkpoint = g_build_filename (f->folder, "checkpoint", NULL);
}

static void
remove_list (const Fixture *f)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *path = g_strconcat (f->list, ((const char *const[]){"", "-wal", "-shm"})[i], NULL);

      g_unlink (path);
    }
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *run = g_build_filename (f->folder, "1", NULL);
  g_autofree char *model = g_build_filename (run, "model.safetensors", NULL);

  lathe_checkpoint_remove (f->checkpoint);
  remove_list (f);
  g_unlink (model);
  g_rmdir (run);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  lathe_graph_free (f->graph);
  few_free (f->images);
  g_free (f->folder);
  g_free (f->list);
  g_free (f->checkpoint);
}

static void
observe (LatheSnapshot *snapshot, gpointer data)
{
  const Fixture *f = data;

  if (f->trainer != NULL && snapshot->finished->len == LEFT)
    lathe_trainer_stop (f->trainer);
}

/* (transfer full) */
static LatheSnapshot *
train (Fixture *f, gboolean leave, LatheUnfinished *unfinished, gboolean listed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheTrainer) trainer =
      lathe_trainer_new (f->images, f->graph, &f->preprocess,
                         unfinished != NULL ? &unfinished->hyperparameters : &f->hyperparameters, observe, f, &error);
  LatheSnapshot *end;

  g_assert_no_error (error);
  if (unfinished != NULL)
    g_assert_true (lathe_trainer_take_up (trainer, unfinished, &error));
  if (leave || unfinished != NULL)
    lathe_trainer_set_checkpoint (trainer, f->checkpoint);
  if (listed)
    lathe_trainer_record (trainer, &(LatheRecord){.path = f->list});
  f->trainer = leave ? trainer : NULL;
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  g_assert_null (end->warning);
  return end;
}

static void
check_taken_up (Fixture *f, gboolean listed, guint most_unknown)
{
  g_autoptr (LatheSnapshot) whole = train (f, FALSE, NULL, FALSE), left = train (f, TRUE, NULL, TRUE), end = NULL;
  g_autoptr (GError) error = NULL;
  LatheUnfinished *unfinished = lathe_unfinished_read (f->checkpoint, &error);
  g_autofree char *expected = lathe_model_weights_sha256 (whole->best), *sha256 = NULL;
  guint n_known;

  g_assert_no_error (error);
  g_assert_cmpuint (unfinished->epoch, ==, LEFT + 1);
  if (!listed)
    remove_list (f);
  end = train (f, FALSE, unfinished, listed);
  sha256 = lathe_model_weights_sha256 (end->best);
  g_assert_cmpstr (sha256, ==, expected);
  n_known = 0;
  for (guint i = 0; i < WHOLE; i++)
    {
      const LatheEpoch *a = &g_array_index (end->finished, LatheEpoch, i),
                       *b = &g_array_index (whole->finished, LatheEpoch, i);

      g_assert_cmpint (a->best, ==, b->best);
      if (!lathe_epoch_is_known (a))
        continue;
      assert_same (a, b);
      n_known++;
    }
  g_assert_cmpuint (n_known, >=, WHOLE - most_unknown);
  g_assert_cmpint (listed, ==, n_known == WHOLE);
}

static void
test_taken_up_with_its_list (Fixture *f, gconstpointer data)
{
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GArray) epochs = NULL;

  check_taken_up (f, TRUE, 0);
  runs = lathe_runs_open (f->list, NULL);
  epochs = lathe_runs_epochs (runs, 1, NULL);
  g_assert_cmpuint (epochs->len, ==, WHOLE);
}

/* It comes out the same, though of some epochs nobody knows any longer what they came to. */
static void
test_taken_up_without_its_list (Fixture *f, gconstpointer data)
{
  check_taken_up (f, FALSE, LEFT - LATHE_MOST_KEPT_EPOCHS / 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/long/told", test_a_checkpoint_tells_of_so_many);
  g_test_add_func ("/long/best", test_the_best_is_told_of);
  g_test_add_func ("/long/recorded", test_the_list_of_runs_has_the_others);
  g_test_add_func ("/long/earlier-version", test_what_an_earlier_version_wrote);
  g_test_add_func ("/long/nonsense", test_nonsense_is_refused);
  g_test_add_func ("/long/shared", test_what_is_shared_stays);
  g_test_add ("/long/taken-up", Fixture, NULL, set_up, test_taken_up_with_its_list, tear_down);
  g_test_add ("/long/taken-up-without-list", Fixture, NULL, set_up, test_taken_up_without_its_list, tear_down);
  return g_test_run ();
}
