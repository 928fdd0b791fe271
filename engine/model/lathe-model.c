/* lathe-model.c: a trained network with all that is needed to use it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-model.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "kernels/lathe-bf16.h"
#include "lathe-loss.h"

static void
clear_weight (gpointer data)
{
  LatheWeight *weight = data;

  g_free (weight->name);
}

/* Lays the tensors out in one block, in the graph's order of computation, as lathe-network.c does. */
static gboolean
lay_out (LatheModel *model, const LatheGraphReport *report, GError **error)
{
  float *data = lathe_memory_try_new (MAX (1, report->parameters) * sizeof (float));

  if (data == NULL)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                           _ ("The weights of this network do not fit into this machine's memory"));
      return FALSE;
    }
  model->block = data;
  for (guint i = 0; i < report->n_nodes; i++)
    {
      LatheNode *node = lathe_graph_get_node (model->graph, report->order[i]);
      LatheParameter parameters[LATHE_MAX_PARAMETERS];
      guint n = 0;

      if (node->kind->parameters != NULL)
        n = node->kind->parameters (&node->properties, &report->nodes[report->order[i]].input, parameters);
      for (guint j = 0; j < n; j++)
        {
          LatheWeight weight = {
              .name = g_strdup_printf ("%s.%s", node->name, parameters[j].name),
              .shape = parameters[j].shape,
              .data = data,
          };

          g_array_append_val (model->weights, weight);
          data += lathe_shape_size (&weight.shape);
        }
    }
  return TRUE;
}

LatheModel *
lathe_model_new (const LatheGraph *graph, const char *const *labels, const LathePreprocess *preprocess, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  LatheModel *model;
  guint n_labels = g_strv_length ((char **) labels), n_units, n_classes;

  if (!lathe_graph_report_propagate (report, graph, error))
    return NULL;
  n_units = (guint) lathe_shape_size (&report->nodes[report->order[report->n_nodes - 1]].output);
  n_classes = lathe_loss_n_classes (n_units);
  if (n_classes != n_labels)
    {
      g_set_error (
          error, LATHE_ERROR, LATHE_ERROR_SHAPE,
          _ ("The network tells %u classes apart, but there are %u: give its last layer as many units as there "
             "are classes (or one, with a sigmoid, for two)"),
          n_classes, n_labels);
      return NULL;
    }

  model = g_new0 (LatheModel, 1);
  g_atomic_ref_count_init (&model->references);
  model->graph = lathe_graph_copy (graph);
  model->labels = g_strdupv ((char **) labels);
  model->preprocess = *preprocess;
  model->scores = (LatheScores){0, NAN, NAN, NAN, NAN};
  model->temperature = 1;
  model->weights = g_array_new (FALSE, FALSE, sizeof (LatheWeight));
  g_array_set_clear_func (model->weights, clear_weight);
  if (lay_out (model, report, error))
    return model;
  lathe_model_unref (model);
  return NULL;
}

/* (transfer full): another with the same numbers; NULL: there is no memory for it. */
static LatheModel *
copy_model (const LatheModel *model, GError **error)
{
  LatheModel *other = lathe_model_new (model->graph, (const char *const *) model->labels, &model->preprocess, error);

  if (other == NULL)
    return NULL;
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *from = &g_array_index (model->weights, LatheWeight, i);

      memcpy (g_array_index (other->weights, LatheWeight, i).data, from->data,
              lathe_shape_size (&from->shape) * sizeof (float));
    }
  other->scores = model->scores;
  other->temperature = model->temperature;
  other->quantisation = lathe_quantisation_copy (model->quantisation);
  other->in_bf16 = model->in_bf16;
  other->known = model->known != NULL ? lathe_known_ref (model->known) : NULL;
  return other;
}

/**
 * lathe_model_at_temperature:
 * @temperature: above 0; 1 for the model as it was learned
 *
 * Guo et al. 2017, "On calibration of modern neural networks", section 4.2. What it says stays the same; how sure it is
 * does not.
 * Errors: LATHE_ERROR_MEMORY: its weights are copied.
 *
 * Returns: (transfer full): the model, whose logits are divided by the temperature
 */
LatheModel *
lathe_model_at_temperature (const LatheModel *model, double temperature, GError **error)
{
  LatheModel *other = copy_model (model, error);

  g_assert (temperature > 0);

  if (other != NULL)
    other->temperature = temperature;
  return other;
}

/**
 * lathe_weight_multiplies:
 *
 * Returns: whether it is what a convolution, dense or embedding layer multiplies by: there are many of those, and few
 * of what is there once a channel
 */
gboolean
lathe_weight_multiplies (const LatheWeight *weight)
{
  return weight->shape.rank > 1;
}

/**
 * lathe_model_in_bf16:
 * @model: in real numbers
 *
 * Errors: LATHE_ERROR_MEMORY; LATHE_ERROR_INVALID: it is in 8 bits.
 *
 * Returns: (transfer full): the model with what it multiplies by rounded to bfloat16; its scores are not known
 */
LatheModel *
lathe_model_in_bf16 (const LatheModel *model, GError **error)
{
  LatheModel *other;

  if (model->quantisation != NULL)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                           _ ("The model is in 8 bits already: bf16 is made of one in real numbers"));
      return NULL;
    }
  other = copy_model (model, error);
  if (other == NULL)
    return NULL;
  other->in_bf16 = TRUE;
  other->scores = (LatheScores){other->scores.best_epoch, NAN, NAN, NAN, NAN};
  for (guint i = 0; i < other->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (other->weights, LatheWeight, i);

      for (gsize k = 0; lathe_weight_multiplies (weight) && k < lathe_shape_size (&weight->shape); k++)
        weight->data[k] = (float) lathe_bf16_round (weight->data[k]);
    }
  return other;
}

LatheModel *
lathe_model_ref (LatheModel *model)
{
  g_atomic_ref_count_inc (&model->references);
  return model;
}

void
lathe_model_unref (LatheModel *model)
{
  if (!g_atomic_ref_count_dec (&model->references))
    return;
  lathe_graph_free (model->graph);
  g_strfreev (model->labels);
  g_array_unref (model->weights);
  lathe_memory_free (model->block);
  g_clear_pointer (&model->quantisation, lathe_quantisation_free);
  g_clear_pointer (&model->known, lathe_known_unref);
  g_free (model);
}

guint
lathe_model_get_n_labels (const LatheModel *model)
{
  return g_strv_length (model->labels);
}

guint64
lathe_model_count_numbers (const LatheModel *model)
{
  guint64 n = 0;

  for (guint i = 0; i < model->weights->len; i++)
    n += lathe_shape_size (&g_array_index (model->weights, LatheWeight, i).shape);
  return n;
}

/**
 * lathe_model_find_weight:
 *
 * Returns: (transfer none) (nullable): the tensor of this layer; NULL: there is none of this name
 */
const LatheWeight *
lathe_model_find_weight (const LatheModel *model, const char *layer, const char *parameter)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", layer, parameter);

  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);

      if (g_str_equal (weight->name, name))
        return weight;
    }
  return NULL;
}

char *
lathe_model_weights_sha256 (const LatheModel *model)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      gsize left = lathe_shape_size (&weight->shape) * sizeof (float);
      const guchar *bytes = (const guchar *) weight->data;

      for (gsize n; left > 0; left -= n, bytes += n)
        g_checksum_update (checksum, bytes, (gssize) (n = MIN (left, G_MAXINT32)));
    }
  return g_strdup (g_checksum_get_string (checksum));
}
