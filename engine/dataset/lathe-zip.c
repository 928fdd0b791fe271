/* lathe-zip.c: which files a .zip archive holds, and where in it.
 *
 * Only the directory at the archive's end is read (APPNOTE 6.3, section 4.3), and the head of each entry. Nothing in
 * them is believed: every place is held against the archive's size, and no two entries may share bytes, for that is how
 * a small archive is made to unpack to a universe.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-tree.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lathe-error.h"

enum
{
  END_SIZE = 22,
  MAX_COMMENT = 65535,
  LOCATOR_SIZE = 20, /* ZIP64: it lies before the end record … */
  END64_SIZE = 56,   /* … and says where this one is */
  ENTRY_SIZE = 46,
  HEAD_SIZE = 30,
};

enum
{
  FLAG_ENCRYPTED = 1 << 0,
  FLAG_MASKED = 1 << 13, /* its directory entry is encrypted */
  METHOD_STORED = 0,
  METHOD_DEFLATED = 8,
  MADE_ON_UNIX = 3,
  MADE_ON_MACOS = 19,
};

/* The directory, as the end record describes it. */
typedef struct
{
  guint64 n_entries;
  goffset offset, size;
  goffset shift; /* bytes before the archive's own first one, as in an archive that unpacks itself */
} Directory;

/* One entry of it. */
typedef struct
{
  const guint8 *fixed; /* ENTRY_SIZE bytes */
  char *name;
  guint64 packed, size, head;
} Entry;

/* Where an entry lies; for the search of entries that share bytes. */
typedef struct
{
  goffset start, end;
  guint index;
} Span;

/* A file that could be had, unless it shares bytes. */
typedef struct
{
  char *name, *path;
  LathePiece piece;
} Found;

static void
found_clear (gpointer data)
{
  Found *found = data;
  g_free (found->name);
  g_free (found->path);
}

static guint64
little_endian (const guint8 *bytes, guint n)
{
  guint64 value = 0;
  while (n-- > 0)
    value = value << 8 | bytes[n];
  return value;
}

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason);
  return FALSE;
}

static gboolean
refuse_directory (GError **error)
{
  return refuse (error, _ ("its directory is damaged"));
}

/* --- the directory ----------------------------------------------------------------------------------------------- */

/* An archive of more than 65,535 entries, or 4 GiB, says so in a second record. */
static gboolean
read_end64 (const LatheContainer *container, goffset end, Directory *directory, goffset *directory_end)
{
  guint8 locator[LOCATOR_SIZE], record[END64_SIZE];

  if (end < LOCATOR_SIZE || !lathe_container_read (container, end - LOCATOR_SIZE, locator, sizeof locator) ||
      memcmp (locator, "PK\6\7", 4) != 0)
    return FALSE;
  guint64 at = little_endian (locator + 8, 8);
  if (at > (guint64) end || !lathe_container_read (container, (goffset) at, record, sizeof record) ||
      memcmp (record, "PK\6\6", 4) != 0)
    return FALSE;
  directory->n_entries = little_endian (record + 32, 8);
  directory->size = (goffset) MIN (little_endian (record + 40, 8), G_MAXINT64);
  directory->offset = (goffset) MIN (little_endian (record + 48, 8), G_MAXINT64);
  *directory_end = (goffset) at;
  return TRUE;
}

/* The last record of the archive, which only a comment may follow. */
static gboolean
find_directory (const LatheContainer *container, Directory *directory, GError **error)
{
  goffset size = lathe_container_size (container), start = MAX (size - END_SIZE - MAX_COMMENT, 0);
  gsize n = (gsize) (size - start);
  g_autofree guint8 *tail = g_malloc (n + 1);

  if (size < END_SIZE || !lathe_container_read (container, start, tail, n))
    return refuse (error, _ ("truncated"));
  for (gsize back = END_SIZE; back <= n; back++)
    {
      const guint8 *record = tail + n - back;
      if (memcmp (record, "PK\5\6", 4) != 0 || little_endian (record + 20, 2) > back - END_SIZE)
        continue;
      goffset end = size - (goffset) back;
      directory->n_entries = little_endian (record + 10, 2);
      directory->size = (goffset) little_endian (record + 12, 4);
      directory->offset = (goffset) little_endian (record + 16, 4);
      if (little_endian (record + 4, 2) != little_endian (record + 6, 2))
        return refuse (error, _ ("it is one part of several"));
      read_end64 (container, end, directory, &end);
      if (directory->size > end || directory->offset > end - directory->size)
        return refuse_directory (error);
      directory->shift = end - directory->size - directory->offset;
      return TRUE;
    }
  return refuse (error, _ ("truncated: its directory, which comes last, is missing"));
}

/* Numbers that do not fit into the entry are in a list of extra fields behind its name (section 4.5.3). */
static void
read_extra64 (Entry *entry, const guint8 *extra, gsize n)
{
  guint64 *const numbers[] = {&entry->size, &entry->packed, &entry->head};

  while (n >= 4)
    {
      gsize length = (gsize) little_endian (extra + 2, 2);
      if (length > n - 4)
        return;
      if (little_endian (extra, 2) == 1)
        for (guint i = 0, at = 0; i < G_N_ELEMENTS (numbers); i++)
          if (*numbers[i] == 0xffffffff && at + 8 <= length)
            {
              *numbers[i] = little_endian (extra + 4 + at, 8);
              at += 8;
            }
      extra += 4 + length;
      n -= 4 + length;
    }
}

/* Moves `at` behind the entry that it stands at. */
static gboolean
read_entry (const guint8 *directory, gsize size, gsize *at, Entry *entry)
{
  const guint8 *fixed = directory + *at;

  if (size - *at < ENTRY_SIZE || memcmp (fixed, "PK\1\2", 4) != 0)
    return FALSE;
  gsize n_name = (gsize) little_endian (fixed + 28, 2), n_extra = (gsize) little_endian (fixed + 30, 2);
  gsize length = ENTRY_SIZE + n_name + n_extra + (gsize) little_endian (fixed + 32, 2);
  if (size - *at < length)
    return FALSE;
  *entry = (Entry){
      .fixed = fixed,
      .name = g_strndup ((const char *) fixed + ENTRY_SIZE, n_name),
      .packed = little_endian (fixed + 20, 4),
      .size = little_endian (fixed + 24, 4),
      .head = little_endian (fixed + 42, 4),
  };
  read_extra64 (entry, fixed + ENTRY_SIZE + n_name, n_extra);
  *at += length;
  return TRUE;
}

/* --- entries ----------------------------------------------------------------------------------------------------- */

/* Why an entry is none of a file, or NULL. */
static const char *
reason_against (const Entry *entry)
{
  guint system = entry->fixed[5], flags = (guint) little_endian (entry->fixed + 8, 2);
  guint method = (guint) little_endian (entry->fixed + 10, 2);
  guint mode = (guint) little_endian (entry->fixed + 40, 2) & S_IFMT;

  if ((system == MADE_ON_UNIX || system == MADE_ON_MACOS) && mode != 0 && mode != S_IFREG && mode != S_IFDIR)
    return mode == S_IFLNK ? _ ("a link") : _ ("not a regular file");
  if (flags & (FLAG_ENCRYPTED | FLAG_MASKED))
    return _ ("encrypted");
  if (method != METHOD_STORED && method != METHOD_DEFLATED)
    return _ ("compressed in a way that is not known here");
  if (method == METHOD_STORED && entry->packed != entry->size)
    return _ ("damaged: it is stored in more or fewer bytes than it has");
  return NULL;
}

/* Where an entry's bytes begin: behind its head, whose name and extra field are of its own lengths. */
static const char *
find_bytes (const Entry *entry, const Directory *directory, LathePiece *piece)
{
  guint8 head[HEAD_SIZE];
  goffset limit = directory->offset + directory->shift;

  if (entry->head > (guint64) directory->offset ||
      !lathe_container_read (piece->container, (goffset) entry->head + directory->shift, head, sizeof head) ||
      memcmp (head, "PK\3\4", 4) != 0)
    return _ ("damaged: it is not where the archive says");
  piece->offset = (goffset) entry->head + directory->shift + HEAD_SIZE + (goffset) little_endian (head + 26, 2) +
                  (goffset) little_endian (head + 28, 2);
  if (piece->offset > limit || entry->packed > (guint64) (limit - piece->offset))
    return _ ("truncated");
  piece->length = (goffset) entry->packed;
  piece->size = (goffset) MIN (entry->size, G_MAXINT64);
  piece->checksum = (guint32) little_endian (entry->fixed + 16, 4);
  piece->kind = little_endian (entry->fixed + 10, 2) == METHOD_STORED ? LATHE_PIECE_CHECKED : LATHE_PIECE_DEFLATED;
  return lathe_tree_is_bomb (piece->length, piece->size) ? _ ("unpacks to far more than an image has") : NULL;
}

static void
look_at (LatheTree *tree, const Entry *entry, const Directory *directory, LatheContainer *container, GArray *found)
{
  LathePiece piece = {.container = container};

  if (g_str_has_suffix (entry->name, "/"))
    return;
  g_autofree char *path = lathe_tree_place (tree, entry->name);
  if (path == NULL)
    return;
  const char *reason = reason_against (entry);
  if (reason == NULL)
    reason = find_bytes (entry, directory, &piece);
  if (reason != NULL)
    lathe_tree_add_problem (tree, entry->name, reason);
  else
    {
      Found file = {g_strdup (entry->name), g_steal_pointer (&path), piece};
      g_array_append_val (found, file);
    }
}

static int
compare_spans (gconstpointer a, gconstpointer b)
{
  const Span *x = a, *y = b;
  if (x->start != y->start)
    return x->start < y->start ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

/* In the order of the directory; what begins before the entry in front of it ends is refused. */
static void
add_found (LatheTree *tree, GArray *found)
{
  g_autofree Span *spans = g_new (Span, found->len);
  g_autofree gboolean *shares = g_new0 (gboolean, found->len);
  goffset end = 0;

  for (guint i = 0; i < found->len; i++)
    {
      const LathePiece *piece = &g_array_index (found, Found, i).piece;
      spans[i] = (Span){piece->offset, piece->offset + piece->length, i};
    }
  if (found->len > 0)
    qsort (spans, found->len, sizeof *spans, compare_spans);
  for (guint i = 0; i < found->len; i++)
    {
      shares[spans[i].index] = spans[i].start < end;
      end = MAX (end, spans[i].end);
    }
  for (guint i = 0; i < found->len; i++)
    {
      Found *file = &g_array_index (found, Found, i);
      if (shares[i])
        lathe_tree_add_problem (tree, file->name, _ ("shares its bytes with another entry"));
      else
        lathe_tree_add (tree, g_steal_pointer (&file->path), &file->piece);
    }
}

gboolean
lathe_zip_read (LatheTree *tree, LatheContainer *container, GCancellable *cancellable, GError **error)
{
  Directory directory = {0};
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (Found));
  gsize at = 0;

  g_array_set_clear_func (found, found_clear);
  if (!find_directory (container, &directory, error))
    return FALSE;
  gsize size = (gsize) directory.size;
  g_autofree guint8 *bytes = g_try_malloc (MAX (size, 1));
  if (bytes == NULL || !lathe_container_read (container, directory.offset + directory.shift, bytes, size))
    return refuse_directory (error);
  for (guint64 i = 0; i < directory.n_entries; i++)
    {
      Entry entry;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (!read_entry (bytes, size, &at, &entry))
        return refuse_directory (error);
      look_at (tree, &entry, &directory, container, found);
      g_free (entry.name);
    }
  add_found (tree, found);
  return TRUE;
}
