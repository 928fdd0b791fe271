/* lathe-convolution-layer.c: what a convolution and its transpose have in common as layers.
 *
 * One convolution leads from a wide image to a narrow one. Its three passes make up both layers, both ways:
 *
 *              gather                 scatter                sum
 *              wide → narrow          narrow → wide          both → weights
 *   conv2d     forward                dX                     dW
 *   transpose  dX                     forward                dW
 *
 * In gather a tile is a band of narrow rows of one sample. Padding is real: the rows that a tile needs are copied, with
 * their margins of zeros, into the thread's scratch, where they stay in cache.
 *
 * In scatter a tile is a band of wide rows of one sample: the convolution of the narrow image, spread apart by the
 * stride and padded, with the kernel turned by 180°.
 *
 * In sum a tile is a shard of the batch with sums of its own, which a second pass adds up in order.
 *
 * A 3×3 convolution of enough channels goes by Winograd's algorithm instead, all three ways (see lathe-winograd.c).
 *
 * Weights lie as kernel height × kernel width × the layer's input channels / groups × its filters, so that a kernel row
 * of conv2d is one run of the panel kernel's depth (see LathePanel): no im2col matrix is ever made. The transposed
 * layer has its channels the other way round than the convolution that it undoes, and swaps them where that matters.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-convolution-layer.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "lathe-follow.h"
#include "lathe-winograd.h"

#define BAND_NUMBERS 16384 /* of a band's result: 64 KiB, to stay in the second-level cache with what it is made of */
#define BAND_PIXELS 56     /* that it has all the same, so that many pixels share the weights that come into cache */
#define SUM_NUMBERS 4096   /* of weights in a tile of the second pass */
#define SUM_KERNELS 256    /* the same of Winograd's, with their points; a multiple of 16 */

#define MOST_POINTS (1 << 22) /* of Winograd's weights, of which each shard has sums: 16 MiB */
#define FEW_BLOCKS 8 /* with fewer, channels of the result are cut too, so that all threads work on one image */
#define FEW_COLUMNS 32
#define FEW_PANEL_COLUMNS 64 /* the same without Winograd */

/**
 * lathe_convolution_axis:
 * @in: pixels of the wide image
 */
LatheAxis
lathe_convolution_axis (const LatheProperties *values, gboolean vertical, guint in)
{
  const double *v = values->value;
  guint other = vertical ? 0 : 1;
  LatheAxis axis = {
      .in = in,
      .kernel = (guint) v[LATHE_CONVOLUTION_KERNEL_HEIGHT + other],
      .stride = (guint) v[LATHE_CONVOLUTION_STRIDE_HEIGHT + other],
      .dilation = (guint) v[LATHE_CONVOLUTION_DILATION_HEIGHT + other],
  };

  return lathe_axis_pad (axis, (LathePadding) v[LATHE_CONVOLUTION_PADDING],
                         (guint) v[LATHE_CONVOLUTION_PADDING_TOP + 2 * other],
                         (guint) v[LATHE_CONVOLUTION_PADDING_BOTTOM + 2 * other]);
}

/**
 * lathe_convolution_fits:
 *
 * Errors: LATHE_ERROR_SHAPE when the groups or the padding cannot be.
 */
gboolean
lathe_convolution_fits (const LatheProperties *values, const LatheConvolutionGeometry *g, GError **error)
{
  if (g->in % g->groups != 0 || g->out % g->groups != 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("cannot cut %u channels and %u filters into %u groups: the number of groups must divide both"),
                   g->transposed ? g->out : g->in, g->transposed ? g->in : g->out, g->groups);
      return FALSE;
    }
  return values->value[LATHE_CONVOLUTION_PADDING] != LATHE_PADDING_EXPLICIT ||
         lathe_axis_sides_fit (&values->value[LATHE_CONVOLUTION_PADDING_TOP], &g->y, &g->x, error);
}

/**
 * lathe_convolution_parameters:
 *
 * Weights, and a bias where there is one. An output pixel of a transposed layer lies under so many windows on average
 * as a window has pixels for each of its stride's.
 *
 * Returns: how many tensors
 */
guint
lathe_convolution_parameters (const LatheProperties *values, const LatheConvolutionGeometry *g,
                              LatheParameter parameters[LATHE_MAX_PARAMETERS])
{
  guint in = g->transposed ? g->out : g->in, out = g->transposed ? g->in : g->out;
  gsize window = (gsize) g->y.kernel * g->x.kernel, apart = g->transposed ? (gsize) g->y.stride * g->x.stride : 1;
  guint n = values->value[LATHE_CONVOLUTION_BIAS] != 0 ? 2 : 1;

  parameters[0] = (LatheParameter){
      .name = "weight",
      .shape = {4, {g->y.kernel, g->x.kernel, in / g->groups, out}},
      .initialiser = lathe_activation_initialiser ((LatheActivation) values->value[LATHE_CONVOLUTION_ACTIVATION]),
      .fan_in = MAX (1, window * (in / g->groups) / apart),
      .fan_out = window * (out / g->groups),
  };
  parameters[1] = (LatheParameter){.name = "bias", .shape = LATHE_SHAPE_VECTOR (out)};
  lathe_weights_describe (values, LATHE_CONVOLUTION_WEIGHTS, parameters, n);
  return n;
}

char *
lathe_convolution_summary (const LatheProperties *values)
{
  const double *v = values->value;
  const char *title = lathe_activation_title ((LatheActivation) v[LATHE_CONVOLUTION_ACTIVATION]);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%g · %g×%g", v[LATHE_CONVOLUTION_FILTERS], v[LATHE_CONVOLUTION_KERNEL_HEIGHT],
                          v[LATHE_CONVOLUTION_KERNEL_WIDTH]);
  if (v[LATHE_CONVOLUTION_STRIDE_HEIGHT] > 1 || v[LATHE_CONVOLUTION_STRIDE_WIDTH] > 1)
    g_string_append_printf (text, " / %g×%g", v[LATHE_CONVOLUTION_STRIDE_HEIGHT], v[LATHE_CONVOLUTION_STRIDE_WIDTH]);
  if (v[LATHE_CONVOLUTION_PADDING] == LATHE_PADDING_SAME)
    g_string_append_printf (text, " · %s", _ ("same"));
  if (v[LATHE_CONVOLUTION_DILATION_HEIGHT] > 1 || v[LATHE_CONVOLUTION_DILATION_WIDTH] > 1)
    g_string_append_printf (text, _ (" · dilation %g×%g"), v[LATHE_CONVOLUTION_DILATION_HEIGHT],
                            v[LATHE_CONVOLUTION_DILATION_WIDTH]);
  if (v[LATHE_CONVOLUTION_GROUPS] > 1)
    g_string_append_printf (text, _ (" · groups %g"), v[LATHE_CONVOLUTION_GROUPS]);
  if (title != NULL)
    g_string_append_printf (text, " · %s", title);
  return g_string_free (text, FALSE);
}

LatheActivation
lathe_convolution_activation (const LatheStep *step)
{
  return step->linear ? LATHE_ACTIVATION_NONE : (LatheActivation) lathe_step_value (step, LATHE_CONVOLUTION_ACTIVATION);
}

/* --- Images with their margins --- */

/* Whether the way back goes by phases of the stride, and not over windows spread apart. */
static gboolean
has_phases (const LatheConvolutionGeometry *g)
{
  return (g->y.stride > 1 || g->x.stride > 1) && g->y.dilation == 1 && g->x.dilation == 1 && g->groups == 1;
}

static LatheSpread
spread_wide (const LatheConvolutionGeometry *g, const LatheReal *image)
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

static LatheSpread
spread_narrow (const LatheConvolutionGeometry *g, const LatheReal *image)
{
  if (has_phases (g))
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
static gboolean
suits_winograd (const LatheConvolutionGeometry *g)
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

static LatheWinograd
winograd (const LatheStep *step, const LatheConvolutionGeometry *g)
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

static LatheWinograd
winograd_back (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  return (LatheWinograd){
      .kernels = step->kernels,
      .from_height = g->y.out,
      .from_width = g->x.out,
      .before_y = lathe_axis_window (&g->y) - 1 - g->y.before,
      .before_x = lathe_axis_window (&g->x) - 1 - g->x.before,
      .in = g->out,
      .height = g->y.in,
      .width = g->x.in,
      .out = g->in,
      .tiles_y = lathe_winograd_tiles (g->y.in),
      .tiles_x = lathe_winograd_tiles (g->x.in),
  };
}

/* --- Scratch memory --- */

static guint
band_rows (guint rows, guint width, guint channels)
{
  return (guint) CLAMP (MAX (BAND_NUMBERS / ((gsize) width * channels), BAND_PIXELS / width), 1, rows);
}

/* In whole pieces of what follows. */
static guint
gather_band (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  guint rows = band_rows (g->y.out, g->x.out, g->out);

  return step->piece == 0 || rows == g->y.out ? rows : MAX (step->piece, rows / step->piece * step->piece);
}

static guint
scatter_band (const LatheConvolutionGeometry *g)
{
  return band_rows (g->y.in, g->x.in, g->in);
}

static gsize
output_row (const LatheStep *step)
{
  return (gsize) step->output.dim[1] * step->output.dim[2];
}

/* Numbers of a row of the narrow image, spread apart. */
static gsize
spread_row (const LatheConvolutionGeometry *g)
{
  return (gsize) (g->x.in + lathe_axis_window (&g->x) - 1) * g->out;
}

/* Numbers that a shard sums: weights, or Winograd's of them. */
static gsize
shard_weights (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  return suits_winograd (g) ? (gsize) LATHE_WINOGRAD_POINTS * g->in * g->out
                            : lathe_shape_size (&step->parameter[0].shape);
}

/* The bias behind them. */
static gsize
shard_size (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  return shard_weights (step, g) + (step->n_parameters > 1 ? step->output.dim[2] : 0);
}

static void
plan_winograd (LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheWinograd c = winograd (step, g), back = winograd_back (step, g);

  step->algorithm = N_ ("Winograd F(4×4, 3×3)");
  step->thread_scratch_size = MAX (step->thread_scratch_size, lathe_winograd_scratch (&c, step->batch));
  if (!step->training)
    {
      step->prepared_size = lathe_winograd_points (&c);
      return;
    }
  step->scratch_size =
      MAX (step->scratch_size, lathe_shape_size (&step->parameter[0].shape) + lathe_winograd_points (&c));
  step->thread_scratch_size = MAX (step->thread_scratch_size, lathe_winograd_scratch (&back, step->batch));
  step->thread_scratch_size = MAX (step->thread_scratch_size, lathe_winograd_sum_scratch (&c));
}

/* Room for rows of an output that is not in memory, or of its gradient: behind all else in the thread's scratch. */
static void
plan_band (LatheStep *step, guint rows)
{
  if (step->piece == 0)
    return;
  step->band_at = lathe_ceil_div (step->thread_scratch_size, LATHE_ALIGNMENT) * LATHE_ALIGNMENT;
  step->thread_scratch_size = step->band_at + rows * output_row (step);
}

/**
 * lathe_convolution_leads_by_bands:
 *
 * Returns: whether the output is worked out in bands that another layer may take at once: not by Winograd's algorithm
 */
gboolean
lathe_convolution_leads_by_bands (const LatheConvolutionGeometry *g)
{
  return !suits_winograd (g);
}

void
lathe_convolution_plan (LatheStep *step, const LatheConvolutionGeometry *g)
{
  gsize weights = lathe_shape_size (&step->parameter[0].shape);
  gsize wide_row = (gsize) lathe_axis_full (&g->x) * g->in;
  gsize gather = ((gsize) (gather_band (step, g) - 1) * g->y.stride + lathe_axis_window (&g->y)) * wide_row;
  gsize scatter = (gsize) (scatter_band (g) + lathe_axis_window (&g->y) - 1) * spread_row (g);
  gsize shard = lathe_axis_full (&g->y) * wide_row;

  step->scratch_size = g->transposed ? weights : 0;
  step->thread_scratch_size = g->transposed ? scatter : g->padded ? gather : 0;
  if (step->training)
    {
      lathe_activation_plan (lathe_convolution_activation (step), step);
      step->thread_scratch_size = MAX (g->padded ? MAX (shard, gather) : 0, scatter);
      step->scratch_size = LATHE_SHARDS * shard_size (step, g);
    }
  if (suits_winograd (g))
    plan_winograd (step, g);
  plan_band (step, step->training
                       ? MAX (gather_band (step, g), MIN (g->y.out, scatter_band (g) + lathe_axis_window (&g->y) - 1))
                       : gather_band (step, g));
}

/* --- The passes --- */

/* From one image to another, of all samples, with weights that suit the way. */
typedef struct
{
  LatheStep *step;
  const LatheConvolutionGeometry *g;
  const LatheReal *from; /* NULL: the gradient of the layer's output */
  const LatheReal *w;
  LatheReal *to;        /* NULL: the layer's output, which is to be finished with all that belongs to it */
  guint bands, columns; /* of gather: into how many bands a sample is cut, and how many channels a tile works out */
} Pass;

static LatheConvolution
convolution (const LatheStep *step, const LatheConvolutionGeometry *g)
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
      .phases = has_phases (g) ? g->x.stride : 1,
      .row_size = (gsize) lathe_axis_full (&g->x) * g->in,
  };
}

/* The one that goes back: from the narrow image, spread apart by the stride, to the wide one. */
static LatheConvolution
convolution_back (const LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheConvolution c = convolution (step, g);

  c.stride_x = 1;
  c.in = g->out;
  c.out = g->in;
  c.columns = g->in / g->groups;
  c.row_size = spread_row (g);
  return c;
}

static gsize
wide_size (const LatheConvolutionGeometry *g)
{
  return (gsize) g->y.in * g->x.in * g->in;
}

static gsize
narrow_size (const LatheConvolutionGeometry *g)
{
  return (gsize) g->y.out * g->x.out * g->out;
}

/* --- The layer's own output, in bands of rows of one sample, and its gradient --- */

static gsize
row_of (const LatheStep *step, guint sample, guint first)
{
  return (gsize) sample * step->output.dim[0] + first;
}

static LatheReal *
band_scratch (const LatheStep *step, guint thread)
{
  return lathe_step_thread_scratch (step, thread) + step->band_at;
}

/* Where the rows from `first` on are to be written, before finish() takes them. */
static LatheReal *
output_band (const LatheStep *step, guint sample, guint first, guint thread)
{
  return step->piece > 0 ? band_scratch (step, thread) : step->y + row_of (step, sample, first) * output_row (step);
}

/* Where the gradient of `n` rows lies, once begin_gradient() has been there. */
static const LatheReal *
gradient_band (const LatheStep *step, guint sample, guint first, guint n, guint thread)
{
  gsize row = row_of (step, sample, first), width = step->output.dim[1];

  if (step->piece == 0)
    return step->dy + row * output_row (step);
  lathe_unfollow_piece (step, band_scratch (step, thread), row * width, n * width);
  return band_scratch (step, thread);
}

/* Takes the layers that follow and the activation back, on `n` rows whose gradient nobody has read yet. */
static void
begin_gradient (LatheStep *step, guint sample, guint first, guint n)
{
  gsize width = step->output.dim[1], row = row_of (step, sample, first) * width;

  if (step->piece > 0)
    return;
  lathe_unfollow (step, row, n * width);
  lathe_activation_unapply (lathe_convolution_activation (step), step, row, n * width);
}

/* Bias, activation, and the layers that follow, on `n` rows just written. */
static void
finish (LatheStep *step, LatheReal *band, guint sample, guint first, guint n)
{
  LatheActivation activation = lathe_convolution_activation (step);
  guint filters = step->output.dim[2];
  gsize row = ((gsize) sample * step->output.dim[0] + first) * step->output.dim[1];
  gsize pixels = (gsize) n * step->output.dim[1];

  if (step->n_parameters > 1)
    step->kernels->bias (band, step->w[1], pixels, filters, activation == LATHE_ACTIVATION_RELU);
  if (step->n_parameters == 1 || activation != LATHE_ACTIVATION_RELU)
    lathe_activation_apply (activation, step, band, row, pixels);
  lathe_follow (step, band, row, pixels);
}

/* Where each pixel is made of its own place alone, so that rows may be taken together. */
static gboolean
is_pointwise (const LatheConvolutionGeometry *g)
{
  return g->y.kernel == 1 && g->x.kernel == 1 && g->y.stride == 1 && g->x.stride == 1 && !g->padded;
}

/* The part of the output that a tile of gather works out, n_rows of one sample: whole pieces of what follows. */
static void
find_band (const Pass *pass, guint index, guint *sample, guint *first, guint *n_rows)
{
  guint band = index % pass->bands, rows = pass->g->y.out, piece = MAX (1, pass->step->piece);
  guint64 pieces = lathe_ceil_div (rows, piece);

  *sample = index / pass->bands;
  *first = (guint) (pieces * band / pass->bands) * piece;
  *n_rows = MIN (rows, (guint) (pieces * (band + 1) / pass->bands) * piece) - *first;
}

static void
gather_tile (gpointer data, guint tile, guint thread)
{
  const Pass *pass = data;
  const LatheConvolutionGeometry *g = pass->g;
  guint across = (guint) lathe_ceil_div (g->out, pass->columns), column = tile % across * pass->columns;
  guint sample, first, n_rows;
  LatheConvolution c = convolution (pass->step, g);
  gsize row_size = (gsize) g->x.out * g->out;
  LatheSpread s;
  const LatheReal *from, *w = pass->w + column;
  LatheReal *to;

  find_band (pass, tile / across, &sample, &first, &n_rows);
  s = spread_wide (g, pass->from != NULL ? pass->from + sample * wide_size (g)
                                         : gradient_band (pass->step, sample, 0, g->y.in, thread));
  from = s.image + (gsize) first * g->y.stride * c.row_size;
  to = column + (pass->to != NULL ? pass->to + sample * narrow_size (g) + first * row_size
                                  : output_band (pass->step, sample, first, thread));
  if (across > 1)
    c.columns = MIN (pass->columns, g->out - column);
  if (lathe_convolution_is_depthwise (&c))
    {
      c.row_size = (gsize) g->x.in * g->in;
      for (guint row = 0; row < n_rows; row++)
        lathe_convolution_depthwise_row (&c, &g->y, &g->x, s.image, w, first + row, to + row * row_size);
    }
  else if (is_pointwise (g))
    lathe_convolution_row (&c, from, w, to, n_rows * g->x.out);
  else
    {
      if (g->padded)
        {
          LatheReal *scratch = lathe_step_thread_scratch (pass->step, thread);

          lathe_spread (&s, first * g->y.stride, (n_rows - 1) * g->y.stride + lathe_axis_window (&g->y), scratch);
          from = scratch;
        }
      for (guint row = 0; row < n_rows; row++)
        lathe_convolution_row (&c, from + (gsize) row * g->y.stride * c.row_size, w, to + row * row_size, g->x.out);
    }
  if (across == 1 && pass->to == NULL)
    finish (pass->step, to, sample, first, n_rows);
}

static void
finish_band (gpointer data, guint index, guint thread)
{
  const Pass *pass = data;
  guint sample, first, n_rows;

  find_band (pass, index, &sample, &first, &n_rows);
  finish (pass->step, output_band (pass->step, sample, first, thread), sample, first, n_rows);
}

/* The narrow image: the gradient of the layer's output, or as much of it as `n` spread rows from `first` on show. */
static LatheSpread
spread_gradient (const Pass *pass, guint sample, guint first, guint n, guint thread)
{
  const LatheConvolutionGeometry *g = pass->g;
  LatheSpread s = spread_narrow (g, NULL);
  guint top = first > s.before_y ? (guint) lathe_ceil_div (first - s.before_y, s.step_y) : 0;
  guint end = first + n > s.before_y ? (first + n - 1 - s.before_y) / s.step_y + 1 : 0;

  if (pass->from != NULL)
    {
      s.image = pass->from + sample * narrow_size (g);
      return s;
    }
  s.height = MIN (end, g->y.out) - MIN (top, MIN (end, g->y.out));
  s.before_y += top * s.step_y;
  s.image = gradient_band (pass->step, sample, top, s.height, thread);
  return s;
}

static void
scatter_phases (const Pass *pass, guint sample, guint first, guint n_rows, guint thread, LatheReal *to)
{
  const LatheConvolutionGeometry *g = pass->g;
  guint from = lathe_axis_phase (&g->y, first).at;
  guint n = lathe_axis_phase_last (&g->y, first + n_rows - 1) + 1 - from;
  LatheReal *scratch = lathe_step_thread_scratch (pass->step, thread);
  LatheConvolution c = convolution_back (pass->step, g);
  LatheSpread s = spread_gradient (pass, sample, from, n, thread);

  c.row_size = (gsize) s.full_width * s.channels;
  lathe_spread (&s, from, n, scratch);
  for (guint row = first; row < first + n_rows; row++, to += (gsize) g->x.in * g->in)
    lathe_convolution_phases_row (&c, &g->y, &g->x, scratch + (lathe_axis_phase (&g->y, row).at - from) * c.row_size,
                                  pass->w, row, to);
}

static void
scatter_rows (const Pass *pass, guint sample, guint first, guint n_rows, guint thread, LatheReal *to)
{
  const LatheConvolutionGeometry *g = pass->g;
  guint n = n_rows + lathe_axis_window (&g->y) - 1;
  LatheReal *scratch = lathe_step_thread_scratch (pass->step, thread);
  LatheConvolution c = convolution_back (pass->step, g);
  LatheSpread s = spread_gradient (pass, sample, first, n, thread);

  lathe_spread (&s, first, n, scratch);
  for (guint row = 0; row < n_rows; row++)
    lathe_convolution_row (&c, scratch + row * c.row_size, pass->w, to + row * (gsize) g->x.in * g->in, g->x.in);
}

static void
scatter_tile (gpointer data, guint tile, guint thread)
{
  const Pass *pass = data;
  const LatheConvolutionGeometry *g = pass->g;
  guint band = scatter_band (g), bands = (guint) lathe_ceil_div (g->y.in, band);
  guint sample = tile / bands, first = tile % bands * band, n_rows = MIN (band, g->y.in - first);
  LatheConvolution c = convolution_back (pass->step, g);
  LatheReal *to = pass->to != NULL ? pass->to + sample * wide_size (g) + first * (gsize) g->x.in * g->in
                                   : output_band (pass->step, sample, first, thread);

  if (has_phases (g))
    scatter_phases (pass, sample, first, n_rows, thread, to);
  else if (is_pointwise (g))
    lathe_convolution_row (&c,
                           pass->from != NULL ? pass->from + sample * narrow_size (g) + first * c.row_size
                                              : gradient_band (pass->step, sample, first, n_rows, thread),
                           pass->w, to, n_rows * g->x.in);
  else
    scatter_rows (pass, sample, first, n_rows, thread, to);
  if (pass->to == NULL)
    finish (pass->step, to, sample, first, n_rows);
}

/* A few samples are cut finer, and where there are many output channels by these, so that weights are read once. */
static void
gather (Pass *pass)
{
  const LatheConvolutionGeometry *g = pass->g;
  LatheStep *step = pass->step;
  guint across = 1;

  pass->bands = (guint) lathe_ceil_div (g->y.out, gather_band (step, g));
  pass->columns = g->out;
  if (step->batch * pass->bands < FEW_BLOCKS)
    {
      guint most = (guint) lathe_ceil_div (g->y.out, MAX (1, step->piece));

      if (g->groups == 1 && g->out >= 2 * FEW_PANEL_COLUMNS && step->piece == 0)
        pass->columns = FEW_PANEL_COLUMNS;
      across = (guint) lathe_ceil_div (g->out, pass->columns);
      pass->bands = CLAMP ((guint) lathe_ceil_div (FEW_BLOCKS, (gsize) step->batch * across), pass->bands, most);
    }
  lathe_pool_run (step->pool, step->batch * pass->bands * across, gather_tile, pass);
  if (across > 1 && pass->to == NULL)
    lathe_pool_run (step->pool, step->batch * pass->bands, finish_band, pass);
}

static void
scatter (Pass *pass)
{
  guint bands = (guint) lathe_ceil_div (pass->g->y.in, scatter_band (pass->g));

  lathe_pool_run (pass->step->pool, pass->step->batch * bands, scatter_tile, pass);
}

/* The same by Winograd's algorithm, in tasks of some tile rows and some channels of the result. */
typedef struct
{
  const Pass *pass;
  LatheWinograd c;
  const LatheReal *u;
  guint block, columns, tasks_across;
} WinogradPass;

static void
finish_tile_rows (const WinogradPass *winograd, guint first, guint n_rows)
{
  const LatheWinograd *c = &winograd->c;
  LatheStep *step = winograd->pass->step;

  for (guint r = first; r < first + n_rows; r++)
    {
      guint sample = r / c->tiles_y, top = r % c->tiles_y * LATHE_WINOGRAD_TILE;

      finish (step, output_band (step, sample, top, 0), sample, top, MIN (c->height - top, LATHE_WINOGRAD_TILE));
    }
}

static void
winograd_tile (gpointer data, guint tile, guint thread)
{
  const WinogradPass *winograd = data;
  const Pass *pass = winograd->pass;
  LatheStep *step = pass->step;
  guint first = tile / winograd->tasks_across * winograd->block;
  guint n_rows = MIN (winograd->block, step->batch * winograd->c.tiles_y - first);
  guint column = tile % winograd->tasks_across * winograd->columns;

  lathe_winograd_run (&winograd->c, pass->from != NULL ? pass->from : step->dy, winograd->u, first, n_rows, column,
                      MIN (winograd->columns, winograd->c.out - column), pass->to != NULL ? pass->to : step->y,
                      lathe_step_thread_scratch (step, thread));
  if (winograd->tasks_across == 1 && pass->to == NULL)
    finish_tile_rows (winograd, first, n_rows);
}

static void
finish_tile (gpointer data, guint tile, guint thread)
{
  finish_tile_rows (data, tile, 1);
}

static void
run_winograd (const Pass *pass, const LatheWinograd *c, const LatheReal *u)
{
  LatheStep *step = pass->step;
  guint block = lathe_winograd_block (c, step->batch), rows = step->batch * c->tiles_y;
  guint blocks = (guint) lathe_ceil_div (rows, block), columns = blocks < FEW_BLOCKS ? FEW_COLUMNS : c->out;
  WinogradPass winograd = {pass, *c, u, block, columns, (guint) lathe_ceil_div (c->out, columns)};

  lathe_pool_run (step->pool, blocks * winograd.tasks_across, winograd_tile, &winograd);
  if (winograd.tasks_across > 1 && pass->to == NULL)
    lathe_pool_run (step->pool, rows, finish_tile, &winograd);
}

/* --- The gradient of weights and bias --- */

/* Sums of one shard, weights and then bias, in its part of the scratch. */
static LatheReal *
shard_sums (const Pass *pass, guint shard)
{
  return pass->step->scratch + shard * shard_size (pass->step, pass->g);
}

/* The wide image with its margins. */
static const LatheReal *
pad_wide (const Pass *pass, const LatheReal *image, guint thread)
{
  const LatheConvolutionGeometry *g = pass->g;
  LatheReal *scratch = lathe_step_thread_scratch (pass->step, thread);
  LatheSpread s = spread_wide (g, image);

  if (!g->padded)
    return image;
  lathe_spread (&s, 0, lathe_axis_full (&g->y), scratch);
  return scratch;
}

/* Band by band of the output, whose gradient is then in cache. Only a whole one will do in the transposed layer, where
 * it is the wide image. */
static void
sum_sample (const Pass *pass, guint sample, guint thread, LatheReal *sums, gboolean accumulate)
{
  LatheStep *step = pass->step;
  const LatheConvolutionGeometry *g = pass->g;
  LatheConvolution c = convolution (step, g);
  LatheReal *bias = sums + shard_weights (step, g);
  const LatheReal *x = step->x[0] + sample * lathe_shape_size (&step->input[0]), *wide = NULL;
  guint height = step->output.dim[0], band = g->transposed ? height : gather_band (step, g);

  for (guint first = 0; first < height; first += band)
    {
      guint n = MIN (band, height - first);
      const LatheReal *dy;

      begin_gradient (step, sample, first, n);
      if (step->dw[0] == NULL)
        continue;
      dy = gradient_band (step, sample, first, n, thread);
      if (step->dw[1] != NULL)
        step->kernels->column_sums (bias, dy, (gsize) n * step->output.dim[1], step->output.dim[2]);
      if (suits_winograd (g))
        continue;
      if (first == 0)
        wide = pad_wide (pass, g->transposed ? dy : x, thread);
      lathe_convolution_weights (&c, wide + (gsize) first * g->y.stride * c.row_size, g->y.stride,
                                 g->transposed ? x : dy, g->transposed ? g->y.out : n, g->x.out, sums,
                                 accumulate || first > 0);
    }
}

/* Takes the layers that follow and the activation back, too: what comes next needs that of the whole batch. */
static void
sum_tile (gpointer data, guint shard, guint thread)
{
  const Pass *pass = data;
  const LatheConvolutionGeometry *g = pass->g;
  LatheStep *step = pass->step;
  guint first, n = lathe_step_shard (step, shard, &first);
  LatheReal *sums = shard_sums (pass, shard);

  if (step->dw[1] != NULL)
    memset (sums + shard_weights (step, g), 0, step->output.dim[2] * sizeof (LatheReal));
  for (guint sample = first; sample < first + n; sample++)
    sum_sample (pass, sample, thread, sums, sample > first);
  if (step->dw[0] != NULL && suits_winograd (g))
    {
      LatheWinograd c = winograd (step, g);

      lathe_winograd_sum (&c, step->x[0] + first * wide_size (g), step->dy + first * narrow_size (g), n, sums, FALSE,
                          lathe_step_thread_scratch (step, thread));
    }
}

/* sum += the same numbers of all other shards, in order */
static void
add_shards (const Pass *pass, gsize first, gsize n)
{
  for (guint shard = 1; shard < lathe_step_n_shards (pass->step); shard++)
    pass->step->kernels->add (shard_sums (pass, 0) + first, shard_sums (pass, shard) + first, n);
}

/* The transposed layer's sums are not in their place yet. */
static void
weights_tile (gpointer data, guint tile, guint thread)
{
  const Pass *pass = data;
  LatheStep *step = pass->step;
  gsize first = (gsize) tile * SUM_NUMBERS, n = MIN (SUM_NUMBERS, shard_weights (step, pass->g) - first);

  add_shards (pass, first, n);
  if (!pass->g->transposed)
    memcpy (step->dw[0] + first, shard_sums (pass, 0) + first, n * sizeof (LatheReal));
}

static void
points_tile (gpointer data, guint tile, guint thread)
{
  const Pass *pass = data;
  LatheWinograd c = winograd (pass->step, pass->g);
  gsize kernels = (gsize) c.in * c.out, first = (gsize) tile * SUM_KERNELS, n = MIN (SUM_KERNELS, kernels - first);

  for (guint point = 0; point < LATHE_WINOGRAD_POINTS; point++)
    add_shards (pass, point * kernels + first, n);
  lathe_winograd_weights_gradient (&c, shard_sums (pass, 0), first, n, pass->step->dw[0]);
}

static void
find_weights (Pass *pass)
{
  LatheStep *step = pass->step;
  const LatheConvolutionGeometry *g = pass->g;
  gsize weights = shard_weights (step, g);

  lathe_pool_run (step->pool, lathe_step_n_shards (step), sum_tile, pass);
  if (step->dw[0] == NULL)
    return;
  if (suits_winograd (g))
    lathe_pool_run (step->pool, (guint) lathe_ceil_div ((gsize) g->in * g->out, SUM_KERNELS), points_tile, pass);
  else
    lathe_pool_run (step->pool, (guint) lathe_ceil_div (weights, SUM_NUMBERS), weights_tile, pass);
  if (g->transposed)
    {
      LatheConvolution c = convolution (step, g);

      lathe_convolution_swap (&c, step->scratch, FALSE, step->dw[0]);
    }
  if (step->dw[1] != NULL)
    {
      add_shards (pass, weights, step->output.dim[2]);
      memcpy (step->dw[1], step->scratch + weights, step->output.dim[2] * sizeof (LatheReal));
    }
}

/* --- Both ways --- */

/**
 * lathe_convolution_prepare:
 *
 * In a network that only answers, Winograd's weights are made once.
 */
void
lathe_convolution_prepare (LatheStep *step, const LatheConvolutionGeometry *g)
{
  LatheWinograd c;

  if (!suits_winograd (g))
    return;
  c = winograd (step, g);
  lathe_winograd_weights (&c, step->pool, step->w[0], step->prepared);
}

void
lathe_convolution_forward (LatheStep *step, const LatheConvolutionGeometry *g)
{
  Pass pass = {.step = step, .g = g, .from = step->x[0], .w = step->w[0]};
  LatheConvolution back = convolution_back (step, g);

  if (suits_winograd (g))
    {
      LatheWinograd c = winograd (step, g);

      if (step->prepared == NULL)
        lathe_winograd_weights (&c, step->pool, step->w[0], step->scratch);
      run_winograd (&pass, &c, step->prepared != NULL ? step->prepared : step->scratch);
      return;
    }
  if (!g->transposed)
    {
      gather (&pass);
      return;
    }
  lathe_convolution_turn (&back, step->w[0], step->scratch);
  pass.w = step->scratch;
  scatter (&pass);
}

void
lathe_convolution_backward (LatheStep *step, const LatheConvolutionGeometry *g)
{
  Pass pass = {.step = step, .g = g, .w = step->scratch, .to = step->dx[0]};
  LatheConvolution c = convolution (step, g), back = convolution_back (step, g);

  find_weights (&pass);
  if (step->dx[0] == NULL)
    return;
  if (g->transposed)
    {
      lathe_convolution_swap (&back, step->w[0], FALSE, step->scratch);
      gather (&pass);
    }
  else
    {
      lathe_convolution_swap (&c, step->w[0], TRUE, step->scratch);
      if (suits_winograd (g))
        {
          LatheWinograd turned = winograd_back (step, g);
          LatheReal *points = step->scratch + lathe_shape_size (&step->parameter[0].shape);

          lathe_winograd_weights (&turned, step->pool, step->scratch, points);
          run_winograd (&pass, &turned, points);
        }
      else
        scatter (&pass);
    }
}
