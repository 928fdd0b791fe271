/* lathe-functions.h: the activation functions, of one number and of many, included once by each instruction set's file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-math.h"
#include "lathe-kernels.h"

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

/* A loop whose output may lie where its input does, number for number: the compiler need not fear that they overlap. */
#define LATHE_IN_PLACE _Pragma ("GCC ivdep")

/* The loops over one function, where the compiler sees it: name_forward() and name_backward(). */
#define ELEMENTWISE(name)                                                                                              \
  static void name##_forward (LatheReal *y, const LatheReal *x, gsize rows, gsize columns, LatheReal parameter)        \
  {                                                                                                                    \
    LATHE_IN_PLACE                                                                                                     \
    for (gsize i = 0; i < rows * columns; i++)                                                                         \
      y[i] = name (x[i], parameter);                                                                                   \
  }                                                                                                                    \
                                                                                                                       \
  static void name##_backward (LatheReal *dx, const LatheReal *known, const LatheReal *dy, gsize rows, gsize columns,  \
                               LatheReal parameter)                                                                    \
  {                                                                                                                    \
    LATHE_IN_PLACE                                                                                                     \
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
relu_forward (LatheReal *y, const LatheReal *x, gsize rows, gsize columns, LatheReal parameter)
{
  LATHE_IN_PLACE
  for (gsize i = 0; i < rows * columns; i++)
    y[i] = x[i] > 0 ? x[i] : 0;
}

/* A select, so that what is no number does not pass where the slope is 0. */
static void
relu_backward (LatheReal *dx, const LatheReal *y, const LatheReal *dy, gsize rows, gsize columns, LatheReal parameter)
{
  LATHE_IN_PLACE
  for (gsize i = 0; i < rows * columns; i++)
    {
      LatheReal d = dy[i];

      dx[i] = y[i] > 0 ? d : 0;
    }
}

static void
softmax_forward (LatheReal *y, const LatheReal *x, gsize rows, gsize columns, LatheReal parameter)
{
  for (gsize row = 0; row < rows; row++, x += columns, y += columns)
    {
      LatheReal largest = x[0];
      double sum = 0;

      for (gsize i = 1; i < columns; i++)
        largest = MAX (largest, x[i]);
      for (gsize i = 0; i < columns; i++)
        y[i] = (LatheReal) lathe_exp ((double) (x[i] - largest));
      for (gsize i = 0; i < columns; i++)
        sum += y[i];
      for (gsize i = 0; i < columns; i++)
        y[i] = (LatheReal) (y[i] / sum);
    }
}

/* dx = y ∘ (dy - ⟨dy, y⟩) */
static void
softmax_backward (LatheReal *dx, const LatheReal *y, const LatheReal *dy, gsize rows, gsize columns,
                  LatheReal parameter)
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

/* --- All of them --- */

#define FUNCTION(name)                                                                                                 \
  {                                                                                                                    \
    name##_forward, name##_backward                                                                                    \
  }

static const LatheFunction lathe_functions[LATHE_N_ACTIVATIONS] = {
    [LATHE_ACTIVATION_RELU] = FUNCTION (relu),
    [LATHE_ACTIVATION_SIGMOID] = FUNCTION (sigmoid),
    [LATHE_ACTIVATION_SOFTMAX] = FUNCTION (softmax),
    [LATHE_ACTIVATION_RELU6] = FUNCTION (relu6),
    [LATHE_ACTIVATION_LEAKY_RELU] = FUNCTION (leaky_relu),
    [LATHE_ACTIVATION_ELU] = FUNCTION (elu),
    [LATHE_ACTIVATION_SELU] = FUNCTION (selu),
    [LATHE_ACTIVATION_GELU] = FUNCTION (gelu),
    [LATHE_ACTIVATION_GELU_TANH] = FUNCTION (gelu_tanh),
    [LATHE_ACTIVATION_SILU] = FUNCTION (silu),
    [LATHE_ACTIVATION_HARD_SWISH] = FUNCTION (hard_swish),
    [LATHE_ACTIVATION_HARD_SIGMOID] = FUNCTION (hard_sigmoid),
    [LATHE_ACTIVATION_TANH] = FUNCTION (hyperbolic_tangent),
    [LATHE_ACTIVATION_SOFTPLUS] = FUNCTION (softplus),
};
