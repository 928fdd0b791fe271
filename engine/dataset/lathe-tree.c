/* lathe-tree.c: folders and files, on disk or inside an archive.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-tree.h"

#include <dirent.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lathe-error.h"
#include "lathe-dataset-private.h"

#define MAX_TEXT (64u << 20)

/* Images and lists compress well below this; a stream of zeros, a thousand times. */
#define MAX_RATIO 250
#define LEAST_BOMB (1 << 20)

void
lathe_listing_clear (LatheListing *listing)
{
  g_clear_pointer (&listing->folders, g_ptr_array_unref);
  g_clear_pointer (&listing->files, g_ptr_array_unref);
  g_clear_pointer (&listing->others, g_ptr_array_unref);
}

static LatheListing
listing_new (void)
{
  return (LatheListing){
      .folders = g_ptr_array_new_with_free_func (g_free),
      .files = g_ptr_array_new_with_free_func (g_free),
      .others = g_ptr_array_new_with_free_func (g_free),
  };
}

static void
listing_sort (LatheListing *listing)
{
  g_ptr_array_sort (listing->folders, lathe_compare_names);
  g_ptr_array_sort (listing->files, lathe_compare_names);
  g_ptr_array_sort (listing->others, lathe_compare_names);
}

/* What file managers, archivers and file servers leave behind, and projects that are kept with their images. */
static gboolean
is_litter (const char *name)
{
  const char *const litter[] = {"Thumbs.db", "desktop.ini", "__MACOSX", "@eaDir", "Icon\r"};
  const char *const projects[] = {".lathe", ".lathe.mine", ".lathe.before"};
  for (guint i = 0; i < G_N_ELEMENTS (projects); i++)
    if (g_str_has_suffix (name, projects[i]))
      return TRUE;
  if (name[0] == '.')
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (litter); i++)
    if (g_ascii_strcasecmp (name, litter[i]) == 0)
      return TRUE;
  return FALSE;
}

/* What a project that is kept with its images writes about its trainings: models, and a list of them. */
static gboolean
has_runs (const char *path, const char *name)
{
  g_autofree char *list = g_strconcat (path, G_DIR_SEPARATOR_S, name, G_DIR_SEPARATOR_S "runs.db", NULL);

  return g_str_has_suffix (name, ".runs") && g_file_test (list, G_FILE_TEST_EXISTS);
}

/* --- on disk ----------------------------------------------------------------------------------------------------- */

/* The file system often knows an entry's type without a look at the file itself. */
static GPtrArray *
listing_place (LatheListing *listing, DIR *dir, const struct dirent *entry)
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
list_on_disk (const char *path, LatheListing *listing)
{
  struct dirent *entry;
  DIR *dir = opendir (path);

  if (dir == NULL)
    return FALSE;
  *listing = listing_new ();
  while ((entry = readdir (dir)) != NULL)
    if (!is_litter (entry->d_name) && !has_runs (path, entry->d_name))
      g_ptr_array_add (listing_place (listing, dir, entry), g_build_filename (path, entry->d_name, NULL));
  closedir (dir);
  listing_sort (listing);
  return TRUE;
}

/* --- inside an archive ------------------------------------------------------------------------------------------- */

static void
listing_free (gpointer data)
{
  lathe_listing_clear (data);
  g_free (data);
}

static void
piece_free (gpointer data)
{
  lathe_piece_clear (data);
  g_free (data);
}

/* The folder at `path`, which it and those above it get where there is none yet. */
static LatheListing *
make_folder (LatheTree *tree, const char *path)
{
  LatheListing *listing = g_hash_table_lookup (tree->listings, path);

  if (listing != NULL)
    return listing;
  listing = g_new (LatheListing, 1);
  *listing = listing_new ();
  g_hash_table_insert (tree->listings, g_strdup (path), listing);
  if (strcmp (path, tree->root) != 0)
    {
      g_autofree char *parent = g_path_get_dirname (path);
      g_ptr_array_add (make_folder (tree, parent)->folders, g_strdup (path));
    }
  return listing;
}

void
lathe_tree_add_problem (LatheTree *tree, const char *name, const char *reason)
{
  g_autofree char *path = g_strconcat (tree->root, "/", name, NULL);
  g_ptr_array_add (tree->problems, lathe_problem_new (path, reason));
}

char *
lathe_tree_place (LatheTree *tree, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  g_autoptr (GString) path = g_string_new (tree->root);
  guint depth = 0;

  if (name[0] == '/' || g_strv_contains ((const char *const *) parts, ".."))
    {
      lathe_tree_add_problem (tree, name, _ ("climbs out of the archive"));
      return NULL;
    }
  for (char **part = parts; *part != NULL; part++)
    {
      if (**part == '\0' || strcmp (*part, ".") == 0)
        continue;
      if (is_litter (*part))
        return NULL;
      g_string_append_printf (path, "/%s", *part);
      depth++;
    }
  if (depth > LATHE_MAX_DEPTH)
    {
      lathe_tree_add_problem (tree, name, _ ("too many folders inside one another"));
      return NULL;
    }
  return depth > 0 ? g_string_free (g_steal_pointer (&path), FALSE) : NULL;
}

void
lathe_tree_add (LatheTree *tree, char *path, const LathePiece *piece)
{
  g_autofree char *taken = path;

  if (g_hash_table_contains (tree->pieces, path))
    {
      g_ptr_array_add (tree->problems, lathe_problem_new (path, _ ("more than once in the archive: the first counts")));
      return;
    }
  g_autofree char *parent = g_path_get_dirname (path);
  LathePiece copy = lathe_piece_copy (piece);
  g_ptr_array_add (make_folder (tree, parent)->files, g_strdup (path));
  g_hash_table_insert (tree->pieces, g_steal_pointer (&taken), g_memdup2 (&copy, sizeof copy));
}

gboolean
lathe_tree_is_bomb (goffset packed, goffset size)
{
  return size >= LEAST_BOMB && size / MAX_RATIO > packed;
}

/* A person packs a folder, and so that folder is all that the archive's top holds. */
static void
skip_common_folder (LatheTree *tree)
{
  const LatheListing *top = make_folder (tree, tree->root);

  if (top->folders->len != 1 || top->files->len > 0)
    return;
  const char *only = g_ptr_array_index (top->folders, 0);
  if (lathe_split_of (only) >= 0)
    return;
  g_free (tree->top);
  tree->top = g_strdup (only);
}

static gboolean
refuse_archive (LatheTree *tree, GError *reason, GError **error)
{
  g_autofree char *name = g_filename_display_name (tree->root);

  if (reason->domain != LATHE_ERROR)
    g_propagate_error (error, reason);
  else if (reason->code == LATHE_ERROR_IO)
    {
      g_set_error (
          error, LATHE_ERROR, LATHE_ERROR_IO,
          _ ("“%s” is not a folder, nor a file that holds a dataset. A dataset is a folder with one sub-folder "
             "of images for each class, or that folder as .zip or .tar; or IDX or CIFAR files."),
          name);
      g_error_free (reason);
    }
  else
    {
      g_set_error (error, LATHE_ERROR, reason->code,
                   _ ("“%s” cannot be read as an archive: %s. Unpack it into a folder, or pack it again as .zip or "
                      ".tar, which are read in place."),
                   name, reason->message);
      g_error_free (reason);
    }
  return FALSE;
}

static gboolean
read_archive (LatheTree *tree, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (LatheContainer) container = lathe_container_open (tree->root, &reason);
  char head[4] = "";
  GHashTableIter each;
  gpointer listing;

  if (container == NULL)
    {
      g_autofree char *name = g_filename_display_name (tree->root);
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” cannot be opened: %s. Check its path."), name,
                   reason->message);
      return FALSE;
    }
  tree->listings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, listing_free);
  tree->pieces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, piece_free);
  lathe_container_read (container, 0, head, MIN (sizeof head, (gsize) lathe_container_size (container)));
  gboolean zip = memcmp (head, "PK", 2) == 0;
  if (!(zip ? lathe_zip_read : lathe_tar_read) (tree, container, cancellable, &reason))
    return refuse_archive (tree, g_steal_pointer (&reason), error);
  skip_common_folder (tree);
  g_hash_table_iter_init (&each, tree->listings);
  while (g_hash_table_iter_next (&each, NULL, &listing))
    listing_sort (listing);
  return TRUE;
}

/* --- either ------------------------------------------------------------------------------------------------------ */

LatheTree *
lathe_tree_open (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheTree) tree = g_new0 (LatheTree, 1);
  struct stat status;

  tree->root = g_strdup (path);
  tree->top = g_strdup (path);
  tree->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_problem_free);
  if (stat (path, &status) == 0 && !S_ISDIR (status.st_mode) && !read_archive (tree, cancellable, error))
    return NULL;
  return g_steal_pointer (&tree);
}

void
lathe_tree_free (LatheTree *tree)
{
  if (tree == NULL)
    return;
  g_free (tree->root);
  g_free (tree->top);
  g_clear_pointer (&tree->listings, g_hash_table_unref);
  g_clear_pointer (&tree->pieces, g_hash_table_unref);
  g_clear_pointer (&tree->problems, g_ptr_array_unref);
  g_free (tree);
}

gboolean
lathe_tree_list (const LatheTree *tree, const char *path, LatheListing *listing)
{
  if (tree->listings == NULL)
    return list_on_disk (path, listing);
  const LatheListing *found = g_hash_table_lookup (tree->listings, path);
  errno = ENOENT;
  if (found == NULL)
    return FALSE;
  *listing = (LatheListing){
      .folders = g_ptr_array_ref (found->folders),
      .files = g_ptr_array_ref (found->files),
      .others = g_ptr_array_ref (found->others),
  };
  return TRUE;
}

const LathePiece *
lathe_tree_piece (const LatheTree *tree, const char *path)
{
  static const LathePiece file = {.kind = LATHE_PIECE_FILE};
  const LathePiece *piece = tree->pieces != NULL ? g_hash_table_lookup (tree->pieces, path) : NULL;
  return piece != NULL ? piece : &file;
}

char *
lathe_tree_read_text (const LatheTree *tree, const char *path, GError **error)
{
  g_auto (LatheBytes) bytes = LATHE_BYTES_CLOSED;

  if (!lathe_bytes_open (&bytes, path, lathe_tree_piece (tree, path), error))
    return NULL;
  gsize n = (gsize) MIN (bytes.size, MAX_TEXT + 1);
  g_autofree char *text = g_malloc (n + 1);
  text[lathe_bytes_read (&bytes, 0, text, n)] = '\0';
  const char *start = g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text;
  if (n > MAX_TEXT)
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("too long for a list"));
  else if (strlen (text) < n || !g_utf8_validate (start, -1, NULL))
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("not a text in UTF-8"));
  else
    return g_strdup (start);
  return NULL;
}
