/* lathe-blas.h: matrix products, from OpenBLAS, or in plain C where every CPU is to give the same bits.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "lathe-real.h"

G_BEGIN_DECLS

void lathe_blas_init (gboolean portable);

/**
 * lathe_gemm:
 * @transpose_a: A is given as depth × rows
 * @transpose_b: B is given as columns × depth
 * @lda, @ldb, @ldc: from one row, as given, to the next
 *
 * C (rows × columns) = A (rows × depth) · B (depth × columns), or C += with `accumulate`; row-major. Runs on the
 * calling thread alone.
 */
void lathe_gemm (gboolean transpose_a, gboolean transpose_b, guint rows, guint columns, guint depth, const LatheReal *a,
                 gsize lda, const LatheReal *b, gsize ldb, gboolean accumulate, LatheReal *c, gsize ldc);

G_END_DECLS
