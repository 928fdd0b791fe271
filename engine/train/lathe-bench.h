/* lathe-bench.h: how fast this machine trains and answers, layer by layer, and how fast it can multiply at best.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "dataset/lathe-dataset.h"
#include "model/lathe-network.h"

G_BEGIN_DECLS

/* Floating-point operations are two for each multiply-add of the layer's definition, whatever algorithm works it out;
 * a layer that runs with another counts there. */
typedef struct
{
  LatheLayerPlan plan;
  LatheLayerTime time; /* seconds a pass */
  double forward_operations, backward_operations;
} LatheBenchLayer;

/* A network that is run over and over: a step of training, or an answer. */
typedef struct
{
  guint batch;
  double seconds;          /* a pass: the best round's mean */
  double operations;       /* floating-point, a pass */
  gsize bytes;             /* memory: the optimiser's state and the images not counted */
  LatheBenchLayer *layers; /* by the graph's nodes, of the best round */
} LatheBenchPass;

typedef struct
{
  guint n_threads;
  const char *kernels; /* the row of them that ran */
  double peak;         /* floating-point operations a second that all threads make at most */
  LatheBenchPass training, answering, alone;
} LatheBench;

typedef struct
{
  guint batch;
  guint steps;              /* of training, in each round */
  guint rounds;             /* of which the best counts */
  guint n_threads;          /* 0: as many as the machine has cores */
  gboolean brief;           /* how a batch is answered is left out */
  const LatheModel *model;  /* (nullable): of this graph, that answers as it does: one in 8 bits in those */
  LathePrecision precision; /* of training */
} LatheBenchOptions;

gboolean lathe_bench (const LatheGraph *graph, const LatheBenchOptions *options, LatheProgressFunc progress,
                      gpointer progress_data, GCancellable *cancellable, LatheBench *result, GError **error);
gboolean lathe_bench_answer (const LatheGraph *graph, LathePool *pool, GCancellable *cancellable, double *seconds,
                             GError **error);
gboolean lathe_bench_model (const LatheModel *model, LathePool *pool, GCancellable *cancellable, double *seconds,
                            GError **error);
void lathe_bench_clear (LatheBench *result);
double lathe_bench_share_of_peak (const LatheBench *bench, double operations, double seconds);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheBench, lathe_bench_clear)

G_END_DECLS
