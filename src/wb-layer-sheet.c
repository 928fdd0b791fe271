/* wb-layer-sheet.c: what a layer makes of an image: a tile for each of its channels.
 *
 * Each tile has colours of its own: the darkest is the channel's least value, the lightest its largest. A layer without
 * width and height is one tile, whose numbers are laid out in rows. Tiles are painted when they come into sight.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-layer-sheet.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "wb-pixels.h"
#include "wb-text.h"

#define TILE 64 /* pixels on the screen */
#define LARGE_TILE 320
#define SMALL_TILE 128 /* pixels that it is painted with, for screens of twice the resolution */

/* What a layer made. Shared by its tiles. */
typedef struct
{
  guint n, width, height;
  guint8 *rgb;  /* n × height × width × 3 */
  float *range; /* n × 2: the least and the largest value */
} Sheet;

/* --- A tile --- */

#define WB_TYPE_TILE (wb_tile_get_type ())
G_DECLARE_FINAL_TYPE (WbTile, wb_tile, WB, TILE, GObject)

struct _WbTile
{
  GObject parent_instance;
  Sheet *sheet; /* an atomic box */
  guint channel;
};

G_DEFINE_FINAL_TYPE (WbTile, wb_tile, G_TYPE_OBJECT)

static void
sheet_clear (gpointer data)
{
  Sheet *sheet = data;

  g_free (sheet->rgb);
  g_free (sheet->range);
}

static void
sheet_unref (gpointer sheet)
{
  g_atomic_rc_box_release_full (sheet, sheet_clear);
}

static void
wb_tile_finalize (GObject *object)
{
  sheet_unref (WB_TILE (object)->sheet);
  G_OBJECT_CLASS (wb_tile_parent_class)->finalize (object);
}

static void
wb_tile_class_init (WbTileClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_tile_finalize;
}

static void
wb_tile_init (WbTile *self)
{
}

static GdkTexture *
paint_tile (WbTile *self, guint side)
{
  const Sheet *sheet = self->sheet;

  return wb_pixels_texture (sheet->rgb + (gsize) self->channel * sheet->height * sheet->width * 3, sheet->width,
                            sheet->height, 3, side);
}

/* (transfer full) */
static char *
describe_tile (WbTile *self)
{
  const float *range = self->sheet->range + 2 * (gsize) self->channel;
  g_autofree char *least = wb_text_number ((double) range[0], 3), *largest = wb_text_number ((double) range[1], 3);

  /* Translators: a channel of a layer, counted from 1, and its least and largest value */
  return g_strdup_printf (_ ("Channel %u: from %s to %s"), self->channel + 1, least, largest);
}

/* --- The sheet --- */

struct _WbLayerSheet
{
  AdwBin parent_instance;

  GtkDropDown *layer;
  GtkLabel *caption;
  GListStore *tiles;
  GtkWidget *view, *popover, *large, *large_caption;

  WbExplainer *explainer;
  WbAttempt *attempt;
  GArray *layers;     /* (element-type guint): places in the graph of those in the list */
  GCancellable *call; /* or NULL */
  gboolean stale;     /* what is to be seen is of another image */
};

G_DEFINE_FINAL_TYPE (WbLayerSheet, wb_layer_sheet, ADW_TYPE_BIN)

typedef struct
{
  guint8 *seen;
  guint layer;
} Question;

static void
question_free (gpointer data)
{
  g_free (((Question *) data)->seen);
  g_free (data);
}

/* Numbers without a place in the image, in rows that make about a square. */
static void
lay_out (Sheet *sheet, const LatheShape *shape)
{
  if (shape->rank == 3)
    {
      *sheet = (Sheet){.n = shape->dim[2], .width = shape->dim[1], .height = shape->dim[0]};
      return;
    }
  sheet->n = 1;
  sheet->width = (guint) ceil (sqrt ((double) lathe_shape_size (shape)));
  sheet->height = (guint) ((lathe_shape_size (shape) + sheet->width - 1) / sheet->width);
}

static void
paint_channel (Sheet *sheet, const LatheReal *output, gsize size, guint channel,
               const guint8 colours[LATHE_EXPLANATION_COLOURS][3])
{
  gsize n_pixels = (gsize) sheet->width * sheet->height;
  float *range = sheet->range + 2 * (gsize) channel;

  range[0] = INFINITY;
  range[1] = -INFINITY;
  for (gsize i = 0; i < n_pixels && i * sheet->n + channel < size; i++)
    {
      float value = (float) output[i * sheet->n + channel];

      range[0] = MIN (range[0], value);
      range[1] = MAX (range[1], value);
    }
  for (gsize i = 0; i < n_pixels && i * sheet->n + channel < size; i++)
    {
      float value = (float) output[i * sheet->n + channel], span = range[1] - range[0];
      float share = span > 0 ? (value - range[0]) / span : 0;
      const guint8 *colour = colours[isfinite (share) ? lroundf (share * (LATHE_EXPLANATION_COLOURS - 1)) : 0];

      memcpy (sheet->rgb + (channel * n_pixels + i) * 3, colour, 3);
    }
}

static gpointer
look_work (LatheExplainer *explainer, gpointer data, GCancellable *cancellable, GError **error)
{
  const Question *question = data;
  guint8 colours[LATHE_EXPLANATION_COLOURS][3];
  const LatheReal *output;
  LatheShape shape;
  Sheet *sheet;

  if (!lathe_explainer_look (explainer, question->seen, error))
    return NULL;
  output = lathe_explainer_get_output (explainer, question->layer, &shape);
  sheet = g_atomic_rc_box_new0 (Sheet);
  lay_out (sheet, &shape);
  sheet->rgb = g_malloc0 ((gsize) sheet->n * sheet->width * sheet->height * 3);
  sheet->range = g_new0 (float, 2 * (gsize) sheet->n);
  lathe_explanation_colours (colours);
  for (guint i = 0; i < sheet->n; i++)
    paint_channel (sheet, output, lathe_shape_size (&shape), i, (const guint8 (*)[3]) colours);
  return sheet;
}

static void
show_sheet (WbLayerSheet *self, Sheet *sheet)
{
  g_autoptr (GPtrArray) tiles = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *text = NULL;

  for (guint i = 0; i < sheet->n; i++)
    {
      WbTile *tile = g_object_new (WB_TYPE_TILE, NULL);

      tile->sheet = g_atomic_rc_box_acquire (sheet);
      tile->channel = i;
      g_ptr_array_add (tiles, tile);
    }
  g_list_store_splice (self->tiles, 0, g_list_model_get_n_items (G_LIST_MODEL (self->tiles)), tiles->pdata, tiles->len);
  text = g_strdup_printf (ngettext ("%u channel of %u × %u, from its least value (dark) to its largest (light)",
                                    "%u channels of %u × %u, each from its least value (dark) to its largest (light)",
                                    sheet->n),
                          sheet->n, sheet->width, sheet->height);
  gtk_label_set_text (self->caption, text);
}

static void
on_looked (GObject *owner, gpointer result, const GError *error, gpointer call)
{
  WbLayerSheet *self = WB_LAYER_SHEET (owner);

  if (self->call == call)
    {
      g_clear_object (&self->call);
      if (result)
        show_sheet (self, result);
      else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        gtk_label_set_text (self->caption, error->message);
    }
  g_clear_pointer (&result, sheet_unref);
}

static void
update (WbLayerSheet *self)
{
  guint chosen = gtk_drop_down_get_selected (self->layer);
  const LathePreprocess *preprocess;
  Question *question;

  self->stale = TRUE;
  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
  if (!self->attempt || chosen >= self->layers->len || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->stale = FALSE;
  preprocess = &wb_explainer_get_model (self->explainer)->preprocess;
  question = g_new (Question, 1);
  question->seen = g_memdup2 (wb_attempt_get_prediction (self->attempt)->seen,
                              (gsize) preprocess->height * preprocess->width * preprocess->channels);
  question->layer = g_array_index (self->layers, guint, chosen);
  self->call = g_cancellable_new ();
  wb_explainer_call (self->explainer, G_OBJECT (self), look_work, question, question_free, sheet_unref, self->call,
                     on_looked, self->call);
}

void
wb_layer_sheet_show (WbLayerSheet *self, WbAttempt *attempt)
{
  g_return_if_fail (WB_IS_LAYER_SHEET (self));

  if (!self->explainer)
    attempt = NULL;
  g_set_object (&self->attempt, attempt);
  update (self);
}

void
wb_layer_sheet_set_explainer (WbLayerSheet *self, WbExplainer *explainer)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  const LatheGraph *graph;

  g_return_if_fail (WB_IS_LAYER_SHEET (self));

  g_clear_object (&self->attempt);
  g_list_store_remove_all (self->tiles);
  g_array_set_size (self->layers, 0);
  g_set_object (&self->explainer, explainer);
  graph = explainer ? wb_explainer_get_model (explainer)->graph : NULL;
  for (guint i = 0; graph && i < lathe_graph_get_n_nodes (graph); i++)
    {
      gtk_string_list_append (names, lathe_graph_get_node (graph, i)->name);
      g_array_append_val (self->layers, i);
    }
  gtk_drop_down_set_model (self->layer, G_LIST_MODEL (names));
  if (self->layers->len > 1) /* the first is the image itself */
    gtk_drop_down_set_selected (self->layer, 1);
}

/* --- The tiles --- */

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *picture = gtk_picture_new ();

  gtk_picture_set_content_fit (GTK_PICTURE (picture), GTK_CONTENT_FIT_CONTAIN);
  gtk_widget_set_size_request (picture, TILE, TILE);
  gtk_widget_set_overflow (picture, GTK_OVERFLOW_HIDDEN);
  gtk_list_item_set_child (item, picture);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  WbTile *tile = gtk_list_item_get_item (item);
  GtkPicture *picture = GTK_PICTURE (gtk_list_item_get_child (item));
  g_autoptr (GdkTexture) texture = paint_tile (tile, SMALL_TILE);
  g_autofree char *text = describe_tile (tile);

  gtk_picture_set_paintable (picture, GDK_PAINTABLE (texture));
  gtk_picture_set_alternative_text (picture, text);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_picture_set_paintable (GTK_PICTURE (gtk_list_item_get_child (item)), NULL);
}

static void
on_activate (WbLayerSheet *self, guint position)
{
  g_autoptr (WbTile) tile = g_list_model_get_item (G_LIST_MODEL (self->tiles), position);
  g_autoptr (GdkTexture) texture = paint_tile (tile, LARGE_TILE);
  g_autofree char *text = describe_tile (tile);

  gtk_picture_set_paintable (GTK_PICTURE (self->large), GDK_PAINTABLE (texture));
  gtk_picture_set_alternative_text (GTK_PICTURE (self->large), text);
  gtk_label_set_text (GTK_LABEL (self->large_caption), text);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

/* --- Life --- */

static void
on_map (WbLayerSheet *self)
{
  if (self->stale)
    update (self);
}

static void
wb_layer_sheet_dispose (GObject *object)
{
  WbLayerSheet *self = WB_LAYER_SHEET (object);

  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
  g_clear_object (&self->attempt);
  g_clear_object (&self->explainer);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  G_OBJECT_CLASS (wb_layer_sheet_parent_class)->dispose (object);
}

static void
wb_layer_sheet_finalize (GObject *object)
{
  WbLayerSheet *self = WB_LAYER_SHEET (object);

  g_object_unref (self->tiles);
  g_array_unref (self->layers);
  G_OBJECT_CLASS (wb_layer_sheet_parent_class)->finalize (object);
}

static void
wb_layer_sheet_class_init (WbLayerSheetClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_layer_sheet_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_layer_sheet_finalize;
}

static GtkWidget *
make_view (WbLayerSheet *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkSelectionModel *model = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->tiles))));

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  self->view = gtk_grid_view_new (model, factory);
  gtk_grid_view_set_min_columns (GTK_GRID_VIEW (self->view), 3);
  gtk_grid_view_set_max_columns (GTK_GRID_VIEW (self->view), 12);
  gtk_grid_view_set_single_click_activate (GTK_GRID_VIEW (self->view), TRUE);
  gtk_widget_add_css_class (self->view, "outcomes");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Channels"), -1);
  g_signal_connect_object (self->view, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  return g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", self->view, "hscrollbar-policy", GTK_POLICY_NEVER,
                       "min-content-height", 260, NULL);
}

static void
make_popover (WbLayerSheet *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->large = gtk_picture_new ();
  gtk_widget_set_size_request (self->large, LARGE_TILE - 80, LARGE_TILE - 80);
  self->large_caption = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->large_caption, "numeric");
  gtk_box_append (GTK_BOX (box), self->large);
  gtk_box_append (GTK_BOX (box), self->large_caption);
  self->popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (self->popover), box);
  gtk_widget_set_parent (self->popover, self->view);
}

static void
wb_layer_sheet_init (WbLayerSheet *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->tiles = g_list_store_new (WB_TYPE_TILE);
  self->layers = g_array_new (FALSE, FALSE, sizeof (guint));
  self->layer = g_object_new (GTK_TYPE_DROP_DOWN, "halign", GTK_ALIGN_START, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->layer), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Layer"), -1);
  self->caption = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->caption), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->caption), "dim-label");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->layer));
  gtk_box_append (GTK_BOX (box), make_view (self));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->caption));
  adw_bin_set_child (ADW_BIN (self), box);
  make_popover (self);
  g_signal_connect_object (self->layer, "notify::selected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "map", G_CALLBACK (on_map), self, G_CONNECT_SWAPPED);
}
