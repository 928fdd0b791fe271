/* wb-chart-zoom.c: which part of its horizontal axis a chart shows, and the wheel, pinch, drag and keys that choose it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "wb-chart-private.h"

#define STEP 1.5        /* of a key or a notch of the wheel */
#define PAN 0.25        /* of what is shown: how far a key moves it */
#define SHORTEST_DRAG 8 /* pixels: less is a click whose hand was not steady */

/* There is nothing to move or to come back from while all is shown. */
static void
enable_actions (WbChart *self)
{
  gboolean zoomed = wb_chart_is_zoomed (&self->data);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "chart.zoom-out", zoomed);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "chart.whole-range", zoomed);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "chart.pan", zoomed);
}

void
wb_chart_set_range (WbChart *self, WbRange range)
{
  if (range.from == self->data.range.from && range.to == self->data.range.to)
    return;
  self->data.range = range;
  enable_actions (self);
  wb_chart_changed (self);
}

void
wb_chart_follow (WbChart *self, WbRange whole, double last)
{
  WbChartData *data = &self->data;

  data->range = wb_range_follow (data->range, data->whole, whole, last, wb_chart_last_x (data));
  data->whole = whole;
  enable_actions (self);
}

/* --- Zooming and moving --- */

static double
value_at (WbChart *self, double pixel)
{
  const WbRange *range = &self->data.range;
  double share = (pixel - self->plot_left) / (self->plot_right - self->plot_left);

  return range->from + CLAMP (share, 0, 1) * (range->to - range->from);
}

static void
zoom_about (WbChart *self, double at, double factor)
{
  wb_chart_set_range (self, wb_range_zoom (self->data.range, self->data.whole, at, factor));
}

/* The keys zoom about the crosshair, or else about the newest of what is shown. */
static void
zoom_by_key (WbChart *self, double factor)
{
  const WbRange *range = &self->data.range;
  double last = wb_chart_last_x (&self->data);
  double at = isfinite (self->pointer.cursor) ? self->pointer.cursor : isfinite (last) ? last : range->to;

  zoom_about (self, at, factor);
}

static void
zoom_in_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  zoom_by_key (WB_CHART (widget), 1 / STEP);
}

static void
zoom_out_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  zoom_by_key (WB_CHART (widget), STEP);
}

static void
whole_range_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbChart *self = WB_CHART (widget);

  wb_chart_set_range (self, self->data.whole);
}

static void
pan_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbChart *self = WB_CHART (widget);
  const WbRange *range = &self->data.range;

  wb_chart_set_range (self, wb_range_move (*range, self->data.whole,
                                           g_variant_get_int32 (parameter) * PAN * (range->to - range->from)));
}

/* --- Wheel and pinch --- */

static GdkModifierType
modifiers_of (gpointer controller)
{
  return gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
}

/* The plain wheel goes on to scroll the page. */
static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, WbChart *self)
{
  gboolean notches = gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_WHEEL;

  if (!(modifiers_of (controller) & GDK_CONTROL_MASK))
    return GDK_EVENT_PROPAGATE;
  zoom_about (self, value_at (self, self->last_x), pow (STEP, notches ? dy : dy / 60));
  return GDK_EVENT_STOP;
}

static void
on_pinch_begin (GtkGesture *gesture, GdkEventSequence *sequence, WbChart *self)
{
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  self->began = self->data.range;
}

static void
on_pinch (GtkGestureZoom *gesture, double scale, WbChart *self)
{
  double x = self->last_x, y, share;

  gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y);
  share = CLAMP ((x - self->plot_left) / (self->plot_right - self->plot_left), 0, 1);
  if (scale > 0)
    wb_chart_set_range (self,
                        wb_range_zoom (self->began, self->data.whole,
                                       self->began.from + share * (self->began.to - self->began.from), 1 / scale));
}

/* --- Dragging --- */

/* A finger scrolls the page; it zooms by pinching. */
static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, WbChart *self)
{
  GdkDevice *device = gtk_gesture_get_device (GTK_GESTURE (gesture));

  if (x < self->plot_left || x > self->plot_right || gdk_device_get_source (device) == GDK_SOURCE_TOUCHSCREEN)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->began = self->data.range;
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, WbChart *self)
{
  double width = self->plot_right - self->plot_left;
  double x, y;

  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  if (modifiers_of (gesture) & GDK_SHIFT_MASK)
    {
      double distance = -dx / width * (self->began.to - self->began.from);

      self->pointer.between = (WbRange){0, 0};
      wb_chart_set_range (self, wb_range_move (self->began, self->data.whole, distance));
      return;
    }
  self->pointer.between = (WbRange){value_at (self, MIN (x, x + dx)), value_at (self, MAX (x, x + dx))};
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_drag_end (GtkGestureDrag *gesture, double dx, double dy, WbChart *self)
{
  WbRange between = self->pointer.between, whole = self->data.whole;

  self->pointer.between = (WbRange){0, 0};
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (fabs (dx) >= SHORTEST_DRAG && between.to - between.from >= (whole.to - whole.from) * 1e-6)
    wb_chart_set_range (self, between);
}

static void
on_drag_cancel (WbChart *self)
{
  self->pointer.between = (WbRange){0, 0};
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_click (GtkGestureClick *gesture, int n_presses, double x, double y, WbChart *self)
{
  if (n_presses == 2)
    wb_chart_set_range (self, self->data.whole);
}

void
wb_chart_add_zoom (WbChart *self)
{
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  g_signal_connect (pinch, "begin", G_CALLBACK (on_pinch_begin), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (on_pinch), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (pinch));
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  g_signal_connect_swapped (drag, "cancel", G_CALLBACK (on_drag_cancel), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (click, "pressed", G_CALLBACK (on_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  enable_actions (self);
}

void
wb_chart_add_zoom_actions (WbChartClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  /* The last one of an action is written beside it in the menu. */
  static const struct
  {
    guint key;
    const char *action;
  } keys[] = {{GDK_KEY_KP_Add, "chart.zoom-in"}, {GDK_KEY_equal, "chart.zoom-in"},
              {GDK_KEY_plus, "chart.zoom-in"},   {GDK_KEY_KP_Subtract, "chart.zoom-out"},
              {GDK_KEY_minus, "chart.zoom-out"}, {GDK_KEY_KP_0, "chart.whole-range"},
              {GDK_KEY_0, "chart.whole-range"}};

  gtk_widget_class_install_action (widget_class, "chart.zoom-in", NULL, zoom_in_action);
  gtk_widget_class_install_action (widget_class, "chart.zoom-out", NULL, zoom_out_action);
  gtk_widget_class_install_action (widget_class, "chart.whole-range", NULL, whole_range_action);
  gtk_widget_class_install_action (widget_class, "chart.pan", "i", pan_action);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding_action (widget_class, keys[i].key, 0, keys[i].action, NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_SHIFT_MASK, "chart.pan", "i", -1);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Right, GDK_SHIFT_MASK, "chart.pan", "i", 1);
}
