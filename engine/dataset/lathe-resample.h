/* lathe-resample.h: scale and crop, in whole numbers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

G_BEGIN_DECLS

/* A window of width × height pixels at (x, y) of the image scaled to scaled_width × scaled_height. */
typedef struct
{
  guint scaled_width, scaled_height;
  guint x, y, width, height;
} LatheWindow;

/* What the image takes of a pixbuf, in pixels: all of it, unless it was reduced by what does not divide its size. */
typedef struct
{
  double left, top, width, height;
} LatheExtent;

/**
 * lathe_resample:
 * @channels: 1: grey (luma of ITU-R BT.601), 3: RGB
 * @bytes: (out caller-allocates): height × width × channels
 *
 * Transparency is seen on white. An image that is not scaled comes through unchanged.
 */
void lathe_resample (GdkPixbuf *pixbuf, const LatheExtent *extent, const LatheWindow *window, guint channels,
                     guint8 *bytes);

G_END_DECLS
