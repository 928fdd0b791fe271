/* lathe-explain-paint.c: an explanation laid over its image.
 *
 * The colours go from violet to yellow at even steps of lightness in OKLab (Ottosson 2020), so that twice the strength
 * looks like twice the strength, in grey and to the colour-blind, too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe-explain.h"

#define DARKEST 0.35
#define LIGHTEST 0.93
#define FIRST_HUE 305 /* degrees */
#define LAST_HUE 105
#define CHROMA 0.14
#define COVER 0.8 /* how much of the image the strongest colour hides */

static guint8
to_byte (double linear)
{
  double value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow (linear, 1 / 2.4) - 0.055;

  return (guint8) lround (255 * CLAMP (value, 0, 1));
}

static void
oklab_to_rgb (double lightness, double a, double b, guint8 rgb[3])
{
  double l = pow (lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  double m = pow (lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  double s = pow (lightness - 0.0894841775 * a - 1.2914855480 * b, 3);

  rgb[0] = to_byte (4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  rgb[1] = to_byte (-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  rgb[2] = to_byte (-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

/**
 * lathe_explanation_colours:
 * @colours: (out caller-allocates): red, green and blue of each strength, from none to the largest
 */
void
lathe_explanation_colours (guint8 colours[LATHE_EXPLANATION_COLOURS][3])
{
  for (guint i = 0; i < LATHE_EXPLANATION_COLOURS; i++)
    {
      double share = (double) i / (LATHE_EXPLANATION_COLOURS - 1),
             hue = (FIRST_HUE + share * (LAST_HUE - FIRST_HUE)) * G_PI / 180;

      oklab_to_rgb (DARKEST + share * (LIGHTEST - DARKEST), CHROMA * cos (hue), CHROMA * sin (hue), colours[i]);
    }
}

/* ITU-R BT.601, as the preprocessing path makes colours grey. */
static double
grey_of (const guint8 *pixel, guint channels)
{
  return channels == 1 ? pixel[0] : 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
}

/**
 * lathe_explanation_paint:
 * @seen: the image that it is of
 * @channels: that this has: 1 or 3
 *
 * Returns: (transfer full): height × width × 3: the image in grey, and over it the strength in colour
 */
guint8 *
lathe_explanation_paint (const LatheExplanation *explanation, const guint8 *seen, guint channels)
{
  gsize size = (gsize) explanation->width * explanation->height;
  guint8 *painted = g_malloc (3 * size);
  guint8 colours[LATHE_EXPLANATION_COLOURS][3];

  lathe_explanation_colours (colours);
  for (gsize i = 0; i < size; i++)
    {
      double strength = (double) explanation->strength[i], cover = COVER * strength;
      double grey = grey_of (seen + i * channels, channels);
      const guint8 *colour = colours[lround (strength * (LATHE_EXPLANATION_COLOURS - 1))];

      for (guint c = 0; c < 3; c++)
        painted[3 * i + c] = (guint8) lround ((1 - cover) * grey + cover * colour[c]);
    }
  return painted;
}
