/* lathe-hyperparameters-json.c: what a person chose about a training, as text.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-hyperparameters.h"

/**
 * lathe_hyperparameters_to_json:
 *
 * Returns: (transfer full): one object, with every row; the seed is a string, as not every number of 64 bits is one of
 * JSON
 */
char *
lathe_hyperparameters_to_json (const LatheHyperparameters *values)
{
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);
  GString *json = g_string_new ("{");

  for (guint i = 0; i < n_rows; i++)
    {
      const LatheProperty *property = &rows[i].property;
      double value = lathe_hyperparameter_get (&rows[i], values);

      g_string_append_printf (json, "\"%s\":", property->name);
      if (property->type == LATHE_PROPERTY_CHOICE)
        g_string_append_printf (json, "\"%s\"", property->choices[(int) value]);
      else
        lathe_json_append_number (json, value);
      g_string_append_c (json, ',');
    }
  g_string_append_printf (json, "\"seed\":\"%" G_GUINT64_FORMAT "\"}", values->seed);
  return g_string_free (json, FALSE);
}

/* --- Fast --- */

/* The row of that name, which is mostly the one behind the last that was found. */
static const LatheHyperparameter *
find_next (const LatheJsonMember *member, guint *next)
{
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  for (guint i = 0; i < n_rows; i++)
    {
      const LatheHyperparameter *row = &rows[(*next + i) % n_rows];

      if (strncmp (row->property.name, member->name, member->name_length) == 0 &&
          row->property.name[member->name_length] == '\0')
        {
          *next = (guint) (row - rows) + 1;
          return row;
        }
    }
  return NULL;
}

static gboolean
read_choice (const LatheProperty *property, const LatheJsonMember *member, double *value)
{
  for (guint i = 0; property->choices[i] != NULL; i++)
    if (strncmp (property->choices[i], member->value, member->length) == 0 &&
        property->choices[i][member->length] == '\0')
      {
        *value = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_plain_member (const LatheJsonMember *member, guint *next, LatheHyperparameters *values)
{
  const LatheHyperparameter *row = find_next (member, next);
  gboolean choice = row != NULL && row->property.type == LATHE_PROPERTY_CHOICE;
  double value;

  if (row == NULL || choice != member->is_text)
    return FALSE;
  if (choice && !read_choice (&row->property, member, &value))
    return FALSE;
  if (!choice)
    value = g_ascii_strtod (member->value, NULL);
  if (!choice && !lathe_property_check (&row->property, value, NULL))
    return FALSE;
  lathe_hyperparameter_set (row, values, value);
  return TRUE;
}

static gboolean
is_seed (const LatheJsonMember *member)
{
  return member->is_text && member->name_length == 4 && strncmp (member->name, "seed", 4) == 0;
}

static gboolean
read_plain_seed (const LatheJsonMember *member, guint64 *seed)
{
  g_autofree char *text = g_strndup (member->value, member->length);

  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, seed, NULL);
}

/* A list of runs has thousands of such texts, all as lathe_hyperparameters_to_json() writes them. FALSE: something is
 * other than that, and perhaps wrong. */
static gboolean
read_plain (const char *text, LatheHyperparameters *values)
{
  const char *at = lathe_json_enter (text);
  LatheJsonMember member;
  guint next = 0;

  if (at == NULL)
    return FALSE;
  lathe_hyperparameters_defaults (values);
  while (lathe_json_next_member (&at, &member))
    if (!(is_seed (&member) ? read_plain_seed (&member, &values->seed) : read_plain_member (&member, &next, values)))
      return FALSE;
  return at == NULL;
}

/* --- Thoroughly --- */

static gboolean
parse_seed (JsonNode *node, guint64 *seed, GError **error)
{
  const char *text = json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : "";

  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, seed, error);
}

static gboolean
parse_row (const LatheHyperparameter *row, JsonNode *node, LatheHyperparameters *values, GError **error)
{
  GType type = json_node_get_value_type (node);
  double value;

  if (row->property.type == LATHE_PROPERTY_CHOICE && type == G_TYPE_STRING)
    {
      if (!lathe_property_parse (&row->property, json_node_get_string (node), &value, error))
        return FALSE;
    }
  else if (row->property.type != LATHE_PROPERTY_CHOICE && (type == G_TYPE_INT64 || type == G_TYPE_DOUBLE))
    {
      value = type == G_TYPE_INT64 ? (double) json_node_get_int (node) : json_node_get_double (node);
      if (!lathe_hyperparameter_check (row, value, error))
        return FALSE;
    }
  else
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("%s is not of the kind that it should be"),
                   _ (row->property.title));
      return FALSE;
    }
  lathe_hyperparameter_set (row, values, value);
  return TRUE;
}

static gboolean
parse_member (const char *name, JsonNode *node, LatheHyperparameters *values, GError **error)
{
  const LatheHyperparameter *row = lathe_hyperparameter_find (name);

  if (JSON_NODE_HOLDS_VALUE (node) && row != NULL)
    return parse_row (row, node, values, error);
  if (JSON_NODE_HOLDS_VALUE (node) && g_str_equal (name, "seed"))
    return parse_seed (node, &values->seed, error);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("“%s” is none of them"), name);
  return FALSE;
}

/* What is wrong goes to the account, where there is one, and is an error where there is none. */
static gboolean
read_members (const char *text, LatheHyperparameters *values, GPtrArray *account, GError **error)
{
  g_autoptr (JsonNode) root = lathe_json_parse (text);
  JsonObjectIter member;
  const char *name;
  JsonNode *node;

  lathe_hyperparameters_defaults (values);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("The hyperparameters are no JSON object"));
      return FALSE;
    }
  json_object_iter_init_ordered (&member, json_node_get_object (root));
  while (json_object_iter_next_ordered (&member, &name, &node))
    {
      g_autoptr (GError) reason = NULL;

      if (parse_member (name, node, values, &reason))
        continue;
      if (account != NULL)
        g_ptr_array_add (account, g_strdup (reason->message));
      else
        {
          g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("The hyperparameters cannot be read: %s"),
                       reason->message);
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * lathe_hyperparameters_from_json:
 * @text: from anywhere
 * @values: (out caller-allocates): untouched on failure; what the text leaves out has its default
 *
 * Errors: LATHE_ERROR_FORMAT, for unknown members too.
 */
gboolean
lathe_hyperparameters_from_json (const char *text, LatheHyperparameters *values, GError **error)
{
  LatheHyperparameters found;

  if (!(text != NULL && read_plain (text, &found)) && !read_members (text, &found, NULL, error))
    return FALSE;
  *values = found;
  return TRUE;
}

/**
 * lathe_hyperparameters_from_json_lenient:
 * @text: from anywhere
 * @values: (out caller-allocates): what the text leaves out, and what cannot be read, has its default
 * @account: (element-type utf8): takes a clause for all that was wrong
 */
void
lathe_hyperparameters_from_json_lenient (const char *text, LatheHyperparameters *values, GPtrArray *account)
{
  g_autoptr (GError) reason = NULL;

  if (!read_members (text, values, account, &reason))
    g_ptr_array_add (account, g_strdup (reason->message));
}
