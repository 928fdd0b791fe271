/* cli-export-quantise.c: "lathe-cli export --quantize".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-export.h"

#include <glib/gi18n.h>

enum
{
  INT8,
  BF16
};

static const char *const types[] = {[INT8] = "int8", [BF16] = "bf16", NULL};

static gboolean
read_bf16 (const CliQuantise *q, const LatheExportFormat *format, GError **error)
{
  if (!g_str_equal (format->name, "safetensors"))
    return cli_refuse (error, _ ("--quantize bf16 is of safetensors: %s would hold the rounded numbers in 32 bits"),
                       _ (format->title));
  if (q->method != NULL || q->n_images != NULL)
    return cli_refuse (error, _ ("--calibrate and --calibrate-images are for --quantize int8"));
  return TRUE;
}

/**
 * cli_quantise_read:
 * @has_images: whether there are images to measure by
 */
gboolean
cli_quantise_read (CliQuantise *q, const LatheExportFormat *format, gboolean has_images, GError **error)
{
  guint type = INT8, method = LATHE_CALIBRATE_MINMAX;

  q->options = LATHE_QUANTISE_OPTIONS_DEFAULT;
  q->wanted = q->quantize != NULL;
  if (!cli_read_choice ("--quantize", q->quantize, types, &type, error) ||
      !cli_read_choice ("--calibrate", q->method, lathe_calibrate_names, &method, error) ||
      !cli_read_count ("--calibrate-images", q->n_images, 1, G_MAXINT32, &q->options.n_images, error))
    return FALSE;
  q->options.method = (LatheCalibrate) method;
  q->in_bf16 = type == BF16;
  if (q->in_bf16)
    return read_bf16 (q, format, error);
  if (!q->wanted && (q->method != NULL || q->n_images != NULL))
    return cli_refuse (error, _ ("--calibrate and --calibrate-images are for --quantize int8"));
  if (q->wanted && !format->in_bytes)
    return cli_refuse (error, _ ("--quantize is of safetensors and ONNX: %s does not hold numbers in 8 bits"),
                       _ (format->title));
  if (q->wanted && !has_images)
    return cli_refuse (error,
                       _ ("--quantize takes --images: what 8 bits stand for is measured on images to train with"));
  return TRUE;
}

void
cli_quantise_clear (CliQuantise *q)
{
  g_clear_pointer (&q->quantize, g_free);
  g_clear_pointer (&q->method, g_free);
  g_clear_pointer (&q->n_images, g_free);
}

/**
 * cli_quantise_fine_tune:
 * @hyperparameters: of a training from its beginning
 * @rate_is_typed: whether its learning rate is meant for this
 * @n_epochs: 0: it is not fine-tuned
 */
void
cli_quantise_fine_tune (CliQuantise *q, const LatheHyperparameters *hyperparameters, gboolean rate_is_typed,
                        guint n_epochs)
{
  q->hyperparameters = *hyperparameters;
  q->hyperparameters.epochs = n_epochs;
  q->hyperparameters.early_stopping = 0;
  q->hyperparameters.threads = q->options.n_threads;
  if (!rate_is_typed)
    q->hyperparameters.learning_rate *= LATHE_QUANTISE_RATE;
  q->options.fine_tune = n_epochs > 0 ? &q->hyperparameters : NULL;
  q->options.training = cli_progress;
  q->options.training_data = (gpointer) _ ("Training");
}

/**
 * cli_quantise:
 *
 * Errors: as lathe_quantise().
 *
 * Returns: (transfer full)
 */
LatheQuantised *
cli_quantise (const CliQuantise *q, LatheModel *model, LatheDataset *dataset, GError **error)
{
  LatheQuantised *quantised =
      lathe_quantise (model, dataset, &q->options, cli_progress, (gpointer) _ ("Measuring"), cli_interrupt (), error);

  cli_bar_clear ();
  return quantised;
}

static void
print_tuned (const LatheHyperparameters *hyperparameters, const LatheQuantised *quantised)
{
  g_autofree char *tuned = cli_percent (quantised->accuracy_tuned),
                  *untuned = cli_percent (quantised->accuracy_untuned);

  g_print (
      ngettext ("  after %u epoch of training in 8 bits the accuracy is %s; without it %s, with %u layers in 8 bits\n",
                "  after %u epochs of training in 8 bits the accuracy is %s; without it %s, with %u layers in 8 bits\n",
                hyperparameters->epochs),
      hyperparameters->epochs, tuned, untuned, quantised->n_untuned);
  if (!quantised->tuned)
    g_print (_ ("  that is no better: the model is the one without it\n"));
}

void
cli_quantise_print (const CliQuantise *q, const LatheQuantised *quantised)
{
  g_autofree char *accuracy = cli_percent (quantised->accuracy), *real = cli_percent (quantised->accuracy_real);

  g_print (_ ("  8 bits in %u of %u layers with weights, by %s over %u images: accuracy %s, before %s\n"),
           quantised->n_quantised, quantised->n_layers, lathe_calibrate_names[q->options.method], quantised->n_images,
           accuracy, real);
  if (q->options.fine_tune != NULL)
    print_tuned (q->options.fine_tune, quantised);
  for (guint i = 0; i < quantised->blame->len; i++)
    {
      const LatheQuantiseBlame *blame = &g_array_index (quantised->blame, LatheQuantiseBlame, i);
      g_autofree char *without = cli_percent (blame->accuracy);

      if (blame->left)
        g_print (_ ("  “%s” is left as it was: with it alone left so, the accuracy is %s\n"), blame->name, without);
    }
}

/**
 * cli_quantise_json:
 * @quantised: (nullable): of 8 bits
 */
void
cli_quantise_json (const CliQuantise *q, const LatheQuantised *quantised, JsonBuilder *json)
{
  json_builder_set_member_name (json, "quantization");
  json_builder_begin_object (json);
  cli_json_string (json, "type", types[q->in_bf16 ? BF16 : INT8]);
  if (q->in_bf16)
    {
      json_builder_end_object (json);
      return;
    }
  cli_json_string (json, "calibrate", lathe_calibrate_names[q->options.method]);
  cli_json_int (json, "images", quantised->n_images);
  cli_json_int (json, "layers", quantised->n_layers);
  cli_json_int (json, "layers_quantized", quantised->n_quantised);
  cli_json_real (json, "accuracy", quantised->accuracy);
  cli_json_real (json, "accuracy_before", quantised->accuracy_real);
  cli_json_int (json, "epochs", q->options.fine_tune != NULL ? q->options.fine_tune->epochs : 0);
  cli_json_real (json, "accuracy_untuned", quantised->accuracy_untuned);
  cli_json_real (json, "accuracy_tuned", quantised->accuracy_tuned);
  cli_json_int (json, "layers_quantized_untuned", quantised->n_untuned);
  json_builder_set_member_name (json, "tuned");
  json_builder_add_boolean_value (json, quantised->tuned);
  json_builder_set_member_name (json, "sensitivity");
  json_builder_begin_array (json);
  for (guint i = 0; i < quantised->blame->len; i++)
    {
      const LatheQuantiseBlame *blame = &g_array_index (quantised->blame, LatheQuantiseBlame, i);

      json_builder_begin_object (json);
      cli_json_string (json, "layer", blame->name);
      cli_json_real (json, "accuracy_without", blame->accuracy);
      json_builder_set_member_name (json, "left");
      json_builder_add_boolean_value (json, blame->left);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  json_builder_end_object (json);
}
