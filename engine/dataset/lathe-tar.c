/* lathe-tar.c: which files a .tar archive holds, and where in it.
 *
 * A .tar lies open: its files are read where they are, when they are asked for. A compressed one can be read only from
 * its beginning on, so that it is read once, and what it holds is kept in memory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-dataset-private.h"

#define CHUNK (1u << 18)
#define HEADER 512 /* bytes: what an entry takes, however small */

/* What libarchive reads from. */
typedef struct
{
  const LatheContainer *container;
  goffset at;
  guint8 buffer[CHUNK];
} Feed;

typedef struct
{
  LatheTree *tree;
  LatheContainer *container;
  struct archive *archive;
  gboolean open;    /* nothing is compressed */
  goffset unpacked; /* bytes so far, of what is */
} Reader;

static la_ssize_t
on_read (struct archive *archive, void *data, const void **buffer)
{
  Feed *feed = data;
  goffset left = lathe_container_size (feed->container) - feed->at;
  gsize n = (gsize) MIN (left, (goffset) CHUNK);

  if (!lathe_container_read (feed->container, feed->at, feed->buffer, n))
    {
      archive_set_error (archive, EIO, "read error");
      return -1;
    }
  feed->at += (goffset) n;
  *buffer = feed->buffer;
  return (la_ssize_t) n;
}

static la_int64_t
on_skip (struct archive *archive, void *data, la_int64_t request)
{
  Feed *feed = data;
  goffset n = MIN (request, lathe_container_size (feed->container) - feed->at);
  feed->at += n;
  return n;
}

static gboolean
refuse (GError **error, LatheError code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return FALSE;
}

/* Why an entry is none of a file, or NULL. */
static const char *
reason_against (struct archive_entry *entry)
{
  if (archive_entry_hardlink (entry) != NULL || archive_entry_filetype (entry) == AE_IFLNK)
    return _ ("a link");
  if (archive_entry_filetype (entry) != AE_IFREG)
    return _ ("not a regular file");
  if (archive_entry_sparse_count (entry) > 0)
    return _ ("stored with holes");
  return NULL;
}

static const char *
place_in_file (Reader *reader, goffset size, LathePiece *piece)
{
  piece->container = lathe_container_ref (reader->container);
  piece->offset = archive_filter_bytes (reader->archive, 0);
  goffset end = lathe_container_size (reader->container);
  return piece->offset > end || size > end - piece->offset ? _ ("truncated") : NULL;
}

static const char *
place_in_memory (Reader *reader, gsize size, LathePiece *piece)
{
  g_autofree guint8 *bytes = g_try_malloc (MAX (size, 1));

  if (bytes == NULL)
    return _ ("needs more memory than there is");
  for (gsize done = 0; done < size;)
    {
      la_ssize_t got = archive_read_data (reader->archive, bytes + done, size - done);
      if (got <= 0)
        return _ ("truncated");
      done += (gsize) got;
    }
  g_autoptr (GBytes) taken = g_bytes_new_take (g_steal_pointer (&bytes), size);
  piece->container = lathe_container_new (taken);
  return NULL;
}

static void
take (Reader *reader, struct archive_entry *entry, const char *name)
{
  goffset size = archive_entry_size (entry);
  g_auto (LathePiece) piece = {.kind = LATHE_PIECE_STORED, .length = size, .size = size};
  g_autofree char *path = lathe_tree_place (reader->tree, name);

  if (path == NULL)
    return;
  const char *reason = reason_against (entry);
  if (reason == NULL)
    reason = reader->open ? place_in_file (reader, size, &piece) : place_in_memory (reader, (gsize) size, &piece);
  if (reason != NULL)
    lathe_tree_add_problem (reader->tree, name, reason);
  else
    lathe_tree_add (reader->tree, g_steal_pointer (&path), &piece);
}

/* What a compressed archive unpacks to is counted before it is, and so is what will be thrown away. */
static gboolean
check_unpacked (Reader *reader, struct archive_entry *entry, GError **error)
{
  goffset size = archive_entry_size (entry);

  if (reader->open)
    return size >= 0 || refuse (error, LATHE_ERROR_FORMAT, _ ("damaged"));
  if (size >= 0 && size <= LATHE_MAX_UNPACKED - HEADER - reader->unpacked)
    {
      reader->unpacked += size + HEADER;
      return TRUE;
    }
  g_autofree char *limit = g_format_size ((guint64) LATHE_MAX_UNPACKED);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("it is compressed, and unpacks to more than the %s that are kept in memory"), limit);
  return FALSE;
}

/* What begins as one of the ways to compress does, whatever comes of it. */
static gboolean
is_compressed (const LatheContainer *container)
{
  const char *const magic[] = {"\x1f\x8b", "\x28\xb5\x2f\xfd",
                               "\xfd"
                               "7zXZ",
                               "BZh"};
  char head[8] = "";

  lathe_container_read (container, 0, head, MIN (sizeof head - 1, (gsize) lathe_container_size (container)));
  for (guint i = 0; i < G_N_ELEMENTS (magic); i++)
    if (g_str_has_prefix (head, magic[i]))
      return TRUE;
  return FALSE;
}

/* Where an archive breaks off, what came before still counts. */
static gboolean
break_off (Reader *reader, GError **error)
{
  const char *reason = archive_error_string (reader->archive);

  if (g_hash_table_size (reader->tree->pieces) == 0 && archive_format (reader->archive) == 0)
    {
      if (is_compressed (reader->container))
        return refuse (error, LATHE_ERROR_FORMAT, reason != NULL ? reason : _ ("truncated"));
      return refuse (error, LATHE_ERROR_IO, _ ("no .zip or .tar archive"));
    }
  g_autofree char *text =
      g_strdup_printf (_ ("breaks off, and what follows is missing: %s"), reason != NULL ? reason : _ ("truncated"));
  if (g_hash_table_size (reader->tree->pieces) == 0)
    return refuse (error, LATHE_ERROR_FORMAT, text);
  g_ptr_array_add (reader->tree->problems, lathe_problem_new (reader->tree->root, text));
  return TRUE;
}

static gboolean
read_entries (Reader *reader, GCancellable *cancellable, GError **error)
{
  struct archive_entry *entry;

  while (!g_cancellable_set_error_if_cancelled (cancellable, error))
    {
      int status = archive_read_next_header (reader->archive, &entry);
      if (status == ARCHIVE_EOF)
        return TRUE;
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
        return break_off (reader, error);
      const char *name = archive_entry_pathname (entry);
      reader->open = archive_filter_count (reader->archive) == 1;
      if (!check_unpacked (reader, entry, error))
        return FALSE;
      if (archive_entry_filetype (entry) == AE_IFDIR)
        continue;
      if (name == NULL)
        lathe_tree_add_problem (reader->tree, "?", _ ("its name cannot be read"));
      else
        take (reader, entry, name);
    }
  return FALSE;
}

gboolean
lathe_tar_read (LatheTree *tree, LatheContainer *container, GCancellable *cancellable, GError **error)
{
  g_autofree Feed *feed = g_new (Feed, 1);
  Reader reader = {.tree = tree, .container = container, .archive = archive_read_new ()};

  feed->container = container;
  feed->at = 0;
  archive_read_support_format_tar (reader.archive);
  archive_read_support_filter_gzip (reader.archive);
  archive_read_support_filter_zstd (reader.archive);
  archive_read_support_filter_xz (reader.archive);
  archive_read_support_filter_bzip2 (reader.archive);
  archive_read_set_read_callback (reader.archive, on_read);
  archive_read_set_skip_callback (reader.archive, on_skip);
  archive_read_set_callback_data (reader.archive, feed);
  gboolean ok = archive_read_open1 (reader.archive) == ARCHIVE_OK ? read_entries (&reader, cancellable, error)
                                                                  : break_off (&reader, error);
  archive_read_free (reader.archive);
  return ok;
}
