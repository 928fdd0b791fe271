/* wb-augmentation.c: what training may do to an image, as a list of switches.
 *
 * Kinds, usual amounts, titles and ranges are the engine's, as in the form of the Train page: what is set here is set
 * there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-augmentation.h"

#include <glib/gi18n.h>

#include "wb-property-row.h"

typedef struct
{
  const LatheAugmentationRow *kind;
  const LatheHyperparameter *hyperparameter;
  AdwExpanderRow *row;
  WbPropertyRow *amount;
  double last; /* what turning it on brings back */
} Entry;

struct _WbAugmentation
{
  AdwBin parent_instance;

  GArray *entries; /* (element-type Entry) */
  LatheHyperparameters values;
  gboolean showing; /* the widgets are being set, not edited */
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (WbAugmentation, wb_augmentation, ADW_TYPE_BIN)

static void
show_entry (WbAugmentation *self, Entry *entry)
{
  double value = lathe_hyperparameter_get (entry->hyperparameter, &self->values);
  gboolean on = value > 0;
  const char *unit = entry->hyperparameter->property.unit;
  g_autofree char *text = NULL, *subtitle = NULL;

  wb_property_row_set_value (entry->amount, value);
  if (on)
    {
      entry->last = value;
      text = wb_property_row_format (entry->amount);
      /* Translators: a number and its unit */
      subtitle = unit ? g_strdup_printf (_ ("%s %s"), text, _ (unit)) : g_strdup (text);
    }
  adw_expander_row_set_subtitle (entry->row, on ? subtitle : "");
  if (adw_expander_row_get_enable_expansion (entry->row) != on)
    adw_expander_row_set_enable_expansion (entry->row, on);
}

void
wb_augmentation_show (WbAugmentation *self, const LatheHyperparameters *values)
{
  g_return_if_fail (WB_IS_AUGMENTATION (self));

  self->values = *values;
  self->showing = TRUE;
  for (guint i = 0; i < self->entries->len; i++)
    show_entry (self, &g_array_index (self->entries, Entry, i));
  self->showing = FALSE;
}

const LatheHyperparameters *
wb_augmentation_get_values (WbAugmentation *self)
{
  g_return_val_if_fail (WB_IS_AUGMENTATION (self), NULL);

  return &self->values;
}

static void
choose (WbAugmentation *self, Entry *entry, double value)
{
  lathe_hyperparameter_set (entry->hyperparameter, &self->values, value);
  self->showing = TRUE;
  show_entry (self, entry);
  self->showing = FALSE;
  g_signal_emit (self, changed_signal, 0);
}

static Entry *
find_entry (WbAugmentation *self, gpointer row)
{
  for (guint i = 0;; i++)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);

      if (entry->row == row || entry->amount == row)
        return entry;
    }
}

static void
on_switched (AdwExpanderRow *row, GParamSpec *pspec, WbAugmentation *self)
{
  gboolean on = adw_expander_row_get_enable_expansion (row);
  Entry *entry;

  if (self->showing)
    return;
  entry = find_entry (self, row);
  adw_expander_row_set_expanded (row, on);
  choose (self, entry, on ? entry->last : 0);
}

static void
on_amount (WbPropertyRow *row, double value, WbAugmentation *self)
{
  choose (self, find_entry (self, row), value);
}

/* libadwaita's switch has no name of its own. */
static void
name_switch (GtkWidget *widget, const char *name)
{
  if (GTK_IS_SWITCH (widget))
    gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    name_switch (child, name);
}

static void
add_kind (WbAugmentation *self, GtkListBox *list, const LatheAugmentationRow *kind)
{
  const LatheHyperparameter *hyperparameter = lathe_hyperparameter_find (kind->name);
  const LatheProperty *property = &hyperparameter->property;
  GtkWidget *row = g_object_new (ADW_TYPE_EXPANDER_ROW, "title", _ (property->title), "show-enable-switch", TRUE,
                                 "enable-expansion", FALSE, NULL);
  Entry entry = {kind, hyperparameter, ADW_EXPANDER_ROW (row), WB_PROPERTY_ROW (wb_property_row_new (property)), 0};

  lathe_property_parse (property, kind->usual, &entry.last, NULL);
  name_switch (row, _ (property->title));
  gtk_widget_set_tooltip_text (row, _ (property->help));
  g_signal_connect_object (row, "notify::enable-expansion", G_CALLBACK (on_switched), self, 0);
  g_signal_connect_object (entry.amount, "changed", G_CALLBACK (on_amount), self, 0);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), GTK_WIDGET (entry.amount));
  gtk_list_box_append (list, row);
  g_array_append_val (self->entries, entry);
}

static void
wb_augmentation_finalize (GObject *object)
{
  g_array_unref (WB_AUGMENTATION (object)->entries);
  G_OBJECT_CLASS (wb_augmentation_parent_class)->finalize (object);
}

static void
wb_augmentation_class_init (WbAugmentationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_augmentation_finalize;
  changed_signal =
      g_signal_new ("changed", WB_TYPE_AUGMENTATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_augmentation_init (WbAugmentation *self)
{
  GtkWidget *list = g_object_new (GTK_TYPE_LIST_BOX, "selection-mode", GTK_SELECTION_NONE, NULL);
  guint n_kinds;
  const LatheAugmentationRow *kinds = lathe_augmentations (&n_kinds);

  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  lathe_hyperparameters_defaults (&self->values);
  for (guint i = 0; i < n_kinds; i++)
    add_kind (self, GTK_LIST_BOX (list), &kinds[i]);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Augmentation"), -1);
  adw_bin_set_child (ADW_BIN (self), list);
}
