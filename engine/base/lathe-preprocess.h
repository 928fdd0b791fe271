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
 * shape; cut out the centre; (byte / 255 - mean) / deviation, a channel.
 */
typedef struct
{
  guint width, height; /* pixels */
  guint channels;      /* 1: grey, 3: RGB */
  float mean[3];
  float deviation[3];
} LathePreprocess;

G_END_DECLS
