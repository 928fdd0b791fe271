/* wb-delivery-row.c: a format that a model is taken away in: a button that does it, and then the proof.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-delivery-row.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-fact-row.h"
#include "wb-file-dialog.h"
#include "wb-saved-row.h"
#include "wb-text.h"
#include "wb-thread.h"

struct _WbDeliveryRow
{
  AdwExpanderRow parent_instance;
  const LatheExportFormat *format;
  GtkStack *action; /* the button, or what is under way */
  GtkWidget *button;
  GtkProgressBar *progress;
  GPtrArray *facts; /* (element-type GtkWidget) rows of the proof */

  LatheModel *model;
  LatheDataset *dataset;
  char *name;
  gboolean bundle;

  GCancellable *call; /* NULL: nothing is under way */
  WbProgressRelay *relay;
  char *path; /* where the last one is */
};

enum
{
  TOLD,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbDeliveryRow, wb_delivery_row, ADW_TYPE_EXPANDER_ROW)

/* What goes to the thread, and what comes back of it. */
typedef struct
{
  const LatheExportFormat *format;
  LatheModel *model;
  LatheDataset *dataset;
  gboolean bundle;
  char *path;
  WbProgressRelay *relay;
} Task;

typedef struct
{
  char *path;
  GArray *proofs; /* (element-type LatheProof) */
} Outcome;

static void
task_free (gpointer data)
{
  Task *task = data;

  lathe_model_unref (task->model);
  g_clear_pointer (&task->dataset, lathe_dataset_unref);
  g_clear_pointer (&task->relay, wb_progress_relay_unref);
  g_free (task->path);
  g_free (task);
}

static void
outcome_free (gpointer data)
{
  Outcome *outcome = data;

  g_free (outcome->path);
  g_clear_pointer (&outcome->proofs, g_array_unref);
  g_free (outcome);
}

/* --- The proof --- */

static void
add_fact (WbDeliveryRow *self, const char *title, const char *value)
{
  GtkWidget *row = g_object_new (WB_TYPE_FACT_ROW, "title", title, NULL);

  wb_fact_row_set_value (WB_FACT_ROW (row), value);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  g_ptr_array_add (self->facts, row);
}

static void
add_both (WbDeliveryRow *self, const char *title, const char *exported, const char *ours)
{
  /* Translators: the same of an export, and of the model that it was made of */
  g_autofree char *text = g_strdup_printf (_ ("%s – the model here: %s"), exported, ours);

  add_fact (self, title, text);
}

static const char *
describe_reader (const LatheProof *proof)
{
  if (g_str_equal (proof->reader, "lathe"))
    return _ ("Lathe itself");
  return g_str_equal (proof->reader, "cc") ? _ ("A program that the C compiler made of it") : proof->reader;
}

/* (transfer full) */
static char *
write_difference (double difference)
{
  /* Translators: a difference of probabilities */
  return difference > 0 ? g_strdup_printf ("%.1e", difference) : g_strdup (_ ("none at all"));
}

static void
add_proof (WbDeliveryRow *self, const LatheProof *proof)
{
  g_autofree char *difference = write_difference (proof->largest_difference);
  g_autofree char *top = wb_text_percent (proof->equal_top1), *images = wb_text_count (proof->images);
  g_autofree char *exported = wb_text_milliseconds (proof->milliseconds_exported);
  g_autofree char *ours = wb_text_milliseconds (proof->milliseconds), *read = NULL;

  /* Translators: what read the export back, and how many images it was asked about */
  read = g_strdup_printf (proof->noise ? _ ("%s: asked about %s images of noise")
                                       : _ ("%s: asked about %s validation images"),
                          describe_reader (proof), images);
  add_fact (self, _ ("Read back by"), read);
  add_fact (self, _ ("Largest difference of a probability"), difference);
  add_fact (self, _ ("The same label is the likeliest"), top);
  if (isfinite (proof->accuracy))
    {
      g_autofree char *its = wb_text_percent (proof->accuracy_exported), *own = wb_text_percent (proof->accuracy);

      add_both (self, _ ("Accuracy"), its, own);
    }
  add_both (self, _ ("Time an image"), exported, ours);
}

/* What the format is for, or why this model cannot be taken away in it. */
static void
show_format (WbDeliveryRow *self)
{
  g_autoptr (GError) reason = NULL;
  gboolean can = !self->model || lathe_delivery_can (self->format, self->model, self->bundle, &reason);

  gtk_widget_set_sensitive (self->button, can);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), can ? _ (self->format->help) : reason->message);
}

static void
clear_facts (WbDeliveryRow *self)
{
  for (guint i = 0; i < self->facts->len; i++)
    adw_expander_row_remove (ADW_EXPANDER_ROW (self), g_ptr_array_index (self->facts, i));
  g_ptr_array_set_size (self->facts, 0);
  g_clear_pointer (&self->path, g_free);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), FALSE);
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), FALSE);
  show_format (self);
}

static void
add_place (WbDeliveryRow *self)
{
  GtkWidget *row = wb_saved_row_new (self->path);

  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  g_ptr_array_add (self->facts, row);
}

/* In one line: what a person wants to know who does not open the row. */
static char *
sum_up (const GArray *proofs)
{
  const LatheProof *last = proofs && proofs->len > 0 ? &g_array_index (proofs, LatheProof, proofs->len - 1) : NULL;
  g_autofree char *size = NULL;
  double largest = 0;

  if (!last)
    return g_strdup (_ ("Saved. Nothing on this computer reads it back, so it is not proved."));
  for (guint i = 0; i < proofs->len; i++)
    largest = MAX (largest, g_array_index (proofs, LatheProof, i).largest_difference);
  size = g_format_size (last->bytes);
  if (largest == 0)
    /* Translators: a size */
    return g_strdup_printf (_ ("Saved and proved: %s, all probabilities are exactly the same"), size);
  /* Translators: a size, and a number such as 3.1e-7 */
  return g_strdup_printf (_ ("Saved and proved: %s, no probability differs by more than %.1e"), size, largest);
}

static void
show_outcome (WbDeliveryRow *self, const Outcome *outcome)
{
  g_autofree char *summary = sum_up (outcome->proofs);

  clear_facts (self);
  self->path = g_strdup (outcome->path);
  for (guint i = 0; outcome->proofs && i < outcome->proofs->len; i++)
    add_proof (self, &g_array_index (outcome->proofs, LatheProof, i));
  add_place (self);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), summary);
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), TRUE);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), TRUE);
}

/* --- At work --- */

static void
stop (WbDeliveryRow *self)
{
  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  gtk_stack_set_visible_child_name (self->action, "button");
}

static void
on_progress (guint done, guint total, gpointer data)
{
  WbDeliveryRow *self = data;

  gtk_progress_bar_set_fraction (self->progress, total > 0 ? (double) done / total : 0);
}

/* A side that has no images proves nothing: then all of them do. */
static int
side_of (LatheDataset *dataset)
{
  return dataset && lathe_dataset_count (dataset, -1, LATHE_SPLIT_VALIDATION) > 0 ? LATHE_SPLIT_VALIDATION : -1;
}

static gpointer
deliver_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;
  LatheHyperparameters usual;
  LatheExport export = {.graph = task->model->graph, .model = task->model};
  LatheDeliveryOptions options = {.bundle = task->bundle, .dataset = task->dataset, .split = side_of (task->dataset)};
  g_autoptr (GArray) proofs = NULL;
  Outcome *outcome;

  lathe_hyperparameters_defaults (&usual);
  export.training = lathe_export_training (&usual);
  if (!lathe_deliver (task->format, &export, task->path, &options, &proofs, wb_progress_relay_report, task->relay,
                      cancellable, error))
    return NULL;
  outcome = g_new (Outcome, 1);
  *outcome = (Outcome){g_strdup (task->path), g_steal_pointer (&proofs)};
  return outcome;
}

static void
on_delivered (GObject *owner, gpointer result, const GError *error, gpointer call)
{
  WbDeliveryRow *self = WB_DELIVERY_ROW (owner);
  Outcome *outcome = result;
  g_autofree char *base = outcome ? g_path_get_basename (outcome->path) : NULL;
  g_autofree char *shown = base ? g_filename_display_name (base) : NULL, *message = NULL;

  if (self->call == call)
    {
      stop (self);
      if (outcome)
        show_outcome (self, outcome);
    }
  if (outcome)
    message = g_strdup_printf (_ ("Saved as “%s”."), shown);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    message = g_strdup (error->message);
  if (message)
    g_signal_emit (self, signals[TOLD], 0, message);
  g_clear_pointer (&outcome, outcome_free);
}

static void
deliver (WbDeliveryRow *self, char *path)
{
  Task *task = g_new (Task, 1);

  stop (self);
  self->call = g_cancellable_new ();
  self->relay = wb_progress_relay_new (on_progress, self);
  *task = (Task){
      .format = self->format,
      .model = lathe_model_ref (self->model),
      .dataset = self->dataset ? lathe_dataset_ref (self->dataset) : NULL,
      .bundle = self->bundle,
      .path = path,
      .relay = wb_progress_relay_ref (self->relay),
  };
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_stack_set_visible_child_name (self->action, "progress");
  wb_thread_call (G_OBJECT (self), deliver_work, task, task_free, outcome_free, self->call, on_delivered, self->call);
}

/* --- Where to --- */

/* Nothing that is there already is written over. */
static char *
free_folder (const char *parent, const char *name, const char *format)
{
  g_autofree char *wanted = g_strdup_printf ("%s-%s", name, format);
  char *path = g_build_filename (parent, wanted, NULL);

  for (guint i = 2; g_file_test (path, G_FILE_TEST_EXISTS); i++)
    {
      g_autofree char *other = g_strdup_printf ("%s-%u", wanted, i);

      g_free (path);
      path = g_build_filename (parent, other, NULL);
    }
  return path;
}

static void
on_chosen (GtkWidget *widget, GFile *file)
{
  WbDeliveryRow *self = WB_DELIVERY_ROW (widget);
  const char *path = g_file_peek_path (file);

  if (!path)
    g_signal_emit (self, signals[TOLD], 0, _ ("A model can only be saved on this computer. Choose another folder."));
  else if (self->model)
    deliver (self, self->bundle ? free_folder (path, self->name, self->format->name) : g_strdup (path));
}

static void
on_clicked (WbDeliveryRow *self)
{
  g_autofree char *file = g_strconcat (self->name, self->format->suffix, NULL);
  g_autofree char *pattern = g_strconcat ("*", self->format->suffix, NULL);

  if (self->bundle)
    wb_file_dialog_show (GTK_WIDGET (self), _ ("Folder for the Export"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL,
                         NULL, NULL, on_chosen);
  else
    wb_file_dialog_show (GTK_WIDGET (self), _ ("Save Export"), GTK_FILE_CHOOSER_ACTION_SAVE, file, pattern,
                         _ (self->format->title), on_chosen);
}

/* --- What others say --- */

void
wb_delivery_row_set_model (WbDeliveryRow *self, LatheModel *model, LatheDataset *dataset, const char *name)
{
  g_return_if_fail (WB_IS_DELIVERY_ROW (self));

  stop (self);
  if (dataset)
    lathe_dataset_ref (dataset);
  if (self->dataset)
    wb_thread_drop_dataset (self->dataset);
  self->dataset = dataset;
  g_clear_pointer (&self->model, lathe_model_unref);
  self->model = model ? lathe_model_ref (model) : NULL;
  g_free (self->name);
  self->name = g_strdup (name);
  clear_facts (self);
}

void
wb_delivery_row_set_bundle (WbDeliveryRow *self, gboolean bundle)
{
  g_return_if_fail (WB_IS_DELIVERY_ROW (self));

  self->bundle = bundle;
  if (!self->path)
    show_format (self);
}

/* --- Life --- */

static GtkWidget *
make_progress (WbDeliveryRow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *cancel = gtk_button_new_from_icon_name ("process-stop-symbolic");

  self->progress = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->progress), GTK_ALIGN_CENTER);
  gtk_widget_set_size_request (GTK_WIDGET (self->progress), 64, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Images that it was proved on"), -1);
  gtk_widget_add_css_class (cancel, "flat");
  gtk_widget_set_tooltip_text (cancel, _ ("Cancel"));
  g_signal_connect_object (cancel, "clicked", G_CALLBACK (stop), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->progress));
  gtk_box_append (GTK_BOX (box), cancel);
  return box;
}

static void
wb_delivery_row_dispose (GObject *object)
{
  WbDeliveryRow *self = WB_DELIVERY_ROW (object);

  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_pointer (&self->dataset, wb_thread_drop_dataset);
  g_clear_pointer (&self->model, lathe_model_unref);
  G_OBJECT_CLASS (wb_delivery_row_parent_class)->dispose (object);
}

static void
wb_delivery_row_finalize (GObject *object)
{
  WbDeliveryRow *self = WB_DELIVERY_ROW (object);

  g_ptr_array_unref (self->facts);
  g_free (self->name);
  g_free (self->path);
  G_OBJECT_CLASS (wb_delivery_row_parent_class)->finalize (object);
}

static void
wb_delivery_row_class_init (WbDeliveryRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wb_delivery_row_dispose;
  object_class->finalize = wb_delivery_row_finalize;
  signals[TOLD] = g_signal_new ("told", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                1, G_TYPE_STRING);
}

static void
wb_delivery_row_init (WbDeliveryRow *self)
{
  self->facts = g_ptr_array_new ();
}

GtkWidget *
wb_delivery_row_new (const LatheExportFormat *format)
{
  WbDeliveryRow *self = g_object_new (WB_TYPE_DELIVERY_ROW, "title", _ (format->title), NULL);
  g_autofree char *name = NULL;

  /* Translators: the title of a format, for a screen reader */
  name = g_strdup_printf (_ ("Export as %s…"), _ (format->title));
  self->format = format;
  self->button = gtk_button_new_with_label (_ ("Export…"));
  self->action = GTK_STACK (gtk_stack_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->action), GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  gtk_stack_add_named (self->action, self->button, "button");
  gtk_stack_add_named (self->action, make_progress (self), "progress");
  gtk_stack_set_hhomogeneous (self->action, FALSE);
  adw_expander_row_add_action (ADW_EXPANDER_ROW (self), GTK_WIDGET (self->action));
  clear_facts (self);
  return GTK_WIDGET (self);
}
