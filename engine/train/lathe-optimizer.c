/* lathe-optimizer.c: what moves the weights: one pass over weights, gradient and state, in tiles.
 *
 *   plain            gradient tile ──► move weights ──► average ──► finite?
 *   clipped values   gradient tile ──► finite? ──► clip ──► move weights ──► average
 *   clipped norm     gradient tile ──► finite? ──► clip ──► norm of all ──► scale ──► move weights ──► average
 *
 * With Lookahead the moved weights are drawn back to a slow mean of themselves every so many steps.
 *
 * A tile stays in its core's cache from the first arrow to the last. Only the norm needs every tile before any may go
 * on, and with it the tiles are passed over twice. The question whether a gradient is finite costs least when its
 * numbers have come into the cache for the move already, one of four streams; so the plain way asks last.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-optimizer.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "base/lathe-math.h"
#include "kernels/lathe-kernels.h"

#define TILE 16384 /* weights: with gradient and state a quarter of a megabyte */

const char *const lathe_moment_names[LATHE_N_MOMENTS] = {"first", "second", "average", "slow"};

struct _LatheOptimizerState
{
  LatheHyperparameters hyperparameters;
  LathePool *pool;
  const LatheKernels *kernels;
  gsize n_weights;
  guint n_tiles;
  guint64 t;   /* steps done */
  guint64 end; /* and to be done in all; 0: no one knows */
  LatheReal *moment[LATHE_N_MOMENTS];
  GArray *ranges; /* (element-type LatheWeightRange) (nullable): what may have a rate of its own, in order */
  GArray *groups; /* (element-type Group): those that have one, as the hyperparameters are */

  /* Of the step that is being made. */
  LatheReal *weights, *gradient;
  double rate;
  double *square_sum; /* n_tiles, of the gradient, once its values were clipped */
  double *raw_sum;    /* and before */
  double shrink;      /* what the gradient is multiplied by */
  double share;       /* of the new weights in their average */
  double slow_share;  /* and in their slow mean; 0: not in this step */
  LatheAdamStep adam;
  LatheLionStep lion;
};

/* Neighbours that learn at a rate of their own. */
typedef struct
{
  gsize first, n;
  double share; /* of the learning rate */
  double lower; /* that part of it which their stage decides, and by which their decay goes, too */
} Group;

/* Where one tile's numbers begin, and how many they are. */
typedef struct
{
  LatheReal *w, *g, *m, *v, *average, *slow;
  gsize n;
  double share, lower; /* as of a group */
} Tile;

static void
sgd (const LatheOptimizerState *state, const Tile *tile)
{
  state->kernels->sgd (tile->w, tile->g, tile->n, state->rate * tile->share);
}

static void
momentum (const LatheOptimizerState *state, const Tile *tile)
{
  state->kernels->momentum (tile->w, tile->g, tile->m, tile->n, state->rate * tile->share,
                            state->hyperparameters.momentum);
}

static void
nesterov (const LatheOptimizerState *state, const Tile *tile)
{
  state->kernels->nesterov (tile->w, tile->g, tile->m, tile->n, state->rate * tile->share,
                            state->hyperparameters.momentum);
}

static void
adagrad (const LatheOptimizerState *state, const Tile *tile)
{
  state->kernels->adagrad (tile->w, tile->g, tile->v, tile->n, state->rate * tile->share,
                           state->hyperparameters.epsilon);
}

static void
rmsprop (const LatheOptimizerState *state, const Tile *tile)
{
  state->kernels->rmsprop (tile->w, tile->g, tile->v, tile->n, state->rate * tile->share, state->hyperparameters.beta2,
                           state->hyperparameters.epsilon);
}

static void
adam (const LatheOptimizerState *state, const Tile *tile)
{
  LatheAdamStep step = state->adam;

  step.rate *= tile->share;
  step.decay *= tile->lower;
  state->kernels->adam (tile->w, tile->g, tile->m, tile->v, tile->n, &step);
}

static void
lion (const LatheOptimizerState *state, const Tile *tile)
{
  LatheLionStep step = state->lion;

  step.rate *= tile->share;
  step.decay *= tile->lower;
  state->kernels->lion (tile->w, tile->g, tile->m, tile->n, &step);
}

static const struct
{
  void (*move) (const LatheOptimizerState *state, const Tile *tile);
  gboolean first, second; /* the moments that it keeps */
  gboolean decays;        /* whether it takes the weight decay */
} optimizers[LATHE_N_OPTIMIZERS] = {
    [LATHE_OPTIMIZER_SGD] = {sgd},
    [LATHE_OPTIMIZER_MOMENTUM] = {momentum, .first = TRUE},
    [LATHE_OPTIMIZER_ADAM] = {adam, .first = TRUE, .second = TRUE},
    [LATHE_OPTIMIZER_NESTEROV] = {nesterov, .first = TRUE},
    [LATHE_OPTIMIZER_ADAGRAD] = {adagrad, .second = TRUE},
    [LATHE_OPTIMIZER_RMSPROP] = {rmsprop, .second = TRUE},
    [LATHE_OPTIMIZER_ADAMW] = {adam, .first = TRUE, .second = TRUE, .decays = TRUE},
    [LATHE_OPTIMIZER_LION] = {lion, .first = TRUE, .decays = TRUE},
};

static gboolean
keeps (const LatheHyperparameters *hyperparameters, LatheMoment moment)
{
  switch (moment)
    {
    case LATHE_MOMENT_FIRST:
      return optimizers[hyperparameters->optimizer].first;
    case LATHE_MOMENT_SECOND:
      return optimizers[hyperparameters->optimizer].second;
    case LATHE_MOMENT_AVERAGE:
      return hyperparameters->average > 0;
    default:
      return hyperparameters->lookahead > 0;
    }
}

/**
 * lathe_optimizer_n_moments:
 *
 * Returns: how many numbers are kept for each weight besides itself
 */
guint
lathe_optimizer_n_moments (const LatheHyperparameters *hyperparameters)
{
  guint n = 0;

  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    n += keeps (hyperparameters, i) ? 1 : 0;
  return n;
}

/**
 * lathe_optimizer_new:
 * @weights: (nullable): n_weights, at which the means of the weights start; only without these it may be NULL
 * @pool: must outlive the state
 *
 * Errors: LATHE_ERROR_MEMORY.
 */
LatheOptimizerState *
lathe_optimizer_new (const LatheHyperparameters *hyperparameters, const LatheReal *weights, gsize n_weights,
                     LathePool *pool, GError **error)
{
  g_autoptr (LatheOptimizerState) state = g_new0 (LatheOptimizerState, 1);
  const char *name = lathe_hyperparameter_find ("optimizer")->property.choices[hyperparameters->optimizer];
  gsize bytes = MAX (1, n_weights) * sizeof (LatheReal);

  g_return_val_if_fail (weights != NULL || (hyperparameters->average == 0 && hyperparameters->lookahead == 0), NULL);

  state->hyperparameters = *hyperparameters;
  state->pool = pool;
  state->kernels = lathe_kernels ();
  state->n_weights = n_weights;
  state->n_tiles = (guint) ((n_weights + TILE - 1) / TILE);
  state->groups = g_array_new (FALSE, FALSE, sizeof (Group));
  state->square_sum = g_new0 (double, state->n_tiles);
  state->raw_sum = g_new0 (double, state->n_tiles);
  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    if (keeps (hyperparameters, i) && (state->moment[i] = lathe_memory_try_new (bytes)) == NULL)
      {
        g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                     _ ("There is no memory for the state of %s; use sgd, or a smaller network"), name);
        return NULL;
      }
  for (guint i = LATHE_MOMENT_AVERAGE; i < LATHE_N_MOMENTS; i++)
    if (state->moment[i] != NULL)
      memcpy (state->moment[i], weights, n_weights * sizeof (LatheReal));
  return g_steal_pointer (&state);
}

void
lathe_optimizer_free (LatheOptimizerState *state)
{
  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    lathe_memory_free (state->moment[i]);
  g_clear_pointer (&state->ranges, g_array_unref);
  g_array_unref (state->groups);
  g_free (state->square_sum);
  g_free (state->raw_sum);
  g_free (state);
}

/* Most often none: then all go at one rate, tile by tile. */
static void
form_groups (LatheOptimizerState *state)
{
  const LatheHyperparameters *h = &state->hyperparameters;

  g_array_set_size (state->groups, 0);
  for (guint i = 0; state->ranges != NULL && i < state->ranges->len; i++)
    {
      const LatheWeightRange *range = &g_array_index (state->ranges, LatheWeightRange, i);
      double lower = h->lower_rate < 1 ? lathe_pow (h->lower_rate, range->stage) : 1;
      Group group = {range->first, range->n, range->shift ? lower * h->shift_rate : lower, lower};

      if (group.share != 1 || group.lower != 1)
        g_array_append_val (state->groups, group);
    }
}

/**
 * lathe_optimizer_set_ranges:
 * @ranges: (element-type LatheWeightRange): in order: they go by the learning rate times `lower-rate` for each stage
 * that they lie below the last one, and shifts times `shift-rate`; what is in none goes by the learning rate
 */
void
lathe_optimizer_set_ranges (LatheOptimizerState *state, GArray *ranges)
{
  g_clear_pointer (&state->ranges, g_array_unref);
  state->ranges = g_array_ref (ranges);
  form_groups (state);
}

/**
 * lathe_optimizer_set_hyperparameters:
 * @hyperparameters: with the same optimiser, which keeps the same for each weight
 *
 * From the next step on.
 */
void
lathe_optimizer_set_hyperparameters (LatheOptimizerState *state, const LatheHyperparameters *hyperparameters)
{
  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    g_assert (keeps (hyperparameters, i) == (state->moment[i] != NULL));
  state->hyperparameters = *hyperparameters;
  form_groups (state);
}

/**
 * lathe_optimizer_set_end:
 * @steps: of the whole training
 *
 * Lookahead needs to know: the nearer the end, the less its slow mean moves. Without an end that moves freely.
 */
void
lathe_optimizer_set_end (LatheOptimizerState *state, guint64 steps)
{
  state->end = steps;
}

/**
 * lathe_optimizer_get_moment:
 *
 * Returns: (transfer none) (nullable): n_weights numbers, to be saved or to be set; NULL if this is not kept
 */
LatheReal *
lathe_optimizer_get_moment (LatheOptimizerState *state, LatheMoment moment)
{
  return state->moment[moment];
}

guint64
lathe_optimizer_get_steps (const LatheOptimizerState *state)
{
  return state->t;
}

/**
 * lathe_optimizer_set_steps:
 *
 * Goes on as if so many steps had been done, the moments being set to what they were then.
 */
void
lathe_optimizer_set_steps (LatheOptimizerState *state, guint64 steps)
{
  state->t = steps;
}

/* --- One step --- */

static Tile
piece_at (const LatheOptimizerState *state, gsize first, gsize n)
{
  LatheReal *moment[LATHE_N_MOMENTS];

  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    moment[i] = state->moment[i] != NULL ? state->moment[i] + first : NULL;
  return (Tile){
      .w = state->weights + first,
      .g = state->gradient + first,
      .m = moment[LATHE_MOMENT_FIRST],
      .v = moment[LATHE_MOMENT_SECOND],
      .average = moment[LATHE_MOMENT_AVERAGE],
      .slow = moment[LATHE_MOMENT_SLOW],
      .n = n,
      .share = 1,
      .lower = 1,
  };
}

static Tile
tile_at (const LatheOptimizerState *state, guint index)
{
  gsize first = (gsize) index * TILE;

  return piece_at (state, first, MIN (TILE, state->n_weights - first));
}

/* Clipping would hide what is infinite, so it is looked for before. */
static void
examine (gpointer data, guint index, guint thread)
{
  LatheOptimizerState *state = data;
  Tile tile = tile_at (state, index);
  double limit = state->hyperparameters.clip_value;

  state->square_sum[index] = state->raw_sum[index] = state->kernels->square_sum (tile.g, tile.n);
  if (limit == 0 || !isfinite (state->square_sum[index]))
    return;
  state->kernels->clip (tile.g, tile.n, limit);
  if (state->hyperparameters.clip_norm > 0)
    state->square_sum[index] = state->kernels->square_sum (tile.g, tile.n);
}

static void
move_piece (LatheOptimizerState *state, gsize first, gsize end, const Group *group)
{
  Tile piece = piece_at (state, first, end - first);

  if (group != NULL)
    {
      piece.share = group->share;
      piece.lower = group->lower;
    }
  if (piece.n > 0)
    optimizers[state->hyperparameters.optimizer].move (state, &piece);
}

/* One rate for all, or groups by theirs and what lies between them by the common one. */
static void
move_pieces (LatheOptimizerState *state, gsize first, gsize end)
{
  for (guint i = 0; i < state->groups->len; i++)
    {
      const Group *group = &g_array_index (state->groups, Group, i);
      gsize from = CLAMP (group->first, first, end), to = CLAMP (group->first + group->n, first, end);

      move_piece (state, first, from, NULL);
      move_piece (state, from, to, group);
      first = to;
    }
  move_piece (state, first, end, NULL);
}

static void
move (gpointer data, guint index, guint thread)
{
  LatheOptimizerState *state = data;
  Tile tile = tile_at (state, index);

  if (state->shrink < 1)
    state->kernels->scale (tile.g, tile.n, state->shrink);
  move_pieces (state, (gsize) index * TILE, (gsize) index * TILE + tile.n);
  if (state->slow_share > 0)
    {
      state->kernels->average (tile.slow, tile.w, tile.n, state->slow_share);
      memcpy (tile.w, tile.slow, tile.n * sizeof *tile.w);
    }
  if (tile.average != NULL)
    state->kernels->average (tile.average, tile.w, tile.n, state->share);
}

static void
examine_and_move (gpointer data, guint index, guint thread)
{
  LatheOptimizerState *state = data;

  examine (state, index, thread);
  if (isfinite (state->square_sum[index]))
    move (state, index, thread);
}

static void
move_and_examine (gpointer data, guint index, guint thread)
{
  move (data, index, thread);
  examine (data, index, thread);
}

/* Zhang et al. 2019, arXiv 1907.08610, with the share of Jordan 2024, arXiv 2404.00498: at first the slow mean is where
 * the weights are, at the end it keeps as much of itself as an average does that keeps 0.95 a step. */
static double
slow_share (const LatheOptimizerState *state)
{
  guint every = state->hyperparameters.lookahead;
  double t = (double) state->t + 1, done = state->end > 0 ? MIN (t / state->end, 1) : 0;

  if (every == 0 || (state->t + 1) % every != 0)
    return 0;
  return 1 - lathe_pow (0.95, every) * done * done * done;
}

static void
plan (LatheOptimizerState *state, double rate)
{
  const LatheHyperparameters *h = &state->hyperparameters;
  double t = (double) state->t + 1, decay = optimizers[h->optimizer].decays ? rate * h->weight_decay : 0;

  state->rate = rate;
  state->shrink = 1;
  /* As TensorFlow's ExponentialMovingAverage with num_updates, so that the first weights are soon forgotten. */
  state->share = 1 - MIN (h->average, (1 + t) / (10 + t));
  state->slow_share = slow_share (state);
  state->adam = (LatheAdamStep){
      .beta1 = h->beta1,
      .beta2 = h->beta2,
      .epsilon = h->epsilon,
      .rate = rate / (1 - lathe_pow (h->beta1, t)),
      .correction = 1 / sqrt (1 - lathe_pow (h->beta2, t)),
      .decay = decay,
  };
  state->lion = (LatheLionStep){.beta1 = h->beta1, .beta2 = h->beta2, .rate = rate, .decay = decay};
}

/* Added up in the order of the tiles, and so the same on any number of threads. */
static double
total (const LatheOptimizerState *state, const double *sums)
{
  double sum = 0;

  for (guint i = 0; i < state->n_tiles; i++)
    sum += sums[i];
  return sum;
}

/**
 * lathe_optimizer_get_norm:
 *
 * Returns: the L2 norm of the gradient that the last step was given, before anything of it was clipped; 0 before the
 * first one. It comes from what a step looks at anyway.
 */
double
lathe_optimizer_get_norm (const LatheOptimizerState *state)
{
  return sqrt (total (state, state->raw_sum));
}

/**
 * lathe_optimizer_step:
 * @weights: (inout): changed in place
 * @gradient: (inout): of the mean loss; clipped in place
 * @rate: the learning rate of this step
 *
 * Clips values first, and then the norm: Pascanu et al. 2013, algorithm 1.
 *
 * Returns: whether the gradient was finite. If not, no step is counted: with clip_norm every weight and moment is as it
 * was, without it some have moved already, by what is no number too, and all are to be thrown away
 */
gboolean
lathe_optimizer_step (LatheOptimizerState *state, LatheReal *weights, LatheReal *gradient, double rate)
{
  double limit = state->hyperparameters.clip_norm;
  LatheTileFunc pass = limit > 0                               ? examine
                       : state->hyperparameters.clip_value > 0 ? examine_and_move
                                                               : move_and_examine;

  state->weights = weights;
  state->gradient = gradient;
  plan (state, rate);
  lathe_pool_run (state->pool, state->n_tiles, pass, state);
  if (!isfinite (total (state, state->square_sum)))
    return FALSE;
  if (limit > 0)
    {
      state->shrink = limit / MAX (limit, sqrt (total (state, state->square_sum)));
      lathe_pool_run (state->pool, state->n_tiles, move, state);
    }
  state->t++;
  return TRUE;
}
