/* wb-fact-row.c: a fact in a list: what it is, and what it is worth, which can be copied.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-fact-row.h"

struct _WbFactRow
{
  AdwPreferencesRow parent_instance;
  GtkWidget *value;
};

G_DEFINE_TYPE (WbFactRow, wb_fact_row, ADW_TYPE_PREFERENCES_ROW)

static void
wb_fact_row_class_init (WbFactRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-fact-row.ui");
  gtk_widget_class_bind_template_child (widget_class, WbFactRow, value);
}

static void
wb_fact_row_init (WbFactRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
wb_fact_row_set_value (WbFactRow *self, const char *value)
{
  g_return_if_fail (WB_IS_FACT_ROW (self));

  gtk_label_set_text (GTK_LABEL (self->value), value);
}
