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

#include "wb-chart-cover.h"

#define LINE_WIDTH 2.0
#define DOT_RADIUS 4.0
#define NARROW 480 /* pixels: below this the lines' names move up into the title's row */
#define MOST_TICKS 12

typedef struct
{
  const WbChartData *data;
  const char *title;
  WbPen pen;
  double width, height;
  double left, top, right, bottom; /* of the plot */
  double y0, y1;                   /* values at its bottom and top; their decimal logarithms on a logarithmic axis */
  WbTicks x_ticks, y_ticks;        /* `y_ticks` of an even axis, … */
  double log_ticks[MOST_TICKS];    /* … and these, n_log_ticks of them, of a logarithmic one */
  guint n_log_ticks;
} Plot;

static const GdkRGBA *
line_color (const Plot *plot, const WbChartLine *line)
{
  return wb_pen_color (&plot->pen, line->color);
}

static double
plot_x (const Plot *plot, double x)
{
  const WbRange *range = &plot->data->range;

  return plot->left + (x - range->from) / (range->to - range->from) * (plot->right - plot->left);
}

static double
scaled (const WbChartData *data, double y)
{
  return data->logarithmic ? log10 (y) : y;
}

static double
plot_y (const Plot *plot, double y)
{
  return plot->bottom - (scaled (plot->data, y) - plot->y0) / (plot->y1 - plot->y0) * (plot->bottom - plot->top);
}

static const WbChartLine *
get_line (const Plot *plot, guint l)
{
  return &g_array_index (plot->data->lines, WbChartLine, l);
}

static const double *
values_of (const Plot *plot, const WbChartLine *line)
{
  return wb_chart_line_values (plot->data, line);
}

/* The newest value that is shown, or the one before what is shown when the line goes on behind it. -1: the line is
 * elsewhere. */
static gssize
find_end (const Plot *plot, const WbChartLine *line)
{
  const WbRange *range = &plot->data->range;

  if (!line->n || line->x[line->n - 1] < range->from)
    return -1;
  return (gssize) wb_count_up_to (line->x, line->n, range->to) - 1;
}

static char *
line_label (const Plot *plot, const WbChartLine *line, gsize end)
{
  g_autofree char *value = wb_chart_format (plot->data, values_of (plot, line)[end]);

  return plot->width < NARROW || !*line->name ? g_steal_pointer (&value) : g_strdup_printf ("%s %s", line->name, value);
}

static char *
tick_label (const Plot *plot, const WbTicks *ticks, guint i, gboolean percent)
{
  double value = ticks->first + ticks->step * i;

  if (percent)
    return g_strdup_printf ("%.*f %%", ticks->decimals > 2 ? (int) ticks->decimals - 2 : 0, value * 100);
  return g_strdup_printf ("%.*f", (int) ticks->decimals, value == 0 ? 0.0 : value);
}

static guint
count_y_ticks (const Plot *plot)
{
  return plot->data->logarithmic ? plot->n_log_ticks : plot->y_ticks.n;
}

static double
y_tick (const Plot *plot, guint i)
{
  return plot->data->logarithmic ? plot->log_ticks[i] : plot->y_ticks.first + plot->y_ticks.step * i;
}

static char *
y_tick_label (const Plot *plot, guint i)
{
  if (plot->data->logarithmic)
    return g_strdup_printf ("%g", plot->log_ticks[i]);
  return tick_label (plot, &plot->y_ticks, i, plot->data->percent);
}

static void
include (double value, double *low, double *high)
{
  if (isfinite (value))
    {
      *low = MIN (*low, value);
      *high = MAX (*high, value);
    }
}

/* Where the line passes the value `at` of the horizontal axis between two of its points; NAN: it does not. */
static double
passes (const Plot *plot, const WbChartLine *line, double at)
{
  const double *y = values_of (plot, line);
  gsize i = wb_count_below (line->x, line->n, at);
  double share;

  if (i == 0 || i == line->n)
    return NAN;
  share = (at - line->x[i - 1]) / (line->x[i] - line->x[i - 1]);
  return scaled (plot->data, y[i - 1]) * (1 - share) + scaled (plot->data, y[i]) * share;
}

/* From the lowest to the highest of what is shown of the lines, as scaled(). Of a smoothed line the values behind it
 * are left out of account: a single wild step must not flatten all the others. */
static void
find_extremes (const Plot *plot, double *low, double *high)
{
  const WbRange *range = &plot->data->range;

  *low = INFINITY;
  *high = -INFINITY;
  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = get_line (plot, l);
      WbSpan span = wb_pyramid_get_span (wb_chart_line_pyramid (plot->data, line), values_of (plot, line),
                                         wb_count_below (line->x, line->n, range->from),
                                         wb_count_up_to (line->x, line->n, range->to));

      if (!wb_span_is_empty (&span))
        {
          include (scaled (plot->data, span.low), low, high);
          include (scaled (plot->data, span.high), low, high);
        }
      include (passes (plot, line, range->from), low, high);
      include (passes (plot, line, range->to), low, high);
    }
}

/* An axis that shows all begins at 0 and, of shares, ends at 100 %, so that charts can be compared at a glance; one
 * that is zoomed into fits what is seen. */
static void
find_range (Plot *plot)
{
  const WbChartData *data = plot->data;
  double low, high, margin;

  find_extremes (plot, &low, &high);
  if (!(low <= high))
    {
      low = data->logarithmic ? -1 : 0;
      high = data->logarithmic ? 0 : 1;
    }
  if (wb_chart_is_zoomed (data) || data->logarithmic)
    {
      margin = high > low ? (high - low) * 0.05 : data->logarithmic || high == 0 ? 0.1 : fabs (high) * 0.05;
      plot->y0 = data->percent ? MAX (low - margin, 0) : low - margin;
      plot->y1 = data->percent ? MIN (high + margin, 1) : high + margin;
      return;
    }
  if (data->percent)
    {
      plot->y0 = low < 0.4 ? 0 : MAX (0, floor ((low - 0.05) * 10) / 10);
      plot->y1 = 1;
      return;
    }
  plot->y0 = MIN (0, low);
  plot->y1 = high > plot->y0 ? plot->y0 + (high - plot->y0) * 1.05 : plot->y0 + 1;
}

static void
find_y_ticks (Plot *plot)
{
  guint at_most = (guint) CLAMP ((plot->bottom - plot->top) / (plot->pen.text_height * 2), 2, 8);

  if (plot->data->logarithmic)
    plot->n_log_ticks = wb_log_ticks (pow (10, plot->y0), pow (10, plot->y1), at_most, plot->log_ticks);
  else
    plot->y_ticks = wb_ticks (plot->y0, plot->y1, at_most);
}

/* At least so many pixels apart, and no closer than their labels allow. */
static WbTicks
find_round_ticks (const Plot *plot, double apart)
{
  const WbRange *range = &plot->data->range;
  double width = plot->right - plot->left;
  WbTicks ticks = wb_ticks (range->from, range->to, (guint) CLAMP (width / apart, 2, MOST_TICKS));
  g_autofree char *label = ticks.n ? tick_label (plot, &ticks, ticks.n - 1, FALSE) : g_strdup ("");
  double needed = wb_pen_measure (&plot->pen, label, FALSE) + 3 * WB_GAP;

  return needed > apart ? find_round_ticks (plot, needed) : ticks;
}

/* At whole numbers as far as there are enough of them to be seen: epochs and steps are counted. */
static void
find_x_ticks (Plot *plot)
{
  const WbRange *range = &plot->data->range;
  double whole = floor (range->to) - ceil (range->from);

  plot->x_ticks = find_round_ticks (plot, 60);
  if (plot->x_ticks.step < 1 && whole >= (wb_chart_is_zoomed (plot->data) ? 3 : 1))
    plot->x_ticks = (WbTicks){ceil (range->from), 1, (guint) whole + 1, 0};
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
      g_autofree char *label =
          plot->width < NARROW ? g_strdup ("100.0 %") : g_strdup_printf ("%s 100.0 %%", get_line (plot, l)->name);

      label_width = MAX (label_width, wb_pen_measure (&plot->pen, label, FALSE));
    }

  plot->top = plot->pen.text_height * 1.5 + 2 * WB_GAP;
  plot->bottom = plot->height - plot->pen.text_height - WB_GAP;
  find_y_ticks (plot);
  for (guint i = 0; i < count_y_ticks (plot); i++)
    {
      g_autofree char *label = y_tick_label (plot, i);

      tick_width = MAX (tick_width, wb_pen_measure (&plot->pen, label, FALSE));
    }
  plot->left = tick_width + 2 * WB_GAP;
  plot->right = MAX (plot->left + 1, plot->width - label_width - 3 * WB_GAP);
  find_x_ticks (plot);
}

static void
draw_grid (const Plot *plot)
{
  const GdkRGBA *foreground = &plot->pen.style->foreground;

  cairo_set_line_width (plot->pen.cr, 1);
  for (guint i = 0; i < count_y_ticks (plot); i++)
    {
      g_autofree char *label = y_tick_label (plot, i);
      double y = plot_y (plot, y_tick (plot, i));

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
      const WbChartLine *line = get_line (plot, l);

      if (line->n && *line->name && plot->width < NARROW)
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
stroke_values (const Plot *plot, const WbChartLine *line, const WbPyramid *pyramid, const double *y, double width)
{
  const WbRange *range = &plot->data->range;
  guint columns = (guint) MAX (plot->right - plot->left, 1);
  gsize room = MIN (line->n, (gsize) columns * 4 + 2);
  g_autofree WbPoint *points = g_new (WbPoint, room);
  gsize n = wb_decimate (pyramid, line->x, y, range->from, range->to, columns, points);

  for (gsize i = 0; i < n; i++)
    points[i] = (WbPoint){plot_x (plot, points[i].x), plot_y (plot, points[i].y)};
  if (wb_cover_suits (points, n, plot->right - plot->left))
    {
      wb_cover_fill (plot->pen.cr, points, n, plot->left, plot->right, width);
      return;
    }
  cairo_set_line_width (plot->pen.cr, width);
  for (gsize i = 0; i < n; i++)
    cairo_line_to (plot->pen.cr, points[i].x, points[i].y);
  if (n == 1)
    cairo_line_to (plot->pen.cr, points[0].x + 0.01, points[0].y);
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
  cairo_set_line_join (plot->pen.cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (plot->pen.cr, line->dashed ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
  if (wb_chart_line_is_smoothed (plot->data, line))
    {
      wb_pen_use (&plot->pen, color, 0.25);
      stroke_values (plot, line, line->pyramid, line->y, 1);
    }
  if (line->dashed && line->n > 1)
    cairo_set_dash (plot->pen.cr, dashes, G_N_ELEMENTS (dashes), 0);
  else if (line->dashed)
    cairo_set_line_cap (plot->pen.cr, CAIRO_LINE_CAP_ROUND);
  wb_pen_use (&plot->pen, color, 1);
  stroke_values (plot, line, wb_chart_line_pyramid (plot->data, line), values_of (plot, line), LINE_WIDTH);
  cairo_restore (plot->pen.cr);
}

static void
draw_dot (const Plot *plot, const WbChartLine *line, gsize i)
{
  const WbRange *range = &plot->data->range;
  double x = plot_x (plot, line->x[i]), y = plot_y (plot, values_of (plot, line)[i]);

  if (!isfinite (y) || line->x[i] < range->from || line->x[i] > range->to)
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
      const WbChartLine *line = get_line (plot, l);
      gssize end = find_end (plot, line);
      double y;

      if (end < 0)
        continue;
      y = plot_y (plot, values_of (plot, line)[end]);
      x = MAX (x, (gsize) end + 1 < line->n ? plot->right : plot_x (plot, line->x[end]));
      centres[n++] = isfinite (y) ? CLAMP (y, plot->top, plot->bottom) : plot->bottom;
    }
  wb_place_labels (centres, n, plot->pen.text_height, plot->top - plot->pen.text_height / 2,
                   plot->bottom + plot->pen.text_height / 2);
  for (guint l = 0, i = 0; l < n_lines; l++)
    {
      const WbChartLine *line = get_line (plot, l);
      gssize end = find_end (plot, line);

      if (end >= 0)
        {
          g_autofree char *label = line_label (plot, line, end);

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
  double pixel = (plot->data->range.to - plot->data->range.from) / (plot->right - plot->left);
  g_autofree char *title =
      g_strdup_printf ("%s %.*f", plot->data->x_title, (int) CLAMP (round (-log10 (pixel)), 0, 9), cursor);

  g_strv_builder_add (texts, title);
  for (guint l = 0; l < n_lines; l++)
    {
      const WbChartLine *line = get_line (plot, l);
      g_autofree char *value =
          line->n ? wb_chart_format (plot->data, values_of (plot, line)[wb_nearest (line->x, line->n, cursor)]) : NULL;
      const char *name = *line->name ? line->name : line->title;
      g_autofree char *text = value ? g_strdup_printf ("%s %s", name, value) : g_strdup ("");

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
      const WbChartLine *line = get_line (plot, l);

      if (line->n)
        draw_dot (plot, line, wb_nearest (line->x, line->n, cursor));
    }
  draw_readout (plot, cursor);
}

/* What is about to be zoomed into. */
static void
draw_between (const Plot *plot, const WbRange *between)
{
  double from = plot_x (plot, between->from), to = plot_x (plot, between->to);

  wb_pen_use (&plot->pen, &plot->pen.style->foreground, 0.1);
  cairo_rectangle (plot->pen.cr, from, plot->top, to - from, plot->bottom - plot->top);
  cairo_fill (plot->pen.cr);
}

static void
draw_lines (const Plot *plot)
{
  for (guint l = 0; l < plot->data->lines->len; l++)
    {
      const WbChartLine *line = get_line (plot, l);

      if (!line->n)
        continue;
      draw_line (plot, line);
      if (line->mark >= 0 && (gsize) line->mark < line->n)
        draw_dot (plot, line, line->mark);
    }
}

void
wb_chart_draw (const WbChartData *data, const char *title, const WbChartStyle *style, cairo_t *cr, double width,
               double height, const WbChartPointer *pointer, double *left, double *right)
{
  Plot plot = {.data = data, .title = title, .width = width, .height = height};

  wb_pen_init (&plot.pen, cr, style);
  lay_out (&plot);
  if (pointer)
    draw_between (&plot, &pointer->between);
  draw_grid (&plot);
  draw_title (&plot);
  wb_chart_marks_draw (data, &(WbChartArea){width, plot.left, plot.top, plot.right, plot.bottom}, &plot.pen);
  draw_lines (&plot);
  draw_end_labels (&plot);
  if (pointer && isfinite (pointer->cursor) && data->range.from <= pointer->cursor && pointer->cursor <= data->range.to)
    draw_crosshair (&plot, pointer->cursor);
  if (left)
    *left = plot.left;
  if (right)
    *right = plot.right;
  wb_pen_clear (&plot.pen);
}
