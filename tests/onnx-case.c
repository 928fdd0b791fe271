/* onnx-case.c: runs what test-onnx.py and test-programs.py ask for, one request after another, on standard input and
 * output.
 *
 * A message is a line “KIND COUNT N_ARRAYS” and that many arrays, each a line “NAME BYTES” and its bytes. Numbers are
 * single precision as this machine has them. The answer is of kind “ok”, or “error” with the array “message”.
 *
 *   network     “graph” as JSON, “input” and a tensor for each parameter → “output”, and the tensors afterwards;
 *               COUNT is the number of samples, and “training”, when it is there, makes it a training step
 *
 *   begin       “graph” → its tensors as a training with the seed COUNT begins
 *
 *   shapes      “graph” → the dimensions of each of its tensors, as numbers
 *
 *   export      “graph” and its tensors → the model as a “file”; COUNT is 1 when that is to take bytes; “format”, which
 *               is onnx otherwise, “preprocess” as JSON and “temperature”, when they are there
 *
 *   import      “file” and “input” of COUNT samples → “output”, “temperature”, “mean”, “deviation”, “graph” and
 * “labels” as JSON, and its tensors
 *
 *   kinds       → an empty array for each kind of layer
 *
 *   loss        “logits”, “labels” (whole numbers) and perhaps “class-weight” → “losses” of COUNT samples
 *
 *   optimizer   “hyperparameters” as JSON, “weights”, “gradient” and the moments by their names → weights and moments
 *               after one step, COUNT having been done before
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "lathe.h"
#include "formats/lathe-import-keras.h"
#include "formats/lathe-onnx-read.h"
#include "formats/lathe-tflite-read.h"
#include "model/lathe-network.h"
#include "train/lathe-optimizer.h"

#define N_THREADS 2
#define MAX_BYTES (1 << 30) /* of an array */
#define NAME 128            /* bytes of a name */

typedef struct
{
  char kind[32];
  guint count;
  GHashTable *arrays; /* (element-type utf8 GBytes) */
} Request;

/* --- Messages --- */

static GBytes *
read_array (char name[NAME])
{
  char line[2 * NAME];
  gsize size;
  char *data;

  if (fgets (line, sizeof line, stdin) == NULL || sscanf (line, "%127s %zu", name, &size) != 2 || size > MAX_BYTES)
    g_error ("this is no line that begins an array: %s", line);
  data = g_malloc (size + 1);
  if (fread (data, 1, size, stdin) != size)
    g_error ("the array %s ends too early", name);
  data[size] = '\0';
  return g_bytes_new_take (data, size);
}

static gboolean
read_request (Request *request)
{
  char line[128], name[NAME];
  guint n_arrays;

  if (fgets (line, sizeof line, stdin) == NULL)
    return FALSE;
  if (sscanf (line, "%31s %u %u", request->kind, &request->count, &n_arrays) != 3)
    g_error ("this is no line that begins a request: %s", line);
  g_hash_table_remove_all (request->arrays);
  for (guint i = 0; i < n_arrays; i++)
    {
      GBytes *array = read_array (name);

      g_hash_table_insert (request->arrays, g_strdup (name), array);
    }
  return TRUE;
}

static void
write_array (const char *name, gconstpointer data, gsize size)
{
  printf ("%s %zu\n", name, size);
  fwrite (data, 1, size, stdout);
}

static gboolean
refuse (GError **error, const char *name)
{
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, "the array “%s” is missing, or not as large as it should be",
               name);
  return FALSE;
}

/* Copies an array of exactly `n` numbers. */
static gboolean
take (const Request *request, const char *name, float *to, gsize n, GError **error)
{
  GBytes *array = g_hash_table_lookup (request->arrays, name);

  if (array == NULL || g_bytes_get_size (array) != n * sizeof (float))
    return refuse (error, name);
  memcpy (to, g_bytes_get_data (array, NULL), n * sizeof (float));
  return TRUE;
}

/* --- A network --- */

/* A model of the graph, with as many labels as it has classes. */
static LatheModel *
make_model (const LatheGraph *graph, guint n_units, GError **error)
{
  guint n_classes = lathe_loss_n_classes (n_units);
  g_auto (GStrv) labels = g_new0 (char *, n_classes + 1);

  for (guint i = 0; i < n_classes; i++)
    labels[i] = g_strdup_printf ("%u", i);
  return lathe_model_new (graph, (const char *const *) labels, &(LathePreprocess){0}, error);
}

static gboolean
take_weights (const Request *request, LatheModel *model, GError **error)
{
  for (guint i = 0; i < model->weights->len; i++)
    {
      LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);

      if (!take (request, weight->name, weight->data, lathe_shape_size (&weight->shape), error))
        return FALSE;
    }
  return TRUE;
}

static LatheGraph *
take_graph (const Request *request, GError **error)
{
  GBytes *text = g_hash_table_lookup (request->arrays, "graph");

  if (text != NULL)
    return lathe_graph_from_json (g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text), error);
  refuse (error, "graph");
  return NULL;
}

static gboolean
run_kinds (const Request *request, LathePool *pool, GError **error)
{
  guint n_kinds;
  const LatheLayerKind *const *kinds = lathe_layer_kinds (&n_kinds);

  printf ("ok 0 %u\n", n_kinds);
  for (guint i = 0; i < n_kinds; i++)
    write_array (kinds[i]->name, "", 0);
  return TRUE;
}

static gboolean
run_shapes (const Request *request, LathePool *pool, GError **error)
{
  g_autoptr (LatheGraph) graph = take_graph (request, error);
  g_autoptr (LatheGraphReport) report = graph != NULL ? lathe_graph_check (graph) : NULL;
  g_autoptr (LatheModel) model = NULL;

  if (graph == NULL || !lathe_graph_report_propagate (report, graph, error))
    return FALSE;
  model =
      make_model (graph, (guint) lathe_shape_size (&report->nodes[report->order[report->n_nodes - 1]].output), error);
  if (model == NULL)
    return FALSE;
  printf ("ok 0 %u\n", model->weights->len);
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      float dim[LATHE_MAX_RANK];

      for (guint j = 0; j < weight->shape.rank; j++)
        dim[j] = (float) weight->shape.dim[j];
      write_array (weight->name, dim, weight->shape.rank * sizeof (float));
    }
  return TRUE;
}

static void
write_tensors (const LatheModel *model)
{
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);

      write_array (weight->name, weight->data, lathe_shape_size (&weight->shape) * sizeof (float));
    }
}

/* As a training begins, by the seed COUNT. */
static gboolean
run_begin (const Request *request, LathePool *pool, GError **error)
{
  g_autoptr (LatheGraph) graph = take_graph (request, error);
  g_autoptr (LatheNetwork) network = graph != NULL ? lathe_network_new (graph, 1, TRUE, pool, error) : NULL;
  g_autoptr (LatheModel) model =
      network != NULL ? make_model (graph, lathe_network_get_n_units (network), error) : NULL;

  if (model == NULL)
    return FALSE;
  lathe_network_initialise (network, request->count);
  lathe_network_store (network, model);
  printf ("ok 0 %u\n", model->weights->len);
  write_tensors (model);
  return TRUE;
}

static gboolean
run_network (const Request *request, LathePool *pool, GError **error)
{
  gboolean training = g_hash_table_contains (request->arrays, "training");
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (LatheNetwork) network = NULL;
  g_autoptr (LatheModel) model = NULL;

  if (request->count == 0)
    return refuse (error, "input");
  graph = take_graph (request, error);
  if (graph == NULL)
    return FALSE;
  network = lathe_network_new (graph, request->count, training, pool, error);
  if (network == NULL)
    return FALSE;
  model = make_model (graph, lathe_network_get_n_units (network), error);
  if (model == NULL || !take_weights (request, model, error) ||
      !take (request, "input", lathe_network_get_input (network),
             request->count * lathe_network_get_input_size (network), error))
    return FALSE;

  lathe_network_load (network, model);
  lathe_network_forward (network, request->count, training, 1, 0);
  lathe_network_store (network, model);
  printf ("ok %u %u\n", request->count, 1 + model->weights->len);
  write_array ("output", lathe_network_get_logits (network),
               request->count * lathe_network_get_n_units (network) * sizeof (float));
  write_tensors (model);
  return TRUE;
}

/* --- Files of other programs --- */

static gboolean
describe_images (const Request *request, const LatheGraph *graph, LathePreprocess *preprocess, GError **error)
{
  GBytes *text = g_hash_table_lookup (request->arrays, "preprocess");
  LatheShape input;

  if (text != NULL)
    return lathe_preprocess_from_json (g_bytes_get_data (text, NULL), graph, preprocess, error);
  if (!lathe_graph_get_input (graph, &input))
    return refuse (error, "graph");
  *preprocess = (LathePreprocess){
      .height = input.dim[0], .width = input.dim[1], .channels = input.dim[2], .deviation = {1, 1, 1}};
  return TRUE;
}

static gboolean
run_export (const Request *request, LathePool *pool, GError **error)
{
  g_autoptr (LatheGraph) graph = take_graph (request, error);
  g_autoptr (LatheGraphReport) report = graph != NULL ? lathe_graph_check (graph) : NULL;
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GBytes *format = g_hash_table_lookup (request->arrays, "format");
  LatheExport export = {.preprocesses = request->count == 1};
  LatheHyperparameters usual;
  float temperature = 1;

  if (graph == NULL || !lathe_graph_report_propagate (report, graph, error))
    return FALSE;
  model =
      make_model (graph, (guint) lathe_shape_size (&report->nodes[report->order[report->n_nodes - 1]].output), error);
  if (model == NULL || !take_weights (request, model, error) ||
      !describe_images (request, graph, &model->preprocess, error) ||
      (g_hash_table_contains (request->arrays, "temperature") &&
       !take (request, "temperature", &temperature, 1, error)))
    return FALSE;
  model->temperature = temperature;
  export.graph = graph;
  export.model = model;
  lathe_hyperparameters_defaults (&usual);
  export.training = lathe_export_training (&usual);
  bytes = lathe_export_format_find (format != NULL ? g_bytes_get_data (format, NULL) : "onnx")->make (&export, error);
  if (bytes == NULL)
    return FALSE;
  printf ("ok 0 1\n");
  write_array ("file", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return TRUE;
}

static LatheModel *
read_model (GBytes *file, GError **error)
{
  gsize n;
  const guint8 *bytes = g_bytes_get_data (file, &n);
  const LatheSpan span = {.bytes = bytes, .size = n};

  if (lathe_import_h5.sniff (bytes, n))
    return lathe_import_h5_from (&span, NULL, error);
  if (lathe_import_tflite.sniff (bytes, n))
    return lathe_tflite_read (bytes, n, error);
  return lathe_import_keras.sniff (bytes, n) ? lathe_import_keras_from (&span, NULL, error)
                                             : lathe_onnx_read (bytes, n, error);
}

static gboolean
run_import (const Request *request, LathePool *pool, GError **error)
{
  GBytes *file = g_hash_table_lookup (request->arrays, "file");
  g_autoptr (LatheModel) model = file != NULL ? read_model (file, error) : NULL;
  g_autoptr (LatheNetwork) network = model != NULL ? lathe_network_new_for (model, request->count, pool, error) : NULL;
  g_autofree char *text = NULL, *labels = NULL;
  float temperature;

  if (network == NULL || !take (request, "input", lathe_network_get_input (network),
                                request->count * lathe_network_get_input_size (network), error))
    return FALSE;
  lathe_network_forward (network, request->count, FALSE, 1, 0);
  text = lathe_graph_to_json (model->graph);
  labels = lathe_labels_to_json (model->labels);
  temperature = (float) model->temperature;
  printf ("ok %u %u\n", request->count, 6 + model->weights->len);
  write_array ("output", lathe_network_get_logits (network),
               request->count * lathe_network_get_n_units (network) * sizeof (float));
  write_array ("temperature", &temperature, sizeof temperature);
  write_array ("mean", model->preprocess.mean, sizeof model->preprocess.mean);
  write_array ("deviation", model->preprocess.deviation, sizeof model->preprocess.deviation);
  write_array ("graph", text, strlen (text));
  write_array ("labels", labels, strlen (labels));
  write_tensors (model);
  return TRUE;
}

/* --- Cross-entropy --- */

/* As many numbers as an array has; NULL when there is none. */
static gconstpointer
look_at (const Request *request, const char *name, gsize *n)
{
  GBytes *array = g_hash_table_lookup (request->arrays, name);
  gsize size = 0;
  gconstpointer data = array != NULL ? g_bytes_get_data (array, &size) : NULL;

  *n = size / sizeof (float);
  return data;
}

static gboolean
run_loss (const Request *request, LathePool *pool, GError **error)
{
  gsize n_logits, n_labels, n_weights;
  const float *logits = look_at (request, "logits", &n_logits);
  const guint32 *labels = look_at (request, "labels", &n_labels);
  LatheLoss loss = {.kind = LATHE_LOSS_CROSS_ENTROPY, .class_weight = look_at (request, "class-weight", &n_weights)};
  guint n_units = request->count > 0 ? (guint) (n_logits / request->count) : 0;
  g_autofree float *losses = g_new (float, request->count);

  if (n_units == 0 || n_logits != (gsize) request->count * n_units)
    return refuse (error, "logits");
  if (n_labels != request->count)
    return refuse (error, "labels");
  for (guint i = 0; i < request->count; i++)
    if (labels[i] >= lathe_loss_n_classes (n_units))
      return refuse (error, "labels");
  if (loss.class_weight != NULL && n_weights != lathe_loss_n_classes (n_units))
    return refuse (error, "class-weight");

  lathe_loss_run (&loss, logits, labels, NULL, request->count, n_units, losses, NULL);
  printf ("ok %u 1\n", request->count);
  write_array ("losses", losses, request->count * sizeof (float));
  return TRUE;
}

/* --- An optimiser --- */

static gboolean
run_optimizer (const Request *request, LathePool *pool, GError **error)
{
  GBytes *text = g_hash_table_lookup (request->arrays, "hyperparameters");
  LatheHyperparameters hyperparameters;
  g_autoptr (LatheOptimizerState) state = NULL;
  gsize n;
  gconstpointer given = look_at (request, "weights", &n);
  g_autofree float *weights = g_new (float, n), *gradient = g_new (float, n);

  if (text == NULL || given == NULL)
    return refuse (error, text == NULL ? "hyperparameters" : "weights");
  if (!lathe_hyperparameters_from_json (g_bytes_get_data (text, NULL), &hyperparameters, error) ||
      !take (request, "weights", weights, n, error) || !take (request, "gradient", gradient, n, error))
    return FALSE;
  state = lathe_optimizer_new (&hyperparameters, weights, n, pool, error);
  if (state == NULL)
    return FALSE;
  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    if (lathe_optimizer_get_moment (state, i) != NULL &&
        !take (request, lathe_moment_names[i], lathe_optimizer_get_moment (state, i), n, error))
      return FALSE;

  lathe_optimizer_set_steps (state, request->count);
  if (!lathe_optimizer_step (state, weights, gradient, hyperparameters.learning_rate))
    return refuse (error, "gradient");
  printf ("ok %u %u\n", request->count + 1, 1 + lathe_optimizer_n_moments (&hyperparameters));
  write_array ("weights", weights, n * sizeof (float));
  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    if (lathe_optimizer_get_moment (state, i) != NULL)
      write_array (lathe_moment_names[i], lathe_optimizer_get_moment (state, i), n * sizeof (float));
  return TRUE;
}

/* --- Which it is --- */

static const struct
{
  const char *name;
  gboolean (*run) (const Request *request, LathePool *pool, GError **error); /* writes nothing when it fails */
} requests[] = {
    {"network", run_network}, {"begin", run_begin},   {"shapes", run_shapes}, {"kinds", run_kinds},
    {"export", run_export},   {"import", run_import}, {"loss", run_loss},     {"optimizer", run_optimizer},
};

static gboolean
run (const Request *request, LathePool *pool, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    if (g_str_equal (requests[i].name, request->kind))
      return requests[i].run (request, pool, error);
  return refuse (error, request->kind);
}

int
main (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (N_THREADS);
  g_autoptr (GHashTable) arrays =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  Request request = {.arrays = arrays};

  while (read_request (&request))
    {
      g_autoptr (GError) error = NULL;

      if (!run (&request, pool, &error))
        {
          printf ("error 0 1\n");
          write_array ("message", error->message, strlen (error->message));
        }
      fflush (stdout);
    }
  return 0;
}
