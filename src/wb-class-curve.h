/* wb-class-curve.h: a ROC or precision–recall curve, of one class or of all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-assessment.h"
#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_CLASS_CURVE (wb_class_curve_get_type ())
G_DECLARE_FINAL_TYPE (WbClassCurve, wb_class_curve, WB, CLASS_CURVE, WbFigure)

/* Signals: "picked" (double threshold): a point of the class's curve was chosen; "class-picked" (guint label): a
 * class's line among all. */

GtkWidget *wb_class_curve_new (WbCurveKind kind);
void wb_class_curve_set_assessment (WbClassCurve *curve, WbAssessment *assessment); /* keeps a reference */
/* @thresholds: (nullable) (element-type LatheThreshold): of the class; NULL: all classes are shown, and their mean */
void wb_class_curve_set_class (WbClassCurve *curve, guint label, GArray *thresholds);
/* What is marked on the class's curve: the threshold that is set, and the cheapest. (nullable) */
void wb_class_curve_mark (WbClassCurve *curve, const LatheThreshold *set, const LatheThreshold *cheapest);
void wb_class_curve_update (WbClassCurve *curve); /* the assessment has its intervals now */

G_END_DECLS
