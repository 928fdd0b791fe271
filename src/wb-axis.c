/* wb-axis.c: one axis of a chart: where a value lies on it, and its round values with their lines.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-axis.h"

#include <math.h>

#include "wb-chart-geometry.h"

#define EACH_RIGHT 90.0 /* pixels that a value below an axis takes, about */

static double
share_of (const WbAxis *axis, double value)
{
  if (axis->logarithmic)
    return log (value / axis->from) / log (axis->to / axis->from);
  return (value - axis->from) / (axis->to - axis->from);
}

double
wb_axis_place (const WbAxis *axis, double value)
{
  return axis->a + share_of (axis, value) * (axis->b - axis->a);
}

double
wb_axis_find (const WbAxis *axis, double position)
{
  double share = (position - axis->a) / (axis->b - axis->a);

  return axis->logarithmic ? axis->from * pow (axis->to / axis->from, share)
                           : axis->from + share * (axis->to - axis->from);
}

guint
wb_axis_list_ticks (const WbAxis *axis, guint at_most, double *ticks, guint *decimals)
{
  WbTicks found;

  at_most = CLAMP (at_most, 2, WB_AXIS_MOST);
  *decimals = 0;
  if (axis->logarithmic)
    return wb_log_ticks (axis->from, axis->to, at_most, ticks);
  found = wb_ticks_of_scale (axis->from, axis->to, at_most);
  *decimals = found.decimals;
  for (guint i = 0; i < found.n; i++)
    ticks[i] = found.first + i * found.step;
  return found.n;
}

static void
draw_line (const WbPen *pen, double x1, double y1, double x2, double y2)
{
  wb_pen_use (pen, &pen->style->foreground, 0.1);
  cairo_set_line_width (pen->cr, 1);
  cairo_move_to (pen->cr, x1, y1);
  cairo_line_to (pen->cr, x2, y2);
  cairo_stroke (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.6);
}

void
wb_axis_draw_up (const WbAxis *axis, const WbPen *pen, double left, double right, WbAxisFormat format, gpointer data)
{
  double ticks[WB_AXIS_MOST];
  guint decimals,
      n = wb_axis_list_ticks (axis, (guint) MAX (0, (axis->a - axis->b) / (2 * pen->text_height)), ticks, &decimals);

  for (guint i = 0; i < n; i++)
    {
      double y = wb_axis_place (axis, ticks[i]);
      g_autofree char *label = format (ticks[i], decimals, data);

      draw_line (pen, left, wb_pen_crisp (y), right, wb_pen_crisp (y));
      wb_pen_write (pen, label, left - WB_GAP, y, 1);
    }
}

/* A value that would run into the one before is left out. */
void
wb_axis_draw_right (const WbAxis *axis, const WbPen *pen, double bottom, double top, WbAxisFormat format, gpointer data)
{
  double ticks[WB_AXIS_MOST], after = -INFINITY;
  guint decimals, n = wb_axis_list_ticks (axis, (guint) MAX (0, (axis->b - axis->a) / EACH_RIGHT), ticks, &decimals);

  for (guint i = 0; i < n; i++)
    {
      double x = wb_axis_place (axis, ticks[i]);
      g_autofree char *label = format (ticks[i], decimals, data);
      double width = wb_pen_measure (pen, label, FALSE), at = MIN (x, axis->b + 3 * WB_GAP - width / 2);

      draw_line (pen, wb_pen_crisp (x), bottom, wb_pen_crisp (x), top);
      if (at - width / 2 < after + WB_GAP)
        continue;
      wb_pen_write (pen, label, at, bottom + WB_GAP + pen->text_height / 2, 0.5);
      after = at + width / 2;
    }
}
