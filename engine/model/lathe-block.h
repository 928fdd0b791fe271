/* lathe-block.h: layers that belong together: what modern networks are built of, and what a person keeps of their own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"

G_BEGIN_DECLS

/* The longest name of a block that a person keeps, in characters. */
#define LATHE_BLOCK_MAX_NAME 60

typedef struct _LatheBlockSketch LatheBlockSketch;

/* One row of the table of blocks. What comes of it are ordinary layers, in a group of the block's name. */
typedef struct
{
  const char *name;  /* "residual" */
  const char *title; /* N_("Residual") */
  const char *help;  /* N_(one sentence) */
  const char *paper; /* where it was described first */
  guint stride;      /* 2: the image is halved */
  guint widening;    /* so many times as many channels come out */
  gboolean keeps;    /* the channels that come, however few: it weighs them, and makes no others */
  void (*build) (LatheBlockSketch *sketch);
} LatheBlock;

const LatheBlock *lathe_blocks (guint *n);
const LatheBlock *lathe_block_find (const char *name);
char *lathe_block_make (const LatheBlock *block, const LatheShape *input, guint filters, GError **error);
GPtrArray *lathe_graph_add_block (LatheGraph *graph, const LatheBlock *block, LatheNode *from, LatheNode *to,
                                  GError **error);

/* Blocks of a person's own. */
gboolean lathe_block_check_name (const char *name, GError **error);
char *lathe_block_suggest_name (LatheNode *const *nodes, guint n);
char *lathe_block_extract (const LatheGraph *graph, LatheNode *const *nodes, guint n, const char *name);

G_END_DECLS
