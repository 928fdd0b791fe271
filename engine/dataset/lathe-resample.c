/* lathe-resample.c: scale and crop, in whole numbers.
 *
 * A triangle filter as wide as the reduction, first along the rows, then along the columns. The weights are
 * fixed-point, so that the same image gives the same bytes on every machine. Only the window is computed: memory is the
 * window's width by the source's rows under it, and weights for twice the source's side.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-resample.h"

#include <math.h>
#include <string.h>

#define WEIGHT_BITS 22

/* For each pixel of the window: the source pixels that it is made of, and their weights. */
typedef struct
{
  guint taps; /* the room of one pixel in `weight` */
  guint *first, *count;
  gint32 *weight;
} Axis;

static void
axis_clear (Axis *axis)
{
  g_free (axis->first);
  g_free (axis->count);
  g_free (axis->weight);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Axis, axis_clear)

static void
axis_init (Axis *axis, guint source, guint scaled, guint offset, guint n)
{
  double step = (double) source / scaled;
  double reach = MAX (step, 1.0);

  axis->taps = 2 * (guint) ceil (reach) + 1;
  axis->first = g_new (guint, n);
  axis->count = g_new (guint, n);
  axis->weight = g_new (gint32, (gsize) n * axis->taps);
  g_autofree double *weight = g_new (double, axis->taps);

  for (guint i = 0; i < n; i++)
    {
      double centre = (offset + i + 0.5) * step, sum = 0;
      guint first = (guint) MAX (0.0, floor (centre - reach + 0.5));
      guint end = (guint) MIN ((double) source, floor (centre + reach + 0.5));
      for (guint k = first; k < end; k++)
        sum += weight[k - first] = MAX (0.0, 1 - fabs (k + 0.5 - centre) / reach);
      for (guint k = first; k < end; k++)
        axis->weight[(gsize) i * axis->taps + k - first] =
            (gint32) lround (weight[k - first] / sum * (1 << WEIGHT_BITS));
      axis->first[i] = first;
      axis->count[i] = end - first;
    }
}

static guint8
on_white (guint value, guint alpha)
{
  return (guint8) ((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

/* One row of the pixbuf as RGB or luma, without alpha. */
static void
unpack_row (const guint8 *pixels, guint n, gboolean alpha, guint channels, guint8 *row)
{
  guint step = alpha ? 4 : 3;
  if (!alpha && channels == 3)
    {
      memcpy (row, pixels, (gsize) n * 3);
      return;
    }
  for (guint x = 0; x < n; x++, pixels += step, row += channels)
    {
      guint8 rgb[3];
      for (guint c = 0; c < 3; c++)
        rgb[c] = alpha ? on_white (pixels[c], pixels[3]) : pixels[c];
      if (channels == 3)
        memcpy (row, rgb, 3);
      else
        row[0] = (guint8) ((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8);
    }
}

/* The weighted sum of `count` bytes, `stride` apart. */
static guint8
blend (const guint8 *source, gsize stride, const gint32 *weight, guint count)
{
  gint32 sum = 1 << (WEIGHT_BITS - 1);
  for (guint k = 0; k < count; k++)
    sum += weight[k] * source[k * stride];
  return (guint8) CLAMP (sum >> WEIGHT_BITS, 0, 255);
}

static void
blend_row (const Axis *axis, const guint8 *row, guint n, guint channels, guint8 *out)
{
  for (guint x = 0; x < n; x++)
    for (guint c = 0; c < channels; c++)
      *out++ = blend (row + (gsize) axis->first[x] * channels + c, channels, axis->weight + (gsize) x * axis->taps,
                      axis->count[x]);
}

void
lathe_resample (GdkPixbuf *pixbuf, const LatheWindow *window, guint channels, guint8 *bytes)
{
  g_return_if_fail (gdk_pixbuf_get_bits_per_sample (pixbuf) == 8);
  g_return_if_fail (channels == 1 || channels == 3);

  guint width = (guint) gdk_pixbuf_get_width (pixbuf), height = (guint) gdk_pixbuf_get_height (pixbuf);
  gsize stride = (gsize) gdk_pixbuf_get_rowstride (pixbuf), line = (gsize) window->width * channels;
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  gboolean alpha = gdk_pixbuf_get_has_alpha (pixbuf);

  g_auto (Axis) across = {0};
  g_auto (Axis) down = {0};
  axis_init (&across, width, window->scaled_width, window->x, window->width);
  axis_init (&down, height, window->scaled_height, window->y, window->height);

  guint top = down.first[0], bottom = top;
  for (guint y = 0; y < window->height; y++)
    bottom = MAX (bottom, down.first[y] + down.count[y]);

  g_autofree guint8 *row = g_malloc ((gsize) width * channels);
  g_autofree guint8 *narrow = g_malloc ((bottom - top) * line);
  for (guint y = top; y < bottom; y++)
    {
      unpack_row (pixels + y * stride, width, alpha, channels, row);
      blend_row (&across, row, window->width, channels, narrow + (y - top) * line);
    }
  for (guint y = 0; y < window->height; y++)
    for (gsize i = 0; i < line; i++)
      bytes[y * line + i] =
          blend (narrow + (down.first[y] - top) * line + i, line, down.weight + (gsize) y * down.taps, down.count[y]);
}
