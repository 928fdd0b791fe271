/* lathe-flat-in.h: reads FlatBuffers from anywhere: see lathe-flat.h.
 *
 * A table says where its fields are, each by an offset that may lead anywhere. So all that is followed is checked to
 * lie in the buffer; what does not is as if it were not there, and the buffer is known to be damaged from then on.
 * Nothing is copied, and nothing is followed but what is asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const guint8 *bytes;
  gsize size;
  gboolean damaged; /* something was followed that led out of it */
} LatheFlat;

/* One of a buffer's; without a buffer it is not there, and each of its fields has its usual value. */
typedef struct
{
  LatheFlat *flat;
  gsize at;               /* of the table */
  gsize size;             /* bytes of it */
  gsize places, n_places; /* of the list of where its fields are, and how many it lists */
} LatheFlatTable;

/* Elements that lie one after another, little-endian, at any address. Without any, its data is NULL. */
typedef struct
{
  LatheFlat *flat;
  const guint8 *data;
  gsize n;
} LatheFlatVector;

LatheFlatTable lathe_flat_root (LatheFlat *flat, const char identifier[4]);

gboolean lathe_flat_has (const LatheFlatTable *table, guint slot);
guint8 lathe_flat_get_byte (const LatheFlatTable *table, guint slot, guint8 usual);
gint32 lathe_flat_get_int (const LatheFlatTable *table, guint slot, gint32 usual);
guint64 lathe_flat_get_long (const LatheFlatTable *table, guint slot, guint64 usual);
float lathe_flat_get_float (const LatheFlatTable *table, guint slot, float usual);
LatheFlatTable lathe_flat_get_table (const LatheFlatTable *table, guint slot);
LatheFlatVector lathe_flat_get_vector (const LatheFlatTable *table, guint slot, guint size);
char *lathe_flat_get_string (const LatheFlatTable *table, guint slot, gsize most);

gint32 lathe_flat_int_at (const LatheFlatVector *vector, gsize i);
gint64 lathe_flat_long_at (const LatheFlatVector *vector, gsize i);
float lathe_flat_float_at (const LatheFlatVector *vector, gsize i);
LatheFlatTable lathe_flat_table_at (const LatheFlatVector *vector, gsize i);

G_END_DECLS
