/* proof.h: what the tests of the layers share: small graphs, and gradients against slopes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "model/lathe-network.h"

#define N_CASES 24
#define NUDGE 1e-5
#define TOLERANCE 1e-6

/* The choices of windows' padding. */
enum
{
  VALID,
  SAME,
  EXPLICIT
};

/* Where a test's random choices come from. */
typedef struct
{
  LatheRng rng;
  guint32 index;
} Draws;

/* What is proved: a layer of some kind. `make` adds it, and what it needs before it, with random shapes and properties,
 * and returns the last node. */
typedef struct
{
  const char *name, *kind;
  LatheNode *(*make) (LatheGraph *graph, Draws *draws, const char *kind);
} Subject;

guint draw (Draws *draws, guint least, guint most);
void set (LatheGraph *graph, LatheNode *node, const char *property, double value);
LatheNode *add_after (LatheGraph *graph, LatheNode *from, const char *kind);
LatheNode *add_input (LatheGraph *graph, guint height, guint width, guint channels);
void add_head (LatheGraph *graph, LatheNode *from, guint units);
LatheNode *add_tail (LatheGraph *graph, Draws *draws, guint height, guint width, guint channels);

void fill_input (LatheNetwork *network, guint n, Draws *draws);
double mean_loss (LatheNetwork *network, guint n, const guint32 *labels);
double check_graph (LatheGraph *graph, Draws *draws, guint units);
LatheNetwork *forward_once (LatheGraph *graph, LathePool *pool, Draws *draws);
void assert_shape_error (LatheGraph *graph, const char *words);
