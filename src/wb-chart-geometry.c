/* wb-chart-geometry.c: the arithmetic of charts, without a widget in sight.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-chart-geometry.h"

#include <math.h>
#include <stdlib.h>

static WbTicks
ticks_of (double minimum, double maximum, double step)
{
  /* Sums of tenths miss their round values by a little; a tick that is a billionth of a step outside is inside. */
  double first = ceil (minimum / step - 1e-9);
  double last = floor (maximum / step + 1e-9);
  WbTicks ticks = {.first = first * step, .step = step, .n = last < first ? 0 : (guint) (last - first) + 1};

  if (step < 1)
    ticks.decimals = (guint) ceil (-log10 (step) - 1e-9);
  return ticks;
}

WbTicks
wb_ticks (double minimum, double maximum, guint at_most)
{
  static const double mantissas[] = {1, 2, 5};
  double range = maximum - minimum;
  int exponent;

  g_return_val_if_fail (at_most >= 2, (WbTicks){0});

  if (!(range > 0) || !isfinite (range))
    return (WbTicks){.first = minimum, .step = 1, .n = isfinite (minimum) ? 1 : 0};

  exponent = (int) floor (log10 (range / at_most));
  for (;; exponent++)
    for (guint i = 0; i < G_N_ELEMENTS (mantissas); i++)
      {
        WbTicks ticks = ticks_of (minimum, maximum, mantissas[i] * pow (10, exponent));

        if (ticks.n <= at_most)
          return ticks;
      }
}

typedef struct
{
  gsize first, lowest, highest, last; /* indices */
  gboolean empty;
} Column;

static gsize
write_column (const Column *column, const double *x, const double *y, WbPoint *points)
{
  gsize order[4] = {column->first, MIN (column->lowest, column->highest), MAX (column->lowest, column->highest),
                    column->last};
  gsize n = 0;

  for (guint i = 0; i < 4; i++)
    if (i == 0 || order[i] != order[i - 1])
      points[n++] = (WbPoint){x[order[i]], y[order[i]]};
  return n;
}

gsize
wb_decimate (const double *x, const double *y, gsize n, double x0, double x1, guint columns, WbPoint *points)
{
  Column column = {.empty = TRUE};
  double scale = columns / (x1 - x0);
  gint64 at = -1;
  gsize written = 0;

  g_return_val_if_fail (columns > 0 && x1 > x0, 0);

  for (gsize i = 0; i < n; i++)
    {
      gint64 here = (gint64) CLAMP (floor ((x[i] - x0) * scale), 0, columns - 1);

      if (!isfinite (y[i]))
        continue;
      if (!column.empty && here != at)
        {
          written += write_column (&column, x, y, points + written);
          column.empty = TRUE;
        }
      if (column.empty)
        column = (Column){i, i, i, i, FALSE};
      column.lowest = y[i] < y[column.lowest] ? i : column.lowest;
      column.highest = y[i] > y[column.highest] ? i : column.highest;
      column.last = i;
      at = here;
    }
  if (!column.empty)
    written += write_column (&column, x, y, points + written);
  return written;
}

void
wb_smooth (const double *y, gsize n, double weight, double *smooth)
{
  double average = 0;
  double share = 0; /* of the true values in `average`; the rest is the zero it began with */

  for (gsize i = 0; i < n; i++)
    {
      if (isfinite (y[i]))
        {
          average = weight * average + (1 - weight) * y[i];
          share = weight * share + (1 - weight);
        }
      smooth[i] = share > 0 ? average / share : NAN;
    }
}

static int
compare_centres (gconstpointer a, gconstpointer b)
{
  const double *left = *(const double *const *) a, *right = *(const double *const *) b;

  return (*left > *right) - (*left < *right);
}

void
wb_place_labels (double *centres, guint n, double height, double top, double bottom)
{
  g_autofree double **sorted = g_new (double *, n + 1);
  double room = top + height / 2;

  for (guint i = 0; i < n; i++)
    sorted[i] = &centres[i];
  qsort (sorted, n, sizeof *sorted, compare_centres);

  /* Down, each as far as the one above needs; then up, each as far as the bottom and the one below need. */
  for (guint i = 0; i < n; i++)
    {
      *sorted[i] = MAX (*sorted[i], room);
      room = *sorted[i] + height;
    }
  room = bottom - height / 2;
  for (guint i = n; i-- > 0;)
    {
      *sorted[i] = MIN (*sorted[i], room);
      room = *sorted[i] - height;
    }
}

gsize
wb_nearest (const double *x, gsize n, double at)
{
  gsize low = 0, high = n;

  g_return_val_if_fail (n > 0, 0);

  while (low < high)
    {
      gsize middle = low + (high - low) / 2;

      if (x[middle] < at)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == n || (low > 0 && at - x[low - 1] <= x[low] - at))
    return low - 1;
  return low;
}
