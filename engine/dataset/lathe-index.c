/* lathe-index.c: what an earlier scan found out about files that have not changed since.
 *
 * A file is known by a digest of its path, device, inode, size and times: where one of them differs, it is another
 * file, and is looked at. A file that changed within two seconds before the scan is not kept, for it may change
 * once more without a change of its times, as coarse as some file systems have them (“Racy Git”, in Git's technical
 * documentation). In an archive the times are the archive's, and where the bytes lie in it counts too.
 *
 *     the index   magic · n · checksum of the records
 *     n records   digest · hash of the bytes · width · height and whether it is grey      sorted by digest
 *
 * It is read whole, and what is damaged is as good as none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "lathe-decode.h"
#include "lathe-kept.h"

#define MAGIC G_GUINT64_CONSTANT (0x317865646e492d4c) /* “L-Index1”; another order of bytes is another magic */
#define SETTLED (2 * G_USEC_PER_SEC)

typedef struct
{
  guint64 magic, n, checksum;
} Header;

typedef struct
{
  guint64 digest[2]; /* 0, 0: not to be kept */
} Key;

typedef struct
{
  Key key;
  guint64 hash;
  guint32 width;
  guint32 height : 31, grey : 1;
} Record;

G_STATIC_ASSERT (sizeof (Record) == 32);

struct _LatheIndex
{
  char *path;   /* NULL: there is no place for it */
  gint64 begun; /* µs since 1970 */
  guint n_known;
  Record *known; /* sorted */
  guint n;
  Key *keys;   /* of the source's files */
  int n_found; /* atomic */
};

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const Key *x = a, *y = b;
  guint half = x->digest[0] == y->digest[0];
  return x->digest[half] == y->digest[half] ? 0 : x->digest[half] < y->digest[half] ? -1 : 1;
}

static gboolean
is_possible (const Record *record)
{
  return record->width > 0 && record->height > 0 && record->width <= LATHE_MAX_SIDE && record->height <= LATHE_MAX_SIDE;
}

static gboolean
is_whole (const char *bytes, gsize length, Header *header)
{
  const Record *records = (const Record *) (bytes + sizeof *header);

  if (length < sizeof *header)
    return FALSE;
  memcpy (header, bytes, sizeof *header);
  if (header->magic != MAGIC || header->n > LATHE_INDEX_LIMIT / sizeof *records ||
      length != sizeof *header + header->n * sizeof *records ||
      XXH3_64bits (records, header->n * sizeof *records) != header->checksum)
    return FALSE;
  for (guint64 i = 0; i < header->n; i++)
    if (!is_possible (&records[i]) || (i > 0 && compare_keys (&records[i - 1].key, &records[i].key) > 0))
      return FALSE;
  return TRUE;
}

static void
read_known (LatheIndex *index)
{
  g_autofree char *bytes = NULL;
  struct stat status;
  gsize length;
  Header header;

  if (stat (index->path, &status) != 0 || status.st_size > (goffset) (LATHE_INDEX_LIMIT + sizeof header) ||
      !g_file_get_contents (index->path, &bytes, &length, NULL) || !is_whole (bytes, length, &header))
    return;
  index->n_known = (guint) header.n;
  index->known = g_memdup2 (bytes + sizeof header, header.n * sizeof (Record));
}

LatheIndex *
lathe_index_open (const char *source, guint n)
{
  LatheIndex *index = g_new0 (LatheIndex, 1);

  index->path = lathe_kept_path ("scans", source);
  index->begun = g_get_real_time ();
  index->n = n;
  index->keys = g_new0 (Key, n);
  if (index->path != NULL)
    read_known (index);
  return index;
}

static gint64
microseconds (const struct timespec *time)
{
  return (gint64) time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000;
}

/* FALSE for what cannot be known again. */
static gboolean
make_key (const LatheIndex *index, const LatheWalkFile *file, Key *key)
{
  const LathePiece *piece = &file->piece;
  struct stat status;

  if (!lathe_piece_status (piece, file->path, &status) || !S_ISREG (status.st_mode) ||
      MAX (microseconds (&status.st_mtim), microseconds (&status.st_ctim)) > index->begun - SETTLED)
    return FALSE;
  const guint64 marks[] = {
      XXH3_64bits (file->path, strlen (file->path)),
      status.st_dev,
      status.st_ino,
      (guint64) status.st_size,
      (guint64) status.st_mtim.tv_sec,
      (guint64) status.st_mtim.tv_nsec,
      (guint64) status.st_ctim.tv_sec,
      (guint64) status.st_ctim.tv_nsec,
      piece->kind,
      (guint64) piece->offset,
      (guint64) piece->length,
      (guint64) piece->size,
      piece->checksum,
      piece->width,
      piece->height,
      piece->channels,
  };
  XXH128_hash_t digest = XXH3_128bits (marks, sizeof marks);
  *key = (Key){{digest.high64, digest.low64}};
  return TRUE;
}

gboolean
lathe_index_find (LatheIndex *index, guint i, const LatheWalkFile *file, LatheFacts *facts)
{
  g_return_val_if_fail (i < index->n, FALSE);

  if (index->path == NULL || !make_key (index, file, &index->keys[i]) || index->n_known == 0)
    return FALSE;
  const Record *record = bsearch (&index->keys[i], index->known, index->n_known, sizeof *index->known, compare_keys);
  if (record == NULL)
    return FALSE;
  *facts = (LatheFacts){
      .width = record->width,
      .height = record->height,
      .grey = record->grey,
      .hash = record->hash,
  };
  g_atomic_int_inc (&index->n_found);
  return TRUE;
}

void
lathe_index_keep (LatheIndex *index, const LatheFacts *facts)
{
  Header header = {.magic = MAGIC};
  const Key none = {0};

  if (index->path == NULL)
    return;
  g_autofree char *bytes = g_malloc (sizeof header + index->n * sizeof (Record));
  Record *records = (Record *) (bytes + sizeof header);
  for (guint i = 0; i < index->n; i++)
    if (facts[i].reason == NULL && compare_keys (&index->keys[i], &none) != 0)
      records[header.n++] = (Record){
          .key = index->keys[i],
          .hash = facts[i].hash,
          .width = facts[i].width,
          .height = facts[i].height & G_MAXINT32,
          .grey = facts[i].grey != FALSE,
      };
  if (header.n == index->n_known && header.n == (guint64) index->n_found)
    {
      lathe_kept_touch (index->path);
      return;
    }
  gsize length = sizeof header + header.n * sizeof *records;
  if (lathe_kept_make_room (index->path, LATHE_INDEX_LIMIT, length) < length)
    return;
  qsort (records, header.n, sizeof *records, compare_keys);
  header.checksum = XXH3_64bits (records, header.n * sizeof *records);
  memcpy (bytes, &header, sizeof header);
  lathe_kept_write (index->path, bytes, length);
}

void
lathe_index_free (LatheIndex *index)
{
  if (index == NULL)
    return;
  g_free (index->path);
  g_free (index->known);
  g_free (index->keys);
  g_free (index);
}
