/* cli-suggest.c: "lathe-cli suggest SOURCE" says which network suits these images and this machine, and why.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

static void
add_reasons (JsonBuilder *json, const LatheSuggestion *suggestion)
{
  json_builder_set_member_name (json, "reasons");
  json_builder_begin_array (json);
  for (guint i = 0; i < suggestion->reasons->len; i++)
    json_builder_add_string_value (json, suggestion->reasons->pdata[i]);
  json_builder_end_array (json);
}

/* Those alone that are not as usual. */
static void
add_hyperparameters (JsonBuilder *json, const LatheHyperparameters *suggested)
{
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  json_builder_set_member_name (json, "hyperparameters");
  json_builder_begin_object (json);
  for (guint i = 0; i < n_rows; i++)
    {
      const LatheProperty *property = &rows[i].property;
      double value = lathe_hyperparameter_get (&rows[i], suggested);

      if (value == property->fallback)
        continue;
      if (property->type == LATHE_PROPERTY_CHOICE)
        cli_json_string (json, property->name, property->choices[(guint) value]);
      else if (property->type == LATHE_PROPERTY_INTEGER)
        cli_json_int (json, property->name, (guint64) value);
      else
        cli_json_real (json, property->name, value);
    }
  json_builder_end_object (json);
}

static void
print_json (const LatheSuggestion *suggestion, const LatheGraphReport *report)
{
  LatheShape input = {0};
  JsonBuilder *json = cli_json_begin (NULL);

  lathe_graph_get_input (suggestion->graph, &input);
  cli_json_string (json, "network", suggestion->preset->name);
  cli_json_shape (json, "input", &input);
  cli_json_int (json, "parameters", report->parameters);
  cli_json_int (json, "multiply_adds", report->multiply_adds);
  add_hyperparameters (json, &suggestion->hyperparameters);
  cli_json_real (json, "seconds", suggestion->seconds);
  add_reasons (json, suggestion);
  cli_json_end (json);
}

static void
print_text (const LatheSuggestion *suggestion, const LatheGraphReport *report, const char *source)
{
  g_autofree char *parameters = cli_count (report->parameters), *word = cli_shell_word (source);

  g_print (_ ("%s: %s parameters"), _ (suggestion->preset->title), parameters);
  g_print ("\n\n");
  for (guint i = 0; i < suggestion->reasons->len; i++)
    g_print ("%s\n", (const char *) suggestion->reasons->pdata[i]);
  g_print ("\n  lathe-cli train %s --network " CLI_SUGGESTED "\n", word);
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_autofree char *labels = NULL, *pattern = NULL, *edits_file = NULL, *split = NULL;
  const GOptionEntry entries[] = {
      {"split", 0, 0, G_OPTION_ARG_STRING, &split, N_ ("Percent for training, validation and test (70/20/10)"),
       "A/B/C"},
      CLI_LABELS_ENTRY (&labels),
      CLI_PATTERN_ENTRY (&pattern),
      CLI_EDITS_ENTRY (&edits_file),
      G_OPTION_ENTRY_NULL,
  };
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_auto (CliCall) call = {0};
  g_autoptr (LatheEdits) edits = NULL;
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheSuggestion) suggestion = NULL;
  g_autoptr (LatheGraphReport) report = NULL;
  LatheFacts facts;

  if (!cli_parse (command, entries, NULL, argc, argv, &call, error) ||
      !cli_read_split ("--split", split, options.share, error))
    return CLI_FAILED;
  options.labels = labels;
  options.label_pattern = pattern;
  edits = edits_file != NULL ? lathe_edits_load (edits_file, error) : NULL;
  if (edits == NULL && edits_file != NULL)
    return CLI_FAILED;
  dataset = cli_scan (call.operands[0], &options, edits, error);
  if (dataset == NULL)
    return CLI_FAILED;
  lathe_facts_of (dataset, &facts);
  suggestion = lathe_suggest (&facts);
  report = lathe_graph_check (suggestion->graph);
  if (call.json)
    print_json (suggestion, report);
  else
    print_text (suggestion, report, call.operands[0]);
  return CLI_DONE;
}

const CliCommand cli_suggest = {
    .name = "suggest",
    .operands = N_ ("SOURCE"),
    .summary = N_ ("Say which network suits the images, how to train it, and why"),
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
