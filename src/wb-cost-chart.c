/* wb-cost-chart.c: which layers of a network cost what: a bar each, in the order that data flows.
 *
 *   Cost by layer                 forward  backward
 *   80 ┈┈┈┈┈┈┈▒▒┈┈┈┈┈┈┈┈┈┈┈
 *      ┈┈┈┈┈┈┈▒▒┈┈┈┈┈▒▒┈┈┈┈
 *    0 ▁▁▁▇▇▁▁▇▇▁▁▁▁▁▇▇▁▁▁▁
 *       input conv  …
 *
 * What goes back stands on what goes forward, and is hatched, so that they are told apart without colours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-cost-chart.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-chart-geometry.h"
#include "wb-text.h"

#define WIDEST 96.0   /* pixels from bar to bar at most */
#define THICKEST 36.0 /* of a bar itself */
#define NAMED 60.0    /* from bar to bar, for its name to come below */
#define HATCH 4.0     /* pixels between the lines of a hatched bar */
#define HEAVIEST 3    /* layers that are named to those who do not see the chart */

struct _WbCostChart
{
  WbFigure parent_instance;

  GArray *bars; /* (element-type WbCostBar), or NULL */
  WbCostUnit unit;
  double left, right, top, bottom; /* as last drawn */
  int pointed;                     /* at this bar, or -1 */
};

G_DEFINE_FINAL_TYPE (WbCostChart, wb_cost_chart, WB_TYPE_FIGURE)

void
wb_cost_bar_clear (gpointer bar)
{
  g_free (((WbCostBar *) bar)->name);
}

static guint
n_bars (WbCostChart *self)
{
  return self->bars ? self->bars->len : 0;
}

static const WbCostBar *
get_bar (WbCostChart *self, guint i)
{
  return &g_array_index (self->bars, WbCostBar, i);
}

static double
get_sum (const WbCostBar *bar)
{
  return bar->forward + bar->backward;
}

static double
find_highest (WbCostChart *self)
{
  double highest = 0;

  for (guint i = 0; i < n_bars (self); i++)
    highest = MAX (highest, get_sum (get_bar (self, i)));
  return highest > 0 ? highest : 1;
}

static double
find_total (WbCostChart *self)
{
  double total = 0;

  for (guint i = 0; i < n_bars (self); i++)
    total += get_sum (get_bar (self, i));
  return total;
}

static char *
write_cost (WbCostChart *self, double cost)
{
  if (self->unit == WB_COST_MULTIPLY_ADDS)
    return wb_text_short ((guint64) cost);
  return wb_text_milliseconds (cost);
}

/* --- Drawing --- */

static double
bar_x (WbCostChart *self, double bar)
{
  double width = MIN ((self->right - self->left) / MAX (n_bars (self), 1), WIDEST);

  return self->left + bar * width;
}

static double
cost_y (WbCostChart *self, double cost, double highest)
{
  return self->bottom - cost / highest * (self->bottom - self->top);
}

static void
draw_axis (WbCostChart *self, const WbPen *pen, double highest, gboolean labels)
{
  WbTicks ticks = wb_ticks (0, highest, (guint) CLAMP ((self->bottom - self->top) / 30, 2, 6));

  for (guint i = 0; i < ticks.n; i++)
    {
      double value = ticks.first + i * ticks.step;
      double y = wb_pen_crisp (cost_y (self, value, highest));
      g_autofree char *label = self->unit == WB_COST_MULTIPLY_ADDS ? wb_text_short ((guint64) value)
                                                                   : wb_text_number (value, (int) ticks.decimals);

      if (labels)
        {
          wb_pen_use (pen, &pen->style->foreground, 0.6);
          wb_pen_write (pen, label, self->left - WB_GAP, y, 1);
          continue;
        }
      wb_pen_use (pen, &pen->style->foreground, 0.1);
      cairo_set_line_width (pen->cr, 1);
      cairo_move_to (pen->cr, self->left, y);
      cairo_line_to (pen->cr, self->right, y);
      cairo_stroke (pen->cr);
    }
}

static void
hatch (const WbPen *pen, double x, double y, double width, double height)
{
  cairo_save (pen->cr);
  cairo_rectangle (pen->cr, x, y, width, height);
  cairo_clip (pen->cr);
  wb_pen_use (pen, &pen->style->background, 0.7);
  cairo_set_line_width (pen->cr, 1);
  for (double at = -height; at < width; at += HATCH)
    {
      cairo_move_to (pen->cr, x + at, y + height);
      cairo_line_to (pen->cr, x + at + height, y);
    }
  cairo_stroke (pen->cr);
  cairo_restore (pen->cr);
}

static void
draw_piece (const WbPen *pen, WbChartColor color, double x, double width, double y0, double y1)
{
  if (y0 - y1 <= 0)
    return;
  wb_pen_use (pen, wb_pen_color (pen, color), 1);
  cairo_rectangle (pen->cr, x, y1, width, y0 - y1);
  cairo_fill (pen->cr);
  if (color == WB_CHART_ORANGE)
    hatch (pen, x, y1, width, y0 - y1);
}

static void
draw_name (WbCostChart *self, const WbPen *pen, guint i)
{
  double step = bar_x (self, 1) - bar_x (self, 0);
  const char *name = get_bar (self, i)->name;
  gboolean fits = wb_pen_measure (pen, name, FALSE) <= step;

  cairo_save (pen->cr);
  cairo_rectangle (pen->cr, bar_x (self, i), self->bottom, step - 2, 2 * pen->text_height);
  cairo_clip (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.6);
  wb_pen_write (pen, name, bar_x (self, i) + (fits ? step / 2 : 0), self->bottom + pen->text_height * 0.8,
                fits ? 0.5 : 0);
  cairo_restore (pen->cr);
}

static void
draw_bars (WbCostChart *self, const WbPen *pen, double highest)
{
  double step = bar_x (self, 1) - bar_x (self, 0);
  double thickness = MIN (step > 4 ? step - MIN (step / 4, 4) : step, THICKEST);

  for (guint i = 0; i < n_bars (self); i++)
    {
      const WbCostBar *bar = get_bar (self, i);
      double x = bar_x (self, i) + (step - thickness) / 2, middle = cost_y (self, bar->forward, highest);

      if ((int) i == self->pointed)
        {
          wb_pen_use (pen, &pen->style->foreground, 0.1);
          cairo_rectangle (pen->cr, bar_x (self, i), self->top, step, self->bottom - self->top);
          cairo_fill (pen->cr);
        }
      draw_piece (pen, WB_CHART_BLUE, x, thickness, self->bottom, middle);
      draw_piece (pen, WB_CHART_ORANGE, x, thickness, middle, cost_y (self, get_sum (bar), highest));
      if (step >= NAMED)
        draw_name (self, pen, i);
    }
}

/* From the right, so that nothing comes near the title. */
static void
draw_legend (WbCostChart *self, const WbPen *pen, double y)
{
  static const WbChartColor colors[] = {WB_CHART_ORANGE, WB_CHART_BLUE};
  const char *const names[] = {_ ("backward"), _ ("forward")};
  double x = self->right - 6 * WB_GAP, side = pen->text_height * 0.7;

  for (guint i = 0; i < G_N_ELEMENTS (colors); i++)
    {
      double width = wb_pen_measure (pen, names[i], FALSE);

      wb_pen_use (pen, &pen->style->foreground, 0.8);
      wb_pen_write (pen, names[i], x - width, y, 0);
      x -= width + WB_GAP + side;
      draw_piece (pen, colors[i], x, side, y + side / 2, y - side / 2);
      x -= 2 * WB_GAP;
    }
}

/* (transfer full) */
static char *
describe_bar (WbCostChart *self, guint i)
{
  const WbCostBar *bar = get_bar (self, i);
  g_autofree char *cost = write_cost (self, get_sum (bar));
  g_autofree char *forward = write_cost (self, bar->forward);
  g_autofree char *backward = write_cost (self, bar->backward);
  g_autofree char *percent = wb_text_percent (get_sum (bar) / find_total (self));

  if (self->unit == WB_COST_MULTIPLY_ADDS)
    /* Translators: a layer, how many, and its share of the network's */
    return g_strdup_printf (_ ("%s: %s multiply-adds, %s"), bar->name, cost, percent);
  /* Translators: a layer, its time and share, and what of it goes forward and back */
  return g_strdup_printf (_ ("%s: %s, %s\n%s forward, %s backward"), bar->name, cost, percent, forward, backward);
}

static void
draw_readout (WbCostChart *self, const WbPen *pen)
{
  g_autofree char *text = describe_bar (self, (guint) self->pointed);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  wb_pen_write_box (pen, (const char *const *) lines, NULL, bar_x (self, self->pointed + 0.5), self->top, self->left,
                    self->right);
}

static void
wb_cost_chart_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                    gboolean on_paper)
{
  WbCostChart *self = WB_COST_CHART (figure);
  g_auto (WbPen) pen = {0};
  double highest = find_highest (self);
  g_autofree char *widest = write_cost (self, highest);

  wb_pen_init (&pen, cr, style);
  self->left = 2 * WB_GAP + wb_pen_measure (&pen, widest, FALSE);
  self->right = width - WB_GAP;
  self->top = pen.text_height * 1.5 + 2 * WB_GAP;
  self->bottom = height - WB_GAP;
  if (bar_x (self, 1) - bar_x (self, 0) >= NAMED)
    self->bottom -= pen.text_height * 1.5;
  wb_pen_use (&pen, &style->foreground, 1);
  wb_pen_write_title (&pen, wb_figure_get_title (figure), WB_GAP, pen.text_height);
  if (self->unit == WB_COST_MILLISECONDS)
    draw_legend (self, &pen, pen.text_height);
  draw_axis (self, &pen, highest, FALSE);
  draw_bars (self, &pen, highest);
  draw_axis (self, &pen, highest, TRUE);
  if (self->pointed >= 0 && !on_paper)
    draw_readout (self, &pen);
}

static void
wb_cost_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                       int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : 140;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 160;
}

/* --- Acting --- */

static int
compare_bars (gconstpointer a, gconstpointer b)
{
  double x = get_sum (*(const WbCostBar *const *) a), y = get_sum (*(const WbCostBar *const *) b);

  return (x < y) - (x > y);
}

/* The heaviest, one a line. */
static char *
describe_heaviest (WbCostChart *self)
{
  g_autoptr (GPtrArray) bars = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < n_bars (self); i++)
    g_ptr_array_add (bars, (gpointer) get_bar (self, i));
  g_ptr_array_sort (bars, compare_bars);
  for (guint i = 0; i < MIN (bars->len, HEAVIEST); i++)
    {
      const WbCostBar *bar = bars->pdata[i];
      g_autofree char *said = describe_bar (self, (guint) (bar - get_bar (self, 0)));

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", said);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
describe (WbCostChart *self)
{
  g_autofree char *text = self->pointed >= 0 ? describe_bar (self, (guint) self->pointed) : describe_heaviest (self);

  wb_figure_describe (WB_FIGURE (self), text);
}

static void
point_at (WbCostChart *self, int bar)
{
  if (bar == self->pointed)
    return;
  self->pointed = bar;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_cost_chart_point (WbFigure *figure, double x, double y)
{
  WbCostChart *self = WB_COST_CHART (figure);
  double bar = floor ((x - self->left) / (bar_x (self, 1) - bar_x (self, 0)));

  point_at (self, bar >= 0 && bar < n_bars (self) && y >= self->top && y <= self->bottom ? (int) bar : -1);
}

static gboolean
wb_cost_chart_key (WbFigure *figure, guint key)
{
  WbCostChart *self = WB_COST_CHART (figure);
  int last = (int) n_bars (self) - 1;

  if (last < 0)
    return FALSE;
  if (key == GDK_KEY_Escape)
    point_at (self, -1);
  else if (key == GDK_KEY_Left)
    point_at (self, self->pointed < 0 ? last : MAX (self->pointed - 1, 0));
  else if (key == GDK_KEY_Right)
    point_at (self, MIN (self->pointed + 1, last));
  else if (key == GDK_KEY_Home)
    point_at (self, 0);
  else if (key == GDK_KEY_End)
    point_at (self, last);
  else
    return FALSE;
  return TRUE;
}

static char *
wb_cost_chart_to_csv (WbFigure *figure)
{
  WbCostChart *self = WB_COST_CHART (figure);
  gboolean measured = self->unit == WB_COST_MILLISECONDS;
  GString *csv = g_string_new (measured ? "layer,forward_ms,backward_ms\n" : "layer,multiply_adds\n");

  for (guint i = 0; i < n_bars (self); i++)
    {
      const WbCostBar *bar = get_bar (self, i);
      g_auto (GStrv) pieces = g_strsplit (bar->name, "\"", -1);
      g_autofree char *name = g_strjoinv ("\"\"", pieces);
      char forward[G_ASCII_DTOSTR_BUF_SIZE], backward[G_ASCII_DTOSTR_BUF_SIZE];

      g_ascii_formatd (forward, sizeof forward, measured ? "%.4f" : "%.0f", bar->forward);
      g_ascii_formatd (backward, sizeof backward, "%.4f", bar->backward);
      g_string_append_printf (csv, "\"%s\",%s%s%s\n", name, forward, measured ? "," : "", measured ? backward : "");
    }
  return g_string_free (csv, FALSE);
}

void
wb_cost_chart_show (WbCostChart *self, GArray *bars, WbCostUnit unit)
{
  g_return_if_fail (WB_IS_COST_CHART (self));

  g_array_ref (bars);
  g_clear_pointer (&self->bars, g_array_unref);
  self->bars = bars;
  self->unit = unit;
  self->pointed = -1;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_cost_chart_finalize (GObject *object)
{
  g_clear_pointer (&WB_COST_CHART (object)->bars, g_array_unref);
  G_OBJECT_CLASS (wb_cost_chart_parent_class)->finalize (object);
}

static void
wb_cost_chart_class_init (WbCostChartClass *klass)
{
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_cost_chart_finalize;
  GTK_WIDGET_CLASS (klass)->measure = wb_cost_chart_measure;
  figure_class->draw = wb_cost_chart_draw;
  figure_class->to_csv = wb_cost_chart_to_csv;
  figure_class->point = wb_cost_chart_point;
  figure_class->key = wb_cost_chart_key;
}

static void
wb_cost_chart_init (WbCostChart *self)
{
  self->pointed = -1;
}
