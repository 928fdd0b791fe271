/* lathe-memory.c: what a training or an answer takes, before it is taken.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-memory.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "base/lathe-pool.h"
#include "lathe-optimizer.h"
#include "model/lathe-network.h"

static guint
threads_or_all (guint n_threads)
{
  return n_threads > 0 ? n_threads : lathe_default_threads ();
}

static void
take_over (LatheMemory *memory, const LatheMemoryPlan *plan)
{
  *memory = (LatheMemory){
      .weights = plan->weights,
      .gradient = plan->gradient,
      .activations = plan->activations,
      .scratch = plan->scratch,
      .total = plan->total,
  };
}

/**
 * lathe_memory_of_training:
 * @memory: (out)
 *
 * Errors: the graph's own.
 */
gboolean
lathe_memory_of_training (const LatheGraph *graph, const LatheHyperparameters *hyperparameters, LatheMemory *memory,
                          GError **error)
{
  LatheMemoryPlan plan;
  LatheShape input;

  if (!lathe_network_plan (graph, hyperparameters->batch, TRUE, threads_or_all (hyperparameters->threads), &plan,
                           error))
    return FALSE;
  take_over (memory, &plan);
  if (lathe_augmentation_is_wanted (&hyperparameters->augmentation) && lathe_graph_get_input (graph, &input))
    {
      gsize moved = hyperparameters->batch * lathe_shape_size (&input) * sizeof (LatheReal);

      memory->scratch += moved;
      memory->total += moved;
    }
  memory->moments = lathe_optimizer_n_moments (hyperparameters) * plan.n_trained * sizeof (LatheReal);
  memory->models = 2 * plan.weights;
  memory->total += memory->moments + memory->models;
  return TRUE;
}

/**
 * lathe_memory_of_answering:
 * @memory: (out): the model's own weights are counted as a model
 *
 * Errors: the graph's own.
 */
gboolean
lathe_memory_of_answering (const LatheGraph *graph, guint batch, guint n_threads, LatheMemory *memory, GError **error)
{
  LatheMemoryPlan plan;

  if (!lathe_network_plan (graph, batch, FALSE, threads_or_all (n_threads), &plan, error))
    return FALSE;
  take_over (memory, &plan);
  memory->models = plan.weights;
  memory->total += memory->models;
  return TRUE;
}

/* The largest batch that fits, below the one that does not; 0: not even one image. */
static guint
fitting_batch (const LatheGraph *graph, const LatheHyperparameters *hyperparameters, guint64 available)
{
  LatheHyperparameters h = *hyperparameters;
  guint least = 0, most = h.batch;
  LatheMemory memory;

  while (most - least > 1)
    {
      h.batch = least + (most - least) / 2;
      if (lathe_memory_of_training (graph, &h, &memory, NULL) && memory.total <= available)
        least = h.batch;
      else
        most = h.batch;
    }
  return least;
}

/**
 * lathe_memory_check_training:
 *
 * Refuses what this machine cannot hold, with the number.
 * Errors: the graph's own; LATHE_ERROR_MEMORY.
 */
gboolean
lathe_memory_check_training (const LatheGraph *graph, const LatheHyperparameters *hyperparameters, GError **error)
{
  guint64 available = lathe_memory_available ();
  g_autofree char *needed = NULL, *left = NULL;
  LatheMemory memory;
  guint batch;

  if (!lathe_memory_of_training (graph, hyperparameters, &memory, error))
    return FALSE;
  if (memory.total <= available)
    return TRUE;
  needed = g_format_size (memory.total);
  left = g_format_size (available);
  batch = fitting_batch (graph, hyperparameters, available);
  if (batch > 0)
    g_set_error (
        error, LATHE_ERROR, LATHE_ERROR_MEMORY,
        _ ("To train this network in batches of %u takes %s of memory, and this machine has %s left: a batch of "
           "%u would fit"),
        hyperparameters->batch, needed, left, batch);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                 _ ("To train this network takes %s of memory, and this machine has %s left: use smaller images, fewer "
                    "units or filters, or another network"),
                 needed, left);
  return FALSE;
}
