/* test-transfer.c: a model grown on what another one knows: its features, its head, and what is said of it.
 *
 * The trunk is small and its weights are random: what is promised of the way does not depend on how good it is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "few.h"
#include "lathe.h"
#include "train/lathe-transfer-private.h"

#define A_CLASS 12 /* images */
#define N (10 * A_CLASS)

static LatheModel *
random_model (guint64 seed)
{
  const char *const labels[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", NULL};
  const LathePreprocess preprocess = {28, 28, 1, .mean = {0.3f}, .deviation = {0.3f}, .fit = LATHE_FIT_CROP};
  g_autoptr (LatheGraph) graph = lathe_graph_load ("lenet", NULL);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = NULL;
  LatheModel *model;

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (28, 28, 1), 10);
  model = lathe_model_new (graph, labels, &preprocess, NULL);
  network = lathe_network_new (graph, 1, FALSE, pool, NULL);
  lathe_network_initialise (network, seed);
  lathe_network_store (network, model);
  return model;
}

static LatheTransfer *
transfer (LatheModel *from, LatheDataset *dataset, guint n_threads, gboolean curve)
{
  const LatheTransferOptions options = {.seed = 1, .n_threads = n_threads, .curve = curve};
  g_autoptr (GError) error = NULL;
  LatheTransfer *result = lathe_transfer_new (from, dataset, &options, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return result;
}

static void
forget_features (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "lathe", "features", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

/* --- Features --- */

static LatheKeptFeatures *
features_of (LatheModel *model, LatheDataset *dataset)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheTrunk) trunk = lathe_trunk_new (model, &error);
  LatheKeptFeatures *features;

  g_assert_no_error (error);
  features = lathe_kept_features_new (trunk, dataset, 2, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return features;
}

static void
assert_worked_out (LatheModel *model, LatheDataset *dataset, guint n_computed)
{
  g_autoptr (LatheKeptFeatures) features = features_of (model, dataset);

  g_assert_cmpuint (features->n_computed, ==, n_computed);
  g_assert_cmpuint (features->n_found, ==, lathe_dataset_get_n_images (dataset) - n_computed);
}

static LatheDataset *
scan_again (LatheDataset *dataset)
{
  const LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  LatheDataset *again = lathe_dataset_scan (lathe_dataset_get_folder (dataset), &options, NULL, NULL, NULL, NULL);

  g_assert_nonnull (again);
  return again;
}

static void
test_features_are_worked_out_once (void)
{
  g_autoptr (LatheModel) model = random_model (1), other = random_model (2);
  LatheDataset *few = few_new (A_CLASS);

  forget_features ();
  assert_worked_out (model, few, N);
  assert_worked_out (model, few, 0);
  assert_worked_out (other, few, N);
  few_free (few);
}

/* An image is known by its bytes, whatever it is called. */
static void
test_only_new_images_are_worked_out (void)
{
  g_autoptr (LatheModel) model = random_model (1);
  LatheDataset *few = few_new (A_CLASS), *more = few_new (A_CLASS + 1);
  g_autoptr (LatheDataset) grown = NULL;
  g_autoptr (LatheKeptFeatures) kept = NULL, anew = NULL;
  guint n_before = lathe_dataset_get_n_images (few);

  forget_features ();
  assert_worked_out (model, few, n_before);
  for (guint i = 0; i < lathe_dataset_get_n_images (more); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (more, i);
      g_autofree char *name = g_path_get_basename (image->path);
      g_autofree char *to =
          g_build_filename (lathe_dataset_get_folder (few), lathe_dataset_get_classes (more)[image->label], name, NULL);

      g_assert_cmpint (g_rename (image->path, to), ==, 0);
    }
  grown = scan_again (few);
  assert_worked_out (model, grown, lathe_dataset_get_n_images (grown) - n_before);
  kept = features_of (model, grown);
  forget_features ();
  anew = features_of (model, grown);
  g_assert_cmpmem (kept->values, kept->n_images * kept->n_features * sizeof (float), anew->values,
                   anew->n_images * anew->n_features * sizeof (float));
  few_free (g_steal_pointer (&grown));
  lathe_dataset_unref (few);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *folder =
          g_build_filename (lathe_dataset_get_folder (more), lathe_dataset_get_classes (more)[i], NULL);

      g_rmdir (folder);
    }
  g_rmdir (lathe_dataset_get_folder (more));
  lathe_dataset_unref (more);
}

static void
cancel (guint done, guint total, gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

/* It is told of the first images before they are worked out, and heeds a cancellation after them. */
static void
test_what_was_worked_out_is_kept_when_it_is_cancelled (void)
{
  g_autoptr (LatheModel) model = random_model (1);
  g_autoptr (LatheTrunk) trunk = lathe_trunk_new (model, NULL);
  LatheDataset *few = few_new (A_CLASS);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  forget_features ();
  g_assert_null (lathe_kept_features_new (trunk, few, 1, cancel, cancellable, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_worked_out (model, few, N - LATHE_FEATURES_BATCH);
  few_free (few);
}

static void
stop_at_once (LatheSnapshot *snapshot, gpointer trainer)
{
  lathe_trainer_stop (*(LatheTrainer **) trainer);
}

static void
test_run_that_is_stopped_while_it_looks_has_no_model (void)
{
  g_autoptr (LatheModel) model = random_model (1);
  const LatheGrowth growth = {.from = model, .name = "random"};
  LatheDataset *few = few_new (A_CLASS);
  g_autoptr (LatheGraph) graph = lathe_growth_graph (&growth, 10, NULL);
  LatheTrainer *trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (GError) error = NULL;
  LatheHyperparameters hyperparameters;

  forget_features ();
  lathe_hyperparameters_defaults (&hyperparameters);
  trainer = lathe_trainer_new (few, graph, &model->preprocess, &hyperparameters, stop_at_once, &trainer, &error);
  g_assert_no_error (error);
  lathe_trainer_grow_on (trainer, &growth);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_cmpint (end->state, ==, LATHE_TRAINER_STOPPED);
  g_assert_null (end->best);
  g_assert_null (end->error);
  lathe_trainer_free (trainer);
  few_free (few);
}

/* --- The model --- */

static void
test_model_is_trunk_and_head (void)
{
  g_autoptr (LatheModel) from = random_model (1);
  LatheDataset *few = few_new (A_CLASS);
  g_autoptr (LatheTransfer) found = transfer (from, few, 2, FALSE);
  g_autoptr (LatheEvaluation) said = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstrv (found->model->labels, lathe_dataset_get_classes (few));
  for (guint i = 0; i < from->weights->len; i++)
    {
      const LatheWeight *before = &g_array_index (from->weights, LatheWeight, i);
      const LatheWeight *after = &g_array_index (found->model->weights, LatheWeight, i);
      gsize size = lathe_shape_size (&before->shape) * sizeof (float);

      g_assert_cmpstr (before->name, ==, after->name);
      if (g_str_has_prefix (before->name, "dense-3."))
        g_assert_true (memcmp (before->data, after->data, size) != 0);
      else
        g_assert_cmpmem (before->data, size, after->data, size);
    }
  said = lathe_evaluate (found->model, few, LATHE_SPLIT_TEST, 2, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (said->metrics->n, ==, found->test.n);
  g_assert_cmpfloat (lathe_metrics_accuracy (said->metrics), ==, found->test.accuracy);
  g_assert_cmpfloat_with_epsilon (lathe_metrics_loss (said->metrics), found->test.loss, 1e-4);
  g_assert_cmpfloat (found->test.accuracy, >, 0.3); /* of ten classes */
  few_free (few);
}

static void
test_same_bits_on_any_number_of_threads (void)
{
  g_autoptr (LatheModel) from = random_model (1);
  LatheDataset *few = few_new (A_CLASS);
  g_autofree char *first = NULL;

  for (guint n_threads = 1; n_threads <= 3; n_threads++)
    {
      g_autoptr (LatheTransfer) found = NULL;
      g_autofree char *sha256 = NULL;

      forget_features ();
      found = transfer (from, few, n_threads, FALSE);
      g_assert_cmpuint (found->n_computed, ==, N);
      sha256 = lathe_model_weights_sha256 (found->model);
      if (first == NULL)
        first = g_strdup (sha256);
      g_assert_cmpstr (sha256, ==, first);
    }
  few_free (few);
}

static void
test_other_endings_are_refused (void)
{
  g_autoptr (LatheModel) from = random_model (1);
  g_autoptr (LatheGraph) graph = lathe_graph_copy (from->graph);
  LatheNode *dense[] = {lathe_graph_find (graph, "dense-1"), lathe_graph_find (graph, "dense-2"),
                        lathe_graph_find (graph, "dense-3")};
  const char *const labels[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", NULL};
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (GError) error = NULL;

  lathe_graph_set (graph, lathe_graph_find (graph, "conv2d-2"), "filters", 10, NULL);
  lathe_graph_remove_nodes (graph, dense, G_N_ELEMENTS (dense));
  lathe_graph_replace_kind (graph, lathe_graph_find (graph, "flatten-1"),
                            lathe_layer_kind_find ("global-average-pool"));
  model = lathe_model_new (graph, labels, &from->preprocess, &error);
  g_assert_no_error (error);
  g_assert_null (lathe_trunk_new (model, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED);
}

static void
test_last_layers_alone_learn_on (void)
{
  const char *const labels[] = {"a", "b", "c", NULL};
  const LathePreprocess preprocess = {32, 32, 3, .deviation = {1, 1, 1}};
  g_autoptr (LatheGraph) graph = lathe_graph_load ("resnet20", NULL);
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (LatheTrunk) trunk = NULL;
  g_autoptr (GString) learning = g_string_new (NULL);

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (32, 32, 3), 3);
  model = lathe_model_new (graph, labels, &preprocess, NULL);
  trunk = lathe_trunk_new (model, NULL);
  lathe_trunk_freeze (trunk, graph, 2, FALSE);
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, i);
      int frozen = lathe_layer_kind_property (node->kind, "frozen");

      if (frozen >= 0 && node->properties.value[frozen] == 0)
        g_string_append_printf (learning, "%s ", node->kind->name);
    }
  g_assert_cmpstr (learning->str, ==, "conv2d conv2d dense ");
}

/* --- The head --- */

/* Two classes that lie over one another, of features with other means and deviations. */
static float *
scatter (guint n, guint n_features, guint32 *labels)
{
  LatheRng rng = lathe_rng (7, LATHE_RNG_NOISE, 0, 0);
  float *values = g_new (float, n *n_features);

  for (guint i = 0; i < n; i++)
    {
      labels[i] = i % 2;
      for (guint j = 0; j < n_features; j++)
        values[i * n_features + j] =
            (float) (j + (1 + j) * (lathe_rng_uniform (&rng, i * n_features + j) + 0.1 * labels[i]));
    }
  return values;
}

static void
measure (const float *values, guint n, guint n_features, double *mean, double *scale)
{
  double all = 0;

  for (guint j = 0; j < n_features; j++)
    {
      mean[j] = scale[j] = 0;
      for (guint i = 0; i < n; i++)
        mean[j] += (double) values[i * n_features + j] / n;
      for (guint i = 0; i < n; i++)
        scale[j] += pow ((double) values[i * n_features + j] - mean[j], 2) / n;
      all += scale[j] / n_features;
    }
  for (guint j = 0; j < n_features; j++)
    scale[j] = 1 / sqrt (scale[j] + all);
}

/* The gradient of the mean cross-entropy + l2 / 2 · Σ w² of features as the head has them, in double precision. */
static double
gradient_norm (const LatheHead *head, const float *values, const guint32 *labels, guint n, guint n_features, double l2)
{
  g_autofree double *mean = g_new (double, n_features), *scale = g_new (double, n_features);
  g_autofree double *gradient = g_new0 (double, n_features + 1);
  double sum = 0;

  measure (values, n, n_features, mean, scale);
  for (guint i = 0; i < n; i++)
    {
      double z = head->bias[0], wrong;

      for (guint j = 0; j < n_features; j++)
        z += (double) head->weight[j] * (double) values[i * n_features + j];
      wrong = (1 / (1 + exp (-z)) - labels[i]) / n;
      for (guint j = 0; j < n_features; j++)
        gradient[j] += wrong * ((double) values[i * n_features + j] - mean[j]) * scale[j];
      gradient[n_features] += wrong;
    }
  for (guint j = 0; j < n_features; j++)
    gradient[j] += l2 * (double) head->weight[j] / scale[j];
  for (guint j = 0; j <= n_features; j++)
    sum += gradient[j] * gradient[j];
  return sqrt (sum);
}

static void
test_head_reaches_the_lowest_point (void)
{
  enum
  {
    N_ROWS = 200,
    N_FEATURES = 5
  };
  guint32 labels[N_ROWS];
  g_autofree float *values = scatter (N_ROWS, N_FEATURES, labels);
  const LatheLabelledFeatures features = {values, labels, N_FEATURES, 2};
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheHeadFitter) fitter = NULL;
  const double penalties[] = {10, 0.1, 0.001};

  for (guint32 i = 0; i < N_ROWS; i++)
    g_array_append_val (rows, i);
  fitter = lathe_head_fitter_new (&features, rows, pool, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (penalties); i++)
    {
      g_autoptr (LatheHead) head = lathe_head_fitter_run (fitter, penalties[i]);

      g_assert_cmpfloat (gradient_norm (head, values, labels, N_ROWS, N_FEATURES, penalties[i]), <, 2e-4);
    }
}

/* Rosenbrock's valley: the lowest point is at 1, 1, and the way there is bent. */
static double
valley (const double *x, double *gradient, gpointer data)
{
  double a = 1 - x[0], b = x[1] - x[0] * x[0];

  gradient[0] = -2 * a - 400 * x[0] * b;
  gradient[1] = 200 * b;
  return a * a + 100 * b * b;
}

static void
test_the_lowest_point_of_a_valley_is_found (void)
{
  double x[] = {-1.2, 1};
  LatheMinimum minimum = lathe_minimise (x, 2, valley, NULL, 1e-8, 500);

  g_assert_cmpfloat (minimum.gradient_norm, <=, 1e-8);
  g_assert_cmpfloat_with_epsilon (x[0], 1, 1e-7);
  g_assert_cmpfloat_with_epsilon (x[1], 1, 1e-7);
}

/* --- Layers that learn on --- */

typedef struct
{
  LatheModel *from;
  LatheDataset *few;
  char *folder, *list, *checkpoint;
} Tuning;

/* All layers learn on for three epochs, so slowly that they come to no better, by a loss that is higher than the head's
 * whatever is said. It goes on where the checkpoint is, and `kept`: leaves one. (transfer full): the last snapshot */
static LatheSnapshot *
tune (const Tuning *tuning, gboolean kept, LatheObserver observer)
{
  const LatheGrowth growth = {.from = tuning->from, .name = "random", .n_learning = LATHE_ALL_LAYERS};
  g_autoptr (LatheGraph) graph = lathe_growth_graph (&growth, 10, NULL);
  LatheUnfinished *unfinished = lathe_unfinished_read (tuning->checkpoint, NULL);
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  lathe_growth_choose (&h, TRUE);
  h.learning_rate = 1e-7;
  h.label_smoothing = 0.9;
  trainer = lathe_trainer_new (tuning->few, graph, &tuning->from->preprocess, &h, observer, &trainer, &error);
  g_assert_no_error (error);
  if (unfinished == NULL)
    lathe_trainer_grow_on (trainer, &growth);
  else
    g_assert_true (lathe_trainer_take_up (trainer, unfinished, &error));
  if (kept)
    {
      lathe_trainer_set_checkpoint (trainer, tuning->checkpoint);
      lathe_trainer_record (trainer, &(LatheRecord){.path = tuning->list, .model = "elsewhere.safetensors"});
    }
  lathe_trainer_start (trainer);
  return lathe_trainer_wait (trainer);
}

static void
stop_after_an_epoch (LatheSnapshot *snapshot, gpointer trainer)
{
  if (snapshot->finished->len > 0)
    lathe_trainer_stop (*(LatheTrainer **) trainer);
}

static void
tuning_clear (Tuning *tuning)
{
  g_autoptr (GDir) dir = g_dir_open (tuning->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (tuning->folder, name, NULL);

      g_remove (path);
    }
  g_assert_cmpint (g_rmdir (tuning->folder), ==, 0);
  g_free (tuning->folder);
  g_free (tuning->list);
  g_free (tuning->checkpoint);
  lathe_model_unref (tuning->from);
  few_free (tuning->few);
}

static void
assert_written_as_fallen_back (const Tuning *tuning, const LatheSnapshot *end, const char *weights)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheRuns) runs = lathe_runs_open (tuning->list, &error);
  g_autoptr (LatheRun) run = lathe_runs_find (runs, 1, &error);
  g_autoptr (LatheTransfer) written = lathe_runs_transfer (runs, 1, &error);
  g_auto (LatheVerdict) verdict = {0};

  g_assert_no_error (error);
  g_assert_cmpint (run->state, ==, LATHE_RUN_FINISHED);
  g_assert_cmpuint (run->scores.best_epoch, ==, 0);
  g_assert_cmpfloat (run->scores.validation_loss, ==, end->transfer->validation.loss);
  g_assert_cmpstr (run->weights, ==, weights);
  g_assert_cmpfloat (written->validation.loss, ==, end->transfer->validation.loss);
  lathe_runs_verify (runs, 1, tuning->from, 2, NULL, NULL, NULL, &verdict, &error);
  g_assert_no_error (error);
  g_assert_true (verdict.same);
}

static void
test_run_that_was_taken_up_falls_back_on_the_head_as_well (void)
{
  Tuning tuning = {.from = random_model (1), .few = few_new (A_CLASS)};
  g_autoptr (LatheSnapshot) whole = NULL, left = NULL, end = NULL;
  g_autofree char *expected = NULL, *weights = NULL;

  tuning.folder = g_dir_make_tmp ("lathe-transfer-XXXXXX", NULL);
  tuning.list = g_build_filename (tuning.folder, "runs.db", NULL);
  tuning.checkpoint = g_build_filename (tuning.folder, "checkpoint", NULL);
  whole = tune (&tuning, FALSE, NULL);
  g_assert_no_error (whole->error);
  g_assert_true (whole->best == whole->transfer->model);
  left = tune (&tuning, TRUE, stop_after_an_epoch);
  g_assert_cmpint (left->state, ==, LATHE_TRAINER_STOPPED);
  g_assert_cmpuint (left->finished->len, ==, 1);
  end = tune (&tuning, TRUE, NULL);
  g_assert_no_error (end->error);
  g_assert_cmpuint (end->finished->len, ==, 3);

  expected = lathe_model_weights_sha256 (whole->best);
  weights = lathe_model_weights_sha256 (end->best);
  g_assert_cmpstr (weights, ==, expected);
  g_assert_true (lathe_graph_equal (end->best->graph, whole->best->graph));
  g_assert_cmpfloat (end->best->scores.validation_loss, ==, whole->best->scores.validation_loss);
  g_assert_cmpfloat (end->best->scores.validation_accuracy, ==, whole->best->scores.validation_accuracy);
  g_assert_cmpfloat (end->test_loss, ==, whole->test_loss);
  g_assert_cmpfloat (end->test_accuracy, ==, whole->test_accuracy);
  assert_written_as_fallen_back (&tuning, end, weights);
  tuning_clear (&tuning);
}

/* --- Folds and curve --- */

static void
test_each_image_is_held_back_once (void)
{
  const LatheTransferOptions options = {.seed = 1};
  g_autoptr (LatheModel) model = random_model (1);
  LatheDataset *few = few_new (A_CLASS);
  g_autoptr (LatheKeptFeatures) features = features_of (model, few);
  g_autoptr (LatheTrials) trials = lathe_trials_new (few, features, &options);
  g_autofree guint *held = g_new0 (guint, N);
  guint n_held = 0;

  g_assert_cmpuint (trials->n_folds, ==, LATHE_TRANSFER_FOLDS);
  for (guint f = 0; f < trials->trials->len; f++)
    {
      const LatheTrial *trial = &g_array_index (trials->trials, LatheTrial, f);

      g_assert_cmpuint (trial->learned->len + trial->held->len, ==, trials->all->len);
      n_held += trial->held->len;
      for (guint i = 0; i < trial->held->len; i++)
        {
          guint32 image = g_array_index (trial->held, guint32, i);

          held[image]++;
          for (guint j = 0; j < trial->learned->len; j++)
            g_assert_cmpuint (g_array_index (trial->learned, guint32, j), !=, image);
        }
    }
  g_assert_cmpuint (n_held, ==, trials->all->len);
  for (guint i = 0; i < N; i++)
    g_assert_cmpuint (held[i], ==, lathe_dataset_get_image (few, i)->split == LATHE_SPLIT_TEST ? 0 : 1);
  few_free (few);
}

static void
test_curve_ends_with_all_images (void)
{
  g_autoptr (LatheModel) from = random_model (1);
  LatheDataset *few = few_new (A_CLASS);
  g_autoptr (LatheTransfer) found = transfer (from, few, 2, TRUE);
  const LatheTransferPoint *points = (const LatheTransferPoint *) found->curve->data;
  guint n = found->curve->len;

  g_assert_cmpuint (n, >, 1);
  for (guint i = 1; i < n; i++)
    g_assert_cmpuint (points[i].n_images, >, points[i - 1].n_images);
  g_assert_cmpuint (found->validation.n, ==, found->n_learned);
  g_assert_cmpuint (points[n - 1].score.n, ==, found->validation.n);
  g_assert_cmpfloat_with_epsilon (points[n - 1].score.accuracy, found->validation.accuracy, 1.5 / found->n_learned);
  g_assert_cmpfloat (points[0].score.accuracy, <, points[n - 1].score.accuracy);
  few_free (few);
}

/* --- Published weights --- */

static void
test_other_weights_are_refused (void)
{
  const LathePretrained *known = lathe_pretrained_find ("efficientnet-lite0");
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "lathe-test-transfer.pth", NULL);
  g_autofree char *nowhere = g_strconcat (path, ".none", NULL);
  g_autoptr (GError) error = NULL, missing = NULL;

  g_assert_true (g_file_set_contents (path, "no weights", -1, NULL));
  g_assert_false (lathe_pretrained_take (known, path, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_false (lathe_pretrained_take (known, nowhere, &missing));
  g_assert_nonnull (missing);
  g_unlink (path);
}

static const LatheStartingPoint *
find_point (const GPtrArray *points, const char *name)
{
  for (guint i = 0; i < points->len; i++)
    if (g_str_equal (((const LatheStartingPoint *) points->pdata[i])->name, name))
      return points->pdata[i];
  return NULL;
}

/* It goes by its name from then on. */
static void
test_model_of_yours_is_a_starting_point (void)
{
  g_autoptr (LatheModel) model = random_model (3), loaded = NULL;
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *sha256 = lathe_model_weights_sha256 (model), *found = NULL;
  const LatheStartingPoint *point;

  before = lathe_starting_points ();
  g_assert_null (find_point (before, "of mine"));
  g_assert_nonnull (find_point (before, "efficientnet-lite0"));
  g_assert_true (lathe_starting_point_add (model, "of mine", &error));
  after = lathe_starting_points ();
  g_assert_cmpuint (after->len, ==, before->len + 1);
  point = find_point (after, "of mine");
  g_assert_true (point->here && point->known == NULL);
  loaded = lathe_pretrained_load ("of mine", &error);
  g_assert_no_error (error);
  found = lathe_model_weights_sha256 (loaded);
  g_assert_cmpstr (found, ==, sha256);
  g_assert_cmpint (g_unlink (point->path), ==, 0);
}

static void
test_names_that_are_taken_or_no_files_are_refused (void)
{
  static const char *const names[] = {"efficientnet-lite0", "../elsewhere", "", ".hidden"};
  g_autoptr (LatheModel) model = random_model (3);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lathe_starting_point_add (model, names[i], &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
    }
}

static void
test_labels_of_imagenet_are_a_thousand_names (void)
{
  g_auto (GStrv) labels = lathe_preset_labels (lathe_pretrained_find ("efficientnet-lite0")->labels);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; labels[i] != NULL; i++)
    g_assert_true (g_hash_table_add (names, labels[i]) && *labels[i] != '\0');
  g_assert_cmpuint (g_hash_table_size (names), ==, 1000);
  g_assert_cmpstr (labels[0], ==, "tench");
  g_assert_cmpstr (labels[999], ==, "toilet tissue");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transfer/features-are-worked-out-once", test_features_are_worked_out_once);
  g_test_add_func ("/transfer/only-new-images-are-worked-out", test_only_new_images_are_worked_out);
  g_test_add_func ("/transfer/what-was-worked-out-is-kept-when-it-is-cancelled",
                   test_what_was_worked_out_is_kept_when_it_is_cancelled);
  g_test_add_func ("/transfer/run-that-is-stopped-while-it-looks-has-no-model",
                   test_run_that_is_stopped_while_it_looks_has_no_model);
  g_test_add_func ("/transfer/model-is-trunk-and-head", test_model_is_trunk_and_head);
  g_test_add_func ("/transfer/same-bits-on-any-number-of-threads", test_same_bits_on_any_number_of_threads);
  g_test_add_func ("/transfer/other-endings-are-refused", test_other_endings_are_refused);
  g_test_add_func ("/transfer/last-layers-alone-learn-on", test_last_layers_alone_learn_on);
  g_test_add_func ("/transfer/head-reaches-the-lowest-point", test_head_reaches_the_lowest_point);
  g_test_add_func ("/transfer/the-lowest-point-of-a-valley-is-found", test_the_lowest_point_of_a_valley_is_found);
  g_test_add_func ("/transfer/run-that-was-taken-up-falls-back-on-the-head-as-well",
                   test_run_that_was_taken_up_falls_back_on_the_head_as_well);
  g_test_add_func ("/transfer/each-image-is-held-back-once", test_each_image_is_held_back_once);
  g_test_add_func ("/transfer/curve-ends-with-all-images", test_curve_ends_with_all_images);
  g_test_add_func ("/transfer/other-weights-are-refused", test_other_weights_are_refused);
  g_test_add_func ("/transfer/model-of-yours-is-a-starting-point", test_model_of_yours_is_a_starting_point);
  g_test_add_func ("/transfer/names-that-are-taken-or-no-files-are-refused",
                   test_names_that_are_taken_or_no_files_are_refused);
  g_test_add_func ("/transfer/labels-of-imagenet-are-a-thousand-names", test_labels_of_imagenet_are_a_thousand_names);
  return g_test_run ();
}
