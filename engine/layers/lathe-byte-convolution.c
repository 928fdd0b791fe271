/* lathe-byte-convolution.c: convolution in 8 bits.
 *
 * A tile is a band of output rows of one sample, and some of the output channels. Where there is padding, the rows that
 * it reads are given their margins in the thread's scratch: padding stands for 0, and is the input's zero. As in real
 * numbers the window of one output pixel is then, for each kernel row, one run; or, where the window has holes or the
 * channels are in groups, one for each of its pixels. Where Winograd's algorithm pays, bands are whole tiles high, and
 * are given margins for whole tiles: it finds the same sums.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/lathe-arena.h"
#include "lathe-byte-step.h"
#include "lathe-byte-winograd.h"
#include "lathe-convolution-layer.h"
#include "lathe-kinds.h"

#define BAND_BYTES 131072     /* that are given margins for a band, about: half of what a core has to itself */
#define BAND_PIXELS 48        /* that it makes all the same, so that many share the weights that come into cache */
#define BAND_TILES 8          /* by Winograd's algorithm, whose weights are more */
#define LEAST_TILES 8         /* that there are to be, where there are channels enough, */
#define LEAST_PRODUCTS 524288 /* each of them of so many */
#define DEPTHWISE_COST 8      /* of a product, in those of others */
#define WINOGRAD_GAIN 2       /* how much less a product costs, about */
#define SLABS 4               /* that kernels take at once, where they can */

typedef struct
{
  LatheAxis y, x;
  guint in, out, groups;
  gboolean runs; /* a row of the kernel meets one run of bytes */
  gboolean winograd;
  gboolean direct; /* there is no padding: the input is read where it lies */
  guint across;    /* pixels of a row with its margins */
  LatheByteLayout layout;
  guint rows, bands;    /* of the output, in a band */
  guint columns, parts; /* output channels of a part */
} Geometry;

static LatheByteLayout
layout_of (const Geometry *g)
{
  guint height = g->y.kernel, width = g->x.kernel;

  if (g->groups == g->in && g->groups == g->out)
    {
      /* Columns of three are filled up, as kernels that slide want it. */
      guint down = height == LATHE_BYTE_GROUP - 1 ? LATHE_BYTE_GROUP : height;

      return (LatheByteLayout){1, g->out, 1, width * down, TRUE, down, height};
    }
  if (g->runs)
    return (LatheByteLayout){.groups = 1, .columns = g->out, .segments = height, .depth = width * g->in};
  return (LatheByteLayout){
      .groups = g->groups, .columns = g->out / g->groups, .segments = height * width, .depth = g->in / g->groups};
}

/* Tiles that there are to be: of a small layer not as many as might be, as each is some work of its own. */
static guint
wanted_tiles (const Geometry *g, guint batch)
{
  gsize products = (gsize) batch * g->y.out * g->x.out * g->out * g->layout.segments * g->layout.depth;
  gsize least = g->layout.depthwise ? LEAST_PRODUCTS / DEPTHWISE_COST
                : g->winograd       ? LEAST_PRODUCTS * WINOGRAD_GAIN
                                    : LEAST_PRODUCTS;

  return (guint) CLAMP (products / least, 1, LEAST_TILES);
}

/* Rows are cut first, and channels where there are few of those; not channels of groups, nor those that become real
 * numbers, as an activation may see them together. */
static void
cut (Geometry *g, guint batch, gboolean whole)
{
  gsize row = (gsize) g->across * g->in * g->y.stride;
  guint height = g->winograd ? LATHE_BYTE_TILE : 1; /* of what a band is made of */
  guint pixels = g->winograd ? BAND_TILES * LATHE_BYTE_TILE * LATHE_BYTE_TILE : BAND_PIXELS;
  guint least = (guint) lathe_ceil_div (pixels, g->x.out), wanted = wanted_tiles (g, batch), tiles, units;
  guint unit = lathe_byte_unit (&g->layout);

  g->rows = (guint) MIN (BAND_BYTES / row, g->y.out / lathe_ceil_div (wanted, batch));
  g->bands = (guint) lathe_ceil_div (g->y.out, CLAMP (g->rows, MIN (least, g->y.out), g->y.out));
  g->rows = (guint) lathe_ceil_div (lathe_ceil_div (g->y.out, g->bands), height) * height;
  g->bands = (guint) lathe_ceil_div (g->y.out, g->rows);
  tiles = batch * g->bands;
  g->columns = g->out;
  if (tiles < wanted && g->layout.groups == 1 && !whole)
    {
      units = (guint) lathe_ceil_div (lathe_ceil_div (g->out, unit), wanted / tiles);
      g->columns = (units > SLABS ? (guint) lathe_ceil_div (units, SLABS) * SLABS : units) * unit;
    }
  g->columns = MIN (g->columns, g->out);
  g->parts = (guint) lathe_ceil_div (g->out, g->columns);
}

static gboolean
is_for_winograd (const LatheByteKernels *kernels, const Geometry *g)
{
  return g->runs && g->y.kernel == 3 && g->x.kernel == 3 && g->y.stride == 1 && g->x.stride == 1 &&
         g->y.dilation == 1 && lathe_byte_winograd_pays (kernels, g->in, g->out, g->y.out, g->x.out);
}

static Geometry
geometry (const LatheByteStep *bytes, guint batch)
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

  g.runs = g.groups == 1 && g.x.dilation == 1;
  g.layout = layout_of (&g);
  g.winograd = !bytes->real && is_for_winograd (&step->kernels->bytes, &g);
  g.across =
      g.winograd ? lathe_byte_winograd_tiles (g.x.out) * LATHE_BYTE_TILE + g.x.kernel - 1 : lathe_axis_full (&g.x);
  g.direct = !g.winograd && lathe_axis_full (&g.y) == g.y.in && g.across == g.x.in;
  cut (&g, batch, bytes->real);
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

/* Of a depthwise convolution, with those that fill up the last group. */
static gsize
n_taps (const Geometry *g)
{
  return lathe_byte_groups (g->layout.depth) * LATHE_BYTE_GROUP;
}

/* Where the runs of a window begin. */
static void
find_places (const Geometry *g, gsize *at)
{
  gsize row = (gsize) g->across * g->in;
  guint n = 0, across = g->runs ? 1 : g->x.kernel;

  for (guint i = 0; i < g->y.kernel; i++)
    for (guint j = 0; j < across; j++)
      at[n++] = i * g->y.dilation * row + j * g->x.dilation * g->in;
}

/* The same of a depthwise convolution's taps. Where a zero stands for one, any will do. */
static void
find_taps (const Geometry *g, gsize *tap)
{
  gsize row = (gsize) g->across * g->in, last = g->layout.depth - 1;

  for (gsize t = 0; t < n_taps (g); t++)
    {
      gsize i = MIN (t, last) % g->layout.down, j = MIN (t, last) / g->layout.down;

      tap[t] = MIN (i, g->y.kernel - 1) * g->y.dilation * row + j * g->x.dilation * g->in;
    }
}

/* Rows of the input that `rows` of the output see, or whole tiles of them. */
static guint
reach (const Geometry *g, guint rows)
{
  if (g->winograd)
    rows = lathe_byte_winograd_tiles (rows) * LATHE_BYTE_TILE;
  return (rows - 1) * g->y.stride + lathe_axis_window (&g->y);
}

/* Of a band with its margins. */
static gsize
band_bytes (const Geometry *g)
{
  gsize size = (gsize) reach (g, g->rows) * g->across * g->in + LATHE_BYTE_SLACK;

  return g->direct ? 0 : lathe_ceil_div (size, LATHE_ALIGNMENT) * LATHE_ALIGNMENT;
}

static LatheByteWinograd
winograd_of (const LatheByteStep *bytes, const Geometry *g)
{
  return (LatheByteWinograd){&bytes->step->kernels->bytes, g->in, g->out, lathe_byte_winograd_tiles (g->x.out)};
}

/* Places that are kept; behind them there are the weights at all points, where a cache line begins. */
static gsize
n_places (const Geometry *g)
{
  if (g->winograd)
    return lathe_ceil_div (g->layout.segments, LATHE_ALIGNMENT / sizeof (gsize)) * (LATHE_ALIGNMENT / sizeof (gsize));
  return g->layout.depthwise ? n_taps (g) : g->layout.segments;
}

static gint16 *
weights_at_points (const LatheByteStep *bytes, const Geometry *g)
{
  return (gint16 *) (lathe_byte_weights (bytes, &g->layout).at + n_places (g));
}

/* Of a thread's scratch: the band, and what Winograd's algorithm needs. */
static gsize
scratch_bytes (const LatheByteStep *bytes, guint batch)
{
  Geometry g = geometry (bytes, batch);
  LatheByteWinograd winograd = winograd_of (bytes, &g);

  return band_bytes (&g) +
         (g.winograd ? lathe_byte_winograd_scratch (&winograd, lathe_byte_winograd_tiles (g.rows)) : 0);
}

/* Of fewer samples bands may be higher. */
static void
convolution_plan (LatheByteStep *bytes)
{
  Geometry g = geometry (bytes, bytes->step->batch);
  LatheByteWinograd winograd = winograd_of (bytes, &g);
  gsize points = g.winograd ? lathe_byte_winograd_points (&winograd) * sizeof (gint16) : 0, scratch = 0;

  for (guint batch = 1; batch <= MIN (bytes->step->batch, LEAST_TILES); batch++)
    scratch = MAX (scratch, scratch_bytes (bytes, batch));
  lathe_byte_weights_plan (bytes, &g.layout, n_places (&g) + lathe_ceil_div (points, sizeof (gsize)));
  bytes->step->thread_scratch_size = lathe_ceil_div (scratch, sizeof (LatheReal));
}

static void
convolution_prepare (LatheByteStep *bytes)
{
  Geometry g = geometry (bytes, bytes->step->batch);
  LatheByteWinograd winograd = winograd_of (bytes, &g);

  lathe_byte_weights_prepare (bytes, &g.layout);
  if (g.layout.depthwise)
    find_taps (&g, lathe_byte_weights (bytes, &g.layout).at);
  else
    find_places (&g, lathe_byte_weights (bytes, &g.layout).at);
  if (g.winograd)
    lathe_byte_winograd_weights (&winograd, lathe_byte_weights (bytes, &g.layout).w, weights_at_points (bytes, &g));
}

/* --- Forward --- */

/* One row of the input, or of padding, with its margins. */
static void
pad_row (const LatheByteStep *bytes, const Geometry *g, const guint8 *image, gint64 row, guint8 *to)
{
  gint32 zero = bytes->from[0].zero;
  gsize before = (gsize) g->x.before * g->in, full = (gsize) g->across * g->in;
  gsize within = (gsize) g->x.in * g->in;

  if (row < 0 || row >= g->y.in)
    {
      memset (to, zero, full);
      return;
    }
  memset (to, zero, before);
  memcpy (to + before, image + row * within, within);
  memset (to + before + within, zero, full - before - within);
}

/* What all tiles have in common. */
typedef struct
{
  LatheByteStep *bytes;
  Geometry geometry;
  LatheByteWeights weights;
} Convolution;

/* A band of a sample: `rows` of the output from the first on, and channels of a part. */
typedef struct
{
  const Convolution *convolution;
  const guint8 *x; /* with its margins */
  guint rows, column, columns;
  gsize y_at; /* of the band's first number in the output */
} Band;

static void
run_depthwise (const Band *b)
{
  const Geometry *g = &b->convolution->geometry;
  const LatheByteStep *bytes = b->convolution->bytes;
  gsize x_row = (gsize) g->across * g->in, y_row = (gsize) g->x.out * g->out;
  LatheByteDepthwise d = {
      .width = g->x.out,
      .channels = b->columns,
      .groups = lathe_byte_groups (g->layout.depth),
      .x = b->x + b->column,
      .tap = b->convolution->weights.at,
      .step = (gsize) g->x.stride * g->in,
      .slides = g->layout.down == LATHE_BYTE_GROUP && g->x.stride == g->x.dilation,
      .w = b->convolution->weights.w + lathe_byte_weights_before (&g->layout, b->column),
      .output = lathe_byte_output (bytes, &b->convolution->weights, b->column),
      .y = bytes->real ? NULL : bytes->y + b->y_at,
      .real = bytes->real ? bytes->step->y + b->y_at : NULL,
      .y_step = g->out,
  };

  for (guint row = 0; row < b->rows; row++, d.x += g->y.stride * x_row)
    {
      bytes->step->kernels->bytes.depthwise (&d);
      if (bytes->real)
        d.real += y_row;
      else
        d.y += y_row;
    }
}

/* Rows of pixels that lie one behind the other in memory are one. */
static void
run_panel (const Band *b, guint group)
{
  const Geometry *g = &b->convolution->geometry;
  const LatheByteStep *bytes = b->convolution->bytes;
  const LatheByteWeights *weights = &b->convolution->weights;
  const LatheByteLayout *layout = &g->layout;
  gboolean one = g->y.stride == 1 && g->x.stride == 1 && g->across == g->x.out;
  gsize y_at = b->y_at + (gsize) group * layout->columns;
  LatheBytePanel p = {
      .lines = one ? 1 : b->rows,
      .rows = one ? b->rows * g->x.out : g->x.out,
      .columns = layout->groups == 1 ? b->columns : layout->columns,
      .segments = layout->segments,
      .depth = layout->depth,
      .a = b->x + (gsize) group * layout->depth,
      .a_line = (gsize) g->y.stride * g->across * g->in,
      .a_row = (gsize) g->x.stride * g->in,
      .a_at = weights->at,
      .b = weights->w + group * lathe_byte_group_weights (layout) + lathe_byte_weights_before (layout, b->column),
      .output = lathe_byte_output (bytes, weights, group * lathe_byte_group_columns (layout) + b->column),
      .y = bytes->real ? NULL : bytes->y + y_at,
      .real = bytes->real ? bytes->step->y + y_at : NULL,
      .y_row = g->out,
  };

  bytes->step->kernels->bytes.panel (&p);
}

static void
run_winograd (const Band *b, gpointer scratch)
{
  const Geometry *g = &b->convolution->geometry;
  const LatheByteStep *bytes = b->convolution->bytes;
  LatheByteWinograd winograd = winograd_of (bytes, g);
  LatheByteTiles all = {
      .u = weights_at_points (bytes, g),
      .x = b->x,
      .tile_rows = lathe_byte_winograd_tiles (b->rows),
      .rows = b->rows,
      .width = g->x.out,
      .column = b->column,
      .columns = b->columns,
      .output = lathe_byte_output (bytes, &b->convolution->weights, b->column),
      .y = bytes->y + b->y_at,
  };

  lathe_byte_winograd_run (&winograd, &all, scratch);
}

/* `scratch`: behind the band. */
static void
run_band (const Band *b, gpointer scratch)
{
  const Geometry *g = &b->convolution->geometry;
  const LatheByteStep *bytes = b->convolution->bytes;
  const LatheStep *step = bytes->step;

  if (g->winograd)
    run_winograd (b, scratch);
  else if (g->layout.depthwise)
    run_depthwise (b);
  else
    for (guint group = 0; group < g->layout.groups; group++)
      run_panel (b, group);
  if (bytes->real)
    lathe_activation_forward (lathe_byte_activation (step), step->kernels, step->y + b->y_at, step->y + b->y_at,
                              (gsize) b->rows * g->x.out, g->out);
}

static void
convolution_tile (gpointer data, guint tile, guint thread)
{
  const Convolution *c = data;
  const Geometry *g = &c->geometry;
  guint part = tile % g->parts, band = tile / g->parts % g->bands, sample = tile / g->parts / g->bands;
  guint column = part * g->columns, row = band * g->rows, rows = MIN (g->rows, g->y.out - row);
  gsize x_row = (gsize) g->across * g->in;
  const guint8 *image = c->bytes->x[0] + sample * lathe_shape_size (&c->bytes->step->input[0]);
  guint8 *padded = (guint8 *) lathe_step_thread_scratch (c->bytes->step, thread);
  Band b = {.convolution = c,
            .x = g->direct ? image + row * g->y.stride * x_row : padded,
            .rows = rows,
            .column = column,
            .columns = MIN (g->columns, g->out - column),
            .y_at = ((gsize) sample * g->y.out + row) * g->x.out * g->out + column};

  for (guint i = 0; i < reach (g, rows) && !g->direct; i++)
    pad_row (c->bytes, g, image, (gint64) row * g->y.stride + i - g->y.before, padded + i * x_row);
  run_band (&b, padded + band_bytes (g));
}

static void
convolution_forward (LatheByteStep *bytes)
{
  Convolution c = {.bytes = bytes, .geometry = geometry (bytes, bytes->step->batch)};

  c.weights = lathe_byte_weights (bytes, &c.geometry.layout);
  lathe_pool_run (bytes->step->pool, bytes->step->batch * c.geometry.bands * c.geometry.parts, convolution_tile, &c);
}

const LatheByteKind lathe_byte_conv2d = {
    .kind = &lathe_layer_conv2d,
    .weighs = TRUE,
    .can = convolution_can,
    .plan = convolution_plan,
    .prepare = convolution_prepare,
    .forward = convolution_forward,
};
