/* lathe-markup.c: writes text and numbers where markup is read.
 *
 * Names of files and of classes are other people's: none of their characters may begin a tag, end an attribute or be
 * one that XML does not allow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-markup.h"

#include <string.h>

#define UNKNOWN 0xfffd /* in the place of what cannot be written */

static gboolean
is_allowed (gunichar c)
{
  return c == '\t' || c == '\n' || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0) && c != 0xfffe && c != 0xffff);
}

/**
 * lathe_markup_append_text:
 * @text: any bytes; what is no UTF-8 becomes U+FFFD
 *
 * For between tags and within quoted attributes.
 */
void
lathe_markup_append_text (GString *markup, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (c == '&')
        g_string_append (markup, "&amp;");
      else if (c == '<')
        g_string_append (markup, "&lt;");
      else if (c == '>')
        g_string_append (markup, "&gt;");
      else if (c == '"')
        g_string_append (markup, "&quot;");
      else if (c == '\'')
        g_string_append (markup, "&#39;");
      else
        g_string_append_unichar (markup, is_allowed (c) ? c : UNKNOWN);
    }
}

/**
 * lathe_markup_append_number:
 * @value: finite
 *
 * With a point, whatever the locale, and without zeros at its end.
 */
void
lathe_markup_append_number (GString *markup, double value, guint decimals)
{
  char format[8], text[G_ASCII_DTOSTR_BUF_SIZE + 320]; /* the largest have 309 digits before the point */
  gsize length;

  g_snprintf (format, sizeof format, "%%.%uf", MIN (decimals, 17));
  length = strlen (g_ascii_formatd (text, sizeof text, format, value));
  while (decimals > 0 && text[length - 1] == '0')
    length--;
  if (text[length - 1] == '.')
    length--;
  g_string_append_len (markup, text, (gssize) length);
}
