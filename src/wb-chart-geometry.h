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

/**
 * wb_decimate:
 * @x: n values, ascending
 * @y: n values; those that are not finite are passed over
 * @points: (out caller-allocates): room for min (n, 4 × columns) points, in the units of x and y
 *
 * Thins a line so that it looks the same when [x0, x1] is drawn `columns` pixels wide: of each column the first, the
 * lowest, the highest and the last point are kept, in order. The points nearest outside the range are kept too, within
 * the outermost columns.
 *
 * Returns: how many points were written
 */
gsize wb_decimate (const double *x, const double *y, gsize n, double x0, double x1, guint columns, WbPoint *points);

/* Exponential moving average, corrected for its start (Kingma & Ba 2015, section 3): weight 0 … 1 is how much the past
 * counts. Values that are not finite are carried over. */
void wb_smooth (const double *y, gsize n, double weight, double *smooth);

/* Moves `centres` (n of them, any order) apart, so that labels of `height` do not overlap and lie within [top, bottom].
 * Those that are far enough apart stay where they are, and so does the order from top to bottom. */
void wb_place_labels (double *centres, guint n, double height, double top, double bottom);

/* Index of the value nearest to `at`; n: ascending values, at least one. */
gsize wb_nearest (const double *x, gsize n, double at);

G_END_DECLS
