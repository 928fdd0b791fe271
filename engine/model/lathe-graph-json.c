/* lathe-graph-json.c: a network as text, and the presets, which are such texts inside the program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-presets.h"

#define MAX_TEXT (1 << 20)
#define MAX_NODES 4096
#define PRESET_PATH "/org/lathe/Lathe/presets/"

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
write_node (JsonBuilder *builder, const LatheNode *node)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, node->name);
  json_builder_set_member_name (builder, "kind");
  json_builder_add_string_value (builder, node->kind->name);
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
  json_builder_set_member_name (builder, "nodes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    write_node (builder, lathe_graph_get_node (graph, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, TRUE);
}

/* --- Reading: every node is checked before anything is believed --- */

static const char *
string_member (JsonObject *object, const char *name)
{
  JsonNode *member = json_object_get_member (object, name);

  return member != NULL && JSON_NODE_HOLDS_VALUE (member) && json_node_get_value_type (member) == G_TYPE_STRING
             ? json_node_get_string (member)
             : NULL;
}

static gboolean
refuse (GError **error, const char *reason, const char *what)
{
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason, what);
  return FALSE;
}

static gboolean
read_property (LatheGraph *graph, LatheNode *node, const char *name, JsonNode *member, GError **error)
{
  int index = lathe_layer_kind_property (node->kind, name);
  GType type = JSON_NODE_HOLDS_VALUE (member) ? json_node_get_value_type (member) : G_TYPE_INVALID;
  double value;

  if (index < 0)
    return refuse (error, _ ("a layer has the unknown property “%s”"), name);
  if (node->kind->properties[index].type == LATHE_PROPERTY_CHOICE)
    {
      if (type != G_TYPE_STRING)
        return refuse (error, _ ("property “%s” must be a text"), name);
      if (!lathe_property_parse (&node->kind->properties[index], json_node_get_string (member), &value, error))
        return FALSE;
    }
  else
    {
      if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
        return refuse (error, _ ("property “%s” must be a number"), name);
      value = json_node_get_double (member);
    }
  return lathe_graph_set (graph, node, name, value, error);
}

static gboolean
read_node (LatheGraph *graph, JsonNode *element, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
  const char *name = object != NULL ? string_member (object, "name") : NULL;
  const char *kind_name = object != NULL ? string_member (object, "kind") : NULL;
  const LatheLayerKind *kind = lathe_layer_kind_find (kind_name);
  JsonObjectIter iter;
  const char *key;
  JsonNode *member;
  LatheNode *node;

  if (name == NULL || *name == '\0' || kind_name == NULL)
    return refuse (error, _ ("a layer lacks its “%s”"), name == NULL || *name == '\0' ? "name" : "kind");
  if (kind == NULL)
    return refuse (error, _ ("there is no kind of layer called “%s”"), kind_name);
  if (lathe_graph_find (graph, name) != NULL)
    return refuse (error, _ ("two layers are called “%s”"), name);
  node = lathe_graph_add (graph, kind, name);
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &key, &member))
    if (!g_str_equal (key, "name") && !g_str_equal (key, "kind") && !g_str_equal (key, "inputs") &&
        !read_property (graph, node, key, member, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_inputs (LatheGraph *graph, LatheNode *node, JsonObject *object, GError **error)
{
  JsonNode *member = json_object_get_member (object, "inputs");
  JsonArray *inputs;

  if (member == NULL)
    return TRUE;
  inputs = JSON_NODE_HOLDS_ARRAY (member) ? json_node_get_array (member) : NULL;
  if (inputs == NULL || json_array_get_length (inputs) > LATHE_MAX_INPUTS)
    return refuse (error, _ ("the inputs of layer “%s” are no list of names"), node->name);
  for (guint i = 0; i < json_array_get_length (inputs); i++)
    {
      JsonNode *element = json_array_get_element (inputs, i);
      const char *name = JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_STRING
                             ? json_node_get_string (element)
                             : NULL;
      LatheNode *from = name != NULL ? lathe_graph_find (graph, name) : NULL;

      if (from == NULL)
        return refuse (error, _ ("an input of layer “%s” is no layer of this network"), node->name);
      lathe_graph_connect (graph, from, node);
    }
  return TRUE;
}

static JsonArray *
find_nodes (JsonParser *parser)
{
  JsonNode *root = json_parser_get_root (parser);
  JsonNode *nodes = root != NULL && JSON_NODE_HOLDS_OBJECT (root)
                        ? json_object_get_member (json_node_get_object (root), "nodes")
                        : NULL;

  return nodes != NULL && JSON_NODE_HOLDS_ARRAY (nodes) ? json_node_get_array (nodes) : NULL;
}

/**
 * lathe_graph_from_json:
 * @length: in bytes, or -1 when zero-terminated
 *
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_INVALID. The graph need not work: lathe_graph_check() tells.
 */
LatheGraph *
lathe_graph_from_json (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  JsonArray *nodes;

  if (length < 0)
    length = (gssize) strlen (text);
  if (length > MAX_TEXT || !lathe_json_is_shallow (text, (gsize) length))
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                           _ ("the text is longer than 1 MiB, nested too deeply, or no JSON"));
      return NULL;
    }
  if (!json_parser_load_from_data (parser, text, length, error))
    return NULL;
  nodes = find_nodes (parser);
  if (nodes == NULL || json_array_get_length (nodes) == 0 || json_array_get_length (nodes) > MAX_NODES)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("there is no list of layers, “nodes”, in it"));
      return NULL;
    }
  for (guint i = 0; i < json_array_get_length (nodes); i++)
    if (!read_node (graph, json_array_get_element (nodes, i), error))
      return NULL;
  for (guint i = 0; i < json_array_get_length (nodes); i++)
    if (!read_inputs (graph, lathe_graph_get_node (graph, i), json_array_get_object_element (nodes, i), error))
      return NULL;
  return g_steal_pointer (&graph);
}

/* --- Presets --- */

static const struct
{
  const char *name, *summary;
} presets[] = {
    {"seed", N_ ("One convolution and two dense layers: small, quick, a good first try")},
    {"lenet", N_ ("Two convolutions and three dense layers, after LeCun’s network for digits of 1998")},
    {"vgg", N_ ("Three pairs of 3×3 convolutions, after Simonyan and Zisserman’s VGG of 2014: slower, more exact")},
    {"resnet20", N_ ("Nine residual blocks with batch norm, after He and others’ network for small images of 2015")},
    {"alexnet", N_ ("Five convolutions and three large dense layers, after Krizhevsky’s network of 2012 and 2014")},
    {"vgg11", N_ ("Eight 3×3 convolutions and three large dense layers, after Simonyan and Zisserman’s VGG of 2014")},
    {"vgg16", N_ ("Thirteen 3×3 convolutions and three large dense layers: VGG as it is mostly used, large and slow")},
    {"resnet18", N_ ("Eight residual blocks, the smallest of He and others’ networks for photographs of 2015")},
    {"resnet50",
     N_ ("Sixteen residual blocks of three convolutions, the best known of He and others’ networks of 2015")},
    {"mobilenet",
     N_ ("Seventeen narrow blocks of depthwise convolutions, after Sandler and others’ MobileNet V2 of 2018")},
    {"efficientnet-lite0",
     N_ ("Sixteen depthwise blocks, exact for its size, after Tan and Le’s EfficientNet of 2019 for small devices")},
    {"airbench", N_ ("Three pairs of 3×3 convolutions behind one made of the images, after Jordan’s network of 2024: "
                     "for --recipe")},
    {"airbench-small", N_ ("The same, narrower: for small grey images")},
    {"mlp", N_ ("Dense layers alone: what can be learned without looking at shapes")},
};

/**
 * lathe_preset_names:
 *
 * Returns: (transfer none): NULL-terminated, the one to start with first
 */
const char *const *
lathe_preset_names (void)
{
  static const char *names[G_N_ELEMENTS (presets) + 1];
  static gsize done;

  if (g_once_init_enter (&done))
    {
      for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
        names[i] = presets[i].name;
      g_once_init_leave (&done, 1);
    }
  return names;
}

const char *
lathe_preset_summary (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    if (g_str_equal (presets[i].name, name))
      return _ (presets[i].summary);
  return NULL;
}

/**
 * lathe_preset_load:
 *
 * Errors: LATHE_ERROR_INVALID when there is no such preset; the message lists those there are.
 */
LatheGraph *
lathe_preset_load (const char *name, GError **error)
{
  g_autofree char *path = g_strconcat (PRESET_PATH, name, ".json", NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (lathe_presets_get_resource (), path, 0, NULL);

  if (bytes == NULL || lathe_preset_summary (name) == NULL)
    {
      g_autofree char *names = g_strjoinv (", ", (char **) lathe_preset_names ());

      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                   _ ("There is no preset and no file “%s”; the presets are %s"), name, names);
      return NULL;
    }
  return lathe_graph_from_json (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), error);
}

static LatheGraph *
load_file (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  GStatBuf info;
  g_autoptr (GError) reason = NULL;
  LatheGraph *graph = NULL;

  if (g_stat (path, &info) == 0 && info.st_size > MAX_TEXT)
    g_set_error_literal (&reason, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it is larger than 1 MiB"));
  else if (g_file_get_contents (path, &text, &length, &reason))
    graph = lathe_graph_from_json (text, (gssize) length, &reason);
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
  if (lathe_preset_summary (preset_or_path) == NULL && g_file_test (preset_or_path, G_FILE_TEST_IS_REGULAR))
    return load_file (preset_or_path, error);
  return lathe_preset_load (preset_or_path, error);
}
