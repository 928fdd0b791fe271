/* lathe-pickle-torch.c: what of Python's and PyTorch's a pickle of weights may name, and what it means here.
 *
 * As torch/_utils.py and torch/serialization.py have it: a tensor is a call of _rebuild_tensor_v2 with a storage, which
 * is a place in the file, and with offset, dimensions and strides. Nothing that is named here is looked up anywhere.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-pickle-private.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"

#define MOST_OF_A_NAME 80u /* letters, in a message */

typedef LathePickleValue *(*Call) (LathePickle *pickle, const LathePickleValue *arguments, GError **error);

struct _LathePickleGlobal
{
  const char *module, *name;
  Call call;        /* NULL: it cannot be called */
  gboolean storage; /* a kind of storage, of: */
  LatheNumbers numbers;
};

/* --- What is asked of arguments --- */

static const LathePickleValue *
argument (const LathePickleValue *arguments, guint index, LathePickleKind kind)
{
  const LathePickleValue *value = index < arguments->items->len ? arguments->items->pdata[index] : NULL;

  return value != NULL && value->kind == kind ? value : NULL;
}

static LathePickleValue *
refuse_tensor (GError **error)
{
  lathe_pickle_refuse (error, _ ("a tensor in it is described in a way that makes no sense; copy the file again"));
  return NULL;
}

/* --- Dictionaries and what is passed by --- */

/* OrderedDict (), or one of a list of pairs. */
static LathePickleValue *
make_dictionary (LathePickle *pickle, const LathePickleValue *arguments, GError **error)
{
  LathePickleValue *dictionary = lathe_pickle_make (pickle, LATHE_PICKLE_DICT);
  const LathePickleValue *pairs = argument (arguments, 0, LATHE_PICKLE_LIST);

  for (guint i = 0; pairs != NULL && i < pairs->items->len; i++)
    {
      const LathePickleValue *pair = pairs->items->pdata[i];

      if ((pair->kind != LATHE_PICKLE_TUPLE && pair->kind != LATHE_PICKLE_LIST) || pair->items->len != 2)
        return refuse_tensor (error);
      lathe_pickle_add (pickle, dictionary, pair->items->pdata[0]);
      lathe_pickle_add (pickle, dictionary, pair->items->pdata[1]);
    }
  return dictionary;
}

/* torch.Size (tuple) */
static LathePickleValue *
make_size (LathePickle *pickle, const LathePickleValue *arguments, GError **error)
{
  const LathePickleValue *tuple = argument (arguments, 0, LATHE_PICKLE_TUPLE);
  LathePickleValue *size;

  if (tuple == NULL)
    return refuse_tensor (error);
  size = lathe_pickle_make (pickle, LATHE_PICKLE_TUPLE);
  for (guint i = 0; i < tuple->items->len; i++)
    lathe_pickle_add (pickle, size, tuple->items->pdata[i]);
  return size;
}

static LathePickleValue *
make_other (LathePickle *pickle, const LathePickleValue *arguments, GError **error)
{
  return lathe_pickle_make (pickle, LATHE_PICKLE_OTHER);
}

/* --- Tensors --- */

/* Whole numbers, none below 0, into `sides`. */
static gboolean
read_sides (const LathePickleValue *tuple, guint64 *sides)
{
  for (guint i = 0; i < tuple->items->len; i++)
    {
      const LathePickleValue *side = argument (tuple, i, LATHE_PICKLE_INT);

      if (side == NULL || side->number < 0)
        return FALSE;
      sides[i] = (guint64) side->number;
    }
  return TRUE;
}

/* (storage, offset, dimensions, strides, …) */
static LathePickleValue *
make_tensor (LathePickle *pickle, const LathePickleValue *arguments, GError **error)
{
  const LathePickleValue *storage = argument (arguments, 0, LATHE_PICKLE_STORAGE);
  const LathePickleValue *offset = argument (arguments, 1, LATHE_PICKLE_INT);
  const LathePickleValue *sides = argument (arguments, 2, LATHE_PICKLE_TUPLE);
  const LathePickleValue *strides = argument (arguments, 3, LATHE_PICKLE_TUPLE);
  LathePickleValue *tensor;

  if (storage == NULL || offset == NULL || offset->number < 0 || sides == NULL || strides == NULL ||
      sides->items->len != strides->items->len || sides->items->len > LATHE_PICKLE_MAX_RANK)
    return refuse_tensor (error);
  tensor = lathe_pickle_make (pickle, LATHE_PICKLE_TENSOR);
  tensor->of = storage;
  tensor->number = offset->number;
  tensor->rank = sides->items->len;
  return read_sides (sides, tensor->sides) && read_sides (strides, tensor->sides + tensor->rank)
             ? tensor
             : refuse_tensor (error);
}

/* (tensor, …) */
static LathePickleValue *
make_parameter (LathePickle *pickle, const LathePickleValue *arguments, GError **error)
{
  const LathePickleValue *tensor = argument (arguments, 0, LATHE_PICKLE_TENSOR);

  return tensor != NULL ? arguments->items->pdata[0] : refuse_tensor (error);
}

/* --- The list --- */

static const LathePickleGlobal globals[] = {
    {"collections", "OrderedDict", .call = make_dictionary},
    {"torch._utils", "_rebuild_tensor", .call = make_tensor},
    {"torch._utils", "_rebuild_tensor_v2", .call = make_tensor},
    {"torch._utils", "_rebuild_parameter", .call = make_parameter},
    {"torch._utils", "_rebuild_parameter_with_state", .call = make_parameter},
    {"torch", "Size", .call = make_size},
    {"torch", "device", .call = make_other},
    {"torch", "DoubleStorage", .storage = TRUE, .numbers = LATHE_NUMBERS_DOUBLE},
    {"torch", "FloatStorage", .storage = TRUE, .numbers = LATHE_NUMBERS_FLOAT},
    {"torch", "HalfStorage", .storage = TRUE, .numbers = LATHE_NUMBERS_HALF},
    {"torch", "BFloat16Storage", .storage = TRUE, .numbers = LATHE_NUMBERS_BRAIN},
    {"torch", "LongStorage", .storage = TRUE, .numbers = LATHE_NUMBERS_INT64},
    {"torch", "IntStorage", .storage = TRUE, .numbers = LATHE_NUMBERS_INT32},
    {"torch", "ShortStorage", .storage = TRUE, .numbers = LATHE_NUMBERS_INT16},
    {"torch", "CharStorage", .storage = TRUE, .numbers = LATHE_NUMBERS_INT8},
    {"torch", "ByteStorage", .storage = TRUE, .numbers = LATHE_NUMBERS_UINT8},
    {"torch", "BoolStorage", .storage = TRUE, .numbers = LATHE_NUMBERS_BOOL},
    {"torch", "float64", .call = NULL},
    {"torch", "float32", .call = NULL},
    {"torch", "float16", .call = NULL},
    {"torch", "bfloat16", .call = NULL},
    {"torch", "int64", .call = NULL},
    {"torch", "int32", .call = NULL},
};

/* As much of a name as goes into a line of a message. */
static void
append_plain (GString *to, const char *name)
{
  for (guint n = 0; *name != '\0' && n < MOST_OF_A_NAME; name++, n++)
    g_string_append_c (to, g_ascii_isgraph (*name) ? *name : '?');
}

static void
refuse_global (const char *module, const char *name, GError **error)
{
  g_autoptr (GString) named = g_string_new (NULL);

  append_plain (named, module);
  g_string_append_c (named, '.');
  append_plain (named, name);
  g_set_error (
      error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
      _ ("it wants to have %s of Python's, and Lathe runs nothing that a file brings; where you trust it, load "
         "it in PyTorch, and save the state dictionary alone, with torch.save (model.state_dict (), …)"),
      named->str);
}

/**
 * lathe_pickle_find_global:
 *
 * Errors: LATHE_ERROR_UNSUPPORTED for all that is not on the list; a reason, which names it.
 */
const LathePickleGlobal *
lathe_pickle_find_global (const char *module, const char *name, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (globals); i++)
    if (g_str_equal (globals[i].module, module) && g_str_equal (globals[i].name, name))
      return &globals[i];
  refuse_global (module, name, error);
  return NULL;
}

/**
 * lathe_pickle_call:
 * @arguments: a tuple
 *
 * Returns: (transfer none) (nullable): what the call makes; NULL with an error, also for what cannot be called
 */
LathePickleValue *
lathe_pickle_call (LathePickle *pickle, const LathePickleValue *function, const LathePickleValue *arguments,
                   GError **error)
{
  if (function->kind == LATHE_PICKLE_GLOBAL && function->global->call != NULL)
    return function->global->call (pickle, arguments, error);
  lathe_pickle_refuse (error, _ ("it calls what is no function; copy the file again"));
  return NULL;
}

/**
 * lathe_pickle_find_storage:
 * @id: (“storage”, its kind, its key in the file, the device that it was on, how many numbers it has[, None])
 *
 * Returns: (transfer none) (nullable): NULL with an error
 */
LathePickleValue *
lathe_pickle_find_storage (LathePickle *pickle, const LathePickleValue *id, GError **error)
{
  const LathePickleValue *word, *kind, *key, *number;
  LathePickleValue *storage;

  if (id->kind != LATHE_PICKLE_TUPLE)
    return refuse_tensor (error);
  word = argument (id, 0, LATHE_PICKLE_TEXT);
  kind = argument (id, 1, LATHE_PICKLE_GLOBAL);
  key = argument (id, 2, LATHE_PICKLE_TEXT);
  number = argument (id, 4, LATHE_PICKLE_INT);
  if (word == NULL || !g_str_equal (word->text, "storage") || kind == NULL || !kind->global->storage || key == NULL ||
      number == NULL || number->number < 0 || (id->items->len > 5 && argument (id, 5, LATHE_PICKLE_NONE) == NULL))
    return refuse_tensor (error);
  storage = lathe_pickle_make (pickle, LATHE_PICKLE_STORAGE);
  storage->of = key;
  storage->numbers = kind->global->numbers;
  storage->number = number->number;
  return storage;
}
