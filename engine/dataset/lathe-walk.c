/* lathe-walk.c: which files a dataset's folder holds, and for which class.
 *
 * Nothing is opened here but folders. Links are followed; a folder that is its own ancestor by way of a link, or that
 * a class reaches twice, is entered once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"

#include <dirent.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lathe-error.h"

#define MAX_DEPTH 32

/* One folder's content, each array (element-type filename), sorted. */
typedef struct
{
  GPtrArray *folders, *files, *others;
} Listing;

static void
listing_clear (Listing *listing)
{
  g_clear_pointer (&listing->folders, g_ptr_array_unref);
  g_clear_pointer (&listing->files, g_ptr_array_unref);
  g_clear_pointer (&listing->others, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Listing, listing_clear)

/* What file managers, archivers and file servers leave behind. */
static gboolean
is_litter (const char *name)
{
  const char *const litter[] = {"Thumbs.db", "desktop.ini", "__MACOSX", "@eaDir", "Icon\r"};
  if (name[0] == '.')
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (litter); i++)
    if (g_ascii_strcasecmp (name, litter[i]) == 0)
      return TRUE;
  return FALSE;
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The file system often knows an entry's type without a look at the file itself. */
static GPtrArray *
listing_place (Listing *listing, DIR *dir, const struct dirent *entry)
{
  struct stat status;
  if (entry->d_type == DT_REG)
    return listing->files;
  if (entry->d_type == DT_DIR)
    return listing->folders;
  if (fstatat (dirfd (dir), entry->d_name, &status, 0) != 0)
    return listing->others;
  if (S_ISREG (status.st_mode))
    return listing->files;
  return S_ISDIR (status.st_mode) ? listing->folders : listing->others;
}

static gboolean
listing_read (Listing *listing, const char *path)
{
  struct dirent *entry;

  listing->folders = g_ptr_array_new_with_free_func (g_free);
  listing->files = g_ptr_array_new_with_free_func (g_free);
  listing->others = g_ptr_array_new_with_free_func (g_free);
  DIR *dir = opendir (path);
  if (dir == NULL)
    return FALSE;
  while ((entry = readdir (dir)) != NULL)
    if (!is_litter (entry->d_name))
      g_ptr_array_add (listing_place (listing, dir, entry), g_build_filename (path, entry->d_name, NULL));
  closedir (dir);
  g_ptr_array_sort (listing->folders, compare_strings);
  g_ptr_array_sort (listing->files, compare_strings);
  g_ptr_array_sort (listing->others, compare_strings);
  return TRUE;
}

static void
add_problem (LatheWalk *walk, const char *path, const char *reason)
{
  g_ptr_array_add (walk->problems, lathe_problem_new (path, reason));
}

static void
add_problems (LatheWalk *walk, GPtrArray *paths, const char *reason)
{
  for (guint i = 0; i < paths->len; i++)
    add_problem (walk, g_ptr_array_index (paths, i), reason);
}

static gboolean
is_new (GHashTable *visited, const char *path)
{
  struct stat status;
  if (stat (path, &status) != 0)
    return TRUE; /* opening it will tell why */
  return g_hash_table_add (visited, g_strdup_printf ("%ju:%ju", (uintmax_t) status.st_dev, (uintmax_t) status.st_ino));
}

static void
walk_folder (LatheWalk *walk, const char *path, guint folder, guint depth, GHashTable *visited,
             GCancellable *cancellable)
{
  g_auto (Listing) listing = {0};

  if (g_cancellable_is_cancelled (cancellable) || !is_new (visited, path))
    return;
  if (depth > MAX_DEPTH)
    {
      add_problem (walk, path, _ ("too many folders inside one another"));
      return;
    }
  if (!listing_read (&listing, path))
    {
      g_autofree char *reason = g_strdup_printf (_ ("cannot be opened: %s"), g_strerror (errno));
      add_problem (walk, path, reason);
      return;
    }
  for (guint i = 0; i < listing.files->len; i++)
    {
      LatheWalkFile file = {.path = g_strdup (g_ptr_array_index (listing.files, i)), .folder = folder};
      g_array_append_val (walk->files, file);
    }
  add_problems (walk, listing.others, _ ("not a regular file"));
  for (guint i = 0; i < listing.folders->len; i++)
    walk_folder (walk, g_ptr_array_index (listing.folders, i), folder, depth + 1, visited, cancellable);
}

/* A folder's name for people. Names that are not UTF-8 are escaped, for two of them must not become one class. */
static char *
class_name (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  if (!g_utf8_validate (base, -1, NULL))
    return g_strescape (base, NULL);
  return g_utf8_normalize (base, -1, G_NORMALIZE_NFC);
}

static void
walk_classes (LatheWalk *walk, GPtrArray *paths, LatheSplit split, GCancellable *cancellable)
{
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      LatheWalkFolder folder = {.path = g_strdup (path), .name = class_name (path), .split = split};
      g_autoptr (GHashTable) visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_array_append_val (walk->folders, folder);
      walk_folder (walk, path, walk->folders->len - 1, 0, visited, cancellable);
    }
}

/* The side of the split that a folder's name stands for, or -1. */
static int
split_of (const char *path)
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
      int split = split_of (g_ptr_array_index (folders, i));
      if (split >= 0)
        n[split]++;
    }
  return n[LATHE_SPLIT_TRAIN] > 0 && (n[LATHE_SPLIT_VALIDATION] + n[LATHE_SPLIT_TEST] > 0 || folders->len == 1);
}

static void
walk_split (LatheWalk *walk, GPtrArray *folders, GCancellable *cancellable)
{
  for (guint i = 0; i < folders->len; i++)
    {
      const char *path = g_ptr_array_index (folders, i);
      g_auto (Listing) listing = {0};
      int split = split_of (path);
      if (split < 0)
        add_problem (walk, path, _ ("a folder beside “train” that is neither “validation” nor “test”"));
      else if (listing_read (&listing, path))
        {
          add_problems (walk, listing.files, _ ("not in the folder of a class"));
          walk_classes (walk, listing.folders, (LatheSplit) split, cancellable);
        }
    }
}

static gboolean
refuse_folder (const char *folder, int reason, GError **error)
{
  g_autofree char *name = g_filename_display_name (folder);
  if (reason == ENOTDIR)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
                 _ ("“%s” is not a folder. A dataset is a folder with one sub-folder of images for each class."), name);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The folder “%s” cannot be opened: %s. Check its path."), name,
                 g_strerror (reason));
  return FALSE;
}

static gboolean
walk_root (LatheWalk *walk, const char *folder, GCancellable *cancellable, GError **error)
{
  g_auto (Listing) listing = {0};

  if (!listing_read (&listing, folder))
    return refuse_folder (folder, errno, error);
  if (listing.folders->len == 0)
    {
      g_autofree char *name = g_filename_display_name (folder);
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                   listing.files->len > 0 ? _ ("“%s” has no sub-folders. Put the images of each class into a "
                                               "sub-folder that bears the class's name.")
                                          : _ ("“%s” is empty. Fill it with one sub-folder of images for each class."),
                   name);
      return FALSE;
    }
  add_problems (walk, listing.files, _ ("not in the folder of a class"));
  add_problems (walk, listing.others, _ ("not a regular file"));
  if (is_split_already (listing.folders))
    walk_split (walk, listing.folders, cancellable);
  else
    walk_classes (walk, listing.folders, LATHE_SPLIT_TRAIN, cancellable);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
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
}

LatheWalk *
lathe_walk_new (const char *folder, GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheWalk) walk = g_new (LatheWalk, 1);
  walk->folders = g_array_new (FALSE, FALSE, sizeof (LatheWalkFolder));
  walk->files = g_array_new (FALSE, FALSE, sizeof (LatheWalkFile));
  walk->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_problem_free);
  g_array_set_clear_func (walk->folders, folder_clear);
  g_array_set_clear_func (walk->files, file_clear);
  return walk_root (walk, folder, cancellable, error) ? g_steal_pointer (&walk) : NULL;
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
