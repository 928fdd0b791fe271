/* lathe-split.c: which images train, which validate, which test.
 *
 * Class by class, so that every side holds each class in proportion. Copies of one image stay together, and so do
 * images of one group, through all classes: a network that is tested on what it was trained on looks better than it is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-rng.h"

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

/* Largest remainder; then no side that was asked for goes without while another has two or more to spare. */
static void
apportion (guint n, const double share[LATHE_N_SPLITS], guint room[LATHE_N_SPLITS])
{
  double rest[LATHE_N_SPLITS];
  guint left = n;

  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    {
      room[side] = MIN (left, (guint) floor (n * share[side] + 1e-6));
      rest[side] = n * share[side] - room[side];
      left -= room[side];
    }
  for (; left > 0; left--)
    {
      guint most = 0;
      for (guint side = 1; side < LATHE_N_SPLITS; side++)
        if (rest[side] > rest[most] + 1e-6)
          most = side;
      room[most]++;
      rest[most] -= 1;
    }
  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    if (share[side] > 0 && room[side] == 0)
      {
        guint richest = LATHE_SPLIT_TRAIN;
        for (guint other = 1; other < LATHE_N_SPLITS; other++)
          if (room[other] > room[richest])
            richest = other;
        if (room[richest] >= 2 && n >= LATHE_N_SPLITS)
          {
            room[richest]--;
            room[side]++;
          }
      }
}

/* Images of one class that stay together: with the same bytes, or of one group. */
typedef struct _Group Group;
struct _Group
{
  guint place;     /* in the shuffled order */
  GArray *members; /* (element-type guint), indices */
  Group *into;     /* that has taken over its members, or NULL */
};

static void
group_free (gpointer data)
{
  Group *group = data;
  g_array_unref (group->members);
  g_free (group);
}

/* The largest first, for they are the hardest to place; as shuffled among equals. */
static int
compare_groups (gconstpointer a, gconstpointer b)
{
  const Group *x = *(Group *const *) a, *y = *(Group *const *) b;
  if (x->members->len != y->members->len)
    return x->members->len > y->members->len ? -1 : 1;
  return x->place < y->place ? -1 : x->place > y->place;
}

static Group *
resolve (Group *group)
{
  while (group != NULL && group->into != NULL)
    group = group->into;
  return group;
}

/* The first group takes over the other's members, or takes its place where it is none. */
static Group *
unite (Group *group, Group *other)
{
  if (group == NULL || other == NULL || group == other)
    return group != NULL ? group : other;
  g_array_append_vals (group->members, other->members->data, other->members->len);
  g_array_set_size (other->members, 0);
  other->into = group;
  return group;
}

static Group *
group_new (GPtrArray *groups)
{
  Group *group = g_new0 (Group, 1);
  group->members = g_array_new (FALSE, FALSE, sizeof (guint));
  g_ptr_array_add (groups, group);
  return group;
}

static void
drop_empty (GPtrArray *groups)
{
  for (guint i = groups->len; i-- > 0;)
    if (((Group *) g_ptr_array_index (groups, i))->members->len == 0)
      g_ptr_array_remove_index (groups, i);
}

static GPtrArray *
group_class (GArray *images, guint label, guint *n_images)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func (group_free);
  g_autoptr (GHashTable) by_hash = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) by_group = g_hash_table_new (NULL, NULL);

  *n_images = 0;
  for (guint i = 0; i < images->len; i++)
    {
      LatheImage *image = &g_array_index (images, LatheImage, i);
      if (image->label != label || image->split != LATHE_SPLIT_TRAIN)
        continue;
      Group *copies = resolve (g_hash_table_lookup (by_hash, &image->hash));
      Group *named =
          image->group > 0 ? resolve (g_hash_table_lookup (by_group, GUINT_TO_POINTER (image->group))) : NULL;
      Group *group = unite (copies, named);
      if (group == NULL)
        group = group_new (groups);
      g_hash_table_insert (by_hash, &image->hash, group);
      if (image->group > 0)
        g_hash_table_insert (by_group, GUINT_TO_POINTER (image->group), group);
      g_array_append_val (group->members, i);
      *n_images += 1;
    }
  drop_empty (groups);
  return groups;
}

/* The side that an earlier class has given to one of the group's images, or else the one with most room. */
static guint
choose_side (GArray *images, const Group *group, const guint room[LATHE_N_SPLITS], GHashTable *sides)
{
  guint most = LATHE_SPLIT_TRAIN;

  for (guint k = 0; k < group->members->len; k++)
    {
      const LatheImage *image = &g_array_index (images, LatheImage, g_array_index (group->members, guint, k));
      gpointer side;
      if (image->group > 0 && g_hash_table_lookup_extended (sides, GUINT_TO_POINTER (image->group), NULL, &side))
        return GPOINTER_TO_UINT (side);
    }
  for (guint side = 1; side < LATHE_N_SPLITS; side++)
    if (room[side] > room[most])
      most = side;
  return most;
}

static void
split_class (GArray *images, guint label, guint64 seed, const double share[LATHE_N_SPLITS], GHashTable *sides)
{
  guint n_images, room[LATHE_N_SPLITS];
  g_autoptr (GPtrArray) groups = group_class (images, label, &n_images);
  g_autofree guint32 *order = g_new (guint32, groups->len);
  LatheRng rng = lathe_rng (seed, LATHE_RNG_SPLIT, 0, label);

  for (guint i = 0; i < groups->len; i++)
    order[i] = i;
  lathe_rng_shuffle (&rng, order, groups->len);
  for (guint i = 0; i < groups->len; i++)
    ((Group *) g_ptr_array_index (groups, order[i]))->place = i;
  g_ptr_array_sort (groups, compare_groups);

  apportion (n_images, share, room);
  for (guint i = 0; i < groups->len; i++)
    {
      Group *group = g_ptr_array_index (groups, i);
      guint side = choose_side (images, group, room, sides);
      room[side] -= MIN (room[side], group->members->len);
      for (guint k = 0; k < group->members->len; k++)
        {
          LatheImage *image = &g_array_index (images, LatheImage, g_array_index (group->members, guint, k));
          image->split = (LatheSplit) side;
          if (image->group > 0)
            g_hash_table_insert (sides, GUINT_TO_POINTER (image->group), GUINT_TO_POINTER (side));
        }
    }
}

/* Shares out those images that are in training so far. A side that has a folder of its own is left as it is; the
 * others' shares come out of training. */
void
lathe_split (LatheDataset *dataset, const LatheDatasetOptions *options)
{
  g_autoptr (GHashTable) sides = g_hash_table_new (NULL, NULL);
  double share[LATHE_N_SPLITS] = {1};

  for (guint side = 1; side < LATHE_N_SPLITS; side++)
    if (!dataset->has_folder[side])
      {
        share[side] = options->share[side];
        share[LATHE_SPLIT_TRAIN] -= share[side];
      }
  for (guint label = 0; label < dataset->n_classes; label++)
    split_class (dataset->images, label, options->seed, share, sides);
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
      LatheImage image = g_array_index (dataset->images, LatheImage, i);
      image.path = g_strdup (image.path);
      image.piece = lathe_piece_copy (&image.piece);
      if (!dataset->has_folder[image.split])
        image.split = LATHE_SPLIT_TRAIN;
      g_array_append_val (other->images, image);
    }
  lathe_split (other, options);
  return other;
}
