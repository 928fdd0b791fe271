/* lathe-network-fuse.c: which layers are run by the one in front of them, and which arrays are one.
 *
 * Every array that is not written is one that need not come back from memory. So
 *
 *   - a layer that takes numbers one by one follows the layer that makes them, where nobody else wants these: it works
 *     in place, in its leader's passes (see lathe-follow.c), and a ReLU behind a batch norm in the very loop of that;
 *   - a layer that makes an image smaller (max-pooling) follows in the same way, but writes an output of its own: the
 *     larger one is nowhere in memory;
 *   - a depthwise convolution that answers makes a large input itself, a band at a time, where a pointwise one would
 * have written it;
 *   - a view (flatten) is its input's memory under another shape;
 *   - the gradient of a sum is that of each term: where the sum follows the last of its two terms, the other one reads
 *     the sum's gradient where it lies;
 *   - where an output feeds several layers, the first of them writes its gradient into the output's own, and the others
 *     are added to it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-network-private.h"

static gboolean
has_activation (const LatheStep *step)
{
  int property = lathe_layer_kind_property (step->kind, "activation");

  return property >= 0 && !step->linear && lathe_step_value (step, property) != LATHE_ACTIVATION_NONE;
}

static gboolean
has_relu (const LatheStep *step)
{
  return has_activation (step) &&
         lathe_step_value (step, lathe_layer_kind_property (step->kind, "activation")) == LATHE_ACTIVATION_RELU;
}

/* Whether the way back allows for it: the layer in front does without its output, and this one without its input. A sum
 * stands right behind its leader, so that nobody turns the gradient that its terms share into something else. */
static gboolean
can_train (const LatheNetwork *network, guint i, guint from)
{
  const LatheCompiled *follower = &network->steps[i], *before = &network->steps[from];

  return follower->step.kind->backward_rows != NULL && !follower->step.kind->from_input && before->step.kind->leads &&
         !has_activation (&before->step) && (follower->step.n_inputs == 1 || before->leader == from) &&
         network->steps[before->leader].learns == follower->learns;
}

/* Everything else that the follower reads must be there when its leader runs. */
static gboolean
can_follow (const LatheNetwork *network, guint i, guint input)
{
  const LatheCompiled *follower = &network->steps[i];
  guint from = follower->edge[input].from, leader = network->steps[from].leader;

  if (follower->step.kind->forward_rows == NULL || follower->step.kind->piece != NULL ||
      network->steps[leader].step.piece > 0 || !network->steps[leader].step.kind->leads ||
      network->steps[from].n_consumers > 1 || follower->step.n_inputs > 2)
    return FALSE;
  for (guint j = 0; j < follower->step.n_inputs; j++)
    if (j != input && network->steps[follower->edge[j].from].leader >= leader)
      return FALSE;
  return !network->training || can_train (network, i, from);
}

/* The same for a layer that takes whole pieces: its leader's output is not kept at all, so that no other activation
 * than ReLU can come between, whose slope shows in what the follower keeps. */
static gboolean
can_follow_by_pieces (const LatheNetwork *network, guint i)
{
  const LatheCompiled *follower = &network->steps[i], *before = &network->steps[follower->edge[0].from];
  const LatheCompiled *leader = &network->steps[before->leader];

  if (follower->step.kind->piece == NULL || follower->step.kind->piece (&follower->step) == 0 ||
      leader->step.kind->leads_by_bands == NULL || !leader->step.kind->leads_by_bands (&leader->step) ||
      leader->step.piece > 0 || before->n_consumers > 1)
    return FALSE;
  return !network->training || (before == leader && leader->learns == follower->learns &&
                                (!has_activation (&leader->step) || has_relu (&leader->step)));
}

static void
follow_by_pieces (LatheNetwork *network, guint i)
{
  LatheCompiled *follower = &network->steps[i], *before = &network->steps[follower->edge[0].from];
  LatheCompiled *leader = &network->steps[before->leader];

  before->step.follower = &follower->step;
  leader->step.piece = follower->step.kind->piece (&follower->step);
  follower->step.follows = TRUE;
  follower->step.positive = has_relu (&leader->step);
  follower->leader = before->leader;
  follower->runs_with = (int) leader->node;
}

static void
follow (LatheNetwork *network, guint i, guint input)
{
  LatheCompiled *follower = &network->steps[i], *before = &network->steps[follower->edge[input].from];

  before->step.follower = &follower->step;
  if (before->step.kind->limits)
    before->step.limit = follower->step.kind->limit;
  follower->step.led = input;
  follower->leader = before->leader;
  follower->runs_with = (int) network->steps[before->leader].node;
  follower->shared = TRUE;
}

static void
find_followers (LatheNetwork *network)
{
  for (guint i = 1; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_inputs && network->steps[i].leader == i; j++)
      if (can_follow (network, i, j))
        follow (network, i, j);
      else if (can_follow_by_pieces (network, i))
        follow_by_pieces (network, i);
}

/* The other way round: a layer makes what it reads itself, and what followed its source is part of that. */
static void
pull (LatheNetwork *network, guint i, guint source)
{
  network->steps[i].step.source = &network->steps[source].step;
  network->steps[source].pulled = TRUE;
  for (guint j = source; j < i; j++)
    if (network->steps[j].leader == source)
      {
        network->steps[j].leader = i;
        network->steps[j].runs_with = (int) network->steps[i].node;
      }
}

static void
find_sources (LatheNetwork *network)
{
  for (guint i = 1; i < network->n_steps && !network->training; i++)
    {
      const LatheCompiled *compiled = &network->steps[i], *before = &network->steps[compiled->edge[0].from];
      const LatheCompiled *source = &network->steps[before->leader];

      if (compiled->leader == i && compiled->step.kind->pulls != NULL && before->n_consumers == 1 &&
          source->step.piece == 0 && source->leader == before->leader &&
          compiled->step.kind->pulls (&compiled->step, &source->step))
        pull (network, i, before->leader);
    }
}

static void
find_views (LatheNetwork *network)
{
  for (guint i = 1; i < network->n_steps; i++)
    network->steps[i].shared |=
        network->steps[i].step.kind->view && network->steps[network->steps[i].edge[0].from].n_consumers == 1;
}

/* --- Gradients --- */

static gboolean
is_term (const LatheCompiled *compiled, guint i, guint input)
{
  return compiled->leader != i && input != compiled->step.led;
}

/* Calls func for each layer, and input of it, that an output feeds. */
typedef void (*EdgeFunc) (LatheNetwork *network, guint i, guint input);

static void
for_each_consumer (LatheNetwork *network, guint from, EdgeFunc func)
{
  for (guint i = from + 1; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_inputs; j++)
      if (network->steps[i].edge[j].from == from)
        func (network, i, j);
}

static void
share_with_sum (LatheNetwork *network, guint i, guint input)
{
  LatheCompiled *compiled = &network->steps[i];

  if (is_term (compiled, i, input))
    network->steps[lathe_network_home (network, compiled->edge[input].from)].term_of = i;
}

/* The first one that does not have its gradient somewhere already. */
static void
choose_writer (LatheNetwork *network, guint i, guint input)
{
  LatheEdge *edge = &network->steps[i].edge[input];
  LatheCompiled *from = &network->steps[edge->from];

  if (is_term (&network->steps[i], i, input))
    edge->gradient = LATHE_GRADIENT_OF_OUTPUT;
  else
    edge->gradient = from->has_writer ? LATHE_GRADIENT_APART : LATHE_GRADIENT_OF_INPUT;
  from->has_writer |= edge->gradient == LATHE_GRADIENT_OF_INPUT;
}

/* Sums alone: the first of them writes after all. */
static void
make_writer (LatheNetwork *network, guint i, guint input)
{
  LatheEdge *edge = &network->steps[i].edge[input];
  LatheCompiled *from = &network->steps[edge->from];

  if (!from->has_writer)
    edge->gradient = LATHE_GRADIENT_OF_INPUT;
  from->has_writer = TRUE;
}

static void
share_gradients (LatheNetwork *network)
{
  for (guint i = 0; i < network->n_steps; i++)
    if (network->steps[i].learns && network->steps[i].n_consumers == 1)
      for_each_consumer (network, i, share_with_sum);
    else if (network->steps[i].learns)
      {
        for_each_consumer (network, i, choose_writer);
        for_each_consumer (network, i, make_writer);
      }
}

/**
 * lathe_network_home:
 *
 * Returns: the step whose memory the output of step i lies in: its own, or one's before it
 */
guint
lathe_network_home (const LatheNetwork *network, guint i)
{
  while (network->steps[i].shared)
    i = network->steps[i].edge[network->steps[i].step.led].from;
  return i;
}

/**
 * lathe_network_gradient_home:
 *
 * Returns: the same of the output's gradient
 */
guint
lathe_network_gradient_home (const LatheNetwork *network, guint i)
{
  i = lathe_network_home (network, i);
  while (network->steps[i].term_of > 0)
    i = lathe_network_home (network, network->steps[i].term_of);
  return i;
}

/**
 * lathe_network_fuse:
 * @plainly: each layer for itself, as far as layers go: what tests compare with
 *
 * Between finding the steps and laying out their memory.
 */
void
lathe_network_fuse (LatheNetwork *network, gboolean plainly)
{
  if (!plainly)
    {
      find_followers (network);
      find_sources (network);
    }
  find_views (network);
  share_gradients (network);
}
