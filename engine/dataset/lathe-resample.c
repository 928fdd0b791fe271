/* lathe-resample.c: scale and crop.
 *
 * A triangle filter as wide as the reduction, first along the columns, then along the row that comes out: the long way
 * is the one whose sums lie side by side, and the compiler makes vectors of them. Sums are in single precision and in a
 * fixed order, so that the same image gives the same bytes on every machine. Only the window is computed; memory is one
 * row of the source, and weights for twice the source's side.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-resample.h"

#include <math.h>
#include <string.h>

#include "base/lathe-each-cpu.h"

#define COLOURS 3

typedef float Pixel __attribute__ ((vector_size (16)));
typedef gint32 Whole __attribute__ ((vector_size (16)));

/* For each pixel of the window: the source pixels that it is made of, all within the source, and their weights. */
typedef struct
{
  guint taps; /* source pixels of each */
  guint *first;
  float *weight; /* n × taps; 0 where a pixel is made of fewer */
} Axis;

static void
axis_clear (Axis *axis)
{
  g_free (axis->first);
  g_free (axis->weight);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Axis, axis_clear)

/* Of `source` pixels the image takes `extent`, from `origin` on. */
static void
axis_init (Axis *axis, guint source, double origin, double extent, guint scaled, guint offset, guint n)
{
  double step = extent / scaled;
  double reach = MAX (step, 1.0);

  axis->taps = (guint) MIN ((double) source, ceil (2 * reach));
  axis->first = g_new (guint, n);
  axis->weight = g_new (float, (gsize) n * axis->taps);
  g_autofree double *weight = g_new (double, axis->taps);

  for (guint i = 0; i < n; i++)
    {
      double centre = origin + (offset + i + 0.5) * step, sum = 0;
      guint first = (guint) CLAMP (floor (centre - reach + 0.5), 0.0, (double) (source - axis->taps));
      for (guint k = 0; k < axis->taps; k++)
        sum += weight[k] = MAX (0.0, 1 - fabs (first + k + 0.5 - centre) / reach);
      for (guint k = 0; k < axis->taps; k++)
        axis->weight[(gsize) i * axis->taps + k] = (float) (weight[k] / sum);
      axis->first[i] = first;
    }
}

/* The rows of a pixbuf without alpha: where they lie, or blended on white, of which as many are kept as are summed. */
typedef struct
{
  const guint8 *pixels;
  gsize stride; /* bytes */
  guint width;  /* pixels */
  guint taps;   /* rows that are summed */
  guint8 *white;
  guint next; /* the row to come there */
  const guint8 **row;
} Rows;

static void
rows_init (Rows *rows, GdkPixbuf *pixbuf, guint taps)
{
  rows->pixels = gdk_pixbuf_read_pixels (pixbuf);
  rows->stride = (gsize) gdk_pixbuf_get_rowstride (pixbuf);
  rows->width = (guint) gdk_pixbuf_get_width (pixbuf);
  rows->row = g_new (const guint8 *, taps);
  rows->taps = taps;
  if (gdk_pixbuf_get_has_alpha (pixbuf))
    rows->white = g_malloc ((gsize) taps * rows->width * COLOURS);
}

static void
rows_clear (Rows *rows)
{
  g_free (rows->white);
  g_free (rows->row);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rows, rows_clear)

static void
lay_on_white (const guint8 *pixels, guint n, guint8 *row)
{
  for (guint x = 0; x < n; x++, pixels += COLOURS + 1)
    for (guint c = 0; c < COLOURS; c++)
      *row++ = (guint8) ((pixels[c] * pixels[COLOURS] + 255 * (255 - pixels[COLOURS]) + 127) / 255);
}

/* Points rows->row at as many rows as are summed, from `first` on, which never goes back. */
static void
rows_reach (Rows *rows, guint first)
{
  gsize line = (gsize) rows->width * COLOURS;

  for (rows->next = MAX (rows->next, first); rows->white != NULL && rows->next < first + rows->taps; rows->next++)
    lay_on_white (rows->pixels + rows->next * rows->stride, rows->width, rows->white + rows->next % rows->taps * line);
  for (guint k = 0; k < rows->taps; k++)
    rows->row[k] =
        rows->white != NULL ? rows->white + (first + k) % rows->taps * line : rows->pixels + (first + k) * rows->stride;
}

/* The weighted sum of rows, from byte `begin` to `end`. */
LATHE_FOR_EACH_CPU static void
blend_rows (const Rows *rows, const float *weight, gsize begin, gsize end, float *out)
{
  memset (out + begin, 0, (end - begin) * sizeof *out);
  for (guint k = 0; k < rows->taps; k++)
    {
      const guint8 *row = rows->row[k];
      float w = weight[k];
      if (w == 0)
        continue;
      for (gsize i = begin; i < end; i++)
        out[i] += w * row[i];
    }
}

/* The weighted sums of a row's pixels. A fourth number, the next pixel's first, rides along: four make a vector. */
static inline void
blend_taps (const Axis *axis, guint taps, const float *row, guint n, guint channels, guint8 *out)
{
  const float *weight = axis->weight;

  for (guint x = 0; x < n; x++, weight += taps, out += channels)
    {
      const float *pixels = row + (gsize) axis->first[x] * COLOURS;
      Pixel sum = {0}, pixel;
      for (guint k = 0; k < taps; k++)
        {
          memcpy (&pixel, pixels + k * COLOURS, sizeof pixel);
          sum += weight[k] * pixel;
        }
      if (channels == 1)
        sum[0] = (77 * sum[0] + 150 * sum[1] + 29 * sum[2]) / 256;
      Whole nearest = __builtin_convertvector(sum + 0.5f, Whole);
      for (guint c = 0; c < channels; c++)
        out[c] = (guint8) nearest[c];
    }
}

/* What a photograph takes, reduced by its decoder or not, in loops of known length. */
LATHE_FOR_EACH_CPU static void
blend_pixels (const Axis *axis, const float *row, guint n, guint channels, guint8 *out)
{
  if (channels == COLOURS && axis->taps == 3)
    blend_taps (axis, 3, row, n, COLOURS, out);
  else if (channels == COLOURS && axis->taps == 4)
    blend_taps (axis, 4, row, n, COLOURS, out);
  else
    blend_taps (axis, axis->taps, row, n, channels, out);
}

void
lathe_resample (GdkPixbuf *pixbuf, const LatheExtent *extent, const LatheWindow *window, guint channels, guint8 *bytes)
{
  g_return_if_fail (gdk_pixbuf_get_bits_per_sample (pixbuf) == 8);
  g_return_if_fail (channels == 1 || channels == COLOURS);

  guint width = (guint) gdk_pixbuf_get_width (pixbuf), height = (guint) gdk_pixbuf_get_height (pixbuf);
  g_auto (Axis) across = {0};
  g_auto (Axis) down = {0};
  g_auto (Rows) rows = {0};
  axis_init (&across, width, extent->left, extent->width, window->scaled_width, window->x, window->width);
  axis_init (&down, height, extent->top, extent->height, window->scaled_height, window->y, window->height);
  rows_init (&rows, pixbuf, down.taps);

  gsize begin = (gsize) across.first[0] * COLOURS;
  gsize end = (gsize) (across.first[window->width - 1] + across.taps) * COLOURS;
  g_autofree float *row = g_new0 (float, (gsize) width *COLOURS + 1);
  for (guint y = 0; y < window->height; y++, bytes += (gsize) window->width * channels)
    {
      rows_reach (&rows, down.first[y]);
      blend_rows (&rows, down.weight + (gsize) y * down.taps, begin, end, row);
      blend_pixels (&across, row, window->width, channels, bytes);
    }
}
