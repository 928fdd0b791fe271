/* wb-image-selection.c: which places of a list of images are selected.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-image-selection.h"

struct _WbImageSelection
{
  GObject parent_instance;

  GListModel *list;
  GtkBitset *selected;
};

/* --- The list, as it is --- */

static GType
wb_image_selection_get_item_type (GListModel *model)
{
  return g_list_model_get_item_type (WB_IMAGE_SELECTION (model)->list);
}

static guint
wb_image_selection_get_n_items (GListModel *model)
{
  return g_list_model_get_n_items (WB_IMAGE_SELECTION (model)->list);
}

static gpointer
wb_image_selection_get_item (GListModel *model, guint position)
{
  return g_list_model_get_item (WB_IMAGE_SELECTION (model)->list, position);
}

static void
list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = wb_image_selection_get_item_type;
  interface->get_n_items = wb_image_selection_get_n_items;
  interface->get_item = wb_image_selection_get_item;
}

static void
on_items_changed (WbImageSelection *self, guint position, guint n_gone, guint n_new)
{
  gtk_bitset_splice (self->selected, position, n_gone, n_new);
  g_list_model_items_changed (G_LIST_MODEL (self), position, n_gone, n_new);
}

/* --- What is selected --- */

static gboolean
wb_image_selection_is_selected (GtkSelectionModel *model, guint position)
{
  return gtk_bitset_contains (WB_IMAGE_SELECTION (model)->selected, position);
}

static GtkBitset *
wb_image_selection_get_selection_in_range (GtkSelectionModel *model, guint position, guint n)
{
  return gtk_bitset_ref (WB_IMAGE_SELECTION (model)->selected);
}

/* All other ways to select come to this one. */
static gboolean
wb_image_selection_set_selection (GtkSelectionModel *model, GtkBitset *selected, GtkBitset *mask)
{
  WbImageSelection *self = WB_IMAGE_SELECTION (model);
  g_autoptr (GtkBitset) changed = gtk_bitset_copy (self->selected);
  guint n = g_list_model_get_n_items (self->list), first, last;

  gtk_bitset_difference (changed, selected); /* in one of them alone */
  gtk_bitset_intersect (changed, mask);
  gtk_bitset_remove_range_closed (changed, n, G_MAXUINT);
  if (gtk_bitset_is_empty (changed))
    return TRUE;
  gtk_bitset_difference (self->selected, changed);
  first = gtk_bitset_get_minimum (changed);
  last = gtk_bitset_get_maximum (changed);
  gtk_selection_model_selection_changed (model, first, last - first + 1);
  return TRUE;
}

static void
selection_model_init (GtkSelectionModelInterface *interface)
{
  interface->is_selected = wb_image_selection_is_selected;
  interface->get_selection_in_range = wb_image_selection_get_selection_in_range;
  interface->set_selection = wb_image_selection_set_selection;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WbImageSelection, wb_image_selection, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init)
                                   G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL, selection_model_init))

static void
wb_image_selection_finalize (GObject *object)
{
  WbImageSelection *self = WB_IMAGE_SELECTION (object);

  g_object_unref (self->list);
  gtk_bitset_unref (self->selected);
  G_OBJECT_CLASS (wb_image_selection_parent_class)->finalize (object);
}

static void
wb_image_selection_class_init (WbImageSelectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_image_selection_finalize;
}

static void
wb_image_selection_init (WbImageSelection *self)
{
  self->selected = gtk_bitset_new_empty ();
}

GtkSelectionModel *
wb_image_selection_new (GListModel *list)
{
  WbImageSelection *self;

  g_return_val_if_fail (G_IS_LIST_MODEL (list), NULL);

  self = g_object_new (WB_TYPE_IMAGE_SELECTION, NULL);
  self->list = g_object_ref (list);
  g_signal_connect_object (list, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  return GTK_SELECTION_MODEL (self);
}
