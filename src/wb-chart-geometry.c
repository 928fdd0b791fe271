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

WbTicks
wb_ticks_of_scale (double minimum, double maximum, guint at_most)
{
  WbTicks ticks = wb_ticks (minimum, maximum, at_most);

  for (guint more = at_most + 1; ticks.n == 1 && more <= at_most + 2; more++)
    ticks = wb_ticks (minimum, maximum, more);
  return ticks;
}

/* Of 1, 2 and 5 × 10^k, or of 10^k alone for each k that is a multiple of `every`: those within the range. With `ticks`
 * of NULL they are only counted. */
static guint
write_log_ticks (double minimum, double maximum, guint n_mantissas, int every, double *ticks)
{
  static const double mantissas[] = {1, 2, 5};
  int last = (int) floor (log10 (maximum) + 1e-9);
  guint n = 0;

  for (int k = (int) floor (log10 (minimum) / every) * every; k <= last; k += every)
    for (guint i = 0; i < n_mantissas; i++)
      {
        double tick = mantissas[i] * pow (10, k);

        if (tick < minimum * (1 - 1e-9) || tick > maximum * (1 + 1e-9))
          continue;
        if (ticks)
          ticks[n] = tick;
        n++;
      }
  return n;
}

guint
wb_log_ticks (double minimum, double maximum, guint at_most, double *ticks)
{
  guint n_mantissas = 3, n;
  int every = 1;

  g_return_val_if_fail (at_most >= 2, 0);

  if (!(minimum > 0 && maximum > minimum) || !isfinite (maximum))
    return 0;

  n = write_log_ticks (minimum, maximum, n_mantissas, every, NULL);
  if (n < 2)
    {
      WbTicks even = wb_ticks (minimum, maximum, at_most);

      for (guint i = 0; i < even.n; i++)
        ticks[i] = even.first + even.step * i;
      return even.n;
    }
  for (; n > at_most; n = write_log_ticks (minimum, maximum, n_mantissas, every, NULL))
    if (n_mantissas > 1)
      n_mantissas = 1;
    else
      every++;
  return write_log_ticks (minimum, maximum, n_mantissas, every, ticks);
}

static WbRange
keep_within (WbRange range, WbRange whole)
{
  double width = range.to - range.from;

  if (width >= whole.to - whole.from)
    return whole;
  if (range.from < whole.from)
    return (WbRange){whole.from, whole.from + width};
  if (range.to > whole.to)
    return (WbRange){whole.to - width, whole.to};
  return range;
}

WbRange
wb_range_zoom (WbRange range, WbRange whole, double at, double factor)
{
  double width = range.to - range.from;
  double share = CLAMP ((at - range.from) / width, 0, 1);
  double wanted = CLAMP (width * factor, (whole.to - whole.from) * 1e-6, whole.to - whole.from);
  double from = range.from + share * (width - wanted);

  return keep_within ((WbRange){from, from + wanted}, whole);
}

WbRange
wb_range_move (WbRange range, WbRange whole, double distance)
{
  return keep_within ((WbRange){range.from + distance, range.to + distance}, whole);
}

WbRange
wb_range_follow (WbRange range, WbRange before, WbRange whole, double last, double newest)
{
  gboolean showed_all = range.from <= before.from && range.to >= before.to;
  gboolean showed_last = last >= range.from && last <= range.to;

  if (showed_all || !(newest >= range.from))
    return whole;
  return wb_range_move (range, whole, showed_last && newest > range.to ? newest - range.to : 0);
}

void
wb_smooth (WbSmoother *smoother, const double *y, gsize n, double *smooth)
{
  for (gsize i = 0; i < n; i++)
    {
      if (isfinite (y[i]))
        {
          smoother->average = smoother->weight * smoother->average + (1 - smoother->weight) * y[i];
          smoother->share = smoother->weight * smoother->share + (1 - smoother->weight);
        }
      smooth[i] = smoother->share > 0 ? smoother->average / smoother->share : NAN;
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
wb_count_below (const double *x, gsize n, double at)
{
  gsize low = 0, high = n;

  while (low < high)
    {
      gsize middle = low + (high - low) / 2;

      if (x[middle] < at)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

gsize
wb_count_up_to (const double *x, gsize n, double at)
{
  return wb_count_below (x, n, nextafter (at, INFINITY));
}

gsize
wb_nearest (const double *x, gsize n, double at)
{
  gsize next = wb_count_below (x, n, at);

  g_return_val_if_fail (n > 0, 0);

  if (next == n || (next > 0 && at - x[next - 1] <= x[next] - at))
    return next - 1;
  return next;
}
