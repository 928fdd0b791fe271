/* lathe-permute.c: the dimensions of an image in another order.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-kinds.h"
#include "lathe-step.h"

enum
{
  ORDER,
  N_PROPERTIES
};

/* Output dimension i is input dimension orders[…][i]. */
static const char *const order_names[] = {N_ ("height-width-channels"),
                                          N_ ("height-channels-width"),
                                          N_ ("width-height-channels"),
                                          N_ ("width-channels-height"),
                                          N_ ("channels-height-width"),
                                          N_ ("channels-width-height"),
                                          NULL};
static const guint8 orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

static const LatheProperty properties[N_PROPERTIES] = {
    [ORDER] = {.name = "order",
               .title = N_ ("Order"),
               .help = N_ ("Which dimension of the image comes first, second and last."),
               .type = LATHE_PROPERTY_CHOICE,
               .minimum = 0,
               .maximum = G_N_ELEMENTS (orders) - 1,
               .fallback = 2,
               .choices = order_names},
};

static gboolean
permute_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
               GError **error)
{
  const guint8 *order = orders[(int) values->value[ORDER]];

  if (!lathe_layer_needs_image (&inputs[0], error))
    return FALSE;
  *output = LATHE_SHAPE_IMAGE (inputs[0].dim[order[0]], inputs[0].dim[order[1]], inputs[0].dim[order[2]]);
  return TRUE;
}

static char *
permute_summary (const LatheProperties *values)
{
  return g_strdup (_ (order_names[(int) values->value[ORDER]]));
}

/* How far apart in the input the neighbours along each dimension of the output are. */
static void
find_strides (const LatheStep *step, gsize strides[3])
{
  const guint8 *order = orders[(int) lathe_step_value (step, ORDER)];
  const guint *dim = step->input[0].dim;
  const gsize apart[3] = {(gsize) dim[1] * dim[2], dim[2], 1};

  for (guint i = 0; i < 3; i++)
    strides[i] = apart[order[i]];
}

/* A tile is a sample, both ways. */
static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  const guint *dim = step->output.dim;
  gsize at = sample * lathe_shape_size (&step->output), strides[3];
  const LatheReal *x = step->x[0] + at;
  LatheReal *y = step->y + at;

  find_strides (step, strides);
  for (guint i = 0; i < dim[0]; i++)
    for (guint j = 0; j < dim[1]; j++)
      for (guint k = 0; k < dim[2]; k++)
        *y++ = x[i * strides[0] + j * strides[1] + k * strides[2]];
}

static void
backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  const guint *dim = step->output.dim;
  gsize at = sample * lathe_shape_size (&step->output), strides[3];
  const LatheReal *dy = step->dy + at;
  LatheReal *dx = step->dx[0] + at;

  find_strides (step, strides);
  for (guint i = 0; i < dim[0]; i++)
    for (guint j = 0; j < dim[1]; j++)
      for (guint k = 0; k < dim[2]; k++)
        dx[i * strides[0] + j * strides[1] + k * strides[2]] = *dy++;
}

static void
permute_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
permute_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, backward_tile, step);
}

const LatheLayerKind lathe_layer_permute = {
    .name = "permute",
    .title = N_ ("Permute"),
    .help = N_ ("Puts the dimensions of an image in another order, moving every number to its new place."),
    .formula = N_ ("y = x, its dimensions in another order"),
    .gradient = N_ ("∂L/∂x = δ, in the order of x"),
    .group = LATHE_LAYER_GROUP_SHAPE,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = permute_shape,
    .summary = permute_summary,
    .forward = permute_forward,
    .backward = permute_backward,
};
