/* lathe-clusters.h: images in groups that look alike to a trunk: proposals for classes where there are none yet.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-descriptors.h"

G_BEGIN_DECLS

#define LATHE_MOST_CLUSTERS 64
#define LATHE_MOST_TRIED 12 /* clusters, where the number is to be found */

typedef struct
{
  GPtrArray *groups; /* (element-type GArray(guint32)): indices into the dataset; the largest group first, and in each
                        what is nearest to its centre */
  double silhouette; /* how well they are apart: -1 … 1 */
} LatheClusters;

LatheClusters *lathe_clusters_new (const LatheDescriptors *descriptors, const GArray *images, guint n_clusters,
                                   guint64 seed, LathePool *pool, GCancellable *cancellable, GError **error);
void lathe_clusters_free (LatheClusters *clusters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheClusters, lathe_clusters_free)

G_END_DECLS
