/* wb-canvas-keys.c: what can be done by name, and by keys.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

#include <math.h>

#define ZOOM_STEP 1.2
#define NUDGE 12 /* canvas units */

/* --- Actions --- */

static void
focus_action (WbCanvas *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
cut_action (WbCanvas *self)
{
  wb_canvas_copy_selected (self);
  wb_canvas_remove_selected (self);
}

static void
toggle_group_action (WbCanvas *self)
{
  int cursor = wb_canvas_get_cursor (self);
  const LatheNode *node = cursor >= 0 ? lathe_graph_get_node (self->graph, (guint) cursor) : NULL;

  if (node != NULL && node->group != NULL)
    wb_canvas_toggle_group (self, node->group);
}

static void
disconnect_action (WbCanvas *self)
{
  if (self->edge >= 0)
    wb_canvas_disconnect_edge (self, (guint) self->edge);
}

static void
zoom_in_action (WbCanvas *self)
{
  wb_canvas_zoom (self, self->view.zoom * ZOOM_STEP);
}

static void
zoom_out_action (WbCanvas *self)
{
  wb_canvas_zoom (self, self->view.zoom / ZOOM_STEP);
}

static void
actual_size_action (WbCanvas *self)
{
  wb_canvas_zoom (self, 1);
}

static void
save_png_action (WbCanvas *self)
{
  wb_canvas_save (self, WB_EXPORT_PNG);
}

static void
save_svg_action (WbCanvas *self)
{
  wb_canvas_save (self, WB_EXPORT_SVG);
}

static void
save_pdf_action (WbCanvas *self)
{
  wb_canvas_save (self, WB_EXPORT_PDF);
}

static void
menu_action (WbCanvas *self)
{
  int card = wb_canvas_cursor_card (self);
  WbPoint point = {self->view.width / 2, self->view.height / 2};

  if (card >= 0)
    {
      WbBox box = wb_layout_get_box (self->layout, (guint) card);

      wb_canvas_reveal (self, (guint) card);
      point = wb_viewport_from_canvas (&self->view, (WbPoint){box.x + box.width / 2, box.y + self->head});
    }
  wb_canvas_popup_menu (self, point);
}

static WbPoint
below_cursor (WbCanvas *self)
{
  int card = wb_canvas_cursor_card (self);
  WbBox box;

  if (card < 0)
    return (WbPoint){self->view.width / 2, self->view.height / 3};
  wb_canvas_reveal (self, (guint) card);
  box = wb_layout_get_box (self->layout, (guint) card);
  return wb_viewport_from_canvas (&self->view, (WbPoint){box.x + box.width / 2, box.y + box.height});
}

/* On the edge that is selected, or else behind the cursor. */
static void
add_action (WbCanvas *self)
{
  wb_canvas_forget_place (self);
  if (self->edge >= 0)
    {
      self->has_place = TRUE;
      self->place_edge = self->edge;
    }
  wb_canvas_choose (self, self->edge >= 0 ? self->pointer : below_cursor (self), "");
}

static void
see_target (WbCanvas *self, int card)
{
  g_autoptr (GError) error = NULL;

  self->target = card;
  g_clear_pointer (&self->refusal, g_free);
  if (card < 0)
    return;
  if (!wb_canvas_can_connect (self, self->grip, (guint) card, -1, &error))
    self->refusal = g_strdup (error->message);
  wb_canvas_reveal (self, (guint) card);
}

/* The first target is what the layer leads to; if it leads nowhere, what comes after it. */
static void
connect_action (WbCanvas *self)
{
  int card = wb_canvas_cursor_card (self);
  int next;

  if (card < 0 || self->cards->len < 2)
    return;
  self->grip = (guint) card;
  self->backwards = FALSE;
  self->cut = -1;
  self->linking = TRUE;
  next = wb_layout_neighbour (self->layout, self->grip,
                              self->direction == WB_LAYOUT_DOWN ? WB_LAYOUT_KEY_DOWN : WB_LAYOUT_KEY_RIGHT);
  see_target (self, next >= 0 ? next : (card + 1) % (int) self->cards->len);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_canvas_stop_linking (WbCanvas *self)
{
  self->linking = FALSE;
  self->target = -1;
  g_clear_pointer (&self->refusal, g_free);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

typedef struct
{
  const char *name;
  void (*act) (WbCanvas *self);
} Action;

static const Action actions[] = {
    {"focus", focus_action},
    {"add", add_action},
    {"remove", wb_canvas_remove_selected},
    {"cut", cut_action},
    {"copy", wb_canvas_copy_selected},
    {"paste", wb_canvas_paste},
    {"duplicate", wb_canvas_duplicate_selected},
    {"select-all", wb_canvas_select_all},
    {"group", wb_canvas_group_selected},
    {"ungroup", wb_canvas_ungroup_selected},
    {"toggle-group", toggle_group_action},
    {"connect", connect_action},
    {"disconnect", disconnect_action},
    {"arrange", wb_canvas_arrange},
    {"zoom-in", zoom_in_action},
    {"zoom-out", zoom_out_action},
    {"actual-size", actual_size_action},
    {"fit", wb_canvas_fit},
    {"save-png", save_png_action},
    {"save-svg", save_svg_action},
    {"save-pdf", save_pdf_action},
    {"menu", menu_action},
};

static void
on_action (GSimpleAction *action, GVariant *parameter, WbCanvas *self)
{
  const char *name = g_action_get_name (G_ACTION (action));

  for (guint i = 0; self->layout != NULL && i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name))
      actions[i].act (self);
}

static void
set_enabled (WbCanvas *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* What can be done is told by what is selected. */
void
wb_canvas_update_actions (WbCanvas *self)
{
  gboolean any = g_hash_table_size (self->selected) > 0, removable = self->edge >= 0, grouped = FALSE, placed = FALSE;

  for (guint i = 0; i < lathe_graph_get_n_nodes (self->graph); i++)
    {
      const LatheNode *node = lathe_graph_get_node (self->graph, i);

      placed |= node->placed;
      if (!any || !wb_canvas_is_selected (self, i))
        continue;
      removable |= node->kind->max_inputs > 0;
      grouped |= node->group != NULL;
    }
  set_enabled (self, "remove", removable);
  set_enabled (self, "cut", removable && any);
  set_enabled (self, "copy", any);
  set_enabled (self, "duplicate", any);
  set_enabled (self, "group", any);
  set_enabled (self, "ungroup", grouped);
  set_enabled (self, "toggle-group", grouped);
  set_enabled (self, "connect", any && self->cards->len > 1);
  set_enabled (self, "disconnect", self->edge >= 0);
  set_enabled (self, "arrange", placed);
}

/* --- Walking --- */

static void
walk_target (WbCanvas *self, WbLayoutKey key)
{
  int next = wb_layout_neighbour (self->layout, (guint) MAX (self->target, 0), key);

  if (next >= 0)
    see_target (self, next);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
on_walk (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  WbCanvas *self = WB_CANVAS (widget);
  int key, card, next;
  gboolean extend;

  g_variant_get (arguments, "(ib)", &key, &extend);
  if (self->cards == NULL || self->cards->len == 0)
    return FALSE;
  if (self->linking)
    {
      walk_target (self, (WbLayoutKey) key);
      return TRUE;
    }
  card = wb_canvas_cursor_card (self);
  next = card < 0 ? 0 : wb_layout_neighbour (self->layout, (guint) card, (WbLayoutKey) key);
  if (next < 0)
    return TRUE;
  wb_canvas_select_card (self, (guint) next, extend);
  wb_canvas_reveal (self, (guint) next);
  return TRUE;
}

static gboolean
on_jump (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  WbCanvas *self = WB_CANVAS (widget);
  guint to;

  if (self->cards == NULL || self->cards->len == 0)
    return FALSE;
  to = g_variant_get_boolean (arguments) ? self->cards->len - 1 : 0;
  wb_canvas_select_card (self, to, FALSE);
  wb_canvas_reveal (self, to);
  return TRUE;
}

/* In a chain a layer changes places with its neighbour; what lies where a person put it goes a little further. */
static gboolean
on_move (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  static const WbPoint steps[] = {{0, -NUDGE}, {0, NUDGE}, {-NUDGE, 0}, {NUDGE, 0}};
  WbCanvas *self = WB_CANVAS (widget);
  int key = g_variant_get_int32 (arguments);
  gboolean down = self->direction == WB_LAYOUT_DOWN;
  int back = down ? WB_LAYOUT_KEY_UP : WB_LAYOUT_KEY_LEFT, forth = down ? WB_LAYOUT_KEY_DOWN : WB_LAYOUT_KEY_RIGHT;
  int cursor = wb_canvas_get_cursor (self);

  if (cursor < 0 || self->layout == NULL)
    return FALSE;
  if (lathe_graph_is_chain (self->graph) && !lathe_graph_get_node (self->graph, (guint) cursor)->placed &&
      (key == back || key == forth))
    wb_canvas_move_in_chain (self, key == back ? -1 : 1);
  else
    wb_canvas_move_selected (self, steps[key]);
  return TRUE;
}

/* --- Enter, Escape, letters --- */

static gboolean
on_enter (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  WbCanvas *self = WB_CANVAS (widget);
  int card = self->layout != NULL ? wb_canvas_cursor_card (self) : -1;

  if (self->linking && self->target >= 0)
    {
      guint target = (guint) self->target;

      wb_canvas_stop_linking (self);
      wb_canvas_connect_cards (self, self->grip, target, -1);
      return TRUE;
    }
  if (card < 0)
    return FALSE;
  if (wb_canvas_card (self, (guint) card)->group != NULL)
    toggle_group_action (self);
  else
    g_signal_emit_by_name (self, "activated");
  return TRUE;
}

static gboolean
on_escape (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  WbCanvas *self = WB_CANVAS (widget);

  if (self->linking)
    wb_canvas_stop_linking (self);
  else if (self->deed != WB_DEED_NONE)
    wb_canvas_end_deed (self);
  else if (g_hash_table_size (self->selected) > 0 || self->edge >= 0)
    wb_canvas_select_none (self);
  else
    return FALSE;
  return TRUE;
}

/* A letter is the beginning of a layer's name. */
static gboolean
on_key_pressed (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, WbCanvas *self)
{
  gunichar letter = gdk_keyval_to_unicode (key);
  char typed[7] = "";

  if (key == GDK_KEY_space && self->layout != NULL)
    {
      self->space = TRUE;
      gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grab");
      return TRUE;
    }
  if (self->layout == NULL || self->linking || !g_unichar_isalnum (letter) ||
      (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)))
    return FALSE;
  g_unichar_to_utf8 (letter, typed);
  wb_canvas_forget_place (self);
  wb_canvas_choose (self, below_cursor (self), typed);
  return TRUE;
}

static void
on_key_released (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, WbCanvas *self)
{
  if (key != GDK_KEY_space)
    return;
  self->space = FALSE;
  gtk_widget_set_cursor (GTK_WIDGET (self), NULL);
}

/* --- Which keys --- */

typedef struct
{
  guint key;
  GdkModifierType modifiers;
  const char *action;
} Key;

/* Those that mean the selection come first: they are lent. Of several for one action, menus show the last. */
static const Key keys[] = {
    {GDK_KEY_KP_Delete, 0, "canvas.remove"},
    {GDK_KEY_Delete, 0, "canvas.remove"},
    {GDK_KEY_x, GDK_CONTROL_MASK, "canvas.cut"},
    {GDK_KEY_c, GDK_CONTROL_MASK, "canvas.copy"},
    {GDK_KEY_v, GDK_CONTROL_MASK, "canvas.paste"},
    {GDK_KEY_d, GDK_CONTROL_MASK, "canvas.duplicate"},
    {GDK_KEY_g, GDK_CONTROL_MASK, "canvas.group"},
    {GDK_KEY_G, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "canvas.ungroup"},
    {GDK_KEY_a, GDK_CONTROL_MASK, "canvas.select-all"},
    {GDK_KEY_Return, GDK_CONTROL_MASK, "canvas.toggle-group"},
    {GDK_KEY_Insert, 0, "canvas.add"},
    {GDK_KEY_l, GDK_CONTROL_MASK, "canvas.connect"},
    {GDK_KEY_equal, GDK_CONTROL_MASK, "canvas.zoom-in"},
    {GDK_KEY_KP_Add, GDK_CONTROL_MASK, "canvas.zoom-in"},
    {GDK_KEY_plus, GDK_CONTROL_MASK, "canvas.zoom-in"},
    {GDK_KEY_KP_Subtract, GDK_CONTROL_MASK, "canvas.zoom-out"},
    {GDK_KEY_minus, GDK_CONTROL_MASK, "canvas.zoom-out"},
    {GDK_KEY_KP_0, GDK_CONTROL_MASK, "canvas.actual-size"},
    {GDK_KEY_0, GDK_CONTROL_MASK, "canvas.actual-size"},
    {GDK_KEY_KP_9, GDK_CONTROL_MASK, "canvas.fit"},
    {GDK_KEY_9, GDK_CONTROL_MASK, "canvas.fit"},
    {GDK_KEY_F10, GDK_SHIFT_MASK, "canvas.menu"},
    {GDK_KEY_Menu, 0, "canvas.menu"},
};

#define N_LENT 11

static void
add_arrow (GtkWidgetClass *widget_class, guint key, guint keypad, WbLayoutKey where)
{
  guint both[] = {key, keypad};

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      gtk_widget_class_add_binding (widget_class, both[i], 0, on_walk, "(ib)", (int) where, FALSE);
      gtk_widget_class_add_binding (widget_class, both[i], GDK_SHIFT_MASK, on_walk, "(ib)", (int) where, TRUE);
      gtk_widget_class_add_binding (widget_class, both[i], GDK_ALT_MASK, on_move, "i", (int) where);
    }
}

void
wb_canvas_install_keys (GtkWidgetClass *widget_class)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding_action (widget_class, keys[i].key, keys[i].modifiers, keys[i].action, NULL);
  add_arrow (widget_class, GDK_KEY_Up, GDK_KEY_KP_Up, WB_LAYOUT_KEY_UP);
  add_arrow (widget_class, GDK_KEY_Down, GDK_KEY_KP_Down, WB_LAYOUT_KEY_DOWN);
  add_arrow (widget_class, GDK_KEY_Left, GDK_KEY_KP_Left, WB_LAYOUT_KEY_LEFT);
  add_arrow (widget_class, GDK_KEY_Right, GDK_KEY_KP_Right, WB_LAYOUT_KEY_RIGHT);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Home, 0, on_jump, "b", FALSE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_End, 0, on_jump, "b", TRUE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Return, 0, on_enter, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_KP_Enter, 0, on_enter, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, on_escape, NULL);
}

void
wb_canvas_add_actions (WbCanvas *self)
{
  g_autoptr (GPropertyAction) flow = g_property_action_new ("flow", self, "flow");

  self->actions = g_simple_action_group_new ();
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (actions[i].name, NULL);

      g_signal_connect (action, "activate", G_CALLBACK (on_action), self);
      g_action_map_add_action (G_ACTION_MAP (self->actions), G_ACTION (action));
    }
  g_action_map_add_action (G_ACTION_MAP (self->actions), G_ACTION (flow));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "canvas", G_ACTION_GROUP (self->actions));
}

void
wb_canvas_add_keys (WbCanvas *self)
{
  GtkEventController *letters = gtk_event_controller_key_new ();

  g_signal_connect (letters, "key-pressed", G_CALLBACK (on_key_pressed), self);
  g_signal_connect (letters, "key-released", G_CALLBACK (on_key_released), self);
  gtk_widget_add_controller (GTK_WIDGET (self), letters);
}

void
wb_canvas_lend_keys (WbCanvas *self, GtkWidget *widget)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  g_return_if_fail (WB_IS_CANVAS (self));

  for (guint i = 0; i < N_LENT; i++)
    gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                          gtk_shortcut_new (gtk_keyval_trigger_new (keys[i].key, keys[i].modifiers),
                                                            gtk_named_action_new (keys[i].action)));
  gtk_widget_add_controller (widget, controller);
}

GActionGroup *
wb_canvas_get_actions (WbCanvas *self)
{
  g_return_val_if_fail (WB_IS_CANVAS (self), NULL);

  return G_ACTION_GROUP (self->actions);
}
