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

#define GAP 6.0
#define LINE_WIDTH 2.0
#define DOT_RADIUS 4.0
#define NARROW 480 /* pixels: below this the lines' names move up into the title's row */

typedef struct
{
  const WbChartData *data;
  const WbChartStyle *style;
  cairo_t *cr;
  PangoLayout *layout; /* one for all texts */
  double width, height;
  double left, top, right, bottom; /* of the plot */
  double y0, y1;                   /* values at its bottom and top */
  double text_height;
  WbTicks x_ticks, y_ticks;
} Plot;

static const GdkRGBA on_light[] = {
    {0.902, 0.624, 0.000, 1}, {0.000, 0.447, 0.698, 1}, {0.000, 0.620, 0.451, 1}, {0.800, 0.475, 0.655, 1}};
static const GdkRGBA on_dark[] = {
    {0.902, 0.624, 0.000, 1}, {0.337, 0.706, 0.914, 1}, {0.000, 0.720, 0.530, 1}, {0.870, 0.560, 0.730, 1}};

static void
use_color (const Plot *plot, const GdkRGBA *color, double opacity)
{
  cairo_set_source_rgba (plot->cr, color->red, color->green, color->blue, color->alpha * opacity);
}

static const GdkRGBA *
line_color (const Plot *plot, const WbChartLine *line)
{
  return plot->style->dark ? &on_dark[line->color] : &on_light[line->color];
}

/* Hairlines fall between pixels unless they are moved to the middle of one. */
static double
crisp (double position)
{
  return floor (position) + 0.5;
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

static double
set_text (const Plot *plot, const char *text, gboolean bold)
{
  PangoAttrList *attributes = pango_attr_list_new ();
  int width;

  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (plot->layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_text (plot->layout, text, -1);
  pango_layout_get_pixel_size (plot->layout, &width, NULL);
  return width;
}

/* `align` 0: the text begins at x; 0.5: is centred on it; 1: ends there. y is the text's middle. */
static double
show_text (const Plot *plot, const char *text, double x, double y, double align)
{
  double width = set_text (plot, text, FALSE);

  cairo_move_to (plot->cr, floor (x - width * align), floor (y - plot->text_height / 2));
  pango_cairo_show_layout (plot->cr, plot->layout);
  return width;
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
  int height;

  /* Charts below one another line up when each keeps room for the widest usual label. */
  tick_width = set_text (plot, "100 %", FALSE);
  pango_layout_get_pixel_size (plot->layout, NULL, &height);
  plot->text_height = height;
  find_range (plot);

  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);
      g_autofree char *label =
          plot->width < NARROW ? g_strdup ("100.0 %") : g_strdup_printf ("%s 100.0 %%", line->name);

      label_width = MAX (label_width, set_text (plot, label, FALSE));
    }

  plot->top = plot->text_height * 1.5 + 2 * GAP;
  plot->bottom = plot->height - plot->text_height - GAP;
  plot->y_ticks =
      wb_ticks (plot->y0, plot->y1, (guint) CLAMP ((plot->bottom - plot->top) / (plot->text_height * 2), 2, 8));
  for (guint i = 0; i < plot->y_ticks.n; i++)
    {
      g_autofree char *label = tick_label (plot, &plot->y_ticks, i, plot->data->percent);

      tick_width = MAX (tick_width, set_text (plot, label, FALSE));
    }
  plot->left = tick_width + 2 * GAP;
  plot->right = MAX (plot->left + 1, plot->width - label_width - 3 * GAP);
  plot->x_ticks = wb_ticks (plot->data->x0, plot->data->x1, (guint) CLAMP ((plot->right - plot->left) / 60, 2, 12));
  if (plot->x_ticks.step < 1)
    plot->x_ticks =
        (WbTicks){ceil (plot->data->x0), 1, (guint) (floor (plot->data->x1) - ceil (plot->data->x0)) + 1, 0};
}

static void
draw_grid (const Plot *plot)
{
  const GdkRGBA *foreground = &plot->style->foreground;

  cairo_set_line_width (plot->cr, 1);
  for (guint i = 0; i < plot->y_ticks.n; i++)
    {
      g_autofree char *label = tick_label (plot, &plot->y_ticks, i, plot->data->percent);
      double y = plot_y (plot, plot->y_ticks.first + plot->y_ticks.step * i);

      use_color (plot, foreground, 0.1);
      cairo_move_to (plot->cr, plot->left, crisp (y));
      cairo_line_to (plot->cr, plot->right, crisp (y));
      cairo_stroke (plot->cr);
      use_color (plot, foreground, 0.6);
      show_text (plot, label, plot->left - GAP, y, 1);
    }
  for (guint i = 0; i < plot->x_ticks.n; i++)
    {
      g_autofree char *label = tick_label (plot, &plot->x_ticks, i, FALSE);

      show_text (plot, label, plot_x (plot, plot->x_ticks.first + plot->x_ticks.step * i),
                 plot->height - plot->text_height / 2, 0.5);
    }
}

/* The title, and to its right the lines' names (when there is no room for them at their ends) and the marks' texts. */
static void
draw_title (const Plot *plot)
{
  double x = plot->left;
  double y = plot->text_height;

  use_color (plot, &plot->style->foreground, 1);
  x += set_text (plot, plot->data->title, TRUE) + 2 * GAP;
  cairo_move_to (plot->cr, plot->left, floor (y - plot->text_height / 2));
  pango_cairo_show_layout (plot->cr, plot->layout);

  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);

      if (line->n && plot->width < NARROW)
        {
          use_color (plot, line_color (plot, line), 1);
          x += show_text (plot, line->name, x, y, 0) + 2 * GAP;
        }
      if (line->n && line->mark >= 0 && line->mark_text && plot->width >= NARROW)
        {
          use_color (plot, line_color (plot, line), 1);
          cairo_arc (plot->cr, x + DOT_RADIUS, y, DOT_RADIUS, 0, 2 * G_PI);
          cairo_fill (plot->cr);
          use_color (plot, &plot->style->foreground, 0.7);
          x += 2 * DOT_RADIUS + GAP;
          x += show_text (plot, line->mark_text, x, y, 0) + 2 * GAP;
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
    cairo_line_to (plot->cr, plot_x (plot, points[i].x), plot_y (plot, points[i].y));
  if (n == 1)
    cairo_line_to (plot->cr, plot_x (plot, points[0].x) + 0.01, plot_y (plot, points[0].y));
  cairo_stroke (plot->cr);
}

static void
draw_line (const Plot *plot, const WbChartLine *line)
{
  static const double dashes[] = {7, 5};
  const GdkRGBA *color = line_color (plot, line);

  cairo_save (plot->cr);
  cairo_rectangle (plot->cr, plot->left - DOT_RADIUS, plot->top - DOT_RADIUS, plot->right - plot->left + 2 * DOT_RADIUS,
                   plot->bottom - plot->top + 2 * DOT_RADIUS);
  cairo_clip (plot->cr);
  cairo_set_line_width (plot->cr, LINE_WIDTH);
  cairo_set_line_join (plot->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (plot->cr, line->dashed ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
  if (line->smoothed)
    {
      cairo_set_line_width (plot->cr, 1);
      use_color (plot, color, 0.25);
      stroke_values (plot, line, line->y);
      cairo_set_line_width (plot->cr, LINE_WIDTH);
    }
  if (line->dashed && line->n > 1)
    cairo_set_dash (plot->cr, dashes, G_N_ELEMENTS (dashes), 0);
  else if (line->dashed)
    cairo_set_line_cap (plot->cr, CAIRO_LINE_CAP_ROUND);
  use_color (plot, color, 1);
  stroke_values (plot, line, line->line);
  cairo_restore (plot->cr);
}

static void
draw_dot (const Plot *plot, const WbChartLine *line, gsize i)
{
  double x = plot_x (plot, line->x[i]), y = plot_y (plot, line->line[i]);

  if (!isfinite (y))
    return;
  use_color (plot, &plot->style->background, 1);
  cairo_arc (plot->cr, x, y, DOT_RADIUS + 2, 0, 2 * G_PI);
  cairo_fill (plot->cr);
  use_color (plot, line_color (plot, line), 1);
  cairo_arc (plot->cr, x, y, DOT_RADIUS, 0, 2 * G_PI);
  cairo_fill (plot->cr);
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
  wb_place_labels (centres, n, plot->text_height, plot->top - plot->text_height / 2,
                   plot->bottom + plot->text_height / 2);
  for (guint l = 0, i = 0; l < n_lines; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);

      if (line->n)
        {
          g_autofree char *label = line_label (plot, line);

          use_color (plot, line_color (plot, line), 1);
          show_text (plot, label, x + 2 * GAP, centres[i++], 0);
        }
    }
}

static void
rounded_box (cairo_t *cr, double x, double y, double width, double height, double radius)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, x + width - radius, y + radius, radius, -G_PI_2, 0);
  cairo_arc (cr, x + width - radius, y + height - radius, radius, 0, G_PI_2);
  cairo_arc (cr, x + radius, y + height - radius, radius, G_PI_2, G_PI);
  cairo_arc (cr, x + radius, y + radius, radius, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
}

/* All values at the cursor, in a box beside it; the box changes sides in the right half. */
static void
draw_readout (const Plot *plot, double cursor)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  double x = plot_x (plot, cursor), width = 0, height, left;

  g_ptr_array_add (texts, g_strdup_printf ("%s %.2f", plot->data->x_title, cursor));
  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);
      g_autofree char *value =
          line->n ? wb_chart_format (plot->data, line->line[wb_nearest (line->x, line->n, cursor)]) : NULL;

      g_ptr_array_add (texts, value ? g_strdup_printf ("%s %s", line->name, value) : g_strdup (""));
    }
  for (guint i = 0; i < texts->len; i++)
    width = MAX (width, set_text (plot, texts->pdata[i], FALSE));

  width += 2 * GAP;
  height = texts->len * plot->text_height + 2 * GAP;
  left = x > (plot->left + plot->right) / 2 ? x - width - 2 * GAP : x + 2 * GAP;
  rounded_box (plot->cr, left, plot->top, width, height, GAP);
  use_color (plot, &plot->style->background, 0.92);
  cairo_fill_preserve (plot->cr);
  use_color (plot, &plot->style->foreground, 0.2);
  cairo_set_line_width (plot->cr, 1);
  cairo_stroke (plot->cr);
  for (guint i = 0; i < texts->len; i++)
    {
      if (i == 0)
        use_color (plot, &plot->style->foreground, 0.8);
      else
        use_color (plot, line_color (plot, &g_array_index (plot->data->lines, WbChartLine, i - 1)), 1);
      show_text (plot, texts->pdata[i], left + GAP, plot->top + GAP + plot->text_height * (i + 0.5), 0);
    }
}

static void
draw_crosshair (const Plot *plot, double cursor)
{
  cairo_set_line_width (plot->cr, 1);
  use_color (plot, &plot->style->foreground, 0.35);
  cairo_move_to (plot->cr, crisp (plot_x (plot, cursor)), plot->top);
  cairo_line_to (plot->cr, crisp (plot_x (plot, cursor)), plot->bottom);
  cairo_stroke (plot->cr);
  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (plot->data->lines, WbChartLine, l);

      if (line->n)
        draw_dot (plot, line, wb_nearest (line->x, line->n, cursor));
    }
  draw_readout (plot, cursor);
}

void
wb_chart_draw (const WbChartData *data, const WbChartStyle *style, cairo_t *cr, double width, double height,
               double cursor, double *left, double *right)
{
  Plot plot = {.data = data, .style = style, .cr = cr, .width = width, .height = height};
  PangoContext *context = pango_cairo_create_context (cr);

  pango_cairo_context_set_resolution (context, style->resolution);
  pango_cairo_context_set_font_options (context, style->font_options);
  plot.layout = pango_layout_new (context);
  pango_layout_set_font_description (plot.layout, style->font);

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
  g_object_unref (plot.layout);
  g_object_unref (context);
}
