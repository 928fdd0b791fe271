/* lathe-dense.c: every unit sees every number. y = x · W + b, W as in × out.
 *
 * The layer behind a flattened image has millions of weights and few units, so the long side is the one to cut: into
 * blocks of inputs. The forward pass sums each block's share into scratch of its own and adds the blocks in order; the
 * way back does the gradients of a block's weights and of its inputs together, while its weights are in cache.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-blas.h"
#include "base/lathe-error.h"
#include "lathe-activation.h"
#include "lathe-follow.h"
#include "lathe-kinds.h"
#include "lathe-weights.h"

#define FORWARD_BLOCKS 16  /* at most: each holds batch × units sums */
#define FORWARD_BLOCK 1024 /* inputs, at least */
#define BACKWARD_BLOCK 512 /* inputs */

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

static guint
forward_block (const LatheStep *step)
{
  return (guint) MAX (FORWARD_BLOCK, lathe_ceil_div (step->input[0].dim[0], FORWARD_BLOCKS));
}

static void
dense_plan (LatheStep *step)
{
  gsize blocks = lathe_ceil_div (step->input[0].dim[0], forward_block (step));

  lathe_activation_plan (activation (step), step);
  step->scratch_size = blocks * step->batch * step->output.dim[0];
}

static void
forward_tile (gpointer data, guint block, guint thread)
{
  LatheStep *step = data;
  guint in = step->input[0].dim[0], out = step->output.dim[0];
  guint first = block * forward_block (step), n = MIN (forward_block (step), in - first);

  lathe_gemm (FALSE, FALSE, step->batch, out, n, step->x[0] + first, in, step->w[0] + (gsize) first * out, out, FALSE,
              step->scratch + (gsize) block * step->batch * out, out);
}

static void
dense_forward (LatheStep *step)
{
  gsize out = step->output.dim[0], size = step->batch * out;
  guint blocks = (guint) lathe_ceil_div (step->input[0].dim[0], forward_block (step));

  lathe_pool_run (step->pool, blocks, forward_tile, step);
  memcpy (step->y, step->scratch, size * sizeof (LatheReal));
  for (guint block = 1; block < blocks; block++)
    step->kernels->add (step->y, step->scratch + block * size, size);
  if (step->n_parameters > 1)
    step->kernels->bias (step->y, step->w[1], step->batch, out, FALSE);
  lathe_activation_apply (activation (step), step, step->y, 0, step->batch);
  lathe_follow (step, step->y, 0, step->batch);
}

static void
backward_tile (gpointer data, guint block, guint thread)
{
  LatheStep *step = data;
  guint in = step->input[0].dim[0], out = step->output.dim[0];
  guint first = block * BACKWARD_BLOCK, n = MIN (BACKWARD_BLOCK, in - first);

  if (step->dw[0] != NULL)
    lathe_gemm (TRUE, FALSE, n, out, step->batch, step->x[0] + first, in, step->dy, out, FALSE,
                step->dw[0] + (gsize) first * out, out);
  if (step->dx[0] != NULL)
    lathe_gemm (FALSE, TRUE, step->batch, n, out, step->dy, out, step->w[0] + (gsize) first * out, out, FALSE,
                step->dx[0] + first, in);
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
  lathe_pool_run (step->pool, (guint) lathe_ceil_div (step->input[0].dim[0], BACKWARD_BLOCK), backward_tile, step);
}

const LatheLayerKind lathe_layer_dense = {
    .name = "dense",
    .title = N_ ("Dense"),
    .help = N_ ("Weighs everything it gets, once for each of its units."),
    .group = LATHE_LAYER_GROUP_DENSE,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = dense_shape,
    .parameters = dense_parameters,
    .cost = dense_cost,
    .summary = dense_summary,
    .plan = dense_plan,
    .forward = dense_forward,
    .backward = dense_backward,
    .leads = TRUE,
};
