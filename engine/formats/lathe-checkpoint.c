/* lathe-checkpoint.c: what a run must keep in order to go on after a crash.
 *
 * A safetensors file. The checksum, in its metadata, is XXH3 (xxhash.com: faster than memory, made against accidents
 * and not against forgers) of the checksums of all pieces of all tensors, and of the facts; pieces, so that all threads
 * sum and write at once, each while the piece is in its cache.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-checkpoint.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "lathe-safetensors.h"
#include "lathe-whole-file.h"

#define FORMAT "lathe-checkpoint"
#define VERSION "1"
#define KEY_FORMAT "format"
#define KEY_VERSION "lathe.version"
#define KEY_CHECKSUM "lathe.checksum"
#define NO_CHECKSUM "00000000000000000000000000000000"

#define PIECE (1u << 20) /* bytes */

static gsize
tensor_bytes (const LatheWeight *tensor)
{
  return lathe_shape_size (&tensor->shape) * sizeof (float);
}

/* --- The checksum --- */

typedef struct
{
  const char *bytes;
  gsize n;
  guint64 at; /* in the file, from where the tensors begin */
  XXH128_hash_t sum;
} Piece;

static GArray *
cut (const GArray *tensors)
{
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  guint64 at = 0;

  for (guint i = 0; i < tensors->len; i++)
    {
      const LatheWeight *tensor = &g_array_index (tensors, LatheWeight, i);
      gsize size = tensor_bytes (tensor);

      for (gsize done = 0; done < size; done += PIECE)
        {
          Piece piece = {.bytes = (const char *) tensor->data + done, .n = MIN (PIECE, size - done), .at = at + done};

          g_array_append_val (pieces, piece);
        }
      at += size;
    }
  return pieces;
}

/* As 32 hexadecimal digits; the facts in the order of their names. */
static char *
sum_up (const GArray *pieces, GHashTable *facts)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (facts), (GCompareFunc) strcmp);
  XXH3_state_t *state = XXH3_createState ();
  XXH128_hash_t sum;

  XXH3_128bits_reset (state);
  for (guint i = 0; i < pieces->len; i++)
    XXH3_128bits_update (state, &g_array_index (pieces, Piece, i).sum, sizeof (XXH128_hash_t));
  for (GList *name = names; name != NULL; name = name->next)
    {
      const char *value = g_hash_table_lookup (facts, name->data);

      XXH3_128bits_update (state, name->data, strlen (name->data) + 1);
      XXH3_128bits_update (state, value, strlen (value) + 1);
    }
  sum = XXH3_128bits_digest (state);
  XXH3_freeState (state);
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", (guint64) sum.high64,
                          (guint64) sum.low64);
}

/* --- Names --- */

char *
lathe_checkpoint_previous (const char *path)
{
  return g_strconcat (path, ".previous", NULL);
}

char *
lathe_checkpoint_beside (const char *model_path)
{
  return g_strconcat (model_path, ".checkpoint", NULL);
}

char *
lathe_checkpoint_put_aside (const char *path)
{
  g_autofree char *previous = lathe_checkpoint_previous (path), *old = g_strconcat (path, ".old", NULL);

  if (g_rename (path, old) != 0 && g_rename (previous, old) != 0)
    return NULL;
  return g_steal_pointer (&old);
}

void
lathe_checkpoint_remove (const char *path)
{
  g_autofree char *previous = lathe_checkpoint_previous (path);

  g_unlink (previous);
  g_unlink (path);
}

/* --- Writing --- */

struct _LatheCheckpointWriter
{
  char *path, *previous;
  LatheWholeFile file;
  GThread *thread; /* flushes and renames the one before; or NULL */
  GError *error;   /* the thread's, to be read once it is joined */

  GArray *pieces; /* of the one that is being written */
  guint64 data;   /* where the tensors begin */
  GMutex lock;
  GError *piece_error;
};

LatheCheckpointWriter *
lathe_checkpoint_writer_new (const char *path)
{
  LatheCheckpointWriter *writer = g_new0 (LatheCheckpointWriter, 1);

  writer->path = g_strdup (path);
  writer->previous = lathe_checkpoint_previous (path);
  writer->file.fd = -1;
  g_mutex_init (&writer->lock);
  return writer;
}

void
lathe_checkpoint_writer_free (LatheCheckpointWriter *writer)
{
  lathe_checkpoint_writer_wait (writer, NULL);
  lathe_whole_file_abandon (&writer->file);
  g_mutex_clear (&writer->lock);
  g_free (writer->path);
  g_free (writer->previous);
  g_free (writer);
}

gboolean
lathe_checkpoint_writer_wait (LatheCheckpointWriter *writer, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (writer->thread != NULL)
    g_thread_join (g_steal_pointer (&writer->thread));
  reason = g_steal_pointer (&writer->error);
  if (reason == NULL)
    return TRUE;
  lathe_error_explain (
      error, reason, _ ("The checkpoint “%s” cannot be written: %s. The one before it is still there."), writer->path);
  return FALSE;
}

static void
write_piece (gpointer data, guint tile, guint thread)
{
  LatheCheckpointWriter *writer = data;
  Piece *piece = &g_array_index (writer->pieces, Piece, tile);
  g_autoptr (GError) error = NULL;

  piece->sum = XXH3_128bits (piece->bytes, piece->n);
  if (lathe_whole_file_write (&writer->file, writer->data + piece->at, piece->bytes, piece->n, &error))
    return;
  g_mutex_lock (&writer->lock);
  if (writer->piece_error == NULL)
    writer->piece_error = g_steal_pointer (&error);
  g_mutex_unlock (&writer->lock);
}

static gpointer
flush (gpointer data)
{
  LatheCheckpointWriter *writer = data;

  lathe_whole_file_finish (&writer->file, writer->previous, &writer->error);
  return NULL;
}

/* The header, with the checksum where it belongs. */
static GString *
make_header (const char *const *facts, const char *checksum, const GArray *tensors)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) metadata = NULL;

  g_strv_builder_add_many (builder, KEY_FORMAT, FORMAT, KEY_VERSION, VERSION, KEY_CHECKSUM, checksum, NULL);
  for (guint i = 0; facts[i] != NULL; i++)
    g_strv_builder_add (builder, facts[i]);
  metadata = g_strv_builder_end (builder);
  return lathe_safetensors_header ((const char *const *) metadata, tensors);
}

static gboolean
write_all (LatheCheckpointWriter *writer, const char *const *facts, const GArray *tensors, LathePool *pool,
           GError **error)
{
  g_autoptr (GString) blank = make_header (facts, NO_CHECKSUM, tensors);
  g_autoptr (GArray) pieces = cut (tensors);
  g_autoptr (GHashTable) table = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) header = NULL;
  g_autofree char *checksum = NULL;

  writer->data = blank->len;
  writer->pieces = pieces;
  if (!lathe_whole_file_begin (&writer->file, writer->path, error))
    return FALSE;
  lathe_pool_run (pool, pieces->len, write_piece, writer);
  writer->pieces = NULL;
  if (writer->piece_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&writer->piece_error));
      return FALSE;
    }
  for (guint i = 0; facts[i] != NULL; i += 2)
    g_hash_table_insert (table, (gpointer) facts[i], (gpointer) facts[i + 1]);
  checksum = sum_up (pieces, table);
  header = make_header (facts, checksum, tensors);
  g_assert (header->len == writer->data);
  return lathe_whole_file_write (&writer->file, 0, header->str, header->len, error);
}

gboolean
lathe_checkpoint_writer_write (LatheCheckpointWriter *writer, const char *const *facts, const GArray *tensors,
                               LathePool *pool, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!lathe_checkpoint_writer_wait (writer, error))
    return FALSE;
  if (write_all (writer, facts, tensors, pool, &reason))
    {
      writer->thread = g_thread_new ("lathe-checkpoint", flush, writer);
      return TRUE;
    }
  lathe_whole_file_abandon (&writer->file);
  lathe_error_explain (
      error, reason, _ ("The checkpoint “%s” cannot be written: %s. The one before it is still there."), writer->path);
  return FALSE;
}

/* --- Reading --- */

static void
clear_tensor (gpointer data)
{
  g_free (((LatheWeight *) data)->name);
}

void
lathe_checkpoint_free (LatheCheckpoint *checkpoint)
{
  g_clear_pointer (&checkpoint->facts, g_hash_table_unref);
  g_clear_pointer (&checkpoint->tensors, g_array_unref);
  lathe_memory_free (checkpoint->block);
  g_clear_error (&checkpoint->damage);
  g_free (checkpoint);
}

const char *
lathe_checkpoint_get (const LatheCheckpoint *checkpoint, const char *fact)
{
  return g_hash_table_lookup (checkpoint->facts, fact);
}

const float *
lathe_checkpoint_tensor (const LatheCheckpoint *checkpoint, const char *name, gsize n)
{
  for (guint i = 0; i < checkpoint->tensors->len; i++)
    {
      const LatheWeight *tensor = &g_array_index (checkpoint->tensors, LatheWeight, i);

      if (strcmp (tensor->name, name) == 0)
        return lathe_shape_size (&tensor->shape) == n ? tensor->data : NULL;
    }
  return NULL;
}

static gboolean
refuse (GError **error, int code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return FALSE;
}

/* All of the metadata but the first three keys. */
static gboolean
read_facts (LatheCheckpoint *checkpoint, const LatheSafetensors *file, GError **error)
{
  g_autoptr (GList) names = file->metadata != NULL ? json_object_get_members (file->metadata) : NULL;

  if (g_strcmp0 (lathe_safetensors_get (file, KEY_FORMAT), FORMAT) != 0)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is not a checkpoint"));
  if (g_strcmp0 (lathe_safetensors_get (file, KEY_VERSION), VERSION) != 0)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("another version of Lathe has written it"));
  checkpoint->facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (GList *name = names; name != NULL; name = name->next)
    {
      const char *value = lathe_safetensors_get (file, name->data);

      if (value == NULL)
        return refuse (error, LATHE_ERROR_FORMAT, _ ("it is damaged"));
      if (strcmp (name->data, KEY_FORMAT) != 0 && strcmp (name->data, KEY_VERSION) != 0 &&
          strcmp (name->data, KEY_CHECKSUM) != 0)
        g_hash_table_insert (checkpoint->facts, g_strdup (name->data), g_strdup (value));
    }
  return TRUE;
}

static gboolean
read_tensors (LatheCheckpoint *checkpoint, const LatheSafetensors *file, GError **error)
{
  float *data = lathe_memory_try_new (MAX (file->size, 1));

  checkpoint->tensors = lathe_safetensors_describe (file);
  g_array_set_clear_func (checkpoint->tensors, clear_tensor);
  checkpoint->block = data;
  if (data == NULL)
    return refuse (error, LATHE_ERROR_MEMORY, _ ("it does not fit into this machine's memory"));
  for (guint i = 0; i < checkpoint->tensors->len; i++)
    {
      LatheWeight *tensor = &g_array_index (checkpoint->tensors, LatheWeight, i);

      tensor->data = data;
      data += lathe_shape_size (&tensor->shape);
    }
  return lathe_safetensors_read (file, checkpoint->tensors, error);
}

static gboolean
check_sum (const LatheCheckpoint *checkpoint, const LatheSafetensors *file, GError **error)
{
  g_autoptr (GArray) pieces = cut (checkpoint->tensors);
  g_autofree char *checksum = NULL;

  for (guint i = 0; i < pieces->len; i++)
    {
      Piece *piece = &g_array_index (pieces, Piece, i);

      piece->sum = XXH3_128bits (piece->bytes, piece->n);
    }
  checksum = sum_up (pieces, checkpoint->facts);
  return g_strcmp0 (checksum, lathe_safetensors_get (file, KEY_CHECKSUM)) == 0 ||
         refuse (error, LATHE_ERROR_FORMAT, _ ("it is damaged"));
}

static LatheCheckpoint *
read_one (const char *path, GError **error)
{
  g_autoptr (LatheCheckpoint) checkpoint = g_new0 (LatheCheckpoint, 1);
  g_auto (LatheSafetensors) file = {.fd = -1};
  g_autoptr (GError) reason = NULL;

  if (lathe_safetensors_open (&file, path, &reason) && read_facts (checkpoint, &file, &reason) &&
      read_tensors (checkpoint, &file, &reason) && check_sum (checkpoint, &file, &reason))
    return g_steal_pointer (&checkpoint);
  lathe_error_explain (error, reason, _ ("The checkpoint “%s” cannot be read: %s."), path);
  return NULL;
}

LatheCheckpoint *
lathe_checkpoint_read (const char *path, GError **error)
{
  g_autofree char *previous = lathe_checkpoint_previous (path);
  g_autoptr (GError) damage = NULL;
  LatheCheckpoint *checkpoint = read_one (path, &damage);

  if (checkpoint != NULL)
    return checkpoint;
  checkpoint = read_one (previous, NULL);
  if (checkpoint != NULL)
    checkpoint->damage = g_steal_pointer (&damage);
  else
    g_propagate_error (error, g_steal_pointer (&damage));
  return checkpoint;
}
