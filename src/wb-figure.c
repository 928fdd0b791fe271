/* wb-figure.c: something drawn that can be copied as numbers and saved as a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-figure.h"

#include <glib/gi18n.h>
#include <math.h>

typedef struct
{
  GtkWidget *menu_button;
  GMenu *menu;
  int n_added; /* sections at the head of it */
  char *title, *description;
  double x, y; /* of the pointer; no number while it is elsewhere */
  gboolean compact;
} WbFigurePrivate;

enum
{
  PROP_TITLE = 1,
  PROP_COMPACT,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (WbFigure, wb_figure, GTK_TYPE_WIDGET)

static WbFigurePrivate *
get_private (gpointer figure)
{
  return wb_figure_get_instance_private (WB_FIGURE (figure));
}

/* --- Drawing --- */

static void
wb_figure_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  WbChartStyle style;

  wb_chart_style_of_widget (&style, widget);
  WB_FIGURE_GET_CLASS (widget)->draw (WB_FIGURE (widget), &style, cr, width, height, FALSE);
  cairo_destroy (cr);

  if (gtk_widget_has_visible_focus (widget))
    gtk_snapshot_render_focus (snapshot, gtk_widget_get_style_context (widget), 0, 0, width, height);
  gtk_widget_snapshot_child (widget, get_private (widget)->menu_button, snapshot);
}

static void
wb_figure_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                   int *minimum_baseline, int *natural_baseline)
{
  gboolean compact = get_private (widget)->compact;

  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : compact ? 96 : 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : compact ? 96 : 240;
}

static void
wb_figure_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *button = get_private (widget)->menu_button;
  GtkRequisition size;

  gtk_widget_get_preferred_size (button, &size, NULL);
  gtk_widget_size_allocate (button, &(GtkAllocation){width - size.width, 0, size.width, size.height}, -1);
}

/* --- Acting --- */

static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autofree char *csv = WB_FIGURE_GET_CLASS (widget)->to_csv (WB_FIGURE (widget));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), csv);
}

static void
save_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_figure_save (WB_FIGURE (widget), g_variant_get_int32 (parameter));
}

static void
menu_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_menu_button_popup (GTK_MENU_BUTTON (get_private (widget)->menu_button));
}

static void
on_right_click (WbFigure *self)
{
  WbFigurePrivate *private = get_private (self);

  gtk_menu_button_popup (GTK_MENU_BUTTON (private->menu_button));
}

/* The popup of a menu is some forty widgets, and most charts are never asked for theirs. */
static void
fill_menu (GtkMenuButton *button, gpointer menu)
{
  if (!gtk_menu_button_get_menu_model (button))
    gtk_menu_button_set_menu_model (button, menu);
}

static void
add_menu (WbFigure *self)
{
  WbFigurePrivate *private = get_private (self);
  static const char *const labels[] = {N_ ("Save as PNG…"), N_ ("Save as SVG…"), N_ ("Save as PDF…"),
                                       N_ ("Save as CSV…")};
  g_autoptr (GMenu) copy = g_menu_new ();
  g_autoptr (GMenu) save = g_menu_new ();

  private->menu = g_menu_new ();
  g_menu_append (copy, _ ("Copy Values"), "chart.copy");
  g_menu_append_section (private->menu, NULL, G_MENU_MODEL (copy));
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      g_autofree char *action = g_strdup_printf ("chart.save(%u)", i);

      g_menu_append (save, _ (labels[i]), action);
    }
  g_menu_append_section (private->menu, NULL, G_MENU_MODEL (save));

  private->menu_button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (private->menu_button), "view-more-symbolic");
  gtk_menu_button_set_create_popup_func (GTK_MENU_BUTTON (private->menu_button), fill_menu, private->menu, NULL);
  gtk_widget_add_css_class (private->menu_button, "flat");
  gtk_widget_set_tooltip_text (private->menu_button, _ ("Copy or save this chart"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (private->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Chart menu"), -1);
  gtk_widget_set_parent (private->menu_button, GTK_WIDGET (self));
}

/* GTK tells again where the pointer rests whenever something is laid out: what keys point at stays. */
static void
on_motion (WbFigure *self, double x, double y)
{
  WbFigurePrivate *private = get_private (self);

  if (x == private->x && y == private->y)
    return;
  private->x = x;
  private->y = y;
  WB_FIGURE_GET_CLASS (self)->point (self, x, y);
}

static void
on_leave (WbFigure *self)
{
  get_private (self)->x = NAN;
  WB_FIGURE_GET_CLASS (self)->point (self, NAN, NAN);
}

static gboolean
on_key (WbFigure *self, guint key, guint code, GdkModifierType modifiers)
{
  if (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK))
    return GDK_EVENT_PROPAGATE;
  return WB_FIGURE_GET_CLASS (self)->key (self, key) ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
}

static void
add_controllers (WbFigure *self)
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

/* --- Life --- */

const char *
wb_figure_get_title (WbFigure *self)
{
  g_return_val_if_fail (WB_IS_FIGURE (self), NULL);

  return get_private (self)->title;
}

void
wb_figure_add_to_menu (WbFigure *self, GMenuModel *section)
{
  WbFigurePrivate *private;

  g_return_if_fail (WB_IS_FIGURE (self));

  private = get_private (self);
  g_menu_insert_section (private->menu, private->n_added++, NULL, section);
}

void
wb_figure_describe (WbFigure *self, const char *text)
{
  WbFigurePrivate *private;

  g_return_if_fail (WB_IS_FIGURE (self));

  private = get_private (self);
  if (g_strcmp0 (text, private->description) == 0)
    return;
  g_free (private->description);
  private->description = g_strdup (text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
set_title (WbFigure *self, const char *title)
{
  WbFigurePrivate *private = get_private (self);
  g_autofree char *label = g_strdup_printf (_ ("%s chart"), title);

  g_free (private->title);
  private->title = g_strdup (title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_figure_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_TITLE)
    g_value_set_string (value, get_private (object)->title);
  else if (property_id == PROP_COMPACT)
    g_value_set_boolean (value, get_private (object)->compact);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
wb_figure_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_TITLE)
    set_title (WB_FIGURE (object), g_value_get_string (value));
  else if (property_id == PROP_COMPACT)
    get_private (object)->compact = g_value_get_boolean (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
wb_figure_dispose (GObject *object)
{
  g_clear_pointer (&get_private (object)->menu_button, gtk_widget_unparent);
  g_clear_object (&get_private (object)->menu);
  G_OBJECT_CLASS (wb_figure_parent_class)->dispose (object);
}

static void
wb_figure_finalize (GObject *object)
{
  g_free (get_private (object)->title);
  g_free (get_private (object)->description);
  G_OBJECT_CLASS (wb_figure_parent_class)->finalize (object);
}

static void
wb_figure_class_init (WbFigureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wb_figure_dispose;
  object_class->finalize = wb_figure_finalize;
  object_class->get_property = wb_figure_get_property;
  object_class->set_property = wb_figure_set_property;
  widget_class->snapshot = wb_figure_snapshot;
  widget_class->measure = wb_figure_measure;
  widget_class->size_allocate = wb_figure_size_allocate;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_COMPACT] =
      g_param_spec_boolean ("compact", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  g_signal_new ("failed", WB_TYPE_FIGURE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_css_name (widget_class, "chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_install_action (widget_class, "chart.copy", NULL, copy_action);
  gtk_widget_class_install_action (widget_class, "chart.save", "i", save_action);
  gtk_widget_class_install_action (widget_class, "chart.menu", NULL, menu_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "chart.menu", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "chart.menu", NULL);
}

static void
wb_figure_init (WbFigure *self)
{
  WbFigurePrivate *private = get_private (self);

  private->title = g_strdup ("");
  private->x = NAN;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  add_menu (self);
  add_controllers (self);
}
