/* lathe-whitening.h: a convolution that learns from the look of the images before training begins.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-step.h"

G_BEGIN_DECLS

gboolean lathe_wants_whitening (const LatheStep *step);
void lathe_whiten (LatheStep *step);

G_END_DECLS
