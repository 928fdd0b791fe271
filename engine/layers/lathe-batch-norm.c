/* lathe-batch-norm.c: batch normalisation (Ioffe & Szegedy 2015): every channel gets mean 0 and variance 1 over the
 * batch, then a scale γ and a shift β that are learned. Answering uses running statistics instead of the batch's.
 *
 *   x̂ = (x - μ) / √(σ² + ε),  y = γ·x̂ + β
 *   dβ = Σ dy,  dγ = Σ dy·x̂,  dx = γ / √(σ² + ε) · (dy - dβ / n - x̂·dγ / n)
 *
 * Both directions come down to one product and sum with factors for each channel. Those of the way back lie in the
 * scratch memory behind the sums of the shards.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "lathe-follow.h"
#include "lathe-kinds.h"
#include "lathe-norm.h"
#include "lathe-weights.h"

#define SUM_NUMBERS 4096 /* whose gradient is summed up at once: they stay in the first-level cache */

enum
{
  MOMENTUM,
  EPSILON,
  FROZEN,
  LEARNS_SCALE,
  L2,
  N_PROPERTIES
};

enum
{
  GAMMA = LATHE_NORM_GAMMA,
  BETA = LATHE_NORM_BETA,
  RUNNING_MEAN,
  RUNNING_VARIANCE,
  N_PARAMETERS
};

/* What is kept of a pass, one number a channel. */
enum
{
  MEAN,
  INVERSE, /* 1 / √(σ² + ε) */
  SCALE,   /* y = SCALE · x + SHIFT */
  SHIFT,
  N_KEPT
};

static const LatheProperty properties[N_PROPERTIES] = {
    [MOMENTUM] = {.name = "momentum",
                  .title = N_ ("Momentum"),
                  .help = N_ ("The share of the running mean and variance that each training step keeps."),
                  .type = LATHE_PROPERTY_REAL,
                  .minimum = 0,
                  .maximum = 1,
                  .fallback = 0.9},
    [EPSILON] = LATHE_NORM_EPSILON_PROPERTY,
    [FROZEN] = LATHE_FROZEN_PROPERTY,
    [LEARNS_SCALE] = {.name = "scale",
                      .title = N_ ("Scale"),
                      .help = N_ ("Whether each channel learns what it is multiplied by, or only what is added to it."),
                      .type = LATHE_PROPERTY_CHOICE,
                      .minimum = 0,
                      .maximum = 1,
                      .fallback = 1,
                      .choices = lathe_no_yes},
    [L2] = {.name = "l2",
            .title = N_ ("L2 penalty"),
            .help =
                N_ ("Is added to the loss for each unit of the squares of scale and shift, which keeps them small."),
            .type = LATHE_PROPERTY_REAL,
            .minimum = 0,
            .maximum = 100,
            .fallback = 0},
};

static guint
batch_norm_parameters (const LatheProperties *values, const LatheShape *input, LatheParameter *parameters)
{
  LatheShape shape = LATHE_SHAPE_VECTOR (lathe_norm_channels (input));

  lathe_norm_parameters (input, parameters);
  parameters[RUNNING_MEAN] = (LatheParameter){.name = "running-mean", .shape = shape, .state = TRUE};
  parameters[RUNNING_VARIANCE] = (LatheParameter){
      .name = "running-variance", .shape = shape, .initialiser = LATHE_INITIALISER_ONES, .state = TRUE};
  lathe_weights_freeze (parameters, N_PARAMETERS, values->value[FROZEN]);
  parameters[GAMMA].frozen |= values->value[LEARNS_SCALE] == 0;
  parameters[GAMMA].l2 = parameters[BETA].l2 = values->value[L2];
  return N_PARAMETERS;
}

static void
batch_norm_set (const LatheProperties *values, const LatheShape *input, LatheNormSet *set)
{
  *set = (LatheNormSet){.channels = 1, .all_pixels = TRUE, .all_samples = TRUE};
}

static guint64
batch_norm_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return lathe_shape_size (output);
}

static void
batch_norm_plan (LatheStep *step)
{
  gsize channels = lathe_norm_channels (&step->output);

  step->scratch_size = (2 * LATHE_SHARDS + 3) * channels;
  step->thread_scratch_size = 2 * channels;
  step->kept_size = N_KEPT * channels;
}

static LatheReal *
kept (const LatheStep *step, guint index)
{
  return step->kept + (gsize) index * lathe_step_columns (step);
}

/* A frozen layer answers while the others learn, so that what it was trained with stays (as in Keras). */
static gboolean
looks_at_batch (const LatheStep *step)
{
  return step->training && lathe_step_value (step, FROZEN) == 0;
}

static gsize
pixels (const LatheStep *step)
{
  return lathe_shape_size (&step->output) / lathe_norm_channels (&step->output);
}

/* Two numbers a channel of one shard. */
static LatheReal *
shard_sums (const LatheStep *step, guint shard)
{
  return step->scratch + (gsize) shard * 2 * lathe_norm_channels (&step->output);
}

static LatheReal *
factors (const LatheStep *step, guint index)
{
  return shard_sums (step, LATHE_SHARDS) + (gsize) index * lathe_norm_channels (&step->output);
}

/* --- Forward --- */

static void
moments_tile (gpointer data, guint shard, guint thread)
{
  LatheStep *step = data;
  guint channels = lathe_norm_channels (&step->output);
  guint first, n = lathe_step_shard (step, shard, &first);
  LatheReal *sums = shard_sums (step, shard);

  lathe_moments (step->kernels, step->x[0] + first * lathe_shape_size (&step->output), n * pixels (step), channels,
                 sums, sums + channels, lathe_step_thread_scratch (step, thread));
}

static void
run_on (LatheReal *running, LatheReal new, double momentum)
{
  *running = (LatheReal) (momentum * *running + (1 - momentum) * new);
}

/* Leaves the batch's statistics in `kept`, and follows them with the running ones. The running variance is the unbiased
 * one, as in the paper (algorithm 2) and in PyTorch. */
static void
look_at_batch (LatheStep *step)
{
  guint channels = lathe_norm_channels (&step->output), n_shards = lathe_step_n_shards (step);
  LatheReal *mean = kept (step, MEAN), *inverse = kept (step, INVERSE);
  LatheReal *squares = shard_sums (step, 0) + channels;
  gsize n = step->batch * pixels (step);
  double momentum = lathe_step_value (step, MOMENTUM), epsilon = lathe_step_value (step, EPSILON);

  lathe_pool_run (step->pool, n_shards, moments_tile, step);
  for (guint shard = 1; shard < n_shards; shard++)
    {
      LatheReal *other = shard_sums (step, shard);
      guint first, samples = lathe_step_shard (step, shard, &first);

      lathe_moments_merge (shard_sums (step, 0), squares, first * pixels (step), other, other + channels,
                           samples * pixels (step), channels);
    }
  for (guint i = 0; i < channels; i++)
    {
      mean[i] = shard_sums (step, 0)[i];
      inverse[i] = (LatheReal) (1 / sqrt (squares[i] / (double) n + epsilon));
      run_on (&step->state[RUNNING_MEAN][i], mean[i], momentum);
      run_on (&step->state[RUNNING_VARIANCE][i], squares[i] / (LatheReal) MAX (1, n - 1), momentum);
    }
}

static void
recall (LatheStep *step)
{
  guint channels = lathe_norm_channels (&step->output);
  double epsilon = lathe_step_value (step, EPSILON);

  for (guint i = 0; i < channels; i++)
    {
      kept (step, MEAN)[i] = step->w[RUNNING_MEAN][i];
      kept (step, INVERSE)[i] = (LatheReal) (1 / sqrt (step->w[RUNNING_VARIANCE][i] + epsilon));
    }
}

/* In front of the forward pass: finds the statistics, and the factors. */
static void
begin (LatheStep *step)
{
  guint channels = lathe_norm_channels (&step->output);

  if (looks_at_batch (step))
    look_at_batch (step);
  else
    recall (step);
  for (guint i = 0; i < channels; i++)
    {
      kept (step, SCALE)[i] = step->w[GAMMA][i] * kept (step, INVERSE)[i];
      kept (step, SHIFT)[i] = step->w[BETA][i] - kept (step, MEAN)[i] * kept (step, SCALE)[i];
    }
}

static void
forward_rows (LatheStep *step, LatheReal *y, const LatheReal *x, gsize first, gsize n)
{
  step->kernels->affine (y, x, kept (step, SCALE), kept (step, SHIFT), n, lathe_step_columns (step), step->limit);
}

static void
batch_norm_forward (LatheStep *step)
{
  begin (step);
  lathe_rows_forward (step);
}

/* --- Backward --- */

/* Takes the layers that follow back, too: in each block of rows while it is in cache. */
static void
sums_tile (gpointer data, guint shard, guint thread)
{
  LatheStep *step = data;
  guint channels = lathe_norm_channels (&step->output);
  guint first, n = lathe_step_shard (step, shard, &first);
  gsize row = first * pixels (step), end = row + n * pixels (step), block = MAX (1, SUM_NUMBERS / channels);
  LatheReal *sums = shard_sums (step, shard);

  memset (sums, 0, 2 * channels * sizeof (LatheReal));
  for (; row < end; row += block)
    {
      gsize at = row * channels, rows = MIN (block, end - row);

      lathe_unfollow (step, row, rows);
      step->kernels->column_sums (sums, step->dy + at, rows, channels);
      step->kernels->column_products (sums + channels, step->dy + at, step->x[0] + at, kept (step, MEAN), rows,
                                      channels);
    }
}

static void
backward_tile (gpointer data, guint tile, guint thread)
{
  LatheStep *step = data;
  gsize channels = lathe_step_columns (step), first, n = lathe_rows_tile (step, tile, &first), at = first * channels;

  step->kernels->affine_backward (step->dx[0] + at, step->dy + at, step->x[0] + at, factors (step, 0),
                                  factors (step, 1), factors (step, 2), n, channels);
}

static void
sum_up (LatheStep *step)
{
  guint channels = lathe_norm_channels (&step->output), n_shards = lathe_step_n_shards (step);
  LatheReal *sums = shard_sums (step, 0);

  lathe_pool_run (step->pool, n_shards, sums_tile, step);
  for (guint shard = 1; shard < n_shards; shard++)
    step->kernels->add (sums, shard_sums (step, shard), 2 * channels);
  for (guint i = 0; i < channels; i++)
    {
      step->dw[BETA][i] = sums[i];
      if (step->dw[GAMMA] != NULL)
        step->dw[GAMMA][i] = sums[channels + i] * kept (step, INVERSE)[i];
    }
}

/* The factors of dx. Where the statistics were given, and not the batch's own, dx is no more than γ / √(σ² + ε) · dy.
 */
static void
find_factors (LatheStep *step)
{
  guint channels = lathe_norm_channels (&step->output);
  const LatheReal *sums = shard_sums (step, 0);
  LatheReal n = (LatheReal) (step->batch * pixels (step));

  for (guint i = 0; i < channels; i++)
    {
      LatheReal mean = kept (step, MEAN)[i], inverse = kept (step, INVERSE)[i];
      LatheReal scale = step->w[GAMMA][i] * inverse;
      LatheReal slope = looks_at_batch (step) ? -scale * inverse * inverse * sums[channels + i] / n : 0;

      factors (step, 0)[i] = scale;
      factors (step, 1)[i] = slope;
      factors (step, 2)[i] = looks_at_batch (step) ? -scale * sums[i] / n - slope * mean : 0;
    }
}

static void
batch_norm_backward (LatheStep *step)
{
  if (step->dw[BETA] != NULL)
    sum_up (step);
  else
    lathe_rows_unfollow (step);
  if (step->dx[0] == NULL)
    return;
  find_factors (step);
  lathe_pool_run (step->pool, lathe_rows_n_tiles (step), backward_tile, step);
}

const LatheLayerKind lathe_layer_batch_norm = {
    .name = "batch-norm",
    .title = N_ ("Batch norm"),
    .help = N_ ("Gives each channel mean 0 and variance 1 over the batch, so that deep networks train faster."),
    .formula = N_ ("y = γ·x̂ + β, x̂ = (x - μ) / √(σ² + ε), μ and σ² of each channel over the batch, or running ones"),
    .gradient = N_ ("∂L/∂γ = Σ δ·x̂, ∂L/∂β = Σ δ, ∂L/∂x = γ / √(σ² + ε)·(δ - mean(δ) - x̂·mean(δ·x̂))"),
    .group = LATHE_LAYER_GROUP_REGULARISATION,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = lathe_norm_shape,
    .parameters = batch_norm_parameters,
    .cost = batch_norm_cost,
    .norm = batch_norm_set,
    .plan = batch_norm_plan,
    .forward = batch_norm_forward,
    .backward = batch_norm_backward,
    .begin = begin,
    .forward_rows = forward_rows,
    .limits = TRUE,
    .leads = TRUE,
};
