/* wb-evaluate-subject.h: which model is evaluated, on which images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-assessment.h"
#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_EVALUATE_SUBJECT (wb_evaluate_subject_get_type ())
G_DECLARE_FINAL_TYPE (WbEvaluateSubject, wb_evaluate_subject, WB, EVALUATE_SUBJECT, AdwBin)

/* Signals: "changed": something else is to be evaluated; "failed" (const char *message). */

void wb_evaluate_subject_set_project (WbEvaluateSubject *subject, WbProject *project);
/* (transfer full) (nullable): NULL where there is no model, or there are no images */
WbQuestion *wb_evaluate_subject_ask (WbEvaluateSubject *subject);
LatheModel *wb_evaluate_subject_get_model (WbEvaluateSubject *subject);   /* (transfer none) (nullable) */
gboolean wb_evaluate_subject_has_own_model (WbEvaluateSubject *subject);  /* the project's */
gboolean wb_evaluate_subject_has_own_images (WbEvaluateSubject *subject); /* the project's */
void wb_evaluate_subject_choose_folder (WbEvaluateSubject *subject);      /* asks for one */

G_END_DECLS
