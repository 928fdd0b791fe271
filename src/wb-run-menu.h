/* wb-run-menu.h: what can be done with a run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-runs.h"

G_BEGIN_DECLS

/* (transfer full): actions of the table of runs, with the run's number */
GMenuModel *wb_run_menu_new (WbRuns *runs, const LatheRun *run);

G_END_DECLS
