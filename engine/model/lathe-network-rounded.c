/* lathe-network-rounded.c: a network that learns while it answers as one in 8 bits would.
 *
 * Its numbers are real. Going forward, a layer that is to run in 8 bits reads outputs and weights that are rounded to
 * what bytes can stand for (Jacob et al. 2018, “Quantization and training of neural networks for efficient
 * integer-arithmetic-only inference”, section 3). Going back, rounding counts as if it changed nothing, as its own
 * slope would let nothing learn; only where an output was cut off does no gradient pass (the straight-through
 * estimator: Bengio, Léonard & Courville 2013, arXiv 1308.3432).
 *
 * What is rounded is a copy: a layer's own output is there for the way back, and the optimiser moves weights by less
 * than a step of 8 bits. The copies of weights take the weights' place while the network runs, and at no other time.
 *
 * A layer that chooses among numbers, limits them or passes them on gives the same, whether it gets them rounded or its
 * output is rounded: the latter is done, so that a ReLU has the slope of what is not rounded. Of a dropout, which makes
 * numbers larger than they will be in answers, the input is rounded.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe-network-private.h"
#include "layers/lathe-follow.h"

#define CHUNK 4096 /* numbers that are bytes for a moment */

/* Of one step. */
struct _LatheRounded
{
  gboolean input[LATHE_MAX_INPUTS]; /* is read rounded */
  gboolean settled;                 /* its output is what was rounded before */
  gboolean weighs;                  /* its weights are rounded */
  LatheByteScale scale;             /* of its output; a scale of 0: nobody reads that rounded */
  gsize y_at, w_at;
  LatheReal *y;
  const LatheReal *w; /* while the network runs, the weights that are trained; else the rounded ones */
};

/* --- When it is compiled --- */

static gboolean
drops (const LatheCompiled *compiled)
{
  return compiled->step.kind->left_out != NULL;
}

static gboolean
puts_off (const LatheCompiled *compiled)
{
  return compiled->bytes.kind != NULL && compiled->bytes.kind->same && !drops (compiled);
}

/* What runs in real numbers reads bytes, too, where there is nothing else. */
static gboolean
reads_bytes (const LatheCompiled *compiled, const LatheCompiled *from)
{
  return compiled->bytes.kind != NULL || (from->bytes.kind != NULL && !from->bytes.real);
}

static void
choose (LatheNetwork *network, guint i)
{
  const LatheCompiled *compiled = &network->steps[i];
  LatheRounded *rounded = &network->rounded[i];

  rounded->weighs = compiled->bytes.kind != NULL && compiled->bytes.kind->weighs;
  rounded->settled = compiled->bytes.kind != NULL &&
                     (drops (compiled) || (puts_off (compiled) && network->rounded[compiled->edge[0].from].settled));
  for (guint j = 0; j < compiled->step.n_inputs; j++)
    {
      guint from = compiled->edge[j].from;

      rounded->input[j] =
          reads_bytes (compiled, &network->steps[from]) && !puts_off (compiled) && !network->rounded[from].settled;
      if (rounded->input[j])
        network->rounded[from].scale = network->steps[from].bytes.to;
    }
}

/**
 * lathe_network_choose_rounded:
 *
 * In place of lathe_network_fuse(): says what is rounded, which is what lathe_network_choose_bytes() would have in
 * bytes.
 */
void
lathe_network_choose_rounded (LatheNetwork *network, const LatheQuantisation *quantisation)
{
  lathe_network_choose_bytes (network, quantisation);
  network->rounded = g_new0 (LatheRounded, network->n_steps);
  for (guint i = 0; i < network->n_steps; i++)
    choose (network, i);
  network->in_bytes = FALSE;
  for (guint i = 0; i < network->n_steps; i++)
    {
      network->steps[i].bytes = (LatheByteStep){0};
      network->steps[i].is_real = network->steps[i].pulled = FALSE;
      network->steps[i].step.algorithm = NULL;
    }
  lathe_network_fuse (network, TRUE);
}

static gsize
n_weights (const LatheStep *step)
{
  return lathe_shape_size (&step->parameter[0].shape);
}

/* Behind the weights there is room for one number a channel. */
void
lathe_network_reserve_rounded (LatheNetwork *network)
{
  for (guint i = 0; i < network->n_steps && network->rounded != NULL; i++)
    {
      const LatheStep *step = &network->steps[i].step;
      LatheRounded *rounded = &network->rounded[i];

      if (rounded->scale.scale > 0)
        rounded->y_at = lathe_arena_reserve (&network->arena,
                                             network->batch * lathe_shape_size (&step->output) * sizeof (LatheReal));
      if (rounded->weighs)
        rounded->w_at =
            lathe_arena_reserve (&network->arena, (n_weights (step) + lathe_step_columns (step)) * sizeof (LatheReal));
    }
}

/* A view is its input, rounded or not. */
void
lathe_network_place_rounded (LatheNetwork *network)
{
  for (guint i = 0; i < network->n_steps && network->rounded != NULL; i++)
    {
      LatheCompiled *compiled = &network->steps[i];
      LatheRounded *rounded = &network->rounded[i];

      if (rounded->scale.scale > 0)
        rounded->y = lathe_arena_at (&network->arena, rounded->y_at);
      if (rounded->weighs)
        rounded->w = lathe_arena_at (&network->arena, rounded->w_at);
      for (guint j = 0; j < compiled->step.n_inputs; j++)
        {
          guint from = compiled->edge[j].from;

          compiled->step.x[j] = rounded->input[j] ? network->rounded[from].y : network->steps[from].step.y;
        }
      if (compiled->shared)
        compiled->step.y = (LatheReal *) compiled->step.x[0];
    }
}

/* --- Forward --- */

static void
round_weights (gpointer data, guint i, guint thread)
{
  LatheNetwork *network = data;
  const LatheStep *step = &network->steps[i].step;
  gsize columns = lathe_step_columns (step), n;
  LatheReal *to, *scale;

  if (!network->rounded[i].weighs)
    return;
  n = n_weights (step);
  to = (LatheReal *) network->rounded[i].w;
  scale = to + n;
  memset (scale, 0, columns * sizeof *scale);
  for (gsize at = 0; at < n; at += columns)
    for (gsize c = 0; c < columns; c++)
      scale[c] = MAX (scale[c], (LatheReal) fabs (step->w[0][at + c]));
  for (gsize c = 0; c < columns; c++)
    scale[c] = lathe_quantisation_scale ((float) scale[c]);
  for (gsize at = 0; at < n; at += columns)
    for (gsize c = 0; c < columns; c++)
      to[at + c] = lathe_quantisation_snap ((float) step->w[0][at + c], (float) scale[c]);
}

/**
 * lathe_network_swap_rounded:
 *
 * Where weights are rounded, puts the rounded ones in their place; and when called again, the others.
 */
void
lathe_network_swap_rounded (LatheNetwork *network)
{
  for (guint i = 0; i < network->n_steps && network->rounded != NULL; i++)
    if (network->rounded[i].weighs)
      {
        const LatheReal *w = network->steps[i].step.w[0];

        network->steps[i].step.w[0] = network->rounded[i].w;
        network->rounded[i].w = w;
      }
}

/**
 * lathe_network_begin_rounded:
 *
 * Before a pass forward: rounds the weights as they are now, and puts them in place.
 */
void
lathe_network_begin_rounded (LatheNetwork *network)
{
  if (network->rounded != NULL)
    lathe_pool_run (network->pool, network->n_steps, round_weights, network);
  lathe_network_swap_rounded (network);
}

/* Of one output. */
typedef struct
{
  const LatheStep *step; /* that makes it */
  const LatheRounded *rounded;
  LatheReal *dx; /* its gradient, as one of its readers finds it */
} Output;

static void
round_tile (gpointer data, guint tile, guint thread)
{
  const Output *output = data;
  const LatheByteKernels *kernels = &output->step->kernels->bytes;
  LatheByteScale scale = output->rounded->scale;
  gsize first, n = lathe_rows_tile (output->step, tile, &first), columns = lathe_step_columns (output->step);
  guint8 bytes[CHUNK];

  for (gsize at = first * columns, end = at + n * columns, size; at < end; at += size)
    {
      size = MIN (CHUNK, end - at);
      kernels->quantise (bytes, output->step->y + at, size, scale.scale, scale.zero);
      kernels->dequantise (output->rounded->y + at, bytes, size, scale.scale, scale.zero);
    }
}

/**
 * lathe_network_round:
 *
 * After a step has run: its output, for those that read it rounded.
 */
void
lathe_network_round (LatheNetwork *network, guint i)
{
  Output output = {.step = &network->steps[i].step};

  if (network->rounded == NULL || network->rounded[i].scale.scale == 0)
    return;
  output.rounded = &network->rounded[i];
  lathe_pool_run (network->pool, lathe_rows_n_tiles (output.step), round_tile, &output);
}

/* --- Backward --- */

static void
cut_tile (gpointer data, guint tile, guint thread)
{
  const Output *output = data;
  LatheByteScale scale = output->rounded->scale;
  LatheReal least = (LatheReal) (((float) -scale.zero - 0.5f) * scale.scale);
  LatheReal most = (LatheReal) (((float) (255 - scale.zero) + 0.5f) * scale.scale);
  gsize first, n = lathe_rows_tile (output->step, tile, &first), columns = lathe_step_columns (output->step);
  const LatheReal *y = output->step->y;

  for (gsize k = first * columns; k < (first + n) * columns; k++)
    output->dx[k] = y[k] < least || y[k] > most ? 0 : output->dx[k];
}

/**
 * lathe_network_cut:
 *
 * After a step went back: of what was cut off as it was rounded, there is no gradient.
 */
void
lathe_network_cut (LatheNetwork *network, guint i)
{
  const LatheCompiled *compiled = &network->steps[i];

  for (guint j = 0; j < compiled->step.n_inputs && network->rounded != NULL; j++)
    {
      guint from = compiled->edge[j].from;
      Output output = {&network->steps[from].step, &network->rounded[from], compiled->step.dx[j]};

      if (network->rounded[i].input[j] && output.dx != NULL)
        lathe_pool_run (network->pool, lathe_rows_n_tiles (output.step), cut_tile, &output);
    }
}
