/* lathe-import-keras-graph.c: the layers of a model that Keras has saved, and what each of them takes.
 *
 * A chain (“Sequential”) says nothing of inputs; of others each layer says where its inputs come from, Keras 2 as
 * [name, 0, 0, {}] and Keras 3 as a tensor with a history. JSON from outside has bounds of its own: what JSON-GLib
 * makes of it takes many times its size.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-import-keras.h"

#define MOST_VALUES 300000u /* of the JSON: a layer has about fifty */
#define MOST_LISTS 100000u  /* and objects, which take some hundred bytes each: a layer has about twenty */
#define MOST_NESTED 4       /* lists of lists of inputs */

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason);
  return FALSE;
}

static gboolean
refuse_senseless (GError **error)
{
  return refuse (error, _ ("its description of the network makes no sense"));
}

/* --- JSON --- */

static JsonObject *
to_object (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
to_array (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static const char *
to_text (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static gboolean
to_number (JsonNode *node, double *number)
{
  GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == G_TYPE_BOOLEAN)
    *number = json_node_get_boolean (node);
  else if (type == G_TYPE_INT64 || type == G_TYPE_DOUBLE)
    *number = json_node_get_double (node);
  else
    return FALSE;
  return isfinite (*number);
}

gboolean
lathe_keras_source_get (const LatheKerasSource *source, const char *name, double *number)
{
  return to_number (json_object_get_member (source->config, name), number);
}

double
lathe_keras_source_number (const LatheKerasSource *source, const char *name, double usual)
{
  double number = usual;

  return lathe_keras_source_get (source, name, &number) ? number : usual;
}

/* One number stands for both. */
gboolean
lathe_keras_source_get_pair (const LatheKerasSource *source, const char *name, double pair[2])
{
  JsonNode *node = json_object_get_member (source->config, name);
  JsonArray *array = to_array (node);

  if (array != NULL && json_array_get_length (array) == 2)
    return to_number (json_array_get_element (array, 0), &pair[0]) &&
           to_number (json_array_get_element (array, 1), &pair[1]);
  pair[1] = 0;
  if (!to_number (node, &pair[0]))
    return FALSE;
  pair[1] = pair[0];
  return TRUE;
}

/* A function by its name is as good as its name. (nullable) */
const char *
lathe_keras_source_get_word (const LatheKerasSource *source, const char *name)
{
  JsonNode *node = json_object_get_member (source->config, name);
  JsonObject *object = to_object (node);

  if (object != NULL && g_strcmp0 (to_text (json_object_get_member (object, "class_name")), "function") == 0)
    node = json_object_get_member (object, "config");
  return to_text (node);
}

/* Whether there is something, and not nothing. */
gboolean
lathe_keras_source_is_set (const LatheKerasSource *source, const char *name)
{
  JsonNode *node = json_object_get_member (source->config, name);

  return node != NULL && !JSON_NODE_HOLDS_NULL (node);
}

static gboolean
is_small (const char *text)
{
  guint n_values = 0, n_lists = 0;

  for (const char *c = text; *c != '\0'; c++)
    {
      n_values += *c == ',';
      n_lists += *c == '{' || *c == '[';
    }
  return n_values <= MOST_VALUES && n_lists <= MOST_LISTS;
}

/* --- Layers --- */

static void
source_free (gpointer data)
{
  LatheKerasSource *source = data;

  g_ptr_array_unref (source->inputs);
  g_free (source->obstacle);
  g_free (source->path);
  g_free (source);
}

static LatheKerasSource *
find (const LatheKerasIn *in, const char *name)
{
  for (guint i = 0; name != NULL && i < in->layers->len; i++)
    if (g_str_equal (((LatheKerasSource *) in->layers->pdata[i])->name, name))
      return in->layers->pdata[i];
  return NULL;
}

static LatheKerasSource *
add_source (LatheKerasIn *in, JsonObject *object, GError **error)
{
  LatheKerasSource *source = g_new0 (LatheKerasSource, 1);
  JsonObject *config = object != NULL ? to_object (json_object_get_member (object, "config")) : NULL;

  source->inputs = g_ptr_array_new ();
  g_ptr_array_add (in->layers, source);
  source->name = "";
  if (config == NULL)
    {
      refuse_senseless (error);
      return NULL;
    }
  source->config = config;
  source->class = to_text (json_object_get_member (object, "class_name"));
  source->name = to_text (json_object_get_member (config, "name"));
  if (source->class != NULL && source->name != NULL)
    return source;
  source->name = "";
  refuse_senseless (error);
  return NULL;
}

/* --- Chains --- */

/* The shape of what comes in, of the first layer or of the model. (nullable) */
static JsonArray *
find_shape (const LatheKerasSource *first, JsonObject *model)
{
  JsonArray *shape = to_array (json_object_get_member (first->config, "batch_shape"));

  if (shape == NULL)
    shape = to_array (json_object_get_member (first->config, "batch_input_shape"));
  if (shape == NULL && model != NULL)
    shape = to_array (json_object_get_member (model, "build_input_shape"));
  return shape;
}

/* A chain need not have a layer for its input: one is made. */
static void
add_input (LatheKerasIn *in, JsonArray *shape)
{
  LatheKerasSource *source = g_new0 (LatheKerasSource, 1);
  JsonObject *config = json_object_new ();
  JsonObject *root = json_node_get_object (in->root);

  json_array_ref (shape);
  json_object_set_array_member (config, "batch_shape", shape);
  json_object_set_object_member (root, "input made here", config); /* which owns it */
  source->name = "input";
  source->class = "InputLayer";
  source->config = config;
  source->inputs = g_ptr_array_new ();
  g_ptr_array_insert (in->layers, 0, source);
}

static gboolean
link_chain (LatheKerasIn *in, JsonObject *model, GError **error)
{
  LatheKerasSource *first = in->layers->len > 0 ? in->layers->pdata[0] : NULL;

  if (first == NULL)
    return refuse_senseless (error);
  if (!g_str_equal (first->class, "InputLayer"))
    {
      JsonArray *shape = find_shape (first, model);

      if (shape == NULL)
        return refuse (error, _ ("it does not say how large its images are; build it before it is saved"));
      add_input (in, shape);
    }
  for (guint i = 0; i < in->layers->len; i++)
    {
      LatheKerasSource *source = in->layers->pdata[i];

      if (i > 0)
        g_ptr_array_add (source->inputs, in->layers->pdata[i - 1]);
    }
  in->input = in->layers->pdata[0];
  in->output = in->layers->pdata[in->layers->len - 1];
  return TRUE;
}

/* --- Branches --- */

/* [name, call, output, …]: the only output of the only call. */
static LatheKerasSource *
follow_history (const LatheKerasIn *in, JsonArray *history)
{
  double call, output;

  if (history == NULL || json_array_get_length (history) < 3 ||
      !to_number (json_array_get_element (history, 1), &call) ||
      !to_number (json_array_get_element (history, 2), &output) || call != 0 || output != 0)
    return NULL;
  return find (in, to_text (json_array_get_element (history, 0)));
}

static gboolean
add_from (LatheKerasSource *source, LatheKerasSource *from)
{
  if (from != NULL)
    g_ptr_array_add (source->inputs, from);
  return from != NULL;
}

/* What a layer is told besides: nothing, or nothing that matters when it answers. Augmentation always says that it is
 * being trained. */
static gboolean
is_harmless (const LatheKerasSource *source, JsonNode *node)
{
  JsonObject *object = to_object (node);
  g_autoptr (GList) members = object != NULL ? json_object_get_members (object) : NULL;
  double number;

  for (GList *member = members; member != NULL; member = member->next)
    {
      JsonNode *value = json_object_get_member (object, member->data);

      if (!g_str_equal (member->data, "training") && !g_str_equal (member->data, "mask"))
        return FALSE;
      if (g_str_has_prefix (source->class, "Random"))
        continue;
      if (!JSON_NODE_HOLDS_NULL (value) && (!to_number (value, &number) || number != 0))
        return FALSE;
    }
  return TRUE;
}

/* Keras 3: tensors, and lists of them. */
static gboolean
add_tensors (const LatheKerasIn *in, LatheKerasSource *source, JsonNode *node, guint depth)
{
  JsonArray *list = to_array (node);
  JsonObject *object = to_object (node), *config;

  if (list != NULL)
    {
      for (guint i = 0; i < json_array_get_length (list); i++)
        if (depth == MOST_NESTED || !add_tensors (in, source, json_array_get_element (list, i), depth + 1))
          return FALSE;
      return TRUE;
    }
  config = object != NULL ? to_object (json_object_get_member (object, "config")) : NULL;
  return config != NULL &&
         g_strcmp0 (to_text (json_object_get_member (object, "class_name")), "__keras_tensor__") == 0 &&
         add_from (source, follow_history (in, to_array (json_object_get_member (config, "keras_history"))));
}

static gboolean
add_call (const LatheKerasIn *in, LatheKerasSource *source, JsonNode *node)
{
  JsonObject *call = to_object (node);
  JsonArray *list = to_array (node);

  if (call != NULL)
    return is_harmless (source, json_object_get_member (call, "kwargs")) &&
           add_tensors (in, source, json_object_get_member (call, "args"), 0);
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonArray *history = to_array (json_array_get_element (list, i));

      if (!add_from (source, follow_history (in, history)) ||
          (json_array_get_length (history) > 3 && !is_harmless (source, json_array_get_element (history, 3))))
        return FALSE;
    }
  return list != NULL;
}

/* Where the network begins or ends: [name, 0, 0], alone or the only one of a list. */
static LatheKerasSource *
find_end (const LatheKerasIn *in, JsonObject *model, const char *name)
{
  JsonArray *list = to_array (json_object_get_member (model, name));

  if (list != NULL && json_array_get_length (list) == 1)
    list = to_array (json_array_get_element (list, 0));
  return follow_history (in, list);
}

static gboolean
link_layers (LatheKerasIn *in, JsonObject *model, JsonArray *layers, GError **error)
{
  for (guint i = 0; i < in->layers->len; i++)
    {
      LatheKerasSource *source = in->layers->pdata[i];
      JsonObject *object = to_object (json_array_get_element (layers, i));
      JsonArray *calls = to_array (json_object_get_member (object, "inbound_nodes"));
      guint n = calls != NULL ? json_array_get_length (calls) : 0;

      if (n == 1 && !add_call (in, source, json_array_get_element (calls, 0)))
        source->obstacle = g_strdup (_ ("takes something that is no output of a layer"));
      else if (n > 1)
        source->obstacle = g_strdup (_ ("is used several times"));
    }
  in->input = find_end (in, model, "input_layers");
  in->output = find_end (in, model, "output_layers");
  return (in->input != NULL && in->output != NULL) ||
         refuse (error, _ ("it has several inputs or outputs, and Lathe’s networks have one of each"));
}

/* --- All of it --- */

static gboolean
add_sources (LatheKerasIn *in, JsonArray *layers, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  if (json_array_get_length (layers) > LATHE_GRAPH_MAX_NODES)
    return refuse (error, _ ("it has more layers than a network of Lathe’s may have"));
  for (guint i = 0; i < json_array_get_length (layers); i++)
    {
      const LatheKerasSource *source = add_source (in, to_object (json_array_get_element (layers, i)), error);

      if (source == NULL)
        return FALSE;
      if (!g_hash_table_add (names, (gpointer) source->name))
        return refuse_senseless (error);
    }
  return TRUE;
}

static gboolean
count_readers (LatheKerasIn *in)
{
  for (guint i = 0; i < in->layers->len; i++)
    {
      const LatheKerasSource *source = in->layers->pdata[i];

      for (guint j = 0; j < source->inputs->len; j++)
        ((LatheKerasSource *) source->inputs->pdata[j])->n_readers++;
    }
  return TRUE;
}

/**
 * lathe_keras_in_parse:
 * @in: zeros, but for what is known of the file
 * @text: the model's description
 *
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_keras_in_parse (LatheKerasIn *in, const char *text, GError **error)
{
  JsonObject *root, *config;
  JsonNode *member;
  JsonArray *layers;
  const char *class;

  in->root = is_small (text) ? lathe_json_parse (text) : NULL;
  root = to_object (in->root);
  if (root == NULL)
    return refuse_senseless (error);
  class = to_text (json_object_get_member (root, "class_name"));
  member = json_object_get_member (root, "config");
  config = to_object (member);
  /* The first versions of Keras 2 had a chain's layers there at once. */
  layers = config != NULL ? to_array (json_object_get_member (config, "layers")) : to_array (member);
  in->layers = g_ptr_array_new_with_free_func (source_free);
  in->sequential = g_strcmp0 (class, "Sequential") == 0;
  if (!in->sequential && g_strcmp0 (class, "Functional") != 0 && g_strcmp0 (class, "Model") != 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                   _ ("it is a model of the class “%s”, whose network is code; only Sequential and Functional models "
                      "say what they are made of"),
                   class != NULL ? class : "");
      return FALSE;
    }
  if (layers == NULL || (!in->sequential && config == NULL))
    return refuse_senseless (error);
  return add_sources (in, layers, error) &&
         (in->sequential ? link_chain (in, config, error) : link_layers (in, config, layers, error)) &&
         count_readers (in);
}

void
lathe_keras_in_clear (LatheKerasIn *in)
{
  g_clear_pointer (&in->layers, g_ptr_array_unref);
  g_clear_pointer (&in->graph, lathe_graph_free);
  g_clear_pointer (&in->weights, lathe_hdf5_object_free);
  g_clear_pointer (&in->root, json_node_unref);
}
