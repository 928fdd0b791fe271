/* lathe-kernels-avx2.c: for CPUs with AVX2 and FMA.
 *
 * The panel keeps a block of C in 12 of the 16 registers through the whole sum: 6 rows × 16 columns, 8 loads for 12
 * products, of which these CPUs finish two of each a cycle. Where there are fewer columns it is higher; where there are
 * very few rows it is wider, as B then comes from memory and is read once.
 *
 * Only the last columns of C need masks. They are kept out of all other blocks: AMD's processors take dozens of
 * instructions for a masked store.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <immintrin.h>

#include "lathe-byte-vectors.h"
#include "lathe-loops.h"
#include "lathe-vector-loops.h"

#define LANES 8
#define MAX_VECTORS 8
#define MAX_ROWS 12
#define FEW_ROWS 4
#define CHUNK 256  /* steps of depth: with 16 columns 16 KiB of B */
#define STREAMS 16 /* rows of B that are read side by side where there are few rows of A */

typedef guint Last; /* how many */

#include "lathe-panel-loops.h"

/* Eight lanes of ones from here on are a mask of the first n lanes, starting n before the end. */
static const gint32 mask_source[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

static inline __attribute__ ((always_inline)) __m256
load (const float *x, gboolean masked, __m256i mask)
{
  return masked ? _mm256_maskload_ps (x, mask) : _mm256_loadu_ps (x);
}

/* `masked`: whether the last vector is less than whole. */
static inline __attribute__ ((always_inline)) void
block (const LathePanel *p, const Part *part, guint row, const int rows, const int vectors, const gboolean masked)
{
  __m256i mask = _mm256_loadu_si256 ((const __m256i *) (mask_source + LANES - part->last));
  __m256 sum[MAX_ROWS][MAX_VECTORS];
  float *c = p->c + row * p->c_row + part->column;

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 8
    for (int j = 0; j < vectors; j++)
      sum[i][j] = part->accumulate ? load (c + i * p->c_row + j * LANES, masked && j == vectors - 1, mask)
                                   : _mm256_setzero_ps ();

  for (guint segment = 0; segment < part->segments; segment++)
    {
      const float *a = part->a + row * p->a_row + segment * p->a_segment;
      const float *b = part->b + segment * p->b_segment;

      for (guint k = 0; k < part->depth; k++, a += p->a_depth, b += p->b_depth)
        {
          __m256 bk[MAX_VECTORS];

#pragma GCC unroll 8
          for (int j = 0; j < vectors; j++)
            bk[j] = load (b + j * LANES, masked && j == vectors - 1, mask);
#pragma GCC unroll 12
          for (int i = 0; i < rows; i++)
            {
              __m256 ai = _mm256_broadcast_ss (&a[i * p->a_row]);

#pragma GCC unroll 8
              for (int j = 0; j < vectors; j++)
                sum[i][j] = _mm256_fmadd_ps (ai, bk[j], sum[i][j]);
            }
        }
    }

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 8
    for (int j = 0; j < vectors; j++)
      if (masked && j == vectors - 1)
        _mm256_maskstore_ps (c + i * p->c_row + j * LANES, mask, sum[i][j]);
      else
        _mm256_storeu_ps (c + i * p->c_row + j * LANES, sum[i][j]);
}

#define BLOCK(rows, vectors)                                                                                           \
  case rows:                                                                                                           \
    if (part->last == LANES)                                                                                           \
      block (p, part, row, rows, vectors, FALSE);                                                                      \
    else                                                                                                               \
      block (p, part, row, rows, vectors, TRUE);                                                                       \
    break

BLOCKS (blocks_1, 1, 12, BLOCKS_12 (1))
BLOCKS (blocks_2, 2, 6, BLOCKS_6 (2))
BLOCKS (blocks_3, 3, 4, BLOCKS_4 (3))
BLOCKS (blocks_4, 4, 3, BLOCKS_3 (4))
BLOCKS (blocks_6, 6, 2, BLOCKS_2 (6))
BLOCKS (blocks_8, 8, 1, BLOCKS_1 (8))

static void (*const blocks_of[MAX_VECTORS + 1]) (const LathePanel *p, const Part *part) = {
    [1] = blocks_1, [2] = blocks_2, [3] = blocks_3, [4] = blocks_4, [6] = blocks_6, [8] = blocks_8};

/* How many of the vectors that are left a block takes. */
static guint
vectors_of (guint left, guint rows)
{
  static const guint most_of[FEW_ROWS] = {0, 8, 6, 4};
  guint vectors = rows < FEW_ROWS ? MIN (left, most_of[rows]) : left == 3 ? 3 : MIN (left, 2);

  return blocks_of[vectors] != NULL ? vectors : vectors - 1;
}

static void
slabs (const LathePanel *p)
{
  for (guint column = 0; column < p->columns;)
    {
      guint vectors = vectors_of ((p->columns - column + LANES - 1) / LANES, p->rows);
      guint n = MIN (vectors * LANES, p->columns - column);

      slab (p, column, vectors, n - (vectors - 1) * LANES);
      column += n;
    }
}

static void
avx2_panel (const LathePanel *p)
{
  if (p->rows < FEW_ROWS && p->columns > MAX_VECTORS * LANES)
    streams (p, STREAMS);
  else if (p->depth > CHUNK && p->columns > 2 * LANES)
    streams (p, CHUNK);
  else
    slabs (p);
}

/* --- Rows of channels --- */

static inline __attribute__ ((always_inline)) void
affine_row (float *y, const float *x, const float *scale, const float *shift, gsize columns, float limit,
            const gboolean limited)
{
  __m256 most = _mm256_set1_ps (limit), least = _mm256_setzero_ps ();
  gsize c = 0;

#pragma GCC unroll 4
  for (; c + LANES <= columns; c += LANES)
    {
      __m256 v = _mm256_fmadd_ps (_mm256_loadu_ps (x + c), _mm256_loadu_ps (scale + c), _mm256_loadu_ps (shift + c));

      _mm256_storeu_ps (y + c, limited ? _mm256_min_ps (_mm256_max_ps (v, least), most) : v);
    }
  if (c < columns)
    loop_affine (y + c, x + c, scale + c, shift + c, 1, columns - c, limit);
}

static void
avx2_affine (LatheReal *y, const LatheReal *x, const LatheReal *scale, const LatheReal *shift, gsize rows,
             gsize columns, LatheReal limit)
{
  for (gsize row = 0; row < rows; row++, y += columns, x += columns)
    if (limit > 0)
      affine_row (y, x, scale, shift, columns, limit, TRUE);
    else
      affine_row (y, x, scale, shift, columns, limit, FALSE);
}

/* Eight numbers below 256, as bytes. */
static inline void
store_bytes (guint8 *to, __m256i v)
{
  __m128i words = _mm_packs_epi32 (_mm256_castsi256_si128 (v), _mm256_extracti128_si256 (v, 1));

  _mm_storel_epi64 ((__m128i *) to, _mm_packus_epi16 (words, words));
}

/* One vector of channels of each window of a row: the largest number, and with `place` where the first of these stands,
 * counted from 1, or 0 where it is below `least`. */
static inline __attribute__ ((always_inline)) void
pool_channels (float *y, guint8 *place, const float *x, const LathePoolGeometry *g, float least, const guint height,
               const guint width)
{
  gsize channels = g->channels, row = g->input_width * channels, step = g->stride_width * channels;

  for (guint column = 0; column < g->output_width; column++, x += step, y += channels)
    {
      __m256 largest = _mm256_loadu_ps (x), where = _mm256_castsi256_ps (_mm256_set1_epi32 (1));

#pragma GCC unroll 2
      for (guint i = 0; i < height; i++)
#pragma GCC unroll 2
        for (guint j = 0; j < width; j++)
          {
            __m256 v = _mm256_loadu_ps (x + i * row + j * channels);
            __m256 here = _mm256_castsi256_ps (_mm256_set1_epi32 ((gint32) (i * width + j + 1)));

            where = _mm256_blendv_ps (where, here, _mm256_cmp_ps (v, largest, _CMP_GT_OQ));
            largest = _mm256_max_ps (v, largest);
          }
      _mm256_storeu_ps (y, largest);
      if (place == NULL)
        continue;
      where = _mm256_and_ps (where, _mm256_cmp_ps (largest, _mm256_set1_ps (least), _CMP_GE_OQ));
      store_bytes (place, _mm256_castps_si256 (where));
      place += channels;
    }
}

/* Channels that do not fill the last vector are worked out together with some of those before them, again. */
static inline __attribute__ ((always_inline)) void
pool_row (float *y, guint8 *place, const float *x, const LathePoolGeometry *g, float least)
{
  for (gsize c = 0; c < g->channels; c += LANES)
    {
      gsize channel = MIN (c, g->channels - LANES);
      guint8 *to = place != NULL ? place + channel : NULL;

      if (g->pool_height == 2 && g->pool_width == 2)
        pool_channels (y + channel, to, x + channel, g, least, 2, 2);
      else
        pool_channels (y + channel, to, x + channel, g, least, g->pool_height, g->pool_width);
    }
}

static void
avx2_max_pool (LatheReal *y, const LatheReal *x, const LathePoolGeometry *g)
{
  if (g->channels >= LANES)
    pool_row (y, NULL, x, g, 0);
  else
    loop_max_pool (y, x, g);
}

static void
avx2_max_pool_places (LatheReal *y, guint8 *place, const LatheReal *x, const LathePoolGeometry *g, gboolean relu)
{
  if (g->channels >= LANES)
    pool_row (y, place, x, g, relu ? LATHE_LEAST : -INFINITY);
  else
    loop_max_pool_places (y, place, x, g, relu);
}

const LatheKernels lathe_kernels_avx2 = {.name = "avx2",
                                         .slab = 2 * LANES,
                                         .panel = avx2_panel,
                                         .bytes = LATHE_BYTE_VECTORS,
                                         .depthwise = vector_depthwise,
                                         .transpose = vector_transpose,
                                         .affine = avx2_affine,
                                         .max_pool = avx2_max_pool,
                                         .max_pool_places = avx2_max_pool_places,
                                         LATHE_LOOPS};
