/* wb-sizes.h: how wide and how high pictures are: a dot a size, the larger the more of them have it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_SIZES (wb_sizes_get_type ())
G_DECLARE_FINAL_TYPE (WbSizes, wb_sizes, WB, SIZES, WbFigure)

typedef struct
{
  double width, height; /* pixels: where sizes are too many, the mean of some that are close */
  guint n_images;
  char *names; /* of some of them, a line each */
} WbSizesDot;

void wb_sizes_dot_clear (gpointer dot);

/* dots: (element-type WbSizesDot) by width, then by height; shared, and not changed any more. */
void wb_sizes_show (WbSizes *sizes, GArray *dots, guint asked_width, guint asked_height);

G_END_DECLS
