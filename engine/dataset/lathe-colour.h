/* lathe-colour.h: colours as they might have been, of all pixels of an image at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/lathe-preprocess.h"
#include "base/lathe-real.h"

G_BEGIN_DECLS

/* From colours to colours, 0 … 1 as in a picture and not as the network takes them: each channel becomes the sum of its
 * row times (red, green, blue, 1). A grey image is its first channel. */
typedef struct
{
  guint channels;
  double row[3][4];
  double mean[3]; /* of the image, as changed so far */
} LatheColour;

void lathe_image_mean (const LathePreprocess *preprocess, const LatheReal *x, double mean[3]);

void lathe_colour_init (LatheColour *colour, const LathePreprocess *preprocess, const LatheReal *x);
void lathe_colour_brightness (LatheColour *colour, double factor);
void lathe_colour_contrast (LatheColour *colour, double factor);
void lathe_colour_saturation (LatheColour *colour, double factor);
void lathe_colour_hue (LatheColour *colour, double degrees);
void lathe_colour_apply (const LatheColour *colour, const LathePreprocess *preprocess, LatheReal *x);

/* The number that a network takes for a channel's value of 0 … 1. */
static inline LatheReal
lathe_channel_number (const LathePreprocess *preprocess, guint channel, double value)
{
  return (LatheReal) ((value - preprocess->mean[channel]) / preprocess->deviation[channel]);
}

G_END_DECLS
