/* lathe-byte-convolution.c: convolution in 8 bits.
 *
 * A tile is a band of output rows of one sample, and some of the output channels. The rows that it reads are widened to
 * 16 bits and given their margins in the thread's scratch: padding stands for 0, and is the input's zero. As in real
 * numbers the window of one output pixel is then, for each kernel row, one run; or, where the window has holes or the
 * channels are in groups, one for each of its pixels.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe-byte-step.h"
#include "lathe-convolution-layer.h"
#include "lathe-kinds.h"

#define BAND_NUMBERS 65536 /* that are widened for a band: 128 KiB */
#define BAND_PIXELS 48     /* that it makes all the same, so that many share the weights that come into cache */
#define LEAST_TILES 8      /* that there are to be, where there are channels enough */
#define DEPTHWISE_CHANNELS 64

typedef struct
{
  LatheAxis y, x;
  guint in, out, groups;
  gboolean depthwise, runs; /* a row of the kernel meets one run of numbers */
  LatheByteLayout layout;
  guint rows, bands;    /* of the output, in a band */
  guint columns, parts; /* output channels of a part */
} Geometry;

static void
lay_out (Geometry *g)
{
  guint taps = g->y.kernel * g->x.kernel;

  if (g->depthwise)
    g->layout = (LatheByteLayout){1, g->out, 1, taps};
  else if (g->runs)
    g->layout = (LatheByteLayout){1, g->out, g->y.kernel, g->x.kernel * g->in};
  else
    g->layout = (LatheByteLayout){g->groups, g->out / g->groups, taps, g->in / g->groups};
}

/* Channels are cut where a sample has few bands; not those of groups, nor those that become real numbers, as an
 * activation may see them together. */
static void
cut (Geometry *g, guint batch, gboolean whole)
{
  gsize row = (gsize) lathe_axis_full (&g->x) * (g->depthwise ? MIN (g->in, DEPTHWISE_CHANNELS) : g->in);
  guint least = (guint) lathe_ceil_div (BAND_PIXELS, g->x.out), tiles;

  g->rows = (guint) CLAMP (MAX (BAND_NUMBERS / row / g->y.stride, least), 1, g->y.out);
  g->bands = (guint) lathe_ceil_div (g->y.out, g->rows);
  tiles = batch * g->bands;
  g->columns = g->out;
  if (g->depthwise)
    g->columns = MIN (g->out, DEPTHWISE_CHANNELS);
  else if (tiles < LEAST_TILES && g->groups == 1)
    g->columns = (guint) lathe_ceil_div (lathe_byte_slabs (g->out), LEAST_TILES / tiles) * LATHE_BYTE_SLAB;
  if (whole)
    g->columns = g->out;
  g->columns = MIN (g->columns, g->out);
  g->parts = (guint) lathe_ceil_div (g->out, g->columns);
}

static Geometry
geometry (const LatheByteStep *bytes)
{
  const LatheStep *step = bytes->step;
  const LatheShape *input = &step->input[0];
  Geometry g = {
      .y = lathe_convolution_axis (step->properties, TRUE, input->dim[0]),
      .x = lathe_convolution_axis (step->properties, FALSE, input->dim[1]),
      .in = input->dim[2],
      .out = step->output.dim[2],
      .groups = (guint) lathe_step_value (step, LATHE_CONVOLUTION_GROUPS),
  };

  g.depthwise = g.groups == g.in && g.groups == g.out;
  g.runs = g.groups == 1 && !g.depthwise && g.x.dilation == 1;
  lay_out (&g);
  cut (&g, step->batch, bytes->real);
  return g;
}

static gboolean
convolution_can (const LatheProperties *values, const LatheShape *input, guint n_inputs)
{
  gsize taps =
      (gsize) values->value[LATHE_CONVOLUTION_KERNEL_HEIGHT] * (gsize) values->value[LATHE_CONVOLUTION_KERNEL_WIDTH];

  return taps * (input->dim[2] / (guint) values->value[LATHE_CONVOLUTION_GROUPS]) <= LATHE_BYTE_MOST_PRODUCTS;
}

/* --- What is prepared --- */

/* Channels of a widened pixel. */
static guint
widened (const Geometry *g)
{
  return g->depthwise ? g->columns : g->in;
}

/* Where the runs of a window begin, or its taps: the last of an odd number of those once more. */
static void
find_places (const Geometry *g, gsize *at)
{
  gsize pixel = widened (g), row = lathe_axis_full (&g->x) * pixel;
  guint n = 0, across = g->runs ? 1 : g->x.kernel;

  for (guint i = 0; i < g->y.kernel; i++)
    for (guint j = 0; j < across; j++)
      at[n++] = i * g->y.dilation * row + j * g->x.dilation * pixel;
  at[n] = at[n - 1];
}

static void
convolution_plan (LatheByteStep *bytes)
{
  Geometry g = geometry (bytes);
  gsize rows = (gsize) (g.rows - 1) * g.y.stride + lathe_axis_window (&g.y);
  gsize numbers = rows * lathe_axis_full (&g.x) * widened (&g) + 1;

  lathe_byte_weights_plan (bytes, &g.layout, (gsize) g.y.kernel * g.x.kernel + 1);
  bytes->step->thread_scratch_size = lathe_ceil_div (numbers * sizeof (gint16), sizeof (LatheReal));
}

static void
convolution_prepare (LatheByteStep *bytes)
{
  Geometry g = geometry (bytes);

  lathe_byte_weights_prepare (bytes, &g.layout);
  find_places (&g, lathe_byte_weights (bytes, &g.layout).at);
}

/* --- Forward --- */

static void
fill (gint16 *to, gsize n, gint16 value)
{
  for (gsize i = 0; i < n; i++)
    to[i] = value;
}

/* One row of the input, or of padding, with its margins: n channels from the first on. */
static void
widen_row (const LatheByteStep *bytes, const Geometry *g, const guint8 *image, gint64 row, guint first, guint n,
           gint16 *to)
{
  gint16 zero = (gint16) bytes->from[0].zero;
  gsize pixel = widened (g), before = g->x.before * pixel, within = g->x.in * pixel,
        full = lathe_axis_full (&g->x) * pixel;
  const LatheByteKernels *kernels = &bytes->step->kernels->bytes;
  const guint8 *x = image + row * g->x.in * g->in + first;

  if (row < 0 || row >= g->y.in)
    {
      fill (to, full, zero);
      return;
    }
  fill (to, before, zero);
  if (n == g->in)
    kernels->widen (to + before, x, within);
  else
    for (guint i = 0; i < g->x.in; i++)
      kernels->widen (to + before + i * pixel, x + (gsize) i * g->in, n);
  fill (to + before + within, full - before - within, zero);
}

/* A band of a sample: `rows` of the output from the first on, and channels of a part. */
typedef struct
{
  LatheByteStep *bytes;
  const Geometry *g;
  LatheByteWeights weights;
  const gint16 *x; /* widened */
  guint rows, column, columns;
  gsize y_at; /* of the band's first number in the output */
} Band;

static void
run_depthwise (const Band *b, guint row)
{
  const Geometry *g = b->g;
  gsize place = b->column; /* parts begin with whole slabs */
  gsize y_at = b->y_at + (gsize) row * g->x.out * g->out;
  LatheByteDepthwise d = {
      .width = g->x.out,
      .channels = b->columns,
      .taps = g->layout.depth,
      .x = b->x + (gsize) row * g->y.stride * lathe_axis_full (&g->x) * widened (g),
      .tap = b->weights.at,
      .step = (gsize) g->x.stride * widened (g),
      .w = b->weights.w + place * 2 * ((g->layout.depth + 1) / 2),
      .output = lathe_byte_output (b->bytes, &b->weights, place),
      .y = b->bytes->real ? NULL : b->bytes->y + y_at,
      .real = b->bytes->real ? b->bytes->step->y + y_at : NULL,
      .y_step = g->out,
  };

  b->bytes->step->kernels->bytes.depthwise (&d);
}

/* Rows of pixels that lie one behind the other in memory are one. */
static void
run_panel (const Band *b, guint row, guint rows, guint group)
{
  const Geometry *g = b->g;
  const LatheByteLayout *layout = &g->layout;
  gsize y_at = b->y_at + (gsize) row * g->x.out * g->out + (gsize) group * layout->columns;
  gsize slab = lathe_byte_group_weights (layout) / lathe_byte_slabs (layout->columns);
  LatheBytePanel p = {
      .rows = rows * g->x.out,
      .columns = layout->groups == 1 ? b->columns : layout->columns,
      .segments = layout->segments,
      .depth = layout->depth,
      .a = b->x + (gsize) row * g->y.stride * lathe_axis_full (&g->x) * g->in + (gsize) group * layout->depth,
      .a_row = (gsize) g->x.stride * g->in,
      .a_at = b->weights.at,
      .b = b->weights.w + group * lathe_byte_group_weights (layout) + b->column / LATHE_BYTE_SLAB * slab,
      .output = lathe_byte_output (b->bytes, &b->weights, group * lathe_byte_group_places (layout) + b->column),
      .y = b->bytes->real ? NULL : b->bytes->y + y_at,
      .real = b->bytes->real ? b->bytes->step->y + y_at : NULL,
      .y_row = g->out,
  };

  b->bytes->step->kernels->bytes.panel (&p);
}

static void
run_band (const Band *b)
{
  const Geometry *g = b->g;
  gboolean whole = !g->depthwise && g->y.stride == 1 && g->x.stride == 1 && lathe_axis_full (&g->x) == g->x.out;
  guint rows = whole ? b->rows : 1;

  for (guint row = 0; row < b->rows; row += rows)
    if (g->depthwise)
      run_depthwise (b, row);
    else
      for (guint group = 0; group < g->layout.groups; group++)
        run_panel (b, row, rows, group);
}

static void
convolution_tile (gpointer data, guint tile, guint thread)
{
  LatheByteStep *bytes = data;
  LatheStep *step = bytes->step;
  Geometry g = geometry (bytes);
  guint part = tile % g.parts, band = tile / g.parts % g.bands, sample = tile / g.parts / g.bands;
  guint column = part * g.columns, columns = MIN (g.columns, g.out - column);
  gint16 *x = (gint16 *) lathe_step_thread_scratch (step, thread);
  guint row = band * g.rows, rows = MIN (g.rows, g.y.out - row), n = g.depthwise ? columns : g.in;
  const guint8 *image = bytes->x[0] + sample * lathe_shape_size (&step->input[0]);
  Band b = {.bytes = bytes,
            .g = &g,
            .weights = lathe_byte_weights (bytes, &g.layout),
            .x = x,
            .rows = rows,
            .column = column,
            .columns = columns,
            .y_at = ((gsize) sample * g.y.out + row) * g.x.out * g.out + column};
  guint reach = (rows - 1) * g.y.stride + lathe_axis_window (&g.y);

  for (guint i = 0; i < reach; i++)
    widen_row (bytes, &g, image, (gint64) row * g.y.stride + i - g.y.before, g.depthwise ? column : 0, n,
               x + (gsize) i * lathe_axis_full (&g.x) * widened (&g));
  run_band (&b);
  if (bytes->real)
    lathe_activation_forward (lathe_byte_activation (step), step->kernels, step->y + b.y_at, step->y + b.y_at,
                              (gsize) rows * g.x.out, g.out);
}

static void
convolution_forward (LatheByteStep *bytes)
{
  Geometry g = geometry (bytes);

  lathe_pool_run (bytes->step->pool, bytes->step->batch * g.bands * g.parts, convolution_tile, bytes);
}

const LatheByteKind lathe_byte_conv2d = {
    .kind = &lathe_layer_conv2d,
    .weighs = TRUE,
    .can = convolution_can,
    .plan = convolution_plan,
    .prepare = convolution_prepare,
    .forward = convolution_forward,
};
