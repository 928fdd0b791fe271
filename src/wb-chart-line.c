/* wb-chart-line.c: the lines of a chart, which grow while a training goes on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "wb-chart-private.h"

#define N_PROBES 64

/* How much of the past a smoothed line keeps: more, the more points there are to be smoothed. */
#define SMOOTHING(n) MIN ((n) / ((n) + 50.0), 0.9)

static gboolean
same_bits (double a, double b)
{
  return memcmp (&a, &b, sizeof a) == 0;
}

/* Whether the series begins with what the line has. Not all of ten million values can be looked at each time, and need
 * not be: another line differs in its last value, or else all along. */
static gboolean
continues (const WbChartLine *line, const WbChartSeries *series)
{
  if (series->n < line->n || series->smoothed != line->smoothed)
    return FALSE;
  for (guint p = 0; line->n && p < N_PROBES; p++)
    {
      gsize i = (line->n - 1) * p / (N_PROBES - 1);

      if (!same_bits (line->x[i], series->x[i]) || !same_bits (line->y[i], series->y[i]))
        return FALSE;
    }
  return TRUE;
}

static void
forget_values (WbChartLine *line)
{
  g_clear_pointer (&line->pyramid, wb_pyramid_free);
  g_clear_pointer (&line->smooth_pyramid, wb_pyramid_free);
  g_clear_pointer (&line->x, g_free);
  g_clear_pointer (&line->y, g_free);
  g_clear_pointer (&line->smooth, g_free);
  line->n = line->room = 0;
  line->smoother = (WbSmoother){0};
}

static void
make_room (WbChartLine *line, gsize n)
{
  if (n <= line->room)
    return;
  line->room = MAX (n, line->room * 3 / 2);
  line->x = g_renew (double, line->x, line->room);
  line->y = g_renew (double, line->y, line->room);
  if (line->smoothed)
    line->smooth = g_renew (double, line->smooth, line->room);
}

static WbPyramid *
make_pyramid (gboolean positive)
{
  WbPyramid *pyramid = wb_pyramid_new ();

  wb_pyramid_set_positive (pyramid, NULL, positive);
  return pyramid;
}

/* The whole line is smoothed anew while it is short and its smoothing still grows. */
static void
smooth (WbChartLine *line, gsize before, gboolean positive)
{
  double weight = SMOOTHING (line->n);

  if (weight != line->smoother.weight)
    {
      line->smoother = (WbSmoother){.weight = weight};
      g_clear_pointer (&line->smooth_pyramid, wb_pyramid_free);
      line->smooth_pyramid = make_pyramid (positive);
      before = 0;
    }
  wb_smooth (&line->smoother, line->y + before, line->n - before, line->smooth + before);
  wb_pyramid_grow (line->smooth_pyramid, line->smooth, line->n);
}

static void
append (WbChartLine *line, const WbChartSeries *series)
{
  gsize before = line->n, more = series->n - before;

  if (!more)
    return;
  make_room (line, series->n);
  memcpy (line->x + before, series->x + before, more * sizeof (double));
  memcpy (line->y + before, series->y + before, more * sizeof (double));
  line->n = series->n;
  wb_pyramid_grow (line->pyramid, line->y, line->n);
  if (line->smoothed)
    smooth (line, before, wb_pyramid_get_positive (line->pyramid));
}

static void
set_text (char **to, const char *text)
{
  g_free (*to);
  *to = g_strdup (text);
}

void
wb_chart_line_set (WbChartLine *line, const WbChartSeries *series)
{
  gboolean positive = line->pyramid && wb_pyramid_get_positive (line->pyramid);

  set_text (&line->name, series->name);
  set_text (&line->title, series->title);
  set_text (&line->mark_text, series->mark_text);
  line->color = series->color;
  line->dashed = series->dashed;
  line->mark = series->mark;
  if (!continues (line, series))
    forget_values (line);
  line->smoothed = series->smoothed;
  if (!line->pyramid)
    line->pyramid = make_pyramid (positive);
  append (line, series);
}

void
wb_chart_line_clear (WbChartLine *line)
{
  forget_values (line);
  g_free (line->name);
  g_free (line->title);
  g_free (line->mark_text);
}

void
wb_chart_line_set_positive (WbChartLine *line, gboolean positive)
{
  wb_pyramid_set_positive (line->pyramid, line->y, positive);
  if (line->smooth_pyramid)
    wb_pyramid_set_positive (line->smooth_pyramid, line->smooth, positive);
}

gboolean
wb_chart_line_is_smoothed (const WbChartData *data, const WbChartLine *line)
{
  return data->smoothed && line->smooth != NULL;
}

const double *
wb_chart_line_values (const WbChartData *data, const WbChartLine *line)
{
  return wb_chart_line_is_smoothed (data, line) ? line->smooth : line->y;
}

const WbPyramid *
wb_chart_line_pyramid (const WbChartData *data, const WbChartLine *line)
{
  return wb_chart_line_is_smoothed (data, line) ? line->smooth_pyramid : line->pyramid;
}

gboolean
wb_chart_is_zoomed (const WbChartData *data)
{
  return data->range.from > data->whole.from || data->range.to < data->whole.to;
}

double
wb_chart_last_x (const WbChartData *data)
{
  double last = NAN;

  for (guint l = 0; l < data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (data->lines, WbChartLine, l);

      if (line->n)
        last = isnan (last) ? line->x[line->n - 1] : MAX (last, line->x[line->n - 1]);
    }
  return last;
}

char *
wb_chart_lines_to_csv (const GArray *lines)
{
  GString *csv = g_string_new ("series,x,y\n");

  for (guint l = 0; l < lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (lines, WbChartLine, l);

      for (gsize i = 0; i < line->n; i++)
        {
          char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];

          lathe_csv_append (csv, line->title);
          g_string_append_printf (csv, ",%s,%s\n", g_ascii_dtostr (x, sizeof x, line->x[i]),
                                  g_ascii_dtostr (y, sizeof y, line->y[i]));
        }
    }
  return g_string_free (csv, FALSE);
}
