/* lathe-affinities.h: how much each point is a neighbour of each other one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "base/lathe-pool.h"

G_BEGIN_DECLS

/* A symmetric matrix of n × n shares that sum to 1, of which most are 0. */
typedef struct
{
  guint n;
  gsize *first;    /* n + 1: where each row begins */
  guint32 *column; /* ascending in each row */
  float *share;
} LatheAffinities;

LatheAffinities *lathe_affinities_new (const float *points, guint n, guint n_dimensions, double perplexity,
                                       LathePool *pool, GCancellable *cancellable, GError **error);
void lathe_affinities_free (LatheAffinities *affinities);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheAffinities, lathe_affinities_free)

G_END_DECLS
