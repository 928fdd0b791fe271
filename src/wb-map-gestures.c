/* wb-map-gestures.c: pointer, wheel, fingers and keys on a map of images.
 *
 * A drag draws a line around points, which chooses them; with Ctrl, or the middle button, it moves the map.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "wb-map-private.h"

#define STEP 1.25 /* of the zoom, by a key or a notch of the wheel */
#define MOVE 60.0 /* pixels, by a key */
#define STEADY 4  /* pixels: less is a click whose hand was not steady */

/* --- Zooming and moving --- */

static void
zoom_about (WbMap *self, WbPoint pixel, double zoom)
{
  wb_viewport_zoom_about (&self->viewport, pixel, zoom);
  wb_map_clamp (self);
}

static void
zoom_by_key (WbMap *self, double factor)
{
  WbPoint middle = {self->viewport.width / 2, self->viewport.height / 2};

  if (self->pointed >= 0)
    middle = wb_viewport_from_canvas (&self->viewport, self->places[self->pointed]);
  zoom_about (self, middle, self->viewport.zoom * factor);
}

/* The plain wheel goes on to scroll the page. */
static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, WbMap *self)
{
  GtkEventController *event = GTK_EVENT_CONTROLLER (controller);
  gboolean notches = gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_WHEEL;
  WbPoint at = {self->viewport.width / 2, self->viewport.height / 2};

  if (!(gtk_event_controller_get_current_event_state (event) & GDK_CONTROL_MASK))
    return GDK_EVENT_PROPAGATE;
  if (self->pointed >= 0)
    at = wb_viewport_from_canvas (&self->viewport, self->places[self->pointed]);
  else if (isfinite (self->pointer.x))
    at = self->pointer;
  zoom_about (self, at, self->viewport.zoom * pow (STEP, -(notches ? dy : dy / 60)));
  return GDK_EVENT_STOP;
}

static void
on_pinch_begin (WbMap *self)
{
  self->zoom_began = self->viewport.zoom;
}

static void
on_pinch (GtkGestureZoom *gesture, double scale, WbMap *self)
{
  WbPoint at = {self->viewport.width / 2, self->viewport.height / 2};

  gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &at.x, &at.y);
  zoom_about (self, at, self->zoom_began * scale);
}

/* --- Choosing --- */

/* Whether a line from there to the right crosses the outline an odd number of times. */
static gboolean
is_inside (const GArray *outline, WbPoint at)
{
  gboolean inside = FALSE;

  for (guint i = 0, before = outline->len - 1; i < outline->len; before = i++)
    {
      WbPoint a = g_array_index (outline, WbPoint, i), b = g_array_index (outline, WbPoint, before);

      if ((a.y > at.y) != (b.y > at.y) && at.x < a.x + (at.y - a.y) / (b.y - a.y) * (b.x - a.x))
        inside = !inside;
    }
  return inside;
}

static void
choose_inside (WbMap *self)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->n; i++)
    if (is_inside (self->outline, wb_viewport_from_canvas (&self->viewport, self->places[i])))
      g_array_append_val (points, i);
  wb_map_choose (self, points);
}

static void
choose_one (WbMap *self, int point)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (guint));
  guint at = (guint) point;

  if (point >= 0)
    g_array_append_val (points, at);
  wb_map_choose (self, points);
}

/* --- Drags --- */

static gboolean
is_move (GtkGestureDrag *gesture)
{
  return gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture)) == GDK_BUTTON_MIDDLE ||
         gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture)) & GDK_CONTROL_MASK;
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, WbMap *self)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));

  if (self->mapping == NULL || (button != GDK_BUTTON_PRIMARY && button != GDK_BUTTON_MIDDLE))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->moves = is_move (gesture);
  self->began = (WbPoint){0, 0};
  g_array_set_size (self->outline, 0);
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, WbMap *self)
{
  WbPoint at;

  if (self->moves)
    {
      wb_viewport_scroll (&self->viewport, self->began.x - dx, self->began.y - dy);
      self->began = (WbPoint){dx, dy};
      wb_map_clamp (self);
      return;
    }
  if (self->outline->len == 0 && hypot (dx, dy) < STEADY)
    return;
  gtk_gesture_drag_get_start_point (gesture, &at.x, &at.y);
  if (self->outline->len == 0)
    g_array_append_val (self->outline, at);
  at.x += dx;
  at.y += dy;
  wb_map_point_at (self, -1);
  g_array_append_val (self->outline, at);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_drag_end (GtkGestureDrag *gesture, double dx, double dy, WbMap *self)
{
  WbPoint at = {0, 0};

  gtk_gesture_drag_get_start_point (gesture, &at.x, &at.y);
  if (self->outline->len > 2)
    choose_inside (self);
  else if (!self->moves)
    choose_one (self, wb_map_find (self, at));
  g_array_set_size (self->outline, 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_drag_cancel (WbMap *self)
{
  g_array_set_size (self->outline, 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Keys --- */

/* The nearest that lies in this direction more than to its side; without one that is pointed at, the first. */
static void
point_beside (WbMap *self, double x, double y)
{
  double nearest = INFINITY;
  int found = self->pointed >= 0 ? self->pointed : 0;

  for (guint i = 0; i < self->n && self->pointed >= 0; i++)
    {
      double dx = self->places[i].x - self->places[self->pointed].x;
      double dy = self->places[i].y - self->places[self->pointed].y, along = dx * x + dy * y, distance = hypot (dx, dy);

      if (along > 0 && along >= fabs (dx * y + dy * x) && distance < nearest)
        {
          nearest = distance;
          found = (int) i;
        }
    }
  if (self->n == 0)
    return;
  if (wb_viewport_reveal (&self->viewport, (WbBox){self->places[found].x, self->places[found].y, 0, 0}, MOVE))
    self->whole = FALSE;
  wb_map_point_at (self, found);
}

static void
leave (WbMap *self)
{
  wb_map_point_at (self, -1);
  choose_one (self, -1);
}

gboolean
wb_map_key (WbFigure *figure, guint key)
{
  WbMap *self = WB_MAP (figure);

  if (self->mapping == NULL)
    return FALSE;
  if (key == GDK_KEY_Left)
    point_beside (self, -1, 0);
  else if (key == GDK_KEY_Right)
    point_beside (self, 1, 0);
  else if (key == GDK_KEY_Up)
    point_beside (self, 0, -1);
  else if (key == GDK_KEY_Down)
    point_beside (self, 0, 1);
  else if ((key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_space) && self->pointed >= 0)
    choose_one (self, self->pointed);
  else if (key == GDK_KEY_plus || key == GDK_KEY_equal || key == GDK_KEY_KP_Add)
    zoom_by_key (self, STEP);
  else if (key == GDK_KEY_minus || key == GDK_KEY_KP_Subtract)
    zoom_by_key (self, 1 / STEP);
  else if (key == GDK_KEY_0 || key == GDK_KEY_KP_0)
    wb_map_fit (self);
  else if (key == GDK_KEY_Escape && (self->pointed >= 0 || self->n_chosen > 0))
    leave (self);
  else
    return FALSE;
  return TRUE;
}

/* --- Life --- */

static void
on_motion (WbMap *self, double x, double y)
{
  self->pointer = (WbPoint){x, y};
}

void
wb_map_add_gestures (WbMap *self)
{
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkGesture *pinch = gtk_gesture_zoom_new (), *drag = gtk_gesture_drag_new ();

  self->pointer = (WbPoint){NAN, NAN};
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect_swapped (pinch, "begin", G_CALLBACK (on_pinch_begin), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (on_pinch), self);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  g_signal_connect_swapped (drag, "cancel", G_CALLBACK (on_drag_cancel), self);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (pinch));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}
