/* lathe-table.c: a file of comma-separated values.
 *
 * As in RFC 4180, but with lines that end as the system's do; numbers with a point.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-table.h"

#include <math.h>
#include <string.h>

#define FLUSH_AT (1 << 16) /* bytes */

/**
 * lathe_table_begin:
 *
 * On failure, and until finish(), what stood under the name stands there still. Errors, here and elsewhere, are a
 * reason: LATHE_ERROR_IO.
 */
gboolean
lathe_table_begin (LatheTable *table, const char *path, GError **error)
{
  *table = (LatheTable){.file = {.fd = -1}, .text = g_string_new (NULL)};
  return lathe_whole_file_begin (&table->file, path, error);
}

void
lathe_table_clear (LatheTable *table)
{
  if (table->text == NULL)
    return;
  lathe_whole_file_abandon (&table->file);
  g_string_free (table->text, TRUE);
  table->text = NULL;
}

static gboolean
flush (LatheTable *table, GError **error)
{
  if (!lathe_whole_file_write (&table->file, table->at, table->text->str, table->text->len, error))
    return FALSE;
  table->at += table->text->len;
  g_string_truncate (table->text, 0);
  return TRUE;
}

gboolean
lathe_table_end_line (LatheTable *table, GError **error)
{
  g_string_append_c (table->text, '\n');
  return table->text->len < FLUSH_AT || flush (table, error);
}

/* In quotes only where it needs them (RFC 4180). */
static void
quote (GString *line, const char *text)
{
  if (strpbrk (text, ",\"\r\n") == NULL)
    {
      g_string_append (line, text);
      return;
    }
  g_string_append_c (line, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"')
        g_string_append_c (line, '"');
      g_string_append_c (line, *text);
    }
  g_string_append_c (line, '"');
}

/**
 * lathe_csv_append:
 *
 * Appends a field to a table, after a comma where it is not the first of its row; it is quoted only where it must be.
 * The caller ends each row with a LF.
 */
void
lathe_csv_append (GString *csv, const char *field)
{
  if (csv->len > 0 && csv->str[csv->len - 1] != '\n')
    g_string_append_c (csv, ',');
  quote (csv, field);
}

/* The first of a line. */
void
lathe_table_add_text (LatheTable *table, const char *text)
{
  quote (table->text, text);
}

/* Any but the first of a line. */
void
lathe_table_add_next_text (LatheTable *table, const char *text)
{
  g_string_append_c (table->text, ',');
  lathe_table_add_text (table, text);
}

/* Any but the first of a line. A number that is none is an empty field. */
void
lathe_table_add_number (LatheTable *table, const char *format, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (table->text, ',');
  if (!isnan (value))
    g_string_append (table->text, g_ascii_formatd (text, sizeof text, format, value));
}

/* Gives the file its name. */
gboolean
lathe_table_finish (LatheTable *table, GError **error)
{
  return flush (table, error) && lathe_whole_file_finish (&table->file, NULL, error);
}
