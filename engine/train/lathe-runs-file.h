/* lathe-runs-file.h: what is known of runs, for other programs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-runs.h"

G_BEGIN_DECLS

void lathe_run_append_json (GString *json, const LatheRun *run);
gboolean lathe_runs_save (const GPtrArray *list, const char *path, gboolean as_json, GError **error);

G_END_DECLS
