/* lathe-json.c: JSON, read with care.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-json.h"

#include <string.h>

#define PLAIN " !\"#$&'()*+,/:;<=>?@[\\]^`{|}"

/**
 * lathe_json_is_modest:
 * @length: bytes
 * @max_commas: so many values, and one more for each object and list
 *
 * JSON-GLib recurses into brackets without bound, and a megabyte of them overruns its stack; and it takes some hundred
 * bytes for each value, so that a text of nothing but commas takes many times its size. Text from outside goes through
 * here first.
 *
 * Returns: whether no bracket is nested deeper than LATHE_JSON_MAX_DEPTH, there are no more commas than that, and
 * nothing hides one: comments and single quotes are no JSON, but some parsers let them pass
 */
gboolean
lathe_json_is_modest (const char *text, gsize length, gsize max_commas)
{
  gsize commas = 0;
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
      else if (!quoted && text[i] == ',' && ++commas > max_commas)
        return FALSE;
    }
  return TRUE;
}

/**
 * lathe_json_is_shallow:
 *
 * Like lathe_json_is_modest(), of any number of values.
 */
gboolean
lathe_json_is_shallow (const char *text, gsize length)
{
  return lathe_json_is_modest (text, length, G_MAXSIZE);
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

/* --- Objects of plain members --- */

static const char *
skip_space (const char *at)
{
  return at + strspn (at, " \t\r\n");
}

/* Behind a text without escapes; NULL: it is none. */
static const char *
skip_text (const char *at, const char **text, gsize *length)
{
  const char *end;

  if (*at != '"')
    return NULL;
  *text = at + 1;
  for (end = *text; *end != '"'; end++)
    if (*end == '\\' || (guchar) *end < ' ')
      return NULL;
  *length = (gsize) (end - *text);
  return end + 1;
}

static const char *
skip_digits (const char *at)
{
  while (g_ascii_isdigit (*at))
    at++;
  return at;
}

/* Behind a number (RFC 8259, section 6); NULL: it is none. */
static const char *
skip_number (const char *at)
{
  const char *whole = *at == '-' ? at + 1 : at, *end = skip_digits (whole), *digits;

  if (end == whole || (*whole == '0' && end > whole + 1))
    return NULL;
  if (*end == '.')
    {
      digits = end + 1;
      if ((end = skip_digits (digits)) == digits)
        return NULL;
    }
  if (*end == 'e' || *end == 'E')
    {
      digits = end[1] == '-' || end[1] == '+' ? end + 2 : end + 1;
      if ((end = skip_digits (digits)) == digits)
        return NULL;
    }
  return end;
}

/**
 * lathe_json_enter:
 *
 * Returns: (nullable): for lathe_json_next_member(); NULL: this is no object
 */
const char *
lathe_json_enter (const char *text)
{
  text = skip_space (text);
  return *text == '{' ? skip_space (text + 1) : NULL;
}

/**
 * lathe_json_next_member:
 * @at: (inout): where lathe_json_enter() or the call before came to; NULL once the object has ended well
 * @member: (out caller-allocates)
 *
 * Goes through an object whose members are numbers, or texts in which nothing is escaped, and makes nothing of it,
 * which takes a tenth of the time of lathe_json_parse(). What it does not understand may be JSON all the same: that one
 * knows.
 *
 * Returns: whether there is a member
 */
gboolean
lathe_json_next_member (const char **at, LatheJsonMember *member)
{
  const char *text = *at;

  if (*text == '}')
    {
      *at = *skip_space (text + 1) == '\0' ? NULL : text;
      return FALSE;
    }
  text = skip_text (text, &member->name, &member->name_length);
  text = text != NULL ? skip_space (text) : NULL;
  if (text == NULL || *text != ':')
    return FALSE;
  member->value = text = skip_space (text + 1);
  member->is_text = *text == '"';
  text = member->is_text ? skip_text (text, &member->value, &member->length) : skip_number (text);
  if (text == NULL)
    return FALSE;
  if (!member->is_text)
    member->length = (gsize) (text - member->value);
  text = skip_space (text);
  *at = *text == ',' ? skip_space (text + 1) : text;
  return *text == ',' ? **at == '"' : *text == '}';
}

/**
 * lathe_json_is_plain:
 *
 * Returns: whether lathe_json_next_member() goes through all of it
 */
gboolean
lathe_json_is_plain (const char *text)
{
  const char *at = lathe_json_enter (text);
  LatheJsonMember member;

  if (at == NULL)
    return FALSE;
  while (lathe_json_next_member (&at, &member))
    ;
  return at == NULL;
}

/* --- Writing --- */

/**
 * lathe_json_append_string:
 * @text: of any bytes; what is no UTF-8 is written as a replacement character
 *
 * With its quotes.
 */
void
lathe_json_append_string (GString *json, const char *text)
{
  g_autofree char *valid = g_utf8_validate (text, -1, NULL) ? NULL : g_utf8_make_valid (text, -1);

  g_string_append_c (json, '"');
  for (const char *at = valid != NULL ? valid : text; *at != '\0'; at++)
    if (*at == '"' || *at == '\\')
      g_string_append_printf (json, "\\%c", *at);
    else if ((guchar) *at < ' ' || *at == 0x7f)
      g_string_append_printf (json, "\\u%04x", (guint) *at);
    else
      g_string_append_c (json, *at);
  g_string_append_c (json, '"');
}

/**
 * lathe_json_append_number:
 *
 * As short as gives the very same number back.
 */
void
lathe_json_append_number (GString *json, double value)
{
  static const char *const formats[] = {"%.15g", "%.16g", "%.17g"};
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_ascii_strtod (g_ascii_formatd (text, sizeof text, formats[i], value), NULL) == value)
      break;
  g_string_append (json, text);
}

/* The number at `text`, of `length` bytes. One with a point or an exponent stays one that has such. */
static void
append_token (GString *json, const char *text, gsize length)
{
  g_autofree char *token = g_strndup (text, length);
  gsize before = json->len;

  if (strpbrk (token, ".e") == NULL)
    {
      g_string_append (json, token);
      return;
    }
  lathe_json_append_number (json, g_ascii_strtod (token, NULL));
  if (strpbrk (json->str + before, ".e") == NULL)
    g_string_append (json, ".0");
}

/**
 * lathe_json_write:
 *
 * JSON-GLib writes seventeen digits, 0.69999999999999996 for 0.7, and appends “.0” to a number without a point, so that
 * it makes 1e+30.0 of 1e+30, which is no JSON and which it does not read again.
 *
 * Returns: (transfer full): the text, in which numbers are as short as gives the very same ones back
 */
char *
lathe_json_write (JsonNode *root, gboolean pretty)
{
  g_autofree char *text = json_to_string (root, pretty);
  GString *json = g_string_sized_new (strlen (text));
  gboolean quoted = FALSE;

  for (const char *at = text; *at != '\0'; at++)
    {
      if (!quoted && (*at == '-' || g_ascii_isdigit (*at)))
        {
          gsize length = strspn (at, "+-.0123456789e");

          append_token (json, at, length);
          at += length - 1;
          continue;
        }
      if (quoted && *at == '\\')
        g_string_append_c (json, *at++);
      else if (*at == '"')
        quoted = !quoted;
      g_string_append_c (json, *at);
    }
  return g_string_free (json, FALSE);
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

/**
 * lathe_json_escape:
 * @name: of a file: any bytes
 *
 * Returns: (transfer full): text, in which what is no UTF-8, control characters, and the percent sign itself are
 * written as in an address: %FF
 */
char *
lathe_json_escape (const char *name)
{
  return g_uri_escape_string (name, PLAIN, TRUE);
}

/**
 * lathe_json_unescape:
 * @text: (nullable): from anywhere
 *
 * Returns: (transfer full) (nullable): what lathe_json_escape() made it of; NULL where it is no name: not text, or
 * empty, or with a byte that no file's name has
 */
char *
lathe_json_unescape (const char *text)
{
  char *name = text != NULL ? g_uri_unescape_string (text, NULL) : NULL;

  if (name != NULL && *name == '\0')
    g_clear_pointer (&name, g_free);
  return name;
}
