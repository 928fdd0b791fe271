/* lathe-formula.h: what a layer computes, written down with its sizes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"

G_BEGIN_DECLS

/* Lines of plain text: equations, several of them with commas between; sizes as “x: 784, W: 784×64”, or NULL; and
 * equations of the way back, or NULL. */
typedef struct
{
  char *forward, *sizes, *backward;
} LatheFormula;

LatheFormula *lathe_formula_new (const LatheGraph *graph, const LatheGraphReport *report, guint node);
void lathe_formula_free (LatheFormula *formula);
char *lathe_graph_formula (const LatheGraph *graph, const LatheGraphReport *report, guint node);
char *lathe_graph_formula_latex (const LatheGraph *graph, const LatheGraphReport *report, guint node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheFormula, lathe_formula_free)

G_END_DECLS
