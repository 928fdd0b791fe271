/* cli-info.c: "lathe-cli info MODEL|PRESET" says what a network is made of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

#define MEASURE_BATCH 32
#define MEASURE_STEPS 2
#define MEASURE_ROUNDS 3

/* What there is to say. */
typedef struct
{
  const char *name;
  const LathePreset *preset; /* NULL: it is none */
  LatheGraph *graph;
  LatheGraphReport *report;
  LatheModel *model; /* NULL: a network without weights */
  gboolean measured, formulas;
  LatheBench measure;
  LatheHyperparameters hyperparameters; /* the usual ones */
  LatheMemory training, answering;
} Info;

static void
info_clear (Info *info)
{
  g_clear_pointer (&info->report, lathe_graph_report_free);
  g_clear_pointer (&info->graph, lathe_graph_free);
  g_clear_pointer (&info->model, lathe_model_unref);
  lathe_bench_clear (&info->measure);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Info, info_clear)

/* --- JSON --- */

static void
add_layers (JsonBuilder *json, const Info *info)
{
  json_builder_set_member_name (json, "layers");
  json_builder_begin_array (json);
  for (guint i = 0; i < info->report->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (info->graph, i);
      const LatheNodeReport *report = &info->report->nodes[i];

      json_builder_begin_object (json);
      cli_json_string (json, "name", node->name);
      cli_json_string (json, "kind", node->kind->name);
      cli_json_shape (json, "output", &report->output);
      cli_json_int (json, "parameters", report->parameters);
      cli_json_int (json, "multiply_adds", report->multiply_adds);
      if (report->error != NULL)
        cli_json_string (json, "error", report->error->message);
      if (info->formulas)
        {
          g_autofree char *formula = lathe_graph_formula (info->graph, info->report, i);

          cli_json_string (json, "formula", formula);
        }
      if (info->measured)
        cli_json_layer (json, info->graph, &info->measure, i);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_channels (JsonBuilder *json, const char *name, const float *values, guint n)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint c = 0; c < n; c++)
    json_builder_add_double_value (json, values[c]);
  json_builder_end_array (json);
}

static void
add_normalisation (JsonBuilder *json, const LathePreprocess *p)
{
  cli_json_string (json, "normalize", lathe_normalisation_names[lathe_preprocess_get_normalisation (p)]);
  add_channels (json, "mean", p->mean, p->channels);
  add_channels (json, "deviation", p->deviation, p->channels);
}

static void
add_model (JsonBuilder *json, const LatheModel *model)
{
  g_autofree char *sha256 = lathe_model_weights_sha256 (model);

  json_builder_set_member_name (json, "labels");
  json_builder_begin_array (json);
  for (char **label = model->labels; *label != NULL; label++)
    json_builder_add_string_value (json, *label);
  json_builder_end_array (json);
  json_builder_set_member_name (json, "scores");
  json_builder_begin_object (json);
  cli_json_int (json, "best_epoch", model->scores.best_epoch);
  cli_json_real (json, "val_loss", model->scores.validation_loss);
  cli_json_real (json, "val_accuracy", model->scores.validation_accuracy);
  cli_json_real (json, "test_loss", model->scores.test_loss);
  cli_json_real (json, "test_accuracy", model->scores.test_accuracy);
  json_builder_end_object (json);
  cli_json_real (json, "temperature", model->temperature);
  cli_json_string (json, "fit", lathe_fit_names[model->preprocess.fit]);
  add_normalisation (json, &model->preprocess);
  cli_json_string (json, "weights_sha256", sha256);
}

/* What it is, and where it was published; null where it was not. */
static void
add_preset (JsonBuilder *json, const LathePreset *preset)
{
  json_builder_set_member_name (json, "preset");
  json_builder_begin_object (json);
  cli_json_string (json, "title", _ (preset->title));
  cli_json_string (json, "summary", _ (preset->summary));
  json_builder_set_member_name (json, "paper");
  if (preset->paper != NULL)
    {
      json_builder_begin_object (json);
      cli_json_string (json, "authors", preset->paper->authors);
      cli_json_string (json, "title", preset->paper->title);
      cli_json_int (json, "year", preset->paper->year);
      cli_json_string (json, "url", preset->paper->url);
      json_builder_end_object (json);
    }
  else
    json_builder_add_null_value (json);
  json_builder_end_object (json);
}

static void
add_memory (JsonBuilder *json, const char *name, guint batch, const LatheMemory *memory)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_object (json);
  cli_json_int (json, "batch", batch);
  cli_json_int (json, "weights", memory->weights);
  cli_json_int (json, "gradient", memory->gradient);
  cli_json_int (json, "activations", memory->activations);
  cli_json_int (json, "scratch", memory->scratch);
  cli_json_int (json, "moments", memory->moments);
  cli_json_int (json, "models", memory->models);
  cli_json_int (json, "total", memory->total);
  json_builder_end_object (json);
}

static void
print_json (const Info *info)
{
  g_autofree char *name = g_filename_display_name (info->name);
  LatheShape input = {0};
  JsonBuilder *json = cli_json_begin (NULL);

  lathe_graph_get_input (info->graph, &input);
  cli_json_string (json, "name", name);
  if (info->preset != NULL)
    add_preset (json, info->preset);
  cli_json_shape (json, "input", &input);
  cli_json_int (json, "parameters", info->report->parameters);
  cli_json_int (json, "trainable", info->report->parameters - info->report->states);
  cli_json_int (json, "multiply_adds", info->report->multiply_adds);
  add_layers (json, info);
  if (info->report->works)
    {
      json_builder_set_member_name (json, "memory_bytes");
      json_builder_begin_object (json);
      add_memory (json, "training", info->hyperparameters.batch, &info->training);
      add_memory (json, "answering", 1, &info->answering);
      json_builder_end_object (json);
    }
  if (info->report->error != NULL)
    cli_json_string (json, "error", info->report->error->message);
  if (info->model != NULL)
    add_model (json, info->model);
  if (info->measured)
    {
      cli_json_times (json, &info->measure);
      cli_json_int (json, "threads", info->measure.n_threads);
      cli_json_int (json, "train_bytes", info->measure.training.bytes);
      cli_json_int (json, "infer_bytes", info->measure.answering.bytes);
    }
  cli_json_end (json);
}

/* --- Text --- */

static void
print_layers (const Info *info)
{
  CliTable *table = cli_table_new ("lllrrrl");

  cli_table_row (table, g_strdup (_ ("Layer")), g_strdup (_ ("Kind")), g_strdup (""), g_strdup (_ ("Output")),
                 g_strdup (_ ("Parameters")), g_strdup (_ ("Multiply-adds")), g_strdup (""));
  for (guint i = 0; i < info->report->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (info->graph, i);
      const LatheNodeReport *report = &info->report->nodes[i];
      char *summary = node->kind->summary != NULL ? node->kind->summary (&node->properties) : NULL;

      cli_table_row (table, g_strdup (node->name), g_strdup (_ (node->kind->title)),
                     summary != NULL ? summary : g_strdup (""),
                     report->output.rank > 0 ? lathe_shape_to_string (&report->output) : g_strdup ("–"),
                     cli_count (report->parameters), cli_count (report->multiply_adds),
                     report->error != NULL ? g_strconcat ("✗ ", report->error->message, NULL) : g_strdup (""));
    }
  cli_table_row (table, g_strdup (_ ("All")), g_strdup (""), g_strdup (""), g_strdup (""),
                 cli_count (info->report->parameters), cli_count (info->report->multiply_adds), g_strdup (""));
  cli_table_print (table);
  if (info->report->error != NULL)
    g_print ("✗ %s\n", info->report->error->message);
}

static void
print_preset (const LathePreset *preset)
{
  const LathePaper *paper = preset->paper;

  g_print ("%s\n%s\n", _ (preset->title), _ (preset->summary));
  if (paper != NULL)
    g_print ("%s: %s (%u), %s\n", paper->authors, paper->title, paper->year, paper->url);
  g_print ("\n");
}

static void
print_formulas (const Info *info)
{
  for (guint i = 0; i < info->report->n_nodes; i++)
    {
      g_autofree char *name = cli_display_name (lathe_graph_get_node (info->graph, i)->name);
      g_autofree char *formula = lathe_graph_formula (info->graph, info->report, i);
      g_auto (GStrv) lines = g_strsplit (formula, "\n", -1);

      g_print ("\n%s\n", name);
      for (char **line = lines; *line != NULL; line++)
        g_print ("  %s\n", *line);
    }
}

static void
add_score (CliTable *table, const char *what, double accuracy, double loss)
{
  g_autofree char *percent = cli_percent (accuracy);
  g_autofree char *real = cli_real (loss);

  cli_table_row (table, g_strdup (what), g_strdup_printf (_ ("accuracy %s, loss %s"), percent, real));
}

/* “data: mean 0.286041, deviation 0.353024”. (transfer full) */
static char *
describe_normalisation (const LathePreprocess *p)
{
  LatheNormalisation normalisation = lathe_preprocess_get_normalisation (p);
  g_autofree char *mean = lathe_channels_write (p->mean, p->channels);
  g_autofree char *deviation = lathe_channels_write (p->deviation, p->channels);

  if (normalisation == LATHE_NORMALISATION_NONE)
    return g_strdup (lathe_normalisation_names[normalisation]);
  return g_strdup_printf (_ ("%s: mean %s, deviation %s"), lathe_normalisation_names[normalisation], mean, deviation);
}

static void
print_model (const LatheModel *model)
{
  const LathePreprocess *p = &model->preprocess;
  g_autofree char *sha256 = lathe_model_weights_sha256 (model);
  CliTable *table = cli_table_new ("ll");

  g_print ("\n");
  cli_table_row (table, g_strdup (_ ("Labels")), g_strjoinv (", ", model->labels));
  cli_table_row (
      table, g_strdup (_ ("Images")),
      g_strdup_printf (p->channels == 1 ? _ ("%u×%u pixels, grey") : _ ("%u×%u pixels, colour"), p->width, p->height));
  cli_table_row (table, g_strdup (_ ("Fit")), g_strdup (lathe_fit_names[p->fit]));
  cli_table_row (table, g_strdup (_ ("Normalised")), describe_normalisation (p));
  if (model->temperature != 1)
    cli_table_row (table, g_strdup (_ ("Temperature")), cli_real (model->temperature));
  if (model->scores.best_epoch > 0)
    cli_table_row (table, g_strdup (_ ("Epoch")), cli_count (model->scores.best_epoch));
  add_score (table, _ ("Validation"), model->scores.validation_accuracy, model->scores.validation_loss);
  add_score (table, _ ("Test"), model->scores.test_accuracy, model->scores.test_loss);
  cli_table_row (table, g_strdup (_ ("Weights")), g_strconcat ("sha256 ", sha256, NULL));
  cli_table_print (table);
}

/* Planned, not measured: what training will take, and what for. */
static void
print_memory (const Info *info)
{
  const LatheMemory *t = &info->training, *a = &info->answering;
  CliTable *table = cli_table_new ("lrrrrrrr");

  g_print ("\n");
  cli_table_row (table, g_strdup (_ ("Memory")), g_strdup (_ ("All")), g_strdup (_ ("Weights")),
                 g_strdup (_ ("Gradient")), g_strdup (_ ("Activations")), g_strdup (_ ("Optimiser")),
                 g_strdup (_ ("Best model")), g_strdup (_ ("Scratch")));
  cli_table_row (
      table,
      g_strdup_printf (_ ("Training, batch %u, %s"), info->hyperparameters.batch,
                       lathe_hyperparameter_find ("optimizer")->property.choices[info->hyperparameters.optimizer]),
      g_format_size (t->total), g_format_size (t->weights), g_format_size (t->gradient), g_format_size (t->activations),
      g_format_size (t->moments), g_format_size (t->models), g_format_size (t->scratch));
  cli_table_row (table, g_strdup (_ ("Answering, one image")), g_format_size (a->total), g_format_size (a->weights),
                 g_strdup (""), g_format_size (a->activations), g_strdup (""), g_format_size (a->models),
                 g_format_size (a->scratch));
  cli_table_print (table);
}

static void
add_pass (CliTable *table, char *what, const LatheBenchPass *pass)
{
  cli_table_row (table, what, g_strdup_printf ("%.3f ms", pass->seconds * 1000 / pass->batch),
                 g_format_size (pass->bytes));
}

static void
print_measure (const LatheBench *measure)
{
  CliTable *table = cli_table_new ("lrr");

  g_print ("\n");
  cli_table_row (table, g_strdup (_ ("Measured")), g_strdup (_ ("An image")), g_strdup (_ ("Memory")));
  add_pass (table, g_strdup_printf (_ ("Training, batch %u"), MEASURE_BATCH), &measure->training);
  add_pass (table, g_strdup_printf (_ ("Answering, batch %u"), MEASURE_BATCH), &measure->answering);
  add_pass (table, g_strdup (_ ("Answering, one image alone")), &measure->alone);
  cli_table_print (table);
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  gboolean measure = FALSE, formulas = FALSE;
  const GOptionEntry entries[] = {
      {"formulas", 0, 0, G_OPTION_ARG_NONE, &formulas, N_ ("Write down what each layer computes, and its gradients"),
       NULL},
      {"measure", 0, 0, G_OPTION_ARG_NONE, &measure, N_ ("Time each layer on this machine, and tell the memory"), NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_autofree char *presets = cli_describe_presets ();
  g_auto (CliCall) call = {0};
  g_auto (Info) info = {0};

  if (!cli_parse (command, entries, presets, argc, argv, &call, error))
    return CLI_FAILED;
  info.name = call.operands[0];
  info.preset = lathe_preset_find (info.name);
  info.formulas = formulas;
  info.graph = cli_load_graph (info.name, &info.model, error);
  if (info.graph == NULL)
    return CLI_FAILED;
  info.report = lathe_graph_check (info.graph);
  lathe_hyperparameters_defaults (&info.hyperparameters);
  if (info.report->works && (!lathe_memory_of_training (info.graph, &info.hyperparameters, &info.training, error) ||
                             !lathe_memory_of_answering (info.graph, 1, 0, &info.answering, error)))
    return CLI_FAILED;
  if (measure)
    {
      const LatheBenchOptions options = {
          .batch = MEASURE_BATCH, .steps = MEASURE_STEPS, .rounds = MEASURE_ROUNDS, .model = info.model};

      info.measured = cli_measure (info.graph, &options, &info.measure, error);
      if (!info.measured)
        return CLI_FAILED;
    }
  if (call.json)
    {
      print_json (&info);
      return CLI_DONE;
    }
  if (info.preset != NULL)
    print_preset (info.preset);
  print_layers (&info);
  if (formulas)
    print_formulas (&info);
  if (info.report->works)
    print_memory (&info);
  if (info.model != NULL)
    print_model (info.model);
  if (info.measured)
    {
      print_measure (&info.measure);
      cli_print_layers (info.graph, &info.measure);
    }
  return CLI_DONE;
}

const CliCommand cli_info = {
    .name = "info",
    .operands = N_ ("MODEL|PROJECT|PRESET"),
    .summary = N_ ("Say what a model, a project, a network file or a preset is made of"),
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
