/* lathe-quantile.h: numbers in their order, and the value below which a share of them lies.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void lathe_sort_doubles (double *values, guint n);
double lathe_quantile (const double *sorted, guint n, double share);

G_END_DECLS
