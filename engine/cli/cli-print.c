/* cli-print.c: numbers, tables, JSON and the progress bar.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_WIDTH 28
#define BAR_INTERVAL (G_USEC_PER_SEC / 10)

/* --- Texts --- */

/* One line on standard error, whatever a file's name or a library's message holds. */
void
cli_complain (const char *who, const char *message)
{
  g_autofree char *line = cli_display_name (message);

  cli_bar_clear ();
  g_printerr ("%s: %s\n", who, line);
}

/* Bytes, which are columns of the terminal, too; 0 where a letter is none of ASCII, or steers the terminal. */
static gsize
plain_length (const char *text)
{
  gsize n = 0;

  for (; text[n] != '\0'; n++)
    if (!g_ascii_isprint (text[n]))
      return 0;
  return n;
}

/* Names come from the world; what would steer a terminal or break a line is shown as a replacement character. */
char *
cli_display_name (const char *path)
{
  gsize plain = plain_length (path);
  g_autofree char *name = NULL;
  GString *safe;

  if (plain > 0)
    return g_strndup (path, plain);
  name = g_filename_display_name (path);
  safe = g_string_sized_new (strlen (name));
  for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      g_string_append_unichar (safe, g_unichar_iscntrl (c) ? 0xFFFD : c);
    }
  return g_string_free (safe, FALSE);
}

/**
 * cli_shell_word:
 *
 * Returns: (transfer full): `text` as a shell reads it, quoted only where that is needed; what would steer a terminal
 * is written as bash reads it, $'\\033'
 */
char *
cli_shell_word (const char *text)
{
  gboolean plain = *text != '\0';

  for (const char *at = text; *at != '\0'; at++)
    {
      if (g_ascii_iscntrl (*at))
        {
          g_autofree char *escaped = g_strescape (text, NULL);
          g_auto (GStrv) parts = g_strsplit (escaped, "'", -1);
          g_autofree char *joined = g_strjoinv ("\\'", parts);

          return g_strdup_printf ("$'%s'", joined);
        }
      plain = plain && (g_ascii_isalnum (*at) || strchr ("_./+:,@%=-", *at) != NULL || (*at & 0x80));
    }
  return plain ? g_strdup (text) : g_shell_quote (text);
}

/* 0:42, 12:05, 1:02:03 */
char *
cli_duration (double seconds)
{
  guint s = (guint) CLAMP (seconds + 0.5, 0, G_MAXINT32);

  if (s < 3600)
    return g_strdup_printf ("%u:%02u", s / 60, s % 60);
  return g_strdup_printf ("%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

char *
cli_percent (double share)
{
  return isnan (share) ? g_strdup ("–") : g_strdup_printf ("%.1f %%", share * 100);
}

char *
cli_real (double value)
{
  return isnan (value) ? g_strdup ("–") : g_strdup_printf ("%.4f", value);
}

char *
cli_count (guint64 n)
{
  return g_strdup_printf ("%'" G_GUINT64_FORMAT, n);
}

/* --- Tables --- */

struct _CliTable
{
  guint n_columns;
  gboolean *right;
  guint *width;
  GPtrArray *cells; /* row by row */
};

/* Columns of the terminal; Chinese and the like take two. */
guint
cli_text_width (const char *text)
{
  gsize plain = plain_length (text);
  guint width = 0;

  if (plain > 0)
    return (guint) plain;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

/* Appends a cell and two spaces. */
void
cli_append_cell (GString *line, const char *text, guint width, gboolean right)
{
  int gap = MAX (0, (int) width - (int) cli_text_width (text));

  for (int i = 0; right && i < gap; i++)
    g_string_append_c (line, ' ');
  g_string_append (line, text);
  for (int i = 0; i < (right ? 0 : gap) + 2; i++)
    g_string_append_c (line, ' ');
}

CliTable *
cli_table_new (const char *alignment)
{
  CliTable *table = g_new0 (CliTable, 1);

  table->n_columns = (guint) strlen (alignment);
  table->right = g_new0 (gboolean, table->n_columns);
  table->width = g_new0 (guint, table->n_columns);
  table->cells = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < table->n_columns; i++)
    table->right[i] = alignment[i] == 'r';
  return table;
}

/**
 * cli_table_row:
 * @...: (transfer full): as many texts as there are columns
 */
void
cli_table_row (CliTable *table, ...)
{
  va_list cells;

  va_start (cells, table);
  for (guint i = 0; i < table->n_columns; i++)
    {
      g_autofree char *given = va_arg (cells, char *);
      char *cell = cli_display_name (given);

      g_ptr_array_add (table->cells, cell);
      table->width[i] = MAX (table->width[i], cli_text_width (cell));
    }
  va_end (cells);
}

/* Prints and frees. */
void
cli_table_print (CliTable *table)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < table->cells->len; i++)
    {
      guint column = i % table->n_columns;

      cli_append_cell (text, table->cells->pdata[i], table->width[column], table->right[column]);
      if (column < table->n_columns - 1)
        continue;
      while (text->len > 0 && text->str[text->len - 1] == ' ')
        g_string_truncate (text, text->len - 1);
      g_string_append_c (text, '\n');
    }
  g_print ("%s", text->str);
  g_ptr_array_unref (table->cells);
  g_free (table->right);
  g_free (table->width);
  g_free (table);
}

/* --- JSON --- */

/**
 * cli_json_begin:
 * @event: (nullable): what kind of object it is, where a command prints several kinds
 *
 * Returns: (transfer full): for cli_json_end(), which prints and frees it
 */
JsonBuilder *
cli_json_begin (const char *event)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  if (event != NULL)
    cli_json_string (builder, "event", event);
  return builder;
}

void
cli_json_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

void
cli_json_int (JsonBuilder *builder, const char *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) value);
}

void
cli_json_real (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  if (isfinite (value))
    json_builder_add_double_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
cli_json_shape (JsonBuilder *builder, const char *name, const LatheShape *shape)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < shape->rank; i++)
    json_builder_add_int_value (builder, shape->dim[i]);
  json_builder_end_array (builder);
}

void
cli_json_problem (JsonBuilder *builder, const LatheProblem *problem)
{
  g_autofree char *file = g_filename_display_name (problem->path);

  json_builder_begin_object (builder);
  cli_json_string (builder, "file", file);
  cli_json_string (builder, "reason", problem->reason);
  json_builder_end_object (builder);
}

void
cli_json_split (JsonBuilder *builder, LatheDataset *dataset)
{
  static const char *const names[LATHE_N_SPLITS] = {"train", "validation", "test"};

  json_builder_set_member_name (builder, "split");
  json_builder_begin_object (builder);
  for (int split = 0; split < LATHE_N_SPLITS; split++)
    cli_json_int (builder, names[split], lathe_dataset_count (dataset, -1, split));
  json_builder_end_object (builder);
}

/* JSON is UTF-8 whatever the terminal speaks, so it goes round g_print(). */
void
cli_json_end (JsonBuilder *builder)
{
  g_autofree char *line = NULL;

  json_builder_end_object (builder);
  line = lathe_json_finish (builder);
  fprintf (stdout, "%s\n", line);
  fflush (stdout);
  g_object_unref (builder);
}

/* --- The bar --- */

static gboolean bar_allowed, bar_shown;

void
cli_bar_allow (gboolean allowed)
{
  bar_allowed = allowed && isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

static guint
terminal_width (void)
{
  struct winsize size;

  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* Shown at most ten times a second. */
void
cli_bar (const char *title, double fraction, const char *remark)
{
  static gint64 last;
  gboolean unicode = g_get_charset (NULL);
  guint filled = (guint) (CLAMP (fraction, 0, 1) * BAR_WIDTH);
  g_autoptr (GString) line = NULL;
  char *end;

  if (!bar_allowed || (bar_shown && g_get_monotonic_time () - last < BAR_INTERVAL))
    return;
  last = g_get_monotonic_time ();
  bar_shown = TRUE;

  line = g_string_new (title);
  g_string_append_c (line, ' ');
  for (guint i = 0; i < BAR_WIDTH; i++)
    g_string_append (line, unicode ? (i < filled ? "━" : "┄") : (i < filled ? "#" : "-"));
  g_string_append_printf (line, " %3.0f %%  %s", CLAMP (fraction, 0, 1) * 100, remark);
  for (end = line->str + line->len; cli_text_width (line->str) >= terminal_width ();)
    {
      end = g_utf8_prev_char (end);
      *end = '\0';
    }
  g_printerr ("\r%s\033[K", line->str);
}

void
cli_bar_clear (void)
{
  if (bar_shown)
    g_printerr ("\r\033[K");
  bar_shown = FALSE;
}
