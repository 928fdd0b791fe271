/* wb-smaller.c: how a smaller variant of the model is to be made: a row that opens.
 *
 *   Make a Smaller One                                   ⌃
 *   How                                 Fewer channels   ▾
 *   Multiply-Adds That Go                       50 %  − +
 *   Epochs of Training                             2  − +
 *                                              [ Make It ]
 *
 * Channels are taken out of the model as it was trained, so that shares can be compared. What is in fewer bits may be
 * made of what that left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-smaller.h"

#include <glib/gi18n.h>

struct _WbSmaller
{
  AdwExpanderRow parent_instance;
  GtkWidget *how, *help, *of, *share, *epochs, *calibration, *learning;
  GtkWidget *share_row, *time, *time_row, *epochs_row, *learning_row;
  GPtrArray *bases; /* (element-type LatheVariant) the model as it was trained, and those in 32 bits */
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
    {LATHE_VARIANT_BF16, FALSE, N_ ("Numbers of 16 bits"),
     N_ ("Half the size, as Lathe’s own model file: its weights are rounded to bfloat16, which costs hardly any "
         "accuracy. It is no faster, and other formats hold the rounded weights in 32 bits.")},
};

static gboolean
is_pruned (WbSmaller *self)
{
  return ways[adw_combo_row_get_selected (ADW_COMBO_ROW (self->how))].kind == LATHE_VARIANT_CHANNELS;
}

static void
show_way (WbSmaller *self)
{
  guint way = adw_combo_row_get_selected (ADW_COMBO_ROW (self->how));
  gboolean pruned;

  if (way >= G_N_ELEMENTS (ways))
    return;
  pruned = is_pruned (self);
  gtk_label_set_text (GTK_LABEL (self->help), _ (ways[way].help));
  gtk_widget_set_visible (self->share_row, pruned && !ways[way].timed);
  gtk_widget_set_visible (self->time_row, ways[way].timed);
  gtk_widget_set_visible (self->epochs_row, pruned);
  gtk_widget_set_visible (self->of, !pruned && self->bases->len > 1);
  gtk_widget_set_visible (self->calibration, ways[way].kind == LATHE_VARIANT_INT8);
  gtk_widget_set_visible (self->learning_row, ways[way].kind == LATHE_VARIANT_INT8);
}

static void
on_clicked (WbSmaller *self)
{
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), FALSE);
  g_signal_emit (self, signals[MAKE], 0);
}

/* That one in fewer bits is made of; NULL: there are none. */
static LatheVariant *
get_base (WbSmaller *self)
{
  guint at = adw_combo_row_get_selected (ADW_COMBO_ROW (self->of));

  return at < self->bases->len ? self->bases->pdata[at] : NULL;
}

static int
find_base (WbSmaller *self, guint id)
{
  for (guint i = 0; i < self->bases->len; i++)
    if (((const LatheVariant *) self->bases->pdata[i])->id == id)
      return (int) i;
  return -1;
}

void
wb_smaller_set_variants (WbSmaller *self, const GPtrArray *variants, guint chosen)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  const LatheVariant *before;
  guint was;
  int at;

  g_return_if_fail (WB_IS_SMALLER (self));

  before = get_base (self);
  was = before ? before->id : 0;
  g_ptr_array_set_size (self->bases, 0);
  for (guint i = 0; i < variants->len; i++)
    if (i == 0 || lathe_variant_can_be_rounded (variants->pdata[i]))
      {
        g_autofree char *title = lathe_variant_describe (variants->pdata[i]);

        g_ptr_array_add (self->bases, lathe_variant_ref (variants->pdata[i]));
        gtk_string_list_append (titles, title);
      }
  at = find_base (self, chosen);
  at = at >= 0 ? at : find_base (self, was);
  adw_combo_row_set_model (ADW_COMBO_ROW (self->of), G_LIST_MODEL (titles));
  adw_combo_row_set_selected (ADW_COMBO_ROW (self->of), (guint) MAX (at, 0));
  show_way (self);
}

LatheVariant *
wb_smaller_get_recipe (WbSmaller *self, const LatheHyperparameters *training, LatheVariantRecipe *recipe)
{
  GtkWidget *epochs;
  guint way;

  g_return_val_if_fail (WB_IS_SMALLER (self), NULL);

  way = adw_combo_row_get_selected (ADW_COMBO_ROW (self->how));
  *recipe = (LatheVariantRecipe){
      .kind = ways[way].kind,
      .milliseconds = ways[way].timed ? gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->time)) : 0,
      .pruning = {.share = gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->share)) / 100},
      .training = *training,
      .quantising = LATHE_QUANTISE_OPTIONS_DEFAULT,
  };
  epochs = is_pruned (self) ? self->epochs : self->learning;
  recipe->training.epochs = (guint) gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (epochs));
  recipe->training.early_stopping = 0;
  recipe->quantising.method = (LatheCalibrate) adw_combo_row_get_selected (ADW_COMBO_ROW (self->calibration));
  if (is_pruned (self))
    return self->bases->len > 0 ? self->bases->pdata[0] : NULL;
  return get_base (self);
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
wb_smaller_finalize (GObject *object)
{
  g_ptr_array_unref (WB_SMALLER (object)->bases);
  G_OBJECT_CLASS (wb_smaller_parent_class)->finalize (object);
}

static void
wb_smaller_class_init (WbSmallerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_smaller_finalize;
  signals[MAKE] = g_signal_new ("make", WB_TYPE_SMALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-smaller.ui");
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, how);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, help);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, of);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, share);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, share_row);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, time);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, time_row);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, epochs);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, epochs_row);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, calibration);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, learning);
  gtk_widget_class_bind_template_child (widget_class, WbSmaller, learning_row);
  gtk_widget_class_bind_template_callback (widget_class, show_way);
  gtk_widget_class_bind_template_callback (widget_class, on_clicked);
}

static void
wb_smaller_init (WbSmaller *self)
{
  const char *titles[G_N_ELEMENTS (ways)];

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    titles[i] = ways[i].title;
  self->bases = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_variant_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
  fill (self->how, titles, G_N_ELEMENTS (ways));
  fill (self->calibration, lathe_calibrate_titles, LATHE_N_CALIBRATIONS);
  show_way (self);
}
