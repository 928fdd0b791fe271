/* lathe-kept-features.c: what a trunk makes of each image of a dataset, worked out once and kept on the disk.
 *
 * Kept as decoded samples are (lathe-cache.c), by the hash of the image's bytes, in a file for each source, trunk and
 * way to preprocess: an image that is added, or has changed, is worked out, and no other. A batch at a time is decoded,
 * an image a thread, and goes through the trunk as a network that answers. Every pass is of a whole batch, so that the
 * numbers of an image do not depend on how many others were missing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-kept-features.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "dataset/lathe-cache.h"
#include "dataset/lathe-decode.h"
#include "formats/lathe-model-file.h"

#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 30)

/* A batch that is worked out. */
typedef struct
{
  LatheDataset *dataset;
  const LathePreprocess *preprocess;
  LatheCache *cache; /* NULL: nothing can be kept */
  LathePool *pool;
  LatheNetwork *network;
  LatheByteTable table;
  gsize sample_size; /* bytes of a decoded image */
  const guint32 *images;
  guint n;
  guint8 *bytes;                         /* LATHE_FEATURES_BATCH × sample_size */
  GError *refused[LATHE_FEATURES_BATCH]; /* why an image could not be decoded */
} Batch;

static void
batch_clear (Batch *batch)
{
  for (guint i = 0; i < LATHE_FEATURES_BATCH; i++)
    g_clear_error (&batch->refused[i]);
  g_clear_pointer (&batch->network, lathe_network_free);
  g_clear_pointer (&batch->pool, lathe_pool_free);
  g_clear_pointer (&batch->cache, lathe_cache_close);
  g_clear_pointer (&batch->bytes, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Batch, batch_clear)

static LatheKeptFeatures *
make_room (const LatheTrunk *trunk, LatheDataset *dataset, GError **error)
{
  guint n = lathe_dataset_get_n_images (dataset);
  LatheKeptFeatures *features;

  if ((double) n * trunk->n_features * sizeof (float) > (double) lathe_memory_available ())
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                   _ ("The %u features of each of %u images take more memory than this machine has free; train a "
                      "network instead, or choose fewer images"),
                   trunk->n_features, n);
      return NULL;
    }
  features = g_new0 (LatheKeptFeatures, 1);
  features->n_images = n;
  features->n_features = trunk->n_features;
  features->values = g_new0 (float, (gsize) n * trunk->n_features);
  features->ok = g_new0 (gboolean, n);
  features->unreadable = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_problem_free);
  return features;
}

void
lathe_kept_features_free (LatheKeptFeatures *features)
{
  g_free (features->values);
  g_free (features->ok);
  g_ptr_array_unref (features->unreadable);
  g_free (features);
}

static float *
features_of (const LatheKeptFeatures *features, guint32 image)
{
  return features->values + (gsize) image * features->n_features;
}

/* What is on the disk. Returns: (transfer full) (element-type guint32): the images of which nothing is */
static GArray *
read_kept (LatheKeptFeatures *features, LatheDataset *dataset, LatheCache *cache)
{
  GArray *missing = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint32 i = 0; i < features->n_images; i++)
    if (cache != NULL &&
        lathe_cache_read (cache, lathe_dataset_get_image (dataset, i), (guint8 *) features_of (features, i)))
      features->ok[i] = TRUE;
    else
      g_array_append_val (missing, i);
  features->n_found = features->n_images - missing->len;
  return missing;
}

/* A LatheTileFunc. */
static void
decode (gpointer data, guint tile, guint thread)
{
  Batch *batch = data;
  const LatheImage *image = lathe_dataset_get_image (batch->dataset, batch->images[tile]);
  guint8 *bytes = batch->bytes + tile * batch->sample_size;

  if (!lathe_decode_image (image, batch->preprocess, bytes, &batch->refused[tile]))
    memset (bytes, 0, batch->sample_size);
}

static gboolean
are_finite (const LatheReal *numbers, guint n)
{
  for (guint i = 0; i < n; i++)
    if (!isfinite (numbers[i]))
      return FALSE;
  return TRUE;
}

static void
take (LatheKeptFeatures *features, Batch *batch, guint at, const LatheReal *found)
{
  guint32 index = batch->images[at];
  const LatheImage *image = lathe_dataset_get_image (batch->dataset, index);
  g_autoptr (GError) refused = g_steal_pointer (&batch->refused[at]);
  float *values = features_of (features, index);

  if (refused == NULL && !are_finite (found, features->n_features))
    g_set_error_literal (&refused, LATHE_ERROR, LATHE_ERROR_DATA,
                         _ ("what the network makes of it is not a finite number"));
  memset (values, 0, features->n_features * sizeof *values);
  if (refused != NULL)
    {
      g_ptr_array_add (features->unreadable, lathe_problem_new (image->path, refused->message));
      return;
    }
  for (guint i = 0; i < features->n_features; i++)
    values[i] = (float) found[i];
  features->ok[index] = TRUE;
  features->n_computed++;
  if (batch->cache != NULL)
    lathe_cache_write (batch->cache, image, (const guint8 *) values);
}

static void
work_out (LatheKeptFeatures *features, Batch *batch)
{
  const LatheReal *found = lathe_network_get_logits (batch->network);

  lathe_pool_run (batch->pool, batch->n, decode, batch);
  lathe_preprocess_apply (batch->preprocess, batch->table, batch->bytes, LATHE_FEATURES_BATCH,
                          lathe_network_get_input (batch->network));
  lathe_network_forward (batch->network, LATHE_FEATURES_BATCH, FALSE, 0, 0);
  for (guint i = 0; i < batch->n; i++)
    take (features, batch, i, found + (gsize) i * features->n_features);
}

static gboolean
work_out_all (LatheKeptFeatures *features, Batch *batch, const GArray *missing, LatheProgressFunc progress,
              gpointer progress_data, GCancellable *cancellable, GError **error)
{
  gint64 told = 0;

  for (guint first = 0; first < missing->len; first += LATHE_FEATURES_BATCH)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (progress != NULL && g_get_monotonic_time () - told >= PROGRESS_INTERVAL)
        {
          told = g_get_monotonic_time ();
          progress (first, missing->len, progress_data);
        }
      batch->images = &g_array_index (missing, guint32, first);
      batch->n = MIN (LATHE_FEATURES_BATCH, missing->len - first);
      work_out (features, batch);
    }
  return TRUE;
}

/**
 * lathe_kept_features_new:
 * @n_threads: 0 for as many as the machine has cores; changes no bit
 * @progress: (nullable): told of the images that have to be worked out
 *
 * What has been worked out by the time it is cancelled is kept.
 * Errors: LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full)
 */
LatheKeptFeatures *
lathe_kept_features_new (const LatheTrunk *trunk, LatheDataset *dataset, guint n_threads, LatheProgressFunc progress,
                         gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheKeptFeatures) features = make_room (trunk, dataset, error);
  g_autofree char *digest = lathe_trunk_digest (trunk);
  g_autofree char *numbers = lathe_preprocess_to_json (&trunk->model->preprocess);
  g_autofree char *maker = g_strdup_printf ("\n%s\n%s\n%s", digest, numbers, lathe_kernels ()->name);
  const LathePreprocess *p = &trunk->model->preprocess;
  g_autoptr (GArray) missing = NULL;
  g_auto (Batch) batch = {.dataset = dataset, .preprocess = p};

  if (features == NULL)
    return NULL;
  batch.cache = lathe_cache_open_for (dataset, p, "features", maker, features->n_features * sizeof (float),
                                      LATHE_KEPT_FEATURES_LIMIT);
  missing = read_kept (features, dataset, batch.cache);
  if (missing->len == 0)
    return g_steal_pointer (&features);
  batch.pool = lathe_pool_new (n_threads > 0 ? n_threads : lathe_default_threads ());
  batch.network = lathe_trunk_compile (trunk, LATHE_FEATURES_BATCH, batch.pool, error);
  if (batch.network == NULL)
    return NULL;
  batch.sample_size = (gsize) p->width * p->height * p->channels;
  batch.bytes = g_malloc0 (LATHE_FEATURES_BATCH * batch.sample_size);
  lathe_preprocess_tabulate (p, batch.table);
  return work_out_all (features, &batch, missing, progress, progress_data, cancellable, error)
             ? g_steal_pointer (&features)
             : NULL;
}
