/* wb-curve-view.c: a curve with the threshold that can be moved along it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-curve-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-drop-down.h"
#include "wb-fold.h"
#include "wb-growing.h"
#include "wb-text.h"

#define N_COUNTS 4
#define SIDE_BY_SIDE 440 /* pixels, from which on there is room for two things */

struct _WbCurveView
{
  AdwBin parent_instance;

  WbThreshold *threshold;
  WbAssessment *shown; /* which the figure keeps */
  GtkWidget *figure, *classes, *panel, *slider, *costs[2], *said, *cost, *cheapest, *counts[N_COUNTS];
  gboolean showing; /* what is set is being shown: no one has changed it */
};

G_DEFINE_FINAL_TYPE (WbCurveView, wb_curve_view, ADW_TYPE_BIN)

enum
{
  WANTED,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const struct
{
  WbOutcomesKind kind;
  const char *title, *hint;
} count_infos[N_COUNTS] = {
    {WB_OUTCOMES_TRUE_POSITIVES, N_ ("Found"), N_ ("True positives: images of the class, said to be")},
    {WB_OUTCOMES_FALSE_NEGATIVES, N_ ("Missed"), N_ ("False negatives: images of the class, said to be none")},
    {WB_OUTCOMES_FALSE_POSITIVES, N_ ("False alarms"),
     N_ ("False positives: images of others, said to be of the class")},
    {WB_OUTCOMES_TRUE_NEGATIVES, N_ ("Left alone"), N_ ("True negatives: images of others, said to be none")},
};

/* --- What is shown --- */

static void
show_counts (WbCurveView *self, const LatheThreshold *at)
{
  const guint counts[N_COUNTS] = {at->true_positives, at->false_negatives, at->false_positives, at->true_negatives};

  for (guint i = 0; i < N_COUNTS; i++)
    {
      g_autofree char *number = wb_text_count (counts[i]);
      g_autofree char *text = g_strdup_printf ("%s %s", _ (count_infos[i].title), number);

      gtk_button_set_label (GTK_BUTTON (self->counts[i]), text);
    }
}

static void
show_cost (WbCurveView *self, const LatheThreshold *at, const LatheThreshold *cheapest)
{
  double a, b;
  g_autofree char *least = NULL, *text = NULL;

  wb_threshold_get_costs (self->threshold, &a, &b);
  least = isfinite (cheapest->threshold) ? g_strdup_printf ("%.3f", cheapest->threshold) : g_strdup (_ ("never"));
  /* Translators: what is lost an image on average; the least of it; at which threshold */
  text = g_strdup_printf (_ ("An image costs %.4g; the least is %.4g, at %s"), lathe_threshold_cost (at, a, b),
                          lathe_threshold_cost (cheapest, a, b), least);
  gtk_label_set_text (GTK_LABEL (self->cost), text);
  gtk_widget_set_sensitive (self->cheapest, lathe_threshold_cost (at, a, b) > lathe_threshold_cost (cheapest, a, b));
}

static void
show_threshold (WbCurveView *self)
{
  const LatheThreshold *at = wb_threshold_get_set (self->threshold);
  const LatheThreshold *cheapest = wb_threshold_get_cheapest (self->threshold);
  LatheClassScore score;
  g_autofree char *precision = NULL, *recall = NULL, *text = NULL;
  double costs[2];

  gtk_widget_set_visible (self->panel, at != NULL);
  wb_class_curve_mark (WB_CLASS_CURVE (self->figure), at, cheapest);
  if (at == NULL)
    return;
  score = lathe_threshold_score (at);
  precision = wb_text_percent (score.precision);
  recall = wb_text_percent (score.recall);
  text = g_strdup_printf (_ ("Precision %s, recall %s, F1 %.3f"), precision, recall, score.f1);
  gtk_label_set_text (GTK_LABEL (self->said), text);
  show_counts (self, at);
  show_cost (self, at, cheapest);
  wb_threshold_get_costs (self->threshold, &costs[0], &costs[1]);
  self->showing = TRUE;
  gtk_range_set_value (GTK_RANGE (self->slider), wb_threshold_get_value (self->threshold));
  for (guint i = 0; i < G_N_ELEMENTS (costs); i++)
    gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->costs[i]), costs[i]);
  self->showing = FALSE;
}

static void
show_choice (WbCurveView *self, WbAssessment *assessment)
{
  const char *all[] = {_ ("All classes"), NULL};
  g_autoptr (GtkStringList) names = gtk_string_list_new (all);
  g_autoptr (GListModel) growing = NULL;

  gtk_string_list_splice (names, 1, 0, wb_assessment_get_labels (assessment));
  growing = wb_growing_new (self->classes, G_LIST_MODEL (names));
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->classes), growing);
}

static void
show_class (WbCurveView *self)
{
  WbAssessment *assessment = wb_threshold_get_assessment (self->threshold);
  int label = wb_threshold_get_class (self->threshold);

  self->showing = TRUE;
  if (self->shown != assessment)
    {
      gboolean same = self->shown != NULL && assessment != NULL &&
                      g_strv_equal (wb_assessment_get_labels (self->shown), wb_assessment_get_labels (assessment));

      self->shown = assessment;
      wb_class_curve_set_assessment (WB_CLASS_CURVE (self->figure), assessment);
      if (assessment != NULL && !same)
        show_choice (self, assessment);
    }
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->classes), (guint) (label + 1));
  self->showing = FALSE;
  if (assessment != NULL)
    wb_class_curve_set_class (WB_CLASS_CURVE (self->figure), (guint) MAX (label, 0),
                              wb_threshold_get_all (self->threshold));
}

void
wb_curve_view_update (WbCurveView *self)
{
  g_return_if_fail (WB_IS_CURVE_VIEW (self));

  wb_class_curve_update (WB_CLASS_CURVE (self->figure));
}

/* --- What the user does --- */

static void
on_class_selected (WbCurveView *self)
{
  guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->classes));

  if (!self->showing && selected != GTK_INVALID_LIST_POSITION)
    wb_threshold_set_class (self->threshold, (int) selected - 1);
}

static void
on_slid (WbCurveView *self)
{
  if (!self->showing)
    wb_threshold_set_value (self->threshold, gtk_range_get_value (GTK_RANGE (self->slider)));
}

static void
on_cost_changed (WbCurveView *self)
{
  if (!self->showing)
    wb_threshold_set_costs (self->threshold, gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->costs[0])),
                            gtk_spin_button_get_value (GTK_SPIN_BUTTON (self->costs[1])));
}

/* Never to be reached is more than any probability. */
static void
set_to (WbCurveView *self, double threshold)
{
  wb_threshold_set_value (self->threshold, isfinite (threshold) ? threshold : nextafter (1, 2));
}

static void
on_cheapest_clicked (WbCurveView *self)
{
  set_to (self, wb_threshold_get_cheapest (self->threshold)->threshold);
}

static void
on_point_picked (WbCurveView *self, double threshold)
{
  set_to (self, threshold);
  g_signal_emit (self, signals[WANTED], 0, WB_OUTCOMES_MISJUDGED);
}

static void
on_class_picked (WbCurveView *self, guint label)
{
  wb_threshold_set_class (self->threshold, (int) label);
}

static void
on_count_clicked (GtkButton *button, WbCurveView *self)
{
  for (guint i = 0; i < N_COUNTS; i++)
    if (self->counts[i] == GTK_WIDGET (button))
      g_signal_emit (self, signals[WANTED], 0, count_infos[i].kind);
}

static void
on_failed (WbCurveView *self, const char *message)
{
  g_signal_emit (self, signals[FAILED], 0, message);
}

/* --- Life --- */

static GtkWidget *
new_label (const char *class)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "selectable", TRUE, NULL);

  gtk_widget_add_css_class (label, class);
  return label;
}

static GtkWidget *
add_pair (WbCurveView *self)
{
  GtkWidget *pair = g_object_new (WB_TYPE_FOLD, "threshold", SIDE_BY_SIDE, "spacing", 6, NULL);

  gtk_box_append (GTK_BOX (self->panel), pair);
  return pair;
}

static GtkWidget *
add_cost (WbCurveView *self, GtkWidget *pair, const char *title)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *spin = gtk_spin_button_new_with_range (0, 1e6, 1);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", title, "mnemonic-widget", spin, "xalign", 0.0, "hexpand",
                                   TRUE, "wrap", TRUE, NULL);

  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), 1);
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), 5);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_signal_connect_object (spin, "value-changed", G_CALLBACK (on_cost_changed), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), spin);
  gtk_widget_set_parent (box, pair);
  return spin;
}

/* Two by two, and all four in a row where there is room. */
static void
add_counts (WbCurveView *self)
{
  GtkWidget *pair = add_pair (self), *box = NULL;

  for (guint i = 0; i < N_COUNTS; i++)
    {
      if (i % 2 == 0)
        {
          box = g_object_new (GTK_TYPE_BOX, "spacing", 6, "homogeneous", TRUE, "hexpand", TRUE, NULL);
          gtk_widget_set_parent (box, pair);
        }
      self->counts[i] = g_object_new (GTK_TYPE_BUTTON, "tooltip-text", _ (count_infos[i].hint), NULL);
      gtk_widget_add_css_class (self->counts[i], "tabular");
      g_signal_connect_object (self->counts[i], "clicked", G_CALLBACK (on_count_clicked), self, 0);
      gtk_box_append (GTK_BOX (box), self->counts[i]);
    }
}

static void
add_slider (WbCurveView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->slider = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, 1, 0.01);
  g_object_set (self->slider, "draw-value", TRUE, "digits", 3, "value-pos", GTK_POS_RIGHT, "hexpand", TRUE,
                "round-digits", -1, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->slider), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Threshold"), -1);
  g_signal_connect_object (self->slider, "value-changed", G_CALLBACK (on_slid), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), gtk_label_new (_ ("Threshold")));
  gtk_box_append (GTK_BOX (box), self->slider);
  gtk_box_append (GTK_BOX (self->panel), box);
}

static void
add_cheapest (WbCurveView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->cost = new_label ("tabular");
  gtk_widget_set_hexpand (self->cost, TRUE);
  self->cheapest = gtk_button_new_with_label (_ ("Set to the Cheapest"));
  gtk_widget_set_valign (self->cheapest, GTK_ALIGN_CENTER);
  g_signal_connect_object (self->cheapest, "clicked", G_CALLBACK (on_cheapest_clicked), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), self->cost);
  gtk_box_append (GTK_BOX (box), self->cheapest);
  gtk_box_append (GTK_BOX (self->panel), box);
}

static void
fill_panel (WbCurveView *self)
{
  GtkWidget *pair;

  add_slider (self);
  self->said = new_label ("tabular");
  gtk_box_append (GTK_BOX (self->panel), self->said);
  add_counts (self);
  pair = add_pair (self);
  self->costs[0] = add_cost (self, pair, _ ("A false alarm costs"));
  self->costs[1] = add_cost (self, pair, _ ("A miss costs"));
  add_cheapest (self);
}

static void
wb_curve_view_dispose (GObject *object)
{
  g_clear_object (&WB_CURVE_VIEW (object)->threshold);
  G_OBJECT_CLASS (wb_curve_view_parent_class)->dispose (object);
}

static void
wb_curve_view_class_init (WbCurveViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_curve_view_dispose;
  signals[WANTED] =
      g_signal_new ("wanted", WB_TYPE_CURVE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[FAILED] = g_signal_new ("failed", WB_TYPE_CURVE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
}

static void
wb_curve_view_init (WbCurveView *self)
{
  self->classes = gtk_drop_down_new (NULL, NULL);
  gtk_drop_down_set_enable_search (GTK_DROP_DOWN (self->classes), TRUE);
  gtk_drop_down_set_expression (GTK_DROP_DOWN (self->classes),
                                gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->classes), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Of which class"),
                                  -1);
  gtk_widget_set_halign (self->classes, GTK_ALIGN_START);
  wb_drop_down_shorten (GTK_DROP_DOWN (self->classes));
  g_signal_connect_object (self->classes, "notify::selected", G_CALLBACK (on_class_selected), self, G_CONNECT_SWAPPED);
  self->panel = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  fill_panel (self);
}

static void
connect_figure (WbCurveView *self)
{
  g_signal_connect_object (self->figure, "picked", G_CALLBACK (on_point_picked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->figure, "class-picked", G_CALLBACK (on_class_picked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->figure, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->threshold, "class-changed", G_CALLBACK (show_class), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->threshold, "changed", G_CALLBACK (show_threshold), self, G_CONNECT_SWAPPED);
}

GtkWidget *
wb_curve_view_new (WbCurveKind kind, WbThreshold *threshold)
{
  WbCurveView *self = g_object_new (WB_TYPE_CURVE_VIEW, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->threshold = g_object_ref (threshold);
  self->figure = wb_class_curve_new (kind);
  gtk_widget_set_vexpand (self->figure, TRUE);
  gtk_box_append (GTK_BOX (box), self->classes);
  gtk_box_append (GTK_BOX (box), self->figure);
  gtk_box_append (GTK_BOX (box), self->panel);
  adw_bin_set_child (ADW_BIN (self), box);
  connect_figure (self);
  return GTK_WIDGET (self);
}
