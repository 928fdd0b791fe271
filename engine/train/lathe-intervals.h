/* lathe-intervals.h: how far a score may be off, as it is of so many images and no more.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In 95 of 100 such sets of images it holds the score that all images of their kind would give. NAN: not known. */
typedef struct
{
  double low, high;
} LatheInterval;

#define LATHE_NO_INTERVAL ((LatheInterval){NAN, NAN})
#define LATHE_Z_95 1.959963984540054 /* what a normal deviate stays within in 95 of 100 cases */

LatheInterval lathe_interval_wilson (guint successes, guint n);
LatheInterval lathe_interval_percentile (double *values, guint n);
LatheInterval lathe_interval_reflected (double estimate, double *values, guint n, double least, double most);

G_END_DECLS
