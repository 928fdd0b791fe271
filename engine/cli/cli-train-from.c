/* cli-train-from.c: "lathe-cli train SOURCE --from MODEL" learns a last layer alone, on what another model knows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-train.h"

#include <glib/gi18n.h>
#include <math.h>

static char *
show_score (const LatheTransferScore *score)
{
  g_autofree char *accuracy = cli_percent (score->accuracy), *loss = cli_real (score->loss);

  return g_strdup_printf (_ ("%s (%.1f – %.1f %%), loss %s, on %'u images"), accuracy, score->interval.low * 100,
                          score->interval.high * 100, loss, score->n);
}

/* --- In words --- */

static void
print_start (const CliRun *run)
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
print_curve (const LatheTransfer *transfer)
{
  CliTable *table = cli_table_new ("rrr");
  guint n = transfer->curve->len;

  g_print (_ ("\nWhat the accuracy is with fewer images to learn from\n"));
  cli_table_row (table, g_strdup (_ ("Images")), g_strdup (_ ("Accuracy")), g_strdup (_ ("Interval (95 %)")));
  for (guint i = 0; i < n; i++)
    {
      const LatheTransferPoint *point = &g_array_index (transfer->curve, LatheTransferPoint, i);

      cli_table_row (
          table, g_strdup_printf ("%'u", point->n_images), cli_percent (point->score.accuracy),
          g_strdup_printf ("%.1f – %.1f %%", point->score.interval.low * 100, point->score.interval.high * 100));
    }
  cli_table_print (table);
  if (n < 2)
    g_print (_ ("There are too few images for a curve.\n"));
  else if (transfer->rising)
    g_print (_ ("The last doubling brought more than chance would: more images are likely to help.\n"));
  else
    g_print (_ ("The last doubling brought no more than chance would: other images, of what is mistaken, are likely to "
                "help more than many.\n"));
}

static void
print_end_text (const CliRun *run, const LatheTransfer *transfer, const char *sha256)
{
  CliTable *table = cli_table_new ("ll");

  cli_table_row (table, g_strdup (_ ("Features")),
                 g_strdup_printf (_ ("%'u images worked out, %'u at hand, %.1f s"), transfer->n_computed,
                                  transfer->n_found, transfer->feature_seconds));
  cli_table_row (table, g_strdup (_ ("Last layer")),
                 g_strdup_printf (_ ("learned from %'u images, penalty %g, %.1f s"), transfer->n_learned, transfer->l2,
                                  transfer->head_seconds));
  if (transfer->n_folds > 0)
    cli_table_row (table, g_strdup_printf (_ ("%u folds"), transfer->n_folds), show_score (&transfer->validation));
  else if (transfer->validation.n > 0)
    cli_table_row (table, g_strdup (_ ("Validation accuracy")), show_score (&transfer->validation));
  if (transfer->test.n > 0)
    cli_table_row (table, g_strdup (_ ("Test accuracy")), show_score (&transfer->test));
  if (transfer->unreadable->len > 0)
    cli_table_row (table, g_strdup (_ ("Left out")),
                   g_strdup_printf (_ ("%u images that could not be decoded"), transfer->unreadable->len));
  cli_train_list_unreadable (table, transfer->unreadable);
  cli_table_row (table, g_strdup (_ ("Model")), g_strdup (run->out));
  cli_table_row (table, g_strdup (_ ("Weights")), g_strconcat ("sha256 ", sha256, NULL));
  cli_table_print (table);
  if (transfer->curve != NULL)
    print_curve (transfer);
  cli_train_print_example (run);
}

/* --- In JSON --- */

static void
add_score (JsonBuilder *json, const char *side, const LatheTransferScore *score)
{
  const struct
  {
    const char *name;
    double value;
  } numbers[] = {{"accuracy", score->accuracy},
                 {"low", score->interval.low},
                 {"high", score->interval.high},
                 {"loss", score->loss}};

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *name = g_strjoin (side[0] != '\0' ? "_" : "", side, numbers[i].name, NULL);

      cli_json_real (json, name, numbers[i].value);
    }
}

static void
add_curve (JsonBuilder *json, const LatheTransfer *transfer)
{
  json_builder_set_member_name (json, "curve");
  json_builder_begin_array (json);
  for (guint i = 0; i < transfer->curve->len; i++)
    {
      const LatheTransferPoint *point = &g_array_index (transfer->curve, LatheTransferPoint, i);

      json_builder_begin_object (json);
      cli_json_int (json, "images", point->n_images);
      add_score (json, "", &point->score);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  json_builder_set_member_name (json, "rising");
  json_builder_add_boolean_value (json, transfer->rising);
}

static void
print_end_json (const CliRun *run, const LatheTransfer *transfer, const char *sha256)
{
  g_autofree char *model = g_filename_display_name (run->out);
  JsonBuilder *json = cli_json_begin ("done");

  cli_json_int (json, "features_computed", transfer->n_computed);
  cli_json_int (json, "features_found", transfer->n_found);
  cli_json_real (json, "features_seconds", transfer->feature_seconds);
  cli_json_real (json, "head_seconds", transfer->head_seconds);
  cli_json_int (json, "learned_from", transfer->n_learned);
  cli_json_real (json, "l2", transfer->l2);
  cli_json_int (json, "folds", transfer->n_folds);
  cli_json_int (json, "val_images", transfer->validation.n);
  cli_json_int (json, "test_images", transfer->test.n);
  add_score (json, "val", &transfer->validation);
  add_score (json, "test", &transfer->test);
  if (transfer->curve != NULL)
    add_curve (json, transfer);
  cli_json_string (json, "model", model);
  cli_json_string (json, "weights_sha256", sha256);
  cli_train_json_unreadable (json, transfer->unreadable);
  cli_json_end (json);
}

/* The last layer, on what the model knows. Returns: (transfer full) (nullable) */
static LatheTransfer *
learn (CliRun *run, LatheModel *from, const char *source, GError **error)
{
  const LatheTransferOptions options = {
      .seed = run->hyperparameters.seed,
      .holds_out = run->fine_tune > 0,
      .curve = run->curve,
      .n_threads = run->hyperparameters.threads,
  };
  LatheTransfer *transfer;

  if (!cli_train_scan (run, source, error) || !cli_train_check_out (run, source, error))
    return NULL;
  if (run->fine_tune == 0)
    print_start (run);
  transfer = lathe_transfer_new (from, run->dataset, &options, cli_progress, (gpointer) _ ("Looking at images"),
                                 cli_interrupt (), error);
  cli_bar_clear ();
  return transfer;
}

/**
 * cli_train_grow:
 *
 * What an ordinary training begins with, in which the last layers learn on together with the new one.
 */
gboolean
cli_train_grow (CliRun *run, const char *source, GError **error)
{
  g_autoptr (LatheModel) from = lathe_pretrained_load (run->from, error);
  g_autoptr (LatheTransfer) transfer = from != NULL ? learn (run, from, source, error) : NULL;
  g_autoptr (LatheTrunk) trunk = transfer != NULL ? lathe_trunk_new (from, error) : NULL;
  g_autoptr (LatheGraphReport) report = NULL;

  if (trunk == NULL)
    return FALSE;
  run->grown = lathe_model_ref (transfer->model);
  run->weights = lathe_model_ref (transfer->model);
  run->fresh = g_new0 (char *, 1);
  run->preprocess = transfer->model->preprocess;
  run->graph = lathe_graph_copy (transfer->model->graph);
  lathe_trunk_freeze (trunk, run->graph, run->fine_tune);
  g_free (run->network);
  run->network = g_strdup (run->from);
  report = lathe_graph_check (run->graph);
  cli_train_count_work (run, report);
  return cli_train_inherit (run, error);
}

/* The whole of it, from the source to the model file. Returns: the exit status */
int
cli_train_from (CliRun *run, const char *source, GError **error)
{
  g_autoptr (LatheModel) from = lathe_pretrained_load (run->from, error);
  g_autoptr (LatheTransfer) transfer = from != NULL ? learn (run, from, source, error) : NULL;
  g_autofree char *sha256 = NULL;

  if (transfer == NULL || !lathe_model_save (transfer->model, run->out, error))
    return CLI_FAILED;
  sha256 = lathe_model_weights_sha256 (transfer->model);
  if (run->json)
    print_end_json (run, transfer, sha256);
  else
    print_end_text (run, transfer, sha256);
  return CLI_DONE;
}
