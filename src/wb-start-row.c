/* wb-start-row.c: a network to begin with: its name, a sentence, a drawing, and what it costs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-start-row.h"

#include <glib/gi18n.h>

#include "wb-miniature-view.h"
#include "wb-text.h"

struct _WbStartRow
{
  GtkListBoxRow parent_instance;
  GtkWidget *title, *text, *miniature, *figures, *paper;
  const LathePaper *from; /* NULL: no paper */
  char *group;
};

G_DEFINE_FINAL_TYPE (WbStartRow, wb_start_row, GTK_TYPE_LIST_BOX_ROW)

/* --- A network --- */

WbCandidate *
wb_candidate_new (LatheGraph *graph)
{
  WbCandidate *candidate = g_new0 (WbCandidate, 1);
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (GError) error = NULL;

  candidate->graph = graph;
  candidate->parameters = report->parameters;
  candidate->multiply_adds = report->multiply_adds;
  if (!lathe_graph_report_propagate (report, graph, &error))
    candidate->problem = g_strdup (error->message);
  candidate->miniature = wb_miniature_new (graph, report);
  return candidate;
}

void
wb_candidate_free (WbCandidate *candidate)
{
  lathe_graph_free (candidate->graph);
  g_free (candidate->problem);
  wb_miniature_unref (candidate->miniature);
  g_free (candidate);
}

/* --- Its row --- */

/* What is read aloud is what is seen, and where it was published. */
static void
describe (WbStartRow *self)
{
  const char *figures = gtk_label_get_text (GTK_LABEL (self->figures));
  g_autofree char *description =
      g_strconcat (gtk_label_get_text (GTK_LABEL (self->text)), *figures ? " " : "", figures, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  gtk_label_get_text (GTK_LABEL (self->title)), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description, -1);
}

static void
on_paper_clicked (WbStartRow *self)
{
  gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->from->url, GDK_CURRENT_TIME);
}

static void
wb_start_row_finalize (GObject *object)
{
  g_free (WB_START_ROW (object)->group);
  G_OBJECT_CLASS (wb_start_row_parent_class)->finalize (object);
}

static void
wb_start_row_class_init (WbStartRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_start_row_finalize;
  g_type_ensure (WB_TYPE_MINIATURE_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-start-row.ui");
  gtk_widget_class_bind_template_child (widget_class, WbStartRow, title);
  gtk_widget_class_bind_template_child (widget_class, WbStartRow, text);
  gtk_widget_class_bind_template_child (widget_class, WbStartRow, miniature);
  gtk_widget_class_bind_template_child (widget_class, WbStartRow, figures);
  gtk_widget_class_bind_template_child (widget_class, WbStartRow, paper);
  gtk_widget_class_bind_template_callback (widget_class, on_paper_clicked);
}

static void
wb_start_row_init (WbStartRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
wb_start_row_new (const char *group, const char *title, const char *text)
{
  WbStartRow *self = g_object_new (WB_TYPE_START_ROW, NULL);

  self->group = g_strdup (group);
  wb_start_row_set_title (self, title);
  wb_start_row_set_text (self, text);
  return GTK_WIDGET (self);
}

const char *
wb_start_row_get_group (WbStartRow *self)
{
  g_return_val_if_fail (WB_IS_START_ROW (self), NULL);

  return self->group;
}

void
wb_start_row_set_title (WbStartRow *self, const char *title)
{
  g_return_if_fail (WB_IS_START_ROW (self));

  gtk_label_set_text (GTK_LABEL (self->title), title);
  describe (self);
}

void
wb_start_row_set_text (WbStartRow *self, const char *text)
{
  g_return_if_fail (WB_IS_START_ROW (self));

  gtk_label_set_text (GTK_LABEL (self->text), text);
  describe (self);
}

void
wb_start_row_set_paper (WbStartRow *self, const LathePaper *paper)
{
  g_autofree char *name = NULL;

  g_return_if_fail (WB_IS_START_ROW (self));

  self->from = paper;
  gtk_widget_set_visible (self->paper, paper != NULL);
  if (!paper)
    return;
  name = g_strdup_printf ("%s: %s (%u)", paper->authors, paper->title, paper->year);
  gtk_widget_set_tooltip_text (self->paper, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->paper), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, name, -1);
}

void
wb_start_row_show (WbStartRow *self, const WbCandidate *candidate)
{
  g_autofree char *parameters = wb_text_short (candidate->parameters), *adds = wb_text_short (candidate->multiply_adds);
  g_autofree char *figures = NULL;

  g_return_if_fail (WB_IS_START_ROW (self));

  /* Translators: two numbers, such as 1.2 M */
  figures = candidate->problem ? g_strdup_printf (_ ("Not for these images: %s"), candidate->problem)
                               : g_strdup_printf (_ ("%s parameters · %s multiply-adds an image"), parameters, adds);
  gtk_label_set_text (GTK_LABEL (self->figures), figures);
  gtk_widget_set_visible (self->figures, TRUE);
  gtk_widget_set_visible (self->miniature, TRUE);
  wb_miniature_view_show (WB_MINIATURE_VIEW (self->miniature), candidate->miniature);
  describe (self);
}
