/* wb-layer-list.c: the layers of a network as a list, beside the canvas that draws them.
 *
 * It says in words what the canvas shows, for who works by keys or by ear. A place is a layer's by its index, and stays
 * when that becomes another, so that the focus stays where it was; there are widgets for what is seen, and some more.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-layer-list.h"

#include <glib/gi18n.h>

#include "wb-image-selection.h"
#include "wb-layer-row.h"
#include "wb-places.h"
#include "wb-refill.h"
#include "wb-soon.h"

#define MOST_REMEDIES 8 /* that are worked out; the others follow once these are taken */
#define MOST_ROWS 205   /* that the view has widgets for */
#define AT_A_TIME 4     /* rows that are made */

struct _WbLayerList
{
  AdwBin parent_instance;
  GtkListView *view;
  WbPlaces *places;
  GtkSelectionModel *selection;
  WbRefill *rows;
  WbCanvas *canvas;
  LatheGraph *graph;
  const LatheGraphReport *report; /* not owned */
  GPtrArray *readers;             /* (element-type GPtrArray (nullable)) of LatheNode: who reads each layer */
  gboolean refreshing;
  gboolean stale; /* the rows are those of another graph */
  WbSoon refreshing_soon;
  WbSoon focusing; /* on a row that the view has still to make, … */
  guint wanted;    /* … of this layer */
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

/* --- What is selected --- */

/* The row that has the focus, or that is around what has it; NULL when something else has it. */
static GtkListItem *
focused_row (WbLayerList *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  return wb_refill_find_around (self->rows, root != NULL ? gtk_root_get_focus (root) : NULL);
}

static gboolean
grab_focus (WbLayerList *self, guint layer)
{
  GtkListItem *row = wb_refill_find (self->rows, layer);

  return row != NULL && gtk_widget_grab_focus (gtk_widget_get_parent (gtk_list_item_get_child (row)));
}

static void
focus_wanted (gpointer self)
{
  grab_focus (self, ((WbLayerList *) self)->wanted);
}

/* With the focus, when it was in the list. */
static void
show_selection (WbLayerList *self)
{
  int cursor = wb_canvas_get_cursor (self->canvas);
  GtkListItem *focused = focused_row (self);
  g_autoptr (GtkBitset) all = gtk_bitset_new_range (0, self->report->n_nodes), selected = gtk_bitset_new_empty ();

  for (guint i = 0; i < self->report->n_nodes; i++)
    if (wb_canvas_is_selected (self->canvas, i))
      gtk_bitset_add (selected, i);
  self->refreshing = TRUE;
  gtk_selection_model_set_selection (self->selection, selected, all);
  self->refreshing = FALSE;
  if (focused == NULL || cursor < 0 || gtk_list_item_get_position (focused) == (guint) cursor ||
      grab_focus (self, (guint) cursor))
    return;
  gtk_widget_activate_action (GTK_WIDGET (self->view), "list.scroll-to-item", "u", (guint) cursor);
  self->wanted = (guint) cursor;
  wb_soon_ask (&self->focusing);
}

/* The row that has the focus is the cursor. */
static void
on_selection_changed (WbLayerList *self)
{
  g_autoptr (GtkBitset) selected = NULL;
  g_autofree guint *nodes = NULL;
  GtkListItem *focused = focused_row (self);
  guint n = 0, layer;
  GtkBitsetIter iterator;

  if (self->refreshing || self->stale)
    return;
  selected = gtk_selection_model_get_selection (self->selection);
  nodes = g_new (guint, gtk_bitset_get_size (selected) + 1);
  for (gboolean there = gtk_bitset_iter_init_first (&iterator, selected, &layer);
       there && layer < self->report->n_nodes; there = gtk_bitset_iter_next (&iterator, &layer))
    {
      nodes[n++] = layer;
      if (focused != NULL && layer == gtk_list_item_get_position (focused))
        {
          nodes[n - 1] = nodes[0];
          nodes[0] = layer;
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
  GtkListItem *item = wb_refill_find_around (self->rows, GTK_WIDGET (row));
  g_autoptr (GPtrArray) ways = item != NULL ? advise (self, gtk_list_item_get_position (item)) : NULL;

  if (ways != NULL && ways->len > 0)
    g_signal_emit (self, signals[MENDED], 0, ((LatheAdvice *) ways->pdata[0])->mended);
}

/* --- Moving a layer of a chain --- */

static GtkListItem *
row_under (WbLayerList *self, double x, double y)
{
  return wb_refill_find_around (self->rows, gtk_widget_pick (GTK_WIDGET (self->view), x, y, GTK_PICK_DEFAULT));
}

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, WbLayerList *self)
{
  GtkListItem *row = row_under (self, x, y);
  g_autoptr (GdkPaintable) paintable = NULL;

  if (row == NULL || gtk_list_item_get_position (row) == 0 || !lathe_graph_is_chain (self->graph))
    return NULL;
  paintable = gtk_widget_paintable_new (gtk_list_item_get_child (row));
  gtk_drag_source_set_icon (source, paintable, (int) x, 24);
  return gdk_content_provider_new_typed (G_TYPE_UINT, gtk_list_item_get_position (row));
}

static GtkListItem *
row_under_drop (WbLayerList *self, double x, double y)
{
  GtkListItem *row = row_under (self, x, y);

  return row != NULL && gtk_list_item_get_position (row) > 0 ? row : NULL;
}

static void
highlight (WbLayerList *self, GtkListItem *row)
{
  GtkWidget *chosen = row != NULL ? gtk_widget_get_parent (gtk_list_item_get_child (row)) : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->view)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (child == chosen)
      gtk_widget_set_state_flags (child, GTK_STATE_FLAG_DROP_ACTIVE, FALSE);
    else
      gtk_widget_unset_state_flags (child, GTK_STATE_FLAG_DROP_ACTIVE);
}

static GdkDragAction
on_drop_motion (GtkDropTarget *target, double x, double y, WbLayerList *self)
{
  GtkListItem *row = row_under_drop (self, x, y);

  highlight (self, row);
  return row != NULL ? GDK_ACTION_MOVE : 0;
}

static void
on_drop_leave (GtkDropTarget *target, WbLayerList *self)
{
  highlight (self, NULL);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, WbLayerList *self)
{
  GtkListItem *row = row_under_drop (self, x, y);
  guint from = g_value_get_uint (value), to = row != NULL ? gtk_list_item_get_position (row) : 0;

  highlight (self, NULL);
  if (row == NULL || from >= self->report->n_nodes)
    return FALSE;
  wb_canvas_select (self->canvas, &from, 1);
  return wb_canvas_move_in_chain (self->canvas, (int) to - (int) from);
}

static gboolean
on_move (GtkWidget *widget, GVariant *step, gpointer self)
{
  return wb_canvas_move_in_chain (((WbLayerList *) self)->canvas, g_variant_get_int32 (step));
}

/* --- Rows --- */

static void
free_readers (gpointer readers)
{
  if (readers != NULL)
    g_ptr_array_unref (readers);
}

static void
find_readers (WbLayerList *self)
{
  g_clear_pointer (&self->readers, g_ptr_array_unref);
  self->readers = g_ptr_array_new_full (self->report->n_nodes, free_readers);
  g_ptr_array_set_size (self->readers, (int) self->report->n_nodes);
  for (guint i = 0; i < self->report->n_nodes; i++)
    {
      LatheNode *node = lathe_graph_get_node (self->graph, i);

      for (guint j = 0; j < node->inputs->len; j++)
        {
          gpointer *readers = &self->readers->pdata[((LatheNode *) node->inputs->pdata[j])->index];

          if (*readers == NULL)
            *readers = g_ptr_array_new ();
          g_ptr_array_add (*readers, node);
        }
    }
}

/* (transfer full) Their names. `nodes`: (nullable) */
static char *
list_names (const GPtrArray *nodes)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; nodes != NULL && i < nodes->len; i++)
    g_string_append_printf (names, names->len > 0 ? ", %s" : "%s", ((LatheNode *) nodes->pdata[i])->name);
  return g_string_free (names, FALSE);
}

/* (transfer full) A sentence about what a layer reads, and what reads it. */
static char *
describe_neighbours (WbLayerList *self, const LatheNode *node)
{
  g_autofree char *inputs = list_names (node->inputs), *outputs = list_names (self->readers->pdata[node->index]);

  /* Translators: a layer's name; the names of the layers that it reads; of those that read it */
  return g_strdup_printf (_ ("%s. Reads: %s. Read by: %s."), node->name, *inputs != '\0' ? inputs : _ ("nothing"),
                          *outputs != '\0' ? outputs : _ ("nothing"));
}

static gboolean
has_remedy (WbLayerList *self, guint layer)
{
  guint n_before = 0;

  for (guint i = 0; i < layer && n_before < MOST_REMEDIES; i++)
    n_before += self->report->nodes[i].error != NULL;
  return self->report->nodes[layer].error != NULL && n_before < MOST_REMEDIES;
}

static void
fill_row (GtkListItem *item, gpointer data)
{
  WbLayerList *self = data;
  WbLayerRow *row = WB_LAYER_ROW (gtk_list_item_get_child (item));
  guint layer = gtk_list_item_get_position (item);
  const LatheNodeReport *report;
  const LatheNode *node;
  g_autofree char *neighbours = NULL;
  g_autoptr (GPtrArray) ways = NULL;
  guint64 all;

  if (self->stale || layer >= self->report->n_nodes)
    return;
  report = &self->report->nodes[layer];
  node = lathe_graph_get_node (self->graph, layer);
  all = self->report->multiply_adds;
  neighbours = describe_neighbours (self, node);
  wb_layer_row_show (row, node, report, all > 0 ? (double) report->multiply_adds / (double) all : 0, neighbours);
  if (has_remedy (self, layer))
    ways = advise (self, layer);
  wb_layer_row_offer (row, ways != NULL && ways->len > 0 ? ((LatheAdvice *) ways->pdata[0])->button : NULL);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, WbLayerList *self)
{
  GtkWidget *row = wb_layer_row_new ();

  g_signal_connect_object (row, "mend", G_CALLBACK (on_row_mend), self, G_CONNECT_SWAPPED);
  gtk_list_item_set_child (item, row);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbLayerList *self)
{
  wb_refill_bind (self->rows, item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, WbLayerList *self)
{
  wb_refill_unbind (self->rows, item);
}

/* Who does not see the rows of a large network should not wait for them. */
static void
refresh (gpointer data)
{
  WbLayerList *self = data;

  if (self->report == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (self->stale)
    {
      self->stale = FALSE;
      find_readers (self);
      self->refreshing = TRUE;
      wb_refill_all (self->rows, self->report->n_nodes);
      wb_places_set_n (self->places, self->report->n_nodes);
      self->refreshing = FALSE;
    }
  show_selection (self);
}

static void
refresh_soon (WbLayerList *self)
{
  wb_soon_ask (&self->refreshing_soon);
}

/* Places that have come may be of layers that are selected. */
static void
on_settled (WbLayerList *self)
{
  if (!self->refreshing)
    refresh (self);
}

void
wb_layer_list_show (WbLayerList *self, const LatheGraph *graph, const LatheGraphReport *report)
{
  g_return_if_fail (WB_IS_LAYER_LIST (self));

  g_clear_pointer (&self->graph, lathe_graph_free);
  self->graph = lathe_graph_ref (graph);
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
  gtk_widget_add_controller (GTK_WIDGET (self->view), controller);
  wb_canvas_lend_keys (self->canvas, GTK_WIDGET (self->view));
}

static void
add_drag_and_drop (WbLayerList *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_UINT, GDK_ACTION_MOVE);
  GtkDragSource *drag = gtk_drag_source_new ();

  gtk_drag_source_set_actions (drag, GDK_ACTION_MOVE);
  g_signal_connect (drag, "prepare", G_CALLBACK (on_drag_prepare), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect (drop, "motion", G_CALLBACK (on_drop_motion), self);
  g_signal_connect (drop, "leave", G_CALLBACK (on_drop_leave), self);
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (drop));
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
  g_signal_connect_object (canvas, "selection-changed", G_CALLBACK (refresh_soon), self, G_CONNECT_SWAPPED);
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
  wb_soon_clear (&self->refreshing_soon);
  wb_soon_clear (&self->focusing);
  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_object (&self->canvas);
  g_clear_pointer (&self->graph, lathe_graph_free);
  g_clear_pointer (&self->readers, g_ptr_array_unref);
  G_OBJECT_CLASS (wb_layer_list_parent_class)->dispose (object);
}

static void
wb_layer_list_finalize (GObject *object)
{
  WbLayerList *self = WB_LAYER_LIST (object);

  g_clear_object (&self->selection);
  g_clear_object (&self->places);
  g_clear_pointer (&self->rows, wb_refill_free);
  G_OBJECT_CLASS (wb_layer_list_parent_class)->finalize (object);
}

static void
wb_layer_list_class_init (WbLayerListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = wb_layer_list_get_property;
  object_class->set_property = wb_layer_list_set_property;
  object_class->dispose = wb_layer_list_dispose;
  object_class->finalize = wb_layer_list_finalize;
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
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  wb_soon_init (&self->refreshing_soon, refresh, self);
  wb_soon_init (&self->focusing, focus_wanted, self);
  self->rows = wb_refill_new (fill_row, self);
  self->places = g_object_new (WB_TYPE_PLACES, NULL);
  wb_places_set_view (self->places, MOST_ROWS, AT_A_TIME);
  self->selection = wb_image_selection_new (G_LIST_MODEL (self->places));
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind), self, 0);
  self->view = GTK_LIST_VIEW (gtk_list_view_new (g_object_ref (self->selection), factory));
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "layers");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Layers"), -1);
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (on_selection_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->places, "settled", G_CALLBACK (on_settled), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "activate", G_CALLBACK (on_row_activated), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (ADW_BIN (self), g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", self->view, "hscrollbar-policy",
                                                   GTK_POLICY_NEVER, NULL));
}
