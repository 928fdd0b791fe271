/* wb-statistics.h: a project's images in charts and numbers: sizes, brightness, sharpness, colours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-survey.h"

G_BEGIN_DECLS

#define WB_TYPE_STATISTICS (wb_statistics_get_type ())
G_DECLARE_FINAL_TYPE (WbStatistics, wb_statistics, WB, STATISTICS, AdwBin)

void wb_statistics_set_survey (WbStatistics *statistics, WbSurvey *survey); /* once */

G_END_DECLS
