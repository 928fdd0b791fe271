/* lathe-onnx-out.c: a trained model as an ONNX file: what ONNX Runtime and many others run.
 *
 * The graph takes images as Lathe has them, height × width × channels, and any number of them: the numbers that the
 * network sees, or bytes, with the preprocessing as its first nodes. It gives the probability of each class. Labels and
 * preprocessing are in the metadata. The version of the operators is the lowest that has all that are used, and at
 * least 13, which is as old as most programs that run ONNX still know.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-out.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-model-file.h"
#include "lathe-onnx-out-ends.h"

#define LOWEST_OPSET 13
#define LARGEST_FILE ((gsize) G_MAXINT32) /* bytes, of one message of protocol buffers */

static const char images[] = "images", probabilities[] = "probabilities", batch[] = "batch";

/* The version of the file itself that came with each version of the operators. */
static gint64
version_for (gint64 opset)
{
  return opset >= 21 ? 10 : opset >= 19 ? 9 : opset >= 15 ? 8 : 7;
}

static void
start (LatheOnnxOut *out, LatheProgram *program)
{
  const LatheModel *model = program->export->model;

  *out = (LatheOnnxOut){
      .program = program,
      .weights = g_hash_table_new (g_str_hash, g_str_equal),
      .outputs = g_hash_table_new_full (NULL, NULL, NULL, g_free),
      .names = g_hash_table_new (g_str_hash, g_str_equal),
      .memory = g_ptr_array_new_with_free_func (g_free),
      .nodes = g_ptr_array_new (),
      .constants = g_ptr_array_new (),
      .opset = LOWEST_OPSET,
  };
  for (guint i = 0; i < model->weights->len; i++)
    {
      LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);

      g_hash_table_insert (out->weights, weight->name, weight);
    }
}

static void
finish (LatheOnnxOut *out)
{
  g_hash_table_unref (out->weights);
  g_hash_table_unref (out->outputs);
  g_hash_table_unref (out->names);
  g_ptr_array_unref (out->nodes);
  g_ptr_array_unref (out->constants);
  g_ptr_array_unref (out->memory);
}

/* A tensor of any number of samples. */
static Onnx__ValueInfoProto *
describe (LatheOnnxOut *out, const char *name, gint32 type, guint n, const guint *dims)
{
  Onnx__ValueInfoProto *info = lathe_onnx_out_keep (out, g_new (Onnx__ValueInfoProto, 1));
  Onnx__TypeProto *kind = lathe_onnx_out_keep (out, g_new (Onnx__TypeProto, 1));
  Onnx__TensorTypeProto *tensor = lathe_onnx_out_keep (out, g_new (Onnx__TensorTypeProto, 1));
  Onnx__TensorShapeProto *shape = lathe_onnx_out_keep (out, g_new (Onnx__TensorShapeProto, 1));

  onnx__value_info_proto__init (info);
  onnx__type_proto__init (kind);
  onnx__tensor_type_proto__init (tensor);
  onnx__tensor_shape_proto__init (shape);
  info->name = (char *) name;
  info->type = kind;
  kind->tensor_type = tensor;
  tensor->has_elem_type = TRUE;
  tensor->elem_type = type;
  tensor->shape = shape;
  shape->dim = lathe_onnx_out_keep (out, g_new (Onnx__DimensionProto *, n + 1));
  shape->n_dim = n + 1;
  for (guint i = 0; i <= n; i++)
    {
      shape->dim[i] = lathe_onnx_out_keep (out, g_new (Onnx__DimensionProto, 1));
      onnx__dimension_proto__init (shape->dim[i]);
      if (i == 0)
        shape->dim[i]->dim_param = (char *) batch;
      else
        {
          shape->dim[i]->has_dim_value = TRUE;
          shape->dim[i]->dim_value = dims[i - 1];
        }
    }
  return info;
}

static Onnx__StringStringEntryProto *
add_entry (LatheOnnxOut *out, const char *key, char *value)
{
  Onnx__StringStringEntryProto *entry = lathe_onnx_out_keep (out, g_new (Onnx__StringStringEntryProto, 1));

  onnx__string_string_entry_proto__init (entry);
  entry->key = (char *) key;
  entry->value = lathe_onnx_out_keep (out, value);
  return entry;
}

static GBytes *
pack (const Onnx__ModelProto *model, GError **error)
{
  gsize size = onnx__model_proto__get_packed_size (model);
  guint8 *bytes;

  if (size > LARGEST_FILE)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                   _ ("The model takes %.1f GB, and one ONNX file holds 2 GB at most; take another format"),
                   (double) size / 1e9);
      return NULL;
    }
  bytes = g_try_malloc (size);
  if (bytes == NULL)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                           _ ("The ONNX file does not fit into this machine's memory"));
      return NULL;
    }
  onnx__model_proto__pack (model, bytes);
  return g_bytes_new_take (bytes, size);
}

/* All around the nodes. */
static GBytes *
write (LatheOnnxOut *out, GError **error)
{
  const LatheModel *model = out->program->export->model;
  const LatheShape *input = &out->program->nodes[0].output;
  guint n_labels = lathe_model_get_n_labels (model);
  Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT, *opsets = &opset;
  Onnx__GraphProto graph = ONNX__GRAPH_PROTO__INIT;
  Onnx__ModelProto file = ONNX__MODEL_PROTO__INIT;
  Onnx__StringStringEntryProto *metadata[] = {
      add_entry (out, LATHE_ONNX_KEY_LABELS, lathe_labels_to_json (model->labels)),
      add_entry (out, LATHE_ONNX_KEY_LAYOUT, g_strdup (LATHE_ONNX_CHANNELS_LAST_NAME)),
      add_entry (out, LATHE_ONNX_KEY_PREPROCESSING, lathe_preprocess_to_json (&model->preprocess)),
  };
  Onnx__ValueInfoProto *inputs[] = {
      describe (out, images, out->program->export->preprocesses ? LATHE_ONNX_UINT8 : LATHE_ONNX_FLOAT, 3, input->dim)};
  Onnx__ValueInfoProto *outputs[] = {describe (out, probabilities, LATHE_ONNX_FLOAT, 1, &n_labels)};

  opset.domain = (char *) "";
  opset.has_version = TRUE;
  opset.version = out->opset;
  graph.name = (char *) "lathe";
  graph.n_node = out->nodes->len;
  graph.node = (Onnx__NodeProto **) out->nodes->pdata;
  graph.n_initializer = out->constants->len;
  graph.initializer = (Onnx__TensorProto **) out->constants->pdata;
  graph.n_input = graph.n_output = 1;
  graph.input = inputs;
  graph.output = outputs;
  file.has_ir_version = TRUE;
  file.ir_version = version_for (out->opset);
  file.producer_name = (char *) LATHE_ONNX_PRODUCER;
  file.producer_version = (char *) LATHE_VERSION;
  file.graph = &graph;
  file.n_opset_import = 1;
  file.opset_import = &opsets;
  file.n_metadata_props = G_N_ELEMENTS (metadata);
  file.metadata_props = metadata;
  return pack (&file, error);
}

static GBytes *
make (const LatheExport *export, GError **error)
{
  static const char *const nothing[] = {NULL};
  g_autoptr (LatheProgram) program = lathe_program_new (export, nothing, NULL, TRUE);
  LatheOnnxOut out;
  GBytes *bytes;

  for (guint i = 0; i < program->n_nodes; i++)
    {
      const char *obstacle = lathe_onnx_out_obstacle (&program->nodes[i]);

      if (obstacle != NULL)
        return lathe_program_refuse (&program->nodes[i], obstacle, lathe_export_onnx.title, error);
    }
  start (&out, program);
  lathe_onnx_out_name (&out, images, NULL);
  lathe_onnx_out_name (&out, probabilities, NULL);
  lathe_onnx_out_begin (&out, images);
  lathe_onnx_out_round (&out, &program->nodes[0]);
  for (guint i = 1; i < program->n_nodes; i++)
    {
      lathe_onnx_out_add (&out, &program->nodes[i]);
      lathe_onnx_out_round (&out, &program->nodes[i]);
    }
  lathe_onnx_out_end (&out, probabilities);
  bytes = write (&out, error);
  finish (&out);
  return bytes;
}

const LatheExportFormat lathe_export_onnx = {
    .name = "onnx",
    .title = N_ ("ONNX model"),
    .help = N_ ("What ONNX Runtime, and many programs and devices, run: images in, probabilities out"),
    .suffix = ".onnx",
    .needs_weights = TRUE,
    .in_bytes = TRUE,
    .make = make,
};
