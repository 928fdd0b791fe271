/* lathe-quantile.c: numbers in their order, and the value below which a share of them lies.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-quantile.h"

#include <stdlib.h>

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The smallest first; none of them is NAN. */
void
lathe_sort_doubles (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare_doubles);
}

/**
 * lathe_quantile:
 * @n: above 0
 *
 * Returns: the value below which so many lie, between two of them on the straight line
 */
double
lathe_quantile (const double *sorted, guint n, double share)
{
  double at = share * (n - 1);
  guint below = (guint) at;

  return below + 1 < n ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[n - 1];
}
