/* wb-layer-row.c: a layer in the list of the network page.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-layer-row.h"

#include <glib/gi18n.h>

#include "wb-text.h"

struct _WbLayerRow
{
  AdwBin parent_instance;
  GtkWidget *title, *summary, *shape, *parameters, *share, *problem, *error, *mend;
  char *neighbours, *part; /* told when the pointer rests: to set a tooltip asks the display where that is */
};

static guint mend_signal;

G_DEFINE_TYPE (WbLayerRow, wb_layer_row, ADW_TYPE_BIN)

static void
on_mend_clicked (WbLayerRow *self)
{
  g_signal_emit (self, mend_signal, 0);
}

static gboolean
wb_layer_row_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  gtk_tooltip_set_text (tooltip, WB_LAYER_ROW (widget)->neighbours);
  return WB_LAYER_ROW (widget)->neighbours != NULL;
}

static gboolean
on_query_share (GtkWidget *share, int x, int y, gboolean keyboard, GtkTooltip *tooltip, WbLayerRow *self)
{
  gtk_tooltip_set_text (tooltip, self->part);
  return self->part != NULL;
}

static void
wb_layer_row_finalize (GObject *object)
{
  g_free (WB_LAYER_ROW (object)->neighbours);
  g_free (WB_LAYER_ROW (object)->part);
  G_OBJECT_CLASS (wb_layer_row_parent_class)->finalize (object);
}

static void
wb_layer_row_class_init (WbLayerRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_layer_row_finalize;
  widget_class->query_tooltip = wb_layer_row_query_tooltip;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-layer-row.ui");
  gtk_widget_class_bind_template_child (widget_class, WbLayerRow, title);
  gtk_widget_class_bind_template_child (widget_class, WbLayerRow, summary);
  gtk_widget_class_bind_template_child (widget_class, WbLayerRow, shape);
  gtk_widget_class_bind_template_child (widget_class, WbLayerRow, parameters);
  gtk_widget_class_bind_template_child (widget_class, WbLayerRow, share);
  gtk_widget_class_bind_template_child (widget_class, WbLayerRow, problem);
  gtk_widget_class_bind_template_child (widget_class, WbLayerRow, error);
  gtk_widget_class_bind_template_child (widget_class, WbLayerRow, mend);
  gtk_widget_class_bind_template_callback (widget_class, on_mend_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_query_share);
  gtk_widget_class_set_css_name (widget_class, "layer");
  mend_signal = g_signal_new ("mend", WB_TYPE_LAYER_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_layer_row_init (WbLayerRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
wb_layer_row_new (void)
{
  return g_object_new (WB_TYPE_LAYER_ROW, NULL);
}

static void
show_error (WbLayerRow *self, const GError *error)
{
  g_autofree char *text = error != NULL ? wb_text_sentence (error->message) : g_strdup ("");

  gtk_widget_set_visible (self->problem, error != NULL);
  gtk_label_set_text (GTK_LABEL (self->error), text);
  if (error != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "broken");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "broken");
}

static void
show_share (WbLayerRow *self, double share)
{
  g_autofree char *percent = wb_text_percent (share);

  g_free (self->part);
  self->part = g_strdup_printf (_ ("%s of the multiply-adds"), percent);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->share), CLAMP (share, 0, 1));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->share), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, self->part, -1);
}

/* "896 parameters"; nothing for a layer that has none to learn. */
static char *
count_parameters (const LatheNodeReport *report)
{
  g_autofree char *count = wb_text_count (report->parameters);

  if (report->parameters == 0)
    return g_strdup ("");
  return g_strdup_printf (ngettext ("%s parameter", "%s parameters", report->parameters), count);
}

void
wb_layer_row_show (WbLayerRow *self, const LatheNode *node, const LatheNodeReport *report, double share,
                   const char *neighbours)
{
  g_autofree char *summary = node->kind->summary != NULL ? node->kind->summary (&node->properties) : NULL;
  g_autofree char *shape = report->output.rank > 0 ? wb_text_shape (&report->output) : g_strdup ("–");
  g_autofree char *parameters = count_parameters (report);
  g_autofree char *label = NULL, *description = NULL;

  g_return_if_fail (WB_IS_LAYER_ROW (self));

  gtk_label_set_text (GTK_LABEL (self->title), _ (node->kind->title));
  gtk_label_set_text (GTK_LABEL (self->summary), summary);
  /* The input has nothing to say but its shape, which is shown at the right. */
  gtk_widget_set_visible (self->summary,
                          summary != NULL && *summary != '\0' && node->kind->group != LATHE_LAYER_GROUP_INPUT);
  gtk_label_set_text (GTK_LABEL (self->shape), shape);
  gtk_label_set_text (GTK_LABEL (self->parameters), parameters);
  gtk_widget_set_visible (self->parameters, *parameters != '\0');
  show_error (self, report->error);
  show_share (self, share);
  label = g_strjoin (", ", _ (node->kind->title), summary != NULL ? summary : "", shape, parameters, NULL);
  description = g_strjoin (" ", report->error != NULL ? report->error->message : "", neighbours, NULL);
  g_free (self->neighbours);
  self->neighbours = g_strdup (neighbours);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (GTK_WIDGET (self))),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, label, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  g_strstrip (description), -1);
}

void
wb_layer_row_offer (WbLayerRow *self, const char *remedy)
{
  g_return_if_fail (WB_IS_LAYER_ROW (self));

  gtk_widget_set_visible (self->mend, remedy != NULL);
  if (remedy != NULL)
    gtk_button_set_label (GTK_BUTTON (self->mend), remedy);
}
