/* lathe-follow.c: what a layer does for those that follow it.
 *
 * Numbers that have just been worked out are in cache: it is then that a layer which takes them one by one (an
 * activation, a sum, a batch norm that answers) costs next to nothing. So such a layer is run by the one in front of
 * it, its leader, piece by piece and in place; it has no memory of its own. On the way back the leader begins with what
 * its followers would do to the same piece:
 *
 *   forward    leader ► follower ► follower     each on rows that the leader has just written
 *   backward   leader ◄ follower ◄ follower     in the order of the arrows, on rows that the leader reads next
 *
 * A layer that makes an image smaller can be the last of them. It writes an output of its own, and keeps what it needs
 * to make the gradient of any piece again, so that the large image and its gradient are nowhere in memory but in
 * pieces.
 *
 * The network decides when it is compiled who follows whom. It also tells a step which other gradients are to be added
 * to its `dy` where several layers read its output; that belongs to the same pass.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-follow.h"

#define TILE_NUMBERS 8192 /* 32 KiB: an input and an output stay in the second-level cache, and mostly in the first */

void
lathe_follow (LatheStep *step, LatheReal *y, gsize first, gsize n)
{
  for (LatheStep *s = step; s->follower != NULL; s = s->follower)
    if (s->limit == 0)
      s->follower->kind->forward_rows (s->follower, y, y, first, n);
}

void
lathe_unfollow (LatheStep *step, gsize first, gsize n)
{
  gsize columns = lathe_step_columns (step), at = first * columns;

  if (step->follower != NULL)
    {
      lathe_unfollow (step->follower, first, n);
      step->follower->kind->backward_rows (step->follower, first, n);
    }
  for (guint i = 0; i < step->n_parts; i++)
    step->kernels->add (step->dy + at, step->parts[i] + at, n * columns);
}

void
lathe_unfollow_piece (const LatheStep *step, LatheReal *dy, gsize first, gsize n)
{
  LatheStep *last = step->follower;

  while (last->follower != NULL)
    last = last->follower;
  last->kind->backward_piece (last, dy, first, n);
}

/* --- All rows, in tiles --- */

static gsize
tile_rows (const LatheStep *step)
{
  return MAX (1, TILE_NUMBERS / lathe_step_columns (step));
}

gsize
lathe_rows_tile (const LatheStep *step, guint index, gsize *first)
{
  *first = index * tile_rows (step);
  return MIN (tile_rows (step), lathe_step_rows (step) - *first);
}

guint
lathe_rows_n_tiles (const LatheStep *step)
{
  return (guint) lathe_ceil_div (lathe_step_rows (step), tile_rows (step));
}

static void
forward_tile (gpointer data, guint index, guint thread)
{
  LatheStep *step = data;
  gsize first, n = lathe_rows_tile (step, index, &first), at = first * lathe_step_columns (step);

  step->kind->forward_rows (step, step->y + at, step->x[0] + at, first, n);
  lathe_follow (step, step->y + at, first, n);
}

static void
backward_tile (gpointer data, guint index, guint thread)
{
  LatheStep *step = data;
  gsize first, n = lathe_rows_tile (step, index, &first);

  lathe_unfollow (step, first, n);
  step->kind->backward_rows (step, first, n);
}

static void
unfollow_tile (gpointer data, guint index, guint thread)
{
  LatheStep *step = data;
  gsize first, n = lathe_rows_tile (step, index, &first);

  lathe_unfollow (step, first, n);
}

void
lathe_rows_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, lathe_rows_n_tiles (step), forward_tile, step);
}

void
lathe_rows_backward (LatheStep *step)
{
  lathe_pool_run (step->pool, lathe_rows_n_tiles (step), backward_tile, step);
}

void
lathe_rows_unfollow (LatheStep *step)
{
  lathe_pool_run (step->pool, lathe_rows_n_tiles (step), unfollow_tile, step);
}
