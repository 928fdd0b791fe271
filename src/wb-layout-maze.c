/* wb-layout-maze.c: the best way from a point to another round boxes.
 *
 * As in Wybrow, Marriott & Stuckey 2009 ("Orthogonal Connector Routing"): ways worth taking run on lines at the borders
 * of boxes and through the two ends, so that a best one, by its length and its bends, is found on the grid of those
 * lines with A* (Hart, Nilsson & Raphael 1968).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdlib.h>

#include "wb-layout-private.h"

/* A bend is as bad as so many canvas units on the way. */
#define BEND 40

typedef enum
{
  DOWN,
  RIGHT,
  UP,
  LEFT,
  N_HEADINGS,
} Heading;

typedef struct
{
  double estimate; /* of the whole way through it */
  guint state;
} Open;

typedef struct
{
  double *xs, *ys; /* lines, ascending */
  guint n_xs, n_ys;
  gboolean *shut_right, *shut_down; /* of each crossing of lines: whether a box is between it and the next one */
  double *costs;                    /* of each state: a crossing, and the heading in which it was come to */
  guint *before;
  GArray *heap; /* (element-type Open) */
  WbPoint goal;
} Maze;

/* --- Lines ------------------------------------------------------------------------------------------------------ */

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double left = *(const double *) a, right = *(const double *) b;

  return (left > right) - (left < right);
}

static guint
sort_lines (double *lines, guint n)
{
  guint n_distinct = 0;

  qsort (lines, n, sizeof *lines, compare_doubles);
  for (guint i = 0; i < n; i++)
    if (n_distinct == 0 || lines[i] != lines[n_distinct - 1])
      lines[n_distinct++] = lines[i];
  return n_distinct;
}

static guint
line_at (const double *lines, guint n, double at)
{
  const double *found = bsearch (&at, lines, n, sizeof *lines, compare_doubles);

  g_assert (found != NULL);
  return (guint) (found - lines);
}

static void
draw_lines (Maze *maze, WbPoint from, WbPoint to, const WbBox *boxes, guint n_boxes, double margin)
{
  maze->xs = g_new (double, 2 * n_boxes + 2);
  maze->ys = g_new (double, 2 * n_boxes + 3);
  maze->xs[maze->n_xs++] = from.x;
  maze->xs[maze->n_xs++] = to.x;
  maze->ys[maze->n_ys++] = from.y;
  maze->ys[maze->n_ys++] = to.y;
  maze->ys[maze->n_ys++] = (from.y + to.y) / 2;
  for (guint i = 0; i < n_boxes; i++)
    {
      maze->xs[maze->n_xs++] = boxes[i].x - margin;
      maze->xs[maze->n_xs++] = boxes[i].x + boxes[i].width + margin;
      maze->ys[maze->n_ys++] = boxes[i].y - margin;
      maze->ys[maze->n_ys++] = boxes[i].y + boxes[i].height + margin;
    }
  maze->n_xs = sort_lines (maze->xs, maze->n_xs);
  maze->n_ys = sort_lines (maze->ys, maze->n_ys);
}

/* Shuts the ways that come nearer to a box than half the margin. */
static void
shut_ways (Maze *maze, WbBox box, double margin)
{
  double left = box.x - margin / 2, right = box.x + box.width + margin / 2;
  double top = box.y - margin / 2, bottom = box.y + box.height + margin / 2;

  for (guint y = 0; y < maze->n_ys && maze->ys[y] < bottom; y++)
    {
      if (y + 1 < maze->n_ys ? maze->ys[y + 1] <= top : maze->ys[y] <= top)
        continue;
      for (guint x = 0; x < maze->n_xs && maze->xs[x] < right; x++)
        {
          gboolean in_x = maze->xs[x] > left, in_y = maze->ys[y] > top;

          if (in_y && x + 1 < maze->n_xs && maze->xs[x + 1] > left)
            maze->shut_right[y * maze->n_xs + x] = TRUE;
          if (in_x && y + 1 < maze->n_ys && maze->ys[y + 1] > top)
            maze->shut_down[y * maze->n_xs + x] = TRUE;
        }
    }
}

/* --- Searching -------------------------------------------------------------------------------------------------- */

static gboolean
is_before (const Open *a, const Open *b)
{
  return a->estimate != b->estimate ? a->estimate < b->estimate : a->state < b->state;
}

static void
push (GArray *heap, Open open)
{
  Open *items;
  guint at = heap->len;

  g_array_append_val (heap, open);
  items = (Open *) heap->data;
  for (; at > 0 && is_before (&open, &items[(at - 1) / 2]); at = (at - 1) / 2)
    items[at] = items[(at - 1) / 2];
  items[at] = open;
}

static Open
pop (GArray *heap)
{
  Open *items = (Open *) heap->data;
  Open first = items[0], last = items[heap->len - 1];
  guint at = 0, n = heap->len - 1;

  for (;;)
    {
      guint child = 2 * at + 1;

      if (child + 1 < n && is_before (&items[child + 1], &items[child]))
        child++;
      if (child >= n || !is_before (&items[child], &last))
        break;
      items[at] = items[child];
      at = child;
    }
  items[at] = last;
  g_array_set_size (heap, n);
  return first;
}

static WbPoint
point_of (const Maze *maze, guint state)
{
  guint crossing = state / N_HEADINGS;

  return (WbPoint){maze->xs[crossing % maze->n_xs], maze->ys[crossing / maze->n_xs]};
}

/* The state that a step in a direction leads to; WB_NONE: a wall, or a box, or straight back. */
static guint
step (const Maze *maze, guint state, Heading heading)
{
  guint crossing = state / N_HEADINGS, x = crossing % maze->n_xs, y = crossing / maze->n_xs;
  gboolean open = FALSE;

  if ((state % N_HEADINGS + 2) % N_HEADINGS == heading)
    return WB_NONE;
  switch (heading)
    {
    case DOWN:
      open = y + 1 < maze->n_ys && !maze->shut_down[crossing];
      crossing += maze->n_xs;
      break;
    case RIGHT:
      open = x + 1 < maze->n_xs && !maze->shut_right[crossing];
      crossing++;
      break;
    case UP:
      open = y > 0 && !maze->shut_down[crossing - maze->n_xs];
      crossing -= maze->n_xs;
      break;
    case LEFT:
    default:
      open = x > 0 && !maze->shut_right[crossing - 1];
      crossing--;
      break;
    }
  return open ? crossing * N_HEADINGS + heading : WB_NONE;
}

static void
reach (Maze *maze, guint state, double cost, guint before)
{
  WbPoint at = point_of (maze, state);

  if (cost >= maze->costs[state])
    return;
  maze->costs[state] = cost;
  maze->before[state] = before;
  push (maze->heap, (Open){cost + fabs (at.x - maze->goal.x) + fabs (at.y - maze->goal.y), state});
}

/* From heading down to heading down, into which it may turn at the very end. */
static gboolean
search (Maze *maze, guint start, guint goal)
{
  reach (maze, start, 0, WB_NONE);
  while (maze->heap->len > 0)
    {
      Open open = pop (maze->heap);
      WbPoint at = point_of (maze, open.state);

      if (open.state == goal)
        return TRUE;
      if (open.estimate > maze->costs[open.state] + fabs (at.x - maze->goal.x) + fabs (at.y - maze->goal.y))
        continue; /* it has been come to on a shorter way since */
      if (open.state / N_HEADINGS == goal / N_HEADINGS && open.state % N_HEADINGS != UP)
        reach (maze, goal, maze->costs[open.state] + BEND, open.state);
      for (Heading heading = 0; heading < N_HEADINGS; heading++)
        {
          guint next = step (maze, open.state, heading);
          double cost = maze->costs[open.state] + (heading == open.state % N_HEADINGS ? 0 : BEND);
          WbPoint there;

          if (next == WB_NONE)
            continue;
          there = point_of (maze, next);
          reach (maze, next, cost + fabs (there.x - at.x) + fabs (there.y - at.y), open.state);
        }
    }
  return FALSE;
}

/* Appends the points between which the way is straight, ends included. */
static void
trace (const Maze *maze, guint goal, GArray *points)
{
  guint first = points->len;

  for (guint state = goal; state != WB_NONE; state = maze->before[state])
    {
      guint before = maze->before[state];
      WbPoint point = point_of (maze, state);

      if (state == goal || before == WB_NONE)
        g_array_append_val (points, point);
      if (before != WB_NONE && before % N_HEADINGS != state % N_HEADINGS)
        {
          point = point_of (maze, before);
          if (maze->before[before] != WB_NONE)
            g_array_append_val (points, point);
        }
    }
  for (guint i = first, j = points->len - 1; i < j; i++, j--)
    {
      WbPoint point = g_array_index (points, WbPoint, i);

      g_array_index (points, WbPoint, i) = g_array_index (points, WbPoint, j);
      g_array_index (points, WbPoint, j) = point;
    }
}

gboolean
wb_maze_find_way (WbPoint from, WbPoint to, const WbBox *boxes, guint n_boxes, double margin, guint *patience,
                  GArray *points)
{
  Maze maze = {.goal = to};
  gboolean found;
  guint start, goal, n_states;

  draw_lines (&maze, from, to, boxes, n_boxes, margin);
  if ((gsize) maze.n_xs * maze.n_ys > *patience / N_HEADINGS)
    {
      g_free (maze.xs);
      g_free (maze.ys);
      return FALSE;
    }
  n_states = maze.n_xs * maze.n_ys * N_HEADINGS;
  *patience -= n_states;
  maze.shut_right = g_new0 (gboolean, n_states / N_HEADINGS);
  maze.shut_down = g_new0 (gboolean, n_states / N_HEADINGS);
  maze.costs = g_new (double, n_states);
  maze.before = g_new (guint, n_states);
  maze.heap = g_array_new (FALSE, FALSE, sizeof (Open));
  for (guint i = 0; i < n_states; i++)
    maze.costs[i] = INFINITY;
  for (guint i = 0; i < n_boxes; i++)
    shut_ways (&maze, boxes[i], margin);

  start = line_at (maze.ys, maze.n_ys, from.y) * maze.n_xs + line_at (maze.xs, maze.n_xs, from.x);
  goal = line_at (maze.ys, maze.n_ys, to.y) * maze.n_xs + line_at (maze.xs, maze.n_xs, to.x);
  found = search (&maze, start * N_HEADINGS + DOWN, goal * N_HEADINGS + DOWN);
  if (found)
    trace (&maze, goal * N_HEADINGS + DOWN, points);

  g_free (maze.xs);
  g_free (maze.ys);
  g_free (maze.shut_right);
  g_free (maze.shut_down);
  g_free (maze.costs);
  g_free (maze.before);
  g_array_unref (maze.heap);
  return found;
}
