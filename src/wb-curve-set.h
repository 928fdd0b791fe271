/* wb-curve-set.h: the ROC and precision–recall curves of an evaluation: one of each class, and their mean.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

typedef enum
{
  WB_CURVE_ROC,              /* x: false positive rate, y: recall */
  WB_CURVE_PRECISION_RECALL, /* x: recall, y: precision */
  WB_N_CURVES
} WbCurveKind;

/* Immutable. A class without images, or without any of others, has NULL for its curve. */
typedef struct
{
  guint n_classes;
  GPtrArray *classes[WB_N_CURVES]; /* (element-type GArray(LatheCurvePoint)): with as many points as can be seen */
  GArray *mean[WB_N_CURVES];       /* (element-type LatheCurvePoint): without thresholds */
  double *shares;                  /* n_classes: of the images, how many are of the class */
} WbCurveSet;

WbCurveSet *wb_curve_set_new (const LatheEvaluation *evaluation); /* (on any thread) */
void wb_curve_set_free (WbCurveSet *set);

/* All points of one class's curve. (on any thread) (transfer full) (element-type LatheCurvePoint) */
GArray *wb_curve_new (const GArray *thresholds, WbCurveKind kind);

G_END_DECLS
