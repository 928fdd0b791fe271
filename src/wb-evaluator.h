/* wb-evaluator.h: evaluates in the background, one question at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "wb-assessment.h"

G_BEGIN_DECLS

#define WB_TYPE_EVALUATOR (wb_evaluator_get_type ())
G_DECLARE_FINAL_TYPE (WbEvaluator, wb_evaluator, WB, EVALUATOR, GObject)

/* Signals: "changed": it began, got on or ended; "assessed" (WbAssessment *): the answer, to be kept by reference;
 * "intervals" (WbAssessment *): its sheet has all intervals now; "long" (double seconds): it stopped, as it would take
 * so long and was not asked to; "failed" (const char *message). */

WbEvaluator *wb_evaluator_new (void);
/* What was asked before is let go. @patient: it may take as long as it takes. */
void wb_evaluator_ask (WbEvaluator *evaluator, const WbQuestion *question, gboolean patient);
/* The same of what is asked by whatever changed: not where it is busy with this question, or with none, and that is
 * `answered`. An answer to another one, which is on its way, would be taken for the answer to this. */
void wb_evaluator_follow (WbEvaluator *evaluator, const WbQuestion *question, gboolean answered);
void wb_evaluator_stop (WbEvaluator *evaluator);
gboolean wb_evaluator_get_busy (WbEvaluator *evaluator); /* until it is assessed */
double wb_evaluator_get_fraction (WbEvaluator *evaluator);
char *wb_evaluator_get_left (WbEvaluator *evaluator); /* (transfer full) "34 s left"; "" while that is not known */

G_END_DECLS
