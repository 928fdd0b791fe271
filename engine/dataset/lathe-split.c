/* lathe-split.c: which images train, which validate, which test.
 *
 * An image keeps its side whatever images come and go beside it: the side is a function of the seed and of the image's
 * own bytes, which are hashed to a place from 0 to 1.
 *
 *     0      test's share                        1 - validation's share        1
 *     ├─ test ─┼──────────── training ─────────────┼──────── validation ───────┤
 *
 * Training lies between the others, so that another share of the one does not touch the other, and moves no image that
 * it need not.
 *
 * The price is that sides are in proportion by chance alone: a share p of n images is n·p ± √(n·p·(1 - p)), a tenth of
 * 30 is 3 ± 1.6. Whoever wants both cannot have them: where no image moves when others come or go, each has the side
 * that it has when it is alone, and so is drawn without regard to the others. Ranks, in a class or in blocks of hashes,
 * are exact and move those behind each newcomer; sides that are remembered are another machine's surprise. What was
 * tested on and now is trained on makes every later score a lie, and a test of 2 instead of 3 is only a little less
 * sure; so stability it is.
 *
 * One exception: a side that was asked for is never without a class that has two images on another. The one nearest to
 * the side's range moves over. It goes back when a nearer one comes, or one that lies in the range itself.
 *
 * Copies of one image stay together, and so do images of one group and what was joined by hand, through all classes: a
 * network that is tested on what it was trained on looks better than it is. They have one place, that of the group's
 * name, which stays as the group grows; copies that are in no group, that of their bytes; and what is united of
 * several, that of the smallest.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-rng.h"
#include "lathe-edits.h"

gboolean
lathe_split_check (const double share[LATHE_N_SPLITS], GError **error)
{
  double sum = 0;
  gboolean ok = share[LATHE_SPLIT_TRAIN] > 0;
  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    {
      ok = ok && share[side] >= 0;
      sum += share[side];
    }
  if (ok && fabs (sum - 1) < 1e-6)
    return TRUE;
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                       _ ("The shares of training, validation and test must not be negative and must sum to 100 %, "
                          "with something left for training."));
  return FALSE;
}

/* Images of one class on each side. */
typedef guint Counts[LATHE_N_SPLITS];

/* What is shared out. A group is the images that stay together, and goes by the first of them. */
typedef struct
{
  LatheImage *images;
  guint n_images, n_classes;
  double share[LATHE_N_SPLITS];
  guint *before; /* an image: one before it in its group; the first knows itself; DECIDED: a folder says its side */
  guint *next;   /* an image: the next one of its group, all round */
  double *place; /* a group */
  guint *begin;  /* a class: its first image; and the end of all */
  Counts *count; /* a class */
} Split;

#define DECIDED G_MAXUINT

static guint
first_of (const Split *split, guint image)
{
  while (split->before[image] != image)
    image = split->before[image] = split->before[split->before[image]];
  return image;
}

static void
unite (Split *split, guint a, guint b)
{
  guint first = first_of (split, a), second = first_of (split, b), next = split->next[first];

  if (first == second)
    return;
  split->before[MAX (first, second)] = MIN (first, second);
  split->next[first] = split->next[second];
  split->next[second] = next;
}

/* With what was seen before by this key. */
static void
unite_by (Split *split, GHashTable *seen, gpointer key, guint image)
{
  gpointer other;

  if (g_hash_table_lookup_extended (seen, key, NULL, &other))
    unite (split, GPOINTER_TO_UINT (other), image);
  else
    g_hash_table_insert (seen, key, GUINT_TO_POINTER (image));
}

/* Copies, what the table names as a group, and what was joined by hand. */
static void
unite_all (Split *split, LatheDataset *dataset)
{
  g_autoptr (GHashTable) by_hash = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) by_group = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) by_set = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < split->n_images; i++)
    {
      LatheImage *image = &split->images[i];
      guint set =
          dataset->edits != NULL ? lathe_edits_get_joined (dataset->edits, lathe_image_get_name (dataset, image)) : 0;

      split->before[i] = image->split == LATHE_SPLIT_TRAIN ? i : DECIDED;
      split->next[i] = i;
      if (split->before[i] == DECIDED)
        continue;
      unite_by (split, by_hash, &image->hash, i);
      if (image->group != 0)
        unite_by (split, by_group, &image->group, i);
      if (set != 0)
        unite_by (split, by_set, GUINT_TO_POINTER (set), i);
    }
}

/* What the group's place comes from: its name; or the images' bytes. */
static guint64
identify (const Split *split, guint group)
{
  guint64 name = G_MAXUINT64, bytes = G_MAXUINT64;
  guint i = group;

  do
    {
      const LatheImage *image = &split->images[i];

      bytes = MIN (bytes, image->hash);
      name = image->group != 0 ? MIN (name, image->group) : name;
      i = split->next[i];
    }
  while (i != group);
  return name != G_MAXUINT64 ? name : bytes;
}

/* From 0 to below 1, a multiple of 2⁻⁵³, and so the same number on every machine. */
static double
place_of (guint64 seed, guint64 identity)
{
  LatheRng rng = lathe_rng (seed, LATHE_RNG_SPLIT, (guint32) (identity >> 32), (guint32) identity);
  guint32 draws[4];

  lathe_rng_block (&rng, 0, draws);
  return (double) (((guint64) draws[0] << 32 | draws[1]) >> 11) * 0x1p-53;
}

static LatheSplit
side_of (const Split *split, double place)
{
  return place < split->share[LATHE_SPLIT_TEST]              ? LATHE_SPLIT_TEST
         : place >= 1 - split->share[LATHE_SPLIT_VALIDATION] ? LATHE_SPLIT_VALIDATION
                                                             : LATHE_SPLIT_TRAIN;
}

static void
place_all (Split *split, guint64 seed)
{
  for (guint i = 0; i < split->n_images; i++)
    if (split->before[i] != DECIDED)
      {
        guint group = first_of (split, i);
        LatheImage *image = &split->images[i];

        if (group == i)
          split->place[group] = place_of (seed, identify (split, group));
        image->split = side_of (split, split->place[group]);
        split->count[image->label][image->split]++;
      }
}

/* --- A class that lacks a side --- */

/* How far a place that is in another side's range is from this one's. */
static double
distance (const Split *split, double place, LatheSplit side)
{
  double end = split->share[LATHE_SPLIT_TEST], begin = 1 - split->share[LATHE_SPLIT_VALIDATION];

  return side == LATHE_SPLIT_TEST         ? place - end
         : side == LATHE_SPLIT_VALIDATION ? begin - place
         : place < end                    ? end - place
                                          : place - begin;
}

/* Takes the group from its side, or adds it to one. */
static void
count_group (Split *split, guint group, LatheSplit side, gboolean add)
{
  guint i = group;

  do
    {
      split->count[split->images[i].label][side] += add ? 1 : -1;
      split->images[i].split = side;
      i = split->next[i];
    }
  while (i != group);
}

static gboolean
is_missed (const Split *split, guint group, LatheSplit side)
{
  guint i = group;

  do
    {
      if (split->count[split->images[i].label][side] == 0)
        return TRUE;
      i = split->next[i];
    }
  while (i != group);
  return FALSE;
}

/* FALSE: one of its classes would have none left where it was. */
static gboolean
move (Split *split, guint group, LatheSplit side, gboolean whatever_is_left)
{
  LatheSplit from = split->images[group].split;
  gboolean may;

  count_group (split, group, from, FALSE);
  may = whatever_is_left || !is_missed (split, group, from);
  count_group (split, group, may ? side : from, TRUE);
  return may;
}

/* The first image of the class's nearest group to a side that is further from it than so much; DECIDED: there is none.
 */
static guint
find_nearest (const Split *split, guint label, LatheSplit side, double *far)
{
  double least = INFINITY;
  guint nearest = DECIDED;

  for (guint i = split->begin[label]; i < split->begin[label + 1]; i++)
    {
      guint group = split->before[i] != DECIDED ? first_of (split, i) : DECIDED;
      double there = group != DECIDED ? distance (split, split->place[group], side) : INFINITY;

      if (there > *far && there < least)
        {
          least = there;
          nearest = group;
        }
    }
  *far = least;
  return nearest;
}

/* The nearest group that can be spared moves over. FALSE: there is none. */
static gboolean
fill (Split *split, guint label, LatheSplit side, gboolean whatever_is_left)
{
  double far = -INFINITY;
  guint group;

  do
    group = find_nearest (split, label, side, &far);
  while (group != DECIDED && !move (split, group, side, whatever_is_left));
  return group != DECIDED;
}

/* Training first, which takes the only image there is: what is not trained on cannot be known. */
static void
fill_all (Split *split)
{
  for (LatheSplit side = LATHE_SPLIT_TRAIN; side < LATHE_N_SPLITS; side++)
    for (guint label = 0; label < split->n_classes; label++)
      if (split->share[side] > 0 && split->count[label][side] == 0 && !fill (split, label, side, FALSE) &&
          side == LATHE_SPLIT_TRAIN)
        fill (split, label, side, TRUE);
}

/* So that whoever asks how many there are need not go through them all. */
static void
count_all (LatheDataset *dataset)
{
  g_free (dataset->counts);
  dataset->counts = g_malloc0_n (dataset->n_classes + 1, sizeof *dataset->counts);
  for (guint i = 0; i < dataset->images->len; i++)
    {
      const LatheImage *image = &g_array_index (dataset->images, LatheImage, i);
      dataset->counts[image->label][image->split]++;
    }
}

/* Shares out those images that are in training so far. A side that has a folder of its own is left as it is; the
 * others' shares come out of training. */
void
lathe_split (LatheDataset *dataset, const LatheDatasetOptions *options)
{
  guint n = dataset->images->len;
  g_autofree guint *before = g_new (guint, n), *next = g_new (guint, n);
  g_autofree guint *begin = g_new0 (guint, dataset->n_classes + 1);
  g_autofree double *place = g_new (double, n);
  g_autofree Counts *count = g_new0 (Counts, dataset->n_classes);
  Split split = {
      .images = (LatheImage *) dataset->images->data,
      .n_images = n,
      .n_classes = dataset->n_classes,
      .share = {1},
      .before = before,
      .next = next,
      .place = place,
      .begin = begin,
      .count = count,
  };

  for (guint side = 1; side < LATHE_N_SPLITS; side++)
    if (!dataset->has_folder[side])
      {
        split.share[side] = options->share[side];
        split.share[LATHE_SPLIT_TRAIN] -= split.share[side];
      }
  for (guint i = 0; i < n; i++)
    begin[split.images[i].label + 1] = i + 1;
  for (guint label = 0; label < dataset->n_classes; label++)
    begin[label + 1] = MAX (begin[label + 1], begin[label]);
  unite_all (&split, dataset);
  place_all (&split, options->seed);
  fill_all (&split);
  count_all (dataset);
  dataset->options.seed = options->seed;
  memcpy (dataset->options.share, options->share, sizeof options->share);
}

static gboolean
is_split_by (const LatheDataset *dataset, const LatheDatasetOptions *options)
{
  gboolean same = dataset->options.seed == options->seed;

  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    same = same && dataset->options.share[side] == options->share[side];
  return same;
}

LatheDataset *
lathe_dataset_resplit (LatheDataset *dataset, const LatheDatasetOptions *options, GError **error)
{
  g_return_val_if_fail (dataset != NULL, NULL);
  g_return_val_if_fail (options != NULL, NULL);

  if (!lathe_split_check (options->share, error))
    return NULL;
  if (is_split_by (dataset, options))
    return lathe_dataset_ref (dataset);
  LatheDataset *other = lathe_dataset_new_like (dataset);
  other->classes = g_strdupv (dataset->classes);
  other->n_classes = dataset->n_classes;
  lathe_dataset_copy_edits (dataset, other);
  for (guint i = 0; i < dataset->images->len; i++)
    {
      LatheImage image = lathe_image_undivided (dataset, &g_array_index (dataset->images, LatheImage, i));
      g_array_append_val (other->images, image);
    }
  lathe_split (other, options);
  return other;
}
