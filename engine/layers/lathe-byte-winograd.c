/* lathe-byte-winograd.c: 3×3 convolutions in 8 bits by Winograd's algorithm.
 *
 * A block of tiles goes to its points, V; there it is multiplied with the weights at those points, U, a few channels of
 * the result at a time, M; and comes back. So V and M stay in the second-level cache, while U passes by once a block.
 * Where channels are too many for sums that are found again, they are cut into parts of about the same depth.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-byte-winograd.h"

#include "lathe-step.h"

#define SIDE 3                  /* of the kernel */
#define CACHE_BYTES (384 << 10) /* of V and M */
#define COLUMNS 64              /* of the result at once */
#define APART                                                                                                          \
  32                     /* numbers of V or M that lie between points, so that these do not fall on the same lines     \
                            of the first-level cache */
#define FEW_WEIGHTS 8192 /* in × out that the second-level cache holds at all points, … */
#define LEAST_TILES 8    /* … or tiles for which it pays to read them from farther away */
#define LEAST_PIXELS 12  /* that are wanted of a tile's 16, on average */

/* The points at which a kernel is evaluated; its fractions are the result's: see kernels/lathe-byte-winograd-loops.h.
 */
static const gint16 at_points[][SIDE] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 1}};

#define POINTS_Y G_N_ELEMENTS (at_points)

/* Tiles along a side of the result. */
guint
lathe_byte_winograd_tiles (guint pixels)
{
  return (guint) lathe_ceil_div (pixels, LATHE_BYTE_TILE);
}

/**
 * lathe_byte_winograd_pays:
 * @height, @width: of the result
 *
 * Returns: whether a 3×3 convolution of so many channels, at a stride of 1, is faster this way
 */
gboolean
lathe_byte_winograd_pays (const LatheByteKernels *kernels, guint in, guint out, guint height, guint width)
{
  gsize tiles = (gsize) lathe_byte_winograd_tiles (height) * lathe_byte_winograd_tiles (width);

  return in % LATHE_BYTE_SLAB == 0 && out % LATHE_BYTE_SLAB == 0 && MIN (in, out) >= kernels->winograd_channels &&
         (gsize) height * width >= LEAST_PIXELS * tiles && (tiles >= LEAST_TILES || (gsize) in * out <= FEW_WEIGHTS);
}

/* --- Parts of the depth --- */

/* Channels of each part but the last: whole slabs. */
static guint
part_depth (const LatheByteWinograd *c)
{
  guint slabs = c->in / LATHE_BYTE_SLAB, parts = (guint) lathe_ceil_div (c->in, LATHE_BYTE_MOST_DEPTH);

  return (guint) lathe_ceil_div (slabs, parts) * LATHE_BYTE_SLAB;
}

/* --- Weights --- */

/* Numbers of U: parts × points × slabs × pairs of the depth × 16 × 2. */
gsize
lathe_byte_winograd_points (const LatheByteWinograd *c)
{
  return (gsize) LATHE_BYTE_POINTS * c->in * c->out;
}

/* The kernel from a channel to a column, where the panels have it: see LatheBytePanel. */
static void
find_kernel (const LatheByteWinograd *c, const gint8 *w, guint channel, guint column, gint8 kernel[SIDE][SIDE])
{
  gsize groups = (gsize) SIDE * c->in / LATHE_BYTE_GROUP, slab = column / LATHE_BYTE_SLAB;

  w += (slab * SIDE * groups * LATHE_BYTE_SLAB + column % LATHE_BYTE_SLAB) * LATHE_BYTE_GROUP;
  for (guint i = 0; i < SIDE; i++)
    for (guint j = 0; j < SIDE; j++)
      {
        gsize k = (gsize) j * c->in + channel;

        kernel[i][j] =
            w[(i * groups + k / LATHE_BYTE_GROUP) * LATHE_BYTE_SLAB * LATHE_BYTE_GROUP + k % LATHE_BYTE_GROUP];
      }
}

static inline gint16
at_point (guint point, gint16 a, gint16 b, gint16 c)
{
  return (gint16) (at_points[point][0] * a + at_points[point][1] * b + at_points[point][2] * c);
}

/* `u`: its number at the first point, others `step` apart. */
static void
take_to_points (gint8 kernel[SIDE][SIDE], gint16 *u, gsize step)
{
  for (guint i = 0; i < POINTS_Y; i++)
    {
      gint16 row[SIDE];

      for (guint b = 0; b < SIDE; b++)
        row[b] = at_point (i, kernel[0][b], kernel[1][b], kernel[2][b]);
      for (guint j = 0; j < POINTS_Y; j++, u += step)
        *u = at_point (j, row[0], row[1], row[2]);
    }
}

/**
 * lathe_byte_winograd_weights:
 * @w: as a panel has them: three segments, each three times as deep as there are channels
 * @u: (out): lathe_byte_winograd_points() numbers
 */
void
lathe_byte_winograd_weights (const LatheByteWinograd *c, const gint8 *w, gint16 *u)
{
  guint depth = part_depth (c);

  for (guint first = 0; first < c->in; first += depth)
    {
      guint n = MIN (depth, c->in - first);
      gint16 *part = u + (gsize) LATHE_BYTE_POINTS * c->out * first;

      for (guint k = 0; k < n; k++)
        for (guint column = 0; column < c->out; column++)
          {
            gsize slab = column / LATHE_BYTE_SLAB, pair = slab * n / 2 + k / 2;
            gint8 kernel[SIDE][SIDE];

            find_kernel (c, w, first + k, column, kernel);
            take_to_points (kernel, part + (pair * LATHE_BYTE_SLAB + column % LATHE_BYTE_SLAB) * 2 + k % 2,
                            (gsize) c->out * n);
          }
    }
}

/* --- Blocks of tiles --- */

static guint
most_tiles (const LatheByteWinograd *c)
{
  gsize bytes = c->in * sizeof (gint16) + MIN (COLUMNS, c->out) * sizeof (gint32);

  return (guint) MAX (1, CACHE_BYTES / (LATHE_BYTE_POINTS * bytes));
}

/* Of blocks of the same size, as nearly as may be. */
static guint
block_tiles (const LatheByteWinograd *c, guint tiles)
{
  return (guint) lathe_ceil_div (tiles, lathe_ceil_div (tiles, most_tiles (c)));
}

/* Where a block's numbers lie. */
typedef struct
{
  gint16 *v;
  gint32 *m, *sums;
  gsize v_step, m_step; /* from one point to the next */
} Room;

static Room
room_of (const LatheByteWinograd *c, guint tiles, gpointer scratch)
{
  Room room = {.v = scratch, .v_step = (gsize) tiles * c->in + APART, .m_step = tiles * MIN (COLUMNS, c->out) + APART};

  room.m = (gint32 *) (room.v + LATHE_BYTE_POINTS * room.v_step);
  room.sums = room.m + LATHE_BYTE_POINTS * room.m_step;
  return room;
}

/* Bytes for a band of at most so many tile rows. */
gsize
lathe_byte_winograd_scratch (const LatheByteWinograd *c, guint tile_rows)
{
  gsize tiles = MIN (most_tiles (c), tile_rows * c->tiles_x), columns = MIN (COLUMNS, c->out);
  gsize pixels = part_depth (c) < c->in ? LATHE_BYTE_TILE * LATHE_BYTE_TILE : 0; /* whose sums wait */

  return LATHE_BYTE_POINTS * ((tiles * c->in + APART) * sizeof (gint16) + (tiles * columns + APART) * sizeof (gint32)) +
         tiles * columns * pixels * sizeof (gint32);
}

static void
find_points (const LatheByteWinograd *c, const LatheByteTiles *tiles, guint first, guint n, const Room *room)
{
  gsize row = (gsize) (c->tiles_x * LATHE_BYTE_TILE + SIDE - 1) * c->in;

  for (guint i = 0; i < n; i++)
    {
      gsize y = (first + i) / c->tiles_x, x = (first + i) % c->tiles_x;

      c->kernels->points (room->v + (gsize) i * c->in, room->v_step, tiles->x + (y * row + x * c->in) * LATHE_BYTE_TILE,
                          row, c->in, c->in);
    }
}

/* Channels of the result from `column` on, of those that are made. */
static void
find_results (const LatheByteWinograd *c, const LatheByteTiles *tiles, guint first, guint n, guint column,
              guint columns, gboolean begun, gboolean ends, const Room *room)
{
  LatheByteResult result = {.channels = columns, .step = room->m_step, .begun = begun, .output = tiles->output};
  gsize row = (gsize) tiles->width * c->out;

  result.output.bias += column;
  result.output.factor += column;
  result.y_row = row;
  result.y_pixel = c->out;
  for (guint i = 0; i < n; i++)
    {
      guint top = (first + i) / c->tiles_x * LATHE_BYTE_TILE, left = (first + i) % c->tiles_x * LATHE_BYTE_TILE;

      result.rows = MIN (tiles->rows - top, LATHE_BYTE_TILE);
      result.columns = MIN (tiles->width - left, LATHE_BYTE_TILE);
      result.m = room->m + (gsize) i * columns;
      result.sums = room->sums + (gsize) i * columns * LATHE_BYTE_TILE * LATHE_BYTE_TILE;
      result.y = ends ? tiles->y + top * row + (gsize) left * c->out + column : NULL;
      c->kernels->result (&result);
    }
}

static void
run_block (const LatheByteWinograd *c, const LatheByteTiles *tiles, guint first, guint n, const Room *room)
{
  guint depth = part_depth (c);

  find_points (c, tiles, first, n, room);
  for (guint column = 0; column < tiles->columns; column += COLUMNS)
    for (guint channel = 0; channel < c->in; channel += depth)
      {
        LatheByteProducts products = {.rows = n,
                                      .columns = MIN (COLUMNS, tiles->columns - column),
                                      .depth = MIN (depth, c->in - channel),
                                      .v_row = c->in};
        const gint16 *u = tiles->u + (gsize) LATHE_BYTE_POINTS * c->out * channel;

        products.m_row = products.columns;
        for (guint point = 0; point < LATHE_BYTE_POINTS; point++)
          {
            products.v = room->v + point * room->v_step + channel;
            products.u = u + ((gsize) point * c->out + tiles->column + column) * products.depth;
            products.m = room->m + point * room->m_step;
            c->kernels->products (&products);
          }
        find_results (c, tiles, first, n, column, products.columns, channel > 0, channel + depth >= c->in, room);
      }
}

/**
 * lathe_byte_winograd_run:
 * @scratch: lathe_byte_winograd_scratch() bytes, aligned for vectors
 */
void
lathe_byte_winograd_run (const LatheByteWinograd *c, const LatheByteTiles *tiles, gpointer scratch)
{
  guint all = tiles->tile_rows * c->tiles_x, block = block_tiles (c, all);
  Room room = room_of (c, block, scratch);

  for (guint first = 0; first < all; first += block)
    run_block (c, tiles, first, MIN (block, all - first), &room);
}
