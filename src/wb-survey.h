/* wb-survey.h: what is known of a project's images, and what is wrong with them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-insight.h"

G_BEGIN_DECLS

/* What is known at one moment; it stays as it is. */
typedef struct
{
  LatheDataset *dataset;
  LatheSurvey *survey; /* of its images */
  gboolean looked;     /* FALSE: nobody has looked yet, and this is what the files alone tell */
  guint n_unlooked;    /* images that came after the look */
  gboolean asked;      /* a network that knows many images has told what it sees */
  GPtrArray *findings; /* (element-type LatheFinding) */
  guint64 *keys;       /* of each finding: equal when it is the same one */
  gboolean *kept;      /* of each finding: whether the user wants it to be left in peace */
  guint n_kept;
} WbVerdict;

WbVerdict *wb_verdict_ref (WbVerdict *verdict);
void wb_verdict_unref (WbVerdict *verdict);

#define WB_TYPE_SURVEY (wb_survey_get_type ())
G_DECLARE_FINAL_TYPE (WbSurvey, wb_survey, WB, SURVEY, GObject)

/* Signals: "changed": another verdict, or a look has begun or ended; "progress" (guint done, guint total). */

WbSurvey *wb_survey_new (WbProject *project, WbInsight *insight);
WbProject *wb_survey_get_project (WbSurvey *survey);
WbInsight *wb_survey_get_insight (WbSurvey *survey); /* whose findings are among those of the verdict */
WbVerdict *wb_survey_get_verdict (WbSurvey *survey); /* (transfer none) (nullable) */

/* A look decodes every image, in the background. What it found is kept until another source is opened. */
void wb_survey_look (WbSurvey *survey);
void wb_survey_cancel (WbSurvey *survey);
gboolean wb_survey_get_looking (WbSurvey *survey);
double wb_survey_get_seconds_left (WbSurvey *survey, guint done, guint total); /* NAN: who knows */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbVerdict, wb_verdict_unref)

G_END_DECLS
