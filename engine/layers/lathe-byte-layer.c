/* lathe-byte-layer.c: the table of layers that there are in 8 bits, and those of them that take number by number.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe-byte-step.h"
#include "lathe-follow.h"
#include "lathe-kinds.h"

#define MOST_FACTOR 16384 /* that a byte is multiplied by in a sum: two such products fit into 32 bits */
#define MOST_SHIFT 22     /* so does any byte times that */

/* --- A sum of two: the factors of its terms as whole numbers, over a power of two --- */

static gboolean
add_can (const LatheProperties *properties, const LatheShape *input, guint n_inputs)
{
  return n_inputs == 2;
}

static LatheByteSum
sum_of (const LatheByteStep *bytes)
{
  double a = (double) bytes->from[0].scale / (double) bytes->to.scale;
  double b = (double) bytes->from[1].scale / (double) bytes->to.scale;
  LatheByteSum sum = {.least = bytes->least, .most = bytes->most};

  while (sum.shift < MOST_SHIFT && ldexp (MAX (a, b), (int) sum.shift + 1) <= MOST_FACTOR)
    sum.shift++;
  sum.factor_a = (gint16) lrint (MIN (ldexp (a, (int) sum.shift), MOST_FACTOR));
  sum.factor_b = (gint16) lrint (MIN (ldexp (b, (int) sum.shift), MOST_FACTOR));
  sum.offset = bytes->to.zero * (1 << sum.shift) + (1 << sum.shift) / 2 - bytes->from[0].zero * sum.factor_a -
               bytes->from[1].zero * sum.factor_b;
  return sum;
}

static void
add_tile (gpointer data, guint tile, guint thread)
{
  LatheByteStep *bytes = data;
  gsize first, n = lathe_rows_tile (bytes->step, tile, &first), columns = lathe_step_columns (bytes->step);
  LatheByteSum sum = sum_of (bytes);
  gsize at = first * columns;

  bytes->step->kernels->bytes.add (bytes->y + at, bytes->x[0] + at, bytes->x[1] + at, n * columns, &sum);
}

static void
add_forward (LatheByteStep *bytes)
{
  lathe_pool_run (bytes->step->pool, lathe_rows_n_tiles (bytes->step), add_tile, bytes);
}

/* --- What cuts off --- */

static void
clamp_tile (gpointer data, guint tile, guint thread)
{
  LatheByteStep *bytes = data;
  gsize first, n = lathe_rows_tile (bytes->step, tile, &first), columns = lathe_step_columns (bytes->step);
  guint8 least = (guint8) bytes->least, most = (guint8) bytes->most;

  for (gsize i = first * columns; i < (first + n) * columns; i++)
    bytes->y[i] = CLAMP (bytes->x[0][i], least, most);
}

static void
clamp_forward (LatheByteStep *bytes)
{
  lathe_pool_run (bytes->step->pool, lathe_rows_n_tiles (bytes->step), clamp_tile, bytes);
}

/* --- The table --- */

static const LatheByteKind add = {.kind = &lathe_layer_add, .can = add_can, .forward = add_forward};
static const LatheByteKind relu = {
    .kind = &lathe_activations[LATHE_ACTIVATION_RELU].kind, .same = TRUE, .forward = clamp_forward};
static const LatheByteKind relu6 = {
    .kind = &lathe_activations[LATHE_ACTIVATION_RELU6].kind, .same = TRUE, .forward = clamp_forward};
static const LatheByteKind flatten = {.kind = &lathe_layer_flatten, .same = TRUE};
static const LatheByteKind reshape = {.kind = &lathe_layer_reshape, .same = TRUE};
static const LatheByteKind dropout = {.kind = &lathe_layer_dropout, .same = TRUE};
static const LatheByteKind spatial_dropout = {.kind = &lathe_layer_spatial_dropout, .same = TRUE};

static const LatheByteKind *const kinds[] = {
    &lathe_byte_conv2d,
    &lathe_byte_dense,
    &lathe_byte_max_pool,
    &lathe_byte_average_pool,
    &lathe_byte_global_average_pool,
    &lathe_byte_global_max_pool,
    &add,
    &relu,
    &relu6,
    &flatten,
    &reshape,
    &dropout,
    &spatial_dropout,
};

/**
 * lathe_byte_kind_find:
 *
 * Returns: (nullable): the same kind of layer in 8 bits
 */
const LatheByteKind *
lathe_byte_kind_find (const LatheLayerKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i]->kind == kind)
      return kinds[i];
  return NULL;
}

/**
 * lathe_byte_kind_can:
 * @kind: (nullable)
 *
 * Returns: whether it does what this layer does
 */
gboolean
lathe_byte_kind_can (const LatheByteKind *kind, const LatheProperties *properties, const LatheShape *input,
                     guint n_inputs)
{
  if (kind == NULL)
    return FALSE;
  return kind->can != NULL ? kind->can (properties, input, n_inputs) : n_inputs == 1;
}

/* --- Activations --- */

/* Whether the function is no more than a limit to bytes. */
gboolean
lathe_byte_clamps (LatheActivation activation)
{
  return activation == LATHE_ACTIVATION_NONE || activation == LATHE_ACTIVATION_RELU ||
         activation == LATHE_ACTIVATION_RELU6;
}

/* What the layer is, or has as a property. */
LatheActivation
lathe_byte_activation (const LatheStep *step)
{
  int property = lathe_layer_kind_property (step->kind, "activation");

  if (step->kind == relu.kind)
    return LATHE_ACTIVATION_RELU;
  if (step->kind == relu6.kind)
    return LATHE_ACTIVATION_RELU6;
  return property < 0 || step->linear ? LATHE_ACTIVATION_NONE
                                      : (LatheActivation) lathe_step_value (step, (guint) property);
}

/**
 * lathe_byte_step_init:
 *
 * Works out the limits, once the scale of the output is known.
 */
void
lathe_byte_step_init (LatheByteStep *bytes)
{
  LatheActivation activation = lathe_byte_activation (bytes->step);

  bytes->least = 0;
  bytes->most = 255;
  if (bytes->to.scale == 0 || activation == LATHE_ACTIVATION_NONE || !lathe_byte_clamps (activation))
    return;
  bytes->least = bytes->to.zero;
  if (activation == LATHE_ACTIVATION_RELU6)
    bytes->most = (gint32) MIN (255, bytes->to.zero + rint (6 / (double) bytes->to.scale));
}

/* Its output is its input, byte for byte. */
gboolean
lathe_byte_step_is_identity (const LatheByteStep *bytes)
{
  return bytes->kind->forward == NULL ||
         (bytes->kind->forward == clamp_forward && bytes->least == 0 && bytes->most == 255);
}
