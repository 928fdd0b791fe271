/* lathe-labels.c: images that lie in any folder, with their classes from a table or from their names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-csv.h"

#define LABELS "labels.csv"

typedef enum
{
  COLUMN_FILE,
  COLUMN_LABEL,
  COLUMN_SPLIT,
  COLUMN_GROUP,
} Column;
#define N_COLUMNS 4

/* Whether a row has named a file. */
enum
{
  UNNAMED = 1,
  NAMED,
};

/* What is known while a walk is filled. */
typedef struct
{
  LatheWalk *walk;
  const LatheTree *tree;
  const char *list;    /* the table's path; NULL: the names tell */
  GPtrArray *files;    /* (element-type filename) all but the table, sorted within their folder */
  GHashTable *states;  /* path → UNNAMED or NAMED; the paths are those of `files` */
  GHashTable *folders; /* "side/class" → index of the walk's folder, and 1 */
} Labels;

static void
labels_clear (Labels *labels)
{
  g_clear_pointer (&labels->states, g_hash_table_unref);
  g_clear_pointer (&labels->files, g_ptr_array_unref);
  g_clear_pointer (&labels->folders, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Labels, labels_clear)

/* Folders are followed down, but not in circles. */
static void
collect (Labels *labels, const char *path, guint depth, GHashTable *visited)
{
  g_auto (LatheListing) listing = {0};

  if (!lathe_walk_is_new (visited, path))
    return;
  if (depth > LATHE_MAX_DEPTH)
    {
      lathe_walk_add_problem (labels->walk, path, _ ("too many folders inside one another"));
      return;
    }
  if (!lathe_walk_list (labels->walk, labels->tree, path, &listing))
    return;
  for (guint i = 0; i < listing.files->len; i++)
    {
      if (g_strcmp0 (g_ptr_array_index (listing.files, i), labels->list) == 0)
        continue;
      char *file = g_strdup (g_ptr_array_index (listing.files, i));
      g_ptr_array_add (labels->files, file);
      g_hash_table_insert (labels->states, file, GUINT_TO_POINTER (UNNAMED));
    }
  for (guint i = 0; i < listing.others->len; i++)
    lathe_walk_add_problem (labels->walk, g_ptr_array_index (listing.others, i), _ ("not a regular file"));
  for (guint i = 0; i < listing.folders->len; i++)
    collect (labels, g_ptr_array_index (listing.folders, i), depth + 1, visited);
}

static void
begin (Labels *labels)
{
  g_autoptr (GHashTable) visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  labels->files = g_ptr_array_new_with_free_func (g_free);
  labels->states = g_hash_table_new (g_str_hash, g_str_equal);
  labels->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  collect (labels, labels->tree->top, 0, visited);
}

/* The number of a name in a table of them, from 1; 0 where it is not in it. */
static guint
number_of (GHashTable *table, const char *name)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (table, name));
}

static void
add_image (Labels *labels, const char *file, const char *class, LatheSplit split, guint64 group)
{
  g_autofree char *key = g_strdup_printf ("%u/%s", split, class);
  guint folder = number_of (labels->folders, key);

  if (folder == 0)
    {
      g_autofree char *path = g_build_filename (labels->list != NULL ? labels->list : labels->tree->top, class, NULL);
      folder = lathe_walk_add_folder (labels->walk, path, class, split) + 1;
      g_hash_table_insert (labels->folders, g_steal_pointer (&key), GUINT_TO_POINTER (folder));
    }
  lathe_walk_add_file (labels->walk, file, folder - 1, lathe_tree_piece (labels->tree, file));
  g_array_index (labels->walk->files, LatheWalkFile, labels->walk->files->len - 1).group = group;
}

/* --- from a table ------------------------------------------------------------------------------------------------ */

/* Which column a heading is of, or -1. */
static int
column_of (const char *heading)
{
  const struct
  {
    const char *name;
    Column column;
  } names[] = {
      {"file", COLUMN_FILE},   {"filename", COLUMN_FILE}, {"file_name", COLUMN_FILE}, {"path", COLUMN_FILE},
      {"image", COLUMN_FILE},  {"label", COLUMN_LABEL},   {"class", COLUMN_LABEL},    {"category", COLUMN_LABEL},
      {"split", COLUMN_SPLIT}, {"set", COLUMN_SPLIT},     {"group", COLUMN_GROUP},
  };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (heading, names[i].name) == 0)
      return (int) names[i].column;
  return -1;
}

/* The columns' places. Where the first row does not name a file's and a label's, they are in the order above. */
static gboolean
read_header (const LatheCsvRow *row, int places[N_COLUMNS])
{
  for (int i = 0; i < N_COLUMNS; i++)
    places[i] = -1;
  for (guint i = 0; i < row->n_fields; i++)
    {
      int column = column_of (g_strstrip (row->fields[i]));
      if (column >= 0 && places[column] < 0)
        places[column] = (int) i;
    }
  if (places[COLUMN_FILE] >= 0 && places[COLUMN_LABEL] >= 0)
    return TRUE;
  for (int i = 0; i < N_COLUMNS; i++)
    places[i] = i;
  return FALSE;
}

static const char *
field (const LatheCsvRow *row, const int places[N_COLUMNS], Column column)
{
  int place = places[column];
  return place >= 0 && (guint) place < row->n_fields ? g_strstrip (row->fields[place]) : "";
}

/* The same for a name whatever other names there are, so that the group keeps its side. */
static guint64
hash_group (const char *name)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;
  guint64 hash = 0;

  if (*name == '\0')
    return 0;
  g_checksum_update (checksum, (const guchar *) name, -1);
  g_checksum_get_digest (checksum, digest, &length);
  for (guint i = 0; i < sizeof hash; i++)
    hash = hash << 8 | digest[i];
  return hash;
}

static void
take_row (Labels *labels, const LatheCsvRow *row, const int places[N_COLUMNS])
{
  const char *name = field (row, places, COLUMN_FILE), *split = field (row, places, COLUMN_SPLIT);
  g_autofree char *class = g_utf8_normalize (field (row, places, COLUMN_LABEL), -1, G_NORMALIZE_NFC);
  g_autofree char *path = g_build_filename (labels->tree->top, g_str_has_prefix (name, "./") ? name + 2 : name, NULL);
  guint state = number_of (labels->states, path);
  int side = *split != '\0' ? lathe_split_of (split) : LATHE_SPLIT_TRAIN;
  g_autofree char *reason = NULL;

  if (*name == '\0')
    reason = g_strdup_printf (_ ("line %u names no file"), row->line);
  else if (state == 0)
    reason = g_strdup (_ ("in the list of labels, but not there"));
  else if (state == NAMED)
    reason = g_strdup_printf (_ ("in the list of labels again, in line %u: the first counts"), row->line);
  else if (*class == '\0')
    reason = g_strdup (_ ("has no label in the list of labels"));
  else if (side < 0)
    reason = g_strdup_printf (_ ("“%s” is not a side: that is train, validation or test"), split);
  else
    add_image (labels, path, class, (LatheSplit) side, hash_group (field (row, places, COLUMN_GROUP)));
  if (state == UNNAMED) /* g_hash_table_insert () keeps the key that there is */
    g_hash_table_insert (labels->states, path, GUINT_TO_POINTER (NAMED));
  if (reason != NULL)
    lathe_walk_add_problem (labels->walk, *name != '\0' ? path : labels->list, reason);
}

static gboolean
refuse_list (const char *list, const char *reason, GError **error)
{
  return lathe_walk_refuse (
      LATHE_ERROR_DATA,
      _ ("The list of labels “%s” cannot be used: %s. It is a text of rows “file,label”, and where they are known "
         "“,train”, “,validation” or “,test”, and a group that stays together."),
      list, reason, error);
}

static gboolean
walk_list (LatheWalk *walk, const LatheTree *tree, const char *list, GError **error)
{
  g_auto (Labels) labels = {.walk = walk, .tree = tree, .list = list};
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = lathe_tree_read_text (tree, list, &reason);
  int places[N_COLUMNS];
  guint line = 0;

  if (text == NULL)
    return refuse_list (list, reason->message, error);
  g_autoptr (GPtrArray) rows = lathe_csv_parse (text, &line);
  if (rows == NULL)
    {
      g_autofree char *place = g_strdup_printf (_ ("a quote in line %u is not closed"), line);
      return refuse_list (list, place, error);
    }
  begin (&labels);
  gboolean headed = rows->len > 0 && read_header (g_ptr_array_index (rows, 0), places);
  for (guint i = headed; i < rows->len; i++)
    take_row (&labels, g_ptr_array_index (rows, i), places);
  if (walk->files->len == 0)
    return refuse_list (list, _ ("it gives no image of the dataset a label"), error);
  for (guint i = 0; i < labels.files->len; i++)
    if (number_of (labels.states, g_ptr_array_index (labels.files, i)) == UNNAMED)
      lathe_walk_add_problem (walk, g_ptr_array_index (labels.files, i), _ ("not in the list of labels"));
  return TRUE;
}

/* --- from names -------------------------------------------------------------------------------------------------- */

static GRegex *
read_pattern (const char *pattern, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_OPTIMIZE, 0, &reason);

  if (regex != NULL && g_regex_get_capture_count (regex) > 0)
    return g_steal_pointer (&regex);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
               _ ("The pattern “%s” for labels cannot be used: %s. It is a regular expression with the label in "
                  "parentheses, as in “^([a-z]+)_”."),
               pattern, reason != NULL ? reason->message : _ ("it has no parentheses"));
  return NULL;
}

static gboolean
walk_names (LatheWalk *walk, const LatheTree *tree, const char *pattern, GError **error)
{
  g_auto (Labels) labels = {.walk = walk, .tree = tree};
  g_autoptr (GRegex) regex = read_pattern (pattern, error);

  if (regex == NULL)
    return FALSE;
  begin (&labels);
  for (guint i = 0; i < labels.files->len; i++)
    {
      const char *path = g_ptr_array_index (labels.files, i);
      g_autofree char *name = lathe_walk_name (path);
      g_autoptr (GMatchInfo) match = NULL;
      g_autofree char *class = g_regex_match (regex, name, 0, &match) ? g_match_info_fetch (match, 1) : NULL;
      if (class != NULL && *class != '\0')
        add_image (&labels, path, class, LATHE_SPLIT_TRAIN, 0);
      else
        lathe_walk_add_problem (walk, path, _ ("its name has no label by the pattern"));
    }
  if (walk->files->len > 0)
    return TRUE;
  g_autofree char *name = g_filename_display_name (tree->root);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
               _ ("No file's name in “%s” has a label by the pattern “%s”. Choose a pattern that fits the names."),
               name, pattern);
  return FALSE;
}

char *
lathe_labels_find (const LatheListing *top)
{
  for (guint i = 0; i < top->files->len; i++)
    {
      const char *path = g_ptr_array_index (top->files, i);
      g_autofree char *base = g_path_get_basename (path);
      if (g_ascii_strcasecmp (base, LABELS) == 0)
        return g_strdup (path);
    }
  return NULL;
}

gboolean
lathe_labels_walk (LatheWalk *walk, const LatheTree *tree, const char *list, const char *pattern, GError **error)
{
  return pattern != NULL ? walk_names (walk, tree, pattern, error) : walk_list (walk, tree, list, error);
}
