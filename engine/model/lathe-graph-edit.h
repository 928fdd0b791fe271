/* lathe-graph-edit.h: a graph, edited as a person means it.
 *
 * Each edit is done as a whole or not at all, and leaves the nodes in an order in which each stands behind what feeds
 * it, as far as that goes; what need not move does not. Nodes stay where they are in memory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"

G_BEGIN_DECLS

/* Edges. */
gboolean lathe_graph_can_connect (const LatheGraph *graph, const LatheNode *from, const LatheNode *to, GError **error);
gboolean lathe_graph_link (LatheGraph *graph, LatheNode *from, LatheNode *to, GError **error);
gboolean lathe_graph_unlink (LatheGraph *graph, LatheNode *from, LatheNode *to);

/* Nodes. */
LatheNode *lathe_graph_add_between (LatheGraph *graph, const LatheLayerKind *kind, LatheNode *from, LatheNode *to);
LatheNode *lathe_graph_add_after (LatheGraph *graph, const LatheLayerKind *kind, LatheNode *after);
void lathe_graph_remove_nodes (LatheGraph *graph, LatheNode *const *nodes, guint n);
gboolean lathe_graph_replace_kind (LatheGraph *graph, LatheNode *node, const LatheLayerKind *kind);
gboolean lathe_graph_rename (LatheGraph *graph, LatheNode *node, const char *name, GError **error);

/* Parts. */
char *lathe_graph_extract (const LatheGraph *graph, LatheNode *const *nodes, guint n);
GPtrArray *lathe_graph_paste (LatheGraph *graph, const char *text, LatheNode *after, GError **error);
GPtrArray *lathe_graph_paste_between (LatheGraph *graph, const char *text, LatheNode *from, LatheNode *to,
                                      GError **error);
const char *lathe_graph_set_group (LatheGraph *graph, LatheNode *const *nodes, guint n, const char *name);
gboolean lathe_graph_repeat (LatheGraph *graph, const char *group, guint times, GError **error);

G_END_DECLS
