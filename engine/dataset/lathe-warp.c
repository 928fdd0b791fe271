/* lathe-warp.c: where the pixels of a changed image come from.
 *
 * However many changes a warp stands for, the image is sampled once: what comes from between four pixels is blended of
 * them. Beyond a rim the image is as in a mirror that stands on its last row of pixels. Mirrors and moves by whole
 * pixels blend nothing, and are exact.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-warp.h"

#include <math.h>
#include <string.h>

#include "base/lathe-each-cpu.h"
#include "base/lathe-math.h"

#define COLOURS 3
#define BLOCK 64    /* pixels of a row that are found, and then read, at once */
#define FAR 1000000 /* pixels: nothing is moved so far */

/**
 * lathe_reflect:
 *
 * Returns: which of n places in a row is seen at `at`, anywhere
 */
guint
lathe_reflect (int at, guint n)
{
  int period = 2 * ((int) n - 1), within;

  if (at >= 0 && at < (int) n)
    return (guint) at;
  if (period == 0)
    return 0;
  within = ((at % period) + period) % period;
  return (guint) MIN (within, period - within);
}

typedef LatheReal Pixel __attribute__ ((vector_size (4 * sizeof (LatheReal))));

/* --- By whole pixels --- */

/* What is seen at i comes from step · i + origin. */
typedef struct
{
  int step; /* 1, or -1 in a mirror */
  int origin;
} Line;

static void
take_pixels (const LatheImageSize *size, Line down, Line across, const LatheReal *x, LatheReal *y)
{
  gsize row_size = (gsize) size->width * size->channels;

  for (int i = 0; i < (int) size->height; i++, y += row_size)
    {
      const LatheReal *row = x + lathe_reflect (down.step * i + down.origin, size->height) * row_size;

      if (across.step == 1 && across.origin == 0)
        memcpy (y, row, row_size * sizeof *y);
      for (int j = 0; (across.step != 1 || across.origin != 0) && j < (int) size->width; j++)
        {
          const LatheReal *pixel =
              row + (gsize) lathe_reflect (across.step * j + across.origin, size->width) * size->channels;

          for (guint channel = 0; channel < size->channels; channel++)
            y[(gsize) j * size->channels + channel] = pixel[channel];
        }
    }
}

/**
 * lathe_image_move:
 * @mirror: left and right change places, before the image is moved
 * @down, @right: pixels, negative for up and left; what comes in is the rim, reflected
 * @y: (out caller-allocates): not x
 */
void
lathe_image_move (const LatheImageSize *size, gboolean mirror, int down, int right, const LatheReal *x, LatheReal *y)
{
  Line across = mirror ? (Line){-1, (int) size->width - 1 + right} : (Line){1, -right};

  take_pixels (size, (Line){1, -down}, across, x, y);
}

/* One side of a warp, where it is by whole pixels. */
static gboolean
is_whole (double straight, double crooked, double offset, guint n, Line *line)
{
  if (fabs (straight) != 1 || crooked != 0 || offset != floor (offset) || fabs (offset) > FAR)
    return FALSE;
  line->step = (int) straight;
  line->origin = (int) offset + (straight < 0 ? (int) n - 1 : 0);
  return TRUE;
}

/* --- Between pixels --- */

/* Where some pixels of a row come from: the pixel up and left of each place, those beside and below it, and how much
 * of them. */
typedef struct
{
  gint32 at[BLOCK], beside[BLOCK], below[BLOCK]; /* numbers from the image's first */
  float across[BLOCK], down[BLOCK];
} Places;

/* As lathe_reflect(), between places too; @turns is 1 / (2 · last). What rounding does at the ends of a period makes no
 * difference, as the mirror is continuous there. */
static inline float
reflect_between (float at, float last, float turns)
{
  float within = at - 2 * last * floorf (at * turns), nearest = last - fabsf (within - last);

  return (nearest + fabsf (nearest)) / 2; /* not below 0, without a choice that would part vectors */
}

/* n places, from (u, v) on in pixels of the source, each (du, dv) after the one before. */
LATHE_FOR_EACH_CPU static void
find_places (const LatheImageSize *size, float u, float v, float du, float dv, guint n, Places *restrict places)
{
  float rim_x = (float) (size->width - 1), rim_y = (float) (size->height - 1);
  float turns_x = rim_x > 0 ? 0.5f / rim_x : 0, turns_y = rim_y > 0 ? 0.5f / rim_y : 0;
  gint32 last_column = (gint32) size->width - 1, last_line = (gint32) size->height - 1;
  gint32 pixel = (gint32) size->channels, row = (gint32) (size->width * size->channels);

  for (gint32 i = 0; i < (gint32) n; i++)
    {
      float x = reflect_between (u + du * (float) i, rim_x, turns_x);
      float y = reflect_between (v + dv * (float) i, rim_y, turns_y);
      gint32 column = (gint32) x, line = (gint32) y;

      places->at[i] = line * row + column * pixel;
      places->beside[i] = column < last_column ? pixel : 0;
      places->below[i] = line < last_line ? row : 0;
      places->across[i] = x - (float) column;
      places->down[i] = y - (float) line;
    }
}

static inline void
blend_numbers (const Places *places, guint i, guint channels, const LatheReal *x, LatheReal *y)
{
  const LatheReal *top = x + places->at[i], *low = top + places->below[i];
  gint32 beside = places->beside[i];

  for (guint c = 0; c < channels; c++)
    {
      LatheReal above = top[c] + places->across[i] * (top[beside + (gint32) c] - top[c]);
      LatheReal under = low[c] + places->across[i] * (low[beside + (gint32) c] - low[c]);

      y[c] = above + places->down[i] * (under - above);
    }
}

static inline Pixel
read_pixel (const LatheReal *x)
{
  Pixel pixel;

  memcpy (&pixel, x, sizeof pixel);
  return pixel;
}

/* Three numbers, and a fourth that rides along: the next pixel's first, which the next pixel writes anew. Where there
 * is none, at the end of the image and of the block, there are three. */
LATHE_FOR_EACH_CPU static void
blend_colours (const Places *places, guint n, const LatheReal *x, const LatheReal *end, LatheReal *y)
{
  for (guint i = 0; i < n; i++, y += COLOURS)
    {
      const LatheReal *top = x + places->at[i], *low = top + places->below[i];
      gint32 beside = places->beside[i];

      if (low + beside + COLOURS == end || i + 1 == n)
        {
          blend_numbers (places, i, COLOURS, x, y);
          continue;
        }
      Pixel top_left = read_pixel (top), low_left = read_pixel (low);
      Pixel above = top_left + places->across[i] * (read_pixel (top + beside) - top_left);
      Pixel under = low_left + places->across[i] * (read_pixel (low + beside) - low_left);
      Pixel blended = above + places->down[i] * (under - above);
      memcpy (y, &blended, sizeof blended);
    }
}

/**
 * lathe_image_warp:
 * @y: (out caller-allocates): not x
 */
void
lathe_image_warp (const LatheImageSize *size, const LatheWarp *warp, const LatheReal *x, LatheReal *y)
{
  double middle_x = (size->width - 1) / 2.0, middle_y = (size->height - 1) / 2.0;
  Line down, across;
  Places places;

  if (is_whole (warp->xx, warp->xy, warp->x0, size->width, &across) &&
      is_whole (warp->yy, warp->yx, warp->y0, size->height, &down))
    {
      take_pixels (size, down, across, x, y);
      return;
    }
  for (guint i = 0; i < size->height; i++)
    for (guint j = 0; j < size->width; j += BLOCK)
      {
        guint n = MIN (BLOCK, size->width - j);
        double right = j - middle_x, below = i - middle_y;

        find_places (size, (float) (warp->xx * right + warp->xy * below + warp->x0 + middle_x),
                     (float) (warp->yx * right + warp->yy * below + warp->y0 + middle_y), (float) warp->xx,
                     (float) warp->yx, n, &places);
        if (size->channels == COLOURS)
          blend_colours (&places, n, x, x + (gsize) size->height * size->width * COLOURS, y);
        else
          for (guint k = 0; k < n; k++)
            blend_numbers (&places, k, size->channels, x, y + k * size->channels);
        y += (gsize) n * size->channels;
      }
}

/* --- Changes, one after the other --- */

/* The last change is undone first: what is seen after it is found where it was before. */
static void
undo_first (LatheWarp *w, const LatheWarp *last)
{
  *w = (LatheWarp){
      .xx = w->xx * last->xx + w->xy * last->yx,
      .xy = w->xx * last->xy + w->xy * last->yy,
      .x0 = w->xx * last->x0 + w->xy * last->y0 + w->x0,
      .yx = w->yx * last->xx + w->yy * last->yx,
      .yy = w->yx * last->xy + w->yy * last->yy,
      .y0 = w->yx * last->x0 + w->yy * last->y0 + w->y0,
  };
}

void
lathe_warp_mirror (LatheWarp *warp, gboolean left_right, gboolean top_bottom)
{
  undo_first (warp, &(LatheWarp){.xx = left_right ? -1 : 1, .yy = top_bottom ? -1 : 1});
}

/* Clockwise; a quarter turn is exact. */
void
lathe_warp_rotate (LatheWarp *warp, double degrees)
{
  double cosine = lathe_cos_pi (degrees / 180), sine = lathe_cos_pi (0.5 - degrees / 180);

  undo_first (warp, &(LatheWarp){.xx = cosine, .xy = sine, .yx = -sine, .yy = cosine});
}

/* About the centre; above 1 it grows. */
void
lathe_warp_scale (LatheWarp *warp, double factor)
{
  undo_first (warp, &(LatheWarp){.xx = 1 / factor, .yy = 1 / factor});
}

/* The image leans: each row is moved by `across` of its height above the centre, or each column by `down` of its
 * distance from it; one of them is 0. */
void
lathe_warp_shear (LatheWarp *warp, double across, double down)
{
  undo_first (warp, &(LatheWarp){.xx = 1, .xy = across, .yx = down, .yy = 1});
}

void
lathe_warp_move (LatheWarp *warp, double down, double right)
{
  undo_first (warp, &(LatheWarp){.xx = 1, .x0 = -right, .yy = 1, .y0 = -down});
}
