/* lathe-dataset.c: what a scanned source can be asked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"
#include "lathe-edits.h"

#include <stdlib.h>
#include <string.h>

/* The range in which a size is suggested: below, there is nothing to see; above, it takes hours. */
#define MIN_SUGGESTED 16
#define MAX_SUGGESTED 128

LatheProblem *
lathe_problem_new (const char *path, const char *reason)
{
  LatheProblem *problem = g_new (LatheProblem, 1);
  problem->path = g_strdup (path);
  problem->reason = g_strdup (reason);
  return problem;
}

void
lathe_problem_free (LatheProblem *problem)
{
  if (problem == NULL)
    return;
  g_free (problem->path);
  g_free (problem->reason);
  g_free (problem);
}

LatheImage
lathe_image_duplicate (const LatheImage *image)
{
  LatheImage copy = *image;
  copy.path = g_strdup (image->path);
  copy.piece = lathe_piece_copy (&image->piece);
  return copy;
}

LatheImage
lathe_image_undivided (const LatheDataset *dataset, const LatheImage *image)
{
  LatheImage copy = lathe_image_duplicate (image);
  if (!dataset->has_folder[image->split])
    copy.split = LATHE_SPLIT_TRAIN;
  return copy;
}

LatheImage *
lathe_image_copy (const LatheImage *image)
{
  LatheImage copy = lathe_image_duplicate (image);
  return g_memdup2 (&copy, sizeof copy);
}

int
lathe_compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

void
lathe_image_free (LatheImage *image)
{
  if (image == NULL)
    return;
  g_free (image->path);
  lathe_piece_clear (&image->piece);
  g_free (image);
}

static void
image_clear (gpointer data)
{
  LatheImage *image = data;
  g_free (image->path);
  lathe_piece_clear (&image->piece);
}

LatheDataset *
lathe_dataset_new (const char *folder)
{
  LatheDataset *dataset = g_new0 (LatheDataset, 1);
  g_atomic_ref_count_init (&dataset->references);
  dataset->folder = g_canonicalize_filename (folder, NULL);
  dataset->images = g_array_new (FALSE, FALSE, sizeof (LatheImage));
  dataset->excluded = g_array_new (FALSE, FALSE, sizeof (LatheImage));
  g_array_set_clear_func (dataset->images, image_clear);
  g_array_set_clear_func (dataset->excluded, image_clear);
  dataset->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_problem_free);
  return dataset;
}

LatheDataset *
lathe_dataset_new_like (LatheDataset *dataset)
{
  LatheDataset *other = lathe_dataset_new (dataset->folder);
  other->options.labels = g_strdup (dataset->options.labels);
  other->options.label_pattern = g_strdup (dataset->options.label_pattern);
  memcpy (other->has_folder, dataset->has_folder, sizeof other->has_folder);
  for (guint i = 0; i < dataset->problems->len; i++)
    {
      const LatheProblem *problem = g_ptr_array_index (dataset->problems, i);
      g_ptr_array_add (other->problems, lathe_problem_new (problem->path, problem->reason));
    }
  return other;
}

LatheDataset *
lathe_dataset_ref (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, NULL);
  g_atomic_ref_count_inc (&dataset->references);
  return dataset;
}

void
lathe_dataset_unref (LatheDataset *dataset)
{
  if (dataset == NULL || !g_atomic_ref_count_dec (&dataset->references))
    return;
  g_free (dataset->folder);
  g_free ((char *) dataset->options.labels);
  g_free ((char *) dataset->options.label_pattern);
  g_strfreev (dataset->classes);
  g_free (dataset->counts);
  g_free (dataset->fingerprint);
  g_array_unref (dataset->images);
  g_array_unref (dataset->excluded);
  g_ptr_array_unref (dataset->problems);
  lathe_dataset_unref (dataset->scanned);
  lathe_edits_free (dataset->edits);
  g_clear_pointer (&dataset->known, g_hash_table_unref);
  g_free (dataset);
}

const char *
lathe_dataset_get_folder (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, NULL);
  return dataset->folder;
}

const LatheDatasetOptions *
lathe_dataset_get_options (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, NULL);
  return &dataset->options;
}

/* (transfer full) */
static char *
work_out_fingerprint (LatheDataset *dataset)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < dataset->n_classes; i++)
    g_checksum_update (checksum, (const guchar *) dataset->classes[i], (gssize) strlen (dataset->classes[i]) + 1);
  for (guint i = 0; i < dataset->images->len; i++)
    {
      const LatheImage *image = &g_array_index (dataset->images, LatheImage, i);
      const guint64 facts[] = {image->hash, image->label, image->split};
      g_checksum_update (checksum, (const guchar *) facts, sizeof facts);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

/* Of two threads that ask at once both may work it out, and one keeps it: nobody waits for another. */
char *
lathe_dataset_fingerprint (LatheDataset *dataset)
{
  g_autofree char *found = NULL;
  g_return_val_if_fail (dataset != NULL, NULL);

  if (g_atomic_pointer_get (&dataset->fingerprint) == NULL)
    {
      found = work_out_fingerprint (dataset);
      if (g_atomic_pointer_compare_and_exchange (&dataset->fingerprint, NULL, found))
        found = NULL;
    }
  return g_strdup (g_atomic_pointer_get (&dataset->fingerprint));
}

const char *const *
lathe_dataset_get_classes (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, NULL);
  return (const char *const *) dataset->classes;
}

guint
lathe_dataset_get_n_classes (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, 0);
  return dataset->n_classes;
}

guint
lathe_dataset_get_n_images (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, 0);
  return dataset->images->len;
}

guint *
lathe_dataset_find_images (LatheDataset *of, LatheDataset *in)
{
  guint n = lathe_dataset_get_n_images (of);
  guint *there = g_new (guint, n);
  g_autoptr (GHashTable) by_path = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < lathe_dataset_get_n_images (in); i++)
    g_hash_table_insert (by_path, lathe_dataset_get_image (in, i)->path, GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < n; i++)
    {
      const LatheImage *image = lathe_dataset_get_image (of, i);
      guint found = GPOINTER_TO_UINT (g_hash_table_lookup (by_path, image->path));
      gboolean same = found > 0 && lathe_dataset_get_image (in, found - 1)->hash == image->hash;

      there[i] = same ? found - 1 : LATHE_NO_IMAGE;
    }
  return there;
}

const LatheImage *
lathe_dataset_get_image (LatheDataset *dataset, guint index)
{
  g_return_val_if_fail (dataset != NULL && index < dataset->images->len, NULL);
  return &g_array_index (dataset->images, LatheImage, index);
}

const char *
lathe_image_get_name (LatheDataset *dataset, const LatheImage *image)
{
  gsize length;
  g_return_val_if_fail (dataset != NULL && image != NULL, NULL);
  length = strlen (dataset->folder);
  return strncmp (image->path, dataset->folder, length) == 0 && image->path[length] == G_DIR_SEPARATOR
             ? image->path + length + 1
             : image->path;
}

const LatheEdits *
lathe_dataset_get_edits (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, NULL);
  return dataset->edits;
}

LatheDataset *
lathe_dataset_get_scanned (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, NULL);
  return dataset->scanned != NULL ? dataset->scanned : dataset;
}

guint
lathe_dataset_get_n_excluded (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, 0);
  return dataset->excluded->len;
}

const LatheImage *
lathe_dataset_get_excluded (LatheDataset *dataset, guint index)
{
  g_return_val_if_fail (dataset != NULL && index < dataset->excluded->len, NULL);
  return &g_array_index (dataset->excluded, LatheImage, index);
}

guint
lathe_dataset_count (LatheDataset *dataset, int label, int split)
{
  guint n = 0;
  g_return_val_if_fail (dataset != NULL, 0);
  g_return_val_if_fail (label < (int) dataset->n_classes && split < LATHE_N_SPLITS, 0);
  for (guint i = (guint) MAX (label, 0); i < (label < 0 ? dataset->n_classes : (guint) label + 1); i++)
    for (int side = MAX (split, 0); side < (split < 0 ? LATHE_N_SPLITS : split + 1); side++)
      n += dataset->counts[i][side];
  return n;
}

gboolean
lathe_dataset_side_is_fixed (LatheDataset *dataset, LatheSplit split)
{
  g_return_val_if_fail (dataset != NULL, FALSE);

  return dataset->has_folder[split];
}

guint
lathe_dataset_get_n_problems (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, 0);
  return dataset->problems->len;
}

const LatheProblem *
lathe_dataset_get_problem (LatheDataset *dataset, guint index)
{
  g_return_val_if_fail (dataset != NULL && index < dataset->problems->len, NULL);
  return g_ptr_array_index (dataset->problems, index);
}

GPtrArray *
lathe_dataset_get_duplicates (LatheDataset *dataset)
{
  g_return_val_if_fail (dataset != NULL, NULL);

  GPtrArray *duplicates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  g_autoptr (GHashTable) by_hash = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint i = 0; i < dataset->images->len; i++)
    {
      LatheImage *image = &g_array_index (dataset->images, LatheImage, i);
      GArray *group = g_hash_table_lookup (by_hash, &image->hash);
      if (group == NULL)
        {
          group = g_array_new (FALSE, FALSE, sizeof (guint));
          g_ptr_array_add (groups, group);
          g_hash_table_insert (by_hash, &image->hash, group);
        }
      g_array_append_val (group, i);
      if (group->len == 2)
        g_ptr_array_add (duplicates, g_array_ref (group));
    }
  return duplicates;
}

GArray *
lathe_dataset_get_split (LatheDataset *dataset, LatheSplit split)
{
  g_return_val_if_fail (dataset != NULL, NULL);

  GArray *indices = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint32 i = 0; i < dataset->images->len; i++)
    if (g_array_index (dataset->images, LatheImage, i).split == split)
      g_array_append_val (indices, i);
  return indices;
}

static int
compare_lengths (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;
  return x < y ? -1 : x > y;
}

/* The middle one of n lengths, which are sorted on the way. */
static guint
median (guint *lengths, guint n)
{
  qsort (lengths, n, sizeof *lengths, compare_lengths);
  return lengths[n / 2];
}

void
lathe_dataset_get_median_size (LatheDataset *dataset, guint *width, guint *height)
{
  g_return_if_fail (dataset != NULL && width != NULL && height != NULL);

  guint n = dataset->images->len;
  g_autofree guint *widths = g_new (guint, n);
  g_autofree guint *heights = g_new (guint, n);
  for (guint i = 0; i < n; i++)
    {
      const LatheImage *image = &g_array_index (dataset->images, LatheImage, i);
      widths[i] = image->width;
      heights[i] = image->height;
    }
  *width = median (widths, n);
  *height = median (heights, n);
}

void
lathe_dataset_suggest (LatheDataset *dataset, guint width, guint height, LathePreprocess *preprocess)
{
  g_return_if_fail (dataset != NULL && preprocess != NULL);

  guint median_width, median_height;
  gboolean grey = TRUE;
  lathe_dataset_get_median_size (dataset, &median_width, &median_height);
  for (guint i = 0; i < dataset->images->len && grey; i++)
    grey = g_array_index (dataset->images, LatheImage, i).grey;
  *preprocess = (LathePreprocess){
      .width = width > 0 ? width : CLAMP (median_width, MIN_SUGGESTED, MAX_SUGGESTED),
      .height = height > 0 ? height : CLAMP (median_height, MIN_SUGGESTED, MAX_SUGGESTED),
      .channels = grey ? 1 : 3,
      .deviation = {1, 1, 1},
  };
}
