/* lathe-convolution-images.c: convolutions from image to image: gather, scatter and Winograd's, tile by tile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-convolution-private.h"
#include "lathe-follow.h"

#define FEW_BLOCKS 8 /* with fewer, channels of the result are cut too, so that all threads work on one image */
#define FEW_COLUMNS 32
#define FEW_PANEL_COLUMNS 64     /* the same without Winograd */
#define BAND_WEIGHTS (96 * 1024) /* so many stay in the second-level cache while band after band reads them */

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
  return step->piece > 0 ? band_scratch (step, thread)
                         : step->y + row_of (step, sample, first) * lathe_convolution_output_row (step);
}

/* Where the gradient of `n` rows lies, once begin_gradient() has been there. */
const LatheReal *
lathe_convolution_gradient_band (const LatheStep *step, guint sample, guint first, guint n, guint thread)
{
  gsize row = row_of (step, sample, first), width = step->output.dim[1];

  if (step->piece == 0)
    return step->dy + row * lathe_convolution_output_row (step);
  lathe_unfollow_piece (step, band_scratch (step, thread), row * width, n * width);
  return band_scratch (step, thread);
}

/* Takes the layers that follow and the activation back, on `n` rows whose gradient nobody has read yet. */
void
lathe_convolution_begin_gradient (LatheStep *step, guint sample, guint first, guint n)
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
  gsize width = step->output.dim[1], row = row_of (step, sample, first) * width, pixels = n * width;

  if (step->n_parameters > 1)
    step->kernels->bias (band, step->w[1], pixels, filters, activation == LATHE_ACTIVATION_RELU);
  if (step->n_parameters == 1 || activation != LATHE_ACTIVATION_RELU)
    lathe_activation_apply (activation, step, band, row, pixels);
  lathe_follow (step, band, row, pixels);
}

/* The part of the output that a tile of gather works out, n_rows of one sample: whole pieces of what follows. */
static void
find_band (const LatheConvolutionPass *pass, guint index, guint *sample, guint *first, guint *n_rows)
{
  guint band = index % pass->bands, rows = pass->g->y.out, piece = MAX (1, pass->step->piece);
  guint64 pieces = lathe_ceil_div (rows, piece);

  *sample = index / pass->bands;
  *first = (guint) (pieces * band / pass->bands) * piece;
  *n_rows = MIN (rows, (guint) (pieces * (band + 1) / pass->bands) * piece) - *first;
}

/* Rows of a pointwise convolution's output, finished, at `to`. */
static void
pull_rows (LatheStep *source, guint sample, guint first, guint n, LatheReal *to)
{
  const LatheShape *input = &source->input[0];
  guint in = input->dim[2], out = source->output.dim[2];
  LatheConvolution c = {
      .kernels = source->kernels,
      .kernel_height = 1,
      .kernel_width = 1,
      .dilation_y = 1,
      .dilation_x = 1,
      .stride_x = 1,
      .in = in,
      .out = out,
      .groups = 1,
      .columns = out,
      .phases = 1,
  };
  const LatheReal *from = source->x[0] + sample * lathe_shape_size (input) + (gsize) first * input->dim[1] * in;

  lathe_convolution_row (&c, from, source->w[0], to, n * input->dim[1]);
  finish (source, to, sample, first, n);
}

static void
gather_depthwise (const LatheConvolutionPass *pass, guint sample, guint first, guint n_rows, guint thread,
                  const LatheReal *image, const LatheReal *w, LatheReal *to)
{
  const LatheConvolutionGeometry *g = pass->g;
  LatheStep *source = pass->step->source;
  LatheConvolution c = lathe_convolution_of (pass->step, g);
  LatheAxis down = g->y;

  c.row_size = (gsize) g->x.in * g->in;
  if (source != NULL)
    {
      LatheReal *scratch = lathe_step_thread_scratch (pass->step, thread);
      guint end = (first + n_rows - 1) * down.stride + lathe_axis_window (&down);
      guint top = first * down.stride, skipped = top > down.before ? top - down.before : 0;

      down.in = MIN (end > down.before ? end - down.before : 0, down.in) - skipped;
      down.before += skipped;
      pull_rows (source, sample, skipped, down.in, scratch);
      image = scratch;
    }
  for (guint row = 0; row < n_rows; row++)
    lathe_convolution_depthwise_row (&c, &down, &g->x, image, w, first + row, to + row * (gsize) g->x.out * g->out);
}

static void
gather_tile (gpointer data, guint tile, guint thread)
{
  const LatheConvolutionPass *pass = data;
  const LatheConvolutionGeometry *g = pass->g;
  guint across = (guint) lathe_ceil_div (g->out, pass->columns), bands = pass->step->batch * pass->bands;
  guint column = (pass->slabs != NULL ? tile / bands : tile % across) * pass->columns;
  guint sample, first, n_rows;
  LatheConvolution c = lathe_convolution_of (pass->step, g);
  gsize row_size = (gsize) g->x.out * g->out;
  LatheSpread s;
  const LatheReal *from, *w = pass->w + column;
  LatheReal *to;

  find_band (pass, pass->slabs != NULL ? tile % bands : tile / across, &sample, &first, &n_rows);
  s = lathe_convolution_spread_wide (g, pass->from != NULL
                                            ? pass->from + sample * lathe_convolution_wide_size (g)
                                            : lathe_convolution_gradient_band (pass->step, sample, 0, g->y.in, thread));
  from = s.image + (gsize) first * g->y.stride * c.row_size;
  to = column + (pass->to != NULL ? pass->to + sample * lathe_convolution_narrow_size (g) + first * row_size
                                  : output_band (pass->step, sample, first, thread));
  if (across > 1)
    c.columns = MIN (pass->columns, g->out - column);
  if (lathe_convolution_is_depthwise (&c))
    gather_depthwise (pass, sample, first, n_rows, thread, s.image, w, to);
  else if (pass->slabs != NULL)
    lathe_convolution_slabs (&c, from, pass->slabs, column, to, n_rows * g->x.out);
  else if (lathe_convolution_is_pointwise (g))
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
  const LatheConvolutionPass *pass = data;
  guint sample, first, n_rows;

  find_band (pass, index, &sample, &first, &n_rows);
  finish (pass->step, output_band (pass->step, sample, first, thread), sample, first, n_rows);
}

/* The narrow image: the gradient of the layer's output, or as much of it as `n` spread rows from `first` on show. */
static LatheSpread
spread_gradient (const LatheConvolutionPass *pass, guint sample, guint first, guint n, guint thread)
{
  const LatheConvolutionGeometry *g = pass->g;
  LatheSpread s = lathe_convolution_spread_narrow (g, NULL);
  guint top = first > s.before_y ? (guint) lathe_ceil_div (first - s.before_y, s.step_y) : 0;
  guint end = first + n > s.before_y ? (first + n - 1 - s.before_y) / s.step_y + 1 : 0;

  if (pass->from != NULL)
    {
      s.image = pass->from + sample * lathe_convolution_narrow_size (g);
      return s;
    }
  s.height = MIN (end, g->y.out) - MIN (top, MIN (end, g->y.out));
  s.before_y += top * s.step_y;
  s.image = lathe_convolution_gradient_band (pass->step, sample, top, s.height, thread);
  return s;
}

static void
scatter_phases (const LatheConvolutionPass *pass, guint sample, guint first, guint n_rows, guint thread, LatheReal *to)
{
  const LatheConvolutionGeometry *g = pass->g;
  guint from = lathe_axis_phase (&g->y, first).at;
  guint n = lathe_axis_phase_last (&g->y, first + n_rows - 1) + 1 - from;
  LatheReal *scratch = lathe_step_thread_scratch (pass->step, thread);
  LatheConvolution c = lathe_convolution_back (pass->step, g);
  LatheSpread s = spread_gradient (pass, sample, from, n, thread);

  c.row_size = (gsize) s.full_width * s.channels;
  lathe_spread (&s, from, n, scratch);
  for (guint row = first; row < first + n_rows; row++, to += (gsize) g->x.in * g->in)
    lathe_convolution_phases_row (&c, &g->y, &g->x, scratch + (lathe_axis_phase (&g->y, row).at - from) * c.row_size,
                                  pass->w, row, to);
}

static void
scatter_rows (const LatheConvolutionPass *pass, guint sample, guint first, guint n_rows, guint thread, LatheReal *to)
{
  const LatheConvolutionGeometry *g = pass->g;
  guint n = n_rows + lathe_axis_window (&g->y) - 1;
  LatheReal *scratch = lathe_step_thread_scratch (pass->step, thread);
  LatheConvolution c = lathe_convolution_back (pass->step, g);
  LatheSpread s = spread_gradient (pass, sample, first, n, thread);

  lathe_spread (&s, first, n, scratch);
  for (guint row = 0; row < n_rows; row++)
    lathe_convolution_row (&c, scratch + row * c.row_size, pass->w, to + row * (gsize) g->x.in * g->in, g->x.in);
}

static void
scatter_tile (gpointer data, guint tile, guint thread)
{
  const LatheConvolutionPass *pass = data;
  const LatheConvolutionGeometry *g = pass->g;
  guint band = lathe_convolution_scatter_band (g), bands = (guint) lathe_ceil_div (g->y.in, band);
  guint sample = tile / bands, first = tile % bands * band, n_rows = MIN (band, g->y.in - first);
  LatheConvolution c = lathe_convolution_back (pass->step, g);
  LatheReal *to = pass->to != NULL
                      ? pass->to + sample * lathe_convolution_wide_size (g) + first * (gsize) g->x.in * g->in
                      : output_band (pass->step, sample, first, thread);

  if (lathe_convolution_has_phases (g))
    scatter_phases (pass, sample, first, n_rows, thread, to);
  else if (lathe_convolution_is_pointwise (g))
    lathe_convolution_row (&c,
                           pass->from != NULL
                               ? pass->from + sample * lathe_convolution_narrow_size (g) + first * c.row_size
                               : lathe_convolution_gradient_band (pass->step, sample, first, n_rows, thread),
                           pass->w, to, n_rows * g->x.in);
  else
    scatter_rows (pass, sample, first, n_rows, thread, to);
  if (pass->to == NULL)
    finish (pass->step, to, sample, first, n_rows);
}

/* A few samples are cut finer, and where there are many output channels by these, so that weights are read once. What
 * then finishes them has rows enough of its own. */
void
lathe_convolution_gather (LatheConvolutionPass *pass)
{
  const LatheConvolutionGeometry *g = pass->g;
  LatheStep *step = pass->step;
  LatheConvolution c = lathe_convolution_of (step, g);
  guint across = 1, most;

  pass->bands = (guint) lathe_ceil_div (g->y.out, lathe_convolution_gather_band (step, g));
  pass->columns = g->out;
  most = (guint) lathe_ceil_div (g->y.out, MAX (1, step->piece));
  if (step->batch * pass->bands < FEW_BLOCKS || step->kernels->slab > 0)
    pass->slabs = step->prepared;
  if (step->batch * pass->bands < FEW_BLOCKS)
    {
      if (g->groups == 1 && g->out >= 2 * FEW_PANEL_COLUMNS && step->piece == 0 &&
          (pass->slabs == NULL || most < FEW_BLOCKS || lathe_shape_size (&step->parameter[0].shape) > BAND_WEIGHTS))
        pass->columns = pass->slabs != NULL ? lathe_convolution_slab (&c) : FEW_PANEL_COLUMNS;
      across = (guint) lathe_ceil_div (g->out, pass->columns);
      pass->bands = CLAMP ((guint) lathe_ceil_div (FEW_BLOCKS, (gsize) step->batch * across), pass->bands, most);
    }
  lathe_pool_run (step->pool, step->batch * pass->bands * across, gather_tile, pass);
  pass->bands = most;
  if (across > 1 && pass->to == NULL)
    lathe_pool_run (step->pool, step->batch * most, finish_band, pass);
}

void
lathe_convolution_scatter (LatheConvolutionPass *pass)
{
  guint bands = (guint) lathe_ceil_div (pass->g->y.in, lathe_convolution_scatter_band (pass->g));

  lathe_pool_run (pass->step->pool, pass->step->batch * bands, scatter_tile, pass);
}

/* The same by Winograd's algorithm, in tasks of some tile rows and some channels of the result. */
typedef struct
{
  const LatheConvolutionPass *pass;
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
  const LatheConvolutionPass *pass = winograd->pass;
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

void
lathe_convolution_run_winograd (const LatheConvolutionPass *pass, const LatheWinograd *c, const LatheReal *u)
{
  LatheStep *step = pass->step;
  guint block = lathe_winograd_block (c, step->batch), rows = step->batch * c->tiles_y;
  guint blocks = (guint) lathe_ceil_div (rows, block), columns = blocks < FEW_BLOCKS ? FEW_COLUMNS : c->out;
  WinogradPass winograd = {pass, *c, u, block, columns, (guint) lathe_ceil_div (c->out, columns)};

  lathe_pool_run (step->pool, blocks * winograd.tasks_across, winograd_tile, &winograd);
  if (winograd.tasks_across > 1 && pass->to == NULL)
    lathe_pool_run (step->pool, rows, finish_tile, &winograd);
}
