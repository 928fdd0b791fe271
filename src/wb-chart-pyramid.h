/* wb-chart-pyramid.h: the lowest and the highest of any part of a long line, without going through all of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-point.h"

G_BEGIN_DECLS

/* What a part of a line is like. */
typedef struct
{
  double low, high;                   /* its lowest and its highest value; low > high: it has none */
  gsize first, lowest, highest, last; /* where its values are */
} WbSpan;

/* Knows the spans of blocks of a line's values, of blocks of blocks, and so on up. The values themselves are the
 * caller's, who gives the same ones each time, with more of them at the end as the line grows. */
typedef struct _WbPyramid WbPyramid;

WbPyramid *wb_pyramid_new (void);
void wb_pyramid_free (WbPyramid *pyramid);

/* y: n values, of which the first wb_pyramid_get_length() are those that it knows. Those that are not finite are passed
 * over. Takes time for the new ones only. */
void wb_pyramid_grow (WbPyramid *pyramid, const double *y, gsize n);
gsize wb_pyramid_get_length (const WbPyramid *pyramid);

/* Whether values of 0 and below are passed over, as on a logarithmic axis. When there are such, all are gone through.
 */
void wb_pyramid_set_positive (WbPyramid *pyramid, const double *y, gboolean positive);
gboolean wb_pyramid_get_positive (const WbPyramid *pyramid);
gsize wb_pyramid_count_left_out (const WbPyramid *pyramid); /* how many were passed over for that */

/* y: all that it knows; [from, to): a part of them. Of equal values the first counts. */
WbSpan wb_pyramid_get_span (const WbPyramid *pyramid, const double *y, gsize from, gsize to);
gboolean wb_span_is_empty (const WbSpan *span);

/**
 * wb_decimate:
 * @x: as many values as the pyramid knows, ascending
 * @y: the values that it knows
 * @points: (out caller-allocates): room for the least of all the values and 4 × columns + 2 points, in the units of x
 * and y
 *
 * Thins a line so that it looks the same when [x0, x1] is drawn `columns` pixels wide: of each column the first, the
 * lowest, the highest and the last point are kept, in order. The nearest point on each side outside the range is kept
 * too, so that the line goes on to the edges.
 *
 * Returns: how many points were written
 */
gsize wb_decimate (const WbPyramid *pyramid, const double *x, const double *y, double x0, double x1, guint columns,
                   WbPoint *points);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbPyramid, wb_pyramid_free)

G_END_DECLS
