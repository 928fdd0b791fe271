/* wb-curves.h: how a training goes, and how others went, in one chart.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-chart.h"
#include "wb-run.h"
#include "wb-runs.h"

G_BEGIN_DECLS

typedef enum
{
  WB_CURVES_LOSS,
  WB_CURVES_ACCURACY,
  WB_CURVES_MACRO_F1,
  WB_CURVES_RATE,
  WB_CURVES_NORM,
  WB_N_CURVES
} WbCurves;

/* What the horizontal axis counts. */
typedef enum
{
  WB_AXIS_EPOCH,
  WB_AXIS_STEP,
  WB_AXIS_SECOND,
  WB_N_AXES
} WbCurvesAxis;

/* The training that goes on, or that was the last, and the validation of the listed runs that are to be shown. */
void wb_curves_show (WbChart *chart, WbCurves what, WbCurvesAxis axis, WbRun *run, WbRuns *runs);

G_END_DECLS
