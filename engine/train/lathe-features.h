/* lathe-features.h: what a network makes of images just before its last weights: the features by which it decides.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-scorer.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

/* Brings the images of a side through a network, a batch at a time. Begins as all zero. */
typedef struct
{
  LathePool *pool;
  LatheNetwork *network;
  guint layer; /* that makes the features */
  LatheDataset *dataset;
  LatheStore *store;
  LatheBatch batch;
  GArray *images; /* (element-type guint32) */
} LatheFeatureReader;

/* n_features numbers of each of the batch's n images, which the network holds until it is asked again. */
typedef void (*LatheFeatureFunc) (LatheFeatureReader *reader, const LatheReal *features, gsize n_features,
                                  gpointer data);

gboolean lathe_feature_reader_begin (LatheFeatureReader *reader, LatheModel *model, LatheDataset *dataset, int split,
                                     guint n_threads, GError **error);
const LatheReal *lathe_feature_reader_find (LatheFeatureReader *reader, guint n, gsize *n_features);
gboolean lathe_feature_reader_go (LatheFeatureReader *reader, LatheFeatureFunc func, gpointer data,
                                  LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                  GError **error);
void lathe_feature_reader_clear (LatheFeatureReader *reader);

/* Of n images, in the order in which they were asked about. Immutable. */
typedef struct
{
  guint n, n_features;
  guint32 *images; /* indices into the dataset */
  guint *said;     /* the model's label that it gives each */
  gboolean *right; /* whether that has the name of the image's class */
  float *values;   /* n × n_features */
} LatheFeatures;

LatheFeatures *lathe_features_new (LatheModel *model, LatheDataset *dataset, int split, guint n_threads,
                                   LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                   GError **error);
void lathe_features_free (LatheFeatures *features);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheFeatureReader, lathe_feature_reader_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheFeatures, lathe_features_free)

G_END_DECLS
