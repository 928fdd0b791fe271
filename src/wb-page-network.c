/* wb-page-network.c: the page where a network is put together.
 *
 * The list shows the project's graph, and nothing else keeps it: every edit makes a changed copy, gives that to the
 * project, and the list follows the project's "network-changed", as it does when someone undoes. Rows are reused by
 * index, so that focus stays where it was.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-page-network.h"

#include <glib/gi18n.h>

#include "wb-choices.h"
#include "wb-inspector.h"
#include "wb-layer-row.h"
#include "wb-text.h"
#include "wb-totals.h"

struct _WbPageNetwork
{
  WbPage parent_instance;
  GtkWidget *flap, *list, *inspector, *kinds, *presets;
  GtkWidget *add, *up, *down, *delete;
  GtkWidget *running, *problem, *problem_text, *problem_mend;
  GtkWidget *totals;
  LatheGraphReport *report; /* of the graph that is shown */
  guint selected;
  gboolean refreshing;
  gboolean stale; /* the rows are those of another graph */
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

  return all > 0 ? (double) self->report->nodes[index].multiply_adds / all : 0;
}

static void
give (WbPageNetwork *self, LatheGraph *graph, guint selected)
{
  self->selected = selected;
  wb_project_set_graph (wb_page_get_project (WB_PAGE (self)), graph);
}

/* --- Edits --- */

static gboolean
can_edit_order (WbPageNetwork *self)
{
  return lathe_graph_is_chain (graph_of (self));
}

static void
insert_layer (WbPageNetwork *self, guint index, const LatheLayerKind *kind)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (graph_of (self));

  if (!can_edit_order (self))
    return;
  lathe_graph_insert (graph, index, kind);
  give (self, graph, index);
}

static void
remove_layer (WbPageNetwork *self, guint index)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (graph_of (self));

  if (index == 0 || !can_edit_order (self))
    return;
  lathe_graph_remove (graph, index);
  give (self, graph, MIN (index, lathe_graph_get_n_nodes (graph) - 1));
}

static void
move_layer (WbPageNetwork *self, guint from, guint to)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (graph_of (self));

  if (from == 0 || to == 0 || from == to || to >= lathe_graph_get_n_nodes (graph) || !can_edit_order (self))
    return;
  lathe_graph_move (graph, from, to);
  give (self, graph, to);
}

static void
adapt (WbPageNetwork *self, LatheGraph *graph)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  LatheDataset *dataset = wb_project_get_dataset (project);
  const LathePreprocess *preprocess = wb_project_get_preprocess (project);
  LatheShape input = LATHE_SHAPE_IMAGE (preprocess->height, preprocess->width, preprocess->channels);

  if (dataset != NULL)
    lathe_graph_adapt (graph, &input, lathe_dataset_get_n_classes (dataset));
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
  g_autoptr (LatheGraph) graph = lathe_graph_copy (graph_of (self));
  g_autoptr (GError) error = NULL;

  if (self->selected == 0 && wb_project_get_dataset (wb_page_get_project (WB_PAGE (self))) != NULL)
    {
      set_input (self, name, (guint) value);
      refresh (self);
      return;
    }
  if (lathe_graph_set (graph, lathe_graph_get_node (graph, self->selected), name, value, &error))
    {
      give (self, graph, self->selected);
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
  const LatheShape *output = &self->report->nodes[self->report->n_nodes - 1].output;

  if (dataset == NULL || output->rank == 0)
    return TRUE;
  *outputs = (guint) lathe_shape_size (output);
  *classes = lathe_dataset_get_n_classes (dataset);
  return *outputs == *classes || (*classes == 2 && *outputs == 1);
}

static void
show_problem (WbPageNetwork *self)
{
  g_autofree char *text = NULL;
  gboolean fits;
  guint outputs, classes;

  fits = fits_dataset (self, &outputs, &classes);
  if (self->report->error != NULL)
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
show_totals (WbPageNetwork *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  LatheDataset *dataset = wb_project_get_dataset (project);
  guint n_broken = self->report->error != NULL;
  g_autofree char *count = wb_text_short (self->report->parameters);
  g_autofree char *status = NULL;

  wb_totals_show (WB_TOTALS (self->totals), graph_of (self), self->report, wb_project_get_hyperparameters (project),
                  dataset ? lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN) : 0);
  for (guint i = 0; i < self->report->n_nodes; i++)
    n_broken += self->report->nodes[i].error != NULL;
  if (n_broken > 0)
    status = g_strdup_printf (ngettext ("%u problem", "%u problems", n_broken), n_broken);
  else
    status = g_strdup_printf (_ ("%s parameters"), count);
  wb_page_set_status (WB_PAGE (self), status);
}

static void
show_selected (WbPageNetwork *self)
{
  const LatheGraph *graph = graph_of (self);
  gboolean movable = self->selected > 0 && can_edit_order (self);

  wb_inspector_show (WB_INSPECTOR (self->inspector), lathe_graph_get_node (graph, self->selected),
                     &self->report->nodes[self->selected], share_of (self, self->selected));
  gtk_widget_set_sensitive (self->add, can_edit_order (self));
  gtk_widget_set_sensitive (self->delete, movable);
  gtk_widget_set_sensitive (self->up, movable && self->selected > 1);
  gtk_widget_set_sensitive (self->down, movable && self->selected + 1 < self->report->n_nodes);
}

/* A vector is wanted where an image comes: whether a Flatten layer in front makes it work is simply tried. */
static gboolean
flatten_mends (WbPageNetwork *self, guint index)
{
  const LatheLayerKind *flatten = lathe_layer_kind_find ("flatten");
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (LatheGraphReport) report = NULL;

  if (self->report->nodes[index].error == NULL || flatten == NULL || !can_edit_order (self))
    return FALSE;
  graph = lathe_graph_copy (graph_of (self));
  lathe_graph_insert (graph, index, flatten);
  report = lathe_graph_check (graph);
  return report->nodes[index].error == NULL && report->nodes[index + 1].error == NULL;
}

static void
on_row_mend (WbPageNetwork *self, WbLayerRow *row)
{
  insert_layer (self, (guint) gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row)), lathe_layer_kind_find ("flatten"));
}

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, WbPageNetwork *self)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
  int index = gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row));
  g_autoptr (GdkPaintable) paintable = NULL;

  if (index <= 0 || !can_edit_order (self))
    return NULL;
  paintable = gtk_widget_paintable_new (row);
  gtk_drag_source_set_icon (source, paintable, (int) x, (int) y);
  return gdk_content_provider_new_typed (G_TYPE_UINT, (guint) index);
}

static GtkWidget *
new_row (WbPageNetwork *self)
{
  GtkWidget *row = wb_layer_row_new ();
  GtkDragSource *drag = gtk_drag_source_new ();

  gtk_drag_source_set_actions (drag, GDK_ACTION_MOVE);
  g_signal_connect (drag, "prepare", G_CALLBACK (on_drag_prepare), self);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (drag));
  g_signal_connect_object (row, "mend", G_CALLBACK (on_row_mend), self, G_CONNECT_SWAPPED);
  return row;
}

static void
show_rows (WbPageNetwork *self)
{
  const LatheGraph *graph = graph_of (self);
  guint n = self->report->n_nodes, n_rows = 0;
  GtkListBox *list = GTK_LIST_BOX (self->list);

  while (gtk_list_box_get_row_at_index (list, (int) n_rows) != NULL)
    n_rows++;
  for (; n_rows > n; n_rows--)
    gtk_list_box_remove (list, GTK_WIDGET (gtk_list_box_get_row_at_index (list, (int) n_rows - 1)));
  for (; n_rows < n; n_rows++)
    gtk_list_box_append (list, new_row (self));
  for (guint i = 0; i < n; i++)
    {
      WbLayerRow *row = WB_LAYER_ROW (gtk_list_box_get_row_at_index (list, (int) i));

      wb_layer_row_show (row, lathe_graph_get_node (graph, i), &self->report->nodes[i], share_of (self, i));
      wb_layer_row_offer (row, flatten_mends (self, i) ? _ ("Add a Flatten Layer") : NULL);
    }
  gtk_list_box_select_row (list, gtk_list_box_get_row_at_index (list, (int) self->selected));
}

static void
show_layers (WbPageNetwork *self)
{
  self->stale = FALSE;
  self->selected = MIN (self->selected, self->report->n_nodes - 1);
  self->refreshing = TRUE;
  show_rows (self);
  self->refreshing = FALSE;
  show_selected (self);
}

/* The rows of a large network take longer than whoever is on another page should wait for. */
static void
refresh (WbPageNetwork *self)
{
  g_clear_pointer (&self->report, lathe_graph_report_free);
  self->report = lathe_graph_check (graph_of (self));
  if (self->report->n_nodes == 0)
    return;
  show_problem (self);
  show_totals (self);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    show_layers (self);
  else
    self->stale = TRUE;
}

static void
wb_page_network_map (GtkWidget *widget)
{
  WbPageNetwork *self = WB_PAGE_NETWORK (widget);

  GTK_WIDGET_CLASS (wb_page_network_parent_class)->map (widget);
  if (self->stale)
    show_layers (self);
}

static void
show_running (WbPageNetwork *self)
{
  WbRun *run = wb_project_get_run (wb_page_get_project (WB_PAGE (self)));

  gtk_revealer_set_reveal_child (GTK_REVEALER (self->running), wb_run_get_active (run));
  wb_totals_set_training (WB_TOTALS (self->totals), wb_run_get_active (run));
}

/* --- What the user does --- */

static void
on_row_selected (WbPageNetwork *self, GtkListBoxRow *row)
{
  if (self->refreshing || row == NULL)
    return;
  self->selected = (guint) gtk_list_box_row_get_index (row);
  show_selected (self);
}

static void
on_row_activated (WbPageNetwork *self)
{
  adw_flap_set_reveal_flap (ADW_FLAP (self->flap), TRUE);
}

static void
on_inspector_close (WbPageNetwork *self)
{
  adw_flap_set_reveal_flap (ADW_FLAP (self->flap), FALSE);
}

static void
on_kind_chosen (WbPageNetwork *self, const char *name)
{
  insert_layer (self, self->selected + 1, lathe_layer_kind_find (name));
}

static void
on_preset_chosen (WbPageNetwork *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_preset_load (name, &error);

  if (graph == NULL)
    {
      wb_page_toast (WB_PAGE (self), error->message);
      return;
    }
  adapt (self, graph);
  give (self, graph, MIN (1, lathe_graph_get_n_nodes (graph) - 1));
}

static void
on_problem_mend (WbPageNetwork *self)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (graph_of (self));

  adapt (self, graph);
  give (self, graph, self->selected);
}

static void
focus_selected (WbPageNetwork *self)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), (int) self->selected);

  if (row != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (row));
}

static void
remove_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbPageNetwork *self = WB_PAGE_NETWORK (widget);

  remove_layer (self, self->selected);
  focus_selected (self);
}

static void
move_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbPageNetwork *self = WB_PAGE_NETWORK (widget);
  int to = (int) self->selected + g_variant_get_int32 (parameter);

  if (to > 0)
    move_layer (self, self->selected, (guint) to);
  focus_selected (self);
}

static GtkListBoxRow *
row_under_drop (WbPageNetwork *self, double y)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_y (GTK_LIST_BOX (self->list), (int) y);

  return row != NULL && gtk_list_box_row_get_index (row) > 0 ? row : NULL;
}

static GdkDragAction
on_drop_motion (GtkDropTarget *target, double x, double y, WbPageNetwork *self)
{
  GtkListBoxRow *row = row_under_drop (self, y);

  if (row == NULL)
    {
      gtk_list_box_drag_unhighlight_row (GTK_LIST_BOX (self->list));
      return 0;
    }
  gtk_list_box_drag_highlight_row (GTK_LIST_BOX (self->list), row);
  return GDK_ACTION_MOVE;
}

static void
on_drop_leave (GtkDropTarget *target, WbPageNetwork *self)
{
  gtk_list_box_drag_unhighlight_row (GTK_LIST_BOX (self->list));
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, WbPageNetwork *self)
{
  GtkListBoxRow *row = row_under_drop (self, y);

  gtk_list_box_drag_unhighlight_row (GTK_LIST_BOX (self->list));
  if (row == NULL)
    return FALSE;
  move_layer (self, g_value_get_uint (value), (guint) gtk_list_box_row_get_index (row));
  return TRUE;
}

/* --- Life --- */

static const char *
group_title (LatheLayerGroup group)
{
  static const char *const titles[] = {
      [LATHE_LAYER_GROUP_INPUT] = N_ ("Input"),           [LATHE_LAYER_GROUP_CONVOLUTION] = N_ ("Convolution"),
      [LATHE_LAYER_GROUP_POOLING] = N_ ("Pooling"),       [LATHE_LAYER_GROUP_DENSE] = N_ ("Dense"),
      [LATHE_LAYER_GROUP_ACTIVATION] = N_ ("Activation"), [LATHE_LAYER_GROUP_REGULARISATION] = N_ ("Regularisation"),
      [LATHE_LAYER_GROUP_SHAPE] = N_ ("Shape"),           [LATHE_LAYER_GROUP_MERGE] = N_ ("Merge"),
  };

  return _ (titles[group]);
}

/* Group by group, as the list wants them. A layer with several inputs has no place in a chain. */
static void
fill_kinds (WbPageNetwork *self)
{
  guint n_kinds;
  const LatheLayerKind *const *kinds = lathe_layer_kinds (&n_kinds);

  for (LatheLayerGroup group = LATHE_LAYER_GROUP_CONVOLUTION; group <= LATHE_LAYER_GROUP_MERGE; group++)
    for (guint i = 0; i < n_kinds; i++)
      if (kinds[i]->group == group && kinds[i]->min_inputs == 1)
        wb_choices_add (WB_CHOICES (self->kinds), group_title (group), kinds[i]->name, _ (kinds[i]->title),
                        _ (kinds[i]->help));
}

static void
fill_presets (WbPageNetwork *self)
{
  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    wb_choices_add (WB_CHOICES (self->presets), NULL, *name, *name, lathe_preset_summary (*name));
}

static void
wb_page_network_attach (WbPage *page, WbProject *project)
{
  WbPageNetwork *self = WB_PAGE_NETWORK (page);

  g_signal_connect_object (project, "network-changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "split-changed", G_CALLBACK (show_totals), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (show_totals), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "hyperparameters-changed", G_CALLBACK (show_totals), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_run (project), "notify::active", G_CALLBACK (show_running), self,
                           G_CONNECT_SWAPPED);
  self->selected = 1;
  refresh (self);
  show_running (self);
}

static void
wb_page_network_dispose (GObject *object)
{
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
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, flap);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, list);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, inspector);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, kinds);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, presets);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, add);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, up);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, down);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, delete);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, running);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, problem);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, problem_text);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, problem_mend);
  gtk_widget_class_bind_template_child (widget_class, WbPageNetwork, totals);
  gtk_widget_class_bind_template_callback (widget_class, on_row_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_inspector_close);
  gtk_widget_class_bind_template_callback (widget_class, set_property);
  gtk_widget_class_bind_template_callback (widget_class, on_kind_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_preset_chosen);
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
  g_type_ensure (WB_TYPE_CHOICES);
  g_type_ensure (WB_TYPE_INSPECTOR);
  g_type_ensure (WB_TYPE_TOTALS);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "network.remove", NULL, remove_action);
  gtk_widget_class_install_action (widget_class, "network.move", "i", move_action);
}

static void
add_shortcut (WbPageNetwork *self, GtkEventController *controller, guint key, GdkModifierType modifiers,
              const char *action, GVariant *arguments)
{
  GtkShortcut *shortcut = gtk_shortcut_new (gtk_keyval_trigger_new (key, modifiers), gtk_named_action_new (action));

  gtk_shortcut_set_arguments (shortcut, arguments);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
}

/* The keys belong to the list alone: Delete in a number must delete a digit. */
static void
add_keys (WbPageNetwork *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  add_shortcut (self, keys, GDK_KEY_Delete, 0, "network.remove", NULL);
  add_shortcut (self, keys, GDK_KEY_KP_Delete, 0, "network.remove", NULL);
  add_shortcut (self, keys, GDK_KEY_Up, GDK_ALT_MASK, "network.move", g_variant_new_int32 (-1));
  add_shortcut (self, keys, GDK_KEY_Down, GDK_ALT_MASK, "network.move", g_variant_new_int32 (1));
  gtk_widget_add_controller (self->list, keys);
}

static void
add_drop (WbPageNetwork *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_UINT, GDK_ACTION_MOVE);

  g_signal_connect (drop, "motion", G_CALLBACK (on_drop_motion), self);
  g_signal_connect (drop, "leave", G_CALLBACK (on_drop_leave), self);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (self->list, GTK_EVENT_CONTROLLER (drop));
}

static void
wb_page_network_init (WbPageNetwork *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_bind_property (self->flap, "folded", self->inspector, "closable", G_BINDING_SYNC_CREATE);
  fill_kinds (self);
  fill_presets (self);
  add_keys (self);
  add_drop (self);
}
