/* wb-histogram.c: how often a measure has which value, a row for each class.
 *
 *   Brightness
 *   cats ▁▂▅▇▆▃▂▁▁
 *   dogs ▁▁▂▃▅▇▅▂▁
 *        0.0 0.2 0.4 …
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-histogram.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-chart-geometry.h"
#include "wb-text.h"

#define ROW 34.0 /* pixels */

struct _WbHistogram
{
  WbFigure parent_instance;

  GArray *rows; /* (element-type WbHistogramRow), or NULL */
  double most;
  double left, right, top, row_height; /* as last drawn */
  int row, bin;                        /* that is pointed at, or -1 */
};

G_DEFINE_FINAL_TYPE (WbHistogram, wb_histogram, WB_TYPE_FIGURE)

void
wb_histogram_row_clear (gpointer data)
{
  WbHistogramRow *row = data;

  g_free (row->name);
  for (guint i = 0; i < WB_HISTOGRAM_BINS; i++)
    g_free (row->names[i]);
}

static guint
n_rows (WbHistogram *self)
{
  return self->rows ? self->rows->len : 0;
}

static const WbHistogramRow *
get_row (WbHistogram *self, guint i)
{
  return &g_array_index (self->rows, WbHistogramRow, i);
}

/* --- Drawing --- */

static void
lay_out (WbHistogram *self, const WbPen *pen, double width, double height)
{
  double widest = 0;

  for (guint i = 0; i < n_rows (self); i++)
    widest = MAX (widest, wb_pen_measure (pen, get_row (self, i)->name, FALSE));
  self->left = WB_GAP + MIN (widest, width / 3) + 2 * WB_GAP;
  self->right = width - 4 * WB_GAP;
  self->top = pen->text_height * 1.5 + 2 * WB_GAP;
  self->row_height = (height - self->top - pen->text_height - 2 * WB_GAP) / MAX (n_rows (self), 1);
}

static double
bin_x (WbHistogram *self, double bin)
{
  return self->left + bin / WB_HISTOGRAM_BINS * (self->right - self->left);
}

/* The largest share that any class has in one bin fills its row. */
static double
find_highest (WbHistogram *self)
{
  double highest = 0;

  for (guint i = 0; i < n_rows (self); i++)
    for (guint bin = 0; bin < WB_HISTOGRAM_BINS; bin++)
      highest = MAX (highest, (double) get_row (self, i)->counts[bin] / MAX (get_row (self, i)->n_images, 1));
  return highest > 0 ? highest : 1;
}

static void
draw_row (WbHistogram *self, const WbPen *pen, guint i, double highest)
{
  const WbHistogramRow *row = get_row (self, i);
  double base = wb_pen_crisp (self->top + (i + 1) * self->row_height);

  wb_pen_use (pen, &pen->style->foreground, 0.1);
  cairo_set_line_width (pen->cr, 1);
  cairo_move_to (pen->cr, self->left, base);
  cairo_line_to (pen->cr, self->right, base);
  cairo_stroke (pen->cr);

  cairo_move_to (pen->cr, self->left, base);
  for (guint bin = 0; bin < WB_HISTOGRAM_BINS; bin++)
    {
      double share = (double) row->counts[bin] / MAX (row->n_images, 1) / highest;
      double y = base - share * (self->row_height - 4);

      cairo_line_to (pen->cr, bin_x (self, bin), y);
      cairo_line_to (pen->cr, bin_x (self, bin + 1), y);
    }
  cairo_line_to (pen->cr, self->right, base);
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), 0.45);
  cairo_fill_preserve (pen->cr);
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), 1);
  cairo_stroke (pen->cr);

  cairo_save (pen->cr);
  cairo_rectangle (pen->cr, 0, base - self->row_height, self->left - WB_GAP, self->row_height + pen->text_height);
  cairo_clip (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.8);
  wb_pen_write (pen, row->name, WB_GAP, base - pen->text_height / 2, 0);
  cairo_restore (pen->cr);
}

static void
draw_axis (WbHistogram *self, const WbPen *pen)
{
  WbTicks ticks = wb_ticks (0, self->most, (guint) CLAMP ((self->right - self->left) / 70, 2, 10));
  double bottom = self->top + n_rows (self) * self->row_height;

  cairo_set_line_width (pen->cr, 1);
  for (guint i = 0; i < ticks.n; i++)
    {
      double value = ticks.first + i * ticks.step;
      double x = self->left + value / self->most * (self->right - self->left);
      g_autofree char *label = g_strdup_printf ("%.*f", (int) ticks.decimals, value);

      wb_pen_use (pen, &pen->style->foreground, 0.1);
      cairo_move_to (pen->cr, wb_pen_crisp (x), self->top);
      cairo_line_to (pen->cr, wb_pen_crisp (x), bottom);
      cairo_stroke (pen->cr);
      wb_pen_use (pen, &pen->style->foreground, 0.6);
      wb_pen_write (pen, label, x, bottom + WB_GAP + pen->text_height / 2, 0.5);
    }
}

static char *
describe_bin (WbHistogram *self)
{
  const WbHistogramRow *row = get_row (self, self->row);
  g_autofree char *count = wb_text_count (row->counts[self->bin]);

  /* Translators: a class, from this value to that one, number of images */
  return g_strdup_printf (
      ngettext ("%s, %.3f to %.3f: %s image", "%s, %.3f to %.3f: %s images", row->counts[self->bin]), row->name,
      self->bin * self->most / WB_HISTOGRAM_BINS, (self->bin + 1) * self->most / WB_HISTOGRAM_BINS, count);
}

static void
draw_readout (WbHistogram *self, const WbPen *pen)
{
  const char *names = get_row (self, self->row)->names[self->bin];
  g_autofree char *said = describe_bin (self);
  g_autofree char *text = names ? g_strconcat (said, "\n", names, NULL) : g_strdup (said);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  double top = self->top + self->row * self->row_height;
  double height = (g_strv_length (lines)) * pen->text_height + 2 * WB_GAP;
  double bottom = self->top + n_rows (self) * self->row_height + pen->text_height;

  cairo_rectangle (pen->cr, bin_x (self, self->bin), top, bin_x (self, self->bin + 1) - bin_x (self, self->bin),
                   self->row_height);
  wb_pen_use (pen, &pen->style->foreground, 0.1);
  cairo_fill (pen->cr);
  wb_pen_write_box (pen, (const char *const *) lines, NULL, bin_x (self, self->bin + 0.5),
                    MAX (MIN (top, bottom - height), 0), self->left, self->right);
}

static void
wb_histogram_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                   gboolean on_paper)
{
  WbHistogram *self = WB_HISTOGRAM (figure);
  g_auto (WbPen) pen = {0};
  double highest = find_highest (self);

  wb_pen_init (&pen, cr, style);
  lay_out (self, &pen, width, height);
  wb_pen_use (&pen, &style->foreground, 1);
  wb_pen_write_title (&pen, wb_figure_get_title (figure), WB_GAP, pen.text_height);
  draw_axis (self, &pen);
  for (guint i = 0; i < n_rows (self); i++)
    draw_row (self, &pen, i, highest);
  if (self->row >= 0 && !on_paper)
    draw_readout (self, &pen);
}

static void
wb_histogram_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  WbHistogram *self = WB_HISTOGRAM (widget);

  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : 80 + (int) (ROW * MAX (n_rows (self), 1));
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : *minimum;
}

/* --- Acting --- */

static void
describe (WbHistogram *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (self->row >= 0)
    {
      g_autofree char *said = describe_bin (self);

      g_string_append (text, said);
    }
  for (guint i = 0; i < n_rows (self) && self->row < 0; i++)
    g_string_append_printf (text, _ ("%s%s: %.3f on average"), i > 0 ? ", " : "", get_row (self, i)->name,
                            get_row (self, i)->mean);
  wb_figure_describe (WB_FIGURE (self), text->str);
}

static void
point_at (WbHistogram *self, int row, int bin)
{
  if (row == self->row && bin == self->bin)
    return;
  self->row = row;
  self->bin = bin;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_histogram_point (WbFigure *figure, double x, double y)
{
  WbHistogram *self = WB_HISTOGRAM (figure);
  double row = floor ((y - self->top) / self->row_height);
  double bin = floor ((x - self->left) / (self->right - self->left) * WB_HISTOGRAM_BINS);

  if (row >= 0 && row < n_rows (self) && bin >= 0 && bin < WB_HISTOGRAM_BINS)
    point_at (self, (int) row, (int) bin);
  else
    point_at (self, -1, -1);
}

static gboolean
wb_histogram_key (WbFigure *figure, guint key)
{
  WbHistogram *self = WB_HISTOGRAM (figure);
  int row = MAX (self->row, 0), bin = self->row < 0 ? WB_HISTOGRAM_BINS / 2 : self->bin;

  if (n_rows (self) == 0)
    return FALSE;
  if (key == GDK_KEY_Escape)
    row = bin = -1;
  else if (key == GDK_KEY_Left)
    bin = MAX (bin - 1, 0);
  else if (key == GDK_KEY_Right)
    bin = MIN (bin + 1, WB_HISTOGRAM_BINS - 1);
  else if (key == GDK_KEY_Up)
    row = MAX (row - 1, 0);
  else if (key == GDK_KEY_Down)
    row = MIN (row + 1, (int) n_rows (self) - 1);
  else
    return FALSE;
  point_at (self, row, bin);
  return TRUE;
}

static char *
wb_histogram_to_csv (WbFigure *figure)
{
  WbHistogram *self = WB_HISTOGRAM (figure);
  GString *csv = g_string_new ("class,from,to,images\n");

  for (guint i = 0; i < n_rows (self); i++)
    for (guint bin = 0; bin < WB_HISTOGRAM_BINS; bin++)
      {
        char from[G_ASCII_DTOSTR_BUF_SIZE], to[G_ASCII_DTOSTR_BUF_SIZE];

        g_ascii_formatd (from, sizeof from, "%.5g", bin * self->most / WB_HISTOGRAM_BINS);
        g_ascii_formatd (to, sizeof to, "%.5g", (bin + 1) * self->most / WB_HISTOGRAM_BINS);
        g_string_append_printf (csv, "\"%s\",%s,%s,%u\n", get_row (self, i)->name, from, to,
                                get_row (self, i)->counts[bin]);
      }
  return g_string_free (csv, FALSE);
}

void
wb_histogram_show (WbHistogram *self, GArray *rows, double most)
{
  g_return_if_fail (WB_IS_HISTOGRAM (self));

  g_array_ref (rows);
  g_clear_pointer (&self->rows, g_array_unref);
  self->rows = rows;
  self->most = most;
  self->row = self->bin = -1;
  describe (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
wb_histogram_finalize (GObject *object)
{
  g_clear_pointer (&WB_HISTOGRAM (object)->rows, g_array_unref);
  G_OBJECT_CLASS (wb_histogram_parent_class)->finalize (object);
}

static void
wb_histogram_class_init (WbHistogramClass *klass)
{
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_histogram_finalize;
  GTK_WIDGET_CLASS (klass)->measure = wb_histogram_measure;
  figure_class->draw = wb_histogram_draw;
  figure_class->to_csv = wb_histogram_to_csv;
  figure_class->point = wb_histogram_point;
  figure_class->key = wb_histogram_key;
}

static void
wb_histogram_init (WbHistogram *self)
{
  self->row = self->bin = -1;
  self->most = 1;
}
