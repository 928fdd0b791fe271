/* wb-take-model.c: a model of a file becomes what the next training goes on from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-take-model.h"

#include <glib/gi18n.h>

#include "wb-account.h"

/* --- What is kept, and what is not --- */

/* (transfer full): the layers with weights that begin anew, with commas between them; NULL: none does */
static char *
list_fresh (const LatheGraph *graph, const LatheInheritance *inheritance)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < report->n_nodes; i++)
    {
      const char *name = lathe_graph_get_node (graph, i)->name;

      if (report->nodes[i].parameters > 0 && !lathe_inheritance_has (inheritance, name))
        g_ptr_array_add (names, (gpointer) name);
    }
  g_ptr_array_add (names, NULL);
  return names->len > 1 ? g_strjoinv (", ", (char **) names->pdata) : NULL;
}

static void
tell_fresh (GPtrArray *told, const char *fresh, const LatheModel *model, LatheDataset *dataset)
{
  guint n_labels = lathe_model_get_n_labels (model), n_classes = lathe_dataset_get_n_classes (dataset);

  /* Translators: names of layers, then numbers */
  if (n_labels != n_classes)
    g_ptr_array_add (told, g_strdup_printf (_ ("Begins anew: %s. It told %u classes apart, and your images have %u."),
                                            fresh, n_labels, n_classes));
  else
    /* Translators: names of layers */
    g_ptr_array_add (told,
                     g_strdup_printf (_ ("Begins anew: %s. Its classes are called otherwise than yours."), fresh));
}

static void
tell_layers (GPtrArray *told, WbProject *project, const LatheModel *model)
{
  g_autoptr (LatheInheritance) inheritance = wb_project_get_inheritance (project);
  g_autofree char *fresh = NULL;

  if (!inheritance)
    {
      g_ptr_array_add (told,
                       g_strdup (_ ("There are no images to train it on yet. Open a folder of them, and then this "
                                    "file again: it goes on from what it learned.")));
      return;
    }
  fresh = list_fresh (wb_project_get_graph (project), inheritance);
  if (lathe_inheritance_count (inheritance) > 0)
    /* Translators: how many of the layers that have weights */
    g_ptr_array_add (told, g_strdup_printf (_ ("The next training goes on from what %u of %u layers learned."),
                                            lathe_inheritance_count (inheritance), inheritance->n_layers));
  if (fresh)
    tell_fresh (told, fresh, model, wb_project_get_dataset (project));
}

static void
tell_preparation (GPtrArray *told, const LathePreprocess *before, const LathePreprocess *now)
{
  g_autofree char *mean = lathe_channels_write (now->mean, now->channels);
  g_autofree char *deviation = lathe_channels_write (now->deviation, now->channels);

  if (before->width != now->width || before->height != now->height || before->channels != now->channels)
    g_ptr_array_add (told,
                     g_strdup_printf (now->channels == 1
                                          ? _ ("Images are brought to %u × %u pixels in grey, as it takes them.")
                                          : _ ("Images are brought to %u × %u pixels in colour, as it takes them."),
                                      now->width, now->height));
  if (!lathe_preprocess_same_normalisation (before, now))
    g_ptr_array_add (told, g_strdup_printf (_ ("Colours are normalised as it takes them: by mean %s and deviation %s."),
                                            mean, deviation));
}

/* --- Taking --- */

/* What the dialog may take back. */
typedef struct
{
  WbProject *project;
  WbTaken *taken;
} Offer;

static void
offer_free (gpointer data, GClosure *closure)
{
  Offer *offer = data;

  g_object_unref (offer->project);
  wb_taken_free (offer->taken);
  g_free (offer);
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Offer *offer)
{
  if (g_str_equal (response, "undo"))
    wb_project_leave_model (offer->project, offer->taken);
}

static void
present (GtkWidget *widget, const char *heading, const GPtrArray *told, Offer *offer)
{
  AdwMessageDialog *dialog = wb_account_new (widget, heading, NULL, told);

  adw_message_dialog_add_responses (dialog, "undo", _ ("_Undo"), "keep", _ ("_Keep"), NULL);
  adw_message_dialog_set_default_response (dialog, "keep");
  adw_message_dialog_set_close_response (dialog, "keep");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), offer, offer_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
wb_take_model (GtkWidget *widget, WbProject *project, LatheModel *model, const char *heading)
{
  const LathePreprocess before = *wb_project_get_preprocess (project);
  g_autoptr (GPtrArray) told = g_ptr_array_new_with_free_func (g_free);
  Offer *offer;

  g_return_if_fail (WB_IS_PROJECT (project));

  offer = g_new (Offer, 1);
  *offer = (Offer){g_object_ref (project), wb_project_take_model (project, model)};
  tell_layers (told, project, model);
  tell_preparation (told, &before, wb_project_get_preprocess (project));
  present (widget, heading, told, offer);
}
