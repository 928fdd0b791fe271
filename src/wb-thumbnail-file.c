/* wb-thumbnail-file.c: small pictures kept where the whole desktop keeps them.
 *
 * The Thumbnail Managing Standard of freedesktop.org, version 0.9: ~/.cache/thumbnails/large/ and its like hold PNG
 * files, each named by the MD5 of its image's URI. One counts while the URI and the time of the last change that are
 * written in it are those of the image. So a file manager's thumbnails serve here, and these serve there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-thumbnail-file.h"

#include <glib/gstdio.h>

#define URI_KEY "tEXt::Thumb::URI"
#define MTIME_KEY "tEXt::Thumb::MTIME"

static const struct
{
  guint pixels;
  const char *folder;
} sizes[] = {
    [WB_THUMBNAIL_NORMAL] = {128, "normal"},
    [WB_THUMBNAIL_LARGE] = {256, "large"},
    [WB_THUMBNAIL_X_LARGE] = {512, "x-large"},
};

/* An image and where its thumbnail is kept. */
typedef struct
{
  char *uri, *mtime;
  char *folder, *path;
} Place;

static void
place_clear (Place *place)
{
  g_free (place->uri);
  g_free (place->mtime);
  g_free (place->folder);
  g_free (place->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

static char *
thumbnail_folder (void)
{
  return g_build_filename (g_get_user_cache_dir (), "thumbnails", NULL);
}

/* What is small is decoded sooner than looked up, what lies in an archive has no URI, and of thumbnails there are no
 * thumbnails. */
static gboolean
is_kept (const LatheImage *image, guint pixels)
{
  g_autofree char *folder = thumbnail_folder ();

  return image->piece.kind == LATHE_PIECE_FILE && MAX (image->width, image->height) > pixels &&
         !g_str_has_prefix (image->path, folder);
}

/* FALSE when the image is not there. */
static gboolean
find_place (Place *place, const char *path, const char *size)
{
  g_autofree char *thumbnails = thumbnail_folder (), *digest = NULL, *name = NULL;
  GStatBuf facts;

  if (g_stat (path, &facts) != 0)
    return FALSE;
  place->uri = g_filename_to_uri (path, NULL, NULL);
  if (!place->uri)
    return FALSE;
  place->mtime = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) facts.st_mtime);
  digest = g_compute_checksum_for_string (G_CHECKSUM_MD5, place->uri, -1);
  name = g_strconcat (digest, ".png", NULL);
  place->folder = g_build_filename (thumbnails, size, NULL);
  place->path = g_build_filename (place->folder, name, NULL);
  return TRUE;
}

/* (transfer full) (nullable) */
static GdkPixbuf *
read_kept (const Place *place)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_file (place->path, NULL);

  if (!pixbuf || g_strcmp0 (gdk_pixbuf_get_option (pixbuf, URI_KEY), place->uri) != 0 ||
      g_strcmp0 (gdk_pixbuf_get_option (pixbuf, MTIME_KEY), place->mtime) != 0)
    return NULL;
  return g_steal_pointer (&pixbuf);
}

/* Whole or not at all, and for nobody else's eyes: the standard asks for both. */
static void
keep (const Place *place, GdkPixbuf *pixbuf, const LatheImage *image)
{
  g_autofree char *width = g_strdup_printf ("%u", image->width), *height = g_strdup_printf ("%u", image->height);
  g_autofree char *png = NULL;
  gsize length;

  if (gdk_pixbuf_save_to_buffer (pixbuf, &png, &length, "png", NULL, URI_KEY, place->uri, MTIME_KEY, place->mtime,
                                 "tEXt::Thumb::Image::Width", width, "tEXt::Thumb::Image::Height", height,
                                 "tEXt::Software", "Lathe", "compression", "3", NULL) &&
      g_mkdir_with_parents (place->folder, 0700) == 0)
    g_file_set_contents_full (place->path, png, (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

WbThumbnailSize
wb_thumbnail_size_for (guint pixels)
{
  WbThumbnailSize size = WB_THUMBNAIL_NORMAL;

  while (size < WB_THUMBNAIL_X_LARGE && sizes[size].pixels < pixels)
    size++;
  return size;
}

GdkPixbuf *
wb_thumbnail_file_load (const LatheImage *image, WbThumbnailSize size, GError **error)
{
  guint pixels = sizes[size].pixels;
  g_auto (Place) place = {0};
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  if (!is_kept (image, pixels) || !find_place (&place, image->path, sizes[size].folder))
    return lathe_decode_image_preview (image, pixels, error);
  pixbuf = read_kept (&place);
  if (!pixbuf)
    {
      pixbuf = lathe_decode_image_preview (image, pixels, error);
      if (pixbuf)
        keep (&place, pixbuf, image);
    }
  return g_steal_pointer (&pixbuf);
}
