/* lathe-tsne.h: points of many dimensions laid out in a plane, so that neighbours stay neighbours: t-SNE.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-affinities.h"
#include "lathe-repulsion.h"

G_BEGIN_DECLS

#define LATHE_TSNE_THETA 0.5

double lathe_tsne_gradient (const LatheAffinities *affinities, LatheRepulsion *repulsion, const double *places,
                            double exaggeration, double theta, LathePool *pool, double *gradient, double *cost);
gboolean lathe_tsne_lay_out (const LatheAffinities *affinities, double *places, guint iterations, LathePool *pool,
                             LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                             double *cost, GError **error);

G_END_DECLS
