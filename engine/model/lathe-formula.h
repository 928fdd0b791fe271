/* lathe-formula.h: what a layer computes, written down with its sizes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"

G_BEGIN_DECLS

char *lathe_graph_formula (const LatheGraph *graph, const LatheGraphReport *report, guint node);

G_END_DECLS
