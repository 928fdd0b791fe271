/* wb-thumbnail-file.c: small pictures kept where the whole desktop keeps them.
 *
 * The Thumbnail Managing Standard of freedesktop.org, version 0.9: ~/.cache/thumbnails/large/ and its like hold PNG
 * files, each named by the MD5 of its image's URI. One counts while the URI and the time of the last change that are
 * written in it are those of the image. So a file manager's thumbnails serve here, and these serve there.
 *
 * Any program may write there. So what is written in a thumbnail is read here, by a walk over the PNG's chunks that
 * believes no length, and its picture is decoded as every other one: in a process without privileges.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-thumbnail-file.h"

#include <glib/gstdio.h>
#include <string.h>

#define URI_KEY "Thumb::URI"
#define MTIME_KEY "Thumb::MTIME"
#define TEXT "tEXt::"        /* as GdkPixbuf names what goes into a chunk of text */
#define MOST_BYTES (4 << 20) /* as pixels, 512 × 512 take one */

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

/* --- What is written in a PNG file (its specification, version 1.2, chapters 3 and 4) --- */

static guint32
big_endian (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 | (guint32) bytes[2] << 8 | bytes[3];
}

/* Whether a chunk of text, a keyword and what it says with a zero between them, says this. */
static gboolean
says (const guint8 *chunk, gsize length, const char *keyword, const char *text)
{
  gsize n_keyword = strlen (keyword) + 1, n_text = strlen (text);

  return length == n_keyword + n_text && memcmp (chunk, keyword, n_keyword) == 0 &&
         memcmp (chunk + n_keyword, text, n_text) == 0;
}

static gboolean
is_within (const guint8 *header, guint pixels)
{
  return big_endian (header) <= pixels && big_endian (header + 4) <= pixels;
}

/* A chunk is its length, four letters, that many bytes, and a checksum. */
static gboolean
is_thumbnail_of (const Place *place, const guint8 *png, gsize n, guint pixels)
{
  static const guint8 signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  gboolean small = FALSE, same = FALSE, current = FALSE;
  gsize length;

  if (n < sizeof signature || memcmp (png, signature, sizeof signature) != 0)
    return FALSE;
  for (gsize at = sizeof signature; n - at >= 12; at += 12 + length)
    {
      const guint8 *letters = png + at + 4, *chunk = png + at + 8;

      length = big_endian (png + at);
      if (length > n - at - 12)
        return FALSE;
      if (length == 13 && memcmp (letters, "IHDR", 4) == 0)
        small = is_within (chunk, pixels);
      else if (memcmp (letters, "tEXt", 4) == 0)
        {
          same |= says (chunk, length, URI_KEY, place->uri);
          current |= says (chunk, length, MTIME_KEY, place->mtime);
        }
    }
  return small && same && current;
}

/* (transfer full) (nullable) */
static GdkPixbuf *
read_kept (const Place *place, guint pixels)
{
  g_autofree char *png = NULL;
  GStatBuf facts;
  gsize n;

  if (g_stat (place->path, &facts) != 0 || !S_ISREG (facts.st_mode) || facts.st_size > MOST_BYTES ||
      !g_file_get_contents (place->path, &png, &n, NULL) || !is_thumbnail_of (place, (const guint8 *) png, n, pixels))
    return NULL;
  return lathe_decode_preview (place->path, pixels, NULL);
}

/* --- Keeping --- */

/* Whole or not at all, and for nobody else's eyes: the standard asks for both. */
static void
keep (const Place *place, GdkPixbuf *pixbuf, const LatheImage *image)
{
  g_autofree char *width = g_strdup_printf ("%u", image->width), *height = g_strdup_printf ("%u", image->height);
  g_autofree char *png = NULL;
  gsize length;

  if (gdk_pixbuf_save_to_buffer (pixbuf, &png, &length, "png", NULL, TEXT URI_KEY, place->uri, TEXT MTIME_KEY,
                                 place->mtime, TEXT "Thumb::Image::Width", width, TEXT "Thumb::Image::Height", height,
                                 TEXT "Software", "Lathe", "compression", "3", NULL) &&
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
  pixbuf = read_kept (&place, pixels);
  if (!pixbuf)
    {
      pixbuf = lathe_decode_image_preview (image, pixels, error);
      if (pixbuf)
        keep (&place, pixbuf, image);
    }
  return g_steal_pointer (&pixbuf);
}
