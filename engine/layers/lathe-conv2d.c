/* lathe-conv2d.c: two-dimensional convolution, as the direct product of windows and weights.
 *
 * Weights lie as kernel height × kernel width × in × out, so that a kernel row is one run of the panel kernel's depth
 * (see LathePanel): no im2col matrix is ever made. Padding is real: the rows that a tile needs are copied, with their
 * margins of zeros, into the thread's scratch, where they stay in cache.
 *
 * Who does what:
 *   forward   a tile is a band of output rows of one sample
 *   dW, db    a tile is a shard of the batch (at most SHARDS, whatever the threads) with sums of its own, which a
 *             second pass adds up in order
 *   dX        a tile is a band of input rows of one sample: the convolution of dy, spread apart by the stride and
 *             padded, with the kernel turned by 180° and its channels swapped
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-activation.h"
#include "lathe-axis.h"
#include "lathe-kinds.h"

#define SHARDS 8
#define BAND_NUMBERS 16384 /* of output in a band: 64 KiB, to stay in the second-level cache with its input */
#define SUM_NUMBERS 4096   /* of weights in a tile of the second pass */

enum
{
  FILTERS,
  KERNEL_HEIGHT,
  KERNEL_WIDTH,
  STRIDE_HEIGHT,
  STRIDE_WIDTH,
  PADDING,
  ACTIVATION,
  N_PROPERTIES
};

enum
{
  PADDING_VALID,
  PADDING_SAME
};

static const char *const paddings[] = {N_ ("valid"), N_ ("same"), NULL};

static const LatheProperty properties[N_PROPERTIES] = {
    [FILTERS] = {.name = "filters",
                 .title = N_ ("Filters"),
                 .help = N_ ("How many patterns the layer looks for."),
                 .minimum = 1,
                 .maximum = 65536,
                 .fallback = 32},
    [KERNEL_HEIGHT] = {.name = "kernel-height",
                       .title = N_ ("Kernel height"),
                       .help = N_ ("The height of the window that each filter looks through."),
                       .unit = N_ ("pixels"),
                       .minimum = 1,
                       .maximum = 63,
                       .fallback = 3},
    [KERNEL_WIDTH] = {.name = "kernel-width",
                      .title = N_ ("Kernel width"),
                      .help = N_ ("The width of the window that each filter looks through."),
                      .unit = N_ ("pixels"),
                      .minimum = 1,
                      .maximum = 63,
                      .fallback = 3},
    [STRIDE_HEIGHT] = {.name = "stride-height",
                       .title = N_ ("Stride down"),
                       .help = N_ ("How far the window moves down from one output row to the next."),
                       .unit = N_ ("pixels"),
                       .minimum = 1,
                       .maximum = 63,
                       .fallback = 1},
    [STRIDE_WIDTH] = {.name = "stride-width",
                      .title = N_ ("Stride across"),
                      .help = N_ ("How far the window moves across from one output to the next."),
                      .unit = N_ ("pixels"),
                      .minimum = 1,
                      .maximum = 63,
                      .fallback = 1},
    [PADDING] = {.name = "padding",
                 .title = N_ ("Padding"),
                 .help = N_ ("valid: the window stays inside the image; same: zeros around it keep its size."),
                 .type = LATHE_PROPERTY_CHOICE,
                 .minimum = 0,
                 .maximum = 1,
                 .fallback = PADDING_VALID,
                 .choices = paddings},
    [ACTIVATION] = LATHE_ACTIVATION_PROPERTY,
};

typedef struct
{
  LatheAxis y, x;
  guint in, out; /* channels */
  gboolean padded;
} Geometry;

static Geometry
geometry (const LatheProperties *values, const LatheShape *input)
{
  gboolean same = values->value[PADDING] == PADDING_SAME;
  Geometry g = {
      .y = lathe_axis (input->dim[0], (guint) values->value[KERNEL_HEIGHT], (guint) values->value[STRIDE_HEIGHT], same),
      .x = lathe_axis (input->dim[1], (guint) values->value[KERNEL_WIDTH], (guint) values->value[STRIDE_WIDTH], same),
      .in = input->dim[2],
      .out = (guint) values->value[FILTERS],
  };

  g.padded = (g.y.out - 1) * g.y.stride + g.y.kernel > g.y.in || (g.x.out - 1) * g.x.stride + g.x.kernel > g.x.in;
  return g;
}

static LatheActivation
activation (const LatheStep *step)
{
  return step->linear ? LATHE_ACTIVATION_NONE : (LatheActivation) lathe_step_value (step, ACTIVATION);
}

static gboolean
conv2d_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
              GError **error)
{
  g_autofree char *came = lathe_shape_to_string (&inputs[0]);
  Geometry g;

  if (inputs[0].rank != 3)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("needs height×width×channels, gets %s"), came);
      return FALSE;
    }
  g = geometry (values, &inputs[0]);
  if (g.y.out == 0 || g.x.out == 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("a %u×%u kernel needs at least %u×%u pixels, gets %s: make it smaller, or pad with “same”"),
                   g.y.kernel, g.x.kernel, g.y.kernel, g.x.kernel, came);
      return FALSE;
    }
  *output = LATHE_SHAPE_IMAGE (g.y.out, g.x.out, g.out);
  return TRUE;
}

static guint
conv2d_parameters (const LatheProperties *values, const LatheShape *input, LatheParameter *parameters)
{
  Geometry g = geometry (values, input);
  gsize window = (gsize) g.y.kernel * g.x.kernel;

  parameters[0] = (LatheParameter){
      .name = "weight",
      .shape = {4, {g.y.kernel, g.x.kernel, g.in, g.out}},
      .initialiser = lathe_activation_initialiser ((LatheActivation) values->value[ACTIVATION]),
      .fan_in = window * g.in,
      .fan_out = window * g.out,
  };
  parameters[1] = (LatheParameter){.name = "bias", .shape = LATHE_SHAPE_VECTOR (g.out)};
  return 2;
}

static guint64
conv2d_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return (guint64) lathe_shape_size (output) * (guint) values->value[KERNEL_HEIGHT] *
         (guint) values->value[KERNEL_WIDTH] * input->dim[2];
}

static char *
conv2d_summary (const LatheProperties *values)
{
  const char *title = lathe_activation_title ((LatheActivation) values->value[ACTIVATION]);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%g · %g×%g", values->value[FILTERS], values->value[KERNEL_HEIGHT],
                          values->value[KERNEL_WIDTH]);
  if (values->value[STRIDE_HEIGHT] > 1 || values->value[STRIDE_WIDTH] > 1)
    g_string_append_printf (text, " / %g×%g", values->value[STRIDE_HEIGHT], values->value[STRIDE_WIDTH]);
  if (values->value[PADDING] == PADDING_SAME)
    g_string_append_printf (text, " · %s", _ ("same"));
  if (title != NULL)
    g_string_append_printf (text, " · %s", title);
  return g_string_free (text, FALSE);
}

/* --- Scratch memory --- */

/* Rows of an image with zeros around and between: what a band of a convolution reads. Row r of the whole holds image
 * row (r - before_y) / step_y where that is whole and within the image, and zeros elsewhere; columns alike. */
typedef struct
{
  const LatheReal *image;
  guint height, width, channels;
  guint before_y, before_x, step_y, step_x;
  guint full_width; /* columns of a spread row */
} Spread;

static void
spread (const Spread *s, guint first, guint n_rows, LatheReal *to)
{
  gsize row_size = (gsize) s->full_width * s->channels;

  for (guint r = first; r < first + n_rows; r++, to += row_size)
    {
      guint y = r >= s->before_y ? (r - s->before_y) / s->step_y : s->height;
      const LatheReal *from = s->image + (gsize) y * s->width * s->channels;

      memset (to, 0, row_size * sizeof (LatheReal));
      if (y >= s->height || (r - s->before_y) % s->step_y != 0)
        continue;
      if (s->step_x == 1)
        memcpy (to + (gsize) s->before_x * s->channels, from, (gsize) s->width * s->channels * sizeof (LatheReal));
      else
        for (guint x = 0; x < s->width; x++)
          memcpy (to + (s->before_x + (gsize) x * s->step_x) * s->channels, from + (gsize) x * s->channels,
                  s->channels * sizeof (LatheReal));
    }
}

static guint
padded_height (const Geometry *g)
{
  return MAX (g->y.in, (g->y.out - 1) * g->y.stride + g->y.kernel);
}

static guint
padded_width (const Geometry *g)
{
  return MAX (g->x.in, (g->x.out - 1) * g->x.stride + g->x.kernel);
}

static Spread
spread_input (const LatheStep *step, const Geometry *g, guint sample)
{
  return (Spread){
      .image = step->x[0] + sample * lathe_shape_size (&step->input[0]),
      .height = g->y.in,
      .width = g->x.in,
      .channels = g->in,
      .before_y = g->y.before,
      .before_x = g->x.before,
      .step_y = 1,
      .step_x = 1,
      .full_width = padded_width (g),
  };
}

static guint
band_rows (guint rows, gsize row_numbers)
{
  return (guint) CLAMP (BAND_NUMBERS / row_numbers, 1, rows);
}

static void
conv2d_plan (LatheStep *step)
{
  Geometry g = geometry (step->properties, &step->input[0]);
  gsize weights = lathe_shape_size (&step->parameter[0].shape);
  guint forward_band = band_rows (g.y.out, (gsize) g.x.out * g.out);
  guint backward_band = band_rows (g.y.in, (gsize) g.x.in * g.in);
  gsize forward = ((gsize) (forward_band - 1) * g.y.stride + g.y.kernel) * padded_width (&g) * g.in;
  gsize shard = (gsize) padded_height (&g) * padded_width (&g) * g.in;
  gsize backward = (gsize) (backward_band + g.y.kernel - 1) * (g.x.in + g.x.kernel - 1) * g.out;

  step->thread_scratch_size = g.padded ? forward : 0;
  if (!step->training)
    return;
  lathe_activation_plan (activation (step), step);
  step->thread_scratch_size = MAX (g.padded ? shard : 0, backward);
  step->scratch_size = MAX (SHARDS * (weights + g.out), weights);
}

/* --- Forward --- */

static void
forward_tile (gpointer data, guint tile, guint thread)
{
  LatheStep *step = data;
  Geometry g = geometry (step->properties, &step->input[0]);
  guint band = band_rows (g.y.out, (gsize) g.x.out * g.out);
  guint bands = (guint) lathe_ceil_div (g.y.out, band);
  guint sample = tile / bands, first = tile % bands * band;
  guint n_rows = MIN (band, g.y.out - first);
  gsize row_size = (gsize) padded_width (&g) * g.in;
  gsize out_row = (gsize) g.x.out * g.out;
  Spread s = spread_input (step, &g, sample);
  const LatheReal *from = s.image + (gsize) first * g.y.stride * row_size;
  LatheReal *to = step->y + sample * lathe_shape_size (&step->output) + first * out_row;

  if (g.padded)
    {
      LatheReal *scratch = lathe_step_thread_scratch (step, thread);

      spread (&s, first * g.y.stride, (n_rows - 1) * g.y.stride + g.y.kernel, scratch);
      from = scratch;
    }
  for (guint row = 0; row < n_rows; row++)
    step->kernels->panel (&(LathePanel){
        .rows = g.x.out,
        .columns = g.out,
        .segments = g.y.kernel,
        .depth = g.x.kernel * g.in,
        .a = from + (gsize) row * g.y.stride * row_size,
        .a_row = (gsize) g.x.stride * g.in,
        .a_segment = row_size,
        .a_depth = 1,
        .b = step->w[0],
        .b_segment = (gsize) g.x.kernel * g.in * g.out,
        .b_depth = g.out,
        .c = to + row * out_row,
        .c_row = g.out,
    });
  step->kernels->bias (to, step->w[1], (gsize) n_rows * g.x.out, g.out, activation (step) == LATHE_ACTIVATION_RELU);
  if (activation (step) != LATHE_ACTIVATION_RELU)
    lathe_activation_apply (activation (step), step, (gsize) (to - step->y), (gsize) n_rows * g.x.out, g.out);
}

static void
conv2d_forward (LatheStep *step)
{
  Geometry g = geometry (step->properties, &step->input[0]);
  guint band = band_rows (g.y.out, (gsize) g.x.out * g.out);

  lathe_pool_run (step->pool, step->batch * (guint) lathe_ceil_div (g.y.out, band), forward_tile, step);
}

/* --- Gradient of the weights --- */

static guint
shard_samples (const LatheStep *step)
{
  return (guint) lathe_ceil_div (step->batch, SHARDS);
}

/* Sums of one shard, weights and then bias, in its part of the scratch. */
static LatheReal *
shard_sums (const LatheStep *step, guint shard)
{
  return step->scratch +
         shard * (lathe_shape_size (&step->parameter[0].shape) + lathe_shape_size (&step->parameter[1].shape));
}

static void
weights_tile (gpointer data, guint shard, guint thread)
{
  LatheStep *step = data;
  Geometry g = geometry (step->properties, &step->input[0]);
  gsize weights = lathe_shape_size (&step->parameter[0].shape);
  gsize output_size = lathe_shape_size (&step->output), pixels = output_size / g.out;
  gsize row_size = (gsize) padded_width (&g) * g.in;
  guint first = shard * shard_samples (step), last = MIN (first + shard_samples (step), step->batch);
  LatheReal *sums = shard_sums (step, shard);

  memset (sums + weights, 0, g.out * sizeof (LatheReal));
  for (guint sample = first; sample < last; sample++)
    {
      Spread s = spread_input (step, &g, sample);
      LatheReal *dy = step->dy + sample * output_size;
      const LatheReal *from = s.image;

      lathe_activation_unapply (activation (step), step, sample * output_size, pixels, g.out);
      step->kernels->column_sums (sums + weights, dy, pixels, g.out);
      if (g.padded)
        {
          LatheReal *scratch = lathe_step_thread_scratch (step, thread);

          spread (&s, 0, padded_height (&g), scratch);
          from = scratch;
        }
      for (guint i = 0; i < g.y.kernel; i++)
        step->kernels->panel (&(LathePanel){
            .rows = g.x.kernel * g.in,
            .columns = g.out,
            .segments = g.y.out,
            .depth = g.x.out,
            .a = from + i * row_size,
            .a_row = 1,
            .a_segment = g.y.stride * row_size,
            .a_depth = (gsize) g.x.stride * g.in,
            .b = dy,
            .b_segment = (gsize) g.x.out * g.out,
            .b_depth = g.out,
            .c = sums + (gsize) i * g.x.kernel * g.in * g.out,
            .c_row = g.out,
            .accumulate = sample > first,
        });
    }
}

static void
add_shards_tile (gpointer data, guint tile, guint thread)
{
  LatheStep *step = data;
  gsize weights = lathe_shape_size (&step->parameter[0].shape);
  gsize total = weights + lathe_shape_size (&step->parameter[1].shape);
  gsize first = (gsize) tile * SUM_NUMBERS, n = MIN (SUM_NUMBERS, total - first);
  guint n_shards = (guint) lathe_ceil_div (step->batch, shard_samples (step));
  LatheReal *sum = shard_sums (step, 0) + first;
  gsize n_weights = first < weights ? MIN (n, weights - first) : 0;

  for (guint shard = 1; shard < n_shards; shard++)
    step->kernels->add (sum, shard_sums (step, shard) + first, n);
  if (n_weights > 0)
    memcpy (step->dw[0] + first, sum, n_weights * sizeof (LatheReal));
  if (n_weights < n)
    memcpy (step->dw[1] + (first + n_weights - weights), sum + n_weights, (n - n_weights) * sizeof (LatheReal));
}

/* --- Gradient of the input --- */

/* The kernel turned by 180°, as kernel height × kernel width × out × in. */
static void
turn_kernel (const LatheStep *step, const Geometry *g, LatheReal *turned)
{
  const LatheReal *w = step->w[0];
  guint window = g->y.kernel * g->x.kernel;

  for (guint k = 0; k < window; k++)
    for (guint i = 0; i < g->in; i++)
      for (guint o = 0; o < g->out; o++)
        turned[((gsize) (window - 1 - k) * g->out + o) * g->in + i] = w[((gsize) k * g->in + i) * g->out + o];
}

static void
input_tile (gpointer data, guint tile, guint thread)
{
  LatheStep *step = data;
  Geometry g = geometry (step->properties, &step->input[0]);
  guint band = band_rows (g.y.in, (gsize) g.x.in * g.in);
  guint bands = (guint) lathe_ceil_div (g.y.in, band);
  guint sample = tile / bands, first = tile % bands * band;
  guint n_rows = MIN (band, g.y.in - first);
  LatheReal *scratch = lathe_step_thread_scratch (step, thread);
  gsize in_row = (gsize) g.x.in * g.in;
  Spread s = {
      .image = step->dy + sample * lathe_shape_size (&step->output),
      .height = g.y.out,
      .width = g.x.out,
      .channels = g.out,
      .before_y = g.y.kernel - 1 - g.y.before,
      .before_x = g.x.kernel - 1 - g.x.before,
      .step_y = g.y.stride,
      .step_x = g.x.stride,
      .full_width = g.x.in + g.x.kernel - 1,
  };
  gsize row_size = (gsize) s.full_width * g.out;

  spread (&s, first, n_rows + g.y.kernel - 1, scratch);
  for (guint row = 0; row < n_rows; row++)
    step->kernels->panel (&(LathePanel){
        .rows = g.x.in,
        .columns = g.in,
        .segments = g.y.kernel,
        .depth = g.x.kernel * g.out,
        .a = scratch + row * row_size,
        .a_row = g.out,
        .a_segment = row_size,
        .a_depth = 1,
        .b = step->scratch,
        .b_segment = (gsize) g.x.kernel * g.out * g.in,
        .b_depth = g.in,
        .c = step->dx[0] + sample * lathe_shape_size (&step->input[0]) + (first + row) * in_row,
        .c_row = g.in,
    });
}

static void
conv2d_backward (LatheStep *step)
{
  Geometry g = geometry (step->properties, &step->input[0]);
  gsize total = lathe_shape_size (&step->parameter[0].shape) + g.out;
  guint band = band_rows (g.y.in, (gsize) g.x.in * g.in);

  lathe_pool_run (step->pool, (guint) lathe_ceil_div (step->batch, shard_samples (step)), weights_tile, step);
  lathe_pool_run (step->pool, (guint) lathe_ceil_div (total, SUM_NUMBERS), add_shards_tile, step);
  if (step->dx[0] == NULL)
    return;
  turn_kernel (step, &g, step->scratch);
  lathe_pool_run (step->pool, step->batch * (guint) lathe_ceil_div (g.y.in, band), input_tile, step);
}

const LatheLayerKind lathe_layer_conv2d = {
    .name = "conv2d",
    .title = N_ ("Convolution 2D"),
    .help = N_ ("Slides small windows over the image and looks for a pattern with each of its filters."),
    .group = LATHE_LAYER_GROUP_CONVOLUTION,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = conv2d_shape,
    .parameters = conv2d_parameters,
    .cost = conv2d_cost,
    .summary = conv2d_summary,
    .plan = conv2d_plan,
    .forward = conv2d_forward,
    .backward = conv2d_backward,
};
