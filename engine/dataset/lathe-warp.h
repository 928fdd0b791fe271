/* lathe-warp.h: where the pixels of a changed image come from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/lathe-preprocess.h"
#include "base/lathe-real.h"

G_BEGIN_DECLS

/* Height × width × channels numbers; kept by whoever holds the batch. */
typedef struct
{
  guint height, width, channels;
} LatheImageSize;

/* An affine map: what is seen at (x, y) comes from (xx · x + xy · y + x0, yx · x + yy · y + y0), in pixels right and
 * down of the image's centre. */
typedef struct
{
  double xx, xy, x0;
  double yx, yy, y0;
} LatheWarp;

#define LATHE_NO_WARP ((LatheWarp){.xx = 1, .yy = 1})

static inline LatheImageSize
lathe_image_size (const LathePreprocess *preprocess)
{
  return (LatheImageSize){preprocess->height, preprocess->width, preprocess->channels};
}

guint lathe_reflect (int at, guint n);

void lathe_image_move (const LatheImageSize *size, gboolean mirror, int down, int right, const LatheReal *x,
                       LatheReal *y);
void lathe_image_warp (const LatheImageSize *size, const LatheWarp *warp, const LatheReal *x, LatheReal *y);

/* Each adds one more change to those that a warp stands for. */
void lathe_warp_mirror (LatheWarp *warp, gboolean left_right, gboolean top_bottom);
void lathe_warp_rotate (LatheWarp *warp, double degrees);
void lathe_warp_scale (LatheWarp *warp, double factor);
void lathe_warp_shear (LatheWarp *warp, double across, double down);
void lathe_warp_move (LatheWarp *warp, double down, double right);

G_END_DECLS
