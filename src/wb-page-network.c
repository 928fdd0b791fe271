/* wb-page-network.c: the page where a network is put together.
 *
 * Canvas and list show the project's graph, and nothing else keeps it: every edit makes a changed copy, gives that to
 * the project, and both follow the project's "network-changed", as they do when someone undoes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-page-network.h"

#include <glib/gi18n.h>

#include "wb-block-actions.h"
#include "wb-canvas.h"
#include "wb-choices.h"
#include "wb-drop-target.h"
#include "wb-formulas.h"
#include "wb-inspector.h"
#include "wb-layer-list.h"
#include "wb-learned.h"
#include "wb-overview.h"
#include "wb-recent.h"
#include "wb-search-button.h"
#include "wb-soon.h"
#include "wb-start-from.h"
#include "wb-text.h"
#include "wb-totals.h"

struct _WbPageNetwork
{
  WbPage parent_instance;
  GtkWidget *pane, *flap, *list, *palette, *canvas, *properties, *inspector, *no_properties, *chooser, *start_from,
      *hint;
  GtkWidget *running, *problem, *problem_text, *problem_mend;
  GtkWidget *learned, *totals, *search;
  LatheGraphReport *report; /* of the graph that is shown */
  WbSoon refreshing, showing_selected, showing_totals;
};

G_DEFINE_TYPE (WbPageNetwork, wb_page_network, WB_TYPE_PAGE)

static const LatheGraph *
graph_of (WbPageNetwork *self)
{
  return wb_project_get_graph (wb_page_get_project (WB_PAGE (self)));
}

static double
share_of (WbPageNetwork *self, guint index)
{
  guint64 all = self->report->multiply_adds;

  return all > 0 ? (double) self->report->nodes[index].multiply_adds / (double) all : 0;
}

static void
give (WbPageNetwork *self, const LatheGraph *graph)
{
  wb_project_set_graph (wb_page_get_project (WB_PAGE (self)), graph);
}

/* --- Edits --- */

static void
on_edited (WbPageNetwork *self, const LatheGraph *graph)
{
  give (self, graph);
}

static void
on_refused (WbPageNetwork *self, const char *reason)
{
  wb_page_toast (WB_PAGE (self), reason);
}

/* The input's size is also the size that images are brought to. */
static void
set_input (WbPageNetwork *self, const char *name, guint value)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  LathePreprocess preprocess = *wb_project_get_preprocess (project);

  if (g_str_equal (name, "height"))
    preprocess.height = value;
  else if (g_str_equal (name, "width"))
    preprocess.width = value;
  else
    preprocess.channels = value >= 2 ? 3 : 1;
  for (guint i = 1; i < 3; i++)
    if (preprocess.deviation[i] == 0)
      {
        preprocess.mean[i] = preprocess.mean[0];
        preprocess.deviation[i] = preprocess.deviation[0];
      }
  wb_project_set_preprocess (project, &preprocess);
}

static void refresh (WbPageNetwork *self);

static void
set_property (WbPageNetwork *self, const char *name, double value)
{
  int cursor = wb_canvas_get_cursor (WB_CANVAS (self->canvas));
  g_autoptr (LatheGraph) graph = lathe_graph_copy (graph_of (self));
  g_autoptr (GError) error = NULL;
  LatheNode *node;

  if (cursor < 0)
    return;
  node = lathe_graph_get_node (graph, (guint) cursor);
  if (node->kind->max_inputs == 0 && wb_project_get_dataset (wb_page_get_project (WB_PAGE (self))) != NULL)
    {
      set_input (self, name, (guint) value);
      refresh (self);
      return;
    }
  if (lathe_graph_set (graph, node, name, value, &error))
    {
      give (self, graph);
      return;
    }
  wb_page_toast (WB_PAGE (self), error->message);
  refresh (self);
}

/* --- What is shown --- */

static gboolean
fits_dataset (WbPageNetwork *self, guint *outputs, guint *classes)
{
  LatheDataset *dataset = wb_project_get_dataset (wb_page_get_project (WB_PAGE (self)));
  const LatheShape *output;

  if (dataset == NULL || self->report->output < 0)
    return TRUE;
  output = &self->report->nodes[self->report->output].output;
  if (output->rank == 0)
    return TRUE;
  *outputs = (guint) lathe_shape_size (output);
  *classes = lathe_dataset_get_n_classes (dataset);
  return *outputs == *classes || (*classes == 2 && *outputs == 1);
}

/* Layers that are broken say so themselves; the network as a whole when they all work. */
static guint
count_broken (WbPageNetwork *self)
{
  guint n_broken = 0;

  for (guint i = 0; i < self->report->n_nodes; i++)
    n_broken += self->report->nodes[i].error != NULL;
  return n_broken;
}

static void
show_problem (WbPageNetwork *self)
{
  g_autofree char *text = NULL;
  gboolean fits;
  guint outputs, classes;

  fits = fits_dataset (self, &outputs, &classes);
  if (self->report->error != NULL && count_broken (self) == 0)
    text = g_strdup (self->report->error->message);
  else if (!fits)
    /* Translators: two numbers, of outputs and of classes */
    text = g_strdup_printf (_ ("The network ends in %u numbers, but the dataset has %u classes."), outputs, classes);
  gtk_widget_set_visible (self->problem, text != NULL);
  gtk_widget_set_visible (self->problem_mend, !fits);
  if (text != NULL)
    gtk_label_set_text (GTK_LABEL (self->problem_text), text);
}

static void
show_totals (gpointer data)
{
  WbPageNetwork *self = data;
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  LatheDataset *dataset = wb_project_get_dataset (project);

  if (self->refreshing.asked) /* which asks for this again */
    return;
  wb_totals_show (WB_TOTALS (self->totals), graph_of (self), self->report, wb_project_get_hyperparameters (project),
                  dataset ? lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN) : 0);
}

static void
show_totals_soon (WbPageNetwork *self)
{
  wb_soon_ask (&self->showing_totals);
}

static void
show_status (WbPageNetwork *self)
{
  guint n_broken = MAX (count_broken (self), self->report->error != NULL);
  g_autofree char *count = wb_text_short (self->report->parameters);
  g_autofree char *status = NULL;

  if (n_broken > 0)
    status = g_strdup_printf (ngettext ("%u problem", "%u problems", n_broken), n_broken);
  else
    status = g_strdup_printf (_ ("%s parameters"), count);
  wb_page_set_status (WB_PAGE (self), status);
}

/* Of a layer that could go on with what it learned, whether it does. Nothing of one that the canvas has still to let
 * go of. */
static void
show_learned (WbPageNetwork *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  int cursor = wb_canvas_get_cursor (WB_CANVAS (self->canvas));
  g_autoptr (LatheInheritance) inheritance = wb_project_get_inheritance (project);
  const char *layer;
  gboolean kept;

  if (cursor < 0 || (guint) cursor >= lathe_graph_get_n_nodes (graph_of (self)))
    return;
  layer = lathe_graph_get_node (graph_of (self), (guint) cursor)->name;
  kept = inheritance && lathe_inheritance_has (inheritance, layer);
  wb_inspector_show_learned (WB_INSPECTOR (self->inspector),
                             wb_project_get_goes_on (project) && (kept || wb_project_get_fresh (project, layer)), kept);
}

static void
show_selected (gpointer data)
{
  WbPageNetwork *self = data;
  int cursor = wb_canvas_get_cursor (WB_CANVAS (self->canvas));

  if (self->refreshing.asked) /* which asks for this again */
    return;
  gtk_stack_set_visible_child (GTK_STACK (self->properties), cursor >= 0 ? self->inspector : self->no_properties);
  if (cursor < 0)
    return;
  wb_inspector_show (WB_INSPECTOR (self->inspector), lathe_graph_get_node (graph_of (self), (guint) cursor),
                     &self->report->nodes[cursor], share_of (self, (guint) cursor));
  wb_inspector_show_formula (WB_INSPECTOR (self->inspector), graph_of (self), self->report, (guint) cursor);
  show_learned (self);
}

static void
on_selection_changed (WbPageNetwork *self)
{
  wb_soon_ask (&self->showing_selected);
}

static void
on_kept (WbPageNetwork *self, gboolean kept)
{
  int cursor = wb_canvas_get_cursor (WB_CANVAS (self->canvas));

  if (cursor >= 0)
    wb_project_set_fresh (wb_page_get_project (WB_PAGE (self)),
                          lathe_graph_get_node (graph_of (self), (guint) cursor)->name, !kept);
}

/* The list is told first, and follows when the canvas has it too; the old report goes last. */
static void
refresh (WbPageNetwork *self)
{
  g_autoptr (LatheGraphReport) before = g_steal_pointer (&self->report);

  self->report = lathe_graph_check (graph_of (self));
  wb_layer_list_show (WB_LAYER_LIST (self->list), graph_of (self), self->report);
  wb_canvas_show (WB_CANVAS (self->canvas), graph_of (self), self->report);
  gtk_widget_set_visible (self->hint, self->report->n_nodes <= 1);
  show_problem (self);
  show_status (self);
  show_totals_soon (self);
}

static void
do_refresh (gpointer self)
{
  refresh (self);
}

/* Nobody waits for what is not in sight. */
static void
on_network_changed (WbPageNetwork *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    refresh (self);
  else
    wb_soon_ask (&self->refreshing);
}

static void
show_running (WbPageNetwork *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  gboolean training = wb_run_get_active (wb_project_get_run (project));

  gtk_revealer_set_reveal_child (GTK_REVEALER (self->running), training);
  wb_totals_set_training (WB_TOTALS (self->totals),
                          training || wb_study_get_active (WB_STUDY (wb_project_get_search (project))));
}

/* --- What the user does --- */

static void
on_activated (WbPageNetwork *self)
{
  adw_flap_set_reveal_flap (ADW_FLAP (self->flap), TRUE);
  gtk_widget_child_focus (self->inspector, GTK_DIR_TAB_FORWARD);
}

static void
on_inspector_close (WbPageNetwork *self)
{
  adw_flap_set_reveal_flap (ADW_FLAP (self->flap), FALSE);
}

static void
on_choose (WbPageNetwork *self, const GdkRectangle *place, const char *typed)
{
  wb_part_fill_list (wb_choices_get_list (WB_CHOICES (self->chooser)));
  wb_choices_popup_at (WB_CHOICES (self->chooser), place, typed);
}

static void
on_chooser_closed (WbPageNetwork *self)
{
  wb_canvas_forget_place (WB_CANVAS (self->canvas));
  gtk_widget_grab_focus (self->canvas);
}

static void
on_part_chosen (WbPageNetwork *self, const char *id)
{
  WbPart part;

  if (wb_part_find (id, &part))
    wb_canvas_add (WB_CANVAS (self->canvas), &part);
}

static void
on_taken (WbPageNetwork *self, const char *message)
{
  wb_canvas_show_beginning (WB_CANVAS (self->canvas));
  gtk_widget_grab_focus (self->canvas);
  if (message != NULL)
    wb_page_toast_undo (WB_PAGE (self), message);
}

/* A network or a model is for the canvas; all else goes to whoever opens what is dropped on the window. */
static void
on_files_dropped (WbPageNetwork *self, GListModel *files)
{
  for (guint i = 0; files != NULL && i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      const char *path = g_file_peek_path (file);

      if (path != NULL && wb_start_from_can_open (path))
        wb_start_from_open (WB_START_FROM (self->start_from), path);
      else if (path != NULL)
        gtk_widget_activate_action (GTK_WIDGET (self), "win.open-recent", "^ay", path);
    }
}

/* The button has no room in a narrow window. */
static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_search_button_open (WB_SEARCH_BUTTON (WB_PAGE_NETWORK (widget)->search));
}

static void
formulas_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_formulas_present (widget, graph_of (WB_PAGE_NETWORK (widget)));
}

static void
on_problem_mend (WbPageNetwork *self)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (graph_of (self));

  wb_project_adapt (wb_page_get_project (WB_PAGE (self)), graph);
  give (self, graph);
}

/* --- Life --- */

static void
wb_page_network_attach (WbPage *page, WbProject *project)
{
  WbPageNetwork *self = WB_PAGE_NETWORK (page);

  g_signal_connect_object (project, "network-changed", G_CALLBACK (on_network_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_network_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "split-changed", G_CALLBACK (show_totals_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (show_totals_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "hyperparameters-changed", G_CALLBACK (show_totals_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_run (project), "notify::active", G_CALLBACK (show_running), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_search (project), "notify::active", G_CALLBACK (show_running), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "model-changed", G_CALLBACK (show_learned), self, G_CONNECT_SWAPPED);
  wb_beginning_bar_set_project (WB_BEGINNING_BAR (self->learned), project);
  wb_start_from_set_project (WB_START_FROM (self->start_from), project);
  wb_search_button_set_project (WB_SEARCH_BUTTON (self->search), project);
  refresh (self);
  if (self->report->n_nodes > 1)
    wb_canvas_select (WB_CANVAS (self->canvas), &(guint){1}, 1);
  show_running (self);
}

static void
wb_page_network_map (GtkWidget *widget)
{
  WbPageNetwork *self = WB_PAGE_NETWORK (widget);

  if (self->refreshing.asked)
    {
      wb_soon_clear (&self->refreshing);
      refresh (self);
    }
  GTK_WIDGET_CLASS (wb_page_network_parent_class)->map (widget);
}

static void
wb_page_network_dispose (GObject *object)
{
  wb_soon_clear (&WB_PAGE_NETWORK (object)->refreshing);
  wb_soon_clear (&WB_PAGE_NETWORK (object)->showing_selected);
  wb_soon_clear (&WB_PAGE_NETWORK (object)->showing_totals);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (wb_page_network_parent_class)->dispose (object);
}

static void
wb_page_network_finalize (GObject *object)
{
  g_clear_pointer (&WB_PAGE_NETWORK (object)->report, lathe_graph_report_free);
  G_OBJECT_CLASS (wb_page_network_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-page-network.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, pane);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, flap);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, list);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, palette);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, canvas);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, properties);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, inspector);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, no_properties);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, chooser);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, start_from);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, hint);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, running);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, problem);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, problem_text);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, problem_mend);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, totals);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, learned);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, search);
  gtk_widget_class_bind_template_callback (widget_class, on_kept);
  gtk_widget_class_bind_template_callback (widget_class, on_edited);
  gtk_widget_class_bind_template_callback (widget_class, on_refused);
  gtk_widget_class_bind_template_callback (widget_class, on_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_choose);
  gtk_widget_class_bind_template_callback (widget_class, on_chooser_closed);
  gtk_widget_class_bind_template_callback (widget_class, on_selection_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_inspector_close);
  gtk_widget_class_bind_template_callback (widget_class, set_property);
  gtk_widget_class_bind_template_callback (widget_class, on_taken);
  gtk_widget_class_bind_template_callback (widget_class, on_part_chosen);
  gtk_widget_class_bind_template_callback (widget_class, wb_part_fill_list);
  gtk_widget_class_bind_template_callback (widget_class, on_problem_mend);
}

static void
wb_page_network_class_init (WbPageNetworkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wb_page_network_dispose;
  object_class->finalize = wb_page_network_finalize;
  widget_class->map = wb_page_network_map;
  WB_PAGE_CLASS (klass)->attach = wb_page_network_attach;
  gtk_widget_class_install_action (widget_class, "network.formulas", NULL, formulas_action);
  gtk_widget_class_install_action (widget_class, "network.search", NULL, search_action);
  g_type_ensure (WB_TYPE_CANVAS);
  g_type_ensure (WB_TYPE_CHOICES);
  g_type_ensure (WB_TYPE_INSPECTOR);
  g_type_ensure (WB_TYPE_LAYER_LIST);
  g_type_ensure (WB_TYPE_OVERVIEW);
  g_type_ensure (WB_TYPE_LEARNED);
  g_type_ensure (WB_TYPE_START_FROM);
  g_type_ensure (WB_TYPE_SEARCH_BUTTON);
  g_type_ensure (WB_TYPE_TOTALS);
  bind_template (widget_class);
}

static void
wb_page_network_init (WbPageNetwork *self)
{
  wb_soon_init (&self->refreshing, do_refresh, self);
  wb_soon_init (&self->showing_selected, show_selected, self);
  wb_soon_init (&self->showing_totals, show_totals, self);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_bind_property (self->flap, "folded", self->inspector, "closable", G_BINDING_SYNC_CREATE);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "canvas", wb_canvas_get_actions (WB_CANVAS (self->canvas)));
  if (wb_settings_get ()) /* another window keeps its own */
    g_settings_bind (wb_settings_get (), "network-flow", self->canvas, "flow",
                     G_SETTINGS_BIND_DEFAULT | G_SETTINGS_BIND_GET_NO_CHANGES);
  gtk_widget_set_parent (self->chooser, self->canvas);
  g_signal_connect_object (wb_drop_target_attach (self->canvas), "drop", G_CALLBACK (on_files_dropped), self,
                           G_CONNECT_SWAPPED);
  wb_block_actions_add (GTK_WIDGET (self), WB_CANVAS (self->canvas));
}
