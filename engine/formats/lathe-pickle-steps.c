/* lathe-pickle-steps.c: the instructions of a pickle.
 *
 * They are those of Lib/pickletools.py of CPython that protocols 2 to 5 write for plain data.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-pickle-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LINE 256u /* bytes of a name in a line of its own */

/* --- The stack --- */

static void
push (LathePickle *pickle, LathePickleValue *value)
{
  lathe_pickle_spend (pickle, LATHE_PICKLE_COST_OF_ITEM);
  g_ptr_array_add (pickle->stack, value);
}

/* The one at the top, n below it; NULL: there is none, or a mark. */
static LathePickleValue *
peek (const LathePickle *pickle, guint n)
{
  return n < pickle->stack->len ? pickle->stack->pdata[pickle->stack->len - 1 - n] : NULL;
}

static void
drop (LathePickle *pickle, guint n)
{
  g_ptr_array_set_size (pickle->stack, (gint) (pickle->stack->len - n));
}

/* How many values are above the last mark. */
static gboolean
count_to_mark (const LathePickle *pickle, guint *n)
{
  for (*n = 0; *n < pickle->stack->len; ++*n)
    if (peek (pickle, *n) == NULL)
      return TRUE;
  return FALSE;
}

/* --- Instructions. Each returns FALSE, with or without an error, where it makes no sense. --- */

typedef gboolean (*Run) (LathePickle *pickle, guint argument, GError **error);

static gboolean
run_skip (LathePickle *pickle, guint n_bytes, GError **error)
{
  return lathe_pickle_take (pickle, n_bytes) != NULL;
}

static gboolean
run_mark (LathePickle *pickle, guint argument, GError **error)
{
  push (pickle, NULL);
  return TRUE;
}

static gboolean
run_none (LathePickle *pickle, guint argument, GError **error)
{
  push (pickle, lathe_pickle_make (pickle, LATHE_PICKLE_NONE));
  return TRUE;
}

static void
push_int (LathePickle *pickle, gint64 number)
{
  LathePickleValue *value = lathe_pickle_make (pickle, LATHE_PICKLE_INT);

  value->number = number;
  push (pickle, value);
}

static gboolean
run_bool (LathePickle *pickle, guint is_true, GError **error)
{
  push_int (pickle, is_true);
  return TRUE;
}

/* Four bytes have a sign, fewer have none. */
static gboolean
run_int (LathePickle *pickle, guint n_bytes, GError **error)
{
  guint64 number;

  if (!lathe_pickle_take_number (pickle, n_bytes, &number))
    return FALSE;
  push_int (pickle, n_bytes == 4 ? (gint32) number : (gint64) number);
  return TRUE;
}

/* Two's complement of any length; of more than eight bytes the value is nothing that is looked at. */
static gboolean
run_long (LathePickle *pickle, guint argument, GError **error)
{
  guint64 length, number;

  if (!lathe_pickle_take_number (pickle, 1, &length))
    return FALSE;
  if (length > 8)
    {
      push (pickle, lathe_pickle_make (pickle, LATHE_PICKLE_OTHER));
      return lathe_pickle_take (pickle, length) != NULL;
    }
  if (!lathe_pickle_take_number (pickle, (guint) length, &number))
    return FALSE;
  if (length > 0 && length < 8 && number >> (8 * length - 1) != 0)
    number |= G_MAXUINT64 << 8 * length;
  push_int (pickle, (gint64) number);
  return TRUE;
}

/* Big-endian, unlike all others. */
static gboolean
run_real (LathePickle *pickle, guint argument, GError **error)
{
  const guint8 *bytes = lathe_pickle_take (pickle, 8);
  LathePickleValue *value;
  guint64 bits = 0;

  if (bytes == NULL)
    return FALSE;
  for (guint i = 0; i < 8; i++)
    bits = bits << 8 | bytes[i];
  value = lathe_pickle_make (pickle, LATHE_PICKLE_REAL);
  memcpy (&value->real, &bits, sizeof bits);
  push (pickle, value);
  return TRUE;
}

/* Whose length comes first, in so many bytes. */
static gboolean
run_text (LathePickle *pickle, guint n_bytes, GError **error)
{
  guint64 length;
  const guint8 *bytes = NULL;
  LathePickleValue *value;

  if (!lathe_pickle_take_number (pickle, n_bytes, &length))
    return FALSE;
  if (length > LATHE_PICKLE_LONGEST)
    return lathe_pickle_refuse (error, _ ("a text in it is longer than Lathe reads"));
  lathe_pickle_spend (pickle, length);
  bytes = pickle->starved ? NULL : lathe_pickle_take (pickle, length);
  if (bytes == NULL)
    return pickle->starved;
  value = lathe_pickle_make (pickle, LATHE_PICKLE_TEXT);
  value->text = g_strndup ((const char *) bytes, length);
  push (pickle, value);
  return TRUE;
}

/* --- Containers --- */

static gboolean
make_tuple (LathePickle *pickle, guint n, guint n_dropped)
{
  LathePickleValue *tuple;

  for (guint i = 0; i < n; i++)
    if (peek (pickle, i) == NULL)
      return FALSE;
  tuple = lathe_pickle_make (pickle, LATHE_PICKLE_TUPLE);
  for (guint i = n; i-- > 0;)
    lathe_pickle_add (pickle, tuple, peek (pickle, i));
  drop (pickle, n_dropped);
  push (pickle, tuple);
  return TRUE;
}

static gboolean
run_tuple (LathePickle *pickle, guint argument, GError **error)
{
  guint n;

  return count_to_mark (pickle, &n) && make_tuple (pickle, n, n + 1);
}

static gboolean
run_short_tuple (LathePickle *pickle, guint n, GError **error)
{
  return make_tuple (pickle, n, n);
}

static gboolean
run_empty (LathePickle *pickle, guint kind, GError **error)
{
  push (pickle, lathe_pickle_make (pickle, (LathePickleKind) kind));
  return TRUE;
}

/* The n at the top go into the container below them, which may have a mark between. */
static gboolean
put (LathePickle *pickle, LathePickleKind kind, guint n, guint n_marks)
{
  LathePickleValue *container = peek (pickle, n + n_marks);

  if (container == NULL || container->kind != kind || (kind == LATHE_PICKLE_DICT && n % 2 != 0))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (peek (pickle, i) == NULL)
      return FALSE;
  for (guint i = n; i-- > 0;)
    lathe_pickle_add (pickle, container, peek (pickle, i));
  drop (pickle, n + n_marks);
  return TRUE;
}

static gboolean
run_append (LathePickle *pickle, guint argument, GError **error)
{
  return put (pickle, LATHE_PICKLE_LIST, 1, 0);
}

static gboolean
run_set_item (LathePickle *pickle, guint argument, GError **error)
{
  return put (pickle, LATHE_PICKLE_DICT, 2, 0);
}

static gboolean
run_put_all (LathePickle *pickle, guint kind, GError **error)
{
  guint n;

  return count_to_mark (pickle, &n) && put (pickle, (LathePickleKind) kind, n, 1);
}

/* --- What was made before --- */

/* Their numbers go up by one, as those who write them do it. */
static gboolean
remember (LathePickle *pickle, guint64 index)
{
  if (peek (pickle, 0) == NULL || index > pickle->memo->len)
    return FALSE;
  lathe_pickle_spend (pickle, LATHE_PICKLE_COST_OF_ITEM);
  if (index == pickle->memo->len)
    g_ptr_array_add (pickle->memo, peek (pickle, 0));
  pickle->memo->pdata[index] = peek (pickle, 0);
  return TRUE;
}

static gboolean
run_put (LathePickle *pickle, guint n_bytes, GError **error)
{
  guint64 index;

  return lathe_pickle_take_number (pickle, n_bytes, &index) && remember (pickle, index);
}

static gboolean
run_memoize (LathePickle *pickle, guint argument, GError **error)
{
  return remember (pickle, pickle->memo->len);
}

static gboolean
run_get (LathePickle *pickle, guint n_bytes, GError **error)
{
  guint64 index;

  if (!lathe_pickle_take_number (pickle, n_bytes, &index) || index >= pickle->memo->len)
    return FALSE;
  push (pickle, pickle->memo->pdata[index]);
  return TRUE;
}

/* --- Names and calls --- */

/* Up to the end of the line. (transfer full) (nullable) */
static char *
take_line (LathePickle *pickle)
{
  char line[LINE];
  guint64 letter;

  for (guint n = 0; n < LINE && lathe_pickle_take_number (pickle, 1, &letter); n++)
    {
      line[n] = (char) letter;
      if (letter == '\n')
        return g_strndup (line, n);
    }
  return NULL;
}

static gboolean
find_global (LathePickle *pickle, const char *module, const char *name, GError **error)
{
  LathePickleValue *value = lathe_pickle_make (pickle, LATHE_PICKLE_GLOBAL);

  value->global = lathe_pickle_find_global (module, name, error);
  push (pickle, value);
  return value->global != NULL;
}

static gboolean
run_global (LathePickle *pickle, guint argument, GError **error)
{
  g_autofree char *module = take_line (pickle);
  g_autofree char *name = module != NULL ? take_line (pickle) : NULL;

  return name != NULL && find_global (pickle, module, name, error);
}

static gboolean
run_stack_global (LathePickle *pickle, guint argument, GError **error)
{
  const LathePickleValue *module = peek (pickle, 1), *name = peek (pickle, 0);

  if (module == NULL || name == NULL || module->kind != LATHE_PICKLE_TEXT || name->kind != LATHE_PICKLE_TEXT)
    return FALSE;
  drop (pickle, 2);
  return find_global (pickle, module->text, name->text, error);
}

static gboolean
run_reduce (LathePickle *pickle, guint argument, GError **error)
{
  const LathePickleValue *function = peek (pickle, 1), *arguments = peek (pickle, 0);
  LathePickleValue *made;

  if (function == NULL || arguments == NULL || arguments->kind != LATHE_PICKLE_TUPLE)
    return FALSE;
  made = lathe_pickle_call (pickle, function, arguments, error);
  if (made == NULL)
    return FALSE;
  drop (pickle, 2);
  push (pickle, made);
  return TRUE;
}

/* What it would set are attributes, of a dictionary or a parameter, that say nothing of numbers. */
static gboolean
run_build (LathePickle *pickle, guint argument, GError **error)
{
  const LathePickleValue *object = peek (pickle, 1);

  if (object == NULL || peek (pickle, 0) == NULL ||
      (object->kind != LATHE_PICKLE_DICT && object->kind != LATHE_PICKLE_TENSOR))
    return FALSE;
  drop (pickle, 1);
  return TRUE;
}

static gboolean
run_persistent (LathePickle *pickle, guint argument, GError **error)
{
  const LathePickleValue *id = peek (pickle, 0);
  LathePickleValue *storage = id != NULL ? lathe_pickle_find_storage (pickle, id, error) : NULL;

  if (storage == NULL)
    return FALSE;
  drop (pickle, 1);
  push (pickle, storage);
  return TRUE;
}

/* --- The table --- */

static const struct
{
  Run run;
  guint argument;
} instructions[256] = {
    [0x80] = {run_skip, 1}, /* PROTO */
    [0x95] = {run_skip, 8}, /* FRAME */
    ['('] = {run_mark},
    ['N'] = {run_none},
    [0x88] = {run_bool, TRUE},
    [0x89] = {run_bool, FALSE},
    ['K'] = {run_int, 1},
    ['M'] = {run_int, 2},
    ['J'] = {run_int, 4},
    [0x8a] = {run_long},
    ['G'] = {run_real},
    ['U'] = {run_text, 1},  /* SHORT_BINSTRING */
    ['T'] = {run_text, 4},  /* BINSTRING */
    ['C'] = {run_text, 1},  /* SHORT_BINBYTES */
    ['B'] = {run_text, 4},  /* BINBYTES */
    [0x8c] = {run_text, 1}, /* SHORT_BINUNICODE */
    ['X'] = {run_text, 4},  /* BINUNICODE */
    [')'] = {run_short_tuple, 0},
    [0x85] = {run_short_tuple, 1},
    [0x86] = {run_short_tuple, 2},
    [0x87] = {run_short_tuple, 3},
    ['t'] = {run_tuple},
    [']'] = {run_empty, LATHE_PICKLE_LIST},
    ['}'] = {run_empty, LATHE_PICKLE_DICT},
    ['a'] = {run_append},
    ['e'] = {run_put_all, LATHE_PICKLE_LIST},
    ['s'] = {run_set_item},
    ['u'] = {run_put_all, LATHE_PICKLE_DICT},
    ['q'] = {run_put, 1},
    ['r'] = {run_put, 4},
    [0x94] = {run_memoize},
    ['h'] = {run_get, 1},
    ['j'] = {run_get, 4},
    ['c'] = {run_global},
    [0x93] = {run_stack_global},
    ['R'] = {run_reduce},
    ['b'] = {run_build},
    ['Q'] = {run_persistent},
};

/**
 * lathe_pickle_step:
 *
 * Returns: FALSE where there is no such instruction, or it makes no sense there; with an error where that has a reason
 */
gboolean
lathe_pickle_step (LathePickle *pickle, guint8 code, GError **error)
{
  return instructions[code].run != NULL && instructions[code].run (pickle, instructions[code].argument, error);
}
