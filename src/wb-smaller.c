/* wb-smaller.c: how a smaller variant of the model is to be made: a row that opens.
 *
 *   Make a Smaller One                                   ⌃
 *   How                                 Fewer channels   ▾
 *   Multiply-Adds That Go                       50 %  − +
 *   Epochs of Training                             2  − +
 *                                              [ Make It ]
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-smaller.h"

#include <glib/gi18n.h>

struct _WbSmaller
{
  AdwExpanderRow parent_instance;
  GtkWidget *how, *share, *epochs, *calibration;
  GtkWidget *share_row, *time, *time_row, *epochs_row;
};

enum
{
  MAKE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbSmaller, wb_smaller, ADW_TYPE_EXPANDER_ROW)

/* In the order in which they are offered. */
static const struct
{
  LatheVariantKind kind;
  gboolean timed; /* so many channels go as a time takes */
  const char *title, *help;
} ways[] = {
    {LATHE_VARIANT_CHANNELS, FALSE, N_ ("Fewer channels"),
     N_ ("The channels that are missed the least are taken out of every layer. A few epochs of training, with the "
         "hyperparameters of the Train page, bring back what that cost.")},
    {LATHE_VARIANT_CHANNELS, TRUE, N_ ("Faster, by fewer channels"),
     N_ ("As many channels are taken out as it takes to answer in this time on this computer. A few epochs of training "
         "bring back what that cost.")},
    {LATHE_VARIANT_INT8, FALSE, N_ ("Numbers of 8 bits"),
     N_ ("A quarter of the size. What the 8 bits of each layer stand for is measured on training images. Layers that "
         "would cost too much accuracy stay as they are, and are named.")},
};

static void
show_way (WbSmaller *self)
{
  guint way = adw_combo_row_get_selected (ADW_COMBO_ROW (self->how));
  gboolean pruned;

  if (way >= G_N_ELEMENTS (ways))
    return;
  pruned = ways[way].kind == LATHE_VARIANT_CHANNELS;
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->how), _ (ways[way].help));
  gtk_widget_set_visible (self->share_row, pruned && !ways[way].timed);
  gtk_widget_set_visible (self->time_row, ways[way].timed);
  gtk_widget_set_visible (self->epochs_row, pruned);
  gtk_widget_set_visible (self->calibration, ways[way].kind == LATHE_VARIANT_INT8);
}

static void
on_clicked (WbSmaller *self)
{
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), FALSE);
  g_signal_emit (self, signals[MAKE], 0);
}

void
wb_smaller_get_recipe (WbSmaller *self, const LatheHyperparameters *training, LatheVariantRecipe *recipe)
{
  guint way;

  g_return_if_fail (WB_IS_SMALLER (self));

  way = adw_combo_row_get_selected (ADW_COMBO_ROW (self->how));
  *recipe = (LatheVariantRecipe){
      .kind = ways[way].kind,
      .milliseconds = ways[way].timed ? gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->time)) : 0,
      .pruning = {.share = gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->share)) / 100},
      .training = *training,
      .quantising = LATHE_QUANTISE_OPTIONS_DEFAULT,
  };
  recipe->training.epochs = (guint) gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->epochs));
  recipe->training.early_stopping = 0;
  recipe->quantising.method = (LatheCalibrate) adw_combo_row_get_selected (ADW_COMBO_ROW (self->calibration));
}

void
wb_smaller_suggest_time (WbSmaller *self, double milliseconds)
{
  g_return_if_fail (WB_IS_SMALLER (self));

  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->time), milliseconds);
}

/* --- Life --- */

static void
fill (GtkWidget *row, const char *const *titles, gsize n)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);

  for (gsize i = 0; i < n; i++)
    gtk_string_list_append (list, _ (titles[i]));
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
}

static void
wb_smaller_class_init (WbSmallerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[MAKE] = g_signal_new ("make", WB_TYPE_SMALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-smaller.ui");
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, how);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, share);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, share_row);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, time);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, time_row);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, epochs);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, epochs_row);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, calibration);
  gtk_widget_class_bind_template_callback (widget_class, show_way);
  gtk_widget_class_bind_template_callback (widget_class, on_clicked);
}

static void
wb_smaller_init (WbSmaller *self)
{
  const char *titles[G_N_ELEMENTS (ways)];

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    titles[i] = ways[i].title;
  gtk_widget_init_template (GTK_WIDGET (self));
  fill (self->how, titles, G_N_ELEMENTS (ways));
  fill (self->calibration, lathe_calibrate_titles, LATHE_N_CALIBRATIONS);
  show_way (self);
}
