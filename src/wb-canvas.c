/* wb-canvas.c: the widget: what it shows, which part of that, and its children.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

#define LEAST_WIDTH 200
#define LEAST_HEIGHT 160
#define MARGIN 32               /* pixels around what is brought into sight */
#define KEEP 80                 /* pixels of the drawing that always stay in sight */
#define LEAST_BEGINNING 0.8     /* a zoom at which everything can be read */
#define LEAST_PROBLEM_ZOOM 0.55 /* below it, sentences and buttons are too small */

enum
{
  PROP_0,
  PROP_MENU_MODEL,
  PROP_FLOW,
  N_PROPERTIES
};

enum
{
  EDITED,
  SELECTION_CHANGED,
  ACTIVATED,
  CHOOSE,
  REFUSED,
  TOLD,
  VIEW_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbCanvas, wb_canvas, GTK_TYPE_WIDGET)

/* --- What is told --- */

/* A listener that takes it shows it. Of one that does not, the selection may name layers that never were. */
void
wb_canvas_edited (WbCanvas *self, const LatheGraph *graph)
{
  g_signal_emit (self, signals[EDITED], 0, graph);
  wb_canvas_prune_selection (self);
}

void
wb_canvas_refuse (WbCanvas *self, const char *reason)
{
  g_signal_emit (self, signals[REFUSED], 0, reason);
}

void
wb_canvas_tell (WbCanvas *self, const char *text)
{
  g_signal_emit (self, signals[TOLD], 0, text);
}

void
wb_canvas_choose (WbCanvas *self, WbPoint pixel, const char *typed)
{
  GdkRectangle place = {(int) pixel.x, (int) pixel.y, 1, 1};

  g_signal_emit (self, signals[CHOOSE], 0, &place, typed);
}

void
wb_canvas_forget_place (WbCanvas *self)
{
  g_return_if_fail (WB_IS_CANVAS (self));

  self->has_place = FALSE;
  self->place_edge = -1;
}

/* --- Which part is seen --- */

void
wb_canvas_view_changed (WbCanvas *self)
{
  if (self->layout != NULL)
    wb_viewport_clamp (&self->view, wb_layout_get_extent (self->layout), KEEP);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[VIEW_CHANGED], 0);
}

void
wb_canvas_reveal (WbCanvas *self, guint card)
{
  if (self->layout == NULL || self->fresh)
    return;
  if (wb_viewport_reveal (&self->view, wb_layout_get_box (self->layout, card), MARGIN))
    wb_canvas_view_changed (self);
}

void
wb_canvas_zoom (WbCanvas *self, double zoom)
{
  wb_viewport_zoom_about (&self->view, (WbPoint){self->view.width / 2, self->view.height / 2}, zoom);
  wb_canvas_view_changed (self);
}

void
wb_canvas_fit (WbCanvas *self)
{
  wb_viewport_fit (&self->view, wb_layout_get_extent (self->layout), MARGIN, 1);
  wb_canvas_view_changed (self);
}

/* All of a small network; of a large one where it begins, as large as can be read. */
static void
see_beginning (WbCanvas *self)
{
  WbBox extent = wb_layout_get_extent (self->layout), first;
  gboolean down = self->direction == WB_LAYOUT_DOWN;

  wb_viewport_fit (&self->view, extent, MARGIN, 1);
  if (self->view.zoom >= LEAST_BEGINNING || self->cards->len == 0)
    return;
  first = wb_layout_get_box (self->layout, 0);
  self->view.zoom = CLAMP ((self->view.width - 2 * MARGIN) / extent.width, LEAST_BEGINNING, 1);
  self->view.x = first.x - MARGIN / self->view.zoom;
  self->view.y = first.y - MARGIN / self->view.zoom;
  if (down)
    self->view.x = first.x + first.width / 2 - self->view.width / self->view.zoom / 2;
  else
    self->view.y = first.y + first.height / 2 - self->view.height / self->view.zoom / 2;
}

void
wb_canvas_show_beginning (WbCanvas *self)
{
  g_return_if_fail (WB_IS_CANVAS (self));

  self->fresh = TRUE;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

void
wb_canvas_centre_on (WbCanvas *self, WbPoint point)
{
  g_return_if_fail (WB_IS_CANVAS (self));

  wb_viewport_centre_on (&self->view, point);
  wb_canvas_view_changed (self);
}

const WbLayout *
wb_canvas_get_layout (WbCanvas *self)
{
  g_return_val_if_fail (WB_IS_CANVAS (self), NULL);

  return wb_canvas_is_held (self) ? NULL : self->layout;
}

const WbViewport *
wb_canvas_get_view (WbCanvas *self)
{
  g_return_val_if_fail (WB_IS_CANVAS (self), NULL);

  return &self->view;
}

gboolean
wb_canvas_is_broken (WbCanvas *self, guint card)
{
  g_return_val_if_fail (WB_IS_CANVAS (self), FALSE);

  return wb_canvas_card (self, card)->broken;
}

/* --- What is shown --- */

void
wb_canvas_show (WbCanvas *self, const LatheGraph *graph, const LatheGraphReport *report)
{
  LatheGraph *before = self->graph;
  gboolean first = before == NULL;

  g_return_if_fail (WB_IS_CANVAS (self));
  g_return_if_fail (graph != NULL && report != NULL);

  wb_canvas_stop_linking (self);
  wb_canvas_end_deed (self);
  self->hover = (WbHit){WB_HIT_NOTHING, 0};
  self->edge = self->drop_edge = -1;
  wb_canvas_forget_place (self);
  wb_canvas_remember_places (self);
  wb_canvas_forget_cards (self);
  if (graph != before)
    {
      self->graph = lathe_graph_ref (graph);
      g_clear_pointer (&before, lathe_graph_free);
    }
  self->report = report;
  wb_canvas_make_cards (self);
  wb_canvas_prune_selection (self);
  if (first)
    wb_canvas_show_beginning (self);
  else if (wb_canvas_cursor_card (self) >= 0)
    wb_canvas_reveal (self, (guint) wb_canvas_cursor_card (self));
  wb_canvas_view_changed (self);
  wb_canvas_selection_changed (self);
}

const LatheGraph *
wb_canvas_get_graph (WbCanvas *self)
{
  g_return_val_if_fail (WB_IS_CANVAS (self), NULL);

  return self->graph;
}

void
wb_canvas_laid_out (WbCanvas *self)
{
  int cursor = wb_canvas_cursor_card (self);

  self->hover = (WbHit){WB_HIT_NOTHING, 0};
  if (cursor >= 0)
    wb_canvas_reveal (self, (guint) cursor);
  wb_canvas_view_changed (self);
}

static void
set_flow (WbCanvas *self, const char *flow)
{
  WbLayoutDirection direction = g_strcmp0 (flow, "right") == 0 ? WB_LAYOUT_RIGHT : WB_LAYOUT_DOWN;

  if (direction == self->direction)
    return;
  self->direction = direction;
  wb_canvas_forget_looks (self);
  if (self->graph != NULL)
    wb_canvas_show (self, self->graph, self->report);
  wb_canvas_show_beginning (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FLOW]);
}

/* --- Children: what is wrong with a card, and the menu --- */

void
wb_canvas_popup_menu (WbCanvas *self, WbPoint pixel)
{
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){(int) pixel.x, (int) pixel.y, 1, 1});
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
allocate_problem (WbCanvas *self, guint i)
{
  WbCard *card = wb_canvas_card (self, i);
  WbBox box = wb_layout_get_box (self->layout, i);
  double margin = (self->card_width - floor (self->card_width - 24)) / 2;
  gboolean moved = self->deed == WB_DEED_MOVE && self->under_way && wb_canvas_card_selected (self, i);
  double x = box.x + margin + (moved ? self->moved.x : 0), y = box.y + self->head + (moved ? self->moved.y : 0);
  GskTransform *transform = NULL;

  gtk_widget_set_child_visible (card->problem, self->view.zoom >= LEAST_PROBLEM_ZOOM);
  transform =
      gsk_transform_translate (transform, &GRAPHENE_POINT_INIT ((float) round (-self->view.x * self->view.zoom),
                                                                (float) round (-self->view.y * self->view.zoom)));
  transform = gsk_transform_scale (transform, (float) self->view.zoom, (float) self->view.zoom);
  transform = gsk_transform_translate (transform, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_widget_allocate (card->problem, (int) (self->card_width - 2 * margin), (int) card->problem_height, -1, transform);
}

static void
wb_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WbCanvas *self = WB_CANVAS (widget);
  gboolean resized = width != (int) self->view.width || height != (int) self->view.height;

  self->view.width = width;
  self->view.height = height;
  if (self->layout != NULL && self->fresh && !self->awaited)
    {
      self->fresh = FALSE;
      resized = TRUE;
      see_beginning (self);
    }
  if (self->layout != NULL && resized)
    {
      wb_viewport_clamp (&self->view, wb_layout_get_extent (self->layout), KEEP);
      g_signal_emit (self, signals[VIEW_CHANGED], 0);
    }
  for (guint i = 0; self->cards != NULL && i < self->cards->len; i++)
    if (wb_canvas_card (self, i)->problem != NULL)
      allocate_problem (self, i);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_POPOVER (child))
      gtk_popover_present (GTK_POPOVER (child));
}

static void
wb_canvas_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                   int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? LEAST_WIDTH : LEAST_HEIGHT;
}

/* What is drawn is kept, for when something else is to be drawn that is not ready. */
static void
draw (WbCanvas *self, GtkSnapshot *snapshot)
{
  GtkSnapshot *all = gtk_snapshot_new ();

  wb_canvas_draw (self, all);
  g_clear_pointer (&self->seen, gsk_render_node_unref);
  self->seen = gtk_snapshot_free_to_node (all);
  if (self->seen != NULL)
    gtk_snapshot_append_node (snapshot, self->seen);
}

/* Problems lie within their cards, so that those are drawn before them. */
static void
wb_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WbCanvas *self = WB_CANVAS (widget);

  if (self->layout == NULL)
    return;
  if (wb_canvas_is_held (self))
    {
      if (self->seen != NULL)
        gtk_snapshot_append_node (snapshot, self->seen);
      return;
    }
  draw (self, snapshot);
  for (guint i = 0; i < self->cards->len; i++)
    if (wb_canvas_card (self, i)->problem != NULL)
      gtk_widget_snapshot_child (widget, wb_canvas_card (self, i)->problem, snapshot);
}

static void
wb_canvas_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  WbCanvas *self = WB_CANVAS (widget);

  GTK_WIDGET_CLASS (wb_canvas_parent_class)->css_changed (widget, change);
  wb_canvas_forget_looks (self);
  gtk_widget_queue_draw (widget);
}

/* --- Life --- */

static void
wb_canvas_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WbCanvas *self = WB_CANVAS (object);

  if (id == PROP_MENU_MODEL)
    g_value_set_object (value, gtk_popover_menu_get_menu_model (GTK_POPOVER_MENU (self->menu)));
  else if (id == PROP_FLOW)
    g_value_set_static_string (value, self->direction == WB_LAYOUT_RIGHT ? "right" : "down");
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_canvas_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  WbCanvas *self = WB_CANVAS (object);

  if (id == PROP_MENU_MODEL)
    gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu), g_value_get_object (value));
  else if (id == PROP_FLOW)
    set_flow (self, g_value_get_string (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_canvas_dispose (GObject *object)
{
  WbCanvas *self = WB_CANVAS (object);

  GtkWidget *child;

  wb_canvas_forget_cards (self);
  wb_canvas_forget_places (self);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL) /* popovers */
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (wb_canvas_parent_class)->dispose (object);
}

static void
wb_canvas_finalize (GObject *object)
{
  WbCanvas *self = WB_CANVAS (object);

  wb_canvas_forget_looks (self);
  g_clear_pointer (&self->seen, gsk_render_node_unref);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->graph, lathe_graph_free);
  g_clear_pointer (&self->open_groups, g_hash_table_unref);
  g_clear_pointer (&self->texts, g_hash_table_unref);
  g_clear_pointer (&self->selected, g_hash_table_unref);
  g_clear_pointer (&self->cursor, g_free);
  g_clear_pointer (&self->refusal, g_free);
  G_OBJECT_CLASS (wb_canvas_parent_class)->finalize (object);
}

static guint
add_signal (const char *name, guint n_arguments, GType first, GType second)
{
  return g_signal_new (name, WB_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n_arguments, first,
                       second);
}

static void
add_signals (void)
{
  signals[EDITED] = add_signal ("edited", 1, G_TYPE_POINTER, G_TYPE_NONE);
  signals[SELECTION_CHANGED] = add_signal ("selection-changed", 0, G_TYPE_NONE, G_TYPE_NONE);
  signals[ACTIVATED] = add_signal ("activated", 0, G_TYPE_NONE, G_TYPE_NONE);
  signals[CHOOSE] = add_signal ("choose", 2, GDK_TYPE_RECTANGLE, G_TYPE_STRING);
  signals[REFUSED] = add_signal ("refused", 1, G_TYPE_STRING, G_TYPE_NONE);
  signals[TOLD] = add_signal ("told", 1, G_TYPE_STRING, G_TYPE_NONE);
  signals[VIEW_CHANGED] = add_signal ("view-changed", 0, G_TYPE_NONE, G_TYPE_NONE);
}

static void
wb_canvas_class_init (WbCanvasClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = wb_canvas_get_property;
  object_class->set_property = wb_canvas_set_property;
  object_class->dispose = wb_canvas_dispose;
  object_class->finalize = wb_canvas_finalize;
  widget_class->measure = wb_canvas_measure;
  widget_class->size_allocate = wb_canvas_size_allocate;
  widget_class->snapshot = wb_canvas_snapshot;
  widget_class->css_changed = wb_canvas_css_changed;
  properties[PROP_MENU_MODEL] =
      g_param_spec_object ("menu-model", NULL, NULL, G_TYPE_MENU_MODEL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FLOW] = g_param_spec_string ("flow", NULL, NULL, "down",
                                               G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  add_signals ();
  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  wb_canvas_install_keys (widget_class);
}

static void
wb_canvas_init (WbCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  self->open_groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->texts = wb_texts_new ();
  self->selected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->view.zoom = 1;
  self->edge = self->target = self->cut = self->drop_edge = self->place_edge = -1;
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Network"), -1);
  self->menu = gtk_popover_menu_new_from_model (NULL);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_widget_set_parent (self->menu, widget);
  g_signal_connect_swapped (self->menu, "closed", G_CALLBACK (gtk_widget_grab_focus), self);
  wb_canvas_add_actions (self);
  wb_canvas_add_gestures (self);
  wb_canvas_add_keys (self);
}
