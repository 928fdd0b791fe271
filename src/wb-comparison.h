/* wb-comparison.h: a second model on the same images, and whether it is better.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-assessment.h"
#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_COMPARISON (wb_comparison_get_type ())
G_DECLARE_FINAL_TYPE (WbComparison, wb_comparison, WB, COMPARISON, AdwBin)

/* Signals: "wanted" (GArray(guint32) *images, const char *title): images of the dataset are to be shown; "compared":
 * another one was compared, or none any more; "failed" (const char *message). */

GtkWidget *wb_comparison_new (void);
void wb_comparison_set_project (WbComparison *comparison, WbProject *project);
/* (nullable): the first model's; what was chosen as the second is asked again where the images are others */
void wb_comparison_set (WbComparison *comparison, WbAssessment *assessment);
WbAssessment *wb_comparison_get_other (WbComparison *comparison); /* (transfer none) (nullable) */
void wb_comparison_reset (WbComparison *comparison);              /* to no second model */

G_END_DECLS
