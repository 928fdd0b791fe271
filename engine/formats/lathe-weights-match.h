/* lathe-weights-match.h: which layer of a file is which of a network's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-weights-layers.h"

G_BEGIN_DECLS

gboolean lathe_weights_match (const LatheGraph *graph, GPtrArray *ours, GPtrArray *theirs, gboolean in_order);

G_END_DECLS
