/* lathe-principal.h: the directions in which points differ the most: principal component analysis.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "base/lathe-pool.h"

G_BEGIN_DECLS

/* n points of n_features numbers. */
typedef struct
{
  guint n, n_features, n_components;
  double *mean;      /* n_features */
  double *axes;      /* n_components × n_features: each 1 long, and its largest number above 0; zeros where the points
                        do not differ any more */
  double *places;    /* n × n_components: the points less their mean, along the axes */
  double *variances; /* n_components: of the places, Σ / (n - 1), descending */
  double variance;   /* of all directions together */
} LathePrincipal;

LathePrincipal *lathe_principal_new (const float *points, guint n, guint n_features, guint n_components,
                                     double tolerance, LathePool *pool, GCancellable *cancellable, GError **error);
void lathe_principal_free (LathePrincipal *principal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LathePrincipal, lathe_principal_free)

G_END_DECLS
