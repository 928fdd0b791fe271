/* lathe-scorer.c: runs a network over many images and keeps the score.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-scorer.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "dataset/lathe-mix.h"

void
lathe_batch_init (LatheBatch *batch, guint capacity)
{
  *batch = (LatheBatch){
      .capacity = capacity,
      .images = g_new0 (guint32, capacity),
      .turns = g_new0 (guint32, capacity),
      .labels = g_new0 (guint32, capacity),
      .others = g_new0 (LatheOtherLabel, capacity),
      .ok = g_new0 (gboolean, capacity),
      .losses = g_new0 (LatheReal, capacity),
      .said = g_new0 (guint, capacity),
  };
}

void
lathe_batch_clear (LatheBatch *batch)
{
  g_free (batch->images);
  g_free (batch->turns);
  g_free (batch->labels);
  g_free (batch->others);
  g_free (batch->ok);
  g_free (batch->losses);
  g_free (batch->said);
  lathe_views_clear (&batch->views);
  *batch = (LatheBatch){0};
}

/**
 * lathe_batch_fill:
 * @images: n indices into the dataset, at most the batch
 * @turns: (nullable): of each, for lathe_batch_augment()
 *
 * Brings the images to the network's input. Those that cannot be decoded are left out; batch->n are there.
 */
void
lathe_batch_fill (LatheBatch *batch, LatheDataset *dataset, LatheStore *store, LatheNetwork *network,
                  const guint32 *images, const guint32 *turns, guint n)
{
  LatheReal *input = lathe_network_get_input (network);
  gsize size = lathe_network_get_input_size (network);
  guint label;

  g_assert (n <= batch->capacity);

  lathe_store_fill (store, images, n, input, batch->ok);
  batch->n = 0;
  batch->mixed = FALSE;
  for (guint i = 0; i < n; i++)
    if (batch->ok[i])
      {
        if (batch->n < i)
          memcpy (input + batch->n * size, input + i * size, size * sizeof (LatheReal));
        batch->images[batch->n] = images[i];
        batch->turns[batch->n] = turns != NULL ? turns[i] : 0;
        label = lathe_dataset_get_image (dataset, images[i])->label;
        batch->labels[batch->n++] = batch->label_of != NULL ? batch->label_of[label] : label;
      }
}

/* Of one batch, each sample on its own. */
typedef struct
{
  LatheBatch *batch;
  const LatheAugmentation *augmentation;
  guint64 seed;
  LatheReal *input;
} Augmenting;

static void
augment_sample (gpointer data, guint sample, guint thread)
{
  const Augmenting *a = data;
  gsize at = sample * lathe_views_sample_size (&a->batch->views);

  lathe_augment (a->augmentation, a->seed, a->batch->turns[sample], a->batch->images[sample],
                 &a->batch->views.preprocess, a->input + at, a->batch->views.seen + at);
}

/* The views' memory holds the images as they were before any of them was mixed. */
static void
mix_sample (gpointer data, guint sample, guint thread)
{
  const Augmenting *a = data;
  const LatheBatch *batch = a->batch;
  LatheImageSize image = lathe_image_size (&batch->views.preprocess);
  gsize size = lathe_views_sample_size (&batch->views);
  LatheDraw draw = {a->seed, batch->turns[sample], batch->images[sample]};
  LatheMix mix = lathe_mix_draw (a->augmentation, &draw, &image, sample, batch->n);

  lathe_mix_apply (&mix, &image, batch->views.seen + mix.other * size, a->input + sample * size);
  batch->others[sample] = (LatheOtherLabel){batch->labels[mix.other], (LatheReal) mix.share};
}

/**
 * lathe_batch_augment:
 *
 * After fill(): each sample as it might have been, of which the views' memory is the scratch. Samples that are mixed of
 * two have two labels.
 */
void
lathe_batch_augment (LatheBatch *batch, LatheNetwork *network, LathePool *pool, const LatheAugmentation *augmentation,
                     guint64 seed)
{
  Augmenting augmenting = {batch, augmentation, seed, lathe_network_get_input (network)};

  if (lathe_augmentation_is_wanted (augmentation))
    lathe_pool_run (pool, batch->n, augment_sample, &augmenting);
  batch->mixed = lathe_augmentation_mixes (augmentation);
  if (!batch->mixed)
    return;
  memcpy (batch->views.seen, augmenting.input, batch->n * lathe_views_sample_size (&batch->views) * sizeof (LatheReal));
  lathe_pool_run (pool, batch->n, mix_sample, &augmenting);
}

/**
 * lathe_likeliest:
 * @logits: of one sample
 *
 * Returns: the class that they speak for
 */
guint
lathe_likeliest (const LatheReal *logits, guint n_units)
{
  guint said = 0;

  if (n_units == 1)
    return logits[0] > 0;
  for (guint j = 1; j < n_units; j++)
    if (logits[j] > logits[said])
      said = j;
  return said;
}

/**
 * lathe_batch_say:
 *
 * After forward(): what the network said of each sample.
 */
void
lathe_batch_say (LatheBatch *batch, LatheNetwork *network)
{
  const LatheReal *logits = lathe_network_get_logits (network);
  guint n_units = lathe_network_get_n_units (network);

  for (guint i = 0; i < batch->n; i++, logits += n_units)
    batch->said[i] = lathe_likeliest (logits, n_units);
}

/**
 * lathe_batch_judge:
 *
 * After forward(): the loss of each sample, and what the network said.
 */
void
lathe_batch_judge (LatheBatch *batch, LatheNetwork *network)
{
  lathe_network_loss (network, batch->n, batch->labels, batch->mixed ? batch->others : NULL, batch->losses);
  lathe_batch_say (batch, network);
}

/**
 * lathe_choose_images:
 * @split: a side, or -1 for all
 *
 * Errors: LATHE_ERROR_DATA when there is none.
 *
 * Returns: (transfer full) (element-type guint32): the images of that side
 */
GArray *
lathe_choose_images (LatheDataset *dataset, int split, GError **error)
{
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (int side = 0; side < LATHE_N_SPLITS; side++)
    if (split < 0 || split == side)
      {
        g_autoptr (GArray) images = lathe_dataset_get_split (dataset, side);

        g_array_append_vals (chosen, images->data, images->len);
      }
  if (chosen->len > 0)
    return g_steal_pointer (&chosen);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("%s has no images on this side of the split"),
               lathe_dataset_get_folder (dataset));
  return NULL;
}

/**
 * lathe_score:
 * @images: (element-type guint32): which
 * @metrics: (nullable)
 * @judged: (nullable)
 *
 * Returns: FALSE when go_on() ended it; the metrics then are of a part
 */
gboolean
lathe_score (LatheNetwork *network, LatheDataset *dataset, LatheStore *store, LatheBatch *batch, const GArray *images,
             LatheMetrics *metrics, LatheGoOnFunc go_on, LatheJudgedFunc judged, gpointer data)
{
  lathe_store_expect (store, (const guint32 *) images->data, images->len);
  for (guint first = 0; first < images->len; first += batch->capacity)
    {
      guint n = MIN (batch->capacity, images->len - first);

      if (!go_on (first, data))
        return FALSE;
      lathe_batch_fill (batch, dataset, store, network, &g_array_index (images, guint32, first), NULL, n);
      if (batch->n == 0)
        continue;
      lathe_views_forward (&batch->views, network, batch->n);
      lathe_batch_judge (batch, network);
      for (guint i = 0; i < batch->n && metrics != NULL; i++)
        lathe_metrics_add (metrics, batch->labels[i], batch->said[i], batch->losses[i]);
      if (judged != NULL)
        judged (batch, data);
    }
  return TRUE;
}
