/* wb-calibration.c: whether a model is as sure as it is right, and what mends it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-calibration.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-reliability.h"
#include "wb-text.h"

#define HARDLY 0.01 /* so near 1 a temperature changes nothing that is seen */

struct _WbCalibration
{
  AdwBin parent_instance;
  GtkWidget *figure, *error, *advice, *mend, *back;
  double now, better; /* the model's temperature, and the one that mends it */
};

G_DEFINE_FINAL_TYPE (WbCalibration, wb_calibration, ADW_TYPE_BIN)

enum
{
  PICKED,
  MEND,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- What is shown --- */

static void
show_error (WbCalibration *self, const WbAssessment *assessment)
{
  LatheScore ece = assessment->sheet->scores[LATHE_SCORE_ECE];
  g_autofree char *value = wb_text_percent (ece.value), *interval = wb_text_interval (ece.interval, TRUE);
  g_autofree char *text = *interval != '\0'
                              /* Translators: a score, and between which two it is */
                              ? g_strdup_printf (_ ("Calibration error %s (%s)"), value, interval)
                              : g_strdup_printf (_ ("Calibration error %s"), value);

  gtk_label_set_text (GTK_LABEL (self->error), text);
}

/* What Guo et al. found of most networks: too sure; and what is to be done about it. */
static char *
write_advice (WbCalibration *self, const WbAssessment *assessment)
{
  const LatheMended *mended = &assessment->mended;
  g_autofree char *ece = wb_text_percent (mended->ece);

  if (isnan (mended->temperature))
    return g_strdup (_ ("No temperature is the best on these images: they are too few, or all named rightly."));
  if (fabs (mended->temperature - 1) < HARDLY)
    return g_strdup (_ ("No temperature makes it better: on the whole it is as sure as it is right."));
  return g_strdup_printf (
      mended->temperature > 1
          /* Translators: a temperature, a share, a number */
          ? _ ("It is surer than it is right. At a temperature of %.3f the error on these images "
               "would be %s, and the log loss %.3f.")
          : _ ("It is less sure than it is right. At a temperature of %.3f the error on these images "
               "would be %s, and the log loss %.3f."),
      self->better, ece, mended->log_loss);
}

/* (nullable): why other images would be better ones to find the temperature on. */
static const char *
find_doubt (const WbAssessment *assessment)
{
  switch (assessment->question->split)
    {
    case LATHE_SPLIT_TEST:
      return _ (
          "Found and judged on the test images it flatters a little: the validation images are the better ones to "
          "find it on.");
    case LATHE_SPLIT_TRAIN:
      return _ (
          "The model learned from these images, and is surer of them than of others: the validation images are the "
          "ones to find it on.");
    default:
      return NULL;
    }
}

static char *
write_all_advice (WbCalibration *self, const WbAssessment *assessment)
{
  g_autofree char *advice = write_advice (self, assessment);
  g_autofree char *has =
      self->now != 1
          ? g_strdup_printf (_ ("The model has the temperature %.3f. It is part of the file that it is saved in."),
                             self->now)
          : NULL;
  const char *const parts[] = {has, advice, gtk_widget_get_visible (self->mend) ? find_doubt (assessment) : NULL};
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i] != NULL)
      g_string_append_printf (all, "%s%s", all->len > 0 ? " " : "", parts[i]);
  return g_string_free (g_steal_pointer (&all), FALSE);
}

void
wb_calibration_set (WbCalibration *self, WbAssessment *assessment, gboolean can_mend)
{
  g_autofree char *advice = NULL;
  gboolean helps;

  g_return_if_fail (WB_IS_CALIBRATION (self));

  wb_reliability_set (WB_RELIABILITY (self->figure), assessment != NULL ? assessment->bins : NULL);
  if (assessment == NULL)
    return;
  self->now = assessment->question->model->temperature;
  self->better = self->now * assessment->mended.temperature;
  helps = fabs (assessment->mended.temperature - 1) >= HARDLY; /* and is a number */
  gtk_widget_set_visible (self->mend, can_mend && helps);
  gtk_widget_set_visible (self->back, can_mend && self->now != 1);
  advice = write_all_advice (self, assessment);
  gtk_label_set_text (GTK_LABEL (self->advice), advice);
  show_error (self, assessment);
}

void
wb_calibration_update (WbCalibration *self, WbAssessment *assessment)
{
  g_return_if_fail (WB_IS_CALIBRATION (self));

  show_error (self, assessment);
}

/* --- What the user does --- */

static void
on_picked (WbCalibration *self, guint bin)
{
  g_signal_emit (self, signals[PICKED], 0, bin);
}

static void
on_failed (WbCalibration *self, const char *message)
{
  g_signal_emit (self, signals[FAILED], 0, message);
}

static void
on_mend (WbCalibration *self)
{
  g_signal_emit (self, signals[MEND], 0, self->better);
}

static void
on_back (WbCalibration *self)
{
  g_signal_emit (self, signals[MEND], 0, 1.0);
}

/* --- Life --- */

static void
wb_calibration_class_init (WbCalibrationClass *klass)
{
  signals[PICKED] =
      g_signal_new ("picked", WB_TYPE_CALIBRATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[MEND] =
      g_signal_new ("mend", WB_TYPE_CALIBRATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  signals[FAILED] = g_signal_new ("failed", WB_TYPE_CALIBRATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
}

static GtkWidget *
new_button (WbCalibration *self, const char *title, GCallback clicked)
{
  GtkWidget *button = gtk_button_new_with_label (title);

  gtk_widget_set_halign (button, GTK_ALIGN_START);
  g_signal_connect_object (button, "clicked", clicked, self, G_CONNECT_SWAPPED);
  return button;
}

static void
wb_calibration_init (WbCalibration *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->figure = g_object_new (WB_TYPE_RELIABILITY, "title", _ ("Calibration"), "vexpand", TRUE, NULL);
  self->error = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "selectable", TRUE, NULL);
  self->advice = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "selectable", TRUE, NULL);
  gtk_widget_add_css_class (self->error, "heading");
  gtk_widget_add_css_class (self->error, "tabular");
  gtk_widget_add_css_class (self->advice, "tabular");
  self->mend = new_button (self, _ ("Mend"), G_CALLBACK (on_mend));
  gtk_widget_set_tooltip_text (self->mend, _ ("Give the model this temperature: what it says stays the same"));
  self->back = new_button (self, _ ("Take the Temperature Away"), G_CALLBACK (on_back));
  gtk_box_append (GTK_BOX (buttons), self->mend);
  gtk_box_append (GTK_BOX (buttons), self->back);
  gtk_box_append (GTK_BOX (box), self->figure);
  gtk_box_append (GTK_BOX (box), self->error);
  gtk_box_append (GTK_BOX (box), self->advice);
  gtk_box_append (GTK_BOX (box), buttons);
  adw_bin_set_child (ADW_BIN (self), box);
  g_signal_connect_object (self->figure, "picked", G_CALLBACK (on_picked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->figure, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
}

GtkWidget *
wb_calibration_new (void)
{
  return g_object_new (WB_TYPE_CALIBRATION, NULL);
}
