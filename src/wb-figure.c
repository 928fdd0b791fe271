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
  char *title, *description;
} WbFigurePrivate;

enum
{
  PROP_TITLE = 1,
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
  WB_FIGURE_GET_CLASS (widget)->draw (WB_FIGURE (widget), &style, cr, width, height, FALSE);
  cairo_destroy (cr);

  if (gtk_widget_has_visible_focus (widget))
    gtk_snapshot_render_focus (snapshot, context, 0, 0, width, height);
  gtk_widget_snapshot_child (widget, get_private (widget)->menu_button, snapshot);
}

static void
wb_figure_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                   int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 240;
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

static void
add_menu (WbFigure *self)
{
  WbFigurePrivate *private = get_private (self);
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

  private->menu_button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (private->menu_button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (private->menu_button), G_MENU_MODEL (menu));
  gtk_widget_add_css_class (private->menu_button, "flat");
  gtk_widget_set_tooltip_text (private->menu_button, _ ("Copy or save this chart"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (private->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Chart menu"), -1);
  gtk_widget_set_parent (private->menu_button, GTK_WIDGET (self));
}

static void
on_motion (WbFigure *self, double x, double y)
{
  WB_FIGURE_GET_CLASS (self)->point (self, x, y);
}

static void
on_leave (WbFigure *self)
{
  WB_FIGURE_GET_CLASS (self)->point (self, NAN, NAN);
}

static gboolean
on_key (WbFigure *self, guint key, guint code, GdkModifierType modifiers)
{
  if (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK))
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
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
wb_figure_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_TITLE)
    set_title (WB_FIGURE (object), g_value_get_string (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
wb_figure_dispose (GObject *object)
{
  g_clear_pointer (&get_private (object)->menu_button, gtk_widget_unparent);
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
  get_private (self)->title = g_strdup ("");
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  add_menu (self);
  add_controllers (self);
}
