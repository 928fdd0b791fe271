/* lathe-image-file.c: an image file, opened and measured with distrust.
 *
 * JPEG and PNG, nearly all there is, are measured by a walk over their segments: a few short reads, and the only
 * way to learn of a missing end before decoding. That walk, and the one over a TIFF's tags, is done wherever it is
 * asked for: it reads into small buffers of fixed size, allocates nothing, and takes no more steps than there are
 * limits for. Everything else is measured by GdkPixbuf's own loaders, which also decode all but JPEG, and which had
 * better run in a process that has nothing to lose: lathe-decoder.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE               /* memmem() */
#define GDK_PIXBUF_ENABLE_BACKEND /* the signatures of formats */
#include "lathe-image-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-decode.h"
#include "lathe-decoder.h"
#include "lathe-jpeg.h"

#define CHUNK 32768
#define HEAD 4096            /* bytes that tell the format */
#define MAX_SEGMENTS 4096    /* of a JPEG's header: real ones have a few dozen */
#define MAX_IFD_ENTRIES 256u /* likewise, of a TIFF directory */

static gboolean
refuse (GError **error, LatheError code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return FALSE;
}

static gboolean
refuse_truncated (GError **error)
{
  return refuse (error, LATHE_ERROR_FORMAT, _ ("truncated"));
}

static gboolean
refuse_header (GError **error)
{
  return refuse (error, LATHE_ERROR_FORMAT, _ ("damaged header"));
}

static gboolean
read_all (const LatheImageFile *file, goffset at, void *buffer, gsize n)
{
  return lathe_bytes_read (&file->bytes, at, buffer, n) == n;
}

static guint32
big_endian (const guint8 *bytes, guint n)
{
  guint32 value = 0;
  for (guint i = 0; i < n; i++)
    value = value << 8 | bytes[i];
  return value;
}

static guint32
tiff_number (const guint8 *bytes, guint n, gboolean little)
{
  guint8 turned[4];
  for (guint i = 0; i < n; i++)
    turned[i] = bytes[little ? n - 1 - i : i];
  return big_endian (turned, n);
}

/* Looks for the mark that ends an image. It is nearly always at the very end; but phones and cameras append to their
 * files, so that it may be anywhere behind `from`. */
static gboolean
has_end (const LatheImageFile *file, goffset from, const char *mark)
{
  gsize length = strlen (mark);
  char buffer[CHUNK];

  if (file->bytes.size - (goffset) length >= from &&
      read_all (file, file->bytes.size - (goffset) length, buffer, length) && memcmp (buffer, mark, length) == 0)
    return TRUE;

  for (goffset at = from; at < file->bytes.size; at += (goffset) (CHUNK - length + 1))
    {
      gsize n = lathe_bytes_read (&file->bytes, at, buffer, CHUNK);
      if (memmem (buffer, n, mark, length) != NULL)
        return TRUE;
      if (n < CHUNK)
        break;
    }
  return FALSE;
}

/* The first directory of a TIFF, which is also how EXIF stores its tags (TIFF 6.0, section 2). */
static void
read_tiff_tags (LatheImageFile *file, goffset base)
{
  enum
  {
    PHOTOMETRIC = 0x0106,
    ORIENTATION = 0x0112,
  };
  guint8 head[8], count[2], entry[12];

  if (!read_all (file, base, head, sizeof head))
    return;
  gboolean little = head[0] == 'I';
  goffset at = base + tiff_number (head + 4, 4, little);
  if (!read_all (file, at, count, sizeof count))
    return;
  at += sizeof count;

  guint n = MIN (tiff_number (count, 2, little), MAX_IFD_ENTRIES);
  for (guint i = 0; i < n && read_all (file, at, entry, sizeof entry); i++, at += sizeof entry)
    {
      guint tag = tiff_number (entry, 2, little);
      guint value = tiff_number (entry + 8, 2, little);
      if (tag == ORIENTATION && value >= 1 && value <= 8)
        file->orientation = value;
      else if (tag == PHOTOMETRIC && base == 0)
        file->grey = value <= 1;
    }
}

static gboolean
is_jpeg_frame (guint marker)
{
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static gboolean
is_jpeg_marker_alone (guint marker)
{
  return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/* ITU T.81, annex B: markers, each with its length, up to the start of the scan. */
static gboolean
measure_jpeg (LatheImageFile *file, GError **error)
{
  enum
  {
    START_OF_SCAN = 0xda,
    APP1 = 0xe1,
  };
  goffset at = 2;

  for (guint i = 0; i < MAX_SEGMENTS; i++)
    {
      guint8 head[4], body[6];
      if (!read_all (file, at, head, sizeof head))
        return refuse_truncated (error);
      if (head[0] != 0xff)
        return refuse_header (error);
      if (head[1] == 0xff)
        {
          at++;
          continue;
        }
      if (is_jpeg_marker_alone (head[1]))
        {
          at += 2;
          continue;
        }
      if (head[1] == START_OF_SCAN)
        return has_end (file, at, "\xff\xd9") || refuse_truncated (error);

      if (is_jpeg_frame (head[1]) && read_all (file, at + 4, body, sizeof body))
        {
          file->height = big_endian (body + 1, 2);
          file->width = big_endian (body + 3, 2);
          file->grey = body[5] == 1;
          file->jpeg = body[5] == 1 || body[5] == 3;
        }
      if (head[1] == APP1 && read_all (file, at + 4, body, sizeof body) && memcmp (body, "Exif\0", 6) == 0)
        read_tiff_tags (file, at + 10);
      at += 2 + big_endian (head + 2, 2);
    }
  return refuse_header (error);
}

static gboolean
measure_png (LatheImageFile *file, GError **error)
{
  guint8 head[26]; /* signature, length, "IHDR", width, height, depth, colour type */

  if (!read_all (file, 0, head, sizeof head))
    return refuse_truncated (error);
  if (memcmp (head + 12, "IHDR", 4) != 0)
    return refuse_header (error);
  file->width = big_endian (head + 16, 4);
  file->height = big_endian (head + 20, 4);
  file->grey = (head[25] & ~4) == 0;
  return has_end (file, sizeof head, "IEND\xae\x42\x60\x82") || refuse_truncated (error);
}

/* What GdkPixbuf is asked while it loads. */
typedef struct
{
  guint width, height; /* out: as the file says */
  gboolean measure;    /* the size is all that is wanted */
  gboolean stop;
} Loading;

static gboolean
check_size (guint width, guint height, GError **error)
{
  if (width == 0 || height == 0)
    return refuse_header (error);
  if (width <= LATHE_MAX_SIDE && height <= LATHE_MAX_SIDE && (guint64) width * height <= LATHE_MAX_PIXELS)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("%u×%u pixels is more than the %u megapixels, or %u pixels a side, that an image may have"), width,
               height, LATHE_MAX_PIXELS / 1000000u, LATHE_MAX_SIDE);
  return FALSE;
}

/* A size of nothing tells every loader to give up before it allocates. */
static void
on_size_prepared (GdkPixbufLoader *loader, int width, int height, gpointer data)
{
  Loading *loading = data;

  loading->width = (guint) MAX (width, 0);
  loading->height = (guint) MAX (height, 0);
  if (loading->measure || !check_size (loading->width, loading->height, NULL))
    {
      loading->stop = TRUE;
      gdk_pixbuf_loader_set_size (loader, 0, 0);
    }
}

/* Whole sentences of GdkPixbuf become the reason's second half. */
static gboolean
refuse_as_gdk_pixbuf (GError *cause, GError **error)
{
  if (g_error_matches (cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY))
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("needs more memory than there is"));
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("damaged (%s)"),
               cause != NULL ? cause->message : _ ("no image in it"));
  return FALSE;
}

static gboolean
byte_fits (char byte, char wanted, char kind)
{
  switch (kind)
    {
    case ' ':
      return byte == wanted;
    case '!':
      return byte != wanted;
    case 'z':
      return byte == 0;
    case 'n':
      return byte != 0;
    default:
      return TRUE;
    }
}

/* Whether a format's pattern is the file's head. It has a mask that says what each byte is to be; a star in front of
 * that lets the pattern begin anywhere. */
static gboolean
pattern_fits (const GdkPixbufModulePattern *pattern, const char *head, gsize n)
{
  gboolean anywhere = pattern->mask != NULL && pattern->mask[0] == '*';
  const char *prefix = pattern->prefix + anywhere, *mask = pattern->mask != NULL ? pattern->mask + anywhere : NULL;
  gsize length = strlen (prefix), masked = mask != NULL ? strlen (mask) : 0;

  for (gsize at = 0; at + length <= n && (at == 0 || anywhere); at++)
    {
      gsize i = 0;
      while (i < length && byte_fits (head[at + i], prefix[i], mask == NULL ? ' ' : i < masked ? mask[i] : 'x'))
        i++;
      if (i == length)
        return TRUE;
    }
  return FALSE;
}

/* A loader for the format that the file's head is of: what GdkPixbuf would find out for itself, but without a look into
 * the desktop's database of types, which is another one on another machine. */
static GdkPixbufLoader *
loader_new (const LatheImageFile *file, GError **error)
{
  char head[HEAD];
  gsize n = lathe_bytes_read (&file->bytes, 0, head, sizeof head);
  g_autoptr (GSList) formats = gdk_pixbuf_get_formats ();
  const char *best = NULL;
  int most = 0;

  for (GSList *item = formats; item != NULL; item = item->next)
    {
      const GdkPixbufFormat *format = item->data;
      for (const GdkPixbufModulePattern *pattern = format->signature; pattern->prefix != NULL; pattern++)
        if (pattern->relevance > most && pattern_fits (pattern, head, n))
          {
            most = pattern->relevance;
            best = format->name;
          }
    }
  GdkPixbufLoader *loader = best != NULL ? gdk_pixbuf_loader_new_with_type (best, NULL) : NULL;
  if (loader == NULL)
    refuse (error, LATHE_ERROR_FORMAT, _ ("not an image"));
  return loader;
}

/* Feeds the file to a loader until `loading` is satisfied. Bombs that are small on disk and long to decode run into
 * the deadline: every chunk is little work, and between two chunks the clock is asked. */
static gboolean
feed (const LatheImageFile *file, GdkPixbufLoader *loader, Loading *loading, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gint64 deadline = g_get_monotonic_time () + LATHE_MAX_DECODE_SECONDS * G_USEC_PER_SEC;
  guint8 buffer[CHUNK];
  gboolean ok = TRUE, late = FALSE;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size_prepared), loading);
  for (goffset at = 0; at < file->bytes.size && ok && !late && !loading->stop; at += CHUNK)
    {
      gsize n = lathe_bytes_read (&file->bytes, at, buffer, (gsize) MIN (CHUNK, file->bytes.size - at));
      ok = gdk_pixbuf_loader_write (loader, buffer, n, &cause);
      late = g_get_monotonic_time () > deadline;
    }
  ok = gdk_pixbuf_loader_close (loader, ok && !loading->stop ? &cause : NULL) && ok;

  if (loading->width > 0 && !check_size (loading->width, loading->height, error))
    return FALSE;
  if (loading->measure && loading->width > 0)
    return TRUE;
  if (late)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("takes too long to decode"));
  if (!ok)
    return refuse_as_gdk_pixbuf (cause, error);
  return TRUE;
}

gboolean
lathe_image_file_measure_here (LatheImageFile *file, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = loader_new (file, error);
  Loading loading = {.measure = TRUE};

  if (loader == NULL || !feed (file, loader, &loading, error))
    return FALSE;
  if (loading.width == 0)
    return refuse_as_gdk_pixbuf (NULL, error);
  file->width = loading.width;
  file->height = loading.height;
  return TRUE;
}

static gboolean
is_html (const char *head, gsize n)
{
  const char *const openings[] = {"<!doctype html", "<html", "<head", "<script"};
  const char *start = head;
  if (g_str_has_prefix (start, "\xef\xbb\xbf"))
    start += 3;
  while (g_ascii_isspace (*start))
    start++;
  for (guint i = 0; i < G_N_ELEMENTS (openings); i++)
    if (g_ascii_strncasecmp (start, openings[i], strlen (openings[i])) == 0)
      return TRUE;
  return FALSE;
}

typedef gboolean (*Measure) (LatheImageFile *file, GError **error);

static gboolean
measure (LatheImageFile *file, Measure measure_other, GError **error)
{
  char head[256] = "";
  gsize n = lathe_bytes_read (&file->bytes, 0, head, sizeof head - 1);

  if (n >= 3 && memcmp (head, "\xff\xd8\xff", 3) == 0)
    return measure_jpeg (file, error);
  if (n >= 8 && memcmp (head, "\x89PNG\r\n\x1a\n", 8) == 0)
    return measure_png (file, error);
  if (is_html (head, n))
    return refuse (error, LATHE_ERROR_FORMAT, _ ("HTML page, not an image"));
  if (n >= 4 && (memcmp (head, "II*\0", 4) == 0 || memcmp (head, "MM\0*", 4) == 0))
    read_tiff_tags (file, 0);
  else if (n >= 2 && head[0] == 'P' && head[1] != '\0' && strchr ("1245", head[1]) != NULL)
    file->grey = TRUE;
  return measure_other (file, error);
}

/* Pixels need no measuring, but all of them must be there. */
static gboolean
measure_pixels (LatheImageFile *file, const LathePiece *piece, GError **error)
{
  guint8 last;

  file->pixels = piece->channels;
  file->width = piece->width;
  file->height = piece->height;
  file->grey = piece->channels == 1;
  return read_all (file, file->bytes.size - 1, &last, 1) || refuse_truncated (error);
}

static gboolean
open_image (LatheImageFile *file, const char *path, const LathePiece *piece, Measure measure_other, GError **error)
{
  *file = (LatheImageFile){.bytes = LATHE_BYTES_CLOSED, .orientation = 1};
  if (!lathe_bytes_open (&file->bytes, path, piece, error))
    return FALSE;
  if (piece != NULL && piece->kind == LATHE_PIECE_PIXELS)
    return measure_pixels (file, piece, error);
  return measure (file, measure_other, error) && check_size (file->width, file->height, error);
}

gboolean
lathe_image_file_open (LatheImageFile *file, const char *path, const LathePiece *piece, GError **error)
{
  return open_image (file, path, piece, lathe_decoder_measure, error);
}

gboolean
lathe_image_file_open_here (LatheImageFile *file, const char *path, const LathePiece *piece, GError **error)
{
  return open_image (file, path, piece, lathe_image_file_measure_here, error);
}

void
lathe_image_file_close (LatheImageFile *file)
{
  lathe_bytes_close (&file->bytes);
}

gboolean
lathe_image_file_hash (const LatheImageFile *file, guint64 *hash, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 buffer[CHUNK], digest[32];
  gsize length = sizeof digest;

  for (goffset at = 0; at < file->bytes.size; at += CHUNK)
    {
      gsize n = (gsize) MIN (CHUNK, file->bytes.size - at);
      if (!read_all (file, at, buffer, n))
        return refuse (error, LATHE_ERROR_IO, _ ("cannot be read to its end"));
      g_checksum_update (checksum, buffer, (gssize) n);
    }
  g_checksum_get_digest (checksum, digest, &length);
  *hash = (guint64) big_endian (digest, 4) << 32 | big_endian (digest + 4, 4);
  return TRUE;
}

/* From planes, one behind the other, to a pixbuf's triplets. */
static GdkPixbuf *
load_pixels (const LatheImageFile *file, GError **error)
{
  gsize plane = (gsize) file->width * file->height;
  g_autofree guint8 *planes = g_malloc (plane * file->pixels);

  if (!read_all (file, 0, planes, plane * file->pixels))
    {
      refuse_truncated (error);
      return NULL;
    }
  guint8 *rgb = g_malloc (plane * 3);
  for (gsize i = 0; i < plane; i++)
    for (guint c = 0; c < 3; c++)
      rgb[i * 3 + c] = planes[(file->pixels == 3 ? c : 0) * plane + i];
  g_autoptr (GBytes) bytes = g_bytes_new_take (rgb, plane * 3);
  return gdk_pixbuf_new_from_bytes (bytes, GDK_COLORSPACE_RGB, FALSE, 8, (int) file->width, (int) file->height,
                                    (int) file->width * 3);
}

GdkPixbuf *
lathe_image_file_load (const LatheImageFile *file, guint width, guint height, guint *reduction, GError **error)
{
  if (file->jpeg)
    return lathe_jpeg_load (file, width, height, reduction, error);
  *reduction = 1;
  if (file->pixels > 0)
    return load_pixels (file, error);

  g_autoptr (GdkPixbufLoader) loader = loader_new (file, error);
  Loading loading = {0};
  if (loader == NULL || !feed (file, loader, &loading, error))
    return NULL;
  GdkPixbuf *pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf == NULL)
    {
      refuse_as_gdk_pixbuf (NULL, error);
      return NULL;
    }
  return g_object_ref (pixbuf);
}
