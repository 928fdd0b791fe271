/* wb-doubt.c: how sure a model must be for its answer to count: a button, and behind it what comes of each threshold.
 *
 * What the model says of the validation images is asked once a model, in the background, when the button first comes
 * into sight. Until then nothing is doubted but what a person has set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-doubt.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-text.h"
#include "wb-thread.h"

#define SETTLE_MS 400 /* a slider that is drawn along is one decision */

struct _WbDoubt
{
  AdwBin parent_instance;

  GtkWidget *button, *automatic, *scale;
  GtkLabel *sentence, *why;

  WbProject *project;
  GArray *curve; /* (element-type LatheAnswered) of validation images; NULL: not known (yet) */
  guint n;       /* of those images */
  LatheAnswered found;
  gboolean is_found; /* FALSE: there is no threshold that does it */
  LatheModel *model; /* that the curve is of, or is asked about */
  LatheDataset *dataset;
  GCancellable *call;
  char *failure;
  double threshold; /* that holds now */
  gboolean showing; /* what the widgets say is not the user's */
  guint settling;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (WbDoubt, wb_doubt, ADW_TYPE_BIN)

/* --- What is shown --- */

/* (transfer full) */
static char *
describe (WbDoubt *self)
{
  LatheAnswered at;
  g_autofree char *answered = NULL, *right = NULL;

  if (self->failure)
    return g_strdup (self->failure);
  if (!self->curve)
    return g_strdup (self->call ? _ ("The validation images are being asked…")
                                : _ ("There are no validation images to choose it on."));
  at = lathe_selective_at (self->curve, self->threshold);
  answered = wb_text_percent ((double) at.answered / self->n);
  right = wb_text_percent (lathe_answered_accuracy (&at));
  return g_strdup_printf (_ ("Answers %s of the validation images, and %s of those answers are right."), answered,
                          right);
}

static const char *
explain (WbDoubt *self)
{
  if (!isnan (wb_project_get_threshold (self->project)) || !self->curve)
    return "";
  if (self->is_found)
    /* xgettext:no-c-format */
    return _ ("The smallest threshold with at least 95 % of its answers right");
  /* xgettext:no-c-format */
  return _ ("No threshold makes 95 % of the answers right, so it always answers");
}

static void
show_sentence (WbDoubt *self)
{
  g_autofree char *sentence = describe (self);

  gtk_label_set_text (self->sentence, sentence);
}

static void
show (WbDoubt *self)
{
  g_autofree char *percent = wb_text_percent (self->threshold);
  /* Translators: how sure the network must be for its answer to count */
  g_autofree char *label = g_strdup_printf (_ ("Sure from %s"), percent);

  self->showing = TRUE;
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->button), self->threshold > 0 ? label : _ ("Always Answers"));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->automatic), isnan (wb_project_get_threshold (self->project)));
  gtk_range_set_value (GTK_RANGE (self->scale), self->threshold);
  show_sentence (self);
  gtk_label_set_text (self->why, explain (self));
  gtk_widget_set_visible (GTK_WIDGET (self->why), *explain (self) != '\0');
  self->showing = FALSE;
}

/* What was set has the last word, and before that what a person is about to set. */
static void
refresh (WbDoubt *self)
{
  double set = wb_project_get_threshold (self->project), threshold;
  gboolean other;

  if (self->settling)
    {
      show_sentence (self);
      return;
    }
  threshold = !isnan (set) ? set : self->curve ? self->found.threshold : 0;
  other = threshold != self->threshold;
  self->threshold = threshold;
  show (self);
  if (other)
    g_signal_emit (self, changed_signal, 0);
}

/* --- Asking the validation images --- */

typedef struct
{
  LatheModel *model;
  LatheDataset *dataset;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  lathe_model_unref (question->model);
  wb_thread_drop_dataset (question->dataset);
  g_free (question);
}

static gpointer
ask_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Question *question = data;

  /* One thread: neither a training nor the answers about images are to wait for it. */
  return lathe_evaluate (question->model, question->dataset, LATHE_SPLIT_VALIDATION, 1, NULL, NULL, cancellable, error);
}

static void
on_asked (GObject *owner, gpointer result, const GError *error, gpointer call)
{
  WbDoubt *self = WB_DOUBT (owner);
  g_autoptr (LatheEvaluation) evaluation = result;

  if (self->call != call)
    return;
  g_clear_object (&self->call);
  if (evaluation && lathe_evaluation_get_n (evaluation) > 0)
    {
      self->curve = lathe_selective_curve (evaluation);
      self->n = lathe_evaluation_get_n (evaluation);
      self->is_found = lathe_selective_find (self->curve, LATHE_SELECTIVE_ACCURACY, &self->found);
    }
  else if (error)
    {
      self->failure = wb_text_sentence (error->message);
    }
  refresh (self);
}

static void
forget (WbDoubt *self)
{
  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
  g_clear_pointer (&self->curve, g_array_unref);
  g_clear_pointer (&self->failure, g_free);
  g_clear_pointer (&self->model, lathe_model_unref);
  g_clear_pointer (&self->dataset, wb_thread_drop_dataset);
}

void
wb_doubt_ask (WbDoubt *self)
{
  LatheModel *model = wb_project_get_model (self->project);
  LatheDataset *dataset = wb_project_get_model_dataset (self->project);
  Question *question;

  if (!model || !dataset)
    {
      forget (self);
      refresh (self);
      return;
    }
  if (self->model == model && self->dataset == dataset)
    return;
  forget (self);
  self->model = lathe_model_ref (model);
  self->dataset = lathe_dataset_ref (dataset);
  self->call = g_cancellable_new ();
  question = g_new (Question, 1);
  *question = (Question){lathe_model_ref (model), lathe_dataset_ref (dataset)};
  wb_thread_call (G_OBJECT (self), ask_work, question, question_free, (GDestroyNotify) lathe_evaluation_unref,
                  self->call, on_asked, self->call);
  refresh (self);
}

/* Another model, or other images: that they are asked can wait until somebody looks. */
static void
on_changed (WbDoubt *self)
{
  LatheModel *model = wb_project_get_model (self->project);

  if (gtk_widget_get_mapped (GTK_WIDGET (self)) || model == NULL)
    wb_doubt_ask (self);
  else if (self->model != model)
    {
      forget (self);
      refresh (self);
    }
}

/* What was being set was meant for what was open before. */
static void
on_dataset_changed (WbDoubt *self)
{
  g_clear_handle_id (&self->settling, g_source_remove);
  on_changed (self);
}

/* --- What the user does --- */

static gboolean
settle (gpointer data)
{
  WbDoubt *self = data;

  self->settling = 0;
  wb_project_set_threshold (self->project, self->threshold);
  return G_SOURCE_REMOVE;
}

static void
on_value (WbDoubt *self)
{
  if (self->showing)
    return;
  self->threshold = gtk_range_get_value (GTK_RANGE (self->scale));
  g_clear_handle_id (&self->settling, g_source_remove);
  self->settling = g_timeout_add (SETTLE_MS, settle, self);
  self->showing = TRUE;
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->automatic), FALSE);
  self->showing = FALSE;
  show_sentence (self);
  gtk_widget_set_visible (GTK_WIDGET (self->why), FALSE);
  g_signal_emit (self, changed_signal, 0);
}

static void
on_automatic (WbDoubt *self)
{
  if (self->showing)
    return;
  g_clear_handle_id (&self->settling, g_source_remove);
  wb_project_set_threshold (self->project,
                            gtk_check_button_get_active (GTK_CHECK_BUTTON (self->automatic)) ? NAN : self->threshold);
  refresh (self); /* also where that is what was set before the slider moved */
}

void
wb_doubt_set_project (WbDoubt *self, WbProject *project)
{
  static const char *const changes[] = {"model-changed", "images-changed", "split-changed"};

  g_return_if_fail (WB_IS_DOUBT (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (project, changes[i], G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_dataset_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "threshold-changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  refresh (self);
}

double
wb_doubt_get_threshold (WbDoubt *self)
{
  g_return_val_if_fail (WB_IS_DOUBT (self), 0);

  return self->threshold;
}

/* --- Life --- */

static void
on_map (WbDoubt *self)
{
  if (self->project)
    wb_doubt_ask (self);
}

static void
wb_doubt_dispose (GObject *object)
{
  WbDoubt *self = WB_DOUBT (object);

  if (self->settling)
    {
      g_source_remove (self->settling);
      settle (self);
    }
  forget (self);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_doubt_parent_class)->dispose (object);
}

static void
wb_doubt_class_init (WbDoubtClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_doubt_dispose;
  changed_signal = g_signal_new ("changed", WB_TYPE_DOUBT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GtkLabel *
make_text (gboolean dim)
{
  GtkLabel *label =
      g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "max-width-chars", 36, "width-chars", 30, NULL);

  gtk_widget_add_css_class (GTK_WIDGET (label), "numeric");
  if (dim)
    {
      gtk_widget_add_css_class (GTK_WIDGET (label), "caption");
      gtk_widget_add_css_class (GTK_WIDGET (label), "dim-label");
    }
  return label;
}

static GtkWidget *
make_popover (WbDoubt *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkLabel *title = make_text (FALSE);

  gtk_label_set_text (title, _ ("Less sure than this, it says “I do not know”:"));
  self->scale = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, 1, 0.01);
  gtk_scale_set_draw_value (GTK_SCALE (self->scale), TRUE);
  gtk_scale_set_digits (GTK_SCALE (self->scale), 3);
  gtk_scale_set_value_pos (GTK_SCALE (self->scale), GTK_POS_RIGHT);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->scale), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Threshold"), -1);
  self->sentence = make_text (FALSE);
  self->why = make_text (TRUE);
  self->automatic = gtk_check_button_new_with_label (_ ("Choose on the validation images"));
  g_object_set (box, "margin-top", 6, "margin-bottom", 6, "margin-start", 6, "margin-end", 6, NULL);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (title));
  gtk_box_append (GTK_BOX (box), self->scale);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->sentence));
  gtk_box_append (GTK_BOX (box), self->automatic);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->why));
  g_signal_connect_object (self->scale, "value-changed", G_CALLBACK (on_value), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->automatic, "toggled", G_CALLBACK (on_automatic), self, G_CONNECT_SWAPPED);
  return g_object_new (GTK_TYPE_POPOVER, "child", box, NULL);
}

static void
wb_doubt_init (WbDoubt *self)
{
  self->button = gtk_menu_button_new ();
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (self->button), make_popover (self));
  gtk_widget_set_tooltip_text (self->button, _ ("How sure the network must be for its answer to count"));
  adw_bin_set_child (ADW_BIN (self), self->button);
  g_signal_connect_object (self, "map", G_CALLBACK (on_map), self, G_CONNECT_SWAPPED);
}
