/* wb-chart.c: lines over a common axis, drawn to be looked at for an hour.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-chart-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-chart-geometry.h"

/* How much of the past a smoothed line keeps: more, the more points there are to be smoothed. */
#define SMOOTHING(n) MIN ((n) / ((n) + 50.0), 0.9)

struct _WbChart
{
  WbFigure parent_instance;

  WbChartData data;
  double cursor;                /* on the horizontal axis; NAN: no crosshair */
  double plot_left, plot_right; /* pixels, as last drawn */
};

G_DEFINE_FINAL_TYPE (WbChart, wb_chart, WB_TYPE_FIGURE)

enum
{
  PROP_X_TITLE = 1,
  PROP_PERCENT,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static void
line_clear (gpointer data)
{
  WbChartLine *line = data;

  if (line->line != line->y)
    g_free (line->line);
  g_free (line->x);
  g_free (line->y);
  g_free (line->name);
  g_free (line->title);
  g_free (line->mark_text);
}

static WbChartLine
line_of (const WbChartSeries *series)
{
  WbChartLine line = {.name = g_strdup (series->name),
                      .title = g_strdup (series->title),
                      .mark_text = g_strdup (series->mark_text),
                      .color = series->color,
                      .dashed = series->dashed,
                      .smoothed = series->smoothed,
                      .n = series->n,
                      .x = g_memdup2 (series->x, series->n * sizeof (double)),
                      .y = g_memdup2 (series->y, series->n * sizeof (double)),
                      .mark = series->mark};

  line.line = line.y;
  if (line.smoothed)
    {
      line.line = g_new (double, line.n);
      wb_smooth (line.y, line.n, SMOOTHING (line.n), line.line);
    }
  return line;
}

/* “Training loss 0.201, validation loss 0.412 at epoch 7”: the chart for those who do not see it. */
static char *
describe (const WbChartData *data, double cursor)
{
  g_autoptr (GString) text = g_string_new (NULL);
  double at = cursor;

  for (guint l = 0; l < data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (data->lines, WbChartLine, l);
      gsize i = line->n ? isfinite (cursor) ? wb_nearest (line->x, line->n, cursor) : line->n - 1 : 0;
      g_autofree char *value = line->n ? wb_chart_format (data, line->line[i]) : NULL;

      if (!line->n)
        continue;
      if (!isfinite (cursor))
        at = isfinite (at) ? MAX (at, line->x[i]) : line->x[i];
      g_string_append_printf (text, "%s%s %s", text->len ? ", " : "", line->title, value);
    }
  if (!text->len)
    return g_strdup (_ ("No values yet"));
  /* Translators: “Training loss 0.201, validation loss 0.412” at “epoch” 7 */
  return g_strdup_printf (_ ("%s at %s %.4g"), text->str, data->x_title, at);
}

static void
update_description (WbChart *self)
{
  g_autofree char *description = describe (&self->data, self->cursor);

  wb_figure_describe (WB_FIGURE (self), description);
}

static void
set_cursor (WbChart *self, double cursor)
{
  if (cursor == self->cursor || (isnan (cursor) && isnan (self->cursor)))
    return;
  self->cursor = cursor;
  update_description (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_chart_set_series (WbChart *self, const WbChartSeries *series, guint n_series, double x0, double x1)
{
  g_return_if_fail (WB_IS_CHART (self));
  g_return_if_fail (x1 > x0);

  g_array_set_size (self->data.lines, 0);
  for (guint i = 0; i < n_series; i++)
    {
      WbChartLine line = line_of (&series[i]);

      g_array_append_val (self->data.lines, line);
    }
  self->data.x0 = x0;
  self->data.x1 = x1;
  update_description (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_chart_draw_figure (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                      gboolean on_paper)
{
  WbChart *self = WB_CHART (figure);

  if (on_paper)
    wb_chart_draw (&self->data, wb_figure_get_title (figure), style, cr, width, height, NAN, NULL, NULL);
  else
    wb_chart_draw (&self->data, wb_figure_get_title (figure), style, cr, width, height, self->cursor, &self->plot_left,
                   &self->plot_right);
}

static char *
wb_chart_to_csv (WbFigure *figure)
{
  WbChart *self = WB_CHART (figure);
  g_autoptr (GString) csv = g_string_new ("series,x,y\n");

  for (guint l = 0; l < self->data.lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (self->data.lines, WbChartLine, l);

      for (gsize i = 0; i < line->n; i++)
        {
          char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];

          g_string_append_printf (csv, "\"%s\",%s,%s\n", line->title, g_ascii_dtostr (x, sizeof x, line->x[i]),
                                  g_ascii_dtostr (y, sizeof y, line->y[i]));
        }
    }
  return g_string_free (g_steal_pointer (&csv), FALSE);
}

static void
wb_chart_point (WbFigure *figure, double x, double y)
{
  WbChart *self = WB_CHART (figure);
  double share = (x - self->plot_left) / (self->plot_right - self->plot_left);

  if (!(share >= -0.02 && share <= 1.02))
    set_cursor (self, NAN);
  else
    set_cursor (self, self->data.x0 + CLAMP (share, 0, 1) * (self->data.x1 - self->data.x0));
}

/* The line whose values the keys go through: the one with the fewest, since those are whole epochs. */
static const WbChartLine *
coarsest_line (WbChart *self)
{
  const WbChartLine *coarsest = NULL;

  for (guint l = 0; l < self->data.lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (self->data.lines, WbChartLine, l);

      if (line->n && (!coarsest || line->n < coarsest->n))
        coarsest = line;
    }
  return coarsest;
}

static gboolean
wb_chart_key (WbFigure *figure, guint key)
{
  WbChart *self = WB_CHART (figure);
  const WbChartLine *line = coarsest_line (self);
  gssize i, last;

  if (!line)
    return FALSE;
  last = line->n - 1;
  i = isfinite (self->cursor) ? (gssize) wb_nearest (line->x, line->n, self->cursor) : last + 1;
  switch (key)
    {
    case GDK_KEY_Left:
      i--;
      break;
    case GDK_KEY_Right:
      i++;
      break;
    case GDK_KEY_Home:
      i = 0;
      break;
    case GDK_KEY_End:
      i = last;
      break;
    case GDK_KEY_Escape:
      set_cursor (self, NAN);
      return TRUE;
    default:
      return FALSE;
    }
  set_cursor (self, line->x[CLAMP (i, 0, last)]);
  return TRUE;
}

static void
wb_chart_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  WbChart *self = WB_CHART (object);

  switch (property_id)
    {
    case PROP_X_TITLE:
      g_value_set_string (value, self->data.x_title);
      break;
    case PROP_PERCENT:
      g_value_set_boolean (value, self->data.percent);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
wb_chart_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  WbChart *self = WB_CHART (object);

  switch (property_id)
    {
    case PROP_X_TITLE:
      g_free (self->data.x_title);
      self->data.x_title = g_value_dup_string (value);
      break;
    case PROP_PERCENT:
      self->data.percent = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_chart_finalize (GObject *object)
{
  WbChart *self = WB_CHART (object);

  g_array_unref (self->data.lines);
  g_free (self->data.x_title);
  G_OBJECT_CLASS (wb_chart_parent_class)->finalize (object);
}

static void
wb_chart_class_init (WbChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = wb_chart_finalize;
  object_class->get_property = wb_chart_get_property;
  object_class->set_property = wb_chart_set_property;
  figure_class->draw = wb_chart_draw_figure;
  figure_class->to_csv = wb_chart_to_csv;
  figure_class->point = wb_chart_point;
  figure_class->key = wb_chart_key;

  properties[PROP_X_TITLE] = g_param_spec_string ("x-title", NULL, NULL, "", flags);
  properties[PROP_PERCENT] = g_param_spec_boolean ("percent", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wb_chart_init (WbChart *self)
{
  self->data.lines = g_array_new (FALSE, FALSE, sizeof (WbChartLine));
  g_array_set_clear_func (self->data.lines, line_clear);
  self->data.x_title = g_strdup ("");
  self->data.x1 = 1;
  self->cursor = NAN;
  self->plot_right = 1;
  update_description (self);
}

GtkWidget *
wb_chart_new (void)
{
  return g_object_new (WB_TYPE_CHART, NULL);
}
