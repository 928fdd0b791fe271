/* wb-findings.h: a letter about what is wrong with a project's images, with the cure of each kind beside it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-survey.h"

G_BEGIN_DECLS

#define WB_TYPE_FINDINGS (wb_findings_get_type ())
G_DECLARE_FINAL_TYPE (WbFindings, wb_findings, WB, FINDINGS, AdwBin)

void wb_findings_set_survey (WbFindings *findings, WbSurvey *survey); /* once */

G_END_DECLS
