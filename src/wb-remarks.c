/* wb-remarks.c: what the course of a training shows, and what helps, as a letter.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-remarks.h"

#include <glib/gi18n.h>

struct _WbRemarks
{
  AdwBin parent_instance;

  GtkWidget *letter;
};

G_DEFINE_FINAL_TYPE (WbRemarks, wb_remarks, ADW_TYPE_BIN)

static GtkWidget *
make_text (const char *text, const char *style)
{
  GtkWidget *label =
      g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0, "wrap", TRUE, "selectable", TRUE, NULL);

  gtk_widget_add_css_class (label, style);
  return label;
}

void
wb_remarks_show (WbRemarks *self, const GPtrArray *remarks)
{
  GtkWidget *child;

  g_return_if_fail (WB_IS_REMARKS (self));

  while ((child = gtk_widget_get_first_child (self->letter)) != NULL)
    gtk_box_remove (GTK_BOX (self->letter), child);
  for (guint i = 0; i < remarks->len; i++)
    {
      const LatheRemark *remark = remarks->pdata[i];
      GtkWidget *paragraph = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

      gtk_box_append (GTK_BOX (paragraph), make_text (remark->seen, "tabular"));
      gtk_box_append (GTK_BOX (paragraph), make_text (remark->help, "dim-label"));
      gtk_box_append (GTK_BOX (self->letter), paragraph);
    }
  gtk_widget_set_visible (GTK_WIDGET (self), remarks->len > 0);
}

static void
wb_remarks_class_init (WbRemarksClass *klass)
{
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
wb_remarks_init (WbRemarks *self)
{
  self->letter = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  adw_bin_set_child (ADW_BIN (self), self->letter);
  gtk_widget_add_css_class (GTK_WIDGET (self), "letter");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("What the Training Shows"),
                                  -1);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
