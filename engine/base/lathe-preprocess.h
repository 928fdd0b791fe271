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
} LathePreprocess;

#define LATHE_MIRRORED_VIEWS 2 /* and its mirror image */
#define LATHE_MOVED_VIEWS 6    /* and both of them a pixel up and left, and a pixel down and right */

G_END_DECLS
