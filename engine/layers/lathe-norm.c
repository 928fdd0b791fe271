/* lathe-norm.c: what the layers that normalise have in common.
 *
 * Means and variances are taken in blocks of rows that stay in the first-level cache, where two passes cost little more
 * than one and lose nothing to cancellation; blocks are merged as Chan, Golub and LeVeque 1983 do.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-norm.h"

#include <string.h>

#define BLOCK_ROWS 64

gboolean
lathe_norm_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                  GError **error)
{
  *output = inputs[0];
  return TRUE;
}

guint
lathe_norm_parameters (const LatheShape *input, LatheParameter *parameters)
{
  LatheShape shape = LATHE_SHAPE_VECTOR (lathe_norm_channels (input));

  parameters[LATHE_NORM_GAMMA] =
      (LatheParameter){.name = "gamma", .shape = shape, .initialiser = LATHE_INITIALISER_ONES};
  parameters[LATHE_NORM_BETA] = (LatheParameter){.name = "beta", .shape = shape, .shift = TRUE};
  return LATHE_NORM_N_PARAMETERS;
}

/**
 * lathe_moments_merge:
 * @mean, @squares: by column, of `n` rows; afterwards of all n + other_n
 *
 * `squares` are sums of squared deviations from the mean.
 */
void
lathe_moments_merge (LatheReal *mean, LatheReal *squares, gsize n, const LatheReal *other_mean,
                     const LatheReal *other_squares, gsize other_n, guint columns)
{
  LatheReal share = (LatheReal) ((double) other_n / (double) (n + other_n));
  LatheReal weight = share * (LatheReal) n;

  for (guint i = 0; i < columns; i++)
    {
      LatheReal delta = other_mean[i] - mean[i];

      mean[i] += delta * share;
      squares[i] += other_squares[i] + delta * delta * weight;
    }
}

/**
 * lathe_moments:
 * @x: rows × columns, at least one row
 * @mean, @squares: (out): by column: the mean, and the sum of squared deviations from it
 * @scratch: 2 × columns numbers
 */
void
lathe_moments (const LatheKernels *kernels, const LatheReal *x, gsize rows, guint columns, LatheReal *mean,
               LatheReal *squares, LatheReal *scratch)
{
  for (gsize row = 0; row < rows; row += BLOCK_ROWS, x += BLOCK_ROWS * (gsize) columns)
    {
      gsize n = MIN (BLOCK_ROWS, rows - row);
      LatheReal *block_mean = row == 0 ? mean : scratch;
      LatheReal *block_squares = row == 0 ? squares : scratch + columns;

      memset (block_mean, 0, columns * sizeof (LatheReal));
      memset (block_squares, 0, columns * sizeof (LatheReal));
      kernels->column_sums (block_mean, x, n, columns);
      for (guint i = 0; i < columns; i++)
        block_mean[i] /= (LatheReal) n;
      kernels->column_squares (block_squares, x, block_mean, n, columns);
      if (row > 0)
        lathe_moments_merge (mean, squares, row, block_mean, block_squares, n, columns);
    }
}
