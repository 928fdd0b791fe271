/* lathe-prune-private.h: what the files of pruning share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-channels.h"
#include "lathe-prune.h"

G_BEGIN_DECLS

gboolean *lathe_prune_choose (const LatheModel *model, const LatheChannels *channels, const LathePruning *pruning,
                              GError **error);
LatheGraph *lathe_prune_graph (const LatheGraph *graph, const LatheChannels *channels, const gboolean *gone);
GArray *lathe_prune_list_kept (const LatheChannels *channels, guint node, const gboolean *gone);

G_END_DECLS
