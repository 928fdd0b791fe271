/* wb-thumbnail.c: a small picture of an image file, loaded in the background.
 *
 * All thumbnails share one loader. It loads few at a time, what is in sight and wished for last first (what scrolled
 * into view last is what the user looks at), forgets wishes whose widget went on to something else, and keeps the
 * textures used last, and which images cannot be decoded.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-thumbnail.h"

#include <string.h>

#include "wb-thread.h"
#include "wb-thumbnail-file.h"

#define SHARP 96 /* pixels that a smaller image is enlarged to, or a little less; doubled with the size */
#define MAX_KEPT (64 * 1024 * 1024.0) /* bytes of the textures used last */
#define CORNER 6
#define MARK 18
#define MARK_ICON 12

struct _WbThumbnail
{
  GtkWidget parent_instance;

  int size;
  gboolean marked;
  LatheImage *image;
  char *key; /* of the texture: size, bytes and path; NULL without an image */
  GList *wish;
  GdkTexture *texture;
  gboolean failed;
};

G_DEFINE_FINAL_TYPE (WbThumbnail, wb_thumbnail, GTK_TYPE_WIDGET)

static GQueue wishes = G_QUEUE_INIT; /* (element-type WbThumbnail), newest first, not owned */
static GHashTable *kept;             /* key → GList of `by_age` */
static GQueue by_age = G_QUEUE_INIT; /* (element-type Kept), used last first */
static double kept_bytes;
static guint n_decoding;

typedef struct
{
  char *key;
  GdkTexture *texture; /* NULL: not an image */
} Kept;

static double
bytes_of (const Kept *entry)
{
  return entry->texture ? 4.0 * gdk_texture_get_width (entry->texture) * gdk_texture_get_height (entry->texture) : 0;
}

static void
kept_free (Kept *entry)
{
  g_clear_object (&entry->texture);
  g_free (entry->key);
  g_free (entry);
}

static Kept *
find_kept (const char *key)
{
  GList *link = kept ? g_hash_table_lookup (kept, key) : NULL;

  if (!link)
    return NULL;
  g_queue_unlink (&by_age, link);
  g_queue_push_head_link (&by_age, link);
  return link->data;
}

static void
keep (const char *key, GdkTexture *texture)
{
  Kept *entry;

  if (!kept)
    kept = g_hash_table_new (g_str_hash, g_str_equal);
  if (g_hash_table_contains (kept, key))
    return;
  entry = g_new (Kept, 1);
  *entry = (Kept){g_strdup (key), texture ? g_object_ref (texture) : NULL};
  g_queue_push_head (&by_age, entry);
  g_hash_table_insert (kept, entry->key, by_age.head);
  kept_bytes += bytes_of (entry);
  while (kept_bytes > MAX_KEPT)
    {
      Kept *oldest = g_queue_pop_tail (&by_age);

      kept_bytes -= bytes_of (oldest);
      g_hash_table_remove (kept, oldest->key);
      kept_free (oldest);
    }
}

static void
take (WbThumbnail *self, const Kept *entry)
{
  GdkTexture *texture = entry ? entry->texture : NULL;

  g_set_object (&self->texture, texture);
  self->failed = entry && !entry->texture;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

typedef struct
{
  LatheImage *image;
  WbThumbnailSize size;
} Wanted;

static void
wanted_free (gpointer data)
{
  Wanted *wanted = data;

  lathe_image_free (wanted->image);
  g_free (wanted);
}

/* A small image is enlarged by a whole factor, so that its pixels stay sharp. */
static gpointer
load_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Wanted *wanted = data;
  g_autoptr (GdkPixbuf) pixbuf = wb_thumbnail_file_load (wanted->image, wanted->size, error);
  int width, height, factor;
  g_autoptr (GdkPixbuf) enlarged = NULL;

  if (!pixbuf)
    return NULL;
  width = gdk_pixbuf_get_width (pixbuf);
  height = gdk_pixbuf_get_height (pixbuf);
  factor = MAX ((SHARP << wanted->size) / MAX (width, height), 1);
  if (factor > 1)
    enlarged = gdk_pixbuf_scale_simple (pixbuf, width * factor, height * factor, GDK_INTERP_NEAREST);
  return gdk_texture_new_for_pixbuf (enlarged ? enlarged : pixbuf);
}

static WbThumbnailSize
size_of (WbThumbnail *self)
{
  return wb_thumbnail_size_for (self->size * gtk_widget_get_scale_factor (GTK_WIDGET (self)));
}

static void load_next (void);

static void
on_loaded (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbThumbnail *self = WB_THUMBNAIL (owner);
  g_autoptr (GdkTexture) texture = result;
  g_autofree char *key = data;

  n_decoding--;
  keep (key, texture);
  if (g_strcmp0 (key, self->key) == 0)
    take (self, &(Kept){key, texture});
  load_next ();
}

/* A view binds more than it shows, so as to be ready. */
static gboolean
is_in_sight (WbThumbnail *self)
{
  GtkWidget *widget = GTK_WIDGET (self), *view = gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW);
  graphene_point_t middle = GRAPHENE_POINT_INIT (self->size / 2.0f, self->size / 2.0f), at;

  return !view || (gtk_widget_compute_point (widget, view, &middle, &at) && at.y > -self->size / 2.0f &&
                   at.y < (float) gtk_widget_get_height (view) + self->size / 2.0f);
}

static void
forget_wish (WbThumbnail *self)
{
  if (self->wish)
    g_queue_delete_link (&wishes, self->wish);
  self->wish = NULL;
}

/* What is seen comes first, and of that the newest. */
static WbThumbnail *
take_wish (void)
{
  GList *chosen = wishes.head;
  WbThumbnail *self;

  for (GList *link = wishes.head; link; link = link->next)
    if (is_in_sight (link->data))
      {
        chosen = link;
        break;
      }
  self = chosen->data;
  forget_wish (self);
  return self;
}

static gboolean
load_when_idle (gpointer data)
{
  load_next ();
  return G_SOURCE_REMOVE;
}

static void
load_next (void)
{
  while (n_decoding < CLAMP (g_get_num_processors () / 2, 2, 8) && wishes.length > 0)
    {
      WbThumbnail *self = take_wish ();
      Wanted *wanted = g_new (Wanted, 1);

      *wanted = (Wanted){lathe_image_copy (self->image), size_of (self)};
      n_decoding++;
      wb_thread_call (G_OBJECT (self), load_work, wanted, wanted_free, g_object_unref, NULL, on_loaded,
                      g_strdup (self->key));
    }
}

/* A new wish waits for the others of its frame: only then is it known what is in sight. */
static void
wish (WbThumbnail *self)
{
  g_queue_push_head (&wishes, self);
  self->wish = wishes.head;
  if (wishes.length == 1)
    g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, 0, load_when_idle, NULL, NULL);
}

/* A file that was written over is another image. (nullable) */
static char *
make_key (WbThumbnail *self)
{
  const LatheImage *image = self->image;

  return image ? g_strdup_printf ("%u %" G_GINT64_MODIFIER "x %s", size_of (self), image->hash, image->path) : NULL;
}

/* Another image, or another size of it. */
static void
show (WbThumbnail *self)
{
  g_autofree char *key = make_key (self);
  Kept *entry;

  if (g_strcmp0 (key, self->key) == 0)
    return;
  g_free (self->key);
  self->key = g_steal_pointer (&key);
  forget_wish (self);
  entry = self->key ? find_kept (self->key) : NULL;
  if (self->key && !entry)
    wish (self);
  if (entry || !self->key)
    take (self, entry);
}

static gboolean
is_same (const LatheImage *a, const LatheImage *b)
{
  return a && b ? a->hash == b->hash && strcmp (a->path, b->path) == 0 : a == b;
}

void
wb_thumbnail_set_image (WbThumbnail *self, const LatheImage *image)
{
  g_return_if_fail (WB_IS_THUMBNAIL (self));

  if (is_same (self->image, image))
    return;
  g_clear_pointer (&self->image, lathe_image_free);
  self->image = image ? lathe_image_copy (image) : NULL;
  take (self, NULL);
  show (self);
}

void
wb_thumbnail_set_size (WbThumbnail *self, int size)
{
  g_return_if_fail (WB_IS_THUMBNAIL (self));

  if (self->size == size)
    return;
  self->size = size;
  gtk_widget_queue_resize (GTK_WIDGET (self));
  show (self);
}

void
wb_thumbnail_set_marked (WbThumbnail *self, gboolean marked)
{
  g_return_if_fail (WB_IS_THUMBNAIL (self));

  if (self->marked == marked)
    return;
  self->marked = marked;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

GdkPaintable *
wb_thumbnail_get_paintable (WbThumbnail *self)
{
  g_return_val_if_fail (WB_IS_THUMBNAIL (self), NULL);

  return self->texture ? GDK_PAINTABLE (self->texture) : NULL;
}

static void
draw_icon (GtkWidget *widget, GtkSnapshot *snapshot, const char *name, double size, double x, double y,
           const GdkRGBA *color)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (widget));
  g_autoptr (GtkIconPaintable) icon =
      gtk_icon_theme_lookup_icon (theme, name, NULL, (int) size, gtk_widget_get_scale_factor (widget),
                                  gtk_widget_get_direction (widget), GTK_ICON_LOOKUP_FORCE_SYMBOLIC);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, size, size, color, 1);
  gtk_snapshot_restore (snapshot);
}

static void
draw_mark (GtkWidget *widget, GtkSnapshot *snapshot)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  double x = gtk_widget_get_width (widget) - MARK - 3;
  graphene_rect_t bounds = GRAPHENE_RECT_INIT ((float) x, 3, MARK, MARK);
  GskRoundedRect circle;
  GdkRGBA back, front;

  if (!gtk_style_context_lookup_color (style, "accent_bg_color", &back) ||
      !gtk_style_context_lookup_color (style, "accent_fg_color", &front))
    return;
  gsk_rounded_rect_init_from_rect (&circle, &bounds, MARK / 2.0f);
  gtk_snapshot_push_rounded_clip (snapshot, &circle);
  gtk_snapshot_append_color (snapshot, &back, &bounds);
  gtk_snapshot_pop (snapshot);
  draw_icon (widget, snapshot, "document-edit-symbolic", MARK_ICON, x + (MARK - MARK_ICON) / 2.0,
             3 + (MARK - MARK_ICON) / 2.0, &front);
}

/* Where nothing is to be seen yet there is a faint square. */
static void
draw_absence (WbThumbnail *self, GtkSnapshot *snapshot, double width, double height)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GdkRGBA color, faint;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  faint = color;
  faint.alpha *= 0.06f;
  gtk_snapshot_append_color (snapshot, &faint, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  color.alpha *= 0.4f;
  if (self->failed)
    draw_icon (widget, snapshot, "image-missing-symbolic", 32, (width - 32) / 2, (height - 32) / 2, &color);
}

static void
draw_texture (GtkSnapshot *snapshot, GdkTexture *texture, double width, double height)
{
  double w = gdk_texture_get_width (texture), h = gdk_texture_get_height (texture);
  double scale = MIN (width / w, height / h);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT ((float) ((width - w * scale) / 2), (float) ((height - h * scale) / 2),
                                               (float) (w * scale), (float) (h * scale));
  GskRoundedRect corners;

  gsk_rounded_rect_init_from_rect (&corners, &bounds, CORNER);
  gtk_snapshot_push_rounded_clip (snapshot, &corners);
  gtk_snapshot_append_texture (snapshot, texture, &bounds);
  gtk_snapshot_pop (snapshot);
}

static void
wb_thumbnail_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WbThumbnail *self = WB_THUMBNAIL (widget);
  double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);

  if (self->texture)
    draw_texture (snapshot, self->texture, width, height);
  else if (self->image)
    draw_absence (self, snapshot, width, height);
  if (self->marked)
    draw_mark (widget, snapshot);
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

  forget_wish (self);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->image, lathe_image_free);
  g_clear_pointer (&self->key, g_free);
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
