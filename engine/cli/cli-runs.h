/* cli-runs.h: what the files of "lathe-cli runs" share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli.h"

G_BEGIN_DECLS

/* cli-runs-show.c */
gboolean cli_runs_show (LatheRuns *runs, const LatheRun *run, gboolean json, GError **error);

G_END_DECLS
