/* lathe-winograd.h: 3×3 convolutions by Winograd's algorithm, with a quarter of the multiplications.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-pool.h"
#include "kernels/lathe-kernels.h"

G_BEGIN_DECLS

#define LATHE_WINOGRAD_TILE 4    /* pixels of the result, on a side */
#define LATHE_WINOGRAD_POINTS 36 /* products for each of them and each pair of channels */

/**
 * LatheWinograd:
 *
 * A 3×3 convolution of stride 1 from `in` to `out` channels, both multiples of 16. It reads images of from_height ×
 * from_width with `before` zeros in front of them, and as many behind as it needs; the result has height × width. Both
 * are cut into tiles; a tile row is all tiles of one height, and tile rows are counted through all samples.
 */
typedef struct
{
  const LatheKernels *kernels;
  guint from_height, from_width, before_y, before_x, in;
  guint height, width, out;
  guint tiles_y, tiles_x; /* of a sample: lathe_winograd_tiles() of the result's height and width */
} LatheWinograd;

guint lathe_winograd_tiles (guint pixels);
LatheWinograd lathe_winograd_turned (const LatheWinograd *c);

gsize lathe_winograd_weights_step (const LatheWinograd *c);
gsize lathe_winograd_points (const LatheWinograd *c);
void lathe_winograd_weights (const LatheWinograd *c, LathePool *pool, const LatheReal *w, LatheReal *u);

guint lathe_winograd_block (const LatheWinograd *c, guint batch);
gsize lathe_winograd_scratch (const LatheWinograd *c, guint batch);
void lathe_winograd_run (const LatheWinograd *c, const LatheReal *x, const LatheReal *u, guint first, guint n_rows,
                         guint column, guint columns, LatheReal *y, LatheReal *scratch);

gsize lathe_winograd_sum_scratch (const LatheWinograd *c);
void lathe_winograd_sum (const LatheWinograd *c, const LatheReal *x, const LatheReal *dy, guint n, LatheReal *du,
                         gboolean accumulate, LatheReal *scratch);
void lathe_winograd_weights_gradient (const LatheWinograd *c, const LatheReal *du, gsize first, gsize n, LatheReal *dw);

gsize lathe_winograd_batch_points (const LatheWinograd *c, guint batch);
void lathe_winograd_keep_points (const LatheWinograd *c, const LatheReal *x, const LatheReal *dy, guint batch,
                                 guint first, guint n, LatheReal *points, LatheReal *pad);
guint lathe_winograd_n_parts (const LatheWinograd *c);
gsize lathe_winograd_part_scratch (const LatheWinograd *c);
void lathe_winograd_multiply_points (const LatheWinograd *c, const LatheReal *points, guint batch, guint part,
                                     LatheReal *dw, LatheReal *scratch);

G_END_DECLS
