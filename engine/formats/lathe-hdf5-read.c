/* lathe-hdf5-read.c: an HDF5 file from anywhere: its groups, its attributes of text, and its arrays of floats.
 *
 * Whatever is looked at is first copied from the file, a block of a size that its head tells and that is granted: no
 * more than MOST_BLOCKS bytes in all, so that neither blocks that claim to be large nor such as lead in a circle take
 * memory or time. From there on a block is read through a Cursor, which goes no further than its end: beyond it there
 * are zeros, and it says so when it is asked. Trees are followed down their levels, which must decrease. What Keras
 * does not write (filters, chunks, other files, links to elsewhere, groups of the newest kind) is refused. Numbers in
 * comments are sections of the specification.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-hdf5-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"

#define MOST_BLOCKS ((guint64) 24 << 20)
#define MOST_LISTED (4u << 20) /* bytes of a list of texts */

/* --- Blocks --- */

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason);
  return FALSE;
}

gboolean
lathe_hdf5_refuse_damaged (GError **error)
{
  return refuse (error, _ ("it is damaged or incomplete; copy the file again"));
}

gboolean
lathe_hdf5_refuse_unsupported (GError **error, const char *what)
{
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("it uses %s, which Keras does not write; save it once more with model.save()"), what);
  return FALSE;
}

/* (transfer full) (nullable) */
guint8 *
lathe_hdf5_take_block (LatheHdf5 *file, guint64 at, guint64 n, GError **error)
{
  g_autofree guint8 *block = NULL;

  if (at <= file->source.size && n <= file->source.size - at)
    {
      if (n > file->granted)
        {
          lathe_hdf5_refuse_unsupported (error, _ ("more than 24 MiB of descriptions"));
          return NULL;
        }
      file->granted -= n;
      block = g_malloc (MAX (1, n));
      if (lathe_span_read (&file->source, at, block, n))
        return g_steal_pointer (&block);
    }
  lathe_hdf5_refuse_damaged (error);
  return NULL;
}

/* --- The file --- */

static const guint8 signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

/**
 * lathe_hdf5_is:
 * @head: the first bytes of a file
 */
gboolean
lathe_hdf5_is (const guint8 *head, gsize n)
{
  return n >= sizeof signature && memcmp (head, signature, sizeof signature) == 0;
}

/**
 * lathe_hdf5_open:
 * @source: is copied; what it points at must outlive the file
 *
 * II: superblocks of versions 0 to 3, with places and sizes of 8 bytes.
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_hdf5_open (LatheHdf5 *file, const LatheSpan *source, GError **error)
{
  guint8 head[96] = {0};
  LatheHdf5Cursor cursor = {.bytes = head, .n = sizeof head};
  guint version, sizes;
  guint64 base;

  *file = (LatheHdf5){.source = *source, .granted = MOST_BLOCKS};
  if (!lathe_span_read (source, 0, head, sizeof head) || !lathe_hdf5_is (head, sizeof head))
    return refuse (error, _ ("it is no HDF5 file, or an incomplete one"));
  version = head[8];
  cursor.at = version < 2 ? 13 : 9;
  sizes = (guint) lathe_hdf5_get (&cursor, 2);
  cursor.at = version < 2 ? 24 + (version == 1 ? 4 : 0) : 12;
  base = lathe_hdf5_get (&cursor, 8);
  lathe_hdf5_take (&cursor, version < 2 ? 32 : 16);
  file->root = lathe_hdf5_get (&cursor, 8);
  if (version > 3 || sizes != 0x0808 || base != 0 || cursor.over)
    return lathe_hdf5_refuse_unsupported (error, _ ("a superblock of an unusual kind"));
  return TRUE;
}

void
lathe_hdf5_close (LatheHdf5 *file)
{
  g_clear_pointer (&file->heap, g_free);
}

/**
 * lathe_hdf5_find:
 * @group: (nullable): where the path begins; NULL: at the root
 * @path: names with slashes between them; "" for the root itself
 *
 * Returns: (transfer full) (nullable): what is there
 * Errors: LATHE_ERROR_FORMAT also where there is nothing; LATHE_ERROR_UNSUPPORTED; a reason.
 */
LatheHdf5Object *
lathe_hdf5_find (LatheHdf5 *file, const LatheHdf5Object *group, const char *path, GError **error)
{
  g_auto (GStrv) names = g_strsplit (path, "/", 64);
  g_autoptr (LatheHdf5Object) object = group == NULL ? lathe_hdf5_read_object (file, file->root, error) : NULL;

  if (group == NULL && object == NULL)
    return NULL;
  for (guint i = 0; names[i] != NULL; i++)
    {
      const LatheHdf5Object *in = object != NULL ? object : group;
      const guint64 *at = *names[i] != '\0' ? g_hash_table_lookup (in->links, names[i]) : NULL;
      LatheHdf5Object *next;

      if (*names[i] == '\0')
        continue;
      if (at == NULL)
        {
          g_autofree char *valid = g_utf8_make_valid (path, -1);

          g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("its “%s” is missing"), valid);
          return NULL;
        }
      next = lathe_hdf5_read_object (file, *at, error);
      if (next == NULL)
        return NULL;
      g_clear_pointer (&object, lathe_hdf5_object_free);
      object = next;
    }
  if (object == NULL) /* a path without a name leads nowhere */
    lathe_hdf5_refuse_damaged (error);
  return g_steal_pointer (&object);
}

/* --- Attributes --- */

gboolean
lathe_hdf5_object_has (const LatheHdf5Object *object, const char *attribute)
{
  return g_hash_table_contains (object->attributes, attribute);
}

/* III.E: the heap at a place, which is kept, as the next text is likely to be in it, too. */
static gboolean
take_heap (LatheHdf5 *file, guint64 at, GError **error)
{
  g_autofree guint8 *head = NULL;
  LatheHdf5Cursor cursor;
  guint64 size;

  if (file->heap != NULL && file->heap_at == at)
    return TRUE;
  head = lathe_hdf5_take_block (file, at, 16, error);
  if (head == NULL)
    return FALSE;
  cursor = (LatheHdf5Cursor){.bytes = head, .n = 16};
  if (!lathe_hdf5_is_text (&cursor, "GCOL"))
    return lathe_hdf5_refuse_damaged (error);
  lathe_hdf5_get (&cursor, 4);
  size = lathe_hdf5_get (&cursor, 8);
  g_free (file->heap);
  file->heap = lathe_hdf5_take_block (file, at, size, error);
  file->heap_at = at;
  file->heap_size = size;
  return file->heap != NULL;
}

/* A text's length, its heap, and which of the objects there it is. (transfer full) (nullable) */
static char *
take_text (LatheHdf5 *file, const guint8 *reference, GError **error)
{
  LatheHdf5Cursor cursor = {.bytes = reference, .n = 16}, heap;
  guint64 n = lathe_hdf5_get (&cursor, 4), at = lathe_hdf5_get (&cursor, 8);
  guint wanted = (guint) lathe_hdf5_get (&cursor, 4);

  if (n == 0)
    return g_strdup ("");
  if (!take_heap (file, at, error))
    return NULL;
  heap = (LatheHdf5Cursor){.bytes = file->heap, .n = file->heap_size, .at = MIN (16, file->heap_size)};
  while (!heap.over)
    {
      guint index = (guint) lathe_hdf5_get (&heap, 2);
      guint64 length;
      const guint8 *bytes;

      lathe_hdf5_get (&heap, 6);
      length = lathe_hdf5_get (&heap, 8);
      bytes = index != 0 ? lathe_hdf5_take (&heap, length) : NULL;
      if (bytes == NULL)
        break;
      if (index == wanted && n <= length)
        return g_strndup ((const char *) bytes, n);
      lathe_hdf5_take (&heap, -length % 8);
    }
  lathe_hdf5_refuse_damaged (error);
  return NULL;
}

/* Text that is no UTF-8 is none. (transfer full) (nullable) */
static char *
take_element (LatheHdf5 *file, const LatheHdf5Attribute *attribute, guint64 i, GError **error)
{
  const guint8 *bytes = (const guint8 *) g_bytes_get_data (attribute->data, NULL) + i * attribute->type.size;
  g_autofree char *text = attribute->type.class == LATHE_HDF5_TEXT
                              ? g_strndup ((const char *) bytes, attribute->type.size)
                              : take_text (file, bytes, error);

  if (text == NULL || g_utf8_validate (text, -1, NULL))
    return g_steal_pointer (&text);
  lathe_hdf5_refuse_damaged (error);
  return NULL;
}

static const LatheHdf5Attribute *
get_attribute (const LatheHdf5Object *object, const char *name, GError **error)
{
  const LatheHdf5Attribute *attribute = g_hash_table_lookup (object->attributes, name);
  gboolean text =
      attribute != NULL && (attribute->type.class == LATHE_HDF5_TEXT || attribute->type.class == LATHE_HDF5_ANY_TEXT);

  /* A list of nothing is a list of no numbers. */
  if (attribute != NULL && (text || lathe_hdf5_count (&attribute->space) == 0))
    return attribute;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("its “%s” is missing"), name);
  return NULL;
}

/**
 * lathe_hdf5_object_get_text:
 *
 * Returns: (transfer full) (nullable): an attribute that is one text
 * Errors: LATHE_ERROR_FORMAT; a reason.
 */
char *
lathe_hdf5_object_get_text (LatheHdf5 *file, const LatheHdf5Object *object, const char *attribute, GError **error)
{
  const LatheHdf5Attribute *found = get_attribute (object, attribute, error);

  if (found == NULL)
    return NULL;
  if (lathe_hdf5_count (&found->space) == 1 && found->type.size > 0)
    return take_element (file, found, 0, error);
  lathe_hdf5_refuse_damaged (error);
  return NULL;
}

/* Many references may lead to one long text: together they get so much room. */
static gboolean
add_texts (LatheHdf5 *file, const LatheHdf5Object *object, const char *name, GStrvBuilder *texts, gsize *room,
           GError **error)
{
  const LatheHdf5Attribute *attribute = get_attribute (object, name, error);
  guint64 n = attribute != NULL ? lathe_hdf5_count (&attribute->space) : 0;

  for (guint64 i = 0; i < n && attribute->type.size > 0; i++)
    {
      g_autofree char *text = take_element (file, attribute, i, error);
      gsize length = text != NULL ? strlen (text) + 1 : 0;

      if (text == NULL)
        return FALSE;
      if (length > *room)
        return lathe_hdf5_refuse_damaged (error);
      *room -= length;
      g_strv_builder_add (texts, text);
    }
  return attribute != NULL;
}

/**
 * lathe_hdf5_object_get_texts:
 *
 * Returns: (transfer full) (nullable): an attribute that is a list of texts, or, where there is none, those of its name
 *   with numbers behind
 * Errors: LATHE_ERROR_FORMAT; a reason.
 */
char **
lathe_hdf5_object_get_texts (LatheHdf5 *file, const LatheHdf5Object *object, const char *attribute, GError **error)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  gsize room = MOST_LISTED;

  for (guint i = 0; !lathe_hdf5_object_has (object, attribute); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s%u", attribute, i);

      if (i > 0 && !lathe_hdf5_object_has (object, name))
        return g_strv_builder_end (texts);
      if (!add_texts (file, object, name, texts, &room, error))
        return NULL;
    }
  return add_texts (file, object, attribute, texts, &room, error) ? g_strv_builder_end (texts) : NULL;
}

/* --- Arrays --- */

/**
 * lathe_hdf5_object_get_shape:
 *
 * Returns: how many numbers an array has; G_MAXUINT64 for what is no array
 */
guint64
lathe_hdf5_object_get_shape (const LatheHdf5Object *object, guint *rank, guint64 dim[LATHE_HDF5_MAX_RANK])
{
  if (!object->space.known || !object->typed || !object->placed)
    return G_MAXUINT64;
  *rank = object->space.rank;
  memcpy (dim, object->space.dim, sizeof object->space.dim);
  return lathe_hdf5_count (&object->space);
}

/* A half becomes a single: its fraction, its exponent with the other bias, and its sign. */
static float
widen (guint16 half)
{
  guint exponent = half >> 10 & 31, fraction = half & 1023;
  float number = exponent > 0 ? (float) (1024 + fraction) : (float) fraction;

  number = exponent == 31 ? (fraction > 0 ? NAN : INFINITY) : ldexpf (number, (int) MAX (exponent, 1) - 25);
  return half & 0x8000 ? -number : number;
}

static void
convert (float *numbers, const guint8 *bytes, gsize n, guint64 size)
{
  for (gsize i = 0; i < n; i++)
    if (size == 8)
      {
        double number;

        memcpy (&number, bytes + 8 * i, 8);
        numbers[i] = (float) number;
      }
    else if (size == 2)
      numbers[i] = widen ((guint16) (bytes[2 * i] | bytes[2 * i + 1] << 8));
    else
      memcpy (numbers + i, bytes + 4 * i, 4);
}

/**
 * lathe_hdf5_object_read:
 * @numbers: room for as many as get_shape() has told
 *
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_hdf5_object_read (LatheHdf5 *file, const LatheHdf5Object *object, float *numbers, GError **error)
{
  guint8 some[8192];
  guint64 n = lathe_hdf5_count (&object->space), size = object->type.size, at_once;

  if (object->obstacle != NULL)
    return lathe_hdf5_refuse_unsupported (error, _ (object->obstacle));
  if (!object->placed || !object->space.known || object->type.class != LATHE_HDF5_FLOAT)
    return lathe_hdf5_refuse_unsupported (error, _ ("numbers other than floats"));
  if (n > object->size / size)
    return lathe_hdf5_refuse_damaged (error);
  at_once = sizeof some / size;
  for (guint64 i = 0; i < n; i += at_once)
    {
      guint64 few = MIN (at_once, n - i);

      if (object->compact != NULL)
        memcpy (some, (const guint8 *) g_bytes_get_data (object->compact, NULL) + i * size, few * size);
      else if (!lathe_span_read (&file->source, object->at + i * size, some, few * size))
        return lathe_hdf5_refuse_damaged (error);
      convert (numbers + i, some, few, size);
    }
  return TRUE;
}
