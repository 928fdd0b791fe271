/* lathe-convolution-private.h: what the files of the convolution layers share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-convolution-layer.h"
#include "lathe-step.h"
#include "lathe-winograd.h"

G_BEGIN_DECLS

/* From one image to another, of all samples, with weights that suit the way. */
typedef struct
{
  LatheStep *step;
  const LatheConvolutionGeometry *g;
  const LatheReal *from; /* NULL: the gradient of the layer's output */
  const LatheReal *w;
  LatheReal *to;          /* NULL: the layer's output, which is to be finished with all that belongs to it */
  const LatheReal *slabs; /* of gather: the weights once more, as few pixels read them; NULL: as they are */
  guint bands, columns;   /* of gather: into how many bands a sample is cut, and how many channels a tile works out */
} LatheConvolutionPass;

gboolean lathe_convolution_is_pointwise (const LatheConvolutionGeometry *g);
gboolean lathe_convolution_has_phases (const LatheConvolutionGeometry *g);
LatheSpread lathe_convolution_spread_wide (const LatheConvolutionGeometry *g, const LatheReal *image);
LatheSpread lathe_convolution_spread_narrow (const LatheConvolutionGeometry *g, const LatheReal *image);
gboolean lathe_convolution_suits_slabs (const LatheStep *step, const LatheConvolutionGeometry *g);
gboolean lathe_convolution_suits_winograd (const LatheConvolutionGeometry *g);
LatheWinograd lathe_convolution_winograd (const LatheStep *step, const LatheConvolutionGeometry *g);
LatheWinograd lathe_convolution_winograd_back (const LatheStep *step, const LatheConvolutionGeometry *g);
guint lathe_convolution_gather_band (const LatheStep *step, const LatheConvolutionGeometry *g);
guint lathe_convolution_scatter_band (const LatheConvolutionGeometry *g);
gsize lathe_convolution_output_row (const LatheStep *step);
gsize lathe_convolution_spread_row (const LatheConvolutionGeometry *g);
gboolean lathe_convolution_keeps_points (const LatheStep *step, const LatheConvolutionGeometry *g);
gsize lathe_convolution_shard_weights (const LatheStep *step, const LatheConvolutionGeometry *g);
gsize lathe_convolution_shard_size (const LatheStep *step, const LatheConvolutionGeometry *g);
gsize lathe_convolution_sums_size (const LatheStep *step, const LatheConvolutionGeometry *g);
LatheConvolution lathe_convolution_of (const LatheStep *step, const LatheConvolutionGeometry *g);
LatheConvolution lathe_convolution_back (const LatheStep *step, const LatheConvolutionGeometry *g);
gsize lathe_convolution_wide_size (const LatheConvolutionGeometry *g);
gsize lathe_convolution_narrow_size (const LatheConvolutionGeometry *g);
const LatheReal *lathe_convolution_gradient_band (const LatheStep *step, guint sample, guint first, guint n,
                                                  guint thread);
void lathe_convolution_begin_gradient (LatheStep *step, guint sample, guint first, guint n);
void lathe_convolution_gather (LatheConvolutionPass *pass);
void lathe_convolution_scatter (LatheConvolutionPass *pass);
void lathe_convolution_run_winograd (const LatheConvolutionPass *pass, const LatheWinograd *c, const LatheReal *u);
void lathe_convolution_find_weights (LatheConvolutionPass *pass);

G_END_DECLS
