/* lathe-predictor.c: asks a model, about one image or a whole dataset.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-predictor.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "dataset/lathe-decode.h"
#include "lathe-scorer.h"

#define EVALUATION_BATCH 32
#define NO_LABEL G_MAXUINT
#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 30)

struct _LathePredictor
{
  LatheModel *model;
  LathePool *pool;
  LatheNetwork *network;
  LatheViews views;
  LatheByteTable table;
  guint capacity;         /* images at once */
  LatheReal *probability; /* capacity × labels */
};

LathePredictor *
lathe_predictor_new_batch (LatheModel *model, guint capacity, guint n_threads, GError **error)
{
  g_autoptr (LathePredictor) predictor = g_new0 (LathePredictor, 1);

  predictor->model = lathe_model_ref (model);
  predictor->capacity = capacity;
  predictor->pool = lathe_pool_new (n_threads > 0 ? n_threads : lathe_default_threads ());
  predictor->network = lathe_network_new_for (model, capacity, predictor->pool, error);
  if (predictor->network == NULL)
    return NULL;
  lathe_views_init (&predictor->views, predictor->network, capacity, &model->preprocess, FALSE);
  predictor->views.temperature = model->temperature;
  lathe_preprocess_tabulate (&model->preprocess, predictor->table);
  predictor->probability = g_new (LatheReal, (gsize) capacity * lathe_model_get_n_labels (model));
  return g_steal_pointer (&predictor);
}

/**
 * lathe_predictor_new:
 * @n_threads: 0 for as many as the machine has cores
 *
 * Errors: LATHE_ERROR_MEMORY.
 */
LathePredictor *
lathe_predictor_new (LatheModel *model, guint n_threads, GError **error)
{
  return lathe_predictor_new_batch (model, 1, n_threads, error);
}

void
lathe_predictor_free (LathePredictor *predictor)
{
  g_clear_pointer (&predictor->network, lathe_network_free);
  lathe_pool_free (predictor->pool);
  lathe_views_clear (&predictor->views);
  lathe_model_unref (predictor->model);
  g_free (predictor->probability);
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

double
lathe_predictor_batch (LathePredictor *predictor, const guint8 *seen, guint n, float *probability)
{
  gsize n_numbers = (gsize) n * lathe_model_get_n_labels (predictor->model);
  gint64 begin;
  double milliseconds;

  g_return_val_if_fail (n <= predictor->capacity, 0);

  lathe_preprocess_apply (&predictor->model->preprocess, predictor->table, seen, n,
                          lathe_network_get_input (predictor->network));
  begin = g_get_monotonic_time ();
  lathe_views_forward (&predictor->views, predictor->network, n);
  milliseconds = (double) (g_get_monotonic_time () - begin) / 1000;

  lathe_network_probabilities (predictor->network, n, predictor->probability);
  for (gsize i = 0; i < n_numbers; i++)
    probability[i] = (float) predictor->probability[i];
  return milliseconds;
}

/* Of the one image that was asked about last. */
static void
compare_with_known (LathePredictor *predictor, LathePrediction *prediction)
{
  const LatheKnown *known = predictor->model->known;
  gsize n_features;
  const LatheReal *features = lathe_network_get_features (predictor->network, &n_features);
  g_autofree float *values = NULL;

  prediction->nearness = NAN;
  if (known == NULL || features == NULL || n_features != known->n_features)
    return;
  values = g_new (float, n_features);
  for (gsize i = 0; i < n_features; i++)
    values[i] = (float) features[i];
  prediction->nearness = lathe_known_find_nearness (known, values);
  prediction->unlike = prediction->nearness < known->least;
}

/* Takes over `seen`. */
static LathePrediction *
predict (LathePredictor *predictor, guint8 *seen)
{
  LathePrediction *prediction = g_new0 (LathePrediction, 1);

  prediction->seen = seen;
  prediction->n_labels = lathe_model_get_n_labels (predictor->model);
  prediction->probability = g_new (float, prediction->n_labels);
  prediction->milliseconds = lathe_predictor_batch (predictor, seen, 1, prediction->probability);
  for (guint i = 0; i < prediction->n_labels; i++)
    if (prediction->probability[i] > prediction->probability[prediction->label])
      prediction->label = i;
  compare_with_known (predictor, prediction);
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
 * lathe_predictor_bytes:
 * @bytes: height × width × channels: an image as the network gets it
 *
 * Returns: (transfer full): what the model says of it
 */
LathePrediction *
lathe_predictor_bytes (LathePredictor *predictor, const guint8 *bytes)
{
  const LathePreprocess *preprocess = &predictor->model->preprocess;
  guint8 *seen = new_bytes (preprocess);

  memcpy (seen, bytes, (gsize) preprocess->height * preprocess->width * preprocess->channels);
  return predict (predictor, seen);
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
  guint *label_of; /* the model's label of each of the dataset's classes, or NO_LABEL */
  LatheEvaluation *result;
  LatheReal *probability; /* batch × labels */
  float *answer;          /* 2 × labels: probabilities and logits of one image */
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
  g_clear_pointer (&e->result, lathe_evaluation_unref);
  g_clear_pointer (&e->probability, g_free);
  g_clear_pointer (&e->answer, g_free);
  g_clear_pointer (&e->label_of, g_free);
  lathe_batch_clear (&e->batch);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Evaluation, evaluation_clear)

#define LABELS_TOLD 12 /* of a model that may know a thousand */

static gboolean
refuse_class (const Evaluation *e, const char *class_name, GError **error)
{
  GStrv labels = e->model->labels;
  g_autoptr (GString) some = g_string_new (NULL);

  for (guint i = 0; labels[i] != NULL && i <= LABELS_TOLD; i++)
    g_string_append_printf (some, "%s%s", i > 0 ? ", " : "", i < LABELS_TOLD ? labels[i] : "…");
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
               _ ("%s has a class “%s” that the model does not know; it knows %s"),
               lathe_dataset_get_folder (e->dataset), class_name, some->str);
  return FALSE;
}

/* @unknown: (nullable) (out): the classes that have no label; NULL: such a class is refused, as none is when all are */
static gboolean
match_labels (Evaluation *e, char ***unknown, GError **error)
{
  const char *const *classes = lathe_dataset_get_classes (e->dataset);
  g_autoptr (GStrvBuilder) without = g_strv_builder_new ();
  gboolean any = FALSE;

  e->label_of = g_new0 (guint, lathe_dataset_get_n_classes (e->dataset));
  for (guint i = 0; classes[i] != NULL; i++)
    {
      guint label = 0;

      while (e->model->labels[label] != NULL && !g_str_equal (e->model->labels[label], classes[i]))
        label++;
      if (e->model->labels[label] == NULL)
        {
          if (unknown == NULL)
            return refuse_class (e, classes[i], error);
          g_strv_builder_add (without, classes[i]);
          label = NO_LABEL;
        }
      any = any || label != NO_LABEL;
      e->label_of[i] = label;
    }
  if (!any)
    return refuse_class (e, classes[0], error);
  if (unknown != NULL)
    *unknown = g_strv_builder_end (without);
  return TRUE;
}

/* The images that are asked about: those of classes that have a label. */
static gboolean
choose_images (Evaluation *e, int split, GError **error)
{
  g_autoptr (GArray) images = lathe_choose_images (e->dataset, split, error);
  guint n = 0;

  if (images == NULL)
    return FALSE;
  for (guint i = 0; i < images->len; i++)
    {
      guint32 image = g_array_index (images, guint32, i);

      if (e->label_of[lathe_dataset_get_image (e->dataset, image)->label] != NO_LABEL)
        g_array_index (images, guint32, n++) = image;
    }
  g_array_set_size (images, n);
  e->images = g_steal_pointer (&images);
  if (n > 0)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
               _ ("%s has no images of a class that the model knows on this side"),
               lathe_dataset_get_folder (e->dataset));
  return FALSE;
}

/* One unit that tells two classes apart is the softmax of the logits 0 and z. */
static void
copy_logits (LatheNetwork *network, guint i, float *logits)
{
  guint n_units = lathe_network_get_n_units (network);
  const LatheReal *z = lathe_network_get_logits (network) + (gsize) i * n_units;

  if (n_units == 1)
    *logits++ = 0;
  for (guint k = 0; k < n_units; k++)
    logits[k] = (float) z[k];
}

static void
add_outcomes (const LatheBatch *batch, gpointer data)
{
  Evaluation *e = data;
  guint n = e->result->n_classes;
  float *probabilities = e->answer, *logits = e->answer + n;

  lathe_network_probabilities (e->network, batch->n, e->probability);
  for (guint i = 0; i < batch->n; i++)
    {
      for (guint k = 0; k < n; k++)
        probabilities[k] = (float) e->probability[(gsize) i * n + k];
      copy_logits (e->network, i, logits);
      lathe_evaluation_add (e->result, batch->images[i], batch->labels[i], (float) batch->losses[i], probabilities,
                            logits);
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

/* Memory for what a batch is asked and says, and for all that was said. */
static gboolean
prepare_answers (Evaluation *e, GError **error)
{
  guint n = lathe_model_get_n_labels (e->model);

  lathe_batch_init (&e->batch, EVALUATION_BATCH);
  lathe_views_init (&e->batch.views, e->network, EVALUATION_BATCH, &e->model->preprocess, FALSE);
  e->batch.views.temperature = e->model->temperature;
  e->batch.label_of = e->label_of;
  e->probability = g_new (LatheReal, (gsize) EVALUATION_BATCH * n);
  e->answer = g_new (float, 2 * (gsize) n);
  e->result = lathe_evaluation_new (e->images->len, n, error);
  return e->result != NULL;
}

static LatheEvaluation *
evaluate (LatheModel *model, LatheDataset *dataset, int split, guint n_threads, LatheProgressFunc progress,
          gpointer progress_data, char ***unknown, GCancellable *cancellable, GError **error)
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
  if (!match_labels (&e, unknown, error) || !choose_images (&e, split, error))
    return NULL;
  e.pool = lathe_pool_new (n_threads);
  e.network = lathe_network_new_for (model, EVALUATION_BATCH, e.pool, error);
  if (e.network == NULL)
    return NULL;
  e.store = lathe_store_new (dataset, &model->preprocess, n_threads, 0);
  if (!prepare_answers (&e, error))
    return NULL;
  if (!lathe_score (e.network, dataset, e.store, &e.batch, e.images, NULL, may_go_on, add_outcomes, &e))
    {
      g_cancellable_set_error_if_cancelled (cancellable, error);
      return NULL;
    }
  return g_steal_pointer (&e.result);
}

LatheEvaluation *
lathe_evaluate (LatheModel *model, LatheDataset *dataset, int split, guint n_threads, LatheProgressFunc progress,
                gpointer progress_data, GCancellable *cancellable, GError **error)
{
  return evaluate (model, dataset, split, n_threads, progress, progress_data, NULL, cancellable, error);
}

LatheEvaluation *
lathe_evaluate_known (LatheModel *model, LatheDataset *dataset, int split, guint n_threads, LatheProgressFunc progress,
                      gpointer progress_data, char ***unknown, GCancellable *cancellable, GError **error)
{
  g_auto (GStrv) without = NULL;
  LatheEvaluation *evaluation =
      evaluate (model, dataset, split, n_threads, progress, progress_data, &without, cancellable, error);

  if (evaluation != NULL)
    *unknown = g_steal_pointer (&without);
  return evaluation;
}
