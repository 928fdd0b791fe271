/* lathe-descriptors.h: images as points on a sphere, by what a trunk sees in them: which of them lie close together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-kept-features.h"
#include "lathe-neighbours.h"

G_BEGIN_DECLS

/* The images that have features, each as a row of length 1: of its features, by their signed square roots. A product of
 * two rows is their cosine, and for features that are not below 0 the Hellinger affinity of what they show:
 * Arandjelović & Zisserman 2012, "Three things everyone should know to improve object retrieval", CVPR, section 3.
 * Large features do not drown the others so, and copies are told from what is merely alike much better:
 * docs/pretrained.md. Immutable. */
typedef struct
{
  guint n, n_features;
  guint32 *images;   /* n: indices into the dataset, rising */
  int *rows;         /* of each image of the dataset: its row, or -1 */
  guint n_images;    /* of the dataset */
  LatheReal *values; /* n × n_features */
} LatheDescriptors;

LatheDescriptors *lathe_descriptors_new (const LatheKeptFeatures *features, GError **error);
void lathe_descriptors_free (LatheDescriptors *descriptors);
GArray *lathe_descriptors_find_nearest (const LatheDescriptors *descriptors, const LatheReal *row, guint32 but,
                                        guint n);

LatheNeighbour *lathe_descriptors_find_neighbours (const LatheDescriptors *descriptors, guint k, LathePool *pool,
                                                   GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheDescriptors, lathe_descriptors_free)

G_END_DECLS
