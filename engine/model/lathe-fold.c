/* lathe-fold.c: batch norms that answer, made part of the layers in front of them.
 *
 *   γ·(W·x + b - μ) / √(σ² + ε) + β = (s·W)·x + (s·(b - μ) + β),  s = γ / √(σ² + ε)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-fold.h"

#include <math.h>
#include <string.h>

#include "lathe-graph-edit.h"
#include "layers/lathe-activation.h"
#include "layers/lathe-kinds.h"

static gboolean
is_read_by_others (const LatheGraph *graph, const LatheNode *node, const LatheNode *reader)
{
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      const LatheNode *other = lathe_graph_get_node (graph, i);

      if (other != reader && g_ptr_array_find (other->inputs, node, NULL))
        return TRUE;
    }
  return FALSE;
}

static double
value_of (const LatheNode *node, const char *property)
{
  return node->properties.value[lathe_layer_kind_property (node->kind, property)];
}

/* The layer that the norm may become a part of; NULL: there is none. */
static LatheNode *
find_front (const LatheGraph *graph, const LatheNode *norm)
{
  LatheNode *front = norm->inputs->len == 1 ? norm->inputs->pdata[0] : NULL;

  if (norm->kind != &lathe_layer_batch_norm || front == NULL ||
      (front->kind != &lathe_layer_conv2d && front->kind != &lathe_layer_dense) ||
      value_of (front, "activation") != LATHE_ACTIVATION_NONE || is_read_by_others (graph, front, norm))
    return NULL;
  return front;
}

static const LatheWeight *
find_weight (const LatheModel *model, const char *layer, const char *parameter)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", layer, parameter);

  for (guint i = 0; i < model->weights->len; i++)
    if (g_str_equal (g_array_index (model->weights, LatheWeight, i).name, name))
      return &g_array_index (model->weights, LatheWeight, i);
  return NULL;
}

static void
fold_into (LatheModel *to, const LatheModel *from, const LatheNode *front, const LatheNode *norm)
{
  const LatheWeight *weight = find_weight (to, front->name, "weight"), *bias = find_weight (to, front->name, "bias");
  const LatheWeight *old_bias = find_weight (from, front->name, "bias");
  const float *gamma = find_weight (from, norm->name, "gamma")->data,
              *beta = find_weight (from, norm->name, "beta")->data;
  const float *mean = find_weight (from, norm->name, "running-mean")->data;
  const float *variance = find_weight (from, norm->name, "running-variance")->data;
  guint channels = bias->shape.dim[0];
  gsize rows = lathe_shape_size (&weight->shape) / channels;

  for (guint c = 0; c < channels; c++)
    {
      double scale = (double) gamma[c] / sqrt ((double) variance[c] + value_of (norm, "epsilon"));
      double b = old_bias != NULL ? (double) old_bias->data[c] : 0;

      bias->data[c] = (float) (scale * (b - (double) mean[c]) + (double) beta[c]);
      for (gsize row = 0; row < rows; row++)
        weight->data[row * channels + c] = (float) (scale * (double) weight->data[row * channels + c]);
    }
}

/* A bias that is new stays as it is. */
static void
take_over (LatheModel *to, const LatheModel *from)
{
  g_autoptr (GHashTable) old = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < from->weights->len; i++)
    {
      LatheWeight *weight = &g_array_index (from->weights, LatheWeight, i);

      g_hash_table_insert (old, weight->name, weight);
    }
  for (guint i = 0; i < to->weights->len; i++)
    {
      LatheWeight *weight = &g_array_index (to->weights, LatheWeight, i);
      const LatheWeight *same = g_hash_table_lookup (old, weight->name);

      if (same != NULL)
        memcpy (weight->data, same->data, lathe_shape_size (&weight->shape) * sizeof (float));
    }
}

/**
 * lathe_model_fold:
 *
 * Each batch norm right behind a convolution or a dense layer whose output nobody else reads becomes part of its
 * weights and its bias: the model answers the same, but for rounding.
 * Errors: LATHE_ERROR_MEMORY.
 *
 * Returns: (transfer full): a model of its own
 */
LatheModel *
lathe_model_fold (const LatheModel *model, GError **error)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (model->graph);
  g_autoptr (GPtrArray) norms = g_ptr_array_new ();
  LatheModel *folded;

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      LatheNode *norm = lathe_graph_get_node (graph, i), *front = find_front (graph, norm);

      if (front == NULL)
        continue;
      lathe_graph_set (graph, front, "bias", 1, NULL);
      g_ptr_array_add (norms, norm);
    }
  lathe_graph_remove_nodes (graph, (LatheNode *const *) norms->pdata, norms->len);

  folded = lathe_model_new (graph, (const char *const *) model->labels, &model->preprocess, error);
  if (folded == NULL)
    return NULL;
  folded->scores = model->scores;
  folded->temperature = model->temperature;
  take_over (folded, model);
  for (guint i = 0; i < lathe_graph_get_n_nodes (model->graph); i++)
    {
      const LatheNode *norm = lathe_graph_get_node (model->graph, i), *front = find_front (model->graph, norm);

      if (front != NULL)
        fold_into (folded, model, front, norm);
    }
  return folded;
}
