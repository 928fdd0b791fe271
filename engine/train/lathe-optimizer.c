/* lathe-optimizer.c: what moves the weights: one pass over weights, gradient and state, in tiles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-optimizer.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "kernels/lathe-kernels.h"

#define TILE 65536 /* weights */

/* Kingma & Ba 2015, as they recommend and everyone uses. */
#define BETA1 0.9
#define BETA2 0.999
#define EPSILON 1e-8

static const struct
{
  const char *name;
  guint n_states; /* numbers kept for each weight */
} optimizers[] = {
    [LATHE_OPTIMIZER_SGD] = {"sgd", 0},
    [LATHE_OPTIMIZER_MOMENTUM] = {"momentum", 1},
    [LATHE_OPTIMIZER_ADAM] = {"adam", 2},
};

struct _LatheOptimizerState
{
  LatheHyperparameters hyperparameters;
  LathePool *pool;
  const LatheKernels *kernels;
  gsize n_weights;
  guint64 t; /* steps done */
  LatheReal *m, *v;

  LatheReal *weights; /* of the step that is being made */
  const LatheReal *gradient;
  LatheAdamStep adam;
};

const char *const *
lathe_optimizer_names (void)
{
  static const char *names[G_N_ELEMENTS (optimizers) + 1];
  static gsize done;

  if (g_once_init_enter (&done))
    {
      for (guint i = 0; i < G_N_ELEMENTS (optimizers); i++)
        names[i] = optimizers[i].name;
      g_once_init_leave (&done, 1);
    }
  return names;
}

/**
 * lathe_optimizer_new:
 *
 * Errors: LATHE_ERROR_MEMORY.
 */
LatheOptimizerState *
lathe_optimizer_new (const LatheHyperparameters *hyperparameters, gsize n_weights, LathePool *pool, GError **error)
{
  g_autoptr (LatheOptimizerState) state = g_new0 (LatheOptimizerState, 1);
  guint n_states = optimizers[hyperparameters->optimizer].n_states;
  gsize bytes = MAX (1, n_weights) * sizeof (LatheReal);

  state->hyperparameters = *hyperparameters;
  state->pool = pool;
  state->kernels = lathe_kernels ();
  state->n_weights = n_weights;
  state->m = n_states > 0 ? lathe_memory_try_new (bytes) : NULL;
  state->v = n_states > 1 ? lathe_memory_try_new (bytes) : NULL;
  if ((n_states > 0 && state->m == NULL) || (n_states > 1 && state->v == NULL))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                   _ ("There is no memory for the state of %s; use sgd, or a smaller network"),
                   optimizers[hyperparameters->optimizer].name);
      return NULL;
    }
  return g_steal_pointer (&state);
}

void
lathe_optimizer_free (LatheOptimizerState *state)
{
  lathe_memory_free (state->m);
  lathe_memory_free (state->v);
  g_free (state);
}

static void
step_tile (gpointer data, guint tile, guint thread)
{
  LatheOptimizerState *state = data;
  gsize first = (gsize) tile * TILE, n = MIN (TILE, state->n_weights - first);
  double rate = state->hyperparameters.learning_rate;

  switch (state->hyperparameters.optimizer)
    {
    case LATHE_OPTIMIZER_SGD:
      state->kernels->sgd (state->weights + first, state->gradient + first, n, rate);
      break;
    case LATHE_OPTIMIZER_MOMENTUM:
      state->kernels->momentum (state->weights + first, state->gradient + first, state->m + first, n, rate,
                                state->hyperparameters.momentum);
      break;
    case LATHE_OPTIMIZER_ADAM:
      state->kernels->adam (state->weights + first, state->gradient + first, state->m + first, state->v + first, n,
                            &state->adam);
      break;
    }
}

/**
 * lathe_optimizer_step:
 * @weights: (inout): changed in place
 */
void
lathe_optimizer_step (LatheOptimizerState *state, LatheReal *weights, const LatheReal *gradient)
{
  double t = (double) ++state->t;

  state->weights = weights;
  state->gradient = gradient;
  state->adam = (LatheAdamStep){
      .beta1 = BETA1,
      .beta2 = BETA2,
      .epsilon = EPSILON,
      .rate = state->hyperparameters.learning_rate / (1 - pow (BETA1, t)),
      .correction = 1 / sqrt (1 - pow (BETA2, t)),
  };
  lathe_pool_run (state->pool, (guint) ((state->n_weights + TILE - 1) / TILE), step_tile, state);
}
