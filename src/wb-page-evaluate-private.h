/* wb-page-evaluate-private.h: what the files of the page share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-evaluate-subject.h"
#include "wb-evaluator.h"
#include "wb-outcomes.h"
#include "wb-page-evaluate.h"
#include "wb-threshold.h"

G_BEGIN_DECLS

struct _WbPageEvaluate
{
  WbPage parent_instance;
  GtkWidget *subject, *progress, *time_left, *cancel, *again;
  GtkWidget *stack, *failure, *waiting;
  GtkWidget *unknown, *folds, *scores, *suspects_button, *table;
  GtkWidget *middle, *views, *matrix, *sentence, *shares, *curves[WB_N_CURVES], *calibration, *map, *comparison;
  GtkWidget *images, *outcomes, *suspects;

  WbEvaluator *evaluator;
  WbThreshold *threshold;
  WbAssessment *shown;   /* NULL before the first */
  WbOutcomesQuery query; /* whose images are shown */
  char *done;            /* what was decided about an image, until it is so; or NULL */
};

/* wb-page-evaluate-views.c: what is shown */
void wb_page_evaluate_make_views (WbPageEvaluate *self);
void wb_page_evaluate_show (WbPageEvaluate *self);           /* another assessment */
void wb_page_evaluate_show_intervals (WbPageEvaluate *self); /* the same, with all intervals */
void wb_page_evaluate_show_mistakes (WbPageEvaluate *self);
void wb_page_evaluate_show_class (WbPageEvaluate *self, guint label);
void wb_page_evaluate_show_cell (WbPageEvaluate *self, guint truth, guint said);
void wb_page_evaluate_show_sentence (WbPageEvaluate *self);
void wb_page_evaluate_show_shares (WbPageEvaluate *self);
void wb_page_evaluate_show_suspects (WbPageEvaluate *self);
void wb_page_evaluate_focus_images (WbPageEvaluate *self);

/* wb-page-evaluate-edits.c: what is changed: labels, and the model's temperature */
void wb_page_evaluate_relabel (WbPageEvaluate *self, guint image, guint label);
void wb_page_evaluate_leave_out (WbPageEvaluate *self, guint image);
void wb_page_evaluate_tell_done (WbPageEvaluate *self);
void wb_page_evaluate_mend (WbPageEvaluate *self, double temperature);

/* wb-page-evaluate.c */
void wb_page_evaluate_update (WbPageEvaluate *self);

G_END_DECLS
