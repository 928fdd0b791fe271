/* wb-layer-picture.c: a small picture of what a layer does.
 *
 * Which picture that is follows from the row of the layer's table: from what it can tell to be shown.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-layer-picture-private.h"

#include <glib/gi18n.h>
#include <math.h>

#define USUAL_WIDTH 252 /* of an inspector's column */
#define LEAST_WIDTH 180

G_DEFINE_TYPE (WbLayerPicture, wb_layer_picture, GTK_TYPE_WIDGET)

static const WbPicture *
picture_of (const LatheLayerKind *kind)
{
  if (kind == NULL)
    return NULL;
  if (kind->windows != NULL)
    return &wb_picture_windows;
  if (kind->norm != NULL)
    return &wb_picture_norm;
  if (kind->left_out != NULL)
    return &wb_picture_left_out;
  return kind->curve != NULL ? &wb_picture_curve : NULL;
}

void
wb_picture_cell (const WbPen *pen, const GdkRGBA *color, double opacity, double x, double y, double size)
{
  wb_pen_use (pen, color, opacity);
  cairo_rectangle (pen->cr, x, y, size - 1, size - 1);
  cairo_fill (pen->cr);
}

/* --- Drawing --- */

static GtkSizeRequestMode
wb_layer_picture_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
wb_layer_picture_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                          int *minimum_baseline, int *natural_baseline)
{
  WbLayerPicture *self = WB_LAYER_PICTURE (widget);
  double height = 0;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = LEAST_WIDTH;
      *natural = USUAL_WIDTH;
      return;
    }
  if (self->picture != NULL)
    height = self->picture->measure (self, for_size > 0 ? for_size : USUAL_WIDTH);
  *minimum = *natural = (int) ceil (height);
}

static void
wb_layer_picture_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WbLayerPicture *self = WB_LAYER_PICTURE (widget);
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  cairo_t *cr;
  WbChartStyle style;
  g_auto (WbPen) pen = {0};

  if (self->picture == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  wb_chart_style_of_widget (&style, widget);
  self->accent = *wb_pen_color (&(WbPen){.style = &style}, WB_CHART_BLUE);
  gtk_style_context_lookup_color (context, "accent_color", &self->accent);
  wb_pen_init (&pen, cr, &style);
  self->picture->draw (self, &pen, width, height);
  cairo_destroy (cr);
  if (gtk_widget_has_visible_focus (widget))
    gtk_snapshot_render_focus (snapshot, context, 0, 0, width, height);
}

/* --- Acting --- */

static void
describe (WbLayerPicture *self)
{
  g_autofree char *text = self->picture->describe (self);

  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (g_strcmp0 (text, self->description) == 0)
    return;
  g_free (self->description);
  self->description = g_steal_pointer (&text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (self->picture->title),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, self->description, -1);
}

static void
on_motion (WbLayerPicture *self, double x, double y)
{
  if (self->picture != NULL && self->picture->point != NULL && self->picture->point (self, x, y))
    describe (self);
}

/* By a finger, which does not hover. */
static void
on_drag_begin (WbLayerPicture *self, double x, double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  on_motion (self, x, y);
}

static void
on_drag_update (WbLayerPicture *self, double by_x, double by_y, GtkGestureDrag *drag)
{
  double x, y;

  if (gtk_gesture_drag_get_start_point (drag, &x, &y))
    on_motion (self, x + by_x, y + by_y);
}

static gboolean
on_key (WbLayerPicture *self, guint key, guint code, GdkModifierType modifiers)
{
  int right = key == GDK_KEY_Right ? 1 : key == GDK_KEY_Left ? -1 : 0;
  int down = key == GDK_KEY_Down ? 1 : key == GDK_KEY_Up ? -1 : 0;

  if ((right == 0 && down == 0) || (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) || self->picture == NULL ||
      self->picture->step == NULL)
    return GDK_EVENT_PROPAGATE;
  if (self->picture->step (self, right, down))
    describe (self);
  return GDK_EVENT_STOP;
}

/* --- What is shown --- */

static void
show (WbLayerPicture *self, const WbPicture *picture)
{
  gboolean another = picture != self->picture;

  self->picture = picture;
  gtk_widget_set_visible (GTK_WIDGET (self), picture != NULL);
  if (picture == NULL)
    return;
  if (another)
    self->row = self->column = 0;
  if (picture->prepare != NULL)
    picture->prepare (self);
  describe (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
wb_layer_picture_show (WbLayerPicture *self, const LatheNode *node, const LatheNodeReport *report)
{
  g_return_if_fail (WB_IS_LAYER_PICTURE (self));

  self->kind = node->kind;
  self->properties = node->properties;
  self->input = report->input;
  self->output = report->output;
  show (self, report->output.rank > 0 ? picture_of (node->kind) : NULL);
  gtk_widget_set_focusable (GTK_WIDGET (self), self->picture != NULL && self->picture->step != NULL);
}

void
wb_layer_picture_show_function (WbLayerPicture *self, const LatheLayerKind *kind)
{
  g_return_if_fail (WB_IS_LAYER_PICTURE (self));

  self->kind = kind;
  if (kind != NULL)
    lathe_layer_kind_defaults (kind, &self->properties);
  show (self, picture_of (kind));
}

void
wb_layer_picture_accent (WbLayerPicture *self, LatheWindowPart part)
{
  g_return_if_fail (WB_IS_LAYER_PICTURE (self));

  if (part == self->part)
    return;
  self->part = part;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Life --- */

static void
wb_layer_picture_finalize (GObject *object)
{
  g_free (WB_LAYER_PICTURE (object)->description);
  G_OBJECT_CLASS (wb_layer_picture_parent_class)->finalize (object);
}

static void
wb_layer_picture_class_init (WbLayerPictureClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_layer_picture_finalize;
  widget_class->get_request_mode = wb_layer_picture_get_request_mode;
  widget_class->measure = wb_layer_picture_measure;
  widget_class->snapshot = wb_layer_picture_snapshot;
  gtk_widget_class_set_css_name (widget_class, "layerpicture");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
wb_layer_picture_init (WbLayerPicture *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new (), *key = gtk_event_controller_key_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();

  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "caption");
  g_signal_connect_swapped (motion, "enter", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);
}
