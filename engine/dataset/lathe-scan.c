/* lathe-scan.c: from a source to a dataset.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-thread.h"
#include "lathe-image-file.h"
#include "lathe-index.h"

#define REPORT_INTERVAL (G_USEC_PER_SEC / 30)

/* Shared by the scanning thread, which waits and reports, and the threads that look at files. */
typedef struct
{
  GArray *files; /* (element-type LatheWalkFile) */
  LatheFacts *facts;
  LatheIndex *index; /* or NULL */
  GCancellable *cancellable;
  int next; /* atomic: the next file to look at */
  int done; /* atomic */
  GMutex lock;
  GCond ended;
  guint n_running; /* under `lock` */
} Inspection;

static void
inspect_file (const LatheWalkFile *found, LatheFacts *facts)
{
  g_autoptr (GError) error = NULL;
  g_auto (LatheImageFile) file = {.bytes = LATHE_BYTES_CLOSED};

  if (lathe_image_file_open (&file, found->path, &found->piece, &error) &&
      lathe_image_file_hash (&file, &facts->hash, &error))
    {
      gboolean turned = lathe_image_file_is_turned (&file);
      facts->width = turned ? file.height : file.width;
      facts->height = turned ? file.width : file.height;
      facts->grey = file.grey;
    }
  else
    facts->reason = g_strdup (error->message);
}

static gpointer
inspect_files (gpointer data)
{
  Inspection *inspection = data;

  while (!g_cancellable_is_cancelled (inspection->cancellable))
    {
      guint i = (guint) g_atomic_int_add (&inspection->next, 1);
      if (i >= inspection->files->len)
        break;
      const LatheWalkFile *file = &g_array_index (inspection->files, LatheWalkFile, i);
      if (inspection->index == NULL || !lathe_index_find (inspection->index, i, file, &inspection->facts[i]))
        inspect_file (file, &inspection->facts[i]);
      g_atomic_int_inc (&inspection->done);
    }
  g_mutex_lock (&inspection->lock);
  inspection->n_running--;
  g_cond_signal (&inspection->ended);
  g_mutex_unlock (&inspection->lock);
  return NULL;
}

static void
wait_and_report (Inspection *inspection, LatheProgressFunc progress, gpointer progress_data)
{
  gboolean running;
  do
    {
      gint64 until = g_get_monotonic_time () + REPORT_INTERVAL;
      g_mutex_lock (&inspection->lock);
      while (inspection->n_running > 0 && g_cond_wait_until (&inspection->ended, &inspection->lock, until))
        ;
      running = inspection->n_running > 0;
      g_mutex_unlock (&inspection->lock);
      if (progress != NULL)
        progress ((guint) g_atomic_int_get (&inspection->done), inspection->files->len, progress_data);
    }
  while (running);
}

LatheFacts *
lathe_inspect (const char *source, GArray *files, LatheProgressFunc progress, gpointer progress_data,
               GCancellable *cancellable)
{
  g_autoptr (LatheIndex) index = source != NULL ? lathe_index_open (source, files->len) : NULL;
  guint n_threads = CLAMP (files->len / 8, 1, lathe_default_threads ());
  g_autofree GThread **threads = g_new (GThread *, n_threads);
  Inspection inspection = {
      .files = files,
      .facts = g_new0 (LatheFacts, files->len),
      .index = index,
      .cancellable = cancellable,
      .n_running = n_threads,
  };

  g_mutex_init (&inspection.lock);
  g_cond_init (&inspection.ended);
  for (guint i = 0; i < n_threads; i++)
    threads[i] = lathe_thread_new ("scan", inspect_files, &inspection);
  wait_and_report (&inspection, progress, progress_data);
  for (guint i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);
  g_mutex_clear (&inspection.lock);
  g_cond_clear (&inspection.ended);
  if (index != NULL && !g_cancellable_is_cancelled (cancellable))
    lathe_index_keep (index, inspection.facts);
  return inspection.facts;
}

void
lathe_facts_tell (const LatheFacts *facts, LatheImage *image)
{
  image->width = facts->width;
  image->height = facts->height;
  image->grey = facts->grey;
  image->hash = facts->hash;
}

void
lathe_facts_free (LatheFacts *facts, guint n)
{
  for (guint i = 0; i < n; i++)
    g_free (facts[i].reason);
  g_free (facts);
}

/* For each folder of the walk, how many of its files can be used. */
static guint *
count_usable (const LatheWalk *walk, const LatheFacts *facts)
{
  guint *usable = g_new0 (guint, walk->folders->len);
  for (guint i = 0; i < walk->files->len; i++)
    if (facts[i].reason == NULL)
      usable[g_array_index (walk->files, LatheWalkFile, i).folder]++;
  return usable;
}

static int
compare_images (gconstpointer a, gconstpointer b)
{
  const LatheImage *x = a, *y = b;
  if (x->label != y->label)
    return x->label < y->label ? -1 : 1;
  return strcmp (x->path, y->path);
}

static int
compare_problems (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(LatheProblem *const *) a)->path, (*(LatheProblem *const *) b)->path);
}

/* As it mostly is when a few images are edited. */
static gboolean
is_sorted (GArray *images)
{
  for (guint i = 1; i < images->len; i++)
    if (compare_images (&g_array_index (images, LatheImage, i - 1), &g_array_index (images, LatheImage, i)) > 0)
      return FALSE;
  return TRUE;
}

void
lathe_dataset_sort (LatheDataset *dataset)
{
  if (!is_sorted (dataset->images))
    g_array_sort (dataset->images, compare_images);
  g_array_sort (dataset->excluded, compare_images);
  g_ptr_array_sort (dataset->problems, compare_problems);
}

static int
find_class (const LatheDataset *dataset, const char *name)
{
  for (guint i = 0; i < dataset->n_classes; i++)
    if (strcmp (dataset->classes[i], name) == 0)
      return (int) i;
  return -1;
}

/* Classes are the folders with something to learn from. */
static void
collect_classes (LatheDataset *dataset, const LatheWalk *walk, const guint *usable)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < walk->folders->len; i++)
    {
      const LatheWalkFolder *folder = &g_array_index (walk->folders, LatheWalkFolder, i);
      if (usable[i] == 0)
        g_ptr_array_add (dataset->problems, lathe_problem_new (folder->path, _ ("no usable images in it")));
      else if (folder->split == LATHE_SPLIT_TRAIN)
        g_ptr_array_add (names, folder->name);
    }
  g_ptr_array_sort (names, lathe_compare_names);

  dataset->classes = g_new0 (char *, names->len + 1);
  for (guint i = 0; i < names->len; i++)
    if (i == 0 || strcmp (names->pdata[i], names->pdata[i - 1]) != 0)
      dataset->classes[dataset->n_classes++] = g_strdup (names->pdata[i]);
}

/* Every folder's class must be one that is trained, or no answer on its images could ever be right. */
static gboolean
match_folders (const LatheDataset *dataset, const LatheWalk *walk, const guint *usable, guint *labels, GError **error)
{
  for (guint i = 0; i < walk->folders->len; i++)
    {
      const LatheWalkFolder *folder = &g_array_index (walk->folders, LatheWalkFolder, i);
      int label = usable[i] > 0 ? find_class (dataset, folder->name) : 0;
      if (label < 0)
        {
          g_autofree char *path = g_filename_display_name (folder->path);
          g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                       _ ("The class “%s” (“%s”) has no images for training. Put some into the training folder, or "
                          "take the class away."),
                       folder->name, path);
          return FALSE;
        }
      labels[i] = (guint) label;
    }
  return TRUE;
}

static void
collect_files (LatheDataset *dataset, const LatheWalk *walk, const LatheFacts *facts, const guint *labels)
{
  for (guint i = 0; i < walk->files->len; i++)
    {
      const LatheWalkFile *file = &g_array_index (walk->files, LatheWalkFile, i);
      const LatheFacts *found = &facts[i];
      LatheImage image = {
          .label = labels[file->folder],
          .group = file->group,
          .split = g_array_index (walk->folders, LatheWalkFolder, file->folder).split,
      };
      if (found->reason != NULL)
        {
          g_ptr_array_add (dataset->problems, lathe_problem_new (file->path, found->reason));
          continue;
        }
      lathe_facts_tell (found, &image);
      image.path = g_strdup (file->path);
      image.piece = lathe_piece_copy (&file->piece);
      g_array_append_val (dataset->images, image);
      dataset->has_folder[image.split] = image.split != LATHE_SPLIT_TRAIN;
    }
  lathe_dataset_sort (dataset);
}

static gboolean
check_filled (const LatheDataset *dataset, guint n_usable, GError **error)
{
  g_autofree char *name = g_filename_display_name (dataset->folder);

  if (n_usable == 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                 _ ("“%s” holds no image that can be read. Fill it with one sub-folder of images for each class."),
                 name);
  else if (dataset->n_classes == 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                 _ ("“%s” has no images for training. Put one sub-folder of images for each class into its training "
                    "folder."),
                 name);
  else
    return TRUE;
  return FALSE;
}

static gboolean
assemble (LatheDataset *dataset, LatheWalk *walk, const LatheFacts *facts, GError **error)
{
  g_autofree guint *usable = count_usable (walk, facts);
  g_autofree guint *labels = g_new0 (guint, walk->folders->len);
  guint n_usable = 0;

  for (guint i = 0; i < walk->folders->len; i++)
    n_usable += usable[i];
  g_ptr_array_extend_and_steal (dataset->problems, g_steal_pointer (&walk->problems));
  collect_classes (dataset, walk, usable);
  if (dataset->n_classes > 0 && !match_folders (dataset, walk, usable, labels, error))
    return FALSE;
  collect_files (dataset, walk, facts, labels);
  return check_filled (dataset, n_usable, error);
}

LatheDataset *
lathe_dataset_scan (const char *source, const LatheDatasetOptions *options, LatheProgressFunc progress,
                    gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (source != NULL, NULL);
  g_return_val_if_fail (options != NULL, NULL);

  if (!lathe_split_check (options->share, error))
    return NULL;
  g_autoptr (LatheDataset) dataset = lathe_dataset_new (source);
  g_autoptr (LatheWalk) walk = lathe_walk_new (dataset->folder, options, cancellable, error);
  if (walk == NULL)
    return NULL;

  LatheFacts *facts = lathe_inspect (dataset->folder, walk->files, progress, progress_data, cancellable);
  gboolean ok = !g_cancellable_set_error_if_cancelled (cancellable, error) && assemble (dataset, walk, facts, error);
  lathe_facts_free (facts, walk->files->len);
  if (!ok)
    return NULL;
  dataset->options.labels = g_strdup (options->labels);
  dataset->options.label_pattern = g_strdup (options->label_pattern);
  lathe_split (dataset, options);
  return g_steal_pointer (&dataset);
}
