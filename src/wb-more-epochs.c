/* wb-more-epochs.c: a button that gives a training that has ended more epochs; beside it, how many.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-more-epochs.h"

#include <glib/gi18n.h>

#define USUAL 10
#define MOST 10000

struct _WbMoreEpochs
{
  AdwBin parent_instance;
  AdwSplitButton *button;
  GtkAdjustment *epochs;
};

static guint wanted_signal;

G_DEFINE_FINAL_TYPE (WbMoreEpochs, wb_more_epochs, ADW_TYPE_BIN)

static guint
get_epochs (WbMoreEpochs *self)
{
  return (guint) gtk_adjustment_get_value (self->epochs);
}

static void
show_epochs (WbMoreEpochs *self)
{
  guint n = get_epochs (self);
  g_autofree char *label = g_strdup_printf (ngettext ("%u More Epoch", "%u More Epochs", n), n);

  adw_split_button_set_label (self->button, label);
}

static void
on_clicked (WbMoreEpochs *self)
{
  g_signal_emit (self, wanted_signal, 0, get_epochs (self));
}

static GtkWidget *
make_popover (WbMoreEpochs *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = gtk_label_new_with_mnemonic (_ ("_Epochs"));
  GtkWidget *spin = gtk_spin_button_new (self->epochs, 1, 0);
  GtkWidget *popover = gtk_popover_new ();

  gtk_label_set_mnemonic_widget (GTK_LABEL (label), spin);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), spin);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  return popover;
}

static void
wb_more_epochs_class_init (WbMoreEpochsClass *klass)
{
  wanted_signal =
      g_signal_new ("wanted", WB_TYPE_MORE_EPOCHS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
wb_more_epochs_init (WbMoreEpochs *self)
{
  self->epochs = gtk_adjustment_new (USUAL, 1, MOST, 1, 10, 0);
  self->button = ADW_SPLIT_BUTTON (adw_split_button_new ());
  adw_split_button_set_popover (self->button, GTK_POPOVER (make_popover (self)));
  adw_split_button_set_dropdown_tooltip (self->button, _ ("How many"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button),
                               _ ("Go on from where the training ended: its weights, its optimiser and its curves"));
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->epochs, "value-changed", G_CALLBACK (show_epochs), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->button));
  show_epochs (self);
}
