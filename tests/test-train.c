/* test-train.c: a network learns what it should, obeys, and comes out the same every time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "train/lathe-optimizer.h"

static LatheDataset *samples;

static LatheHyperparameters
defaults (void)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  return h;
}

static const LathePreprocess *
preprocess (void)
{
  static LathePreprocess p;

  lathe_dataset_suggest (samples, 0, 0, &p);
  return &p;
}

static LatheGraph *
network (const char *preset)
{
  LatheGraph *graph = lathe_preset_load (preset, NULL);
  LatheShape shape = LATHE_SHAPE_IMAGE (preprocess ()->height, preprocess ()->width, preprocess ()->channels);

  lathe_graph_adapt (graph, &shape, lathe_dataset_get_n_classes (samples));
  return graph;
}

/* What an observer saw. */
typedef struct
{
  GMutex lock;
  GCond changed;
  LatheSnapshot *newest;
  guint n_points;
  guint n_by_state[LATHE_TRAINER_FAILED + 1];
  double last_point;
} Seen;

static void
see (LatheSnapshot *snapshot, gpointer data)
{
  Seen *seen = data;

  g_mutex_lock (&seen->lock);
  g_clear_pointer (&seen->newest, lathe_snapshot_unref);
  seen->newest = lathe_snapshot_ref (snapshot);
  seen->n_by_state[snapshot->state]++;
  for (guint i = 0; i < snapshot->points->len; i++)
    {
      const LathePoint *point = &g_array_index (snapshot->points, LathePoint, i);

      g_assert_cmpfloat (point->epoch, >, seen->last_point);
      seen->last_point = point->epoch;
      seen->n_points++;
    }
  g_cond_broadcast (&seen->changed);
  g_mutex_unlock (&seen->lock);
}

/* Waits until the newest snapshot is in this state and step; gives the seconds that it took. */
static double
wait_for (Seen *seen, LatheTrainerState state, guint step)
{
  gint64 begin = g_get_monotonic_time ();

  g_mutex_lock (&seen->lock);
  while (seen->newest == NULL || seen->newest->state != state || (step > 0 && seen->newest->step != step))
    g_assert_true (g_cond_wait_until (&seen->changed, &seen->lock, begin + 60 * G_USEC_PER_SEC));
  g_mutex_unlock (&seen->lock);
  return (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
}

static LatheTrainer *
make_trainer (const char *preset, const LatheHyperparameters *hyperparameters, Seen *seen)
{
  g_autoptr (LatheGraph) graph = network (preset);
  g_autoptr (GError) error = NULL;
  LatheTrainer *trainer =
      lathe_trainer_new (samples, graph, preprocess (), hyperparameters, seen != NULL ? see : NULL, seen, &error);

  g_assert_no_error (error);
  return trainer;
}

static LatheSnapshot *
train (const char *preset, const LatheHyperparameters *hyperparameters, Seen *seen)
{
  g_autoptr (LatheTrainer) trainer = make_trainer (preset, hyperparameters, seen);

  lathe_trainer_start (trainer);
  return lathe_trainer_wait (trainer);
}

static void
seen_clear (Seen *seen)
{
  g_clear_pointer (&seen->newest, lathe_snapshot_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Seen, seen_clear)

/* Of all images that are not trained on: the test set alone is so small that chance moves its score by 3 %. */
static double
accuracy_of_unseen (const LatheSnapshot *end)
{
  double n_validation = lathe_dataset_count (samples, -1, LATHE_SPLIT_VALIDATION);
  double n_test = lathe_dataset_count (samples, -1, LATHE_SPLIT_TEST);

  return (end->best->scores.validation_accuracy * n_validation + end->test_accuracy * n_test) / (n_validation + n_test);
}

static void
test_learns_the_samples (void)
{
  LatheHyperparameters h = defaults ();
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheSnapshot) end = NULL;
  const LatheEpoch *first, *last;

  h.epochs = 6;
  end = train ("seed", &h, &seen);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FINISHED);
  g_assert_no_error (end->error);
  g_assert_cmpuint (end->finished->len, ==, 6);
  first = &g_array_index (end->finished, LatheEpoch, 0);
  last = &g_array_index (end->finished, LatheEpoch, 5);
  g_assert_cmpfloat (last->loss, <, first->loss / 2);
  g_assert_cmpfloat (accuracy_of_unseen (end), >=, 0.85);
  g_assert_cmpfloat (end->test_accuracy, ==, end->best->scores.test_accuracy);
  g_assert_cmpuint (end->n_unreadable, ==, 0);
  g_assert_cmpuint (seen.n_points, >, 6); /* inside the epochs too */
  g_assert_cmpfloat (seen.last_point, ==, 6);
}

static void
test_best_epoch_is_kept (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (LatheEvaluation) evaluation = NULL;
  g_autoptr (GError) error = NULL;
  double best = 0, best_loss = 0;
  guint best_epoch = 0;

  h.epochs = 4;
  h.learning_rate = 0.01;
  end = train ("lenet", &h, NULL);
  for (guint i = 0; i < end->finished->len; i++)
    {
      const LatheEpoch *epoch = &g_array_index (end->finished, LatheEpoch, i);
      gboolean better = epoch->validation_accuracy > best ||
                        (epoch->validation_accuracy == best && epoch->validation_loss < best_loss);

      g_assert_cmpint (epoch->best, ==, better);
      if (epoch->best)
        {
          best = epoch->validation_accuracy;
          best_loss = epoch->validation_loss;
          best_epoch = i + 1;
        }
    }
  g_assert_cmpuint (end->best->scores.best_epoch, ==, best_epoch);
  /* Evaluating the model anew gives the very scores that training reported. */
  evaluation = lathe_evaluate (end->best, samples, LATHE_SPLIT_VALIDATION, 2, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (lathe_metrics_accuracy (evaluation->metrics), ==, best);
}

/* Where there is no validation set, the training scores say which epoch is best. */
static void
test_best_epoch_without_validation (void)
{
  LatheHyperparameters h = defaults ();
  LatheDatasetOptions options = {.seed = 1, .share = {0.9, 0, 0.1}};
  g_autoptr (LatheDataset) dataset = lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &options, NULL, NULL, NULL, NULL);
  g_autoptr (LatheGraph) graph = network ("mlp");
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  double best = -1;
  guint best_epoch = 0;

  h.epochs = 4;
  trainer = lathe_trainer_new (dataset, graph, preprocess (), &h, NULL, NULL, NULL);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  for (guint i = 0; i < end->finished->len; i++)
    {
      const LatheEpoch *epoch = &g_array_index (end->finished, LatheEpoch, i);

      g_assert_true (isnan (epoch->validation_accuracy));
      if (epoch->accuracy > best)
        {
          best = epoch->accuracy;
          best_epoch = i + 1;
        }
    }
  g_assert_cmpuint (best_epoch, >, 1);
  g_assert_cmpuint (end->best->scores.best_epoch, ==, best_epoch);
}

static char *
weights_after (guint n_threads, gboolean with_pauses)
{
  LatheHyperparameters h = defaults ();
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;

  h.epochs = 2;
  h.batch = 50;
  h.seed = 11;
  h.threads = n_threads;
  trainer = make_trainer ("mlp", &h, &seen); /* with dropout */
  if (with_pauses)
    lathe_trainer_step (trainer);
  lathe_trainer_start (trainer);
  if (with_pauses)
    {
      wait_for (&seen, LATHE_TRAINER_PAUSED, 1);
      lathe_trainer_step (trainer);
      wait_for (&seen, LATHE_TRAINER_PAUSED, 2);
      lathe_trainer_resume (trainer);
    }
  end = lathe_trainer_wait (trainer);
  return lathe_model_weights_sha256 (end->best);
}

static void
test_same_seed_same_bits (void)
{
  g_autofree char *one = weights_after (1, FALSE), *two = weights_after (2, FALSE), *three = weights_after (3, FALSE);
  g_autofree char *eight = weights_after (8, FALSE);
  g_autofree char *paused = weights_after (2, TRUE);

  g_assert_cmpstr (one, ==, two);
  g_assert_cmpstr (one, ==, three);
  g_assert_cmpstr (one, ==, eight);
  g_assert_cmpstr (one, ==, paused);
}

/* Seconds from Stop to the answer. */
static double
pause_step_and_stop (void)
{
  LatheHyperparameters h = defaults ();
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  double seconds;
  guint step;

  h.epochs = 1000;
  trainer = make_trainer ("seed", &h, &seen);
  lathe_trainer_start (trainer);
  wait_for (&seen, LATHE_TRAINER_RUNNING, 0);
  lathe_trainer_pause (trainer);
  wait_for (&seen, LATHE_TRAINER_PAUSED, 0);
  step = seen.newest->step;
  g_usleep (100000);
  g_assert_cmpuint (seen.newest->step, ==, step);
  lathe_trainer_step (trainer);
  wait_for (&seen, LATHE_TRAINER_PAUSED, step + 1);
  lathe_trainer_resume (trainer);
  wait_for (&seen, LATHE_TRAINER_RUNNING, 0);
  g_usleep (200000);
  lathe_trainer_stop (trainer);
  seconds = wait_for (&seen, LATHE_TRAINER_STOPPED, 0);
  end = lathe_trainer_wait (trainer);
  g_assert_nonnull (end->best); /* even though no epoch may have ended */
  return seconds;
}

/* Other programs may have the processors for a while: so it may try again. */
static void
test_obeys_within_a_step (void)
{
  double quickest = pause_step_and_stop ();

  for (guint i = 1; i < 3 && quickest >= 0.2; i++)
    quickest = MIN (quickest, pause_step_and_stop ());
  g_assert_cmpfloat (quickest, <, 0.2);
}

static void
test_stop_while_paused (void)
{
  LatheHyperparameters h = defaults ();
  g_auto (Seen) seen = {.newest = NULL};
  g_autoptr (LatheTrainer) trainer = make_trainer ("lenet", &h, &seen);

  lathe_trainer_pause (trainer);
  lathe_trainer_start (trainer);
  wait_for (&seen, LATHE_TRAINER_PAUSED, 0);
  lathe_trainer_stop (trainer);
  g_assert_cmpfloat (wait_for (&seen, LATHE_TRAINER_STOPPED, 0), <, 0.2);
}

static void
test_divergence_is_said (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (LatheSnapshot) end = NULL;

  h.optimizer = LATHE_OPTIMIZER_SGD;
  h.learning_rate = 1e30;
  end = train ("lenet", &h, NULL);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_FAILED);
  g_assert_error (end->error, LATHE_ERROR, LATHE_ERROR_DIVERGED);
}

static void
test_wrong_hyperparameters_are_refused (void)
{
  g_autoptr (LatheGraph) graph = network ("lenet");
  LatheHyperparameters wrong[6];

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    wrong[i] = defaults ();
  wrong[0].epochs = 0;
  wrong[1].batch = 0;
  wrong[2].learning_rate = NAN;
  wrong[3].learning_rate = -1;
  wrong[4].learning_rate = INFINITY;
  wrong[5].momentum = 1;
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lathe_trainer_new (samples, graph, preprocess (), &wrong[i], NULL, NULL, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
    }
}

static void
test_network_must_fit_the_images (void)
{
  g_autoptr (LatheGraph) graph = lathe_preset_load ("seed", NULL);
  LatheHyperparameters h = defaults ();
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_trainer_new (samples, graph, preprocess (), &h, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE);
  g_assert_nonnull (strstr (error->message, "28×28×1"));
  g_assert_nonnull (strstr (error->message, "128×128×3"));
}

static void
test_one_class_alone_is_refused (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) one = NULL;
  g_autoptr (LatheGraph) graph = lathe_preset_load ("mlp", NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < lathe_dataset_get_n_images (samples); i++)
    if (lathe_dataset_get_image (samples, i)->label > 0)
      lathe_edits_set_excluded (edits, lathe_image_get_name (samples, lathe_dataset_get_image (samples, i)), TRUE);
  one = lathe_dataset_edit (samples, edits, NULL, NULL);
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (28, 28, 1), lathe_dataset_get_n_classes (one));
  g_assert_null (lathe_trainer_new (one, graph, preprocess (), &h, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_DATA);
  g_assert_nonnull (strstr (error->message, "alone, and training takes two"));
}

/* --- Optimisers, against their formulas --- */

static void
test_frozen_network_is_refused (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (LatheGraph) graph = network ("mlp");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      LatheNode *node = lathe_graph_get_node (graph, i);

      if (lathe_layer_kind_property (node->kind, "frozen") >= 0)
        lathe_graph_set (graph, node, "frozen", 1, NULL);
    }
  g_assert_null (lathe_trainer_new (samples, graph, preprocess (), &h, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE);
}

static void
test_adam_is_the_paper (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheOptimizerState) state = lathe_optimizer_new (&h, NULL, 3, pool, NULL);
  LatheReal w[3] = {1, -2, 0.5};
  double expected[3] = {1, -2, 0.5}, m[3] = {0}, v[3] = {0};

  for (int t = 1; t <= 50; t++)
    {
      LatheReal g[3];

      for (int i = 0; i < 3; i++)
        {
          g[i] = (LatheReal) (sin (t * (i + 1)) * pow (10, i - 1));
          m[i] = 0.9 * m[i] + 0.1 * g[i];
          v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
          expected[i] -= 1e-3 * (m[i] / (1 - pow (0.9, t))) / (sqrt (v[i] / (1 - pow (0.999, t))) + 1e-8);
        }
      lathe_optimizer_step (state, w, g, h.learning_rate);
      for (int i = 0; i < 3; i++)
        g_assert_cmpfloat_with_epsilon (w[i], expected[i], 1e-5);
    }
}

static void
test_sgd_and_momentum_are_their_formulas (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheOptimizerState) sgd = NULL, momentum = NULL;
  LatheReal a = 1, b = 1, g = 2;

  h.learning_rate = 0.1;
  h.optimizer = LATHE_OPTIMIZER_SGD;
  sgd = lathe_optimizer_new (&h, NULL, 1, pool, NULL);
  h.optimizer = LATHE_OPTIMIZER_MOMENTUM;
  momentum = lathe_optimizer_new (&h, NULL, 1, pool, NULL);
  for (int i = 0; i < 2; i++)
    {
      lathe_optimizer_step (sgd, &a, &g, 0.1);
      lathe_optimizer_step (momentum, &b, &g, 0.1);
    }
  g_assert_cmpfloat_with_epsilon (a, 1 - 2 * 0.2, 1e-6);
  g_assert_cmpfloat_with_epsilon (b, 1 - 0.1 * 2 - 0.1 * (0.9 * 2 + 2), 1e-6);
}

/* --- Scores --- */

static void
test_metrics_are_their_definitions (void)
{
  g_autoptr (LatheMetrics) m = lathe_metrics_new (3);
  LatheClassScore cat, dog;

  g_assert_true (isnan (lathe_metrics_accuracy (m)));
  for (int i = 0; i < 8; i++)
    lathe_metrics_add (m, 0, 0, 0.5);
  lathe_metrics_add (m, 0, 1, 1);
  lathe_metrics_add (m, 0, 1, 1);
  for (int i = 0; i < 4; i++)
    lathe_metrics_add (m, 1, i == 0 ? 0 : 1, 0.25);
  cat = lathe_metrics_class (m, 0);
  dog = lathe_metrics_class (m, 1);
  g_assert_cmpfloat_with_epsilon (lathe_metrics_accuracy (m), 11.0 / 14, 1e-12);
  g_assert_cmpfloat_with_epsilon (lathe_metrics_loss (m), 7.0 / 14, 1e-12);
  g_assert_cmpfloat_with_epsilon (cat.precision, 8.0 / 9, 1e-12);
  g_assert_cmpfloat_with_epsilon (cat.recall, 0.8, 1e-12);
  g_assert_cmpfloat_with_epsilon (cat.f1, 2 * 8.0 / 9 * 0.8 / (8.0 / 9 + 0.8), 1e-12);
  g_assert_cmpuint (cat.support, ==, 10);
  g_assert_cmpfloat_with_epsilon (dog.precision, 3.0 / 5, 1e-12);
  g_assert_cmpfloat_with_epsilon (lathe_metrics_macro_f1 (m), (cat.f1 + dog.f1) / 2,
                                  1e-12); /* the third never occurs */
}

static void
test_prediction_agrees_with_evaluation (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (LathePredictor) predictor = NULL;
  g_autoptr (LatheEvaluation) evaluation = NULL;
  g_autoptr (GError) error = NULL;

  h.epochs = 1;
  end = train ("lenet", &h, NULL);
  predictor = lathe_predictor_new (end->best, 2, &error);
  g_assert_no_error (error);
  evaluation = lathe_evaluate (end->best, samples, LATHE_SPLIT_TEST, 1, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lathe_evaluation_get_n (evaluation), ==, lathe_dataset_count (samples, -1, LATHE_SPLIT_TEST));
  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i += 10)
    {
      const LatheOutcome *outcome = lathe_evaluation_get (evaluation, i);
      g_autoptr (LathePrediction) prediction =
          lathe_predictor_file (predictor, lathe_dataset_get_image (samples, outcome->image)->path, &error);
      double sum = 0;

      g_assert_no_error (error);
      g_assert_cmpuint (prediction->label, ==, outcome->said);
      g_assert_cmpfloat_with_epsilon (prediction->probability[prediction->label], outcome->confidence, 1e-5);
      for (guint j = 0; j < prediction->n_labels; j++)
        sum += prediction->probability[j];
      g_assert_cmpfloat_with_epsilon (sum, 1, 1e-5);
    }
}

/* One temperature, whether the model has it or its answers are cooled afterwards; and the predictor's is the same. */
static void
test_temperature_is_in_every_answer (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (LatheEvaluation) plain = NULL, after = NULL, cooled = NULL;
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (LathePredictor) predictor = NULL;

  h.epochs = 1;
  end = train ("lenet", &h, NULL);
  model = lathe_model_at_temperature (end->best, 2.5, NULL);
  plain = lathe_evaluate (end->best, samples, LATHE_SPLIT_TEST, 1, NULL, NULL, NULL, NULL);
  after = lathe_evaluation_at_temperature (plain, 2.5, NULL);
  cooled = lathe_evaluate (model, samples, LATHE_SPLIT_TEST, 1, NULL, NULL, NULL, NULL);
  predictor = lathe_predictor_new (model, 1, NULL);
  g_assert_cmpfloat_with_epsilon (lathe_metrics_loss (cooled->metrics), lathe_metrics_loss (after->metrics), 1e-6);
  g_assert_cmpfloat (lathe_metrics_accuracy (cooled->metrics), ==, lathe_metrics_accuracy (plain->metrics));
  for (guint i = 0; i < lathe_evaluation_get_n (cooled); i += 10)
    {
      const LatheOutcome *outcome = lathe_evaluation_get (cooled, i);
      const char *path = lathe_dataset_get_image (samples, outcome->image)->path;
      g_autoptr (LathePrediction) prediction = lathe_predictor_file (predictor, path, NULL);

      g_assert_cmpfloat_with_epsilon (outcome->confidence, lathe_evaluation_get (after, i)->confidence, 1e-5);
      g_assert_cmpfloat_with_epsilon (prediction->probability[outcome->said], outcome->confidence, 1e-5);
      g_assert_cmpfloat (outcome->confidence, <, lathe_evaluation_get (plain, i)->confidence);
    }
}

static void
test_bench_measures (void)
{
  g_autoptr (LatheGraph) graph = lathe_preset_load ("lenet", NULL);
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  /* Of so many rounds one is undisturbed, whatever else the machine does. */
  const LatheBenchOptions options = {.batch = 8, .steps = 2, .rounds = 50, .n_threads = 1};
  g_auto (LatheBench) result = {0};
  double seconds = 0, operations = 0;

  g_assert_true (lathe_bench (graph, &options, NULL, NULL, NULL, &result, NULL));
  g_assert_cmpfloat (result.training.seconds, >, result.answering.seconds);
  g_assert_cmpfloat (result.answering.seconds, >, result.alone.seconds);
  g_assert_cmpfloat_with_epsilon (result.answering.operations, 2.0 * 8 * (double) report->multiply_adds, 0.5);
  for (guint i = 0; i < report->n_nodes; i++)
    {
      const LatheBenchLayer *layer = &result.training.layers[i];

      seconds += layer->time.forward + layer->time.backward;
      operations += layer->forward_operations + layer->backward_operations;
    }
  g_assert_cmpfloat (seconds, >, 0);
  g_assert_cmpfloat (seconds, <=, result.training.seconds);
  g_assert_cmpfloat_with_epsilon (operations, result.training.operations, 0.5);
  g_assert_cmpfloat (result.training.operations / result.training.seconds, <, result.peak);
}

typedef struct
{
  GCancellable *cancellable;
  guint passes, total, most; /* cancelled after so many */
} Bench;

static void
count_passes (guint done, guint total, gpointer data)
{
  Bench *bench = data;

  g_assert_cmpuint (done, ==, ++bench->passes);
  g_assert_cmpuint (done, <=, total);
  bench->total = total;
  if (done == bench->most)
    g_cancellable_cancel (bench->cancellable);
}

static void
test_bench_can_be_brief (void)
{
  g_autoptr (LatheGraph) graph = lathe_preset_load ("lenet", NULL);
  const LatheBenchOptions options = {.batch = 4, .steps = 3, .rounds = 1, .n_threads = 2, .brief = TRUE};
  g_auto (LatheBench) result = {0};
  Bench bench = {0};

  g_assert_true (lathe_bench (graph, &options, count_passes, &bench, NULL, &result, NULL));
  g_assert_cmpuint (bench.passes, ==, bench.total);
  g_assert_cmpfloat (result.training.seconds, >, 0);
  g_assert_cmpfloat (result.alone.seconds, >, 0);
  g_assert_null (result.answering.layers);
}

static void
test_bench_is_cancelled (void)
{
  g_autoptr (LatheGraph) graph = lathe_preset_load ("lenet", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  const LatheBenchOptions options = {.batch = 4, .steps = 50, .rounds = 2, .n_threads = 1};
  LatheBench result;
  Bench bench = {.cancellable = cancellable, .most = 3};

  g_assert_false (lathe_bench (graph, &options, count_passes, &bench, cancellable, &result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (bench.passes, ==, 3);
  g_assert_null (result.training.layers);
}

int
main (int argc, char *argv[])
{
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  samples = lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_test_add_func ("/train/learns", test_learns_the_samples);
  g_test_add_func ("/train/best", test_best_epoch_is_kept);
  g_test_add_func ("/train/best-without-validation", test_best_epoch_without_validation);
  g_test_add_func ("/train/same-bits", test_same_seed_same_bits);
  g_test_add_func ("/train/obeys", test_obeys_within_a_step);
  g_test_add_func ("/train/stop-while-paused", test_stop_while_paused);
  g_test_add_func ("/train/divergence", test_divergence_is_said);
  g_test_add_func ("/train/hyperparameters", test_wrong_hyperparameters_are_refused);
  g_test_add_func ("/train/fit", test_network_must_fit_the_images);
  g_test_add_func ("/train/one-class", test_one_class_alone_is_refused);
  g_test_add_func ("/train/frozen", test_frozen_network_is_refused);
  g_test_add_func ("/train/adam", test_adam_is_the_paper);
  g_test_add_func ("/train/sgd", test_sgd_and_momentum_are_their_formulas);
  g_test_add_func ("/train/metrics", test_metrics_are_their_definitions);
  g_test_add_func ("/train/prediction", test_prediction_agrees_with_evaluation);
  g_test_add_func ("/train/temperature", test_temperature_is_in_every_answer);
  g_test_add_func ("/train/bench", test_bench_measures);
  g_test_add_func ("/train/bench-can-be-brief", test_bench_can_be_brief);
  g_test_add_func ("/train/bench-is-cancelled", test_bench_is_cancelled);
  result = g_test_run ();
  lathe_dataset_unref (samples);
  return result;
}
