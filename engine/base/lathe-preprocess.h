/* lathe-preprocess.h: what happens to an image between its file and the network.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LathePreprocess:
 *
 * The one description of the one path that training, evaluation, prediction and every export follow:
 * apply the orientation tag; bring to RGB or grey; scale so that the image covers width × height, keeping its
 * shape; cut out the centre; (byte / 255 - mean) / deviation, a channel. Where there are several views of it, the
 * network answers to each, and its answers are averaged: lathe-views.c.
 */
typedef struct
{
  guint width, height; /* pixels */
  guint channels;      /* 1: grey, 3: RGB */
  float mean[3];
  float deviation[3];
  guint views; /* 0 or 1: the image as it is; LATHE_MIRRORED_VIEWS, LATHE_MOVED_VIEWS */
} LathePreprocess;

#define LATHE_MIRRORED_VIEWS 2 /* and its mirror image */
#define LATHE_MOVED_VIEWS 6    /* and both of them a pixel up and left, and a pixel down and right */

G_END_DECLS
