/* wb-layout-order.c: each layer is ordered from left to right, with few crossings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "wb-layout-private.h"

/* Sweeps over all layers at most, and those in a row that may be of no use. */
#define MOST_SWEEPS 16
#define MOST_IDLE 4

/* --- The main path ---------------------------------------------------------------------------------------------- */

/* Whether `a` is the way on rather than `b`: more nodes lie that way, or it is a node itself, or it came first. */
static gboolean
is_better (const WbSketch *sketch, const guint *lengths, guint a, guint b)
{
  if (b == WB_NONE || lengths[a] != lengths[b])
    return b == WB_NONE || lengths[a] > lengths[b];
  if (wb_sketch_is_node (sketch, a) != wb_sketch_is_node (sketch, b))
    return wb_sketch_is_node (sketch, a);
  return sketch->vertices[a].source < sketch->vertices[b].source;
}

/* Vertices a layer after the other, from the top. */
static guint *
by_layer (const WbSketch *sketch)
{
  g_autofree guint *start = g_memdup2 (sketch->layer_start, sketch->n_layers * sizeof *start);
  guint *sorted = g_new (guint, sketch->n_vertices);

  for (guint i = 0; i < sketch->n_vertices; i++)
    sorted[start[sketch->vertices[i].layer]++] = i;
  return sorted;
}

/* Sets the best of the next vertices (`onwards`) or of the ones before of each vertex, by the longest path beyond it.
 */
static void
find_main (WbSketch *sketch, const guint *sorted, gboolean onwards)
{
  const WbFan *fan = onwards ? &sketch->below : &sketch->above;
  guint *best = onwards ? sketch->main_below : sketch->main_above;
  g_autofree guint *lengths = g_new (guint, sketch->n_vertices);

  for (guint i = 0; i < sketch->n_vertices; i++)
    {
      guint vertex = sorted[onwards ? sketch->n_vertices - 1 - i : i];

      best[vertex] = WB_NONE;
      for (guint j = fan->start[vertex]; j < fan->start[vertex + 1]; j++)
        {
          WbLayoutEdge strand = sketch->strands[fan->edges[j]];
          guint next = onwards ? strand.to : strand.from;

          if (is_better (sketch, lengths, next, best[vertex]))
            best[vertex] = next;
        }
      lengths[vertex] = (best[vertex] == WB_NONE ? 0 : lengths[best[vertex]]) + wb_sketch_is_node (sketch, vertex);
    }
}

/* --- The first order -------------------------------------------------------------------------------------------- */

static void
put_in_layer (WbSketch *sketch, guint *filled, guint vertex)
{
  guint layer = sketch->vertices[vertex].layer;

  sketch->vertices[vertex].position = filled[layer]++;
  sketch->order[sketch->layer_start[layer] + sketch->vertices[vertex].position] = vertex;
}

/* Puts what is below a vertex on the stack, what is to come first on top: branches as they come, nodes before bends,
 * with the main path in their middle (left of it, when there are two). */
static guint
push_below (const WbSketch *sketch, guint vertex, guint *stack)
{
  guint start = sketch->below.start[vertex], n = sketch->below.start[vertex + 1] - start, n_others = 0;

  for (int bends = 1; bends >= 0; bends--)
    for (guint i = n; i-- > 0;)
      {
        guint next = sketch->strands[sketch->below.edges[start + i]].to;

        if (next == sketch->main_below[vertex] || wb_sketch_is_node (sketch, next) == bends)
          continue;
        if (n_others == n / 2)
          stack[n_others++] = sketch->main_below[vertex];
        stack[n_others++] = next;
      }
  if (n_others < n)
    stack[n_others++] = sketch->main_below[vertex];
  return n_others;
}

/* Walks down from each start, and appends each vertex to its layer as it is met. Where branches only split and meet
 * again, one inside another, nothing crosses. */
static void
order_by_walk (WbSketch *sketch)
{
  g_autofree guint *filled = g_new0 (guint, sketch->n_layers);
  g_autofree gboolean *met = g_new0 (gboolean, sketch->n_vertices);
  g_autofree guint *stack = g_new (guint, sketch->n_strands + 1);

  for (guint root = 0; root < sketch->n_vertices; root++)
    {
      guint depth = 0;

      if (sketch->above.start[root] == sketch->above.start[root + 1])
        stack[depth++] = root;
      while (depth > 0)
        {
          guint vertex = stack[--depth];

          if (met[vertex])
            continue;
          met[vertex] = TRUE;
          put_in_layer (sketch, filled, vertex);
          depth += push_below (sketch, vertex, stack + depth);
        }
    }
}

/* --- Fewer crossings -------------------------------------------------------------------------------------------- */

static int
compare_positions (gconstpointer a, gconstpointer b)
{
  guint left = *(const guint *) a, right = *(const guint *) b;

  return (left > right) - (left < right);
}

/* Positions of what is below (or above) a vertex, ascending. Returns how many. */
static guint
positions_of (const WbSketch *sketch, guint vertex, gboolean below, guint *positions)
{
  const WbFan *fan = below ? &sketch->below : &sketch->above;
  guint n = 0;

  for (guint i = fan->start[vertex]; i < fan->start[vertex + 1]; i++)
    {
      WbLayoutEdge strand = sketch->strands[fan->edges[i]];

      positions[n++] = sketch->vertices[below ? strand.to : strand.from].position;
    }
  qsort (positions, n, sizeof *positions, compare_positions);
  return n;
}

/* Crossings between a layer and the next: with upper ends in order, pairs whose lower ends are not. A tree of partial
 * sums counts those met so far (Barth, Mutzel & Jünger 2004, "Simple and Efficient Bilayer Cross Counting"). */
static guint64
crossings_below (const WbSketch *sketch, guint layer, guint *positions, guint *tree)
{
  guint start = sketch->layer_start[layer], end = sketch->layer_start[layer + 1];
  guint width = sketch->layer_start[layer + 2] - end;
  guint64 crossings = 0;
  guint n_met = 0;

  memset (tree, 0, (width + 1) * sizeof *tree);
  for (guint i = start; i < end; i++)
    {
      guint n = positions_of (sketch, sketch->order[i], TRUE, positions);

      for (guint j = 0; j < n; j++)
        {
          guint not_beyond = 0;

          for (guint at = positions[j] + 1; at > 0; at -= at & -at)
            not_beyond += tree[at];
          crossings += n_met - not_beyond;
        }
      for (guint j = 0; j < n; j++)
        for (guint at = positions[j] + 1; at <= width; at += at & -at)
          tree[at]++;
      n_met += n;
    }
  return crossings;
}

static guint64
count_crossings (const WbSketch *sketch)
{
  g_autofree guint *positions = g_new (guint, sketch->n_strands);
  g_autofree guint *tree = g_new (guint, sketch->n_vertices + 1);
  guint64 crossings = 0;

  for (guint i = 0; i + 1 < sketch->n_layers; i++)
    crossings += crossings_below (sketch, i, positions, tree);
  return crossings;
}

typedef struct
{
  double key;
  guint position, vertex;
} Rank;

static int
compare_ranks (gconstpointer a, gconstpointer b)
{
  const Rank *left = a, *right = b;

  if (left->key != right->key)
    return left->key < right->key ? -1 : 1;
  return (left->position > right->position) - (left->position < right->position);
}

/* Sorts a layer by the median of what is above (or below) each vertex; those with nothing there, and ties, stay. */
static void
sort_layer (WbSketch *sketch, guint layer, gboolean below, guint *positions, Rank *ranks)
{
  guint start = sketch->layer_start[layer], n = sketch->layer_start[layer + 1] - start;

  for (guint i = 0; i < n; i++)
    {
      guint vertex = sketch->order[start + i], n_positions = positions_of (sketch, vertex, below, positions);

      ranks[i] = (Rank){.key = i, .position = i, .vertex = vertex};
      if (n_positions > 0)
        ranks[i].key = (positions[(n_positions - 1) / 2] + positions[n_positions / 2]) / 2.0;
    }
  qsort (ranks, n, sizeof *ranks, compare_ranks);
  for (guint i = 0; i < n; i++)
    {
      sketch->order[start + i] = ranks[i].vertex;
      sketch->vertices[ranks[i].vertex].position = i;
    }
}

static void
set_order (WbSketch *sketch, const guint *order)
{
  memcpy (sketch->order, order, sketch->n_vertices * sizeof *order);
  for (guint i = 0; i < sketch->n_layers; i++)
    for (guint j = sketch->layer_start[i]; j < sketch->layer_start[i + 1]; j++)
      sketch->vertices[order[j]].position = j - sketch->layer_start[i];
}

/* Sweeps down and up in turn, and keeps the best order met. What crosses nowhere is left as it is, so that an edit here
 * moves nothing there. */
static void
uncross (WbSketch *sketch)
{
  g_autofree guint *best = g_memdup2 (sketch->order, sketch->n_vertices * sizeof *best);
  g_autofree guint *positions = g_new (guint, sketch->n_strands);
  g_autofree Rank *ranks = g_new (Rank, sketch->n_vertices);
  guint64 fewest = count_crossings (sketch);
  guint idle = 0;

  for (guint sweep = 0; sweep < MOST_SWEEPS && idle < MOST_IDLE && fewest > 0; sweep++)
    {
      guint64 crossings;

      for (guint i = 1; i < sketch->n_layers; i++)
        sort_layer (sketch, sweep % 2 == 0 ? i : sketch->n_layers - 1 - i, sweep % 2 == 1, positions, ranks);
      crossings = count_crossings (sketch);
      idle = crossings < fewest ? 0 : idle + 1;
      if (crossings >= fewest)
        continue;
      fewest = crossings;
      memcpy (best, sketch->order, sketch->n_vertices * sizeof *best);
    }
  set_order (sketch, best);
}

void
wb_sketch_order (WbSketch *sketch)
{
  g_autofree guint *sorted = NULL;

  sketch->layer_start = g_new0 (guint, sketch->n_layers + 1);
  for (guint i = 0; i < sketch->n_vertices; i++)
    sketch->layer_start[sketch->vertices[i].layer + 1]++;
  for (guint i = 1; i <= sketch->n_layers; i++)
    sketch->layer_start[i] += sketch->layer_start[i - 1];
  sketch->order = g_new (guint, sketch->n_vertices);
  sketch->main_below = g_new (guint, sketch->n_vertices);
  sketch->main_above = g_new (guint, sketch->n_vertices);

  sorted = by_layer (sketch);
  find_main (sketch, sorted, TRUE);
  find_main (sketch, sorted, FALSE);
  order_by_walk (sketch);
  uncross (sketch);
}
