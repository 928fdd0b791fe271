/* lathe-intervals.c: how far a score may be off, as it is of so many images and no more.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-intervals.h"

#include <math.h>

#include "base/lathe-quantile.h"

#define TAIL 0.025 /* of 95 %, on either side */

/**
 * lathe_interval_wilson:
 *
 * Of a share, of images that are one thing or the other. Wilson 1927, "Probable inference, the law of succession, and
 * statistical inference", JASA 22: the shares that the normal test would not refuse. Unlike p ± 1.96 σ it stays within
 * 0 … 1, and says something where all went right (Brown, Cai & DasGupta 2001).
 *
 * Returns: NAN where n is 0
 */
LatheInterval
lathe_interval_wilson (guint successes, guint n)
{
  double p, z2 = LATHE_Z_95 * LATHE_Z_95, middle, half;

  g_return_val_if_fail (successes <= n, LATHE_NO_INTERVAL);

  if (n == 0)
    return LATHE_NO_INTERVAL;
  p = (double) successes / n;
  middle = (successes + z2 / 2) / (n + z2);
  half = LATHE_Z_95 * sqrt (n * p * (1 - p) + z2 / 4) / (n + z2);
  return (LatheInterval){successes > 0 ? middle - half : 0, successes < n ? middle + half : 1};
}

/**
 * lathe_interval_percentile:
 * @values: the score of n resamples, which are put into another order; NAN where it does not exist
 *
 * Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
 *
 * Returns: between which 95 % of them lie; NAN where fewer than half of them exist, and where all are equal: a score
 * that no resample changes (all is right, say) is one of which they do not tell how sure it is
 */
LatheInterval
lathe_interval_percentile (double *values, guint n)
{
  guint there = 0;

  for (guint i = 0; i < n; i++)
    if (!isnan (values[i]))
      values[there++] = values[i];
  if (there < 2 || there < n - there)
    return LATHE_NO_INTERVAL;
  lathe_sort_doubles (values, there);
  if (values[0] == values[there - 1])
    return LATHE_NO_INTERVAL;
  return (LatheInterval){lathe_quantile (values, there, TAIL), lathe_quantile (values, there, 1 - TAIL)};
}

/**
 * lathe_interval_reflected:
 * @values: as of lathe_interval_percentile()
 * @least, @most: between which the score lies
 *
 * For a score that is larger the fewer images there are, as a sum of absolute differences is: a resample adds to it
 * what the images themselves have added already, and 95 % of the resamples may lie above the estimate. Seen from it to
 * the other side they tell what to take away: “basic” in Davison & Hinkley 1997, section 5.2. The estimate itself is
 * always held: an interval beside it would read as a mistake, and to reach it only makes it more cautious.
 */
LatheInterval
lathe_interval_reflected (double estimate, double *values, guint n, double least, double most)
{
  LatheInterval seen = lathe_interval_percentile (values, n);
  double low = fmin (2 * estimate - seen.high, estimate), high = fmax (2 * estimate - seen.low, estimate);

  return isnan (seen.low) ? seen : (LatheInterval){fmax (low, least), fmin (high, most)};
}
