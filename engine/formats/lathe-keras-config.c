/* lathe-keras-config.c: the layers of a network as the JSON that Keras makes a model of.
 *
 * Keras 2 says of a layer's inputs where they come from, and Keras 3 what they are, too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-keras.h"

#include "base/lathe-json.h"

/* --- Inputs --- */

static void
add_history (JsonBuilder *json, const LatheKerasLayer *layer, gboolean more)
{
  json_builder_begin_array (json);
  json_builder_add_string_value (json, layer->name);
  json_builder_add_int_value (json, 0);
  json_builder_add_int_value (json, 0);
  if (more)
    {
      json_builder_begin_object (json);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
set_string (JsonBuilder *json, const char *name, const char *value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, value);
}

static void
set_null (JsonBuilder *json, const char *name)
{
  json_builder_set_member_name (json, name);
  json_builder_add_null_value (json);
}

static void
add_tensor (JsonBuilder *json, const LatheKerasLayer *layer)
{
  json_builder_begin_object (json);
  set_string (json, "class_name", "__keras_tensor__");
  json_builder_set_member_name (json, "config");
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "shape");
  json_builder_begin_array (json);
  json_builder_add_null_value (json);
  for (guint i = 0; i < layer->output.rank; i++)
    json_builder_add_int_value (json, layer->output.dim[i]);
  json_builder_end_array (json);
  set_string (json, "dtype", "float32");
  json_builder_set_member_name (json, "keras_history");
  add_history (json, layer, FALSE);
  json_builder_end_object (json);
  json_builder_end_object (json);
}

/* [[[name, 0, 0, {}], …]] */
static void
add_legacy_inputs (JsonBuilder *json, const LatheKerasLayer *layer)
{
  json_builder_begin_array (json);
  for (guint i = 0; i < layer->n_inputs; i++)
    add_history (json, layer->inputs[i], TRUE);
  json_builder_end_array (json);
}

/* [{"args": [tensor]}], or with a list of tensors. */
static void
add_inputs (JsonBuilder *json, const LatheKerasLayer *layer)
{
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "args");
  json_builder_begin_array (json);
  if (layer->n_inputs > 1)
    json_builder_begin_array (json);
  for (guint i = 0; i < layer->n_inputs; i++)
    add_tensor (json, layer->inputs[i]);
  if (layer->n_inputs > 1)
    json_builder_end_array (json);
  json_builder_end_array (json);
  json_builder_set_member_name (json, "kwargs");
  json_builder_begin_object (json);
  json_builder_end_object (json);
  json_builder_end_object (json);
}

/* --- Layers --- */

static void
add_config (JsonBuilder *json, const LatheKerasLayer *layer)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (layer->config, "name", layer->name);
  json_object_set_string_member (layer->config, "dtype", "float32");
  if (layer->frozen) /* what is not said is true; Keras 3.15's SpatialDropout2D does not take the word */
    json_object_set_boolean_member (layer->config, "trainable", FALSE);
  json_node_set_object (node, layer->config);
  json_builder_set_member_name (json, "config");
  json_builder_add_value (json, node);
}

static void
add_layer (JsonBuilder *json, const LatheKerasLayer *layer, gboolean legacy)
{
  json_builder_begin_object (json);
  if (!legacy)
    {
      set_string (json, "module", "keras.layers");
      set_null (json, "registered_name");
    }
  set_string (json, "class_name", layer->class);
  add_config (json, layer);
  set_string (json, "name", layer->name);
  json_builder_set_member_name (json, "inbound_nodes");
  json_builder_begin_array (json);
  if (layer->n_inputs > 0 && legacy)
    add_legacy_inputs (json, layer);
  else if (layer->n_inputs > 0)
    add_inputs (json, layer);
  json_builder_end_array (json);
  json_builder_end_object (json);
}

static void
add_end (JsonBuilder *json, const char *name, const LatheKerasLayer *layer)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  add_history (json, layer, FALSE);
  json_builder_end_array (json);
}

/**
 * lathe_keras_model_to_json:
 *
 * Returns: (transfer full): the network alone; the layers must be sorted
 */
char *
lathe_keras_model_to_json (const LatheKerasModel *model)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  const GPtrArray *layers = model->layers;

  json_builder_begin_object (json);
  if (!model->legacy)
    {
      set_string (json, "module", "keras.src.models.functional"); /* as Keras 3 says it of itself */
      set_string (json, "registered_name", "Functional");
    }
  set_string (json, "class_name", "Functional");
  json_builder_set_member_name (json, "config");
  json_builder_begin_object (json);
  set_string (json, "name", "lathe");
  json_builder_set_member_name (json, "trainable");
  json_builder_add_boolean_value (json, TRUE);
  json_builder_set_member_name (json, "layers");
  json_builder_begin_array (json);
  for (guint i = 0; i < layers->len; i++)
    add_layer (json, layers->pdata[i], model->legacy);
  json_builder_end_array (json);
  add_end (json, "input_layers", layers->pdata[0]);
  add_end (json, "output_layers", layers->pdata[layers->len - 1]);
  json_builder_end_object (json);
  json_builder_end_object (json);
  return lathe_json_finish (json);
}

/* --- Training --- */

static void
set_number (JsonBuilder *json, const char *name, double value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_double_value (json, value);
}

static void
set_loss (JsonBuilder *json, const LatheProgram *program)
{
  json_builder_set_member_name (json, "loss");
  json_builder_begin_object (json);
  set_string (json, "class_name", lathe_keras_loss (program));
  json_builder_set_member_name (json, "config");
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "from_logits");
  json_builder_add_boolean_value (json, !program->linked);
  if (program->export->training.label_smoothing > 0)
    set_number (json, "label_smoothing", program->export->training.label_smoothing);
  set_string (json, "reduction", "sum_over_batch_size");
  json_builder_end_object (json);
  json_builder_end_object (json);
}

/* Keras 2 finds out of “accuracy” what it is by a model's output in the place of labels, and so errs: it is told. */
static void
set_metric (JsonBuilder *json, const LatheProgram *program)
{
  const char *class = program->n_units == 1                           ? "BinaryAccuracy"
                      : program->export->training.label_smoothing > 0 ? "CategoricalAccuracy"
                                                                      : "SparseCategoricalAccuracy";

  json_builder_set_member_name (json, "metrics");
  json_builder_begin_array (json);
  json_builder_begin_object (json);
  set_string (json, "class_name", class);
  json_builder_set_member_name (json, "config");
  json_builder_begin_object (json);
  set_string (json, "name", "accuracy");
  if (program->n_units == 1)
    set_number (json, "threshold", program->linked ? 0.5 : 0);
  json_builder_end_object (json);
  json_builder_end_object (json);
  json_builder_end_array (json);
}

static void
set_optimizer (JsonBuilder *json, const LatheExportTraining *training)
{
  LatheKerasOptimizer optimizer = lathe_keras_optimizer (training);

  json_builder_set_member_name (json, "optimizer_config");
  json_builder_begin_object (json);
  set_string (json, "class_name", optimizer.class);
  json_builder_set_member_name (json, "config");
  json_builder_begin_object (json);
  for (guint i = 0; i < optimizer.n; i++)
    set_number (json, optimizer.number[i].name, optimizer.number[i].value);
  if (optimizer.nesterov)
    {
      json_builder_set_member_name (json, "nesterov");
      json_builder_add_boolean_value (json, TRUE);
    }
  json_builder_end_object (json);
  json_builder_end_object (json);
}

/**
 * lathe_keras_training_to_json:
 *
 * Returns: (transfer full): how the network is trained, as Keras 2 has it
 */
char *
lathe_keras_training_to_json (const LatheKerasModel *model)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  set_loss (json, model->program);
  set_metric (json, model->program);
  set_null (json, "weighted_metrics");
  set_null (json, "loss_weights");
  set_optimizer (json, &model->program->export->training);
  json_builder_end_object (json);
  return lathe_json_finish (json);
}
