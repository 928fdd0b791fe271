/* lathe-byte-vectors.h: the inner loops in 8 bits for CPUs with AVX2, included by the files of AVX2 and AVX-512,
 * behind <immintrin.h>.
 *
 * An instruction (vpmaddwd) multiplies pairs of 16 bits and adds the two products. Of each group of four bytes it takes
 * the first and the third, and then the others: to mask or to shift is all that it costs to have them in 16 bits, and
 * the sums come out in order.
 *
 * Where a panel has rows enough, numbers are brought to 16 bits once: a slab of weights for all its rows, and bytes of
 * A for each block of 6 rows × 16 columns, whose sums fill 12 of the 16 registers. Then nothing is left to do but to
 * multiply and to add. Where weights are too many for that, or rows too few, a block has 4 rows, and shifts as it goes.
 *
 * Where there is an instruction for bytes (vpmaddubsw), its sums of two products have 16 bits, and do not fit: see
 * docs/quantisation.md.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-byte-rows.h"

#define BYTE_ROWS 4        /* of a block that shifts as it goes, … */
#define BYTE_WIDE_ROWS 6   /* … and of one whose numbers have 16 bits already */
#define BYTE_WIDE_LEAST 12 /* rows of a panel for which that pays */
#define BYTE_WIDE_WEIGHTS                                                                                              \
  (LATHE_BYTE_SLAB * 1280)   /* of a slab, at most: with its A not much more than the first cache */
#define BYTE_WIDE_BYTES 8192 /* of A that a block sees, at most */
#define BYTE_TAP_GROUPS 7    /* of a window of 5 × 5 */

/* The first and the third of each four bytes, and the others, as 16 bits. */
typedef struct
{
  __m256i even, odd;
} BytePairs;

static inline __attribute__ ((always_inline)) BytePairs
byte_unsigned_pairs (__m256i bytes)
{
  return (BytePairs){_mm256_and_si256 (bytes, _mm256_set1_epi16 (0xff)), _mm256_srli_epi16 (bytes, 8)};
}

static inline __attribute__ ((always_inline)) BytePairs
byte_signed_pairs (const gint8 *w)
{
  __m256i bytes = _mm256_loadu_si256 ((const __m256i *) w);

  return (BytePairs){_mm256_srai_epi16 (_mm256_slli_epi16 (bytes, 8), 8), _mm256_srai_epi16 (bytes, 8)};
}

static inline __attribute__ ((always_inline)) __m256i
byte_add_products (__m256i sum, BytePairs a, BytePairs b)
{
  sum = _mm256_add_epi32 (sum, _mm256_madd_epi16 (a.even, b.even));
  return _mm256_add_epi32 (sum, _mm256_madd_epi16 (a.odd, b.odd));
}

/* --- Panel --- */

static inline __attribute__ ((always_inline)) void
byte_store_row (guint8 *y, __m128i bytes, gsize n)
{
  guint8 some[LATHE_BYTE_SLAB];

  if (n >= LATHE_BYTE_SLAB)
    {
      _mm_storeu_si128 ((__m128i *) y, bytes);
      return;
    }
  _mm_storeu_si128 ((__m128i *) some, bytes);
  memcpy (y, some, n);
}

static inline __attribute__ ((always_inline)) void
byte_store_rows (const LatheBytePanel *p, gsize at, gsize first, const int rows, __m256i sum[][2])
{
  gsize n = p->columns - first, y_row = p->y_row;
  ByteLimits limits = byte_limits_of (&p->output);
  guint8 *y = p->y + at;

#pragma GCC unroll 3
  for (int i = 0; i < rows; i += 2)
    {
      __m256i part[4], bytes;

#pragma GCC unroll 4
      for (int k = 0; k < 4; k++)
        part[k] = byte_rounded (
            byte_scaled (&p->output, first + k % 2 * BYTE_LANES, sum[MIN (i + k / 2, rows - 1)][k % 2]), &limits);
      bytes = byte_in_order (byte_packed (part[0], part[1], part[2], part[3]));
      byte_store_row (y + i * y_row, _mm256_castsi256_si128 (bytes), n);
      if (i + 1 < rows)
        byte_store_row (y + (i + 1) * y_row, _mm256_extracti128_si256 (bytes, 1), n);
    }
}

/* A function of its own, so that the sums are in memory for it alone. */
static __attribute__ ((noinline)) void
byte_store_real_rows (const LatheBytePanel *p, gsize at, gsize first, int rows, __m256i sum[][2])
{
  float some[LATHE_BYTE_SLAB];

  for (int i = 0; i < rows; i++, at += p->y_row)
    {
      for (int j = 0; j < 2; j++)
        _mm256_storeu_ps (some + j * BYTE_LANES, byte_scaled (&p->output, first + j * BYTE_LANES, sum[i][j]));
      memcpy (p->real + at, some, MIN (p->columns - first, LATHE_BYTE_SLAB) * sizeof *some);
    }
}

static inline __attribute__ ((always_inline)) void
byte_begin_block (const LatheBytePanel *p, gsize first, const int rows, __m256i sum[][2])
{
#pragma GCC unroll 6
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < 2; j++)
      sum[i][j] = byte_bias (&p->output, first + j * BYTE_LANES);
}

static inline __attribute__ ((always_inline)) void
byte_store_block (const LatheBytePanel *p, guint line, guint row, gsize first, const int rows, __m256i sum[][2])
{
  gsize at = ((gsize) line * p->rows + row) * p->y_row + first;
  __m256i sums[BYTE_WIDE_ROWS][2];

  if (p->y != NULL)
    {
      byte_store_rows (p, at, first, rows, sum);
      return;
    }
#pragma GCC unroll 6
  for (int i = 0; i < rows; i++)
    {
      sums[i][0] = sum[i][0];
      sums[i][1] = sum[i][1];
    }
  byte_store_real_rows (p, at, first, rows, sums);
}

static inline __attribute__ ((always_inline)) void
byte_block (const LatheBytePanel *p, guint line, guint row, gsize slab, const int rows)
{
  gsize groups = lathe_byte_groups (p->depth), a_row = p->a_row, first = slab * LATHE_BYTE_SLAB;
  const gint8 *b = p->b + first * p->segments * groups * LATHE_BYTE_GROUP;
  __m256i sum[BYTE_ROWS][2];

  byte_begin_block (p, first, rows, sum);
  for (guint segment = 0; segment < p->segments; segment++)
    {
      const guint8 *a = p->a + line * p->a_line + row * a_row + p->a_at[segment];

      for (gsize group = 0; group < groups; group++, a += LATHE_BYTE_GROUP, b += LATHE_BYTE_GROUP * LATHE_BYTE_SLAB)
        {
          BytePairs low = byte_signed_pairs (b), high = byte_signed_pairs (b + LATHE_BYTE_GROUP * BYTE_LANES);

#pragma GCC unroll 4
          for (int i = 0; i < rows; i++)
            {
              BytePairs ai = byte_unsigned_pairs (_mm256_set1_epi32 (byte_four (a + i * a_row)));

              sum[i][0] = byte_add_products (sum[i][0], ai, low);
              sum[i][1] = byte_add_products (sum[i][1], ai, high);
            }
        }
    }
  byte_store_block (p, line, row, first, rows, sum);
}

static void
byte_line (const LatheBytePanel *p, guint line, gsize slab)
{
  guint row = 0;

  for (; row + BYTE_ROWS <= p->rows; row += BYTE_ROWS)
    byte_block (p, line, row, slab, BYTE_ROWS);
  switch (p->rows - row)
    {
    case 3:
      byte_block (p, line, row, slab, 3);
      break;
    case 2:
      byte_block (p, line, row, slab, 2);
      break;
    case 1:
      byte_block (p, line, row, slab, 1);
      break;
    default:
      break;
    }
}

/* --- Panel, in 16 bits --- */

/* A slab of weights, and what a block sees of A. Of each group of four there are the first and the third, and then the
 * others: of the weights for each of 16 columns, as byte_signed_pairs() makes them. */
typedef struct
{
  gint16 w[BYTE_WIDE_WEIGHTS];
  guint16 a[BYTE_WIDE_BYTES];
} ByteWide;

/* How a block's bytes of A lie in 16 bits: rows that overlap, or lie one behind the other, as they do in memory. */
typedef struct
{
  gsize groups, row; /* of one segment; from one row to the next */
  gboolean together;
} ByteWideShape;

static ByteWideShape
byte_wide_shape (const LatheBytePanel *p)
{
  gsize groups = lathe_byte_groups (p->depth), depth = groups * LATHE_BYTE_GROUP;
  gboolean together = p->a_row % LATHE_BYTE_GROUP == 0 && p->a_row <= depth;

  return (ByteWideShape){groups, together ? p->a_row : (depth + 15) / 16 * 16, together};
}

/* From one segment to the next: whole vectors of 16 are written. */
static inline gsize
byte_wide_segment (const ByteWideShape *shape, guint rows)
{
  return ((rows - 1) * shape->row + shape->groups * LATHE_BYTE_GROUP + 15) / 16 * 16;
}

static void
byte_widen_weights (gint16 *to, const gint8 *w, gsize n)
{
  for (gsize i = 0; i < n; i += LATHE_BYTE_GROUP * LATHE_BYTE_SLAB)
    {
      BytePairs low = byte_signed_pairs (w + i), high = byte_signed_pairs (w + i + LATHE_BYTE_GROUP * BYTE_LANES);

      _mm256_store_si256 ((__m256i *) (to + i), low.even);
      _mm256_store_si256 ((__m256i *) (to + i + 16), high.even);
      _mm256_store_si256 ((__m256i *) (to + i + 32), low.odd);
      _mm256_store_si256 ((__m256i *) (to + i + 48), high.odd);
    }
}

static inline void
byte_widen_run (guint16 *to, const guint8 *a, gsize n)
{
  const __m256i order =
      _mm256_setr_epi8 (0, -1, 2, -1, 1, -1, 3, -1, 4, -1, 6, -1, 5, -1, 7, -1, /* the other half has the others */
                        8, -1, 10, -1, 9, -1, 11, -1, 12, -1, 14, -1, 13, -1, 15, -1);

  for (gsize i = 0; i < n; i += 16)
    _mm256_store_si256 (
        (__m256i *) (to + i),
        _mm256_shuffle_epi8 (_mm256_broadcastsi128_si256 (_mm_loadu_si128 ((const __m128i *) (a + i))), order));
}

static void
byte_widen_rows (const LatheBytePanel *p, const ByteWideShape *shape, guint16 *to, const guint8 *a, guint rows)
{
  gsize segment = byte_wide_segment (shape, rows);

  for (guint i = 0; i < p->segments; i++, to += segment)
    if (shape->together)
      byte_widen_run (to, a + p->a_at[i], segment);
    else
      for (guint row = 0; row < rows; row++)
        byte_widen_run (to + row * shape->row, a + row * p->a_row + p->a_at[i], shape->row);
}

static inline __attribute__ ((always_inline)) void
byte_wide_block (const LatheBytePanel *p, const ByteWideShape *shape, ByteWide *wide, guint line, guint row, gsize slab,
                 const int rows)
{
  gsize first = slab * LATHE_BYTE_SLAB, a_row = shape->row, segment = byte_wide_segment (shape, (guint) rows);
  const gint16 *w = wide->w;
  __m256i sum[BYTE_WIDE_ROWS][2];

  byte_widen_rows (p, shape, wide->a, p->a + line * p->a_line + row * p->a_row, (guint) rows);
  byte_begin_block (p, first, rows, sum);
  for (guint i = 0; i < p->segments; i++)
    {
      const guint16 *a = wide->a + i * segment, *end = a + shape->groups * LATHE_BYTE_GROUP;

      for (; a < end; a += 2, w += 2 * LATHE_BYTE_SLAB)
        {
          __m256i low = _mm256_load_si256 ((const __m256i *) w), high = _mm256_load_si256 ((const __m256i *) (w + 16));

#pragma GCC unroll 6
          for (int j = 0; j < rows; j++)
            {
              __m256i pair = _mm256_set1_epi32 (byte_four ((const guint8 *) (a + j * a_row)));

              sum[j][0] = _mm256_add_epi32 (sum[j][0], _mm256_madd_epi16 (pair, low));
              sum[j][1] = _mm256_add_epi32 (sum[j][1], _mm256_madd_epi16 (pair, high));
            }
        }
    }
  byte_store_block (p, line, row, first, rows, sum);
}

#define BYTE_WIDE_BLOCK(rows)                                                                                          \
  case rows:                                                                                                           \
    byte_wide_block (p, shape, wide, line, row, slab, rows);                                                           \
    break

static void
byte_wide_line (const LatheBytePanel *p, const ByteWideShape *shape, ByteWide *wide, guint line, gsize slab)
{
  for (guint row = 0, n; row < p->rows; row += n)
    {
      n = byte_block_height (p->rows - row, BYTE_WIDE_ROWS);
      switch (n)
        {
          BYTE_WIDE_BLOCK (1);
          BYTE_WIDE_BLOCK (2);
          BYTE_WIDE_BLOCK (3);
          BYTE_WIDE_BLOCK (4);
          BYTE_WIDE_BLOCK (5);
          BYTE_WIDE_BLOCK (6);
        default:
          g_assert_not_reached ();
        }
    }
}

/* A function of its own, so that there is room on the stack for it alone. */
static __attribute__ ((noinline)) void
byte_wide_panel (const LatheBytePanel *p, const ByteWideShape *shape)
{
  gsize n_weights = p->segments * shape->groups * LATHE_BYTE_GROUP * LATHE_BYTE_SLAB;
  __attribute__ ((aligned (32))) ByteWide wide;

  for (gsize slab = 0; slab < lathe_byte_slabs (p->columns); slab++)
    {
      byte_widen_weights (wide.w, p->b + slab * n_weights, n_weights);
      for (guint line = 0; line < p->lines; line++)
        byte_wide_line (p, shape, &wide, line, slab);
    }
}

static gboolean
byte_pays_wide (const LatheBytePanel *p, const ByteWideShape *shape)
{
  guint rows = MIN (p->rows, BYTE_WIDE_ROWS);

  return (gsize) p->lines * p->rows >= BYTE_WIDE_LEAST && rows >= BYTE_ROWS &&
         p->segments * shape->groups * LATHE_BYTE_GROUP * LATHE_BYTE_SLAB <= BYTE_WIDE_WEIGHTS &&
         p->segments * byte_wide_segment (shape, rows) <= BYTE_WIDE_BYTES;
}

static void
vector_byte_panel (const LatheBytePanel *p)
{
  ByteWideShape shape = byte_wide_shape (p);

  if (byte_pays_wide (p, &shape))
    {
      byte_wide_panel (p, &shape);
      return;
    }
  for (gsize slab = 0; slab < lathe_byte_slabs (p->columns); slab++)
    for (guint line = 0; line < p->lines; line++)
      byte_line (p, line, slab);
}

/* --- Winograd's algorithm --- */

static inline __attribute__ ((always_inline)) void
byte_products_block (const LatheByteProducts *p, gsize row, gsize first, const int rows)
{
  const gint16 *v = p->v + row * p->v_row, *u = p->u + first * p->depth;
  gint32 *m = p->m + row * p->m_row + first;
  __m256i sum[BYTE_WIDE_ROWS][2];

#pragma GCC unroll 6
  for (int i = 0; i < rows; i++)
    sum[i][0] = sum[i][1] = _mm256_setzero_si256 ();
  for (guint k = 0; k < p->depth; k += 2, v += 2, u += 2 * LATHE_BYTE_SLAB)
    {
      __m256i low = _mm256_loadu_si256 ((const __m256i *) u), high = _mm256_loadu_si256 ((const __m256i *) (u + 16));

#pragma GCC unroll 6
      for (int i = 0; i < rows; i++)
        {
          __m256i pair = _mm256_set1_epi32 (byte_four ((const guint8 *) (v + i * p->v_row)));

          sum[i][0] = _mm256_add_epi32 (sum[i][0], _mm256_madd_epi16 (pair, low));
          sum[i][1] = _mm256_add_epi32 (sum[i][1], _mm256_madd_epi16 (pair, high));
        }
    }
#pragma GCC unroll 6
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < 2; j++)
      _mm256_storeu_si256 ((__m256i *) (m + i * p->m_row + j * BYTE_LANES), sum[i][j]);
}

#define BYTE_PRODUCTS_BLOCK(rows)                                                                                      \
  case rows:                                                                                                           \
    byte_products_block (p, row, first, rows);                                                                         \
    break

static void
vector_byte_products (const LatheByteProducts *p)
{
  for (gsize first = 0; first < p->columns; first += LATHE_BYTE_SLAB)
    for (guint row = 0, n; row < p->rows; row += n)
      {
        n = byte_block_height (p->rows - row, BYTE_WIDE_ROWS);
        switch (n)
          {
            BYTE_PRODUCTS_BLOCK (1);
            BYTE_PRODUCTS_BLOCK (2);
            BYTE_PRODUCTS_BLOCK (3);
            BYTE_PRODUCTS_BLOCK (4);
            BYTE_PRODUCTS_BLOCK (5);
            BYTE_PRODUCTS_BLOCK (6);
          default:
            g_assert_not_reached ();
          }
      }
}

/* --- Depthwise --- */

/* Four taps side by side, of 32 channels: vectors by place. */
static inline __attribute__ ((always_inline)) void
byte_side_by_side (const guint8 *x, const gsize tap[4], BytePairs v[4])
{
  __m256i a = _mm256_loadu_si256 ((const __m256i *) (x + tap[0]));
  __m256i b = _mm256_loadu_si256 ((const __m256i *) (x + tap[1]));
  __m256i c = _mm256_loadu_si256 ((const __m256i *) (x + tap[2]));
  __m256i d = _mm256_loadu_si256 ((const __m256i *) (x + tap[3]));
  __m256i low = _mm256_unpacklo_epi8 (a, b), high = _mm256_unpackhi_epi8 (a, b);
  __m256i other_low = _mm256_unpacklo_epi8 (c, d), other_high = _mm256_unpackhi_epi8 (c, d);

  v[0] = byte_unsigned_pairs (_mm256_unpacklo_epi16 (low, other_low));
  v[1] = byte_unsigned_pairs (_mm256_unpackhi_epi16 (low, other_low));
  v[2] = byte_unsigned_pairs (_mm256_unpacklo_epi16 (high, other_high));
  v[3] = byte_unsigned_pairs (_mm256_unpackhi_epi16 (high, other_high));
}

/* The first place of the 32 channels from the first on. */
static inline gsize
byte_half_place (gsize first)
{
  return first - first % LATHE_BYTE_CHANNELS + first % LATHE_BYTE_CHANNELS / 4;
}

/* The 32 channels from the first on. */
static inline __attribute__ ((always_inline)) void
byte_store_pixel (const LatheByteDepthwise *d, gsize pixel, gsize first, const __m256i sum[4], const ByteLimits *limits)
{
  gsize place = byte_half_place (first), n = MIN (BYTE_HALF, d->channels - first), at = pixel * d->y_step + first;
  __m256 value[4];
  __m256i bytes;
  guint8 some[BYTE_HALF];
  float real[4][BYTE_LANES];

#pragma GCC unroll 4
  for (int q = 0; q < 4; q++)
    value[q] = byte_scaled (&d->output, place + LATHE_BYTE_SLAB * q, sum[q]);
  if (d->y == NULL)
    {
      for (int q = 0; q < 4; q++)
        _mm256_storeu_ps (real[q], value[q]);
      for (gsize channel = 0; channel < n; channel++)
        d->real[at + channel] = real[channel / 4 % 4][channel / 16 * 4 + channel % 4];
      return;
    }
  bytes = byte_packed (byte_rounded (value[0], limits), byte_rounded (value[1], limits),
                       byte_rounded (value[2], limits), byte_rounded (value[3], limits));
  if (n == BYTE_HALF)
    {
      _mm256_storeu_si256 ((__m256i *) (d->y + at), bytes);
      return;
    }
  _mm256_storeu_si256 ((__m256i *) some, bytes);
  memcpy (d->y + at, some, n);
}

static inline __attribute__ ((always_inline)) void
byte_add_taps (__m256i sum[4], const BytePairs v[4], const BytePairs w[4])
{
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++)
    sum[q] = byte_add_products (sum[q], v[q], w[q]);
}

static inline __attribute__ ((always_inline)) void
byte_load_bias (__m256i sum[4], const LatheByteOutput *o, gsize place)
{
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++)
    sum[q] = byte_bias (o, place + q * LATHE_BYTE_SLAB);
}

static inline const gint8 *
byte_half_weights (const LatheByteDepthwise *d, gsize first)
{
  gsize among = first % LATHE_BYTE_CHANNELS;

  return d->w + ((first - among) * d->groups + among / 4) * LATHE_BYTE_GROUP;
}

/* Of four taps and 32 channels. */
static inline __attribute__ ((always_inline)) void
byte_load_weights (BytePairs weights[4], const gint8 *w)
{
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++)
    weights[q] = byte_signed_pairs (w + q * LATHE_BYTE_GROUP * LATHE_BYTE_SLAB);
}

/* Each window for itself. `wide`: its weights in 16 bits, where there was room for them. */
static inline __attribute__ ((always_inline)) void
byte_each_pixel (const LatheByteDepthwise *d, gsize first, const BytePairs wide[BYTE_TAP_GROUPS][4], const guint groups)
{
  const gsize n_weights = LATHE_BYTE_GROUP * LATHE_BYTE_CHANNELS;
  const gint8 *w = byte_half_weights (d, first);
  ByteLimits limits = byte_limits_of (&d->output);

  for (gsize pixel = 0; pixel < d->width; pixel++)
    {
      __m256i sum[4];
      BytePairs v[4], weights[4];

      byte_load_bias (sum, &d->output, byte_half_place (first));
#pragma GCC unroll 7
      for (gsize group = 0; group < groups; group++)
        {
          byte_side_by_side (d->x + pixel * d->step + first, d->tap + group * LATHE_BYTE_GROUP, v);
          if (wide == NULL)
            byte_load_weights (weights, w + group * n_weights);
          byte_add_taps (sum, v, wide != NULL ? wide[group] : weights);
        }
      byte_store_pixel (d, pixel, first, sum, &limits);
    }
}

/* Windows of three columns that slide: each column of bytes serves the three of them that see it. sum[j] belongs to the
 * one whose column j it is. */
static inline __attribute__ ((always_inline)) void
byte_each_column (const LatheByteDepthwise *d, gsize first, const BytePairs weights[BYTE_TAP_GROUPS][4])
{
  ByteLimits limits = byte_limits_of (&d->output);
  __m256i sum[3][4];
  BytePairs v[4];

#pragma GCC unroll 3
  for (int j = 0; j < 3; j++)
    byte_load_bias (sum[j], &d->output, byte_half_place (first));
  for (gsize column = 0; column < d->width + 2; column++)
    {
      byte_side_by_side (d->x + column * d->step + first, d->tap, v);
#pragma GCC unroll 3
      for (int j = 0; j < 3; j++)
        byte_add_taps (sum[j], v, weights[j]);
      if (column >= 2)
        byte_store_pixel (d, column - 2, first, sum[2], &limits);
#pragma GCC unroll 4
      for (int q = 0; q < 4; q++)
        {
          sum[2][q] = sum[1][q];
          sum[1][q] = sum[0][q];
        }
      byte_load_bias (sum[0], &d->output, byte_half_place (first));
    }
}

static inline __attribute__ ((always_inline)) void
byte_few_taps (const LatheByteDepthwise *d, gsize first, const guint groups)
{
  const gint8 *w = byte_half_weights (d, first);
  BytePairs weights[BYTE_TAP_GROUPS][4];

  for (guint group = 0; group < groups; group++, w += LATHE_BYTE_GROUP * LATHE_BYTE_CHANNELS)
    byte_load_weights (weights[group], w);
  if (groups == 3 && d->slides)
    byte_each_column (d, first, weights);
  else
    byte_each_pixel (d, first, weights, groups);
}

static void
vector_byte_depthwise (const LatheByteDepthwise *d)
{
  for (gsize first = 0; first < d->channels; first += BYTE_HALF)
    if (d->groups == 3)
      byte_few_taps (d, first, 3);
    else if (d->groups == BYTE_TAP_GROUPS)
      byte_few_taps (d, first, BYTE_TAP_GROUPS);
    else
      byte_each_pixel (d, first, NULL, d->groups);
}

#define LATHE_BYTE_VECTORS                                                                                             \
  {                                                                                                                    \
    .panel = vector_byte_panel, .depthwise = vector_byte_depthwise, .products = vector_byte_products,                  \
    .winograd_channels = LATHE_BYTE_SLAB, LATHE_BYTE_ROWS                                                              \
  }
