/* lathe-convolution-geometry.c: what follows from a convolution's shape: which algorithm suits it, how its images are
 * spread apart, into what bands and sums it is cut.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-convolution-private.h"

#define BAND_NUMBERS 16384 /* of a band's result: 64 KiB, to stay in the second-level cache with what it is made of */
#define PULLED_BAND (128 * 1024) /* numbers that a band pulls: 512 KiB */
#define BAND_PIXELS 56 /* that it has all the same, so that many pixels share the weights that come into cache */
#define SLABS_COLUMNS 128
#define SLABS_NUMBERS 8192    /* 32 KiB */
#define MOST_POINTS (1 << 22) /* of Winograd's weights, of which each shard has sums: 16 MiB */

/* --- Images with their margins --- */

/* Where each pixel is made of its own place alone, so that rows may be taken together. */
gboolean
lathe_convolution_is_pointwise (const LatheConvolutionGeometry *g)
{
  return g->y.kernel == 1 && g->x.kernel == 1 && g->y.stride == 1 && g->x.stride == 1 && !g->padded;
}

/* Where weights are laid anew for a network that only answers: more of them than stay in the first-level cache. */
gboolean
lathe_convolution_suits_slabs (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  return !step->training && !g->transposed && g->groups == 1 && lathe_convolution_is_pointwise (g) &&
         g->out >= SLABS_COLUMNS && (gsize) g->in * g->out >= SLABS_NUMBERS;
}

/* Whether the way back goes by phases of the stride, and not over windows spread apart. */
gboolean
lathe_convolution_has_phases (const LatheConvolutionGeometry *g)
{
  return (g->y.stride > 1 || g->x.stride > 1) && g->y.dilation == 1 && g->x.dilation == 1 && g->groups == 1;
}

LatheSpread
lathe_convolution_spread_wide (const LatheConvolutionGeometry *g, const LatheReal *image)
{
  return (LatheSpread){
      .image = image,
      .height = g->y.in,
      .width = g->x.in,
      .channels = g->in,
      .before_y = g->y.before,
      .before_x = g->x.before,
      .step_y = 1,
      .step_x = 1,
      .full_width = lathe_axis_full (&g->x),
  };
}

LatheSpread
lathe_convolution_spread_narrow (const LatheConvolutionGeometry *g, const LatheReal *image)
{
  if (lathe_convolution_has_phases (g))
    return (LatheSpread){
        .image = image,
        .height = g->y.out,
        .width = g->x.out,
        .channels = g->out,
        .before_y = lathe_axis_margin (&g->y),
        .before_x = lathe_axis_margin (&g->x),
        .step_y = 1,
        .step_x = 1,
        .full_width = lathe_axis_phase_last (&g->x, g->x.in - 1) + 1,
    };
  return (LatheSpread){
      .image = image,
      .height = g->y.out,
      .width = g->x.out,
      .channels = g->out,
      .before_y = lathe_axis_window (&g->y) - 1 - g->y.before,
      .before_x = lathe_axis_window (&g->x) - 1 - g->x.before,
      .step_y = g->y.stride,
      .step_x = g->x.stride,
      .full_width = g->x.in + lathe_axis_window (&g->x) - 1,
  };
}

/* --- Winograd's algorithm --- */

/* Where it saves more than it wastes: tiles that hang over the edge are worked out whole. */
gboolean
lathe_convolution_suits_winograd (const LatheConvolutionGeometry *g)
{
  const LatheAxis *axes[] = {&g->y, &g->x};
  gsize tiled = 1;

  for (guint i = 0; i < G_N_ELEMENTS (axes); i++)
    {
      if (axes[i]->kernel != 3 || axes[i]->stride != 1 || axes[i]->dilation != 1 || axes[i]->before > 2)
        return FALSE;
      tiled *= lathe_ceil_div (axes[i]->out, LATHE_WINOGRAD_TILE) * LATHE_WINOGRAD_TILE;
    }
  return !g->transposed && g->groups == 1 && g->in % 16 == 0 && g->out % 16 == 0 &&
         (gsize) LATHE_WINOGRAD_POINTS * g->in * g->out <= MOST_POINTS && tiled <= 2 * (gsize) g->y.out * g->x.out;
}

LatheWinograd
lathe_convolution_winograd (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  return (LatheWinograd){
      .kernels = step->kernels,
      .from_height = g->y.in,
      .from_width = g->x.in,
      .before_y = g->y.before,
      .before_x = g->x.before,
      .in = g->in,
      .height = g->y.out,
      .width = g->x.out,
      .out = g->out,
      .tiles_y = lathe_winograd_tiles (g->y.out),
      .tiles_x = lathe_winograd_tiles (g->x.out),
  };
}

LatheWinograd
lathe_convolution_winograd_back (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheWinograd c = lathe_convolution_winograd (step, g);

  return lathe_winograd_turned (&c);
}

/* --- Bands and shards --- */

static guint
band_rows (guint rows, guint width, guint channels)
{
  return (guint) CLAMP (MAX (BAND_NUMBERS / ((gsize) width * channels), BAND_PIXELS / width), 1, rows);
}

/* In whole pieces of what follows; the rows that a band pulls stay in cache. */
guint
lathe_convolution_gather_band (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  guint rows = band_rows (g->y.out, g->x.out, g->out), seen;

  if (step->source != NULL)
    {
      seen = (guint) (PULLED_BAND / ((gsize) g->x.in * g->in));
      rows = seen > lathe_axis_window (&g->y) ? (seen - lathe_axis_window (&g->y)) / g->y.stride + 1 : 1;
      rows = MIN (rows, g->y.out);
    }

  return step->piece == 0 || rows == g->y.out ? rows : MAX (step->piece, rows / step->piece * step->piece);
}

guint
lathe_convolution_scatter_band (const LatheConvolutionGeometry *g)
{
  return band_rows (g->y.in, g->x.in, g->in);
}

gsize
lathe_convolution_output_row (const LatheStep *step)
{
  return (gsize) step->output.dim[1] * step->output.dim[2];
}

/* Numbers of a row of the narrow image, spread apart. */
gsize
lathe_convolution_spread_row (const LatheConvolutionGeometry *g)
{
  return (gsize) (g->x.in + lathe_axis_window (&g->x) - 1) * g->out;
}

/* Whether Winograd's points of the whole batch are fewer than the sums of all shards: then they are kept until all are
 * there, and there are no sums of shards. */
gboolean
lathe_convolution_keeps_points (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheWinograd c = lathe_convolution_winograd (step, g);

  return lathe_convolution_suits_winograd (g) &&
         lathe_winograd_batch_points (&c, step->batch) <= LATHE_SHARDS * lathe_winograd_points (&c);
}

/* The most numbers that a shard may sum: weights, or Winograd's of them. */
static gsize
most_weights (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheWinograd c = lathe_convolution_winograd (step, g);

  return lathe_convolution_suits_winograd (g) ? lathe_winograd_points (&c)
                                              : lathe_shape_size (&step->parameter[0].shape);
}

/* Those of this batch. */
gsize
lathe_convolution_shard_weights (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  return lathe_convolution_keeps_points (step, g) ? 0 : most_weights (step, g);
}

static gsize
bias_size (const LatheStep *step)
{
  return step->n_parameters > 1 ? step->output.dim[2] : 0;
}

/* With the bias behind them. */
gsize
lathe_convolution_shard_size (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  return lathe_convolution_shard_weights (step, g) + bias_size (step);
}

/* Of all shards of any batch, or of the points that are kept behind their biases. */
gsize
lathe_convolution_sums_size (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  return LATHE_SHARDS * (most_weights (step, g) + bias_size (step));
}

/* --- The convolution itself --- */

LatheConvolution
lathe_convolution_of (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  return (LatheConvolution){
      .kernels = step->kernels,
      .kernel_height = g->y.kernel,
      .kernel_width = g->x.kernel,
      .dilation_y = g->y.dilation,
      .dilation_x = g->x.dilation,
      .stride_x = g->x.stride,
      .in = g->in,
      .out = g->out,
      .groups = g->groups,
      .columns = g->out / g->groups,
      .phases = lathe_convolution_has_phases (g) ? g->x.stride : 1,
      .row_size = (gsize) lathe_axis_full (&g->x) * g->in,
  };
}

/* The one that goes back: from the narrow image, spread apart by the stride, to the wide one. */
LatheConvolution
lathe_convolution_back (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheConvolution c = lathe_convolution_of (step, g);

  c.stride_x = 1;
  c.in = g->out;
  c.out = g->in;
  c.columns = g->in / g->groups;
  c.row_size = lathe_convolution_spread_row (g);
  return c;
}

gsize
lathe_convolution_wide_size (const LatheConvolutionGeometry *g)
{
  return (gsize) g->y.in * g->x.in * g->in;
}

gsize
lathe_convolution_narrow_size (const LatheConvolutionGeometry *g)
{
  return (gsize) g->y.out * g->x.out * g->out;
}
