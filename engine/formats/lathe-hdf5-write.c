/* lathe-hdf5-write.c: a tree of groups, attributes and arrays as an HDF5 file, of the kind that every reader takes.
 *
 * That is the format's first version, as h5py writes it unless it is told otherwise: what is written is a superblock,
 * and then each group behind all that is in it, so that whatever is pointed at has its place already. A group is a
 * header with its attributes, a heap with the names in it, and a B-tree, whose leaves hold up to LEAF entries in the
 * order of their names. Numbers in comments are sections of the specification.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-hdf5.h"

#include <string.h>

#define UNDEFINED G_MAXUINT64
#define LEAF_K 4u
#define NODE_K 16u
#define LEAF (2 * LEAF_K)      /* entries of a symbol node */
#define CHILDREN (2 * NODE_K)  /* of a node of a tree */
#define MAX_ATTRIBUTE 64512u   /* bytes of an attribute: a message has at most 64 KiB; Keras cuts longer lists, too */
#define LEAST_COLLECTION 4096u /* bytes of a heap for long texts */
#define SUPERBLOCK 96u

/* The messages of a header (IV.A.2). */
enum
{
  DATASPACE = 1,
  DATATYPE = 3,
  FILL_VALUE = 5,
  LAYOUT = 8,
  ATTRIBUTE = 12,
  SYMBOL_TABLE = 17,
};

typedef struct
{
  char *name;
  GBytes *texts; /* n of them, each of `size` bytes and the rest zeros; or the one, of any length */
  guint n, size; /* size: 0 for the one of any length */
} Attribute;

typedef struct
{
  guint rank;
  guint dim[LATHE_HDF5_MAX_RANK];
  const float *data; /* not owned */
} Array;

struct _LatheHdf5Group
{
  GArray *attributes;
  GTree *groups; /* name → LatheHdf5Group, in the order of names */
  GTree *arrays; /* name → Array */
};

/* Where bytes go. Places are counted from where the file begins in them. */
typedef struct
{
  GByteArray *bytes;
  guint begin;
} Out;

/* --- The tree --- */

static void
clear_attribute (gpointer data)
{
  Attribute *attribute = data;

  g_free (attribute->name);
  g_bytes_unref (attribute->texts);
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

LatheHdf5Group *
lathe_hdf5_group_new (void)
{
  LatheHdf5Group *group = g_new (LatheHdf5Group, 1);

  group->attributes = g_array_new (FALSE, FALSE, sizeof (Attribute));
  g_array_set_clear_func (group->attributes, clear_attribute);
  group->groups = g_tree_new_full (compare_names, NULL, g_free, (GDestroyNotify) lathe_hdf5_group_free);
  group->arrays = g_tree_new_full (compare_names, NULL, g_free, g_free);
  return group;
}

void
lathe_hdf5_group_free (LatheHdf5Group *group)
{
  g_array_unref (group->attributes);
  g_tree_unref (group->groups);
  g_tree_unref (group->arrays);
  g_free (group);
}

/**
 * lathe_hdf5_group_get:
 * @path: names with slashes between them
 *
 * Returns: (transfer none): the group at the path below this one, which is made where there is none
 */
LatheHdf5Group *
lathe_hdf5_group_get (LatheHdf5Group *group, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      LatheHdf5Group *next = g_tree_lookup (group->groups, names[i]);

      if (next == NULL)
        g_tree_insert (group->groups, g_strdup (names[i]), next = lathe_hdf5_group_new ());
      group = next;
    }
  return group;
}

/* One text of any length; the caller counts on no more than 4 GiB. */
void
lathe_hdf5_group_set_text (LatheHdf5Group *group, const char *name, const char *text)
{
  Attribute attribute = {.name = g_strdup (name), .texts = g_bytes_new (text, strlen (text)), .n = 1};

  g_array_append_val (group->attributes, attribute);
}

static void
set_some (LatheHdf5Group *group, char *name, const char *const *texts, guint n, guint size)
{
  Attribute attribute = {.name = name, .n = n, .size = size};
  guint8 *bytes = g_malloc0 ((gsize) MAX (1, n) * size);

  for (guint i = 0; i < n; i++)
    memcpy (bytes + (gsize) i * size, texts[i], strlen (texts[i]));
  attribute.texts = g_bytes_new_take (bytes, (gsize) n * size);
  g_array_append_val (group->attributes, attribute);
}

/**
 * lathe_hdf5_group_set_texts:
 *
 * A list of texts, each short. One that is too long for an attribute becomes several, with numbers behind their names,
 * as Keras does it.
 */
void
lathe_hdf5_group_set_texts (LatheHdf5Group *group, const char *name, const char *const *texts, guint n)
{
  guint size = 1, fit;

  for (guint i = 0; i < n; i++)
    size = MAX (size, (guint) strlen (texts[i]));
  fit = MAX (1, MAX_ATTRIBUTE / size);
  if (n <= fit)
    set_some (group, g_strdup (name), texts, n, size);
  else
    for (guint i = 0; i * fit < n; i++)
      set_some (group, g_strdup_printf ("%s%u", name, i), texts + i * fit, MIN (fit, n - i * fit), size);
}

/**
 * lathe_hdf5_group_add_array:
 * @path: the array's name, perhaps with groups in front, which are made
 * @data: must outlive the group
 */
void
lathe_hdf5_group_add_array (LatheHdf5Group *group, const char *path, guint rank, const guint *dim, const float *data)
{
  const char *slash = strrchr (path, '/');
  Array *array = g_new0 (Array, 1);

  g_assert (rank <= LATHE_HDF5_MAX_RANK);
  if (slash != NULL)
    {
      g_autofree char *folder = g_strndup (path, (gsize) (slash - path));

      group = lathe_hdf5_group_get (group, folder);
    }
  array->rank = rank;
  memcpy (array->dim, dim, rank * sizeof *dim);
  array->data = data;
  g_tree_insert (group->arrays, g_strdup (slash != NULL ? slash + 1 : path), array);
}

/* --- Bytes --- */

static void
put (GByteArray *bytes, guint64 value, guint n)
{
  guint8 number[8];

  for (guint i = 0; i < n; i++)
    number[i] = (guint8) (value >> 8 * i);
  g_byte_array_append (bytes, number, n);
}

static void
fill (GByteArray *bytes, gsize n)
{
  guint before = bytes->len;

  g_byte_array_set_size (bytes, before + (guint) n);
  memset (bytes->data + before, 0, n);
}

static void
put_text (GByteArray *bytes, const char *text)
{
  g_byte_array_append (bytes, (const guint8 *) text, (guint) strlen (text));
}

/* Whatever lies in the file begins at a multiple of 8, counted from where `bytes` begin. */
static void
align (GByteArray *bytes, guint begin)
{
  fill (bytes, -(bytes->len - begin) % 8);
}

static guint64
place (const Out *out)
{
  align (out->bytes, out->begin);
  return out->bytes->len - out->begin;
}

/* --- Messages of a header --- */

static void
put_message (GByteArray *header, guint type, GByteArray *data)
{
  align (data, 0);
  put (header, type, 2);
  put (header, data->len, 2);
  put (header, 0, 4);
  g_byte_array_append (header, data->data, data->len);
  g_byte_array_set_size (data, 0);
}

static void
put_dataspace (GByteArray *bytes, guint rank, const guint *dim)
{
  put (bytes, 1, 1);
  put (bytes, rank, 1);
  put (bytes, 0, 6);
  for (guint i = 0; i < rank; i++)
    put (bytes, dim[i], 8);
}

/* IV.A.2.d: IEEE single precision, little-endian. */
static void
put_float_type (GByteArray *bytes)
{
  static const guint8 type[] = {0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0};

  g_byte_array_append (bytes, type, sizeof type);
}

/* Text of any length is a sequence of bytes; that of one length is padded with zeros. */
static void
put_text_type (GByteArray *bytes, guint size)
{
  static const guint8 any[] = {0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0};

  if (size == 0)
    {
      g_byte_array_append (bytes, any, sizeof any);
      return;
    }
  put (bytes, 0x13, 1);
  put (bytes, 1, 3);
  put (bytes, size, 4);
}

/* III.E: a heap of its own for one long text. Returns: where it is */
static guint64
write_heap (const Out *out, GBytes *text)
{
  gsize n = g_bytes_get_size (text), padded = (n + 7) & ~(gsize) 7, used = 32 + padded;
  gsize size = MAX (used + 16, LEAST_COLLECTION);
  guint64 at = place (out);
  GByteArray *bytes = out->bytes;

  put_text (bytes, "GCOL");
  put (bytes, 1, 4);
  put (bytes, size, 8);
  put (bytes, 1, 2); /* object 1 */
  put (bytes, 1, 6); /* with one reference */
  put (bytes, n, 8);
  g_byte_array_append (bytes, g_bytes_get_data (text, NULL), (guint) n);
  fill (bytes, padded - n);
  put (bytes, 0, 8); /* object 0: what is free */
  put (bytes, size - used, 8);
  fill (bytes, size - used - 16);
  return at;
}

/* IV.A.2.m, version 1. */
static void
put_attribute (const Out *out, GByteArray *header, const Attribute *attribute)
{
  g_autoptr (GByteArray) data = g_byte_array_new (), type = g_byte_array_new (), space = g_byte_array_new ();

  put_text_type (type, attribute->size);
  put_dataspace (space, attribute->size == 0 ? 0 : 1, &attribute->n);
  put (data, 1, 2);
  put (data, strlen (attribute->name) + 1, 2);
  put (data, type->len, 2);
  put (data, space->len, 2);
  put_text (data, attribute->name);
  put (data, 0, 1);
  align (data, 0);
  g_byte_array_append (data, type->data, type->len);
  align (data, 0);
  g_byte_array_append (data, space->data, space->len);
  align (data, 0);
  if (attribute->size == 0)
    {
      put (data, g_bytes_get_size (attribute->texts), 4);
      put (data, write_heap (out, attribute->texts), 8);
      put (data, 1, 4);
    }
  else
    g_byte_array_append (data, g_bytes_get_data (attribute->texts, NULL), (guint) g_bytes_get_size (attribute->texts));
  put_message (header, ATTRIBUTE, data);
}

/* IV.A.1.a. Returns: where it is */
static guint64
write_header (const Out *out, guint n_messages, const GByteArray *messages)
{
  guint64 at = place (out);

  put (out->bytes, 1, 2);
  put (out->bytes, n_messages, 2);
  put (out->bytes, 1, 4);
  put (out->bytes, messages->len, 8);
  g_byte_array_append (out->bytes, messages->data, messages->len);
  return at;
}

/* --- Arrays --- */

static guint64
write_array (const Out *out, const Array *array)
{
  g_autoptr (GByteArray) messages = g_byte_array_new (), data = g_byte_array_new ();
  guint64 size = sizeof (float), at;

  for (guint i = 0; i < array->rank; i++)
    size *= array->dim[i];
  at = place (out);
  g_byte_array_append (out->bytes, (const guint8 *) array->data, (guint) size);
#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "arrays are written as they lie in memory"
#endif
  put_dataspace (data, array->rank, array->dim);
  put_message (messages, DATASPACE, data);
  put_float_type (data);
  put_message (messages, DATATYPE, data);
  put (data, 0x01020202, 4); /* version 2: never filled, as all of it is written */
  put (data, 0, 4);
  put_message (messages, FILL_VALUE, data);
  put (data, 3, 1); /* version 3: in one piece */
  put (data, 1, 1);
  put (data, at, 8);
  put (data, size, 8);
  put_message (messages, LAYOUT, data);
  return write_header (out, 4, messages);
}

/* --- Groups --- */

/* What a group or a node of its tree holds: under which name, and where. */
typedef struct
{
  guint64 name; /* its place in the heap of names */
  guint64 at;
} Entry;

/* III.B. */
static guint64
write_symbols (const Out *out, const Entry *entries, guint n)
{
  guint64 at = place (out);

  put_text (out->bytes, "SNOD");
  put (out->bytes, 1, 2);
  put (out->bytes, n, 2);
  for (guint i = 0; i < n; i++)
    {
      put (out->bytes, entries[i].name, 8);
      put (out->bytes, entries[i].at, 8);
      fill (out->bytes, 24);
    }
  fill (out->bytes, (LEAF - n) * 40);
  return at;
}

/* III.A.1: each child between the last name in the one before it and the last name in it. */
static guint64
write_node (const Out *out, guint level, guint64 before, const Entry *children, guint n)
{
  guint64 at = place (out);

  put_text (out->bytes, "TREE");
  put (out->bytes, 0, 1);
  put (out->bytes, level, 1);
  put (out->bytes, n, 2);
  put (out->bytes, UNDEFINED, 8);
  put (out->bytes, UNDEFINED, 8);
  put (out->bytes, before, 8);
  for (guint i = 0; i < n; i++)
    {
      put (out->bytes, children[i].at, 8);
      put (out->bytes, children[i].name, 8);
    }
  fill (out->bytes, (CHILDREN - n) * 16);
  return at;
}

/* Siblings on one level point at each other, once all of them have a place: they lie one behind the other. */
static void
link_siblings (const Out *out, const GArray *nodes)
{
  for (guint i = 0; i < nodes->len; i++)
    {
      guint8 *node = out->bytes->data + out->begin + g_array_index (nodes, Entry, i).at;
      guint64 left = i > 0 ? g_array_index (nodes, Entry, i - 1).at : UNDEFINED;
      guint64 right = i + 1 < nodes->len ? g_array_index (nodes, Entry, i + 1).at : UNDEFINED;

      left = GUINT64_TO_LE (left);
      right = GUINT64_TO_LE (right);
      memcpy (node + 8, &left, 8);
      memcpy (node + 16, &right, 8);
    }
}

/* Level by level, until one node is left. Returns: where it is */
static guint64
write_tree (const Out *out, const GArray *entries)
{
  g_autoptr (GArray) below = g_array_new (FALSE, FALSE, sizeof (Entry));

  for (guint i = 0; i < entries->len; i += LEAF)
    {
      guint n = MIN (LEAF, entries->len - i);
      Entry leaf = {g_array_index (entries, Entry, i + n - 1).name};

      leaf.at = write_symbols (out, &g_array_index (entries, Entry, i), n);
      g_array_append_val (below, leaf);
    }
  for (guint level = 0;; level++)
    {
      g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (Entry));

      for (guint i = 0; i < below->len || i == 0; i += CHILDREN)
        {
          guint n = MIN (CHILDREN, below->len - i);
          Entry node = {n > 0 ? g_array_index (below, Entry, i + n - 1).name : 0};

          node.at = write_node (out, level, i > 0 ? g_array_index (below, Entry, i - 1).name : 0,
                                (const Entry *) below->data + i, n);
          g_array_append_val (nodes, node);
        }
      link_siblings (out, nodes);
      if (nodes->len == 1)
        return g_array_index (nodes, Entry, 0).at;
      g_array_unref (below);
      below = g_steal_pointer (&nodes);
    }
}

typedef struct
{
  const Out *out;
  GArray *entries;
  GByteArray *names;
} Writing;

static guint64 write_group (const Out *out, LatheHdf5Group *group);

static void
add_entry (Writing *writing, const char *name, guint64 at)
{
  Entry entry = {writing->names->len, at};

  put_text (writing->names, name);
  put (writing->names, 0, 1);
  align (writing->names, 0);
  g_array_append_val (writing->entries, entry);
}

/* Groups and arrays have their names in one order. */
static void
add_entries (Writing *writing, LatheHdf5Group *group)
{
  GTreeNode *a = g_tree_node_first (group->groups), *b = g_tree_node_first (group->arrays);

  while (a != NULL || b != NULL)
    if (b == NULL || (a != NULL && strcmp (g_tree_node_key (a), g_tree_node_key (b)) < 0))
      {
        add_entry (writing, g_tree_node_key (a), write_group (writing->out, g_tree_node_value (a)));
        a = g_tree_node_next (a);
      }
    else
      {
        add_entry (writing, g_tree_node_key (b), write_array (writing->out, g_tree_node_value (b)));
        b = g_tree_node_next (b);
      }
}

/* III.D: a heap with no room left in it. The empty name is at its beginning. */
static guint64
write_names (const Out *out, const GByteArray *names)
{
  guint64 data = place (out), at;

  g_byte_array_append (out->bytes, names->data, names->len);
  at = place (out);
  put_text (out->bytes, "HEAP");
  put (out->bytes, 0, 4);
  put (out->bytes, names->len, 8);
  put (out->bytes, 1, 8); /* nothing is free */
  put (out->bytes, data, 8);
  return at;
}

static guint64
write_group (const Out *out, LatheHdf5Group *group)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_autoptr (GByteArray) names = g_byte_array_new (), messages = g_byte_array_new (), data = g_byte_array_new ();
  Writing writing = {out, entries, names};
  guint64 heap;

  put (names, 0, 8);
  add_entries (&writing, group);
  heap = write_names (out, names);
  put (data, write_tree (out, entries), 8);
  put (data, heap, 8);
  put_message (messages, SYMBOL_TABLE, data);
  for (guint i = 0; i < group->attributes->len; i++)
    put_attribute (out, messages, &g_array_index (group->attributes, Attribute, i));
  return write_header (out, 1 + group->attributes->len, messages);
}

/**
 * lathe_hdf5_group_write:
 * @out: the file is appended to it; together they are less than 4 GiB
 */
void
lathe_hdf5_group_write (LatheHdf5Group *root, GByteArray *out)
{
  static const guint8 signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  const Out to = {out, out->len};
  g_autoptr (GByteArray) head = g_byte_array_new ();
  guint64 at;

  fill (out, SUPERBLOCK);
  at = write_group (&to, root);
  g_byte_array_append (head, signature, sizeof signature);
  put (head, 0, 5);
  put (head, 0x0808, 3); /* places and sizes are of 8 bytes */
  put (head, LEAF_K, 2);
  put (head, NODE_K, 2);
  put (head, 0, 4);
  put (head, 0, 8);
  put (head, UNDEFINED, 8);
  put (head, place (&to), 8);
  put (head, UNDEFINED, 8);
  put (head, 0, 8);
  put (head, at, 8);
  memcpy (out->data + to.begin, head->data, head->len);
}
