/* lathe-idx.c: images in the format of MNIST and its kin.
 *
 * A set is up to six files: images and labels of each side of the split, like train-images-idx3-ubyte and
 * train-labels-idx1-ubyte, each as it is or compressed with gzip. A file begins with two zeros, the type of its numbers
 * (8: a byte), how many dimensions there are, and each one's length, in 32 bits with the highest first (Y. LeCun, "The
 * MNIST database"). Images are n × height × width.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-decode.h"

#define MAX_IMAGES 4000000u /* of one file: a small one can unpack to a great many */

/* What a file's name says. */
typedef struct
{
  const char *path;
  char *set; /* what is left of its beginning, which several sets in one folder differ in */
  LatheSplit side;
  gboolean images; /* else labels */
  gboolean packed;
} Part;

static void
part_clear (gpointer data)
{
  g_free (((Part *) data)->set);
}

/* A file, opened. */
typedef struct
{
  LathePiece held;
  guint n, height, width; /* of labels n alone */
  goffset start;
} Side;

static void
side_clear (Side *side)
{
  lathe_piece_clear (&side->held);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

static gboolean
refuse (const char *path, const char *reason, GError **error)
{
  return lathe_walk_refuse (
      LATHE_ERROR_FORMAT,
      _ ("“%s” cannot be read as an IDX file: %s. Fetch it again, with the file of the same name for its images "
         "or labels."),
      path, reason, error);
}

/* The side that a name speaks of is cut out of it. */
static LatheSplit
cut_side (char *set)
{
  const struct
  {
    const char *word;
    LatheSplit split;
  } words[] = {
      {"train", LATHE_SPLIT_TRAIN},
      {"t10k", LATHE_SPLIT_TEST},
      {"test", LATHE_SPLIT_TEST},
      {"val", LATHE_SPLIT_VALIDATION},
  };
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      char *at = strstr (set, words[i].word);
      gsize length = strlen (words[i].word);
      if (at == NULL)
        continue;
      memmove (at, at + length, strlen (at + length) + 1);
      return words[i].split;
    }
  return LATHE_SPLIT_TRAIN;
}

static gboolean
read_name (const char *path, Part *part)
{
  g_autofree char *base = g_path_get_basename (path);
  const char *images = strstr (base, "images"), *labels = strstr (base, "labels");
  const char *word = images != NULL ? images : labels;

  if (word == NULL || strstr (word, images != NULL ? "idx3-ubyte" : "idx1-ubyte") == NULL)
    return FALSE;
  *part = (Part){.path = path, .set = g_strndup (base, (gsize) (word - base)), .images = images != NULL};
  part->packed = g_str_has_suffix (base, ".gz");
  part->side = cut_side (part->set);
  return TRUE;
}

gboolean
lathe_idx_is_name (const char *path)
{
  Part part;

  if (!read_name (path, &part))
    return FALSE;
  part_clear (&part);
  return TRUE;
}

gboolean
lathe_idx_is_in (const LatheListing *top)
{
  for (guint i = 0; i < top->files->len; i++)
    if (lathe_idx_is_name (g_ptr_array_index (top->files, i)))
      return TRUE;
  return FALSE;
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static guint32
big_endian (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 | (guint32) bytes[2] << 8 | bytes[3];
}

/* The head must agree with the length to the byte. */
static gboolean
read_head (Side *side, const char *path, guint n_dimensions, GError **error)
{
  guint8 head[16] = {0};
  gsize n_head = 4 + 4 * (gsize) n_dimensions;

  if (side->held.size < (goffset) n_head ||
      !lathe_container_read (side->held.container, side->held.offset, head, n_head))
    return refuse (path, _ ("truncated"), error);
  if (head[0] != 0 || head[1] != 0 || head[2] != 8 || head[3] != n_dimensions)
    return refuse (path, _ ("it does not begin as one of bytes does"), error);
  side->n = big_endian (head + 4);
  side->height = n_dimensions == 3 ? big_endian (head + 8) : 1;
  side->width = n_dimensions == 3 ? big_endian (head + 12) : 1;
  side->start = side->held.offset + (goffset) n_head;

  guint64 pixels = (guint64) side->height * side->width;
  if (pixels == 0 || side->height > LATHE_MAX_SIDE || side->width > LATHE_MAX_SIDE || pixels > LATHE_MAX_PIXELS)
    return refuse (path, _ ("its images are of no size, or of one past all bounds"), error);
  if (side->n > MAX_IMAGES)
    return refuse (path, _ ("it says that it holds more images than any set does"), error);
  guint64 expected = side->n * pixels, there = (guint64) side->held.size - n_head;
  if (expected == there)
    return TRUE;
  g_autofree char *says = g_format_size_full (expected, G_FORMAT_SIZE_LONG_FORMAT);
  g_autofree char *has = g_format_size_full (there, G_FORMAT_SIZE_LONG_FORMAT);
  g_autofree char *reason = g_strdup_printf (_ ("it says that %s follow, and %s do"), says, has);
  return refuse (path, reason, error);
}

static gboolean
open_side (Side *side, const LatheTree *tree, const Part *part, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!lathe_piece_hold (lathe_tree_piece (tree, part->path), part->path, &side->held, &reason))
    return refuse (part->path, reason->message, error);
  return read_head (side, part->path, part->images ? 3 : 1, error);
}

/* --- a set ------------------------------------------------------------------------------------------------------- */

/* Of a file that is there both as it is and compressed, as it is. */
static const Part *
find_part (GArray *parts, const char *set, LatheSplit side, gboolean images)
{
  const Part *found = NULL;
  for (guint i = 0; i < parts->len; i++)
    {
      const Part *part = &g_array_index (parts, Part, i);
      if (part->images == images && part->side == side && strcmp (part->set, set) == 0 &&
          (found == NULL || found->packed))
        found = part;
    }
  return found;
}

static void
add_images (LatheWalk *walk, const Part *part, const Side *images, const guint8 *labels, LatheNames *names)
{
  gsize pixels = (gsize) images->height * images->width;
  guint folders[256] = {0}; /* and 1 */

  for (guint i = 0; i < images->n; i++)
    {
      guint label = labels[i];
      g_autofree char *path = g_strdup_printf ("%s/%06u", part->path, i);
      LathePiece piece = {
          .kind = LATHE_PIECE_PIXELS,
          .container = images->held.container,
          .offset = images->start + (goffset) (i * pixels),
          .length = (goffset) pixels,
          .size = (goffset) pixels,
          .width = images->width,
          .height = images->height,
          .channels = 1,
      };
      if (folders[label] == 0)
        folders[label] = lathe_walk_add_folder (walk, part->path, lathe_names_get (names, label), part->side) + 1;
      lathe_walk_add_file (walk, path, folders[label] - 1, &piece);
    }
}

static gboolean
walk_side (LatheWalk *walk, const LatheTree *tree, const Part *part, const Part *partner, LatheNames *names,
           GError **error)
{
  g_auto (Side) images = {0}, labels = {0};

  if (partner == NULL)
    return refuse (part->path, _ ("its labels are missing"), error);
  if (!open_side (&images, tree, part, error) || !open_side (&labels, tree, partner, error))
    return FALSE;
  if (images.n != labels.n)
    {
      g_autofree char *reason = g_strdup_printf (_ ("it holds %u images, and there are %u labels"), images.n, labels.n);
      return refuse (part->path, reason, error);
    }
  g_autofree guint8 *bytes = g_malloc (MAX (labels.n, 1));
  if (!lathe_container_read (labels.held.container, labels.start, bytes, labels.n))
    return refuse (partner->path, _ ("truncated"), error);
  for (guint i = 0; i < labels.n; i++)
    lathe_names_want (names, bytes[i]);
  add_images (walk, part, &images, bytes, names);
  return TRUE;
}

/* The set that the folder holds, or the file that was chosen belongs to. */
static const char *
choose_set (GArray *parts, const char *chosen, const char *folder, GError **error)
{
  const char *set = NULL;

  for (guint i = 0; i < parts->len; i++)
    {
      const Part *part = &g_array_index (parts, Part, i);
      if (chosen != NULL && strcmp (part->path, chosen) != 0)
        continue;
      if (set != NULL && strcmp (part->set, set) != 0)
        {
          g_autofree char *name = g_filename_display_name (folder);
          g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                       _ ("“%s” holds several sets of IDX files. Choose one file of the set that is meant."), name);
          return NULL;
        }
      set = part->set;
    }
  return set;
}

gboolean
lathe_idx_walk (LatheWalk *walk, const LatheTree *tree, const LatheListing *top, const char *chosen, GError **error)
{
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_auto (LatheNames) names = {0};

  g_array_set_clear_func (parts, part_clear);
  for (guint i = 0; i < top->files->len; i++)
    {
      Part part;
      if (read_name (g_ptr_array_index (top->files, i), &part))
        g_array_append_val (parts, part);
    }
  const char *set = choose_set (parts, chosen, tree->root, error);
  if (set == NULL)
    return FALSE;
  lathe_names_read (&names, walk, tree, top, "labels.txt");
  lathe_names_read (&names, walk, tree, top, "classes.txt");
  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    {
      const Part *images = find_part (parts, set, (LatheSplit) side, TRUE);
      const Part *labels = find_part (parts, set, (LatheSplit) side, FALSE);
      if (images == NULL && labels != NULL)
        return refuse (labels->path, _ ("its images are missing"), error);
      if (images != NULL && !walk_side (walk, tree, images, labels, &names, error))
        return FALSE;
    }
  lathe_names_check (&names, walk);
  return TRUE;
}
