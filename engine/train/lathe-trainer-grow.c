/* lathe-trainer-grow.c: a training that begins with what another model knows of images.
 *
 *   features of all images ──► the head, to its end ──┬──► the model
 *                                                     └──► epochs, in which the last layers learn on with the head
 *
 * The head alone is one act, without steps: the run has one epoch, whose scores are those of the folds or of the
 * validation images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe-features.h"
#include "lathe-trainer-private.h"

#define TUNING_EPOCHS 3
#define TUNING_BATCH 32
#define TUNING_RATE 1e-4
#define TUNING_LOWER 0.4 /* 1 / 2.6, as Howard & Ruder 2018, arXiv 1801.06146, section 3.2 */

/**
 * lathe_growth_choose:
 * @layers_learn: not the head alone
 *
 * What is usual for a network that knows much already: a small step at a time. Seed, threads and all else stay.
 */
void
lathe_growth_choose (LatheHyperparameters *hyperparameters, gboolean layers_learn)
{
  hyperparameters->epochs = layers_learn ? TUNING_EPOCHS : 1;
  hyperparameters->batch = layers_learn ? TUNING_BATCH : LATHE_FEATURES_BATCH;
  hyperparameters->optimizer = LATHE_OPTIMIZER_ADAM;
  hyperparameters->learning_rate = TUNING_RATE;
  hyperparameters->schedule = LATHE_SCHEDULE_COSINE;
  hyperparameters->lower_rate = layers_learn ? TUNING_LOWER : 1;
}

/**
 * lathe_growth_graph:
 *
 * Errors: as lathe_trunk_new()
 *
 * Returns: (transfer full): the network that is trained: all of the model's, with a head for so many classes, and
 * frozen where it is not to learn
 */
LatheGraph *
lathe_growth_graph (const LatheGrowth *growth, guint n_classes, GError **error)
{
  g_autoptr (LatheTrunk) trunk = lathe_trunk_new (growth->from, error);
  LatheGraph *graph;

  if (trunk == NULL)
    return NULL;
  graph = lathe_trunk_grow (trunk, MAX (n_classes, 2)); /* a trainer refuses fewer */
  lathe_trunk_freeze (trunk, graph, growth->n_learning, growth->norms_learn);
  return graph;
}

/**
 * lathe_trainer_grow_on:
 * @growth: of which the trainer's graph was made, with its model's preprocessing; is copied
 *
 * Before the start: the run begins with the features that the model makes of the images. Where the new head alone is to
 * learn, that is all of it.
 */
void
lathe_trainer_grow_on (LatheTrainer *trainer, const LatheGrowth *growth)
{
  g_return_if_fail (trainer->thread == NULL && trainer->growth.from == NULL);

  trainer->growth = *growth;
  trainer->growth.from = lathe_model_ref (growth->from);
  trainer->growth.name = g_strdup (growth->name);
  if (growth->n_learning == 0)
    trainer->hyperparameters.epochs = 1;
}

void
lathe_trainer_clear_growth (LatheTrainer *trainer)
{
  g_clear_pointer (&trainer->growth.from, lathe_model_unref);
  g_free ((char *) trainer->growth.name);
  g_clear_pointer (&trainer->transfer, lathe_transfer_unref);
  g_clear_object (&trainer->growing);
}

/* One that is taken up again has its features behind it. */
gboolean
lathe_trainer_grows (const LatheTrainer *trainer)
{
  return trainer->growth.from != NULL && trainer->unfinished == NULL;
}

static void
on_progress (guint done, guint total, gpointer data)
{
  LatheTrainer *trainer = data;

  trainer->measured = done;
  trainer->to_measure = total;
  lathe_trainer_observe_when_due (trainer);
}

/* The head is what the run came to. */
static void
end (LatheTrainer *trainer)
{
  const LatheTransfer *transfer = trainer->transfer;
  LatheEpoch epoch = {
      .epoch = 1,
      .loss = NAN,
      .accuracy = NAN,
      .validation_loss = transfer->validation.loss,
      .validation_accuracy = transfer->validation.accuracy,
      .validation_macro_f1 = NAN,
      .learning_rate = NAN,
      .images_per_second = NAN,
      .step = NAN,
      .best = TRUE,
  };

  epoch.seconds = epoch.elapsed = trainer->at.elapsed = transfer->feature_seconds + transfer->head_seconds;
  for (guint i = 0; i < LATHE_N_PHASES; i++)
    epoch.phases[i] = NAN;
  lathe_epochs_append (&trainer->finished, &epoch);
  g_array_append_val (trainer->better, epoch.best);
  trainer->at.epoch = 2;
  trainer->best = lathe_model_ref (transfer->model);
  trainer->test_loss = transfer->test.loss;
  trainer->test_accuracy = transfer->test.accuracy;
}

/**
 * lathe_trainer_grow:
 *
 * Returns: FALSE when stopped, or with an error, as lathe_transfer_new()
 */
gboolean
lathe_trainer_grow (LatheTrainer *trainer, GError **error)
{
  const LatheGrowth *growth = &trainer->growth;
  const LatheTransferOptions options = {
      .seed = trainer->hyperparameters.seed,
      .holds_out = growth->n_learning > 0,
      .curve = growth->curve,
      .n_threads = trainer->hyperparameters.threads,
  };
  g_autoptr (GError) reason = NULL;

  trainer->growing_since = g_get_monotonic_time ();
  trainer->transfer =
      lathe_transfer_new (growth->from, trainer->dataset, &options, on_progress, trainer, trainer->growing, &reason);
  trainer->growing_since = 0;
  trainer->measured = trainer->to_measure = 0;
  if (trainer->transfer == NULL)
    {
      if (!g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  if (growth->n_learning == 0)
    end (trainer);
  else
    trainer->inheritance = lathe_inheritance_new (trainer->transfer->model, trainer->graph,
                                                  lathe_dataset_get_classes (trainer->dataset), NULL);
  return TRUE;
}

/* Whether the head alone was right about more of the validation images, or about as many with a lower loss. */
static gboolean
is_head_better (const LatheScores *head, const LatheScores *whole)
{
  return head->validation_accuracy != whole->validation_accuracy
             ? head->validation_accuracy > whole->validation_accuracy
             : head->validation_loss < whole->validation_loss;
}

/**
 * lathe_trainer_falls_back:
 *
 * Where the head alone does better on the validation images, what was learned besides is of no use; and so it is where
 * that has not come to an epoch.
 *
 * Returns: whether it is so; then the model with the head alone is the best one
 */
gboolean
lathe_trainer_falls_back (LatheTrainer *trainer)
{
  const LatheTransfer *transfer = trainer->transfer;

  if (transfer == NULL || (trainer->best != NULL && !is_head_better (&transfer->model->scores, &trainer->best->scores)))
    return FALSE;
  g_clear_pointer (&trainer->best, lathe_model_unref);
  trainer->best = lathe_model_ref (transfer->model);
  trainer->test_loss = transfer->test.loss;
  trainer->test_accuracy = transfer->test.accuracy;
  return TRUE;
}

/* --- What it knows --- */

typedef struct
{
  GArray *values; /* (element-type float): n_features of each image */
  gsize n_features;
} Gathered;

static void
gather (LatheFeatureReader *reader, const LatheReal *features, gsize n_features, gpointer data)
{
  Gathered *gathered = data;

  gathered->n_features = n_features;
  for (gsize i = 0; i < reader->batch.n * n_features; i++)
    {
      float value = (float) features[i];

      g_array_append_val (gathered->values, value);
    }
}

/* Every second, third … image, so that no more are looked at than are kept. */
static void
thin (GArray *images)
{
  guint stride = (images->len + LATHE_MOST_KNOWN - 1) / LATHE_MOST_KNOWN, n = 0;

  for (guint i = 0; i < images->len; i += stride)
    g_array_index (images, guint32, n++) = g_array_index (images, guint32, i);
  g_array_set_size (images, n);
}

/**
 * lathe_trainer_keep_known:
 *
 * Layers that have learned on see images in another way than they did: what the best model makes of its training images
 * is worked out anew, and kept with it. Before anybody else has that model.
 * Errors: LATHE_ERROR_MEMORY.
 */
gboolean
lathe_trainer_keep_known (LatheTrainer *trainer, GError **error)
{
  g_auto (LatheFeatureReader) reader = {0};
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
  Gathered gathered = {values, 1};
  g_autofree guint32 *places = NULL;
  guint n;

  if (trainer->growth.from == NULL)
    return TRUE;
  if (!lathe_feature_reader_begin (&reader, trainer->best, trainer->dataset, LATHE_SPLIT_TRAIN,
                                   trainer->hyperparameters.threads, error))
    return FALSE;
  thin (reader.images);
  if (!lathe_feature_reader_go (&reader, gather, &gathered, NULL, NULL, NULL, error))
    return FALSE;
  n = (guint) (values->len / gathered.n_features);
  places = g_new (guint32, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    places[i] = i;
  trainer->best->known = lathe_known_new ((const float *) values->data, places, n, (guint) gathered.n_features);
  return TRUE;
}
