/* lathe-graph-read.c: a network, read from text that may be anyone's.
 *
 * Every node is checked before anything is believed. A strict reader refuses the text at the first fault; a lenient one
 * notes it down and goes on: a layer of an unknown kind is read with a kind that takes any inputs in its place, and
 * removed when all is joined, so that what read it reads what it read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-edit.h"

#include <json-glib/json-glib.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-graph-private.h"

#define MAX_ACCOUNT 100 /* sentences */

typedef struct
{
  LatheGraph *graph;
  GPtrArray *account; /* (element-type utf8) (nullable): of the faults; NULL: the first is an error */
  guint n_faults;
  GPtrArray *lost; /* (element-type LatheNode): of unknown kinds */
  GError **error;
} Reader;

/* With a capital, as it stands for itself. */
static char *
as_sentence (const char *clause)
{
  char first[7] = "";

  g_unichar_to_utf8 (g_unichar_toupper (g_utf8_get_char (clause)), first);
  return g_strconcat (first, g_utf8_next_char (clause), NULL);
}

/* Returns whether to go on all the same. */
static gboolean G_GNUC_PRINTF (2, 3) fault (Reader *reader, const char *format, ...)
{
  g_autofree char *clause = NULL;
  va_list args;

  va_start (args, format);
  clause = g_strdup_vprintf (format, args);
  va_end (args);
  if (reader->account == NULL)
    {
      g_set_error_literal (reader->error, LATHE_ERROR, LATHE_ERROR_FORMAT, clause);
      return FALSE;
    }
  if (reader->n_faults++ < MAX_ACCOUNT)
    g_ptr_array_add (reader->account, as_sentence (clause));
  return TRUE;
}

static const char *
text_of (JsonNode *member)
{
  return member != NULL && JSON_NODE_HOLDS_VALUE (member) && json_node_get_value_type (member) == G_TYPE_STRING
             ? json_node_get_string (member)
             : NULL;
}

static gboolean
number_of (JsonNode *member, double *number)
{
  GType type = JSON_NODE_HOLDS_VALUE (member) ? json_node_get_value_type (member) : G_TYPE_INVALID;

  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  *number = json_node_get_double (member);
  return TRUE;
}

/* --- Nodes --- */

static gboolean
read_property (Reader *reader, LatheNode *node, const char *name, JsonNode *member)
{
  int index = lathe_layer_kind_property (node->kind, name);
  const LatheProperty *property = index >= 0 ? &node->kind->properties[index] : NULL;
  g_autoptr (GError) reason = NULL;
  double value;

  if (property == NULL)
    return fault (reader, _ ("layer “%s” has the unknown property “%s”"), node->name, name);
  if (property->type == LATHE_PROPERTY_CHOICE)
    {
      if (text_of (member) == NULL)
        return fault (reader, _ ("property “%s” of layer “%s” must be a text"), name, node->name);
      if (!lathe_property_parse (property, text_of (member), &value, &reason))
        return fault (reader, _ ("layer “%s”: %s"), node->name, reason->message);
    }
  else if (!number_of (member, &value))
    return fault (reader, _ ("property “%s” of layer “%s” must be a number"), name, node->name);
  if (!lathe_graph_set (reader->graph, node, name, value, &reason))
    return fault (reader, _ ("layer “%s”: %s"), node->name, reason->message);
  return TRUE;
}

static gboolean
read_group (Reader *reader, LatheNode *node, JsonNode *member)
{
  const char *group = text_of (member);

  if (group == NULL || *group == '\0')
    return fault (reader, _ ("the group of layer “%s” is no name"), node->name);
  g_free (node->group);
  node->group = g_strdup (group);
  return TRUE;
}

static gboolean
read_place (Reader *reader, LatheNode *node, JsonNode *member)
{
  JsonArray *at = JSON_NODE_HOLDS_ARRAY (member) ? json_node_get_array (member) : NULL;
  double x, y;

  if (at == NULL || json_array_get_length (at) != 2 || !number_of (json_array_get_element (at, 0), &x) ||
      !number_of (json_array_get_element (at, 1), &y) || !(fabs (x) <= LATHE_GRAPH_MAX_PLACE) ||
      !(fabs (y) <= LATHE_GRAPH_MAX_PLACE))
    return fault (reader, _ ("the place of layer “%s” is no pair of numbers from -%.0f to %.0f"), node->name,
                  LATHE_GRAPH_MAX_PLACE, LATHE_GRAPH_MAX_PLACE);
  node->placed = TRUE;
  node->x = x;
  node->y = y;
  return TRUE;
}

static gboolean
read_member (Reader *reader, LatheNode *node, const char *key, JsonNode *member)
{
  if (g_str_equal (key, "name") || g_str_equal (key, "kind") || g_str_equal (key, "inputs"))
    return TRUE;
  if (g_str_equal (key, "group"))
    return read_group (reader, node, member);
  if (g_str_equal (key, "at"))
    return read_place (reader, node, member);
  return read_property (reader, node, key, member);
}

/* A kind that takes as many inputs as any. */
static LatheNode *
add_lost (Reader *reader, const char *name)
{
  LatheNode *node = lathe_graph_add (reader->graph, lathe_layer_kind_find ("concatenate"), name);

  g_ptr_array_add (reader->lost, node);
  return node;
}

/* Adds the node, with its name and its kind. Returns NULL after an error. */
static LatheNode *
read_identity (Reader *reader, guint place, JsonObject *object)
{
  const char *name = object != NULL ? text_of (json_object_get_member (object, "name")) : NULL;
  const char *kind_name = object != NULL ? text_of (json_object_get_member (object, "kind")) : NULL;
  const LatheLayerKind *kind = lathe_layer_kind_find (kind_name);

  if (name != NULL && *name == '\0')
    name = NULL;
  if (name == NULL && !fault (reader, _ ("layer %u lacks its “name”"), place + 1))
    return NULL;
  if (name != NULL && lathe_graph_find (reader->graph, name) != NULL)
    {
      if (!fault (reader, _ ("two layers are called “%s”"), name))
        return NULL;
      name = NULL;
    }
  if (kind != NULL)
    return lathe_graph_add (reader->graph, kind, name);
  if (kind_name == NULL ? !fault (reader, _ ("layer %u lacks its “kind”"), place + 1)
                        : !fault (reader, _ ("there is no kind of layer called “%s”"), kind_name))
    return NULL;
  return add_lost (reader, name);
}

static gboolean
read_node (Reader *reader, guint place, JsonNode *element)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
  LatheNode *node = read_identity (reader, place, object);
  JsonObjectIter iter;
  const char *key;
  JsonNode *member;

  if (node == NULL)
    return FALSE;
  if (object == NULL || (reader->lost->len > 0 && reader->lost->pdata[reader->lost->len - 1] == node))
    return TRUE;
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &key, &member))
    if (!read_member (reader, node, key, member))
      return FALSE;
  return TRUE;
}

/* --- Edges --- */

static gboolean
read_inputs (Reader *reader, LatheNode *node, JsonNode *element)
{
  JsonNode *member =
      JSON_NODE_HOLDS_OBJECT (element) ? json_object_get_member (json_node_get_object (element), "inputs") : NULL;
  JsonArray *inputs = member != NULL && JSON_NODE_HOLDS_ARRAY (member) ? json_node_get_array (member) : NULL;
  guint n = inputs != NULL ? json_array_get_length (inputs) : 0;

  if (member == NULL)
    return TRUE;
  if ((inputs == NULL || n > LATHE_MAX_INPUTS) &&
      !fault (reader, _ ("the inputs of layer “%s” are no list of names"), node->name))
    return FALSE;
  for (guint i = 0; i < MIN (n, LATHE_MAX_INPUTS); i++)
    {
      const char *name = text_of (json_array_get_element (inputs, i));
      LatheNode *from = name != NULL ? lathe_graph_find (reader->graph, name) : NULL;

      if (from != NULL)
        lathe_graph_connect (reader->graph, from, node);
      else if (!fault (reader, _ ("an input of layer “%s” is no layer of this network"), node->name))
        return FALSE;
    }
  return TRUE;
}

/* Among layers that run in circles, the edges that lead to one that is drawn earlier, or to itself. */
static void
cut_circles (Reader *reader)
{
  guint n = reader->graph->nodes->len;
  g_autofree guint *order = g_new (guint, n);
  g_autofree gboolean *circles = NULL, *passed = g_new0 (gboolean, n);
  g_auto (LatheReaders) readers;
  guint n_ordered;

  lathe_readers_init (&readers, reader->graph);
  n_ordered = lathe_graph_find_order (reader->graph, &readers, order);
  circles = lathe_graph_find_circles (reader->graph, &readers, order, n_ordered);
  for (guint i = 0; i < n; i++)
    {
      LatheNode *node = reader->graph->nodes->pdata[i];

      for (guint j = node->inputs->len; j-- > 0 && circles[i];)
        {
          const LatheNode *from = node->inputs->pdata[j];

          if (!circles[from->index] || passed[from->index])
            continue;
          fault (reader, _ ("layer “%s” feeds “%s”, which would run in a circle"), from->name, node->name);
          g_ptr_array_remove_index (node->inputs, j);
        }
      passed[i] = TRUE;
    }
}

static void
cut_inputs (Reader *reader)
{
  for (guint i = 0; i < reader->graph->nodes->len; i++)
    {
      LatheNode *node = reader->graph->nodes->pdata[i];

      if (node->inputs->len <= node->kind->max_inputs)
        continue;
      if (node->kind->max_inputs == 0)
        fault (reader, _ ("layer “%s” is where images enter, and no layer can feed it"), node->name);
      else
        fault (reader, _ ("layer “%s” has %u inputs, and takes %u"), node->name, node->inputs->len,
               node->kind->max_inputs);
      g_ptr_array_set_size (node->inputs, (int) node->kind->max_inputs);
    }
}

/* What a strict reader would have refused, or left to the check. */
static void
mend (Reader *reader)
{
  cut_inputs (reader);
  cut_circles (reader);
  if (reader->n_faults == 0)
    return;
  lathe_graph_remove_nodes (reader->graph, (LatheNode *const *) reader->lost->pdata, reader->lost->len);
  if (reader->n_faults > MAX_ACCOUNT)
    g_ptr_array_add (reader->account, g_strdup_printf (_ ("And %u faults more"), reader->n_faults - MAX_ACCOUNT));
}

/* --- The whole --- */

static gboolean
read_version (Reader *reader, JsonObject *root)
{
  JsonNode *member = json_object_get_member (root, "lathe-network");
  double version = LATHE_GRAPH_VERSION;

  if (member != NULL && (!number_of (member, &version) || version < 1))
    return fault (reader, _ ("its version, “lathe-network”, is no number"));
  if (version <= LATHE_GRAPH_VERSION)
    return TRUE;
  if (reader->account != NULL)
    return fault (reader, _ ("it is of version %.0f, and this Lathe knows version %d: some of it may be lost"), version,
                  LATHE_GRAPH_VERSION);
  g_set_error (reader->error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("it is of version %.0f, and this Lathe knows version %d: open it with a newer one"), version,
               LATHE_GRAPH_VERSION);
  return FALSE;
}

static gboolean
read_nodes (Reader *reader, JsonArray *nodes)
{
  guint n = json_array_get_length (nodes);

  for (guint i = 0; i < n; i++)
    if (!read_node (reader, i, json_array_get_element (nodes, i)))
      return FALSE;
  for (guint i = 0; i < n; i++)
    if (!read_inputs (reader, lathe_graph_get_node (reader->graph, i), json_array_get_element (nodes, i)))
      return FALSE;
  return TRUE;
}

static gboolean
read_root (Reader *reader, JsonNode *root)
{
  JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode *member = object != NULL ? json_object_get_member (object, "nodes") : NULL;
  JsonArray *nodes = member != NULL && JSON_NODE_HOLDS_ARRAY (member) ? json_node_get_array (member) : NULL;

  if (object != NULL && !read_version (reader, object))
    return FALSE;
  if (nodes == NULL || json_array_get_length (nodes) == 0)
    g_set_error_literal (reader->error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                         _ ("there is no list of layers, “nodes”, in it"));
  else if (json_array_get_length (nodes) > LATHE_GRAPH_MAX_NODES)
    g_set_error (reader->error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it has %u layers, more than the limit of %d"),
                 json_array_get_length (nodes), LATHE_GRAPH_MAX_NODES);
  else
    return read_nodes (reader, nodes);
  return FALSE;
}

static LatheGraph *
read_text (const char *text, gssize length, GPtrArray *account, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (GPtrArray) lost = g_ptr_array_new ();
  g_autoptr (GError) reason = NULL;
  Reader reader = {.graph = graph, .account = account, .lost = lost, .error = error};

  if (length < 0)
    length = (gssize) strlen (text);
  if (length > LATHE_GRAPH_MAX_TEXT || !g_utf8_validate (text, length, NULL) ||
      !lathe_json_is_shallow (text, (gsize) length))
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                           _ ("the text is longer than 6 MiB, nested too deeply, or no JSON"));
      return NULL;
    }
  if (!json_parser_load_from_data (parser, text, length, &reason))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("the text is no JSON: %s"), reason->message);
      return NULL;
    }
  if (!read_root (&reader, json_parser_get_root (parser)))
    return NULL;
  if (account != NULL)
    mend (&reader);
  return g_steal_pointer (&graph);
}

/**
 * lathe_graph_from_json:
 * @length: in bytes, or -1 when zero-terminated
 *
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED for a text of a newer version. The graph need not work:
 * lathe_graph_check() tells.
 */
LatheGraph *
lathe_graph_from_json (const char *text, gssize length, GError **error)
{
  return read_text (text, length, NULL, error);
}

/**
 * lathe_graph_from_json_lenient:
 * @account: (out) (transfer full) (element-type utf8): a sentence for all that was wrong; empty when nothing was. NULL
 *   after an error
 *
 * Reads what can be read: leaves out layers of unknown kinds, and joins their neighbours; edges from nowhere; what
 * would run in a circle; and properties that are not known, or cannot have their value.
 *
 * Errors: LATHE_ERROR_FORMAT when there is no list of layers in it, or too many of them.
 */
LatheGraph *
lathe_graph_from_json_lenient (const char *text, gssize length, GPtrArray **account, GError **error)
{
  g_autoptr (GPtrArray) sentences = g_ptr_array_new_with_free_func (g_free);
  LatheGraph *graph = read_text (text, length, sentences, error);

  *account = graph != NULL ? g_steal_pointer (&sentences) : NULL;
  return graph;
}
