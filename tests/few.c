/* few.c: a few of the samples, where what happens matters and not what is learned.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "few.h"

#include <glib/gstdio.h>

static LatheDataset *
scan (const char *folder)
{
  const LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;
  LatheDataset *dataset = lathe_dataset_scan (folder, &options, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return dataset;
}

static void
copy (const LatheImage *image, const char *folder, const char *label)
{
  g_autofree char *name = g_path_get_basename (image->path);
  g_autofree char *class_folder = g_build_filename (folder, label, NULL);
  g_autofree char *path = g_build_filename (class_folder, name, NULL);
  g_autofree char *bytes = NULL;
  gsize n;

  g_assert_cmpint (g_mkdir_with_parents (class_folder, 0700), ==, 0);
  g_assert_true (g_file_get_contents (image->path, &bytes, &n, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
}

LatheDataset *
few_new (guint n)
{
  g_autofree char *folder = g_dir_make_tmp ("lathe-few-XXXXXX", NULL);
  g_autoptr (LatheDataset) all = scan (g_getenv ("LATHE_SAMPLES"));
  g_autofree guint *n_of_class = g_new0 (guint, lathe_dataset_get_n_classes (all));

  for (guint i = 0; i < lathe_dataset_get_n_images (all); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (all, i);

      if (n_of_class[image->label]++ < n)
        copy (image, folder, lathe_dataset_get_classes (all)[image->label]);
    }
  return scan (folder);
}

void
few_free (LatheDataset *few)
{
  for (guint i = 0; i < lathe_dataset_get_n_images (few); i++)
    {
      const char *image = lathe_dataset_get_image (few, i)->path;
      g_autofree char *class_folder = g_path_get_dirname (image);

      g_assert_cmpint (g_unlink (image), ==, 0);
      g_rmdir (class_folder); /* which works once it is empty */
    }
  g_assert_cmpint (g_rmdir (lathe_dataset_get_folder (few)), ==, 0);
  lathe_dataset_unref (few);
}

LatheModel *
few_model (LatheDataset *few, const char *preset)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_preset_load (preset, &error);
  LathePreprocess preprocess;
  LatheModel *model;

  g_assert_no_error (error);
  lathe_dataset_suggest (few, 0, 0, &preprocess);
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (preprocess.height, preprocess.width, preprocess.channels),
                     lathe_dataset_get_n_classes (few));
  model = lathe_model_new (graph, lathe_dataset_get_classes (few), &preprocess, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, i, 0);

      for (gsize k = 0; k < lathe_shape_size (&weight->shape); k++)
        weight->data[k] = (float) lathe_rng_uniform (&rng, (guint32) k) - 0.5f;
    }
  return model;
}
