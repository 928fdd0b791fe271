/* wb-page-evaluate.c: the page that says how good the model is, and where it is wrong.
 *
 * An evaluation belongs to a model, a dataset and a side of its split. When one of them changes while the page can be
 * seen, or the page is opened and they have changed, it is done anew.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-page-evaluate.h"

#include <glib/gi18n.h>

#include "wb-fold.h"
#include "wb-matrix.h"
#include "wb-outcome-grid.h"
#include "wb-score-table.h"
#include "wb-text.h"
#include "wb-thread.h"

/* What lathe_evaluate is asked and what it says. */
typedef struct
{
  LatheModel *model;
  LatheDataset *dataset;
  int split; /* -1: all */
  guint n_threads;
  WbProgressRelay *progress;
  LatheMetrics *metrics;
  GArray *outcomes; /* (element-type LatheOutcome) */
} Evaluation;

struct _WbPageEvaluate
{
  WbPage parent_instance;
  GtkWidget *stack, *sides, *progress, *cancel, *again, *failure;
  GtkWidget *accuracy, *macro_f1, *loss, *count, *table, *matrix, *sentence, *cell_title, *cell_count, *grid;
  Evaluation *shown;         /* NULL before the first */
  GCancellable *cancellable; /* of the one that goes on, or NULL */
  WbProgressRelay *relay;
};

G_DEFINE_TYPE (WbPageEvaluate, wb_page_evaluate, WB_TYPE_PAGE)

static void
evaluation_free (gpointer data)
{
  Evaluation *evaluation = data;

  lathe_model_unref (evaluation->model);
  lathe_dataset_unref (evaluation->dataset);
  g_clear_pointer (&evaluation->progress, wb_progress_relay_unref);
  g_clear_pointer (&evaluation->metrics, lathe_metrics_free);
  g_clear_pointer (&evaluation->outcomes, g_array_unref);
  g_free (evaluation);
}

/* In the order of the list: Test, Validation, Training, All. */
static int
chosen_split (WbPageEvaluate *self)
{
  static const int splits[] = {LATHE_SPLIT_TEST, LATHE_SPLIT_VALIDATION, LATHE_SPLIT_TRAIN, -1};

  return splits[gtk_drop_down_get_selected (GTK_DROP_DOWN (self->sides)) % G_N_ELEMENTS (splits)];
}

/* --- What is shown --- */

static void
show_busy (WbPageEvaluate *self)
{
  gboolean busy = self->cancellable != NULL;

  gtk_widget_set_visible (self->progress, busy);
  gtk_widget_set_visible (self->cancel, busy);
  gtk_widget_set_visible (self->again, !busy);
}

static void
show_sentence (WbPageEvaluate *self)
{
  g_autofree char *text = wb_matrix_describe (WB_MATRIX (self->matrix));

  gtk_label_set_text (GTK_LABEL (self->sentence), text != NULL ? text : "");
}

static void
show_cell (WbPageEvaluate *self, guint truth, guint said)
{
  char **labels = self->shown->model->labels;
  g_autofree char *title = NULL, *count = NULL, *number = NULL;
  guint n;

  n = wb_outcome_grid_show (WB_OUTCOME_GRID (self->grid), self->shown->dataset, self->shown->outcomes, truth, said);
  if (truth == said)
    /* Translators: of images that show this class and were recognised */
    title = g_strdup_printf (_ ("%s, recognised"), labels[truth]);
  else
    /* Translators: true class, what the network took it for */
    title = g_strdup_printf (_ ("%s, taken for %s"), labels[truth], labels[said]);
  number = wb_text_count (n);
  count =
      g_strdup_printf (truth == said ? ngettext ("%s image, the least sure first", "%s images, the least sure first", n)
                                     : ngettext ("%s image, the surest first", "%s images, the surest first", n),
                       number);
  gtk_label_set_text (GTK_LABEL (self->cell_title), title);
  gtk_label_set_text (GTK_LABEL (self->cell_count), count);
  show_sentence (self);
}

static void
show_evaluation (WbPageEvaluate *self)
{
  const Evaluation *evaluation = self->shown;
  const char *const *labels = (const char *const *) evaluation->model->labels;
  g_autofree char *accuracy = wb_text_percent (lathe_metrics_accuracy (evaluation->metrics));
  g_autofree char *macro_f1 = wb_text_number (lathe_metrics_macro_f1 (evaluation->metrics), 3);
  g_autofree char *loss = wb_text_number (lathe_metrics_loss (evaluation->metrics), 3);
  g_autofree char *count = wb_text_count (evaluation->metrics->n);

  gtk_label_set_text (GTK_LABEL (self->accuracy), accuracy);
  gtk_label_set_text (GTK_LABEL (self->macro_f1), macro_f1);
  gtk_label_set_text (GTK_LABEL (self->loss), loss);
  gtk_label_set_text (GTK_LABEL (self->count), count);
  wb_score_table_set (WB_SCORE_TABLE (self->table), evaluation->metrics, labels);
  wb_matrix_set (WB_MATRIX (self->matrix), evaluation->metrics, labels);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "results");
  wb_page_set_status (WB_PAGE (self), accuracy);
}

static void
show_failure (WbPageEvaluate *self, const char *message)
{
  adw_status_page_set_description (ADW_STATUS_PAGE (self->failure), message);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "failed");
  wb_page_set_status (WB_PAGE (self), NULL);
}

/* --- Evaluating --- */

static gpointer
evaluate_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Evaluation *evaluation = data, *result;
  GArray *outcomes = NULL;
  LatheMetrics *metrics =
      lathe_evaluate (evaluation->model, evaluation->dataset, evaluation->split, evaluation->n_threads,
                      wb_progress_relay_report, evaluation->progress, &outcomes, cancellable, error);

  if (metrics == NULL)
    return NULL;
  result = g_new0 (Evaluation, 1);
  result->model = lathe_model_ref (evaluation->model);
  result->dataset = lathe_dataset_ref (evaluation->dataset);
  result->split = evaluation->split;
  result->metrics = metrics;
  result->outcomes = outcomes;
  return result;
}

static void
on_progress (guint done, guint total, gpointer data)
{
  WbPageEvaluate *self = data;

  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), total > 0 ? (double) done / total : 0);
}

static void
end_evaluation (WbPageEvaluate *self)
{
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_object (&self->cancellable);
}

static void
on_evaluated (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbPageEvaluate *self = WB_PAGE_EVALUATE (owner);
  Evaluation *evaluation = result;

  if (self->cancellable != cancellable)
    {
      g_clear_pointer (&evaluation, evaluation_free);
      return;
    }
  end_evaluation (self);
  show_busy (self);
  if (evaluation != NULL)
    {
      g_clear_pointer (&self->shown, evaluation_free);
      self->shown = evaluation;
      show_evaluation (self);
    }
  else if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      show_failure (self, error->message);
    }
}

static void
stop (WbPageEvaluate *self)
{
  if (self->cancellable == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  end_evaluation (self);
  show_busy (self);
}

static void
start (WbPageEvaluate *self, LatheModel *model, LatheDataset *dataset)
{
  WbRun *run = wb_project_get_run (wb_page_get_project (WB_PAGE (self)));
  Evaluation *question = g_new0 (Evaluation, 1);

  stop (self);
  self->cancellable = g_cancellable_new ();
  self->relay = wb_progress_relay_new (on_progress, self);
  question->model = lathe_model_ref (model);
  question->dataset = lathe_dataset_ref (dataset);
  question->split = chosen_split (self);
  /* A training that goes on is not to be slowed down much. */
  question->n_threads = wb_run_get_active (run) ? 1 : lathe_default_threads ();
  question->progress = wb_progress_relay_ref (self->relay);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), 0);
  show_busy (self);
  wb_thread_call (G_OBJECT (self), evaluate_work, question, evaluation_free, evaluation_free, self->cancellable,
                  on_evaluated, self->cancellable);
}

static void
update (WbPageEvaluate *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  LatheModel *model = project != NULL ? wb_project_get_model (project) : NULL;
  LatheDataset *dataset = project != NULL ? wb_project_get_model_dataset (project) : NULL;

  if (model == NULL || dataset == NULL)
    {
      stop (self);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), model == NULL ? "no-model" : "no-dataset");
      wb_page_set_status (WB_PAGE (self), NULL);
      return;
    }
  if (self->shown == NULL)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "working");
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (self->shown == NULL || self->shown->model != model || self->shown->dataset != dataset ||
      self->shown->split != chosen_split (self))
    start (self, model, dataset);
  else
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "results");
}

/* --- What the user does --- */

static void
on_cell_selected (WbPageEvaluate *self, guint truth, guint said)
{
  if (self->shown != NULL)
    show_cell (self, truth, said);
}

static void
on_class_chosen (WbPageEvaluate *self, guint label)
{
  wb_matrix_select (WB_MATRIX (self->matrix), label, label);
}

static void
again_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbPageEvaluate *self = WB_PAGE_EVALUATE (widget);
  WbProject *project = wb_page_get_project (WB_PAGE (self));

  if (wb_project_get_model (project) != NULL && wb_project_get_model_dataset (project) != NULL)
    start (self, wb_project_get_model (project), wb_project_get_model_dataset (project));
}

static void
cancel_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  stop (WB_PAGE_EVALUATE (widget));
}

/* --- Life --- */

static void
wb_page_evaluate_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_page_evaluate_parent_class)->map (widget);
  update (WB_PAGE_EVALUATE (widget));
}

static void
wb_page_evaluate_attach (WbPage *page, WbProject *project)
{
  g_signal_connect_object (project, "model-changed", G_CALLBACK (update), page, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (update), page, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (update), page, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "split-changed", G_CALLBACK (update), page, G_CONNECT_SWAPPED);
  update (WB_PAGE_EVALUATE (page));
}

static void
wb_page_evaluate_dispose (GObject *object)
{
  WbPageEvaluate *self = WB_PAGE_EVALUATE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  end_evaluation (self);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (wb_page_evaluate_parent_class)->dispose (object);
}

static void
wb_page_evaluate_finalize (GObject *object)
{
  g_clear_pointer (&WB_PAGE_EVALUATE (object)->shown, evaluation_free);
  G_OBJECT_CLASS (wb_page_evaluate_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-page-evaluate.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, stack);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, sides);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, progress);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, cancel);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, again);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, failure);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, accuracy);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, macro_f1);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, loss);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, count);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, table);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, matrix);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, sentence);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, cell_title);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, cell_count);
  gtk_widget_class_bind_template_child (widget_class, WbPageEvaluate, grid);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, show_sentence);
  gtk_widget_class_bind_template_callback (widget_class, on_cell_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_class_chosen);
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
  g_type_ensure (WB_TYPE_FOLD);
  g_type_ensure (WB_TYPE_MATRIX);
  g_type_ensure (WB_TYPE_OUTCOME_GRID);
  g_type_ensure (WB_TYPE_SCORE_TABLE);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "evaluate.again", NULL, again_action);
  gtk_widget_class_install_action (widget_class, "evaluate.cancel", NULL, cancel_action);
}

static void
wb_page_evaluate_init (WbPageEvaluate *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
