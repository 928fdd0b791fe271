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

/* Where the number ends that an exponent at `e` belongs to, or 0: there is no exponent. */
static gsize
end_of_exponent (const char *text, gsize e)
{
  gsize end = e + 1;

  if (text[e] != 'e' || e == 0 || !g_ascii_isdigit (text[e - 1]))
    return 0;
  end += text[end] == '+' || text[end] == '-';
  if (!g_ascii_isdigit (text[end]))
    return 0;
  while (g_ascii_isdigit (text[end]))
    end++;
  return end;
}

/**
 * lathe_json_write:
 *
 * JSON-GLib appends “.0” to a number without a point, and makes 1e+30.0 of 1e+30, which is no JSON and which it does
 * not read again: it is taken off.
 *
 * Returns: (transfer full): the text
 */
char *
lathe_json_write (JsonNode *root, gboolean pretty)
{
  char *text = json_to_string (root, pretty);
  gboolean quoted = FALSE;
  gsize n = 0, skip = 0;

  for (gsize i = 0; text[i] != '\0'; i++)
    {
      if (quoted && text[i] == '\\')
        text[n++] = text[i++];
      else if (text[i] == '"')
        quoted = !quoted;
      else if (!quoted && end_of_exponent (text, i) > 0)
        skip = end_of_exponent (text, i);
      text[n++] = text[i];
      if (skip == i + 1 && g_str_has_prefix (text + skip, ".0"))
        i += 2;
    }
  text[n] = '\0';
  return text;
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

  return lathe_json_write (root, FALSE);
}
