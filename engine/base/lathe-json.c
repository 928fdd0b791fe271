/* lathe-json.c: JSON, read with care.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-json.h"

#include <string.h>

/**
 * lathe_json_is_shallow:
 * @length: bytes
 *
 * JSON-GLib recurses into brackets without bound, and a megabyte of them overruns its stack: text from outside goes
 * through here first.
 *
 * Returns: whether no bracket is nested deeper than LATHE_JSON_MAX_DEPTH, and nothing hides one: comments and single
 * quotes are no JSON, but some parsers let them pass
 */
gboolean
lathe_json_is_shallow (const char *text, gsize length)
{
  guint depth = 0;
  gboolean quoted = FALSE;

  for (gsize i = 0; i < length; i++)
    {
      if (quoted && text[i] == '\\')
        i++;
      else if (text[i] == '"')
        quoted = !quoted;
      else if (!quoted && (text[i] == '/' || text[i] == '#' || text[i] == '\''))
        return FALSE;
      else if (!quoted && (text[i] == '[' || text[i] == '{') && ++depth > LATHE_JSON_MAX_DEPTH)
        return FALSE;
      else if (!quoted && (text[i] == ']' || text[i] == '}') && depth > 0)
        depth--;
    }
  return TRUE;
}

/**
 * lathe_json_parse:
 * @text: (nullable): from anywhere
 *
 * Returns: (transfer full) (nullable): what it says; NULL when it is no JSON, or nested too deeply
 */
JsonNode *
lathe_json_parse (const char *text)
{
  return text != NULL && lathe_json_is_shallow (text, strlen (text)) ? json_from_string (text, NULL) : NULL;
}

/**
 * lathe_json_finish:
 *
 * Returns: (transfer full): what was built, as text on one line
 */
char *
lathe_json_finish (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}
