/* lathe-untrained.c: a model as it is before it has learned anything.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-model.h"
#include "lathe-network.h"

/**
 * lathe_model_new_untrained:
 * @labels: at least two
 *
 * Errors: those of lathe_model_new(), and LATHE_ERROR_MEMORY.
 *
 * Returns: (transfer full) (nullable): a model with the weights that a training with this seed begins with, but for
 * those that are made of its images
 */
LatheModel *
lathe_model_new_untrained (const LatheGraph *graph, const char *const *labels, const LathePreprocess *preprocess,
                           guint64 seed, GError **error)
{
  g_autoptr (LatheModel) model = lathe_model_new (graph, labels, preprocess, error);
  g_autoptr (LathePool) pool = model != NULL ? lathe_pool_new (1) : NULL;
  g_autoptr (LatheNetwork) network = model != NULL ? lathe_network_new (graph, 1, FALSE, pool, error) : NULL;

  if (network == NULL)
    return NULL;
  lathe_network_initialise (network, seed);
  lathe_network_store (network, model);
  return g_steal_pointer (&model);
}
