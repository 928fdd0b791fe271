/* wb-prepare.c: how a dataset is split, and what becomes of an image before the network sees it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-prepare.h"

#include <glib/gi18n.h>

#include "wb-text.h"
#include "wb-thread.h"

#define N_EXAMPLES 4
#define EXAMPLE_PIXELS 224 /* what an example is enlarged to, at most */

struct _WbPrepare
{
  AdwBin parent_instance;

  WbProject *project;
  GtkDrawingArea *bar;
  GtkLabel *training, *validation, *test;
  GtkSpinButton *width, *height;
  GtkDropDown *channels;
  GtkPicture *example_1, *example_2, *example_3, *example_4;

  gboolean showing;          /* the widgets are being set, not edited */
  GCancellable *cancellable; /* of the examples under way */
};

G_DEFINE_FINAL_TYPE (WbPrepare, wb_prepare, ADW_TYPE_BIN)

/* Training, validation, test: the charts' orange and blue, and a grey. */
static const GdkRGBA split_colors[LATHE_N_SPLITS] = {
    {0.902, 0.624, 0.000, 1}, {0.337, 0.706, 0.914, 1}, {0.6, 0.6, 0.6, 1}};

static void
draw_bar (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  LatheDataset *dataset = wb_project_get_dataset (WB_PREPARE (data)->project);
  double x = 0, total = dataset ? lathe_dataset_get_n_images (dataset) : 0;

  for (guint split = 0; split < LATHE_N_SPLITS && total > 0; split++)
    {
      double share = lathe_dataset_count (dataset, -1, split) / total * width;

      gdk_cairo_set_source_rgba (cr, &split_colors[split]);
      cairo_rectangle (cr, x, 0, MAX (share - 2, 0), height);
      cairo_fill (cr);
      x += share;
    }
}

typedef struct
{
  LathePreprocess preprocess;
  LatheImage *image;
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;

  lathe_image_free (look->image);
  g_free (look);
}

/* The very bytes that the network gets, as a picture with sharp pixels. */
static gpointer
look_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Look *look = data;
  const LathePreprocess *how = &look->preprocess;
  gsize n_pixels = (gsize) how->width * how->height;
  g_autofree guint8 *bytes = g_malloc (n_pixels * how->channels);
  int factor = MAX (EXAMPLE_PIXELS / (int) MAX (how->width, how->height), 1);
  g_autoptr (GdkPixbuf) pixbuf = NULL, enlarged = NULL;
  guint8 *pixels;
  int stride;

  if (!lathe_decode_image (look->image, how, bytes, error))
    return NULL;
  pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, how->width, how->height);
  pixels = gdk_pixbuf_get_pixels (pixbuf);
  stride = gdk_pixbuf_get_rowstride (pixbuf);
  for (gsize i = 0; i < n_pixels; i++)
    for (guint c = 0; c < 3; c++)
      pixels[i / how->width * stride + i % how->width * 3 + c] = bytes[i * how->channels + c % how->channels];
  enlarged = gdk_pixbuf_scale_simple (pixbuf, how->width * factor, how->height * factor, GDK_INTERP_NEAREST);
  return gdk_texture_new_for_pixbuf (enlarged ? enlarged : pixbuf);
}

static void
on_looked (GObject *picture, gpointer result, const GError *error, gpointer data)
{
  g_autoptr (GdkTexture) texture = result;

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    gtk_picture_set_paintable (GTK_PICTURE (picture), GDK_PAINTABLE (texture));
}

/* One image each of four classes that lie evenly among all. */
static const LatheImage *
pick_example (LatheDataset *dataset, guint i)
{
  guint label = i * lathe_dataset_get_n_classes (dataset) / N_EXAMPLES;
  guint n_images = lathe_dataset_get_n_images (dataset);
  guint skip = i % 2 && lathe_dataset_get_n_classes (dataset) < N_EXAMPLES;

  for (guint k = 0; k < n_images; k++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, k);

      if (image->label == label && !skip--)
        return image;
    }
  return lathe_dataset_get_image (dataset, i % n_images);
}

static void
show_examples (WbPrepare *self)
{
  GtkPicture *pictures[N_EXAMPLES] = {self->example_1, self->example_2, self->example_3, self->example_4};
  LatheDataset *dataset = wb_project_get_dataset (self->project);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  for (guint i = 0; i < N_EXAMPLES; i++)
    {
      const LatheImage *image = pick_example (dataset, i);
      const char *class_name = lathe_dataset_get_classes (dataset)[image->label];
      Look *look = g_new (Look, 1);

      *look = (Look){*wb_project_get_preprocess (self->project), lathe_image_copy (image)};
      gtk_picture_set_alternative_text (pictures[i], class_name);
      gtk_widget_set_tooltip_text (GTK_WIDGET (pictures[i]), class_name);
      wb_thread_call (G_OBJECT (pictures[i]), look_work, look, look_free, g_object_unref, self->cancellable, on_looked,
                      NULL);
    }
}

static void
show_count (GtkLabel *label, LatheDataset *dataset, LatheSplit split)
{
  g_autofree char *count = wb_text_count (lathe_dataset_count (dataset, -1, split));

  gtk_label_set_label (label, count);
}

static void
show_preprocess (WbPrepare *self)
{
  const LathePreprocess *set = wb_project_get_preprocess (self->project);

  if (!wb_project_get_dataset (self->project))
    return;
  self->showing = TRUE;
  gtk_spin_button_set_value (self->width, set->width);
  gtk_spin_button_set_value (self->height, set->height);
  gtk_drop_down_set_selected (self->channels, set->channels == 3);
  self->showing = FALSE;
  show_examples (self);
}

static void
show_split (WbPrepare *self)
{
  LatheDataset *dataset = wb_project_get_dataset (self->project);

  show_count (self->training, dataset, LATHE_SPLIT_TRAIN);
  show_count (self->validation, dataset, LATHE_SPLIT_VALIDATION);
  show_count (self->test, dataset, LATHE_SPLIT_TEST);
  gtk_widget_queue_draw (GTK_WIDGET (self->bar));
}

static void
on_edited (WbPrepare *self)
{
  LathePreprocess edited;

  if (self->showing || !self->project || !wb_project_get_dataset (self->project))
    return;
  edited = *wb_project_get_preprocess (self->project);
  edited.width = gtk_spin_button_get_value_as_int (self->width);
  edited.height = gtk_spin_button_get_value_as_int (self->height);
  edited.channels = gtk_drop_down_get_selected (self->channels) == 1 ? 3 : 1;
  wb_project_set_preprocess (self->project, &edited);
}

void
wb_prepare_set_project (WbPrepare *self, WbProject *project)
{
  g_return_if_fail (WB_IS_PREPARE (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  gtk_drawing_area_set_draw_func (self->bar, draw_bar, self, NULL);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (show_split), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "split-changed", G_CALLBACK (show_split), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "network-changed", G_CALLBACK (show_preprocess), self, G_CONNECT_SWAPPED);
}

static void
wb_prepare_dispose (GObject *object)
{
  WbPrepare *self = WB_PREPARE (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->bar)
    gtk_drawing_area_set_draw_func (self->bar, NULL, NULL, NULL);
  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_prepare_parent_class)->dispose (object);
}

static void
wb_prepare_class_init (WbPrepareClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_prepare_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-prepare.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, bar);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, training);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, validation);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, test);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, width);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, height);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, channels);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, example_1);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, example_2);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, example_3);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, example_4);
  gtk_widget_class_bind_template_callback (widget_class, on_edited);
}

static void
wb_prepare_init (WbPrepare *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
