/* wb-curve-view.h: a curve with the threshold that can be moved along it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-class-curve.h"
#include "wb-outcomes.h"
#include "wb-threshold.h"

G_BEGIN_DECLS

#define WB_TYPE_CURVE_VIEW (wb_curve_view_get_type ())
G_DECLARE_FINAL_TYPE (WbCurveView, wb_curve_view, WB, CURVE_VIEW, AdwBin)

/* Signals: "wanted" (guint WbOutcomesKind): the images that the threshold judges so; "failed" (const char *message). */

/* @threshold: may be shared with other views, which then show the same class and threshold */
GtkWidget *wb_curve_view_new (WbCurveKind kind, WbThreshold *threshold);
void wb_curve_view_update (WbCurveView *view); /* the assessment has its intervals now */

G_END_DECLS
