/* lathe-paint.c: what is done to an image as it lies there: blur, noise, holes, tones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-paint.h"

#include <math.h>
#include <string.h>

#include "base/lathe-each-cpu.h"
#include "base/lathe-math.h"

#define MAX_REACH (3 * LATHE_MAX_BLUR)

static gsize
numbers_of (const LatheCanvas *canvas)
{
  return (gsize) canvas->preprocess->width * canvas->preprocess->height * canvas->preprocess->channels;
}

/* Black and white, as the network takes them. */
typedef struct
{
  LatheReal low[3], high[3];
} Limits;

static Limits
limits_of (const LathePreprocess *preprocess)
{
  Limits limits = {0};

  for (guint c = 0; c < preprocess->channels; c++)
    {
      limits.low[c] = lathe_channel_number (preprocess, c, 0);
      limits.high[c] = lathe_channel_number (preprocess, c, 1);
    }
  return limits;
}

static inline LatheReal
keep_within (const Limits *limits, guint channel, LatheReal y)
{
  return CLAMP (y, limits->low[channel], limits->high[channel]);
}

/* --- Blur --- */

/* The weights of as many pixels to either side, of a normal distribution; beyond three deviations there is nothing. */
typedef struct
{
  int reach;
  LatheReal weight[2 * MAX_REACH + 1];
} Brush;

static void
brush_init (Brush *brush, double deviation)
{
  double weight[2 * MAX_REACH + 1], sum = 0;

  brush->reach = (int) ceil (3 * MIN (deviation, LATHE_MAX_BLUR));
  for (int k = -brush->reach; k <= brush->reach; k++)
    sum += weight[k + brush->reach] = lathe_exp (-k * k / (2 * deviation * deviation));
  for (int k = 0; k <= 2 * brush->reach; k++)
    brush->weight[k] = (LatheReal) (weight[k] / sum);
}

LATHE_FOR_EACH_CPU static void
add_weighted (LatheReal weight, const LatheReal *restrict x, gsize n, LatheReal *restrict y)
{
  for (gsize i = 0; i < n; i++)
    y[i] += weight * x[i];
}

/* One row along itself: where the brush stays within the image, one weight after the other for all pixels. */
static void
blur_row (const LatheImageSize *size, const Brush *brush, const LatheReal *row, LatheReal *y)
{
  int width = (int) size->width, channels = (int) size->channels, reach = brush->reach;
  int first = MIN (reach, width), last = MAX (first, width - reach);

  memset (y, 0, (gsize) (width * channels) * sizeof *y);
  for (int k = -reach; k <= reach && first < last; k++)
    add_weighted (brush->weight[k + reach], row + (first + k) * channels, (gsize) ((last - first) * channels),
                  y + first * channels);
  for (int j = 0; j < width; j = j + 1 == first ? last : j + 1)
    for (int k = -reach; k <= reach; k++)
      for (int c = 0; c < channels; c++)
        y[j * channels + c] += brush->weight[k + reach] * row[(int) lathe_reflect (j + k, size->width) * channels + c];
}

/**
 * lathe_paint_blur:
 * @deviation: pixels, above 0, at most LATHE_MAX_BLUR
 *
 * Each pixel becomes a mean of those around it, beyond a rim of its reflection.
 */
void
lathe_paint_blur (const LatheCanvas *canvas, double deviation)
{
  LatheImageSize size = lathe_image_size (canvas->preprocess);
  gsize row_size = (gsize) size.width * size.channels;
  Brush brush;

  brush_init (&brush, deviation);
  for (guint i = 0; i < size.height; i++)
    blur_row (&size, &brush, canvas->x + i * row_size, canvas->scratch + i * row_size);
  memset (canvas->x, 0, numbers_of (canvas) * sizeof (LatheReal));
  for (int i = 0; i < (int) size.height; i++)
    for (int k = -brush.reach; k <= brush.reach; k++)
      add_weighted (brush.weight[k + brush.reach], canvas->scratch + lathe_reflect (i + k, size.height) * row_size,
                    row_size, canvas->x + (gsize) i * row_size);
}

/**
 * lathe_paint_sharpness:
 * @factor: 0 is softened by a mask of 3 × 3 pixels, 1 is as it was, above it is sharper
 *
 * The rim stays as it is.
 */
void
lathe_paint_sharpness (const LatheCanvas *canvas, double factor)
{
  const LathePreprocess *preprocess = canvas->preprocess;
  gsize pixel = preprocess->channels, row = preprocess->width * pixel;
  Limits limits = limits_of (preprocess);

  memcpy (canvas->scratch, canvas->x, numbers_of (canvas) * sizeof (LatheReal));
  for (guint i = 1; i + 1 < preprocess->height; i++)
    for (gsize at = i * row + pixel; at < (i + 1) * row - pixel; at++)
      {
        const LatheReal *x = canvas->scratch + at, *above = x - row, *below = x + row;
        LatheReal around = (x[-(int) pixel] + x[pixel]) + ((above[-(int) pixel] + above[0]) + above[pixel]) +
                           ((below[-(int) pixel] + below[0]) + below[pixel]);
        LatheReal soft = (around + 5 * x[0]) / 13;

        canvas->x[at] = keep_within (&limits, (guint) (at % pixel), soft + (LatheReal) factor * (x[0] - soft));
      }
}

/* --- Noise and holes --- */

/* The sum of a draw's four bytes, less its mean and in its deviations: nearly normal, never beyond 3.5. */
static inline LatheReal
bell (guint32 draw)
{
  int sum = (int) ((draw & 255) + (draw >> 8 & 255) + (draw >> 16 & 255) + (draw >> 24));

  return (LatheReal) (sum - 510) * (LatheReal) (1 / 147.79884979);
}

/**
 * lathe_paint_noise:
 * @rng: whose draws are taken from the first on, one a number
 * @deviation: where black is 0 and white is 1
 */
void
lathe_paint_noise (const LatheCanvas *canvas, const LatheRng *rng, double deviation)
{
  const LathePreprocess *preprocess = canvas->preprocess;
  Limits limits = limits_of (preprocess);
  gsize n = numbers_of (canvas);
  LatheReal scale[3] = {0};
  guint channel = 0;

  for (guint c = 0; c < preprocess->channels; c++)
    scale[c] = (LatheReal) (deviation / preprocess->deviation[c]);
  for (gsize i = 0; i < n; i += 4)
    {
      guint32 draws[4];

      lathe_rng_block (rng, (guint32) (i / 4), draws);
      for (gsize k = i; k < MIN (i + 4, n); k++)
        {
          canvas->x[k] = keep_within (&limits, channel, canvas->x[k] + scale[channel] * bell (draws[k - i]));
          channel = channel + 1 == preprocess->channels ? 0 : channel + 1;
        }
    }
}

/**
 * lathe_paint_hole:
 * @top, @left: of the hole, of which only what is within the image is made
 *
 * Lays the image's mean colour over a square of it.
 */
void
lathe_paint_hole (const LatheCanvas *canvas, int top, int left, guint side)
{
  const LathePreprocess *preprocess = canvas->preprocess;
  int low = MIN (top + (int) side, (int) preprocess->height), right = MIN (left + (int) side, (int) preprocess->width);
  double mean[3];

  lathe_image_mean (preprocess, canvas->x, mean);
  for (int i = MAX (0, top); i < low; i++)
    for (int j = MAX (0, left); j < right; j++)
      for (guint c = 0; c < preprocess->channels; c++)
        canvas->x[((gsize) i * preprocess->width + (gsize) j) * preprocess->channels + c] =
            lathe_channel_number (preprocess, c, mean[c]);
}

/* --- Tones --- */

static guint
tone_of (const LathePreprocess *preprocess, guint channel, LatheReal x)
{
  double value = x * preprocess->deviation[channel] + preprocess->mean[channel];

  return (guint) (CLAMP (value, 0.0, 1.0) * (LATHE_N_TONES - 1) + 0.5);
}

/**
 * lathe_paint_count_tones:
 * @counts: (out): pixels, a channel and tone
 */
void
lathe_paint_count_tones (const LatheCanvas *canvas, guint32 counts[3][LATHE_N_TONES])
{
  guint channels = canvas->preprocess->channels;
  gsize n = numbers_of (canvas);

  memset (counts, 0, 3 * LATHE_N_TONES * sizeof **counts);
  for (gsize i = 0; i < n; i += channels)
    for (guint c = 0; c < channels; c++)
      counts[c][tone_of (canvas->preprocess, c, canvas->x[i + c])]++;
}

void
lathe_paint_tones (const LatheCanvas *canvas, LatheTones tones)
{
  guint channels = canvas->preprocess->channels;
  LatheReal numbers[3][LATHE_N_TONES];
  gsize n = numbers_of (canvas);

  for (guint c = 0; c < channels; c++)
    for (guint tone = 0; tone < LATHE_N_TONES; tone++)
      numbers[c][tone] = lathe_channel_number (canvas->preprocess, c, tones[c][tone]);
  for (gsize i = 0; i < n; i += channels)
    for (guint c = 0; c < channels; c++)
      canvas->x[i + c] = numbers[c][tone_of (canvas->preprocess, c, canvas->x[i + c])];
}
