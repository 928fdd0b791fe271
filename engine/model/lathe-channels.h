/* lathe-channels.h: which channels of a network can only be taken out of it together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"

G_BEGIN_DECLS

/* Sets of channels that go together, numbered from 0. A channel is a place in the last dimension of an output. */
typedef struct
{
  LatheGraphReport *report;
  guint **set;     /* by node of the graph: the set of each of its channels */
  guint n_sets;    /* numbers that are used are below it */
  gboolean *fixed; /* by set: it has to stay */
} LatheChannels;

LatheChannels *lathe_channels_find (const LatheGraph *graph, GError **error);
void lathe_channels_free (LatheChannels *channels);
guint lathe_channels_count (const LatheChannels *channels, guint node);
guint lathe_node_get_groups (const LatheNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheChannels, lathe_channels_free)

G_END_DECLS
