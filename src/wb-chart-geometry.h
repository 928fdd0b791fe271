/* wb-chart-geometry.h: the arithmetic of charts, without a widget in sight.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-point.h"

G_BEGIN_DECLS

/* Round values on an axis: first, first + step, … up to `n` of them; `decimals` to write them with. */
typedef struct
{
  double first, step;
  guint n;
  guint decimals;
} WbTicks;

/* The finest ticks at 1, 2 or 5 × 10^k within [minimum, maximum] that are no more than `at_most` (at least 2). */
WbTicks wb_ticks (double minimum, double maximum, guint at_most);
/* The same, but two or three rather than one, which gives no scale. */
WbTicks wb_ticks_of_scale (double minimum, double maximum, guint at_most);

/* Round values above 0 within [minimum, maximum], of an axis that is logarithmic: at 1, 2 and 5 × 10^k; where these are
 * more than `at_most` (at least 2), at each 10^k, or at each second, third, … of them. Where there are not two, the
 * values of wb_ticks() that are above 0. Writes up to `at_most` values to `ticks`, ascending, and returns how many. */
guint wb_log_ticks (double minimum, double maximum, guint at_most, double *ticks);

/* A part of the horizontal axis. */
typedef struct
{
  double from, to;
} WbRange;

/* `range` with `factor` times its width, the value `at` staying at its place; within `whole`, and no narrower than a
 * millionth of it. */
WbRange wb_range_zoom (WbRange range, WbRange whole, double at, double factor);
/* `range` moved by `distance`, as far as `whole` goes. */
WbRange wb_range_move (WbRange range, WbRange whole, double distance);

/* What is to be shown of `whole` when values have come: `range` as it was, but moved on to the newest value when it
 * showed the `last` one until now, and all when it showed all (of `before`) or when what is there ends before it.
 * `last` and `newest` are NAN when there was, or is, no value. */
WbRange wb_range_follow (WbRange range, WbRange before, WbRange whole, double last, double newest);

/* An exponential moving average, corrected for its start (Kingma & Ba 2015, section 3). */
typedef struct
{
  double weight;  /* 0 … 1: how much the past counts */
  double average; /* 0 to begin with */
  double share;   /* of the true values in `average`; the rest is the 0 it began with */
} WbSmoother;

/* The averages up to each of n values, which follow those of the call before. Those that are not finite are carried
 * over. */
void wb_smooth (WbSmoother *smoother, const double *y, gsize n, double *smooth);

/* Moves `centres` (n of them, any order) apart, so that labels of `height` do not overlap and lie within [top, bottom].
 * Those that are far enough apart stay where they are, and so does the order from top to bottom. */
void wb_place_labels (double *centres, guint n, double height, double top, double bottom);

/* How many of n ascending values are below `at`, and how many are not above it. */
gsize wb_count_below (const double *x, gsize n, double at);
gsize wb_count_up_to (const double *x, gsize n, double at);

/* Index of the value nearest to `at`; n: ascending values, at least one. */
gsize wb_nearest (const double *x, gsize n, double at);

G_END_DECLS
