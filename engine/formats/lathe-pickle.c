/* lathe-pickle.c: the machine that a pickle is a program for: its memory, and how it runs.
 *
 * There are no jumps: a program of n bytes takes n steps at most. What it makes is kept until the end, and paid for
 * from what is granted, so that neither depth nor number nor size of anything can be beyond it: containers hold
 * references, and nothing here follows them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-pickle-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"

#define GRANTED ((guint64) 32 << 20) /* bytes that all values may take */
#define AHEAD (64u << 10)            /* bytes that are read at a time */
#define COST_OF_ARRAY 64u            /* bytes, about */
#define STOP '.'

gboolean
lathe_pickle_refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason);
  return FALSE;
}

static gboolean
refuse_damaged (GError **error)
{
  return lathe_pickle_refuse (error, _ ("it is damaged or incomplete; copy the file again"));
}

/* --- Memory --- */

/* What cannot be paid for is made all the same, once: the step that did so is the last. */
void
lathe_pickle_spend (LathePickle *pickle, guint64 n)
{
  pickle->starved |= n > pickle->granted;
  pickle->granted -= MIN (n, pickle->granted);
}

static void
free_value (gpointer data)
{
  LathePickleValue *value = data;

  g_free (value->text);
  g_free (value->sides);
  g_clear_pointer (&value->items, g_ptr_array_unref);
  g_free (value);
}

/* Returns: (transfer none): a value, with items or sides where it has some */
LathePickleValue *
lathe_pickle_make (LathePickle *pickle, LathePickleKind kind)
{
  LathePickleValue *value = g_new0 (LathePickleValue, 1);

  value->kind = kind;
  lathe_pickle_spend (pickle, sizeof *value + LATHE_PICKLE_COST_OF_ITEM);
  if (kind == LATHE_PICKLE_TUPLE || kind == LATHE_PICKLE_LIST || kind == LATHE_PICKLE_DICT)
    {
      value->items = g_ptr_array_new ();
      lathe_pickle_spend (pickle, COST_OF_ARRAY);
    }
  if (kind == LATHE_PICKLE_TENSOR)
    {
      value->sides = g_new0 (guint64, 2 * LATHE_PICKLE_MAX_RANK);
      lathe_pickle_spend (pickle, 2 * LATHE_PICKLE_MAX_RANK * sizeof *value->sides);
    }
  g_ptr_array_add (pickle->values, value);
  return value;
}

void
lathe_pickle_add (LathePickle *pickle, LathePickleValue *list, LathePickleValue *item)
{
  lathe_pickle_spend (pickle, LATHE_PICKLE_COST_OF_ITEM);
  g_ptr_array_add (list->items, item);
}

/* --- Bytes --- */

/* Returns: (nullable): the next n bytes, of at most LATHE_PICKLE_LONGEST; they stay until the next call */
const guint8 *
lathe_pickle_take (LathePickle *pickle, gsize n)
{
  gsize left = pickle->buffer_end - pickle->buffer_at, more;
  const guint8 *bytes;

  if (left < n)
    {
      more = (gsize) MIN (MAX (n, AHEAD) - left, pickle->source->size - pickle->at);
      if (left + more < n)
        return NULL;
      if (pickle->buffer_size < left + more)
        {
          pickle->buffer_size = MAX (n, AHEAD);
          pickle->buffer = g_realloc (pickle->buffer, pickle->buffer_size);
        }
      memmove (pickle->buffer, pickle->buffer + pickle->buffer_at, left);
      if (!lathe_span_read (pickle->source, pickle->at, pickle->buffer + left, more))
        return NULL;
      pickle->at += more;
      pickle->buffer_at = 0;
      pickle->buffer_end = left + more;
    }
  bytes = pickle->buffer + pickle->buffer_at;
  pickle->buffer_at += n;
  return bytes;
}

/* A little-endian whole number of n bytes. */
gboolean
lathe_pickle_take_number (LathePickle *pickle, guint n, guint64 *number)
{
  const guint8 *bytes = lathe_pickle_take (pickle, n);

  *number = 0;
  for (guint i = 0; bytes != NULL && i < n; i++)
    *number |= (guint64) bytes[i] << 8 * i;
  return bytes != NULL;
}

/* --- The machine --- */

/**
 * lathe_pickle_init:
 * @source: must outlive the machine; it begins with a pickle
 */
void
lathe_pickle_init (LathePickle *pickle, const LatheSpan *source)
{
  *pickle = (LathePickle){
      .source = source,
      .granted = GRANTED,
      .values = g_ptr_array_new_with_free_func (free_value),
      .stack = g_ptr_array_new (),
      .memo = g_ptr_array_new (),
  };
}

void
lathe_pickle_clear (LathePickle *pickle)
{
  g_clear_pointer (&pickle->values, g_ptr_array_unref);
  g_clear_pointer (&pickle->stack, g_ptr_array_unref);
  g_clear_pointer (&pickle->memo, g_ptr_array_unref);
  g_clear_pointer (&pickle->buffer, g_free);
}

static gboolean
step (LathePickle *pickle, guint8 code, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (lathe_pickle_step (pickle, code, &reason))
    return !pickle->starved ||
           lathe_pickle_refuse (error, _ ("what is beside the weights in it takes too much memory; save the state "
                                          "dictionary alone, with torch.save (model.state_dict (), …)"));
  if (reason == NULL)
    return refuse_damaged (error);
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

/**
 * lathe_pickle_load:
 *
 * Reads the next pickle. Where it ends in the source is told by lathe_pickle_tell().
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 *
 * Returns: (transfer none) (nullable): what it holds, which lives as long as the machine
 */
LathePickleValue *
lathe_pickle_load (LathePickle *pickle, GError **error)
{
  guint64 code = 0;

  g_ptr_array_set_size (pickle->stack, 0);
  g_ptr_array_set_size (pickle->memo, 0);
  while (lathe_pickle_take_number (pickle, 1, &code) && code != STOP)
    if (!step (pickle, (guint8) code, error))
      return NULL;
  if (code == STOP && pickle->stack->len == 1 && pickle->stack->pdata[0] != NULL)
    return pickle->stack->pdata[0];
  refuse_damaged (error);
  return NULL;
}

/* Returns: where in the source the bytes behind the last pickle begin */
guint64
lathe_pickle_tell (const LathePickle *pickle)
{
  return pickle->at - (pickle->buffer_end - pickle->buffer_at);
}

/* Returns: (transfer none) (nullable): the value of that key, where it is a dictionary that has it */
LathePickleValue *
lathe_pickle_get (const LathePickleValue *dictionary, const char *key)
{
  for (guint i = 0; dictionary->kind == LATHE_PICKLE_DICT && i < dictionary->items->len; i += 2)
    {
      const LathePickleValue *name = dictionary->items->pdata[i];

      if (name->kind == LATHE_PICKLE_TEXT && g_str_equal (name->text, key))
        return dictionary->items->pdata[i + 1];
    }
  return NULL;
}
