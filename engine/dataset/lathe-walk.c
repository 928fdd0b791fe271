/* lathe-walk.c: which images a dataset's source holds, and for which class.
 *
 * Of a folder of classes nothing is opened here but folders. Links are followed; a folder that is its own ancestor by
 * way of a link, or that a class reaches twice, is entered once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lathe-error.h"

void
lathe_walk_add_problem (LatheWalk *walk, const char *path, const char *reason)
{
  g_ptr_array_add (walk->problems, lathe_problem_new (path, reason));
}

gboolean
lathe_walk_refuse (int code, const char *sentence, const char *path, const char *reason, GError **error)
{
  const GError why = {LATHE_ERROR, code, (char *) reason};

  lathe_error_explain (error, &why, sentence, path);
  return FALSE;
}

guint
lathe_walk_add_folder (LatheWalk *walk, const char *path, const char *name, LatheSplit split)
{
  LatheWalkFolder folder = {.path = g_strdup (path), .name = g_strdup (name), .split = split};
  g_array_append_val (walk->folders, folder);
  return walk->folders->len - 1;
}

void
lathe_walk_add_file (LatheWalk *walk, const char *path, guint folder, const LathePiece *piece)
{
  LatheWalkFile file = {.path = g_strdup (path), .folder = folder, .piece = lathe_piece_copy (piece)};
  g_array_append_val (walk->files, file);
}

static void
add_problems (LatheWalk *walk, GPtrArray *paths, const char *reason)
{
  for (guint i = 0; i < paths->len; i++)
    lathe_walk_add_problem (walk, g_ptr_array_index (paths, i), reason);
}

gboolean
lathe_walk_is_new (GHashTable *visited, const char *path)
{
  struct stat status;
  if (stat (path, &status) != 0)
    return TRUE; /* opening it will tell why */
  return g_hash_table_add (visited, g_strdup_printf ("%ju:%ju", (uintmax_t) status.st_dev, (uintmax_t) status.st_ino));
}

gboolean
lathe_walk_list (LatheWalk *walk, const LatheTree *tree, const char *path, LatheListing *listing)
{
  if (lathe_tree_list (tree, path, listing))
    return TRUE;
  g_autofree char *reason = g_strdup_printf (_ ("cannot be opened: %s"), g_strerror (errno));
  lathe_walk_add_problem (walk, path, reason);
  return FALSE;
}

static void
walk_folder (LatheWalk *walk, const LatheTree *tree, const char *path, guint folder, guint depth, GHashTable *visited,
             GCancellable *cancellable)
{
  g_auto (LatheListing) listing = {0};

  if (g_cancellable_is_cancelled (cancellable) || !lathe_walk_is_new (visited, path))
    return;
  if (depth > LATHE_MAX_DEPTH)
    {
      lathe_walk_add_problem (walk, path, _ ("too many folders inside one another"));
      return;
    }
  if (!lathe_walk_list (walk, tree, path, &listing))
    return;
  for (guint i = 0; i < listing.files->len; i++)
    {
      const char *file = g_ptr_array_index (listing.files, i);
      lathe_walk_add_file (walk, file, folder, lathe_tree_piece (tree, file));
    }
  add_problems (walk, listing.others, _ ("not a regular file"));
  for (guint i = 0; i < listing.folders->len; i++)
    walk_folder (walk, tree, g_ptr_array_index (listing.folders, i), folder, depth + 1, visited, cancellable);
}

/* Names that are not UTF-8 are escaped, for two of them must not become one class. */
char *
lathe_walk_name (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  if (!g_utf8_validate (base, -1, NULL))
    return g_strescape (base, NULL);
  return g_utf8_normalize (base, -1, G_NORMALIZE_NFC);
}

static void
walk_classes (LatheWalk *walk, const LatheTree *tree, GPtrArray *paths, LatheSplit split, GCancellable *cancellable)
{
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      g_autofree char *name = lathe_walk_name (path);
      g_autoptr (GHashTable) visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      guint folder = lathe_walk_add_folder (walk, path, name, split);

      lathe_walk_is_new (visited, tree->root);
      walk_folder (walk, tree, path, folder, 0, visited, cancellable);
    }
}

int
lathe_split_of (const char *path)
{
  const struct
  {
    const char *name;
    LatheSplit split;
  } names[] = {
      {"train", LATHE_SPLIT_TRAIN},      {"training", LATHE_SPLIT_TRAIN}, {"validation", LATHE_SPLIT_VALIDATION},
      {"valid", LATHE_SPLIT_VALIDATION}, {"val", LATHE_SPLIT_VALIDATION}, {"test", LATHE_SPLIT_TEST},
      {"testing", LATHE_SPLIT_TEST},
  };
  g_autofree char *base = g_path_get_basename (path);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (base, names[i].name) == 0)
      return (int) names[i].split;
  return -1;
}

/* A folder “train” means a split when another side is beside it, or nothing at all; next to “plane” and “car” it is
 * a class. */
static gboolean
is_split_already (GPtrArray *folders)
{
  guint n[LATHE_N_SPLITS] = {0};
  for (guint i = 0; i < folders->len; i++)
    {
      int split = lathe_split_of (g_ptr_array_index (folders, i));
      if (split >= 0)
        n[split]++;
    }
  return n[LATHE_SPLIT_TRAIN] > 0 && (n[LATHE_SPLIT_VALIDATION] + n[LATHE_SPLIT_TEST] > 0 || folders->len == 1);
}

static void
walk_split (LatheWalk *walk, const LatheTree *tree, GPtrArray *folders, GCancellable *cancellable)
{
  for (guint i = 0; i < folders->len; i++)
    {
      const char *path = g_ptr_array_index (folders, i);
      g_auto (LatheListing) listing = {0};
      int split = lathe_split_of (path);
      if (split < 0)
        lathe_walk_add_problem (walk, path, _ ("a folder beside “train” that is neither “validation” nor “test”"));
      else if (lathe_walk_list (walk, tree, path, &listing))
        {
          add_problems (walk, listing.files, _ ("not in the folder of a class"));
          walk_classes (walk, tree, listing.folders, (LatheSplit) split, cancellable);
        }
    }
}

static gboolean
refuse_folder (const char *folder, int reason, GError **error)
{
  g_autofree char *name = g_filename_display_name (folder);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The folder “%s” cannot be opened: %s. Check its path."), name,
               g_strerror (reason));
  return FALSE;
}

/* Images alone have no label yet: they are one class, that bears the name of what they lie in. */
static void
walk_unlabelled (LatheWalk *walk, const LatheTree *tree, GCancellable *cancellable)
{
  g_autoptr (GHashTable) visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *name = lathe_walk_name (tree->top);

  walk_folder (walk, tree, tree->top, lathe_walk_add_folder (walk, tree->top, name, LATHE_SPLIT_TRAIN), 0, visited,
               cancellable);
}

static gboolean
walk_class_folders (LatheWalk *walk, const LatheTree *tree, const LatheListing *top, GCancellable *cancellable,
                    GError **error)
{
  if (top->folders->len == 0 && top->files->len == 0)
    {
      g_autofree char *name = g_filename_display_name (tree->root);
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                   _ ("“%s” is empty. Fill it with one sub-folder of images for each class."), name);
      return FALSE;
    }
  if (top->folders->len == 0)
    {
      walk_unlabelled (walk, tree, cancellable);
      return !g_cancellable_set_error_if_cancelled (cancellable, error);
    }
  add_problems (walk, top->files, _ ("not in the folder of a class"));
  add_problems (walk, top->others, _ ("not a regular file"));
  if (is_split_already (top->folders))
    walk_split (walk, tree, top->folders, cancellable);
  else
    walk_classes (walk, tree, top->folders, LATHE_SPLIT_TRAIN, cancellable);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* A file that was chosen, and a list or a pattern that was given, have the say; else what lies at the top has. */
static gboolean
walk_top (LatheWalk *walk, const LatheTree *tree, const char *chosen, const LatheDatasetOptions *options,
          GCancellable *cancellable, GError **error)
{
  g_auto (LatheListing) top = {0};
  g_autofree char *list = NULL;

  if (!lathe_tree_list (tree, tree->top, &top))
    return refuse_folder (tree->root, errno, error);
  list = options->labels != NULL ? g_canonicalize_filename (options->labels, NULL) : lathe_labels_find (&top);
  if (chosen != NULL && lathe_idx_is_name (chosen))
    return lathe_idx_walk (walk, tree, &top, chosen, error);
  if (chosen != NULL)
    return lathe_cifar_walk (walk, tree, &top, error);
  if (options->label_pattern != NULL || list != NULL)
    return lathe_labels_walk (walk, tree, list, options->label_pattern, error);
  if (lathe_idx_is_in (&top))
    return lathe_idx_walk (walk, tree, &top, NULL, error);
  if (lathe_cifar_is_in (&top))
    return lathe_cifar_walk (walk, tree, &top, error);
  return walk_class_folders (walk, tree, &top, cancellable, error);
}

static void
folder_clear (gpointer data)
{
  LatheWalkFolder *folder = data;
  g_free (folder->path);
  g_free (folder->name);
}

static void
file_clear (gpointer data)
{
  LatheWalkFile *file = data;
  g_free (file->path);
  lathe_piece_clear (&file->piece);
}

/* One file of a set that is several files in one folder. */
static gboolean
is_of_set (const char *path)
{
  return (lathe_idx_is_name (path) || lathe_cifar_is_name (path)) && g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

gboolean
lathe_dataset_is_source (const char *path)
{
  const char *const suffixes[] = {".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".txz", ".tar.bz2"};

  g_return_val_if_fail (path != NULL, FALSE);

  if (g_file_test (path, G_FILE_TEST_IS_DIR) || is_of_set (path))
    return TRUE;
  g_autofree char *name = g_ascii_strdown (path, -1);
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (name, suffixes[i]))
      return TRUE;
  return FALSE;
}

static LatheWalk *
walk_new (void)
{
  LatheWalk *walk = g_new0 (LatheWalk, 1);

  walk->folders = g_array_new (FALSE, FALSE, sizeof (LatheWalkFolder));
  walk->files = g_array_new (FALSE, FALSE, sizeof (LatheWalkFile));
  g_array_set_clear_func (walk->folders, folder_clear);
  g_array_set_clear_func (walk->files, file_clear);
  return walk;
}

LatheWalk *
lathe_walk_added (const char *path, GCancellable *cancellable)
{
  const LathePiece whole = {.kind = LATHE_PIECE_FILE};
  LatheWalk *walk = walk_new ();
  guint folder = lathe_walk_add_folder (walk, path, "", LATHE_SPLIT_TRAIN);
  g_autoptr (GHashTable) visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (LatheTree) tree = NULL;
  g_autoptr (GError) error = NULL;

  walk->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_problem_free);
  if (!lathe_dataset_is_source (path))
    {
      lathe_walk_add_file (walk, path, folder, &whole);
      return walk;
    }
  tree = lathe_tree_open (path, cancellable, &error);
  if (tree != NULL)
    {
      walk_folder (walk, tree, tree->top, folder, 0, visited, cancellable);
      g_ptr_array_extend_and_steal (walk->problems, g_steal_pointer (&tree->problems));
    }
  else
    lathe_walk_add_problem (walk, path, error->message);
  return walk;
}

LatheWalk *
lathe_walk_new (const char *source, const LatheDatasetOptions *options, GCancellable *cancellable, GError **error)
{
  const char *chosen = is_of_set (source) ? source : NULL;
  g_autofree char *folder = chosen != NULL ? g_path_get_dirname (source) : g_strdup (source);
  g_autoptr (LatheTree) tree = lathe_tree_open (folder, cancellable, error);
  if (tree == NULL)
    return NULL;
  g_autoptr (LatheWalk) walk = walk_new ();
  walk->problems = g_steal_pointer (&tree->problems);
  return walk_top (walk, tree, chosen, options, cancellable, error) ? g_steal_pointer (&walk) : NULL;
}

void
lathe_walk_free (LatheWalk *walk)
{
  if (walk == NULL)
    return;
  g_array_unref (walk->folders);
  g_array_unref (walk->files);
  g_clear_pointer (&walk->problems, g_ptr_array_unref);
  g_free (walk);
}
