/* lathe-kernels-vnni.c: the inner loops in 8 bits for CPUs with AVX-512 VNNI.
 *
 * One instruction (vpdpbusd) adds four products of bytes to each of 16 sums: four times what one makes of real numbers.
 * As in real numbers, the panel keeps a block of sums in 24 of the 32 registers, 6 rows × 64 columns of them or a
 * higher one of fewer columns, and each step takes a slab of weights for every 16 columns, and four bytes of A for
 * every row.
 *
 * Where the windows of a depthwise convolution slide, the pixels that are laid side by side serve each of the windows
 * that sees them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <immintrin.h>

#include "lathe-byte-rows.h"
#include "lathe-kernels.h"

#define MAX_VECTORS 4
#define MAX_ROWS 12

/* --- From sums to bytes --- */

typedef struct
{
  __m512 most;
  __m512i zero, least;
} Limits;

static inline __attribute__ ((always_inline)) Limits
limits_of (const LatheByteOutput *output)
{
  return (Limits){_mm512_set1_ps ((float) (output->most - output->zero)), _mm512_set1_epi16 ((gint16) output->zero),
                  _mm512_set1_epi8 ((char) output->least)};
}

/* What is too small becomes the least number of 32 bits. */
static inline __attribute__ ((always_inline)) __m512i
rounded (__m512i sum, __m512 factor, __m512 most)
{
  return _mm512_cvtps_epi32 (_mm512_min_ps (_mm512_mul_ps (_mm512_cvtepi32_ps (sum), factor), most));
}

/* Four vectors of sums as bytes: the quarters of the result have four of each. */
static inline __attribute__ ((always_inline)) __m512i
packed (const __m512i sum[4], const __m512 factor[4], const Limits *limits)
{
  __m512i low =
      _mm512_packs_epi32 (rounded (sum[0], factor[0], limits->most), rounded (sum[1], factor[1], limits->most));
  __m512i high =
      _mm512_packs_epi32 (rounded (sum[2], factor[2], limits->most), rounded (sum[3], factor[3], limits->most));
  __m512i bytes = _mm512_packus_epi16 (_mm512_adds_epi16 (low, limits->zero), _mm512_adds_epi16 (high, limits->zero));

  return _mm512_max_epu8 (bytes, limits->least);
}

static inline __attribute__ ((always_inline)) void
store_bytes (guint8 *y, __m512i bytes, gsize n)
{
  if (n >= 64)
    _mm512_storeu_si512 (y, bytes);
  else
    _mm512_mask_storeu_epi8 (y, ((__mmask64) 1 << n) - 1, bytes);
}

static inline __attribute__ ((always_inline)) void
store_real (float *y, __m512i sum, __m512 factor, gssize n)
{
  if (n > 0)
    _mm512_mask_storeu_ps (y, (__mmask16) (n >= 16 ? 0xffff : (1 << n) - 1),
                           _mm512_mul_ps (_mm512_cvtepi32_ps (sum), factor));
}

/* --- Panel --- */

/* `width` of the four vectors that are packed together are one row's: n columns of it. */
static inline __attribute__ ((always_inline)) void
store_packed (const LatheBytePanel *p, gsize at, __m512i bytes, const int rows, const int width, gsize n)
{
  const __m512i in_order = _mm512_setr_epi32 (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);

  bytes = _mm512_permutexvar_epi32 (in_order, bytes);
  if (width == 4)
    store_bytes (p->y + at, bytes, n);
  else if (width == 2)
    for (int i = 0; i < rows; i++, at += p->y_row)
      {
        __m256i row = i == 0 ? _mm512_castsi512_si256 (bytes) : _mm512_extracti64x4_epi64 (bytes, 1);

        if (n >= 32)
          _mm256_storeu_si256 ((__m256i *) (p->y + at), row);
        else
          _mm256_mask_storeu_epi8 (p->y + at, ((__mmask32) 1 << n) - 1, row);
      }
  else
#pragma GCC unroll 4
    for (int i = 0; i < rows; i++, at += p->y_row)
      {
        __m128i row = i == 0   ? _mm512_castsi512_si128 (bytes)
                      : i == 1 ? _mm512_extracti32x4_epi32 (bytes, 1)
                      : i == 2 ? _mm512_extracti32x4_epi32 (bytes, 2)
                               : _mm512_extracti32x4_epi32 (bytes, 3);

        if (n >= 16)
          _mm_storeu_si128 ((__m128i *) (p->y + at), row);
        else
          _mm_mask_storeu_epi8 (p->y + at, (__mmask16) ((1 << n) - 1), row);
      }
}

/* A function of its own, so that the sums are in memory for it alone. */
static __attribute__ ((noinline)) void
store_real_block (const LatheBytePanel *p, gsize at, gsize first, int rows, int vectors,
                  __m512i sum[MAX_ROWS][MAX_VECTORS])
{
  for (int i = 0; i < rows; i++, at += p->y_row)
    for (int j = 0; j < vectors; j++)
      store_real (p->real + at + 16 * j, sum[i][j], _mm512_loadu_ps (p->output.factor + first + 16 * j),
                  (gssize) (p->columns - first) - 16 * j);
}

/* As many rows as fill four vectors are packed together. Of three vectors' columns the fourth quarter is written, too,
 * where there are more columns, which are made after these. */
static inline __attribute__ ((always_inline)) void
store_block (const LatheBytePanel *p, gsize at, gsize first, const int rows, const int vectors,
             __m512i sum[MAX_ROWS][MAX_VECTORS])
{
  const int width = vectors > 2 ? 4 : vectors, together = 4 / width;
  Limits limits = limits_of (&p->output);
  __m512 factor[MAX_VECTORS];

#pragma GCC unroll 4
  for (int j = 0; j < vectors; j++)
    factor[j] = _mm512_loadu_ps (p->output.factor + first + 16 * j);
#pragma GCC unroll 12
  for (int i = 0; i < rows; i += together)
    {
      __m512i sums[4];
      __m512 factors[4];

#pragma GCC unroll 4
      for (int k = 0; k < 4; k++)
        {
          int j = MIN (k % width, vectors - 1);

          sums[k] = sum[MIN (i + k / width, rows - 1)][j];
          factors[k] = factor[j];
        }
      store_packed (p, at + i * p->y_row, packed (sums, factors, &limits), MIN (together, rows - i), width,
                    p->columns - first);
    }
}

static inline __attribute__ ((always_inline)) void
block (const LatheBytePanel *p, guint line, guint row, gsize slab, const int rows, const int vectors)
{
  gsize groups = lathe_byte_groups (p->depth), a_row = p->a_row, first = slab * LATHE_BYTE_SLAB;
  gsize size = p->segments * groups * LATHE_BYTE_GROUP * LATHE_BYTE_SLAB;
  const gint8 *b = p->b + slab * size;
  __m512i sum[MAX_ROWS][MAX_VECTORS], sums[MAX_ROWS][MAX_VECTORS];
  gsize at;

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; j++)
      sum[i][j] = _mm512_loadu_si512 (p->output.bias + first + 16 * j);
  for (guint segment = 0; segment < p->segments; segment++)
    {
      const guint8 *a = p->a + line * p->a_line + row * a_row + p->a_at[segment];

      for (gsize group = 0; group < groups; group++, a += LATHE_BYTE_GROUP, b += LATHE_BYTE_GROUP * LATHE_BYTE_SLAB)
        {
          __m512i bk[MAX_VECTORS];

#pragma GCC unroll 4
          for (int j = 0; j < vectors; j++)
            bk[j] = _mm512_loadu_si512 (b + j * size);
#pragma GCC unroll 12
          for (int i = 0; i < rows; i++)
            {
              __m512i ai = _mm512_set1_epi32 (byte_four (a + i * a_row));

#pragma GCC unroll 4
              for (int j = 0; j < vectors; j++)
                sum[i][j] = _mm512_dpbusd_epi32 (sum[i][j], ai, bk[j]);
            }
        }
    }
  at = ((gsize) line * p->rows + row) * p->y_row + first;
  if (p->y != NULL)
    {
      store_block (p, at, first, rows, vectors, sum);
      return;
    }
#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; j++)
      sums[i][j] = sum[i][j];
  store_real_block (p, at, first, rows, vectors, sums);
}

typedef void (*Block) (const LatheBytePanel *p, guint line, guint row, gsize slab);

#define BLOCK(vectors, rows)                                                                                           \
  static void block_##vectors##_##rows (const LatheBytePanel *p, guint line, guint row, gsize slab)                    \
  {                                                                                                                    \
    block (p, line, row, slab, rows, vectors);                                                                         \
  }
#define BLOCKS_6(vectors)                                                                                              \
  BLOCK (vectors, 1)                                                                                                   \
  BLOCK (vectors, 2) BLOCK (vectors, 3) BLOCK (vectors, 4) BLOCK (vectors, 5) BLOCK (vectors, 6)
#define BLOCKS_8(vectors) BLOCKS_6 (vectors) BLOCK (vectors, 7) BLOCK (vectors, 8)
#define BLOCKS_12(vectors)                                                                                             \
  BLOCKS_8 (vectors) BLOCK (vectors, 9) BLOCK (vectors, 10) BLOCK (vectors, 11) BLOCK (vectors, 12)

BLOCKS_12 (1)
BLOCKS_12 (2)
BLOCKS_8 (3)
BLOCKS_6 (4)

static const struct
{
  guint rows; /* the most */
  Block of[MAX_ROWS + 1];
} blocks[MAX_VECTORS + 1] = {
    {0},
    {12,
     {NULL, block_1_1, block_1_2, block_1_3, block_1_4, block_1_5, block_1_6, block_1_7, block_1_8, block_1_9,
      block_1_10, block_1_11, block_1_12}},
    {12,
     {NULL, block_2_1, block_2_2, block_2_3, block_2_4, block_2_5, block_2_6, block_2_7, block_2_8, block_2_9,
      block_2_10, block_2_11, block_2_12}},
    {8, {NULL, block_3_1, block_3_2, block_3_3, block_3_4, block_3_5, block_3_6, block_3_7, block_3_8}},
    {6, {NULL, block_4_1, block_4_2, block_4_3, block_4_4, block_4_5, block_4_6}},
};

static void
panel_line (const LatheBytePanel *p, guint line, gsize slab, gsize vectors)
{
  guint n;

  for (guint row = 0; row < p->rows; row += n)
    {
      n = byte_block_height (p->rows - row, blocks[vectors].rows);
      blocks[vectors].of[n](p, line, row, slab);
    }
}

static void
vnni_panel (const LatheBytePanel *p)
{
  gsize slabs = lathe_byte_slabs (p->columns), vectors;

  for (gsize slab = 0; slab < slabs; slab += vectors)
    {
      gsize left = slabs - slab;

      vectors = left == 5 || left == 6 ? 3 : MIN (left, MAX_VECTORS);
      for (guint line = 0; line < p->lines; line++)
        panel_line (p, line, slab, vectors);
    }
}

/* --- Winograd's algorithm --- */

#define MOST_TILES 6 /* of a block, which has up to four vectors of columns */

static inline __attribute__ ((always_inline)) void
products_block (const LatheByteProducts *p, gsize row, gsize first, const int rows, const int vectors)
{
  const gint16 *v = p->v + row * p->v_row, *u = p->u + first * p->depth;
  gsize slab = p->depth * LATHE_BYTE_SLAB;
  __m512i sum[MOST_TILES][MAX_VECTORS];

#pragma GCC unroll 6
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; j++)
      sum[i][j] = _mm512_setzero_si512 ();
  for (guint k = 0; k < p->depth; k += 2, v += 2, u += 2 * LATHE_BYTE_SLAB)
    {
      __m512i uk[MAX_VECTORS];

#pragma GCC unroll 4
      for (int j = 0; j < vectors; j++)
        uk[j] = _mm512_loadu_si512 (u + j * slab);
#pragma GCC unroll 6
      for (int i = 0; i < rows; i++)
        {
          __m512i pair = _mm512_set1_epi32 (byte_four ((const guint8 *) (v + i * p->v_row)));

#pragma GCC unroll 4
          for (int j = 0; j < vectors; j++)
            sum[i][j] = _mm512_dpwssd_epi32 (sum[i][j], pair, uk[j]);
        }
    }
#pragma GCC unroll 6
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; j++)
      _mm512_storeu_si512 (p->m + (row + i) * p->m_row + first + 16 * j, sum[i][j]);
}

#define PRODUCTS(vectors, rows)                                                                                        \
  case rows:                                                                                                           \
    products_block (p, row, first, rows, vectors);                                                                     \
    break
#define PRODUCTS_OF(vectors)                                                                                           \
  static void products_##vectors (const LatheByteProducts *p, gsize first)                                             \
  {                                                                                                                    \
    for (guint row = 0, n; row < p->rows; row += n)                                                                    \
      {                                                                                                                \
        n = byte_block_height (p->rows - row, MOST_TILES);                                                             \
        switch (n)                                                                                                     \
          {                                                                                                            \
            PRODUCTS (vectors, 1);                                                                                     \
            PRODUCTS (vectors, 2);                                                                                     \
            PRODUCTS (vectors, 3);                                                                                     \
            PRODUCTS (vectors, 4);                                                                                     \
            PRODUCTS (vectors, 5);                                                                                     \
            PRODUCTS (vectors, 6);                                                                                     \
          default:                                                                                                     \
            g_assert_not_reached ();                                                                                   \
          }                                                                                                            \
      }                                                                                                                \
  }

PRODUCTS_OF (1)
PRODUCTS_OF (2)
PRODUCTS_OF (4)

static void
vnni_products (const LatheByteProducts *p)
{
  gsize first = 0;

  for (; first + 4 * LATHE_BYTE_SLAB <= p->columns; first += 4 * LATHE_BYTE_SLAB)
    products_4 (p, first);
  for (; first + 2 * LATHE_BYTE_SLAB <= p->columns; first += 2 * LATHE_BYTE_SLAB)
    products_2 (p, first);
  if (first < p->columns)
    products_1 (p, first);
}

/* --- Depthwise --- */

/* Four taps side by side: vectors by place. */
static inline __attribute__ ((always_inline)) void
side_by_side (const guint8 *x, const gsize tap[4], __m512i v[4])
{
  __m512i a = _mm512_loadu_si512 (x + tap[0]), b = _mm512_loadu_si512 (x + tap[1]);
  __m512i c = _mm512_loadu_si512 (x + tap[2]), d = _mm512_loadu_si512 (x + tap[3]);
  __m512i low = _mm512_unpacklo_epi8 (a, b), high = _mm512_unpackhi_epi8 (a, b);
  __m512i other_low = _mm512_unpacklo_epi8 (c, d), other_high = _mm512_unpackhi_epi8 (c, d);

  v[0] = _mm512_unpacklo_epi16 (low, other_low);
  v[1] = _mm512_unpackhi_epi16 (low, other_low);
  v[2] = _mm512_unpacklo_epi16 (high, other_high);
  v[3] = _mm512_unpackhi_epi16 (high, other_high);
}

static inline __attribute__ ((always_inline)) void
load_weights (__m512i weights[4], const gint8 *w)
{
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++)
    weights[q] = _mm512_loadu_si512 (w + 64 * q);
}

static inline __attribute__ ((always_inline)) void
add_products (__m512i sum[4], const __m512i v[4], const __m512i weights[4])
{
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++)
    sum[q] = _mm512_dpbusd_epi32 (sum[q], v[q], weights[q]);
}

static inline __attribute__ ((always_inline)) void
load_bias (__m512i sum[4], const LatheByteOutput *output, gsize first)
{
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++)
    sum[q] = _mm512_loadu_si512 (output->bias + first + 16 * q);
}

/* The channels from the first on. */
static inline __attribute__ ((always_inline)) void
store_pixel (const LatheByteDepthwise *d, gsize pixel, gsize first, const __m512i sum[4], const Limits *limits)
{
  gsize n = MIN (LATHE_BYTE_CHANNELS, d->channels - first), at = pixel * d->y_step + first;
  __m512 factor[4];

#pragma GCC unroll 4
  for (int q = 0; q < 4; q++)
    factor[q] = _mm512_loadu_ps (d->output.factor + first + 16 * q);
  if (d->y != NULL)
    store_bytes (d->y + at, packed (sum, factor, limits), n);
  else
    {
      float real[LATHE_BYTE_CHANNELS];

      for (int q = 0; q < 4; q++)
        store_real (real + 16 * q, sum[q], factor[q], 16);
      for (gsize channel = 0; channel < n; channel++)
        d->real[at + channel] = real[lathe_byte_place (channel)];
    }
}

/* Each window for itself. */
static inline __attribute__ ((always_inline)) void
each_pixel (const LatheByteDepthwise *d, gsize first, const guint groups)
{
  const gsize n_weights = LATHE_BYTE_GROUP * LATHE_BYTE_CHANNELS;
  const gint8 *w = d->w + first * groups * LATHE_BYTE_GROUP;
  Limits limits = limits_of (&d->output);

  for (gsize pixel = 0; pixel < d->width; pixel++)
    {
      __m512i sum[4], v[4], weights[4];

      load_bias (sum, &d->output, first);
#pragma GCC unroll 7
      for (gsize group = 0; group < groups; group++)
        {
          side_by_side (d->x + pixel * d->step + first, d->tap + group * LATHE_BYTE_GROUP, v);
          load_weights (weights, w + group * n_weights);
          add_products (sum, v, weights);
        }
      store_pixel (d, pixel, first, sum, &limits);
    }
}

/* Windows of three columns that slide: each column of bytes serves the three of them that see it. sum[j] belongs to the
 * one whose column j it is. */
static void
each_column (const LatheByteDepthwise *d, gsize first)
{
  const gsize n_weights = LATHE_BYTE_GROUP * LATHE_BYTE_CHANNELS;
  const gint8 *w = d->w + first * 3 * LATHE_BYTE_GROUP;
  Limits limits = limits_of (&d->output);
  __m512i sum[3][4], v[4], weights[3][4];

#pragma GCC unroll 3
  for (int j = 0; j < 3; j++)
    {
      load_weights (weights[j], w + j * n_weights);
      load_bias (sum[j], &d->output, first);
    }
  for (gsize column = 0; column < d->width + 2; column++)
    {
      side_by_side (d->x + column * d->step + first, d->tap, v);
#pragma GCC unroll 3
      for (int j = 0; j < 3; j++)
        add_products (sum[j], v, weights[j]);
      if (column >= 2)
        store_pixel (d, column - 2, first, sum[2], &limits);
#pragma GCC unroll 4
      for (int q = 0; q < 4; q++)
        {
          sum[2][q] = sum[1][q];
          sum[1][q] = sum[0][q];
        }
      load_bias (sum[0], &d->output, first);
    }
}

static void
vnni_depthwise (const LatheByteDepthwise *d)
{
  for (gsize first = 0; first < d->channels; first += LATHE_BYTE_CHANNELS)
    if (d->slides && d->groups == 3)
      each_column (d, first);
    else if (d->groups == 3)
      each_pixel (d, first, 3);
    else if (d->groups == 7)
      each_pixel (d, first, 7);
    else
      each_pixel (d, first, d->groups);
}

const LatheByteKernels lathe_byte_kernels_vnni = {.panel = vnni_panel,
                                                  .depthwise = vnni_depthwise,
                                                  .products = vnni_products,
                                                  .winograd_channels = 32,
                                                  LATHE_BYTE_ROWS};
