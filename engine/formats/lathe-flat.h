/* lathe-flat.h: writes FlatBuffers, the file format under TensorFlow Lite, from the front to the back.
 *
 * A buffer is made of tables and vectors that point to what lies further behind: so a parent is written first, with
 * room for its links, and each child, once written, is linked to it. All numbers are little-endian, and lie at
 * multiples of their size. (The format is described in “FlatBuffers internals”, Google 2014.)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  LATHE_FLAT_BYTE,
  LATHE_FLAT_INT,   /* 32 bits */
  LATHE_FLAT_FLOAT, /* 32 bits */
  LATHE_FLAT_LINK,  /* to what is written later */
} LatheFlatType;

/* A field of a table; those that are left out have their schema's default. */
typedef struct
{
  guint slot; /* its place in the schema, from 0 */
  LatheFlatType type;
  gint32 whole; /* of a byte or an int */
  float real;
} LatheFlatField;

void lathe_flat_begin (GByteArray *out, const char identifier[4]);
gsize lathe_flat_table (GByteArray *out, const LatheFlatField *fields, guint n, gsize *links);
gsize lathe_flat_links (GByteArray *out, guint n);
gsize lathe_flat_vector (GByteArray *out, const void *data, gsize n, guint size, guint align);
gsize lathe_flat_string (GByteArray *out, const char *text);
void lathe_flat_link (GByteArray *out, gsize link, gsize to);

G_END_DECLS
