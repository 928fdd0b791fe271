/* wb-switcher.c: the pages of a stack side by side, each with its name and where it stands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-switcher.h"

struct _WbSwitcher
{
  GtkWidget parent_instance;

  AdwViewStack *stack;
};

G_DEFINE_FINAL_TYPE (WbSwitcher, wb_switcher, GTK_TYPE_WIDGET)

enum
{
  PROP_STACK = 1,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static void
on_toggled (GtkToggleButton *button, AdwViewStackPage *page)
{
  WbSwitcher *self = WB_SWITCHER (gtk_widget_get_ancestor (GTK_WIDGET (button), WB_TYPE_SWITCHER));

  if (gtk_toggle_button_get_active (button))
    adw_view_stack_set_visible_child (self->stack, adw_view_stack_page_get_child (page));
}

static void
on_visible_child (WbSwitcher *self)
{
  GtkWidget *visible = adw_view_stack_get_visible_child (self->stack);
  GtkWidget *button = gtk_widget_get_first_child (GTK_WIDGET (self));

  for (; button; button = gtk_widget_get_next_sibling (button))
    if (g_object_get_data (G_OBJECT (button), "page") == visible)
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), TRUE);
}

static void
on_status (GtkLabel *label)
{
  const char *status = gtk_label_get_label (label);
  GtkWidget *button = gtk_widget_get_ancestor (GTK_WIDGET (label), GTK_TYPE_TOGGLE_BUTTON);

  gtk_widget_set_visible (GTK_WIDGET (label), *status != '\0');
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, status, -1);
}

static GtkWidget *
make_button (AdwViewStackPage *page)
{
  GtkWidget *child = adw_view_stack_page_get_child (page);
  GtkWidget *button = g_object_new (GTK_TYPE_TOGGLE_BUTTON, "accessible-role", GTK_ACCESSIBLE_ROLE_TAB, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *name = gtk_label_new (adw_view_stack_page_get_title (page));
  GtkWidget *status =
      g_object_new (GTK_TYPE_LABEL, "ellipsize", PANGO_ELLIPSIZE_END, "width-chars", 13, "visible", FALSE, NULL);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (name, "page-name");
  gtk_widget_add_css_class (status, "page-status");
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), status);
  gtk_button_set_child (GTK_BUTTON (button), box);
  g_object_set_data (G_OBJECT (button), "page", child);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  adw_view_stack_page_get_title (page), -1);

  g_signal_connect (button, "toggled", G_CALLBACK (on_toggled), page);
  g_signal_connect (status, "notify::label", G_CALLBACK (on_status), NULL);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (child), "status"))
    g_object_bind_property (child, "status", status, "label", G_BINDING_SYNC_CREATE);
  return button;
}

void
wb_switcher_set_stack (WbSwitcher *self, AdwViewStack *stack)
{
  g_autoptr (GtkSelectionModel) pages = NULL;
  GtkWidget *group = NULL;

  g_return_if_fail (WB_IS_SWITCHER (self));
  g_return_if_fail (ADW_IS_VIEW_STACK (stack));
  g_return_if_fail (!self->stack);

  self->stack = g_object_ref (stack);
  pages = adw_view_stack_get_pages (stack);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (pages)); i++)
    {
      g_autoptr (AdwViewStackPage) page = g_list_model_get_item (G_LIST_MODEL (pages), i);
      GtkWidget *button = make_button (page);

      if (group)
        gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), GTK_TOGGLE_BUTTON (group));
      else
        group = button;
      gtk_widget_set_parent (button, GTK_WIDGET (self));
    }
  g_signal_connect_object (stack, "notify::visible-child", G_CALLBACK (on_visible_child), self, G_CONNECT_SWAPPED);
  on_visible_child (self);
}

static void
wb_switcher_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  WbSwitcher *self = WB_SWITCHER (object);

  switch (property_id)
    {
    case PROP_STACK:
      g_value_set_object (value, self->stack);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
wb_switcher_dispose (GObject *object)
{
  WbSwitcher *self = WB_SWITCHER (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))))
    gtk_widget_unparent (child);
  g_clear_object (&self->stack);
  G_OBJECT_CLASS (wb_switcher_parent_class)->dispose (object);
}

static void
wb_switcher_class_init (WbSwitcherClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wb_switcher_dispose;
  object_class->get_property = wb_switcher_get_property;

  properties[PROP_STACK] =
      g_param_spec_object ("stack", NULL, NULL, ADW_TYPE_VIEW_STACK, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  gtk_widget_class_set_css_name (widget_class, "switcher");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TAB_LIST);
}

static void
wb_switcher_init (WbSwitcher *self)
{
  GtkBoxLayout *layout = GTK_BOX_LAYOUT (gtk_widget_get_layout_manager (GTK_WIDGET (self)));

  gtk_box_layout_set_homogeneous (layout, TRUE);
  gtk_box_layout_set_spacing (layout, 3);
}
