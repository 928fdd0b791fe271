/* lathe-head.h: the last layer of a network, learned alone, to the end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-metrics.h"
#include "lathe-minimise.h"
#include "model/lathe-network.h"

G_BEGIN_DECLS

/* Features of images, of which rows are chosen by number. Not owned. */
typedef struct
{
  const float *values; /* rows × n_features */
  const guint32 *labels;
  guint n_features, n_classes;
} LatheLabelledFeatures;

#define LATHE_MOST_FEATURES 4096 /* that a head can read */

/* A dense layer: logits = features · weight + bias, with one unit for two classes, else one a class. */
typedef struct
{
  guint n_features, n_units;
  float *weight; /* n_features × n_units */
  float *bias;
  LatheMinimum minimum; /* where the search for it ended */
} LatheHead;

/* Finds heads for the same rows. Used by one thread at a time; runs on all threads of its pool. */
typedef struct _LatheHeadFitter LatheHeadFitter;

LatheHeadFitter *lathe_head_fitter_new (const LatheLabelledFeatures *features, const GArray *rows, LathePool *pool,
                                        GError **error);
void lathe_head_fitter_free (LatheHeadFitter *fitter);
LatheHead *lathe_head_fitter_run (LatheHeadFitter *fitter, double l2);
void lathe_head_fitter_score (LatheHeadFitter *fitter, const LatheHead *head, const GArray *rows, LatheMetrics *metrics,
                              gboolean *right);
void lathe_head_fitter_answer (LatheHeadFitter *fitter, const LatheHead *head, const GArray *rows,
                               float *probabilities);
void lathe_head_free (LatheHead *head);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheHeadFitter, lathe_head_fitter_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheHead, lathe_head_free)

G_END_DECLS
