/* wb-drop-target.c: images and folders dropped on a widget, as one object.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-drop-target.h"

#define KEY "wb-drop-target" /* of a widget's own */
#define LIGHT_MS 100         /* that the light stays on after a drop */

struct _WbDropTarget
{
  GObject parent_instance;
  GtkWidget *widget; /* not owned: it owns us, and its controller */
  GtkEventController *controller;
  gboolean active;
  guint going_out; /* the source that puts the light out after a drop, or 0 */
};

enum
{
  PROP_0,
  PROP_ACTIVE,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static guint drop_signal, drop_names_signal;

G_DEFINE_TYPE (WbDropTarget, wb_drop_target, G_TYPE_OBJECT)

static void
set_lit (WbDropTarget *self, gboolean lit)
{
  if (lit)
    gtk_widget_add_css_class (self->widget, "drop-active");
  else
    gtk_widget_remove_css_class (self->widget, "drop-active");
}

/* What is held over a target is held over those around it too, but would not be theirs. */
static void
set_active (WbDropTarget *self, gboolean active)
{
  g_clear_handle_id (&self->going_out, g_source_remove);
  if (self->active == active)
    return;
  self->active = active;
  set_lit (self, active);
  for (GtkWidget *around = gtk_widget_get_parent (self->widget); around; around = gtk_widget_get_parent (around))
    {
      WbDropTarget *other = g_object_get_data (G_OBJECT (around), KEY);

      if (other && other->active)
        set_lit (other, !active);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
}

/* File managers offer a move first. Nothing is ever moved away, so a copy is asked for wherever one is to be had. */
static GdkDragAction
preferred_action (GtkDropTarget *target)
{
  GdkDrop *drop = gtk_drop_target_get_current_drop (target);

  return drop == NULL || (gdk_drop_get_actions (drop) & GDK_ACTION_COPY) ? GDK_ACTION_COPY : GDK_ACTION_MOVE;
}

static GdkDragAction
on_enter (GtkDropTarget *target, double x, double y, WbDropTarget *self)
{
  set_active (self, TRUE);
  return preferred_action (target);
}

static GdkDragAction
on_motion (GtkDropTarget *target, double x, double y, WbDropTarget *self)
{
  return preferred_action (target);
}

static void
on_leave (GtkDropTarget *target, WbDropTarget *self)
{
  set_active (self, FALSE);
}

static GListModel *
files_of (const GValue *value)
{
  GListStore *store = g_list_store_new (G_TYPE_FILE);

  for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
    g_list_store_append (store, l->data);
  return G_LIST_MODEL (store);
}

static gboolean
on_light (gpointer data)
{
  WbDropTarget *self = data;

  self->going_out = 0;
  set_active (self, FALSE);
  return G_SOURCE_REMOVE;
}

/* The whole widget is drawn anew without the light. What comes of the drop is to be seen before that. */
static void
put_light_out (WbDropTarget *self)
{
  if (!self->active)
    return;
  g_clear_handle_id (&self->going_out, g_source_remove);
  self->going_out = g_timeout_add_full (G_PRIORITY_DEFAULT, LIGHT_MS, on_light, self, NULL);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, WbDropTarget *self)
{
  put_light_out (self);
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    {
      g_autoptr (GListModel) files = files_of (value);

      if (g_list_model_get_n_items (files) == 0)
        return FALSE;
      g_signal_emit (self, drop_signal, 0, files, NULL);
      return TRUE;
    }
  if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    {
      g_signal_emit (self, drop_signal, 0, NULL, g_value_get_object (value));
      return TRUE;
    }
  if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    {
      g_signal_emit (self, drop_names_signal, 0, g_value_get_boxed (value));
      return TRUE;
    }
  return FALSE;
}

/* A drop that a child takes for itself ends here too, though nobody says so to this widget's controller. */
static gboolean
on_event (GtkEventControllerLegacy *controller, GdkEvent *event, WbDropTarget *self)
{
  if (gdk_event_get_event_type (event) == GDK_DROP_START)
    put_light_out (self);
  return GDK_EVENT_PROPAGATE;
}

static void
wb_drop_target_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_ACTIVE)
    g_value_set_boolean (value, WB_DROP_TARGET (object)->active);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_drop_target_finalize (GObject *object)
{
  g_clear_handle_id (&WB_DROP_TARGET (object)->going_out, g_source_remove);
  G_OBJECT_CLASS (wb_drop_target_parent_class)->finalize (object);
}

static void
wb_drop_target_class_init (WbDropTargetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = wb_drop_target_get_property;
  object_class->finalize = wb_drop_target_finalize;
  properties[PROP_ACTIVE] =
      g_param_spec_boolean ("active", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  drop_signal = g_signal_new ("drop", WB_TYPE_DROP_TARGET, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                              G_TYPE_LIST_MODEL, GDK_TYPE_TEXTURE);
  drop_names_signal = g_signal_new ("drop-names", WB_TYPE_DROP_TARGET, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, G_TYPE_STRV);
}

static void
wb_drop_target_init (WbDropTarget *self)
{
}

static WbDropTarget *
attach (GtkWidget *widget, GType *types, gsize n_types)
{
  GtkEventController *watch;
  GtkDropTarget *controller;
  WbDropTarget *self;

  g_return_val_if_fail (GTK_IS_WIDGET (widget), NULL);

  self = g_object_new (WB_TYPE_DROP_TARGET, NULL);
  self->widget = widget;
  controller = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY | GDK_ACTION_MOVE);
  self->controller = GTK_EVENT_CONTROLLER (controller);
  gtk_drop_target_set_gtypes (controller, types, n_types);
  g_signal_connect (controller, "enter", G_CALLBACK (on_enter), self);
  g_signal_connect (controller, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (controller, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (controller, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (controller));
  watch = gtk_event_controller_legacy_new ();
  gtk_event_controller_set_propagation_phase (watch, GTK_PHASE_CAPTURE);
  g_signal_connect (watch, "event", G_CALLBACK (on_event), self);
  gtk_widget_add_controller (widget, watch);
  g_object_set_data_full (G_OBJECT (widget), KEY, self, g_object_unref);
  return self;
}

WbDropTarget *
wb_drop_target_attach (GtkWidget *widget)
{
  /* The image before the address: a browser offers both, and the address may need a network. GDK reads
   * text/uri-list as a list of files. */
  GType types[] = {GDK_TYPE_TEXTURE, GDK_TYPE_FILE_LIST};

  return attach (widget, types, G_N_ELEMENTS (types));
}

WbDropTarget *
wb_drop_target_attach_class (GtkWidget *widget)
{
  GType types[] = {G_TYPE_STRV, GDK_TYPE_FILE_LIST};

  return attach (widget, types, G_N_ELEMENTS (types));
}

void
wb_drop_target_set_enabled (WbDropTarget *self, gboolean enabled)
{
  g_return_if_fail (WB_IS_DROP_TARGET (self));

  gtk_event_controller_set_propagation_phase (self->controller, enabled ? GTK_PHASE_BUBBLE : GTK_PHASE_NONE);
}

gboolean
wb_drop_target_get_active (WbDropTarget *self)
{
  g_return_val_if_fail (WB_IS_DROP_TARGET (self), FALSE);
  return self->active;
}
