/* lathe-starting-point.h: what it costs to grow on a model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "formats/lathe-pretrained.h"

G_BEGIN_DECLS

/* Of a starting point. */
typedef struct
{
  guint64 bytes;       /* of the file that was published, or of the model; 0: not known */
  double milliseconds; /* that an answer takes here, with every core; NAN: not known */
} LatheStartingCost;

LatheStartingCost lathe_starting_point_measure (const LatheStartingPoint *point, GCancellable *cancellable);

G_END_DECLS
