/* wb-layout-columns.c: each vertex gets its x: paths run straight.
 *
 * As in Brandes & Köpf 2001 ("Fast and Simple Horizontal Coordinate Assignment"), vertices are aligned with at most one
 * of those above and one of those below, no alignment crosses another, and the columns that this makes are packed.
 * Theirs are aligned with medians, four times, and averaged, which bends the main path at each branch; here the main
 * path is aligned before all else, and columns then come as near to what they are joined to as they can.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "wb-layout-private.h"

/* Canvas units between the borders of neighbours in a layer. */
#define BETWEEN_NODES 36
#define BETWEEN_NODE_AND_BEND 20
#define BETWEEN_BENDS 14

#define N_PULLS 6

typedef struct
{
  guint upper, lower;
} Alignment;

/* Vertices in line: each is one column, until it is aligned. */
typedef struct
{
  WbSketch *sketch;
  guint *above, *below; /* what each vertex is aligned with; WB_NONE: nothing */
  guint *column_of;     /* of each vertex: the topmost vertex of its column, which stands for it */
  guint *columns;       /* topmost vertices, each after those to its left */
  guint n_columns;
  double *x; /* of each column, by its topmost vertex */
} Columns;

/* --- Aligning --------------------------------------------------------------------------------------------------- */

/* Alignments of a layer with the next, from left to right. */
typedef struct
{
  Alignment *sorted;
  guint n;
} Gap;

/* Aligns two vertices, unless one is aligned that way already, or it would cross another alignment. */
static void
align (Columns *columns, Gap *gap, guint upper, guint lower)
{
  const WbVertex *vertices = columns->sketch->vertices;
  guint low = 0, high = gap->n;

  if (columns->below[upper] != WB_NONE || columns->above[lower] != WB_NONE)
    return;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (vertices[gap->sorted[middle].upper].position < vertices[upper].position)
        low = middle + 1;
      else
        high = middle;
    }
  if (low > 0 && vertices[gap->sorted[low - 1].lower].position > vertices[lower].position)
    return;
  if (low < gap->n && vertices[gap->sorted[low].lower].position < vertices[lower].position)
    return;

  memmove (&gap->sorted[low + 1], &gap->sorted[low], (gap->n - low) * sizeof *gap->sorted);
  gap->sorted[low] = (Alignment){upper, lower};
  gap->n++;
  columns->below[upper] = lower;
  columns->above[lower] = upper;
}

typedef enum
{
  MAIN_PATH,
  BOTH_BENDS,
  ONLY_WAY,
  OTHER,
  N_RANKS,
} AlignmentRank;

static AlignmentRank
rank_of (const WbSketch *sketch, guint upper, guint lower)
{
  if (sketch->main_below[upper] == lower && sketch->main_above[lower] == upper)
    return MAIN_PATH;
  if (!wb_sketch_is_node (sketch, upper) && !wb_sketch_is_node (sketch, lower))
    return BOTH_BENDS;
  if (sketch->main_below[upper] == lower || sketch->main_above[lower] == upper)
    return ONLY_WAY;
  return OTHER;
}

static void
align_layer (Columns *columns, guint layer, Gap *gap)
{
  const WbSketch *sketch = columns->sketch;

  gap->n = 0;
  for (AlignmentRank rank = 0; rank < N_RANKS; rank++)
    for (guint i = sketch->layer_start[layer]; i < sketch->layer_start[layer + 1]; i++)
      for (guint j = sketch->below.start[sketch->order[i]]; j < sketch->below.start[sketch->order[i] + 1]; j++)
        {
          WbLayoutEdge strand = sketch->strands[sketch->below.edges[j]];

          if (rank_of (sketch, strand.from, strand.to) == rank)
            align (columns, gap, strand.from, strand.to);
        }
}

/* --- Packing ---------------------------------------------------------------------------------------------------- */

static guint
left_of (const WbSketch *sketch, guint vertex)
{
  const WbVertex *self = &sketch->vertices[vertex];

  return self->position == 0 ? WB_NONE : sketch->order[sketch->layer_start[self->layer] + self->position - 1];
}

static guint
right_of (const WbSketch *sketch, guint vertex)
{
  const WbVertex *self = &sketch->vertices[vertex];
  guint at = sketch->layer_start[self->layer] + self->position + 1;

  return at == sketch->layer_start[self->layer + 1] ? WB_NONE : sketch->order[at];
}

/* The least distance between the middles of two neighbours. */
static double
distance_between (const WbSketch *sketch, guint left, guint right)
{
  int n_nodes = wb_sketch_is_node (sketch, left) + wb_sketch_is_node (sketch, right);
  double between = n_nodes == 2 ? BETWEEN_NODES : n_nodes == 1 ? BETWEEN_NODE_AND_BEND : BETWEEN_BENDS;

  return sketch->vertices[left].width / 2 + between + sketch->vertices[right].width / 2;
}

static void
find_columns (Columns *columns)
{
  const WbSketch *sketch = columns->sketch;

  for (guint i = 0; i < sketch->n_vertices; i++)
    {
      if (columns->above[i] != WB_NONE)
        continue;
      for (guint vertex = i; vertex != WB_NONE; vertex = columns->below[vertex])
        columns->column_of[vertex] = i;
    }
}

/* Sorts the columns so that each comes after those to its left, and moves each as far left as they let it. Columns that
 * cross nowhere cannot each be to the left of the other. */
static void
pack (Columns *columns)
{
  const WbSketch *sketch = columns->sketch;
  g_autofree guint *waiting = g_new0 (guint, sketch->n_vertices);

  for (guint i = 0; i < sketch->n_vertices; i++)
    waiting[columns->column_of[i]] += left_of (sketch, i) != WB_NONE;
  for (guint i = 0; i < sketch->n_vertices; i++)
    if (columns->column_of[i] == i && waiting[i] == 0)
      columns->columns[columns->n_columns++] = i;
  for (guint i = 0; i < columns->n_columns; i++)
    for (guint vertex = columns->columns[i]; vertex != WB_NONE; vertex = columns->below[vertex])
      {
        guint right = right_of (sketch, vertex), column = columns->columns[i];

        if (right == WB_NONE)
          continue;
        columns->x[columns->column_of[right]] =
            MAX (columns->x[columns->column_of[right]], columns->x[column] + distance_between (sketch, vertex, right));
        if (--waiting[columns->column_of[right]] == 0)
          columns->columns[columns->n_columns++] = columns->column_of[right];
      }
}

/* --- Pulling ---------------------------------------------------------------------------------------------------- */

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double left = *(const double *) a, right = *(const double *) b;

  return (left > right) - (left < right);
}

/* Where a column has the shortest way to all that it is joined to: at their median, as near to where it is as that is
 * one. x: room for as many values as there are strands. */
static double
best_place (const Columns *columns, guint column, double *x)
{
  const WbSketch *sketch = columns->sketch;
  guint n = 0;

  for (guint vertex = column; vertex != WB_NONE; vertex = columns->below[vertex])
    {
      for (guint i = sketch->below.start[vertex]; i < sketch->below.start[vertex + 1]; i++)
        if (sketch->strands[sketch->below.edges[i]].to != columns->below[vertex])
          x[n++] = columns->x[columns->column_of[sketch->strands[sketch->below.edges[i]].to]];
      for (guint i = sketch->above.start[vertex]; i < sketch->above.start[vertex + 1]; i++)
        if (sketch->strands[sketch->above.edges[i]].from != columns->above[vertex])
          x[n++] = columns->x[columns->column_of[sketch->strands[sketch->above.edges[i]].from]];
    }
  if (n == 0)
    return columns->x[column];
  qsort (x, n, sizeof *x, compare_doubles);
  return CLAMP (columns->x[column], x[(n - 1) / 2], x[n / 2]);
}

/* How far left and right a column can go. */
static void
find_room (const Columns *columns, guint column, double *least, double *most)
{
  const WbSketch *sketch = columns->sketch;

  *least = -G_MAXDOUBLE;
  *most = G_MAXDOUBLE;
  for (guint vertex = column; vertex != WB_NONE; vertex = columns->below[vertex])
    {
      guint left = left_of (sketch, vertex), right = right_of (sketch, vertex);

      if (left != WB_NONE)
        *least = MAX (*least, columns->x[columns->column_of[left]] + distance_between (sketch, left, vertex));
      if (right != WB_NONE)
        *most = MIN (*most, columns->x[columns->column_of[right]] - distance_between (sketch, vertex, right));
    }
}

/* From the right, then from the left, so that each finds the room that those before it left. */
static void
pull (Columns *columns)
{
  g_autofree double *x = g_new (double, 2 * (gsize) columns->sketch->n_strands + 1);

  for (guint i = 0; i < N_PULLS; i++)
    for (guint j = 0; j < columns->n_columns; j++)
      {
        guint column = columns->columns[i % 2 == 0 ? columns->n_columns - 1 - j : j];
        double least, most;

        find_room (columns, column, &least, &most);
        columns->x[column] = MAX (least, MIN (most, best_place (columns, column, x)));
      }
}

void
wb_sketch_align (WbSketch *sketch)
{
  gsize n = sketch->n_vertices;
  g_autofree guint *indices = g_new (guint, 4 * n);
  g_autofree double *x = g_new0 (double, n);
  g_autofree Alignment *alignments = g_new (Alignment, n);
  Columns columns = {.sketch = sketch,
                     .above = indices,
                     .below = indices + n,
                     .column_of = indices + 2 * n,
                     .columns = indices + 3 * n,
                     .x = x};
  Gap gap = {.sorted = alignments};

  for (guint i = 0; i < n; i++)
    columns.above[i] = columns.below[i] = WB_NONE;
  for (guint i = 0; i + 1 < sketch->n_layers; i++)
    align_layer (&columns, i, &gap);
  find_columns (&columns);
  pack (&columns);
  pull (&columns);
  for (guint i = 0; i < n; i++)
    sketch->vertices[i].x = x[columns.column_of[i]];
}
