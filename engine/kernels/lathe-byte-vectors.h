/* lathe-byte-vectors.h: the inner loops in 8 bits for CPUs with AVX2, included by the files of AVX2 and AVX-512,
 * behind <immintrin.h>.
 *
 * A vector has 16 numbers of 16 bits, of which one instruction (vpmaddwd) multiplies pairs and adds the two products.
 * The panel keeps a block of 5 rows × 16 columns of sums in 10 of the 16 registers. A depthwise convolution lays two
 * taps side by side instead.
 *
 * Where there is an instruction for bytes (vpmaddubsw), its sums of two products have 16 bits, and do not fit: see
 * docs/quantisation.md.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <string.h>

#include "lathe-byte-loops.h"

#define BYTE_ROWS 5
#define BYTE_LANES 8

/* Sums of a slab: places 0 to 7 and 8 to 15, which are columns 0 to 3 and 8 to 11, and the others. */
typedef struct
{
  __m256i low, high;
} ByteSums;

/* What becomes of a slab's sums, in registers. */
typedef struct
{
  __m256i bias_low, bias_high, zero;
  __m256 factor_low, factor_high, least, most;
} ByteFinish;

static inline __attribute__ ((always_inline)) ByteFinish
byte_finish_of (const LatheByteOutput *o, gsize slab)
{
  const gint32 *bias = o->bias + slab * LATHE_BYTE_SLAB;
  const float *factor = o->factor + slab * LATHE_BYTE_SLAB;

  return (ByteFinish){
      .bias_low = _mm256_loadu_si256 ((const __m256i *) bias),
      .bias_high = _mm256_loadu_si256 ((const __m256i *) (bias + BYTE_LANES)),
      .zero = _mm256_set1_epi32 (o->zero),
      .factor_low = _mm256_loadu_ps (factor),
      .factor_high = _mm256_loadu_ps (factor + BYTE_LANES),
      .least = _mm256_set1_ps ((float) (o->least - o->zero)),
      .most = _mm256_set1_ps ((float) (o->most - o->zero)),
  };
}

static inline __attribute__ ((always_inline)) __m256
byte_scaled (__m256i sum, __m256i bias, __m256 factor)
{
  return _mm256_mul_ps (_mm256_cvtepi32_ps (_mm256_add_epi32 (sum, bias)), factor);
}

static inline __attribute__ ((always_inline)) __m256i
byte_rounded (__m256 value, __m256 least, __m256 most, __m256i zero)
{
  return _mm256_add_epi32 (_mm256_cvtps_epi32 (_mm256_min_ps (_mm256_max_ps (value, least), most)), zero);
}

/* Both have whole numbers from 0 to 255. */
static inline __attribute__ ((always_inline)) __m128i
byte_packed (__m256i low, __m256i high)
{
  __m256i words = _mm256_packs_epi32 (low, high), bytes = _mm256_packus_epi16 (words, words);

  return _mm256_castsi256_si128 (_mm256_permute4x64_epi64 (bytes, 0x08));
}

static inline __attribute__ ((always_inline)) void
byte_store (const ByteFinish *f, ByteSums sums, gsize n, guint8 *y)
{
  __m256 low = byte_scaled (sums.low, f->bias_low, f->factor_low);
  __m256 high = byte_scaled (sums.high, f->bias_high, f->factor_high);
  __m128i bytes =
      byte_packed (byte_rounded (low, f->least, f->most, f->zero), byte_rounded (high, f->least, f->most, f->zero));
  guint8 some[LATHE_BYTE_SLAB];

  if (n >= LATHE_BYTE_SLAB)
    {
      _mm_storeu_si128 ((__m128i *) y, bytes);
      return;
    }
  _mm_storeu_si128 ((__m128i *) some, bytes);
  memcpy (y, some, n);
}

static inline void
byte_store_real (const ByteFinish *f, ByteSums sums, gsize n, float *real)
{
  __m256 low = byte_scaled (sums.low, f->bias_low, f->factor_low);
  __m256 high = byte_scaled (sums.high, f->bias_high, f->factor_high);
  float some[LATHE_BYTE_SLAB];

  _mm256_storeu_ps (some, _mm256_permute2f128_ps (low, high, 0x20));
  _mm256_storeu_ps (some + BYTE_LANES, _mm256_permute2f128_ps (low, high, 0x31));
  memcpy (real, some, MIN (n, LATHE_BYTE_SLAB) * sizeof *real);
}

/* --- Products --- */

static inline __attribute__ ((always_inline)) __m256i
byte_pair (const gint16 *a)
{
  gint32 pair;

  memcpy (&pair, a, sizeof pair);
  return _mm256_set1_epi32 (pair);
}

/* A function of its own, as what it takes of registers would drive the sums out of theirs. */
static __attribute__ ((noinline)) void
byte_store_rows (const LatheBytePanel *p, guint row, gsize slab, int rows, const ByteSums sums[BYTE_ROWS])
{
  gsize n = p->columns - slab * LATHE_BYTE_SLAB, at = row * p->y_row + slab * LATHE_BYTE_SLAB, y_row = p->y_row;
  ByteFinish f = byte_finish_of (&p->output, slab);
  guint8 *y = p->y;

  for (int i = 0; i < rows; i++, at += y_row)
    if (y != NULL)
      byte_store (&f, sums[i], n, y + at);
    else
      byte_store_real (&f, sums[i], n, p->real + at);
}

static inline __attribute__ ((always_inline)) void
byte_block (const LatheBytePanel *p, guint row, gsize slab, const int rows)
{
  gsize pairs = (p->depth + 1) / 2, a_row = p->a_row;
  const gint16 *b = p->b + slab * p->segments * pairs * 2 * LATHE_BYTE_SLAB;
  __m256i sum[BYTE_ROWS][2];
  ByteSums sums[BYTE_ROWS];

#pragma GCC unroll 5
  for (int i = 0; i < rows; i++)
    sum[i][0] = sum[i][1] = _mm256_setzero_si256 ();
  for (guint segment = 0; segment < p->segments; segment++)
    {
      const gint16 *a = p->a + row * a_row + p->a_at[segment];

      for (gsize pair = 0; pair < pairs; pair++, a += 2, b += 2 * LATHE_BYTE_SLAB)
        {
          __m256i low = _mm256_loadu_si256 ((const __m256i *) b);
          __m256i high = _mm256_loadu_si256 ((const __m256i *) (b + LATHE_BYTE_SLAB));

#pragma GCC unroll 5
          for (int i = 0; i < rows; i++)
            {
              __m256i ai = byte_pair (a + i * a_row);

              sum[i][0] = _mm256_add_epi32 (sum[i][0], _mm256_madd_epi16 (ai, low));
              sum[i][1] = _mm256_add_epi32 (sum[i][1], _mm256_madd_epi16 (ai, high));
            }
        }
    }
#pragma GCC unroll 5
  for (int i = 0; i < rows; i++)
    sums[i] = (ByteSums){sum[i][0], sum[i][1]};
  byte_store_rows (p, row, slab, rows, sums);
}

static void
vector_byte_panel (const LatheBytePanel *p)
{
  for (gsize slab = 0; slab < lathe_byte_slabs (p->columns); slab++)
    {
      guint row = 0;

      for (; row + BYTE_ROWS <= p->rows; row += BYTE_ROWS)
        byte_block (p, row, slab, BYTE_ROWS);
      switch (p->rows - row)
        {
        case 4:
          byte_block (p, row, slab, 4);
          break;
        case 3:
          byte_block (p, row, slab, 3);
          break;
        case 2:
          byte_block (p, row, slab, 2);
          break;
        case 1:
          byte_block (p, row, slab, 1);
          break;
        default:
          break;
        }
    }
}

/* --- Depthwise --- */

static inline __attribute__ ((always_inline)) void
byte_add_pair (ByteSums *sums, const gint16 *x, const gint16 *other, __m256i low, __m256i high)
{
  __m256i first = _mm256_loadu_si256 ((const __m256i *) x), second = _mm256_loadu_si256 ((const __m256i *) other);

  sums->low = _mm256_add_epi32 (sums->low, _mm256_madd_epi16 (_mm256_unpacklo_epi16 (first, second), low));
  sums->high = _mm256_add_epi32 (sums->high, _mm256_madd_epi16 (_mm256_unpackhi_epi16 (first, second), high));
}

/* A whole slab of channels of a row. Neither half of a vector sees the other, and so the pairs of places 0 to 7 are
 * those of channels 0 to 3 and 8 to 11. */
static inline __attribute__ ((always_inline)) void
byte_depthwise_slab (const LatheByteDepthwise *d, gsize slab, const guint taps)
{
  gsize first = slab * LATHE_BYTE_SLAB, pairs = (taps + 1) / 2, step = d->step, y_step = d->y_step;
  const gint16 *w = d->w + slab * pairs * 2 * LATHE_BYTE_SLAB, *x = d->x + first;
  const gsize *tap = d->tap;
  ByteFinish f = byte_finish_of (&d->output, slab);
  guint8 *y = d->y;

  for (guint pixel = 0; pixel < d->width; pixel++, x += step)
    {
      ByteSums sums = {_mm256_setzero_si256 (), _mm256_setzero_si256 ()};

#pragma GCC unroll 5
      for (gsize pair = 0; pair < pairs; pair++)
        byte_add_pair (&sums, x + tap[2 * pair], x + tap[2 * pair + 1],
                       _mm256_loadu_si256 ((const __m256i *) (w + pair * 2 * LATHE_BYTE_SLAB)),
                       _mm256_loadu_si256 ((const __m256i *) (w + pair * 2 * LATHE_BYTE_SLAB + LATHE_BYTE_SLAB)));
      if (y != NULL)
        byte_store (&f, sums, LATHE_BYTE_SLAB, y + pixel * y_step + first);
      else
        byte_store_real (&f, sums, LATHE_BYTE_SLAB, d->real + pixel * y_step + first);
    }
}

static void
vector_byte_depthwise (const LatheByteDepthwise *d)
{
  gsize whole = d->channels / LATHE_BYTE_SLAB;

  for (gsize slab = 0; slab < whole; slab++)
    if (d->taps == 9)
      byte_depthwise_slab (d, slab, 9);
    else
      byte_depthwise_slab (d, slab, d->taps);
  if (d->channels % LATHE_BYTE_SLAB != 0)
    for (guint pixel = 0; pixel < d->width; pixel++)
      loop_byte_depthwise_slab (d, pixel, whole);
}

/* --- Rows of bytes --- */

static void
vector_byte_add (guint8 *y, const guint8 *a, const guint8 *b, gsize n, const LatheByteSum *sum)
{
  __m256i factors = _mm256_set1_epi32 ((gint32) ((guint32) (guint16) sum->factor_b << 16 | (guint16) sum->factor_a));
  __m256i offset = _mm256_set1_epi32 (sum->offset);
  __m128i least = _mm_set1_epi8 ((char) sum->least), most = _mm_set1_epi8 ((char) sum->most);
  __m128i shift = _mm_cvtsi32_si128 ((int) sum->shift);
  gsize i = 0;

  for (; i + LATHE_BYTE_SLAB <= n; i += LATHE_BYTE_SLAB)
    {
      __m256i wide_a = _mm256_cvtepu8_epi16 (_mm_loadu_si128 ((const __m128i *) (a + i)));
      __m256i wide_b = _mm256_cvtepu8_epi16 (_mm_loadu_si128 ((const __m128i *) (b + i)));
      __m256i low = _mm256_madd_epi16 (_mm256_unpacklo_epi16 (wide_a, wide_b), factors);
      __m256i high = _mm256_madd_epi16 (_mm256_unpackhi_epi16 (wide_a, wide_b), factors);
      __m256i words = _mm256_packs_epi32 (_mm256_sra_epi32 (_mm256_add_epi32 (low, offset), shift),
                                          _mm256_sra_epi32 (_mm256_add_epi32 (high, offset), shift));
      __m128i bytes = _mm_packus_epi16 (_mm256_castsi256_si128 (words), _mm256_extracti128_si256 (words, 1));

      _mm_storeu_si128 ((__m128i *) (y + i), _mm_min_epu8 (_mm_max_epu8 (bytes, least), most));
    }
  loop_byte_add (y + i, a + i, b + i, n - i, sum);
}

static void
vector_byte_widen (gint16 *y, const guint8 *x, gsize n)
{
  gsize i = 0;

  for (; i + LATHE_BYTE_SLAB <= n; i += LATHE_BYTE_SLAB)
    _mm256_storeu_si256 ((__m256i *) (y + i), _mm256_cvtepu8_epi16 (_mm_loadu_si128 ((const __m128i *) (x + i))));
  loop_byte_widen (y + i, x + i, n - i);
}

static void
vector_byte_quantise (guint8 *y, const float *x, gsize n, float scale, gint32 zero)
{
  __m256 divisor = _mm256_set1_ps (scale), least = _mm256_set1_ps ((float) -zero);
  __m256 most = _mm256_set1_ps ((float) (255 - zero));
  __m256i z = _mm256_set1_epi32 (zero);
  gsize i = 0;

  for (; i + LATHE_BYTE_SLAB <= n; i += LATHE_BYTE_SLAB)
    {
      __m256i low = byte_rounded (_mm256_div_ps (_mm256_loadu_ps (x + i), divisor), least, most, z);
      __m256i high = byte_rounded (_mm256_div_ps (_mm256_loadu_ps (x + i + BYTE_LANES), divisor), least, most, z);

      _mm_storeu_si128 ((__m128i *) (y + i), byte_packed (_mm256_permute2x128_si256 (low, high, 0x20),
                                                          _mm256_permute2x128_si256 (low, high, 0x31)));
    }
  loop_byte_quantise (y + i, x + i, n - i, scale, zero);
}

#define LATHE_BYTE_VECTORS                                                                                             \
  {                                                                                                                    \
    .panel = vector_byte_panel, .depthwise = vector_byte_depthwise, .add = vector_byte_add,                            \
    .largest = loop_byte_largest, .sums = loop_byte_sums, .widen = vector_byte_widen,                                  \
    .quantise = vector_byte_quantise, .dequantise = loop_byte_dequantise                                               \
  }
