/* wb-thumbnail.c: a small picture of an image file, decoded in the background.
 *
 * All thumbnails share one loader. It decodes few at a time, the newest wish first (what scrolled into view last is
 * what the user looks at), forgets wishes whose widget went on to something else, and keeps the textures used last.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-thumbnail.h"

#include "wb-thread.h"

#define PIXELS 192 /* larger images are decoded down to this */
#define SHARP 96   /* smaller images are enlarged to this or a little less */
#define MAX_DECODING 2
#define MAX_KEPT 1000 /* textures: at most 150 MB, and 21 MB of 28 × 28 ones */

struct _WbThumbnail
{
  GtkWidget parent_instance;

  int size;
  LatheImage *image;
  GdkTexture *texture;
};

G_DEFINE_FINAL_TYPE (WbThumbnail, wb_thumbnail, GTK_TYPE_WIDGET)

static GQueue wishes = G_QUEUE_INIT; /* (element-type WbThumbnail), newest first, not owned */
static GHashTable *kept;             /* path → GList of `by_age` */
static GQueue by_age = G_QUEUE_INIT; /* (element-type Kept), used last first */
static guint n_decoding;

typedef struct
{
  char *path;
  GdkTexture *texture; /* NULL: not an image */
} Kept;

static void
kept_free (Kept *entry)
{
  g_clear_object (&entry->texture);
  g_free (entry->path);
  g_free (entry);
}

static Kept *
find_kept (const char *path)
{
  GList *link = kept ? g_hash_table_lookup (kept, path) : NULL;

  if (!link)
    return NULL;
  g_queue_unlink (&by_age, link);
  g_queue_push_head_link (&by_age, link);
  return link->data;
}

static void
keep (const char *path, GdkTexture *texture)
{
  Kept *entry;

  if (!kept)
    kept = g_hash_table_new (g_str_hash, g_str_equal);
  if (g_hash_table_contains (kept, path))
    return;
  entry = g_new (Kept, 1);
  *entry = (Kept){g_strdup (path), texture ? g_object_ref (texture) : NULL};
  g_queue_push_head (&by_age, entry);
  g_hash_table_insert (kept, entry->path, by_age.head);
  if (by_age.length > MAX_KEPT)
    {
      Kept *oldest = g_queue_pop_tail (&by_age);

      g_hash_table_remove (kept, oldest->path);
      kept_free (oldest);
    }
}

static void
take_texture (WbThumbnail *self, GdkTexture *texture)
{
  g_set_object (&self->texture, texture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* A small image is enlarged by a whole factor, so that its pixels stay sharp. */
static gpointer
decode_work (gpointer data, GCancellable *cancellable, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = lathe_decode_image_preview (data, PIXELS, error);
  int width, height, factor;
  g_autoptr (GdkPixbuf) enlarged = NULL;

  if (!pixbuf)
    return NULL;
  width = gdk_pixbuf_get_width (pixbuf);
  height = gdk_pixbuf_get_height (pixbuf);
  factor = MAX (SHARP / MAX (width, height), 1);
  enlarged = gdk_pixbuf_scale_simple (pixbuf, width * factor, height * factor, GDK_INTERP_NEAREST);
  return gdk_texture_new_for_pixbuf (enlarged ? enlarged : pixbuf);
}

static const char *
path_of (const LatheImage *image)
{
  return image ? image->path : NULL;
}

static void decode_next (void);

static void
on_decoded (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbThumbnail *self = WB_THUMBNAIL (owner);
  g_autoptr (GdkTexture) texture = result;
  g_autofree char *path = data;

  n_decoding--;
  keep (path, texture);
  if (g_strcmp0 (path, path_of (self->image)) == 0)
    take_texture (self, texture);
  decode_next ();
}

static void
decode_next (void)
{
  while (n_decoding < MAX_DECODING && wishes.length > 0)
    {
      WbThumbnail *thumbnail = g_queue_pop_head (&wishes);

      n_decoding++;
      wb_thread_call (G_OBJECT (thumbnail), decode_work, lathe_image_copy (thumbnail->image),
                      (GDestroyNotify) lathe_image_free, g_object_unref, NULL, on_decoded,
                      g_strdup (thumbnail->image->path));
    }
}

void
wb_thumbnail_set_image (WbThumbnail *self, const LatheImage *image)
{
  const char *path = path_of (image);
  Kept *entry;

  g_return_if_fail (WB_IS_THUMBNAIL (self));

  if (g_strcmp0 (path_of (self->image), path) == 0)
    return;
  g_clear_pointer (&self->image, lathe_image_free);
  self->image = image ? lathe_image_copy (image) : NULL;
  g_queue_remove (&wishes, self);
  entry = path ? find_kept (path) : NULL;
  take_texture (self, entry ? entry->texture : NULL);
  if (path && !entry)
    {
      g_queue_push_head (&wishes, self);
      decode_next ();
    }
}

static void
wb_thumbnail_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WbThumbnail *self = WB_THUMBNAIL (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  double scale, w, h;
  graphene_rect_t bounds;

  if (!self->texture)
    {
      GdkRGBA color;

      gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
      color.alpha *= 0.06;
      gtk_snapshot_append_color (snapshot, &color, &GRAPHENE_RECT_INIT (0, 0, width, height));
      return;
    }

  w = gdk_texture_get_width (self->texture);
  h = gdk_texture_get_height (self->texture);
  scale = MIN (width / w, height / h);
  bounds = GRAPHENE_RECT_INIT ((width - w * scale) / 2, (height - h * scale) / 2, w * scale, h * scale);
  gtk_snapshot_append_texture (snapshot, self->texture, &bounds);
}

static void
wb_thumbnail_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = WB_THUMBNAIL (widget)->size;
}

static void
wb_thumbnail_dispose (GObject *object)
{
  WbThumbnail *self = WB_THUMBNAIL (object);

  g_queue_remove (&wishes, self);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->image, lathe_image_free);
  G_OBJECT_CLASS (wb_thumbnail_parent_class)->dispose (object);
}

static void
wb_thumbnail_class_init (WbThumbnailClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_thumbnail_dispose;
  widget_class->snapshot = wb_thumbnail_snapshot;
  widget_class->measure = wb_thumbnail_measure;
  gtk_widget_class_set_css_name (widget_class, "thumbnail");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
wb_thumbnail_init (WbThumbnail *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_halign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

GtkWidget *
wb_thumbnail_new (int size)
{
  WbThumbnail *self = g_object_new (WB_TYPE_THUMBNAIL, NULL);

  self->size = size;
  return GTK_WIDGET (self);
}
