/* wb-axis.h: one axis of a chart: where a value lies on it, and its round values with their lines.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-pen.h"

G_BEGIN_DECLS

typedef struct
{
  double from, to;      /* values */
  gboolean logarithmic; /* both are above 0 then */
  double a, b;          /* where these are drawn */
} WbAxis;

/* (transfer full): a round value as it is to be read, with so many decimals where it is a number */
typedef char *(*WbAxisFormat) (double value, guint decimals, gpointer data);

double wb_axis_place (const WbAxis *axis, double value);
double wb_axis_find (const WbAxis *axis, double position); /* the value that lies there */

/* Round values, no more than `at_most`, but two or three rather than one alone; `ticks` has room for WB_AXIS_MOST.
 * Returns how many there are. */
guint wb_axis_list_ticks (const WbAxis *axis, guint at_most, double *ticks, guint *decimals);
#define WB_AXIS_MOST 12

/* Of an axis that goes up: hairlines from left to right, and their values before them. */
void wb_axis_draw_up (const WbAxis *axis, const WbPen *pen, double left, double right, WbAxisFormat format,
                      gpointer data);
/* Of one that goes to the right: hairlines from bottom to top, and values below them, as far as there is room. */
void wb_axis_draw_right (const WbAxis *axis, const WbPen *pen, double bottom, double top, WbAxisFormat format,
                         gpointer data);

G_END_DECLS
