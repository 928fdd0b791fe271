/* lathe-byte-winograd.h: 3×3 convolutions in 8 bits by Winograd's algorithm, exactly (see
 * kernels/lathe-byte-winograd-loops.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernels/lathe-kernels.h"

G_BEGIN_DECLS

/* Channels are whole slabs. */
typedef struct
{
  const LatheByteKernels *kernels;
  guint in, out;
  guint tiles_x; /* across */
} LatheByteWinograd;

/* Some tile rows of one image. */
typedef struct
{
  const gint16 *u; /* as lathe_byte_winograd_weights() makes it */
  const guint8 *x; /* pixels with their margins: four a tile, and two more, in both directions */
  guint tile_rows;
  guint rows, width;      /* of the result, in pixels */
  guint column, columns;  /* channels of the result: whole slabs */
  LatheByteOutput output; /* from the column on */
  guint8 *y;              /* the first of its pixels, at the column */
} LatheByteTiles;

guint lathe_byte_winograd_tiles (guint pixels);
gboolean lathe_byte_winograd_pays (const LatheByteKernels *kernels, guint in, guint out, guint height, guint width);
gsize lathe_byte_winograd_points (const LatheByteWinograd *c);
void lathe_byte_winograd_weights (const LatheByteWinograd *c, const gint8 *w, gint16 *u);
gsize lathe_byte_winograd_scratch (const LatheByteWinograd *c, guint tile_rows);
void lathe_byte_winograd_run (const LatheByteWinograd *c, const LatheByteTiles *tiles, gpointer scratch);

G_END_DECLS
