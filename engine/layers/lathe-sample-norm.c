/* lathe-sample-norm.c: normalisation within one sample: layer norm (Ba et al. 2016) and group norm (Wu & He 2018).
 *
 * Both take a unit of some rows of channels, cut the channels into groups, and give each group mean 0 and variance 1:
 *
 *   layer norm   a unit is one pixel, with one group of all channels
 *   group norm   a unit is one sample's pixels, with as many groups as one likes
 *
 * Then comes a scale γ and a shift β a channel. The formulas are those of lathe-batch-norm.c, with a group in the place
 * of a channel. Statistics are not kept: the way back finds them again, while the unit is in cache.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-kinds.h"
#include "lathe-norm.h"
#include "lathe-weights.h"

enum
{
  EPSILON,
  FROZEN,
  N_LAYER_PROPERTIES,
  GROUPS = N_LAYER_PROPERTIES,
  N_GROUP_PROPERTIES
};

static const LatheProperty properties[N_GROUP_PROPERTIES] = {
    [EPSILON] = LATHE_NORM_EPSILON_PROPERTY,
    [FROZEN] = LATHE_FROZEN_PROPERTY,
    [GROUPS] = {.name = "groups",
                .title = N_ ("Groups"),
                .help = N_ ("Into how many groups the channels are cut; each has a mean and a variance of its own."),
                .minimum = 1,
                .maximum = 65536,
                .fallback = 8},
};

static gboolean
group_norm_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                  GError **error)
{
  guint channels = lathe_norm_channels (&inputs[0]), groups = (guint) values->value[GROUPS];

  if (channels % groups != 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("cannot cut %u channels into %u groups: the number of groups must divide them"), channels,
                   groups);
      return FALSE;
    }
  *output = inputs[0];
  return TRUE;
}

static guint
sample_norm_parameters (const LatheProperties *values, const LatheShape *input, LatheParameter *parameters)
{
  guint n = lathe_norm_parameters (input, parameters);

  lathe_weights_freeze (parameters, n, values->value[FROZEN]);
  return n;
}

static void
layer_norm_set (const LatheProperties *values, const LatheShape *input, LatheNormSet *set)
{
  *set = (LatheNormSet){.channels = lathe_norm_channels (input)};
}

static void
group_norm_set (const LatheProperties *values, const LatheShape *input, LatheNormSet *set)
{
  *set = (LatheNormSet){.channels = lathe_norm_channels (input) / (guint) values->value[GROUPS], .all_pixels = TRUE};
}

static guint64
sample_norm_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return lathe_shape_size (output);
}

static char *
group_norm_summary (const LatheProperties *values)
{
  return g_strdup_printf ("%g", values->value[GROUPS]);
}

/* What a thread works with on one unit: arrays of one number a channel, in its scratch. */
typedef struct
{
  guint channels, groups;
  gsize rows;  /* of a unit */
  gsize units; /* of a sample */
  LatheReal *mean, *inverse, *sums, *products, *scale, *slope, *shift;
  LatheReal *moments; /* two numbers a channel */
} Unit;

#define UNIT_NUMBERS 9 /* a channel */

static Unit
unit (const LatheStep *step, guint thread)
{
  guint channels = lathe_norm_channels (&step->output);
  gsize pixels = lathe_shape_size (&step->output) / channels;
  gboolean by_pixel = step->kind == &lathe_layer_layer_norm;
  LatheReal *scratch = lathe_step_thread_scratch (step, thread);

  return (Unit){
      .channels = channels,
      .groups = by_pixel ? 1 : (guint) lathe_step_value (step, GROUPS),
      .rows = by_pixel ? 1 : pixels,
      .units = by_pixel ? pixels : 1,
      .mean = scratch,
      .inverse = scratch + channels,
      .sums = scratch + 2 * (gsize) channels,
      .products = scratch + 3 * (gsize) channels,
      .scale = scratch + 4 * (gsize) channels,
      .slope = scratch + 5 * (gsize) channels,
      .shift = scratch + 6 * (gsize) channels,
      .moments = scratch + 7 * (gsize) channels,
  };
}

static void
sample_norm_plan (LatheStep *step)
{
  gsize channels = lathe_norm_channels (&step->output);

  step->scratch_size = 2 * LATHE_SHARDS * channels;
  step->thread_scratch_size = UNIT_NUMBERS * channels;
}

/* Mean and 1 / √(variance + ε) of each group, written for each of its channels. */
static void
measure (const LatheStep *step, Unit *u, const LatheReal *x)
{
  guint width = u->channels / u->groups;
  double epsilon = lathe_step_value (step, EPSILON);

  lathe_moments (step->kernels, x, u->rows, u->channels, u->mean, u->inverse, u->moments);
  for (guint first = 0; first < u->channels; first += width)
    {
      double mean = 0, squares = 0, inverse;

      for (guint i = first; i < first + width; i++)
        mean += u->mean[i];
      mean /= width;
      for (guint i = first; i < first + width; i++)
        squares += u->inverse[i] + (double) u->rows * (u->mean[i] - mean) * (u->mean[i] - mean);
      inverse = 1 / sqrt (squares / (width * (double) u->rows) + epsilon);
      for (guint i = first; i < first + width; i++)
        {
          u->mean[i] = (LatheReal) mean;
          u->inverse[i] = (LatheReal) inverse;
        }
    }
}

static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  Unit u = unit (step, thread);
  gsize size = u.rows * u.channels, at = sample * lathe_shape_size (&step->output);

  for (gsize i = 0; i < u.units; i++, at += size)
    {
      measure (step, &u, step->x[0] + at);
      for (guint c = 0; c < u.channels; c++)
        {
          u.scale[c] = step->w[LATHE_NORM_GAMMA][c] * u.inverse[c];
          u.shift[c] = step->w[LATHE_NORM_BETA][c] - u.mean[c] * u.scale[c];
        }
      step->kernels->affine (step->y + at, step->x[0] + at, u.scale, u.shift, u.rows, u.channels, 0);
    }
}

static void
sample_norm_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

/* The factors of dx, from the sums over the unit. */
static void
find_factors (const LatheStep *step, Unit *u)
{
  const LatheReal *gamma = step->w[LATHE_NORM_GAMMA];
  guint width = u->channels / u->groups;
  double n = width * (double) u->rows;

  for (guint first = 0; first < u->channels; first += width)
    {
      double inverse = u->inverse[first], sum = 0, product = 0, slope;

      for (guint i = first; i < first + width; i++)
        {
          sum += gamma[i] * u->sums[i];
          product += gamma[i] * u->products[i];
        }
      slope = -inverse * inverse * inverse * product / n;
      for (guint i = first; i < first + width; i++)
        {
          u->scale[i] = gamma[i] * u->inverse[i];
          u->slope[i] = (LatheReal) slope;
          u->shift[i] = (LatheReal) (-inverse * sum / n - slope * u->mean[i]);
        }
    }
}

static LatheReal *
shard_sums (const LatheStep *step, guint shard)
{
  return step->scratch + (gsize) shard * 2 * lathe_norm_channels (&step->output);
}

static void
backward_tile (gpointer data, guint shard, guint thread)
{
  LatheStep *step = data;
  Unit u = unit (step, thread);
  guint first, n = lathe_step_shard (step, shard, &first);
  gsize size = u.rows * u.channels, at = first * lathe_shape_size (&step->output);
  LatheReal *dbeta = shard_sums (step, shard), *dgamma = dbeta + u.channels;

  memset (dbeta, 0, 2 * u.channels * sizeof (LatheReal));
  for (gsize i = 0; i < n * u.units; i++, at += size)
    {
      measure (step, &u, step->x[0] + at);
      memset (u.sums, 0, u.channels * sizeof (LatheReal));
      memset (u.products, 0, u.channels * sizeof (LatheReal));
      step->kernels->column_sums (u.sums, step->dy + at, u.rows, u.channels);
      step->kernels->column_products (u.products, step->dy + at, step->x[0] + at, u.mean, u.rows, u.channels);
      for (guint c = 0; c < u.channels; c++)
        {
          dbeta[c] += u.sums[c];
          dgamma[c] += u.products[c] * u.inverse[c];
        }
      if (step->dx[0] == NULL)
        continue;
      find_factors (step, &u);
      step->kernels->affine_backward (step->dx[0] + at, step->dy + at, step->x[0] + at, u.scale, u.slope, u.shift,
                                      u.rows, u.channels);
    }
}

static void
sample_norm_backward (LatheStep *step)
{
  gsize channels = lathe_norm_channels (&step->output), bytes = channels * sizeof (LatheReal);

  lathe_pool_run (step->pool, lathe_step_n_shards (step), backward_tile, step);
  if (step->dw[LATHE_NORM_GAMMA] == NULL)
    return;
  for (guint shard = 1; shard < lathe_step_n_shards (step); shard++)
    step->kernels->add (step->scratch, shard_sums (step, shard), 2 * channels);
  memcpy (step->dw[LATHE_NORM_BETA], step->scratch, bytes);
  memcpy (step->dw[LATHE_NORM_GAMMA], step->scratch + channels, bytes);
}

const LatheLayerKind lathe_layer_layer_norm = {
    .name = "layer-norm",
    .title = N_ ("Layer norm"),
    .help = N_ ("Gives the channels of each pixel mean 0 and variance 1, whatever the batch."),
    .formula = N_ ("y = γ·x̂ + β, x̂ = (x - μ) / √(σ² + ε), μ and σ² of each pixel over its channels"),
    .gradient = N_ ("∂L/∂γ = Σ δ·x̂, ∂L/∂β = Σ δ, ∂L/∂x = (γ·δ - mean(γ·δ) - x̂·mean(γ·δ·x̂)) / √(σ² + ε)"),
    .group = LATHE_LAYER_GROUP_REGULARISATION,
    .properties = properties,
    .n_properties = N_LAYER_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = lathe_norm_shape,
    .parameters = sample_norm_parameters,
    .cost = sample_norm_cost,
    .norm = layer_norm_set,
    .plan = sample_norm_plan,
    .forward = sample_norm_forward,
    .backward = sample_norm_backward,
};

const LatheLayerKind lathe_layer_group_norm = {
    .name = "group-norm",
    .title = N_ ("Group norm"),
    .help = N_ ("Gives groups of channels mean 0 and variance 1 in each image: batch norm for small batches."),
    .formula = N_ ("y = γ·x̂ + β, x̂ = (x - μ) / √(σ² + ε), μ and σ² of each group of channels over all pixels"),
    .gradient = N_ ("∂L/∂γ = Σ δ·x̂, ∂L/∂β = Σ δ, ∂L/∂x = (γ·δ - mean(γ·δ) - x̂·mean(γ·δ·x̂)) / √(σ² + ε)"),
    .group = LATHE_LAYER_GROUP_REGULARISATION,
    .properties = properties,
    .n_properties = N_GROUP_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = group_norm_shape,
    .parameters = sample_norm_parameters,
    .cost = sample_norm_cost,
    .summary = group_norm_summary,
    .norm = group_norm_set,
    .plan = sample_norm_plan,
    .forward = sample_norm_forward,
    .backward = sample_norm_backward,
};
