/* lathe-scorer.h: runs a network over many images and keeps the score. Shared by training and evaluation.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-augment.h"
#include "dataset/lathe-store.h"
#include "lathe-metrics.h"
#include "lathe-views.h"
#include "model/lathe-network.h"

G_BEGIN_DECLS

/* The samples of one batch that could be decoded, moved to the front. */
typedef struct
{
  guint capacity;        /* the batch */
  const guint *label_of; /* (nullable): the network's label of each class; NULL: they are the same */
  guint n;
  guint32 *images; /* indices into the dataset */
  guint32 *turns;  /* as in LatheOrder; of what is not learned from, 0 */
  guint32 *labels;
  gboolean *ok;
  LatheOtherLabel *others; /* of each, where the images are mixed of two */
  gboolean mixed;          /* they are, until they are filled again */
  LatheReal *losses;
  guint *said;      /* the likeliest class of each */
  LatheViews views; /* of each, when they are scored */
} LatheBatch;

void lathe_batch_init (LatheBatch *batch, guint capacity);
void lathe_batch_clear (LatheBatch *batch);
void lathe_batch_fill (LatheBatch *batch, LatheDataset *dataset, LatheStore *store, LatheNetwork *network,
                       const guint32 *images, const guint32 *turns, guint n);
void lathe_batch_augment (LatheBatch *batch, LatheNetwork *network, LathePool *pool,
                          const LatheAugmentation *augmentation, guint64 seed);
guint lathe_likeliest (const LatheReal *logits, guint n_units);
void lathe_batch_say (LatheBatch *batch, LatheNetwork *network);
void lathe_batch_judge (LatheBatch *batch, LatheNetwork *network);

GArray *lathe_choose_images (LatheDataset *dataset, int split, GError **error);

/* Told of every batch that was judged, while the network still holds its logits. */
typedef void (*LatheJudgedFunc) (const LatheBatch *batch, gpointer data);

gboolean lathe_score (LatheNetwork *network, LatheDataset *dataset, LatheStore *store, LatheBatch *batch,
                      const GArray *images, LatheMetrics *metrics, LatheGoOnFunc go_on, LatheJudgedFunc judged,
                      gpointer data);

G_END_DECLS
