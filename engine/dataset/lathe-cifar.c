/* lathe-cifar.c: images in the format of CIFAR-10 and CIFAR-100.
 *
 * A file is records of one length: the label (of CIFAR-100 first the coarse one, which is not looked at), then 32 × 32
 * pixels' red, their green and their blue (A. Krizhevsky, "The CIFAR-10 dataset").
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"

enum
{
  SIDE = 32,
  CHANNELS = 3,
  PIXELS = SIDE * SIDE * CHANNELS,
};

typedef struct
{
  const char *pattern; /* of the files' names */
  LatheSplit split;
  guint n_labels; /* bytes before the pixels, of which the last one counts */
  guint n_classes;
  const char *names; /* the file beside them that names the classes */
} Kind;

static const Kind kinds[] = {
    {"data_batch_*.bin", LATHE_SPLIT_TRAIN, 1, 10, "batches.meta.txt"},
    {"test_batch.bin", LATHE_SPLIT_TEST, 1, 10, "batches.meta.txt"},
    {"train.bin", LATHE_SPLIT_TRAIN, 2, 100, "fine_label_names.txt"},
    {"test.bin", LATHE_SPLIT_TEST, 2, 100, "fine_label_names.txt"},
};

static const Kind *
kind_of (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_pattern_match_simple (kinds[i].pattern, base))
      return &kinds[i];
  return NULL;
}

gboolean
lathe_cifar_is_name (const char *path)
{
  return kind_of (path) != NULL;
}

/* "train.bin" may be anything, unless the classes' names are beside it. */
gboolean
lathe_cifar_is_in (const LatheListing *top)
{
  for (guint i = 0; i < top->files->len; i++)
    {
      g_autofree char *base = g_path_get_basename (g_ptr_array_index (top->files, i));
      const Kind *kind = kind_of (base);
      if ((kind != NULL && kind->n_classes == 10) || strcmp (base, "fine_label_names.txt") == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
refuse (const char *path, const char *reason, GError **error)
{
  return lathe_walk_refuse (
      LATHE_ERROR_FORMAT, _ ("“%s” cannot be read as a CIFAR file: %s. Fetch the binary version of the dataset again."),
      path, reason, error);
}

/* A label past the last class is a problem of its record. */
static gboolean
add_records (LatheWalk *walk, const char *path, const Kind *kind, const LathePiece *held, LatheNames *names,
             GError **error)
{
  goffset length = kind->n_labels + PIXELS;
  guint folders[100] = {0}; /* and 1 */
  guint8 label;

  for (goffset i = 0; (i + 1) * length <= held->size; i++)
    {
      goffset at = held->offset + i * length;
      g_autofree char *image = g_strdup_printf ("%s/%05u", path, (guint) i);
      LathePiece piece = {
          .kind = LATHE_PIECE_PIXELS,
          .container = held->container,
          .offset = at + kind->n_labels,
          .length = PIXELS,
          .size = PIXELS,
          .width = SIDE,
          .height = SIDE,
          .channels = CHANNELS,
      };
      if (!lathe_container_read (held->container, at + kind->n_labels - 1, &label, 1))
        return refuse (path, _ ("truncated"), error);
      if (label >= kind->n_classes)
        {
          lathe_walk_add_problem (walk, image, _ ("its label is past the last class"));
          continue;
        }
      if (folders[label] == 0)
        folders[label] = lathe_walk_add_folder (walk, path, lathe_names_get (names, label), kind->split) + 1;
      lathe_walk_add_file (walk, image, folders[label] - 1, &piece);
    }
  return TRUE;
}

static gboolean
walk_file (LatheWalk *walk, const LatheTree *tree, const char *path, const Kind *kind, LatheNames *names,
           GError **error)
{
  g_auto (LathePiece) held = {0};
  g_autoptr (GError) reason = NULL;
  goffset length = kind->n_labels + PIXELS;

  if (!lathe_piece_hold (lathe_tree_piece (tree, path), path, &held, &reason))
    return refuse (path, reason->message, error);
  if (held.size < length)
    return refuse (path, _ ("truncated"), error);
  if (held.size % length != 0)
    lathe_walk_add_problem (walk, path, _ ("truncated: its last image is left out"));
  return add_records (walk, path, kind, &held, names, error);
}

gboolean
lathe_cifar_walk (LatheWalk *walk, const LatheTree *tree, const LatheListing *top, GError **error)
{
  g_auto (LatheNames) names = {0};
  guint n_classes = 0;

  for (guint i = 0; i < top->files->len; i++)
    {
      const char *path = g_ptr_array_index (top->files, i);
      const Kind *kind = kind_of (path);
      if (kind == NULL)
        continue;
      if (n_classes == 0)
        {
          n_classes = kind->n_classes;
          lathe_names_read (&names, walk, tree, top, kind->names);
          lathe_names_want (&names, n_classes - 1);
          lathe_names_check (&names, walk);
        }
      if (kind->n_classes != n_classes)
        lathe_walk_add_problem (walk, path, _ ("of another set than the files beside it"));
      else if (!walk_file (walk, tree, path, kind, &names, error))
        return FALSE;
    }
  return TRUE;
}
