/* test-suspects.c: images with a wrong label are told by what the network said of them while it learned.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "few.h"
#include "train/lathe-observation.h"
#include "train/lathe-runs-private.h"

#define N_OF_A_CLASS 200
#define PLANTED 100 /* 5 % */
#define EPOCHS 10

static LatheDataset *samples; /* with wrong labels */
static GHashTable *planted;   /* names of the images that have one */
static LatheGraph *graph;
static LathePreprocess preprocess;
static char *folder;

/* --- By hand --- */

static LatheNetwork *
make_network (LathePool *pool, guint units)
{
  g_autofree char *text = g_strdup_printf (
      "{\"nodes\":[{\"name\":\"input\",\"kind\":\"input\",\"inputs\":[],\"height\":1,\"width\":1,\"channels\":1},"
      "{\"name\":\"flatten\",\"kind\":\"flatten\",\"inputs\":[\"input\"]},"
      "{\"name\":\"dense\",\"kind\":\"dense\",\"inputs\":[\"flatten\"],\"units\":%u,\"activation\":\"%s\"}]}",
      units, units == 1 ? "sigmoid" : "softmax");
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) small = lathe_graph_from_json (text, -1, &error);
  LatheNetwork *network;

  g_assert_no_error (error);
  network = lathe_network_new (small, 2, TRUE, pool, &error);
  g_assert_no_error (error);
  return network;
}

/* Two images of classes 0 and 1, of which the network says this. */
static void
say (LatheBatch *batch, LatheNetwork *network, const LatheReal *logits)
{
  batch->n = 2;
  for (guint i = 0; i < 2; i++)
    batch->images[i] = batch->labels[i] = i;
  lathe_network_set_logits (network, 2, logits);
  lathe_batch_say (batch, network);
}

static const LatheDynamic *
find (const GArray *dynamics, guint image)
{
  const LatheImage *of = lathe_dataset_get_image (samples, image);

  return lathe_dynamics_find (dynamics, of, of->label);
}

/* The first images of the samples are of class 0, whatever the batch says; only the sums are looked at. */
static const LatheReal *
numbers_of (LatheObservation *observation, guint image)
{
  gsize n;
  LatheReal *numbers = lathe_observation_get_numbers (observation, &n);

  return numbers + image * (n / 2);
}

static void
assert_numbers (LatheObservation *observation, guint image, const LatheReal *expected)
{
  const LatheReal *numbers = numbers_of (observation, image);

  for (guint i = 0; i < 6; i++)
    g_assert_cmpfloat_with_epsilon (numbers[i], expected[i], 1e-6);
}

/* Weight, times, named, margin, likelier, votes. */
static void
test_margins_add_up (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = make_network (pool, 3);
  g_autoptr (LatheObservation) observation = lathe_observation_new (2);
  LatheBatch batch;

  lathe_batch_init (&batch, 2);
  say (&batch, network, (const LatheReal[]){1, 3, 2, /* */ 0, 4, 1});
  lathe_observation_note (observation, &batch, network);
  say (&batch, network, (const LatheReal[]){5, 1, 3, /* */ 0, -1, 2});
  lathe_observation_note (observation, &batch, network);
  assert_numbers (observation, 0, (const LatheReal[]){2, 2, 1, 0, 2, 0});
  assert_numbers (observation, 1, (const LatheReal[]){2, 2, 1, 0, 2, 2});
  say (&batch, network, (const LatheReal[]){NAN, 0, 0, /* */ 0, INFINITY, 0});
  lathe_observation_note (observation, &batch, network);
  assert_numbers (observation, 0, (const LatheReal[]){2, 2, 1, 0, 2, 0});
  assert_numbers (observation, 1, (const LatheReal[]){2, 2, 1, 0, 2, 2});
  lathe_batch_clear (&batch);
}

/* One unit is the difference of two logits. */
static void
test_one_unit_tells_two_classes_apart (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = make_network (pool, 1);
  g_autoptr (LatheObservation) observation = lathe_observation_new (2);
  LatheBatch batch;

  lathe_batch_init (&batch, 2);
  say (&batch, network, (const LatheReal[]){-2, -3});
  lathe_observation_note (observation, &batch, network);
  assert_numbers (observation, 0, (const LatheReal[]){1, 1, 1, 2, 1, 1});
  assert_numbers (observation, 1, (const LatheReal[]){1, 1, 0, -3, 0, 1});
  lathe_batch_clear (&batch);
}

static void
test_what_is_mixed_counts_less (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = make_network (pool, 3);
  g_autoptr (LatheObservation) observation = lathe_observation_new (2);
  LatheBatch batch;

  lathe_batch_init (&batch, 2);
  batch.mixed = TRUE;
  batch.others[0] = (LatheOtherLabel){1, 0.25f};
  batch.others[1] = (LatheOtherLabel){1, 0.4f}; /* of its own class */
  say (&batch, network, (const LatheReal[]){4, 2, 0, /* */ 0, 1, 3});
  lathe_observation_note (observation, &batch, network);
  batch.others[0] = (LatheOtherLabel){2, 0.5f};
  batch.others[1] = (LatheOtherLabel){0, 0.5f};
  lathe_observation_note (observation, &batch, network);
  assert_numbers (observation, 0, (const LatheReal[]){0.5f, 1, 1, 1, 1, 0.5f});
  assert_numbers (observation, 1, (const LatheReal[]){1, 1, 0, -2, 2, 1});
  lathe_batch_clear (&batch);
}

/* A validation that is stopped is made once more when the run is taken up. */
static void
test_a_set_that_was_not_gone_through_does_not_count (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = make_network (pool, 3);
  g_autoptr (LatheObservation) observation = lathe_observation_new (2);
  LatheBatch batch;

  lathe_batch_init (&batch, 2);
  say (&batch, network, (const LatheReal[]){4, 2, 0, /* */ 0, 1, 3});
  lathe_observation_note_aside (observation, &batch, network);
  lathe_observation_settle (observation, FALSE);
  assert_numbers (observation, 0, (const LatheReal[]){0, 0, 0, 0, 0, 0});
  lathe_observation_note_aside (observation, &batch, network);
  assert_numbers (observation, 0, (const LatheReal[]){0, 0, 0, 0, 0, 0});
  lathe_observation_settle (observation, TRUE);
  assert_numbers (observation, 0, (const LatheReal[]){1, 1, 1, 2, 1, 1});
  lathe_batch_clear (&batch);
}

/* --- Of trainings --- */

static LatheHyperparameters
settings (guint epochs, guint threads)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.epochs = epochs;
  h.threads = threads;
  return h;
}

static char *
list_of (const char *name)
{
  return g_strdup_printf ("%s/%s.db", folder, name);
}

static LatheTrainer *
make_trainer (const LatheHyperparameters *h, const char *list, LatheObserver observer, gpointer data)
{
  g_autoptr (GError) error = NULL;
  LatheTrainer *trainer = lathe_trainer_new (samples, graph, &preprocess, h, observer, data, &error);

  g_assert_no_error (error);
  lathe_trainer_record (trainer, &(LatheRecord){.path = list, .network = "mlp"});
  return trainer;
}

static LatheSnapshot *
finish (LatheTrainer *trainer)
{
  LatheSnapshot *end;

  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  g_assert_null (end->warning);
  return end;
}

static LatheSnapshot *
train (const LatheHyperparameters *h, const char *list)
{
  g_autoptr (LatheTrainer) trainer = make_trainer (h, list, NULL, NULL);

  return finish (trainer);
}

static LatheEvaluation *
evaluate (LatheModel *model, LatheDataset *dataset, int split)
{
  g_autoptr (GError) error = NULL;
  LatheEvaluation *evaluation = lathe_evaluate (model, dataset, split, 2, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return evaluation;
}

static gboolean
is_planted (const LatheEvaluation *evaluation, guint place)
{
  const LatheImage *image = lathe_dataset_get_image (samples, lathe_evaluation_get (evaluation, place)->image);

  return g_hash_table_contains (planted, lathe_image_get_name (samples, image));
}

/* The mean, over the images that have a wrong label, of the share of such among those that the list has until there; 0
 * for one that it does not have. */
static double
average_precision (const LatheEvaluation *evaluation, const GArray *suspects)
{
  guint n = 0, hits = 0;
  double sum = 0;

  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    n += is_planted (evaluation, i);
  for (guint i = 0; i < suspects->len; i++)
    if (is_planted (evaluation, g_array_index (suspects, LatheSuspect, i).place))
      sum += (double) ++hits / (i + 1);
  return sum / n;
}

static void
test_planted_labels_are_found (void)
{
  static const LatheSplit sides[] = {LATHE_SPLIT_TRAIN, LATHE_SPLIT_VALIDATION};
  g_autofree char *list = list_of ("planted");
  const LatheHyperparameters h = settings (EPOCHS, 0);
  g_autoptr (LatheSnapshot) end = train (&h, list);
  g_autoptr (GArray) dynamics = lathe_dynamics_of_model (end->best, list);

  g_assert_nonnull (dynamics);
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      g_autoptr (LatheEvaluation) evaluation = evaluate (end->best, samples, sides[i]);
      g_autoptr (GArray) by_epochs = lathe_suspects (evaluation, samples, dynamics);
      g_autoptr (GArray) by_answers = lathe_suspects (evaluation, samples, NULL);
      double found = average_precision (evaluation, by_epochs), before = average_precision (evaluation, by_answers);

      g_test_message ("side %d: average precision %.3f of %u by epochs, %.3f of %u by answers", sides[i], found,
                      by_epochs->len, before, by_answers->len);
      g_assert_cmpint (lathe_suspicion (evaluation, samples, dynamics), ==, LATHE_SUSPECTED_BY_EPOCHS);
      g_assert_cmpint (lathe_suspicion (evaluation, samples, NULL), ==, LATHE_SUSPECTED_BY_ANSWERS);
      g_assert_cmpfloat (found, >=, 0.75);
      g_assert_cmpfloat (found, >=, before + 0.1);
    }
}

static void
test_images_of_another_side_go_by_the_answers (void)
{
  g_autofree char *list = list_of ("sides");
  const LatheHyperparameters h = settings (2, 0);
  g_autoptr (LatheSnapshot) end = train (&h, list);
  g_autoptr (GArray) dynamics = lathe_dynamics_of_model (end->best, list);
  g_autoptr (LatheEvaluation) test = evaluate (end->best, samples, LATHE_SPLIT_TEST);
  g_autoptr (LatheEvaluation) all = evaluate (end->best, samples, -1);
  g_autoptr (GArray) of_test = lathe_suspects (test, samples, dynamics);
  g_autoptr (GArray) of_all = lathe_suspects (all, samples, dynamics);
  guint n_by_epochs = 0;

  g_assert_cmpint (lathe_suspicion (test, samples, dynamics), ==, LATHE_SUSPECTED_BY_ANSWERS);
  g_assert_cmpint (lathe_suspicion (all, samples, dynamics), ==, LATHE_SUSPECTED_BY_BOTH);
  g_assert_cmpuint (of_test->len, >, 0);
  while (n_by_epochs < of_all->len && g_array_index (of_all, LatheSuspect, n_by_epochs).times > 0)
    n_by_epochs++;
  g_assert_cmpuint (of_all->len, ==, n_by_epochs + of_test->len);
  for (guint i = 0; i < of_test->len; i++)
    {
      const LatheSuspect *suspect = &g_array_index (of_test, LatheSuspect, i);
      const LatheSuspect *same = &g_array_index (of_all, LatheSuspect, n_by_epochs + i);

      g_assert_cmpuint (suspect->times, ==, 0);
      g_assert_cmpuint (lathe_evaluation_get (test, suspect->place)->image, ==,
                        lathe_evaluation_get (all, same->place)->image);
    }
  for (guint i = 1; i < n_by_epochs; i++)
    g_assert_cmpfloat (g_array_index (of_all, LatheSuspect, i - 1).margin, <=,
                       g_array_index (of_all, LatheSuspect, i).margin);
}

/* What was said of it was said of another label. */
static void
test_an_image_that_was_relabelled_goes_by_the_answer (void)
{
  g_autofree char *list = list_of ("relabelled");
  const LatheHyperparameters h = settings (1, 0);
  g_autoptr (LatheSnapshot) end = train (&h, list);
  g_autoptr (GArray) dynamics = lathe_dynamics_of_model (end->best, list);
  g_autoptr (GArray) training = lathe_dataset_get_split (samples, LATHE_SPLIT_TRAIN);
  const LatheImage *image = lathe_dataset_get_image (samples, g_array_index (training, guint32, 0));

  g_assert_nonnull (lathe_dynamics_find (dynamics, image, image->label));
  g_assert_null (lathe_dynamics_find (dynamics, image, (image->label + 1) % 10));
  g_assert_null (lathe_dynamics_find (dynamics, &(LatheImage){.hash = image->hash + 1}, image->label));
}

/* --- The same bits --- */

static void
assert_same_dynamics (const LatheModel *model, const char *a, const char *b)
{
  g_autoptr (GArray) x = lathe_dynamics_of_model (model, a), y = lathe_dynamics_of_model (model, b);

  g_assert_true (x != NULL && y != NULL);
  g_assert_cmpuint (x->len, >, 9 * 2000 / 10 - 100);
  g_assert_cmpmem (x->data, x->len * sizeof (LatheDynamic), y->data, y->len * sizeof (LatheDynamic));
}

static void
test_any_number_of_threads_notes_the_same (void)
{
  g_autofree char *one = list_of ("one-thread"), *three = list_of ("three-threads");
  const LatheHyperparameters h1 = settings (2, 1), h3 = settings (2, 3);
  g_autoptr (LatheSnapshot) end = train (&h1, one), other = train (&h3, three);

  assert_same_dynamics (end->best, one, three);
}

/* A command at a step, once. */
typedef struct
{
  LatheTrainer *trainer;
  guint epoch, step;
  void (*command) (LatheTrainer *trainer);
  gboolean done;
} Order;

/* In single steps, each of which is seen. */
static void
give_order (LatheSnapshot *snapshot, gpointer data)
{
  Order *order = data;

  if (order->done || snapshot->state != LATHE_TRAINER_PAUSED)
    return;
  order->done = snapshot->epoch == order->epoch && snapshot->step == order->step;
  if (order->done)
    order->command (order->trainer);
  else
    lathe_trainer_step (order->trainer);
}

static LatheSnapshot *
train_with_order (const LatheHyperparameters *h, const char *list, const char *checkpoint, Order *order)
{
  g_autoptr (LatheTrainer) trainer = make_trainer (h, list, give_order, order);

  order->trainer = trainer;
  lathe_trainer_set_checkpoint (trainer, checkpoint);
  lathe_trainer_pause (trainer);
  return finish (trainer);
}

static LatheSnapshot *
take_up (const char *list, const char *checkpoint)
{
  g_autoptr (GError) error = NULL;
  LatheUnfinished *unfinished = lathe_unfinished_read (checkpoint, &error);
  LatheHyperparameters h;
  g_autoptr (LatheTrainer) trainer = NULL;

  g_assert_no_error (error);
  h = unfinished->hyperparameters;
  trainer = make_trainer (&h, list, NULL, NULL);
  lathe_trainer_set_checkpoint (trainer, checkpoint);
  g_assert_true (lathe_trainer_take_up (trainer, unfinished, &error));
  return finish (trainer);
}

/* In the middle of an epoch, and at its last step, after which it is validated. */
static void
test_a_run_that_is_left_and_taken_up_notes_the_same (void)
{
  g_autofree char *whole = list_of ("whole"), *checkpoint = g_build_filename (folder, "checkpoint", NULL);
  const LatheHyperparameters h = settings (3, 2);
  g_autoptr (LatheSnapshot) end = train (&h, whole);
  const guint steps[] = {7, end->steps};

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *name = g_strdup_printf ("left-%u", i), *left = list_of (name);
      Order order = {.epoch = 2, .step = steps[i], .command = lathe_trainer_stop};
      g_autoptr (LatheSnapshot) half = train_with_order (&h, left, checkpoint, &order), rest = NULL;

      g_assert_cmpint (half->state, ==, LATHE_TRAINER_STOPPED);
      rest = take_up (left, checkpoint);
      assert_same_dynamics (end->best, whole, left);
      lathe_checkpoint_remove (checkpoint);
    }
}

typedef struct
{
  LatheTrainer *trainer;
  enum
  {
    BEFORE,
    CHANGED,
    TAKEN_BACK,
    OVER
  } stage;
} Course;

/* In single steps: a change at the third step of the second epoch, which is taken back six steps later. */
static void
change_and_take_back (LatheSnapshot *snapshot, gpointer data)
{
  Course *course = data;
  gboolean there = snapshot->epoch == 2 && snapshot->step == (course->stage == BEFORE ? 3 : 9);

  if (snapshot->state != LATHE_TRAINER_PAUSED || course->stage == OVER)
    return;
  if (there && course->stage == BEFORE)
    g_assert_true (lathe_trainer_set (course->trainer, "learning-rate", 0.01, NULL));
  else if (there && course->stage == CHANGED)
    lathe_trainer_take_back (course->trainer);
  else if (course->stage == TAKEN_BACK && snapshot->changes->len == 0)
    lathe_trainer_resume (course->trainer);
  else if (course->stage != TAKEN_BACK)
    {
      lathe_trainer_step (course->trainer);
      return;
    }
  else
    return;
  course->stage++;
}

static void
test_what_is_taken_back_was_not_noted (void)
{
  g_autofree char *whole = list_of ("straight"), *back = list_of ("taken-back");
  const LatheHyperparameters h = settings (2, 2);
  g_autoptr (LatheSnapshot) end = train (&h, whole), other = NULL;
  Course course = {.stage = BEFORE};
  g_autoptr (LatheTrainer) trainer = make_trainer (&h, back, change_and_take_back, &course);

  course.trainer = trainer;
  lathe_trainer_pause (trainer);
  other = finish (trainer);
  g_assert_cmpint (course.stage, ==, OVER);
  assert_same_dynamics (end->best, whole, back);
}

/* --- What a list may hold --- */

static void
test_a_damaged_list_tells_only_what_makes_sense (void)
{
  g_autofree char *list = list_of ("damaged");
  const LatheHyperparameters h = settings (1, 0);
  g_autoptr (LatheSnapshot) end = train (&h, list);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheRuns) runs = lathe_runs_open (list, &error);
  g_autoptr (GArray) written = g_array_new (FALSE, FALSE, sizeof (LatheDynamic)), read = NULL;
  const LatheDynamic dynamics[] = {
      {9, 3, 4, 10, 2, -1},           {5, 0, 1, 1, 0, 2},    {1, 10, 1, 10, 2, -1},
      {1, 1, G_MAXUINT32, 10, 2, -1}, {1, 2, 2, 10, 2, -1},  {1, 2, 1, 0, 0, -1},
      {1, 2, 1, 10, 11, -1},          {1, 2, 1, 10, 1, NAN}, {1, 2, 1, 10, 1, INFINITY},
  };

  g_array_append_vals (written, dynamics, G_N_ELEMENTS (dynamics));
  g_assert_true (lathe_runs_write_dynamics (runs, end->run, written, &error));
  read = lathe_dynamics_of_model (end->best, list);
  g_assert_cmpuint (read->len, ==, 2);
  g_assert_cmpmem (&g_array_index (read, LatheDynamic, 0), sizeof *dynamics, &dynamics[1], sizeof *dynamics);
  g_assert_cmpmem (&g_array_index (read, LatheDynamic, 1), sizeof *dynamics, &dynamics[0], sizeof *dynamics);
  g_assert_null (find (read, 0));
}

static void
test_what_no_list_knows_is_not_known (void)
{
  g_autofree char *list = list_of ("nowhere"), *file = list_of ("no-list"), *other = list_of ("another");
  const LatheHyperparameters h = settings (1, 0);
  LatheHyperparameters h2 = settings (1, 0);
  g_autoptr (LatheSnapshot) end = train (&h, other), unlike = NULL;
  g_autofree char *third = list_of ("third");

  h2.seed = 2;
  unlike = train (&h2, third);
  g_assert_null (lathe_dynamics_of_model (end->best, list));
  g_assert_false (g_file_test (list, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_set_contents (file, "no list of runs", -1, NULL));
  g_assert_null (lathe_dynamics_of_model (end->best, file));
  g_assert_null (lathe_dynamics_of_model (end->best, third));
}

/* --- Samples --- */

/* Some images get another of the labels, at random. */
static LatheDataset *
plant (LatheDataset *right)
{
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (GError) error = NULL;
  const char *const *classes = lathe_dataset_get_classes (right);
  guint n_classes = lathe_dataset_get_n_classes (right), n = lathe_dataset_get_n_images (right);
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  LatheDataset *dataset;

  planted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint at = 0; g_hash_table_size (planted) < PLANTED; at += 2)
    {
      const LatheImage *image = lathe_dataset_get_image (right, lathe_rng_below (&rng, at, n));
      const char *name = lathe_image_get_name (right, image);
      guint other = (image->label + 1 + lathe_rng_below (&rng, at + 1, n_classes - 1)) % n_classes;

      if (g_hash_table_add (planted, g_strdup (name)))
        lathe_edits_set_label (edits, name, classes[other]);
    }
  dataset = lathe_dataset_edit (right, edits, NULL, &error);
  g_assert_no_error (error);
  return dataset;
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

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  LatheDataset *right;
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("lathe-suspects-XXXXXX", &error);
  g_assert_no_error (error);
  right = few_new (N_OF_A_CLASS);
  samples = plant (right);
  lathe_dataset_suggest (samples, 0, 0, &preprocess);
  graph = lathe_preset_load ("mlp", &error);
  g_assert_no_error (error);
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (preprocess.height, preprocess.width, preprocess.channels),
                     lathe_dataset_get_n_classes (samples));

  g_test_add_func ("/suspects/margins", test_margins_add_up);
  g_test_add_func ("/suspects/one-unit", test_one_unit_tells_two_classes_apart);
  g_test_add_func ("/suspects/mixed", test_what_is_mixed_counts_less);
  g_test_add_func ("/suspects/not-whole", test_a_set_that_was_not_gone_through_does_not_count);
  g_test_add_func ("/suspects/planted", test_planted_labels_are_found);
  g_test_add_func ("/suspects/sides", test_images_of_another_side_go_by_the_answers);
  g_test_add_func ("/suspects/relabelled", test_an_image_that_was_relabelled_goes_by_the_answer);
  g_test_add_func ("/suspects/threads", test_any_number_of_threads_notes_the_same);
  g_test_add_func ("/suspects/left", test_a_run_that_is_left_and_taken_up_notes_the_same);
  g_test_add_func ("/suspects/taken-back", test_what_is_taken_back_was_not_noted);
  g_test_add_func ("/suspects/damaged", test_a_damaged_list_tells_only_what_makes_sense);
  g_test_add_func ("/suspects/unknown", test_what_no_list_knows_is_not_known);
  result = g_test_run ();
  lathe_graph_free (graph);
  g_hash_table_unref (planted);
  lathe_dataset_unref (samples);
  few_free (right);
  remove_all (folder);
  g_free (folder);
  return result;
}
