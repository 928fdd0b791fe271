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
  GtkWidget parent_instance;

  GtkWidget *menu_button;
  WbChartData data;
  double cursor;                /* on the horizontal axis; NAN: no crosshair */
  double plot_left, plot_right; /* pixels, as last drawn */
  char *description;
};

G_DEFINE_FINAL_TYPE (WbChart, wb_chart, GTK_TYPE_WIDGET)

enum
{
  PROP_TITLE = 1,
  PROP_X_TITLE,
  PROP_PERCENT,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];
static guint failed_signal;

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

  if (g_strcmp0 (description, self->description) == 0)
    return;
  g_free (self->description);
  self->description = g_steal_pointer (&description);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, self->description, -1);
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
wb_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WbChart *self = WB_CHART (widget);
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  PangoContext *text = gtk_widget_get_pango_context (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  WbChartStyle style = {.background = {1, 1, 1, 1},
                        .font = pango_context_get_font_description (text),
                        .font_options = pango_cairo_context_get_font_options (text),
                        .resolution = pango_cairo_context_get_resolution (text)};
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));

  gtk_style_context_get_color (context, &style.foreground);
  gtk_style_context_lookup_color (context, "window_bg_color", &style.background);
  style.dark = style.foreground.red + style.foreground.green + style.foreground.blue > 1.5;
  wb_chart_draw (&self->data, &style, cr, width, height, self->cursor, &self->plot_left, &self->plot_right);
  cairo_destroy (cr);

  if (gtk_widget_has_visible_focus (widget))
    gtk_snapshot_render_focus (snapshot, context, 0, 0, width, height);
  gtk_widget_snapshot_child (widget, self->menu_button, snapshot);
}

static void
wb_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                  int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 240;
}

static void
wb_chart_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *button = WB_CHART (widget)->menu_button;
  GtkRequisition size;

  gtk_widget_get_preferred_size (button, &size, NULL);
  gtk_widget_size_allocate (button, &(GtkAllocation){width - size.width, 0, size.width, size.height}, -1);
}

static void
on_motion (WbChart *self, double x, double y)
{
  double share = (x - self->plot_left) / (self->plot_right - self->plot_left);

  if (share < -0.02 || share > 1.02)
    set_cursor (self, NAN);
  else
    set_cursor (self, self->data.x0 + CLAMP (share, 0, 1) * (self->data.x1 - self->data.x0));
}

static void
on_leave (WbChart *self)
{
  set_cursor (self, NAN);
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
on_key (WbChart *self, guint key, guint code, GdkModifierType modifiers)
{
  const WbChartLine *line = coarsest_line (self);
  gssize i, last;

  if (!line || modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return GDK_EVENT_PROPAGATE;
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
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
  set_cursor (self, line->x[CLAMP (i, 0, last)]);
  return GDK_EVENT_STOP;
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autofree char *csv = wb_chart_to_csv (&WB_CHART (widget)->data);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), csv);
}

static void
save_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_chart_export (WB_CHART (widget), &WB_CHART (widget)->data, g_variant_get_int32 (parameter));
}

static void
menu_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_menu_button_popup (GTK_MENU_BUTTON (WB_CHART (widget)->menu_button));
}

static void
on_right_click (WbChart *self)
{
  gtk_menu_button_popup (GTK_MENU_BUTTON (self->menu_button));
}

static void
add_menu (WbChart *self)
{
  static const char *const labels[] = {N_ ("Save as PNG…"), N_ ("Save as SVG…"), N_ ("Save as PDF…"),
                                       N_ ("Save as CSV…")};
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) copy = g_menu_new ();
  g_autoptr (GMenu) save = g_menu_new ();

  g_menu_append (copy, _ ("Copy Values"), "chart.copy");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (copy));
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      g_autofree char *action = g_strdup_printf ("chart.save(%u)", i);

      g_menu_append (save, _ (labels[i]), action);
    }
  g_menu_append_section (menu, NULL, G_MENU_MODEL (save));

  self->menu_button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->menu_button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->menu_button), G_MENU_MODEL (menu));
  gtk_widget_add_css_class (self->menu_button, "flat");
  gtk_widget_set_tooltip_text (self->menu_button, _ ("Copy or save this chart"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Chart menu"),
                                  -1);
  gtk_widget_set_parent (self->menu_button, GTK_WIDGET (self));
}

static void
add_controllers (WbChart *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_swapped (motion, "enter", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_right_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

static void
set_title (WbChart *self, const char *title)
{
  g_autofree char *label = g_strdup_printf (_ ("%s chart"), title);

  g_free (self->data.title);
  self->data.title = g_strdup (title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
wb_chart_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  WbChart *self = WB_CHART (object);

  switch (property_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->data.title);
      break;
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
    case PROP_TITLE:
      set_title (self, g_value_get_string (value));
      break;
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
wb_chart_dispose (GObject *object)
{
  WbChart *self = WB_CHART (object);

  g_clear_pointer (&self->menu_button, gtk_widget_unparent);
  G_OBJECT_CLASS (wb_chart_parent_class)->dispose (object);
}

static void
wb_chart_finalize (GObject *object)
{
  WbChart *self = WB_CHART (object);

  g_array_unref (self->data.lines);
  g_free (self->data.title);
  g_free (self->data.x_title);
  g_free (self->description);
  G_OBJECT_CLASS (wb_chart_parent_class)->finalize (object);
}

static void
wb_chart_class_init (WbChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = wb_chart_dispose;
  object_class->finalize = wb_chart_finalize;
  object_class->get_property = wb_chart_get_property;
  object_class->set_property = wb_chart_set_property;
  widget_class->snapshot = wb_chart_snapshot;
  widget_class->measure = wb_chart_measure;
  widget_class->size_allocate = wb_chart_size_allocate;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", flags);
  properties[PROP_X_TITLE] = g_param_spec_string ("x-title", NULL, NULL, "", flags);
  properties[PROP_PERCENT] = g_param_spec_boolean ("percent", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  failed_signal =
      g_signal_new ("failed", WB_TYPE_CHART, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_css_name (widget_class, "chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_install_action (widget_class, "chart.copy", NULL, copy_action);
  gtk_widget_class_install_action (widget_class, "chart.save", "i", save_action);
  gtk_widget_class_install_action (widget_class, "chart.menu", NULL, menu_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "chart.menu", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "chart.menu", NULL);
}

static void
wb_chart_init (WbChart *self)
{
  self->data.lines = g_array_new (FALSE, FALSE, sizeof (WbChartLine));
  g_array_set_clear_func (self->data.lines, line_clear);
  self->data.title = g_strdup ("");
  self->data.x_title = g_strdup ("");
  self->data.x1 = 1;
  self->cursor = NAN;
  self->plot_right = 1;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  add_menu (self);
  add_controllers (self);
  update_description (self);
}

GtkWidget *
wb_chart_new (void)
{
  return g_object_new (WB_TYPE_CHART, NULL);
}
