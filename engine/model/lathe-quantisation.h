/* lathe-quantisation.h: what makes a model one in 8 bits: what the bytes of each layer stand for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <math.h>

#include "layers/lathe-byte-step.h"
#include "lathe-graph.h"

G_BEGIN_DECLS

/* Of one layer. */
typedef struct
{
  LatheByteScale output; /* a scale of 0: its output stays in real numbers */
  float *weight_scale;   /* one an output channel; NULL: its weights stay in real numbers, or it has none */
  guint n_channels;
} LatheQuantisedNode;

/* Owned by its model, whose weights are what the whole numbers stand for: real ÷ scale is whole. */
typedef struct
{
  char *method;   /* how the ranges were chosen: “minmax” */
  guint n_images; /* by which */
  guint n_nodes;
  LatheQuantisedNode *nodes; /* in the order of the graph */
} LatheQuantisation;

LatheQuantisation *lathe_quantisation_new (guint n_nodes, const char *method, guint n_images);
LatheQuantisation *lathe_quantisation_copy (const LatheQuantisation *quantisation);
void lathe_quantisation_free (LatheQuantisation *quantisation);
float lathe_quantisation_scale (float most);
void lathe_quantisation_round (LatheQuantisedNode *node, float *weights, gsize rows, guint channels);
guint lathe_quantisation_count (const LatheQuantisation *quantisation);

/* The nearest weight that a whole number stands for; of zeros, the positive one. */
static inline float
lathe_quantisation_snap (float weight, float scale)
{
  return rintf (weight / scale) * scale + 0.0f;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheQuantisation, lathe_quantisation_free)

G_END_DECLS
