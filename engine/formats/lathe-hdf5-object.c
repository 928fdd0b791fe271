/* lathe-hdf5-object.c: the header of an HDF5 object, and of a group what it leads to.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-hdf5-private.h"

#define MOST_MESSAGES 4096 /* of one header */
#define MOST_LEVELS 8
#define MOST_NAME 512u    /* bytes of a link's */
#define MOST_LINKS 65536u /* of one group */
#define UNDEFINED G_MAXUINT64

enum
{
  DATASPACE = 1,
  LINK_INFO = 2,
  DATATYPE = 3,
  LINK = 6,
  EXTERNAL_FILES = 7,
  LAYOUT = 8,
  FILTERS = 11,
  ATTRIBUTE = 12,
  CONTINUATION = 16,
  SYMBOL_TABLE = 17,
  ATTRIBUTE_INFO = 21,
};

/* --- Messages --- */

/* IV.A.2.d. Floats are of the three sizes that IEEE has, little-endian. */
static LatheHdf5Type
get_type (LatheHdf5Cursor *cursor)
{
  static const guint8 half[] = {0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0};
  static const guint8 single[] = {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0};
  static const guint8 twice[] = {0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0};
  guint class = (guint) lathe_hdf5_get (cursor, 1), flags = (guint) lathe_hdf5_get (cursor, 3);
  LatheHdf5Type type = {LATHE_HDF5_OTHER, lathe_hdf5_get (cursor, 4)};
  const guint8 *layout = type.size == 2 ? half : type.size == 4 ? single : type.size == 8 ? twice : NULL;

  if ((class & 15) == 1 && layout != NULL)
    {
      const guint8 *properties = lathe_hdf5_take (cursor, sizeof single);

      if (properties != NULL && memcmp (properties, layout, sizeof single) == 0 &&
          flags == (((guint) layout[2] - 1) << 8) + 0x20)
        type.class = LATHE_HDF5_FLOAT;
    }
  else if ((class & 15) == 3)
    type.class = LATHE_HDF5_TEXT;
  else if ((class & 15) == 9 && (flags & 15) == 1 && type.size == 16)
    type.class = LATHE_HDF5_ANY_TEXT;
  return type;
}

/* IV.A.2.b, versions 1 and 2. */
static LatheHdf5Space
get_space (LatheHdf5Cursor *cursor)
{
  guint version = (guint) lathe_hdf5_get (cursor, 1);
  LatheHdf5Space space = {.rank = (guint) lathe_hdf5_get (cursor, 1)};
  guint kind;

  lathe_hdf5_get (cursor, 1); /* whether it may grow, and how far */
  kind = (guint) lathe_hdf5_get (cursor, 1);
  if (version == 1)
    lathe_hdf5_get (cursor, 4);
  space.known = (version == 1 || (version == 2 && kind < 2)) && space.rank <= LATHE_HDF5_MAX_RANK;
  for (guint i = 0; space.known && i < space.rank; i++)
    space.dim[i] = lathe_hdf5_get (cursor, 8);
  space.known = space.known && !cursor->over;
  return space.known ? space : (LatheHdf5Space){0};
}

static void
attribute_free (gpointer data)
{
  LatheHdf5Attribute *attribute = data;

  g_free (attribute->name);
  g_bytes_unref (attribute->data);
  g_free (attribute);
}

/* Only the first version pads what it is made of. */
static LatheHdf5Cursor
get_part (LatheHdf5Cursor *cursor, guint64 n, gboolean padded)
{
  const guint8 *bytes = lathe_hdf5_take (cursor, n);

  if (padded && n % 8 != 0)
    lathe_hdf5_take (cursor, 8 - n % 8);
  return (LatheHdf5Cursor){.bytes = bytes, .n = bytes != NULL ? n : 0};
}

/* IV.A.2.m, versions 1 to 3. One that is not understood is as if it were not there. */
static void
read_attribute (LatheHdf5Object *object, LatheHdf5Cursor *cursor)
{
  guint version = (guint) lathe_hdf5_get (cursor, 1), flags = (guint) lathe_hdf5_get (cursor, 1);
  guint n_name = (guint) lathe_hdf5_get (cursor, 2), n_type = (guint) lathe_hdf5_get (cursor, 2),
        n_space = (guint) lathe_hdf5_get (cursor, 2);
  LatheHdf5Cursor name, type, space;
  LatheHdf5Attribute *attribute;
  guint64 n, size;

  if (version == 3)
    lathe_hdf5_get (cursor, 1); /* the name's character set: UTF-8 has ASCII in it */
  name = get_part (cursor, n_name, version == 1);
  type = get_part (cursor, n_type, version == 1);
  space = get_part (cursor, n_space, version == 1);
  if (version < 1 || version > 3 || (version > 1 && flags != 0) || cursor->over || n_name == 0)
    return;
  attribute = g_new0 (LatheHdf5Attribute, 1);
  attribute->name = g_strndup ((const char *) name.bytes, name.n);
  attribute->type = get_type (&type);
  attribute->space = get_space (&space);
  n = lathe_hdf5_count (&attribute->space);
  if (attribute->space.known && !type.over && g_uint64_checked_mul (&size, n, attribute->type.size) &&
      size <= cursor->n - cursor->at)
    {
      attribute->data = g_bytes_new (cursor->bytes + cursor->at, size);
      g_hash_table_replace (object->attributes, attribute->name, attribute);
      return;
    }
  g_free (attribute->name);
  g_free (attribute);
}

/* IV.A.2.i, versions 3 and 4, which are alike in what can be read here. */
static void
read_layout (LatheHdf5Object *object, LatheHdf5Cursor *cursor)
{
  guint version = (guint) lathe_hdf5_get (cursor, 1), class = (guint) lathe_hdf5_get (cursor, 1);

  g_clear_pointer (&object->compact, g_bytes_unref); /* the last of several counts */
  object->placed = TRUE;
  if (version < 3 || version > 4 || class > 1)
    object->obstacle = N_ ("chunks or compression");
  else if (class == 0)
    {
      guint64 n = lathe_hdf5_get (cursor, 2);
      const guint8 *bytes = lathe_hdf5_take (cursor, n);

      object->size = n;
      object->compact = bytes != NULL ? g_bytes_new (bytes, n) : NULL;
      object->placed = bytes != NULL;
    }
  else
    {
      object->at = lathe_hdf5_get (cursor, 8);
      object->size = lathe_hdf5_get (cursor, 8);
    }
}

static void
add_link (LatheHdf5Object *object, char *name, guint64 at)
{
  guint64 *place = g_new (guint64, 1);

  *place = at;
  g_hash_table_replace (object->links, name, place);
}

/* IV.A.2.g: one within the file. */
static gboolean
read_link (LatheHdf5Object *object, LatheHdf5Cursor *cursor, GError **error)
{
  guint version = (guint) lathe_hdf5_get (cursor, 1), flags = (guint) lathe_hdf5_get (cursor, 1);
  guint kind = flags & 8 ? (guint) lathe_hdf5_get (cursor, 1) : 0;
  guint64 n, at;
  const guint8 *name;

  if (flags & 4)
    lathe_hdf5_get (cursor, 8);
  if (flags & 16)
    lathe_hdf5_get (cursor, 1);
  n = lathe_hdf5_get (cursor, 1u << (flags & 3));
  name = lathe_hdf5_take (cursor, n);
  if (version != 1 || name == NULL || n > MOST_NAME)
    return lathe_hdf5_refuse_damaged (error);
  if (kind != 0)
    return lathe_hdf5_refuse_unsupported (error, _ ("links to elsewhere"));
  at = lathe_hdf5_get (cursor, 8);
  if (cursor->over)
    return lathe_hdf5_refuse_damaged (error);
  add_link (object, g_strndup ((const char *) name, n), at);
  return TRUE;
}

/* --- Groups of the first kind --- */

/* III.D: the names of a group. (transfer full) (nullable) */
static GBytes *
take_names (LatheHdf5 *file, guint64 at, GError **error)
{
  g_autofree guint8 *head = lathe_hdf5_take_block (file, at, 32, error);
  LatheHdf5Cursor cursor = {.bytes = head, .n = 32};
  guint64 n;
  guint8 *names;

  if (head == NULL)
    return NULL;
  if (!lathe_hdf5_is_text (&cursor, "HEAP"))
    {
      lathe_hdf5_refuse_damaged (error);
      return NULL;
    }
  lathe_hdf5_get (&cursor, 4);
  n = lathe_hdf5_get (&cursor, 8);
  lathe_hdf5_get (&cursor, 8);
  names = lathe_hdf5_take_block (file, lathe_hdf5_get (&cursor, 8), n, error);
  return names != NULL ? g_bytes_new_take (names, n) : NULL;
}

/* III.B. */
static gboolean
read_symbols (LatheHdf5 *file, LatheHdf5Object *object, guint64 at, GBytes *heap, GError **error)
{
  g_autofree guint8 *head = lathe_hdf5_take_block (file, at, 8, error);
  g_autofree guint8 *entries = NULL;
  LatheHdf5Cursor cursor = {.bytes = head, .n = 8};
  gsize n_names, n;
  const char *names = g_bytes_get_data (heap, &n_names);

  if (head == NULL)
    return FALSE;
  if (!lathe_hdf5_is_text (&cursor, "SNOD"))
    return lathe_hdf5_refuse_damaged (error);
  lathe_hdf5_get (&cursor, 2);
  n = lathe_hdf5_get (&cursor, 2);
  entries = lathe_hdf5_take_block (file, at + 8, n * 40, error);
  if (entries == NULL)
    return FALSE;
  cursor = (LatheHdf5Cursor){.bytes = entries, .n = n * 40};
  for (gsize i = 0; i < n; i++)
    {
      guint64 name = lathe_hdf5_get (&cursor, 8), place = lathe_hdf5_get (&cursor, 8);
      guint kind = (guint) lathe_hdf5_get (&cursor, 4);

      lathe_hdf5_take (&cursor, 20);
      if (name >= n_names || memchr (names + name, '\0', MIN (n_names - name, MOST_NAME)) == NULL ||
          g_hash_table_size (object->links) >= MOST_LINKS)
        return lathe_hdf5_refuse_damaged (error);
      if (kind == 2)
        return lathe_hdf5_refuse_unsupported (error, _ ("links to elsewhere"));
      add_link (object, g_strdup (names + name), place);
    }
  return TRUE;
}

/* III.A.1. What points at a node says on which level it is: a node of another is none. */
static gboolean
read_tree (LatheHdf5 *file, LatheHdf5Object *object, guint64 at, int level, GBytes *heap, GError **error)
{
  g_autofree guint8 *head = lathe_hdf5_take_block (file, at, 32, error), *children = NULL;
  LatheHdf5Cursor cursor = {.bytes = head, .n = 32};
  guint found, n;

  if (head == NULL)
    return FALSE;
  if (!lathe_hdf5_is_text (&cursor, "TREE") || lathe_hdf5_get (&cursor, 1) != 0)
    return lathe_hdf5_refuse_damaged (error);
  found = (guint) lathe_hdf5_get (&cursor, 1);
  n = (guint) lathe_hdf5_get (&cursor, 2);
  if (found > MOST_LEVELS || (level >= 0 && found != (guint) level))
    return lathe_hdf5_refuse_damaged (error);
  children = lathe_hdf5_take_block (file, at + 32, n * 16, error);
  if (children == NULL)
    return FALSE;
  cursor = (LatheHdf5Cursor){.bytes = children, .n = n * 16};
  for (guint i = 0; i < n; i++)
    {
      guint64 child = lathe_hdf5_get (&cursor, 8);

      lathe_hdf5_get (&cursor, 8);
      if (found > 0 ? !read_tree (file, object, child, (int) found - 1, heap, error)
                    : !read_symbols (file, object, child, heap, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_symbol_table (LatheHdf5 *file, LatheHdf5Object *object, LatheHdf5Cursor *cursor, GError **error)
{
  guint64 tree = lathe_hdf5_get (cursor, 8), heap = lathe_hdf5_get (cursor, 8);
  g_autoptr (GBytes) names = NULL;

  if (cursor->over)
    return lathe_hdf5_refuse_damaged (error);
  names = take_names (file, heap, error);
  return names != NULL && read_tree (file, object, tree, -1, names, error);
}

/* --- Headers --- */

/* Where the rest of a header is. */
typedef struct
{
  guint64 at, n;
} Piece;

/* A message, but for one that says where the header goes on. */
static gboolean
read_message (LatheHdf5 *file, LatheHdf5Object *object, guint type, guint flags, LatheHdf5Cursor *data, GError **error)
{
  if (flags & 2) /* it is written somewhere else, for several headers */
    return type == ATTRIBUTE || lathe_hdf5_refuse_unsupported (error, _ ("shared messages"));
  switch (type)
    {
    case DATASPACE:
      object->space = get_space (data);
      return TRUE;
    case DATATYPE:
      object->type = get_type (data);
      object->typed = TRUE;
      return TRUE;
    case LAYOUT:
      read_layout (object, data);
      return TRUE;
    case FILTERS:
      object->obstacle = N_ ("chunks or compression");
      return TRUE;
    case EXTERNAL_FILES:
      object->obstacle = N_ ("other files");
      return TRUE;
    case ATTRIBUTE:
      read_attribute (object, data);
      return TRUE;
    case LINK:
      return read_link (object, data, error);
    case SYMBOL_TABLE:
      return read_symbol_table (file, object, data, error);
    case LINK_INFO:
    case ATTRIBUTE_INFO:
      {
        guint kept;

        lathe_hdf5_get (data, 1);
        kept = (guint) lathe_hdf5_get (data, 1);
        lathe_hdf5_get (data, (kept & 1) * (type == LINK_INFO ? 8 : 2));
        return lathe_hdf5_get (data, 8) == UNDEFINED || data->over ||
               lathe_hdf5_refuse_unsupported (error, _ ("large groups of a new kind"));
      }
    default:
      return TRUE;
    }
}

/* IV.A.1: the messages of one piece of a header. */
static gboolean
read_piece (LatheHdf5 *file, LatheHdf5Object *object, LatheHdf5Cursor *cursor, gboolean new, guint order,
            GArray *pieces, guint *n_messages, GError **error)
{
  while (cursor->n - cursor->at >= (new ? 4 + order : 8))
    {
      guint type = (guint) lathe_hdf5_get (cursor, new ? 1 : 2), size = (guint) lathe_hdf5_get (cursor, 2),
            flags = (guint) lathe_hdf5_get (cursor, 1);
      LatheHdf5Cursor data;

      lathe_hdf5_take (cursor, new ? order : 3);
      data = get_part (cursor, size, FALSE);
      if (cursor->over || ++*n_messages > MOST_MESSAGES)
        return lathe_hdf5_refuse_damaged (error);
      if (type == CONTINUATION)
        {
          Piece piece = {lathe_hdf5_get (&data, 8), lathe_hdf5_get (&data, 8)};

          g_array_append_val (pieces, piece);
        }
      else if (!read_message (file, object, type, flags, &data, error))
        return FALSE;
    }
  return TRUE;
}

/* Where the first piece of the header at a place is. order: (out): bytes of a message that count it. */
static gboolean
find_piece (LatheHdf5 *file, guint64 at, gboolean *new, guint *order, Piece *piece, GError **error)
{
  guint8 head[16] = {0};
  LatheHdf5Cursor cursor = {.bytes = head, .n = sizeof head};
  guint flags, n;

  if (!lathe_span_read (&file->source, at, head, sizeof head))
    return lathe_hdf5_refuse_damaged (error);
  *new = lathe_hdf5_is_text (&cursor, "OHDR");
  *order = 0;
  if (!*new)
    {
      cursor.at = 8;
      *piece = (Piece){at + 16, lathe_hdf5_get (&cursor, 4)};
      return head[0] == 1 || lathe_hdf5_refuse_damaged (error);
    }
  flags = (guint) (lathe_hdf5_get (&cursor, 2) >> 8);
  *order = flags & 4 ? 2 : 0;
  n = (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0);
  piece->at = at + 6 + n + (1u << (flags & 3));
  cursor = (LatheHdf5Cursor){.bytes = head, .n = 8};
  if (!lathe_span_read (&file->source, at + 6 + n, head, 8))
    return lathe_hdf5_refuse_damaged (error);
  piece->n = lathe_hdf5_get (&cursor, 1u << (flags & 3));
  return TRUE;
}

/* Returns: (transfer full) (nullable): the object whose header is at that place */
LatheHdf5Object *
lathe_hdf5_read_object (LatheHdf5 *file, guint64 at, GError **error)
{
  g_autoptr (LatheHdf5Object) object = g_new0 (LatheHdf5Object, 1);
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  gboolean new = FALSE;
  guint order = 0, n_messages = 0;
  Piece piece;

  object->attributes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, attribute_free);
  object->links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!find_piece (file, at, &new, &order, &piece, error))
    return NULL;
  g_array_append_val (pieces, piece);
  for (guint i = 0; i < pieces->len; i++)
    {
      g_autofree guint8 *block = NULL;
      LatheHdf5Cursor cursor;

      piece = g_array_index (pieces, Piece, i);
      block = lathe_hdf5_take_block (file, piece.at, piece.n, error);
      if (block == NULL)
        return NULL;
      cursor = (LatheHdf5Cursor){.bytes = block, .n = piece.n};
      if (new &&i > 0) /* between a signature and a checksum */
        {
          lathe_hdf5_take (&cursor, 4);
          cursor.n -= MIN (4, cursor.n - cursor.at);
        }
      if (!read_piece (file, object, &cursor, new, order, pieces, &n_messages, error))
        return NULL;
    }
  return g_steal_pointer (&object);
}

void
lathe_hdf5_object_free (LatheHdf5Object *object)
{
  g_clear_pointer (&object->attributes, g_hash_table_unref);
  g_clear_pointer (&object->links, g_hash_table_unref);
  g_clear_pointer (&object->compact, g_bytes_unref);
  g_free (object);
}
