/* lathe-graph-vary.h: a network next to another: one change that someone might try.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-rng.h"
#include "lathe-graph.h"

G_BEGIN_DECLS

LatheGraph *lathe_graph_vary (const LatheGraph *graph, const LatheRng *rng, char **change);

G_END_DECLS
