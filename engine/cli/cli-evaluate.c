/* cli-evaluate.c: "lathe-cli evaluate MODEL SOURCE" says how good a model is on images that are labelled.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

#define MAX_MATRIX 20 /* classes, for the confusion matrix in the text for people */

static const char *const sides[] = {"all", "train", "validation", "test", NULL};

static void
print_json (const LatheModel *model, const LatheMetrics *metrics)
{
  JsonBuilder *json = cli_json_begin (NULL);

  cli_json_real (json, "accuracy", lathe_metrics_accuracy (metrics));
  cli_json_real (json, "loss", lathe_metrics_loss (metrics));
  cli_json_real (json, "macro_f1", lathe_metrics_macro_f1 (metrics));
  json_builder_set_member_name (json, "classes");
  json_builder_begin_array (json);
  for (guint i = 0; i < metrics->n_classes; i++)
    {
      LatheClassScore score = lathe_metrics_class (metrics, i);

      json_builder_begin_object (json);
      cli_json_string (json, "name", model->labels[i]);
      cli_json_real (json, "precision", score.precision);
      cli_json_real (json, "recall", score.recall);
      cli_json_real (json, "f1", score.f1);
      cli_json_int (json, "support", score.support);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  json_builder_set_member_name (json, "confusion");
  json_builder_begin_array (json);
  for (guint i = 0; i < metrics->n_classes; i++)
    {
      json_builder_begin_array (json);
      for (guint j = 0; j < metrics->n_classes; j++)
        json_builder_add_int_value (json, metrics->confusion[i * metrics->n_classes + j]);
      json_builder_end_array (json);
    }
  json_builder_end_array (json);
  cli_json_end (json);
}

static void
print_matrix (const LatheModel *model, const LatheMetrics *metrics)
{
  g_autoptr (GString) line = g_string_new (NULL);
  guint width = 4, label_width = 0;

  g_print (_ ("\nConfusion: a row for each true class, a column for what the model said\n"));
  for (guint i = 0; i < metrics->n_classes; i++)
    label_width = MAX (label_width, cli_text_width (model->labels[i]));
  for (guint i = 0; i < metrics->n_classes * metrics->n_classes; i++)
    for (guint digits = 1, n = metrics->confusion[i]; n > 9; n /= 10)
      width = MAX (width, ++digits);
  for (guint i = 0; i < metrics->n_classes; i++)
    {
      g_autofree char *label = cli_display_name (model->labels[i]);

      g_string_truncate (line, 0);
      cli_append_cell (line, label, label_width, FALSE);
      for (guint j = 0; j < metrics->n_classes; j++)
        g_string_append_printf (line, " %*u", width, metrics->confusion[i * metrics->n_classes + j]);
      g_print ("%s\n", line->str);
    }
}

static void
print_text (const LatheModel *model, const LatheMetrics *metrics)
{
  g_autofree char *accuracy = cli_percent (lathe_metrics_accuracy (metrics));
  CliTable *table = cli_table_new ("lrrrr");

  cli_table_row (table, g_strdup (_ ("Class")), g_strdup (_ ("Precision")), g_strdup (_ ("Recall")),
                 g_strdup (_ ("F1")), g_strdup (_ ("Images")));
  for (guint i = 0; i < metrics->n_classes; i++)
    {
      LatheClassScore score = lathe_metrics_class (metrics, i);

      cli_table_row (table, g_strdup (model->labels[i]), cli_percent (score.precision), cli_percent (score.recall),
                     cli_percent (score.f1), cli_count (score.support));
    }
  cli_table_print (table);
  if (metrics->n_classes <= MAX_MATRIX)
    print_matrix (model, metrics);
  g_print (_ ("\nAccuracy %s, loss %.4f, macro F1 %.3f on %'u images\n"), accuracy, lathe_metrics_loss (metrics),
           lathe_metrics_macro_f1 (metrics), metrics->n);
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_autofree char *side_text = NULL, *seed = NULL, *shares = NULL, *threads_text = NULL;
  g_autofree char *labels = NULL, *pattern = NULL, *edits_path = NULL;
  const GOptionEntry entries[] = {
      {"split", 0, 0, G_OPTION_ARG_STRING, &side_text, N_ ("On which images: all, train, validation or test (all)"),
       "SIDE"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &seed, N_ ("Seed of the split, as in training (1)"), "N"},
      {"shares", 0, 0, G_OPTION_ARG_STRING, &shares, N_ ("Percent of the split, as in training (70/20/10)"), "A/B/C"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &threads_text, N_ ("Threads (as many as there are cores)"), "N"},
      CLI_LABELS_ENTRY (&labels),
      CLI_PATTERN_ENTRY (&pattern),
      CLI_EDITS_ENTRY (&edits_path),
      G_OPTION_ENTRY_NULL,
  };
  g_auto (CliCall) call = {0};
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  guint side = 0, threads = lathe_default_threads ();
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (LatheEdits) edits = NULL;
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheMetrics) metrics = NULL;

  if (!cli_parse (command, entries, NULL, argc, argv, &call, error) ||
      !cli_read_choice ("--split", side_text, sides, &side, error) || !cli_read_seed (seed, &options.seed, error) ||
      !cli_read_split ("--shares", shares, options.share, error) || !cli_read_threads (threads_text, &threads, error))
    return CLI_FAILED;
  options.labels = labels;
  options.label_pattern = pattern;
  model = lathe_model_load (call.operands[0], error);
  if (model == NULL || (edits_path != NULL && (edits = lathe_edits_load (edits_path, error)) == NULL))
    return CLI_FAILED;
  dataset = cli_scan (call.operands[1], &options, edits, error);
  if (dataset == NULL)
    return CLI_FAILED;
  /* The sides follow one another as in LatheSplit, where -1 stands for all. */
  metrics = lathe_evaluate (model, dataset, (int) side - 1, threads, cli_progress, (gpointer) _ ("Evaluating"), NULL,
                            cli_interrupt (), error);
  cli_bar_clear ();
  if (metrics == NULL)
    return CLI_FAILED;
  if (call.json)
    print_json (model, metrics);
  else
    print_text (model, metrics);
  return CLI_DONE;
}

const CliCommand cli_evaluate = {
    .name = "evaluate",
    .operands = N_ ("MODEL SOURCE"),
    .summary = N_ ("Say how good a model is on images that are labelled"),
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
