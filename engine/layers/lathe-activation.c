/* lathe-activation.c: activation functions, as layers of their own and as a property of others.
 *
 * What they compute is in the table of kernels; the table here makes layers of them. As a property of another layer a
 * function runs in place, and a slope that only the input tells has that input kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-activation.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

const char *const lathe_activation_names[] = {
    N_ ("none"),     N_ ("relu"), N_ ("sigmoid"),   N_ ("softmax"), N_ ("relu6"),      N_ ("leaky-relu"),   N_ ("elu"),
    N_ ("selu"),     N_ ("gelu"), N_ ("gelu-tanh"), N_ ("silu"),    N_ ("hard-swish"), N_ ("hard-sigmoid"), N_ ("tanh"),
    N_ ("softplus"), NULL};

/* --- As layers --- */

static LatheActivation
activation_of (const LatheLayerKind *kind)
{
  const char *row = (const char *) kind - offsetof (LatheActivationRow, kind);

  return (LatheActivation) ((const LatheActivationRow *) row - lathe_activations);
}

static LatheReal
parameter_of (const LatheStep *step)
{
  return step->kind->n_properties > 0 ? (LatheReal) lathe_step_value (step, 0) : 0;
}

static void
layer_forward_rows (LatheStep *step, LatheReal *y, const LatheReal *x, gsize first, gsize n)
{
  step->kernels->activation[activation_of (step->kind)].forward (y, x, n, lathe_step_columns (step),
                                                                 parameter_of (step));
}

static void
layer_backward_rows (LatheStep *step, gsize first, gsize n)
{
  gsize columns = lathe_step_columns (step), at = first * columns;
  const LatheReal *known = step->kind->from_input ? step->x[0] : step->y;

  if (step->dx[0] != NULL)
    step->kernels->activation[activation_of (step->kind)].backward (step->dx[0] + at, known + at, step->dy + at, n,
                                                                    columns, parameter_of (step));
}

static void
layer_curve (const LatheLayerKind *kind, const LatheProperties *values, LatheReal *y, const LatheReal *x, gsize n)
{
  LatheReal parameter = kind->n_properties > 0 ? (LatheReal) values->value[0] : 0;

  lathe_kernels ()->activation[activation_of (kind)].forward (y, x, n, 1, parameter);
}

static gboolean
same_shape (const LatheProperties *properties, const LatheShape *inputs, guint n_inputs, LatheShape *output,
            GError **error)
{
  *output = inputs[0];
  return TRUE;
}

static char *
parameter_summary (const LatheProperties *values)
{
  return g_strdup_printf ("%g", values->value[0]);
}

static const LatheProperty leaky_relu_property = {
    .name = "slope",
    .title = N_ ("Slope"),
    .help = N_ ("What a negative number is multiplied by."),
    .type = LATHE_PROPERTY_REAL,
    .minimum = 0,
    .maximum = 1,
    .fallback = 0.01,
};

static const LatheProperty elu_property = {
    .name = "alpha",
    .title = N_ ("Alpha"),
    .help = N_ ("How far below zero the most negative numbers end."),
    .type = LATHE_PROPERTY_REAL,
    .minimum = 0,
    .maximum = 100,
    .fallback = 1,
};

/* A layer that is called like the activation and may have one property: a function of rows, and one of numbers. */
#define LAYER_OF_ROWS(name_, title_, help_, formula_, gradient_, property_, from_input_, ...)                          \
  {                                                                                                                    \
    .name = name_, .title = title_, .help = help_, .formula = formula_, .gradient = gradient_,                         \
    .group = LATHE_LAYER_GROUP_ACTIVATION, .properties = property_, .n_properties = (property_) != NULL,               \
    .min_inputs = 1, .max_inputs = 1, .shape = same_shape, .summary = (property_) != NULL ? parameter_summary : NULL,  \
    .forward_rows = layer_forward_rows, .backward_rows = layer_backward_rows, .from_input = from_input_, __VA_ARGS__   \
  }
#define LAYER(...) LAYER_OF_ROWS (__VA_ARGS__, .channels = LATHE_CHANNELS_KEPT, .curve = layer_curve)

const LatheActivationRow lathe_activations[LATHE_N_ACTIVATIONS] = {
    [LATHE_ACTIVATION_NONE] = {.initialiser = LATHE_INITIALISER_GLOROT_UNIFORM},
    [LATHE_ACTIVATION_RELU] = {LAYER ("relu", N_ ("ReLU"),
                                      N_ ("Lets what is positive pass and turns the rest to zero."),
                                      N_ ("y = max(0, x)"), N_ ("∂L/∂x = δ where x > 0, else 0"), NULL, FALSE,
                                      .limit = INFINITY),
                               LATHE_INITIALISER_HE_UNIFORM},
    [LATHE_ACTIVATION_SIGMOID] = {LAYER ("sigmoid", N_ ("Sigmoid"),
                                         N_ ("Squeezes each number into the range from 0 to 1: the probability of a "
                                             "yes."),
                                         N_ ("y = 1 / (1 + e⁻ˣ)"), N_ ("∂L/∂x = δ·y·(1 - y)"), NULL, FALSE),
                                  LATHE_INITIALISER_GLOROT_UNIFORM},
    [LATHE_ACTIVATION_SOFTMAX] = {LAYER_OF_ROWS (
                                      "softmax", N_ ("Softmax"),
                                      N_ ("Turns the last dimension into probabilities that add up to 1: one for "
                                          "each class."),
                                      N_ ("y = eˣ / Σ eˣ"), N_ ("∂L/∂x = y·(δ - Σ δ·y)"), NULL, FALSE),
                                  LATHE_INITIALISER_GLOROT_UNIFORM},
    [LATHE_ACTIVATION_RELU6] = {LAYER ("relu6", N_ ("ReLU6"), N_ ("ReLU that stops at 6, as in MobileNet."),
                                       N_ ("y = min(max(0, x), 6)"), N_ ("∂L/∂x = δ where 0 < x < 6, else 0"), NULL,
                                       FALSE, .limit = 6),
                                LATHE_INITIALISER_HE_UNIFORM},
    [LATHE_ACTIVATION_LEAKY_RELU] = {LAYER ("leaky-relu", N_ ("Leaky ReLU"),
                                            N_ ("ReLU that lets a little of what is negative pass, so that no unit "
                                                "stops learning."),
                                            N_ ("y = max(0, x) + a·min(0, x)"), N_ ("∂L/∂x = δ where x > 0, else a·δ"),
                                            &leaky_relu_property, FALSE),
                                     LATHE_INITIALISER_HE_UNIFORM},
    [LATHE_ACTIVATION_ELU] = {LAYER ("elu", N_ ("ELU"), N_ ("ReLU with a smooth exponential below zero."),
                                     N_ ("y = x where x > 0, else α·(eˣ - 1)"),
                                     N_ ("∂L/∂x = δ where x > 0, else δ·(y + α)"), &elu_property, FALSE),
                              LATHE_INITIALISER_HE_UNIFORM},
    [LATHE_ACTIVATION_SELU] = {LAYER ("selu", N_ ("SELU"),
                                      N_ ("ELU scaled so that mean and variance keep themselves at 0 and 1."),
                                      N_ ("y = λ·x where x > 0, else λ·α·(eˣ - 1), λ = 1.0507, α = 1.6733"),
                                      N_ ("∂L/∂x = λ·δ where x > 0, else δ·(y + λ·α)"), NULL, FALSE),
                               LATHE_INITIALISER_GLOROT_UNIFORM},
    [LATHE_ACTIVATION_GELU] = {LAYER ("gelu", N_ ("GELU"),
                                      N_ ("Weighs each number by how large it is among normal ones, as in "
                                          "transformers."),
                                      N_ ("y = x·Φ(x), Φ the normal distribution"), N_ ("∂L/∂x = δ·(Φ(x) + x·φ(x))"),
                                      NULL, TRUE),
                               LATHE_INITIALISER_HE_UNIFORM},
    [LATHE_ACTIVATION_GELU_TANH] =
        {LAYER ("gelu-tanh", N_ ("GELU (tanh)"), N_ ("The approximation of GELU that BERT and GPT-2 use."),
                N_ ("y = x / 2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))"),
                N_ ("∂L/∂x = δ·((1 + t) / 2 + x / 2·(1 - t²)·√(2/π)·(1 + 0.134145·x²)), t the tanh"), NULL, TRUE),
         LATHE_INITIALISER_HE_UNIFORM},
    [LATHE_ACTIVATION_SILU] = {LAYER ("silu", N_ ("SiLU"),
                                      N_ ("Weighs each number by its own sigmoid: Swish, as in EfficientNet."),
                                      N_ ("y = x·s(x), s the sigmoid"), N_ ("∂L/∂x = δ·s(x)·(1 + x·(1 - s(x)))"), NULL,
                                      TRUE),
                               LATHE_INITIALISER_HE_UNIFORM},
    [LATHE_ACTIVATION_HARD_SWISH] = {LAYER ("hard-swish", N_ ("Hard swish"),
                                            N_ ("SiLU of straight pieces, quick to compute, as in MobileNet V3."),
                                            N_ ("y = x·min(max(0, x + 3), 6) / 6"),
                                            N_ ("∂L/∂x = δ·(min(max(0, x + 3), 6) / 6 + x / 6 where -3 < x < 3)"), NULL,
                                            TRUE),
                                     LATHE_INITIALISER_HE_UNIFORM},
    [LATHE_ACTIVATION_HARD_SIGMOID] = {LAYER ("hard-sigmoid", N_ ("Hard sigmoid"),
                                              N_ ("A sigmoid of straight pieces: 0 below -3, 1 above 3."),
                                              N_ ("y = min(max(0, x + 3), 6) / 6"),
                                              N_ ("∂L/∂x = δ / 6 where -3 < x < 3, else 0"), NULL, FALSE),
                                       LATHE_INITIALISER_GLOROT_UNIFORM},
    [LATHE_ACTIVATION_TANH] = {LAYER ("tanh", N_ ("Tanh"), N_ ("Squeezes each number into the range from -1 to 1."),
                                      N_ ("y = tanh(x)"), N_ ("∂L/∂x = δ·(1 - y²)"), NULL, FALSE),
                               LATHE_INITIALISER_GLOROT_UNIFORM},
    [LATHE_ACTIVATION_SOFTPLUS] = {LAYER ("softplus", N_ ("Softplus"), N_ ("A smooth ReLU that is never zero."),
                                          N_ ("y = ln(1 + eˣ)"), N_ ("∂L/∂x = δ·(1 - e⁻ʸ)"), NULL, FALSE),
                                   LATHE_INITIALISER_HE_UNIFORM},
};

/* --- As a property of other layers --- */

/**
 * lathe_activation_title:
 *
 * Returns: what people call it: "ReLU"; NULL for none
 */
const char *
lathe_activation_title (LatheActivation activation)
{
  const char *title = lathe_activations[activation].kind.title;

  return title != NULL ? _ (title) : NULL;
}

LatheInitialiser
lathe_activation_initialiser (LatheActivation activation)
{
  return lathe_activations[activation].initialiser;
}

static LatheReal
default_parameter (const LatheActivationRow *row)
{
  return row->kind.n_properties > 0 ? (LatheReal) row->kind.properties[0].fallback : 0;
}

void
lathe_activation_forward (LatheActivation activation, const LatheKernels *kernels, LatheReal *y, const LatheReal *x,
                          gsize rows, gsize columns)
{
  const LatheActivationRow *row = &lathe_activations[activation];

  if (activation != LATHE_ACTIVATION_NONE)
    kernels->activation[activation].forward (y, x, rows, columns, default_parameter (row));
}

/**
 * lathe_activation_plan:
 *
 * Asks for memory to keep the whole output as it was before the activation, if training will need that.
 */
void
lathe_activation_plan (LatheActivation activation, LatheStep *step)
{
  if (step->training && lathe_activations[activation].kind.from_input)
    step->kept_size = step->batch * lathe_shape_size (&step->output);
}

/**
 * lathe_activation_apply:
 * @y: n rows of the output, wherever they are
 * @first: which row of all samples' is the first of them
 */
void
lathe_activation_apply (LatheActivation activation, LatheStep *step, LatheReal *y, gsize first, gsize n)
{
  gsize columns = lathe_step_columns (step);

  if (step->kept != NULL)
    memcpy (step->kept + first * columns, y, n * columns * sizeof (LatheReal));
  lathe_activation_forward (activation, step->kernels, y, y, n, columns);
}

/**
 * lathe_activation_unapply:
 *
 * Turns the gradient of n rows of the output into that of what apply() found there.
 */
void
lathe_activation_unapply (LatheActivation activation, LatheStep *step, gsize first, gsize n)
{
  const LatheActivationRow *row = &lathe_activations[activation];
  gsize columns = lathe_step_columns (step), at = first * columns;
  const LatheReal *known = row->kind.from_input ? step->kept : step->y;

  if (activation != LATHE_ACTIVATION_NONE)
    step->kernels->activation[activation].backward (step->dy + at, known + at, step->dy + at, n, columns,
                                                    default_parameter (row));
}
