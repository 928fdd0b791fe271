/* wb-run-jobs.h: what takes its time with runs: verifying one, and writing some to a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-runs.h"

G_BEGIN_DECLS

/* Is seen while something goes on, with its progress and a way to end it. */
#define WB_TYPE_RUN_JOBS (wb_run_jobs_get_type ())
G_DECLARE_FINAL_TYPE (WbRunJobs, wb_run_jobs, WB, RUN_JOBS, AdwBin)

/* Signal: "said" (const char *message): what came of it, a sentence. */

GtkWidget *wb_run_jobs_new (void);
/* One at a time; `title` is the run's. */
void wb_run_jobs_verify (WbRunJobs *jobs, const char *list, gint64 id, const char *title);
/* `ids` (element-type gint64): in this order. As JSON where the name ends so, and else as a table. */
void wb_run_jobs_export (WbRunJobs *jobs, const char *list, GArray *ids, const char *path);

G_END_DECLS
