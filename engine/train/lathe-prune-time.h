/* lathe-prune-time.h: a trained network made so much smaller that it answers in a given time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "model/lathe-prune.h"

G_BEGIN_DECLS

#define LATHE_PRUNE_TOLERANCE 0.05 /* of the time that is wanted */

/* Of an image that is asked about by itself. */
typedef struct
{
  double share; /* that went, to reach it */
  double milliseconds_before, milliseconds;
} LathePruneTimes;

LatheModel *lathe_prune_to_time (const LatheModel *model, const LathePruning *pruning, double milliseconds,
                                 guint n_threads, GCancellable *cancellable, LathePruneTimes *times, GError **error);

G_END_DECLS
