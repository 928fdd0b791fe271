/* wb-canvas-gestures.c: pointer and fingers.
 *
 * A press says what is meant, by what lies under it; the first few pixels that the pointer then goes make a deed of it;
 * letting go does it, and Escape does not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-choice-list.h"

#define WHEEL_STEP 60 /* pixels a notch */
#define WHEEL_ZOOM 1.15
#define SNAP_REACH 8 /* pixels */

static WbPoint
canvas_point (WbCanvas *self, WbPoint pixel)
{
  return wb_viewport_to_canvas (&self->view, pixel);
}

static void
forget_target (WbCanvas *self)
{
  self->target = -1;
  g_clear_pointer (&self->refusal, g_free);
}

void
wb_canvas_end_deed (WbCanvas *self)
{
  self->deed = WB_DEED_NONE;
  self->under_way = FALSE;
  self->cut = -1;
  self->moved = (WbPoint){0, 0};
  self->snap.n_guides = 0;
  forget_target (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/* --- Pressing --- */

static GdkModifierType
state_of (gpointer controller)
{
  return gtk_event_controller_get_current_event_state (controller);
}

static void
press_card (WbCanvas *self, guint card, GdkModifierType state)
{
  self->keep = FALSE;
  if (state & GDK_CONTROL_MASK)
    wb_canvas_toggle_card (self, card);
  else if (state & GDK_SHIFT_MASK)
    wb_canvas_select_card (self, card, TRUE);
  else if (!wb_canvas_card_selected (self, card))
    wb_canvas_select_card (self, card, FALSE);
  else
    self->keep = TRUE;
}

static void
press_frame (WbCanvas *self, guint index)
{
  const char *name = g_array_index (self->frames, WbFrame, index).name;
  g_autoptr (GPtrArray) members = g_ptr_array_new ();

  for (guint i = 0; i < lathe_graph_get_n_nodes (self->graph); i++)
    if (g_strcmp0 (lathe_graph_get_node (self->graph, i)->group, name) == 0)
      g_ptr_array_add (members, lathe_graph_get_node (self->graph, i));
  wb_canvas_select_names (self, members);
  wb_canvas_selection_changed (self);
}

static void
press_once (WbCanvas *self, WbHit hit, GdkModifierType state)
{
  if (hit.kind == WB_HIT_CARD)
    press_card (self, hit.index, state);
  else if (hit.kind == WB_HIT_EDGE)
    wb_canvas_select_edge (self, hit.index);
  else if (hit.kind == WB_HIT_FRAME)
    press_frame (self, hit.index);
  else if (hit.kind == WB_HIT_NOTHING && !(state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)))
    wb_canvas_select_none (self);
}

/* A group opens or closes, a layer is looked at, and anywhere else a new one is chosen. */
static void
press_twice (WbCanvas *self, WbHit hit, WbPoint pixel)
{
  if (hit.kind == WB_HIT_CARD && wb_canvas_card (self, hit.index)->group != NULL)
    wb_canvas_toggle_group (self, wb_canvas_card (self, hit.index)->group);
  else if (hit.kind == WB_HIT_CARD)
    g_signal_emit_by_name (self, "activated");
  else if (hit.kind == WB_HIT_FRAME)
    wb_canvas_toggle_group (self, g_array_index (self->frames, WbFrame, hit.index).name);
  else if (hit.kind == WB_HIT_NOTHING || hit.kind == WB_HIT_EDGE)
    {
      self->has_place = TRUE;
      self->place = canvas_point (self, pixel);
      self->place_edge = hit.kind == WB_HIT_EDGE ? (int) hit.index : -1;
      wb_canvas_choose (self, pixel, "");
    }
}

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, WbCanvas *self)
{
  WbPoint pixel = {x, y};

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (self->layout == NULL || self->space)
    return;
  if (self->linking)
    wb_canvas_stop_linking (self);
  if (n_press == 1)
    press_once (self, wb_canvas_hit (self, pixel), state_of (gesture));
  else if (n_press == 2)
    press_twice (self, wb_canvas_hit (self, pixel), pixel);
}

static void
on_released (GtkGestureClick *gesture, int n_press, double x, double y, WbCanvas *self)
{
  WbHit hit;

  if (!self->keep || self->layout == NULL)
    return;
  self->keep = FALSE;
  hit = wb_canvas_hit (self, (WbPoint){x, y});
  if (hit.kind == WB_HIT_CARD)
    wb_canvas_select_card (self, hit.index, FALSE);
}

static void
popup_at (WbCanvas *self, WbPoint pixel)
{
  WbHit hit;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (self->layout == NULL)
    return;
  hit = wb_canvas_hit (self, pixel);
  if (hit.kind != WB_HIT_CARD || !wb_canvas_card_selected (self, hit.index))
    press_once (self, hit, 0);
  wb_canvas_popup_menu (self, pixel);
}

static void
on_secondary_pressed (GtkGestureClick *gesture, int n_press, double x, double y, WbCanvas *self)
{
  popup_at (self, (WbPoint){x, y});
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
on_long_pressed (GtkGestureLongPress *gesture, double x, double y, WbCanvas *self)
{
  popup_at (self, (WbPoint){x, y});
}

/* --- Dragging --- */

static void
begin_pan (WbCanvas *self)
{
  self->deed = WB_DEED_PAN;
  self->from_x = self->view.x;
  self->from_y = self->view.y;
}

/* Of the edges that enter a card, the one whose end is nearest. */
static int
nearest_end (WbCanvas *self, guint card, WbPoint point)
{
  int nearest = -1;
  double least = G_MAXDOUBLE;

  for (guint i = 0; i < self->edges->len; i++)
    {
      WbRoute route = wb_layout_get_route (self->layout, i);
      double distance;

      if (self->card_of[wb_canvas_edge (self, i)->to] != card || route.n == 0)
        continue;
      distance = hypot (route.points[route.n - 1].x - point.x, route.points[route.n - 1].y - point.y);
      if (distance < least)
        {
          least = distance;
          nearest = (int) i;
        }
    }
  return nearest;
}

/* At an input the end of what comes there is taken off; where nothing comes, the line begins at its end. */
static void
begin_connect (WbCanvas *self, WbHit hit, WbPoint point)
{
  self->deed = WB_DEED_CONNECT;
  self->grip = hit.index;
  self->cut = hit.kind == WB_HIT_INPUT ? nearest_end (self, hit.index, point) : -1;
  self->backwards = hit.kind == WB_HIT_INPUT && self->cut < 0;
  if (self->cut >= 0)
    self->grip = self->card_of[wb_canvas_edge (self, (guint) self->cut)->from];
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, WbCanvas *self)
{
  WbHit hit;

  self->start = self->pointer = (WbPoint){x, y};
  self->under_way = FALSE;
  if (self->layout == NULL)
    return;
  hit = wb_canvas_hit (self, self->start);
  if (self->space)
    begin_pan (self);
  else if (hit.kind == WB_HIT_OUTPUT || hit.kind == WB_HIT_INPUT)
    begin_connect (self, hit, canvas_point (self, self->start));
  else if (hit.kind == WB_HIT_CARD || hit.kind == WB_HIT_FRAME)
    {
      self->deed = WB_DEED_MOVE;
      self->grip = hit.kind == WB_HIT_CARD ? hit.index : (guint) MAX (wb_canvas_cursor_card (self), 0);
    }
  else
    self->deed = WB_DEED_BAND;
}

static void
pan (WbCanvas *self, double dx, double dy)
{
  self->view.x = self->from_x - dx / self->view.zoom;
  self->view.y = self->from_y - dy / self->view.zoom;
  wb_canvas_view_changed (self);
}

/* The card under the pointer lines up with those that stay. */
static void
move (WbCanvas *self, double dx, double dy)
{
  g_autofree WbBox *others = g_new (WbBox, MAX (self->cards->len, 1));
  WbBox box = wb_layout_get_box (self->layout, MIN (self->grip, self->cards->len - 1));
  guint n = 0;

  for (guint i = 0; i < self->cards->len; i++)
    if (!wb_canvas_card_selected (self, i))
      others[n++] = wb_layout_get_box (self->layout, i);
  self->snap = wb_snap ((WbBox){box.x + dx / self->view.zoom, box.y + dy / self->view.zoom, box.width, box.height},
                        others, n, SNAP_REACH / self->view.zoom);
  self->moved.x = self->snap.middle.x - (box.x + box.width / 2);
  self->moved.y = self->snap.middle.y - (box.y + box.height / 2);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
see_connection (WbCanvas *self)
{
  g_autoptr (GError) error = NULL;
  int over = wb_layout_node_at (self->layout, canvas_point (self, self->pointer));
  guint from, to;

  if (over == self->target)
    return;
  forget_target (self);
  if (over < 0 || over == (int) self->grip)
    return;
  self->target = over;
  from = self->backwards ? (guint) over : self->grip;
  to = self->backwards ? self->grip : (guint) over;
  if (!wb_canvas_can_connect (self, from, to, self->cut, &error))
    self->refusal = g_strdup (error->message);
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, WbCanvas *self)
{
  self->pointer = (WbPoint){self->start.x + dx, self->start.y + dy};
  if (self->deed == WB_DEED_NONE)
    return;
  if (!self->under_way)
    {
      if (!gtk_drag_check_threshold (GTK_WIDGET (self), 0, 0, (int) dx, (int) dy))
        return;
      self->under_way = TRUE;
      self->keep = FALSE;
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
    }
  if (self->deed == WB_DEED_PAN)
    pan (self, dx, dy);
  else if (self->deed == WB_DEED_MOVE)
    move (self, dx, dy);
  else if (self->deed == WB_DEED_CONNECT)
    see_connection (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
finish_connection (WbCanvas *self)
{
  int target = self->target, cut = self->cut;
  guint grip = self->grip;
  gboolean backwards = self->backwards;

  wb_canvas_end_deed (self);
  if (target >= 0 && (cut < 0 || self->card_of[wb_canvas_edge (self, (guint) cut)->to] != (guint) target))
    wb_canvas_connect_cards (self, backwards ? (guint) target : grip, backwards ? grip : (guint) target, cut);
  else if (target < 0 && cut >= 0)
    wb_canvas_disconnect_edge (self, (guint) cut);
}

static void
finish_band (WbCanvas *self, GdkModifierType state)
{
  WbPoint a = canvas_point (self, self->start), b = canvas_point (self, self->pointer);

  wb_canvas_end_deed (self);
  wb_canvas_select_band (self, (WbBox){MIN (a.x, b.x), MIN (a.y, b.y), fabs (a.x - b.x), fabs (a.y - b.y)},
                         (state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK)) != 0);
}

static void
on_drag_end (GtkGestureDrag *gesture, double dx, double dy, WbCanvas *self)
{
  WbPoint moved = self->moved;
  WbDeed deed = self->under_way ? self->deed : WB_DEED_NONE;

  if (deed == WB_DEED_CONNECT)
    finish_connection (self);
  else if (deed == WB_DEED_BAND)
    finish_band (self, state_of (gesture));
  else
    wb_canvas_end_deed (self);
  if (deed == WB_DEED_MOVE && (moved.x != 0 || moved.y != 0))
    wb_canvas_move_selected (self, moved);
}

static void
on_drag_cancel (GtkGesture *gesture, GdkEventSequence *sequence, WbCanvas *self)
{
  wb_canvas_end_deed (self);
}

static void
on_middle_begin (GtkGestureDrag *gesture, double x, double y, WbCanvas *self)
{
  if (self->layout == NULL)
    return;
  begin_pan (self);
  self->under_way = TRUE;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

/* --- Moving over it --- */

static void
set_hover (WbCanvas *self, WbHit hit)
{
  if (hit.kind == self->hover.kind && hit.index == self->hover.index)
    return;
  self->hover = hit;
  if (!self->space)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (self),
                                     hit.kind == WB_HIT_OUTPUT || hit.kind == WB_HIT_INPUT ? "crosshair" : NULL);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, WbCanvas *self)
{
  if (self->linking)
    return;
  self->pointer = (WbPoint){x, y};
  if (self->deed == WB_DEED_NONE)
    set_hover (self, wb_canvas_hit (self, self->pointer));
}

static void
on_leave (GtkEventControllerMotion *controller, WbCanvas *self)
{
  set_hover (self, (WbHit){WB_HIT_NOTHING, 0});
}

static gboolean
on_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip, gpointer data)
{
  WbCanvas *self = WB_CANVAS (widget);
  g_autofree char *text = NULL;
  WbHit hit;

  if (keyboard || self->deed != WB_DEED_NONE)
    return FALSE;
  hit = wb_canvas_hit (self, (WbPoint){x, y});
  if (hit.kind != WB_HIT_CARD)
    return FALSE;
  text = g_strdup_printf ("%s\n%s", wb_canvas_node_of (self, hit.index)->name,
                          _ (wb_canvas_node_of (self, hit.index)->kind->help));
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* --- Scrolling and zooming --- */

static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, WbCanvas *self)
{
  GdkModifierType state = state_of (controller);
  double step = gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_WHEEL ? WHEEL_STEP : 1;

  if (state & GDK_CONTROL_MASK)
    {
      wb_viewport_zoom_about (&self->view, self->pointer, self->view.zoom * pow (WHEEL_ZOOM, -dy * step / WHEEL_STEP));
      wb_canvas_view_changed (self);
      return TRUE;
    }
  if ((state & GDK_SHIFT_MASK) && dx == 0)
    wb_viewport_scroll (&self->view, dy * step, 0);
  else
    wb_viewport_scroll (&self->view, dx * step, dy * step);
  wb_canvas_view_changed (self);
  return TRUE;
}

static void
on_pinch_begin (GtkGesture *gesture, GdkEventSequence *sequence, WbCanvas *self)
{
  self->from_zoom = self->view.zoom;
  wb_canvas_end_deed (self);
}

static void
on_pinch (GtkGestureZoom *gesture, double scale, WbCanvas *self)
{
  WbPoint middle = self->pointer;

  gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &middle.x, &middle.y);
  wb_viewport_zoom_about (&self->view, middle, self->from_zoom * scale);
  wb_canvas_view_changed (self);
}

/* --- Dropping a layer --- */

static void
set_drop_edge (WbCanvas *self, int edge)
{
  if (edge == self->drop_edge)
    return;
  self->drop_edge = edge;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static GdkDragAction
on_drop_motion (GtkDropTarget *target, double x, double y, WbCanvas *self)
{
  WbHit hit = wb_canvas_hit (self, (WbPoint){x, y});

  if (self->layout == NULL)
    return 0;
  set_drop_edge (self, hit.kind == WB_HIT_EDGE ? (int) hit.index : -1);
  return GDK_ACTION_COPY;
}

static void
on_drop_leave (GtkDropTarget *target, WbCanvas *self)
{
  set_drop_edge (self, -1);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, WbCanvas *self)
{
  int edge = self->drop_edge;
  WbPart part;

  set_drop_edge (self, -1);
  if (self->layout == NULL || !wb_part_find (g_value_get_boxed (value), &part))
    return FALSE;
  gtk_widget_grab_focus (GTK_WIDGET (self));
  wb_canvas_insert (self, &part, canvas_point (self, (WbPoint){x, y}), edge);
  return TRUE;
}

/* --- All of them --- */

static void
add_controller (WbCanvas *self, gpointer controller)
{
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

static GtkGesture *
add_click (WbCanvas *self, guint button, gpointer pressed, gpointer released)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), button);
  g_signal_connect (click, "pressed", pressed, self);
  if (released != NULL)
    g_signal_connect (click, "released", released, self);
  add_controller (self, click);
  return click;
}

static GtkGesture *
add_drag (WbCanvas *self, guint button, gpointer begin)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), button);
  g_signal_connect (drag, "drag-begin", begin, self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  g_signal_connect (drag, "cancel", G_CALLBACK (on_drag_cancel), self);
  add_controller (self, drag);
  return drag;
}

static void
add_touch (WbCanvas *self)
{
  GtkGesture *pinch = gtk_gesture_zoom_new (), *hold = gtk_gesture_long_press_new ();

  g_signal_connect (pinch, "begin", G_CALLBACK (on_pinch_begin), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (on_pinch), self);
  add_controller (self, pinch);
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (hold), TRUE);
  g_signal_connect (hold, "pressed", G_CALLBACK (on_long_pressed), self);
  add_controller (self, hold);
}

static void
add_drop (WbCanvas *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (WB_TYPE_CHOICE, GDK_ACTION_COPY);

  g_signal_connect (drop, "motion", G_CALLBACK (on_drop_motion), self);
  g_signal_connect (drop, "leave", G_CALLBACK (on_drop_leave), self);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  add_controller (self, drop);
}

void
wb_canvas_add_gestures (WbCanvas *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *click = add_click (self, GDK_BUTTON_PRIMARY, on_pressed, on_released);

  gtk_gesture_group (add_drag (self, GDK_BUTTON_PRIMARY, on_drag_begin), click);
  add_drag (self, GDK_BUTTON_MIDDLE, on_middle_begin);
  add_click (self, GDK_BUTTON_SECONDARY, on_secondary_pressed, NULL);
  add_touch (self);
  add_drop (self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  add_controller (self, motion);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  add_controller (self, scroll);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
}
