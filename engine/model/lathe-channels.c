/* lathe-channels.c: which channels of a network can only be taken out of it together.
 *
 * A channel that one layer makes is read by others. Where branches are added up, channels of the same place are one and
 * the same to whoever reads the sum: a residual network has one set of channels for all blocks of a stage. The layers
 * are walked once in order, each channel of an output being a new one, or that of an input, by the rule of its kind;
 * where several meet their sets are joined (union-find, Tarjan 1975).
 *
 * A convolution in groups has to keep as many channels in each. Where a group is one channel, as in a depthwise
 * convolution, whole groups go, with the channel that they read. Else the channels of the same place in every group are
 * one set, in front of the layer and behind it.
 *
 * What is pictured and what is answered stays: the channels of the input and of the output are fixed, and so are those
 * in front of a layer that makes one number of several channels, such as a norm over all of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-channels.h"

#include "lathe-mending.h"

/* While they are found: the sets are trees, and `set` holds any member of them. */
typedef struct
{
  LatheChannels *channels;
  GArray *parent; /* (element-type guint): of each channel that was ever new, its way to its set's first */
  GArray *fixed;  /* (element-type gboolean): by a set's first */
} Search;

static guint
find (Search *search, guint channel)
{
  guint *parent = (guint *) search->parent->data;

  while (parent[channel] != channel)
    channel = parent[channel] = parent[parent[channel]];
  return channel;
}

static void
join (Search *search, guint a, guint b)
{
  guint first = find (search, a), other = find (search, b);
  gboolean *fixed = (gboolean *) search->fixed->data;

  g_array_index (search->parent, guint, other) = first;
  fixed[first] |= fixed[other];
}

static guint
add_channel (Search *search, gboolean fixed)
{
  guint channel = search->parent->len;

  g_array_append_val (search->parent, channel);
  g_array_append_val (search->fixed, fixed);
  return channel;
}

static void
fix_all (Search *search, guint node)
{
  for (guint i = 0; i < lathe_channels_count (search->channels, node); i++)
    g_array_index (search->fixed, gboolean, find (search, search->channels->set[node][i])) = TRUE;
}

static guint
count_channels (const LatheShape *shape)
{
  return shape->dim[shape->rank - 1];
}

guint
lathe_channels_count (const LatheChannels *channels, guint node)
{
  return count_channels (&channels->report->nodes[node].output);
}

/**
 * lathe_node_get_groups:
 *
 * Returns: into how many groups the node's channels are cut; 1 where there are none
 */
guint
lathe_node_get_groups (const LatheNode *node)
{
  return (guint) MAX (1, lathe_node_get (node, "groups"));
}

static guint
get_input (const LatheNode *node, guint i)
{
  return ((const LatheNode *) node->inputs->pdata[i])->index;
}

/* --- What each kind of layer does with them --- */

static void
keep (Search *search, const LatheNode *node)
{
  LatheChannels *channels = search->channels;

  for (guint i = 0; i < node->inputs->len; i++)
    {
      guint from = get_input (node, i), n = lathe_channels_count (channels, from);

      for (guint c = 0; c < lathe_channels_count (channels, node->index); c++)
        if (i == 0)
          channels->set[node->index][c] = channels->set[from][c % n];
        else
          join (search, channels->set[node->index][c], channels->set[from][c % n]);
    }
}

static void
put_behind (Search *search, const LatheNode *node)
{
  guint *set = search->channels->set[node->index];

  for (guint i = 0; i < node->inputs->len; i++)
    {
      guint from = get_input (node, i);

      for (guint c = 0; c < lathe_channels_count (search->channels, from); c++)
        *set++ = search->channels->set[from][c];
    }
}

static void
make (Search *search, const LatheNode *node)
{
  LatheChannels *channels = search->channels;
  guint from = get_input (node, 0), groups = lathe_node_get_groups (node);
  guint in = lathe_channels_count (channels, from) / groups;
  guint out = lathe_channels_count (channels, node->index) / groups;
  guint *set = channels->set[node->index];

  if (groups > 1 && in == 1)
    for (guint c = 0; c < groups * out; c++)
      set[c] = channels->set[from][c / out];
  else
    {
      for (guint c = in; c < groups * in; c++)
        join (search, channels->set[from][c % in], channels->set[from][c]);
      for (guint c = 0; c < groups * out; c++)
        set[c] = c < out ? add_channel (search, FALSE) : set[c % out];
    }
  if (lathe_node_has_choice (node, "activation", "softmax"))
    fix_all (search, node->index);
}

static void
mix (Search *search, const LatheNode *node)
{
  for (guint i = 0; i < node->inputs->len; i++)
    fix_all (search, get_input (node, i));
  for (guint c = 0; c < lathe_channels_count (search->channels, node->index); c++)
    search->channels->set[node->index][c] = add_channel (search, TRUE);
}

static void
place (Search *search, const LatheNode *node)
{
  search->channels->set[node->index] = g_new (guint, lathe_channels_count (search->channels, node->index));
  switch (node->kind->channels)
    {
    case LATHE_CHANNELS_MADE:
      make (search, node);
      break;
    case LATHE_CHANNELS_KEPT:
      keep (search, node);
      break;
    case LATHE_CHANNELS_BEHIND:
      put_behind (search, node);
      break;
    case LATHE_CHANNELS_MIXED:
      mix (search, node);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* Sets get their numbers in the order in which their first members were made. */
static void
number_sets (Search *search)
{
  LatheChannels *channels = search->channels;
  g_autofree guint *number = g_new (guint, search->parent->len);

  channels->fixed = g_new0 (gboolean, search->parent->len);
  for (guint i = 0; i < search->parent->len; i++)
    if (find (search, i) == i)
      {
        channels->fixed[channels->n_sets] = g_array_index (search->fixed, gboolean, i);
        number[i] = channels->n_sets++;
      }
  for (guint i = 0; i < channels->report->n_nodes; i++)
    for (guint c = 0; c < lathe_channels_count (channels, i); c++)
      channels->set[i][c] = number[find (search, channels->set[i][c])];
}

/**
 * lathe_channels_find:
 *
 * Errors: the graph's own when it does not work.
 */
LatheChannels *
lathe_channels_find (const LatheGraph *graph, GError **error)
{
  g_autoptr (LatheChannels) channels = g_new0 (LatheChannels, 1);
  Search search = {channels};

  channels->report = lathe_graph_check (graph);
  if (!lathe_graph_report_propagate (channels->report, graph, error))
    return NULL;
  channels->set = g_new0 (guint *, channels->report->n_nodes);
  search.parent = g_array_new (FALSE, FALSE, sizeof (guint));
  search.fixed = g_array_new (FALSE, FALSE, sizeof (gboolean));
  for (guint i = 0; i < channels->report->n_nodes; i++)
    place (&search, lathe_graph_get_node (graph, channels->report->order[i]));
  fix_all (&search, (guint) channels->report->output);
  number_sets (&search);
  g_array_unref (search.parent);
  g_array_unref (search.fixed);
  return g_steal_pointer (&channels);
}

void
lathe_channels_free (LatheChannels *channels)
{
  for (guint i = 0; i < channels->report->n_nodes && channels->set != NULL; i++)
    g_free (channels->set[i]);
  g_free (channels->set);
  g_free (channels->fixed);
  lathe_graph_report_free (channels->report);
  g_free (channels);
}
