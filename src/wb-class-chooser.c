/* wb-class-chooser.c: a popover that asks for a class: one that there is, or a new one.
 *
 * What is typed narrows the list. Enter takes the class of this name, or else the first that is left, or else makes a
 * new one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-class-chooser.h"

#include <glib/gi18n.h>
#include <string.h>

struct _WbClassChooser
{
  GtkPopover parent_instance;

  GtkEditable *entry;
  GtkWidget *scrolled, *create;
  GtkStringList *classes;
  GtkStringFilter *filter;
  GListModel *left; /* those that have in their name what is typed */
};

static guint chosen_signal;

G_DEFINE_FINAL_TYPE (WbClassChooser, wb_class_chooser, GTK_TYPE_POPOVER)

/* (transfer full): without the blanks around it, and composed as names of classes are */
static char *
get_typed (WbClassChooser *self)
{
  return g_strstrip (g_utf8_normalize (gtk_editable_get_text (self->entry), -1, G_NORMALIZE_NFC));
}

static gboolean
is_class (WbClassChooser *self, const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->classes)); i++)
    if (strcmp (gtk_string_list_get_string (self->classes, i), name) == 0)
      return TRUE;
  return FALSE;
}

static void
choose (WbClassChooser *self, const char *name)
{
  g_autofree char *copy = g_strdup (name);

  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, chosen_signal, 0, copy);
}

static void
choose_left (WbClassChooser *self, guint position)
{
  g_autoptr (GtkStringObject) name = g_list_model_get_item (self->left, position);

  choose (self, gtk_string_object_get_string (name));
}

static void
on_typed (WbClassChooser *self)
{
  g_autofree char *typed = get_typed (self);
  /* Translators: a button that makes a class of this name */
  g_autofree char *label = g_strdup_printf (_ ("New Class “%s”"), typed);

  gtk_string_filter_set_search (self->filter, typed);
  gtk_button_set_label (GTK_BUTTON (self->create), *typed ? label : _ ("New Class"));
  gtk_widget_set_sensitive (self->create, *typed && !is_class (self, typed));
}

static void
on_create (WbClassChooser *self)
{
  g_autofree char *typed = get_typed (self);

  choose (self, typed);
}

static void
on_enter (WbClassChooser *self)
{
  g_autofree char *typed = get_typed (self);

  if (!*typed)
    return;
  if (is_class (self, typed) || g_list_model_get_n_items (self->left) == 0)
    choose (self, typed);
  else
    choose_left (self, 0);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, NULL));
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_label_set_label (GTK_LABEL (gtk_list_item_get_child (item)),
                       gtk_string_object_get_string (gtk_list_item_get_item (item)));
}

static void
wb_class_chooser_show (GtkWidget *widget)
{
  WbClassChooser *self = WB_CLASS_CHOOSER (widget);

  gtk_editable_set_text (self->entry, "");
  on_typed (self);
  GTK_WIDGET_CLASS (wb_class_chooser_parent_class)->show (widget);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

static void
wb_class_chooser_class_init (WbClassChooserClass *klass)
{
  GTK_WIDGET_CLASS (klass)->show = wb_class_chooser_show;
  chosen_signal = g_signal_new ("chosen", WB_TYPE_CLASS_CHOOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                G_TYPE_STRING);
}

static GtkWidget *
make_list (WbClassChooser *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkFilterListModel *left;
  GtkWidget *list;

  self->classes = gtk_string_list_new (NULL);
  self->filter = gtk_string_filter_new (gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string"));
  left = gtk_filter_list_model_new (G_LIST_MODEL (self->classes), GTK_FILTER (self->filter));
  self->left = G_LIST_MODEL (left);
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  list = gtk_list_view_new (GTK_SELECTION_MODEL (gtk_no_selection_new (self->left)), factory);
  gtk_list_view_set_single_click_activate (GTK_LIST_VIEW (list), TRUE);
  gtk_widget_add_css_class (list, "navigation-sidebar");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Classes"), -1);
  g_signal_connect_object (list, "activate", G_CALLBACK (choose_left), self, G_CONNECT_SWAPPED);
  return list;
}

static void
wb_class_chooser_init (WbClassChooser *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->entry = g_object_new (GTK_TYPE_ENTRY, "placeholder-text", _ ("Class"), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Class"), -1);
  g_signal_connect_object (self->entry, "changed", G_CALLBACK (on_typed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (on_enter), self, G_CONNECT_SWAPPED);
  self->scrolled = g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", make_list (self), "hscrollbar-policy",
                                 GTK_POLICY_NEVER, "propagate-natural-height", TRUE, "min-content-height", 60,
                                 "max-content-height", 300, "width-request", 220, NULL);
  self->create = gtk_button_new_with_label ("");
  gtk_label_set_ellipsize (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (self->create))), PANGO_ELLIPSIZE_END);
  g_signal_connect_object (self->create, "clicked", G_CALLBACK (on_create), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->entry));
  gtk_box_append (GTK_BOX (box), self->scrolled);
  gtk_box_append (GTK_BOX (box), self->create);
  gtk_popover_set_child (GTK_POPOVER (self), box);
}

GtkWidget *
wb_class_chooser_new (void)
{
  return g_object_new (WB_TYPE_CLASS_CHOOSER, NULL);
}

void
wb_class_chooser_set_classes (WbClassChooser *self, const char *const *classes)
{
  g_return_if_fail (WB_IS_CLASS_CHOOSER (self));

  gtk_string_list_splice (self->classes, 0, g_list_model_get_n_items (G_LIST_MODEL (self->classes)), classes);
  gtk_widget_set_visible (self->scrolled, classes != NULL);
}
