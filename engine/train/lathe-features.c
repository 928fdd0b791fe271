/* lathe-features.c: what a network makes of images just before its last weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-features.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"

#define BATCH 32
#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 30)

/* --- A batch at a time --- */

/**
 * lathe_feature_reader_begin:
 * @reader: all zero
 * @split: a side, or -1 for all
 * @n_threads: 0 for as many as the machine has cores
 *
 * The dataset's classes need not be the model's.
 * Errors: LATHE_ERROR_DATA when no image is on that side; LATHE_ERROR_MEMORY.
 */
gboolean
lathe_feature_reader_begin (LatheFeatureReader *reader, LatheModel *model, LatheDataset *dataset, int split,
                            guint n_threads, GError **error)
{
  n_threads = n_threads > 0 ? n_threads : lathe_default_threads ();
  reader->dataset = dataset;
  reader->images = lathe_choose_images (dataset, split, error);
  if (reader->images == NULL)
    return FALSE;
  reader->pool = lathe_pool_new (n_threads);
  reader->network = lathe_network_new_open (model->graph, BATCH, FALSE, reader->pool, error);
  if (reader->network == NULL)
    return FALSE;
  lathe_network_load (reader->network, model);
  reader->layer = lathe_network_find_features (reader->network);
  reader->store = lathe_store_new (dataset, &model->preprocess, n_threads, 0);
  lathe_batch_init (&reader->batch, BATCH);
  return TRUE;
}

void
lathe_feature_reader_clear (LatheFeatureReader *reader)
{
  g_clear_pointer (&reader->store, lathe_store_free);
  g_clear_pointer (&reader->network, lathe_network_free);
  g_clear_pointer (&reader->pool, lathe_pool_free);
  g_clear_pointer (&reader->images, g_array_unref);
  lathe_batch_clear (&reader->batch);
}

/**
 * lathe_feature_reader_find:
 * @n: samples in the network's input
 *
 * Returns: n × n_features numbers, which the network holds until it is asked again
 */
const LatheReal *
lathe_feature_reader_find (LatheFeatureReader *reader, guint n, gsize *n_features)
{
  lathe_network_forward (reader->network, n, FALSE, 0, 0);
  return lathe_network_get_output (reader->network, reader->layer, n_features);
}

/**
 * lathe_feature_reader_go:
 *
 * Hands every batch to func(), in the order of the images; those that cannot be decoded are left out. The same bits on
 * any number of threads.
 * Errors: G_IO_ERROR_CANCELLED.
 */
gboolean
lathe_feature_reader_go (LatheFeatureReader *reader, LatheFeatureFunc func, gpointer data, LatheProgressFunc progress,
                         gpointer progress_data, GCancellable *cancellable, GError **error)
{
  const GArray *images = reader->images;
  gint64 told = 0;

  lathe_store_expect (reader->store, (const guint32 *) images->data, images->len);
  for (guint first = 0; first < images->len; first += BATCH)
    {
      gsize n_features;
      const LatheReal *features;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (progress != NULL && g_get_monotonic_time () - told >= PROGRESS_INTERVAL)
        {
          told = g_get_monotonic_time ();
          progress (first, images->len, progress_data);
        }
      lathe_batch_fill (&reader->batch, reader->dataset, reader->store, reader->network,
                        &g_array_index (images, guint32, first), NULL, MIN (BATCH, images->len - first));
      if (reader->batch.n == 0)
        continue;
      features = lathe_feature_reader_find (reader, reader->batch.n, &n_features);
      func (reader, features, n_features, data);
    }
  return TRUE;
}

/* --- All of them --- */

typedef struct
{
  LatheFeatures *features;
  gboolean *same_name; /* labels × classes */
  guint n_classes;
} Gathering;

static gboolean *
match_names (LatheModel *model, LatheDataset *dataset)
{
  const char *const *classes = lathe_dataset_get_classes (dataset);
  guint n_labels = lathe_model_get_n_labels (model), n_classes = lathe_dataset_get_n_classes (dataset);
  gboolean *same = g_new (gboolean, (gsize) n_labels * n_classes);

  for (guint i = 0; i < n_labels; i++)
    for (guint j = 0; j < n_classes; j++)
      same[i * n_classes + j] = g_str_equal (model->labels[i], classes[j]);
  return same;
}

static void
gather (LatheFeatureReader *reader, const LatheReal *values, gsize n_features, gpointer data)
{
  const Gathering *gathering = data;
  LatheFeatures *features = gathering->features;
  LatheBatch *batch = &reader->batch;

  lathe_batch_say (batch, reader->network);
  for (guint i = 0; i < batch->n; i++)
    {
      guint at = features->n++, label = lathe_dataset_get_image (reader->dataset, batch->images[i])->label;

      features->images[at] = batch->images[i];
      features->said[at] = batch->said[i];
      features->right[at] = gathering->same_name[batch->said[i] * gathering->n_classes + label];
      for (gsize j = 0; j < n_features; j++)
        features->values[at * n_features + j] = (float) values[i * n_features + j];
    }
}

static LatheFeatures *
make_room (LatheFeatureReader *reader, GError **error)
{
  guint n = reader->images->len;
  LatheFeatures *features;
  gsize n_features;

  lathe_network_get_output (reader->network, reader->layer, &n_features);
  if ((double) n * (double) n_features * sizeof (float) > (double) lathe_memory_available () || n_features > G_MAXUINT)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                   _ ("the %zu features of each of %u images take more memory than this machine has "
                      "free; choose a smaller side of the split"),
                   n_features, n);
      return NULL;
    }
  features = g_new0 (LatheFeatures, 1);
  features->n_features = (guint) n_features;
  features->images = g_new (guint32, n);
  features->said = g_new (guint, n);
  features->right = g_new (gboolean, n);
  features->values = g_new (float, n *n_features);
  return features;
}

/**
 * lathe_features_new:
 * @split: a side, or -1 for all
 * @n_threads: 0 for as many as the machine has cores; changes no bit
 *
 * The dataset's classes need not be the model's: what has another name is not right. Images that cannot be decoded are
 * left out.
 * Errors: LATHE_ERROR_DATA when no image is on that side, or none can be read; LATHE_ERROR_MEMORY;
 * G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full)
 */
LatheFeatures *
lathe_features_new (LatheModel *model, LatheDataset *dataset, int split, guint n_threads, LatheProgressFunc progress,
                    gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_auto (LatheFeatureReader) reader = {0};
  g_autoptr (LatheFeatures) features = NULL;
  g_autofree gboolean *same_name = match_names (model, dataset);
  Gathering gathering = {NULL, same_name, lathe_dataset_get_n_classes (dataset)};

  if (!lathe_feature_reader_begin (&reader, model, dataset, split, n_threads, error) ||
      (features = make_room (&reader, error)) == NULL)
    return NULL;
  gathering.features = features;
  if (!lathe_feature_reader_go (&reader, gather, &gathering, progress, progress_data, cancellable, error))
    return NULL;
  if (features->n > 0)
    return g_steal_pointer (&features);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("None of the images of %s can be read"),
               lathe_dataset_get_folder (dataset));
  return NULL;
}

void
lathe_features_free (LatheFeatures *features)
{
  g_free (features->images);
  g_free (features->said);
  g_free (features->right);
  g_free (features->values);
  g_free (features);
}
