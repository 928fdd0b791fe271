/* lathe-archive.c: the archives that Keras and PyTorch write: ZIP files, in which nothing is compressed.
 *
 * Written and read by the “.ZIP File Format Specification” (PKWARE, APPNOTE.TXT), whose sections the numbers are. As
 * nothing is compressed, a file in it is a part of the archive, and is read in its place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-archive.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"

#define LOCAL 0x04034b50u     /* 4.3.7 */
#define DIRECTORY 0x02014b50u /* 4.3.12 */
#define END 0x06054b50u       /* 4.3.16 */
#define LOCAL_SIZE 30u
#define DIRECTORY_SIZE 46u
#define END_SIZE 22u
#define MOST_COMMENT 65535u
#define MOST_DIRECTORY (1u << 20)
#define VERSION 20u     /* of the specification: 2.0 */
#define FIRST_DAY 0x21u /* 1 January 1980: files made of the same model are the same */

/* --- Out --- */

/* 4.4.7: the cyclic redundancy check of ISO 3309, a byte at a time. */
static guint32
check (const guint8 *bytes, gsize n)
{
  guint32 table[256], sum = 0xffffffff;

  for (guint i = 0; i < 256; i++)
    {
      table[i] = i;
      for (guint bit = 0; bit < 8; bit++)
        table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
    }
  for (gsize i = 0; i < n; i++)
    sum = sum >> 8 ^ table[(sum ^ bytes[i]) & 255];
  return ~sum;
}

static void
put (GByteArray *bytes, guint32 value, guint n)
{
  guint8 number[4];

  for (guint i = 0; i < n; i++)
    number[i] = (guint8) (value >> 8 * i);
  g_byte_array_append (bytes, number, n);
}

void
lathe_archive_out_begin (LatheArchiveOut *out, GByteArray *bytes)
{
  *out = (LatheArchiveOut){.bytes = bytes, .directory = g_byte_array_new ()};
}

/* What is said of a file in front of it and in the directory alike, from the version on. */
static void
put_facts (GByteArray *to, const LatheArchiveOut *out, guint32 sum, guint32 size)
{
  put (to, VERSION, 2);
  put (to, 0, 2); /* flags */
  put (to, 0, 2); /* stored as it is */
  put (to, 0, 2); /* the time of day */
  put (to, FIRST_DAY, 2);
  put (to, sum, 4);
  put (to, size, 4);
  put (to, size, 4);
  put (to, (guint32) strlen (out->name), 2);
  put (to, 0, 2); /* nothing extra */
}

/* What is appended to the bytes from here to close() is the file. */
void
lathe_archive_out_open (LatheArchiveOut *out, const char *name)
{
  out->name = name;
  out->head = out->bytes->len;
  put (out->bytes, LOCAL, 4);
  put_facts (out->bytes, out, 0, 0);
  g_byte_array_append (out->bytes, (const guint8 *) name, (guint) strlen (name));
  out->begin = out->bytes->len;
}

void
lathe_archive_out_close (LatheArchiveOut *out)
{
  guint32 size = out->bytes->len - out->begin, sum = check (out->bytes->data + out->begin, size);
  g_autoptr (GByteArray) facts = g_byte_array_new ();

  put_facts (facts, out, sum, size);
  memcpy (out->bytes->data + out->head + 4, facts->data, facts->len);
  put (out->directory, DIRECTORY, 4);
  put (out->directory, VERSION, 2);
  g_byte_array_append (out->directory, facts->data, facts->len);
  put (out->directory, 0, 4); /* no comment; on the first disk */
  put (out->directory, 0, 4); /* attributes: none */
  put (out->directory, 0, 2);
  put (out->directory, out->head, 4);
  g_byte_array_append (out->directory, (const guint8 *) out->name, (guint) strlen (out->name));
  out->n_files++;
}

void
lathe_archive_out_text (LatheArchiveOut *out, const char *name, const char *text)
{
  lathe_archive_out_open (out, name);
  g_byte_array_append (out->bytes, (const guint8 *) text, (guint) strlen (text));
  lathe_archive_out_close (out);
}

/* Returns: (transfer full): the archive, which has taken the bytes that it began with */
GBytes *
lathe_archive_out_finish (LatheArchiveOut *out)
{
  guint begin = out->bytes->len;

  g_byte_array_append (out->bytes, out->directory->data, out->directory->len);
  put (out->bytes, END, 4);
  put (out->bytes, 0, 4); /* of one disk */
  put (out->bytes, out->n_files, 2);
  put (out->bytes, out->n_files, 2);
  put (out->bytes, out->directory->len, 4);
  put (out->bytes, begin, 4);
  put (out->bytes, 0, 2);
  g_byte_array_unref (out->directory);
  return g_byte_array_free_to_bytes (out->bytes);
}

/* --- In --- */

static guint32
get (const guint8 *bytes, guint at, guint n)
{
  guint32 number = 0;

  for (guint i = 0; i < n; i++)
    number |= (guint32) bytes[at + i] << 8 * i;
  return number;
}

/**
 * lathe_archive_begins_with:
 * @head: the first bytes of a file
 *
 * Returns: whether it is an archive that begins with the file of this name
 */
gboolean
lathe_archive_begins_with (const guint8 *head, gsize n, const char *name)
{
  gsize length = strlen (name);

  return n >= LOCAL_SIZE + length && get (head, 0, 4) == LOCAL && get (head, 26, 2) == length &&
         memcmp (head + LOCAL_SIZE, name, length) == 0;
}

/* Whether it may be an archive at all. */
gboolean
lathe_archive_is (const guint8 *head, gsize n)
{
  return n >= 4 && get (head, 0, 4) == LOCAL;
}

static gboolean
refuse (GError **error, int code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return FALSE;
}

/* The directory's end is within the last bytes, before a comment. */
static gboolean
read_directory (LatheArchiveIn *in, GError **error)
{
  const LatheSpan *source = &in->source;
  gsize n = MIN (source->size, END_SIZE + MOST_COMMENT), at = n;
  g_autofree guint8 *tail = g_malloc (n);
  guint32 begin;

  if (n < END_SIZE || !lathe_span_read (source, source->size - n, tail, n))
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is no archive, or an incomplete one; copy the file again"));
  for (at = n - END_SIZE; at > 0 && get (tail + at, 0, 4) != END;)
    at--;
  in->n_bytes = get (tail + at, 12, 4);
  begin = get (tail + at, 16, 4);
  if (get (tail + at, 0, 4) != END)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is no archive, or an incomplete one; copy the file again"));
  if (begin == G_MAXUINT32)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("it is over 4 GiB, which Lathe does not read"));
  if (in->n_bytes > MOST_DIRECTORY)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("it holds too many files"));
  in->directory = g_malloc (in->n_bytes + 1);
  return lathe_span_read (source, begin, in->directory, in->n_bytes) ||
         refuse (error, LATHE_ERROR_FORMAT, _ ("it is no archive, or an incomplete one; copy the file again"));
}

/* Of two files of one name the first counts. */
static void
list_entries (LatheArchiveIn *in)
{
  const guint8 *directory = in->directory;
  guint64 at = 0;

  while (in->n_bytes - at >= DIRECTORY_SIZE && get (directory + at, 0, 4) == DIRECTORY)
    {
      const guint8 *entry = directory + at;
      guint64 length = get (entry, 28, 2), all = DIRECTORY_SIZE + length + get (entry, 30, 2) + get (entry, 32, 2);
      g_autofree char *name = NULL;

      if (all > in->n_bytes - at)
        return;
      name = g_strndup ((const char *) entry + DIRECTORY_SIZE, length);
      if (strlen (name) == length && !g_hash_table_contains (in->entries, name))
        {
          g_hash_table_insert (in->entries, name, (gpointer) entry);
          g_ptr_array_add (in->names, g_steal_pointer (&name));
        }
      at += all;
    }
}

/**
 * lathe_archive_in_open:
 * @source: what it reads from must outlive the archive
 *
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_archive_in_open (LatheArchiveIn *in, const LatheSpan *source, GError **error)
{
  *in = (LatheArchiveIn){
      .source = *source,
      .names = g_ptr_array_new_with_free_func (g_free),
      .entries = g_hash_table_new (g_str_hash, g_str_equal),
  };
  if (!read_directory (in, error))
    return FALSE;
  list_entries (in);
  return TRUE;
}

void
lathe_archive_in_close (LatheArchiveIn *in)
{
  g_clear_pointer (&in->entries, g_hash_table_unref);
  g_clear_pointer (&in->names, g_ptr_array_unref);
  g_clear_pointer (&in->directory, g_free);
}

/* Where the entry of the directory says that the file is. */
static gboolean
locate (const LatheSpan *archive, const guint8 *entry, LatheSpan *file, GError **error)
{
  guint8 head[LOCAL_SIZE];
  guint32 size = get (entry, 24, 4), at = get (entry, 42, 4);
  guint64 begin;

  if ((get (entry, 8, 2) & 1) != 0 || get (entry, 10, 2) != 0 || get (entry, 20, 4) != size || size == G_MAXUINT32 ||
      at == G_MAXUINT32)
    return refuse (
        error, LATHE_ERROR_UNSUPPORTED,
        _ ("the files in it are compressed or over 4 GiB, as neither Keras nor PyTorch makes them; save it once "
           "more with the program that it comes from"));
  if (!lathe_span_read (archive, at, head, sizeof head) || get (head, 0, 4) != LOCAL)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is damaged or incomplete; copy the file again"));
  begin = (guint64) at + LOCAL_SIZE + get (head, 26, 2) + get (head, 28, 2);
  if (begin > archive->size || size > archive->size - begin)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is damaged or incomplete; copy the file again"));
  *file = *archive;
  file->begin += begin;
  file->size = size;
  return TRUE;
}

/**
 * lathe_archive_in_find:
 * @file: (out): the file of that name, as a part of the archive
 *
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_archive_in_find (const LatheArchiveIn *in, const char *name, LatheSpan *file, GError **error)
{
  const guint8 *entry = g_hash_table_lookup (in->entries, name);

  if (entry != NULL)
    return locate (&in->source, entry, file, error);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("its “%s” is missing"), name);
  return FALSE;
}
