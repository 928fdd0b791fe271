/* lathe-network.h: a graph, compiled: steps in order, and one block of memory for all of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-pool.h"
#include "kernels/lathe-precision.h"
#include "lathe-graph.h"
#include "lathe-inherit.h"
#include "lathe-loss.h"
#include "lathe-model.h"

G_BEGIN_DECLS

/* Used by one thread at a time; runs on all threads of its pool. */
typedef struct _LatheNetwork LatheNetwork;

/* Bytes, but for the first. */
typedef struct
{
  guint64 n_trained; /* numbers that are trained: what an optimiser keeps moments of */
  guint64 weights;   /* and states */
  guint64 gradient;
  guint64 activations; /* outputs of the layers, their gradients, and what layers keep */
  guint64 scratch;
  guint64 total;
} LatheMemoryPlan;

/* What a layer has taken since times were asked for, in seconds. */
typedef struct
{
  double forward, backward;
} LatheLayerTime;

/* How a layer is worked out, as found when the network was compiled. */
typedef struct
{
  const char *algorithm; /* untranslated; NULL where there is but one way */
  int runs_with;         /* the node whose passes do this layer's work, too; -1: its own */
  guint gradients;       /* of its inputs and of its weights: 0 to 2 that backward() works out */
} LatheLayerPlan;

/* Neighbours among the numbers that are trained, and what decides the rate at which they learn. */
typedef struct
{
  gsize first, n;
  guint stage;    /* how far below the network's end: see lathe-network-stages.c */
  gboolean shift; /* what a norm adds */
} LatheWeightRange;

gboolean lathe_network_plan (const LatheGraph *graph, guint batch, gboolean training, guint n_threads,
                             LatheMemoryPlan *plan, GError **error);
LatheNetwork *lathe_network_new (const LatheGraph *graph, guint batch, gboolean training, LathePool *pool,
                                 GError **error);
LatheNetwork *lathe_network_new_for (const LatheModel *model, guint batch, LathePool *pool, GError **error);
LatheNetwork *lathe_network_new_rounded (const LatheGraph *graph, const LatheQuantisation *quantisation, guint batch,
                                         LathePool *pool, GError **error);
LatheNetwork *lathe_network_new_open (const LatheGraph *graph, guint batch, gboolean slopes, LathePool *pool,
                                      GError **error);
void lathe_network_free (LatheNetwork *network);

guint lathe_network_get_n_units (LatheNetwork *network);
gsize lathe_network_get_memory (LatheNetwork *network);
LatheReal *lathe_network_get_input (LatheNetwork *network);
gsize lathe_network_get_input_size (LatheNetwork *network);
const LatheReal *lathe_network_get_logits (LatheNetwork *network);
void lathe_network_set_logits (LatheNetwork *network, guint n, const LatheReal *logits);
LatheReal *lathe_network_get_weights (LatheNetwork *network, gsize *n_weights);
LatheReal *lathe_network_get_gradient (LatheNetwork *network);
LatheReal *lathe_network_get_states (LatheNetwork *network, gsize *n_states);
GArray *lathe_network_list_ranges (LatheNetwork *network);

void lathe_network_set_loss (LatheNetwork *network, const LatheLoss *loss);
void lathe_network_set_precision (LatheNetwork *network, LathePrecision precision);
void lathe_network_initialise (LatheNetwork *network, guint64 seed);
gboolean lathe_network_wants_images (LatheNetwork *network);
void lathe_network_whiten (LatheNetwork *network, guint n);
void lathe_network_load (LatheNetwork *network, const LatheModel *model);
void lathe_network_inherit (LatheNetwork *network, const LatheInheritance *inheritance);
void lathe_network_store (LatheNetwork *network, LatheModel *model);
void lathe_network_take_over (LatheNetwork *network, LatheNetwork *from);
void lathe_network_carry (LatheNetwork *network, LatheNetwork *from, const LatheReal *kept, LatheReal *numbers);

void lathe_network_forward (LatheNetwork *network, guint n, gboolean training, guint64 seed, guint32 step);
void lathe_network_loss (LatheNetwork *network, guint n, const guint32 *labels, const LatheOtherLabel *others,
                         LatheReal *losses);
void lathe_network_teach (LatheNetwork *network, guint n, const LatheTeaching *teaching, const LatheReal *taught);
void lathe_network_backward (LatheNetwork *network, guint n);
const LatheReal *lathe_network_get_output (LatheNetwork *network, guint node, gsize *size);
const LatheReal *lathe_network_find_slopes (LatheNetwork *network, guint n, const LatheReal *logits, guint node);
guint lathe_network_find_features (LatheNetwork *network);
const LatheReal *lathe_network_get_features (LatheNetwork *network, gsize *n_features);
void lathe_network_get_layer_plan (LatheNetwork *network, guint node, LatheLayerPlan *plan);
void lathe_network_time (LatheNetwork *network, LatheLayerTime *times);
const char *lathe_network_find_overflow (LatheNetwork *network, guint n, gboolean backward);
double lathe_network_penalty (LatheNetwork *network);
void lathe_network_keep_zeros (LatheNetwork *network);
void lathe_network_constrain (LatheNetwork *network);
void lathe_network_cool (LatheNetwork *network, guint n, double temperature);
void lathe_network_probabilities (LatheNetwork *network, guint n, LatheReal *probabilities);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheNetwork, lathe_network_free)

G_END_DECLS
