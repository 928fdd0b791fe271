/* lathe-network-carry.c: what one network has learned, in another of the same layers, of which others are frozen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe-network-private.h"

/* Of a weight that is trained, its place among them. */
static gsize
place_of (const LatheCompiled *compiled, guint parameter)
{
  return compiled->w_at[parameter] / sizeof (LatheReal);
}

/**
 * lathe_network_take_over:
 * @from: of the same layers, in the same order
 *
 * Takes over all weights and states.
 */
void
lathe_network_take_over (LatheNetwork *network, LatheNetwork *from)
{
  g_assert (network->n_steps == from->n_steps);
  for (guint i = 0; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_parameters; j++)
      memcpy ((LatheReal *) network->steps[i].step.w[j], from->steps[i].step.w[j],
              lathe_shape_size (&network->steps[i].step.parameter[j].shape) * sizeof (LatheReal));
  lathe_network_prepare (network);
}

/**
 * lathe_network_carry:
 * @from: of the same layers, in the same order
 * @kept: one number for each weight that `from` trains, in its order
 * @numbers: (inout): one for each weight that `network` trains, in its order; those that `from` does not train stay
 *
 * Takes along what an optimiser keeps for each weight.
 */
void
lathe_network_carry (LatheNetwork *network, LatheNetwork *from, const LatheReal *kept, LatheReal *numbers)
{
  g_assert (network->n_steps == from->n_steps);
  for (guint i = 0; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_parameters; j++)
      {
        const LatheCompiled *to = &network->steps[i], *before = &from->steps[i];

        if (lathe_parameter_is_trained (&to->step.parameter[j]) &&
            lathe_parameter_is_trained (&before->step.parameter[j]))
          memcpy (numbers + place_of (to, j), kept + place_of (before, j),
                  lathe_shape_size (&to->step.parameter[j].shape) * sizeof (LatheReal));
      }
}
