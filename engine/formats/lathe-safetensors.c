/* lathe-safetensors.c: the container: named tensors and a few strings in one file.
 *
 *     8 bytes        length of the header, little-endian
 *     header         {"__metadata__": {key: string, …}, name: {"dtype", "shape", "data_offsets": [begin, end]}, …}
 *     data           the tensors' bytes, offsets from here, without holes
 *
 * The header ends in spaces, so that the data begins on a multiple of 64. Every number of a header is checked before
 * it is used; the data's length is what the tensors say, to the byte.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-whole-file.h"

#define MAX_HEADER (16u << 20)
#define ALIGNMENT 64
#define METADATA "__metadata__"

G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN); /* the numbers go to the file as they are in memory */

typedef struct
{
  const char *name; /* owned by the parser */
  LatheNumbers numbers;
  guint rank;
  guint dim[LATHE_WEIGHTS_MAX_RANK];
  guint64 begin, end; /* bytes */
} LatheTensorEntry;

static const char *const dtypes[LATHE_N_NUMBERS] = {
    [LATHE_NUMBERS_DOUBLE] = "F64", [LATHE_NUMBERS_FLOAT] = "F32", [LATHE_NUMBERS_HALF] = "F16",
    [LATHE_NUMBERS_BRAIN] = "BF16", [LATHE_NUMBERS_INT64] = "I64", [LATHE_NUMBERS_INT32] = "I32",
    [LATHE_NUMBERS_INT16] = "I16",  [LATHE_NUMBERS_INT8] = "I8",   [LATHE_NUMBERS_UINT8] = "U8",
    [LATHE_NUMBERS_BOOL] = "BOOL",
};

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gpointer
numbers_of (const LatheWeight *weight)
{
  return weight->bytes != NULL    ? (gpointer) weight->bytes
         : weight->halves != NULL ? (gpointer) weight->halves
                                  : weight->data;
}

static LatheNumbers
kind_of (const LatheWeight *weight)
{
  return weight->bytes != NULL    ? LATHE_NUMBERS_INT8
         : weight->halves != NULL ? LATHE_NUMBERS_BRAIN
                                  : LATHE_NUMBERS_FLOAT;
}

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *reason = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason);
  return FALSE;
}

static gboolean
refuse_system (GError **error, int number)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_IO, g_strerror (number));
  return FALSE;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static gboolean
read_at (int fd, goffset at, void *buffer, guint64 n, GError **error)
{
  char *bytes = buffer;
  while (n > 0)
    {
      gssize got = pread (fd, bytes, MIN (n, 1u << 30), at);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return refuse_system (error, errno);
      if (got == 0)
        return refuse (error, _ ("it ends too early"));
      bytes += got;
      at += got;
      n -= (guint64) got;
    }
  return TRUE;
}

/* Readers differ in which of two members of one name they believe. */
static void
on_member (JsonParser *parser, JsonObject *object, const char *name, gpointer data)
{
  GHashTable *seen = data;
  if (!g_hash_table_add (seen, g_strdup_printf ("%p %s", (void *) object, name)))
    g_hash_table_add (seen, g_strdup ("duplicate"));
}

static gboolean
parse_header (LatheSafetensors *file, const char *text, gsize n, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!g_utf8_validate (text, (gssize) n, NULL) || text[0] != '{' || !lathe_json_is_shallow (text, n))
    return refuse (error, _ ("it is not a safetensors file, or its header is damaged"));
  file->parser = json_parser_new ();
  gulong handler = g_signal_connect (file->parser, "object-member", G_CALLBACK (on_member), seen);
  gboolean ok = json_parser_load_from_data (file->parser, text, (gssize) n, NULL);
  g_signal_handler_disconnect (file->parser, handler);
  JsonNode *root = json_parser_get_root (file->parser);
  if (!ok || root == NULL || !JSON_NODE_HOLDS_OBJECT (root) || g_hash_table_contains (seen, "duplicate"))
    return refuse (error, _ ("its header is damaged"));
  return TRUE;
}

static gboolean
get_size (JsonArray *array, guint index, guint64 *value)
{
  JsonNode *node = json_array_get_element (array, index);
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0)
    return FALSE;
  *value = (guint64) json_node_get_int (node);
  return TRUE;
}

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  gboolean text = node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
  return text ? json_node_get_string (node) : NULL;
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static gboolean
parse_dtype (const char *dtype, LatheNumbers *numbers)
{
  for (guint i = 0; dtype != NULL && i < LATHE_N_NUMBERS; i++)
    if (g_str_equal (dtypes[i], dtype))
      {
        *numbers = (LatheNumbers) i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
parse_tensor (LatheTensorEntry *entry, JsonNode *node, guint64 data_size)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonArray *shape = object != NULL ? get_array (object, "shape") : NULL;
  JsonArray *offsets = object != NULL ? get_array (object, "data_offsets") : NULL;
  guint64 size, dim;

  if (shape == NULL || offsets == NULL || json_array_get_length (offsets) != 2 ||
      !parse_dtype (get_string (object, "dtype"), &entry->numbers))
    return FALSE;
  size = lathe_numbers_size (entry->numbers);
  entry->rank = json_array_get_length (shape);
  if (entry->rank > LATHE_WEIGHTS_MAX_RANK)
    return FALSE;
  for (guint i = 0; i < entry->rank; i++)
    {
      if (!get_size (shape, i, &dim) || dim > G_MAXUINT || !g_uint64_checked_mul (&size, size, dim))
        return FALSE;
      entry->dim[i] = (guint) dim;
    }
  return get_size (offsets, 0, &entry->begin) && get_size (offsets, 1, &entry->end) && entry->begin <= entry->end &&
         entry->end <= data_size && entry->end - entry->begin == size;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const LatheTensorEntry *x = a, *y = b;
  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

static gboolean
parse_members (LatheSafetensors *file, GError **error)
{
  JsonObject *root = json_node_get_object (json_parser_get_root (file->parser));
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  guint64 end = 0;

  file->tensors = g_array_new (FALSE, FALSE, sizeof (LatheTensorEntry));
  json_object_iter_init (&iter, root);
  while (json_object_iter_next (&iter, &name, &node))
    {
      LatheTensorEntry entry = {.name = name};
      if (strcmp (name, METADATA) == 0 && JSON_NODE_HOLDS_OBJECT (node))
        file->metadata = json_node_get_object (node);
      else if (parse_tensor (&entry, node, file->size))
        g_array_append_val (file->tensors, entry);
      else
        return refuse (error, _ ("its tensor “%s” is damaged, or longer than the file"), name);
    }
  g_array_sort (file->tensors, compare_places);
  for (guint i = 0; i < file->tensors->len; i++)
    {
      const LatheTensorEntry *entry = &g_array_index (file->tensors, LatheTensorEntry, i);
      if (entry->begin != end)
        return refuse (error, _ ("its tensor “%s” is not where it should be"), entry->name);
      end = entry->end;
    }
  return end == file->size || refuse (error, _ ("it is longer than its header says"));
}

/* Takes the descriptor; -1: errno says why there is none. */
static gboolean
take_file (LatheSafetensors *file, int fd, GError **error)
{
  struct stat status;
  guint64 length;

  *file = (LatheSafetensors){.fd = fd};
  if (file->fd < 0 || fstat (file->fd, &status) != 0)
    return refuse_system (error, errno);
  if (S_ISDIR (status.st_mode))
    return refuse_system (error, EISDIR);
  if (!S_ISREG (status.st_mode))
    return refuse (error, _ ("it is not a regular file"));
  if (status.st_size < (goffset) sizeof length)
    return refuse (error, status.st_size == 0 ? _ ("it is empty") : _ ("it ends too early"));

  if (!read_at (file->fd, 0, &length, sizeof length, error))
    return FALSE;
  if (length < 2 || length > MAX_HEADER)
    return refuse (error, _ ("it is not a safetensors file, or its header is damaged"));
  file->data = (goffset) (sizeof length + length);
  if (file->data > status.st_size)
    return refuse (error, _ ("it ends too early"));
  file->size = (guint64) (status.st_size - file->data);

  g_autofree char *header = g_malloc (length);
  return read_at (file->fd, sizeof length, header, length, error) && parse_header (file, header, length, error) &&
         parse_members (file, error);
}

/* Tensors of any numbers, and of up to LATHE_WEIGHTS_MAX_RANK dimensions. */
gboolean
lathe_safetensors_open_any (LatheSafetensors *file, const char *path, GError **error)
{
  return take_file (file, open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), error);
}

/* Of such as Lathe writes. */
static gboolean
check_tensors (const LatheSafetensors *file, GError **error)
{
  for (guint i = 0; i < file->tensors->len; i++)
    {
      const LatheTensorEntry *entry = &g_array_index (file->tensors, LatheTensorEntry, i);

      if ((entry->numbers != LATHE_NUMBERS_FLOAT && entry->numbers != LATHE_NUMBERS_INT8 &&
           entry->numbers != LATHE_NUMBERS_BRAIN) ||
          entry->rank > LATHE_MAX_RANK)
        return refuse (error, _ ("its tensor “%s” is damaged, or longer than the file"), entry->name);
    }
  return TRUE;
}

gboolean
lathe_safetensors_open (LatheSafetensors *file, const char *path, GError **error)
{
  return lathe_safetensors_open_any (file, path, error) && check_tensors (file, error);
}

gboolean
lathe_safetensors_open_file (LatheSafetensors *file, int fd, GError **error)
{
  return take_file (file, fcntl (fd, F_DUPFD_CLOEXEC, 0), error) && check_tensors (file, error);
}

void
lathe_safetensors_close (LatheSafetensors *file)
{
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
  g_clear_pointer (&file->tensors, g_array_unref);
  g_clear_object (&file->parser);
}

const char *
lathe_safetensors_get (const LatheSafetensors *file, const char *key)
{
  return file->metadata != NULL ? get_string (file->metadata, key) : NULL;
}

/* Of a tensor that lathe_safetensors_open() lets through. */
static LatheShape
entry_shape (const LatheTensorEntry *entry)
{
  LatheShape shape = {.rank = entry->rank};

  memcpy (shape.dim, entry->dim, sizeof shape.dim);
  return shape;
}

GArray *
lathe_safetensors_describe (const LatheSafetensors *file)
{
  GArray *weights = g_array_new (FALSE, FALSE, sizeof (LatheWeight));

  for (guint i = 0; i < file->tensors->len; i++)
    {
      const LatheTensorEntry *entry = &g_array_index (file->tensors, LatheTensorEntry, i);
      LatheWeight weight = {.name = g_strdup (entry->name), .shape = entry_shape (entry)};

      g_array_append_val (weights, weight);
    }
  return weights;
}

/**
 * lathe_safetensors_list:
 *
 * Appends every tensor of the file, by place.
 */
void
lathe_safetensors_list (const LatheSafetensors *file, GArray *tensors)
{
  for (guint i = 0; i < file->tensors->len; i++)
    {
      const LatheTensorEntry *entry = &g_array_index (file->tensors, LatheTensorEntry, i);
      LatheWeightsTensor tensor = {
          .name = g_strdup (entry->name),
          .rank = entry->rank,
          .numbers = entry->numbers,
          .n = (entry->end - entry->begin) / lathe_numbers_size (entry->numbers),
          .begin = (guint64) file->data + entry->begin,
      };
      guint64 stride = 1;

      memcpy (tensor.dim, entry->dim, sizeof tensor.dim);
      for (guint k = tensor.rank; k-- > 0; stride *= tensor.dim[k])
        tensor.stride[k] = stride;
      g_array_append_val (tensors, tensor);
    }
}

gboolean
lathe_safetensors_read (const LatheSafetensors *file, const GArray *weights, GError **error)
{
  g_autoptr (GHashTable) entries = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < file->tensors->len; i++)
    {
      LatheTensorEntry *entry = &g_array_index (file->tensors, LatheTensorEntry, i);
      g_hash_table_insert (entries, (char *) entry->name, entry);
    }
  for (guint i = 0; i < weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (weights, LatheWeight, i);
      const LatheTensorEntry *entry = g_hash_table_lookup (entries, weight->name);
      if (entry == NULL)
        return refuse (error, _ ("the weights “%s” are missing"), weight->name);
      LatheShape shape = entry_shape (entry);
      LatheNumbers wanted = kind_of (weight);
      if (entry->numbers != wanted)
        return refuse (error, _ ("the weights “%s” are %s, where the network has %s"), weight->name,
                       dtypes[entry->numbers], dtypes[wanted]);
      if (!lathe_shape_equal (&shape, &weight->shape))
        {
          g_autofree char *have = lathe_shape_to_string (&shape);
          g_autofree char *want = lathe_shape_to_string (&weight->shape);
          return refuse (error, _ ("the weights “%s” are %s, where the network has %s"), weight->name, have, want);
        }
      if (!read_at (file->fd, file->data + (goffset) entry->begin, numbers_of (weight), entry->end - entry->begin,
                    error))
        return FALSE;
      g_hash_table_remove (entries, weight->name);
    }
  if (g_hash_table_size (entries) == 0)
    return TRUE;

  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init (&iter, entries);
  g_hash_table_iter_next (&iter, &name, NULL);
  return refuse (error, _ ("the weights “%s” belong to no layer"), (char *) name);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static guint64
weight_size (const LatheWeight *weight)
{
  return (guint64) lathe_shape_size (&weight->shape) * lathe_numbers_size (kind_of (weight));
}

static void
add_tensor (JsonBuilder *builder, const LatheWeight *weight, guint64 *offset)
{
  json_builder_set_member_name (builder, weight->name);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "dtype");
  json_builder_add_string_value (builder, dtypes[kind_of (weight)]);
  json_builder_set_member_name (builder, "shape");
  json_builder_begin_array (builder);
  for (guint i = 0; i < weight->shape.rank; i++)
    json_builder_add_int_value (builder, weight->shape.dim[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "data_offsets");
  json_builder_begin_array (builder);
  json_builder_add_int_value (builder, (gint64) *offset);
  *offset += weight_size (weight);
  json_builder_add_int_value (builder, (gint64) *offset);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

GString *
lathe_safetensors_header (const char *const *metadata, const GArray *weights)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  guint64 offset = 0, length;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, METADATA);
  json_builder_begin_object (builder);
  for (guint i = 0; metadata[i] != NULL; i += 2)
    {
      json_builder_set_member_name (builder, metadata[i]);
      json_builder_add_string_value (builder, metadata[i + 1]);
    }
  json_builder_end_object (builder);
  for (guint i = 0; i < weights->len; i++)
    add_tensor (builder, &g_array_index (weights, LatheWeight, i), &offset);
  json_builder_end_object (builder);

  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = lathe_json_write (root, FALSE);
  GString *header = g_string_new_len ("\0\0\0\0\0\0\0", sizeof length);
  g_string_append (header, text);
  while (header->len % ALIGNMENT != 0)
    g_string_append_c (header, ' ');
  length = header->len - sizeof length;
  memcpy (header->str, &length, sizeof length);
  return header;
}

guint64
lathe_safetensors_size (const GArray *weights)
{
  guint64 size = 0;

  for (guint i = 0; i < weights->len; i++)
    size += weight_size (&g_array_index (weights, LatheWeight, i));
  return size;
}

void
lathe_safetensors_copy (guint8 *to, const GArray *weights)
{
  for (guint i = 0; i < weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (weights, LatheWeight, i);

      memcpy (to, numbers_of (weight), weight_size (weight));
      to += weight_size (weight);
    }
}

static gboolean
write_contents (LatheWholeFile *file, const char *const *metadata, const GArray *weights, GError **error)
{
  g_autoptr (GString) header = lathe_safetensors_header (metadata, weights);
  guint64 at = header->len;

  if (!lathe_whole_file_write (file, 0, header->str, header->len, error))
    return FALSE;
  for (guint i = 0; i < weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (weights, LatheWeight, i);

      if (!lathe_whole_file_write (file, at, numbers_of (weight), weight_size (weight), error))
        return FALSE;
      at += weight_size (weight);
    }
  return TRUE;
}

gboolean
lathe_safetensors_write (const char *path, const char *const *metadata, const GArray *weights, GError **error)
{
  g_auto (LatheWholeFile) file = {.fd = -1};

  return lathe_whole_file_begin (&file, path, error) && write_contents (&file, metadata, weights, error) &&
         lathe_whole_file_finish (&file, NULL, error);
}
