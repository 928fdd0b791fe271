/* wb-chart.c: lines over a common axis, drawn to be looked at for an hour.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-chart-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-recent.h"

G_DEFINE_FINAL_TYPE (WbChart, wb_chart, WB_TYPE_FIGURE)

enum
{
  PROP_X_TITLE = 1,
  PROP_PERCENT,
  PROP_LOGARITHMIC,
  PROP_SMOOTHED,
  PROP_SETTINGS_NAME,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static void
line_clear (gpointer line)
{
  wb_chart_line_clear (line);
}

void
wb_chart_changed (WbChart *self)
{
  g_autofree char *description = wb_chart_describe (&self->data, self->pointer.cursor);

  wb_figure_describe (WB_FIGURE (self), description);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_chart_set_cursor (WbChart *self, double cursor)
{
  if (cursor == self->pointer.cursor || (isnan (cursor) && isnan (self->pointer.cursor)))
    return;
  self->pointer.cursor = cursor;
  wb_chart_changed (self);
}

void
wb_chart_set_series (WbChart *self, const WbChartSeries *series, guint n_series, double x0, double x1)
{
  double last;

  g_return_if_fail (WB_IS_CHART (self));
  g_return_if_fail (x1 > x0);

  last = wb_chart_last_x (&self->data);
  g_array_set_size (self->data.lines, n_series);
  for (guint i = 0; i < n_series; i++)
    {
      WbChartLine *line = &g_array_index (self->data.lines, WbChartLine, i);

      wb_chart_line_set (line, &series[i]);
      wb_chart_line_set_positive (line, self->data.logarithmic);
    }
  wb_chart_follow (self, (WbRange){x0, x1}, last);
  wb_chart_changed (self);
}

void
wb_chart_set_marks (WbChart *self, const WbChartMark *marks, guint n_marks)
{
  g_return_if_fail (WB_IS_CHART (self));

  if (wb_chart_marks_set (self->data.marks, marks, n_marks))
    wb_chart_changed (self);
}

/* --- Its menu --- */

static void
set_logarithmic (WbChart *self, gboolean logarithmic)
{
  if (logarithmic == self->data.logarithmic || (logarithmic && self->data.percent))
    return;
  self->data.logarithmic = logarithmic;
  for (guint l = 0; l < self->data.lines->len; l++)
    wb_chart_line_set_positive (&g_array_index (self->data.lines, WbChartLine, l), logarithmic);
  wb_chart_changed (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOGARITHMIC]);
}

static void
set_smoothed (WbChart *self, gboolean smoothed)
{
  if (smoothed == self->data.smoothed)
    return;
  self->data.smoothed = smoothed;
  wb_chart_changed (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SMOOTHED]);
}

/* Shares lie between 0 and 1, and mostly close to 1: a logarithm shows nothing of them. */
static void
set_percent (WbChart *self, gboolean percent)
{
  self->data.percent = percent;
  if (percent)
    set_logarithmic (self, FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "chart.logarithmic", !percent);
}

static void
set_settings_name (WbChart *self, const char *name)
{
  g_autoptr (GSettings) settings = wb_settings_get () ? g_settings_get_child (wb_settings_get (), name) : NULL;

  g_free (self->settings_name);
  self->settings_name = g_strdup (name);
  if (!settings)
    return;
  g_settings_bind (settings, "logarithmic", self, "logarithmic", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "smoothed", self, "smoothed", G_SETTINGS_BIND_DEFAULT);
}

static void
add_menu_items (WbChart *self)
{
  g_autoptr (GMenuItem) logarithmic = g_menu_item_new (_ ("Logarithmic"), "chart.logarithmic");
  g_autoptr (GMenu) way = g_menu_new ();
  g_autoptr (GMenu) range = g_menu_new ();

  g_menu_item_set_attribute (logarithmic, "hidden-when", "s", "action-disabled");
  g_menu_append_item (way, logarithmic);
  g_menu_append (way, _ ("Smoothed"), "chart.smoothed");
  wb_figure_add_to_menu (WB_FIGURE (self), G_MENU_MODEL (way));
  g_menu_append (range, _ ("Zoom In"), "chart.zoom-in");
  g_menu_append (range, _ ("Zoom Out"), "chart.zoom-out");
  g_menu_append (range, _ ("Whole Range"), "chart.whole-range");
  wb_figure_add_to_menu (WB_FIGURE (self), G_MENU_MODEL (range));
}

/* --- A figure's doings --- */

static void
wb_chart_draw_figure (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                      gboolean on_paper)
{
  WbChart *self = WB_CHART (figure);

  if (on_paper)
    wb_chart_draw (&self->data, wb_figure_get_title (figure), style, cr, width, height, NULL, NULL, NULL);
  else
    wb_chart_draw (&self->data, wb_figure_get_title (figure), style, cr, width, height, &self->pointer,
                   &self->plot_left, &self->plot_right);
}

static char *
wb_chart_to_csv (WbFigure *figure)
{
  return wb_chart_lines_to_csv (WB_CHART (figure)->data.lines);
}

static void
wb_chart_point (WbFigure *figure, double x, double y)
{
  WbChart *self = WB_CHART (figure);
  double share = (x - self->plot_left) / (self->plot_right - self->plot_left);

  const WbRange *range = &self->data.range;

  self->last_x = x;
  if (!(share >= -0.02 && share <= 1.02))
    wb_chart_set_cursor (self, NAN);
  else
    wb_chart_set_cursor (self, range->from + CLAMP (share, 0, 1) * (range->to - range->from));
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

/* What the keys go to comes into view. */
static void
show_value (WbChart *self, double x)
{
  WbRange range = self->data.range;

  if (x < range.from)
    wb_chart_set_range (self, wb_range_move (range, self->data.whole, x - range.from));
  else if (x > range.to)
    wb_chart_set_range (self, wb_range_move (range, self->data.whole, x - range.to));
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
  i = isfinite (self->pointer.cursor) ? (gssize) wb_nearest (line->x, line->n, self->pointer.cursor) : last + 1;
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
      wb_chart_set_cursor (self, NAN);
      return TRUE;
    default:
      return FALSE;
    }
  i = CLAMP (i, 0, last);
  wb_chart_set_cursor (self, line->x[i]);
  show_value (self, line->x[i]);
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
    case PROP_LOGARITHMIC:
      g_value_set_boolean (value, self->data.logarithmic);
      break;
    case PROP_SMOOTHED:
      g_value_set_boolean (value, self->data.smoothed);
      break;
    case PROP_SETTINGS_NAME:
      g_value_set_string (value, self->settings_name);
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
      set_percent (self, g_value_get_boolean (value));
      break;
    case PROP_LOGARITHMIC:
      set_logarithmic (self, g_value_get_boolean (value));
      break;
    case PROP_SMOOTHED:
      set_smoothed (self, g_value_get_boolean (value));
      break;
    case PROP_SETTINGS_NAME:
      set_settings_name (self, g_value_get_string (value));
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
  g_array_unref (self->data.marks);
  g_free (self->data.x_title);
  g_free (self->settings_name);
  G_OBJECT_CLASS (wb_chart_parent_class)->finalize (object);
}

static void
wb_chart_class_init (WbChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
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
  properties[PROP_LOGARITHMIC] =
      g_param_spec_boolean ("logarithmic", NULL, NULL, FALSE, flags | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_SMOOTHED] = g_param_spec_boolean ("smoothed", NULL, NULL, TRUE, flags | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_SETTINGS_NAME] = g_param_spec_string ("settings-name", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  gtk_widget_class_install_property_action (widget_class, "chart.logarithmic", "logarithmic");
  gtk_widget_class_install_property_action (widget_class, "chart.smoothed", "smoothed");
  wb_chart_add_zoom_actions (klass);
}

static void
wb_chart_init (WbChart *self)
{
  self->data.lines = g_array_new (FALSE, TRUE, sizeof (WbChartLine));
  g_array_set_clear_func (self->data.lines, line_clear);
  self->data.marks = wb_chart_marks_new ();
  self->data.x_title = g_strdup ("");
  self->data.smoothed = TRUE;
  self->data.whole = self->data.range = (WbRange){0, 1};
  self->pointer.cursor = NAN;
  self->plot_right = 1;
  add_menu_items (self);
  wb_chart_add_zoom (self);
  wb_chart_changed (self);
}

GtkWidget *
wb_chart_new (void)
{
  return g_object_new (WB_TYPE_CHART, NULL);
}
