/* lathe-keras-files.c: a network in the files that Keras makes: one HDF5 file, or an archive of three.
 *
 * The .h5 file is as Keras 2 writes it, which Keras 3 loads as well; a .keras file is Keras 3's alone. Both hold the
 * network as it was trained: what it takes are images that have been prepared as the model says, not bytes. A
 * temperature is a layer of its own in front of the last activation.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-hdf5.h"
#include "lathe-keras.h"
#include "lathe-keras-archive.h"

#define LEGACY_VERSION "2.15.0"                    /* of the Keras that writes such a .h5 file */
#define VERSION "3.0.0"                            /* of the first that reads such a .keras file */
#define MOST_NUMBERS ((guint64) 900 * 1000 * 1000) /* a file is put together in memory, in less than 4 GiB */

/* Names of layers that are made here; those of the network's own are made unique beside them. */
static const char *const reserved[] = {NULL};

/* --- The model --- */

static void
layer_free (gpointer data)
{
  LatheKerasLayer *layer = data;

  for (guint i = 0; i < layer->n_variables; i++)
    g_free (layer->variable[i].own);
  json_object_unref (layer->config);
  g_free (layer->name);
  g_free (layer);
}

void
lathe_keras_model_free (LatheKerasModel *model)
{
  g_ptr_array_unref (model->layers);
  g_hash_table_unref (model->last);
  g_hash_table_unref (model->taken);
  lathe_program_free (model->program);
  g_free (model);
}

/* What turns the logits into probabilities is left out of the program, to come behind the temperature. */
static void
cool (LatheKerasModel *model, const LatheKerasLayer *logits)
{
  LatheProgram *program = model->program;
  const LatheProgramNode *last = &program->nodes[program->n_nodes - 1];
  LatheActivation link = lathe_loss_link (program->n_units);
  LatheKerasLayer *layer = lathe_keras_layer (model, last, "temperature", "Rescaling", logits, &logits->output);

  json_object_set_double_member (layer->config, "scale", 1 / program->export->model->temperature);
  json_object_set_double_member (layer->config, "offset", 0);
  if (!last->linear && !last->left_out)
    return;
  program->linked = TRUE;
  layer = lathe_keras_layer (model, last, "probabilities", "Activation", layer, &layer->output);
  json_object_set_string_member (layer->config, "activation", lathe_keras_property_word (model, link));
}

/* An output that is no vector becomes one, as in a program. */
static void
end (LatheKerasModel *model)
{
  const LatheProgram *program = model->program;
  const LatheProgramNode *last = &program->nodes[program->n_nodes - 1];
  const LatheKerasLayer *layer = g_hash_table_lookup (model->last, last->node);

  if (program->shape.rank != 1)
    layer = lathe_keras_layer (model, last, "logits", "Flatten", layer, &LATHE_SHAPE_VECTOR (program->n_units));
  if (program->export->model->temperature != 1)
    cool (model, layer);
}

/**
 * lathe_keras_model_new:
 * @export: must outlive the model
 * @title: of the format, in an error
 *
 * Errors: LATHE_ERROR_UNSUPPORTED, naming the layer.
 */
LatheKerasModel *
lathe_keras_model_new (const LatheExport *export, gboolean legacy, const char *title, GError **error)
{
  g_autoptr (LatheKerasModel) model = g_new0 (LatheKerasModel, 1);

  model->program = lathe_program_new (export, reserved, NULL, export->model->temperature != 1);
  model->legacy = legacy;
  model->layers = g_ptr_array_new_with_free_func (layer_free);
  model->last = g_hash_table_new (NULL, NULL);
  model->taken = g_hash_table_new (g_str_hash, g_str_equal);
  if (model->program->report->parameters > MOST_NUMBERS)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                           _ ("The network has more weights than a file of Keras’s is made of here; take another "
                              "format"));
      return NULL;
    }
  for (guint i = 0; i < model->program->n_nodes; i++)
    {
      const LatheProgramNode *node = &model->program->nodes[i];
      const char *obstacle = lathe_keras_model_add (model, node);

      if (obstacle != NULL)
        return lathe_program_refuse (node, obstacle, title, error);
    }
  end (model);
  lathe_keras_model_sort (model);
  return g_steal_pointer (&model);
}

/* --- One HDF5 file --- */

static void
add_weights (LatheHdf5Group *group, const LatheKerasLayer *layer)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  LatheHdf5Group *own = lathe_hdf5_group_get (group, layer->name);

  for (guint i = 0; i < layer->n_variables; i++)
    {
      const LatheKerasVariable *variable = &layer->variable[i];
      char *name = g_strdup_printf ("%s/%s:0", layer->name, variable->name);

      g_ptr_array_add (names, name);
      lathe_hdf5_group_add_array (own, name, variable->rank, variable->dim, variable->data);
    }
  lathe_hdf5_group_set_texts (own, "weight_names", (const char *const *) names->pdata, names->len);
}

static GByteArray *
new_bytes (const LatheKerasModel *model)
{
  return g_byte_array_sized_new ((guint) (model->program->report->parameters * sizeof (float) + 65536));
}

static GBytes *
make_h5 (const LatheExport *export, GError **error)
{
  g_autoptr (LatheKerasModel) model = lathe_keras_model_new (export, TRUE, _ (lathe_export_h5.title), error);
  g_autoptr (LatheHdf5Group) root = NULL;
  g_autoptr (GPtrArray) names = NULL;
  g_autofree char *config = NULL, *training = NULL;
  LatheHdf5Group *weights;
  GByteArray *bytes;

  if (model == NULL)
    return NULL;
  root = lathe_hdf5_group_new ();
  config = lathe_keras_model_to_json (model);
  training = lathe_keras_training_to_json (model);
  lathe_hdf5_group_set_text (root, "backend", "tensorflow");
  lathe_hdf5_group_set_text (root, "keras_version", LEGACY_VERSION);
  lathe_hdf5_group_set_text (root, "model_config", config);
  lathe_hdf5_group_set_text (root, "training_config", training);
  weights = lathe_hdf5_group_get (root, "model_weights");
  names = g_ptr_array_new ();
  for (guint i = 0; i < model->layers->len; i++)
    {
      const LatheKerasLayer *layer = model->layers->pdata[i];

      g_ptr_array_add (names, layer->name);
      add_weights (weights, layer);
    }
  lathe_hdf5_group_set_text (weights, "backend", "tensorflow");
  lathe_hdf5_group_set_text (weights, "keras_version", LEGACY_VERSION);
  lathe_hdf5_group_set_texts (weights, "layer_names", (const char *const *) names->pdata, names->len);
  lathe_hdf5_group_set_texts (lathe_hdf5_group_get (weights, "top_level_model_weights"), "weight_names", NULL, 0);
  bytes = new_bytes (model);
  lathe_hdf5_group_write (root, bytes);
  return g_byte_array_free_to_bytes (bytes);
}

const LatheExportFormat lathe_export_h5 = {
    .name = "h5",
    .title = N_ ("Keras HDF5 file"),
    .help = N_ ("The whole model in one file, which Keras 2 and Keras 3 load"),
    .suffix = ".h5",
    .needs_weights = TRUE,
    .bare = TRUE,
    .make = make_h5,
};

/* --- An archive --- */

static LatheHdf5Group *
collect_weights (const LatheKerasModel *model)
{
  LatheHdf5Group *root = lathe_hdf5_group_new ();
  g_autoptr (GHashTable) classes = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < model->layers->len; i++)
    {
      const LatheKerasLayer *layer = model->layers->pdata[i];
      g_autofree char *name = lathe_keras_archive_name (classes, layer->class);
      g_autofree char *path = g_strconcat ("layers/", name, "/vars", NULL);
      LatheHdf5Group *variables = lathe_hdf5_group_get (root, path);

      lathe_hdf5_group_set_text (variables, "name", layer->name);
      for (guint j = 0; j < layer->n_variables; j++)
        {
          const LatheKerasVariable *variable = &layer->variable[j];
          g_autofree char *number = g_strdup_printf ("%u", j);

          lathe_hdf5_group_add_array (variables, number, variable->rank, variable->dim, variable->data);
        }
    }
  return root;
}

static GBytes *
make_keras (const LatheExport *export, GError **error)
{
  g_autoptr (LatheKerasModel) model = lathe_keras_model_new (export, FALSE, _ (lathe_export_keras.title), error);
  g_autoptr (LatheHdf5Group) root = NULL;
  g_autofree char *config = NULL;
  LatheArchiveOut out;

  if (model == NULL)
    return NULL;
  config = lathe_keras_model_to_json (model);
  root = collect_weights (model);
  lathe_archive_out_begin (&out, new_bytes (model));
  lathe_archive_out_text (&out, LATHE_KERAS_METADATA, "{\"keras_version\": \"" VERSION "\"}");
  lathe_archive_out_text (&out, LATHE_KERAS_CONFIG, config);
  lathe_archive_out_open (&out, LATHE_KERAS_WEIGHTS);
  lathe_hdf5_group_write (root, out.bytes);
  lathe_archive_out_close (&out);
  return lathe_archive_out_finish (&out);
}

const LatheExportFormat lathe_export_keras = {
    .name = "keras",
    .title = N_ ("Keras file"),
    .help = N_ ("The whole model as Keras 3 saves it"),
    .suffix = ".keras",
    .needs_weights = TRUE,
    .bare = TRUE,
    .make = make_keras,
};
