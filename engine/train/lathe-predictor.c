/* lathe-predictor.c: asks a model, about one image or a whole dataset.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-predictor.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "dataset/lathe-decode.h"
#include "lathe-scorer.h"

#define EVALUATION_BATCH 32
#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 30)

struct _LathePredictor
{
  LatheModel *model;
  LathePool *pool;
  LatheNetwork *network;
  LatheViews views;
};

/**
 * lathe_predictor_new:
 * @n_threads: 0 for as many as the machine has cores
 *
 * Errors: LATHE_ERROR_MEMORY.
 */
LathePredictor *
lathe_predictor_new (LatheModel *model, guint n_threads, GError **error)
{
  g_autoptr (LathePredictor) predictor = g_new0 (LathePredictor, 1);

  predictor->model = lathe_model_ref (model);
  predictor->pool = lathe_pool_new (n_threads > 0 ? n_threads : lathe_default_threads ());
  predictor->network = lathe_network_new (model->graph, 1, FALSE, predictor->pool, error);
  if (predictor->network == NULL)
    return NULL;
  lathe_network_load (predictor->network, model);
  lathe_views_init (&predictor->views, predictor->network, 1, &model->preprocess, FALSE);
  return g_steal_pointer (&predictor);
}

void
lathe_predictor_free (LathePredictor *predictor)
{
  g_clear_pointer (&predictor->network, lathe_network_free);
  lathe_pool_free (predictor->pool);
  lathe_views_clear (&predictor->views);
  lathe_model_unref (predictor->model);
  g_free (predictor);
}

LatheModel *
lathe_predictor_get_model (LathePredictor *predictor)
{
  return predictor->model;
}

static guint8 *
new_bytes (const LathePreprocess *preprocess)
{
  return g_malloc0 ((gsize) preprocess->height * preprocess->width * preprocess->channels);
}

/* Takes over `seen`. */
static LathePrediction *
predict (LathePredictor *predictor, guint8 *seen)
{
  LathePrediction *prediction = g_new0 (LathePrediction, 1);
  g_autofree LatheReal *probability = NULL;
  LatheByteTable table;
  gint64 begin;

  lathe_preprocess_tabulate (&predictor->model->preprocess, table);
  lathe_preprocess_apply (&predictor->model->preprocess, table, seen, 1, lathe_network_get_input (predictor->network));
  begin = g_get_monotonic_time ();
  lathe_views_forward (&predictor->views, predictor->network, 1);
  prediction->milliseconds = (double) (g_get_monotonic_time () - begin) / 1000;

  prediction->seen = seen;
  prediction->n_labels = lathe_model_get_n_labels (predictor->model);
  prediction->probability = g_new (float, prediction->n_labels);
  probability = g_new (LatheReal, prediction->n_labels);
  lathe_network_probabilities (predictor->network, 1, probability);
  for (guint i = 0; i < prediction->n_labels; i++)
    {
      prediction->probability[i] = (float) probability[i];
      if (probability[i] > probability[prediction->label])
        prediction->label = i;
    }
  return prediction;
}

/**
 * lathe_predictor_file:
 *
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; the message names the file.
 *
 * Returns: (transfer full): what the model says of an image file
 */
LathePrediction *
lathe_predictor_file (LathePredictor *predictor, const char *path, GError **error)
{
  g_autofree guint8 *seen = new_bytes (&predictor->model->preprocess);

  if (!lathe_decode_file (path, &predictor->model->preprocess, seen, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  return predict (predictor, g_steal_pointer (&seen));
}

/**
 * lathe_predictor_pixbuf:
 *
 * Returns: (transfer full): what the model says of an image in memory
 */
LathePrediction *
lathe_predictor_pixbuf (LathePredictor *predictor, GdkPixbuf *pixbuf)
{
  guint8 *seen = new_bytes (&predictor->model->preprocess);

  lathe_decode_pixbuf (pixbuf, &predictor->model->preprocess, seen);
  return predict (predictor, seen);
}

void
lathe_prediction_free (LathePrediction *prediction)
{
  g_free (prediction->probability);
  g_free (prediction->seen);
  g_free (prediction);
}

/* --- A whole dataset --- */

typedef struct
{
  LatheModel *model;
  LatheDataset *dataset;
  LathePool *pool;
  LatheNetwork *network;
  LatheStore *store;
  LatheBatch batch;
  GArray *images;
  guint *label_of; /* the model's label of each of the dataset's classes */
  LatheMetrics *metrics;
  GArray *outcomes;
  LatheProgressFunc progress;
  gpointer progress_data;
  gint64 last_progress;
  GCancellable *cancellable;
} Evaluation;

static void
evaluation_clear (Evaluation *e)
{
  g_clear_pointer (&e->store, lathe_store_free);
  g_clear_pointer (&e->network, lathe_network_free);
  g_clear_pointer (&e->pool, lathe_pool_free);
  g_clear_pointer (&e->images, g_array_unref);
  g_clear_pointer (&e->metrics, lathe_metrics_free);
  g_clear_pointer (&e->outcomes, g_array_unref);
  g_clear_pointer (&e->label_of, g_free);
  lathe_batch_clear (&e->batch);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Evaluation, evaluation_clear)

static gboolean
match_labels (Evaluation *e, GError **error)
{
  const char *const *classes = lathe_dataset_get_classes (e->dataset);

  e->label_of = g_new0 (guint, lathe_dataset_get_n_classes (e->dataset));
  for (guint i = 0; classes[i] != NULL; i++)
    {
      guint label = 0;

      while (e->model->labels[label] != NULL && !g_str_equal (e->model->labels[label], classes[i]))
        label++;
      if (e->model->labels[label] == NULL)
        {
          g_autofree char *labels = g_strjoinv (", ", e->model->labels);

          g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                       _ ("%s has a class “%s” that the model does not know; it knows %s"),
                       lathe_dataset_get_folder (e->dataset), classes[i], labels);
          return FALSE;
        }
      e->label_of[i] = label;
    }
  return TRUE;
}

static gboolean
choose_images (Evaluation *e, int split, GError **error)
{
  e->images = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (int side = 0; side < LATHE_N_SPLITS; side++)
    if (split < 0 || split == side)
      {
        g_autoptr (GArray) images = lathe_dataset_get_split (e->dataset, side);

        g_array_append_vals (e->images, images->data, images->len);
      }
  if (e->images->len > 0)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("%s has no images on this side of the split"),
               lathe_dataset_get_folder (e->dataset));
  return FALSE;
}

static void
add_outcomes (const LatheBatch *batch, gpointer data)
{
  Evaluation *e = data;
  g_autofree LatheReal *probability = g_new (LatheReal, (gsize) batch->n * e->metrics->n_classes);

  lathe_network_probabilities (e->network, batch->n, probability);
  for (guint i = 0; i < batch->n; i++)
    {
      LatheOutcome outcome = {
          .image = batch->images[i],
          .truth = batch->labels[i],
          .said = batch->said[i],
          .confidence = (float) probability[(gsize) i * e->metrics->n_classes + batch->said[i]],
      };

      g_array_append_val (e->outcomes, outcome);
    }
}

static gboolean
may_go_on (guint done, gpointer data)
{
  Evaluation *e = data;

  if (g_cancellable_is_cancelled (e->cancellable))
    return FALSE;
  if (e->progress != NULL && g_get_monotonic_time () - e->last_progress >= PROGRESS_INTERVAL)
    {
      e->last_progress = g_get_monotonic_time ();
      e->progress (done, e->images->len, e->progress_data);
    }
  return TRUE;
}

LatheMetrics *
lathe_evaluate (LatheModel *model, LatheDataset *dataset, int split, guint n_threads, LatheProgressFunc progress,
                gpointer progress_data, GArray **outcomes, GCancellable *cancellable, GError **error)
{
  g_auto (Evaluation) e = {
      .model = model,
      .dataset = dataset,
      .progress = progress,
      .progress_data = progress_data,
      .cancellable = cancellable,
  };

  if (n_threads == 0)
    n_threads = lathe_default_threads ();
  if (!match_labels (&e, error) || !choose_images (&e, split, error))
    return NULL;
  e.pool = lathe_pool_new (n_threads);
  e.network = lathe_network_new (model->graph, EVALUATION_BATCH, FALSE, e.pool, error);
  if (e.network == NULL)
    return NULL;
  lathe_network_load (e.network, model);
  e.store = lathe_store_new (dataset, &model->preprocess, n_threads, 0);
  e.metrics = lathe_metrics_new (lathe_model_get_n_labels (model));
  e.outcomes = g_array_new (FALSE, FALSE, sizeof (LatheOutcome));
  lathe_batch_init (&e.batch, EVALUATION_BATCH);
  lathe_views_init (&e.batch.views, e.network, EVALUATION_BATCH, &model->preprocess, FALSE);
  e.batch.label_of = e.label_of;
  if (!lathe_score (e.network, dataset, e.store, &e.batch, e.images, e.metrics, may_go_on, add_outcomes, &e))
    {
      g_cancellable_set_error_if_cancelled (cancellable, error);
      return NULL;
    }
  if (outcomes != NULL)
    *outcomes = g_steal_pointer (&e.outcomes);
  return g_steal_pointer (&e.metrics);
}
