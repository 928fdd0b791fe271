/* wb-formulas.c: what every layer of a network computes, in a window of its own.
 *
 * A row is made when it comes into sight. All of them together are written on a thread, as a network may have
 * thousands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-formulas.h"

#include <glib/gi18n.h>

#include "wb-formula.h"
#include "wb-thread.h"
#include "wb-toast.h"

struct _WbFormulas
{
  AdwWindow parent_instance;
  GtkListView *list;
  AdwToastOverlay *toasts;
  LatheGraph *graph;
  LatheGraphReport *report;
};

G_DEFINE_TYPE (WbFormulas, wb_formulas, ADW_TYPE_WINDOW)

/* “3 · Max-pooling 2D · max-pool-1”. (transfer full) */
static char *
title_of (const LatheGraph *graph, guint node)
{
  const LatheNode *layer = lathe_graph_get_node (graph, node);

  return g_strdup_printf ("%u · %s · %s", node + 1, _ (layer->kind->title), layer->name);
}

/* --- Rows --- */

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *formula =
      g_object_new (WB_TYPE_FORMULA, "margin-top", 12, "margin-bottom", 12, "margin-start", 12, "margin-end", 12, NULL);

  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, formula);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbFormulas *self)
{
  guint node = gtk_list_item_get_position (item);
  g_autofree char *title = title_of (self->graph, node);

  wb_formula_show (WB_FORMULA (gtk_list_item_get_child (item)), title, self->graph, self->report, node);
}

static void
fill (WbFormulas *self)
{
  GtkStringList *names = gtk_string_list_new (NULL);

  for (guint i = 0; i < lathe_graph_get_n_nodes (self->graph); i++)
    gtk_string_list_append (names, lathe_graph_get_node (self->graph, i)->name);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (names))));
}

/* --- Copying --- */

typedef struct
{
  LatheGraph *graph;
  gboolean latex;
} Writing;

static void
writing_free (gpointer data)
{
  Writing *writing = data;

  lathe_graph_free (writing->graph);
  g_free (writing);
}

static gpointer
write_all (gpointer data, GCancellable *cancellable, GError **error)
{
  const Writing *writing = data;
  g_autoptr (LatheGraphReport) report = lathe_graph_check (writing->graph);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < report->n_nodes; i++)
    {
      g_autofree char *title = title_of (writing->graph, i);
      g_autofree char *formula = writing->latex ? lathe_graph_formula_latex (writing->graph, report, i)
                                                : lathe_graph_formula (writing->graph, report, i);

      if (writing->latex)
        g_string_append_printf (text, "%s%% %s\n\\[\n%s\n\\]\n", i > 0 ? "\n" : "", title, formula);
      else
        g_string_append_printf (text, "%s%s\n%s\n", i > 0 ? "\n" : "", title, formula);
    }
  return g_string_free (text, FALSE);
}

static void
on_written (GObject *owner, gpointer result, const GError *error, gpointer user_data)
{
  WbFormulas *self = WB_FORMULAS (owner);
  g_autofree char *text = result;

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  adw_toast_overlay_add_toast (
      self->toasts, wb_toast_new (_ ("The formulas are on the clipboard"), gtk_widget_get_width (GTK_WIDGET (self))));
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *latex)
{
  WbFormulas *self = WB_FORMULAS (widget);
  Writing *writing = g_new0 (Writing, 1);

  writing->graph = lathe_graph_ref (self->graph);
  writing->latex = g_variant_get_boolean (latex);
  wb_thread_call (G_OBJECT (self), write_all, writing, writing_free, g_free, NULL, on_written, NULL);
}

/* --- Life --- */

void
wb_formulas_present (GtkWidget *parent, const LatheGraph *graph)
{
  WbFormulas *self;

  g_return_if_fail (GTK_IS_WIDGET (parent));

  self = g_object_new (WB_TYPE_FORMULAS, "transient-for", gtk_widget_get_root (parent), NULL);
  self->graph = lathe_graph_ref (graph);
  self->report = lathe_graph_check (self->graph);
  fill (self);
  gtk_window_present (GTK_WINDOW (self));
}

static void
wb_formulas_finalize (GObject *object)
{
  WbFormulas *self = WB_FORMULAS (object);

  g_clear_pointer (&self->report, lathe_graph_report_free);
  g_clear_pointer (&self->graph, lathe_graph_free);
  G_OBJECT_CLASS (wb_formulas_parent_class)->finalize (object);
}

static void
wb_formulas_class_init (WbFormulasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_formulas_finalize;
  gtk_widget_class_install_action (widget_class, "formulas.copy", "b", copy_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-formulas.ui");
  gtk_widget_class_bind_template_child (widget_class, WbFormulas, list);
  gtk_widget_class_bind_template_child (widget_class, WbFormulas, toasts);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
}

static void
wb_formulas_init (WbFormulas *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
