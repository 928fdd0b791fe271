/* lathe-winograd.c: 3×3 convolutions by Winograd's algorithm, F(4×4, 3×3) (see kernels/lathe-winograd-loops.h).
 *
 *   forward   V = Bᵀ x B,   U = G w Gᵀ       M = V · U at each point, over channels     y = Aᵀ M A
 *   dX        the same, of the output's gradient with the kernel turned round
 *   dW        V = Bᵀ x B,   Z = A dy Aᵀ      N = Vᵀ · Z at each point, over tiles       dw = Gᵀ N G
 *
 * A block of tile rows goes through all three stages in one thread's scratch, so that V and M stay in the second-level
 * cache; U is read from there or the third level. Points lie a cache line more than a power of two apart, those of the
 * weights too: 36 of them written side by side would otherwise fall on the same lines of the first-level cache.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-winograd.h"

#include <string.h>

#define CACHE_NUMBERS (192 * 1024) /* of V and M: 768 KiB */
#define MIN_BLOCKS 16              /* in a batch, so that threads finish together */
#define FEW_TILES 32               /* that make one block, as a block costs a look at all weights */
#define COLUMNS 64                 /* of the result worked out at once */
#define APART 16                   /* numbers */
#define WEIGHTS_TILE 1024          /* kernels: a multiple of 16 */
#define PART_IN 16                 /* channels of a part of the weights */
#define PART_OUT 32

/* Tiles along a side of the result. */
guint
lathe_winograd_tiles (guint pixels)
{
  return (pixels + LATHE_WINOGRAD_TILE - 1) / LATHE_WINOGRAD_TILE;
}

/**
 * lathe_winograd_turned:
 *
 * Returns: the convolution that takes the gradient back, from the result to what was read
 */
LatheWinograd
lathe_winograd_turned (const LatheWinograd *c)
{
  return (LatheWinograd){
      .kernels = c->kernels,
      .from_height = c->height,
      .from_width = c->width,
      .before_y = 2 - c->before_y,
      .before_x = 2 - c->before_x,
      .in = c->out,
      .height = c->from_height,
      .width = c->from_width,
      .out = c->in,
      .tiles_y = lathe_winograd_tiles (c->from_height),
      .tiles_x = lathe_winograd_tiles (c->from_width),
  };
}

/* --- Weights --- */

/**
 * lathe_winograd_weights_step:
 *
 * Returns: how many numbers of U, or of its gradient, lie from one point to the next
 */
gsize
lathe_winograd_weights_step (const LatheWinograd *c)
{
  return (gsize) c->in * c->out + APART;
}

/**
 * lathe_winograd_points:
 *
 * Returns: how many numbers U takes: points × in × out, and what lies between them
 */
gsize
lathe_winograd_points (const LatheWinograd *c)
{
  return LATHE_WINOGRAD_POINTS * lathe_winograd_weights_step (c);
}

typedef struct
{
  const LatheWinograd *c;
  const LatheReal *w;
  LatheReal *u;
} Weights;

static void
weights_tile (gpointer data, guint tile, guint thread)
{
  const Weights *weights = data;
  gsize all = (gsize) weights->c->in * weights->c->out, first = (gsize) tile * WEIGHTS_TILE;

  weights->c->kernels->winograd.weights (weights->u + first, lathe_winograd_weights_step (weights->c),
                                         weights->w + first, all, MIN (WEIGHTS_TILE, all - first));
}

/**
 * lathe_winograd_weights:
 * @w: 3 × 3 × in × out
 * @u: (out): points × in × out, a step apart
 */
void
lathe_winograd_weights (const LatheWinograd *c, LathePool *pool, const LatheReal *w, LatheReal *u)
{
  Weights weights = {c, w, u};

  lathe_pool_run (pool, (guint) (((gsize) c->in * c->out + WEIGHTS_TILE - 1) / WEIGHTS_TILE), weights_tile, &weights);
}

/**
 * lathe_winograd_weights_gradient:
 * @du: points × in × out, a step apart
 * @dw: (out): 3 × 3 × in × out, of which n kernels from `first` on are written
 */
void
lathe_winograd_weights_gradient (const LatheWinograd *c, const LatheReal *du, gsize first, gsize n, LatheReal *dw)
{
  gsize all = (gsize) c->in * c->out;

  c->kernels->winograd.weights_gradient (dw + first, all, du + first, lathe_winograd_weights_step (c), n);
}

/* --- The stages --- */

static gsize
step_of (gsize tiles, guint channels)
{
  return tiles * channels + APART;
}

/* Images of which tiles are cut: `before` zeros lie in front of the first pixel. */
typedef struct
{
  guint height, width, channels;
  guint before_y, before_x;
} Images;

static gsize
pad_size (const LatheWinograd *c)
{
  return (gsize) (LATHE_WINOGRAD_TILE + 2) * (LATHE_WINOGRAD_TILE + 2) * MAX (c->in, c->out);
}

/* One row of a tile that hangs over the image's side. */
static void
copy_row (const Images *from, const LatheReal *row, int left, int side, LatheReal *to)
{
  int before = MIN (side, MAX (0, -left)), end = CLAMP ((int) from->width - left, before, side);
  gsize pixel = from->channels;

  memset (to, 0, (gsize) before * pixel * sizeof *to);
  memcpy (to + (gsize) before * pixel, row + (gsize) (left + before) * pixel,
          (gsize) (end - before) * pixel * sizeof *to);
  memset (to + (gsize) end * pixel, 0, (gsize) (side - end) * pixel * sizeof *to);
}

/* The pixels of one tile: in the image itself, or copied into the pad with zeros where it hangs over. `step` is set to
 * the numbers from row to row. */
static const LatheReal *
tile_pixels (const Images *from, const LatheReal *image, guint tile_y, guint tile_x, int side, LatheReal *pad,
             gsize *step)
{
  int top = (int) (tile_y * LATHE_WINOGRAD_TILE) - (int) from->before_y;
  int left = (int) (tile_x * LATHE_WINOGRAD_TILE) - (int) from->before_x;
  int height = (int) from->height, width = (int) from->width;
  gsize row = (gsize) from->width * from->channels, pad_row = (gsize) side * from->channels;

  *step = row;
  if (top >= 0 && left >= 0 && top + side <= height && left + side <= width)
    return image + (gsize) top * row + (gsize) left * from->channels;
  *step = pad_row;
  for (int y = 0; y < side; y++)
    if (top + y >= 0 && top + y < height)
      copy_row (from, image + (gsize) (top + y) * row, left, side, pad + (gsize) y * pad_row);
    else
      memset (pad + (gsize) y * pad_row, 0, pad_row * sizeof *pad);
  return pad;
}

/* Takes the tiles of tile rows to their points, `step` apart, by the kernel for tiles of that side. */
static void
to_points (const LatheWinograd *c, const Images *from, const LatheReal *images, guint first, guint n_rows, int side,
           void (*kernel) (LatheReal *, gsize, const LatheReal *, gsize, gsize, guint), LatheReal *pad,
           LatheReal *points, gsize step)
{
  for (guint r = first; r < first + n_rows; r++)
    for (guint tile = 0; tile < c->tiles_x; tile++, points += from->channels)
      {
        const LatheReal *image = images + (gsize) (r / c->tiles_y) * from->height * from->width * from->channels;
        gsize row;
        const LatheReal *pixels = tile_pixels (from, image, r % c->tiles_y, tile, side, pad, &row);

        kernel (points, step, pixels, row, from->channels, from->channels);
      }
}

static void
pixels_to_points (const LatheWinograd *c, const LatheReal *x, guint first, guint n_rows, LatheReal *pad, LatheReal *v,
                  gsize step)
{
  Images from = {c->from_height, c->from_width, c->in, c->before_y, c->before_x};

  to_points (c, &from, x, first, n_rows, LATHE_WINOGRAD_TILE + 2, c->kernels->winograd.input, pad, v, step);
}

static void
gradient_to_points (const LatheWinograd *c, const LatheReal *dy, guint first, guint n_rows, LatheReal *pad,
                    LatheReal *z, gsize step)
{
  Images from = {c->height, c->width, c->out, 0, 0};

  to_points (c, &from, dy, first, n_rows, LATHE_WINOGRAD_TILE, c->kernels->winograd.gradient, pad, z, step);
}

static void
points_to_result (const LatheWinograd *c, const LatheReal *m, guint first, guint n_rows, guint column, guint columns,
                  LatheReal *y)
{
  gsize step = step_of ((gsize) n_rows * c->tiles_x, columns), row = (gsize) c->width * c->out;

  for (guint r = first; r < first + n_rows; r++)
    {
      guint top = r % c->tiles_y * LATHE_WINOGRAD_TILE;
      LatheReal *to = y + ((gsize) (r / c->tiles_y) * c->height + top) * row + column;

      for (guint left = 0; left < c->width; left += LATHE_WINOGRAD_TILE, m += columns)
        c->kernels->winograd.output (to + (gsize) left * c->out, row, c->out,
                                     MIN (c->height - top, LATHE_WINOGRAD_TILE),
                                     MIN (c->width - left, LATHE_WINOGRAD_TILE), m, step, columns);
    }
}

/* --- From image to image --- */

/* Tile rows whose points stay in cache, of so many numbers a tile and point; at least so many tiles, if the weights are
 * more than the second-level cache holds: they pass by once a block. */
static guint
rows_in_cache (const LatheWinograd *c, gsize numbers, guint tiles)
{
  return (guint) MAX (1, MAX (CACHE_NUMBERS / (LATHE_WINOGRAD_POINTS * numbers), tiles) / c->tiles_x);
}

static guint
few_rows (const LatheWinograd *c)
{
  return MAX (1, FEW_TILES / c->tiles_x);
}

/**
 * lathe_winograd_block:
 *
 * Returns: the most tile rows for lathe_winograd_run()
 */
guint
lathe_winograd_block (const LatheWinograd *c, guint batch)
{
  guint rows = batch * c->tiles_y, cached;

  cached = rows_in_cache (c, c->in + MIN (COLUMNS, c->out), c->in * c->out / (c->in + c->out) / 4);
  return rows <= few_rows (c) ? rows : CLAMP (rows / MIN_BLOCKS, 1, cached);
}

/**
 * lathe_winograd_scratch:
 *
 * Returns: numbers of a thread's scratch for a block of a batch of at most so many
 */
gsize
lathe_winograd_scratch (const LatheWinograd *c, guint batch)
{
  gsize tiles = (gsize) MAX (few_rows (c), lathe_winograd_block (c, batch)) * c->tiles_x;

  return pad_size (c) + LATHE_WINOGRAD_POINTS * (step_of (tiles, c->in) + step_of (tiles, MIN (COLUMNS, c->out)));
}

/**
 * lathe_winograd_run:
 * @x: the images of the batch, not spread
 * @u: points × in × out, a step apart
 * @first, @n_rows: tile rows of the batch, at most a block
 * @column, @columns: channels of the result, multiples of 16
 * @y: (out): batch × height × width × out, of which those rows and channels are written
 */
void
lathe_winograd_run (const LatheWinograd *c, const LatheReal *x, const LatheReal *u, guint first, guint n_rows,
                    guint column, guint columns, LatheReal *y, LatheReal *scratch)
{
  guint tiles = n_rows * c->tiles_x;
  LatheReal *v = scratch + pad_size (c), *m = v + LATHE_WINOGRAD_POINTS * step_of (tiles, c->in);
  LathePanel panel = {.rows = tiles, .segments = 1, .depth = c->in, .a_row = c->in, .a_depth = 1, .b_depth = c->out};

  pixels_to_points (c, x, first, n_rows, scratch, v, step_of (tiles, c->in));
  for (guint end = column + columns; column < end; column += COLUMNS)
    {
      panel.columns = MIN (COLUMNS, end - column);
      panel.c_row = panel.columns;
      for (guint point = 0; point < LATHE_WINOGRAD_POINTS; point++)
        {
          panel.a = v + point * step_of (tiles, c->in);
          panel.b = u + point * lathe_winograd_weights_step (c) + column;
          panel.c = m + point * step_of (tiles, panel.columns);
          c->kernels->panel (&panel);
        }
      points_to_result (c, m, first, n_rows, column, panel.columns, y);
    }
}

/* --- The gradient of the weights --- */

static guint
sum_block (const LatheWinograd *c)
{
  return rows_in_cache (c, c->in + c->out, c->in * c->out / (c->in + c->out));
}

/**
 * lathe_winograd_sum_scratch:
 *
 * Returns: numbers of a thread's scratch
 */
gsize
lathe_winograd_sum_scratch (const LatheWinograd *c)
{
  gsize tiles = (gsize) sum_block (c) * c->tiles_x;

  return pad_size (c) + LATHE_WINOGRAD_POINTS * (step_of (tiles, c->in) + step_of (tiles, c->out));
}

/**
 * lathe_winograd_sum:
 * @x: n images, not spread
 * @dy: n × height × width × out
 * @du: (inout): points × in × out, a step apart
 *
 * The gradient of U by n samples, instead of what is in `du` or added to it.
 */
void
lathe_winograd_sum (const LatheWinograd *c, const LatheReal *x, const LatheReal *dy, guint n, LatheReal *du,
                    gboolean accumulate, LatheReal *scratch)
{
  guint block = sum_block (c);
  LathePanel panel = {.rows = c->in,
                      .columns = c->out,
                      .segments = 1,
                      .a_row = 1,
                      .a_depth = c->in,
                      .b_depth = c->out,
                      .c_row = c->out};

  for (guint row = 0; row < n * c->tiles_y; row += block)
    {
      guint n_rows = MIN (block, n * c->tiles_y - row), tiles = n_rows * c->tiles_x;
      LatheReal *v = scratch + pad_size (c), *z = v + LATHE_WINOGRAD_POINTS * step_of (tiles, c->in);

      pixels_to_points (c, x, row, n_rows, scratch, v, step_of (tiles, c->in));
      gradient_to_points (c, dy, row, n_rows, scratch, z, step_of (tiles, c->out));
      panel.depth = tiles;
      panel.accumulate = accumulate || row > 0;
      for (guint point = 0; point < LATHE_WINOGRAD_POINTS; point++)
        {
          panel.a = v + point * step_of (tiles, c->in);
          panel.b = z + point * step_of (tiles, c->out);
          panel.c = du + point * lathe_winograd_weights_step (c);
          c->kernels->panel (&panel);
        }
    }
}

/* --- The same where a batch has few tiles: their points are fewer than the sums of its shards --- */

static gsize
batch_tiles (const LatheWinograd *c, guint batch)
{
  return (gsize) batch * c->tiles_y * c->tiles_x;
}

/**
 * lathe_winograd_batch_points:
 *
 * Returns: numbers that the points of a whole batch take, of x and of dy
 */
gsize
lathe_winograd_batch_points (const LatheWinograd *c, guint batch)
{
  gsize tiles = batch_tiles (c, batch);

  return LATHE_WINOGRAD_POINTS * (step_of (tiles, c->in) + step_of (tiles, c->out));
}

/**
 * lathe_winograd_keep_points:
 * @x: images of the batch, not spread
 * @dy: batch × height × width × out
 * @first, @n: the samples to take
 * @points: (inout): of the whole batch
 * @pad: lathe_winograd_sum_scratch() numbers of a thread's own
 */
void
lathe_winograd_keep_points (const LatheWinograd *c, const LatheReal *x, const LatheReal *dy, guint batch, guint first,
                            guint n, LatheReal *points, LatheReal *pad)
{
  gsize tiles = batch_tiles (c, batch), before = batch_tiles (c, first);
  LatheReal *z = points + LATHE_WINOGRAD_POINTS * step_of (tiles, c->in);

  pixels_to_points (c, x, first * c->tiles_y, n * c->tiles_y, pad, points + before * c->in, step_of (tiles, c->in));
  gradient_to_points (c, dy, first * c->tiles_y, n * c->tiles_y, pad, z + before * c->out, step_of (tiles, c->out));
}

static guint
parts_across (const LatheWinograd *c)
{
  return (c->out + PART_OUT - 1) / PART_OUT;
}

/**
 * lathe_winograd_n_parts:
 *
 * Returns: into how many parts lathe_winograd_multiply_points() cuts the weights
 */
guint
lathe_winograd_n_parts (const LatheWinograd *c)
{
  return c->in / PART_IN * parts_across (c);
}

/**
 * lathe_winograd_multiply_points:
 * @points: of a whole batch
 * @dw: (out): 3 × 3 × in × out, of which one part is written
 * @scratch: lathe_winograd_part_scratch() numbers of a thread's own
 *
 * The gradient of some weights by all samples at once.
 */
void
lathe_winograd_multiply_points (const LatheWinograd *c, const LatheReal *points, guint batch, guint part, LatheReal *dw,
                                LatheReal *scratch)
{
  gsize tiles = batch_tiles (c, batch), all = (gsize) c->in * c->out;
  guint first_in = part / parts_across (c) * PART_IN, first_out = part % parts_across (c) * PART_OUT;
  const LatheReal *z = points + LATHE_WINOGRAD_POINTS * step_of (tiles, c->in);
  LathePanel panel = {.rows = PART_IN,
                      .columns = MIN (PART_OUT, c->out - first_out),
                      .segments = 1,
                      .depth = (guint) tiles,
                      .a_row = 1,
                      .a_depth = c->in,
                      .b_depth = c->out};
  gsize step = step_of (PART_IN, panel.columns);

  panel.c_row = panel.columns;
  for (guint point = 0; point < LATHE_WINOGRAD_POINTS; point++)
    {
      panel.a = points + point * step_of (tiles, c->in) + first_in;
      panel.b = z + point * step_of (tiles, c->out) + first_out;
      panel.c = scratch + point * step;
      c->kernels->panel (&panel);
    }
  for (guint i = 0; i < PART_IN; i++)
    c->kernels->winograd.weights_gradient (dw + (first_in + i) * c->out + first_out, all, scratch + i * panel.columns,
                                           step, panel.columns);
}

/**
 * lathe_winograd_part_scratch:
 *
 * Returns: numbers of a thread's scratch
 */
gsize
lathe_winograd_part_scratch (const LatheWinograd *c)
{
  return LATHE_WINOGRAD_POINTS * step_of (PART_IN, MIN (PART_OUT, c->out));
}
