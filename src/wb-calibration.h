/* wb-calibration.h: whether a model is as sure as it is right, and what mends it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-assessment.h"

G_BEGIN_DECLS

#define WB_TYPE_CALIBRATION (wb_calibration_get_type ())
G_DECLARE_FINAL_TYPE (WbCalibration, wb_calibration, WB, CALIBRATION, AdwBin)

/* Signals: "picked" (guint bin): the images of a bar are wanted; "mend" (double temperature): the model is to have
 * this temperature, 1 for none; "failed" (const char *message). */

GtkWidget *wb_calibration_new (void);
/* @can_mend: the model is the project's own */
void wb_calibration_set (WbCalibration *calibration, WbAssessment *assessment, gboolean can_mend);
void wb_calibration_update (WbCalibration *calibration, WbAssessment *assessment); /* it has its intervals now */

G_END_DECLS
