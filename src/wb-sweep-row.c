/* wb-sweep-row.c: one setting that varies, and the values that it may have, as the command line writes them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-sweep-row.h"

#include <glib/gi18n.h>

struct _WbSweepRow
{
  AdwEntryRow parent_instance;
  const LatheHyperparameter *setting; /* NULL: the seed */
};

G_DEFINE_FINAL_TYPE (WbSweepRow, wb_sweep_row, ADW_TYPE_ENTRY_ROW)

static guint removed_signal;

/* --- What it begins with --- */

static void
append (GString *text, const LatheProperty *property, double value)
{
  g_autofree char *written = NULL;

  if (property->type == LATHE_PROPERTY_INTEGER)
    value = (double) (gint64) (value + 0.5);
  written = lathe_property_format (property, CLAMP (value, property->minimum, property->maximum));
  g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", written);
}

/* A setting that is off has no scale of its own: a few steps of a round one, by what it may be at most. */
static void
append_steps (GString *text, const LatheProperty *property)
{
  double step = property->maximum <= 1 ? 0.1 : property->maximum <= 360 ? 5 : 1;

  for (guint i = 0; i < 3; i++)
    append (text, property, property->minimum + i * step);
}

static void
append_around (GString *text, const LatheHyperparameter *setting, double now)
{
  const LatheProperty *property = &setting->property;
  double times = setting->logarithmic ? 10 : 2;
  g_autofree char *from = NULL, *to = NULL;

  if (property->type == LATHE_PROPERTY_INTEGER)
    {
      if (now > property->minimum)
        append (text, property, now / 2);
      append (text, property, now);
      append (text, property, now * 2);
      return;
    }
  from = lathe_property_format (property, MAX (property->minimum, now / times));
  to = lathe_property_format (property, MIN (now * times, (now + property->maximum) / 2));
  g_string_append_printf (text, "%s..%s", from, to);
}

static char *
suggest (const LatheHyperparameter *setting, const LatheHyperparameters *now)
{
  GString *text = g_string_new (NULL);
  double value = setting ? lathe_hyperparameter_get (setting, now) : 0;

  if (!setting)
    g_string_append (text, "1, 2, 3");
  else if (setting->property.type == LATHE_PROPERTY_CHOICE)
    for (guint i = 0; setting->property.choices[i]; i++)
      append (text, &setting->property, i);
  else if (value == 0)
    append_steps (text, &setting->property);
  else
    append_around (text, setting, value);
  return g_string_free (text, FALSE);
}

/* --- Use --- */

const LatheHyperparameter *
wb_sweep_row_get_setting (WbSweepRow *self)
{
  g_return_val_if_fail (WB_IS_SWEEP_ROW (self), NULL);

  return self->setting;
}

LatheSweepAxis *
wb_sweep_row_get_axis (WbSweepRow *self, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *typed = NULL;
  LatheSweepAxis *axis;

  g_return_val_if_fail (WB_IS_SWEEP_ROW (self), NULL);

  typed = g_strdup_printf ("%s=%s", self->setting ? self->setting->property.name : "seed",
                           gtk_editable_get_text (GTK_EDITABLE (self)));
  axis = lathe_sweep_axis_parse (typed, &reason);
  if (axis)
    gtk_widget_remove_css_class (GTK_WIDGET (self), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self), "error");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), reason ? reason->message : NULL);
  if (reason)
    g_propagate_error (error, g_steal_pointer (&reason));
  return axis;
}

static void
on_remove (WbSweepRow *self)
{
  g_signal_emit (self, removed_signal, 0);
}

static void
wb_sweep_row_class_init (WbSweepRowClass *klass)
{
  removed_signal = g_signal_new ("removed", WB_TYPE_SWEEP_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_sweep_row_init (WbSweepRow *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _ ("Let this setting be as it is"));
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_remove), self);
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (self), button);
}

GtkWidget *
wb_sweep_row_new (const LatheHyperparameter *setting, const LatheHyperparameters *now)
{
  WbSweepRow *self = g_object_new (WB_TYPE_SWEEP_ROW, NULL);
  g_autofree char *text = suggest (setting, now);

  self->setting = setting;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), setting ? _ (setting->property.title) : _ ("Seed"));
  gtk_editable_set_text (GTK_EDITABLE (self), text);
  return GTK_WIDGET (self);
}
