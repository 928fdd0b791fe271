/* lathe-repulsion.h: how all points of a plane push each other apart.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-pool.h"

G_BEGIN_DECLS

/* Memory for n points, used again and again; by one thread at a time. */
typedef struct _LatheRepulsion LatheRepulsion;

LatheRepulsion *lathe_repulsion_new (guint n, guint n_threads);
void lathe_repulsion_free (LatheRepulsion *repulsion);
double lathe_repulsion_find (LatheRepulsion *repulsion, const double *places, double theta, LathePool *pool,
                             double *push);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheRepulsion, lathe_repulsion_free)

G_END_DECLS
