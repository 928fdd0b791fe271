/* lathe-pickle.h: as much of Python's pickles as files of weights are made of, and nothing that runs.
 *
 * A pickle is a program for a small machine with a stack, which can be told to call whatever Python has. The machine
 * here knows what torch.save() writes: numbers, texts, tuples, lists, dictionaries; and by name the few calls that make
 * a tensor of a place in the file. All else is refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-span.h"
#include "lathe-numbers.h"

G_BEGIN_DECLS

#define LATHE_PICKLE_MAX_RANK 8

typedef enum
{
  LATHE_PICKLE_NONE,
  LATHE_PICKLE_INT, /* also true and false */
  LATHE_PICKLE_REAL,
  LATHE_PICKLE_TEXT,
  LATHE_PICKLE_TUPLE,
  LATHE_PICKLE_LIST,
  LATHE_PICKLE_DICT,
  LATHE_PICKLE_GLOBAL,  /* something of Python's, by its name */
  LATHE_PICKLE_STORAGE, /* numbers in the file, in a row */
  LATHE_PICKLE_TENSOR,
  LATHE_PICKLE_OTHER, /* something without numbers, which nobody looks at: torch.device ("cpu") */
} LathePickleKind;

typedef struct _LathePickleValue LathePickleValue;
typedef struct _LathePickleGlobal LathePickleGlobal; /* private */

struct _LathePickleValue
{
  LathePickleKind kind;
  guint rank;    /* of a tensor */
  gint64 number; /* of an int; of a tensor, its first number in the storage; of a storage, how many it has */
  double real;
  char *text;       /* owned; ends where its first NUL is */
  GPtrArray *items; /* owned (element-type LathePickleValue), not owned; of a dictionary keys and values by turns */
  const LathePickleGlobal *global;
  LatheNumbers numbers;       /* of a storage */
  const LathePickleValue *of; /* of a tensor its storage, of a storage the text that it has as a key */
  guint64 *sides;             /* owned: of a tensor, its dimensions, and then the steps from each to the next */
};

/* The machine, and what it has made. */
typedef struct
{
  const LatheSpan *source;
  guint64 at;                  /* where in the source the next byte is */
  guint8 *buffer;              /* what was read ahead */
  gsize buffer_at, buffer_end; /* the part of it that is still to come */
  gsize buffer_size;
  guint64 granted; /* bytes that may still be taken */
  gboolean starved;
  GPtrArray *values; /* (element-type LathePickleValue): all of them */
  GPtrArray *stack;  /* (element-type LathePickleValue); NULL: a mark */
  GPtrArray *memo;   /* (element-type LathePickleValue) */
} LathePickle;

void lathe_pickle_init (LathePickle *pickle, const LatheSpan *source);
void lathe_pickle_clear (LathePickle *pickle);
LathePickleValue *lathe_pickle_load (LathePickle *pickle, GError **error);
guint64 lathe_pickle_tell (const LathePickle *pickle);
LathePickleValue *lathe_pickle_get (const LathePickleValue *dictionary, const char *key);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LathePickle, lathe_pickle_clear)

G_END_DECLS
