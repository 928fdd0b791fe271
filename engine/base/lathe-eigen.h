/* lathe-eigen.h: eigenvectors of small symmetric matrices.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lathe_find_eigenvectors:
 * @a: size × size, symmetric; ends with the eigenvalues on its diagonal, in no order
 * @vectors: (out caller-allocates): size × size: row i is the eigenvector of a[i][i], of length 1
 *
 * Jacobi's method by rows (Jacobi 1846; Golub & Van Loan 2013, section 8.5), which takes some size³ products.
 */
void lathe_find_eigenvectors (double *a, double *vectors, guint size);

G_END_DECLS
