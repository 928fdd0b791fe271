/* wb-variant-view.c: the variants of the model: a chart and a list of them, and where another one is made.
 *
 *   Accuracy against the time of an answer
 *   a dot for each variant
 *   Variants
 *   ◉ As trained                      88.1 % (86.3 – 89.8 %) · 0.31 ms · 1.1 MB
 *   ○ Pruned: 50 % …, 2 epochs …      87.6 % (85.7 – 89.3 %) · 0.17 ms · 0.5 MB   🗑
 *   ▓▓▓▓▓▓░░░░ 34 s left [ Cancel ]
 *   Make a Smaller One ⌄
 *
 * Variants are measured while they are looked at and nothing trains: what takes the machine meanwhile would be measured
 * with them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-variant-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-scatter.h"
#include "wb-smaller.h"
#include "wb-text.h"

struct _WbVariantView
{
  AdwBin parent_instance;

  WbProject *project;   /* not owned: it outlives its pages */
  WbVariants *variants; /* the project's; NULL until it is there */

  WbScatter *scatter;
  GtkListBox *list;
  WbSmaller *smaller;
  const LatheModel *timed; /* whose half a time is suggested; compared only */
  GtkWidget *progress_box, *progress, *make, *why_not, *dropped_box, *dropped;
  GtkCheckButton *group; /* seen nowhere: that of the rows' marks, which are of a group even if there is but one */
  gboolean filling;      /* marks are set, not clicked */
};

enum
{
  CHOSEN,
  TOLD,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbVariantView, wb_variant_view, ADW_TYPE_BIN)

static guint
chosen_id (WbVariantView *self)
{
  const LatheVariant *chosen = wb_variants_get_chosen (self->variants);

  return chosen ? chosen->id : G_MAXUINT;
}

/* --- The chart --- */

/* No other is as accurate in less time. */
static gboolean
is_front (const GPtrArray *list, const LatheVariant *variant)
{
  for (guint i = 0; i < list->len; i++)
    {
      const LatheVariant *other = list->pdata[i];
      double accuracy = lathe_variant_accuracy (variant), its = lathe_variant_accuracy (other);

      if (other->images > 0 && its >= accuracy && other->milliseconds <= variant->milliseconds &&
          (its > accuracy || other->milliseconds < variant->milliseconds))
        return FALSE;
    }
  return TRUE;
}

static void
show_chart (WbVariantView *self)
{
  const GPtrArray *list = wb_variants_get_list (self->variants);
  g_autoptr (GArray) dots = g_array_new (FALSE, FALSE, sizeof (WbScatterDot));

  g_array_set_clear_func (dots, wb_scatter_dot_clear);
  for (guint i = 0; i < list->len; i++)
    {
      const LatheVariant *variant = list->pdata[i];
      LatheInterval interval = lathe_variant_interval (variant);
      WbScatterDot dot = {.id = variant->id,
                          .cost = variant->milliseconds,
                          .accuracy = lathe_variant_accuracy (variant),
                          .low = interval.low,
                          .high = interval.high,
                          .size = (double) variant->bytes,
                          .mark = variant->id == 0 ? WB_SCATTER_FIRST : WB_SCATTER_WHOLE,
                          .front = is_front (list, variant)};

      if (variant->images == 0)
        continue;
      dot.name = lathe_variant_describe (variant);
      g_array_append_val (dots, dot);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->scatter), dots->len > 0);
  wb_scatter_show (self->scatter, dots, WB_SCATTER_MILLISECONDS);
  wb_scatter_select (self->scatter, chosen_id (self));
}

static void
on_picked (WbVariantView *self, guint id)
{
  wb_variants_choose (self->variants, id);
}

/* --- The list --- */

/* Which layers of one in 8 bits are none, a line; NULL: all are, or it is another one. (transfer full) */
static char *
describe_left (const LatheVariant *variant)
{
  g_auto (GStrv) left = variant->model->quantisation ? lathe_quantise_list_left (variant->model) : NULL;
  g_autofree char *names = left && *left ? g_strjoinv (", ", left) : NULL;

  /* Translators: names of layers, of a network in 8 bits */
  return names ? g_strdup_printf (_ ("Not in 8 bits: %s"), names) : NULL;
}

static char *
describe_numbers (const LatheVariant *variant)
{
  LatheInterval interval = lathe_variant_interval (variant);
  g_autofree char *accuracy = wb_text_percent (lathe_variant_accuracy (variant));
  g_autofree char *between = wb_text_interval (interval, TRUE);
  g_autofree char *time = wb_text_milliseconds (variant->milliseconds), *size = g_format_size (variant->bytes);
  g_autofree char *parameters = wb_text_short (variant->cost.parameters);

  if (!variant->fingerprint)
    /* Translators: a size of a file; a number of parameters, in short */
    return g_strdup_printf (_ ("%s · %s parameters"), size, parameters);
  if (variant->images == 0)
    /* Translators: a time, a size of a file, a number of parameters */
    return g_strdup_printf (_ ("%s an image · %s · %s parameters"), time, size, parameters);
  /* Translators: an accuracy and its interval, then the same */
  return g_strdup_printf (_ ("%s (%s) · %s an image · %s · %s parameters"), accuracy, between, time, size, parameters);
}

static char *
describe_measured (const LatheVariant *variant)
{
  char *numbers = describe_numbers (variant);
  g_autofree char *left = describe_left (variant), *first = NULL;

  if (!left)
    return numbers;
  first = numbers;
  return g_strdup_printf ("%s\n%s", first, left);
}

static void
on_marked (WbVariantView *self, GtkCheckButton *mark)
{
  if (!self->filling && gtk_check_button_get_active (mark))
    wb_variants_choose (self->variants, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (mark), "id")));
}

static void
on_drop (WbVariantView *self, GtkButton *button)
{
  wb_variants_drop (self->variants, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "id")));
}

static GtkWidget *
make_remove (WbVariantView *self, guint id, const char *title)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  /* Translators: how a variant of a model was made */
  g_autofree char *name = g_strdup_printf (_ ("Remove “%s”"), title);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Remove"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data (G_OBJECT (button), "id", GUINT_TO_POINTER (id));
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_drop), self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
make_row (WbVariantView *self, const LatheVariant *variant)
{
  GtkWidget *row = adw_action_row_new (), *mark = gtk_check_button_new ();
  g_autofree char *title = lathe_variant_describe (variant), *measured = describe_measured (variant);

  g_object_set (row, "use-markup", FALSE, "title", title, "subtitle", measured, "title-lines", 0, "subtitle-lines", 0,
                NULL);
  gtk_check_button_set_group (GTK_CHECK_BUTTON (mark), self->group);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (mark), variant->id == chosen_id (self));
  gtk_widget_set_valign (mark, GTK_ALIGN_CENTER);
  /* Its name is the row's title, since it is what the row activates. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (mark), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, measured, -1);
  g_object_set_data (G_OBJECT (mark), "id", GUINT_TO_POINTER (variant->id));
  g_signal_connect_object (mark, "toggled", G_CALLBACK (on_marked), self, G_CONNECT_SWAPPED);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), mark);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), mark);
  if (variant->id > 0)
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), make_remove (self, variant->id, title));
  return row;
}

static void
show_list (WbVariantView *self)
{
  const GPtrArray *list = wb_variants_get_list (self->variants);
  GtkListBoxRow *row;

  self->filling = TRUE;
  while ((row = gtk_list_box_get_row_at_index (self->list, 0)))
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  for (guint i = 0; i < list->len; i++)
    gtk_list_box_append (self->list, make_row (self, list->pdata[i]));
  self->filling = FALSE;
}

/* In the place of a question: what was removed, and a way back. */
static void
show_dropped (WbVariantView *self)
{
  const LatheVariant *dropped = wb_variants_get_dropped (self->variants);
  g_autofree char *title = dropped ? lathe_variant_describe (dropped) : NULL, *text = NULL;

  /* Translators: how a variant of a model was made */
  text = g_strdup_printf (_ ("“%s” was removed."), title ? title : "");
  gtk_widget_set_visible (self->dropped_box, dropped != NULL);
  gtk_label_set_text (GTK_LABEL (self->dropped), text);
}

static void
on_undo (WbVariantView *self)
{
  wb_variants_restore (self->variants);
}

static void
mark_chosen (WbVariantView *self)
{
  const GPtrArray *list = wb_variants_get_list (self->variants);

  self->filling = TRUE;
  for (guint i = 0; i < list->len; i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, (int) i);
      GtkWidget *mark = adw_action_row_get_activatable_widget (ADW_ACTION_ROW (row));

      if (((const LatheVariant *) list->pdata[i])->id == chosen_id (self))
        gtk_check_button_set_active (GTK_CHECK_BUTTON (mark), TRUE);
    }
  self->filling = FALSE;
}

/* --- Making one --- */

/* Why none can be made just now, a sentence; NULL: one can. */
static const char *
find_reason (WbVariantView *self)
{
  if (wb_run_get_active (wb_project_get_run (self->project)))
    return _ ("A smaller one can be made once the training has ended.");
  if (wb_project_get_occupation (self->project))
    return wb_project_get_occupation (self->project);
  if (wb_project_get_model (self->project) && wb_variants_get_list (self->variants)->len > 0 &&
      !wb_variants_can_make (self->variants))
    return _ ("A smaller one is made with the images that the model was trained on: open them.");
  if (wb_project_get_model (self->project) && wb_project_get_model (self->project)->quantisation)
    return _ ("This model is in 8 bits already: a smaller one is made of the model that it was made of.");
  return NULL;
}

/* How long it takes; once it is made, it is measured, of which nothing is told. (transfer full) */
static char *
describe_progress (WbVariantView *self)
{
  double left = wb_variants_get_seconds_left (self->variants);

  if (wb_variants_get_fraction (self->variants) >= 1)
    return g_strdup (_ ("Measuring…"));
  return isfinite (left) ? wb_text_left (left) : g_strdup (_ ("Preparing…"));
}

static void
show_making (WbVariantView *self)
{
  gboolean making = wb_variants_get_making (self->variants);
  const char *reason = making ? NULL : find_reason (self);
  g_autofree char *text = describe_progress (self);

  gtk_widget_set_visible (self->progress_box, making);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), wb_variants_get_fraction (self->variants));
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (self->progress), text);
  gtk_widget_set_visible (self->make, !making);
  gtk_widget_set_sensitive (self->make, !reason && wb_variants_can_make (self->variants));
  gtk_widget_set_visible (self->why_not, reason != NULL);
  gtk_label_set_text (GTK_LABEL (self->why_not), reason ? reason : "");
}

static void
on_make (WbVariantView *self)
{
  LatheVariantRecipe recipe;
  LatheVariant *of = wb_smaller_get_recipe (self->smaller, wb_project_get_hyperparameters (self->project), &recipe);

  if (of)
    wb_variants_make (self->variants, of, &recipe);
}

static void
on_cancel (WbVariantView *self)
{
  wb_variants_cancel (self->variants);
}

/* --- What changes --- */

static void
measure (WbVariantView *self)
{
  if (self->variants && gtk_widget_get_mapped (GTK_WIDGET (self)) &&
      !wb_run_get_active (wb_project_get_run (self->project)) && !wb_project_get_occupation (self->project))
    wb_variants_measure (self->variants);
}

/* Half of what the model takes as it was trained, once that is measured. */
static void
suggest_time (WbVariantView *self)
{
  const GPtrArray *list = wb_variants_get_list (self->variants);
  const LatheVariant *first = list->len > 0 ? list->pdata[0] : NULL;

  if (first && first->fingerprint && self->timed != first->model)
    {
      self->timed = first->model;
      wb_smaller_suggest_time (self->smaller, first->milliseconds / 2);
    }
}

static void
on_changed (WbVariantView *self)
{
  suggest_time (self);
  wb_smaller_set_variants (self->smaller, wb_variants_get_list (self->variants), chosen_id (self));
  show_list (self);
  show_dropped (self);
  show_chart (self);
  show_making (self);
  measure (self);
}

static void
on_chosen (WbVariantView *self)
{
  mark_chosen (self);
  wb_smaller_set_variants (self->smaller, wb_variants_get_list (self->variants), chosen_id (self));
  wb_scatter_select (self->scatter, chosen_id (self));
  g_signal_emit (self, signals[CHOSEN], 0);
}

static void
on_failed (WbVariantView *self, const char *message)
{
  g_signal_emit (self, signals[TOLD], 0, message);
}

static void
on_run_changed (WbVariantView *self)
{
  show_making (self);
  measure (self);
}

void
wb_variant_view_attach (WbVariantView *self, WbProject *project)
{
  g_return_if_fail (WB_IS_VARIANT_VIEW (self) && self->project == NULL);

  self->project = project;
  self->variants = wb_project_get_variants (project);
  g_signal_connect_object (self->variants, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variants, "chosen", G_CALLBACK (on_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variants, "progress", G_CALLBACK (show_making), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->variants, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_run (project), "notify::active", G_CALLBACK (on_run_changed), self,
                           G_CONNECT_SWAPPED);
  on_changed (self);
}

LatheVariant *
wb_variant_view_get_chosen (WbVariantView *self)
{
  g_return_val_if_fail (WB_IS_VARIANT_VIEW (self), NULL);

  return self->variants ? wb_variants_get_chosen (self->variants) : NULL;
}

LatheModel *
wb_variant_view_get_model (WbVariantView *self)
{
  LatheVariant *chosen = wb_variant_view_get_chosen (self);

  return chosen ? chosen->model : self->project ? wb_project_get_model (self->project) : NULL;
}

/* --- Life --- */

static void
wb_variant_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_variant_view_parent_class)->map (widget);
  measure (WB_VARIANT_VIEW (widget));
}

static void
wb_variant_view_dispose (GObject *object)
{
  WbVariantView *self = WB_VARIANT_VIEW (object);

  adw_bin_set_child (ADW_BIN (object), NULL);
  g_clear_object (&self->group);
  G_OBJECT_CLASS (wb_variant_view_parent_class)->dispose (object);
}

static void
wb_variant_view_class_init (WbVariantViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_variant_view_dispose;
  widget_class->map = wb_variant_view_map;
  signals[CHOSEN] =
      g_signal_new ("chosen", WB_TYPE_VARIANT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[TOLD] = g_signal_new ("told", WB_TYPE_VARIANT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                G_TYPE_STRING);
  g_type_ensure (WB_TYPE_SCATTER);
  g_type_ensure (WB_TYPE_SMALLER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-variant-view.ui");
  gtk_widget_class_bind_template_child (widget_class, WbVariantView, scatter);
  gtk_widget_class_bind_template_child (widget_class, WbVariantView, list);
  gtk_widget_class_bind_template_child (widget_class, WbVariantView, smaller);
  gtk_widget_class_bind_template_child (widget_class, WbVariantView, progress_box);
  gtk_widget_class_bind_template_child (widget_class, WbVariantView, progress);
  gtk_widget_class_bind_template_child (widget_class, WbVariantView, make);
  gtk_widget_class_bind_template_child (widget_class, WbVariantView, why_not);
  gtk_widget_class_bind_template_child (widget_class, WbVariantView, dropped_box);
  gtk_widget_class_bind_template_child (widget_class, WbVariantView, dropped);
  gtk_widget_class_bind_template_callback (widget_class, on_undo);
  gtk_widget_class_bind_template_callback (widget_class, on_picked);
  gtk_widget_class_bind_template_callback (widget_class, on_make);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
}

static void
wb_variant_view_init (WbVariantView *self)
{
  self->group = GTK_CHECK_BUTTON (g_object_ref_sink (gtk_check_button_new ()));
  gtk_widget_init_template (GTK_WIDGET (self));
  wb_scatter_set_subject (self->scatter, WB_SCATTER_OF_VARIANTS);
}
