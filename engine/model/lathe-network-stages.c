/* lathe-network-stages.c: how far below its end each weight of a network lies, for rates that fall on the way down.
 *
 *   input ──► 112×112 ──► 56×56 ──► 28×28 ──► 14×14 ──► 7×7 ──► pool ──► dense
 *                5          4         3         2        1                 0
 *
 * A stage is all layers that make images of one size, as the stages of a ResNet or the blocks of a VGG are counted, or
 * a dense layer by itself. So a network has as many as its images are made smaller, and not one for each of its fifty
 * layers, by which a rate would come to nothing. Where ways part, the shorter one counts; a dense layer beside images,
 * as of squeeze and excitation, belongs to their stage, and a norm, or what an activation learns, to the layer that
 * it follows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-network-private.h"

/* The last stage on the way from the end of the network to a layer. */
typedef struct
{
  guint stage;
  gsize area; /* pixels of its images; 0: it is dense; NOWHERE: there was none yet */
} Way;

#define NOWHERE G_MAXSIZE
#define UNSEEN ((Way){G_MAXUINT, NOWHERE}) /* nobody has come by */

static gsize
area_of (const LatheShape *shape)
{
  gsize area = 1;

  for (guint i = 0; i + 1 < shape->rank; i++)
    area *= shape->dim[i];
  return shape->rank > 1 ? area : 0;
}

/* Whether the layer is what a stage is made of. */
static gboolean
counts (const LatheStep *step)
{
  return step->n_parameters > 0 && step->kind->norm == NULL && step->kind->group != LATHE_LAYER_GROUP_ACTIVATION;
}

static Way
go_down (Way above, gsize area)
{
  if (above.area == NOWHERE)
    return (Way){0, area};
  if (area == above.area && area != 0)
    return above;
  if (area == 0 && above.area != 0)
    return above;
  return (Way){above.stage + 1, area};
}

static gboolean
is_shorter (Way way, Way other)
{
  return way.stage != other.stage ? way.stage < other.stage : way.area < other.area;
}

/* (transfer full): n_steps stages */
static guint *
find_stages (const LatheNetwork *network)
{
  guint *stages = g_new (guint, network->n_steps);
  g_autofree Way *ways = g_new (Way, network->n_steps);

  for (guint i = 0; i < network->n_steps; i++)
    ways[i] = UNSEEN;
  ways[network->output] = (Way){0, NOWHERE};
  for (guint i = network->n_steps; i-- > 0;)
    {
      const LatheStep *step = &network->steps[i].step;

      if (counts (step))
        ways[i] = go_down (ways[i], area_of (&step->output));
      stages[i] = ways[i].stage;
      for (guint j = 0; j < step->n_inputs; j++)
        {
          Way *below = &ways[network->steps[i].edge[j].from];

          if (is_shorter (ways[i], *below))
            *below = ways[i];
        }
    }
  return stages;
}

/* They learn as the layer with weights does that is the next in front of them. */
static void
settle_followers (const LatheNetwork *network, guint *stages)
{
  for (guint i = 0; i < network->n_steps; i++)
    {
      guint before = i;

      if (network->steps[i].step.n_parameters == 0 || counts (&network->steps[i].step))
        continue;
      while (network->steps[before].step.n_inputs > 0 && (before == i || !counts (&network->steps[before].step)))
        before = network->steps[before].edge[0].from;
      if (counts (&network->steps[before].step))
        stages[i] = stages[before];
    }
}

/**
 * lathe_network_list_ranges:
 *
 * Returns: (transfer full) (element-type LatheWeightRange): where in lathe_network_get_weights() the tensors lie that
 * are trained, in order
 */
GArray *
lathe_network_list_ranges (LatheNetwork *network)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (LatheWeightRange));
  g_autofree guint *stages = find_stages (network);

  settle_followers (network, stages);
  for (guint i = 0; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_parameters; j++)
      {
        const LatheParameter *parameter = &network->steps[i].step.parameter[j];
        LatheWeightRange range = {
            .first = network->steps[i].w_at[j] / sizeof (LatheReal),
            .n = lathe_shape_size (&parameter->shape),
            .stage = stages[i],
            .shift = parameter->shift,
        };

        if (lathe_parameter_is_trained (parameter))
          g_array_append_val (ranges, range);
      }
  return ranges;
}
