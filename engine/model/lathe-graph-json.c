/* lathe-graph-json.c: a network written as text, and read from files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-private.h"

#include <glib/gstdio.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-preset.h"

/* --- Writing --- */

static void
write_property (JsonBuilder *builder, const LatheProperty *property, double value)
{
  json_builder_set_member_name (builder, property->name);
  if (property->type == LATHE_PROPERTY_CHOICE)
    json_builder_add_string_value (builder, property->choices[(int) value]);
  else if (property->type == LATHE_PROPERTY_INTEGER)
    json_builder_add_int_value (builder, (gint64) value);
  else
    json_builder_add_double_value (builder, value);
}

static void
write_card (JsonBuilder *builder, const LatheNode *node)
{
  if (node->group != NULL)
    {
      json_builder_set_member_name (builder, "group");
      json_builder_add_string_value (builder, node->group);
    }
  if (!node->placed)
    return;
  json_builder_set_member_name (builder, "at");
  json_builder_begin_array (builder);
  json_builder_add_double_value (builder, node->x);
  json_builder_add_double_value (builder, node->y);
  json_builder_end_array (builder);
}

static void
write_node (JsonBuilder *builder, const LatheNode *node)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, node->name);
  json_builder_set_member_name (builder, "kind");
  json_builder_add_string_value (builder, node->kind->name);
  write_card (builder, node);
  json_builder_set_member_name (builder, "inputs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < node->inputs->len; i++)
    json_builder_add_string_value (builder, ((LatheNode *) node->inputs->pdata[i])->name);
  json_builder_end_array (builder);
  for (guint i = 0; i < node->kind->n_properties; i++)
    write_property (builder, &node->kind->properties[i], node->properties.value[i]);
  json_builder_end_object (builder);
}

/**
 * lathe_graph_to_json:
 *
 * Returns: (transfer full): the network as text
 */
char *
lathe_graph_to_json (const LatheGraph *graph)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "lathe-network");
  json_builder_add_int_value (builder, LATHE_GRAPH_VERSION);
  json_builder_set_member_name (builder, "nodes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    write_node (builder, lathe_graph_get_node (graph, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return lathe_json_write (root, TRUE);
}

/* --- Files --- */

/* `account`: NULL where nothing may be wrong with it. */
static LatheGraph *
load_file (const char *path, GPtrArray **account, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  GStatBuf info;
  g_autoptr (GError) reason = NULL;
  LatheGraph *graph = NULL;
  gboolean known = g_stat (path, &info) == 0;

  if (known && !S_ISREG (info.st_mode))
    g_set_error_literal (&reason, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it is a folder or a device"));
  else if (known && info.st_size > LATHE_GRAPH_MAX_TEXT)
    g_set_error_literal (&reason, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it is larger than 6 MiB"));
  else if (g_file_get_contents (path, &text, &length, &reason))
    graph = account != NULL ? lathe_graph_from_json_lenient (text, (gssize) length, account, &reason)
                            : lathe_graph_from_json (text, (gssize) length, &reason);
  if (graph == NULL)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("%s is not a network file: %s"), path, reason->message);
  return graph;
}

/**
 * lathe_graph_load:
 *
 * Errors: as lathe_preset_load(), and LATHE_ERROR_FORMAT for a file that holds no network.
 */
LatheGraph *
lathe_graph_load (const char *preset_or_path, GError **error)
{
  if (lathe_preset_find (preset_or_path) == NULL && g_file_test (preset_or_path, G_FILE_TEST_IS_REGULAR))
    return load_file (preset_or_path, NULL, error);
  return lathe_preset_load (preset_or_path, error);
}

/**
 * lathe_graph_load_lenient:
 * @account: (out) (transfer full) (element-type utf8): a sentence for all that was wrong; empty when nothing was
 *
 * As lathe_graph_from_json_lenient(), from a file.
 *
 * Errors: LATHE_ERROR_FORMAT for a file that holds no network.
 */
LatheGraph *
lathe_graph_load_lenient (const char *path, GPtrArray **account, GError **error)
{
  return load_file (path, account, error);
}
