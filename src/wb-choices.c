/* wb-choices.c: a popover with things to choose from, each with a sentence about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-choices.h"

struct _WbChoices
{
  GtkPopover parent_instance;
  WbChoiceList *list;
};

static guint chosen_signal;

G_DEFINE_TYPE (WbChoices, wb_choices, GTK_TYPE_POPOVER)

/* The listener may need to know that it was chosen from here, and not closed without a choice. */
static void
on_chosen (WbChoices *self, const char *id)
{
  g_signal_emit (self, chosen_signal, 0, id);
  gtk_popover_popdown (GTK_POPOVER (self));
}

static void
wb_choices_show (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_choices_parent_class)->show (widget);
  wb_choice_list_begin (WB_CHOICES (widget)->list, "");
}

static void
wb_choices_class_init (WbChoicesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->show = wb_choices_show;
  g_type_ensure (WB_TYPE_CHOICE_LIST);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-choices.ui");
  gtk_widget_class_bind_template_child (widget_class, WbChoices, list);
  gtk_widget_class_bind_template_callback (widget_class, on_chosen);
  gtk_widget_class_bind_template_callback (widget_class, gtk_popover_popdown);
  chosen_signal =
      g_signal_new ("chosen", WB_TYPE_CHOICES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_choices_init (WbChoices *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

WbChoiceList *
wb_choices_get_list (WbChoices *self)
{
  g_return_val_if_fail (WB_IS_CHOICES (self), NULL);

  return self->list;
}

void
wb_choices_popup_at (WbChoices *self, const GdkRectangle *place, const char *typed)
{
  g_return_if_fail (WB_IS_CHOICES (self));

  gtk_popover_set_pointing_to (GTK_POPOVER (self), place);
  gtk_popover_popup (GTK_POPOVER (self));
  wb_choice_list_begin (self->list, typed);
}
