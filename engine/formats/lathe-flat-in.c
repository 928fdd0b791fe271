/* lathe-flat-in.c: reads FlatBuffers from anywhere. See the head of lathe-flat-in.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-flat-in.h"

#include <string.h>

#define OFFSET 4 /* bytes of a link */
#define SLOT 2   /* bytes of a place in a table of places */
#define HEAD 2   /* numbers that such a table begins with: its own size, and that of what it describes */

/* --- Bytes that are there --- */

/* Whether so many bytes lie at that place. */
static gboolean
reach (LatheFlat *flat, gsize at, gsize n)
{
  if (at <= flat->size && n <= flat->size - at)
    return TRUE;
  flat->damaged = TRUE;
  return FALSE;
}

static guint16
number_16 (const guint8 *bytes)
{
  guint16 value;

  memcpy (&value, bytes, sizeof value);
  return GUINT16_FROM_LE (value);
}

static guint32
number_32 (const guint8 *bytes)
{
  guint32 value;

  memcpy (&value, bytes, sizeof value);
  return GUINT32_FROM_LE (value);
}

static guint64
number_64 (const guint8 *bytes)
{
  guint64 value;

  memcpy (&value, bytes, sizeof value);
  return GUINT64_FROM_LE (value);
}

static float
real (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

/* Where the link at that place leads, which is always further on. FALSE: out of the buffer. */
static gboolean
follow (LatheFlat *flat, gsize link, gsize *to)
{
  guint32 offset;

  if (!reach (flat, link, OFFSET))
    return FALSE;
  offset = number_32 (flat->bytes + link);
  *to = link + offset;
  return offset > 0 ? reach (flat, *to, OFFSET) : (flat->damaged = TRUE, FALSE);
}

/* --- Tables --- */

/* What lies at a place, as a table: its list of places is so many bytes in front of it, or behind it below 0. */
static LatheFlatTable
open_table (LatheFlat *flat, gsize at)
{
  LatheFlatTable table = {.flat = flat, .at = at};
  gint64 places;

  if (!reach (flat, at, OFFSET))
    return (LatheFlatTable){0};
  places = (gint64) at - (gint32) number_32 (flat->bytes + at);
  if (places < 0 || !reach (flat, (gsize) places, HEAD * SLOT))
    {
      flat->damaged = TRUE;
      return (LatheFlatTable){0};
    }
  table.places = (gsize) places + HEAD * SLOT;
  table.n_places = number_16 (flat->bytes + places) / SLOT;
  table.size = number_16 (flat->bytes + places + SLOT);
  if (table.n_places < HEAD || table.size < OFFSET || !reach (flat, (gsize) places, table.n_places * SLOT) ||
      !reach (flat, at, table.size))
    {
      flat->damaged = TRUE;
      return (LatheFlatTable){0};
    }
  table.n_places -= HEAD;
  return table;
}

/**
 * lathe_flat_root:
 * @flat: the bytes of a buffer, which must outlive all that is read of it
 * @identifier: the four letters that it must have
 *
 * Returns: its first table; without a buffer where it is another one, or damaged
 */
LatheFlatTable
lathe_flat_root (LatheFlat *flat, const char identifier[4])
{
  gsize at;

  if (!reach (flat, OFFSET, 4) || memcmp (flat->bytes + OFFSET, identifier, 4) != 0)
    {
      flat->damaged = TRUE;
      return (LatheFlatTable){0};
    }
  return follow (flat, 0, &at) ? open_table (flat, at) : (LatheFlatTable){0};
}

/* Where a field of so many bytes is; NULL: it is not there. */
static const guint8 *
find (const LatheFlatTable *table, guint slot, guint size)
{
  guint place;

  if (table->flat == NULL || slot >= table->n_places)
    return NULL;
  place = number_16 (table->flat->bytes + table->places + slot * SLOT);
  if (place == 0)
    return NULL;
  if (place >= OFFSET && place + size <= table->size)
    return table->flat->bytes + table->at + place;
  table->flat->damaged = TRUE;
  return NULL;
}

gboolean
lathe_flat_has (const LatheFlatTable *table, guint slot)
{
  return find (table, slot, 1) != NULL;
}

guint8
lathe_flat_get_byte (const LatheFlatTable *table, guint slot, guint8 usual)
{
  const guint8 *field = find (table, slot, 1);

  return field != NULL ? *field : usual;
}

gint32
lathe_flat_get_int (const LatheFlatTable *table, guint slot, gint32 usual)
{
  const guint8 *field = find (table, slot, 4);

  return field != NULL ? (gint32) number_32 (field) : usual;
}

guint64
lathe_flat_get_long (const LatheFlatTable *table, guint slot, guint64 usual)
{
  const guint8 *field = find (table, slot, 8);

  return field != NULL ? number_64 (field) : usual;
}

float
lathe_flat_get_float (const LatheFlatTable *table, guint slot, float usual)
{
  const guint8 *field = find (table, slot, 4);

  return field != NULL ? real (number_32 (field)) : usual;
}

/* Where the field's link leads. FALSE: there is none, or it leads nowhere. */
static gboolean
follow_field (const LatheFlatTable *table, guint slot, gsize *to)
{
  const guint8 *field = find (table, slot, OFFSET);

  return field != NULL && follow (table->flat, (gsize) (field - table->flat->bytes), to);
}

LatheFlatTable
lathe_flat_get_table (const LatheFlatTable *table, guint slot)
{
  gsize at;

  return follow_field (table, slot, &at) ? open_table (table->flat, at) : (LatheFlatTable){0};
}

/**
 * lathe_flat_get_vector:
 * @size: bytes of an element; those of a vector of tables or strings are links
 */
LatheFlatVector
lathe_flat_get_vector (const LatheFlatTable *table, guint slot, guint size)
{
  LatheFlatVector vector = {.flat = table->flat};
  guint32 n;
  gsize at;

  if (!follow_field (table, slot, &at))
    return vector;
  n = number_32 (table->flat->bytes + at);
  if (n == 0 || !reach (table->flat, at + OFFSET, (gsize) n * size))
    return vector;
  vector.data = table->flat->bytes + at + OFFSET;
  vector.n = n;
  return vector;
}

/**
 * lathe_flat_get_string:
 * @most: bytes of it; what is longer is cut
 *
 * Returns: (transfer full) (nullable): valid UTF-8
 */
char *
lathe_flat_get_string (const LatheFlatTable *table, guint slot, gsize most)
{
  LatheFlatVector letters = lathe_flat_get_vector (table, slot, 1);

  return letters.data != NULL ? g_utf8_make_valid ((const char *) letters.data, (gssize) MIN (letters.n, most)) : NULL;
}

/* --- Elements, of which there must be so many --- */

gint32
lathe_flat_int_at (const LatheFlatVector *vector, gsize i)
{
  return (gint32) number_32 (vector->data + 4 * i);
}

gint64
lathe_flat_long_at (const LatheFlatVector *vector, gsize i)
{
  return (gint64) number_64 (vector->data + 8 * i);
}

float
lathe_flat_float_at (const LatheFlatVector *vector, gsize i)
{
  return real (number_32 (vector->data + 4 * i));
}

LatheFlatTable
lathe_flat_table_at (const LatheFlatVector *vector, gsize i)
{
  gsize at;

  return follow (vector->flat, (gsize) (vector->data - vector->flat->bytes) + OFFSET * i, &at)
             ? open_table (vector->flat, at)
             : (LatheFlatTable){0};
}
