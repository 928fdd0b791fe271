/* wb-trial-cells.c: what views of trials are made of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-trial-cells.h"

#include <glib/gi18n.h>

#include "wb-refill.h"
#include "wb-text.h"
#include "wb-thumbnail.h"

#define SIDE 96 /* pixels */

struct _WbTrialCells
{
  GObject parent_instance;

  WbTrialOrder *order;
  LatheModel *model; /* NULL: none */
  WbRefill *refill;
};

G_DEFINE_FINAL_TYPE (WbTrialCells, wb_trial_cells, G_TYPE_OBJECT)

static WbTrialCell
cell_of (gpointer item)
{
  return (WbTrialCell) GPOINTER_TO_UINT (g_object_get_data (item, "cell"));
}

/* --- Words --- */

/* (transfer full) */
static char *
describe_label (WbTrialCells *self, const WbTrial *trial)
{
  if (trial->reason)
    return g_strdup (_ ("Cannot be read"));
  if (!trial->known)
    /* Translators: the network is not sure; the likeliest class */
    return g_strdup_printf (_ ("Unknown (%s)"), self->model->labels[trial->label]);
  return g_strdup (self->model->labels[trial->label]);
}

/* (transfer full) */
static char *
get_name (const WbTrial *trial)
{
  return g_filename_display_basename (trial->image.path);
}

/* (transfer full) */
static char *
describe (WbTrialCells *self, const WbTrial *trial)
{
  g_autofree char *name = get_name (trial), *said = describe_label (self, trial),
                  *sure = wb_text_percent (trial->probability);

  return g_strdup_printf ("%s: %s, %s", name, said, sure);
}

/* To set a tooltip asks the display where the pointer is: so it is told when that rests. */
static gboolean
on_query_tooltip (GtkWidget *cell, int x, int y, gboolean keyboard, GtkTooltip *tooltip, GtkListItem *item)
{
  WbTrialCells *self = g_object_get_data (G_OBJECT (item), "cells");
  const WbTrial *trial = wb_trial_order_get (self->order, gtk_list_item_get_position (item));
  g_autofree char *text = NULL;

  if (!trial || !self->model)
    return FALSE;
  if (cell_of (item) == WB_TRIAL_FILE)
    text = g_filename_display_name (trial->image.path);
  else if (trial->reason || cell_of (item) == WB_TRIAL_PICTURE)
    text = trial->reason ? g_strdup (trial->reason) : describe (self, trial);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

/* --- A picture, and what is said of it --- */

static void
set_up_picture (GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "ellipsize", PANGO_ELLIPSIZE_END, "max-width-chars", 12, NULL);
  GtkWidget *percent = gtk_label_new (NULL);

  gtk_widget_add_css_class (label, "caption-heading");
  gtk_widget_add_css_class (percent, "caption");
  gtk_widget_add_css_class (percent, "numeric");
  gtk_widget_add_css_class (percent, "dim-label");
  gtk_box_append (GTK_BOX (box), wb_thumbnail_new (SIDE));
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), percent);
  gtk_list_item_set_child (item, box);
}

static void
show_picture (WbTrialCells *self, GtkWidget *box, const WbTrial *trial)
{
  GtkWidget *thumbnail = gtk_widget_get_first_child (box), *label = gtk_widget_get_next_sibling (thumbnail);
  GtkWidget *percent = gtk_widget_get_next_sibling (label);
  g_autofree char *said = describe_label (self, trial), *sure = wb_text_percent (trial->probability);
  g_autofree char *spoken = describe (self, trial);

  wb_thumbnail_set_image (WB_THUMBNAIL (thumbnail), trial->reason ? NULL : &trial->image);
  gtk_label_set_text (GTK_LABEL (label), said);
  gtk_label_set_text (GTK_LABEL (percent), sure);
  gtk_accessible_update_property (GTK_ACCESSIBLE (thumbnail), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
clear_picture (GtkWidget *box)
{
  GtkWidget *thumbnail = gtk_widget_get_first_child (box);

  wb_thumbnail_set_image (WB_THUMBNAIL (thumbnail), NULL);
  for (GtkWidget *label = gtk_widget_get_next_sibling (thumbnail); label; label = gtk_widget_get_next_sibling (label))
    gtk_label_set_text (GTK_LABEL (label), "");
}

/* --- A cell of the table --- */

static void
set_up_text (GtkListItem *item)
{
  GtkWidget *label =
      g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_MIDDLE, "width-chars", 6, NULL);

  gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
show_text (WbTrialCells *self, GtkWidget *label, const WbTrial *trial, WbTrialCell what)
{
  g_autofree char *text = what == WB_TRIAL_FILE    ? get_name (trial)
                          : what == WB_TRIAL_LABEL ? describe_label (self, trial)
                                                   : wb_text_percent (trial->probability);

  gtk_label_set_text (GTK_LABEL (label), text);
}

/* --- Cells and places --- */

static void
fill (GtkListItem *item, gpointer data)
{
  WbTrialCells *self = data;
  const WbTrial *trial = self->model ? wb_trial_order_get (self->order, gtk_list_item_get_position (item)) : NULL;
  GtkWidget *child = gtk_list_item_get_child (item);
  WbTrialCell what = cell_of (item);

  if (what == WB_TRIAL_PICTURE && trial)
    show_picture (self, child, trial);
  else if (what == WB_TRIAL_PICTURE)
    clear_picture (child);
  else if (trial)
    show_text (self, child, trial, what);
  else
    gtk_label_set_text (GTK_LABEL (child), "");
}

static void
on_shown (WbTrialCells *self)
{
  wb_refill_all (self->refill, g_list_model_get_n_items (G_LIST_MODEL (self->order)));
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, WbTrialCells *self)
{
  WbTrialCell what = cell_of (factory);

  g_object_set_data (G_OBJECT (item), "cell", GUINT_TO_POINTER (what));
  if (what == WB_TRIAL_PICTURE)
    set_up_picture (item);
  else
    set_up_text (item);
  if (what == WB_TRIAL_PROBABILITY)
    return;
  g_object_set_data_full (G_OBJECT (item), "cells", g_object_ref (self), g_object_unref);
  gtk_widget_set_has_tooltip (gtk_list_item_get_child (item), TRUE);
  g_signal_connect (gtk_list_item_get_child (item), "query-tooltip", G_CALLBACK (on_query_tooltip), item);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbTrialCells *self)
{
  wb_refill_bind (self->refill, item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, WbTrialCells *self)
{
  wb_refill_unbind (self->refill, item);
  if (cell_of (item) == WB_TRIAL_PICTURE)
    clear_picture (gtk_list_item_get_child (item));
}

GtkListItemFactory *
wb_trial_cells_new_factory (WbTrialCells *self, WbTrialCell what)
{
  GtkListItemFactory *factory;

  g_return_val_if_fail (WB_IS_TRIAL_CELLS (self), NULL);

  factory = gtk_signal_list_item_factory_new ();
  g_object_set_data (G_OBJECT (factory), "cell", GUINT_TO_POINTER (what));
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind), self, 0);
  return factory;
}

/* --- Life --- */

void
wb_trial_cells_set_model (WbTrialCells *self, LatheModel *model)
{
  g_return_if_fail (WB_IS_TRIAL_CELLS (self));

  g_clear_pointer (&self->model, lathe_model_unref);
  self->model = model ? lathe_model_ref (model) : NULL;
}

static void
wb_trial_cells_finalize (GObject *object)
{
  WbTrialCells *self = WB_TRIAL_CELLS (object);

  wb_refill_free (self->refill);
  g_clear_pointer (&self->model, lathe_model_unref);
  g_object_unref (self->order);
  G_OBJECT_CLASS (wb_trial_cells_parent_class)->finalize (object);
}

static void
wb_trial_cells_class_init (WbTrialCellsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_trial_cells_finalize;
}

static void
wb_trial_cells_init (WbTrialCells *self)
{
  self->refill = wb_refill_new (fill, self);
}

WbTrialCells *
wb_trial_cells_new (WbTrialOrder *order)
{
  WbTrialCells *self;

  g_return_val_if_fail (WB_IS_TRIAL_ORDER (order), NULL);

  self = g_object_new (WB_TYPE_TRIAL_CELLS, NULL);
  self->order = g_object_ref (order);
  g_signal_connect_object (order, "shown", G_CALLBACK (on_shown), self, G_CONNECT_SWAPPED);
  return self;
}
