/* lathe-fine-tune.c: a model that was changed learns to be right again.
 *
 * It is a training like any other, that begins with the model's weights. Which hyperparameters suit is up to who asks:
 * those that the model was trained with, on a schedule as short as the epochs are few, do well after pruning (Renda,
 * Frankle & Carbin 2020, arXiv 2003.02389, learning-rate rewinding).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-fine-tune.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-trainer.h"

typedef struct
{
  LatheProgressFunc progress;
  gpointer data;
  guint n_images; /* that each epoch learns from */
  guint batch;
} Listener;

/* On the trainer's thread, which who asked waits for. */
static void
on_snapshot (LatheSnapshot *snapshot, gpointer data)
{
  const Listener *listener = data;
  guint epochs = snapshot->finished->len, step = epochs < snapshot->epoch ? snapshot->step : 0;
  guint64 done = (guint64) epochs * listener->n_images + MIN ((guint64) step * listener->batch, listener->n_images);

  if (listener->progress != NULL)
    listener->progress ((guint) MIN (done, G_MAXUINT),
                        (guint) MIN ((guint64) snapshot->epochs * listener->n_images, G_MAXUINT), listener->data);
}

static void
on_cancelled (GCancellable *cancellable, gpointer trainer)
{
  lathe_trainer_stop (trainer);
}

static gboolean
check_classes (const LatheModel *model, LatheDataset *dataset, GError **error)
{
  if (g_strv_equal ((const char *const *) model->labels, lathe_dataset_get_classes (dataset)))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
               _ ("The images in %s are of other classes than the model tells apart: it goes on learning with those "
                  "that it was trained on"),
               lathe_dataset_get_folder (dataset));
  return FALSE;
}

/**
 * lathe_fine_tune_rounded:
 * @quantisation: (nullable): of the model's graph; NULL: nothing is rounded
 *
 * As lathe_fine_tune(), while the model answers as in these 8 bits: its scores are those that it has then. Its weights
 * are not rounded yet.
 */
LatheModel *
lathe_fine_tune_rounded (LatheModel *model, const LatheQuantisation *quantisation, LatheDataset *dataset,
                         const LatheHyperparameters *hyperparameters, LatheProgressFunc progress,
                         gpointer progress_data, GCancellable *cancellable, GError **error)
{
  guint n_images = lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN);
  Listener listener = {progress, progress_data, n_images, MIN (hyperparameters->batch, n_images)};
  LathePreprocess preprocess = model->preprocess;
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheInheritance) inheritance = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  gulong handler;

  preprocess.measured = FALSE; /* what it learned, it learned of images that were normalised so */
  if (!check_classes (model, dataset, error))
    return NULL;
  trainer = lathe_trainer_new (dataset, model->graph, &preprocess, hyperparameters, on_snapshot, &listener, error);
  if (trainer == NULL)
    return NULL;
  inheritance = lathe_inheritance_new (model, model->graph, lathe_dataset_get_classes (dataset), NULL);
  lathe_trainer_begin_with (trainer, inheritance);
  lathe_trainer_keep_zeros (trainer);
  if (quantisation != NULL)
    lathe_trainer_round (trainer, quantisation);
  handler = cancellable != NULL ? g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), trainer, NULL) : 0;
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_cancellable_disconnect (cancellable, handler);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  if (end->state == LATHE_TRAINER_FAILED)
    {
      g_propagate_error (error, g_error_copy (end->error));
      return NULL;
    }
  return lathe_model_ref (end->best);
}

/**
 * lathe_fine_tune:
 * @hyperparameters: with the number of epochs
 * @progress: (nullable): counts images learned from; called on another thread
 *
 * All layers go on with what they learned, and single weights that are 0 stay so. Takes as long as a training of so
 * many epochs; the same model, images and hyperparameters give the same bits, on any number of threads.
 * Errors: as lathe_trainer_new() and training; LATHE_ERROR_DATA when the classes are others; G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the best epoch's model, with its scores
 */
LatheModel *
lathe_fine_tune (LatheModel *model, LatheDataset *dataset, const LatheHyperparameters *hyperparameters,
                 LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  return lathe_fine_tune_rounded (model, NULL, dataset, hyperparameters, progress, progress_data, cancellable, error);
}
