/* wb-advice.c: a sentence about what was set, and a button that sets what would be better.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-advice.h"

struct _WbAdvice
{
  GtkWidget parent_instance;
  GtkWidget *box, *text, *button;
};

static guint taken_signal;

G_DEFINE_FINAL_TYPE (WbAdvice, wb_advice, GTK_TYPE_WIDGET)

void
wb_advice_show (WbAdvice *self, const char *text, const char *button)
{
  g_return_if_fail (WB_IS_ADVICE (self));

  gtk_label_set_text (GTK_LABEL (self->text), text != NULL ? text : "");
  gtk_button_set_label (GTK_BUTTON (self->button), button != NULL ? button : "");
  gtk_widget_set_visible (self->button, button != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), text != NULL);
}

static void
on_clicked (WbAdvice *self)
{
  g_signal_emit (self, taken_signal, 0);
}

static void
wb_advice_dispose (GObject *object)
{
  g_clear_pointer (&WB_ADVICE (object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS (wb_advice_parent_class)->dispose (object);
}

static void
wb_advice_class_init (WbAdviceClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_advice_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "advice");
  taken_signal = g_signal_new ("taken", WB_TYPE_ADVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_advice_init (WbAdvice *self)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *icon =
      g_object_new (GTK_TYPE_IMAGE, "icon-name", "dialog-warning-symbolic", "valign", GTK_ALIGN_START, NULL);

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->text = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR, "hexpand",
                             TRUE, NULL);
  self->button = g_object_new (GTK_TYPE_BUTTON, "halign", GTK_ALIGN_END, NULL);
  gtk_widget_add_css_class (self->text, "caption");
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (line), icon);
  gtk_box_append (GTK_BOX (line), self->text);
  gtk_box_append (GTK_BOX (self->box), line);
  gtk_box_append (GTK_BOX (self->box), self->button);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
wb_advice_new (void)
{
  return g_object_new (WB_TYPE_ADVICE, NULL);
}
