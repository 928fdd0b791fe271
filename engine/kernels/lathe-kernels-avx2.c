/* lathe-kernels-avx2.c: for CPUs with AVX2 and FMA.
 *
 * The panel keeps a block of up to 6 rows × 16 columns of C in 12 of the 16 registers through the whole sum.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <immintrin.h>

#include "lathe-loops.h"
#include "lathe-vector-loops.h"

#define LANES 8
#define MAX_ROWS 6

/* Eight lanes of ones from here on are a mask of the first n lanes, starting n before the end. */
static const gint32 mask_source[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

static inline __attribute__ ((always_inline)) void
block (const LathePanel *p, guint row, guint column, const int rows, const int vectors, __m256i last)
{
  __m256 sum[MAX_ROWS][2];
  LatheReal *c = p->c + row * p->c_row + column;

#pragma GCC unroll 6
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; j++)
      if (!p->accumulate)
        sum[i][j] = _mm256_setzero_ps ();
      else if (j == vectors - 1)
        sum[i][j] = _mm256_maskload_ps (c + i * p->c_row + j * LANES, last);
      else
        sum[i][j] = _mm256_loadu_ps (c + i * p->c_row + j * LANES);

  for (guint segment = 0; segment < p->segments; segment++)
    {
      const float *a = p->a + row * p->a_row + segment * p->a_segment;
      const float *b = p->b + segment * p->b_segment + column;

      for (guint k = 0; k < p->depth; k++, a += p->a_depth, b += p->b_depth)
        {
          __m256 b0 = vectors == 1 ? _mm256_maskload_ps (b, last) : _mm256_loadu_ps (b);
          __m256 b1 = vectors == 1 ? b0 : _mm256_maskload_ps (b + LANES, last);

#pragma GCC unroll 6
          for (int i = 0; i < rows; i++)
            {
              __m256 ai = _mm256_broadcast_ss (&a[i * p->a_row]);

              sum[i][0] = _mm256_fmadd_ps (ai, b0, sum[i][0]);
              if (vectors == 2)
                sum[i][1] = _mm256_fmadd_ps (ai, b1, sum[i][1]);
            }
        }
    }

#pragma GCC unroll 6
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; j++)
      if (j == vectors - 1)
        _mm256_maskstore_ps (c + i * p->c_row + j * LANES, last, sum[i][j]);
      else
        _mm256_storeu_ps (c + i * p->c_row + j * LANES, sum[i][j]);
}

#define BLOCK(rows)                                                                                                    \
  case rows:                                                                                                           \
    if (vectors == 2)                                                                                                  \
      block (p, row, column, rows, 2, last);                                                                           \
    else                                                                                                               \
      block (p, row, column, rows, 1, last);                                                                           \
    break

static void
avx2_panel (const LathePanel *p)
{
  for (guint column = 0; column < p->columns; column += 2 * LANES)
    {
      guint left = MIN (p->columns - column, 2 * LANES);
      guint vectors = left > LANES ? 2 : 1;
      __m256i last = _mm256_loadu_si256 ((const __m256i *) (mask_source + vectors * LANES - left));

      for (guint row = 0; row < p->rows; row += MAX_ROWS)
        switch (MIN (p->rows - row, MAX_ROWS))
          {
            BLOCK (6);
            BLOCK (5);
            BLOCK (4);
            BLOCK (3);
            BLOCK (2);
            BLOCK (1);
          }
    }
}

const LatheKernels lathe_kernels_avx2 = {
    .name = "avx2", .panel = avx2_panel, .depthwise = vector_depthwise, .transpose = vector_transpose, LATHE_LOOPS};
