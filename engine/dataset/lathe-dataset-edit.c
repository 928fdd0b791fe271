/* lathe-dataset-edit.c: a dataset as a person wants it: with images left out, called otherwise, added, kept together.
 *
 * Edits are always applied to what was scanned, so that they can be taken back one by one. What is known of added
 * files goes from one edited dataset to the next: they are looked at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-dataset-private.h"
#include "lathe-edits-private.h"

/* --- Added files --- */

/* What was found under one path; a reference that counts. */
typedef struct
{
  LatheWalk *walk;   /* of one folder */
  LatheFacts *facts; /* (array length=walk->files->len) */
} LatheAddition;

static void
addition_clear (gpointer data)
{
  LatheAddition *addition = data;

  if (addition->facts != NULL)
    lathe_facts_free (addition->facts, addition->walk->files->len);
  lathe_walk_free (addition->walk);
}

static void
addition_unref (gpointer addition)
{
  g_atomic_rc_box_release_full (addition, addition_clear);
}

/* What is known of the files of a folder outlasts this process; a single one is soon looked at. */
static LatheAddition *
addition_new (const char *path, GCancellable *cancellable)
{
  LatheAddition *addition = g_atomic_rc_box_new0 (LatheAddition);

  addition->walk = lathe_walk_added (path, cancellable);
  if (addition->walk->files->len > 1)
    addition->facts = lathe_inspect (path, addition->walk->files, NULL, NULL, cancellable);
  return addition;
}

/* What was known before stays as it was; single files are looked at together. */
static void
learn_additions (LatheDataset *dataset, LatheDataset *before, const GPtrArray *paths, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) unknown = g_ptr_array_new ();
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (LatheWalkFile));
  g_autofree LatheFacts *facts = NULL;

  for (guint i = 0; i < paths->len; i++)
    {
      LatheAddition *addition = before->known != NULL ? g_hash_table_lookup (before->known, paths->pdata[i]) : NULL;

      if (addition != NULL)
        g_atomic_rc_box_acquire (addition);
      else
        {
          addition = addition_new (paths->pdata[i], cancellable);
          if (addition->facts == NULL && addition->walk->files->len > 0)
            {
              g_ptr_array_add (unknown, addition);
              g_array_append_vals (files, addition->walk->files->data, 1);
            }
        }
      g_hash_table_insert (dataset->known, g_strdup (paths->pdata[i]), addition);
    }
  if (files->len == 0)
    return;
  facts = lathe_inspect (NULL, files, NULL, NULL, cancellable);
  for (guint i = 0; i < unknown->len; i++)
    ((LatheAddition *) unknown->pdata[i])->facts = g_memdup2 (&facts[i], sizeof *facts);
}

/* --- Classes --- */

/* Names and their numbers, as they turn up. */
typedef struct
{
  GPtrArray *names;
  GHashTable *numbers; /* from 1 */
} Classes;

static guint
number_class (Classes *classes, const char *name)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (classes->numbers, name));

  if (number > 0)
    return number - 1;
  g_ptr_array_add (classes->names, g_strdup (name));
  number = classes->names->len;
  g_hash_table_insert (classes->numbers, classes->names->pdata[number - 1], GUINT_TO_POINTER (number));
  return number - 1;
}

static void
classes_init (Classes *classes, LatheDataset *scanned)
{
  classes->names = g_ptr_array_new_with_free_func (g_free);
  classes->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < scanned->n_classes; i++)
    number_class (classes, scanned->classes[i]);
}

static void
classes_clear (Classes *classes)
{
  g_hash_table_unref (classes->numbers);
  g_ptr_array_unref (classes->names);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Classes, classes_clear)

static gboolean
refuse_untrained (const char *name, GError **error)
{
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
               _ ("The class “%s” would have no images left for training. Leave it some, or exclude all of it."), name);
  return FALSE;
}

/* The classes that have images left, sorted by name; labels are theirs from here on. */
static gboolean
settle_classes (LatheDataset *dataset, const Classes *classes, GError **error)
{
  g_autofree guint *n_images = g_new0 (guint, classes->names->len);
  g_autofree guint *n_training = g_new0 (guint, classes->names->len);
  g_autofree guint *labels = g_new (guint, classes->names->len);
  g_autoptr (GPtrArray) left = g_ptr_array_new ();

  for (guint i = 0; i < dataset->images->len; i++)
    {
      const LatheImage *image = &g_array_index (dataset->images, LatheImage, i);

      n_images[image->label]++;
      n_training[image->label] += image->split == LATHE_SPLIT_TRAIN;
    }
  for (guint i = 0; i < classes->names->len; i++)
    if (n_training[i] > 0)
      g_ptr_array_add (left, classes->names->pdata[i]);
    else if (n_images[i] > 0)
      return refuse_untrained (classes->names->pdata[i], error);
  if (left->len == 0)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("No image would be left. Leave some of them in."));
      return FALSE;
    }

  g_ptr_array_sort (left, lathe_compare_names);
  dataset->classes = g_new0 (char *, left->len + 1);
  dataset->n_classes = left->len;
  memset (labels, 0xff, classes->names->len * sizeof *labels);
  for (guint i = 0; i < left->len; i++)
    {
      dataset->classes[i] = g_strdup (left->pdata[i]);
      labels[GPOINTER_TO_UINT (g_hash_table_lookup (classes->numbers, left->pdata[i])) - 1] = i;
    }
  for (guint i = 0; i < dataset->images->len; i++)
    g_array_index (dataset->images, LatheImage, i).label = labels[g_array_index (dataset->images, LatheImage, i).label];
  for (guint i = 0; i < dataset->excluded->len; i++)
    g_array_index (dataset->excluded, LatheImage, i).label =
        labels[g_array_index (dataset->excluded, LatheImage, i).label];
  return TRUE;
}

/* --- Images --- */

/* Takes the image over, to where its edits want it. */
static void
take_image (LatheDataset *dataset, LatheImage *image, Classes *classes)
{
  const char *name = lathe_image_get_name (dataset, image);
  const char *label = lathe_edits_get_label (dataset->edits, name);

  if (label != NULL)
    image->label = number_class (classes, label);
  g_array_append_vals (lathe_edits_get_excluded (dataset->edits, name) ? dataset->excluded : dataset->images, image, 1);
}

static void
take_scanned (LatheDataset *dataset, LatheDataset *scanned, Classes *classes)
{
  for (guint i = 0; i < scanned->images->len; i++)
    {
      LatheImage image = lathe_image_undivided (scanned, &g_array_index (scanned->images, LatheImage, i));

      take_image (dataset, &image, classes);
    }
}

/* The paths of what was scanned, where something that was added lies in the source, or the source in it. (nullable) */
static GHashTable *
find_paths (LatheDataset *scanned, const GPtrArray *added)
{
  GHashTable *paths = NULL;

  for (guint i = 0; i < added->len && paths == NULL; i++)
    if (g_str_has_prefix (added->pdata[i], scanned->folder) || g_str_has_prefix (scanned->folder, added->pdata[i]))
      paths = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < scanned->images->len && paths != NULL; i++)
    g_hash_table_add (paths, g_array_index (scanned->images, LatheImage, i).path);
  return paths;
}

static void
take_added_file (LatheDataset *dataset, const LatheWalkFile *file, const LatheFacts *facts, const char *class_name,
                 Classes *classes)
{
  LatheImage image = {0};

  if (facts->reason != NULL)
    {
      g_ptr_array_add (dataset->problems, lathe_problem_new (file->path, facts->reason));
      return;
    }
  lathe_facts_tell (facts, &image);
  image.path = g_strdup (file->path);
  image.piece = lathe_piece_copy (&file->piece);
  image.label = number_class (classes, class_name);
  take_image (dataset, &image, classes);
}

/* @met: the paths of what was taken so far. What lies in another addition comes before that, so that it has the say. */
static void
take_addition (LatheDataset *dataset, const LatheAddition *addition, const char *class_name, GHashTable *scanned,
               GHashTable *met, Classes *classes)
{
  const LatheWalk *walk = addition->walk;

  for (guint i = 0; i < walk->files->len; i++)
    {
      const LatheWalkFile *file = &g_array_index (walk->files, LatheWalkFile, i);

      if (!g_hash_table_add (met, file->path))
        continue;
      if (scanned != NULL && g_hash_table_contains (scanned, file->path))
        g_ptr_array_add (dataset->problems, lathe_problem_new (file->path, _ ("was added, but is there already")));
      else
        take_added_file (dataset, file, &addition->facts[i], class_name, classes);
    }
  for (guint i = 0; i < walk->problems->len; i++)
    {
      const LatheProblem *problem = walk->problems->pdata[i];

      g_ptr_array_add (dataset->problems, lathe_problem_new (problem->path, problem->reason));
    }
}

static gboolean
take_added (LatheDataset *dataset, LatheDataset *before, Classes *classes, GCancellable *cancellable, GError **error)
{
  GHashTable *added = dataset->edits->added;
  g_autoptr (GPtrArray) paths = lathe_edits_sort (added);
  g_autoptr (GHashTable) scanned = find_paths (dataset->scanned, paths);
  g_autoptr (GHashTable) met = g_hash_table_new (g_str_hash, g_str_equal);

  learn_additions (dataset, before, paths, cancellable);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  for (guint i = paths->len; i-- > 0;)
    take_addition (dataset, g_hash_table_lookup (dataset->known, paths->pdata[i]),
                   g_hash_table_lookup (added, paths->pdata[i]), scanned, met, classes);
  return TRUE;
}

/* For the same images, divided otherwise. */
void
lathe_dataset_copy_edits (LatheDataset *dataset, LatheDataset *other)
{
  if (dataset->scanned == NULL)
    return;
  other->scanned = lathe_dataset_ref (dataset->scanned);
  other->edits = lathe_edits_copy (dataset->edits);
  other->known = g_hash_table_ref (dataset->known);
  for (guint i = 0; i < dataset->excluded->len; i++)
    {
      LatheImage image = lathe_image_duplicate (&g_array_index (dataset->excluded, LatheImage, i));

      g_array_append_val (other->excluded, image);
    }
}

/**
 * lathe_dataset_edit:
 * @dataset: as scanned, or edited before: these edits replace the ones that it has
 *
 * Takes long only where files were added that no one has looked at yet. What edits name and is not there does not
 * matter. Added files that cannot be used are problems of the new dataset.
 *
 * Returns: (transfer full): the images as the edits want them, divided as before. Errors: LATHE_ERROR_DATA (no
 * image is left, or a class without any for training), G_IO_ERROR_CANCELLED.
 */
LatheDataset *
lathe_dataset_edit (LatheDataset *dataset, const LatheEdits *edits, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (dataset != NULL && edits != NULL, NULL);

  LatheDataset *scanned = dataset->scanned != NULL ? dataset->scanned : dataset;
  g_autoptr (LatheDataset) edited = lathe_dataset_new_like (scanned);
  g_auto (Classes) classes = {0};

  edited->scanned = lathe_dataset_ref (scanned);
  edited->edits = lathe_edits_copy (edits);
  edited->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, addition_unref);
  classes_init (&classes, scanned);
  take_scanned (edited, scanned, &classes);
  if (!take_added (edited, dataset, &classes, cancellable, error) || !settle_classes (edited, &classes, error))
    return NULL;
  lathe_dataset_sort (edited);
  lathe_split (edited, &dataset->options);
  return g_steal_pointer (&edited);
}
