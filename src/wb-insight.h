/* wb-insight.h: what a network that knows many images tells of a project's, once it is asked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_INSIGHT (wb_insight_get_type ())
G_DECLARE_FINAL_TYPE (WbInsight, wb_insight, WB, INSIGHT, GObject)

/* Signals: "changed": it is another one, or asking has begun or ended; "progress" (guint done, guint total);
 * "failed" (const char *message). */

WbInsight *wb_insight_new (WbProject *project);
WbProject *wb_insight_get_project (WbInsight *insight);

/* Who is asked; NULL: no such network is here, and the sentence says how one comes. (transfer none) */
const LatheStartingPoint *wb_insight_get_source (WbInsight *insight);
const char *wb_insight_get_absence (void);

/* Looks at every image, in the background. What it came to is kept until another source is opened. */
void wb_insight_ask (WbInsight *insight);
void wb_insight_cancel (WbInsight *insight);
gboolean wb_insight_get_asking (WbInsight *insight);
double wb_insight_get_seconds_left (WbInsight *insight, guint done, guint total); /* NAN: who knows */

LatheInsight *wb_insight_get (WbInsight *insight); /* (transfer none) (nullable) */

G_END_DECLS
