/* wb-chart-cover.c: dense lines, filled as what they cover.
 *
 *        ▖▟                a line that goes up and down within each column of pixels
 *     ▟▙▟██▙▟▙             covers of each from its lowest to its highest there
 *    ▐██▛▜████▛▙
 *     ▜▘  ▝█▛▀
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-chart-cover.h"

#include <math.h>

#define OUTLINE 32 /* columns */
#define DENSE 4    /* a line is when it has a point every so many pixels, and climbs so many widths of the plot */

/* What the line covers of a column of pixels. */
typedef struct
{
  double top, bottom;
} Cover;

static void
cover (Cover *column, double y)
{
  column->top = MIN (column->top, y);
  column->bottom = MAX (column->bottom, y);
}

/* From one point to the next, through all the columns between them, and those that are no more than `beside` away. */
static void
cover_segment (Cover *columns, guint n_columns, double left, WbPoint from, WbPoint to, double beside)
{
  double slope = to.x > from.x ? (to.y - from.y) / (to.x - from.x) : 0;
  double first = MAX (floor (from.x - beside - left), 0);
  double last = MIN (floor (to.x + beside - left), n_columns - 1.0);

  for (double c = first; c <= last; c++)
    {
      double start = CLAMP (left + c - beside, from.x, to.x);
      double end = CLAMP (left + c + 1 + beside, from.x, to.x);

      cover (&columns[(guint) c], from.y + (start - from.x) * slope);
      cover (&columns[(guint) c], end == to.x ? to.y : from.y + (end - from.x) * slope);
    }
}

/* The outline of some columns in one, so that no seams are seen between them: of not too many, since cairo looks at all
 * of an outline's edges at each height where one of them ends. */
static void
fill_outline (cairo_t *cr, double left, const Cover *columns, guint from, guint to, double width)
{
  for (guint c = from; c < to; c++)
    {
      cairo_line_to (cr, left + c, columns[c].top - width / 2);
      cairo_line_to (cr, left + c + 1, columns[c].top - width / 2);
    }
  for (guint c = to; c-- > from;)
    {
      cairo_line_to (cr, left + c + 1, columns[c].bottom + width / 2);
      cairo_line_to (cr, left + c, columns[c].bottom + width / 2);
    }
  cairo_fill (cr);
}

void
wb_cover_fill (cairo_t *cr, const WbPoint *points, gsize n, double left, double right, double width)
{
  guint n_columns = (guint) ceil (right - left), first = 0, end = n_columns;
  g_autofree Cover *columns = g_new (Cover, n_columns);

  for (guint c = 0; c < n_columns; c++)
    columns[c] = (Cover){INFINITY, -INFINITY};
  for (gsize i = 1; i < n; i++)
    cover_segment (columns, n_columns, left, points[i - 1], points[i], MAX (width - 1, 0) / 2);
  while (first < end && columns[first].top > columns[first].bottom)
    first++;
  while (end > first && columns[end - 1].top > columns[end - 1].bottom)
    end--;
  for (; first < end; first = MIN (first + OUTLINE, end))
    fill_outline (cr, left, columns, first, MIN (first + OUTLINE, end), width);
}

gboolean
wb_cover_suits (const WbPoint *points, gsize n, double width)
{
  double climbed = 0;

  for (gsize i = 1; i < n; i++)
    climbed += fabs (points[i].y - points[i - 1].y);
  return (double) n > width / DENSE && climbed > width * DENSE;
}
