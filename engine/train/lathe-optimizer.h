/* lathe-optimizer.h: what moves the weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-pool.h"
#include "base/lathe-real.h"
#include "lathe-hyperparameters.h"
#include "model/lathe-network.h"

G_BEGIN_DECLS

typedef struct _LatheOptimizerState LatheOptimizerState;

/* What it keeps for each weight besides the weight itself, and what a checkpoint calls it. */
typedef enum
{
  LATHE_MOMENT_FIRST,   /* a mean of gradients, or a velocity */
  LATHE_MOMENT_SECOND,  /* a mean or a sum of their squares */
  LATHE_MOMENT_AVERAGE, /* the moving average of the weights */
  LATHE_MOMENT_SLOW,    /* what Lookahead draws the weights back to */
  LATHE_N_MOMENTS
} LatheMoment;

extern const char *const lathe_moment_names[LATHE_N_MOMENTS];

LatheOptimizerState *lathe_optimizer_new (const LatheHyperparameters *hyperparameters, const LatheReal *weights,
                                          gsize n_weights, LathePool *pool, GError **error);
void lathe_optimizer_free (LatheOptimizerState *state);
void lathe_optimizer_set_ranges (LatheOptimizerState *state, GArray *ranges);
void lathe_optimizer_set_hyperparameters (LatheOptimizerState *state, const LatheHyperparameters *hyperparameters);
void lathe_optimizer_set_end (LatheOptimizerState *state, guint64 steps);
gboolean lathe_optimizer_step (LatheOptimizerState *state, LatheReal *weights, LatheReal *gradient, double rate);
LatheReal *lathe_optimizer_get_moment (LatheOptimizerState *state, LatheMoment moment);
double lathe_optimizer_get_norm (const LatheOptimizerState *state);
guint64 lathe_optimizer_get_steps (const LatheOptimizerState *state);
void lathe_optimizer_set_steps (LatheOptimizerState *state, guint64 steps);
guint lathe_optimizer_n_moments (const LatheHyperparameters *hyperparameters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheOptimizerState, lathe_optimizer_free)

G_END_DECLS
