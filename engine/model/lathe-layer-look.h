/* lathe-layer-look.h: what the numbers of a network's layers are like at one moment of a training.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-network.h"

G_BEGIN_DECLS

#define LATHE_N_BINS 64
#define LATHE_MOST_LOOKS 128 /* epochs of which a list keeps the looks that has been thinned */

/* How numbers are distributed. What is not finite is left out. */
typedef struct
{
  double n;                   /* how many there are; 0: none, and the rest says nothing */
  double minimum, maximum;    /* between which the bins lie, all as wide */
  double mean, deviation;     /* the standard deviation, of all of them */
  guint32 bins[LATHE_N_BINS]; /* how many fall into each */
} LatheDistribution;

typedef struct
{
  char *name;                    /* of the node */
  LatheDistribution weights;     /* of its first tensor, which is no state */
  LatheDistribution activations; /* of its output, over the samples of a batch */
  guint units,
      dead; /* channels of an output that an activation made, and those that are 0 everywhere; 0: no such layer */
} LatheLayerLook;

/* The layers of a network at the end of an epoch. Immutable; reference counted, atomically. */
typedef struct
{
  gatomicrefcount references;
  guint epoch;
  GArray *layers; /* (element-type LatheLayerLook): those that there is something to say of, in the graph's order */
} LatheLayerLooks;

void lathe_distribution_measure (LatheDistribution *distribution, const LatheReal *x, gsize n);
LatheLayerLooks *lathe_layer_looks_new (guint epoch);
LatheLayerLooks *lathe_layer_looks_ref (LatheLayerLooks *looks);
void lathe_layer_looks_unref (LatheLayerLooks *looks);
LatheLayerLooks *lathe_network_look (LatheNetwork *network, guint n, guint epoch);
GPtrArray *lathe_layer_looks_list (const GPtrArray *others);
void lathe_layer_looks_thin (GPtrArray *list);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheLayerLooks, lathe_layer_looks_unref)

G_END_DECLS
