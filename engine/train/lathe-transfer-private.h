/* lathe-transfer-private.h: what the files of a transfer share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-head.h"
#include "lathe-transfer.h"

G_BEGIN_DECLS

/* Images to learn from, and others to score by: indices into the dataset (element-type guint32). */
typedef struct
{
  GArray *learned, *held;
} LatheTrial;

/* One, or one a fold; with a place for each image of the dataset: 0 … 1, in drawn order within its class, so that those
 * below a share are that share of every class. */
typedef struct
{
  GArray *trials; /* (element-type LatheTrial) */
  GArray *all;    /* what the head learns from in the end (element-type guint32) */
  double *places;
  guint n_folds; /* 0: one trial, of the validation images */
} LatheTrials;

LatheTrials *lathe_trials_new (LatheDataset *dataset, const LatheKeptFeatures *features,
                               const LatheTransferOptions *options);
void lathe_trials_free (LatheTrials *trials);
GArray *lathe_trials_of (LatheDataset *dataset, const GArray *images, guint n_folds, guint64 seed);
GArray *lathe_choose_usable (LatheDataset *dataset, const LatheKeptFeatures *features, LatheSplit split);

LatheTransferScore lathe_transfer_score (const LatheMetrics *metrics);
gboolean lathe_transfer_draw_curve (LatheTransfer *transfer, const LatheTrials *trials,
                                    const LatheLabelledFeatures *features, LathePool *pool, GCancellable *cancellable,
                                    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheTrials, lathe_trials_free)

G_END_DECLS
