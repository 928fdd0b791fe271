/* lathe-eigen.c: eigenvectors of small symmetric matrices.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-eigen.h"

#include <math.h>
#include <string.h>

#define SWEEPS 30        /* each squares what is left, so that ten are plenty */
#define NEGLIGIBLE 1e-24 /* of the squares off the diagonal, as a share of those on it */

/* Turns the plane of axes p and q until a[p][q] is 0; the rows of `vectors` turn along. */
static void
rotate (double *a, double *vectors, guint size, guint p, guint q)
{
  double apq = a[p * size + q], tau = (a[q * size + q] - a[p * size + p]) / (2 * apq);
  double t = (tau < 0 ? -1 : 1) / (fabs (tau) + sqrt (1 + tau * tau)), c = 1 / sqrt (1 + t * t), s = t * c;

  for (guint k = 0; k < size; k++)
    {
      double x = a[k * size + p], y = a[k * size + q];

      a[k * size + p] = c * x - s * y;
      a[k * size + q] = s * x + c * y;
    }
  for (guint k = 0; k < size; k++)
    {
      double x = a[p * size + k], y = a[q * size + k], v = vectors[p * size + k], w = vectors[q * size + k];

      a[p * size + k] = c * x - s * y;
      a[q * size + k] = s * x + c * y;
      vectors[p * size + k] = c * v - s * w;
      vectors[q * size + k] = s * v + c * w;
    }
}

void
lathe_find_eigenvectors (double *a, double *vectors, guint size)
{
  memset (vectors, 0, (gsize) size * size * sizeof *vectors);
  for (guint i = 0; i < size; i++)
    vectors[i * size + i] = 1;
  for (guint sweep = 0; sweep < SWEEPS; sweep++)
    {
      double on = 0, off = 0;

      for (guint p = 0; p < size; p++)
        for (guint q = 0; q < size; q++)
          *(p == q ? &on : &off) += a[p * size + q] * a[p * size + q];
      if (off <= NEGLIGIBLE * on)
        return;
      for (guint p = 0; p < size; p++)
        for (guint q = p + 1; q < size; q++)
          if (a[p * size + q] != 0)
            rotate (a, vectors, size, p, q);
    }
}
