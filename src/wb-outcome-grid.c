/* wb-outcome-grid.c: the images of one cell of a confusion matrix, worst first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-outcome-grid.h"

#include <glib/gi18n.h>

#include "wb-text.h"
#include "wb-thumbnail.h"
#include "wb-tooltip.h"

#define MAX_SHOWN 1000 /* nobody looks through more, and the list is made on the main loop */
#define SIDE 72        /* pixels */

/* An image in the grid. */
#define WB_TYPE_OUTCOME (wb_outcome_get_type ())
G_DECLARE_FINAL_TYPE (WbOutcome, wb_outcome, WB, OUTCOME, GObject)

struct _WbOutcome
{
  GObject parent_instance;
  LatheImage *image;
  float confidence;
};

G_DEFINE_TYPE (WbOutcome, wb_outcome, G_TYPE_OBJECT)

static void
wb_outcome_finalize (GObject *object)
{
  g_clear_pointer (&WB_OUTCOME (object)->image, lathe_image_free);
  G_OBJECT_CLASS (wb_outcome_parent_class)->finalize (object);
}

static void
wb_outcome_class_init (WbOutcomeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_outcome_finalize;
}

static void
wb_outcome_init (WbOutcome *self)
{
}

struct _WbOutcomeGrid
{
  AdwBin parent_instance;
  GtkWidget *view;
  GListStore *images;
};

G_DEFINE_TYPE (WbOutcomeGrid, wb_outcome_grid, ADW_TYPE_BIN)

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *thumbnail = wb_thumbnail_new (SIDE);

  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, thumbnail);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  WbOutcome *outcome = gtk_list_item_get_item (item);
  GtkWidget *thumbnail = gtk_list_item_get_child (item);
  g_autofree char *percent = wb_text_percent (outcome->confidence);
  g_autofree char *base = g_path_get_basename (outcome->image->path);
  g_autofree char *name = g_filename_display_name (base);
  /* Translators: a file's name, and how sure the network was */
  g_autofree char *text = g_strdup_printf (_ ("%s, sure to %s"), name, percent);

  wb_thumbnail_set_image (WB_THUMBNAIL (thumbnail), outcome->image);
  wb_tooltip_set (thumbnail, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (thumbnail), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  wb_thumbnail_set_image (WB_THUMBNAIL (gtk_list_item_get_child (item)), NULL);
}

static void
wb_outcome_grid_finalize (GObject *object)
{
  g_clear_object (&WB_OUTCOME_GRID (object)->images);
  G_OBJECT_CLASS (wb_outcome_grid_parent_class)->finalize (object);
}

static void
wb_outcome_grid_class_init (WbOutcomeGridClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_outcome_grid_finalize;
}

static void
wb_outcome_grid_init (WbOutcomeGrid *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkSelectionModel *model;

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  self->images = g_list_store_new (WB_TYPE_OUTCOME);
  model = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->images))));
  self->view = gtk_grid_view_new (model, factory);
  gtk_grid_view_set_min_columns (GTK_GRID_VIEW (self->view), 3);
  gtk_grid_view_set_max_columns (GTK_GRID_VIEW (self->view), 8);
  gtk_widget_add_css_class (self->view, "outcomes");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Images of the cell"),
                                  -1);
  adw_bin_set_child (ADW_BIN (self), g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", self->view, "hscrollbar-policy",
                                                   GTK_POLICY_NEVER, "min-content-height", 200, NULL));
}

static int
surest_first (gconstpointer a, gconstpointer b)
{
  float x = ((const LatheOutcome *) a)->confidence, y = ((const LatheOutcome *) b)->confidence;

  return x > y ? -1 : x < y;
}

static int
least_sure_first (gconstpointer a, gconstpointer b)
{
  return surest_first (b, a);
}

guint
wb_outcome_grid_show (WbOutcomeGrid *self, LatheDataset *dataset, GArray *outcomes, guint truth, guint said)
{
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (LatheOutcome));
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_val_if_fail (WB_IS_OUTCOME_GRID (self), 0);

  for (guint i = 0; i < outcomes->len; i++)
    {
      const LatheOutcome *outcome = &g_array_index (outcomes, LatheOutcome, i);

      if (outcome->truth == truth && outcome->said == said)
        g_array_append_vals (chosen, outcome, 1);
    }
  g_array_sort (chosen, truth == said ? least_sure_first : surest_first);
  for (guint i = 0; i < MIN (chosen->len, MAX_SHOWN); i++)
    {
      const LatheOutcome *outcome = &g_array_index (chosen, LatheOutcome, i);
      WbOutcome *image = g_object_new (WB_TYPE_OUTCOME, NULL);

      image->image = lathe_image_copy (lathe_dataset_get_image (dataset, outcome->image));
      image->confidence = outcome->confidence;
      g_ptr_array_add (images, image);
    }
  g_list_store_splice (self->images, 0, g_list_model_get_n_items (G_LIST_MODEL (self->images)), images->pdata,
                       images->len);
  return chosen->len;
}
