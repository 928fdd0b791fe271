/* lathe-preprocess.h: what happens to an image between its file and the network.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How an image of another shape comes to the network's. In the rim of LATHE_FIT_PAD is the image's mean colour, not
 * black: it makes no edge where there is none in the image, and does not pull the numbers of a dark or a light image
 * to one side. */
typedef enum
{
  LATHE_FIT_CROP,    /* scaled so that it covers width × height, and the centre cut out */
  LATHE_FIT_PAD,     /* the whole image in the middle, and a rim around it */
  LATHE_FIT_STRETCH, /* the whole image, out of shape */
} LatheFit;

extern const char *const lathe_fit_names[]; /* NULL-terminated: crop, pad, stretch */

/* Where mean and deviation come from. */
typedef enum
{
  LATHE_NORMALISATION_NONE,  /* nowhere: mean 0 and deviation 1, so that values go from 0 to 1 */
  LATHE_NORMALISATION_DATA,  /* they are measured on the training images */
  LATHE_NORMALISATION_GIVEN, /* a person has said them */
} LatheNormalisation;

extern const char *const lathe_normalisation_names[]; /* NULL-terminated: none, data, given */

/* What a person may give as a deviation: with less, an ordinary colour would be a number beyond a thousand. */
#define LATHE_LEAST_DEVIATION 0.001

/**
 * LathePreprocess:
 *
 * The one description of the one path that training, evaluation, prediction and every export follow:
 * apply the orientation tag; bring to RGB or grey; scale to width × height as `fit` says;
 * (byte / 255 - mean) / deviation, a channel. Where there are several views of it, the network answers to each, and
 * its answers are averaged: lathe-views.c.
 */
typedef struct
{
  guint width, height; /* pixels */
  guint channels;      /* 1: grey, 3: RGB */
  float mean[3];
  float deviation[3];
  guint views; /* 0 or 1: the image as it is; LATHE_MIRRORED_VIEWS, LATHE_MOVED_VIEWS */
  LatheFit fit;
  gboolean measured; /* mean and deviation are those of the training images: a new training measures its own */
} LathePreprocess;

#define LATHE_MIRRORED_VIEWS 2 /* and its mirror image */
#define LATHE_MOVED_VIEWS 6    /* and both of them a pixel up and left, and a pixel down and right */

LatheNormalisation lathe_preprocess_get_normalisation (const LathePreprocess *preprocess);
gboolean lathe_preprocess_same_normalisation (const LathePreprocess *a, const LathePreprocess *b);

/**
 * lathe_channels_read:
 * @text: a number for every channel, or three with commas between them: “0.5”, “0.485, 0.456, 0.406”
 * @least: what none may be below; none may be above 1
 * @values: (out): three, whichever way they were written; untouched where the text is something else
 *
 * Returns: how many numbers there were, 1 or 3; 0 where the text is something else
 */
guint lathe_channels_read (const char *text, double least, float values[3]);

/* What lathe_channels_read() reads, to six digits; one number where all are the same. (transfer full) */
char *lathe_channels_write (const float *values, guint channels);

G_END_DECLS
