/* lathe-network-bounds.c: what holds the weights of a network that learns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-network-private.h"
#include "lathe-prune.h"

/**
 * lathe_network_penalty:
 *
 * Returns: what the layers' L1 and L2 properties add to the loss, of all that is trained
 */
double
lathe_network_penalty (LatheNetwork *network)
{
  return lathe_regulariser_penalty (&network->regulariser, network->pool);
}

/**
 * lathe_network_keep_zeros:
 *
 * Weights that are 0 now (see lathe_parameter_may_be_zero()) are so after every lathe_network_constrain(), too.
 */
void
lathe_network_keep_zeros (LatheNetwork *network)
{
  LatheReal *weights = lathe_network_get_weights (network, NULL);

  g_free (network->stays_zero);
  network->stays_zero = g_new0 (gboolean, network->n_weights);
  for (guint i = 0; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_parameters; j++)
      {
        const LatheParameter *parameter = &network->steps[i].step.parameter[j];
        gsize at = network->steps[i].w_at[j] / sizeof (LatheReal);

        if (!lathe_parameter_is_trained (parameter) || !lathe_parameter_may_be_zero (&parameter->shape))
          continue;
        for (gsize k = at; k < at + lathe_shape_size (&parameter->shape); k++)
          network->stays_zero[k] = weights[k] == 0;
      }
}

/**
 * lathe_network_constrain:
 *
 * Brings the weights into each output back to their layer's max-norm, and those that are to stay 0 back to it: to be
 * called after each step of the optimiser.
 */
void
lathe_network_constrain (LatheNetwork *network)
{
  LatheReal *weights = lathe_network_get_weights (network, NULL);

  lathe_regulariser_bound (&network->regulariser, network->pool);
  for (gsize i = 0; network->stays_zero != NULL && i < network->n_weights; i++)
    if (network->stays_zero[i])
      weights[i] = 0;
}
