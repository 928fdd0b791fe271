/* lathe-keras-order.c: the layers of a network in the order in which Keras will have them.
 *
 * Both of its formats know weights by their layer's place among all, and a loaded model's layers are in an order that
 * the graph alone decides: by how many layers follow at most until the output, the most first; and those of which as
 * many follow, by when they are met on the way back from the output, inputs in order. A file whose layers are in any
 * other order gives weights to the wrong ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-keras.h"

/* Layers on the way back, each with the input that is to be gone to next. */
typedef struct
{
  LatheKerasLayer *layer;
  guint next;
} Step;

static void
meet (GArray *way, const LatheKerasLayer *layer, guint *turns)
{
  Step step = {(LatheKerasLayer *) layer};

  if (layer->turn > 0)
    return;
  step.layer->turn = ++*turns;
  g_array_append_val (way, step);
}

/* Gives turns, from 1. What the output does not need has none. */
static void
give_turns (const LatheKerasLayer *output)
{
  g_autoptr (GArray) way = g_array_new (FALSE, FALSE, sizeof (Step));
  guint turns = 0;

  meet (way, output, &turns);
  while (way->len > 0)
    {
      Step *step = &g_array_index (way, Step, way->len - 1);

      if (step->next == step->layer->n_inputs)
        g_array_set_size (way, way->len - 1);
      else
        meet (way, step->layer->inputs[step->next++], &turns);
    }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const LatheKerasLayer *x = *(const LatheKerasLayer *const *) a, *y = *(const LatheKerasLayer *const *) b;

  if (x->depth != y->depth)
    return x->depth > y->depth ? -1 : 1;
  return x->turn < y->turn ? -1 : x->turn > y->turn;
}

/**
 * lathe_keras_model_sort:
 *
 * Until now each layer is behind what it takes, and the output the last.
 */
void
lathe_keras_model_sort (LatheKerasModel *model)
{
  GPtrArray *layers = model->layers;

  give_turns (layers->pdata[layers->len - 1]);
  for (guint i = layers->len; i-- > 0;)
    {
      const LatheKerasLayer *layer = layers->pdata[i];

      for (guint j = 0; j < layer->n_inputs; j++)
        {
          LatheKerasLayer *from = (LatheKerasLayer *) layer->inputs[j];

          from->depth = MAX (from->depth, layer->depth + 1);
        }
    }
  g_ptr_array_sort (layers, compare);
}
