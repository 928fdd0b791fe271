/* lathe-trunk.h: a model without its last answer: what another one can be grown on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-inherit.h"
#include "lathe-network.h"

G_BEGIN_DECLS

#define LATHE_ALL_LAYERS G_MAXUINT

/* All of a network up to what its last dense layer, the head, reads: n_features numbers of an image. Immutable. */
typedef struct
{
  LatheModel *model;             /* owned */
  LatheGraph *graph;             /* of the trunk alone; owned */
  LatheInheritance *inheritance; /* all that it learned, in the trunk's graph; owned */
  char *head;                    /* the layer's name */
  guint n_features;
} LatheTrunk;

LatheTrunk *lathe_trunk_new (LatheModel *model, GError **error);
void lathe_trunk_free (LatheTrunk *trunk);
char *lathe_trunk_digest (const LatheTrunk *trunk);
LatheNetwork *lathe_trunk_compile (const LatheTrunk *trunk, guint batch, LathePool *pool, GError **error);
LatheModel *lathe_trunk_join (const LatheTrunk *trunk, const char *const *labels, const float *weight,
                              const float *bias, GError **error);
LatheGraph *lathe_trunk_grow (const LatheTrunk *trunk, guint n_classes);
void lathe_trunk_freeze (const LatheTrunk *trunk, LatheGraph *graph, guint n_learning, gboolean norms_learn);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheTrunk, lathe_trunk_free)

G_END_DECLS
