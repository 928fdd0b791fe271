/* lathe-sum.h: adds up many numbers without losing the small ones.
 *
 * Neumaier 1974, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54: what each addition
 * rounds away is kept beside the sum. The error is that of one rounding, however many numbers there are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>
#include <math.h>

G_BEGIN_DECLS

/* Begins as all zero. */
typedef struct
{
  double sum, lost;
} LatheSum;

static inline void
lathe_sum_add (LatheSum *sum, double x)
{
  double more = sum->sum + x;

  sum->lost += fabs (sum->sum) >= fabs (x) ? (sum->sum - more) + x : (x - more) + sum->sum;
  sum->sum = more;
}

static inline double
lathe_sum_get (const LatheSum *sum)
{
  return sum->sum + sum->lost;
}

G_END_DECLS
