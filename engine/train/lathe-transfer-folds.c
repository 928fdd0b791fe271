/* lathe-transfer-folds.c: which images a head learns from, and which ones it is scored by meanwhile.
 *
 * Where there are validation images enough, these. Where there are not, they and the training images are dealt out to
 * folds, class by class; each fold is scored by a head that has learned from all others. Copies of an image, and images
 * of one group, stay together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-transfer-private.h"

#include "base/lathe-rng.h"

/* An image as it is dealt out. */
typedef struct
{
  guint32 image;
  guint label, fold;
  guint64 identity; /* the same of those that stay together */
  guint32 draw;
} Card;

static void
trial_clear (gpointer data)
{
  LatheTrial *trial = data;

  g_array_unref (trial->learned);
  g_array_unref (trial->held);
}

static int
compare_cards (gconstpointer a, gconstpointer b)
{
  const Card *x = a, *y = b;

  if (x->label != y->label)
    return x->label < y->label ? -1 : 1;
  if (x->draw != y->draw)
    return x->draw < y->draw ? -1 : 1;
  if (x->identity != y->identity)
    return x->identity < y->identity ? -1 : 1;
  return x->image < y->image ? -1 : x->image > y->image;
}

static GArray *
shuffle (LatheDataset *dataset, const GArray *images, guint64 seed)
{
  GArray *cards = g_array_sized_new (FALSE, FALSE, sizeof (Card), images->len);

  for (guint i = 0; i < images->len; i++)
    {
      guint32 index = g_array_index (images, guint32, i);
      const LatheImage *image = lathe_dataset_get_image (dataset, index);
      guint64 identity = image->group != 0 ? image->group : image->hash;
      LatheRng rng = lathe_rng (seed, LATHE_RNG_FOLDS, (guint32) (identity >> 32), (guint32) identity);
      Card card = {index, image->label, 0, identity, lathe_rng_uint32 (&rng, 0)};

      g_array_append_val (cards, card);
    }
  g_array_sort (cards, compare_cards);
  return cards;
}

static void
deal (GArray *cards, guint n_folds)
{
  guint next = 0;

  for (guint i = 0; i < cards->len; i++)
    {
      Card *card = &g_array_index (cards, Card, i);

      if (i > 0 && card[-1].identity == card->identity)
        card->fold = card[-1].fold;
      else
        card->fold = next++ % n_folds;
    }
}

static void
find_places (const GArray *cards, guint n_classes, double *places)
{
  g_autofree guint *counts = g_new0 (guint, n_classes), *before = g_new0 (guint, n_classes);

  for (guint i = 0; i < cards->len; i++)
    counts[g_array_index (cards, Card, i).label]++;
  for (guint i = 0; i < cards->len; i++)
    {
      const Card *card = &g_array_index (cards, Card, i);

      places[card->image] = (double) before[card->label]++ / counts[card->label];
    }
}

/**
 * lathe_choose_usable:
 *
 * Returns: (transfer full) (element-type guint32): the images of a side that have features
 */
GArray *
lathe_choose_usable (LatheDataset *dataset, const LatheKeptFeatures *features, LatheSplit split)
{
  GArray *images = lathe_dataset_get_split (dataset, split);
  guint n = 0;

  for (guint i = 0; i < images->len; i++)
    if (features->ok[g_array_index (images, guint32, i)])
      g_array_index (images, guint32, n++) = g_array_index (images, guint32, i);
  g_array_set_size (images, n);
  return images;
}

static void
add_fold (GArray *trials, const GArray *cards, guint fold)
{
  LatheTrial trial = {g_array_new (FALSE, FALSE, sizeof (guint32)), g_array_new (FALSE, FALSE, sizeof (guint32))};

  for (guint i = 0; i < cards->len; i++)
    {
      const Card *card = &g_array_index (cards, Card, i);

      g_array_append_val (card->fold == fold ? trial.held : trial.learned, card->image);
    }
  if (trial.learned->len > 0 && trial.held->len > 0)
    g_array_append_val (trials, trial);
  else
    trial_clear (&trial);
}

static GArray *
new_trials (void)
{
  GArray *trials = g_array_new (FALSE, FALSE, sizeof (LatheTrial));

  g_array_set_clear_func (trials, trial_clear);
  return trials;
}

/**
 * lathe_trials_of:
 * @images: (element-type guint32)
 *
 * Returns: (transfer full) (element-type LatheTrial): each of the images is held back once, in one of so many folds;
 * fewer trials where there are too few images
 */
GArray *
lathe_trials_of (LatheDataset *dataset, const GArray *images, guint n_folds, guint64 seed)
{
  GArray *trials = new_trials ();
  g_autoptr (GArray) cards = shuffle (dataset, images, seed);

  deal (cards, n_folds);
  for (guint fold = 0; fold < n_folds; fold++)
    add_fold (trials, cards, fold);
  return trials;
}

/**
 * lathe_trials_new:
 *
 * Returns: (transfer full): the images that have features, as they are to be learned from; no trial where there are too
 * few for one
 */
LatheTrials *
lathe_trials_new (LatheDataset *dataset, const LatheKeptFeatures *features, const LatheTransferOptions *options)
{
  LatheTrials *trials = g_new0 (LatheTrials, 1);
  g_autoptr (GArray) validation = lathe_choose_usable (dataset, features, LATHE_SPLIT_VALIDATION), cards = NULL;

  trials->trials = new_trials ();
  trials->all = lathe_choose_usable (dataset, features, LATHE_SPLIT_TRAIN);
  trials->places = g_new0 (double, lathe_dataset_get_n_images (dataset));
  if (validation->len >= (options->holds_out ? 1 : LATHE_ENOUGH_TO_VALIDATE) && trials->all->len > 0)
    {
      LatheTrial trial = {g_array_ref (trials->all), g_array_ref (validation)};

      g_array_append_val (trials->trials, trial);
    }
  else
    {
      g_array_append_vals (trials->all, validation->data, validation->len);
      trials->n_folds = MIN (LATHE_TRANSFER_FOLDS, trials->all->len);
    }
  cards = shuffle (dataset, trials->all, options->seed);
  find_places (cards, lathe_dataset_get_n_classes (dataset), trials->places);
  if (trials->n_folds > 0)
    deal (cards, trials->n_folds);
  for (guint fold = 0; fold < trials->n_folds; fold++)
    add_fold (trials->trials, cards, fold);
  return trials;
}

void
lathe_trials_free (LatheTrials *trials)
{
  g_array_unref (trials->trials);
  g_array_unref (trials->all);
  g_free (trials->places);
  g_free (trials);
}
