/* wb-chart-draw.c: a chart in cairo: the same on the screen and in a file.
 *
 *   Loss                                        ● best 0.381 (epoch 6)
 *   2.0 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
 *        ╲__
 *   1.0 ┄┄┄┄╲┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
 *            ╲____──────── validation 0.412
 *   0.0      2       4       6       8      10
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-chart-private.h"

#include <math.h>

#include "wb-chart-geometry.h"

#define LINE_WIDTH 2.0
#define DOT_RADIUS 4.0
#define NARROW 480 /* pixels: below this the lines' names move up into the title's row */

typedef struct
{
  const WbChartData *data;
  const char *title;
  WbPen pen;
  double width, height;
  double left, top, right, bottom; /* of the plot */
  double y0, y1;                   /* values at its bottom and top */
  WbTicks x_ticks, y_ticks;
} Plot;

static const GdkRGBA *
line_color (const Plot *plot, const WbChartLine *line)
{
  return wb_pen_color (&plot->pen, line->color);
}

static double
plot_x (const Plot *plot, double x)
{
  return plot->left + (x - plot->data->x0) / (plot->data->x1 - plot->data->x0) * (plot->right - plot->left);
}

static double
plot_y (const Plot *plot, double y)
{
  return plot->bottom - (y - plot->y0) / (plot->y1 - plot->y0) * (plot->bottom - plot->top);
}

char *
wb_chart_format (const WbChartData *data, double value)
{
  if (!isfinite (value))
    return g_strdup ("–");
  if (data->percent)
    return g_strdup_printf ("%.1f %%", value * 100);
  return g_strdup_printf (fabs (value) < 0.01 && value != 0 ? "%.2g" : "%.3f", value);
}

static char *
line_label (const Plot *plot, const WbChartLine *line)
{
  g_autofree char *value = wb_chart_format (plot->data, line->line[line->n - 1]);

  return plot->width < NARROW ? g_steal_pointer (&value) : g_strdup_printf ("%s %s", line->name, value);
}

static char *
tick_label (const Plot *plot, const WbTicks *ticks, guint i, gboolean percent)
{
  double value = ticks->first + ticks->step * i;

  if (percent)
    return g_strdup_printf ("%.*f %%", ticks->decimals > 2 ? (int) ticks->decimals - 2 : 0, value * 100);
  return g_strdup_printf ("%.*f", (int) ticks->decimals, value == 0 ? 0.0 : value);
}

/* From the lowest to the highest value that is drawn, with the raw values' worst outliers left out of account: a single
 * wild step must not flatten all the others. */
static void
find_range (Plot *plot)
{
  double low = INFINITY, high = -INFINITY;

  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);

      for (gsize i = 0; i < line->n; i++)
        if (isfinite (line->line[i]))
          {
            low = MIN (low, line->line[i]);
            high = MAX (high, line->line[i]);
          }
    }
  if (!(low <= high))
    {
      low = 0;
      high = 1;
    }
  if (plot->data->percent)
    {
      plot->y0 = low < 0.4 ? 0 : MAX (0, floor ((low - 0.05) * 10) / 10);
      plot->y1 = 1;
      return;
    }
  plot->y0 = MIN (0, low);
  plot->y1 = high > plot->y0 ? plot->y0 + (high - plot->y0) * 1.05 : plot->y0 + 1;
}

static void
lay_out (Plot *plot)
{
  double label_width = 0, tick_width;

  /* Charts below one another line up when each keeps room for the widest usual label. */
  tick_width = wb_pen_measure (&plot->pen, "100 %", FALSE);
  find_range (plot);

  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);
      g_autofree char *label =
          plot->width < NARROW ? g_strdup ("100.0 %") : g_strdup_printf ("%s 100.0 %%", line->name);

      label_width = MAX (label_width, wb_pen_measure (&plot->pen, label, FALSE));
    }

  plot->top = plot->pen.text_height * 1.5 + 2 * WB_GAP;
  plot->bottom = plot->height - plot->pen.text_height - WB_GAP;
  plot->y_ticks =
      wb_ticks (plot->y0, plot->y1, (guint) CLAMP ((plot->bottom - plot->top) / (plot->pen.text_height * 2), 2, 8));
  for (guint i = 0; i < plot->y_ticks.n; i++)
    {
      g_autofree char *label = tick_label (plot, &plot->y_ticks, i, plot->data->percent);

      tick_width = MAX (tick_width, wb_pen_measure (&plot->pen, label, FALSE));
    }
  plot->left = tick_width + 2 * WB_GAP;
  plot->right = MAX (plot->left + 1, plot->width - label_width - 3 * WB_GAP);
  plot->x_ticks = wb_ticks (plot->data->x0, plot->data->x1, (guint) CLAMP ((plot->right - plot->left) / 60, 2, 12));
  if (plot->x_ticks.step < 1)
    plot->x_ticks =
        (WbTicks){ceil (plot->data->x0), 1, (guint) (floor (plot->data->x1) - ceil (plot->data->x0)) + 1, 0};
}

static void
draw_grid (const Plot *plot)
{
  const GdkRGBA *foreground = &plot->pen.style->foreground;

  cairo_set_line_width (plot->pen.cr, 1);
  for (guint i = 0; i < plot->y_ticks.n; i++)
    {
      g_autofree char *label = tick_label (plot, &plot->y_ticks, i, plot->data->percent);
      double y = plot_y (plot, plot->y_ticks.first + plot->y_ticks.step * i);

      wb_pen_use (&plot->pen, foreground, 0.1);
      cairo_move_to (plot->pen.cr, plot->left, wb_pen_crisp (y));
      cairo_line_to (plot->pen.cr, plot->right, wb_pen_crisp (y));
      cairo_stroke (plot->pen.cr);
      wb_pen_use (&plot->pen, foreground, 0.6);
      wb_pen_write (&plot->pen, label, plot->left - WB_GAP, y, 1);
    }
  for (guint i = 0; i < plot->x_ticks.n; i++)
    {
      g_autofree char *label = tick_label (plot, &plot->x_ticks, i, FALSE);

      wb_pen_write (&plot->pen, label, plot_x (plot, plot->x_ticks.first + plot->x_ticks.step * i),
                    plot->height - plot->pen.text_height / 2, 0.5);
    }
}

/* The title, and to its right the lines' names (when there is no room for them at their ends) and the marks' texts. */
static void
draw_title (const Plot *plot)
{
  double x = plot->left;
  double y = plot->pen.text_height;

  wb_pen_use (&plot->pen, &plot->pen.style->foreground, 1);
  x += wb_pen_write_title (&plot->pen, plot->title, plot->left, y) + 2 * WB_GAP;

  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);

      if (line->n && plot->width < NARROW)
        {
          wb_pen_use (&plot->pen, line_color (plot, line), 1);
          x += wb_pen_write (&plot->pen, line->name, x, y, 0) + 2 * WB_GAP;
        }
      if (line->n && line->mark >= 0 && line->mark_text && plot->width >= NARROW)
        {
          wb_pen_use (&plot->pen, line_color (plot, line), 1);
          cairo_arc (plot->pen.cr, x + DOT_RADIUS, y, DOT_RADIUS, 0, 2 * G_PI);
          cairo_fill (plot->pen.cr);
          wb_pen_use (&plot->pen, &plot->pen.style->foreground, 0.7);
          x += 2 * DOT_RADIUS + WB_GAP;
          x += wb_pen_write (&plot->pen, line->mark_text, x, y, 0) + 2 * WB_GAP;
        }
    }
}

static void
stroke_values (const Plot *plot, const WbChartLine *line, const double *y)
{
  guint columns = (guint) MAX (plot->right - plot->left, 1);
  gsize room = MIN (line->n, (gsize) columns * 4);
  g_autofree WbPoint *points = g_new (WbPoint, room);
  gsize n = wb_decimate (line->x, y, line->n, plot->data->x0, plot->data->x1, columns, points);

  for (gsize i = 0; i < n; i++)
    cairo_line_to (plot->pen.cr, plot_x (plot, points[i].x), plot_y (plot, points[i].y));
  if (n == 1)
    cairo_line_to (plot->pen.cr, plot_x (plot, points[0].x) + 0.01, plot_y (plot, points[0].y));
  cairo_stroke (plot->pen.cr);
}

static void
draw_line (const Plot *plot, const WbChartLine *line)
{
  static const double dashes[] = {7, 5};
  const GdkRGBA *color = line_color (plot, line);

  cairo_save (plot->pen.cr);
  cairo_rectangle (plot->pen.cr, plot->left - DOT_RADIUS, plot->top - DOT_RADIUS,
                   plot->right - plot->left + 2 * DOT_RADIUS, plot->bottom - plot->top + 2 * DOT_RADIUS);
  cairo_clip (plot->pen.cr);
  cairo_set_line_width (plot->pen.cr, LINE_WIDTH);
  cairo_set_line_join (plot->pen.cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (plot->pen.cr, line->dashed ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
  if (line->smoothed)
    {
      cairo_set_line_width (plot->pen.cr, 1);
      wb_pen_use (&plot->pen, color, 0.25);
      stroke_values (plot, line, line->y);
      cairo_set_line_width (plot->pen.cr, LINE_WIDTH);
    }
  if (line->dashed && line->n > 1)
    cairo_set_dash (plot->pen.cr, dashes, G_N_ELEMENTS (dashes), 0);
  else if (line->dashed)
    cairo_set_line_cap (plot->pen.cr, CAIRO_LINE_CAP_ROUND);
  wb_pen_use (&plot->pen, color, 1);
  stroke_values (plot, line, line->line);
  cairo_restore (plot->pen.cr);
}

static void
draw_dot (const Plot *plot, const WbChartLine *line, gsize i)
{
  double x = plot_x (plot, line->x[i]), y = plot_y (plot, line->line[i]);

  if (!isfinite (y))
    return;
  wb_pen_use (&plot->pen, &plot->pen.style->background, 1);
  cairo_arc (plot->pen.cr, x, y, DOT_RADIUS + 2, 0, 2 * G_PI);
  cairo_fill (plot->pen.cr);
  wb_pen_use (&plot->pen, line_color (plot, line), 1);
  cairo_arc (plot->pen.cr, x, y, DOT_RADIUS, 0, 2 * G_PI);
  cairo_fill (plot->pen.cr);
}

static void
draw_end_labels (const Plot *plot)
{
  guint n_lines = plot->data->lines->len, n = 0;
  g_autofree double *centres = g_new (double, n_lines + 1);
  double x = plot->left;

  for (guint l = 0; l < n_lines; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);
      double y = line->n ? plot_y (plot, line->line[line->n - 1]) : NAN;

      if (!line->n)
        continue;
      x = MAX (x, plot_x (plot, line->x[line->n - 1]));
      centres[n++] = isfinite (y) ? y : plot->bottom;
    }
  wb_place_labels (centres, n, plot->pen.text_height, plot->top - plot->pen.text_height / 2,
                   plot->bottom + plot->pen.text_height / 2);
  for (guint l = 0, i = 0; l < n_lines; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);

      if (line->n)
        {
          g_autofree char *label = line_label (plot, line);

          wb_pen_use (&plot->pen, line_color (plot, line), 1);
          wb_pen_write (&plot->pen, label, x + 2 * WB_GAP, centres[i++], 0);
        }
    }
}

/* All values at the cursor. */
static void
draw_readout (const Plot *plot, double cursor)
{
  guint n_lines = plot->data->lines->len;
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  g_autofree const GdkRGBA **colors = g_new0 (const GdkRGBA *, n_lines + 1);
  g_auto (GStrv) lines = NULL;
  g_autofree char *title = g_strdup_printf ("%s %.2f", plot->data->x_title, cursor);

  g_strv_builder_add (texts, title);
  for (guint l = 0; l < n_lines; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);
      g_autofree char *value =
          line->n ? wb_chart_format (plot->data, line->line[wb_nearest (line->x, line->n, cursor)]) : NULL;
      g_autofree char *text = value ? g_strdup_printf ("%s %s", line->name, value) : g_strdup ("");

      g_strv_builder_add (texts, text);
      colors[l + 1] = line_color (plot, line);
    }
  lines = g_strv_builder_end (texts);
  wb_pen_write_box (&plot->pen, (const char *const *) lines, colors, plot_x (plot, cursor), plot->top, plot->left,
                    plot->right);
}

static void
draw_crosshair (const Plot *plot, double cursor)
{
  cairo_set_line_width (plot->pen.cr, 1);
  wb_pen_use (&plot->pen, &plot->pen.style->foreground, 0.35);
  cairo_move_to (plot->pen.cr, wb_pen_crisp (plot_x (plot, cursor)), plot->top);
  cairo_line_to (plot->pen.cr, wb_pen_crisp (plot_x (plot, cursor)), plot->bottom);
  cairo_stroke (plot->pen.cr);
  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);

      if (line->n)
        draw_dot (plot, line, wb_nearest (line->x, line->n, cursor));
    }
  draw_readout (plot, cursor);
}

void
wb_chart_draw (const WbChartData *data, const char *title, const WbChartStyle *style, cairo_t *cr, double width,
               double height, double cursor, double *left, double *right)
{
  Plot plot = {.data = data, .title = title, .width = width, .height = height};

  wb_pen_init (&plot.pen, cr, style);
  lay_out (&plot);
  draw_grid (&plot);
  draw_title (&plot);
  for (guint l = 0; l < data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (data->lines, WbChartLine, l);

      if (!line->n)
        continue;
      draw_line (&plot, line);
      if (line->mark >= 0 && (gsize) line->mark < line->n)
        draw_dot (&plot, line, line->mark);
    }
  draw_end_labels (&plot);
  if (isfinite (cursor))
    draw_crosshair (&plot, cursor);
  if (left)
    *left = plot.left;
  if (right)
    *right = plot.right;
  wb_pen_clear (&plot.pen);
}
