/* lathe-regulariser.h: what keeps weights small: penalties that the loss gets, and bounds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "layers/lathe-step.h"

G_BEGIN_DECLS

/* The weights of a network that a penalty or a bound is on, cut into tiles for the pool. */
typedef struct
{
  GArray *penalised, *bounded;
} LatheRegulariser;

void lathe_regulariser_init (LatheRegulariser *regulariser);
void lathe_regulariser_clear (LatheRegulariser *regulariser);
void lathe_regulariser_add (LatheRegulariser *regulariser, LatheStep *step);

double lathe_regulariser_penalty (LatheRegulariser *regulariser, LathePool *pool);
void lathe_regulariser_add_gradient (LatheRegulariser *regulariser, LathePool *pool);
void lathe_regulariser_bound (LatheRegulariser *regulariser, LathePool *pool);

G_END_DECLS
