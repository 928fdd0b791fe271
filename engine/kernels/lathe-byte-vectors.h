/* lathe-byte-vectors.h: the inner loops in 8 bits for CPUs with AVX2, included by the files of AVX2 and AVX-512,
 * behind <immintrin.h>.
 *
 * An instruction (vpmaddwd) multiplies pairs of 16 bits and adds the two products. Of each group of four bytes it takes
 * the first and the third, and then the others: to mask or to shift is all that it costs to have them in 16 bits, and
 * the sums come out in order. The panel keeps a block of 4 rows × 16 columns of sums in 8 of the 16 registers.
 *
 * Where there is an instruction for bytes (vpmaddubsw), its sums of two products have 16 bits, and do not fit: see
 * docs/quantisation.md.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-byte-rows.h"

#define BYTE_ROWS 4
#define BYTE_TAP_GROUPS 7 /* of a window of 5 × 5 */

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

static inline __attribute__ ((always_inline)) __m256
byte_scaled (const LatheByteOutput *o, gsize at, __m256i sum)
{
  return _mm256_mul_ps (_mm256_cvtepi32_ps (sum), _mm256_loadu_ps (o->factor + at));
}

static inline __attribute__ ((always_inline)) __m256i
byte_bias (const LatheByteOutput *o, gsize at)
{
  return _mm256_loadu_si256 ((const __m256i *) (o->bias + at));
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
byte_store_rows (const LatheBytePanel *p, gsize at, gsize first, const int rows, __m256i sum[BYTE_ROWS][2])
{
  gsize n = p->columns - first, y_row = p->y_row;
  ByteLimits limits = byte_limits_of (&p->output);
  guint8 *y = p->y + at;

#pragma GCC unroll 2
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
byte_store_real_rows (const LatheBytePanel *p, gsize at, gsize first, int rows, __m256i sum[BYTE_ROWS][2])
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
byte_block (const LatheBytePanel *p, guint line, guint row, gsize slab, const int rows)
{
  gsize groups = lathe_byte_groups (p->depth), a_row = p->a_row, first = slab * LATHE_BYTE_SLAB;
  const gint8 *b = p->b + first * p->segments * groups * LATHE_BYTE_GROUP;
  __m256i sum[BYTE_ROWS][2], sums[BYTE_ROWS][2];
  gsize at;

#pragma GCC unroll 4
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < 2; j++)
      sum[i][j] = byte_bias (&p->output, first + j * BYTE_LANES);
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
  at = ((gsize) line * p->rows + row) * p->y_row + first;
  if (p->y != NULL)
    {
      byte_store_rows (p, at, first, rows, sum);
      return;
    }
#pragma GCC unroll 4
  for (int i = 0; i < rows; i++)
    {
      sums[i][0] = sum[i][0];
      sums[i][1] = sum[i][1];
    }
  byte_store_real_rows (p, at, first, rows, sums);
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

static void
vector_byte_panel (const LatheBytePanel *p)
{
  for (gsize slab = 0; slab < lathe_byte_slabs (p->columns); slab++)
    for (guint line = 0; line < p->lines; line++)
      byte_line (p, line, slab);
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
    .panel = vector_byte_panel, .depthwise = vector_byte_depthwise, LATHE_BYTE_ROWS                                    \
  }
