/* lathe-graph-order.c: in which order the layers of a graph can be worked out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-private.h"

/**
 * lathe_readers_init:
 * @readers: (out caller-allocates)
 */
void
lathe_readers_init (LatheReaders *readers, const LatheGraph *graph)
{
  guint n = graph->nodes->len;
  guint *at;

  readers->first = g_new0 (guint, n + 1);
  for (guint i = 0; i < n; i++)
    {
      const LatheNode *node = graph->nodes->pdata[i];

      for (guint j = 0; j < node->inputs->len; j++)
        readers->first[((LatheNode *) node->inputs->pdata[j])->index + 1]++;
    }
  for (guint i = 0; i < n; i++)
    readers->first[i + 1] += readers->first[i];
  readers->to = g_new (guint, readers->first[n]);
  at = g_memdup2 (readers->first, n * sizeof *at);
  for (guint i = 0; i < n; i++)
    {
      const LatheNode *node = graph->nodes->pdata[i];

      for (guint j = 0; j < node->inputs->len; j++)
        readers->to[at[((LatheNode *) node->inputs->pdata[j])->index]++] = i;
    }
  g_free (at);
}

void
lathe_readers_clear (LatheReaders *readers)
{
  g_clear_pointer (&readers->first, g_free);
  g_clear_pointer (&readers->to, g_free);
}

/* --- The smallest of some numbers first: a binary heap --- */

typedef struct
{
  guint *number;
  guint n;
} Heap;

static void
heap_put (Heap *heap, guint number)
{
  guint at = heap->n++;

  for (; at > 0 && heap->number[(at - 1) / 2] > number; at = (at - 1) / 2)
    heap->number[at] = heap->number[(at - 1) / 2];
  heap->number[at] = number;
}

static guint
heap_take (Heap *heap)
{
  guint least = heap->number[0], last = heap->number[--heap->n], at = 0;

  for (guint child = 1; child < heap->n; child = 2 * at + 1)
    {
      if (child + 1 < heap->n && heap->number[child + 1] < heap->number[child])
        child++;
      if (heap->number[child] >= last)
        break;
      heap->number[at] = heap->number[child];
      at = child;
    }
  heap->number[at] = last;
  return least;
}

/**
 * lathe_graph_find_order:
 * @order: (out caller-allocates): as many indices as there are nodes
 *
 * Kahn's order (1962): a node is ready once all that feeds it is placed; among the ready, the first drawn comes first.
 *
 * Returns: how many nodes are placed; what is left runs in a circle, or stands behind one
 */
guint
lathe_graph_find_order (const LatheGraph *graph, const LatheReaders *readers, guint *order)
{
  guint n = graph->nodes->len, placed = 0;
  g_autofree guint *waits = g_new (guint, n), *ready = g_new (guint, n);
  Heap heap = {.number = ready};

  for (guint i = 0; i < n; i++)
    {
      waits[i] = ((LatheNode *) graph->nodes->pdata[i])->inputs->len;
      if (waits[i] == 0)
        heap_put (&heap, i);
    }
  while (heap.n > 0)
    {
      guint i = heap_take (&heap);

      order[placed++] = i;
      for (guint j = readers->first[i]; j < readers->first[i + 1]; j++)
        if (--waits[readers->to[j]] == 0)
          heap_put (&heap, readers->to[j]);
    }
  return placed;
}

/**
 * lathe_graph_find_circles:
 * @order: what lathe_graph_find_order() found, @n_ordered of them
 *
 * Of those that have no order, what leads nowhere but out of the circles is peeled off from behind.
 *
 * Returns: (transfer full): for each node, whether it is in a circle, or on a way from one to another
 */
gboolean *
lathe_graph_find_circles (const LatheGraph *graph, const LatheReaders *readers, const guint *order, guint n_ordered)
{
  guint n = graph->nodes->len, n_peeled = 0;
  gboolean *circles = g_new (gboolean, n);
  g_autofree guint *leads = g_new (guint, n), *peeled = g_new (guint, n);

  for (guint i = 0; i < n; i++)
    {
      circles[i] = TRUE;
      leads[i] = readers->first[i + 1] - readers->first[i];
      if (leads[i] == 0)
        peeled[n_peeled++] = i;
    }
  for (guint i = 0; i < n_ordered; i++)
    circles[order[i]] = FALSE;
  for (guint i = 0; i < n_peeled; i++)
    {
      const LatheNode *node = graph->nodes->pdata[peeled[i]];

      circles[peeled[i]] = FALSE;
      for (guint j = 0; j < node->inputs->len; j++)
        {
          guint from = ((LatheNode *) node->inputs->pdata[j])->index;

          if (--leads[from] == 0)
            peeled[n_peeled++] = from;
        }
    }
  return circles;
}

/* Brings the nodes into their order; circles, which have none, come last. */
void
lathe_graph_settle (LatheGraph *graph)
{
  guint n = graph->nodes->len, n_ordered;
  g_autofree guint *order = g_new (guint, n);
  g_autofree gboolean *placed = g_new0 (gboolean, n);
  g_autofree gpointer *nodes = g_memdup2 (graph->nodes->pdata, n * sizeof *nodes);
  g_auto (LatheReaders) readers;

  lathe_readers_init (&readers, graph);
  n_ordered = lathe_graph_find_order (graph, &readers, order);
  for (guint i = 0; i < n_ordered; i++)
    placed[order[i]] = TRUE;
  for (guint i = 0; i < n; i++)
    if (!placed[i])
      order[n_ordered++] = i;
  for (guint i = 0; i < n; i++)
    {
      graph->nodes->pdata[i] = nodes[order[i]];
      ((LatheNode *) nodes[order[i]])->index = i;
    }
}
