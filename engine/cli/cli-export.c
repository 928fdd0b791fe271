/* cli-export.c: "lathe-cli export MODEL|PRESET OUT" takes a network away in another format, and proves it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-export.h"
#include "cli-prune.h"

#include <glib/gi18n.h>
#include <math.h>

static char *
describe_formats (void)
{
  GString *text = g_string_new (_ ("Formats:"));
  guint n_formats;
  const LatheExportFormat *const *formats = lathe_export_formats (&n_formats);

  for (guint i = 0; i < n_formats; i++)
    g_string_append_printf (text, "\n  %-18s %s (%s)", formats[i]->name, _ (formats[i]->help), formats[i]->suffix);
  return g_string_free (text, FALSE);
}

static gboolean
read_format (const char *name, const LatheExportFormat **format, GError **error)
{
  guint n_formats;
  const LatheExportFormat *const *formats = lathe_export_formats (&n_formats);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;
  guint choice;

  if (name == NULL)
    return cli_refuse (error, _ ("--format is missing: in which format the network is to be exported"));
  for (guint i = 0; i < n_formats; i++)
    g_strv_builder_add (builder, formats[i]->name);
  names = g_strv_builder_end (builder);
  if (!cli_read_choice ("--format", name, (const char *const *) names, &choice, error))
    return FALSE;
  *format = formats[choice];
  return TRUE;
}

static gboolean
read_training (const char *optimizer, const char *rate, LatheHyperparameters *values, GError **error)
{
  const LatheHyperparameter *row = lathe_hyperparameter_find ("optimizer");
  g_autoptr (GError) reason = NULL;

  if (!cli_read_choice ("--optimizer", optimizer, row->property.choices, &values->optimizer, error) ||
      !cli_read_real ("--lr", rate, &values->learning_rate, error))
    return FALSE;
  if (!lathe_hyperparameters_check (values, &reason))
    return cli_refuse (error, "--lr: %s", reason->message);
  return TRUE;
}

/* --- What is asked --- */

typedef struct
{
  CliCall call;
  char *format_text, *weights, *optimizer, *rate, *images, *split, *threads, *python; /* as typed */
  gboolean unproved, bundle;
  guint weights_at, side;
  const LatheExportFormat *format;
  LatheGraph *graph;
  LatheModel *model; /* NULL: a network alone */
  CliPruning pruning;
  LatheHyperparameters hyperparameters; /* that it goes on learning with, and that a program trains with */
  LatheExport export;
  LatheDeliveryOptions options;
  CliQuantise quantise;
  LatheQuantised *quantised; /* NULL: as it is */
} Question;

static void
question_clear (Question *q)
{
  char **texts[] = {&q->format_text, &q->weights, &q->optimizer, &q->rate,
                    &q->images,      &q->split,   &q->threads,   &q->python};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
  cli_call_clear (&q->call);
  cli_prune_clear (&q->pruning);
  cli_quantise_clear (&q->quantise);
  g_clear_pointer (&q->quantised, lathe_quantised_free);
  g_clear_pointer (&q->options.dataset, lathe_dataset_unref);
  g_clear_pointer (&q->graph, lathe_graph_free);
  g_clear_pointer (&q->model, lathe_model_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Question, question_clear)

static const char *const sides[] = {"all", "train", "validation", "test", NULL};

static gboolean
check_proof (const Question *q, GError **error)
{
  if (q->unproved &&
      ((q->images != NULL && (!q->quantise.wanted || q->quantise.in_bf16) && q->pruning.n_epochs == 0) ||
       q->python != NULL) &&
      !q->bundle)
    return cli_refuse (error, _ ("--no-proof leaves nothing to do for --images and --prove-with"));
  if (q->split != NULL && q->images == NULL)
    return cli_refuse (error, _ ("--split is a side of the images: say where they are with --images"));
  return TRUE;
}

static gboolean
read_question (Question *q, const CliCommand *command, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"format", 0, 0, G_OPTION_ARG_STRING, &q->format_text, N_ ("The format, by its name"), "NAME"},
      {"bundle", 0, 0, G_OPTION_ARG_NONE, &q->bundle,
       N_ ("OUT is a folder: with labels, preprocessing, samples, and programs that use it"), NULL},
      {"images", 0, 0, G_OPTION_ARG_FILENAME, &q->images,
       N_ ("On whose images it is proved: where it was trained, or its project (noise)"), "SOURCE|PROJECT"},
      {"split", 0, 0, G_OPTION_ARG_STRING, &q->split,
       N_ ("On which of them: all, train, validation or test (validation)"), "SIDE"},
      {"prove-with", 0, 0, G_OPTION_ARG_FILENAME, &q->python,
       N_ ("A Python that has onnxruntime, tensorflow, keras or torch, by the format"), "PYTHON"},
      {"no-proof", 0, 0, G_OPTION_ARG_NONE, &q->unproved, N_ ("Do not read it back"), NULL},
      {"with-preprocessing", 0, 0, G_OPTION_ARG_NONE, &q->export.preprocesses,
       N_ ("Of ONNX, TensorFlow Lite and Keras: let the file take bytes, and normalise them itself"), NULL},
      {"weights", 0, 0, G_OPTION_ARG_STRING, &q->weights,
       N_ ("Of C source: inside, or beside in a file of their own (usual: inside up to a million)"), "WHERE"},
      CLI_QUANTISE_ENTRIES (&q->quantise),
      {"optimizer", 0, 0, G_OPTION_ARG_STRING, &q->optimizer,
       N_ ("The optimiser that --fine-tune or a program trains with: as of train (adam)"), "NAME"},
      {"lr", 0, 0, G_OPTION_ARG_STRING, &q->rate, N_ ("Its learning rate (0.001; in 8 bits 0.0001)"), "X"},
      CLI_PRUNE_ENTRIES (&q->pruning),
      {"threads", 0, 0, G_OPTION_ARG_STRING, &q->threads, N_ ("Threads (as many as there are cores)"), "N"},
      G_OPTION_ENTRY_NULL,
  };
  g_autofree char *formats = describe_formats (), *presets = cli_describe_presets ();
  g_autofree char *lists = g_strconcat (formats, "\n\n", presets, NULL);

  lathe_hyperparameters_defaults (&q->hyperparameters);
  q->side = LATHE_SPLIT_VALIDATION + 1;
  return cli_parse (command, entries, lists, argc, argv, &q->call, error) &&
         read_format (q->format_text, &q->format, error) &&
         cli_read_choice ("--weights", q->weights, lathe_export_weights_names, &q->weights_at, error) &&
         cli_read_choice ("--split", q->split, sides, &q->side, error) &&
         cli_read_threads (q->threads, &q->options.n_threads, error) &&
         read_training (q->optimizer, q->rate, &q->hyperparameters, error) &&
         cli_prune_read (&q->pruning, q->images != NULL, q->quantise.quantize != NULL, error) &&
         cli_quantise_read (&q->quantise, q->format, q->images != NULL, error) && check_proof (q, error);
}

/* A project's, but for what was typed. */
static void
take_settings (Question *q, const LatheHyperparameters *of_project)
{
  LatheHyperparameters typed = q->hyperparameters;

  q->hyperparameters = *of_project;
  if (q->optimizer != NULL)
    q->hyperparameters.optimizer = typed.optimizer;
  if (q->rate != NULL)
    q->hyperparameters.learning_rate = typed.learning_rate;
}

/* The side of a split is -1 for all. */
static gboolean
open_images (Question *q, GError **error)
{
  g_autoptr (LatheProject) project = NULL;

  q->options.split = (int) q->side - 1;
  if (q->images == NULL || q->model == NULL)
    return TRUE;
  if (!cli_read_project (q->images, &project, error))
    return FALSE;
  if (project != NULL)
    take_settings (q, &project->hyperparameters);
  q->options.dataset = project != NULL ? cli_scan (project->source, &project->dataset_options, project->edits, error)
                                       : cli_scan (q->images, &LATHE_DATASET_OPTIONS_DEFAULT, NULL, error);
  return q->options.dataset != NULL;
}

/* In the model's place. */
static void
replace_model (Question *q, LatheModel *model)
{
  lathe_model_unref (q->model);
  lathe_graph_free (q->graph);
  q->model = lathe_model_ref (model);
  q->graph = lathe_graph_copy (model->graph);
}

static gboolean
round_weights (Question *q, GError **error)
{
  g_autoptr (LatheModel) rounded = lathe_model_in_bf16 (q->model, error);

  if (rounded == NULL)
    return FALSE;
  replace_model (q, rounded);
  return TRUE;
}

static gboolean
quantise (Question *q, GError **error)
{
  if (!q->quantise.wanted)
    return TRUE;
  if (q->model == NULL)
    return cli_refuse (error, _ ("--quantize takes a trained model, and this network has no weights"));
  if (q->quantise.in_bf16)
    return round_weights (q, error);
  q->quantise.options.n_threads = q->options.n_threads;
  cli_quantise_fine_tune (&q->quantise, &q->hyperparameters, q->rate != NULL, q->pruning.n_epochs);
  q->quantised = cli_quantise (&q->quantise, q->model, q->options.dataset, error);
  if (q->quantised == NULL)
    return FALSE;
  replace_model (q, q->quantised->model);
  return TRUE;
}

static gboolean
make_smaller (Question *q, GError **error)
{
  g_autoptr (LatheModel) smaller = NULL;

  if (!q->pruning.wanted)
    return TRUE;
  if (q->model == NULL)
    return cli_refuse (error, _ ("--prune is for a trained model: a network alone has no weights to tell by what is "
                                 "missed the least"));
  q->hyperparameters.threads = q->options.n_threads;
  smaller = cli_prune (&q->pruning, q->model, q->options.n_threads, q->options.dataset, &q->hyperparameters, error);
  if (smaller == NULL)
    return FALSE;
  replace_model (q, smaller);
  return TRUE;
}

/* --- What comes of it --- */

static void
print_proof (const LatheProof *proof)
{
  g_autofree char *top = cli_percent (proof->equal_top1), *size = g_format_size (proof->bytes);

  g_print (_ ("  read by %s: of %u images the largest difference is %.1e, and %s have the same label"), proof->reader,
           proof->images, proof->largest_difference, top);
  if (!isnan (proof->accuracy))
    {
      g_autofree char *accuracy = cli_percent (proof->accuracy), *exported = cli_percent (proof->accuracy_exported);

      g_print (_ ("; accuracy %s, here %s"), exported, accuracy);
    }
  g_print (_ ("; %s; %.3f ms an image, here %.3f ms\n"), size, proof->milliseconds_exported, proof->milliseconds);
  if (proof->noise)
    g_print (_ ("  (those images are noise: --images SOURCE proves it on yours)\n"));
}

static void
print_text (const Question *q, const GArray *proofs, const char *name, const char *parameters)
{
  g_print (_ ("%s: %s, %s parameters\n"), name, _ (q->format->title), parameters);
  if (q->pruning.wanted)
    cli_prune_print (&q->pruning);
  if (q->quantised != NULL)
    cli_quantise_print (&q->quantise, q->quantised);
  if (q->quantise.in_bf16)
    g_print (_ ("  weights in bf16: 16 bits each\n"));
  for (guint i = 0; proofs != NULL && i < proofs->len; i++)
    print_proof (&g_array_index (proofs, LatheProof, i));
  if (proofs != NULL && proofs->len == 0)
    g_print (_ ("  not proved: nothing here reads it back; --prove-with PYTHON says what does\n"));
}

/* The last reader is the one that knows the least of this program. */
static void
print_json (const Question *q, const GArray *proofs, const char *name, guint64 parameters)
{
  JsonBuilder *json = cli_json_begin (NULL);

  cli_json_string (json, "format", q->format->name);
  cli_json_string (json, "file", name);
  cli_json_int (json, "parameters", parameters);
  if (q->pruning.wanted)
    cli_prune_json (json, &q->pruning);
  if (q->quantise.wanted)
    cli_quantise_json (&q->quantise, q->quantised, json);
  if (proofs != NULL && proofs->len > 0)
    {
      const LatheProof *proof = &g_array_index (proofs, LatheProof, proofs->len - 1);

      json_builder_set_member_name (json, "proof");
      json_builder_begin_object (json);
      cli_json_string (json, "reader", proof->reader);
      cli_json_int (json, "images", proof->images);
      json_builder_set_member_name (json, "noise");
      json_builder_add_boolean_value (json, proof->noise);
      cli_json_real (json, "largest_difference", proof->largest_difference);
      cli_json_real (json, "equal_top1", proof->equal_top1);
      cli_json_real (json, "accuracy", proof->accuracy);
      cli_json_real (json, "accuracy_exported", proof->accuracy_exported);
      cli_json_int (json, "bytes", proof->bytes);
      cli_json_real (json, "milliseconds", proof->milliseconds);
      cli_json_real (json, "milliseconds_exported", proof->milliseconds_exported);
      json_builder_end_object (json);
    }
  cli_json_end (json);
}

static void
report (const Question *q, const GArray *proofs)
{
  g_autoptr (LatheGraphReport) check = lathe_graph_check (q->graph);
  const char *path = q->call.operands[1];
  g_autofree char *name = q->call.json ? g_filename_display_name (path) : cli_display_name (path);
  g_autofree char *parameters = cli_count (check->parameters);

  if (q->call.json)
    print_json (q, proofs, name, check->parameters);
  else
    print_text (q, proofs, name, parameters);
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (Question) q = {0};
  g_autoptr (GArray) proofs = NULL;
  gboolean ok;

  if (!read_question (&q, command, argc, argv, error))
    return CLI_FAILED;
  q.graph = cli_load_graph (q.call.operands[0], &q.model, error);
  if (q.graph == NULL || !open_images (&q, error) || !make_smaller (&q, error) || !quantise (&q, error))
    return CLI_FAILED;
  q.export.training = lathe_export_training (&q.hyperparameters);
  q.export.graph = q.graph;
  q.export.model = q.model;
  q.export.weights = (LatheExportWeights) q.weights_at;
  q.options.bundle = q.bundle;
  q.options.unproved = q.unproved;
  q.options.python = q.python;
  ok = lathe_deliver (q.format, &q.export, q.call.operands[1], &q.options, &proofs, cli_progress,
                      (gpointer) _ ("Proving"), cli_interrupt (), error);
  cli_bar_clear ();
  if (!ok)
    return CLI_FAILED;
  report (&q, proofs);
  return CLI_DONE;
}

const CliCommand cli_export = {
    .name = "export",
    .operands = N_ ("MODEL|PRESET OUT"),
    .summary = N_ ("Take a model, a network file or a preset away in another format"),
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
