/* lathe-starting-point.c: what it costs to grow on a model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-starting-point.h"

#include <glib/gstdio.h>
#include <math.h>

#include "base/lathe-thread.h"
#include "formats/lathe-model-file.h"
#include "lathe-bench.h"
#include "model/lathe-preset.h"

static guint64
size_of (const LatheStartingPoint *point)
{
  GStatBuf status;

  if (point->known != NULL)
    return point->known->size;
  return g_stat (point->path, &status) == 0 ? (guint64) status.st_size : 0;
}

/* What its weights are has no part in how long it takes: one that is not here yet has its network. (nullable) */
static LatheGraph *
network_of (const LatheStartingPoint *point)
{
  g_autoptr (LatheModel) model = NULL;

  if (point->known != NULL)
    return lathe_preset_load (point->name, NULL);
  model = lathe_model_load (point->path, NULL);
  return model != NULL ? lathe_graph_copy (model->graph) : NULL;
}

/**
 * lathe_starting_point_measure:
 *
 * Takes a second or so.
 */
LatheStartingCost
lathe_starting_point_measure (const LatheStartingPoint *point, GCancellable *cancellable)
{
  g_autoptr (LatheGraph) graph = network_of (point);
  g_autoptr (LathePool) pool = lathe_pool_new (lathe_default_threads ());
  double seconds = NAN;

  if (graph != NULL && !lathe_bench_answer (graph, pool, cancellable, &seconds, NULL))
    seconds = NAN;
  return (LatheStartingCost){size_of (point), 1000 * seconds};
}
