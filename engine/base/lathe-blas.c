/* lathe-blas.c: matrix products, from OpenBLAS. The only file that includes its header.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-blas.h"

#include <cblas.h>

/**
 * lathe_blas_init:
 *
 * Tells OpenBLAS to stay on the calling thread: the pool above it decides what runs where, and a product that is cut
 * by the number of threads would change its bits with it. Cheap to call again.
 */
void
lathe_blas_init (void)
{
  static gsize done;

  if (g_once_init_enter (&done))
    {
      openblas_set_num_threads (1);
      g_once_init_leave (&done, 1);
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
  GEMM (CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, rows, columns,
        depth, 1, a, lda, b, ldb, accumulate ? 1 : 0, c, ldc);
#undef GEMM
}
