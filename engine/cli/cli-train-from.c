/* cli-train-from.c: "lathe-cli train SOURCE --from MODEL" learns a last layer alone, on what another model knows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-train.h"

#include <glib/gi18n.h>
#include <math.h>

/* --- In words --- */

void
cli_train_print_start_from (const CliRun *run)
{
  g_autofree char *folder = g_path_get_basename (lathe_dataset_get_folder (run->dataset));
  JsonBuilder *json;

  if (!run->json)
    {
      g_print (_ ("%s: %'u images in %u classes; %'u to train, %'u to validate, %'u to test\n"), folder,
               lathe_dataset_get_n_images (run->dataset), lathe_dataset_get_n_classes (run->dataset),
               lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_TRAIN),
               lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_VALIDATION),
               lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_TEST));
      return;
    }
  json = cli_json_begin ("start");
  cli_json_int (json, "classes", lathe_dataset_get_n_classes (run->dataset));
  cli_json_int (json, "images", lathe_dataset_get_n_images (run->dataset));
  cli_json_int (json, "unreadable", lathe_dataset_get_n_problems (run->dataset));
  cli_json_split (json, run->dataset);
  cli_json_string (json, "from", run->from);
  cli_json_end (json);
}

static void
print_end_text (const CliRun *run, const LatheTransfer *transfer, const char *sha256)
{
  CliTable *table = cli_table_new ("ll");

  cli_table_transfer (table, transfer);
  if (transfer->unreadable->len > 0)
    cli_table_row (table, g_strdup (_ ("Left out")),
                   g_strdup_printf (_ ("%u images that could not be decoded"), transfer->unreadable->len));
  cli_train_list_unreadable (table, transfer->unreadable);
  cli_table_row (table, g_strdup (_ ("Model")), g_strdup (run->out));
  cli_table_row (table, g_strdup (_ ("Weights")), g_strconcat ("sha256 ", sha256, NULL));
  cli_table_print (table);
  cli_print_curve (transfer);
  cli_train_print_example (run);
}

/* --- In JSON --- */

static void
print_end_json (const CliRun *run, const LatheTransfer *transfer, const char *sha256)
{
  g_autofree char *model = g_filename_display_name (run->out);
  JsonBuilder *json = cli_json_begin ("done");

  cli_json_transfer (json, transfer);
  cli_json_string (json, "model", model);
  cli_json_string (json, "weights_sha256", sha256);
  cli_train_json_unreadable (json, transfer->unreadable);
  cli_json_end (json);
}

void
cli_train_print_end_from (const CliRun *run, const LatheTransfer *transfer, const char *sha256)
{
  if (run->json)
    print_end_json (run, transfer, sha256);
  else
    print_end_text (run, transfer, sha256);
}

/* --- The beginning --- */

/* Rather than layers that learn on with it. */
gboolean
cli_train_is_head_alone (const CliRun *run)
{
  return run->from != NULL && run->fine_tune == 0;
}

/**
 * cli_train_grow:
 *
 * The images, and the network that is grown on the model: its own, with a last layer for their classes.
 */
gboolean
cli_train_grow (CliRun *run, const char *source, GError **error)
{
  LatheGrowth growth = {.n_learning = run->fine_tune, .norms_learn = run->norms_learn};
  g_autoptr (LatheGraphReport) report = NULL;

  run->from_model = growth.from = lathe_pretrained_load (run->from, error);
  if (run->from_model == NULL || !cli_train_scan (run, source, error) || !cli_train_check_out (run, source, error))
    return FALSE;
  run->graph = lathe_growth_graph (&growth, lathe_dataset_get_n_classes (run->dataset), error);
  if (run->graph == NULL)
    return FALSE;
  run->preprocess = run->from_model->preprocess;
  g_free (run->network);
  run->network = g_strdup (run->from);
  report = lathe_graph_check (run->graph);
  cli_train_count_work (run, report);
  return TRUE;
}
