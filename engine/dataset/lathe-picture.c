/* lathe-picture.c: the decoding itself: from an opened image file to an upright picture of the wanted size.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-picture.h"

#include "lathe-decode.h"
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

gboolean
lathe_picture_is_large (const LatheImageFile *file)
{
  return (guint64) file->width * file->height > LARGE_PIXELS;
}

GMutexLocker *
lathe_picture_wait_for_room (void)
{
  return g_mutex_locker_new (&large_lock);
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
lathe_picture_scale (GdkPixbuf *pixbuf, const LathePreprocess *preprocess, guint8 *bytes)
{
  g_autoptr (GdkPixbuf) upright = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  guint width = (guint) gdk_pixbuf_get_width (upright), height = (guint) gdk_pixbuf_get_height (upright);
  LatheExtent whole = {.width = width, .height = height};
  LatheWindow window = cover (width, height, preprocess);
  lathe_resample (upright, &whole, &window, preprocess->channels, bytes);
}

static gboolean
draw (const LatheImageFile *file, const LatheWindow *window, guint quarters, guint channels, guint8 *bytes,
      GError **error)
{
  LatheExtent extent;
  g_autoptr (GdkPixbuf) upright = load (file, window, quarters, &extent, error);
  if (upright == NULL)
    return FALSE;
  lathe_resample (upright, &extent, window, channels, bytes);
  return TRUE;
}

gboolean
lathe_picture_decode (const LatheImageFile *file, const LathePreprocess *preprocess, guint8 *bytes, GError **error)
{
  LatheWindow window = cover (upright_width (file), upright_height (file), preprocess);
  return draw (file, &window, FOR_A_NETWORK, preprocess->channels, bytes, error);
}

void
lathe_picture_fit (const LatheImageFile *file, guint limit, guint *width, guint *height)
{
  LatheWindow window = fit (upright_width (file), upright_height (file), limit);
  *width = window.width;
  *height = window.height;
}

gboolean
lathe_picture_preview (const LatheImageFile *file, guint limit, guint8 *rgb, GError **error)
{
  LatheWindow window = fit (upright_width (file), upright_height (file), limit);
  return draw (file, &window, FOR_A_LOOK, 3, rgb, error);
}
