/* wb-image-grid.c: thumbnails of many images, to look at, select and drag away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-image-grid.h"

#include <glib/gi18n.h>

#include "wb-image-edits.h"
#include "wb-image-selection.h"
#include "wb-text.h"
#include "wb-thumbnail.h"

#define USUAL_SIZE 96
#define PADDING 4    /* around each, as the style has it */
#define DRAG_SIZE 72 /* of the pictures under the pointer */
#define DRAG_MOST 3  /* of them */
#define DRAG_STEP 6  /* between them, and from the pointer */
#define SAYING 3000  /* microseconds in one go */
#define VIEW_ROWS 30 /* that a grid view has widgets for */
#define PLACES 16    /* that come or go at a time */

struct _WbImageGrid
{
  AdwBin parent_instance;

  GtkGridView *view;
  GtkWidget *menu;
  WbImageList *images;
  GtkSelectionModel *selection;
  GHashTable *items; /* GtkListItem → what is said of it, or NULL: all that there are */
  GQueue unshown;    /* (element-type GtkListItem) at whose places another image may be … */
  GQueue unsaid;     /* (element-type GtkListItem) … of which something else may have to be said */
  guint saying;      /* source, or 0 */
  int size;
  guint n_columns; /* that fit */
};

enum
{
  PROP_0,
  PROP_THUMBNAIL_SIZE,
  PROP_MENU_MODEL,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static guint selection_changed_signal;

G_DEFINE_FINAL_TYPE (WbImageGrid, wb_image_grid, ADW_TYPE_BIN)

static const LatheImage *
image_of (WbImageGrid *self, GtkListItem *item)
{
  return wb_image_list_get_image (self->images, gtk_list_item_get_position (item));
}

static char *
file_name (const LatheImage *image)
{
  g_autofree char *base = g_path_get_basename (image->path);

  return g_filename_display_name (base);
}

/* --- What an image looks like, and what is said of it --- */

/* “Bag · 28 × 28 · training”. (transfer full) */
static char *
describe (WbImageGrid *self, guint position)
{
  static const char *const splits[] = {N_ ("training"), N_ ("validation"), N_ ("test")};
  LatheDataset *dataset = wb_image_list_get_dataset (self->images);
  const LatheImage *image = wb_image_list_get_image (self->images, position);
  /* An image that was excluded may have taken its class along. */
  const char *class_name = image->label < lathe_dataset_get_n_classes (dataset)
                               ? lathe_dataset_get_classes (dataset)[image->label]
                               : _ ("a class without images");
  const char *side = wb_image_list_is_excluded (self->images, position) ? _ ("excluded") : _ (splits[image->split]);

  return g_strdup_printf ("%s · %u × %u · %s", class_name, image->width, image->height, side);
}

static gboolean
on_query_tooltip (GtkWidget *thumbnail, int x, int y, gboolean keyboard, GtkTooltip *tooltip, GtkListItem *item)
{
  WbImageGrid *self = WB_IMAGE_GRID (gtk_widget_get_ancestor (thumbnail, WB_TYPE_IMAGE_GRID));
  const LatheImage *image = image_of (self, item);
  g_autofree char *name = NULL, *said = NULL, *change = NULL, *text = NULL;

  if (!image)
    return FALSE;
  name = file_name (image);
  said = describe (self, gtk_list_item_get_position (item));
  change = wb_image_edits_describe (wb_image_list_get_dataset (self->images), image);
  text = g_strjoin ("\n", name, said, change, NULL);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* Each word goes to the accessibility bus, whether anyone listens or not, so nothing is said twice. */
static void
say (WbImageGrid *self, GtkListItem *item)
{
  const LatheImage *image = image_of (self, item);
  g_autofree char *name = NULL, *description = NULL, *said = NULL;

  if (!image)
    return;
  name = file_name (image);
  description = describe (self, gtk_list_item_get_position (item));
  said = g_strjoin ("\n", name, description, NULL);
  if (g_strcmp0 (said, g_hash_table_lookup (self->items, item)) == 0)
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (gtk_list_item_get_child (item))),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description,
                                  -1);
  g_hash_table_insert (self->items, item, g_steal_pointer (&said));
}

static gboolean say_some (gpointer data);

/* A view has five times as many items ready as are seen, which can wait until there is time. */
static void
wait_for_time (WbImageGrid *self)
{
  if (!self->saying)
    self->saying = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, 0, say_some, self, NULL);
}

static void
say_later (WbImageGrid *self, GtkListItem *item)
{
  if (!g_queue_find (&self->unsaid, item))
    g_queue_push_tail (&self->unsaid, item);
  wait_for_time (self);
}

static void
show_item (WbImageGrid *self, GtkListItem *item)
{
  GtkWidget *thumbnail = gtk_list_item_get_child (item);
  guint position = gtk_list_item_get_position (item);

  wb_thumbnail_set_image (WB_THUMBNAIL (thumbnail), image_of (self, item));
  wb_thumbnail_set_marked (WB_THUMBNAIL (thumbnail), wb_image_list_is_changed (self->images, position));
  if (wb_image_list_is_excluded (self->images, position))
    gtk_widget_add_css_class (thumbnail, "excluded");
  else
    gtk_widget_remove_css_class (thumbnail, "excluded");
  say_later (self, item);
}

static gboolean
say_some (gpointer data)
{
  WbImageGrid *self = data;
  gint64 until = g_get_monotonic_time () + SAYING;
  GtkListItem *item;

  while (g_get_monotonic_time () < until && (item = g_queue_pop_head (&self->unshown)))
    show_item (self, item);
  while (g_get_monotonic_time () < until && (item = g_queue_pop_head (&self->unsaid)))
    say (self, item);
  if (self->unshown.length + self->unsaid.length > 0)
    return G_SOURCE_CONTINUE;
  self->saying = 0;
  return G_SOURCE_REMOVE;
}

/* Other images that come to the places were not selected by anyone. */
static void
on_leaving (WbImageGrid *self)
{
  gtk_selection_model_unselect_all (self->selection);
}

/* Whether what is at a position is on the screen when the view is scrolled so far. */
static gboolean
is_in_sight (WbImageGrid *self, guint position, double top)
{
  int height = self->size + 2 * PADDING;
  double y = (double) (position / MAX (self->n_columns, 1)) * height;

  return y + height > top && y < top + gtk_widget_get_height (GTK_WIDGET (self));
}

/* Other images begin at the top. Of those that stay, what is said may be another. */
static void
on_shown (WbImageGrid *self, gboolean again)
{
  double top = gtk_adjustment_get_value (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view)));
  GHashTableIter iterator;
  gpointer item;

  if (!again && top > 0 && wb_image_list_get_n_images (self->images) > 0)
    gtk_widget_activate_action (GTK_WIDGET (self->view), "list.scroll-to-item", "u", 0);
  g_queue_clear (&self->unshown);
  g_hash_table_iter_init (&iterator, self->items);
  while (g_hash_table_iter_next (&iterator, &item, NULL))
    {
      if (!gtk_list_item_get_item (item))
        continue;
      if (!is_in_sight (self, gtk_list_item_get_position (item), again ? top : 0))
        {
          g_queue_push_tail (&self->unshown, item);
          continue;
        }
      show_item (self, item);
      g_queue_remove (&self->unsaid, item);
      say (self, item);
    }
  wait_for_time (self);
}

/* --- What is selected --- */

guint
wb_image_grid_get_n_selected (WbImageGrid *self)
{
  g_autoptr (GtkBitset) selected = wb_image_grid_get_selected (self);

  return (guint) gtk_bitset_get_size (selected);
}

/* Of the places that have an image. */
GtkBitset *
wb_image_grid_get_selected (WbImageGrid *self)
{
  g_autoptr (GtkBitset) selected = NULL;
  GtkBitset *images;

  g_return_val_if_fail (WB_IS_IMAGE_GRID (self), NULL);

  selected = gtk_selection_model_get_selection (self->selection);
  images = gtk_bitset_new_range (0, wb_image_list_get_n_images (self->images));
  gtk_bitset_intersect (images, selected);
  return images;
}

char **
wb_image_grid_get_names (WbImageGrid *self)
{
  g_autoptr (GtkBitset) selected = wb_image_grid_get_selected (self);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  LatheDataset *dataset = wb_image_list_get_dataset (self->images);
  GtkBitsetIter iterator;
  guint position;

  for (gboolean there = gtk_bitset_iter_init_first (&iterator, selected, &position); there;
       there = gtk_bitset_iter_next (&iterator, &position))
    g_strv_builder_add (names, lathe_image_get_name (dataset, wb_image_list_get_image (self->images, position)));
  return g_strv_builder_end (names);
}

/* What is done with an image is done with all that are selected, or with it alone when it is not. */
static void
ensure_selected (WbImageGrid *self, GtkListItem *item)
{
  if (!gtk_list_item_get_selected (item))
    gtk_selection_model_select_item (self->selection, gtk_list_item_get_position (item), TRUE);
}

/* --- Dragging them away --- */

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, GtkListItem *item)
{
  GtkWidget *thumbnail = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
  WbImageGrid *self = WB_IMAGE_GRID (gtk_widget_get_ancestor (thumbnail, WB_TYPE_IMAGE_GRID));
  g_auto (GStrv) names = NULL;

  ensure_selected (self, item);
  names = wb_image_grid_get_names (self);
  return gdk_content_provider_new_typed (G_TYPE_STRV, names);
}

/* Those that are on the screen, the one that the pointer took last. */
static GPtrArray *
find_pictures (WbImageGrid *self, GtkListItem *taken)
{
  GPtrArray *pictures = g_ptr_array_new ();
  GHashTableIter iterator;
  gpointer item;

  g_hash_table_iter_init (&iterator, self->items);
  while (g_hash_table_iter_next (&iterator, &item, NULL) && pictures->len < DRAG_MOST - 1)
    if (item != taken && gtk_list_item_get_item (item) && gtk_list_item_get_selected (item))
      {
        GdkPaintable *picture = wb_thumbnail_get_paintable (WB_THUMBNAIL (gtk_list_item_get_child (item)));

        if (picture)
          g_ptr_array_add (pictures, picture);
      }
  if (wb_thumbnail_get_paintable (WB_THUMBNAIL (gtk_list_item_get_child (taken))))
    g_ptr_array_add (pictures, wb_thumbnail_get_paintable (WB_THUMBNAIL (gtk_list_item_get_child (taken))));
  return pictures;
}

/* One upon another, each a little further. */
static void
draw_pictures (GtkSnapshot *snapshot, GPtrArray *pictures)
{
  for (guint i = 0; i < pictures->len; i++)
    {
      double ratio = gdk_paintable_get_intrinsic_aspect_ratio (pictures->pdata[i]);
      double width = ratio > 1 ? DRAG_SIZE : DRAG_SIZE * ratio, height = ratio > 1 ? DRAG_SIZE / ratio : DRAG_SIZE;
      graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
      GskRoundedRect corners;

      gtk_snapshot_save (snapshot);
      gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (DRAG_STEP * i), (float) (DRAG_STEP * i)));
      gsk_rounded_rect_init_from_rect (&corners, &bounds, 6);
      gtk_snapshot_append_outset_shadow (snapshot, &corners, &(GdkRGBA){0, 0, 0, 0.4f}, 0, 1, 1, 3);
      gtk_snapshot_push_rounded_clip (snapshot, &corners);
      gdk_paintable_snapshot (pictures->pdata[i], snapshot, width, height);
      gtk_snapshot_pop (snapshot);
      gtk_snapshot_restore (snapshot);
    }
}

static void
draw_badge (WbImageGrid *self, GtkSnapshot *snapshot, guint n)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  g_autofree char *text = wb_text_count (n);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  GdkRGBA back, front;
  GskRoundedRect pill;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gsk_rounded_rect_init_from_rect (
      &pill, &GRAPHENE_RECT_INIT (0, 0, (float) MAX (width + 12, height + 4), (float) (height + 4)),
      (float) (height + 4) / 2);
  gtk_style_context_lookup_color (style, "accent_bg_color", &back);
  gtk_style_context_lookup_color (style, "accent_fg_color", &front);
  gtk_snapshot_push_rounded_clip (snapshot, &pill);
  gtk_snapshot_append_color (snapshot, &back, &pill.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((pill.bounds.size.width - (float) width) / 2, 2));
  gtk_snapshot_append_layout (snapshot, layout, &front);
}

static void
on_drag_begin (GtkDragSource *source, GdkDrag *drag, GtkListItem *item)
{
  GtkWidget *thumbnail = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
  WbImageGrid *self = WB_IMAGE_GRID (gtk_widget_get_ancestor (thumbnail, WB_TYPE_IMAGE_GRID));
  g_autoptr (GPtrArray) pictures = find_pictures (self, item);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  g_autoptr (GdkPaintable) icon = NULL;

  /* The view would begin a rubber band as well, and never end it. */
  gtk_grid_view_set_enable_rubberband (self->view, FALSE);
  draw_pictures (snapshot, pictures);
  draw_badge (self, snapshot, wb_image_grid_get_n_selected (self));
  icon = gtk_snapshot_to_paintable (snapshot, NULL);
  gtk_drag_source_set_icon (source, icon, -DRAG_STEP, -DRAG_STEP);
}

static void
on_drag_end (GtkDragSource *source, GdkDrag *drag, gboolean delete_data, GtkListItem *item)
{
  GtkWidget *thumbnail = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
  GtkWidget *self = gtk_widget_get_ancestor (thumbnail, WB_TYPE_IMAGE_GRID);

  if (self)
    gtk_grid_view_set_enable_rubberband (WB_IMAGE_GRID (self)->view, TRUE);
}

/* --- The menu --- */

static void
pop_up (WbImageGrid *self, GtkWidget *widget, double x, double y)
{
  gtk_widget_translate_coordinates (widget, GTK_WIDGET (self), x, y, &x, &y);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){(int) x, (int) y, 1, 1});
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
on_pressed (GtkGesture *gesture, int n, double x, double y, GtkListItem *item)
{
  GtkWidget *thumbnail = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  WbImageGrid *self = WB_IMAGE_GRID (gtk_widget_get_ancestor (thumbnail, WB_TYPE_IMAGE_GRID));

  ensure_selected (self, item);
  pop_up (self, thumbnail, x, y);
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
on_long_pressed (GtkGesture *gesture, double x, double y, GtkListItem *item)
{
  on_pressed (gesture, 1, x, y, item);
}

/* At the image that has the focus. */
static void
menu_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbImageGrid *self = WB_IMAGE_GRID (widget);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  GHashTableIter iterator;
  gpointer item;

  g_hash_table_iter_init (&iterator, self->items);
  while (g_hash_table_iter_next (&iterator, &item, NULL))
    {
      GtkWidget *thumbnail = gtk_list_item_get_child (item);

      if (gtk_list_item_get_item (item) && gtk_widget_get_parent (thumbnail) == focus)
        {
          ensure_selected (self, item);
          pop_up (self, thumbnail, self->size / 2.0, self->size / 2.0);
          return;
        }
    }
}

static gboolean
unselect (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  WbImageGrid *self = WB_IMAGE_GRID (widget);

  if (wb_image_grid_get_n_selected (self) == 0)
    return GDK_EVENT_PROPAGATE;
  gtk_selection_model_unselect_all (self->selection);
  return GDK_EVENT_STOP;
}

/* --- Items --- */

static void
add_controllers (GtkWidget *thumbnail, GtkListItem *item)
{
  GtkDragSource *source = gtk_drag_source_new ();
  GtkGesture *click = gtk_gesture_click_new (), *press = gtk_gesture_long_press_new ();

  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect (source, "prepare", G_CALLBACK (on_drag_prepare), item);
  g_signal_connect (source, "drag-begin", G_CALLBACK (on_drag_begin), item);
  g_signal_connect (source, "drag-end", G_CALLBACK (on_drag_end), item);
  gtk_widget_add_controller (thumbnail, GTK_EVENT_CONTROLLER (source));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), item);
  gtk_widget_add_controller (thumbnail, GTK_EVENT_CONTROLLER (click));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect (press, "pressed", G_CALLBACK (on_long_pressed), item);
  gtk_widget_add_controller (thumbnail, GTK_EVENT_CONTROLLER (press));
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, WbImageGrid *self)
{
  GtkWidget *thumbnail = wb_thumbnail_new (self->size);

  gtk_widget_set_has_tooltip (thumbnail, TRUE);
  g_signal_connect (thumbnail, "query-tooltip", G_CALLBACK (on_query_tooltip), item);
  add_controllers (thumbnail, item);
  gtk_list_item_set_child (item, thumbnail);
  g_hash_table_insert (self->items, item, NULL);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbImageGrid *self)
{
  show_item (self, item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, WbImageGrid *self)
{
  g_queue_remove (&self->unshown, item);
  g_queue_remove (&self->unsaid, item);
  wb_thumbnail_set_image (WB_THUMBNAIL (gtk_list_item_get_child (item)), NULL);
}

static void
on_teardown (GtkSignalListItemFactory *factory, GtkListItem *item, WbImageGrid *self)
{
  g_hash_table_remove (self->items, item);
}

static void
on_activate (WbImageGrid *self, guint position)
{
  gtk_selection_model_select_item (self->selection, position, TRUE);
  gtk_widget_activate_action (GTK_WIDGET (self), "images.open", NULL);
}

static void
on_selection_changed (WbImageGrid *self)
{
  g_signal_emit (self, selection_changed_signal, 0);
}

/* The view is ready for as many as there may be at most, of which it keeps thirty rows: so it is told how many fit.
 * While sizes are handed out nothing may change, and it is told in the frame after. */
static gboolean
tell_columns (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WbImageGrid *self = WB_IMAGE_GRID (widget);

  gtk_grid_view_set_max_columns (self->view, self->n_columns);
  wb_places_set_view (WB_PLACES (self->images), self->n_columns * VIEW_ROWS, PLACES);
  return G_SOURCE_REMOVE;
}

/* A bin leaves its sizes to a layout of its own, but the view says how wide it is. */
static void
on_width (WbImageGrid *self, GParamSpec *pspec, GtkAdjustment *adjustment)
{
  double width = gtk_adjustment_get_page_size (adjustment);
  guint n_columns = (guint) MAX (width / (self->size + 2 * PADDING), 1);

  if (width <= 0 || n_columns == self->n_columns)
    return;
  self->n_columns = n_columns;
  gtk_widget_add_tick_callback (GTK_WIDGET (self), tell_columns, NULL, NULL);
}

static void
set_size (WbImageGrid *self, int size)
{
  GHashTableIter iterator;
  gpointer item;

  if (self->size == size)
    return;
  self->size = size;
  g_hash_table_iter_init (&iterator, self->items);
  while (g_hash_table_iter_next (&iterator, &item, NULL))
    wb_thumbnail_set_size (WB_THUMBNAIL (gtk_list_item_get_child (item)), size);
  on_width (self, NULL, gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->view)));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_THUMBNAIL_SIZE]);
}

static void
wb_image_grid_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WbImageGrid *self = WB_IMAGE_GRID (object);

  if (id == PROP_THUMBNAIL_SIZE)
    g_value_set_int (value, self->size);
  else if (id == PROP_MENU_MODEL)
    g_value_set_object (value, gtk_popover_menu_get_menu_model (GTK_POPOVER_MENU (self->menu)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_image_grid_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  WbImageGrid *self = WB_IMAGE_GRID (object);

  if (id == PROP_THUMBNAIL_SIZE)
    set_size (self, g_value_get_int (value));
  else if (id == PROP_MENU_MODEL)
    gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_image_grid_dispose (GObject *object)
{
  WbImageGrid *self = WB_IMAGE_GRID (object);

  g_clear_pointer (&self->menu, gtk_widget_unparent);
  adw_bin_set_child (ADW_BIN (self), NULL);
  g_queue_clear (&self->unshown);
  g_queue_clear (&self->unsaid);
  g_clear_handle_id (&self->saying, g_source_remove);
  g_clear_object (&self->selection);
  g_clear_object (&self->images);
  G_OBJECT_CLASS (wb_image_grid_parent_class)->dispose (object);
}

static void
wb_image_grid_finalize (GObject *object)
{
  g_hash_table_unref (WB_IMAGE_GRID (object)->items);
  G_OBJECT_CLASS (wb_image_grid_parent_class)->finalize (object);
}

static void
wb_image_grid_class_init (WbImageGridClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = wb_image_grid_get_property;
  object_class->set_property = wb_image_grid_set_property;
  object_class->dispose = wb_image_grid_dispose;
  object_class->finalize = wb_image_grid_finalize;
  properties[PROP_THUMBNAIL_SIZE] =
      g_param_spec_int ("thumbnail-size", NULL, NULL, 16, 512, USUAL_SIZE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_MENU_MODEL] =
      g_param_spec_object ("menu-model", NULL, NULL, G_TYPE_MENU_MODEL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  selection_changed_signal =
      g_signal_new ("selection-changed", WB_TYPE_IMAGE_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_install_action (widget_class, "grid.menu", NULL, menu_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "grid.menu", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "grid.menu", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "images.exclude", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, "images.copy", NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, unselect, NULL);
}

static void
wb_image_grid_init (WbImageGrid *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  self->size = USUAL_SIZE;
  self->items = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_queue_init (&self->unshown);
  g_queue_init (&self->unsaid);
  self->images = wb_image_list_new ();
  self->selection = wb_image_selection_new (G_LIST_MODEL (self->images));
  g_signal_connect_object (self->images, "leaving", G_CALLBACK (on_leaving), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->images, "shown", G_CALLBACK (on_shown), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (on_selection_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), self);
  g_signal_connect (factory, "teardown", G_CALLBACK (on_teardown), self);
  self->view = GTK_GRID_VIEW (gtk_grid_view_new (g_object_ref (self->selection), factory));
  gtk_grid_view_set_enable_rubberband (self->view, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "images");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Images"), -1);
  g_signal_connect_object (self->view, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (ADW_BIN (self), g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", self->view, "hscrollbar-policy",
                                                   GTK_POLICY_NEVER, NULL));
  g_signal_connect_object (gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->view)), "notify::page-size",
                           G_CALLBACK (on_width), self, G_CONNECT_SWAPPED);
  self->menu = gtk_popover_menu_new_from_model (NULL);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
  g_signal_connect_object (self->menu, "closed", G_CALLBACK (gtk_widget_grab_focus), self->view, G_CONNECT_SWAPPED);
}

WbImageList *
wb_image_grid_get_list (WbImageGrid *self)
{
  g_return_val_if_fail (WB_IS_IMAGE_GRID (self), NULL);

  return self->images;
}
