/* lathe-quantisation.c: what makes a model one in 8 bits.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-quantisation.h"

#include <math.h>

LatheQuantisation *
lathe_quantisation_new (guint n_nodes, const char *method, guint n_images)
{
  LatheQuantisation *quantisation = g_new0 (LatheQuantisation, 1);

  quantisation->method = g_strdup (method);
  quantisation->n_images = n_images;
  quantisation->n_nodes = n_nodes;
  quantisation->nodes = g_new0 (LatheQuantisedNode, n_nodes);
  return quantisation;
}

/**
 * lathe_quantisation_copy:
 * @quantisation: (nullable)
 *
 * Returns: (transfer full) (nullable)
 */
LatheQuantisation *
lathe_quantisation_copy (const LatheQuantisation *quantisation)
{
  LatheQuantisation *copy;

  if (quantisation == NULL)
    return NULL;
  copy = lathe_quantisation_new (quantisation->n_nodes, quantisation->method, quantisation->n_images);
  for (guint i = 0; i < copy->n_nodes; i++)
    {
      copy->nodes[i] = quantisation->nodes[i];
      copy->nodes[i].weight_scale =
          g_memdup2 (quantisation->nodes[i].weight_scale, quantisation->nodes[i].n_channels * sizeof (float));
    }
  return copy;
}

void
lathe_quantisation_free (LatheQuantisation *quantisation)
{
  for (guint i = 0; i < quantisation->n_nodes; i++)
    g_free (quantisation->nodes[i].weight_scale);
  g_free (quantisation->nodes);
  g_free (quantisation->method);
  g_free (quantisation);
}

/**
 * lathe_quantisation_scale:
 * @most: how large the weights of one output channel are
 *
 * Returns: the scale by which that is 127
 */
float
lathe_quantisation_scale (float most)
{
  return MAX (most / LATHE_BYTE_MOST_WEIGHT, 1e-30f);
}

/**
 * lathe_quantisation_round:
 * @weights: (inout): rows × channels
 *
 * Gives each channel the scale by which its largest weight is 127, and rounds its weights to what is whole then.
 */
void
lathe_quantisation_round (LatheQuantisedNode *node, float *weights, gsize rows, guint channels)
{
  node->weight_scale = g_new (float, channels);
  node->n_channels = channels;
  for (guint c = 0; c < channels; c++)
    {
      float most = 0;

      for (gsize row = 0; row < rows; row++)
        most = MAX (most, fabsf (weights[row * channels + c]));
      node->weight_scale[c] = lathe_quantisation_scale (most);
      for (gsize row = 0; row < rows; row++)
        weights[row * channels + c] = lathe_quantisation_snap (weights[row * channels + c], node->weight_scale[c]);
    }
}

/* How many layers have weights in 8 bits. */
guint
lathe_quantisation_count (const LatheQuantisation *quantisation)
{
  guint n = 0;

  for (guint i = 0; i < quantisation->n_nodes; i++)
    n += quantisation->nodes[i].weight_scale != NULL;
  return n;
}
