/* lathe-optimizer.h: what moves the weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-pool.h"
#include "base/lathe-real.h"
#include "lathe-trainer.h"

G_BEGIN_DECLS

typedef struct _LatheOptimizerState LatheOptimizerState;

LatheOptimizerState *lathe_optimizer_new (const LatheHyperparameters *hyperparameters, gsize n_weights, LathePool *pool,
                                          GError **error);
void lathe_optimizer_free (LatheOptimizerState *state);
void lathe_optimizer_step (LatheOptimizerState *state, LatheReal *weights, const LatheReal *gradient);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheOptimizerState, lathe_optimizer_free)

G_END_DECLS
