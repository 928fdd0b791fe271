/* lathe-dropout.c: dropout (Srivastava et al. 2014), in the inverted form: what is kept is scaled up while training,
 * so that answering needs nothing. The mask is not stored; its draws are made again on the way back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "lathe-kinds.h"
#include "lathe-step.h"

enum
{
  RATE,
  N_PROPERTIES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [RATE] = {.name = "rate",
              .title = N_ ("Rate"),
              .help =
                  N_ ("The share of numbers that each training step leaves out, so that no unit can rely on another."),
              .type = LATHE_PROPERTY_REAL,
              .minimum = 0,
              .maximum = 0.99,
              .fallback = 0.5},
};

static gboolean
dropout_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
               GError **error)
{
  *output = inputs[0];
  return TRUE;
}

static char *
dropout_summary (const LatheProperties *values)
{
  return g_strdup_printf ("%g", values->value[RATE]);
}

/* to = from where the sample's draw keeps it, scaled, else 0 */
static void
drop (const LatheStep *step, guint sample, LatheReal *to, const LatheReal *from)
{
  gsize size = lathe_shape_size (&step->output);
  double rate = lathe_step_value (step, RATE);
  guint32 threshold = (guint32) (rate * 0x1p32);
  LatheReal scale = (LatheReal) (1 / (1 - rate));
  gsize blocks = lathe_ceil_div (size, 4);
  guint32 draws[4];

  for (gsize block = 0; block < blocks; block++)
    {
      lathe_rng_block (&step->rng, (guint32) (sample * blocks + block), draws);
      for (gsize i = 0; i < MIN (4, size - 4 * block); i++)
        to[4 * block + i] = draws[i] >= threshold ? from[4 * block + i] * scale : 0;
    }
}

static void
dropout_forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), at = sample * size;

  if (step->training)
    drop (step, sample, step->y + at, step->x[0] + at);
  else
    memcpy (step->y + at, step->x[0] + at, size * sizeof (LatheReal));
}

static void
dropout_backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize at = sample * lathe_shape_size (&step->output);

  drop (step, sample, step->dx[0] + at, step->dy + at);
}

static void
dropout_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, dropout_forward_tile, step);
}

static void
dropout_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, dropout_backward_tile, step);
}

const LatheLayerKind lathe_layer_dropout = {
    .name = "dropout",
    .title = N_ ("Dropout"),
    .help = N_ ("Leaves out random numbers while training, against overfitting."),
    .group = LATHE_LAYER_GROUP_REGULARISATION,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = dropout_shape,
    .summary = dropout_summary,
    .forward = dropout_forward,
    .backward = dropout_backward,
};
