/* wb-layout-settle.c: placed nodes go to their places, and the others make room.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdlib.h>

#include "wb-layout-private.h"

/* Canvas units that are kept free around a node that makes room. */
#define CLEARANCE 12

static gboolean
is_too_near (WbBox a, WbBox b)
{
  return a.x < b.x + b.width + CLEARANCE && b.x < a.x + a.width + CLEARANCE && a.y < b.y + b.height + CLEARANCE &&
         b.y < a.y + a.height + CLEARANCE;
}

typedef struct
{
  double from, to;
} Interval;

static int
compare_intervals (gconstpointer a, gconstpointer b)
{
  const Interval *left = a, *right = b;

  return (left->from > right->from) - (left->from < right->from);
}

/* Moves a box across the flow to the nearest place that is free of others. taken: room for n. */
static void
make_room (WbBox *boxes, guint self, const guint *others, guint n, Interval *taken)
{
  WbBox *box = &boxes[self];
  double x = box->x, left = -INFINITY, best = INFINITY;
  guint n_taken = 0;

  for (guint i = 0; i < n; i++)
    {
      WbBox other = boxes[others[i]];

      if (is_too_near ((WbBox){other.x, box->y, box->width, box->height}, other))
        taken[n_taken++] = (Interval){other.x - CLEARANCE - box->width, other.x + other.width + CLEARANCE};
    }
  qsort (taken, n_taken, sizeof *taken, compare_intervals);

  /* Places from `left` to where the next interval begins are free. */
  for (guint i = 0; i <= n_taken; i++)
    {
      double right = i < n_taken ? taken[i].from : INFINITY;

      if (left <= right)
        {
          double nearest = CLAMP (x, left, right);

          if (fabs (nearest - x) < fabs (best - x))
            best = nearest;
        }
      if (i < n_taken)
        left = MAX (left, taken[i].to);
    }
  box->x = best;
}

/* Where most nodes are placed, the layers mean nothing as a whole. What is not placed then is as far from its
 * neighbours as the layers have it, those that feed it before those that it feeds. */
static void
follow_neighbours (WbBox *boxes, const WbPoint *shifts, const gboolean *known, guint node, const WbLayoutEdge *edges,
                   const WbFan *entering, const WbFan *leaving)
{
  for (guint pass = 0; pass < 2; pass++)
    {
      const WbFan *fan = pass == 0 ? entering : leaving;
      WbPoint sum = {0};
      guint n = 0;

      for (guint i = fan->start[node]; i < fan->start[node + 1]; i++)
        {
          guint other = pass == 0 ? edges[fan->edges[i]].from : edges[fan->edges[i]].to;

          if (!known[other])
            continue;
          sum.x += shifts[other].x;
          sum.y += shifts[other].y;
          n++;
        }
      if (n == 0)
        continue;
      boxes[node].x += sum.x / n;
      boxes[node].y += sum.y / n;
      return;
    }
}

static void
follow_all (WbBox *boxes, const WbLayoutNode *nodes, WbPoint *shifts, guint n_nodes, const WbLayoutEdge *edges,
            guint n_edges)
{
  g_auto (WbFan) entering = wb_fan_entering (edges, n_edges, n_nodes);
  g_auto (WbFan) leaving = wb_fan_leaving (edges, n_edges, n_nodes);
  g_autofree gboolean *known = g_new (gboolean, n_nodes);

  for (guint i = 0; i < n_nodes; i++)
    known[i] = nodes[i].placed;
  for (guint i = 0; i < n_nodes; i++)
    {
      WbBox before = boxes[i];

      if (nodes[i].placed)
        continue;
      follow_neighbours (boxes, shifts, known, i, edges, &entering, &leaving);
      shifts[i] = (WbPoint){boxes[i].x - before.x, boxes[i].y - before.y};
      known[i] = TRUE;
    }
}

static gboolean
is_near_any (const WbBox *boxes, guint self, const guint *others, guint n)
{
  for (guint i = 0; i < n; i++)
    if (is_too_near (boxes[self], boxes[others[i]]))
      return TRUE;
  return FALSE;
}

void
wb_settle (WbBox *boxes, const WbLayoutNode *nodes, guint n_nodes, const WbLayoutEdge *edges, guint n_edges)
{
  g_autofree guint *settled = g_new (guint, n_nodes);
  g_autofree gboolean *in_the_way = g_new0 (gboolean, n_nodes);
  g_autofree WbPoint *shifts = g_new0 (WbPoint, n_nodes);
  g_autofree Interval *taken = g_new (Interval, n_nodes);
  guint n_placed = 0, n_settled;

  for (guint i = 0; i < n_nodes; i++)
    {
      WbBox before = boxes[i];

      if (!nodes[i].placed)
        continue;
      boxes[i].x = nodes[i].x - boxes[i].width / 2;
      boxes[i].y = nodes[i].y - boxes[i].height / 2;
      shifts[i] = (WbPoint){boxes[i].x - before.x, boxes[i].y - before.y};
      settled[n_placed++] = i;
    }
  if (n_placed > n_nodes / 2)
    follow_all (boxes, nodes, shifts, n_nodes, edges, n_edges);

  /* What the layers put apart stays apart, unless it followed its neighbours. */
  n_settled = n_placed;
  for (guint i = 0; i < n_nodes; i++)
    {
      in_the_way[i] = !nodes[i].placed && (n_placed > n_nodes / 2 || is_near_any (boxes, i, settled, n_placed));
      if (!nodes[i].placed && !in_the_way[i])
        settled[n_settled++] = i;
    }
  for (guint i = 0; i < n_nodes; i++)
    if (in_the_way[i])
      {
        if (is_near_any (boxes, i, settled, n_settled))
          make_room (boxes, i, settled, n_settled, taken);
        settled[n_settled++] = i;
      }
}
