/* lathe-dropout.c: dropout (Srivastava et al. 2014), in the inverted form: what is kept is scaled up while training,
 * so that answering needs nothing. Spatial dropout (Tompson et al. 2015) leaves out whole channels: neighbouring pixels
 * know too much of one another to be dropped alone. The mask is not stored; its draws are made again on the way back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
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

static void
dropout_left_out (const LatheProperties *values, LatheLeftOut *left_out)
{
  *left_out = (LatheLeftOut){.share = values->value[RATE]};
}

static void
spatial_dropout_left_out (const LatheProperties *values, LatheLeftOut *left_out)
{
  *left_out = (LatheLeftOut){.share = values->value[RATE], .channels = TRUE};
}

/* to = from where the sample's draw keeps it, scaled, else 0; of `size` numbers */
static void
drop (const LatheStep *step, guint sample, LatheReal *to, const LatheReal *from, gsize size)
{
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
    drop (step, sample, step->y + at, step->x[0] + at, size);
  else
    memcpy (step->y + at, step->x[0] + at, size * sizeof (LatheReal));
}

static void
dropout_backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), at = sample * size;

  if (step->training)
    drop (step, sample, step->dx[0] + at, step->dy + at, size);
  else
    memcpy (step->dx[0] + at, step->dy + at, size * sizeof (LatheReal));
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

/* --- Whole channels --- */

static gboolean
spatial_dropout_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                       GError **error)
{
  if (inputs[0].rank != 3)
    {
      g_autofree char *came = lathe_shape_to_string (&inputs[0]);

      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("needs height×width×channels, gets %s: a vector takes a Dropout layer"), came);
      return FALSE;
    }
  *output = inputs[0];
  return TRUE;
}

static void
spatial_dropout_plan (LatheStep *step)
{
  step->thread_scratch_size = 2 * (gsize) step->output.dim[2];
}

/* to = from × the mask of the sample's channels */
static void
drop_channels (const LatheStep *step, guint sample, guint thread, LatheReal *to, const LatheReal *from)
{
  gsize channels = step->output.dim[2], size = lathe_shape_size (&step->output);
  LatheReal *restrict mask = lathe_step_thread_scratch (step, thread), *ones = mask + channels;

  for (gsize c = 0; c < channels; c++)
    ones[c] = 1;
  drop (step, sample, mask, ones, channels);
  for (gsize at = 0; at < size; at += channels)
    for (gsize c = 0; c < channels; c++)
      to[at + c] = from[at + c] * mask[c];
}

static void
spatial_dropout_forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), at = sample * size;

  if (step->training)
    drop_channels (step, sample, thread, step->y + at, step->x[0] + at);
  else
    memcpy (step->y + at, step->x[0] + at, size * sizeof (LatheReal));
}

static void
spatial_dropout_backward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  gsize size = lathe_shape_size (&step->output), at = sample * size;

  if (step->training)
    drop_channels (step, sample, thread, step->dx[0] + at, step->dy + at);
  else
    memcpy (step->dx[0] + at, step->dy + at, size * sizeof (LatheReal));
}

static void
spatial_dropout_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, spatial_dropout_forward_tile, step);
}

static void
spatial_dropout_backward (LatheStep *step)
{
  if (step->dx[0] != NULL)
    lathe_pool_run (step->pool, step->batch, spatial_dropout_backward_tile, step);
}

const LatheLayerKind lathe_layer_dropout = {
    .name = "dropout",
    .title = N_ ("Dropout"),
    .help = N_ ("Leaves out random numbers while training, against overfitting."),
    .formula = N_ ("y = m·x / (1 - p) in training, m = 0 with probability p, else 1; y = x in answering"),
    .gradient = N_ ("∂L/∂x = m·δ / (1 - p)"),
    .group = LATHE_LAYER_GROUP_REGULARISATION,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = dropout_shape,
    .summary = dropout_summary,
    .left_out = dropout_left_out,
    .forward = dropout_forward,
    .backward = dropout_backward,
};

const LatheLayerKind lathe_layer_spatial_dropout = {
    .name = "spatial-dropout",
    .title = N_ ("Spatial dropout 2D"),
    .help = N_ ("Leaves out random channels of an image while training, against overfitting."),
    .formula = N_ (
        "y = m·x / (1 - p) in training, m = 0 with probability p, else 1, one m for each channel; y = x in answering"),
    .gradient = N_ ("∂L/∂x = m·δ / (1 - p)"),
    .group = LATHE_LAYER_GROUP_REGULARISATION,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .shape = spatial_dropout_shape,
    .summary = dropout_summary,
    .left_out = spatial_dropout_left_out,
    .plan = spatial_dropout_plan,
    .forward = spatial_dropout_forward,
    .backward = spatial_dropout_backward,
};
