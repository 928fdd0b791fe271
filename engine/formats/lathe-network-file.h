/* lathe-network-file.h: a network out of a file of its own, and into one: see docs/network.md.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/lathe-graph.h"

G_BEGIN_DECLS

gboolean lathe_network_file_is_text (const char *path);
LatheGraph *lathe_network_file_load (const char *path, GPtrArray **account, GError **error);
gboolean lathe_network_save (const LatheGraph *graph, const char *path, GError **error);

G_END_DECLS
