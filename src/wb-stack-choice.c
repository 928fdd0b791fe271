/* wb-stack-choice.c: which page of a stack is shown: a row of buttons, or a list where there is no room for one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-stack-choice.h"

struct _WbStackChoice
{
  AdwBin parent_instance;
  GtkStack *stack;
  GtkWidget *list;
};

G_DEFINE_FINAL_TYPE (WbStackChoice, wb_stack_choice, ADW_TYPE_BIN)

static void
on_chosen (WbStackChoice *self)
{
  GtkStackPage *page = gtk_drop_down_get_selected_item (GTK_DROP_DOWN (self->list));

  if (page)
    gtk_stack_set_visible_child (self->stack, gtk_stack_page_get_child (page));
}

static void
on_shown (WbStackChoice *self)
{
  GListModel *pages = gtk_drop_down_get_model (GTK_DROP_DOWN (self->list));

  for (guint i = 0; i < g_list_model_get_n_items (pages); i++)
    {
      g_autoptr (GObject) page = g_list_model_get_item (pages, i);

      if (gtk_stack_page_get_child (GTK_STACK_PAGE (page)) == gtk_stack_get_visible_child (self->stack))
        gtk_drop_down_set_selected (GTK_DROP_DOWN (self->list), i);
    }
}

static void
wb_stack_choice_dispose (GObject *object)
{
  g_clear_object (&WB_STACK_CHOICE (object)->stack);
  G_OBJECT_CLASS (wb_stack_choice_parent_class)->dispose (object);
}

static void
wb_stack_choice_class_init (WbStackChoiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_stack_choice_dispose;
}

static void
wb_stack_choice_init (WbStackChoice *self)
{
}

GtkWidget *
wb_stack_choice_new (GtkStack *stack, const char *label)
{
  WbStackChoice *self = g_object_new (WB_TYPE_STACK_CHOICE, NULL);
  GtkWidget *buttons = g_object_new (GTK_TYPE_STACK_SWITCHER, "stack", stack, "halign", GTK_ALIGN_CENTER, NULL);
  AdwSqueezer *squeezer = ADW_SQUEEZER (adw_squeezer_new ());

  self->stack = g_object_ref (stack);
  self->list = gtk_drop_down_new (G_LIST_MODEL (gtk_stack_get_pages (stack)),
                                  gtk_property_expression_new (GTK_TYPE_STACK_PAGE, NULL, "title"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_add_css_class (buttons, "views");
  adw_squeezer_add (squeezer, buttons);
  adw_squeezer_add (squeezer, self->list);
  adw_squeezer_set_homogeneous (squeezer, FALSE);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (squeezer));
  g_signal_connect_object (self->list, "notify::selected", G_CALLBACK (on_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (stack, "notify::visible-child", G_CALLBACK (on_shown), self, G_CONNECT_SWAPPED);
  on_shown (self);
  return GTK_WIDGET (self);
}
