/* lathe-program-text.c: Python, as a careful person would lay it out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program.h"

#include <string.h>

#define COLUMNS 100
#define STEP 4

/* --- Literals --- */

/**
 * lathe_program_is_plain:
 *
 * Returns: whether the letter neither ends a literal or its line nor hides what it says: nothing that controls, and
 * nothing that turns the direction of writing
 */
gboolean
lathe_program_is_plain (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return FALSE;
    default:
      return g_unichar_isprint (c) && c != '"' && c != '\\';
    }
}

/**
 * lathe_program_literal:
 * @text: valid UTF-8
 *
 * Returns: (transfer full): the text as a string literal, which means it to the letter
 */
char *
lathe_program_literal (const char *text)
{
  GString *literal = g_string_new ("\"");

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (lathe_program_is_plain (c))
        g_string_append_unichar (literal, c);
      else if (c == '"' || c == '\\')
        g_string_append_printf (literal, "\\%c", (char) c);
      else
        g_string_append_printf (literal, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
    }
  g_string_append_c (literal, '"');
  return g_string_free (literal, FALSE);
}

/* The fewest digits that mean the number. */
static char *
shortest (double value, gboolean single)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (int digits = 1; digits <= 17; digits++)
    {
      char format[8];
      double back;

      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, sizeof text, format, value);
      back = g_ascii_strtod (text, NULL);
      if (single ? (float) back == (float) value : back == value)
        break;
    }
  return g_strdup (text);
}

char *
lathe_program_number (double value)
{
  return shortest (value, FALSE);
}

char *
lathe_program_float (float value)
{
  return shortest ((double) value, TRUE);
}

/**
 * lathe_program_pair:
 *
 * Returns: (transfer full): “3” for two that are alike, as frameworks take it, or “(3, 5)”
 */
char *
lathe_program_pair (guint first, guint second)
{
  return first == second ? g_strdup_printf ("%u", first) : g_strdup_printf ("(%u, %u)", first, second);
}

/**
 * lathe_program_thousands:
 *
 * Returns: (transfer full): “1,234,567”, for people
 */
char *
lathe_program_thousands (guint64 n)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%" G_GUINT64_FORMAT, n);
  for (gssize at = (gssize) text->len - 3; at > 0; at -= 3)
    g_string_insert_c (text, at, ',');
  return g_string_free (text, FALSE);
}

/* --- Lists in brackets --- */

static gsize
width_of (const char *text)
{
  return (gsize) g_utf8_strlen (text, -1);
}

/* “open a, b, c close” on one line where it fits; or else the elements on a line of their own, and where even that is
 * too short, each on one. */
static void
write_list (GString *out, guint indent, const char *open, const GPtrArray *elements, const char *close)
{
  g_autoptr (GString) joined = g_string_new (NULL);

  for (guint i = 0; i < elements->len; i++)
    g_string_append_printf (joined, i > 0 ? ", %s" : "%s", (const char *) elements->pdata[i]);
  if (elements->len == 0 || indent + width_of (open) + width_of (joined->str) + width_of (close) <= COLUMNS)
    {
      g_string_append_printf (out, "%*s%s%s%s\n", (int) indent, "", open, joined->str, close);
      return;
    }
  g_string_append_printf (out, "%*s%s\n", (int) indent, "", open);
  if (indent + STEP + width_of (joined->str) <= COLUMNS)
    g_string_append_printf (out, "%*s%s\n", (int) indent + STEP, "", joined->str);
  else
    for (guint i = 0; i < elements->len; i++)
      g_string_append_printf (out, "%*s%s,\n", (int) indent + STEP, "", (const char *) elements->pdata[i]);
  g_string_append_printf (out, "%*s%s\n", (int) indent, "", close);
}

/* --- Calls --- */

/**
 * lathe_program_call:
 * @head: what is called
 */
LatheProgramCall *
lathe_program_call (const char *head)
{
  LatheProgramCall *call = g_new0 (LatheProgramCall, 1);

  call->head = g_strdup (head);
  call->arguments = g_ptr_array_new_with_free_func (g_free);
  return call;
}

static void
call_free (LatheProgramCall *call)
{
  g_free (call->head);
  g_ptr_array_unref (call->arguments);
  g_free (call);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheProgramCall, call_free)

/**
 * lathe_program_add:
 * @format: an argument, with its name where it has one
 */
void
lathe_program_add (LatheProgramCall *call, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (call->arguments, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/**
 * lathe_program_add_pair:
 * @usual: both have this without being told
 */
void
lathe_program_add_pair (LatheProgramCall *call, const char *name, guint height, guint width, guint usual)
{
  g_autofree char *pair = lathe_program_pair (height, width);

  if (height != usual || width != usual)
    lathe_program_add (call, "%s=%s", name, pair);
}

void
lathe_program_add_number (LatheProgramCall *call, const char *name, double value)
{
  g_autofree char *number = lathe_program_number (value);

  lathe_program_add (call, "%s=%s", name, number);
}

/**
 * lathe_program_call_inline:
 * @call: (transfer full)
 *
 * Returns: (transfer full): the call on one line
 */
char *
lathe_program_call_inline (LatheProgramCall *call)
{
  g_autoptr (LatheProgramCall) own = call;
  g_autofree char *arguments = NULL;

  g_ptr_array_add (own->arguments, NULL);
  arguments = g_strjoinv (", ", (char **) own->arguments->pdata);
  return g_strdup_printf ("%s(%s)", own->head, arguments);
}

/**
 * lathe_program_call_write:
 * @call: (transfer full)
 *
 * Writes “before head(arguments) after” as a statement.
 */
void
lathe_program_call_write (GString *out, guint indent, const char *before, LatheProgramCall *call, const char *after)
{
  g_autoptr (LatheProgramCall) own = call;
  g_autofree char *open = g_strconcat (before, own->head, "(", NULL), *close = g_strconcat (")", after, NULL);

  write_list (out, indent, open, own->arguments, close);
}

/* --- Loops --- */

typedef struct
{
  char *before, *after;
  GPtrArray *expressions;
} Loop;

struct _LatheProgramLoops
{
  char *variable;
  GPtrArray *loops; /* (element-type Loop) */
};

static void
loop_free (gpointer data)
{
  Loop *loop = data;

  g_free (loop->before);
  g_free (loop->after);
  g_ptr_array_unref (loop->expressions);
  g_free (loop);
}

/**
 * lathe_program_loops_new:
 * @variable: what a loop calls the expression of its turn
 */
LatheProgramLoops *
lathe_program_loops_new (const char *variable)
{
  LatheProgramLoops *loops = g_new0 (LatheProgramLoops, 1);

  loops->variable = g_strdup (variable);
  loops->loops = g_ptr_array_new_with_free_func (loop_free);
  return loops;
}

void
lathe_program_loops_free (LatheProgramLoops *loops)
{
  g_free (loops->variable);
  g_ptr_array_unref (loops->loops);
  g_free (loops);
}

static Loop *
find_loop (LatheProgramLoops *loops, const char *before, const char *after)
{
  Loop *loop;

  for (guint i = 0; i < loops->loops->len; i++)
    {
      loop = loops->loops->pdata[i];
      if (g_str_equal (loop->before, before) && g_str_equal (loop->after, after))
        return loop;
    }
  loop = g_new0 (Loop, 1);
  loop->before = g_strdup (before);
  loop->after = g_strdup (after);
  loop->expressions = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (loops->loops, loop);
  return loop;
}

void
lathe_program_loops_add (LatheProgramLoops *loops, const char *before, const char *expression, const char *after)
{
  g_ptr_array_add (find_loop (loops, before, after)->expressions, g_strdup (expression));
}

gboolean
lathe_program_loops_is_empty (const LatheProgramLoops *loops)
{
  return loops->loops->len == 0;
}

/**
 * lathe_program_loops_write:
 *
 * A statement that is there once is written as it is.
 */
void
lathe_program_loops_write (const LatheProgramLoops *loops, guint indent, GString *out)
{
  g_autofree char *open = g_strdup_printf ("for %s in (", loops->variable);

  for (guint i = 0; i < loops->loops->len; i++)
    {
      const Loop *loop = loops->loops->pdata[i];
      gboolean once = loop->expressions->len == 1;

      if (!once)
        write_list (out, indent, open, loop->expressions, "):");
      g_string_append_printf (out, "%*s%s%s%s\n", (int) (once ? indent : indent + STEP), "", loop->before,
                              once ? (const char *) loop->expressions->pdata[0] : loops->variable, loop->after);
    }
}
