/* lathe-hdf5-private.h: what the files that read HDF5 know of each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <string.h>

#include "lathe-hdf5.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_HDF5_OTHER,
  LATHE_HDF5_FLOAT,
  LATHE_HDF5_TEXT,     /* of one length */
  LATHE_HDF5_ANY_TEXT, /* of any length, in a heap */
} LatheHdf5Class;

typedef struct
{
  LatheHdf5Class class;
  guint64 size;
} LatheHdf5Type;

typedef struct
{
  gboolean known;
  guint rank;
  guint64 dim[LATHE_HDF5_MAX_RANK];
} LatheHdf5Space;

typedef struct
{
  char *name;
  LatheHdf5Type type;
  LatheHdf5Space space;
  GBytes *data;
} LatheHdf5Attribute;

struct _LatheHdf5Object
{
  GHashTable *attributes; /* name → LatheHdf5Attribute */
  GHashTable *links;      /* name → guint64 * */
  LatheHdf5Space space;
  LatheHdf5Type type;
  gboolean typed, placed;
  guint64 at, size;     /* of an array's numbers */
  GBytes *compact;      /* (nullable): they are in the header */
  const char *obstacle; /* (nullable): why its numbers cannot be read; untranslated */
};

/* How many elements; G_MAXUINT64: more than can be counted. */
static inline guint64
lathe_hdf5_count (const LatheHdf5Space *space)
{
  guint64 n = 1;

  for (guint i = 0; i < space->rank; i++)
    if (!g_uint64_checked_mul (&n, n, space->dim[i]))
      return G_MAXUINT64;
  return n;
}

/* A block, and how far it has been read. */
typedef struct
{
  const guint8 *bytes;
  gsize n, at;
  gboolean over; /* it was asked for more than there is */
} LatheHdf5Cursor;

static inline const guint8 *
lathe_hdf5_take (LatheHdf5Cursor *cursor, guint64 n)
{
  const guint8 *bytes = cursor->bytes + cursor->at;

  if (n > cursor->n - cursor->at)
    {
      cursor->over = TRUE;
      cursor->at = cursor->n;
      return NULL;
    }
  cursor->at += n;
  return bytes;
}

static inline guint64
lathe_hdf5_get (LatheHdf5Cursor *cursor, guint n)
{
  const guint8 *bytes = lathe_hdf5_take (cursor, n);
  guint64 number = 0;

  for (guint i = 0; bytes != NULL && i < n; i++)
    number |= (guint64) bytes[i] << 8 * i;
  return number;
}

static inline gboolean
lathe_hdf5_is_text (LatheHdf5Cursor *cursor, const char *text)
{
  const guint8 *bytes = lathe_hdf5_take (cursor, 4);

  return bytes != NULL && memcmp (bytes, text, 4) == 0;
}

/* In lathe-hdf5-read.c. Errors: a reason. */
gboolean lathe_hdf5_refuse_damaged (GError **error);
gboolean lathe_hdf5_refuse_unsupported (GError **error, const char *what);
guint8 *lathe_hdf5_take_block (LatheHdf5 *file, guint64 at, guint64 n, GError **error);

/* In lathe-hdf5-object.c. */
LatheHdf5Object *lathe_hdf5_read_object (LatheHdf5 *file, guint64 at, GError **error);

G_END_DECLS
