/* lathe-minimise.h: the lowest point of a smooth function of many numbers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns the value at x, and leaves the gradient there: both of n numbers. */
typedef double (*LatheObjective) (const double *x, double *gradient, gpointer data);

typedef struct
{
  double value, gradient_norm; /* L2, at the point that was found */
  guint n_evaluations;
} LatheMinimum;

LatheMinimum lathe_minimise (double *x, gsize n, LatheObjective objective, gpointer data, double tolerance,
                             guint most_evaluations);

G_END_DECLS
