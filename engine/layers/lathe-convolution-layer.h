/* lathe-convolution-layer.h: what a convolution and its transpose have in common as layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-activation.h"
#include "lathe-axis.h"
#include "lathe-convolution.h"
#include "lathe-weights.h"

G_BEGIN_DECLS

/* The properties that both begin with. */
enum
{
  LATHE_CONVOLUTION_FILTERS,
  LATHE_CONVOLUTION_KERNEL_HEIGHT,
  LATHE_CONVOLUTION_KERNEL_WIDTH,
  LATHE_CONVOLUTION_STRIDE_HEIGHT,
  LATHE_CONVOLUTION_STRIDE_WIDTH,
  LATHE_CONVOLUTION_PADDING,
  LATHE_CONVOLUTION_ACTIVATION,
  LATHE_CONVOLUTION_BIAS,
  LATHE_CONVOLUTION_DILATION_HEIGHT,
  LATHE_CONVOLUTION_DILATION_WIDTH,
  LATHE_CONVOLUTION_GROUPS,
  LATHE_CONVOLUTION_PADDING_TOP,
  LATHE_CONVOLUTION_PADDING_BOTTOM,
  LATHE_CONVOLUTION_PADDING_LEFT,
  LATHE_CONVOLUTION_PADDING_RIGHT,
  LATHE_CONVOLUTION_WEIGHTS,
  LATHE_CONVOLUTION_N_PROPERTIES = LATHE_CONVOLUTION_WEIGHTS + LATHE_N_WEIGHT_PROPERTIES
};

/* Rows that both tables have alike. */
#define LATHE_CONVOLUTION_DILATION_HEIGHT_PROPERTY                                                                     \
  LATHE_WINDOW_PROPERTY (LATHE_PART_DILATION_HEIGHT, "dilation-height", N_ ("Dilation down"),                          \
                         N_ ("How far apart the rows of the window are; 1: side by side."), 1, 63, 1)
#define LATHE_CONVOLUTION_DILATION_WIDTH_PROPERTY                                                                      \
  LATHE_WINDOW_PROPERTY (LATHE_PART_DILATION_WIDTH, "dilation-width", N_ ("Dilation across"),                          \
                         N_ ("How far apart the columns of the window are; 1: side by side."), 1, 63, 1)
#define LATHE_CONVOLUTION_GROUPS_PROPERTY                                                                              \
  {                                                                                                                    \
    .name = "groups", .title = N_ ("Groups"),                                                                          \
    .help = N_ ("Into how many parts the channels are cut; each filter sees one part. As many groups as channels "     \
                "make the convolution depthwise."),                                                                    \
    .minimum = 1, .maximum = 65536, .fallback = 1                                                                      \
  }

/**
 * LatheConvolutionGeometry:
 *
 * Of the convolution that leads from the wide image to the narrow one: the layer's input and output, or the other way
 * round in a transposed layer. The axes go from wide (`in`) to narrow (`out`), and so do the channels.
 */
typedef struct
{
  gboolean transposed;
  LatheAxis y, x;
  guint in, out, groups;
  gboolean padded;
} LatheConvolutionGeometry;

LatheAxis lathe_convolution_axis (const LatheProperties *values, gboolean vertical, guint in);
gboolean lathe_convolution_fits (const LatheProperties *values, const LatheConvolutionGeometry *g, GError **error);
guint lathe_convolution_parameters (const LatheProperties *values, const LatheConvolutionGeometry *g,
                                    LatheParameter parameters[LATHE_MAX_PARAMETERS]);
char *lathe_convolution_summary (const LatheProperties *values);
LatheActivation lathe_convolution_activation (const LatheStep *step);

gboolean lathe_convolution_leads_by_bands (const LatheConvolutionGeometry *g);
gboolean lathe_convolution_pulls (const LatheStep *step, const LatheConvolutionGeometry *g,
                                  const LatheConvolutionGeometry *source);
void lathe_convolution_plan (LatheStep *step, const LatheConvolutionGeometry *g);
void lathe_convolution_prepare (LatheStep *step, const LatheConvolutionGeometry *g);
void lathe_convolution_forward (LatheStep *step, const LatheConvolutionGeometry *g);
void lathe_convolution_backward (LatheStep *step, const LatheConvolutionGeometry *g);

G_END_DECLS
