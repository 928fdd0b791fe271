/* wb-comparison.c: a second model on the same images, and whether it is better.
 *
 *                  other right  other wrong
 *    this right       [812]        [34]
 *    this wrong        [51]       [103]
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-comparison.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-evaluator.h"
#include "wb-model-choice.h"
#include "wb-text.h"

#define HARDLY_CHANCE 0.05

/* The images of each cell. */
enum
{
  BOTH_RIGHT,
  ONLY_THIS,
  ONLY_OTHER,
  BOTH_WRONG,
  N_CELLS,
};

static const char *const cell_titles[N_CELLS] = {
    [BOTH_RIGHT] = N_ ("Both are right"),
    [ONLY_THIS] = N_ ("Only this model is right"),
    [ONLY_OTHER] = N_ ("Only the other is right"),
    [BOTH_WRONG] = N_ ("Both are wrong"),
};

typedef struct
{
  LatheComparison *comparison;
  GArray *images[N_CELLS]; /* (element-type guint32): by their place in the dataset */
} Result;

struct _WbComparison
{
  AdwBin parent_instance;
  GtkWidget *choice, *progress, *results, *verdict, *details, *cells[N_CELLS];
  WbEvaluator *evaluator;
  WbAssessment *first, *other; /* or NULL */
  Result *result;              /* or NULL */
  GCancellable *cancellable;   /* of the comparing, or NULL */
};

G_DEFINE_FINAL_TYPE (WbComparison, wb_comparison, ADW_TYPE_BIN)

enum
{
  WANTED,
  COMPARED,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- Comparing --- */

typedef struct
{
  WbAssessment *first, *other;
} Pair;

static void
pair_free (gpointer data)
{
  Pair *pair = data;

  wb_assessment_unref (pair->first);
  wb_assessment_unref (pair->other);
  g_free (pair);
}

static void
result_free (gpointer data)
{
  Result *result = data;

  lathe_comparison_free (result->comparison);
  for (guint i = 0; i < N_CELLS; i++)
    g_array_unref (result->images[i]);
  g_free (result);
}

/* Where the two agree, the first one's answer says for both. */
static void
sort_out (Result *result, const LatheEvaluation *first, const LatheEvaluation *other)
{
  g_autoptr (GHashTable) asked = g_hash_table_new (NULL, NULL), told_apart = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < lathe_evaluation_get_n (other); i++)
    g_hash_table_add (asked, GUINT_TO_POINTER (lathe_evaluation_get (other, i)->image));
  for (guint i = 0; i < result->comparison->disagreements->len; i++)
    {
      const LatheDisagreement *at = &g_array_index (result->comparison->disagreements, LatheDisagreement, i);

      g_hash_table_add (told_apart, GUINT_TO_POINTER (at->image));
      g_array_append_val (result->images[at->first_is_right ? ONLY_THIS : ONLY_OTHER], at->image);
    }
  for (guint i = 0; i < lathe_evaluation_get_n (first); i++)
    {
      const LatheOutcome *outcome = lathe_evaluation_get (first, i);
      gpointer image = GUINT_TO_POINTER (outcome->image);

      if (g_hash_table_contains (asked, image) && !g_hash_table_contains (told_apart, image))
        g_array_append_val (result->images[outcome->said == outcome->truth ? BOTH_RIGHT : BOTH_WRONG], outcome->image);
    }
}

static gpointer
compare_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Pair *pair = data;
  Result *result = g_new0 (Result, 1);

  result->comparison = lathe_compare (pair->first->evaluation, pair->other->evaluation);
  for (guint i = 0; i < N_CELLS; i++)
    result->images[i] = g_array_new (FALSE, FALSE, sizeof (guint32));
  sort_out (result, pair->first->evaluation, pair->other->evaluation);
  return result;
}

/* --- What is shown --- */

static char *
write_verdict (const LatheComparison *comparison)
{
  if (comparison->n == 0)
    return g_strdup (_ ("There is no image that both models know the class of."));
  if (comparison->p_value >= HARDLY_CHANCE)
    return g_strdup (_ ("The difference may be chance."));
  return g_strdup (comparison->difference > 0 ? _ ("The other model is better.") : _ ("This model is better."));
}

/* A difference of two shares in percentage points, with its sign. */
static char *
write_points (double difference)
{
  double points = round (1000 * difference) / 10;

  return g_strdup_printf ("%s%.1f", points < 0 ? "−" : points > 0 ? "+" : "", fabs (points));
}

static char *
write_details (const LatheComparison *comparison)
{
  g_autofree char *difference = write_points (comparison->difference);
  g_autofree char *low = write_points (comparison->interval.low), *high = write_points (comparison->interval.high);

  /* Translators: a difference of two accuracies, between which two it is, a name, a probability */
  return g_strdup_printf (
      _ ("The other’s accuracy differs by %s percentage points (%s to %s). McNemar’s test, %s: p = %.3g."), difference,
      low, high, comparison->exact ? _ ("exact") : _ ("corrected"), comparison->p_value);
}

static void
show_result (WbComparison *self)
{
  const LatheComparison *comparison;
  g_autofree char *verdict = NULL, *details = NULL;

  gtk_widget_set_visible (self->results, self->result != NULL);
  if (self->result == NULL)
    return;
  comparison = self->result->comparison;
  verdict = write_verdict (comparison);
  details = comparison->n > 0 ? write_details (comparison) : g_strdup ("");
  gtk_label_set_text (GTK_LABEL (self->verdict), verdict);
  gtk_label_set_text (GTK_LABEL (self->details), details);
  for (guint i = 0; i < N_CELLS; i++)
    {
      g_autofree char *number = wb_text_count (self->result->images[i]->len);

      gtk_button_set_label (GTK_BUTTON (self->cells[i]), number);
    }
}

static void
forget_result (WbComparison *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->result, result_free);
  g_clear_pointer (&self->other, wb_assessment_unref);
}

static void
on_compared (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbComparison *self = WB_COMPARISON (owner);

  if (self->cancellable != cancellable || result == NULL)
    {
      g_clear_pointer (&result, result_free);
      return;
    }
  g_clear_object (&self->cancellable);
  self->result = result;
  show_result (self);
  g_signal_emit (self, signals[COMPARED], 0);
}

static void
on_assessed (WbComparison *self, WbAssessment *assessment)
{
  Pair *pair = g_new (Pair, 1);

  forget_result (self);
  self->other = wb_assessment_ref (assessment);
  self->cancellable = g_cancellable_new ();
  *pair = (Pair){wb_assessment_ref (self->first), wb_assessment_ref (assessment)};
  wb_thread_call (G_OBJECT (self), compare_work, pair, pair_free, result_free, self->cancellable, on_compared,
                  self->cancellable);
}

static void
on_progress (WbComparison *self)
{
  gtk_widget_set_visible (self->progress, wb_evaluator_get_busy (self->evaluator));
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), wb_evaluator_get_fraction (self->evaluator));
}

static void
on_failed (WbComparison *self, const char *message)
{
  g_signal_emit (self, signals[FAILED], 0, message);
}

static void
ask (WbComparison *self)
{
  LatheModel *model = wb_model_choice_get (WB_MODEL_CHOICE (self->choice));
  g_autoptr (WbQuestion) question = NULL;

  wb_evaluator_stop (self->evaluator);
  forget_result (self);
  show_result (self);
  g_signal_emit (self, signals[COMPARED], 0);
  if (model == NULL || self->first == NULL)
    return;
  question = wb_question_new (model, self->first->question->dataset, self->first->question->edits,
                              self->first->question->split, NULL, self->first->question->n_threads);
  wb_evaluator_ask (self->evaluator, question, TRUE);
}

static void
on_cell_clicked (GtkButton *button, WbComparison *self)
{
  for (guint i = 0; i < N_CELLS && self->result != NULL; i++)
    if (self->cells[i] == GTK_WIDGET (button))
      g_signal_emit (self, signals[WANTED], 0, self->result->images[i], _ (cell_titles[i]));
}

/* --- Use --- */

void
wb_comparison_set_project (WbComparison *self, WbProject *project)
{
  g_return_if_fail (WB_IS_COMPARISON (self));

  wb_model_choice_set_project (WB_MODEL_CHOICE (self->choice), project);
}

void
wb_comparison_set (WbComparison *self, WbAssessment *assessment)
{
  g_return_if_fail (WB_IS_COMPARISON (self));

  if (self->first == assessment)
    return;
  g_clear_pointer (&self->first, wb_assessment_unref);
  self->first = assessment != NULL ? wb_assessment_ref (assessment) : NULL;
  ask (self);
}

WbAssessment *
wb_comparison_get_other (WbComparison *self)
{
  g_return_val_if_fail (WB_IS_COMPARISON (self), NULL);

  return self->other;
}

void
wb_comparison_reset (WbComparison *self)
{
  g_return_if_fail (WB_IS_COMPARISON (self));

  wb_model_choice_reset (WB_MODEL_CHOICE (self->choice));
}

/* --- Life --- */

static void
wb_comparison_dispose (GObject *object)
{
  WbComparison *self = WB_COMPARISON (object);

  if (self->evaluator != NULL)
    wb_evaluator_stop (self->evaluator);
  g_clear_object (&self->evaluator);
  forget_result (self);
  g_clear_pointer (&self->first, wb_assessment_unref);
  G_OBJECT_CLASS (wb_comparison_parent_class)->dispose (object);
}

static void
wb_comparison_class_init (WbComparisonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_comparison_dispose;
  signals[WANTED] = g_signal_new ("wanted", WB_TYPE_COMPARISON, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                  G_TYPE_ARRAY, G_TYPE_STRING);
  signals[COMPARED] =
      g_signal_new ("compared", WB_TYPE_COMPARISON, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", WB_TYPE_COMPARISON, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
}

static GtkWidget *
new_label (const char *text, const char *class)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "wrap", TRUE, "xalign", 0.0, NULL);

  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  return label;
}

static GtkWidget *
new_table (WbComparison *self)
{
  GtkWidget *grid = g_object_new (GTK_TYPE_GRID, "column-spacing", 6, "row-spacing", 6, NULL);

  gtk_grid_attach (GTK_GRID (grid), new_label (_ ("The other is right"), "caption"), 1, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), new_label (_ ("The other is wrong"), "caption"), 2, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), new_label (_ ("This is right"), "caption"), 0, 1, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), new_label (_ ("This is wrong"), "caption"), 0, 2, 1, 1);
  for (guint i = 0; i < N_CELLS; i++)
    {
      self->cells[i] = g_object_new (GTK_TYPE_BUTTON, "hexpand", TRUE, "tooltip-text", _ (cell_titles[i]), NULL);
      gtk_widget_add_css_class (self->cells[i], "comparison-cell");
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->cells[i]), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      _ (cell_titles[i]), -1);
      g_signal_connect_object (self->cells[i], "clicked", G_CALLBACK (on_cell_clicked), self, 0);
      gtk_grid_attach (GTK_GRID (grid), self->cells[i], 1 + (int) (i % 2), 1 + (int) (i / 2), 1, 1);
    }
  return grid;
}

static void
fill_results (WbComparison *self)
{
  self->results = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->verdict = new_label ("", "title-2");
  self->details = new_label ("", "tabular");
  gtk_label_set_selectable (GTK_LABEL (self->details), TRUE);
  gtk_box_append (GTK_BOX (self->results), self->verdict);
  gtk_box_append (GTK_BOX (self->results), self->details);
  gtk_box_append (GTK_BOX (self->results), new_table (self));
  gtk_box_append (
      GTK_BOX (self->results),
      new_label (_ ("Each number shows its images. Those that only one model gets right tell which is better."),
                 "dim-label"));
  gtk_widget_set_visible (self->results, FALSE);
}

static void
wb_comparison_init (WbComparison *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->evaluator = wb_evaluator_new ();
  g_signal_connect_object (self->evaluator, "changed", G_CALLBACK (on_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->evaluator, "assessed", G_CALLBACK (on_assessed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->evaluator, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  self->choice = wb_model_choice_new (_ ("No second model"), _ ("Compare with"));
  gtk_widget_set_halign (self->choice, GTK_ALIGN_START);
  g_signal_connect_object (self->choice, "changed", G_CALLBACK (ask), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->choice, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  self->progress = g_object_new (GTK_TYPE_PROGRESS_BAR, "visible", FALSE, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Progress of the comparison"), -1);
  fill_results (self);
  gtk_box_append (
      GTK_BOX (box),
      new_label (_ ("Two models are asked about the same images, and a test says whether the difference may "
                    "be chance."),
                 NULL));
  gtk_box_append (GTK_BOX (box), self->choice);
  gtk_box_append (GTK_BOX (box), self->progress);
  gtk_box_append (GTK_BOX (box), self->results);
  adw_bin_set_child (ADW_BIN (self), box);
}

GtkWidget *
wb_comparison_new (void)
{
  return g_object_new (WB_TYPE_COMPARISON, NULL);
}
