/* wb-chart-pyramid.c: the lowest and the highest of any part of a long line, without going through all of it.
 *
 *   level 1   [        span of 0 … 1023         ][   …
 *   level 0   [ 0 … 31 ][ 32 … 63 ]  … [ … 1023 ][   …
 *   values     ················································
 *
 * A part of the line is the few values at its ends, the few blocks between these, and the few blocks of blocks between
 * those: for ten million values some hundreds of comparisons at most.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-chart-pyramid.h"

#include <math.h>

#include "wb-chart-geometry.h"

#define BLOCK 32
#define MOST_LEVELS 13 /* 32^13 is more than there are addresses */

static const WbSpan nothing = {.low = INFINITY, .high = -INFINITY};

struct _WbPyramid
{
  gsize n;
  GArray *levels[MOST_LEVELS]; /* (element-type WbSpan): `n_levels` of them, the top one of one block or of few */
  guint n_levels;
  gboolean positive;
  gsize n_left_out;
};

WbPyramid *
wb_pyramid_new (void)
{
  return g_new0 (WbPyramid, 1);
}

void
wb_pyramid_free (WbPyramid *self)
{
  for (guint i = 0; i < self->n_levels; i++)
    g_array_unref (self->levels[i]);
  g_free (self);
}

gsize
wb_pyramid_get_length (const WbPyramid *self)
{
  return self->n;
}

gboolean
wb_pyramid_get_positive (const WbPyramid *self)
{
  return self->positive;
}

gsize
wb_pyramid_count_left_out (const WbPyramid *self)
{
  return self->n_left_out;
}

gboolean
wb_span_is_empty (const WbSpan *span)
{
  return !(span->low <= span->high);
}

static inline void
add_value (const WbPyramid *self, WbSpan *span, const double *y, gsize i)
{
  double value = y[i];

  if (!isfinite (value) || (self->positive && value <= 0))
    return;
  if (span->low > span->high)
    span->first = i;
  span->last = i;
  if (value < span->low)
    {
      span->low = value;
      span->lowest = i;
    }
  if (value > span->high)
    {
      span->high = value;
      span->highest = i;
    }
}

static inline void
add_span (WbSpan *span, const WbSpan *next)
{
  if (next->low > next->high)
    return;
  if (span->low > span->high)
    span->first = next->first;
  span->last = next->last;
  if (next->low < span->low)
    {
      span->low = next->low;
      span->lowest = next->lowest;
    }
  if (next->high > span->high)
    {
      span->high = next->high;
      span->highest = next->highest;
    }
}

/* [from, to) of what is below a level: of the values for level 0, else of the blocks of the level below. */
static void
add_below (const WbPyramid *self, WbSpan *span, const double *y, guint level, gsize from, gsize to)
{
  if (level == 0)
    for (gsize i = from; i < to; i++)
      add_value (self, span, y, i);
  else
    for (gsize i = from; i < to; i++)
      add_span (span, &g_array_index (self->levels[level - 1], WbSpan, i));
}

static void
add_part (const WbPyramid *self, WbSpan *span, const double *y, guint level, gsize from, gsize to)
{
  gsize first = (from + BLOCK - 1) / BLOCK, last = to / BLOCK;

  if (level == self->n_levels || first >= last)
    {
      add_below (self, span, y, level, from, to);
      return;
    }
  add_below (self, span, y, level, from, first * BLOCK);
  add_part (self, span, y, level + 1, first, last);
  add_below (self, span, y, level, last * BLOCK, to);
}

WbSpan
wb_pyramid_get_span (const WbPyramid *self, const double *y, gsize from, gsize to)
{
  WbSpan span = nothing;

  g_return_val_if_fail (from <= to && to <= self->n, span);

  add_part (self, &span, y, 0, from, to);
  return span;
}

void
wb_pyramid_grow (WbPyramid *self, const double *y, gsize n)
{
  gsize before = self->n, below = n;

  g_return_if_fail (n >= before);

  if (self->positive)
    for (gsize i = before; i < n; i++)
      self->n_left_out += isfinite (y[i]) && y[i] <= 0;
  /* Level by level: the block that was not full is made anew, and those after it are new. */
  for (guint level = 0; below > BLOCK; level++)
    {
      gsize blocks = (below + BLOCK - 1) / BLOCK;

      before /= BLOCK;
      if (level == self->n_levels)
        {
          self->levels[self->n_levels++] = g_array_new (FALSE, FALSE, sizeof (WbSpan));
          before = 0;
        }
      g_array_set_size (self->levels[level], blocks);
      for (gsize b = before; b < blocks; b++)
        {
          WbSpan span = nothing;

          add_below (self, &span, y, level, b * BLOCK, MIN (b * BLOCK + BLOCK, below));
          g_array_index (self->levels[level], WbSpan, b) = span;
        }
      below = blocks;
    }
  self->n = n;
}

void
wb_pyramid_set_positive (WbPyramid *self, const double *y, gboolean positive)
{
  gsize n = self->n;
  gboolean same;

  if (positive == self->positive)
    return;
  same = positive ? !(wb_pyramid_get_span (self, y, 0, n).low <= 0) : self->n_left_out == 0;
  self->positive = positive;
  if (same)
    return;
  self->n = 0;
  self->n_left_out = 0;
  wb_pyramid_grow (self, y, n);
}

static gsize
write_span (const WbSpan *span, const double *x, const double *y, WbPoint *points)
{
  gsize order[4] = {span->first, MIN (span->lowest, span->highest), MAX (span->lowest, span->highest), span->last};
  gsize n = 0;

  if (wb_span_is_empty (span))
    return 0;
  for (guint i = 0; i < 4; i++)
    if (i == 0 || order[i] != order[i - 1])
      points[n++] = (WbPoint){x[order[i]], y[order[i]]};
  return n;
}

/* The columns of a range, and the values of x that it has. */
typedef struct
{
  const double *x;
  double x0, scale;
  guint columns;
  gsize to;
} Columns;

static guint
column_of (const Columns *columns, gsize i)
{
  return (guint) CLAMP (floor ((columns->x[i] - columns->x0) * columns->scale), 0, columns->columns - 1);
}

/* Where the column of value i ends. It is looked for around where it ends when it is as wide as the one before it,
 * since each look elsewhere waits for memory. */
static gsize
find_end (const Columns *columns, gsize i, gsize width)
{
  guint column = column_of (columns, i);
  gsize low = i, high = columns->to, guess = MIN (i + MAX (width, 1), columns->to), step = 1;

  /* `low` is in the column, `high` is not. */
  for (; guess < high && column_of (columns, guess) == column; step *= 2)
    {
      low = guess;
      guess = MIN (guess + step, high);
    }
  for (; guess > low && (guess == columns->to || column_of (columns, guess) != column); step *= 2)
    {
      high = guess;
      guess -= MIN (step, guess - low);
    }
  low = MAX (low, guess);
  while (high - low > 1)
    {
      gsize middle = low + (high - low) / 2;

      if (column_of (columns, middle) == column)
        low = middle;
      else
        high = middle;
    }
  return high;
}

gsize
wb_decimate (const WbPyramid *self, const double *x, const double *y, double x0, double x1, guint columns,
             WbPoint *points)
{
  Columns all = {x, x0, columns / (x1 - x0), columns, wb_count_up_to (x, self->n, x1)};
  gsize from = wb_count_below (x, self->n, x0), end;
  WbSpan before = wb_pyramid_get_span (self, y, 0, from);
  WbSpan after = wb_pyramid_get_span (self, y, all.to, self->n);
  gsize written = 0;

  g_return_val_if_fail (columns > 0 && x1 > x0, 0);

  if (!wb_span_is_empty (&before))
    points[written++] = (WbPoint){x[before.last], y[before.last]};
  for (gsize i = from, width = 1; i < all.to; width = end - i, i = end)
    {
      WbSpan span;

      end = find_end (&all, i, width);
      span = wb_pyramid_get_span (self, y, i, end);
      written += write_span (&span, x, y, points + written);
    }
  if (!wb_span_is_empty (&after))
    points[written++] = (WbPoint){x[after.first], y[after.first]};
  return written;
}
