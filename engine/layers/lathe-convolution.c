/* lathe-convolution.c: the arithmetic of convolutions.
 *
 * Each comes down to panel products (see LathePanel), with as long a run of numbers to sum over as there is:
 *
 *   plain       the window's row is one run of kernel width × channels; its rows are the panel's segments
 *   general     with groups or a dilation across, the run is one group's channels of one pixel; the columns of the
 *               window are the segments, and its rows are added up
 *   depthwise   as many groups as channels on both sides: no sum over channels is left, and channels lie side by side
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-convolution.h"

#include <string.h>

#define WEIGHTS_NUMBERS 8192 /* of dy, in a band: 32 KiB */
#define SWAP_CHANNELS 64     /* whose weights a tile swaps */
#define WIDE_SLAB 64
#define SLAB 48 /* where it divides the filters and the wide one does so less evenly */

void
lathe_spread (const LatheSpread *s, guint first, guint n_rows, LatheReal *to)
{
  gsize row_size = (gsize) s->full_width * s->channels, pixel = s->channels;
  gsize before = s->before_x * pixel, n = s->width * pixel;

  for (guint r = first; r < first + n_rows; r++, to += row_size)
    {
      guint y = r >= s->before_y ? (r - s->before_y) / s->step_y : s->height;
      const LatheReal *from = s->image + y * n;
      gboolean between = y >= s->height || (r - s->before_y) % s->step_y != 0;

      if (!between && s->step_x == 1)
        {
          memset (to, 0, before * sizeof (LatheReal));
          memcpy (to + before, from, n * sizeof (LatheReal));
          memset (to + before + n, 0, (row_size - before - n) * sizeof (LatheReal));
          continue;
        }
      memset (to, 0, row_size * sizeof (LatheReal));
      for (guint x = 0; !between && x < s->width; x++)
        memcpy (to + before + (gsize) x * s->step_x * pixel, from + x * pixel, pixel * sizeof (LatheReal));
    }
}

gboolean
lathe_convolution_is_depthwise (const LatheConvolution *c)
{
  return c->groups > 1 && c->groups == c->in && c->groups == c->out;
}

static gboolean
is_plain (const LatheConvolution *c)
{
  return c->groups == 1 && (c->dilation_x == 1 || c->kernel_width == 1);
}

static LatheDepthwise
depthwise (const LatheConvolution *c, guint width)
{
  return (LatheDepthwise){
      .width = width,
      .channels = c->in,
      .kernel_height = c->kernel_height,
      .kernel_width = c->kernel_width,
      .w_row = (gsize) c->kernel_width * c->in,
      .row = c->dilation_y * c->row_size,
      .column = (gsize) c->dilation_x * c->in,
      .step = (gsize) c->stride_x * c->in,
  };
}

/**
 * lathe_convolution_depthwise_row:
 * @image: height × width × channels, without margins
 * @y: (out): width × channels, of output row `row`
 *
 * Of a window that hangs over the edge only the part on the image is worked out: no copy with margins is needed.
 */
void
lathe_convolution_depthwise_row (const LatheConvolution *c, const LatheAxis *down, const LatheAxis *across,
                                 const LatheReal *image, const LatheReal *w, guint row, LatheReal *y)
{
  LatheDepthwise part = depthwise (c, across->out);
  guint top = lathe_axis_taps (down, row, &part.kernel_height);
  guint top_row = row * down->stride + top * down->dilation - down->before;

  part.before = across->before;
  part.pixels = across->before > 0 || lathe_axis_reach (across) > across->in ? across->in : 0;
  c->kernels->depthwise (y, image + top_row * c->row_size, w + top * part.w_row, &part);
}

/**
 * lathe_convolution_row:
 * @x: where the first window begins
 * @w: kernel height × kernel width × in / groups × out
 * @y: (out): width × out
 */
void
lathe_convolution_row (const LatheConvolution *c, const LatheReal *x, const LatheReal *w, LatheReal *y, guint width)
{
  gsize group_in = c->in / c->groups, group_out = c->out / c->groups, pixel = group_in * c->out;
  LathePanel panel = {
      .rows = width,
      .columns = c->columns,
      .a_row = (gsize) c->stride_x * c->in,
      .a_depth = 1,
      .b_depth = c->out,
      .c_row = c->out,
  };

  if (lathe_convolution_is_depthwise (c))
    {
      LatheDepthwise geometry = depthwise (c, width);

      c->kernels->depthwise (y, x, w, &geometry);
    }
  else if (is_plain (c))
    {
      panel.segments = c->kernel_height;
      panel.depth = c->kernel_width * c->in;
      panel.a = x;
      panel.a_segment = c->dilation_y * c->row_size;
      panel.b = w;
      panel.b_segment = c->kernel_width * pixel;
      panel.c = y;
      c->kernels->panel (&panel);
    }
  else
    for (guint group = 0; group < c->groups; group++)
      for (guint i = 0; i < c->kernel_height; i++)
        {
          panel.segments = c->kernel_width;
          panel.depth = (guint) group_in;
          panel.a = x + i * c->dilation_y * c->row_size + group * group_in;
          panel.a_segment = (gsize) c->dilation_x * c->in;
          panel.b = w + i * c->kernel_width * pixel + group * group_out;
          panel.b_segment = pixel;
          panel.c = y + group * group_out;
          panel.accumulate = i > 0;
          c->kernels->panel (&panel);
        }
}

/* Where tap k of the turned window lies. */
static guint
tap_place (const LatheConvolution *c, guint k)
{
  guint column = k % c->kernel_width, place = k - column;

  for (guint phase = 0; phase < column % c->phases; phase++)
    place += (c->kernel_width - phase - 1) / c->phases + 1;
  return place + column / c->phases;
}

/**
 * lathe_convolution_phases_row:
 * @c: the way back, with phases
 * @down, @across: of the convolution that it goes back through
 * @windows: output pixels of that one with their margin, from the row that the first tap meets
 * @w: turned, by phases
 * @y: (out): row `row` of what it came from
 *
 * Goes back through a stride without multiplying the zeros that lie between windows spread apart: pixels whose columns
 * have the same remainder meet the same taps.
 */
void
lathe_convolution_phases_row (const LatheConvolution *c, const LatheAxis *down, const LatheAxis *across,
                              const LatheReal *windows, const LatheReal *w, guint row, LatheReal *y)
{
  LathePhase rows = lathe_axis_phase (down, row);
  gsize pixel = (gsize) c->in * c->out;

  for (guint x = 0; x < MIN (across->stride, across->in); x++)
    {
      LathePhase columns = lathe_axis_phase (across, x);

      if (rows.n_taps == 0 || columns.n_taps == 0)
        for (guint i = x; i < across->in; i += across->stride)
          memset (y + (gsize) i * c->out, 0, c->out * sizeof (LatheReal));
      else
        c->kernels->panel (&(LathePanel){
            .rows = (across->in - x - 1) / across->stride + 1,
            .columns = c->out,
            .segments = rows.n_taps,
            .depth = columns.n_taps * c->in,
            .a = windows + (gsize) columns.at * c->in,
            .a_row = c->in,
            .a_segment = c->row_size,
            .a_depth = 1,
            .b = w + tap_place (c, rows.tap * c->kernel_width + columns.tap) * pixel,
            .b_segment = down->stride * c->kernel_width * pixel,
            .b_depth = c->out,
            .c = y + (gsize) x * c->out,
            .c_row = (gsize) across->stride * c->out,
        });
    }
}

typedef struct
{
  const LatheConvolution *c;
  const LatheReal *w;
  gboolean turn;
  LatheReal *swapped;
} Swap;

static guint
swap_blocks (const LatheConvolution *c)
{
  return (c->in / c->groups + SWAP_CHANNELS - 1) / SWAP_CHANNELS;
}

/* Of one pixel of the kernel some channels of each group. */
static void
swap_tile (gpointer data, guint tile, guint thread)
{
  const Swap *swap = data;
  const LatheConvolution *c = swap->c;
  guint window = c->kernel_height * c->kernel_width, k = tile / swap_blocks (c);
  gsize group_in = c->in / c->groups, group_out = c->out / c->groups;
  gsize first = (gsize) (tile % swap_blocks (c)) * SWAP_CHANNELS, n = MIN (SWAP_CHANNELS, group_in - first);
  const LatheReal *from = swap->w + (k * group_in + first) * c->out;
  LatheReal *to = swap->swapped + (swap->turn ? tap_place (c, window - 1 - k) : k) * group_out * c->in + first;

  if (lathe_convolution_is_depthwise (c))
    memcpy (to, from, c->in * sizeof (LatheReal));
  else
    for (guint group = 0; group < c->groups; group++, from += group_out, to += group_in)
      c->kernels->transpose (to, c->in, from, c->out, (guint) n, (guint) group_out);
}

/**
 * lathe_convolution_swap:
 * @turn: whether the kernel is turned by 180°, too
 * @swapped: (out): kernel height × kernel width × out / groups × in
 *
 * Swaps the channels of the kernel. Turned, it is the weights of the convolution that goes back from y to x.
 */
void
lathe_convolution_swap (const LatheConvolution *c, LathePool *pool, const LatheReal *w, gboolean turn,
                        LatheReal *swapped)
{
  Swap swap = {c, w, turn, swapped};

  lathe_pool_run (pool, c->kernel_height * c->kernel_width * swap_blocks (c), swap_tile, &swap);
}

/**
 * lathe_convolution_turn:
 * @turned: (out): as w
 *
 * Turns the kernel by 180° alone.
 */
void
lathe_convolution_turn (const LatheConvolution *c, const LatheReal *w, LatheReal *turned)
{
  guint window = c->kernel_height * c->kernel_width;
  gsize pixel = (gsize) c->in / c->groups * c->out;

  for (guint k = 0; k < window; k++)
    memcpy (turned + tap_place (c, window - 1 - k) * pixel, w + k * pixel, pixel * sizeof (LatheReal));
}

/* --- Pointwise, with weights in slabs --- */

/**
 * lathe_convolution_slab:
 *
 * Many filters make the weights of some of them lie far apart, a few in each of many pages, which neither the caches
 * nor their prefetching like. In slabs of so many filters they lie in the order in which the panel reads them; where
 * the panel reads fewer at once, in slabs of those, of which so many filters are a whole number.
 *
 * Returns: filters that a tile takes: an even number of slabs where that can be, as threads share them
 */
guint
lathe_convolution_slab (const LatheConvolution *c)
{
  return c->out % (2 * SLAB) == 0 && c->out % (2 * WIDE_SLAB) != 0 ? SLAB : WIDE_SLAB;
}

static guint
slab_width (const LatheConvolution *c)
{
  return c->kernels->slab > 0 ? c->kernels->slab : lathe_convolution_slab (c);
}

/**
 * lathe_convolution_lay_slabs:
 * @w: in × out, of a pointwise convolution
 * @slabs: (out): as many numbers, slab after slab; the last may be narrower
 */
void
lathe_convolution_lay_slabs (const LatheConvolution *c, const LatheReal *w, LatheReal *slabs)
{
  for (guint column = 0, n; column < c->out; column += n)
    {
      n = MIN (slab_width (c), c->out - column);
      for (guint i = 0; i < c->in; i++, slabs += n)
        memcpy (slabs, w + (gsize) i * c->out + column, n * sizeof (LatheReal));
    }
}

/**
 * lathe_convolution_slabs:
 * @column: where a slab begins, from which on c->columns are worked out
 * @y: (out): pixels × out, from that column on
 */
void
lathe_convolution_slabs (const LatheConvolution *c, const LatheReal *x, const LatheReal *slabs, guint column,
                         LatheReal *y, guint pixels)
{
  for (guint end = column + c->columns, n; column < end; column += n, y += n)
    {
      n = MIN (slab_width (c), c->out - column);
      c->kernels->panel (&(LathePanel){
          .rows = pixels,
          .columns = n,
          .segments = 1,
          .depth = c->in,
          .a = x,
          .a_row = c->in,
          .a_depth = 1,
          .b = slabs + (gsize) column * c->in,
          .b_depth = n,
          .c = y,
          .c_row = c->out,
      });
    }
}

/* dw of some output rows, by a panel that knows all but its place. */
static void
weights_band (const LatheConvolution *c, LathePanel panel, const LatheReal *x, const LatheReal *dy, LatheReal *dw)
{
  gsize group_in = c->in / c->groups, group_out = c->out / c->groups, pixel = group_in * c->out;

  for (guint i = 0; i < c->kernel_height; i++)
    if (is_plain (c))
      {
        panel.rows = c->kernel_width * c->in;
        panel.a = x + i * c->dilation_y * c->row_size;
        panel.b = dy;
        panel.c = dw + i * c->kernel_width * pixel;
        c->kernels->panel (&panel);
      }
    else
      for (guint j = 0; j < c->kernel_width; j++)
        for (guint group = 0; group < c->groups; group++)
          {
            panel.rows = (guint) group_in;
            panel.a = x + i * c->dilation_y * c->row_size + (gsize) j * c->dilation_x * c->in + group * group_in;
            panel.b = dy + group * group_out;
            panel.c = dw + (i * c->kernel_width + j) * pixel + group * group_out;
            c->kernels->panel (&panel);
          }
}

/**
 * lathe_convolution_weights:
 * @x: where the image's first window begins
 * @dy: height × width × out
 * @dw: (inout): kernel height × kernel width × in / groups × out
 *
 * The gradient of the weights by one image, instead of what is in `dw` or added to it. Each row of the kernel sees all
 * of dy, so this goes by bands that stay in cache.
 */
void
lathe_convolution_weights (const LatheConvolution *c, const LatheReal *x, guint stride_y, const LatheReal *dy,
                           guint height, guint width, LatheReal *dw, gboolean accumulate)
{
  guint band = MAX (1, WEIGHTS_NUMBERS / (width * c->out));
  LathePanel panel = {
      .columns = c->out / c->groups,
      .depth = width,
      .a_row = 1,
      .a_segment = stride_y * c->row_size,
      .a_depth = (gsize) c->stride_x * c->in,
      .b_segment = (gsize) width * c->out,
      .b_depth = c->out,
      .c_row = c->out,
      .accumulate = accumulate,
  };

  if (lathe_convolution_is_depthwise (c))
    {
      LatheDepthwise geometry = depthwise (c, width);

      if (!accumulate)
        memset (dw, 0, (gsize) c->kernel_height * c->kernel_width * c->out * sizeof (LatheReal));
      for (guint row = 0; row < height; row++)
        c->kernels->depthwise_weights (dw, x + row * stride_y * c->row_size, dy + (gsize) row * width * c->out,
                                       &geometry);
      return;
    }
  for (guint row = 0; row < height; row += panel.segments, panel.accumulate = TRUE)
    {
      panel.segments = MIN (band, height - row);
      weights_band (c, panel, x + (gsize) row * stride_y * c->row_size, dy + (gsize) row * width * c->out, dw);
    }
}
