/* lathe-transfer.c: a model for the classes of a dataset, grown on what another model has learned.
 *
 *   images ──► trunk, once ──► features, kept ──► head, to the end ──► trunk + head: the model
 *
 * The head's penalty is the one of a few whose heads say best, by the cross-entropy, what they have not learned from:
 * the validation images, or each fold in turn. That score is of the very choice, and so a little too good; the test
 * images have no part in any.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"
#include "lathe-transfer-private.h"

/* From the strongest on, so that each search begins near its end. */
static const double penalties[] = {10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003};

/* Of one transfer. */
typedef struct
{
  LatheTransfer *transfer;
  LatheDataset *dataset;
  LatheKeptFeatures *kept;
  LatheTrials *trials;
  LatheLabelledFeatures features;
  guint32 *labels;
  LathePool *pool;
  GCancellable *cancellable;
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->kept, lathe_kept_features_free);
  g_clear_pointer (&work->trials, lathe_trials_free);
  g_clear_pointer (&work->labels, g_free);
  g_clear_pointer (&work->pool, lathe_pool_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* What is known when nobody was asked: n is 0. */
LatheTransferScore
lathe_transfer_score (const LatheMetrics *metrics)
{
  return (LatheTransferScore){
      .n = metrics->n,
      .accuracy = lathe_metrics_accuracy (metrics),
      .loss = lathe_metrics_loss (metrics),
      .interval = lathe_interval_wilson (lathe_metrics_count_right (metrics), metrics->n),
  };
}

static void
free_metrics (gpointer metrics)
{
  lathe_metrics_free (metrics);
}

/* All penalties in one trial. */
static gboolean
try (Work *work, const LatheTrial *trial, GPtrArray *metrics, GError **error)
{
  g_autoptr (LatheHeadFitter) fitter = lathe_head_fitter_new (&work->features, trial->learned, work->pool, error);

  for (guint i = 0; fitter != NULL && i < metrics->len; i++)
    {
      g_autoptr (LatheHead) head = NULL;

      if (g_cancellable_set_error_if_cancelled (work->cancellable, error))
        return FALSE;
      head = lathe_head_fitter_run (fitter, penalties[i]);
      lathe_head_fitter_score (fitter, head, trial->held, metrics->pdata[i], NULL);
    }
  return fitter != NULL;
}

/* The penalty, and the score of what had not been learned from. */
static gboolean
choose_penalty (Work *work, GError **error)
{
  guint n = G_N_ELEMENTS (penalties), best = 0;
  g_autoptr (GPtrArray) metrics = g_ptr_array_new_with_free_func (free_metrics);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (metrics, lathe_metrics_new (work->features.n_classes));
  for (guint i = 0; i < work->trials->trials->len; i++)
    if (!try (work, &g_array_index (work->trials->trials, LatheTrial, i), metrics, error))
      return FALSE;
  for (guint i = 1; i < n; i++)
    if (lathe_metrics_loss (metrics->pdata[i]) < lathe_metrics_loss (metrics->pdata[best]))
      best = i;
  work->transfer->l2 = penalties[best];
  work->transfer->n_folds = work->trials->trials->len > 0 ? work->trials->n_folds : 0;
  work->transfer->validation = lathe_transfer_score (metrics->pdata[best]);
  return TRUE;
}

static gboolean
check_classes (const Work *work, GError **error)
{
  guint n_classes = work->features.n_classes;
  g_autofree gboolean *there = g_new0 (gboolean, n_classes);

  for (guint i = 0; i < work->trials->all->len; i++)
    there[work->labels[g_array_index (work->trials->all, guint32, i)]] = TRUE;
  if (n_classes < 2)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                   _ ("%s has one class alone, and it takes two to tell apart: add a folder with images of another"),
                   lathe_dataset_get_folder (work->dataset));
      return FALSE;
    }
  for (guint i = 0; i < n_classes; i++)
    if (!there[i])
      {
        g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                     _ ("%s: the class “%s” has no image to learn from that can be read: add some, or another split"),
                     lathe_dataset_get_folder (work->dataset), lathe_dataset_get_classes (work->dataset)[i]);
        return FALSE;
      }
  return TRUE;
}

/* The head of all that may be learned from, its score by the test images, and the model. */
static gboolean
finish (Work *work, const LatheTrunk *trunk, GError **error)
{
  LatheTransfer *transfer = work->transfer;
  g_autoptr (LatheHeadFitter) fitter = lathe_head_fitter_new (&work->features, work->trials->all, work->pool, error);
  g_autoptr (GArray) tested = lathe_choose_usable (work->dataset, work->kept, LATHE_SPLIT_TEST);
  g_autoptr (LatheMetrics) metrics = lathe_metrics_new (work->features.n_classes);
  g_autoptr (LatheHead) head = NULL;
  LatheModel *model;

  if (fitter == NULL)
    return FALSE;
  head = lathe_head_fitter_run (fitter, transfer->l2);
  lathe_head_fitter_score (fitter, head, tested, metrics, NULL);
  transfer->minimum = head->minimum;
  transfer->n_learned = work->trials->all->len;
  transfer->test = lathe_transfer_score (metrics);
  model = lathe_trunk_join (trunk, lathe_dataset_get_classes (work->dataset), head->weight, head->bias, error);
  if (model == NULL)
    return FALSE;
  model->known = lathe_known_new (work->kept->values, (const guint32 *) work->trials->all->data, work->trials->all->len,
                                  work->kept->n_features);
  lathe_transfer_set_model (transfer, model);
  return TRUE;
}

static void
begin_heads (Work *work, const LatheTransferOptions *options)
{
  guint n = work->kept->n_images;

  work->labels = g_new (guint32, n);
  for (guint i = 0; i < n; i++)
    work->labels[i] = lathe_dataset_get_image (work->dataset, i)->label;
  work->features = (LatheLabelledFeatures){work->kept->values, work->labels, work->kept->n_features,
                                           lathe_dataset_get_n_classes (work->dataset)};
  work->trials = lathe_trials_new (work->dataset, work->kept, options);
  work->pool = lathe_pool_new (options->n_threads > 0 ? options->n_threads : lathe_default_threads ());
}

static gboolean
learn (Work *work, const LatheTrunk *trunk, const LatheTransferOptions *options, GError **error)
{
  return check_classes (work, error) && choose_penalty (work, error) && finish (work, trunk, error) &&
         (!options->curve || lathe_transfer_draw_curve (work->transfer, work->trials, &work->features, work->pool,
                                                        work->cancellable, error));
}

/**
 * lathe_transfer_new:
 * @from: whose last layer is a dense one
 * @progress: (nullable): told of the images whose features have to be worked out
 *
 * Errors: LATHE_ERROR_UNSUPPORTED (the model does not end in a dense layer, or in too large a one), LATHE_ERROR_DATA
 * (one class alone, a class of which nothing can be read), LATHE_ERROR_MEMORY, G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the same, but for its seconds, with the same seed, images and model
 */
LatheTransfer *
lathe_transfer_new (LatheModel *from, LatheDataset *dataset, const LatheTransferOptions *options,
                    LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheTrunk) trunk = lathe_trunk_new (from, error);
  g_autoptr (LatheTransfer) transfer = g_new0 (LatheTransfer, 1);
  g_auto (Work) work = {.transfer = transfer, .dataset = dataset, .cancellable = cancellable};
  gint64 begin = g_get_monotonic_time (), middle;

  g_atomic_ref_count_init (&transfer->references);
  if (trunk == NULL)
    return NULL;
  work.kept = lathe_kept_features_new (trunk, dataset, options->n_threads, progress, progress_data, cancellable, error);
  if (work.kept == NULL)
    return NULL;
  middle = g_get_monotonic_time ();
  transfer->n_found = work.kept->n_found;
  transfer->n_computed = work.kept->n_computed;
  transfer->unreadable = g_ptr_array_ref (work.kept->unreadable);
  transfer->feature_seconds = (double) (middle - begin) / G_USEC_PER_SEC;
  begin_heads (&work, options);
  if (!learn (&work, trunk, options, error))
    return NULL;
  transfer->head_seconds = (double) (g_get_monotonic_time () - middle) / G_USEC_PER_SEC;
  return g_steal_pointer (&transfer);
}

/**
 * lathe_transfer_set_model:
 * @model: (transfer full): trunk and head, which gets the transfer's scores
 *
 * Of one that has none yet, before anybody else has it.
 */
void
lathe_transfer_set_model (LatheTransfer *transfer, LatheModel *model)
{
  g_return_if_fail (transfer->model == NULL);

  model->scores = (LatheScores){
      .validation_loss = transfer->validation.loss,
      .validation_accuracy = transfer->validation.accuracy,
      .test_loss = transfer->test.loss,
      .test_accuracy = transfer->test.accuracy,
      .folds = transfer->n_folds,
  };
  transfer->model = model;
}

LatheTransfer *
lathe_transfer_ref (LatheTransfer *transfer)
{
  g_atomic_ref_count_inc (&transfer->references);
  return transfer;
}

void
lathe_transfer_unref (LatheTransfer *transfer)
{
  if (!g_atomic_ref_count_dec (&transfer->references))
    return;
  g_clear_pointer (&transfer->model, lathe_model_unref);
  g_clear_pointer (&transfer->unreadable, g_ptr_array_unref);
  g_clear_pointer (&transfer->curve, g_array_unref);
  g_free (transfer);
}
