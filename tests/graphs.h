/* graphs.h: networks in a line, and edits at random.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

/* "NAME KIND [SOURCE,SOURCE…] [PROPERTY=VALUE]…; …": a layer that names no source and is no input reads nothing. */
LatheGraph *graphs_make (const char *text);
LatheGraph *graphs_preset (const char *name);
LatheNode *graphs_node (const LatheGraph *graph, const char *name);

/* The names in their order, with what they read: "a b(a) c(a,b)". */
char *graphs_outline (const LatheGraph *graph);
void graphs_assert_outline (const LatheGraph *graph, const char *outline);

/* What holds of every graph, after any edit. */
void graphs_assert_sound (const LatheGraph *graph);

/* One edit that a person could make; it may come to nothing. */
void graphs_edit (LatheGraph *graph, GRand *rng);

G_END_DECLS
