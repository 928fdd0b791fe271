/* lathe-edits-file.c: edits on the disk, as JSON with an entry a line, sorted, so that versions of it can be compared.
 *
 * A file's name may be any bytes. What is no UTF-8, control characters, and the percent sign itself are written as in
 * an address: %FF.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-edits-private.h"
#include "lathe-inflate.h"

#define VERSION 1
#define MAX_FILE (256 << 20) /* bytes: over a million edits */

static void
write_names (JsonBuilder *json, const GPtrArray *names)
{
  json_builder_begin_array (json);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *name = lathe_json_escape (names->pdata[i]);

      json_builder_add_string_value (json, name);
    }
  json_builder_end_array (json);
}

static void
write_classes (JsonBuilder *json, const char *member, GHashTable *table)
{
  g_autoptr (GPtrArray) keys = lathe_edits_sort (table);

  json_builder_set_member_name (json, member);
  json_builder_begin_object (json);
  for (guint i = 0; i < keys->len; i++)
    {
      g_autofree char *name = lathe_json_escape (keys->pdata[i]);

      json_builder_set_member_name (json, name);
      json_builder_add_string_value (json, g_hash_table_lookup (table, keys->pdata[i]));
    }
  json_builder_end_object (json);
}

/* Set by set, in the order of their first names. */
static void
write_joined (JsonBuilder *json, const LatheEdits *edits)
{
  g_autoptr (GPtrArray) names = lathe_edits_sort (edits->joined);
  g_autoptr (GPtrArray) sets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_autoptr (GHashTable) by_number = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < names->len; i++)
    {
      gpointer number = g_hash_table_lookup (edits->joined, names->pdata[i]);
      GPtrArray *set = g_hash_table_lookup (by_number, number);

      if (set == NULL)
        {
          set = g_ptr_array_new ();
          g_ptr_array_add (sets, set);
          g_hash_table_insert (by_number, number, set);
        }
      g_ptr_array_add (set, names->pdata[i]);
    }
  json_builder_set_member_name (json, "joined");
  json_builder_begin_array (json);
  for (guint i = 0; i < sets->len; i++)
    write_names (json, sets->pdata[i]);
  json_builder_end_array (json);
}

/* A key's first line is the flaw, and each other one the name of an image. */
static void
write_kept (JsonBuilder *json, const LatheEdits *edits)
{
  g_autoptr (GPtrArray) keys = lathe_edits_sort (edits->kept);

  json_builder_set_member_name (json, "kept");
  json_builder_begin_array (json);
  for (guint i = 0; i < keys->len; i++)
    {
      g_auto (GStrv) lines = g_strsplit (keys->pdata[i], "\n", -1);

      json_builder_begin_object (json);
      json_builder_set_member_name (json, "flaw");
      json_builder_add_string_value (json, lines[0]);
      json_builder_set_member_name (json, "images");
      json_builder_begin_array (json);
      for (guint line = 1; lines[line] != NULL; line++)
        json_builder_add_string_value (json, lines[line]);
      json_builder_end_array (json);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

/**
 * lathe_edits_to_json:
 *
 * Returns: (transfer full): the same text for the same edits
 */
char *
lathe_edits_to_json (const LatheEdits *edits)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GPtrArray) excluded = NULL;

  g_return_val_if_fail (edits != NULL, NULL);

  excluded = lathe_edits_sort (edits->excluded);
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "version");
  json_builder_add_int_value (json, VERSION);
  json_builder_set_member_name (json, "excluded");
  write_names (json, excluded);
  write_classes (json, "labels", edits->labels);
  write_classes (json, "added", edits->added);
  write_joined (json, edits);
  write_kept (json, edits);
  json_builder_end_object (json);

  root = json_builder_get_root (json);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  return json_generator_to_data (generator, NULL);
}

/**
 * lathe_edits_save:
 *
 * The whole file or none. Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_edits_save (const LatheEdits *edits, const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *json = NULL, *text = NULL, *name = NULL;

  g_return_val_if_fail (edits != NULL && path != NULL, FALSE);

  json = lathe_edits_to_json (edits);
  text = g_strconcat (json, "\n", NULL);
  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                &reason))
    return TRUE;
  name = g_filename_display_name (path);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
               _ ("What was decided about the images cannot be saved as “%s”: %s. Choose another place."), name,
               reason->message);
  return FALSE;
}

/* --- Reading --- */

static char *
read_name (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_VALUE (node) ? lathe_json_unescape (json_node_get_string (node)) : NULL;
}

/* A member that is not there is one that is empty. */
static gboolean
get_array (JsonObject *root, const char *member, JsonArray **array)
{
  JsonNode *node = json_object_get_member (root, member);

  *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  return node == NULL || *array != NULL;
}

static gboolean
read_excluded (JsonObject *root, LatheEdits *edits)
{
  JsonArray *array;

  if (!get_array (root, "excluded", &array))
    return FALSE;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      g_autofree char *name = read_name (array, i);

      if (name == NULL)
        return FALSE;
      lathe_edits_set_excluded (edits, name, TRUE);
    }
  return TRUE;
}

/* (transfer full): NULL where one is no name */
static GStrv
read_names (JsonArray *array)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *name = read_name (array, i);

      if (name == NULL)
        return NULL;
      g_strv_builder_add (names, name);
    }
  return g_strv_builder_end (names);
}

static gboolean
is_joined_already (const LatheEdits *edits, char **names)
{
  for (guint i = 0; names[i] != NULL; i++)
    if (g_hash_table_contains (edits->joined, names[i]))
      return TRUE;
  return FALSE;
}

static gboolean
read_joined (JsonObject *root, LatheEdits *edits)
{
  JsonArray *sets;

  if (!get_array (root, "joined", &sets))
    return FALSE;
  for (guint i = 0; sets != NULL && i < json_array_get_length (sets); i++)
    {
      JsonNode *node = json_array_get_element (sets, i);
      g_auto (GStrv) names = JSON_NODE_HOLDS_ARRAY (node) ? read_names (json_node_get_array (node)) : NULL;

      if (names == NULL || is_joined_already (edits, names))
        return FALSE;
      lathe_edits_join (edits, (const char *const *) names);
    }
  return TRUE;
}

static gboolean
read_finding (JsonObject *finding, LatheEdits *edits)
{
  const char *flaw = json_object_get_string_member_with_default (finding, "flaw", "");
  g_auto (GStrv) names = NULL;
  JsonArray *images;

  if (*flaw == '\0' || strchr (flaw, '\n') != NULL || !get_array (finding, "images", &images))
    return FALSE;
  names = images != NULL ? read_names (images) : g_new0 (char *, 1);
  if (names != NULL)
    lathe_edits_set_kept (edits, flaw, (const char *const *) names, TRUE);
  return names != NULL;
}

static gboolean
read_kept (JsonObject *root, LatheEdits *edits)
{
  JsonArray *findings;

  if (!get_array (root, "kept", &findings))
    return FALSE;
  for (guint i = 0; findings != NULL && i < json_array_get_length (findings); i++)
    {
      JsonNode *node = json_array_get_element (findings, i);

      if (!JSON_NODE_HOLDS_OBJECT (node) || !read_finding (json_node_get_object (node), edits))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_classes (JsonObject *root, const char *member, LatheEdits *edits,
              void (*set) (LatheEdits *edits, const char *name, const char *class_name), gboolean absolute)
{
  JsonNode *node = json_object_get_member (root, member);
  JsonObjectIter iterator;
  const char *key;
  JsonNode *value;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  json_object_iter_init (&iterator, json_node_get_object (node));
  while (json_object_iter_next (&iterator, &key, &value))
    {
      g_autofree char *name = lathe_json_unescape (key);
      const char *class_name = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_string (value) : NULL;

      if (name == NULL || class_name == NULL || *class_name == '\0' || (absolute && !g_path_is_absolute (name)))
        return FALSE;
      set (edits, name, class_name);
    }
  return TRUE;
}

/**
 * lathe_edits_from_json:
 * @text: UTF-8
 *
 * Errors: LATHE_ERROR_FORMAT; the message is the reason alone.
 */
LatheEdits *
lathe_edits_from_json (const char *text, GError **error)
{
  g_autoptr (JsonNode) node = lathe_json_parse (text);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  JsonObject *root = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *reason;

  if (root == NULL)
    reason = _ ("it is not the JSON that Lathe writes");
  else if (json_object_get_int_member_with_default (root, "version", 0) != VERSION)
    reason = _ ("it was written by another version of Lathe");
  else if (!read_excluded (root, edits) || !read_joined (root, edits) || !read_kept (root, edits) ||
           !read_classes (root, "labels", edits, lathe_edits_set_label, FALSE) ||
           !read_classes (root, "added", edits, lathe_edits_add, TRUE))
    reason = _ ("it holds something that is no image or no class");
  else
    return g_steal_pointer (&edits);
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason);
  return NULL;
}

/* bytes: anything. Errors: LATHE_ERROR_FORMAT; the message is the reason alone. */
static LatheEdits *
read_bytes (const char *bytes, gsize length, GError **error)
{
  g_autofree char *text = NULL;

  if (memchr (bytes, '\0', length) != NULL || !g_utf8_validate (bytes, (gssize) length, NULL))
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it is not the JSON that Lathe writes"));
      return NULL;
    }
  text = g_strndup (bytes, length);
  return lathe_edits_from_json (text, error);
}

/* --- Packed --- */

/**
 * lathe_edits_pack:
 *
 * Names are much alike, and take a tenth of the room when they are compressed.
 *
 * Returns: (transfer full): ASCII, for lathe_edits_unpack()
 */
char *
lathe_edits_pack (const LatheEdits *edits)
{
  g_autofree char *json = lathe_edits_to_json (edits);
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, G_CONVERTER (compressor));
  gboolean ok = g_output_stream_write_all (stream, json, strlen (json), NULL, NULL, NULL) &&
                g_output_stream_close (stream, NULL, NULL);

  g_assert (ok);
  return g_base64_encode (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (memory)),
                          g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (memory)));
}

/**
 * lathe_edits_unpack:
 * @text: from anywhere
 *
 * As much as a file of edits may hold. Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; the message is the reason
 * alone.
 */
LatheEdits *
lathe_edits_unpack (const char *text, GError **error)
{
  g_autofree guint8 *packed = NULL, *bytes = NULL;
  gsize n_packed, length;

  g_return_val_if_fail (text != NULL, NULL);

  packed = g_base64_decode (text, &n_packed);
  bytes = lathe_gunzip (packed, n_packed, MAX_FILE, &length, error);
  return bytes != NULL ? read_bytes ((const char *) bytes, length, error) : NULL;
}

/* --- From the disk --- */

static LatheEdits *
read_file (const char *path, GError **error)
{
  g_autofree char *bytes = NULL;
  GStatBuf status;
  gsize length;

  if (g_stat (path, &status) == 0 && (!S_ISREG (status.st_mode) || status.st_size > MAX_FILE))
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it is no file that Lathe writes"));
      return NULL;
    }
  return g_file_get_contents (path, &bytes, &length, error) ? read_bytes (bytes, length, error) : NULL;
}

/**
 * lathe_edits_load:
 *
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT.
 */
LatheEdits *
lathe_edits_load (const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *name = NULL;
  LatheEdits *edits;

  g_return_val_if_fail (path != NULL, NULL);

  edits = read_file (path, &reason);
  if (edits != NULL)
    return edits;
  name = g_filename_display_name (path);
  if (reason->domain == LATHE_ERROR)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                 _ ("The list of edits “%s” cannot be used: %s. Mend it, or take it away to begin anew."), name,
                 reason->message);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The list of edits “%s” cannot be read: %s."), name,
                 reason->message);
  return NULL;
}
