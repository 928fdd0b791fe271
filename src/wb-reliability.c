/* wb-reliability.c: how often a model is right, by how sure it was (a reliability diagram, as in Guo et al. 2017).
 *
 *   Calibration
 *   100 % ┈┈┈┈┈┈┈┈┈╱█     a bar: how often it was right
 *         ┈┈┈┈┈┈╱▒█ █     the diagonal: as often as it said
 *         ┈┈┈╱█┈█ █ █
 *       0 ╱┈┈┈█┈█ █ █
 *         · ·  ▁ ▂ ▅ ▇    how many images
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-reliability.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-chart-geometry.h"
#include "wb-text.h"

#define COUNTS_SHARE 0.18 /* of the height that the bars of the counts take */

struct _WbReliability
{
  WbFigure parent_instance;

  LatheBin bins[LATHE_CALIBRATION_BINS];
  gboolean there;
  double left, right, top, bottom, counts; /* as last drawn: the diagram, and the foot of the counts */
  int pointed, selected;                   /* bins, or -1 */
};

G_DEFINE_FINAL_TYPE (WbReliability, wb_reliability, WB_TYPE_FIGURE)

static guint picked_signal;

/* --- Drawing --- */

static void
lay_out (WbReliability *self, const WbPen *pen, double width, double height)
{
  double below = 2 * pen->text_height + 3 * WB_GAP;

  self->left = wb_pen_measure (pen, "100 %", FALSE) + pen->text_height + 4 * WB_GAP;
  self->right = width - 2 * WB_GAP;
  self->top = 2 * pen->text_height;
  self->counts = height - below;
  self->bottom = self->counts - COUNTS_SHARE * (self->counts - self->top) - 2 * WB_GAP;
}

static double
place_x (WbReliability *self, double confidence)
{
  return self->left + confidence * (self->right - self->left);
}

static double
place_y (WbReliability *self, double accuracy)
{
  return self->bottom - accuracy * (self->bottom - self->top);
}

static void
draw_axes (WbReliability *self, const WbPen *pen)
{
  WbTicks ticks = wb_ticks (0, 100, self->bottom - self->top < 200 ? 3 : 6);

  cairo_set_line_width (pen->cr, 1);
  for (guint i = 0; i < ticks.n; i++)
    {
      double value = (ticks.first + i * ticks.step) / 100, y = wb_pen_crisp (place_y (self, value));
      g_autofree char *label = g_strdup_printf (_ ("%.0f %%"), 100 * value);

      wb_pen_use (pen, &pen->style->foreground, 0.1);
      cairo_move_to (pen->cr, self->left, y);
      cairo_line_to (pen->cr, self->right, y);
      cairo_stroke (pen->cr);
      wb_pen_use (pen, &pen->style->foreground, 0.6);
      wb_pen_write (pen, label, self->left - WB_GAP, y, 1);
      wb_pen_write (pen, label, place_x (self, value), self->counts + WB_GAP + pen->text_height / 2,
                    value < 1 ? 0.5 : 0.8);
    }
  wb_pen_write (pen, _ ("How sure it was"), (self->left + self->right) / 2,
                self->counts + 2 * WB_GAP + 1.5 * pen->text_height, 0.5);
  cairo_save (pen->cr);
  cairo_translate (pen->cr, self->left - wb_pen_measure (pen, "100 %", FALSE) - 3 * WB_GAP,
                   (self->top + self->bottom) / 2);
  cairo_rotate (pen->cr, -G_PI_2);
  wb_pen_write (pen, _ ("How often it was right"), 0, 0, 0.5);
  cairo_restore (pen->cr);
}

static guint
find_most (WbReliability *self)
{
  guint most = 1;

  for (guint i = 0; i < LATHE_CALIBRATION_BINS; i++)
    most = MAX (most, self->bins[i].n);
  return most;
}

static void
draw_box (const WbPen *pen, double x, double width, double from, double to)
{
  cairo_rectangle (pen->cr, x, MIN (from, to), width, fabs (to - from));
  cairo_fill (pen->cr);
}

/* The bar, what lies between it and what the model promised, and the count below. Where it was too sure that is
 * orange; where it was not sure enough, a paler blue. */
static void
draw_bin (WbReliability *self, const WbPen *pen, guint i, guint most)
{
  const LatheBin *bin = &self->bins[i];
  double x = place_x (self, bin->low) + 1, width = MAX (place_x (self, bin->high) - x - 1, 1);
  double room = self->counts - self->bottom - 2 * WB_GAP;

  if (bin->n == 0)
    return;
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), 0.75);
  draw_box (pen, x, width, place_y (self, 0), place_y (self, MIN (bin->accuracy, bin->confidence)));
  if (bin->confidence > bin->accuracy)
    wb_pen_use (pen, wb_pen_color (pen, WB_CHART_ORANGE), 0.55);
  else
    wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), 0.4);
  draw_box (pen, x, width, place_y (self, bin->accuracy), place_y (self, bin->confidence));
  wb_pen_use (pen, &pen->style->foreground, 0.35);
  draw_box (pen, x, width, self->counts, self->counts - MAX (room * bin->n / most, 1));
}

static void
draw_diagonal (WbReliability *self, const WbPen *pen)
{
  static const double dashes[] = {4, 4};

  cairo_move_to (pen->cr, place_x (self, 0), place_y (self, 0));
  cairo_line_to (pen->cr, place_x (self, 1), place_y (self, 1));
  wb_pen_use (pen, &pen->style->foreground, 0.5);
  cairo_set_line_width (pen->cr, 1.5);
  cairo_set_dash (pen->cr, dashes, G_N_ELEMENTS (dashes), 0);
  cairo_stroke (pen->cr);
  cairo_set_dash (pen->cr, NULL, 0, 0);
}

static void
draw_frame (WbReliability *self, const WbPen *pen, int i, double opacity)
{
  double x, width;

  if (i < 0)
    return;
  x = place_x (self, self->bins[i].low);
  width = place_x (self, self->bins[i].high) - x;
  wb_pen_use (pen, &pen->style->foreground, opacity);
  cairo_set_line_width (pen->cr, 2);
  cairo_rectangle (pen->cr, x, self->top, width, self->counts - self->top);
  cairo_stroke (pen->cr);
}

static char *
describe_bin (const LatheBin *bin, const char *separator)
{
  g_autofree char *count = wb_text_count (bin->n), *right = wb_text_percent (bin->accuracy);
  g_autofree char *said = wb_text_percent (bin->confidence);
  g_autofree char *images = g_strdup_printf (ngettext ("%s image", "%s images", bin->n), count);
  g_autofree char *from = g_strdup_printf (_ ("Sure to %.0f – %.0f %%"), 100 * bin->low, 100 * bin->high);
  /* Translators: of some images: how sure the model was, and how often it was right */
  g_autofree char *means = g_strdup_printf (_ ("Said %s, right %s"), said, right);

  return g_strjoin (separator, from, images, bin->n > 0 ? means : NULL, NULL);
}

static void
draw_readout (WbReliability *self, const WbPen *pen)
{
  const LatheBin *bin = &self->bins[self->pointed];
  g_autofree char *text = describe_bin (bin, "\n");
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  wb_pen_write_box (pen, (const char *const *) lines, NULL, place_x (self, (bin->low + bin->high) / 2), self->top,
                    self->left, self->right);
}

static void
wb_reliability_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                     gboolean on_paper)
{
  WbReliability *self = WB_RELIABILITY (figure);
  g_auto (WbPen) pen = {0};

  if (!self->there)
    return;
  wb_pen_init (&pen, cr, style);
  lay_out (self, &pen, width, height);
  wb_pen_use (&pen, &style->foreground, 1);
  wb_pen_write_title (&pen, wb_figure_get_title (figure), WB_GAP, pen.text_height);
  draw_axes (self, &pen);
  for (guint i = 0; i < LATHE_CALIBRATION_BINS; i++)
    draw_bin (self, &pen, i, find_most (self));
  draw_diagonal (self, &pen);
  if (on_paper)
    return;
  draw_frame (self, &pen, self->selected, 0.7);
  draw_frame (self, &pen, self->pointed, 0.3);
  if (self->pointed >= 0)
    draw_readout (self, &pen);
}

static void
wb_reliability_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 220 : 280;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 460 : 400;
}

/* --- Acting --- */

static void
describe (WbReliability *self)
{
  int i = self->pointed >= 0 ? self->pointed : self->selected;
  g_autofree char *text = i >= 0 ? describe_bin (&self->bins[i], ", ") : g_strdup (_ ("No bar is selected"));

  wb_figure_describe (WB_FIGURE (self), text);
}

static void
point_at (WbReliability *self, int bin)
{
  if (bin == self->pointed)
    return;
  self->pointed = bin;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_reliability_point (WbFigure *figure, double x, double y)
{
  WbReliability *self = WB_RELIABILITY (figure);
  double bin = floor ((x - self->left) / (self->right - self->left) * LATHE_CALIBRATION_BINS);
  gboolean inside = self->there && y >= self->top && y <= self->counts && bin >= 0 && bin < LATHE_CALIBRATION_BINS;

  point_at (self, inside ? (int) bin : -1);
}

static void
pick (WbReliability *self)
{
  if (self->pointed < 0 || self->bins[self->pointed].n == 0)
    return;
  self->selected = self->pointed;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, picked_signal, 0, (guint) self->selected);
}

static void
on_click (WbReliability *self, int n_press, double x, double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  wb_reliability_point (WB_FIGURE (self), x, y);
  pick (self);
}

static gboolean
wb_reliability_key (WbFigure *figure, guint key)
{
  WbReliability *self = WB_RELIABILITY (figure);
  int last = LATHE_CALIBRATION_BINS - 1;

  if (!self->there)
    return FALSE;
  if (key == GDK_KEY_Left)
    point_at (self, self->pointed < 0 ? last : MAX (self->pointed - 1, 0));
  else if (key == GDK_KEY_Right)
    point_at (self, MIN (self->pointed + 1, last));
  else if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_space)
    pick (self);
  else if (key == GDK_KEY_Escape && self->pointed >= 0)
    point_at (self, -1);
  else
    return FALSE;
  return TRUE;
}

static char *
wb_reliability_to_csv (WbFigure *figure)
{
  WbReliability *self = WB_RELIABILITY (figure);
  GString *csv = g_string_new ("from,to,images,confidence,accuracy\n");

  for (guint i = 0; i < LATHE_CALIBRATION_BINS; i++)
    {
      const LatheBin *bin = &self->bins[i];
      const double values[] = {bin->low, bin->high, bin->n, bin->confidence, bin->accuracy};

      wb_text_append_numbers (csv, values, G_N_ELEMENTS (values));
    }
  return g_string_free (csv, FALSE);
}

void
wb_reliability_set (WbReliability *self, const LatheBin *bins)
{
  g_return_if_fail (WB_IS_RELIABILITY (self));

  self->there = bins != NULL;
  for (guint i = 0; i < LATHE_CALIBRATION_BINS && bins != NULL; i++)
    self->bins[i] = bins[i];
  self->pointed = self->selected = -1;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Life --- */

static void
wb_reliability_class_init (WbReliabilityClass *klass)
{
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  GTK_WIDGET_CLASS (klass)->measure = wb_reliability_measure;
  figure_class->draw = wb_reliability_draw;
  figure_class->to_csv = wb_reliability_to_csv;
  figure_class->point = wb_reliability_point;
  figure_class->key = wb_reliability_key;
  picked_signal =
      g_signal_new ("picked", WB_TYPE_RELIABILITY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
wb_reliability_init (WbReliability *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  self->pointed = self->selected = -1;
  g_signal_connect_swapped (click, "released", G_CALLBACK (on_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}
