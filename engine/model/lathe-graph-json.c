/* lathe-graph-json.c: a network written as text, and the presets, which are such texts inside the program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-private.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-presets.h"

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
  if (lathe_preset_summary (preset_or_path) == NULL && g_file_test (preset_or_path, G_FILE_TEST_IS_REGULAR))
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
