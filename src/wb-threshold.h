/* wb-threshold.h: from which probability on a class is said, and what that costs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "wb-assessment.h"

G_BEGIN_DECLS

#define WB_TYPE_THRESHOLD (wb_threshold_get_type ())
G_DECLARE_FINAL_TYPE (WbThreshold, wb_threshold, WB, THRESHOLD, GObject)

/* Signals: "class-changed": another class, or another assessment; "changed": another threshold or other costs, and
 * after "class-changed" as well. */

WbThreshold *wb_threshold_new (void);
void wb_threshold_set_assessment (WbThreshold *threshold, WbAssessment *assessment); /* (nullable) keeps a reference */
WbAssessment *wb_threshold_get_assessment (WbThreshold *threshold);                  /* (transfer none) (nullable) */
/* -1: all classes. What there is to know of one is worked out in the background. */
void wb_threshold_set_class (WbThreshold *threshold, int label);
int wb_threshold_get_class (WbThreshold *threshold);
GArray *wb_threshold_get_all (WbThreshold *threshold); /* (transfer none) (nullable) (element-type LatheThreshold) */
void wb_threshold_set_value (WbThreshold *threshold, double value);
double wb_threshold_get_value (WbThreshold *threshold);
void wb_threshold_set_costs (WbThreshold *threshold, double false_positive, double false_negative);
void wb_threshold_get_costs (WbThreshold *threshold, double *false_positive, double *false_negative);
/* What comes of the threshold that is set, and of the one that costs the least; NULL where all classes are shown. */
const LatheThreshold *wb_threshold_get_set (WbThreshold *threshold);
const LatheThreshold *wb_threshold_get_cheapest (WbThreshold *threshold);

G_END_DECLS
