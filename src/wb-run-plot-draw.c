/* wb-run-plot-draw.c: how many runs are drawn.
 *
 *   Validation accuracy, and what was set                  61 % ▬▬▬▬▬ 88 %
 *     Learning rate    Batch    Optimizer   Validation accuracy
 *   0.1 ┃             64 ┃       adam ┃    88 % ┃
 *       ┃━━━━━━━━━━━━━━━━┃━━━━━━━━━━━━┃━━━━━━━━━┃
 *   1e-4┃             16 ┃        sgd ┃    61 % ┃
 *
 * Colours go from blue to orange, which people with any kind of colour vision tell apart. What is not within the chosen
 * parts of the axes is grey.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <math.h>

#include "wb-run-plot-private.h"

#define RADIUS 4.0
#define MARGIN 0.06      /* of an axis, beyond its values on both sides */
#define LEGEND 60.0      /* pixels, at most; … */
#define SHORT 12.0       /* … and at least */
#define MENU 36.0        /* pixels that the figure's menu takes of the legend's line */
#define ROOM 46.0        /* pixels for the values before an axis */
#define TITLE_HEIGHT 1.1 /* of text, from one height that titles are at to the next */

gboolean
wb_run_plot_passes (WbRunPlot *self, guint run)
{
  for (guint i = 0; i < self->values->axes->len; i++)
    {
      double value = wb_run_values_get (self->values, run, i);

      if (!isnan (self->brushes[i].low) && !(value >= self->brushes[i].low && value <= self->brushes[i].high))
        return FALSE;
    }
  return TRUE;
}

char *
wb_run_plot_describe_run (WbRunPlot *self, guint run)
{
  const WbRunValues *values = self->values;
  const WbRunAxis *axis = wb_run_values_get_axis (values, 0);
  g_autofree char *score = wb_run_axis_format (axis, wb_run_values_get (values, run, 0));

  /* Translators: a run’s title, its accuracy, and its settings */
  return g_strdup_printf (_ ("%s, %s: %s"), values->titles[run], score, values->settings[run]);
}

/* --- Where things are --- */

/* Of one of the parallel axes. */
typedef struct
{
  double left;
  guint height; /* 0: next to the axis */
} WbTitle;

/* All values of an axis that has but one are in its middle. */
static void
fit (WbRunPlot *self, guint i, double a, double b)
{
  const WbRunAxis *axis = wb_run_values_get_axis (self->values, i);
  double low = axis->low, high = axis->high, margin;

  if (!(low <= high))
    low = high = 1;
  if (axis->logarithmic && high > low)
    {
      margin = pow (high / low, MARGIN);
      self->axes[i] = (WbAxis){low / margin, high * margin, TRUE, a, b};
      return;
    }
  margin = high > low ? MARGIN * (high - low) : MAX (fabs (low) * 0.1, 1e-6);
  self->axes[i] = (WbAxis){low - margin, high + margin, FALSE, a, b};
}

double
wb_run_plot_place (WbRunPlot *self, guint i)
{
  double each = (self->right - self->left) / MAX (self->order->len - 1, 1);

  return self->left + i * each;
}

/* Of parallel axes: each title above its axis, and over those of its neighbours where there is no room beside them.
 * Returns how many heights that takes; each title has one of its own at worst, so that none runs into another. */
static guint
lay_out_titles (WbRunPlot *self, const WbPen *pen, WbTitle *titles)
{
  double ends[WB_RUN_PLOT_MOST] = {0}; /* of each height, where its titles end */
  guint n = 0;

  for (guint i = 0; i < self->order->len; i++)
    {
      guint at = g_array_index (self->order, guint, i), height = 0;
      double width = wb_pen_measure (pen, wb_run_values_get_axis (self->values, at)->title, FALSE);
      double x = wb_run_plot_place (self, i), left = MAX (WB_GAP, x - width / 2);

      if (i + 1 == self->order->len)
        left = MAX (WB_GAP, x + 3 * WB_GAP - width);
      while (height < n && left < ends[height] + WB_GAP)
        height++;
      n = MAX (n, height + 1);
      ends[height] = left + width;
      titles[i] = (WbTitle){left, height};
    }
  return n;
}

static void
lay_out (WbRunPlot *self, const WbPen *pen, double width, double height, WbTitle *titles)
{
  double above = 3.4;

  self->left = ROOM + 2 * WB_GAP;
  self->right = width - (self->parallel ? ROOM + 2 * WB_GAP : 4 * WB_GAP);
  if (self->parallel)
    above = 2.3 + TITLE_HEIGHT * lay_out_titles (self, pen, titles);
  self->top = above * pen->text_height + 2 * WB_GAP;
  self->bottom = height - (self->parallel ? WB_GAP : 2.6 * pen->text_height + 2 * WB_GAP);
  for (guint i = 0; i < self->values->axes->len; i++)
    fit (self, i, self->bottom, self->top);
  if (!self->parallel)
    fit (self, self->across, self->left, self->right);
}

static void
use_colour (WbRunPlot *self, const WbPen *pen, guint run, double opacity)
{
  const WbRunAxis *axis = wb_run_values_get_axis (self->values, self->colour);
  const GdkRGBA *low = wb_pen_color (pen, WB_CHART_BLUE), *high = wb_pen_color (pen, WB_CHART_ORANGE);
  double value = wb_run_values_get (self->values, run, self->colour), share;
  GdkRGBA colour;

  if (isnan (value) || !wb_run_plot_passes (self, run))
    {
      wb_pen_use (pen, &pen->style->foreground, isnan (value) ? 0.3 : 0.1);
      return;
    }
  share = axis->high > axis->low ? (value - axis->low) / (axis->high - axis->low) : 1;
  colour = (GdkRGBA){(float) (low->red + share * (high->red - low->red)),
                     (float) (low->green + share * (high->green - low->green)),
                     (float) (low->blue + share * (high->blue - low->blue)), 1};
  wb_pen_use (pen, &colour, opacity);
}

/* --- Axes --- */

static char *
write_tick (double value, guint decimals, gpointer data)
{
  const WbRunAxis *axis = data;

  if (axis->choices && (value < axis->low || value > axis->high))
    return g_strdup ("");
  return axis->percent ? g_strdup_printf (_ ("%.*f %%"), (int) decimals, value) : wb_run_axis_format (axis, value);
}

static void
draw_brush (WbRunPlot *self, const WbPen *pen, guint i, double across)
{
  const WbBrush *brush = &self->brushes[i];
  const WbAxis *axis = &self->axes[i];
  double from, to;

  if (isnan (brush->low))
    return;
  from = wb_axis_place (axis, brush->low);
  to = wb_axis_place (axis, brush->high);
  if (isnan (across))
    cairo_rectangle (pen->cr, MIN (from, to), self->bottom, fabs (to - from), WB_GAP);
  else
    cairo_rectangle (pen->cr, across - WB_GAP, MIN (from, to), 2 * WB_GAP, fabs (to - from));
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_GREEN), 0.35);
  cairo_fill (pen->cr);
}

/* Upon the lines of hundreds of runs, and to be read all the same. */
static void
write_value (const WbPen *pen, const char *text, double x, double y, double align)
{
  double width = wb_pen_measure (pen, text, FALSE);

  wb_pen_use (pen, &pen->style->background, 0.75);
  cairo_rectangle (pen->cr, x - width * align - 1, y - pen->text_height / 2, width + 2, pen->text_height);
  cairo_fill (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.8);
  wb_pen_write (pen, text, x, y, align);
}

/* Its title above, and its round values before it, those of the last one behind it. Where axes are so near to each
 * other that values would lie upon the axis before, they are left out: what a run has there is told when it is pointed
 * at. */
static void
draw_line_axis (WbRunPlot *self, const WbPen *pen, guint i, const WbTitle *title)
{
  guint at = g_array_index (self->order, guint, i);
  const WbRunAxis *axis = wb_run_values_get_axis (self->values, at);
  double x = wb_run_plot_place (self, i), ticks[WB_AXIS_MOST], widest = 0;
  char *labels[WB_AXIS_MOST];
  double room = i > 0 ? x - wb_run_plot_place (self, i - 1) - 2 * WB_GAP : INFINITY;
  guint decimals, n = wb_axis_list_ticks (&self->axes[at], 5, ticks, &decimals);
  gboolean last = i + 1 == self->order->len;

  wb_pen_use (pen, &pen->style->foreground, 0.4);
  cairo_set_line_width (pen->cr, 1);
  cairo_move_to (pen->cr, wb_pen_crisp (x), self->bottom);
  cairo_line_to (pen->cr, wb_pen_crisp (x), self->top);
  cairo_stroke (pen->cr);
  draw_brush (self, pen, at, x);
  wb_pen_use (pen, &pen->style->foreground, 0.7);
  wb_pen_write (pen, axis->title, title->left, self->top - (0.6 + TITLE_HEIGHT * title->height) * pen->text_height, 0);
  for (guint k = 0; k < n; k++)
    {
      labels[k] = write_tick (ticks[k], decimals, (gpointer) axis);
      widest = MAX (widest, wb_pen_measure (pen, labels[k], FALSE));
    }
  for (guint k = 0; k < n; k++)
    {
      if (last || widest <= room)
        write_value (pen, labels[k], last ? x + WB_GAP : x - WB_GAP, wb_axis_place (&self->axes[at], ticks[k]),
                     last ? 0 : 1);
      g_free (labels[k]);
    }
}

static void
draw_two_axes (WbRunPlot *self, const WbPen *pen)
{
  const WbRunAxis *across = wb_run_values_get_axis (self->values, self->across);
  const WbRunAxis *up = wb_run_values_get_axis (self->values, self->up);

  wb_axis_draw_up (&self->axes[self->up], pen, self->left, self->right, write_tick, (gpointer) up);
  wb_axis_draw_right (&self->axes[self->across], pen, self->bottom, self->top, write_tick, (gpointer) across);
  wb_pen_use (pen, &pen->style->foreground, 0.7);
  wb_pen_write (pen, up->title, WB_GAP, self->top - 0.7 * pen->text_height, 0);
  wb_pen_write (pen, across->title, self->right + 2 * WB_GAP, self->bottom + 2 * pen->text_height + WB_GAP, 1);
  draw_brush (self, pen, self->up, self->left);
  draw_brush (self, pen, self->across, NAN);
}

/* --- Runs --- */

static void
draw_dot (WbRunPlot *self, const WbPen *pen, guint run, gboolean marked)
{
  double x = wb_axis_place (&self->axes[self->across], wb_run_values_get (self->values, run, self->across));
  double y = wb_axis_place (&self->axes[self->up], wb_run_values_get (self->values, run, self->up));

  if (isnan (x) || isnan (y))
    return;
  cairo_new_sub_path (pen->cr);
  cairo_arc (pen->cr, x, y, RADIUS, 0, 2 * G_PI);
  use_colour (self, pen, run, 0.9);
  cairo_fill (pen->cr);
  if (!marked)
    return;
  cairo_arc (pen->cr, x, y, RADIUS + 3, 0, 2 * G_PI);
  wb_pen_use (pen, &pen->style->foreground, 0.9);
  cairo_set_line_width (pen->cr, 2);
  cairo_stroke (pen->cr);
}

/* Where a run has no value the line has a gap. */
static void
draw_line (WbRunPlot *self, const WbPen *pen, guint run, gboolean marked)
{
  gboolean begun = FALSE;

  for (guint i = 0; i < self->order->len; i++)
    {
      guint at = g_array_index (self->order, guint, i);
      double value = wb_run_values_get (self->values, run, at);

      if (isnan (value))
        begun = FALSE;
      else if (begun)
        cairo_line_to (pen->cr, wb_run_plot_place (self, i), wb_axis_place (&self->axes[at], value));
      else
        cairo_move_to (pen->cr, wb_run_plot_place (self, i), wb_axis_place (&self->axes[at], value));
      begun = !isnan (value);
    }
  use_colour (self, pen, run, marked ? 1 : 0.7);
  cairo_set_line_width (pen->cr, marked ? 3 : 1.2);
  cairo_stroke (pen->cr);
}

/* What was left out lies at the bottom, and what is pointed at on top. */
static void
draw_runs (WbRunPlot *self, const WbPen *pen, gboolean on_paper)
{
  for (guint turn = 0; turn < 3; turn++)
    for (guint run = 0; run < self->values->n_runs; run++)
      {
        gboolean marked = !on_paper && ((int) run == self->pointed || self->values->ids[run] == self->selected);
        guint its_turn = marked ? 2 : wb_run_plot_passes (self, run) ? 1 : 0;

        if (turn == its_turn && self->parallel)
          draw_line (self, pen, run, marked);
        else if (turn == its_turn)
          draw_dot (self, pen, run, marked);
      }
}

/* What the colours mean, below the title: “88 % ▬▬▬▬ 61 %”. */
static void
draw_legend (WbRunPlot *self, const WbPen *pen, double width)
{
  const WbRunAxis *axis = wb_run_values_get_axis (self->values, self->colour);
  const GdkRGBA *low = wb_pen_color (pen, WB_CHART_BLUE), *high = wb_pen_color (pen, WB_CHART_ORANGE);
  g_autofree char *from = wb_run_axis_format (axis, axis->low), *to = wb_run_axis_format (axis, axis->high);
  /* Of the lines the axis of the colours is the last one. */
  g_autofree char *text = self->parallel ? g_strdup (from) : g_strdup_printf ("%s  %s", axis->title, from);
  double y = 1.2 * pen->text_height + WB_GAP, x, length;
  cairo_pattern_t *blend;

  wb_pen_use (pen, &pen->style->foreground, 0.7);
  x = WB_GAP + wb_pen_write (pen, text, WB_GAP, y, 0) + WB_GAP;
  length = CLAMP (width - MENU - x - 2 * WB_GAP - wb_pen_measure (pen, to, FALSE), SHORT, LEGEND);
  wb_pen_write (pen, to, x + length + WB_GAP, y, 0);
  blend = cairo_pattern_create_linear (x, 0, x + length, 0);
  cairo_pattern_add_color_stop_rgb (blend, 0, low->red, low->green, low->blue);
  cairo_pattern_add_color_stop_rgb (blend, 1, high->red, high->green, high->blue);
  cairo_rectangle (pen->cr, x, y - 4, length, 8);
  cairo_set_source (pen->cr, blend);
  cairo_fill (pen->cr);
  cairo_pattern_destroy (blend);
}

static void
draw_readout (WbRunPlot *self, const WbPen *pen)
{
  const WbRunValues *values = self->values;
  guint run = (guint) self->pointed;
  double at = wb_run_values_get (values, run, self->across);
  g_autofree char *score = wb_run_axis_format (wb_run_values_get_axis (values, 0), wb_run_values_get (values, run, 0));
  g_autofree char *head = g_strdup_printf ("%s: %s", values->titles[run], score);
  const char *const lines[] = {head, values->settings[run], NULL};

  wb_pen_write_box (pen, lines, NULL,
                    self->parallel || isnan (at) ? (self->left + self->right) / 2
                                                 : wb_axis_place (&self->axes[self->across], at),
                    self->top, self->left, self->right);
}

void
wb_run_plot_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                  gboolean on_paper)
{
  WbRunPlot *self = WB_RUN_PLOT (figure);
  g_auto (WbPen) pen = {0};
  WbTitle titles[WB_RUN_PLOT_MOST];

  wb_pen_init (&pen, cr, style);
  if (!self->values || self->values->n_runs == 0)
    return;
  lay_out (self, &pen, width, height, titles);
  draw_legend (self, &pen, width);
  if (!self->parallel)
    draw_two_axes (self, &pen);
  draw_runs (self, &pen, on_paper);
  for (guint i = 0; self->parallel && i < self->order->len; i++)
    draw_line_axis (self, &pen, i, &titles[i]);
  if (self->pointed >= 0 && !on_paper)
    draw_readout (self, &pen);
}
