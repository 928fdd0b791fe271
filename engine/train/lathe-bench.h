/* lathe-bench.h: how fast this machine trains and answers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "model/lathe-graph.h"

G_BEGIN_DECLS

/* Times are the best of `rounds`, in milliseconds. */
typedef struct
{
  double train_ms_per_sample;
  double infer_ms_per_sample;     /* at the full batch */
  double infer_b1_ms;             /* one image */
  gsize train_bytes, infer_bytes; /* memory, at the full batch: the optimiser's state and the images not counted */
} LatheBench;

gboolean lathe_bench (const LatheGraph *graph, guint batch, guint steps, guint rounds, guint n_threads,
                      LatheBench *result, GError **error);

G_END_DECLS
