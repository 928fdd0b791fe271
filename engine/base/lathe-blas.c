/* lathe-blas.c: matrix products, from OpenBLAS or in plain C. The only file that includes OpenBLAS's header.
 *
 * OpenBLAS picks its loops by the CPU, and each adds up in an order of its own. The plain product has one order: every
 * number of C takes its products one by one, from the first to the last of the depth.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-blas.h"

#include <cblas.h>
#include <string.h>

static gint is_portable;

/**
 * lathe_blas_init:
 * @portable: whether products are to have the same bits on every CPU
 *
 * Tells OpenBLAS to stay on the calling thread: the pool above it decides what runs where, and a product that is cut
 * by the number of threads would change its bits with it. Cheap to call again.
 */
void
lathe_blas_init (gboolean portable)
{
  static gsize done;

  if (g_once_init_enter (&done))
    {
      openblas_set_num_threads (1);
      g_once_init_leave (&done, 1);
    }
  g_atomic_int_set (&is_portable, portable);
}

/* --- The plain product --- */

/* A block of B stays in the second-level cache while all rows of C pass by, and a piece of a row of C in the first. */
#define BLOCK_DEPTH 64
#define BLOCK_COLUMNS 256

/* Where the numbers of a matrix lie, given as it is or transposed. */
typedef struct
{
  const LatheReal *at;
  gsize row, column;
} Matrix;

static Matrix
matrix (const LatheReal *at, gsize stride, gboolean transposed)
{
  return (Matrix){.at = at, .row = transposed ? 1 : stride, .column = transposed ? stride : 1};
}

/* c += Σ a[k] · b[k], k in its order; four at a time save c three of four ways through memory. */
static void
add_products (LatheReal *restrict c, const LatheReal *a, gsize a_step, const LatheReal *restrict b, gsize b_step,
              guint depth, guint columns)
{
  guint k = 0;

  for (; k + 4 <= depth; k += 4, a += 4 * a_step, b += 4 * b_step)
    {
      LatheReal a0 = a[0], a1 = a[a_step], a2 = a[2 * a_step], a3 = a[3 * a_step];

      for (guint j = 0; j < columns; j++)
        c[j] = c[j] + a0 * b[j] + a1 * b[b_step + j] + a2 * b[2 * b_step + j] + a3 * b[3 * b_step + j];
    }
  for (; k < depth; k++, a += a_step, b += b_step)
    for (guint j = 0; j < columns; j++)
      c[j] += a[0] * b[j];
}

/* A block of B whose columns do not lie side by side, copied so that they do. */
static void
straighten (LatheReal *copy, Matrix b, guint depth, guint columns)
{
  for (guint j = 0; j < columns; j++)
    for (guint k = 0; k < depth; k++)
      copy[k * BLOCK_COLUMNS + j] = b.at[k * b.row + j * b.column];
}

static void
multiply (guint rows, guint columns, guint depth, Matrix a, Matrix b, LatheReal *c, gsize ldc)
{
  LatheReal copy[BLOCK_DEPTH * BLOCK_COLUMNS];

  for (guint column = 0; column < columns; column += BLOCK_COLUMNS)
    for (guint k = 0; k < depth; k += BLOCK_DEPTH)
      {
        guint wide = MIN (BLOCK_COLUMNS, columns - column), deep = MIN (BLOCK_DEPTH, depth - k);
        Matrix block = {b.at + k * b.row + column * b.column, b.row, b.column};

        if (b.column != 1)
          {
            straighten (copy, block, deep, wide);
            block = (Matrix){copy, BLOCK_COLUMNS, 1};
          }
        for (guint row = 0; row < rows; row++)
          add_products (c + row * ldc + column, a.at + row * a.row + k * a.column, a.column, block.at, block.row, deep,
                        wide);
      }
}

void
lathe_gemm (gboolean transpose_a, gboolean transpose_b, guint rows, guint columns, guint depth, const LatheReal *a,
            gsize lda, const LatheReal *b, gsize ldb, gboolean accumulate, LatheReal *c, gsize ldc)
{
#ifdef LATHE_PROOF
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif
  if (!g_atomic_int_get (&is_portable))
    {
      GEMM (CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, rows,
            columns, depth, 1, a, lda, b, ldb, accumulate ? 1 : 0, c, ldc);
      return;
    }
#undef GEMM
  for (guint row = 0; row < rows && !accumulate; row++)
    memset (c + row * ldc, 0, columns * sizeof *c);
  multiply (rows, columns, depth, matrix (a, lda, transpose_a), matrix (b, ldb, transpose_b), c, ldc);
}
