/* wb-property-row.c: one property of a layer or of the training, as a row that edits it.
 *
 * Everything here is drawn from the property's row in its table: widget, unit, range, default and help.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-property-row.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-advice.h"
#include "wb-layer-picture.h"
#include "wb-tooltip.h"

#define CHOICE_CHARS 36 /* of a line that explains a choice */

struct _WbPropertyRow
{
  AdwPreferencesRow parent_instance;
  const LatheProperty *property;   /* a static table's */
  const char *const *choice_helps; /* NULL: the choices have none of their own */
  double value;
  gboolean quiet; /* the value is being set by the program */
  GtkWidget *title, *help, *reset, *control_box;
  GtkWidget *control; /* GtkSpinButton, GtkSwitch or GtkDropDown */
  GtkWidget *picture; /* of the function that is chosen; NULL: it is not about functions */
  GtkWidget *advice;  /* NULL until there was some */
  double remedy;      /* the value that it would set */
};

static guint changed_signal;

G_DEFINE_TYPE (WbPropertyRow, wb_property_row, ADW_TYPE_PREFERENCES_ROW)

static void
update_reset (WbPropertyRow *self)
{
  gboolean differs = self->value != self->property->fallback;

  gtk_widget_set_opacity (self->reset, differs ? 1 : 0);
  gtk_widget_set_sensitive (self->reset, differs);
  if (differs)
    gtk_widget_add_css_class (self->title, "heading");
  else
    gtk_widget_remove_css_class (self->title, "heading");
}

static const char *
current_help (WbPropertyRow *self)
{
  return _ (self->choice_helps != NULL ? self->choice_helps[(guint) self->value] : self->property->help);
}

/* A function has its curve below. */
static const LatheLayerKind *
find_function (const LatheProperty *property, guint choice)
{
  const LatheLayerKind *kind = lathe_layer_kind_find (property->choices[choice]);

  return kind != NULL && kind->curve != NULL ? kind : NULL;
}

static void
update_help (WbPropertyRow *self)
{
  gtk_label_set_text (GTK_LABEL (self->help), current_help (self));
  if (self->picture != NULL)
    wb_layer_picture_show_function (WB_LAYER_PICTURE (self->picture),
                                    find_function (self->property, (guint) self->value));
}

static void
add_picture (WbPropertyRow *self)
{
  const LatheProperty *property = self->property;

  for (guint i = 0; property->type == LATHE_PROPERTY_CHOICE && property->choices[i] != NULL && !self->picture; i++)
    if (find_function (property, i) != NULL)
      {
        self->picture = g_object_new (WB_TYPE_LAYER_PICTURE, NULL);
        gtk_box_append (GTK_BOX (gtk_widget_get_parent (self->help)), self->picture);
      }
}

static void
user_chose (WbPropertyRow *self, double value)
{
  if (self->quiet || value == self->value)
    return;
  self->value = value;
  update_reset (self);
  update_help (self);
  g_signal_emit (self, changed_signal, 0, value);
}

static void
on_switch_changed (GtkSwitch *toggle, GParamSpec *pspec, WbPropertyRow *self)
{
  user_chose (self, gtk_switch_get_active (toggle));
}

static void
on_choice_changed (GtkDropDown *list, GParamSpec *pspec, WbPropertyRow *self)
{
  user_chose (self, gtk_drop_down_get_selected (list));
}

/* By a press of a button. */
static void
set_for_user (WbPropertyRow *self, double value)
{
  if (value == self->value)
    return;
  wb_property_row_set_value (self, value);
  g_signal_emit (self, changed_signal, 0, value);
}

static void
on_reset (GtkButton *button, WbPropertyRow *self)
{
  set_for_user (self, self->property->fallback);
}

/* As people type it: a comma is a decimal sign, too. */
static gboolean
parse (WbPropertyRow *self, double *value, GError **error)
{
  g_autofree char *text = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->control)));

  return lathe_property_parse (self->property, g_strdelimit (g_strstrip (text), ",", '.'), value, error);
}

/* What is typed and shown is the text of the files: 0.0001 stays 0.0001. */
static int
on_spin_input (GtkSpinButton *spin, double *value, WbPropertyRow *self)
{
  return parse (self, value, NULL) ? TRUE : GTK_INPUT_ERROR;
}

static gboolean
on_spin_output (GtkSpinButton *spin, WbPropertyRow *self)
{
  g_autofree char *text = lathe_property_format (self->property, gtk_spin_button_get_value (spin));

  gtk_editable_set_text (GTK_EDITABLE (spin), text);
  return TRUE;
}

/* While it is typed: what is wrong with it takes the place of the help. */
static void
on_text_changed (GtkSpinButton *spin, WbPropertyRow *self)
{
  g_autoptr (GError) error = NULL;
  double value;
  gboolean valid = parse (self, &value, &error);

  gtk_label_set_text (GTK_LABEL (self->help), valid ? current_help (self) : error->message);
  if (valid)
    gtk_widget_remove_css_class (self->control, "error");
  else
    gtk_widget_add_css_class (self->control, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_STATE_INVALID,
                               valid ? GTK_ACCESSIBLE_INVALID_FALSE : GTK_ACCESSIBLE_INVALID_TRUE, -1);
}

/* How far + and - go. A rate spans orders of magnitude, so a step is about a tenth of it; towards a 1 that is not to
 * be reached, as of a momentum, steps become ever finer. */
static double
step_at (const LatheProperty *property, double value)
{
  if (property->type == LATHE_PROPERTY_INTEGER || g_strcmp0 (property->unit, "degrees") == 0)
    return 1;
  if (property->minimum > 0 && property->maximum / property->minimum > 1e6)
    return pow (10, floor (log10 (value) + 1e-9) - 1);
  if (property->maximum > 0.99 && property->maximum < 1)
    return pow (10, floor (log10 (MAX (1 - value, 1e-5)) + 1e-9) - 1);
  return property->maximum <= 1 ? 0.05 : 0.1;
}

static void
on_spin_changed (GtkSpinButton *spin, WbPropertyRow *self)
{
  double value = gtk_spin_button_get_value (spin);

  gtk_adjustment_set_step_increment (gtk_spin_button_get_adjustment (spin), step_at (self->property, value));
  user_chose (self, value);
}

static GtkWidget *
make_spin (WbPropertyRow *self)
{
  const LatheProperty *property = self->property;
  gboolean whole = property->type == LATHE_PROPERTY_INTEGER;
  GtkWidget *spin =
      gtk_spin_button_new_with_range (property->minimum, property->maximum, step_at (property, property->fallback));

  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), whole ? 0 : 9);
  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (spin), FALSE); /* or there would be no 1e-8 */
  gtk_spin_button_set_update_policy (GTK_SPIN_BUTTON (spin), GTK_UPDATE_IF_VALID);
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), whole ? 5 : 7);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (spin), whole ? 5 : 7);
  gtk_widget_add_css_class (spin, "tabular");
  g_signal_connect (spin, "input", G_CALLBACK (on_spin_input), self);
  g_signal_connect (spin, "output", G_CALLBACK (on_spin_output), self);
  g_signal_connect (spin, "changed", G_CALLBACK (on_text_changed), self);
  g_signal_connect (spin, "value-changed", G_CALLBACK (on_spin_changed), self);
  return spin;
}

/* Names in files whose titles are more than a capital letter. */
static const struct
{
  const char *name, *title;
} choice_titles[] = {
    {"sgd", N_ ("SGD")},
    {"rmsprop", N_ ("RMSprop")},
    {"adamw", N_ ("AdamW")},
    {"one-cycle", N_ ("One cycle")},
    {"cross_entropy", N_ ("Cross-entropy")},
    {"mean_squared_error", N_ ("Mean squared error")},
    {"mean_absolute_error", N_ ("Mean absolute error")},
    {"macro-f1", N_ ("Macro F1")},
    {"fp32", N_ ("FP32")},
    {"bf16", N_ ("BF16")},
};

/* "relu" is a kind of layer too, and called as that is; "valid" is called "Valid". (transfer full) */
static char *
choice_title (const char *name)
{
  const LatheLayerKind *kind = lathe_layer_kind_find (name);
  const char *title = _ (name);
  g_autofree char *first = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (choice_titles); i++)
    if (g_str_equal (name, choice_titles[i].name))
      return g_strdup (_ (choice_titles[i].title));
  if (kind != NULL)
    return g_strdup (_ (kind->title));
  first = g_utf8_strup (title, g_utf8_next_char (title) - title);
  return g_strconcat (first, g_utf8_next_char (title), NULL);
}

/* A choice of "no" and "yes" is a switch. */
static gboolean
is_switch (const LatheProperty *property)
{
  return g_strv_length ((char **) property->choices) == 2 &&
         (g_str_equal (property->choices[0], "no") || g_str_equal (property->choices[0], "false") ||
          g_str_equal (property->choices[0], "off"));
}

/* A viewport scrolls to whatever has the focus, and that of a list of choices is not inside it, though it is a
 * descendant: the list would wander about under the pointer. */
static void
on_list_shown (GtkWidget *popover, GParamSpec *pspec, WbPropertyRow *self)
{
  GtkWidget *viewport = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_VIEWPORT);

  for (; viewport != NULL; viewport = gtk_widget_get_ancestor (gtk_widget_get_parent (viewport), GTK_TYPE_VIEWPORT))
    gtk_viewport_set_scroll_to_focus (GTK_VIEWPORT (viewport), !gtk_widget_get_visible (popover));
}

static GtkWidget *
make_choice (WbPropertyRow *self)
{
  g_autoptr (GtkStringList) titles = NULL;
  GtkWidget *control, *popover;

  if (is_switch (self->property))
    {
      control = gtk_switch_new ();
      g_signal_connect (control, "notify::active", G_CALLBACK (on_switch_changed), self);
      return control;
    }
  titles = gtk_string_list_new (NULL);
  for (guint i = 0; self->property->choices[i] != NULL; i++)
    gtk_string_list_take (titles, choice_title (self->property->choices[i]));
  control = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&titles)), NULL);
  g_signal_connect (control, "notify::selected", G_CALLBACK (on_choice_changed), self);
  popover = gtk_widget_get_last_child (control);
  if (GTK_IS_POPOVER (popover))
    g_signal_connect (popover, "notify::visible", G_CALLBACK (on_list_shown), self);
  return control;
}

static char *
format_value (const LatheProperty *property, double value)
{
  g_autofree char *text = lathe_property_format (property, value);

  return property->type == LATHE_PROPERTY_CHOICE ? choice_title (text) : g_steal_pointer (&text);
}

/* "How many numbers come out. 1 to 1048576, default 64." "How it is padded. Default Valid." */
static char *
describe (const LatheProperty *property)
{
  g_autofree char *minimum = NULL, *maximum = NULL, *fallback = NULL;
  const char *unit = property->unit != NULL ? _ (property->unit) : NULL;

  fallback = format_value (property, property->fallback);
  if (property->type == LATHE_PROPERTY_CHOICE)
    /* Translators: help of a property, and its default value */
    return g_strdup_printf (_ ("%s Default: %s."), _ (property->help), fallback);
  minimum = lathe_property_format (property, property->minimum);
  maximum = lathe_property_format (property, property->maximum);
  if (unit == NULL)
    /* Translators: help of a property; least, most and default value */
    return g_strdup_printf (_ ("%s %s to %s, default %s."), _ (property->help), minimum, maximum, fallback);
  /* Translators: help of a property; least, most, unit and default value */
  return g_strdup_printf (_ ("%s %s to %s %s, default %s."), _ (property->help), minimum, maximum, unit, fallback);
}

static char *
reset_hint (const LatheProperty *property)
{
  g_autofree char *fallback = format_value (property, property->fallback);

  /* Translators: the tooltip of a button; the default value */
  return g_strdup_printf (_ ("Back to %s"), fallback);
}

static void
wb_property_row_fill (WbPropertyRow *self)
{
  g_autofree char *help = describe (self->property);
  g_autofree char *hint = reset_hint (self->property);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), _ (self->property->title));
  gtk_label_set_text (GTK_LABEL (self->title), _ (self->property->title));
  add_picture (self);
  update_help (self);
  wb_tooltip_set (GTK_WIDGET (self), help);
  wb_tooltip_set (self->reset, hint);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->reset), GTK_ACCESSIBLE_PROPERTY_LABEL, hint, -1);
  self->control = self->property->type == LATHE_PROPERTY_CHOICE ? make_choice (self) : make_spin (self);
  gtk_widget_set_valign (self->control, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (self->control_box), self->control);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->control), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (self->property->title), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, help, -1);
}

static void
wb_property_row_class_init (WbPropertyRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-property-row.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPropertyRow, title);
  gtk_widget_class_bind_template_child (widget_class, WbPropertyRow, help);
  gtk_widget_class_bind_template_child (widget_class, WbPropertyRow, reset);
  gtk_widget_class_bind_template_child (widget_class, WbPropertyRow, control_box);
  gtk_widget_class_bind_template_callback (widget_class, on_reset);
  changed_signal = g_signal_new ("changed", WB_TYPE_PROPERTY_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 1, G_TYPE_DOUBLE);
}

static void
wb_property_row_init (WbPropertyRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
wb_property_row_new (const LatheProperty *property)
{
  WbPropertyRow *self = g_object_new (WB_TYPE_PROPERTY_ROW, NULL);

  self->property = property;
  wb_property_row_fill (self);
  wb_property_row_set_value (self, property->fallback);
  return GTK_WIDGET (self);
}

const LatheProperty *
wb_property_row_get_described (WbPropertyRow *self)
{
  g_return_val_if_fail (WB_IS_PROPERTY_ROW (self), NULL);
  return self->property;
}

void
wb_property_row_set_value (WbPropertyRow *self, double value)
{
  g_return_if_fail (WB_IS_PROPERTY_ROW (self));

  self->quiet = TRUE;
  self->value = value;
  if (GTK_IS_SPIN_BUTTON (self->control)) /* whose own function does not see differences below 1e-10 */
    gtk_adjustment_set_value (gtk_spin_button_get_adjustment (GTK_SPIN_BUTTON (self->control)), value);
  else if (GTK_IS_SWITCH (self->control))
    gtk_switch_set_active (GTK_SWITCH (self->control), value != 0);
  else
    gtk_drop_down_set_selected (GTK_DROP_DOWN (self->control), (guint) value);
  self->quiet = FALSE;
  update_reset (self);
  update_help (self);
}

/* --- Choices that are explained --- */

static void
on_choice_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *title = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, NULL);
  GtkWidget *help = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "width-chars", CHOICE_CHARS,
                                  "max-width-chars", CHOICE_CHARS, NULL);

  gtk_widget_add_css_class (help, "caption");
  gtk_widget_add_css_class (help, "dim-label");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), help);
  gtk_list_item_set_child (item, box);
}

static void
on_choice_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbPropertyRow *self)
{
  GtkWidget *box = gtk_list_item_get_child (item);
  GtkStringObject *title = gtk_list_item_get_item (item);

  gtk_label_set_label (GTK_LABEL (gtk_widget_get_first_child (box)), gtk_string_object_get_string (title));
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_last_child (box)),
                       _ (self->choice_helps[gtk_list_item_get_position (item)]));
}

void
wb_property_row_explain_choices (WbPropertyRow *self, const char *const *helps)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  g_return_if_fail (WB_IS_PROPERTY_ROW (self));
  g_return_if_fail (GTK_IS_DROP_DOWN (self->control));

  self->choice_helps = helps;
  g_signal_connect (factory, "setup", G_CALLBACK (on_choice_setup), NULL);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_choice_bind), self, 0);
  gtk_drop_down_set_list_factory (GTK_DROP_DOWN (self->control), factory);
  update_help (self);
}

/* --- Advice --- */

static void
on_advice_taken (WbPropertyRow *self)
{
  set_for_user (self, self->remedy);
}

void
wb_property_row_advise (WbPropertyRow *self, const char *text, double remedy)
{
  g_autofree char *value = NULL, *button = NULL;

  g_return_if_fail (WB_IS_PROPERTY_ROW (self));

  if (text == NULL && self->advice == NULL)
    return;
  if (self->advice == NULL)
    {
      self->advice = wb_advice_new ();
      g_signal_connect_object (self->advice, "taken", G_CALLBACK (on_advice_taken), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (gtk_widget_get_parent (self->help)), self->advice);
    }
  self->remedy = remedy;
  value = isnan (remedy) ? NULL : format_value (self->property, remedy);
  /* Translators: a button; the value that a setting gets */
  button = value != NULL ? g_strdup_printf (_ ("Set to %s"), value) : NULL;
  wb_advice_show (WB_ADVICE (self->advice), text, button);
}

/**
 * wb_property_row_get_changed:
 *
 * Returns: whether the value is another than the default
 */
gboolean
wb_property_row_get_changed (WbPropertyRow *self)
{
  g_return_val_if_fail (WB_IS_PROPERTY_ROW (self), FALSE);
  return self->value != self->property->fallback;
}

char *
wb_property_row_format (WbPropertyRow *self)
{
  g_return_val_if_fail (WB_IS_PROPERTY_ROW (self), NULL);
  return format_value (self->property, self->value);
}
