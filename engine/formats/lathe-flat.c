/* lathe-flat.c: writes FlatBuffers. See the head of lathe-flat.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-flat.h"

#include <string.h>

#define OFFSET 4 /* bytes of a link */
#define SLOT 2   /* bytes of a place in a table of places */
#define HEAD 2   /* numbers that such a table begins with: its own size, and that of what it describes */
#define MOST_SLOTS 16

/* Zeros until what comes next, `behind` bytes further on, lies at a multiple of `align`. */
static void
align_to (GByteArray *out, guint align, gsize behind)
{
  guint from = out->len;

  g_byte_array_set_size (out, out->len + (guint) ((align - (out->len + behind) % align) % align));
  memset (out->data + from, 0, out->len - from);
}

static void
put (GByteArray *out, const void *little_endian, guint size)
{
  g_byte_array_append (out, little_endian, size);
}

static void
put_16 (GByteArray *out, guint value)
{
  guint16 bytes = GUINT16_TO_LE ((guint16) value);

  put (out, &bytes, sizeof bytes);
}

static void
put_32 (GByteArray *out, guint32 value)
{
  guint32 bytes = GUINT32_TO_LE (value);

  put (out, &bytes, sizeof bytes);
}

/**
 * lathe_flat_begin:
 * @identifier: four letters that say what the buffer holds
 *
 * Begins an empty buffer. The link to its first table is at 0.
 */
void
lathe_flat_begin (GByteArray *out, const char identifier[4])
{
  put_32 (out, 0);
  put (out, identifier, 4);
}

static guint
size_of (LatheFlatType type)
{
  return type == LATHE_FLAT_BYTE ? 1 : 4;
}

static void
put_field (GByteArray *out, const LatheFlatField *field, gsize *link)
{
  guint32 bits = (guint32) field->whole;
  guint8 byte = (guint8) field->whole;

  if (field->type == LATHE_FLAT_BYTE)
    {
      put (out, &byte, 1);
      return;
    }
  if (field->type == LATHE_FLAT_FLOAT)
    memcpy (&bits, &field->real, sizeof bits);
  if (field->type == LATHE_FLAT_LINK)
    *link = out->len;
  put_32 (out, bits);
}

/**
 * lathe_flat_table:
 * @fields: n of them, fewer than 16 slots
 * @links: (out) (nullable): n places, of which those of links are filled in; NULL: there are none
 *
 * Adds a table, and in front of it the table of where its fields are.
 *
 * Returns: where it is, for who links to it
 */
gsize
lathe_flat_table (GByteArray *out, const LatheFlatField *fields, guint n, gsize *links)
{
  guint16 places[MOST_SLOTS] = {0};
  guint n_slots = 0, size = OFFSET;
  gsize at;

  /* What takes four bytes comes first, so that nothing has to be aligned. */
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < n; i++)
      if ((fields[i].type == LATHE_FLAT_BYTE) == (pass == 1))
        {
          g_assert (fields[i].slot < MOST_SLOTS);
          places[fields[i].slot] = (guint16) size;
          n_slots = MAX (n_slots, fields[i].slot + 1);
          size += size_of (fields[i].type);
        }
  align_to (out, OFFSET, (gsize) (HEAD + n_slots) * SLOT);
  put_16 (out, (HEAD + n_slots) * SLOT);
  put_16 (out, size);
  for (guint i = 0; i < n_slots; i++)
    put_16 (out, places[i]);
  at = out->len;
  put_32 (out, (HEAD + n_slots) * SLOT);
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < n; i++)
      if ((fields[i].type == LATHE_FLAT_BYTE) == (pass == 1))
        put_field (out, &fields[i], links != NULL ? &links[i] : NULL);
  return at;
}

/**
 * lathe_flat_vector:
 * @data: n elements of `size` bytes each, little-endian; NULL: zeros
 * @align: of the first of them, in bytes from the beginning of the buffer, at least 4
 *
 * Returns: where the vector is
 */
gsize
lathe_flat_vector (GByteArray *out, const void *data, gsize n, guint size, guint align)
{
  guint from;
  gsize at;

  align_to (out, align, OFFSET);
  at = out->len;
  put_32 (out, (guint32) n);
  from = out->len;
  g_byte_array_set_size (out, (guint) (from + n * size));
  if (data != NULL && n > 0)
    memcpy (out->data + from, data, n * size);
  else
    memset (out->data + from, 0, n * size);
  return at;
}

/**
 * lathe_flat_links:
 *
 * Returns: where a vector of n links is; the link of element i is at 4 (i + 1) bytes from there
 */
gsize
lathe_flat_links (GByteArray *out, guint n)
{
  return lathe_flat_vector (out, NULL, n, OFFSET, OFFSET);
}

gsize
lathe_flat_string (GByteArray *out, const char *text)
{
  gsize at = lathe_flat_vector (out, text, strlen (text), 1, OFFSET);

  put (out, "", 1);
  return at;
}

/**
 * lathe_flat_link:
 * @link: where it is
 * @to: what it leads to, which lies behind it
 */
void
lathe_flat_link (GByteArray *out, gsize link, gsize to)
{
  guint32 offset = GUINT32_TO_LE ((guint32) (to - link));

  memcpy (out->data + link, &offset, sizeof offset);
}
