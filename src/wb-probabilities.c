/* wb-probabilities.c: what a network thinks of an image: the likeliest labels, a bar each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-probabilities.h"

#include <adwaita.h>

#include "wb-text.h"

typedef struct
{
  GtkWidget *label, *bar, *percent;
  double from, to;
} Row;

struct _WbProbabilities
{
  GtkWidget parent_instance;
  GtkWidget *grid;
  Row rows[WB_PROBABILITIES_ROWS];
  AdwAnimation *animation;
};

G_DEFINE_TYPE (WbProbabilities, wb_probabilities, GTK_TYPE_WIDGET)

static void
on_animate (double progress, gpointer data)
{
  WbProbabilities *self = data;

  for (guint i = 0; i < WB_PROBABILITIES_ROWS; i++)
    {
      Row *row = &self->rows[i];

      gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (row->bar), row->from + (row->to - row->from) * progress);
    }
}

static void
set_row (Row *row, const char *name, double probability)
{
  g_autofree char *percent = wb_text_percent (probability);

  gtk_label_set_text (GTK_LABEL (row->label), name);
  gtk_label_set_text (GTK_LABEL (row->percent), percent);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, percent, -1);
  row->to = CLAMP (probability, 0, 1);
}

/* The likeliest of those that are less likely than, or come after, `before`; n_labels when there is none. */
static guint
next_likeliest (const float *probability, guint n_labels, guint before)
{
  guint best = n_labels;

  for (guint i = 0; i < n_labels; i++)
    {
      gboolean taken = before < n_labels &&
                       (probability[i] > probability[before] || (probability[i] == probability[before] && i <= before));

      if (!taken && (best == n_labels || probability[i] > probability[best]))
        best = i;
    }
  return best;
}

void
wb_probabilities_set (WbProbabilities *self, const char *const *labels, const float *probability, guint n_labels)
{
  guint label;

  g_return_if_fail (WB_IS_PROBABILITIES (self));

  label = n_labels;
  for (guint i = 0; i < WB_PROBABILITIES_ROWS; i++)
    {
      Row *row = &self->rows[i];
      gboolean shown = i < n_labels;

      row->from = gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (row->bar));
      gtk_widget_set_visible (row->label, shown);
      gtk_widget_set_visible (row->bar, shown);
      gtk_widget_set_visible (row->percent, shown);
      if (!shown)
        continue;
      label = next_likeliest (probability, n_labels, label);
      set_row (row, labels[label], probability[label]);
    }
  adw_animation_play (self->animation);
}

static void
wb_probabilities_dispose (GObject *object)
{
  WbProbabilities *self = WB_PROBABILITIES (object);

  g_clear_object (&self->animation);
  g_clear_pointer (&self->grid, gtk_widget_unparent);
  G_OBJECT_CLASS (wb_probabilities_parent_class)->dispose (object);
}

static void
wb_probabilities_class_init (WbProbabilitiesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_probabilities_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "probabilities");
}

static void
add_row (WbProbabilities *self, guint index)
{
  Row *row = &self->rows[index];

  row->label =
      g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, "max-width-chars", 22, NULL);
  row->bar = g_object_new (GTK_TYPE_PROGRESS_BAR, "hexpand", TRUE, "valign", GTK_ALIGN_CENTER, NULL);
  row->percent = g_object_new (GTK_TYPE_LABEL, "xalign", 1.0, "width-chars", 7, NULL);
  gtk_widget_add_css_class (row->percent, "numeric");
  if (index == 0)
    {
      gtk_widget_add_css_class (row->label, "heading");
      gtk_widget_add_css_class (row->percent, "heading");
      gtk_widget_add_css_class (row->bar, "likeliest");
    }
  gtk_grid_attach (GTK_GRID (self->grid), row->label, 0, index, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), row->bar, 1, index, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), row->percent, 2, index, 1, 1);
}

static void
wb_probabilities_init (WbProbabilities *self)
{
  self->grid = g_object_new (GTK_TYPE_GRID, "column-spacing", 12, "row-spacing", 12, NULL);
  gtk_widget_set_parent (self->grid, GTK_WIDGET (self));
  for (guint i = 0; i < WB_PROBABILITIES_ROWS; i++)
    add_row (self, i);
  self->animation = adw_timed_animation_new (GTK_WIDGET (self), 0, 1, 300,
                                             adw_callback_animation_target_new (on_animate, self, NULL));
}

GtkWidget *
wb_probabilities_new (void)
{
  return g_object_new (WB_TYPE_PROBABILITIES, NULL);
}
