/* lathe-kernels-avx512.c: for CPUs with AVX-512 F, BW, DQ and VL.
 *
 * The panel keeps a block of up to 12 rows × 32 columns of C in 24 of the 32 registers through the whole sum: each
 * step loads two vectors of B, and broadcasts 12 numbers of A from memory into 24 fused multiply-adds. The two
 * units want 24 such in 12 cycles; the loads take 7.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <immintrin.h>

#include "lathe-loops.h"

#define LANES 16
#define MAX_ROWS 12

static inline __attribute__ ((always_inline)) void
block (const LathePanel *p, guint row, guint column, const int rows, const int vectors, __mmask16 last)
{
  __m512 sum[MAX_ROWS][2];
  LatheReal *c = p->c + row * p->c_row + column;

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; j++)
      sum[i][j] = p->accumulate ? _mm512_maskz_loadu_ps (j == vectors - 1 ? last : 0xffff, c + i * p->c_row + j * LANES)
                                : _mm512_setzero_ps ();

  for (guint segment = 0; segment < p->segments; segment++)
    {
      const float *a = p->a + row * p->a_row + segment * p->a_segment;
      const float *b = p->b + segment * p->b_segment + column;

      for (guint k = 0; k < p->depth; k++, a += p->a_depth, b += p->b_depth)
        {
          __m512 b0 = vectors == 1 ? _mm512_maskz_loadu_ps (last, b) : _mm512_loadu_ps (b);
          __m512 b1 = vectors == 1 ? b0 : _mm512_maskz_loadu_ps (last, b + LANES);

#pragma GCC unroll 12
          for (int i = 0; i < rows; i++)
            {
              __m512 ai = _mm512_set1_ps (a[i * p->a_row]);

              sum[i][0] = _mm512_fmadd_ps (ai, b0, sum[i][0]);
              if (vectors == 2)
                sum[i][1] = _mm512_fmadd_ps (ai, b1, sum[i][1]);
            }
        }
    }

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; j++)
      _mm512_mask_storeu_ps (c + i * p->c_row + j * LANES, j == vectors - 1 ? last : 0xffff, sum[i][j]);
}

#define BLOCK(rows)                                                                                                    \
  case rows:                                                                                                           \
    if (vectors == 2)                                                                                                  \
      block (p, row, column, rows, 2, last);                                                                           \
    else                                                                                                               \
      block (p, row, column, rows, 1, last);                                                                           \
    break

static void
avx512_panel (const LathePanel *p)
{
  for (guint column = 0; column < p->columns; column += 2 * LANES)
    {
      guint left = MIN (p->columns - column, 2 * LANES);
      guint vectors = left > LANES ? 2 : 1;
      __mmask16 last = (__mmask16) (0xffff >> (vectors * LANES - left));

      for (guint row = 0; row < p->rows; row += MAX_ROWS)
        switch (MIN (p->rows - row, MAX_ROWS))
          {
            BLOCK (12);
            BLOCK (11);
            BLOCK (10);
            BLOCK (9);
            BLOCK (8);
            BLOCK (7);
            BLOCK (6);
            BLOCK (5);
            BLOCK (4);
            BLOCK (3);
            BLOCK (2);
            BLOCK (1);
          }
    }
}

const LatheKernels lathe_kernels_avx512 = {.name = "avx512", .panel = avx512_panel, LATHE_LOOPS};
