/* kernel-checks.c: what the tests of kernels share: numbers that are drawn, and answers that are compared.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel-checks.h"

#include <math.h>

#define ULPS 8

guint
draw (Draws *draws, guint least, guint most)
{
  return least + lathe_rng_below (&draws->rng, draws->index++, most - least + 1);
}

LatheReal *
draw_numbers (Draws *draws, gsize n)
{
  LatheReal *numbers = g_new (LatheReal, n + GUARD);
  guint32 block = (draws->index + 3) / 4, some[4];

  for (gsize i = 0; i < n + GUARD; i++)
    {
      if (i % 4 == 0)
        lathe_rng_block (&draws->rng, block++, some);
      numbers[i] = (LatheReal) (((guint64) some[i % 4] * 9) >> 32) - 4;
    }
  draws->index = 4 * block;
  return numbers;
}

LatheReal *
copy_numbers (const LatheReal *numbers, gsize n)
{
  return g_memdup2 (numbers, (n + GUARD) * sizeof *numbers);
}

void
count_alive (Draws *draws, const LatheReal *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    draws->alive += x[i] != 0;
  draws->n += n;
}

void
assert_same (Draws *draws, const LatheReal *a, const LatheReal *b, gsize n)
{
  g_assert_cmpmem (a, (n + GUARD) * sizeof *a, b, (n + GUARD) * sizeof *b);
  count_alive (draws, a, n);
}

void
assert_near (const LatheReal *a, const LatheReal *b, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (fabs ((double) a[i] - b[i]), <=, ULPS * 0x1p-23 * fmax (1, fabs ((double) b[i])));
}
