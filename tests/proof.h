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

/* Where a test's random choices come from. */
typedef struct
{
  LatheRng rng;
  guint32 index;
} Draws;

/* Adds a layer, and what it needs before it, with random shapes and properties; returns the last node. */
typedef LatheNode *(*Make) (LatheGraph *graph, Draws *draws);

typedef struct
{
  const char *name;
  Make make;
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
void add_subjects (const Subject *subjects, guint n_subjects);
LatheNetwork *forward_once (LatheGraph *graph, LathePool *pool, Draws *draws);
void assert_shape_error (LatheGraph *graph, const char *words);
