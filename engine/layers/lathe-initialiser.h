/* lathe-initialiser.h: the numbers that parameters begin with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-rng.h"
#include "lathe-layer.h"

G_BEGIN_DECLS

void lathe_initialise (const LatheParameter *parameter, const LatheRng *rng, LatheReal *w);

G_END_DECLS
