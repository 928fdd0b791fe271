/* lathe-split-json.c: how images are labelled and divided, as JSON.
 *
 *   {"seed":"1","share":[0.7,0.2,0.1],"labels":"labels.csv","label_pattern":"^([a-z]+)_"}
 *
 * The seed is a string, as not every number of 64 bits is one of JSON; the last two are left out where there are none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-split-json.h"

#include "base/lathe-json.h"

/**
 * lathe_split_write:
 * @labels: (nullable): what is to be written for the table of labels, as text
 *
 * Adds one object.
 */
void
lathe_split_write (JsonBuilder *json, const LatheDatasetOptions *options, const char *labels)
{
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, options->seed);

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "seed");
  json_builder_add_string_value (json, seed);
  json_builder_set_member_name (json, "share");
  json_builder_begin_array (json);
  for (guint i = 0; i < LATHE_N_SPLITS; i++)
    json_builder_add_double_value (json, options->share[i]);
  json_builder_end_array (json);
  if (labels != NULL)
    {
      json_builder_set_member_name (json, "labels");
      json_builder_add_string_value (json, labels);
    }
  if (options->label_pattern != NULL)
    {
      json_builder_set_member_name (json, "label_pattern");
      json_builder_add_string_value (json, options->label_pattern);
    }
  json_builder_end_object (json);
}

/* As a text by itself, with the whole path of the table of labels. (transfer full) */
char *
lathe_split_to_json (const LatheDatasetOptions *options)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *labels = options->labels != NULL ? g_canonicalize_filename (options->labels, NULL) : NULL;

  lathe_split_write (builder, options, labels != NULL && g_utf8_validate (labels, -1, NULL) ? labels : NULL);
  return lathe_json_finish (builder);
}

static gboolean
read_text (JsonObject *object, const char *member, const char **text)
{
  JsonNode *node = json_object_get_member (object, member);

  *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  return node == NULL || *text != NULL;
}

static gboolean
read_share (JsonArray *array, double share[LATHE_N_SPLITS])
{
  if (json_array_get_length (array) != LATHE_N_SPLITS)
    return FALSE;
  for (guint i = 0; i < LATHE_N_SPLITS; i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

      if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
        return FALSE;
      share[i] = json_node_get_double (node);
      if (!(share[i] >= 0 && share[i] <= 1))
        return FALSE;
    }
  return TRUE;
}

/**
 * lathe_split_read:
 * @node: (nullable): from anywhere
 * @options: (out): its texts are to be freed, and the table's is as it was written; untouched where FALSE is returned
 *
 * Returns: whether it is one of ours
 */
gboolean
lathe_split_read (JsonNode *node, LatheDatasetOptions *options)
{
  JsonObject *object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonNode *share = object != NULL ? json_object_get_member (object, "share") : NULL;
  LatheDatasetOptions read = {0};
  const char *seed;

  if (share == NULL || !JSON_NODE_HOLDS_ARRAY (share) || !read_share (json_node_get_array (share), read.share) ||
      !read_text (object, "seed", &seed) || seed == NULL ||
      !g_ascii_string_to_unsigned (seed, 10, 0, G_MAXUINT64, &read.seed, NULL) ||
      !read_text (object, "labels", &read.labels) || !read_text (object, "label_pattern", &read.label_pattern))
    return FALSE;
  read.labels = g_strdup (read.labels);
  read.label_pattern = g_strdup (read.label_pattern);
  *options = read;
  return TRUE;
}
