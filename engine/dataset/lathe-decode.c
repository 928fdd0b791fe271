/* lathe-decode.c: from a file to the bytes that the network sees; the one preprocessing path.
 *
 * Files are opened here; decoded they are in another process, without privileges: lathe-decoder.h. Where that cannot be
 * had, and for bytes that are pixels already, it is done here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-decode.h"

#include "lathe-decoder.h"
#include "lathe-picture.h"

static gboolean
is_decoded_elsewhere (const LathePiece *piece)
{
  return (piece == NULL || piece->kind != LATHE_PIECE_PIXELS) && lathe_decoder_is_used ();
}

static GdkPixbuf *
pixbuf_of (guint8 *rgb, guint width, guint height)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (rgb, (gsize) width * height * 3);
  return gdk_pixbuf_new_from_bytes (bytes, GDK_COLORSPACE_RGB, FALSE, 8, (int) width, (int) height, (int) width * 3);
}

static gboolean
decode_here (const char *path, const LathePiece *piece, const LathePreprocess *preprocess, guint8 *bytes,
             GError **error)
{
  g_auto (LatheImageFile) file = {.bytes = LATHE_BYTES_CLOSED};
  if (!lathe_image_file_open_here (&file, path, piece, error))
    return FALSE;
  g_autoptr (GMutexLocker) alone = lathe_picture_is_large (&file) ? lathe_picture_wait_for_room () : NULL;
  return lathe_picture_decode (&file, preprocess, bytes, error);
}

static gboolean
decode (const char *path, const LathePiece *piece, const LathePreprocess *preprocess, guint8 *bytes, GError **error)
{
  g_auto (LatheBytes) file = LATHE_BYTES_CLOSED;

  if (!is_decoded_elsewhere (piece))
    return decode_here (path, piece, preprocess, bytes, error);
  return lathe_bytes_open (&file, path, piece, error) && lathe_decoder_decode (&file, preprocess, bytes, error);
}

gboolean
lathe_decode_file (const char *path, const LathePreprocess *preprocess, guint8 *bytes, GError **error)
{
  return decode (path, NULL, preprocess, bytes, error);
}

gboolean
lathe_decode_image (const LatheImage *image, const LathePreprocess *preprocess, guint8 *bytes, GError **error)
{
  return decode (image->path, &image->piece, preprocess, bytes, error);
}

gboolean
lathe_decode_bytes (GBytes *file, const LathePreprocess *preprocess, guint8 *bytes, GError **error)
{
  goffset size = (goffset) g_bytes_get_size (file);
  g_auto (LathePiece) piece = {
      .kind = LATHE_PIECE_STORED,
      .container = lathe_container_new (file),
      .length = size,
      .size = size,
  };

  return decode (NULL, &piece, preprocess, bytes, error);
}

void
lathe_decode_pixbuf (GdkPixbuf *pixbuf, const LathePreprocess *preprocess, guint8 *bytes)
{
  g_return_if_fail (GDK_IS_PIXBUF (pixbuf));
  lathe_picture_scale (pixbuf, preprocess, bytes);
}

static GdkPixbuf *
preview_here (const char *path, const LathePiece *piece, guint limit, GError **error)
{
  g_auto (LatheImageFile) file = {.bytes = LATHE_BYTES_CLOSED};
  guint width, height;

  if (!lathe_image_file_open_here (&file, path, piece, error))
    return NULL;
  g_autoptr (GMutexLocker) alone = lathe_picture_is_large (&file) ? lathe_picture_wait_for_room () : NULL;
  lathe_picture_fit (&file, limit, &width, &height);
  g_autofree guint8 *rgb = g_malloc ((gsize) width * height * 3);
  if (!lathe_picture_preview (&file, limit, rgb, error))
    return NULL;
  return pixbuf_of (g_steal_pointer (&rgb), width, height);
}

static GdkPixbuf *
preview (const char *path, const LathePiece *piece, guint limit, GError **error)
{
  g_auto (LatheBytes) file = LATHE_BYTES_CLOSED;
  guint width, height;

  if (!is_decoded_elsewhere (piece))
    return preview_here (path, piece, limit, error);
  if (!lathe_bytes_open (&file, path, piece, error))
    return NULL;
  guint8 *rgb = lathe_decoder_preview (&file, limit, &width, &height, error);
  return rgb != NULL ? pixbuf_of (rgb, width, height) : NULL;
}

GdkPixbuf *
lathe_decode_preview (const char *path, guint limit, GError **error)
{
  return preview (path, NULL, limit, error);
}

GdkPixbuf *
lathe_decode_image_preview (const LatheImage *image, guint limit, GError **error)
{
  return preview (image->path, &image->piece, limit, error);
}

char *
lathe_decode_describe_safety (void)
{
  return lathe_decoder_describe ();
}

void
lathe_preprocess_tabulate (const LathePreprocess *preprocess, LatheByteTable table)
{
  for (guint c = 0; c < preprocess->channels; c++)
    for (guint value = 0; value < 256; value++)
      table[c][value] =
          ((LatheReal) value / 255 - (LatheReal) preprocess->mean[c]) / (LatheReal) preprocess->deviation[c];
}

void
lathe_preprocess_apply (const LathePreprocess *preprocess, LatheByteTable table, const guint8 *bytes, guint n,
                        LatheReal *x)
{
  gsize pixels = (gsize) preprocess->width * preprocess->height * n;

  g_return_if_fail (preprocess->channels == 1 || preprocess->channels == 3);
  if (preprocess->channels == 1)
    for (gsize i = 0; i < pixels; i++)
      x[i] = table[0][bytes[i]];
  else
    for (gsize i = 0; i < pixels; i++, x += 3, bytes += 3)
      for (guint c = 0; c < 3; c++)
        x[c] = table[c][bytes[c]];
}
