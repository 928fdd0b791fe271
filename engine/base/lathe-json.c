/* lathe-json.c: a look at JSON before a parser sees it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-json.h"

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
