/* cli-export.c: "lathe-cli export MODEL|PRESET OUT" takes a network away in another format.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

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
read_training (const char *optimizer, const char *rate, LatheExportTraining *training, GError **error)
{
  LatheHyperparameters values;
  const LatheHyperparameter *row = lathe_hyperparameter_find ("optimizer");
  g_autoptr (GError) reason = NULL;

  lathe_hyperparameters_defaults (&values);
  if (!cli_read_choice ("--optimizer", optimizer, row->property.choices, &values.optimizer, error) ||
      !cli_read_real ("--lr", rate, &values.learning_rate, error))
    return FALSE;
  if (!lathe_hyperparameters_check (&values, &reason))
    return cli_refuse (error, "--lr: %s", reason->message);
  *training = lathe_export_training (&values);
  return TRUE;
}

static void
report (const LatheExportFormat *format, const LatheGraph *graph, const char *path, gboolean json)
{
  g_autoptr (LatheGraphReport) check = lathe_graph_check (graph);
  g_autofree char *name = json ? g_filename_display_name (path) : cli_display_name (path);
  g_autofree char *parameters = cli_count (check->parameters);
  JsonBuilder *builder;

  if (!json)
    {
      g_print (_ ("%s: %s, %s parameters\n"), name, _ (format->title), parameters);
      return;
    }
  builder = cli_json_begin (NULL);
  cli_json_string (builder, "format", format->name);
  cli_json_string (builder, "file", name);
  cli_json_int (builder, "parameters", check->parameters);
  cli_json_end (builder);
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_autofree char *format_text = NULL, *optimizer = NULL, *rate = NULL;
  const GOptionEntry entries[] = {
      {"format", 0, 0, G_OPTION_ARG_STRING, &format_text, N_ ("The format, by its name"), "NAME"},
      {"optimizer", 0, 0, G_OPTION_ARG_STRING, &optimizer,
       N_ ("The optimizer that a program trains with: as of train (adam)"), "NAME"},
      {"lr", 0, 0, G_OPTION_ARG_STRING, &rate, N_ ("Its learning rate (0.001)"), "X"},
      G_OPTION_ENTRY_NULL,
  };
  g_autofree char *formats = describe_formats (), *presets = cli_describe_presets ();
  g_autofree char *lists = g_strconcat (formats, "\n\n", presets, NULL);
  g_auto (CliCall) call = {0};
  const LatheExportFormat *format = NULL;
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (LatheGraph) graph = NULL;
  LatheExport export = {0};

  if (!cli_parse (command, entries, lists, argc, argv, &call, error) || !read_format (format_text, &format, error) ||
      !read_training (optimizer, rate, &export.training, error))
    return CLI_FAILED;
  graph = cli_load_graph (call.operands[0], &model, error);
  if (graph == NULL)
    return CLI_FAILED;
  export.graph = graph;
  export.model = model;
  if (!lathe_export_write (format, &export, call.operands[1], error))
    return CLI_FAILED;
  report (format, graph, call.operands[1], call.json);
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
