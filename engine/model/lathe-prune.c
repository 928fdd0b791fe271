/* lathe-prune.c: a trained network made smaller, by what its weights say is the least missed.
 *
 * Channels are taken out of every layer that they run through, with the weights that make them and those that read
 * them: the graph that is left is an ordinary one. What the weights of a removed channel gave to others is lost; a few
 * epochs of training bring most of it back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-prune.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-mending.h"
#include "lathe-prune-private.h"

const char *const lathe_prune_ways[] = {N_ ("channels"), N_ ("weights"), NULL};
const char *const lathe_prune_criteria[] = {N_ ("magnitude"), N_ ("scale"), NULL};
const char *const lathe_prune_costs[] = {N_ ("multiply-adds"), N_ ("parameters"), NULL};

G_STATIC_ASSERT (G_N_ELEMENTS (lathe_prune_ways) == LATHE_N_PRUNE_WAYS + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (lathe_prune_criteria) == LATHE_N_PRUNE_BY + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (lathe_prune_costs) == LATHE_N_PRUNE_OF + 1);

/* --- Channels --- */

/**
 * lathe_prune_list_kept:
 *
 * Returns: (transfer full) (element-type guint): those of the node's channels that do not go, in order
 */
GArray *
lathe_prune_list_kept (const LatheChannels *channels, guint node, const gboolean *gone)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint c = 0; c < lathe_channels_count (channels, node); c++)
    if (!gone[channels->set[node][c]])
      g_array_append_val (kept, c);
  return kept;
}

static guint
get_input (const LatheNode *node)
{
  return ((const LatheNode *) node->inputs->pdata[0])->index;
}

/**
 * lathe_prune_graph:
 *
 * Returns: (transfer full): the network without the channels that go
 */
LatheGraph *
lathe_prune_graph (const LatheGraph *graph, const LatheChannels *channels, const gboolean *gone)
{
  LatheGraph *pruned = lathe_graph_copy (graph);

  for (guint i = 0; i < lathe_graph_get_n_nodes (pruned); i++)
    {
      LatheNode *node = lathe_graph_get_node (pruned, i);
      g_autoptr (GArray) out = NULL, in = NULL;

      if (node->kind->channels != LATHE_CHANNELS_MADE)
        continue;
      out = lathe_prune_list_kept (channels, i, gone);
      in = lathe_prune_list_kept (channels, get_input (node), gone);
      lathe_node_set_number (node, lathe_node_width_property (node), out->len);
      if (lathe_node_get_groups (node) == lathe_channels_count (channels, get_input (node)))
        lathe_node_set_number (node, "groups", in->len);
    }
  return pruned;
}

/* Which numbers of each dimension stay; NULL: all do. */
typedef struct
{
  const guint *kept[LATHE_MAX_RANK];
} Cut;

/* Copies the block below the first `depth` dimensions. */
static float *
copy_kept (const LatheWeight *from, const LatheShape *to, const Cut *cut, guint depth, gsize at, float *data)
{
  if (depth == MIN (to->rank, LATHE_MAX_RANK))
    {
      *data = from->data[at];
      return data + 1;
    }
  for (guint i = 0; i < to->dim[depth]; i++)
    data = copy_kept (from, to, cut, depth + 1,
                      at * from->shape.dim[depth] + (cut->kept[depth] != NULL ? cut->kept[depth][i] : i), data);
  return data;
}

/* A tensor's last dimension counts channels that come out, unless they share one number; and of a layer that makes them
 * the one before counts those that go in, of one group: as many of each, so that those of the first say it for all. */
static void
cut_weight (const LatheNode *node, guint n_channels, const LatheWeight *from, LatheWeight *to, const GArray *in,
            const GArray *out)
{
  guint last = to->shape.rank - 1;
  Cut cut = {{NULL}};

  if (from->shape.dim[last] == n_channels)
    cut.kept[last] = (const guint *) out->data;
  if (node->kind->channels == LATHE_CHANNELS_MADE && last > 0 && to->shape.dim[last - 1] != from->shape.dim[last - 1])
    cut.kept[last - 1] = (const guint *) in->data;
  copy_kept (from, &to->shape, &cut, 0, 0, to->data);
}

/* Both list their tensors in the same order. */
static void
cut_weights (const LatheModel *model, LatheModel *pruned, const LatheChannels *channels, const gboolean *gone)
{
  guint at = 0;

  for (guint i = 0; i < channels->report->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (model->graph, channels->report->order[i]);
      g_autoptr (GArray) out = lathe_prune_list_kept (channels, node->index, gone), in = NULL;
      LatheParameter parameters[LATHE_MAX_PARAMETERS];
      guint n = 0;

      if (node->kind->parameters != NULL)
        n = node->kind->parameters (&node->properties, &channels->report->nodes[node->index].input, parameters);
      if (n > 0)
        in = lathe_prune_list_kept (channels, get_input (node), gone);
      for (guint j = 0; j < n; j++, at++)
        cut_weight (node, lathe_channels_count (channels, node->index),
                    &g_array_index (model->weights, LatheWeight, at), &g_array_index (pruned->weights, LatheWeight, at),
                    in, out);
    }
}

static LatheModel *
prune_channels (const LatheModel *model, const LathePruning *pruning, GError **error)
{
  g_autoptr (LatheChannels) channels = lathe_channels_find (model->graph, error);
  g_autofree gboolean *gone = channels != NULL ? lathe_prune_choose (model, channels, pruning, error) : NULL;
  g_autoptr (LatheGraph) graph = NULL;
  LatheModel *pruned;

  if (gone == NULL)
    return NULL;
  graph = lathe_prune_graph (model->graph, channels, gone);
  pruned = lathe_model_new (graph, (const char *const *) model->labels, &model->preprocess, error);
  if (pruned != NULL)
    cut_weights (model, pruned, channels, gone);
  return pruned;
}

/* --- Weights --- */

/**
 * lathe_parameter_may_be_zero:
 *
 * Returns: whether single numbers of a tensor of this shape may be pruned: those that connect one number with another;
 * what is one number a channel stays
 */
gboolean
lathe_parameter_may_be_zero (const LatheShape *shape)
{
  return shape->rank > 1;
}

/* The magnitude as a number that orders as it does. */
static guint32
read_magnitude (float weight)
{
  guint32 bits;

  memcpy (&bits, &weight, sizeof bits);
  return bits & 0x7fffffff;
}

/* Of the magnitudes whose upper half is `upper`, or of all upper halves when it is negative, counts the halves. */
static void
count_halves (const LatheModel *model, gint64 upper, guint64 counts[65536])
{
  memset (counts, 0, 65536 * sizeof *counts);
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);

      for (gsize k = 0; lathe_parameter_may_be_zero (&weight->shape) && k < lathe_shape_size (&weight->shape); k++)
        {
          guint32 magnitude = read_magnitude (weight->data[k]);

          if (upper < 0)
            counts[magnitude >> 16]++;
          else if (magnitude >> 16 == upper)
            counts[magnitude & 0xffff]++;
        }
    }
}

/* Which half holds the n-th from 0, and how many of that half come before it. */
static guint32
find_half (const guint64 counts[65536], guint64 *n)
{
  guint32 half = 0;

  while (half < 65535 && *n >= counts[half])
    *n -= counts[half++];
  return half;
}

/* The smallest go, of the whole network; of equal ones the first. */
static LatheModel *
prune_weights (const LatheModel *model, const LathePruning *pruning, GError **error)
{
  g_autofree guint64 *counts = g_new (guint64, 65536);
  LatheModel *pruned = lathe_model_at_temperature (model, model->temperature, error);
  guint64 n = 0, equal;
  guint32 limit;

  if (pruned == NULL)
    return NULL;
  count_halves (model, -1, counts);
  for (guint i = 0; i < 65536; i++)
    n += counts[i];
  equal = (guint64) ((double) n * pruning->share + 0.5);
  limit = find_half (counts, &equal) << 16;
  count_halves (model, limit >> 16, counts);
  limit |= find_half (counts, &equal);
  for (guint i = 0; i < pruned->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (pruned->weights, LatheWeight, i);

      for (gsize k = 0; lathe_parameter_may_be_zero (&weight->shape) && k < lathe_shape_size (&weight->shape); k++)
        {
          guint32 magnitude = read_magnitude (weight->data[k]);

          if (magnitude < limit || (magnitude == limit && equal > 0 && equal-- > 0))
            weight->data[k] = 0;
        }
    }
  return pruned;
}

/**
 * lathe_prune:
 *
 * The scores of what comes of it are not known, and the model says so. The same model gives the same bits.
 * Errors: LATHE_ERROR_INVALID when the share is none, or not as much can go; LATHE_ERROR_MEMORY.
 *
 * Returns: (transfer full): the smaller model
 */
LatheModel *
lathe_prune (const LatheModel *model, const LathePruning *pruning, GError **error)
{
  LatheModel *pruned;

  if (!(pruning->share > 0 && pruning->share < 1))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                   _ ("A share between 0 and 1 can be pruned, such as 0.5, not %g"), pruning->share);
      return NULL;
    }
  pruned = pruning->way == LATHE_PRUNE_WEIGHTS ? prune_weights (model, pruning, error)
                                               : prune_channels (model, pruning, error);
  if (pruned != NULL)
    {
      pruned->temperature = model->temperature;
      pruned->scores = (LatheScores){0, NAN, NAN, NAN, NAN};
    }
  return pruned;
}

void
lathe_model_get_cost (const LatheModel *model, LatheModelCost *cost)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (model->graph);

  *cost = (LatheModelCost){.parameters = report->parameters, .multiply_adds = report->multiply_adds};
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);

      for (gsize k = 0; lathe_parameter_may_be_zero (&weight->shape) && k < lathe_shape_size (&weight->shape); k++)
        cost->zeros += weight->data[k] == 0;
    }
}
