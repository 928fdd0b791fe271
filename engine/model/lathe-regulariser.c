/* lathe-regulariser.c: what keeps weights small.
 *
 * The penalty is that of Keras: l1 · Σ |w| + l2 · Σ w², not halved, of the weights that are trained. The bound is
 * max-norm: the weights into one output are together no longer than so much (Srivastava et al. 2014, section 5.1).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-regulariser.h"

#include <math.h>

#define TILE_NUMBERS 16384
#define TILE_UNITS 64

/* A tile: some of a parameter's numbers, or of its units, which are the columns of the weights as a matrix. */
typedef struct
{
  LatheStep *step;
  guint parameter;
  gsize first, n;
  double penalty;
} Piece;

void
lathe_regulariser_init (LatheRegulariser *regulariser)
{
  regulariser->penalised = g_array_new (FALSE, FALSE, sizeof (Piece));
  regulariser->bounded = g_array_new (FALSE, FALSE, sizeof (Piece));
}

void
lathe_regulariser_clear (LatheRegulariser *regulariser)
{
  g_clear_pointer (&regulariser->penalised, g_array_unref);
  g_clear_pointer (&regulariser->bounded, g_array_unref);
}

static void
add_pieces (GArray *pieces, LatheStep *step, guint parameter, gsize total, gsize most)
{
  for (gsize first = 0; first < total; first += most)
    {
      Piece piece = {.step = step, .parameter = parameter, .first = first, .n = MIN (most, total - first)};

      g_array_append_val (pieces, piece);
    }
}

static gsize
n_units (const LatheParameter *parameter)
{
  return parameter->shape.dim[parameter->shape.rank - 1];
}

/**
 * lathe_regulariser_add:
 * @step: stays where it is
 *
 * Takes in what a layer's properties ask for.
 */
void
lathe_regulariser_add (LatheRegulariser *regulariser, LatheStep *step)
{
  for (guint i = 0; i < step->n_parameters; i++)
    {
      const LatheParameter *parameter = &step->parameter[i];

      if (!lathe_parameter_is_trained (parameter))
        continue;
      if (parameter->l1 > 0 || parameter->l2 > 0)
        add_pieces (regulariser->penalised, step, i, lathe_shape_size (&parameter->shape), TILE_NUMBERS);
      if (parameter->max_norm > 0)
        add_pieces (regulariser->bounded, step, i, n_units (parameter), TILE_UNITS);
    }
}

static void
penalty_tile (gpointer data, guint tile, guint thread)
{
  Piece *piece = &g_array_index ((GArray *) data, Piece, tile);
  const LatheParameter *parameter = &piece->step->parameter[piece->parameter];
  const LatheReal *w = piece->step->w[piece->parameter] + piece->first;
  double sizes = 0, squares = 0;

  for (gsize i = 0; i < piece->n; i++)
    {
      sizes += fabs ((double) w[i]);
      squares += (double) w[i] * w[i];
    }
  piece->penalty = parameter->l1 * sizes + parameter->l2 * squares;
}

/**
 * lathe_regulariser_penalty:
 *
 * Returns: what is added to the mean loss
 */
double
lathe_regulariser_penalty (LatheRegulariser *regulariser, LathePool *pool)
{
  double sum = 0;

  lathe_pool_run (pool, regulariser->penalised->len, penalty_tile, regulariser->penalised);
  for (guint i = 0; i < regulariser->penalised->len; i++)
    sum += g_array_index (regulariser->penalised, Piece, i).penalty;
  return sum;
}

static void
gradient_tile (gpointer data, guint tile, guint thread)
{
  const Piece *piece = &g_array_index ((GArray *) data, Piece, tile);
  const LatheParameter *parameter = &piece->step->parameter[piece->parameter];
  const LatheReal *restrict w = piece->step->w[piece->parameter] + piece->first;
  LatheReal *restrict dw = piece->step->dw[piece->parameter] + piece->first;
  LatheReal l1 = (LatheReal) parameter->l1, slope = (LatheReal) (2 * parameter->l2);

  for (gsize i = 0; i < piece->n; i++)
    dw[i] += l1 * (LatheReal) ((w[i] > 0) - (w[i] < 0)) + slope * w[i];
}

/**
 * lathe_regulariser_add_gradient:
 *
 * Adds the penalty's gradient to that of the loss.
 */
void
lathe_regulariser_add_gradient (LatheRegulariser *regulariser, LathePool *pool)
{
  lathe_pool_run (pool, regulariser->penalised->len, gradient_tile, regulariser->penalised);
}

/* The units' lengths first, and then what brings those that are too long back. */
static void
bound_tile (gpointer data, guint tile, guint thread)
{
  const Piece *piece = &g_array_index ((GArray *) data, Piece, tile);
  const LatheParameter *parameter = &piece->step->parameter[piece->parameter];
  gsize units = n_units (parameter), total = lathe_shape_size (&parameter->shape);
  LatheReal *w = (LatheReal *) piece->step->w[piece->parameter] + piece->first;
  double most = parameter->max_norm, factors[TILE_UNITS] = {0};

  for (gsize row = 0; row < total; row += units)
    for (gsize i = 0; i < piece->n; i++)
      factors[i] += (double) w[row + i] * w[row + i];
  for (gsize i = 0; i < piece->n; i++)
    factors[i] = factors[i] > most * most ? most / sqrt (factors[i]) : 1;
  for (gsize row = 0; row < total; row += units)
    for (gsize i = 0; i < piece->n; i++)
      w[row + i] = (LatheReal) (factors[i] * w[row + i]);
}

/**
 * lathe_regulariser_bound:
 *
 * Shortens the weights into each unit to their max-norm.
 */
void
lathe_regulariser_bound (LatheRegulariser *regulariser, LathePool *pool)
{
  lathe_pool_run (pool, regulariser->bounded->len, bound_tile, regulariser->bounded);
}
