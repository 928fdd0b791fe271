/* lathe-convolution.h: the arithmetic of convolutions: rows with their margins, and products of windows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-pool.h"
#include "kernels/lathe-kernels.h"
#include "lathe-axis.h"

G_BEGIN_DECLS

/* Rows of an image with zeros around and between: what a band of a convolution reads. Row r of the whole holds image
 * row (r - before_y) / step_y where that is whole and within the image, and zeros elsewhere; columns alike. */
typedef struct
{
  const LatheReal *image;
  guint height, width, channels;
  guint before_y, before_x, step_y, step_x;
  guint full_width; /* columns of a spread row */
} LatheSpread;

void lathe_spread (const LatheSpread *s, guint first, guint n_rows, LatheReal *to);

/**
 * LatheConvolution:
 *
 * What turns rows of `in` channels into rows of `out` channels. Weights lie as kernel height × kernel width ×
 * in / groups × out; output channel o sees the input channels of its own group alone.
 */
typedef struct
{
  const LatheKernels *kernels;
  guint kernel_height, kernel_width;
  guint dilation_y, dilation_x, stride_x;
  guint in, out, groups;
  guint columns;  /* of one group's output channels, how many are worked out, from where w and y begin */
  guint phases;   /* turned weights lie by their column's remainder by this; 1: as it comes */
  gsize row_size; /* numbers from one input row to the next */
} LatheConvolution;

gboolean lathe_convolution_is_depthwise (const LatheConvolution *c);
void lathe_convolution_depthwise_row (const LatheConvolution *c, const LatheAxis *down, const LatheAxis *across,
                                      const LatheReal *image, const LatheReal *w, guint row, LatheReal *y);
void lathe_convolution_row (const LatheConvolution *c, const LatheReal *x, const LatheReal *w, LatheReal *y,
                            guint width);
guint lathe_convolution_slab (const LatheConvolution *c);
void lathe_convolution_lay_slabs (const LatheConvolution *c, const LatheReal *w, LatheReal *slabs);
void lathe_convolution_slabs (const LatheConvolution *c, const LatheReal *x, const LatheReal *slabs, guint column,
                              LatheReal *y, guint pixels);
void lathe_convolution_phases_row (const LatheConvolution *c, const LatheAxis *down, const LatheAxis *across,
                                   const LatheReal *windows, const LatheReal *w, guint row, LatheReal *y);
void lathe_convolution_swap (const LatheConvolution *c, LathePool *pool, const LatheReal *w, gboolean turn,
                             LatheReal *swapped);
void lathe_convolution_turn (const LatheConvolution *c, const LatheReal *w, LatheReal *turned);
void lathe_convolution_weights (const LatheConvolution *c, const LatheReal *x, guint stride_y, const LatheReal *dy,
                                guint height, guint width, LatheReal *dw, gboolean accumulate);

G_END_DECLS
