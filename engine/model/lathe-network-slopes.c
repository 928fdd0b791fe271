/* lathe-network-slopes.c: a network looked into: what its layers make, and what depends on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe-network-private.h"
#include "base/lathe-denormals.h"

/* A last sigmoid or softmax is no step: what it gets stands for it. */
static guint
find_step (const LatheNetwork *network, guint node)
{
  for (guint i = 0; i < network->n_steps; i++)
    if (network->steps[i].node == node)
      return i;
  return network->output;
}

/**
 * lathe_network_get_output:
 * @node: its place in the graph
 * @size: (out): how many numbers one sample has
 *
 * After forward() of a network that was made to be looked into. The last layer's output is the logits, without the
 * sigmoid or the softmax.
 *
 * Returns: (transfer none): n × the layer's shape, until the next forward()
 */
const LatheReal *
lathe_network_get_output (LatheNetwork *network, guint node, gsize *size)
{
  const LatheStep *step = &network->steps[find_step (network, node)].step;

  *size = lathe_shape_size (&step->output);
  return step->y;
}

/* What several layers found, each in memory of its own. */
static void
add_parts (LatheStep *step, guint n)
{
  for (guint i = 0; i < step->n_parts; i++)
    step->kernels->add (step->dy, step->parts[i], n * lathe_shape_size (&step->output));
}

/**
 * lathe_network_find_slopes:
 * @logits: n × units: the gradient of some function of the logits by each of them
 * @node: a layer's place in the graph, or the input's
 *
 * After forward() without training, of the same n samples: goes back as far as the layer's output. A network that was
 * made with slopes alone.
 *
 * Returns: (transfer none): n × the layer's shape: the gradient of that function by the layer's output, until the next
 * call
 */
const LatheReal *
lathe_network_find_slopes (LatheNetwork *network, guint n, const LatheReal *logits, guint node)
{
  LATHE_WITHOUT_DENORMALS;
  guint last = find_step (network, node);

  g_assert (network->slopes);

  memcpy (network->steps[network->output].step.dy, logits,
          (gsize) n * lathe_network_get_n_units (network) * sizeof *logits);
  for (guint i = network->n_steps - 1; i > last; i--)
    lathe_network_run_backward (&network->steps[i]);
  add_parts (&network->steps[last].step, n);
  return network->steps[last].step.dy;
}

/* Whether it weighs its inputs: a norm's and an activation's parameters are vectors. */
static gboolean
has_weight (const LatheStep *step)
{
  return step->n_parameters > 0 && step->parameter[0].shape.rank > 1;
}

/**
 * lathe_network_find_features:
 *
 * Returns: the layer, by its place in the graph, whose output the last weights read: what the network knows of an image
 * before it decides
 */
guint
lathe_network_find_features (LatheNetwork *network)
{
  guint at = network->output;

  while (at > 0 && !has_weight (&network->steps[at].step))
    at = network->steps[at].edge[0].from;
  return network->steps[at > 0 ? network->steps[at].edge[0].from : 0].node;
}

/**
 * lathe_network_get_features:
 * @n_features: (out): of one sample
 *
 * Unlike what lathe_network_get_output() tells of an open network, these are there in any that answers, where nothing
 * is worked out behind the last weights.
 *
 * Returns: (transfer none) (nullable): what the last weights have read in the pass that was made last, batch ×
 * n_features; NULL: it is nowhere any more, or there only in 8 bits
 */
const LatheReal *
lathe_network_get_features (LatheNetwork *network, gsize *n_features)
{
  const LatheCompiled *last = &network->steps[network->output];

  *n_features = lathe_shape_size (&last->step.input[0]);
  return has_weight (&last->step) && last->bytes.kind == NULL ? last->step.x[0] : NULL;
}
