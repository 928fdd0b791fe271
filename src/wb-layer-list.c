/* wb-layer-list.c: the layers of a network as a list, beside the canvas that draws them.
 *
 * It says in words what the canvas shows, for who works by keys or by ear. Rows are reused by index, so that focus
 * stays where it was.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-layer-list.h"

#include <glib/gi18n.h>

#include "wb-layer-row.h"

#define MOST_REMEDIES 8 /* that are worked out; the others follow once these are taken */

struct _WbLayerList
{
  AdwBin parent_instance;
  GtkListBox *list;
  WbCanvas *canvas;
  const LatheGraph *graph;        /* not owned */
  const LatheGraphReport *report; /* not owned */
  gboolean refreshing;
  gboolean stale; /* the rows are those of another graph */
};

enum
{
  PROP_0,
  PROP_CANVAS,
  N_PROPERTIES
};

enum
{
  ACTIVATED,
  MENDED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbLayerList, wb_layer_list, ADW_TYPE_BIN)

static GtkListBoxRow *
row_at (WbLayerList *self, guint index)
{
  return gtk_list_box_get_row_at_index (self->list, (int) index);
}

/* --- What is selected --- */

/* The row that has the focus; NULL when something else has it. */
static GtkWidget *
focused_row (WbLayerList *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->list))
             ? gtk_widget_get_ancestor (focus, GTK_TYPE_LIST_BOX_ROW)
             : NULL;
}

/* With the focus, when it was in the list. */
static void
show_selection (WbLayerList *self)
{
  int cursor = wb_canvas_get_cursor (self->canvas);
  GtkWidget *focus = focused_row (self);

  self->refreshing = TRUE;
  for (guint i = 0; i < self->report->n_nodes; i++)
    if (!wb_canvas_is_selected (self->canvas, i))
      gtk_list_box_unselect_row (self->list, row_at (self, i));
    else if (!gtk_list_box_row_is_selected (row_at (self, i)))
      gtk_list_box_select_row (self->list, row_at (self, i));
  self->refreshing = FALSE;
  if (focus != NULL && cursor >= 0 && focus != GTK_WIDGET (row_at (self, (guint) cursor)))
    gtk_widget_grab_focus (GTK_WIDGET (row_at (self, (guint) cursor)));
}

/* The row that has the focus is the cursor. */
static void
on_selected_rows_changed (WbLayerList *self)
{
  g_autoptr (GList) rows = NULL;
  g_autofree guint *nodes = NULL;
  GtkWidget *focus = focused_row (self);
  guint n = 0;

  if (self->refreshing || self->stale)
    return;
  rows = gtk_list_box_get_selected_rows (self->list);
  nodes = g_new (guint, g_list_length (rows) + 1);
  for (GList *l = rows; l != NULL; l = l->next)
    {
      nodes[n++] = (guint) gtk_list_box_row_get_index (l->data);
      if (l->data == focus && n > 1)
        {
          guint first = nodes[0];

          nodes[0] = nodes[n - 1];
          nodes[n - 1] = first;
        }
    }
  wb_canvas_select (self->canvas, nodes, n);
}

static void
on_row_activated (WbLayerList *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0);
}

/* --- What is wrong --- */

static GPtrArray *
advise (WbLayerList *self, guint index)
{
  return lathe_graph_advise (self->graph, self->report, index);
}

static void
on_row_mend (WbLayerList *self, WbLayerRow *row)
{
  g_autoptr (GPtrArray) ways = advise (self, (guint) gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row)));

  if (ways->len > 0)
    g_signal_emit (self, signals[MENDED], 0, ((LatheAdvice *) ways->pdata[0])->mended);
}

/* --- Moving a layer of a chain --- */

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, WbLayerList *self)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_y (self->list, (int) y);
  g_autoptr (GdkPaintable) paintable = NULL;

  if (row == NULL || gtk_list_box_row_get_index (row) == 0 || !lathe_graph_is_chain (self->graph))
    return NULL;
  paintable = gtk_widget_paintable_new (GTK_WIDGET (row));
  gtk_drag_source_set_icon (source, paintable, (int) x, 24);
  return gdk_content_provider_new_typed (G_TYPE_UINT, (guint) gtk_list_box_row_get_index (row));
}

static GtkListBoxRow *
row_under_drop (WbLayerList *self, double y)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_y (self->list, (int) y);

  return row != NULL && gtk_list_box_row_get_index (row) > 0 ? row : NULL;
}

static GdkDragAction
on_drop_motion (GtkDropTarget *target, double x, double y, WbLayerList *self)
{
  GtkListBoxRow *row = row_under_drop (self, y);

  if (row == NULL)
    {
      gtk_list_box_drag_unhighlight_row (self->list);
      return 0;
    }
  gtk_list_box_drag_highlight_row (self->list, row);
  return GDK_ACTION_MOVE;
}

static void
on_drop_leave (GtkDropTarget *target, WbLayerList *self)
{
  gtk_list_box_drag_unhighlight_row (self->list);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, WbLayerList *self)
{
  GtkListBoxRow *row = row_under_drop (self, y);
  guint from = g_value_get_uint (value);

  gtk_list_box_drag_unhighlight_row (self->list);
  if (row == NULL || from >= self->report->n_nodes)
    return FALSE;
  wb_canvas_select (self->canvas, &from, 1);
  return wb_canvas_move_in_chain (self->canvas, gtk_list_box_row_get_index (row) - (int) from);
}

static gboolean
on_move (GtkWidget *widget, GVariant *step, gpointer self)
{
  return wb_canvas_move_in_chain (((WbLayerList *) self)->canvas, g_variant_get_int32 (step));
}

/* --- Rows --- */

static GtkWidget *
new_row (WbLayerList *self)
{
  GtkWidget *row = wb_layer_row_new ();

  g_signal_connect_object (row, "mend", G_CALLBACK (on_row_mend), self, G_CONNECT_SWAPPED);
  return row;
}

static void
set_n_rows (WbLayerList *self, guint n)
{
  guint n_rows = 0;

  while (row_at (self, n_rows) != NULL)
    n_rows++;
  for (; n_rows > n; n_rows--)
    gtk_list_box_remove (self->list, GTK_WIDGET (row_at (self, n_rows - 1)));
  for (; n_rows < n; n_rows++)
    gtk_list_box_append (self->list, new_row (self));
}

static void
append_name (GString *names, const LatheNode *node)
{
  g_string_append_printf (names, names->len > 0 ? ", %s" : "%s", node->name);
}

/* (transfer full) A sentence for each layer about what it reads, and what reads it. */
static char **
describe_neighbours (WbLayerList *self)
{
  guint n = self->report->n_nodes;
  g_autoptr (GPtrArray) read = g_ptr_array_new (), readers = g_ptr_array_new ();
  char **texts = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (read, g_string_new (NULL));
      g_ptr_array_add (readers, g_string_new (NULL));
    }
  for (guint i = 0; i < n; i++)
    {
      const LatheNode *node = lathe_graph_get_node (self->graph, i);

      for (guint j = 0; j < node->inputs->len; j++)
        {
          append_name (read->pdata[i], node->inputs->pdata[j]);
          append_name (readers->pdata[((LatheNode *) node->inputs->pdata[j])->index], node);
        }
    }
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *inputs = g_string_free (read->pdata[i], FALSE),
                      *outputs = g_string_free (readers->pdata[i], FALSE);

      /* Translators: a layer's name; the names of the layers that it reads; of those that read it */
      texts[i] = g_strdup_printf (_ ("%s. Reads: %s. Read by: %s."), lathe_graph_get_node (self->graph, i)->name,
                                  *inputs != '\0' ? inputs : _ ("nothing"), *outputs != '\0' ? outputs : _ ("nothing"));
    }
  return texts;
}

static void
show_rows (WbLayerList *self)
{
  g_auto (GStrv) neighbours = describe_neighbours (self);
  guint n_remedies = 0;

  set_n_rows (self, self->report->n_nodes);
  for (guint i = 0; i < self->report->n_nodes; i++)
    {
      WbLayerRow *row = WB_LAYER_ROW (row_at (self, i));
      const LatheNodeReport *report = &self->report->nodes[i];
      guint64 all = self->report->multiply_adds;
      g_autoptr (GPtrArray) ways = NULL;

      wb_layer_row_show (row, lathe_graph_get_node (self->graph, i), report,
                         all > 0 ? (double) report->multiply_adds / (double) all : 0, neighbours[i]);
      if (report->error != NULL && n_remedies++ < MOST_REMEDIES)
        ways = advise (self, i);
      wb_layer_row_offer (row, ways != NULL && ways->len > 0 ? ((LatheAdvice *) ways->pdata[0])->button : NULL);
    }
}

/* The rows of a large network take longer than who does not see them should wait for. */
static void
refresh (WbLayerList *self)
{
  if (self->report == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (self->stale)
    {
      self->stale = FALSE;
      self->refreshing = TRUE;
      show_rows (self);
      self->refreshing = FALSE;
    }
  show_selection (self);
}

void
wb_layer_list_show (WbLayerList *self, const LatheGraph *graph, const LatheGraphReport *report)
{
  g_return_if_fail (WB_IS_LAYER_LIST (self));

  self->graph = graph;
  self->report = report;
  self->stale = TRUE;
}

static void
wb_layer_list_map (GtkWidget *widget)
{
  WbLayerList *self = WB_LAYER_LIST (widget);

  GTK_WIDGET_CLASS (wb_layer_list_parent_class)->map (widget);
  refresh (self);
}

/* --- Life --- */

static void
add_keys (WbLayerList *self)
{
  static const struct
  {
    guint key;
    int step;
  } keys[] = {{GDK_KEY_Up, -1}, {GDK_KEY_Down, 1}};
  GtkEventController *controller = gtk_shortcut_controller_new ();

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      GtkShortcut *shortcut = gtk_shortcut_new (gtk_keyval_trigger_new (keys[i].key, GDK_ALT_MASK),
                                                gtk_callback_action_new (on_move, self, NULL));

      gtk_shortcut_set_arguments (shortcut, g_variant_new_int32 (keys[i].step));
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
    }
  gtk_widget_add_controller (GTK_WIDGET (self->list), controller);
  wb_canvas_lend_keys (self->canvas, GTK_WIDGET (self->list));
}

static void
add_drag_and_drop (WbLayerList *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_UINT, GDK_ACTION_MOVE);
  GtkDragSource *drag = gtk_drag_source_new ();

  gtk_drag_source_set_actions (drag, GDK_ACTION_MOVE);
  g_signal_connect (drag, "prepare", G_CALLBACK (on_drag_prepare), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (drop, "motion", G_CALLBACK (on_drop_motion), self);
  g_signal_connect (drop, "leave", G_CALLBACK (on_drop_leave), self);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list), GTK_EVENT_CONTROLLER (drop));
}

static void
wb_layer_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CANVAS)
    g_value_set_object (value, WB_LAYER_LIST (object)->canvas);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* Set once, by the template that holds both. */
static void
set_canvas (WbLayerList *self, WbCanvas *canvas)
{
  g_return_if_fail (self->canvas == NULL && canvas != NULL);

  self->canvas = g_object_ref (canvas);
  g_signal_connect_object (canvas, "selection-changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  add_keys (self);
  add_drag_and_drop (self);
}

static void
wb_layer_list_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CANVAS)
    set_canvas (WB_LAYER_LIST (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_layer_list_dispose (GObject *object)
{
  WbLayerList *self = WB_LAYER_LIST (object);

  self->refreshing = TRUE; /* rows that go are not a choice */
  g_clear_object (&self->canvas);
  G_OBJECT_CLASS (wb_layer_list_parent_class)->dispose (object);
}

static void
wb_layer_list_class_init (WbLayerListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = wb_layer_list_get_property;
  object_class->set_property = wb_layer_list_set_property;
  object_class->dispose = wb_layer_list_dispose;
  GTK_WIDGET_CLASS (klass)->map = wb_layer_list_map;
  properties[PROP_CANVAS] =
      g_param_spec_object ("canvas", NULL, NULL, WB_TYPE_CANVAS, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  signals[ACTIVATED] =
      g_signal_new ("activated", WB_TYPE_LAYER_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[MENDED] = g_signal_new ("mended", WB_TYPE_LAYER_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_POINTER);
}

static void
wb_layer_list_init (WbLayerList *self)
{
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_MULTIPLE);
  gtk_list_box_set_activate_on_single_click (self->list, FALSE); /* a click selects its row alone */
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "layers");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Layers"), -1);
  g_signal_connect_swapped (self->list, "selected-rows-changed", G_CALLBACK (on_selected_rows_changed), self);
  g_signal_connect_swapped (self->list, "row-activated", G_CALLBACK (on_row_activated), self);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->list));
}
