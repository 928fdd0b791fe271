/* lathe-csv.c: tables of text (RFC 4180).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-csv.h"

#include <string.h>

typedef struct
{
  const char *at;
  guint line;
  char separator;
} Parser;

static void
row_free (gpointer data)
{
  LatheCsvRow *row = data;
  g_strfreev (row->fields);
  g_free (row);
}

static char
find_separator (const char *text)
{
  gsize n = strcspn (text, "\r\n");
  const char candidates[] = {',', ';', '\t'};

  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    if (memchr (text, candidates[i], n) != NULL)
      return candidates[i];
  return ',';
}

static gboolean
at_line_end (const Parser *parser)
{
  return *parser->at == '\0' || *parser->at == '\n' || (parser->at[0] == '\r' && parser->at[1] == '\n');
}

/* FALSE where the text ends before the quote does. */
static gboolean
read_quoted (Parser *parser, GString *field)
{
  for (parser->at++; *parser->at != '\0'; parser->at++)
    {
      if (*parser->at == '"' && *++parser->at != '"')
        return TRUE;
      if (*parser->at == '\n')
        parser->line++;
      g_string_append_c (field, *parser->at);
    }
  return FALSE;
}

/* (transfer full), or NULL */
static char *
read_field (Parser *parser)
{
  g_autoptr (GString) field = g_string_new (NULL);

  if (*parser->at == '"' && !read_quoted (parser, field))
    return NULL;
  while (!at_line_end (parser) && *parser->at != parser->separator)
    g_string_append_c (field, *parser->at++);
  return g_string_free (g_steal_pointer (&field), FALSE);
}

static LatheCsvRow *
read_row (Parser *parser)
{
  guint line = parser->line;
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (g_free);

  for (;; parser->at++)
    {
      char *field = read_field (parser);
      if (field == NULL)
        return NULL;
      g_ptr_array_add (fields, field);
      if (at_line_end (parser))
        break;
    }
  LatheCsvRow *row = g_new (LatheCsvRow, 1);
  row->line = line;
  row->n_fields = fields->len;
  g_ptr_array_add (fields, NULL);
  row->fields = (char **) g_ptr_array_steal (fields, NULL);
  return row;
}

GPtrArray *
lathe_csv_parse (const char *text, guint *line)
{
  Parser parser = {text, 1, find_separator (text)};
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (row_free);

  while (*parser.at != '\0')
    {
      if (!at_line_end (&parser))
        {
          *line = parser.line;
          LatheCsvRow *row = read_row (&parser);
          if (row == NULL)
            return NULL;
          g_ptr_array_add (rows, row);
        }
      if (*parser.at == '\r')
        parser.at++;
      if (*parser.at == '\n')
        {
          parser.at++;
          parser.line++;
        }
    }
  return g_steal_pointer (&rows);
}
