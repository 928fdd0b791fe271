/* lathe-graph-readers.h: who reads what a layer gives.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"

G_BEGIN_DECLS

const LatheNode *lathe_graph_only_reader (const LatheGraph *graph, const LatheNode *node);

G_END_DECLS
