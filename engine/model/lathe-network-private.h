/* lathe-network-private.h: what the files of the network share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-arena.h"
#include "lathe-network.h"
#include "lathe-regulariser.h"
#include "layers/lathe-byte-step.h"

G_BEGIN_DECLS

/* Where a layer puts the gradient of an input. */
typedef enum
{
  LATHE_GRADIENT_OF_INPUT,  /* where the one who made the input looks for it */
  LATHE_GRADIENT_OF_OUTPUT, /* nowhere: it is the same as that of the layer's output */
  LATHE_GRADIENT_APART,     /* in memory of its own, to be added to those of other layers */
} LatheGradientPlace;

/* An output that feeds a layer. */
typedef struct
{
  guint from;
  LatheGradientPlace gradient;
  gsize dx_at;
} LatheEdge;

typedef struct
{
  LatheStep step;
  LatheProperties properties;
  LatheEdge edge[LATHE_MAX_INPUTS];
  char *name;    /* of the node */
  guint node;    /* its place in the graph */
  int runs_with; /* the node whose passes do this layer's work, too, or -1 */
  guint leader;  /* the step that runs this one: itself, or see lathe-network-fuse.c */
  guint n_consumers;
  gboolean shared;     /* a view or a follower: y is its input's */
  gboolean pulled;     /* made by the layer that reads it, band by band: y is nowhere in memory */
  gboolean has_writer; /* somebody writes straight into its dy */
  guint term_of;       /* a sum's step, whose dy is this one's; 0: none */
  gboolean learns;     /* it, or what feeds it, has weights that are trained: its output wants a gradient */
  gsize y_at, dy_at, kept_at, prepared_at;
  LatheByteStep bytes; /* of a network in 8 bits; without a kind, the layer runs in real numbers */
  gboolean is_real;    /* in such a network: its output is there as real numbers */
  gsize bytes_at;
  gsize w_at[LATHE_MAX_PARAMETERS]; /* within the weights or the states */
} LatheCompiled;

/* What is rounded of a step: see lathe-network-rounded.c. */
typedef struct _LatheRounded LatheRounded;

struct _LatheNetwork
{
  guint batch;
  gboolean training;
  gboolean in_bytes;
  gboolean slopes; /* the way back finds gradients by outputs alone: every layer has one, and no weight */
  guint n_threads;
  LathePool *pool;
  guint n_nodes, n_steps; /* a last sigmoid or softmax is a node, but no step */
  LatheCompiled *steps;
  guint output;             /* the step that makes the logits */
  LathePrecision precision; /* of what is trained */
  LatheLoss loss;
  LatheReal *class_weight; /* of the loss */
  gsize n_weights, n_states;
  LatheArena arena;
  gsize weights_at, gradient_at, states_at, scratch_at, thread_scratch_at, thread_scratch_stride;
  LatheMemoryPlan plan;
  LatheRegulariser regulariser;
  gboolean *stays_zero;  /* of each number that is trained; NULL: nobody asked */
  LatheRounded *rounded; /* by step; NULL: nothing is */
  LatheLayerTime *times; /* by node; NULL: nobody asked */
};

static inline gboolean
lathe_network_finds_gradient (const LatheNetwork *network)
{
  return network->training && !network->slopes;
}

void lathe_network_prepare (LatheNetwork *network);
void lathe_network_run_backward (LatheCompiled *compiled);
guint lathe_network_home (const LatheNetwork *network, guint i);
guint lathe_network_gradient_home (const LatheNetwork *network, guint i);
void lathe_network_fuse (LatheNetwork *network, gboolean plainly);
void lathe_network_choose_bytes (LatheNetwork *network, const LatheQuantisation *quantisation);
void lathe_network_reserve_bytes (LatheNetwork *network);
void lathe_network_place_bytes (LatheNetwork *network);
void lathe_network_convert (LatheCompiled *compiled);
void lathe_network_run_bytes (LatheCompiled *compiled);
void lathe_network_choose_rounded (LatheNetwork *network, const LatheQuantisation *quantisation);
void lathe_network_reserve_rounded (LatheNetwork *network);
void lathe_network_place_rounded (LatheNetwork *network);
void lathe_network_begin_rounded (LatheNetwork *network);
void lathe_network_swap_rounded (LatheNetwork *network);
void lathe_network_round (LatheNetwork *network, guint i);
void lathe_network_cut (LatheNetwork *network, guint i);
LatheNetwork *lathe_network_new_plain (const LatheGraph *graph, guint batch, gboolean training, LathePool *pool,
                                       GError **error);

G_END_DECLS
