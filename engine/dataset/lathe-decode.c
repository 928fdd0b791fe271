/* lathe-decode.c: from a file to the bytes that the network sees; the one preprocessing path.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-decode.h"

#include "lathe-image-file.h"
#include "lathe-resample.h"

/* Images above this are decoded one at a time, whatever the number of threads: memory stays that of one. */
#define LARGE_PIXELS 16000000u
static GMutex large_lock;

/* How far above the wanted size a reduced one must be, in quarters of it. Over photographs, what comes out differs from
 * decoding whole by 39 dB (PSNR) at a quarter above, as little as a triangle filter differs from a cubic one; by 34 dB
 * at no more than the size itself; and by 42 dB at twice the size, which costs 1.5 times as long. */
enum
{
  FOR_A_LOOK = 4,
  FOR_A_NETWORK = 5,
};

static gboolean
is_large (const LatheImageFile *file)
{
  return (guint64) file->width * file->height > LARGE_PIXELS;
}

/* n × a / b, rounded, and at least `least`. */
static guint
in_proportion (guint n, guint a, guint b, guint least)
{
  return MAX (least, (guint) (((guint64) n * a + b / 2) / b));
}

/* The centre of the image scaled so that it just covers the preprocessing's size. */
static LatheWindow
cover (guint width, guint height, const LathePreprocess *preprocess)
{
  guint w = preprocess->width, h = preprocess->height;
  gboolean wide = (guint64) width * h >= (guint64) height * w;
  LatheWindow window = {
      .scaled_width = wide ? in_proportion (width, h, height, w) : w,
      .scaled_height = wide ? h : in_proportion (height, w, width, h),
      .width = w,
      .height = h,
  };
  window.x = (window.scaled_width - w) / 2;
  window.y = (window.scaled_height - h) / 2;
  return window;
}

static LatheWindow
fit (guint width, guint height, guint limit)
{
  guint longest = MAX (width, height);
  if (limit == 0 || limit > longest)
    limit = longest;
  LatheWindow window = {
      .width = in_proportion (width, limit, longest, 1),
      .height = in_proportion (height, limit, longest, 1),
  };
  window.scaled_width = window.width;
  window.scaled_height = window.height;
  return window;
}

static guint
upright_width (const LatheImageFile *file)
{
  return lathe_image_file_is_turned (file) ? file->height : file->width;
}

static guint
upright_height (const LatheImageFile *file)
{
  return lathe_image_file_is_turned (file) ? file->width : file->height;
}

/* The upright image, decoded to no less than `quarters` / 4 times the window's scale. */
static GdkPixbuf *
load (const LatheImageFile *file, const LatheWindow *window, guint quarters, LatheExtent *extent, GError **error)
{
  guint width = (MIN (window->scaled_width, LATHE_MAX_SIDE) * quarters + 3) / 4;
  guint height = (MIN (window->scaled_height, LATHE_MAX_SIDE) * quarters + 3) / 4;
  gboolean turned = lathe_image_file_is_turned (file);
  guint reduction;
  g_autoptr (GdkPixbuf) pixbuf =
      lathe_image_file_load (file, turned ? height : width, turned ? width : height, &reduction, error);
  if (pixbuf == NULL)
    return NULL;

  GdkPixbuf *upright = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  extent->width = (double) upright_width (file) / reduction;
  extent->height = (double) upright_height (file) / reduction;
  extent->left = lathe_image_file_is_mirrored (file) ? gdk_pixbuf_get_width (upright) - extent->width : 0;
  extent->top = lathe_image_file_is_upside_down (file) ? gdk_pixbuf_get_height (upright) - extent->height : 0;
  return upright;
}

void
lathe_decode_pixbuf (GdkPixbuf *pixbuf, const LathePreprocess *preprocess, guint8 *bytes)
{
  g_return_if_fail (GDK_IS_PIXBUF (pixbuf));

  g_autoptr (GdkPixbuf) upright = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  guint width = (guint) gdk_pixbuf_get_width (upright), height = (guint) gdk_pixbuf_get_height (upright);
  LatheExtent whole = {.width = width, .height = height};
  LatheWindow window = cover (width, height, preprocess);
  lathe_resample (upright, &whole, &window, preprocess->channels, bytes);
}

static gboolean
decode (const char *path, const LathePiece *piece, const LathePreprocess *preprocess, guint8 *bytes, GError **error)
{
  g_auto (LatheImageFile) file = {.bytes = LATHE_BYTES_CLOSED};
  if (!lathe_image_file_open (&file, path, piece, error))
    return FALSE;

  g_autoptr (GMutexLocker) alone = is_large (&file) ? g_mutex_locker_new (&large_lock) : NULL;
  LatheWindow window = cover (upright_width (&file), upright_height (&file), preprocess);
  LatheExtent extent;
  g_autoptr (GdkPixbuf) upright = load (&file, &window, FOR_A_NETWORK, &extent, error);
  if (upright == NULL)
    return FALSE;
  lathe_resample (upright, &extent, &window, preprocess->channels, bytes);
  return TRUE;
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

static GdkPixbuf *
preview (const char *path, const LathePiece *piece, guint limit, GError **error)
{
  g_auto (LatheImageFile) file = {.bytes = LATHE_BYTES_CLOSED};
  if (!lathe_image_file_open (&file, path, piece, error))
    return NULL;

  g_autoptr (GMutexLocker) alone = is_large (&file) ? g_mutex_locker_new (&large_lock) : NULL;
  LatheWindow window = fit (upright_width (&file), upright_height (&file), limit);
  LatheExtent extent;
  g_autoptr (GdkPixbuf) upright = load (&file, &window, FOR_A_LOOK, &extent, error);
  if (upright == NULL)
    return NULL;

  gsize size = (gsize) window.width * window.height * 3;
  guint8 *rgb = g_malloc (size);
  lathe_resample (upright, &extent, &window, 3, rgb);
  g_autoptr (GBytes) bytes = g_bytes_new_take (rgb, size);
  return gdk_pixbuf_new_from_bytes (bytes, GDK_COLORSPACE_RGB, FALSE, 8, (int) window.width, (int) window.height,
                                    (int) window.width * 3);
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
