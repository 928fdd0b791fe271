/* wb-preview.c: what the network sees of a few images: as they are, and as training may draw them.
 *
 * They are drawn as one batch, by the code that training draws with: what is shown is what the epochs from `epoch` on
 * would see of these images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-preview.h"

#include <glib/gi18n.h>

#include "wb-thread.h"
#include "wb-tooltip.h"

#define N_IMAGES 4
#define N_DRAWS 5
#define N_CELLS (1 + N_DRAWS) /* of one image: first as it is */
#define N_IN_ROW 4            /* of them are shown where all images are */
#define N_ACROSS 3            /* of them are side by side where one image is */
#define ROW_PIXELS 54
#define CELL_PIXELS 96 /* a small image is enlarged to this or a little less */

struct _WbPreview
{
  AdwBin parent_instance;

  GtkStack *stack;
  GtkLabel *caption;
  GtkWidget *rows[N_IMAGES];
  GtkPicture *in_row[N_IMAGES][N_IN_ROW];
  GtkPicture *close_up[N_CELLS];

  LatheDataset *dataset;
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
  guint32 epoch; /* the first that is shown */
  guint chosen;  /* the image of the close-up */

  GPtrArray *cells;          /* (element-type GdkTexture) n × N_CELLS, or NULL */
  GStrv names;               /* n classes */
  GCancellable *cancellable; /* of what is being drawn */
};

G_DEFINE_FINAL_TYPE (WbPreview, wb_preview, ADW_TYPE_BIN)

/* --- Drawing --- */

typedef struct
{
  LathePreprocess preprocess;
  LatheAugmentation augmentation;
  guint64 seed;
  guint32 epoch;
  guint n;
  LatheImage *images[N_IMAGES];
  guint32 indices[N_IMAGES];
  char *names[N_IMAGES]; /* of their classes */
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  for (guint i = 0; i < job->n; i++)
    {
      lathe_image_free (job->images[i]);
      g_free (job->names[i]);
    }
  g_free (job);
}

typedef struct
{
  GPtrArray *cells; /* (element-type GdkTexture) n × N_CELLS */
  GStrv names;
} Sheet;

static void
sheet_free (gpointer data)
{
  Sheet *sheet = data;

  g_clear_pointer (&sheet->cells, g_ptr_array_unref);
  g_strfreev (sheet->names);
  g_free (sheet);
}

/* The very bytes that the network gets, as a picture with sharp pixels. */
static GdkTexture *
make_texture (const LathePreprocess *how, const guint8 *bytes)
{
  gsize n_pixels = (gsize) how->width * how->height;
  int factor = MAX (CELL_PIXELS / (int) MAX (how->width, how->height), 1);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, how->width, how->height);
  g_autoptr (GdkPixbuf) enlarged = NULL;
  guint8 *pixels = gdk_pixbuf_get_pixels (pixbuf);
  gsize stride = gdk_pixbuf_get_rowstride (pixbuf);

  for (gsize i = 0; i < n_pixels; i++)
    for (guint c = 0; c < 3; c++)
      pixels[i / how->width * stride + i % how->width * 3 + c] = bytes[i * how->channels + c % how->channels];
  enlarged = gdk_pixbuf_scale_simple (pixbuf, how->width * factor, how->height * factor, GDK_INTERP_NEAREST);
  return gdk_texture_new_for_pixbuf (enlarged ? enlarged : pixbuf);
}

/* Those that cannot be read are left out. */
static guint
decode (const Job *job, gsize size, guint8 *bytes, guint32 *indices, GStrvBuilder *names)
{
  guint n = 0;

  for (guint i = 0; i < job->n; i++)
    if (lathe_decode_image (job->images[i], &job->preprocess, bytes + n * size, NULL))
      {
        indices[n++] = job->indices[i];
        g_strv_builder_add (names, job->names[i]);
      }
  return n;
}

/* One that was not come to, for the drawing was cancelled, is NULL. */
static void
unref_cell (gpointer cell)
{
  g_clear_object (&cell);
}

static gpointer
draw_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Job *job = data;
  const LathePreprocess *how = &job->preprocess;
  gsize size = (gsize) how->width * how->height * how->channels;
  g_autofree guint8 *bytes = g_malloc (N_IMAGES * size);
  g_autofree guint8 *drawn = g_malloc (N_IMAGES * size);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  guint32 indices[N_IMAGES];
  guint n = decode (job, size, bytes, indices, names);
  Sheet *sheet = g_new0 (Sheet, 1);

  sheet->names = g_strv_builder_end (names);
  sheet->cells = g_ptr_array_new_full (n * N_CELLS, unref_cell);
  g_ptr_array_set_size (sheet->cells, n * N_CELLS);
  for (guint cell = 0; cell < N_CELLS && n > 0 && !g_cancellable_is_cancelled (cancellable); cell++)
    {
      if (cell > 0)
        lathe_augment_preview (&job->augmentation, job->seed, job->epoch + cell - 1, how, indices, n, bytes, drawn);
      for (guint i = 0; i < n; i++)
        sheet->cells->pdata[i * N_CELLS + cell] = make_texture (how, (cell > 0 ? drawn : bytes) + i * size);
    }
  return sheet;
}

/* --- Showing --- */

static void
show_cell (WbPreview *self, GtkPicture *picture, guint image, guint cell)
{
  const char *name = self->names[image];
  g_autofree char *text = cell == 0
                              /* Translators: a class; alternative text of a picture */
                              ? g_strdup_printf (_ ("%s, as it is"), name)
                              /* Translators: a class, and a number; alternative text of a picture */
                              : g_strdup_printf (_ ("%s, draw %u"), name, cell);

  gtk_picture_set_paintable (picture, self->cells->pdata[image * N_CELLS + cell]);
  gtk_picture_set_alternative_text (picture, text);
}

static void
show_close_up (WbPreview *self)
{
  for (guint cell = 0; cell < N_CELLS; cell++)
    show_cell (self, self->close_up[cell], self->chosen, cell);
}

static void
show_sheet (WbPreview *self)
{
  guint n = self->cells->len / N_CELLS;

  for (guint i = 0; i < N_IMAGES; i++)
    {
      gtk_widget_set_visible (self->rows[i], i < n);
      for (guint cell = 0; cell < N_IN_ROW && i < n; cell++)
        show_cell (self, self->in_row[i][cell], i, cell);
      if (i < n)
        {
          /* Translators: a class; what pressing a row of small pictures does */
          g_autofree char *text = g_strdup_printf (_ ("%s: look closer"), self->names[i]);

          wb_tooltip_set (self->rows[i], text);
          gtk_accessible_update_property (GTK_ACCESSIBLE (self->rows[i]), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
        }
    }
  self->chosen = MIN (self->chosen, MAX (n, 1) - 1);
  if (n > 0)
    show_close_up (self);
}

static void
on_drawn (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbPreview *self = WB_PREVIEW (owner);
  Sheet *sheet = result;

  if (error)
    return;
  g_clear_pointer (&self->cells, g_ptr_array_unref);
  g_clear_pointer (&self->names, g_strfreev);
  self->cells = g_steal_pointer (&sheet->cells);
  self->names = g_steal_pointer (&sheet->names);
  sheet_free (sheet);
  show_sheet (self);
}

/* Some that are spread evenly over the classes. */
static void
draw (WbPreview *self)
{
  guint n_images = lathe_dataset_get_n_images (self->dataset);
  Job *job = g_new0 (Job, 1);

  job->preprocess = self->preprocess;
  job->augmentation = self->hyperparameters.augmentation;
  job->seed = self->hyperparameters.seed;
  job->epoch = self->epoch;
  job->n = MIN (N_IMAGES, n_images);
  for (guint i = 0; i < job->n; i++)
    {
      guint32 index = (guint32) (((guint64) i * n_images + n_images / 2) / job->n);
      const LatheImage *image = lathe_dataset_get_image (self->dataset, index);

      job->indices[i] = index;
      job->images[i] = lathe_image_copy (image);
      job->names[i] = g_strdup (lathe_dataset_get_classes (self->dataset)[image->label]);
    }
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  wb_thread_call (G_OBJECT (self), draw_work, job, job_free, sheet_free, self->cancellable, on_drawn, NULL);
}

void
wb_preview_show (WbPreview *self, LatheDataset *dataset, const LathePreprocess *preprocess,
                 const LatheHyperparameters *hyperparameters)
{
  g_return_if_fail (WB_IS_PREVIEW (self));

  lathe_dataset_ref (dataset);
  g_clear_pointer (&self->dataset, lathe_dataset_unref);
  self->dataset = dataset;
  self->preprocess = *preprocess;
  self->hyperparameters = *hyperparameters;
  draw (self);
}

static void
on_again (WbPreview *self)
{
  self->epoch += N_DRAWS;
  if (self->dataset)
    draw (self);
}

static void
show_kind (WbPreview *self, gboolean close_up)
{
  gtk_stack_set_visible_child_name (self->stack, close_up ? "one" : "all");
  gtk_label_set_label (self->caption, close_up ? _ ("As it is, and as five epochs may see it")
                                               : _ ("As they are, and as three epochs may see them"));
}

static void
on_row (WbPreview *self, GtkWidget *row)
{
  for (guint i = 0; i < N_IMAGES; i++)
    if (self->rows[i] == row)
      self->chosen = i;
  show_close_up (self);
  show_kind (self, TRUE);
}

static void
on_close_up (WbPreview *self)
{
  show_kind (self, FALSE);
}

/* --- Making --- */

static GtkPicture *
make_picture (int height)
{
  return g_object_new (GTK_TYPE_PICTURE, "height-request", height, "hexpand", TRUE, NULL);
}

/* Pictures ask for all the room that they could fill; the list above needs it more. */
static GtkWidget *
make_button (GtkWidget *child, int height)
{
  GtkWidget *button = gtk_button_new ();

  gtk_button_set_child (GTK_BUTTON (button),
                        g_object_new (ADW_TYPE_CLAMP, "orientation", GTK_ORIENTATION_VERTICAL, "maximum-size", height,
                                      "tightening-threshold", height, "child", child, NULL));
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "preview");
  return button;
}

static GtkWidget *
make_sheet (WbPreview *self)
{
  GtkWidget *sheet = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  for (guint i = 0; i < N_IMAGES; i++)
    {
      GtkWidget *row = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_HORIZONTAL, "spacing", 6,
                                     "homogeneous", TRUE, NULL);

      for (guint cell = 0; cell < N_IN_ROW; cell++)
        {
          self->in_row[i][cell] = make_picture (ROW_PIXELS);
          gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->in_row[i][cell]));
        }
      self->rows[i] = make_button (row, ROW_PIXELS);
      g_signal_connect_object (self->rows[i], "clicked", G_CALLBACK (on_row), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (sheet), self->rows[i]);
    }
  return sheet;
}

static GtkWidget *
make_close_up (WbPreview *self)
{
  GtkWidget *grid = g_object_new (GTK_TYPE_GRID, "column-spacing", 6, "row-spacing", 6, "column-homogeneous", TRUE,
                                  "row-homogeneous", TRUE, NULL);
  GtkWidget *button = make_button (grid, N_IMAGES * ROW_PIXELS);

  for (guint cell = 0; cell < N_CELLS; cell++)
    {
      self->close_up[cell] = make_picture (ROW_PIXELS);
      gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (self->close_up[cell]), cell % N_ACROSS, cell / N_ACROSS, 1, 1);
    }
  wb_tooltip_set (button, _ ("Back to all images"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Back to all images"), -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_close_up), self, G_CONNECT_SWAPPED);
  return button;
}

static void
wb_preview_dispose (GObject *object)
{
  WbPreview *self = WB_PREVIEW (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->dataset, lathe_dataset_unref);
  g_clear_pointer (&self->cells, g_ptr_array_unref);
  g_clear_pointer (&self->names, g_strfreev);
  G_OBJECT_CLASS (wb_preview_parent_class)->dispose (object);
}

static void
wb_preview_class_init (WbPreviewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_preview_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-preview.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPreview, stack);
  gtk_widget_class_bind_template_child (widget_class, WbPreview, caption);
  gtk_widget_class_bind_template_callback (widget_class, on_again);
}

static void
wb_preview_init (WbPreview *self)
{
  self->epoch = 1;
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_stack_add_named (self->stack, make_sheet (self), "all");
  gtk_stack_add_named (self->stack, make_close_up (self), "one");
  show_kind (self, FALSE);
}
