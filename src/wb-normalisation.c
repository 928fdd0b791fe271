/* wb-normalisation.c: what the colours of an image are normalised by: nothing, the data, or given numbers.
 *
 * Numbers are given as text, one for all channels or one for each, so that those of a paper can be pasted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-normalisation.h"

#include <glib/gi18n.h>

#define USUAL 0.5f /* mean and deviation where nothing better is known: from -1 to 1 */

struct _WbNormalisation
{
  AdwBin parent_instance;

  GtkDropDown *choice; /* in the order of LatheNormalisation */
  GtkLabel *measured;
  GtkWidget *given;
  GtkEditable *mean, *deviation;
  GtkLabel *complaint;

  LathePreprocess set;
  LathePreprocess trained; /* with no channels: none is known */
  gboolean showing;        /* the widgets are being set, not edited */
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (WbNormalisation, wb_normalisation, ADW_TYPE_BIN)

static gboolean
knows_measured (WbNormalisation *self)
{
  return self->trained.measured && self->trained.channels == self->set.channels;
}

/* --- Showing --- */

static void
show_measured (WbNormalisation *self)
{
  g_autofree char *mean = lathe_channels_write (self->trained.mean, self->trained.channels);
  g_autofree char *deviation = lathe_channels_write (self->trained.deviation, self->trained.channels);
  g_autofree char *text = knows_measured (self)
                              /* Translators: the first is the mean of the colours, the second their deviation */
                              ? g_strdup_printf (_ ("The last training had mean %s and deviation %s."), mean, deviation)
                              : g_strdup (_ ("When training starts, mean and deviation are measured on its images."));

  gtk_label_set_label (self->measured, text);
}

static void
show_numbers (WbNormalisation *self, GtkEditable *entry, const float *values)
{
  g_autofree char *text = lathe_channels_write (values, self->set.channels);

  if (!g_str_equal (gtk_editable_get_text (entry), text))
    gtk_editable_set_text (entry, text);
}

static void
show (WbNormalisation *self)
{
  LatheNormalisation normalisation = lathe_preprocess_get_normalisation (&self->set);

  self->showing = TRUE;
  gtk_drop_down_set_selected (self->choice, normalisation);
  show_measured (self);
  show_numbers (self, self->mean, self->set.mean);
  show_numbers (self, self->deviation, self->set.deviation);
  gtk_widget_set_visible (GTK_WIDGET (self->measured), normalisation == LATHE_NORMALISATION_DATA);
  gtk_widget_set_visible (self->given, normalisation == LATHE_NORMALISATION_GIVEN);
  self->showing = FALSE;
}

void
wb_normalisation_show (WbNormalisation *self, const LathePreprocess *set, const LathePreprocess *trained)
{
  g_return_if_fail (WB_IS_NORMALISATION (self));

  self->set = *set;
  self->trained = trained ? *trained : (LathePreprocess){0};
  show (self);
}

const LathePreprocess *
wb_normalisation_get_preprocess (WbNormalisation *self)
{
  g_return_val_if_fail (WB_IS_NORMALISATION (self), NULL);

  return &self->set;
}

/* --- Choosing --- */

static void
choose (WbNormalisation *self, const LathePreprocess *chosen)
{
  if (lathe_preprocess_same_normalisation (chosen, &self->set))
    return;
  self->set = *chosen;
  show (self);
  g_signal_emit (self, changed_signal, 0);
}

/* What is there to begin with: what was measured last, as far as it is shown, so that what is read is what is meant. */
static void
give_first (WbNormalisation *self, LathePreprocess *chosen)
{
  g_autofree char *mean = lathe_channels_write (self->trained.mean, self->trained.channels);
  g_autofree char *deviation = lathe_channels_write (self->trained.deviation, self->trained.channels);

  if (knows_measured (self) && lathe_channels_read (mean, 0, chosen->mean) &&
      lathe_channels_read (deviation, LATHE_LEAST_DEVIATION, chosen->deviation))
    return;
  for (guint c = 0; c < 3; c++)
    chosen->mean[c] = chosen->deviation[c] = USUAL;
}

static void
on_choice (WbNormalisation *self)
{
  LatheNormalisation normalisation = gtk_drop_down_get_selected (self->choice);
  LathePreprocess chosen = self->set;

  if (self->showing)
    return;
  chosen.measured = normalisation == LATHE_NORMALISATION_DATA;
  for (guint c = 0; c < 3; c++)
    {
      chosen.mean[c] = 0;
      chosen.deviation[c] = 1;
    }
  if (normalisation == LATHE_NORMALISATION_GIVEN)
    give_first (self, &chosen);
  choose (self, &chosen);
}

/* --- Numbers --- */

static gboolean
read_numbers (WbNormalisation *self, GtkEditable *entry, LathePreprocess *chosen)
{
  gboolean mean = entry == self->mean;
  guint n = lathe_channels_read (gtk_editable_get_text (entry), mean ? 0 : LATHE_LEAST_DEVIATION,
                                 mean ? chosen->mean : chosen->deviation);

  return n > 0 && n <= self->set.channels;
}

static char *
describe_numbers (WbNormalisation *self, GtkEditable *entry)
{
  double least = entry == self->mean ? 0 : LATHE_LEAST_DEVIATION;

  if (self->set.channels == 1)
    return g_strdup_printf (_ ("A number from %g to 1"), least);
  return g_strdup_printf (_ ("A number from %g to 1, or three with commas between: for red, green and blue"), least);
}

/* While it is typed. */
static void
on_typed (WbNormalisation *self, GtkEditable *entry)
{
  LathePreprocess ignored = self->set;
  gboolean valid = read_numbers (self, entry, &ignored);
  g_autofree char *complaint = valid ? NULL : describe_numbers (self, entry);

  if (valid)
    gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (entry), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_STATE_INVALID,
                               valid ? GTK_ACCESSIBLE_INVALID_FALSE : GTK_ACCESSIBLE_INVALID_TRUE, -1);
  gtk_label_set_label (self->complaint, complaint ? complaint : "");
  gtk_widget_set_visible (GTK_WIDGET (self->complaint), !valid);
}

/* What is no number is not taken, and what was there before is there again. */
static void
on_entered (WbNormalisation *self, GtkEditable *entry)
{
  LathePreprocess chosen = self->set;

  if (self->showing)
    return;
  if (read_numbers (self, entry, &chosen))
    choose (self, &chosen);
  show (self);
}

static void
on_left (WbNormalisation *self, GtkEventController *controller)
{
  on_entered (self, GTK_EDITABLE (gtk_event_controller_get_widget (controller)));
}

/* --- Making --- */

static void
wb_normalisation_class_init (WbNormalisationClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  changed_signal =
      g_signal_new ("changed", WB_TYPE_NORMALISATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-normalisation.ui");
  gtk_widget_class_bind_template_child (widget_class, WbNormalisation, choice);
  gtk_widget_class_bind_template_child (widget_class, WbNormalisation, measured);
  gtk_widget_class_bind_template_child (widget_class, WbNormalisation, given);
  gtk_widget_class_bind_template_child (widget_class, WbNormalisation, mean);
  gtk_widget_class_bind_template_child (widget_class, WbNormalisation, deviation);
  gtk_widget_class_bind_template_child (widget_class, WbNormalisation, complaint);
  gtk_widget_class_bind_template_callback (widget_class, on_choice);
  gtk_widget_class_bind_template_callback (widget_class, on_typed);
  gtk_widget_class_bind_template_callback (widget_class, on_entered);
  gtk_widget_class_bind_template_callback (widget_class, on_left);
}

static void
wb_normalisation_init (WbNormalisation *self)
{
  self->set = (LathePreprocess){.channels = 1, .deviation = {1, 1, 1}};
  gtk_widget_init_template (GTK_WIDGET (self));
}
