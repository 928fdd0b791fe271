/* wb-page-evaluate.c: the page that says how good a model is, and where it is wrong.
 *
 * An assessment answers a question: which model, on which images, labelled how. When the answer to it changes while the
 * page can be seen, or the page is opened and it has changed, it is asked anew; where that would take long, a button
 * asks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-comparison.h"
#include "wb-fold.h"
#include "wb-matrix.h"
#include "wb-outcome-list.h"
#include "wb-page-evaluate-private.h"
#include "wb-report.h"
#include "wb-score-list.h"
#include "wb-score-table.h"
#include "wb-suspect-list.h"
#include "wb-text.h"

G_DEFINE_FINAL_TYPE (WbPageEvaluate, wb_page_evaluate, WB_TYPE_PAGE)

static void
show_state (WbPageEvaluate *self, const char *name)
{
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), name);
}

static void
set_shown (WbPageEvaluate *self, WbAssessment *assessment)
{
  g_clear_pointer (&self->shown, wb_assessment_unref);
  self->shown = assessment != NULL ? wb_assessment_ref (assessment) : NULL;
}

/* --- Evaluating --- */

static void
show_progress (WbPageEvaluate *self)
{
  gboolean busy = wb_evaluator_get_busy (self->evaluator);
  g_autofree char *left = busy ? wb_evaluator_get_left (self->evaluator) : g_strdup ("");

  gtk_widget_set_visible (self->progress, busy);
  gtk_widget_set_visible (self->cancel, busy);
  gtk_widget_set_visible (self->again, !busy);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), wb_evaluator_get_fraction (self->evaluator));
  gtk_label_set_text (GTK_LABEL (self->time_left), left);
}

static void
on_assessed (WbPageEvaluate *self, WbAssessment *assessment)
{
  g_autofree char *accuracy = wb_text_percent (assessment->sheet->scores[LATHE_SCORE_ACCURACY].value);

  set_shown (self, assessment);
  wb_page_evaluate_show (self);
  show_state (self, "results");
  wb_page_set_status (WB_PAGE (self), accuracy);
}

static void
on_intervals (WbPageEvaluate *self, WbAssessment *assessment)
{
  if (assessment == self->shown)
    wb_page_evaluate_show_intervals (self);
}

static void
on_long (WbPageEvaluate *self, double seconds)
{
  g_autofree char *duration = wb_text_duration (seconds);
  g_autofree char *text = g_strdup_printf (_ ("It would take about %s."), duration);

  adw_status_page_set_description (ADW_STATUS_PAGE (self->waiting), text);
  show_state (self, "waiting");
}

static void
on_failed (WbPageEvaluate *self, const char *message)
{
  adw_status_page_set_description (ADW_STATUS_PAGE (self->failure), message);
  show_state (self, "failed");
  wb_page_set_status (WB_PAGE (self), NULL);
}

static void
show_nothing (WbPageEvaluate *self)
{
  wb_evaluator_stop (self->evaluator);
  show_state (self,
              wb_evaluate_subject_get_model (WB_EVALUATE_SUBJECT (self->subject)) == NULL ? "no-model" : "no-dataset");
  wb_page_set_status (WB_PAGE (self), NULL);
}

void
wb_page_evaluate_update (WbPageEvaluate *self)
{
  g_autoptr (WbQuestion) question = wb_evaluate_subject_ask (WB_EVALUATE_SUBJECT (self->subject));
  gboolean answered;

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "evaluate.again", question != NULL);
  if (question == NULL)
    {
      show_nothing (self);
      return;
    }
  if (self->shown == NULL)
    show_state (self, "working");
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  answered = self->shown != NULL && wb_question_equal (self->shown->question, question);
  if (answered)
    show_state (self, "results");
  wb_evaluator_follow (self->evaluator, question, answered);
}

/* --- What the user does --- */

static void
again_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbPageEvaluate *self = WB_PAGE_EVALUATE (widget);
  g_autoptr (WbQuestion) question = wb_evaluate_subject_ask (WB_EVALUATE_SUBJECT (self->subject));

  if (question == NULL)
    return;
  wb_evaluator_ask (self->evaluator, question, TRUE);
  if (self->shown == NULL || !wb_question_equal (self->shown->question, question))
    show_state (self, "working");
}

static void
cancel_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_evaluator_stop (WB_PAGE_EVALUATE (widget)->evaluator);
}

static void
suspects_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_page_evaluate_show_suspects (WB_PAGE_EVALUATE (widget));
}

static void
on_reported (GtkWidget *widget, const char *message)
{
  wb_page_toast (WB_PAGE (widget), message);
}

static void
report_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbPageEvaluate *self = WB_PAGE_EVALUATE (widget);
  WbProject *project = wb_page_get_project (WB_PAGE (self));

  if (self->shown != NULL)
    wb_report_ask (widget, self->shown, wb_runs_get_path (wb_project_get_runs (project)), on_reported);
}

static void
folder_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_evaluate_subject_choose_folder (WB_EVALUATE_SUBJECT (WB_PAGE_EVALUATE (widget)->subject));
}

/* --- Life --- */

static void
wb_page_evaluate_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_page_evaluate_parent_class)->map (widget);
  wb_page_evaluate_update (WB_PAGE_EVALUATE (widget));
}

/* Another source: a second model was one of the source before. */
static void
on_dataset_changed (WbPageEvaluate *self)
{
  wb_comparison_reset (WB_COMPARISON (self->comparison));
}

static void
wb_page_evaluate_attach (WbPage *page, WbProject *project)
{
  WbPageEvaluate *self = WB_PAGE_EVALUATE (page);

  wb_evaluate_subject_set_project (WB_EVALUATE_SUBJECT (self->subject), project);
  wb_comparison_set_project (WB_COMPARISON (self->comparison), project);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_dataset_changed), page, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (wb_page_evaluate_tell_done), page, G_CONNECT_SWAPPED);
  wb_page_evaluate_update (self);
}

static void
wb_page_evaluate_dispose (GObject *object)
{
  WbPageEvaluate *self = WB_PAGE_EVALUATE (object);

  if (self->evaluator != NULL)
    wb_evaluator_stop (self->evaluator);
  adw_bin_set_child (ADW_BIN (object), NULL);
  g_clear_object (&self->evaluator);
  g_clear_object (&self->threshold);
  G_OBJECT_CLASS (wb_page_evaluate_parent_class)->dispose (object);
}

static void
wb_page_evaluate_finalize (GObject *object)
{
  WbPageEvaluate *self = WB_PAGE_EVALUATE (object);

  set_shown (self, NULL);
  g_clear_pointer (&self->query.images, g_array_unref);
  g_free (self->done);
  G_OBJECT_CLASS (wb_page_evaluate_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, subject);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, progress);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, time_left);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, cancel);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, again);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, stack);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, failure);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, waiting);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, unknown);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, folds);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, scores);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, suspects_button);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, table);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, middle);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, views);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, matrix);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, sentence);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, shares);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, images);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, outcomes);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, suspects);
}

static void
bind_callbacks (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, wb_page_evaluate_update);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_toast);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_evaluate_show_mistakes);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_evaluate_show_class);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_evaluate_show_cell);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_evaluate_show_sentence);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_evaluate_show_shares);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_evaluate_focus_images);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_evaluate_relabel);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_evaluate_leave_out);
}

static void
wb_page_evaluate_class_init (WbPageEvaluateClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wb_page_evaluate_dispose;
  object_class->finalize = wb_page_evaluate_finalize;
  widget_class->map = wb_page_evaluate_map;
  WB_PAGE_CLASS (klass)->attach = wb_page_evaluate_attach;
  g_type_ensure (WB_TYPE_EVALUATE_SUBJECT);
  g_type_ensure (WB_TYPE_FOLD);
  g_type_ensure (WB_TYPE_MATRIX);
  g_type_ensure (WB_TYPE_OUTCOME_LIST);
  g_type_ensure (WB_TYPE_SCORE_LIST);
  g_type_ensure (WB_TYPE_SCORE_TABLE);
  g_type_ensure (WB_TYPE_SUSPECT_LIST);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-page-evaluate.ui");
  bind_children (widget_class);
  bind_callbacks (widget_class);
  gtk_widget_class_install_action (widget_class, "evaluate.again", NULL, again_action);
  gtk_widget_class_install_action (widget_class, "evaluate.cancel", NULL, cancel_action);
  gtk_widget_class_install_action (widget_class, "evaluate.suspects", NULL, suspects_action);
  gtk_widget_class_install_action (widget_class, "evaluate.report", NULL, report_action);
  gtk_widget_class_install_action (widget_class, "evaluate.folder", NULL, folder_action);
}

static void
wb_page_evaluate_init (WbPageEvaluate *self)
{
  self->evaluator = wb_evaluator_new ();
  self->threshold = wb_threshold_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  wb_page_evaluate_make_views (self);
  wb_page_evaluate_show_sentence (self);
  g_signal_connect_object (self->evaluator, "changed", G_CALLBACK (show_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->evaluator, "assessed", G_CALLBACK (on_assessed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->evaluator, "intervals", G_CALLBACK (on_intervals), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->evaluator, "long", G_CALLBACK (on_long), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->evaluator, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
}
