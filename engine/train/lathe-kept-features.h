/* lathe-kept-features.h: what a trunk makes of each image of a dataset, worked out once and kept on the disk.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "model/lathe-trunk.h"

G_BEGIN_DECLS

/* Of all trunks and sources together: at 1,280 numbers an image, those of 1.6 million images. */
#define LATHE_KEPT_FEATURES_LIMIT (8ull << 30)

#define LATHE_FEATURES_BATCH 16 /* images that are worked out at a time */

/* Of all images, by their place in the dataset. Immutable. */
typedef struct
{
  guint n_images, n_features;
  float *values;         /* n_images × n_features; 0 where there are none */
  gboolean *ok;          /* whether there are: the image can be decoded, and every number is finite */
  guint n_found;         /* images whose features were on the disk */
  guint n_computed;      /* those that were worked out now */
  GPtrArray *unreadable; /* (element-type LatheProblem) */
} LatheKeptFeatures;

LatheKeptFeatures *lathe_kept_features_new (const LatheTrunk *trunk, LatheDataset *dataset, guint n_threads,
                                            LatheProgressFunc progress, gpointer progress_data,
                                            GCancellable *cancellable, GError **error);
void lathe_kept_features_free (LatheKeptFeatures *features);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheKeptFeatures, lathe_kept_features_free)

G_END_DECLS
