/* wb-overview.c: a map of a canvas that is larger than what is seen of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-overview.h"

#define WIDTH 132
#define HEIGHT 176
#define MARGIN 6

struct _WbOverview
{
  GtkWidget parent_instance;
  WbCanvas *canvas;
};

enum
{
  PROP_0,
  PROP_CANVAS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (WbOverview, wb_overview, GTK_TYPE_WIDGET)

static WbViewport
map_of (WbOverview *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  return wb_viewport_overview (wb_canvas_get_view (self->canvas),
                               wb_layout_get_extent (wb_canvas_get_layout (self->canvas)),
                               gtk_widget_get_width (widget), gtk_widget_get_height (widget), MARGIN);
}

static gboolean
is_all_seen (WbOverview *self)
{
  const WbLayout *layout = wb_canvas_get_layout (self->canvas);
  WbBox seen, all;

  if (layout == NULL)
    return TRUE;
  seen = wb_viewport_get_visible (wb_canvas_get_view (self->canvas));
  all = wb_layout_get_extent (layout);
  return seen.x <= all.x && seen.y <= all.y && seen.x + seen.width >= all.x + all.width &&
         seen.y + seen.height >= all.y + all.height;
}

static void
on_view_changed (WbOverview *self)
{
  gtk_widget_set_opacity (GTK_WIDGET (self), is_all_seen (self) ? 0 : 1);
  gtk_widget_set_can_target (GTK_WIDGET (self), !is_all_seen (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
append_box (GtkSnapshot *snapshot, WbBox box, double least, const GdkRGBA *color)
{
  gtk_snapshot_append_color (snapshot, color,
                             &GRAPHENE_RECT_INIT ((float) box.x, (float) box.y, (float) MAX (box.width, least),
                                                  (float) MAX (box.height, least)));
}

static void
wb_overview_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WbOverview *self = WB_OVERVIEW (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GdkRGBA color, error = {1, 0, 0, 1}, accent = {0, 0, 1, 1};
  const WbLayout *layout;
  WbViewport map;
  WbBox seen;
  GskRoundedRect frame;

  if (self->canvas == NULL || is_all_seen (self))
    return;
  layout = wb_canvas_get_layout (self->canvas);
  map = map_of (self);
  gtk_style_context_get_color (style, &color);
  gtk_style_context_lookup_color (style, "error_color", &error);
  gtk_style_context_lookup_color (style, "accent_color", &accent);
  color.alpha *= 0.35f;
  for (guint i = 0; i < wb_layout_get_n_nodes (layout); i++)
    append_box (snapshot, wb_viewport_box_from_canvas (&map, wb_layout_get_box (layout, i)), 1,
                wb_canvas_is_broken (self->canvas, i) ? &error : &color);
  seen = wb_viewport_box_from_canvas (&map, wb_viewport_get_visible (wb_canvas_get_view (self->canvas)));
  gsk_rounded_rect_init_from_rect (
      &frame, &GRAPHENE_RECT_INIT ((float) seen.x, (float) seen.y, (float) seen.width, (float) seen.height), 3);
  gtk_snapshot_append_border (snapshot, &frame, (float[4]){1.5f, 1.5f, 1.5f, 1.5f},
                              (GdkRGBA[4]){accent, accent, accent, accent});
}

static void
go_to (WbOverview *self, double x, double y)
{
  WbViewport map;

  if (self->canvas == NULL || wb_canvas_get_layout (self->canvas) == NULL)
    return;
  map = map_of (self);
  wb_canvas_centre_on (self->canvas, wb_viewport_to_canvas (&map, (WbPoint){x, y}));
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, WbOverview *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  go_to (self, x, y);
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, WbOverview *self)
{
  double x, y;

  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  go_to (self, x + dx, y + dy);
}

static void
wb_overview_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                     int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void
wb_overview_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CANVAS)
    g_value_set_object (value, WB_OVERVIEW (object)->canvas);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* Set once, by the template that holds both. */
static void
set_canvas (WbOverview *self, WbCanvas *canvas)
{
  g_return_if_fail (self->canvas == NULL && canvas != NULL);

  self->canvas = g_object_ref (canvas);
  g_signal_connect_object (canvas, "view-changed", G_CALLBACK (on_view_changed), self, G_CONNECT_SWAPPED);
}

static void
wb_overview_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CANVAS)
    set_canvas (WB_OVERVIEW (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_overview_dispose (GObject *object)
{
  g_clear_object (&WB_OVERVIEW (object)->canvas);
  G_OBJECT_CLASS (wb_overview_parent_class)->dispose (object);
}

static void
wb_overview_class_init (WbOverviewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = wb_overview_get_property;
  object_class->set_property = wb_overview_set_property;
  object_class->dispose = wb_overview_dispose;
  widget_class->measure = wb_overview_measure;
  widget_class->snapshot = wb_overview_snapshot;
  properties[PROP_CANVAS] =
      g_param_spec_object ("canvas", NULL, NULL, WB_TYPE_CANVAS, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  gtk_widget_class_set_css_name (widget_class, "overview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
wb_overview_init (WbOverview *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}
