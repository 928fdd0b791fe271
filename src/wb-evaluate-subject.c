/* wb-evaluate-subject.c: which model is evaluated, on which images.
 *
 * The list of images has the sides of the project's split, then the folder that was chosen last, and then the choice of
 * another one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-evaluate-subject.h"

#include <glib/gi18n.h>

#include "wb-drop-down.h"
#include "wb-drop-target.h"
#include "wb-file-dialog.h"
#include "wb-model-choice.h"

struct _WbEvaluateSubject
{
  AdwBin parent_instance;
  GtkWidget *model, *images, *spinner;
  WbProject *project;
  GtkStringList *names;
  LatheDataset *folder;      /* that was chosen, or NULL */
  GCancellable *cancellable; /* of the scan that goes on, or NULL */
  guint chosen;              /* in `names` */
};

G_DEFINE_FINAL_TYPE (WbEvaluateSubject, wb_evaluate_subject, ADW_TYPE_BIN)

enum
{
  CHANGED,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const int splits[] = {LATHE_SPLIT_TEST, LATHE_SPLIT_VALIDATION, LATHE_SPLIT_TRAIN, -1};

static void
tell (WbEvaluateSubject *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_failed (WbEvaluateSubject *self, const char *message)
{
  g_signal_emit (self, signals[FAILED], 0, message);
}

/* --- Another folder --- */

static void
stop (WbEvaluateSubject *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  gtk_widget_set_visible (self->spinner, FALSE);
}

static gpointer
scan_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;

  return lathe_dataset_scan (data, &options, NULL, NULL, cancellable, error);
}

static void
forget_folder (WbEvaluateSubject *self)
{
  if (self->folder == NULL)
    return;
  gtk_string_list_remove (self->names, G_N_ELEMENTS (splits));
  wb_thread_drop_dataset (g_steal_pointer (&self->folder));
}

static void
choose (WbEvaluateSubject *self, guint place)
{
  self->chosen = place;
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->images), place);
}

static void
on_scanned (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbEvaluateSubject *self = WB_EVALUATE_SUBJECT (owner);
  g_autoptr (LatheDataset) dataset = result;
  g_autofree char *base = NULL, *name = NULL;
  const char *added[] = {NULL, NULL};

  if (self->cancellable != cancellable)
    return;
  stop (self);
  if (dataset == NULL)
    {
      on_failed (self, error->message);
      return;
    }
  base = g_path_get_basename (lathe_dataset_get_folder (dataset));
  added[0] = name = g_filename_display_name (base);
  choose (self, 0);
  forget_folder (self);
  self->folder = g_steal_pointer (&dataset);
  gtk_string_list_splice (self->names, G_N_ELEMENTS (splits), 0, added);
  choose (self, G_N_ELEMENTS (splits));
  tell (self);
}

static void
take_folder (WbEvaluateSubject *self, GFile *file)
{
  const char *path = g_file_peek_path (file);

  if (path == NULL || !lathe_dataset_is_source (path))
    {
      on_failed (self, _ ("That is no folder or archive of images. Choose one with a sub-folder for each class."));
      return;
    }
  stop (self);
  self->cancellable = g_cancellable_new ();
  gtk_widget_set_visible (self->spinner, TRUE);
  wb_thread_call (G_OBJECT (self), scan_work, g_strdup (path), g_free, (GDestroyNotify) lathe_dataset_unref,
                  self->cancellable, on_scanned, self->cancellable);
}

static void
on_folder_chosen (GtkWidget *widget, GFile *file)
{
  take_folder (WB_EVALUATE_SUBJECT (widget), file);
}

void
wb_evaluate_subject_choose_folder (WbEvaluateSubject *self)
{
  g_return_if_fail (WB_IS_EVALUATE_SUBJECT (self));

  wb_file_dialog_show (GTK_WIDGET (self), _ ("Choose a Folder to Evaluate On"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                       NULL, NULL, NULL, on_folder_chosen);
}

static void
on_drop (WbEvaluateSubject *self, GListModel *files, GdkTexture *texture)
{
  g_autoptr (GFile) file = files != NULL ? g_list_model_get_item (files, 0) : NULL;

  if (file != NULL)
    take_folder (self, file);
}

/* The last of the list is no images yet: what was chosen stays until there are some. */
static void
on_images_selected (WbEvaluateSubject *self)
{
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->images));

  if (selected == self->chosen || selected == GTK_INVALID_LIST_POSITION)
    return;
  if (selected + 1 == g_list_model_get_n_items (G_LIST_MODEL (self->names)))
    {
      choose (self, self->chosen);
      wb_evaluate_subject_choose_folder (self);
      return;
    }
  stop (self);
  self->chosen = selected;
  tell (self);
}

/* --- Use --- */

/* Another source, other classes: what was chosen beside it belongs to the one before. */
static void
on_dataset_changed (WbEvaluateSubject *self)
{
  stop (self);
  choose (self, 0);
  forget_folder (self);
  wb_model_choice_reset (WB_MODEL_CHOICE (self->model));
  tell (self);
}

void
wb_evaluate_subject_set_project (WbEvaluateSubject *self, WbProject *project)
{
  static const char *const names[] = {"model-changed", "images-changed", "split-changed"};

  g_return_if_fail (WB_IS_EVALUATE_SUBJECT (self));
  g_return_if_fail (self->project == NULL);

  self->project = g_object_ref (project);
  wb_model_choice_set_project (WB_MODEL_CHOICE (self->model), project);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_connect_object (project, names[i], G_CALLBACK (tell), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_dataset_changed), self, G_CONNECT_SWAPPED);
}

gboolean
wb_evaluate_subject_has_own_model (WbEvaluateSubject *self)
{
  g_return_val_if_fail (WB_IS_EVALUATE_SUBJECT (self), FALSE);

  return wb_model_choice_get (WB_MODEL_CHOICE (self->model)) == NULL;
}

gboolean
wb_evaluate_subject_has_own_images (WbEvaluateSubject *self)
{
  g_return_val_if_fail (WB_IS_EVALUATE_SUBJECT (self), FALSE);

  return self->folder == NULL || self->chosen != G_N_ELEMENTS (splits);
}

LatheModel *
wb_evaluate_subject_get_model (WbEvaluateSubject *self)
{
  LatheModel *model;

  g_return_val_if_fail (WB_IS_EVALUATE_SUBJECT (self), NULL);

  model = wb_model_choice_get (WB_MODEL_CHOICE (self->model));
  return model != NULL || self->project == NULL ? model : wb_project_get_model (self->project);
}

/* A training that goes on is not to be slowed down much. */
static guint
n_threads_for (WbEvaluateSubject *self)
{
  gboolean training = self->project != NULL && wb_run_get_active (wb_project_get_run (self->project));

  return training ? 1 : lathe_default_threads ();
}

/* (nullable): the list in which the model may be */
static const char *
get_runs (WbEvaluateSubject *self)
{
  return self->project != NULL ? wb_runs_get_path (wb_project_get_runs (self->project)) : NULL;
}

/* The project's images, divided as they were when its model was trained, and as they are labelled now. */
static WbQuestion *
ask_of_own_images (WbEvaluateSubject *self, LatheModel *model)
{
  LatheDataset *dataset = wb_evaluate_subject_has_own_model (self) ? wb_project_get_model_dataset (self->project)
                                                                   : wb_project_get_dataset (self->project);
  LatheDataset *now = wb_project_get_dataset (self->project);
  gboolean same;

  if (dataset == NULL)
    return NULL;
  same =
      now != NULL && now != dataset && g_str_equal (lathe_dataset_get_folder (now), lathe_dataset_get_folder (dataset));
  return wb_question_new (model, dataset, same ? lathe_dataset_get_edits (now) : NULL,
                          splits[self->chosen % G_N_ELEMENTS (splits)], get_runs (self), n_threads_for (self));
}

WbQuestion *
wb_evaluate_subject_ask (WbEvaluateSubject *self)
{
  LatheModel *model;

  g_return_val_if_fail (WB_IS_EVALUATE_SUBJECT (self), NULL);

  model = wb_evaluate_subject_get_model (self);
  if (model == NULL)
    return NULL;
  if (wb_evaluate_subject_has_own_images (self))
    return ask_of_own_images (self, model);
  return wb_question_new (model, self->folder, NULL, -1, get_runs (self), n_threads_for (self));
}

/* --- Life --- */

static void
wb_evaluate_subject_dispose (GObject *object)
{
  WbEvaluateSubject *self = WB_EVALUATE_SUBJECT (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->project);
  g_clear_pointer (&self->folder, lathe_dataset_unref);
  G_OBJECT_CLASS (wb_evaluate_subject_parent_class)->dispose (object);
}

static void
wb_evaluate_subject_class_init (WbEvaluateSubjectClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_evaluate_subject_dispose;
  signals[CHANGED] =
      g_signal_new ("changed", WB_TYPE_EVALUATE_SUBJECT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", WB_TYPE_EVALUATE_SUBJECT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_evaluate_subject_init (WbEvaluateSubject *self)
{
  const char *names[] = {_ ("Test images"), _ ("Validation images"), _ ("Training images"),
                         _ ("All images"),  _ ("Another Folder…"),   NULL};
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  WbDropTarget *drop;

  self->names = gtk_string_list_new (names);
  self->model = wb_model_choice_new (_ ("This model"), _ ("Which model"));
  self->images = gtk_drop_down_new (G_LIST_MODEL (g_object_ref (self->names)), NULL);
  gtk_widget_set_hexpand (self->images, TRUE);
  wb_drop_down_shorten (GTK_DROP_DOWN (self->images));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->images), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Which images"), -1);
  self->spinner = g_object_new (GTK_TYPE_SPINNER, "spinning", TRUE, "visible", FALSE, NULL);
  gtk_box_append (GTK_BOX (box), self->model);
  gtk_box_append (GTK_BOX (box), self->images);
  gtk_box_append (GTK_BOX (box), self->spinner);
  gtk_widget_set_hexpand (GTK_WIDGET (self), FALSE);
  adw_bin_set_child (ADW_BIN (self), box);
  drop = wb_drop_target_attach (GTK_WIDGET (self));
  g_signal_connect_object (drop, "drop", G_CALLBACK (on_drop), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "changed", G_CALLBACK (tell), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->images, "notify::selected", G_CALLBACK (on_images_selected), self, G_CONNECT_SWAPPED);
}
