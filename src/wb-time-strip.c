/* wb-time-strip.c: what the time of a training goes to, as a strip with its legend.
 *
 *   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
 *   ● reading 3 %  ● forward 31 %  ● backward 58 %  ● optimiser 4 %  ● validation 4 %
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-time-strip.h"

#include <glib/gi18n.h>
#include <string.h>

#define THICKNESS 6
#define GAP 1.0 /* between two pieces */

/* Okabe & Ito's, as they are in charts. */
static const char *const colors[LATHE_N_PHASES] = {"#56b4e9", "#e69f00", "#d55e00", "#009e73", "#cc79a7"};

struct _WbTimeStrip
{
  AdwBin parent_instance;

  GtkWidget *strip;
  GtkLabel *legend;
  double phases[LATHE_N_PHASES], all;
};

G_DEFINE_FINAL_TYPE (WbTimeStrip, wb_time_strip, ADW_TYPE_BIN)

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  WbTimeStrip *self = data;
  gboolean from_right = gtk_widget_get_direction (GTK_WIDGET (area)) == GTK_TEXT_DIR_RTL;
  double x = 0;

  if (from_right)
    {
      cairo_translate (cr, width, 0);
      cairo_scale (cr, -1, 1);
    }
  for (guint i = 0; i < LATHE_N_PHASES && self->all > 0; i++)
    {
      double length = self->phases[i] / self->all * width;
      GdkRGBA color;

      gdk_rgba_parse (&color, colors[i]);
      gdk_cairo_set_source_rgba (cr, &color);
      cairo_rectangle (cr, x, 0, MAX (length - GAP, 0), height);
      cairo_fill (cr);
      x += length;
    }
}

/* (transfer full): as markup, with spaces that no line ends at. */
static char *
keep_together (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  g_autofree char *joined = g_strjoinv ("\u00a0", words);

  return g_markup_escape_text (joined, -1);
}

/* The dots are for those who see the strip; the words say it all. */
static char *
make_legend (const WbTimeStrip *self, gboolean with_dots)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < LATHE_N_PHASES; i++)
    {
      g_autofree char *part =
          g_strdup_printf ("%s %.0f %%", _ (lathe_phase_titles[i]), 100 * self->phases[i] / self->all);
      g_autofree char *escaped = with_dots ? keep_together (part) : NULL;

      if (with_dots)
        g_string_append_printf (text, "%s<span foreground=\"%s\">●</span>\u00a0%s", i > 0 ? "   " : "", colors[i],
                                escaped);
      else
        g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", part);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
wb_time_strip_set (WbTimeStrip *self, const double phases[LATHE_N_PHASES])
{
  g_autofree char *legend = NULL, *words = NULL;

  g_return_if_fail (WB_IS_TIME_STRIP (self));

  self->all = 0;
  for (guint i = 0; i < LATHE_N_PHASES; i++)
    self->all += phases[i];
  memcpy (self->phases, phases, sizeof self->phases);
  gtk_widget_set_visible (GTK_WIDGET (self), self->all > 0);
  if (!(self->all > 0))
    return;
  legend = make_legend (self, TRUE);
  if (g_str_equal (legend, gtk_label_get_label (self->legend)))
    return;
  words = make_legend (self, FALSE);
  gtk_label_set_markup (self->legend, legend);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->strip), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words, -1);
  gtk_widget_queue_draw (self->strip);
}

static void
wb_time_strip_class_init (WbTimeStripClass *klass)
{
}

static void
wb_time_strip_init (WbTimeStrip *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  self->strip = g_object_new (GTK_TYPE_DRAWING_AREA, "content-height", THICKNESS, "accessible-role",
                              GTK_ACCESSIBLE_ROLE_IMG, NULL);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (self->strip), draw, self, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->strip), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What the Time Goes To"), -1);
  self->legend = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->legend), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->legend), "tabular");
  gtk_box_append (GTK_BOX (box), self->strip);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->legend));
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
