/* lathe-activation.c: activation functions, as layers of their own and as a property of others.
 *
 * Each is a function of one number and its slope; the table at the end makes layers of them. As a property of another
 * layer it runs in place, and a slope that only the input tells has that input kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-activation.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-math.h"

const char *const lathe_activation_names[] = {
    N_ ("none"),     N_ ("relu"), N_ ("sigmoid"),   N_ ("softmax"), N_ ("relu6"),      N_ ("leaky-relu"),   N_ ("elu"),
    N_ ("selu"),     N_ ("gelu"), N_ ("gelu-tanh"), N_ ("silu"),    N_ ("hard-swish"), N_ ("hard-sigmoid"), N_ ("tanh"),
    N_ ("softplus"), NULL};

/* --- Of one number: the value by x, the slope by y (or by x, where the table says so) --- */

/* Written so that the exponential never overflows. */
static inline LatheReal
sigmoid (LatheReal x, LatheReal parameter)
{
  LatheReal e = (LatheReal) lathe_exp (-fabs ((double) x));

  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static inline LatheReal
sigmoid_slope (LatheReal y, LatheReal parameter)
{
  return y * (1 - y);
}

static inline LatheReal
relu6 (LatheReal x, LatheReal parameter)
{
  LatheReal positive = x > 0 ? x : 0;

  return positive < 6 ? positive : 6;
}

static inline LatheReal
relu6_slope (LatheReal y, LatheReal parameter)
{
  return y > 0 && y < 6 ? 1 : 0;
}

static inline LatheReal
leaky_relu (LatheReal x, LatheReal slope)
{
  return x > 0 ? x : slope * x;
}

static inline LatheReal
leaky_relu_slope (LatheReal y, LatheReal slope)
{
  return y > 0 ? 1 : slope;
}

/* Clevert et al. 2016, eq. 14 */
static inline LatheReal
elu (LatheReal x, LatheReal alpha)
{
  return x > 0 ? x : (LatheReal) (alpha * lathe_expm1 ((double) x));
}

static inline LatheReal
elu_slope (LatheReal y, LatheReal alpha)
{
  return y > 0 ? 1 : y + alpha;
}

/* Klambauer et al. 2017, eq. 2 and 14 */
#define SELU_SCALE 1.0507009873554804934193349852946
#define SELU_ALPHA 1.6732632423543772848170429916717

static inline LatheReal
selu (LatheReal x, LatheReal parameter)
{
  return (LatheReal) (SELU_SCALE * (x > 0 ? x : SELU_ALPHA * lathe_expm1 ((double) x)));
}

static inline LatheReal
selu_slope (LatheReal y, LatheReal parameter)
{
  return (LatheReal) (y > 0 ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA);
}

/* Hendrycks & Gimpel 2016: x · Φ(x), Φ the normal distribution */
static inline LatheReal
gelu (LatheReal x, LatheReal parameter)
{
  return (LatheReal) (0.5 * x * lathe_erfc (-x * G_SQRT2 / 2));
}

static inline LatheReal
gelu_slope (LatheReal x, LatheReal parameter)
{
  return (LatheReal) (0.5 * lathe_erfc (-x * G_SQRT2 / 2) + x * lathe_exp (-0.5 * x * (double) x) / sqrt (2 * G_PI));
}

/* The same paper's approximation, that older networks were trained with: ½ x (1 + tanh u) */
#define GELU_CUBE 0.044715

static inline double
gelu_tanh_u (double x)
{
  return sqrt (2 / G_PI) * (x + GELU_CUBE * x * x * x);
}

static inline LatheReal
gelu_tanh (LatheReal x, LatheReal parameter)
{
  return (LatheReal) (0.5 * x * (1 + lathe_tanh (gelu_tanh_u (x))));
}

static inline LatheReal
gelu_tanh_slope (LatheReal x, LatheReal parameter)
{
  double t = lathe_tanh (gelu_tanh_u (x)), du = sqrt (2 / G_PI) * (1 + 3 * GELU_CUBE * x * x);

  return (LatheReal) (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * du);
}

static inline LatheReal
silu (LatheReal x, LatheReal parameter)
{
  return x * sigmoid (x, 0);
}

static inline LatheReal
silu_slope (LatheReal x, LatheReal parameter)
{
  LatheReal s = sigmoid (x, 0);

  return s * (1 + x * (1 - s));
}

/* Howard et al. 2019: a sigmoid in three straight pieces, ReLU6(x + 3) / 6 */
static inline LatheReal
hard_sigmoid (LatheReal x, LatheReal parameter)
{
  return relu6 (x + 3, 0) / 6;
}

static inline LatheReal
hard_sigmoid_slope (LatheReal y, LatheReal parameter)
{
  return y > 0 && y < 1 ? (LatheReal) (1 / 6.0) : 0;
}

static inline LatheReal
hard_swish (LatheReal x, LatheReal parameter)
{
  return x * hard_sigmoid (x, 0);
}

static inline LatheReal
hard_swish_slope (LatheReal x, LatheReal parameter)
{
  LatheReal s = hard_sigmoid (x, 0);

  return s + x * hard_sigmoid_slope (s, 0);
}

static inline LatheReal
hyperbolic_tangent (LatheReal x, LatheReal parameter)
{
  return (LatheReal) lathe_tanh ((double) x);
}

static inline LatheReal
hyperbolic_tangent_slope (LatheReal y, LatheReal parameter)
{
  return 1 - y * y;
}

/* log(1 + eˣ); the slope is the sigmoid of x, 1 - 1 / eʸ */
static inline LatheReal
softplus (LatheReal x, LatheReal parameter)
{
  return (LatheReal) (MAX (x, 0) + lathe_log1p (lathe_exp (-fabs ((double) x))));
}

static inline LatheReal
softplus_slope (LatheReal y, LatheReal parameter)
{
  return (LatheReal) -lathe_expm1 (-(double) y);
}

/* --- Of many --- */

/* The loops over one function, where the compiler sees it: name_forward() and name_backward(). */
#define ELEMENTWISE(name)                                                                                              \
  static void name##_forward (const LatheKernels *kernels, LatheReal *y, const LatheReal *x, gsize rows,               \
                              gsize columns, LatheReal parameter)                                                      \
  {                                                                                                                    \
    for (gsize i = 0; i < rows * columns; i++)                                                                         \
      y[i] = name (x[i], parameter);                                                                                   \
  }                                                                                                                    \
                                                                                                                       \
  static void name##_backward (const LatheKernels *kernels, LatheReal *dx, const LatheReal *known,                     \
                               const LatheReal *dy, gsize rows, gsize columns, LatheReal parameter)                    \
  {                                                                                                                    \
    for (gsize i = 0; i < rows * columns; i++)                                                                         \
      dx[i] = dy[i] * name##_slope (known[i], parameter);                                                              \
  }

ELEMENTWISE (sigmoid)
ELEMENTWISE (relu6)
ELEMENTWISE (leaky_relu)
ELEMENTWISE (elu)
ELEMENTWISE (selu)
ELEMENTWISE (gelu)
ELEMENTWISE (gelu_tanh)
ELEMENTWISE (silu)
ELEMENTWISE (hard_swish)
ELEMENTWISE (hard_sigmoid)
ELEMENTWISE (hyperbolic_tangent)
ELEMENTWISE (softplus)

static void
relu_forward (const LatheKernels *kernels, LatheReal *y, const LatheReal *x, gsize rows, gsize columns,
              LatheReal parameter)
{
  kernels->relu (y, x, rows * columns);
}

static void
relu_backward (const LatheKernels *kernels, LatheReal *dx, const LatheReal *y, const LatheReal *dy, gsize rows,
               gsize columns, LatheReal parameter)
{
  kernels->relu_backward (dx, y, dy, rows * columns);
}

static void
softmax_forward (const LatheKernels *kernels, LatheReal *y, const LatheReal *x, gsize rows, gsize columns,
                 LatheReal parameter)
{
  for (gsize row = 0; row < rows; row++, x += columns, y += columns)
    {
      LatheReal largest = x[0];
      double sum = 0;

      for (gsize i = 1; i < columns; i++)
        largest = MAX (largest, x[i]);
      for (gsize i = 0; i < columns; i++)
        sum += y[i] = (LatheReal) lathe_exp ((double) (x[i] - largest));
      for (gsize i = 0; i < columns; i++)
        y[i] = (LatheReal) (y[i] / sum);
    }
}

/* dx = y ∘ (dy - ⟨dy, y⟩) */
static void
softmax_backward (const LatheKernels *kernels, LatheReal *dx, const LatheReal *y, const LatheReal *dy, gsize rows,
                  gsize columns, LatheReal parameter)
{
  for (gsize row = 0; row < rows; row++, dx += columns, y += columns, dy += columns)
    {
      double dot = 0;

      for (gsize i = 0; i < columns; i++)
        dot += (double) dy[i] * y[i];
      for (gsize i = 0; i < columns; i++)
        dx[i] = (LatheReal) (y[i] * (dy[i] - dot));
    }
}

/* --- As layers: one tile a sample --- */

static const LatheActivationRow *
row_of (const LatheStep *step)
{
  return (const LatheActivationRow *) ((const char *) step->kind - offsetof (LatheActivationRow, kind));
}

static LatheReal
parameter_of (const LatheStep *step)
{
  return step->kind->n_properties > 0 ? (LatheReal) lathe_step_value (step, 0) : 0;
}

static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), at = sample * size;
  gsize columns = step->output.dim[step->output.rank - 1];

  row_of (step)->forward (step->kernels, step->y + at, step->x[0] + at, size / columns, columns, parameter_of (step));
}

static void
backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  const LatheActivationRow *row = row_of (step);
  gsize size = lathe_shape_size (&step->output), at = sample * size;
  gsize columns = step->output.dim[step->output.rank - 1];
  const LatheReal *known = row->from_input ? step->x[0] : step->y;

  row->backward (step->kernels, step->dx[0] + at, known + at, step->dy + at, size / columns, columns,
                 parameter_of (step));
}

static void
layer_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
layer_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, backward_tile, step);
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

/* A layer that is called like the activation and may have one property. */
#define LAYER(name_, title_, help_, property_)                                                                         \
  {                                                                                                                    \
    .name = name_, .title = title_, .help = help_, .group = LATHE_LAYER_GROUP_ACTIVATION, .properties = property_,     \
    .n_properties = (property_) != NULL, .min_inputs = 1, .max_inputs = 1, .shape = same_shape,                        \
    .summary = (property_) != NULL ? parameter_summary : NULL, .forward = layer_forward, .backward = layer_backward    \
  }

const LatheActivationRow lathe_activations[LATHE_N_ACTIVATIONS] = {
    [LATHE_ACTIVATION_NONE] = {.initialiser = LATHE_INITIALISER_GLOROT_UNIFORM},
    [LATHE_ACTIVATION_RELU] = {LAYER ("relu", N_ ("ReLU"),
                                      N_ ("Lets what is positive pass and turns the rest to zero."), NULL),
                               LATHE_INITIALISER_HE_UNIFORM, FALSE, relu_forward, relu_backward},
    [LATHE_ACTIVATION_SIGMOID] = {LAYER ("sigmoid", N_ ("Sigmoid"),
                                         N_ ("Squeezes each number into the range from 0 to 1: the probability of a "
                                             "yes."),
                                         NULL),
                                  LATHE_INITIALISER_GLOROT_UNIFORM, FALSE, sigmoid_forward, sigmoid_backward},
    [LATHE_ACTIVATION_SOFTMAX] = {LAYER ("softmax", N_ ("Softmax"),
                                         N_ ("Turns the last dimension into probabilities that add up to 1: one for "
                                             "each class."),
                                         NULL),
                                  LATHE_INITIALISER_GLOROT_UNIFORM, FALSE, softmax_forward, softmax_backward},
    [LATHE_ACTIVATION_RELU6] = {LAYER ("relu6", N_ ("ReLU6"), N_ ("ReLU that stops at 6, as in MobileNet."), NULL),
                                LATHE_INITIALISER_HE_UNIFORM, FALSE, relu6_forward, relu6_backward},
    [LATHE_ACTIVATION_LEAKY_RELU] = {LAYER ("leaky-relu", N_ ("Leaky ReLU"),
                                            N_ ("ReLU that lets a little of what is negative pass, so that no unit "
                                                "stops learning."),
                                            &leaky_relu_property),
                                     LATHE_INITIALISER_HE_UNIFORM, FALSE, leaky_relu_forward, leaky_relu_backward},
    [LATHE_ACTIVATION_ELU] = {LAYER ("elu", N_ ("ELU"), N_ ("ReLU with a smooth exponential below zero."),
                                     &elu_property),
                              LATHE_INITIALISER_HE_UNIFORM, FALSE, elu_forward, elu_backward},
    [LATHE_ACTIVATION_SELU] = {LAYER ("selu", N_ ("SELU"),
                                      N_ ("ELU scaled so that mean and variance keep themselves at 0 and 1."), NULL),
                               LATHE_INITIALISER_GLOROT_UNIFORM, FALSE, selu_forward, selu_backward},
    [LATHE_ACTIVATION_GELU] = {LAYER ("gelu", N_ ("GELU"),
                                      N_ ("Weighs each number by how large it is among normal ones, as in "
                                          "transformers."),
                                      NULL),
                               LATHE_INITIALISER_HE_UNIFORM, TRUE, gelu_forward, gelu_backward},
    [LATHE_ACTIVATION_GELU_TANH] = {LAYER ("gelu-tanh", N_ ("GELU (tanh)"),
                                           N_ ("The approximation of GELU that BERT and GPT-2 use."), NULL),
                                    LATHE_INITIALISER_HE_UNIFORM, TRUE, gelu_tanh_forward, gelu_tanh_backward},
    [LATHE_ACTIVATION_SILU] = {LAYER ("silu", N_ ("SiLU"),
                                      N_ ("Weighs each number by its own sigmoid: Swish, as in EfficientNet."), NULL),
                               LATHE_INITIALISER_HE_UNIFORM, TRUE, silu_forward, silu_backward},
    [LATHE_ACTIVATION_HARD_SWISH] = {LAYER ("hard-swish", N_ ("Hard swish"),
                                            N_ ("SiLU of straight pieces, quick to compute, as in MobileNet V3."),
                                            NULL),
                                     LATHE_INITIALISER_HE_UNIFORM, TRUE, hard_swish_forward, hard_swish_backward},
    [LATHE_ACTIVATION_HARD_SIGMOID] = {LAYER ("hard-sigmoid", N_ ("Hard sigmoid"),
                                              N_ ("A sigmoid of straight pieces: 0 below -3, 1 above 3."), NULL),
                                       LATHE_INITIALISER_GLOROT_UNIFORM, FALSE, hard_sigmoid_forward,
                                       hard_sigmoid_backward},
    [LATHE_ACTIVATION_TANH] = {LAYER ("tanh", N_ ("Tanh"), N_ ("Squeezes each number into the range from -1 to 1."),
                                      NULL),
                               LATHE_INITIALISER_GLOROT_UNIFORM, FALSE, hyperbolic_tangent_forward,
                               hyperbolic_tangent_backward},
    [LATHE_ACTIVATION_SOFTPLUS] = {LAYER ("softplus", N_ ("Softplus"), N_ ("A smooth ReLU that is never zero."), NULL),
                                   LATHE_INITIALISER_HE_UNIFORM, FALSE, softplus_forward, softplus_backward},
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

  if (row->forward != NULL)
    row->forward (kernels, y, x, rows, columns, default_parameter (row));
}

/**
 * lathe_activation_plan:
 *
 * Asks for memory to keep the whole output as it was before the activation, if training will need that.
 */
void
lathe_activation_plan (LatheActivation activation, LatheStep *step)
{
  if (step->training && lathe_activations[activation].from_input)
    step->kept_size = step->batch * lathe_shape_size (&step->output);
}

/**
 * lathe_activation_apply:
 * @at: where in y the rows begin
 */
void
lathe_activation_apply (LatheActivation activation, LatheStep *step, gsize at, gsize rows, gsize columns)
{
  if (step->kept != NULL)
    memcpy (step->kept + at, step->y + at, rows * columns * sizeof (LatheReal));
  lathe_activation_forward (activation, step->kernels, step->y + at, step->y + at, rows, columns);
}

/**
 * lathe_activation_unapply:
 * @at: where in dy the rows begin
 *
 * Turns the gradient of the output into that of what apply() found there.
 */
void
lathe_activation_unapply (LatheActivation activation, LatheStep *step, gsize at, gsize rows, gsize columns)
{
  const LatheActivationRow *row = &lathe_activations[activation];
  const LatheReal *known = row->from_input ? step->kept : step->y;

  if (row->backward != NULL)
    row->backward (step->kernels, step->dy + at, known + at, step->dy + at, rows, columns, default_parameter (row));
}
