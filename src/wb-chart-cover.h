/* wb-chart-cover.h: dense lines, filled as what they cover.
 *
 * To stroke a line that goes up and down in each column of pixels takes cairo many times as long as to fill what it
 * covers, which looks the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <cairo.h>

#include "wb-point.h"

G_BEGIN_DECLS

/* Whether a line of n points, in pixels, that is drawn so wide is dense enough to be filled. */
gboolean wb_cover_suits (const WbPoint *points, gsize n, double width);

/* Fills what a line of `width` through the points covers of each column of pixels from left to right. The points are in
 * pixels, their x ascending. */
void wb_cover_fill (cairo_t *cr, const WbPoint *points, gsize n, double left, double right, double width);

G_END_DECLS
