/* wb-study.h: many trainings that belong together, one after another on a thread. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-thread.h"

G_BEGIN_DECLS

#define WB_TYPE_STUDY (wb_study_get_type ())
G_DECLARE_DERIVABLE_TYPE (WbStudy, wb_study, WB, STUDY, GObject)

/* Signals: "changed" (there is a new report, or none any more), "failed" (const char *message). Property: "active"
 * (gboolean, read-only: it goes on). */

struct _WbStudyClass
{
  GObjectClass parent_class;
  GBoxedCopyFunc ref; /* of its reports */
  GDestroyNotify unref;
};

/* For what derives from it. What was found earlier is forgotten. (transfer full) (nullable): where its reports are to
 * go; NULL: it goes on already. */
WbReportRelay *wb_study_begin (WbStudy *study);
/* Once it has begun: does `work`, whose result is the last report, in the background. */
void wb_study_run (WbStudy *study, WbWork work, gpointer data, GDestroyNotify free_data);

void wb_study_stop (WbStudy *study); /* what there is by then stays */
/* Stops, and forgets what was found. */
void wb_study_forget (WbStudy *study);
gboolean wb_study_get_active (WbStudy *study);
gpointer wb_study_get_report (WbStudy *study); /* (transfer none) (nullable) the newest */

G_END_DECLS
