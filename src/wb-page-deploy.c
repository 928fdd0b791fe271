/* wb-page-deploy.c: the page where the model is taken away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-page-deploy.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-delivery-row.h"
#include "wb-fact-row.h"
#include "wb-file-dialog.h"
#include "wb-model-file.h"
#include "wb-saved-row.h"
#include "wb-serve-row.h"
#include "wb-text.h"
#include "wb-thread.h"
#include "wb-variant-view.h"

struct _WbPageDeploy
{
  WbPage parent_instance;
  GtkWidget *stack, *labels, *input, *parameters, *size, *validation, *test, *saved, *snippet, *save;
  GtkWidget *variants, *formats, *bundle, *serve, *request, *request_row;
  GPtrArray *deliveries; /* (element-type WbDeliveryRow) */
  char *path;            /* where this model was saved, or NULL */
};

G_DEFINE_TYPE (WbPageDeploy, wb_page_deploy, WB_TYPE_PAGE)

/* That is taken away: the variant that was chosen. */
static LatheModel *
model_of (WbPageDeploy *self)
{
  return wb_variant_view_get_model (WB_VARIANT_VIEW (self->variants));
}

static char *
default_stem (WbPageDeploy *self)
{
  char *name = NULL;

  g_object_get (wb_page_get_project (WB_PAGE (self)), "name", &name, NULL);
  if (name != NULL && *name != '\0')
    return g_strdelimit (name, G_DIR_SEPARATOR_S, '-');
  g_free (name);
  return g_strdup ("model");
}

static char *
default_name (WbPageDeploy *self)
{
  g_autofree char *stem = default_stem (self);

  return g_strconcat (stem, ".safetensors", NULL);
}

/* --- What is shown --- */

static void
show_snippet (WbPageDeploy *self)
{
  g_autofree char *name = self->path != NULL ? g_strdup (self->path) : default_name (self);
  gboolean plain = strpbrk (name, " '\"$`\\!*?[](){}<>|&;#~") == NULL;
  g_autofree char *quoted = plain ? g_strdup (name) : g_shell_quote (name);
  g_autofree char *snippet = g_strdup_printf ("lathe-cli predict %s image.png", quoted);

  gtk_label_set_text (GTK_LABEL (self->snippet), snippet);
}

static void
show_saved (WbPageDeploy *self)
{
  wb_saved_row_set_path (WB_SAVED_ROW (self->saved), self->path);
  show_snippet (self);
}

/* Of its file; about so, until the variants are known. (transfer full) */
static char *
describe_size (WbPageDeploy *self)
{
  const LatheVariant *chosen = wb_variant_view_get_chosen (WB_VARIANT_VIEW (self->variants));

  return chosen != NULL ? g_format_size (chosen->bytes) : wb_text_size (lathe_model_count_numbers (model_of (self)));
}

static void
show_score (GtkWidget *row, const char *format, double accuracy, double loss)
{
  g_autofree char *percent = wb_text_percent (accuracy), *number = wb_text_number (loss, 3), *text = NULL;

  text = g_strdup_printf (format, percent, number);
  gtk_widget_set_visible (row, isfinite (accuracy));
  wb_fact_row_set_value (WB_FACT_ROW (row), text);
}

static char *
describe_labels (const LatheModel *model)
{
  g_autofree char *list = g_strjoinv (", ", model->labels);

  return g_strdup_printf ("%u: %s", lathe_model_get_n_labels (model), list);
}

static void
show_model (WbPageDeploy *self)
{
  LatheModel *model = model_of (self);
  const LathePreprocess *p = model != NULL ? &model->preprocess : NULL;
  g_autofree char *labels = NULL, *input = NULL, *parameters = NULL, *size = NULL;

  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), model != NULL ? "model" : "empty");
  if (model == NULL)
    {
      wb_page_set_status (WB_PAGE (self), NULL);
      return;
    }
  labels = describe_labels (model);
  /* Translators: width × height of the images */
  input = g_strdup_printf (p->channels == 1 ? _ ("%u × %u pixels, grey") : _ ("%u × %u pixels, colour"), p->width,
                           p->height);
  parameters = wb_text_count (lathe_model_count_numbers (model));
  size = describe_size (self);
  wb_fact_row_set_value (WB_FACT_ROW (self->labels), labels);
  wb_fact_row_set_value (WB_FACT_ROW (self->input), input);
  wb_fact_row_set_value (WB_FACT_ROW (self->parameters), parameters);
  wb_fact_row_set_value (WB_FACT_ROW (self->size), size);
  show_score (self->validation, _ ("%s right, loss %s"), model->scores.validation_accuracy,
              model->scores.validation_loss);
  show_score (self->test, _ ("%s right, loss %s"), model->scores.test_accuracy, model->scores.test_loss);
  show_saved (self);
  wb_page_set_status (WB_PAGE (self), size);
}

static void
on_bundle_switched (WbPageDeploy *self)
{
  for (guint i = 0; i < self->deliveries->len; i++)
    wb_delivery_row_set_bundle (g_ptr_array_index (self->deliveries, i),
                                gtk_switch_get_active (GTK_SWITCH (self->bundle)));
}

/* Made once there is something to take away. A program that trains is taken away on the Network page. */
static void
add_formats (WbPageDeploy *self)
{
  guint n_formats;
  const LatheExportFormat *const *formats = lathe_export_formats (&n_formats);

  for (guint i = 0; i < n_formats; i++)
    if (formats[i]->needs_weights)
      {
        GtkWidget *row = wb_delivery_row_new (formats[i]);

        g_signal_connect_object (row, "told", G_CALLBACK (wb_page_toast), self, G_CONNECT_SWAPPED);
        adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->formats), row);
        g_ptr_array_add (self->deliveries, row);
      }
  on_bundle_switched (self);
}

static void
show_ways (WbPageDeploy *self)
{
  LatheDataset *dataset = wb_project_get_model_dataset (wb_page_get_project (WB_PAGE (self)));
  g_autofree char *stem = default_stem (self);

  if (model_of (self) != NULL && self->deliveries->len == 0)
    add_formats (self);
  for (guint i = 0; i < self->deliveries->len; i++)
    wb_delivery_row_set_model (g_ptr_array_index (self->deliveries, i), model_of (self), dataset, stem);
  wb_serve_row_set_model (WB_SERVE_ROW (self->serve), model_of (self), stem);
}

static void
on_model_changed (WbPageDeploy *self)
{
  g_clear_pointer (&self->path, g_free);
  show_model (self);
  show_ways (self);
}

static void
on_url_changed (WbPageDeploy *self, const char *url)
{
  g_autofree char *command =
      g_strdup_printf ("curl --data-binary @image.png -H 'Content-Type: image/png' %sv1/predict", url ? url : "");

  gtk_widget_set_visible (self->request_row, url != NULL);
  gtk_label_set_text (GTK_LABEL (self->request), command);
}

/* --- Save --- */

typedef struct
{
  LatheModel *model;
  char *path;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  lathe_model_unref (save->model);
  g_free (save->path);
  g_free (save);
}

/* The result is the save itself: by the time it is done, the project may have another model. */
static gpointer
save_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Save *save = data, *result;

  if (!lathe_model_save (save->model, save->path, error))
    return NULL;
  result = g_new (Save, 1);
  *result = (Save){lathe_model_ref (save->model), g_strdup (save->path)};
  return result;
}

static void
on_saved (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbPageDeploy *self = WB_PAGE_DEPLOY (owner);
  Save *save = result;
  g_autofree char *base = NULL, *shown = NULL, *message = NULL;

  if (error != NULL)
    {
      wb_page_toast (WB_PAGE (self), error->message);
      return;
    }
  base = g_path_get_basename (save->path);
  shown = g_filename_display_name (base);
  message = g_strdup_printf (_ ("Saved as “%s”."), shown);
  if (wb_page_get_project (WB_PAGE (self)) != NULL && model_of (self) == save->model)
    {
      g_free (self->path);
      self->path = g_steal_pointer (&save->path);
      show_saved (self);
      wb_project_model_saved (wb_page_get_project (WB_PAGE (self)), save->model);
    }
  wb_page_toast (WB_PAGE (self), message);
  save_free (save);
}

static void
on_save_chosen (GtkWidget *widget, GFile *file)
{
  WbPageDeploy *self = WB_PAGE_DEPLOY (widget);
  LatheModel *model = model_of (self);
  Save *save;

  if (model == NULL)
    return;
  if (g_file_peek_path (file) == NULL)
    {
      wb_page_toast (WB_PAGE (self), _ ("A model can only be saved on this computer. Choose another folder."));
      return;
    }
  save = g_new (Save, 1);
  *save = (Save){lathe_model_ref (model), g_file_get_path (file)};
  wb_thread_call (G_OBJECT (self), save_work, save, save_free, save_free, NULL, on_saved, NULL);
}

static void
save_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autofree char *name = default_name (WB_PAGE_DEPLOY (widget));

  wb_file_dialog_show (widget, _ ("Save Model"), GTK_FILE_CHOOSER_ACTION_SAVE, name, "*.safetensors",
                       _ ("Models (.safetensors)"), on_save_chosen);
}

/* --- Open --- */

static void
on_opened (GtkWidget *widget, LatheModel *model, gpointer data)
{
  WbProject *project = wb_page_get_project (WB_PAGE (widget));

  if (model != NULL && project != NULL)
    wb_project_set_model (project, model);
}

static void
on_open_chosen (GtkWidget *widget, GFile *file)
{
  if (g_file_peek_path (file) != NULL)
    wb_model_file_open (widget, wb_page_get_project (WB_PAGE (widget)), g_file_peek_path (file), on_opened, NULL);
}

static void
open_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  wb_model_file_choose (widget, _ ("Open Model"), _ ("Models"), NULL, on_open_chosen);
}

static void
copy (WbPageDeploy *self, GtkWidget *label)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), gtk_label_get_text (GTK_LABEL (label)));
  wb_page_toast (WB_PAGE (self), _ ("Copied."));
}

static void
copy_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  copy (WB_PAGE_DEPLOY (widget), WB_PAGE_DEPLOY (widget)->snippet);
}

static void
copy_request_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  copy (WB_PAGE_DEPLOY (widget), WB_PAGE_DEPLOY (widget)->request);
}

/* --- Life --- */

static void
wb_page_deploy_attach (WbPage *page, WbProject *project)
{
  wb_variant_view_attach (WB_VARIANT_VIEW (WB_PAGE_DEPLOY (page)->variants), project);
  g_signal_connect_object (project, "model-changed", G_CALLBACK (on_model_changed), page, G_CONNECT_SWAPPED);
  on_model_changed (WB_PAGE_DEPLOY (page));
}

/* The first thing to do here, rather than the first text that could be selected, has the focus. */
static void
wb_page_deploy_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_page_deploy_parent_class)->map (widget);
  gtk_widget_grab_focus (WB_PAGE_DEPLOY (widget)->save);
}

static void
wb_page_deploy_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (wb_page_deploy_parent_class)->dispose (object);
}

static void
wb_page_deploy_finalize (GObject *object)
{
  g_free (WB_PAGE_DEPLOY (object)->path);
  g_ptr_array_unref (WB_PAGE_DEPLOY (object)->deliveries);
  G_OBJECT_CLASS (wb_page_deploy_parent_class)->finalize (object);
}

static void
wb_page_deploy_class_init (WbPageDeployClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wb_page_deploy_dispose;
  object_class->finalize = wb_page_deploy_finalize;
  widget_class->map = wb_page_deploy_map;
  WB_PAGE_CLASS (klass)->attach = wb_page_deploy_attach;
  g_type_ensure (WB_TYPE_FACT_ROW);
  g_type_ensure (WB_TYPE_SAVED_ROW);
  g_type_ensure (WB_TYPE_SERVE_ROW);
  g_type_ensure (WB_TYPE_VARIANT_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-page-deploy.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, stack);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, labels);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, input);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, parameters);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, size);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, validation);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, test);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, saved);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, snippet);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, save);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, variants);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, formats);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, bundle);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, serve);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, request);
  gtk_widget_class_bind_template_child (widget_class, WbPageDeploy, request_row);
  gtk_widget_class_install_action (widget_class, "deploy.save", NULL, save_action);
  gtk_widget_class_install_action (widget_class, "deploy.open", NULL, open_action);
  gtk_widget_class_install_action (widget_class, "deploy.copy", NULL, copy_action);
  gtk_widget_class_install_action (widget_class, "deploy.copy-request", NULL, copy_request_action);
}

static void
wb_page_deploy_init (WbPageDeploy *self)
{
  self->deliveries = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->bundle, "notify::active", G_CALLBACK (on_bundle_switched), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variants, "told", G_CALLBACK (wb_page_toast), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variants, "chosen", G_CALLBACK (on_model_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->serve, "told", G_CALLBACK (wb_page_toast), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->serve, "url-changed", G_CALLBACK (on_url_changed), self, G_CONNECT_SWAPPED);
}
