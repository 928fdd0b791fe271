/* lathe-dense.c: every unit sees every number. y = x · W + b, W as in × out.
 *
 * The layer behind a flattened image has millions of weights and few units, so the long side is the one to cut: into
 * blocks of inputs. The forward pass sums each block's share into scratch of its own and adds the blocks in order, as
 * long as these sums are few beside the weights; beyond that it cuts the units. The way back does the gradients of a
 * block's weights and of its inputs together, while its weights are in cache; the latter lie inputs × batch at first,
 * so that both are products with whole rows of weights, and are transposed when they are done.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-activation.h"
#include "lathe-follow.h"
#include "lathe-kinds.h"
#include "lathe-weights.h"

#define FORWARD_TILES 16
#define FORWARD_WEIGHTS 16384  /* in a tile, at least */
#define FORWARD_UNITS 64       /* the same */
#define FORWARD_SHARE 8        /* so many times more weights than sums */
#define BACKWARD_WEIGHTS 32768 /* in a block: 128 KiB, and as much of their gradient */
#define BACKWARD_INPUTS 512    /* at most */

enum
{
  UNITS,
  ACTIVATION,
  BIAS,
  WEIGHTS,
  N_PROPERTIES = WEIGHTS + LATHE_N_WEIGHT_PROPERTIES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [UNITS] = {.name = "units",
               .title = N_ ("Units"),
               .help = N_ ("How many numbers come out."),
               .minimum = 1,
               .maximum = 1048576,
               .fallback = 64},
    [ACTIVATION] = LATHE_ACTIVATION_PROPERTY,
    [BIAS] = LATHE_BIAS_PROPERTY,
    LATHE_WEIGHT_PROPERTIES (WEIGHTS),
};

static gboolean
dense_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
             GError **error)
{
  guint units = (guint) values->value[UNITS];

  if (inputs[0].rank != 1)
    {
      g_autofree char *came = lathe_shape_to_string (&inputs[0]);

      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("needs a vector, gets %s: put a Flatten layer in front of it"), came);
      return FALSE;
    }
  if (units == 1 && values->value[ACTIVATION] == LATHE_ACTIVATION_SOFTMAX)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                           _ ("a softmax over one unit is always 1: use a sigmoid, or one unit for each class"));
      return FALSE;
    }
  *output = LATHE_SHAPE_VECTOR (units);
  return TRUE;
}

static guint
dense_parameters (const LatheProperties *values, const LatheShape *input, LatheParameter *parameters)
{
  guint units = (guint) values->value[UNITS], n = values->value[BIAS] != 0 ? 2 : 1;

  parameters[0] = (LatheParameter){
      .name = "weight",
      .shape = {2, {input->dim[0], units}},
      .initialiser = lathe_activation_initialiser ((LatheActivation) values->value[ACTIVATION]),
      .fan_in = input->dim[0],
      .fan_out = units,
  };
  parameters[1] = (LatheParameter){.name = "bias", .shape = LATHE_SHAPE_VECTOR (units)};
  lathe_weights_describe (values, WEIGHTS, parameters, n);
  return n;
}

static guint64
dense_cost (const LatheProperties *values, const LatheShape *input, const LatheShape *output)
{
  return (guint64) input->dim[0] * output->dim[0];
}

static char *
dense_summary (const LatheProperties *values)
{
  const char *title = lathe_activation_title ((LatheActivation) values->value[ACTIVATION]);

  return title != NULL ? g_strdup_printf ("%g · %s", values->value[UNITS], title)
                       : g_strdup_printf ("%g", values->value[UNITS]);
}

static LatheActivation
activation (const LatheStep *step)
{
  return step->linear ? LATHE_ACTIVATION_NONE : (LatheActivation) lathe_step_value (step, ACTIVATION);
}

/* --- Forward --- */

typedef struct
{
  LatheStep *step;
  guint blocks, pieces; /* of inputs, and of units */
} Forward;

/* The most sums of a unit that there are, in all blocks. */
static gsize
most_sums (const LatheStep *step)
{
  return MAX (step->batch, MIN ((gsize) FORWARD_TILES * step->batch, step->input[0].dim[0] / FORWARD_SHARE));
}

static Forward
cut (LatheStep *step)
{
  guint in = step->input[0].dim[0], out = step->output.dim[0];
  gsize tiles = CLAMP ((gsize) in * out / FORWARD_WEIGHTS, 1, FORWARD_TILES);
  guint blocks = (guint) CLAMP (in / ((gsize) FORWARD_SHARE * step->batch), 1, tiles);

  return (Forward){step, blocks,
                   (guint) CLAMP (lathe_ceil_div (tiles, blocks), 1, lathe_ceil_div (out, FORWARD_UNITS))};
}

/* Piece `index` of n: where it begins, and where it ends. */
static void
find_piece (guint whole, guint n, guint index, guint *first, guint *after)
{
  *first = (guint) ((guint64) whole * index / n);
  *after = (guint) ((guint64) whole * (index + 1) / n);
}

static void
forward_tile (gpointer data, guint tile, guint thread)
{
  const Forward *forward = data;
  LatheStep *step = forward->step;
  guint in = step->input[0].dim[0], out = step->output.dim[0], block = tile / forward->pieces;
  guint first, after, unit, last;
  LathePanel panel = {.rows = step->batch, .segments = 1, .a_row = in, .a_depth = 1, .b_depth = out, .c_row = out};

  find_piece (in, forward->blocks, block, &first, &after);
  find_piece (out, forward->pieces, tile % forward->pieces, &unit, &last);
  panel.columns = last - unit;
  panel.depth = after - first;
  panel.a = step->x[0] + first;
  panel.b = step->w[0] + (gsize) first * out + unit;
  panel.c = (forward->blocks > 1 ? step->scratch + (gsize) block * step->batch * out : step->y) + unit;
  step->kernels->panel (&panel);
}

static void
dense_forward (LatheStep *step)
{
  gsize out = step->output.dim[0], size = step->batch * out;
  Forward forward = cut (step);

  lathe_pool_run (step->pool, forward.blocks * forward.pieces, forward_tile, &forward);
  if (forward.blocks > 1)
    memcpy (step->y, step->scratch, size * sizeof (LatheReal));
  for (guint block = 1; block < forward.blocks; block++)
    step->kernels->add (step->y, step->scratch + block * size, size);
  if (step->n_parameters > 1)
    step->kernels->bias (step->y, step->w[1], step->batch, out, FALSE);
  lathe_activation_apply (activation (step), step, step->y, 0, step->batch);
  lathe_follow (step, step->y, 0, step->batch);
}

/* --- Backward --- */

static guint
backward_block (const LatheStep *step)
{
  return CLAMP (BACKWARD_WEIGHTS / step->output.dim[0], 1, BACKWARD_INPUTS);
}

static void
dense_plan (LatheStep *step)
{
  gsize out = step->output.dim[0];

  lathe_activation_plan (activation (step), step);
  step->scratch_size = most_sums (step) * out;
  if (!step->training)
    return;
  step->scratch_size = MAX (step->scratch_size, step->batch * out);
  step->thread_scratch_size = (gsize) backward_block (step) * step->batch;
}

static void
backward_tile (gpointer data, guint block, guint thread)
{
  LatheStep *step = data;
  guint in = step->input[0].dim[0], out = step->output.dim[0];
  guint first = block * backward_block (step), n = MIN (backward_block (step), in - first);

  if (step->dw[0] != NULL)
    step->kernels->panel (&(LathePanel){
        .rows = n,
        .columns = out,
        .segments = 1,
        .depth = step->batch,
        .a = step->x[0] + first,
        .a_row = 1,
        .a_depth = in,
        .b = step->dy,
        .b_depth = out,
        .c = step->dw[0] + (gsize) first * out,
        .c_row = out,
    });
  if (step->dx[0] != NULL)
    {
      LatheReal *scratch = lathe_step_thread_scratch (step, thread);

      step->kernels->panel (&(LathePanel){
          .rows = n,
          .columns = step->batch,
          .segments = 1,
          .depth = out,
          .a = step->w[0] + (gsize) first * out,
          .a_row = out,
          .a_depth = 1,
          .b = step->scratch,
          .b_depth = step->batch,
          .c = scratch,
          .c_row = step->batch,
      });
      step->kernels->transpose (step->dx[0] + first, in, scratch, step->batch, n, step->batch);
    }
}

static void
dense_backward (LatheStep *step)
{
  gsize out = step->output.dim[0];

  lathe_unfollow (step, 0, step->batch);
  lathe_activation_unapply (activation (step), step, 0, step->batch);
  if (step->dw[1] != NULL)
    {
      memset (step->dw[1], 0, out * sizeof (LatheReal));
      step->kernels->column_sums (step->dw[1], step->dy, step->batch, out);
    }
  if (step->dx[0] != NULL)
    step->kernels->transpose (step->scratch, step->batch, step->dy, out, step->batch, (guint) out);
  lathe_pool_run (step->pool, (guint) lathe_ceil_div (step->input[0].dim[0], backward_block (step)), backward_tile,
                  step);
}

const LatheLayerKind lathe_layer_dense = {
    .name = "dense",
    .title = N_ ("Dense"),
    .help = N_ ("Weighs everything it gets, once for each of its units."),
    .formula = N_ ("z = x·W[ + b]"),
    .gradient = N_ ("∂L/∂W = xᵀ·δ[, ∂L/∂b = δ], ∂L/∂x = δ·Wᵀ"),
    .group = LATHE_LAYER_GROUP_DENSE,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_MADE,
    .shape = dense_shape,
    .parameters = dense_parameters,
    .cost = dense_cost,
    .summary = dense_summary,
    .plan = dense_plan,
    .forward = dense_forward,
    .backward = dense_backward,
    .leads = TRUE,
};
