/* lathe-onnx-in.c: an ONNX file as a model.
 *
 * The nodes that the graph's output comes of are taken one after another, each by its operator: it makes layers, or
 * sees a tensor otherwise, or works out a part of a shape. What cannot be taken is written down, and what comes of it
 * is passed over, so that one message names it all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "lathe-model-file.h"
#include "lathe-onnx-file.h"
#include "layers/lathe-activation.h"
#include "model/lathe-loss.h"

#define MOST_NODES 65536
#define MOST_CLASSES 65536
#define MOST_NAMED 24  /* problems in one message */
#define LOWEST_OPSET 6 /* of 2017; before it, operators were told apart by other attributes */

/* --- The graph --- */

static gboolean
refuse_file (GError **error, LatheError code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, (int) code, reason);
  return FALSE;
}

static const char *
metadata (LatheOnnxIn *in, const char *key)
{
  for (gsize i = 0; i < in->model->n_metadata_props; i++)
    if (g_strcmp0 (in->model->metadata_props[i]->key, key) == 0)
      return in->model->metadata_props[i]->value;
  return NULL;
}

static gboolean
check_model (LatheOnnxIn *in, GError **error)
{
  const Onnx__GraphProto *graph = in->model->graph;

  for (gsize i = 0; i < in->model->n_opset_import; i++)
    if (lathe_onnx_in_is_domain (in->model->opset_import[i]->domain))
      in->opset = in->model->opset_import[i]->version;
  if (graph == NULL || graph->n_node == 0 || in->opset == 0)
    return refuse_file (error, LATHE_ERROR_FORMAT, _ ("it is not an ONNX file, or it has no graph"));
  if (graph->n_node > MOST_NODES)
    return refuse_file (error, LATHE_ERROR_UNSUPPORTED, _ ("its graph has more nodes than any network"));
  if (graph->n_output != 1 || graph->output[0]->name == NULL)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                   _ ("it gives %zu tensors, and a network in Lathe gives one: the probability of each class"),
                   graph->n_output);
      return FALSE;
    }
  if (in->opset >= LOWEST_OPSET)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("its operators are of version %d, and Lathe knows them from %d on; export it anew"), (int) in->opset,
               LOWEST_OPSET);
  return FALSE;
}

/* What a file of ours puts around a network for several views of an image is passed by. */
static void
pass_views (LatheOnnxIn *in)
{
  const Onnx__GraphProto *graph = in->model->graph;

  if (g_strcmp0 (in->model->producer_name, LATHE_ONNX_PRODUCER) != 0 || in->preprocess.views < 2)
    return;
  for (gsize i = 0; i < graph->n_node; i++)
    {
      const Onnx__NodeProto *node = graph->node[i], *made = node;

      if (node->n_input == 0 || node->n_output == 0)
        continue;
      if (g_strcmp0 (node->name, LATHE_ONNX_VIEWS) == 0)
        g_hash_table_insert (in->aliases, node->output[0], node->input[0]);
      for (guint back = 0; g_strcmp0 (node->name, LATHE_ONNX_MEAN) == 0 && back < 2 && made != NULL; back++)
        made = g_hash_table_lookup (in->makers, made->input[0]);
      if (made != NULL && made != node && made->n_input > 0)
        g_hash_table_insert (in->aliases, node->output[0], made->input[0]);
    }
}

/* Who makes what, and what the output comes of, back from it. */
static void
find_needed (LatheOnnxIn *in)
{
  const Onnx__GraphProto *graph = in->model->graph;
  g_autoptr (GPtrArray) open = g_ptr_array_new ();

  g_ptr_array_add (open, (gpointer) lathe_onnx_in_name (in, in->result));
  while (open->len > 0)
    {
      const char *name = g_ptr_array_steal_index_fast (open, open->len - 1);
      const Onnx__NodeProto *maker = g_hash_table_lookup (in->makers, name);

      if (maker == NULL || !g_hash_table_add (in->needed, (gpointer) maker))
        continue;
      for (gsize i = 0; i < maker->n_input; i++)
        g_ptr_array_add (open, (gpointer) lathe_onnx_in_name (in, maker->input[i]));
    }
  for (gsize i = 0; i < graph->n_node; i++)
    for (gsize j = 0; j < graph->node[i]->n_input && g_hash_table_contains (in->needed, graph->node[i]); j++)
      {
        const char *name = lathe_onnx_in_name (in, graph->node[i]->input[j]);
        GPtrArray *readers = g_hash_table_lookup (in->readers, name);

        if (readers == NULL)
          g_hash_table_insert (in->readers, (gpointer) name, readers = g_ptr_array_new ());
        if (readers->len == 0 || readers->pdata[readers->len - 1] != graph->node[i])
          g_ptr_array_add (readers, graph->node[i]);
      }
}

static void
know_makers (LatheOnnxIn *in)
{
  const Onnx__GraphProto *graph = in->model->graph;

  for (gsize i = 0; i < graph->n_node; i++)
    for (gsize j = 0; j < graph->node[i]->n_output; j++)
      g_hash_table_insert (in->makers, graph->node[i]->output[j], graph->node[i]);
}

static void
know_constants (LatheOnnxIn *in)
{
  const Onnx__GraphProto *graph = in->model->graph;

  for (gsize i = 0; i < graph->n_initializer; i++)
    {
      LatheOnnxValue value = {.kind = LATHE_ONNX_CONSTANT};

      lathe_onnx_constant_init (in, &value.constant, graph->initializer[i]);
      in->n_numbers += value.constant.flaw == NULL && in->foreign == NULL ? value.constant.n : 0;
      if (graph->initializer[i]->name != NULL)
        lathe_onnx_in_know (in, graph->initializer[i]->name, &value);
    }
}

/* --- The images that it takes --- */

static const Onnx__ValueInfoProto *
find_images (LatheOnnxIn *in, GError **error)
{
  const Onnx__ValueInfoProto *only = NULL;
  guint n = 0;

  for (gsize i = 0; i < in->model->graph->n_input; i++)
    {
      const Onnx__ValueInfoProto *input = in->model->graph->input[i];

      if (input->name == NULL || g_hash_table_contains (in->values, input->name))
        continue;
      only = input;
      n++;
    }
  if (n == 1)
    return only;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("it takes %u tensors, and a network in Lathe takes images"), n);
  return NULL;
}

/* Of samples, and three sides that are known. */
static gboolean
read_sides (LatheOnnxIn *in, const Onnx__ValueInfoProto *images, gint64 sides[3], GError **error)
{
  const Onnx__TensorTypeProto *type = images->type != NULL ? images->type->tensor_type : NULL;
  gint32 numbers = type != NULL ? type->elem_type : 0;

  if (type == NULL || type->shape == NULL || type->shape->n_dim != 4)
    return refuse_file (error, LATHE_ERROR_UNSUPPORTED,
                        _ ("it does not take images: they have four dimensions, samples, channels, height and width"));
  if (numbers != LATHE_ONNX_FLOAT && numbers != LATHE_ONNX_UINT8)
    return refuse_file (error, LATHE_ERROR_UNSUPPORTED,
                        _ ("it takes neither numbers of single precision nor bytes; convert it to single precision"));
  if (type->shape->dim[0]->has_dim_value && type->shape->dim[0]->dim_value > 0)
    in->batch = type->shape->dim[0]->dim_value;
  for (guint i = 0; i < 3; i++)
    {
      const Onnx__DimensionProto *dim = type->shape->dim[1 + i];

      sides[i] = dim->has_dim_value ? dim->dim_value : 0;
      if (sides[i] < 1 || sides[i] > 4096)
        return refuse_file (error, LATHE_ERROR_UNSUPPORTED,
                            sides[i] > 4096 ? _ ("its images are larger than 4096 pixels")
                                            : _ ("it leaves the size of its images open; export it for one size"));
    }
  return TRUE;
}

static gboolean
is_colours (gint64 n)
{
  return n == 1 || n == 3;
}

/* Whether the channels are behind: as the metadata says, or the first step, or the sizes. */
static gboolean
are_channels_last (LatheOnnxIn *in, const char *name, const gint64 sides[3])
{
  static const gint64 to_first[] = {0, 3, 1, 2};
  const Onnx__NodeProto *reader = lathe_onnx_in_reader (in, name);

  if (g_strcmp0 (metadata (in, LATHE_ONNX_KEY_LAYOUT), LATHE_ONNX_CHANNELS_LAST_NAME) == 0)
    return TRUE;
  if (reader != NULL && lathe_onnx_in_is_operator (reader, "Transpose") && reader->n_attribute == 1 &&
      reader->attribute[0]->n_ints == 4 && memcmp (reader->attribute[0]->ints, to_first, sizeof to_first) == 0)
    return TRUE;
  return is_colours (sides[2]) && !is_colours (sides[0]);
}

static gboolean
add_input (LatheOnnxIn *in, GError **error)
{
  const Onnx__ValueInfoProto *images = find_images (in, error);
  LatheOnnxValue value = {.scale = {1, 1, 1}};
  LatheShape *shape = &value.shape;
  gint64 sides[3];
  gboolean last;

  if (images == NULL || !read_sides (in, images, sides, error))
    return FALSE;
  last = are_channels_last (in, images->name, sides);
  *shape = LATHE_SHAPE_IMAGE ((guint) sides[last ? 0 : 1], (guint) sides[last ? 1 : 2], (guint) sides[last ? 2 : 0]);
  if (!in->told)
    in->preprocess = (LathePreprocess){.deviation = {1, 1, 1}};
  in->preprocess.height = shape->dim[0];
  in->preprocess.width = shape->dim[1];
  in->preprocess.channels = shape->dim[2];
  value.kind = LATHE_ONNX_LAYER;
  value.node = lathe_graph_add (in->network, lathe_layer_kind_find ("input"), "input");
  for (guint i = 0; i < 3; i++)
    value.node->properties.value[i] = shape->dim[i];
  value.bytes = images->type->tensor_type->elem_type == LATHE_ONNX_UINT8;
  lathe_onnx_in_lay (&value, 4, last ? 3 : 1);
  lathe_onnx_in_know (in, images->name, &value);
  return TRUE;
}

/* --- The model --- */

/* (transfer full): the first of some sentences, in a line */
static char *
join (const GPtrArray *sentences, guint n)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "", (const char *) sentences->pdata[i]);
  return g_string_free (text, FALSE);
}

static gboolean
report_problems (LatheOnnxIn *in, GError **error)
{
  guint n = in->problems->len, shown = MIN (n, MOST_NAMED);
  gsize n_nodes = in->foreign != NULL ? in->foreign->n_operators : in->model->graph->n_node;
  g_autofree char *list = NULL;

  if (n == 0)
    return TRUE;
  list = join (in->problems, shown);
  if (n > shown)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                 _ ("%u of its %zu nodes are nothing that Lathe’s layers do: %s; and %u more"), n, n_nodes, list,
                 n - shown);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                 _ ("%u of its %zu nodes are nothing that Lathe’s layers do: %s"), n, n_nodes, list);
  return FALSE;
}

/* The graph's output as a vector, whatever it was. */
static gboolean
end_network (LatheOnnxIn *in, GError **error)
{
  const LatheOnnxValue *last = g_hash_table_lookup (in->values, lathe_onnx_in_name (in, in->result));
  LatheOnnxValue value;

  if (last == NULL || last->kind != LATHE_ONNX_LAYER || last->half != LATHE_ONNX_WHOLE || last->bytes)
    return report_problems (in, error) && refuse_file (error, LATHE_ERROR_FORMAT, _ ("its output comes of no layer"));
  value = *last;
  if (!lathe_onnx_in_to_vector (in, &value))
    return report_problems (in, error);
  return report_problems (in, error);
}

static char **
find_labels (LatheOnnxIn *in, guint n)
{
  const char *text = metadata (in, LATHE_ONNX_KEY_LABELS);
  g_auto (GStrv) labels = text != NULL ? lathe_labels_from_json (text, NULL) : NULL;

  in->labelled = labels != NULL && g_strv_length (labels) == n;
  return in->labelled ? g_steal_pointer (&labels) : lathe_import_labels (n);
}

/* So many numbers as the file has, and some more, are room enough for all weights. */
static gboolean
check_size (LatheOnnxIn *in, const LatheGraphReport *report, guint n_classes, GError **error)
{
  if (report->parameters > in->n_numbers + LATHE_ONNX_ROOM / sizeof (float))
    return refuse_file (error, LATHE_ERROR_UNSUPPORTED,
                        _ ("its layers share weights, and would have many more than the file when each has its own"));
  if (n_classes <= MOST_CLASSES)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED, _ ("it tells %u classes apart, and Lathe %u at most"),
               n_classes, MOST_CLASSES);
  return FALSE;
}

static gboolean
ends_in_sigmoids (const LatheNode *last)
{
  int activation;

  while (g_str_equal (last->kind->name, "flatten"))
    last = last->inputs->pdata[0];
  activation = lathe_layer_kind_property (last->kind, "activation");
  return g_str_equal (last->kind->name, lathe_activation_names[LATHE_ACTIVATION_SIGMOID]) ||
         (activation >= 0 && last->properties.value[activation] == LATHE_ACTIVATION_SIGMOID);
}

/* Lathe takes what its networks give for logits that a softmax makes probabilities of: of these it would be another
 * answer. See lathe_loss_link(). */
static gboolean
check_answer (LatheOnnxIn *in, const LatheGraphReport *report, guint n_units, GError **error)
{
  if (n_units == 1 || !ends_in_sigmoids (lathe_graph_get_node (in->network, (guint) report->output)))
    return TRUE;
  return refuse_file (error, LATHE_ERROR_UNSUPPORTED,
                      _ ("it says of each class by itself whether it is there, by a sigmoid, and a network in Lathe "
                         "tells classes apart, of which an image has one; where that is meant, export it without the "
                         "sigmoid"));
}

static LatheModel *
make_model (LatheOnnxIn *in, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (in->network);
  g_autoptr (GHashTable) weights = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GStrv) labels = NULL;
  LatheModel *model;
  guint n_units, n_classes;

  if (!lathe_graph_report_propagate (report, in->network, error))
    return NULL;
  n_units = (guint) lathe_shape_size (&report->nodes[report->output].output);
  n_classes = lathe_loss_n_classes (n_units);
  if (!check_size (in, report, n_classes, error) || !check_answer (in, report, n_units, error))
    return NULL;
  labels = find_labels (in, n_classes);
  model = lathe_model_new (in->network, (const char *const *) labels, &in->preprocess, error);
  if (model == NULL)
    return NULL;
  model->temperature = in->temperature;
  model->quantisation = lathe_onnx_in_finish_bytes (in, report);
  for (guint i = 0; i < model->weights->len; i++)
    g_hash_table_insert (weights, g_array_index (model->weights, LatheWeight, i).name,
                         &g_array_index (model->weights, LatheWeight, i));
  for (guint i = 0; i < in->loads->len; i++)
    {
      const LatheOnnxLoad *load = &g_array_index (in->loads, LatheOnnxLoad, i);

      lathe_onnx_load_run (load, g_hash_table_lookup (weights, load->name));
    }
  if (in->numbers.failed)
    {
      refuse_file (error, LATHE_ERROR_IO, _ ("it ends too early"));
      lathe_model_unref (model);
      return NULL;
    }
  return model;
}

static void
start (LatheOnnxIn *in, const Onnx__ModelProto *model)
{
  *in = (LatheOnnxIn){
      .model = model,
      .values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free),
      .readers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref),
      .makers = g_hash_table_new (g_str_hash, g_str_equal),
      .aliases = g_hash_table_new (g_str_hash, g_str_equal),
      .needed = g_hash_table_new (NULL, NULL),
      .network = lathe_graph_new (),
      .inputs = g_array_new (FALSE, FALSE, sizeof (LatheOnnxValue)),
      .quantised = g_hash_table_new_full (NULL, NULL, NULL, g_free),
      .loads = g_array_new (FALSE, FALSE, sizeof (LatheOnnxLoad)),
      .memory = g_ptr_array_new_with_free_func (g_free),
      .numbers = {.own = {.fd = -1}, .folder = -1},
      .problems = g_ptr_array_new_with_free_func (g_free),
      .temperature = 1,
  };
  g_array_set_clear_func (in->loads, lathe_onnx_load_clear);
}

static void
finish (LatheOnnxIn *in)
{
  g_hash_table_unref (in->values);
  g_hash_table_unref (in->readers);
  g_hash_table_unref (in->makers);
  g_hash_table_unref (in->aliases);
  g_hash_table_unref (in->needed);
  g_hash_table_unref (in->quantised);
  lathe_graph_free (in->network);
  g_array_unref (in->inputs);
  g_array_unref (in->loads);
  g_ptr_array_unref (in->memory);
  lathe_onnx_numbers_clear (&in->numbers);
  g_clear_pointer (&in->problems, g_ptr_array_unref);
}

static LatheModel *
read_graph (LatheOnnxIn *in, GError **error)
{
  const Onnx__GraphProto *graph = in->model->graph;
  const char *told;

  if (!check_model (in, error))
    return NULL;
  in->result = graph->output[0]->name;
  told = metadata (in, LATHE_ONNX_KEY_PREPROCESSING);
  in->told = told != NULL && lathe_preprocess_from_json (told, NULL, &in->preprocess, NULL);
  know_makers (in);
  know_constants (in);
  pass_views (in);
  find_needed (in);
  if (!add_input (in, error))
    return NULL;
  for (gsize i = 0; i < graph->n_node; i++)
    if (g_hash_table_contains (in->needed, graph->node[i]))
      lathe_onnx_in_take (in, graph->node[i]);
  return end_network (in, error) ? make_model (in, error) : NULL;
}

static void
take_notes (LatheOnnxIn *in, LatheImportNotes *notes)
{
  notes->unnamed = !in->labelled;
  notes->unprepared = !in->told && !in->settled;
  g_ptr_array_extend_and_steal (notes->problems, g_steal_pointer (&in->problems));
}

/* Makes the model of what was started, and ends it. */
static LatheModel *
run (LatheOnnxIn *in, LatheImportNotes *notes, GError **error)
{
  LatheModel *model = read_graph (in, error);

  if (notes != NULL)
    take_notes (in, notes);
  finish (in);
  return model;
}

static LatheModel *
read_model (LatheOnnxFile *file, int folder, LatheImportNotes *notes, GError **error)
{
  LatheOnnxIn in;

  start (&in, file->model);
  in.numbers = (LatheOnnxNumbers){.own = file->span, .folder = folder};
  return run (&in, notes, error);
}

/**
 * lathe_onnx_in_read_foreign:
 *
 * Makes a model of a graph that is in memory: see lathe_onnx_read().
 *
 * Returns: (transfer full) (nullable)
 */
LatheModel *
lathe_onnx_in_read_foreign (const LatheOnnxForeign *foreign, LatheImportNotes *notes, GError **error)
{
  LatheOnnxIn in;

  start (&in, foreign->model);
  in.foreign = foreign;
  in.n_numbers = foreign->n_numbers;
  return run (&in, notes, error);
}

/**
 * lathe_onnx_read:
 *
 * Makes a model of a file's bytes, which must have its weights. Beside the model, what is no weight takes memory for as
 * much again, and as much room as LATHE_ONNX_ROOM.
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED, LATHE_ERROR_SHAPE, LATHE_ERROR_MEMORY; a reason.
 *
 * Returns: (transfer full) (nullable)
 */
LatheModel *
lathe_onnx_read (const guint8 *bytes, gsize n, GError **error)
{
  g_auto (LatheOnnxFile) file = {.span = {.bytes = bytes, .fd = -1, .size = n}};

  return lathe_onnx_file_unpack (&file, error) ? read_model (&file, -1, NULL, error) : NULL;
}

/* A file begins with its version, and then something that ONNX has. */
static gboolean
sniff (const guint8 *head, gsize n)
{
  return n > 2 && head[0] == 0x08 && head[1] > 0 && head[1] < 64 && head[2] != 0 &&
         strchr ("\x12\x1a\x22\x28\x32\x3a\x42", head[2]) != NULL;
}

static LatheModel *
load (const char *path, LatheImportNotes *notes, GError **error)
{
  g_auto (LatheOnnxFile) file = {.span = {.fd = -1}};
  g_autofree char *folder = g_path_get_dirname (path);
  LatheModel *model;
  int fd;

  if (!lathe_onnx_file_load (&file, path, error))
    return NULL;
  fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  model = read_model (&file, fd, notes, error);
  if (fd >= 0)
    close (fd);
  return model;
}

const LatheImportFormat lathe_import_onnx = {
    .name = "onnx",
    .title = N_ ("ONNX model"),
    .suffix = ".onnx",
    .sniff = sniff,
    .load = load,
};
