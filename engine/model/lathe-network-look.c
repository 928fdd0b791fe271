/* lathe-network-look.c: what the numbers of a network's layers are like at one moment of a training.
 *
 * Each layer is looked at by one thread, in order, and so the result is the same on any number of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-layer-look.h"

#include <math.h>

#include "base/lathe-thin.h"
#include "lathe-network-private.h"

#define MOST_SAMPLES 32 /* of the batch: enough to see how an output is distributed */

static void
clear_look (gpointer look)
{
  g_free (((LatheLayerLook *) look)->name);
}

/* (transfer full): without layers yet, for whoever reads them from somewhere. */
LatheLayerLooks *
lathe_layer_looks_new (guint epoch)
{
  LatheLayerLooks *looks = g_new (LatheLayerLooks, 1);

  g_atomic_ref_count_init (&looks->references);
  looks->epoch = epoch;
  looks->layers = g_array_new (FALSE, TRUE, sizeof (LatheLayerLook));
  g_array_set_clear_func (looks->layers, clear_look);
  return looks;
}

LatheLayerLooks *
lathe_layer_looks_ref (LatheLayerLooks *looks)
{
  g_atomic_ref_count_inc (&looks->references);
  return looks;
}

void
lathe_layer_looks_unref (LatheLayerLooks *looks)
{
  if (!g_atomic_ref_count_dec (&looks->references))
    return;
  g_array_unref (looks->layers);
  g_free (looks);
}

/* (transfer full) (element-type LatheLayerLooks): a list of the same ones; NULL: of none. */
GPtrArray *
lathe_layer_looks_list (const GPtrArray *others)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_layer_looks_unref);

  for (guint i = 0; others != NULL && i < others->len; i++)
    g_ptr_array_add (list, lathe_layer_looks_ref (others->pdata[i]));
  return list;
}

static guint
epoch_of (gconstpointer looks)
{
  return ((const LatheLayerLooks *) looks)->epoch;
}

/* A list (element-type LatheLayerLooks), by epoch, comes down to LATHE_MOST_LOOKS: see lathe_thin(). */
void
lathe_layer_looks_thin (GPtrArray *list)
{
  lathe_thin (list, epoch_of, LATHE_MOST_LOOKS);
}

static void
measure_moments (LatheDistribution *d, const LatheReal *x, gsize n)
{
  double sum = 0, squares = 0;

  *d = (LatheDistribution){.minimum = INFINITY, .maximum = -INFINITY};
  for (gsize i = 0; i < n; i++)
    if (isfinite (x[i]))
      {
        double value = (double) x[i];

        d->n++;
        d->minimum = MIN (d->minimum, value);
        d->maximum = MAX (d->maximum, value);
        sum += value;
        squares += value * value;
      }
  d->mean = sum / d->n;
  d->deviation = sqrt (MAX (0, squares / d->n - d->mean * d->mean));
}

/**
 * lathe_distribution_measure:
 * @distribution: (out caller-allocates)
 * @x: n numbers
 */
void
lathe_distribution_measure (LatheDistribution *distribution, const LatheReal *x, gsize n)
{
  LatheReal first, scale;

  measure_moments (distribution, x, n);
  if (distribution->n == 0)
    {
      *distribution = (LatheDistribution){0};
      return;
    }
  first = (LatheReal) distribution->minimum;
  scale = (LatheReal) (LATHE_N_BINS / MAX (distribution->maximum - distribution->minimum, 1e-30));
  for (gsize i = 0; i < n; i++)
    if (isfinite (x[i]))
      distribution->bins[MIN ((guint) ((x[i] - first) * scale), LATHE_N_BINS - 1)]++;
}

/* Whether what the step leaves is what a function made of each number by itself. */
static gboolean
is_activated (const LatheStep *step)
{
  int property = lathe_layer_kind_property (step->kind, "activation");

  if (step->linear)
    return FALSE;
  return step->kind->group == LATHE_LAYER_GROUP_ACTIVATION || step->kind->limit > 0 ||
         (property >= 0 && lathe_step_value (step, (guint) property) > 0);
}

static guint
count_dead (const LatheReal *y, gsize rows, guint columns)
{
  g_autofree gboolean *lives = g_new0 (gboolean, columns);
  guint dead = 0;

  for (gsize row = 0; row < rows; row++)
    for (guint i = 0; i < columns; i++)
      lives[i] |= y[row * columns + i] != 0;
  for (guint i = 0; i < columns; i++)
    dead += !lives[i];
  return dead;
}

/* Of all steps, one thread each. */
typedef struct
{
  LatheNetwork *network;
  guint n;
  LatheLayerLook *looks; /* one a step */
} Looking;

static void
look_at_step (gpointer data, guint tile, guint thread)
{
  const Looking *looking = data;
  const LatheCompiled *compiled = &looking->network->steps[tile];
  const LatheStep *step = &compiled->step;
  LatheLayerLook *look = &looking->looks[tile];
  gsize size = lathe_shape_size (&step->output);

  if (step->n_parameters > 0 && !step->parameter[0].state)
    lathe_distribution_measure (&look->weights, step->w[0], lathe_shape_size (&step->parameter[0].shape));
  /* What follows in its place has written over its output; what is only another shape of it has none. */
  if (tile == 0 || step->y == NULL || step->follower != NULL || step->kind->view)
    return;
  lathe_distribution_measure (&look->activations, step->y, looking->n * size);
  if (!is_activated (step))
    return;
  look->units = lathe_step_columns (step);
  look->dead = count_dead (step->y, looking->n * (size / look->units), look->units);
}

/**
 * lathe_network_look:
 * @n: samples of the forward pass that was made last, of which the first MOST_SAMPLES are looked at
 *
 * Of a network for training, whose layers keep their outputs.
 *
 * Returns: (transfer full)
 */
LatheLayerLooks *
lathe_network_look (LatheNetwork *network, guint n, guint epoch)
{
  LatheLayerLooks *looks = lathe_layer_looks_new (epoch);
  g_autofree LatheLayerLook *all = g_new0 (LatheLayerLook, network->n_steps);
  Looking looking = {network, MIN (n, MOST_SAMPLES), all};

  lathe_pool_run (network->pool, network->n_steps, look_at_step, &looking);
  for (guint i = 0; i < network->n_steps; i++)
    if (all[i].weights.n > 0 || all[i].units > 0)
      {
        all[i].name = g_strdup (network->steps[i].name);
        g_array_append_val (looks->layers, all[i]);
      }
  return looks;
}
