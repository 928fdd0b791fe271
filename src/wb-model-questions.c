/* wb-model-questions.c: what the file of a model leaves open, asked of the person who opens it.
 *
 * Few formats say what an image must be made into before the network sees it, or what its outputs are called. Without
 * the right answer a good network says nonsense, and nothing shows why.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-model-questions.h"

#include <glib/gi18n.h>
#include <string.h>

/* (colour from 0 to 1 - mean) / deviation */
static const struct
{
  const char *title;
  float mean[3], deviation[3];
  gboolean coloured; /* for images in colour alone */
} preparations[] = {
    {N_ ("From 0 to 1"), {0, 0, 0}, {1, 1, 1}, FALSE},
    {N_ ("From 0 to 255"), {0, 0, 0}, {1 / 255.f, 1 / 255.f, 1 / 255.f}, FALSE},
    {N_ ("From −1 to 1"), {0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f}, FALSE},
    {N_ ("As PyTorch’s models of ImageNet"), {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}, TRUE},
};

typedef struct
{
  GtkWidget *widget;
  LatheModel *model;
  LatheDataset *dataset; /* or NULL: its classes are no answer */
  GtkWidget *colours;    /* an AdwComboRow, or NULL */
  GtkWidget *names;      /* a GtkSwitch, or NULL */
  WbModelAnswered answered;
  gpointer data;
} Asking;

static void
asking_free (gpointer data, GClosure *closure)
{
  Asking *asking = data;

  g_object_unref (asking->widget);
  g_clear_pointer (&asking->dataset, lathe_dataset_unref);
  g_free (asking);
}

/* --- Answers --- */

static void
apply (const Asking *asking)
{
  LatheModel *model = asking->model;
  guint chosen = asking->colours ? adw_combo_row_get_selected (ADW_COMBO_ROW (asking->colours)) : 0;

  if (asking->colours && chosen < G_N_ELEMENTS (preparations))
    {
      memcpy (model->preprocess.mean, preparations[chosen].mean, sizeof model->preprocess.mean);
      memcpy (model->preprocess.deviation, preparations[chosen].deviation, sizeof model->preprocess.deviation);
    }
  if (asking->names && gtk_switch_get_active (GTK_SWITCH (asking->names)))
    {
      g_strfreev (model->labels);
      model->labels = g_strdupv ((char **) lathe_dataset_get_classes (asking->dataset));
    }
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Asking *asking)
{
  gboolean open = g_str_equal (response, "open");

  if (open)
    apply (asking);
  asking->answered (asking->widget, open, asking->data);
}

/* --- Questions --- */

static GtkWidget *
make_colours (const LatheModel *model)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (preparations); i++)
    if (model->preprocess.channels == 3 || !preparations[i].coloured)
      gtk_string_list_append (titles, _ (preparations[i].title));
  return g_object_new (ADW_TYPE_COMBO_ROW, "title", _ ("The Colours That It Was Made For"), "title-lines", 2, "model",
                       titles, "use-subtitle", TRUE, NULL);
}

static GtkWidget *
make_names (const char *const *classes, GtkWidget **toggle)
{
  g_autofree char *list = g_strjoinv (", ", (char **) classes);
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "title", _ ("Its Classes Are Yours, in This Order"),
                                 "title-lines", 2, "use-markup", FALSE, "subtitle", list, "subtitle-lines", 3, NULL);

  *toggle = g_object_new (GTK_TYPE_SWITCH, "valign", GTK_ALIGN_CENTER, NULL);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), *toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), *toggle);
  return row;
}

static GtkWidget *
make_rows (Asking *asking, gboolean unprepared)
{
  GtkWidget *list = g_object_new (GTK_TYPE_LIST_BOX, "selection-mode", GTK_SELECTION_NONE, NULL);

  gtk_widget_add_css_class (list, "boxed-list");
  if (unprepared)
    gtk_list_box_append (GTK_LIST_BOX (list), asking->colours = make_colours (asking->model));
  if (asking->dataset)
    gtk_list_box_append (GTK_LIST_BOX (list), make_names (lathe_dataset_get_classes (asking->dataset), &asking->names));
  return list;
}

/* (transfer full): what is missing, in words */
static char *
describe (const LatheModel *model, const LatheImportNotes *notes)
{
  guint n = lathe_model_get_n_labels (model);

  if (!notes->unnamed)
    return g_strdup (_ ("The file does not say how images are prepared for it."));
  if (!notes->unprepared)
    return g_strdup_printf (_ ("The file does not name its %u classes."), n);
  return g_strdup_printf (_ ("The file does not say how images are prepared for it, and does not name its %u classes."),
                          n);
}

gboolean
wb_model_questions_ask (GtkWidget *widget, const char *name, LatheModel *model, const LatheImportNotes *notes,
                        LatheDataset *dataset, WbModelAnswered answered, gpointer data)
{
  gboolean nameable =
      notes->unnamed && dataset && lathe_dataset_get_n_classes (dataset) == lathe_model_get_n_labels (model);
  g_autofree char *body = describe (model, notes);
  AdwMessageDialog *dialog;
  Asking *asking;

  if (!notes->unprepared && !nameable)
    return FALSE;
  asking = g_new0 (Asking, 1);
  *asking = (Asking){.widget = g_object_ref (widget),
                     .model = model,
                     .dataset = nameable ? lathe_dataset_ref (dataset) : NULL,
                     .answered = answered,
                     .data = data};
  dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)), NULL, body));
  /* Translators: the name of a file */
  adw_message_dialog_format_heading (dialog, _ ("What “%s” Leaves Open"), name);
  adw_message_dialog_set_extra_child (dialog, make_rows (asking, notes->unprepared));
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "open", _ ("_Open"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "open", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "open");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), asking, asking_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  return TRUE;
}
