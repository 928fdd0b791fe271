/* lathe-graph-private.h: what the files of the graph share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"

G_BEGIN_DECLS

#define LATHE_GRAPH_VERSION 1          /* of the text */
#define LATHE_GROUP_STEM "group"       /* of the name of a group that nobody named */
#define LATHE_GRAPH_MAX_TEXT (6 << 20) /* bytes: holds any network of LATHE_GRAPH_MAX_NODES, as it is written */

struct _LatheGraph
{
  gatomicrefcount references;
  GPtrArray *nodes;   /* (element-type LatheNode), owned */
  GHashTable *names;  /* name → node */
  GHashTable *passed; /* stem → how many numbers from 1 on are known to be taken behind it */
};

/* Who reads whom, the other way round than nodes keep it: the readers of node i are to[first[i]] to to[first[i + 1] -
 * 1], in the graph's order, and one that reads it twice comes twice. */
typedef struct
{
  guint *first, *to;
} LatheReaders;

void lathe_readers_init (LatheReaders *readers, const LatheGraph *graph);
void lathe_readers_clear (LatheReaders *readers);
guint lathe_graph_find_order (const LatheGraph *graph, const LatheReaders *readers, guint *order);
gboolean *lathe_graph_find_circles (const LatheGraph *graph, const LatheReaders *readers, const guint *order,
                                    guint n_ordered);
void lathe_graph_settle (LatheGraph *graph);

LatheNode *lathe_graph_find_input (const LatheGraph *graph);
char *lathe_graph_free_name (LatheGraph *graph, const char *stem);
char *lathe_name_stem (const char *name);
void lathe_graph_name (LatheGraph *graph, LatheNode *node, const char *name);
void lathe_graph_place (LatheGraph *graph, LatheNode *node, guint index);
void lathe_graph_drop (LatheGraph *graph, const gboolean *dropped);
void lathe_graph_redirect (LatheGraph *graph, LatheNode *from, LatheNode *to);
gboolean lathe_node_is_read_in_group (const LatheGraph *graph, const LatheNode *node);
gboolean lathe_graph_leads_to (const LatheGraph *graph, const LatheNode *from, const LatheNode *to);
void lathe_node_set_classes (LatheNode *node, guint n_classes);
void lathe_node_copy_settings (LatheNode *node, const LatheNode *from);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheReaders, lathe_readers_clear)

G_END_DECLS
