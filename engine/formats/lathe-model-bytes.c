/* lathe-model-bytes.c: what a model file holds of a model in 8 bits.
 *
 *   conv2d-1.weight         I8    kernel height × kernel width × in × out
 *   conv2d-1.weight.scale   F32   out
 *   conv2d-1.bias           F32   out
 *
 * A weight is its whole number times the scale of its output channel. What the bytes between layers stand for is in the
 * metadata.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-model-bytes.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-model-file.h"

#define WEIGHT ".weight"

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason);
  return FALSE;
}

/* --- Text --- */

char *
lathe_quantisation_to_json (const LatheQuantisation *quantisation, const LatheGraph *graph)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "method");
  json_builder_add_string_value (builder, quantisation->method);
  json_builder_set_member_name (builder, "images");
  json_builder_add_int_value (builder, quantisation->n_images);
  json_builder_set_member_name (builder, "layers");
  json_builder_begin_object (builder);
  for (guint i = 0; i < quantisation->n_nodes; i++)
    {
      const LatheQuantisedNode *node = &quantisation->nodes[i];

      if (node->output.scale == 0 && node->weight_scale == NULL)
        continue;
      json_builder_set_member_name (builder, lathe_graph_get_node (graph, i)->name);
      json_builder_begin_object (builder);
      if (node->output.scale > 0)
        {
          json_builder_set_member_name (builder, "scale");
          json_builder_add_double_value (builder, lathe_shorten (node->output.scale));
          json_builder_set_member_name (builder, "zero");
          json_builder_add_int_value (builder, node->output.zero);
        }
      if (node->weight_scale != NULL)
        {
          json_builder_set_member_name (builder, "weights");
          json_builder_add_boolean_value (builder, TRUE);
        }
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  return lathe_json_finish (builder);
}

static JsonNode *
find (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type ? node : NULL;
}

static gboolean
read_scale (JsonObject *object, LatheByteScale *scale)
{
  JsonNode *zero = find (object, "zero", G_TYPE_INT64), *real = find (object, "scale", G_TYPE_DOUBLE);
  JsonNode *whole = find (object, "scale", G_TYPE_INT64);

  if (zero == NULL || (real == NULL && whole == NULL) || json_node_get_int (zero) < 0 || json_node_get_int (zero) > 255)
    return FALSE;
  scale->zero = (gint32) json_node_get_int (zero);
  scale->scale = (float) (real != NULL ? json_node_get_double (real) : (double) json_node_get_int (whole));
  return isnormal (scale->scale) && scale->scale > 0;
}

static gboolean
read_layer (JsonNode *value, const LatheNode *node, const LatheShape *output, LatheQuantisedNode *to)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (value) ? json_node_get_object (value) : NULL;
  const LatheByteKind *kind = lathe_byte_kind_find (node->kind);

  if (object == NULL || (json_object_has_member (object, "scale") && !read_scale (object, &to->output)))
    return FALSE;
  if (find (object, "weights", G_TYPE_BOOLEAN) == NULL)
    return !json_object_has_member (object, "weights");
  if (kind == NULL || !kind->weighs)
    return FALSE;
  to->n_channels = output->dim[output->rank - 1];
  to->weight_scale = g_new (float, to->n_channels);
  for (guint c = 0; c < to->n_channels; c++)
    to->weight_scale[c] = 1; /* until its own is read */
  return TRUE;
}

static gboolean
read_layers (JsonObject *layers, const LatheGraph *graph, LatheQuantisation *quantisation)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (layers == NULL || !report->works)
    return FALSE;
  json_object_iter_init (&iter, layers);
  while (json_object_iter_next (&iter, &name, &value))
    {
      const LatheNode *node = lathe_graph_find (graph, name);

      if (node == NULL ||
          !read_layer (value, node, &report->nodes[node->index].output, &quantisation->nodes[node->index]))
        return FALSE;
    }
  return TRUE;
}

LatheQuantisation *
lathe_quantisation_from_json (const char *text, const LatheGraph *graph, GError **error)
{
  g_autoptr (JsonNode) root = lathe_json_parse (text);
  JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode *method = object != NULL ? find (object, "method", G_TYPE_STRING) : NULL;
  JsonNode *images = object != NULL ? find (object, "images", G_TYPE_INT64) : NULL;
  JsonNode *layers = object != NULL ? json_object_get_member (object, "layers") : NULL;
  g_autoptr (LatheQuantisation) quantisation = NULL;

  if (method != NULL && images != NULL && layers != NULL && json_node_get_int (images) >= 0 &&
      json_node_get_int (images) <= G_MAXINT32)
    quantisation = lathe_quantisation_new (lathe_graph_get_n_nodes (graph), json_node_get_string (method),
                                           (guint) json_node_get_int (images));
  if (quantisation != NULL &&
      read_layers (JSON_NODE_HOLDS_OBJECT (layers) ? json_node_get_object (layers) : NULL, graph, quantisation))
    return g_steal_pointer (&quantisation);
  refuse (error, _ ("what it says of its numbers in 8 bits makes no sense"));
  return NULL;
}

/* --- Tensors --- */

static void
clear_tensor (gpointer data)
{
  LatheWeight *tensor = data;

  g_free (tensor->name);
  g_free (tensor->bytes);
}

/* What is known of the layer whose weight this is; NULL: it is another tensor, or in real numbers. */
static const LatheQuantisedNode *
find_quantised (const LatheModel *model, const LatheWeight *weight)
{
  g_autofree char *layer = NULL;
  const LatheNode *node;

  if (!g_str_has_suffix (weight->name, WEIGHT))
    return NULL;
  layer = g_strndup (weight->name, strlen (weight->name) - strlen (WEIGHT));
  node = lathe_graph_find (model->graph, layer);
  return node != NULL && model->quantisation->nodes[node->index].weight_scale != NULL
             ? &model->quantisation->nodes[node->index]
             : NULL;
}

/* (transfer full) */
static gint8 *
round_weights (const LatheWeight *weight, const LatheQuantisedNode *node)
{
  gsize size = lathe_shape_size (&weight->shape);
  gint8 *bytes = g_new (gint8, size);

  for (gsize i = 0; i < size; i++)
    bytes[i] = (gint8) rintf (weight->data[i] / node->weight_scale[i % node->n_channels]);
  return bytes;
}

GArray *
lathe_model_bytes_tensors (const LatheModel *model)
{
  GArray *tensors = g_array_new (FALSE, TRUE, sizeof (LatheWeight));

  g_array_set_clear_func (tensors, clear_tensor);
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      const LatheQuantisedNode *node = find_quantised (model, weight);
      LatheWeight tensor = {.name = g_strdup (weight->name), .shape = weight->shape, .data = weight->data};
      LatheWeight scale;

      if (node != NULL)
        tensor.bytes = round_weights (weight, node);
      g_array_append_val (tensors, tensor);
      if (node == NULL)
        continue;
      scale = (LatheWeight){.name = g_strconcat (weight->name, ".scale", NULL),
                            .shape = LATHE_SHAPE_VECTOR (node->n_channels),
                            .data = node->weight_scale};
      g_array_append_val (tensors, scale);
    }
  return tensors;
}

gboolean
lathe_model_bytes_take (const LatheModel *model, const GArray *tensors, GError **error)
{
  for (guint i = 0; i < tensors->len; i++)
    {
      const LatheWeight *tensor = &g_array_index (tensors, LatheWeight, i);
      const LatheQuantisedNode *node = tensor->bytes != NULL ? find_quantised (model, tensor) : NULL;

      if (node == NULL)
        continue;
      for (guint c = 0; c < node->n_channels; c++)
        if (!isnormal (node->weight_scale[c]) || node->weight_scale[c] < 0)
          return refuse (error, _ ("its weights in 8 bits have a scale that makes no sense"));
      for (gsize k = 0; k < lathe_shape_size (&tensor->shape); k++)
        tensor->data[k] = tensor->bytes[k] * node->weight_scale[k % node->n_channels];
    }
  return TRUE;
}
