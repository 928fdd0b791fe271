/* lathe-graph-advice.h: what would mend a network that does not work.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"

G_BEGIN_DECLS

#define LATHE_MAX_ADVICE 3

/* One way out, and the graph that it leads to. */
typedef struct
{
  char *sentence;     /* what would be done, and what comes of it */
  char *button;       /* the same as a short command: "Set Groups to 32" */
  LatheGraph *mended; /* a copy with that done */
} LatheAdvice;

void lathe_advice_free (LatheAdvice *advice);
GPtrArray *lathe_graph_advise (const LatheGraph *graph, const LatheGraphReport *report, guint node);
GPtrArray *lathe_graph_advise_classes (const LatheGraph *graph, const LatheGraphReport *report, guint n_classes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheAdvice, lathe_advice_free)

G_END_DECLS
