/* lathe-graph-readers.c: who reads what a layer gives.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-readers.h"

/**
 * lathe_graph_only_reader:
 *
 * Returns: (transfer none) (nullable): the only layer that reads this one's output; NULL: several do, or none
 */
const LatheNode *
lathe_graph_only_reader (const LatheGraph *graph, const LatheNode *node)
{
  const LatheNode *reader = NULL;

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    if (g_ptr_array_find (lathe_graph_get_node (graph, i)->inputs, node, NULL))
      {
        if (reader != NULL)
          return NULL;
        reader = lathe_graph_get_node (graph, i);
      }
  return reader;
}
