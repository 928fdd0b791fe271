/* wb-page-evaluate-views.c: what the page shows: scores on the left, a view in the middle, images on the right.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-calibration.h"
#include "wb-comparison.h"
#include "wb-curve-view.h"
#include "wb-map-view.h"
#include "wb-matrix.h"
#include "wb-outcome-list.h"
#include "wb-page-evaluate-private.h"
#include "wb-score-list.h"
#include "wb-score-table.h"
#include "wb-stack-choice.h"
#include "wb-suspect-list.h"
#include "wb-text.h"

/* --- The images --- */

static char *
write_title (WbPageEvaluate *self, const WbOutcomesQuery *query)
{
  const char *const *labels = wb_assessment_get_labels (self->shown);
  const LatheBin *bin = &self->shown->bins[query->bin % LATHE_CALIBRATION_BINS];

  switch (query->kind)
    {
    case WB_OUTCOMES_CELL:
      if (query->truth == query->said)
        /* Translators: of images that show this class and were recognised */
        return g_strdup_printf (_ ("%s, recognised"), labels[query->truth]);
      /* Translators: true class, what the model took it for */
      return g_strdup_printf (_ ("%s, taken for %s"), labels[query->truth], labels[query->said]);
    case WB_OUTCOMES_BIN:
      return g_strdup_printf (_ ("Sure to %.0f – %.0f %%"), 100 * bin->low, 100 * bin->high);
    case WB_OUTCOMES_TRUE_POSITIVES:
      return g_strdup_printf (_ ("%s, found"), labels[query->truth]);
    case WB_OUTCOMES_FALSE_NEGATIVES:
      return g_strdup_printf (_ ("%s, missed"), labels[query->truth]);
    case WB_OUTCOMES_FALSE_POSITIVES:
      return g_strdup_printf (_ ("False alarms of %s"), labels[query->truth]);
    case WB_OUTCOMES_TRUE_NEGATIVES:
      return g_strdup_printf (_ ("Rightly not %s"), labels[query->truth]);
    case WB_OUTCOMES_MISJUDGED:
      return g_strdup_printf (_ ("%s, missed or a false alarm"), labels[query->truth]);
    default:
      return g_strdup (_ ("Mistakes"));
    }
}

static void
set_query (WbPageEvaluate *self, const WbOutcomesQuery *query)
{
  GArray *images = query->images != NULL ? g_array_ref (query->images) : NULL;

  g_clear_pointer (&self->query.images, g_array_unref);
  self->query = *query;
  self->query.images = images;
}

static void
show_images (WbPageEvaluate *self, const WbOutcomesQuery *query, const char *title)
{
  set_query (self, query);
  gtk_stack_set_visible_child (GTK_STACK (self->images), self->outcomes);
  wb_outcome_list_show (WB_OUTCOME_LIST (self->outcomes), self->shown, query, title);
}

static void
show_query (WbPageEvaluate *self, const WbOutcomesQuery *query)
{
  g_autofree char *title = NULL;

  if (self->shown == NULL)
    return;
  title = write_title (self, query);
  show_images (self, query, title);
}

void
wb_page_evaluate_show_mistakes (WbPageEvaluate *self)
{
  show_query (self, &(WbOutcomesQuery){.kind = WB_OUTCOMES_MISTAKES});
}

void
wb_page_evaluate_show_cell (WbPageEvaluate *self, guint truth, guint said)
{
  show_query (self, &(WbOutcomesQuery){.kind = WB_OUTCOMES_CELL, .truth = truth, .said = said});
  wb_page_evaluate_show_sentence (self);
}

void
wb_page_evaluate_show_class (WbPageEvaluate *self, guint label)
{
  wb_matrix_select (WB_MATRIX (self->matrix), label, label);
  wb_threshold_set_class (self->threshold, (int) label);
}

static void
show_judged (WbPageEvaluate *self, guint kind)
{
  show_query (self, &(WbOutcomesQuery){.kind = kind,
                                       .truth = (guint) MAX (wb_threshold_get_class (self->threshold), 0),
                                       .threshold = wb_threshold_get_value (self->threshold)});
}

static void
show_bin (WbPageEvaluate *self, guint bin)
{
  show_query (self, &(WbOutcomesQuery){.kind = WB_OUTCOMES_BIN, .bin = bin});
}

/* Images that another view has chosen, by their places in the dataset that was evaluated. */
static void
show_chosen (WbPageEvaluate *self, GArray *images, const char *title)
{
  if (self->shown != NULL)
    show_images (self, &(WbOutcomesQuery){.kind = WB_OUTCOMES_IMAGES, .images = images}, title);
}

void
wb_page_evaluate_show_suspects (WbPageEvaluate *self)
{
  gtk_stack_set_visible_child (GTK_STACK (self->images), self->suspects);
}

void
wb_page_evaluate_focus_images (WbPageEvaluate *self)
{
  gtk_widget_grab_focus (self->outcomes);
}

/* --- The matrix --- */

void
wb_page_evaluate_show_sentence (WbPageEvaluate *self)
{
  g_autofree char *text = wb_matrix_describe (WB_MATRIX (self->matrix));

  gtk_label_set_text (GTK_LABEL (self->sentence), text != NULL ? text : _ ("A cell shows its images."));
}

void
wb_page_evaluate_show_shares (WbPageEvaluate *self)
{
  wb_matrix_set_shares (WB_MATRIX (self->matrix), gtk_check_button_get_active (GTK_CHECK_BUTTON (self->shares)));
}

/* A model that was scored by folds has learned from the images that other models are validated by. */
static void
show_folds (WbPageEvaluate *self)
{
  const LatheScores *scores = &self->shown->question->model->scores;
  gboolean learned = scores->folds > 0 && self->shown->question->split != LATHE_SPLIT_TEST;
  g_autofree char *accuracy = wb_text_percent (scores->validation_accuracy);
  /* Translators: a share, and a number from two on */
  g_autofree char *text =
      g_strdup_printf (_ ("The model has learned from these images, those for validation too. About images that it had "
                          "not seen it was right in %s of the cases, as %u folds say."),
                       accuracy, scores->folds);

  gtk_label_set_text (GTK_LABEL (self->folds), text);
  gtk_widget_set_visible (self->folds, learned);
}

/* --- All of it --- */

static void
show_unknown (WbPageEvaluate *self)
{
  g_autofree char *names = g_strjoinv (", ", self->shown->unknown);
  g_autofree char *text = g_strdup_printf (_ ("Left out, as the model does not know them: %s"), names);

  gtk_label_set_text (GTK_LABEL (self->unknown), text);
  gtk_widget_set_visible (self->unknown, *names != '\0');
}

static void
show_suspects (WbPageEvaluate *self)
{
  guint n = self->shown->suspects->len;
  g_autofree char *number = wb_text_count (n);
  g_autofree char *text = g_strdup_printf (ngettext ("%s label may be wrong", "%s labels may be wrong", n), number);
  gboolean can_edit = wb_evaluate_subject_has_own_images (WB_EVALUATE_SUBJECT (self->subject));

  gtk_button_set_label (GTK_BUTTON (self->suspects_button), text);
  wb_suspect_list_set (WB_SUSPECT_LIST (self->suspects), self->shown, can_edit);
}

static void
show_numbers (WbPageEvaluate *self)
{
  wb_score_list_set (WB_SCORE_LIST (self->scores), self->shown);
  wb_score_table_set (WB_SCORE_TABLE (self->table), self->shown->sheet, wb_assessment_get_labels (self->shown));
}

/* What was shown of the images before is shown of them again, where it still means the same. */
static void
show_images_again (WbPageEvaluate *self)
{
  gboolean was_suspects = gtk_stack_get_visible_child (GTK_STACK (self->images)) == self->suspects;
  guint n = self->shown->evaluation->n_classes;

  if (self->query.kind == WB_OUTCOMES_IMAGES || self->query.truth >= n || self->query.said >= n)
    set_query (self, &(WbOutcomesQuery){.kind = WB_OUTCOMES_MISTAKES});
  if (self->query.kind == WB_OUTCOMES_CELL)
    wb_matrix_select (WB_MATRIX (self->matrix), self->query.truth, self->query.said);
  else
    {
      WbOutcomesQuery query = self->query;

      show_query (self, &query);
    }
  if (was_suspects)
    wb_page_evaluate_show_suspects (self);
}

void
wb_page_evaluate_show (WbPageEvaluate *self)
{
  gboolean own = wb_evaluate_subject_has_own_model (WB_EVALUATE_SUBJECT (self->subject));

  show_numbers (self);
  show_unknown (self);
  show_folds (self);
  show_suspects (self);
  wb_matrix_set (WB_MATRIX (self->matrix), self->shown->evaluation->metrics, wb_assessment_get_labels (self->shown));
  wb_page_evaluate_show_sentence (self);
  wb_threshold_set_assessment (self->threshold, self->shown);
  wb_calibration_set (WB_CALIBRATION (self->calibration), self->shown, own);
  wb_map_view_set (WB_MAP_VIEW (self->map), self->shown);
  wb_comparison_set (WB_COMPARISON (self->comparison), self->shown);
  show_images_again (self);
}

void
wb_page_evaluate_show_intervals (WbPageEvaluate *self)
{
  show_numbers (self);
  for (guint i = 0; i < WB_N_CURVES; i++)
    wb_curve_view_update (WB_CURVE_VIEW (self->curves[i]));
  wb_calibration_update (WB_CALIBRATION (self->calibration), self->shown);
}

/* --- Making the views --- */

static void
on_compared (WbPageEvaluate *self)
{
  WbAssessment *other = wb_comparison_get_other (WB_COMPARISON (self->comparison));

  wb_outcome_list_set_other (WB_OUTCOME_LIST (self->outcomes), other);
  if (self->shown != NULL && self->query.kind == WB_OUTCOMES_IMAGES)
    wb_page_evaluate_show_mistakes (self);
}

static void
add_view (WbPageEvaluate *self, GtkWidget *view, const char *name, const char *title)
{
  gtk_stack_add_titled (GTK_STACK (self->views), view, name, title);
  g_signal_connect_object (view, "failed", G_CALLBACK (wb_page_toast), self, G_CONNECT_SWAPPED);
}

/* A further view is added here, and connects what it lets choose to show_chosen(). */
void
wb_page_evaluate_make_views (WbPageEvaluate *self)
{
  static const char *const names[] = {"roc", "precision-recall"};
  const char *titles[] = {_ ("ROC"), _ ("Precision–Recall")};

  for (guint i = 0; i < WB_N_CURVES; i++)
    {
      self->curves[i] = wb_curve_view_new (i, self->threshold);
      add_view (self, self->curves[i], names[i], titles[i]);
      g_signal_connect_object (self->curves[i], "wanted", G_CALLBACK (show_judged), self, G_CONNECT_SWAPPED);
    }
  self->calibration = wb_calibration_new ();
  add_view (self, self->calibration, "calibration", _ ("Calibration"));
  g_signal_connect_object (self->calibration, "picked", G_CALLBACK (show_bin), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->calibration, "mend", G_CALLBACK (wb_page_evaluate_mend), self, G_CONNECT_SWAPPED);
  self->map = wb_map_view_new ();
  add_view (self, self->map, "map", _ ("Map"));
  g_signal_connect_object (self->map, "wanted", G_CALLBACK (show_chosen), self, G_CONNECT_SWAPPED);
  self->comparison = wb_comparison_new ();
  add_view (self, self->comparison, "compare", _ ("Compare"));
  g_signal_connect_object (self->comparison, "wanted", G_CALLBACK (show_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->comparison, "compared", G_CALLBACK (on_compared), self, G_CONNECT_SWAPPED);
  gtk_box_prepend (GTK_BOX (self->middle), wb_stack_choice_new (GTK_STACK (self->views), _ ("What is shown")));
}
