/* lathe-byte-rows.h: rows of bytes for CPUs with AVX2, included by the files of instruction sets behind <immintrin.h>;
 * and what they have in common with convolutions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <string.h>

#include "lathe-byte-loops.h"
#include "lathe-byte-winograd-loops.h"

#define BYTE_LANES 8
#define BYTE_HALF 32 /* of the 64 channels that lie together in a depthwise convolution */

static inline __attribute__ ((always_inline)) gint32
byte_four (const guint8 *a)
{
  gint32 four;

  memcpy (&four, a, sizeof four);
  return four;
}

typedef struct
{
  __m256 least, most;
  __m256i zero;
} ByteLimits;

static inline __attribute__ ((always_inline)) ByteLimits
byte_limits_of (const LatheByteOutput *o)
{
  return (ByteLimits){_mm256_set1_ps ((float) (o->least - o->zero)), _mm256_set1_ps ((float) (o->most - o->zero)),
                      _mm256_set1_epi32 (o->zero)};
}

static inline __attribute__ ((always_inline)) __m256i
byte_rounded (__m256 value, const ByteLimits *l)
{
  return _mm256_add_epi32 (_mm256_cvtps_epi32 (_mm256_min_ps (_mm256_max_ps (value, l->least), l->most)), l->zero);
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

/* Numbers that do not fit into a byte become the nearest one that does. Each half of the result has four of each
 * vector. */
static inline __attribute__ ((always_inline)) __m256i
byte_packed (__m256i a, __m256i b, __m256i c, __m256i d)
{
  return _mm256_packus_epi16 (_mm256_packs_epi32 (a, b), _mm256_packs_epi32 (c, d));
}

static inline __attribute__ ((always_inline)) __m256i
byte_in_order (__m256i packed)
{
  return _mm256_permutevar8x32_epi32 (packed, _mm256_setr_epi32 (0, 4, 1, 5, 2, 6, 3, 7));
}

/* Of pairs of 16 bits. */
static inline __attribute__ ((always_inline)) __m256i
byte_sum (__m256i pairs, __m256i factors, __m256i offset, __m128i shift)
{
  return _mm256_sra_epi32 (_mm256_add_epi32 (_mm256_madd_epi16 (pairs, factors), offset), shift);
}

static void
vector_byte_add (guint8 *y, const guint8 *a, const guint8 *b, gsize n, const LatheByteSum *sum)
{
  __m256i factors = _mm256_set1_epi32 ((gint32) ((guint32) (guint16) sum->factor_b << 16 | (guint16) sum->factor_a));
  __m256i offset = _mm256_set1_epi32 (sum->offset);
  __m256i least = _mm256_set1_epi8 ((char) sum->least), most = _mm256_set1_epi8 ((char) sum->most);
  __m256i none = _mm256_setzero_si256 ();
  __m128i shift = _mm_cvtsi32_si128 ((int) sum->shift);
  gsize i = 0;

  for (; i + BYTE_HALF <= n; i += BYTE_HALF)
    {
      __m256i wide_a = _mm256_loadu_si256 ((const __m256i *) (a + i));
      __m256i wide_b = _mm256_loadu_si256 ((const __m256i *) (b + i));
      __m256i low = _mm256_unpacklo_epi8 (wide_a, wide_b), high = _mm256_unpackhi_epi8 (wide_a, wide_b);
      __m256i bytes = byte_packed (byte_sum (_mm256_unpacklo_epi8 (low, none), factors, offset, shift),
                                   byte_sum (_mm256_unpackhi_epi8 (low, none), factors, offset, shift),
                                   byte_sum (_mm256_unpacklo_epi8 (high, none), factors, offset, shift),
                                   byte_sum (_mm256_unpackhi_epi8 (high, none), factors, offset, shift));

      _mm256_storeu_si256 ((__m256i *) (y + i), _mm256_min_epu8 (_mm256_max_epu8 (bytes, least), most));
    }
  loop_byte_add (y + i, a + i, b + i, n - i, sum);
}

static void
vector_byte_quantise (guint8 *y, const float *x, gsize n, float scale, gint32 zero)
{
  __m256 divisor = _mm256_set1_ps (scale);
  ByteLimits limits = {_mm256_set1_ps ((float) -zero), _mm256_set1_ps ((float) (255 - zero)), _mm256_set1_epi32 (zero)};
  gsize i = 0;

  for (; i + BYTE_HALF <= n; i += BYTE_HALF)
    {
      __m256i part[4];

      for (int k = 0; k < 4; k++)
        part[k] = byte_rounded (_mm256_div_ps (_mm256_loadu_ps (x + i + k * BYTE_LANES), divisor), &limits);
      _mm256_storeu_si256 ((__m256i *) (y + i), byte_in_order (byte_packed (part[0], part[1], part[2], part[3])));
    }
  loop_byte_quantise (y + i, x + i, n - i, scale, zero);
}

/* --- Blocks --- */

/* Of blocks of the same height, as nearly as may be: a low one at the end would read all weights for few rows. */
static inline guint
byte_block_height (guint left, guint most)
{
  guint n_blocks = (left + most - 1) / most;

  return (left + n_blocks - 1) / n_blocks;
}

/* --- Winograd's algorithm --- */

/* Two pixels at once. */
static inline __attribute__ ((always_inline)) void
vector_byte_finish (const LatheByteOutput *o, gsize first, gint32 sums[][LATHE_BYTE_SLAB], guint n, guint8 *y,
                    gsize pixel)
{
  ByteLimits limits = byte_limits_of (o);

  for (guint i = 0; i < n; i += 2)
    {
      __m256i part[4], bytes;

#pragma GCC unroll 4
      for (int k = 0; k < 4; k++)
        {
          gsize at = first + k % 2 * BYTE_LANES;
          __m256i sum = _mm256_load_si256 ((const __m256i *) (sums[i + k / 2] + k % 2 * BYTE_LANES));

          part[k] = byte_rounded (byte_scaled (o, at, _mm256_add_epi32 (sum, byte_bias (o, at))), &limits);
        }
      bytes = byte_in_order (byte_packed (part[0], part[1], part[2], part[3]));
      _mm_storeu_si128 ((__m128i *) (y + i * pixel), _mm256_castsi256_si128 (bytes));
      if (i + 1 < n)
        _mm_storeu_si128 ((__m128i *) (y + (i + 1) * pixel), _mm256_extracti128_si256 (bytes, 1));
    }
}

static void
vector_byte_result (const LatheByteResult *result)
{
  byte_point_results (result, vector_byte_finish);
}

/* What comes in the table besides the panel, the depthwise convolution and the products. */
#define LATHE_BYTE_ROWS                                                                                                \
  .points = loop_byte_points, .result = vector_byte_result, .add = vector_byte_add, .largest = loop_byte_largest,      \
  .sums = loop_byte_sums, .quantise = vector_byte_quantise, .dequantise = loop_byte_dequantise
