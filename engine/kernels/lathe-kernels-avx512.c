/* lathe-kernels-avx512.c: for CPUs with AVX-512 F, BW, DQ and VL.
 *
 * The panel keeps a block of C in 24 of the 32 registers through the whole sum. Each step loads a vector of B for every
 * 16 columns, broadcasts a number of A for every row, and multiplies each with each. The two units finish two products
 * a cycle, while some of these CPUs load one vector a cycle, broadcasts too; so the best block is the one with the
 * fewest loads: 6 rows × 64 columns, 10 loads in 12 cycles. Where there are fewer columns it is higher.
 *
 * The depth is cut so that the columns of B under a block stay in the first-level cache while all rows pass by.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <immintrin.h>

#include "lathe-byte-vectors.h"
#include "lathe-loops.h"
#include "lathe-vector-loops.h"

#define LANES 16
#define MAX_VECTORS 4
#define MAX_ROWS 12
#define FEW_ROWS 4
#define CHUNK 128  /* steps of depth: with 64 columns 32 KiB of B */
#define STREAMS 16 /* rows of B that are read side by side where there are few rows of A */

typedef __mmask16 Last;

#include "lathe-panel-loops.h"

static inline __attribute__ ((always_inline)) void
block (const LathePanel *p, const Part *part, guint row, const int rows, const int vectors)
{
  __m512 sum[MAX_ROWS][MAX_VECTORS];
  float *c = p->c + row * p->c_row + part->column;

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; j++)
      sum[i][j] = part->accumulate
                      ? _mm512_maskz_loadu_ps (j == vectors - 1 ? part->last : 0xffff, c + i * p->c_row + j * LANES)
                      : _mm512_setzero_ps ();

  for (guint segment = 0; segment < part->segments; segment++)
    {
      const float *a = part->a + row * p->a_row + segment * p->a_segment;
      const float *b = part->b + segment * p->b_segment;

      for (guint k = 0; k < part->depth; k++, a += p->a_depth, b += p->b_depth)
        {
          __m512 bk[MAX_VECTORS];

#pragma GCC unroll 4
          for (int j = 0; j < vectors - 1; j++)
            bk[j] = _mm512_loadu_ps (b + j * LANES);
          bk[vectors - 1] = _mm512_maskz_loadu_ps (part->last, b + (vectors - 1) * LANES);
#pragma GCC unroll 12
          for (int i = 0; i < rows; i++)
            {
              __m512 ai = _mm512_set1_ps (a[i * p->a_row]);

#pragma GCC unroll 4
              for (int j = 0; j < vectors; j++)
                sum[i][j] = _mm512_fmadd_ps (ai, bk[j], sum[i][j]);
            }
        }
    }

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; j++)
      _mm512_mask_storeu_ps (c + i * p->c_row + j * LANES, j == vectors - 1 ? part->last : 0xffff, sum[i][j]);
}

#define BLOCK(rows, vectors)                                                                                           \
  case rows:                                                                                                           \
    block (p, part, row, rows, vectors);                                                                               \
    break

BLOCKS (blocks_1, 1, 12, BLOCKS_12 (1))
BLOCKS (blocks_2, 2, 12, BLOCKS_12 (2))
BLOCKS (blocks_3, 3, 8, BLOCKS_8 (3))
BLOCKS (blocks_4, 4, 6, BLOCKS_6 (4))

static void (*const blocks_of[MAX_VECTORS + 1]) (const LathePanel *p, const Part *part) = {NULL, blocks_1, blocks_2,
                                                                                           blocks_3, blocks_4};

static void
slabs (const LathePanel *p)
{
  for (guint column = 0; column < p->columns;)
    {
      guint left = (p->columns - column + LANES - 1) / LANES;
      guint vectors = left == 5 || left == 6 ? 3 : MIN (left, MAX_VECTORS);
      guint n = MIN (vectors * LANES, p->columns - column);

      slab (p, column, vectors, (Last) (0xffff >> (vectors * LANES - n)));
      column += n;
    }
}

static void
avx512_panel (const LathePanel *p)
{
  if (p->rows >= FEW_ROWS || p->columns <= MAX_VECTORS * LANES)
    slabs (p);
  else
    streams (p, STREAMS);
}

const LatheKernels lathe_kernels_avx512 = {.name = "avx512",
                                           .panel = avx512_panel,
                                           .bytes = LATHE_BYTE_VECTORS,
                                           .depthwise = vector_depthwise,
                                           .transpose = vector_transpose,
                                           LATHE_ROW_LOOPS,
                                           LATHE_LOOPS};
