/* lathe-colour.c: colours as they might have been, of all pixels of an image at once.
 *
 * Brightness, contrast, saturation and hue are all affine in red, green and blue. So however many of them there are, a
 * pixel is multiplied once, and kept within black and white once, at the end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-colour.h"

#include "base/lathe-each-cpu.h"
#include "base/lathe-math.h"

#define COLOURS 3
#define LANES 48 /* sums side by side: whole vectors, and whole pixels */

static const double luma[COLOURS] = {0.299, 0.587, 0.114}; /* ITU-R BT.601 */

/* --- The mean --- */

LATHE_FOR_EACH_CPU static void
sum_lanes (const LatheReal *x, gsize n, LatheReal sums[LANES])
{
  for (; n >= LANES; n -= LANES, x += LANES)
    for (guint lane = 0; lane < LANES; lane++)
      sums[lane] += x[lane];
  for (guint lane = 0; lane < n; lane++)
    sums[lane] += x[lane];
}

/**
 * lathe_image_mean:
 * @x: as the network takes it
 * @mean: (out): of each channel, 0 … 1
 */
void
lathe_image_mean (const LathePreprocess *preprocess, const LatheReal *x, double mean[3])
{
  gsize pixels = (gsize) preprocess->width * preprocess->height;
  double total[COLOURS] = {0};
  LatheReal sums[LANES] = {0};

  sum_lanes (x, pixels * preprocess->channels, sums);
  for (guint lane = 0; lane < LANES; lane++)
    total[lane % preprocess->channels] += sums[lane];
  for (guint c = 0; c < preprocess->channels; c++)
    mean[c] = total[c] / (double) pixels * preprocess->deviation[c] + preprocess->mean[c];
}

/* --- Changes, one after the other --- */

void
lathe_colour_init (LatheColour *colour, const LathePreprocess *preprocess, const LatheReal *x)
{
  *colour = (LatheColour){.channels = preprocess->channels, .row = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}};
  lathe_image_mean (preprocess, x, colour->mean);
}

/* What was changed so far is changed by one more, which adds `offset` to all channels alike. */
static void
change (LatheColour *colour, double by[COLOURS][COLOURS], double offset)
{
  LatheColour before = *colour;

  for (guint c = 0; c < colour->channels; c++)
    {
      for (guint k = 0; k < COLOURS + 1; k++)
        colour->row[c][k] = k == COLOURS ? offset : 0;
      colour->mean[c] = offset;
      for (guint from = 0; from < colour->channels; from++)
        {
          for (guint k = 0; k < COLOURS + 1; k++)
            colour->row[c][k] += by[c][from] * before.row[from][k];
          colour->mean[c] += by[c][from] * before.mean[from];
        }
    }
}

static void
change_all_alike (LatheColour *colour, double factor, double offset)
{
  change (colour, (double[COLOURS][COLOURS]){{factor, 0, 0}, {0, factor, 0}, {0, 0, factor}}, offset);
}

/* 0 is black. */
void
lathe_colour_brightness (LatheColour *colour, double factor)
{
  change_all_alike (colour, factor, 0);
}

/* 0 is grey, of the image's mean brightness. */
void
lathe_colour_contrast (LatheColour *colour, double factor)
{
  double mean = colour->mean[0];

  if (colour->channels == COLOURS)
    mean = luma[0] * colour->mean[0] + luma[1] * colour->mean[1] + luma[2] * colour->mean[2];
  change_all_alike (colour, factor, (1 - factor) * mean);
}

/* 0 has no colours. Grey images have none as they are. */
void
lathe_colour_saturation (LatheColour *colour, double factor)
{
  double by[COLOURS][COLOURS];

  for (guint c = 0; c < COLOURS; c++)
    for (guint from = 0; from < COLOURS; from++)
      by[c][from] = (1 - factor) * luma[from] + (c == from ? factor : 0);
  if (colour->channels == COLOURS)
    change (colour, by, 0);
}

/* Turns the colours round, in YIQ's plane of them: the luma stays. Grey images have none. */
void
lathe_colour_hue (LatheColour *colour, double degrees)
{
  /* What a quarter turn makes of what a colour is besides its luma. */
  static const double quarter[COLOURS][COLOURS] = {
      {0.16773971356167136, 0.3293095223124083, -0.4970492358740796},
      {-0.32811312898512085, 0.035466986935642764, 0.2926461420494781},
      {1.2495458978888263, -1.0463391973915122, -0.20320670049731412},
  };
  double cosine = lathe_cos_pi (degrees / 180), sine = lathe_cos_pi (0.5 - degrees / 180);
  double by[COLOURS][COLOURS];

  for (guint c = 0; c < COLOURS; c++)
    for (guint from = 0; from < COLOURS; from++)
      by[c][from] = (1 - cosine) * luma[from] + (c == from ? cosine : 0) + sine * quarter[c][from];
  if (colour->channels == COLOURS)
    change (colour, by, 0);
}

/* --- The pass over the image --- */

/* The same, of numbers as the network takes them. */
typedef struct
{
  LatheReal row[COLOURS][COLOURS + 1], low[COLOURS], high[COLOURS];
} Pass;

LATHE_FOR_EACH_CPU static void
apply_to_colours (const Pass *pass, gsize pixels, LatheReal *restrict x)
{
  Pass p = *pass;

  for (gsize i = 0; i < pixels; i++)
    {
      LatheReal red = x[3 * i], green = x[3 * i + 1], blue = x[3 * i + 2];

      for (guint c = 0; c < COLOURS; c++)
        {
          LatheReal y = p.row[c][0] * red + p.row[c][1] * green + p.row[c][2] * blue + p.row[c][3];

          y = y < p.low[c] ? p.low[c] : y;
          x[3 * i + c] = y > p.high[c] ? p.high[c] : y;
        }
    }
}

LATHE_FOR_EACH_CPU static void
apply_to_grey (const Pass *pass, gsize pixels, LatheReal *restrict x)
{
  LatheReal factor = pass->row[0][0], offset = pass->row[0][3], low = pass->low[0], high = pass->high[0];

  for (gsize i = 0; i < pixels; i++)
    {
      LatheReal y = factor * x[i] + offset;

      y = y < low ? low : y;
      x[i] = y > high ? high : y;
    }
}

/**
 * lathe_colour_apply:
 * @x: (inout): as the network takes it
 */
void
lathe_colour_apply (const LatheColour *colour, const LathePreprocess *preprocess, LatheReal *x)
{
  gsize pixels = (gsize) preprocess->width * preprocess->height;
  Pass pass = {0};

  for (guint c = 0; c < preprocess->channels; c++)
    {
      double offset = colour->row[c][COLOURS];

      for (guint from = 0; from < preprocess->channels; from++)
        {
          offset += colour->row[c][from] * preprocess->mean[from];
          pass.row[c][from] =
              (LatheReal) (colour->row[c][from] * preprocess->deviation[from] / preprocess->deviation[c]);
        }
      pass.row[c][COLOURS] = lathe_channel_number (preprocess, c, offset);
      pass.low[c] = lathe_channel_number (preprocess, c, 0);
      pass.high[c] = lathe_channel_number (preprocess, c, 1);
    }
  if (preprocess->channels == COLOURS)
    apply_to_colours (&pass, pixels, x);
  else
    apply_to_grey (&pass, pixels, x);
}
