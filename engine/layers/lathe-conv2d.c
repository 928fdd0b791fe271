/* lathe-conv2d.c: two-dimensional convolution, as the direct product of windows and weights.
 *
 * Weights lie as kernel height × kernel width × in / groups × out, so that a kernel row is one run of the panel
 * kernel's depth (see LathePanel): no im2col matrix is ever made. Padding is real: the rows that a tile needs are
 * copied, with their margins of zeros, into the thread's scratch, where they stay in cache.
 *
 * Who does what:
 *   forward   a tile is a band of output rows of one sample
 *   dW, db    a tile is a shard of the batch with sums of its own, which a
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
#include "lathe-convolution.h"
#include "lathe-kinds.h"
#include "lathe-weights.h"

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
  BIAS,
  DILATION_HEIGHT,
  DILATION_WIDTH,
  GROUPS,
  PADDING_TOP,
  PADDING_BOTTOM,
  PADDING_LEFT,
  PADDING_RIGHT,
  WEIGHTS,
  N_PROPERTIES = WEIGHTS + LATHE_N_WEIGHT_PROPERTIES
};

static const char *const paddings[] = {N_ ("valid"), N_ ("same"), N_ ("explicit"), NULL};

/* One side's row; read with explicit padding alone. */
#define SIDE(NAME, TITLE, HELP)                                                                                        \
  {                                                                                                                    \
    .name = (NAME), .title = (TITLE), .help = (HELP), .unit = N_ ("pixels"), .minimum = 0, .maximum = 1023,            \
    .fallback = 0                                                                                                      \
  }

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
                 .help = N_ (
                     "valid: the window stays inside the image; same: zeros around it keep its size; explicit: as many "
                     "zeros on each side as you say."),
                 .type = LATHE_PROPERTY_CHOICE,
                 .minimum = 0,
                 .maximum = 2,
                 .fallback = LATHE_PADDING_VALID,
                 .choices = paddings},
    [ACTIVATION] = LATHE_ACTIVATION_PROPERTY,
    [BIAS] = LATHE_BIAS_PROPERTY,
    [DILATION_HEIGHT] = {.name = "dilation-height",
                         .title = N_ ("Dilation down"),
                         .help = N_ ("How far apart the rows of the window are; 1: side by side."),
                         .unit = N_ ("pixels"),
                         .minimum = 1,
                         .maximum = 63,
                         .fallback = 1},
    [DILATION_WIDTH] = {.name = "dilation-width",
                        .title = N_ ("Dilation across"),
                        .help = N_ ("How far apart the columns of the window are; 1: side by side."),
                        .unit = N_ ("pixels"),
                        .minimum = 1,
                        .maximum = 63,
                        .fallback = 1},
    [GROUPS] = {.name = "groups",
                .title = N_ ("Groups"),
                .help = N_ ("Into how many parts the channels are cut; each filter sees one part. As many groups as "
                            "channels make the convolution depthwise."),
                .minimum = 1,
                .maximum = 65536,
                .fallback = 1},
    [PADDING_TOP] = SIDE ("padding-top", N_ ("Padding above"), N_ ("Rows of zeros above the image.")),
    [PADDING_BOTTOM] = SIDE ("padding-bottom", N_ ("Padding below"), N_ ("Rows of zeros below the image.")),
    [PADDING_LEFT] = SIDE ("padding-left", N_ ("Padding left"), N_ ("Columns of zeros left of the image.")),
    [PADDING_RIGHT] = SIDE ("padding-right", N_ ("Padding right"), N_ ("Columns of zeros right of the image.")),
    LATHE_WEIGHT_PROPERTIES (WEIGHTS),
};

typedef struct
{
  LatheAxis y, x;
  guint in, out, groups; /* channels, and the groups of both */
  gboolean padded;
} Geometry;

static LatheAxis
axis (guint in, double kernel, double stride, double dilation, LathePadding padding, double before, double after)
{
  LatheAxis a = {.in = in, .kernel = (guint) kernel, .stride = (guint) stride, .dilation = (guint) dilation};

  return lathe_axis_pad (a, padding, (guint) before, (guint) after);
}

static Geometry
geometry (const LatheProperties *values, const LatheShape *input)
{
  const double *v = values->value;
  LathePadding padding = (LathePadding) v[PADDING];
  Geometry g = {
      .y = axis (input->dim[0], v[KERNEL_HEIGHT], v[STRIDE_HEIGHT], v[DILATION_HEIGHT], padding, v[PADDING_TOP],
                 v[PADDING_BOTTOM]),
      .x = axis (input->dim[1], v[KERNEL_WIDTH], v[STRIDE_WIDTH], v[DILATION_WIDTH], padding, v[PADDING_LEFT],
                 v[PADDING_RIGHT]),
      .in = input->dim[2],
      .out = (guint) v[FILTERS],
      .groups = (guint) v[GROUPS],
  };

  g.padded = lathe_axis_full (&g.y) > g.y.in || lathe_axis_full (&g.x) > g.x.in;
  return g;
}

static LatheActivation
activation (const LatheStep *step)
{
  return step->linear ? LATHE_ACTIVATION_NONE : (LatheActivation) lathe_step_value (step, ACTIVATION);
}

/* A window that lies in the padding alone sees nothing. */
static gboolean
sides_fit (const LatheProperties *values, const Geometry *g, GError **error)
{
  double most_y = MAX (values->value[PADDING_TOP], values->value[PADDING_BOTTOM]);
  double most_x = MAX (values->value[PADDING_LEFT], values->value[PADDING_RIGHT]);

  if (most_y < lathe_axis_window (&g->y) && most_x < lathe_axis_window (&g->x))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
               _ ("pads by %g×%g pixels, but its kernel is only %u×%u large: the padding must be smaller"), most_y,
               most_x, lathe_axis_window (&g->y), lathe_axis_window (&g->x));
  return FALSE;
}

static gboolean
conv2d_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
              GError **error)
{
  g_autofree char *came = lathe_shape_to_string (&inputs[0]);
  Geometry g;

  if (!lathe_layer_needs_image (&inputs[0], error))
    return FALSE;
  g = geometry (values, &inputs[0]);
  if (g.in % g.groups != 0 || g.out % g.groups != 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("cannot cut %u channels and %u filters into %u groups: the number of groups must divide both"),
                   g.in, g.out, g.groups);
      return FALSE;
    }
  if (values->value[PADDING] == LATHE_PADDING_EXPLICIT && !sides_fit (values, &g, error))
    return FALSE;
  if (g.y.out == 0 || g.x.out == 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("a %u×%u kernel needs at least %u×%u pixels, gets %s: make it smaller, or pad with “same”"),
                   g.y.kernel, g.x.kernel, lathe_axis_window (&g.y), lathe_axis_window (&g.x), came);
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
  guint n = values->value[BIAS] != 0 ? 2 : 1;

  parameters[0] = (LatheParameter){
      .name = "weight",
      .shape = {4, {g.y.kernel, g.x.kernel, g.in / g.groups, g.out}},
      .initialiser = lathe_activation_initialiser ((LatheActivation) values->value[ACTIVATION]),
      .fan_in = window * (g.in / g.groups),
      .fan_out = window * (g.out / g.groups),
  };
  parameters[1] = (LatheParameter){.name = "bias", .shape = LATHE_SHAPE_VECTOR (g.out)};
  lathe_weights_describe (values, WEIGHTS, parameters, n);
  return n;
}

static guint64
conv2d_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return (guint64) lathe_shape_size (output) * (guint) values->value[KERNEL_HEIGHT] *
         (guint) values->value[KERNEL_WIDTH] * (input->dim[2] / (guint) values->value[GROUPS]);
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
  if (values->value[PADDING] == LATHE_PADDING_SAME)
    g_string_append_printf (text, " · %s", _ ("same"));
  if (values->value[DILATION_HEIGHT] > 1 || values->value[DILATION_WIDTH] > 1)
    g_string_append_printf (text, _ (" · dilation %g×%g"), values->value[DILATION_HEIGHT],
                            values->value[DILATION_WIDTH]);
  if (values->value[GROUPS] > 1)
    g_string_append_printf (text, _ (" · groups %g"), values->value[GROUPS]);
  if (title != NULL)
    g_string_append_printf (text, " · %s", title);
  return g_string_free (text, FALSE);
}

/* --- Scratch memory --- */

static LatheSpread
spread_input (const LatheStep *step, const Geometry *g, guint sample)
{
  return (LatheSpread){
      .image = step->x[0] + sample * lathe_shape_size (&step->input[0]),
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
  gsize forward = ((gsize) (forward_band - 1) * g.y.stride + lathe_axis_window (&g.y)) * lathe_axis_full (&g.x) * g.in;
  gsize shard = (gsize) lathe_axis_full (&g.y) * lathe_axis_full (&g.x) * g.in;
  gsize backward =
      (gsize) (backward_band + lathe_axis_window (&g.y) - 1) * (g.x.in + lathe_axis_window (&g.x) - 1) * g.out;

  step->thread_scratch_size = g.padded ? forward : 0;
  if (!step->training)
    return;
  lathe_activation_plan (activation (step), step);
  step->thread_scratch_size = MAX (g.padded ? shard : 0, backward);
  step->scratch_size = MAX (LATHE_SHARDS * (weights + g.out), weights);
}

static LatheConvolution
convolution (const LatheStep *step, const Geometry *g)
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
      .row_size = (gsize) lathe_axis_full (&g->x) * g->in,
  };
}

/* The one that goes back: from the gradient of the output, spread apart by the stride, to that of the input. */
static LatheConvolution
convolution_back (const LatheStep *step, const Geometry *g)
{
  LatheConvolution c = convolution (step, g);

  c.stride_x = 1;
  c.in = g->out;
  c.out = g->in;
  c.row_size = (gsize) (g->x.in + lathe_axis_window (&g->x) - 1) * g->out;
  return c;
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
  LatheConvolution c = convolution (step, &g);
  gsize out_row = (gsize) g.x.out * g.out;
  LatheSpread s = spread_input (step, &g, sample);
  const LatheReal *from = s.image + (gsize) first * g.y.stride * c.row_size;
  LatheReal *to = step->y + sample * lathe_shape_size (&step->output) + first * out_row;

  if (g.padded)
    {
      LatheReal *scratch = lathe_step_thread_scratch (step, thread);

      lathe_spread (&s, first * g.y.stride, (n_rows - 1) * g.y.stride + lathe_axis_window (&g.y), scratch);
      from = scratch;
    }
  for (guint row = 0; row < n_rows; row++)
    lathe_convolution_row (&c, from + (gsize) row * g.y.stride * c.row_size, step->w[0], to + row * out_row, g.x.out);
  if (step->n_parameters > 1)
    step->kernels->bias (to, step->w[1], (gsize) n_rows * g.x.out, g.out, activation (step) == LATHE_ACTIVATION_RELU);
  if (step->n_parameters == 1 || activation (step) != LATHE_ACTIVATION_RELU)
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

/* Weights, and a bias for each filter even where the layer has none. */
static gsize
shard_size (const LatheStep *step)
{
  return lathe_shape_size (&step->parameter[0].shape) + step->output.dim[2];
}

/* Sums of one shard, weights and then bias, in its part of the scratch. */
static LatheReal *
shard_sums (const LatheStep *step, guint shard)
{
  return step->scratch + shard * shard_size (step);
}

static void
weights_tile (gpointer data, guint shard, guint thread)
{
  LatheStep *step = data;
  Geometry g = geometry (step->properties, &step->input[0]);
  gsize weights = lathe_shape_size (&step->parameter[0].shape);
  gsize output_size = lathe_shape_size (&step->output), pixels = output_size / g.out;
  LatheConvolution c = convolution (step, &g);
  guint first, n = lathe_step_shard (step, shard, &first);
  LatheReal *sums = shard_sums (step, shard);

  memset (sums + weights, 0, g.out * sizeof (LatheReal));
  for (guint sample = first; sample < first + n; sample++)
    {
      LatheSpread s = spread_input (step, &g, sample);
      LatheReal *dy = step->dy + sample * output_size;
      const LatheReal *from = s.image;

      lathe_activation_unapply (activation (step), step, sample * output_size, pixels, g.out);
      if (step->dw[0] == NULL)
        continue;
      step->kernels->column_sums (sums + weights, dy, pixels, g.out);
      if (g.padded)
        {
          LatheReal *scratch = lathe_step_thread_scratch (step, thread);

          lathe_spread (&s, 0, lathe_axis_full (&g.y), scratch);
          from = scratch;
        }
      lathe_convolution_weights (&c, from, g.y.stride, dy, g.y.out, g.x.out, sums, sample > first);
    }
}

static void
add_shards_tile (gpointer data, guint tile, guint thread)
{
  LatheStep *step = data;
  gsize weights = lathe_shape_size (&step->parameter[0].shape);
  gsize total = shard_size (step);
  gsize first = (gsize) tile * SUM_NUMBERS, n = MIN (SUM_NUMBERS, total - first);
  guint n_shards = lathe_step_n_shards (step);
  LatheReal *sum = shard_sums (step, 0) + first;
  gsize n_weights = first < weights ? MIN (n, weights - first) : 0;

  for (guint shard = 1; shard < n_shards; shard++)
    step->kernels->add (sum, shard_sums (step, shard) + first, n);
  if (n_weights > 0)
    memcpy (step->dw[0] + first, sum, n_weights * sizeof (LatheReal));
  if (n_weights < n && step->n_parameters > 1)
    memcpy (step->dw[1] + (first + n_weights - weights), sum + n_weights, (n - n_weights) * sizeof (LatheReal));
}

/* --- Gradient of the input --- */

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
  LatheSpread s = {
      .image = step->dy + sample * lathe_shape_size (&step->output),
      .height = g.y.out,
      .width = g.x.out,
      .channels = g.out,
      .before_y = lathe_axis_window (&g.y) - 1 - g.y.before,
      .before_x = lathe_axis_window (&g.x) - 1 - g.x.before,
      .step_y = g.y.stride,
      .step_x = g.x.stride,
      .full_width = g.x.in + lathe_axis_window (&g.x) - 1,
  };
  LatheConvolution c = convolution_back (step, &g);
  LatheReal *to = step->dx[0] + sample * lathe_shape_size (&step->input[0]) + first * in_row;

  lathe_spread (&s, first, n_rows + lathe_axis_window (&g.y) - 1, scratch);
  for (guint row = 0; row < n_rows; row++)
    lathe_convolution_row (&c, scratch + row * c.row_size, step->scratch, to + row * in_row, g.x.in);
}

static void
conv2d_backward (LatheStep *step)
{
  Geometry g = geometry (step->properties, &step->input[0]);
  LatheConvolution c = convolution (step, &g);
  guint band = band_rows (g.y.in, (gsize) g.x.in * g.in);

  lathe_pool_run (step->pool, lathe_step_n_shards (step), weights_tile, step);
  if (step->dw[0] != NULL)
    lathe_pool_run (step->pool, (guint) lathe_ceil_div (shard_size (step), SUM_NUMBERS), add_shards_tile, step);
  if (step->dx[0] == NULL)
    return;
  lathe_convolution_turn (&c, step->w[0], step->scratch);
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
